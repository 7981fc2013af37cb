"""The work that processes share: reading files, and rendering and publishing feeds.

Tasks and results are values that pickle quickly: long lists in them are packed into bytes.
"""

import heapq
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from feedloom import render
from feedloom.config.settings import Config, Rules
from feedloom.model import Document, FileOutcome, Moment, Problem, Record, RecordSummary, Source
from feedloom.pipeline import cache, digests
from feedloom.pipeline.memory import Lookup, RecordSource
from feedloom.problems import Mistake
from feedloom.records import parse, scan
from feedloom.site.publish import Staged
from feedloom.site.store import Staging
from feedloom.values import characters, dates, slugs

UNREAD = b""
"""The digest of a file that could not be read."""

_REQUESTS = 16
"""Under way at a time, of one process."""

_SOON = 4096
"""Documents among which the next one that shows a record is looked for: longer, no process keeps an entry."""

MOST_ROWS = 1 << 24
"""Of a file of many records: so many numbers are kept for their summaries."""

_encode = msgspec.msgpack.Encoder().encode


class File(NamedTuple):
    """A record file to read, the number of its summary, and the digest of its content when it was last read."""

    source: Source
    number: int
    digest: bytes | None


class Shard(NamedTuple):
    """A file of many records to read, the number below those of its summaries, and the rows of its last reading."""

    source: Source
    number: int
    former: bytes


class Files(NamedTuple):
    """A task: files to read, as `packed_files` returns them, their folder, the rules to read them by, and whether their records
    are stored compressed.
    """

    root: str
    rules: Rules
    files: bytes
    is_compressed: bool = False

    def unpacked(self) -> list[File]:
        """The files."""
        return _decode_files(self.files)


class Readings(NamedTuple):
    """Its result: the outcome of each file, None if its content is the same as before, and the summaries and records of those
    that are published.
    """

    outcomes: bytes
    summaries: bytes
    records: list[tuple[int, bytes]]

    def unpacked(self) -> tuple[list[FileOutcome | None], dict[int, RecordSummary]]:
        """The outcomes of the files, and the summaries by number."""
        return _decode_outcomes(self.outcomes), {summary.number: summary for summary in _decode_summaries(self.summaries)}


class Shown(NamedTuple):
    """A record in a document: the number and seal of its summary, the update date that the document shows, and the place of the
    next document that shows it; 0: no soon one does.
    """

    number: int
    seal: bytes
    updated: Moment
    again: int


class Showing(NamedTuple):
    """The records that a document shows, and its place among the documents that are rendered."""

    place: int
    records: list[Shown]


_decode_files = msgspec.msgpack.Decoder(list[File]).decode
_decode_outcomes = msgspec.msgpack.Decoder(list[FileOutcome | None]).decode
_decode_summaries = msgspec.msgpack.Decoder(list[RecordSummary]).decode
_decode_showing = msgspec.msgpack.Decoder(Showing).decode
unpacked = msgspec.msgpack.Decoder(list[tuple[Document, Showing]]).decode
"""The feeds that `packed` packed, and what they show."""


def packed_files(files: Sequence[File]) -> bytes:
    """Files for a task."""
    return _encode(files)


def packed(documents: Sequence[Document]) -> bytes:
    """Documents for a task."""
    return joined(zip((document.without_entries for document in documents), showings(documents), strict=True))


def joined(documents: Iterable[tuple[Document, bytes]]) -> bytes:
    """Documents without their entries for a task, each with its `Showing`, packed."""
    return _encode([(document, msgspec.Raw(its)) for document, its in documents])


def showings(documents: Sequence[Document]) -> Iterator[bytes]:
    """The `Showing` of each document, packed. The documents are rendered in this order."""
    for start in range(0, len(documents), _SOON):
        again: dict[int, int] = {}
        found = []
        for place in reversed(range(start, min(start + _SOON, len(documents)))):
            shown = []
            for one in documents[place].entries:
                seal, number, updated = one.shown
                shown.append((number, seal, updated, again.get(number, 0)))
                again[number] = place
            found.append(_encode((place, shown)))
        yield from reversed(found)


def seals(showing: bytes) -> dict[int, bytes]:
    """The seals of the records in a `Showing`, by number."""
    return {one.number: one.seal for one in _decode_showing(showing).records}


