"""A site in a temporary folder: records as text in, published files as bytes out."""

import itertools
import os
import signal
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

import feedloom
from tests import buckets, engines, programs

# Deadlines measure the machine. The examples are the same in every run of CI, so that a red run can be repeated.
settings.register_profile("feedloom", deadline=None, derandomize=True)
settings.load_profile("feedloom")

if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:  # as shells leave it to what runs in the background
    signal.signal(signal.SIGINT, signal.default_int_handler)

NOW = datetime(2026, 1, 1, tzinfo=UTC)

_KEPT = {"CI", "ENGINE", "GOLDEN", "HOME", "PATH", "TMPDIR"}
"""The variables that tests see: where programs and folders are, and how the tests are run."""


def pytest_configure() -> None:
    """Forget all other variables, so that no test, and no program that it starts, depends on the machine's.

    PYTHONUNBUFFERED once hid that standard output was never flushed.
    """
    for name in os.environ:
        if name not in _KEPT and not name.startswith("PYTEST_"):
            del os.environ[name]


def pytest_runtest_setup(item: pytest.Item) -> None:
    for mark in item.iter_markers("needs"):
        programs.need(*mark.args)


@pytest.fixture(scope="session")
def moto() -> Iterator[buckets.Server]:
    """A server that answers as S3 does."""
    with buckets.moto() as server:
        yield server


@pytest.fixture
def s3(moto: buckets.Server, monkeypatch: pytest.MonkeyPatch) -> str:
    """The URL of a new bucket, which the environment says how to reach."""
    for name, value in moto.environment.items():
        monkeypatch.setenv(name, value)
    return moto.make(f"bucket-{next(_NUMBERS)}")


_NUMBERS = itertools.count()


class Site:
    """A records folder and its output folder; `build` brings the one to the other."""

    def __init__(self, folder: Path) -> None:
        self.records = folder / "records"
        self.output = folder / "out"
        self.state = folder / "state.sqlite"
        self.records.mkdir()

    def write(self, records: Mapping[str, str | bytes]) -> None:
        for name, text in records.items():
            path = self.records / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text if isinstance(text, bytes) else text.encode())

    def config(self, **settings: Any) -> feedloom.Config:
        given = {"site__url": "https://feeds.example.org/", "site__title": "Site"}
        places = {"records": str(self.records), "output": str(self.output), "state": str(self.state)}
        return feedloom.load_config(**{**given, **places, **settings})

    def build(
        self,
        records: Mapping[str, str | bytes] | None = None,
        *,
        force: bool = True,
        replace: bool = False,
        fresh: bool = False,
        **settings: Any,
    ) -> feedloom.Report:
        """Forced: the guard has tests of its own, and would stop those in which the only record is a bad one."""
        self.write(records or {})
        config = self.config(**settings)
        if os.environ.get("ENGINE") == "only":  # all these tests with builds in steps
            return engines.built(config, NOW, force=force, replace=replace, fresh=fresh)
        report = feedloom.build(config, now=NOW, force=force, replace=replace, fresh=fresh)
        if os.environ.get("ENGINE"):  # every build of these tests is also one in steps, in another folder
            engines.compare(config, report, NOW, force=force, replace=replace, fresh=fresh)
        return report

    def files(self) -> dict[str, bytes]:
        return published(self.output)

    def text(self, path: str) -> str:
        return (self.output / path).read_text()


@pytest.fixture(scope="session", autouse=True)
def _home(tmp_path_factory: pytest.TempPathFactory) -> None:
    """An empty one: no test reads or writes in the home folder of whoever runs it."""
    os.environ["HOME"] = str(tmp_path_factory.mktemp("home"))


def stamp(path: Path) -> tuple[int, ...]:
    """What tells whether a file or folder was written: not the time of the last look, which looking changes."""
    found = path.stat()
    return found.st_ino, found.st_mode, found.st_nlink, found.st_size, found.st_mtime_ns


def published(folder: Path) -> dict[str, bytes]:
    """The files in an output folder that a web server may serve: not what feedloom keeps there for itself."""
    files = {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file()}
    return {path: file.read_bytes() for path, file in files.items() if not path.startswith(".feedloom/")}


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees this repository's feedloom.yaml."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def record(**fields: str) -> str:
    """A record's text: a good one, in which each keyword sets a line; an empty value takes the line out."""
    lines = {
        "title": "A title",
        "publishedDateTime": "2021-05-21T18:09:00Z",
        "webUrl": "https://example.com/article",
        **fields,
    }
    return "---\n" + "".join(f"{name}: {value}\n" for name, value in lines.items() if value) + "---\n"
