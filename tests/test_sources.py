"""Record files that change while they are read: one whole version of each, or a problem that tells."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from feedloom.model import Source
from feedloom.problems import Mistake
from feedloom.records import scan
from feedloom.report import Records
from tests.conftest import Site, record

SIZE = 400_000
WRITER = f"""
import os, sys, time
file = os.open(sys.argv[1], os.O_RDWR)
print("writes", flush=True)
while True:
    for letter in b"ab":
        for at in range(0, {SIZE}, 4000):
            os.pwrite(file, bytes([letter]) * 4000, at)
        time.sleep(float(sys.argv[2]))
"""


def scan_folder(folder: Path) -> Source:
    (source,) = [source for bucket in scan.scan_folder(str(folder)).buckets for source in bucket]
    return source


@pytest.fixture
def busy(tmp_path: Path) -> Iterator[Callable[[float], Source]]:
    """A file that another program writes into, again and again, with a pause of some seconds."""
    path = tmp_path / "a.md"
    path.write_bytes(b"a" * SIZE)
    source = scan_folder(tmp_path)
    writers = []

    def begin(pause: float) -> Source:
        writer = subprocess.Popen([sys.executable, "-c", WRITER, str(path), str(pause)], stdout=subprocess.PIPE)
        writers.append(writer)
        assert writer.stdout
        writer.stdout.readline()
        return source

    yield begin
    for writer in writers:
        writer.kill()
        writer.communicate()


def test_a_file_that_is_written_into_is_read_as_one_version(tmp_path: Path, busy: Callable[[float], Source]) -> None:
    source = busy(0.05)
    changes, last = 0, b""
    while changes < 20:
        data = scan.content(str(tmp_path), source, SIZE)
        assert data in (b"a" * SIZE, b"b" * SIZE)
        changes += data != last
        last = data


def test_a_file_that_is_written_all_the_time_is_told(tmp_path: Path, busy: Callable[[float], Source]) -> None:
    source = busy(0)
    with pytest.raises(Mistake, match="is being written"):
        until = time.monotonic() + 60
        while time.monotonic() < until:  # on a busy machine the writer is held up at times
            scan.content(str(tmp_path), source, SIZE)


def _listed_long_ago(path: Path, data: bytes) -> Source:
    path.write_bytes(data)
    os.utime(path, (10**9, 10**9))
    return scan_folder(path.parent)


def test_a_file_that_is_written_while_it_is_read_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = _listed_long_ago(tmp_path / "a.md", b"old")
    real = os.pread
    writes = [b"new"]

    def then_written(*given: int) -> bytes:
        data = real(*given)
        while writes:
            _listed_long_ago(tmp_path / "a.md", writes.pop())  # with the same size and time
        return data

    monkeypatch.setattr(os, "pread", then_written)
    assert scan.content(str(tmp_path), source, 10) == b"new"


def test_a_file_is_not_read_within_the_tick_in_which_it_was_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = _listed_long_ago(tmp_path / "a.md", b"a")
    assert scan.content(str(tmp_path), source, 10) == b"a"
    monkeypatch.setattr("time.time_ns", lambda: source.mtime + 1)
    with pytest.raises(Mistake, match="is being written"):
        scan.content(str(tmp_path), source, 10)


def test_a_file_from_the_future_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_bytes(b"a")
    os.utime(tmp_path / "a.md", (2**32, 2**32))
    assert scan.content(str(tmp_path), scan_folder(tmp_path), 10) == b"a"


@pytest.mark.parametrize("data", [b"", b"a" * 5, b"a" * 50, b"a" * 500])
def test_a_file_that_shrinks_or_grows_after_it_was_listed(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.md").write_bytes(b"b" * 50)
    source = scan_folder(tmp_path)
    (tmp_path / "a.md").write_bytes(data)
    assert scan.content(str(tmp_path), source, 100) == data[:101]


def _gone(path: Path) -> None:
    path.unlink()


def _fifo(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _link_out(path: Path) -> None:
    path.replace(path.parent.parent / "secret.md")
    path.symlink_to("../secret.md")


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize(
    ("change", "code", "then"),
    [
        (_gone, "file-unreadable", []),
        (_fifo, "file-not-regular", ["file-not-regular"]),
        (_link_out, "link-outside", ["link-outside"]),
        (_folder, "file-not-regular", ["folder-like-record"]),
    ],
)
def test_what_takes_a_files_place_after_it_was_listed(
    site: Site, monkeypatch: pytest.MonkeyPatch, change: Callable[[Path], None], code: str, then: list[str]
) -> None:
    """The next build sees what is there then."""
    real = scan.scan_folder

    def then_changed(root: str, *given: Any, **options: Any) -> scan.Scan:
        scanned = real(root, *given, **options)
        change(site.records / "a.md")
        return scanned

    monkeypatch.setattr(scan, "scan_folder", then_changed)
    report = site.build({"a.md": record(title="Secret"), "b.md": record(webUrl="https://e.example/b")})
    (problem,) = report.problems
    assert problem.code == code
    assert (report.records.published, report.records.rejected) == (1, 1)
    assert b"Secret" not in site.files()["all.atom"]
    monkeypatch.undo()
    os.utime(site.records, (time.time(), time.time()))
    assert [problem.code for problem in site.build().problems] == then


def test_a_link_inside_the_folder_is_followed(site: Site) -> None:
    (site.records / "inside").mkdir()
    (site.records / "inside" / ".real").write_text(record(title="Linked"))
    (site.records / "a.md").symlink_to("inside/.real")
    assert site.build().records.published == 1


def test_a_link_through_more_others_than_the_system_follows(site: Site) -> None:
    """Each of them would be a call inside a call."""
    for n in range(1, 1200):
        (site.records / f"{n}.md").symlink_to(f"{n - 1}.md")
    report = site.build({"0.md": record()})
    assert report.records.read == 1200
    assert report.records.published == 1  # those of 1 to 40 are the same article
    assert report.records.rejected >= 1150
    assert {problem.code for problem in report.problems if problem.level == "rejected"} == {"link-broken"}


def test_a_folder_that_cannot_be_listed_is_told_under_quiet_too(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its records leave the feeds: too few for the guard, perhaps, and a warning would not be printed."""
    site.build(
        {"a.md": record(), "b.md": record(webUrl="https://e.example/b"), "in/c.md": record(webUrl="https://e.example/c")}
    )
    real = os.scandir

    def refused(folder: bytes) -> Any:
        if os.fsencode(folder).endswith(b"/in"):
            raise PermissionError(13, "Permission denied")
        return real(folder)

    monkeypatch.setattr(os, "scandir", refused)
    for _ in range(2):
        report = site.build(force=False)
        (problem,) = report.problems
        assert str(problem).startswith(f"{site.records}/in/: cannot be listed (Permission denied)")
        assert problem.level == "rejected"
        assert report.records == Records(3, 2, 0, 0, 1, 0)
