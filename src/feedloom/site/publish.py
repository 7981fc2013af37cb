"""Write files: each under a temporary name, flushed to disk and renamed, and only if its bytes differ."""

import contextlib
import errno
import os
import resource
import stat
from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from types import TracebackType
from typing import NamedTuple

from feedloom.errors import ConfigError, PublishError
from feedloom.model import FileStamp
from feedloom.site import lock, manifest, syncfs
from feedloom.site.manifest import Manifest
from feedloom.values import packed
from feedloom.values.packed import CodingName

_BESIDE = ".feedloom-"
"""The prefix of temporary files; the name of the published file follows, so the manifest identifies them, too."""

_UNFINISHED = f"{manifest.FOLDER}/unfinished"
"""Exists while files are written: if a build is killed, the next one looks for temporary files."""
_NEXT = f"{manifest.PATH}.new"
_SHARED = f"{manifest.FOLDER}/new-"
"""The prefix of temporary files of `publish_shared`."""

_NAMED = 10
"""The number of files in the way that a message names."""

_TOGETHER = 64
"""Files that are flushed together, so that the disk writes all of them meanwhile. If there are few descriptors, it is fewer."""

_MANY = 200
"""From this many files on, the whole file system is flushed if the system can do so; with fewer, that saves no time."""
_MOST_STAGED = 256 << 20
"""Bytes of temporary files that are flushed and renamed together. A build needs this much space beside the old files."""

_READ = 0o444

_ENDURING = {errno.EINVAL, errno.ENOTSUP}
"""The errors of file systems that cannot flush a folder."""


class Published(NamedTuple):
    """The paths of the files that were written because their bytes differed, and the stamps of all files."""

    written: list[str]
    files: dict[str, FileStamp]


class Staging(NamedTuple):
    """How to write temporary files below `root`: whether to flush each one, and which folders are new and have no old files."""

    root: str
    is_flushed: bool = True
    new_folders: frozenset[str] = frozenset()

    def stage(self, files: Iterable[tuple[str, bytes]], codings: Sequence[CodingName] = ()) -> "Staged":
        """Write files whose bytes differ. Raises PublishError."""
        return stage(files, self, codings)

    def differing(
        self, files: Iterable[tuple[str, bytes]], among: Container[str], codings: Sequence[CodingName] = ()
    ) -> list[str]:
        """Which of the files in `among`, and of their copies in these codings, have other bytes. Raises PublishError."""
        return differing(files, self.root, among, codings)


class Staged(NamedTuple):
    """Written files: those at `paths` have temporary names and `size` bytes in all; `files` are the stamps of all files. In
    object storage they have their names already, and `digests`.
    """

    paths: list[str]
    size: int
    files: dict[str, FileStamp]
    digests: tuple[tuple[str, manifest.Digest], ...] = ()


class Obstacles(NamedTuple):
    """What is at paths to be written: what cannot be replaced, links and pipes that can, and files of others."""

    fixed: list[str]
    odd: list[str]
    unknown: list[str]


