"""HTML as a list of tags and texts, cut where an HTML parser cuts it, and with only the elements that a feed may show.

This comes before the sanitizer and not in place of it. It bounds how deeply elements nest, since the time that HTML parsers
take is the square of that. It keeps what a sanitizer would drop in silence: players become links, and the mark that ends an
excerpt is found. All searches are linear in the text.
"""

import html
import re
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

MORE = "\ufdd0"
"""Where the author ended the excerpt. No text has this character: it is one that Unicode keeps for programs."""

DEEPEST = 100
"""Tags of elements nested more deeply are dropped; their text stays."""

_MOST_FORMATTING = 10
"""How many elements like `<b>` may be open at a time: a parser opens all of them again in each paragraph (HTML, 13.2.4.3)."""

_FORMATTING = frozenset(["a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"])

VOID = frozenset({"br", "col", "hr", "img", "source", "track", "wbr"})

# A parser closes these by itself when the next one begins, so that without end tags they are not nested.
_SELF_CLOSED = frozenset(["p", "li", "dd", "dt", "tr", "td", "th", "thead", "tbody", "tfoot", "colgroup"])

SHOWN = VOID | frozenset(
    """
    a abbr acronym address article aside audio b bdi big blockquote caption center cite code colgroup dd del details
    dfn div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hgroup i ins kbd li main mark nav ol p picture
    pre q rp rt ruby s samp section small span strike strong sub summary sup table tbody td tfoot th thead time tr tt u ul
    var video
    """.split()  # noqa: SIM905
)
"""The elements that a feed may show (HTML, "Indices"): none that runs, asks, embeds or styles."""

_DROPPED = frozenset(
    ["annotation", "iframe", "noembed", "noframes", "script", "select", "style", "svg", "template", "textarea", "title", "xmp"]
)
"""Elements that go with all that they contain, where a tag closes them."""

_PLAYERS = frozenset({"embed", "iframe"})

_CLOSINGS = {name: re.compile(rf"</{name}(?:\s[^>]*)?>", re.ASCII | re.IGNORECASE) for name in _DROPPED}
_COMMENT_END = re.compile("--!?>")
_MARK = re.compile(r"\s*(?:more|truncate|excerpt|teaser_end(?::.*)?)\s*", re.IGNORECASE)
_NAME = re.compile(r"</?([a-zA-Z][^\s/>]*)", re.ASCII)
_BARE = re.compile(r"<(/?)([a-zA-Z][^\s/>]*)>", re.ASCII)
_GAP = re.compile(r"[\s/]+", re.ASCII)
_ATTRIBUTE = re.compile(r"=?[^\s/>=]*", re.ASCII)
_EQUALS = re.compile(r"\s*=\s*", re.ASCII)
_UNQUOTED = re.compile(r"[^\s>]*", re.ASCII)


class Tag(NamedTuple):
    """A tag, `text[start:end]`, with its name in lower case; `attributes` as they are written, the first of each name.

    A comment has the name `!`, and its text as an attribute of this name. One of `_DROPPED` is a tag with all that it contains.
    """

    start: int
    end: int
    name: str
    is_closing: bool
    attributes: dict[str, str]


class _UnfinishedError(Exception):
    """A tag or a comment goes to the end of the text."""


def tags(text: str) -> Iterator[Tag]:
    """The tags and comments of a text, in its order (HTML, 13.2.5). What follows one that never ends has none."""
    unclosed: set[str] = set()
    at = text.find("<")
    while at >= 0:
        try:
            tag = _tag(text, at)
        except _UnfinishedError:
            return
        if tag and tag.name in _DROPPED and not tag.is_closing and tag.name not in unclosed:
            if closing := _CLOSINGS[tag.name].search(text, tag.end):
                tag = tag._replace(end=closing.end())
            else:
                unclosed.add(tag.name)
        if tag:
            yield tag
        at = text.find("<", tag.end if tag else at + 1)


