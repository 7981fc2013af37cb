"""Bytes to a mapping of strings: front matter between `---` lines.

Every scalar stays the string that was written, so that a topic `No` or `3.10` is what its author wrote. An unquoted
`null`, `~` or nothing is a field that is not there. `subset` reads what programs write, and `full` everything else.
"""

import codecs
import re
from typing import TYPE_CHECKING

from feedloom.errors import FrontMatterError
from feedloom.frontmatter import subset
from feedloom.frontmatter.subset import Fields, Path

if TYPE_CHECKING:
    from feedloom.frontmatter.full import Doubts

_OPENING = re.compile(r"---[ \t]*(?:[ \t]#[^\n]*)?\r?\n")
_ABOVE = re.compile(r"[ \t]*(?:#[^\n]*)?\r?\n")
_CLOSING = re.compile(r"\n(?:---|\.\.\.)[ \t]*(?:[ \t]#[^\n]*)?\r?$", re.MULTILINE)

_FIELD = re.compile(r"""[ \t]*(?:[{?&%]|"[^"\n]*"[ \t]*:|'[^'\n]*'[ \t]*:|[^\s:#"'\[\]>*-][^\n:]{0,99}:(?:\s|\Z))""")
_NEEDED_NAME = r"""["']?(?:title|publishedDateTime|originalUrl|webUrl)["']?[ \t]*"""
_NEEDED = re.compile(rf"[ \t]*(?:- +)?{_NEEDED_NAME}:|(?:---[ \t]|[ \t]*{{)[^\n]*?\b{_NEEDED_NAME}:")
_LINES_OF_A_NOTE = 20

_MARK = re.compile(r"(?<![^\s\[{,])[&!]")

# What YAML 1.1 section 5.1 does not allow in a stream; and half a surrogate pair as JSON programs escape it.
_UNREADABLE = "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]" + r"|\\u([dD][89a-fA-F][0-9a-fA-F]{2})"
_PAIR = re.compile(r"\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})")

# Line breaks to YAML 1.1, but not to YAML 1.2, editors and people: here they end no line. They become a no-break space, which
# is not white space to YAML, so that no # after one starts a comment.
_BREAKS = "\x85\u2028\u2029"
_NO_BREAK = "\xa0"


class FrontMatter:
    """The fields of one file, and their `text`.

    `removed` says which character was removed to read the text, and where; None if none was. `another` is the line of a second
    mapping in the file, which is not read.
    """

    def __init__(self, text: str, first_line: int) -> None:
        self._written = text
        for character in _BREAKS:
            text = text.replace(character, _NO_BREAK)  # no copy where there is none; str.translate takes 0.3 ms a record
        self.text = text
        self._first_line = first_line
        self._lines: dict[Path, int] = {}
        self.removed: FrontMatterError | None = None
        self.another: int | None = None
        self._is_plain = True
        try:
            self.fields = subset.fields(text)
            return
        except subset.NotPlain:
            self._is_plain = False
        try:
            self.fields = self._composed()
        except FrontMatterError as error:
            # Programs that write JSON escape a character beyond U+FFFF as a surrogate pair; YAML has no such pairs.
            self.text = _PAIR.sub(_joined, text)
            if found := re.search(_UNREADABLE, self.text):
                character = f"U+{int(found[1], 16) if found[1] else ord(found[0]):04X}"
                self.text = re.sub(_UNREADABLE, lambda found: "" if found[1] else " ", self.text)
                self.removed = FrontMatterError("character-removed", character, line=error.line)
            elif self.text == text:
                raise
            self.fields = self._composed()

    def paths(self) -> list[Path]:
        """The paths of all fields, also of those without a value. Reads the text again, more slowly."""
        if not self._lines:
            self._composed(self._lines)
        return list(self._lines)

    def commented(self) -> list[Path]:
        """The paths of values without quotes that are followed by a comment on their line. Reads the text again if needed."""
        at = self.text.find("#")  # most records have none at all
        while at >= 0:
            if self.text[at - 1 : at] in (" ", "\t"):
                return self._doubted().commented
            at = self.text.find("#", at + 1)
        return []

    def marked(self) -> list[Path]:
        """The paths of values that start with what YAML takes for a tag or an anchor. Reads the text again if needed."""
        return [] if self._is_plain or not _MARK.search(self.text) else self._doubted().marked

    def is_changed(self, path: Path) -> bool:
        """Whether a value may differ from the file: its lines may have a Unicode line end or a removed character."""
        if self._written == self.text:
            return False
        first = self.line_of(path)
        following = min((line for line in self._lines.values() if line > first), default=first + self._written.count("\n") + 1)
        lines = self._written.split("\n")[first - self._first_line : following - self._first_line]
        return re.search(f"[{_BREAKS}]|{_UNREADABLE}", _PAIR.sub("", "\n".join(lines))) is not None

    def line_of(self, path: Path) -> int:
        """The line of a field, or of the nearest field around it. Reads the text again: for messages only."""
        self.paths()
        while path and path not in self._lines:
            path = path[:-1]
        return self._lines.get(path, self._first_line)

    def _doubted(self) -> "Doubts":
        from feedloom.frontmatter import full

        doubts = full.Doubts([], [])
        full.composed(self.text, self._first_line, doubts=doubts)
        return doubts

    def _composed(self, lines: dict[Path, int] | None = None) -> Fields:
        from feedloom.frontmatter import full  # PyYAML, which few collections of records need

        return full.composed(self.text, self._first_line, lines)


