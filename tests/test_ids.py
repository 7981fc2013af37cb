"""Ids: one for http and https, or the author's own to the last byte; and what a check says of them and of addresses."""

import json
from html import unescape
from pathlib import Path

import feedparser
import pytest
from hypothesis import given
from hypothesis import strategies as st

import feedloom
from feedloom.config.settings import Rules
from feedloom.model import Url
from feedloom.records import parse
from feedloom.values.urls import identity
from tests.conftest import NOW, Site, record
from tests.test_render import files


@pytest.mark.parametrize(
    ("fields", "id", "is_permalink"),
    [
        ({"webUrl": "https://e.example/a"}, "https://e.example/a", True),
        ({"webUrl": "http://e.example/a"}, "https://e.example/a", False),
        ({"webUrl": "HTTP://E.example:80/%7ea"}, "https://e.example/~a", False),
        ({"originalUrl": "http://e.example/a", "webUrl": "https://e.example/a"}, "https://e.example/a", True),
        ({"webUrl": "http://e.example/a", "id": "http://e.example/a"}, "http://e.example/a", True),
        ({"id": '"tag:e.example,2020:a&b <c> \'d\' \\"e\\" é  f "'}, "tag:e.example,2020:a&b <c> 'd' \"e\" é  f ", False),
        ({"guid": "42"}, "42", False),
        ({"guid": "a", "id": "b"}, "b", False),
        ({"guid": "a", "id": ""}, "a", False),
        ({"id": '"&amp; <b>x</b> ]]>"'}, "&amp; <b>x</b> ]]>", False),
    ],
)
def test_the_id_in_every_format(site: Site, fields: dict[str, str], id: str, is_permalink: bool) -> None:
    site.build({"a.md": record(**fields)})
    assert json.loads(site.text("all.json"))["items"][0]["id"] == id
    atom, rss = site.text("all.atom"), site.text("all.rss")
    assert unescape(atom.partition("<entry>")[2].partition("<id>")[2].partition("</id>")[0]) == id
    (guid,) = [line for line in rss.splitlines() if "<guid" in line]
    assert f'isPermaLink="{str(is_permalink).lower()}"' in guid
    assert unescape(guid.partition(">")[2].partition("</guid>")[0]) == id
    assert feedparser.parse(atom.encode()).entries[0].id == id.strip()


@pytest.mark.parametrize("id", ['"a\\x07b"', '"a\\nb"', "x" * 1_001, "[a]", '"\\ufffe"'])
def test_an_id_that_cannot_be_published_as_it_is(site: Site, id: str) -> None:
    (problem,) = site.build({"a.md": record(id=id)}).problems
    assert (problem.field, problem.level) == ("id", "rejected")


@pytest.mark.parametrize("id", ["a\u2028b", '"a\u2029 b"', '"a\x85b"', "'a\x07b'", '"a\\ud83d b"'])
def test_an_id_that_would_be_read_as_another(site: Site, id: str) -> None:
    *_, problem = site.build({"a.md": record(id=id)}).problems
    assert (problem.line, problem.field, problem.level) == (5, "id", "rejected")


def test_an_id_beside_what_is_read_as_another(site: Site) -> None:
    assert site.build({"a.md": record(title="a\u2028b", id="a\xa0b c")}).records.published == 1
    assert json.loads(site.text("all.json"))["items"][0]["id"] == "a\xa0b c"
    report = site.build({"a.md": record(title="a\x07b\x85c", id='"caf\\u00e9 \\ud83d\\ude00"')})
    assert (report.records.published, [problem.level for problem in report.problems]) == (1, ["warning"])
    assert json.loads(site.text("all.json"))["items"][0]["id"] == "café 😀"


@given(st.text(st.characters(exclude_characters="\r\n\t'", exclude_categories=["Cs"]), max_size=30))
def test_any_id_as_it_stands_is_kept_or_refused(id: str) -> None:
    reading = parse.reading("a.md", record(id=f"'a{id}b'").encode(), Rules())
    assert reading.record is None or reading.record.id == f"a{id}b"