class Folder:
    """An output folder."""

    def __init__(self, root: str) -> None:
        self.root = root

    def place(self, path: str) -> str:
        """Where a file is, for messages."""
        return os.path.join(self.root, path)

    def read(self, path: str) -> bytes | None:
        """A published file; None if there is none. Raises PublishError, also if it is not a regular file."""
        return read_published(path, self.root)

    def has(self, path: str) -> bool:
        """Whether there is a file."""
        return os.path.isfile(_place(self.root, path))

    def is_taken(self, path: str) -> bool:
        """Whether there is anything."""
        return os.path.lexists(_place(self.root, path))

    def is_empty(self, path: str) -> bool:
        """Whether there is a regular file without bytes."""
        place = _place(self.root, path)
        return os.path.isfile(place) and not os.path.islink(place) and os.path.getsize(place) == 0

    def names(self, folder: str) -> list[str]:
        """What is in a folder; nothing if there is no such folder."""
        try:
            return os.listdir(_place(self.root, folder))
        except OSError:
            return []

    def manifest(self) -> Manifest | None:
        """The files that feedloom wrote; None if there is no manifest. Raises PublishError."""
        return _manifest(self.root)

    def stamp(self) -> FileStamp | None:
        """The stamp of the manifest; None if there is none."""
        return stamp(self.root)

    def folders(self, paths: Iterable[str]) -> dict[str, FileStamp]:
        """The stamps of folders: another one whenever a file is added to it, replaced or removed."""
        stamps = ((path, stamp_at(_place(self.root, path))) for path in paths)
        return {path: stamp for path, stamp in stamps if stamp}

    def untouched(self, files: Mapping[str, FileStamp]) -> set[str]:
        """Those of the files that are as they were left, and that may be read by all who may read new ones."""
        return untouched(files, self.root)

    def staging(self) -> Staging:
        """How to write files into folders that exist."""
        return Staging(self.root)

    def locked(self, wait: float, *, lock: bool = True) -> contextlib.AbstractContextManager["Output"]:
        """The folder, locked for a build. Raises ConfigError if it is not to be locked."""
        if not lock:
            raise ConfigError(f"{self.root}: --no-lock is for object storage; a folder can always be locked")
        return locked(self.root, wait)

    def observed(self, wait: float) -> contextlib.AbstractContextManager["Output"]:
        """The folder, locked if it exists, for a run that writes nothing."""
        return observed(self.root, wait)


