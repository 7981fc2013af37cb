"""Records to feeds: which records are due, which are duplicates, and which topics and providers they belong to."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import TypeVar

import msgspec

from feedloom.config.settings import Config, identity_of_provider
from feedloom.feeds import aliases, filters, kinds, tally
from feedloom.feeds.kinds import EVERYTHING, KINDS
from feedloom.model import Feed, Group, ListedFeed, Moment, Problem, RecordSummary
from feedloom.problems import Mistake

_Listed = TypeVar("_Listed", bound=ListedFeed)


class Selection(msgspec.Struct, frozen=True):
    """The summaries of the records that are published now, how many are `scheduled` or `expired`, and a problem for each
    duplicate.

    It does not change from `since` until before `until`.
    """

    summaries: list[RecordSummary]
    scheduled: int
    expired: int
    duplicates: tuple[Problem, ...]
    since: Moment | None
    until: Moment | None


def selected(summaries: Collection[RecordSummary], now: Moment) -> Selection:
    """Leave out the records that are dated after `now`, those that expired, and all but one of those with the same id.

    The one published later wins; if both have the same date, the one whose path sorts first, as bytes. An update dated after
    `now` does not count yet.
    """
    ends = [summary.expires for summary in summaries if summary.expires is not None]
    expired = 0
    if ends:
        kept = [summary for summary in summaries if summary.expires is None or summary.expires > now]
        expired, summaries = len(summaries) - len(kept), kept
    due = list(summaries)
    until = None
    since = max([summary.updated for summary in summaries], default=None)  # no update is before publication
    if since is not None and since > now:
        due = [_as_of(now, summary) for summary in summaries if summary.published <= now]
        moments = [moment for summary in summaries for moment in (summary.published, summary.updated)]
        until = min(moment for moment in moments if moment > now)
        since = max((moment for moment in moments if moment <= now), default=None)
    if ends:
        until = min((moment for moment in (*ends, until) if moment is not None and moment > now), default=None)
        since = max((moment for moment in (*ends, since) if moment is not None and moment <= now), default=None)
    newest = {summary.id: summary for summary in due}
    problems = () if len(newest) == len(due) else tuple(_without_duplicates(due, newest))
    return Selection(list(newest.values()), len(summaries) - len(due), expired, problems, since, until)


def _without_duplicates(due: Iterable[RecordSummary], newest: dict[str, RecordSummary]) -> Iterator[Problem]:
    """Keep one record per id in `newest`; yield a warning for each duplicate."""
    articles: defaultdict[str, list[RecordSummary]] = defaultdict(list)
    for summary in due:
        articles[summary.id].append(summary)
    left: list[tuple[str, str]] = []  # not a mapping: two file names may be shown as the same path
    for id, same in articles.items():
        newest[id], *others = sorted(same, key=lambda summary: (-summary.published, summary.file))
        left += [(summary.path, newest[id].path) for summary in others]
    for path, kept in sorted(left):
        yield Problem(path, None, None, "duplicate", (kept,), "warning")


def _as_of(now: Moment, summary: RecordSummary) -> RecordSummary:
    return msgspec.structs.replace(summary, updated=summary.published) if summary.updated > now else summary


def groups(summary: RecordSummary, config: Config) -> Iterator[Group]:
    """The groups that a record names, of the kinds that are switched on."""
    yield EVERYTHING
    for kind, taxonomy in kinds.taxonomies(config):
        for name in taxonomy.named(summary):
            yield Group(kind, taxonomy.identity(name))


def into_feeds(summaries: Sequence[RecordSummary], config: Config, wanted: Collection[Group] | None = None) -> list[Feed]:
    """The feed of all articles, one for each group, and custom feeds; or only those for the `wanted` groups.

    Each feed shows its first records, up to its limit. Its name is the spelling that most of them use; ties go by code point.
    """
    newest = max((summary.published for summary in summaries), default=Moment(0))
    return tally.feeds(tally.of(summaries, newest, config, wanted), config)


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
