"""Read files of many records: whole files, or ranges of lines of a large one, in any process. Rows that did not change are not
parsed again, and if a file is damaged, none of its rows counts.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import BinaryIO, NamedTuple

import msgspec

from feedloom.config.settings import Rules
from feedloom.errors import FrontMatterError
from feedloom.model import FileOutcome, Problem, RecordSummary, Source, Status
from feedloom.pipeline import cache, digests, tasks
from feedloom.pipeline.memory import Store
from feedloom.pipeline.workers import Progress, Workers
from feedloom.problems import Mistake
from feedloom.records import containers, scan
from feedloom.records.containers import Item, Range

_A_PART = 2 << 20
"""Bytes of records that are sent at a time."""
_ROWS_OF_A_PART = 5_000
_A_RANGE = 8 << 20
"""Bytes of lines that a process reads at a time."""
_LINES = tuple(map(str.encode, containers.LINES))
_NONE = b"\x90"
"""An empty list in MessagePack."""

_encode = msgspec.msgpack.Encoder().encode


class Task(NamedTuple):
    """A file to read, its folder and the rules to read it by; or a range of the `version` with this size and these times.

    At `most` so many of its rows are published, with numbers above `number`. Their records are stored compressed, or not.
    """

    root: str
    rules: Rules
    source: Source
    number: int
    former: bytes
    is_compressed: bool = False
    most: int = tasks.MOST_ROWS
    range: Range | None = None
    version: tuple[int, int, int] | None = None


class _Row(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The outcome of a row. If it `is_free`, its place in the file does not matter."""

    digest: bytes
    place: str
    number: int
    status: Status
    problems: tuple[Problem, ...] = ()
    hold: str | None = None
    is_free: bool = False


class Part(NamedTuple):
    """Some rows of a file: packed outcomes, their summaries and records as in `tasks.Readings`, and their problems.

    `changed` are the places of those that were read anew and have problems. If the file is `broken`, nothing of it counts;
    `is_lasting` says that this does not change unless the file does.
    """

    rows: bytes = b""
    statuses: Mapping[Status, int] = {}
    problems: Sequence[Problem] = ()
    summaries: bytes = b""
    records: Sequence[tuple[int, bytes]] = ()
    changed: Sequence[str] = ()
    is_last: bool = False
    broken: Problem | None = None
    is_lasting: bool = True

    def unpacked(self) -> list[RecordSummary]:
        """The summaries."""
        return _decode_summaries(self.summaries or _NONE)


class Read(NamedTuple):
    """The outcome of a file, the summaries of its rows that were read, and the places of rows that changed, as in `Part`."""

    outcome: FileOutcome
    summaries: dict[int, RecordSummary]
    changed: list[str]


_decode_rows = msgspec.msgpack.Decoder(list[_Row]).decode
_decode_summaries = msgspec.msgpack.Decoder(list[RecordSummary]).decode
_decode_parts = msgspec.msgpack.Decoder(list[bytes]).decode


def numbers(outcome: FileOutcome) -> list[int]:
    """The numbers of the summaries of a record file, in the order of its rows if it has many."""
    if not outcome.rows:
        return [outcome.number] if outcome.status == "published" else []
    return [row.number for row in _rows(outcome.rows) if row.status == "published"]


def outcome(file: FileOutcome | None, place: str) -> FileOutcome | None:
    """The outcome of a row, by its place in a file that was read (`:12`, `#12`). None if there is no such row."""
    found = next((row for row in _rows(file.rows) if row.place == place), None) if file else None
    return FileOutcome(found.number, found.digest, found.status, found.problems, found.hold) if found else None


def moved(file: Source, outcome: FileOutcome, summaries: Mapping[int, RecordSummary]) -> Iterator[tuple[int, RecordSummary]]:
    """The summaries of rows that are at another place of a file than when they were read, with this place, by number."""
    path = scan.shown(file.file)
    for row in _rows(outcome.rows):
        one = summaries.get(row.number)
        if one and row.is_free and one.row != (place := f"{path}{row.place}"):
            yield row.number, msgspec.structs.replace(one, row=place)


def read_all(
    shards: Sequence[tasks.Shard],
    root: str,
    rules: Rules,
    store: Store,
    progress: Progress,
    workers: Workers,
    *,
    is_compressed: bool,
) -> Iterator[tuple[int, Read]]:
    """Read files, in any order: the place of each among the `shards`, and its result. Their records go into the store,
    compressed or not.
    """
    todo = [(at, task) for at, shard in enumerate(shards) for task in _tasks(shard, root, rules, is_compressed)]
    unfinished = Counter(at for at, _ in todo)
    parts: dict[int, dict[int, list[Part]]] = {}
    summaries: dict[int, dict[int, RecordSummary]] = {}
    done = 0
    for number, part in workers.stream(read, [task for _, task in todo]):
        at = todo[number][0]
        parts.setdefault(at, {}).setdefault(number, []).append(part._replace(summaries=b"", records=()))
        store.add(part.records)
        summaries.setdefault(at, {}).update((one.number, one) for one in part.unpacked())
        if part.is_last:
            progress("Reading files of many records", done, len(todo))
            done += 1
            unfinished[at] -= 1
            if not unfinished[at]:
                in_order = [part for _, some in sorted(parts.pop(at).items()) for part in some]
                yield at, _joined(in_order, summaries.pop(at), store)


