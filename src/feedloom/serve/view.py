"""The records of one build, and which of them a filter asks for.

A set of records is an integer with a byte for each, 1 or 0, newest first, so that thousands are compared at once. The
conditions are those of custom feeds. Each decides once for each value that records have, and not once for each record.
"""

from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache as remembered
from functools import reduce
from itertools import chain, compress
from operator import and_
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from feedloom.config.settings import Config, Order, Where
from feedloom.feeds import filters, group, kinds
from feedloom.feeds.filters import Condition
from feedloom.model import Group, Moment, Record, RecordSummary
from feedloom.pipeline import cache
from feedloom.render import formats, xml
from feedloom.render.metadata import PAGE
from feedloom.serve.filters import Query
from feedloom.serve.texts import Texts
from feedloom.values import characters

if TYPE_CHECKING:  # only sites with whole articles need it
    from feedloom.render.body import Body

_DECIDED_BY: Mapping[str, Callable[[RecordSummary], Any]] = {
    "providers": lambda one: (one.provider, one.domain),
    "not_providers": lambda one: (one.provider, one.domain),
    "category": lambda one: one.category,
    "type": lambda one: one.type,
    "min_quality": lambda one: one.quality,
    "min_heat": lambda one: one.heat,
}
"""What a condition looks at, by its setting."""
_FEW = 256
_ALL = kinds.address_of(kinds.EVERYTHING)


class _Values(NamedTuple):
    """A record for each value of a field, and which value each record has."""

    samples: list[RecordSummary]
    of: "bytes | array[int]"
    """One byte each where the values are few."""


