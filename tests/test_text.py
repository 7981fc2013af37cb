"""Text from the web comes out clean, plain and in one line."""

import re
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedloom.text import clean, forbidden, shortened

CASES = {
    "plain": ("A title", "A title"),
    "entities": ("We&#8217;re &amp; &quot;you&quot;&nbsp;too", "We’re & \"you\" too"),
    "entities without semicolon": ("We&#8217re &copy 2021 &nbsp", "We’re © 2021"),
    "what only begins like an entity": ("?a=1&copy=2&region=3&notit; Black&notes", "?a=1&copy=2&region=3&notit; Black&notes"),
    "entities of entities": ("&amp;amp;#8217;", "’"),
    "tags": ("<b>bold</b> and <a href='x'>link</a>", "bold and link"),
    "tags between words": ("<p>One</p><p>Two<br>Three</p>", "One Two Three"),
    "tags within a word": ("H<sub>2</sub>O", "H2O"),
    "escaped tags": ("&lt;p&gt;One&lt;/p&gt;", "One"),
    "scripts": ("a<script>alert('<b>')</script>b<STYLE>p {}</style >c", "a b c"),
    "a script without end": ("a<script>alert(1)", "a"),
    "comments": ("a<!-- <b> -- > -->b<!-- c", "a b"),
    "declarations": ("<?xml version='1.0'?><!doctype html>a", "a"),
    "a tag cut off": ('read on <a href="https://exam', "read on"),
    "comparisons": ("3 < 5 & 7 > 2, I <3 you", "3 < 5 & 7 > 2, I <3 you"),
    "a letter after <": ("if a <b then", "if a < b then"),
    "tags in tags": ("<<b>b>bold</<b>b>", "bold"),
    "a tag around what is removed": ("<\x00b>x", "x"),
    "white space": (" a\t\r\n b\u00a0c\u2028d\x0be\x85f ", "a b c d e f"),
    "control characters": ("a\x00b\x07c\x9fd\ufffee\ufffdf\U0001fffe", "abcdef"),
    "lone surrogates": ("a\ud83db", "ab"),
    "a control character as an entity": ("a&#7;b&#x80;c&#xd800;d", "ab€cd"),
    "numbers beyond Unicode": ("a&#99999999999;b&#x110000;c&#" + "9" * 5000 + ";d", "abcd"),
    "numbers with zeros": ("&#" + "0" * 5000 + "65;&#x" + "0" * 5000 + "42;", "AB"),
    "emoji and other scripts": ("😀 光 שלום", "😀 光 שלום"),
    "an ampersand of its own": ("AT&T, R&D, A&Pi", "AT&T, R&D, A&Pi"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_clean(case: str) -> None:
    text, expected = CASES[case]
    assert clean(text) == expected


@given(st.text(st.sampled_from("<>/!?-&;#ab= \"'x3\x00\n") | st.characters(), max_size=60))
def test_clean_text_is_plain_and_stays_as_it_is(text: str) -> None:
    cleaned = clean(text)
    assert clean(cleaned) == cleaned
    assert not forbidden().search(cleaned)
    assert not re.search("<[a-zA-Z/!?]", cleaned)
    assert cleaned == " ".join(cleaned.split())


@pytest.mark.parametrize(
    "hostile", ["<script>", "<!--", "&amp;amp;", "<a ", "<<b>", "&amp;", "<a href='", "</script", "<b" * 2]
)
def test_cleaning_takes_time_in_proportion(hostile: str) -> None:
    # Quadratic work on these would take minutes, and the run would never end.
    clean(hostile * (500_000 // len(hostile)))


def test_shortened() -> None:
    assert shortened("word", 4) == "word"
    assert shortened("some words", 6) == "some…"


@given(st.text(alphabet=st.sampled_from("ab &<;>\ufffd\u00a0\u2028é\x85\u3000#8")) | st.text())
def test_what_looks_clean_at_once_is_what_a_closer_look_leaves(text: str) -> None:
    """With a space before it, nothing looks clean at once."""
    assert clean(text) == clean(" " + text)


def test_long_references_are_not_remembered() -> None:
    """A cache of a thousand of them would hold a gigabyte."""
    tracemalloc.start()
    for number in range(20):
        assert clean(f"a&#{'0' * 1_000_000}{number + 65};&{'x' * 1_000_000}{number};").startswith(f"a{chr(number + 65)}&xx")
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held < 5_000_000
