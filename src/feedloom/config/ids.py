"""`ids.json`: ids that entries and feeds keep from an earlier program. `feedloom adopt` writes it."""

from collections.abc import Mapping

import msgspec

MARK = '"ids": {'
"""Near the beginning of each such file."""

_VERSION = 1


class Ids(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """The `ids` of entries by the paths of their records, and those of `feeds` by their addresses, such as `topics/ai`."""

    version: int
    ids: dict[str, str]
    feeds: dict[str, str] = {}


def written(ids: Mapping[str, str], feeds: Mapping[str, str]) -> str:
    """The text of the file: an id a line, sorted, so that two versions compare well."""
    document = Ids(_VERSION, dict(sorted(ids.items())), dict(sorted(feeds.items())))
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n"


def read(data: bytes) -> Ids:
    """The ids in a file. Raises ValueError, which says what is wrong with it."""
    try:
        found = msgspec.json.decode(data, type=Ids)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(f"not a file of feedloom adopt: {error}") from None
    if found.version != _VERSION:
        raise ValueError(f"has version {found.version}; this feedloom reads version {_VERSION}; run feedloom adopt again")
    return found
