"""The validator of the tests complains where it should, and of nothing else: good documents with one change each."""

import pytest

from tests.validator import complaints, json_feed_complaints, opml_complaints

ATOM_URL = "https://feeds.example.org/a.atom"
ATOM = f"""<?xml version='1.0' encoding='UTF-8'?>
<feed xmlns:media="http://search.yahoo.com/mrss/" xmlns="http://www.w3.org/2005/Atom" xml:lang="en">
  <id>https://feeds.example.org/a</id>
  <title>A feed</title>
  <subtitle>All of it.</subtitle>
  <updated>2021-05-22T00:00:00Z</updated>
  <link href="https://feeds.example.org/" rel="alternate" type="text/html"/>
  <link href="{ATOM_URL}" rel="self" type="application/atom+xml"/>
  <icon>https://feeds.example.org/i.ico</icon>
  <author><name>The site</name></author>
  <generator>feedloom</generator>
  <entry>
    <id>https://example.com/one</id>
    <title>One</title>
    <link href="https://example.com/one" rel="alternate" type="text/html"/>
    <published>2021-05-21T00:00:00Z</published>
    <updated>2021-05-22T00:00:00Z</updated>
    <author><name>Somebody</name><uri>https://example.com/</uri></author>
    <category term="News" scheme="urn:feedloom:category" label="News"/>
    <summary>Short.</summary>
    <content type="html">&lt;p&gt;&lt;img src="https://example.com/i.png" alt=""&gt; A&amp;amp;B&lt;/p&gt;</content>
    <link href="https://example.com/i.png" rel="enclosure" type="image/png"/>
    <media:content url="https://example.com/i.png" type="image/png" medium="image" width="1" height="1"/>
    <media:thumbnail url="https://example.com/i.png"/>
    <link href="https://example.com/two" rel="related" title="Two &#x26; more"/>
    <source>
      <id>https://example.com/</id>
      <title>Example</title>
      <updated>2021-05-20T00:00:00Z</updated>
    </source>
  </entry>
  <entry><id>https://example.com/2</id><title>2</title><updated>2021-05-23T00:00:00Z</updated><content>x</content></entry>
</feed>
"""
FEED_ID = "<id>https://feeds.example.org/a</id>"
FEED_AUTHOR = "<author><name>The site</name></author>"
DATE = "<published>2021-05-21T00:00:00Z</published>"

