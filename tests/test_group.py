"""Which records are published, as one article or as two, and in which feeds they stand."""

import json
import os
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from feedloom.config.settings import Config, Rules
from feedloom.feeds import group
from feedloom.model import Group, Provider, Record, RecordSummary, Url
from feedloom.pipeline.tasks import summary
from feedloom.values import dates
from tests.conftest import NOW, Site, record

CLOCK = dates.stamp(NOW)


def article(name: str = "a", day: int = 1, number: int | None = None, **fields: Any) -> RecordSummary:
    moment = datetime(2021, 5, day, tzinfo=UTC)
    url = Url(f"https://example.com/{name}")
    return summary(
        crc32(name.encode()) if number is None else number,
        b"",
        fields.get("path", f"{name}.md").encode(),
        Record(
            **{"path": f"{name}.md", "id": url, "link": url, "title": name, "published": moment, "updated": moment, **fields}
        ),
        Rules(),
    )


def all_entries(summaries: Collection[RecordSummary]) -> list[str]:
    """The paths of what the feed of the whole site shows."""
    return [summary.path for summary in group.into_feeds(summaries, Config(limit=50))[0].entries]


def test_newest_first_then_by_id() -> None:
    summaries = [article("b", 2), article("c", 1), article("a", 2), article("d", 3)]
    assert all_entries(group.selected(summaries, CLOCK).summaries) == ["d.md", "a.md", "b.md", "c.md"]


def test_of_two_records_with_one_id_the_later_one_stands() -> None:
    one, two = article("a", 1, 1, path="1.md"), article("a", 2, 2, path="2.md")
    for summaries in ([one, two], [two, one]):
        selection = group.selected(summaries, CLOCK)
        assert list(selection.summaries) == [two]
        (problem,) = selection.duplicates
        assert (problem.path, problem.level) == ("1.md", "warning")
        assert "2.md" in problem.message


def test_of_two_records_published_at_once_the_first_path_stands(site: Site) -> None:
    report = site.build({"2.md": record(title="Two"), "1.md": record(title="One"), "10.md": record(title="Ten")})
    assert [os.path.basename(problem.path) for problem in report.problems] == ["10.md", "2.md"]
    assert "<title>One</title>" in site.text("all.atom")


def test_two_files_that_are_shown_as_one_path_are_counted_both(site: Site) -> None:
    names = [b"\xff.md", rb"\xff.md", b"z.md"]
    report = site.build({os.fsdecode(name): record(publishedDateTime=f"202{n}-01-01") for n, name in enumerate(names)})
    assert (report.records.read, report.records.published, report.records.duplicates) == (3, 1, 2)


def test_a_scheduled_record_does_not_hide_an_older_one() -> None:
    later = article("a", path="2.md", published=datetime(2100, 1, 1, tzinfo=UTC), updated=datetime(2100, 1, 1, tzinfo=UTC))
    selection = group.selected([article("a"), later], CLOCK)
    assert (list(selection.summaries), selection.scheduled) == ([article("a")], 1)


DAYS = st.integers(1, 28)


@given(st.lists(st.tuples(DAYS, DAYS, st.none() | DAYS), max_size=5), DAYS, DAYS)
def test_a_selection_holds_from_since_until(days: list[tuple[int, int, int | None]], day: int, other: int) -> None:
    summaries = [
        article(
            str(n),
            published,
            updated=datetime(2021, 5, max(published, updated), tzinfo=UTC),
            expires=ends and datetime(2021, 5, ends, tzinfo=UTC),
        )
        for n, (published, updated, ends) in enumerate(days)
    ]
    clock, later = (dates.stamp(datetime(2021, 5, one, tzinfo=UTC)) for one in (day, other))
    selection = group.selected(summaries, clock)
    assert len(selection.summaries) + selection.scheduled + selection.expired == len(summaries)
    assert all(summary.expires is None or summary.expires > clock for summary in selection.summaries)
    holds = (selection.since is None or selection.since <= later) and (selection.until is None or later < selection.until)
    if holds:
        then = group.selected(summaries, later)
        assert list(then.summaries) == list(selection.summaries)
        assert replace(then, summaries=()) == replace(selection, summaries=())


@pytest.mark.parametrize(
    ("spellings", "shown"),
    [(["ai", "AI", "ai"], "ai"), (["ai", "AI", "Ai", "AI", "ai"], "AI"), (["ai", "Ai"], "Ai")],
)
def test_the_spelling_that_most_records_use_is_shown(spellings: list[str], shown: str) -> None:
    feeds = group.into_feeds([article(str(n), topics=(name,)) for n, name in enumerate(spellings)], Config(limit=50))
    (topic,) = [feed for feed in feeds if feed.kind == "topic"]
    assert (topic.name, topic.slug, topic.total) == (shown, "ai", len(spellings))


