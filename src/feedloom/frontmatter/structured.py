"""TOML and JSON front matter to the same mappings of strings that YAML gives: dates and numbers as text."""

import json
import re
import tomllib
from collections import Counter
from datetime import datetime
from typing import Any

from feedloom.errors import FrontMatterError
from feedloom.frontmatter.subset import Fields, Path, Value

_LONGEST = 1 << 15
"""Characters. tomllib's time grows with the square of the dots in a key: 2 s for a key of this length."""
DEEPEST = 32
"""Levels of nesting."""

_TABLE = re.compile(r"[ \t]*\[(\[)?([^\[\]]+)\]")
_KEY = re.compile(r"""[ \t]*((?:[\w.-]|"[^"\n]*"|'[^'\n]*')+)[ \t]*=""")


def toml(text: str, first_line: int) -> Fields:
    """The fields of a TOML text. Raises FrontMatterError."""
    if len(text) > _LONGEST:
        raise FrontMatterError("toml-too-long", f"{_LONGEST:,}", line=first_line)
    try:
        return _mapping(tomllib.loads(text.replace("\r\n", "\n"), parse_float=str), 1, first_line)
    except RecursionError:
        raise FrontMatterError("yaml-too-deep", str(DEEPEST), line=first_line) from None
    except tomllib.TOMLDecodeError as error:
        found = re.search(r" \(at line (\d+), column \d+\)$", str(error))
        line = first_line + (int(found[1]) - 1 if found else text.count("\n"))
        raise FrontMatterError("toml-invalid", str(error).partition(" (at ")[0], line=line) from None


def toml_lines(text: str, first_line: int) -> dict[Path, int]:
    """The line of each key of a TOML text, as far as it is plain: for messages."""
    lines: dict[Path, int] = {}
    table: Path = ()
    counts: dict[Path, int] = {}
    for number, line in enumerate(text.split("\n"), first_line):
        if found := _TABLE.match(line):
            table = tuple(part.strip(" \t\"'") for part in found[2].split("."))
            if found[1]:
                counts[table] = counts.get(table, -1) + 1
                table = (*table, counts[table])
            lines.setdefault(table, number)
        elif found := _KEY.match(line):
            parts = found[1].split(".") if found[1][0] not in "\"'" else [found[1]]
            for end in range(1, len(parts) + 1):
                lines.setdefault((*table, *(part.strip("\"'") for part in parts[:end])), number)
    return lines


def json_object(text: str, first_line: int) -> tuple[Fields, int]:
    """The fields of the JSON object that a text begins with, and where it ends. Raises FrontMatterError."""
    pairs, end = json_pairs(text, first_line)
    return json_fields(pairs, first_line), end


def json_pairs(text: str, first_line: int, at: int = 0) -> tuple[Any, int]:
    """The JSON value at a place in a text, on `first_line`, and where it ends. Raises FrontMatterError."""
    decoder = json.JSONDecoder(object_pairs_hook=_Pairs, parse_int=str, parse_float=str, parse_constant=str)
    try:
        return decoder.raw_decode(text, at)
    except RecursionError:
        raise FrontMatterError("yaml-too-deep", str(DEEPEST), line=first_line) from None
    except json.JSONDecodeError as error:
        line = first_line + text[at : error.pos].rstrip().count("\n")  # where the text ends, not the line below
        raise FrontMatterError("json-invalid", error.msg, line=line) from None


def json_fields(pairs: Any, first_line: int) -> Fields:
    """The fields of an object that `json_pairs` gave. Raises FrontMatterError."""
    return _mapping(pairs, 1, first_line)


def json_lines(text: str, first_line: int) -> dict[Path, int]:
    """The line of each name in a JSON text where it comes first: for messages."""
    lines: dict[Path, int] = {}
    for number, line in enumerate(text.split("\n"), first_line):
        for name in re.findall(r'"([^"\\]*)"[ \t]*:', line):
            lines.setdefault((name,), number)
    return lines


class _Pairs(dict[str, Any]):
    """A JSON object, in which a name may appear once."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        names = Counter(name for name, _ in pairs) if len(pairs) > len(self) else {}
        self.twice = next((name for name, count in names.items() if count > 1), None)


def _mapping(read: dict[str, Any], depth: int, first_line: int) -> Fields:
    if depth > DEEPEST:
        raise FrontMatterError("yaml-too-deep", str(DEEPEST), line=first_line)
    if isinstance(read, _Pairs) and read.twice is not None:
        raise FrontMatterError("field-twice", line=first_line, field=read.twice)
    values = ((name, _value(value, depth, first_line)) for name, value in read.items())
    return {name: value for name, value in values if value is not None}


def _value(read: Any, depth: int, first_line: int) -> Value | None:
    if read is None:
        return None
    if isinstance(read, str):
        return read.encode(errors="replace").decode()  # JSON may have halves of surrogate pairs
    if isinstance(read, bool):
        return "true" if read else "false"
    if isinstance(read, datetime):
        return read.isoformat()
    if isinstance(read, dict):
        return _mapping(read, depth + 1, first_line)
    if isinstance(read, list):
        if depth >= DEEPEST:
            raise FrontMatterError("yaml-too-deep", str(DEEPEST), line=first_line)
        return [value for one in read if (value := _value(one, depth + 1, first_line)) is not None]
    return str(read)
