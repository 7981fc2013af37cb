"""Slugs as feedloom made them before digests had 64 bits, to read catalogs of that time.

No path in a catalog is trusted. A slug is accepted if it is a safe file name and is made of the feed's own name by the former
rules, or has its digest.
"""

import hashlib
import re
import unicodedata

from feedloom.model import Kind
from feedloom.values import characters

_GAP = re.compile(r"[\s\u2010-]+")
_PLAIN = re.compile(r"[\w-]+(?:\.[\w-]+)*")
_RESERVED = re.compile(r"(?:con|prn|aux|nul|(?:com|lpt)[0-9])(?:\.|\Z)")
_DIGEST = re.compile("~[0-9a-f]{8}$")


def had(slug: str, kind: Kind, name: str, *, domain: str | None, provider: str | None, topic: str | None) -> bool:
    """Whether a feed of that name had this slug."""
    if kind == "custom":  # its owner chose it
        return slug == _identity(slug) and _is_plain(_DIGEST.sub("-", slug)) and not _RESERVED.match(slug)
    if kind == "provider_topic":
        identities = _identity(topic or ""), domain or _identity(provider or "")
        of_topic, _, of_provider = slug.partition("@")
        both = _is_of(of_topic, identities[0]) and _is_of(of_provider, identities[1])
        return both or _has_digest(slug, "\n".join(identities))
    return _is_of(slug, domain if kind == "provider" and domain else _identity(name))


def _identity(name: str) -> str:
    folded = unicodedata.normalize("NFKC", name).casefold()
    return _GAP.sub("-", unicodedata.normalize("NFKC", folded)).strip("-")


def _is_of(slug: str, identity: str) -> bool:
    """Whether a slug is an identity, perhaps with its start and end in words, or has its digest."""
    core = identity.rstrip("+")
    spelt = re.sub(r"^\.", "dot-", re.sub("#$", "-sharp", core)) + "-plus" * (len(identity) - len(core))
    return (slug in (identity, spelt) and _is_plain(slug)) or _has_digest(slug, identity)


def _has_digest(slug: str, identity: str) -> bool:
    digest = hashlib.sha256(identity.encode()).hexdigest()[:8]
    # A name as `&-.a` hid its file in those days; and where two names were too long together, they were cut.
    return slug.endswith(f"~{digest}") and _is_plain(re.sub("^[.]|[@~][.]?", "-", slug))


def _is_plain(name: str) -> bool:
    """Whether a name is a safe file name. Some Pythons accepted letters that Unicode 14 lacks."""
    shape = characters.shape(name)
    return bool(_PLAIN.fullmatch("".join("x" if kind == "u" else one for one, kind in zip(name, shape, strict=True))))
