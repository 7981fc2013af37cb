"""Records to feeds: which records are due, which are the same article, and to which topics and providers they belong."""

import heapq
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence

import msgspec

from feedloom import dates, slugs
from feedloom.model import Card, Feed, Group, Kind, Moment, Problem, Slug

_KINDS: list[Kind] = ["all", "topic", "provider"]

EVERYTHING = Group("all", "")


class Selection(msgspec.Struct, frozen=True):
    """The cards whose records are published now, and how many are not yet or not again.

    It stays the same as long as the clock stands between `since` and before `until`.
    """

    cards: list[Card]
    scheduled: int
    duplicates: tuple[Problem, ...]
    since: Moment | None
    until: Moment | None


def selected(cards: Iterable[Card], now: Moment) -> Selection:
    """Leave out the records that are dated after `now`, and all but one of those with the same id.

    The one published later wins; of two published at once, the one that comes first. An update dated after `now` is not one
    yet.
    """
    scheduled = 0
    since: Moment | None = None
    until: Moment | None = None
    newest: dict[str, Card] = {}
    duplicates = []
    for card in cards:
        if card.status != "published":
            continue
        for moment in (card.published, card.updated):
            if moment > now:
                until = min(until or moment, moment)
            else:
                since = max(since or moment, moment)
        if card.published > now:
            scheduled += 1
            continue
        if card.updated > now:
            card = msgspec.structs.replace(card, updated=card.published)
        other = newest.setdefault(card.id, card)
        if other is card:
            continue
        kept, left = (card, other) if card.published > other.published else (other, card)
        newest[card.id] = kept
        message = f"is the same article as {kept.path}, which is published in its place"
        duplicates.append(Problem(left.path, None, None, message, "warning"))
    return Selection(list(newest.values()), scheduled, tuple(duplicates), since, until)


def groups(card: Card) -> Iterator[tuple[Group, str]]:
    """The groups that a record belongs to, each with the name by which the record calls it."""
    yield EVERYTHING, ""
    for topic in card.topics:
        yield Group("topic", slugs.identity(topic)), topic
    if card.provider is not None:
        yield Group("provider", card.domain or slugs.identity(card.provider)), card.provider


def into_feeds(cards: Sequence[Card], limit: int, wanted: Collection[Group] | None = None) -> list[Feed]:
    """The feed of the whole site, and one for each topic and each provider; or those of the groups that are `wanted`.

    Each feed shows the newest `limit` of its records. Its name is the spelling that most of them use, ties by code point.
    """
    members: defaultdict[Group, list[tuple[str, Card]]] = defaultdict(list)
    if wanted is None or EVERYTHING in wanted:
        members[EVERYTHING] = []  # a site without records has this feed nevertheless
    for card in cards:
        for group, name in groups(card):
            if wanted is None or group in wanted:
                members[group].append((name, card))
    return [_feed(group, inside, limit) for group, inside in members.items()]


def newest_first(card: Card) -> tuple[int, str]:
    """A key to sort by: by date, then by id."""
    return -card.published, card.id


def in_order(feeds: Iterable[Feed]) -> list[Feed]:
    """The order of the catalog: the whole site, the topics, the providers, each by name."""
    return sorted(feeds, key=lambda feed: (_KINDS.index(feed.kind), feed.name, feed.slug))


def _feed(group: Group, members: list[tuple[str, Card]], limit: int) -> Feed:
    kind, identity = group
    spellings = Counter(name for name, _ in members)
    entries = tuple(heapq.nsmallest(limit, (card for _, card in members), key=newest_first))
    updated = max((card.updated for card in entries), default=None)
    return Feed(
        kind=kind,
        name=min(spellings, key=lambda name: (-spellings[name], name), default=""),
        slug=Slug("all") if kind == "all" else slugs.slug(identity),
        identity=identity,
        total=len(members),
        count=len(entries),
        updated=None if updated is None else dates.of_stamp(updated),
        domain=identity if kind == "provider" and any(card.domain == identity for _, card in members) else None,
        entries=entries,
    )
