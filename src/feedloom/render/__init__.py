"""Feeds to files: one module a format, each a pure function from values to bytes."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from feedloom.config import Config
from feedloom.model import Feed, Record
from feedloom.render import atom, catalog, jsonfeed, opml, rss
from feedloom.render.content import html
from feedloom.render.head import FORMATS, head_of

__all__ = ["FORMATS", "LISTS", "Entry", "all_files", "entry", "feed_files"]

LISTS = (catalog.PATH, opml.PATH)
"""The files that name the feeds."""


class Entry(NamedTuple):
    """A record as it stands in the feeds of each format."""

    atom: bytes
    rss: bytes
    json: bytes


def all_files(feeds: list[Feed], config: Config) -> Iterator[tuple[str, bytes]]:
    """Every file of the site with its path below the output folder, the lists of the feeds last.

    A list that is there names no feed that is not.
    """
    entries: dict[str, Entry] = {}
    for feed in feeds:
        for record in feed.entries:
            if record.id not in entries:
                entries[record.id] = entry(record, config)
        yield from feed_files(feed, [entries[record.id] for record in feed.entries], config)
    yield catalog.PATH, catalog.catalog(feeds, config)
    yield opml.PATH, opml.opml(feeds, config)


def entry(record: Record, config: Config) -> Entry:
    """A record in every format; it depends on no other record."""
    content = html(record, config.labels)
    return Entry(atom.entry(record, content), rss.entry(record, content), jsonfeed.entry(record, content))


def feed_files(feed: Feed, entries: Iterable[Entry], config: Config) -> Iterator[tuple[str, bytes]]:
    """The files of a feed, one a format."""
    whole = head_of(feed, config)
    columns = tuple(zip(*entries, strict=True)) or ((), (), ())
    for format, module, pieces in zip(FORMATS, (atom, rss, jsonfeed), columns, strict=True):
        yield f"{feed.address}.{format}", module.feed(whole, pieces)
