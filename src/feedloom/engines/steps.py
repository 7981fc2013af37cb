"""The steps of a build, each a function of a task that reads and writes named objects. Doing a task twice changes nothing.

read      a shard of records -> its records, and its summaries sliced by id
select    the summaries of some ids -> those that are published, sliced by group
combine   the summaries of some groups -> their feeds in batches, and the records that each batch shows, sliced by shard
send      the records of a shard that are shown, sliced by batch
render    the feeds of a batch -> files
"""

import heapq
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import NamedTuple
from zlib import crc32

import msgspec

from feedloom import render
from feedloom.config.settings import Config, rules
from feedloom.engines import code, exchange
from feedloom.engines.exchange import Exchange, Missing
from feedloom.errors import EngineError, FeedloomError
from feedloom.feeds import filters, group, tally
from feedloom.feeds.kinds import Term
from feedloom.feeds.tally import Tally
from feedloom.model import (
    ArchiveDocument,
    Document,
    Feed,
    FileStamp,
    Group,
    Member,
    Moment,
    Problem,
    Record,
    RecordSummary,
    Source,
)
from feedloom.pipeline import cache, digests, shards, tasks
from feedloom.pipeline.tasks import Showing
from feedloom.records import scan
from feedloom.render.body import Body
from feedloom.render.metadata import feed_of
from feedloom.site import publish
from feedloom.site.store import Staging

MOST_PROBLEMS = 1_000
"""Problems that a task names; it counts the others."""

_ROW_BITS = 25
"""A summary has the number of its shard, and in these bits that of its row: a place, which changes no byte and no digest."""
_ROW = (1 << _ROW_BITS) - 1

RETIRED = "retired"
"""The batch of feeds that no record belongs to any more."""
_PLACES = 20_000
"""Entries of archive documents that one task renders."""
_IN_A_CHUNK = 2_000
"""Records of an archive that are unpacked at a time."""
_MEMORY = 32 << 20
"""Bytes for rendered entries."""


class Job(msgspec.Struct, frozen=True):
    """What all tasks of a build know: the settings, where objects are, and how many `parts` ids and groups have.

    Objects of this build alone are below `run`. Workers must have the program with the digest `code`.
    """

    config: Config
    work: str
    run: str
    parts: int
    clock: Moment
    code: bytes
    began: int
    newest: Moment = Moment(0)
    """When the newest article of the site was published, once all are read."""


class Shard(msgspec.Struct, frozen=True, array_like=True):
    """Record files that one task reads."""

    files: list[Source]


class ReadShard(msgspec.Struct, frozen=True, array_like=True):
    """What came of a shard: counts by status, the first problems and how many there are.

    `newest` is the newest publication date that is due. What was read is right from `since` until before `until`: then another
    record is due or expires. `is_settled`: no file was changed shortly before.
    """

    statuses: dict[str, int]
    problems: list[Problem]
    problem_count: int
    newest: Moment | None
    since: Moment | None
    until: Moment | None
    is_settled: bool


class Selected(NamedTuple):
    """What came of a part of the ids; `named` is what custom feeds could mean."""

    published: int
    scheduled: int
    expired: int
    duplicates: list[Problem]
    duplicate_count: int
    since: Moment | None
    until: Moment | None
    named: filters.Named


class _Tallied(msgspec.Struct, frozen=True, array_like=True):
    """Some records of a group: what its feed needs, and for its archive all of them, oldest first, in packed chunks."""

    group: Group
    head: Tally
    run: list[bytes]


class Batch(msgspec.Struct, frozen=True, array_like=True):
    """Documents that one task renders, all of them archive documents or none. The `digest` is that of what they show."""

    name: str
    digest: bytes
    is_archive: bool


class Combined(msgspec.Struct, frozen=True, array_like=True):
    """The feeds of a part, with their first entry alone, and the batches in which they are rendered."""

    feeds: list[Feed]
    batches: list[Batch]


class Exceptions(msgspec.Struct, frozen=True):
    """What a feed shows because of other feeds: groups are `lost` whose feeds are not published; titles are told `apart`, by
    address; pages link only to feeds with `existing` addresses. None: to all.
    """

    lost: list[Group] = []
    apart: dict[str, str] = {}
    existing: frozenset[str] | None = None


class Sent(NamedTuple):
    """What a task sends: the number of bodies with template tags among those that it rendered, and of the tags."""

    tagged: int
    tags: int


class Published(NamedTuple):
    """The files of a batch: those that were written, and the stamps of all. `staged`: what the output must take."""

    written: list[str]
    files: dict[str, FileStamp]
    staged: publish.Staged | None = None


