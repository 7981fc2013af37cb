"""No two feeds of a catalog have the same title, and no two outlines of an OPML the same text."""

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import feedloom
from feedloom.config.settings import Config, Titles
from feedloom.config.settings import Site as SiteConfig
from feedloom.feeds.kinds import KINDS
from feedloom.model import Feed, Kind, ListedFeed, RetiredFeed
from feedloom.render import told_apart
from feedloom.render.metadata import title_of
from feedloom.values.characters import folded
from feedloom.values.slugs import slug
from tests.conftest import NOW, Site, record

SAME = {
    "a.md": record(
        webUrl="https://e.example/a",
        topics="[Microsoft]",
        provider="{name: Microsoft, domain: microsoft.com}",
        category="Microsoft",
    ),
    "b.md": record(webUrl="https://e.example/b", provider="{name: Microsoft}"),
    "c.md": record(webUrl="https://e.example/c", provider="{name: Microsoft, domain: microsoft.de}"),
}


def titles(site: Site) -> dict[str, str]:
    """The titles in the catalog, by address; those in the feeds are the same."""
    catalog = json.loads(site.text("catalog.json"))
    found = {feed["formats"]["atom"].removesuffix(".atom"): feed["title"] for feed in catalog["feeds"]}
    for address, title in found.items():
        assert json.loads(site.text(f"{address}.json"))["title"] == title
    return found | {one["formats"]["atom"].removesuffix(".atom"): one["title"] for one in catalog.get("aliases", ())}


def test_each_kind_has_titles_of_its_own(site: Site) -> None:
    site.build(SAME, groups={"category": True})
    assert titles(site) == {
        "all": "Site",
        "topics/microsoft": "Site: Microsoft",
        "providers/microsoft": "Site: from Microsoft (providers/microsoft)",
        "providers/microsoft.com": "Site: from Microsoft (microsoft.com)",
        "providers/microsoft.de": "Site: from Microsoft (microsoft.de)",
        "categories/microsoft": "Site: category Microsoft",
    }


def test_the_outlines_of_an_opml_are_told_apart(site: Site) -> None:
    site.build(SAME | {"d.md": record(webUrl="https://e.example/d", topics="[Topics, Site, Git]")}, groups={"category": True})
    texts = re.findall('<outline .*?text="(.*?)"', site.text("feeds.opml"))
    assert len(texts) == len({folded(text) for text in texts}) == 12
    assert {"Git", "Topics (topics/topics)", "Site (all)", "Microsoft (microsoft.de)"} < set(texts)
    assert '<outline text="Topics" title="Topics">' in site.text("feeds.opml")


def test_an_opml_for_each_kind(site: Site) -> None:
    site.build(SAME)
    for kind, count in {"topics": 1, "providers": 3}.items():
        lines = site.text(f"{kind}.opml").split("\n")
        assert sum("xmlUrl" in line for line in lines) == count
        assert all(line in site.text("feeds.opml") for line in lines if "xmlUrl" in line)
    assert "categories.opml" not in site.files()
    site.build(groups={"topic": False})
    assert "topics.opml" not in site.files()
    assert 'href="topics.opml"' not in site.text("index.html")


def test_a_clash_of_the_owners_feeds(site: Site) -> None:
    site.build({"a.md": record(topics="[AI]")}, feeds=[{"name": "AI"}, {"name": "ai", "slug": "other"}])
    assert titles(site) == {
        "all": "Site",
        "topics/ai": "Site: AI (topics/ai)",
        "custom/ai": "Site: AI (custom/ai)",
        "custom/other": "Site: ai (custom/other)",
    }


def test_a_retired_feed_gives_way(site: Site) -> None:
    same: dict[str, Any] = {"titles": {"topic": "{name}", "provider": "{name}"}}
    site.build({"a.md": record(topics="[AI]")}, **same)
    site.build({"a.md": record(provider="AI")}, **same)
    assert titles(site) == {"all": "Site", "topics/ai": "AI (topics/ai)", "providers/ai": "AI"}
    (site.records / "a.md").write_text(record())
    site.build(**same)
    assert titles(site) == {"all": "Site", "topics/ai": "AI (topics/ai)", "providers/ai": "AI (providers/ai)"}


