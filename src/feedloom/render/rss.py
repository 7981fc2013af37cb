"""RSS 2.0 with the RSS Advisory Board's profile, in the order and the spelling that every reader takes right."""

import re
from collections.abc import Iterable
from html import escape

from feedgen.entry import FeedEntry
from feedgen.ext.base import BaseEntryExtension, BaseExtension
from lxml import etree

from feedloom import dates
from feedloom.model import Image, Record
from feedloom.render import content, feedgen_xml
from feedloom.render.head import Head

_ATOM = "http://www.w3.org/2005/Atom"
_CONTENT = "http://purl.org/rss/1.0/modules/content/"
_DC = "http://purl.org/dc/elements/1.1/"
_NAMESPACES = {"atom": _ATOM, "content": _CONTENT, "dc": _DC, "media": feedgen_xml.MEDIA}

_LINK = f"{{{_ATOM}}}link"
_CHANNEL = feedgen_xml.ranked(
    "title", "link", "description", "language", f"{_LINK} self", f"{_LINK} hub", "lastBuildDate", "ttl", "image", "generator"
)
_ITEM = feedgen_xml.ranked(
    "title", "link", "guid", "pubDate", f"{{{_ATOM}}}updated", f"{{{_DC}}}creator", "source", "category", "description"
)

# Validators take no other hosts for an enclosure; the picture stands in the media elements and in the content too.
_ENCLOSABLE = re.compile(r"https?://([a-z0-9-]+\.)+[a-z0-9-]+(:[0-9]+)?(/|$)", re.IGNORECASE)

# RSS 2.0: a channel image is a GIF, JPEG or PNG of 144 by 400 at most.
_WIDEST, _HIGHEST = 144, 400


class FeedExtension(BaseExtension):  # type: ignore[misc]
    """The channel's hub and date, the profile's order."""

    head: Head

    def extend_ns(self) -> dict[str, str]:
        return _NAMESPACES

    def extend_rss(self, rss: etree._Element) -> etree._Element:
        channel = rss[0]
        for date in channel.findall("lastBuildDate"):
            date.text = dates.rfc822(self.head.updated)
        if self.head.hub:
            etree.SubElement(channel, _LINK, href=self.head.hub, rel="hub")
        feedgen_xml.in_order(channel, _CHANNEL)
        return rss


class EntryExtension(BaseEntryExtension):  # type: ignore[misc]
    """An item's dates, creator, description, media and related links, which feedgen lacks or loses."""

    record: Record

    def extend_rss(self, item: etree._Element) -> etree._Element:
        record = self.record
        feedgen_xml.text(item, "pubDate", dates.rfc822(record.published))
        feedgen_xml.text(item, f"{{{_ATOM}}}updated", dates.rfc3339(record.updated))
        if record.provider:
            feedgen_xml.text(item, f"{{{_DC}}}creator", record.provider.name)
            if record.provider.site:
                etree.SubElement(item, "source", url=record.provider.site).text = record.provider.name
        feedgen_xml.in_order(item, _ITEM)
        if record.images and _ENCLOSABLE.match(record.images[0].url):
            image = record.images[0]
            etree.SubElement(item, "enclosure", url=image.url, length="0", type=content.media_type(image))
        feedgen_xml.add_media(item, record.images)
        if content.is_video(record):
            etree.SubElement(item, f"{{{feedgen_xml.MEDIA}}}player", url=record.link)
        for related in record.related:
            etree.SubElement(item, _LINK, href=related.url, rel="related", type="text/html", title=related.title)
        return item


def entry(record: Record, html: str) -> bytes:
    """The `<item>` of a record, with `html` as its content."""
    plain = feedgen_xml.entry(record, html)
    describe(plain, record)
    plain.register_extension("feedloom", EntryExtension)
    plain.feedloom.record = record
    return feedgen_xml.piece(plain.rss_entry(), ("rss", "channel"), _NAMESPACES)


def describe(plain: FeedEntry, record: Record) -> None:
    """Readers take a description for HTML, so that plain text is escaped once more than XML does.

    Without an excerpt, feedgen puts the content there.
    """
    if record.excerpt:
        plain.summary(escape(record.excerpt, quote=False))


def feed(head: Head, entries: Iterable[bytes]) -> bytes:
    """The whole document, its items as `entry` gave them."""
    generator = feedgen_xml.generator(head, "rss")
    if head.logo and _fits(head.logo):
        width, height = head.logo.width, head.logo.height
        generator.image(head.logo.url, width=width and str(width), height=height and str(height))
    generator.register_extension("feedloom", FeedExtension)
    generator.feedloom.head = head
    return feedgen_xml.with_entries(generator.rss_str(pretty=True), b"  </channel>", entries)


def _fits(image: Image) -> bool:
    ending = re.search(r"\.(\w+)$", image.url)
    kind_fits = not ending or ending[1].lower() in ("gif", "jpg", "jpeg", "png")
    return kind_fits and (image.width or 0) <= _WIDEST and (image.height or 0) <= _HIGHEST
