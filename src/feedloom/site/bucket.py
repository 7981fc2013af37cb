"""Publish to object storage: each file is one object, put whole, and only if it differs from what was put before.

What differs is known without reading: the manifest has a digest of each file and the ETag that the storage gave it, and one
listing says whose ETag is another one by now. An ETag itself is only compared with an ETag.
"""

import contextlib
import hashlib
from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from feedloom import render
from feedloom.config.settings import Config
from feedloom.errors import PublishError
from feedloom.model import FileStamp
from feedloom.render import catalog
from feedloom.site import lease, manifest
from feedloom.site.manifest import Digest, Manifest
from feedloom.site.publish import Obstacles, Published, Staged
from feedloom.storage.objects import ABSENT, Condition, ConditionError, Found, Mark, Objects, Upload
from feedloom.values.packed import CodingName

_LEAST, _MOST = 60, 3600
"""Seconds for which a file may be cached by default."""


class Attributes(NamedTuple):
    """The headers that the storage sends with each file. `also`: the feeds of which other paths are copies."""

    cache_control: str
    also: Mapping[str, str]

    def of(self, path: str) -> dict[str, str]:
        """Those of a file."""
        return {"Content-Type": render.content_type(self.also.get(path, path)), "Cache-Control": self.cache_control}


def attributes(config: Config) -> Attributes:
    """Those of a site. By default a file may be cached for a twelfth of the time after which readers should check again."""
    seconds = min(max(config.ttl * 60 // 12, _LEAST), _MOST)
    return Attributes(config.publish.cache_control or f"public, max-age={seconds}", dict(config.also))


class Staging(NamedTuple):
    """How files are put. The digests of those that are as this program left them are `known`."""

    objects: Objects
    attributes: Attributes
    known: Mapping[str, Digest]

    def stage(self, files: Iterable[tuple[str, bytes]], _: Sequence[CodingName] = ()) -> Staged:
        """Put the files that differ, some at once. Raises PublishError."""
        paths: list[str] = []
        stamps: dict[str, FileStamp] = {}
        put: list[tuple[str, Digest]] = []
        sizes: dict[str, int] = {}
        digests: dict[str, str] = {}

        def uploads() -> Iterator[Upload]:
            for path, content in files:
                headers = self.attributes.of(path)
                digest = _digest(content, headers)
                known = self.known.get(path)
                if known and known.digest == digest:
                    stamps[path] = _stamp(len(content), known.tag)
                else:
                    sizes[path], digests[path] = len(content), digest
                    yield Upload(path, content, headers)

        for path, mark in self.objects.put_all(uploads()):
            paths.append(path)
            stamps[path] = _stamp(sizes[path], mark.tag)
            put.append((path, Digest(mark.tag, digests[path])))
        return Staged(paths, 0, stamps, tuple(put))

    def differing(self, files: Iterable[tuple[str, bytes]], among: Container[str], _: Sequence[CodingName] = ()) -> list[str]:
        """Which of the files in `among` have other bytes or headers; of those that are not known, only the bytes count."""
        return [path for path, content in files if path in among and self._differs(path, content)]

    def _differs(self, path: str, content: bytes) -> bool:
        if known := self.known.get(path):
            return known.digest != _digest(content, self.attributes.of(path))
        found = self.objects.get(path)
        return found is None or found.data != content


class Bucket:
    """A place in object storage."""

    def __init__(self, config: Config) -> None:
        self.root = config.output
        self._config = config
        self._objects = Objects(config.output)

    def place(self, path: str) -> str:
        """The URL of a file, for messages."""
        return self._objects.url.shown(path)

    def read(self, path: str) -> bytes | None:
        """A published file; None if there is none."""
        found = self._objects.get(path)
        return found.data if found else None

    def has(self, path: str) -> bool:
        """Whether there is a file."""
        return path in self._listed

    def is_taken(self, path: str) -> bool:
        """Whether there is a file: there is nothing else."""
        return path in self._listed

    def is_empty(self, path: str) -> bool:
        """Whether there is a file without bytes."""
        return path in self._listed and self._listed[path].size == 0

    def names(self, folder: str) -> list[str]:
        """What is in a folder; nothing if there is no such folder."""
        start = f"{folder.rstrip('/')}/" if folder else ""
        below = (path.removeprefix(start) for path in self._listed if path.startswith(start))
        return [name for name in below if "/" not in name]

    def manifest(self) -> Manifest | None:
        """The files that feedloom wrote; None if there is no manifest."""
        found = self._objects.get(manifest.PATH)
        return self._decoded(found)[0] if found else None

    def stamp(self) -> FileStamp | None:
        """The stamp of the manifest; None if there is none."""
        return self._listed.get(manifest.PATH)

    def folders(self, _: Iterable[str]) -> dict[str, FileStamp]:
        """Nothing: there are no folders, and a look at each file costs no more than the listing."""
        return {}

    def untouched(self, files: Mapping[str, FileStamp]) -> set[str]:
        """Those of the files that are as they were left."""
        return {path for path, left in files.items() if self._listed.get(path) == left}

    def staging(self) -> Staging:
        """How to compare files with what is published."""
        return Staging(self._objects, attributes(self._config), {})

    @contextlib.contextmanager
    def locked(self, wait: float, *, lock: bool = True) -> Iterator["Output"]:
        """The place, for one build at a time. Raises LockError if another one uses it for longer than `wait` seconds, and
        ConfigError if the storage cannot be locked.
        """
        with lease.hold(self._objects, wait) if lock else contextlib.nullcontext() as held:
            yield Output(self._config, held)

    @contextlib.contextmanager
    def observed(self, _: float) -> Iterator["Output"]:
        """The place, for a run that writes nothing, not even a lock."""
        yield Output(self._config, None)

    @cached_property
    def _listed(self) -> dict[str, FileStamp]:
        """The stamps of all files, and that of the manifest."""
        return {
            found.key: _stamp(found.size, found.mark.tag)
            for found in self._objects.list()
            if found.key == manifest.PATH or manifest.is_path(found.key)
        }

    def _decoded(self, found: Found) -> tuple[Manifest, dict[str, Digest]]:
        try:
            return manifest.decode(found.data), manifest.digests(found.data)
        except ValueError as error:
            how = "restore it from a backup, or delete it and build again"
            raise PublishError(f"{self.place(manifest.PATH)}: not a feedloom manifest ({error}): {how}") from None


class Output(Bucket):
    """A place in object storage, while this build has the lease. Without a lease, conditions are not used, either."""

    is_recovering = False

    def __init__(self, config: Config, held: lease.Lease | None) -> None:
        super().__init__(config)
        self._lease = held
        self._known: Manifest | None = None
        self._before: dict[str, Digest] = {}
        """What the manifest says that was put."""
        self._now: dict[str, Digest] = {}
        """What was put, and is as it was put."""
        self._marks: dict[str, Condition] = {manifest.PATH: ABSENT, catalog.PATH: ABSENT}
        """What the manifest and the catalog must still be when they are put: what they were when they were read."""

    def read(self, path: str) -> bytes | None:
        """A published file; None if there is none."""
        found = self._objects.get(path)
        if path in self._marks and found:
            self._marks[path] = found.mark
        return found.data if found else None

    def manifest(self) -> Manifest | None:
        """The files that feedloom wrote; None if there is no manifest."""
        found = self._objects.get(manifest.PATH)
        if found is None:
            return None
        self._marks[manifest.PATH] = found.mark
        self._known, self._before = self._decoded(found)
        self._now = {
            path: digest
            for path, digest in self._before.items()
            if (there := self._listed.get(path)) and there == _stamp(there.size, digest.tag)
        }
        return self._known

    def staging(self) -> Staging:
        """How to put files, and how to compare them with what is published."""
        return Staging(self._objects, attributes(self._config), self._now)

    def make(self, _: Iterable[str], __: int) -> Staging:
        """How to put files: there are no folders to make."""
        return self.staging()

    def take(self, staged: Staged) -> None:
        """Remember what was put."""
        self._check()
        self._now.update(staged.digests)
        self._listed.update((path, staged.files[path]) for path in staged.paths)

    def publish(self, files: Iterable[tuple[str, bytes]], _: Sequence[CodingName] = ()) -> Published:
        """Put the files that differ. The catalog comes last, and only if nobody else put another one."""
        given = list(files)
        staging = self.staging()
        staged = staging.stage(file for file in given if file[0] != catalog.PATH)
        self.take(staged)
        written, stamps = staged.paths, staged.files
        for path, content in given:
            if path == catalog.PATH:
                digest = _digest(content, staging.attributes.of(path))
                known = self._now.get(path)
                if not known or known.digest != digest:
                    mark = self._fenced(path, content)
                    self._now[path] = Digest(mark.tag, digest)
                    written = [*written, path]
                stamps = {**stamps, path: self._listed[path]}
        return Published(written, stamps)

    def settle(self, _: Iterable[str]) -> None:
        """What was put lasts. Check that this build still has the lease."""
        self._check()

    def claim(self, wanted: Manifest) -> None:
        """Store the manifest, before any of its files is put."""
        if wanted != self._known:
            self._store(wanted)

    def finish(self, published: Manifest | None) -> FileStamp | None:
        """Store the manifest of what is published now, and return its stamp."""
        assert published  # it has the digests of what was put
        self._now = {path: digest for path, digest in self._now.items() if path in published.paths}
        if published != self._known or self._now != self._before:
            self._store(published)
        return self.stamp()

    def obstacles(self, paths: Iterable[str], ours: Container[str]) -> Obstacles:
        """What is at paths to be written and is not `ours`."""
        return Obstacles([], [], [path for path in paths if path in self._listed and path not in ours])

    def remove(self, paths: Collection[str]) -> int:
        """Delete files; return how many existed."""
        there = self.existing(paths)
        self._check()
        self._objects.delete(there)
        for path in there:
            del self._listed[path]
            self._now.pop(path, None)
        return len(there)

    def existing(self, paths: Iterable[str], *, regular: bool = False) -> list[str]:  # noqa: ARG002 (there are only files)
        """The paths at which there is something."""
        return [path for path in paths if path in self._listed]

    def _store(self, wanted: Manifest) -> None:
        self._fenced(manifest.PATH, manifest.encode(wanted, self._now))
        self._known, self._before = wanted, dict(self._now)

    def _fenced(self, path: str, content: bytes) -> Mark:
        """Put an object, unless somebody else put it since this build read it."""
        self._check()
        headers = attributes(self._config).of(path) if path == catalog.PATH else lease.HEADERS
        try:
            mark = self._objects.put(path, content, headers, condition=self._marks[path] if self._lease else None)
        except ConditionError:
            how = "another build published meanwhile, although this one had the lock; build again"
            raise PublishError(f"{self.place(path)}: {how}") from None
        self._marks[path] = mark
        self._listed[path] = _stamp(len(content), mark.tag)
        return mark

    def _check(self) -> None:
        if self._lease:
            self._lease.check()


def _digest(content: bytes, headers: Mapping[str, str]) -> str:
    """The digest of a file and its headers, 128 bits."""
    head = "\0".join((*headers.values(), ""))
    return hashlib.blake2b(head.encode() + content, digest_size=16).hexdigest()


def _stamp(size: int, tag: str) -> FileStamp:
    """The stamp of an object: an ETag in place of the time and the inode."""
    number = int.from_bytes(hashlib.blake2b(tag.encode(), digest_size=8).digest(), "big") >> 1
    return FileStamp(size, 0, number)
