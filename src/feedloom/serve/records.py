"""Filtered feeds, computed from the records in the cache of the last build, and the last results of that."""

import heapq
import os
import threading
import uuid
from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING

import msgspec

from feedloom import render
from feedloom.config.settings import Config
from feedloom.feeds import filters, group, kinds
from feedloom.model import Feed, FileStamp, Group, Moment, Record, RecordSummary, Slug, Url
from feedloom.pipeline import cache
from feedloom.render import formats, metadata, xml
from feedloom.serve.answer import Document
from feedloom.serve.asgi import Unavailable
from feedloom.serve.filters import Query
from feedloom.serve.site import PublishedSite
from feedloom.site import publish
from feedloom.values import characters, dates

if TYPE_CHECKING:  # only sites with whole articles need it
    from feedloom.render.body import Body

MOST = 1000
ROOM = 64 << 20
"""Documents, and bytes of them, that are kept."""
_TOGETHER = 500
_ATTEMPTS = 3
_HOW = "run feedloom build on this machine with the same settings, which fills the cache"


class View:
    """The records of one build, with indexes; nothing in it changes."""

    def __init__(self, snapshot: cache.Snapshot, config: Config, path: str) -> None:
        self.seal = snapshot.seal
        self.config = config
        self.path = path
        # What was due at that moment was due for the build.
        since = snapshot.build.since
        selected = [] if since is None else group.selected(snapshot.summaries, since).summaries
        self.summaries = sorted(selected, key=filters.newest_first)
        self._making = threading.Lock()
        self._settings: dict[str, Config] = {}
        self._shells: dict[str, xml.Shell | None] = {}

    @cached_property
    def newest(self) -> Moment:
        """When the newest article was published."""
        return self.summaries[0].published if self.summaries else Moment(0)

    @cached_property
    def groups(self) -> dict[str, list[int]]:
        """Where in `summaries` the records of each feed are, by its address."""
        found: defaultdict[str, list[int]] = defaultdict(list)
        for at, summary in enumerate(self.summaries):
            for address in {kinds.address_of(one) for one in group.groups(summary, self.config)}:
                found[address].append(at)
        for feed in self.config.feeds:
            asked = filters.conditions(feed, self.config, self.newest)
            found[kinds.address_of(kinds.of_custom_feed(feed))] = [
                at for at, summary in enumerate(self.summaries) if all(one.holds(summary) for one in asked)
            ]
        return dict(found)

    @cached_property
    def texts(self) -> list[str]:
        """The folded title and excerpt of each of the `summaries`. Raises Damaged."""
        found: list[str] = []
        for at in range(0, len(self.summaries), _TOGETHER):
            some = self.summaries[at : at + _TOGETHER]
            records = dict(self.records(some))
            found += [_text(records[summary.number]) for summary in some]
        return found

    def settings(self, one: formats.Format) -> Config:
        """The settings for a computed feed in one format: it has no page, and no hub is told of it."""
        if one.name not in self._settings:
            site = msgspec.structs.replace(self.config.site, hub=None)
            # `also` names files of formats that are left out here.
            self._settings[one.name] = msgspec.structs.replace(
                self.config, site=site, formats=(one.name,), pages=False, also={}
            )
        return self._settings[one.name]

    def shell(self, one: formats.Format, config: Config) -> xml.Shell | None:
        """The document shell of a format."""
        if one.name not in self._shells:
            self._shells[one.name] = one.shell(config) if one.shell else None
        return self._shells[one.name]

    def records(self, summaries: Iterable[RecordSummary]) -> Iterator[tuple[int, Record]]:
        """The records of summaries, by number. Raises Damaged where a newer build replaced one."""
        with cache.Stored(self.path).opened() as records:
            yield from records.of({summary.number: summary.seal for summary in summaries})

    def bodies(self, summaries: Iterable[RecordSummary]) -> "dict[int, Body | None]":
        """The rendered bodies of records, as far as they are known, by number. Raises Damaged."""
        with cache.Stored(self.path).opened() as records:
            return records.bodies({summary.number: summary.seal for summary in summaries})

    def matching(self, query: Query) -> Iterator[RecordSummary]:
        """The records that a query asks for, newest first. Raises Damaged."""
        where = query.feed.where
        phrase, unwanted = (one and characters.folded(one) for one in (where.text, where.not_text))
        decided = {"text", "not_text"}
        with self._making:  # two queries need not make the same index
            found = self._of_feeds(query)
            if self.config.groups.topic:
                decided |= {"topics", "not_topics"}
                if where.topics:
                    wanted = self._of_topics(where.topics)
                    found = [at for at in found if at in wanted]
                if where.not_topics:
                    others = self._of_topics(where.not_topics)
                    found = [at for at in found if at not in others]
            texts = self.texts if phrase or unwanted else []
        if phrase:
            found = [at for at in found if phrase in texts[at]]
        if unwanted:
            found = [at for at in found if unwanted not in texts[at]]
        # The indexes have decided the slow conditions, and the test compares them with a plain filter.
        left = [one for one in filters.conditions(query.feed, self.config, self.newest) if one.setting not in decided]
        for at in found:
            summary = self.summaries[at]
            if all(condition.holds(summary) for condition in left):
                yield summary

    def _of_feeds(self, query: Query) -> list[int]:
        bases = [self.groups.get(base, []) for base in query.bases]
        if len(bases) == 1:
            return bases[0]
        sets = map(set, bases)
        return sorted(set.intersection(*sets) if query.every else set.union(*sets))

    def _of_topics(self, names: Iterable[str]) -> set[int]:
        addresses = (kinds.address_of(Group("topic", kinds.of_topic(name))) for name in names)
        return {at for address in addresses for at in self.groups.get(address, ())}


