"""Where a text has HTML tags, by the names of the HTML standard, and where it has words that only look like tags.

`Option<T>`, `<stdio.h>` and `a<b and c>d` are words. Each search is linear in the text, whatever it contains.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# HTML Living Standard, "Indices": elements; 4.8.15 and 4.8.16: the roots of MathML and SVG; 16.2: obsolete elements, which
# old articles use a lot; and `image`, which 13.2.6.4.7 reads as `img`. Names with a hyphen are custom elements: they are words.
# fmt: off
ELEMENTS = _words("""
    a abbr address area article aside audio b base bdi bdo blockquote body br button canvas caption cite code col colgroup data
    datalist dd del details dfn dialog div dl dt em embed fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 head header
    hgroup hr html i iframe img input ins kbd label legend li link main map mark math menu meta meter nav noscript object ol
    optgroup option output p picture pre progress q rp rt ruby s samp script search section select slot small source span strong
    style sub summary sup svg table tbody td template textarea tfoot th thead time title tr track u ul var video wbr

    acronym applet basefont bgsound big blink center dir font frame frameset image isindex keygen listing marquee menuitem
    multicol nextid nobr noembed noframes param plaintext rb rtc spacer strike tt xmp
""")

# 13.1.2 "void elements"; the obsolete ones that have no end tag either.
VOID = _words("""
    area base br col embed hr img input link meta source track wbr
    basefont bgsound frame image isindex keygen nextid param spacer
""")

# "Indices": boolean attributes, and those that are enumerated but written without one (`hidden`, `popover`); 16.2: old ones.
_BOOLEAN = _words("""
    allowfullscreen alpha async autofocus autoplay checked controls default defer disabled formnovalidate inert ismap itemscope
    loop multiple muted nomodule novalidate open playsinline readonly required reversed selected shadowrootclonable
    shadowrootdelegatesfocus shadowrootserializable
    contenteditable crossorigin download hidden popover
    compact declare mozallowfullscreen nohref noresize noshade nowrap scoped seamless sortable truespeed typemustmatch
    webkitallowfullscreen
""")
# fmt: on

WITHOUT_TEXT = frozenset({"script", "style"})

_NAME = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)(?=[\s/>])")
_CLOSED = re.compile(r"\s*>")
_GAP = re.compile(r"[\s/]*")
# No quotes in a value without quotes around it: two matches that start at different places are never both outside of quotes, so
# at most three of them scan the same text.
_ATTRIBUTE = re.compile(r"""([^\s"'<>/=]+)(\s*=\s*(?:(["'])|[^\s"'<>]*))?""")
_CLOSINGS = {name: re.compile(rf"</{name}\s*>", re.ASCII | re.IGNORECASE) for name in WITHOUT_TEXT}

_COMMENT = "<!--"
_CDATA = "<![CDATA["


class Mark(NamedTuple):
    """A piece of mark-up, `text[start:end]`: a tag with its `name` in lower case, or a comment, without a name.

    `inside` is the content of a CDATA section. A closed `script` or `style` is one mark, with its content.
    """

    start: int
    end: int
    name: str = ""
    is_closing: bool = False
    inside: str | None = None


def marks(text: str) -> Iterator[Mark]:
    """The mark-up of a text, in order."""
    scan = _Scan(text)
    at = text.find("<")
    while at >= 0:
        mark = scan.mark(at)
        if mark:
            yield mark
        at = text.find("<", mark.end if mark else at + 1)


class _Scan:
    """Looks for the ends of marks, and never twice for an end that is missing."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._last_angle = max(text.rfind("<"), text.rfind(">"))
        self._absent: set[str] = set()

    def mark(self, start: int) -> Mark | None:
        text = self._text
        if text.startswith("!", start + 1):
            return self._declared(start)
        named = _NAME.match(text, start)
        name = named[2].lower() if named else ""
        if not named or name not in ELEMENTS:
            return None
        if named[1]:
            closed = _CLOSED.match(text, named.end())
            return Mark(start, closed.end(), name, True) if closed else None
        end = self._end(start, named.end())
        if end is not None and name in WITHOUT_TEXT:
            end = self._closed(name, end)
        return None if end is None else Mark(start, end, name)

    def _declared(self, start: int) -> Mark | None:
        """A comment, or a CDATA section, which extends to the end of the text if nothing ends it."""
        text = self._text
        if text.startswith(_COMMENT, start):
            end = self._find("-->", start + 2)  # `<!-->` is one
            return None if end < 0 else Mark(start, end + 3)
        if text.startswith(_CDATA, start):
            end = self._find("]]>", start)
            inside = text[start + len(_CDATA) : end if end >= 0 else None]
            return Mark(start, end + 3 if end >= 0 else len(text), inside=inside)
        return None

    def _end(self, start: int, at: int) -> int | None:
        """The end of the tag whose attributes start here; the end of the text if it cuts the tag off."""
        text = self._text
        has_value = False
        while True:
            gap = _GAP.match(text, at)
            assert gap
            at = gap.end()
            if text.startswith(">", at):
                return at + 1
            attribute = _ATTRIBUTE.match(text, at)
            if not attribute:
                break
            at = attribute.end()
            if attribute[2]:
                has_value = True
                if quote := attribute[3]:
                    at = self._find(quote, at) + 1
                    if not at:
                        break
            elif attribute[1].lower() not in _BOOLEAN and not attribute[1].lower().startswith("data-"):
                break
        is_cut_off = has_value and self._last_angle == start and (at in (0, len(text)))
        return len(text) if is_cut_off else None

    def _closed(self, name: str, at: int) -> int:
        """The end of an element whose start tag ends at `at`; `at` itself if no tag closes it."""
        closing = None if name in self._absent else _CLOSINGS[name].search(self._text, at)
        if closing:
            return closing.end()
        self._absent.add(name)
        return at

    def _find(self, part: str, at: int) -> int:
        found = -1 if part in self._absent else self._text.find(part, at)
        if found < 0:
            self._absent.add(part)
        return found