def read(task: Files) -> Readings:
    """Read files, each on its own."""
    outcomes: list[FileOutcome | None] = []
    summaries: list[RecordSummary] = []
    records: list[tuple[int, bytes]] = []
    read_file = _reader(task.rules)
    files = task.unpacked()
    contents = _contents(files, task)
    for source, number, former in files:
        path = scan.shown(source.file)
        try:
            data = contents(source)
        except Mistake as mistake:
            reading, digest = parse.rejected(path, mistake), UNREAD
        except OSError as error:
            reading, digest = parse.rejected(path, Mistake("file-unreadable", error.strerror or str(error))), UNREAD
        else:
            digest = digests.digest(data)
            if digest == former:
                outcomes.append(None)
                continue
            inside = path if b"://" not in source.file else _inside(path, task)
            reading = read_file(path, data) if inside == path else _of_object(path, inside, data, task.rules)
        problems = reading.problems
        if path.encode() != source.file:
            problems = (*problems, Problem(path, None, None, "file-name", (), "warning"))
        outcomes.append(FileOutcome(number, digest, reading.status, problems, reading.hold))
        if reading.record:
            seal, data = cache.sealed(reading.record, is_compressed=task.is_compressed)
            file = source.file if inside == path else inside.encode()
            summaries.append(summary(number, seal, file, reading.record, task.rules))
            records.append((number, data))
    return Readings(_encode(outcomes), _encode(summaries), records)


def _contents(files: Iterable[File], task: Files) -> Callable[[Source], bytes]:
    """What gives the bytes of the files; those in object storage are asked for together."""
    remote = [file.source for file in files if b"://" in file.source.file]
    if not remote:
        return lambda source: scan.content(task.root, source, task.rules.max_file_size)
    from concurrent.futures import ThreadPoolExecutor

    from feedloom.records import buckets

    with ThreadPoolExecutor(_REQUESTS) as pool:
        waiting = {source: pool.submit(buckets.content, source, task.rules.max_file_size) for source in remote}

    def content(source: Source) -> bytes:
        if source in waiting:
            return waiting.pop(source).result()
        return scan.content(task.root, source, task.rules.max_file_size)

    return content


def _reader(rules: Rules) -> Callable[[str, bytes], parse.Reading]:
    """What reads the files: of feedloom's own form, of another program, or of several folders."""
    if not rules.posts and not rules.parts:
        return lambda path, data: parse.reading(path, data, rules)
    from feedloom.records import posts

    return posts.reader(rules) if rules.parts else lambda path, data: posts.reading(path, data, rules)


def _inside(path: str, task: Files) -> str:
    from feedloom.records import buckets

    return buckets.inside(path, task.root, task.rules.parts)


def _of_object(path: str, inside: str, data: bytes, rules: Rules) -> parse.Reading:
    """As a file with the path `inside` is read, but problems name the object."""
    from feedloom.records import posts

    own = posts.rules_of(rules, path) if rules.parts else rules
    if own is None:
        return parse.Reading("note")
    found = posts.reading(inside, data, own) if own.posts else parse.reading(inside, data, own)
    placed = tuple(msgspec.structs.replace(problem, path=path) for problem in found.problems)
    return msgspec.structs.replace(found, problems=placed)


def summary(number: int, seal: bytes, file: bytes, record: Record, rules: Rules, row: str = "") -> RecordSummary:
    """The summary of a record, with what the rules ask for: phrases in its title or excerpt, and authors."""
    provider = record.provider
    return RecordSummary(  # in their order: with their names, it takes twice the time
        number,
        seal,
        file,
        record.id,
        dates.stamp(record.published),
        dates.stamp(record.updated),
        record.topics,
        provider.name if provider else None,
        provider.domain if provider else None,
        record.category,
        record.type,
        record.quality,
        record.heat,
        _phrases(record, rules.phrases) if rules.phrases else (),
        dates.stamp(record.expires) if record.expires else None,
        _authors(record) if rules.authors else (),
        row,
    )


def _authors(record: Record) -> tuple[str, ...]:
    """The names of the authors that can name a feed, each person once."""
    names = {slugs.identity(author.name): author.name for author in reversed(record.authors)}
    return tuple(name for identity, name in reversed(names.items()) if identity)


def _phrases(record: Record, wanted: Sequence[str]) -> tuple[str, ...]:
    texts = characters.folded(record.title), characters.folded(record.excerpt)
    return tuple(phrase for phrase in wanted if phrase in texts[0] or phrase in texts[1])


class Bodies(NamedTuple):
    """Rendered bodies as the cache keeps them, by the numbers of their summaries. So many template `tags` were in `tagged` of
    them.
    """

    rows: list[tuple[int, bytes]]
    tagged: int
    tags: int


def render_bodies(seals: dict[int, bytes], source: RecordSource) -> Bodies:
    """Render the bodies of records that are not known yet, by the seals of the records. Raises Damaged."""
    from feedloom.render.body import rendered

    with source.opened() as records:
        known = records.bodies(seals)
        missing = {number: seal for number, seal in seals.items() if number not in known}
        bodies = {number: rendered(record.content) if record.content else None for number, record in records.of(missing)}
    tags = [body.tags for body in bodies.values() if body and body.tags]
    return Bodies([(number, cache.sealed_body(body, seals[number])) for number, body in bodies.items()], len(tags), sum(tags))


