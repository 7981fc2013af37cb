"""Records in shards: the same feeds as from files, whatever the form and the split; and what is damaged harms nothing else."""

import contextlib
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
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

import feedloom
from feedloom.cli.main import main
from feedloom.config.settings import Rules
from feedloom.errors import FrontMatterError
from feedloom.model import Source
from feedloom.pipeline import shards
from feedloom.records import containers, parse
from tests import engines
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


def built(records: Path | str, output: Path, **more: Any) -> feedloom.Report:
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

    def reading(shard: str, inside: str, item: containers.Item, rules: Rules) -> Any:
        found.append(f"{shard}{item.place}")
        return original(shard, inside, item, rules)

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
    (folder / f"a{form}").write_bytes(
        FORMS[form]([*changed[10:], *changed[:10], {**FIELDS[0], "webUrl": "https://x.example/"}])
    )
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
    chance = random.Random(7)
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
        zstandard.compress(
            lines([GOOD, bad]) + b'{"path": "a.md", "text": "---\\ntitle: A\\n---\\n"}\nx\n\xff\n' + lines([GOOD])
        )
    )
    (folder / "part.parquet").write_bytes(in_parquet([GOOD, bad, as_text(bad)]))
    (folder / "text.parquet").write_bytes(in_parquet([as_text(bad)]))
    report = built(folder, tmp_path / "feeds")
    assert (report.records.published, report.records.duplicates, report.records.rejected) == (1, 2, 7)
    found = [line.partition(" [")[0].partition(" (")[0] for line in problems(report, folder) if "duplicate" not in line]
    assert found == [
        "part-00007.jsonl.zst:2: title: is missing: every record needs a title",
        "part-00007.jsonl.zst:4: is not valid JSON",
        "part-00007.jsonl.zst:5: is not UTF-8",
        "part-00007.jsonl.zst:3:a.md:2: publishedDateTime: is missing: every record needs a date, such as 2021-05-21T18:09:00Z",
        "part.parquet#2: title: is missing: every record needs a title",
        "part.parquet#3: title: is missing: every record needs a title",
        "text.parquet#1:x.md:2: title: is missing: every record needs a title",
    ]


def test_rows_are_counted_as_records(tmp_path: Path) -> None:
    folder = tmp_path / "shards"
    folder.mkdir()
    bad = [{**GOOD, "title": None, "heat": "x", "quality": "x"} for _ in range(12)]
    (folder / "a.jsonl").write_bytes(lines([*bad[:6], {**GOOD, "heat": "x", "quality": "x"}]))
    (folder / "b.parquet").write_bytes(in_parquet(bad[6:]))
    (folder / "c.jsonl").write_bytes(lines([as_text({**one, "path": "a.md"}) for one in bad[:2]]))
    (folder / "d.jsonl.gz").write_bytes(b"x")
    ran = CliRunner().invoke(main, ["check", str(folder)])
    assert "14 records left out: the title is missing" in ran.stdout
    assert "1 file left out: a file of many records is damaged" in ran.stdout
    assert "2 warnings in 1 record: a number is not a whole number" in ran.stdout
    assert "Would publish 1 of 16 records (15 rejected)." in ran.stdout
    ran = CliRunner().invoke(main, ["build", str(folder), "-o", str(tmp_path / "feeds"), "--force"])
    assert "... and 5 more records left out; run feedloom check:" in ran.stderr
    (tmp_path / "e.json").write_text(json.dumps(bad[:3]))
    ran = CliRunner().invoke(main, ["check", str(tmp_path / "e.json")])
    assert "3 records left out: the title is missing" in ran.stdout
    assert f"    {tmp_path}/e.json:1#2: title" in ran.stdout


