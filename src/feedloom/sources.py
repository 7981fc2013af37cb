"""Which record files there are below a folder, and their bytes. Opens nothing but regular files inside it."""

import os
import stat
from collections.abc import Iterator
from typing import NamedTuple

from feedloom.config import CONFIGURATION
from feedloom.model import Problem

SUFFIXES = (".md", ".markdown", ".txt", ".yaml", ".yml")


class Source(NamedTuple):
    """A record file: `path` opens it, `name` is its path inside the folder, fit to be shown."""

    path: str
    name: str


class Listing(NamedTuple):
    """The record files in the order of their names, and what could not be listed."""

    sources: list[Source]
    problems: list[Problem]


def listed(root: str) -> Listing:
    """Every record file below a folder, hidden files and folders left out.

    Raises OSError where the folder itself cannot be listed.
    """
    sources: list[Source] = []
    problems: list[Problem] = []
    top = os.path.realpath(root)
    os.listdir(top)  # an unreadable folder inside is a problem; the folder itself is the caller's mistake
    folders = [(top, "")]
    while folders:
        folder, name = folders.pop()
        for entry in _entries(folder, name, problems):
            inside = name + entry.name
            is_record = entry.name.lower().endswith(SUFFIXES) and entry.name not in CONFIGURATION
            complaint = _complaint(entry, top, is_record=is_record)
            if complaint:
                problems.append(Problem(shown(inside), None, None, complaint, "rejected" if is_record else "warning"))
            elif entry.is_dir(follow_symlinks=False):
                folders.append((entry.path, inside + "/"))
            elif is_record and entry.is_file():
                sources.append(Source(entry.path, shown(inside)))
                if shown(inside) != inside:
                    message = "has a name with characters that cannot be shown"
                    problems.append(Problem(shown(inside), None, None, message, "warning"))
    sources.sort(key=lambda source: os.fsencode(source.path))
    problems.sort(key=lambda problem: problem.path)
    return Listing(sources, problems)


def content(source: Source, at_most: int) -> bytes:
    """The bytes of a record file, read as one whole version; up to one byte more than `at_most`.

    Raises OSError, also where the file is no regular file any more.
    """
    # O_NONBLOCK: a FIFO put in the file's place meanwhile must not hold the build up.
    descriptor = os.open(source.path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with open(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError("is no regular file")
        return file.read(at_most + 1)


def _entries(folder: str, name: str, problems: list[Problem]) -> Iterator[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            yield from (entry for entry in entries if not entry.name.startswith("."))
    except OSError as error:
        problems.append(Problem(shown(name), None, None, f"cannot be listed: {error.strerror}", "warning"))


def _complaint(entry: os.DirEntry[str], top: str, *, is_record: bool) -> str | None:
    """Why an entry is not read, where somebody could expect that it is."""
    if entry.is_symlink():
        target = os.path.realpath(entry.path)
        if not os.path.exists(target):
            return "is a link that points nowhere" if is_record else None
        if os.path.isdir(target):
            return None if _inside(target, top) and not is_record else "is a link to a folder, which is not followed"
        if not is_record:
            return None
        if not _inside(target, top):
            return "is a link that points out of the records folder"
        return None if os.path.isfile(target) else "is a link to no regular file"
    if not is_record or entry.is_file():
        return None
    return "is a folder, named like a record" if entry.is_dir() else "is no regular file"


def _inside(path: str, top: str) -> bool:
    return os.path.commonpath((path, top)) == top


def shown(path: str) -> str:
    """A path for people and for JSON: what is no printable Unicode text is escaped."""
    text = os.fsencode(path).decode(errors="backslashreplace")
    return text if text.isprintable() else "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
