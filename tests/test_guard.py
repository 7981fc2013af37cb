"""Promise 5: a build that would suddenly lose most of the site stops, keeps what is published, and says so."""

import shutil

import pytest

import feedloom
from feedloom.config import Guard
from feedloom.errors import GuardError
from feedloom.guard import objection
from feedloom.report import Records
from tests.conftest import Site, record


def records(**counts: int) -> Records:
    whole = {name: counts.get(name, 0) for name in Records.__struct_fields__}
    return Records(**{**whole, "read": sum(counts.values())})


@pytest.mark.parametrize(
    ("before", "counts", "why"),
    [
        (0, records(), None),
        (0, records(published=1), None),
        (10, records(published=5), None),
        (10, records(published=4), "4 records would be published, where 10 are now (guard.max_loss is 0.5): are files gone"),
        (10, records(published=4, unpublished=3, scheduled=1), "of 8 that were read 3 unpublished, 1 scheduled"),
        (1, records(), "there is no record any more, and 1 are published: is a disk not mounted"),
        (10, records(unpublished=10), "0 records would be published, where 10 are now"),
        (0, records(published=5, rejected=5), None),
        (0, records(published=5, rejected=6), "6 of 11 records are rejected (guard.max_rejected is 0.5)"),
        (10, records(published=10, rejected=11), "11 of 21 records are rejected"),
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
    with pytest.raises(GuardError, match="no record any more"):
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
        with pytest.raises(GuardError, match=r"1 records? would be published, where 4 are now"):
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
