"""Text from the web comes out clean, plain and in one line."""

import re
import tracemalloc
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedloom.values import markup
from feedloom.values.text import clean, cleaned, forbidden, shortened

CASES = {
    "plain": ("A title", "A title"),
    "entities": ("We&#8217;re &amp; &quot;you&quot;&nbsp;too", "We’re & \"you\" too"),
    "entities without semicolon": ("We&#8217re &copy 2021 &nbsp", "We’re © 2021"),
    "what only begins like an entity": ("?a=1&copy=2&region=3&notit; Black&notes", "?a=1&copy=2&region=3&notit; Black&notes"),
    "entities of entities": ("&amp;amp;#8217;", "’"),
    "tags": ("<b>bold</b> and <a href='x'>link</a>", "bold and link"),
    "tags between words": ("<p>One</p><p>Two<br>Three</p>", "One Two Three"),
    "tags within a word": ("H<sub>2</sub>O", "H2O"),
    "escaped tags": ("The &lt;meter&gt; element, &amp;lt;b&amp;gt;", "The < meter> element, < b>"),
    "scripts": ("a<script>alert('<b>')</script>b<STYLE>p {}</style >c", "a b c"),
    "a script in quotes": ("a<script>'<b x=\"'</script>b", "a b"),
    "a script without end": ("the <script> tag loads", "the tag loads"),
    "comments": ("a<!-- <b> -- > -->b<!-->c", "a b c"),
    "a comment without end": ("begin with <!-- and go on", "begin with < !-- and go on"),
    "declarations": ("<?xml version='1.0'?> <!doctype html>a", "< ?xml version='1.0'?> < !doctype html>a"),
    "CDATA": ("a<![CDATA[ <b> &amp; c ]]>d ]]>", "a < b> & c d ]]>"),
    "CDATA without end": ("<![CDATA[a <b>", "a < b>"),
    "a tag cut off": ('read on <a href="https://exam', "read on"),
    "a tag cut off in its name": ('read on <a class="x" hre', "read on"),
    "generics": ("Option<T>, Vec<Option<String>>, Map<K, V>", "Option< T>, Vec< Option< String>>, Map< K, V>"),
    "placeholders": ("cd <your-repo>/<name>", "cd < your-repo>/< name>"),
    "custom elements": ("the <my-tag> and </my-tag>", "the < my-tag> and < /my-tag>"),
    "headers": ("#include <stdio.h>", "#include < stdio.h>"),
    "an address of digits in angles": ("Joe <123@e.example> <3 @me", "Joe < 123@e.example> <3 @me"),
    "links in angles": ("<https://e.example/> <me@e.example>", "< https://e.example/> < me@e.example>"),
    "comparisons with the names of elements": ("if a<b and c>d, p<q or s>t", "if a< b and c>d, p< q or s>t"),
    "boolean attributes": ("<input disabled><p hidden>a</p><td nowrap data-x>b</td>", "a b"),
    "no attribute": ("<p 'x'>a <b \"c\">d", "< p 'x'>a < b \"c\">d"),
    "> in quotes": ("<a title=\"x > y\" href='>'>a</a>b", "ab"),
    "values without quotes": ("<a href=//e.example/?a=b/>a</a><br/><hr />", "a"),
    "old elements": ("<font color=red><center>a</center></font><tt>b</tt><big>c</big>", "a bc"),
    "drawings and formulas": ("<svg width=1></svg><math>x</math>", "x"),
    "comparisons": ("3 < 5 & 7 > 2, I <3 you", "3 < 5 & 7 > 2, I <3 you"),
    "a letter after <": ("if a <b then", "if a < b then"),
    "tags in tags": ("<<b>b>bold</<b>b>", "< b>bold< /b>"),
    "a tag around what is removed": ("<\x00b>x", "x"),
    "white space": (" a\t\r\n b\u00a0c\u2028d\x0be\x85f ", "a b c d e f"),
    "control characters": ("a\x00b\x07c\x9fd\ufffee\ufffdf\U0001fffe", "abcdef"),
    "lone surrogates": ("a\ud83db", "ab"),
    "a control character as an entity": ("a&#7;b&#x80;c&#xd800;d", "ab€cd"),
    "numbers beyond Unicode": ("a&#99999999999;b&#x110000;c&#" + "9" * 5000 + ";d", "abcd"),
    "numbers with zeros": ("&#" + "0" * 5000 + "65;&#x" + "0" * 5000 + "42;", "AB"),
    "emoji and other scripts": ("😀 光 שלום", "😀 光 שלום"),
    "ampersands that begin no reference": ("a &amp; b&nbsp;&amp;\xa0c", "a & b & c"),
    "an ampersand that begins a reference again": ("a &amp; b &amp;copy; c", "a & b © c"),
    "a longer name than any": (f"&{'a' * 32}; &amp; b", f"&{'a' * 32}; & b"),
    "an ampersand of its own": ("AT&T, R&D, A&Pi", "AT&T, R&D, A&Pi"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_clean(case: str) -> None:
    text, expected = CASES[case]
    assert clean(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("&lt;p&gt;One&lt;/p&gt;", "One"),
        ("&amp;lt;p&amp;gt;One&amp;lt;/p&amp;gt;", "One"),
        ("<<b>b>bold</<b>b>", "bold"),
        ("List<Integer> &lt;your-repo&gt;", "List< Integer> < your-repo>"),
        ("<![CDATA[<p>One</p>]]>", "< p>One< /p>"),
        ("a <![CDATA[the &lt;b&gt; tag, &amp;lt;i&amp;gt;]]> b", "a the < b> tag, < i> b"),
    ],
)
def test_what_is_html_may_be_escaped(text: str, expected: str) -> None:
    assert clean(text, is_html=True) == expected


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("a <meter> in a form, a <b> and </i>", ("i", "meter", "b")),
        ("<script>a</script> <style>", ("script", "style")),
        ("<p>a<li>b<br>c<img src=x></br></p></p>", ()),
        ("<b>a</b> <i><b>c</b></i> &lt;u&gt;", ()),
        ('cut <a href="x', ("a",)),
        ('cut <img src="a.png and more words', ("img",)),
        ("cut <p x=1", ("p",)),
        ("cut <b x=1", ("b",)),
        ("&lt;u&gt; <![CDATA[<b>]]> Option<T> <!-- <b> -->", ()),
    ],
)
def test_elements_that_may_have_been_words(text: str, names: tuple[str, ...]) -> None:
    assert cleaned(text).doubtful == names


