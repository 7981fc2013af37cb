"""Records to feeds: which records are due, which are duplicates, and which topics and providers they belong to."""

from array import array
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

import msgspec

from feedloom.config.settings import Config, identity_of_provider
from feedloom.feeds import aliases, filters, kinds, tally
from feedloom.feeds.kinds import EVERYTHING, KINDS
from feedloom.model import Feed, Group, ListedFeed, Moment, Problem, RecordSummary
from feedloom.problems import Mistake

_TOGETHER = 12_500
"""Records that are grouped at a time, about 500 bytes each until then: half of all, so many, or, of a large site, a part of it.
What is known of their groups is merged each time, in 5 us a group.
"""
_TIMES = 20
"""At most so often."""
_AT_A_TIME = 1_000

_Listed = TypeVar("_Listed", bound=ListedFeed)


class Selected(Collection[RecordSummary]):
    """The summaries of the records that are published at a moment: of all `summaries`, those that are due then, without the
    `others`, by number. Each time they are iterated over, so are all summaries.
    """

    def __init__(self, summaries: Collection[RecordSummary], now: Moment, others: Collection[int], count: int) -> None:
        self._summaries = summaries
        self._now = now
        self._others = others
        self._count = count

    def shown(self, summary: RecordSummary) -> RecordSummary | None:
        """One of all summaries as it is published; None if it is not."""
        now = self._now
        if (
            summary.published > now
            or (summary.expires is not None and summary.expires <= now)
            or summary.number in self._others
        ):
            return None
        return msgspec.structs.replace(summary, updated=summary.published) if summary.updated > now else summary

    def __iter__(self) -> Iterator[RecordSummary]:
        return filter(None, map(self.shown, self._summaries))

    def __len__(self) -> int:
        return self._count

    def __contains__(self, summary: object) -> bool:
        return any(one == summary for one in self)


class Selection(msgspec.Struct, frozen=True):
    """The summaries of the records that are published now, how many are `scheduled` or `expired`, and a problem for each
    duplicate.

    It does not change from `since` until before `until`. `is_all`: all records are published as they are.
    """

    summaries: Collection[RecordSummary]
    scheduled: int
    expired: int
    duplicates: tuple[Problem, ...]
    since: Moment | None
    until: Moment | None
    is_all: bool

    def shown(self, summary: RecordSummary) -> RecordSummary | None:
        """One of all summaries as it is published; None if it is not."""
        return self.summaries.shown(summary) if isinstance(self.summaries, Selected) else summary


def selected(summaries: Collection[RecordSummary], now: Moment) -> Selection:
    """Leave out the records that are dated after `now`, those that expired, and all but one of those with the same id.

    The one published later wins; if both have the same date, the one whose path sorts first, as bytes. (Rows may have one
    path; then any, but always the same.) An update dated after `now` does not count yet. The summaries are read
    several times, and not kept.
    """
    scheduled = expired = 0
    past: list[Moment] = []
    future: list[Moment] = []
    is_later = False
    last = -1
    ids = array("q")
    for summary in summaries:
        expires = summary.expires
        if expires is not None:
            (past if expires <= now else future).append(expires)
            if expires <= now:
                expired += 1
                continue
        published, updated = summary.published, summary.updated
        if updated > now:  # no update is before publication
            future.append(updated)
            is_later = True
            (past if published <= now else future).append(published)
            if published > now:
                scheduled += 1
                continue
        elif updated > last:
            last = updated
            past.append(updated)
        ids.append(hash(summary.id))
    left: list[tuple[int, Problem]] = []
    if len(set(ids)) < len(ids):
        often = {one for one, count in Counter(ids).items() if count > 1}
        due = Selected(summaries, now, (), len(ids))
        left = list(_duplicates(summary for summary in due if hash(summary.id) in often))
    others = frozenset(number for number, _ in left)
    is_all = not (scheduled or expired or is_later or others)
    return Selection(
        summaries=summaries if is_all else Selected(summaries, now, others, len(ids) - len(others)),
        scheduled=scheduled,
        expired=expired,
        duplicates=tuple(problem for _, problem in left),
        since=max(past, default=None),
        until=min(future, default=None),
        is_all=is_all,
    )


