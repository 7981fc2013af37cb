"""The plain subset of YAML that programs write, read in a quarter of the time that PyYAML's events take.

`key: value` and `- item` lines, nested by indentation, with one-line values: quoted, plain text without any YAML syntax, or a
list or mapping of simple texts (`[atom, rss]`). Everything else is refused, and `document` gives it to `full`. The result is
exactly that of PyYAML's events, with scalars as written; tests/test_plain.py compares the two.

It is fast because short lines are remembered: half of all lines (`type: article`, `  - AI`) appear in many records. So is what
comes before the value of other lines (`    webUrl`), and a simple value needs no more. One regular expression reads all other
lines. A record of 60 lines takes 25 us here, and 140 us by events (docs/decisions.md).
"""

import re
from functools import cache
from typing import TypeAlias, cast

import msgspec

Value: TypeAlias = str | list["Value"] | dict[str, "Value"]
Fields: TypeAlias = dict[str, Value]
Path: TypeAlias = tuple[str | int, ...]
"""The path of a value: `("related", 0, "webUrl")`."""

NULLS = frozenset({"", "~", "null", "Null", "NULL"})
"""Unquoted, these are a field that is not there."""

UNUSUAL = ("\u2028", "\u2029", "\ufeff", "\ufffe", "\uffff")
"""Characters beyond U+009F that YAML takes for line breaks or a mark, or does not call printable. (UTF-8 has no surrogates.)

Expressions with such characters in sets take some ms to compile, and `find` is ten times as fast."""


@cache
def _line_pattern() -> re.Pattern[str]:
    """A line: its indentation, dash and key, and its value: in double quotes, plain, or any other. It has none of `UNUSUAL`."""
    # Each repetition can match in one way only: what may follow a run is never a part of it. So a line that does not match is
    # refused in linear time. A colon before a space ends a key, and a `#` after a space starts a comment.
    control = r"\x00-\x1f\x7f-\x9f"
    word = f"[^ :{control}]*"
    letter = rf"[^{control} !-/:-@\[-`{{-~]"
    plain = (
        rf"(?:{letter}|[-+._](?=[A-Za-z0-9])){word}"
        rf"(?:(?:[ ]+(?=[^ {control}])(?!\#)|:(?=[^ {control}])){word})*"
    )
    text = rf'[^"\\{control}]*'
    double = rf'"{text}(?:\\(?:["\\/bfnrt]|u(?![dD][89a-fA-F])[0-9a-fA-F]{{4}}){text})*"'
    single = rf"'[^'{control}]*(?:''[^'{control}]*)*'"
    return re.compile(
        r"([ ]{0,20})(-[ ]+(?![ ]))?(?:([A-Za-z_][A-Za-z0-9_-]{0,99}):(?:[ ]+(?![ ])|\Z))?"
        rf'(?:"({text})"|({plain})|({double}|{single}|~)|(\[[^]]*\]|\{{[^}}]*\}}))?[ ]*(?:(?<![^ ])\#[^{control}]*)?'
    )


@cache
def _flow_pattern() -> re.Pattern[str]:
    """A simple text in a list or mapping on one line; in a mapping, after its name."""
    letter = r"[^\x00-/:-@\[-`{-\x9f]"
    simple = rf"{letter}(?:{letter}|[-+./_]|:(?=[/A-Za-z0-9])|[ ]+(?={letter}))*"
    return re.compile(rf"[ ]*(?:([A-Za-z_][A-Za-z0-9_-]{{0,99}}):[ ]+)?({simple})[ ]*")


class NotPlain(Exception):
    """The text goes beyond the plain subset."""


Line: TypeAlias = tuple[int, int, str, Value | None]
"""The columns of a line's dash and of what follows it (-1 is no dash), its key, and its value.

A value of None is nothing on the line; `_NULL` itself, and no equal text, is a null that was written.
"""

_NULL = "~ in no quotes"  # not "~": Python shares one object for equal texts of one character
_EMPTY: Line = (-1, -1, "", "")
_END: Line = (-1, -1, "", None)

_lines: dict[str, Line] = {}
_heads: dict[str, tuple[int, int, str]] = {}
"""What stands before `: ` in lines that were read: the columns of the dash and of the key, and the key."""
_LONGEST_KEPT = 40
_PRINTABLE = bytes(range(0x20, 0x7F)) + b"\n"
_MOST_KEPT = 10_000


def fields(text: str) -> Fields:
    """The mapping in a text of one or more lines. Raises NotPlain."""
    found = lines(text)
    fields, at = _mapping(found, 0, 0)
    if found[at] is not _END:
        raise NotPlain
    return fields


def lines(text: str) -> list[Line]:
    """The lines of a text that may be a mapping, without those that say nothing, and an end. Raises NotPlain."""
    if "\r" in text:
        text = text.replace("\r\n", "\n")
    texts = text.split("\n")
    if texts.pop():
        raise NotPlain  # the last line has no end
    known = _lines.get
    # One look at all bytes instead of one at each line: nearly all texts that programs write are in ASCII.
    read = _any if not text.isascii() or text.encode().translate(None, _PRINTABLE) else _simple
    lines = [line for text in texts if (line := known(text) or read(text)) is not _EMPTY]
    lines.append(_END)
    if lines[0][:2] != (-1, 0):
        raise NotPlain
    return lines


