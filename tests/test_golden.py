"""The worked example: feeds/ is what feedloom makes of seeds/, byte for byte. `make feeds` renews it."""

from pathlib import Path

import pytest

import feedloom
from tests.conftest import published

ROOT = Path(__file__).parent.parent


def test_feeds_are_what_the_seeds_give(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    report = feedloom.build(feedloom.load_config("feedloom.yaml", output=str(tmp_path)))
    assert report.problems == []
    assert published(tmp_path) == published(ROOT / "feeds")


def test_the_seeds_show_the_scheduled_and_the_unpublished(tmp_path: Path) -> None:
    report = feedloom.build(feedloom.load_config(records=str(ROOT / "seeds"), output=str(tmp_path)))
    assert (report.records.scheduled, report.records.unpublished) == (1, 1)
