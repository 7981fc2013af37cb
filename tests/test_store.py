"""What a build promises of the place that it publishes to: one suite for folders, S3 (moto) and Azure (azurite)."""

import itertools
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

import msgspec
import pytest
from click.testing import CliRunner

import feedloom
from feedloom.cli.main import main
from feedloom.errors import LockError, PublishError
from feedloom.site import bucket, lease, prune, store
from feedloom.storage.objects import Objects
from tests import buckets
from tests.conftest import NOW, published, record
from tests.programs import needs

pytestmark = pytest.mark.long

KINDS = ("folder", "s3", "azure")
_NUMBERS = itertools.count()


class Place:
    """A records folder, and a place to publish to."""

    def __init__(self, folder: Path, output: str) -> None:
        self.records = folder / "records"
        self.records.mkdir()
        self.output = output
        self.state = folder / "state.sqlite"

    def write(self, records: Mapping[str, str | None]) -> None:
        for name, text in records.items():
            if text is None:
                (self.records / name).unlink()
            else:
                (self.records / name).write_text(text)

    def config(self, **settings: Any) -> feedloom.Config:
        given = {"site__url": "https://feeds.example.org/", "archive": True}
        places = {"records": str(self.records), "output": self.output, "state": str(self.state)}
        return feedloom.load_config(**{**given, **places, **settings})

    def build(self, records: Mapping[str, str | None] | None = None, **settings: Any) -> feedloom.Report:
        """Forced: these sites are small, so that each change is a large one."""
        self.write(records or {})
        how: dict[str, Any] = {
            name: settings.pop(name) for name in ("fresh", "replace", "dry_run", "wait", "locked") if name in settings
        }
        return feedloom.build(self.config(**settings), now=NOW, force=True, **how)

    def files(self) -> dict[str, bytes]:
        """What is published, without feedloom's own files."""
        return {path: content for path, content in self.everything().items() if not path.startswith(".feedloom/")}

    def everything(self) -> dict[str, bytes]:
        """All files, and feedloom's own; never a temporary one."""
        if "://" not in self.output:
            return published(Path(self.output))
        objects = Objects(self.output)
        return {found.key: (objects.get(found.key) or pytest.fail(found.key)).data for found in objects.list()}

    def put(self, path: str, content: bytes | None) -> None:
        """What somebody else does."""
        if "://" in self.output:
            objects = Objects(self.output)
            objects.put(path, content) if content is not None else objects.delete([path])
        elif content is None:
            (Path(self.output) / path).unlink()
        else:
            (Path(self.output) / path).parent.mkdir(parents=True, exist_ok=True)
            (Path(self.output) / path).write_bytes(content)


class Make(Protocol):
    """Make an empty place of a kind."""

    def __call__(self, kind: str) -> Place: ...


@pytest.fixture(scope="session")
def azurite() -> Iterator[buckets.Server]:
    with buckets.azurite() as server:
        server.make("feeds")
        yield server