def test_providers_are_told_apart_by_domain_else_by_name() -> None:
    providers = [
        Provider("CIO", "cio.com"),
        Provider("CIO", "cio.com"),
        Provider("CIO Magazine", "cio.com"),
        Provider("CIO"),
        Provider("cio"),
        Provider("Cio", "cio.de"),
    ]
    feeds = group.into_feeds([article(str(n), provider=provider) for n, provider in enumerate(providers)], Config(limit=50))
    found = [(feed.name, feed.domain, feed.address, feed.total) for feed in group.in_order(feeds) if feed.kind == "provider"]
    assert found == [
        ("CIO", None, "providers/cio", 2),
        ("CIO", "cio.com", "providers/cio.com", 3),
        ("Cio", "cio.de", "providers/cio.de", 1),
    ]


def test_a_feed_shows_the_newest_and_counts_all() -> None:
    summaries = [article(str(n), 9 - n, topics=("T",)) for n in range(9)]
    feeds = group.into_feeds(summaries, Config(limit=3))
    found = [(feed.total, feed.count, [summary.path for summary in feed.entries]) for feed in feeds]
    assert found == [(9, 3, ["0.md", "1.md", "2.md"])] * 2


def test_only_the_feeds_that_are_wanted() -> None:
    summaries = [article("a", topics=("A", "B")), article("b", topics=("B",))]
    everything = group.into_feeds(summaries, Config(limit=3))
    wanted = {Group("topic", ("b",)), Group("topic", ("gone",))}
    assert group.into_feeds(summaries, Config(limit=3), wanted) == [feed for feed in everything if feed.group in wanted]


def test_a_feed_is_dated_as_its_newest_update() -> None:
    update = datetime(2021, 6, 1, tzinfo=UTC)
    feed, *_ = group.into_feeds([article("a", 2), article("b", 1, updated=update)], Config(limit=50))
    assert feed.updated == update


@given(st.permutations([article(str(n), 1 + n % 3, topics=("A", "b", "B")[n % 3 :]) for n in range(8)]))
def test_the_order_of_the_files_does_not_show(summaries: list[RecordSummary]) -> None:
    def feeds(summaries: list[RecordSummary]) -> object:
        return group.in_order(group.into_feeds(group.selected(summaries, CLOCK).summaries, Config(limit=4)))

    assert feeds(summaries) == feeds(sorted(summaries, key=lambda summary: summary.path))


def test_the_catalog_is_in_its_order(site: Site) -> None:
    site.build(
        {
            "a.md": record(topics="[b, A, a10, B2]", provider="{name: z}"),
            "b.md": record(webUrl="https://e.example/2", provider="P"),
        }
    )
    catalog = json.loads(site.text("catalog.json"))
    assert [(feed["kind"], feed["name"]) for feed in catalog["feeds"]] == [
        ("all", "Site"),
        ("topic", "A"),
        ("topic", "B2"),
        ("topic", "a10"),
        ("topic", "b"),
        ("provider", "P"),
        ("provider", "z"),
    ]


class TestRetired:
    """Promise 6: a feed that was once published goes on answering."""

    RECORD = record(topics="[Vanishing, Staying]", provider="{name: Gone, domain: gone.example}")
    OTHER = record(webUrl="https://example.com/b", topics="[Staying]")

    @pytest.fixture
    def gone(self, site: Site) -> Site:
        site.build({"a.md": self.RECORD, "b.md": self.OTHER})
        (site.records / "a.md").unlink()
        site.build()
        return site

    def test_it_stands_empty(self, gone: Site) -> None:
        for path in ("topics/vanishing", "providers/gone.example"):
            assert "<entry>" not in gone.text(f"{path}.atom")
            assert "<updated>2021-05-21T18:09:00Z</updated>" in gone.text(f"{path}.atom")
            assert "<item>" not in gone.text(f"{path}.rss")
            assert json.loads(gone.text(f"{path}.json"))["items"] == []
        assert "<entry>" in gone.text("topics/staying.atom")

    def test_the_catalog_says_so_and_the_opml_leaves_it_out(self, gone: Site) -> None:
        feeds = {feed["slug"]: feed for feed in json.loads(gone.text("catalog.json"))["feeds"]}
        assert feeds["vanishing"]["retired"] is True
        assert (feeds["vanishing"]["count"], feeds["vanishing"]["total"]) == (0, 0)
        assert feeds["gone.example"]["domain"] == "gone.example"
        assert "retired" not in feeds["staying"]
        assert "Vanishing" not in gone.text("feeds.opml")

    def test_it_stays_as_it_is(self, gone: Site) -> None:
        before = gone.files()
        assert gone.build().files.written == 0
        assert gone.files() == before

    def test_it_comes_back_with_its_records(self, gone: Site) -> None:
        gone.build({"a.md": self.RECORD})
        assert "retired" not in gone.text("catalog.json")
        assert "<entry>" in gone.text("topics/vanishing.atom")
