"""Atom and RSS as feedgen writes them, with an extension of our own: the definition of both formats.

A build writes the same bytes by a faster way: `atom` and `rss` put text together, in a sixth of the time that a tree takes
(docs/decisions.md). A test compares all documents byte for byte. What is around the entries comes from here, as a `shell`: a
build makes it once for a format, and only if the settings changed, because importing feedgen takes 20 ms.
"""

import re
from collections.abc import Iterable, Mapping
from html import escape, unescape

from feedgen.entry import FeedEntry
from feedgen.ext.base import BaseEntryExtension, BaseExtension
from feedgen.feed import FeedGenerator
from lxml import etree

from feedloom.config.settings import Config
from feedloom.model import CATEGORY_SCHEME, Author, Image, Url
from feedloom.render import content, rss, xml
from feedloom.render.content import EntryData
from feedloom.render.metadata import NEVER, Metadata
from feedloom.render.xml import ATOM, HISTORY, NAMESPACES, Shell
from feedloom.values import dates


def _ranked(*order: str) -> dict[str, int]:
    """An order of elements: by tag, or by tag and rel (`link self`)."""
    return {name: rank for rank, name in enumerate(order)}


_MEDIA, _DC = NAMESPACES["media"], NAMESPACES["dc"]
_LINK = f"{{{ATOM}}}link"
_ANCHOR = f"{{{xml.XHTML}}}a"
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_ARCHIVE, _COMPLETE = f"{{{HISTORY}}}archive", f"{{{HISTORY}}}complete"
_RELATIONS = ("self", "hub", "current", "prev-archive")

# The order that every reader takes right.
_FEED = _ranked(
    *("id", "title", "subtitle", "updated", "link alternate"),
    *(f"link {rel}" for rel in _RELATIONS),
    *(_ARCHIVE, _COMPLETE, "icon", "logo", "author", "rights", "generator", _ANCHOR),
)
_CHANNEL = _ranked(
    *("title", "link", "description", "language", "copyright", "managingEditor"),
    *(f"{_LINK} {rel}" for rel in _RELATIONS),
    *(_ARCHIVE, _COMPLETE, "lastBuildDate", "ttl", "image", "generator", _ANCHOR),
)
_ENTRY = _ranked(
    *("id", "title", "link alternate", "published", "updated", "author", "category", "summary", "content", "link enclosure"),
    *(f"{{{_MEDIA}}}{tag}" for tag in ("content", "thumbnail", "player")),
    *("link related", "source"),
)
_ITEM = _ranked(
    *("title", "link", "guid", "pubDate", f"{{{ATOM}}}updated", f"{{{_DC}}}creator", "source", "category", "description"),
    *(f"{{{NAMESPACES['content']}}}encoded", "enclosure"),
    *(f"{{{_MEDIA}}}{tag}" for tag in ("content", "thumbnail", "player")),
    f"{_LINK} related",
)

_NO_BRACKETS = {ord("("): None, ord(")"): None}  # in RSS the name is in brackets
_BETWEEN_TAGS = re.compile(">[^<]*")  # lxml escapes each `>` that is not a tag's
_WORDS = re.compile('( (?:term|label|title)=)"([^"]*)"')


def document(format: str, metadata: Metadata, entries: Iterable[EntryData]) -> bytes:
    """A whole document in the format `atom` or `rss`."""
    updated = dates.rfc3339(metadata.updated) if format == "atom" else dates.rfc822(metadata.updated)
    return _written(format, metadata, updated, xml.note(metadata, format), entries).encode()


def shell(format: str, config: Config) -> Shell:
    """What is around the entries of all feeds of a site: a document with places for what differs between feeds."""
    site = config.site
    # RSS has the page between tags, Atom in an attribute.
    page = Url("{page}" if format == "rss" else "{href}") if site.url or site.home else None
    picture = Image(Url("{picture}"))
    metadata = Metadata(
        id="{id}",
        title="{title}",
        description="{description}",
        updated=NEVER,
        author=_literal(site.author or site.title),
        email=site.email and _literal(site.email),
        rights=site.rights and _literal(site.rights),
        comment="",
        reading=_literal(config.labels.reading),
        language=site.language,
        root="{root}",
        base=Url("{base}") if site.url else None,
        page=page,
        here="{here}",
        has_page=bool(config.pages),
        has_archive=bool(config.archive),
        is_archive=False,
        is_complete=False,
        history={"current": "{history}"},
        icon=picture if format == "atom" else None,
        logo=picture if format == "rss" else None,
        hubs=tuple(map(_literal, site.hubs)),
        ttl=config.ttl,
        query="{query}",
    )
    whole = _written(format, metadata, "{updated}", "{note}", ())
    tag, end = ("icon", "</feed>") if format == "atom" else ("image", "  </channel>")
    whole = _opened(whole, f"<{tag}>", f"</{tag}>", "{picture}")
    whole = _opened(whole, "{history}", "{history}", "{history}")  # it is above
    start, tag, rest = whole.rpartition(end)
    return Shell(start, tag + rest)


