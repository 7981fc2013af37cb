"""The formats, construct by construct, and for any text."""

import json
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from html import unescape
from typing import Any

import feedparser
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from feedloom import render
from feedloom.config.load import load
from feedloom.config.settings import Archive, Config, Site, rules
from feedloom.feeds import group
from feedloom.model import Author, Document, Feed, Image, Provider, Record, Related, RetiredFeed, Url
from feedloom.pipeline.tasks import summary
from feedloom.render import reference
from feedloom.render.content import entry_data, media_type, picture
from feedloom.render.metadata import feed_of, metadata_of
from feedloom.values.slugs import slug
from feedloom.values.text import clean
from tests.validator import complaints, json_feed_complaints, site_complaints

CONFIG = Config(site=Site(title="Site", url="https://feeds.example.org/"))
SITES = [
    CONFIG.site,
    Site(),
    Site(home="https://home.example/?a=1&b=2"),
    Site(
        url="https://e.example/",
        author="A (B)",
        email="ab@example.org",
        hub=("https://a.example/?b&c", "https://d.example/{e}"),
    ),
    Site(
        title='{title} & <Co> "{x}"',
        description="{id}}}",
        url="https://example.org/a&b/{c}/",
        author="A {author} & <B>",
        language="pt-br",
        email="ab@example.org",
        rights="© {2026} A & B",
        hub="https://hub.example/?a=1&b={c}",
        icon="https://example.org/i.png?a=1&b",
        logo="https://example.org/l.svg",
    ),
]
URL = Url("https://example.com/a?b=1&c=2")
NAMES = {
    "a": "http://www.w3.org/2005/Atom",
    "m": "http://search.yahoo.com/mrss/",
    "c": "http://purl.org/rss/1.0/modules/content/",
}


def article(**fields: Any) -> Record:
    moment = datetime(2021, 5, 21, 18, 9, tzinfo=UTC)
    return Record(
        **{"path": "a.md", "id": URL, "link": URL, "title": "A title", "published": moment, "updated": moment, **fields}
    )


def files(*records: Record, config: Config = CONFIG) -> dict[str, bytes]:
    """What the site of some records publishes."""
    written: dict[str, bytes] = {}
    feeds = feeds_of(records, config)
    for feed in documents(feeds):
        entries = [render.entry(records[summary.number], config) for summary in feed.entries]
        written |= dict(render.feed_files(feed, entries, config, render.shells(config)))
    return written | dict(render.lists([*feeds], lambda _: dict(enumerate(records)), config, render.shells(config)))


def feeds_of(records: Sequence[Record], config: Config) -> list[Feed]:
    summaries = [summary(number, b"", b"", record, rules(config)) for number, record in enumerate(records)]
    return group.in_order(group.into_feeds(summaries, config))


def documents(feeds: Sequence[Feed]) -> Iterator[Document]:
    """Feeds, each with its archive."""
    for feed in feeds:
        yield feed
        yield from feed.archive


def entry(record: Record) -> etree._Element:
    (found,) = etree.fromstring(files(record)["all.atom"]).iterfind("a:entry", NAMES)
    return found


def item(record: Record) -> etree._Element:
    (found,) = etree.fromstring(files(record)["all.rss"]).iterfind("channel/item")
    return found


def json_item(record: Record) -> dict[str, Any]:
    (found,) = json.loads(files(record)["all.json"])["items"]
    assert isinstance(found, dict)
    return found


def looks_twice_encoded(text: str) -> bool:
    """Whether feedparser would mend it: it takes `Â¡` for the bytes of `¡`."""
    try:
        return text.encode("latin-1").decode() != text
    except UnicodeError:
        return False