def says_something(line: str) -> bool:
    """Whether a line that `lines` could read is more than blank or a comment."""
    return (_lines.get(line) or _any(line)) is not _EMPTY


def field_name(path: Path) -> str:
    """A path as people write it: `related[0].webUrl`."""
    name = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return name.removeprefix(".")


def _any(text: str) -> Line:
    """A line of any characters."""
    return _simple(text) if text.isprintable() else _line(text)


def _simple(text: str) -> Line:
    """A line of printable characters. Where its head is known and its value is simple, it needs no regular expression."""
    head, _, written = text.partition(": ")
    if known := _heads.get(head):
        if written[:1] == '"':
            value = written[1:-1]
            if written[-1] == '"' and '"' not in value and "\\" not in value and len(written) > 1:
                return (*known, value) if len(text) > _LONGEST_KEPT else _kept(text, (*known, value))
        elif written and _is_simple(written):
            return (*known, written) if len(text) > _LONGEST_KEPT else _kept(text, (*known, written))
    return _line(text)


def _is_simple(written: str) -> bool:
    """Whether a printable text without quotes is a value as it is."""
    return (
        written[0].isalnum()
        and written[-1] not in " :"
        and ": " not in written
        and " #" not in written
        and written not in NULLS
    )


def _line(text: str) -> Line:
    found = _line_pattern().fullmatch(text)
    if not found or (not text.isascii() and any(one in text for one in UNUSUAL)):
        raise NotPlain
    indentation, dash, key, quoted, plain, other, flow = found.groups()
    column = len(indentation)
    value: Value | None = quoted
    if flow:
        value = _flow(flow)
    elif quoted is None:
        value = unquoted(other) if other and other != "~" else _NULL if other or plain in NULLS else plain
    if key:
        columns = (column, column + len(dash)) if dash else (-1, column)
        line = (*columns, key, value)
        head, separator, _ = text.partition(": ")
        if separator and len(head) <= _LONGEST_KEPT:
            if len(_heads) >= _MOST_KEPT:
                _heads.clear()
            _heads[head] = (*columns, key)
    elif dash:
        line = (column, column + len(dash), "", value)
    elif value is None:
        line = _EMPTY
    else:
        raise NotPlain
    return line if len(text) > _LONGEST_KEPT or flow else _kept(text, line)  # who gets a list may change it


def _flow(written: str) -> Value:
    """The list or mapping that is written on one line."""
    found = [_flow_pattern().fullmatch(item) for item in written[1:-1].split(",")]
    pairs = [(item[1], item[2]) for item in found if item and item[2] not in NULLS]
    names = [name for name, _ in pairs if name]
    is_list = written[0] == "["
    if len(pairs) < len(found) or len(set(names)) != (0 if is_list else len(found)):
        raise NotPlain
    return [text for _, text in pairs] if is_list else dict(pairs)


def _kept(text: str, line: Line) -> Line:
    if len(_lines) >= _MOST_KEPT:
        _lines.clear()
    _lines[text] = line
    return line


def _mapping(lines: list[Line], at: int, column: int) -> tuple[Fields, int]:
    """The mapping that starts in line `at`, perhaps after a dash, and the line after it."""
    fields: dict[str, Value | None] = {}
    count = 0
    nulls = False
    value: Value | None
    _, _, key, value = lines[at]
    while True:
        at += 1
        count += 1
        dash, here, following, after = lines[at]
        if value is None:
            if dash >= column or (dash < 0 and here > column):
                value, at = _mapping(lines, at, here) if dash < 0 else _sequence(lines, at, dash)
                dash, here, following, after = lines[at]
            else:
                nulls = True
        elif value is _NULL:
            nulls = True
        fields[key] = value
        if here != column or dash >= 0:
            break
        key, value = following, after
    if len(fields) != count or "" in fields or (dash if dash >= 0 else here) >= column:
        raise NotPlain  # a name that appears twice or is empty, or a line with the wrong indentation
    if nulls:
        fields = {name: value for name, value in fields.items() if value is not None and value is not _NULL}
    return cast(Fields, fields), at


def _sequence(lines: list[Line], at: int, dash: int) -> tuple[list[Value], int]:
    """The sequence that starts in line `at`, and the line after it."""
    items: list[Value] = []
    here = dash
    value: Value | None
    while here == dash:
        _, column, key, value = lines[at]
        if key:
            value, at = _mapping(lines, at, column)
        else:
            at += 1
        if value is None:
            raise NotPlain
        if value is not _NULL:
            items.append(value)
        here, column, _, _ = lines[at]
    if here > dash or (here < 0 and column > dash):
        raise NotPlain
    return items, at


def unquoted(written: str) -> str:
    """The text in double or single quotes."""
    if written[0] == '"':
        return written[1:-1] if "\\" not in written else msgspec.json.decode(written, type=str)
    return written[1:-1].replace("''", "'")
