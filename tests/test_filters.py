"""Filters in addresses, `topics/ai+health.atom?min_quality=80`: against a plain filter over the same articles."""

import asyncio
import html
import json
import re
import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import quote, urlencode

import feedparser
import pytest
from hypothesis import given
from hypothesis import strategies as st

import feedloom
from feedloom.config.load import load
from feedloom.errors import ConfigError
from feedloom.model import Content, Record, Url
from feedloom.render import body, templating
from feedloom.render.body import Body
from feedloom.serve import texts
from feedloom.serve.answer import Document, Request, Response, Rules, answer, delivered
from feedloom.serve.asgi import Busy, Computing, Unavailable
from feedloom.serve.filters import PARAMETERS, Query
from feedloom.serve.records import Filtered
from feedloom.serve.site import PublishedSite
from feedloom.serve.texts import Texts
from tests.conftest import record

SETTINGS = """\
records: records
output: feeds
limit: 10
groups: {category: true, type: true, provider_topic: true}
site: {url: "https://example.com/news/", hub: "https://hub.example.com/"}
topics: {AI: {aliases: [KI]}}
feeds:
  - {name: Best, where: {min_quality: 70}}
"""

TOPICS = ["AI", "Health", "C++", "Größe", "a, b"]
PROVIDERS = ["one.example", "two.example"]
ARTICLES: list[dict[str, Any]] = [
    {
        "id": f"https://example.org/{number}",
        "title": f"Robot Number {number}" if number % 3 else f"Straße & Co {number}",
        "excerpt": "About robots." if number % 4 == 0 else "About nothing.",
        "topics": [topic for at, topic in enumerate(TOPICS) if number % (at + 2) == 0],
        "domain": PROVIDERS[number // 4 % 2],
        "quality": None if number % 7 == 0 else number * 37 % 100,
        "heat": None if number % 5 == 0 else number * 13 % 50,
        "category": "Tech" if number % 3 == 0 else "World",
        "type": "video" if number % 6 == 0 else "article",
        "day": number * 29 % 60,
    }
    for number in range(60)
]
SLUGS = {"AI": "ai", "Health": "health", "C++": "c-plus-plus", "Größe": "grösse"}


def build(folder: Path) -> Path:
    (folder / "records").mkdir(parents=True)
    for at, article in enumerate(ARTICLES):
        fields = {name: str(article[name]) for name in ("quality", "heat") if article[name] is not None}
        text = record(
            title=article["title"],
            excerpt=article["excerpt"],
            webUrl=article["id"],
            publishedDateTime=f"2021-{4 + article['day'] // 30:02}-{article['day'] % 30 + 1:02}T00:00:00Z",
            topics=json.dumps(article["topics"], ensure_ascii=False),
            provider=f"{{name: {article['domain'].title()} Inc, domain: {article['domain']}}}",
            category=article["category"],
            type=article["type"],
            **fields,
        )
        (folder / "records" / f"{at}.md").write_text(text)
    file = folder / "feedloom.yaml"
    file.write_text(SETTINGS)
    feedloom.build(load(str(file)))
    return file


class Server:
    """A site with filters, asked without any connection."""

    def __init__(self, file: Path) -> None:
        self.site = PublishedSite(partial(load, str(file)), Rules(), has_filters=True)
        self.filtered = Filtered(self.site)

    def ask(self, address: str, **headers: str) -> Response:
        path, _, query = address.partition("?")
        request = Request("GET", f"/news/{path}", query, {name.replace("_", "-"): value for name, value in headers.items()})
        response = answer(request, self.site)
        if isinstance(response, Query):
            response = delivered(request, self.filtered.known(response) or self.filtered.compute(response), self.site.rules)
        return response

    def followed(self, address: str) -> Response:
        for _ in range(2):  # the canonical address is one step away
            response = self.ask(address)
            if response.status != 301:
                return response
            address = dict(response.headers)["location"].removeprefix("/news/")
        raise AssertionError(f"{address}: still redirected")

    def ids(self, address: str) -> list[str]:
        response = self.followed(address)
        assert response.status == 200, response
        return [item["id"] for item in json.loads(response.body)["items"]]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    yield Server(build(tmp_path_factory.mktemp("filters") / "site"))


def plain(bases: list[str], every: bool, parameters: dict[str, str], articles: list[dict[str, Any]] = ARTICLES) -> list[str]:
    """The ids of the articles that an address asks for, told in the plainest way."""

    def is_in(article: dict[str, Any], base: str) -> bool:
        kind, _, slug = base.rpartition("/")
        found: bool = {
            "": True,
            "topics": slug in [SLUGS.get(topic) for topic in article["topics"]],
            "providers": slug == article["domain"],
            "categories": slug == article["category"].lower(),
            "types": slug == article["type"],
            "custom": article["quality"] is not None and article["quality"] >= 70,
            "provider-topics": slug in [f"{SLUGS.get(topic)}@{article['domain']}" for topic in article["topics"]],
        }[kind]
        return found

    def holds(article: dict[str, Any], name: str, value: str) -> bool:
        texts = [article["title"].casefold(), article["excerpt"].casefold()]
        topics = [topic.casefold() for topic in article["topics"]]
        values = value.casefold().split(",")
        tests: dict[str, Callable[[], bool]] = {
            "q": lambda: any(value.casefold() in text for text in texts),
            "not_q": lambda: all(value.casefold() not in text for text in texts),
            "topic": lambda: any(one in topics for one in values),
            "not_topic": lambda: all(one not in topics for one in values),
            "provider": lambda: article["domain"] in values,
            "not_provider": lambda: article["domain"] not in values,
            "category": lambda: article["category"].casefold() == value.casefold(),
            "type": lambda: article["type"] == value,
            "min_quality": lambda: article["quality"] is not None and article["quality"] >= int(value),
            "min_heat": lambda: article["heat"] is not None and article["heat"] >= int(value),
            "since": lambda: article["day"] >= 59 - int(value.split()[0]),
            "order": lambda: True,
            "limit": lambda: True,
        }
        return tests[name]()

    found = [
        article
        for article in articles
        if (all if every else any)(is_in(article, base) for base in bases)
        and all(holds(article, name, value) for name, value in parameters.items())
    ]
    by = parameters.get("order", "newest")

    def rank(article: dict[str, Any]) -> tuple[Any, ...]:
        value = None if by == "newest" else article[by]
        return (by != "newest" and value is None, -(value or 0), -article["day"], article["id"])

    return [article["id"] for article in sorted(found, key=rank)][: int(parameters.get("limit", 10))]


NAMES = st.lists(st.sampled_from(["AI", "Health", "C++", "Größe"]), min_size=1, max_size=3, unique=True).map(",".join)
VALUES: dict[str, st.SearchStrategy[str]] = {
    "q": st.sampled_from(["robot", "ROBOTS", "straße", "STRASSE", "number 1", "& co", "zzz"]),
    "not_q": st.sampled_from(["robots", "strasse", "number 2"]),
    "topic": NAMES,
    "not_topic": NAMES,
    "provider": st.sampled_from(["one.example", "two.example", "one.example,two.example", "none.example"]),
    "not_provider": st.sampled_from(["one.example", "none.example"]),
    "category": st.sampled_from(["tech", "World"]),
    "type": st.sampled_from(["video", "article"]),
    "min_quality": st.integers(-5, 105).map(str),
    "min_heat": st.integers(0, 50).map(str),
    "since": st.integers(0, 60).map("{} days".format),
    "order": st.sampled_from(["newest", "quality", "heat"]),
    "limit": st.integers(1, 100).map(str),
}
BASES = st.one_of(
    st.just(["all"]),
    st.lists(st.sampled_from([f"topics/{slug}" for slug in SLUGS.values()]), min_size=1, max_size=5),
    st.lists(st.sampled_from([f"providers/{domain}" for domain in PROVIDERS]), min_size=1, max_size=3),
    st.lists(st.sampled_from(["categories/tech", "categories/world"]), min_size=1, max_size=2),
    st.just(["custom/best"]),
    st.lists(st.sampled_from(["provider-topics/ai@two.example", "provider-topics/health@one.example"]), min_size=1, max_size=2),
)


def parameters_of(order: list[str]) -> st.SearchStrategy[dict[str, str]]:
    return st.fixed_dictionaries({name: VALUES[name] for name in order})


PARAMETERS_GIVEN = st.lists(st.sampled_from(list(PARAMETERS)), max_size=4, unique=True).flatmap(parameters_of)


def test_every_parameter_is_tried() -> None:
    assert list(VALUES) == list(PARAMETERS)


@pytest.mark.parametrize(("smallest", "most"), [(10**6, 10**6), (1, 10**6), (1, 5)], ids=["no index", "index", "small index"])
@given(BASES, st.booleans(), PARAMETERS_GIVEN)
def test_addresses_find_what_a_plain_filter_finds(
    server: Server, smallest: int, most: int, bases: list[str], every: bool, parameters: dict[str, str]
) -> None:
    if bases[0].startswith(("providers", "categories")) and len(set(bases)) > 1:
        every = False
    folder, slash, _ = bases[0].rpartition("/")
    names = ("+" if every else ",").join(quote(base.removeprefix(f"{folder}{slash}")) for base in bases)
    query = "&".join(f"{name}={quote(value)}" for name, value in parameters.items())
    address = f"{folder}{slash}{names}.json" + (f"?{query}" if query else "")
    with (
        patch.multiple(texts, SMALLEST=smallest, MOST=most),
        patch.object(server.filtered, "_results", OrderedDict()),  # none of before
    ):
        found = server.ids(address)
    bases = ["" if base == "all" else base for base in bases]
    assert found == plain(bases, every, parameters)


@given(st.lists(st.tuples(st.sampled_from([*PARAMETERS, "x", ""]), st.text(max_size=30)), max_size=3), st.booleans())
def test_any_query_is_answered(server: Server, pairs: list[tuple[str, str]], is_encoded: bool) -> None:
    query = "&".join(f"{name}={quote(value, errors='replace') if is_encoded else value}" for name, value in pairs)
    response = server.followed(f"all.json?{query}")
    assert response.status in (200, 400)
    if response.status == 400:
        assert response.body.decode().strip()


@given(st.text("ai+,.%2B/health~@~a-", max_size=20))
def test_any_path_is_answered(server: Server, path: str) -> None:
    assert server.followed(f"topics/{path}.atom").status in (200, 400, 404)
    assert server.followed(f"topics/{path}?limit=5").status in (200, 400, 404)


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("all.atom?nope=1", "nope: no such parameter; there are q, not_q, topic"),
        ("all.atom?min_qualty=1", "min_qualty: no such parameter; did you mean min_quality?"),
        ("all.atom?limit=1&limit=2", "limit: appears twice"),
        ("all.atom?limit=0", "limit: must be 1 or more, not 0"),
        ("all.atom?limit=101", "limit: must be 100 or less, not 101"),
        ("all.atom?limit=many", 'limit: must be 1 or more, not "many"'),
        ("all.atom?min_quality=high", "min_quality: must be a whole number"),
        ("all.atom?order=oldest", 'order: must be newest, quality or heat, not "oldest"'),
        ("all.atom?since=yesterday", "since: must be a number of hours"),
        ("all.atom?q=a", "q: must have 2 to 100 characters"),
        (f"all.atom?q={'a' * 101}", "q: must have 2 to 100 characters"),
        (f"all.atom?q={'a' * 300}", "the query is longer than 256 characters"),
        ("all.atom?q=%ff%ff", "the query is not UTF-8"),
        ("all.atom?topic=", "topic: is empty; write a value, or leave it out"),
        ("all.atom?", ""),
        ("topics/ai+helth.atom", "topics/helth: no such feed; did you mean topics/health?"),
        ("topics/ai+health,c-plus-plus.atom", "use one of the two"),
        ("topics/ai+ai+ai+ai+ai+ai.atom", "the path names 6 feeds; 5 are the most"),
        ("topics/ai+.atom", "topics/: no such feed"),
        ("providers/one.example+two.example.atom", "an article has one provider; join the names with a comma"),
    ],
)
def test_what_no_address_can_ask_for(server: Server, address: str, message: str) -> None:
    response = server.ask(address)
    if message:
        assert (response.status, message in response.body.decode()) == (400, True), response.body
        assert dict(response.headers)["content-type"] == "text/plain; charset=utf-8"
    else:
        assert response.status == 200


