"""Records in shards: the same feeds as from files, whatever the form and the split; and what is damaged harms nothing else."""

import datetime
import gzip
import io
import json
import random
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

import feedloom
from feedloom.config.settings import Rules
from feedloom.errors import FrontMatterError
from feedloom.pipeline import shards
from feedloom.records import containers
from tests.conftest import NOW, Site, published

Fields = dict[str, Any]

FIELDS: list[Fields] = [
    {
        "path": f"{number % 4}/{number}.md",
        "title": f"Title {number}",
        "publishedDateTime": f"2021-05-{number % 28 + 1:02}T10:00:00Z",
        "webUrl": f"https://example.com/{number}",
        "topics": ["A", f"T{number % 3}"],
        "quality": number,
        "published": number % 7 != 0,
        "provider": {"name": "P", "domain": "p.example"},
        "related": [{"title": "R", "webUrl": "https://example.com/r"}] if number % 5 else None,
    }
    for number in range(40)
]


def text(fields: Fields) -> str:
    return f"---\n{json.dumps({name: value for name, value in fields.items() if name != 'path'})}\n---\n"


def as_text(fields: Fields) -> Fields:
    return {"path": fields["path"], "text": text(fields)}


def lines(rows: list[Fields]) -> bytes:
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def in_parquet(rows: list[Fields]) -> bytes:
    data = io.BytesIO()
    parquet.write_table(pyarrow.Table.from_pylist(rows), data, row_group_size=7)
    return data.getvalue()


FORMS: dict[str, Callable[[list[Fields]], bytes]] = {
    ".jsonl": lines,
    ".ndjson": lines,
    ".jsonl.gz": lambda rows: gzip.compress(lines(rows)),
    ".jsonl.zst": lambda rows: zstandard.compress(lines(rows)),
    ".parquet": in_parquet,
}


def built(records: Path, output: Path, **more: Any) -> feedloom.Report:
    given = {
        "records": str(records),
        "output": str(output),
        "state": str(output) + ".sqlite",
        "site__url": "https://f.example/",
    }
    return feedloom.build(feedloom.load_config(**{**given, **more}), now=NOW, force=True)


def expected(site: Site) -> dict[str, bytes]:
    for row in FIELDS:
        path = site.records / row["path"]
        path.parent.mkdir(exist_ok=True)
        path.write_text(text(row))
    built(site.records, site.output)
    return published(site.output)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("is_text", [False, True])
@pytest.mark.parametrize("jobs", [1, 2])
def test_each_form_gives_the_same_bytes(site: Site, tmp_path: Path, form: str, is_text: bool, jobs: int) -> None:
    files = expected(site)
    folder = tmp_path / "shards"
    (folder / "more").mkdir(parents=True)
    for name, some in (("a", FIELDS[:15]), ("more/b", FIELDS[15:])):
        (folder / f"{name}{form}").write_bytes(FORMS[form]([as_text(row) for row in some] if is_text else some))
    report = built(folder, tmp_path / "other", jobs=jobs)
    assert (report.records.read, report.records.unpublished, report.problems) == (40, 6, [])
    assert published(tmp_path / "other") == files


@settings(max_examples=25)
@given(st.randoms(use_true_random=False))
def test_any_split_into_any_forms_gives_the_same_bytes(tmp_path_factory: pytest.TempPathFactory, chance: random.Random) -> None:
    tmp_path = tmp_path_factory.mktemp("split")
    rows = chance.sample(FIELDS, len(FIELDS))
    (tmp_path / "files").mkdir()
    number = 0
    while rows:
        some = [rows.pop() for _ in range(min(len(rows), chance.randint(1, 20)))]
        number += 1
        if chance.random() < 0.3:
            for row in some:
                path = tmp_path / "files" / row["path"]
                path.parent.mkdir(exist_ok=True)
                path.write_text(text(row))
            continue
        form = chance.choice(list(FORMS))
        if form != ".parquet":
            some = [as_text(row) if chance.random() < 0.5 else row for row in some]
        elif chance.random() < 0.5:
            some = [as_text(row) for row in some]
        (tmp_path / "files" / f"part-{number}{form}").write_bytes(FORMS[form](some))
    built(tmp_path / "files", tmp_path / "feeds", jobs=1)
    assert published(tmp_path / "feeds") == _whole(tmp_path_factory)


_WHOLE: dict[str, bytes] = {}


def _whole(factory: pytest.TempPathFactory) -> dict[str, bytes]:
    if not _WHOLE:
        folder = factory.mktemp("whole")
        (folder / "a.jsonl").write_bytes(lines(FIELDS))
        built(folder / "a.jsonl", folder / "feeds", jobs=1)
        _WHOLE.update(published(folder / "feeds"))
    return _WHOLE


