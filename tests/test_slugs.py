"""Identities and slugs: one name, one address, for ever, on every file system."""

import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from feedloom.values.slugs import identity, slug

SLUGS = {
    "AI Ethics": "ai-ethics",
    "C": "c",
    "C++": "c-plus-plus",
    "C#": "c-sharp",
    ".NET": "dot-net",
    ".NET++": "dot-net-plus-plus",
    "Disney+": "disney-plus",
    "Disney Plus": "disney-plus~516934635cd0b20b",
    "Sharp": "sharp~",
    "Dot+": "dot~",
    ".plus": "plus~",
    "C##": "c~",
    "C+#": "c~",
    "+": "~",
    "c-#": "c~",
    "snake_case v1.2": "snake_case-v1.2",
    "cio.com": "cio.com",
    "宇宙": "宇宙",
    "R&D": "r-d~",
    "AI & Ethics": "ai-ethics~",
    "..": "~",
    "a.": "a~",
    ".a.b": "dot-a.b",
    "../../etc/passwd": "etc-passwd~",
    "a/b\\c": "a-b-c~",
    "\x00": "~",
    "🎉": "~",
    "con": "con~",
    "NUL.txt": "nul-txt~",
    "com1": "com1~",
    "Index": "index~",
    "index.html": "index-html~",
    "indexes": "indexes",
    "my index": "my-index",
    "C--": "c--",
    "C---": "c",
    "C --": "c",
    "24--": "24",
    "மல்லிப்பூ வகைகள்": "மல்லிப்பூ-வகைகள்",
    "हिंदी": "हिंदी",
    "ไทยรัฐ": "ไทยรัฐ",
    "العَرَبِيَّة": "العَرَبِيَّة",
    "می\u200cخواهم": "میخواهم",
    "x\u0302++": "x\u0302-plus-plus",
    "\u0301a": "a~",
    "a-\u0301b": "a-b~",
    "a.\u0301b": "a-b~",
    "_\u0301": "_~",
    "a\u20dd": "a~",
    "\U00031350": "~",
    "&-.9": "9~",
    "x" * 120: "x" * 120,
    "x" * 300: "x" * 103 + "~",
    "光" * 41: "光" * 34 + "~",
}  # fmt: skip


@pytest.mark.parametrize("name", SLUGS)
def test_slug(name: str) -> None:
    expected = SLUGS[name]
    found = slug(identity(name))
    if expected.endswith("~"):
        assert re.fullmatch(re.escape(expected) + "[0-9a-f]{16}", found)
    else:
        assert found == expected


@pytest.mark.parametrize(
    "names",
    [
        ["AI", "ai", " Ai ", "\uff21\uff29", "-AI-"],
        ["e-commerce", "E Commerce", "E  -  Commerce", "e\u2011commerce", "e\u00a0commerce"],
        ["Straße", "STRASSE"],
        ["caf\u00e9", "cafe\u0301"],
        ["AI", "A\u200bI", "AI\ufeff", "A\u00adI", "\u200d AI"],
    ],
)
def test_names_that_are_one(names: list[str]) -> None:
    assert len({identity(name) for name in names}) == 1


def test_names_that_hold_nothing() -> None:
    assert {identity(name) for name in ["", " ", "-", "--", " - \u00a0-", "\u200b", "\u00ad-\ufeff"]} == {""}


names = st.text(
    st.sampled_from("aAb9+#.-_ /\\&~é光ß्\u0301\u200d\u2010") | st.characters(exclude_categories=["Cs"]), max_size=130
)


@given(names, names)
@example("c+", "c plus")
@example(".plus", "dot+")
@example("c#", "c sharp")
@example("dot net", ".net")
@example("a~0123456789abcdef", "a")
def test_slugs_are_one_to_one(one: str, other: str) -> None:
    assert (slug(identity(one)) == slug(identity(other))) == (identity(one) == identity(other))


@given(names)
def test_slugs_are_safe_file_names(name: str) -> None:
    found = slug(identity(name))
    without_marks = "".join(one for one in found if unicodedata.category(one) not in ("Mn", "Mc"))
    assert re.fullmatch(r"[\w.~-]+", without_marks)
    assert found == found.casefold()  # or two names were one file on macOS and Windows
    assert not found.startswith((".", "-"))
    assert not found.endswith((".", " "))
    assert ".." not in found
    assert len(found.encode()) <= 120
    assert not re.fullmatch(r"(con|prn|aux|nul|index|com\d|lpt\d)(\..*)?", found)


@given(names)
def test_an_identity_is_its_own(name: str) -> None:
    assert identity(identity(name)) == identity(name)