# The complaints, what is replaced, and by what.
ATOM_CHANGES = [
    # The document
    ("SAXError", "</feed>", ""),
    ("UndefinedElement", ATOM, "<html/>"),
    ("UnknownNamespace", FEED_ID, f'{FEED_ID}<x:y xmlns:x="urn:x1:y"/>'),
    ("ValidatorLimit", "All of it.", "x" * 2_000_000),
    ("NotUTF8", "UTF-8", "US-ASCII"),
    # Elements
    ("RelaxNG MissingElement", FEED_ID, ""),
    ("RelaxNG MissingElement", "<title>A feed</title>", ""),
    ("RelaxNG MissingElement", "<title>One</title>", ""),
    ("RelaxNG MissingElement", "<updated>2021-05-23T00:00:00Z</updated>", ""),
    ("RelaxNG MissingElement", "<name>Somebody</name>", ""),
    ("MissingSourceElement", "<id>https://example.com/</id>", ""),
    ("MissingSourceElement", "<title>Example</title>", ""),
    ("MissingSourceElement", "<updated>2021-05-20T00:00:00Z</updated>", ""),
    ("RelaxNG DuplicateElement", "<title>One", "<title>1</title><title>One"),
    ("RelaxNG DuplicateElement", "<summary>", "<summary>x</summary><summary>"),
    ("RelaxNG UndefinedElement", "<summary>", "<dates/><summary>"),
    ("UndefinedElement", "<summary>", "<media:poster/><summary>"),
    ("RelaxNG UnexpectedAttribute", "<summary>", "<summary lang='en'>"),
    ("RelaxNG MissingAttribute", ' term="News"', ""),
    ("RelaxNG MissingHref", 'link href="https://example.com/two"', "link"),
    ("RelaxNG UnexpectedText", "</source>", "x</source>"),
    ("AtomLinkNotEmpty", ' more"/>', ' more">x</link>'),
    ("RelaxNG MisplacedMetadata", "</feed>", "<logo>https://example.com/l.png</logo></feed>"),
    ("MediaGroupWithoutAlternatives", "<summary>", '<media:group><media:content url="urn:x1:y"/></media:group><summary>'),
    # Entries
    ("DuplicateEntries", "https://example.com/2", "https://example.com/one"),
    ("DuplicateUpdated", "2021-05-23T00:00:00Z", "2021-05-22T00:00:00Z"),
    ("MissingElement", FEED_AUTHOR, ""),
    ("MissingTextualContent", "<content>x</content>", '<link href="https://example.com/2"/>'),
    ("MissingContentOrAlternate", "<content>x</content>", "<summary>x</summary>"),
    # Links
    ("DuplicateAtomLink", "<icon>", '<link href="https://example.org/" type="text/html"/><icon>'),
    ("DuplicateAtomLink", DATE, f'<link href="https://example.org/" type="text/html"/>{DATE}'),
    ("MissingSelf", 'rel="self"', 'rel="via"'),
    ("SelfDoesntMatchLocation", ATOM_URL, "https://feeds.example.org/b.atom"),
    ("SelfNotAtom", "application/atom+xml", "text/xml"),
    ("RelaxNG InvalidMIMEType", 'rel="enclosure" type="image/png"', 'rel="enclosure" type="png"'),
    ("UnregisteredAtomLinkRel", 'rel="related"', 'rel="amphtml"'),
    ("FeedHistoryRelInEntry", 'rel="related"', 'rel="next-archive"'),
    ("AttrNotBlank", 'title="Two &#x26; more"', 'title=""'),
    ("InvalidNonNegativeInteger", 'rel="enclosure"', 'rel="enclosure" length="-1"'),
    ("InvalidLanguage", 'rel="related"', 'rel="related" hreflang="jp"'),
    # Texts
    ("NotBlank", "<title>One", "<title> "),
    ("NotBlank", "<content>x</content>", "<content/>"),
    ("AttrNotBlank", 'term="News"', 'term=""'),
    ("BadCharacters", "Short.", "Short\x85."),
    ("BadCharacters", "Short.", "\ufffd"),
    ("BadCharacters", "Short.", "cafÃ©"),
    ("BadCharacters", 'label="News"', 'label="\x80"'),
    ("ContainsUndeclaredHTML", "Short.", "&lt;b>Short&lt;/b>"),
    ("ContainsUndeclaredHTML", "Short.", "A&amp;Pi"),
    ("ContainsUndeclaredHTML", "Short.", "A&amp;#65;"),
    ("ContainsHTML", "Two &#x26; more", "Two &amp;lt; more"),
    ("ContainsHTML", 'label="News"', 'label="&amp;copy"'),
    ("ContainsHTML", "Somebody", "A&amp;Pi"),
    ("ContainsEmail", "Somebody", "Somebody &lt;me@example.com>"),
    ("InvalidContact", "</uri>", "</uri><email>me@example</email>"),
    ("InvalidLanguage", 'xml:lang="en"', 'xml:lang="xx"'),
    # HTML
    ("NotHtml", "&lt;p&gt;", "&lt;p"),
    ("NotHtml", "A&amp;amp;B", "A&amp;B"),
    ("NotHtml", "&lt;p&gt;", "&lt;blink&gt;&lt;/blink&gt;&lt;p&gt;"),
    ("SecurityRisk", "&lt;p&gt;", "&lt;script&gt;&lt;/script&gt;&lt;p&gt;"),
    ("SecurityRiskAttr", "&lt;p&gt;", "&lt;p onclick='x'&gt;"),
    ("DangerousStyleAttr", "&lt;p&gt;", "&lt;p style='x'&gt;"),
    ("ContainsRelRef", 'img src="https://example.com/i.png"', 'img src="/i.png"'),
    ("HtmlFragment", 'type="html"', 'type="text/html"'),
    ("InvalidMIMEType", 'type="html"', 'type="image/png"'),
    # Addresses
    ("UriNotIri", "https://example.com/two", "https://example.com/zwö"),
    ("InvalidUriChar", "https://example.com/two", "https://example.com/a|b"),
    ("InvalidUriChar", "https://example.com/two", "https://example.com/5%"),
    ("InvalidFullLink", "https://example.com/two", "/two"),
    ("InvalidFullLink", "https://example.com/two", "https:///two"),
    ("SchemeNotIANARegistered", "https://example.com/two", "feed://example.com/two"),
    ("InvalidURN", "urn:feedloom:category", "urn:feedloom"),
    ("InvalidUUID", FEED_ID, "<id>urn:uuid:1</id>"),
    ("InvalidTAG", FEED_ID, "<id>tag:a</id>"),
    ("UnexpectedWhitespace", FEED_ID, "<id>\nhttps://feeds.example.org/a</id>"),
    ("NonCanonicalURI", FEED_ID, "<id>https://Feeds.example.org/a</id>"),
    ("NonCanonicalURI", FEED_ID, "<id>https://feeds.example.org:443/a</id>"),
    ("NonCanonicalURI", FEED_ID, "<id>https://feeds.example.org</id>"),
    ("NonCanonicalURI", FEED_ID, "<id>https://feeds.example.org/b/../a</id>"),
    ("NonCanonicalURI", FEED_ID, "<id>https://feeds.example.org/a/.</id>"),
    ("NonCanonicalURI", FEED_ID, "<id>https://feeds.example.org/%7ea</id>"),
    ("NonCanonicalURI", FEED_ID, "<id>https://feeds.example.org/?%c3%b6</id>"),
    ("NonCanonicalURI", FEED_ID, "<id>https://feeds.example.org/caf%E9</id>"),
    ("NonCanonicalURI", FEED_ID, "<id>https://feeds.example.org/e%CC%81</id>"),
    # Dates
    ("RelaxNG InvalidRFC3339Date", DATE, "<published>2021-05-21</published>"),
    ("RelaxNG InvalidRFC3339Date", DATE, "<published>2021-02-30T00:00:00Z</published>"),
    ("InvalidRFC3339Date", DATE, "<published>2021-05-21T00:00:00.5Z</published>"),
    ("InvalidRFC3339Date", DATE, "<published>2021-05-21T00:00:00+02:00</published>"),
    ("ImplausibleDate", DATE, "<published>1969-12-31T23:59:59Z</published>"),
    ("ImplausibleDate", DATE, "<published>2969-12-31T23:59:59Z</published>"),
    # Media
    ("MissingAttribute", '<media:content url="https://example.com/i.png"', "<media:content"),
    ("InvalidPositiveInteger", 'width="1"', 'width="0"'),
    ("InvalidMIMEAttribute", 'type="image/png" medium', 'type="png" medium'),
    ("InvalidMediaMedium", 'medium="image"', 'medium="picture"'),
]

