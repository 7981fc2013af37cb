"""feedloom export: shards from which a build makes the same feeds."""

import contextlib
import json
import os
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import feedloom
from feedloom.cli.main import main
from feedloom.errors import ConfigError, ExportError
from feedloom.pipeline import export
from feedloom.records import containers
from feedloom.records.exports import MARK
from feedloom.site import lock
from tests import engines
from tests.conftest import NOW, Site, published, record
from tests.test_shards import FIELDS, built, expected, lines, text

FORMATS = ["jsonl.zst", "jsonl.gz", "jsonl", "parquet"]


def run(site: Site, folder: Path | str, *options: str) -> Result:
    return CliRunner().invoke(main, ["export", str(folder), "--records", str(site.records), *options])


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("format", FORMATS)
def test_an_export_gives_the_same_feeds(site: Site, tmp_path: Path, format: str) -> None:
    files = expected(site)
    (site.records / "notes.txt").write_text("A note.\r\n")
    (site.records / "x.yaml").write_text(json.dumps({**FIELDS[1], "title": "\u2028é"}))
    (site.records / "shard.jsonl").write_bytes(lines([FIELDS[2], {"path": "y.md", "text": text(FIELDS[3])}]))
    built(site.records, site.output)
    files = published(site.output)
    ran = run(site, tmp_path / "shards", "--shards", "15", "--format", format)
    assert ran.exit_code == 0
    assert ran.output == f"Exported 44 records to {tmp_path}/shards: 3 files (3 written, 0 unchanged, 0 removed).\n"
    assert sorted(contents(tmp_path / "shards")) == [MARK, *(f"part-0000{number}.{format}" for number in range(3))]
    report = built(tmp_path / "shards", tmp_path / "other")
    assert (report.records.read, report.records.notes) == (44, 1)
    assert published(tmp_path / "other") == files


@pytest.mark.parametrize("format", FORMATS)
def test_the_same_records_give_the_same_bytes(site: Site, tmp_path: Path, format: str) -> None:
    expected(site)
    for name in ("a", "b"):
        run(site, tmp_path / name, "--format", format)
    assert contents(tmp_path / "a") == contents(tmp_path / "b")