def _text(record: Record) -> str:
    return f"{characters.folded(record.title)}\n{characters.folded(record.excerpt)}"


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
        try:
            self._current()
        except cache.Damaged:
            raise Unavailable(f"Filters need the cache of the last build, which cannot be read: {_HOW}.") from None

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
                    self._view = View(found, config, config.state)
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
    config = view.settings(formats.FORMATS[query.format])
    limit = query.feed.limit or config.limit
    if query.feed.order == "newest":
        shown = list(islice(view.matching(query), limit))
    else:
        shown = heapq.nsmallest(limit, view.matching(query), key=filters.order(query.feed.order))
    found = dict(view.records(shown))
    bodies = view.bodies(shown) if config.content == "full" else {}
    entries = []
    for summary in shown:
        record = msgspec.structs.replace(found[summary.number], updated=dates.of_stamp(summary.updated))
        entries.append(render.entry(record, config, bodies.get(summary.number)).formats[0])
    one = formats.FORMATS[query.format]
    document = one.feed(_metadata(query, shown, config), view.shell(one, config), entries)
    more = [("x-robots-tag", "noindex")]
    return Document(document, f"{one.media_type}; charset=utf-8", link=site.link(query.address, is_told=False), more=more)


def _metadata(query: Query, shown: Sequence[RecordSummary], config: Config) -> metadata.Metadata:
    """The head of the feed. Its id is made of its address: where the site moves, `site.id` keeps it."""
    updated = max((summary.updated for summary in shown), default=None)
    feed = Feed(
        kind="custom",
        name=query.title,
        slug=Slug("filter"),
        identity=(query.path, query.parameters),
        folder="",
        total=len(shown),
        count=len(shown),
        updated=None if updated is None else dates.of_stamp(updated),
    )
    base = config.site.base or config.site.title
    return msgspec.structs.replace(
        metadata.metadata_of(feed, config),
        id=uuid.uuid5(uuid.NAMESPACE_URL, f"{base}{query.path}{query.parameters}").urn,
        base=Url(config.site.url + query.path) if config.site.url else None,
        query=query.parameters,
        root="../" * query.path.count("/"),
        is_complete=False,
    )