texts = st.text(max_size=40).map(clean).filter(lambda text: bool(text) and not looks_twice_encoded(text))
urls = st.sampled_from([URL, Url("https://example.com/"), Url("https://xn--bcher-kva.example/%C3%BC#x")])
sizes = st.none() | st.integers(1, 5000)
types = st.sampled_from([None, None, "image/webp", "video/mp4", "application/pdf", "application/x-other"])
images = st.builds(Image, urls, sizes, sizes, types, texts | st.just(""), texts | st.just(""), texts | st.just(""))
providers = st.builds(
    Provider, texts, st.none() | st.just("example.com"), st.lists(images, max_size=2).map(tuple), st.none() | urls
)
authors = st.builds(Author, texts, st.none() | urls, st.none() | st.just("ada@example.com"))
moments = st.datetimes(datetime(1970, 1, 1), datetime(2025, 1, 1)).map(lambda moment: moment.replace(tzinfo=UTC))
records = st.builds(
    article,
    title=texts,
    excerpt=texts | st.just(""),
    published=moments,
    updated=moments,
    type=st.sampled_from([None, "article", "video"]),
    category=st.none() | texts,
    quality=st.none() | st.integers(-5, 500),
    language=st.sampled_from([None, "en", "de-AT", "ja"]),
    provider=st.none() | providers,
    topics=st.lists(texts, max_size=3, unique=True).map(tuple),
    images=st.lists(images, max_size=3, unique_by=lambda image: image.url).map(tuple),
    related=st.lists(
        st.builds(Related, texts, urls, texts, st.none() | moments, st.none() | providers),
        max_size=3,
        unique_by=lambda r: r.url,
    ).map(tuple),
    address=st.none() | st.just(Url("https://own.example/a/")),
    authors=st.lists(authors, max_size=2, unique_by=lambda author: author.name).map(tuple),
    is_untitled=st.booleans(),
)


@given(records)
def test_any_record_gives_valid_feeds(record: Record) -> None:
    for path, document in files(record).items():
        if path.endswith((".atom", ".rss")):
            assert site_complaints(document, path, CONFIG.site.url) == []
        elif path.endswith(".json") and path != "catalog.json":
            assert json_feed_complaints(document) == []


@given(records)
def test_a_reader_gives_back_the_text(record: Record) -> None:
    written = files(record)
    for path in ("all.atom", "all.rss"):
        (entry,) = feedparser.parse(written[path], sanitize_html=False).entries
        assert entry.title == record.title
        if record.excerpt:
            assert (entry.summary if path.endswith("atom") else unescape(entry.summary)) == record.excerpt
        assert entry.link == record.link
        assert entry.id == record.id
        assert [tag.term for tag in entry.get("tags", [])][: len(record.topics)] == list(record.topics)
        assert entry.published_parsed[:6] == record.published.timetuple()[:6]
    found = entry_text(etree.fromstring(written["all.atom"]), "a:entry/a:title")
    assert found == record.title
    assert entry_text(etree.fromstring(written["all.rss"]), "channel/item/title") == record.title
    (item,) = json.loads(written["all.json"])["items"]
    assert item.get("title") == (None if record.is_untitled else record.title)
    assert item.get("external_url", item["url"]) == record.link


def entry_text(root: etree._Element, path: str) -> str | None:
    return root.findtext(path, namespaces=NAMES)


ARCHIVES = st.sampled_from([False, True, Archive(complete=True)])


@pytest.mark.long
@given(st.lists(records, min_size=1, max_size=3, unique_by=lambda record: record.title), st.sampled_from(SITES), ARCHIVES)
def test_the_fast_forms_equal_the_reference(records: list[Record], site: Site, archive: bool | Archive) -> None:
    """Every feed, and every document of its archive, is byte for byte what feedgen gives with all entries in its tree."""
    config = Config(site=site, archive=archive, limit=1 if archive else 50)
    written = files(*records, config=config)
    for feed in documents(feeds_of(records, config)):
        members = [records[summary.number] for summary in feed.entries]
        known = [picture(record.provider.images) for record in members if record.provider]
        entries = [entry_data(record, config) for record in members]
        pictures = [one for one in known if one]
        metadata = metadata_of(feed, config, pictures[0] if pictures and feed_of(feed).kind == "provider" else None)
        for format in ("atom", "rss"):
            assert written[f"{feed.address}.{format}"] == reference.document(format, metadata, entries)


