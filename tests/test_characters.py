"""Characters as Unicode 14 knows them: the same under every Python."""

import functools
import os
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedloom.values import characters

SOURCE = Path(__file__).parent.parent / "src" / "feedloom"
IS_14 = unicodedata.unidata_version == "14.0.0"


@functools.cache
def beyond_ascii() -> str:
    """All characters but ASCII's: a million."""
    return "".join(chr(code) for code in range(0x80, 0x110000) if not 0xD800 <= code < 0xE000)


def kind(character: str) -> str:
    """The kind of a character as this Python knows it."""
    category = unicodedata.category(character)
    if category == "Cn":
        return "u"
    if category in ("Mn", "Mc"):
        return "m"
    return "l" if category[0] == "L" else "n" if character.isalnum() else "o"


@pytest.mark.skipif(not IS_14, reason="this Python has another version of Unicode")
def test_the_table_is_that_of_unicode_14() -> None:
    assert characters.shape(beyond_ascii()) == "".join(map(kind, beyond_ascii()))


def test_what_unicode_14_assigns_is_the_same_to_this_python() -> None:
    assert not [one for one in beyond_ascii() if (mine := characters.shape(one)) != "u" and mine != kind(one)]


def test_ascii_stands_for_itself() -> None:
    assert characters.shape("Az 09_-.+#~\n") == "ll nn_-.+#~\n"


NAMES = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("aA\u0301\u0323\u200d\u0345\U00031350\U00010efd"))


@given(NAMES)
def test_what_is_folded_stays_as_it_is(text: str) -> None:
    assert characters.folded(characters.folded(text)) == characters.folded(text)


@given(NAMES, st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"]))
def test_forms_are_one(text: str, form: str) -> None:
    assert characters.folded(characters.normalized(form, text)) == characters.folded(text)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("AI", "ai"),
        ("A\u200bI\ufeff\u00ad", "ai"),
        ("e\u200d\u0301", "é"),
        ("می\u200cخواهم", "میخواهم"),
        ("❤\ufe0f", "❤"),
        ("\U00031350A", "\U00031350a"),
        ("e\U00010efd\u0301", "e\U00010efd\u0301"),
        ("\U00016ea0", "\U00016ea0"),  # a capital letter since Unicode 17
    ],
)
def test_folded(text: str, folded: str) -> None:
    assert characters.folded(text) == folded


@given(NAMES)
def test_what_is_ignored_is_invisible(text: str) -> None:
    """An identity without a character is that of a name that shows nothing; the marks of annotations alone are not ignored."""
    assert characters.folded(text) or not characters.is_visible(text)
    assert characters.is_visible(characters.without_invisible(text)) == characters.is_visible(text)


@pytest.mark.parametrize("one", "\ufff9\ufffa\ufffb")
def test_marks_of_annotations(one: str) -> None:
    assert characters.folded(f"A{one}I") == f"a{one}i"
    assert characters.without_invisible(f"A{one}I") == "AI"
    assert characters.stripped(f"AI{one}") == ("AI", one)


def test_what_shows_nothing() -> None:
    assert not characters.is_visible(" \u2800\ufff9\ufeff\u2065\ufff0\U000e0fff")
    assert characters.folded("\u2800") == characters.without_invisible("\u2800") == "\u2800"


# Without the libraries that another Python may lack. What no version assigns is sampled.
PROGRAM = """
import hashlib, sys, types
home = types.ModuleType("feedloom")
home.__path__ = [sys.argv[1]]
model = types.ModuleType("feedloom.model")
model.Slug = str
sys.modules |= {"feedloom": home, "feedloom.model": model}
from feedloom.values import characters, slugs
for at in range(0, 0x110000, 0x1000):
    digest = hashlib.sha256()
    for block in range(at, at + 0x1000, 8 if at < 0x40000 or at == 0xe0000 else 0x800):
        some = [chr(code) for code in range(block, block + 8) if not 0xd800 <= code < 0xe000]
        text = "".join(f" A{one}B\\u0323{one}\\u0301" for one in some)
        identity = slugs.identity(text)
        digest.update(f"{identity} {slugs.slug(identity)} {characters.normalized('NFC', text)}\\n".encode())
        for form in ("NFKC", "NFD"):
            digest.update(characters.normalized(form, text).encode())
    print(f"{at:x}", digest.hexdigest())
"""


def pythons() -> list[str]:
    """Every Python from 3.11 on that is found, this one and the system's too."""
    found = {os.path.realpath(sys.executable)}
    homes = [Path(folder) for folder in os.environ.get("PATH", "/usr/bin:/bin").split(":")]
    homes += (Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions").glob("3.*/bin")
    for home in (Path("/usr/bin"), *homes):
        for name in ("python3", *(f"python3.{minor}" for minor in range(11, 20))):
            if (home / name).exists():
                found.add(os.path.realpath(home / name))
    supported = "import sys; sys.exit(sys.version_info < (3, 11) or sys.implementation.name != 'cpython')"
    return sorted(python for python in found if subprocess.run([python, "-c", supported], capture_output=True).returncode == 0)


def test_all_pythons_make_the_same_identities_and_slugs() -> None:
    """Of every code point, alone between letters and before and after marks."""
    runs = [subprocess.Popen([one, "-c", PROGRAM, str(SOURCE)], stdout=subprocess.PIPE, text=True) for one in pythons()]
    told = {run.communicate()[0] for run in runs}
    assert all(run.returncode == 0 for run in runs)
    assert len(told) == 1
