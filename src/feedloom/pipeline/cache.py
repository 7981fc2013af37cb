"""What the last build knew, in a SQLite file, so that the next one reads and renders only what changed.

It is a cache: without it, with a damaged one or with another version's, a build gives the same bytes, only later. So nothing
in it is believed that does not carry the right digest. It is for its owner alone: it names files that are not published.
"""

import contextlib
import errno
import hashlib
import os
import sqlite3
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.util import find_spec
from typing import Any, NamedTuple, TypeVar

import msgspec

from feedloom import __version__
from feedloom.errors import StateError
from feedloom.model import FileOutcome, FileStamp, Group, Moment, Problem, Record, RecordSummary, Status
from feedloom.report import Records as Counts

T = TypeVar("T")

_SHAPE = """
CREATE TABLE parts (name TEXT, bucket INTEGER, value BLOB NOT NULL, PRIMARY KEY (name, bucket)) WITHOUT ROWID
CREATE TABLE records (number INTEGER PRIMARY KEY, record BLOB NOT NULL)
""".strip().splitlines()
_MAGIC = b"SQLite format 3\0"
_JOURNALS = [bytes.fromhex("d9d505f920a163d7")[:length].ljust(8, b"\0") for length in range(9)]
"""What journals begin with: SQLite writes zeros first, then its mark, and may be killed in the middle of that."""
_MARK = 0x46656564
"""What tells our files from all other databases: `Feed`, as the application id (SQLite's file format, 1.2.17)."""
_MARKED = slice(68, 72)
_RUINED = ("SQLITE_CORRUPT", "SQLITE_NOTADB")
_LOST = ("SQLITE_BUSY", "SQLITE_READONLY_DBMOVED")
"""Another build has the file now, or somebody removed it, as a cache may be: SQLite writes to nothing that has no name."""
_FAST = "PRAGMA synchronous = OFF"
"""What a crash of the machine damages, the digests tell."""
_DIGEST = 16
_LASTING = "lasting "
"""What the names of parts begin with that are not of a key, and outlast it."""
_MOST_ASKED = 500
_LIBRARIES = ("yaml", "dateutil", "msgspec", "feedgen", "lxml", "idna", "jinja2", "markupsafe", "tzdata")

_encode = msgspec.msgpack.Encoder().encode
_decode_record = msgspec.msgpack.Decoder(Record).decode


class Bucket(msgspec.Struct, frozen=True, array_like=True):
    """The record files of a bucket: the digest of how they were listed, how many have which status, and their problems.

    The digest is None where a file was too fresh for its times to be trusted. `files` and `summaries` are digests of what is
    kept.
    """

    digest: bytes | None
    statuses: dict[Status, int] = {}
    problems: tuple[Problem, ...] = ()
    files: bytes = b""
    summaries: bytes = b""


class Files(NamedTuple):
    """The record files of a bucket as they were listed, and what became of each."""

    sources: list[tuple[bytes, int, int, int, int]]
    known: list[FileOutcome]