def _duplicates(due: Iterable[RecordSummary]) -> Iterator[tuple[int, Problem]]:
    """The records that are not published because another one has their id: the number of each, and a warning."""
    articles: defaultdict[str, list[tuple[int, bytes, bytes, int, str, int]]] = defaultdict(list)
    for summary in due:
        place = summary.place  # the shorter first: of two rows of a file, the one above
        articles[summary.id].append((-summary.published, summary.file, summary.seal, len(place), place, summary.number))
    left: list[tuple[str, str, int]] = []  # two file names may be shown as the same path
    for same in articles.values():
        (*_, kept, _), *others = sorted(same)
        left += [(path, kept, number) for *_, path, number in others]
    for path, kept, number in sorted(left):
        yield number, Problem(path, None, None, "duplicate", (kept,), "warning")


def groups(summary: RecordSummary, config: Config) -> Iterator[Group]:
    """The groups that a record names, of the kinds that are switched on."""
    yield EVERYTHING
    for kind, taxonomy in kinds.taxonomies(config):
        for name in taxonomy.named(summary):
            yield Group(kind, taxonomy.identity(name))


def into_feeds(summaries: Collection[RecordSummary], config: Config, wanted: Collection[Group] | None = None) -> list[Feed]:
    """The feed of all articles, one for each group, and custom feeds; or only those for the `wanted` groups.

    Each feed shows its first records, up to its limit. Its name is the spelling that most of them use; ties go by code point.
    """
    return tally.feeds(tallies(summaries, config, wanted), config)


def tallies(
    summaries: Collection[RecordSummary], config: Config, wanted: Collection[Group] | None = None
) -> dict[Group, tally.Tally]:
    """The tallies of these feeds."""
    newest = Moment(0)
    if _depends_on_newest(config):
        newest = max((summary.published for summary in summaries), default=newest)
    found = Tallying(len(summaries), newest, config, wanted)
    rest = iter(summaries)
    while some := list(islice(rest, _AT_A_TIME)):
        found.add(some)
    return found.all()


