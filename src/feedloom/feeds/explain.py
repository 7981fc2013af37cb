"""Which feeds a record goes to, where it stands in each, and why it is not in others."""

from collections.abc import Iterator, Sequence
from typing import Literal

import msgspec

from feedloom.config.settings import Config, CustomFeed, Groups, names_of_topics
from feedloom.feeds import filters, group
from feedloom.model import Card, Feed, Known, Moment, Problem
from feedloom.values import dates, slugs

Outcome = Literal["published", "unpublished", "scheduled", "duplicate", "rejected", "note"]

_WITHOUT_LIMIT = 1_000_000_000


class Place(msgspec.Struct, frozen=True):
    """Where a record stands in a feed: at a `position`, from 1, of all `total` records of its group.

    The feed shows it where `shown`; an `archive` document may, where that is not None.
    """

    feed: str
    position: int
    total: int
    shown: bool
    archive: str | None


class Absence(msgspec.Struct, frozen=True):
    """A feed that a record is not in, or would be in, and why it is not."""

    feed: str
    reasons: list[str]


class Explanation(msgspec.Struct, frozen=True):
    """What became of a record file; `why` tells where it is not published."""

    path: str
    title: str | None
    outcome: Outcome
    why: str | None
    problems: list[Problem]
    feeds: list[Place]
    absent: list[Absence]


def explanation(
    title: str | None,
    card: Card | None,
    known: Known | None,
    problems: list[Problem],
    selection: group.Selection,
    config: Config,
) -> Explanation:
    """What became of a record, which has a `card` where it can be published, among all that are published.

    The path is left to the caller.
    """
    cards = selection.cards
    if card and (here := next((one for one in cards if one.number == card.number), None)):
        return Explanation(
            "", title, "published", None, problems, places(here, cards, config), [*absences(here, cards, config)]
        )
    outcome, why = _reason(card, known, selection)
    return Explanation("", title, outcome, why, problems, [], [])


def places(card: Card, cards: Sequence[Card], config: Config) -> list[Place]:
    """Where a record that is published stands, among the `cards` of all that are, in the order of the catalog."""
    wanted = {*group.groups(card, config), *map(group.of_custom, config.feeds)}
    chosen = tuple(msgspec.structs.replace(feed, limit=_WITHOUT_LIMIT) for feed in config.feeds)
    endless = msgspec.structs.replace(config, limit=_WITHOUT_LIMIT, feeds=chosen)
    whole = {feed.group: feed.entries for feed in group.into_feeds(cards, endless, wanted)}
    feeds = group.in_order(group.into_feeds(cards, config, wanted))
    return [_place(card, feed, whole[feed.group]) for feed in feeds if card in whole[feed.group]]


def absences(card: Card, cards: Sequence[Card], config: Config) -> Iterator[Absence]:
    """Why a record that is published is in none of the owner's other feeds, nor in those of kinds that are switched off."""
    newest = max((other.published for other in cards), default=Moment(0))
    for feed in config.feeds:
        if reasons := _failing(card, feed, newest, config):
            yield Absence(slugs.address(group.of_custom(feed)), reasons)
    everywhere = Groups(**dict.fromkeys(Groups.__struct_fields__, True))
    here = set(group.groups(card, config))
    for one in group.groups(card, msgspec.structs.replace(config, groups=everywhere)):
        if one not in here:
            yield Absence(slugs.address(one), [f"groups.{one.kind} is off"])


def _reason(card: Card | None, known: Known | None, selection: group.Selection) -> tuple[Outcome, str]:
    if card is None:
        if known and known.status == "note":
            return "note", "it is a note: no front matter begins it, and no line of it names what a record needs"
        if known is None or known.held is None:
            return "rejected", "it cannot be published as it is; what is to be mended is told below"
        how = "unpublished: include in the settings, or --include-unpublished, takes it"
        return "unpublished", f"it is held back by {known.held}; {how}"
    if any(problem.path == card.path for problem in selection.duplicates):
        return "duplicate", "it is the same article as another record, which is published in its place"
    date = dates.rfc3339(dates.of_stamp(card.published))
    return "scheduled", f"it is dated {date}, in the future; a build after that moment publishes it"


def _place(card: Card, feed: Feed, members: tuple[Card, ...]) -> Place:
    page = next((page for page in feed.archive if card in page.entries), None)
    return Place(feed.address, members.index(card) + 1, len(members), card in feed.entries, page.address if page else None)


def _failing(card: Card, feed: CustomFeed, newest: Moment, config: Config) -> list[str]:
    asked = filters.conditions(feed, names_of_topics(config), newest)
    return [f"{one.setting}: it {one.failing}" for one in asked if not one.holds(card)]
