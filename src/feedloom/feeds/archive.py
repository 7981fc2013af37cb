"""How the archive of a feed is divided into documents (RFC 5005 section 4).

A document begins at an entry whose id says so: one in fifty, by a checksum. So a new, removed or moved entry changes only the
document that it is in, unless it begins one. If documents began at every fiftieth entry, all newer ones would change.

The name of a document depends on its entries and on the document before it. So whoever knows its URL has read it and all older
ones: a late entry gives its document and all newer ones other URLs.
"""

from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from zlib import crc32

from feedloom.model import Member

ONE_IN = 50
MOST = 100
"""Entries in a document, at most: after these, the next entry begins one."""
_DIGITS = 32
"""128 bits: nobody can choose ids that give two documents one name."""


def cut(members: Iterable[Member]) -> Iterator[tuple[Member, ...]]:
    """Divide records, given oldest first, into documents: the oldest document first, in each the newest record first.

    A new record that is newer than all others goes into the last document.
    """
    document: list[Member] = []
    for member in members:
        if document and (len(document) == MOST or crc32(member.id.encode()) % ONE_IN == 0):
            yield tuple(reversed(document))
            document = []
        document.append(member)
    if document:
        yield tuple(reversed(document))


def names(documents: Iterable[Sequence[Member]]) -> Iterator[str]:
    """The name of each of the documents, the oldest first: 32 hexadecimal digits of a SHA-256.

    It depends on the ids, their order and the documents before only. A changed title keeps the URL.
    """
    name = ""
    for document in documents:
        # Ids contain no line breaks (records.parse).
        name = sha256("\n".join((name, *(member.id for member in document))).encode()).hexdigest()[:_DIGITS]
        yield name
