"""The validator of the tests complains where it should: a good feed with one change each."""

from pathlib import Path

import pytest

from tests.validator import complaints, json_feed_complaints, opml_complaints

FEEDS = Path(__file__).parent.parent / "feeds"
ATOM = (FEEDS / "topics" / "open-web.atom").read_text()
RSS = (FEEDS / "topics" / "open-web.rss").read_text()
RSS_WITH_IMAGE = (FEEDS / "providers" / "orbitweekly.example.rss").read_text()
JSON = (FEEDS / "all.json").read_text()
OPML = (FEEDS / "feeds.opml").read_text()

ALTERNATE = '<link href="https://feeds.example.org/" rel="alternate" type="text/html"/>'
ENTRY_LINK = '<link href="https://openweb.example.com/the-quiet-return-of-the-feed" rel="alternate" type="text/html"/>'
DATE = "2023-11-20T07:00:00Z"
PUB_DATE = "<pubDate>Mon, 20 Nov 2023 07:00:00 GMT"
ITEM_LINK = "<link>https://openweb.example.com/the-quiet-return-of-the-feed"

# The complaint, what is replaced, and by what.
ATOM_CHANGES = [
    ("SAXError", "</feed>", ""),
    ("RelaxNG", "<title>The quiet return of the feed</title>", ""),
    ("RelaxNG", "</updated>", "</updated><updated>2023-11-20T07:00:00Z</updated>"),
    ("DuplicateElement", "<subtitle>", "<subtitle>x</subtitle><subtitle>"),
    ("MissingElement: id", "<id>https://feeds.example.org/topics/open-web</id>", ""),
    ("MissingSourceElement: updated", f"<updated>{DATE}</updated>\n      <link", "<link"),
    ("UndefinedElement", "<summary>", "<rights>x</rights><summary>"),
    ("UnexpectedAttribute", "<summary>", "<summary lang='en'>"),
    ("BadCharacters", "The quiet return", "The\ufffd quiet return"),
    ("NotBlank", "<title>The quiet return of the feed</title>", "<title> </title>"),
    ("ContainsHTML", "The quiet return", "The &lt;b>quiet&lt;/b> return"),
    ("CharacterData", "The quiet return", "The &lt;quiet return"),
    ("ContainsHTML: &", "The quiet return", "The &amp;quiet return"),
    ("NotHtml", "&lt;figure&gt;", "&lt;figure"),
    ("SecurityRisk", "&lt;figure&gt;", "&lt;figure&gt;&lt;iframe&gt;&lt;/iframe&gt;"),
    ("SecurityRiskAttr", "&lt;p&gt;", "&lt;p onclick=x&gt;"),
    ("ContainsRelRef", 'img src="https://openweb.example.com', 'img src="'),
    ("UriNotIri", "<uri>https://openweb", "<uri>https://öpenweb"),
    ("InvalidUriChar", "<uri>https://openweb", "<uri>https://open|web"),
    ("InvalidFullLink", "<uri>https://openweb.example.com/", "<uri>openweb"),
    ("SchemeNotIANARegistered", "<uri>https:", "<uri>x:"),
    ("InvalidUUID", "<id>https://feeds.example.org/topics/open-web", "<id>urn:uuid:1"),
    ("NonCanonicalURI", "<id>https://openweb.example.com/the", "<id>https://openweb.example.com/%7ethe"),
    ("InvalidRFC3339Date", f"<published>{DATE}", "<published>2023-11-20T07:00:00.5Z"),
    ("InvalidRFC3339Date", f"<published>{DATE}", "<published>2023-11-31T07:00:00Z"),
    ("ImplausibleDate", f"<published>{DATE}", "<published>1969-11-20T07:00:00Z"),
    ("ImplausibleDate", f"<published>{DATE}", "<published>2969-11-20T07:00:00Z"),
    ("UnregisteredAtomLinkRel", 'rel="related"', 'rel="amphtml"'),
    ("InvalidMIMEType", ENTRY_LINK, ENTRY_LINK.replace("text/html", "html")),
    ("SelfNotAtom", 'type="application/atom+xml"', 'type="text/html"'),
    ("AttrNotBlank", 'title="What a validator knows about your feed"', 'title=""'),
    ("DuplicateAtomLink", ALTERNATE, ALTERNATE * 2),
    ("DuplicateAtomLink", 'rel="related"', 'rel="alternate"'),
    ("DuplicateEnclosure", 'rel="related" type="text/html"', 'rel="enclosure" type="image/png"'),
    ("InvalidPositiveInteger", 'width="1200" height="630"/>', 'width="0"/>'),
    ("InvalidMIMEAttribute", 'type="image/jpeg" medium', 'type="jpeg" medium'),
    ("InvalidMediaMedium", 'medium="image"', 'medium="picture"'),
    ("MissingContentOrAlternate", ENTRY_LINK, ""),
    ("DuplicateIds", "</entry>", "</entry>" + ATOM[ATOM.index("<entry>") : ATOM.index("</feed>")]),
    ("SelfDoesntMatchLocation", 'open-web.atom" rel="self"', 'other.atom" rel="self"'),
    ("MissingSelf", 'rel="self"', 'rel="via"'),
]
RSS_CHANGES = [
    ("InvalidRFC2822Date", PUB_DATE, "<pubDate>2023-11-20T07:00:00Z"),
    ("IncorrectDOW", PUB_DATE, "<pubDate>Tue, 20 Nov 2023 07:00:00 GMT"),
    ("ImplausibleDate", PUB_DATE, "<pubDate>Thu, 20 Nov 1969 07:00:00 GMT"),
    ("DuplicateElement", ITEM_LINK, f"<link>https://a.example/</link>{ITEM_LINK}"),
    ("DuplicateEnclosure", "<enclosure", '<enclosure url="https://a.example/" length="0" type="a/b"/><enclosure'),
    ("InvalidURLAttribute", '<enclosure url="https://openweb.example.com', '<enclosure url="https://localhost'),
    ("InvalidIntegerAttribute", 'length="0"', 'length=""'),
    ("InvalidMIMEAttribute", 'length="0" type="image/jpeg"', 'length="0" type="jpeg"'),
    ("InvalidBooleanAttribute", 'isPermaLink="true"', 'isPermaLink="yes"'),
    ("InvalidPermalink", '<guid isPermaLink="true">https://openweb.example.com/the-quiet-return-of-the-feed', "<guid>urn:x1:y"),
    ("DuplicateValue", "</item>", "</item>" + RSS[RSS.index("<item>") : RSS.index("  </channel>")]),
    ("NeedDescriptionBeforeContent", "<description>News", "<content:encoded>x</content:encoded><description>News"),
    ("UndefinedElement", "<dc:creator>Open Web Review</dc:creator>", "<author>x</author>"),
    ("MisplacedItem", "</item>", "</item><ttl>1</ttl>"),
    ("InvalidLanguage", "<language>en</language>", "<language>en_US</language>"),
    ("NotHtml", "<description>Newsletters", "<description>&lt;b>Newsletters"),
    ("SecurityRisk", "<description>Newsletters", "<description>&lt;script>x&lt;/script>Newsletters"),
    ("MissingElement: guid", "</item>", "</item><item><title>x</title></item>"),
    ("UndefinedElement", "</item>", "<media:group/></item>"),
]
IMAGE_CHANGES = [
    ("ImageLinkDoesntMatch", "</title>\n      <link>https://feeds.example.org/", "</title>\n      <link>https://example.org/"),
    ("ImageTitleDoesntMatch", "<url>", "<title>x</title><url>"),
    ("ImageUrlFormat", "logo-96x96.png</url>", "logo.svg</url>"),
    ("InvalidWidth", "<width>96", "<width>145"),
]  # fmt: skip
JSON_CHANGES = [
    ("version", "version/1.1", "version/2"),
    ("title", '"title":"Feedloom Examples"', '"title":""'),
    ("feed_url", '"feed_url":"https:', '"feed_url":"'),
    ("id: twice", "https://openweb.example.com/the-quiet-return-of-the-feed", "https://notes.example.com/a-plain-note"),
    ("date_published", '"date_published":"2', '"date_published":"'),
    ("mime_type", "image/jpeg", "jpeg"),
    ("authors", '"authors":[{"name":"Feedloom Examples"}]', '"authors":[{}]'),
]
OPML_CHANGES = [
    ("opml", 'version="2.0"', 'version="1.0"'),
    ("outline", "xmlUrl", "url"),
    ("outline: no text", "text=", "name="),
]

