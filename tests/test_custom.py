"""The owner's own feeds, and groups of other fields: each is what a plain filter over all records gives."""

import json
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedloom.config.settings import CustomFeed, Where
from feedloom.errors import PublishError
from feedloom.feeds.kinds import KINDS
from feedloom.model import Kind
from feedloom.values.dates import before, of_stamp, stamp
from tests.conftest import Site, record
from tests.validator import site_complaints

Fields = dict[str, Any]
START = datetime(2021, 3, 31, tzinfo=UTC)


def text_of(number: int, fields: Fields) -> str:
    moment = START - timedelta(days=fields["age"])
    written = {
        "title": json.dumps(fields["title"]),
        "excerpt": json.dumps(fields["excerpt"]),
        "publishedDateTime": moment.isoformat(),
        "webUrl": f"https://example.com/{number:02}",
        "topics": json.dumps(fields["topics"]),
        "provider": json.dumps(fields["provider"]) if fields["provider"] else "",
        "type": fields["type"],
        "category": fields["category"],
        "quality": fields["quality"],
        "heat": fields["heat"],
    }
    return record(**{name: str(value) for name, value in written.items() if value not in (None, "")})


TOPICS = ["AI", "ai", "Open Web", "Feeds", "C++"]
PROVIDERS = [None, {"name": "One", "domain": "one.example"}, {"name": "Two"}, {"name": "one"}]
articles = st.fixed_dictionaries(
    {
        "title": st.sampled_from(["A hospital", "Nothing", "The HOSPITAL ward", "Straße"]),
        "excerpt": st.sampled_from(["", "In hospitals.", "Strasse"]),
        "age": st.integers(0, 70),
        "topics": st.lists(st.sampled_from(TOPICS), max_size=3),
        "provider": st.sampled_from(PROVIDERS),
        "type": st.sampled_from(["", "article", "Video"]),
        "category": st.sampled_from(["", "News", "news", "Open source"]),
        "quality": st.none() | st.integers(-1, 3),
        "heat": st.none() | st.integers(-1, 3),
    }
)
wheres = st.fixed_dictionaries(
    {},
    optional={
        "topics": st.lists(st.sampled_from([*TOPICS, "open-web", "Old name", "Unknown"]), max_size=2),
        "match": st.sampled_from(["any", "all"]),
        "not_topics": st.lists(st.sampled_from(TOPICS), max_size=1),
        "providers": st.lists(
            st.sampled_from(["one.example", "https://www.one.example/x", "Two", "ONE", "x.example"]), max_size=2
        ),
        "not_providers": st.lists(st.sampled_from(["one.example", "two"]), max_size=2),
        "category": st.sampled_from(["NEWS", "Open-Source"]),
        "type": st.sampled_from(["article", "video"]),
        "min_quality": st.integers(-1, 3),
        "min_heat": st.integers(-1, 3),
        "since": st.sampled_from(["0 days", "10 days", "1 month", "2 months", "3 weeks", "9999 years", "36 hours"]),
        "text": st.sampled_from(["hospital", "STRASSE", "a hospital"]),
    },
)
ALIASES = {"Feeds": {"aliases": ["Old name"]}}


def plain(name: str) -> str:
    """The identity of the names that these tests use."""
    return {"old name": "feeds"}.get(name.lower(), name.lower()).replace(" ", "-")


def meets(fields: Fields, where: Fields, newest: int) -> bool:
    topics = {plain(topic) for topic in fields["topics"]}
    asked = {plain(topic) for topic in where.get("topics", [])}
    if asked and not (asked <= topics if where.get("match") == "all" else asked & topics):
        return False
    if topics & {plain(topic) for topic in where.get("not_topics", [])}:
        return False
    provider = fields["provider"] or {}
    names = {provider[key].lower() for key in provider}
    hosts = {name.lower().removeprefix("https://www.").removesuffix("/x") for name in where.get("providers", [])}
    if hosts and not hosts & names:
        return False
    if names & set(where.get("not_providers", [])):
        return False
    for key in ("category", "type"):
        if where.get(key) and plain(fields[key]) != plain(where[key]):
            return False
    for key in ("quality", "heat"):
        least = where.get(f"min_{key}")
        if least is not None and (fields[key] is None or fields[key] < least):
            return False
    if where.get("since"):
        days = {"0 days": 0, "10 days": 10, "3 weeks": 21, "36 hours": 1.5, "9999 years": 99}.get(where["since"])
        latest = START - timedelta(days=newest)
        months = {"1 month": 1, "2 months": 2}.get(where["since"], 0)
        first = latest - timedelta(days=days) if days is not None else months_before(latest, months)
        if START - timedelta(days=fields["age"]) < first:
            return False
    text = where.get("text")
    return not text or any(text.casefold() in fields[key].casefold() for key in ("title", "excerpt"))


