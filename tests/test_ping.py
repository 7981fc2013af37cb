"""Hubs are told what changed, once each, whatever happens in between."""

import contextlib
import http.server
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from feedloom.cli.main import main
from feedloom.errors import ConfigError, NoFeedError, StateError
from feedloom.model import Slug
from feedloom.pipeline import cache, hubs, outbox, ping
from feedloom.pipeline.cache import Cache
from feedloom.pipeline.ping import Pinged
from feedloom.site import manifest
from feedloom.site.publish import Output
from tests.conftest import Site, record
from tests.test_hubs import Hub, first, hub, reset, says

ALL = ["all.atom", "all.json", "all.rss"]
AI = ["topics/ai.atom", "topics/ai.json", "topics/ai.rss"]
A = record(topics="[AI]")
B = record(title="B", webUrl="https://example.com/b", topics="[AI]", publishedDateTime="2021-05-22T00:00:00Z")
C = record(title="C", webUrl="https://example.com/c", topics="[Law]", publishedDateTime="2021-05-23T00:00:00Z")


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@contextlib.contextmanager
def served(folder: Path) -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def deploy(built: Path, place: Path) -> None:
    """Copy a folder some time after it was built."""
    while not (built / "catalog.json").exists():
        time.sleep(0.01)
    time.sleep(0.5)
    shutil.copytree(built, place)


class World:
    """A site that is served, and a hub."""

    def __init__(self, site: Site, url: str, hub: Hub) -> None:
        self.site = site
        self.url = url
        self.hub = hub
        self.settings: dict[str, Any] = {"site__url": url, "site__hub": hub.url}

    def build(self, records: dict[str, str], **settings: Any) -> None:
        self.site.build(records, **{**self.settings, **settings})

    def ping(self, *names: str, everything: bool = False, dry_run: bool = False, **settings: Any) -> Pinged:
        config = self.site.config(**{**self.settings, **settings})
        return ping.ping(config, names, everything=everything, dry_run=dry_run)

    def told(self, *names: str, **settings: Any) -> list[str]:
        """Ping; what the hub was told, by path."""
        before = len(self.hub.forms)
        done = self.ping(*names, **settings)
        assert (done.left, done.refused) == ([], [])
        found = sorted(form["hub.url"][0].removeprefix(self.url) for form in self.hub.forms[before:])
        assert sorted(url.removeprefix(self.url) for urls in done.told.values() for url in urls) == found
        return found


@pytest.fixture(autouse=True)
def _fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(random, "uniform", lambda low, high: 0.01)
    monkeypatch.setattr(hubs, "A_SECOND", 1000)


@pytest.fixture
def world(site: Site) -> Iterator[World]:
    site.output.mkdir()
    with served(site.output) as url, hub(says(202)) as one:
        yield World(site, url, one)


def test_a_new_site_tells_the_feed_of_all_articles_only(world: World) -> None:
    world.build({"a.md": A})
    assert world.told() == ALL
    assert world.told() == []


def test_what_changed_is_told_once(world: World) -> None:
    world.build({"a.md": A, "c.md": C})
    world.told()
    world.build({"b.md": B})
    assert world.told() == [*ALL, *AI]
    assert world.told() == []
    world.build({})
    assert world.told() == []


def test_a_dry_run_tells_nobody(world: World) -> None:
    world.build({"a.md": A})
    before = world.site.state.read_bytes()
    done = world.ping(dry_run=True)
    assert sorted(done.told[world.hub.url]) == [world.url + path for path in ALL]
    assert world.hub.forms == []
    assert world.site.state.read_bytes() == before
    assert world.told() == ALL


def test_changes_of_several_builds_are_told_together(world: World) -> None:
    world.build({"a.md": A})
    world.told()
    world.build({"b.md": B})
    world.build({"c.md": C})
    assert world.told() == [*ALL, *AI, *(f"topics/law.{format}" for format in ("atom", "json", "rss"))]


def test_feeds_by_name(world: World) -> None:
    world.build({"a.md": A, "c.md": C})
    world.told()
    world.build({"b.md": B})
    assert world.told("topics/law") == []
    assert world.told("AI") == AI
    assert world.told() == ALL
    assert world.told("topics/law.rss", everything=True) == [f"topics/law.{format}" for format in ("atom", "json", "rss")]
    assert len(world.told(everything=True)) == 9
    with pytest.raises(NoFeedError, match="no such feed"):
        world.ping("topics/lwa")