RSS_URL = "https://feeds.example.org/a.rss"
RSS = f"""<?xml version='1.0' encoding='UTF-8'?>
<rss xmlns:atom="http://www.w3.org/2005/Atom" xmlns:content="http://purl.org/rss/1.0/modules/content/"
     xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/" version="2.0">
  <channel>
    <title>A feed</title>
    <link>https://feeds.example.org/</link>
    <description>All of it &#x26; more.</description>
    <language>en-us</language>
    <atom:link href="{RSS_URL}" rel="self" type="application/rss+xml"/>
    <lastBuildDate>Sat, 22 May 2021 00:00:00 GMT</lastBuildDate>
    <ttl>60</ttl>
    <image>
      <url>https://example.com/i.png</url>
      <title>A feed</title>
      <link>https://feeds.example.org/</link>
      <width>144</width>
      <height>400</height>
    </image>
    <item>
      <title>One</title>
      <link>https://example.com/one</link>
      <guid isPermaLink="true">https://example.com/one</guid>
      <pubDate>Fri, 21 May 2021 00:00:00 GMT</pubDate>
      <atom:updated>2021-05-22T00:00:00Z</atom:updated>
      <dc:creator>Somebody</dc:creator>
      <source url="https://example.com/">Example</source>
      <category domain="urn:feedloom:category">News</category>
      <description>A&#x26;amp;B</description>
      <content:encoded>&lt;p&gt;One&lt;/p&gt;</content:encoded>
      <enclosure url="https://example.com/i.png" length="0" type="image/png"/>
      <media:thumbnail url="https://example.com/i.png"/>
      <atom:link href="https://example.com/two" rel="related" title="Two"/>
    </item>
  </channel>
</rss>
"""
GUID = '<guid isPermaLink="true">https://example.com/one</guid>'
PUBLISHED = "<pubDate>Fri, 21 May 2021 00:00:00 GMT</pubDate>"

