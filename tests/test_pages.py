"""The pages: they show people what the feeds tell their readers, and lead to one another."""

import gzip
import hashlib
import json
import random
import re
import shutil
from collections.abc import Collection
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin
from xml.etree.ElementTree import Element

import html5lib
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedloom import render
from feedloom.config.load import load
from feedloom.config.settings import Config
from feedloom.config.settings import Site as SiteConfig
from feedloom.model import Feed, Image, ListedFeed, Provider, Related, Url
from feedloom.render import directory, entry, feed_files, html, shells, templating
from feedloom.render.content import entry_data
from feedloom.values import slugs
from feedloom.values.dates import EARLIEST
from feedloom.values.slugs import slug
from feedloom.values.text import clean
from tests.conftest import Site, record
from tests.test_render import article, feeds_of, files
from tests.validator_html import page_complaints

ROOT = Path(__file__).parent.parent
EXAMPLE = ROOT / "feeds"
PAGES = sorted(EXAMPLE.rglob("*.html"))
NAMES = ["C++", "宇宙", "R&D", 'a"b', "../../x", "100% <b>", "con", "Disney Plus", "a?b#c", "x" * 200]


def parsed(document: bytes | str) -> Element:
    root: Element = html5lib.parse(document, treebuilder="etree", namespaceHTMLElements=False)
    return root


def words(element: Element | None) -> str:
    return " ".join("".join(element.itertext()).split()) if element is not None else ""


def alternates(root: Element) -> list[str]:
    return [unquote(link.get("href", "")) for link in root.iter("link") if link.get("rel") == "alternate"]


def links(root: Element) -> list[str]:
    """What a page loads or leads to, of its own site."""
    found = [element.get(name, "") for name in ("href", "src") for element in root.iter() if element.get(name)]
    return [link for link in found if not re.match("(https?|data|feed):", link)]


@pytest.mark.parametrize("path", [path for path in PAGES if path.name != "index.html"], ids=lambda path: path.stem)
def test_a_page_shows_what_its_feed_tells(path: Path) -> None:
    told = json.loads(path.with_suffix(".json").read_text())
    shown = parsed(path.read_bytes())
    assert words(shown.find("head/title")) == told["title"] + (": All articles" if path.stem == "all" else "")
    articles = list(shown.iter("article"))
    assert len(articles) == len(told["items"]) > 0
    for one, item in zip(articles, told["items"], strict=True):
        title = one.find("h3/a")
        assert title is not None
        assert (words(title), title.get("href")) == (item["title"], item["url"])
        assert [image.get("src") for image in one.iterfind("figure/img")] == [item[key] for key in ("image",) if key in item]
        assert [words(link) for link in one.findall("p[@class='source']/a")] == [author["name"] for author in item["authors"]]
        assert [time.get("datetime") for time in one.iter("time")] == [item["date_published"]]
        if "summary" in item:
            assert words(one.findall("p")[1]) == item["summary"]
        related = [(link.get("href"), words(link)) for link in one.findall("ul[@class='related']/li/a")]
        assert related == [(link["url"], link["title"]) for link in item.get("_feedloom", {}).get("related", ())]
        topics = [words(link) for link in one.findall("ul[@class='topics']/li/a")]
        assert topics == list(item["tags"])


