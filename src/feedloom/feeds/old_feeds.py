"""Feeds that other programs wrote, as far as their ids can be kept: Atom, RSS (0.9 to 2.0) and JSON Feed.

Nothing is fetched, and no entity of a document is expanded.
"""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urljoin

import msgspec

from feedloom.values import dates
from feedloom.values import text as texts

if TYPE_CHECKING:
    from lxml.etree import _Element

LARGEST = 100_000_000
"""In bytes."""

_XML_BASE = "{http://www.w3.org/XML/1998/namespace}base"
_RDF_ABOUT = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"


class OldEntry(NamedTuple):
    """An entry of an old feed, with its `id` as readers know it: where a feed gives none, they take the link."""

    id: str
    link: str
    title: str
    published: datetime | None


class OldFeed(NamedTuple):
    """An old feed; `id` is the address or tag by which Atom names the feed itself, else empty.

    `fault` says what is wrong with its XML: a file that was cut off has not all entries.
    """

    id: str
    title: str
    entries: tuple[OldEntry, ...]
    fault: str = ""


def read(data: bytes) -> OldFeed:
    """The feed in a document. Raises ValueError, which says why, where there is none."""
    if len(data) > LARGEST:
        raise ValueError(f"is larger than {LARGEST:,} bytes")
    start = data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if not start:
        raise ValueError("is empty")
    return _json_feed(data) if start == b"{" else _xml_feed(data)


def _xml_feed(data: bytes) -> OldFeed:
    from lxml import etree

    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, recover=True, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(data.lstrip(), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise ValueError(f"is not XML or JSON: {error}") from None
    wrong = next(iter(parser.error_log), None)
    fault = f"line {wrong.line}: {texts.clean(wrong.message)}" if wrong else ""
    name = _name(root) if root is not None else ""
    if name == "feed":
        return _atom(root)._replace(fault=fault)
    if name in ("rss", "RDF"):
        channel = _child(root, "channel")
        outside = [child for child in root if _name(child) == "item"]  # RSS 0.9 and 1.0
        inside = [child for child in channel if _name(child) == "item"] if channel is not None else []
        title = _text(channel, "title") if channel is not None else ""
        return OldFeed("", texts.clean(title), tuple(_item(item) for item in (*inside, *outside)), fault)
    raise ValueError("is not a feed: it is neither Atom nor RSS nor JSON Feed")


def _atom(root: "_Element") -> OldFeed:
    base = root.get(_XML_BASE, "")
    entries = tuple(_entry(child, base) for child in root if _name(child) == "entry")
    return OldFeed(_text(root, "id"), texts.clean(_text(root, "title")), entries)


def _entry(entry: "_Element", base: str) -> OldEntry:
    link = ""
    for child in entry:
        if _name(child) == "link" and child.get("rel", "alternate") == "alternate":
            link = _joined(_joined(base, entry.get(_XML_BASE, "")), child.get("href", "").strip())
            break
    return OldEntry(
        id=_text(entry, "id") or link,
        link=link,
        title=texts.clean(_text(entry, "title"), is_html=True),
        published=_moment(_text(entry, "published") or _text(entry, "issued") or _text(entry, "updated")),
    )


def _item(item: "_Element") -> OldEntry:
    guid = _child(item, "guid")
    id = _text(item, "guid")
    link = _text(item, "link")
    if not link and guid is not None and guid.get("isPermaLink", "true").strip().lower() == "true":
        link = id
    return OldEntry(
        id=id or item.get(_RDF_ABOUT, "").strip() or link,
        link=link,
        title=texts.clean(_text(item, "title"), is_html=True),
        published=_moment(_text(item, "pubDate") or _text(item, "date")),
    )


def _json_feed(data: bytes) -> OldFeed:
    try:
        found: Any = msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise ValueError(f"is not JSON: {error}") from None
    items = found.get("items")
    if not isinstance(items, list) or not isinstance(found.get("version"), str):
        raise ValueError("is not a feed: JSON Feed has a version and items")
    return OldFeed("", _string(found, "title"), tuple(_json_item(item) for item in items if isinstance(item, dict)))


def _json_item(item: dict[str, Any]) -> OldEntry:
    link = _string(item, "url") or _string(item, "external_url")
    return OldEntry(
        id=_string(item, "id") or link,
        link=link,
        title=texts.clean(_string(item, "title")),
        published=_moment(_string(item, "date_published")),
    )


def _string(fields: dict[str, Any], name: str) -> str:
    """A text, or a number, which ids are now and then."""
    value = fields.get(name)
    return str(value).strip() if isinstance(value, str | int | float) else ""


def _name(element: "_Element") -> str:
    """The name without its namespace; empty for what is no element."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def _child(element: "_Element", name: str) -> "_Element | None":
    return next((child for child in element if _name(child) == name), None)


def _text(element: "_Element", name: str) -> str:
    child = _child(element, name)
    return "".join(map(str, child.itertext())).strip() if child is not None else ""


def _joined(base: str, address: str) -> str:
    try:
        return urljoin(base, address)
    except ValueError:
        return address


def _moment(written: str) -> datetime | None:
    try:
        return dates.moment(written, UTC, lambda _: None) if written else None
    except ValueError:
        return None
