"""The place for what the steps of a build exchange: a folder or a bucket that is private. Each object is whole or not there.

An object begins with its digest. A sliced object holds a slice for each task that reads it, so that the task reads no more.
"""

import contextlib
import os
import secrets
import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, ClassVar, Protocol, TypeVar

import msgspec

from feedloom.errors import EngineError, StorageError
from feedloom.pipeline import digests
from feedloom.storage.objects import Objects
from feedloom.values import object_urls

A = TypeVar("A")
T = TypeVar("T")

_OFFSET = struct.Struct("<Q")
_AT_ONCE = 16
"""Requests of a process to a bucket at once, where each takes some hundredths of a second."""

_encode = msgspec.msgpack.Encoder().encode


class Missing(Exception):
    """An object is not there, or it is not what was written."""


class Gone(EngineError):
    """An object that another task wrote, in this build or in an earlier one, is not there any more, or not whole."""


class Place(Protocol):
    """A folder or a bucket."""

    is_near: ClassVar[bool]
    """Whether one request after the other is fast."""

    def put(self, name: str, data: bytes) -> None:
        """Write a whole object."""

    def get(self, name: str, start: int = 0, end: int | None = None) -> bytes:
        """The bytes of an object, or of a part of it. Raises Missing."""

    def list(self) -> Iterable[str]:
        """The names of all objects."""

    def remove(self, names: Iterable[str]) -> None:
        """Remove objects, where they are there."""


class Exchange:
    """Values in a place, compressed."""

    def __init__(self, place: Place) -> None:
        import zstandard

        self.place = place
        self._pack = partial(zstandard.compress, level=1)  # for all threads: a compressor is for one
        self._unpack = zstandard.decompress
        self._broken: tuple[type[Exception], ...] = (zstandard.ZstdError, msgspec.MsgspecError, struct.error)

    def put(self, name: str, value: Any) -> None:
        """Write a value."""
        self.place.put(name, self.sealed(value))

    def get(self, name: str, type: type[T]) -> T:
        """A value. Raises Missing."""
        return self.unsealed(name, self.place.get(name), type)

    def put_slices(self, name: str, slices: Sequence[Any]) -> None:
        """Write a value for each reader; an empty list takes no space."""
        parts = [self.sealed(value) if value else b"" for value in slices]
        ends = [len(slices) * _OFFSET.size]
        for part in parts:
            ends.append(ends[-1] + len(part))
        self.place.put(name, b"".join((*map(_OFFSET.pack, ends[1:]), *parts)))

    def slice(self, name: str, at: int, of: int, type: type[T]) -> T | None:
        """A slice of an object that has so many; None if it is empty. Raises Missing."""
        first = of * _OFFSET.size
        head = self.place.get(name, max(0, at - 1) * _OFFSET.size, (at + 1) * _OFFSET.size)
        try:
            end = _OFFSET.unpack(head[-_OFFSET.size :])[0]
            start = _OFFSET.unpack(head[: _OFFSET.size])[0] if at else first
        except struct.error:
            raise Missing(name) from None
        return self.unsealed(name, self.place.get(name, start, end), type) if start != end else None

    def slices(self, names: Sequence[str], at: int, of: int, type: type[list[T]]) -> Iterator[list[T]]:
        """The same slice of each of the objects. Raises EngineError if one is gone."""

        def one(name: str) -> list[T]:
            try:
                return self.slice(name, at, of, type) or []
            except Missing:
                raise gone(name) from None

        return self.each(one, names)

    def each(self, function: Callable[[A], T], arguments: Sequence[A]) -> Iterator[T]:
        """The results of a function that gets or puts an object, in order; some at once where each takes long."""
        if self.place.is_near:
            yield from map(function, arguments)
            return
        with ThreadPoolExecutor(_AT_ONCE) as threads:
            for first in range(0, len(arguments), _AT_ONCE):  # a few at a time: all of them may not fit into memory
                yield from threads.map(function, arguments[first : first + _AT_ONCE])

    def needed(self, name: str, type: type[T]) -> T:
        """A value that this build wrote. Raises EngineError if it is gone."""
        try:
            return self.get(name, type)
        except Missing:
            raise gone(name) from None

    def sealed(self, value: Any) -> bytes:
        """A value as bytes, after their digest."""
        packed = self._pack(_encode(value))
        return digests.digest(packed) + packed

    def unsealed(self, name: str, sealed: bytes, type: type[T]) -> T:
        """The value in such bytes. Raises Missing, with the name, if they are not whole."""
        packed = sealed[digests.SIZE :]
        if digests.digest(packed) != sealed[: digests.SIZE]:
            raise Missing(name)
        try:
            return msgspec.msgpack.decode(self._unpack(packed), type=type)
        except self._broken:
            raise Missing(name) from None


