"""Bytes to files: each written beside its place, flushed to the disk and renamed into it, and only when it changed."""

import contextlib
import errno
import os
import re
import resource
from collections.abc import Container, Iterable, Iterator, Mapping
from itertools import islice
from typing import NamedTuple

from feedloom import lock
from feedloom.errors import PublishError
from feedloom.model import ARCHIVE, FOLDERS, Standing

_BESIDE = ".feedloom-"
"""What the names of temporary files begin with, and nothing else's."""

_ARCHIVED = re.compile(r"/[1-9]\d*\.(atom|rss|json)$", re.ASCII)
"""What the names of archive documents are like; nothing else below their folder is ours to remove."""

_TOGETHER = 64
"""Files that are flushed together: the disk is at work on all of them while the first is waited for. With few descriptors,
fewer.
"""

_ENDURING = {errno.EINVAL, errno.ENOTSUP}
"""What file systems answer on which there is nothing to flush of a folder."""


class Published(NamedTuple):
    """How many files were written, because they had other bytes, and how all of them stand now."""

    written: int
    files: dict[str, Standing]


class Output:
    """The folder of the published files, while nobody else publishes there."""

    def __init__(self, root: str, descriptor: int) -> None:
        self.root = root
        self._descriptor = descriptor

    def make(self, folders: Iterable[str]) -> None:
        """Make folders that files are published in. Raises PublishError."""
        for folder in sorted(folders):
            place = _place(self.root, folder)
            with _told(place, "cannot be made"):
                _make(place)

    def settle(self, folders: Iterable[str]) -> None:
        """Make sure that what was published in folders is on the disk, and where it is looked for. Raises PublishError."""
        for folder in sorted(folders):
            place = _place(self.root, folder)
            with _told(place, "cannot be flushed"):
                _flush(place)
        with _told(self.root, "cannot be found any more"):
            is_same = os.path.samestat(os.stat(self.root), os.fstat(self._descriptor))
        if not is_same:
            raise PublishError(f"{self.root}: was replaced by another folder meanwhile: build again")

    def remove(self, paths: Iterable[str]) -> int:
        """Remove those of the files that are there, and tell how many they were. Raises PublishError."""
        removed = 0
        for path in paths:
            place = _place(self.root, path)
            with _told(place, "cannot be removed"), contextlib.suppress(FileNotFoundError):
                os.unlink(place)
                removed += 1
        return removed

    def sweep(self) -> None:
        """Remove the temporary files of a build that was killed. Raises PublishError."""
        for folder in FOLDERS.values():
            self.remove(folder + name for name in self._names(folder) if name.startswith(_BESIDE))
        self.remove(path for path in self._archived() if os.path.basename(path).startswith(_BESIDE))

    def remove_archived(self, but: Container[str]) -> int:
        """Remove the documents of archives that nothing leads to any more, but those that are named; tell how many they were.

        Raises PublishError.
        """
        gone = [path for path in self._archived() if path not in but and _ARCHIVED.search(path)]
        removed = self.remove(gone)
        folders = sorted({os.path.dirname(path) for path in gone})
        self.settle(folders)
        for folder in folders:
            with contextlib.suppress(OSError):  # there are others in it
                os.removedirs(_place(self.root, folder))
        return removed

    def _archived(self) -> list[str]:
        """What is in the folders of the archives."""
        folders = [
            f"{ARCHIVE}{folder}{feed}" for folder in FOLDERS.values() if folder for feed in self._names(ARCHIVE + folder)
        ]
        return [f"{folder}/{name}" for folder in (f"{ARCHIVE}all", *folders) for name in self._names(folder)]

    def _names(self, folder: str) -> list[str]:
        """What is in a folder; nothing where there is none."""
        place = _place(self.root, folder)
        with _told(place, "cannot be listed"), contextlib.suppress(FileNotFoundError, NotADirectoryError):
            return [os.fsencode(name).decode(errors="surrogateescape") for name in os.listdir(place)]
        return []


@contextlib.contextmanager
def locked(root: str, wait: float = 0) -> Iterator[Output]:
    """The output folder, made where it is not there, for this process and those that it forks alone.

    What a killed build left is removed, and so are the temporary files of this one, should it fail. Raises PublishError, and
    LockError where another build has the folder for longer than `wait` seconds.
    """
    with contextlib.ExitStack() as stack:
        with _told(root, "cannot be published in"):
            _make_all(root)
            output = Output(root, stack.enter_context(lock.held(root, wait)))
        output.sweep()
        try:
            yield output
        except BaseException:
            output.sweep()
            raise


