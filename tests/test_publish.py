"""Bytes to files: whole, only where they changed, and with clear errors."""

import os
import stat
from pathlib import Path

import pytest

from feedloom.errors import PublishError
from feedloom.publish import publish, standing, untouched
from tests.conftest import Site, record


def test_new_and_changed_files_are_written_and_others_left(tmp_path: Path) -> None:
    assert publish([("a", b"1"), ("b/c", b"2")], str(tmp_path)).written == 2
    inode = (tmp_path / "a").stat().st_ino
    assert publish([("a", b"1"), ("b/c", b"3"), ("d", b"")], str(tmp_path)).written == 2
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
    publish([("a", b"old")], str(tmp_path))

    def full(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(PublishError, match=r"a: cannot be written: No space left on device"):
        publish([("a", b"new")], str(tmp_path))
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a": b"old"}


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
        with pytest.raises(PublishError, match=r"catalog.json: is no catalog of feedloom's"):
            site.build({"a.md": record()})
        assert (site.output / "catalog.json").read_bytes() == document


def test_standing(tmp_path: Path) -> None:
    assert standing("a", str(tmp_path)) is None
    publish([("a", b"1")], str(tmp_path))
    assert standing("a", str(tmp_path)) == b"1"
