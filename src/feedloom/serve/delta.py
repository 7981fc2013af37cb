"""Feeds without the entries that a client has: RFC 3229, with the manipulation `feed` that readers know. Pure.

What a version of a feed contained is remembered as digests of its entries, not as their bytes. JSON has no such answers.
"""

import re
from collections.abc import Iterator
from hashlib import blake2b

FORMATS = ("atom", "rss")
MOST = 20
"""Former versions of a feed that are remembered."""
_SIZE = 8
_WANTED = re.compile(r"(?:^|,)\s*feed\s*(?:;\s*q=(?!0(?:\.0*)?\s*(?:,|$))[\d.]*\s*)?(?=,|$)", re.IGNORECASE)
_COMPLETE = re.compile(rb" *<fh:complete/>\n")
"""It would say that articles which are left out are gone (RFC 5005 section 2)."""
_MARKS = ((b"  <entry", b"\n  </entry>\n"), (b"    <item", b"\n    </item>\n"))


def is_wanted(accepted: str) -> bool:
    """Whether the header A-IM asks for such an answer."""
    return bool(accepted) and _WANTED.search(accepted) is not None


def seal(document: bytes) -> bytes:
    """The digests of the entries of a document that the renderers made."""
    return b"".join(_digest(document[start:end]) for start, end in _entries(document))


def without(document: bytes, known: bytes) -> bytes | None:
    """A document without the entries whose digests are `known`; None where that leaves out nothing."""
    digests = {known[at : at + _SIZE] for at in range(0, len(known), _SIZE)}
    entries = list(_entries(document))
    new = [document[start:end] for start, end in entries if _digest(document[start:end]) not in digests]
    if len(new) == len(entries):
        return None
    return b"".join([_COMPLETE.sub(b"", document[: entries[0][0]]), *new, document[entries[-1][1] :]])


def _entries(document: bytes) -> Iterator[tuple[int, int]]:
    """Where the entries begin and end. They follow each other; in text, every `<` is escaped."""
    for opening, closing in _MARKS:
        at = document.find(b"\n" + opening) + 1
        while at and document.startswith(opening, at):
            end = document.index(closing, at) + len(closing)
            yield at, end
            at = end


def _digest(entry: bytes) -> bytes:
    return blake2b(entry, digest_size=_SIZE).digest()