class Output(Folder):
    """The output folder, while it is locked."""

    def __init__(self, root: str, descriptor: int) -> None:
        super().__init__(root)
        self.is_recovering = False
        """Whether the last build was killed, so that published files may not be flushed to disk yet."""
        self._descriptor = descriptor
        self._known: Manifest | None = None
        self._staging = Staging(root)
        self._staged: list[str] = []
        self._size = 0

    def make(self, folders: Iterable[str], count: int) -> Staging:
        """Make folders in which up to `count` files are published; return how to stage these. Raises PublishError."""
        device = os.fstat(self._descriptor).st_dev
        is_one_disk = True
        new = []
        for folder in sorted(folders):
            place = _place(self.root, folder)
            with _Told(place, "cannot be made"):
                if _make(place):
                    new.append(folder)
                is_one_disk &= _open_up(place).st_dev == device
        for above in {os.path.dirname(folder) for folder in new}:
            place = _place(self.root, above)
            with _Told(place, "cannot be flushed"):
                _flush(place)
        is_at_once = count >= _MANY and is_one_disk and syncfs.can_flush(self._descriptor)
        self._staging = Staging(self.root, is_flushed=not is_at_once, new_folders=frozenset(new))
        return self._staging

    def publish(self, files: Iterable[tuple[str, bytes]], codings: Sequence[CodingName] = ()) -> Published:
        """Bring files, whose folders exist and which are in the manifest, up to date. Raises PublishError."""
        return publish(files, self.root, codings)

    def take(self, staged: Staged) -> None:
        """Rename staged files: now if there are many bytes, otherwise in `settle`. Raises PublishError."""
        self._staged += staged.paths
        self._size += staged.size
        if self._size >= _MOST_STAGED:
            self._rename()

    def settle(self, folders: Iterable[str]) -> None:
        """Rename what is still staged, and flush these folders to disk. Raises PublishError."""
        self._rename()
        for folder in sorted(folders):
            place = _place(self.root, folder)
            with _Told(place, "cannot be flushed"):
                _flush(place)
        with _Told(self.root, "cannot be found any more"):
            is_same = os.path.samestat(os.stat(self.root), os.fstat(self._descriptor))
        if not is_same:
            raise PublishError(f"{self.root}: was replaced by another folder meanwhile: build again")

    def manifest(self) -> Manifest | None:
        """The files that feedloom wrote; None if there is no manifest. Raises PublishError."""
        self._known = _manifest(self.root)
        return self._known

    def claim(self, wanted: Manifest) -> None:
        """Write the manifest to disk, before any of its files is published. Raises PublishError."""
        if wanted == self._known:
            return
        place = _place(self.root, manifest.PATH)
        beside = _place(self.root, _NEXT)
        with _Told(place, "cannot be written"):
            _begin(self.root)
            descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            try:
                _write(descriptor, manifest.encode(wanted))
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            os.replace(beside, place)
            _flush(os.path.dirname(place))
        self.settle([])
        if self._known is None:
            # If the manifest was lost, `unfinished` may be lost with it; earlier versions had neither.
            self._remove(self._existing(map(_beside, wanted.paths)))
        self._known = wanted

    def finish(self, published: Manifest | None) -> FileStamp | None:
        """Write the manifest of what is published now, and mark the build as finished. Raises PublishError."""
        if published:
            self.claim(published)
        self._remove([_UNFINISHED])
        return stamp(self.root)

    def obstacles(self, paths: Iterable[str], ours: Container[str]) -> Obstacles:
        """What is at paths to be written and is not `ours`. Nothing is opened. Raises PublishError."""
        found = Obstacles([], [], [])
        there = {"": True}
        for path in paths:
            if not self._is_there(os.path.dirname(path), there, found.fixed):
                continue
            mode = self._mode(path)
            if mode is None:
                pass
            elif stat.S_ISDIR(mode):
                found.fixed.append(path)
            elif not stat.S_ISREG(mode):
                found.odd.append(path)
            elif path not in ours:
                found.unknown.append(path)
            if path not in ours and self._mode(_beside(path)) is not None:
                found.fixed.append(_beside(path))
        return found

    def remove(self, paths: Collection[str]) -> int:
        """Remove files, and folders that become empty; return how many files existed. Raises PublishError."""
        removed = self._remove(paths)
        folders = {folder for path in paths if os.path.isdir(_place(self.root, folder := os.path.dirname(path)))}
        self.settle(folders)
        for place in sorted({above for folder in folders for above in with_those_above(folder)}, reverse=True):
            with contextlib.suppress(OSError):  # not empty
                os.rmdir(_place(self.root, place))
        return removed

    def existing(self, paths: Iterable[str], *, regular: bool = False) -> list[str]:
        """The paths at which there is something, or a regular file. Raises PublishError."""
        modes = ((path, self._mode(path)) for path in paths)
        return [path for path, mode in modes if mode is not None and (stat.S_ISREG(mode) or not regular)]

    def check(self) -> None:
        """Raise PublishError if the manifest cannot be stored in the folder."""
        mode = self._mode(manifest.FOLDER)
        if mode is not None and not stat.S_ISDIR(mode):
            raise in_the_way([manifest.FOLDER], self.root, is_fixed=True)

    def sweep(self) -> None:
        """Remove the temporary files of a build that did not finish. Raises PublishError."""
        self.check()
        if self._mode(_UNFINISHED) is None:
            return
        self.is_recovering = True
        known = self.manifest()
        shared = (f"{manifest.FOLDER}/{name}" for name in os.listdir(_place(self.root, manifest.FOLDER)))
        self._remove(path for path in shared if path.startswith(_SHARED))
        self._remove((*map(_beside, known.paths if known else ()), _NEXT, _UNFINISHED))

    def _rename(self) -> None:
        """Give staged files their names, once all of them are on the disk."""
        if self._staged and not self._staging.is_flushed:
            with _Told(self.root, "cannot be flushed"):
                syncfs.flush(self._descriptor)  # the lock's, opened before anything was written
        _rename(self._staged, self.root)
        self._staged = []
        self._size = 0

    def _remove(self, paths: Iterable[str]) -> int:
        removed = 0
        for path in paths:
            mode = self._mode(path)
            if mode is not None and stat.S_ISREG(mode):  # feedloom never writes a link, pipe or folder here
                place = _place(self.root, path)
                with _Told(place, "cannot be removed"):
                    os.unlink(place)
                removed += 1
        return removed

    def _existing(self, paths: Iterable[str]) -> Iterator[str]:
        """Those of the paths at which something may be, by one look at each folder, not at each path."""
        listed: dict[str, frozenset[bytes] | None] = {}
        for path in paths:
            folder, _, name = path.rpartition("/")
            if folder not in listed:
                try:
                    listed[folder] = frozenset(os.listdir(os.fsencode(_place(self.root, folder))))
                except (FileNotFoundError, NotADirectoryError):
                    listed[folder] = frozenset()
                except OSError:
                    listed[folder] = None
            if (names := listed[folder]) is None or name.encode(errors="surrogateescape") in names:
                yield path

    def _is_there(self, folder: str, there: dict[str, bool], blocked: list[str]) -> bool:
        """Whether there is such a folder, which is looked for once. What is there and is no folder is `blocked`."""
        if folder not in there:
            place = _place(self.root, folder)
            is_found = self._is_there(os.path.dirname(folder), there, blocked) and os.path.lexists(place)
            there[folder] = is_found and os.path.isdir(place)
            if is_found and not there[folder]:
                blocked.append(folder)
        return there[folder]

    def _mode(self, path: str) -> int | None:
        """The mode of what is at a path; None if nothing is."""
        place = _place(self.root, path)
        with _Told(place, "cannot be looked at"), contextlib.suppress(FileNotFoundError, NotADirectoryError):
            return os.lstat(place).st_mode
        return None


