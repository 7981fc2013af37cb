"""Promises 3, 4 and 9: nothing foreign is touched, and what is taken back leaves, whatever happened to the build before."""

import json
import os
import shutil
import socket
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as some

import feedloom
from feedloom.cli.main import main
from feedloom.errors import ConfigError, PublishError
from feedloom.model import Kind, Slug
from feedloom.site import manifest, prune, publish
from feedloom.site.manifest import Entry, Manifest
from tests.conftest import Site, published, record, stamp

ROOT = Path(__file__).parent.parent
OLD = {f"{n}.md": record(title=f"Old {n}", webUrl=f"https://e.example/{n}", topics="[AI]") for n in range(3)}
SECRET = {"secret.md": record(title="Layoffs at Example", webUrl="https://e.example/secret", topics="[Layoffs]")}
FORMATS = ("atom", "html", "json", "rss")


class Killed(BaseException):
    """In place of SIGKILL: nothing is tidied up."""


def killed(site: Site, monkeypatch: pytest.MonkeyPatch, before: str, **settings: Any) -> None:
    """A build that is killed before a file takes its place."""
    real = os.replace

    def replace(beside: str, place: str) -> None:
        if place == str(site.output / before):
            raise Killed
        real(beside, place)

    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", replace)
        patched.setattr(publish.Output, "sweep", lambda _: None)
        with pytest.raises(Killed):
            site.build(**settings)


def whole(folder: Path) -> dict[str, tuple[Any, ...]]:
    """All that is in a folder, and how it stands."""
    paths = sorted(folder.rglob("*"))
    return {
        str(path.relative_to(folder)): (path.lstat().st_ino, path.lstat().st_mtime_ns, path.lstat().st_mode) for path in paths
    }


def written_down(site: Site) -> Manifest:
    return manifest.decode((site.output / manifest.PATH).read_bytes())


def catalog(site: Site) -> dict[str, Any]:
    return {feed["slug"]: feed for feed in json.loads(site.text("catalog.json"))["feeds"]}


