"""Which feeds include a record, at which position, and why others do not."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from typing import Literal

import msgspec

from feedloom.config.settings import Config, CustomFeed, Groups
from feedloom.feeds import filters, group, kinds
from feedloom.model import Feed, FileOutcome, Group, Member, Moment, Problem, RecordSummary
from feedloom.values import dates

Outcome = Literal["published", "unpublished", "scheduled", "duplicate", "rejected", "note"]

_WITHOUT_LIMIT = 1_000_000_000


class Place(msgspec.Struct, frozen=True):
    """The place of a record in a feed: its `position`, from 1, among all `total` records of the group.

    `shown`: the feed shows it. `archive` is the archive document with it, if there is one.
    """

    feed: str
    position: int
    total: int
    shown: bool
    archive: str | None


class Absence(msgspec.Struct, frozen=True):
    """A feed that does not include a record, and why."""

    feed: str
    reasons: list[str]


class Explanation(msgspec.Struct, frozen=True):
    """What happened to a record file; `why` says why it is not published."""

    path: str
    title: str | None
    outcome: Outcome
    why: str | None
    problems: list[Problem]
    feeds: list[Place]
    absent: list[Absence]


def explanation(
    title: str | None,
    summary: RecordSummary | None,
    known: FileOutcome | None,
    problems: list[Problem],
    selection: group.Selection,
    published: Collection[str],
    config: Config,
) -> Explanation:
    """What happened to a record. It has a `summary` if it can be published. The caller sets the path.

    The feeds with `published` addresses are kept even with few records.
    """
    summaries = selection.summaries
    if summary and (here := next((one for one in summaries if one.number == summary.number), None)):
        large, small = group.large_enough(group.into_feeds(summaries, config), published, config)
        _, shared = group.one_each(large, config)
        return Explanation(
            "",
            title,
            "published",
            None,
            problems,
            places(here, summaries, config, {feed.group for feed in small}.union(*(_losers(same) for same in shared))),
            [*_too_small(here, small, config), *_without_address(here, shared, config), *absences(here, summaries, config)],
        )
    outcome, why = _reason(summary, known, selection)
    return Explanation("", title, outcome, why, problems, [], [])


def places(
    summary: RecordSummary, summaries: Collection[RecordSummary], config: Config, absent: AbstractSet[Group]
) -> list[Place]:
    """The places of a published record, in the order of the catalog. `summaries` are of all published records; the feeds of
    the groups that are `absent` are not published.
    """
    wanted = {*group.groups(summary, config), *map(kinds.of_custom_feed, config.feeds)} - absent
    custom_feeds = tuple(msgspec.structs.replace(feed, limit=_WITHOUT_LIMIT) for feed in config.feeds)
    endless = msgspec.structs.replace(config, limit=_WITHOUT_LIMIT, feeds=custom_feeds)
    whole = {feed.group: _numbers(feed.entries) for feed in group.into_feeds(summaries, endless, wanted)}
    feeds = group.in_order(group.into_feeds(summaries, config, wanted))
    return [_place(summary.number, feed, whole[feed.group]) for feed in feeds if summary.number in whole[feed.group]]


def _losers(shared: Sequence[Feed]) -> set[Group]:
    """The groups of the feeds that are not published because the first one has their path."""
    return {feed.group for feed in shared[1:]}


def _too_small(summary: RecordSummary, small: Iterable[Feed], config: Config) -> Iterator[Absence]:
    """The feeds of a record that are not published because they have too few records."""
    here = set(group.groups(summary, config))
    for feed in small:
        if feed.group in here:
            have = "1 record has" if feed.total == 1 else f"{feed.total:,} records have"
            yield Absence(feed.address, [f"{have} it; groups.{feed.kind}.at_least is {config.groups.least(feed.kind):,}"])


def _without_address(summary: RecordSummary, shared: Sequence[Sequence[Feed]], config: Config) -> Iterator[Absence]:
    """The feeds of a record that are not published because another one has their path."""
    here = set(group.groups(summary, config))
    for first, *others in shared:
        for feed in others:
            if feed.group in here:
                yield Absence(
                    feed.address, [f'"{feed.name}" has the same address as "{first.name}", which is published instead']
                )


def absences(summary: RecordSummary, summaries: Collection[RecordSummary], config: Config) -> Iterator[Absence]:
    """Why other custom feeds, and feeds of kinds that are switched off, do not include a published record."""
    newest = max((other.published for other in summaries), default=Moment(0))
    for feed in config.feeds:
        if reasons := _failing(summary, feed, newest, config):
            yield Absence(kinds.address_of(kinds.of_custom_feed(feed)), reasons)
    everywhere = Groups(**dict.fromkeys(Groups.__struct_fields__, True))
    here = set(group.groups(summary, config))
    for one in group.groups(summary, msgspec.structs.replace(config, groups=everywhere)):
        if one not in here:
            yield Absence(kinds.address_of(one), [f"groups.{one.kind} is off"])


def _reason(summary: RecordSummary | None, known: FileOutcome | None, selection: group.Selection) -> tuple[Outcome, str]:
    if summary is None:
        if known and known.status == "note":
            return "note", "it is a note: it has no front matter, and no line that names what a record needs"
        if known is None or known.hold is None:
            return "rejected", "fix the problems below"
        how = "to include it, set unpublished: include, or use --include-unpublished"
        return "unpublished", f"it is unpublished because of {known.hold}; {how}"
    if any(problem.path == summary.place for problem in selection.duplicates):
        return "duplicate", "it is the same article as another record, which is published instead"
    if summary.expires is not None and selection.since is not None and summary.expires <= selection.since:
        return "unpublished", f"it expired on {dates.rfc3339(dates.of_stamp(summary.expires))}"
    date = dates.rfc3339(dates.of_stamp(summary.published))
    return "scheduled", f"its date is in the future ({date}); a build after that publishes it"


def _place(number: int, feed: Feed, members: list[int]) -> Place:
    archived = next((document.address for document in feed.archive if number in _numbers(document.entries)), None)
    return Place(feed.address, members.index(number) + 1, len(members), number in _numbers(feed.entries), archived)


def _numbers(members: Iterable[Member]) -> list[int]:
    return [member.number for member in members]


def _failing(summary: RecordSummary, feed: CustomFeed, newest: Moment, config: Config) -> list[str]:
    asked = filters.conditions(feed, config, newest)
    return [f"{one.setting}: it {one.failing}" for one in asked if not one.holds(summary)]
