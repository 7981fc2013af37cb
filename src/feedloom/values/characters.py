"""Characters as Unicode 14 knows them, under every Python: feed URLs depend on them and must never change.

Pythons have different versions of Unicode. A code point that Unicode 14 does not assign stays unchanged, and separates the text
before and after it. For those that it assigns, Unicode promises stable foldings and normal forms
(https://www.unicode.org/policies/stability_policy.html), and a test compares them between all Pythons that are there.
"""

import re
import unicodedata
from bisect import bisect_right
from functools import cache
from itertools import groupby

# UAX 44, Default_Ignorable_Code_Point of Unicode 14: joiners, variation selectors, soft hyphens, and code points that are kept
# for more of them.
_IGNORABLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_ANNOTATION = "\ufff9-\ufffb"
"""The marks of annotations: they are invisible too, but the text between them is part of a name."""

_IGNORED = re.compile(f"[{_IGNORABLE}]")
_INVISIBLE = re.compile(f"[{_IGNORABLE}{_ANNOTATION}]")
_VISIBLE = re.compile(f"[^\\s\u2800{_IGNORABLE}{_ANNOTATION}]")  # U+2800 is a Braille pattern without dots


def folded(text: str) -> str:
    """A text as it is compared: in one spelling whatever its capitals, its form and what is invisible in it.

    NFKC_Casefold of its canonical decomposition (The Unicode Standard, D146) on Unicode 14.
    """
    return text.lower() if text.isascii() else "".join(_folded(run) if is_assigned else run for is_assigned, run in _runs(text))


def normalized(form: str, text: str) -> str:
    """A text in one of Unicode's normal forms (`NFC`, `NFKD`), on Unicode 14."""
    if text.isascii():
        return text
    return "".join(_normalized(form, run) if is_assigned else run for is_assigned, run in _runs(text))


def are_known(text: str) -> bool:
    """Whether Unicode 14 assigns all characters of a text."""
    return text.isascii() or "u" not in shape(text)


def shape(text: str) -> str:
    """The kind of each character of a text: `l` a letter, `n` a digit or number, `m` a combining mark (Mn or Mc), `u` one that
    Unicode 14 does not assign, `o` any other. In ASCII, all except letters and digits stay unchanged.
    """
    return text.translate(_KINDS)


def is_visible(text: str) -> bool:
    """Whether a text shows anything at all."""
    return _VISIBLE.search(text) is not None


def without_invisible(text: str) -> str:
    """A text without invisible characters, except white space, to compare words."""
    return text if text.isascii() else _INVISIBLE.sub("", text)


def stripped(text: str) -> tuple[str, str]:
    """A text without white space and invisible characters at its ends, and the first of the latter, or an empty text."""
    first, last = 0, len(text)
    found = ""
    while first < last and not _VISIBLE.match(text, first):
        found = found or _shows_nothing(text[first])
        first += 1
    while last > first and not _VISIBLE.match(text, last - 1):
        found = found or _shows_nothing(text[last - 1])
        last -= 1
    return text[first:last], found


class _Kinds(dict[int, str]):
    """The kinds of code points, as far as they were asked for."""

    def __missing__(self, code: int) -> str:
        if code < 0x80:
            character = chr(code)
            kind = "l" if character.isalpha() else "n" if character.isdigit() else character
        else:
            starts, kinds = _table()
            kind = kinds[bisect_right(starts, code) - 1]
        if len(self) >= _MOST_KEPT:
            self.clear()
        self[code] = kind
        return kind


_KINDS = _Kinds()
_MOST_KEPT = 10_000


def _runs(text: str) -> list[tuple[bool, str]]:
    """The runs of a text, each of characters that are all assigned, or all not."""
    kinds = shape(text)
    if "u" not in kinds:
        return [(True, text)]
    runs = groupby(zip(text, kinds, strict=True), lambda pair: pair[1] != "u")
    return [(is_assigned, "".join(character for character, _ in run)) for is_assigned, run in runs]


def _folded(text: str) -> str:
    text = unicodedata.normalize("NFKD", _IGNORED.sub("", text)).casefold()
    return unicodedata.normalize("NFKC", _IGNORED.sub("", text))


def _shows_nothing(character: str) -> str:
    return "" if character.isspace() else character


def _normalized(form: str, text: str) -> str:
    return unicodedata.normalize(form, text)  # type: ignore[arg-type]


@cache
def _table() -> tuple[list[int], list[str]]:
    """The start of each run of code points of one kind, and its kind."""
    starts, kinds = [], []
    at = 0x80
    for kind, length in re.findall("([A-Z])([0-9a-z]*)", _UNICODE_14):
        starts.append(at)
        kinds.append(kind.lower())
        at += int(length or "1", 36)
    return starts, kinds


