"""A feed as feedgen alone gives it, entries and all: the joined pieces of `feedloom.render` must equal it byte for byte."""

import re
from collections.abc import Iterable
from html import escape, unescape

from feedgen.entry import FeedEntry
from feedgen.ext.base import BaseEntryExtension, BaseExtension
from feedgen.feed import FeedGenerator
from lxml import etree

from feedloom.config.settings import Config
from feedloom.model import Image, Record
from feedloom.render import content, rss, xml
from feedloom.render.metadata import Metadata
from feedloom.render.shell import ATOM, HISTORY, NAMESPACES, in_order, ranked
from feedloom.values import dates

_FOR_PEOPLE = """\
<?xml version='1.0' encoding='UTF-8'?>
<?xml-stylesheet type="text/css" href="{root}feedloom-xml.css"?>
"""
_FEED_NOTE = """\
<!-- This is a feed. To subscribe, copy its address into a feed reader.
     To read its articles in a browser, write .html for .{format} at the end of the address. -->
"""
_ARCHIVE_NOTE = """\
<!-- This is an older part of a feed, which feed readers find by themselves. -->
"""
_MEDIA, _DC = NAMESPACES["media"], NAMESPACES["dc"]
_LINK = f"{{{ATOM}}}link"
_RELATIONS = ("self", "hub", "current", "prev-archive")
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_ARCHIVE, _COMPLETE = f"{{{HISTORY}}}archive", f"{{{HISTORY}}}complete"
_FEED = ranked(
    *("id", "title", "subtitle", "updated", "link alternate"),
    *(f"link {rel}" for rel in _RELATIONS),
    *(_ARCHIVE, _COMPLETE, "icon", "logo", "author", "rights", "generator"),
)
_CHANNEL = ranked(
    *("title", "link", "description", "language", "copyright", "managingEditor"),
    *(f"{_LINK} {rel}" for rel in _RELATIONS),
    *(_ARCHIVE, _COMPLETE, "lastBuildDate", "ttl", "image", "generator"),
)
_ENTRY = ranked("id", "title", "link alternate", "published", "updated", "author", "category", "summary", "content")
_ITEM = ranked(
    "title", "link", "guid", "pubDate", f"{{{ATOM}}}updated", f"{{{_DC}}}creator", "source", "category", "description"
)


def document(format: str, metadata: Metadata, config: Config, records: Iterable[Record]) -> bytes:
    """The whole feed from feedgen's tree, in which `&` is spelt `&#x26;` between tags."""
    feed = FeedGenerator()
    feed.id(metadata.id)
    feed.title(metadata.title)
    feed.subtitle(metadata.description)
    feed.description(metadata.description)
    feed.updated(metadata.updated)
    author = config.site.author or config.site.title
    feed.author({"name": author} | ({"email": config.site.email} if config.site.email else {}))
    if config.site.email and format == "rss":
        feed.managingEditor(f"{config.site.email} ({author})")
    if config.site.rights:
        feed.rights(config.site.rights)
    if config.site.language:
        feed.language(config.site.language)
    feed.generator("feedloom")
    feed.docs("")
    feed.ttl(config.ttl)
    if metadata.address:
        feed.link(href=f"{metadata.address}.{format}", rel="self", type=f"application/{format}+xml")
    if config.site.hub:
        feed.link(href=config.site.hub, rel="hub")
    if metadata.address or format == "rss":
        feed.link(href=metadata.page or metadata.id, rel="alternate", type="text/html")
    if metadata.icon and format == "atom":
        feed.icon(metadata.icon.url)
    if metadata.logo and format == "atom":
        feed.logo(metadata.logo.url)
    if metadata.logo and format == "rss" and rss.fits(metadata.logo):
        width, height = metadata.logo.width, metadata.logo.height
        feed.image(metadata.logo.url, width=width and str(width), height=height and str(height))
    feed.register_extension("tested", _FeedExtension, _EntryExtension)
    feed.tested.metadata, feed.tested.config, feed.tested.format = metadata, config, format
    for record in records:
        feed.add_entry(_entry(record, config, format), order="append")
        feed.entry()[-1].tested.record = record
    whole: bytes = feed.atom_str(pretty=True) if format == "atom" else feed.rss_str(pretty=True)
    between_tags = re.compile(b">[^<]*")
    whole = re.sub(b'( (?:term|label|title)=)"([^"]*)"', _words, whole)
    root = between_tags.sub(lambda text: text[0].replace(b"&amp;", b"&#x26;"), whole).partition(b"\n")[2]
    note = _ARCHIVE_NOTE if metadata.is_archive else _FEED_NOTE
    return (_FOR_PEOPLE + note).format(root=metadata.root, format=format).encode() + root


def _words(attribute: re.Match[bytes]) -> bytes:
    return attribute[1] + f'"{xml.words(unescape(attribute[2].decode()))}"'.encode()


