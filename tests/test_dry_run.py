"""A dry run says exactly what the next build does, and changes nothing. Nor do `check` and `explain`."""

import json
import os
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

import feedloom
from feedloom.cli.main import main
from feedloom.errors import GuardError
from feedloom.feeds import archive
from feedloom.pipeline import check
from feedloom.records import scan
from feedloom.report import DryRun, PlannedFiles
from feedloom.site import lock
from tests.conftest import NOW, Site, record, stamp
from tests.test_state import Twins, edits


def everything(folder: Path) -> dict[str, tuple[tuple[int, ...], bytes]]:
    """All files and folders, with what tells whether they were written."""
    return {
        str(path.relative_to(folder)): (stamp(path), path.read_bytes() if path.is_file() else b"") for path in folder.rglob("*")
    }


def of(planned: Iterable[PlannedFiles]) -> list[str]:
    return sorted(path for one in planned for path in one.files)


def tried(site: Twins, **options: Any) -> feedloom.Report | str:
    config = site.warm.config(**site.settings)
    try:
        return feedloom.build(config, now=site.now, **options)
    except GuardError as error:
        return str(error)


@settings(max_examples=40)
@given(st.lists(st.lists(edits, max_size=3), min_size=1, max_size=5), st.booleans(), st.booleans())
def test_a_build_does_what_the_dry_run_said(steps: list[list[tuple[str, Any, Any]]], settled: bool, fresh: bool) -> None:
    with TemporaryDirectory() as place, pytest.MonkeyPatch.context() as patch:
        folder = Path(place)
        patch.chdir(folder)
        patch.setattr(archive, "ONE_IN", 2)
        if settled:
            patch.setattr(scan, "is_settled", lambda source, now: True)
        site = Twins(folder)
        for step in steps:
            for edit in step:
                site.edit(*edit)
            before = everything(folder)
            said = tried(site, dry_run=True, fresh=fresh)
            assert everything(folder) == before
            done = tried(site, fresh=fresh)
            if isinstance(done, str) or isinstance(said, str):
                assert said == done
                tried(site, force=True)
                continue
            assert isinstance(said.plan, DryRun)
            assert msgspec.structs.replace(said, seconds=0, plan=msgspec.UNSET) == msgspec.structs.replace(done, seconds=0)
            after = everything(folder)
            inside = {path for path in before.keys() | after.keys() if path.startswith("out/") and "/.feedloom" not in path}
            files = {path for path in inside if (folder / path).is_file() and after[path] != before.get(path)}
            assert of(said.plan.write) == sorted(path.removeprefix("out/") for path in files)
            assert len(of(said.plan.remove)) == done.files.removed
            assert not [path for path in of(said.plan.remove) if (folder / "out" / path).exists()]


def run(site: Site, *options: str) -> Result:
    places = [str(site.records), "-o", str(site.output), "--state", str(site.state), "--site-url", "https://e.example/"]
    return CliRunner().invoke(main, ["build", *places, "--dry-run", *options])


def test_a_line_a_feed_with_the_reason(site: Site) -> None:
    site.build({"a.md": record(topics="[AI]"), "b.md": record(webUrl="https://e.example/b", topics="[Old]")})
    (site.records / "b.md").unlink()
    site.write(
        {"a.md": record(title="Changed", topics="[AI]"), "c.md": record(webUrl="https://e.example/c", topics="[ai, New]")}
    )
    ran = CliRunner().invoke(
        main,
        ["build", str(site.records), "-o", str(site.output), "--state", str(site.state), "--dry-run"],
        env={"FEEDLOOM_SITE_URL": "https://feeds.example.org/", "FEEDLOOM_SITE_TITLE": "Site"},
    )
    assert ran.stdout.splitlines() == [
        "would write all.atom, .rss, .json, .html: 1 record new, 1 changed, 1 removed",
        "would write topics/ai.atom, .rss, .json, .html: 1 record new, 1 changed",
        "would write topics/new.atom, .rss, .json, .html: 1 record new",
        "would write topics/old.atom, .rss, .json, .html: retired: no record belongs to it any more",
        "would write catalog.json, feedloom-search.js, feeds.opml, index.html, topics.opml: lists of feeds",
        "Would publish 2 of 2 records.",
        f"{site.output}: dry run, nothing written. "
        "A build would write 21 files, leave 3 unchanged, remove 0 and retire 1 feed.",
    ]


