"""Which record files there are below a folder, and their bytes. Opens nothing but regular files inside it."""

import errno
import os
import re
import stat
import time
from collections import Counter
from collections.abc import Sequence
from operator import itemgetter
from typing import NamedTuple
from zlib import crc32

from feedloom import model
from feedloom.config.ignoring import Ignored
from feedloom.config.profiles import Part
from feedloom.config.settings import CONFIGURATION
from feedloom.model import Level, Problem, Source
from feedloom.problems import Code, Mistake

SUFFIXES = (b".md", b".markdown", b".txt", b".yaml", b".yml")
CONTAINERS = (".json", ".jsonl", ".ndjson", ".csv", ".tsv")
"""The suffixes of files of many records, which are read only where the settings name one."""
_CONFIGURATION = frozenset(map(os.fsencode, CONFIGURATION))

_POSTS = (
    b".mdx",
    b".mkd",
    b".mdown",
    b".rst",
    b".html",
    b".htm",
    b".org",
    b".adoc",
    b".asciidoc",
    b".textile",
    b".qmd",
    b".rmd",
)
"""What other programs read as posts."""

WHAT = (
    "records are files that end in .md, .markdown, .txt, .yaml or .yml, no part of their path begins with a dot, and neither "
    "`ignore` in the settings nor its defaults (README, node_modules, ...) leave them out"
)
"""Which files are taken for records, in words."""

_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
"""O_NONBLOCK: a FIFO put in the file's place meanwhile must not hold the build up."""
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)

BUCKETS = 64

_TICK = 20_000_000
"""How far apart, in nanoseconds, the times of two writes are that can be told from each other: the kernel's clock for files
ticks each 1 to 10 ms."""
_ATTEMPTS = 10
_COARSE = 10_000_000
_COARSE_TICK = 2_000_000_000
"""FAT counts in 2 s, others in 1 s or 10 ms; such times are whole multiples."""


class Scan(NamedTuple):
    """The record files in buckets by their names, in each in the order of these, and what could not be listed.

    What is known of files is kept and compared by the bucket.
    """

    buckets: list[list[Source]]
    problems: list[Problem]


def scan_folder(
    root: str,
    ignore: Sequence[str] = (),
    but: str | None = None,
    suffixes: tuple[bytes, ...] = SUFFIXES,
    wanted: Sequence[Part] = (),
) -> Scan:
    """Every record file below a folder: not those that are ignored, by default or by gitignore patterns, and nothing in the
    folder `but`, whatever the patterns say. Of several parts, those that one of them `wanted`.

    Raises OSError where the folder itself cannot be listed.
    """
    ignored = Ignored(ignore)
    posts: Counter[str] = Counter()
    buckets: list[list[Source]] = [[] for _ in range(BUCKETS)]
    problems: list[tuple[bytes, Problem]] = []
    top = os.fsencode(os.path.realpath(root))
    os.listdir(top)  # an unreadable folder inside is a problem; the folder itself is the caller's mistake
    folders = [(top, b"")]
    patterns = [(re.compile(os.fsencode(part.pattern), re.DOTALL), tuple(map(str.encode, part.suffixes))) for part in wanted]
    left_out = os.fsencode(os.path.realpath(but)) if but is not None else None
    while folders:
        folder, name = folders.pop()
        for entry in _entries(folder, name, problems):
            inside = name + entry.name
            is_record = entry.name.lower().endswith(suffixes) and entry.name not in _CONFIGURATION
            if is_record and patterns:
                is_record = any(pattern.fullmatch(inside) and entry.name.lower().endswith(own) for pattern, own in patterns)
            try:
                if ignored(entry, inside, is_record=is_record):
                    continue
                if is_record and entry.is_file(follow_symlinks=False):
                    status = entry.stat(follow_symlinks=False)
                elif code := _refused(entry, top, is_record=is_record):
                    problems.append(_problem(inside, "rejected" if is_record else "warning", code))
                    continue
                elif entry.is_dir(follow_symlinks=False):
                    if entry.path != left_out:
                        folders.append((entry.path, inside + b"/"))
                    continue
                elif is_record:
                    status = entry.stat()
                else:
                    if suffixes is SUFFIXES and not patterns and entry.name.lower().endswith(_POSTS):
                        posts[os.path.splitext(entry.name)[1].lower().decode()] += 1
                    continue
            except OSError as error:
                # Gone, or not to be looked at, since the folder was listed.
                problems.append(_problem(inside, "rejected", "file-unreadable", str(error.strerror)))
                continue
            buckets[crc32(inside) % BUCKETS].append(_source(inside, status))
    for bucket in buckets:
        bucket.sort()
    problems.sort(key=itemgetter(0))
    told = [problem for _, problem in problems]
    return Scan(buckets, [*told, _unread(posts)] if posts else told)


