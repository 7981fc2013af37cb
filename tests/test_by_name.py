"""A build that is told what changed gives what a full one gives, and looks at nothing else; a full one puts lies right."""

import os
import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

import feedloom
from feedloom.cli.main import main
from feedloom.errors import ConfigError
from feedloom.pipeline import by_name, former
from feedloom.pipeline.cache import Cache
from feedloom.records import scan
from feedloom.site import publish
from tests.conftest import NOW, Site, record
from tests.test_state import SETTINGS, Twins, records, short_lists

FILES = ["a.md", "b.md", "d/x.md", "d/y.md", "d/e/z.md", "d.md", "p.rst", "d/pyvenv.cfg", "venv/v.md"]
FOLDERS = ["d", "d/e", "f", "x.md"]
edits = st.one_of(
    st.tuples(st.just("write"), st.sampled_from(FILES), records),
    st.tuples(st.just("write"), st.sampled_from(FILES), records),
    st.tuples(st.sampled_from(["touch", "delete", "empty"]), st.sampled_from(FILES), st.none()),
    st.tuples(st.just("link"), st.sampled_from(FILES), st.sampled_from(["a.md", "d/x.md", "d", "/etc", "nowhere"])),
    st.tuples(st.sampled_from(["rename"]), st.sampled_from(FILES + FOLDERS), st.sampled_from(FILES + FOLDERS)),
    st.tuples(st.just("delete"), st.sampled_from(FOLDERS), st.none()),
    st.tuples(st.just("settings"), st.sampled_from([*SETTINGS, {"ignore": ["d/"]}]), st.none()),
    st.tuples(st.just("clock"), st.integers(-1, 3), st.none()),
    st.tuples(st.just("lose"), st.sampled_from(["all.atom", "topics/ai.rss"]), st.none()),
)
# Nobody looks for these in a build that is told what changed.
spoils = st.tuples(st.just("spoil"), st.sampled_from(["all.atom", "topics/ai.rss", "index.html", "topics/ai.html"]), st.none())


