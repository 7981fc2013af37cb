"""Feeds to files: one module a format, each a pure function from values to bytes."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple, TypeAlias

import msgspec

from feedloom.config.settings import Config
from feedloom.model import Feed, Image, Record
from feedloom.render import catalog, content, formats, html, opml, xml
from feedloom.render.html import assets
from feedloom.render.metadata import PAGE, aliases_of, metadata_of
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
    "lists",
    "paths",
    "told_apart",
]


NO_JEKYLL = ".nojekyll"
"""Tells GitHub Pages to publish all files: without it, Jekyll leaves out those whose names begin with `_` or `~`."""


class Entry(NamedTuple):
    """A record in each format of the site, in their order, and on HTML pages; and the picture that it knows of its provider."""

    formats: tuple[bytes, ...]
    html: str
    picture: Image | None


Shells: TypeAlias = dict[str, xml.Shell]
"""What stands around the entries of all feeds of a site, for each format that has a shell."""


def shells(config: Config) -> Shells:
    """The shell of a site."""
    return {one.name: one.shell(config) for one in formats.of(config) if one.shell}


def lists(feeds: list[Feed], config: Config) -> Iterator[tuple[str, bytes]]:
    """The files that name the feeds, each with its path below the output folder."""
    yield catalog.PATH, catalog.catalog(feeds, config)
    yield from opml.lists(feeds, config).items()
    if config.index:
        yield config.index, html.directory(feeds, config, config.index)
    if any(_is_hidden(one.address) for feed in feeds for one in (feed, *aliases_of(feed, config))):
        yield NO_JEKYLL, b""


def _is_hidden(address: str) -> bool:
    return any(name.startswith(("_", "~")) for name in address.split("/"))


def entry(record: Record, config: Config) -> Entry:
    """A record in each format and for the pages; it depends on no other record."""
    body = None
    if record.content and config.content == "full":
        from feedloom.render.body import rendered

        body = rendered(record.content)
        if not record.excerpt and body.excerpt:
            record = msgspec.structs.replace(record, excerpt=body.excerpt)
    prepared = formats.Prepared(content.shown(record, config, body))
    return Entry(
        formats=tuple(one.entry(prepared) for one in formats.of(config)),
        html=html.entry(record, config) if config.pages else "",
        picture=content.picture(record.provider.images) if record.provider else None,
    )


def paths(feed: Feed, config: Config) -> list[str]:
    """Where the files of a feed are, below the output folder, under all its names and with its archive."""
    archive = [msgspec.structs.replace(feed, page=name) for name in feed.pages]
    return [path for one in (feed, *archive) for path in _document_paths(one, config)]


def feed_files(feed: Feed, entries: Sequence[Entry], config: Config, shells: Shells) -> Iterator[tuple[str, bytes]]:
    """The files of a feed, one a format, each with its path below the output folder; the same under each of its names.

    A provider's feed has the picture that its newest entry knows. A document of an archive has no page.
    """
    pictures = (entry.picture for entry in entries if entry.picture)
    metadata = metadata_of(feed, config, next(pictures, None) if feed.kind == "provider" else None)
    documents: dict[str, bytes] = {
        one.name: one.feed(metadata, shells.get(one.name), [entry.formats[at] for entry in entries])
        for at, one in enumerate(formats.of(config))
    }
    if config.pages and feed.page is None:
        documents[PAGE] = html.page(feed, metadata, (entry.html for entry in entries), config)
    for one in (feed, *aliases_of(feed, config)):
        for suffix, document in documents.items():
            yield f"{one.address}.{suffix}", document


def _document_paths(feed: Feed, config: Config) -> list[str]:
    """Where the files of a feed are, or of a document of its archive."""
    suffixes = formats.suffixes(config) if feed.page is None else config.formats
    return [f"{one.address}.{suffix}" for one in (feed, *aliases_of(feed, config)) for suffix in suffixes]
