"""What the last build knew, in a SQLite file, so that the next one reads and renders only what changed.

Without it, or if it is damaged or of another version, a build gives the same bytes, only later. So every value is checked
against its digest before use. Only its owner may read the file: it names files that are not published.
"""

import contextlib
import errno
import os
import sqlite3
import sys
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import msgspec

from feedloom import __version__
from feedloom.errors import StateError
from feedloom.model import FileOutcome, FileStamp, Group, Moment, Problem, Record, RecordSummary, Status
from feedloom.pipeline import digests, program
from feedloom.report import Records as Counts

if TYPE_CHECKING:
    from feedloom.render.body import Body

T = TypeVar("T")

_SHAPE = """
CREATE TABLE bodies (number INTEGER PRIMARY KEY, body BLOB NOT NULL)
CREATE TABLE parts (name TEXT, bucket INTEGER, value BLOB NOT NULL, PRIMARY KEY (name, bucket))
CREATE TABLE records (number INTEGER PRIMARY KEY, record BLOB NOT NULL)
""".strip().splitlines()
_FORMERLY = " WITHOUT ROWID"
"""What ended the second one in versions without an application id. Each value of some KiB took pages of its own then."""
_MAGIC = b"SQLite format 3\0"
_JOURNALS = [bytes.fromhex("d9d505f920a163d7")[:length].ljust(8, b"\0") for length in range(9)]
"""How journals can begin: SQLite writes zeros first, then its magic number, and may be killed between the two."""
_MARK = 0x46656564
"""`Feed`, the application id of our databases (SQLite's file format, 1.2.17)."""
_MARKED = slice(68, 72)
_RUINED = ("SQLITE_CORRUPT", "SQLITE_NOTADB")
_LOST = ("SQLITE_BUSY", "SQLITE_READONLY_DBMOVED")
"""Another build uses the file, or somebody removed it: SQLite does not write to a deleted file."""
_FAST = "PRAGMA synchronous = OFF"
"""The digests show what a crash of the machine damaged."""
_LASTING = "lasting "
"""The prefix of parts that are kept when the key changes."""
_AT_A_TIME = 500
_MARKS = 25
"""Numbers that are asked for at a time, and of how many the count is a multiple."""
_COMPRESSED = b"\xc1"
"""Begins what zlib compressed: no value in MessagePack begins so."""
_LARGE = 4 << 20
"""Bytes of a value that is always compressed: that of a bucket has as many for a million records."""
_LIBRARIES = (
    *("yaml", "dateutil", "msgspec", "feedgen", "lxml", "idna", "jinja2", "markupsafe", "tzdata"),
    *("markdown_it", "mdit_py_plugins", "nh3", "docutils"),
)

_encode = msgspec.msgpack.Encoder().encode
_decode_record = msgspec.msgpack.Decoder(Record).decode


class Bucket(msgspec.Struct, frozen=True, array_like=True):
    """The record files of a bucket: the digest of their scan, the number of files by status, and their problems.

    The digest is None if a file changed too recently for its times to be trusted. `files`, `summaries` and `ids` are the
    digests of parts, and `place` is where these are stored: a build does not overwrite those of the last one. From `latest` on,
    all its records are due and updated, and none expires; None: it depends.
    """

    digest: bytes | None
    statuses: dict[Status, int] = {}
    problems: tuple[Problem, ...] = ()
    files: bytes = b""
    summaries: bytes = b""
    place: int = 0
    ids: bytes = b""
    latest: Moment | None = None


class Files(NamedTuple):
    """The record files of a bucket, and the outcome of each."""

    sources: list[tuple[bytes, int, int, int, int]]
    outcomes: list[FileOutcome]


class Blocks(msgspec.Struct, frozen=True, array_like=True):
    """The digests of the parts in which `former` keeps feeds, block by block, the stamps of their files, and all addresses."""

    feeds: list[bytes]
    stamps: list[bytes]
    addresses: bytes


