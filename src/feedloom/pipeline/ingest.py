"""Read the files that changed since the last build, and know the summaries of all others from the cache.

A bucket is stored as soon as its files are read. So memory depends on the size of buckets, not on the number of records.
"""

from array import array
from collections import Counter, deque
from collections.abc import Collection, Iterable, Iterator, Sequence
from hashlib import blake2b
from itertools import islice
from typing import cast

import msgspec

from feedloom.config.settings import Config, rules
from feedloom.feeds import group
from feedloom.feeds.group import Selection, Tallying
from feedloom.model import FileOutcome, Moment, Problem, RecordSummary, Status
from feedloom.pipeline import tasks
from feedloom.pipeline.cache import Bucket, Build, Cache, Files
from feedloom.pipeline.memory import Store
from feedloom.pipeline.workers import Progress, Workers, shares
from feedloom.records import scan
from feedloom.records.scan import Scan, Sources
from feedloom.report import Records

_FILES_A_TASK = 250
_AT_A_TIME = 50_000
"""Record files of a batch, about 1.6 KiB each while their buckets are compared with those of the last build."""

_SHARDS_A_JOB = 4

_LARGE = 250 << 20
_MANY = 100_000
"""Bytes of files of many records, or other files, from which on the cache compresses records and summaries: it has half of the
size then, and a first build takes somewhat longer.
"""
_FEW = 16
"""Ids that are looked for one by one: all at once take 13 ms for 100,000 records, one 0.3."""
_UNPACKED = 20_000
"""Summaries that may all be in memory, about 1 KiB each, until `forget`; otherwise, those of a bucket at a time are."""
_NO_SOURCES = Sources(())


class Summaries(Collection[RecordSummary]):
    """The summaries of all records, from the store. To iterate over them raises Damaged."""

    def __init__(self, buckets: Sequence[Bucket], store: Store) -> None:
        self._buckets = buckets
        self._store = store
        self._count = sum(bucket.statuses.get("published", 0) for bucket in buckets)
        self._all: list[RecordSummary] = []

    def __iter__(self) -> Iterator[RecordSummary]:
        if self._count > _UNPACKED:
            return self._unpacked()
        if len(self._all) < self._count:
            self._all = list(self._unpacked())
        return iter(self._all)

    def __len__(self) -> int:
        return self._count

    def __contains__(self, summary: object) -> bool:
        return any(one == summary for one in self)

    def forget(self) -> None:
        """Free the memory of the summaries. They can be read again."""
        self._all = []

    def _unpacked(self) -> Iterator[RecordSummary]:
        for bucket in self._buckets:
            yield from _summaries(bucket, self._store)


class Ingested(msgspec.Struct, frozen=True):
    """The result: the summaries of all records, those that were `added` to and `dropped` from those of the last build, the
    buckets, and the `highest` number of a summary. No files are left in the `scanned` buckets.

    `changed` are the paths of files with problems in the last build that are new or have other content now, and the places of
    such rows. The buckets are stored; `replaced` are the places of those of the last build. The ids of its records
    `were_distinct` for certain if it published all of them.
    """

    scanned: Scan
    summaries: Summaries
    added: list[RecordSummary]
    dropped: list[RecordSummary]
    buckets: list[Bucket]
    changed: set[str]
    highest: int
    replaced: list[int]
    were_distinct: bool

    def selection(self, now: Moment, store: Store) -> Selection:
        """As `group.selected`: without a look at the summaries if that is not needed, as in most builds. Raises Damaged."""
        latest = [bucket.latest for bucket in self.buckets if bucket.statuses.get("published")]
        if all(one is not None and one <= now for one in latest):
            ids = [store.part(bucket.ids, "ids", bytes, bucket.place) for bucket in self.buckets]
            if self._are_distinct(ids):
                since = max(filter(None, latest), default=None)
                return Selection(self.summaries, 0, 0, (), since=since, until=None, is_all=True)
        return group.selected(self.summaries, now)

    def _are_distinct(self, ids: Sequence[bytes]) -> bool:
        """Whether no two records have one id, by the digests of all ids. If that was so in the last build, only records
        that were added since are looked for.
        """
        if self.were_distinct and len(self.added) <= _FEW:
            new = [_digest(summary) for summary in self.added]
            return len(set(new)) == len(new) and all(sum(some.count(one) for some in ids) == 1 for one in new)
        every = array("q", b"".join(ids))
        return len(set(every)) == len(every)

    def clean(self, cache: Cache) -> None:
        """Remove from the cache what only the last build needs."""
        cache.drop_parts(("files", "summaries", "ids"), self.replaced)
        cache.drop(summary.number for summary in self.dropped)

    def counts(self, selection: Selection) -> Records:
        """The number of record files by outcome."""
        statuses: Counter[Status] = Counter()
        for bucket in self.buckets:
            statuses.update(bucket.statuses)
        unlisted = sum(problem.level == "rejected" for problem in self.scanned.problems)
        return Records(
            read=statuses.total() + unlisted,
            published=len(selection.summaries),
            unpublished=statuses["unpublished"] + selection.expired,
            scheduled=selection.scheduled,
            rejected=statuses["rejected"] + unlisted,
            duplicates=len(selection.duplicates),
            notes=statuses["note"],
        )

    def is_changed(self, problem: Problem) -> bool:
        """Whether the file, or the row, of a problem of the last build has other content now."""
        return problem.record in self.changed

    def problems(self, selection: Selection) -> tuple[Problem, ...]:
        """All problems: of the scan, of files by path and line, and duplicates."""
        inside = sorted((problem for bucket in self.buckets for problem in bucket.problems), key=lambda problem: problem.path)
        return (*self.scanned.problems, *inside, *selection.duplicates)


