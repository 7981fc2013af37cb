"""`ids.json`: ids that entries keep from an earlier program, by the paths of their records. `feedloom adopt` writes it."""

from collections.abc import Mapping

import msgspec

MARK = '"ids": {'
"""Near the beginning of each such file."""

_VERSION = 1


class _File(msgspec.Struct, forbid_unknown_fields=True):
    version: int
    ids: dict[str, str]


def written(ids: Mapping[str, str]) -> str:
    """The text of the file: an id a line, sorted, so that two versions compare well."""
    document = _File(_VERSION, dict(sorted(ids.items())))
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n"


def read(data: bytes) -> dict[str, str]:
    """The ids in a file. Raises ValueError, which says what is wrong with it."""
    try:
        found = msgspec.json.decode(data, type=_File)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(f"not a file of feedloom adopt: {error}") from None
    if found.version != _VERSION:
        raise ValueError(f"has version {found.version}; this feedloom reads version {_VERSION}; run feedloom adopt again")
    return found.ids
