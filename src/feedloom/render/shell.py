"""The document around the entries, as feedgen writes it, with the places of what differs between feeds left open.

Feedgen makes it once for a site and format, and `atom` and `rss` fill it in for each feed: a feed's head would take feedgen
50 us, and its import takes 20 ms, for which a build in which little changed has no time (docs/decisions.md).
"""

import re
from collections.abc import Mapping

from feedgen.ext.base import BaseExtension
from feedgen.feed import FeedGenerator
from lxml import etree

from feedloom.config.settings import Config
from feedloom.render.xml import STYLE, Shell

_BETWEEN_TAGS = re.compile(">[^<]*")  # lxml escapes each `>` that is not a tag's
ATOM = "http://www.w3.org/2005/Atom"
HISTORY = "http://purl.org/syndication/history/1.0"
_FOR_PEOPLE = f'<?xml-stylesheet type="text/css" href="{{root}}{STYLE}"?>\n<!-- {{note}} -->\n'
"""For whoever opens a feed in a browser. Chromium shows one of the right media type as plain text, where only the comment
tells; readers mind neither, as long as the root begins within 4,096 bytes."""
NAMESPACES = {
    "atom": ATOM,
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "media": "http://search.yahoo.com/mrss/",
}


class AtomExtension(BaseExtension):  # type: ignore[misc]
    """The profile's order, and the place of the date."""

    namespaces: Mapping[str, str]

    def extend_ns(self) -> Mapping[str, str]:
        return self.namespaces

    def extend_atom(self, feed: etree._Element) -> etree._Element:
        for date in feed.findall("updated"):
            date.text = "{updated}"
        in_order(feed, _FEED)
        return feed


class RssExtension(BaseExtension):  # type: ignore[misc]
    """The channel's hub, the profile's order, and the place of the date."""

    hub: str | None
    namespaces: Mapping[str, str]

    def extend_ns(self) -> Mapping[str, str]:
        return self.namespaces

    def extend_rss(self, rss: etree._Element) -> etree._Element:
        channel = rss[0]
        for date in channel.findall("lastBuildDate"):
            date.text = "{updated}"
        if self.hub:
            etree.SubElement(channel, _LINK, href=self.hub, rel="hub")
        in_order(channel, _CHANNEL)
        return rss


def atom(config: Config) -> Shell:
    """The shell of the site's Atom feeds."""
    generator = _generator(config, "atom")
    generator.register_extension("feedloom", AtomExtension)
    generator.feedloom.namespaces = {"media": NAMESPACES["media"]} | _history(config)
    return _cut(generator.atom_str(pretty=True), "  <author>", "  <author>", "</feed>")


def rss(config: Config) -> Shell:
    """The shell of the site's RSS feeds."""
    generator = _generator(config, "rss")
    generator.register_extension("feedloom", RssExtension)
    generator.feedloom.hub = config.site.hub and _literal(config.site.hub)
    generator.feedloom.namespaces = NAMESPACES | _history(config)
    return _cut(generator.rss_str(pretty=True), "    <lastBuildDate>", "    <generator>", "  </channel>")


def ranked(*order: str) -> dict[str, int]:
    """The profile's order of elements: by tag, or by tag and rel (`link self`)."""
    return {name: rank for rank, name in enumerate(order)}


def in_order(element: etree._Element, order: Mapping[str, int]) -> None:
    """Sort the children by the profile's order; what it does not name goes last, in the order it has."""

    def rank(child: etree._Element) -> int:
        rel = child.get("rel")
        return order.get(f"{child.tag} {rel}" if rel else str(child.tag), len(order))

    element[:] = sorted(element, key=rank)


_NO_BRACKETS = {ord("("): None, ord(")"): None}  # in RSS the name stands in brackets
_LINK = f"{{{ATOM}}}link"
_FEED = ranked("id", "title", "subtitle", "updated", "link alternate", "link self", "link hub", "author", "rights", "generator")
_CHANNEL = ranked(
    *("title", "link", "description", "language", "copyright", "managingEditor", f"{_LINK} self", f"{_LINK} hub"),
    *("lastBuildDate", "ttl", "generator"),
)


def _generator(config: Config, format: str) -> FeedGenerator:
    """Feedgen's feed without entries. Without a site URL, the id stands where RSS requires a link."""
    site = config.site
    feed = FeedGenerator()
    feed.id("{id}")
    feed.title("{title}")
    feed.subtitle("{description}")
    feed.description("{description}")
    author = _literal(site.author or site.title)
    feed.author({"name": author} | ({"email": _literal(site.email)} if site.email else {}))
    if site.email and format == "rss":
        feed.managingEditor(f"{_literal(site.email)} ({author.translate(_NO_BRACKETS)})")
    if site.rights:
        feed.rights(_literal(site.rights))
    if site.language:
        feed.language(site.language)
    feed.generator("feedloom")
    feed.docs("")
    feed.ttl(config.ttl)
    if site.url:
        feed.link(href=f"{{address}}.{format}{{query}}", rel="self", type=f"application/{format}+xml")
    if site.hub:
        feed.link(href=_literal(site.hub), rel="hub")
    has_link = bool(site.url or site.home)
    if has_link or format == "rss":
        # Last, because feedgen takes the last link for RSS's own.
        page = "{page}" if format == "rss" else "{href}"  # RSS writes it between tags, Atom in an attribute
        feed.link(href=page if has_link else "{id}", rel="alternate", type="text/html")
    return feed


def _history(config: Config) -> dict[str, str]:
    """The namespace of RFC 5005, where it is needed."""
    return {"fh": HISTORY} if config.archive else {}


def _cut(document: bytes, after_history: str, after_picture: str, end: str) -> Shell:
    # `&` is spelt as `xml.text` spells it; in attributes lxml spells it as `xml.attribute` does.
    whole = _BETWEEN_TAGS.sub(lambda text: text[0].replace("&amp;", "&#x26;"), document.decode())
    whole = whole.replace(after_history, "{history}" + after_history, 1).replace(after_picture, "{picture}" + after_picture, 1)
    declaration, line_end, whole = whole.partition("\n")
    whole = declaration + line_end + _FOR_PEOPLE + whole
    start, tag, rest = whole.rpartition(end)
    return Shell(start, tag + rest)


def _literal(value: str) -> str:
    return re.sub("[{}]", r"\g<0>\g<0>", value)
