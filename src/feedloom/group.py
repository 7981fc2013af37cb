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
    """The cards of the records that are published now, how many are not yet, and those that are the same articles.

    It stays the same as long as the clock stands between `since` and before `until`.
    """

    cards: list[Card]
    scheduled: int
    duplicates: tuple[Problem, ...]
    since: Moment | None
    until: Moment | None


def selected(cards: Collection[Card], now: Moment) -> Selection:
    """Leave out the records that are dated after `now`, and all but one of those with the same id.

    The one published later wins; of two published at once, the one whose path comes first. An update dated after `now` is
    not one yet.
    """
    due = list(cards)
    until = None
    since = max([card.updated for card in cards], default=None)  # no date of update is before that of publication
    if since is not None and since > now:
        due = [_as_of(now, card) for card in cards if card.published <= now]
        moments = [moment for card in cards for moment in (card.published, card.updated)]
        until = min(moment for moment in moments if moment > now)
        since = max((moment for moment in moments if moment <= now), default=None)
    newest = {card.id: card for card in due}
    problems = () if len(newest) == len(due) else tuple(_without_duplicates(due, newest))
    return Selection(list(newest.values()), len(cards) - len(due), problems, since, until)


def _without_duplicates(due: Iterable[Card], newest: dict[str, Card]) -> Iterator[Problem]:
    """Leave the one of each article in `newest` that stands, and tell which do not, by their paths."""
    articles: defaultdict[str, list[Card]] = defaultdict(list)
    for card in due:
        articles[card.id].append(card)
    left: list[tuple[str, str]] = []  # no mapping: two file names may be shown as one path
    for id, same in articles.items():
        newest[id], *others = sorted(same, key=lambda card: (-card.published, card.path))
        left += [(card.path, newest[id].path) for card in others]
    for path, kept in sorted(left):
        yield Problem(path, None, None, f"is the same article as {kept}, which is published in its place", "warning")


def _as_of(now: Moment, card: Card) -> Card:
    return msgspec.structs.replace(card, updated=card.published) if card.updated > now else card


def groups(card: Card) -> Iterator[Group]:
    """The groups that a record belongs to."""
    yield EVERYTHING
    yield from map(slugs.of_topic, card.topics)
    if card.provider is not None:
        yield slugs.of_provider(card.provider, card.domain)


def into_feeds(cards: Sequence[Card], limit: int, wanted: Collection[Group] | None = None) -> list[Feed]:
    """The feed of the whole site, and one for each topic and each provider; or those of the groups that are `wanted`.

    Each feed shows the newest `limit` of its records. Its name is the spelling that most of them use, ties by code point.
    """
    topics: defaultdict[str, list[Card]] = defaultdict(list)
    providers: defaultdict[tuple[str, str | None], list[Card]] = defaultdict(list)
    for card in cards:
        for topic in card.topics:
            topics[topic].append(card)
        if card.provider is not None:
            providers[card.provider, card.domain].append(card)
    spelt: defaultdict[Group, dict[str, list[Card]]] = defaultdict(dict)
    spelt[EVERYTHING][""] = list(cards)
    for topic, members in topics.items():
        spelt[slugs.of_topic(topic)][topic] = members
    for (provider, domain), members in providers.items():
        spelt[slugs.of_provider(provider, domain)].setdefault(provider, []).extend(members)
    return [_feed(group, spellings, limit) for group, spellings in spelt.items() if wanted is None or group in wanted]


def newest_first(card: Card) -> tuple[int, str]:
    """A key to sort by: by date, then by id."""
    return -card.published, card.id


def in_order(feeds: Iterable[Feed]) -> list[Feed]:
    """The order of the catalog: the whole site, the topics, the providers, each by name."""
    return sorted(feeds, key=lambda feed: (_KINDS.index(feed.kind), feed.name, feed.slug))


def _feed(group: Group, spellings: dict[str, list[Card]], limit: int) -> Feed:
    kind, identity = group
    members = [card for cards in spellings.values() for card in cards]
    entries = tuple(heapq.nsmallest(limit, members, key=newest_first))
    updated = max((card.updated for card in entries), default=None)
    return Feed(
        kind=kind,
        name=min(spellings, key=lambda name: (-len(spellings[name]), name)),
        slug=Slug("all") if kind == "all" else slugs.slug(identity),
        identity=identity,
        total=len(members),
        count=len(entries),
        months=dict(Counter([dates.month(card.published) for card in members])),
        updated=None if updated is None else dates.of_stamp(updated),
        domain=identity if kind == "provider" and any(card.domain == identity for card in members) else None,
        entries=entries,
    )
