"""Filtered feeds, computed from the records in the cache of the last build, and the last results of that."""

import contextlib
import os
import threading
import uuid
from collections import OrderedDict
from collections.abc import Sequence
from itertools import islice

import msgspec

from feedloom import render
from feedloom.config.settings import Config
from feedloom.errors import ConfigError
from feedloom.model import Feed, FileStamp, RecordSummary, Slug, Url
from feedloom.pipeline import cache
from feedloom.render import filtered, formats, metadata
from feedloom.serve.answer import Document
from feedloom.serve.asgi import Unavailable
from feedloom.serve.filters import Query
from feedloom.serve.site import PublishedSite, page_of
from feedloom.serve.view import View
from feedloom.site import publish
from feedloom.values import dates

MOST = 1000
ROOM = 64 << 20
"""Documents, and bytes of them, that are kept."""
_ATTEMPTS = 3
_HOW = "run feedloom build on this machine with the same settings, which fills the cache"


class Filtered:
    """Computes filtered feeds of a site. It may be used by several threads."""

    def __init__(self, site: PublishedSite) -> None:
        self._site = site
        self._lock = threading.Lock()
        self._view: View | None = None
        self._stamp: FileStamp | None = None
        self._results: OrderedDict[tuple[bytes, str], Document] = OrderedDict()
        self._size = 0

    def check(self) -> None:
        """Whether there are records to filter. Raises Unavailable."""
        config = self._site.config
        if config.state is None or self._now() is None:
            raise Unavailable(f"Filters need the cache of the last build, which is missing: {_HOW}.")
        try:
            cache.snapshot(config.state)
        except cache.Damaged:
            raise Unavailable(f"Filters need the cache of the last build, which cannot be read: {_HOW}.") from None

    def prepare(self) -> None:
        """Read the records before somebody asks for them; where they cannot be read, queries say why."""
        with contextlib.suppress(Unavailable, cache.Damaged):
            self._current().prepare()

    def known(self, query: Query) -> Document | None:
        """The document of a query, where it was computed for the present build."""
        view = self._view
        if view is None or view.config is not self._site.config or self._now() != self._stamp:
            return None
        with self._lock:
            return self._results.get((view.seal, query.address))

    def compute(self, query: Query) -> Document:
        """The document of a query. Raises Unavailable."""
        for _ in range(_ATTEMPTS):
            try:
                view = self._current()
                if document := self._results.get((view.seal, query.address)):
                    return document
                document = computed(view, query, self._site)
            except cache.Damaged:  # a build replaced a record meanwhile, or it goes on
                self._stamp = None
                continue
            except ConfigError as error:  # templates of the owner are programs
                raise Unavailable(str(error)) from None
            self._keep((view.seal, query.address), document)
            return document
        raise Unavailable(f"Filters need the cache of the last build, which cannot be read: {_HOW}.")

    def _now(self) -> FileStamp | None:
        state = self._site.config.state
        return publish.stamp_at(os.path.realpath(state)) if state else None

    def _current(self) -> View:
        """The records of the last build. Raises Damaged."""
        with self._lock:
            config, stamp = self._site.config, self._now()
            if config.state is None or stamp is None:
                raise Unavailable(f"Filters need the cache of the last build, which is missing: {_HOW}.")
            same = self._view and self._view.config is config
            if not self._view or not same or stamp != self._stamp:
                found = cache.snapshot(config.state, self._view.seal if self._view and same else b"")
                if found:
                    self._view = View(found, config, config.state, self._view)
                    self._results.clear()
                    self._size = 0
                self._stamp = stamp
            assert self._view
            return self._view

    def _keep(self, key: tuple[bytes, str], document: Document) -> None:
        with self._lock:
            if key not in self._results:
                self._results[key] = document
                self._size += len(document.body)
            while len(self._results) > MOST or self._size > ROOM:
                self._size -= len(self._results.popitem(last=False)[1].body)


def computed(view: View, query: Query, site: PublishedSite) -> Document:
    """The document of a query. Raises Damaged."""
    one = formats.FORMATS.get(query.format)
    config = view.settings(one)
    limit = query.feed.limit or config.limit
    shown = list(islice(view.matching(query), limit))
    found = dict(view.records(shown))
    bodies = view.bodies(shown) if config.content == "full" else {}
    existing = site.known().feeds
    entries = []
    for summary in shown:
        record = msgspec.structs.replace(found[summary.number], updated=dates.of_stamp(summary.updated))
        entries.append(render.entry(record, config, bodies.get(summary.number), existing))
    feed = _feed(query, shown)
    if one is None:
        result = filtered.Found(feed, query.path, query.parameters, b"".join([entry.html for entry in entries]))
        return page_of(filtered.page(result, query.fields, "../" * query.path.count("/"), view.config))
    texts = [entry.formats[0] for entry in entries]
    document = one.feed(_metadata(query, feed, config), view.shell(one, config), texts)
    more = [("x-robots-tag", "noindex")]
    return Document(document, f"{one.media_type}; charset=utf-8", link=site.link(query.address, is_told=False), more=more)


def _feed(query: Query, shown: Sequence[RecordSummary]) -> Feed:
    updated = max((summary.updated for summary in shown), default=None)
    return Feed(
        kind="custom",
        name=query.title,
        slug=Slug("filter"),
        identity=(query.path, query.parameters),
        folder="",
        total=len(shown),
        count=len(shown),
        updated=None if updated is None else dates.of_stamp(updated),
    )


def _metadata(query: Query, feed: Feed, config: Config) -> metadata.Metadata:
    """The head of the feed. Its id is made of its address: where the site moves, `site.id` keeps it."""
    base = config.site.base or config.site.title
    return msgspec.structs.replace(
        metadata.metadata_of(feed, config),
        id=uuid.uuid5(uuid.NAMESPACE_URL, f"{base}{query.path}{query.parameters}").urn,
        base=Url(config.site.url + query.path) if config.site.url else None,
        query=query.parameters,
        root="../" * query.path.count("/"),
        is_complete=False,
    )