def in_the_way(paths: Collection[str], root: str, *, is_fixed: bool) -> PublishError:
    """The error for files that feedloom did not write and that are in the way. If `is_fixed`, some cannot be replaced."""
    named = [_place(root, path) for path in sorted(set(paths))]
    more = f", and {len(named) - _NAMED:,} more" if len(named) > _NAMED else ""
    what, them = ("1 file is", "it") if len(named) == 1 else (f"{len(named):,} files are", "them")
    how = f"move {them} away" if is_fixed else f"run once with --replace, which overwrites {them}"
    return PublishError(
        f"{root}: stopped, nothing written: {what} in the way that feedloom did not write: {', '.join(named[:_NAMED])}{more}. "
        f"Choose another output folder, or {how}."
    )


@contextlib.contextmanager
def locked(root: str, wait: float = 0) -> Iterator[Output]:
    """The output folder, created if needed, locked for this process and those that it forks.

    Temporary files of a killed build are removed, and those of this one if it fails. Raises PublishError, and LockError if
    another build uses the folder for longer than `wait` seconds.
    """
    with contextlib.ExitStack() as stack:
        with _Told(root, "cannot be published in"):
            _make_all(root)
            output = Output(root, stack.enter_context(lock.hold(root, wait)))
        output.sweep()
        try:
            yield output
        except BaseException:
            with contextlib.suppress(PublishError):  # the first error is reported; the next build sweeps again
                output.sweep()
            raise


@contextlib.contextmanager
def observed(root: str, wait: float = 0) -> Iterator[Output]:
    """The output folder, locked if it exists, for a run that writes nothing. Raises as `locked`."""
    with contextlib.ExitStack() as stack:
        descriptor = -1
        with _Told(root, "cannot be published in"), contextlib.suppress(FileNotFoundError):
            descriptor = stack.enter_context(lock.hold(root, wait))
        output = Output(root, descriptor)
        output.check()
        yield output


def read_published(path: str, root: str) -> bytes | None:
    """A published file; None if there is none. Raises PublishError, also if it is not a regular file."""
    place = _place(root, path)
    with _Told(place, "cannot be read"), contextlib.suppress(FileNotFoundError), open(place, "rb", opener=_regular) as file:
        return file.read()
    return None


def read_stamped(path: str, root: str) -> tuple[bytes, FileStamp] | None:
    """A published file and its stamp, of one open file: no build can come between. None where there is no regular file, and
    where it cannot be read.
    """
    with contextlib.suppress(OSError), open(_place(root, path), "rb", opener=_unfollowed) as file:
        before = os.fstat(file.fileno())
        return file.read(), _file_stamp(before)
    return None