@given(st.text(min_size=1, max_size=30))
def test_any_id_is_kept_or_refused(id: str) -> None:
    reading = parse.reading("a.md", record(id=json.dumps(id)).encode(), Rules())
    if reading.record and id.strip():
        assert reading.record.id == id
        assert json.loads(files(reading.record)["all.json"])["items"][0]["id"] == id


def test_an_article_that_moves_to_https_is_the_same(site: Site) -> None:
    report = site.build({"a.md": record(webUrl="http://e.example/?p=1"), "b.md": record(webUrl="https://e.example/?p=1")})
    assert (report.records.published, report.records.duplicates) == (1, 1)


@given(st.from_regex(r"https?://[a-z.]{1,8}[a-z](:[0-9]{2,4})?(/[a-z%.]{0,6}){0,3}", fullmatch=True))
def test_the_scheme_alone_makes_no_other_id(url: str) -> None:
    rest = url.partition("://")[2]
    if not rest.partition("/")[0].endswith((":80", ":443")):
        assert identity(Url(f"http://{rest}")) == identity(Url(f"https://{rest}"))


def doubts(site: Site, *urls: str, **fields: str) -> list[str]:
    site.write({f"{at}.md": record(webUrl=url, **fields) for at, url in enumerate(urls)})
    checked = feedloom.check(site.config(), now=NOW)
    return [" ".join([Path(one.path).name, one.code, *one.values]) for one in checked.problems]


@pytest.mark.parametrize(
    ("other", "what"),
    [
        ("https://e.example/a?p=1&utm_source=rss", "utm_source"),
        ("https://e.example/a?utm_source=rss&p=1&UTM_x=y", "UTM_x, utm_source"),
        ("https://www.e.example/a?p=1", "www."),
        ("https://e.example/a/?p=1", "the last slash"),
        ("https://e.example/a?p=1#top", "the fragment"),
        ("http://www.e.example/a?p=1", "www."),
    ],
)
def test_addresses_that_are_nearly_the_same(site: Site, other: str, what: str) -> None:
    assert doubts(site, "https://e.example/a?p=1", other) == [f"1.md near-duplicate 0.md {what}"]
    assert site.build().problems == []


@pytest.mark.parametrize(
    "other", ["https://e.example/a?p=2", "https://e.example/a", "https://f.example/a?p=1", "https://e.example/?p=1"]
)
def test_addresses_that_are_not(site: Site, other: str) -> None:
    assert doubts(site, "https://e.example/a?p=1", other) == []


@pytest.mark.parametrize("id", ["42", "a b:c", "https://e.example/é", "a/b", "tag:"])
def test_ids_to_which_validators_object(site: Site, id: str) -> None:
    assert doubts(site, "https://e.example/a", id=f'"{id}"') == ["0.md id-not-uri"]
    assert site.build().problems == []


@pytest.mark.parametrize(
    "id", ["tag:e.example,2020:1", "urn:uuid:1225c695-cfb8-4ebb-aaaa-80da344efa6a", "http://e.example/?p=1"]
)
def test_ids_to_which_nobody_objects(site: Site, id: str) -> None:
    assert doubts(site, "https://e.example/a", id=f'"{id}"') == []


def test_a_records_own_id_comes_before_ids_json_whatever_the_settings_add(site: Site, tmp_path: Path) -> None:
    site.write({"a.md": record(id="urn:own"), "b.md": record(guid="urn:guid", webUrl="https://e.example/b")})
    (tmp_path / "ids.json").write_text(json.dumps({"version": 1, "ids": {"a.md": "urn:old", "b.md": "urn:old-b"}}))
    for more in ("", "defaults: {topics: [T]}\n"):
        (tmp_path / "feedloom.yaml").write_text(f"records: records\noutput: out\n{more}")
        feedloom.build(feedloom.load_config(str(tmp_path / "feedloom.yaml")), now=NOW, force=True)
        assert {item["id"] for item in json.loads(site.text("all.json"))["items"]} == {"urn:own", "urn:guid"}