# --- What changed -------------------------------------------------------------------------------------------------------


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the rows that were parsed."""
    found: list[str] = []
    original = containers.reading

    def reading(shard: str, item: containers.Item, rules: Rules) -> Any:
        found.append(f"{shard}{item.place}")
        return original(shard, item, rules)

    monkeypatch.setattr(containers, "reading", reading)
    return found


@pytest.mark.parametrize("form", FORMS)
def test_only_rows_that_changed_are_parsed(tmp_path: Path, form: str, parsed: list[str]) -> None:
    folder = tmp_path / "shards"
    folder.mkdir()
    for name, some in (("a", FIELDS[:20]), ("b", FIELDS[20:])):
        (folder / f"{name}{form}").write_bytes(FORMS[form](some))
    built(folder, tmp_path / "feeds", jobs=1)
    assert len(parsed) == 40
    parsed.clear()
    assert built(folder, tmp_path / "feeds", jobs=1).files.written == 0
    assert parsed == []
    changed = [{**row, "title": "Changed"} if at == 3 else row for at, row in enumerate(FIELDS[:20])]
    (folder / f"a{form}").write_bytes(FORMS[form]([*changed[10:], *changed[:10], {**FIELDS[0], "webUrl": "https://x.example/"}]))
    report = built(folder, tmp_path / "feeds", jobs=1)
    assert len(parsed) == 2
    assert report.records.read == 41
    built(folder, tmp_path / "fresh", jobs=1)
    assert published(tmp_path / "fresh") == published(tmp_path / "feeds")


def test_a_row_without_a_path_is_named_by_its_line(tmp_path: Path, parsed: list[str]) -> None:
    rows = [{name: value for name, value in row.items() if name != "path"} for row in FIELDS[:6]]
    path = tmp_path / "a.jsonl"
    path.write_bytes(lines(rows))
    built(path, tmp_path / "feeds", jobs=1)
    parsed.clear()
    path.write_bytes(lines([*rows, FIELDS[7]]))
    built(path, tmp_path / "feeds", jobs=1)
    assert parsed == ["a.jsonl:7"]


@pytest.mark.parametrize("is_named", [False, True])
def test_random_edits_give_what_a_fresh_build_gives(tmp_path: Path, is_named: bool) -> None:
    chance = random.Random(7)  # noqa: S311
    folder = tmp_path / "shards"
    folder.mkdir()
    rows = [row if is_named else {k: v for k, v in row.items() if k != "path"} for row in FIELDS]
    for turn in range(12):
        name = f"part-{chance.randint(1, 3)}{chance.choice(list(FORMS))}"
        some = chance.sample(rows, chance.randint(0, 10))
        data = FORMS[Path(name[6:]).name]([{**row, "excerpt": chance.choice("ab")} for row in some] or [{}])
        (folder / name).write_bytes(data[: -chance.randint(1, 9)] if chance.random() < 0.2 else data)
        built(folder, tmp_path / "feeds", jobs=1)
        built(folder, tmp_path / f"fresh{turn}", jobs=1)
        assert published(tmp_path / f"fresh{turn}") == published(tmp_path / "feeds")


def test_a_large_file_is_read_in_ranges(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.jsonl").write_bytes(b"\xef\xbb\xbf" + lines(FIELDS[:20]) + b"\n\n" + lines([{"title": ""}, *FIELDS[20:]]))
    whole = built(tmp_path / "a.jsonl", tmp_path / "whole")
    monkeypatch.setattr(shards, "_A_RANGE", 700)
    for jobs in (1, 2):
        report = built(tmp_path / "a.jsonl", tmp_path / f"feeds{jobs}", jobs=jobs)
        assert (report.records, report.problems) == (whole.records, whole.problems)
        assert report.problems[0].line == 23
        assert published(tmp_path / f"feeds{jobs}") == published(tmp_path / "whole")


@given(st.lists(st.sampled_from([b"", b"a", b"bcd", b"\n"]), max_size=30), st.integers(1, 12))
def test_ranges_are_whole_lines(parts: list[bytes], size: int) -> None:
    data = b"\n".join(parts)
    found = list(containers.ranges(io.BytesIO(data), size))
    at = 0
    for one in found:
        assert (one.start, one.lines) == (at, data.count(b"\n", 0, at))
        at += one.length
        assert at == len(data) or data[at - 1 : at] == b"\n"
    assert at == len(data)


# --- What is wrong ------------------------------------------------------------------------------------------------------

GOOD = {"title": "Good", "publishedDateTime": "2021-05-21", "webUrl": "https://example.com/good"}


def problems(report: feedloom.Report, folder: Path) -> list[str]:
    return [str(problem).removeprefix(f"{folder}/") for problem in report.problems]


def test_a_bad_row_is_rejected_alone_and_named(tmp_path: Path) -> None:
    folder = tmp_path / "shards"
    folder.mkdir()
    bad: Fields = {**GOOD, "title": None, "path": "x.md"}
    (folder / "part-00007.jsonl.zst").write_bytes(
        zstandard.compress(lines([GOOD, bad]) + b'{"path": "a.md", "text": "---\\ntitle: A\\n---\\n"}\nx\n\xff\n' + lines([GOOD]))
    )
    (folder / "part.parquet").write_bytes(in_parquet([GOOD, bad, as_text(bad)]))
    (folder / "text.parquet").write_bytes(in_parquet([as_text(bad)]))
    report = built(folder, tmp_path / "feeds")
    assert (report.records.published, report.records.duplicates, report.records.rejected) == (1, 2, 7)
    assert [line.partition(" is ")[0].partition(" has ")[0].partition(" needs ")[0] for line in problems(report, folder)] == [
        "part-00007.jsonl.zst:2: title: there",
        "part-00007.jsonl.zst:3:a.md:2: publishedDateTime: there",
        "part-00007.jsonl.zst:4:",
        "part-00007.jsonl.zst:5:",
        "part.parquet#2: title: there",
        "part.parquet#3: title: there",
        "text.parquet#1:x.md:2: title: there",
    ]
