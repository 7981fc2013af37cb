"""The front matter of other programs: every kind gives a mapping of strings, the lines of its fields and the body below."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedloom.errors import FrontMatterError
from feedloom.frontmatter import kinds
from feedloom.frontmatter.kinds import Kind
from feedloom.frontmatter.subset import Fields

ALL: tuple[Kind, ...] = ("yaml", "toml", "json", "hexo", "markdown", "docinfo", "nikola", "html")


def read(text: str, *wanted: Kind) -> tuple[Fields, str]:
    parsed = kinds.read(text.encode(), wanted or ALL)
    assert parsed
    return parsed.matter.fields, parsed.body


@pytest.mark.parametrize(
    ("text", "kind", "fields"),
    [
        ("---\ntitle: A\ndate: 2021-05-21\n---\nText\n", "yaml", {"title": "A", "date": "2021-05-21"}),
        ("\n---\r\ntitle: A\r\n---\r\nText\n", "yaml", {"title": "A"}),
        ("---\ntitle: A\n...\nText\n", "yaml", {"title": "A"}),
        (
            '+++\ntitle = "A"\ndate = 2021-05-21T18:09:00Z\ndraft = false\nweight = 3\ntags = ["x", "y"]\n+++\nText\n',
            "toml",
            {"title": "A", "date": "2021-05-21T18:09:00+00:00", "draft": "false", "weight": "3", "tags": ["x", "y"]},
        ),
        (
            "+++\ndate = 2021-05-21\n[taxonomies]\ntags = ['x']\n[extra]\na.b = 1.50\n+++\nText\n",
            "toml",
            {"date": "2021-05-21", "taxonomies": {"tags": ["x"]}, "extra": {"a": {"b": "1.50"}}},
        ),
        ('{"title": "A", "n": 1.50, "x": null, "y": [true]}\nText\n', "json", {"title": "A", "n": "1.50", "y": ["true"]}),
        ('"title": "A",\n"tags": ["x"]\n;;;\nText\n', "hexo", {"title": "A", "tags": ["x"]}),
        (';;;\n"title": "A"\n;;;\nText\n', "hexo", {"title": "A"}),
        ('title: "A: B"\ndate: 2021-05-21\n---\nText\n', "hexo", {"title": "A: B", "date": "2021-05-21"}),
        ("Title: A: B #1\nTags: x, y\n\nText\n", "markdown", {"Title": "A: B #1", "Tags": "x, y"}),
        ("Title: A\nSummary: One\n    two\nEmpty:\n\nText\n", "markdown", {"Title": "A", "Summary": ["One", "two"]}),
        ("---\nTitle: A: B\n---\nText\n", "markdown", {"Title": "A: B"}),
        (
            "A ``B``\n#######\n\n:date: 2021-05-21 18:09\n:summary: One\n   two\n:tags: x, y\n\nText\n",
            "docinfo",
            {"title": "A B", "date": "2021-05-21 18:09", "summary": "One two", "tags": "x, y"},
        ),
        (".. comment\n   more\n\n===\nA B\n===\n\n:slug: a\n\nText\n", "docinfo", {"title": "A B", "slug": "a"}),
        ("=====\n A B\n=====\n\n:slug: a\n\nText\n", "docinfo", {"title": "A B", "slug": "a"}),
        (
            ".. title: A: B\n.. date: 2021-05-21 18:09:00 UTC-03:00\n.. link: \n\nText\n",
            "nikola",
            {"title": "A: B", "date": "2021-05-21 18:09:00 UTC-03:00"},
        ),
        ("<!--\n.. title: A\n.. tags: x\n-->\n\nText\n", "nikola", {"title": "A", "tags": "x"}),
        (
            '<html><head><title>A &amp; B</title><meta name="date" content="2021-05-21"><meta content=x name=keywords />'
            "</head><body>\nText\n",
            "html",
            {"title": "A &amp; B", "date": "2021-05-21", "tags": "x"},
        ),
    ],
)
def test_fields_and_body(text: str, kind: Kind, fields: Fields) -> None:
    assert read(text, kind)[0] == fields
    assert read(text, kind)[1].strip() == "Text"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("# Notes\n\nText\n", ALL),
        (".. image:: a.png\n   :alt: x\n\nText\n", ("nikola",)),
        ("{% raw %}\ntext\n", ALL),
        ("Once upon a time: there was\na text.\n", ("docinfo", "toml", "json", "yaml")),
        ("", ALL),
        ("a\n---\nb\n", ("hexo",)),
        ("---\ntags:\n  - x\n---\n", ("markdown",)),
    ],
)
def test_other_text_has_none(text: str, wanted: tuple[Kind, ...]) -> None:
    assert kinds.read(text.encode(), wanted) is None


def test_a_directive_is_no_metadata() -> None:
    assert "image" not in read(".. title: A\n.. image:: a.png\n\nText\n", "nikola")[0]


@pytest.mark.parametrize(
    ("text", "path", "line"),
    [
        ('+++\n\ntitle = "A"\n[taxonomies]\ntags = []\n[[x]]\na = 1\n[[x]]\na = 2\n+++\n', ("taxonomies", "tags"), 5),
        ('+++\n\ntitle = "A"\n[[x]]\na = 1\n[[x]]\na = 2\n+++\n', ("x", 1, "a"), 7),
        ('{\n  "title": "A",\n  "date": "x"\n}\n', ("date",), 3),
        ("---\n# x\ntitle: A\n---\n", ("title",), 3),
        ("Title: A\nDate: x\n\n", ("Date",), 2),
        ("A\n====\n\n:date: x\n", ("date",), 4),
        ("<!--\n.. title: A\n.. date: x\n-->\n", ("date",), 3),
        ("<html>\n<head>\n<title>A</title>\n<meta name='date' content='x'>\n</head>", ("date",), 4),
        ('"title": "A",\n"date": "x"\n;;;\n', ("date", 0), 2),
    ],
)
def test_lines(text: str, path: tuple[str | int, ...], line: int) -> None:
    parsed = kinds.read(text.encode(), ALL)
    assert parsed
    assert parsed.matter.line_of(path) == line


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('+++\ntitle = "A"\ndate = 2021-13-45\n+++\n', 3),
        ('+++\ntitle = "A"\n', 2),
        ("+++\na = 1\na = 2\n+++\n", 3),
        ('{"title": "A",\n "b": }\n', 2),
        ('{"a": 1, "a": 2}\n', 1),
        ('{"a": ' + "[" * 5000 + "\n", 1),
        ("+++\na = " + "[" * 5000 + "\n+++\n", 2),
        ("+++\na = " + "[" * 40 + "]" * 40 + "\n+++\n", 2),
        ("---\ntitle: [\n---\n", 2),
        ("---\ntitle: A\n", 2),
    ],
)
def test_what_cannot_be_read_says_where(text: str, line: int) -> None:
    with pytest.raises(FrontMatterError) as caught:
        kinds.read(text.encode(), ALL)
    assert caught.value.line == line


@given(st.text(alphabet="-+;{}[]<>=:#.'\"\\ \t\r\nab1_\u0130\u2028", max_size=200))
def test_no_text_makes_a_traceback(text: str) -> None:
    for kind in ALL:
        try:
            kinds.read(text.encode(), (kind,))
        except FrontMatterError as error:
            assert 1 <= error.line <= text.count("\n") + 2


HOSTILE = {
    "toml": ("+++\n" + ".".join("a" * 20_000) + " = 1\n+++\n",),
    "json": ('{"a": "' + "\\u00e4" * 100_000 + '"}', '{"a' * 50_000),
    "hexo": ("a: b\n" * 100_000, '"a": ' * 100_000 + "\n;;;\n"),
    "markdown": ("a" * 500_000, "A: " + " " * 500_000 + "\n"),
    "docinfo": (":" + "a:" * 200_000 + "\n", "=" * 500_000 + "\na\n", ":a:\n" + "  b\n" * 100_000),
    "nikola": (".. " + "a " * 200_000 + "\n", ".. " + ":" * 400_000),
    "html": ("<head>" + "<meta " * 100_000, "<head><meta " + "a" * 400_000 + ">", "<head><meta " + "a  " * 100_000 + ">"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_text_ends(kind: Kind) -> None:
    """A reader whose time grows with the square of the text would take minutes for these."""
    for text in HOSTILE[kind]:
        with contextlib.suppress(FrontMatterError):
            kinds.read(text.encode(), (kind,))
