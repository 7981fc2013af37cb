"""Records to feeds: which records are due, which are the same article, and to which topics and providers they belong."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

import msgspec

from feedloom import slugs
from feedloom.model import Feed, Kind, Problem, Record, Slug

_KINDS: list[Kind] = ["all", "topic", "provider"]


class Selection(msgspec.Struct, frozen=True):
    """The records that are published now, newest first, and how many are not yet or not again."""

    records: list[Record]
    scheduled: int
    duplicates: tuple[Problem, ...]


def selected(records: Iterable[Record], now: datetime) -> Selection:
    """Leave out the records that are dated after `now`, and all but one of those with the same id.

    The one published later wins; of two published at once, the one whose path comes first. An update dated after `now`
    is not one yet.
    """
    scheduled = 0
    newest: dict[str, Record] = {}
    duplicates = []
    for record in sorted(records, key=lambda record: record.path):
        if record.published > now:
            scheduled += 1
            continue
        if record.updated > now:
            record = msgspec.structs.replace(record, updated=record.published)
        other = newest.setdefault(record.id, record)
        if other is record:
            continue
        kept, left = (record, other) if record.published > other.published else (other, record)
        newest[record.id] = kept
        message = f"is the same article as {kept.path}, which is published in its place"
        duplicates.append(Problem(left.path, None, None, message, "warning"))
    return Selection(sorted(newest.values(), key=_newest_first), scheduled, tuple(duplicates))


def into_feeds(records: list[Record], limit: int) -> list[Feed]:
    """The feed of the whole site, and one for each topic and each provider.

    `records` come newest first and each feed shows the first `limit` of its own. The name of a feed is the spelling that
    most of its records use, ties by code point.
    """
    topics: dict[str, list[tuple[str, Record]]] = {}
    providers: dict[str, list[tuple[str, Record]]] = {}
    for record in records:
        for topic in record.topics:
            topics.setdefault(slugs.identity(topic), []).append((topic, record))
        if record.provider:
            identity = record.provider.domain or slugs.identity(record.provider.name)
            providers.setdefault(identity, []).append((record.provider.name, record))
    return [
        _feed("all", "", [("", record) for record in records], limit),
        *(_feed("topic", identity, members, limit) for identity, members in topics.items()),
        *(_feed("provider", identity, members, limit) for identity, members in providers.items()),
    ]


def in_order(feeds: Iterable[Feed]) -> list[Feed]:
    """The order of the catalog: the whole site, the topics, the providers, each by name."""
    return sorted(feeds, key=lambda feed: (_KINDS.index(feed.kind), feed.name, feed.slug))


def _feed(kind: Kind, identity: str, members: list[tuple[str, Record]], limit: int) -> Feed:
    spellings = Counter(name for name, _ in members)
    entries = tuple(record for _, record in members[:limit])
    domains = {record.provider.domain for _, record in members if record.provider} if kind == "provider" else set()
    return Feed(
        kind=kind,
        name=min(spellings, key=lambda name: (-spellings[name], name), default=""),
        slug=Slug("all") if kind == "all" else slugs.slug(identity),
        identity=identity,
        total=len(members),
        entries=entries,
        updated=max((record.updated for record in entries), default=None),
        domain=identity if identity in domains else None,
    )


def _newest_first(record: Record) -> tuple[float, str]:
    return -record.published.timestamp(), record.id