class TestAtom:
    """READERS' profile of Atom."""

    FULL = article(
        excerpt="Text",
        category="news",
        provider=Provider("P", "example.com", feed=Url("https://example.com/feed")),
        topics=("T",),
        images=(Image(URL, 3, 2),),
        related=(Related("R & S", URL),),
    )

    def test_the_order_of_an_entry(self) -> None:
        found = [(etree.QName(child).localname, child.get("rel")) for child in entry(self.FULL)]
        assert found == [
            ("id", None),
            ("title", None),
            ("link", "alternate"),
            ("published", None),
            ("updated", None),
            ("author", None),
            ("category", None),
            ("category", None),
            ("summary", None),
            ("content", None),
            ("link", "enclosure"),
            ("content", None),
            ("thumbnail", None),
            ("link", "related"),
            ("source", None),
        ]

    def test_the_order_of_a_feed(self) -> None:
        site = Site(title="S", url="https://e.example/f", icon="https://e.example/i.png", hub="https://hub.example/")
        root = etree.fromstring(files(config=Config(site=site))["all.atom"])
        found = [(etree.QName(child).localname, child.get("rel")) for child in root]
        assert found == [
            ("id", None),
            ("title", None),
            ("subtitle", None),
            ("updated", None),
            ("link", "alternate"),
            ("link", "self"),
            ("link", "hub"),
            ("icon", None),
            ("logo", None),
            ("author", None),
            ("generator", None),
            ("a", None),
        ]

    def test_namespaces_are_declared_once(self) -> None:
        document = files(self.FULL, article(title="B", id=Url("https://example.com/b")))["all.atom"]
        assert document.count(b"xmlns") == 3  # that of the link to the page is where readers expect none

    def test_the_source_has_all_that_it_must(self) -> None:
        source = entry(self.FULL).find("a:source", NAMES)
        assert source is not None
        assert [etree.QName(child).localname for child in source] == ["id", "title", "updated", "link"]


@pytest.mark.parametrize("format", ["atom", "rss"])
@pytest.mark.parametrize(
    ("url", "pages", "href"),
    [
        ("https://e.example/ü&/", True, "https://e.example/%C3%BC&/topics/t.html"),
        (None, True, "../topics/t.html"),
        (None, False, None),
    ],
)
def test_a_browser_shows_a_link_to_the_page(format: str, url: str | None, pages: bool, href: str | None) -> None:
    """A child of the feed, not of an entry, in XHTML without a prefix: programs that read feeds do not see it."""
    config = load(site__url=url, pages=pages, site__language="de")
    document = files(article(topics=("T",)), config=config)[f"topics/t.{format}"]
    found = etree.fromstring(document).findall(".//{http://www.w3.org/1999/xhtml}a")
    assert [(one.get("href"), one.text) for one in found] == ([(href, "Die Artikel auf einer Webseite lesen")] if href else [])
    assert b'<a xmlns="http://www.w3.org/1999/xhtml" href=' in document or not href


