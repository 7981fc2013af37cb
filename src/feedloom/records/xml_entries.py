"""The entries of Atom and RSS (0.9 to 2.0) as the fields of records, whatever program made the feed."""

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache
from html import escape
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from feedloom.frontmatter import feed_html
from feedloom.frontmatter.feed_html import XML, joined
from feedloom.frontmatter.subset import Fields, Value
from feedloom.model import CATEGORY_SCHEME

if TYPE_CHECKING:
    from lxml.etree import _Element

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
_RDF_ABOUT = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"
_KINDS = "http://schemas.google.com/g/2005#kind"
_POST = "http://schemas.google.com/blogger/2008/kind#post"

_SIZE = re.compile(r"[1-9]\d{0,5}", re.ASCII)
_MOST_ATTRIBUTES = 20
"""lxml takes a time that is the square of their number."""

# RFC 822 section 5.1, which RSS 2.0 refers to: years of two digits, and North American zones. The range is that of RFC 2822.
_RFC_822 = re.compile(
    r"((?:[A-Za-z]{3,9},? )?\d{1,2} [A-Za-z]{3,9} )(\d\d|\d{4})( \d{1,2}:\d\d(?::\d\d)?)(?: ([A-Za-z]{1,3}|[+-]\d{4}))?"
)
_ZONES = {"UT": "+0000", "EST": "-0500", "EDT": "-0400", "CST": "-0600", "CDT": "-0500"}
_ZONES |= {"MST": "-0700", "MDT": "-0600", "PST": "-0800", "PDT": "-0700"}


class Channel(NamedTuple):
    """A feed and its entries."""

    feed: "Node"
    entries: "Iterator[Node]"
    about: "About"


def channel(root: "_Element") -> Channel:
    """The feed in a document. Raises ValueError if it is none."""
    name = str(root.tag).rpartition("}")[2]
    if name not in ("feed", "rss", "RDF"):
        raise ValueError("is not a feed: it is neither Atom nor RSS nor JSON Feed")
    document = feed = Node(root, feed_html.base_of(root, ""), is_atom=name == "feed")
    entries = document.each("entry")
    if not document.is_atom:
        feed = next(document.each("channel"), document)
        entries = chain(feed.each("item"), document.each("item") if feed is not document else ())  # RSS 0.9 and 1.0
    return Channel(feed, filter(_is_article, entries), _about(feed))


class Node:
    """An element of XML, with its children by name: as in `TITLE`, whatever prefix the document has."""

    def __init__(self, element: "_Element", base: str, *, is_atom: bool) -> None:
        self.element = element
        self.is_atom = is_atom
        self.base = base
        self.children: defaultdict[str, list[_Element]] = defaultdict(list)
        for child in element:
            if isinstance(child.tag, str):
                self.children[_name(child.tag, child.prefix, "atom" if is_atom else "")].append(child)

    def each(self, *names: str) -> "Iterator[Node]":
        """The children with some names."""
        children = (child for name in names for child in self.children.get(name, ()))
        return (Node(child, feed_html.base_of(child, self.base), is_atom=self.is_atom) for child in children)

    def all(self, *names: str) -> "list[Node]":
        """The same."""
        return list(self.each(*names))

    def texts(self, *names: str) -> list[str]:
        """The texts of these children."""
        return [text for name in names for child in self.children.get(name, ()) if (text := feed_html.text(child))]

    def text(self, *names: str) -> str:
        """The first of these texts."""
        return next(iter(self.texts(*names)), "")

    def html(self, *names: str) -> str:
        """The first of these texts, as HTML."""
        return next((html for one in self.each(*names) if (html := _html(one))), "")

    def get(self, attribute: str) -> str:
        """An attribute; empty if there is none."""
        return self.element.get(attribute, "").strip()

    def links(self, rel: str) -> "list[Node]":
        """The links of Atom, in a feed of Atom or RSS, with a relation."""
        return [link for link in self.all("link" if self.is_atom else "atom:link") if (link.get("rel") or "alternate") == rel]


class About(NamedTuple):
    """What the entries of a feed have from the feed: the URL that theirs are relative to, the authors, ..."""

    home: str
    title: str
    language: str
    authors: list[Value]


def _about(channel: Node) -> About:
    links = [joined(link.base, link.get("href")) for link in (*channel.links("alternate"), *channel.links("self"))]
    home = "" if channel.is_atom else channel.text("link")
    language = channel.text("language", "dc:language") or channel.get(f"{XML}lang")
    authors = _people(channel) if channel.is_atom else []
    return About(home or next(iter(links), ""), channel.html("title"), language, authors)


def _is_article(entry: Node) -> bool:
    """Whether an entry of an export is an article: those of Blogger and WordPress have comments, pages and settings, too."""
    kinds = {one.get("term") for one in entry.all("category") if one.get("scheme") == _KINDS}
    return entry.text("wp:post_type") in ("", "post") and (not kinds or _POST in kinds)