class Tallying:
    """Finds the tallies of about `count` records, which are added some at a time. For the other arguments, see `tally.Part`."""

    def __init__(self, count: int, newest: Moment, config: Config, wanted: Collection[Group] | None = None) -> None:
        self._together = max(min(count // 2, _TOGETHER), count // _TIMES, _AT_A_TIME)
        self._given = newest, config, wanted
        self._part = tally.Part(*self._given)
        self._waiting = 0
        self._found: dict[Group, tally.Tally] = {}

    def add(self, summaries: Collection[RecordSummary]) -> None:
        """Add records."""
        self._part.add(summaries)
        self._waiting += len(summaries)
        if self._waiting >= self._together:
            self._merge()

    def all(self) -> dict[Group, tally.Tally]:
        """The tallies of all records that were added. They are not kept here."""
        self._merge()
        found, self._found = self._found, {}
        return found

    def _merge(self) -> None:
        part, self._part = self._part, tally.Part(*self._given)
        self._waiting = 0
        others = part.tallies()
        if self._found:
            tally.merge(self._found, others, self._given[1])
        else:
            self._found = others


def early_tallying(count: int, config: Config) -> Tallying | None:
    """Finds the tallies of all groups while records are being read; None if that is too early, because they depend on the
    newest record.
    """
    return None if _depends_on_newest(config) else Tallying(count, Moment(0), config)


def _depends_on_newest(config: Config) -> bool:
    return any(feed.where.since for feed in config.feeds)


def large_enough(feeds: Iterable[Feed], published: Collection[str], config: Config) -> tuple[list[Feed], list[Feed]]:
    """The feeds to publish, and those with too few records (`at_least`), which are not.

    A feed that was `published` once stays, also with fewer records, under its own address or that of an alias.
    """
    kept: list[Feed] = []
    small: list[Feed] = []
    for feed in feeds:
        is_kept = feed.total >= config.groups.least(feed.kind) or any(
            one.address in published for one in (feed, *aliases.of(feed, config))
        )
        (kept if is_kept else small).append(feed)
    return kept, small


def existing(feeds: Iterable[ListedFeed], config: Config) -> frozenset[str] | None:
    """The addresses of the feeds of a site, if not all that records name exist."""
    return frozenset(feed.address for feed in feeds) if config.groups.is_choosy else None


def custom_feed_warnings(feeds: Collection[ListedFeed], summaries: Collection[RecordSummary], config: Config) -> list[Problem]:
    """Conditions of custom feeds that no record meets, and feeds that `also` names, for a site with these feeds. The problems
    have an empty path.

    They are warnings, because a feed may be for future articles.
    """
    return name_warnings(feeds, filters.named(summaries if names_matter(config) else ()), config)


def names_matter(config: Config) -> bool:
    """Whether the settings name topics or providers that records should have."""
    return bool(config.feeds) or any(provider.by == "name" for provider in config.providers.values())


def name_warnings(feeds: Collection[ListedFeed], named: filters.Named, config: Config) -> list[Problem]:
    """As `custom_feed_warnings`, for the names in the records of a site."""
    problems = [*_without_records(named.domains, config), *_without_feeds(feeds, config)]
    if not config.feeds:
        return problems
    totals = {feed.group: feed.total for feed in feeds}
    for at, feed in enumerate(config.feeds):
        mistakes = dict(filters.unknown(feed, named, config))
        if not totals[kinds.of_custom_feed(feed)]:
            mistakes["name"] = Mistake("feed-empty", feed.name)
        problems += [
            Problem("", None, f"feeds[{at}].{field}", one.code, one.values, "warning") for field, one in mistakes.items()
        ]
    return problems


def _without_feeds(feeds: Collection[ListedFeed], config: Config) -> list[Problem]:
    """The paths in `also` whose feeds do not exist."""
    addresses = {feed.address for feed in feeds} if config.also else ()
    return [
        Problem("", None, f"also.{path}", "also-no-feed", (feed,), "warning")
        for path, feed in config.also.items()
        if feed.rpartition(".")[0] not in addresses
    ]


def _without_records(domains: Collection[str], config: Config) -> list[Problem]:
    """The domains of providers with `by: name` that no record has."""
    by_name = [name for name, provider in config.providers.items() if provider.by == "name"]
    if not by_name:
        return []
    return [
        Problem("", None, f"providers.{name}.by", unknown.code, unknown.values, "warning")
        for name in by_name
        if identity_of_provider(name) not in domains and (unknown := filters.unknown_domain(name, domains))
    ]


def one_each(feeds: Collection[Feed], config: Config) -> tuple[list[Feed], list[list[Feed]]]:
    """Of feeds with the same address keep the one whose identity sorts first.

    Also give the feeds of each such address, the one that is kept first. An alias wins over any feed: the owner chose it.
    """
    by_address: defaultdict[str, list[Feed]] = defaultdict(list)
    for feed in feeds:
        by_address[feed.address].append(feed)
    shared = [sorted(same, key=lambda feed: feed.identity) for same in by_address.values() if len(same) > 1]
    lost = {feed.group for _, *others in shared for feed in others}
    live = [feed for feed in feeds if feed.group not in lost]
    taken = [
        [feed, *by_address[alias.address]] for feed in live for alias in aliases.of(feed, config) if alias.address in by_address
    ]
    lost = {feed.group for _, *others in taken for feed in others}
    return [feed for feed in live if feed.group not in lost], shared + taken


def collisions(shared: Iterable[Sequence[Feed]]) -> list[Problem]:
    """The feeds that are not published because another one has their address, as `one_each` gives them: a record of each."""
    return [
        Problem(
            other.entries[0].path,
            None,
            taxonomy.field if (taxonomy := KINDS[other.kind].taxonomy) else None,
            "feed-path-taken",
            (other.name, first.name, first.entries[0].path, other.address),
            "warning",
        )
        for first, *others in sorted(shared, key=lambda feeds: [(feed.address, feed.identity) for feed in feeds])
        for other in others
    ]


def in_order(feeds: Iterable[_Listed]) -> list[_Listed]:
    """The order of the catalog: by kind, then by name."""
    kinds = list(KINDS)
    return sorted(feeds, key=lambda feed: (kinds.index(feed.kind), feed.name, feed.slug))
