"""Bytes to a mapping of strings: front matter between `---` lines.

Every scalar stays the string that was written, so that a topic `No` or `3.10` is what its author wrote. An unquoted
`null`, `~` or nothing at all is a field that is not there. `plain` reads what programs write, and `events` all else.
"""

import re

from feedloom import plain
from feedloom.errors import FrontMatterError
from feedloom.plain import Fields, Path

_OPENING = re.compile(r"---[ \t]*\r?\n")
_CLOSING = re.compile(r"---[ \t]*\r?$", re.MULTILINE)

# What YAML 1.1 section 5.1 lets stand in a stream; and the halves of a pair as JSON programs escape them.
_UNREADABLE = "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
_PAIR = re.compile(r"\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})")
_HALF = re.compile(r"\\u[dD][89a-fA-F][0-9a-fA-F]{2}")


class FrontMatter:
    """The fields of one file, and their `text`.

    `mended` tells what had to be taken out of it to be read, and where, or is None.
    """

    def __init__(self, text: str, first_line: int) -> None:
        self.text = text
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

    def line_of(self, path: Path) -> int:
        """The line on which a field stands, or the nearest field around it. Reads the text again: for messages only."""
        self.paths()
        while path and path not in self._lines:
            path = path[:-1]
        return self._lines.get(path, self._first_line)

    def _composed(self, lines: dict[Path, int] | None = None) -> Fields:
        from feedloom import events  # PyYAML, which few collections of records need

        return events.composed(self.text, self._first_line, lines)


def read(data: bytes, *, bare: bool = False) -> FrontMatter:
    """The front matter of a file's bytes; in a `bare` file, all of it is YAML and the `---` lines may be missing.

    Raises FrontMatterError.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = 1 + data.count(b"\n", 0, error.start)
        raise FrontMatterError(f"is not UTF-8 (byte 0x{data[error.start]:02x}): save it as UTF-8", line) from None
    if not text or text.isspace():
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


def _joined(pair: re.Match[str]) -> str:
    return f"\\U{0x10000 + ((int(pair[1], 16) - 0xD800) << 10) + int(pair[2], 16) - 0xDC00:08X}"
