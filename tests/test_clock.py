"""Promise 4: a clock that is wrong withdraws no article and publishes none before its time."""

import contextlib
import random
import sqlite3
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import feedloom
from feedloom.errors import GuardError
from feedloom.records import scan
from tests.conftest import NOW, Site, published, record


def at(day: float) -> datetime:
    return NOW + timedelta(days=day)


def dated(day: float, **fields: str) -> str:
    written = at(day).isoformat().replace("+00:00", "Z")
    return record(publishedDateTime=written, webUrl=f"https://e.example/{day}", title=f"Day {day}", **fields)


@pytest.fixture
def dating(site: Site, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A site of eight records, four of them published in the last days, built."""
    monkeypatch.setattr(scan, "is_settled", lambda source, now: True)
    site.write({f"{day}.md": dated(day) for day in (-40, -39, -38, -37, -10, -5, -2, -1)})
    build(site, 0)
    return site


def build(site: Site, day: float, *, force: bool = False, fresh: bool = False, **settings: Any) -> feedloom.Report:
    return feedloom.build(site.config(**settings), now=at(day), force=force, fresh=fresh)


def stopped(site: Site, day: float, message: str, **how: bool) -> None:
    """Each time again, and nothing is written."""
    before = site.files()
    for _ in range(2):
        with pytest.raises(GuardError, match=message) as raised:
            build(site, day, **how)
        assert str(raised.value).startswith(
            f"{site.output}: stopped, nothing written: the clock says {at(day):%Y-%m-%dT%H:%M:%S}Z"
        )
        assert str(raised.value).endswith(" clock, or run once with --force.")
        assert site.files() == before


BACK = r"but records dated up to 2025-12-31T00:00:00Z are published already\. Set the clock, or"


def test_twelve_days_back_stop(dating: Site) -> None:
    stopped(dating, -12, BACK)
    stopped(dating, -1.00001, BACK)
    assert build(dating, -1).files.written == 0
    assert build(dating, 0).files.written == 0


@pytest.mark.parametrize("change", ["record", "settings", "rules", "--no-cache"])
def test_they_stop_whatever_else_changed(dating: Site, change: str) -> None:
    if change == "record":
        dating.write({"new.md": record()})
    settings: dict[str, Any] = {"settings": {"site__title": "Another"}, "rules": {"site__timezone": "+01:00"}}.get(change, {})
    for _ in range(2):
        with pytest.raises(GuardError, match=BACK):
            build(dating, -12, fresh=change == "--no-cache", **settings)
    assert build(dating, 0, **settings).records.published >= 8


def test_a_moment_that_was_due_once_is_remembered_without_its_record(dating: Site) -> None:
    """Where nothing that is published would be withdrawn, too."""
    for day in (-1, -2, -5):
        (dating.records / f"{day}.md").unlink()
    build(dating, 0)
    stopped(dating, -3, BACK)


def test_an_update_is_a_moment_that_was_due(dating: Site) -> None:
    build(dating, 0)
    dating.write({"-40.md": dated(-40, updatedDateTime="2025-12-31T12:00:00Z")})
    build(dating, 0)
    stopped(dating, -0.9, "records dated up to 2025-12-31T12:00:00Z")


def test_without_a_cache_the_catalog_tells_what_was_due(dating: Site) -> None:
    dating.state.unlink()
    stopped(dating, -12, BACK)
    assert build(dating, -1).files.written == 0


def test_dates_of_retired_feeds_are_none_that_was_due(dating: Site) -> None:
    """A forced build withdrew their records: others must not stop for ever."""
    dating.write({"-1.md": dated(-1, topics="[Leaving]")})
    build(dating, 0)
    build(dating, -12, force=True)
    assert '"updated":"2025-12-31T00:00:00Z"' in dating.text("catalog.json")
    dating.state.unlink()
    assert build(dating, -12).files.written == 0


@pytest.mark.parametrize("change", [None, "settings", "--no-cache"])
def test_a_year_ahead_publishes_nothing_that_was_scheduled(dating: Site, change: str | None) -> None:
    dating.write({"embargo.md": dated(90)})
    assert build(dating, 0).records.scheduled == 1
    settings: dict[str, Any] = {"site__title": "Another"} if change == "settings" else {}
    with pytest.raises(GuardError, match=r"2027-01-01T00:00:00Z, 365 days after the last build, and scheduled records would"):
        build(dating, 365, fresh=change == "--no-cache", **settings)
    if not change:
        stopped(dating, 365, r"scheduled records would be published \(limit 30 days, guard\.max_clock_jump\)\. Check the clock")
    assert build(dating, 1, **settings).records.scheduled == 1
    assert build(dating, 365, force=True, **settings).records.published == 9


def test_a_scheduled_record_is_published_in_time(dating: Site) -> None:
    dating.write({"embargo.md": dated(90)})
    for day in (0, 29, 58, 87):
        assert build(dating, day).records.scheduled == 1
    assert build(dating, 90).records.scheduled == 0


def test_an_update_that_is_scheduled_counts(dating: Site) -> None:
    dating.write({"-40.md": dated(-40, updatedDateTime="2026-02-20T00:00:00Z")})
    build(dating, 0)
    stopped(dating, 60, "60 days after the last build")


@pytest.mark.parametrize("day", [31, 365])
def test_ahead_with_nothing_scheduled(dating: Site, day: int) -> None:
    assert build(dating, day).files.written == 0
    assert build(dating, 0).files.written == 0
    dating.write({"new.md": dated(day - 1)})
    assert build(dating, day).records.published == 9  # it came later: by a clock that may well be right


def test_ahead_with_something_scheduled_for_later_or_taken_back(dating: Site) -> None:
    dating.write({"embargo.md": dated(90)})
    build(dating, 0)
    assert build(dating, 60).records.scheduled == 1
    (dating.records / "embargo.md").unlink()
    assert build(dating, 120).records.published == 8


def test_how_far_is_a_setting(dating: Site) -> None:
    """Who builds once a month, and schedules articles, raises it."""
    dating.write({"embargo.md": dated(20)})
    build(dating, 0)
    stopped(dating, 31, "31 days after")
    with pytest.raises(GuardError, match="limit 1 day,"):
        build(dating, 25, guard__max_clock_jump="1 day")
    assert build(dating, 31, guard__max_clock_jump="2 months").records.scheduled == 0


def test_a_lost_cache_makes_no_second_check(dating: Site) -> None:
    dating.write({"embargo.md": dated(90)})
    build(dating, 0)
    dating.state.unlink()
    assert build(dating, 365).records.published == 9


def test_a_forced_build_begins_anew(dating: Site) -> None:
    """Forwards and back: the clock that it saw is the right one from then on."""
    assert build(dating, -12, force=True).records.published == 4
    assert build(dating, -12).files.written == 0
    assert build(dating, 0).records.published == 8
    dating.write({"embargo.md": dated(90)})
    build(dating, 0)
    assert build(dating, 365, force=True).records.published == 9
    stopped(dating, 1, "dated up to 2026-04-01")
    assert build(dating, 1, force=True).records.published == 8
    assert build(dating, 1).files.written == 0


def test_a_forced_build_begins_anew_where_nothing_changed(dating: Site) -> None:
    (dating.records / "-1.md").unlink()
    build(dating, 0)
    stopped(dating, -1.5, BACK)
    assert build(dating, -1.5, force=True).files.written == 0
    assert build(dating, -1.5).files.written == 0


def test_an_unchanged_build_writes_once_a_day(dating: Site) -> None:
    def kept() -> tuple[bytes, int]:
        return dating.state.read_bytes(), dating.state.stat().st_mtime_ns

    last, writes = kept(), []
    for hour in range(1, 100):
        assert build(dating, hour / 24).files.written == 0
        if kept() != last:
            writes.append(hour)
            last = kept()
    assert writes == [24, 48, 72, 96]
    published = {path: path.stat().st_mtime_ns for path in dating.output.rglob("*")}
    build(dating, 6)
    assert {path: path.stat().st_mtime_ns for path in dating.output.rglob("*")} == published


def test_the_day_of_an_unchanged_build_counts(dating: Site) -> None:
    dating.write({"embargo.md": dated(90)})
    for day in range(0, 80, 20):
        assert build(dating, day).records.scheduled == 1
    assert build(dating, 90).records.published == 9


@pytest.mark.parametrize("lost", [True, False])
def test_a_damaged_history_is_none(dating: Site, lost: bool) -> None:
    """It is asked for nothing but what it holds, whatever is in its place."""
    damage = "DELETE FROM parts" if lost else "UPDATE parts SET value = zeroblob(99)"
    with sqlite3.connect(dating.state) as connection:
        assert connection.execute(f"{damage} WHERE name LIKE 'lasting%'").rowcount == 1
    dating.write({"new.md": record()})
    stopped(dating, -12, BACK)
    assert build(dating, 0).records.published == 9


def test_no_time_of_a_build_is_in_the_output(dating: Site, tmp_path: Path) -> None:
    other = dating.config(output=str(tmp_path / "other"), state=str(tmp_path / "other.sqlite"))
    feedloom.build(other, now=at(3.7))
    assert dating.files() == published(Path(other.output))


def test_any_clock_moves_back_to_the_right_one(dating: Site) -> None:
    """Whatever clocks builds saw without being forced: where they published nothing early, the right one is not refused."""
    chance = random.Random(5)
    dating.write({"embargo.md": dated(90)})
    for step in range(200):
        with contextlib.suppress(GuardError):
            build(dating, chance.choice([-12, -1, 0, 1, 30, 60, 365]))
        assert build(dating, step / 24).records.scheduled == 1
