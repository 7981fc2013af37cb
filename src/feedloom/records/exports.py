"""The mark of a folder that `feedloom export` writes: which files are its own, and whether they belong together."""

import re
from collections.abc import Mapping

import msgspec

from feedloom.errors import ExportError

MARK = ".feedloom-export"

FILE = re.compile(r"part-[0-9]+\.[a-z.]+")
"""The names of the files of an export."""


class Mark(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """The files that an export wrote, or will write, and their sizes. While it is `unfinished`, some may be of the export
    before.
    """

    version: int
    files: dict[str, int]
    unfinished: bool = False


def check(folder: str, data: bytes, copied: Mapping[str, int] | None = None) -> None:
    """Raise ExportError if a folder with this mark may have shards of two exports: read together, records would be missing. A
    copy of a folder, in which files are replaced one by one, has files of these sizes.
    """
    try:
        mark = msgspec.json.decode(data, type=Mark)
    except msgspec.MsgspecError:
        return  # not ours
    if mark.unfinished:
        raise ExportError(f"{folder}: an export to this folder has not finished: wait for it, or run feedloom export again")
    if copied is not None:
        found = {name: size for name, size in copied.items() if FILE.fullmatch(name)}
        for name, _ in sorted(found.items() ^ mark.files.items()):
            raise ExportError(
                f"{folder}/{name}: is not as in the last export: wait until it is copied, copy all again "
                f"(aws s3 sync --delete), or delete {MARK} there if you changed the file yourself"
            )