class _Bucket:
    """A bucket in which something changed: its files, and what is known of them and of its files in the last build."""

    def __init__(self, at: int, sources: Sources, before: Bucket | None, store: Store) -> None:
        previous = store.part(before.files, "files", Files, before.place) if before else Files([], [])
        by_source = dict(zip(previous.sources, previous.outcomes, strict=True))
        self.at = at
        self.sources = list(sources)
        self.previous = {source[0]: outcome for source, outcome in by_source.items()}
        self.outcomes = [by_source.get(source) for source in self.sources]
        unread = [at for at, outcome in enumerate(self.outcomes) if outcome is None]
        self.unread_shards = [at for at in unread if scan.is_shard(self.sources[at].file)] if sources.may_have_shards() else []
        shards = frozenset(self.unread_shards)
        self.unread = [at for at in unread if at not in shards] if shards else unread
        self.summaries: dict[int, RecordSummary] = {}


class Reading:
    """Files that the workers are reading: `finish` takes the results."""

    def __init__(
        self,
        scanned: Scan,
        digests: Sequence[bytes],
        last: Build | None,
        store: Store,
        config: Config,
        tallying: Tallying | None,
    ) -> None:
        self._tallying = tallying
        self._scanned = scanned
        self._digests = digests
        self._before: Sequence[Bucket | None] = last.buckets if last else [None] * len(digests)
        self._store = store
        self._config = config
        self._highest = self._highest_before = last.highest if last else 0
        self._told = {problem.path for problem in last.problems} if last else set()
        known = sum(bucket.statuses.get("published", 0) for bucket in self._before if bucket)
        self._were_distinct = last is not None and last.counts.published == known
        self._differing = [
            at
            for at, (before, digest) in enumerate(zip(self._before, digests, strict=True))
            if before is None or before.digest != digest
        ]
        # Files of many records are read at once with those that share their buckets.
        self._with_shards = [at for at in self._differing if scanned.buckets[at].may_have_shards()]
        plain = [at for at in self._differing if at not in self._with_shards]
        unread = {at: len(self._bucket(at).unread) if self._before[at] else len(scanned.buckets[at]) for at in plain}
        self._shrunk = [at for at in plain if not unread[at]]
        self._batches = self._batched(at for at in plain if unread[at])
        self._total = sum(unread.values())
        self._counts = [sum(unread[at] for at in batch) for batch in self._batches]
        self._is_large = sum(map(len, scanned.buckets)) > _MANY or self._size_of_shards() > _LARGE
        for at in set(range(len(digests))).difference(self._differing):
            scanned.buckets[at] = _NO_SOURCES
        self._open: deque[_Bucket] = deque()
        self._buckets = list(self._before)
        self._added: list[RecordSummary] = []
        self._dropped: list[RecordSummary] = []
        self._changed: set[str] = set()

    def begin(self, workers: Workers) -> None:
        """Let the workers read."""
        self._workers = workers
        jobs = [*(1 for _ in self._counts[1:]), workers.jobs]  # only the last tasks are smaller
        sizes = [list(shares(count, _FILES_A_TASK, some)) for count, some in zip(self._counts, jobs, strict=False)]
        batches = zip(self._batches, sizes, strict=True)
        some = (task for batch, its in batches for task in self._in_tasks(self._begun(batch), its))
        self._results = workers.map(tasks.read, some, sum(map(len, sizes)))

    def finish(self, progress: Progress, began: int) -> Ingested:
        """Read to the end. Files changed just before `began`, in nanoseconds, are remembered without their times."""
        done = 0
        for result in self._results:
            progress("Reading", done, self._total)
            self._store.add(result.records)
            outcomes, summaries = result.unpacked()
            done += len(outcomes)
            for outcome in outcomes:
                while not self._open[0].unread:
                    self._close(self._open.popleft(), began)
                self._take(self._open[0], outcome, summaries)
        while self._open:
            self._close(self._open.popleft(), began)
        for at in self._shrunk:
            self._close(self._taken(at), began)
        if self._with_shards:
            self._read_shards(progress, began)
        scan.check_exports(self._scanned)
        buckets = cast("list[Bucket]", self._buckets)
        return Ingested(
            scanned=self._scanned,
            summaries=Summaries(buckets, self._store),
            added=self._added,
            dropped=self._dropped,
            buckets=buckets,
            changed=self._changed,
            highest=self._highest,
            replaced=[before.place for at in self._differing if (before := self._before[at])],
            were_distinct=self._were_distinct,
        )

    def _batched(self, plain: Iterable[int]) -> list[list[int]]:
        """Buckets in batches. No task has files of two of these, so that few buckets of a large site are in memory."""
        batches: list[list[int]] = []
        room = 0
        for at in plain:
            size = len(self._scanned.buckets[at])
            if not batches or room < size:
                batches.append([])
                room = _AT_A_TIME
            batches[-1].append(at)
            room -= size
        return batches

    def _begun(self, batch: Iterable[int]) -> Iterator[tasks.File]:
        """Begin one bucket after the other: what is unread in it."""
        for at in batch:
            bucket = self._taken(at)
            self._open.append(bucket)
            yield from self._unread(bucket)

    def _in_tasks(self, files: Iterable[tasks.File], sizes: Iterable[int]) -> Iterator[tasks.Files]:
        """Tasks of these sizes for files."""
        root, rules_ = scan.folder_of(self._config.records), rules(self._config)
        rest = iter(files)
        for size in sizes:
            some = list(islice(rest, size))
            yield tasks.Files(root, rules_, tasks.packed_files(some), self._is_large)

    def _unread(self, bucket: _Bucket) -> Iterator[tasks.File]:
        """What is unread in a bucket, but for files of many records."""
        bucket.unread.reverse()  # so that the next is the last
        for unread in reversed(bucket.unread):
            source = bucket.sources[unread]
            previous = bucket.previous.get(source.file)
            self._highest += 1
            yield tasks.File(source, self._highest, previous.digest if previous else None)

    def _read_shards(self, progress: Progress, began: int) -> None:
        """Read the buckets that have files of many records, some at a time: as many as give all processes work."""
        from feedloom.pipeline import shards  # most records are files of their own

        root, rules_ = scan.folder_of(self._config.records), rules(self._config)
        left = deque(self._with_shards)
        while left:
            buckets = [self._taken(left.popleft())]
            while left and sum(len(bucket.unread_shards) for bucket in buckets) < _SHARDS_A_JOB * self._workers.jobs:
                buckets.append(self._taken(left.popleft()))
            unread = iter([bucket for bucket in buckets for _ in bucket.unread])
            sizes = shares(sum(len(bucket.unread) for bucket in buckets), _FILES_A_TASK, 1)
            files = self._in_tasks((file for bucket in buckets for file in self._unread(bucket)), sizes)
            for result in self._workers.map(tasks.read, list(files)):
                self._store.add(result.records)
                outcomes, summaries = result.unpacked()
                for outcome in outcomes:
                    self._take(next(unread), outcome, summaries)
            places = [(bucket, at) for bucket in buckets for at in bucket.unread_shards]
            found = [self._shard(bucket, at) for bucket, at in places]
            read = shards.read_all(found, root, rules_, self._store, progress, self._workers, is_compressed=self._is_large)
            for number, one in read:
                bucket, at = places[number]
                bucket.outcomes[at] = one.outcome
                bucket.summaries.update(one.summaries)
                bucket.summaries.update(shards.moved(bucket.sources[at], one.outcome, bucket.summaries))
                self._changed.update(one.changed)
            for bucket in buckets:
                self._close(bucket, began)

    def _shard(self, bucket: _Bucket, at: int) -> tasks.Shard:
        source = bucket.sources[at]
        previous = bucket.previous.get(source.file)
        shard = tasks.Shard(source, self._highest, previous.rows if previous else b"")
        self._highest += tasks.MOST_ROWS
        return shard

    def _bucket(self, at: int) -> _Bucket:
        """A bucket, without the summaries of the last build."""
        return _Bucket(at, self._scanned.buckets[at], self._before[at], self._store)

    def _taken(self, at: int) -> _Bucket:
        """A bucket, whose files are not kept in the scan any more: 100 bytes a record."""
        bucket = self._bucket(at)
        self._scanned.buckets[at] = _NO_SOURCES
        if before := self._before[at]:
            bucket.summaries = {summary.number: summary for summary in _summaries(before, self._store)}
        return bucket

    def _size_of_shards(self) -> int:
        """Bytes of the files of many records that may have to be read."""
        sources = (source for at in self._with_shards for source in self._scanned.buckets[at])
        return sum(source.size for source in sources if scan.is_shard(source.file))

    def _take(self, bucket: _Bucket, outcome: FileOutcome | None, summaries: dict[int, RecordSummary]) -> None:
        """Take what was read of the next file of a bucket."""
        at = bucket.unread.pop()
        file = bucket.sources[at].file
        previous = bucket.previous.get(file)
        if outcome and self._told and (previous is None or previous.digest != outcome.digest):
            self._changed |= {scan.shown(file)} & self._told
        # None: the content is the same, although the file was touched.
        bucket.outcomes[at] = outcome or bucket.previous[file]
        if outcome and outcome.number in summaries:
            bucket.summaries[outcome.number] = summaries[outcome.number]

    def _close(self, bucket: _Bucket, began: int) -> None:
        """Store a bucket that was read."""
        outcomes = cast("list[FileOutcome]", bucket.outcomes)
        numbers, statuses = _published(outcomes)
        now = [bucket.summaries.pop(number) for number in numbers]
        before = self._before[bucket.at]
        if self._tallying:
            self._tallying.add(now)
        if before:
            self._added += (summary for summary in now if summary.number > self._highest_before)
            self._dropped += bucket.summaries.values()
        settled = [
            scan.is_settled(source, began) and outcome.digest != tasks.UNREAD
            for source, outcome in zip(bucket.sources, outcomes, strict=True)
        ]
        # Without times, a file that could change again with the same times is read again, as is one that was not readable.
        remembered = [
            source if is_settled else source._replace(mtime=0, ctime=0)
            for source, is_settled in zip(bucket.sources, settled, strict=True)
        ]
        place = bucket.at if before is None or before.place != bucket.at else bucket.at + scan.BUCKETS
        files = Files(cast("list[tuple[bytes, int, int, int, int]]", remembered), outcomes)
        self._buckets[bucket.at] = Bucket(
            digest=self._digests[bucket.at] if all(settled) else None,
            statuses=statuses,
            problems=tuple(problem for outcome in outcomes for problem in outcome.problems),
            files=self._store.put("files", files, place),
            summaries=self._store.put("summaries", now, place, is_compressed=self._is_large),
            place=place,
            ids=self._store.put("ids", b"".join(map(_digest, now)), place),
            latest=_latest(now),
        )


