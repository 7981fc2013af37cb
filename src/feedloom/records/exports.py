"""The mark of a folder that `feedloom export` writes: which files are its own, and whether they belong together."""

import msgspec

from feedloom.errors import ExportError

MARK = ".feedloom-export"


class Mark(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """The files that an export wrote, or will write. While it is `unfinished`, some may be of the export before."""

    version: int
    files: list[str]
    unfinished: bool = False


def check(folder: str, data: bytes) -> None:
    """Raise ExportError if a folder with this mark may have shards of two exports: read together, records would be missing."""
    try:
        mark = msgspec.json.decode(data, type=Mark)
    except msgspec.MsgspecError:
        return  # not ours
    if mark.unfinished:
        raise ExportError(f"{folder}: an export to this folder has not finished: wait for it, or run feedloom export again")
