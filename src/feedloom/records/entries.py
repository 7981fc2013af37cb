"""The entries of a feed as rows: Atom, RSS (0.9 to 2.0) and JSON Feed, each entry with the fields of a record.

It reads the feeds that are a source of records, and those whose ids are kept. Content is HTML as the feed has it: what
renders it makes it safe.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from copy import deepcopy
from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar
from urllib.parse import urljoin, urlsplit

import msgspec

from feedloom.errors import FrontMatterError
from feedloom.frontmatter import feed_xml, rows
from feedloom.frontmatter.rows import Entry, Row
from feedloom.frontmatter.subset import Fields, Value
from feedloom.model import CATEGORY_SCHEME
from feedloom.problems import Mistake
from feedloom.records import mapping
from feedloom.records.fields import LONGEST_TEXT
from feedloom.values import text as texts

if TYPE_CHECKING:
    from lxml.etree import _Element

T = TypeVar("T")

LARGEST = 100_000_000
"""In bytes."""
MOST = 100_000
"""Entries of a feed. All are in memory."""

TITLE = ("title", "dc:title", "media:title")
ID = ("id", "guid")
PUBLISHED = (
    *("published", "issued", "pubDate", "dc:date", "atom:published", "dcterms:issued"),
    *("dcterms:created", "created", "updated", "modified", "dcterms:modified"),
)
UPDATED = ("updated", "modified", "atom:updated", "dcterms:modified")
CONTENT = ("content", "content:encoded")
EXCERPT = ("summary", "description", "excerpt:encoded", "itunes:summary", "media:description", "dc:description")
"""The elements that a field is, the first one first. `docs/records.md` has them for users."""

_TAKEN = frozenset(
    [*TITLE, *ID, *PUBLISHED, *UPDATED, *CONTENT, *EXCERPT, "link", "author", "category", "source", "language", "dc:language"]
    + ["dc:creator", "dc:subject", "dc:publisher", "feedburner:origLink", "itunes:author"]
)
"""Elements that fields are made of. All others with nothing but a text are fields of `entry`."""

_NAMESPACES = {
    "http://purl.org/rss/1.0": "",
    "http://my.netscape.com/rdf/simple/0.9": "",
    "http://channel.netscape.com/rdf/simple/0.9": "",
    "http://backend.userland.com/rss": "",
    "http://backend.userland.com/rss2": "",
    "http://blogs.law.harvard.edu/tech/rss": "",
    "http://www.w3.org/2005/atom": "atom",
    "http://purl.org/atom/ns#": "atom",
    "http://purl.org/dc/elements/1.1": "dc",
    "http://purl.org/dc/terms": "dcterms",
    "http://purl.org/rss/1.0/modules/content": "content",
    "http://search.yahoo.com/mrss": "media",
    "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes",
    "http://rssnamespace.org/feedburner/ext/1.0": "feedburner",
    "http://www.w3.org/2007/app": "app",
    "http://purl.org/atom/app#": "app",
    "http://wordpress.org/export/1.0": "wp",
    "http://wordpress.org/export/1.1": "wp",
    "http://wordpress.org/export/1.2": "wp",
    "http://wordpress.org/export/1.2/excerpt": "excerpt",
    "http://wordpress.org/export/1.1/excerpt": "excerpt",
}
"""The usual prefixes of these, in lower case and without the last slash. Some feeds use another prefix, or declare none."""
_XML = "{http://www.w3.org/XML/1998/namespace}"
_RDF_ABOUT = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"
_KINDS = "http://schemas.google.com/g/2005#kind"
_POST = "http://schemas.google.com/blogger/2008/kind#post"

_HTML = re.compile(r"\s*<[a-zA-Z!]")
_SIZE = re.compile(r"[1-9]\d{0,5}", re.ASCII)
_ADDRESSES = ("href", "src", "poster", "cite")
_LONGEST_BASE = 1_000
_MOST_ATTRIBUTES = 20
"""lxml takes a time that is the square of their number."""
_SHORT = 500
"""Characters of a beginning that stands for a summary."""
_READ = 10_000
"""Characters of a content in which its beginning is looked for."""

# RFC 822 section 5.1, which RSS 2.0 refers to: years of two digits, and North American zones. The range is that of RFC 2822.
_RFC_822 = re.compile(
    r"((?:[A-Za-z]{3,9},? )?\d{1,2} [A-Za-z]{3,9} )(\d\d|\d{4})( \d{1,2}:\d\d(?::\d\d)?)(?: ([A-Za-z]{1,3}|[+-]\d{4}))?"
)
_ZONES = {"UT": "+0000", "EST": "-0500", "EDT": "-0400", "CST": "-0600", "CDT": "-0500"}
_ZONES |= {"MST": "-0700", "MDT": "-0600", "PST": "-0800", "PDT": "-0700"}


class Feed(NamedTuple):
    """A feed: its `rows`, the `id` by which Atom names it (else empty), and what is wrong with its XML, if something is.

    If it breaks off, its last entry is a row with an error.
    """

    id: str
    title: str
    rows: list[Row]
    fault: str = ""


def read(data: bytes, longest: int = LARGEST) -> Feed:
    """The feed in a document; an entry may have `longest` characters. Raises ValueError, which says why there is none."""
    if len(data) > LARGEST:
        raise ValueError(f"is larger than {LARGEST:,} bytes")
    start = data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if not start:
        raise ValueError("is empty")
    if start == b"{":
        return _json_feed(_json(data), longest)
    document = feed_xml.read(data)
    feed = _xml_feed(document.root, longest)
    if not document.fault:
        return feed
    if not (found := feed.rows):
        raise ValueError(f"is not well-formed: {document.fault}")
    if document.is_cut:
        found[-1] = Row(len(found), {}, error=FrontMatterError("feed-cut", document.fault))
    else:
        entry = found[0].entry or Entry()
        found[0] = found[0]._replace(entry=entry._replace(fault=Mistake("feed-faulty", document.fault)))
    return feed._replace(fault=document.fault)


def is_json_feed(data: bytes) -> bool:
    """Whether JSON is a feed, and no record."""
    if b"//jsonfeed.org/version/" not in data:
        return False
    try:
        found = _json(data)
    except ValueError:
        return False
    version = found.get("version") if isinstance(found, dict) else None
    return isinstance(version, str) and "//jsonfeed.org/version/" in version and isinstance(found.get("items"), list)


def _xml_feed(root: "_Element", longest: int) -> Feed:
    name = str(root.tag).rpartition("}")[2]
    if name not in ("feed", "rss", "RDF"):
        raise ValueError("is not a feed: it is neither Atom nor RSS nor JSON Feed")
    is_atom = name == "feed"
    feed = channel = _Node(root, _base(root, ""), is_atom=is_atom)
    entries = feed.all("entry")
    if not is_atom:
        channel = next(iter(feed.all("channel")), feed)
        entries = channel.all("item") + (feed.all("item") if channel is not feed else [])  # RSS 0.9 and 1.0
    about = _about(channel)
    wanted = filter(_is_article, entries)
    found = [_row_of(entry, about, number, longest) for number, entry in enumerate(_bounded(wanted), 1)]
    return Feed(channel.text("id") if is_atom else "", texts.clean(channel.text("title")), found)


def _bounded(entries: Iterable[T]) -> Iterator[T]:
    for number, entry in enumerate(entries):
        if number >= MOST:
            raise ValueError(f"has more than {MOST:,} entries")
        yield entry


def _row_of(entry: "_Node", about: "_About", number: int, longest: int) -> Row:
    from lxml import etree

    # Read no more than an entry can need. Escapes and namespaces may double its size.
    is_too_long = len(etree.tostring(entry.element, encoding="utf-8")) > 2 * longest + 10_000
    return _too_long(number, longest) if is_too_long else _row(_fields(entry, about), number, longest)


def _too_long(number: int, longest: int) -> Row:
    return Row(number, {}, error=FrontMatterError("file-too-large", f"{longest:,}"))


def _row(fields: Fields, number: int, longest: int) -> Row:
    """The row of an entry. What is empty is no field; one that has no title or excerpt gets the beginning of its text."""
    fields = {name: value for name, value in fields.items() if value}
    content, excerpt = str(fields.get("content", "")), str(fields.get("excerpt", ""))
    if not content and "<" in excerpt:
        content = excerpt
    if content:
        # What begins without a tag would be Markdown.
        fields["content"] = content if _HTML.match(content) else f"<!---->{content}"
    beginning = excerpt or content
    if not excerpt or len(excerpt) > LONGEST_TEXT:
        plain = texts.clean(beginning[:_READ], is_html=True)
        beginning = texts.shortened(plain, LONGEST_TEXT if excerpt else _SHORT)
    if beginning:
        fields["excerpt"] = beginning
    is_untitled = "title" not in fields
    if is_untitled and (words := mapping.first_words(beginning)):
        fields["title"] = words
    if sum(map(len, rows.texts(fields))) > longest:
        return _too_long(number, longest)
    return Row(number, fields, entry=Entry(is_untitled))


class _Node:
    """An element of XML, with its children by name: as in `TITLE`, whatever prefix the document has."""

    def __init__(self, element: "_Element", base: str, *, is_atom: bool) -> None:
        self.element = element
        self.is_atom = is_atom
        self.base = base
        self.children: defaultdict[str, list[_Element]] = defaultdict(list)
        for child in element:
            if isinstance(child.tag, str):
                self.children[_name(child.tag, child.prefix, "atom" if is_atom else "")].append(child)

    def all(self, *names: str) -> "list[_Node]":
        """The children with some names."""
        children = [child for name in names for child in self.children.get(name, ())]
        return [_Node(child, _base(child, self.base), is_atom=self.is_atom) for child in children]

    def texts(self, *names: str) -> list[str]:
        """The texts of these children."""
        return [text for name in names for child in self.children.get(name, ()) if (text := _text(child))]

    def text(self, *names: str) -> str:
        """The first of these texts."""
        return next(iter(self.texts(*names)), "")

    def html(self, *names: str) -> str:
        """The first of these texts, as HTML."""
        return next((html for one in self.all(*names) if (html := _html(one))), "")

    def get(self, attribute: str) -> str:
        """An attribute; empty if there is none."""
        return self.element.get(attribute, "").strip()

    def links(self, rel: str) -> "list[_Node]":
        """The links of Atom, in a feed of Atom or RSS, with a relation."""
        return [link for link in self.all("link" if self.is_atom else "atom:link") if (link.get("rel") or "alternate") == rel]


class _About(NamedTuple):
    """What the entries of a feed have from the feed: the URL that theirs are relative to, the authors, ..."""

    home: str
    title: str
    language: str
    authors: list[Value]


def _about(channel: _Node) -> _About:
    links = [_joined(link.base, link.get("href")) for link in (*channel.links("alternate"), *channel.links("self"))]
    home = "" if channel.is_atom else channel.text("link")
    language = channel.text("language", "dc:language") or channel.get(f"{_XML}lang")
    authors = _people(channel) if channel.is_atom else []
    return _About(home or next(iter(links), ""), channel.html("title"), language, authors)


def _is_article(entry: _Node) -> bool:
    """Whether an entry of an export is an article: those of Blogger and WordPress have comments, pages and settings, too."""
    kinds = {one.get("term") for one in entry.all("category") if one.get("scheme") == _KINDS}
    return entry.text("wp:post_type") in ("", "post") and (not kinds or _POST in kinds)


def _fields(entry: _Node, about: _About) -> Fields:
    link = _link(entry, about)
    draft = [one.text("app:draft") for one in entry.all("app:control")]
    topics = [_label(one) for one in entry.all("category") if _scheme(one) not in (_KINDS, CATEGORY_SCHEME)]
    category = [_label(one) for one in entry.all("category") if _scheme(one) == CATEGORY_SCHEME]
    return {
        "title": entry.html(*TITLE),
        "webUrl": link,
        "id": entry.text(*ID) or entry.get(_RDF_ABOUT) or link,
        "publishedDateTime": _date(entry.text(*PUBLISHED)),
        "updatedDateTime": _date(entry.text(*UPDATED)),
        "excerpt": entry.html(*EXCERPT),
        "content": entry.html(*CONTENT),
        "topics": [*topics, *entry.texts("dc:subject")],
        "category": next(iter(category), ""),
        "authors": _people(entry) or about.authors,
        "provider": _provider(entry, about),
        "images": _media(entry, about),
        "related": [
            {"title": one.get("title"), "webUrl": _joined(one.base or about.home, one.get("href"))}
            for one in entry.links("related")
            if one.get("title")
        ],
        "language": entry.text("dc:language") or entry.get(f"{_XML}lang") or about.language,
        # What holds an article back in the exports of Blogger and WordPress.
        "draft": next(iter(draft), ""),
        "status": entry.text("wp:status"),
        "password": entry.text("wp:post_password"),
        "entry": _others(entry),
    }


def _link(entry: _Node, about: _About) -> str:
    guid = next(iter(entry.all("guid")), None)
    found = entry.text("feedburner:origLink")
    base = entry.base
    if not found and not entry.is_atom:
        found = entry.text("link")
    if not found and (links := entry.links("alternate")):
        found, base = links[0].get("href"), links[0].base
    if not found and guid and (guid.get("isPermaLink") or "true").lower() == "true":
        found = entry.text("guid")
    return _joined(base or about.home, found) if found else ""


def _label(category: _Node) -> str:
    return category.get("label") or category.get("term") if category.is_atom else _text(category.element)


def _scheme(category: _Node) -> str:
    return category.get("scheme" if category.is_atom else "domain")


def _people(owner: _Node) -> list[Value]:
    """The authors, each once."""
    if owner.is_atom:
        return [
            {
                name: text
                for name, text in (("name", one.text("name")), ("url", _web(one)), ("email", one.text("email")))
                if text
            }
            for one in owner.all("author")
            if one.text("name")
        ]
    if creators := owner.texts("dc:creator"):
        return list(dict.fromkeys(creators))
    return [_person(text) for text in owner.texts("author") or owner.texts("itunes:author")]


def _web(person: _Node) -> str:
    found = person.text("uri", "url")
    return _joined(person.base, found) if found else ""


def _person(written: str) -> Value:
    """An author of RSS: `a@example.com (Ada)`, `Ada <a@example.com>`, or one of the two."""
    for mark in "(<":
        first, _, second = (part.strip(" ()<>") for part in written.partition(mark))
        if first and second and ("@" in first) != ("@" in second):
            name, email = (second, first) if "@" in first else (first, second)
            return {"name": name, "email": email}
    return written


def _provider(entry: _Node, about: _About) -> Value:
    """Who published an entry: the feed that it comes from, else this one."""
    for source in entry.all("source"):
        if entry.is_atom and (title := source.html("title")):
            home = next((one.get("href") for one in source.links("alternate")), "")
            feed = next((one.get("href") for one in source.links("self")), "")
            return _named(title, home, feed)
        if not entry.is_atom and (title := _text(source.element)):
            return _named(title, "", source.get("url"))
    publisher = entry.text("dc:publisher")
    return _named(publisher, "", "") if publisher else _named(about.title, about.home, "")


def _named(name: str, home: str, feed: str) -> Value:
    found = {"name": name, "domain": _host(home), "feed": feed}
    return {key: value for key, value in found.items() if value} if name else {}


def _media(entry: _Node, about: _About) -> list[Value]:
    """The pictures and other media, each once, with all that is said of it."""
    found: dict[str, dict[str, Value]] = {}
    groups = [entry, *entry.all("media:group")]
    media = [one for group in groups for one in group.all("media:content")]
    media += [*entry.all("enclosure"), *entry.links("enclosure")]
    media += [one for group in (*groups, *media) for one in group.all("media:thumbnail")]
    for one in (*media, *entry.all("itunes:image")):
        if address := one.get("url") or one.get("href"):
            url = _joined(one.base or about.home, address)
            image = found.setdefault(url, {"url": url})
            for name in ("width", "height"):
                if _SIZE.fullmatch(one.get(name)):
                    image.setdefault(name, one.get(name))
            type = one.get("type")
            if "/" in type:
                image.setdefault("type", type)
            for name in ("title", "credit"):
                if text := one.text(f"media:{name}"):
                    image.setdefault(name, text)
    return list(found.values())


def _others(entry: _Node) -> Fields:
    """Elements that are no field of a record, for those who name them in `fields`: their texts, or the attributes of those
    without one.
    """
    found: Fields = {}
    for name, elements in entry.children.items():
        first = elements[0]
        if name not in _TAKEN and not len(first):
            few = first.attrib.items() if len(first.attrib) <= _MOST_ATTRIBUTES else ()
            attributes: Fields = {str(key): str(value) for key, value in few}
            found[name] = _text(first) or attributes
    return {name: value for name, value in found.items() if value}


@lru_cache(4096)
def _name(tag: str, prefix: str | None, own: str) -> str:
    """The name of an element as in `TITLE`; `own` is the prefix of those that have none there."""
    namespace, _, name = tag.removeprefix("{").rpartition("}")
    known = _NAMESPACES.get(namespace.lower().rstrip("/"), prefix)
    return f"{known}:{name}" if known and known != own else name


def _text(element: "_Element") -> str:
    return "".join(map(str, element.itertext())).strip()


def _html(node: _Node) -> str:
    """What an element says, as HTML. In Atom it has a type; in RSS, everybody takes it for HTML."""
    element = node.element
    if not node.is_atom:
        return _inside(element, node.base) if len(element) else _absolute(_text(element), node.base)
    type, mode = (node.get("type") or "text").lower(), node.get("mode")
    if len(element) and mode != "escaped" and ("html" in type or type == "text"):
        return _inside(element, node.base)
    if "html" in type or mode == "escaped":
        return _absolute(_text(element), node.base)
    return escape(_text(element), quote=False) if type in ("text", "text/plain") else ""


def _inside(element: "_Element", base: str) -> str:
    """The elements inside of another one, as HTML. The `div` that Atom demands is not a part of it."""
    from lxml import etree

    copy = deepcopy(element)
    _resolve(copy, base)
    etree.strip_attributes(copy, f"{_XML}base", f"{_XML}space")
    for one in copy.iter():
        if isinstance(one.tag, str):
            one.tag = one.tag.rpartition("}")[2]
    etree.cleanup_namespaces(copy)
    if len(copy) == 1 and copy[0].tag == "div" and not (copy.text or "").strip():
        copy = copy[0]
    parts = [etree.tostring(child, encoding="unicode", method="html") for child in copy]
    return (escape(copy.text or "", quote=False) + "".join(parts)).strip()


def _absolute(html: str, base: str) -> str:
    """HTML with URLs that are relative to `base` (`xml:base`) as full ones. What has none stays as it is."""
    if not base.startswith("http") or not any(f"{name}=" in html for name in _ADDRESSES):
        return html
    from lxml import etree

    parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    root = etree.fromstring(html.encode(), parser)
    is_cut = any(error.type_name in feed_xml.ENDED for error in parser.error_log)  # it has too many levels
    body = root.find("body") if root is not None and not is_cut else None
    return _inside(body, "") if body is not None and _resolve(body, base) else html


def _resolve(element: "_Element", base: str) -> bool:
    """Make the URLs in an element full ones; whether one was relative."""
    changed = False
    base = _base(element, base)
    for name in _ADDRESSES:
        written = element.get(name)
        if written and not written.startswith("#") and (full := _joined(base, written.strip())) != written:
            element.set(name, full)
            changed = True
    for child in element:
        changed = (isinstance(child.tag, str) and _resolve(child, base)) or changed
    return changed


def _base(element: "_Element", outer: str) -> str:
    """What the URLs in an element are relative to (XML Base). A long base would make a short entry a very large one."""
    own = element.get(f"{_XML}base")
    if not own:
        return outer
    found = _joined(outer, own.strip())
    return found if len(found) <= _LONGEST_BASE else outer


def _joined(base: str, address: str) -> str:
    try:
        return urljoin(base, address)
    except ValueError:
        return address


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _date(written: str) -> str:
    """A date of RSS in a form that does not depend on where it is: see `_RFC_822`. All others are as they are."""
    found = _RFC_822.fullmatch(" ".join(written[:100].split()))
    if not found:
        return written
    day, year, time, zone = found.groups()
    if len(year) == 2:
        year = f"20{year}" if year < "50" else f"19{year}"
    return " ".join(filter(None, (f"{day}{year}{time}", _ZONES.get(zone, zone))))


def _json(data: bytes) -> Any:
    """Raises ValueError."""
    try:
        return msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise ValueError(f"is not JSON: {error}") from None


def _json_feed(found: dict[str, Any], longest: int) -> Feed:
    items = found.get("items")
    if not isinstance(items, list) or not isinstance(found.get("version"), str):
        raise ValueError("is not a feed: JSON Feed has a version and items")
    wanted = _bounded(filter(_is_object, items))
    rows = [_row(_json_fields(item, found), number, longest) for number, item in enumerate(wanted, 1)]
    return Feed("", texts.clean(_string(found, "title")), rows)


def _json_fields(item: dict[str, Any], feed: dict[str, Any]) -> Fields:
    url, other = _string(item, "url"), _string(item, "external_url")
    plain = "".join(f"<p>{escape(one, quote=False)}</p>" for one in _string(item, "content_text").split("\n\n"))
    pictures = filter(None, (_string(item, "image"), _string(item, "banner_image")))
    attachments = filter(_is_object, _list(item, "attachments"))
    images: list[Value] = [{"url": picture} for picture in pictures]
    images += [{"url": _string(one, "url"), "type": _string(one, "mime_type")} for one in attachments]
    return {
        "title": escape(_string(item, "title"), quote=False),
        "webUrl": other or url,
        "originalUrl": url if other else "",
        "id": _string(item, "id") or url or other,
        "publishedDateTime": _string(item, "date_published") or _string(item, "date_modified"),
        "updatedDateTime": _string(item, "date_modified"),
        "excerpt": escape(_string(item, "summary"), quote=False),
        "content": _string(item, "content_html") or (plain if _string(item, "content_text") else ""),
        "topics": [one for one in _list(item, "tags") if isinstance(one, str)],
        "authors": _json_people(item) or _json_people(feed),
        "provider": _named(escape(_string(feed, "title"), quote=False), _string(feed, "home_page_url"), ""),
        "images": images,
        "language": _string(item, "language") or _string(feed, "language"),
    }


def _json_people(owner: dict[str, Any]) -> list[Value]:
    people = filter(_is_object, [*_list(owner, "authors"), owner.get("author")])
    return [{name: text for name in ("name", "url") if (text := _string(one, name))} for one in people if one.get("name")]


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)


def _list(fields: dict[str, Any], name: str) -> list[Any]:
    value = fields.get(name)
    return value if isinstance(value, list) else []


def _string(fields: dict[str, Any], name: str) -> str:
    """A text, or a number, which ids are now and then."""
    value = fields.get(name)
    return str(value).strip() if isinstance(value, str | int | float) else ""
