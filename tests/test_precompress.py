"""Compressed copies: each unpacks to its file, always, and is treated like it."""

import gzip
import os
import shutil
from pathlib import Path
from typing import Any

import brotli  # type: ignore[import-untyped]
import pytest
import zstandard

from feedloom.errors import ConfigError, PublishError
from feedloom.render import directory
from feedloom.site import manifest, prune
from feedloom.values import packed
from tests.conftest import Site, record, stamp

ALL: dict[str, Any] = {"publish": {"precompress": ["zstd", "gzip", "br"]}}
GZIP: dict[str, Any] = {"publish": {"precompress": ["gzip"]}}
UNPACK = {
    ".gz": gzip.decompress,
    ".br": brotli.decompress,
    ".zst": lambda data: zstandard.ZstdDecompressor().decompress(data),
}
A = record(topics="[AI]")
C = record(title="C", webUrl="https://example.com/c", topics="[Law]")


def checked(site: Site, suffixes: tuple[str, ...] = (".gz", ".br", ".zst")) -> dict[str, bytes]:
    """The files without copies; each has one for each suffix, which unpacks to it, and there is nothing else."""
    files = site.files()
    plain = {path: data for path, data in files.items() if not path.endswith(tuple(UNPACK))}
    assert files.keys() == plain.keys() | {path + suffix for path in plain for suffix in suffixes if path != ".nojekyll"}
    for path, data in files.items():
        if path not in plain:
            stem, dot, suffix = path.rpartition(".")
            assert UNPACK[dot + suffix](data) == plain[stem], path
    return plain


def test_every_file_has_copies_and_no_other_byte_changes(site: Site, tmp_path: Path) -> None:
    site.build({"a.md": A, "c.md": C}, archive=True, limit=1)
    before = site.files()
    site.build({}, archive=True, limit=1, **ALL)
    assert checked(site) == before
    assert (site.output / "all.atom.gz").read_bytes()[4:8] == b"\0\0\0\0"
    shutil.rmtree(site.output)
    site.build({}, fresh=True, archive=True, limit=1, **ALL)
    assert checked(site) == before


def test_only_what_changed_is_written(site: Site) -> None:
    site.build({"a.md": A, "c.md": C}, **ALL)
    before = {path: stamp(site.output / path) for path in site.files()}
    assert site.build({}, **ALL).files.written == 0
    assert site.build({}, fresh=True, **ALL).files.written == 0
    site.build({"d.md": C.replace("/c", "/d")}, **ALL)
    checked(site)
    changed = {path for path in site.files() if stamp(site.output / path) != before.get(path)}
    assert {packed.original(path) for path in changed}.isdisjoint({"topics/ai.atom", "topics/ai.html"})
    assert {"topics/law.atom", "topics/law.atom.gz", "all.json.br", "catalog.json.zst"} <= changed


def test_copies_have_the_time_of_their_files(site: Site) -> None:
    """nginx sends the time of a copy as Last-Modified."""

    def times(path: str) -> set[int]:
        return {(site.output / f"{path}{suffix}").stat().st_mtime_ns for suffix in ("", ".gz", ".br", ".zst")}

    site.build({"a.md": A})
    os.utime(site.output / "all.atom", (5, 5))
    for records in ({}, {}, {"c.md": C}):
        site.build(records, fresh=True, **ALL)
        for path in ("all.atom", "all.json", "topics/ai.atom", "catalog.json"):
            assert len(times(path)) == 1, path


def test_a_missing_or_damaged_copy_is_made_again(site: Site) -> None:
    site.build({"a.md": A}, **ALL)
    (site.output / "all.atom.gz").unlink()
    (site.output / "all.rss.br").write_bytes(b"damaged")
    (site.output / "catalog.json.zst").write_bytes(packed.packed(b"other", "zstd"))
    assert site.build({}, **ALL).files.written == 3
    checked(site)


def test_copies_leave_with_their_files_and_with_the_setting(site: Site) -> None:
    site.build({"a.md": A, "c.md": C}, **ALL)
    site.build({}, formats=["atom"], pages=False, **ALL)
    checked(site)
    site.build({}, formats=["atom"], pages=False, **GZIP)
    checked(site, (".gz",))
    site.build({}, formats=["atom"], pages=False)
    checked(site, ())