@pytest.mark.parametrize("url", ["https://feeds.example.org/f/", None])
def test_all_links_lead_somewhere(site: Site, url: str | None) -> None:
    """On a host, and from a disk: topics and providers have pages, whatever their names are."""
    named = {f"{n}.md": record(webUrl=f"https://e.example/{n}", topics=json.dumps(NAMES)) for n in range(2)}
    of_providers = {
        f"p{n}.md": record(webUrl=f"https://e.example/p{n}", provider=f"{{name: {json.dumps(name)}}}")
        for n, name in enumerate(NAMES)
    }
    site.build({**named, **of_providers}, site__url=url)
    published = site.files()
    visited = set()
    for path, document in published.items():
        if path.endswith(".html"):
            for link in links(parsed(document)):
                target = unquote(urljoin(f"file:///site/{path}", link).partition("#")[0].partition("?")[0])
                visited.add(target.removeprefix("file:///site/"))
    lists = set() if url else {"feeds.opml", "topics.opml", "providers.opml"}
    assert visited == published.keys() - {"catalog.json", "feedloom-xml.css", "feedloom-search.js", *lists}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_readers_find_the_feeds(path: Path) -> None:
    """Autodiscovery, as the RSS Advisory Board has it: absolute addresses, whatever a reader makes of relative ones."""
    address = "all" if path.stem == "index" else str(path.relative_to(EXAMPLE).with_suffix(""))
    base = "https://feeds.example.org/"
    assert alternates(parsed(path.read_bytes())) == [f"{base}{address}.{format}" for format in ("atom", "rss", "json")]


@pytest.mark.parametrize("url", ["https://e.example/", None])
def test_lists_to_import_need_absolute_addresses(site: Site, url: str | None) -> None:
    """A reader that imports an OPML file does not know where it came from."""
    site.build({"a.md": record(topics="[T]")}, site__url=url)
    for page in ("index.html", "all.html"):
        assert bool(re.search('href="[^"]*opml"', site.text(page))) == bool(url)


def test_without_a_site_url_the_feeds_are_found_beside_the_page() -> None:
    written = files(article(topics=("宇宙",)), config=Config(site=SiteConfig(title="S")))
    assert alternates(parsed(written["topics/宇宙.html"]))[0] == "宇宙.atom"
    assert b"canonical" not in written["topics/宇宙.html"]


def test_the_other_names_of_a_topic_have_its_page(site: Site) -> None:
    site.build({"a.md": record(topics="[Old]")}, topics={"New": {"aliases": ["Old"]}})
    assert site.text("topics/old.html") == site.text("topics/new.html")
    assert '<link rel="canonical" href="https://feeds.example.org/topics/new.html">' in site.text("topics/old.html")


@pytest.mark.parametrize(
    ("count", "limit", "told"),
    [
        (1, 50, "One article, of 21 May 2021."),
        (3, 50, "3 articles, updated 21 May 2021."),
        (3, 2, "The newest 2 of 3 articles, updated 21 May 2021."),
    ],
)
def test_how_many_articles_there_are(site: Site, count: int, limit: int, told: str) -> None:
    site.build({f"{n}.md": record(webUrl=f"https://e.example/{n}") for n in range(count)}, limit=limit)
    assert words(parsed(site.text("all.html")).find(".//p[@class='facts']")) == told


def test_a_page_without_articles(site: Site) -> None:
    site.build({"a.md": record(topics="[Gone]")})
    site.build({"a.md": record()})
    page = parsed(site.text("topics/gone.html"))
    assert words(page.find(".//p[@class='facts']")) == "This feed has ended. No article belongs to it any more."
    assert page.find(".//section[@class='subscribe']") is None
    assert '<meta name="robots" content="noindex">' in site.text("topics/gone.html")
    assert "noindex" not in site.text("all.html")
    assert page_complaints(site.files()["topics/gone.html"]) == []


def test_nothing_is_lost_on_the_pages(site: Site) -> None:
    """Promise 5: of nasty records too, what is not named as left out stands on its pages and in the directory."""
    for path in (ROOT / "tests" / "nasty" / "records").iterdir():
        site.write({path.name: path.read_bytes()})
    report = site.build(limit=1000)
    counts = report.records
    left = counts.unpublished + counts.scheduled + counts.rejected + counts.duplicates + counts.notes
    assert counts.published == counts.read - left > 50
    shown = {path: parsed(text) for path, text in site.files().items() if path.endswith(".html")}
    assert len(list(shown["all.html"].iter("article"))) == counts.published
    listed = {
        unquote(row[0].get("href", "")) for path, page in shown.items() for row in page.iterfind(".//ul[@class='list']/li")
    }
    listed = {path.removeprefix("../") for path in listed}
    carded = {unquote(card.get("href", "")) for card in shown["index.html"].iterfind(".//ul[@class='cards']/li/h3/a")}
    assert listed | carded == {path for path in shown if "/index" not in path} - {"index.html", "all.html"}
    assert searched(site).keys() == listed | carded
    told = json.loads(site.text("all.json"))["items"]
    titles = shown["all.html"].findall(".//article/h3/a")
    assert [title.get("href") for title in titles] == [item["url"] for item in told]