def place(path: str, root: str) -> str:
    """Where a published file is, for `stamp_at`, if it is asked often."""
    return _place(root, path)


def stamp_at(place: str) -> FileStamp | None:
    """The stamp of the file at a place; None if there is none."""
    try:
        return _file_stamp(os.stat(place, follow_symlinks=False))
    except OSError:
        return None


def stamp(root: str) -> FileStamp | None:
    """The stamp of the manifest; None if there is none."""
    with contextlib.suppress(OSError):
        return _file_stamp(os.stat(_place(root, manifest.PATH), follow_symlinks=False))
    return None


def untouched(files: Mapping[str, FileStamp], root: str) -> set[str]:
    """Those of the files that are as they were left, and that may be read by all who may read new ones."""
    found = set()
    granted = _mode() & _READ
    top = os.path.join(root, "")  # not joined for each of thousands of files
    for path, left in files.items():
        try:
            status = os.lstat(top + path if path.isascii() else _place(root, path))
        except OSError:
            continue
        if _file_stamp(status) == left and not _missing(granted, status):
            found.add(path)
    return found


def differing(
    files: Iterable[tuple[str, bytes]], root: str, among: Container[str], codings: Sequence[CodingName] = ()
) -> list[str]:
    """Which of the files in `among`, and of their copies in these codings, have other bytes. Raises PublishError."""
    found = []
    for path, content, coding in _with_copies(files, codings):
        if path in among:
            place = _place(root, path)
            with _Told(place, "cannot be read"):
                if not _holds(place, content, coding):
                    found.append(path)
    return found


def publish_shared(files: Iterable[tuple[str, bytes]], root: str, codings: Sequence[CodingName] = ()) -> Published:
    """As `publish`, where another process may write the same files with the same bytes at this moment. Raises PublishError.

    Each has temporary files of its own; `Output.sweep` removes those of a killed one.
    """
    written: list[str] = []
    stamps: dict[str, FileStamp] = {}
    mode = _mode()
    every = _with_copies(files, codings)
    while some := list(islice(every, _TOGETHER)):
        with contextlib.ExitStack() as stack:
            new: list[tuple[str, str, str, int]] = []
            for path, content, coding in some:
                place = _place(root, path)
                beside = _place(root, f"{_SHARED}{os.urandom(8).hex()}")
                with _Told(place, "cannot be written"):
                    if stamp := _kept(place, content, coding, mode & _READ):
                        stamps[path] = stamp
                        continue
                    _begin(root)
                    data = packed.packed(content, coding) if coding else content
                    new.append((path, place, beside, _written(beside, data, mode, stack)))
            for path, place, beside, descriptor in new:
                with _Told(place, "cannot be written"):
                    os.fsync(descriptor)
                    stamps[path] = _file_stamp(os.fstat(descriptor))
                    os.replace(beside, place)
        written += [path for path, *_ in new]
    return Published(written, stamps)


def publish(files: Iterable[tuple[str, bytes]], root: str, codings: Sequence[CodingName] = ()) -> Published:
    """Bring the files below `root`, and their compressed copies, up to date. Their folders exist, and they are in the manifest.
    Raises PublishError.

    At any moment each file is a whole old or a whole new one, on the disk too. `Output.settle` flushes the new names.
    """
    staged = stage(files, Staging(root), codings)
    _rename(staged.paths, root)
    return Published(staged.paths, staged.files)