def test_an_alias_gives_way(site: Site) -> None:
    site.build(
        {"a.md": record(topics="[AI]", provider="Old")},
        topics={"AI": {"aliases": ["Old"]}},
        titles={"topic": "{name}", "provider": "{name}"},
    )
    assert titles(site) == {"all": "Site", "topics/ai": "AI", "topics/old": "Old (topics/old)", "providers/old": "Old"}


@pytest.mark.parametrize(
    ("patterns", "field", "values"),
    [
        ({"provider": "{site}: {name}"}, "titles.provider", ("1", "Site: AI", "topics/ai, providers/ai")),
        ({"topic": "Topics"}, "titles.topic", ("1", "Topics", "topics/ai, topics/web")),
    ],
)
def test_check_warns_of_patterns_that_clash(site: Site, patterns: dict[str, str], field: str, values: tuple[str, ...]) -> None:
    site.write({"a.md": record(topics="[AI, Web]", provider="AI")})
    (problem,) = feedloom.check(site.config(titles=patterns), now=NOW).problems
    assert (problem.field, problem.level) == (field, "warning")
    assert (problem.code, problem.values) == ("feed-titles-alike", values)
    assert feedloom.check(site.config(), now=NOW).problems == []


def test_a_clash_comes_and_goes(site: Site) -> None:
    """The other feed is rendered again, though none of its own records changed."""
    both: dict[str, Any] = {"titles": {"provider": "{site}: {name}"}}
    site.build({"a.md": record(topics="[AI]")}, **both)
    assert titles(site)["topics/ai"] == "Site: AI"
    site.build({"b.md": record(webUrl="https://e.example/b", provider="{name: AI, domain: ai.example}")}, **both)
    assert titles(site)["topics/ai"] == "Site: AI (topics/ai)"
    assert titles(site)["providers/ai.example"] == "Site: AI (ai.example)"
    (site.records / "b.md").unlink()
    site.build(**both)
    assert titles(site)["topics/ai"] == "Site: AI"


def feed(kind: Kind, name: str, *, retired: bool) -> ListedFeed:
    identity = name.casefold()
    named: dict[str, Any] = {"slug": slug(identity), "identity": (identity,), "folder": KINDS[kind].folder, "updated": None}
    if retired:
        return RetiredFeed(kind=kind, name=name, **named)
    return Feed(kind=kind, name=name, total=0, count=0, **named)


NAMES = ["x", "X", "x (topics/x)", "x (topics/x) (topics/y)", "x (providers/x)", "x (topics/x~73cb3858)", "y"]
feeds = st.lists(
    st.builds(feed, st.sampled_from(["topic", "provider", "custom"]), st.sampled_from(NAMES), retired=st.booleans()),
    max_size=12,
    unique_by=lambda feed: feed.address,
)


@given(feeds, st.randoms(use_true_random=False))
def test_no_two_titles_are_equal(feeds: list[ListedFeed], chance: Any) -> None:
    """Whatever names look like, and in whatever order the feeds come; those alive take no notice of those that are not."""
    config = Config(site=SiteConfig(title="S"), titles=Titles(topic="{name}", provider="{name}", custom="{name}"))
    told = told_apart(feeds, config)
    assert len({folded(title_of(feed, config)) for feed in told}) == len(feeds)
    live = [feed for feed in feeds if isinstance(feed, Feed)]
    chance.shuffle(live)
    assert {one.address: one.apart for one in told_apart(live, config)} == {
        one.address: one.apart for one in told if isinstance(one, Feed)
    }
    assert told_apart(told, config) == told


@pytest.mark.parametrize(("topic", "is_needed"), [("_private", True), ("😀", True), ("private", False), (".net", False)])
def test_jekyll_hides_no_feed(site: Site, topic: str, is_needed: bool) -> None:
    """It leaves out what begins with `_` or `~`."""
    site.build({"a.md": record(topics=f"['{topic}']")})
    assert (".nojekyll" in site.files()) == is_needed


def test_a_nojekyll_of_somebody_else_is_left_alone(site: Site) -> None:
    site.output.mkdir()
    (site.output / ".nojekyll").write_text("mine")
    site.build({"a.md": record(topics="[_private]")})
    assert site.text(".nojekyll") == "mine"
