"""Bytes to files: each written beside its place and renamed into it, and only when it changed."""

import contextlib
import os
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from feedloom.errors import PublishError
from feedloom.model import Standing


class Published(NamedTuple):
    """How many files were written, because they had other bytes, and how all of them stand now."""

    written: int
    files: dict[str, Standing]


def standing(path: str, root: str) -> bytes | None:
    """A file as it was published, or None where there is none. Raises PublishError."""
    place = os.path.join(root, path)
    try:
        with open(place, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise PublishError(f"{place}: cannot be read: {error.strerror}") from error


def untouched(files: Mapping[str, Standing], root: str) -> set[str]:
    """Those of the files that are as they were left."""
    found = set()
    for path, left in files.items():
        with contextlib.suppress(OSError):
            if _standing(os.stat(os.path.join(root, path), follow_symlinks=False)) == left:
                found.add(path)
    return found


def publish(files: Iterable[tuple[str, bytes]], root: str) -> Published:
    """Bring the files below `root` up to date, in the order they come in. Raises PublishError."""
    written = 0
    stand: dict[str, Standing] = {}
    for path, content in files:
        place = os.path.join(root, path)
        try:
            held = _held(place, content)
            stand[path] = held or _replace(place, content)
            written += held is None
        except OSError as error:
            raise PublishError(f"{place}: cannot be written: {error.strerror}") from error
    return Published(written, stand)


def _held(place: str, content: bytes) -> Standing | None:
    """How the file stands, where it has these bytes already."""
    try:
        with open(place, "rb", buffering=0) as file:
            status = os.fstat(file.fileno())
            return _standing(status) if status.st_size == len(content) and file.read() == content else None
    except FileNotFoundError:
        return None


def _replace(place: str, content: bytes) -> Standing:
    folder, name = os.path.split(place)
    os.makedirs(folder, exist_ok=True)
    beside = os.path.join(folder, f".{name}.{os.getpid()}.tmp")
    try:
        with open(beside, "wb") as file:
            file.write(content)
            file.flush()
            status = os.fstat(file.fileno())
        os.replace(beside, place)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(beside)
        raise
    return _standing(status)


def _standing(status: os.stat_result) -> Standing:
    return Standing(status.st_size, status.st_mtime_ns, status.st_ino)