def test_only_what_differs_is_written(site: Site, tmp_path: Path) -> None:
    expected(site)
    folder = tmp_path / "shards"
    run(site, folder, "--shards", "10", "--format", "jsonl")
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    (site.records / "3/39.md").write_text(record(title="Changed"))
    ran = run(site, folder, "--shards", "10", "--format", "jsonl")
    assert "4 files (1 written, 3 unchanged, 0 removed)" in ran.output
    assert {name for name, time in before.items() if (folder / name).stat().st_mtime_ns != time} == {MARK, "part-00003.jsonl"}
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    assert "4 files (0 written, 4 unchanged, 0 removed)" in run(site, folder, "--shards", "10", "--format", "jsonl").output
    assert before == {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    (folder / "mine.md").write_text("mine")
    assert "1 file (1 written, 0 unchanged, 4 removed)" in run(site, folder, "--format", "jsonl.gz").output
    assert sorted(contents(folder)) == [MARK, "mine.md", "part-00000.jsonl.gz"]


def test_what_is_not_its_own_is_not_replaced(site: Site, tmp_path: Path) -> None:
    expected(site)
    folder = tmp_path / "shards"
    folder.mkdir()
    (folder / "part-00000.jsonl.zst").write_text("mine")
    ran = run(site, folder)
    assert ran.exit_code == 1
    assert "part-00000.jsonl.zst: feedloom export did not write it; move it away" in ran.output
    assert contents(folder) == {"part-00000.jsonl.zst": b"mine"}
    (tmp_path / "precious.jsonl").write_text("mine")
    for mark in ("mine", '{"version":1,"files":{"../precious.jsonl":1}}'):
        (folder / MARK).write_text(mark)
        assert f"{MARK}: feedloom export did not write it" in run(site, folder).output
    assert (tmp_path / "precious.jsonl").exists()


def test_a_killed_export_leaves_the_old_shards_or_a_mark(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed at any change of the folder: a build reads the shards of one export, or none, and the next export ends it."""
    folder = tmp_path / "shards"
    site.write({f"{number:02}.md": record(title=f"T{number}", id=str(number)) for number in range(9)})
    run(site, folder, "--shards", "2", "--format", "jsonl")
    first = contents(folder)
    (site.records / "00.md").unlink()
    (site.records / "05.md").unlink()
    (site.records / "07.md").write_text(record(title="New"))
    stopped = 0
    for step in range(100):
        for path in folder.iterdir():
            path.unlink()
        for name, data in first.items():
            (folder / name).write_bytes(data)
        if not _killed(site, folder, step, monkeypatch):
            break
        now = contents(folder)
        shards = {name: data for name, data in now.items() if name.startswith("part-")}
        checked = CliRunner().invoke(main, ["check", str(folder)])
        if shards == {name: data for name, data in first.items() if name != MARK} and checked.exit_code == 0:
            assert "Would publish 9 of 9 records" in checked.output
        elif checked.exit_code == 0:
            assert "Would publish 7 of 7 records" in checked.output
        else:
            stopped += 1
            assert f"{folder}: an export to this folder has not finished: wait for it, or run feedloom export" in checked.output
            named = CliRunner().invoke(main, ["build", str(folder), "--changed", str(folder / "part-00000.jsonl")])
            assert "has not finished" in named.output
        assert run(site, folder, "--shards", "2", "--format", "jsonl").exit_code == 0
        assert sorted(contents(folder)) == [MARK, *(f"part-0000{number}.jsonl" for number in range(4))]
        assert "Would publish 7 of 7 records" in CliRunner().invoke(main, ["check", str(folder)]).output
    assert stopped >= 7
    assert step > stopped + 5


def _killed(site: Site, folder: Path, step: int, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether an export was killed before its change with this number. What it would do while it dies, is not done."""
    left = [step]

    def stopping(function: Any) -> Any:
        def called(*given: Any, **more: Any) -> Any:
            if left[0] <= 0:
                raise KeyboardInterrupt
            left[0] -= 1
            return function(*given, **more)

        return called

    with monkeypatch.context() as patched:
        for name in ("replace", "unlink", "fsync"):
            patched.setattr(os, name, stopping(getattr(os, name)))
        try:
            export.export(_config(site), str(folder), 2, "jsonl")
        except KeyboardInterrupt:
            return True
    return False


def test_shards_of_other_folders_are_read_while_an_export_is_unfinished(site: Site, tmp_path: Path) -> None:
    (tmp_path / "shards/other").mkdir(parents=True)
    (tmp_path / "shards" / MARK).write_text('{"version":1,"files":{},"unfinished":true}')
    (tmp_path / "shards/other/a.jsonl").write_bytes(lines(FIELDS[1:3]))
    assert built(tmp_path / "shards", site.output).records.published == 2
    (tmp_path / "shards/a.jsonl").write_bytes(lines(FIELDS[3:4]))
    with pytest.raises(ExportError, match="has not finished"):
        built(tmp_path / "shards", site.output)
    (tmp_path / "shards" / MARK).write_text('{"of": "another program"}')
    assert built(tmp_path / "shards", site.output).records.published == 3


@pytest.mark.parametrize("engine", ["local", "dask"])
def test_an_export_while_its_files_are_read_stops_the_build(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engine: str
) -> None:
    folder = tmp_path / "shards"
    site.write({f"{number}.md": record(title=f"T{number}", id=str(number)) for number in range(4)})
    run(site, folder, "--shards", "1", "--format", "jsonl")
    (site.records / "0.md").unlink()
    items = containers.items

    def slowly(name: str, *given: Any) -> Any:
        if name == "part-00002.jsonl":
            assert run(site, folder, "--shards", "1", "--format", "jsonl").exit_code == 0
        return items(name, *given)

    build: Any = feedloom.build if engine == "local" else engines.built
    config = feedloom.load_config(records=str(folder), output=str(site.output), state=str(tmp_path / "state"), jobs=1)
    with monkeypatch.context() as patched:
        patched.setattr(containers, "items", slowly)
        with pytest.raises(ExportError, match=f"^{folder}: there was an export to this folder while it was read"):
            build(config, now=NOW)
    assert not (site.output / "catalog.json").exists()
    assert build(config, now=NOW).records.published == 3


def test_an_export_while_its_files_are_listed_stops_the_build(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The files of the export before are listed, and there are more of them now."""
    folder = tmp_path / "shards"
    site.write({f"{number}.md": record(title=f"T{number}", id=str(number)) for number in range(4)})
    run(site, folder, "--shards", "4", "--format", "jsonl")
    scandir = os.scandir

    def late(path: Any) -> Any:
        found = scandir(path)
        if path != os.fsencode(folder):
            return found
        entries = list(found)
        assert run(site, folder, "--shards", str(len(entries) - 1), "--format", "jsonl").exit_code == 0
        return contextlib.nullcontext(entries)

    with monkeypatch.context() as patched:
        patched.setattr(os, "scandir", late)
        with pytest.raises(ExportError, match=f"^{folder}: there was an export to this folder while it was read"):
            built(folder, site.output)
    assert built(folder, site.output).records.published == 4


def test_a_shard_that_is_named_while_an_export_is_unfinished(site: Site, tmp_path: Path) -> None:
    folder = tmp_path / "shards"
    site.write({f"{number}.md": record(title=f"T{number}", id=str(number)) for number in range(4)})
    run(site, folder, "--shards", "2", "--format", "jsonl")
    config = feedloom.load_config(records=str(folder), output=str(site.output), state=str(site.state))
    assert feedloom.build(config, now=NOW).records.published == 4
    (folder / MARK).write_text('{"version":1,"files":{},"unfinished":true}')
    with pytest.raises(ExportError, match="has not finished"):
        feedloom.build(config, now=NOW, changed=[str(folder / "part-00000.jsonl")])


def test_a_failed_export_changes_nothing(site: Site, tmp_path: Path) -> None:
    expected(site)
    folder = tmp_path / "shards"
    run(site, folder, "--shards", "5")
    before = contents(folder)
    (site.records / "0/0.md").unlink()
    (site.records / "z.jsonl.gz").write_bytes(b"x")
    (folder / f"{MARK}-new-7").write_bytes(b"of an export that was killed")
    assert run(site, folder, "--shards", "5").exit_code == 1
    assert contents(folder) == before


def test_one_export_at_a_time(site: Site, tmp_path: Path) -> None:
    site.write({"a.md": record()})
    with lock.hold(str(tmp_path), 0):
        ran = run(site, tmp_path)
    assert (ran.exit_code, "another export is running" in ran.output) == (75, True)


def _config(site: Site) -> Any:
    import feedloom

    return feedloom.load_config(records=str(site.records), output=str(site.output))


def test_what_cannot_be_exported_is_told(site: Site, tmp_path: Path) -> None:
    site.write({"a.md": record(), "large.md": "x" * 2_000_000})
    (site.records / "latin.md").write_bytes(b"---\ntitle: \xe9\n---\n")
    (site.records / "rows.jsonl").write_bytes(lines([FIELDS[0]]) + b"x\n")
    ran = run(site, tmp_path / "shards")
    assert ran.exit_code == 1
    assert "Exported 2 records" in ran.output
    for name in ("large.md", "latin.md", "rows.jsonl:2"):
        assert f"{site.records}/{name}: " in ran.output
    (site.records / "rows.jsonl.gz").write_bytes(b"x")
    ran = run(site, tmp_path / "shards")
    assert (ran.exit_code, "rows.jsonl.gz: cannot be read" in ran.output) == (1, True)


@pytest.mark.parametrize(
    ("folder", "said"),
    [
        ("{records}/shards", "is in the records folder"),
        ("{output}/shards", "is in the output folder"),
        ("s3://bucket/x", "writes a local folder"),
        ("{records}/a.md", "is in the records folder"),
    ],
)
def test_places_where_nothing_is_exported(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str, said: str
) -> None:
    site.build({"a.md": record()})
    monkeypatch.setenv("FEEDLOOM_OUTPUT", str(site.output))
    ran = run(site, folder.format(records=site.records, output=site.output))
    assert ran.exit_code == 2
    assert said in ran.output


def test_a_folder_beside_several_record_folders(tmp_path: Path) -> None:
    """It is in the folder that they share, and in none of them."""
    Path("a").mkdir()
    Path("a/a.md").write_text(record())
    Path("b").mkdir()
    config = feedloom.load_config(records=["a", "b"], output="out")
    assert export.export(config, "shards", 5, "jsonl").records == 1
    with pytest.raises(ConfigError, match=r"^b/shards: is in the records folder b; choose another one"):
        export.export(config, "b/shards", 5, "jsonl")


def test_posts_of_other_programs_are_refused(site: Site, tmp_path: Path) -> None:
    site.write({"a.md": record()})
    (tmp_path / "feedloom.yaml").write_text("records: articles\nfields: {title: [name]}\n")
    ran = run(site, tmp_path / "shards", "-c", str(tmp_path / "feedloom.yaml"))
    assert ran.exit_code == 2
    assert "records of feedloom's own form" in ran.output