def is_container(root: str) -> bool:
    """Whether the records are the rows of one file, by its suffix."""
    return root.lower().endswith(CONTAINERS) and os.path.isfile(root)


def content(root: str, source: Source, at_most: int) -> bytes:
    """The bytes of a record file, read as one whole version; up to one byte more than `at_most`.

    Raises OSError, and Mistake if it is not a regular file in the folder any more, or is being written.
    """
    descriptor = _opened(os.fsencode(root), source.file)
    try:
        for _ in range(_ATTEMPTS):
            before = os.fstat(descriptor)
            if not stat.S_ISREG(before.st_mode):
                raise Mistake("file-not-regular")
            data = _read(descriptor, before.st_size, at_most)
            after = os.fstat(descriptor)
            # Within a tick of their clock, its times do not tell of another write.
            is_fresh = 0 <= time.time_ns() - after.st_mtime_ns <= _TICK
            if _version(before) == _version(after) and not is_fresh:
                return data
            time.sleep(_TICK / 1e9)
        raise Mistake("file-being-written")
    finally:
        os.close(descriptor)


def is_settled(source: Source, now: int) -> bool:
    """Whether a later change of the file must change its times too: it was not touched just before `now`, in nanoseconds.

    Git calls entries racy that are not.
    """
    last = max(source.mtime, source.ctime)
    tick = _COARSE_TICK if last % _COARSE == 0 else _TICK
    return last + tick < now


def shown(path: bytes | str) -> str:
    """A path, as the system gives it, for people and for JSON."""
    return model.shown(os.fsencode(path))


def _opened(top: bytes, file: bytes) -> int:
    """A descriptor of the file, which may be a link as long as it stays in the folder."""
    path = os.path.join(top, file)
    try:
        return os.open(path, _FLAGS | _NO_LINK)
    except OSError as error:
        if error.errno != errno.ELOOP:
            raise
    target = _target(path)
    if target is None:
        raise Mistake("link-broken")
    if not _inside(target, os.path.realpath(top)):
        raise Mistake("link-outside")
    return os.open(target, _FLAGS | _NO_LINK)


def _read(descriptor: int, size: int, at_most: int) -> bytes:
    data = os.pread(descriptor, min(size, at_most) + 1, 0)
    while len(data) <= at_most and len(data) != size and (more := os.pread(descriptor, at_most + 1 - len(data), len(data))):
        data += more
    return data


def _version(status: os.stat_result) -> tuple[int, int, int]:
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns


def _source(inside: bytes, status: os.stat_result) -> Source:
    return Source(inside, status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)


def _problem(inside: bytes, level: Level, code: Code, *values: str) -> tuple[bytes, Problem]:
    """A problem and its file, to sort by: two files may be shown alike."""
    return inside, Problem(shown(inside), None, None, code, values, level)


def _entries(folder: bytes, name: bytes, problems: list[tuple[bytes, Problem]]) -> list[os.DirEntry[bytes]]:
    try:
        with os.scandir(folder) as entries:
            found = list(entries)
            # The mark of a virtual environment (PEP 405), whatever its folder is called.
            return [] if name and any(entry.name == b"pyvenv.cfg" for entry in found) else found
    except OSError as error:
        # Not a warning: records could be missing, and nobody reads the warnings of an unattended build.
        problems.append(_problem(name, "rejected", "folder-unreadable", str(error.strerror)))
        return []


def _unread(posts: Counter[str]) -> Problem:
    files = "1 file" if posts.total() == 1 else f"{posts.total():,} files"
    return Problem(".", None, None, "posts-not-read", (files, ", ".join(sorted(posts))), "warning")


def _refused(entry: os.DirEntry[bytes], top: bytes, *, is_record: bool) -> Code | None:
    """Why an entry is not read, if somebody could expect that it is."""
    if entry.is_symlink():
        target = _target(entry.path)
        if target is None:
            return "link-broken" if is_record else None
        if os.path.isdir(target):
            return "folder-like-record" if is_record else None if _inside(target, top) else "link-to-folder"
        if not is_record:
            return None
        if not _inside(target, top):
            return "link-outside"
        return None if os.path.isfile(target) else "file-not-regular"
    if not is_record or entry.is_file():
        return None
    return "folder-like-record" if entry.is_dir() else "file-not-regular"


def _target(link: bytes) -> bytes | None:
    """Where a link leads to; None where the system does not follow it, through more than 40 others for instance."""
    try:
        os.stat(link)  # realpath() goes through any number of links, and Python before 3.13 calls itself for each
        return os.path.realpath(link)
    except (OSError, RecursionError):
        return None


def _inside(path: bytes, top: bytes) -> bool:
    return os.path.commonpath((path, top)) == top