def _entry(record: Record, config: Config, format: str) -> FeedEntry:
    entry = FeedEntry()
    entry.guid(record.id, permalink=record.id == record.link)
    entry.title(record.title)
    entry.link(href=record.link)
    entry.updated(record.updated)
    if html := content.html(record, config.labels) if config.content == "excerpt" else "":
        entry.content(html, type="html")
    categories = [{"term": topic, "label": topic} for topic in record.topics]
    if record.category:
        categories.append({"term": record.category, "label": record.category, "scheme": xml.CATEGORY_SCHEME})
    entry.category(categories)
    if record.excerpt and format == "rss":
        entry.summary(escape(record.excerpt, quote=False))
    return entry


class _FeedExtension(BaseExtension):  # type: ignore[misc]
    metadata: Metadata
    config: Config
    format: str

    def extend_ns(self) -> dict[str, str]:
        history = {"fh": HISTORY} if self.config.archive else {}
        return (NAMESPACES if self.format == "rss" else {"media": _MEDIA}) | history

    def _extend(self, parent: etree._Element, link: str) -> None:
        for rel, address in self.metadata.history.items():
            etree.SubElement(parent, link, href=f"{address}.{self.format}", rel=rel, type=f"application/{self.format}+xml")
        if self.metadata.is_archive:
            etree.SubElement(parent, _ARCHIVE)
        if self.metadata.is_complete:
            etree.SubElement(parent, _COMPLETE)

    def extend_atom(self, feed: etree._Element) -> etree._Element:
        for child in feed.findall("updated"):
            child.text = dates.rfc3339(self.metadata.updated)
        self._extend(feed, "link")
        in_order(feed, _FEED)
        return feed

    def extend_rss(self, tree: etree._Element) -> etree._Element:
        channel = tree[0]
        for date in channel.findall("lastBuildDate"):
            date.text = dates.rfc822(self.metadata.updated)
        if self.config.site.hub:
            etree.SubElement(channel, _LINK, href=self.config.site.hub, rel="hub")
        self._extend(channel, _LINK)
        in_order(channel, _CHANNEL)
        return tree


class _EntryExtension(BaseEntryExtension):  # type: ignore[misc]
    record: Record

    def extend_atom(self, entry: etree._Element) -> etree._Element:
        record = self.record
        if record.language:
            entry.set(_LANG, record.language)
        for link in entry.findall("link"):
            link.set("rel", "alternate")
            link.set("type", "text/html")
        for updated in entry.findall("updated"):
            updated.text = dates.rfc3339(record.updated)
        _text(entry, "published", dates.rfc3339(record.published))
        if record.excerpt:
            _text(entry, "summary", record.excerpt)
        if record.provider:
            author = etree.SubElement(entry, "author")
            _text(author, "name", record.provider.name)
            if record.provider.site:
                _text(author, "uri", record.provider.site)
        in_order(entry, _ENTRY)
        if record.images:
            image = content.picture(record.images) or record.images[0]
            type = content.media_type(image)
            etree.SubElement(entry, "link", {"href": image.url, "rel": "enclosure", **({"type": type} if type else {})})
        _add_media(entry, record)
        for related in record.related:
            etree.SubElement(entry, "link", href=related.url, rel="related", type="text/html", title=related.title)
        if record.provider and record.provider.site:
            source = etree.SubElement(entry, "source")
            _text(source, "id", record.provider.site)
            _text(source, "title", record.provider.name)
            _text(source, "updated", dates.rfc3339(record.updated))
            etree.SubElement(source, "link", href=record.provider.site, rel="alternate", type="text/html")
        return entry

    def extend_rss(self, item: etree._Element) -> etree._Element:
        record = self.record
        if record.language:
            item.set(_LANG, record.language)
        _text(item, "pubDate", dates.rfc822(record.published))
        _text(item, f"{{{ATOM}}}updated", dates.rfc3339(record.updated))
        if record.provider:
            _text(item, f"{{{_DC}}}creator", record.provider.name)
            if record.provider.feed:
                etree.SubElement(item, "source", url=record.provider.feed).text = record.provider.name
        in_order(item, _ITEM)
        if record.images and rss.enclosable(image := content.picture(record.images) or record.images[0]):
            etree.SubElement(item, "enclosure", url=image.url, length="0", type=content.media_type(image) or "image/jpeg")
        _add_media(item, record)
        for related in record.related:
            etree.SubElement(item, _LINK, href=related.url, rel="related", type="text/html", title=related.title)
        return item


def _add_media(element: etree._Element, record: Record) -> None:
    for image in record.images:
        type = content.media_type(image)
        fields = {"url": image.url, "type": type, "medium": content.medium(type), **_size(image)}
        medium = etree.SubElement(element, f"{{{_MEDIA}}}content", {name: value for name, value in fields.items() if value})
        for tag, value in (("title", image.title), ("credit", image.credit)):
            if value:
                etree.SubElement(medium, f"{{{_MEDIA}}}{tag}").text = value
    if picture := content.picture(record.images):
        etree.SubElement(element, f"{{{_MEDIA}}}thumbnail", {"url": picture.url, **_size(picture)})
    if content.is_video(record):
        etree.SubElement(element, f"{{{_MEDIA}}}player", url=record.link)


def _size(image: Image) -> dict[str, str]:
    return {name: str(value) for name, value in (("width", image.width), ("height", image.height)) if value}


def _text(parent: etree._Element, tag: str, value: str) -> None:
    etree.SubElement(parent, tag).text = value