class TestRss:
    """READERS' profile of RSS."""

    def test_the_order_of_an_item(self) -> None:
        found = [etree.QName(child).localname for child in item(TestAtom.FULL)]
        assert found == [
            *("title", "link", "guid", "pubDate", "updated", "creator", "source", "category", "category", "description"),
            *("encoded", "enclosure", "content", "thumbnail", "link"),
        ]

    def test_the_order_of_a_channel(self) -> None:
        site = Site(
            title="S", url="https://e.example/f", logo="https://e.example/i.png", hub="https://hub.example/", language="de"
        )
        channel = etree.fromstring(files(config=Config(site=site))["all.rss"])[0]
        found = [(etree.QName(child).localname, child.get("rel")) for child in channel]
        assert found == [
            ("title", None),
            ("link", None),
            ("description", None),
            ("language", None),
            ("link", "self"),
            ("link", "hub"),
            ("lastBuildDate", None),
            ("ttl", None),
            ("image", None),
            ("generator", None),
            ("a", None),
        ]
        assert channel.findtext("link") == channel.findtext("image/link") == "https://e.example/f/all.html"

    def test_whom_a_feed_belongs_to(self) -> None:
        site = Site(title="S", author="A (B)", email="a@e.example", rights="© 2026 A")
        written = files(config=Config(site=site))
        channel = etree.fromstring(written["all.rss"])[0]
        assert [channel.findtext(tag) for tag in ("copyright", "managingEditor")] == ["© 2026 A", "a@e.example (A B)"]
        feed = etree.fromstring(written["all.atom"])
        assert [feed.findtext(f"a:{tag}", namespaces=NAMES) for tag in ("author/a:name", "author/a:email", "rights")] == [
            "A (B)",
            "a@e.example",
            "© 2026 A",
        ]

    def test_the_guid_is_a_permalink_only_where_it_is_the_link(self) -> None:
        other = article(link=Url("https://example.com/other"))
        assert [guid.get("isPermaLink") for record in (article(), other) for guid in item(record).findall("guid")] == [
            "true",
            "false",
        ]

    def test_the_description_is_escaped_as_html_too(self) -> None:
        assert item(article(excerpt="3 < 5 & 7")).findtext("description") == "3 &lt; 5 &amp; 7"

    def test_without_an_excerpt_the_description_is_the_content(self) -> None:
        found = item(article(provider=Provider("P")))
        assert found.findtext("description") == "<p>Source: P</p>"
        assert found.find("c:encoded", NAMES) is None

    @pytest.mark.parametrize(
        ("picture", "fits"),
        [
            (Image(Url("https://e.example/i.png"), 144, 400), True),
            (Image(Url("https://e.example/i.png"), 145, 10), False),
            (Image(Url("https://e.example/i.png"), 10, 401), False),
            (Image(Url("https://e.example/i.svg")), False),
            (Image(Url("https://e.example/i")), True),
        ],
    )
    def test_a_channel_image_that_fits(self, picture: Image, fits: bool) -> None:
        record = article(provider=Provider("P", "p.example", (picture,)))
        channel = etree.fromstring(files(record)["providers/p.example.rss"])[0]
        assert (channel.find("image") is not None) == fits


@pytest.mark.parametrize("hubs", [(), ("https://a.example/",), ("https://b.example/?x=1&y=2", "https://a.example/")])
def test_every_hub_is_linked_in_its_order(hubs: tuple[str, ...]) -> None:
    written = files(config=Config(site=Site(url="https://e.example/", hub=hubs or None)))
    for path in ("all.atom", "all.rss"):
        links = etree.fromstring(written[path]).iter("{http://www.w3.org/2005/Atom}link")
        assert tuple(link.get("href") for link in links if link.get("rel") == "hub") == hubs
    assert tuple(hub["url"] for hub in json.loads(written["all.json"]).get("hubs", ())) == hubs


def test_no_escape_where_none_is_needed() -> None:
    """Readers that show mark-up as text show little of it, and one decodes no numbers in attributes."""
    site = Site(title='It\'s a "site" & more', url="https://feeds.example.org/a&b/", hub="https://hub.example/?a&b")
    record = article(
        title="It's a reader's \"world\" & more",
        excerpt="Don't panic: it's \"fine\" & well.",
        provider=Provider('A Reader\'s "Notebook"', "e.example"),
        topics=("Q&A",),
        images=(Image(Url("https://e.example/i?a=1&b=2")),),
        related=(Related('What\'s "next" & last?', Url("https://e.example/n?a=1&b=2")),),
    )
    written = files(record, config=Config(site=site))
    for path in ("all.atom", "all.rss", "feeds.opml"):
        document = written[path].decode()
        tags = re.findall("<[^>]*>", document)
        assert not re.search("&#x27;|&quot;|&#39;|&#34;", re.sub("<[^>]*>", "", document)), path
        assert any("&amp;" in tag for tag in tags) and not any("&#x26;" in tag for tag in tags), path
    assert "It's a reader's \"world\" &#x26; more" in written["all.rss"].decode()
    assert "Don't panic: it's \"fine\" &amp; well." in json.loads(written["all.json"])["items"][0]["content_html"]


