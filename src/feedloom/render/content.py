"""The HTML text of an entry, as people see it in their readers, and the media that go with it.

Readers show the `<img>` and the list of related articles from here: few show enclosures, none shows related links.
"""

from typing import NamedTuple

from feedloom import dates
from feedloom.config import Labels
from feedloom.model import Image, Provider, Record, Related

_TYPES = {
    "apng": "image/apng",
    "avif": "image/avif",
    "bmp": "image/bmp",
    "gif": "image/gif",
    "ico": "image/x-icon",
    "png": "image/png",
    "svg": "image/svg+xml",
    "tif": "image/tiff",
    "tiff": "image/tiff",
    "webp": "image/webp",
}


class Shown(NamedTuple):
    """A record, and what all formats show of it; `types` are the media types of its images."""

    record: Record
    html: str
    published: str
    updated: str
    types: list[str]


def shown(record: Record, labels: Labels) -> Shown:
    """What all formats show of a record."""
    published = dates.rfc3339(record.published)
    updated = published if record.updated == record.published else dates.rfc3339(record.updated)
    return Shown(record, html(record, labels), published, updated, [media_type(image) for image in record.images])


def html(record: Record, labels: Labels) -> str:
    """A figure, the excerpt, the source and the related articles; never empty."""
    parts = []
    if record.images:
        parts.append(f"<figure>{_img(record.images[0])}</figure>")
    parts.append(f"<p>{_text(record.excerpt or record.title)}</p>")
    if record.provider:
        parts.append(f"<p>{_text(labels.source)} {_provider(record.provider)}</p>")
    if record.related:
        items = "".join([f"<li>{_related(related)}</li>" for related in record.related])
        parts.append(f"<p>{_text(labels.related)}</p><ul>{items}</ul>")
    return "".join(parts)


def media_type(image: Image) -> str:
    """By the ending of the URL; JPEG where it tells nothing, which is what such addresses mostly serve.

    A table of our own, because the standard library's depends on the machine's.
    """
    path = image.url.partition("#")[0].partition("?")[0]
    return _TYPES.get(path[-5:].rpartition(".")[2].lower(), "image/jpeg")


def is_video(record: Record) -> bool:
    """Whether the link leads to a page that plays a video."""
    return (record.type or "").lower() == "video"


def _img(image: Image) -> str:
    size = f' width="{image.width}" height="{image.height}"' if image.width and image.height else ""
    return f'<img src="{_attribute(image.url)}" alt=""{size}>'


def _provider(provider: Provider) -> str:
    name = _text(provider.name)
    return f'<a href="{_attribute(provider.site)}">{name}</a>' if provider.site else name


def _related(related: Related) -> str:
    provider = f" ({_text(related.provider.name)})" if related.provider else ""
    return f'<a href="{_attribute(related.url)}">{_text(related.title)}</a>{provider}'


def _text(value: str) -> str:
    """HTML between tags, where quotation marks and apostrophes need no escape: what shows mark-up shows fewer of them."""
    return value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _attribute(value: str) -> str:
    """HTML between double quotes."""
    return _text(value).replace('"', "&quot;")
