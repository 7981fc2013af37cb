"""The table of problems: each code is produced by some input, and `check`, `build` and reports show it in the same words."""

import ast
import io
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import msgspec
import pyarrow
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

import feedloom
from feedloom import problems
from feedloom.cli import problem_list
from feedloom.cli.main import main
from feedloom.config.profiles import Posts
from feedloom.config.settings import Rules
from feedloom.errors import FrontMatterError
from feedloom.model import Level, Problem, Source
from feedloom.problems import ROWS, Code, Mistake
from feedloom.records import containers, parse, posts, scan
from feedloom.values import slugs
from tests import nasty
from tests.conftest import NOW, Site, record
from tests.fuzz.inputs import Inputs
from tests.test_bad_input import REJECTED, WARNED, with_line
from tests.test_collisions import SAME, forget
from tests.test_yaml_errors import MISTAKES

SOURCE = Path(__file__).parent.parent / "src" / "feedloom"


# --- The table ----------------------------------------------------------------------------------------------------------


def test_the_table_has_every_code() -> None:
    assert list(ROWS) == list(get_args(Code))
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", code) for code in ROWS)


@pytest.mark.parametrize("code", ROWS)
def test_a_row_says_what_is_wrong_and_what_to_do(code: Code) -> None:
    row = ROWS[code]
    assert row.message[-1] not in ".: "
    assert re.fullmatch(r"[a-z].*[^.]", row.summary)
    assert re.fullmatch(r"[A-Z].*\.", row.fix)
    for text in row[1:]:
        assert not re.search(r"\b(stands?|holds?|tells?|mend|mended|whom|slip|house)\b", str(text)), text


def test_the_words_of_problems_are_in_the_table_only() -> None:
    """What finds a problem passes its code and values, and no sentence."""
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            name = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
            if name in ("Problem", "Mistake", "FrontMatterError", "self.warn", "root.warn", "fields.warn", "owner.warn"):
                assert isinstance(node, ast.Call)
                texts = [
                    part.value for part in ast.walk(node) if isinstance(part, ast.Constant) and isinstance(part.value, str)
                ]
                assert not [text for text in texts if text.strip().count(" ") > 1], f"{path.name}:{node.lineno}: {texts}"


def test_values_are_cut() -> None:
    assert len(str(Mistake("not-integer", "x" * 10_000))) < 200
    assert str(Mistake("not-integer", "{0}{}")) == '"{0}{}" is not a whole number: write digits only'


# --- Every code is produced ---------------------------------------------------------------------------------------------

# Records with problems that no other test's tables have.
RECORDS = {
    "character-removed": with_line("excerpt: a\x07b"),
    "date-number": record(publishedDateTime="1621620540"),
    "date-no-year": record(publishedDateTime="yesterday"),
    "date-no-day": record(publishedDateTime="May 2021"),
    "date-two-digit-year": record(publishedDateTime="21.05.21"),
    "date-unreadable": record(publishedDateTime="in May 2021 or so"),
    "date-wrong-weekday": record(publishedDateTime="Mon, 21 May 2021 18:09:00 GMT"),
    "date-after-9999": record(publishedDateTime="9999-12-31T24:00"),
    "time-invalid": record(publishedDateTime="2021-05-21T25:00:00Z"),
    "time-ambiguous": record(publishedDateTime="2021-05-21 10:00-11:00"),
    "time-leap-second": record(publishedDateTime="2021-05-21T23:59:60Z"),
    "time-skipped": record(publishedDateTime="2024-03-31 02:30 Europe/Berlin"),
    "time-twice": record(publishedDateTime="2024-10-27 02:30 Europe/Berlin"),
    "zone-unknown": record(publishedDateTime="2021-05-21 18:09 XYZ"),
    "zone-ambiguous": record(publishedDateTime="2021-05-21 18:09 PST"),
    "zone-two": record(publishedDateTime="2021-05-21 18:09 +0100 +0200"),
    "zone-offset": record(publishedDateTime="2021-05-21T18:09:00+15:00"),
    "url-host": record(webUrl="https://a_b!/"),
    "url-password": record(webUrl="https://a:b@example.com/"),
    "url-too-long": record(webUrl=f"https://example.com/{'a' * 9_000}"),
    "url-characters": record(webUrl="https://ü..example/"),
    "date-or-time": record(publishedDateTime="2021-05-21-10:20"),
    "draft-unclear": with_line("draft: perhaps"),
    "provider-empty": with_line("provider: {images: []}"),
    "id-too-long": with_line(f"id: {'a' * 2_000}"),
    "id-character": with_line('id: "a\\tb"'),
    "id-line-break": with_line("id: a\u2028b"),
    "more-problems": with_line(
        "related:\n" + "  - {title: x}\n" * 100 + "images: [a]\n" + "topics: [{}, {}]\nheat: x\nquality: y"
    ),
}


