"""Read Atom and RSS that feedloom wrote, for `feedloom show`."""

import html
from collections.abc import Iterable
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import cast

from lxml import etree

from feedloom.model import CATEGORY_SCHEME
from feedloom.render.json_feed import Document, Extension, Item, ItemAuthor, ItemProvider, RelatedArticle
from feedloom.render.xml import ATOM, NAMESPACES
from feedloom.values import dates

_NAMES = NAMESPACES | {"a": ATOM}


def atom(document: bytes) -> Document:
    """An Atom feed. Raises ValueError if it is not one."""
    feed = _root(document, f"{{{ATOM}}}feed")
    return _document(
        _text(feed, "a:title"),
        _text(feed, "a:subtitle"),
        (
            _item(
                entry,
                id=_text(entry, "a:id"),
                title=_text(entry, "a:title"),
                url=_first(entry, "a:link[@rel='alternate']/@href"),
                published=_text(entry, "a:published"),
                authors=_all(entry, "a:author/a:name/text()"),
                provider=_text(entry, "a:source/a:title"),
                tags=_all(entry, f"a:category[not(@scheme='{CATEGORY_SCHEME}')]/@term"),
                summary=_text(entry, "a:summary"),
            )
            for entry in feed.iterfind(f"{{{ATOM}}}entry")
        ),
    )


def rss(document: bytes) -> Document:
    """An RSS feed. Raises ValueError if it is not one."""
    channel = _root(document, "rss").find("channel")
    if channel is None:
        raise ValueError("no channel")
    return _document(_text(channel, "title"), _text(channel, "description"), map(_rss_item, channel.iterfind("item")))


def _rss_item(item: etree._Element) -> Item:
    description = _text(item, "description")
    # Without an excerpt, the description is the HTML content. An excerpt is escaped and contains no `<`.
    summary = "" if description.startswith("<") else html.unescape(description)
    return _item(
        item,
        id=_text(item, "guid"),
        title=_text(item, "title"),
        url=_text(item, "link"),
        published=dates.rfc3339(parsedate_to_datetime(_text(item, "pubDate")).astimezone(UTC)),
        authors=_all(item, "dc:creator/text()"),
        provider=_text(item, "source"),
        tags=_all(item, f"category[not(@domain='{CATEGORY_SCHEME}')]/text()"),
        summary=summary,
    )


def _item(
    entry: etree._Element,
    *,
    id: str,
    title: str,
    url: str,
    published: str,
    authors: list[str],
    provider: str,
    tags: list[str],
    summary: str,
) -> Item:
    links = (link for name in ("a:link", "atom:link") for link in _elements(entry, f"{name}[@rel='related']"))
    related = {link.get("href", ""): link.get("title", "") for link in links}
    return Item(
        id=id,
        url=url,
        title=title,
        summary=summary or None,
        image=_first(entry, "media:thumbnail/@url") or None,
        date_published=published,
        authors=list(map(ItemAuthor, authors)) or None,
        tags=tuple(tags) or None,
        _feedloom=Extension(
            related=[RelatedArticle(url, title) for url, title in related.items()] or None,
            provider=ItemProvider(provider) if provider else None,
        ),
    )


def _document(title: str, description: str, items: Iterable[Item]) -> Document:
    return Document(version="", title=title, description=description or None, items=list(items))


def _root(document: bytes, tag: str) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(document, parser)
    except etree.XMLSyntaxError as error:
        raise ValueError(str(error)) from None
    if root.tag != tag:
        raise ValueError(f"a document of <{root.tag}>")
    return root


def _elements(element: etree._Element, path: str) -> list[etree._Element]:
    return cast("list[etree._Element]", element.xpath(path, namespaces=_NAMES))


def _all(element: etree._Element, path: str) -> list[str]:
    return [str(found) for found in cast("list[str]", element.xpath(path, namespaces=_NAMES))]


def _first(element: etree._Element, path: str) -> str:
    return next(iter(_all(element, path)), "")


def _text(element: etree._Element, path: str) -> str:
    return next((found.text or "" for found in _elements(element, path)), "")


READERS = {"atom": atom, "rss": rss}
"""The functions that read a document, by format."""