class Build(msgspec.Struct, frozen=True, array_like=True):
    """The last build that came to its end: what went into it, what it told, and the files that it left.

    `scanned` is the digest of what could not be listed. What is due was due from `since` and stays so until `until`. Summaries
    have numbers up to `highest`. `shells`, `feeds`, `hold`, `archived` are digests of what is kept. `manifest` is the stamp of
    the output folder's manifest. The `crowded` groups have an address that another one of them has.
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
    files: dict[str, FileStamp]
    shells: bytes
    feeds: bytes
    hold: bytes
    archived: bytes
    manifest: FileStamp | None
    crowded: list[Group] = []


class Damaged(Exception):
    """The state is not, or not any more, what was written: build without it."""


class State:
    """The open file. A build is kept with the digests of all its parts, so that no part of another one passes for its own.

    All methods raise Damaged where the file is not what was written, and StateError where it cannot be written. `refused` says
    why this is a temporary file in place of the one that was asked for.
    """

    def __init__(self, path: str, connection: sqlite3.Connection) -> None:
        self.path = path
        self.refused: str | None = None
        self._connection = connection
        self._version = self._others()

    def key(self) -> bytes | None:
        """Tells apart the readings that the state is of."""
        sealed = self._sealed("key", 0)
        return None if sealed is None else _unsealed(sealed, bytes)

    def last(self) -> Build | None:
        """The last build that came to its end."""
        sealed = self._sealed("build", 0)
        return None if sealed is None else _unsealed(sealed, Build)

    def finish(self, build: Build) -> None:
        """Keep a build, and with it all that was put before."""
        self.put("build", build)
        self.commit()

    def part(self, digest: bytes, name: str, type: type[T], bucket: int = 0) -> T:
        """What was put under a name, when `put` gave this digest."""
        sealed = self._sealed(name, bucket)
        if sealed is None or sealed[:_DIGEST] != digest:
            raise Damaged
        return _unsealed(sealed, type)

    def put(self, name: str, value: Any, bucket: int = 0) -> bytes:
        """Keep a value under a name, and give its digest."""
        data = _encode(value)
        seal = digest(data)
        self._ask("REPLACE INTO parts VALUES (?, ?, ?)", (name, bucket, seal + data))
        return seal

    def lasting(self, name: str, type: type[T]) -> T | None:
        """What `outlast` kept under a name; None where there is nothing, or not what this version would have kept."""
        sealed = self._sealed(_LASTING + name, 0)
        try:
            return None if sealed is None else _unsealed(sealed, type)
        except (Damaged, msgspec.MsgspecError):
            return None

    def outlast(self, name: str, value: Any) -> None:
        """Keep a value under a name for all builds to come, whatever their key, also should the rest be begun anew."""
        self.put(_LASTING + name, value)

    def add(self, records: Iterable[tuple[int, bytes]]) -> None:
        """Keep records, as `sealed` gave them, under the numbers of their summaries."""
        with _told(self.path):
            self._connection.executemany("REPLACE INTO records VALUES (?, ?)", records)

    def drop(self, numbers: Iterable[int]) -> None:
        """Forget records."""
        with _told(self.path):
            self._connection.executemany("DELETE FROM records WHERE number = ?", ((number,) for number in numbers))

    def commit(self) -> None:
        """Let others see what was added so far, and keep it should the build be killed."""
        with _told(self.path):
            self._connection.commit()
            self._connection.execute("BEGIN IMMEDIATE")
        if self._others() != self._version:
            raise Damaged  # for a moment it was anybody's, and somebody took it

    def close(self) -> None:
        """Keep what was committed, and nothing else."""
        self._connection.close()

    def _others(self) -> int:
        """Changes when another process writes into the file."""
        version: int = self._ask("PRAGMA data_version")[0][0]
        return version

    def _sealed(self, name: str, bucket: int) -> bytes | None:
        for (value,) in self._ask("SELECT value FROM parts WHERE name = ? AND bucket = ?", (name, bucket)):
            return bytes(value)
        return None

    def _ask(self, question: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        with _told(self.path):
            return self._connection.execute(question, values).fetchall()


@contextlib.contextmanager
def opened(path: str | None, key: bytes, *, fresh: bool = False) -> Iterator[State]:
    """The state in a file, empty where it is another key's, where it cannot be read, or where a `fresh` one is asked for.

    Where it cannot be written, or another build has it, a temporary file takes its place. Raises StateError where there can be
    none either.
    """
    with contextlib.ExitStack() as stack:
        try:
            if path is None:
                raise FileNotFoundError
            state = _open(path, key, fresh)
        except (OSError, sqlite3.Error) as error:
            state = _temporary(key, stack, instead=f"{path}: {error}")
            state.refused = None if path is None else _refusal(error)
        stack.callback(state.close)
        yield state


def _refusal(error: OSError | sqlite3.Error) -> str:
    if getattr(error, "sqlite_errorname", "").startswith("SQLITE_BUSY"):
        return "another build is using it; this build read all records"
    why = error.strerror if isinstance(error, OSError) else error
    return f"{why}; every build reads all records. Name another file with --state"


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
            if found and bytes(found[0])[:_DIGEST] == seal:
                return None
            rows = file.execute("SELECT name, bucket, value FROM parts WHERE name IN ('build', 'summaries')").fetchall()
    except sqlite3.Error as error:
        raise Damaged from error
    parts = {(name, bucket): bytes(value) for name, bucket, value in rows}
    try:
        sealed = parts["build", 0]
        build = _unsealed(sealed, Build)
        summaries: list[RecordSummary] = []
        for at, bucket in enumerate(build.buckets):
            if parts["summaries", at][:_DIGEST] != bucket.summaries:
                raise Damaged
            summaries += _unsealed(parts["summaries", at], list[RecordSummary])
    except (KeyError, msgspec.MsgspecError) as error:
        raise Damaged from error
    return Snapshot(sealed[:_DIGEST], build, summaries)


@contextlib.contextmanager
def records(path: str) -> Iterator["Records"]:
    """The records in a state file that some process has open. Raises Damaged."""
    try:
        connection = sqlite3.connect(_address(path, "ro"), isolation_level=None, uri=True)
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

        Raises Damaged where another record has the number, whoever put it there: another build, another site's, or one that was
        killed.
        """
        numbers = list(seals)
        for at in range(0, len(numbers), _MOST_ASKED):
            asked = numbers[at : at + _MOST_ASKED]
            marks = ",".join("?" * len(asked))
            try:
                rows = self._connection.execute(f"SELECT * FROM records WHERE number IN ({marks})", asked).fetchall()  # noqa: S608
            except sqlite3.DatabaseError as error:
                raise Damaged from error
            if len(rows) != len(asked):
                raise Damaged
            for number, data in rows:
                if digest(data) != seals[number]:
                    raise Damaged
                yield number, _decode_record(data)