def test_aliases_are_told_and_pages_and_archives_are_not(world: World) -> None:
    settings: dict[str, Any] = {"topics": {"AI": {"aliases": ["KI"]}}, "archive": True, "limit": 1}
    world.build({"a.md": A}, **settings)
    world.told(**settings)
    world.build({"b.md": B}, **settings)
    assert (world.site.output / "archive").is_dir()
    assert world.told(**settings) == [*ALL, *AI, "topics/ki.atom", "topics/ki.json", "topics/ki.rss"]


def test_feeds_under_names_of_others_are_told(world: World) -> None:
    also: dict[str, Any] = {"also": {"feed.xml": "all.rss", "tags/ai.xml": "topics/ai.atom"}}
    world.build({"a.md": A}, **also)
    world.told(**also)
    world.build({"b.md": B}, **also)
    assert world.told(**also) == sorted([*ALL, *AI, "feed.xml", "tags/ai.xml"])


def test_the_outbox_outlives_settings_versions_and_the_rest_of_the_cache(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.build({"a.md": A})
    world.told()
    world.build({"b.md": B})
    monkeypatch.setattr(cache, "code", lambda: b"another version")
    world.site.build({}, fresh=True, **world.settings, max_file_size=5000)
    assert world.told() == [*ALL, *AI]


def test_each_hub_is_told_and_one_that_fails_keeps_no_other_waiting(world: World) -> None:
    failing = [True]
    with hub(lambda handler, number: says(503 if failing[0] else 202)(handler, number)) as other:
        world.settings["site__hub"] = [other.url, world.hub.url]
        world.build({"a.md": A})
        done = world.ping()
        assert sorted(done.told[world.hub.url]) == [world.url + path for path in ALL]
        ((at, left, why),) = [(left.hub, left.urls, left.why) for left in done.left]
        assert (at, sorted(left)) == (other.url, [world.url + path for path in ALL])
        assert why.startswith("503")
        failing[0] = False
        told = len(world.hub.forms)
        assert world.ping().told == {other.url: left, world.hub.url: ()}
        assert len(world.hub.forms) == told


def test_a_hub_that_was_down_is_told_later(world: World) -> None:
    with hub(says(202)) as gone:
        pass
    world.build({"a.md": A}, site__hub=gone.url)
    assert [left.why for left in world.ping(site__hub=gone.url).left] == ["Connection refused"]
    world.build({"b.md": B}, site__hub=gone.url)
    assert [len(left.urls) for left in world.ping(site__hub=gone.url).left] == [6]


def test_what_is_refused_is_not_told_again(world: World) -> None:
    with hub(first(says(400, b"no such topic"), says(202))) as one:
        world.build({"a.md": A}, site__hub=one.url)
        done = world.ping(site__hub=one.url)
        assert sorted(refused.url for refused in done.refused) == [world.url + path for path in ALL]
        assert done.refused[0].why.endswith("no such topic")
        assert world.ping(site__hub=one.url) == Pinged({one.url: ()})


def test_after_a_day_it_is_dropped(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.build({"a.md": A})
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 25 * 3600)
    done = world.ping()
    assert sorted(done.dropped) == [world.url + path for path in ALL]
    assert world.ping() == Pinged({world.hub.url: ()})
    assert world.hub.forms == []


def test_the_outbox_has_feeds_only() -> None:
    feed = manifest.Entry(kind="all", name="", slug=Slug("all"), paths=("all.atom", "all.html", "archive/all/1.atom"))
    published = manifest.made([feed], ["catalog.json", "feeds.opml"])
    paths = ["archive/all/1.atom", "all.atom", "all.atom.gz", "all.html", "catalog.json", "feeds.opml"]
    assert outbox.addresses(paths, published, ("atom", "json")) == ["all.atom"]


def test_what_changes_while_it_is_told_is_told_again() -> None:
    box = outbox.Outbox({"a": outbox.Waiting(5, ("h", "i")), "b": outbox.Waiting(9, ("h",))})
    assert outbox.without(box, "h", {"a": 5, "b": 5}).waiting == {
        "a": outbox.Waiting(5, ("i",)),
        "b": outbox.Waiting(9, ("h",)),
    }


@pytest.mark.parametrize(
    ("there", "why"), [(None, "404 File not found"), (b"", "is not what was built"), (b"x" * 9999, "is not what was built")]
)
def test_what_is_not_deployed_is_not_told(world: World, tmp_path: Path, there: bytes | None, why: str) -> None:
    world.build({"a.md": A})
    other = tmp_path / "other"
    other.mkdir()
    if there is not None:
        for path in ALL:
            (other / path).write_bytes(there)
    with served(other) as url:
        done = world.ping(site__url=url)
    assert done.undeployed
    assert done.undeployed[0].startswith(f"{url}all.")
    assert done.undeployed[1].startswith(why)
    assert [len(left.urls) for left in done.left] == [3]
    assert world.hub.forms == []
    assert world.told() == ALL


def test_a_ping_waits_until_it_is_deployed(world: World, tmp_path: Path) -> None:
    world.build({"a.md": A})
    other = tmp_path / "other"
    with served(other) as url:
        deploying = threading.Timer(0.7, shutil.copytree, (world.site.output, other))
        deploying.start()
        done = ping.ping(world.site.config(site__url=url, site__hub=world.hub.url), deployed=60)
        deploying.join()
    assert (done.undeployed, done.left, len(world.hub.forms)) == (None, [], 3)


class Killed(BaseException):
    """As if the process was killed: nothing is tidied up."""


@pytest.mark.parametrize("moment", ["remove", "finish"])
def test_what_a_killed_build_wrote_is_told_by_the_next(world: World, monkeypatch: pytest.MonkeyPatch, moment: str) -> None:
    """Its files have the right bytes already, so that the next build writes none of them."""
    world.build({"a.md": A})
    world.told()

    def killed(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(Output, moment, killed)
        patch.setattr(Output, "sweep", lambda self: None)
        with pytest.raises(Killed):
            world.build({"b.md": B})
    world.build({})
    assert world.told() == [*ALL, *AI]
    world.build({"c.md": C})
    assert "topics/law.atom" in world.told()


@pytest.mark.parametrize("fresh", [True, False])
def test_a_first_build_that_was_killed_is_still_the_first(world: World, monkeypatch: pytest.MonkeyPatch, fresh: bool) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Cache, "finish", lambda *_: (_ for _ in ()).throw(Killed))
        with pytest.raises(Killed):
            world.build({"a.md": A})
    world.site.build({}, fresh=fresh, **world.settings)
    assert world.told() == ALL


def test_a_ping_that_is_killed_remembers_what_it_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ping, "_TOGETHER", 2)
    world.build({"a.md": A, "c.md": C})
    world.told()
    world.build({"b.md": B})
    real = hubs.tell
    calls: list[int] = []

    def tell(hub: str, topics: Any, stop: Any) -> Any:
        calls.append(len(topics))
        if len(calls) == 3:
            raise Killed
        return real(hub, topics, stop)

    with monkeypatch.context() as patch:
        patch.setattr(hubs, "tell", tell)
        with pytest.raises(Killed):
            world.ping()
    assert calls == [2, 2, 2]
    assert world.told() == AI[1:]


