"""Promise 5: a build that would lose most of the site, at once or by steps, stops, keeps what is published, and says so."""

import shutil
from datetime import timedelta
from typing import Any

import pytest

import feedloom
from feedloom.config.settings import Guard
from feedloom.errors import GuardError
from feedloom.model import Moment
from feedloom.pipeline.guard import History, after, objection
from feedloom.report import Records
from tests.conftest import NOW, Site, record


def records(**counts: int) -> Records:
    whole = {name: counts.get(name, 0) for name in Records.__struct_fields__}
    return Records(**{**whole, "read": sum(counts.values())})


@pytest.mark.parametrize(
    ("before", "counts", "why"),
    [
        (0, records(), None),
        (0, records(published=1), None),
        (10, records(published=5), None),
        (
            10,
            records(published=4),
            "4 records would be published, but earlier builds published up to 10 (limit 50% loss, guard.max_loss). Check",
        ),
        (10, records(published=4, unpublished=3, scheduled=1), "; of 8 read: 3 unpublished, 1 scheduled. Check"),
        (1, records(), "no records were found, but 1 was published. Is a disk not mounted"),
        (2, records(), "no records were found, but 2 were published."),
        (3, records(published=1), "1 record would be published, but"),
        (10, records(unpublished=10), "0 records would be published, but"),
        (0, records(published=5, rejected=5), None),
        (0, records(published=5, rejected=6), "6 of 11 records have errors (limit 50%, guard.max_rejected). Fix them"),
        (10, records(published=10, rejected=11), "11 of 21 records have errors"),
    ],
)
def test_objections(before: int, counts: Records, why: str | None) -> None:
    found = objection(counts, before, Guard())
    assert found == why or (why and found and why in found)


@pytest.mark.parametrize("share", [0.1, 0.29, 0.3, 0.57, 0.7, 0.9])
def test_exactly_the_share_may_go(share: float) -> None:
    guard = Guard(max_loss=share, max_rejected=share)
    gone = round(share * 100)
    assert objection(records(published=100 - gone, unpublished=gone), 100, guard) is None
    assert objection(records(published=99 - gone, unpublished=gone), 100, guard)
    assert objection(records(published=100 - gone, rejected=gone), 0, guard) is None
    assert objection(records(published=99 - gone, rejected=gone + 1), 0, guard)


def test_a_folder_that_is_suddenly_empty_stops_even_who_allows_any_loss(site: Site) -> None:
    site.build({"a.md": record()})
    (site.records / "a.md").unlink()
    with pytest.raises(GuardError, match="no records were found"):
        site.build(force=False, guard__max_loss=1)


@pytest.mark.parametrize("without", [None, "state", "output"])
def test_what_is_published_stands_until_it_is_forced(site: Site, without: str | None) -> None:
    """With the state or what is published alone, too."""
    site.build({f"{n}.md": record(title=f"T{n}", webUrl=f"https://e.example/{n}", topics=f"[t{n}]") for n in range(4)})
    before = site.files()
    for n in range(3):
        (site.records / f"{n}.md").unlink()
    if without == "state":
        site.state.unlink()
    elif without == "output":
        shutil.rmtree(site.output)
        before = {}
    for _ in range(2):
        with pytest.raises(GuardError, match="1 record would be published, but earlier builds published up to 4"):
            site.build(force=False)
        assert site.files() == before
    assert site.build(force=False, guard__max_loss=0.75).records.published == 1
    assert site.build(force=False).files.written == 0


def test_forced_once_it_goes_on(site: Site) -> None:
    site.build({f"{n}.md": record(webUrl=f"https://e.example/{n}") for n in range(4)})
    site.write({f"{n}.md": record(webUrl=f"https://e.example/{n}", published="false") for n in range(3)})
    with pytest.raises(GuardError) as stopped:
        site.build(force=False)
    assert stopped.value.report.records == Records(4, 1, 3, 0, 0, 0)
    site.build(force=True)
    assert site.build({"4.md": record(webUrl="https://e.example/4")}, force=False).records.published == 2


def test_it_has_no_part_in_what_is_rendered(site: Site) -> None:
    site.build({"a.md": record()})
    assert site.build(guard__max_loss=0.1).files.written == 0
    assert feedloom.GuardError is GuardError


