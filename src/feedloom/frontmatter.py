"""Bytes to a mapping of strings: front matter between `---` lines, read from the events of PyYAML's C parser.

The plain subset of YAML that programs write is read by `plain`, faster and to the same values.

Every scalar stays the string that was written, so that a topic `No` or `3.10` is what its author wrote. An unquoted
`null`, `~` or nothing at all is a field that is not there.
"""

import re
from collections.abc import Callable
from typing import TypeAlias, cast

import yaml

from feedloom import plain
from feedloom.plain import NULLS, Fields, Value

Path: TypeAlias = tuple[str | int, ...]

_DEEPEST = 32
_MOST_EXPANDED = 10_000
"""Values that aliases may stand for in one file, all told; ten lines of nested aliases can stand for 10^10."""

_OPENING = re.compile(r"---[ \t]*\r?\n")
_CLOSING = re.compile(r"---[ \t]*\r?$", re.MULTILINE)

# What YAML 1.1 section 5.1 lets stand in a stream; and the halves of a pair as JSON programs escape them.
_UNREADABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_PAIR = re.compile(r"\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})")
_HALF = re.compile(r"\\u[dD][89a-fA-F][0-9a-fA-F]{2}")


class FrontMatterError(ValueError):
    """Front matter that cannot be read, with the line (from 1) and the field where that is known."""

    def __init__(self, message: str, line: int = 1, field: str | None = None) -> None:
        super().__init__(message)
        self.line = line
        self.field = field


class FrontMatter:
    """The fields of one file. `mended` tells what had to be taken out of it to be read, and where, or is None."""

    def __init__(self, text: str, first_line: int) -> None:
        self._text = text
        self._first_line = first_line
        self._lines: dict[Path, int] = {}
        self.mended: FrontMatterError | None = None
        try:
            self.fields = plain.fields(text)
            return
        except plain.NotPlain:
            pass
        try:
            self.fields = self._composed()
        except FrontMatterError as error:
            # Programs that write JSON escape a character beyond U+FFFF as two halves; YAML knows whole ones only.
            self._text = _PAIR.sub(_joined, text)
            mended = _UNREADABLE.sub(" ", _HALF.sub("", self._text))
            if mended != self._text:
                self._text = mended
                self.mended = error
            elif self._text == text:
                raise
            self.fields = self._composed()

    def line_of(self, path: Path) -> int:
        """The line on which a field stands, or the nearest field around it. Reads the text again: for messages only."""
        if not self._lines:
            self._composed(self._lines)
        while path and path not in self._lines:
            path = path[:-1]
        return self._lines.get(path, self._first_line)

    def _composed(self, lines: dict[Path, int] | None = None) -> Fields:
        composer = _Composer(self._text, self._first_line, lines)
        try:
            return composer.fields()
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line = self._first_line + (mark.line if mark else 0)
            raise FrontMatterError(f"YAML that cannot be read: {error.problem or error.context}", line) from None
        except yaml.reader.ReaderError as error:
            line = self._first_line + self._text.encode().count(b"\n", 0, error.position)  # libyaml counts bytes
            raise FrontMatterError(f"holds the control character U+{error.character:04X}", line) from None


