"""Records in object storage: which objects there are below an URL, and their bytes. A file stamp has the object's ETag."""

import contextlib
import errno
import os
import re
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import BinaryIO, cast

from feedloom.config.ignoring import Ignored
from feedloom.config.profiles import Part
from feedloom.errors import StorageError
from feedloom.model import Problem, Source
from feedloom.problems import Mistake
from feedloom.records import exports, scan
from feedloom.storage.objects import ConditionError, Objects

_MANY = 100_000
"""Objects with one record each, from which on shards are much faster: each of them takes a request."""
_IN_MEMORY = 32 << 20
"""Bytes of a file of many records; larger ones are read from a temporary file."""


_ANY_TIME = 1


class _Name:
    """A part of a key, for `Ignored`."""

    def __init__(self, name: str, *, is_dir: bool) -> None:
        self.name = name.encode()
        self._is_dir = is_dir

    def is_dir(self, **_: bool) -> bool:
        return self._is_dir


def scan_objects(
    url: str,
    buckets: scan.Buckets,
    ignore: Sequence[str],
    but: str,
    suffixes: tuple[bytes, ...],
    parts: Sequence[Part] = (),
) -> list[Problem]:
    """Add the record files below an URL, by their own URLs, except ignored ones and those below the URL `but`. If several parts
    are wanted, the files of these. Returns what the owner should know.

    Raises ConfigError, StorageError, and ExportError if the shards of a folder do not belong together.
    """
    ignored = Ignored(ignore)
    wanted = [(re.compile(part.pattern, re.DOTALL), part.suffixes) for part in parts]
    folders: dict[str, bool] = {"": False}
    single = 0
    exported: list[str] = []
    with_shards: set[str] = set()
    sizes: defaultdict[str, dict[str, int]] = defaultdict(dict)
    objects = Objects(url)
    for found in objects.list():
        key, place = found.key, f"{url}/{found.key}"
        folder, _, name = key.rpartition("/")
        if name == exports.MARK:
            exported.append(key)
        elif exports.FILE.fullmatch(name):
            sizes[folder][name] = found.size
        if not name.lower().encode().endswith(suffixes) or (but and place.startswith(but + "/")):
            continue
        if wanted and not any(pattern.fullmatch(place) and name.lower().endswith(own) for pattern, own in wanted):
            continue
        is_shard = scan.is_shard(name.encode())
        if is_shard and any(part.startswith("_") for part in key.split("/")):
            continue
        if _is_ignored_folder(folder, folders, ignored):
            continue
        if ignored(cast("os.DirEntry[bytes]", _Name(name, is_dir=False)), key.encode(), True):
            continue
        single += not is_shard
        if is_shard:
            with_shards.add(folder)
        mark = int.from_bytes(blake2b(repr(found.mark).encode(), digest_size=7).digest())
        buckets.add_all([Source(place.encode(), found.size, _ANY_TIME, _ANY_TIME, mark)])  # the mark tells all changes
    for key in exported:
        folder = key.rpartition("/")[0]
        if folder in with_shards and (written := objects.get(key)):
            exports.check(objects.url.shown(folder), written.data, sizes[folder])
    if single > _MANY:
        return [Problem(url, None, None, "objects-many", (f"{single:,}",), "warning")]
    return []


def _is_ignored_folder(folder: str, known: dict[str, bool], ignored: Ignored) -> bool:
    if folder not in known:
        above, _, name = folder.rpartition("/")
        entry = cast("os.DirEntry[bytes]", _Name(name, is_dir=True))
        known[folder] = _is_ignored_folder(above, known, ignored) or ignored(entry, folder.encode(), False)
    return known[folder]


def is_object(file: bytes | str) -> bool:
    """Whether a record file is in object storage."""
    return b"://" in file if isinstance(file, bytes) else "://" in file


def inside(place: str, root: str, parts: Sequence[Part]) -> str:
    """The path of an object below the URL that the settings name; a local path as it is."""
    if not is_object(place):
        return place
    above = next((part.folder for part in parts if re.fullmatch(part.pattern, place, re.DOTALL)), root)
    return place.removeprefix(above).lstrip("/")


def content(source: Source, at_most: int) -> bytes:
    """The bytes of an object; at most one byte more than `at_most`. Raises Mistake if it is gone, ConfigError, StorageError."""
    objects, key = _placed(source)
    if source.size > at_most:
        return objects.get_range(key, 0, at_most + 1)
    if found := objects.get(key):
        return found.data
    raise Mistake("file-unreadable", os.strerror(errno.ENOENT))


@contextlib.contextmanager
def opened(source: Source) -> Iterator[BinaryIO]:
    """An object, to be read piece by piece. Raises Mistake if it is replaced meanwhile or gone; ConfigError, StorageError."""
    objects, key = _placed(source)
    with tempfile.SpooledTemporaryFile(_IN_MEMORY) as file:
        try:
            for piece in objects.chunks(key):
                file.write(piece)
        except ConditionError:
            raise Mistake("file-being-written") from None
        except StorageError as error:
            if "no such object" in str(error):
                raise Mistake("file-unreadable", os.strerror(errno.ENOENT)) from None
            raise
        file.seek(0)
        yield cast("BinaryIO", file)


def _placed(source: Source) -> tuple[Objects, str]:
    """The folder of an object, and its name there."""
    folder, _, name = source.file.decode().rpartition("/")
    return _objects(folder, os.getpid()), name


@lru_cache(64)
def _objects(folder: str, _pid: int) -> Objects:
    return Objects(folder)
