"""Files that contain many records: JSON Lines, a JSON array, a table. Each row becomes a mapping of strings.

A row is either the fields of a record, or `path` and `text`: a record file as it is. What is wrong with a row concerns
that row alone.
"""

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec

from feedloom.errors import FrontMatterError
from feedloom.frontmatter import structured
from feedloom.frontmatter.subset import Fields, Value
from feedloom.problems import Mistake

LISTS = frozenset({"authors", "categories", "keywords", "tags", "topics"})
"""Columns of a table whose cells name several things, separated by `;`, `|` or else `,`."""

_SPACE = re.compile(r"[ \t\r\n]*")
_DELIMITERS = ",;\t"
_LIST_SEPARATORS = "|;,"

_BOM = b"\xef\xbb\xbf"
_ESCAPED = 6
"""A character of a text takes up to so many in JSON: `\\u0000`."""
_SPACED_COLON = re.compile(rb'"[ \t\r]+:')
_decode = msgspec.json.Decoder(float_hook=str).decode
"""Of two fields with one name it takes the last."""


class Entry(NamedTuple):
    """What is said of the entry of a feed: whether its title is the first words of its text. The first entry also says what is
    wrong with the feed.
    """

    is_untitled: bool = False
    fault: Mistake | None = None


class Row(NamedTuple):
    """A record in a container: the line on which it begins, and its fields, or the `text` of a record file.

    `path` is the name that the row gives itself. Where there is an `error`, there are no fields. Only the rows of feeds are an
    `entry`, and their line is their number.
    """

    line: int
    fields: Fields
    path: str | None = None
    text: str | None = None
    error: FrontMatterError | None = None
    entry: Entry | None = None


def lines(pieces: Iterable[bytes], longest: int) -> Iterator[tuple[int, bytes | None]]:
    """The lines of a file that comes in pieces, and their numbers; blank ones are no rows. None: it is longer than any row.

    Pieces should be of 100 kB or more: each is joined to what the one before it left.
    """
    most = _ESCAPED * longest + 1_000
    number, rest, is_too_long, is_first = 0, b"", False, True
    for piece in pieces:
        complete = (rest + piece).split(b"\n")
        rest = complete.pop()
        for line in complete:
            number += 1
            if is_first:
                line, is_first = line.removeprefix(_BOM), False
            if is_too_long or len(line) > most:
                yield number, None
                is_too_long = False
            elif line and not line.isspace():
                yield number, line
        if len(rest) > most:
            is_too_long, rest, is_first = True, b"", False
    if is_too_long:
        yield number + 1, None
    elif (rest := rest.removeprefix(_BOM) if is_first else rest) and not rest.isspace():
        yield number + 1, rest


def of_line(line: bytes | None, number: int, longest: int) -> Row:
    """The row on a line of JSON Lines. Without `text`, a line may have `longest` bytes."""
    if line is None:
        return _too_long(number, longest)
    row = _quickly(line, number) or _slowly(line, number)
    return _too_long(number, longest) if row.text is None and not row.error and len(line) > longest else row


def _quickly(line: bytes, number: int) -> Row | None:
    """The row of a JSON object, if it is certain that no name in it appears twice."""
    try:
        read = _decode(line)
        if not isinstance(read, dict):
            return None
        names = [0]
        fields = _texts_of(read, names, 1)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    # Each name has one `":` behind it. If there are no more of them, there are no other names.
    if line.count(b'":') != names[0] or _SPACED_COLON.search(line):
        return None
    return _row_of(fields, number)


def _texts_of(read: dict[str, Any], names: list[int], depth: int) -> Fields:
    """What `structured.json_fields` makes of an object, and the number of names in it."""
    names[0] += len(read)
    found: Fields = {}
    for name, value in read.items():
        if type(value) is str:
            found[name] = value
        elif value is not None:
            found[name] = _text_of(value, names, depth)
    return found


def _text_of(value: Any, names: list[int], depth: int) -> Value:
    if type(value) is str:
        return value
    if isinstance(value, dict | list):
        if depth >= structured.DEEPEST:
            raise RecursionError
        if isinstance(value, dict):
            return _texts_of(value, names, depth + 1)
        return [_text_of(one, names, depth + 1) for one in value if one is not None]
    return str(value).lower() if isinstance(value, bool) else str(value)


def _slowly(line: bytes, number: int) -> Row:
    try:
        text = _text(line, number)
        read, end = structured.json_pairs(text, number, _skip(text, 0))
        if _skip(text, end) < len(text):
            raise FrontMatterError("json-invalid", "second value", line=number)
        return _object(read, number)
    except FrontMatterError as error:
        return Row(number, {}, error=error)


def _text(data: bytes, line: int) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line += data.count(b"\n", 0, error.start)
        raise FrontMatterError("file-not-utf8", f"{data[error.start]:02x}", line=line) from None


def of_values(values: dict[str, Any], number: int, longest: int) -> Row:
    """The row that Python values make, such as those of Parquet: times, decimals and bytes become text, too."""
    try:
        row = _object(_plain(values, number), number)
    except FrontMatterError as error:
        return Row(number, {}, error=error)
    size = sum(map(len, texts(row.fields)))
    return _too_long(number, longest) if size > longest else row