def test_a_video_is_offered_as_media() -> None:
    record = article(type="video")
    for element in (entry(record), item(record)):
        (player,) = element.iterfind("m:player", NAMES)
        assert player.get("url") == record.link
    assert json_item(record)["attachments"] == [{"url": record.link, "mime_type": "text/html"}]


def test_the_content_shows_what_readers_show_nowhere_else() -> None:
    record = article(
        excerpt='"<Text>"',
        provider=Provider("P & Co", "p.example"),
        images=(Image(URL, 3, 2), Image(Url("https://e.example/2.png"))),
        related=(Related("<R>", URL, provider=Provider("Q")), Related("S", URL)),
    )
    assert entry_data(record, CONFIG).html == (
        '<figure><img src="https://example.com/a?b=1&amp;c=2" alt="" width="3" height="2"></figure>'
        '<p>"&lt;Text&gt;"</p>'
        '<p>Source: <a href="https://p.example/">P &amp; Co</a></p>'
        "<p>Related articles:</p>"
        '<ul><li><a href="https://example.com/a?b=1&amp;c=2">&lt;R&gt;</a> (Q)</li>'
        '<li><a href="https://example.com/a?b=1&amp;c=2">S</a></li></ul>'
    )


def test_a_title_alone_is_shown_once() -> None:
    """Readers would show it again below itself; JSON Feed requires a text."""
    assert not {"summary", "content"} & {etree.QName(child).localname for child in entry(article())}
    assert not {"description", "encoded"} & {etree.QName(child).localname for child in item(article())}
    assert [json_item(article()).get(name) for name in ("content_html", "content_text", "summary")] == [None, "A title", None]


@pytest.mark.parametrize("letters", ["שלום", "سلام", "ܫܠܡܐ", "ߒߞߏ", "𞤀𞤣𞤤𞤢𞤥"])
def test_letters_from_right_to_left(letters: str) -> None:
    record = article(
        excerpt=f"C++ {letters} (20!)",
        provider=Provider(letters, "he.example"),
        related=(Related(letters, URL), Related("Latin", URL), Related("Latin", URL, provider=Provider(letters))),
    )
    found = entry_data(record, CONFIG).html
    assert re.findall("<(p|li)( [^>]*)?>", found) == [
        *(("p", ' dir="auto"'), ("p", ' dir="auto"'), ("p", "")),
        *(("li", ' dir="auto"'), ("li", ""), ("li", ' dir="auto"')),
    ]
    assert "dir=" not in entry_data(article(excerpt="Plain: ÄÖ 東京"), CONFIG).html


def test_json_feed_holds_what_the_others_cannot() -> None:
    record = article(amp_url=Url("https://e.example/amp"), quality=3, heat=-1, type="article", category="news")
    assert json_item(record)["_feedloom"] == {
        "about": "What feedloom adds to JSON Feed: see docs/feeds.md of feedloom.",
        "type": "article",
        "category": "news",
        "quality": 3,
        "heat": -1,
        "amp_url": "https://e.example/amp",
    }
    assert b"amp" not in files(record)["all.atom"].replace(b"&amp;", b"").replace(b"example", b"")


def test_json_feed_names_the_provider_beside_authors() -> None:
    of = article(provider=Provider("P", "p.example"), authors=(Author("Ada"),))
    assert json_item(of)["authors"] == [{"name": "Ada"}]
    assert json_item(of)["_feedloom"]["provider"] == {"name": "P", "domain": "p.example"}
    assert "_feedloom" not in json_item(article(provider=Provider("P", "p.example")))


def test_a_json_feed_says_how_to_subscribe() -> None:
    comment = json.loads(files()["all.json"])["user_comment"]
    assert comment == "This is a feed. To subscribe, copy its address into a feed reader."


