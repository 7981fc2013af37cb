"""Text from the web made clean and plain: no entities, no mark-up, nothing that XML 1.0 forbids.

Own code and not a library, because the same bytes must come out under every Python: the standard library's HTML parser
changed with its security releases (docs/decisions.md).
"""

import html
import re
from functools import cache, lru_cache
from html.entities import html5


@cache
def forbidden() -> re.Pattern[str]:
    """What XML 1.0 section 2.2 forbids, and what validators and readers refuse beside it: C1 controls, U+FFFD, non-characters.

    White space (U+000B, U+000C, U+001C to U+001F, U+0085 too) is collapsed, not removed.
    """
    return re.compile(
        "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffd-\uffff"
        + "".join(f"{chr(plane | 0xFFFE)}{chr(plane | 0xFFFF)}" for plane in range(0x10000, 0x110000, 0x10000))
        + "]"
    )


# A tag cannot hold another `<`, and a name ends where no more of it can follow, so that each search is linear in the text.
_TAG = re.compile(
    r"<!--.*?(?:-->|\Z)|<(/?)([a-zA-Z][^\s/<>]*)(?![^\s/<>])[^<>]*>|<[!?/][^<>]*>|<[^<>@\s]*@[^<>\s]*>", re.DOTALL
)
_CUT_OFF_TAG = re.compile(r"<[a-zA-Z][^<>=]*=[^<>]*\Z")
_OPENING = re.compile(r"<(?=[a-zA-Z/!?])")

# fmt: off
_INLINE = frozenset({
    "a", "abbr", "b", "bdi", "bdo", "big", "cite", "code", "em", "font", "i", "ins", "kbd", "mark",
    "q", "s", "samp", "small", "span", "strong", "sub", "sup", "u", "var", "wbr",
})
# fmt: on
_WITHOUT_TEXT = frozenset({"script", "style"})

# A reference ends with `;`. Web texts lack it now and then; without it a name is one only where no letter, digit or `=`
# follows (HTML, "named character reference state"), or `?a=1&copy=2` and `Black&notes` were changed.
_REFERENCE = re.compile(r"&(?:#([0-9]+|[xX][0-9a-fA-F]+);?|([a-zA-Z][a-zA-Z0-9]*(?:;|(?![a-zA-Z0-9=]))))")

# `&amp;amp;lt;` and `<<b>b>` take a round each; real text is done after two.
_ROUNDS = 8


def is_clean(text: str) -> bool:
    """Whether a text has nothing that `clean` could take out, told without looking closely: most texts have not."""
    return (
        text.isprintable()  # no white space but U+0020, and nothing forbidden but U+FFFD
        and "&" not in text
        and "<" not in text
        and "  " not in text
        and "\ufffd" not in text
        and text[:1] != " "
        and text[-1:] != " "
    )


def clean(text: str) -> str:
    """Plain text in one line: entities decoded, tags dropped, white space collapsed, forbidden characters removed.

    Cleaning clean text changes nothing. A `<` that is left never stands before a letter, so that no reader, however it
    treats the text, takes it for mark-up.
    """
    if is_clean(text):
        return text
    for _ in range(_ROUNDS):
        plain = _without_tags(_permitted(_decoded(text)))
        if is_clean(plain):
            return plain
        if plain == text:
            break
        text = plain
    return " ".join(_OPENING.sub("< ", plain).split())


def shortened(text: str, most: int) -> str:
    """The text itself, or its first characters and an ellipsis, `most` characters at the most."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def _permitted(text: str) -> str:
    return text if text.isprintable() and "\ufffd" not in text else forbidden().sub("", text)


def _decoded(text: str) -> str:
    return _REFERENCE.sub(_character, text) if "&" in text else text


def _character(reference: re.Match[str]) -> str:
    number, name = reference.groups()
    if name:
        return html5.get(name, reference[0])
    # Python refuses to convert very long numbers; Unicode's have seven digits at the most.
    digits = number.lstrip("xX0")
    return _numbered(f"{number[0] if number[0] in 'xX' else ''}{digits or 0}") if len(digits) < 8 else ""


@lru_cache(1024)
def _numbered(number: str) -> str:
    return html.unescape(f"&#{number};")


def _without_tags(text: str) -> str:
    if "<" not in text:
        return text
    kept = []
    end = 0
    silent: str | None = None
    for tag in _TAG.finditer(text):
        closing, name = tag[1], (tag[2] or "").lower()
        if silent is None:
            kept.append(text[end : tag.start()])
            kept.append("" if name in _INLINE else " ")
            if name in _WITHOUT_TEXT and not closing:
                silent = name
        elif closing and name == silent:
            silent = None
        end = tag.end()
    if silent is None:
        kept.append(_CUT_OFF_TAG.sub("", text[end:]))
    return "".join(kept)
