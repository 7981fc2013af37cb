"""What a generator would have replaced in a body, taken out of it: tags of template languages, shortcodes, components.

Nothing is evaluated. What stands between an opening and a closing tag stays. An address in a tag of the site's own root is
resolved, and code between tags becomes a code block. All searches are linear in the text.
"""

import re
from collections.abc import Collection
from typing import NamedTuple

from feedloom.model import Syntax, Url
from feedloom.render.body import code
from feedloom.render.body.sanitize import CUT


class Cut(NamedTuple):
    """A text without template tags, how many were cut out of it, and how many characters they had."""

    text: str
    tags: int = 0
    length: int = 0


def cut(text: str, syntaxes: Collection[Syntax], root: Url) -> Cut:
    """A body without the tags of template languages; `root` is the address of the site's own root."""
    cutting = _Cutting(root)
    if "shortcodes" in syntaxes and "{{" in text:
        text = cutting.delimited(text, _SHORTCODES)
    if "liquid" in syntaxes:
        if "{{" in text or "{%" in text:
            text = cutting.delimited(text, _LIQUID)
        if "{:" in text:
            text = code.outside(text, lambda part: _KRAMDOWN.sub("", part))
    if "nunjucks" in syntaxes and ("{{" in text or "{%" in text):
        text = code.outside(text, lambda part: cutting.delimited(part, _LIQUID))
    if "mdx" in syntaxes:
        if ":::" in text:
            text = code.outside(text, lambda part: _ADMONITION.sub(_admonition, part))
        text = code.outside(text, cutting.mdx)
    if "wikilinks" in syntaxes and "[[" in text:
        text = code.outside(text, cutting.wikilinks)
    if "{#" in text:
        text = code.outside(text, lambda part: _HEADING_ID.sub("", part))
    return Cut(text, cutting.tags, cutting.length)


class _Delimiters(NamedTuple):
    """What opens and closes the tags of a language."""

    opening: re.Pattern[str]
    closing: dict[str, str]


_LIQUID = _Delimiters(re.compile(r"\{[{%]"), {"{{": "}}", "{%": "%}"})
_SHORTCODES = _Delimiters(re.compile(r"\{\{[<%]"), {"{{<": ">}}", "{{%": "%}}"})

_WORD = re.compile(r"[-~]?\s*((?:/\s*)?\w+)", re.ASCII)
_VERBATIM = frozenset({"raw", "verbatim"})
_LISTING = frozenset({"highlight", "codeblock", "code"})
_IGNORED = frozenset({"comment"})
_PAIRED = _VERBATIM | _LISTING | _IGNORED
_TAGS_OF_RAW = re.compile(r"\{%-?\s*(?:end)?raw\s*-?%\}", re.ASCII)
_TICKS = re.compile("`{3,}")
_ARGUMENT = re.compile(r"""\b(src|alt|caption|link)\s*=\s*(?:"([^"]*)"|'([^']*)')""", re.ASCII)
_OF_SITE = re.compile(
    r"""[-~]?\s*(?:(?P<name>site\.url|site\.baseurl)|["'](?P<path>[^"'{}\s]{1,500})["']\s*\|\s*"""
    r"""(?P<filter>relative_url|absolute_url|url|prepend:\s*site\.baseurl(?:\s*\|\s*prepend:\s*site\.url)?))\s*[-~]?""",
    re.ASCII,
)

_KRAMDOWN = re.compile(r"\{::?[^{}\n]{0,200}\}")
_HEADING_ID = re.compile(r"[ \t]\{#[\w:.-]{1,100}\}[ \t]*$", re.MULTILINE)
_WIKILINK = re.compile(r"(!?)\[\[([^\[\]\n|]{1,200})(?:\|([^\[\]\n|]{0,200}))?\]\]")

