"""Files of many records: each row is read for itself."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedloom.errors import FrontMatterError
from feedloom.frontmatter import rows as containers
from feedloom.frontmatter import structured
from feedloom.frontmatter.rows import Row

LONGEST = 1_000


def rows(name: str, text: str | bytes, longest: int = LONGEST, piece: int = 1 << 20) -> list[Row]:
    data = text if isinstance(text, bytes) else text.encode()
    if not name.endswith("jsonl"):
        return list(containers.read(name, data, longest))
    pieces = [data[at : at + piece] for at in range(0, len(data), piece)]
    return [containers.of_line(line, number, longest) for number, line in containers.lines(pieces, longest)]


def errors(found: list[Row]) -> list[tuple[int, str]]:
    return [(row.error.line, str(row.error)) for row in found if row.error]


def refused(name: str, text: str | bytes) -> tuple[int, str]:
    with pytest.raises(FrontMatterError) as caught:
        rows(name, text)
    return caught.value.line, str(caught.value)


def test_json_lines() -> None:
    found = rows(
        "a.jsonl",
        '\ufeff{"title": "A", "quality": 7, "heat": 1.50, "published": true, "x": null, "topics": ["a", 3.10]}\r\n\n'
        ' {"path": "b/c.md", "text": "---\\ntitle: B\\n---\\n"}\n'
        '{"title": "C", "path": "c", "text": "t"}\n{"a": 1, "a": 2}\n[1]\n{"a"\n{} {}\n"\u2028"\n{"long": "'
        + "x" * LONGEST
        + '"}\n{"z": ""}',
    )
    assert found[0] == Row(1, {"title": "A", "quality": "7", "heat": "1.50", "published": "true", "topics": ["a", "3.10"]})
    assert found[1] == Row(3, {}, "b/c.md", "---\ntitle: B\n---\n")
    assert found[2] == Row(4, {"title": "C", "path": "c", "text": "t"})
    assert [(line, message.partition(":")[0].partition("Expecting")[0]) for line, message in errors(found)] == [
        (5, "appears twice"),
        (6, "is not a JSON object"),
        (7, "is not valid JSON ("),
        (8, "is not valid JSON (second value)"),
        (9, "is not a JSON object"),
        (10, "is larger than 1,000 bytes"),
    ]
    assert found[-1] == Row(11, {"z": ""})


def test_a_json_array() -> None:
    text = '[\n  {"title": "A"},\n\n  {"b": {"c": [1]}}, 7\n ]\n'
    assert [(row.line, row.fields, row.error is None) for row in rows("a.json", text)] == [
        (2, {"title": "A"}, True),
        (4, {"b": {"c": ["1"]}}, True),
        (4, {}, False),
    ]
    assert rows("a.JSON", '{"title": "A"}') == [Row(1, {"title": "A"})]
    assert rows("a.json", "[]") == []


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('[{"a": 1}\n', 2),
        ('[\n{"a": 1}\n{"b": 2}]', 3),
        ("[{}]\n{}", 1),
        ("", 1),
        ("x", 1),
        ('[{"a": 1},\n"x', 2),
        ('{"a":' * 100_000, 1),
    ],
)
def test_json_that_breaks_off(text: str, line: int) -> None:
    found, message = refused("a.json", text)
    assert found == line
    assert message.startswith(("is not valid JSON", "is nested"))


def test_a_long_array_takes_linear_time() -> None:
    """An object is decoded where it is: a copy of the rest for each takes the square."""
    text = "[" + ",\n".join('{"a": 1}' for _ in range(50_000)) + "]"
    assert rows("a.json", text)[-1].line == 50_000


def test_csv() -> None:
    found = rows(
        "a.csv",
        'title,publishedDateTime,provider.name,topics,,excerpt\r\n"A, ""b""",2021-05-21,P,"x; y;",ignored,"two\r\nlines"\r\n'
        "\r\nB,,,z,,\r\nC\r\nD,,,,,,more\r\n",
    )
    assert found[0] == Row(
        2,
        {
            "title": 'A, "b"',
            "publishedDateTime": "2021-05-21",
            "provider": {"name": "P"},
            "topics": ["x", "y"],
            "excerpt": "two\nlines",
        },
    )
    assert found[1:3] == [Row(5, {"title": "B", "topics": ["z"]}), Row(6, {"title": "C"})]
    assert errors(found) == [(7, "has 7 cells, but the header has 6: put cells that contain commas in quotes")]


@pytest.mark.parametrize(("name", "text"), [("a.csv", "a;b\n1;2,3"), ("a.csv", "a\tb\n1\t2,3"), ("a.tsv", "a\tb\n1\t2,3")])
def test_other_delimiters(name: str, text: str) -> None:
    assert rows(name, text) == [Row(2, {"a": "1", "b": "2,3"})]


