"""Files of many records: the rows of JSON Lines, Parquet, JSON, tables and feeds in order, and what came of each."""

import gzip
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from typing import Any, BinaryIO, NamedTuple

import msgspec

from feedloom.config.settings import Rules
from feedloom.errors import ConfigError, FrontMatterError
from feedloom.frontmatter import rows
from feedloom.frontmatter.kinds import OtherFrontMatter, Parsed
from feedloom.frontmatter.rows import Entry, Row
from feedloom.frontmatter.subset import Fields
from feedloom.model import FEEDS, Problem, printable
from feedloom.problems import Code
from feedloom.records import parse
from feedloom.records.parse import Reading
from feedloom.values import text, urls

LINES = (".jsonl", ".ndjson")
"""The suffixes of JSON Lines, which can also be packed."""
_PIECE = 1 << 18
_LARGEST_WHOLE = 2_000_000_000
"""In bytes. JSON and tables are read as a whole."""
_ROWS_AT_A_TIME = 64
_OF_ENTRIES: dict[Code, Code] = {"date-missing": "entry-date-missing", "url-missing": "entry-link-missing"}
_FIELDS = {"publishedDateTime": "published", "updatedDateTime": "updated", "originalUrl": "link", "webUrl": "link"}
"""Problems of records and their fields, as those of the entries of a feed: by the names that `fields` in the settings has."""
_FED = 512
"""Bytes. A block of 4 bytes can unpack to 128 KiB (RFC 8878 section 3.1.1.2), so these to 16 MiB."""
_WINDOW = 1 << 27


class Range(NamedTuple):
    """Whole lines of a file that is not packed: from `start`, so many bytes, after so many `lines`."""

    start: int
    length: int
    lines: int


class Item(NamedTuple):
    """A row that is not read yet: its `place` in the file (`:12`, `#12`), its line if it has one, and `data` that differs if it
    changed.
    """

    place: str
    line: int | None
    data: bytes
    row: Callable[[], Row]


def items(name: str, file: BinaryIO, size: int, rules: Rules, part: Range | None = None) -> Iterator[Item]:
    """The rows of a file, by the suffix of its name, or of a `part` of it. The memory does not grow with the file, unless it is
    JSON or a table.

    Raises FrontMatterError, perhaps after some rows, if the file is damaged or too large; ConfigError if a library is missing.
    """
    name = name.lower()
    packing = next((one for one in _UNPACKERS if name.endswith(one)), "")
    if name.endswith(".parquet"):
        found = _of_parquet(file, rules)
    elif name.removesuffix(packing).endswith(LINES):
        found = _of_lines(_bounded(_UNPACKERS[packing](file) if packing else _plain(file, part), rules), part, rules)
    elif size > (most := min(rules.max_shard_size, _LARGEST_WHOLE)):
        raise _too_large(f"{most:,} bytes")
    elif name.endswith(FEEDS):
        found = _of_feed(file.read(), rules)
    else:
        found = _of_whole(name, file.read(), rules)
    yield from found


def ranges(file: BinaryIO, size: int) -> Iterator[Range]:
    """Ranges of the lines of a file that is not packed, of about `size` bytes each."""
    start = lines = at = inside = 0
    while piece := file.read(_PIECE):
        at += len(piece)
        end = piece.rfind(b"\n") + 1
        if end and at - len(piece) + end - start >= size:
            inside += piece.count(b"\n", 0, end)
            yield Range(start, at - len(piece) + end - start, lines)
            start, lines, inside = at - len(piece) + end, lines + inside, piece.count(b"\n", end)
        else:
            inside += piece.count(b"\n")
    if at > start:
        yield Range(start, at - start, lines)


def reading(shard: str, inside: str, item: Item, rules: Rules) -> tuple[Reading, str, bool]:
    """What came of a row of a file; the name of its record, and whether the row gives it itself. Problems name the row by the
    place of the file; its path `inside` the records folder is a part of the name of a row without one.
    """
    row = item.row()
    own = own_path(row)
    name = own or f"{inside}{item.place}"
    found = _reading(name, row, rules)
    if row.entry:
        found = _of_entry(found, row.entry, row.fields)
    if found.problems:
        if row.text is not None:
            shown = f"{shard}{item.place}:{printable(name)}"
            placed = [msgspec.structs.replace(problem, path=shown) for problem in found.problems]
        else:
            # Of several rows on a line, only the place says which.
            path, line = (shard, item.line) if item.place == f":{item.line}" else (f"{shard}{item.place}", None)
            placed = [msgspec.structs.replace(problem, path=path, line=line) for problem in found.problems]
        found = msgspec.structs.replace(found, problems=tuple(placed))
    if row.entry and (fault := row.entry.fault):
        of_feed = Problem(shard, None, None, fault.code, fault.values, "warning")
        found = msgspec.structs.replace(found, problems=(of_feed, *found.problems))
    return found, name, bool(own)