def months_before(moment: datetime, months: int) -> datetime:
    """The same day of an earlier month, or the last one that it has."""
    count = moment.year * 12 + moment.month - 1 - months
    for day in range(moment.day, 27, -1):
        try:
            return moment.replace(year=count // 12, month=count % 12 + 1, day=day)
        except ValueError:
            continue
    return moment.replace(year=count // 12, month=count % 12 + 1)


def shown(site: Site, address: str) -> list[str]:
    return [item["url"] for item in json.loads(site.text(f"{address}.json"))["items"]]


def ranked(fields: list[tuple[int, Fields]], order: str) -> list[tuple[int, Fields]]:
    def key(item: tuple[int, Fields]) -> tuple[float, int, int]:
        number, one = item
        rank = 0 if order == "newest" else -one[order] if one[order] is not None else 9
        return rank, one["age"], number

    return sorted(fields, key=key)


@settings(max_examples=60)
@given(
    st.lists(articles, max_size=12),
    st.lists(st.tuples(wheres, st.sampled_from(["newest", "quality", "heat"]), st.integers(1, 5)), min_size=1, max_size=3),
)
def test_custom_feeds_are_a_plain_filter(records: list[Fields], asked: list[tuple[Fields, str, int]]) -> None:
    chosen = [
        {"name": f"Feed {n}", "where": where, "order": order, "limit": limit} for n, (where, order, limit) in enumerate(asked)
    ]
    with TemporaryDirectory() as folder:
        site = Site(Path(folder))
        report = site.build({f"{n}.md": text_of(n, fields) for n, fields in enumerate(records)}, feeds=chosen, topics=ALIASES)
        catalog = {feed["slug"]: feed for feed in json.loads(site.text("catalog.json"))["feeds"]}
        newest = min((fields["age"] for fields in records), default=0)
        for n, (where, order, limit) in enumerate(asked):
            expected = ranked([item for item in enumerate(records) if meets(item[1], where, newest)], order)
            assert shown(site, f"custom/feed-{n}") == [f"https://example.com/{number:02}" for number, _ in expected[:limit]]
            assert catalog[f"feed-{n}"]["total"] == len(expected)
            told = any(problem.field == f"feeds[{n}].name" for problem in report.problems)
            assert told == (not expected)


@settings(max_examples=40)
@given(st.lists(articles, max_size=10))
def test_groups_are_a_plain_filter(records: list[Fields]) -> None:
    with TemporaryDirectory() as folder:
        site = Site(Path(folder))
        groups = {"topic": False, "category": True, "type": True, "provider_topic": True}
        site.build({f"{n}.md": text_of(n, fields) for n, fields in enumerate(records)}, groups=groups)
        expected: dict[str, set[int]] = {"all": set(range(len(records)))}
        for number, fields in enumerate(records):
            provider = fields["provider"] or {}
            owner = provider.get("domain") or provider.get("name", "").lower()
            addresses = [f"providers/{owner}"] * bool(owner)
            addresses += [f"categories/{plain(fields['category'])}"] * bool(fields["category"])
            addresses += [f"types/{plain(fields['type'])}"] * bool(fields["type"])
            slugs = (plain(topic).replace("++", "-plus-plus") for topic in fields["topics"])
            addresses += [f"provider-topics/{slug}@{owner}" for slug in slugs if owner]
            for address in addresses:
                expected.setdefault(address, set()).add(number)
        found = {}
        for feed in json.loads(site.text("catalog.json"))["feeds"]:
            address = feed["page"].removesuffix(".html")
            found[address] = {int(url[-2:]) for url in shown(site, address)}
        assert found == expected


def test_a_custom_feed_has_its_own_name_slug_description_and_limit(site: Site) -> None:
    records = {f"{n}.md": record(webUrl=f"https://example.com/{n}") for n in range(4)}
    site.build(records, feeds=[{"name": "Best of all", "slug": "best", "description": "Only these.", "limit": 3}])
    feed = json.loads(site.text("custom/best.json"))
    assert (feed["title"], feed["description"], len(feed["items"])) == ("Site: Best of all", "Only these.", 3)
    assert 'href="custom/best.html"' in site.text("index.html")
    assert "custom/best.atom" in site.text("feeds.opml")


def test_a_ranking_is_not_called_the_newest(site: Site) -> None:
    records = {f"{n}.md": record(webUrl=f"https://example.com/{n}") for n in range(3)}
    site.build(records, limit=2, feeds=[{"name": "Best", "order": "quality"}, {"name": "New"}])
    assert "The first 2 of 3 articles" in site.text("custom/best.html")
    assert "The newest 2 of 3 articles" in site.text("custom/new.html")


def test_a_custom_feed_that_is_not_wanted_any_more_is_retired(site: Site) -> None:
    site.build({"a.md": record()}, feeds=[{"name": "Disney Plus"}, {"name": "Mine", "slug": "c-plus-plus"}])
    assert len(shown(site, "custom/c-plus-plus")) == 1
    site.build(feeds=[])
    assert shown(site, "custom/c-plus-plus") == []
    catalog = {feed["name"]: feed for feed in json.loads(site.text("catalog.json"))["feeds"]}
    assert catalog["Mine"]["retired"]
    assert catalog["Disney Plus"]["retired"]
    site.build(feeds=[{"name": "Mine", "slug": "c-plus-plus"}])
    assert len(shown(site, "custom/c-plus-plus")) == 1


@pytest.mark.parametrize("kind", ["topic", "provider", "category", "type", "provider_topic"])
def test_a_kind_that_is_switched_off_is_retired_and_comes_back(site: Site, kind: str) -> None:
    wanted = dict.fromkeys(["topic", "provider", "category", "type", "provider_topic"], True)
    one = record(topics="[A/B]", provider="{name: P Q, domain: p.example}", category="News", type="video")
    site.build({"a.md": one}, groups=wanted)
    before = site.files()
    report = site.build(groups=wanted | {kind: False})
    (feed,) = [feed for feed in json.loads(site.text("catalog.json"))["feeds"] if feed.get("retired")]
    assert feed["kind"] == kind
    assert shown(site, feed["page"].removesuffix(".html")) == []
    assert report.feeds == 5
    page = site.text("all.html")
    assert (f'href="{feed["page"]}"' in page) is False
    for path, document in site.files().items():
        assert site_complaints(document, path, "https://feeds.example.org/") == []
    site.build(groups=wanted)
    assert site.files() == before


def test_renamed_topics_within_providers_answer_at_their_old_addresses(site: Site) -> None:
    one = record(topics="[Old]", provider="{name: P, domain: p.example}")
    site.build({"a.md": one}, groups={"provider_topic": True})
    site.build(groups={"provider_topic": True}, topics={"New": {"aliases": ["Old"]}})
    assert shown(site, "provider-topics/old@p.example") == shown(site, "provider-topics/new@p.example") != []
    aliases = {alias["slug"]: alias["of"] for alias in json.loads(site.text("catalog.json"))["aliases"]}
    assert aliases == {"old": "new", "old@p.example": "new@p.example"}
    (site.records / "a.md").unlink()
    site.build(groups={"provider_topic": True}, topics={"New": {"aliases": ["Old"]}})
    assert shown(site, "provider-topics/old@p.example") == []


def test_unknown_names_are_told_with_the_nearest_known_one(site: Site, tmp_path: Path) -> None:
    (tmp_path / "feedloom.yaml").write_text(
        "feeds:\n  - name: Best\n    where:\n      topics:\n        - AI\n        - AI Ethic\n"
        "      not_providers: [cio.org]\n      category: new\n      type: artikel\n"
    )
    records = {
        "a.md": record(topics="[AI Ethics, ai]", provider="{name: CIO, domain: cio.com}", category="News", type="article")
    }
    for _ in range(2):  # the second build has read nothing
        problems = list(map(str, site.build(records).problems))
        how = "is similar: correct or remove it [name-misspelled]"
        feed = "feeds[0].where"
        assert problems == [
            f'feedloom.yaml:6: {feed}.topics[1]: no record names the topic "AI Ethic", but "AI Ethics" {how}',
            f'feedloom.yaml:7: {feed}.not_providers[0]: no record names the provider "cio.org", but "cio.com" {how}',
            f'feedloom.yaml:8: {feed}.category: no record names the category "new", but "News" {how}',
            f'feedloom.yaml:9: {feed}.type: no record names the type "artikel", but "article" {how}',
            "feedloom.yaml:2: feeds[0].name: no article meets all conditions of Best, so the feed is empty [feed-empty]",
        ]


@pytest.mark.parametrize("kind", ["custom", "provider_topic", "category"])
@pytest.mark.parametrize("slug", ["../all", "a/b", "con", "x~1234567", "X", "../x~12345678", "~12345678/x", ""])
def test_no_path_of_a_catalog_is_believed(site: Site, kind: Kind, slug: str) -> None:
    """It may have come from anywhere; it tells which feeds have to go on answering."""
    site.build({"a.md": record()})
    catalog = json.loads(site.text("catalog.json"))
    address = f"{KINDS[kind].folder}{slug}"
    paths = {"formats": {suffix: f"{address}.{suffix}" for suffix in ("atom", "rss", "json")}, "page": f"{address}.html"}
    forged = {"kind": kind, "name": "X", "slug": slug, "updated": None, "provider": "P", "topic": "T"}
    catalog["feeds"].append(catalog["feeds"][0] | forged | paths)
    (site.output / "catalog.json").write_text(json.dumps(catalog))
    with pytest.raises(PublishError, match=r'the slug of "X" is|no slug: '):
        site.build({"b.md": record(webUrl="https://example.com/b")})


@pytest.mark.parametrize(
    ("title", "excerpt", "found"),
    [
        ("A Hospital", "", True),
        ("x", "in HOSPITALS", True),
        ("x", "Hos pital", False),
        ("hospit", "al", False),
        ("ﬁne", "x", True),
    ],
)
def test_words_are_looked_for_in_title_and_excerpt(site: Site, title: str, excerpt: str, found: bool) -> None:
    words = "FINE" if title == "ﬁne" else "hospital"
    site.build({"a.md": record(title=title, excerpt=excerpt)}, feeds=[{"name": "F", "where": {"text": words}}])
    assert bool(shown(site, "custom/f")) == found


def test_an_order_and_a_window_follow_the_newest_record(site: Site) -> None:
    """A record that comes moves others out of a feed that it does not belong to itself."""
    chosen = [{"name": "Recent AI", "where": {"topics": ["AI"], "since": "10 days"}}]
    site.build({"a.md": record(topics="[AI]", publishedDateTime="2021-05-01")}, feeds=chosen)
    assert len(shown(site, "custom/recent-ai")) == 1
    site.build({"b.md": record(publishedDateTime="2021-05-21", webUrl="https://example.com/b")}, feeds=chosen)
    assert shown(site, "custom/recent-ai") == []


def test_a_span_goes_by_the_calendar() -> None:
    def at(moment: datetime, span: str) -> datetime:
        return of_stamp(before(stamp(moment), span))

    assert at(datetime(2021, 3, 31, tzinfo=UTC), "1 month") == datetime(2021, 2, 28, tzinfo=UTC)
    assert at(datetime(2020, 2, 29, 12, tzinfo=UTC), "1 year") == datetime(2019, 2, 28, 12, tzinfo=UTC)
    assert at(datetime(2021, 1, 1, tzinfo=UTC), "9999 years") == datetime(1970, 1, 1, tzinfo=UTC)


def test_settings_are_values() -> None:
    """Names are clean, and a slug is there."""
    feed = CustomFeed(name=" <b>Best</b> &amp; more", where=Where(topics=("A  B",), text=" x  y "))
    assert (feed.name, feed.slug, feed.where.topics, feed.where.text) == (
        "Best & more",
        "best-more~86f6c7a50bce368f",
        ("A B",),
        "x y",
    )


@pytest.mark.parametrize("name", ["R&D", "con", "../x", "!!!", "Disney Plus", "é" * 200, "C--", "index.html", "हिंदी"])
def test_the_slug_of_any_name_can_be_kept(name: str) -> None:
    """What the program makes of a name, or advises, can be set, so that the address stays when the name changes."""
    slug = CustomFeed(name=name).slug
    assert CustomFeed(name="Another", slug=slug).slug == slug


def test_a_provider_is_known_by_its_domain_in_any_spelling(site: Site) -> None:
    records = {"a.md": record(provider="{name: Müller, domain: müller.example}")}
    names = ["müller.example", "https://www.MÜLLER.example/", "xn--mller-kva.example", "Müller"]
    report = site.build(records, feeds=[{"name": f"F{n}", "where": {"providers": [name]}} for n, name in enumerate(names)])
    assert report.problems == []
    assert all(len(shown(site, f"custom/f{n}")) == 1 for n in range(len(names)))


def test_a_name_that_is_near_none_is_told_without_advice(site: Site) -> None:
    report = site.build({"a.md": record(topics="[.NET]")}, feeds=[{"name": "F", "where": {"not_topics": ["AI in Healthcare"]}}])
    assert str(report.problems[0]).endswith('no record names the topic "AI in Healthcare": correct or remove it [name-unknown]')


@pytest.mark.parametrize("field", ["category", "type", "text"])
def test_a_condition_without_a_visible_character_is_refused(field: str) -> None:
    """It would be met by every article, or by those that lack the field."""
    with pytest.raises(ValueError, match=f"{field}: (contains no visible character|is empty)"):
        msgspec.convert({field: "\u00ad"}, Where)


def test_slugs_are_told_apart() -> None:
    slugs = [CustomFeed(name=name).slug for name in ("C++", "C plus plus", "C#", "c", "con")]
    assert [len(list(same)) for _, same in groupby(sorted(slugs))] == [1] * 5
