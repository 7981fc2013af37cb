"""Atom 1.0 (RFC 4287), in the order and the spelling that every reader takes right."""

from collections.abc import Iterable

from feedgen.ext.base import BaseEntryExtension, BaseExtension
from lxml import etree

from feedloom import dates
from feedloom.model import Record
from feedloom.render import content, feedgen_xml
from feedloom.render.head import Head

_NAMESPACES = {"media": feedgen_xml.MEDIA}
_FEED = feedgen_xml.ranked(
    "id", "title", "subtitle", "updated", "link alternate", "link self", "link hub", "icon", "logo", "author", "generator"
)
_ENTRY = feedgen_xml.ranked("id", "title", "link alternate", "published", "updated", "author", "category", "summary", "content")


class FeedExtension(BaseExtension):  # type: ignore[misc]
    """The feed's head: our date, the profile's order."""

    head: Head

    def extend_ns(self) -> dict[str, str]:
        return _NAMESPACES

    def extend_atom(self, feed: etree._Element) -> etree._Element:
        for child in feed.findall("updated"):
            child.text = dates.rfc3339(self.head.updated)
        feedgen_xml.in_order(feed, _FEED)
        return feed


class EntryExtension(BaseEntryExtension):  # type: ignore[misc]
    """An entry's dates, links, media and source, which feedgen lacks or loses."""

    record: Record

    def extend_atom(self, entry: etree._Element) -> etree._Element:
        record = self.record
        for link in entry.findall("link"):
            link.set("rel", "alternate")
            link.set("type", "text/html")
        for updated in entry.findall("updated"):
            updated.text = dates.rfc3339(record.updated)
        feedgen_xml.text(entry, "published", dates.rfc3339(record.published))
        if record.excerpt:
            feedgen_xml.text(entry, "summary", record.excerpt)
        if record.provider:
            author = etree.SubElement(entry, "author")
            feedgen_xml.text(author, "name", record.provider.name)
            if record.provider.site:
                feedgen_xml.text(author, "uri", record.provider.site)
        feedgen_xml.in_order(entry, _ENTRY)
        _add_media(entry, record)
        for related in record.related:
            etree.SubElement(entry, "link", href=related.url, rel="related", type="text/html", title=related.title)
        _add_source(entry, record)
        return entry


def entry(record: Record, html: str) -> bytes:
    """The `<entry>` of a record, with `html` as its content."""
    plain = feedgen_xml.entry(record, html)
    plain.register_extension("feedloom", EntryExtension)
    plain.feedloom.record = record
    return feedgen_xml.piece(plain.atom_entry(), ("feed",), _NAMESPACES)


def feed(head: Head, entries: Iterable[bytes]) -> bytes:
    """The whole document, its entries as `entry` gave them."""
    generator = feedgen_xml.generator(head, "atom")
    if head.icon:
        generator.icon(head.icon.url)
    if head.logo:
        generator.logo(head.logo.url)
    generator.register_extension("feedloom", FeedExtension)
    generator.feedloom.head = head
    return feedgen_xml.with_entries(generator.atom_str(pretty=True), b"</feed>", entries)


def _add_media(entry: etree._Element, record: Record) -> None:
    if record.images:
        image = record.images[0]
        etree.SubElement(entry, "link", href=image.url, rel="enclosure", type=content.media_type(image))
    feedgen_xml.add_media(entry, record.images)
    if content.is_video(record):
        etree.SubElement(entry, f"{{{feedgen_xml.MEDIA}}}player", url=record.link)


def _add_source(entry: etree._Element, record: Record) -> None:
    """The provider's site as the feed that the entry came from (RFC 4287 section 4.2.11)."""
    if record.provider and record.provider.site:
        source = etree.SubElement(entry, "source")
        feedgen_xml.text(source, "id", record.provider.site)
        feedgen_xml.text(source, "title", record.provider.name)
        feedgen_xml.text(source, "updated", dates.rfc3339(record.updated))
        etree.SubElement(source, "link", href=record.provider.site, rel="alternate", type="text/html")
