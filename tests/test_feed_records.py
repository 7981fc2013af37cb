"""A feed of another program as records: what its entries become, whatever made it, and what is refused."""

import io
import json
from datetime import UTC, datetime
from html import escape, unescape
from pathlib import Path
from typing import Any

import feedparser
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

import feedloom
from feedloom.cli.main import main
from feedloom.config.settings import Rules
from feedloom.errors import FrontMatterError
from feedloom.frontmatter import feed_xml
from feedloom.model import Author, Image, Provider, Record, Related, Url
from feedloom.records import containers, entries, scan
from feedloom.records.parse import Reading
from feedloom.render.body import rendered
from tests import engines
from tests.conftest import NOW, Site, published, record

WORDPRESS = """<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"
  xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:wfw="http://wellformedweb.org/CommentAPI/"
  xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:atom="http://www.w3.org/2005/Atom"
  xmlns:sy="http://purl.org/rss/1.0/modules/syndication/" xmlns:slash="http://purl.org/rss/1.0/modules/slash/">
<channel>
  <title>Ada&#8217;s Blog</title>
  <atom:link href="https://ada.example/feed/" rel="self" type="application/rss+xml" />
  <link>https://ada.example</link>
  <description>Notes</description>
  <lastBuildDate>Tue, 04 May 2021 08:00:00 +0000</lastBuildDate>
  <language>en-US</language>
  <generator>https://wordpress.org/?v=5.7.1</generator>
  <item>
    <title>Engines &#8212; &#038; looms</title>
    <link>https://ada.example/2021/05/engines/</link>
    <comments>https://ada.example/2021/05/engines/#respond</comments>
    <dc:creator><![CDATA[Ada Lovelace]]></dc:creator>
    <pubDate>Tue, 04 May 2021 10:00:00 +0200</pubDate>
    <category><![CDATA[Looms]]></category>
    <category><![CDATA[R&D]]></category>
    <guid isPermaLink="false">https://ada.example/?p=12</guid>
    <description><![CDATA[The engine weaves algebraic patterns [&#8230;]]]></description>
    <content:encoded><![CDATA[
<p>The engine <em>weaves</em> patterns.</p>
<script>alert(1)</script><p><img src="/loom.png" onerror="alert(2)" alt="A loom"></p>
]]></content:encoded>
    <wfw:commentRss>https://ada.example/2021/05/engines/feed/</wfw:commentRss>
    <slash:comments>3</slash:comments>
  </item>
</channel></rss>"""

JEKYLL = """<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom" xml:lang="de">
  <generator uri="https://jekyllrb.com/" version="4.2.0">Jekyll</generator>
  <link href="https://me.example/feed.xml" rel="self" type="application/atom+xml" />
  <link href="https://me.example/" rel="alternate" type="text/html" hreflang="de" />
  <updated>2021-05-22T07:00:00+02:00</updated><id>https://me.example/feed.xml</id>
  <title type="html">Mein Blog</title><author><name>Grace</name><email>grace@me.example</email></author>
  <entry>
    <title type="html">Was &amp;lt;main&amp;gt; bedeutet</title>
    <link href="https://me.example/2021/05/21/main.html" rel="alternate" type="text/html" title="Was main bedeutet" />
    <published>2021-05-21T20:09:00+02:00</published><updated>2021-05-22T07:00:00+02:00</updated>
    <id>https://me.example/2021/05/21/main</id>
    <content type="html" xml:base="https://me.example/2021/05/21/main.html">
      &lt;p&gt;Ein &lt;a href="b.html"&gt;Wort&lt;/a&gt;.&lt;/p&gt;</content>
    <category term="html" /><category term="Web" label="Das Web" />
    <summary type="html">Ein Wort.</summary>
    <media:thumbnail xmlns:media="http://search.yahoo.com/mrss/" url="https://me.example/a.png" />
    <media:content medium="image" url="https://me.example/a.png" width="640" height="480"
      xmlns:media="http://search.yahoo.com/mrss/" />
  </entry>
</feed>"""

HUGO = """<?xml version="1.0" encoding="utf-8" standalone="yes"?>
<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel><title>Hugo site</title>
  <link>https://h.example/</link><generator>Hugo</generator><language>en</language>
  <item><title>One</title><link>https://h.example/posts/one/</link><pubDate>Sun, 02 May 2021 10:00:00 +0000</pubDate>
    <guid>https://h.example/posts/one/</guid>
    <description>&lt;p&gt;The whole &lt;b&gt;text&lt;/b&gt;.&lt;/p&gt;</description></item>
</channel></rss>"""

