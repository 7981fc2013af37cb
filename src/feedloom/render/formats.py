"""The formats of feeds, a row each. Publishing, HTML pages, the catalog, OPML, archives and cleaning up read this table."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import NamedTuple

from feedloom.config.settings import Config, FormatName
from feedloom.render import atom, json_feed, rss, xml
from feedloom.render.content import EntryData
from feedloom.render.metadata import PAGE, Metadata


class Prepared:
    """What the formats show of a record. The part that Atom and RSS share is made once, and only if one of them needs it."""

    __slots__ = ("_escaped", "data")

    def __init__(self, data: EntryData) -> None:
        self.data = data
        self._escaped: xml.Escaped | None = None

    @property
    def escaped(self) -> xml.Escaped:
        """The record as XML text."""
        if self._escaped is None:
            self._escaped = xml.escaped(self.data)
        return self._escaped


class Format(NamedTuple):
    """A format. Its `name` is also the suffix of its files.

    `entry` renders a record, `feed` a whole document. `shell` makes the document shell of a site, for formats that have one.
    `read` reads a document, `updated` only its date; both take documents that `feed` made. Each document contains
    all of the `feed_marks` near its beginning, an archive document also the `archive_marks`. `is_styled`: a stylesheet makes
    the format readable in a browser.
    """

    name: FormatName
    label: str
    media_type: str
    entry: Callable[[Prepared], bytes]
    feed: Callable[[Metadata, xml.Shell | None, Iterable[bytes]], bytes]
    shell: Callable[[Config], xml.Shell] | None
    read: Callable[[bytes], json_feed.Document]
    updated: Callable[[bytes], datetime | None]
    feed_marks: tuple[bytes, ...]
    archive_marks: tuple[bytes, ...]
    is_styled: bool


_ARCHIVED_XML = (xml.STYLE.encode(), b"<fh:archive")


def _of_xml(
    name: FormatName,
    label: str,
    entry: Callable[[xml.Escaped], bytes],
    feed: Callable[[Metadata, xml.Shell | None, Iterable[bytes]], bytes],
    updated: Callable[[bytes], datetime | None],
) -> Format:
    """A format that `reference` defines. Only a new shell needs that module, which imports feedgen."""

    def shell(config: Config) -> xml.Shell:
        from feedloom.render import reference

        return reference.shell(name, config)

    def read(document: bytes) -> json_feed.Document:
        from feedloom.render import reading  # lxml is not needed by a build in which little changed

        return reading.READERS[name](document)

    return Format(
        name=name,
        label=label,
        media_type=f"application/{name}+xml",
        entry=lambda prepared: entry(prepared.escaped),
        feed=feed,
        shell=shell,
        read=read,
        updated=updated,
        feed_marks=(xml.STYLE.encode(),),
        archive_marks=_ARCHIVED_XML,
        is_styled=True,
    )


FORMATS: dict[str, Format] = {
    one.name: one
    for one in (
        _of_xml("atom", "Atom", atom.entry, atom.feed, atom.updated),
        _of_xml("rss", "RSS", rss.entry, rss.feed, rss.updated),
        Format(
            name="json",
            label="JSON",
            media_type="application/feed+json",
            entry=lambda prepared: json_feed.entry(prepared.data),
            feed=lambda metadata, _, entries: json_feed.feed(metadata, entries),
            shell=None,
            read=json_feed.read,
            updated=json_feed.updated,
            feed_marks=(json_feed.BEGINNING,),
            archive_marks=(json_feed.BEGINNING, b'"items":[\n'),
            is_styled=False,
        ),
    )
}
"""All formats. The first one is recommended to people."""


def of(config: Config) -> list[Format]:
    """The formats of a site, in the order of the table."""
    return [FORMATS[name] for name in config.formats]


def suffixes(config: Config) -> list[str]:
    """The suffixes of the files of a feed: its formats, and its HTML page."""
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