def test_duplicates_in_shards_are_named_by_their_rows(tmp_path: Path) -> None:
    folder = tmp_path / "shards"
    folder.mkdir()
    good = {**GOOD, "path": "x.md"}
    unnamed = {**GOOD, "webUrl": "https://example.com/unnamed"}
    other = {**GOOD, "path": "o.md", "webUrl": "https://example.com/other"}
    newer = {**good, "publishedDateTime": "2021-05-22"}
    (folder / "a.jsonl").write_bytes(lines([other, as_text(good), unnamed]))
    (folder / "b.parquet").write_bytes(in_parquet([{**other, "path": "p.md"}, newer, {**unnamed, "path": "z.md"}]))

    def duplicates(report: feedloom.Report) -> list[str]:
        return [line.partition(",")[0] for line in problems(report, folder) if "duplicate" in line]

    found = duplicates(built(folder, tmp_path / "feeds"))
    assert found == [
        "a.jsonl:2: duplicate of b.parquet#2",
        "b.parquet#1: duplicate of a.jsonl:1",
        "b.parquet#3: duplicate of a.jsonl:3",
    ]
    ran = CliRunner().invoke(main, ["explain", f"{folder}/a.jsonl:2", "--records", str(folder)])
    assert "duplicate of b.parquet#2, which is" in " ".join(ran.stdout.split())
    (folder / "a.jsonl").write_bytes(b"\n\n" + lines([other, as_text(good), unnamed]))
    again = built(folder, tmp_path / "feeds")
    config = feedloom.load_config(records=str(folder), output=str(tmp_path / "steps"), state=str(tmp_path / "steps.sqlite"))
    assert duplicates(again) == duplicates(built(folder, tmp_path / "fresh")) == duplicates(engines.built(config, NOW))
    assert again.files.written == 0
    assert duplicates(again) == [
        "a.jsonl:4: duplicate of b.parquet#2",
        "b.parquet#1: duplicate of a.jsonl:3",
        "b.parquet#3: duplicate of a.jsonl:5",
    ]
    near = {**GOOD, "path": "n.md", "webUrl": "https://example.com/good?utm_source=x"}
    (folder / "c.jsonl").write_bytes(lines([near]))
    ran = CliRunner().invoke(main, ["check", str(folder)])
    assert f"    {folder}/c.jsonl:1: has the same URL as b.parquet#2 except for utm_source" in ran.stdout


def test_which_of_two_equal_rows_is_named_does_not_depend_on_which_was_read_first(tmp_path: Path) -> None:
    folder = tmp_path / "shards"
    folder.mkdir()
    row = as_text({**GOOD, "path": "x.md"})
    for name, rows in (("b.jsonl", [row]), ("a.jsonl", [row]), ("c.jsonl", [row, *[{}] * 9, row]), ("b.jsonl", [{}, row])):
        (folder / name).write_bytes(lines(rows))
        report = built(folder, tmp_path / "feeds")
        assert problems(report, folder) == problems(built(folder, tmp_path / f"{name}-{len(rows)}"), folder)
    found = [line.partition(",")[0] for line in problems(report, folder) if "duplicate" in line]
    assert found == [f"{one}: duplicate of a.jsonl:1" for one in ("b.jsonl:2", "c.jsonl:1", "c.jsonl:11")]


def test_a_row_that_changed_is_reported_again(tmp_path: Path) -> None:
    folder = tmp_path / "shards"
    folder.mkdir()
    config = feedloom.load_config(records=str(folder), output=str(tmp_path / "feeds"), state=str(tmp_path / "x.sqlite"))

    def news(*rows: Fields) -> list[str]:
        (folder / "a.jsonl").write_bytes(lines(list(rows)))
        found: list[Any] = []
        feedloom.build(config, now=NOW, force=True, news=found)
        return [problem.record.removeprefix(f"{folder}/") for problem in found if problem.field == "heat"]

    bad = as_text({**GOOD, "path": "x.md", "heat": "x"})
    fields = {**GOOD, "webUrl": "https://example.com/b", "heat": "x"}
    assert news(bad, fields) == ["a.jsonl:2", "a.jsonl:1:x.md"]
    assert news(bad, fields) == []
    assert news(as_text({**GOOD, "path": "x.md", "title": "T", "heat": "x"}), fields) == ["a.jsonl:1:x.md"]
    assert news(bad, {**fields, "title": "T"}) == ["a.jsonl:2", "a.jsonl:1:x.md"]


class Watched(io.BytesIO):
    """A file that knows the most bytes that were read at once."""

    most = 0

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        self.most = max(self.most, len(data))
        return data


@pytest.mark.parametrize("groups", [1, 8])
def test_parquet_is_read_page_by_page(groups: int) -> None:
    """Memory depends on the size of a page, not on that of the file or of a row group."""
    count, chance, data = 4_000, random.Random(1), Watched()
    texts = [chance.randbytes(1_000).hex() for _ in range(count)]
    table = pyarrow.table({"path": [f"{number}.md" for number in range(count)], "text": texts})
    parquet.write_table(
        table,
        data,
        row_group_size=count // groups,
        compression="none",
        use_dictionary=False,
        data_page_size=100_000,
        write_batch_size=16,
    )
    size = data.seek(0, io.SEEK_END)
    pool, before = pyarrow.proxy_memory_pool(pyarrow.default_memory_pool()), pyarrow.default_memory_pool()
    pyarrow.set_memory_pool(pool)
    try:
        assert sum(1 for _ in containers.items("a.parquet", data, size, Rules())) == count
    finally:
        pyarrow.set_memory_pool(before)
    assert size > 8_000_000
    assert 0 < data.most < 400_000
    assert 0 < pool.max_memory() < 2_000_000


