"""The record files below a folder, and their bytes. Opens only regular files inside it."""

import contextlib
import errno
import os
import re
import stat
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial
from operator import itemgetter
from typing import BinaryIO, NamedTuple, TypeAlias, cast
from zlib import crc32

import msgspec

from feedloom import model
from feedloom.config.ignoring import Ignored
from feedloom.config.profiles import PROFILES, Part
from feedloom.config.settings import CONFIGURATION
from feedloom.errors import ExportError
from feedloom.model import CONTAINERS, SHARDS, Level, Problem, Source
from feedloom.problems import Code, Mistake
from feedloom.records import exports

SUFFIXES = tuple(map(str.encode, (*PROFILES["native"].suffixes, *SHARDS)))
_CONTAINERS = tuple(map(str.encode, CONTAINERS))
_ANY_CONTAINER = re.compile(b"|".join(map(re.escape, _CONTAINERS)), re.IGNORECASE)
_CONFIGURATION = frozenset(map(os.fsencode, CONFIGURATION))
_MARK = exports.MARK.encode()
_LARGEST_MARK = 64 << 20
_FIRST_BYTES = {name[0] for name in _CONFIGURATION}

VIRTUAL = b"pyvenv.cfg"
"""Marks a virtual environment, whatever its folder is called (PEP 405)."""

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

META = b".meta"
"""The suffix of a file that has the metadata of the post beside it: Nikola's posts of two files."""
_BODIES = tuple(suffix.encode() for suffix in PROFILES["nikola"].suffixes if suffix.encode() != META)

WHAT = (
    "records are files that end in .md, .markdown, .txt, .yaml or .yml, no part of their path begins with a dot, and neither "
    "`ignore` in the settings nor its defaults (README, node_modules, ...) leave them out"
)
"""Which files count as records, for people."""

_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
"""O_NONBLOCK: if a FIFO replaced the file since the scan, the build must not wait for it."""
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)

BUCKETS = 64

_MANY = 100_000
"""Entries of folders that one process lists alone, in 0.4 s."""
_SOME = 2_000
"""The same in a first build, if the system starts others in some ms: all files will keep them busy."""
_KNOWN = 8_000
"""Files from which on others help in any build, if they start as quickly: to list 10,000 takes 30 ms, and 22 among two."""
_FOLDERS = 4
"""The least number of folders that are shared."""

_ARRAY = b"\xdd"
"""Begins an array in MessagePack; its length follows in four bytes."""
packed = msgspec.msgpack.Encoder().encode
"""Packs the values of a `Source`, a tuple: there is one for each record, in each build."""
_decode = msgspec.msgpack.Decoder(list[Source]).decode
_unpack_all = msgspec.msgpack.Decoder(list[list[bytes]]).decode

_Values: TypeAlias = tuple[bytes, int, int, int, int]
"""What a `Source` is made of."""
_Folder: TypeAlias = tuple[bytes, bytes]
"""The path of a folder, and its path inside the records folder with a slash at the end."""

_TICK = 20_000_000
"""Two writes that are this many nanoseconds apart have different times: the kernel's clock for files ticks every 1 to 10 ms."""
_ATTEMPTS = 10
_COARSE = 10_000_000
_COARSE_TICK = 2_000_000_000
"""FAT counts in 2 s, others in 1 s or 10 ms; such times are whole multiples."""


class Sources:
    """Record files, `packed` in a fourth of the memory that a list of them needs. They are sorted as they are packed: by the
    length of their names, and then by name.
    """

    def __init__(self, files: Iterable[bytes]) -> None:
        rows = sorted(files)
        self.data = b"".join((_ARRAY, len(rows).to_bytes(4, "big"), *rows))
        self._count = len(rows)

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Source]:
        return iter(_decode(self.data))

    def may_have_shards(self) -> bool:
        """Whether there may be files of many records: if not, there are none."""
        return _ANY_CONTAINER.search(self.data) is not None


class Scan(NamedTuple):
    """The record files in buckets, and what could not be listed. The cache compares bucket by bucket. Of folders that were
    exported, the marks and their file stamps, by which `check_exports` knows that nobody exported to them again.
    """

    buckets: list[Sources]
    problems: list[Problem]
    marks: tuple[Source, ...] = ()