def shown(text: str) -> str:
    """The HTML text with `SHOWN` elements only, nested `DEEPEST` deep at most, and each other `<` escaped.

    A comment that marks the end of the excerpt becomes `MORE`, a player a link to its page.
    """
    parts: list[str] = []
    nesting = _Nesting()
    end = 0
    for tag in tags(text):
        parts.append(_escaped(text[end : tag.start]))
        end = tag.end
        if tag.name == "!":
            parts.append(MORE if _MARK.fullmatch(tag.attributes["!"]) else "")
        elif tag.name in SHOWN:
            parts.append((_picture(tag) or text[tag.start : tag.end]) if nesting.takes(tag) else "")
        elif not tag.is_closing:
            parts.append(_player(tag))
    parts.append(_escaped(text[end:]))
    return "".join(parts)


class _Nesting:
    """How many elements of each name are open."""

    def __init__(self) -> None:
        self._open: Counter[str] = Counter()
        self._depth = 0
        self._formatting = 0

    def takes(self, tag: Tag) -> bool:
        """Whether a tag can stay. Counts it if so."""
        name = tag.name
        if name in VOID or name in _SELF_CLOSED:
            return True
        is_formatting = name in _FORMATTING
        if tag.is_closing:
            if self._open[name]:
                self._open[name] -= 1
                self._depth -= 1
                self._formatting -= is_formatting
            return True
        if self._depth >= DEEPEST or (is_formatting and self._formatting >= _MOST_FORMATTING):
            return False
        self._open[name] += 1
        self._depth += 1
        self._formatting += is_formatting
        return True


def _picture(tag: Tag) -> str:
    """The picture that a script of the page would load later; empty if the tag names it itself."""
    later = tag.attributes.get("data-src", "") if tag.name == "img" else ""
    if not later or not tag.attributes.get("src", "data:").strip().lower().startswith("data:"):
        return ""
    names = {"src": later, "alt": tag.attributes.get("alt", "")}
    return f"<img{''.join(f' {name}={_quoted(value)}' for name, value in names.items())}>"


def _quoted(value: str) -> str:
    return f'"{html.escape(html.unescape(value))}"'


def _player(tag: Tag) -> str:
    source = tag.attributes.get("src", "") if tag.name in _PLAYERS else ""
    if not source:
        return ""
    address = html.escape(html.unescape(source))
    return f'<p><a href="{address}">{address}</a></p>'


def _escaped(text: str) -> str:
    return text.replace("<", "&lt;")


def _tag(text: str, start: int) -> Tag | None:
    if bare := _BARE.match(text, start):  # nearly all tags; half the time
        return Tag(start, bare.end(), bare[2].lower(), bool(bare[1]), {})
    if text.startswith(("<!", "<?"), start):
        return _comment(text, start)
    named = _NAME.match(text, start)
    if not named:
        return _comment(text, start) if text.startswith("</", start) else None
    at = named.end()
    attributes: dict[str, str] = {}
    while not text.startswith(">", at):
        if gap := _GAP.match(text, at):
            at = gap.end()
            continue
        name = _ATTRIBUTE.match(text, at)
        if at >= len(text) or not name:
            raise _UnfinishedError
        at, value = _value(text, name.end())
        attributes.setdefault(name[0].lower(), value)
    return Tag(start, at + 1, named[1].lower(), text.startswith("/", start + 1), attributes)


def _value(text: str, at: int) -> tuple[int, str]:
    """Where the value of an attribute ends, and the value."""
    equals = _EQUALS.match(text, at)
    if not equals:
        return at, ""
    at = equals.end()
    quote = text[at : at + 1]
    if quote in ("'", '"'):
        end = text.find(quote, at + 1)
        if end < 0:
            raise _UnfinishedError
        return end + 1, text[at + 1 : end]
    value = _UNQUOTED.match(text, at)
    assert value
    return value.end(), value[0]


def _comment(text: str, start: int) -> Tag:
    if text.startswith("<!--", start):
        for abrupt in ("<!-->", "<!--->"):
            if text.startswith(abrupt, start):
                return Tag(start, start + len(abrupt), "!", False, {"!": ""})
        inside = start + 4
        found = _COMMENT_END.search(text, inside)
        until, end = (found.start(), found.end()) if found else (-1, -1)
    else:
        inside, until = start + 2, text.find(">", start + 2)
        end = until + 1
    if until < 0:
        raise _UnfinishedError
    return Tag(start, end, "!", False, {"!": text[inside:until]})