RDF = """<?xml version="1.0" encoding="iso-8859-1"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
  xmlns:dc="http://purl.org/dc/elements/1.1/">
  <channel rdf:about="http://news.example/rss"><title>Café News</title><link>http://news.example/</link>
    <dc:language>fr</dc:language><items><rdf:Seq><rdf:li rdf:resource="http://news.example/1"/></rdf:Seq></items></channel>
  <item rdf:about="http://news.example/1"><title>Été</title><link>http://news.example/1</link>
    <description>Il fait beau.</description><dc:date>2003-07-14T09:30+02:00</dc:date><dc:creator>Zoé</dc:creator>
    <dc:subject>Météo</dc:subject><dc:publisher>Agence</dc:publisher></item>
</rdf:RDF>"""

PODCAST = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" xmlns:media="http://search.yahoo.com/mrss/">
<channel><title>Pod</title><link>https://pod.example/</link><itunes:author>Pod crew</itunes:author>
  <item><title>Episode 1</title><link>https://pod.example/1</link><guid isPermaLink="false">ep-1</guid>
    <pubDate>Mon, 03 May 21 06:00:00 PST</pubDate><author>bo@pod.example (Bo)</author>
    <enclosure url="https://cdn.example/1.mp3" length="12345" type="audio/mpeg"/>
    <itunes:image href="https://pod.example/1.jpg"/><itunes:duration>12:30</itunes:duration>
    <media:group><media:content url="https://cdn.example/1.mp4" type="video/mp4" width="640" height="360">
      <media:title>The film</media:title><media:credit>Cy</media:credit></media:content></media:group>
    <itunes:summary>First words.</itunes:summary></item>
  <item><title>Episode 2</title><guid isPermaLink="false">ep-2</guid><pubDate>Mon, 10 May 2021 06:00:00 GMT</pubDate>
    <enclosure url="https://cdn.example/2.mp3" length="1" type="audio/mpeg"/></item>
</channel></rss>"""

XHTML = """<a:feed xmlns:a="http://www.w3.org/2005/Atom" xmlns:h="http://www.w3.org/1999/xhtml"
  xml:base="https://x.example/blog/">
  <a:title>X</a:title><a:link rel="self" href="feed.atom"/><a:id>urn:x</a:id>
  <a:entry xml:base="2021/"><a:title>Option&lt;T&gt; and &lt;b&gt;</a:title><a:link href="a.html"/><a:id> urn:x:1 </a:id>
    <a:link rel="related" href="../c.html" title="More"/><a:link rel="enclosure" type="image/png" href="p.png"/>
    <a:updated>2021-05-21T18:09:00Z</a:updated>
    <a:source><a:title>Planet Y</a:title><a:link href="https://www.y.example/"/>
      <a:link rel="self" href="https://y.example/feed"/></a:source>
    <a:content type="xhtml"><h:div>A <h:a href="b.html" xml:base="deep/">b</h:a> &lt; c<h:br/></h:div></a:content></a:entry>