class TestValue:
    """`feedloom.site.manifest`"""

    def entry(self, slug: str, *paths: str, listed: bool = False) -> Entry:
        return Entry(kind="topic", name=slug, slug=Slug(slug), listed=listed, paths=paths)

    def test_it_says_what_is_published_and_nothing_else(self, site: Site) -> None:
        site.build(
            OLD | {"a.md": record(topics="[Old name]", provider="{domain: p.example}")}, topics={"N": {"aliases": ["M"]}}
        )
        found = written_down(site)
        assert set(found.paths) == set(site.files())
        assert {entry.address for entry in found.feeds} == {"all", "providers/p.example", "topics/ai", "topics/old-name"}
        assert all(entry.listed for entry in found.feeds)
        again = site.output.with_name("again")
        before = (site.output / manifest.PATH).read_bytes()
        site.output = again
        site.build(topics={"N": {"aliases": ["M"]}})
        assert (again / manifest.PATH).read_bytes() == before

    def test_what_is_claimed_is_listed_only_where_it_was(self) -> None:
        known = manifest.made([self.entry("a", "topics/a.atom", listed=True)], ["x"])
        wanted = manifest.made(
            [self.entry("a", "topics/a.atom", "topics/a.rss", listed=True), self.entry("b", "topics/b.atom", listed=True)],
            ["y"],
        )
        claimed = manifest.claimed(known, wanted)
        assert claimed.paths == known.paths | wanted.paths
        assert [(entry.slug, entry.listed) for entry in claimed.feeds] == [("a", True), ("b", False)]
        assert manifest.claimed(wanted, wanted) is wanted

    @given(some.lists(some.tuples(some.text(), some.booleans(), some.sets(some.text(), max_size=3)), max_size=5))
    def test_the_bytes_hold_all(self, entries: list[tuple[str, bool, set[str]]]) -> None:
        feeds = {
            slug: self.entry(slug, *sorted(f"topics/{slug}.{suffix}" for suffix in suffixes), listed=listed)
            for slug, listed, suffixes in entries
        }
        found = manifest.made(feeds.values(), ["catalog.json"])
        data = manifest.encode(found)
        assert data.count(b"\n") == max(len(feeds), 1) + 4
        if all(entry.has(path) for entry in found.feeds for path in entry.paths):
            assert manifest.decode(data) == found
        else:
            with pytest.raises(ValueError, match="is not a path"):
                manifest.decode(data)

    @pytest.mark.parametrize("path", ["", "/etc/passwd", "../a", "a/../../b", "a//b", "a/", ".", ".feedloom/manifest", "a\0"])
    def test_no_path_leads_elsewhere(self, site: Site, path: str) -> None:
        site.build(OLD)
        bad = manifest.made([self.entry("x", path)], [])
        (site.output / manifest.PATH).write_bytes(manifest.encode(bad))
        with pytest.raises(PublishError, match=r"\.feedloom/manifest: not a feedloom manifest"):
            site.build(SECRET)

    @pytest.mark.parametrize(
        "feed",
        [
            ("topic", "x", "link/x.txt"),
            ("topic", "../link/x", "topics/../link/x.txt"),
            ("topic", "x", "archive/topics/x/link/x.txt"),
            ("all", "link/x", "link/x.txt"),
            None,
        ],
    )
    def test_no_path_leads_through_a_link_of_somebody_elses(self, site: Site, feed: tuple[Kind, str, str] | None) -> None:
        """As both would in a change to a repository in which the feeds are."""
        forged = Manifest((), ("link/x.txt",))
        if feed:
            kind, slug, path = feed
            forged = Manifest((Entry(kind=kind, name="x", slug=Slug(slug), paths=(path,)),))
        site.build(OLD)
        elsewhere = site.output.with_name("elsewhere")
        elsewhere.mkdir()
        (elsewhere / "x.txt").write_text("theirs")
        for place in ("link", "archive/topics/x/link"):
            (site.output / place).parent.mkdir(parents=True, exist_ok=True)
            (site.output / place).symlink_to(elsewhere)
        (site.output / manifest.PATH).write_bytes(manifest.encode(forged))
        with pytest.raises(PublishError, match="is not a path of a published file"):
            site.build(SECRET)
        assert (elsewhere / "x.txt").exists()

    @pytest.mark.parametrize(
        "data",
        [b"", b"{}", b"[]", b"\xff", b'{"version":2,"files":[],"feeds":[]}', b'{"x":%b%b}' % (b"[" * 9999, b"]" * 9999)],
        ids=["empty", "{}", "[]", "not UTF-8", "version 2", "deep"],
    )
    def test_one_that_is_none_stops_the_build(self, site: Site, data: bytes) -> None:
        site.build(OLD)
        (site.output / manifest.PATH).write_bytes(data)
        before = whole(site.output)
        with pytest.raises(PublishError, match="not a feedloom manifest"):
            site.build()
        assert whole(site.output) == before
        (site.output / manifest.PATH).unlink()
        assert site.build().files.written == 0
        assert all(entry.listed for entry in written_down(site).feeds)


class TestWritten:
    """When it is written."""

    def test_not_where_no_address_came_or_went(self, site: Site) -> None:
        site.build(OLD)
        before = stamp(site.output / manifest.PATH)
        assert site.build({"0.md": record(title="New", webUrl="https://e.example/0", topics="[AI]")}).files.written > 0
        assert stamp(site.output / manifest.PATH) == before

    def test_not_for_a_changed_title_in_an_archive(self, site: Site) -> None:
        site.build(OLD, archive=True, limit=1)
        before = publish.stamp(str(site.output))
        for name, text in OLD.items():
            site.write({name: text.replace("title: ", "title: New, ")})
        assert site.build(archive=True, limit=1).files.written > 0
        assert publish.stamp(str(site.output)) == before

    def test_it_is_for_its_owner_alone(self, site: Site) -> None:
        site.build(OLD)
        assert stat.S_IMODE((site.output / ".feedloom").stat().st_mode) == 0o700
        assert stat.S_IMODE((site.output / manifest.PATH).stat().st_mode) == 0o600
        assert os.listdir(site.output / ".feedloom") == ["manifest"]

    @pytest.mark.parametrize("is_lost", [True, False])
    def test_a_build_looks_where_it_is_another(self, site: Site, is_lost: bool) -> None:
        site.build(OLD)
        before = (site.output / manifest.PATH).read_bytes()
        (site.output / manifest.PATH).unlink()
        if not is_lost:
            (site.output / manifest.PATH).write_bytes(manifest.encode(Manifest(files=("x",))))
        report = site.build()
        assert (report.files.written, (site.output / manifest.PATH).read_bytes()) == (0, before)


LAST_OF_NEW = ["topics/layoffs.atom", "topics/layoffs.html", "catalog.json", "feeds.opml", "index.html"]


