"""Promise 1 and 2: the same bytes everywhere and every time, and nothing is written where nothing changed."""

import os
import random
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

import feedloom
from tests.conftest import Site, published, record, stamp

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize(
    "environment",
    [
        {"TZ": "Pacific/Kiritimati", "PYTHONHASHSEED": "1"},
        {"TZ": "America/St_Johns", "PYTHONHASHSEED": "2", "LC_ALL": "C"},
        {"LC_ALL": "C.UTF-8", "LANG": "de_DE.UTF-8", "PYTHONUTF8": "0", "PYTHONHASHSEED": "3"},
        {"LC_ALL": "POSIX", "PYTHONIOENCODING": "latin-1", "PYTHONOPTIMIZE": "2"},
    ],
    ids=lambda environment: " ".join(f"{name}={value}" for name, value in environment.items()),
)
def test_the_machine_does_not_show(tmp_path: Path, environment: dict[str, str]) -> None:
    """Another zone, locale, hash seed and folder, and files that were written in another order."""
    environment = {"PATH": os.environ["PATH"], **environment}
    if subprocess.run([sys.executable, "-c", ""], env=environment, capture_output=True).returncode:
        pytest.skip("Python itself cannot start: it reads the path of an editable install in this locale's encoding")
    records = tmp_path / "another folder" / "seeds"
    records.mkdir(parents=True)
    seeds = sorted((ROOT / "seeds").iterdir())
    random.Random(environment.get("PYTHONHASHSEED")).shuffle(seeds)
    for seed in seeds:
        shutil.copy(seed, records)
    shutil.copy(ROOT / "feedloom.yaml", records.parent)
    subprocess.run(
        [sys.executable, "-m", "feedloom", "build", "-q", "-c", str(records.parent / "feedloom.yaml")],
        cwd=tmp_path,
        env=environment,
        check=True,
    )
    assert published(records.parent / "feeds") == published(ROOT / "feeds")


def test_the_day_does_not_show(tmp_path: Path) -> None:
    config = feedloom.load_config(str(ROOT / "feedloom.yaml"), output=str(tmp_path))
    feedloom.build(config, now=datetime(2031, 7, 8, tzinfo=UTC))
    assert published(tmp_path) == published(ROOT / "feeds")


def test_building_twice_touches_no_file(site: Site) -> None:
    records = {f"{n}.md": record(title=f"Title {n}", webUrl=f"https://example.com/{n}", topics="[A, B]") for n in range(9)}
    first = site.build(records)

    def stamps() -> dict[Path, tuple[int, ...]]:
        return {path: stamp(path) for path in site.output.rglob("*")}

    before = stamps()
    second = site.build()
    assert stamps() == before
    assert (first.files.written, second.files.written) == (second.files.unchanged, 0)


def test_only_the_feeds_that_changed_are_written(site: Site) -> None:
    site.build(
        {
            "a.md": record(title="One", webUrl="https://example.com/a", topics="[A]", provider="{name: P}"),
            "b.md": record(title="Two", webUrl="https://example.com/b", topics="[B]", provider="{name: Q}"),
        }
    )
    before = {path: path.stat().st_mtime_ns for path in site.output.rglob("*") if path.is_file()}
    site.build({"a.md": record(title="Changed", webUrl="https://example.com/a", topics="[A]", provider="{name: P}")})
    written = {str(path.relative_to(site.output)) for path, mtime in before.items() if path.stat().st_mtime_ns != mtime}
    feeds = {"all", "topics/a", "providers/p"}
    assert {path.partition(".")[0] for path in written} == {*feeds, "index", "feedloom-search"}  # these show headlines


def test_a_record_is_due_when_its_moment_has_come(site: Site) -> None:
    site.write({"a.md": record(publishedDateTime="2030-01-01T00:00:00Z", topics="[Later]")})
    early = feedloom.build(site.config(), now=datetime(2029, 12, 31, 23, 59, 59, tzinfo=UTC))
    assert (early.records.scheduled, early.records.published) == (1, 0)
    assert "Later" not in str(site.files())
    due = feedloom.build(site.config(), now=datetime(2030, 1, 1, tzinfo=UTC))
    assert (due.records.scheduled, due.records.published) == (0, 1)
    assert (site.output / "topics/later.atom").exists()


def test_an_update_in_the_future_is_none_yet(site: Site) -> None:
    site.build({"a.md": record(updatedDateTime="2030-01-01T00:00:00Z")})
    assert "2030" not in site.text("all.atom")
    assert site.text("all.atom").count("<updated>2021-05-21T18:09:00Z</updated>") == 2