RSS_CHANGES = [
    # Elements
    ("InvalidRSSVersion", 'version="2.0"', 'version="3.0"'),
    ("MissingTitle", "<title>A feed</title>\n    <link>", "<link>"),
    ("MissingLink", "<link>https://feeds.example.org/</link>\n    <desc", "<desc"),
    ("MissingDescription", "<description>All of it &#x26; more.</description>", ""),
    ("MissingTitle", "<title>A feed</title>\n      <link>", "<link>"),
    ("MissingLink", "<link>https://feeds.example.org/</link>\n      <width>", "<width>"),
    ("MissingElement", "<url>https://example.com/i.png</url>", ""),
    ("MissingGuid", GUID, ""),
    ("DuplicateElement", PUBLISHED, PUBLISHED * 2),
    ("DuplicateEnclosure", "<enclosure", '<enclosure url="https://example.com/" length="0" type="a/b"/><enclosure'),
    ("UndefinedElement", "<ttl>", "<refresh/><ttl>"),
    ("UnexpectedAttribute", "<ttl>", '<ttl unit="minute">'),
    ("UnexpectedText", "</image>", "x</image>"),
    ("MediaGroupWithoutAlternatives", "<media:thumbnail", "<media:group/><media:thumbnail"),
    ("MisplacedItem", "</item>", "</item><generator>x</generator>"),
    ("ItemMustContainTitleOrDescription MissingGuid", "</item>", "</item><item><link>https://example.com/2</link></item>"),
    ("NeedDescriptionBeforeContent", "<description>A&#x26;amp;B</description>", ""),
    ("DuplicateItemSemantics", PUBLISHED, f"{PUBLISHED}<dc:date>2021-05-21</dc:date>"),
    ("DuplicateItemSemantics", "<category", "<dc:subject>x</dc:subject><category"),
    ("DuplicateItemSemantics", "<dc:creator>", "<author>me@example.com (Me)</author><dc:creator>"),
    ("InvalidContact", "<dc:creator>Somebody</dc:creator>", "<author>Somebody</author>"),
    # The guid
    ("DuplicateValue", "</item>", f"</item><item><title>x</title>{GUID}</item>"),
    ("InvalidBooleanAttribute", 'isPermaLink="true"', 'isPermaLink="yes"'),
    ("InvalidHttpGUID", GUID, "<guid>one</guid>"),
    ("InvalidPermalink", GUID, "<guid>tag:example.com,2021:1</guid>"),
    ("NotSufficientlyUnique", GUID, '<guid isPermaLink="false">1</guid>'),
    # Links and texts
    ("MissingSelf", 'rel="self"', 'rel="hub"'),
    ("SelfDoesntMatchLocation", RSS_URL, "https://feeds.example.org/b.rss"),
    ("ContainsHTML", "<title>One", "<title>&lt;b>One&lt;/b>"),
    ("ContainsHTML", "<title>One", "<title>One&amp;Pi"),
    ("ContainsHTML", "All of it &#x26; more.", "All of it &amp;copy more."),
    ("CharacterData", "<title>One", "<title>a &lt;b c"),
    ("CharacterData", 'title="Two"', 'title="&lt;b"'),
    ("NotBlank", ">News<", "><"),
    ("NotHtml", "A&#x26;amp;B", "A&#x26;B"),
    ("NotHtml", "A&#x26;amp;B", "3 &lt; 4"),
    ("SecurityRisk", "A&#x26;amp;B", "&lt;iframe&gt;&lt;/iframe&gt;"),
    ("ContainsRelRef", "A&#x26;amp;B", '&lt;a href="/b"&gt;B&lt;/a&gt;'),
    ("InvalidLanguage", "en-us", "en_US"),
    ("UriNotIri", "<link>https://example.com/one", "<link>https://exämple.com/one"),
    ("InvalidFullLink", '<source url="https://example.com/"', '<source url="example.com"'),
    # The enclosure
    ("InvalidURLAttribute", '<enclosure url="https://example.com', '<enclosure url="https://localhost'),
    ("InvalidURLAttribute", '<enclosure url="https://example.com', '<enclosure url="https://my_images.example.com'),
    ("InvalidURLAttribute", '<enclosure url="https://example.com', '<enclosure url="https://example.com.'),
    ("InvalidIntegerAttribute", 'length="0"', 'length="?"'),
    ("MissingAttribute", ' length="0"', ""),
    ("InvalidMIMEAttribute", 'length="0" type="image/png"', 'length="0" type="png"'),
    # Dates
    ("InvalidRFC2822Date", PUBLISHED, "<pubDate>2021-05-21T00:00:00Z</pubDate>"),
    ("InvalidRFC2822Date", PUBLISHED, "<pubDate>30 Feb 2021 00:00:00 GMT</pubDate>"),
    ("ProblematicalRFC822Date", PUBLISHED, "<pubDate>21 may 21 00:00 GMT</pubDate>"),
    ("IncorrectDOW", PUBLISHED, "<pubDate>Sat, 21 May 2021 00:00:00 GMT</pubDate>"),
    ("ImplausibleDate", PUBLISHED, "<pubDate>Wed, 31 Dec 1969 23:59:59 GMT</pubDate>"),
    ("InvalidPositiveInteger", "<ttl>60", "<ttl>0"),
    # The image of the channel
    ("ImageLinkDoesntMatch", "<link>https://feeds.example.org/</link>\n      <w", "<link>https://example.org/</link><w"),
    ("ImageTitleDoesntMatch", "<title>A feed</title>\n      <link>", "<title>B</title><link>"),
    ("ImageUrlFormat", "<url>https://example.com/i.png", "<url>https://example.com/i.svg"),
    ("InvalidWidth", "<width>144", "<width>145"),
    ("InvalidHeight", "<height>400", "<height>401"),
]