# Posts of other programs with problems that records do not have: the profile and the text.
POSTS = {
    "toml-invalid": ("hugo", "+++\ntitle = Words\n+++\n"),
    "toml-unclosed": ("hugo", "+++\ntitle = 'x'\n"),
    "toml-too-long": ("hugo", f"+++\ntitle = '{'x' * 40_000}'\n+++\n"),
    "json-invalid": ("hugo", '{"title": }\n'),
    "post-date-missing": ("hugo", "---\ntitle: A\n---\n"),
    "permalink-slug": ("zola", "---\ntitle: A\ndate: 2021-05-21\nslug: 日本\n---\n"),
    "permalink-placeholder": ("jekyll", "---\ntitle: A\ndate: 2021-05-21\npermalink: /:yaer/\n---\n"),
    "permalink-template": ("eleventy", "---\ntitle: A\ndate: 2021-05-21\npermalink: '/{{ a | b }}/'\n---\n"),
    "permalink-route": ("astro", "---\ntitle: A\npubDate: 2021-05-21\n---\n"),
    "email-invalid": ("hugo", "---\ntitle: A\ndate: 2021-05-21\nauthor: {name: A, email: x}\n---\n"),
}


def read_post(profile: str, text: str) -> tuple[Problem, ...]:
    rules = Rules(posts=Posts(profile=profile, home="https://a.example"))  # type: ignore[arg-type]
    return posts.reading("a.md", text.encode(), rules).problems


# Files of many records.
ROWS_OF_FILES = {
    "csv-invalid": ("a.csv", 'title,excerpt\n"x'),
    "csv-cells": ("a.csv", "title\nx,y"),
    "row-not-object": ("a.jsonl", "[1]"),
    "row-unreadable": ("a.parquet", "a text"),
    "shard-broken": ("a.jsonl.gz", "x"),
    "shard-too-large": ("a.jsonl", "x" * 2_000),
    "feed-invalid": ("a.xml", "<html/>"),
    "feed-cut": ("a.rss", "<rss><channel><item><title>A</title>"),
    "feed-faulty": ("a.atom", "<feed><title>A & B</title><entry/></feed>"),
    "entry-date-missing": ("a.rdf", "<rss><channel><item><title>A</title></item></channel></rss>"),
    "entry-link-missing": ("a.rss", "<rss><channel><item><title>A</title><pubDate>2021-05-21</pubDate></item></channel></rss>"),
}


def read_rows(name: str, text: str) -> tuple[Problem, ...]:
    data = latin_1_in_parquet(text) if name.endswith(".parquet") else text.encode()
    rules = Rules(max_shard_size=1_000)
    try:
        found = [
            containers.reading(name, name, item, rules)[0]
            for item in containers.items(name, io.BytesIO(data), len(data), rules)
        ]
    except FrontMatterError as error:
        return (Problem(name, None, None, error.code, error.values, "rejected"),)
    return tuple(problem for reading in found for problem in reading.problems)


def latin_1_in_parquet(text: str) -> bytes:
    data = io.BytesIO()
    parquet.write_table(
        pyarrow.table({"title": pyarrow.array([f"{text} \xe9".encode("latin-1")]).view(pyarrow.string())}), data
    )
    return data.getvalue()


def read(text: str | bytes) -> tuple[Problem, ...]:
    return parse.reading("a.md", text if isinstance(text, bytes) else text.encode(errors="surrogatepass"), Rules()).problems


def of_records() -> Iterator[Problem]:
    for text, *_ in (*REJECTED.values(), *WARNED.values()):
        yield from read(text)
    for texts in MISTAKES.values():
        for text in texts:
            yield from read(
                f"---\n{text.replace('>', '', 1) if text[0] == '>' else text.replace(chr(10) + '>', chr(10), 1)}---\n"
            )
    for text in RECORDS.values():
        yield from read(text)
    for profile, text in POSTS.values():
        yield from read_post(profile, text)
    for name, text in ROWS_OF_FILES.values():
        yield from read_rows(name, text)
    yield Problem("s3://bucket", None, None, "objects-many", ("100,001",), "warning")  # tests/test_record_buckets.py makes one
    yield Problem("", None, "records", "records-none", ("x/*.md",), "warning")  # tests/test_sources.py makes one
    two = "title: x\n---\ntitle: y\n"
    yield from parse.reading("a.yaml", two.encode(), Rules()).problems


