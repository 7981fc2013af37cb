"""Read what is published: the catalog, and each feed as its readers get it."""

import difflib
import os
from typing import Any

import msgspec

from feedloom.config.settings import Config
from feedloom.errors import NoFeedError, PublishError
from feedloom.feeds.kinds import KINDS
from feedloom.render import catalog, formats, json_feed
from feedloom.render.catalog import Catalog, PublishedFeed
from feedloom.site import publish
from feedloom.values import slugs

_HOW = "run feedloom build, which says what to do"


def feeds(config: Config, *, aliases: bool = False) -> list[PublishedFeed]:
    """The feeds of the catalog, and its `aliases` if wanted. Raises PublishError, and NoFeedError if there is no catalog."""
    found, _ = existing(config)
    return [*found.feeds, *(found.aliases if aliases else [])]


def published_feeds(config: Config) -> list[dict[str, Any]]:
    """The feeds of the catalog as it is written. Raises PublishError, and NoFeedError if there is no catalog."""
    _, document = existing(config)
    written: list[dict[str, Any]] = msgspec.json.decode(document)["feeds"]
    return written


def named(name: str, among: list[PublishedFeed]) -> PublishedFeed:
    """The feed of the catalog with this path, kind and name (`topic/AI Ethics`), or name.

    Raises NoFeedError if there is none, or more than one.
    """
    for found in (
        [feed for feed in among if name in (feed.address, *feed.paths)],
        [feed for feed in among if _is_called(name, feed)],
    ):
        if len(found) == 1:
            return found[0]
        if found:
            raise NoFeedError(f"{name}: several feeds have this name; use one of {', '.join(feed.address for feed in found)}")
    nearest = difflib.get_close_matches(name, [feed.address for feed in among], 3, 0.5)
    how = f"did you mean {' or '.join(nearest)}?" if nearest else "feedloom feeds lists all"
    raise NoFeedError(f"{name}: no such feed; {how}")


def shown(feed: PublishedFeed, config: Config) -> json_feed.Document:
    """A feed of the catalog as its readers get it. Raises PublishError, and NoFeedError if a file is missing."""
    # JSON Feed has the most fields.
    name, path = max(feed.format_paths.items(), key=lambda one: one[0] == "json")
    place = os.path.join(config.output, path)
    document = publish.read_published(path, config.output)
    if document is None:
        raise NoFeedError(f"{place}: is missing; feedloom build writes it again")
    try:
        return formats.FORMATS[name].read(document)
    except ValueError:
        raise NoFeedError(f"{place}: not a feed as feedloom writes it; feedloom build writes it again") from None


def existing(config: Config) -> tuple[Catalog, bytes]:
    """The catalog and its bytes. Raises PublishError, and NoFeedError if there is no catalog."""
    found = read(config)
    if found is None:
        raise missing(config)
    return found


def read(config: Config, how: str = _HOW) -> tuple[Catalog, bytes] | None:
    """The catalog and its bytes, if there is one. Raises PublishError, which says `how` to go on if it is damaged."""
    document = publish.read_published(catalog.PATH, config.output)
    try:
        return None if document is None else (catalog.read(document), document)
    except ValueError as error:
        raise damaged(config, error, how) from None


def missing(config: Config) -> NoFeedError:
    """The error if there is no catalog."""
    place = os.path.join(config.output, catalog.PATH)
    return NoFeedError(f"{place}: no feeds yet; run feedloom build, or name another folder with -o")


def damaged(config: Config, error: Exception, how: str = _HOW) -> PublishError:
    """The error for a catalog that is not as feedloom writes it."""
    return PublishError(f"{os.path.join(config.output, catalog.PATH)}: not a feedloom catalog ({error}); {how}")


def _is_called(name: str, feed: PublishedFeed) -> bool:
    """Whether a feed has this kind and name, or this name. Names are compared by identity."""
    kind, slash, rest = name.partition("/")
    wanted = slugs.identity(rest if slash else name)
    names = {slugs.identity(feed.name), feed.slug, feed.domain}
    kinds = (feed.kind, KINDS[feed.kind].folder.strip("/"))
    return (bool(slash) and kind in kinds and wanted in names) or slugs.identity(name) in names