def read(job: Job, shard: str) -> ReadShard:
    """Read a shard, unless it was read before and no record became due since then."""
    with _started(job) as work:
        found = None
        with suppress(Missing):
            found = work.slice(f"summaries/{shard}", job.parts, job.parts + 1, ReadShard)
        if found and _is_between(found.since, job.clock, found.until):
            return found
        return _read(job, shard, work)


def _read(job: Job, shard: str, work: Exchange) -> ReadShard:
    files = work.needed(f"{job.run}/shards/{shard}", Shard).files
    read = _many(files[0], job) if len(files) == 1 and scan.is_shard(files[0].file) else _files(files, job)
    now = job.clock
    slices: list[list[RecordSummary]] = [[] for _ in range(job.parts)]
    for summary in read.summaries:
        slices[crc32(summary.id.encode()) % job.parts].append(summary)
    due = {summary.number: summary.published for summary in read.summaries if _is_due(summary, now)}
    moments = [moment for one in read.summaries for moment in (one.published, one.expires) if moment is not None]
    result = ReadShard(
        statuses=read.statuses,
        problems=read.problems[:MOST_PROBLEMS],
        problem_count=len(read.problems),
        newest=max(due.values(), default=None),
        since=max((moment for moment in moments if moment <= now), default=None),
        until=min((moment for moment in moments if moment > now), default=None),
        is_settled=read.is_lasting and all(scan.is_settled(source, job.began) for source in files),
    )
    # What is scheduled or expired does not leave the place of the records: it is read again when it is due.
    work.put(f"records/{shard}", [one for one in read.records if one[0] in due])
    work.put_slices(f"summaries/{shard}", [*slices, result])
    return result


class _Reading(NamedTuple):
    """What came of the files of a shard. `is_lasting`: nothing else would, unless a file changes."""

    statuses: dict[str, int]
    problems: list[Problem]
    summaries: list[RecordSummary]
    records: list[tuple[int, bytes]]
    is_lasting: bool


def _files(files: list[Source], job: Job) -> _Reading:
    """Read record files. The error for one that cannot be read by mistake of the program names it."""
    numbered = [tasks.File(source, row, None) for row, source in enumerate(files)]
    root, how = scan.folder_of(job.config.records), rules(job.config)
    try:
        read = tasks.read(tasks.Files(root, how, tasks.packed_files(numbered)))
    except FeedloomError:
        raise
    except Exception:
        for file in numbered:
            with _named(scan.shown(file.source.file)):
                tasks.read(tasks.Files(root, how, tasks.packed_files([file])))
        raise
    found, summaries = read.unpacked()
    outcomes = [outcome for outcome in found if outcome]
    return _Reading(
        statuses=dict(Counter(outcome.status for outcome in outcomes)),
        problems=[problem for outcome in outcomes for problem in outcome.problems],
        summaries=list(summaries.values()),
        records=read.records,
        is_lasting=all(outcome.digest != tasks.UNREAD for outcome in outcomes),
    )


def _many(file: Source, job: Job) -> _Reading:
    """Read a file of many records. If it is damaged, none of them counts."""
    statuses: Counter[str] = Counter()
    read = _Reading({}, [], [], [], is_lasting=True)
    row = 0
    with _named(scan.shown(file.file), lambda: row):
        for part in shards.read(shards.Task(scan.folder_of(job.config.records), rules(job.config), file, 0, b"")):
            if part.broken:
                return _Reading({"rejected": 1}, [part.broken], [], [], is_lasting=part.is_lasting)
            statuses.update(part.statuses)
            row += sum(part.statuses.values())
            read.problems.extend(part.problems)
            read.summaries.extend(part.unpacked())
            read.records.extend(part.records)
    return read._replace(statuses=dict(statuses))


@contextmanager
def _named(place: str, rows: Callable[[], int] | None = None) -> Iterator[None]:
    """Name the record in the error for a mistake of the program; `rows` says how many of a file were read before."""
    try:
        yield
    except FeedloomError:
        raise
    except Exception as error:
        where = f"{place}, after row {rows():,}" if rows else place
        what = f"this record stopped a worker, which is a bug: {type(error).__name__}: {error}"
        raise EngineError(f"{where}: {what}") from error