@pytest.mark.parametrize("before", LAST_OF_NEW)
@pytest.mark.parametrize("lost", [(), ("state",), ("catalog",), ("state", "catalog")])
def test_what_no_finished_build_listed_leaves_with_its_record(
    site: Site, monkeypatch: pytest.MonkeyPatch, before: str, lost: tuple[str, ...]
) -> None:
    site.build(OLD)
    first = site.files()
    site.write(SECRET)
    killed(site, monkeypatch, before)
    assert before == "topics/layoffs.atom" or any(b"Layoffs at" in content for content in site.files().values())
    was_listed = "layoffs" in catalog(site) and "catalog" not in lost
    if "catalog" in lost:
        (site.output / "catalog.json").unlink()
    if "state" in lost:
        site.state.unlink()
    (site.records / "secret.md").unlink()
    site.build()
    if was_listed:  # the catalog told everybody of it
        prune.prune(site.config())
    assert site.files() == first
    assert written_down(site).paths == set(first)
    assert os.listdir(site.output / ".feedloom") == ["manifest"]
    assert site.build().files.written == 0


@pytest.mark.parametrize(
    "lost", [(), ("state",), ("catalog",), ("manifest",), ("state", "catalog"), ("state", "manifest"), ("catalog", "manifest")]
)
def test_what_was_listed_goes_on_answering_without_entries(site: Site, lost: tuple[str, ...]) -> None:
    site.build(OLD | SECRET)
    (site.records / "secret.md").unlink()
    other = site.output.with_name("other")
    shutil.copytree(site.output, other)
    site.build(output=str(other), state=str(site.state) + "2")
    for path in {"state": site.state, "catalog": site.output / "catalog.json", "manifest": site.output / manifest.PATH}.items():
        if path[0] in lost:
            path[1].unlink()
    site.build()
    assert site.files() == published(other), "the date is as it was, too"
    assert catalog(site)["layoffs"]["retired"]
    assert not any(b"Layoffs at" in content for content in site.files().values())
    site.state.unlink()
    (site.output / "catalog.json").unlink()
    site.build()
    assert site.files() == published(other), "it stays so"


def test_the_cure_that_a_damaged_catalog_is_told_with(site: Site) -> None:
    """Moved away, it leaves nothing public that was taken back."""
    site.build(OLD | SECRET)
    (site.output / "catalog.json").write_bytes((site.output / "catalog.json").read_bytes()[:100])
    (site.records / "secret.md").unlink()
    with pytest.raises(PublishError, match="move it away and build again"):
        site.build()
    (site.output / "catalog.json").rename(site.output.with_name("moved"))
    site.build()
    assert not any(b"Layoffs at" in content for content in site.files().values())
    assert set(catalog(site)) == {"all", "ai", "layoffs"}


def test_without_a_manifest_no_such_cure_is_told(site: Site) -> None:
    site.build(OLD)
    shutil.rmtree(site.output / ".feedloom")
    (site.output / "catalog.json").write_bytes(b"{")
    with pytest.raises(PublishError, match="restore it from a backup, or choose an output folder that is new"):
        site.build()


def test_a_feed_of_an_address_that_its_name_does_not_give_is_removed(site: Site) -> None:
    """As the slugs of another version could be."""
    site.build(OLD)
    first = site.files()
    known = written_down(site)
    other = Entry(kind="topic", name="AI", slug=Slug("ai~12345678"), listed=True, paths=("topics/ai~12345678.atom",))
    (site.output / "topics/ai~12345678.atom").write_text("Layoffs at")
    (site.output / manifest.PATH).write_bytes(manifest.encode(manifest.made([*known.feeds, other], known.files)))
    site.build()
    assert site.files() == first