class Buckets:
    """Puts record files into buckets."""

    def __init__(self) -> None:
        self._files: list[list[bytes]] = [[] for _ in range(BUCKETS)]

    def add_all(self, sources: Iterable[_Values]) -> None:
        """Add files."""
        files = self._files
        for source in sources:
            files[crc32(source[0]) % BUCKETS].append(packed(source))

    def __getstate__(self) -> bytes:
        """For another process: MessagePack takes a third of what pickle needs for a list of bytes."""
        return packed(self._files)

    def __setstate__(self, data: bytes) -> None:
        self._files = _unpack_all(data)

    def join(self, others: "Buckets") -> None:
        """Add the files of others."""
        for mine, files in zip(self._files, others._files, strict=True):
            mine += files

    def sources(self) -> list[Sources]:
        """What was added, by bucket. It is not kept here."""
        found = []
        while self._files:
            found.append(Sources(self._files.pop()))
        return found[::-1]


def scan_folder(
    root: str,
    ignore: Sequence[str] = (),
    but: str | None = None,
    suffixes: tuple[bytes, ...] = SUFFIXES,
    wanted: Sequence[Part] = (),
    only: Collection[bytes] | None = None,
    spread: "_Spread" = map,
    alone: int = _MANY,
) -> Scan:
    """Every record file below a folder, except ignored ones (by default or by gitignore pattern) and those in the folder `but`.
    If several parts are `wanted`, the files of these. If `only` some paths inside are asked for, those of them that are record
    files, and the record files below those that are folders. After so many entries that this process lists `alone`, `spread`
    lets others list the folders that are left.

    Raises OSError if the folder itself cannot be listed, and ExportError if the shards of a folder do not belong together.
    """
    if only is None:
        os.listdir(root)  # an unreadable folder inside is a problem; the folder itself is the caller's mistake
    walk = _Walk(root, ignore, but, suffixes, wanted, only)
    folders = [(walk.top, b"")]
    found = _Below()
    if META in suffixes:
        found.buckets.add_all(_paired(walk.files(folders, found)))
    else:
        found.buckets.add_all(walk.files(folders, found, alone))
    for below in spread(partial(_below, walk), folders) if folders else ():
        found.join(below)
    buckets = found.buckets.sources()
    marks = tuple(_used(found.marks, buckets)) if found.marks else ()
    found.problems.sort(key=itemgetter(0))
    told = [problem for _, problem in found.problems]
    return Scan(buckets, [*told, _unread(found.posts)] if found.posts else told, marks)


def listed_alone(known: int | None, *, is_quick: bool) -> int:
    """How many entries of folders one process lists alone if the last build found so many files, None if there was none, and if
    the start of others `is_quick`.
    """
    if not is_quick:
        return _MANY
    return _SOME if known is None else 0 if known >= _KNOWN else _MANY


def _used(marks: Mapping[bytes, Source], found: Iterable[Sources]) -> Iterator[Source]:
    """The marks of folders with records in them. Raises ExportError if an export has not finished."""
    used = {os.path.dirname(source.file) for sources in found for source in sources if is_shard(source.file)}
    for name, mark in marks.items():
        if name.rstrip(b"/") in used:
            with contextlib.suppress(Mistake, OSError):  # no file, or not ours
                folder = os.path.dirname(mark.file)
                exports.check(shown(folder), _content(folder, _MARK, _LARGEST_MARK))
            yield mark


def check_exports(found: Scan) -> None:
    """Raise ExportError if somebody exported to a folder since the scan began: files that were read are of two exports."""
    for mark in found.marks:
        if _stamped(mark.file) != mark:
            folder = shown(os.path.dirname(mark.file))
            raise ExportError(f"{folder}: there was an export to this folder while it was read: run the command again")


def _stamped(path: bytes) -> Source:
    """A path and its file stamp."""
    try:
        status = os.lstat(path)
    except OSError:
        return Source(path, 0, 0, 0, 0)
    return Source(path, status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)


class _Below:
    """What a walk finds below folders: record files, problems with their files, how many posts of other programs by suffix, and
    the marks of exports by folder, as they were before the files beside them were listed.
    """

    def __init__(self) -> None:
        self.buckets = Buckets()
        self.problems: list[tuple[bytes, Problem]] = []
        self.posts: Counter[str] = Counter()
        self.marks: dict[bytes, Source] = {}

    def join(self, other: "_Below") -> None:
        """Add what another walk found."""
        self.buckets.join(other.buckets)
        self.problems += other.problems
        self.posts.update(other.posts)
        self.marks |= other.marks


