"""What a build asks of the place that it publishes to, and which kind of place it is."""

from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from feedloom.config.settings import Config
from feedloom.model import FileStamp
from feedloom.site.manifest import Manifest
from feedloom.site.publish import Folder, Obstacles, Published, Staged
from feedloom.values.packed import CodingName


class Staging(Protocol):
    """How files are written. Can be pickled, for worker processes."""

    def stage(self, files: Iterable[tuple[str, bytes]], codings: Sequence[CodingName] = ()) -> Staged:
        """Write files whose bytes differ, which are in the manifest. Raises PublishError."""

    def differing(
        self, files: Iterable[tuple[str, bytes]], among: Container[str], codings: Sequence[CodingName] = ()
    ) -> list[str]:
        """Which of the files in `among`, and of their copies in these codings, have other bytes. Raises PublishError."""


class Store(Protocol):
    """A published site, for those who read it. Every method may raise PublishError."""

    root: str

    def place(self, path: str) -> str:
        """Where a file is, for messages."""

    def read(self, path: str) -> bytes | None:
        """A published file; None if there is none."""

    def has(self, path: str) -> bool:
        """Whether there is a file."""

    def is_taken(self, path: str) -> bool:
        """Whether there is anything."""

    def is_empty(self, path: str) -> bool:
        """Whether there is a file without bytes."""

    def names(self, folder: str) -> list[str]:
        """What is in a folder; nothing if there is no such folder."""

    def manifest(self) -> Manifest | None:
        """The files that feedloom wrote; None if there is no manifest."""

    def stamp(self) -> FileStamp | None:
        """The stamp of the manifest; None if there is none."""

    def folders(self, paths: Iterable[str]) -> dict[str, FileStamp]:
        """The stamps of folders: another one whenever a file is added to it, replaced or removed. Nothing without folders."""

    def untouched(self, files: Mapping[str, FileStamp]) -> set[str]:
        """Those of the files that are as they were left."""

    def staging(self) -> Staging:
        """How to compare files with what is published."""

    def locked(self, wait: float, *, lock: bool = True) -> AbstractContextManager["Output"]:
        """The site, for one build at a time. Raises LockError if another one uses it for longer than `wait` seconds. Without a
        `lock`, somebody else sees to it.
        """

    def observed(self, wait: float) -> AbstractContextManager["Output"]:
        """The site, for a run that writes nothing. Raises as `locked`."""


class Output(Store, Protocol):
    """A site that this build alone may change. Every method may raise PublishError.

    Call `claim` and `make`, then publish files in the order in which others name them, with `settle` between; then `remove`
    and `finish`.
    """

    is_recovering: bool

    def make(self, folders: Iterable[str], count: int) -> Staging:
        """Make folders in which up to `count` files are published; return how to stage these."""

    def publish(self, files: Iterable[tuple[str, bytes]], codings: Sequence[CodingName] = ()) -> Published:
        """Bring files up to date: each whole, and only if its bytes differ. Their folders exist; they are in the manifest."""

    def take(self, staged: Staged) -> None:
        """Publish staged files, at the latest in `settle`."""

    def settle(self, folders: Iterable[str]) -> None:
        """All files that were taken, in these folders, last from now on."""

    def claim(self, wanted: Manifest) -> None:
        """Store the manifest, before any of its files is published."""

    def finish(self, published: Manifest | None) -> FileStamp | None:
        """Store the manifest of what is published now, and return its stamp. None: it stays as it is, in a folder."""

    def obstacles(self, paths: Iterable[str], ours: Container[str]) -> Obstacles:
        """What is at paths to be written and is not `ours`."""

    def remove(self, paths: Collection[str]) -> int:
        """Remove files; return how many existed."""

    def existing(self, paths: Iterable[str], *, regular: bool = False) -> list[str]:
        """The paths at which there is something, or a regular file."""


def of(config: Config) -> Store:
    """The place that the settings name as the output. Raises ConfigError if its extra is not installed."""
    if config.folder is None:
        from feedloom.site.bucket import Bucket  # most sites are folders

        return Bucket(config)
    return Folder(config.folder)