def test_csv_that_cannot_be_read() -> None:
    assert refused("a.csv", "a,b\n1,2\n3,a,a\n".replace("3,a,a", '3,"x'))[0] >= 3
    assert refused("a.csv", "a,b,a\n") == (1, "appears twice: keep one")
    assert refused("a.csv", b"a,b\n\xff,") == (2, "is not UTF-8 (byte 0xff): save it as UTF-8")
    assert errors(rows("a.csv", f"a,b\n{'x' * 900},{'y' * 900}"))[0][0] == 2
    assert rows("a.csv", "") == rows("a.csv", "\n\n") == rows("a.csv", "a,b") == []


def test_a_row_is_read_as_the_same_fields_of_json_and_csv() -> None:
    fields = {"title": "A", "provider": {"name": "P", "domain": "p.example"}, "topics": ["x", "y"]}
    (line,) = rows("a.jsonl", json.dumps(fields))
    (array,) = rows("a.json", json.dumps([fields]))
    (table,) = rows("a.csv", "title,provider.name,provider.domain,topics\nA,P,p.example,x|y")
    assert line.fields == array.fields == table.fields == fields


@given(
    st.sampled_from(["a.json", "a.jsonl", "a.csv", "a.tsv"]),
    st.binary(max_size=100) | st.text('[]{}":,\n;"\t\\a1. \u2028', max_size=60).map(str.encode),
)
def test_any_file_is_read_or_refused(name: str, data: bytes) -> None:
    found: list[Row] = []
    try:
        found.extend(rows(name, data))
    except FrontMatterError as error:
        assert 1 <= error.line <= 2 + data.count(b"\n") + data.count(b"\r")
    for row in found:
        assert 1 <= row.line <= 1 + data.count(b"\n") + data.count(b"\r")
        assert not (row.error and row.fields)


@given(st.lists(st.binary(max_size=12) | st.sampled_from([b"{}", b"[1]", b"\n", b" ", b"\xef\xbb\xbf"])), st.integers(1, 9))
def test_pieces_do_not_matter(parts: list[bytes], piece: int) -> None:
    data = b"\n".join(parts)
    assert shown(rows("a.jsonl", data, piece=piece)) == shown(rows("a.jsonl", data))


def shown(found: list[Row]) -> list[str]:
    return [f"{row.line} {row.fields} {row.path} {row.text} {row.error and row.error.code}" for row in found]


def test_a_line_that_is_too_long_is_passed_over() -> None:
    long = b'{"title": "' + b"x" * 10 * LONGEST + b'"}'
    for piece in (100, 1 << 20):
        found = rows("a.jsonl", b"\n".join([b'{"a": "1"}', long, b"", long, b'{"b": "2"}', long]), piece=piece)
        assert [(row.line, row.fields, row.error and row.error.code) for row in found] == [
            (1, {"a": "1"}, None),
            (2, {}, "file-too-large"),
            (4, {}, "file-too-large"),
            (5, {"b": "2"}, None),
            (6, {}, "file-too-large"),
        ]


def test_a_text_may_be_as_long_as_a_file() -> None:
    text = '"' * LONGEST
    (row,) = rows("a.jsonl", json.dumps({"path": "a.md", "text": text}))
    assert (row.text, row.error) == (text, None)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text('a":{}\\ \u2028\ud800é\n', max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text('ab": ', max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(JSON, st.sampled_from([(",", ":"), (", ", ": "), (" ,", " :"), (" , ", "\t: ")]), st.booleans())
def test_the_fast_way_reads_what_the_other_one_reads(value: object, separators: tuple[str, str], ascii: bool) -> None:
    text = json.dumps({"x": value}, separators=separators, ensure_ascii=ascii)
    (row,) = rows("a.jsonl", text.encode(errors="surrogatepass"))
    try:
        pairs, _ = structured.json_pairs(text.encode(errors="surrogatepass").decode(), 1)
        expected = structured.json_fields(pairs, 1)
    except (UnicodeDecodeError, FrontMatterError):
        assert row.error
    else:
        assert numbers(row.fields) == numbers(expected)


def numbers(fields: object) -> str:
    return str(fields).replace("'-0'", "'0'")


@pytest.mark.parametrize(
    "line", ['{"a": 1, "a": 2}', '{"a" : 1, "b": {"c": 1, "c":2}, "x": "\\": "}', '{"a":[{"b":1,"b" :2}]}']
)
def test_a_field_that_appears_twice_is_found(line: str) -> None:
    (row,) = rows("a.jsonl", line)
    assert row.error
    assert row.error.code == "field-twice"