JSON = """{"version": "https://jsonfeed.org/version/1.1", "title": "A feed", "language": "en",
"feed_url": "https://feeds.example.org/a.json", "authors": [{"name": "The site"}], "author": {"name": "The site"},
"hubs": [{"type": "WebSub", "url": "https://hub.example/"}],
"items": [
{"id": "1", "url": "https://example.com/one", "title": "One", "content_html": "<p>One</p>", "image": "https://example.com/i.png",
"date_published": "2021-05-21T00:00:00Z", "tags": ["News"], "_feedloom": {"quality": 1},
"attachments": [{"url": "https://example.com/i.png", "mime_type": "image/png", "size_in_bytes": 1}]},
{"id": "2", "content_text": "Two"}]}
"""
JSON_CHANGES = [
    ("json", '"items"', "items"),
    ("feed", JSON, "[]"),
    ("feed.version", "version/1.1", "version/2"),
    ("feed.title", '"A feed"', '""'),
    ("feed.items", JSON, '{"version": "https://jsonfeed.org/version/1.1", "title": "A", "items": {}}'),
    ("feed.feed_url", '"https://feeds.example.org/a.json"', '"a.json"'),
    ("feed.language", '"en"', '"en_US"'),
    ("feed.authors[0]", '"authors": [{"name": "The site"}]', '"authors": [{}]'),
    ("feed.author.name", '"author": {"name": "The site"}', '"author": {"name": 1}'),
    ("feed.hubs[0].type", '"type": "WebSub", ', ""),
    ("feed.ttl", '"title": "A feed"', '"title": "A feed", "ttl": 60'),
    ("id", '"id": "2"', '"id": "1"'),
    ("feed.items[1].id", '"id": "2"', '"id": 2'),
    ("feed.items[1].id", '"id": "2", ', ""),
    ("feed.items[1]", '"content_text": "Two"', '"title": "Two"'),
    ("feed.items[0].url", '"https://example.com/one"', '"//example.com/one"'),
    ("feed.items[0].image", '"image": "https:', '"image": "'),
    ("feed.items[0].content_html", "<p>One</p>", "<b>One"),
    ("feed.items[0].content_html", "<p>One</p>", "<script>One</script>"),
    ("feed.items[0].date_published", "2021-05-21T00:00:00Z", "2021-05-21"),
    ("feed.items[0].tags", '["News"]', '"News"'),
    ("feed.items[0]._feedloom", '{"quality": 1}', "1"),
    ("feed.items[0].attachments[0].url", '"attachments": [{"url": "https://example.com/i.png", ', '"attachments": [{'),
    ("feed.items[0].attachments[0].mime_type", '"image/png"', '"png"'),
    ("feed.items[0].attachments[0].size_in_bytes", '"size_in_bytes": 1', '"size_in_bytes": "1"'),
]