def _opened(text: str, first: str, last: str, place: str) -> str:
    """A text with a place instead of its lines from that with `first` to that with `last`."""
    start = text.rindex("\n", 0, text.index(first)) + 1
    end = text.index("\n", text.index(last, start)) + 1
    return text[:start] + place + text[end:]


def _literal(value: str) -> str:
    return re.sub("[{}]", r"\g<0>\g<0>", value)


def _written(format: str, metadata: Metadata, updated: str, note: str, entries: Iterable[EntryData]) -> str:
    feed = _feed(format, metadata, updated)
    for data in entries:
        feed.add_entry(_entry(data, format), order="append")
        feed.entry()[-1].feedloom.data = data
    tree: bytes = feed.atom_str(pretty=True) if format == "atom" else feed.rss_str(pretty=True)
    text = _WORDS.sub(lambda found: f'{found[1]}"{xml.words(unescape(found[2]))}"', tree.decode())
    # `xml.text` explains why `&` is different between tags.
    text = _BETWEEN_TAGS.sub(lambda found: found[0].replace("&amp;", "&#x26;"), text)
    declaration, line_end, root = text.partition("\n")
    return f"{declaration}{line_end}{xml.for_people(metadata.root, note)}{root}"


def _feed(format: str, metadata: Metadata, updated: str) -> FeedGenerator:
    """Feedgen's feed, without entries. RSS requires a link: the id, if there is no other."""
    feed = FeedGenerator()
    feed.id(metadata.id)
    feed.title(metadata.title)
    feed.subtitle(metadata.description)
    feed.description(metadata.description)
    feed.author({"name": metadata.author} | ({"email": metadata.email} if metadata.email else {}))
    if metadata.email and format == "rss":
        feed.managingEditor(f"{metadata.email} ({metadata.author.translate(_NO_BRACKETS)})")
    if metadata.rights:
        feed.rights(metadata.rights)
    if metadata.language:
        feed.language(metadata.language)
    feed.generator("feedloom")
    feed.docs("")
    feed.ttl(metadata.ttl)
    if metadata.base:
        feed.link(href=metadata.url(format), rel="self", type=f"application/{format}+xml")
    for hub in metadata.hubs:
        feed.link(href=hub, rel="hub")
    if metadata.page or format == "rss":
        # Last, because feedgen takes the last link for RSS's own.
        feed.link(href=metadata.page or metadata.id, rel="alternate", type="text/html")
    if metadata.icon and format == "atom":
        feed.icon(metadata.icon.url)
    if metadata.logo and format == "atom":
        feed.logo(metadata.logo.url)
    if metadata.logo and format == "rss" and rss.fits(metadata.logo):
        feed.image(metadata.logo.url, **_size(metadata.logo))
    feed.register_extension("feedloom", _FeedExtension, _EntryExtension)
    feed.feedloom.metadata, feed.feedloom.updated, feed.feedloom.format = metadata, updated, format
    return feed


def _entry(data: EntryData, format: str) -> FeedEntry:
    record = data.record
    entry = FeedEntry()
    entry.guid(record.id, permalink=record.id == record.link)
    entry.title(record.title)
    entry.link(href=record.link)
    entry.updated(record.updated)
    if data.html:
        entry.content(data.html, type="html")
    categories = [{"term": topic, "label": topic} for topic in record.topics]
    if record.category:
        categories.append({"term": record.category, "label": record.category, "scheme": CATEGORY_SCHEME})
    entry.category(categories)
    if record.excerpt and format == "rss":
        # Readers treat a description as HTML, so plain text is escaped once as HTML and once as XML.
        entry.summary(escape(record.excerpt, quote=False))
    return entry


