"""Partial groups: what feeds need to know of some of the records. Pure.

Whoever merges the tallies of all parts of the records, in any order, has the tallies of all records, and so the feeds. Their
size depends on the number of groups and on what their feeds show, not on the number of records.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, MutableMapping, Sequence
from datetime import datetime
from itertools import chain, islice, repeat, tee
from operator import attrgetter, itemgetter
from typing import Any, NamedTuple, TypeAlias

import msgspec

from feedloom.config.settings import Config
from feedloom.feeds import archive, filters, kinds
from feedloom.feeds.kinds import EVERYTHING, KINDS, Taxonomy, Term
from feedloom.model import (
    ArchiveDocument,
    Feed,
    FeedName,
    Group,
    Kind,
    Member,
    Moment,
    RecordSummary,
    latest_update,
    member_key,
)
from feedloom.values import dates, slugs

_member_key = attrgetter("key")
"""To compare members by it takes half of the time."""

_Row: TypeAlias = tuple[bytes, int, Member]
"""A record of a group: its key as a member, its month, and the member."""


class Tally(msgspec.Struct, frozen=True, array_like=True):
    """Some of the records of a group.

    `spellings` counts how they name it, and `months` when they were published, in months since 1970. `members` are the first of
    them in the order of the feed, as many as it shows; all of them if it has an archive. Then, if there are several spellings,
    `spelled` has that of each member, by number.
    """

    spellings: dict[Term, int]
    months: dict[int, int]
    members: list[Member]
    spelled: dict[int, Term] = {}


class _Limit(NamedTuple):
    """How many records a feed shows, and how many of them a tally keeps; None: all."""

    shown: int
    kept: int | None


def of(
    summaries: Iterable[RecordSummary], newest: Moment, config: Config, wanted: Collection[Group] | None = None
) -> dict[Group, Tally]:
    """The tallies of some of the records that are published. For the other arguments, see `Part`."""
    part = Part(newest, config, wanted)
    part.add(summaries)
    return part.tallies()


class Part:
    """Some of the records that are published, in all their groups, or in the `wanted` ones.

    The group of all articles and those of custom feeds are always there. `newest` is when the newest article of the whole site
    was published: conditions of custom feeds depend on it.
    """

    def __init__(self, newest: Moment, config: Config, wanted: Collection[Group] | None = None) -> None:
        self._limits = _Limits(config)
        self._everything: list[_Row] | None = [] if wanted is None or EVERYTHING in wanted else None
        self._custom = [
            (feed, filters.conditions(feed, config, newest), filters.rank(feed.order), list[_Row]())
            for feed in config.feeds
            if wanted is None or kinds.of_custom_feed(feed) in wanted
        ]
        kinds_ = None if wanted is None else {group.kind for group in wanted}
        self._named = [
            _Names(kind, taxonomy, wanted) for kind, taxonomy in kinds.taxonomies(config) if kinds_ is None or kind in kinds_
        ]

    def add(self, summaries: Iterable[RecordSummary]) -> None:
        """Add records."""
        # Sorted once for all groups: to sort each of them is quick then.
        for key, summary in sorted(((member_key(summary), summary) for summary in summaries), key=itemgetter(0)):
            row = key, dates.month(summary.published), Member(key)
            if self._everything is not None:
                self._everything.append(row)
            for names in self._named:
                for name in names.named(summary):
                    if (some := names[name]) is not None:
                        some.append(row)
            for _, conditions, rank, some in self._custom:
                if all(condition.holds(summary) for condition in conditions):
                    some.append(row if rank is None else _ranked(row, member_key(summary, rank(summary))))

    def tallies(self) -> dict[Group, Tally]:
        """The tallies of what was added."""
        spelled: defaultdict[Group, dict[Term, list[_Row]]] = defaultdict(dict)
        if self._everything is not None:
            spelled[EVERYTHING][Term("")] = self._everything
        for names in self._named:
            for name, some in names.items():
                if some is not None:
                    spelled[names.group(name)].setdefault(names.term(name), []).extend(some)
        for feed, _, _, some in self._custom:
            spelled[kinds.of_custom_feed(feed)][Term(feed.name)] = some
        return {group: _tally(spellings, self._limits.of(group)) for group, spellings in spelled.items()}


def _ranked(row: _Row, key: bytes) -> _Row:
    return key, row[1], Member(key)


class _Names(dict[Any, list[_Row] | None]):
    """The records by the names that they give feeds of a kind; None for names whose groups are not `wanted`."""

    def __init__(self, kind: Kind, taxonomy: Taxonomy, wanted: Collection[Group] | None) -> None:
        self._kind = kind
        self._taxonomy = taxonomy
        self._wanted = wanted
        self.named = taxonomy.named
        self.term = taxonomy.term

    def __missing__(self, name: Any) -> list[_Row] | None:
        self[name] = [] if self._wanted is None or self.group(name) in self._wanted else None
        return self[name]

    def group(self, name: Any) -> Group:
        return Group(self._kind, self._taxonomy.identity(name))


def merge(tallies: MutableMapping[Group, Tally], others: Mapping[Group, Tally], config: Config) -> None:
    """Add the tallies of other records to `tallies`. Those of either may change: to copy them takes most of the time."""
    limits = _Limits(config)
    for group, other in others.items():
        known = tallies.get(group)
        if known is None:
            tallies[group] = other
            continue
        kept = limits.of(group).kept
        if kept is None and len(known.spellings.keys() | other.spellings.keys()) > 1:
            known.spelled.update(_spelled(known) | _spelled(other))
        _add(known.spellings, other.spellings)
        _add(known.months, other.months)
        members = known.members
        members += other.members
        members.sort(key=_member_key)  # two sorted runs: linear
        if kept is not None:
            del members[kept:]


def changed(
    tallies: Mapping[Group, Tally], left: Collection[RecordSummary], came: Collection[RecordSummary], config: Config
) -> dict[Group, Tally]:
    """The tallies after some records left their groups and others came. A tally without spellings is one of no records.

    It leaves out groups whose tallies do not tell it: too many of the first members left, and which records follow them is not
    known; an archive has all members; what a custom feed includes depends on the newest record.
    """
    limits = _Limits(config)
    by_age = {kinds.of_custom_feed(feed) for feed in config.feeds if feed.where.since}
    wanted = {group for group in tallies if limits.of(group).kept is not None and group not in by_age}
    gone, new = (of(some, Moment(0), config, wanted) for some in (left, came))
    empty = Tally({}, {}, [])
    found = {
        group: _changed(tallies[group], gone.get(group, empty), new.get(group, empty), limits.of(group).shown)
        for group in wanted
    }
    return {group: tally for group, tally in found.items() if tally}


def _changed(tally: Tally, gone: Tally, new: Tally, limit: int) -> Tally | None:
    spellings = _sum(_sum(tally.spellings, new.spellings), {term: -count for term, count in gone.spellings.items()})
    months = _sum(_sum(tally.months, new.months), {month: -count for month, count in gone.months.items()})
    left = set(gone.members)
    members = [member for member in tally.members if member not in left]
    # Before the last member that was known, there is no other one than those.
    is_whole = len(tally.members) == sum(tally.spellings.values())
    members += [member for member in new.members if is_whole or member < tally.members[-1]]
    members.sort()
    if len(members) < min(limit, sum(spellings.values())):
        return None
    return Tally(
        # A group that is always there has a spelling also without records.
        spellings={term: count for term, count in spellings.items() if count or term in new.spellings},
        months={month: count for month, count in months.items() if count},
        members=members[:limit],
    )


def heads(tallies: Sequence[Tally], group: Group, config: Config) -> Tally:
    """What a feed without its archive needs, from the tallies of parts of the records of a group, at least one. They are merged
    in pairs, so that each is merged a few times only.
    """
    shown = _Limits(config).of(group).shown
    while len(tallies) > 1:
        pairs = zip(tallies[::2], tallies[1::2], strict=False)
        tallies = [*(_merged(*pair, shown) for pair in pairs), *tallies[len(tallies) // 2 * 2 :]]
    return tallies[0]


def split(tally: Tally, group: Group, config: Config) -> tuple[Tally, list[tuple[Member, Term]]]:
    """What a feed without its archive needs, and all records with their spellings, oldest first, if the feed has an archive."""
    limit = _Limits(config).of(group)
    if limit.kept is not None:
        return tally, []
    head = Tally(tally.spellings, tally.months, tally.members[: limit.shown])
    return head, list(_oldest_first(tally, 0))


def documents(feed: Feed, oldest_first: Iterable[tuple[Member, Term]]) -> Iterator[ArchiveDocument]:
    """The archive of a feed, the oldest document first: all records of its group, but those that the feed shows. It keeps two
    documents in memory.
    """
    return _documents(feed.group, islice(oldest_first, feed.total - feed.count))


def feeds(tallies: Mapping[Group, Tally], config: Config) -> list[Feed]:
    """The feeds of the tallies of all records."""
    limits = _Limits(config)
    return [_feed(group, tally, limits.of(group).shown) for group, tally in tallies.items()]


class _Limits:
    def __init__(self, config: Config) -> None:
        self._usual = _Limit(config.limit, None if config.archive else config.limit)
        self._custom = {
            kinds.of_custom_feed(feed): _Limit(shown, None if config.archive and filters.is_history(feed) else shown)
            for feed in config.feeds
            for shown in [feed.limit or config.limit]
        }

    def of(self, group: Group) -> _Limit:
        return self._custom.get(group, self._usual)


def _tally(spellings: Mapping[Term, list[_Row]], limit: _Limit) -> Tally:
    """The tally of one group."""
    rows = sorted(chain.from_iterable(spellings.values()), key=itemgetter(0))
    months: dict[int, int] = {}
    for _, month, _ in rows:  # a Counter takes longer for a few
        months[month] = months.get(month, 0) + 1
    return Tally(
        spellings={term: len(some) for term, some in spellings.items()},
        months=months,
        members=[member for _, _, member in rows[: limit.kept]],
        spelled=(
            {member.number: term for term, some in spellings.items() for _, _, member in some}
            if limit.kept is None and len(spellings) > 1
            else {}
        ),
    )


def _spelled(tally: Tally) -> dict[int, Term]:
    """The spelling of each member, by number, of a group with an archive."""
    if tally.spelled or not tally.spellings:
        return tally.spelled
    (term,) = tally.spellings
    return {member.number: term for member in tally.members}


def _oldest_first(tally: Tally, start: int) -> Iterator[tuple[Member, Term]]:
    """The members from `start` on with their spellings, the oldest first, of a group with an archive."""
    members = reversed(tally.members[start:])
    if tally.spelled:
        return ((member, tally.spelled[member.number]) for member in members)
    return zip(members, repeat(next(iter(tally.spellings))))


def _merged(one: Tally, other: Tally, kept: int | None) -> Tally:
    return Tally(
        spellings=_sum(one.spellings, other.spellings),
        months=_sum(one.months, other.months),
        members=sorted(one.members + other.members)[:kept],  # two sorted runs: linear
    )


def _sum(one: dict[Any, int], other: dict[Any, int]) -> dict[Any, int]:
    total = one.copy()
    _add(total, other)
    return total


def _add(total: dict[Any, int], other: dict[Any, int]) -> None:
    for key, count in other.items():
        total[key] = total.get(key, 0) + count


def _feed(group: Group, tally: Tally, limit: int) -> Feed:
    entries = tuple(tally.members[:limit])
    documents = tuple(_documents(group, _oldest_first(tally, limit)))
    return Feed(
        **_named(group, tally.spellings),
        total=sum(tally.spellings.values()),
        count=len(entries),
        updated=_updated(entries),
        first=tuple((member.number, member.seal) for member in entries[:2]),
        months=tally.months,
        archive_names=tuple(document.name for document in documents),
        entries=entries,
        archive=documents,
    )


def _documents(group: Group, oldest_first: Iterable[tuple[Member, Term]]) -> Iterator[ArchiveDocument]:
    """Documents of an archive. The title of each comes from its own records alone, so that no other record can change it."""
    spelled: dict[int, Term] = {}

    def members() -> Iterator[Member]:
        for member, term in oldest_first:
            spelled[member.number] = term
            yield member

    last: ArchiveDocument | None = None
    entries, again = tee(archive.cut(members()))
    for document, name in zip(entries, archive.names(again), strict=True):
        if last:
            yield msgspec.structs.replace(last, after=name)
        terms = Counter(spelled.pop(member.number) for member in document)
        last = ArchiveDocument(
            of=FeedName(**_named(group, terms)),
            name=name,
            before=last.name if last else None,
            after=None,
            updated=_updated(document),
            entries=document,
        )
    if last:
        yield last


def _updated(entries: Iterable[Member]) -> datetime | None:
    updated = latest_update(entries)
    return None if updated is None else dates.of_stamp(updated)


def _named(group: Group, spellings: Mapping[Term, int]) -> dict[str, Any]:
    """The fields of a feed's name: as most of the records spell it, or the domain, if no name on it has most of them.

    Ties go by code point.
    """
    domain = _domain(group, spellings)
    terms: Counter[Term] = Counter()
    for term, count in spellings.items():
        terms[term._replace(domain=None)] += count
    usual = _of_most(group, terms) if domain else terms
    term = min(usual or terms, key=lambda term: (-terms[term], term.name, term.topic or ""))
    if domain and not usual:
        term = Term(domain) if group.kind == "provider" else term._replace(name=f"{domain}: {term.topic}", provider=domain)
    return {
        "kind": group.kind,
        "name": term.name,
        "slug": kinds.slug(group),
        "identity": group.identity,
        "folder": KINDS[group.kind].folder,
        "domain": domain,
        "provider": term.provider,
        "topic": term.topic,
    }


def _of_most(group: Group, terms: Mapping[Term, int]) -> Sequence[Term]:
    """The spellings of the provider's name that more than half of the records have; nothing if no name has so many."""
    spellings: defaultdict[str, list[Term]] = defaultdict(list)
    for term in terms:
        spellings[slugs.identity(term.name if group.kind == "provider" else term.provider or "")].append(term)
    most = max(spellings.values(), key=lambda same: sum(map(terms.__getitem__, same)))
    return most if 2 * sum(map(terms.__getitem__, most)) > sum(terms.values()) else []


def _domain(group: Group, spellings: Iterable[Term]) -> str | None:
    """A provider's domain, if it is identified by that."""
    if group.kind not in ("provider", "provider_topic"):
        return None
    provider = group.identity[-1]
    return provider if any(term.domain == provider for term in spellings) else None
