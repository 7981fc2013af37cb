"""The records of a run that writes nothing, such as `check`: in memory, in place of a cache file."""

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeVar

import msgspec

from feedloom.errors import StateError
from feedloom.model import Record
from feedloom.pipeline import cache, digests
from feedloom.pipeline.cache import Build, Cache

if TYPE_CHECKING:
    from feedloom.render.body import Body

T = TypeVar("T")


@contextlib.contextmanager
def opened(path: str | None = None, key: bytes = b"", *, fresh: bool = False) -> Iterator["Memory"]:
    """Memory for records; what the last build stored in a cache file is read from there, unless all is to be read `fresh`.

    Raises StateError if feedloom did not write the file.
    """
    with cache.read_only(path) as file:
        yield Memory(file, is_usable=file is not None and not fresh and cache.has_key(file, key))


class Memory:
    """Can be used in place of a `Cache`. All methods raise Damaged if the cache file does not hold what was written."""

    def __init__(self, file: Cache | None, *, is_usable: bool) -> None:
        self._file = file
        self._is_usable = is_usable
        self._records: dict[int, bytes] = {}
        self._parts: dict[tuple[str, int, bytes], bytes] = {}
        self._bodies: dict[int, bytes] = {}

    @property
    def source(self) -> "Memory":
        """Where to look up records."""
        return self

    def last(self) -> Build | None:
        """The last finished build."""
        with _read_errors():
            return self._file.last() if self._file and self._is_usable else None

    def lasting(self, name: str, type: type[T]) -> T | None:
        """As `Cache.lasting`; None, too, if the cache file is damaged."""
        with contextlib.suppress(cache.Damaged, StateError):
            return self._file.lasting(name, type) if self._file else None
        return None

    def part(self, digest: bytes, name: str, type: type[T], bucket: int = 0) -> T:
        """As `Cache.part`."""
        if found := self._parts.get((name, bucket, digest)):
            return msgspec.msgpack.decode(found, type=type)
        if self._file is None:
            raise cache.Damaged
        with _read_errors():
            return self._file.part(digest, name, type, bucket)

    def put(self, name: str, value: Any, bucket: int = 0, **_: bool) -> bytes:
        """As `Cache.put`, until the run ends, and never compressed."""
        data = msgspec.msgpack.encode(value)
        digest = digests.digest(data)
        self._parts[name, bucket, digest] = data
        return digest

    def clear(self, name: str) -> None:
        """There is nothing to delete: what the cache file has is known by its digests."""

    def drop_parts(self, names: Sequence[str], buckets: Iterable[int]) -> None:
        """There is nothing to delete, either."""

    def add(self, records: Iterable[tuple[int, bytes]]) -> None:
        """Keep records until the run ends."""
        self._records.update(records)

    def drop(self, numbers: Iterable[int]) -> None:
        """Forget records that were added."""
        for number in numbers:
            self._records.pop(number, None)

    def add_bodies(self, bodies: Iterable[tuple[int, bytes]]) -> None:
        """Keep rendered bodies until the run ends."""
        self._bodies.update(bodies)

    def commit(self) -> None:
        """There is nothing to commit."""

    @contextlib.contextmanager
    def opened(self) -> "Iterator[Memory]":
        """Itself: `of` needs no connection of its own."""
        yield self

    def of(self, seals: Mapping[int, bytes]) -> Iterator[tuple[int, Record]]:
        """As `cache.Records.of`."""
        for number in seals.keys() & self._records.keys():
            yield number, cache.unsealed(self._records[number])
        if missing := {number: seal for number, seal in seals.items() if number not in self._records}:
            if self._file is None:
                raise cache.Damaged
            with self._file.source.opened() as records:
                yield from records.of(missing)

    def bodies(self, seals: Mapping[int, bytes]) -> "dict[int, Body | None]":
        """As `cache.Records.bodies`."""
        found = {
            number: cache.unsealed_body(self._bodies[number], seals[number]) for number in seals.keys() & self._bodies.keys()
        }
        if self._file is not None and (missing := {number: seals[number] for number in seals.keys() - found.keys()}):
            with self._file.source.opened() as records:
                found |= records.bodies(missing)
        return found


@contextlib.contextmanager
def _read_errors() -> Iterator[None]:
    """Do without the file if it cannot be read: for a run that writes nothing, it need not be."""
    try:
        yield
    except StateError as error:
        raise cache.Damaged from error


Store: TypeAlias = Cache | Memory
"""What the last build knew, and a place for records. Its methods raise Damaged."""


class Lookup(Protocol):
    """Looks up records by their summaries: `Records`, `Memory`."""

    def of(self, seals: Mapping[int, bytes]) -> Iterator[tuple[int, Record]]:
        """The records with these seals, by the numbers of their summaries, in any order. Raises Damaged if one is missing."""

    def bodies(self, seals: Mapping[int, bytes]) -> "dict[int, Body | None]":
        """The rendered bodies of the records with these seals, as far as they are known."""


class RecordSource(Protocol):
    """Where to look up records: `Stored`, `Memory`."""

    def opened(self) -> contextlib.AbstractContextManager[Lookup]:
        """Open it. Raises Damaged."""