def test_prune_removes_them_and_renews_the_catalog(site: Site) -> None:
    site.build({"a.md": A, "c.md": C}, **ALL)
    (site.records / "c.md").unlink()
    site.build({}, **ALL)
    checked(site)
    prune.prune(site.config(**ALL))
    assert not any("law" in path for path in checked(site))
    assert site.build({}, **ALL).files.written == 0


def test_files_of_others_are_in_the_way(site: Site) -> None:
    site.build({"a.md": A})
    (site.output / "all.atom.gz").write_bytes(b"mine")
    (site.output / "catalog.json.br").write_bytes(b"mine")
    with pytest.raises(PublishError, match=r"2 files are in the way.*all\.atom\.gz, .*catalog\.json\.br"):
        site.build({}, **ALL)
    assert (site.output / "all.atom.gz").read_bytes() == b"mine"
    site.build({}, replace=True, **ALL)
    checked(site)


def test_lists_that_are_pages_of_their_own_have_them(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """A kind with many feeds has its list in the folder of these feeds; the manifest that names its copies can be read."""
    monkeypatch.setattr(directory, "_ON_FRONT_PAGE", 1)
    monkeypatch.setattr(directory, "_ON_A_PAGE", 1)
    site.build({"a.md": A, "c.md": C}, **ALL)
    assert {"topics/index.html.gz", "topics/index~2.html.br"} <= site.files().keys()
    site.build({"d.md": C.replace("/c", "/d")}, **ALL)
    checked(site)
    shutil.rmtree(site.output / manifest.FOLDER)
    site.build({}, pages=False, **GZIP)
    assert not any("index" in path for path in checked(site, (".gz",)))


def test_without_a_manifest_they_are_recognised(site: Site) -> None:
    site.build({"a.md": A}, **ALL)
    shutil.rmtree(site.output / manifest.FOLDER)
    site.state.unlink()
    site.build({"c.md": C}, **GZIP)
    checked(site, (".gz",))


def test_a_copy_of_another_build_is_found(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """A build is killed between a copy and its file, and then the record is as it was."""
    site.build({"a.md": A}, **GZIP)
    real = os.replace

    def replace(beside: str, place: str) -> None:
        if place.endswith("all.atom"):
            raise KeyboardInterrupt
        real(beside, place)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", replace)
        with pytest.raises(KeyboardInterrupt):
            site.build({"a.md": A.replace("A title", "Another")}, **GZIP)
    assert gzip.decompress((site.output / "all.atom.gz").read_bytes()) != (site.output / "all.atom").read_bytes()
    site.build({"a.md": A}, **GZIP)
    checked(site, (".gz",))


def test_feeds_under_names_of_others_have_them(site: Site) -> None:
    also: dict[str, Any] = {"also": {"feed.xml": "all.rss", "tags/ai.xml": "topics/ai.atom"}}
    for _ in range(2):
        site.build({"a.md": A}, **ALL, **also)
        assert "tags/ai.xml" in checked(site)
    assert site.build({}, **ALL, **also).files.written == 0
    site.build({}, **ALL)
    assert "feed.xml" not in checked(site)


def test_a_dry_run_counts_them(site: Site) -> None:
    from feedloom import build

    site.build({"a.md": A})
    site.write({"c.md": C})
    report = build(site.config(**GZIP), dry_run=True, force=True)
    done = site.build({}, **GZIP)
    assert report.files == done.files
    report = build(site.config(), dry_run=True, force=True)
    assert report.plan
    assert {item.why for item in report.plan.remove} == {"switched off in the settings"}


def test_a_missing_library_is_an_error_of_the_settings(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed, "find_spec", lambda name: None if name == "brotli" else name)
    with pytest.raises(ConfigError, match=r"^publish\.precompress: br needs the package brotli: install feedloom\[compress\]"):
        site.build({"a.md": A}, **ALL)
    site.build({"a.md": A}, **GZIP)
