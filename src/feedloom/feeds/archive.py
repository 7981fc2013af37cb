"""Where the archive of a feed is cut into documents (RFC 5005 section 4).

A document begins with an entry whose id says so, one in fifty, and not at a count: an entry that comes, goes or moves then
changes the document that it is in, and no other, as long as it begins none. Cuts at each fiftieth would all move with it.
"""

from collections.abc import Sequence
from zlib import crc32

from feedloom.model import Card

ONE_IN = 50
MOST = 100
"""Entries of a document; where that many begin none, the next one does."""


def pages(cards: Sequence[Card]) -> list[tuple[Card, ...]]:
    """The documents that hold records which are given newest first: the oldest document first, in each the newest record first.

    Only the last document takes in what is newer than all.
    """
    found: list[list[Card]] = []
    for card in reversed(cards):
        if not found or len(found[-1]) == MOST or crc32(card.id.encode()) % ONE_IN == 0:
            found.append([])
        found[-1].append(card)
    return [tuple(reversed(page)) for page in found]
