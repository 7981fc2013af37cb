"""JSON Feed 1.1. What it has no field for stands in `_feedloom`, as its specification asks of extensions."""

from collections.abc import Iterable
from typing import Any

import msgspec

from feedloom import dates
from feedloom.model import Image, Provider, Record, Related
from feedloom.render import content
from feedloom.render.head import Head

_encode = msgspec.json.encode


def entry(record: Record, html: str) -> bytes:
    """The item of a record, in one line."""
    return _encode(_without_nothing(_item(record, html)))


def feed(head: Head, entries: Iterable[bytes]) -> bytes:
    """The whole document, a line an item, so that two versions compare well."""
    fields = _without_nothing(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "title": head.title,
            "home_page_url": head.home,
            "feed_url": head.self_url("json"),
            "description": head.description,
            "icon": head.logo and head.logo.url,
            "favicon": head.icon and head.icon.url,
            "authors": [{"name": head.author}],
            "author": {"name": head.author},
            "language": head.language,
            "hubs": [{"type": "WebSub", "url": head.hub}] if head.hub else None,
        }
    )
    items = b",\n".join(entries)
    return _encode(fields)[:-1] + b',"items":[\n' + items + (b"\n]}\n" if items else b"]}\n")


def _item(record: Record, html: str) -> dict[str, Any]:
    author = record.provider and _without_nothing({"name": record.provider.name, "url": record.provider.site})
    attachments = [{"url": image.url, "mime_type": content.media_type(image)} for image in record.images]
    if content.is_video(record):
        attachments.append({"url": record.link, "mime_type": "text/html"})
    return {
        "id": record.id,
        "url": record.link,
        "title": record.title,
        "content_html": html,
        "summary": record.excerpt or None,
        "image": record.images[0].url if record.images else None,
        "date_published": dates.rfc3339(record.published),
        "date_modified": dates.rfc3339(record.updated),
        "authors": [author] if author else None,
        "author": author,
        "tags": record.topics or None,
        "attachments": attachments or None,
        "_feedloom": _without_nothing(
            {
                "type": record.type,
                "category": record.category,
                "quality": record.quality,
                "heat": record.heat,
                "amp_url": record.amp_url,
                "cdn_amp_url": record.cdn_amp_url,
                "images": [_image(image) for image in record.images] or None,
                "related": [_related(related) for related in record.related] or None,
            }
        )
        or None,
    }


def _related(related: Related) -> dict[str, Any]:
    return _without_nothing(
        {
            "url": related.url,
            "title": related.title,
            "summary": related.excerpt or None,
            "date_published": related.published and dates.rfc3339(related.published),
            "provider": _provider(related.provider),
            "images": [_image(image) for image in related.images] or None,
        }
    )


def _provider(provider: Provider | None) -> dict[str, Any] | None:
    return _without_nothing({"name": provider.name, "domain": provider.domain}) if provider else None


def _image(image: Image) -> dict[str, Any]:
    return _without_nothing({"url": image.url, "width": image.width, "height": image.height})


def _without_nothing(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}