def read(data: bytes, *, bare: bool = False) -> FrontMatter:
    """The front matter of a file's bytes; in a `bare` file, all of it is YAML and the `---` lines may be missing.

    Raises FrontMatterError.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = 1 + data.count(b"\n", 0, error.start)
        raise FrontMatterError(f"is not UTF-8 (byte 0x{data[error.start]:02x}): save it as UTF-8", line) from None
    if not text.strip():
        raise FrontMatterError("is empty")
    opening = _OPENING.match(text)
    if not opening:
        if bare:
            return FrontMatter(text, 1)
        raise FrontMatterError("has no front matter: the first line must be ---")
    closing = _closing(text, opening.end())
    if closing < 0 and not bare:
        raise FrontMatterError("has no line --- that closes the front matter")
    return FrontMatter(text[opening.end() : closing if closing >= 0 else None], 2)


def _closing(text: str, start: int) -> int:
    """Where the line --- begins that closes the front matter, or -1."""
    at = start - 1
    while (at := text.find("\n---", at)) >= 0:
        at += 1
        if _CLOSING.match(text, at):
            return at
    return -1


class _Composer:
    def __init__(self, text: str, first_line: int, lines: dict[Path, int] | None) -> None:
        # None comes after the stream's end only, and libyaml closes every level before it ends.
        self._next = cast("Callable[[], yaml.Event]", yaml.CBaseLoader(text).get_event)
        self._first_line = first_line
        self._lines = lines
        self._anchors: dict[str, tuple[Value | None, int]] = {}
        self._count = 0
        self._expanded = 0

    def fields(self) -> Fields:
        """The first document as a mapping; an empty one has no fields."""
        self._next()  # stream start
        if isinstance(self._next(), yaml.StreamEndEvent):
            return {}
        event = self._next()
        root = self._value(event, (), 1)
        if root is None:
            return {}
        if not isinstance(root, dict):
            raise FrontMatterError("is no mapping: write fields as `title: ...`, a line each", self._line(event))
        return root

    def _value(self, event: yaml.Event, path: Path, depth: int) -> Value | None:
        if self._lines is not None:
            self._lines.setdefault(path, self._line(event))
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event)
        before = self._count
        self._count += 1
        value: Value | None
        if isinstance(event, yaml.ScalarEvent):
            value = None if event.implicit[0] and event.value in NULLS else event.value
        elif depth > _DEEPEST:
            raise FrontMatterError(f"is nested deeper than {_DEEPEST} levels", self._line(event), _name(path[:1]))
        elif isinstance(event, yaml.MappingStartEvent):
            value = self._mapping(path, depth)
        else:
            value = self._sequence(path, depth)
        assert isinstance(event, yaml.NodeEvent)
        if event.anchor:
            self._anchors[event.anchor] = value, self._count - before
        return value

    def _mapping(self, path: Path, depth: int) -> Fields:
        fields: Fields = {}
        seen = set()
        while not isinstance(key := self._next(), yaml.MappingEndEvent):
            if not isinstance(key, yaml.ScalarEvent):
                raise FrontMatterError("a field's name must be plain text", self._line(key), _name(path))
            name = key.value
            if name in seen:
                raise FrontMatterError("stands twice", self._line(key), _name((*path, name)))
            seen.add(name)
            inside = (*path, name)
            if self._lines is not None:
                self._lines[inside] = self._line(key)
            value = self._value(self._next(), inside, depth + 1)
            if value is not None:
                fields[name] = value
        return fields

    def _sequence(self, path: Path, depth: int) -> list[Value]:
        items: list[Value] = []
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            value = self._value(event, (*path, len(items)), depth + 1)
            if value is not None:
                items.append(value)
        return items

    def _alias(self, event: yaml.AliasEvent) -> Value | None:
        # An anchor is known once its value is whole, so that no value can hold itself.
        if event.anchor not in self._anchors:
            raise FrontMatterError(f"the alias *{event.anchor} names no value before it", self._line(event))
        value, size = self._anchors[event.anchor]
        self._count += size
        self._expanded += size
        if self._expanded > _MOST_EXPANDED:
            raise FrontMatterError(f"its aliases stand for more than {_MOST_EXPANDED:,} values", self._line(event))
        return value

    def _line(self, event: yaml.Event) -> int:
        assert event.start_mark is not None, "every event that is read from text has one"
        return self._first_line + event.start_mark.line


def field_name(path: Path) -> str:
    """A path as people write it: `related[0].webUrl`."""
    name = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return name.removeprefix(".")


def _name(path: Path) -> str | None:
    return field_name(path) or None


def _joined(pair: re.Match[str]) -> str:
    return f"\\U{0x10000 + ((int(pair[1], 16) - 0xD800) << 10) + int(pair[2], 16) - 0xDC00:08X}"
