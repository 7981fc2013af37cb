"""Files that contain many records: a JSON array, JSON Lines, or CSV with a header. Each row becomes a mapping of strings.

A row is either the fields of a record, or `path` and `text`: a record file as it is. What is wrong with a row concerns
that row alone.
"""

import csv
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

from feedloom.errors import FrontMatterError
from feedloom.frontmatter import structured
from feedloom.frontmatter.subset import Fields, Value

LISTS = frozenset({"authors", "categories", "keywords", "tags", "topics"})
"""Columns of a table whose cells name several things, separated by `;`, `|` or else `,`."""

_SPACE = re.compile(r"[ \t\r\n]*")
_DELIMITERS = ",;\t"
_LIST_SEPARATORS = "|;,"


class Row(NamedTuple):
    """A record in a container: the line on which it begins, and its fields, or the `text` of a record file.

    `path` is the name that the row gives itself. Where there is an `error`, there are no fields.
    """

    line: int
    fields: Fields
    path: str | None = None
    text: str | None = None
    error: FrontMatterError | None = None


def read(name: str, data: bytes, longest: int) -> Iterator[Row]:
    """The rows of a file by the suffix of its name; a row may have `longest` characters.

    Raises FrontMatterError where the rest of the file cannot be read, perhaps after some rows.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = 1 + data.count(b"\n", 0, error.start)
        raise FrontMatterError("file-not-utf8", f"{data[error.start]:02x}", line=line) from None
    suffix = name.lower().rpartition(".")[2]
    if suffix in ("csv", "tsv"):
        yield from _table(text, longest, "\t" if suffix == "tsv" else None)
    elif suffix == "json":
        yield from _array(text, longest)
    else:
        yield from _lines(text, longest)


def _lines(text: str, longest: int) -> Iterator[Row]:
    """A JSON object a line; blank lines are no rows."""
    for number, line in enumerate(text.split("\n"), 1):
        if not line or line.isspace():
            continue
        if len(line) > longest:
            yield _too_long(number, longest)
            continue
        try:
            at = _skip(line, 0)
            read, end = structured.json_pairs(line, number, at)
            if _skip(line, end) < len(line):
                raise FrontMatterError("json-invalid", "second value", line=number)
        except FrontMatterError as error:
            yield Row(number, {}, error=error)
        else:
            yield _object(read, number)


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
