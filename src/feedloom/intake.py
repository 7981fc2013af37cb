"""The cards of all record files: those that are known from the last build, and the others, which are read."""

from collections.abc import Callable, Sequence

from feedloom import parse, shares
from feedloom.config import Config
from feedloom.model import Card, Source
from feedloom.state import Index
from feedloom.workers import Progress, Workers

_FILES_A_TASK = 250


class Intake:
    """Begins to read the files that changed since the `before` of the last build, and gives the cards of all."""

    def __init__(self, listed: Sequence[Source], before: Index, config: Config, workers: Workers) -> None:
        known = dict(zip(before.sources, before.cards, strict=True))
        cards = [known.get(source) for source in listed]
        self._cards = cards
        self._missing = [at for at, card in enumerate(cards) if card is None]
        changed = {listed[at].file for at in self._missing}
        self._former = {source[0]: card for source, card in known.items() if source[0] in changed}
        highest = max((card.number for card in before.cards), default=0)
        files = []
        for number, at in enumerate(self._missing, highest + 1):
            former = self._former.get(listed[at].file)
            files.append(shares.File(listed[at], number, former.digest if former else None))
        parts = [files[at : at + _FILES_A_TASK] for at in range(0, len(files), _FILES_A_TASK)]
        tasks = [shares.Files(config.records, parse.rules(config), part) for part in parts]
        self._results = workers.map(shares.read, tasks)
        self._listed = listed

    def cards(self, progress: Progress, keep: Callable[[list[tuple[int, bytes]]], None]) -> list[Card]:
        """The cards, in the order of their files. The records that were read go to `keep`, by their cards' numbers."""
        done = 0
        for result in self._results:
            progress("Reading", done, len(self._missing))
            keep(result.records)
            for card in result.unpacked():
                at = self._missing[done]
                # None: the content is as it was, whatever happened to the file.
                self._cards[at] = card or self._former[self._listed[at].file]
                done += 1
        return [card for card in self._cards if card]