_Spread: TypeAlias = Callable[[Callable[[_Folder], _Below], list[_Folder]], Iterable[_Below]]


def _below(walk: "_Walk", folder: _Folder) -> _Below:
    below = _Below()
    below.buckets.add_all(walk.files([folder], below))
    return below


class _Walk:
    """What lists the record files below folders. It can be sent to another process."""

    def __init__(
        self,
        root: str,
        ignore: Sequence[str],
        but: str | None,
        suffixes: tuple[bytes, ...],
        wanted: Sequence[Part],
        only: Collection[bytes] | None,
    ) -> None:
        self.top = os.fsencode(os.path.realpath(root))
        self._ignored = Ignored(ignore)
        self._left_out = os.fsencode(os.path.realpath(but)) if but is not None else None
        self._suffixes = suffixes
        self._patterns = [
            (re.compile(os.fsencode(part.pattern), re.DOTALL), tuple(map(str.encode, part.suffixes))) for part in wanted
        ]
        self._on_the_way = {} if only is None else _on_the_way(only)
        self._counts_posts = suffixes is SUFFIXES and not wanted

    def files(self, folders: list[_Folder], found: _Below, most: float = float("inf")) -> Iterator[_Values]:
        """The record files below folders; all else is added to what was found. After `most` entries, the folders that are left
        stay in the list, if they are enough for several processes.
        """
        top, ignored, suffixes, patterns = self.top, self._ignored, self._suffixes, self._patterns
        special = ignored.first_bytes | _FIRST_BYTES
        problems = found.problems
        while folders and (most > 0 or len(folders) < _FOLDERS):
            folder, name = folders.pop()
            files = self._on_the_way.get(name)
            entries = _entries(folder, name, found) if files is None else _named(folder, name, files, found)
            most -= len(entries)
            while entries:
                entry = entries.pop()  # and its status with it: to keep all of them takes a fifth longer
                file = entry.name
                inside = name + file
                is_record = file.endswith(suffixes) or file.lower().endswith(suffixes)
                is_special = file[0] in special
                if is_special and file in _CONFIGURATION:
                    is_record = False
                if is_record and patterns:
                    is_record = any(pattern.fullmatch(inside) and file.lower().endswith(own) for pattern, own in patterns)
                if is_record and b"_" in inside and _is_unfinished(inside):
                    continue
                try:
                    if is_special and ignored(entry, inside, is_record):
                        continue
                    if is_record and entry.is_file(follow_symlinks=False):
                        status = entry.stat(follow_symlinks=False)
                    elif code := _refused(entry, top, is_record=is_record):
                        problems.append(_problem(inside, "rejected" if is_record else "warning", code))
                        continue
                    elif entry.is_dir(follow_symlinks=False):
                        if entry.path != self._left_out:
                            folders.append((entry.path, inside + b"/"))
                        continue
                    elif is_record:
                        status = entry.stat()
                    else:
                        if self._counts_posts and file.lower().endswith(_POSTS):
                            found.posts[os.path.splitext(file)[1].lower().decode()] += 1
                        continue
                except OSError as error:
                    # Removed or made unreadable since the folder was listed.
                    problems.append(_problem(inside, "rejected", "file-unreadable", str(error.strerror)))
                    continue
                yield inside, status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino


def _paired(sources: Iterable[_Values]) -> Iterable[Source]:
    """Posts of two files as one: the stamp of the metadata changes with the body, which is no record of its own."""
    files = {source.file: source for source in map(Source._make, sources)}
    for meta in [source for file, source in files.items() if file.endswith(META)]:
        if body := body_of(meta.file, files.__contains__):
            other = files.pop(body)
            files[meta.file] = Source(
                file=meta.file,
                size=meta.size + other.size,
                mtime=max(meta.mtime, other.mtime),
                ctime=max(meta.ctime, other.ctime),
                inode=meta.inode ^ other.inode,
            )
    return files.values()


def body_of(meta: bytes, exists: Callable[[bytes], bool]) -> bytes | None:
    """The file with the text of a post, by that with its metadata."""
    return next(filter(exists, parts_of(meta)), None)


def parts_of(file: bytes) -> list[bytes]:
    """The files that can be one post with this one, if it has its metadata beside it."""
    stem, suffix = os.path.splitext(file)
    if suffix == META:
        return [stem + one for one in _BODIES]
    return [stem + META] if suffix in _BODIES else []