class Build(msgspec.Struct, frozen=True, array_like=True):
    """The last finished build: its input, what it reported, and the `file_count` files that it left. Their stamps are in the
    `blocks` of feeds; those of no feed are in `files`.

    `scanned` is the digest of the scan's problems. The same records are due at all times from `since` until before `until`.
    `highest` is the highest number of a summary. `shells`, `rows`, `hidden`, `archive` and `tallies` are digests of parts
    (an empty one if there are no rows or tallies). `manifest` is the stamp of the output folder's manifest. `crowded` are the
    groups whose feeds want the same path. `yielded` are the paths of files that were not written because somebody else had one
    there. `folders` are the stamps of the folders of published files.
    """

    settings: bytes
    scanned: bytes
    buckets: list[Bucket]
    since: Moment | None
    until: Moment | None
    highest: int
    counts: Counts
    problems: tuple[Problem, ...]
    feed_count: int
    file_count: int
    files: dict[str, FileStamp]
    shells: bytes
    blocks: Blocks
    rows: bytes
    hidden: bytes
    archive: bytes
    tallies: bytes
    manifest: FileStamp | None
    crowded: list[Group] = []
    yielded: list[str] = []
    folders: dict[str, FileStamp] = {}


class Damaged(Exception):
    """The cache does not hold what was written: build without it."""


