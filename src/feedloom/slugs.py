"""Identities and slugs of topics and providers: which names are one, and under which file name they answer for ever."""

import hashlib
import re
import unicodedata
from functools import lru_cache

from feedloom.model import FOLDERS, Group, Slug

_GAP = re.compile(r"[\s\u2010-]+")
_PLAIN = re.compile(r"[\w-]+(?:\.[\w-]+)*")
_NOT_PLAIN = re.compile(r"[^\w.-]+|(?<![\w-])\.|\.(?![\w-])")
_SPELT = re.compile(r"(?P<dot>\.(?=[^\W_]))?(?P<core>.*?[^\W_])(?P<end>\++|#)?", re.DOTALL)

_WORDS = frozenset({"plus", "sharp", "dot"})
_LONGEST = 120
"""Bytes; leaves room for a suffix and a temporary file's below the 255 that file systems allow."""

# Windows, "Naming Files, Paths, and Namespaces": reserved with any suffix too.
_RESERVED = frozenset({"con", "prn", "aux", "nul"} | {f"{port}{digit}" for port in ("com", "lpt") for digit in range(10)})


@lru_cache(16384)
def identity(name: str) -> str:
    """What makes two names one: NFKC, case-folded, runs of white space and hyphens one `-`, ends trimmed.

    Empty where a name holds nothing else.
    """
    folded = unicodedata.normalize("NFKC", name).casefold()
    return _GAP.sub("-", unicodedata.normalize("NFKC", folded)).strip("-")


def slug(identity: str) -> Slug:
    """The file name of an identity, one to one: it depends on nothing else, and never changes.

    A plain identity is its own slug. `c++`, `c#` and `.net` are spelt out (`c-plus-plus`, `c-sharp`, `dot-net`). All
    others, and those that have one of these three words of their own, end in `~` and eight hex digits of the identity's
    SHA-256; `~` is never plain.
    """
    spelt = _spelt_out(identity)
    if spelt and _PLAIN.fullmatch(spelt) and len(spelt.encode()) <= _LONGEST and not _reserved(spelt):
        return Slug(spelt)
    digest = hashlib.sha256(identity.encode()).hexdigest()[:8]
    base = re.sub("-+", "-", _NOT_PLAIN.sub("-", identity)).strip("-")
    if _reserved(base):
        base = base.replace(".", "-")
    base = base.encode()[: _LONGEST - 1 - len(digest)].decode(errors="ignore").rstrip("-.")
    return Slug(f"{base}~{digest}")


def of_topic(name: str) -> Group:
    """The group of a topic's records."""
    return Group("topic", identity(name))


def of_provider(name: str, domain: str | None) -> Group:
    """The group of a provider's records: by its domain, where that is known."""
    return Group("provider", domain or identity(name))


def address(group: Group) -> str:
    """The path without suffix of a topic's or a provider's feed, below the output folder: `topics/ai-ethics`."""
    return f"{FOLDERS[group.kind]}{slug(group.identity)}"


def _spelt_out(identity: str) -> str | None:
    """The identity with its endings and beginning in words, or None where one of the words is its own already."""
    parts = _SPELT.fullmatch(identity)
    core, end = (parts["core"], parts["end"] or "") if parts else (identity, "")
    if _WORDS.intersection(core.split("-")):
        return None
    dot = "dot-" if parts and parts["dot"] else ""
    return dot + core + ("-sharp" if end == "#" else "-plus" * len(end))


def _reserved(name: str) -> bool:
    return name.partition(".")[0] in _RESERVED