def test_a_missing_file_is_told_as_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    ran = CliRunner().invoke(main, ["check", "export.csv"])
    assert (ran.exit_code, ran.stderr) == (
        2,
        "feedloom: export.csv: there is no such file: name a file of records, or a folder\n",
    )
    (tmp_path / "some").mkdir()
    ran = CliRunner().invoke(main, ["check", "some/*.jsonl"])
    assert f"there is no record file in {tmp_path}/some/*.jsonl" in ran.stdout
    assert f"Nothing to publish: there is no record file in {tmp_path}/some/*.jsonl." in ran.stdout
    ran = CliRunner().invoke(main, ["check", "some"])
    assert ran.stdout.endswith("\nNothing to publish: the folder has no .md, .markdown, .txt, .yaml or .yml file.\n")
    (tmp_path / "none.json").write_text("[]")
    ran = CliRunner().invoke(main, ["check", "none.json"])
    assert ran.stdout.endswith("\nNothing to publish: none.json has no records.\n")
    (tmp_path / "some/a.jsonl").write_bytes(lines([GOOD]))
    assert "no record file" not in CliRunner().invoke(main, ["check", "some/*.jsonl"]).stdout


def cut(form: str) -> bytes:
    data = FORMS[form](FIELDS)
    return data[: len(data) // 2]


def with_byte_changed(form: str) -> bytes:
    data = bytearray(FORMS[form](FIELDS))
    data[len(data) // 2] ^= 0x55
    return bytes(data)


BROKEN = {
    **{f"cut{form}": cut(form) for form in FORMS if form.rpartition(".")[2] in ("gz", "zst", "parquet")},
    **{f"changed{form}": with_byte_changed(form) for form in (".jsonl.gz",)},
    **{f"empty{form}": b"" for form in (".jsonl.gz", ".jsonl.zst", ".parquet")},
    **{f"no{form}": b"This is a text." for form in (".jsonl.gz", ".jsonl.zst", ".parquet")},
    "rest.jsonl.gz": gzip.compress(lines(FIELDS)) + b"rest",
    "rest.jsonl.zst": zstandard.compress(lines(FIELDS)) + b"rest",
    "end.jsonl.gz": gzip.compress(lines(FIELDS))[:-1],
    "end.jsonl.zst": zstandard.compress(lines(FIELDS))[:-1],
    "end.parquet": in_parquet(FIELDS)[:-1],
}


@pytest.mark.parametrize("name", BROKEN)
@pytest.mark.parametrize("jobs", [1, 2])
def test_a_damaged_file_is_one_rejection(tmp_path: Path, name: str, jobs: int) -> None:
    folder = tmp_path / "shards"
    folder.mkdir()
    (folder / "good.jsonl").write_bytes(lines([GOOD]))
    (folder / name).write_bytes(BROKEN[name])
    report = built(folder, tmp_path / "feeds", jobs=jobs)
    assert (report.records.read, report.records.published, report.records.rejected) == (2, 1, 1)
    (problem,) = problems(report, folder)
    assert problem.startswith(f"{name}: cannot be read (")
    assert "none of its records is read; write the file again (file left out)" in problem
    assert built(folder, tmp_path / "feeds", jobs=jobs).files.written == 0
    (folder / name).write_bytes(FORMS[name[name.index(".") :]](FIELDS))
    assert built(folder, tmp_path / "feeds", jobs=jobs).records.published == 35


def test_the_guard_decides_about_damaged_files(tmp_path: Path) -> None:
    folder = tmp_path / "shards"
    folder.mkdir()
    (folder / "a.jsonl.gz").write_bytes(gzip.compress(lines(FIELDS)))
    built(folder, tmp_path / "feeds")
    before = published(tmp_path / "feeds")
    (folder / "a.jsonl.gz").write_bytes(cut(".jsonl.gz"))
    config = feedloom.load_config(records=str(folder), output=str(tmp_path / "feeds"), state=str(tmp_path / "feeds.sqlite"))
    with pytest.raises(feedloom.GuardError, match="0 records would be published"):
        feedloom.build(config, now=NOW)
    assert published(tmp_path / "feeds") == before


@pytest.mark.parametrize("form", [".jsonl.gz", ".jsonl.zst", ".jsonl", ".parquet", ".csv", ".json"])
def test_a_bomb_is_refused(tmp_path: Path, form: str) -> None:
    row = {**GOOD, "excerpt": "x" * 900_000}
    data = json.dumps([row] * 12).encode() if form in (".csv", ".json") else FORMS[form]([row] * 12)
    (tmp_path / f"a{form}").write_bytes(data)
    report = built(tmp_path / f"a{form}", tmp_path / "feeds", max_shard_size=10_000_000)
    assert (report.records.published, report.records.rejected) == (0, 1)
    assert "larger than 10,000,000 bytes" in str(report.problems[0])


@pytest.mark.parametrize("name", ["a.jsonl.gz", "a.jsonl.zst"])
def test_a_long_line_takes_no_memory(tmp_path: Path, name: str) -> None:
    import resource

    is_gzip = name.endswith(".gz")
    packer = zlib.compressobj(9, zlib.DEFLATED, 31) if is_gzip else zstandard.ZstdCompressor().compressobj(size=1 << 28)
    part = bytes(1 << 24)
    (tmp_path / name).write_bytes(b"".join([packer.compress(part) for _ in range(16)]) + packer.flush())
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    report = built(tmp_path / name, tmp_path / "feeds", jobs=1)
    assert (report.records.rejected, report.records.read) == (1, 1)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # kB, of 256 MiB


def test_a_file_of_too_many_rows(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(lines(FIELDS))
    source = Source(b"a.jsonl", 0, 0, 0, 0)
    for most, is_too_many in ((33, True), (34, False)):
        *_, last = shards.read(shards.Task(str(tmp_path), Rules(), source, 0, b"", most=most))
        assert bool(last.broken) == is_too_many


WHEN = datetime.datetime(2021, 5, 21, 18, 9)
ZONED = datetime.datetime(2021, 5, 21, 20, 9, tzinfo=datetime.timezone(datetime.timedelta(hours=2)))


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (pyarrow.array([WHEN], pyarrow.timestamp("ns")), "2021-05-21T18:09:00"),
        (pyarrow.array([WHEN], pyarrow.timestamp("s")), "2021-05-21T18:09:00"),
        (pyarrow.array([ZONED], pyarrow.timestamp("ms", "America/New_York")), "2021-05-21T18:09:00Z"),
        (pyarrow.array([ZONED], pyarrow.timestamp("us", "Nowhere/Known")), "2021-05-21T18:09:00Z"),
        (pyarrow.array([datetime.date(2021, 5, 21)]), "2021-05-21"),
        (pyarrow.array([7], pyarrow.uint64()), "7"),
        (pyarrow.array([True]), "true"),
        (pyarrow.array([1.5]), "1.5"),
        (pyarrow.array([float("nan")]), "NaN"),
        (pyarrow.array([float("-inf")]), "-Infinity"),
        (pyarrow.array(["7.10"]).cast(pyarrow.decimal128(10, 2)), "7.10"),
        (pyarrow.array([b"bytes"]), "bytes"),
        (pyarrow.array(["a"]).dictionary_encode(), "a"),
        (pyarrow.array([["a", None, "b"]]), ["a", "b"]),
        (pyarrow.array([[("name", "P")]], pyarrow.map_(pyarrow.string(), pyarrow.string())), {"name": "P"}),
        (pyarrow.array([[{"when": WHEN}]], pyarrow.list_(pyarrow.struct([("when", pyarrow.timestamp("ns"))]))),
         [{"when": "2021-05-21T18:09:00"}]),
        (pyarrow.array([datetime.timedelta(seconds=5)]), "0:00:05"),
        (pyarrow.array([datetime.time(5, 6)]), "05:06:00"),
        (pyarrow.nulls(1), None),
    ],
)  # fmt: skip
def test_values_of_parquet_become_text(value: Any, written: Any) -> None:
    data = io.BytesIO()
    parquet.write_table(pyarrow.table({"x": value}), data)
    (item,) = containers.items("a.parquet", data, 0, Rules())
    assert item.row().fields == ({} if written is None else {"x": written})


@pytest.mark.parametrize(
    "value",
    [
        pyarrow.array([b"\xff"]),
        pyarrow.array([b"\xff"]).view(pyarrow.string()),
        pyarrow.array([2**62]).view(pyarrow.timestamp("us")),
        pyarrow.array([2**31 - 1], pyarrow.int32()).view(pyarrow.date32()),
    ],
)
def test_values_that_are_none_are_rejected_alone(value: Any) -> None:
    data = io.BytesIO()
    bad = pyarrow.concat_arrays([value, pyarrow.nulls(1, value.type)])
    parquet.write_table(pyarrow.table({"x": bad, "title": ["A", "B"]}), data)
    first, second = containers.items("a.parquet", data, 0, Rules())
    assert first.row().error
    assert second.row().fields == {"title": "B"}


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**17), 10**17)
    | st.floats(0.5, 9)
    | st.sampled_from(
        ["", "~", "null", "No", "3.10", " a  b ", "&#8217;", "<b>x</b>", "2021-05-21", "http://a.example/b c", "a, b"]
    )
    | st.text(
        st.characters(blacklist_categories=("Cs", "Cc", "Zl", "Zp", "Co", "Cn"), blacklist_characters="\xad\ufeff"), max_size=6
    )
)
IMAGES = st.lists(st.fixed_dictionaries({}, optional={"url": SCALARS, "width": SCALARS, "alt": SCALARS}), max_size=2)
ANY_FIELDS = st.fixed_dictionaries(
    {"title": SCALARS, "publishedDateTime": st.just("2021-05-21") | SCALARS, "webUrl": st.just("https://a.example/") | SCALARS},
    optional={
        "excerpt": SCALARS,
        "content": SCALARS,
        "quality": SCALARS,
        "published": SCALARS,
        "draft": SCALARS,
        "language": SCALARS,
        "topics": st.lists(st.text("aB -", max_size=4), max_size=3) | SCALARS,
        "provider": st.fixed_dictionaries({"name": SCALARS, "domain": SCALARS, "images": IMAGES}),
        "related": st.lists(st.fixed_dictionaries({"title": SCALARS, "webUrl": SCALARS, "images": IMAGES}), max_size=2),
    },
)


