"""Feeds to files: one module a format, each a pure function from values to bytes."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from feedloom.config import Config
from feedloom.model import Feed, Record
from feedloom.render import atom, catalog, content, jsonfeed, opml, rss, xml
from feedloom.render.head import FORMATS, head_of

__all__ = ["FORMATS", "LISTS", "Entry", "all_files", "entry", "feed_files"]

LISTS = (catalog.PATH, opml.PATH)
"""The files that name the feeds."""


class Entry(NamedTuple):
    """A record as it stands in the feeds of each format."""

    atom: bytes
    rss: bytes
    json: bytes


class Frames(NamedTuple):
    """What stands around the entries of all feeds of a site, for each format that has a frame."""

    atom: xml.Frame
    rss: xml.Frame


def frames(config: Config) -> Frames:
    """The frames of a site."""
    from feedloom.render import frame  # feedgen is not needed where the frames are known already

    return Frames(frame.atom(config), frame.rss(config))


def all_files(feeds: list[Feed], config: Config) -> Iterator[tuple[str, bytes]]:
    """Every file of the site with its path below the output folder, the lists of the feeds last.

    A list that is there names no feed that is not.
    """
    entries: dict[str, Entry] = {}
    around = frames(config)
    for feed in feeds:
        for record in feed.entries:
            if record.id not in entries:
                entries[record.id] = entry(record, config)
        yield from feed_files(feed, [entries[record.id] for record in feed.entries], config, around)
    yield catalog.PATH, catalog.catalog(feeds, config)
    yield opml.PATH, opml.opml(feeds, config)


def entry(record: Record, config: Config) -> Entry:
    """A record in every format; it depends on no other record."""
    html = content.html(record, config.labels)
    escaped = xml.text(html)
    return Entry(atom.entry(record, escaped), rss.entry(record, escaped), jsonfeed.entry(record, html))


def feed_files(feed: Feed, entries: Iterable[Entry], config: Config, frames: Frames) -> Iterator[tuple[str, bytes]]:
    """The files of a feed, one a format."""
    head = head_of(feed, config)
    columns = tuple(zip(*entries, strict=True)) or ((), (), ())
    yield f"{feed.address}.atom", atom.feed(head, frames.atom, columns[0])
    yield f"{feed.address}.rss", rss.feed(head, frames.rss, columns[1])
    yield f"{feed.address}.json", jsonfeed.feed(head, columns[2])
