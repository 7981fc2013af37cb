"""Write a folder of records as shards: files of many records, from which a build makes the same feeds.

Each row is a record file as it is, by its path. The same records give the same bytes, if the libraries are the same. The files
are named in `.feedloom-export` before they are there; what is not named there is not replaced. All are written under temporary
names first, so that those of two exports are together in the folder only while files are renamed; no build reads it then.
"""

import gzip
import os
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import partial
from itertools import islice
from typing import Any, BinaryIO, Literal, NamedTuple, TypeAlias

import msgspec

from feedloom.config.settings import Config, rules
from feedloom.errors import ConfigError, ExportError, FrontMatterError
from feedloom.model import Problem, Source
from feedloom.pipeline import places
from feedloom.problems import Mistake
from feedloom.records import containers, scan
from feedloom.records.exports import FILE, MARK, Mark
from feedloom.site import lock

Format: TypeAlias = Literal["jsonl.zst", "jsonl.gz", "jsonl", "parquet"]

_TEMPORARY = f"{MARK}-new"
_ROWS_AT_A_TIME = 100
_COMPARED = 1 << 20


class Row(NamedTuple):
    """A record file: its path, and its text."""

    path: str
    text: str


class Exported(NamedTuple):
    """How many `records` were exported, into how many `files`; which of these were `written`, and how many were `removed`. The
    problems say which records were left out.
    """

    records: int
    files: int
    written: int
    removed: int
    problems: list[Problem]


def export(config: Config, folder: str, records: int, format: Format) -> Exported:
    """Write the records into a folder, so many to a file. Raises ConfigError, ExportError, and LockError if another export
    writes to it.
    """
    _check(config, folder)
    problems: list[Problem] = []
    try:
        os.makedirs(folder, exist_ok=True)
        with lock.hold(folder, 0, "export"):
            own = _own(folder)
            _sweep(folder)  # what an export left that was killed
            try:
                staged = _staged(config, folder, records, format, own, problems)
                unwanted = [name for name in own if name not in staged.files]
                gone = [name for name in unwanted if os.path.lexists(os.path.join(folder, name))]
                _replace(folder, own, staged, gone)
            finally:
                _sweep(folder)
    except OSError as error:
        raise ExportError(f"{folder}: cannot be written: {error.strerror}") from error
    return Exported(staged.records, len(staged.files), len(staged.new), len(gone), places.placed(problems, config))


class _Staged(NamedTuple):
    """All `files` of an export, with their sizes, and the temporary names of those that are `new` or differ. They have so many
    `records`.
    """

    files: dict[str, int]
    new: dict[str, str]
    records: int


def _staged(
    config: Config, folder: str, records: int, format: Format, own: Collection[str], problems: list[Problem]
) -> _Staged:
    """Write the files that differ under temporary names, which no record has. Raises ExportError and OSError."""
    rows = _rows(config, problems)
    files: dict[str, int] = {}
    new: dict[str, str] = {}
    count = 0
    while some := list(islice(rows, 1)):
        name = f"part-{len(files):05}.{format}"
        place, temporary = os.path.join(folder, name), os.path.join(folder, f"{_TEMPORARY}-{len(files)}")
        if name not in own and os.path.lexists(place):
            raise ExportError(f"{place}: feedloom export did not write it; move it away")
        inside = _Counted(some, islice(rows, records - 1))
        _write(temporary, partial(_WRITERS[format], inside))
        files[name] = os.path.getsize(temporary)
        if _is_same(temporary, place):
            os.unlink(temporary)
        else:
            new[name] = temporary
        count += inside.count
    return _Staged(files, new, count)


def _replace(folder: str, own: Mapping[str, int], staged: _Staged, gone: Collection[str]) -> None:
    """Put the new files in place of those of the export before. While both are there, the mark says so."""
    if staged.new or gone:
        _write_mark(folder, Mark(1, {**own, **staged.files}, unfinished=True))
        for name, temporary in staged.new.items():
            os.replace(temporary, os.path.join(folder, name))
        for name in gone:
            os.unlink(os.path.join(folder, name))
        _flush(folder)
    _write_mark(folder, Mark(1, staged.files))


class _Counted:
    """Some rows, and the number of those that were taken."""

    def __init__(self, first: list[Row], others: Iterator[Row]) -> None:
        self.count = 0
        self._first = first
        self._others = others

    def __iter__(self) -> Iterator[Row]:
        for rows in (self._first, self._others):
            for row in rows:
                self.count += 1
                yield row


def _check(config: Config, folder: str) -> None:
    places.check(config)
    if config.posts is not None or any(part.posts for part in config.parts):
        raise ConfigError(
            "feedloom export writes records of feedloom's own form; of these, a profile, fields or defaults make the records"
        )
    if places.has_objects(config):
        raise ConfigError(f"{config.records}: feedloom export reads local records; copy them with the tool of your storage")
    if "://" in folder:
        raise ConfigError(
            f"{folder}: feedloom export writes a local folder; copy it to the bucket with the tool of your storage"
        )
    records = [os.path.normpath(os.path.join(config.records, part.folder)) for part in config.parts] or [config.records]
    for what, place in (*(("records", one) for one in records), ("output", config.output)):
        if "://" not in place and places.is_inside(folder, place):
            raise ConfigError(f"{folder}: is in the {what} folder {place}; choose another one")


