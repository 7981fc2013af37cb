"""catalog.json: every feed there is, for other programs. Its shape is a contract, told apart by `version`."""

from collections.abc import Iterable
from typing import Any

import msgspec

from feedloom import dates
from feedloom.config import Config
from feedloom.model import Feed
from feedloom.render.head import FORMATS, head

PATH = "catalog.json"


def catalog(feeds: Iterable[Feed], config: Config) -> bytes:
    """The catalog of feeds, in the order they come in."""
    document = {
        "version": 1,
        "site": {"title": config.site.title, "url": config.site.url},
        "feeds": [_entry(feed, config) for feed in feeds],
    }
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"


def _entry(feed: Feed, config: Config) -> dict[str, Any]:
    title = head(feed, config).title
    fields: dict[str, Any] = {"kind": feed.kind, "name": feed.name or title}
    if feed.kind == "provider":
        fields["domain"] = feed.domain
    fields |= {
        "slug": feed.slug,
        "title": title,
        "count": len(feed.entries),
        "total": feed.total,
        "updated": feed.updated and dates.rfc3339(feed.updated),
        "formats": {format: f"{feed.address}.{format}" for format in FORMATS},
    }
    if feed.retired:
        fields["retired"] = True
    return fields