def fields(entry: Node, about: About) -> Fields:
    """The fields of a record that an entry has; those that it does not have are empty."""
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
            {"title": one.get("title"), "webUrl": joined(one.base or about.home, one.get("href"))}
            for one in entry.links("related")
            if one.get("title")
        ],
        "language": entry.text("dc:language") or entry.get(f"{XML}lang") or about.language,
        # What holds an article back in the exports of Blogger and WordPress.
        "draft": next(iter(draft), ""),
        "status": entry.text("wp:status"),
        "password": entry.text("wp:post_password"),
        "entry": _others(entry),
    }


def _link(entry: Node, about: About) -> str:
    guid = next(entry.each("guid"), None)
    found = entry.text("feedburner:origLink")
    base = entry.base
    if not found and not entry.is_atom:
        found = entry.text("link")
    if not found and (links := entry.links("alternate")):
        found, base = links[0].get("href"), links[0].base
    if not found and guid and (guid.get("isPermaLink") or "true").lower() == "true":
        found = entry.text("guid")
    return joined(base or about.home, found) if found else ""


def _label(category: Node) -> str:
    return category.get("label") or category.get("term") if category.is_atom else feed_html.text(category.element)


def _scheme(category: Node) -> str:
    return category.get("scheme" if category.is_atom else "domain")


def _people(owner: Node) -> list[Value]:
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


def _web(person: Node) -> str:
    found = person.text("uri", "url")
    return joined(person.base, found) if found else ""


def _person(written: str) -> Value:
    """An author of RSS: `a@example.com (Ada)`, `Ada <a@example.com>`, or one of the two."""
    for mark in "(<":
        first, _, second = (part.strip(" ()<>") for part in written.partition(mark))
        if first and second and ("@" in first) != ("@" in second):
            name, email = (second, first) if "@" in first else (first, second)
            return {"name": name, "email": email}
    return written


def _provider(entry: Node, about: About) -> Value:
    """Who published an entry: the feed that it comes from, else this one."""
    for source in entry.all("source"):
        if entry.is_atom and (title := source.html("title")):
            home = next((one.get("href") for one in source.links("alternate")), "")
            feed = next((one.get("href") for one in source.links("self")), "")
            return provider(title, home, feed)
        if not entry.is_atom and (title := feed_html.text(source.element)):
            return provider(title, "", source.get("url"))
    publisher = entry.text("dc:publisher")
    return provider(publisher, "", "") if publisher else provider(about.title, about.home, "")


def provider(name: str, home: str, feed: str) -> Value:
    """A provider with its home page and its feed; empty without a name."""
    found = {"name": name, "domain": _host(home), "feed": feed}
    return {key: value for key, value in found.items() if value} if name else {}


def _media(entry: Node, about: About) -> list[Value]:
    """The pictures and other media, each once, with all that is said of it."""
    found: dict[str, dict[str, Value]] = {}
    groups = [entry, *entry.all("media:group")]
    media = [one for group in groups for one in group.all("media:content")]
    media += [*entry.all("enclosure"), *entry.links("enclosure")]
    media += [one for group in (*groups, *media) for one in group.all("media:thumbnail")]
    for one in (*media, *entry.all("itunes:image")):
        if address := one.get("url") or one.get("href"):
            url = joined(one.base or about.home, address)
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


def _others(entry: Node) -> Fields:
    """Elements that are no field of a record, for those who name them in `fields`: their texts, or the attributes of those
    without one.
    """
    found: Fields = {}
    for name, elements in entry.children.items():
        first = elements[0]
        if name not in _TAKEN and not len(first):
            few = first.attrib.items() if len(first.attrib) <= _MOST_ATTRIBUTES else ()
            attributes: Fields = {str(key): str(value) for key, value in few}
            found[name] = feed_html.text(first) or attributes
    return {name: value for name, value in found.items() if value}


@lru_cache(4096)
def _name(tag: str, prefix: str | None, own: str) -> str:
    """The name of an element as in `TITLE`; `own` is the prefix of those that have none there."""
    namespace, _, name = tag.removeprefix("{").rpartition("}")
    known = _NAMESPACES.get(namespace.lower().rstrip("/"), prefix)
    return f"{known}:{name}" if known and known != own else name


def _html(node: Node) -> str:
    """What an element says, as HTML. In Atom it has a type; in RSS, everybody takes it for HTML."""
    element = node.element
    if not node.is_atom:
        return feed_html.inside(element, node.base) if len(element) else feed_html.absolute(feed_html.text(element), node.base)
    type, mode = (node.get("type") or "text").lower(), node.get("mode")
    if len(element) and mode != "escaped" and ("html" in type or type == "text"):
        return feed_html.inside(element, node.base)
    if "html" in type or mode == "escaped":
        return feed_html.absolute(feed_html.text(element), node.base)
    return escape(feed_html.text(element), quote=False) if type in ("text", "text/plain") else ""


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