def test_the_source_in_rss_is_a_feed() -> None:
    """RSS 2.0: its url is that of the channel that the item came from, not of a site."""
    with_feed = article(provider=Provider("P & Co", "p.example", feed=Url("https://p.example/rss?a&b")))
    (source,) = item(with_feed).iterfind("source")
    assert (source.get("url"), source.text) == ("https://p.example/rss?a&b", "P & Co")
    assert item(article(provider=Provider("P", "p.example"))).find("source") is None


def test_the_language_of_an_entry() -> None:
    lang = "{http://www.w3.org/XML/1998/namespace}lang"
    for language in ("ja", None):
        record = article(language=language)
        assert entry(record).get(lang) == item(record).get(lang) == json_item(record).get("language") == language
        assert ('<article lang="ja" dir="auto">' in files(record)["all.html"].decode()) == bool(language)


def test_a_site_that_sets_no_language_claims_none() -> None:
    written = {path: document.decode() for path, document in files(article()).items()}
    assert not any(word in written["all.atom"] + written["all.rss"] + written["all.json"] for word in ("lang", "language"))
    assert '<section class="entries" aria-labelledby="entries" lang="">' in written["all.html"]
    assert '<article dir="auto">' in written["all.html"]


@pytest.mark.parametrize(
    ("ending", "expected"),
    [
        (".jpg", "image/jpeg"),
        (".PNG?w=2", "image/png"),
        ("/x.webp#a", "image/webp"),
        (".jfif", "image/jpeg"),
        (".heic", "image/heic"),
        (".jxl", "image/jxl"),
        (".mp4", "video/mp4"),
        ("", None),
        (".php", None),
        ("?format=webp", None),
        (".png/640x480", None),
        ("/png", None),
        ("?a=/b.png", None),
    ],
)
def test_media_type(ending: str, expected: str | None) -> None:
    assert media_type(Image(Url(f"https://example.com/i{ending}"))) == expected


def test_a_host_is_no_file() -> None:
    assert media_type(Image(Url("https://photos.mov"))) is None


def test_a_video_among_the_images_is_no_picture() -> None:
    """It is offered as what it is; the first picture is the one that is shown."""
    film, photo = Image(Url("https://e.example/clip.mp4"), 3, 2), Image(Url("https://e.example/photo"), type="image/avif")
    for images, visible, enclosed in (((film,), None, film), ((film, photo), photo, photo)):
        record = article(images=images)
        assert ("<img" in entry_data(record, CONFIG).html) == bool(visible)
        assert json_item(record).get("image") == (visible and visible.url)
        assert ("<img" in files(record)["all.html"].decode()) == bool(visible)
        for element in (entry(record), item(record)):
            assert [one.get("url") for one in element.iterfind("m:thumbnail", NAMES)] == ([visible.url] if visible else [])
            assert [one.get("medium") for one in element.iterfind("m:content", NAMES)] == ["video", "image"][: len(images)]
        (enclosure,) = item(record).iterfind("enclosure")
        assert enclosure.get("url") == enclosed.url


@pytest.mark.parametrize(
    ("type", "medium"), [("audio/mpeg", "audio"), ("application/pdf", "document"), ("application/zip", None)]
)
def test_what_is_no_picture_has_its_own_medium(type: str, medium: str | None) -> None:
    record = article(images=(Image(URL, type=type),))
    for element in (entry(record), item(record)):
        (content,) = element.iterfind("m:content", NAMES)
        assert (content.get("type"), content.get("medium")) == (type, medium)


def test_a_type_that_is_not_known_is_left_out_where_it_may_be() -> None:
    record = article(images=(Image(URL),))
    (link,) = (link for link in entry(record).iterfind("a:link", NAMES) if link.get("rel") == "enclosure")
    (enclosure,) = item(record).iterfind("enclosure")
    assert (link.get("type"), enclosure.get("type")) == (None, "image/jpeg")
    assert json_item(record)["attachments"] == [{"url": URL, "mime_type": "image/jpeg"}]
    for element in (entry(record), item(record)):
        (content,) = element.iterfind("m:content", NAMES)
        assert (content.get("type"), content.get("medium")) == (None, "image")