def _of_entry(found: Reading, entry: Entry, fields: Fields) -> Reading:
    """What came of the entry of a feed: it may have a page of its own beside its link."""
    problems = [
        msgspec.structs.replace(one, code=_OF_ENTRIES.get(one.code, one.code), field=_FIELDS.get(one.field or "", one.field))
        for one in found.problems
    ]
    record = found.record
    if record:
        own = urls.http_url(address) if isinstance(address := fields.get("originalUrl"), str) else record.link
        is_untitled = entry.is_untitled and record.title == fields.get("title")  # the settings may name another field
        record = msgspec.structs.replace(record, is_untitled=is_untitled, address=own if own != record.link else None)
    return msgspec.structs.replace(found, record=record, problems=tuple(problems))


def _reading(name: str, row: Row, rules: Rules) -> Reading:
    if row.error:
        return parse.rejected(name, row.error, None, row.error.field)
    if rules.posts:
        from feedloom.records import posts

        if row.text is not None:
            return posts.reading(name, row.text.encode(errors="replace"), rules)
        return posts.reading_of(name, Parsed(_front_matter(row), ""), rules, name)
    if row.text is not None:
        return parse.reading(name, row.text.encode(errors="replace"), rules)
    return parse.reading_of(name, _front_matter(row), "", rules)


def _front_matter(row: Row) -> OtherFrontMatter:
    return OtherFrontMatter(row.fields, dict, row.line)


def own_path(row: Row) -> str:
    """The path that a row gives itself; empty if it does not."""
    path = row.path or row.fields.get("path")
    return path if isinstance(path, str) else ""


def _of_lines(pieces: Iterator[bytes], part: Range | None, rules: Rules) -> Iterator[Item]:
    before = part.lines if part else 0
    for number, line in rows.lines(pieces, rules.max_file_size):
        at = before + number
        yield Item(f":{at}", at, line or b"", partial(rows.of_line, line, at, rules.max_file_size))


def _of_feed(data: bytes, rules: Rules) -> Iterator[Item]:
    """The entries of a feed."""
    from feedloom.records import entries

    try:
        found = entries.read(data, rules.max_file_size)
    except ValueError as error:
        raise FrontMatterError("feed-invalid", str(error)) from None
    for row in found.rows:
        yield Item(f"#{row.line}", None, _data(row), partial(_same, row))


def _of_whole(name: str, data: bytes, rules: Rules) -> Iterator[Item]:
    """The rows of JSON or a table. If its end cannot be read, the last one says why. JSON Feed is a feed."""
    if name.endswith(".json") and b"//jsonfeed.org/version/" in data:
        from feedloom.records import entries

        if entries.is_json_feed(data):
            yield from _of_feed(data, rules)
            return
    lines: Counter[int] = Counter()

    def item(row: Row) -> Item:
        lines[row.line] += 1
        second = f"#{count}" if (count := lines[row.line]) > 1 else ""
        return Item(f":{row.line}{second}", row.line, _data(row), lambda: row)

    try:
        for row in rows.read(name, data, rules.max_file_size):
            yield item(row)
    except FrontMatterError as error:
        yield item(Row(error.line, {}, error=error))


def _data(row: Row) -> bytes:
    fault = row.entry and row.entry.fault
    return msgspec.json.encode((row.fields, row.path, row.text, str(row.error or ""), str(fault or "")))


def _plain(file: BinaryIO, part: Range | None) -> Iterator[bytes]:
    left = part.length if part else None
    if part:
        file.seek(part.start)
    while piece := file.read(_PIECE if left is None else min(_PIECE, left)):
        if left is not None:
            left -= len(piece)
        yield piece


def _gunzipped(file: BinaryIO) -> Iterator[bytes]:
    try:
        with gzip.GzipFile(fileobj=file, mode="rb") as unpacked:
            is_empty = True
            while piece := unpacked.read(_PIECE):
                is_empty = False
                yield piece
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise _broken(error) from None
    if is_empty and not file.tell():
        raise _broken("is empty")