def select(job: Job, part: int) -> Selected:
    """Choose the records that are published, of those whose ids are in a part, and slice their summaries by group."""
    with _started(job) as work:
        names = [f"summaries/{shard}" for shard in work.needed(f"{job.run}/names", list[str])]
        summaries: list[RecordSummary] = []
        for at, some in enumerate(work.slices(names, part, job.parts + 1, list[RecordSummary])):
            summaries += [msgspec.structs.replace(one, number=at << _ROW_BITS | one.number) for one in some]
        selection = group.selected(summaries, job.clock)
        slices: list[list[_Tallied]] = [[] for _ in range(job.parts)]
        for one, found in tally.of(selection.summaries, job.newest, job.config).items():
            head, run = tally.split(found, one, job.config)
            chunks = [work.sealed(run[at : at + _IN_A_CHUNK]) for at in range(0, len(run), _IN_A_CHUNK)]
            slices[_part(one, job)].append(_Tallied(one, head, chunks))
        work.put_slices(f"{job.run}/parts/{part}", slices)
        return Selected(
            published=len(selection.summaries),
            scheduled=selection.scheduled,
            expired=selection.expired,
            duplicates=list(selection.duplicates[:MOST_PROBLEMS]),
            duplicate_count=len(selection.duplicates),
            since=selection.since,
            until=selection.until,
            named=filters.named(selection.summaries if group.names_matter(job.config) else ()),
        )


def combine(job: Job, part: int) -> None:
    """Make the feeds of the groups in a part, and say which records their batches show."""
    with _started(job) as work:
        names = [f"{job.run}/parts/{one}" for one in range(job.parts)]
        tallies: defaultdict[Group, list[Tally]] = defaultdict(list)
        runs: defaultdict[Group, list[list[bytes]]] = defaultdict(list)
        for some in work.slices(names, part, job.parts, list[_Tallied]):
            for one in some:
                tallies[one.group].append(one.head)
                if one.run:
                    runs[one.group].append(one.run)
        heads = {one: tally.heads(found, one, job.config) for one, found in tallies.items()}
        feeds = sorted(tally.feeds(heads, job.config), key=lambda feed: (feed.address, feed.identity))
        archives = {one: _oldest_first(some, work) for one, some in runs.items()}
        count = len(work.needed(f"{job.run}/names", list[str]))
        batches = []
        for number, documents in enumerate(_batches(feeds, archives)):
            name = f"{part}-{number}"
            packed = tasks.packed(documents)
            work.put(f"{job.run}/feeds/{name}", packed)
            rows = by_shard({summary.number for document in documents for summary in document.entries})
            work.put_slices(f"{job.run}/wanted/{name}", [rows.get(number, []) for number in range(count)])
            batches.append(Batch(name, _digest(documents), isinstance(documents[0], ArchiveDocument)))
        first = [msgspec.structs.replace(feed, entries=feed.entries[:1]) for feed in feeds]
        work.put(f"{job.run}/live/{part}", Combined(first, batches))


def _oldest_first(runs: list[list[bytes]], work: Exchange) -> Iterator[tuple[Member, Term]]:
    """All records of a group, from runs of some of them, of which a chunk each is in memory."""

    def unpacked(run: list[bytes]) -> Iterator[tuple[Member, Term]]:
        for chunk in run:
            yield from work.unsealed("a run", chunk, list[tuple[Member, Term]])

    return heapq.merge(*map(unpacked, runs), key=lambda pair: pair[0], reverse=True)


def _batches(feeds: list[Feed], archives: Mapping[Group, Iterator[tuple[Member, Term]]]) -> Iterator[list[Document]]:
    """The documents of feeds in batches: archive documents, and then the feeds, which know the names of these afterwards."""
    some: list[Document] = []
    places = 0
    for at, feed in enumerate(feeds):
        names = []
        for document in tally.documents(feed, archives.get(feed.group, iter(()))):
            if places > _PLACES:
                yield some
                some, places = [], 0
            some.append(document)
            names.append(document.name)
            places += len(document.entries)
        feeds[at] = msgspec.structs.replace(feed, archive_names=tuple(names))
    if some:
        yield some
    if feeds:
        yield list(feeds)


def _digest(documents: list[Document]) -> bytes:
    """Differs where documents show other records, or the same ones otherwise."""
    shown = [
        (
            msgspec.structs.replace(one.without_entries, first=()) if isinstance(one, Feed) else one.without_entries,
            [(summary.seal, summary.updated) for summary in one.entries],
        )
        for one in documents
    ]
    return digests.digest_of(shown)


def send(job: Job, number: int, batches: tuple[str, ...]) -> Sent:
    """Send the records of the shard with this number to the batches that show them."""
    with _started(job) as work:
        ids = work.needed(f"{job.run}/names", list[str])
        names = [f"{job.run}/wanted/{name}" for name in batches]
        wanted = list(work.slices(names, number, len(ids), list[int]))
        sent: list[list[tuple[int, bytes, bytes]]] = [[] for _ in batches]
        tags: list[int] = []
        if any(wanted):
            records = _records(ids[number], work)
            bodies = {row: _body(records[row], job, tags) for rows in wanted for row in rows}
            sent = [[(number << _ROW_BITS | row, records[row], bodies[row]) for row in rows] for rows in wanted]
        work.put_slices(f"{job.run}/sent/{number}", sent)
        return Sent(len(tags), sum(tags))


