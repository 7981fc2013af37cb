"""XML as text: values escaped, and the elements that Atom and RSS share. `reference` defines what they are."""

import re
from collections.abc import Iterable
from functools import lru_cache
from html.entities import name2codepoint
from typing import NamedTuple

from feedloom.model import Image
from feedloom.render.content import EntryData, is_video, medium
from feedloom.render.metadata import PAGE, Metadata

_REFERENCE = re.compile(r"&([#\w]+|[^\x00-\x7f])", re.ASCII)  # the same in all Pythons, whose Unicode versions differ

ATOM = "http://www.w3.org/2005/Atom"
HISTORY = "http://purl.org/syndication/history/1.0"
XHTML = "http://www.w3.org/1999/xhtml"
NAMESPACES = {
    "atom": ATOM,
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "media": "http://search.yahoo.com/mrss/",
}

STYLE = "feedloom-xml.css"
"""The stylesheet of Atom and RSS documents, for whoever opens one in a browser."""


def text(value: str) -> str:
    """A value between tags. Quotes need no escape here.

    `&` becomes `&#x26;`: the RSS profile recommends it in titles, and validators then see no markup in text.
    """
    if "&" in value or "<" in value or ">" in value:  # a third of the time of `replace`, which takes half of it with bytes
        return value.encode().replace(b"&", b"&#x26;").replace(b"<", b"&lt;").replace(b">", b"&gt;").decode()
    return value


def attribute(value: str) -> str:
    """A value between double quotes.

    `&` becomes `&amp;`: one reader does not decode `&#x26;` in attributes, and loses pictures with `&` in their URLs.
    """
    if "&" in value or "<" in value or ">" in value or '"' in value:
        return value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    return value


def words(value: str) -> str:
    """Words between double quotes: like `attribute`, but `&` becomes `&#x26;` if validators would see a reference (`Q&Pi`)."""
    escaped = attribute(value)
    return escaped.replace("&amp;", "&#x26;") if "&" in value and _looks_like_a_reference(value) else escaped


def _looks_like_a_reference(value: str) -> bool:
    return any(
        name in name2codepoint or name == "apos" or not (name.isascii() and name.isalpha())
        for name in _REFERENCE.findall(value)
    )


class Escaped(NamedTuple):
    """What Atom and RSS show of a record, as XML text.

    `href` is the link as an attribute. `feed` (the provider's) and the URLs and titles of `related` are attributes, too.
    """

    data: EntryData
    id: str
    link: str
    href: str
    title: str
    excerpt: str
    html: str
    provider: str | None
    site: str | None
    feed: str | None
    media: list[str]
    related: list[tuple[str, str]]


def escaped(data: EntryData) -> Escaped:
    """What Atom and RSS show of a record."""
    record = data.record
    provider = record.provider
    link = text(record.link)
    return Escaped(
        data,
        link if record.id == record.link else text(record.id),
        link,
        attribute(record.link),
        text(record.title),
        text(record.excerpt),
        text(data.html),
        text(provider.name) if provider else None,
        provider.site if provider else None,
        attribute(provider.feed) if provider and provider.feed else None,
        _media(data),
        [(attribute(related.url), words(related.title)) for related in record.related],
    )


def _media(data: EntryData) -> list[str]:
    """The lines of a media:content for each medium, and of a thumbnail. They are in no group: a group of one is invalid."""
    elements = []
    thumbnail = None
    for image, type in data.media:
        url, size = attribute(image.url), _size(image)
        start = f'<media:content url="{url}"{_fields(type)}{size}'
        if image.title or image.credit:
            elements.append(f"{start}>")
            elements += [f"  <media:title>{text(image.title)}</media:title>"] if image.title else []
            elements += [f"  <media:credit>{text(image.credit)}</media:credit>"] if image.credit else []
            elements.append("</media:content>")
        else:
            elements.append(f"{start}/>")
        if image is data.picture:
            thumbnail = f'<media:thumbnail url="{url}"{size}/>'
    if thumbnail:
        elements.append(thumbnail)
    if is_video(data.record):
        elements.append(f'<media:player url="{attribute(data.record.link)}"/>')
    return elements


@lru_cache(256)
def _fields(type: str | None) -> str:
    fields = f' type="{type}"' if type else ""
    return f'{fields} medium="{one}"' if (one := medium(type)) else fields


def _size(image: Image) -> str:
    width, height = image.width, image.height
    if width and height:
        return f' width="{width}" height="{height}"'
    return f' width="{width}"' if width else f' height="{height}"' if height else ""


class Shell(NamedTuple):
    """The text before and after the entries of a document: patterns for `str.format`.

    `{id}`, `{title}`, `{description}`, `{updated}`, `{page}`, `{root}` and `{note}` take XML text; `{base}`, `{query}` and the
    page as `{href}` or `{here}` take attributes; `{history}` and `{picture}` take elements.
    """

    start: str
    end: str


_NOTE = "This is a feed. To subscribe, copy its address into a feed reader."
_ON_PAGE = "\n     To read its articles in a browser, write .{page} for .{format} at the end of the address."
_ON_ARCHIVE = "This is an older part of a feed, which feed readers find by themselves."


def for_people(root: str, note: str) -> str:
    """The stylesheet, and a note for whoever opens a feed in a browser.

    Chromium shows a feed of the right media type as plain text, where only the note explains it. Readers mind neither, as long
    as the root element begins within 4,096 bytes.
    """
    return f'<?xml-stylesheet type="text/css" href="{root}{STYLE}"?>\n<!-- {note} -->\n'


def note(metadata: Metadata, format: str) -> str:
    """The note in a document, for people."""
    if metadata.is_archive:
        return _ON_ARCHIVE
    return _NOTE + (_ON_PAGE.format(page=PAGE, format=format) if metadata.has_page else "")


def in_shell(
    shell: Shell | None, metadata: Metadata, format: str, prefix: str, updated: str, picture: str, entries: Iterable[bytes]
) -> bytes:
    """A whole document. `prefix` is that of Atom elements."""
    assert shell
    indent = "  " if not prefix else "    "
    history = [
        f'{indent}<{prefix}link href="{attribute(address)}.{format}" rel="{rel}" type="application/{format}+xml"/>\n'
        for rel, address in metadata.history.items()
    ]
    if metadata.is_archive:
        history.append(f"{indent}<fh:archive/>\n")
    if metadata.is_complete:
        history.append(f"{indent}<fh:complete/>\n")
    start = shell.start.format(
        id=text(metadata.id),
        title=text(metadata.title),
        description=text(metadata.description),
        updated=updated,
        base=metadata.base and attribute(metadata.base),
        query=attribute(metadata.query),
        page=metadata.page and text(metadata.page),
        href=metadata.page and attribute(metadata.page),
        here=attribute(metadata.here),
        root=metadata.root,
        note=note(metadata, format),
        history="".join(history),
        picture=picture,
    )
    return b"".join((start.encode(), *entries, shell.end.encode()))
