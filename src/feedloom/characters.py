"""Characters that show nothing, which programs and people paste into names and addresses without seeing them.

The table is written out, so that every Python, whichever Unicode it knows, tells the same.
"""

import re

# Default_Ignorable_Code_Point of Unicode 14 (DerivedCoreProperties), and the marks of annotations (U+FFF9 to U+FFFB).
_INVISIBLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_EACH = re.compile(f"[{_INVISIBLE}]")
_VISIBLE = re.compile(f"[^\\s\u2800{_INVISIBLE}]")  # U+2800 is a Braille pattern without dots


def is_visible(text: str) -> bool:
    """Whether a text shows anything at all."""
    return _VISIBLE.search(text) is not None


def without_invisible(text: str) -> str:
    """A text without the characters that show nothing, white space aside: to compare words by."""
    return text if text.isascii() else _EACH.sub("", text)


def stripped(text: str) -> tuple[str, str]:
    """A text without white space and what shows nothing at its ends; and the first of the latter, or an empty text."""
    first, last = 0, len(text)
    found = ""
    while first < last and not _VISIBLE.match(text, first):
        found = found or _shows_nothing(text[first])
        first += 1
    while last > first and not _VISIBLE.match(text, last - 1):
        found = found or _shows_nothing(text[last - 1])
        last -= 1
    return text[first:last], found


def _shows_nothing(character: str) -> str:
    return "" if character.isspace() else character
