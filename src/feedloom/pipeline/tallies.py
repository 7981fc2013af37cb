"""The tallies of groups in the cache: with them, a build in which little changed groups no other records.

Each is stored for itself, so that only those of touched groups are read and written.
"""

import contextlib
from collections.abc import Collection, Mapping

from feedloom.feeds.tally import Tally
from feedloom.model import Group
from feedloom.pipeline import digests
from feedloom.pipeline.cache import Damaged
from feedloom.pipeline.memory import Store

Digests = dict[int, bytes]
"""The digests of the tallies of all groups with records, by their places in the store."""

_NAME = "tallies"
_MANY = 10_000
"""Tallies from which on they are compressed: they have 6 KiB each, or 2."""


class Tallies:
    """The tallies of the last build. `digest` is that of the part with theirs; empty: it kept none. Raises Damaged."""

    def __init__(self, digest: bytes, store: Store) -> None:
        self._known = store.part(digest, "tallies known", Digests) if digest else None
        self._store = store

    def of(self, groups: Collection[Group]) -> dict[Group, Tally]:
        """The tallies of these groups, those without records included. One that a killed build overwrote is not known."""
        found: dict[Group, Tally] = {}
        if self._known is None:
            return found
        for group in groups:
            place = _place(group)
            with contextlib.suppress(Damaged):
                digest = self._known.get(place)
                found[group] = self._store.part(digest, _NAME, Tally, place) if digest else Tally({}, {}, [])
        return found

    def with_those_of(self, tallies: Mapping[Group, Tally], *, is_anew: bool) -> Digests:
        """Store tallies, and return what to remember: of these and of all others, or of these alone if all are `anew`."""
        known = {} if is_anew or self._known is None else dict(self._known)
        if not known:
            self._store.clear(_NAME)
        is_large = max(len(known), len(tallies)) > _MANY
        for group, tally in tallies.items():
            place = _place(group)
            if tally.spellings:
                known[place] = self._store.put(_NAME, tally, place, is_compressed=is_large)
            elif known.pop(place, None):
                self._store.drop_parts((_NAME,), (place,))
        return known


def _place(group: Group) -> int:
    """Another one for each group: 63 bits, which SQLite can store."""
    return int.from_bytes(digests.digest_of(group)[:8], "big") >> 1
