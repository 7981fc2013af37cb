"""What a build has to do, decided from values alone: no file, no cache and no clock."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from feedloom import render
from feedloom.config.settings import Config, CustomFeed, Topic, Where
from feedloom.feeds import group, kinds
from feedloom.feeds.tally import Tally
from feedloom.model import Feed, Group, Moment, RecordSummary, RetiredFeed, Slug
from feedloom.pipeline.changes import Change, changes
from feedloom.pipeline.plan import ForeignCatalogError, Plan, Previous, plan
from feedloom.render.catalog import PublishedFeed
from feedloom.report import Moved

CONFIG = Config(formats=("atom",), pages=False)
NOW = Moment(1000)


def summary(number: int, *topics: str, **fields: Any) -> RecordSummary:
    """A record that was published long ago; its number says which file and article it is, unless its fields do."""
    given: dict[str, Any] = {"file": b"%d.md" % number, "id": f"https://e.example/{number}", "published": 1, "updated": 1}
    return RecordSummary(number=number, seal=b"%d" % number, topics=topics, **(given | fields))


def published(slug: str, name: str | None = None, *, retired: bool = False) -> PublishedFeed:
    """A topic as the catalog names it."""
    return PublishedFeed(
        kind="topic",
        name=name or slug,
        slug=Slug(slug),
        title="",
        count=0,
        total=0,
        updated=None,
        formats={"atom": f"topics/{slug}.atom"},
        retired=retired,
    )


def planned(
    summaries: Sequence[RecordSummary],
    previous: Previous | None = None,
    *,
    catalog: Sequence[PublishedFeed] = (),
    on_disk: Iterable[str] = (),
    now: Moment = NOW,
    config: Config = CONFIG,
) -> Plan:
    return plan(
        previous and since(previous, summaries),
        summaries,
        group.selected(summaries, now),
        lambda: catalog,
        lambda: frozenset(on_disk),
        config,
    )


def after(first: Plan, highest: int, dropped: Sequence[RecordSummary] = ()) -> Previous:
    """What a build that carried out a plan knows of itself."""
    crowded = {feed.group for feeds in first.shared for feed in feeds}
    others = Tally({}, {}, []) if first.is_anew else None

    def tallies(groups: Iterable[Group]) -> dict[Group, Tally]:
        return {one: its for one in groups if (its := first.tallies.get(one, others))}

    return Previous(first.feeds, first.hidden, first.archive, highest, crowded, tallies, dropped)


def files(some: Plan, config: Config = CONFIG) -> frozenset[str]:
    return frozenset(path for feed in some.feeds for path in render.paths(feed, config))


def since(previous: Previous, summaries: Sequence[RecordSummary]) -> Previous:
    return previous._replace(added=[summary for summary in summaries if summary.number > previous.highest])


AI, LAW, BOTH = summary(1, "AI"), summary(2, "Law"), summary(3, "AI", "Law")


@dataclass
class Case:
    """A build after one of the records AI, LAW and BOTH: what is there now, what was dropped, and which feeds are dirty."""

    now: list[RecordSummary]
    dropped: list[RecordSummary] = field(default_factory=list)
    lost: set[str] = field(default_factory=set)
    dirty: set[str] = field(default_factory=set)
    retired: set[str] = field(default_factory=set)
    clock: Moment = NOW


CASES = {
    "nothing": Case([AI, LAW, BOTH]),
    "a new record": Case([AI, LAW, BOTH, summary(4, "Law")], dirty={"all", "topics/law"}),
    "a new topic": Case([AI, LAW, BOTH, summary(4, "Space")], dirty={"all", "topics/space"}),
    "another spelling": Case([AI, LAW, BOTH, summary(4, " ai ")], dirty={"all", "topics/ai"}),
    "a changed record": Case([AI, BOTH, summary(4, "Law", file=LAW.file, id=LAW.id)], [LAW], dirty={"all", "topics/law"}),
    "a record that changes its topic": Case(
        [AI, BOTH, summary(4, "Space", file=LAW.file, id=LAW.id)], [LAW], dirty={"all", "topics/law", "topics/space"}
    ),
    "a removed record": Case([LAW, BOTH], [AI], dirty={"all", "topics/ai"}),
    "the last record of a topic": Case([AI], [LAW, BOTH], dirty={"all", "topics/ai", "topics/law"}, retired={"topics/law"}),
    "all records": Case([], [AI, LAW, BOTH], dirty={"all", "topics/ai", "topics/law"}, retired={"topics/ai", "topics/law"}),
    "a lost file": Case([AI, LAW, BOTH], lost={"topics/ai.atom"}, dirty={"topics/ai"}),
    "another record for the same article": Case(
        [AI, LAW, BOTH, summary(4, "Space", id=LAW.id, published=Moment(2), updated=Moment(2))],
        dirty={"all", "topics/law", "topics/space"},
    ),
    "the same article, published earlier": Case(
        [AI, LAW, BOTH, summary(4, "Space", id=LAW.id, published=Moment(0), updated=Moment(0))],
        dirty={"all"},
    ),
    "a clock before all records": Case(
        [AI, LAW, BOTH], dirty={"all", "topics/ai", "topics/law"}, retired={"topics/ai", "topics/law"}, clock=Moment(0)
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_which_feeds_are_dirty(case: Case) -> None:
    first = planned([AI, LAW, BOTH])
    before = files(first)
    catalog = [published("ai", "AI"), published("law", "Law")]
    found = planned(case.now, after(first, 3, case.dropped), catalog=catalog, on_disk=before - case.lost, now=case.clock)
    assert {feed.address for feed in found.dirty} == case.dirty
    assert {feed.address for feed in found.retired} == case.retired
    assert found.kept == before - case.lost, "the files of feeds stay, of retired ones too"


def test_without_a_previous_build_all_is_dirty() -> None:
    first = planned([AI, LAW])
    assert [feed.address for feed in first.dirty] == ["all", "topics/ai", "topics/law"]
    assert first.kept == frozenset()


def test_what_was_retired_stays_retired_and_is_not_dirty_again() -> None:
    first = planned([AI], catalog=[published("law", "Law")])
    assert [feed.address for feed in first.retired] == ["topics/law"]
    again = planned([AI], after(first, 1), catalog=[published("law", "Law", retired=True)], on_disk=files(first))
    assert (again.dirty, again.retired) == ([], [])
    assert [(feed.address, type(feed)) for feed in again.feeds] == [
        ("all", Feed),
        ("topics/ai", Feed),
        ("topics/law", RetiredFeed),
    ]
    third = planned([summary(2, "AI")], after(again, 1, [AI]), catalog=[published("law", "Law", retired=True)])
    assert {type(feed) for feed in third.feeds if feed.name == "Law"} == {RetiredFeed}


def test_it_comes_back_with_its_records() -> None:
    first = planned([AI], catalog=[published("law", "Law")])
    again = planned(
        [AI, summary(2, "law")], after(first, 1), catalog=[published("law", "Law", retired=True)], on_disk=files(first)
    )
    assert {feed.address for feed in again.dirty} == {"all", "topics/law"}


def test_a_feed_that_loses_its_title_to_another_is_dirty() -> None:
    """Topic `Feeds` and provider `Feeds` have one title, until the second goes."""
    config = Config(formats=("atom",), pages=False, titles={"topic": "{name}", "provider": "{name}"})  # type: ignore[arg-type]
    provider = summary(2, provider="Feeds")
    first = planned([summary(1, "Feeds"), provider], config=config)
    again = planned([summary(1, "Feeds")], after(first, 2, [provider]), on_disk=files(first, config), config=config)
    assert {feed.address for feed in again.dirty} == {"all", "topics/feeds"}


def test_custom_feeds_are_dirty_whenever_a_record_is() -> None:
    config = Config(formats=("atom",), pages=False, feeds=(CustomFeed(name="Law", slug="law", where=Where(topics=("Law",))),))
    first = planned([AI], config=config)
    assert planned([AI], after(first, 1), on_disk=files(first, config), config=config).dirty == []
    again = planned([AI, summary(2)], after(first, 1), on_disk=files(first, config), config=config)
    assert {feed.address for feed in again.dirty} == {"all", "custom/law"}


def test_only_archive_documents_that_changed_are_rendered() -> None:
    config = Config(formats=("atom",), pages=False, archive=True, limit=1)
    old = [summary(number, published=Moment(number), updated=Moment(number)) for number in range(1, 200)]
    first = planned(old, config=config)
    assert len(first.documents) > 2
    new = summary(200, published=Moment(200), updated=Moment(200))
    again = planned([*old, new], after(first, 199), on_disk=files(first, config), config=config)
    assert [document.address in first.archive for document in again.documents] == [False], "the newest, with another name"


def test_feeds_with_one_path() -> None:
    """The alias of a topic takes the path of another topic: a warning names a record of each in every build."""
    config = Config(formats=("atom",), pages=False, topics={"AI": Topic(aliases=("Law",))})
    first = planned([AI, LAW], config=config)
    assert [[feed.name for feed in feeds] for feeds in first.shared] == [["AI", "Law"]]
    again = planned([AI, LAW], after(first, 2), on_disk=files(first, config), config=config)
    assert [[feed.entries[0].path for feed in feeds] for feeds in again.shared] == [["1.md", "2.md"]]
    assert [feed.address for feed in again.feeds] == ["all", "topics/ai"]


def test_a_feed_that_comes_to_the_path_of_another_makes_it_dirty() -> None:
    config = Config(formats=("atom",), pages=False, topics={"AI": Topic(aliases=("Law",))})
    first = planned([LAW], config=config)
    found = planned([LAW, summary(3, "AI")], after(first, 2), on_disk=files(first, config), config=config)
    assert [[feed.entries[0].path for feed in feeds] for feeds in found.shared] == [["3.md", "2.md"]]


def test_a_path_of_an_earlier_version_has_moved() -> None:
    former, now = "r-d~dacc7c16", "topics/r-d~dacc7c16cdbd7096"
    found = planned([summary(1, "R&D")], catalog=[published(former, "R&D")])
    assert found.moved == [Moved(f"topics/{former}", now)]
    assert planned([AI], catalog=[published(former, "R&D")]).moved == [Moved(f"topics/{former}", None)]


def test_a_catalog_that_names_other_paths_is_foreign() -> None:
    with pytest.raises(ForeignCatalogError, match="the slug of"):
        planned([AI], catalog=[published("secrets", "Another name")])


TOPICS = {name: Group("topic", (name,)) for name in ("ai", "law", "space")}
EVERYTHING = kinds.EVERYTHING


@pytest.mark.parametrize(
    ("now", "dropped", "expected"),
    [
        ([AI, LAW], [], {}),
        ([AI, LAW, summary(4, "AI")], [], {"ai": Change(new=1)}),
        ([LAW], [AI], {"ai": Change(removed=1)}),
        ([LAW, summary(4, "AI", id=AI.id, file=b"renamed.md")], [AI], {"ai": Change(changed=1)}),
        ([LAW, summary(4, "Space", id=AI.id)], [AI], {"ai": Change(removed=1), "space": Change(new=1)}),
    ],
)
def test_changes_by_group(now: list[RecordSummary], dropped: list[RecordSummary], expected: dict[str, Change]) -> None:
    previous = since(after(planned([AI, LAW]), 3, dropped), now)
    found = changes(previous, now, planned(now, previous).hidden, CONFIG)
    assert {one: change for one, change in found.items() if one != EVERYTHING} == {
        TOPICS[name]: change for name, change in expected.items()
    }


def test_a_record_that_becomes_due_is_new() -> None:
    later = summary(2, "Law", published=Moment(2000), updated=Moment(2000))
    previous = after(planned([AI, later]), 2)
    hidden = planned([AI, later], previous, now=Moment(3000)).hidden
    assert changes(previous, [AI, later], hidden, CONFIG) == {EVERYTHING: Change(new=1), TOPICS["law"]: Change(new=1)}


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (Change(1), "1 record new"),
        (Change(2000, 1), "2,000 records new, 1 changed"),
        (Change(0, 1, 3), "1 record changed, 3 removed"),
    ],
)
def test_changes_in_words(change: Change, text: str) -> None:
    assert str(change) == text