@pytest.mark.parametrize(
    ("address", "canonical"),
    [
        ("topics/health+ai.atom", "topics/ai+health.atom"),
        ("topics/health%2Bai.atom", "topics/ai+health.atom"),
        ("topics/ai%2Chealth.atom", "topics/ai,health.atom"),
        ("topics/ki+health.atom", "topics/ai+health.atom"),
        ("topics/ai+ai+health.atom", "topics/ai+health.atom"),
        ("topics/ai+ai.atom", "topics/ai.atom"),
        ("topics/ai.atom?order=newest", "topics/ai.atom"),
        ("topics/ai.atom?limit=10", "topics/ai.atom"),
        ("topics/gr%c3%b6sse+ai.rss", "topics/ai+gr%C3%B6sse.rss"),
        ("all.atom?limit=5&q=Robot", "all.atom?q=robot&limit=5"),
        ("all.atom?limit=005", "all.atom?limit=5"),
        ("all.atom?q=robot%20number", "all.atom?q=robot+number"),
        ("all.atom?topic=Health,AI,KI", "all.atom?topic=ai,health"),
        ("all.atom?topic=Gr%C3%B6%C3%9Fe,Health,C%2B%2B,AI", "all.atom?topic=ai,c-plus-plus,gr%C3%B6sse,health"),
        ("all.atom?topic=C%2B%2B", "all.atom?topic=c-plus-plus"),
        ("all.atom?provider=www.one.example", "all.atom?provider=one.example"),
        ("all.atom?provider=One.Example%20Inc", "all.atom?provider=one.example"),
        ("all.atom?not_provider=two.example+inc", "all.atom?not_provider=two.example"),
        ("all.atom?since=30%20days", "all.atom?since=30+days"),
        ("all.atom?category=TECH", "all.atom?category=tech"),
    ],
)
def test_each_feed_has_one_address(server: Server, address: str, canonical: str) -> None:
    response = server.ask(address)
    assert (response.status, dict(response.headers)["location"]) == (301, f"/news/{canonical}")
    assert server.ask(canonical).status == 200