def test_what_a_picture_shows_and_by_whom() -> None:
    record = article(images=(Image(URL, alt='A "dog" & me', title="Dog", credit="P. <Hoto>"),))
    for element in (entry(record), item(record)):
        (content,) = element.iterfind("m:content", NAMES)
        assert (content.findtext("m:title", namespaces=NAMES), content.findtext("m:credit", namespaces=NAMES)) == (
            "Dog",
            "P. <Hoto>",
        )
    assert 'alt="A &quot;dog&quot; &amp; me"' in entry_data(record, CONFIG).html
    assert 'alt="A &#34;dog&#34; &amp; me"' in files(record)["all.html"].decode()
    assert json_item(record)["_feedloom"]["images"] == [
        {"url": URL, "alt": 'A "dog" & me', "title": "Dog", "credit": "P. <Hoto>"}
    ]


class TestAddresses:
    """Ids and self links."""

    @staticmethod
    def ids(site: Site) -> tuple[str | None, list[str]]:
        root = etree.fromstring(files(article(topics=("A b", "宇宙")), config=Config(site=site))["topics/宇宙.atom"])
        return root.findtext("a:id", namespaces=NAMES), [link.get("href", "") for link in root.iterfind("a:link", NAMES)]

    def test_from_the_site_url(self) -> None:
        assert self.ids(Site(url="https://e.example/f")) == (
            "https://e.example/f/topics/%E5%AE%87%E5%AE%99",
            [f"https://e.example/f/topics/%E5%AE%87%E5%AE%99.{suffix}" for suffix in ("html", "atom")],
        )

    def test_pinned_when_the_site_moves(self) -> None:
        id, (_, self_link) = self.ids(Site(url="https://new.example/", id="https://old.example/f"))
        assert id == "https://old.example/f/topics/%E5%AE%87%E5%AE%99"
        assert self_link == "https://new.example/topics/%E5%AE%87%E5%AE%99.atom"

    def test_ids_are_canonical(self) -> None:
        id, links = self.ids(Site(url="https://E.example:443/%7ef"))
        assert id == "https://e.example/~f/topics/%E5%AE%87%E5%AE%99"
        assert links == [f"https://E.example:443/%7ef/topics/%E5%AE%87%E5%AE%99.{suffix}" for suffix in ("html", "atom")]

    def test_without_a_url(self) -> None:
        id, links = self.ids(Site(title="T"))
        assert id == "urn:uuid:1926d7bd-c3c8-5a70-be00-ef87f826bb91"
        assert self.ids(Site(title="T")) == (id, links)
        assert self.ids(Site(title="U"))[0] != id
        assert links == []


def test_an_empty_site_is_valid() -> None:
    written = files()
    assert sorted(written) == [
        "all.atom",
        "all.html",
        "all.json",
        "all.rss",
        "catalog.json",
        "feedloom-search.js",
        "feeds.opml",
        "index.html",
    ]
    assert complaints(written["all.atom"]) == complaints(written["all.rss"]) == []


def test_the_lists_come_last() -> None:
    """So that a build that is stopped never names a feed that is not there."""
    written = list(files(article(topics=("T",), provider=Provider("P"))))
    assert written[-6:] == ["catalog.json", "feeds.opml", "topics.opml", "providers.opml", "feedloom-search.js", "index.html"]


def test_titles_from_patterns() -> None:
    config = Config(site=Site(title="S", url="https://e.example/", description="D."))
    feed = RetiredFeed(kind="topic", name="{name}", slug=slug("x"), identity=("x",), folder="topics/", updated=None)
    whole = metadata_of(feed, config)
    assert (whole.title, whole.description) == ("S: {name}", "The newest articles about {name}.")
