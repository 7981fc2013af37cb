"""The plain subset of YAML that programs write, read in a quarter of the time that PyYAML's events take.

`key: value` and `- item` lines, nested by indentation, with one-line values: quoted, or plain text without anything that
could be syntax. All else is refused, and `frontmatter` hands it to PyYAML. What is accepted gives exactly what PyYAML's
events give, scalars as written included; tests/test_plain.py compares the two on all that they can think of.

A record of 60 lines: 35 us here, 140 us by events (docs/decisions.md).
"""

import re
from typing import NamedTuple, TypeAlias

import msgspec

Value: TypeAlias = str | list["Value"] | dict[str, "Value"]
Fields: TypeAlias = dict[str, Value]
Path: TypeAlias = tuple[str | int, ...]
"""The way to a value: `("related", 0, "webUrl")`."""

NULLS = frozenset({"", "~", "null", "Null", "NULL"})
"""Unquoted, these are a field that is not there."""

# Beyond ASCII, all that YAML calls printable but the line breaks of YAML 1.1 (U+0085, U+2028, U+2029) and U+FEFF.
_BEYOND = "\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff"
# A colon before a space ends a key, and a `#` after one begins a comment.
_PLAIN = (
    rf"(?:[A-Za-z0-9{_BEYOND}]|[-+._](?=[A-Za-z0-9]))"
    rf"(?:[!-9;-~{_BEYOND}]++|[ ]++(?=[!-~{_BEYOND}])(?!\#)|:(?=[!-~{_BEYOND}]))*+"
)
_DOUBLE = rf'"(?:[ !#-\[\]-~{_BEYOND}]++|\\(?:["\\/bfnrt]|u(?![dD][89a-fA-F])[0-9a-fA-F]{{4}}))*+"'
_SINGLE = rf"'(?:[ -&(-~{_BEYOND}]++|'')*+'"
_EMPTY = rf"(?:[ ]*+(?:\#[ -~{_BEYOND}]*+)?\r?\n)*+"
_NULL = "~"
_LINE = re.compile(
    rf"(?:\A{_EMPTY})?"
    r"([ ]{0,20}+(?:-[ ]++)?+(?:[A-Za-z_][A-Za-z0-9_-]{0,99}+:(?:[ ]++|(?=\r?\n)))?+)"
    rf'(?:"([ !#-\[\]-~{_BEYOND}]*+)"|(?!(?:null|Null|NULL)[ ]*+\r?\n)({_PLAIN})|({_DOUBLE}|{_SINGLE}|~|null|Null|NULL))?+'
    rf"[ ]*+\r?\n{_EMPTY}"
)
"""A line in four groups: what stands before the value; the value in double quotes, or plain, or any other."""


class _Head(NamedTuple):
    """What stands before a line's value: the columns of the dash and of what follows it, and the key; -1 is no dash."""

    dash: int
    column: int
    key: str


class _Heads(dict[str, _Head]):
    """Heads by their text: a collection of records has a few dozen."""

    def __missing__(self, text: str) -> _Head:
        if len(self) > 10_000:
            self.clear()
        column = len(text) - len(text.lstrip("- "))
        dash = text.find("-", 0, column)
        head = self[text] = _Head(dash, column, text[column:].rstrip(" ").removesuffix(":"))
        return head


_HEADS = _Heads()
_END = _Head(-1, -1, "")


class NotPlain(Exception):
    """The text goes beyond the plain subset."""


def fields(text: str) -> Fields:
    """The mapping that a text writes down, a line or more. Raises NotPlain."""
    parts = _LINE.split(text)
    if any(parts[::5]):
        raise NotPlain
    values = [plain if quoted is None else quoted for quoted, plain in zip(parts[2::5], parts[3::5], strict=True)]
    others = parts[4::5]
    if any(others):
        values = [_scalar(other) if other else value for value, other in zip(values, others, strict=True)]
    return _Lines([_HEADS[head] for head in parts[1::5]], values).root()


def field_name(path: Path) -> str:
    """A path as people write it: `related[0].webUrl`."""
    name = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return name.removeprefix(".")


class _Lines:
    """The lines of a text, read from the first to the last: what stands before each value, and the value.

    A value of None is nothing on the line; `_NULL` itself, and no equal text, is a null that was written.
    """

    def __init__(self, heads: list[_Head], values: list[str | None]) -> None:
        self._heads = [*heads, _END]
        self._values = values
        self._at = 0

    def root(self) -> Fields:
        """The mapping that all lines make."""
        if self._heads[0][:2] != (-1, 0):
            raise NotPlain
        fields = self._mapping(0)
        if self._heads[self._at] is not _END:
            raise NotPlain
        return fields

    def _mapping(self, column: int) -> Fields:
        heads, values, at = self._heads, self._values, self._at
        fields: dict[str, Value | None] = {}
        count = 0
        key = heads[at].key
        while True:
            if not key:
                raise NotPlain
            value: Value | None = values[at]
            at += 1
            dash, here, following = heads[at]
            if value is None and (dash >= column or (dash < 0 and here > column)):
                self._at = at
                value = self._mapping(here) if dash < 0 else self._sequence(dash)
                at = self._at
                dash, here, following = heads[at]
            fields[key] = value
            count += 1
            if dash >= 0 or here != column:
                break
            key = following
        if len(fields) != count or max(dash, here if dash < 0 else -1) >= column:
            raise NotPlain  # a name that stands twice, or a line that belongs nowhere
        self._at = at
        return {name: value for name, value in fields.items() if value is not None and value is not _NULL}

    def _sequence(self, dash: int) -> list[Value]:
        heads, at = self._heads, self._at
        items: list[Value] = []
        here = dash
        while here == dash:
            _, column, key = heads[at]
            value: Value | None = None
            if key:
                self._at = at
                value = self._mapping(column)
                at = self._at
            else:
                value = self._values[at]
                at += 1
            if value is None:
                raise NotPlain
            if value is not _NULL:
                items.append(value)
            here, column, _ = heads[at]
        if here > dash or (here < 0 and column > dash):
            raise NotPlain
        self._at = at
        return items


def _scalar(written: str) -> str:
    if written[0] == '"':
        return msgspec.json.decode(written, type=str)
    if written[0] == "'":
        return written[1:-1].replace("''", "'")
    return _NULL
