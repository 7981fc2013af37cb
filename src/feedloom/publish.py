"""Bytes to files: each written beside its place and renamed into it, and only when it changed."""

import contextlib
import os
from collections.abc import Iterable
from typing import NamedTuple

from feedloom.errors import PublishError


class Published(NamedTuple):
    """How many files were written, and how many had the same bytes already and were not touched."""

    written: int
    unchanged: int


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


def publish(files: Iterable[tuple[str, bytes]], root: str) -> Published:
    """Bring the files below `root` up to date, in the order they come in. Raises PublishError."""
    written = unchanged = 0
    for path, content in files:
        place = os.path.join(root, path)
        try:
            if _holds(place, content):
                unchanged += 1
            else:
                _replace(place, content)
                written += 1
        except OSError as error:
            raise PublishError(f"{place}: cannot be written: {error.strerror}") from error
    return Published(written, unchanged)


def _holds(place: str, content: bytes) -> bool:
    try:
        with open(place, "rb") as file:
            return os.fstat(file.fileno()).st_size == len(content) and file.read() == content
    except FileNotFoundError:
        return False


def _replace(place: str, content: bytes) -> None:
    folder, name = os.path.split(place)
    os.makedirs(folder, exist_ok=True)
    beside = os.path.join(folder, f".{name}.{os.getpid()}.tmp")
    try:
        with open(beside, "wb") as file:
            file.write(content)
        os.replace(beside, place)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(beside)
        raise