def read(data: bytes, *, bare: bool = False, alone: bool = False) -> FrontMatter:
    """The front matter of a file's bytes. A `bare` file is YAML as a whole, and the `---` lines are optional. If it is to be
    `alone` in the file, no other mapping may follow.

    Blank lines and comments may come before the first `---`, and the last may be `...` instead.

    Raises FrontMatterError.
    """
    try:
        text = data.decode().removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            raise FrontMatterError("file-utf16") from None
        line = 1 + data.count(b"\n", 0, error.start)
        raise FrontMatterError("file-not-utf8", f"{data[error.start]:02x}", line=line) from None
    if not text or text.isspace():
        raise FrontMatterError("file-empty")
    if data[:1] == b"\0" or data[1:2] == b"\0":  # UTF-16 without a byte order mark
        raise FrontMatterError("file-utf16")
    start, line = _opening(text)
    if not start and not bare:
        raise FrontMatterError("front-matter-missing")
    if not start and text.startswith("%"):  # directives come before the first ---
        return FrontMatter(text, 1)
    closing = _closing(text, start)
    if closing < 0 and not bare:
        raise FrontMatterError("front-matter-unclosed")
    matter = FrontMatter(text[start : closing if closing >= 0 else None], line)
    if bare and closing >= 0 and (after := text.find("\n", closing) + 1):
        following = 1 + text.count("\n", 0, after)
        if alone and _begins_mapping(text, after):
            raise FrontMatterError("front-matter-interrupted", line=following)
        if _names_what_is_needed(text, after):
            matter.another = following
    return matter


def lines(data: bytes) -> str | None:
    """The text of a file without carriage returns, if it begins with the line `---` alone, as nearly all do. Else None."""
    if not data.startswith((b"---\n", b"---\r\n")):
        return None
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return None
    return "\n".join(text.split("\r\n")) if "\r" in text else text  # in a third of the time that `replace` takes


def body(data: bytes) -> str:
    """What is below the front matter in a file that `read` could read."""
    text = data.decode("utf-8-sig")
    start, _ = _opening(text)
    closing = _closing(text, start) if start else -1
    line_end = text.find("\n", closing) if closing >= 0 else -1
    return text[line_end + 1 :] if line_end >= 0 else ""


def is_note(data: bytes, *, bare: bool = False) -> bool:
    """Whether a file without a record was never meant as one: it starts with no mapping, and no line names a required field.

    An empty file may be the rest of a record, and so may a file with NUL, such as UTF-16.
    """
    text = data.decode("utf-8-sig", "replace").replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip() or "\0" in text:
        return False
    start, _ = _opening(text)
    if (start or bare) and _begins_mapping(text, start):
        return False
    return not _names_what_is_needed(text, 0)


def _names_what_is_needed(text: str, at: int) -> bool:
    """Whether one of the first lines from a place on begins with the name of a field that every record needs."""
    for _ in range(_LINES_OF_A_NOTE):
        if _NEEDED.match(text, at):
            return True
        at = text.find("\n", at) + 1
        if not at:
            break
    return False


def _begins_mapping(text: str, at: int) -> bool:
    """Whether the first line, except blank lines and comments, looks like a field."""
    while above := _ABOVE.match(text, at):
        at = above.end()
    return _FIELD.match(text, at) is not None


def _opening(text: str) -> tuple[int, int]:
    """Where the front matter starts, and on which line; 0 if no line --- opens it."""
    if text.startswith("---\n"):
        return 4, 2
    at, line = 0, 2
    while not (opening := _OPENING.match(text, at)):
        above = _ABOVE.match(text, at)
        if not above:
            return 0, 1
        at, line = above.end(), line + 1
    return opening.end(), line


def _closing(text: str, start: int) -> int:
    """Where the line --- or ... starts that closes the front matter, or -1."""
    found = _CLOSING.search(text, max(start - 1, 0))
    return found.start() + 1 if found else -1


def _joined(pair: re.Match[str]) -> str:
    return f"\\U{0x10000 + ((int(pair[1], 16) - 0xD800) << 10) + int(pair[2], 16) - 0xDC00:08X}"