def test_where_nothing_is_there_nothing_is_made(site: Site) -> None:
    site.write({"a.md": record()})
    ran = run(site)
    assert (ran.exit_code, ran.stderr) == (0, "")
    assert "would write all.atom, .rss, .json, .html: new, with 1 record\n" in ran.stdout
    assert os.listdir(site.records.parent) == ["records"]


def test_many_feeds_are_counted_and_the_report_names_all(site: Site, tmp_path: Path) -> None:
    site.write({"a.md": record(topics=f"[{', '.join(f'T{number}' for number in range(30))}]")})
    ran = run(site, "--report", str(tmp_path / "report.json"))
    lines = ran.stdout.splitlines()
    assert len([line for line in lines if line.startswith("would write")]) == 21
    assert "more files; --report lists all" in ran.stdout
    report = json.loads((tmp_path / "report.json").read_text())
    assert len(report["plan"]["write"]) == 33
    assert sum(len(one["files"]) for one in report["plan"]["write"]) == report["files"]["written"]
    assert report["plan"]["write"][0] == {
        "feed": "all",
        "files": ["all.atom", "all.rss", "all.json", "all.html"],
        "why": "new, with 1 record",
        "new": 0,
        "changed": 0,
        "removed": 0,
    }


def test_quiet_it_gives_the_summary_alone(site: Site) -> None:
    site.write({"a.md": record()})
    ran = run(site, "-q")
    assert ran.stdout == (
        f"{site.output}: dry run, nothing written. "
        "A build would write 11 files, leave 0 unchanged, remove 0 and retire 0 feeds.\n"
    )


def test_the_log_says_that_it_was_planned(site: Site) -> None:
    site.write({"a.md": record()})
    (line,) = run(site, "--log-json").stdout.splitlines()
    found = json.loads(line)
    assert (found["outcome"], found["files"]["written"]) == ("planned", 11)


def test_formats_that_are_switched_off(site: Site) -> None:
    site.build({"a.md": record()})
    plan = feedloom.build(site.config(formats=["atom"]), dry_run=True).plan
    assert isinstance(plan, DryRun)
    assert [(one.files, one.why) for one in plan.remove] == [(("all.rss", "all.json"), "switched off in the settings")]
    assert {one.why for one in plan.write} == {"the settings changed", "lists of feeds"}


def test_exit_codes_are_those_of_a_build(site: Site) -> None:
    site.build({"a.md": record(), "b.md": record(webUrl="https://e.example/b")})
    for path in site.records.iterdir():
        path.unlink()
    before = everything(site.output)
    ran = run(site)
    assert (ran.exit_code, "no records were found" in ran.stderr) == (1, True)
    assert run(site, "--force").exit_code == 0
    site.write({"a.md": "---\ntitle: x\n---\n", "b.md": record(), "c.md": record(webUrl="https://e.example/b")})
    assert run(site, "--strict").exit_code == 1
    assert everything(site.output) == before


def test_what_is_in_the_way_is_told(site: Site) -> None:
    site.write({"a.md": record()})
    site.output.mkdir()
    (site.output / "all.atom").write_text("mine")
    ran = run(site)
    assert (ran.exit_code, "1 file is in the way" in ran.stderr) == (1, True)
    assert "would write all.atom" in run(site, "--replace").stdout
    assert (site.output / "all.atom").read_text() == "mine"


def test_it_waits_for_a_build_as_builds_do(site: Site) -> None:
    site.build({"a.md": record()})
    with lock.hold(str(site.output), 0):
        ran = run(site)
    assert (ran.exit_code, "another build is running" in ran.stderr) == (75, True)


def test_what_a_killed_build_left_stays(site: Site) -> None:
    site.build({"a.md": record()})
    (site.output / ".feedloom/unfinished").touch()
    (site.output / ".feedloom-all.atom").write_text("half")
    before = everything(site.output)
    assert run(site).exit_code == 0
    assert everything(site.output) == before