def bucket_of(file: bytes) -> int:
    """The bucket of a file, by its path inside the folder."""
    return crc32(file) % BUCKETS


def is_container(root: str) -> bool:
    """Whether the records are the rows of one file, by its suffix."""
    return root.lower().endswith(CONTAINERS) and os.path.isfile(root)


def is_shard(file: bytes) -> bool:
    """Whether a record file has many records, by its suffix."""
    return file.lower().endswith(_CONTAINERS)


def folder_of(root: str) -> str:
    """The folder that the paths of record files are in: the records folder, or that of the one file that has them all."""
    return os.path.dirname(os.path.realpath(root)) if is_container(root) else root


def scan_file(root: str) -> Scan:
    """A file of many records as the only one in its folder. Raises OSError."""
    name = os.fsencode(os.path.basename(os.path.realpath(root)))
    status = os.stat(root)
    buckets = Buckets()
    buckets.add_all([Source(name, status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)])
    return Scan(buckets.sources(), [])


def _is_unfinished(inside: bytes) -> bool:
    """Whether a file of many records is what Spark and others leave while they write: `_temporary/0/part-0.parquet`."""
    return is_shard(inside) and any(name.startswith(b"_") for name in inside.split(b"/"))


def content(root: str, source: Source, at_most: int) -> bytes:
    """The bytes of one complete version of a record file; at most one byte more than `at_most`.

    If its text is in a file beside it, what follows is U+0000, the suffix of that file, a line break and its bytes. Raises
    OSError, and Mistake if it is not a regular file in the folder any more, or is being written.
    """
    top = os.fsencode(root)
    if not source.file.endswith(META):
        return _content(top, source.file, at_most, source)
    data = _content(top, source.file, at_most)
    if body := body_of(source.file, lambda file: os.path.isfile(os.path.join(top, file))):
        data += b"\0" + os.path.splitext(body)[1] + b"\n" + _content(top, body, at_most)
    return data


def _content(top: bytes, file: bytes, at_most: int, listed: Source | None = None) -> bytes:
    descriptor = _opened(top, file)
    try:
        if listed and (known := _as_listed(descriptor, listed, at_most)) is not None:
            return known
        for _ in range(_ATTEMPTS):
            before = os.fstat(descriptor)
            if not stat.S_ISREG(before.st_mode):
                raise Mistake("file-not-regular")
            data = _read(descriptor, before.st_size, at_most)
            after = os.fstat(descriptor)
            if _version(before) == _version(after) and not _is_fresh(after.st_mtime_ns):
                return data
            time.sleep(_TICK / 1e9)
        raise Mistake("file-being-written")
    finally:
        os.close(descriptor)


def _as_listed(descriptor: int, listed: Source, at_most: int) -> bytes | None:
    """The bytes of a file that is as it was listed, with one call less; None if it is another one, or was written to."""
    try:
        data = _read(descriptor, listed.size, at_most)
    except OSError:  # a folder, or a FIFO
        return None
    after = os.fstat(descriptor)
    is_same = (after.st_size, after.st_mtime_ns, after.st_ctime_ns, after.st_ino) == listed[1:]
    return data if is_same and not _is_fresh(listed.mtime) else None


def _is_fresh(mtime: int) -> bool:
    """Whether the file was written to within one tick: another write would not change the times."""
    return 0 <= time.time_ns() - mtime <= _TICK


@contextlib.contextmanager
def opened(root: str, source: Source, expected: tuple[int, int, int] | None = None) -> Iterator[BinaryIO]:
    """A record file that is read piece by piece, of the `expected` size and times. As `content`, but Mistake is also raised at
    the end: if the file was changed meanwhile.
    """
    descriptor = _opened(os.fsencode(root), source.file)
    with open(descriptor, "rb") as file:
        before = os.fstat(descriptor)
        if not stat.S_ISREG(before.st_mode):
            raise Mistake("file-not-regular")
        if 0 <= (age := time.time_ns() - before.st_mtime_ns) <= _TICK:
            time.sleep((_TICK - age) / 1e9)  # a later write must change the times
        if expected is not None and _version(before) != expected:
            raise Mistake("file-being-written")
        yield file
        if _version(os.fstat(descriptor)) != _version(before):
            raise Mistake("file-being-written")


