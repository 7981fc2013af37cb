"""Where the archive of a feed is cut into documents (RFC 5005 section 4).

A document begins with an entry whose id says so, one in fifty, and not at a count: an entry that comes, goes or moves then
changes the entries of the document that it is in, and of no other, as long as it begins none. Cuts at each fiftieth would all
move with it.

A document is named by its entries and by the document before it. So who knows an address has read that document and all older
ones: an entry that comes behind gives its document and all newer ones other addresses.
"""

from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from zlib import crc32

from feedloom.model import RecordSummary

ONE_IN = 50
MOST = 100
"""Entries of a document; where that many begin none, the next one does."""
_DIGITS = 32
"""128 bits: nobody can choose ids that give two documents one name."""


def cut(summaries: Sequence[RecordSummary]) -> list[tuple[RecordSummary, ...]]:
    """The documents that hold records which are given newest first: the oldest document first, in each the newest record first.

    Only the last document takes in what is newer than all.
    """
    found: list[list[RecordSummary]] = []
    for summary in reversed(summaries):
        if not found or len(found[-1]) == MOST or crc32(summary.id.encode()) % ONE_IN == 0:
            found.append([])
        found[-1].append(summary)
    return [tuple(reversed(document)) for document in found]


def names(documents: Iterable[Sequence[RecordSummary]]) -> Iterator[str]:
    """The name of each of the documents, the oldest first: 32 hexadecimal digits of a SHA-256.

    Nothing but the ids, their order and the documents before is in it: a changed title keeps the address.
    """
    name = ""
    for document in documents:
        # No id contains a line break (records.parse).
        name = sha256("\n".join((name, *(summary.id for summary in document))).encode()).hexdigest()[:_DIGITS]
        yield name