def _digest(summary: RecordSummary) -> bytes:
    """The digest of an id."""
    return blake2b(summary.id.encode(), digest_size=8).digest()


def _latest(summaries: Iterable[RecordSummary]) -> Moment | None:
    """The latest moment of the summaries. None if there is none, or if one of them expires."""
    latest = Moment(-1)
    for summary in summaries:
        if summary.expires is not None:
            return None
        if summary.updated > latest:  # no update is before publication
            latest = summary.updated
    return latest if latest >= 0 else None


def _published(outcomes: Sequence[FileOutcome]) -> tuple[list[int], Counter[Status]]:
    """The numbers of the records that are published, and how many files, or rows of files, have each status."""
    if any(outcome.rows for outcome in outcomes):
        from feedloom.pipeline import shards

        statuses: Counter[Status] = Counter()
        for outcome in outcomes:
            statuses.update(outcome.statuses if outcome.rows else {outcome.status: 1})
        return [number for outcome in outcomes for number in shards.numbers(outcome)], statuses
    numbers = [outcome.number for outcome in outcomes if outcome.status == "published"]
    return numbers, Counter(outcome.status for outcome in outcomes)


def begin(
    scanned: Scan,
    digests: Sequence[bytes],
    last: Build | None,
    store: Store,
    config: Config,
    workers: Workers,
    tallying: Tallying | None = None,
) -> Reading:
    """Let the workers read the files that changed since the `last` build, of which the store knows the rest. What is read goes
    to the `tallying`, while the workers read on. Raises Damaged.
    """
    reading = Reading(scanned, digests, last, store, config, tallying)
    reading.begin(workers)
    return reading


def outcome(file: bytes, ingested: Ingested, store: Store) -> FileOutcome | None:
    """The outcome of a file. Raises Damaged."""
    bucket = ingested.buckets[scan.bucket_of(file)]
    files = store.part(bucket.files, "files", Files, bucket.place)
    return next((outcome for source, outcome in zip(*files, strict=True) if source[0] == file), None)


def _summaries(bucket: Bucket, store: Store) -> list[RecordSummary]:
    return store.part(bucket.summaries, "summaries", list[RecordSummary], bucket.place)
