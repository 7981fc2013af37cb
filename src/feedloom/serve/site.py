"""The published site as the server sees it: which paths there are, and the documents at them.

The catalog says which files are served, never the folder: what it does not name does not exist. Each document is read from one
open file, so that a build that goes on meanwhile changes no answer.
"""

import contextlib
import os
import re
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple
from urllib.parse import quote_plus, urlsplit

from feedloom import render
from feedloom.config.settings import Config
from feedloom.errors import ConfigError, FeedloomError
from feedloom.model import ARCHIVE, FileStamp
from feedloom.render import catalog, filtered, formats, html, opml, sitemap, templating
from feedloom.render.catalog import Catalog, PublishedAlias, PublishedFeed
from feedloom.render.metadata import PAGE
from feedloom.render.words import words_of
from feedloom.serve import delta, filters
from feedloom.serve.answer import Document, Health, Rules, quoted
from feedloom.serve.filters import FilterError, Known, Moved, Query
from feedloom.site import catalog as published
from feedloom.site import manifest, publish, store

ROOM = 256 << 20
"""Bytes of documents in memory, compressed forms not counted: these are a tenth."""
_ARCHIVED = re.compile(r"[0-9a-f]{32}")
_NEAREST = 3
_LOOKS = 1.0
"""Seconds after which the settings are looked at again. A new catalog makes it look, too."""
_OTHERS_INDEX = "index.html"
_PAGE_TYPE = f"{formats.MEDIA_TYPES[PAGE]}; charset=utf-8"


class _Listed(NamedTuple):
    """A catalog that was read, with the stamp of its file and the kinds of paths that it allows."""

    stamp: FileStamp
    catalog: Catalog
    feeds: dict[str, PublishedFeed]
    """By address without suffix, also by other names."""
    paths: dict[str, PublishedFeed]
    """By the paths of formats and pages, also of other names."""
    beginnings: dict[str, list[str]]
    """Addresses of feeds that are not retired, by how they begin."""
    providers: dict[str, str]
    """What `filters.providers` gives."""
    aliases: dict[str, str]
    """Paths of other names, with the paths of their feeds."""


class _Kept(NamedTuple):
    """A document in memory, and the file that it was read from."""

    place: str
    stamp: FileStamp
    document: Document


