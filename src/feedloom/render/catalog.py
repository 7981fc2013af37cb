"""catalog.json: every feed there is, for other programs. Its shape is a contract, told apart by `version`."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal

import msgspec

from feedloom import dates, slugs
from feedloom.config import Config
from feedloom.model import Feed, Kind
from feedloom.render.head import FORMATS, title_of

PATH = "catalog.json"


def catalog(feeds: Iterable[Feed], config: Config) -> bytes:
    """The catalog of feeds, in the order they come in."""
    document = {
        "version": 1,
        "site": {"title": config.site.title, "url": config.site.url},
        "feeds": [_entry(feed, config) for feed in feeds],
    }
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"


class Standing(msgspec.Struct, frozen=True):
    """A feed of an earlier catalog."""

    kind: Kind
    name: str
    slug: str
    updated: datetime | None
    total: int = 0
    domain: str | None = None


class Catalog(msgspec.Struct, frozen=True):
    """A catalog as it is published."""

    version: Literal[1]
    feeds: list[Standing]

    @property
    def published(self) -> int:
        """How many records are published."""
        return sum(feed.total for feed in self.feeds if feed.kind == "all")

    def retired(self, feeds: Iterable[Feed]) -> list[Feed]:
        """Its feeds that are not among `feeds` any more: without entries, dated as they were. Raises ValueError."""
        alive = {(feed.kind, feed.slug) for feed in feeds}
        return [_retired(feed) for feed in self.feeds if feed.kind != "all" and (feed.kind, feed.slug) not in alive]


def read(document: bytes) -> Catalog:
    """The catalog in a document. Raises ValueError where it is none that `catalog` wrote."""
    try:
        return msgspec.json.decode(document, type=Catalog)
    except msgspec.MsgspecError as error:
        raise ValueError(str(error)) from None


def _retired(feed: Standing) -> Feed:
    identity = feed.domain or slugs.identity(feed.name)
    slug = slugs.slug(identity)
    if slug != feed.slug:
        # The file may have come from anywhere: no path in it is believed.
        raise ValueError(f'the slug of "{feed.name}" is {slug}, not {feed.slug}')
    return Feed(
        kind=feed.kind,
        name=feed.name,
        slug=slug,
        identity=identity,
        total=0,
        count=0,
        updated=feed.updated,
        domain=feed.domain,
        retired=True,
    )


def _entry(feed: Feed, config: Config) -> dict[str, Any]:
    title = title_of(feed, config)
    fields: dict[str, Any] = {"kind": feed.kind, "name": feed.name or title}
    if feed.kind == "provider":
        fields["domain"] = feed.domain
    fields |= {
        "slug": feed.slug,
        "title": title,
        "count": feed.count,
        "total": feed.total,
        "updated": feed.updated and dates.rfc3339(feed.updated),
        "formats": {format: f"{feed.address}.{format}" for format in FORMATS},
    }
    if feed.retired:
        fields["retired"] = True
    return fields