_ADMONITION = re.compile(
    r"^([ \t]{0,12}):{3,9}[ \t]{0,9}(?:([a-z][\w-]{0,30})(?:[ \t]{0,9}\[([^\[\]\n]{1,200})\]|[ \t]{1,9}([^\s{:][^\n{]{0,200}))?"
    r"(?:[ \t]{0,9}\{[^{}\n]{0,200}\})?)?[ \t\r]{0,9}$",
    re.MULTILINE | re.ASCII,
)
_MDX = re.compile(r"\\\{|\{|</?>|</?[A-Z][\w.:-]*(?=[\s/>])|^(?:import[ {*'\"]|export[ {*])", re.MULTILINE | re.ASCII)
_BLANKS = re.compile(r"[ \t]*")
_BLANK_LINE = re.compile(r"\n[ \t]*(?:\n|\Z)|\Z")
_MDX_COMMENT = re.compile(r"\{\s*/\*\s*(\w*)\s*\*/\s*\}", re.ASCII)
_BRACE = re.compile("[{}]")
_QUOTES = frozenset("\"'`")
_LONGEST_TAG = 10_000
_MOST_UNCLOSED = 10


class _Cutting:
    """Counts what is cut."""

    def __init__(self, root: Url) -> None:
        self._root = root.rstrip("/")
        self._origin = "/".join(root.split("/")[:3])
        self.tags = 0
        self.length = 0

    def _cut(self, piece: str) -> str:
        self.tags += 1
        self.length += len(piece)
        return CUT

    def delimited(self, text: str, delimiters: _Delimiters) -> str:
        """A text without the tags of a language."""
        parts: list[str] = []
        absent: set[str] = set()
        end = 0
        at = 0
        while opening := delimiters.opening.search(text, at):
            closing = delimiters.closing[opening[0]]
            until = -1 if closing in absent else text.find(closing, opening.end())
            if until < 0:
                absent.add(closing)
                at = opening.end()
                continue
            inside = text[opening.end() : until]
            start, after = opening.start(), until + len(closing)
            name = _name(inside)
            between = None
            if name in _PAIRED and name not in absent and not inside.rstrip().endswith("/"):
                between = _closing_tag(name, opening[0], closing).search(text, after)
                if not between:
                    absent.add(name)
            parts.append(text[end:start])
            if between:
                parts.append(_content(name, inside, text[after : between.start()]))
                after = between.end()
            else:
                parts.append(self._replaced(opening[0], inside, text, start, after))
            at = end = after
        return "".join([*parts, text[end:]])

    def _replaced(self, opening: str, inside: str, text: str, start: int, after: int) -> str:
        stripped = inside.strip()
        if stripped.startswith("/*") and stripped.endswith("*/") and len(stripped) >= 4:
            # How authors write about a shortcode (Hugo, Zola).
            return text[start:after].replace("/*", "", 1).replace("*/", "", 1)
        if opening == "{{" and (address := self._address(inside)) is not None:
            return address
        if opening != "{{" and _name(inside) == "figure" and (figure := _figure(inside)):
            return figure
        marker = self._cut(text[start:after])
        return "" if opening == "{%" and _is_alone(text, start, after) else marker

    def _address(self, inside: str) -> str | None:
        of_site = _OF_SITE.fullmatch(inside)
        if not of_site:
            return None
        if name := of_site["name"]:
            return self._origin if name == "site.url" else self._root.removeprefix(self._origin)
        return f"{self._root}/{of_site['path'].lstrip('/')}"

    def mdx(self, text: str) -> str:
        """A text that is no code without what MDX adds to Markdown."""
        parts: list[str] = []
        closing = _closing_braces(text)
        unclosed = end = at = 0
        while found := _MDX.search(text, at):
            start, at = found.start(), found.end()
            if found[0].startswith("\\"):
                continue
            if comment := _MDX_COMMENT.match(text, start):
                after, marker = comment.end(), f"<!-- {comment[1]} -->"
            elif found[0] == "{":
                after = closing.get(start, 0)
                marker = self._cut(text[start:after]) if after else ""
            elif found[0] in ("<>", "</>"):
                after, marker = at, ""
            else:
                if found[0].startswith("<"):
                    after = _component_end(text, at, closing) if unclosed < _MOST_UNCLOSED else 0
                    unclosed += not after
                else:
                    after = _block_end(text, start)
                marker = ""
                if after:
                    self._cut(text[start:after])
            if after:
                parts += [text[end:start], marker]
                at = end = after
        return "".join([*parts, text[end:]])

    def wikilinks(self, text: str) -> str:
        """A text in which links by names are their words."""
        return _WIKILINK.sub(self._wikilink, text)

    def _wikilink(self, link: re.Match[str]) -> str:
        self.tags += 1
        if link[1]:
            return CUT
        return link[3] or link[2].rpartition("/")[2]


