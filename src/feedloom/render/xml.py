"""XML as text: values escaped, and the elements that Atom and RSS share.

An entry's lines are put together here and in `atom` and `rss`, which takes a tenth of the time that feedgen's tree of the same
entry does, and gives the same bytes (docs/decisions.md; a test compares the two).
"""

from collections.abc import Iterable
from typing import NamedTuple

from feedloom.model import Record
from feedloom.render.content import is_video, media_type
from feedloom.render.head import Head

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


def media(record: Record) -> list[str]:
    """A media:content for each image and a thumbnail of the first, outside any group: a group of one is invalid."""
    elements = []
    for image in record.images:
        size = f' width="{image.width}"' if image.width else ""
        size += f' height="{image.height}"' if image.height else ""
        url = text(image.url)
        elements.append(f'<media:content url="{url}" type="{media_type(image)}" medium="image"{size}/>')
        if len(elements) == 1:
            thumbnail = f'<media:thumbnail url="{url}"{size}/>'
    if elements:
        elements.append(thumbnail)
    if is_video(record):
        elements.append(f'<media:player url="{text(record.link)}"/>')
    return elements


def related(record: Record, tag: str) -> list[str]:
    """A link for each related article."""
    return [
        f'<{tag} href="{text(other.url)}" rel="related" type="text/html" title="{attribute(other.title)}"/>'
        for other in record.related
    ]


class Frame(NamedTuple):
    """What stands before and after the entries of a feed: patterns for `str.format`.

    `{id}`, `{title}`, `{description}`, `{updated}`, `{address}` take XML text, `{picture}` takes elements.
    """

    start: str
    end: str


def framed(frame: Frame, head: Head, updated: str, picture: str, entries: Iterable[bytes]) -> bytes:
    """A feed's document."""
    start = frame.start.format(
        id=text(head.id),
        title=text(head.title),
        description=text(head.description),
        updated=updated,
        address=head.address and text(head.address),
        picture=picture,
    )
    return b"".join((start.encode(), *entries, frame.end.encode()))