def searched(site: Site) -> dict[str, list[str]]:
    """What the search knows of each feed, by the path of its page."""
    script = site.text("feedloom-search.js")
    rows = json.loads(script.removeprefix("feedloomSearch(").removesuffix(");\n"))
    return {unquote(page): row for page, *row in rows}


class TestDirectory:
    """index.html."""

    @staticmethod
    def cards(site: Site, id: str = "topics") -> dict[str, Element]:
        section = parsed(site.text("index.html")).find(f".//section[@aria-labelledby='{id}']")
        assert section is not None
        return {words(card.find("h3")): card for card in section.iterfind("ul[@class='cards']/li")}

    @staticmethod
    def rows(site: Site, page: str = "index.html") -> list[str]:
        return [words(row[0]) for row in parsed(site.text(page)).iterfind(".//ul[@class='list']/li")]

    @classmethod
    def bars(cls, site: Site) -> dict[str, str]:
        drawn = {name: card.find(".//{http://www.w3.org/2000/svg}path") for name, card in cls.cards(site).items()}
        return {name: path.get("d", "") for name, path in drawn.items() if path is not None}

    def test_cards_say_what_to_expect(self, site: Site) -> None:
        site.build(
            {
                "a.md": record(title="First", topics="[A, B]", provider="{name: P, domain: p.example}"),
                "b.md": record(title="Second", topics="[B]", webUrl="https://e.example/b", publishedDateTime="2021-06-02"),
                "c.md": record(title="Third", topics="[B]", webUrl="https://e.example/c", publishedDateTime="2021-06-03"),
            },
            limit=1,
            feeds=[{"name": "Best", "description": "The owner's choice."}],
        )
        cards = self.cards(site)
        assert list(cards) == ["B", "A"]
        assert [words(line) for line in cards["B"].iterfind("p")] == ["about 2 a month · newest 3 Jun 2021", "Feed"]
        assert [words(line) for line in cards["B"].iterfind("ul/li")] == ["Third"]
        assert words(self.cards(site, "providers")["P"].find("p")) == "p.example"
        assert words(self.cards(site, "selections")["Best"].find("p")) == "The owner's choice."
        facts = words(parsed(site.text("index.html")).find(".//p[@class='facts']"))
        assert facts == "3 articles · Selections (1) · Topics (2) · Providers (1)"

    def test_headlines_follow_every_change(self, site: Site) -> None:
        """A warm build shows the headlines that a cold one does."""
        site.build({"a.md": record(title="Old", topics="[T]"), "b.md": record(title="B", webUrl="https://e.example/b")})
        for title in ("New", "Newer"):
            site.build({"a.md": record(title=title, topics="[T]")})
            assert [words(line) for line in self.cards(site)["T"].iterfind("ul/li")] == [title]
        warm = site.files()
        site.build(fresh=True)
        assert site.files() == warm

    @pytest.mark.parametrize(
        ("a_month", "told"),
        [(600, "about 20 a day"), (60, "about 2 a day"), (9, "about 2 a week"), (1, "about one a month")],
    )
    def test_how_often(self, a_month: int, told: str) -> None:
        feed = msgspec.structs.replace(directory_of(1)[1], months=dict.fromkeys(range(640, 660), a_month))
        assert self.pace(feed) == told

    @pytest.mark.parametrize(("months", "told"), [({659: 3, 630: 9}, "3 in a year"), ({630: 9}, "quiet for a year")])
    def test_how_seldom(self, months: dict[int, int], told: str) -> None:
        assert self.pace(msgspec.structs.replace(directory_of(1)[1], months=months)) == told

    @staticmethod
    def pace(feed: Feed) -> str:
        everything = msgspec.structs.replace(directory_of(0)[0], months={640: 1, 659: 1})
        written = dict(directory.pages([everything, feed], lambda _: {}, Config(), "index.html", {}))
        pace = parsed(written["index.html"]).find(".//p[@class='pace']")
        return words(pace).partition(" ·")[0]

    def test_names_stand_as_people_look_for_them(self, site: Site) -> None:
        site.build({"a.md": record(topics="[Zoo, iOS, Élan, feeds, Apple, 宇宙, Tag 10, Tag 2, Tag 1]")})
        assert self.rows(site) == ["Apple", "Élan", "feeds", "iOS", "Tag 1", "Tag 2", "Tag 10", "Zoo", "宇宙"]

    def test_providers_of_one_name_differ(self, site: Site) -> None:
        providers = [f"{{name: News, domain: {domain}.example}}" for domain in "abcdefgh"]
        site.build({f"{n}.md": record(webUrl=f"https://e.example/{n}", provider=one) for n, one in enumerate(providers)})
        rows = parsed(site.text("index.html")).iterfind(".//ul[@class='list']/li")
        assert [words(row) for row in rows] == [f"News {domain}.example about one a month" for domain in "abcdefgh"]

    def test_an_empty_site(self, site: Site) -> None:
        site.build()
        assert words(parsed(site.text("index.html")).find(".//p[@class='facts']")) == "0 articles"
        assert page_complaints(site.files()["index.html"]) == []

    def test_retired_feeds_are_left_out(self, site: Site) -> None:
        site.build({"a.md": record(topics="[Gone, Stays]")})
        site.build({"a.md": record(topics="[Stays]")})
        assert list(self.cards(site)) == ["Stays"]
        assert list(searched(site)) == ["topics/stays.html"]

    def test_the_twelve_months_end_with_the_newest_record(self, site: Site) -> None:
        """And not with the clock's month, which is another one every month. All bars have one scale."""
        months = ["2020-12-31T23:59:59Z", "2021-01-01T00:00:00Z", "2021-12-31T23:59:59Z", "2021-12-01T00:00:00Z"]
        site.build(
            {
                **{
                    f"{n}.md": record(webUrl=f"https://e.example/{n}", publishedDateTime=date, topics="[T]")
                    for n, date in enumerate(months)
                },
                "old.md": record(webUrl="https://e.example/old", publishedDateTime="1999-01-01", topics="[Old]"),
                "one.md": record(webUrl="https://e.example/one", publishedDateTime="2021-12-01", topics="[One]"),
            },
            limit=1,
        )
        assert self.bars(site) == {"T": "M0 24v-16M11 24v-24", "One": "M11 24v-16"}
        assert "from Jan 2021 to Dec 2021." in site.text("index.html")

    def test_months_follow_every_change(self, site: Site) -> None:
        """A warm build counts what a cold one does, in feeds that it does not render too."""
        for n, date in enumerate(["2021-05-01", "2021-06-01", "2021-07-01"]):
            site.build({f"{n}.md": record(webUrl=f"https://e.example/{n}", publishedDateTime=date, topics=f"[T{n}]")})
        assert self.bars(site) == {"T0": "M9 24v-24", "T1": "M10 24v-24", "T2": "M11 24v-24"}

    def test_many_feeds_have_lists_of_their_own(self, site: Site) -> None:
        """From A to Z, each feed within two clicks of the front page; and the pages go when the feeds go."""
        numbers = [f"Tag {n}" for n in range(450)]
        of_five = [numbers[at : at + 50] for at in range(0, 450, 50)]
        records = [record(webUrl=f"https://e.example/{n}", topics=json.dumps(some)) for n, some in enumerate(of_five)]
        site.build({f"{n}.md": text for n, text in enumerate(records)})
        front = parsed(site.text("index.html"))
        parts = [link.get("href", "") for link in front.iterfind(".//ul[@class='parts']/li/a")]
        assert parts == ["topics/index.html", "topics/index~2.html"]
        assert [name for part in parts for name in self.rows(site, part)] == numbers
        for part in parts:
            assert page_complaints(site.files()[part]) == []
        assert '<a href="../topics/index~2.html" aria-current="page">' in site.text("topics/index~2.html")
        assert '<link rel="canonical" href="https://feeds.example.org/topics/">' in site.text("topics/index.html")
        (site.output / ".feedloom" / "manifest").unlink()  # as a clone has it
        site.build({"8.md": record(webUrl="https://e.example/8")})
        assert "topics/index.html" in site.files()
        assert "topics/index~2.html" not in site.files()

    def test_five_thousand_feeds_are_small(self) -> None:
        """The front page, compressed as servers do; the lists are larger."""
        feeds = directory_of(5_000)
        records = {n: article(title=f"The headline number {n} of this site, with some more words in it") for n in range(10_000)}
        config = Config(site=SiteConfig(title="News", url="https://feeds.example.org/"))
        written = dict(directory.pages(feeds, lambda _: records, config, "index.html", {}))
        assert len(gzip.compress(written["index.html"], 6)) < 10_000
        pages = [parsed(document) for path, document in written.items() if path.endswith(".html")]
        assert max(len(list(page.iter())) for page in pages) < 5_000
        assert sum(len(page.findall(".//ul[@class='list']/li")) for page in pages) == 5_000