def _joined(parts: Sequence[Part], summaries: dict[int, RecordSummary], store: Store) -> Read:
    """The result of a file, of its parts in order."""
    if broken := next((part for part in parts if part.broken), None):
        assert broken.broken
        store.drop(summaries)
        digest = digests.digest(str(broken.broken).encode()) if broken.is_lasting else tasks.UNREAD
        return Read(FileOutcome(0, digest, "rejected", (broken.broken,)), {}, [broken.broken.path])
    counts: Counter[Status] = Counter()
    for part in parts:
        counts.update(part.statuses)
    rows = _encode([part.rows for part in parts])
    problems = tuple(problem for part in parts for problem in part.problems)
    outcome = FileOutcome(0, digests.digest(rows), "published", problems, rows=rows, statuses=dict(counts))
    return Read(outcome, summaries, [place for part in parts for place in part.changed])


def _tasks(shard: tasks.Shard, root: str, rules: Rules, is_compressed: bool) -> list[Task]:
    """A task for the file, or one for each range of the lines of a large one."""
    whole = Task(root, rules, shard.source, shard.number, shard.former, is_compressed)
    is_plain = shard.source.file.lower().endswith(_LINES) and b"://" not in shard.source.file
    if not is_plain or not 2 * _A_RANGE < shard.source.size <= rules.max_shard_size:
        return [whole]
    try:
        with scan.opened(root, shard.source) as file:
            version = scan.version(file)
            ranges = list(containers.ranges(file, _A_RANGE))
    except (OSError, Mistake):  # reading it says why
        return [whole]
    most = tasks.MOST_ROWS // len(ranges)
    return [
        whole._replace(number=shard.number + at * most, most=most, range=one, version=version) for at, one in enumerate(ranges)
    ]


def read(task: Task) -> Iterator[Part]:
    """Read a file, or a range of it. What is wrong with the file as a whole is in the last part."""
    path = scan.shown(task.source.file)
    broken = None
    is_lasting = True
    try:
        with _opened(task) as file:
            yield from _parts(containers.items(path, file, task.source.size, task.rules, task.range), task, path)
    except Mistake as mistake:
        is_lasting = isinstance(mistake, FrontMatterError)
        broken = Problem(path, None, None, mistake.code, mistake.values, "rejected")
    except OSError as error:
        is_lasting = False
        broken = Problem(path, None, None, "file-unreadable", (error.strerror or str(error),), "rejected")
    yield Part(is_last=True, broken=broken, is_lasting=is_lasting)


def _opened(task: Task) -> AbstractContextManager[BinaryIO]:
    if b"://" not in task.source.file:
        return scan.opened(task.root, task.source, task.version)
    from feedloom.records import buckets

    if task.source.size > task.rules.max_shard_size:
        raise FrontMatterError("shard-too-large", f"{task.rules.max_shard_size:,} bytes")
    return buckets.opened(task.source)


def _parts(items: Iterable[Item], task: Task, path: str) -> Iterator[Part]:
    former: defaultdict[tuple[bytes, str], list[_Row]] = defaultdict(list)
    for row in _rows(task.former):
        former[row.digest, "" if row.is_free else row.place].append(row)
    rules = _own(task.rules, path)
    if rules is None:
        return
    inside = path
    if b"://" in task.source.file:
        from feedloom.records import buckets

        inside = buckets.inside(path, task.root, task.rules.parts)
    number = task.number
    rows: list[_Row] = []
    summaries: list[RecordSummary] = []
    records: list[tuple[int, bytes]] = []
    changed: list[str] = []
    size = 0
    for item in items:
        if number - task.number >= task.most:
            raise FrontMatterError("shard-too-large", f"{tasks.MOST_ROWS:,} records")
        digest = digests.digest(item.data)
        same = former.get((digest, item.place)) or former.get((digest, ""))
        if same:
            rows.append(msgspec.structs.replace(same.pop(), place=item.place))
        else:
            reading, name, is_own = containers.reading(path, inside, item, rules)
            number += reading.record is not None
            is_free = is_own and not reading.problems
            own = number if reading.record else 0
            rows.append(_Row(digest, item.place, own, reading.status, reading.problems, reading.hold, is_free))
            if reading.problems:
                changed += {problem.record for problem in reading.problems}
            if reading.record:
                seal, data = cache.sealed(reading.record, is_compressed=task.is_compressed)
                place = f"{path}{item.place}"
                own_place = "" if name == place else place
                summaries.append(tasks.summary(number, seal, name.encode(), reading.record, rules, own_place))
                records.append((number, data))
                size += len(data)
        if size >= _A_PART or len(rows) >= _ROWS_OF_A_PART:
            yield _part(rows, summaries, records, changed)
            rows, summaries, records, changed, size = [], [], [], [], 0
    if rows:
        yield _part(rows, summaries, records, changed)


def _part(rows: list[_Row], summaries: list[RecordSummary], records: list[tuple[int, bytes]], changed: list[str]) -> Part:
    counts = Counter(row.status for row in rows)
    problems = [problem for row in rows for problem in row.problems]
    return Part(_encode(rows), dict(counts), problems, _encode(summaries), records, changed)


def _rows(packed: bytes) -> Iterator[_Row]:
    for part in _decode_parts(packed) if packed else ():
        yield from _decode_rows(part or _NONE)


def _own(rules: Rules, path: str) -> Rules | None:
    """The rules for a file; None if it is in none of several folders."""
    if not rules.parts:
        return rules
    from feedloom.records import posts

    return posts.rules_of(rules, path)