PIECES = [*sorted(markup.ELEMENTS), *"abT<>/=\"' \n", "hidden", "x=y", "<b", "</", "<!--", "-->", "<![CDATA[", "]]>"]


@given(st.lists(st.sampled_from(PIECES)).map("".join))
def test_words_stay_in_their_order(text: str) -> None:
    """What is taken out is inside of marks, and nothing else is."""
    whole = [(0, 0, ""), *((mark.start, mark.end, mark.inside) for mark in markup.marks(text)), (len(text), len(text), "")]
    kept = "".join(f"{inside or ''}{text[end:following]}" for (_, end, inside), (following, _, _) in pairwise(whole))
    assert "".join(clean(text).split()) == "".join(kept.split())
    assert all(before[1] <= after[0] for before, after in pairwise(whole))


class Counting:
    """A pattern that counts the characters that it goes over."""

    def __init__(self, pattern: re.Pattern[str]) -> None:
        self.pattern = pattern
        self.work = 0

    def match(self, text: str, at: int) -> re.Match[str] | None:
        found = self.pattern.match(text, at)
        self.work += 1 + (found.end() - at if found else 0)
        return found


ATTRIBUTES = ["<a", "<b ", ' x="', '"', " y='", "'", " z=1", ">", " hidden", "<", "=", "q", "/"]


@given(st.lists(st.sampled_from(ATTRIBUTES), max_size=80).map("".join))
def test_no_attribute_is_read_more_than_three_times(text: str) -> None:
    """However quotes are put into each other."""
    counting = Counting(markup._ATTRIBUTE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(markup, "_ATTRIBUTE", counting)
        list(markup.marks(text))
    assert counting.work <= 6 * len(text) + 1


@given(st.text(st.sampled_from("<>/!?-&;#ab= \"'x3\x00\n") | st.characters(), max_size=60))
def test_clean_text_is_plain_and_stays_as_it_is(text: str) -> None:
    cleaned = clean(text)
    assert clean(cleaned) == cleaned
    assert not forbidden().search(cleaned)
    assert not re.search("<[a-zA-Z/!?]", cleaned)
    assert cleaned == " ".join(cleaned.split())


@pytest.mark.parametrize(
    "hostile",
    ["<script>", "<!--", "&amp;amp;", "<a ", "<<b>", "&amp;", "<a href='", "</script", "<b" * 2]
    + [
        "<![CDATA[",
        "</b ",
        "<b x=1 ",
        "<b x='\"<b y=\"'",
        "<style></script>",
        "<b hidden ",
        "&a",
        "<!",
        "]]>",
        "<script/></b>",
    ],
)
def test_cleaning_takes_time_in_proportion(hostile: str) -> None:
    # Quadratic work on these would take minutes, and the run would never end.
    clean(hostile * (500_000 // len(hostile)))
    clean(hostile * (500_000 // len(hostile)), is_html=True)


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
    hold, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert hold < 5_000_000