class Cache:
    """The open file. A build is stored with the digests of all its parts, so no part of another build is mistaken for its own.

    All methods raise Damaged if the file does not hold what was written, and StateError if it cannot be written. `refused` says
    why this is a temporary file instead of the one that was asked for.
    """

    def __init__(self, path: str, connection: sqlite3.Connection) -> None:
        self.path = path
        self.refused: str | None = None
        self._connection = connection
        self._version = self._others()
        self._turn = os.urandom(digests.SIZE)

    @property
    def source(self) -> "Stored":
        """The records that were committed."""
        return Stored(self.path)

    def key(self) -> bytes | None:
        """What the stored results depend on."""
        sealed = self._sealed("key", 0)
        return None if sealed is None else _unsealed(sealed, bytes)

    def last(self) -> Build | None:
        """The last finished build."""
        sealed = self._sealed("build", 0)
        return None if sealed is None else _unsealed(sealed, Build)

    def finish(self, build: Build) -> None:
        """Store a build, and commit it with all that was put before."""
        self.put("build", build)
        self.commit()

    def part(self, digest: bytes, name: str, type: type[T], bucket: int = 0) -> T:
        """The value of a part. `digest` is what `put` returned for it."""
        sealed = self._sealed(name, bucket)
        if sealed is None or sealed[: digests.SIZE] != digest:
            raise Damaged
        return _unsealed(sealed, type)

    def put(self, name: str, value: Any, bucket: int = 0, *, is_compressed: bool = False) -> bytes:
        """Store a value under a name, and return its digest. It may be compressed: to a third, at 7 ms a MB. So are those that
        would take much memory, of which SQLite makes two copies.
        """
        data = _encode(value)
        data = _stored(data, is_compressed=is_compressed or len(data) > _LARGE)
        seal = digests.digest(data)
        self._ask("REPLACE INTO parts VALUES (?, ?, ?)", (name, bucket, seal + data))
        return seal

    def drop_parts(self, names: Sequence[str], buckets: Iterable[int]) -> None:
        """Delete what was put under these names for buckets."""
        rows = [(name, bucket) for bucket in buckets for name in names]
        with _errors_translated(self.path):
            self._connection.executemany("DELETE FROM parts WHERE name = ? AND bucket = ?", rows)

    def clear(self, name: str) -> None:
        """Delete all that was put under a name."""
        self._ask("DELETE FROM parts WHERE name = ?", (name,))

    def lasting(self, name: str, type: type[T]) -> T | None:
        """The value that `outlast` stored under a name; None if there is none, or if it is not of this type."""
        sealed = self._sealed(_LASTING + name, 0)
        try:
            return None if sealed is None else _unsealed(sealed, type)
        except (Damaged, msgspec.MsgspecError):
            return None

    def outlast(self, name: str, value: Any) -> None:
        """Store a value under a name, and keep it when the key changes or the rest is emptied."""
        self.put(_LASTING + name, value)

    def add(self, records: Iterable[tuple[int, bytes]]) -> None:
        """Store records, as `sealed` returns them, under the numbers of their summaries."""
        with _errors_translated(self.path):
            self._connection.executemany("REPLACE INTO records VALUES (?, ?)", records)

    def add_bodies(self, bodies: Iterable[tuple[int, bytes]]) -> None:
        """Store rendered bodies, as `sealed_body` returns them, under the numbers of their summaries."""
        with _errors_translated(self.path):
            self._connection.executemany("REPLACE INTO bodies VALUES (?, ?)", bodies)

    def drop(self, numbers: Iterable[int]) -> None:
        """Delete records and their bodies."""
        rows = [(number,) for number in numbers]
        with _errors_translated(self.path):
            self._connection.executemany("DELETE FROM records WHERE number = ?", rows)
            self._connection.executemany("DELETE FROM bodies WHERE number = ?", rows)

    def commit(self) -> None:
        """Commit what was added, so that other processes see it and a killed build does not lose it."""
        turn = self.put("turn", self._turn)
        with _errors_translated(self.path):
            self._connection.commit()
            self._connection.execute("BEGIN IMMEDIATE")
        # Between commit and BEGIN the file was unlocked. Another build may have written to it; `amended` changes no other part.
        if (version := self._others()) != self._version:
            self.part(turn, "turn", bytes)
            self._version = version

    def close(self) -> None:
        """Close the file; what was not committed is discarded."""
        self._connection.close()

    def _others(self) -> int:
        """Changes when another process writes to the file."""
        version: int = self._ask("PRAGMA data_version")[0][0]
        return version

    def _sealed(self, name: str, bucket: int) -> bytes | None:
        for (value,) in self._ask("SELECT value FROM parts WHERE name = ? AND bucket = ?", (name, bucket)):
            return _whole(value)
        return None

    def _ask(self, question: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        with _errors_translated(self.path):
            return self._connection.execute(question, values).fetchall()


@contextlib.contextmanager
def opened(path: str | None, key: bytes, *, fresh: bool = False) -> Iterator[Cache]:
    """The cache in a file, emptied if it has another key, cannot be read, or is to be `fresh`.

    If it cannot be written, if another build uses it, or if `path` is None, a temporary file is used instead. Raises StateError
    if that fails too.
    """
    with contextlib.ExitStack() as stack:
        try:
            if path is None:
                raise FileNotFoundError
            cache = _open(path, key, fresh)
        except (OSError, sqlite3.Error) as error:
            cache = _temporary(key, stack, instead=f"{path}: {error}")
            cache.refused = None if path is None else _refusal(error)
        stack.callback(cache.close)
        yield cache


def _refusal(error: OSError | sqlite3.Error) -> str:
    if _is_busy(error):
        return "another build is using it; this build read all records"
    why = error.strerror if isinstance(error, OSError) else error
    return f"{why}; every build reads all records. Name another file with --state"


def _is_busy(error: OSError | sqlite3.Error) -> bool:
    return getattr(error, "sqlite_errorname", "").startswith("SQLITE_BUSY")


class Snapshot(NamedTuple):
    """The last build in a state file, the digest that tells it apart, and the summaries of its records."""

    seal: bytes
    build: Build
    summaries: list[RecordSummary]


def snapshot(path: str, seal: bytes = b"") -> Snapshot | None:
    """The last build in a state file that others may be using; None where it is the one with this seal.

    All of it is of one moment. The file is locked only while its bytes are copied, so that no build has to wait for long.
    Raises Damaged where there is no such file, where no build came to its end, and where another version wrote it.
    """
    try:
        with contextlib.closing(sqlite3.connect(_address(path, "ro"), timeout=1, isolation_level=None, uri=True)) as file:
            found = file.execute("SELECT value FROM parts WHERE name = 'build'").fetchone()
            if found and _whole(found[0])[: digests.SIZE] == seal:
                return None
            rows = file.execute("SELECT name, bucket, value FROM parts WHERE name IN ('build', 'summaries')").fetchall()
    except sqlite3.Error as error:
        raise Damaged from error
    parts = {(name, bucket): _whole(value) for name, bucket, value in rows}
    try:
        sealed = parts["build", 0]
        build = _unsealed(sealed, Build)
        summaries: list[RecordSummary] = []
        for bucket in build.buckets:
            if parts["summaries", bucket.place][: digests.SIZE] != bucket.summaries:
                raise Damaged
            summaries += _unsealed(parts["summaries", bucket.place], list[RecordSummary])
    except (KeyError, msgspec.MsgspecError) as error:
        raise Damaged from error
    return Snapshot(sealed[: digests.SIZE], build, summaries)


@contextlib.contextmanager
def read_only(path: str | None) -> Iterator[Cache | None]:
    """The cache in a file for a run that writes nothing; None if there is none that can be read. It is not locked.

    Raises StateError if feedloom did not write the file.
    """
    with contextlib.ExitStack() as stack:
        cache = None
        with contextlib.suppress(OSError, sqlite3.Error):
            if path is not None:
                path = os.path.realpath(path)
                _check(path)
                connection = sqlite3.connect(_address(path, "ro"), timeout=0.1, isolation_level=None, uri=True)
                stack.callback(connection.close)
                with contextlib.suppress(Damaged, StateError):  # a killed build left a journal: only a build can roll it back
                    cache = Cache(path, connection)
        yield cache


@contextlib.contextmanager
def amended(path: str, wait: float) -> Iterator[Cache | None]:
    """The cache in a file, to change what outlasts it, and nothing else; None if there is none. A build that reads all records
    afterwards finds the changes, and one that is running is not disturbed.

    Raises StateError if feedloom did not write the file, if it is damaged or cannot be written, or if builds use it for longer
    than `wait` seconds.
    """
    path = os.path.realpath(path)
    if not os.path.lexists(path):
        yield None
        return
    try:
        _check(path)
        connection = sqlite3.connect(_address(path, "rw"), timeout=wait, isolation_level=None, uri=True)
    except (OSError, sqlite3.Error) as error:
        raise StateError(f"{path}: the cache cannot be used: {error}") from error
    with contextlib.closing(connection):
        try:
            connection.execute(_FAST)
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:
            how = f"a build has used it for {wait:g} s; try again" if _is_busy(error) else error
            raise StateError(f"{path}: the cache cannot be written: {how}") from error
        try:
            yield Cache(path, connection)
            with _errors_translated(path):
                connection.execute("COMMIT")
        except Damaged as error:
            raise StateError(f"{path}: the cache is damaged: run feedloom build, which makes a new one") from error


class Stored(NamedTuple):
    """The records in a cache file that some process has open. It can be sent to another process."""

    path: str

    @contextlib.contextmanager
    def opened(self) -> Iterator["Records"]:
        """Open the file. Raises Damaged."""
        try:
            connection = sqlite3.connect(_address(self.path, "ro"), isolation_level=None, uri=True)
        except sqlite3.DatabaseError as error:
            raise Damaged from error
        try:
            yield Records(connection)
        finally:
            connection.close()


class Records:
    """Reads records by their summaries."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def of(self, seals: Mapping[int, bytes]) -> Iterator[tuple[int, Record]]:
        """The records with these seals, by the numbers of their summaries, in any order.

        Raises Damaged if a number has another record: another build, of another site or killed, may have written it.
        """
        for asked, rows in self._rows("records", seals):
            if len(rows) != len(asked):
                raise Damaged
            for number, stored in rows:
                data = _restored(_whole(stored))
                if digests.digest(data) != seals[number]:
                    raise Damaged
                yield number, _decode_record(data)

    def bodies(self, seals: Mapping[int, bytes]) -> "dict[int, Body | None]":
        """As `Lookup.bodies`. One that is not whole is not known."""
        found: dict[int, Body | None] = {}
        for _, rows in self._rows("bodies", seals):
            for number, data in rows:
                with contextlib.suppress(Damaged):
                    found[number] = unsealed_body(_whole(data), seals[number])
        return found

    def _rows(self, table: str, numbers: Iterable[int]) -> Iterator[tuple[list[int], list[tuple[int, bytes]]]]:
        """The rows of a table with these numbers: some that were asked for, and those of them that exist. Raises Damaged."""
        all_numbers = list(numbers)
        for at in range(0, len(all_numbers), _AT_A_TIME):
            asked = all_numbers[at : at + _AT_A_TIME]
            # One more than once gives one row, and a query is compiled for a few lengths only.
            filled = asked + asked[:1] * (-len(asked) % _MARKS)
            marks = ",".join("?" * len(filled))
            try:
                yield asked, self._connection.execute(f"SELECT * FROM {table} WHERE number IN ({marks})", filled).fetchall()  # noqa: S608
            except sqlite3.DatabaseError as error:
                raise Damaged from error


def _whole(value: object) -> bytes:
    """A value as it was stored. Raises Damaged: damage can make nothing, a number or a text of it."""
    if not isinstance(value, bytes):
        raise Damaged
    return value


def unsealed(data: bytes) -> Record:
    """The record in bytes that `sealed` returned. Raises Damaged."""
    return _decode_record(_restored(data))


def sealed(record: Record, *, is_compressed: bool) -> tuple[bytes, bytes]:
    """The digest of a record, and the record as bytes, which may be compressed: to half, in 27 us."""
    data = _encode(record)
    return digests.digest(data), _stored(data, is_compressed=is_compressed)


def _stored(data: bytes, *, is_compressed: bool) -> bytes:
    return _COMPRESSED + zlib.compress(data, 1) if is_compressed else data


def _restored(data: bytes) -> bytes:
    try:
        return zlib.decompress(data[1:]) if data[:1] == _COMPRESSED else data
    except zlib.error as error:
        raise Damaged from error


def sealed_body(body: "Body | None", seal: bytes) -> bytes:
    """The body of the record with a seal as bytes, after a digest of both."""
    data = _encode(body)
    return digests.digest(seal + data) + data


def unsealed_body(sealed: bytes, seal: bytes) -> "Body | None":
    """The body in bytes that `sealed_body` returned. Raises Damaged if it is another record's, or not whole."""
    from feedloom.render.body import Body  # most feeds show no bodies

    data = sealed[digests.SIZE :]
    if digests.digest(seal + data) != sealed[: digests.SIZE]:
        raise Damaged
    return msgspec.msgpack.decode(data, type=Body | None)


def has_key(cache: Cache, key: bytes) -> bool:
    """Whether what is stored was read with this key."""
    try:
        return cache.key() == key
    except (Damaged, StateError):
        return False


def code() -> bytes:
    """The digest of the program: its version, every file of its package, its libraries and its Python."""
    files = [*program.files(), *(spec.origin for name in _LIBRARIES if (spec := find_spec(name)) and spec.origin)]
    stats = [(os.fsencode(file), status.st_size, status.st_mtime_ns) for file in sorted(files) if (status := os.stat(file))]
    return digests.digest_of(__version__, sys.version, stats)


def _temporary(key: bytes, stack: contextlib.ExitStack, instead: str) -> Cache:
    """A cache in a temporary folder, which is removed with the stack."""
    import tempfile

    try:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="feedloom-", ignore_cleanup_errors=True))
        return _open(os.path.join(folder, "cache.sqlite"), key, fresh=True)
    except (OSError, sqlite3.Error) as error:
        how = "free some space, or name another file with --state"
        raise StateError(f"{instead}: the cache cannot be written, nor a temporary file ({error}): {how}") from error