class TestPrune:
    """`feedloom prune`"""

    @pytest.fixture
    def retired(self, site: Site) -> Site:
        site.build(OLD | SECRET)
        (site.records / "secret.md").unlink()
        site.build()
        return site

    @pytest.mark.parametrize("number", range(5))
    def test_after_it_was_killed_all_is_found_again(self, retired: Site, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
        left, site_folder = number, retired.output
        real = os.unlink

        def unlink(place: str) -> None:
            nonlocal left
            left -= place.endswith(FORMATS)
            if left < 0 or (number == 4 and place.endswith("unfinished")):
                raise Killed
            real(place)

        with monkeypatch.context() as patched:
            patched.setattr(os, "unlink", unlink)
            patched.setattr(publish.Output, "sweep", lambda _: None)
            with pytest.raises(Killed):
                prune.prune(retired.config())
        found = [feed.address for feed in prune.retired(retired.config())]
        assert found == ([] if number == 4 else ["topics/layoffs"])
        kept = retired.output.with_name("kept")
        shutil.copytree(retired.output, kept)
        assert prune.prune(retired.config()) == (0 if number == 4 else 4 - number)
        assert prune.retired(retired.config()) == []
        assert not [path for path in retired.files() if "layoffs" in path]
        retired.build()
        assert not [path for path in retired.files() if "layoffs" in path]
        retired.output = kept
        retired.build()
        assert retired.files() == published(site_folder)

    def test_killed_before_the_catalog_nothing_happened(self, retired: Site, monkeypatch: pytest.MonkeyPatch) -> None:
        before = retired.files()

        def publish_nothing(*_: object) -> None:
            raise Killed

        with monkeypatch.context() as patched:
            patched.setattr(publish, "publish", publish_nothing)
            patched.setattr(publish.Output, "sweep", lambda _: None)
            with pytest.raises(Killed):
                prune.prune(retired.config())
        retired.build()
        assert retired.files() == before
        assert [feed.address for feed in prune.retired(retired.config())] == ["topics/layoffs"]

    def test_where_no_manifest_is(self, retired: Site) -> None:
        shutil.rmtree(retired.output / ".feedloom")
        assert prune.prune(retired.config()) == 4
        assert retired.build().files.written == 0
        assert not [path for path in retired.files() if "layoffs" in path]

    def test_no_name_speaks_to_the_terminal(self, site: Site) -> None:
        site.build(OLD | {"a.md": record(webUrl="https://e.example/a", topics='["X\\e[31m\\u202eY"]')})
        (site.records / "a.md").unlink()
        site.build()
        shown = CliRunner().invoke(main, ["prune", "-o", str(site.output)]).stdout
        assert "X" in shown
        assert shown.replace("\n", "").isprintable()

    def test_others_files_stay(self, retired: Site) -> None:
        (retired.output / "topics/layoffs.txt").write_text("mine")
        (retired.output / "topics/layoffs.rss").unlink()
        (retired.output / "topics/layoffs.rss").mkdir()
        assert prune.prune(retired.config()) == 3
        assert (retired.output / "topics/layoffs.rss").is_dir()
        assert (retired.output / "topics/layoffs.txt").exists()


def _fifo(place: Path) -> None:
    os.mkfifo(place)


def _link(place: Path) -> None:
    place.with_name("aim").write_text("mine")
    place.symlink_to("aim")


def _loop(place: Path) -> None:
    place.symlink_to(place)


def _socket(place: Path) -> None:
    with socket.socket(socket.AF_UNIX) as bound:
        folder = os.open(place.parent, os.O_RDONLY)
        os.fchdir(folder)  # a path of a socket is short
        bound.bind(place.name)
        os.close(folder)


def _text(place: Path) -> None:
    place.write_text("mine")


ODD: list[Callable[[Path], None]] = [_text, _fifo, _link, _loop, _socket]


class TestForeign:
    """Files that are not feedloom's."""

    def refused(self, site: Site, *named: str, **settings: Any) -> None:
        before, outside = whole(site.output), whole(site.output.parent)
        with pytest.raises(PublishError, match="stopped, nothing written") as raised:
            site.build(**settings)
        for path in named:
            assert str(site.output / path) in str(raised.value)
        assert "Choose another output folder" in str(raised.value)
        assert "\n" not in str(raised.value)
        assert whole(site.output) == before
        kept = {path: how for path, how in whole(site.output.parent).items() if not path.startswith("state")}
        assert kept == {path: how for path, how in outside.items() if not path.startswith("state")}

    @pytest.mark.parametrize("path", ["all.html", "index.html", "catalog.json", "feedloom.css", "topics/ai.atom"])
    @pytest.mark.parametrize("make", ODD)
    def test_they_stop_the_build(self, site: Site, path: str, make: Callable[[Path], None]) -> None:
        (site.output / path).parent.mkdir(parents=True)
        make(site.output / path)
        if path == "catalog.json" and make in (_text, _fifo, _link, _loop, _socket):
            with pytest.raises(PublishError, match=r"catalog\.json"):
                site.build(OLD)
            return
        site.write(OLD)
        self.refused(site, path)
        assert site.build(replace=True).files.written > 0
        assert stat.S_ISREG((site.output / path).lstat().st_mode)
        assert make != _link or (site.output / path).with_name("aim").read_text() == "mine"
        assert site.build().files.written == 0

    @pytest.mark.parametrize("path", ["all.html", "topics/ai.atom", "feeds.opml"])
    def test_a_folder_is_never_replaced(self, site: Site, path: str) -> None:
        (site.output / path).mkdir(parents=True)
        site.write(OLD)
        for replace in (False, True):
            self.refused(site, path, replace=replace)

    @pytest.mark.parametrize("make", ODD)
    @pytest.mark.parametrize("path", ["topics", ".feedloom", "archive/all"])
    def test_nor_is_what_stands_where_a_folder_shall_be(self, site: Site, path: str, make: Callable[[Path], None]) -> None:
        (site.output / path).parent.mkdir(parents=True)
        make(site.output / path)
        site.write(OLD)
        for replace in (False, True):
            self.refused(site, path, replace=replace, archive=True, limit=1)

    def test_a_link_to_a_folder_is_where_its_owner_wants_it(self, site: Site) -> None:
        elsewhere = site.output.with_name("elsewhere")
        elsewhere.mkdir()
        site.output.mkdir()
        (site.output / "topics").symlink_to(elsewhere)
        site.build(OLD)
        assert (elsewhere / "ai.atom").exists()

    def test_they_are_named_and_counted(self, site: Site) -> None:
        site.output.mkdir()
        (site.output / "topics").mkdir()
        for n in range(12):
            (site.output / f"topics/t{n:02}.html").write_text("mine")
        site.write({f"{n}.md": record(webUrl=f"https://e.example/{n}", topics=f"[T{n:02}]") for n in range(12)})
        self.refused(site, *(f"topics/t{n:02}.html" for n in range(10)))
        with pytest.raises(PublishError, match=r"12 files are in the way .*t09\.html, and 2 more\. "):
            site.build()

    def test_what_lies_beside_a_file_of_ours_is_named(self, site: Site) -> None:
        site.build(OLD)
        (site.output / ".feedloom-all.atom").mkdir()
        with pytest.raises(PublishError, match=r"/\.feedloom-all\.atom: is in the way: move it away"):
            site.build(SECRET)
        (site.output / ".feedloom-all.atom").rmdir()
        (site.output / ".feedloom").mkdir(exist_ok=True)
        (site.output / ".feedloom/manifest.new").mkdir()
        with pytest.raises(PublishError, match=r"/\.feedloom/manifest\.new: is in the way: move it away"):
            site.build({"b.md": record(webUrl="https://e.example/b", topics="[B]")})

    @pytest.mark.parametrize("is_pruned", [False, True])
    def test_unfinished_files_without_a_sign_are_no_obstacle(self, site: Site, is_pruned: bool) -> None:
        """Earlier versions left no sign, and who loses the manifest loses the sign with it."""
        site.build(OLD | SECRET)
        (site.records / "secret.md").unlink()
        site.build()
        shutil.rmtree(site.output / ".feedloom")
        paths = (".feedloom-all.atom", "topics/.feedloom-ai.rss", "topics/.feedloom-layoffs.html")
        left = [site.output / path for path in paths]
        for place in left:
            place.write_text("Layoffs at Example")
        if is_pruned:
            assert prune.prune(site.config()) == len(FORMATS)
        else:
            site.build({"0.md": record(title="New", webUrl="https://e.example/0", topics="[AI]")})
        assert not any(place.exists() for place in left)

    def test_one_file_is_no_more(self, site: Site) -> None:
        site.output.mkdir()
        (site.output / "all.html").write_text("mine")
        site.write(OLD)
        with pytest.raises(PublishError, match=r"1 file is in the way .* or run once with --replace, which overwrites it\.$"):
            site.build()

    def test_force_replaces_nothing(self, site: Site) -> None:
        site.output.mkdir()
        (site.output / "all.html").write_text("mine")
        site.write(OLD)
        self.refused(site, "all.html", force=True)

    def test_what_has_the_bytes_already_is_ours(self, site: Site) -> None:
        site.build(OLD)
        before = whole(site.output)
        shutil.rmtree(site.output / ".feedloom")
        (site.output / "catalog.json").unlink()
        site.state.unlink()
        assert site.build().files.written == 1
        after = whole(site.output)
        changed = {path for path in before if before[path] != after.get(path)} - {".feedloom", manifest.PATH}
        assert changed == {"catalog.json"}
        assert written_down(site).paths == set(site.files())

    def test_one_that_differs_is_not(self, site: Site) -> None:
        site.build(OLD)
        shutil.rmtree(site.output / ".feedloom")
        (site.output / "catalog.json").unlink()
        site.state.unlink()
        (site.output / "topics/ai.json").write_text("mine")
        self.refused(site, "topics/ai.json")

    def test_a_file_of_ours_that_became_something_else(self, site: Site) -> None:
        site.build(OLD)
        (site.output / "all.rss").unlink()
        os.mkfifo(site.output / "all.rss")
        self.refused(site, "all.rss")

    def test_what_comes_later_is_found_when_it_is_in_the_way(self, site: Site) -> None:
        site.build(OLD)
        (site.output / "topics/layoffs.rss").write_text("mine")
        site.write(SECRET)
        self.refused(site, "topics/layoffs.rss")
        (site.output / "topics/layoffs.rss").unlink()
        (site.output / "topics/.feedloom-layoffs.rss").write_text("mine")
        self.refused(site, "topics/.feedloom-layoffs.rss")

    def test_their_files_outlive_everything(self, site: Site) -> None:
        """In every folder that feedloom writes into, under names that could be its own."""
        mine = ["archive/topics/2020/1.json", "archive/all/2.json", "archive/topics/ai/99.atom", ".feedloom-notes"]
        mine += ["topics/.feedloom-x.atom", "topics/x.html", ".htaccess", "archive/all/.feedloom-9.json"]
        for path in mine:
            (site.output / path).parent.mkdir(parents=True, exist_ok=True)
            (site.output / path).write_text("mine")
        before = {path: stamp(site.output / path) for path in mine}
        archived: dict[str, Any] = {"archive": True, "limit": 1}
        site.build(OLD | SECRET, **archived)
        (site.records / "secret.md").unlink()
        site.build(**archived)
        prune.prune(site.config(**archived))
        site.build()
        (site.output / "catalog.json").unlink()
        site.state.unlink()
        site.build(fresh=True)
        assert {path: stamp(site.output / path) for path in mine} == before
        left = {path for path in site.files() if path.startswith("archive/")}
        assert left == {path for path in mine if path.startswith("archive/")}

    def test_folders_that_are_empty_go_and_others_stay(self, site: Site) -> None:
        site.build(OLD, archive=True, limit=1)
        (site.output / "archive/topics/mine").mkdir()
        site.build(limit=1)
        assert sorted(os.listdir(site.output / "archive/topics")) == ["mine"]
        (site.output / "archive/topics/mine").rmdir()
        site.build(archive=True, limit=1)
        site.build(limit=1)
        assert not (site.output / "archive").exists()

    def test_a_pipe_is_not_waited_for(self, site: Site) -> None:
        """By any command that reads what is published."""
        site.build(OLD)
        for path, command in (("catalog.json", ["feeds"]), ("all.json", ["show", "all"]), ("catalog.json", ["prune"])):
            (site.output / path).rename(site.output / "aside")
            os.mkfifo(site.output / path)
            result = CliRunner().invoke(main, [*command, "-o", str(site.output)])
            assert (result.exit_code, "not a regular file" in result.stderr) == (1, True), command
            os.replace(site.output / "aside", site.output / path)
        (site.output / manifest.PATH).unlink()
        os.mkfifo(site.output / manifest.PATH)
        with pytest.raises(PublishError, match="not a regular file"):
            site.build()


class TestWithoutManifest:
    """Output of an earlier version, a clone, and what a workflow fetches."""

    def clone(self, tmp_path: Path) -> Path:
        """The files that git keeps of this repository's worked example."""
        folder = tmp_path / "clone"
        for name in ("feeds", "seeds"):
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns(".feedloom"))
        shutil.copy(ROOT / "feedloom.yaml", folder)
        return folder

    def run(self, folder: Path, *options: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "feedloom", "build", *options]
        return subprocess.run(command, cwd=folder, capture_output=True, text=True)

    def test_make_feeds_in_a_clone(self, tmp_path: Path) -> None:
        assert "/feedloom build\n" in (ROOT / "Makefile").read_text()
        assert ".feedloom/\n" in (ROOT / ".gitignore").read_text()
        folder = self.clone(tmp_path)
        before = published(folder / "feeds")
        ran = self.run(folder)
        assert (ran.returncode, "0 files written" in ran.stdout) == (0, True), ran
        assert published(folder / "feeds") == before

    def test_make_feeds_in_a_clone_in_which_records_changed(self, tmp_path: Path) -> None:
        folder = self.clone(tmp_path)
        for path in (folder / "seeds").glob("*.md"):
            path.write_text(path.read_text().replace("title:", "title: New:", 1).replace('title: New: "', 'title: "New: '))
        gone = sorted((folder / "seeds").glob("*.md"))[0]
        gone.unlink()
        ran = self.run(folder)
        assert ran.returncode == 0, ran
        assert " 0 files written" not in ran.stdout
        assert self.run(folder).stdout.count("0 files written") == 1
        found = manifest.decode((folder / "feeds" / manifest.PATH).read_bytes())
        assert found.paths == set(published(folder / "feeds"))

    def test_an_archive_in_a_clone_is_renewed_and_removed(self, site: Site) -> None:
        settings: dict[str, Any] = {"archive": True, "limit": 1}
        site.build(OLD | SECRET, **settings)
        shutil.rmtree(site.output / ".feedloom")
        site.state.unlink()
        (site.output / "archive/all/note.atom").write_text("mine")
        (site.records / "secret.md").unlink()
        site.build({"0.md": record(title="Changed", webUrl="https://e.example/0", topics="[AI]")}, **settings)
        assert not any(b"Layoffs at" in content or b"Old 0" in content for content in site.files().values())
        site.build(limit=1)
        assert {path for path in site.files() if path.startswith("archive/")} == {"archive/all/note.atom"}

    def test_beside_a_catalog_others_lists_are_others(self, site: Site) -> None:
        """A workflow that fetches the catalog alone into a folder with a page of its own."""
        site.build(OLD)
        catalog = (site.output / "catalog.json").read_bytes()
        shutil.rmtree(site.output)
        site.output.mkdir()
        (site.output / "catalog.json").write_bytes(catalog)
        for path in ("index.html", "feeds.opml"):
            (site.output / path).write_text("<html>mine</html>")
            with pytest.raises(PublishError, match=path):
                site.build(SECRET)
            (site.output / path).unlink()
        site.build()
        assert "topics/ai.atom" in site.files()

    def test_no_path_of_a_catalog_is_believed(self, site: Site) -> None:
        site.build(OLD)
        outside = site.output.parent / "x.atom"
        outside.write_text("mine")
        document = json.loads(site.text("catalog.json"))
        document["feeds"].append({"kind": "all", "name": "x", "slug": "../x", "updated": None})
        (site.output / "catalog.json").write_text(json.dumps(document))
        shutil.rmtree(site.output / ".feedloom")
        with pytest.raises(PublishError, match="not a feedloom catalog"):
            site.build()
        assert outside.read_text() == "mine"