def directory_of(count: int) -> list[Feed]:
    """The feeds of a large site: one for everything, and many topics and providers, all of them busy."""
    chance = random.Random(5)
    syllables = [a + b for a in "bcdfghklmnprstvw" for b in ("a", "e", "i", "o", "u", "an", "er", "ing", "tion")]

    def word() -> str:
        return "".join(chance.choices(syllables, k=chance.randint(1, 3))).capitalize()

    def feed(number: int) -> Feed:
        is_topic = number < count * 3 // 4
        name = " ".join(word() for _ in range(chance.randint(1, 3))) + f" {number}"
        months = {month: chance.randrange(50) for month in range(640, 660)}
        domain = None if is_topic else f"{name.lower().replace(' ', '')}.example"
        return Feed(
            kind="topic" if is_topic else "provider",
            name=name,
            slug=slug(domain or slugs.identity(name)),
            identity=(domain or slugs.identity(name),),
            folder="topics/" if is_topic else "providers/",
            total=sum(months.values()),
            count=1,
            months=months,
            first=((2 * number, b""), (2 * number + 1, b"")),
            updated=EARLIEST.replace(year=2010 + chance.randrange(15), month=chance.randint(1, 12), day=chance.randint(1, 28)),
            domain=domain,
        )

    everything = Feed(
        kind="all", name="", slug=slug("all"), identity=(), folder="", total=9, count=9, months={659: 9}, updated=EARLIEST
    )
    return [everything, *map(feed, range(count))]


