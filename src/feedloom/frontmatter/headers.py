"""Metadata in lines: `Key: value` as Markdown programs write it, reST's `:key: value`, Nikola's `.. key: value`, HTML's meta.

Each function takes the text of a file, and gives the fields, the line of each, and where the body begins; None where the text
does not begin with such metadata.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from feedloom.frontmatter.subset import Fields, Path

_MOST_LINES = 1_000
"""Lines of metadata; a file that looks like more of them is no post."""

_KEY = re.compile(r" {0,3}([A-Za-z0-9_-]+):(?:[ \t]+(.*))?$")
_MORE = re.compile(r"[ ]{4,}(.*)$|\t(.*)$")
_FENCE = re.compile(r"(?:---|\.\.\.)(?:\s.*)?$")
_DOCINFO = re.compile(r":([^:\s](?:[^:]|:(?=\S))*):(?:[ \t]+(.*))?$")
_NIKOLA = re.compile(r"[ \t]*\.\. ([^:]+): ?(.*)$")
_ADORNMENTS = frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")
_HEAD = re.compile(r"<head[\s>]", re.IGNORECASE)
_BODY = re.compile(r"<body[^<>]*>", re.IGNORECASE)
_META = re.compile(r"<meta\s([^<>]*)>", re.IGNORECASE)
_TITLE = re.compile(r"<title[^<>]*>([^<>]*)</title", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""(?<![A-Za-z-])([A-Za-z-]{1,40})\s{0,9}=\s{0,9}(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")


class Headers(NamedTuple):
    """The fields, their lines, and where the body begins. A field of several lines is a list of them."""

    fields: Fields
    lines: dict[Path, int]
    body: int


def markdown(text: str, first_line: int = 1) -> Headers | None:
    """`Key: value` lines as Python-Markdown's meta extension reads them, maybe between `---` lines: for Pelican.

    Values go on in lines with four blanks before them; the first other line ends them.
    """
    found = _Collected()
    lines = _lines(text, first_line)
    key = ""
    body = 0
    for at, (number, line, end) in enumerate(lines):
        if at == 0 and line.startswith("---") and _FENCE.match(line):
            body = end
            continue
        if not line.strip() or _FENCE.match(line):
            body = end
            break
        if header := _KEY.match(line):
            key = header[1]
            found.add(key, (header[2] or "").strip(), number)
        elif key and (more := _MORE.match(line)):
            found.add(key, (more[1] or more[2] or "").strip(), number)
        else:
            break
        body = end
    return found.headers(body)


def docinfo(text: str, first_line: int = 1) -> Headers | None:
    """A reST document's title, and the field list at its beginning (docutils, "bibliographic fields")."""
    found = _Collected()
    lines = list(_lines(text, first_line))
    at = body = 0
    while at < len(lines):
        number, line, _ = lines[at]
        if not line.strip():
            at += 1
        elif line.startswith(".. ") or line.strip() == "..":
            at = _after_block(lines, at)
        elif "title" not in found.fields and (title := _titled(lines, at)):
            name, at = title
            found.add("title", name.replace("``", ""), number)
            body = lines[at - 1][2]
        elif field := _DOCINFO.match(line):
            after = _after_block(lines, at)
            more = [part for _, text, _ in lines[at + 1 : after] if (part := text.strip())]
            value = " ".join(filter(None, [(field[2] or "").strip(), *more]))
            found.add(field[1].lower(), value, number)
            at = after
            body = lines[at - 1][2]
        else:
            break
    return found.headers(body)


def nikola(text: str, first_line: int = 1) -> Headers | None:
    """Lines `.. key: value` up to the first empty line, maybe within an HTML comment. A directive (`.. image::`) is none."""
    found = _Collected()
    body = 0
    has_begun = False
    for number, line, end in _lines(text, first_line):
        if not line.strip():
            body = end
            if has_begun:
                break
        elif (field := _NIKOLA.match(line)) and not field[2].startswith(":"):
            has_begun = True
            found.add(field[1].strip(), field[2].strip(), number)
            body = end
        elif line.strip() in ("<!--", "-->", "#", '"""', "'''"):
            body = end
        elif not has_begun:
            return None
    return found.headers(body)


def html(text: str, first_line: int = 1) -> Headers | None:
    """The title and the meta elements of a page: for Pelican. Their text may hold entities."""
    begins = _HEAD.search(text)
    if not begins:
        return None
    start = begins.start()
    ends = _BODY.search(text, start)
    head = text[start : ends.start() if ends else None]
    found = _Collected()

    def line(at: int) -> int:
        return first_line + text.count("\n", 0, start + at)

    if title := _TITLE.search(head):
        found.add("title", title[1].strip(), line(title.start()))
    for meta in _META.finditer(head):
        attributes = {name.lower(): double or single or bare for name, double, single, bare in _ATTRIBUTE.findall(meta[1])}
        name, content = attributes.get("name"), attributes.get("content", attributes.get("contents"))
        if name and content is not None:
            found.add("tags" if name.lower() == "keywords" else name, content.strip(), line(meta.start()))
    return found.headers(ends.end() if ends else len(text))


class _Collected:
    def __init__(self) -> None:
        self.fields: Fields = {}
        self.lines: dict[Path, int] = {}

    def add(self, name: str, value: str, line: int) -> None:
        """Another value of a field; an empty one is none."""
        self.lines.setdefault((name,), line)
        if not value:
            return
        before = self.fields.get(name)
        if before is None:
            self.fields[name] = value
        elif isinstance(before, list):
            before.append(value)
        else:
            self.fields[name] = [before, value]

    def headers(self, body: int) -> Headers | None:
        return Headers(self.fields, self.lines, body) if self.lines else None


def _lines(text: str, first_line: int) -> Iterator[tuple[int, str, int]]:
    """The number of each of the first lines, its text, and where the next one begins."""
    at = 0
    for number in range(first_line, first_line + _MOST_LINES):
        if at >= len(text):
            return
        end = text.find("\n", at)
        end = len(text) if end < 0 else end + 1
        yield number, text[at:end].rstrip("\r\n"), end
        at = end


def _after_block(lines: list[tuple[int, str, int]], at: int) -> int:
    """The line after a block: after its first line and those that are indented or empty, the last empty ones aside."""
    after = at = at + 1
    while at < len(lines) and (not lines[at][1].strip() or lines[at][1][:1] in " \t"):
        at += 1
        if lines[at - 1][1].strip():
            after = at
    return after


def _titled(lines: list[tuple[int, str, int]], at: int) -> tuple[str, int] | None:
    """A title, which a line of one character follows, or surrounds, and the line after it."""
    texts = [line for _, line, _ in lines[at : at + 3]] + ["", "", ""]
    if _is_adornment(texts[0]) and texts[1].strip() and texts[2].rstrip() == texts[0].rstrip():
        return texts[1].strip(), at + 3
    is_underlined = _is_adornment(texts[1]) and len(texts[1].strip()) >= min(4, len(texts[0].strip()))
    if is_underlined and texts[0][:1] not in " \t" and not _is_adornment(texts[0]):
        return texts[0].strip(), at + 2
    return None


def _is_adornment(line: str) -> bool:
    """Whether a line is one punctuation mark, again and again."""
    mark = line[:1]
    return mark in _ADORNMENTS and not line.rstrip().strip(mark)
