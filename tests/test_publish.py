"""Bytes to files: whole, only where they changed, and with clear errors."""

import os
import stat
from pathlib import Path
from typing import Any

import pytest

from feedloom.errors import PublishError
from feedloom.site import publish as publish_module
from feedloom.site.manifest import Manifest
from feedloom.site.publish import Staged, locked, publish, read_published, untouched
from tests.conftest import Site, record


def test_new_and_changed_files_are_written_and_others_left(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    assert publish([("a", b"1"), ("b/c", b"2")], str(tmp_path)).written == ["a", "b/c"]
    inode = (tmp_path / "a").stat().st_ino
    assert publish([("a", b"1"), ("b/c", b"3"), ("d", b"")], str(tmp_path)).written == ["b/c", "d"]
    assert (tmp_path / "b/c").read_bytes() == b"3"
    assert (tmp_path / "a").stat().st_ino == inode


def test_a_file_is_untouched_until_somebody_touches_it(tmp_path: Path) -> None:
    left = publish([(name, b"1") for name in "abcd"], str(tmp_path)).files
    assert untouched(left, str(tmp_path)) == {"a", "b", "c", "d"}
    assert publish([("a", b"1")], str(tmp_path)).files == {"a": left["a"]}
    (tmp_path / "b").write_bytes(b"22")
    (tmp_path / "c").unlink()
    (tmp_path / "d").replace(tmp_path / "e")
    (tmp_path / "d").symlink_to("e")
    assert untouched(left, str(tmp_path)) == {"a"}


def test_a_file_is_replaced_and_never_written_into(tmp_path: Path) -> None:
    publish([("a", b"old")], str(tmp_path))
    with open(tmp_path / "a", "rb") as reader:
        publish([("a", b"new")], str(tmp_path))
        assert reader.read() == b"old"


def test_a_failure_leaves_what_stands_and_no_litter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with locked(str(tmp_path)) as output:
        output.claim(Manifest(files=("a",)))
        publish([("a", b"old")], str(tmp_path))

    def full(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(PublishError, match=r"a: cannot be written: No space left on device"), locked(str(tmp_path)):
        publish([("a", b"new")], str(tmp_path))
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()} == {"a": b"old"}
    assert [path.name for path in (tmp_path / ".feedloom").iterdir()] == ["manifest"]


def test_what_a_killed_build_left_is_removed(site: Site) -> None:
    site.build({"a.md": record(topics="[a]")})
    whole = site.files()
    (site.output / ".feedloom" / "unfinished").touch()
    (site.output / ".feedloom-all.atom").write_text("half")
    (site.output / "topics" / ".feedloom-a.rss").write_text("half")
    (site.output / ".feedloom" / "manifest.new").write_text("half")
    mine = {".htaccess": b"mine", ".feedloom-notes": b"mine", "topics/.feedloom-b.rss": b"mine"}
    for path, content in mine.items():
        (site.output / path).write_bytes(content)
    site.build()
    assert site.files() == whole | mine
    assert os.listdir(site.output / ".feedloom") == ["manifest"]


def test_a_temporary_file_is_for_its_owner_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    modes = []
    real = os.write

    def written(descriptor: int, data: bytes) -> int:
        modes.append(os.fstat(descriptor).st_mode)
        return real(descriptor, data)

    monkeypatch.setattr(os, "write", written)
    publish([("a", b"1")], str(tmp_path))
    assert modes == [stat.S_IFREG | 0o600]


def test_many_files_at_once_leave_no_file_open(tmp_path: Path) -> None:
    before = len(os.listdir("/dev/fd"))
    assert publish(((f"{n}", b"1") for n in range(200)), str(tmp_path)).written == [f"{n}" for n in range(200)]
    assert len(os.listdir("/dev/fd")) == before


@pytest.mark.parametrize("is_replaced", [False, True])
def test_an_output_folder_that_vanishes_meanwhile(site: Site, monkeypatch: pytest.MonkeyPatch, is_replaced: bool) -> None:
    """The lists are not written to where the feeds are not."""
    real = publish_module.stage

    def staged(*values: Any) -> Staged:
        done = real(*values)
        if "all.atom" not in done.files:
            return done
        site.output.rename(site.output.with_name("away"))
        if is_replaced:
            site.output.mkdir()
        return done

    monkeypatch.setattr(publish_module, "stage", staged)
    with pytest.raises(PublishError, match=rf"^{site.output}.*(replaced by another folder|No such file)"):
        site.build({"a.md": record()})
    assert site.output.exists() == is_replaced
    assert not (site.output / "catalog.json").exists()
    assert not (site.output.with_name("away") / "catalog.json").exists()


def test_the_umask_is_followed(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        publish([("a", b"")], str(tmp_path))
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o640


@pytest.mark.parametrize("place", ["topics", "topics/a.atom", "out"])
def test_something_else_in_the_place(site: Site, place: str) -> None:
    """A file where a folder must be, and a folder where a file must be."""
    if place == "topics/a.atom":
        (site.output / place).mkdir(parents=True)
    else:
        where = site.output if place == "out" else site.output / place
        where.parent.mkdir(exist_ok=True)
        where.write_text("mine")
    with pytest.raises(PublishError, match=place):
        site.build({"a.md": record(topics="[a]")})


def test_a_foreign_catalog_is_not_believed(site: Site) -> None:
    site.output.mkdir()
    for document in (
        b"{",
        b"[]",
        b'{"version": 2, "feeds": []}',
        b'{"version": 1, "feeds": [{"kind": "topic", "name": "x", "slug": "../../x", "updated": null}]}',
    ):
        (site.output / "catalog.json").write_bytes(document)
        with pytest.raises(PublishError, match=r"catalog.json: not a feedloom catalog"):
            site.build({"a.md": record()})
        assert (site.output / "catalog.json").read_bytes() == document


def test_read_published(tmp_path: Path) -> None:
    assert read_published("a", str(tmp_path)) is None
    publish([("a", b"1")], str(tmp_path))
    assert read_published("a", str(tmp_path)) == b"1"