def test_titles_of_pages_differ(site: Site) -> None:
    site.build({"a.md": record(topics="[A, B]", provider="{name: A, domain: a.example}")})
    titles = [words(parsed(text).find("head/title")) for path, text in site.files().items() if path.endswith(".html")]
    assert sorted(titles) == ["Site", "Site: A", "Site: All articles", "Site: B", "Site: from A"]


def test_links_to_pages_have_cards(site: Site) -> None:
    """Programs that show a link as a card take the newest picture, title and description from the head."""
    images = {name: f"[{{url: 'https://p.example/{name}.jpg?a=1&b=2'}}]" for name in ("old", "new")}
    site.build(
        {
            "a.md": record(images=images["old"], webUrl="https://e.example/a", publishedDateTime="2020-01-01"),
            "b.md": record(images=images["new"], webUrl="https://e.example/b", publishedDateTime="2021-01-01"),
            "c.md": record(webUrl="https://e.example/c", publishedDateTime="2021-01-02", topics="[T]"),
        }
    )
    heads = {path: parsed(site.text(path)).findall("head/meta[@property]") for path in ("all.html", "topics/t.html")}
    found = {path: {meta.get("property"): meta.get("content") for meta in metas} for path, metas in heads.items()}
    assert found["all.html"]["og:image"] == "https://p.example/new.jpg?a=1&b=2"
    assert "og:image" not in found["topics/t.html"]
    assert found["topics/t.html"]["og:title"] == "Site: T"
    assert found["topics/t.html"]["og:url"] == "https://feeds.example.org/topics/t.html"
    assert page_complaints(site.files()["all.html"]) == []