def _open(path: str, key: bytes, fresh: bool) -> Cache:
    """Raises OSError or sqlite3.Error if the file cannot be created or another build uses it, StateError if feedloom did not
    write it.
    """
    path = os.path.realpath(path)  # an absolute path, which SQLite never takes for a special name; links are followed
    os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
    _check(path)
    try:
        return _begun(path, key, fresh)
    except (sqlite3.DatabaseError, Damaged) as error:
        if not isinstance(error, Damaged) and not error.sqlite_errorname.startswith(_RUINED):
            raise
    # The file is ours, and damaged.
    lasting = _outlasting(path)
    for name in (path, f"{path}-journal"):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name)
    return _begun(path, key, fresh, lasting)


def _outlasting(path: str) -> list[tuple[str, Any]]:
    """The parts of a damaged file that outlast it, as far as they can be read."""
    try:
        with contextlib.closing(sqlite3.connect(_address(path, "ro"), timeout=0.1, uri=True)) as old:
            return _lasting(old)
    except sqlite3.Error:
        return []


def _lasting(connection: sqlite3.Connection) -> list[tuple[str, Any]]:
    """The parts that outlast a cache, by name."""
    found: list[tuple[str, Any]] = []
    with contextlib.suppress(sqlite3.Error):
        for name, value in connection.execute("SELECT name, value FROM parts WHERE name LIKE ?", (f"{_LASTING}%",)):
            with contextlib.suppress(Damaged, TypeError, ValueError):
                found.append((name.removeprefix(_LASTING), _unsealed(_whole(value), Any)))
    return found