def stage(files: Iterable[tuple[str, bytes]], staging: Staging, codings: Sequence[CodingName] = ()) -> Staged:
    """Write files whose bytes differ, under temporary names. `Output.take` renames them.

    Their folders exist, and they are in the manifest. A compressed copy comes before its file. Raises PublishError.
    """
    root = staging.root
    paths: list[str] = []
    size = 0
    stamps: dict[str, FileStamp] = {}
    every = iter(files)
    mode = _mode()
    together = max(1, min(_TOGETHER, resource.getrlimit(resource.RLIMIT_NOFILE)[0] // 8) // (1 + len(codings)))
    while some := list(islice(every, together)):
        with contextlib.ExitStack() as stack:
            written: list[tuple[str, str, int]] = []
            for path, content, coding in _with_copies(some, codings):
                place = _place(root, path)
                with _Told(place, "cannot be written"):
                    is_new = path.rpartition("/")[0] in staging.new_folders
                    if not is_new and (stamp := _kept(place, content, coding, mode & _READ)):
                        stamps[path] = stamp
                        continue
                    if not paths and not written:
                        _begin(root)
                    data = packed.packed(content, coding) if coding else content
                    written.append((path, place, _written(_beside(place), data, mode, stack)))
                    size += len(data)
            if codings:
                _date_copies(written, stamps)
            for path, place, descriptor in written:
                with _Told(place, "cannot be written"):
                    if staging.is_flushed:
                        os.fsync(descriptor)
                    stamps[path] = _file_stamp(os.fstat(descriptor))
            paths += [path for path, _, _ in written]
    return Staged(paths, size, stamps)


def _date_copies(written: Sequence[tuple[str, str, int]], stamps: Mapping[str, FileStamp]) -> None:
    """Give the copies among written files the time of their files: some servers send it as that of the document."""
    descriptors = {path: descriptor for path, _, descriptor in written}
    for path, place, descriptor in written:
        original = packed.original(path)
        if original != path and (original in descriptors or original in stamps):
            with _Told(place, "cannot be written"):
                is_written = original in descriptors
                time = os.fstat(descriptors[original]).st_mtime_ns if is_written else stamps[original].mtime
                os.utime(descriptor, ns=(time, time))


def _rename(paths: Sequence[str], root: str) -> None:
    for path in paths:
        place = _place(root, path)
        with _Told(place, "cannot be written"):
            os.replace(_beside(place), place)


def with_those_above(folder: str) -> Iterator[str]:
    """A folder and those above it, below the output folder. The output folder itself is never created again."""
    while folder:
        yield folder
        folder = os.path.dirname(folder)


def _with_copies(
    files: Iterable[tuple[str, bytes]], codings: Sequence[CodingName]
) -> Iterator[tuple[str, bytes, CodingName | None]]:
    """Files, each after its compressed copies: their paths, what they are made from, and how it is packed."""
    for path, content in files:
        for copy, coding in packed.copies(path, codings).items() if codings else ():
            yield copy, content, coding
        yield path, content, None


def _kept(place: str, content: bytes, coding: CodingName | None, granted: int) -> FileStamp | None:
    """How the file stands, where it has these bytes already. What may be read of new files by now may be read of it, too."""
    with contextlib.suppress(FileNotFoundError):
        if not _holds(place, content, coding):
            return None
        status = os.lstat(place)
        if missing := _missing(granted, status):
            os.chmod(place, stat.S_IMODE(status.st_mode) | missing)
        return _file_stamp(status)
    return None


def _holds(place: str, content: bytes, coding: CodingName | None) -> bool:
    """Whether there is a regular file with these bytes, or a compressed copy of them. Anything else is not opened. Raises
    FileNotFoundError.
    """
    status = os.lstat(place)
    if not stat.S_ISREG(status.st_mode) or (coding is None and status.st_size != len(content)):
        return False
    with open(place, "rb", buffering=0, opener=_unfollowed) as file:
        data = file.read()
    return packed.is_copy(data, content, coding) if coding else data == content


def _missing(granted: int, status: os.stat_result) -> int:
    """The granted bits that the mode of a file of this user lacks."""
    missing = granted & ~status.st_mode
    return missing if missing and status.st_uid == os.geteuid() else 0


def _regular(place: str, flags: int) -> int:
    """Open a regular file. Does not block on a pipe."""
    descriptor = os.open(place, flags | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "not a regular file")
    return descriptor


def _unfollowed(place: str, flags: int) -> int:
    return _regular(place, flags | os.O_NOFOLLOW)


def _manifest(root: str) -> Manifest | None:
    place = _place(root, manifest.PATH)
    with _Told(place, "cannot be read"):
        try:
            with open(place, "rb", opener=_unfollowed) as file:
                data = file.read()
        except (FileNotFoundError, NotADirectoryError):
            return None
    try:
        return manifest.decode(data)
    except ValueError as error:
        how = "restore it from a backup, or move it away and build again"
        raise PublishError(f"{place}: not a feedloom manifest ({error}): {how}") from None


def _begin(root: str) -> None:
    """Create `unfinished` on disk: from now on there may be temporary files."""
    place = os.path.join(root, _UNFINISHED)
    if os.path.lexists(place):
        return
    folder = os.path.dirname(place)
    if not os.path.lexists(folder):
        os.mkdir(folder, 0o700)
        _flush(root)
    os.close(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, 0o600))
    _flush(folder)


def _written(beside: str, content: bytes, mode: int, stack: contextlib.ExitStack) -> int:
    """Write a file under its temporary name, readable by its owner only until it is whole, and start flushing it."""
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    stack.callback(os.close, descriptor)
    _write(descriptor, content)
    os.fchmod(descriptor, mode)
    if hasattr(os, "posix_fadvise"):
        # This says that the bytes are not needed in memory, so Linux starts to write them (docs/decisions.md).
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    return descriptor


def _write(descriptor: int, content: bytes) -> None:
    left = memoryview(content)
    while left:
        left = left[os.write(descriptor, left) :]


def _place(root: str, path: str) -> str:
    """Where a published path is. Its bytes in the file system are UTF-8 in any locale."""
    if not path.isascii():
        path = os.fsdecode(path.encode(errors="surrogateescape"))
    return f"{root}/{path}" if root and root[-1] != "/" else root + path  # half of the time of `os.path.join`


def _beside(place: str) -> str:
    folder, slash, name = place.rpartition("/")
    return f"{folder}{slash}{_BESIDE}{name}"


def _mode() -> int:
    """The mode of new files, by the umask."""
    return 0o666 & ~_umask()


def _umask() -> int:
    """The umask. The system has no call that only reads it."""
    umask = os.umask(0o077)
    os.umask(umask)
    return umask


def _make_all(folder: str) -> None:
    """Make a folder and those above it, if they do not exist."""
    above = os.path.dirname(os.path.abspath(folder))
    if not os.path.isdir(above):
        _make_all(above)
    if _make(folder):
        _flush(above)


def _make(folder: str) -> bool:
    """Make a folder, and return whether it is new. The caller flushes the folder that contains it."""
    if os.path.isdir(folder):
        return False
    try:
        os.mkdir(folder)
    except FileExistsError:
        if not os.path.isdir(folder):
            raise NotADirectoryError(errno.ENOTDIR, "not a folder") from None
        return False
    return True


def _open_up(folder: str) -> os.stat_result:
    """Let a folder be entered by all who may enter new ones."""
    status = os.stat(folder)
    if missing := _missing(0o555 & ~_umask(), status):
        os.chmod(folder, stat.S_IMODE(status.st_mode) | missing)
    return status


def _flush(folder: str) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _ENDURING:
            raise
    finally:
        os.close(descriptor)


class _Told:  # a generator takes three times the time, several times a file
    """Errors of the system as PublishError, which names the place and says `what` failed."""

    __slots__ = ("_place", "_what")

    def __init__(self, place: str, what: str) -> None:
        self._place = place
        self._what = what

    def __enter__(self) -> None:
        pass

    def __exit__(self, _: type[BaseException] | None, error: BaseException | None, __: TracebackType | None) -> None:
        if isinstance(error, FileExistsError):  # a temporary file is in the way
            raise PublishError(f"{error.filename}: is in the way: move it away") from error
        if isinstance(error, OSError):
            raise PublishError(f"{self._place}: {self._what}: {error.strerror}") from error


def _file_stamp(status: os.stat_result) -> FileStamp:
    return FileStamp(status.st_size, status.st_mtime_ns, status.st_ino)