def test_the_way_back_and_out(site: Site) -> None:
    site.build({"a.md": record(topics="[A]", provider="{name: A, domain: a.example}")}, site__language="de")
    crumbs = parsed(site.text("topics/a.html")).find(".//nav[@aria-label='Sie sind hier']")
    assert crumbs is not None
    assert [(words(link), link.get("href")) for link in crumbs] == [
        ("Site", "../index.html"),
        ("Themen", "../index.html#topics"),
    ]
    out = parsed(site.text("providers/a.example.html")).find(".//p[@class='domain']/a")
    assert out is not None
    assert out.get("href") == "https://a.example/"


def test_addresses_are_legible_and_copied_encoded(site: Site) -> None:
    site.build({"a.md": record(topics="[宇宙]")})
    box = parsed(site.text("topics/宇宙.html")).find(".//p[@class='address']")
    assert box is not None
    encoded = "https://feeds.example.org/topics/%E5%AE%87%E5%AE%99.atom"
    assert words(box.find("a")) == unquote(encoded)
    button, opens = box.find("button"), box.find("a[@class='open']")
    assert button is not None
    assert opens is not None
    assert (button.get("value"), opens.get("href")) == (encoded, f"feed:{encoded}")


@given(st.text(st.characters(blacklist_categories=["Cs"]), min_size=1, max_size=40))
def test_text_stays_text(text: str) -> None:
    """Whatever the model lets through, which is clean text, stands on the page as it is; the page stays valid."""
    text = clean(text) or "x"
    shown = article(
        title=text,
        excerpt=text,
        topics=(text,) if slugs.identity(text) else (),
        related=(Related(title=text, url=Url("https://example.com/r")),),
    )
    config = Config(site=SiteConfig(title=text, url="https://e.example/"))
    (feed, *_) = feeds_of([shown], config)
    entries = [entry(shown, config)]
    page = dict(feed_files(feed, entries, config, shells(config)))["all.html"]
    assert page_complaints(page) == []
    root = parsed(page)
    assert words(root.find(".//h3/a")) == " ".join(text.split())
    assert words(root.find(".//ul[@class='related']/li/a")) == " ".join(text.split())


TEXTS = st.text(st.sampled_from("a&<>\"'{}é宇ع ;#"), min_size=1, max_size=8)
PROVIDERS = st.builds(Provider, name=TEXTS, domain=st.none() | st.just("e.example"))
LINKS = TEXTS.map(lambda text: Url(f"https://e.example/?{text}"))
SIZES = st.none() | st.integers(1, 99)
IMAGES = st.builds(Image, url=LINKS, width=SIZES, height=SIZES, type=st.none() | st.just("video/mp4"), alt=TEXTS)
RELATED = st.builds(Related, title=TEXTS, url=LINKS, provider=st.none() | PROVIDERS)


