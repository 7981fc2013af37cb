"""A site in a temporary folder: records as text in, published files as bytes out."""

import os
import signal
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

import feedloom

# Deadlines measure the machine. The examples are the same in every run of CI, so that a red run can be repeated.
settings.register_profile("feedloom", deadline=None, derandomize=True)
settings.load_profile("feedloom")

if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:  # as shells leave it to what runs in the background
    signal.signal(signal.SIGINT, signal.default_int_handler)

NOW = datetime(2026, 1, 1, tzinfo=UTC)


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
        return feedloom.build(self.config(**settings), now=NOW, force=force, replace=replace, fresh=fresh)

    def files(self) -> dict[str, bytes]:
        return published(self.output)

    def text(self, path: str) -> str:
        return (self.output / path).read_text()


def published(folder: Path) -> dict[str, bytes]:
    """The files in an output folder that a web server may serve: not what feedloom keeps there for itself."""
    files = {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file()}
    return {path: file.read_bytes() for path, file in files.items() if not path.startswith(".feedloom/")}


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees this repository's feedloom.yaml, nor settings or a terminal's width in the environment, by chance."""
    monkeypatch.chdir(tmp_path)
    for name in os.environ:
        if name.startswith("FEEDLOOM_") or name in ("COLUMNS", "FORCE_COLOR", "NO_COLOR"):
            monkeypatch.delenv(name)


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