def _body(data: bytes, job: Job, tags: list[int]) -> bytes:
    """The rendered body of a record, if bodies are content."""
    if job.config.content != "full":
        return b""
    from feedloom.render.body import rendered

    record = cache.unsealed(data)
    body = rendered(record.content) if record.content else None
    if body and body.tags:
        tags.append(body.tags)
    return msgspec.msgpack.encode(body)


def by_shard(numbers: Iterable[int]) -> dict[int, list[int]]:
    """The rows of records in their shards, by the numbers of their summaries."""
    rows: defaultdict[int, list[int]] = defaultdict(list)
    for number in sorted(numbers):
        rows[number >> _ROW_BITS].append(number & _ROW)
    return rows


def fetch(job: Job, number: int, rows: list[int]) -> list[tuple[int, bytes, bytes]]:
    """Some records of a shard, without bodies."""
    with _started(job) as work:
        records = _records(work.needed(f"{job.run}/names", list[str])[number], work)
        return [(number << _ROW_BITS | row, records[row], b"") for row in rows]


def _records(shard: str, work: Exchange) -> dict[int, bytes]:
    return dict(work.needed(f"records/{shard}", list[tuple[int, bytes]]))


def publish_batch(job: Job, name: str, at: int, of: int, staging: Staging | None) -> Published:
    """Render the documents of a batch and write the files whose bytes differ. It is the batch `at` a place among those sent.
    Without `staging`, write nothing: a broken template of the owner raises ConfigError.
    """
    with _started(job) as work:
        packed = work.needed(f"{job.run}/feeds/{name}", bytes)
        others = work.needed(f"{job.run}/exceptions", Exceptions)
        count = len(work.needed(f"{job.run}/names", list[str])) if of else 0
        source = Arrived()
        sent = [f"{job.run}/sent/{number}" for number in range(count)]
        for some in work.slices(sent, at, of, list[tuple[int, bytes, bytes]]):
            source.add(some)
        shells = work.needed(f"{job.run}/shells", render.Shells)
        documents = _settled(tasks.unpacked(packed), others)
        files = tasks.Renderer(_MEMORY, source, job.config, shells, others.existing).files_of(documents)
        if isinstance(staging, publish.Staging):
            return Published(*publish.publish_shared(files, staging.root, job.config.publish.precompress))
        if staging is None:
            return Published([path for path, _ in files], {})
        staged = staging.stage(files)
        return Published(staged.paths, staged.files, staged)


def _settled(documents: list[tuple[Document, Showing]], others: Exceptions) -> Iterator[tuple[Document, Showing]]:
    """The documents of feeds that are published, with what tells their titles apart."""
    lost = frozenset(others.lost)
    for document, showing in documents:
        feed = feed_of(document)
        if feed.group not in lost:
            is_apart = feed is document and feed.address in others.apart
            yield msgspec.structs.replace(document, apart=others.apart[feed.address]) if is_apart else document, showing


class Arrived:
    """Records that arrived where they are needed; in place of a cache."""

    def __init__(self) -> None:
        self._records: dict[int, tuple[bytes, bytes]] = {}

    def add(self, records: list[tuple[int, bytes, bytes]]) -> None:
        """Take records, with their bodies."""
        self._records.update((number, (data, body)) for number, data, body in records)

    @contextmanager
    def opened(self) -> "Iterator[Arrived]":
        """Itself."""
        yield self

    def of(self, seals: Mapping[int, bytes]) -> Iterator[tuple[int, Record]]:
        """The records with these seals, by the numbers of their summaries. Raises EngineError if one has another seal."""
        for number, seal in seals.items():
            data = self._records.get(number, (b"", b""))[0]
            if digests.digest(data) != seal:
                raise exchange.gone(f"record {number}")
            yield number, cache.unsealed(data)

    def bodies(self, seals: Mapping[int, bytes]) -> dict[int, Body | None]:
        """The rendered bodies of records."""
        found = {number: self._records[number][1] for number in seals}
        return {number: msgspec.msgpack.decode(body, type=Body | None) for number, body in found.items() if body}


@contextmanager
def _started(job: Job) -> Iterator[Exchange]:
    """The place for objects. Raises EngineError if this process runs another program than the one that began the build."""
    if job.code != code.digest():
        raise EngineError(f"a worker has another program ({code.shown()}): install the same version on all")
    yield exchange.opened(job.work)


def _part(one: Group, job: Job) -> int:
    return crc32("\n".join((one.kind, *one.identity)).encode()) % job.parts


def _is_due(summary: RecordSummary, now: Moment) -> bool:
    return summary.published <= now and (summary.expires is None or summary.expires > now)


def _is_between(since: Moment | None, now: Moment, until: Moment | None) -> bool:
    return (since is None or since <= now) and (until is None or now < until)
