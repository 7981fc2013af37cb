"""XML as text: values escaped, and the elements that Atom and RSS share.

An entry's lines are put together here and in `atom` and `rss`, which takes a tenth of the time that feedgen's tree of the same
entry does, and gives the same bytes (docs/decisions.md; a test compares the two).
"""

from collections.abc import Iterable
from typing import NamedTuple

from feedloom.render.content import Shown, is_video
from feedloom.render.head import PAGE, Head

CATEGORY_SCHEME = "urn:feedloom:category"
"""Tells a record's category from its topics."""


def text(value: str) -> str:
    """A value between tags.

    `&` becomes `&#x26;`: the RSS profile asks for it in titles, and validators then take no text for mark-up.
    """
    return value.replace("&", "&#x26;").replace("<", "&lt;").replace(">", "&gt;")


def attribute(value: str) -> str:
    """A value between double quotes."""
    return text(value).replace('"', "&quot;")


class Escaped(NamedTuple):
    """What Atom and RSS show of a record, as XML text; `related` are addresses and titles, these as attributes."""

    shown: Shown
    id: str
    link: str
    title: str
    excerpt: str
    html: str
    provider: str | None
    site: str | None
    media: list[str]
    related: list[tuple[str, str]]


def escaped(shown: Shown) -> Escaped:
    """What Atom and RSS show of a record."""
    record = shown.record
    provider = record.provider
    link = text(record.link)
    return Escaped(
        shown=shown,
        id=link if record.id == record.link else text(record.id),
        link=link,
        title=text(record.title),
        excerpt=text(record.excerpt),
        html=text(shown.html),
        provider=text(provider.name) if provider else None,
        site=provider.site if provider else None,
        media=_media(shown),
        related=[(text(related.url), attribute(related.title)) for related in record.related],
    )


def _media(shown: Shown) -> list[str]:
    """A media:content for each image and a thumbnail of the first, outside any group: a group of one is invalid."""
    elements = []
    thumbnail = ""
    for image, type in zip(shown.record.images, shown.types, strict=True):
        size = f' width="{image.width}"' if image.width else ""
        size += f' height="{image.height}"' if image.height else ""
        url = text(image.url)
        elements.append(f'<media:content url="{url}" type="{type}" medium="image"{size}/>')
        thumbnail = thumbnail or f'<media:thumbnail url="{url}"{size}/>'
    if thumbnail:
        elements.append(thumbnail)
    if is_video(shown.record):
        elements.append(f'<media:player url="{text(shown.record.link)}"/>')
    return elements


class Frame(NamedTuple):
    """What stands before and after the entries of a feed: patterns for `str.format`.

    `{id}`, `{title}`, `{description}`, `{updated}`, `{address}`, `{page}`, `{root}` and `{note}` take XML text, `{history}` and
    `{picture}` take elements.
    """

    start: str
    end: str


_NOTES = {
    False: "This is a feed. To subscribe, copy its address into a feed reader.\n"
    "     To read its articles in a browser, write .{page} for .{format} at the end of the address.",
    True: "This is an older part of a feed, which feed readers find by themselves.",
}
"""For whoever opens a feed in a browser."""


def framed(frame: Frame, head: Head, format: str, prefix: str, updated: str, picture: str, entries: Iterable[bytes]) -> bytes:
    """A feed's document in a format; Atom's elements have a `prefix` in it."""
    indent = "  " if not prefix else "    "
    history = [
        f'{indent}<{prefix}link href="{text(address)}.{format}" rel="{rel}" type="application/{format}+xml"/>\n'
        for rel, address in head.history.items()
    ]
    if head.is_archive:
        history.append(f"{indent}<fh:archive/>\n")
    start = frame.start.format(
        id=text(head.id),
        title=text(head.title),
        description=text(head.description),
        updated=updated,
        address=head.address and text(head.address),
        page=head.page and text(head.page),
        root=head.root,
        note=_NOTES[head.is_archive].format(page=PAGE, format=format),
        history="".join(history),
        picture=picture,
    )
    return b"".join((start.encode(), *entries, frame.end.encode()))
