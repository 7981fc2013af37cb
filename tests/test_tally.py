"""Partial groups: however the records are divided, and in whatever order the parts are merged, the feeds are the same."""

import random
from collections import Counter
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from feedloom.config.settings import Config, CustomFeed, Groups, Provider, Where
from feedloom.feeds import filters, group, kinds, tally
from feedloom.model import Feed, Group, Moment, RecordSummary
from feedloom.values import dates

_DAY = 24 * 60 * 60 * 10**6
NAMES = ("AI", "ai", " Ai ", "Law", "Über uns", "a.example")
DOMAINS = (None, "a.example", "b.example")
CONFIGS = [
    Config(limit=limit, archive=archive, groups=Groups(category=True, type=True, provider_topic=True), **more)
    for limit in (1, 3)
    for archive in (False, True)
    for more in (
        {"providers": {"b.example": Provider(by="name")}},
        {
            "feeds": (
                CustomFeed(name="Best", slug="best", order="quality", limit=2),
                CustomFeed(name="Hot", slug="hot", order="heat", where=Where(min_heat=1)),
                CustomFeed(name="Late", slug="late", where=Where(since="60 days")),
                CustomFeed(name="Law", slug="law", where=Where(topics=("Law",))),
            )
        },
    )
]


@st.composite
def summaries(draw: st.DrawFn) -> list[RecordSummary]:
    """Records of different articles; several may have the same date."""
    made = []
    for number in range(draw(st.integers(0, 12))):
        published = Moment(draw(st.integers(0, 5)) * 20 * _DAY)
        topics = {kinds.of_topic(name): name for name in draw(st.lists(st.sampled_from(NAMES), max_size=3))}
        provider = draw(st.none() | st.sampled_from(NAMES))
        made.append(
            RecordSummary(
                number=number,
                seal=b"%d" % number,
                file=b"%d.md" % number,
                id=f"https://e.example/{number % 7}/{number}",
                published=published,
                updated=Moment(published + draw(st.integers(0, 3)) * _DAY),
                topics=tuple(topics.values()),
                provider=provider,
                domain=draw(st.sampled_from(DOMAINS)) if provider else None,
                category=draw(st.none() | st.sampled_from(NAMES)),
                quality=draw(st.none() | st.integers(-1, 2)),
                heat=draw(st.none() | st.integers(0, 2)),
            )
        )
    return made


def by_group(feeds: list[Feed]) -> dict[Group, Feed]:
    assert len({feed.group for feed in feeds}) == len(feeds)
    return {feed.group: feed for feed in feeds}


@given(summaries(), st.sampled_from(CONFIGS), st.randoms(use_true_random=False))
def test_any_parts_in_any_order_give_the_same_feeds(some: list[RecordSummary], config: Config, chance: random.Random) -> None:
    newest = max((summary.published for summary in some), default=Moment(0))
    parts: list[list[RecordSummary]] = [[] for _ in range(chance.randint(1, 4))]
    for summary in some:
        chance.choice(parts).append(summary)
    tallies = [tally.of(part, newest, config) for part in parts]
    while len(tallies) > 1:  # as any tree
        one, other = tallies.pop(chance.randrange(len(tallies))), tallies.pop(chance.randrange(len(tallies)))
        sent = msgspec.msgpack.decode(msgspec.msgpack.encode(other), type=dict[Group, tally.Tally])
        assert sent == other
        tally.merge(one, sent, config)
        tallies.append(one)
    assert by_group(tally.feeds(tallies[0], config)) == by_group(group.into_feeds(some, config))


