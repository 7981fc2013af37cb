"""Names of fields that are meant and written otherwise: told with the right name, and with nothing of what stands there."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedloom import names, parse
from feedloom.config import Rules
from feedloom.model import Problem
from tests.conftest import record

SECRET = "TREASURE"


def told(text: str) -> list[Problem]:
    return list(parse.reading("a.md", text.encode(), Rules()).problems)


@pytest.mark.parametrize(
    ("written", "right"),
    [
        ("Excerpt", "excerpt"),
        ("EXCERPT", "excerpt"),
        ("exerpt", "excerpt"),
        ("excerpts", "excerpt"),
        ("ex\u200bcerpt", "excerpt"),
        ('"excerpt "', "excerpt"),
        ("description", "excerpt"),
        ("summary", "excerpt"),
        ("Topics", "topics"),
        ("topic", "topics"),
        ("tags", "topics"),
        ("Tags", "topics"),
        ("topcis", "topics"),
        ("catgory", "category"),
        ("Categories", "category"),
        ("tpye", "type"),
        ("image", "images"),
        ("imges", "images"),
        ("providr", "provider"),
        ("updated", "updatedDateTime"),
        ("updated_date_time", "updatedDateTime"),
        ("updatedDatetime", "updatedDateTime"),
        ("amp-web-url", "ampWebUrl"),
        ("realted", "related"),
        ("qualtiy", "quality"),
    ],
)
def test_a_name_that_is_written_otherwise(written: str, right: str) -> None:
    (problem,) = told(record(**{written: SECRET}))
    assert (problem.line, problem.field, problem.level) == (5, right, "warning")
    assert problem.message == f"has another name on this line, and is not read: rename it to {right}"


@pytest.mark.parametrize(
    ("missing", "written"),
    [("title", "Title"), ("title", "headline"), ("publishedDateTime", "date"), ("publishedDateTime", "publishedDatetime")]
    + [("webUrl", "url"), ("webUrl", "weburl"), ("webUrl", "link")],
)
def test_a_name_of_what_every_record_needs(missing: str, written: str) -> None:
    slip, rejected = told(record(**{missing: "", written: SECRET}))
    assert (slip.field, slip.level) == (missing, "warning")
    assert rejected.level == "rejected"
    assert "is missing" in rejected.message
    assert SECRET not in f"{slip} {rejected}"


@pytest.mark.parametrize(
    "fields",
    [
        {"excerpt": "a", "Excerpt": "b", "description": "c", "exerpt": "d"},
        {"date": "2021-05-21", "url": "x", "headline": "y"},
        {"originalUrl": "https://e.example/b", "webUrl": "", "link": "x"},
        {"tags": "~", "Topics": ""},
        dict.fromkeys(["slug", "layout", "author", "head", "heap", "text", "word", "style", "craft", "draft2", "weight"], "a"),
        dict.fromkeys(["isCached", "secured", "featuredContent", "note", "body", "toc", "series", "aliases"], "a"),
    ],
)
def test_no_word_where_the_right_field_is_there_or_another_one_is_meant(fields: dict[str, str]) -> None:
    assert told(record(**fields)) == []


def test_names_inside_of_fields() -> None:
    text = record(
        provider="{Name: A, domian: a.example}",
        images="[{url: 'https://a.example/i', Width: 3}, {src: 'https://a.example/j'}]",
        related="[{title: R, url: 'https://a.example/r', description: x, image: y}]",
    )
    assert [problem.field for problem in told(text) if "another name" in problem.message] == [
        "provider.name",
        "provider.domain",
        "images[0].width",
        "images[1].url",
        "related[0].webUrl",
        "related[0].excerpt",
        "related[0].images",
    ]


@given(st.text(max_size=60), st.sampled_from([names.RECORD, names.RELATED, names.PROVIDER, names.IMAGE]))
def test_what_a_name_means_is_known(name: str, known: frozenset[str]) -> None:
    assert names.meant(name, known) in {None, *known} - {name}


@given(st.sampled_from(sorted(names.RECORD)), st.data())
def test_one_error_in_a_long_name_is_found(right: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(1, len(right) - 1))
    written = data.draw(
        st.sampled_from([right[:at] + right[at + 1 :], right[:at] + "x" + right[at:], right[:at] + right[at:][::-1]])
    )
    if len(right) > 5 and abs(len(written) - len(right)) == 1:
        assert names.meant(written, names.RECORD) in (right, None if written in names.RECORD else right)