@settings(max_examples=300)
@given(ANY_FIELDS, st.booleans())
def test_a_row_is_read_as_the_file_with_its_fields(fields: Fields, bodies: bool) -> None:
    rules = Rules(bodies=bodies)
    written = f"---\n{json.dumps(fields, ensure_ascii=False)}\n---\nThe *text*.\n"
    in_file = parse.reading("a.md", written.encode(), rules)
    without = parse.reading("a.md", written.removesuffix("The *text*.\n").encode(), rules)
    text_row = {"path": "a.md", "text": written}
    rows = [("a.jsonl", lines([text_row]), in_file), ("a.jsonl", lines([{**fields, "path": "a.md"}]), without)]
    rows.append(("a.parquet", in_parquet([text_row]), in_file))
    with contextlib.suppress(pyarrow.ArrowException):  # a column has one type
        rows.append(("a.parquet", in_parquet([{**fields, "path": "a.md"}]), without))
    for name, data, same in rows:
        (item,) = containers.items(name, io.BytesIO(data), len(data), rules)
        reading, own, _ = containers.reading(name, name, item, rules)
        assert own == "a.md"
        assert (reading.status, reading.record, reading.hold) == (same.status, same.record, same.hold)
        assert [problem.message for problem in reading.problems] == [problem.message for problem in same.problems]


