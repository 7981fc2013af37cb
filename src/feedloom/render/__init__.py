"""Feeds to bytes: one module for each format, of pure functions."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from feedloom.config.settings import Config
from feedloom.feeds import aliases
from feedloom.model import ArchiveDocument, Document, Feed, Image, ListedFeed, Record, archive_address
from feedloom.render import catalog, content, directory, formats, html, opml, sitemap, xml
from feedloom.render.directory import Rows, renewed_rows, rows, shown_records
from feedloom.render.html import assets
from feedloom.render.metadata import PAGE, feed_of, metadata_of
from feedloom.render.titles import clashes, told_apart
from feedloom.values import packed

if TYPE_CHECKING:
    from feedloom.render.body import Body

__all__ = [
    "NO_JEKYLL",
    "YIELDING",
    "Entry",
    "Rows",
    "Shells",
    "also",
    "assets",
    "clashes",
    "content_type",
    "entry",
    "feed_files",
    "lists",
    "needs_no_jekyll",
    "paths",
    "renewed_lists",
    "renewed_rows",
    "rows",
    "shells",
    "shown_records",
    "told_apart",
]


NO_JEKYLL = ".nojekyll"
"""Makes GitHub Pages publish all files. Without it, Jekyll leaves out those whose names begin with `_` or `~`."""

YIELDING = (NO_JEKYLL, sitemap.PATH)
"""Files that are left alone if somebody else wrote them."""


class Entry(NamedTuple):
    """A record in each format of the site, in that order, and in HTML pages; its topics; and the picture of its provider, if it
    has one.
    """

    formats: tuple[bytes, ...]
    html: bytes
    topics: tuple[str, ...]
    picture: Image | None

    @property
    def size(self) -> int:
        """The bytes of its texts."""
        return sum(map(len, self.formats)) + len(self.html)


class Shells(NamedTuple):
    """The document shells of a site, by format, that of the pages of feeds, if all of them are made from one, and those of the
    pages that list feeds.
    """

    formats: dict[str, xml.Shell]
    page: html.Shell | None
    lists: directory.Shells


def shells(config: Config) -> Shells:
    """The document shells of a site."""
    of_formats: dict[str, xml.Shell] = {one.name: one.shell(config) for one in formats.of(config) if one.shell}
    return Shells(of_formats, html.shell(config) if config.pages else None, directory.shells(config) if config.index else {})


def lists(
    feeds: Collection[ListedFeed],
    lookup: directory.Lookup,
    config: Config,
    shells: Shells,
    rows: Rows | None = None,
) -> Iterator[tuple[str, bytes]]:
    """The files that list the feeds, with their paths below the output folder. `lookup` finds the records that they name. The
    `rows` of the feeds may be known already.
    """
    yield catalog.PATH, catalog.catalog(feeds, config)
    yield from opml.lists(feeds, config).items()
    yield from _pages(feeds, lookup, config, shells, rows)
    if needs_no_jekyll(one.address for feed in feeds for one in (feed, *aliases.of(feed, config))):
        yield NO_JEKYLL, b""


def renewed_lists(
    feeds: Collection[ListedFeed],
    changed: Sequence[tuple[Feed, Feed]],
    find: directory.Find,
    former: Callable[[str], bytes | None],
    lookup: directory.Lookup,
    config: Config,
    shells: Shells,
    rows: tuple[Rows | None, Rows | None],
) -> Iterator[tuple[str, bytes]]:
    """As `lists`, without those that depend on names alone: the same feeds had the same names before. Some `changed` otherwise:
    each as it was, and as it is. The `former` lists are given by path, feeds are found by address. The `rows` of before and of
    now may be known.
    """
    document = former(catalog.PATH)
    yield catalog.PATH, (document and catalog.renewed(document, changed, config)) or catalog.catalog(feeds, config)
    before, now = rows
    if config.index and before and now and not config.page_settings.sitemap:
        addresses = {feed.address for feed, _ in changed}
        script = former(html.SEARCH)
        yield from directory.renewed_pages(before, now, addresses, find, script, lookup, config, config.index, shells.lists)
    else:
        yield from _pages(feeds, lookup, config, shells, now)


def _pages(
    feeds: Collection[ListedFeed],
    lookup: directory.Lookup,
    config: Config,
    shells: Shells,
    rows: Rows | None,
) -> Iterator[tuple[str, bytes]]:
    if config.index:
        pages = dict(directory.pages(feeds, lookup, config, config.index, shells.lists, rows))
        yield from pages.items()
        if config.page_settings.sitemap:
            yield from sitemap.sitemap(feeds, (path for path in pages if "/" in path), config)


def content_type(path: str) -> str:
    """The `Content-Type` header of a published file."""
    if path == catalog.PATH:
        return "application/json"
    suffix = path.rpartition(".")[2]
    media_type = "application/xml" if suffix == "xml" else formats.MEDIA_TYPES.get(suffix, "text/plain")
    return f"{media_type}; charset=utf-8"


def needs_no_jekyll(addresses: Iterable[str]) -> bool:
    """Whether Jekyll would leave out one of these feeds."""
    return any(name.startswith(("_", "~")) for address in addresses for name in address.split("/"))


def entry(record: Record, config: Config, body: "Body | None" = None, existing: Collection[str] | None = None) -> Entry:
    """A record in each format and for the HTML pages. It does not depend on other records.

    A `body` that is not given is rendered. The page links only to the feeds with `existing` addresses; None: to all.
    """
    if record.content and config.content == "full":
        from feedloom.render.body import rendered

        body = body or rendered(record.content)
        if not record.excerpt and body.excerpt:
            record = msgspec.structs.replace(record, excerpt=body.excerpt)
    data = content.entry_data(record, config, body)
    prepared = formats.Prepared(data)
    return Entry(
        tuple([one.entry(prepared) for one in formats.of(config)]),
        html.entry(data, config, existing).encode() if config.pages else b"",
        record.topics,
        content.picture(record.provider.images) if record.provider and record.provider.images else None,
    )


def paths(document: Document, config: Config) -> list[str]:
    """The paths of the files of a document and their compressed copies, below the output folder. A feed has them under all its
    names, and its archive.
    """
    found = _paths(document, config)
    codings = config.publish.precompress
    return list(packed.with_copies(found, codings)) if codings else found


def _paths(document: Document, config: Config) -> list[str]:
    names = [document.address]
    others: list[str] = []
    if not isinstance(document, ArchiveDocument):
        names += [alias.address for alias in aliases.of(document, config)]
        others = also(document, config)
    if isinstance(document, Feed):
        names += [archive_address(document, name) for name in document.archive_names]
    suffixes = formats.suffixes(config)
    return [f"{name}.{suffix}" for name in names for suffix in suffixes] + others


def also(feed: ListedFeed, config: Config) -> list[str]:
    """Where the owner wants the files of a feed, too."""
    names = {f"{feed.address}.{suffix}" for suffix in config.formats} if config.also else ()
    return [path for path, wanted in config.also.items() if wanted in names]


def feed_files(
    document: Document, entries: Sequence[Entry], config: Config, shells: Shells, existing: Collection[str] | None = None
) -> Iterator[tuple[str, bytes]]:
    """The files of a document, one for each format and its page, with their paths below the output folder; the same for each
    name of a feed.

    A provider's feed has the provider's picture from the newest entry with one. Pages link only to the feeds with `existing`
    addresses; None: to all.
    """
    feed = feed_of(document)
    pictures = (entry.picture for entry in entries if entry.picture)
    metadata = metadata_of(document, config, next(pictures, None) if feed.kind == "provider" else None)
    wanted = formats.of(config)
    rendered = [*zip(*[entry.formats for entry in entries], strict=True)] or [()] * len(wanted)
    files: dict[str, bytes] = {
        one.name: one.feed(metadata, shells.formats.get(one.name), those) for one, those in zip(wanted, rendered, strict=True)
    }
    if config.pages:
        topics = html.often(document, [entry.topics for entry in entries], config, existing)
        files[PAGE] = html.page(document, metadata, [entry.html for entry in entries], topics, config, shells.page)
    addresses = [document.address]
    if not isinstance(document, ArchiveDocument):
        addresses += [alias.address for alias in aliases.of(document, config)]
    for address in addresses:
        for suffix, data in files.items():
            yield f"{address}.{suffix}", data
    if not isinstance(document, ArchiveDocument):
        for path in also(document, config):
            yield path, files[config.also[path].rpartition(".")[2]]
