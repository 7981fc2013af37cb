"""The formats of feeds, a row each. Publishing, pages, the catalog, OPML and the archives read this table."""

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import cached_property
from typing import NamedTuple

from feedloom.config.settings import Config, FormatName
from feedloom.render import atom, json_feed, rss, xml
from feedloom.render.content import Shown
from feedloom.render.metadata import PAGE, Metadata


class Prepared:
    """What the formats show of a record. What Atom and RSS share is made once, and only if one of them asks for it."""

    def __init__(self, shown: Shown) -> None:
        self.shown = shown

    @cached_property
    def escaped(self) -> xml.Escaped:
        """The record as XML text."""
        return xml.escaped(self.shown)


class Format(NamedTuple):
    """A format. Its `name` is the suffix of its files, too.

    `entry` renders a record, `feed` the whole document. `shell` makes the document shell of a site, for formats that have one.
    `read` gives a document back as JSON Feed, `updated` the date of a feed; both take documents that `feed` made. The head of
    an archive document has all of the `archive_marks`. `is_styled`: a stylesheet makes it readable in a browser.
    """

    name: FormatName
    label: str
    media_type: str
    entry: Callable[[Prepared], bytes]
    feed: Callable[[Metadata, xml.Shell | None, Iterable[bytes]], bytes]
    shell: Callable[[Config], xml.Shell] | None
    read: Callable[[bytes], json_feed.Document]
    updated: Callable[[bytes], datetime | None]
    archive_marks: tuple[bytes, ...]
    is_styled: bool


def _atom_shell(config: Config) -> xml.Shell:
    from feedloom.render import shell  # feedgen is not needed where the frames are known already

    return shell.atom(config)


def _rss_shell(config: Config) -> xml.Shell:
    from feedloom.render import shell

    return shell.rss(config)


def _read_atom(document: bytes) -> json_feed.Document:
    from feedloom.render import reading  # lxml is not needed by a build in which little changed

    return reading.atom(document)


def _read_rss(document: bytes) -> json_feed.Document:
    from feedloom.render import reading

    return reading.rss(document)


def _atom(metadata: Metadata, shell: xml.Shell | None, entries: Iterable[bytes]) -> bytes:
    assert shell
    return atom.feed(metadata, shell, entries)


def _rss(metadata: Metadata, shell: xml.Shell | None, entries: Iterable[bytes]) -> bytes:
    assert shell
    return rss.feed(metadata, shell, entries)


_ARCHIVED_XML = (xml.STYLE.encode(), b"<fh:archive")

FORMATS: dict[str, Format] = {
    one.name: one
    for one in (
        Format(
            name="atom",
            label="Atom",
            media_type="application/atom+xml",
            entry=lambda prepared: atom.entry(prepared.escaped),
            feed=_atom,
            shell=_atom_shell,
            read=_read_atom,
            updated=atom.updated,
            archive_marks=_ARCHIVED_XML,
            is_styled=True,
        ),
        Format(
            name="rss",
            label="RSS",
            media_type="application/rss+xml",
            entry=lambda prepared: rss.entry(prepared.escaped),
            feed=_rss,
            shell=_rss_shell,
            read=_read_rss,
            updated=rss.updated,
            archive_marks=_ARCHIVED_XML,
            is_styled=True,
        ),
        Format(
            name="json",
            label="JSON",
            media_type="application/feed+json",
            entry=lambda prepared: json_feed.entry(prepared.shown),
            feed=lambda metadata, _, entries: json_feed.feed(metadata, entries),
            shell=None,
            read=json_feed.read,
            updated=json_feed.updated,
            archive_marks=(json_feed.BEGINNING, b'"items":[\n'),
            is_styled=False,
        ),
    )
}
"""All formats, the one to recommend first."""


def of(config: Config) -> list[Format]:
    """The formats of a site, in the order of the table."""
    return [FORMATS[name] for name in config.formats]


def suffixes(config: Config) -> list[str]:
    """The suffixes of the files of a feed: those of its formats, and that of its page."""
    return [*config.formats, *([PAGE] if config.pages else [])]


MEDIA_TYPES = {one.name: one.media_type for one in FORMATS.values()} | {
    PAGE: "text/html",
    "opml": "text/x-opml",
    "css": "text/css",
    "js": "text/javascript",
}
"""The media type of each suffix in the output folder. All are UTF-8. That of `catalog.json` is `application/json`."""

ALL_SUFFIXES = (*FORMATS, PAGE)
"""The suffixes that the files of a feed can have."""