def test_a_filtered_feed_says_what_it_is(server: Server) -> None:
    address = "topics/ai+health.{}?q=robot&min_quality=10"
    bodies = {}
    for format in ("atom", "rss", "json"):
        response = server.ask(address.format(format))
        headers = dict(response.headers)
        own = f"https://example.com/news/{address.format(format)}"
        assert headers["link"] == f'<{own}>; rel="self"'  # no hub is told of it
        assert headers["x-robots-tag"] == "noindex"
        assert b"hub.example.com" not in response.body
        assert server.ask(address.format(format), if_none_match=headers["etag"]).status == 304
        bodies[format] = response.body
        if format == "json":
            assert json.loads(response.body)["feed_url"] == own
        else:
            parsed = feedparser.parse(response.body)
            assert not parsed.bozo
            assert [link.href for link in parsed.feed.links if link.rel == "self"] == [own]
            assert parsed.feed.title == "News: AI + Health, “robot”, Quality of at least: 10"
    id_ = feedparser.parse(bodies["atom"]).feed.id
    assert id_.startswith("urn:uuid:")
    others = [feedparser.parse(server.ask(one).body).feed.id for one in ("topics/ai+health.atom", "all.atom?q=robot")]
    assert len({id_, *others}) == 3


@pytest.mark.parametrize("format", ["atom", "rss", "json"])
def test_entries_are_those_of_the_published_feed(server: Server, format: str) -> None:
    """The first entries of a feed, byte for byte."""
    mark = {"atom": b"  <entry>", "rss": b"    <item>", "json": b'{"id":'}[format]
    published = server.ask(f"topics/ai.{format}").body.split(mark)
    filtered = server.ask(f"topics/ai.{format}?limit=5").body.split(mark)
    assert len(filtered) == 6
    assert filtered[1:-1] == published[1:5]