</a:feed>"""

JSON: dict[str, Any] = {
    "version": "https://jsonfeed.org/version/1.1",
    "title": "J",
    "home_page_url": "https://j.example/",
    "authors": [{"name": "Jo", "url": "https://j.example/jo"}],
    "items": [
        {
            "id": 7,
            "url": "https://j.example/7",
            "external_url": "https://other.example/7",
            "content_text": "First line of a note without a title, which is long enough to be cut.\n\nMore & more.",
            "date_published": "2021-05-21T20:09:00+02:00",
            "tags": ["a", "b"],
            "image": "https://j.example/7.png",
            "attachments": [{"url": "https://j.example/7.mp3", "mime_type": "audio/mpeg"}],
            "language": "nl",
        }
    ],
}


def readings(document: str | bytes, name: str = "old.xml", **rules: Any) -> list[Reading]:
    data = document if isinstance(document, bytes) else document.encode()
    own = Rules(**{"max_file_size": 1_000_000, **rules})
    found = containers.items(name, io.BytesIO(data), len(data), own)
    return [containers.reading(name, name, item, own)[0] for item in found]


def records(document: str | bytes, name: str = "old.xml", **rules: Any) -> list[Record]:
    return [one.record for one in readings(document, name, **rules) if one.record]


def problems(document: str | bytes, **rules: Any) -> list[str]:
    return [str(problem) for one in readings(document, **rules) for problem in one.problems]


def rss(*items: str, channel: str = "<title>T</title><link>https://t.example/</link>") -> str:
    return f"<rss version='2.0'><channel>{channel}{''.join(f'<item>{item}</item>' for item in items)}</channel></rss>"


def item(
    title: str = "A", link: str = "https://t.example/a", date: str = "Fri, 21 May 2021 18:09:00 GMT", more: str = ""
) -> str:
    return f"<title>{title}</title><link>{link}</link><pubDate>{date}</pubDate>{more}"


def known(document: str | bytes, name: str = "old.xml") -> Record:
    (found,) = records(document, name, bodies=True)
    return found


def html(of: Record) -> str:
    """The content of a record as a feed shows it."""
    assert of.content
    return rendered(of.content).html


DAY = datetime(2021, 5, 21, 18, 9, tzinfo=UTC)


def test_wordpress() -> None:
    found = known(WORDPRESS)
    assert (found.id, found.link) == ("https://ada.example/?p=12", "https://ada.example/2021/05/engines/")
    assert (found.title, found.published) == ("Engines — & looms", datetime(2021, 5, 4, 8, tzinfo=UTC))
    assert (found.excerpt, found.topics) == ("The engine weaves algebraic patterns […]", ("Looms", "R&D"))
    assert (found.authors, found.language) == ((Author("Ada Lovelace"),), "en-US")
    assert found.provider == Provider("Ada’s Blog", "ada.example")
    assert html(found) == (
        '<p>The engine <em>weaves</em> patterns.</p>\n<p><img src="https://ada.example/loom.png" alt="A loom"></p>'
    )


def test_jekyll() -> None:
    found = known(JEKYLL)
    assert (found.id, found.title) == ("https://me.example/2021/05/21/main", "Was < main> bedeutet")
    assert (found.published, found.updated) == (DAY, datetime(2021, 5, 22, 5, tzinfo=UTC))
    assert (found.authors, found.language) == ((Author("Grace", email="grace@me.example"),), "de")
    assert (found.topics, found.excerpt) == (("html", "Das Web"), "Ein Wort.")
    assert found.images == (Image(Url("https://me.example/a.png"), 640, 480),)
    assert html(found) == '<p>Ein <a href="https://me.example/2021/05/21/b.html">Wort</a>.</p>'


def test_hugo() -> None:
    """Its description is the whole text, or the beginning."""
    found = known(HUGO)
    assert (found.excerpt, html(found)) == ("The whole text.", "<p>The whole <b>text</b>.</p>")


def test_rss_1_in_latin_1() -> None:
    for document in (RDF.encode("latin-1"), RDF.replace("iso-8859-1", "utf-16").encode("utf-16")):
        found = known(document)
        assert (found.title, found.published) == ("Été", datetime(2003, 7, 14, 7, 30, tzinfo=UTC))
        assert (found.authors, found.topics, found.language) == ((Author("Zoé"),), ("Météo",), "fr")
        assert (found.provider, found.id, found.content) == (Provider("Agence"), "http://news.example/1", None)


def test_podcast() -> None:
    first, second = readings(PODCAST, bodies=True)
    assert first.record
    assert first.record.images == (
        Image(Url("https://cdn.example/1.mp4"), 640, 360, "video/mp4", "", "The film", "Cy"),
        Image(Url("https://cdn.example/1.mp3"), type="audio/mpeg"),
        Image(Url("https://pod.example/1.jpg")),
    )
    assert first.record.published == datetime(2021, 5, 3, 14, tzinfo=UTC)  # RFC 822: two digits, and a zone of North America
    assert (first.record.authors, first.record.excerpt) == ((Author("Bo", email="bo@pod.example"),), "First words.")
    assert [str(problem) for problem in second.problems] == [
        "old.xml#2: link: is missing: the entry has no link to a page (record left out) [entry-link-missing]"
    ]


def test_xhtml_with_xml_base_and_prefixes() -> None:
    found = known(XHTML)
    assert (found.id, found.link, found.title) == ("urn:x:1", "https://x.example/blog/2021/a.html", "Option< T> and < b>")
    assert found.provider == Provider("Planet Y", "y.example", feed=Url("https://y.example/feed"))
    assert found.related == (Related("More", Url("https://x.example/blog/c.html")),)
    assert found.images == (Image(Url("https://x.example/blog/2021/p.png"), type="image/png"),)
    assert html(found) == 'A <a href="https://x.example/blog/2021/deep/b.html">b</a> &lt; c<br>'


def test_json_feed() -> None:
    found = known(json.dumps(JSON), "old.json")
    assert (found.id, found.link, found.address) == ("7", "https://other.example/7", "https://j.example/7")
    assert (found.title, found.is_untitled) == ("First line of a note without a title, which is long enough…", True)
    assert (found.published, found.topics, found.language) == (DAY, ("a", "b"), "nl")
    assert (found.authors, found.provider) == ((Author("Jo", Url("https://j.example/jo")),), Provider("J", "j.example"))
    assert [(one.url, one.type) for one in found.images] == [
        ("https://j.example/7.png", None), ("https://j.example/7.mp3", "audio/mpeg")
    ]  # fmt: skip
    assert html(found).endswith("<p>More &amp; more.</p>")


def test_json_that_is_no_feed_is_a_record() -> None:
    fields = {"title": "A", "publishedDateTime": "2021-05-21", "webUrl": "https://a.example/", "items": []}
    (found,) = records(json.dumps({**fields, "excerpt": "See https://jsonfeed.org/version/1"}), "a.json")
    assert found.path == "a.json:1"
    assert not records("//jsonfeed.org/version/ {", "a.json")


@pytest.mark.parametrize("document", [WORDPRESS, JEKYLL, HUGO, RDF.encode("latin-1"), PODCAST, XHTML])
def test_it_reads_what_feedparser_reads(document: str | bytes) -> None:
    theirs = feedparser.parse(document).entries[0]
    ours = records(document)[0]
    assert (ours.link, ours.id) == (theirs.link, theirs.get("id", theirs.link))
    theirs.title = unescape(theirs.title)
    assert ours.title.startswith(theirs.title.replace("<", "< ").strip())
    if "PST" not in str(document):
        assert ours.published.utctimetuple()[:6] == (theirs.get("published_parsed") or theirs.updated_parsed)[:6]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Fri, 21 May 2021 18:09:00 GMT", DAY),
        ("Fri, 21 May 21 18:09 UT", DAY),
        ("21 May 2021 14:09:00 EDT", DAY),
        ("Fri, 21 May 2021 13:09:00 CDT", DAY),
        ("Fri, 21 May 2021 20:09:00 +0200", DAY),
        ("2021-05-21T20:09:00+02:00", DAY),
        ("Sat, 07 Sep 99 00:00:01 GMT", None),  # it was a Tuesday
        ("Tue, 07 Sep 99 00:00:01 GMT", datetime(1999, 9, 7, 0, 0, 1, tzinfo=UTC)),
        ("Fri, 21 May 2021 18:09:00 XYZ", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_dates(written: str, read: datetime | None) -> None:
    (found,) = readings(rss(item(date=written)))
    assert (found.record.published if found.record else None) == read
    if not found.record:
        assert found.problems[0].field == "published"


def test_an_entry_without_an_id_has_its_link_as_it_is_written() -> None:
    """Readers know it by that; the ids of records are https."""
    (found,) = records(rss(item(link="http://t.example/A?x=1")))
    assert (found.id, found.link) == ("http://t.example/A?x=1", "http://t.example/A?x=1")
    (found,) = records(rss("<title>A</title><guid>http://t.example/g</guid><pubDate>2021-05-21</pubDate>"))
    assert (found.id, found.link) == ("http://t.example/g", "http://t.example/g")


def test_links_are_relative_to_the_site() -> None:
    assert records(rss(item(link="/b")))[0].link == "https://t.example/b"
    (found,) = readings(rss(item(link="b"), channel=""))
    assert [(one.code, one.field) for one in found.problems] == [("url-relative", "link")]


@pytest.mark.parametrize(
    ("written", "author"),
    [
        ("a@x.example (Ada)", Author("Ada", email="a@x.example")),
        ("Ada (a@x.example)", Author("Ada", email="a@x.example")),
        ("Ada &lt;a@x.example&gt;", Author("Ada", email="a@x.example")),
        ("Ada (the one)", Author("Ada (the one)")),
        ("a@x.example", Author("a@x.example")),
    ],
)
def test_authors_of_rss(written: str, author: Author) -> None:
    assert records(rss(item(more=f"<author>{written}</author>")))[0].authors == (author,)


def test_rss_with_prefixes() -> None:
    document = (
        "<r:RDF xmlns:r='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns:x='http://purl.org/rss/1.0/'><x:channel>"
        "<x:title>T</x:title></x:channel><x:item r:about='https://x.example/1'><x:title>A</x:title>"
        "<x:link>https://x.example/a</x:link><d:date xmlns:d='http://purl.org/dc/elements/1.1/'>2021-05-21</d:date></x:item></r:RDF>"
    )
    (found,) = readings(document)
    assert (found.record and (found.record.id, found.record.title), found.problems) == (("https://x.example/1", "A"), ())


def test_a_title_that_is_missing_is_the_beginning_of_the_text() -> None:
    (found,) = records(
        rss("<link>https://t.example/a</link><pubDate>2021-05-21</pubDate><description>Hi <i>x</i></description>")
    )
    assert (found.title, found.is_untitled) == ("Hi x", True)


def test_exports_of_wordpress_and_blogger_publish_no_drafts_pages_and_comments() -> None:
    export = "xmlns:wp='http://wordpress.org/export/1.2/'"
    states = ["publish", "draft", "private", "future", "pending", "trash", "inherit", "auto-draft", "what"]
    posts = [
        item(f"Title {state}", more=f"<wp:post_type>post</wp:post_type><wp:status>{state}</wp:status>") for state in states
    ]
    posts.append(item("Secret", more="<wp:status>publish</wp:status><wp:post_password>x</wp:post_password>"))
    posts.append(item("Page", more="<wp:status>publish</wp:status><wp:post_type>page</wp:post_type>"))
    document = rss(*posts).replace("<rss ", f"<rss {export} ")
    assert [one.title for one in records(document)] == ["Title publish"]
    kind = "<category scheme='http://schemas.google.com/g/2005#kind' term='http://schemas.google.com/blogger/2008/kind#{}'/>"
    more = [
        kind.format("post"),
        kind.format("comment"),
        kind.format("settings"),
        kind.format("post") + "<app:control><app:draft>yes</app:draft></app:control>",
    ]
    entries = "".join(
        f"<entry><title>{n}</title><id>{n}</id><link href='https://b.example/{n}'/><updated>2021-05-21</updated>{one}</entry>"
        for n, one in enumerate(more)
    )
    (found,) = records(
        f"<feed xmlns='http://www.w3.org/2005/Atom' xmlns:app='http://purl.org/atom/app#'><title>B</title>{entries}</feed>"
    )
    assert (found.title, found.topics) == ("0", ())


# Faults


def test_an_ampersand_that_is_none_stays() -> None:
    (found,) = readings(
        rss(item("AT&T &nbsp; R&D", "https://t.example/a?b=1&copy=2", more="<category><![CDATA[A & B]]></category>"))
    )
    assert found.record
    assert (found.record.title, found.record.link) == ("AT&T R&D", "https://t.example/a?b=1&copy=2")
    assert found.record.topics == ("A & B",)
    assert [(one.path, one.code, one.level) for one in found.problems] == [("old.xml", "feed-faulty", "warning")]


def test_text_in_another_encoding_than_it_says() -> None:
    (found,) = readings(rss(item("Café “x”")).encode("windows-1252"))
    assert found.record
    assert found.record.title == "Café “x”"
    assert [one.code for one in found.problems] == ["feed-faulty"]
    (found,) = readings(b'<?xml version="1.0" encoding="utf-16"?>' + rss(item("Café")).encode())
    assert found.record and found.record.title == "Café"
    assert [one.title for one in records(b"\xef\xbb\xbf\n " + rss(item("Café")).encode())] == ["Café"]


def test_namespaces_that_are_not_declared() -> None:
    (found,) = readings(
        rss(item(more="<dc:creator>Ada</dc:creator><content:encoded>&lt;p>x&lt;/p></content:encoded>")), bodies=True
    )
    assert found.record
    assert (found.record.authors, html(found.record)) == ((Author("Ada"),), "<p>x</p>")
    assert [one.code for one in found.problems] == ["feed-faulty"]


def test_a_feed_that_breaks_off_loses_its_last_entry_with_a_message() -> None:
    whole = rss(*(item(str(n), f"https://t.example/{n}") for n in range(3)))
    for cut in range(whole.index("<item>", whole.index("<item>") + 1) + 10, len(whole) - len("</rss>")):
        found = readings(whole[:cut])
        kept = [one.record.title for one in found if one.record]
        assert kept == [str(n) for n in range(len(kept))]
        assert [problem.code for problem in found[-1].problems] == ["feed-cut"]
        assert len(kept) == len(found) - 1


@pytest.mark.parametrize(
    ("document", "why"),
    [
        (b"", "is empty"),
        (b"<html><body><p>Not found</body></html>", "neither Atom nor RSS nor JSON Feed"),
        (b"<opml><body><outline/></body></opml>", "neither Atom nor RSS nor JSON Feed"),
        (b"plain", "is not a feed: line 1: "),
        (b"<rss><channel><title>T", "is not well-formed: line 1: "),
        (b"\xff\xfe<", "is not a feed: "),
        (b'{"a": 1', "is not JSON"),
    ],
)
def test_a_file_without_a_feed_is_one_rejection(site: Site, tmp_path: Path, document: bytes, why: str) -> None:
    (tmp_path / "old.xml").write_bytes(document)
    report = build(site, tmp_path / "old.xml")
    assert (report.records.read, report.records.rejected) == (1, 1)
    assert why in str(report.problems[0])
    assert str(report.problems[0]).endswith("(no entry is read): save the feed again (file left out) [feed-invalid]")


def test_a_feed_without_entries_has_no_records() -> None:
    assert readings(rss()) == []


def test_no_entity_is_expanded_and_no_file_is_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("the secret")
    lol = "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
    document = f'<!DOCTYPE rss [<!ENTITY f SYSTEM "file://{secret}"><!ENTITY a "aaaaaaaaaa">{lol}]>' + rss(
        item("x&f;&j;y", more='<category domain="&f;">&f;</category>')
    )
    found = readings(document, bodies=True)
    assert "the secret" not in str(found)
    assert len(str(found)) < 3_000
    attribute = document.replace('domain="&f;"', 'domain="&j;"')
    assert len(str(readings(attribute, bodies=True))) < 3_000


def test_nothing_hostile_in_a_content_is_published(site: Site, tmp_path: Path) -> None:
    bad = (
        "<script>alert(1)</script><style>p{}</style><p onclick='x()' style='x'>ok</p><iframe src='https://e.example/'></iframe>"
        "<a href='javascript:alert(1)'>a</a><svg onload='x()'></svg><form action='x'><input></form><b>unclosed"
    )
    document = rss(item("A <script>alert(1)</script>", more=f"<description>{escape(bad)}</description>"))
    (tmp_path / "old.xml").write_text(document)
    build(site, tmp_path / "old.xml", content="full")
    everything = "".join(data.decode(errors="ignore") for path, data in published(site.output).items() if "all." in path)
    (entry,) = json.loads(site.text("all.json"))["items"]
    assert ">ok<" in entry["content_html"]
    for word in ("alert(1)", "onclick", "<iframe", "javascript:", "onload", "<form", "<style>p"):
        assert word not in everything, word


def test_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    found = readings(
        rss(item(), item("B", "https://t.example/b", more=f"<description>{'x' * 5_000}</description>")), max_file_size=4_000
    )
    assert [one.status for one in found] == ["published", "rejected"]
    assert found[1].problems[0].code == "file-too-large"
    with pytest.raises(FrontMatterError) as error:
        readings(rss(item()), max_shard_size=100)
    assert error.value.code == "shard-too-large"
    deep = rss(item(more=f"<description>{'<b>' * 3_000}x{'</b>' * 3_000}</description>"), item("B", "https://t.example/b"))
    assert [one.status for one in readings(deep)] == ["rejected"]
    many = "".join(f"<category>{n}</category>" for n in range(5_000))
    (one,) = readings(rss(item(more=many)))
    assert one.record and len(one.record.topics) == 100
    monkeypatch.setattr(feed_xml, "_MOST_TAGS", 100)
    with pytest.raises(FrontMatterError, match="has more than 100 tags"):
        readings(rss(item(more="<a/>" * 100)))
    monkeypatch.undo()
    monkeypatch.setattr(entries, "MOST", 2)
    assert len(readings(rss(item(), item()))) == 2
    with pytest.raises(FrontMatterError, match="has more than 2 entries"):
        readings(rss(item(), item(), item()))


def test_other_elements_are_named_in_fields() -> None:
    many = " ".join(f"a{n}='x'" for n in range(30))
    more = f"<x><y/></x><z>1</z><z>2</z><comments>https://t.example/#c</comments><e url='u'/><f {many}/>"
    assert entries.read(rss(item(more=more)).encode()).rows[0].fields["entry"] == {
        "z": "1",
        "comments": "https://t.example/#c",
        "e": {"url": "u"},
    }


def test_what_is_large_by_its_base_or_its_levels_stays_as_it_is() -> None:
    atom = (
        "<feed xmlns='http://www.w3.org/2005/Atom' xml:base='https://x.example/{}'><entry><title>A</title><id>a</id>"
        "<link href='https://x.example/a'/><updated>2021-05-21</updated><content type='html'>{}</content></entry></feed>"
    )
    (found,) = records(atom.format("a/" * 1_000, "&lt;a href='b'&gt;b&lt;/a&gt;" * 9_000), bodies=True)
    assert found.content and len(found.content.text) < 200_000
    levels = "&lt;a href='b'&gt;x&lt;/a&gt;" + "&lt;div&gt;" * 300 + "the end"
    (found,) = records(atom.format("", levels), bodies=True)
    assert found.content and found.content.text.endswith("the end")


@given(
    st.sampled_from([WORDPRESS, JEKYLL, HUGO, RDF, PODCAST, XHTML, json.dumps(JSON)]).flatmap(
        lambda text: st.tuples(st.integers(0, len(text)), st.integers(0, 40), st.binary(max_size=6)).map(
            lambda cut: text.encode()[: cut[0]] + cut[2] + text.encode()[cut[0] + cut[1] :]
        )
    )
)
def test_a_damaged_feed_is_read_or_refused(document: bytes) -> None:
    try:
        found = readings(document, bodies=True)
    except FrontMatterError as error:
        assert error.code == "feed-invalid"
        return
    assert all(one.record or one.problems for one in found)


# A site


def build(site: Site, path: Path, **more: Any) -> feedloom.Report:
    places = {"records": str(path), "output": str(site.output), "state": str(site.state), "site__url": "https://f.example/"}
    return feedloom.build(feedloom.load_config(**{**places, **more}), now=NOW, force=True)


def configured(site: Site, tmp_path: Path, text: str, **of_site: str) -> feedloom.Report:
    of_site = {"url": "https://f.example/", **of_site}
    (tmp_path / "feedloom.yaml").write_text(f"{text}\noutput: out\nsite: {json.dumps(of_site)}\n")
    return feedloom.build(feedloom.load_config(str(tmp_path / "feedloom.yaml")), now=NOW, force=True)


def test_a_feed_beside_records_is_split_by_topic(site: Site, tmp_path: Path) -> None:
    (tmp_path / "old.xml").write_text(WORDPRESS)
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "a.rss").write_text(PODCAST)
    (tmp_path / "more" / "b.atom").write_text(JEKYLL)
    (tmp_path / "more" / "b.rss").write_text(HUGO)
    site.write({"a.md": record(topics="[Looms]")})
    report = configured(site, tmp_path, "records: [records, {path: old.xml, content: full}, 'more/*.rss']")
    assert (report.records.published, report.records.rejected) == (4, 1)
    assert [problem.place for problem in report.problems] == ["./more/a.rss#2: link"]
    assert sorted(one["title"] for one in json.loads(site.text("topics/looms.json"))["items"]) == [
        "A title",
        "Engines — & looms",
    ]
    contents = {one["title"]: one.get("content_html", "") for one in json.loads(site.text("all.json"))["items"]}
    assert "<em>weaves</em>" in contents["Engines — & looms"]
    assert "<b>text</b>" not in contents["One"]
    config = feedloom.load_config(str(tmp_path / "feedloom.yaml"))
    engines.built(engines.beside(config), NOW)
    assert published(Path(f"{config.output}-engine")) == published(Path(config.output))


def test_commands_name_an_entry_by_its_number(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("old.xml").write_text(PODCAST)
    Path("feedloom.yaml").write_text("records: old.xml\n")
    assert "Episode 1" in CliRunner().invoke(main, ["explain", "old.xml#1"]).output
    assert "name one of them, such as old.xml#1" in CliRunner().invoke(main, ["explain", "old.xml"]).output
    assert "1 of 2 entries keep their ids" in CliRunner().invoke(main, ["adopt", "old.xml", "--check"]).output


def test_feeds_in_a_folder_are_not_read(site: Site) -> None:
    for suffix in ("xml", "rss", "atom", "rdf"):
        (site.records / f"feed.{suffix}").write_text(WORDPRESS)
    assert site.build({"a.md": record()}).records.read == 1


def test_a_feed_that_is_no_feed_any_more_leaves_the_site_as_it_is(site: Site, tmp_path: Path) -> None:
    """As when a download saves an error page."""
    path = tmp_path / "old.xml"
    path.write_text(rss(*(item(str(n), f"https://t.example/{n}") for n in range(9))))
    build(site, path)
    before = site.files()
    path.write_text("<html><body>502 Bad Gateway</body></html>")
    config = feedloom.load_config(records=str(path), output=str(site.output), state=str(site.state))
    with pytest.raises(feedloom.GuardError, match="of 1 read: 1 rejected"):
        feedloom.build(config, now=NOW)
    assert site.files() == before


def test_fields_are_read_otherwise(site: Site, tmp_path: Path) -> None:
    (tmp_path / "old.xml").write_text(PODCAST)
    report = configured(
        site,
        tmp_path,
        "records:\n- path: old.xml\n  fields: {link: [webUrl, entry.enclosure.url], category: ['entry.itunes:duration']}\n"
        "  defaults: {topics: [Sound]}",
    )
    assert (report.records.published, report.problems) == (2, [])
    assert [one["url"] for one in json.loads(site.text("topics/sound.json"))["items"]] == [
        "https://cdn.example/2.mp3", "https://pod.example/1"
    ]  # fmt: skip
    assert "12:30" in site.text("all.json")


def test_a_title_from_another_field_is_one(site: Site, tmp_path: Path) -> None:
    (tmp_path / "old.json").write_text(json.dumps(JSON))
    for fields, title in (("{}", None), ("{title: [language]}", "nl")):
        configured(site, tmp_path, f"records: old.json\nfields: {fields}")
        assert json.loads(site.text("all.json"))["items"][0].get("title") == title


def test_a_profile_of_the_site_is_not_that_of_the_feed(site: Site, tmp_path: Path) -> None:
    (tmp_path / "old.xml").write_text(WORDPRESS)
    (tmp_path / "records" / "2021-05-01-a.md").write_text("---\ntitle: Post\n---\nText\n")
    for listed, count in (("[records, old.xml]", 2), ("[{path: old.xml, profile: hugo}]", 1), ("old.xml", 1), ("'o*.xml'", 1)):
        report = configured(site, tmp_path, f"profile: jekyll\nrecords: {listed}", home="https://me.example/").records
        assert (report.published, report.rejected) == (count, 0), listed


def test_a_feed_that_did_not_change_is_not_read_again(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "old.xml"
    older = item("B", "https://t.example/b", "Fri, 21 May 2021 10:00:00 GMT")
    path.write_text(rss(item("A"), older))
    monkeypatch.setattr(scan, "is_settled", lambda source, now: True)
    build(site, path)
    calls: list[bytes] = []
    read = entries.read

    def counted(data: bytes, longest: int) -> entries.Feed:
        calls.append(data)
        return read(data, longest)

    monkeypatch.setattr(entries, "read", counted)
    assert (build(site, path).files.written, calls) == (0, [])
    # New entries come first: those behind them move, and are the same records.
    path.write_text(rss(item("C", "https://t.example/c", "Fri, 28 May 2021 19:00:00 GMT"), item("A"), older))
    build(site, path)
    assert len(calls) == 1
    warm = site.files()
    build(site, path, output=str(tmp_path / "fresh"), state=str(tmp_path / "fresh.sqlite"))
    assert published(tmp_path / "fresh") == warm


# The round trip


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=30)


@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(WORDS, st.datetimes(datetime(1971, 1, 1), datetime(2025, 12, 31)), st.booleans(), WORDS),
        min_size=1,
        max_size=6,
    )
)
def test_our_own_feed_gives_the_same_entries(
    tmp_path_factory: pytest.TempPathFactory, made: list[tuple[str, datetime, bool, str]]
) -> None:
    folder = tmp_path_factory.mktemp("trip")
    lines = [
        {
            "title": title,
            "publishedDateTime": moment.replace(microsecond=0).isoformat() + "Z",
            "updatedDateTime": moment.replace(microsecond=0).isoformat() + "+00:00",
            "webUrl": f"http{'s' * secure}://e.example/{n}?a=1&b={n}",
            **({"id": f"tag:e.example,{n}:{words}"} if secure else {}),
            "excerpt": words,
            "topics": ["A&B", words],
            "category": "News",
            "provider": {"name": "P & Q", "domain": "p.example"},
            "images": [
                {"url": "https://e.example/a.mp4", "type": "video/mp4"},
                {"url": "https://e.example/b.png", "width": "3", "height": "4"},
            ],
            "language": "de",
        }
        for n, (title, moment, secure, words) in enumerate(made)
    ]
    (folder / "in.jsonl").write_text("\n".join(map(json.dumps, lines)))
    first = trip(folder, "in.jsonl", "1")
    for suffix in ("atom", "rss", "json"):
        (folder / f"old-{suffix}.{suffix if suffix == 'json' else 'xml'}").write_bytes(
            (folder / "1" / f"all.{suffix}").read_bytes()
        )
        again = trip(folder, f"old-{suffix}.{suffix if suffix == 'json' else 'xml'}", suffix)
        for old, new in zip(first, again, strict=True):
            for name in ("id", "url", "title", "date_published", "date_modified", "tags", "summary", "language"):
                if name != "summary" or suffix != "rss":
                    assert new.get(name) == old.get(name), (suffix, name)
            if suffix == "atom":
                assert sorted(map(str, new["attachments"])) == sorted(map(str, old["attachments"]))
                assert new["_feedloom"]["category"] == "News"
                assert new["_feedloom"].get("provider") == {"name": "P & Q", "domain": "p.example"}


@pytest.mark.parametrize("suffix", ["atom", "rss", "json"])
def test_the_content_of_our_own_feed_is_not_added_to_again(tmp_path: Path, suffix: str) -> None:
    line = {
        "title": "A",
        "publishedDateTime": "2025-01-01T00:00:00Z",
        "webUrl": "https://e.example/a",
        "excerpt": "Words",
        "provider": {"name": "P & Q", "domain": "p.example"},
        "images": [{"url": "https://e.example/b.png", "width": "3", "height": "4"}],
        "related": [{"title": "B & C", "webUrl": "https://e.example/b"}],
    }
    (tmp_path / "in.jsonl").write_text(json.dumps(line))
    (first,) = trip(tmp_path, "in.jsonl", "1")
    name = f"old.{suffix if suffix == 'json' else 'xml'}"
    (tmp_path / name).write_bytes((tmp_path / "1" / f"all.{suffix}").read_bytes())
    (again,) = trip(tmp_path, name, "2", content="full")
    assert again["content_html"].count("P &amp; Q") == first["content_html"].count("P &amp; Q") == 1
    assert again["content_html"].count("B &amp; C") == 1
    assert again["content_html"].count("b.png") == 1


def trip(folder: Path, source: str, name: str, **more: Any) -> list[dict[str, Any]]:
    config = feedloom.load_config(
        records=str(folder / source),
        output=str(folder / name),
        state=str(folder / f"{name}.sqlite"),
        site__url="https://f.example/",
        limit=100,
        **more,
    )
    feedloom.build(config, now=NOW, force=True)
    found: list[dict[str, Any]] = json.loads((folder / name / "all.json").read_bytes())["items"]
    return found