class Shrinking:
    """A site that had `first` records; each build leaves so many of them."""

    def __init__(self, site: Site, first: int) -> None:
        self.site = site
        self.site.write({f"{n}.md": record(webUrl=f"https://e.example/{n}") for n in range(first)})

    def build(self, left: int, day: float, *, force: bool = False, fresh: bool = False, **settings: Any) -> int:
        for path in self.site.records.iterdir():
            if int(path.stem) >= left:
                path.unlink()
        config = self.site.config(**settings)
        return feedloom.build(config, now=NOW + timedelta(days=day), force=force, fresh=fresh).records.published


@pytest.fixture
def shrinking(site: Site) -> Shrinking:
    shrinking = Shrinking(site, 64)
    assert shrinking.build(64, 0) == 64
    return shrinking


def test_a_loss_in_small_steps_is_one_loss(shrinking: Shrinking) -> None:
    """Half of it may go; the half of the half may not, before thirty days are over."""
    assert shrinking.build(32, 1) == 32
    for day in (1, 2, 29, 30):
        with pytest.raises(
            GuardError, match=r"16 records would be published, but earlier builds published up to 64 \(limit 50% loss"
        ):
            shrinking.build(16, day)
    assert shrinking.build(16, 31) == 16
    assert shrinking.build(16, 31.5) == 16  # nothing changed
    with pytest.raises(GuardError, match="15 records would be published, but earlier builds published up to 32"):
        shrinking.build(15, 31)
    with pytest.raises(GuardError, match="7 records would be published, but earlier builds published up to 16"):
        shrinking.build(7, 999)  # what is published now always counts


def test_days_on_which_nothing_changed_count(shrinking: Shrinking) -> None:
    for day in range(1, 20):
        assert shrinking.build(64, day) == 64
    assert shrinking.build(32, 20) == 32
    with pytest.raises(GuardError):
        shrinking.build(16, 49)
    assert shrinking.build(16, 50) == 16


@pytest.mark.parametrize("settings", [{"site__title": "Another"}, {"site__timezone": "+09:00"}, {"topics": {"AI": {}}}])
def test_steps_are_seen_through_other_settings(shrinking: Shrinking, settings: dict[str, Any]) -> None:
    """Also through those that make all records be read afresh, and through --no-cache."""
    assert shrinking.build(32, 1, **settings) == 32
    for fresh in (True, False):
        with pytest.raises(GuardError, match="up to 64"):
            shrinking.build(16, 2, fresh=fresh)


def test_steps_are_seen_by_another_version(shrinking: Shrinking, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("feedloom.pipeline.cache.code", lambda: b"another")
    assert shrinking.build(32, 1) == 32
    with pytest.raises(GuardError, match="up to 64"):
        shrinking.build(16, 2)


def test_a_forced_build_sets_the_mark(shrinking: Shrinking) -> None:
    assert shrinking.build(8, 1, force=True) == 8
    assert shrinking.build(4, 2) == 4
    with pytest.raises(GuardError, match="up to 8"):
        shrinking.build(2, 3)


def test_a_forced_build_in_which_nothing_changed_sets_it_too(shrinking: Shrinking) -> None:
    assert shrinking.build(32, 1) == 32
    assert shrinking.build(32, 1, force=True) == 32
    assert shrinking.build(16, 1) == 16


def test_without_a_cache_what_is_published_is_the_measure(shrinking: Shrinking) -> None:
    assert shrinking.build(32, 1) == 32
    shrinking.site.state.unlink()
    assert shrinking.build(16, 2) == 16
    with pytest.raises(GuardError, match="up to 32"):
        shrinking.build(15, 3)


def test_sites_that_share_a_state_have_marks_of_their_own(shrinking: Shrinking) -> None:
    other = str(shrinking.site.output.parent / "other")
    assert shrinking.build(32, 1) == 32
    small = shrinking.site.output.parent / "small"
    small.mkdir()
    (small / "a.md").write_text(record())
    for _ in range(2):
        shared = shrinking.site.config(records=str(small), output=other)
        assert feedloom.build(shared, now=NOW).records.published == 1
        with pytest.raises(GuardError, match="up to 64"):
            shrinking.build(16, 2)


def test_marks_are_one_number_a_day() -> None:
    history = History()
    for hour in range(10_000):
        history = after(history, Moment((20_000 * 24 + hour) * 3600 * 10**6), None, None, 20_000 - hour, force=False)
    assert len(history.marks) == 31
    assert history.most(Moment((20_000 * 24 + 9_999) * 3600 * 10**6)) == max(history.marks.values())
    back = after(history, Moment(20_000 * 24 * 3600 * 10**6), None, None, 5, force=False)  # the clock was wrong
    assert len(back.marks) == 1