def _unzstandarded(file: BinaryIO) -> Iterator[bytes]:
    zstandard = module("zstandard", "compress")
    frame: Any = None
    found: list[bytes] = []
    held = 0
    try:
        while packed := file.read(_FED):
            while packed:
                if frame is None:
                    frame = zstandard.ZstdDecompressor(max_window_size=_WINDOW).decompressobj()
                found.append(frame.decompress(packed))
                held += len(found[-1])
                packed, frame = (frame.unused_data, None) if frame.eof else (b"", frame)
            if held >= _PIECE:
                yield b"".join(found)
                found, held = [], 0
    except zstandard.ZstdError as error:
        raise _broken(error) from None
    if frame is not None or not file.tell():
        raise _broken("ends too soon")
    yield b"".join(found)


_UNPACKERS: dict[str, Callable[[BinaryIO], Iterator[bytes]]] = {".gz": _gunzipped, ".zst": _unzstandarded}


def _bounded(pieces: Iterator[bytes], rules: Rules) -> Iterator[bytes]:
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > rules.max_shard_size:
            raise _too_large(f"{rules.max_shard_size:,} bytes")
        yield piece


def _of_parquet(file: BinaryIO, rules: Rules) -> Iterator[Item]:
    pyarrow = module("pyarrow", "parquet")
    parquet = import_module("pyarrow.parquet")
    number = 0
    try:
        # With a buffer, a row group is read page by page: without, each of its columns would be in memory.
        opened = parquet.ParquetFile(file, memory_map=False, pre_buffer=False, buffer_size=_PIECE)
        about = opened.metadata
        size = max(about.row_group(at).total_byte_size for at in range(about.num_row_groups)) if about.num_row_groups else 0
        casts = _casts(opened.schema_arrow, pyarrow)
        for batch in opened.iter_batches(_ROWS_AT_A_TIME, use_threads=False) if size <= rules.max_shard_size else ():
            size += batch.nbytes
            if size > rules.max_shard_size:
                break
            table = pyarrow.Table.from_batches([batch])
            for at, field in casts.items():
                table = table.set_column(at, field, table.column(at).cast(field.type, safe=False))
            for values in _values(table):
                number += 1
                row = rows.of_values(values, number, rules.max_file_size) if values is not None else _unreadable(number)
                yield Item(f"#{number}", None, _data(row), partial(_same, row))
        if size > rules.max_shard_size:
            raise _too_large(f"{rules.max_shard_size:,} bytes")
    except FrontMatterError:
        raise
    except (pyarrow.ArrowException, OSError, ValueError, OverflowError, EOFError) as error:
        raise _broken(error) from None


def _same(row: Row) -> Row:
    return row


def _values(table: Any) -> Iterator[dict[str, Any] | None]:
    """The rows of a table as Python values; None if one has a value that Python does not have."""
    try:
        yield from table.to_pylist()
    except (ValueError, OverflowError, ArithmeticError):  # a text that is not UTF-8, or a year beyond 9999
        for at in range(table.num_rows):
            try:
                yield table.slice(at, 1).to_pylist()[0]
            except (ValueError, OverflowError, ArithmeticError):
                yield None


def _unreadable(number: int) -> Row:
    return Row(number, {}, error=FrontMatterError("row-unreadable", line=number))


def _casts(schema: Any, pyarrow: Any) -> dict[int, Any]:
    """The columns with times, as Python can read them: in microseconds, and in UTC if they have a zone."""
    twice = next((name for name, count in Counter(schema.names).items() if count > 1), None)
    if twice is not None:
        raise FrontMatterError("field-twice", field=twice)
    types = pyarrow.types

    def plain(kind: Any) -> Any:
        if types.is_timestamp(kind):
            return pyarrow.timestamp("us", "UTC" if kind.tz else None)
        if types.is_list(kind) or types.is_large_list(kind):
            return pyarrow.list_(plain(kind.value_type))
        if types.is_struct(kind):
            return pyarrow.struct([field.with_type(plain(field.type)) for field in kind])
        return kind

    found = {at: field.with_type(plain(field.type)) for at, field in enumerate(schema)}
    return {at: field for at, field in found.items() if field.type != schema.field(at).type}


def module(name: str, extra: str) -> Any:
    """A library that few need. Raises ConfigError if it is not installed."""
    if not find_spec(name):
        raise ConfigError(f"these records need the package {name}: pip install 'feedloom[{extra}]'")
    return import_module(name)


def _broken(error: Exception | str) -> FrontMatterError:
    said = " ".join(str(error).split()) or type(error).__name__
    return FrontMatterError("shard-broken", text.shortened(said, 200))


def _too_large(limit: str) -> FrontMatterError:
    return FrontMatterError("shard-too-large", limit)