@given(
    data=st.fixed_dictionaries(
        {
            "title": TEXTS,
            "link": LINKS,
            "excerpt": TEXTS | st.just(""),
            "language": st.none() | st.just("pt-br"),
            "provider": st.none() | PROVIDERS,
            "topics": st.lists(TEXTS.filter(slugs.identity), max_size=2).map(tuple),
            "images": st.lists(IMAGES, max_size=2).map(tuple),
            "related": st.lists(RELATED, max_size=2).map(tuple),
        }
    ),
    language=st.sampled_from([None, "de"]),
    are_linked=st.booleans(),
    have_feeds=st.booleans(),
)
def test_an_article_is_what_its_template_defines(
    data: dict[str, Any], language: str | None, are_linked: bool, have_feeds: bool
) -> None:
    config = load(site__language=language, groups={"topic": are_linked, "provider": are_linked})
    shown = article(**data)
    existing = None if have_feeds else set(map(templating.topic_feed, shown.topics[1:]))
    defined = templating.rendered("entry.html", config, html.entry_values(shown, config, existing))
    assert html.entry(entry_data(shown, config), config, existing) == defined


@pytest.mark.long
@given(chance=st.randoms(use_true_random=False), count=st.sampled_from([1, 4, 30]), has_url=st.booleans())
def test_lists_in_which_few_feeds_changed_are_those_of_all(chance: random.Random, count: int, has_url: bool) -> None:
    """Of the former lists and of what changed, under the same names."""
    config = load(site__url="https://e.example/" if has_url else None, feeds=[{"name": "Chosen", "description": "A word"}])
    custom = {"kind": "custom", "name": "Chosen", "slug": slug("Chosen"), "identity": ("chosen",), "folder": "custom/"}
    feeds = [shuffled(feed, chance) for feed in directory_of(count)]
    feeds.append(shuffled(msgspec.structs.replace(feeds[1], **custom, domain=None), chance))
    numbers = chance.sample(range(len(feeds)), chance.randint(1, 3))
    now = [shuffled(feed, chance) if at in {0, *numbers} else feed for at, feed in enumerate(feeds)]
    changed = [(feeds[at], now[at]) for at in {0, *numbers}]
    records = {number: article(title=f"{number}") for number in range(99)}
    made = shells(config)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(directory, "_ON_FRONT_PAGE", 8)
        patch.setattr(directory, "_ON_A_PAGE", 12)
        before, wanted = (dict(render.lists(some, lambda _: records, config, made)) for some in (feeds, now))
        rows = render.rows(feeds)
        new_rows = render.renewed_rows(rows, [feed for _, feed in changed])
        assert new_rows in (None, render.rows(now))
        assert (new_rows is None) == (directory._months(feeds[0]) != directory._months(now[0]))

        def find(addresses: Collection[str]) -> dict[str, ListedFeed]:
            return {feed.address: feed for feed in now if feed.address in addresses}

        found = render.renewed_lists(now, changed, find, before.get, lambda _: records, config, made, (rows, new_rows))
        assert before | dict(found) == wanted


def test_the_first_article_of_a_month_changes_the_rows_of_all_feeds(site: Site) -> None:
    """They count the articles of the last twelve months of the site, also where the feeds themselves stay as they were."""
    many = f"[{', '.join(f'T{number}' for number in range(80))}]"  # more than have cards, and as many as have lists

    def dated(day: str, number: int, topics: str) -> str:
        return record(publishedDateTime=f"{day}T00:00:00Z", webUrl=f"https://a.example/{number}", topics=topics)

    site.build(
        {"a.md": dated("2024-01-05", 1, many), "b.md": dated("2024-03-05", 2, many), "c.md": dated("2024-12-05", 3, "New")}
    )
    site.build({"c.md": dated("2025-01-05", 3, "New")})
    found = site.files()
    shutil.rmtree(site.output)
    site.build(fresh=True)
    assert site.files() == found


