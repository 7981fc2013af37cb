"""Promise 3, when the machine loses power: what a folder names is on the disk, whole, before anything builds on it.

A disk may keep any part of what was not flushed. So the calls of builds are written down in their order, and none may come
before the one that makes it safe. `tests/crash` kills builds for real.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from feedloom import render
from feedloom.config.settings import Config
from feedloom.render import catalog, directory, html, opml
from feedloom.site import manifest, publish, syncfs
from tests.conftest import Site, record

LISTS = {html.SEARCH, catalog.PATH, *opml.paths(), Config().index, render.NO_JEKYLL}


class Disk:
    """What was written to files and changed in folders, and not flushed yet."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.unflushed: set[int] = set()
        self.changed: set[str] = set()
        self.replaced: list[str] = []
        self.output = ""
        self.styled: set[str] = set()
        calls: dict[str, Callable[..., None]] = {
            "write": self._write,
            "fsync": self._fsync,
            "replace": self._replace,
            "mkdir": self._mkdir,
            "unlink": self._unlink,
            "fchmod": self._fchmod,
        }
        for name, noted in calls.items():
            self._note(name, noted, monkeypatch)
        self.flushes = 0

        def flushed(_: int) -> None:
            self.flushes += 1
            self.unflushed.clear()

        monkeypatch.setattr(syncfs, "flush", flushed)

    @staticmethod
    def _note(name: str, noted: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
        real = getattr(os, name)

        def call(*values: Any) -> Any:
            if name == "replace":
                noted(*values)
                return real(*values)
            result = real(*values)
            noted(*values)
            return result

        monkeypatch.setattr(os, name, call)

    def _write(self, descriptor: int, _: bytes) -> None:
        self.unflushed.add(os.fstat(descriptor).st_ino)

    def _fchmod(self, descriptor: int, _: int) -> None:
        self.unflushed.add(os.fstat(descriptor).st_ino)  # or the file would come back closed

    def _fsync(self, descriptor: int) -> None:
        self.unflushed.discard(os.fstat(descriptor).st_ino)
        folder = os.path.realpath(f"/proc/self/fd/{descriptor}")
        self.changed.discard(folder)
        self.styled.discard(folder)

    def _mkdir(self, folder: str, *_: object) -> None:
        self.changed.add(os.path.dirname(os.path.abspath(folder)))

    def _unlink(self, place: str) -> None:
        # The sign that a build is not through may come back: the next one then looks for nothing.
        if not os.path.basename(place).endswith((".sqlite", "-journal", "unfinished")):
            self.changed.add(os.path.dirname(os.path.abspath(place)))

    def _replace(self, beside: str, place: str) -> None:
        assert os.stat(beside).st_ino not in self.unflushed, f"{place} takes its place before it is on the disk"
        folder, name = os.path.split(os.path.abspath(place))
        if name == "manifest":
            self.output = os.path.dirname(folder)
        else:
            assert f"{self.output}/.feedloom" not in self.changed, f"{place} takes its place before the manifest names it"
            with open(f"{self.output}/.feedloom/manifest", "rb") as file:
                assert os.path.relpath(place, self.output) in manifest.decode(file.read()).paths
        if name in LISTS:
            others = self.changed - ({folder} if LISTS.issuperset(self.replaced[-1:]) else set())
            assert not others, f"{place} could name feeds that are not on the disk yet, in {others}"
        if name.startswith("feedloom") and name not in LISTS:
            self.styled.add(folder)
        else:
            assert not self.styled, f"{place} could be seen without its style"
        if f"{os.sep}archive{os.sep}" not in place:
            archives = {one for one in self.changed if f"{os.sep}archive" in one}
            assert not archives, f"{place} could lead to documents that are not on the disk yet, in {archives}"
        self.changed.add(folder)
        self.replaced.append(name)


@pytest.fixture(params=["a flush a file", "one flush"])
def disk(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Disk]:
    """Both ways to flush. Folders are told by Linux's /proc."""
    if not os.path.exists("/proc/self/fd"):
        pytest.skip("no /proc")
    is_at_once = request.param == "one flush"
    if is_at_once:
        monkeypatch.setattr(publish, "_MANY", 1)
        monkeypatch.setattr(syncfs, "can_flush", lambda _: True)
    disk = Disk(monkeypatch)
    yield disk
    assert (disk.flushes > 0) == is_at_once


def test_nothing_takes_its_place_before_what_it_stands_on(site: Site, tmp_path: Path, disk: Disk) -> None:
    output = str(tmp_path / "new" / "out")
    for records in (
        {f"{n}.md": record(webUrl=f"https://e.example/{n}", topics="[a, b]", provider="{name: P}") for n in range(5)},
        {"0.md": record(title="Other", webUrl="https://e.example/0", topics="[a, c]")},
    ):
        disk.replaced.clear()
        site.build(records, output=output)
        assert {"all.atom", "a.rss", "c.json" if len(records) == 1 else "p.json", "catalog.json"} <= set(disk.replaced)
        assert not disk.changed, "what the build did may not endure"
        assert not disk.unflushed


def test_the_lists_of_many_feeds_endure(site: Site, disk: Disk, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are in the folders of their feeds, and the front page names them."""
    monkeypatch.setattr(directory, "_ON_FRONT_PAGE", 1)
    site.build({"a.md": record(topics="[a, b]")})
    assert disk.replaced[-3:-1] == ["feedloom-search.js", "index.html"]
    assert disk.replaced.count("index.html") == 2
    assert not disk.changed, "what the build did may not endure"


def test_no_feed_leads_to_a_document_that_is_not_there(site: Site, disk: Disk) -> None:
    """Archives are on the disk before the feeds that lead to them; what is taken back is gone for good."""
    records = {f"{n}.md": record(webUrl=f"https://e.example/{n}", topics="[a]") for n in range(5)}
    site.build(records, archive=True, limit=2)
    older = {path.name for path in (site.output / "archive" / "all").iterdir()}
    assert len(older) == 4
    assert max(map(disk.replaced.index, older)) < disk.replaced.index("all.atom")
    report = site.build({name: record(published="false") for name in list(records)[1:]}, archive=True, limit=2)
    assert report.files.removed == 8
    assert not disk.changed, "what was taken back may come back"