_UNICODE_14 = (
    "O16LO7N2OLO3NLON3OLnOLvOLcqO4LcOeL5O7LOLOhM34L5OL2U2L4OLU4O2LOL3ULULkUL2bOL3vOM5O2L4mUL12U2LO6L15O2U2O3UM19OMOM2OM2OMU"
    "8LrU4L4O2UbOgMbO5L17MlNaO4L2ML2rOLM7O2M6L2M2OM4L2NaL3O2LOeUOLMLuMrU2L2hMbLUeNaLxM9L2O4LU2MO2LmM4LM9LM3LM5U2OfULpM3U2OU"
    "LbU5LoOL6UO2U6M8L16MoOMxL1iM3LMiLM7LaM2O2NaOLgM3UL8U2L2U2LmUL7ULU3L4U2MLM7U2M2U2M3LU8MU4L2UL3M2U2NaL2O2N6O2LOMU2M3UL6U"
    "4L2U2LmUL7UL2UL2UL2U2MUM5U4M2U2M3U3MU7L4ULU7NaM2L3MOUaM3UL9UL3ULmUL7UL2UL5U2MLM8UM3UM3U2LUfL2M2U2NaO2U7LM6UM3UL8U2L2U2"
    "LmUL7UL2UL5U2MLM7U2M2U2M3U7M3U4L2UL3M2U2NaOLN6UaMLUL6U3L3UL4U3L2ULUL2U3L2U3L3U3LcU4M5U3M3UM4U2LU6MUeNdO8U5M5L8UL3ULnUL"
    "gU2MLM7UM3UM4U7M2UL3U2LU2L2M2U2NaU7ON7OLM3OL8UL3ULnULaUL5U2MLM7UM3UM4U7M2U6L2UL2M2U2NaUL2UdM4L9UL3UL15M2LM7UM3UM4LOU4L"
    "3MN7L3M2U2NjOL6UM3ULiU3LoUL9ULU2L7U3MU4M6UMUM8U6NaU2M2OUcL1cML2M7U4OL7M8ONaO2U11L2ULUL5ULoULULaML2M9LU2L5ULUM6U2NaU2L4"
    "UwLOnM2O6NkOMOMOMO4M2L8UL10U4MkOM2L5MbUM10UO8MO6UOdU11L17MkLNaO6L6M4L4M3LM3L2M7L3M4LdMcLMNaM4O2L12ULU5LU2L17OL99UL4U2L"
    "7ULUL4U2L15UL4U2LxUL4U2L7ULUL4U2LfUL1lUL4U2L1vU2M3O9NkU3LgOaU6L2eU2L6U2OLh8O2LhOLqO2U3L23O3N3L8U7LiM4U9LjM3O2U9LiM2UcL"
    "dUL3UM2UcL1gMwO3LO4LMU2NaU6NaU6ObM3OMNaU6L2hU7L5M2LyMLU5L1yUaLvUMcU4McU4OU3O2NaLuU2L5UbL18U4LqU6NbU3OyLnM5U2O2L1hMaUMt"
    "U2MNaU6NaU6O7LO6U2MeOMgU1dM5L1bMhL8U3NaOhM9ObUM3LuMdL2NaL18MeU8O4L10MkU3O5NaU3L3NaL10O2L9U7L17U2L3O8U8M3OMlL4ML6ML2M3L"
    "U5L5cM1sL7qU2L6U2L12U2L6U2L8ULULULULvU2L1hUL7OLO3L3UL7O3L4U2L6UO3LdO3U2L3UL7O2UO2tUOaNLU2N6O5LNaO5ULdU3OxUfMdO4MO3McUf"
    "O2LO4LO2LaOLO3L5O6LOLOLOL4OLbO2L4O5L5O4LON1fL2N5O2U4OifUpObUlN1oO26NmOhiNuOrkU2OwUO2xL6dO6L4M3L2U5O4NO2L12ULU5LU2L1kU7"
    "LOUeMLnU9L7UL7UL7UL7UL7UL7UL7UL7UMwO1bLO1aUyOqUO2hUcO5yUqOcU4O5L2NOpN9M6OL5O2N3L2O3UL2eU2M2O2L3OL2iOL4U5L17UL2mUO2N4Oa"
    "LwO10UcLgOvUNaOuN8ONfOwNaO13NfO8wL534O1sLh3hU3O1jU9L1aO2L7hO3LgNaL2UkL1bMO4MaOLvM2L1yNaM2O6U8OnL9O2L2vO2L1sU5L2ULUL5Uo"
    "LgML3ML4MLnM5O4MU3N6O4U6L1gO4U8M2L1eMiU8O2NaU6MiL6O3LOL2MNaLsM8O2LnMdUbOLtU3M4L1bMeOdULNaU4O2L5MLaNaL5UL15MeU9L3ML8M2U"
    "2NaU2O4LnO3LM3L1eMLM3L2M2L5M2LMLUoL3O2LbM5O2L3M2UaL6U2L6U2L6U9L7UL7UL17OLeO2U4L37M8OM2U2NaU6L8mcUcLnU4L1dU4O6ioLa6U2L2"
    "yU12L7UcL5U5LMLaOLdUL5ULUL2UL2UL30OhUgLa3OiL1sU2L1iU7OUwLcO4MgOaU6MgOzUOjUO4U4L5UL3rU2OUOfNaO7LqO6LqObL2hU3L6U2L6U2L6U"
    "2L3U3O7UO7UaO5U2LcULqULjUL2ULfU2LeUyL3fU5O3U4N19U3O9N1lOhN2O3UOdU3OU1bO19MU3mLtU3L1dUfMNrU4LwN4U9LkNL8NU5L12M5U5LuUOL1"
    "0U4L8ON5U16L4eU2NaU6L10U4L10U4L14U8L1gUbOLbULfUL7UL2ULbULfUL7UL2U1vL8nU9LmUaL8UoL6UL16UL9U1xL6U2LUL18UL2U3LU2LnUON8LnO"
    "2N7LvU8N9U1cLjUL2U5N5LmN6U3OLqU5OU1sL1kU4N2L2NgU2N1aLM3UM2U5M4L4UL3ULtU2M3U4MN9U7O9U7LtN2OLtN3UwL8OLsM2U4N5O7U9L1iU3O7"
    "LmU2N8LjU5N8LiU7O4UcN7U28L21U1jL1fUdL1fU7N6L10M4U8NaU86NvUL16UM2OU2L2U26LtNaLU8LmMbN4O5UmLiM4O4U12LlN7UkLnU9M3L1hMfO7U"
    "4NuML2M2LU9M4L19MbO7MUaOU2LpU7NaU6M3L10MeUNaO4LM2LU8LzMO2LU9M3L1cMeL4O4M4OM2NaLOLO3UNkUbLiULpMcO6MU1tL7ULUL4ULfULaOU6L"
    "1bMcU5NaU6M4UL8U2L2U2LmUL7UL2UL5UM2LM7U2M2U2M3U2LU6MU5L5M2U2M7U3M5U3vL1hMiL4O5NaO2UOML3UuL1cMkL2OLU8NaU4mL1bM7U2M9OnL4"
    "M2UyL1cMhO3LUbNaU6OdUjL17MdLOU6NaU1iLrU2MfU4NcO4L7U55L18MfOU2sL1sNjUcL8U2LU2L8UL2ULoM6UM2U2M4LMLM2O3U9NaU1yL8U2L13M7U2"
    "M7LOLMUrLMaL14M7LM4O8MU8LMbL1aMgO3LO5UdL21U7bL9UL11M8UM8LO5UaNtU3O2LuU2MmUMeU21L7UL2UL12M6U3MUM2UM7LMU8NaU6L6UL2ULwM5U"
    "M2UM5LU7NaU8mLjM4O2U53LUfNlOtUdOLpmU2uN33UO5UbL5gU218L2pO2UdLtrUO9U347Lg7U6ntLftU7LvUNaU4O2L27UNaU6LuU2M5OUaL1cM7O9L4O"
    "2UaNaUN7ULlU5LjUj4L1sNnO4U2tL23U4MLM1jU7M4LdU1sL2OLMUbM2UeL4qgU8LyeU16L9U6w7L4UL7UL2UL83U19L3UhL4U8Lb0U1s4L2zU5LdU3L9U"
    "7LaU2OM2O5U3mkM1aU2MnU9O38U1oO6uUaO13U2O1oM5O3M6O8M8O2M7OuM4O1pUlO1uM3OU4aNkUcO2fU9NpU3rL2dUL1zUL2U2LU2L2U2L4ULcULUL7U"
    "L1tUL4U2L8UL7ULsUL4UL5ULU3L7UL9gU2LpOLpOLvOLpOLvOLpOLvOLpOLvOLpOL8U2N1eOe8M1jO4M1eO8MOeMO7UfM5UMfUuoLvU69M7UMhU2M7UM2U"
    "M5U5xL19U3M7L7U2NaU4LOU8wLuMUhL18M4NaU5OUyoL7UL4UL2ULfUL5hU2N9M7U15L1wM7LU4NaU4O2UltN1nON3ON4U24N19ONfU5eL4ULrUL2ULU2L"
    "ULaUL4ULULU6LU4LULULUL3UL2ULU2LULULULULUL2ULU2L4UL7UL4UL4ULULaULhU5L3UL5ULhU1gO2U7iO18U4O2sUcOfU2OfUOfUO11UaNdO4hU1kOt"
    "UdO18U4O9U7O2UeO6U4aOrcU5OgU3OdU3O38UcO2hU7OcU4OUfOcU4O1kU8OaU6O14U8OuU2O2U26O9gUcOeU2O5U3O5U3O7U9OtU3ObU5O6UaOaU6O8U8"
    "O7U9O43UO1jU11NaUsmLwyoUwL37dU7L66U2L4g2UeL5rlU2e7Lf2U15uL3t7UfcfqOUuO2oU3kM6oU1e6oO1ekeU2O1ekeU2"
)
"""The kinds of all code points from U+0080 on: a letter for each run, and its length in base 36 where it is above 1.

Made of the `unicodedata` of Python 3.11, which has Unicode 14; tests/test_characters.py makes it again.
"""