def standing(path: str, root: str) -> bytes | None:
    """A file as it was published, or None where there is none. Raises PublishError."""
    place = _place(root, path)
    with _told(place, "cannot be read"), contextlib.suppress(FileNotFoundError), open(place, "rb") as file:
        return file.read()
    return None


def untouched(files: Mapping[str, Standing], root: str) -> set[str]:
    """Those of the files that are as they were left."""
    found = set()
    for path, left in files.items():
        with contextlib.suppress(OSError):
            if _standing(os.stat(_place(root, path), follow_symlinks=False)) == left:
                found.add(path)
    return found


def publish(files: Iterable[tuple[str, bytes]], root: str) -> Published:
    """Bring the files below `root` up to date, in the order they come in; their folders are there. Raises PublishError.

    At every moment each of them is whole, as it was or as it shall be, on the disk too; `Output.settle` makes it endure.
    """
    written = 0
    stand: dict[str, Standing] = {}
    files = iter(files)
    together = max(1, min(_TOGETHER, resource.getrlimit(resource.RLIMIT_NOFILE)[0] // 8))
    while some := list(islice(files, together)):
        with contextlib.ExitStack() as stack:
            staged = []
            for path, content in some:
                place = _place(root, path)
                with _told(place, "cannot be written"):
                    if held := _held(place, content):
                        stand[path] = held
                    else:
                        staged.append((path, place, _staged(place, content, stack)))
            mode = _mode()
            for path, place, descriptor in staged:
                with _told(place, "cannot be written"):
                    os.fsync(descriptor)
                    os.fchmod(descriptor, mode)
                    os.replace(_beside(place), place)
                    stand[path] = _standing(os.fstat(descriptor))
            written += len(staged)
    return Published(written, stand)


def _held(place: str, content: bytes) -> Standing | None:
    """How the file stands, where it has these bytes already."""
    try:
        with open(place, "rb", buffering=0) as file:
            status = os.fstat(file.fileno())
            return _standing(status) if status.st_size == len(content) and file.read() == content else None
    except FileNotFoundError:
        return None


def _staged(place: str, content: bytes, stack: contextlib.ExitStack) -> int:
    """Write a file beside its place, for its owner's eyes alone, and let the disk begin with it."""
    descriptor = os.open(_beside(place), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    stack.callback(os.close, descriptor)
    left = memoryview(content)
    while left:
        left = left[os.write(descriptor, left) :]
    if hasattr(os, "posix_fadvise"):
        # Says that the bytes are not needed in memory, whereupon Linux begins to write them (docs/decisions.md).
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    return descriptor


def _place(root: str, path: str) -> str:
    """Where a published path is: in the file system its bytes are UTF-8, whatever the locale says that text is there."""
    return os.path.join(root, os.fsdecode(path.encode(errors="surrogateescape")))


def _beside(place: str) -> str:
    folder, name = os.path.split(place)
    return os.path.join(folder, _BESIDE + name)


def _mode() -> int:
    """What the umask leaves of the mode of a new file. There is no way to ask for it but to set it."""
    umask = os.umask(0o077)
    os.umask(umask)
    return 0o666 & ~umask


def _make_all(folder: str) -> None:
    """Make a folder and those above it, where they are not there."""
    above = os.path.dirname(os.path.abspath(folder))
    if not os.path.isdir(above):
        _make_all(above)
    _make(folder)


def _make(folder: str) -> None:
    if os.path.isdir(folder):
        return
    try:
        os.mkdir(folder)
    except FileExistsError:
        if not os.path.isdir(folder):
            raise NotADirectoryError(errno.ENOTDIR, "is no folder") from None
    _flush(os.path.dirname(os.path.abspath(folder)))


def _flush(folder: str) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _ENDURING:
            raise
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _told(place: str, what: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise PublishError(f"{place}: {what}: {error.strerror}") from error


def _standing(status: os.stat_result) -> Standing:
    return Standing(status.st_size, status.st_mtime_ns, status.st_ino)