def stage_feeds(packed: bytes, renderer: "Renderer", staging: Staging) -> Staged:
    """Render the feeds of a task and stage new files. Raises PublishError, and Damaged if a record is not in the cache."""
    return staging.stage(renderer.files(packed), renderer.config.publish.precompress)


def differing(packed: bytes, renderer: "Renderer", staging: Staging, among: frozenset[str]) -> list[str]:
    """Render the feeds of a task, and return which of the files in `among` have other bytes. Raises as `stage_feeds`."""
    return staging.differing(renderer.files(packed), among, renderer.config.publish.precompress)


def check(packed: bytes, renderer: "Renderer") -> None:
    """Render the feeds of a task for nothing but the errors of templates. Raises ConfigError and Damaged."""
    for _ in renderer.files(packed):
        pass


class Renderer:
    """Renders the documents of a task, as `packed` returns them, from the records in a `source`.

    It is of one build, in which a number names one record. It keeps entries that are shown again, up to `memory` bytes: first
    those that are shown again soonest.
    """

    def __init__(
        self, memory: int, source: RecordSource, config: Config, shells: render.Shells, existing: frozenset[str] | None = None
    ) -> None:
        self.config = config
        self.shells = shells
        self._given = memory, source, config, shells, existing
        self._place = 0
        self._kept: dict[int, render.Entry] = {}
        self._again: dict[int, int] = {}
        self._waiting: dict[int, list[int]] = {}  # the numbers in `_again` by place, and some that are not there any more
        self._furthest: list[int] = []  # those places, negated: a heap
        self._size = 0

    def __reduce__(self) -> tuple[Any, ...]:
        """Another process starts without entries."""
        return Renderer, self._given

    def files(self, packed: bytes) -> Iterator[tuple[str, bytes]]:
        """The files of the documents. Raises Damaged if a record is missing."""
        return self.files_of(unpacked(packed))

    def files_of(self, documents: Iterable[tuple[Document, Showing]]) -> Iterator[tuple[str, bytes]]:
        """The files of documents that show these records. Raises Damaged if a record is missing."""
        _, source, config, shells, existing = self._given
        with source.opened() as records:
            for document, showing in documents:
                yield from render.feed_files(document, self._entries(showing, records), config, shells, existing)

    def records(self, seals: Mapping[int, bytes]) -> dict[int, Record]:
        """Records by number. Raises Damaged if one is missing."""
        source = self._given[1]
        with source.opened() as records:
            return dict(records.of(seals))

    def _entries(self, showing: Showing, records: Lookup) -> list[render.Entry]:
        memory, _, config, _, existing = self._given
        if showing.place > self._place + 1:
            self._drop_before(showing.place)
        self._place = showing.place
        kept = self._kept
        seals: dict[int, bytes] = {}
        updates: dict[int, Moment] = {}
        for number, seal, moment, _ in showing.records:
            if number not in kept:
                seals[number], updates[number] = seal, moment
        bodies = records.bodies(seals) if config.content == "full" else {}
        found: dict[int, render.Entry] = {}
        for number, record in records.of(seals):
            updated = dates.of_stamp(updates[number])
            if record.updated != updated:
                record = msgspec.structs.replace(record, updated=updated)  # an update in the future does not count yet
            found[number] = render.entry(record, config, bodies.get(number), existing)
        self._waiting.pop(showing.place, None)
        entries = []
        for number, _, _, next_place in showing.records:
            entry = found.get(number)
            entries.append(entry or kept[number])
            if next_place:
                if entry:
                    kept[number] = entry
                    self._size += entry.size
                self._wait(number, next_place)
            elif not entry:
                self._drop(number)
        self._make_room(memory)
        return entries

    def _wait(self, number: int, place: int) -> None:
        """Keep an entry for a place."""
        self._again[number] = place
        waiting = self._waiting.get(place)
        if waiting is None:
            waiting = self._waiting[place] = []
            heapq.heappush(self._furthest, -place)
        waiting.append(number)

    def _make_room(self, memory: int) -> None:
        """Keep less: not what is shown again last."""
        while self._size > memory:
            place = -self._furthest[0]
            if waiting := self._waiting.get(place):
                number = waiting.pop(0)
                if self._again.get(number) == place:
                    self._drop(number)
            else:
                heapq.heappop(self._furthest)
                self._waiting.pop(place, None)

    def _drop_before(self, place: int) -> None:
        """Drop what another process has shown."""
        for number in [number for number, again in self._again.items() if again < place]:
            self._drop(number)

    def _drop(self, number: int) -> None:
        del self._again[number]
        self._size -= self._kept.pop(number).size