def sealed(record: Record) -> tuple[bytes, bytes]:
    """A record's digest, and the record as bytes."""
    data = _encode(record)
    return digest(data), data


def digest(data: bytes) -> bytes:
    """Tells contents apart."""
    return hashlib.blake2b(data, digest_size=_DIGEST).digest()


def digest_of(*values: Any) -> bytes:
    """Tells values apart."""
    return digest(_encode(values))


def code() -> bytes:
    """Tells apart the programs whose readings could differ: this one's version and files, its libraries and its Python."""
    folder = os.fsencode(os.path.dirname(os.path.dirname(__file__)))  # of the whole program, not of this room
    files = [os.path.join(inside, name) for inside, _, names in os.walk(folder) for name in names if not name.endswith(b".pyc")]
    files += [os.fsencode(spec.origin) for name in _LIBRARIES if (spec := find_spec(name)) and spec.origin]
    stats = [(file, status.st_size, status.st_mtime_ns) for file in sorted(files) if (status := os.stat(file))]
    return digest_of(__version__, sys.version, stats)


def _temporary(key: bytes, stack: contextlib.ExitStack, instead: str) -> State:
    """A state that goes with the stack."""
    import tempfile

    try:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="feedloom-", ignore_cleanup_errors=True))
        return _open(os.path.join(folder, "state.sqlite"), key, fresh=True)
    except (OSError, sqlite3.Error) as error:
        how = "make room, or name another file with --state"
        raise StateError(f"{instead}: the state cannot be kept, nor in a temporary file ({error}): {how}") from error


def _open(path: str, key: bytes, fresh: bool) -> State:
    """Raises OSError or sqlite3.Error where there can be no such file, or where another build has it; StateError where it is
    somebody else's.
    """
    path = os.path.realpath(path)  # a name that SQLite takes for a file's; and of a link, what is behind it
    os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
    _check(path)
    try:
        return _begun(path, key, fresh)
    except (sqlite3.DatabaseError, Damaged) as error:
        if not isinstance(error, Damaged) and not error.sqlite_errorname.startswith(_RUINED):
            raise
    # It is ours, and nobody can read it.
    lasting = _outlasting(path)
    for name in (path, f"{path}-journal"):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name)
    return _begun(path, key, fresh, lasting)


def _outlasting(path: str) -> list[tuple[str, Any]]:
    """What a state file holds that outlasts it, as far as it can still be read."""
    try:
        with contextlib.closing(sqlite3.connect(_address(path, "ro"), timeout=0.1, uri=True)) as old:
            return _lasting(old)
    except sqlite3.Error:
        return []