def test_two_pings_at_once_tell_each_address_once(world: World) -> None:
    """The second tells only what the first did not begin with, and does not wait for it."""
    go = threading.Event()

    def answer(handler: http.server.BaseHTTPRequestHandler, number: int) -> None:
        go.wait(30)
        says(202)(handler, number)

    with hub(answer) as one:
        world.settings["site__hub"] = one.url
        world.build({"a.md": A})
        first = threading.Thread(target=world.ping)
        first.start()
        while len(one.forms) < 3:
            time.sleep(0.01)
        assert world.ping() == Pinged({one.url: ()})
        go.set()
        first.join()
        assert sorted(form["hub.url"][0].removeprefix(world.url) for form in one.forms) == ALL
        assert world.ping() == Pinged({one.url: ()})


def test_claims() -> None:
    box = outbox.Outbox({path: outbox.Waiting(5, ("h",)) for path in "abcd"})
    due = dict.fromkeys("abcd", 5)
    first = outbox.claimed(box, outbox.Claim("h", ("a", "b"), 1, 100), due, (), 50)
    for hub_, running, now, paths in (
        ("h", [1], 50, ("c", "d")),
        ("h", [1], 100, ("a", "b", "c", "d")),  # it took too long
        ("h", [], 50, ("a", "b", "c", "d")),  # it was killed
        ("i", [1], 50, ()),
    ):
        second = outbox.claimed(first, outbox.Claim(hub_, ("a", "b", "c", "d"), 2, 200), due, running, now)
        assert second.claims[-1].paths == paths
    told = outbox.without(first, "h", due, 1)
    assert (told.waiting, told.claims) == ({}, ())
    assert outbox.claimed(told, outbox.Claim("h", ("a",), 2, 200), due, (), 50).claims[-1].paths == ()
    changed = outbox.finished(box, ["a"], 9, ("h",), manifest.made([], [], []))
    assert "a" not in outbox.claimed(changed, outbox.Claim("h", ("a",), 2, 200), due, (), 50).claims[-1].paths


