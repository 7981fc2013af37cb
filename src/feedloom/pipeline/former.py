"""What the last build published: its feeds and the stamps of their files, in blocks, in the order of the catalog.

A build in which all feeds keep their names reads and writes the blocks of those that changed, and no others.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING

from feedloom.config.settings import Config
from feedloom.model import Feed, FileStamp, Group, ListedFeed
from feedloom.pipeline.cache import Blocks, Build, Cache
from feedloom.pipeline.memory import Store

if TYPE_CHECKING:
    from feedloom import render  # a build in which nothing changed does not need it

_FEEDS, _STAMPS, _ADDRESSES = "feeds", "stamps", "addresses"
_IN_A_BLOCK = 64


class Former:
    """What the `last` build published; nothing if there was none. Raises Damaged when it is read."""

    def __init__(self, last: Build | None, store: Store) -> None:
        self._blocks = last.blocks if last else Blocks([], [], b"")
        self._others = last.files if last else {}
        self._rows = last.rows if last else b""
        self._store = store

    @cached_property
    def feeds(self) -> list[ListedFeed]:
        """All feeds."""
        return [*chain.from_iterable(map(self._feeds, range(len(self._blocks.feeds))))]

    @cached_property
    def files(self) -> dict[str, FileStamp]:
        """The stamps of all files."""
        found = dict(self._others)
        for at in range(len(self._blocks.stamps)):
            found |= self._stamps(at)
        return found

    @cached_property
    def rows(self) -> "render.Rows | None":
        """What pages that list feeds were made of; None if there are none."""
        from feedloom import render

        return self._store.part(self._rows, "rows", render.Rows) if self._rows else None

    def feeds_at(self, addresses: Collection[str]) -> dict[str, ListedFeed]:
        """The feeds with these addresses, as far as there are any, and perhaps others."""
        feeds = (feed for at in self._blocks_of(addresses) for feed in self._feeds(at))
        return {feed.address: feed for feed in feeds}

    def feeds_of(self, groups: Collection[Group]) -> dict[Group, ListedFeed]:
        """The feeds of these groups, as far as they have any."""
        from feedloom.feeds import kinds

        feeds = (feed for at in self._blocks_of(map(kinds.address_of, groups)) for feed in self._feeds(at))
        return {feed.group: feed for feed in feeds if feed.group in groups}

    def files_of(self, feeds: Iterable[Feed]) -> dict[str, FileStamp]:
        """The stamps of the files of no feed, and of those of these feeds, and perhaps of others."""
        found = dict(self._others)
        for at in self._blocks_of(feed.address for feed in feeds):
            found |= self._stamps(at)
        return found

    def renewed(
        self, feeds: Collection[Feed], files: Mapping[str, FileStamp], store: Cache, config: Config
    ) -> tuple[Blocks, dict[str, FileStamp]]:
        """Store these feeds in place of those that had their names, and the new stamps of their files. Also give the stamps of
        files of no feed. All other files are as they were.
        """
        from feedloom import render

        by_address = {feed.address: feed for feed in feeds}
        digests, stamps = [*self._blocks.feeds], [*self._blocks.stamps]
        for at in self._blocks_of(by_address):
            some = [by_address.get(feed.address, feed) for feed in self._feeds(at)]
            own = (path for feed in some if feed.address in by_address for path in render.paths(feed, config))
            digests[at] = store.put(_FEEDS, some, at)
            stamps[at] = store.put(_STAMPS, self._stamps(at) | {path: files[path] for path in own}, at)
        others = {path: files.get(path, stamp) for path, stamp in self._others.items()}
        return Blocks(digests, stamps, self._blocks.addresses), others

    def _blocks_of(self, addresses: Iterable[str]) -> Iterator[int]:
        """The blocks of feeds with these addresses, each once."""
        return iter({self._places[address] // _IN_A_BLOCK for address in addresses if address in self._places})

    @cached_property
    def _places(self) -> dict[str, int]:
        addresses = self._store.part(self._blocks.addresses, _ADDRESSES, list[str])
        return {address: at for at, address in enumerate(addresses)}

    def _feeds(self, at: int) -> list[ListedFeed]:
        return self._store.part(self._blocks.feeds[at], _FEEDS, list[ListedFeed], at)

    def _stamps(self, at: int) -> dict[str, FileStamp]:
        return self._store.part(self._blocks.stamps[at], _STAMPS, dict[str, FileStamp], at)


def stored(feeds: Sequence[ListedFeed], files: dict[str, FileStamp], store: Cache, config: Config) -> Blocks:
    """Store all feeds, without their entries, and the stamps of their files, which are taken out of `files`."""
    from feedloom import render

    store.clear(_FEEDS)
    store.clear(_STAMPS)
    digests, stamps = [], []
    for at, start in enumerate(range(0, len(feeds), _IN_A_BLOCK)):
        some = feeds[start : start + _IN_A_BLOCK]
        own = (path for feed in some for path in render.paths(feed, config))
        digests.append(store.put(_FEEDS, some, at))
        stamps.append(store.put(_STAMPS, {path: stamp for path in own if (stamp := files.pop(path, None))}, at))
    return Blocks(digests, stamps, store.put(_ADDRESSES, [feed.address for feed in feeds]))