def shuffled(feed: Feed, chance: random.Random) -> Feed:
    """A feed with other articles."""
    months = {chance.randrange(650, 661): chance.randint(1, 3) for _ in range(3)} | {660 - (chance.random() < 0.1): 1, 600: 1}
    total = sum(months.values())
    first = tuple((chance.randrange(110), b"") for _ in range(2))
    return msgspec.structs.replace(feed, months=months, total=total, count=min(total, 5), first=first)


@pytest.mark.long
@given(
    name=TEXTS,
    count=st.sampled_from([0, 1, 4, 30]),
    settings=st.fixed_dictionaries(
        {
            "site__url": st.sampled_from([None, "https://e.example/ü/"]),
            "site__language": st.sampled_from([None, "nl", "de", "ar"]),
            "site__home": st.sampled_from([None, "https://home.example/"]),
            "site__title": TEXTS.map(lambda text: f"x{text}"),
        }
    ),
)
def test_pages_that_list_feeds_are_what_their_templates_define(name: str, count: int, settings: dict[str, Any]) -> None:
    """The text with gaps gives the bytes that the templates give."""
    labels = {"pages": {"feed_of": "<{name}>", "list": "'{kind}'", "feed": "a&b"}, "topics": f"T{name}"}
    config = load(**settings, pages={"footer": "<p>{{ root }}x</p>"}, labels=labels)
    feeds = [msgspec.structs.replace(feed, name=f"{feed.name}{name}" if feed.name else "") for feed in directory_of(count)]
    records = {number: article(title=f"x{name}") for number in range(99)}
    made = directory.shells(config)
    assert made.keys() == {"front", "empty", "list"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(directory, "_ON_FRONT_PAGE", 8)
        patch.setattr(directory, "_ON_A_PAGE", 12)
        fast = dict(directory.pages(feeds, lambda _: records, config, "index.html", made))
        assert fast == dict(directory.pages(feeds, lambda _: records, config, "index.html", {}))
    assert len(fast) == (4 if count == 30 else 2)
    front = fast["index.html"]
    assert page_complaints(front) == []
    shown = [words(card) for card in parsed(front).iterfind(".//ul[@class='cards']/li/h3")]
    assert all(one.endswith(" ".join(name.split())) for one in shown)


def test_a_page_is_made_of_text_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Templates take long, and there are thousands of feeds."""
    config = Config(site=SiteConfig(title="{News}", url="https://e.example/"))
    made = shells(config)
    monkeypatch.setattr(templating, "templates", lambda: pytest.fail("a template is rendered"))
    (feed, *_) = feeds_of([article()], config)
    page = dict(feed_files(feed, [entry(article(), config)], config, made))["all.html"]
    assert b"<title>{News}: All articles</title>" in page


def test_pages_ask_for_the_stylesheet_by_its_content(site: Site) -> None:
    """Or browsers show new pages with an old one that they kept."""
    site.build()
    for name in ("feedloom.css", "feedloom.js"):
        digest = hashlib.sha256(site.files()[name]).hexdigest()[:8]
        assert f"{name}?{digest}" in site.text("index.html")


def test_pictures_stand_beside_titles_in_firefox() -> None:
    """Where a picture floats at the inline end, Firefox 153 sets a title from right to left below it."""
    assert not re.search(rb"float:\s*inline", (EXAMPLE / "feedloom.css").read_bytes())


@pytest.mark.parametrize("path", ["all.atom", "all.rss", "topics/feeds.atom", "topics/feeds.rss"])
def test_feeds_are_legible_in_browsers(path: str) -> None:
    """The stylesheet is there, and the root begins where all readers look for it (4,096 bytes)."""
    document = (EXAMPLE / path).read_bytes()
    (style,) = re.findall(rb'<\?xml-stylesheet type="text/css" href="([^"]+)"\?>', document)
    assert ((EXAMPLE / path).parent / style.decode()).resolve() == EXAMPLE / "feedloom-xml.css"
    assert b"\n<feed " in document[:4096] or b"\n<rss " in document[:4096]