def version(file: BinaryIO) -> tuple[int, int, int]:
    """The size and times of an open file."""
    return _version(os.fstat(file.fileno()))


def is_settled(source: Source, now: int) -> bool:
    """Whether any later change must change the times of the file: it was not changed just before `now`, in nanoseconds.

    Git calls entries racy that are not.
    """
    last = max(source.mtime, source.ctime)
    tick = _COARSE_TICK if last % _COARSE == 0 else _TICK
    return last + tick < now


def shown(path: bytes | str) -> str:
    """A path, as the system gives it, for people and for JSON."""
    return model.shown(os.fsencode(path))


def _opened(top: bytes, file: bytes) -> int:
    """A descriptor of the file. It may be a link to a file inside the folder."""
    path = top + b"/" + file  # os.path.join takes a tenth of the time of reading
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


def _problem(inside: bytes, level: Level, code: Code, *values: str) -> tuple[bytes, Problem]:
    """A problem and its file, to sort by: two files may be shown alike."""
    return inside, Problem(shown(inside), None, None, code, values, level)


def _entries(folder: bytes, name: bytes, below: _Below) -> list[os.DirEntry[bytes]]:
    try:
        found = _listed(folder)
        names = [entry.name for entry in found]
        if name and VIRTUAL in names:
            return []
        if _MARK in names:
            below.marks[name] = _stamped(os.path.join(folder, _MARK))
            found = _listed(folder)
        return found
    except OSError as error:
        # Not a warning: records could be missing, and nobody reads the warnings of an unattended build.
        below.problems.append(_problem(name, "rejected", "folder-unreadable", str(error.strerror)))
        return []


def _listed(folder: bytes) -> list[os.DirEntry[bytes]]:
    with os.scandir(folder) as entries:
        return list(entries)


class _Named:
    """An entry of a folder that was not listed. Can be used in place of an `os.DirEntry`."""

    def __init__(self, folder: bytes, name: bytes) -> None:
        self.name = name
        self.path = os.path.join(folder, name)

    def stat(self, *, follow_symlinks: bool = True) -> os.stat_result:
        return os.stat(self.path, follow_symlinks=follow_symlinks)

    def is_symlink(self) -> bool:
        return os.path.islink(self.path)

    def is_file(self, *, follow_symlinks: bool = True) -> bool:
        return self._is(stat.S_ISREG, follow_symlinks)

    def is_dir(self, *, follow_symlinks: bool = True) -> bool:
        return self._is(stat.S_ISDIR, follow_symlinks)

    def _is(self, kind: Callable[[int], bool], follow_symlinks: bool) -> bool:
        try:
            return kind(self.stat(follow_symlinks=follow_symlinks).st_mode)
        except FileNotFoundError:
            return False


def _on_the_way(paths: Collection[bytes]) -> dict[bytes, set[bytes]]:
    """The names that lead to these paths, by folder. A folder that is one of the paths, or below one, is not there: all of it
    counts.
    """
    names: dict[bytes, set[bytes]] = {b"": set()}
    complete: set[bytes] = set()
    for path in sorted(paths, key=len):  # a folder before what is below it
        folder = b""
        for name in path.split(b"/"):
            if folder in complete:
                break
            names.setdefault(folder, set()).update((name, _MARK) if is_shard(name) else (name,))
            folder += name + b"/"
        else:
            complete.add(folder)
    return names


def _named(folder: bytes, name: bytes, files: Collection[bytes], below: _Below) -> list[os.DirEntry[bytes]]:
    """The entries of a folder that have these names."""
    if name and os.path.lexists(os.path.join(folder, VIRTUAL)):
        return []
    if _MARK in files:
        below.marks[name] = _stamped(os.path.join(folder, _MARK))
    found = []
    for file in files:
        entry = _Named(folder, file)
        try:
            entry.stat(follow_symlinks=False)
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            below.problems.append(_problem(name + file, "rejected", "file-unreadable", str(error.strerror)))
            continue
        found.append(cast("os.DirEntry[bytes]", entry))
    return found


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
    """Where a link leads; None if the system does not follow it, for example through more than 40 others."""
    try:
        os.stat(link)  # realpath() follows any number of links, and is recursive before Python 3.13
        return os.path.realpath(link)
    except (OSError, RecursionError):
        return None


def _inside(path: bytes, top: bytes) -> bool:
    return os.path.commonpath((path, top)) == top