@pytest.mark.parametrize("code", RECORDS)
def test_a_record_with_this_problem(code: str) -> None:
    assert code in {problem.code for problem in read(RECORDS[code])}


@pytest.mark.parametrize("code", POSTS)
def test_a_post_with_this_problem(code: str) -> None:
    assert code in {problem.code for problem in read_post(*POSTS[code])}


@pytest.mark.parametrize("code", ROWS_OF_FILES)
def test_a_row_with_this_problem(code: str) -> None:
    assert code in {problem.code for problem in read_rows(*ROWS_OF_FILES[code])}


@pytest.fixture
def of_folders(site: Site, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Problem]]:
    """The problems of files that cannot be read, of records beside others, and of settings."""
    for name in ("folder.md", "away", "closed"):
        (site.records / name).mkdir(parents=True)
    os.mkfifo(site.records / "fifo.md")
    for link, target in {"nowhere.md": "nothing", "out.md": "/etc/hostname", "elsewhere": "/etc"}.items():
        (site.records / link).symlink_to(target)
    url = "https://e.example"
    site.write(
        {
            "a.md": record(topics="[AI, Web]"),
            "b.md": record(),
            "new\nline.md": record(webUrl=f"{url}/1"),
            "c.md": record(webUrl=f"{url}/2?utm_source=x"),
            "d.md": record(webUrl=f"{url}/2?utm_source=y", id="42"),
            "same.md": record(webUrl=f"{url}/3", topics=f"['{SAME[0]}', '{SAME[1]}']"),
            "post.rst": "",
            "busy.md": "",
            "closed.md": "",
        }
    )
    real = scan.content, os.scandir

    def content(root: str, source: Source, at_most: int) -> bytes:
        match source.file:
            case b"busy.md":
                raise Mistake("file-being-written")
            case b"closed.md":
                raise PermissionError(13, "Permission denied")
        return real[0](root, source, at_most)

    def scandir(folder: bytes) -> Any:
        if str(folder).endswith("/closed'"):
            raise PermissionError(13, "Permission denied")
        return real[1](folder)

    monkeypatch.setattr(scan, "content", content)
    monkeypatch.setattr(os, "scandir", scandir)
    monkeypatch.setattr(slugs, "_DIGITS", 1)
    feeds = [{"name": "One", "where": {"topics": ["IA", "far away"]}}]
    also = {"feed.xml": "topics/far.rss"}
    yield feedloom.check(site.config(feeds=feeds, titles={"topic": "Topics"}, also=also, jobs=1), now=NOW).problems
    forget()


def test_every_code_is_produced(of_folders: list[Problem]) -> None:
    assert {problem.code for problem in (*of_records(), *of_folders)} == ROWS.keys()


def test_a_fixed_level_is_the_level_of_each_problem(of_folders: list[Problem]) -> None:
    for problem in (*of_records(), *of_folders):
        assert ROWS[problem.code].level in (None, problem.level), problem


def test_each_message_has_all_its_values(of_folders: list[Problem]) -> None:
    for problem in (*of_records(), *of_folders):
        assert ROWS[problem.code].message.replace("{{", "").count("{") == len(problem.values), problem
        assert str(problem).endswith(f" [{problem.code}]")
        assert problems.details(problem) in problem.message


# --- Any record ---------------------------------------------------------------------------------------------------------


def check_problems(data: bytes) -> None:
    for problem in parse.reading("a.md", data, Rules()).problems:
        assert ROWS[problem.code].level in (None, problem.level)
        assert len(str(problem)) < 1_000
        assert str(problem).isprintable()
        assert problem.line is None or 1 <= problem.line <= data.count(b"\n") + data.count(b"\r") + 1


@pytest.mark.parametrize("name", nasty.small())
def test_the_nasty_records(name: str) -> None:
    check_problems(nasty.small()[name])


@pytest.mark.long
@given(st.integers(min_value=0, max_value=1 << 32))
def test_records_that_chance_makes_up(seed: int) -> None:
    inputs = Inputs(seed)
    for _ in range(5):
        data = inputs.record()
        if len(data) < 100_000:
            check_problems(data)