class Named(Twins):
    """The build that remembers is told what changed."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.names: set[Path] | None = None

    def _edit_record(self, what: str, place: Path, with_what: Any) -> None:
        other = self.warm.records / (with_what if what == "rename" else place)
        if not all(above.is_dir() or not os.path.lexists(above) for one in (place, other) for above in one.parents):
            return
        if self.names is not None:
            self.names |= {place, other}
        if what in ("rename", "link", "write"):
            other.parent.mkdir(parents=True, exist_ok=True)
        if what == "delete" or (what in ("rename", "link", "write") and place != other):
            if other.is_dir() and not other.is_symlink():
                if other in place.parents:
                    return
                shutil.rmtree(other)
            else:
                other.unlink(missing_ok=True)
        if what == "link":
            if not os.path.lexists(place):
                place.symlink_to(
                    with_what if with_what.startswith("/") else os.path.relpath(self.warm.records / with_what, place.parent)
                )
        elif what == "rename":
            if place.exists() and place not in other.parents:
                place.rename(other)
        elif what != "delete" and not place.is_dir():
            super()._edit_record(what, place, with_what)

    def _build(self, output: Path, state: Path | None, *, force: bool = False) -> feedloom.Report:
        config = self.warm.config(**self.settings)
        config = msgspec.structs.replace(config, output=str(output), state=state and str(state))
        names = self.names
        if names is not None:  # a link changes with its target, which only its owner can know
            names = names | {path for path in self.warm.records.rglob("*") if path.is_symlink()}
        with pytest.MonkeyPatch.context() as patch:
            inside = [os.fsencode(name.relative_to(self.warm.records)) for name in names or ()]
            patch.setattr(by_name, "_from_git", lambda *given: inside)
            since = None if state is None or names is None else "REV"
            report = feedloom.build(config, now=self.now, fresh=state is None, force=force, changed_from=since)
        return msgspec.structs.replace(report, seconds=0, hints=[])


@pytest.mark.long
@settings(max_examples=60)
@given(st.lists(st.lists(edits, max_size=3), min_size=1, max_size=6), st.booleans())
def test_a_build_by_name_gives_what_a_full_one_gives(steps: list[list[tuple[str, Any, Any]]], settled: bool) -> None:
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        if settled:
            patch.setattr(scan, "is_settled", lambda source, now: True)
            patch.setattr(former, "_IN_A_BLOCK", 2)
            short_lists(patch)
        twins = Named(Path(folder))
        for step in steps:
            twins.names = set()
            for edit in step:
                twins.edit(*edit)
            warm, cold = twins.build()
            assert warm == cold
            outputs = twins.outputs()
            assert outputs[0] == outputs[1]


@pytest.mark.long
@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(st.lists(edits | spoils, max_size=3), st.sets(st.sampled_from(FILES + FOLDERS))), min_size=1, max_size=4
    ),
    st.booleans(),
)
def test_a_full_build_puts_lies_right(steps: list[tuple[list[tuple[str, Any, Any]], set[str]]], settled: bool) -> None:
    """Whatever is named, and whatever changes in between."""
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        if settled:
            patch.setattr(scan, "is_settled", lambda source, now: True)
        twins = Named(Path(folder))
        for step, names in steps:
            for edit in step:
                twins.edit(*edit)
            twins.names = {twins.warm.records / name for name in names}
            twins._build(twins.warm.output, twins.warm.state, force=True)
            twins.names = None
            twins._build(twins.warm.output, twins.warm.state, force=True)
            twins._build(twins.cold, None, force=True)
            outputs = twins.outputs()
            assert outputs[0] == outputs[1]
            assert twins._build(twins.warm.output, twins.warm.state, force=True).files.written == 0


def titles(site: Site) -> list[str]:
    return sorted(line.strip()[7:-8] for line in site.text("all.atom").splitlines() if line.startswith("    <title>"))


def build(site: Site, *changed: str, **options: Any) -> feedloom.Report:
    return feedloom.build(site.config(**options.pop("settings", {})), now=NOW, force=True, changed=changed, **options)


@pytest.fixture
def three(site: Site, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A site of three records, built, each of which has another title since."""
    monkeypatch.setattr(scan, "is_settled", lambda source, now: True)
    site.build(
        {name: record(title="Old " + name[-4], webUrl=f"https://e.example/{name}") for name in ("a.md", "d/b.md", "d/c.md")}
    )
    site.write(
        {name: record(title="New " + name[-4], webUrl=f"https://e.example/{name}") for name in ("a.md", "d/b.md", "d/c.md")}
    )
    return site


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ([], ["Old a", "Old b", "Old c"]),
        (["records/a.md"], ["New a", "Old b", "Old c"]),
        (["records/../records/d/b.md", "records/a.md"], ["New a", "New b", "Old c"]),
        (["records/d"], ["New b", "New c", "Old a"]),
        (["records/d/"], ["New b", "New c", "Old a"]),
        (["records/d", "records/d/b.md"], ["New b", "New c", "Old a"]),
        (["records"], ["New a", "New b", "New c"]),
        (["records/d/gone.md", "records/never/there"], ["Old a", "Old b", "Old c"]),
    ],
)
def test_only_what_is_named_is_looked_at(three: Site, changed: list[str], expected: list[str]) -> None:
    build(three, *changed)
    assert titles(three) == expected
    three.build()
    assert titles(three) == ["New a", "New b", "New c"]


def test_no_folder_is_listed(three: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*given: Any) -> list[Any]:
        raise AssertionError(given)

    monkeypatch.setattr(scan, "_entries", refuse)
    assert build(three, "records/a.md").files.written
    assert not build(three, "records/a.md").files.written


