"""Text from the web made clean and plain: no entities, no mark-up, nothing that XML 1.0 forbids.

Own code and not a library, because the same bytes must come out under every Python: the standard library's HTML parser
changed with its security releases (docs/decisions.md).
"""

import re
from collections import Counter
from functools import cache, lru_cache
from typing import NamedTuple

from feedloom.values import markup


@cache
def forbidden() -> re.Pattern[str]:
    """What XML 1.0 section 2.2 forbids, and what validators and readers refuse as well: C1 controls, U+FFFD, non-characters.

    White space (U+000B, U+000C, U+001C to U+001F, U+0085 too) is collapsed, not removed.
    """
    return re.compile(
        "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffd-\uffff"
        + "".join(f"{chr(plane | 0xFFFE)}{chr(plane | 0xFFFF)}" for plane in range(0x10000, 0x110000, 0x10000))
        + "]"
    )


# Before other characters, `<` starts no mark-up (HTML, "tag open state"), but the W3C's service reads `<1@e.example>` in a name
# as an e-mail address.
_OPENING = re.compile(r"<(?=[a-zA-Z/!?]|[^<>@\s]+@)")

# Elements whose tags are written inside words.
# fmt: off
_INLINE = frozenset({
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "blink", "cite", "code", "data", "del", "dfn", "em", "font", "i", "ins",
    "kbd", "label", "mark", "nobr", "q", "rb", "ruby", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "time",
    "tt", "u", "var", "wbr",
})
# fmt: on

# HTML does not require their end tags, and everybody omits them.
_NEVER_CLOSED = markup.VOID | {"p", "li"}

# A reference ends with `;`, which some web texts omit. Without it, a name counts only if no letter, digit or `=` follows (HTML,
# "named character reference state"); otherwise `?a=1&copy=2` and `Black&notes` would change. The longest name has 31 letters.
_REFERENCE = re.compile(r"&(?:#([0-9]+|[xX][0-9a-fA-F]+);?|([a-zA-Z][a-zA-Z0-9]{0,30}(?:;|(?![a-zA-Z0-9=]))))")

# `&amp;amp;lt;` takes a round each; real text is done after two.
_ROUNDS = 8


def is_clean(text: str) -> bool:
    """Whether `clean` has nothing to remove, by a quick test that most texts pass."""
    return is_clean_if_printable(text) and text.isprintable()  # no white space but U+0020, and nothing forbidden but U+FFFD


def is_clean_if_printable(text: str) -> bool:
    """The same in half of the time, if each character is printable."""
    return "&" not in text and "<" not in text and "  " not in text and "\ufffd" not in text and text == text.strip()


class Cleaned(NamedTuple):
    """Clean text, the names of elements whose tags were removed although they may have been words, and the first of the
    forbidden characters that were removed.

    Such elements are those without an end tag or a start tag, those with tags that the end of the text cuts off, and `script`
    and `style`, which are removed with their content.
    """

    text: str
    doubtful: tuple[str, ...] = ()
    removed: str = ""


def clean(text: str, *, is_html: bool = False) -> str:
    """The text of `cleaned` alone."""
    return cleaned(text, is_html=is_html).text


def cleaned(text: str, *, is_html: bool = False) -> Cleaned:
    """Plain text in one line: entities decoded, tags dropped, white space collapsed, forbidden characters removed.

    Escaped tags (`&lt;b&gt;`) are text, as in a title, unless the text `is_html`, as excerpts often are. Cleaning clean text
    changes nothing. A remaining `<` is never followed by a letter, so no reader takes it for mark-up.
    """
    if is_clean(text):
        return Cleaned(text)
    if "<" not in text:  # most texts with references have no tags, and what is left after one round begins no reference
        plain = _decoded(text).replace("\xa0", " ")
        if is_clean(plain) or (not _REFERENCE.search(plain) and is_clean(plain.replace("&", "+"))):
            return Cleaned(plain)
    doubtful: dict[str, None] = {}
    removed = "" if text.isprintable() else forbidden().search(text)
    text = _without_tags(_permitted(text), doubtful)
    for _ in range(_ROUNDS):
        if "&" not in text and "<" not in text:
            break
        plain = _permitted(_decoded(text))
        if is_html:
            plain = _without_tags(plain, doubtful)
        if plain == text:
            break
        text = plain
    return Cleaned(" ".join(_OPENING.sub("< ", text).split()), tuple(doubtful), removed[0] if removed else "")


def shortened(text: str, most: int) -> str:
    """The text, cut to `most` characters with an ellipsis if it is longer."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def _permitted(text: str) -> str:
    is_printable = text.isprintable() or text.replace("\xa0", " ").isprintable()  # Python calls a no-break space unprintable
    return text if is_printable and "\ufffd" not in text else forbidden().sub("", text)


def _decoded(text: str) -> str:
    return _REFERENCE.sub(_character, text) if "&" in text else text


def _character(reference: re.Match[str]) -> str:
    number, name = reference.groups()
    if name:
        return _named(name)
    # Python refuses to convert very long numbers; Unicode's have at most seven digits.
    digits = number.lstrip("xX0")
    return _numbered(f"{number[0] if number[0] in 'xX' else ''}{digits or 0}") if len(digits) < 8 else ""


@lru_cache(1024)
def _named(name: str) -> str:
    from html.entities import html5

    return html5.get(name, f"&{name}")


@lru_cache(1024)
def _numbered(number: str) -> str:
    import html

    return html.unescape(f"&#{number};")


def _text_of(section: str) -> str:
    """The content of a CDATA section, which has no tags, not even escaped ones."""
    for _ in range(_ROUNDS):
        if (plain := _permitted(_decoded(section))) == section:
            break
        section = plain
    return section


def _without_tags(text: str, doubtful: dict[str, None]) -> str:
    if "<" not in text:
        return text
    kept = []
    end = 0
    opened: Counter[str] = Counter()
    for mark in markup.marks(text):
        name = mark.name
        kept.append(text[end : mark.start])
        if mark.inside is not None:
            kept.append(_OPENING.sub("< ", _text_of(mark.inside)))
        elif name not in _INLINE:
            kept.append(" ")
        is_cut_off = not text.endswith(">", mark.start, mark.end)  # with the words behind it, if it was none
        if name in markup.WITHOUT_TEXT or (name and is_cut_off):
            doubtful[name] = None
        elif name and name not in _NEVER_CLOSED:
            opened[name] += -1 if mark.is_closing else 1
            if opened[name] < 0:
                opened[name] = 0
                doubtful[name] = None
        end = mark.end
    kept.append(text[end:])
    doubtful.update(dict.fromkeys(name for name, count in opened.items() if count))
    return "".join(kept)
