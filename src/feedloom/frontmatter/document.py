"""Bytes to a mapping of strings: front matter between `---` lines.

Every scalar stays the string that was written, so that a topic `No` or `3.10` is what its author wrote. An unquoted
`null`, `~` or nothing at all is a field that is not there. `plain` reads what programs write, and `events` all else.
"""

import re
from typing import TYPE_CHECKING

from feedloom.errors import FrontMatterError
from feedloom.frontmatter import subset
from feedloom.frontmatter.subset import Fields, Path

if TYPE_CHECKING:
    from feedloom.frontmatter.full import Doubts

_OPENING = re.compile(r"---[ \t]*(?:[ \t]#[^\n]*)?\r?\n")
_ABOVE = re.compile(r"[ \t]*(?:#[^\n]*)?\r?\n")
_CLOSING = re.compile(r"(?:---|\.\.\.)[ \t]*(?:[ \t]#[^\n]*)?\r?$", re.MULTILINE)

_FIELD = re.compile(r"""[ \t]*(?:[{?&%]|"[^"\n]*"[ \t]*:|'[^'\n]*'[ \t]*:|[^\s:#"'\[\]>*-][^\n:]{0,99}:(?:\s|\Z))""")
_NEEDED_NAME = r"""["']?(?:title|publishedDateTime|originalUrl|webUrl)["']?[ \t]*"""
_NEEDED = re.compile(rf"[ \t]*(?:- +)?{_NEEDED_NAME}:|(?:---[ \t]|[ \t]*{{)[^\n]*?\b{_NEEDED_NAME}:")
_LINES_OF_A_NOTE = 20

_MARK = re.compile(r"(?<![^\s\[{,])[&!]")

# What YAML 1.1 section 5.1 lets stand in a stream; and the halves of a pair as JSON programs escape them.
_UNREADABLE = "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
_PAIR = re.compile(r"\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})")
_HALF = re.compile(r"\\u[dD][89a-fA-F][0-9a-fA-F]{2}")

# Line breaks to YAML 1.1 and white space to YAML 1.2, to editors and to people: here they end no line. They become a space
# that is none to YAML, so that no word behind one is taken for a comment.
_NO_BREAKS = str.maketrans(dict.fromkeys("\x85\u2028\u2029", "\xa0"))


class FrontMatter:
    """The fields of one file, and their `text`.

    `mended` tells what had to be taken out of it to be read, and where, or is None. `another` is the line of a second mapping
    in the file, which is not read.
    """

    def __init__(self, text: str, first_line: int) -> None:
        self._written = text
        self.text = text = text if text.isascii() else text.translate(_NO_BREAKS)
        self._first_line = first_line
        self._lines: dict[Path, int] = {}
        self.mended: FrontMatterError | None = None
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
            # Programs that write JSON escape a character beyond U+FFFF as two halves; YAML knows whole ones only.
            self.text = _PAIR.sub(_joined, text)
            mended = re.sub(_UNREADABLE, " ", _HALF.sub("", self.text))
            if mended != self.text:
                self.text = mended
                self.mended = error
            elif self.text == text:
                raise
            self.fields = self._composed()

    def paths(self) -> list[Path]:
        """The ways to all fields, to those too that have no value and are not there. Reads the text again, and more slowly."""
        if not self._lines:
            self._composed(self._lines)
        return list(self._lines)

    def commented(self) -> list[Path]:
        """The ways to values, not in quotes, that end where a comment begins on their line. Reads the text again, if at all."""
        return self._doubted().commented if " #" in self.text or "\t#" in self.text else []

    def marked(self) -> list[Path]:
        """The ways to values that begin with what YAML takes for a tag or an anchor. Reads the text again, if at all."""
        return [] if self._is_plain or not _MARK.search(self.text) else self._doubted().marked

    def is_changed(self, value: str) -> bool:
        """Whether a value may be another one than the file has: with a space for what ends a line in Unicode, or for what had
        to be taken out.
        """
        is_broken = "\xa0" in value and any(chr(one) in self._written for one in _NO_BREAKS)
        return (is_broken or self.mended is not None) and value not in self._written

    def line_of(self, path: Path) -> int:
        """The line on which a field stands, or the nearest field around it. Reads the text again: for messages only."""
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


def read(data: bytes, *, bare: bool = False) -> FrontMatter:
    """The front matter of a file's bytes; in a `bare` file, all of it is YAML and the `---` lines may be missing.

    Blank lines and comments may come before the first `---`, and `...` may take the place of the last.

    Raises FrontMatterError.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = 1 + data.count(b"\n", 0, error.start)
        raise FrontMatterError(f"is not UTF-8 (byte 0x{data[error.start]:02x}): save it as UTF-8", line) from None
    if not text or text.isspace():
        raise FrontMatterError("is empty")
    start, line = _opening(text)
    if not start and not bare:
        raise FrontMatterError("has no front matter: the first line must be --- and nothing else")
    if not start and text.startswith("%"):  # directives come before the first ---
        return FrontMatter(text, 1)
    closing = _closing(text, start)
    if closing < 0 and not bare:
        raise FrontMatterError("has no line --- that closes the front matter")
    matter = FrontMatter(text[start : closing if closing >= 0 else None], line)
    if bare and closing >= 0 and (after := text.find("\n", closing) + 1) and _names_what_is_needed(text, after):
        matter.another = 1 + text.count("\n", 0, after)
    return matter


def body(data: bytes) -> str:
    """What is below the front matter in a file that `read` could read."""
    text = data.decode("utf-8-sig")
    start, _ = _opening(text)
    closing = _closing(text, start) if start else -1
    line_end = text.find("\n", closing) if closing >= 0 else -1
    return text[line_end + 1 :] if line_end >= 0 else ""


def is_note(data: bytes, *, bare: bool = False) -> bool:
    """Whether a file that holds no record was never meant to: no mapping begins it, and no line names what a record needs.

    An empty file may be what is left of a record, and so may one with NUL, of which UTF-16 is full.
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
    """Whether what comes first, blank lines and comments aside, looks like a field."""
    while above := _ABOVE.match(text, at):
        at = above.end()
    return _FIELD.match(text, at) is not None


def _opening(text: str) -> tuple[int, int]:
    """Where the front matter begins, and on which line; 0 where no line --- opens it."""
    at, line = 0, 2
    while not (opening := _OPENING.match(text, at)):
        above = _ABOVE.match(text, at)
        if not above:
            return 0, 1
        at, line = above.end(), line + 1
    return opening.end(), line


def _closing(text: str, start: int) -> int:
    """Where the line --- or ... begins that closes the front matter, or -1."""
    end = _closing_line("\n---", text, start, len(text))
    dots = _closing_line("\n...", text, start, end if end >= 0 else len(text))
    return end if dots < 0 else dots


def _closing_line(beginning: str, text: str, start: int, end: int) -> int:
    at = max(start - 1, 0)
    while (at := text.find(beginning, at, end)) >= 0:
        at += 1
        if _CLOSING.match(text, at):
            return at
    return -1


def _joined(pair: re.Match[str]) -> str:
    return f"\\U{0x10000 + ((int(pair[1], 16) - 0xD800) << 10) + int(pair[2], 16) - 0xDC00:08X}"