def _plain(value: Any, line: int) -> Any:
    """A value as JSON would have it."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z") if value.tzinfo else value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        return "NaN" if value != value else repr(value).replace("inf", "Infinity")
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, bytes):
        return _text(value, line)
    if isinstance(value, dict):
        return {str(name): _plain(one, line) for name, one in value.items()}
    if isinstance(value, list):
        if value and all(isinstance(one, tuple) for one in value):  # a map
            return {str(name): _plain(one, line) for name, one in value}
        return [_plain(one, line) for one in value]
    return str(value)


def texts(value: Value) -> Iterator[str]:
    """The texts in a value, whatever it nests."""
    if isinstance(value, str):
        yield value
    else:
        for one in value.values() if isinstance(value, dict) else value:
            yield from texts(one)


def read(name: str, data: bytes, longest: int) -> Iterator[Row]:
    """The rows of a JSON array or a table by the suffix of its name; a row may have `longest` characters.

    Raises FrontMatterError where the rest of the file cannot be read, perhaps after some rows.
    """
    text = _text(data, 1)
    suffix = name.lower().rpartition(".")[2]
    if suffix in ("csv", "tsv"):
        yield from _table(text, longest, "\t" if suffix == "tsv" else None)
    else:
        yield from _array(text, longest)


def _array(text: str, longest: int) -> Iterator[Row]:
    """The objects of an array; an object alone is a row."""
    at = _skip(text, 0)
    is_array = text.startswith("[", at)
    if is_array:
        at = _skip(text, at + 1)
    line, counted = 1, 0
    while not (is_array and text.startswith("]", at)):
        line, counted = line + text.count("\n", counted, at), at
        read, end = structured.json_pairs(text, line, at)
        yield _object(read, line) if end - at <= longest else _too_long(line, longest)
        at = _skip(text, end)
        if is_array and text.startswith(",", at):
            at = _skip(text, at + 1)
        elif not is_array or not text.startswith("]", at):
            break
    line += text.count("\n", counted, at)
    if is_array and not text.startswith("]", at):
        raise FrontMatterError("json-invalid", "comma missing", line=line)
    if _skip(text, at + is_array) < len(text):
        raise FrontMatterError("json-invalid", "second value", line=line)


def _object(read: Any, line: int) -> Row:
    if not isinstance(read, dict):
        return Row(line, {}, error=FrontMatterError("row-not-object", line=line))
    try:
        fields = structured.json_fields(read, line)
    except FrontMatterError as error:
        return Row(line, {}, error=error)
    return _row_of(fields, line)


def _row_of(fields: Fields, line: int) -> Row:
    path = fields.get("path")
    text = fields.get("text")
    if isinstance(path, str) and isinstance(text, str) and len(fields) == 2:
        return Row(line, {}, path, text)
    return Row(line, fields)


def _table(text: str, longest: int, delimiter: str | None) -> Iterator[Row]:
    """The rows of a table below its header (RFC 4180); empty cells are fields that are not there."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    header_line = lines[0]
    delimiter = delimiter or max(_DELIMITERS, key=header_line.count)
    csv.field_size_limit(max(longest, 1_000))
    reader = csv.reader((f"{line}\n" for line in lines), delimiter=delimiter, strict=True)
    header: list[tuple[str, ...]] | None = None
    line = 1
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise FrontMatterError("csv-invalid", str(error), line=reader.line_num) from None
        if cells is None:
            return
        if header is None and any(cells):
            header = _header(cells, line)
        elif header is not None and any(cells):
            yield _row(header, cells, line) if sum(map(len, cells)) <= longest else _too_long(line, longest)
        line = reader.line_num + 1


def _header(cells: list[str], line: int) -> list[tuple[str, ...]]:
    names = [cell.strip() for cell in cells]
    twice = next((name for name, count in Counter(names).items() if name and count > 1), None)
    if twice is not None:
        raise FrontMatterError("field-twice", line=line, field=twice)
    return [tuple(name.split(".")) if name else () for name in names]


def _row(header: list[tuple[str, ...]], cells: list[str], line: int) -> Row:
    if any(cells[len(header) :]):
        error = FrontMatterError("csv-cells", str(len(cells)), str(len(header)), line=line)
        return Row(line, {}, error=error)
    fields: Fields = {}
    for path, cell in zip(header, cells, strict=False):
        value = cell.strip()
        if value and path:
            _put(fields, path, _listed(value) if path[-1] in LISTS else value)
    return Row(line, fields)


def _put(fields: Fields, path: tuple[str, ...], value: Value) -> None:
    """Set the field of a dotted name: `provider.name`. What is a text already stays one."""
    for part in path[:-1]:
        inner = fields.setdefault(part, {})
        if not isinstance(inner, dict):
            return
        fields = inner
    fields.setdefault(path[-1], value)


def _listed(cell: str) -> list[Value]:
    separator = next((one for one in _LIST_SEPARATORS if one in cell), ",")
    return [part.strip() for part in cell.split(separator) if part.strip()]


def _too_long(line: int, longest: int) -> Row:
    return Row(line, {}, error=FrontMatterError("file-too-large", f"{longest:,}", line=line))


def _skip(text: str, at: int) -> int:
    space = _SPACE.match(text, at)
    assert space
    return space.end()