class Form(HTMLParser):
    """What the form of a page sends if nobody changes it."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.action = ""
        self.fields: dict[str, str] = {}
        self._select = ""
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "form":
            self.action = found["action"] or ""
        elif tag == "input":
            self.fields[found["name"] or ""] = found.get("value") or ""
        elif tag == "select":
            self._select = found["name"] or ""
        elif tag == "option" and ("selected" in found or self._select not in self.fields):
            self.fields[self._select] = found["value"] or ""


@pytest.mark.parametrize(
    "address",
    [
        "topics/ai+health",
        "topics/ai,c-plus-plus",
        "topics/ai+gr%C3%B6sse?q=robot&not_topic=health&provider=one.example&min_quality=5&order=heat&limit=3",
        "all?q=robot",
        "all?not_q=robot&category=tech&type=article&min_heat=2&since=30+days",
        "providers/one.example,two.example",
        "custom/best?q=robot",
        "provider-topics/ai@one.example,health@two.example?limit=5",
    ],
)
def test_pages_show_what_the_feed_has_and_how_it_is_composed(server: Server, address: str) -> None:
    path, _, query = address.partition("?")
    page = server.ask(address)
    feed = server.ask(f"{path}.json?{query}" if query else f"{path}.json")
    assert (page.status, feed.status) == (200, 200)
    assert [f'<a href="{item["url"]}">' in page.body.decode() for item in json.loads(feed.body)["items"]].count(False) == 0
    assert f"https://example.com/news/{path}.atom" in page.body.decode()
    headers = dict(page.headers)
    assert (headers["x-robots-tag"], headers["content-type"]) == ("noindex", "text/html; charset=utf-8")
    assert "form-action 'self'" in headers["content-security-policy"]
    form = Form(page.body)
    assert "form-action 'self'" in page.body.decode()
    assert form.action == "../-/filter" if "/" in path else "-/filter"
    again = server.ask(f"-/filter?{urlencode(form.fields)}")
    assert (again.status, dict(again.headers)["location"]) == (301, f"/news/{address}")


@pytest.mark.parametrize(
    ("sent", "place"),
    [
        ({"topics": "AI, Health", "match": "all", "q": ""}, "topics/ai+health"),
        ({"topics": "health,KI", "match": "any", "limit": "10", "order": "newest"}, "topics/ai,health"),
        ({"topics": " AI ", "match": "all"}, "topics/ai.html"),
        ({"topics": "", "match": "all"}, "all.html"),
        ({"topics": "", "q": "Robot", "feed": ""}, "all?q=robot"),
        ({"topics": "", "feed": "custom/best"}, "custom/best.html"),
        ({"topics": "C++", "provider": "Two.Example Inc", "feed": "custom/best"}, "topics/c-plus-plus?provider=two.example"),
    ],
)
def test_the_form_leads_to_the_address_of_a_feed(server: Server, sent: dict[str, str], place: str) -> None:
    response = server.ask(f"-/filter?{urlencode(sent)}")
    assert (response.status, dict(response.headers)["location"]) == (301, f"/news/{place}")
    assert server.followed(place).status == 200


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        ({"topics": "AI, Helth"}, "topics/Helth: no such feed"),
        ({"topics": "Nothing"}, "topics/Nothing: no such feed"),
        ({"topics": "AI", "limit": "1000"}, "limit: must be 100 or less, not 1000"),
        ({"topics": "AI", "q": '"><script>'}, ""),
        ({"topics": '"><script>alert(1)</script>', "match": "all"}, "no such feed"),
        ({"feed": "../secret", "q": "robot"}, "no such feed"),
        ({"nope": "1", "q": "robot"}, "nope: no such parameter"),
        ({"topics": "x" * 3000}, "the query is longer than 2048 characters"),
        ({"topics": "AI,C++,Health,Größe,AI,KI,Nix", "match": "all"}, "no such feed"),
    ],
)
def test_the_form_says_what_is_wrong(server: Server, sent: dict[str, str], message: str) -> None:
    response = server.followed(f"-/filter?{urlencode(sent)}")
    assert (response.status == 400) == bool(message)
    assert html.escape(message) in response.body.decode()
    assert b"<script>alert" not in response.body
    assert 'role="alert"' in response.body.decode() or not message
    if message and len(str(sent)) < 2000 and "nope" not in sent:
        assert Form(response.body).fields["topics"] == sent.get("topics", "")


def test_pages_lead_to_the_form(server: Server) -> None:
    page = server.ask("topics/ai.html").body
    assert b'<p><a href="../-/filter?feed=topics%2Fai">Combine or filter this feed</a>' in page
    form = server.ask("-/filter?feed=topics%2Fai")
    assert (form.status, Form(form.body).fields["topics"]) == (200, "AI")
    assert server.ask("-/filter").status == 200
    assert server.ask("-/filter.css").status == 200
    for path in ("index.html", "all.atom"):
        assert b"-/filter" not in server.ask(path).body
    site = PublishedSite(lambda: server.site.config, Rules())
    for path in ("-/filter", "-/filter.css"):
        response = answer(Request("GET", f"/news/{path}"), site)
        assert isinstance(response, Response)
        assert response.status == 404


@pytest.mark.parametrize("language", ["de", "ar", "zh-TW"])
def test_the_form_is_in_the_language_of_the_site(server: Server, language: str) -> None:
    config = load(str(server.site.config.file), site__language=language)
    site = PublishedSite(lambda: config, Rules(), has_filters=True)
    form = site.query("-/filter", "")
    assert isinstance(form, Document)
    page = form.body.decode()
    words = config.labels.pages
    assert f'<html lang="{language}"' in page
    shown = (words.compose, words.about, words.newest_first, words.any_age, words.show, config.labels.topics)
    assert all(one in page for one in shown)
    body = re.sub(r'(placeholder|value|for|id|name)="[^"]*"', "", page.partition("<body>")[2])
    assert not {"Filters", "Category", "Order", "Show", "topics", "days", "first"} & set(re.findall(r"\w+", body))
    response = answer(Request("GET", "/news/topics/ai.html"), site)
    assert isinstance(response, Response)
    assert f'<a href="../-/filter?feed=topics%2Fai">{words.filter}</a>' in response.body.decode()


def test_a_filtered_feed_is_named_in_the_language_of_the_site(server: Server) -> None:
    config = load(str(server.site.config.file), site__language="de")
    site = PublishedSite(lambda: config, Rules(), has_filters=True)
    query = "q=robot&not_q=x.x&not_topic=c-plus-plus&category=tech&type=video&min_heat=2&since=30+days&order=heat&limit=3"
    found = site.query("topics/ai,health.atom", query)
    assert isinstance(found, Query)
    assert found.title == (
        "AI / Health, “robot”, Enthält nicht: x.x, Aber nicht über: C++, Kategorie: Tech, Art: video, "
        "Beliebtheit mindestens: 2, Nicht älter als: 30 Tage, beliebteste zuerst, Anzahl der Artikel: 3"
    )


def test_an_age_that_was_typed_stays(server: Server) -> None:
    page = server.ask("all?since=45+days").body.decode()
    assert '<option value="45 days" selected>45 days</option>' in page
    assert '<option value="30 days">30 days</option>' in page


def test_people_come_with_all_kinds_of_parameters(server: Server) -> None:
    for path in ("topics/ai?fbclid=1", "topics/ai.html?q=robot", "?utm_source=x"):
        assert server.ask(path).status == 200
    assert server.ask("topics/ai?q=robot&fbclid=1").status == 400
    assert dict(server.ask("topics/ai+health.html").headers)["location"] == "/news/topics/ai+health"
    for path in ("static/a+b.js", "x+y", "a,b/c"):
        assert server.ask(path).status in (400, 404)


def test_a_template_of_the_owner_that_is_broken(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    def rendered(*_: object) -> str:
        raise ConfigError("templates/base.html:3: unexpected end")

    monkeypatch.setattr(templating, "rendered", rendered)
    for path in ("-/filter", "-/filter?nope=1&q=robot"):
        assert server.ask(path).status == 400
    with pytest.raises(Unavailable, match=r"base\.html:3"):
        server.ask("topics/ai+health?min_quality=11")


def test_a_site_without_pages_has_no_form(tmp_path: Path) -> None:
    file = build(tmp_path / "site")
    file.write_text(f"{SETTINGS}\npages: false\n")
    feedloom.build(load(str(file)))
    server = Server(file)
    for path in ("topics/ai+health", "-/filter", "topics/ai?q=robot"):
        assert server.ask(path).status == 404, path
    assert server.ask("topics/ai+health.atom").status == 200


def add(found: Texts, titles: list[str]) -> None:
    day = datetime(2021, 1, 1, tzinfo=UTC)
    url = Url("https://example.com/")
    for title in titles:
        record_ = Record(path="a.md", id=url, link=url, title=title, published=day, updated=day, excerpt=title[::-1])
        found.add([(str(len(found.texts)).encode(), record_)])


LETTERS = 'ab"*光\U0010ffffé'


@given(st.lists(st.text(LETTERS, max_size=12), max_size=12), st.text(LETTERS, min_size=2, max_size=12), st.integers(2, 12))
def test_the_index_misses_no_text(titles: list[str], phrase: str, most: int) -> None:
    found = Texts()
    with patch.multiple(texts, SMALLEST=0, MOST=most):
        for some in (titles[:5], titles[5:]):
            add(found, some)
            candidates = found.candidates(phrase)
            if candidates is None:
                assert len(found.texts) >= most
            else:
                assert {at for at, text in enumerate(found.texts) if phrase in text} <= set(candidates)


def test_without_fts5(monkeypatch: pytest.MonkeyPatch) -> None:
    class Old(sqlite3.Connection):
        def execute(self, statement: str, *more: Any) -> sqlite3.Cursor:
            if "fts5" in statement:
                raise sqlite3.OperationalError("no such module: fts5")
            return super().execute(statement, *more)

    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *given, **named: connect(*given, factory=Old, **named))
    monkeypatch.setattr(texts, "SMALLEST", 0)
    found = Texts()
    add(found, ["robots"])
    assert found.candidates("robot") is found.candidates("robot") is None


def test_other_files_have_no_filters(server: Server) -> None:
    for path in ("feeds.opml", "catalog.json", "index.html", "topics/ai.html"):
        assert server.ask(f"{path}?q=robot").status == 200


def test_without_filters_a_query_changes_nothing(server: Server) -> None:
    site = PublishedSite(lambda: server.site.config, Rules())
    assert answer(Request("GET", "/news/all.atom", "q=robot"), site) == answer(Request("GET", "/news/all.atom"), site)


def test_a_new_build_changes_the_results(tmp_path: Path) -> None:
    file = build(tmp_path / "site")
    server = Server(file)
    before = server.ids("topics/ai+health.json?limit=5")
    assert server.ids("topics/ai+health.json?limit=5") == before
    (file.parent / "records" / f"{before[0].rpartition('/')[2]}.md").unlink()
    feedloom.build(load(str(file)))
    assert server.ids("topics/ai+health.json?limit=5")[:4] == before[1:]


@pytest.mark.parametrize("smallest", [0, 10**6])
def test_texts_that_change_are_found_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, smallest: int) -> None:
    monkeypatch.setattr(texts, "SMALLEST", smallest)
    file = build(tmp_path / "site")
    server = Server(file)
    assert server.ids("all.json?q=zeppelin") == []
    changed = file.parent / "records" / "7.md"
    before = changed.read_text()
    for name in ("Zeppelin", "zeppelins", "Robot"):
        changed.write_text(before.replace("Robot Number 7", name))
        feedloom.build(load(str(file)))
        assert server.ids("all.json?q=zeppelin") == ([] if name == "Robot" else ["https://example.org/7"])


def test_bodies_are_shown_and_not_rendered_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = build(tmp_path / "site")
    file.write_text(f"{SETTINGS}\ncontent: full\n")
    for path in (file.parent / "records").iterdir():
        path.write_text(f"{path.read_text()}the *body* of {path.stem}\n")
    feedloom.build(load(str(file)))

    def rendered(_: Content) -> Body:
        raise AssertionError("the build did this")

    monkeypatch.setattr(body, "rendered", rendered)
    response = Server(file).followed("topics/ai+health.json?limit=5")
    for item in json.loads(response.body)["items"]:
        assert f"the <em>body</em> of {item['id'].rpartition('/')[2]}</p>" in item["content_html"]


def test_results_while_builds_go_on(tmp_path: Path) -> None:
    """Each answer is of one build: titles all have one number."""
    file = build(tmp_path / "site")
    records = [file.parent / "records" / f"{number}.md" for number in (6, 12, 18)]
    server = Server(file)

    def edit(number: int) -> None:
        for path in records:
            text = path.read_text().splitlines(keepends=True)
            path.write_text("".join(f"title: Build {number}\n" if line.startswith("title:") else line for line in text))
        feedloom.build(load(str(file)))

    edit(0)
    stop = threading.Event()

    def edit_all() -> None:
        try:
            for number in range(1, 6):
                edit(number)
        finally:
            stop.set()

    builder = threading.Thread(target=edit_all)
    builder.start()
    seen = set()
    try:
        while not stop.is_set():
            items = json.loads(server.ask("all.json?q=build&limit=50").body)["items"]
            titles = {item["title"] for item in items}
            assert len(items) == 3
            assert len(titles) == 1
            seen |= titles
    finally:
        builder.join()
    assert json.loads(server.ask("all.json?q=build&limit=50").body)["items"][0]["title"] == "Build 5"
    assert len(seen) > 1


def test_without_a_cache(tmp_path: Path) -> None:
    file = build(tmp_path / "site")
    server = Server(file)
    state = Path(str(server.site.config.state))
    state.write_bytes(b"damaged")
    with pytest.raises(Unavailable, match="cannot be read: run feedloom build"):
        server.ask("all.atom?limit=5")
    state.unlink()
    with pytest.raises(Unavailable, match="is missing: run feedloom build"):
        server.ask("all.atom?limit=5")
    feedloom.build(load(str(file)))
    assert server.ask("all.atom?limit=5").status == 200


def test_two_are_computed_at_once(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Computing, "PATIENCE", 0.05)
    go = threading.Event()

    def compute(query: Query) -> Any:
        go.wait(30)
        return server.filtered.compute(query)

    query = answer(Request("GET", "/news/all.atom", "limit=7"), server.site)
    assert isinstance(query, Query)

    async def ask() -> list[Any]:
        computing = Computing(compute, lambda query: None)
        first = [asyncio.create_task(computing.document(query)) for _ in range(2)]
        await asyncio.sleep(0)
        third = await asyncio.gather(computing.document(query), return_exceptions=True)
        go.set()
        return [*await asyncio.gather(*first), *third]

    *done, refused = asyncio.run(ask())
    assert [document.body for document in done] == [server.filtered.compute(query).body] * 2
    assert isinstance(refused, Busy)