class PublishedSite:
    """The site in an output folder; answers ask it for documents. `base` is where it is served, else as `site.url` says."""

    def __init__(
        self,
        load: Callable[[], Config],
        rules: Rules,
        *,
        base: str | None = None,
        has_filters: bool = False,
    ) -> None:
        self.config = load()
        self.base = base_of(self.config, base)
        self.rules = rules
        self.has_filters = has_filters
        self._load = load
        self._loaded = self._settings_stamp()
        self._looked = time.monotonic()
        self._catalog = publish.place(catalog.PATH, self.config.output)
        self._extra: dict[str, Document] = {}
        if has_filters:
            self._add(filtered.STYLE, "css", templating.asset("filter.css"))
        self._changed: Callable[[bytes], bytes] = bytes
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._size = 0
        self._listed = self._read()

    def add_script(self, path: str, script: bytes, changed: Callable[[bytes], bytes]) -> None:
        """Serve a script that is no file, and pages as `changed` makes them, so that they load it."""
        self._add(path, "js", script)
        self._changed = changed

    def _add(self, path: str, suffix: str, body: bytes) -> None:
        self._extra[path] = Document(body, f"{formats.MEDIA_TYPES[suffix]}; charset=utf-8")

    def document(self, path: str) -> Document | None:
        """The document at a path, as it is now; None where the catalog names none."""
        self._reload()
        path = self.config.also.get(path, path)  # the same bytes; the catalog names only the feed
        kept = self._kept.get(path)
        if kept and publish.stamp_at(kept.place) == kept.stamp:  # a file that the catalog no longer names is removed, too
            self._kept.move_to_end(path)
            return kept.document
        listed = self._current()
        if path in self._extra:
            return self._extra[path]
        if not path:
            path = self.config.index or _OTHERS_INDEX
        elif path in listed.feeds:
            path = f"{path}.{PAGE}"
        elif path.endswith("/"):  # the list of the feeds in this folder
            path = f"{path}{_OTHERS_INDEX}"
        if not self._is_allowed(path, listed):
            return None
        found = publish.read_stamped(path, self.config.output)
        return found and self._keep(path, *found, listed)

    def target(self, path: str) -> str | None:
        """The path of the feed of which this is another name."""
        return self._current().aliases.get(path)

    def nearest(self, path: str) -> list[str]:
        """Paths that are like this one; of feeds with the same suffix where it has one of theirs."""
        stem, _, suffix = path.rpartition(".")
        if suffix not in formats.suffixes(self.config):
            stem, suffix = path, self.config.formats[0]
        return [f"{near}.{suffix}" for near in filters.nearest(stem, self._current().beginnings, _NEAREST)]

    def query(self, path: str, text: str) -> Query | Document | None:
        """The filtered feed that an address asks for, or the form to compose one, where filters are on. Raises FilterError,
        Moved.
        """
        if not self.has_filters:
            return None
        if path == filters.COMPOSE and self.config.pages:
            if filters.is_sent(text):
                raise Moved(filters.composed(text, self.known()))
            try:
                return self._form(path, text)
            except ConfigError as error:  # templates of the owner are programs
                raise FilterError(str(error)) from None
        if not (text or "+" in path or "," in path):
            return None
        return filters.decoded(path, text, self.known())

    def refused(self, path: str, text: str, message: str) -> Document | None:
        """The form to compose a filtered feed, with what is wrong; None where the address is for programs."""
        with contextlib.suppress(ConfigError):
            return self._form(path, text, message) if filters.is_page(path, self.known()) else None
        return None

    def _form(self, path: str, text: str, message: str | None = None) -> Document:
        shown = filters.fields(text, self.known())
        return page_of(filtered.page(None, shown, "../" * path.count("/"), self.config, message))

    def known(self) -> Known:
        """What filters can name."""
        listed = self._current()
        formats_ = tuple(self.config.formats)
        has_pages, words = bool(self.config.pages), words_of(self.config)
        return Known(listed.feeds, listed.beginnings, listed.providers, formats_, has_pages, self.config.limit, words)

    def health(self) -> Health:
        """Whether the catalog can be read now, and when it changed last."""
        stamp = publish.stamp_at(self._catalog)
        self._current()
        return Health(stamp is not None and stamp == self._listed.stamp, stamp.mtime / 1e9 if stamp else None)

    def link(self, address: str, *, is_told: bool = True) -> str | None:
        """The header Link of a feed at an address, percent-encoded, below the site's own (RFC 8288; W3C WebSub section 4).

        It names the hub where this `is_told` of the feed: readers that find one there ask less often.
        """
        site = self.config.site
        links = [f'<{site.url}{address}>; rel="self"'] if site.url else []
        if is_told:
            links += [f'<{hub}>; rel="hub"' for hub in site.hubs]
        return ", ".join(links) or None

    def _current(self) -> _Listed:
        """The catalog as it is now; the last good one where it cannot be read."""
        stamp = publish.stamp_at(self._catalog)
        if stamp is not None and stamp != self._listed.stamp:
            self._looked = 0.0
            self._reload()
            with contextlib.suppress(FeedloomError):
                self._listed = self._read()
        return self._listed

    def _reload(self) -> None:
        """Take over settings that changed; the folder and the address stay. Bad ones are for the build to report."""
        now = time.monotonic()
        if now - self._looked < _LOOKS:
            return
        self._looked = now
        if (stamp := self._settings_stamp()) != self._loaded:
            self._loaded = stamp
            try:
                config = self._load()
            except FeedloomError:
                return
            if (config.file, config.output) == (self.config.file, self.config.output):  # no defaults while the file is gone
                self.config = config
                self._kept.clear()
                self._size = 0

    def _settings_stamp(self) -> FileStamp | None:
        return publish.stamp_at(os.path.realpath(self.config.file)) if self.config.file else None

    def _read(self) -> _Listed:
        """The catalog in the folder. Raises NoFeedError, PublishError."""
        found = publish.read_stamped(catalog.PATH, self.config.output)
        if found is None:
            raise published.missing(store.of(self.config))
        try:
            document = catalog.read(found[0])
        except ValueError as error:
            raise published.damaged(store.of(self.config), error) from None
        feeds = {feed.address: feed for feed in document.feeds}
        targets = {(feed.kind, str(feed.slug)): feed for feed in document.feeds}
        meant = [(alias, targets[alias.kind, alias.of]) for alias in document.aliases if (alias.kind, alias.of) in targets]
        beginnings: dict[str, list[str]] = {}
        for address in (feed.address for feed in document.feeds if not feed.retired):
            beginnings.setdefault(filters.beginning(address), []).append(address)
        return _Listed(
            found[1],
            document,
            feeds | {alias.address: feed for alias, feed in meant},
            {path: feed for feed in document.feeds for path in feed.paths}
            | {path: feed for alias, feed in meant for path in alias.paths},
            beginnings,
            filters.providers(document.feeds) if self.has_filters else {},
            dict(pair for alias, feed in meant for pair in _pairs(alias, feed)),
        )

    def _with_filters(self, path: str, page: bytes, listed: _Listed) -> bytes:
        """The page of a feed, with a link to the form that composes others of it."""
        feed = listed.paths.get(path)
        if not self.has_filters or feed is None or feed.retired:
            return page
        place = f"{'../' * path.count('/')}{filters.COMPOSE}?feed={quote_plus(feed.address)}"
        return page.replace(b"</header>", f"{filtered.link(place, self.config)}</header>".encode(), 1)

    def _is_allowed(self, path: str, listed: _Listed) -> bool:
        if path in listed.paths or path in (catalog.PATH, self.config.index, sitemap.PATH, *opml.paths()):
            return True
        if html.is_asset(path) or sitemap.is_part(path) or (self.config.pages and manifest.is_list(path)):
            return True
        if not path.startswith(ARCHIVE):
            return False
        feed, _, name = path.removeprefix(ARCHIVE).rpartition("/")
        digest, _, suffix = name.partition(".")
        return feed in listed.feeds and suffix in formats.ALL_SUFFIXES and bool(_ARCHIVED.fullmatch(digest))

    def _keep(self, path: str, body: bytes, stamp: FileStamp, listed: _Listed) -> Document:
        suffix = path.rpartition(".")[2]
        media_type = render.content_type(path)
        if suffix == PAGE:
            body = self._changed(self._with_filters(path, body, listed))
        link = None
        if suffix in formats.FORMATS and path != catalog.PATH:
            feed = listed.paths.get(path)
            link = self.link(quoted(f"{feed.address}.{suffix}" if feed else path))
        before = self._kept.pop(path, None)
        has_deltas = self.rules.sends_deltas and suffix in delta.FORMATS
        versions = _versions(before.document if before else None, body) if has_deltas else None
        document = Document(body, media_type, stamp.mtime / 1e9, link, versions=versions)
        if before:
            self._size -= len(before.document.body)
        self._kept[path] = _Kept(publish.place(path, self.config.output), stamp, document)
        self._size += len(body)
        while self._size > ROOM and len(self._kept) > 1:
            self._size -= len(self._kept.popitem(last=False)[1].document.body)
        return document


def page_of(page: bytes) -> Document:
    """The document of a page with a form."""
    return Document(page, _PAGE_TYPE, more=[("x-robots-tag", "noindex")])


def base_of(config: Config, base: str | None = None) -> str:
    """The path at which the site is served, with a slash at both ends."""
    path = base if base is not None else urlsplit(config.site.url or "").path
    path = path.strip("/")
    return f"/{path}/" if path else "/"


def _versions(before: Document | None, body: bytes) -> Mapping[str, bytes]:
    """What the last versions of a feed contained, by their tags; `before` is the last of them."""
    if before is None or before.body == body:
        return (before and before.versions) or {}
    found = {**(before.versions or {}), before.tag: delta.seal(before.body)}
    return dict(list(found.items())[-delta.MOST :])


def _pairs(alias: PublishedAlias, feed: PublishedFeed) -> Iterator[tuple[str, str]]:
    for path in alias.paths:
        suffix = path.rpartition(".")[2]
        yield path, f"{feed.address}.{suffix}"
        if suffix == PAGE:
            yield alias.address, feed.address