def test_two_columns_of_one_name() -> None:
    data = io.BytesIO()
    parquet.write_table(pyarrow.Table.from_arrays([pyarrow.array(["A"]), pyarrow.array(["B"])], names=["title", "title"]), data)
    with pytest.raises(FrontMatterError, match="appears twice"):
        list(containers.items("a.parquet", data, 0, Rules()))


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats() | st.text(max_size=5) | st.datetimes(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["name", "url", "title", "x"]), inner, max_size=3)
    ),
    max_leaves=6,
)
NAMES = [
    "title",
    "publishedDateTime",
    "webUrl",
    "topics",
    "images",
    "related",
    "provider",
    "quality",
    "published",
    "text",
    "path",
]


@settings(max_examples=200)
@given(st.dictionaries(st.sampled_from([*NAMES, "draft", "id", "authors", "\ud800"]), VALUES, max_size=6), st.booleans())
def test_rows_of_every_wrong_type_are_no_tracebacks(row: Fields, is_good: bool) -> None:
    row = {**GOOD, **row} if is_good else row
    found = [("a.jsonl", json.dumps(row, default=str).encode())]
    with contextlib.suppress(pyarrow.ArrowException, TypeError, ValueError, OverflowError):  # it can hold no such row
        found.append(("a.parquet", in_parquet([{str(name).replace("\ud800", "y"): value for name, value in row.items()}])))
    for name, data in found:
        for item in containers.items(name, io.BytesIO(data), len(data), Rules()):
            reading, _, _ = containers.reading(name, name, item, Rules())
            assert reading.status in ("published", "rejected", "unpublished", "note")