def test_a_ping_does_not_disturb_a_build(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """While a build commits, the cache is free for a moment. What a ping writes then is no reason to read all records again."""
    world.build({"a.md": A})
    config = world.site.config(**world.settings)
    passed: list[int] = []
    real = Cache.commit

    def commit(self: Cache) -> None:
        connection = self._connection
        monkeypatch.setattr(self, "_connection", Between(connection, pinged))
        try:
            real(self)
        finally:
            monkeypatch.setattr(self, "_connection", connection)

    def pinged() -> None:
        with cache.amended(config.state or "", 5) as file:
            assert file
            file.outlast("another outbox", os.urandom(8))
        passed.append(1)

    monkeypatch.setattr(Cache, "commit", commit)
    times: list[bool] = []
    opened = cache.opened

    def noted(path: str | None, key: bytes, *, fresh: bool) -> Any:
        times.append(fresh)
        return opened(path, key, fresh=fresh)

    monkeypatch.setattr(cache, "opened", noted)
    world.build({"b.md": B})
    assert times == [False]
    assert passed
    assert world.told() == [*ALL, *AI]


class Between:
    """A connection; something happens when it has committed."""

    def __init__(self, connection: Any, then: Any) -> None:
        self._connection = connection
        self._then = then

    def commit(self) -> None:
        self._connection.commit()
        self._then()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)


def test_what_is_missing(world: World, site: Site) -> None:
    with pytest.raises(ConfigError, match=r"^site\.hub is not set"):
        world.ping(site__hub=None)
    with pytest.raises(ConfigError, match=r"^site\.url is not set"):
        world.ping(site__url=None)
    with pytest.raises(NoFeedError, match="run feedloom build"):
        world.ping()
    world.build({"a.md": A})
    site.state.unlink()
    with pytest.raises(StateError, match="does not say what changed"):
        world.ping()
    done = world.ping(everything=True)
    assert not done.is_remembered
    assert len(done.told[world.hub.url]) == 6
    site.state.write_text("not a database, but somebody's file")
    with pytest.raises(StateError, match="not a cache file"):
        world.ping()


def test_a_build_without_its_cache_says_that_nothing_is_remembered(world: World) -> None:
    world.site.state.mkdir()
    report = world.site.build({"a.md": A}, **world.settings)
    assert report.fallbacks[0].endswith("use feedloom ping --all")