def _check(path: str) -> None:
    """Check that the file has our application id, is empty or does not exist, so that no other file is overwritten.

    Raises OSError for a device, a pipe or a folder, and StateError.
    """
    try:
        if not os.path.isfile(path) and os.path.lexists(path):
            raise OSError(errno.EINVAL, "not a regular file")
        with open(path, "rb") as file:
            head = file.read(100)
    except FileNotFoundError:
        head = b""
    if head.startswith(_MAGIC) and int.from_bytes(head[_MARKED], "big") == _MARK:
        return
    if head and not (head.startswith(_MAGIC) and _is_unmarked(path)):
        raise StateError(f"{path}: not a cache file of feedloom: name another file with --state, or move this one away")
    # SQLite removes these beside an empty database.
    for name, begins in ((f"{path}-journal", _JOURNALS), (f"{path}-wal", ())):
        with contextlib.suppress(FileNotFoundError), open(name, "rb") as file:
            if (found := file.read(8)) and not any(begin.startswith(found) for begin in begins):
                raise StateError(f"{name}: not a file of feedloom: name another file with --state, or move this one away")


def _is_unmarked(path: str) -> bool:
    """Whether a database has exactly our tables: earlier versions set no application id."""
    try:
        connection = sqlite3.connect(_address(path, "ro&immutable=1"), uri=True)
    except sqlite3.Error:
        return False
    try:
        found = connection.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name").fetchall()
        mark = connection.execute("PRAGMA application_id").fetchone()
        return [sql.removesuffix(_FORMERLY) for (sql,) in found] == _SHAPE and mark == (0,)
    except sqlite3.Error:
        return False
    finally:
        connection.close()


