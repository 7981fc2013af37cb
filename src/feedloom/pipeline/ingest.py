"""Read the files that changed since the last build, and take the summaries of all others from the cache."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple, cast

import msgspec

from feedloom.config.settings import Config, rules
from feedloom.feeds.group import Selection
from feedloom.model import FileOutcome, Problem, RecordSummary, Source, Status
from feedloom.pipeline import tasks
from feedloom.pipeline.cache import Bucket, Build, Cache, Files
from feedloom.pipeline.memory import Store
from feedloom.pipeline.workers import Progress, Workers
from feedloom.records import scan
from feedloom.records.scan import Scan
from feedloom.report import Records

_FILES_A_TASK = 250


class _Changed:
    """A bucket in which something changed: its files now, and what is known of them and of its files in the last build."""

    def __init__(self, sources: list[Source], previous: Files, summaries: list[RecordSummary]) -> None:
        by_source = dict(zip(previous.sources, previous.outcomes, strict=True))
        self.sources = sources
        self.previous = {source[0]: outcome for source, outcome in by_source.items()}
        self.outcomes = [by_source.get(source) for source in sources]
        unread = [at for at, outcome in enumerate(self.outcomes) if outcome is None]
        self.unread = [at for at in unread if not scan.is_shard(sources[at].file)]
        self.unread_shards = [at for at in unread if scan.is_shard(sources[at].file)]
        self.summaries = {summary.number: summary for summary in summaries}


class Ingested(msgspec.Struct, frozen=True):
    """The result: the summaries of all records, those that were `dropped`, the buckets, and the `highest` number of a summary.

    `changed` are the paths of files that are new or have other content than in the last build, and the places of such rows.
    `read` holds, for each bucket in which something changed, its files and summaries.
    """

    scanned: Scan
    summaries: list[RecordSummary]
    dropped: list[RecordSummary]
    buckets: list[Bucket]
    changed: set[str]
    highest: int
    read: dict[int, tuple[Files, list[RecordSummary]]]

    def store(self, cache: Cache) -> list[Bucket]:
        """Store all but the records, which are stored already, and return the buckets with their digests."""
        buckets = list(self.buckets)
        for at, (files, summaries) in self.read.items():
            buckets[at] = msgspec.structs.replace(
                buckets[at], files=cache.put("files", files, at), summaries=cache.put("summaries", summaries, at)
            )
        cache.drop(summary.number for summary in self.dropped)
        return buckets

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
        """Whether the file, or the row, of a problem has other content than in the last build."""
        return problem.path in self.changed or f"{problem.path}:{problem.line}" in self.changed

    def outcome(self, file: bytes) -> FileOutcome | None:
        """The outcome of a file that was read."""
        pairs = ((source, outcome) for files, _ in self.read.values() for source, outcome in zip(*files, strict=True))
        return next((outcome for source, outcome in pairs if source[0] == file), None)

    def problems(self, selection: Selection) -> tuple[Problem, ...]:
        """All problems: of the scan, of files by path and line, and duplicates."""
        inside = sorted((problem for bucket in self.buckets for problem in bucket.problems), key=lambda problem: problem.path)
        return (*self.scanned.problems, *inside, *selection.duplicates)


class Reading(NamedTuple):
    """Files that the workers are reading: `finish` takes the results. `total` is the number of files."""

    scanned: Scan
    digests: Sequence[bytes]
    store: Store
    unchanged: dict[int, tuple[Bucket, list[RecordSummary]]]
    changed: dict[int, _Changed]
    results: Iterator[tasks.Readings]
    shards: list[tasks.Shard]
    config: Config
    total: int
    highest: int

    def finish(self, progress: Progress, began: int, workers: Workers) -> Ingested:
        """Read to the end. Files changed just before `began`, in nanoseconds, are remembered without their times."""
        changed = self._take_results(progress)
        if self.shards:
            changed |= self._take_shards(progress, workers)
        summaries = [summary for _, known in self.unchanged.values() for summary in known]
        dropped: list[RecordSummary] = []
        buckets = {at: bucket for at, (bucket, _) in self.unchanged.items()}
        read: dict[int, tuple[Files, list[RecordSummary]]] = {}
        for at, one in self.changed.items():
            outcomes = [outcome for outcome in one.outcomes if outcome]
            numbers, statuses = _published(outcomes)
            now = [one.summaries.pop(number) for number in numbers]
            summaries += now
            dropped += one.summaries.values()
            settled = [
                scan.is_settled(source, began) and outcome.digest != tasks.UNREAD
                for source, outcome in zip(one.sources, outcomes, strict=True)
            ]
            # Without times, a file that could change again with the same times is read again, as is one that was not readable.
            remembered = [
                source if is_settled else source._replace(mtime=0, ctime=0)
                for source, is_settled in zip(one.sources, settled, strict=True)
            ]
            read[at] = Files(cast("list[tuple[bytes, int, int, int, int]]", remembered), outcomes), now
            buckets[at] = Bucket(
                digest=self.digests[at] if all(settled) else None,
                statuses=statuses,
                problems=tuple(problem for outcome in outcomes for problem in outcome.problems),
            )
        ordered = [buckets[at] for at in range(len(self.digests))]
        return Ingested(self.scanned, summaries, dropped, ordered, changed, self.highest, read)

    def _take_results(self, progress: Progress) -> set[str]:
        """Put what was read into its buckets, and return the paths of files with other content."""
        unread = ((bucket, at) for bucket in self.changed.values() for at in bucket.unread)
        changed: set[str] = set()
        done = 0
        for result in self.results:
            progress("Reading", done, self.total)
            self.store.add(result.records)
            outcomes, summaries = result.unpacked()
            for (bucket, at), outcome in zip(islice(unread, len(outcomes)), outcomes, strict=True):
                file = bucket.sources[at].file
                previous = bucket.previous.get(file)
                if outcome and (previous is None or previous.digest != outcome.digest):
                    changed.add(scan.shown(file))
                # None: the content is the same, although the file was touched.
                bucket.outcomes[at] = outcome or bucket.previous[file]
                if outcome and outcome.number in summaries:
                    bucket.summaries[outcome.number] = summaries[outcome.number]
            done += len(outcomes)
        return changed

    def _take_shards(self, progress: Progress, workers: Workers) -> set[str]:
        """The same for files of many records, with the places of their rows."""
        from feedloom.pipeline import shards  # most records are files of their own

        places = [(bucket, at) for bucket in self.changed.values() for at in bucket.unread_shards]
        root, how = scan.folder_of(self.config.records), rules(self.config)
        changed: set[str] = set()
        for number, read in shards.read_all(self.shards, root, how, self.store, progress, workers):
            bucket, at = places[number]
            bucket.outcomes[at] = read.outcome
            bucket.summaries.update(read.summaries)
            changed.update(read.changed)
        return changed


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
    scanned: Scan, digests: Sequence[bytes], last: Build | None, store: Store, config: Config, workers: Workers
) -> Reading:
    """Let the workers read the files that changed since the `last` build, of which the store knows the rest. Raises Damaged."""
    unchanged: dict[int, tuple[Bucket, list[RecordSummary]]] = {}
    changed: dict[int, _Changed] = {}
    files: list[tasks.File] = []
    many: list[tasks.Shard] = []
    highest = last.highest if last else 0
    for at, (sources, digest) in enumerate(zip(scanned.buckets, digests, strict=True)):
        before = last.buckets[at] if last else None
        summaries = store.part(before.summaries, "summaries", list[RecordSummary], at) if before else []
        if before and before.digest == digest:
            unchanged[at] = before, summaries
            continue
        known = store.part(before.files, "files", Files, at) if before else Files([], [])
        one = changed[at] = _Changed(sources, known, summaries)
        for source in (one.sources[unread] for unread in one.unread):
            previous = one.previous.get(source.file)
            highest += 1
            files.append(tasks.File(source, highest, previous.digest if previous else None))
        for source in (one.sources[unread] for unread in one.unread_shards):
            previous = one.previous.get(source.file)
            many.append(tasks.Shard(source, highest, previous.rows if previous else b""))
            highest += tasks.MOST_ROWS
    parts = [files[at : at + _FILES_A_TASK] for at in range(0, len(files), _FILES_A_TASK)]
    root = scan.folder_of(config.records)
    results = workers.map(tasks.read, [tasks.Files(root, rules(config), part) for part in parts])
    return Reading(scanned, digests, store, unchanged, changed, results, many, config, len(files), highest)