OPML = """<?xml version='1.0' encoding='UTF-8'?>
<opml version="2.0">
  <head><title>Feeds</title></head>
  <body>
    <outline text="Topics">
      <outline type="rss" text="A" title="A" xmlUrl="https://feeds.example.org/a.atom" htmlUrl="https://feeds.example.org/"/>
    </outline>
  </body>
</opml>
"""
OPML_CHANGES = [
    ("SAXError", "</opml>", ""),
    ("InvalidOPMLVersion", 'opml version="2.0"', 'opml version="1.0"'),
    ("MissingElement", "<head><title>Feeds</title></head>", ""),
    ("UndefinedElement", "<body>", "<body><feed/>"),
    ("UnexpectedAttribute", 'type="rss"', 'type="rss" x="y"'),
    ("MissingAttribute", ' text="A"', ""),
    ("AttrNotBlank", 'text="A"', 'text=""'),
    ("MissingOutlineType", ' type="rss"', ""),
    ("InvalidOutlineType", 'type="rss"', 'type="atom"'),
    ("MissingTitleAttr", ' title="A"', ""),
    ("MissingXmlURL", ' xmlUrl="https://feeds.example.org/a.atom"', ""),
    ("InvalidFullLink", "https://feeds.example.org/a.atom", "a.atom"),
]