def _begun(path: str, key: bytes, fresh: bool, lasting: Sequence[tuple[str, Any]] = ()) -> Cache:
    """The locked cache, emptied if it has another key or is to be `fresh`. It keeps its lasting parts, and gets those given."""
    # SQLite would create it readable for everyone; its journal gets the same mode.
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    os.chmod(path, 0o600)
    connection = sqlite3.connect(_address(path, "rw"), timeout=0.1, isolation_level=None, uri=True)
    try:
        is_new = not os.path.getsize(path)
        connection.execute("PRAGMA page_size = 8192")  # a record is read with its page, which other work drove out of the CPU
        if not is_new:
            connection.execute(_FAST)
        connection.execute("BEGIN IMMEDIATE")
        cache = Cache(path, connection)
        if is_new or fresh or not _is_of(cache, key, connection):
            # It is not deleted: another process may be waiting for its lock.
            lasting = [*lasting, *_lasting(connection)]
            for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
                connection.execute(f'DROP TABLE "{table}"')
            for table in _SHAPE:
                connection.execute(table)
            connection.execute(f"PRAGMA application_id = {_MARK}")
            cache.put("key", key)
            for name, value in lasting:
                cache.outlast(name, value)
            connection.execute("COMMIT")  # flushed, so that a new file has its application id
            connection.execute(_FAST)
            connection.execute("BEGIN IMMEDIATE")
            cache = Cache(path, connection)
    except BaseException:
        connection.close()
        raise
    return cache


def _is_of(cache: Cache, key: bytes, connection: sqlite3.Connection) -> bool:
    return connection.execute("PRAGMA application_id").fetchone() == (_MARK,) and has_key(cache, key)


def _address(path: str, mode: str) -> str:
    """A URI for SQLite, which does not create a missing file then."""
    return f"file:{''.join(f'%{byte:02x}' for byte in os.fsencode(path))}?mode={mode}"


def _unsealed(sealed: bytes, type: type[T]) -> T:
    data = sealed[digests.SIZE :]
    if digests.digest(data) != sealed[: digests.SIZE]:
        raise Damaged
    return msgspec.msgpack.decode(_restored(data), type=type)


@contextlib.contextmanager
def _errors_translated(path: str) -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        if error.sqlite_errorname in _LOST:
            raise Damaged from error
        raise StateError(
            f"{path}: the cache cannot be written: {error}: free some space, or name another file with --state"
        ) from error
    except sqlite3.DatabaseError as error:
        raise Damaged from error