@pytest.fixture
def make(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Make:
    def made(kind: str) -> Place:
        folder = tmp_path / f"site{next(_NUMBERS)}"
        folder.mkdir()
        if kind == "folder":
            return Place(folder, str(folder / "out"))
        server = request.getfixturevalue("azurite" if kind == "azure" else "moto")
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        url = "az://feeds" if kind == "azure" else server.make("feeds")
        return Place(folder, f"{url}/{folder.name}/a b")

    return made


@pytest.fixture(params=["folder", "s3", pytest.param("azure", marks=needs("azurite"))])
def place(request: pytest.FixtureRequest, make: Make) -> Place:
    return make(request.param)


def news(count: int, **fields: str) -> dict[str, str | None]:
    return {
        f"{number}.md": record(
            title=f"Article {number}",
            webUrl=f"https://e.example/{number}",
            publishedDateTime=f"2025-01-{number % 28 + 1:02}",
            topics=f"[AI, C++, Größe, topic {number}]",
            **fields,
        )
        for number in range(count)
    }


def test_the_bytes_are_those_of_a_folder(place: Place, make: Make) -> None:
    folder = make("folder")
    settings: dict[str, Any]
    for settings in ({}, {"limit": "2", "also": {"feed.xml": "all.rss"}}, {"formats": ["atom"], "pages": "false"}):
        site, other = (one.build(news(6), **settings) for one in (place, folder))
        assert place.files() == folder.files()
        assert site.files == other.files
        assert all(".feedloom-" not in path for path in place.everything())


def test_what_did_not_change_is_not_written(place: Place) -> None:
    first = place.build(news(5)).files
    assert (first.unchanged, first.removed) == (0, 0)
    ways: tuple[dict[str, Any], ...] = ({}, {"fresh": True}, {"dry_run": True}, {"dry_run": True, "fresh": True})
    for how in ways:
        before = place.everything()
        again = place.build(**how).files
        assert (again.written, again.unchanged, again.removed) == (0, first.written, 0), how
        before.pop(lease.PATH, None)
        assert {path: content for path, content in place.everything().items() if path != lease.PATH} == before
    place.state.unlink()
    assert place.build().files.written == 0
    changed = place.build({"0.md": news(1, excerpt="New")["0.md"]}).files
    assert 0 < changed.written < first.written


def test_what_somebody_else_changed_is_put_right(place: Place) -> None:
    place.build(news(3))
    right = place.files()
    place.put("topics/ai.atom", b"other")
    place.put("all.html", None)
    assert place.build().files.written == 2
    assert place.files() == right
    place.put("topics/ai.atom", b"other")
    place.put("catalog.json", None)
    place.state.unlink()
    place.build()
    assert place.files() == right
    place.put(".feedloom/manifest", None)
    assert place.build(fresh=True).files.removed == 0
    assert place.files() == right


def test_without_a_manifest_the_files_are_recognised(place: Place, make: Make) -> None:
    folder = make("folder")
    for one in (place, folder):
        one.build(news(5), limit="2")
        assert any(path.startswith("archive/topics/ai/") for path in one.files())
        one.put(".feedloom/manifest", None)
        one.state.unlink()
        one.build({"0.md": None, "1.md": None}, limit="2")
    assert place.files() == folder.files()


def test_a_file_of_somebody_else_is_in_the_way(place: Place) -> None:
    place.put("topics/ai.atom", b"mine")
    place.put("notes.txt", b"mine")
    with pytest.raises(PublishError, match=r"1 file is in the way that feedloom did not write: .*topics/ai\.atom"):
        place.build(news(1))
    assert place.files() == {"topics/ai.atom": b"mine", "notes.txt": b"mine"}
    place.build(replace=True)
    assert place.files()["topics/ai.atom"] != b"mine"
    assert place.files()["notes.txt"] == b"mine"
    # The right bytes are in nobody's way, whoever wrote them.
    copy = place.files()
    place.put(".feedloom/manifest", None)
    place.put("catalog.json", None)
    place.state.unlink()
    place.build()
    assert place.files() == copy


def test_a_withdrawn_article_is_gone(place: Place) -> None:
    place.build({**news(2), "secret.md": record(title="Hush hush", webUrl="https://e.example/s", topics="[Hush]")})
    assert any(b"Hush hush" in content for content in place.files().values())
    place.build({"secret.md": record(title="Hush hush", webUrl="https://e.example/s", topics="[Hush]", published="false")})
    assert not [path for path, content in place.everything().items() if b"Hush hush" in content]
    assert "topics/hush.atom" in place.files()
    assert len(prune.retired(place.config())) == 1
    assert prune.prune(place.config()) == 4
    assert not [path for path in place.files() if "hush" in path]
    assert place.build().files.written == 0


def test_one_build_at_a_time(place: Place) -> None:
    place.build(news(1))
    with store.of(place.config()).locked(0), pytest.raises(LockError, match="another build is running"):
        place.build()
    place.build()


def test_a_damaged_catalog_or_manifest_is_told(place: Place) -> None:
    place.build(news(1))
    place.put("catalog.json", b"{}")
    with pytest.raises(PublishError, match=r"catalog\.json: not a feedloom catalog"):
        place.build({"1.md": record()})
    place.put(".feedloom/manifest", b"{}")
    with pytest.raises(PublishError, match=r"manifest: not a feedloom manifest"):
        place.build()


class Killed(BaseException):
    """As SIGKILL: nothing is cleaned up."""


def test_a_killed_build_and_then_an_edit(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    few: dict[str, Any] = {"limit": "1", "formats": ["atom"], "pages": "false"}
    secret = record(title="Hush hush", webUrl="https://e.example/s", topics="[Hush]", publishedDateTime="2025-02-01")
    start = {f"{number}.md": record(title=f"No {number}", webUrl=f"https://e.example/{number}") for number in range(2)}
    monkeypatch.setattr(lease, "_left", lambda *_: 0.0)  # a minute later
    other = make("folder")
    other.build(start, **few)
    other.build({"0.md": None}, **few)
    for moment in itertools.count():
        place = make("s3")
        place.build(start, **few)
        with monkeypatch.context() as patch:
            patch.setattr(lease.Lease, "end", lambda self: self._ending.set())
            left = [moment]
            for name in ("put", "_put", "delete"):
                patch.setattr(Objects, name, _killed_after(left, getattr(Objects, name)))
            try:
                place.build({"secret.md": secret, "0.md": None}, **few)
            except Killed:
                pass
            else:
                break
        left_behind = place.files()
        for feed in msgspec.json.decode(left_behind["catalog.json"])["feeds"]:
            assert left_behind.keys() >= set(feed["formats"].values()), moment
        place.build({"secret.md": secret.replace("\n---", "\npublished: false\n---", 1)}, **few)
        assert not [path for path, content in place.everything().items() if b"Hush hush" in content], moment
        assert place.files().keys() - {"topics/hush.atom"} == other.files().keys()
        assert place.build(**few).files.written == 0
    assert moment > 15


def _killed_after(left: list[int], real: Any) -> Any:
    def call(*given: Any, **named: Any) -> Any:
        left[0] -= 1
        if left[0] < 0:
            raise Killed
        return real(*given, **named)

    return call


def test_a_lease_is_renewed_and_taken_over(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lease, "_EVERY", 0.05)
    monkeypatch.setattr(lease, "_LASTS", 1.5)
    monkeypatch.setattr(lease, "_SKEW", 1.0)  # ETags and times of the storage are of whole seconds
    objects = Objects(make("s3").output)
    with lease.hold(objects, 0) as held:
        for _ in range(3):
            with pytest.raises(LockError), lease.hold(objects, 1.2):
                pass
        held.check()
    monkeypatch.setattr(lease.Lease, "_keep", lambda _: None)
    with lease.hold(objects, 0) as late, lease.hold(objects, 30) as held:
        held.check()
        with pytest.raises(PublishError, match="lost its lock"):
            late.check()
        late.end()  # gives back nothing: it is not its own any more
        held.check()
        with pytest.raises(LockError), lease.hold(objects, 0):
            pass
    with lease.hold(objects, 0):
        pass


@pytest.mark.parametrize("kind", ["s3", pytest.param("azure", marks=needs("azurite"))])
class TestObjects:
    """What only object storage has."""

    def test_each_file_says_what_it_is(self, make: Make, kind: str) -> None:
        import obstore

        place = make(kind)
        settings: dict[str, Any] = {"also": {"feed.xml": "all.rss"}, "ttl": "120", "pages": {"sitemap": "true"}}
        place.build(news(1), **settings)

        def headers(path: str) -> tuple[str, str]:
            found = obstore.get(Objects(place.output)._store, path).attributes
            return str(found["Content-Type"]), str(found["Cache-Control"])

        cached = "public, max-age=600"
        assert headers("all.atom") == ("application/atom+xml; charset=utf-8", cached)
        assert headers("all.rss") == headers("feed.xml") == ("application/rss+xml; charset=utf-8", cached)
        assert headers("all.json") == ("application/feed+json; charset=utf-8", cached)
        assert headers("catalog.json") == ("application/json", cached)
        assert headers("index.html") == ("text/html; charset=utf-8", cached)
        assert headers("sitemap.xml") == ("application/xml; charset=utf-8", cached)
        assert headers("feeds.opml") == ("text/x-opml; charset=utf-8", cached)
        first = place.files()
        done = place.build(**settings, publish={"cache_control": "no-cache"})
        assert (done.files.written, place.files()) == (len(first), first)
        assert {headers(path)[1] for path in first} == {"no-cache"}

    def test_a_late_build_does_not_replace_the_catalog(self, make: Make, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
        place = make(kind)
        place.build(news(1))
        other = Place(place.state.parent / "records", place.output)
        other.write({**news(1), "other.md": record(title="Other", webUrl="https://e.example/o")})
        real = bucket.Output.claim

        def paused(self: bucket.Output, wanted: Any) -> None:
            real(self, wanted)
            monkeypatch.setattr(bucket.Output, "claim", real)
            with monkeypatch.context() as patch:
                patch.setattr(lease, "_left", lambda *_: 0.0)
                other.build()

        monkeypatch.setattr(bucket.Output, "claim", paused)
        with pytest.raises(PublishError, match=r"catalog\.json: another build published meanwhile|lost its lock"):
            place.build(news(2))
        right = other.files()
        other.build()
        assert b"Other" in right["all.atom"]
        assert other.files()["catalog.json"] == right["catalog.json"]

    def test_commands_read_what_is_published(self, make: Make, kind: str) -> None:
        place = make(kind)
        place.build(news(2))

        def run(*given: str) -> tuple[int, str]:
            done = CliRunner().invoke(main, [*given, place.output])
            assert buckets.SECRET not in done.output
            assert done.exception is None or isinstance(done.exception, SystemExit)
            return done.exit_code, done.output

        assert "topics/c-plus-plus" in run("feeds", "-o")[1]
        assert "Article 1" in run("show", "topic/AI", "-o")[1]
        assert run("prune", "-o")[0] == 0
        assert run("show", "nothing", "-o")[0] == 1
        assert run("build", str(place.records), "--dry-run", "--no-cache", "-o")[0] == 0
        assert run("serve") == (2, f"feedloom: {place.output}: feedloom serve needs the feeds in a local folder; name one\n")