# What looks wrong and is right.
GOOD_CHANGES = [
    (ATOM, "Short.", "A&#x26;Pi, 3 &lt; 4 &#x26; &#x26;#65;"),
    (ATOM, "Short.", "R&amp;D"),
    (ATOM, "Short.", "宇 cafÃ©"),
    (ATOM, FEED_ID, "<id>urn:uuid:12345678-1234-1234-1234-123456789abc</id>"),
    (ATOM, FEED_ID, "<id>tag:example.org,2021:a</id>"),
    (ATOM, FEED_ID, "<id>https://feeds.example.org/a//%2F(b)/?q=%C3%BC&#x26;r=%5B#f</id>"),
    (ATOM, FEED_ID, "<id>http://feeds.example.org:443/</id>"),
    (ATOM, FEED_AUTHOR, f"{FEED_AUTHOR}<author><name>Another</name><email>me@example.com</email></author>"),
    (ATOM, 'rel="related"', 'rel="https://example.com/relation"'),
    (ATOM, 'rel="related"', 'rel="related" hreflang="pt-BR"'),
    (ATOM, "<summary>", "<media:group><media:content url='urn:x1:y'/><media:content url='urn:x1:z'/></media:group><summary>"),
    (ATOM, DATE, ""),
    (RSS, "<title>One", "<title>AT&amp;T &#x26; 3 &lt; 4"),
    (RSS, PUBLISHED, "<pubDate>1 May 2021 00:00 +0200</pubDate>"),
    (RSS, GUID, '<guid isPermaLink="false">tag:example.com,2021:1</guid>'),
    (RSS, "https://example.com/i.png</url>", "https://example.com/i</url>"),
    (RSS, '<enclosure url="https://example.com', '<enclosure url="https://xn--bcher-kva.example:8443'),
]


def ids(changes: list[tuple[str, str, str]]) -> list[str]:
    return [f"{name}-{number}" for number, (name, _, _) in enumerate(changes)]


def names(found: list[str]) -> list[str]:
    return sorted(complaint.split()[0].partition(":")[0] for complaint in found)


@pytest.mark.parametrize(("document", "url"), [(ATOM, ATOM_URL), (RSS, RSS_URL)], ids=["atom", "rss"])
def test_a_good_feed(document: str, url: str) -> None:
    assert complaints(document.encode(), url) == complaints(document.encode()) == []


@pytest.mark.parametrize(("document", "old", "new"), GOOD_CHANGES, ids=[f"{n}" for n, _ in enumerate(GOOD_CHANGES)])
def test_a_good_change(document: str, old: str, new: str) -> None:
    assert old in document
    assert complaints(document.replace(old, new, 1).encode()) == []


@pytest.mark.parametrize(("expected", "old", "new"), ATOM_CHANGES, ids=ids(ATOM_CHANGES))
def test_a_change_of_an_atom_feed(expected: str, old: str, new: str) -> None:
    assert old in ATOM
    assert names(complaints(ATOM.replace(old, new, 1).encode(), ATOM_URL)) == sorted(expected.split())


@pytest.mark.parametrize(("expected", "old", "new"), RSS_CHANGES, ids=ids(RSS_CHANGES))
def test_a_change_of_an_rss_feed(expected: str, old: str, new: str) -> None:
    assert old in RSS
    assert names(complaints(RSS.replace(old, new, 1).encode(), RSS_URL)) == sorted(expected.split())


def test_a_good_json_feed() -> None:
    assert json_feed_complaints(JSON.encode()) == []


@pytest.mark.parametrize(("expected", "old", "new"), JSON_CHANGES, ids=ids(JSON_CHANGES))
def test_a_change_of_a_json_feed(expected: str, old: str, new: str) -> None:
    assert old in JSON
    assert names(json_feed_complaints(JSON.replace(old, new, 1).encode())) == [expected]


def test_a_good_opml() -> None:
    assert opml_complaints(OPML.encode()) == []


@pytest.mark.parametrize(("expected", "old", "new"), OPML_CHANGES, ids=ids(OPML_CHANGES))
def test_a_change_of_an_opml(expected: str, old: str, new: str) -> None:
    assert old in OPML
    assert names(opml_complaints(OPML.replace(old, new, 1).encode())) == [expected]