def test_names_in_another_normal_form_do_not_matter(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """HFS+ gives names back decomposed, and finds them by either form: no name in the output folder is compared."""
    real = os.listdir

    def listdir(folder: Any = ".") -> list[Any]:
        assert not str(folder).startswith(str(site.output)), folder
        return real(folder)

    monkeypatch.setattr(os, "listdir", listdir)
    settings: dict[str, Any] = {"archive": True, "limit": 1}
    site.build({f"{n}.md": record(webUrl=f"https://e.example/{n}", topics="[Käse]") for n in range(5)}, **settings)
    before = site.files()
    assert any(path.startswith("archive/topics/käse/") for path in before)
    site.build(**settings)
    site.build({"9.md": record(webUrl="https://e.example/9", title="Other")}, **settings)
    assert {path for path in before if not path.startswith("archive/all/")} <= site.files().keys()


class TestModes:
    """Who may read what is published: as the umask says, now or before."""

    @pytest.fixture
    def umask(self) -> Iterator[Callable[[int], int]]:
        before = os.umask(0o022)
        yield os.umask
        os.umask(before)

    def modes(self, site: Site) -> set[int]:
        return {stat.S_IMODE((site.output / path).stat().st_mode) for path in site.files()}

    @pytest.mark.parametrize("is_fresh", [False, True])
    def test_what_was_closed_by_a_umask_is_opened_by_another(
        self, site: Site, umask: Callable[[int], int], is_fresh: bool
    ) -> None:
        umask(0o077)
        site.build(OLD)
        assert self.modes(site) == {0o600}
        umask(0o022)
        if is_fresh:
            site.state.unlink()
        stamps = {path: (site.output / path).stat().st_mtime_ns for path in site.files()}
        assert site.build().files.written == 0
        assert self.modes(site) == {0o644}
        assert {path: (site.output / path).stat().st_mtime_ns for path in site.files()} == stamps
        assert stat.S_IMODE((site.output / "topics").stat().st_mode) == 0o755
        assert stat.S_IMODE((site.output / ".feedloom").stat().st_mode) == 0o700
        before = whole(site.output)
        site.build()
        assert whole(site.output) == before

    def test_none_is_taken_away(self, site: Site, umask: Callable[[int], int]) -> None:
        site.build(OLD)
        umask(0o077)
        site.build(fresh=True)
        assert self.modes(site) == {0o644}


class TestPlaces:
    """What is read must not be what is published."""

    def build(self, folder: Path, *options: str) -> Result:
        os.chdir(folder)
        return CliRunner().invoke(main, ["build", *options])

    @pytest.fixture
    def news(self, tmp_path: Path) -> Path:
        folder = tmp_path / "news"
        (folder / "articles").mkdir(parents=True)
        (folder / "articles" / "a.md").write_text(record())
        (folder / "link").symlink_to("articles")
        (folder / "above").symlink_to(".")
        return folder

    @pytest.mark.parametrize("output", ["articles", ".", "..", "link", "above", "./articles/"])
    @pytest.mark.parametrize("records", ["articles", "link", "above/link"])
    def test_an_output_that_holds_the_records_is_refused(self, news: Path, records: str, output: str) -> None:
        before = sorted(news.parent.rglob("*"))
        result = self.build(news, records, "-o", output)
        assert result.exit_code == 2
        assert f"{records}: the records would be published" in result.stderr
        assert "choose an output folder" in result.stderr
        assert sorted(news.parent.rglob("*")) == before

    def test_a_link_in_the_output_that_leads_to_them_is_refused(self, news: Path) -> None:
        """A web server follows it."""
        (news / "out").mkdir()
        (news / "out" / "link").symlink_to("../articles")
        assert self.build(news, "out/link", "-o", "out").exit_code == 2

    def test_one_inside_them_is_allowed_and_not_read(self, news: Path) -> None:
        (news / "articles" / "out").mkdir()
        (news / "articles" / "out" / "b.md").write_text(record(title="Other", webUrl="https://e.example/b"))
        for output in ("articles/out", "link/out"):
            result = self.build(news, "articles", "-o", output)
            assert (result.exit_code, "Published 1 of 1 record " in result.stdout) == (0, True), result.stdout
        assert (news / "articles" / "out" / "all.atom").exists()

    def test_a_state_in_the_output_is_refused_of_programs_too(self, news: Path) -> None:
        config = feedloom.Config(records=str(news / "articles"), output=str(news / "o"), state=str(news / "o" / "s.sqlite"))
        with pytest.raises(ConfigError, match="the cache would be published"):
            feedloom.build(config)

    @pytest.mark.parametrize(
        ("setting", "url", "message"),
        [
            *(
                ("state", url, "is a URL")
                for url in ("s3://bucket/feeds", "https://e.example/a", "file:///srv/feeds", "gs://b")
            ),
            *(
                (setting, "https://e.example/a", "https:// is not supported: write s3://BUCK")
                for setting in ("records", "output")
            ),
            ("records", "s3://key:hush@bucket/feeds", "contains a user name"),
            ("output", "a/s3://bucket/feeds", "is a URL"),
            ("output", "s3://key:hush@bucket/feeds", "contains a user name"),
            ("output", "s3://bucket/feeds?key=hush", "contains a user name"),
        ],
    )
    def test_a_url_is_no_folder(self, news: Path, url: str, setting: str, message: str) -> None:
        before = sorted(news.parent.rglob("*"))
        option = {"records": [url], "output": ["articles", "-o", url], "state": ["articles", "--state", url]}[setting]
        result = self.build(news, *option)
        assert result.exit_code == 2
        assert f"{setting}: {message}" in result.stderr
        assert "hush" not in result.output
        assert sorted(news.parent.rglob("*")) == before
        (news / "feedloom.yaml").write_text(
            f"records: articles\n{setting}: {url}\n" if setting != "records" else f"records: {url}\n"
        )
        result = self.build(news.parent, "-c", "news/feedloom.yaml")
        assert (result.exit_code, f"{setting}: {message}" in result.stderr) == (2, True)
