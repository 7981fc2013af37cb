"""Names of fields that are meant and written otherwise: told with the right name, and with nothing of what stands there."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedloom.config.settings import Rules
from feedloom.frontmatter import document
from feedloom.model import Problem
from feedloom.records import parse, plain
from feedloom.values import field_names
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
        ("langauge", "language"),
        ("Lang", "lang"),
        ("ｔｏｐｉｃｓ", "topics"),
        ("locale", "language"),
        ("GUID", "guid"),
    ],
)
def test_a_name_that_is_written_otherwise(written: str, right: str) -> None:
    (problem,) = told(record(**{written: SECRET}))
    assert (problem.line, problem.field, problem.level) == (5, right, "warning")
    assert (problem.code, problem.values) == ("field-misspelled", (right,))


@pytest.mark.parametrize(
    ("missing", "written"),
    [
        ("title", "Title"),
        ("title", "headline"),
        ("title", "ｔｉｔｌｅ"),
        ("publishedDateTime", "date"),
        ("publishedDateTime", "publishedDatetime"),
    ]
    + [("webUrl", "url"), ("webUrl", "weburl"), ("webUrl", "link")],
)
def test_a_name_of_what_every_record_needs(missing: str, written: str) -> None:
    misspelled, rejected = told(record(**{missing: "", written: SECRET}))
    assert (misspelled.field, misspelled.level) == (missing, "warning")
    assert rejected.level == "rejected"
    assert rejected.code.endswith("-missing")
    assert SECRET not in f"{misspelled} {rejected}"


@pytest.mark.parametrize(
    "fields",
    [
        {"excerpt": "a", "Excerpt": "b", "description": "c", "exerpt": "d"},
        {"date": "2021-05-21", "url": "x", "headline": "y"},
        {"originalUrl": "https://e.example/b", "webUrl": "", "link": "x"},
        {"tags": "~", "Topics": ""},
        {"lang": "en", "Language": "de", "locale": "de"},
        {"guid": "tag:e.example,2026:1", "ID": "1"},
        dict.fromkeys(["slug", "layout", "author", "head", "heap", "text", "word", "style", "craft", "draft2", "weight"], "a"),
        dict.fromkeys(["isCached", "secured", "featuredContent", "note", "body", "toc", "series", "aliases"], "a"),
    ],
)
def test_no_word_where_the_right_field_is_there_or_another_one_is_meant(fields: dict[str, str]) -> None:
    assert told(record(**fields)) == []


def test_names_inside_of_fields() -> None:
    text = record(
        provider="{Name: A, domian: a.example, feedUrl: 'https://a.example/f'}",
        images="[{url: 'https://a.example/i', Width: 3, Alt: x, credti: y}, {src: 'https://a.example/j'}]",
        related="[{title: R, url: 'https://a.example/r', description: x, image: y}]",
    )
    assert [problem.field for problem in told(text) if problem.code == "field-misspelled"] == [
        "provider.name",
        "provider.domain",
        "provider.feed",
        "images[0].width",
        "images[0].alt",
        "images[0].credit",
        "images[1].url",
        "related[0].webUrl",
        "related[0].excerpt",
        "related[0].images",
    ]


class Asked(dict[str, Any]):
    """Fields that tell which of them were asked for, those inside of them too."""

    def __init__(self, fields: dict[str, Any], where: str, asked: set[tuple[str, str]]) -> None:
        super().__init__({name: self._inside(value, name, asked) for name, value in fields.items()})
        self._where, self._asked = where, asked

    def _inside(self, value: Any, name: str, asked: set[tuple[str, str]]) -> Any:
        if isinstance(value, list):
            return [self._inside(one, name, asked) for one in value]
        return Asked(value, name, asked) if isinstance(value, dict) else value

    def get(self, name: str, default: Any = None) -> Any:
        self._asked.add((self._where, name))
        return super().get(name, default)


def test_all_that_is_read_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Or the right name would be taken for a misspelled one."""
    asked: set[tuple[str, str]] = set()
    real = document.read

    def read(data: bytes, *, bare: bool = False) -> document.FrontMatter:
        matter = real(data, bare=bare)
        matter.fields = Asked(matter.fields, "", asked)
        return matter

    monkeypatch.setattr(document, "read", read)
    monkeypatch.setattr(plain, "record", lambda *_: None)  # it reads all fields at once
    text = record(
        provider="{name: A}", images="[{url: 'https://a.example/i'}]", related="[{title: R, webUrl: 'https://a.example/r'}]"
    )
    assert told(text) == []
    known = {
        "": field_names.RECORD,
        "provider": field_names.PROVIDER,
        "images": field_names.IMAGE,
        "related": field_names.RELATED,
    }
    assert {where for where, _ in asked} == known.keys()
    assert [(where, name) for where, name in sorted(asked) if name not in known[where]] == []


def test_what_is_read_at_once_is_known_too() -> None:
    known: dict[type[msgspec.Struct], frozenset[str]] = {
        plain._Record: field_names.RECORD,
        plain._Related: field_names.RELATED,
        plain._Provider: field_names.PROVIDER,
        plain._Image: field_names.IMAGE,
    }
    for struct, names in known.items():
        assert {field.encode_name for field in msgspec.structs.fields(struct)} <= names


@given(
    st.text(max_size=60), st.sampled_from([field_names.RECORD, field_names.RELATED, field_names.PROVIDER, field_names.IMAGE])
)
def test_what_a_name_means_is_known(name: str, known: frozenset[str]) -> None:
    assert field_names.meant(name, known) in {None, *known} - {name}


@given(st.sampled_from(sorted(field_names.RECORD)), st.data())
def test_one_error_in_a_long_name_is_found(right: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(1, len(right) - 1))
    written = data.draw(
        st.sampled_from([right[:at] + right[at + 1 :], right[:at] + "x" + right[at:], right[:at] + right[at:][::-1]])
    )
    if len(right) > 5 and abs(len(written) - len(right)) == 1:
        assert field_names.meant(written, field_names.RECORD) in (right, None if written in field_names.RECORD else right)