CHANGES = [
    *((ATOM, *change) for change in ATOM_CHANGES),
    *((RSS, *change) for change in RSS_CHANGES),
    *((RSS_WITH_IMAGE, *change) for change in IMAGE_CHANGES),
]


@pytest.mark.parametrize(
    ("document", "complaint", "old", "new"), CHANGES, ids=[f"{change[1]}-{change[2]}" for change in CHANGES]
)
def test_a_change_is_noticed(document: str, complaint: str, old: str, new: str) -> None:
    assert old in document
    suffix = "rss" if document is not ATOM else "atom"
    found = complaints(document.replace(old, new).encode(), f"https://feeds.example.org/topics/open-web.{suffix}")
    assert [message for message in found if message.startswith(complaint)], found


@pytest.mark.parametrize(("complaint", "old", "new"), JSON_CHANGES)
def test_a_change_of_a_json_feed_is_noticed(complaint: str, old: str, new: str) -> None:
    assert old in JSON
    assert [message for message in json_feed_complaints(JSON.replace(old, new).encode()) if complaint in message]


@pytest.mark.parametrize(("complaint", "old", "new"), OPML_CHANGES)
def test_a_change_of_an_opml_is_noticed(complaint: str, old: str, new: str) -> None:
    assert old in OPML
    assert [message for message in opml_complaints(OPML.replace(old, new).encode()) if complaint in message]


def test_what_is_no_feed() -> None:
    assert complaints(b"<x/>") == ["UndefinedElement: x"]
