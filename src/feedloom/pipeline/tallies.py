"""The tallies of groups in the cache: with them, a build in which little changed groups no other records.

Each is stored for itself, so that only those of touched groups are read and written.
"""

import contextlib
from collections.abc import Collection, Mapping
from operator import itemgetter

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
    """The tallies of the last build; None: it kept none."""

    def __init__(self, known: Digests | None, store: Store) -> None:
        self._known = known
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


def kept(tallies: Mapping[Group, Tally], former: Digests | None, store: Store) -> Digests:
    """Store tallies, and return what to remember. They are new ones of the `former`; None: all are new."""
    if former is None:
        store.clear(_NAME)
    known = dict(former or {})
    is_large = max(len(known), len(tallies)) > _MANY
    # In the order of the file, which is twice as fast as any other.
    for place, tally in sorted(((_place(group), tally) for group, tally in tallies.items()), key=itemgetter(0)):
        if tally.spellings:
            known[place] = store.put(_NAME, tally, place, is_compressed=is_large)
        elif known.pop(place, None):
            store.drop_parts((_NAME,), (place,))
    return known


def _place(group: Group) -> int:
    """Another one for each group: 63 bits, which SQLite can store."""
    return int.from_bytes(digests.digest_of(group)[:8], "big") >> 1
