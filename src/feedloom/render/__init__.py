"""Feeds to files: one module a format, each a pure function from values to bytes."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import msgspec

from feedloom.config.settings import Config
from feedloom.model import Feed, Image, Record
from feedloom.render import atom, catalog, content, html, json_feed, opml, rss, xml
from feedloom.render.html import assets
from feedloom.render.metadata import FORMATS, PAGE, aliases_of, head_of
from feedloom.render.titles import clashes, told_apart

__all__ = [
    "NO_JEKYLL",
    "Entry",
    "Frames",
    "assets",
    "clashes",
    "entry",
    "feed_files",
    "frames",
    "list_paths",
    "lists",
    "paths",
    "told_apart",
]


NO_JEKYLL = ".nojekyll"
"""Tells GitHub Pages to publish all files: without it, Jekyll leaves out those whose names begin with `_` or `~`."""


class Entry(NamedTuple):
    """A record as it stands in the feeds of each format and on their pages, and the picture that it knows of its provider."""

    atom: bytes
    rss: bytes
    json: bytes
    html: str
    picture: Image | None


class Frames(NamedTuple):
    """What stands around the entries of all feeds of a site, for each format that has a frame."""

    atom: xml.Frame
    rss: xml.Frame


def frames(config: Config) -> Frames:
    """The frames of a site."""
    from feedloom.render import shell  # feedgen is not needed where the frames are known already

    return Frames(shell.atom(config), shell.rss(config))


def lists(feeds: list[Feed], config: Config) -> Iterator[tuple[str, bytes]]:
    """The files that name the feeds, each with its path below the output folder."""
    yield catalog.PATH, catalog.catalog(feeds, config)
    yield from opml.lists(feeds, config).items()
    yield html.DIRECTORY, html.directory(feeds, config)
    if any(_is_hidden(one.address) for feed in feeds for one in (feed, *aliases_of(feed, config))):
        yield NO_JEKYLL, b""


def _is_hidden(address: str) -> bool:
    return any(name.startswith(("_", "~")) for name in address.split("/"))


def list_paths() -> list[str]:
    """Where there may be files that name the feeds."""
    return [catalog.PATH, *opml.paths(), html.DIRECTORY]


def entry(record: Record, config: Config) -> Entry:
    """A record in every format and for the pages; it depends on no other record."""
    shown = content.shown(record, config.labels)
    escaped = xml.escaped(shown)
    return Entry(
        atom=atom.entry(escaped),
        rss=rss.entry(escaped),
        json=json_feed.entry(shown),
        html=html.entry(record, config),
        picture=content.picture(record.provider.images) if record.provider else None,
    )


def paths(feed: Feed, config: Config) -> list[str]:
    """Where the files of a feed are, below the output folder, under all its names and with its archive."""
    archive = [msgspec.structs.replace(feed, page=name) for name in feed.pages]
    return [path for one in (feed, *archive) for path in _document_paths(one, config)]


def feed_files(feed: Feed, entries: Sequence[Entry], config: Config, frames: Frames) -> Iterator[tuple[str, bytes]]:
    """The files of a feed, one a format, each with its path below the output folder; the same under each of its names.

    A provider's feed has the picture that its newest entry knows. A document of an archive has no page.
    """
    pictures = (entry.picture for entry in entries if entry.picture)
    head = head_of(feed, config, next(pictures, None) if feed.kind == "provider" else None)
    documents = {
        "atom": atom.feed(head, frames.atom, (entry.atom for entry in entries)),
        "rss": rss.feed(head, frames.rss, (entry.rss for entry in entries)),
        "json": json_feed.feed(head, (entry.json for entry in entries)),
    }
    if feed.page is None:
        documents[PAGE] = html.page(feed, head, (entry.html for entry in entries), config)
    for one in (feed, *aliases_of(feed, config)):
        for format, document in documents.items():
            yield f"{one.address}.{format}", document


def _document_paths(feed: Feed, config: Config) -> list[str]:
    """Where the files of a feed are, or of a document of its archive."""
    formats = (*FORMATS, PAGE) if feed.page is None else FORMATS
    return [f"{one.address}.{format}" for one in (feed, *aliases_of(feed, config)) for format in formats]