class TestCommands:
    """`feedloom ping` and `feedloom build --ping`."""

    @pytest.fixture
    def settings(self, world: World) -> World:
        text = f"records: records\noutput: out\nsite: {{url: '{world.url}', hub: '{world.hub.url}'}}\n"
        Path("feedloom.yaml").write_text(text)
        world.site.write({"a.md": A})
        return world

    def run(self, *command: str) -> tuple[int, str, str]:
        done = CliRunner().invoke(main, command)
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done.exit_code, done.stdout, done.stderr

    def test_a_build_pings(self, settings: World) -> None:
        code, out, err = self.run("build", "--ping")
        assert (code, err) == (0, "")
        assert out.splitlines()[-1] == f"{settings.hub.url}: told of 3 addresses."
        assert len(settings.hub.forms) == 3
        assert self.run("build", "--ping", "-q") == (0, "", "")
        assert self.run("ping") == (0, "Nothing to tell: no feed changed since the last ping.\n", "")

    def test_a_ping_with_a_line_of_json(self, settings: World) -> None:
        code, out, err = self.run("build", "--ping", "--log-json")
        assert (code, err) == (0, "")
        pinged, built = map(json.loads, out.splitlines())
        assert (built["event"], built["exit"]) == ("build", 0)
        del pinged["time"], pinged["seconds"], pinged["version"]
        assert pinged == {
            "event": "ping",
            "exit": 0,
            "output": "out",
            "told": 3,
            "refused": [],
            "left": 0,
            "dropped": 0,
            "error": None,
        }

    def test_what_is_left_is_an_exit_code(self, settings: World) -> None:
        with hub(reset) as one:
            Path("feedloom.yaml").write_text(Path("feedloom.yaml").read_text().replace(settings.hub.url, one.url))
            code, out, err = self.run("build", "--ping", "-q")
            assert (code, out) == (1, "")
            assert err == f"feedloom: {one.url}: 3 addresses left for the next ping: Connection reset by peer\n"
            code, out, _ = self.run("ping", "--log-json")
            assert (code, json.loads(out)["left"]) == (1, 3)
        assert self.run("ping", "--dry-run")[1].count("would tell") == 3

    def test_wrong_usage(self, settings: World) -> None:
        assert self.run("build", "--ping", "--dry-run")[0] == 2
        assert self.run("ping", "--deployed", "nan")[0] == 2
        assert "--deployed needs --ping" in self.run("build", "--deployed", "5")[2]
        Path("feedloom.yaml").write_text("records: records\noutput: out\n")
        for command in (["build", "--ping"], ["ping"], ["ping", "--log-json"]):
            code, out, err = self.run(*command)
            assert (code, err) == (
                2,
                "feedloom: feedloom.yaml: site.hub is not set: set it, so that feeds can be announced to a hub\n",
            )
        assert json.loads(out)["error"] == err.removeprefix("feedloom: ").strip()
        assert not Path("out", "all.atom").exists()

    def test_what_is_not_deployed(self, settings: World) -> None:
        self.run("build")
        text = Path("feedloom.yaml").read_text()
        with served(Path("nowhere")) as url:
            Path("feedloom.yaml").write_text(text.replace(settings.url, url))
            code, _, err = self.run("ping")
        assert code == 1
        assert err.startswith(f"feedloom: {url}all.")
        assert "404 File not found; nothing was told, 3 addresses wait. Deploy" in err

    def test_a_build_waits_until_it_is_deployed(self, settings: World, tmp_path: Path) -> None:
        text = Path("feedloom.yaml").read_text()
        other = tmp_path / "other"
        with served(other) as url:
            Path("feedloom.yaml").write_text(text.replace(settings.url, url))
            deploying = threading.Thread(target=deploy, args=(settings.site.output, other))
            deploying.start()
            code, _, err = self.run("build", "--ping", "--deployed", "60")
            deploying.join()
        assert (code, err, len(settings.hub.forms)) == (0, "", 3)

    def test_a_signal_ends_it(self, settings: World) -> None:
        """A hub that hangs is left within the time of one request, and what was told is remembered."""
        settings.site.write({"b.md": B.replace("[AI]", "[Law, Art]")})
        self.run("build")

        def answer(handler: http.server.BaseHTTPRequestHandler, number: int) -> None:
            if len(one.forms) > 2:
                time.sleep(5)
            with contextlib.suppress(OSError):
                says(202)(handler, number)

        with hub(answer) as one:
            text = Path("feedloom.yaml").read_text()
            Path("feedloom.yaml").write_text(text.replace(f"'{settings.hub.url}'", f"['{settings.hub.url}', '{one.url}']"))
            self.run("build")
            process = subprocess.Popen([sys.executable, "-m", "feedloom", "ping"], stderr=subprocess.PIPE, text=True)
            while len(one.forms) < 3 and process.poll() is None:
                time.sleep(0.01)
            process.send_signal(signal.SIGTERM)
            _, err = process.communicate(timeout=60)
            sent = {form["hub.url"][0] for form in one.forms}
            assert process.returncode == 143
            assert "Traceback" not in err
            assert 3 <= len(sent) < 12
            waiting = {line.rpartition(" ")[2] for line in self.run("ping", "--dry-run")[1].splitlines()}
            assert len(waiting | sent) == 12
            # Of those that were on their way, the answer may have come too late: they are told again.
            assert len(waiting & sent) <= 8
            assert len(sent - waiting) >= 2