def test_a_cache_that_another_build_uses_is_read_all_the_same(site: Site) -> None:
    site.build({"a.md": record(topics="[AI]")})
    site.write({"a.md": record(title="Changed", topics="[AI]")})
    with sqlite3.connect(site.state) as other:
        other.execute("BEGIN IMMEDIATE")
        plan = feedloom.build(site.config(), dry_run=True).plan
    assert isinstance(plan, DryRun)
    assert {one.why for one in plan.write if one.feed} == {"1 record changed"}


def test_a_cache_that_a_killed_build_left_unfinished_is_not_touched(site: Site) -> None:
    """Only who may write can roll the journal back."""
    site.build({"a.md": record(topics="[AI]")})
    site.write({"a.md": record(title="Changed", topics="[AI]")})
    with sqlite3.connect(site.state) as killed:
        killed.execute("PRAGMA cache_size = 1")
        killed.executemany("REPLACE INTO records VALUES (?, ?)", ((number, b"x" * 9999) for number in range(100)))
        left = {path: path.read_bytes() for path in site.state.parent.glob("state.sqlite*")}
        killed.rollback()
    killed.close()
    assert len(left) == 2
    for path, data in left.items():
        path.write_bytes(data)
    said = feedloom.build(site.config(), now=NOW, dry_run=True)
    assert {path: path.read_bytes() for path in site.state.parent.glob("state.sqlite*")} == left
    assert said.files.written == site.build(force=False).files.written > 0


@pytest.mark.parametrize("damage", ["cut", "flipped"])
def test_a_damaged_cache_changes_nothing(site: Site, damage: str) -> None:
    site.build({"a.md": record(topics="[AI]")})
    whole = site.state.read_bytes()
    if damage == "cut":
        spoilt = whole[: len(whole) // 2]
    else:
        spoilt = whole[:100] + bytes(byte ^ 1 for byte in whole[100:])
    site.state.write_bytes(spoilt)
    site.write({"a.md": record(title="Changed", topics="[AI]")})
    said = feedloom.build(site.config(), now=NOW, dry_run=True)
    assert site.state.read_bytes() == spoilt
    done = site.build(force=False)
    assert said.files == done.files


@pytest.mark.parametrize("jobs", [1, 2])
def test_check_and_explain_use_no_database(site: Site, monkeypatch: pytest.MonkeyPatch, jobs: int) -> None:
    site.write({f"{number}.md": record(webUrl=f"https://e.example/{number}", topics="[AI]") for number in range(9)})

    def refuse(*given: Any, **more: Any) -> Any:
        raise AssertionError

    monkeypatch.setattr(sqlite3, "connect", refuse)
    monkeypatch.setattr("feedloom.pipeline.ingest._FILES_A_TASK", 2)
    assert len(check.check(site.config(jobs=jobs), now=NOW).articles) == 9
    found = check.explain(site.config(jobs=jobs), str(site.records / "3.md"), now=NOW)
    assert (found.title, [place.feed for place in found.feeds]) == ("A title", ["all", "topics/ai"])
    assert os.listdir(site.records.parent) == ["records"]


def test_why_a_custom_feed_without_changed_records_is_written(site: Site) -> None:
    """The newest record moves the window of time."""
    feeds = [{"name": "Lately", "where": {"since": "1 day", "topics": ["AI"]}}]
    site.build({"a.md": record(topics="[AI]"), "b.md": record(webUrl="https://e.example/b")}, feeds=feeds)
    site.write({"c.md": record(webUrl="https://e.example/c", publishedDateTime="2022-01-01T00:00:00Z")})
    plan = feedloom.build(site.config(feeds=feeds), now=NOW, dry_run=True).plan
    assert isinstance(plan, DryRun)
    (why,) = {one.why for one in plan.write if one.feed == "custom/lately"}
    assert "conditions select" in why


def test_a_record_with_new_notes_only_is_not_counted(site: Site) -> None:
    site.build({"a.md": record(), "b.md": record(webUrl="https://e.example/b")})
    site.write({"a.md": f"{record()}Notes.\n", "b.md": record(webUrl="https://e.example/b", title="Changed")})
    plan = feedloom.build(site.config(), now=NOW, dry_run=True).plan
    assert plan and {(one.new, one.changed, one.removed) for one in plan.write if one.feed} == {(0, 1, 0)}