def _rows(config: Config, problems: list[Problem]) -> Iterator[Row]:
    """The records in the order of their paths, and then those of files of many records."""
    found = places.scanned(config)
    problems += found.problems
    sources = sorted((source for bucket in found.buckets for source in bucket), key=lambda source: source.file)
    root = scan.folder_of(config.records)
    for source in sources:
        if not scan.is_shard(source.file):
            path = scan.shown(source.file)
            try:
                yield Row(path, _content(root, source, config).decode())
            except Mistake as mistake:
                problems.append(Problem(path, None, None, mistake.code, mistake.values, "rejected"))
            except UnicodeDecodeError as error:
                problems.append(Problem(path, None, None, "file-not-utf8", (f"{error.object[error.start]:02x}",), "rejected"))
            except OSError as error:
                problems.append(Problem(path, None, None, "file-unreadable", (error.strerror or str(error),), "rejected"))
    for source in sources:
        if scan.is_shard(source.file):
            yield from _rows_of(source, root, config, problems)


def _content(root: str, source: Source, config: Config) -> bytes:
    if source.size > config.max_file_size:
        raise Mistake("file-too-large", f"{config.max_file_size:,}")
    return scan.content(root, source, config.max_file_size)


def _rows_of(source: Source, root: str, config: Config, problems: list[Problem]) -> Iterator[Row]:
    path = scan.shown(source.file)
    try:
        with scan.opened(root, source) as file:
            for item in containers.items(path, file, source.size, rules(config)):
                row = item.row()
                name = containers.own_path(row) or f"{path}{item.place}"
                if row.error:
                    code, values = row.error.code, row.error.values
                    problems.append(Problem(f"{path}{item.place}", None, None, code, values, "rejected"))
                elif row.text is not None:
                    yield Row(name, row.text)
                else:
                    yield Row(name, f"---\n{msgspec.json.encode(row.fields).decode()}\n---\n")
    except FrontMatterError as error:
        raise ExportError(f"{places.place(path, config)}: {error}") from None
    except (Mistake, OSError) as error:
        raise ExportError(f"{places.place(path, config)}: {error}") from None


def _own(folder: str) -> dict[str, int]:
    """The files that an export wrote, and their sizes."""
    path = os.path.join(folder, MARK)
    try:
        with open(path, "rb") as file:
            files = msgspec.json.decode(file.read(), type=Mark).files
        if all(FILE.fullmatch(name) for name in files):
            return files
    except FileNotFoundError:
        return {}
    except msgspec.MsgspecError:
        pass
    raise ExportError(f"{path}: feedloom export did not write it; move it away")


def _sweep(folder: str) -> None:
    """Remove temporary files."""
    for name in os.listdir(folder):
        if name.startswith(_TEMPORARY):
            os.unlink(os.path.join(folder, name))


def _write_mark(folder: str, mark: Mark) -> None:
    data = msgspec.json.encode(mark) + b"\n"
    temporary, place = os.path.join(folder, _TEMPORARY), os.path.join(folder, MARK)
    _write(temporary, lambda file: file.write(data))
    if _is_same(temporary, place):
        os.unlink(temporary)
    else:
        os.replace(temporary, place)
        _flush(folder)


def _write(path: str, write: Callable[[BinaryIO], object]) -> None:
    with open(path, "xb") as file:
        write(file)
        file.flush()
        os.fsync(file.fileno())


def _flush(folder: str) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _is_same(new: str, old: str) -> bool:
    if not os.path.isfile(old) or os.path.getsize(old) != os.path.getsize(new):
        return False
    with open(new, "rb") as one, open(old, "rb") as other:
        while data := one.read(_COMPARED):
            if data != other.read(_COMPARED):
                return False
    return True


def _lines(rows: "_Counted", file: BinaryIO) -> None:
    for row in rows:
        file.write(msgspec.json.encode(row._asdict()) + b"\n")


def _gzipped(rows: "_Counted", file: BinaryIO) -> None:
    with gzip.GzipFile("", "wb", 6, file, mtime=0) as packed:
        _lines(rows, packed)  # type: ignore[arg-type]


def _zstandarded(rows: "_Counted", file: BinaryIO) -> None:
    zstandard = containers.module("zstandard", "compress")
    with zstandard.ZstdCompressor(level=3).stream_writer(file, closefd=False) as packed:
        _lines(rows, packed)


def _parquet(rows: "_Counted", file: BinaryIO) -> None:
    pyarrow: Any = containers.module("pyarrow", "parquet")
    parquet = containers.module("pyarrow.parquet", "parquet")
    schema = pyarrow.schema([("path", pyarrow.string()), ("text", pyarrow.string())])
    with parquet.ParquetWriter(file, schema, compression="zstd") as writer:
        left = iter(rows)
        while some := list(islice(left, _ROWS_AT_A_TIME)):
            writer.write_batch(pyarrow.RecordBatch.from_pylist([row._asdict() for row in some], schema))


_WRITERS: dict[Format, Callable[["_Counted", BinaryIO], None]] = {
    "jsonl.zst": _zstandarded,
    "jsonl.gz": _gzipped,
    "jsonl": _lines,
    "parquet": _parquet,
}
