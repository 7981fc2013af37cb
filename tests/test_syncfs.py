"""One flush for many files: only where it is as good as one for each, and nothing takes its place if it fails."""

import errno
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from feedloom.errors import PublishError
from feedloom.site import publish, syncfs
from tests.conftest import Site, record

MANY = {f"{n}.md": record(webUrl=f"https://e.example/{n}", topics=f"[t{n}]") for n in range(80)}

MOUNTS = b"""\
24 1 254:0 / / rw,noatime shared:1 - ext4 /dev/vda rw
31 24 0:36 / /srv/a\\040-\\040b rw - btrfs /dev/vdb rw
32 24 0:37 / /srv/nfs rw master:2 propagate_from:3 - nfs4 server:/x rw
33 24 8:1 / /srv/old rw - ext2 /dev/sda1 rw
"""


@pytest.fixture
def flushes(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Calls of syncfs, wherever the tests are run."""
    calls: list[int] = []
    monkeypatch.setattr(syncfs, "can_flush", lambda _: True)
    monkeypatch.setattr(syncfs, "flush", calls.append)
    yield calls


def test_many_files_are_flushed_at_once_and_few_one_by_one(
    site: Site, flushes: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", synced.append)
    site.build(MANY)
    assert len(flushes) == 1
    assert len(synced) < 40, "folders, the manifest and the lists"
    whole = site.files()
    site.build({"0.md": record(title="Other", webUrl="https://e.example/0", topics="[t0]")})
    assert len(flushes) == 1
    site.output.rename(site.output.with_name("away"))
    monkeypatch.setattr(syncfs, "can_flush", lambda _: False)
    (site.records / "0.md").write_text(MANY["0.md"])
    site.build()
    assert len(flushes) == 1
    assert site.files() == whole


def test_what_is_staged_is_bounded(site: Site, flushes: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk need not have room for all files twice."""
    monkeypatch.setattr(publish, "_MOST_STAGED", 100_000)
    site.build(MANY)
    size = sum(map(len, site.files().values()))
    assert size / 300_000 < len(flushes) < size / 100_000 + 1


def test_nothing_takes_its_place_where_the_flush_fails(site: Site, flushes: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    site.build({"a.md": record()})
    before = site.files()

    def failing(_: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(syncfs, "flush", failing)
    with pytest.raises(PublishError, match="out: cannot be flushed: Input/output error"):
        site.build(MANY)
    assert site.files() == before
    assert os.listdir(site.output / ".feedloom") == ["manifest"]


def test_files_on_two_disks_are_flushed_one_by_one(site: Site, flushes: list[int]) -> None:
    """The folder of the topics may be a link to another disk, which a flush of the first would leave out."""
    other = Path("/dev/shm")
    if not other.is_dir() or other.stat().st_dev == site.records.stat().st_dev:
        pytest.skip("there is no other disk")
    place = other / f"feedloom-test-{os.getpid()}"
    place.mkdir()
    try:
        site.output.mkdir()
        (site.output / "topics").symlink_to(place)
        site.build(MANY)
        assert (place / "t0.atom").is_file()
    finally:
        for file in place.iterdir():
            file.unlink()
        place.rmdir()
    assert not flushes


@pytest.mark.parametrize(
    ("release", "file_system", "answer", "expected"),
    [
        ("6.1.0-13-amd64", b"ext4", errno.EBADF, True),
        ("5.8.0", b"xfs", errno.EBADF, True),
        ("5.7.19", b"ext4", errno.EBADF, False),
        ("4.19.0", b"ext4", errno.EBADF, False),
        ("unknown", b"ext4", errno.EBADF, False),
        ("6.1.0", b"ext2", errno.EBADF, False),
        ("6.1.0", b"nfs4", errno.EBADF, False),
        ("6.1.0", b"overlay", errno.EBADF, False),
        ("6.1.0", b"", errno.EBADF, False),
        ("6.1.0", b"ext4", errno.ENOSYS, False),
        ("6.1.0", b"ext4", errno.EPERM, False),
    ],
)
def test_where_one_flush_is_enough(
    release: str, file_system: bytes, answer: int, expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "uname", lambda: os.uname_result(("Linux", "", release, "", "")))
    monkeypatch.setattr(syncfs, "_file_system", lambda _: file_system)
    monkeypatch.setattr(syncfs, "_called", lambda _: answer)
    monkeypatch.setattr("sys.platform", "linux")
    assert syncfs.can_flush(0) == expected


@pytest.mark.parametrize(
    ("mount", "expected"), [(b"24", b"ext4"), (b"31", b"btrfs"), (b"32", b"nfs4"), (b"33", b"ext2"), (b"99", b""), (b"", b"")]
)
def test_the_type_of_a_file_system(mount: bytes, expected: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "fdinfo").mkdir()
    (tmp_path / "fdinfo" / "7").write_bytes(b"pos:\t0\nflags:\t0100000\nmnt_id:\t" + mount + b"\nino:\t3\n")
    (tmp_path / "mountinfo").write_bytes(MOUNTS)
    monkeypatch.setattr(syncfs, "_PROCESS", str(tmp_path))
    assert syncfs._file_system(7) == expected
    assert syncfs._file_system(8) == b""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has syncfs")
def test_the_call_itself(tmp_path: Path) -> None:
    descriptor = os.open(tmp_path, os.O_RDONLY)
    syncfs.flush(descriptor)
    os.close(descriptor)
    with pytest.raises(OSError, match="Bad file descriptor"):
        syncfs.flush(descriptor)