class View:
    """The records of one build; nothing in it changes. `before` is a former one, of which it takes over what is the same.

    Raises Damaged where a newer build replaced a record.
    """

    def __init__(self, snapshot: cache.Snapshot, config: Config, path: str, before: "View | None" = None) -> None:
        self.seal = snapshot.seal
        self.config = config
        self._path = path
        # What was due at that moment was due for the build.
        since = snapshot.build.since
        selected = [] if since is None else group.selected(snapshot.summaries, since).summaries
        self.summaries = sorted(selected, key=filters.newest_first)
        self.newest = self.summaries[0].published if self.summaries else Moment(0)
        self._size = len(self.summaries)
        self._every = int.from_bytes(b"\1" * self._size, "little")
        self._addresses: dict[bytes, tuple[str, ...]] = self._addresses_of(before)
        self._groups = self._groups_of()
        self._texts: Texts = before._texts if before and len(before._texts.texts) <= 2 * self._size else Texts()
        new = {one.number: one.seal for one in self.summaries if one.seal not in self._texts.numbers}
        with cache.Stored(path).opened() as records:
            self._texts.add((new[number], record) for number, record in records.of(new))
        self._numbers = array("l", (self._texts.numbers[one.seal] for one in self.summaries))
        self._positions = array("l", [-1]) * len(self._texts.texts)
        for at, number in enumerate(self._numbers):
            self._positions[number] = at
        self._values: dict[str, _Values] = {}
        self._ranked: dict[Order, array[int]] = {}
        self._settings: dict[str, Config] = {}
        self._shells: dict[str, xml.Shell | None] = {}

    def settings(self, one: formats.Format | None) -> Config:
        """The settings for a computed feed in one format, without a page, or for a page; no hub is told of it."""
        name = one.name if one else PAGE
        if name not in self._settings:
            site = msgspec.structs.replace(self.config.site, hub=None)
            # `also` names files of formats that are left out here.
            kept: dict[str, Any] = {"formats": (one.name,), "pages": False} if one else {"formats": self.config.formats[:1]}
            self._settings[name] = msgspec.structs.replace(self.config, site=site, also={}, **kept)
        return self._settings[name]

    def shell(self, one: formats.Format, config: Config) -> xml.Shell | None:
        """The document shell of a format."""
        if one.name not in self._shells:
            self._shells[one.name] = one.shell(config) if one.shell else None
        return self._shells[one.name]

    def records(self, summaries: Iterable[RecordSummary]) -> Iterator[tuple[int, Record]]:
        """The records of summaries, by number. Raises Damaged where a newer build replaced one."""
        with cache.Stored(self._path).opened() as records:
            yield from records.of({summary.number: summary.seal for summary in summaries})

    def bodies(self, summaries: Iterable[RecordSummary]) -> "dict[int, Body | None]":
        """The rendered bodies of records, as far as they are known, by number. Raises Damaged."""
        with cache.Stored(self._path).opened() as records:
            return records.bodies({summary.number: summary.seal for summary in summaries})

    def prepare(self) -> None:
        """Make all indexes, which would otherwise be made when they are first needed."""
        self._texts.candidates("all of it")
        self._by_rank("quality")
        self._by_rank("heat")
        for setting in _DECIDED_BY:
            self._values_of(setting)

    def matching(self, query: Query) -> Iterator[RecordSummary]:
        """The records that a query asks for, in its order."""
        where = query.feed.where
        chosen = self._of_feeds(query)
        tests = []
        for condition in filters.conditions(query.feed, self.config, self.newest):
            if condition.setting in ("text", "not_text"):
                continue
            if (meeting := self._meeting(condition, where)) is None:
                tests.append(condition.holds)
            else:
                chosen &= meeting
        phrase, unwanted = (one and characters.folded(one) for one in (where.text, where.not_text))
        if phrase and (candidates := self._texts.candidates(phrase)) is not None:
            chosen &= self._set(self._positions_of(candidates))
        texts, numbers = self._texts.texts, self._numbers
        for at in self._sorted(chosen, query.feed.order):
            text = texts[numbers[at]]
            if (phrase and phrase not in text) or (unwanted and unwanted in text):
                continue
            summary = self.summaries[at]
            if all(holds(summary) for holds in tests):
                yield summary

    def _of_feeds(self, query: Query) -> int:
        found = [self._groups.get(base, array("l")) for base in query.bases]
        if query.bases == (_ALL,):
            return self._every
        return reduce(and_, map(self._set, found)) if query.every else self._set(chain.from_iterable(found))

    def _meeting(self, condition: Condition, where: Where) -> int | None:
        """The records that meet a condition; None where no index knows."""
        if condition.setting in _DECIDED_BY:
            samples, of = self._values_of(condition.setting)
            decided = bytes(map(condition.holds, samples))
            if isinstance(of, bytes):
                return int.from_bytes(of.translate(decided.ljust(_FEW, b"\0")), "little")
            return int.from_bytes(bytes(map(decided.__getitem__, of)), "little")
        if condition.setting == "since":
            newer = bisect_left(self.summaries, True, key=lambda one: not condition.holds(one))
            return self._set(range(newer))
        if self.config.groups.topic and condition.setting == "topics" and where.match == "any":
            return self._of_topics(where.topics)
        if self.config.groups.topic and condition.setting == "not_topics":
            return self._every ^ self._of_topics(where.not_topics)
        return None

    def _of_topics(self, names: Iterable[str]) -> int:
        addresses = (kinds.address_of(Group("topic", kinds.of_topic(name))) for name in names)
        return self._set(chain.from_iterable(self._groups.get(address, ()) for address in addresses))

    def _set(self, positions: Iterable[int]) -> int:
        marks = bytearray(self._size)
        for at in positions:
            marks[at] = 1
        return int.from_bytes(marks, "little")

    def _sorted(self, chosen: int, order: Order) -> Iterable[int]:
        marks = chosen.to_bytes(self._size, "little")
        if order == "newest":
            return compress(range(self._size), marks)
        ranked = self._by_rank(order)
        return compress(ranked, map(marks.__getitem__, ranked))

    def _by_rank(self, order: Order) -> "array[int]":
        if order not in self._ranked:
            rank = filters.order(order)
            self._ranked[order] = array("l", sorted(range(self._size), key=lambda at: rank(self.summaries[at])))
        return self._ranked[order]

    def _values_of(self, setting: str) -> _Values:
        name = setting.removeprefix("not_")
        if name not in self._values:
            value = _DECIDED_BY[setting]
            found: dict[Any, int] = {}
            of = array("l", (found.setdefault(value(one), len(found)) for one in self.summaries))
            samples = dict(zip(of, self.summaries, strict=True))
            few = bytes(map(int, of)) if len(found) <= _FEW else of
            self._values[name] = _Values([samples[number] for number in range(len(found))], few)
        return self._values[name]

    def _positions_of(self, numbers: Iterable[int]) -> Iterator[int]:
        """Where in `summaries` the records are whose texts have these numbers, as far as they are in this build."""
        positions = self._positions
        return (positions[number] for number in numbers if number < len(positions) and positions[number] >= 0)

    def _addresses_of(self, before: "View | None") -> dict[bytes, tuple[str, ...]]:
        """The addresses of the feeds that each record belongs to, by its digest; without custom feeds."""
        known = before._addresses if before and before.config is self.config else {}
        address = remembered(kinds.address_of)
        return {
            one.seal: known.get(one.seal) or tuple({address(named) for named in group.groups(one, self.config)})
            for one in self.summaries
        }

    def _groups_of(self) -> "dict[str, array[int]]":
        """Where in `summaries` the records of each feed are, by its address."""
        found: defaultdict[str, array[int]] = defaultdict(lambda: array("l"))
        for at, summary in enumerate(self.summaries):
            for address in self._addresses[summary.seal]:
                found[address].append(at)
        for feed in self.config.feeds:
            asked = filters.conditions(feed, self.config, self.newest)
            meeting = (at for at, one in enumerate(self.summaries) if all(condition.holds(one) for condition in asked))
            found[kinds.address_of(kinds.of_custom_feed(feed))] = array("l", meeting)
        return dict(found)
