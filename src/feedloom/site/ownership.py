"""Which files in the output folder feedloom wrote, and which feeds readers may know: from the manifest, else the catalog."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator

import msgspec

from feedloom import render
from feedloom.config.settings import Config
from feedloom.feeds import aliases
from feedloom.feeds.kinds import KINDS
from feedloom.model import ARCHIVE, FeedName, ListedFeed, RetiredFeed, Slug
from feedloom.render import catalog, formats, opml, sitemap
from feedloom.render.catalog import PATH, Catalog, PublishedFeed
from feedloom.render.html import is_asset
from feedloom.render.metadata import PAGE
from feedloom.report import SwitchedOff
from feedloom.site import manifest
from feedloom.site.manifest import Entry, Manifest
from feedloom.site.store import Store
from feedloom.values import packed

_HEAD = 16384
"""The first bytes of a document, which say what it is."""


def wanted(site: Iterable[ListedFeed], files: Iterable[str], config: Config) -> Manifest:
    """The manifest of a site: of its feeds, in any order, and the files of no feed."""
    feeds = list(site)
    codings = config.publish.precompress
    also = packed.with_copies((path for feed in feeds for path in render.also(feed, config)), codings)
    entries = (entry for feed in feeds for entry in _entries(feed, config))
    return manifest.made(entries, packed.with_copies(files, codings), also)


def remembered(feeds: Iterable[ListedFeed], files: Collection[str], config: Config) -> Manifest:
    """The manifest of feeds, with those of their files that are among `files`."""
    entries = [entry for feed in feeds for entry in _entries(feed, config)]
    own = [msgspec.structs.replace(entry, paths=tuple(path for path in entry.paths if path in files)) for entry in entries]
    also = config.also.keys() & files
    return manifest.made(own, set(files).difference(also, *(entry.paths for entry in own)), also)


def recognised(before: Catalog, config: Config, store: Store) -> Manifest:
    """The files that feedloom wrote, if there is no manifest, as in a clone: those that the catalog names, and archives, lists
    and stylesheets that have feedloom's marks. Raises PublishError.
    """
    entries = []
    for feed in (*before.feeds, *before.aliases):
        entry = _entry(feed)
        paths = (*feed.paths, *_archive(entry.address, feed.format_paths, store))
        if all(map(manifest.is_path, paths)):  # anybody may have written the catalog
            paths = (*paths, *_copies(paths, store))
            entries.append(msgspec.structs.replace(entry, paths=tuple(sorted(paths))))
    lists = [path for path in opml.paths() if _says(path, store, _OPML_MARKS)]
    # The catalog does not name the pages that list feeds.
    named = {path for entry in entries for path in entry.paths}
    folders = [row.folder for row in KINDS.values() if row.label]
    in_folders = (f"{folder}{name}" for folder in folders for name in store.names(folder))
    lists_of_pages = (path for path in in_folders if manifest.is_list(path))
    root = (name for name in store.names("") if name.endswith(f".{PAGE}") and name not in named)
    pages = (*root, *lists_of_pages)
    indexes = [path for path in pages if _says(path, store, _PAGE_MARKS)]
    # An empty .nojekyll that these feeds need is taken for feedloom's. Stylesheets and scripts have its name.
    is_needed = render.needs_no_jekyll(entry.address for entry in entries)
    others = [render.NO_JEKYLL] if is_needed and store.is_empty(render.NO_JEKYLL) else []
    also = [path for path in config.also if path not in named and _is_feed(path, store)]
    sitemaps = [name for name in store.names("") if name == sitemap.PATH or sitemap.is_part(name)]
    sitemaps = [path for path in sitemaps if _says(path, store, sitemap.MARKS)]
    assets = filter(is_asset, store.names(""))
    files = [PATH, *assets, *lists, *indexes, *others, *sitemaps]
    return manifest.made(
        {entry.address: entry for entry in entries}.values(),
        (*files, *_copies(files, store)),
        (*also, *_copies(also, store)),
    )


def gone(ours: Manifest, wanted: Manifest, store: Store) -> list[str]:
    """The files that feedloom wrote and that are not wanted any more. Raises PublishError.

    An index page that somebody else wrote in place of feedloom's stays.
    """
    return [
        path
        for path in sorted(ours.paths - wanted.paths, reverse=True)  # copies first: no server should serve one alone
        if (path not in ours.files or not path.endswith(f".{PAGE}") or _says(path, store, _PAGE_MARKS))
        and (path not in ours.also or packed.original(path) != path or _is_feed(path, store))
    ]


def switched_off(ours: Manifest, wanted: Manifest, config: Config) -> list[SwitchedOff]:
    """The formats and pages that the settings switched off, and the number of their files."""
    off = [suffix for suffix in formats.ALL_SUFFIXES if suffix not in formats.suffixes(config)]
    paths = [path for entry in ours.feeds for path in entry.paths if path not in wanted.paths]
    counts = Counter(path.rpartition(".")[2] for path in paths)
    return [SwitchedOff(suffix, counts[suffix]) for suffix in off if counts[suffix]]


def published(before: Catalog | None, ours: Manifest, config: Config, store: Store) -> list[PublishedFeed]:
    """All feeds that readers may know, and their other names: those of the catalog, and those of the manifest that the catalog
    does not name, because it was lost. Raises PublishError.
    """
    named = before.named if before else []
    names = {_entry(feed).address for feed in named}
    lost = [entry for entry in ours.feeds if entry.listed and entry.kind != "all" and entry.address not in names]
    return [*named, *(feed for entry in lost if (feed := _published_feed(entry, config, store)))]


def pruned(before: Catalog, gone: Iterable[RetiredFeed], ours: Manifest, config: Config) -> list[Entry]:
    """The feeds of the catalog that are `gone`, and those that only the manifest names, because a prune was killed."""
    known = {entry.address: entry for entry in ours.feeds}
    names = {_entry(feed).address for feed in (*before.feeds, *before.aliases)}
    listed = [known.get(entry.address) or entry for feed in gone for entry in [_own_entry(feed, config)]]
    return [*listed, *(entry for entry in ours.feeds if entry.address not in names)]


def _entries(feed: ListedFeed, config: Config) -> Iterator[Entry]:
    """A feed and its other names."""
    others = [_own_entry(alias, config) for alias in aliases.of(feed, config)]
    own: Collection[str] = render.paths(feed, config)
    if others or config.also:
        also = packed.with_copies(render.also(feed, config), config.publish.precompress)
        own = set(own).difference(also, *(other.paths for other in others))
    return iter((manifest.entry_of(feed, own), *others))


def _own_entry(feed: FeedName, config: Config) -> Entry:
    """A feed without its archive and its other names. The feed may itself be another name."""
    paths = [f"{feed.address}.{suffix}" for suffix in formats.suffixes(config)]
    return manifest.entry_of(feed, packed.with_copies(paths, config.publish.precompress))


def _entry(feed: PublishedFeed) -> Entry:
    return Entry(
        kind=feed.kind,
        name=feed.name,
        slug=Slug(feed.slug),
        domain=feed.domain,
        provider=feed.provider,
        topic=feed.topic,
        listed=True,
    )


def _published_feed(entry: Entry, config: Config, store: Store) -> PublishedFeed | None:
    """A feed as a catalog names it, with the date that its files have. None if its name gives another path, as with another
    version.
    """
    paths = {name: path for name in formats.FORMATS if (path := f"{entry.address}.{name}") in entry.paths}
    try:
        feed = PublishedFeed(
            kind=entry.kind,
            name=entry.name,
            slug=entry.slug,
            title="",
            count=0,
            total=0,
            updated=None,
            formats=paths,
            domain=entry.domain,
            provider=entry.provider,
            topic=entry.topic,
            retired=True,
        )
        catalog.retired([feed], [], config)
    except ValueError:
        return None
    # Anything but a regular file is in the way: the build says so before it writes.
    readable = {name: path for name, path in paths.items() if store.has(path)}
    documents = ((formats.FORMATS[name], store.read(path)) for name, path in readable.items())
    dates = (format.updated(document) for format, document in documents if document)
    return msgspec.structs.replace(feed, updated=next(filter(None, dates), None))


_OPML_MARKS = (b"<?xml version='1.0' encoding='UTF-8'?>\n<opml version=\"2.0\">\n  <head>\n    <title>",)
_PAGE_MARKS = (b'<meta name="generator" content="feedloom">',)


def _archive(address: str, suffixes: Collection[str], store: Store) -> Iterator[str]:
    """The documents of the archive of a feed in formats with these suffixes: those that say that they are such documents."""
    folder = f"{ARCHIVE}{address}"
    for name in store.names(folder):
        format = next((formats.FORMATS[suffix] for suffix in suffixes if name.endswith(f".{suffix}")), None)
        marks = format.archive_marks if format else _PAGE_MARKS if name.endswith(f".{PAGE}") else None
        if marks and _says(f"{folder}/{name}", store, marks):
            yield f"{folder}/{name}"


def _copies(paths: Iterable[str], store: Store) -> Iterator[str]:
    """The compressed copies of files: those that unpack to them. Raises PublishError."""
    for path in paths:
        for copy, coding in packed.all_copies(path).items():
            if store.has(copy) and store.has(path):
                data = store.read(path) or b""
                if packed.is_copy(store.read(copy) or b"", data, coding):
                    yield copy


def _is_feed(path: str, store: Store) -> bool:
    return any(_says(path, store, format.feed_marks) for format in formats.FORMATS.values())


def _says(path: str, store: Store, marks: tuple[bytes, ...]) -> bool:
    if not store.has(path):
        return False
    document = (store.read(path) or b"")[:_HEAD]
    return all(mark in document for mark in marks)