class _FeedExtension(BaseExtension):  # type: ignore[misc]
    """Links that feedgen does not know, the date, and the order."""

    metadata: Metadata
    updated: str
    format: str

    def extend_ns(self) -> dict[str, str]:
        own = NAMESPACES if self.format == "rss" else {"media": _MEDIA}
        return own | ({"fh": HISTORY} if self.metadata.has_archive else {})

    def extend_atom(self, feed: etree._Element) -> etree._Element:
        self._extend(feed, "link", "updated", _FEED)
        return feed

    def extend_rss(self, tree: etree._Element) -> etree._Element:
        channel = tree[0]
        for hub in self.metadata.hubs:
            etree.SubElement(channel, _LINK, href=hub, rel="hub")
        self._extend(channel, _LINK, "lastBuildDate", _CHANNEL)
        return tree

    def _extend(self, parent: etree._Element, link: str, date: str, order: Mapping[str, int]) -> None:
        for child in parent.findall(date):
            child.text = self.updated
        for rel, address in self.metadata.history.items():
            etree.SubElement(parent, link, href=f"{address}.{self.format}", rel=rel, type=f"application/{self.format}+xml")
        if self.metadata.is_archive:
            etree.SubElement(parent, _ARCHIVE)
        if self.metadata.is_complete:
            etree.SubElement(parent, _COMPLETE)
        if self.metadata.has_page:
            # A browser that shows the feed makes a link of it, which CSS cannot.
            anchor = etree.SubElement(parent, _ANCHOR, nsmap={None: xml.XHTML}, href=self.metadata.here)  # type: ignore[dict-item]
            anchor.text = self.metadata.reading
        _sort(parent, order)


class _EntryExtension(BaseEntryExtension):  # type: ignore[misc]
    """What feedgen writes in another way, or not at all: dates, author, media, related links, source; and the order."""

    data: EntryData

    def extend_atom(self, entry: etree._Element) -> etree._Element:
        data, record = self.data, self.data.record
        for link in entry.findall("link"):
            link.set("rel", "alternate")
            link.set("type", "text/html")
        for updated in entry.findall("updated"):
            updated.text = data.updated
        _add(entry, "published", data.published)
        if record.excerpt:
            _add(entry, "summary", record.excerpt)
        provider = record.provider
        for person in record.authors or ([Author(provider.name, provider.site)] if provider else []):
            author = etree.SubElement(entry, "author")
            for tag, value in (("name", person.name), ("uri", person.url), ("email", person.email)):
                if value:
                    _add(author, tag, value)
        if data.enclosed:
            image, type = data.enclosed
            etree.SubElement(entry, "link", {"href": image.url, "rel": "enclosure"} | ({"type": type} if type else {}))
        if provider and provider.site:
            # The provider's site as the feed that the entry came from (RFC 4287 section 4.2.11).
            source = etree.SubElement(entry, "source")
            _add(source, "id", provider.site)
            _add(source, "title", provider.name)
            _add(source, "updated", data.updated)
            etree.SubElement(source, "link", href=provider.site, rel="alternate", type="text/html")
        self._extend(entry, "link", _ENTRY)
        return entry

    def extend_rss(self, item: etree._Element) -> etree._Element:
        data, record = self.data, self.data.record
        _add(item, "pubDate", dates.rfc822(record.published))
        _add(item, f"{{{ATOM}}}updated", data.updated)
        for creator in record.authors or filter(None, [record.provider]):
            _add(item, f"{{{_DC}}}creator", creator.name)
        if record.provider and record.provider.feed:
            etree.SubElement(item, "source", url=record.provider.feed).text = record.provider.name
        if data.enclosed and rss.enclosable(data.enclosed[0]):
            image, type = data.enclosed
            etree.SubElement(item, "enclosure", url=image.url, length="0", type=type or content.GUESS)
        self._extend(item, _LINK, _ITEM)
        return item

    def _extend(self, entry: etree._Element, link: str, order: Mapping[str, int]) -> None:
        data, record = self.data, self.data.record
        if record.language:
            entry.set(_LANGUAGE, record.language)
        for image, type in data.media:
            fields = {"url": image.url, "type": type, "medium": content.medium(type), **_size(image)}
            medium = etree.SubElement(entry, f"{{{_MEDIA}}}content", {name: value for name, value in fields.items() if value})
            for tag, value in (("title", image.title), ("credit", image.credit)):
                if value:
                    _add(medium, f"{{{_MEDIA}}}{tag}", value)
        if data.picture:
            etree.SubElement(entry, f"{{{_MEDIA}}}thumbnail", {"url": data.picture.url, **_size(data.picture)})
        if content.is_video(record):
            etree.SubElement(entry, f"{{{_MEDIA}}}player", url=record.link)
        for related in record.related:
            etree.SubElement(entry, link, href=related.url, rel="related", type="text/html", title=related.title)
        _sort(entry, order)


def _sort(element: etree._Element, order: Mapping[str, int]) -> None:
    def rank(child: etree._Element) -> int:
        rel = child.get("rel")
        return order[f"{child.tag} {rel}" if rel else str(child.tag)]

    element[:] = sorted(element, key=rank)


def _size(image: Image) -> dict[str, str]:
    return {name: str(value) for name, value in (("width", image.width), ("height", image.height)) if value}


def _add(parent: etree._Element, tag: str, text: str) -> None:
    etree.SubElement(parent, tag).text = text
