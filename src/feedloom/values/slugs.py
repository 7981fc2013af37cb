"""Identities and slugs: which names are the same, and the file name of their feed, which never changes."""

import hashlib
import re
from functools import lru_cache

from feedloom.model import Slug
from feedloom.values import characters

# All white space that Python knows, written out so that it stays the same.
_SPACE = "\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(
    map(chr, range(0x2000, 0x200B))
)
_GAP = re.compile(f"[-{_SPACE}]+")

# In the shapes of identities: what is a letter or digit to a slug is `l` or `n` there.
_PLAIN = re.compile(r"[ln_-]+(?:\.[ln_-]+)*")
_NOT_PLAIN = re.compile(r"[^ln_.-]+|(?<![ln_-])\.|\.(?![ln_-])")
_MARKS = re.compile("(?<=[ln])m+")

_DIGITS = 16
"""Hexadecimal digits of a digest: 64 bits. Two names with the same 32 bits can be found in a second."""
_DIGEST = re.compile("[0-9a-f]+")

_WORDS = frozenset({"plus", "sharp", "dot"})
_LONGEST = 120
"""Bytes; leaves room for a suffix and a temporary file's below the 255 that file systems allow."""

# Windows, "Naming Files, Paths, and Namespaces": reserved with any suffix too. `index` would be the page of its folder on most
# hosts.
_RESERVED = frozenset(
    {"con", "prn", "aux", "nul", "index"} | {f"{port}{digit}" for port in ("com", "lpt") for digit in range(10)}
)


@lru_cache(16384)
def identity(name: str) -> str:
    """What makes two names the same: folded by `characters.folded`, runs of white space and hyphens as one `-`, ends trimmed.

    Two hyphens right after a letter at the end belong to the name: `C--` is not `C`. Empty if a name has nothing else.
    """
    words = characters.folded(name).replace("\u2010", "-").rstrip(_SPACE)
    end = "--" if words.endswith("--") and _shape(words[:-2]).endswith("l") else ""
    return _GAP.sub("-", words).strip("-") + end


def slug(identity: str) -> Slug:
    """The file name of an identity, one to one: it depends on nothing else, and never changes.

    A plain identity is its own slug. `c++`, `c#` and `.net` are spelled out (`c-plus-plus`, `c-sharp`, `dot-net`). All
    others, and those that contain one of these three words already, end in `~` and 16 hex digits of the identity's
    SHA-256; `~` is never plain.
    """
    spelt = _spelt_out(identity)
    if spelt and _is_plain(spelt):
        return Slug(spelt)
    shape = _shape(identity)
    gaps = [match.span() for match in _NOT_PLAIN.finditer(shape)]
    kept = [identity[start:end] for (_, start), (end, _) in zip([(0, 0), *gaps], [*gaps, (len(shape), 0)], strict=True)]
    base = re.sub("-+", "-", "-".join(kept)).strip("-.")
    if _reserved(base):
        base = base.replace(".", "-")
    return _hashed(base, identity)


def joined(first: str, *others: str) -> Slug:
    """The file name of an identity of one or more parts. Parts have no line break, so identities stay distinct when joined."""
    if not others:
        return slug(first)
    parts = (first, *others)
    whole = "@".join(map(slug, parts))  # `@` is never plain
    return Slug(whole) if len(whole.encode()) <= _LONGEST else _hashed(whole, "\n".join(parts))


def is_custom(slug: str) -> bool:
    """Whether a custom feed can have this slug: a plain one, or one that `slug` could make."""
    base, _, digest = slug.partition("~")
    is_digest = len(digest) == _DIGITS and bool(_DIGEST.fullmatch(digest))
    is_hashed = is_digest and len(slug.encode()) <= _LONGEST and not _reserved(slug)
    return slug == identity(slug) and (_is_plain(slug) or (is_hashed and (not base or bool(_PLAIN.fullmatch(_shape(base))))))


def _hashed(base: str, identity: str) -> Slug:
    digest = _digest(identity)
    base = base.encode()[: _LONGEST - 1 - len(digest)].decode(errors="ignore").rstrip("-.")
    return Slug(f"{base}~{digest}")


def _digest(identity: str) -> str:
    return hashlib.sha256(identity.encode()).hexdigest()[:_DIGITS]


def _shape(text: str) -> str:
    """The shape of a text in which marks after a letter or digit count as letters."""
    return _MARKS.sub(lambda marks: "l" * len(marks[0]), characters.shape(text))


def _is_plain(name: str) -> bool:
    return bool(_PLAIN.fullmatch(_shape(name))) and len(name.encode()) <= _LONGEST and not _reserved(name)


def _spelt_out(identity: str) -> str | None:
    """The identity with `+`, `#` and the first `.` as words, or None if it already contains one of these words."""
    shape = _shape(identity)
    core = shape.rstrip("+")
    end = "-plus" * (len(shape) - len(core))
    if not end and core.endswith("#"):
        core, end = core[:-1], "-sharp"
    if not core.endswith(("l", "n")):
        core, end = shape, ""
    is_dotted = bool(re.match(r"\.[ln]", core)) and core.endswith(("l", "n"))
    own = identity[is_dotted : len(core)]
    if _WORDS.intersection(own.split("-")):
        return None
    return ("dot-" if is_dotted else "") + own + end


def _reserved(name: str) -> bool:
    return name.partition(".")[0] in _RESERVED