@given(summaries(), st.sampled_from(CONFIGS))
def test_a_feed_has_the_records_of_its_group(some: list[RecordSummary], config: Config) -> None:
    newest = max((summary.published for summary in some), default=Moment(0))
    custom = {kinds.of_custom_feed(feed): feed for feed in config.feeds}
    members: dict[Group, list[RecordSummary]] = {one: [] for one in (kinds.EVERYTHING, *custom)}
    for summary in some:
        for one in group.groups(summary, config):
            members.setdefault(one, []).append(summary)
        for one, asked in custom.items():
            if all(condition.holds(summary) for condition in filters.conditions(asked, config, newest)):
                members[one].append(summary)
    feeds = by_group(group.into_feeds(some, config))
    assert feeds.keys() == members.keys()
    for one, feed in feeds.items():
        its = custom.get(one)
        ordered = sorted(members[one], key=filters.order(its.order) if its else filters.newest_first)
        limit = its.limit or config.limit if its else config.limit
        assert [entry.number for entry in feed.entries] == [summary.number for summary in ordered[:limit]]
        assert [(entry.seal, entry.updated, entry.path) for entry in feed.entries] == [
            (summary.seal, summary.updated, summary.path) for summary in ordered[:limit]
        ]
        assert (feed.total, feed.count) == (len(ordered), len(feed.entries))
        assert feed.months == Counter(dates.month(summary.published) for summary in ordered)
        archived = [entry.number for document in reversed(feed.archive) for entry in document.entries]
        has_archive = config.archive and (its is None or filters.is_history(its))
        assert archived == [summary.number for summary in ordered[limit:] if has_archive]


@given(summaries(), st.sampled_from(CONFIGS), st.data())
def test_wanted_groups_are_as_among_all(some: list[RecordSummary], config: Config, data: st.DataObject) -> None:
    feeds = by_group(group.into_feeds(some, config))
    wanted = data.draw(st.sets(st.sampled_from(sorted(feeds))))
    assert by_group(group.into_feeds(some, config, wanted)) == {one: feeds[one] for one in wanted}


@given(summaries(), st.sampled_from(CONFIGS), st.data())
def test_what_changed_gives_the_tallies_of_now(some: list[RecordSummary], config: Config, data: st.DataObject) -> None:
    fates = [data.draw(st.sampled_from(("stays", "stays", "leaves", "comes", "changes"))) for _ in some]
    before = [one for one, fate in zip(some, fates, strict=True) if fate != "comes"]
    now = [one for one, fate in zip(some, fates, strict=True) if fate in ("stays", "comes")]
    now += [msgspec.structs.replace(one, seal=b"new") for one, fate in zip(some, fates, strict=True) if fate == "changes"]
    left, came = [one for one in before if one not in now], [one for one in now if one not in before]
    known = group.tallies(before, config)
    expected = group.tallies(now, config)
    groups = known.keys() | expected.keys()
    empty = tally.Tally({}, {}, [])
    found = tally.changed({one: known.get(one, empty) for one in groups}, left, came, config)
    assert found == {one: expected.get(one, empty) for one in found}
    by_age = {kinds.of_custom_feed(feed) for feed in config.feeds if feed.where.since}
    if config.archive:
        assert found.keys() <= {kinds.of_custom_feed(feed) for feed in config.feeds if not filters.is_history(feed)}
    elif not left:
        assert found.keys() == groups - by_age
    else:
        shown = {one: {member.number for member in known[one].members} for one in known}
        stay = {one for one in groups if shown.get(one, set()).isdisjoint(record.number for record in left)}
        assert found.keys() >= stay - by_age


def fields(**more: Any) -> Any:
    return {"number": 1, "seal": b"", "file": b"", "id": "", "published": Moment(0), "updated": Moment(0), **more}


def test_a_provider_called_like_its_domain_is_one_name() -> None:
    """Whether a record gives the domain, or its name alone, is no other spelling."""
    some = [
        RecordSummary(**fields(number=1, id="1", provider="a.example")),
        RecordSummary(**fields(number=2, id="2", provider="a.example", domain="a.example")),
        RecordSummary(**fields(number=3, id="3", provider="A", domain="a.example")),
    ]
    (feed,) = group.into_feeds(some, Config(), {Group("provider", ("a.example",))})
    assert (feed.name, feed.domain, feed.total) == ("a.example", "a.example", 3)
