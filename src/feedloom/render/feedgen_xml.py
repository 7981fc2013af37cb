"""What Atom and RSS share: feedgen's generators filled from our values, and lxml elements to bytes.

feedgen writes the feed's head and an entry's plain elements; the extensions in `atom` and `rss` add what it lacks and put
everything in the profile's order. An entry becomes bytes once, and a feed is its head with these bytes inside: the same
bytes that feedgen's whole tree would give (a test says so).
"""

from collections.abc import Iterable, Mapping

from feedgen.entry import FeedEntry
from feedgen.feed import FeedGenerator
from lxml import etree

from feedloom.model import Image, Record
from feedloom.render.content import media_type
from feedloom.render.head import Head

CATEGORY_SCHEME = "urn:feedloom:category"
"""Tells a record's category from its topics."""

MEDIA = "http://search.yahoo.com/mrss/"


def generator(head: Head, format: str) -> FeedGenerator:
    """Feedgen's feed without entries. Without a site URL, the id stands where RSS requires a link."""
    feed = FeedGenerator()
    feed.id(head.id)
    feed.title(head.title)
    feed.subtitle(head.description)
    feed.description(head.description)
    feed.updated(head.updated)
    feed.author(name=head.author)
    feed.language(head.language)
    feed.generator("feedloom")
    feed.docs("")
    feed.ttl(head.ttl)
    if self_url := head.self_url(format):
        feed.link(href=self_url, rel="self", type=f"application/{format}+xml")
    if head.hub:
        feed.link(href=head.hub, rel="hub")
    if head.home or format == "rss":
        # Last, because feedgen takes the last link for RSS's own.
        feed.link(href=head.home or head.id, rel="alternate", type="text/html")
    return feed


def entry(record: Record, html: str) -> FeedEntry:
    """Feedgen's entry with the elements that it writes as they should be; dates and links are the extensions'."""
    plain = FeedEntry()
    plain.guid(record.id, permalink=record.id == record.link)
    plain.title(record.title)
    plain.link(href=record.link)
    plain.updated(record.updated)
    plain.content(html, type="html")
    categories = [{"term": topic, "label": topic} for topic in record.topics]
    if record.category:
        categories.append({"term": record.category, "label": record.category, "scheme": CATEGORY_SCHEME})
    plain.category(categories)
    return plain


def add_media(element: etree._Element, images: Iterable[Image]) -> None:
    """A media:content for each image and a thumbnail of the first, outside any group: a group of one is invalid."""
    thumbnail = None
    for image in images:
        size = _size(image)
        etree.SubElement(
            element, f"{{{MEDIA}}}content", {"url": image.url, "type": media_type(image), "medium": "image", **size}
        )
        thumbnail = thumbnail or {"url": image.url, **size}
    if thumbnail:
        etree.SubElement(element, f"{{{MEDIA}}}thumbnail", thumbnail)


def ranked(*order: str) -> dict[str, int]:
    """The profile's order of elements: by tag, or by tag and rel (`link self`)."""
    return {name: rank for rank, name in enumerate(order)}


def in_order(element: etree._Element, order: Mapping[str, int]) -> None:
    """Sort the children by the profile's order; what it does not name goes last, in the order it has."""

    def rank(child: etree._Element) -> int:
        rel = child.get("rel")
        return order.get(f"{child.tag} {rel}" if rel else str(child.tag), len(order))

    element[:] = sorted(element, key=rank)


def text(parent: etree._Element, tag: str, value: str) -> None:
    """Append a child that holds a text."""
    etree.SubElement(parent, tag).text = value


def piece(element: etree._Element, wrappers: tuple[str, ...], namespaces: Mapping[str, str]) -> bytes:
    """The bytes of an entry as they stand in a feed: indented, its namespaces declared on the feed's root."""
    root = parent = etree.Element(wrappers[0], nsmap=dict(namespaces))
    for tag in wrappers[1:]:
        parent = etree.SubElement(parent, tag)
    parent.append(element)
    lines = etree.tostring(root, encoding="UTF-8", pretty_print=True).splitlines(keepends=True)
    return _trusted(b"".join(lines[len(wrappers) : -len(wrappers)]))


def with_entries(document: bytes, end: bytes, entries: Iterable[bytes]) -> bytes:
    """A feed's document with its entries put before the `end` tag."""
    start, tag, rest = document.rpartition(end)
    return b"".join((_trusted(start), *entries, tag, rest))


def _trusted(xml: bytes) -> bytes:
    """`&` as `&#x26;`: the RSS profile asks for it in titles, and validators then take no text for mark-up."""
    return xml.replace(b"&amp;", b"&#x26;")


def _size(image: Image) -> dict[str, str]:
    return {name: str(value) for name, value in (("width", image.width), ("height", image.height)) if value}
