"""Identities and slugs of what feeds are about: which names are one, and under which file name they answer for ever."""

import hashlib
import re
import unicodedata
from functools import lru_cache

from feedloom.model import FOLDERS, Group, Slug

_GAP = re.compile(r"[\s\u2010-]+")
_PLAIN = re.compile(r"[\w-]+(?:\.[\w-]+)*")
_NOT_PLAIN = re.compile(r"[^\w.-]+|(?<![\w-])\.|\.(?![\w-])")
_SPELT = re.compile(r"(?P<dot>\.(?=[^\W_]))?(?P<core>.*?[^\W_])(?P<end>\++|#)?", re.DOTALL)

_DIGEST = re.compile("[0-9a-f]{8}")

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
    if spelt and _is_plain(spelt):
        return Slug(spelt)
    base = re.sub("-+", "-", _NOT_PLAIN.sub("-", identity)).strip("-")
    if _reserved(base):
        base = base.replace(".", "-")
    return _hashed(base, identity)


def of_topic(name: str) -> Group:
    """The group of a topic's records."""
    return Group("topic", identity(name))


def of_provider(name: str, domain: str | None) -> Group:
    """The group of a provider's records: by its domain, where that is known."""
    return Group("provider", domain or identity(name))


def of_provider_name(name: str, domain: str) -> Group:
    """The group of the records that one name has published on a domain that others publish on, too."""
    return Group("provider", f"{identity(name)}\n{domain}")


def of_provider_topic(topic: str, name: str, domain: str | None) -> Group:
    """The group of a provider's records about a topic. No identity holds a line break, so that no two pairs are one."""
    return Group("provider_topic", f"{identity(topic)}\n{of_provider(name, domain).identity}")


def of_group(group: Group) -> Slug:
    """The file name of a group's feed. A feed of the owner's has its slug for an identity."""
    kind, identity = group
    if kind == "all":
        return Slug("all")
    if kind == "custom":
        return Slug(identity)
    if kind == "provider_topic" or (kind == "provider" and "\n" in identity):
        topic, _, provider = identity.partition("\n")
        both = f"{slug(topic)}@{slug(provider)}"  # `@` is never plain
        return Slug(both) if len(both.encode()) <= _LONGEST else _hashed(both, identity)
    return slug(identity)


def address(group: Group) -> str:
    """The path without suffix of a group's feed, below the output folder: `topics/ai-ethics`."""
    return f"{FOLDERS[group.kind]}{of_group(group)}"


def is_custom(slug: str) -> bool:
    """Whether a feed of the owner's can answer under a slug: one that is plain, or such as names get that are not."""
    base, _, digest = slug.partition("~")
    is_hashed = bool(_DIGEST.fullmatch(digest)) and len(slug.encode()) <= _LONGEST and not _reserved(slug)
    return slug == identity(slug) and (_is_plain(slug) or (is_hashed and (not base or bool(_PLAIN.fullmatch(base)))))


def _hashed(base: str, identity: str) -> Slug:
    digest = hashlib.sha256(identity.encode()).hexdigest()[:8]
    base = base.encode()[: _LONGEST - 1 - len(digest)].decode(errors="ignore").rstrip("-.")
    return Slug(f"{base}~{digest}")


def _is_plain(name: str) -> bool:
    return bool(_PLAIN.fullmatch(name)) and len(name.encode()) <= _LONGEST and not _reserved(name)


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
