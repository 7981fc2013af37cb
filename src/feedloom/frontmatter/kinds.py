"""The front matter of other programs' posts: its kind is told by how a file begins, and each gives a mapping of strings.

YAML, TOML between `+++` lines, a JSON object, Hexo's JSON before `;;;` and YAML without a first `---`, and the lines of
`headers`. Which kinds are tried, and in which order, is the profile's.
"""

import re
from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple, TypeAlias

from feedloom.errors import FrontMatterError
from feedloom.frontmatter import document, headers, structured
from feedloom.frontmatter.document import FrontMatter
from feedloom.frontmatter.subset import Fields, Path

Kind: TypeAlias = Literal["yaml", "toml", "json", "hexo", "markdown", "docinfo", "nikola", "html"]

_YAML = re.compile(r"\s*---[ \t]*(?:#[^\n]*)?\r?\n")
_YAML_END = re.compile(r"^(?:---|\.\.\.)[ \t]*\r?$\n?", re.MULTILINE)
_TOML = re.compile(r"\s*\+\+\+[ \t]*\r?\n")
_TOML_END = re.compile(r"^\+\+\+[ \t]*\r?$\n?", re.MULTILINE)
_JSON = re.compile(r"\s*(?=\{)")
_HEXO = re.compile(r"\s*(?:;;;+[ \t]*\r?\n\s*)?(?=[\"{\w])")
_HEXO_END = re.compile(r"^(?:;;;+|---+)[ \t]*\r?$\n?", re.MULTILINE)
_LONGEST_HEADER = 1 << 16
"""Characters that are looked at for the end of front matter without a beginning."""


class OtherFrontMatter:
    """The fields of one file that has no YAML, with their lines; the same to its users as FrontMatter."""

    removed: FrontMatterError | None = None
    another: int | None = None

    def __init__(self, fields: Fields, lines: Callable[[], dict[Path, int]], first_line: int) -> None:
        self.fields = fields
        self._lines = lines
        self._first_line = first_line

    def commented(self) -> list[Path]:
        """None: a `#` begins no comment in these, or ends no value unseen."""
        return []

    def marked(self) -> list[Path]:
        """None: these have no tags and anchors."""
        return []

    def is_changed(self, _: Path) -> bool:
        """Never: values are as the file has them."""
        return False

    def line_of(self, path: Path) -> int:
        """The line of a field, or of the nearest field around it."""
        lines = self._lines()
        while path and path not in lines:
            path = path[:-1]
        return lines.get(path, self._first_line)


class Parsed(NamedTuple):
    """The front matter of a file, and the text below it; or the text of another file, with the `suffix` of that."""

    matter: FrontMatter | OtherFrontMatter
    body: str
    suffix: str = ""


def read(data: bytes, kinds: Sequence[Kind]) -> Parsed | None:
    """The front matter of a file's bytes, of the first kind that it begins with; None where it begins with none of them.

    Raises FrontMatterError where it begins with one and cannot be read.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        document.read(data)  # says what is wrong
        raise
    for kind in kinds:
        if parsed := _READERS[kind](text):
            return parsed
    return None


def _yaml(text: str) -> Parsed | None:
    begins = _YAML.match(text)
    if not begins:
        return None
    first_line = 1 + text.count("\n", 0, begins.end())
    ends = _YAML_END.search(text, begins.end())
    if not ends:
        raise FrontMatterError("front-matter-unclosed", line=first_line)
    return Parsed(FrontMatter(text[begins.end() : ends.start()], first_line), text[ends.end() :])


def _toml(text: str) -> Parsed | None:
    begins = _TOML.match(text)
    if not begins:
        return None
    first_line = 1 + text.count("\n", 0, begins.end())
    ends = _TOML_END.search(text, begins.end())
    if not ends:
        raise FrontMatterError("toml-unclosed", line=first_line)
    inside = text[begins.end() : ends.start()]
    fields = structured.toml(inside, first_line)
    return Parsed(OtherFrontMatter(fields, lambda: structured.toml_lines(inside, first_line), first_line), text[ends.end() :])


def _json(text: str) -> Parsed | None:
    begins = _JSON.match(text)
    if not begins or not re.match(r'\{\s*["}]', text[begins.end() : begins.end() + 200]):
        return None
    first_line = 1 + text.count("\n", 0, begins.end())
    inside = text[begins.end() :]
    fields, end = structured.json_object(inside, first_line)
    written = inside[:end]
    return Parsed(OtherFrontMatter(fields, lambda: structured.json_lines(written, first_line), first_line), inside[end:])


def _hexo(text: str) -> Parsed | None:
    """What ends with `;;;` is JSON without its braces; what ends with `---` is YAML."""
    begins = _HEXO.match(text)
    ends = _HEXO_END.search(text, begins.end(), _LONGEST_HEADER) if begins else None
    if not begins or not ends:
        return None
    first_line = 1 + text.count("\n", 0, begins.end())
    inside, body = text[begins.end() : ends.start()], text[ends.end() :]
    if ends[0].startswith(";"):
        fields, _ = structured.json_object(f"{{{inside}}}", first_line)
        return Parsed(OtherFrontMatter(fields, lambda: structured.json_lines(inside, first_line), first_line), body)
    if not re.match(r"[\w-]+:(?:\s|$)", inside):
        return None
    return Parsed(FrontMatter(inside, first_line), body)


def _markdown(text: str) -> Parsed | None:
    """Between `---` lines, what is more than `Key: value` lines is YAML's."""
    found = headers.markdown(text)
    if found and (begins := _YAML.match(text)):
        ends = _YAML_END.search(text, begins.end())
        if ends and ends.end() != found.body:
            return None
    return _of_headers(text, found)


def _of_headers(text: str, found: headers.Headers | None) -> Parsed | None:
    if not found:
        return None
    return Parsed(OtherFrontMatter(found.fields, lambda: found.lines, min(found.lines.values())), text[found.body :])


_READERS: dict[Kind, Callable[[str], Parsed | None]] = {
    "yaml": _yaml,
    "toml": _toml,
    "json": _json,
    "hexo": _hexo,
    "markdown": _markdown,
    "docinfo": lambda text: _of_headers(text, headers.docinfo(text)),
    "nikola": lambda text: _of_headers(text, headers.nikola(text)),
    "html": lambda text: _of_headers(text, headers.html(text)),
}