def _admonition(line: re.Match[str]) -> str:
    """What a line before or behind a box (`:::tip Title`) leaves: its title. What is in the box is the author's text."""
    indent, kind, *titles = line.groups()
    title = next(filter(None, titles), (kind or "").capitalize()).strip()
    return f"\n{indent}**{title}**\n" if title else "\n"


def _name(inside: str) -> str:
    word = _WORD.match(inside)
    return word[1] if word else ""


def _closing_tag(name: str, opening: str, closing: str) -> re.Pattern[str]:
    ends = rf"end{name}" if opening == "{%" else rf"/\s*{name}"
    return re.compile(rf"{re.escape(opening)}[-~]?\s*{ends}\s*[-~]?{re.escape(closing)}", re.ASCII)


def _content(name: str, inside: str, between: str) -> str:
    """What stands between the tags of a pair."""
    if name in _IGNORED:
        return ""
    if name in _VERBATIM:
        return between
    language = re.search(r"[\w+#.-]+", inside[inside.index(name) + len(name) :], re.ASCII)
    between = _TAGS_OF_RAW.sub("", between).strip("\n")
    fence = "`" * (1 + max([len(run) for run in _TICKS.findall(between)], default=2))
    return f"\n{fence}{language[0] if language else ''}\n{between}\n{fence}\n"


def _figure(inside: str) -> str:
    """The picture of Hugo's own shortcode `figure`."""
    arguments = {name: double or single for name, double, single in _ARGUMENT.findall(inside)}
    if not arguments.get("src"):
        return ""
    words = {name: _attribute(value) for name, value in arguments.items()}
    caption = f"<figcaption>{words['caption']}</figcaption>" if words.get("caption") else ""
    return f'<figure><img src="{words["src"]}" alt="{words.get("alt", "")}">{caption}</figure>'


def _attribute(value: str) -> str:
    return value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def _is_alone(text: str, start: int, end: int) -> bool:
    """Whether nothing else is on the lines of a tag."""
    before = _blanks_before(text, start)
    after = _BLANKS.match(text, end)
    assert after
    return (before == 0 or text[before - 1] == "\n") and (after.end() == len(text) or text[after.end()] == "\n")


def _blanks_before(text: str, at: int) -> int:
    while at and text[at - 1] in " \t":
        at -= 1
    return at


def _block_end(text: str, start: int) -> int:
    blank = _BLANK_LINE.search(text, start)
    assert blank
    return blank.start()


def _closing_braces(text: str) -> dict[int, int]:
    """Behind which brace each opened one is closed."""
    found: dict[int, int] = {}
    opened: list[int] = []
    for brace in _BRACE.finditer(text):
        if brace[0] == "{":
            opened.append(brace.start())
        elif opened:
            found[opened.pop()] = brace.end()
    return found


def _component_end(text: str, at: int, closing: dict[int, int]) -> int:
    """Behind what a component's tag ends; 0 where it never does."""
    limit = min(len(text), at + _LONGEST_TAG)
    while at < limit:
        character = text[at]
        if character == ">":
            return at + 1
        if character in _QUOTES:
            at = text.find(character, at + 1, limit) + 1
        elif character == "{":
            at = closing.get(at, 0)
        else:
            at += 1
        if not at:
            return 0
    return 0
