"""What a build has to do: which feeds are dirty, which files stay, which feeds retire. Pure but for `Previous.tallies`.

Which feeds a change touches is computed from the summaries of the last build and of this one, and never tracked.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cached_property
from typing import NamedTuple, TypeVar

import msgspec

from feedloom import render
from feedloom.config.settings import Config
from feedloom.feeds import aliases, group, kinds, tally
from feedloom.feeds.group import Selection
from feedloom.feeds.tally import Tally
from feedloom.model import ArchiveDocument, Feed, FeedName, Group, ListedFeed, Moment, RecordSummary, RetiredFeed
from feedloom.pipeline import digests
from feedloom.render import catalog
from feedloom.render.catalog import PublishedFeed
from feedloom.report import Moved

_Listed = TypeVar("_Listed", Feed, RetiredFeed)

_NAME = tuple(name for name in FeedName.__struct_fields__ if name != "apart")
"""What a feed is called by its own records."""

Hidden = Mapping[int, Moment | None]
"""The summaries that are not shown (None), or not with their own update date, by number."""


class Feeds(Collection[ListedFeed]):
    """Feeds that are read when somebody asks for them."""

    def __init__(self, read: Callable[[], Sequence[ListedFeed]]) -> None:
        self._read = read

    @cached_property
    def _all(self) -> Sequence[ListedFeed]:
        return self._read()

    def __iter__(self) -> Iterator[ListedFeed]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    def __contains__(self, feed: object) -> bool:
        return feed in self._all


class Previous(NamedTuple):
    """What the last build with the same settings knew.

    `dropped` are the summaries that are gone since then, `added` those that are new: they have numbers above `highest`.
    `archive` has the digests of archive documents by path. `crowded` are the groups whose feeds want the same path. `tallies`
    gives the tallies of groups, `feeds_of` their feeds, as far as they are known. `is_intact`: all that is published is as that
    build left it.
    """

    feeds: Collection[ListedFeed]
    hidden: Hidden
    archive: Mapping[str, bytes]
    highest: int
    crowded: Collection[Group]
    tallies: Callable[[Collection[Group]], Mapping[Group, Tally]]
    dropped: Sequence[RecordSummary] = ()
    added: Sequence[RecordSummary] = ()
    feeds_of: Callable[[Collection[Group]], dict[Group, ListedFeed]] = lambda _: {}
    is_intact: bool = False


class Plan(NamedTuple):
    """What is to be published: all `feeds` in the order of the catalog.

    To be rendered are the `dirty` feeds and, before them, the archive `documents`. `kept` are the files that stay as the
    previous build left them, unless they are rendered. `retired` are the feeds that lost their last record since then, `moved`
    those whose path changed since an earlier version. Feeds that want the same path are `shared`; the first of each list is
    published. `tallies` are those of the groups that were looked at: of all if `is_anew`.

    If all feeds have the names that they had, and what the previous build published is intact, so is what depends on names
    alone: the manifest and all orders. Then, `renewed` has each dirty feed as it was and as it is, and all files are kept; else
    it is None.
    """

    feeds: Collection[ListedFeed]
    documents: list[ArchiveDocument]
    dirty: list[ListedFeed]
    kept: frozenset[str]
    retired: list[RetiredFeed]
    moved: list[Moved]
    shared: list[list[Feed]]
    hidden: Hidden
    archive: dict[str, bytes]
    tallies: dict[Group, Tally]
    is_anew: bool
    renewed: list[tuple[Feed, Feed]] | None = None


class ForeignCatalogError(Exception):
    """The catalog names a feed by another path than feedloom would."""


def plan(
    previous: Previous | None,
    summaries: Collection[RecordSummary],
    selection: Selection,
    published_feeds: Callable[[], Sequence[PublishedFeed]],
    files_on_disk: Callable[[], AbstractSet[str]],
    config: Config,
    tallies: dict[Group, Tally] | None = None,
) -> Plan:
    """Plan a build. Without a `previous` one, all feeds are dirty; then `tallies` are those of all groups, if known already.

    The `published_feeds` are all that readers may know, by the catalog and the manifest; the `files_on_disk` are those that
    nobody touched since the previous build. Raises ForeignCatalogError.
    """
    hidden = _hidden(summaries, selection)
    if previous and previous.is_intact and (renewed := _renewed(previous, summaries, selection, hidden, config)):
        return renewed
    published, on_disk = published_feeds(), files_on_disk()
    addresses = catalog.addresses(published) if config.groups.is_choosy else set()
    if previous and not addresses <= _addresses(previous.feeds, config):
        previous = None  # it was of another site, or readers know feeds of a killed build: those stay, also with few records
    before = {feed.address: feed for feed in previous.feeds} if previous else {}
    known = [feed for feed in before.values() if isinstance(feed, Feed)]
    # Those whose feeds are dirty; None: all are.
    groups = _touched(previous, summaries, hidden, on_disk, config) if previous else None
    grouping = _Grouping(previous, summaries, selection, hidden, config, tallies)
    groups, dirty, live, shared = _settled(groups, known, addresses, grouping, config)
    try:
        retired = catalog.retired(published, live, config)
        moved = catalog.moved(published, [*live, *retired], config)
    except ValueError as error:
        raise ForeignCatalogError(str(error)) from None
    named = {feed.address: feed for feed in render.told_apart([*live, *retired], config)}
    if groups is not None:
        # Their own records did not change, but another feed now has their title, or no longer has it.
        renamed = {feed.group for feed in live if feed.group not in groups and feed is not named[feed.address]}
        came_or_went = [before.get(address) or named[address] for address in before.keys() ^ named.keys()]
        linking = _linking(came_or_went, selection, config).difference(groups)
        again = renamed | linking.intersection(feed.group for feed in live)
        groups |= again
        dirty += grouping.feeds(again)
        live = [*dirty, *(feed for feed in known if feed.group not in groups)]
    dirty, live = ([_replace_apart(feed, named) for feed in feeds] for feeds in (dirty, live))
    retired = [_replace_apart(feed, named) for feed in retired]
    existing = group.existing([*live, *retired], config) if config.pages else None
    linked = None if existing is None else sorted(existing)
    archive = {document.address: _digest(document, linked, config) for feed in dirty for document in feed.archive}
    known_archive = previous.archive if previous else {}
    documents = [
        document
        for feed in dirty
        for document in feed.archive  # the oldest first: each links to the one before
        if archive[document.address] != known_archive.get(document.address)
        or not on_disk >= set(render.paths(document, config))
    ]
    retiring = [feed for feed in retired if feed != before.get(feed.address) or (groups is not None and feed.group in groups)]
    listed: list[ListedFeed] = [*live, *retired]
    feeds = group.in_order(listed)
    paths = {path for feed in feeds for path in render.paths(feed, config)}
    already = {feed.address for feed in published if feed.retired}
    suffix = config.formats[0]
    return Plan(
        feeds=feeds,
        documents=documents,
        dirty=[*dirty, *retiring],
        kept=frozenset(on_disk & paths),
        retired=[feed for feed in retired if feed.address not in already],
        moved=moved_feeds(moved, feeds, config),
        shared=shared,
        hidden=hidden,
        archive={address: digest for address, digest in {**known_archive, **archive}.items() if f"{address}.{suffix}" in paths},
        tallies=grouping.tallies,
        is_anew=groups is None,
    )


def _renewed(
    previous: Previous,
    summaries: Collection[RecordSummary],
    selection: Selection,
    hidden: Hidden,
    config: Config,
) -> Plan | None:
    """The plan if the feeds are those of the previous build, and each has the name that it had. Else None.

    Titles, paths, their order, and which feeds are retired or want one path depend on the names of all feeds and nothing else.
    """
    if previous.crowded or config.archive:  # a feed names the documents of its archive
        return None
    groups = _touched(previous, summaries, hidden, None, config)
    grouping = _Grouping(previous, summaries, selection, hidden, config)
    before = previous.feeds_of(groups)
    pairs: list[tuple[Feed, Feed]] = []
    for feed in grouping.feeds(groups):
        former = before.pop(feed.group, None)
        if not isinstance(former, Feed) or any(getattr(feed, name) != getattr(former, name) for name in _NAME):
            return None
        pairs.append((former, msgspec.structs.replace(feed, apart=former.apart)))
    if before:
        return None
    dirty = {feed.group: feed for _, feed in pairs}
    return Plan(
        feeds=Feeds(lambda: [dirty.get(feed.group, feed).without_entries for feed in previous.feeds]),
        documents=[],
        dirty=[*dirty.values()],
        kept=frozenset(),
        retired=[],
        moved=[],
        shared=[],
        hidden=hidden,
        archive={},
        tallies=grouping.tallies,
        is_anew=False,
        renewed=pairs,
    )


def touched(previous: Previous, summaries: Iterable[RecordSummary], hidden: Hidden) -> list[RecordSummary]:
    """The summaries that are new, or that are shown differently from the previous build: not, again, or with another date."""
    return [*previous.added, *_shown_otherwise(previous, summaries, hidden)]


def _shown_otherwise(previous: Previous, summaries: Iterable[RecordSummary], hidden: Hidden) -> list[RecordSummary]:
    """The summaries of the previous build that are shown differently now."""
    numbers = previous.hidden.keys() | hidden.keys()
    shown = {number for number in numbers if previous.hidden.get(number, 0) != hidden.get(number, 0)}
    if not shown:
        return []
    return [summary for summary in summaries if summary.number in shown and summary.number <= previous.highest]


class _Grouping:
    """The feeds of groups: of their tallies in the previous build and of what changed since, or else of all records."""

    def __init__(
        self,
        previous: Previous | None,
        summaries: Collection[RecordSummary],
        selection: Selection,
        hidden: Hidden,
        config: Config,
        tallies: dict[Group, Tally] | None = None,
    ) -> None:
        self.tallies: dict[Group, Tally] = {}
        self._all = tallies
        self._previous = previous
        self._selection = selection
        self._config = config
        if previous:
            others = _shown_otherwise(previous, summaries, hidden)
            self._left = _shown([*previous.dropped, *others], previous.hidden)
            self._came = _shown([*previous.added, *others], hidden)

    def feeds(self, wanted: Collection[Group] | None) -> list[Feed]:
        """The feeds of the `wanted` groups, if they have records or are always there. None: of all groups."""
        if self._previous is None or wanted is None:
            self.tallies = group.tallies(self._selection.summaries, self._config) if self._all is None else self._all
            return tally.feeds(self.tallies, self._config)
        unknown = {one for one in wanted if one not in self.tallies}
        found = tally.changed(self._previous.tallies(unknown), self._left, self._came, self._config)
        if rest := unknown - found.keys():
            found |= dict.fromkeys(rest, Tally({}, {}, [])) | group.tallies(self._selection.summaries, self._config, rest)
        self.tallies |= found
        return tally.feeds({one: its for one in sorted(wanted) if (its := self.tallies[one]).spellings}, self._config)


def _shown(summaries: Iterable[RecordSummary], hidden: Hidden) -> list[RecordSummary]:
    """Those of the summaries that are not hidden, as they are shown."""
    dates = ((summary, hidden.get(summary.number, summary.updated)) for summary in summaries)
    return [
        summary if updated == summary.updated else msgspec.structs.replace(summary, updated=updated)
        for summary, updated in dates
        if updated is not None
    ]


def _touched(
    previous: Previous, summaries: Iterable[RecordSummary], hidden: Hidden, on_disk: AbstractSet[str] | None, config: Config
) -> set[Group]:
    """The groups whose feeds could differ from those of the previous build, and those with files that are not `on_disk` as they
    were; None: all are.
    """
    changed = [*previous.dropped, *touched(previous, summaries, hidden)]
    groups = {one for summary in changed for one in group.groups(summary, config)}
    if changed:
        # Which records a custom feed includes can depend on others: on the newest.
        groups.update(map(kinds.of_custom_feed, config.feeds))
    groups.update(previous.crowded)
    if on_disk is not None:
        groups.update(feed.group for feed in previous.feeds if not on_disk >= set(render.paths(feed, config)))
    return groups


def _linking(feeds: Iterable[ListedFeed], selection: Selection, config: Config) -> set[Group]:
    """The groups of all records that name one of these feeds, which begin or cease to exist, while the records are the same:
    their kinds have only feeds of several records. Pages link to existing feeds only.
    """
    wanted = {feed.group for feed in feeds if config.groups.least(feed.kind) > 1}
    if not wanted or not config.pages:
        return set()
    named = (set(group.groups(summary, config)) for summary in selection.summaries)
    return {*map(kinds.of_custom_feed, config.feeds)}.union(*(some for some in named if not wanted.isdisjoint(some)))


def _settled(
    groups: set[Group] | None, known: Sequence[Feed], published: AbstractSet[str], grouping: _Grouping, config: Config
) -> tuple[set[Group] | None, list[Feed], list[Feed], list[list[Feed]]]:
    """The groups and the feeds that are dirty, all live feeds, and those that want the same path.

    `known` are the live feeds of the previous build. One whose path another feed wants becomes dirty: the warning names one of
    its records. Readers may know the feeds with `published` addresses.
    """
    while True:
        made = grouping.feeds(groups)
        dirty, _ = group.large_enough(made, published, config)
        others = [feed for feed in known if groups is not None and feed.group not in groups]
        live, shared = group.one_each([*dirty, *others], config)
        crowded = {feed.group for feeds in shared for feed in feeds}
        if groups is None or crowded <= groups:
            break
        groups |= crowded
    lost = crowded.difference(feed.group for feed in live)
    return groups, [feed for feed in dirty if feed.group not in lost], live, shared


def _replace_apart(feed: _Listed, named: Mapping[str, ListedFeed]) -> _Listed:
    """The feed with what tells its title apart."""
    return msgspec.structs.replace(feed, apart=named[feed.address].apart)


def moved_feeds(former: Iterable[RetiredFeed], feeds: Iterable[ListedFeed], config: Config) -> list[Moved]:
    """The new paths of feeds of an earlier version, among those of `feeds`."""
    addresses = _addresses(feeds, config)
    pairs = [(feed.address, kinds.address_of(feed.group)) for feed in former]
    return [Moved(before, address if address in addresses else None) for before, address in pairs]


def _addresses(feeds: Iterable[ListedFeed], config: Config) -> set[str]:
    return {one.address for feed in feeds for one in (feed, *aliases.of(feed, config))}


def _hidden(summaries: Collection[RecordSummary], selection: Selection) -> dict[int, Moment | None]:
    if selection.is_all:
        return {}
    pairs = ((summary, selection.shown(summary)) for summary in summaries)
    return {summary.number: shown.updated if shown else None for summary, shown in pairs if shown != summary}


def _digest(document: ArchiveDocument, linked: Sequence[str] | None, config: Config) -> bytes:
    """Differs between versions of an archive document at one path. Only its page links to the newer one, and to those feeds of
    its topics and providers that exist: to `linked` ones, if not to all.
    """
    after = document.after if config.pages else None
    return digests.digest_of(after, linked, [(member.seal, member.updated) for member in document.entries])