@given(st.sampled_from(list(WARNED)), st.text(max_size=50), st.integers(min_value=0))
def test_a_bad_record_with_a_text_anywhere(case: str, text: str, at: int) -> None:
    whole = WARNED[case][0][:5_000]
    at %= len(whole)
    check_problems((whole[:at] + text + whole[at:]).encode(errors="surrogatepass"))


# --- The same in each place ---------------------------------------------------------------------------------------------


def test_each_command_shows_the_same_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("articles").mkdir()
    Path("articles/a.md").write_text(record(publishedDateTime="01/02/2021"))
    message = '"01/02/2021" could be two days: write it like 2021-05-21T18:09:00Z'
    problem = {
        "path": "articles/a.md",
        "line": 3,
        "field": "publishedDateTime",
        "code": "date-ambiguous",
        "message": message,
        "level": "rejected",
    }
    line = f"articles/a.md:3: publishedDateTime: {message} (record left out) [date-ambiguous]"

    def run(command: str) -> str:
        return CliRunner().invoke(main, command.split()).output

    assert line in run("build articles --force --report report.json")
    assert json.loads(Path("report.json").read_text())["problems"] == [problem]
    assert json.loads(run("build articles --force -q --log-json"))["problems"] == {"date-ambiguous": 1}
    assert json.loads(run("check articles --report -"))["problems"] == [problem]
    assert json.loads(run("explain articles/a.md --records articles --json"))["problems"] == [problem]
    assert line in " ".join(run("explain articles/a.md --records articles").split())
    checked = run("check articles")
    assert "1 record left out: a date could be two days [date-ambiguous]" in checked
    assert 'articles/a.md:3: publishedDateTime: "01/02/2021" could be two days\n' in checked
    (reason,) = json.loads(run("stats articles --json"))["reasons"]
    row = ROWS["date-ambiguous"]
    assert reason == {"code": "date-ambiguous", "reason": row.summary, "fix": row.fix, "records": 1}


def test_a_problem_passes_through_the_cache_as_it_is() -> None:
    for problem in of_records():
        assert msgspec.msgpack.decode(msgspec.msgpack.encode(problem), type=Problem) == problem


def problem(code: Code, *values: str, field: str | None = "x", level: Level = "warning", path: str = "a.md") -> Problem:
    return Problem(path, 1, field, code, values, level)


def test_what_leaves_records_out_comes_first_and_the_frequent_before_the_rare() -> None:
    several = [
        problem("not-integer", "x"),
        problem("topic-empty"),
        problem("not-integer", "y"),
        problem("file-empty", field=None, level="rejected", path="b.md"),
    ]
    found = [(one.level, one.code, len(one.problems), one.records) for one in problems.grouped(several)]
    assert found == [("rejected", "file-empty", 1, 1), ("warning", "not-integer", 2, 1), ("warning", "topic-empty", 1, 1)]


@pytest.mark.parametrize(
    ("found", "shown"),
    [
        (problem("date-ambiguous", "01/02/2021"), 'a.md:1: x: "01/02/2021" could be two days'),
        (problem("title-missing"), "a.md:1: x"),
        (problem("url-relative", "/a.png"), 'a.md:1: x: "/a.png" is not a full URL'),
        (problem("not-integer", "a\x1b[2J"), 'a.md:1: x: "a\\x1b[2J" is not a whole number'),
        (problem("duplicate", "b.md", field=None), "a.md:1: duplicate of b.md, which is published instead"),
        (problem("not-integer", "a: b: {}"), 'a.md:1: x: "a: b: {}" is not a whole number'),
    ],
)
def test_a_place_says_what_the_heading_does_not(found: Problem, shown: str) -> None:
    assert f"    {shown}" in list(problem_list.grouped([found], None))


def test_a_field_that_the_record_can_do_without_is_left_out() -> None:
    assert str(problem("not-integer", "x")).endswith(" (field left out) [not-integer]")
    assert str(problem("url-space-encoded")).endswith("%20 [url-space-encoded]")


def test_no_place_is_lost() -> None:
    several = [problem("not-integer", str(n), path=f"{n}.md") for n in range(25)]
    text = "\n".join(problem_list.grouped(several, None))
    assert all(f'{n}.md:1: x: "{n}" is not a whole number' in text for n in range(25))
    assert "more" not in text
    short = "\n".join(problem_list.grouped(several, 10))
    assert "9.md" in short and "\n    10.md" not in short
    assert "... and 15 more; --all and --report FILE list them" in short
