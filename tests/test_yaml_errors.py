"""Mistakes that people make in YAML: each has its own code, and the line of the mistake."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedloom.errors import FrontMatterError
from feedloom.frontmatter import document
from feedloom.frontmatter.document import FrontMatter
from feedloom.problems import ROWS

# code: texts, with > before the line of the mistake
MISTAKES = {
    "yaml-tab": [
        ">\ttitle: a\n",
        "title: a\n>\texcerpt: b\n",
        "provider:\n>\tname: x\nheat: 1\n",
        "provider:\n  name: x\n>\tdomain: y\n",
        "topics:\n>\t- a\n\t- b\n",
        "topics:\n  - a\n>\t- b\nheat: 1\n",
        "related:\n  - title: a\n>\twebUrl: b\n",
        "related:\n  - title: a\n>    \twebUrl: b\n",
    ],
    "yaml-quote-unclosed": [
        '>title: "Hello\nexcerpt: World\n',
        ">title: 'Hello\nexcerpt: World\n",
        '>title: "Hello\nexcerpt: "World"\nheat: 1\n',
        '>title: "Hello\nheat: 1\nexcerpt: "x"\nquality: 1\n',
        ">title: 'Hello\nexcerpt: it's\nheat: 1\n",
        'heat: 1\n>title: "Hello\nexcerpt: "World": x\n',
        '>topics: ["a, b]\nheat: 1\n',
        '>topics: [AI, "ML]\nimages:\n  - url: "x"\n',
        '>"title: x\nheat: 1\n',
        '>title: "Hello\n  world\nheat: 1\n',
    ],
    "yaml-quote-inside": [
        '>title: "He said "hi" to me"\nheat: 1\n',
        ">title: 'It's fine'\nheat: 1\n",
        '>title: "Hello" world\n',
        'heat: 1\n>topics: ["a" b, c]\n',
        'heat: "1" # a\n>title: "y" "z"\n',
    ],
    "yaml-backslash": ['>title: "C:\\path"\n', 'heat: 1\n>title: "\\d"\n', '>title: "\\x"\n'],
    "yaml-colon-in-value": [
        ">title: AI: the future\nheat: 1\n",
        "title: AI\n>excerpt: Note: this\nheat: 1\n",
        "related:\n>  - title: b: c\n",
        "topics:\n>  - AI: future: x\n",
        "heat: 1\n>title: It's: fine\n",
    ],
    "yaml-colon-missing": [
        ">title Hello\nexcerpt: x\n",
        "heat: 1\n>title Hello\nexcerpt: x\n",
        "heat: 1\nexcerpt: x\n>title Hello\n",
        "heat: 1\n>https://example.com/a\nexcerpt: x\n",
        "heat: 1\n>a line that goes on\n\n\nquality: 1\n",
        "related:\n- title: c\n>  webUrl\n  excerpt: f\n",
        "related:\n>  - title Hello\n    excerpt: x\n",
    ],
    "yaml-space-missing": [
        ">title:Hello\nexcerpt: x\n",
        "heat: 1\n>title:Hello\nexcerpt: x\n",
        "heat: 1\n>title:\u00a0Hello\nexcerpt: x\n",
        "provider:\n>  name:Hello\n  domain: x\n",
    ],
    "yaml-item": [
        ">- title: a\nheat: 1\n",
        "title: a\n>- b\nheat: 1\n",
        "title: a\n>-\nheat: 1\n",
        "topics:\n  - a\n>- b\n",
    ],
    "yaml-indentation": [
        "> title: a\nheat: 1\n",
        " title: a\n heat: 1\n>excerpt: b\n",
        "title: a\n>  excerpt: b\n",
        "title: a\n> excerpt: b\n",
        'title: "a"\n>  excerpt: b\n',
        "topics: [a]\n>  excerpt: b\n",
        "provider:\n  name: a\n> domain: b\n",
        "topics:\n  - a\n> - b\n",
        "topics:\n  - a\n>  heat: 1\n",
        "related:\n  - title: a\n>   webUrl: b\n",
        "related:\n  - title: a\n    webUrl: b\n>   excerpt: c\n",
        "title: |\n  x\n> y\n",
    ],
    "yaml-bracket": [
        ">topics: [a, b\ntitle: x\n",
        ">topics: [a, b\n",
        "heat: 1\n>topics: [",
        "heat: 1\n>topics: [a,\n\n",
        "heat: 1\n>images: [{\n",
        ">title: [AI] news\n",
        ">title: {AI} news\n",
        ">title: {AI\nheat: 1\n",
        "heat: 1\n>images: [{url: a, width: 1}\ntitle: x\n",
        "heat: 1\n>images: [{url: a width: 1}]\n",
        ">topics: [a, b]]\n",
    ],
    "yaml-curly-quotes": [
        ">title: “Hello: world”\nheat: 1\n",
        ">“title”: x: y\n",
        "heat: 1\n>topics: [“a, b”: c, d\ntitle: x\n",
        "related:\n>  - title: ‘a: b’\n",
    ],
    "yaml-special-character": [
        *(f"heat: 1\n>title: {value}\n" for value in ["@foo", "`x`", "%x", "*b*c", "**b**", "&%", ">x", "|x"]),
        ">title: - x\n",
        ">title: ? x\n",
        ">title: , x\n",
        ">title: ] x\n",
    ],
    "yaml-invalid": [">%foo\ntitle: x\n", "title: x\n>: y\n", ">title: !<tag x\n"],
    "front-matter-no-fields": [">hello\n", ">- a\n- b\n"],
}
CASES = [(code, text) for code, texts in MISTAKES.items() for text in texts]


def found(text: str) -> FrontMatterError:
    with pytest.raises(FrontMatterError) as error:
        FrontMatter(text, 1)
    return error.value


def marked(text: str) -> tuple[str, int]:
    """A text without its mark, and the line of the mark."""
    before, _, after = text.partition("\n>")
    return (text[1:], 1) if text[0] == ">" else (f"{before}\n{after}", before.count("\n") + 2)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize(("code", "text"), CASES)
def test_each_mistake_has_its_code_and_its_line(code: str, text: str, end: str) -> None:
    text, line = marked(text)
    error = found(text.replace("\n", end))
    assert (error.code, error.line) == (code, line)


@pytest.mark.parametrize("character", "\u2028\u2029\x85")
@pytest.mark.parametrize("code", sorted(MISTAKES.keys() - {"front-matter-no-fields"}))
def test_lines_are_counted_as_editors_count_them(code: str, character: str) -> None:
    text, line = marked(MISTAKES[code][-1])
    error = found(f"quality: a{character}b{character}\n\n{text}")
    assert error.line == line + 2


def test_no_message_repeats_the_text() -> None:
    """It may be a secret."""
    for code, text in CASES:
        for word in ("Hello", "World", "future", "path"):
            assert word not in str(found(marked(text)[0])), code
    assert [found(f"heat: 1\n{line}\n").field for line in ("title x", "secret x", "title:x", "secret:x")] == [
        "title",
        None,
        "title",
        None,
    ]


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_recognized_with_and_without_a_byte_order_mark(codec: str) -> None:
    for bom in ("", "\ufeff"):
        with pytest.raises(FrontMatterError) as error:
            document.read(f"{bom}---\ntitle: x\n---\n".encode(codec))
        assert (error.value.code, error.value.line) == ("file-utf16", 1)
        assert "1252" not in ROWS[error.value.code].fix


PIECES = [*"[]{},:#*&!|>%@a?\n\t\r\"'\\éü“”\u2028\x07", "title", ": ", "  ", "- ", " #", "? ", "---", "...", "<<"]


@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
def test_any_text_is_read_or_refused_with_a_line_of_it(text: str) -> None:
    try:
        FrontMatter(text, 1)
    except FrontMatterError as error:
        assert 1 <= error.line <= len(re.findall(r"\r\n?|\n", text)) + 1
        assert str(error)