def _lasting(connection: sqlite3.Connection) -> list[tuple[str, Any]]:
    """The parts that outlast a state, by their names."""
    found: list[tuple[str, Any]] = []
    with contextlib.suppress(sqlite3.Error):
        for name, value in connection.execute("SELECT name, value FROM parts WHERE name LIKE ?", (f"{_LASTING}%",)):
            with contextlib.suppress(Damaged, TypeError, ValueError):
                found.append((name.removeprefix(_LASTING), _unsealed(bytes(value), Any)))
    return found


def _check(path: str) -> None:
    """Whatever does not have our mark is somebody's, and not to be touched.

    An empty file may be taken. Raises OSError for a device, a pipe or a folder, and StateError.
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
    if head and not (head.startswith(_MAGIC) and _is_of_before(path)):
        raise StateError(f"{path}: is not a state file of feedloom's: name another file with --state, or move this one away")
    # With an empty database, SQLite removes these.
    for name, begins in ((f"{path}-journal", _JOURNALS), (f"{path}-wal", ())):
        with contextlib.suppress(FileNotFoundError), open(name, "rb") as file:
            if (found := file.read(8)) and not any(begin.startswith(found) for begin in begins):
                raise StateError(f"{name}: is not a file of feedloom's: name another file with --state, or move this one away")


def _is_of_before(path: str) -> bool:
    """Whether a database has exactly our tables, as those have that were written before they were marked."""
    try:
        connection = sqlite3.connect(_address(path, "ro&immutable=1"), uri=True)
    except sqlite3.Error:
        return False
    try:
        found = connection.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name").fetchall()
        mark = connection.execute("PRAGMA application_id").fetchone()
        return [sql for (sql,) in found] == _SHAPE and mark == (0,)
    except sqlite3.Error:
        return False
    finally:
        connection.close()


def _begun(path: str, key: bytes, fresh: bool, lasting: Sequence[tuple[str, Any]] = ()) -> State:
    """The state of a key, emptied where it is another key's or a fresh one is wanted, while nobody else has it.

    What is `lasting` is in it, and so is what was in the emptied one.
    """
    # SQLite would create it for everybody's eyes; its journal takes over the mode.
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    os.chmod(path, 0o600)
    connection = sqlite3.connect(_address(path, "rw"), timeout=0.1, isolation_level=None, uri=True)
    try:
        is_new = not os.path.getsize(path)
        connection.execute("PRAGMA page_size = 16384")
        if not is_new:
            connection.execute(_FAST)
        connection.execute("BEGIN IMMEDIATE")
        state = State(path, connection)
        if is_new or fresh or not _is_of(state, key, connection):
            # It is not unlinked, for somebody may wait for it; nobody is at it.
            lasting = [*lasting, *_lasting(connection)]
            for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
                connection.execute(f'DROP TABLE "{table}"')
            for table in _SHAPE:
                connection.execute(table)
            connection.execute(f"PRAGMA application_id = {_MARK}")
            state.put("key", key)
            for name, value in lasting:
                state.outlast(name, value)
            connection.execute("COMMIT")  # the mark of a new file endures
            connection.execute(_FAST)
            connection.execute("BEGIN IMMEDIATE")
            state = State(path, connection)
    except BaseException:
        connection.close()
        raise
    return state


def _is_of(state: State, key: bytes, connection: sqlite3.Connection) -> bool:
    """Whether what is in it was read as this key says."""
    try:
        return connection.execute("PRAGMA application_id").fetchone() == (_MARK,) and state.key() == key
    except (Damaged, StateError):
        return False


def _address(path: str, mode: str) -> str:
    """A file for SQLite, which is not to be made where it is gone."""
    return f"file:{''.join(f'%{byte:02x}' for byte in os.fsencode(path))}?mode={mode}"


def _unsealed(sealed: bytes, type: type[T]) -> T:
    data = sealed[_DIGEST:]
    if digest(data) != sealed[:_DIGEST]:
        raise Damaged
    return msgspec.msgpack.decode(data, type=type)


@contextlib.contextmanager
def _told(path: str) -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        if error.sqlite_errorname in _LOST:
            raise Damaged from error
        raise StateError(f"{path}: the state cannot be kept: {error}: make room, or name another file with --state") from error
    except sqlite3.DatabaseError as error:
        raise Damaged from error
