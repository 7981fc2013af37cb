"""The summaries of all records. Buckets in which no file changed are known; in the others, the files that did are read."""

from collections import Counter
from collections.abc import Sequence
from itertools import islice
from typing import cast

import msgspec

from feedloom.config.settings import Config, rules
from feedloom.feeds.group import Selection
from feedloom.model import FileOutcome, Problem, RecordSummary, Source, Status
from feedloom.pipeline import tasks
from feedloom.pipeline.cache import Bucket, Build, Files, State
from feedloom.pipeline.workers import Progress, Workers
from feedloom.records import scan
from feedloom.records.scan import Scan
from feedloom.report import Records

_FILES_A_TASK = 250


class _Open:
    """A bucket in which something changed: how its files are listed, and what is known of them, now and before."""

    def __init__(self, listed: list[Source], former: Files, summaries: list[RecordSummary]) -> None:
        by_source = dict(zip(former.sources, former.known, strict=True))
        self.listed = listed
        self.former = {source[0]: known for source, known in by_source.items()}
        self.known = [by_source.get(source) for source in listed]
        self.missing = [at for at, known in enumerate(self.known) if known is None]
        self.summaries = {summary.number: summary for summary in summaries}


class Ingest:
    """Begins to read what changed since the `last` build, of which the state has `kept` the rest.

    After `finish`: all `summaries`, those that were `dropped`, what became of the `buckets`, and the `highest` number.
    """

    def __init__(
        self,
        buckets: Sequence[list[Source]],
        digests: Sequence[bytes],
        last: Build | None,
        kept: State,
        config: Config,
        workers: Workers,
    ) -> None:
        self.summaries: list[RecordSummary] = []
        self.dropped: list[RecordSummary] = []
        self.buckets: list[Bucket] = []
        self.changed: set[str] = set()
        """The paths of files that have another content than in the last build, or are new."""
        self.highest = last.highest if last else 0
        self._kept = kept
        self._open: dict[int, _Open] = {}
        self._closed: dict[int, tuple[Files, list[RecordSummary]]] = {}
        wanted = []
        for at, (listed, digest) in enumerate(zip(buckets, digests, strict=True)):
            bucket = Bucket(digest)
            summaries: list[RecordSummary] = []
            files = Files([], [])
            if last:
                former = last.buckets[at]
                summaries = kept.part(former.summaries, "summaries", list[RecordSummary], at)
                if former.digest == bucket.digest:
                    self.buckets.append(former)
                    self.summaries += summaries
                    continue
                files = kept.part(former.files, "files", Files, at)
            self.buckets.append(bucket)
            opened = self._open[at] = _Open(listed, files, summaries)
            for missing in opened.missing:
                source = listed[missing]
                known = opened.former.get(source.file)
                self.highest += 1
                wanted.append(tasks.File(source, self.highest, known.digest if known else None))
        parts = [wanted[at : at + _FILES_A_TASK] for at in range(0, len(wanted), _FILES_A_TASK)]
        self._total = len(wanted)
        self._results = workers.map(tasks.read, [tasks.Files(config.records, rules(config), part) for part in parts])

    def finish(self, progress: Progress, began: int) -> None:
        """Read to the end. What was touched just before `began`, in nanoseconds, is not settled."""
        places = ((opened, at) for opened in self._open.values() for at in opened.missing)
        done = 0
        for result in self._results:
            progress("Reading", done, self._total)
            self._kept.add(result.records)
            known, summaries = result.unpacked()
            for (opened, at), one in zip(islice(places, len(known)), known, strict=True):
                former = opened.former.get(opened.listed[at].file)
                if one and (former is None or former.digest != one.digest):
                    self.changed.add(scan.shown(opened.listed[at].file))
                # None: the content is as it was, whatever happened to the file.
                opened.known[at] = one or opened.former[opened.listed[at].file]
                if one and one.number in summaries:
                    opened.summaries[one.number] = summaries[one.number]
            done += len(known)
        for at, opened in self._open.items():
            self._close(at, opened, began)

    def keep(self) -> None:
        """Put all into the state but the records, which are there."""
        for at, (files, summaries) in self._closed.items():
            self.buckets[at] = msgspec.structs.replace(
                self.buckets[at], files=self._kept.put("files", files, at), summaries=self._kept.put("summaries", summaries, at)
            )
        self._kept.drop(summary.number for summary in self.dropped)

    def counts(self, scanned: Scan, selection: Selection) -> Records:
        """How many records became what."""
        statuses: Counter[Status] = Counter()
        for bucket in self.buckets:
            statuses.update(bucket.statuses)
        unlisted = sum(problem.level == "rejected" for problem in scanned.problems)
        return Records(
            read=statuses.total() + unlisted,
            published=len(selection.summaries),
            unpublished=statuses["unpublished"],
            scheduled=selection.scheduled,
            rejected=statuses["rejected"] + unlisted,
            duplicates=len(selection.duplicates),
            notes=statuses["note"],
        )

    def known(self, file: bytes) -> FileOutcome | None:
        """What became of a file that was read."""
        pairs = ((source, one) for files, _ in self._closed.values() for source, one in zip(*files, strict=True))
        return next((one for source, one in pairs if source[0] == file), None)

    def problems(self, scanned: Scan, selection: Selection) -> tuple[Problem, ...]:
        """Files by their paths, and each from its first to its last line."""
        inside = sorted((problem for bucket in self.buckets for problem in bucket.problems), key=lambda problem: problem.path)
        return (*scanned.problems, *inside, *selection.duplicates)

    def _close(self, at: int, opened: _Open, began: int) -> None:
        known = [one for one in opened.known if one]
        summaries = [opened.summaries.pop(one.number) for one in known if one.status == "published"]
        self.summaries += summaries
        self.dropped += opened.summaries.values()
        # Without its times, a file that could change again without a trace is read again, and so is one that could not be read.
        pairs = zip(opened.listed, known, strict=True)
        settled = [scan.is_settled(source, began) and one.digest != tasks.UNREAD for source, one in pairs]
        remembered = [
            source if is_settled else source._replace(mtime=0, ctime=0)
            for source, is_settled in zip(opened.listed, settled, strict=True)
        ]
        self._closed[at] = Files(cast("list[tuple[bytes, int, int, int, int]]", remembered), known), summaries
        self.buckets[at] = Bucket(
            digest=self.buckets[at].digest if all(settled) else None,
            statuses=Counter(one.status for one in known),
            problems=tuple(problem for one in known for problem in one.problems),
        )
