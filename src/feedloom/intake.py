"""The cards of all records. Buckets in which no file changed are known; in the others, the files that did are read."""

from collections import Counter
from collections.abc import Sequence

import msgspec

from feedloom import parse, shares, sources, state
from feedloom.config import Config
from feedloom.model import Card, Known, Source
from feedloom.state import Bucket, Build, State
from feedloom.workers import Progress, Workers

_FILES_A_TASK = 250


class _Open:
    """A bucket in which something changed: what was known of its files, and what is known now."""

    def __init__(self, listed: list[Source], files: list[Known], cards: list[Card]) -> None:
        by_source = {known.source: known for known in files}
        self.listed = listed
        self.former = {known.source[0]: known for known in files}
        self.known = [by_source.get(source) for source in listed]
        self.cards = {card.number: card for card in cards}
        self.missing = [at for at, known in enumerate(self.known) if known is None]
        self.files: list[Known] = []
        self.current: list[Card] = []

    def digest_of(self, source: Source) -> bytes | None:
        """The digest of the content that a file had when it was last read."""
        former = self.former.get(source.file)
        return former.digest if former else None


class Intake:
    """Begins to read what changed since the `last` build, of which the state has `kept` the rest.

    Once `finish` is through: all `cards`, those that were `dropped`, what became of the `buckets`, and the `highest` number.
    """

    def __init__(
        self, buckets: Sequence[list[Source]], last: Build | None, kept: State, config: Config, workers: Workers
    ) -> None:
        self.cards: list[Card] = []
        self.dropped: list[Card] = []
        self.buckets: list[Bucket] = []
        self.highest = last.highest if last else 0
        self._kept = kept
        self._open: dict[int, _Open] = {}
        files = []
        for at, listed in enumerate(buckets):
            bucket = Bucket(state.digest_of(listed))
            cards: list[Card] = []
            known: list[Known] = []
            if last:
                former = last.buckets[at]
                cards = kept.part(former.cards, "cards", list[Card], at)
                if former.digest == bucket.digest:
                    self.buckets.append(former)
                    self.cards += cards
                    continue
                known = kept.part(former.files, "files", list[Known], at)
            self.buckets.append(bucket)
            opened = self._open[at] = _Open(listed, known, cards)
            for missing in opened.missing:
                source = listed[missing]
                self.highest += 1
                files.append(shares.File(source, self.highest, opened.digest_of(source)))
        parts = [files[at : at + _FILES_A_TASK] for at in range(0, len(files), _FILES_A_TASK)]
        self._total = len(files)
        self._results = workers.map(shares.read, [shares.Files(config.records, parse.rules(config), part) for part in parts])

    def finish(self, progress: Progress, began: int) -> None:
        """Read to the end. What was touched just before `began`, in nanoseconds, is not settled."""
        places = ((opened, at) for opened in self._open.values() for at in opened.missing)
        done = 0
        for result in self._results:
            progress("Reading", done, self._total)
            self._kept.add(result.records)
            files, cards = result.unpacked()
            for known, (opened, at) in zip(files, places, strict=False):
                source = opened.listed[at]
                # None: the content is as it was, whatever happened to the file.
                opened.known[at] = known or msgspec.structs.replace(opened.former[source.file], source=source)
                if known and known.number in cards:
                    opened.cards[known.number] = cards[known.number]
            done += len(files)
        for at, opened in self._open.items():
            self._close(at, opened, began)

    def keep(self) -> None:
        """Put all into the state but the records, which are there."""
        for at, opened in self._open.items():
            self.buckets[at] = msgspec.structs.replace(
                self.buckets[at],
                files=self._kept.put("files", opened.files, at),
                cards=self._kept.put("cards", opened.current, at),
            )
        self._kept.drop(card.number for card in self.dropped)

    def _close(self, at: int, opened: _Open, began: int) -> None:
        opened.files = [known for known in opened.known if known]
        opened.current = [opened.cards.pop(known.number) for known in opened.files if known.status == "published"]
        self.cards += opened.current
        self.dropped += opened.cards.values()
        unsettled = [place for place, source in enumerate(opened.listed) if not sources.is_settled(source, began)]
        for place in unsettled:
            # It could change again without a trace: without its times, it is read again.
            forgotten = opened.listed[place]._replace(mtime=0, ctime=0)
            opened.files[place] = msgspec.structs.replace(opened.files[place], source=forgotten)
        self.buckets[at] = Bucket(
            digest=None if unsettled else self.buckets[at].digest,
            statuses=Counter(known.status for known in opened.files),
            problems=tuple(problem for known in opened.files for problem in known.problems),
        )
