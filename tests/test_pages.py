"""The pages: they show people what the feeds tell their readers, and lead to one another."""

import gzip
import hashlib
import json
import random
import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin
from xml.etree.ElementTree import Element

import html5lib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedloom.config.load import load
from feedloom.config.settings import Config
from feedloom.config.settings import Site as SiteConfig
from feedloom.model import Feed, Image, Provider, Related, Url
from feedloom.render import entry, feed_files, html, shells
from feedloom.render.content import picture
from feedloom.values import slugs
from feedloom.values.dates import EARLIEST, rfc3339
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
    return [link for link in found if not re.match("(https?|data):", link)]


@pytest.mark.parametrize("path", [path for path in PAGES if path.name != "index.html"], ids=lambda path: path.stem)
def test_a_page_shows_what_its_feed_tells(path: Path) -> None:
    told = json.loads(path.with_suffix(".json").read_text())
    shown = parsed(path.read_bytes())
    assert words(shown.find("head/title")) == told["title"]
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
            assert words(one.find("p[@dir]")) == item["summary"]
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
    assert visited == published.keys() - {"catalog.json", "feedloom-xml.css", *lists}


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
        assert (".opml" in site.text(page)) == bool(url)


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
    assert words(parsed(site.text("topics/gone.html")).find(".//p[@class='facts']")) == "No articles at the moment."
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
    directory = {
        unquote(row.findall("th/a")[0].get("href", "")): int(words(row.find("td")))
        for row in shown["index.html"].iterfind(".//tbody/tr")
    }
    assert directory == {
        path: len(list(page.iter("article"))) for path, page in shown.items() if path not in ("index.html", "all.html")
    }
    told = json.loads(site.text("all.json"))["items"]
    titles = shown["all.html"].findall(".//article/h3/a")
    assert [title.get("href") for title in titles] == [item["url"] for item in told]


class TestDirectory:
    """index.html."""

    @staticmethod
    def rows(site: Site, table: str = "topics") -> dict[str, list[str]]:
        found = parsed(site.text("index.html")).iterfind(f".//table[@aria-labelledby='{table}']/tbody/tr")
        return {words(row[0]): [words(cell) for cell in row[1:-1]] for row in found}

    @staticmethod
    def sparklines(site: Site) -> dict[str, tuple[str, str]]:
        found = parsed(site.text("index.html")).iterfind(".//tr")
        drawn = {words(row[0]): row.find(".//{http://www.w3.org/2000/svg}svg") for row in found}
        return {name: (svg.get("aria-label", ""), svg[0].get("d", "")) for name, svg in drawn.items() if svg is not None}

    def test_every_feed_with_its_number_and_date(self, site: Site) -> None:
        site.build(
            {
                "a.md": record(topics="[A, B]", provider="{name: P}", webUrl="https://e.example/a"),
                "b.md": record(topics="[B]", webUrl="https://e.example/b", publishedDateTime="2022-01-02T00:00:00Z"),
            },
            limit=1,
        )
        assert self.rows(site) == {"A": ["1", "2021-05-21"], "B": ["2", "2022-01-02"]}
        assert self.rows(site, "providers") == {"P": ["1", "2021-05-21"]}
        assert words(parsed(site.text("index.html")).find(".//p[@class='facts']")) == "2 articles in 2 topics and 1 provider."

    def test_names_stand_as_people_look_for_them(self, site: Site) -> None:
        site.build({"a.md": record(topics="[Zoo, iOS, Élan, feeds, Apple, 宇宙]")})
        assert list(self.rows(site)) == ["Apple", "Élan", "feeds", "iOS", "Zoo", "宇宙"]

    def test_an_empty_site(self, site: Site) -> None:
        site.build()
        assert self.rows(site) == {}
        assert words(parsed(site.text("index.html")).find(".//p[@class='facts']")) == "0 articles in no topic."

    def test_retired_feeds_are_left_out(self, site: Site) -> None:
        site.build({"a.md": record(topics="[Gone, Stays]")})
        site.build({"a.md": record(topics="[Stays]")})
        assert list(self.rows(site)) == ["Stays"]

    def test_the_twelve_months_end_with_the_newest_record(self, site: Site) -> None:
        """And not with the clock's month, which is another one every month."""
        months = ["2020-12-31T23:59:59Z", "2021-01-01T00:00:00Z", "2021-12-31T23:59:59Z", "2021-12-01T00:00:00Z"]
        site.build(
            {
                **{
                    f"{n}.md": record(webUrl=f"https://e.example/{n}", publishedDateTime=date, topics="[T]")
                    for n, date in enumerate(months)
                },
                "old.md": record(webUrl="https://e.example/old", publishedDateTime="1999-01-01", topics="[Old]"),
            },
            limit=1,
        )
        assert self.sparklines(site) == {"T": ("3", "m0 4 1 4" + " 1 0" * 9 + " 1-8")}

    def test_months_follow_every_change(self, site: Site) -> None:
        """A warm build counts what a cold one does, in feeds that it does not render too."""
        for n, date in enumerate(["2021-05-01", "2021-06-01", "2021-07-01"]):
            site.build({f"{n}.md": record(webUrl=f"https://e.example/{n}", publishedDateTime=date, topics=f"[T{n}]")})
        assert {name: path for name, (_, path) in self.sparklines(site).items()} == {
            "T0": "m0 8" + " 1 0" * 8 + " 1-8 1 8 1 0",
            "T1": "m0 8" + " 1 0" * 9 + " 1-8 1 8",
            "T2": "m0 8" + " 1 0" * 10 + " 1-8",
        }

    def test_five_thousand_feeds_are_small(self) -> None:
        """Compressed as servers do, with names, counts and sparklines that differ as real ones do."""
        rows = directory_of(5_000)
        document = html.directory(rows, Config(site=SiteConfig(title="News", url="https://feeds.example.org/")), "index.html")
        assert document.count(b"<tr>") == 5_002
        assert len(gzip.compress(document, 6)) < 300_000


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
            updated=EARLIEST.replace(year=2010 + chance.randrange(15), month=chance.randint(1, 12), day=chance.randint(1, 28)),
            domain=domain,
        )

    everything = Feed(
        kind="all", name="", slug=slug("all"), identity=(), folder="", total=9, count=9, months={659: 9}, updated=EARLIEST
    )
    return [everything, *map(feed, range(count))]


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
)
def test_an_article_is_what_its_template_defines(data: dict[str, Any], language: str | None, are_linked: bool) -> None:
    config = load(site__language=language, groups={"topic": are_linked, "provider": are_linked})
    shown = article(**data)
    template = html.templates().get_template("entry.html")
    defined = template.render(
        record=shown,
        image=picture(shown.images),
        published=rfc3339(shown.published),
        labels=config.labels,
        groups=config.groups,
        spoken=language,
    )
    assert html.entry(shown, config) == defined


def test_a_page_is_made_of_text_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Templates take long, and there are thousands of feeds."""
    config = Config(site=SiteConfig(title="{News}", url="https://e.example/"))
    made = shells(config)
    monkeypatch.setattr(html, "templates", lambda: pytest.fail("a template is rendered"))
    (feed, *_) = feeds_of([article()], config)
    page = dict(feed_files(feed, [entry(article(), config)], config, made))["all.html"]
    assert b"<title>{News}</title>" in page


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
