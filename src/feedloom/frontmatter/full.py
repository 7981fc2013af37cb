"""YAML to a mapping of strings, from the events of PyYAML's C parser, within limits."""

import re
from collections.abc import Callable
from typing import NamedTuple, cast

import yaml

from feedloom.errors import FrontMatterError
from feedloom.frontmatter import yaml_errors
from feedloom.frontmatter.subset import NULLS, Fields, Path, Value, field_name

_DEEPEST = 32
_MOST_EXPANDED = 10_000
"""Values that all aliases of one file may expand to; ten lines of nested aliases can expand to 10^10."""
_LONGEST_EXPANDED = 1 << 20
"""Characters, likewise: to clean one text of half a megabyte in ten thousand places takes minutes."""


class Doubts(NamedTuple):
    """The values whose words YAML may have taken for something else: without quotes, `commented` are followed by a comment, and
    `marked` start with a tag (`!A`) or an anchor (`&A`) that no alias names.
    """

    commented: list[Path]
    marked: list[Path]


def composed(
    text: str,
    first_line: int,
    lines: dict[Path, int] | None = None,
    doubts: Doubts | None = None,
    *,
    may_repeat: bool = False,
) -> Fields:
    """The mapping in a text. Raises FrontMatterError.

    The line of each of its parts is added to `lines`, and what its author may have meant otherwise to `doubts`. If names
    `may_repeat`, the last value counts.
    """
    if "%TAG" in text and len(_DIRECTIVE.findall(text)) > _MOST_DIRECTIVES:
        raise FrontMatterError("yaml-tags", str(_MOST_DIRECTIVES), line=first_line)
    try:
        return _Composer(text, first_line, lines, doubts, may_repeat=may_repeat).fields()
    except yaml.MarkedYAMLError as error:
        raise yaml_errors.explained(error, text, first_line) from None
    except yaml.reader.ReaderError as error:
        line = first_line + text.encode().count(b"\n", 0, error.position)  # libyaml counts bytes
        raise FrontMatterError("character-removed", f"U+{error.character:04X}", line=line) from None


_DIRECTIVE = re.compile(r"(?:\A|[\r\n\x85\u2028\u2029])%TAG")
_MOST_DIRECTIVES = 100
"""Each `%TAG` is compared with all before it: 70,000 of them take 6 s. No record has a use for one."""


_COMMENT = re.compile(r"[ \t]+#")
_STANDARD = "tag:yaml.org,2002:"


class _Composer:
    def __init__(
        self, text: str, first_line: int, lines: dict[Path, int] | None, doubts: Doubts | None, *, may_repeat: bool
    ) -> None:
        self._text = text
        self._may_repeat = may_repeat
        self._doubts = doubts
        self._unused: dict[str, Path] = {}
        # None comes after the stream's end only, and libyaml closes every level before it ends.
        self._next = cast("Callable[[], yaml.Event]", yaml.CBaseLoader(text).get_event)
        self._first_line = first_line
        self._lines = lines
        self._anchors: dict[str, tuple[Value | None, int, int]] = {}
        self._count = 0
        self._length = 0
        self._expanded = 0
        self._expanded_length = 0

    def fields(self) -> Fields:
        """The one document as a mapping; an empty one has no fields."""
        self._next()  # stream start
        if isinstance(self._next(), yaml.StreamEndEvent):
            return {}
        event = self._next()
        root = self._value(event, (), 1)
        self._next()  # document end
        if not isinstance(following := self._next(), yaml.StreamEndEvent):
            raise FrontMatterError("front-matter-interrupted", line=self._line(following))
        if self._doubts:
            self._doubts.marked.extend(self._unused.values())
        if root is None:
            return {}
        if not isinstance(root, dict):
            raise FrontMatterError("front-matter-no-fields", line=self._line(event))
        return root

    def _value(self, event: yaml.Event, path: Path, depth: int) -> Value | None:
        if self._lines is not None:
            self._lines.setdefault(path, self._line(event))
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event)
        count, length = self._count, self._length
        self._count += 1
        value: Value | None
        if isinstance(event, yaml.ScalarEvent):
            self._length += len(event.value)
            value = None if event.implicit[0] and event.value in NULLS else event.value
            if self._doubts:
                self._doubt(event, path, self._doubts)
        elif depth > _DEEPEST:
            raise FrontMatterError("yaml-too-deep", str(_DEEPEST), line=self._line(event), field=_name(path[:1]))
        elif isinstance(event, yaml.MappingStartEvent):
            value = self._mapping(path, depth)
        else:
            value = self._sequence(path, depth)
        assert isinstance(event, yaml.NodeEvent)
        if event.anchor:
            self._anchors[event.anchor] = value, self._count - count, self._length - length
        return value

    def _mapping(self, path: Path, depth: int) -> Fields:
        fields: Fields = {}
        seen = set()
        while not isinstance(key := self._next(), yaml.MappingEndEvent):
            if not isinstance(key, yaml.ScalarEvent):
                raise FrontMatterError("yaml-name", line=self._line(key), field=_name(path))
            name = key.value
            if name in seen and not self._may_repeat:
                raise FrontMatterError("field-twice", line=self._line(key), field=_name((*path, name)))
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
        # An anchor is known once its value is complete, so that no value can contain itself.
        if event.anchor not in self._anchors:
            raise FrontMatterError("yaml-alias-unknown", str(event.anchor), line=self._line(event))
        self._unused.pop(event.anchor, None)
        value, count, length = self._anchors[event.anchor]
        self._count += count
        self._length += length
        self._expanded += count
        self._expanded_length += length
        if self._expanded > _MOST_EXPANDED:
            raise FrontMatterError("yaml-aliases-too-large", f"{_MOST_EXPANDED:,} values", line=self._line(event))
        if self._expanded_length > _LONGEST_EXPANDED:
            raise FrontMatterError("yaml-aliases-too-large", f"{_LONGEST_EXPANDED:,} characters", line=self._line(event))
        return value

    def _doubt(self, event: yaml.ScalarEvent, path: Path, doubts: Doubts) -> None:
        if event.implicit[0] and self._has_comment_behind(event):
            doubts.commented.append(path)
        if event.tag and not event.tag.startswith(_STANDARD):
            doubts.marked.append(path)
        elif event.anchor:
            self._unused[event.anchor] = path

    def _has_comment_behind(self, event: yaml.Event) -> bool:
        assert event.end_mark is not None, "every event that is read from text has one"
        return _COMMENT.match(self._text, event.end_mark.index) is not None

    def _line(self, event: yaml.Event) -> int:
        assert event.start_mark is not None, "every event that is read from text has one"
        return self._first_line + event.start_mark.line


def _name(path: Path) -> str | None:
    return field_name(path) or None
