"""The HTML content of an entry, and its media.

Most readers show images and related articles only if they are in the content: few show enclosures, none shows related links.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from feedloom.config.settings import Config, Labels
from feedloom.model import Image, Record, Related, Url
from feedloom.values import dates

if TYPE_CHECKING:  # most feeds show no bodies
    from feedloom.render.body import Body

# fmt: off
_TYPES = {
    "apng": "image/apng", "avif": "image/avif", "bmp": "image/bmp", "cur": "image/x-icon", "gif": "image/gif",
    "heic": "image/heic", "heif": "image/heif", "ico": "image/x-icon", "jfif": "image/jpeg", "jp2": "image/jp2",
    "jpe": "image/jpeg", "jpeg": "image/jpeg", "jpg": "image/jpeg", "jxl": "image/jxl", "pjp": "image/jpeg",
    "pjpeg": "image/jpeg", "png": "image/png", "svg": "image/svg+xml", "svgz": "image/svg+xml", "tif": "image/tiff",
    "tiff": "image/tiff", "webp": "image/webp",
    "3gp": "video/3gpp", "avi": "video/x-msvideo", "flv": "video/x-flv", "m4v": "video/x-m4v", "mkv": "video/x-matroska",
    "mov": "video/quicktime", "mp4": "video/mp4", "mpeg": "video/mpeg", "mpg": "video/mpeg", "ogv": "video/ogg",
    "webm": "video/webm", "wmv": "video/x-ms-wmv",
    "aac": "audio/aac", "aif": "audio/aiff", "aiff": "audio/aiff", "flac": "audio/flac", "m4a": "audio/mp4",
    "mp3": "audio/mpeg", "oga": "audio/ogg", "ogg": "audio/ogg", "opus": "audio/ogg", "wav": "audio/wav",
    "pdf": "application/pdf",
}
# fmt: on
# Unicode, DerivedBidiClass: the blocks whose letters are R or AL. Own ranges, because the Unicode versions of Pythons differ.
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefe\U00010800-\U00010fff\U0001e800-\U0001efff]")

GUESS = "image/jpeg"
"""The media type to write if the URL suggests none and the format requires one: most pictures are JPEG."""


class EntryData(NamedTuple):
    """A record, and what all formats show of it: its media with their types, the one that is the picture, and the one that is
    the enclosure.
    """

    record: Record
    html: str
    published: str
    updated: str
    media: list[tuple[Image, str | None]]
    picture: Image | None
    enclosed: tuple[Image, str | None] | None


def entry_data(record: Record, config: Config, body: "Body | None" = None) -> EntryData:
    """What all formats show of a record, and of its `body`. Its `html` is empty if the site's feeds have no HTML content."""
    published = dates.rfc3339(record.published)
    updated = published if record.updated == record.published else dates.rfc3339(record.updated)
    media = [(image, media_type(image)) for image in record.images]
    enclosed = first = None
    for one in media:
        if medium(one[1]) == "image":
            enclosed, first = one, one[0]
            break
    if media and not enclosed:
        enclosed = media[0]
    text = _html(record, first, config.labels, body) if config.content != "none" else ""
    return EntryData(record, text, published, updated, media, first, enclosed)


def _html(record: Record, image: Image | None, labels: Labels, body: "Body | None") -> str:
    """A figure, the body or else the excerpt, the source and the related articles; empty if a record has none of them.

    What a body from a feed of feedloom has already is not added again.
    Paragraphs and list items with right-to-left letters get a `dir`: without it, readers show them from left to right.
    """
    parts = []
    text = body.html if body else ""
    if image and f'src="{_attribute(image.url)}"' not in text:
        parts.append(f"<figure>{_img(image)}</figure>")
    if text:
        parts.append(text)
    elif record.excerpt:
        parts.append(_element("p", _text(record.excerpt)))
    if body and not body.whole and record.content:
        parts.append(_element("p", f'<a href="{_attribute(record.content.address)}">{_text(labels.more)}</a>'))
    if record.provider and (source := _source(labels.source, record.provider.name, record.provider.site)) not in text:
        parts.append(source)
    if record.related and (start := f"{_heading(labels.related)}<ul>") not in text:
        items = "".join([_element("li", _related(related)) for related in record.related])
        parts.append(f"{start}{items}</ul>")
    return "".join(parts)


def picture(images: Iterable[Image]) -> Image | None:
    """The first image that is a picture, according to its type."""
    return next((image for image in images if medium(media_type(image)) == "image"), None)


def media_type(image: Image) -> str | None:
    """The type that the record gives, else from the extension in the URL; None if that is unknown.

    The module has its own table, because that of the standard library depends on the machine.
    """
    if image.type:
        return image.type
    url = image.url.partition("#")[0].partition("?")[0]
    ending = url.rpartition(".")[2]  # no type if it is not of the last part of the path
    return _TYPES.get(ending.lower()) if url.count("/") > 2 else None  # a host has an ending, too


@lru_cache(256)
def medium(type: str | None) -> str | None:
    """The medium of a media type, in the words of Media RSS. Without a type, it is an image."""
    kind = type.partition("/")[0] if type else "image"
    if kind in ("image", "audio", "video"):
        return kind
    return "document" if kind == "text" or type == "application/pdf" else None


def is_video(record: Record) -> bool:
    """Whether the link is a page with a video."""
    return record.type is not None and record.type.lower() == "video"


def _element(tag: str, inside: str) -> str:
    direction = "" if inside.isascii() or not _RIGHT_TO_LEFT.search(inside) else ' dir="auto"'
    return f"<{tag}{direction}>{inside}</{tag}>"


def _img(image: Image) -> str:
    size = f' width="{image.width}" height="{image.height}"' if image.width and image.height else ""
    return f'<img src="{_attribute(image.url)}" alt="{_attribute(image.alt)}"{size}>'


@lru_cache(1024)
def _source(label: str, name: str, site: Url | None) -> str:
    provider = f'<a href="{_attribute(site)}">{_text(name)}</a>' if site else _text(name)
    return _element("p", f"{_text(label)} {provider}")


@lru_cache(16)
def _heading(text: str) -> str:
    return _element("p", _text(text))


def _related(related: Related) -> str:
    provider = f" ({_text(related.provider.name)})" if related.provider else ""
    return f'<a href="{_attribute(related.url)}">{_text(related.title)}</a>{provider}'


def _text(value: str) -> str:
    """HTML between tags. Quotes need no escape there, and are easier to read for people who see the markup."""
    if "&" in value or "<" in value or ">" in value:  # a third of the time of `replace`
        return value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return value


def _attribute(value: str) -> str:
    """An HTML attribute value, for double quotes."""
    value = _text(value)
    return value.replace('"', "&quot;") if '"' in value else value