@given(st.sampled_from([*FORMS, ".json", ".csv"]), st.binary(max_size=200), st.integers(0, 2000), st.integers(0, 30))
def test_any_bytes_are_read_or_refused(form: str, noise: bytes, at: int, length: int) -> None:
    whole = FORMS.get(form, lines)(FIELDS[:3])
    for data in (noise, whole[: at % len(whole)] + noise + whole[at % len(whole) + length :]):
        with contextlib.suppress(FrontMatterError):
            for item in containers.items(f"a{form}", io.BytesIO(data), len(data), Rules()):
                containers.reading(form, form, item, Rules())


def test_unfinished_files_are_passed_over(site: Site) -> None:
    for name in ("_SUCCESS", "_a.jsonl", "_temporary/0/part.parquet", ".hidden.jsonl", "_delta_log/0.json", "x/.y/a.jsonl"):
        (site.records / name).parent.mkdir(parents=True, exist_ok=True)
        (site.records / name).write_bytes(lines([GOOD]))
    (site.records / "part_1.jsonl").write_bytes(lines([GOOD]))
    report = site.build()
    assert (report.records.read, report.problems) == (1, [])


@pytest.mark.parametrize(
    ("form", "package", "extra"), [(".parquet", "pyarrow", "parquet"), (".jsonl.zst", "zstandard", "compress")]
)
def test_a_missing_library_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str, package: str, extra: str
) -> None:
    (tmp_path / f"a{form}").write_bytes(FORMS[form](FIELDS))
    monkeypatch.setattr(containers, "find_spec", lambda name: None)
    with pytest.raises(feedloom.ConfigError, match=rf"need the package {package}: pip install 'feedloom\[{extra}\]'"):
        built(tmp_path / f"a{form}", tmp_path / "feeds", jobs=2)


def explained(place: Path | str, records: Path) -> tuple[int, str]:
    ran = CliRunner().invoke(main, ["explain", str(place), "--records", str(records)])
    return ran.exit_code, ran.output


def test_rows_are_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "1000")  # paths are not broken
    folder = tmp_path / "shards"
    folder.mkdir()
    (folder / "a.jsonl").write_bytes(lines([*FIELDS[:3], {**GOOD, "title": ""}, GOOD]))
    (folder / "b.parquet").write_bytes(in_parquet(FIELDS[5:8]))
    for place in ("a.jsonl:2", "b.parquet#1"):
        code, said = explained(folder / place, folder)
        assert (code, "published" in said, "topics/a" in said) == (0, True, True)
    assert "unpublished" in explained(folder / "a.jsonl:1", folder)[1]
    code, said = explained(folder / "a.jsonl:4", folder)
    assert (code, "rejected" in said, f"{folder}/a.jsonl:4: title: is missing" in said) == (0, True, True)
    assert "Title 1" in explained("1/1.md", folder)[1]
    assert "Title 1" in explained(folder / "a.jsonl:2", folder / "a.jsonl")[1]
    assert explained(folder / "a.jsonl", folder)[0] == 2
    assert "name one of them, such as" in explained(folder / "b.parquet", folder)[1]
    for missing in (folder / "a.jsonl:9", "9/9.md", folder / "c.jsonl:1"):
        code, said = explained(missing, folder)
        assert (code, "no such file" in said) == (2, True)


@pytest.mark.parametrize("form", FORMS)
def test_init_finds_shards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str) -> None:
    (tmp_path / "articles/2021").mkdir(parents=True)
    (tmp_path / f"articles/2021/a{form}").write_bytes(FORMS[form]([as_text(row) for row in FIELDS[1:4]]))
    (tmp_path / "articles/no.jsonl").write_text("x")
    monkeypatch.chdir(tmp_path)
    assert "3 records" in CliRunner().invoke(main, ["init"]).output
    assert "Published 3 of 3 records" in CliRunner().invoke(main, ["build"]).output