def gone(name: str) -> Gone:
    """The error for an object that another task wrote."""
    return Gone(f"{name}: is missing or damaged in the work place; does something else remove files there? Build again")


class Folder:
    """A folder that only this user can read."""

    is_near: ClassVar[bool] = True

    def __init__(self, root: str) -> None:
        self.root = root

    def put(self, name: str, data: bytes) -> None:
        """As in Place."""
        place = os.path.join(self.root, name)
        beside = f"{place}.{secrets.token_hex(8)}.new"
        with _told(place):
            os.makedirs(os.path.dirname(place), mode=0o700, exist_ok=True)
            try:
                descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                with open(descriptor, "wb") as file:
                    file.write(data)
                os.replace(beside, place)
            except BaseException:
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(beside)
                raise

    def get(self, name: str, start: int = 0, end: int | None = None) -> bytes:
        """As in Place."""
        place = os.path.join(self.root, name)
        with _told(place):
            try:
                with open(place, "rb") as file:
                    file.seek(start)
                    return file.read(-1 if end is None else end - start)
            except FileNotFoundError:
                raise Missing(name) from None

    def list(self) -> Iterator[str]:
        """As in Place."""
        for folder, _, names in os.walk(self.root):
            for name in names:
                yield os.path.relpath(os.path.join(folder, name), self.root)

    def remove(self, names: Iterable[str]) -> None:
        """As in Place."""
        folders = set()
        for name in names:
            place = os.path.join(self.root, name)
            with _told(place), contextlib.suppress(FileNotFoundError):
                os.unlink(place)
            folders.add(os.path.dirname(place))
        for folder in sorted(folders, reverse=True):
            with contextlib.suppress(OSError):  # not empty
                os.rmdir(folder)


class Bucket:
    """Objects in a bucket."""

    is_near: ClassVar[bool] = False

    def __init__(self, url: str) -> None:
        self._objects = Objects(url)

    def put(self, name: str, data: bytes) -> None:
        """As in Place."""
        self._objects.put(name, data)

    def get(self, name: str, start: int = 0, end: int | None = None) -> bytes:
        """As in Place."""
        if start or end is not None:
            try:
                return self._objects.get_range(name, start, end - start) if end is not None else self._whole(name)[start:]
            except StorageError:
                self._whole(name)  # raises Missing if it is that
                raise
        return self._whole(name)

    def list(self) -> Iterator[str]:
        """As in Place."""
        return (one.key for one in self._objects.list())

    def remove(self, names: Iterable[str]) -> None:
        """As in Place."""
        self._objects.delete(names)

    def _whole(self, name: str) -> bytes:
        found = self._objects.get(name)
        if found is None:
            raise Missing(name)
        return found.data


@contextlib.contextmanager
def _told(place: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        how = "free some space, or name another place with --work"
        raise EngineError(f"{place}: the work place cannot be used: {error.strerror}: {how}") from error


def opened(work: str) -> Exchange:
    """The exchange in a folder or at an URL. Raises ConfigError."""
    return Exchange(Bucket(work) if object_urls.is_url(work) else Folder(work))
