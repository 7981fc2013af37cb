"""Read what is published: the catalog, and each feed as its readers get it."""

import difflib
from collections.abc import Iterable
from typing import Any

import msgspec

from feedloom.config.settings import Config
from feedloom.errors import NoFeedError, PublishError
from feedloom.feeds.kinds import KINDS
from feedloom.render import catalog, formats, json_feed
from feedloom.render.catalog import Catalog, PublishedFeed
from feedloom.render.metadata import PAGE
from feedloom.site import store
from feedloom.site.store import Store
from feedloom.values import characters, slugs

_NEAR = 0.75
_MOST_NEAR = 3
_HOW = "run feedloom build, which says what to do"


def feeds(config: Config, *, aliases: bool = False) -> list[PublishedFeed]:
    """The feeds of the catalog, and its `aliases` if wanted. Raises PublishError, and NoFeedError if there is no catalog."""
    found, _ = existing(store.of(config))
    return [*found.feeds, *(found.aliases if aliases else [])]


def published_feeds(config: Config) -> list[tuple[PublishedFeed, dict[str, Any]]]:
    """The feeds of the catalog, each with its entry as it is written.

    Raises PublishError, and NoFeedError if there is no catalog.
    """
    found, document = existing(store.of(config))
    return list(zip(found.feeds, msgspec.json.decode(document)["feeds"], strict=True))


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
    near = nearest(name, among)
    how = f"did you mean {' or '.join(near)}?" if near else "feedloom feeds lists all"
    raise NoFeedError(f"{name}: no such feed; {how}")


def nearest(name: str, among: Iterable[PublishedFeed]) -> list[str]:
    """The addresses of at most three feeds with a similar name or a similar word in it, of the same kind if `name` has one.

    The folder is not compared: it would make all feeds of a kind similar.
    """
    kind, slash, rest = name.rpartition("/")
    stem, _, suffix = rest.rpartition(".")
    wanted = slugs.identity(stem if suffix in (*formats.FORMATS, PAGE) else rest)
    by_spelling: dict[str, list[str]] = {}
    for feed in among:
        if not slash or _is_of(kind, feed):
            whole = (feed.slug, slugs.identity(feed.name))
            for spelling in {*whole, *(whole[1].split("-") if "-" not in wanted else ())}:
                by_spelling.setdefault(spelling, []).append(feed.address)
    near = difflib.get_close_matches(wanted, by_spelling, _MOST_NEAR, _NEAR)
    return list(dict.fromkeys(address for spelling in near for address in by_spelling[spelling]))[:_MOST_NEAR]


def matches(feed: PublishedFeed, words: Iterable[str]) -> bool:
    """Whether each of these words is the kind of the feed or its path, or in its name or domain, in any case."""
    text = "\n".join(map(characters.folded, (feed.name, feed.slug, feed.domain or "")))
    return all(_is_of(word.lower(), feed) or word == feed.address or characters.folded(word) in text for word in words)


def shown(feed: PublishedFeed, config: Config) -> json_feed.Document:
    """A feed of the catalog as its readers get it. Raises PublishError, and NoFeedError if a file is missing."""
    # JSON Feed has the most fields.
    name, path = max(feed.format_paths.items(), key=lambda one: one[0] == "json")
    site = store.of(config)
    place = site.place(path)
    document = site.read(path)
    if document is None:
        raise NoFeedError(f"{place}: is missing; feedloom build writes it again")
    try:
        return formats.FORMATS[name].read(document)
    except ValueError:
        raise NoFeedError(f"{place}: not a feed as feedloom writes it; feedloom build writes it again") from None


def existing(site: Store) -> tuple[Catalog, bytes]:
    """The catalog and its bytes. Raises PublishError, and NoFeedError if there is no catalog."""
    found = read(site)
    if found is None:
        raise missing(site)
    return found


def read(site: Store, how: str = _HOW) -> tuple[Catalog, bytes] | None:
    """The catalog and its bytes, if there is one. Raises PublishError, which says `how` to go on if it is damaged."""
    document = site.read(catalog.PATH)
    try:
        return None if document is None else (catalog.read(document), document)
    except ValueError as error:
        raise damaged(site, error, how) from None


def how_to_go_on(*, has_manifest: bool) -> str:
    """What a build says to do with a damaged catalog. `has_manifest`: the feeds are known from there, too."""
    if has_manifest:
        return "move it away and build again: the feeds that it listed are known from .feedloom/manifest"
    return "restore it from a backup, or choose an output folder that is new"


def missing(site: Store) -> NoFeedError:
    """The error if there is no catalog."""
    return NoFeedError(f"{site.place(catalog.PATH)}: no feeds yet; run feedloom build, or name another folder with -o")


def damaged(site: Store, error: Exception, how: str = _HOW) -> PublishError:
    """The error for a catalog that is not as feedloom writes it."""
    return PublishError(f"{site.place(catalog.PATH)}: not a feedloom catalog ({error}); {how}")


def _is_of(kind: str, feed: PublishedFeed) -> bool:
    return kind in (feed.kind, KINDS[feed.kind].folder.strip("/"))


def _is_called(name: str, feed: PublishedFeed) -> bool:
    """Whether a feed has this kind and name, or this name. Names are compared by identity."""
    kind, slash, rest = name.partition("/")
    wanted = slugs.identity(rest if slash else name)
    names = {slugs.identity(feed.name), feed.slug, feed.domain}
    return (bool(slash) and _is_of(kind, feed) and wanted in names) or slugs.identity(name) in names