@pytest.mark.parametrize("remove", [shutil.rmtree, lambda folder: folder.rename("away")])
def test_a_folder_that_is_gone(three: Site, remove: Callable[[Path], Any]) -> None:
    remove(three.records / "d")
    build(three, "records/d")
    assert titles(three) == ["Old a"]


def test_a_folder_that_became_a_virtual_environment(three: Site) -> None:
    (three.records / "d" / "pyvenv.cfg").touch()
    build(three, "records/d")
    assert titles(three) == ["Old a"]


def test_a_record_in_a_virtual_environment(three: Site) -> None:
    three.write({"venv3/pyvenv.cfg": "", "venv3/new.md": record(title="New v", webUrl="https://e.example/v")})
    with pytest.raises(ConfigError, match="not a record"):
        build(three, "records/venv3/new.md")


def test_a_file_that_changed_just_before_the_last_build_is_looked_at(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan, "is_settled", lambda source, now: False)
    site.build({"a.md": record(title="Old")})
    site.write({"a.md": record(title="New")})
    build(site)
    assert titles(site) == ["New"]


def test_no_published_file_is_looked_at(three: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(publish.Folder, "untouched", lambda self, files: pytest.fail("looks") if len(files) > 3 else set(files))
        assert build(three, "records/a.md").files.written
        assert not build(three, "records/a.md").files.written
        with pytest.raises(pytest.fail.Exception):
            three.build()


def test_only_what_changed_is_read(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither manifest nor catalog, nor the feeds and stamps of others."""
    monkeypatch.setattr(scan, "is_settled", lambda source, now: True)
    monkeypatch.setattr(former, "_IN_A_BLOCK", 1)
    texts = {f"{n}.md": {"webUrl": f"https://e.example/{n}", "topics": f"[T{n}]"} for n in range(9)}
    site.build({name: record(**fields) for name, fields in texts.items()})
    site.write({"3.md": record(title="New", **texts["3.md"])})
    blocks: list[int] = []
    part = Cache.part

    def seen(self: Cache, digest: bytes, name: str, type: Any, bucket: int = 0) -> Any:
        blocks.extend([bucket] if name == "stamps" else [])
        return part(self, digest, name, type, bucket)

    with monkeypatch.context() as patch:
        patch.setattr(Cache, "part", seen)
        patch.setattr(publish.Output, "manifest", lambda self: pytest.fail("reads the manifest"))
        report = build(site, "records/3.md")
        assert set(blocks) == {0, 4}
    assert report.files.written + report.files.unchanged == len(site.files())
    before = site.files()
    site.build(fresh=True)
    assert site.files() == before


@pytest.mark.parametrize("name", ["all.atom", "all.html", "feeds.opml"])
@pytest.mark.parametrize("changed", [[], ["records/a.md"]])
def test_a_published_file_that_is_gone_is_written_again(three: Site, name: str, changed: list[str]) -> None:
    (three.output / name).unlink()
    build(three, *changed)
    assert (three.output / name).exists()


@pytest.mark.parametrize("name", ["all.atom", "all.html", "feeds.opml"])
def test_a_published_file_that_was_changed_in_place_waits_for_a_full_build(three: Site, name: str) -> None:
    before = three.text(name)
    (three.output / name).write_text("other")
    assert not build(three).files.written
    assert three.text(name) == "other"
    for file in ("a.md", "d/b.md", "d/c.md"):
        three.write({file: record(title="Old " + file[-4], webUrl=f"https://e.example/{file}")})
    three.build()
    assert three.text(name) == before


def test_what_another_build_published_is_looked_at(three: Site) -> None:
    """A record that it published, and that is withdrawn: this one never knew it."""
    secret = {"d/x.md": record(title="Secret", webUrl="https://e.example/x")}
    three.write(secret)
    config = msgspec.structs.replace(three.config(), state=f"{three.state}2")
    feedloom.build(config, now=NOW, force=True)
    assert "Secret" in three.text("all.atom")
    (three.records / "d/x.md").unlink()
    build(three, "records/d/x.md")
    assert not any(b"Secret" in data for data in three.files().values())


def test_a_dry_run(three: Site) -> None:
    before = three.files()
    report = build(three, "records/a.md", dry_run=True)
    assert report.plan
    assert three.files() == before
    assert report.files.written == build(three, "records/a.md").files.written > 0


@pytest.mark.parametrize("settings", [{"limit": 1}, {"site__title": "Other"}])
def test_other_settings_are_a_full_build(three: Site, settings: dict[str, Any]) -> None:
    build(three, settings=settings)
    three.build(**settings)
    assert "Old" not in three.text("all.atom")


def test_without_a_cache_it_is_a_full_build(three: Site) -> None:
    three.state.unlink()
    build(three, "records/a.md")
    assert titles(three) == ["New a", "New b", "New c"]
    three.write({"a.md": record(title="Newer a", webUrl="https://e.example/a")})
    build(three, fresh=True)
    assert titles(three) == ["New b", "New c", "Newer a"]


def test_after_a_problem_of_the_scan_it_is_a_full_build(three: Site) -> None:
    (three.records / "link.md").symlink_to("nowhere")
    assert [problem.code for problem in build(three, "records/link.md").problems] == ["link-broken"]
    assert titles(three) == ["Old a", "Old b", "Old c"]
    assert [problem.code for problem in build(three, "records/a.md").problems] == ["link-broken"]
    assert titles(three) == ["New a", "New b", "New c"]


def test_an_output_folder_inside_that_moves(three: Site) -> None:
    """Its files are no records; those in the folder of before are."""
    three.output = three.records / "d"
    build(three)
    assert titles(three) == ["New a"]


def test_scheduled_records_count_as_ever(site: Site) -> None:
    site.build({"a.md": record(), "b.md": record(publishedDateTime="2030-01-01T00:00:00Z", webUrl="https://e.example/b")})
    report = feedloom.build(site.config(), now=datetime(2030, 2, 1, tzinfo=UTC), force=True, changed=[])
    assert report.records.published == 2


@pytest.mark.parametrize("fresh", [True, False])
@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("elsewhere.md", "--changed elsewhere.md: not in the records folder "),
        ("records/README.md", "--changed records/README.md: not a record of "),
        ("records/.git/a.md", "--changed records/.git/a.md: not a record of "),
        ("records/p.png", "--changed records/p.png: not a record of "),
    ],
)
def test_what_is_no_record_cannot_be_named(three: Site, name: str, message: str, fresh: bool) -> None:
    three.write({"README.md": "", ".git/a.md": record(), "p.png": "", "../elsewhere.md": record()})
    with pytest.raises(ConfigError) as error:
        build(three, name, fresh=fresh)
    assert str(error.value).startswith(message)


def test_a_link_to_the_records_folder(three: Site) -> None:
    Path("link").symlink_to("records/d")
    build(three, "link/b.md")
    assert titles(three) == ["New b", "Old a", "Old c"]


def test_the_rows_of_a_file(tmp_path: Path) -> None:
    rows = tmp_path / "rows.jsonl"
    config = feedloom.load_config(records=str(rows), output="out", site__url="https://e.example/")
    row = '{{"title": "{}", "publishedDateTime": "2021-05-21", "webUrl": "https://e.example/1"}}\n'
    for title, changed in (("One", ["rows.jsonl"]), ("Two", ["rows.jsonl"]), ("Three", [])):
        rows.write_text(row.format(title))
        feedloom.build(config, now=NOW, force=True, changed=changed)
        assert title in (tmp_path / "out" / "all.atom").read_text()
    with pytest.raises(ConfigError, match="the records are in another file"):
        feedloom.build(config, changed=["other.jsonl"])


# --- Git ----------------------------------------------------------------------------------------------------------------


def git(folder: Path, *command: str) -> str:
    who = ["-c", "user.name=A", "-c", "user.email=a@e.example", "-c", "commit.gpgsign=false"]
    return subprocess.run(["git", *who, "-C", str(folder), *command], check=True, capture_output=True, text=True).stdout


@pytest.fixture
def repository(site: Site, monkeypatch: pytest.MonkeyPatch) -> Site:
    """Records in a folder of a git repository, built as of its first commit; two of them changed in another commit."""
    if not shutil.which("git"):
        pytest.skip("needs git")
    monkeypatch.setattr(scan, "is_settled", lambda source, now: True)
    names = ("a.md", "é d/b.md", "gone.md", "renamed.md")
    site.build({name: record(title=f"Old {name[-4]}", webUrl=f"https://e.example/{name[-4]}") for name in names})
    folder = site.records.parent
    git(folder, "init", "-q")
    git(folder, "add", "records")
    git(folder, "commit", "-qm", "First")
    site.write({"a.md": record(title="New a", webUrl="https://e.example/a"), "README.md": "", "../outside.md": record()})
    (site.records / "gone.md").unlink()
    (site.records / "renamed.md").rename(site.records / "to.md")
    git(folder, "add", "records")
    git(folder, "commit", "-qm", "Second")
    return site


def from_git(site: Site, revision: str = "HEAD~1") -> feedloom.Report:
    return feedloom.build(site.config(), now=NOW, force=True, changed_from=revision)


def test_what_git_names(repository: Site) -> None:
    """Committed, not yet committed, and not tracked; a file of which git knows nothing new is believed."""
    site = repository
    site.write(
        {
            "é d/b.md": record(title="New b", webUrl="https://e.example/b"),
            "new.md": record(title="New", webUrl="https://e.example/n"),
        }
    )
    from_git(site)
    assert titles(site) == ["New", "New a", "New b", "Old d"]
    site.build(fresh=True)
    assert titles(site) == ["New", "New a", "New b", "Old d"]


def test_what_git_does_not_name(repository: Site) -> None:
    site = repository
    site.write({"a.md": record(title="Newer a", webUrl="https://e.example/a")})
    git(site.records, "commit", "-qam", "Third")
    from_git(site, "HEAD")
    assert titles(site) == ["Old a", "Old b", "Old d", "Old e"]
    from_git(site, "HEAD~2")
    assert titles(site) == ["Newer a", "Old b", "Old d"]


def test_a_hook(repository: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Git runs it with variables that lead from its own folder."""
    monkeypatch.setenv("GIT_DIR", ".git")
    monkeypatch.setenv("GIT_INDEX_FILE", ".git/index")
    from_git(repository)
    assert titles(repository) == ["New a", "Old b", "Old d"]


@pytest.mark.parametrize("revision", ["no-such", "HEAD~1..HEAD", "--output=x", "HEAD:records"])
def test_no_such_revision(repository: Site, revision: str) -> None:
    with pytest.raises(ConfigError) as error:
        from_git(repository, revision)
    assert str(error.value).startswith(f"--changed-from {revision}: ")
    assert not Path("x").exists()


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["build", "records", "-o", "out", "--state", "state.sqlite", *arguments])


def test_no_repository(three: Site) -> None:
    result = run("--changed-from", "HEAD")
    assert result.exit_code == 2
    assert "not a git repository" in result.stderr


def test_no_git(three: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(three.records))
    result = run("--changed-from", "HEAD")
    assert result.exit_code == 2
    assert "git cannot be run: No such file or directory" in result.stderr


def test_the_options(three: Site) -> None:
    assert run().exit_code == 0
    three.write({name: record(title="Newest", webUrl=f"https://e.example/{name}") for name in ("a.md", "d/b.md", "d/c.md")})
    assert run("--changed", "records/a.md", "--changed", "records/d/b.md").exit_code == 0
    assert titles(three) == ["New c", "Newest", "Newest"]
    assert run("--changed", "README.md").exit_code == 2
