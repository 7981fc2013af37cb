"""`feedloom serve`: what of a site is served, new builds, signals, logs; over real connections where it matters."""

import contextlib
import difflib
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import feedparser
import pytest
import reader
from click.testing import CliRunner

import feedloom.serve.site
from feedloom.cli.main import main
from feedloom.config.load import load
from feedloom.errors import PublishError
from feedloom.serve import filters, observers, server
from feedloom.serve.answer import Document, Request, Response, Rules, answer
from feedloom.serve.site import PublishedSite
from tests.conftest import record
from tests.programs import needs
from tests.readers import PARAMETERS, READERS
from tests.test_servers import free_port

SETTINGS = """\
records: records
output: feeds
limit: 3
archive: true
site: {url: "https://example.com/news/", hub: "https://hub.example.com/"}
topics: {AI: {aliases: [KI]}}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The settings of a small site that is built."""
    return made(tmp_path)


def made(folder: Path) -> Path:
    (folder / "records").mkdir()
    for number in range(8):
        write(folder, f"{number}", f"Article {number}")
    file = folder / "feedloom.yaml"
    file.write_text(SETTINGS)
    build(file)
    return file


def write(folder: Path, name: str, title: str, topics: str = "[AI, C++]") -> None:
    date = f"2021-05-1{name}T00:00:00Z"
    provider = "{name: P, domain: p.example}"
    text = record(title=title, webUrl=f"https://example.org/{name}", publishedDateTime=date, topics=topics, provider=provider)
    (folder / "records" / f"{name}.md").write_text(text)


def build(file: Path) -> None:
    feedloom.build(load(str(file)))


def served(file: Path, **options: Any) -> PublishedSite:
    return PublishedSite(partial(load, str(file)), Rules(), **options)


def get(site: PublishedSite, path: str, **headers: str) -> Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    response = answer(Request("GET", path, "", named), site)
    assert isinstance(response, Response)
    return response


def test_all_published_files_are_served_and_no_others(file: Path) -> None:
    folder = file.parent / "feeds"
    file.write_text(SETTINGS + "pages: {sitemap: true}\n")
    build(file)
    site = served(file)
    paths = [str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()]
    published = [path for path in paths if not path.startswith(".feedloom/")]
    assert any(path.startswith("archive/topics/") for path in published)
    assert "sitemap.xml" in published
    for path in published:
        assert get(site, f"/news/{path}").body == (folder / path).read_bytes(), path
    others = [
        ".feedloom/manifest",
        "all.atom.gz",
        "notes.html",
        "topics/notes.atom",
        "archive/topics/ai/notes.atom",
        ".htaccess",
    ]
    for path in others:
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_text("others")
    for path in (*others, "topics", "topics/", "archive/", "archive/topics/ai/", f"archive/topics/none/{'0' * 32}.atom"):
        assert get(site, f"/news/{path}").status == 404, path


def test_lists_of_feeds_and_the_sitemap_are_served(file: Path) -> None:
    topics = json.dumps([f"Topic {number}" for number in range(70)])
    write(file.parent, "9", "Many", topics)
    file.write_text(f"{SETTINGS}pages: {{sitemap: true, css: [my.css]}}\n")
    (file.parent / "my.css").write_text("h1 { color: red }")
    build(file)
    site, folder = served(file), file.parent / "feeds"
    for path in ("topics/index.html", "sitemap.xml", "feedloom-own.css"):
        assert get(site, f"/news/{path}").body == (folder / path).read_bytes()
    assert get(site, "/news/topics/").body == (folder / "topics" / "index.html").read_bytes()


def test_the_paths_of_an_earlier_program_are_served(file: Path) -> None:
    file.write_text(SETTINGS + "also: {feed.xml: all.rss, tags/ai/feed: topics/ai.atom}\n")
    site = served(file)
    build(file)
    for path, feed in (("feed.xml", "all.rss"), ("tags/ai/feed", "topics/ai.atom")):
        assert get(site, f"/news/{path}") == get(site, f"/news/{feed}")
        assert get(site, f"/news/{path}").body == (file.parent / "feeds" / path).read_bytes()
    (file.parent / "feeds" / "feed.xml.gz").write_text("others")
    assert get(site, "/news/feed.xml.gz").status == 404


def test_similar_addresses_are_named(file: Path) -> None:
    site = served(file)
    assert b"\n/news/topics/c-plus-plus.rss\n" in get(site, "/news/topics/c-pluss.rss").body
    assert b"\n/news/topics/c-plus-plus.atom\n" in get(site, "/news/topics/c-plus-pluss").body
    for path in ("zzz.atom", "topics/zzz.atom", f"topics/{'c' * 5000}.atom", ""):
        assert b"Did you mean" not in get(site, f"/news/{path}").body


def test_few_addresses_are_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    """With 20,000 feeds, comparing all took 80 ms for each mistake."""
    compared: list[int] = []

    def matches(_: str, among: list[str], *more: object) -> list[str]:
        compared.append(len(among))
        return []

    monkeypatch.setattr(difflib, "get_close_matches", matches)
    addresses = [f"topics/a{number}" for number in range(20_000)]
    filters.nearest("topics/abc", {"topics/a": addresses})
    filters.nearest("topics/" + "a" * 1000, {"topics/a": addresses})
    assert compared == [300, 0]


def test_links_are_not_followed(file: Path) -> None:
    secret = file.parent / "secret"
    secret.write_text("secret")
    path = file.parent / "feeds" / "all.atom"
    path.unlink()
    path.symlink_to(secret)
    assert get(served(file), "/news/all.atom").status == 404


def test_an_address_without_suffix_is_the_page(file: Path) -> None:
    site = served(file)
    assert get(site, "/news/topics/ai").body == get(site, "/news/topics/ai.html").body
    assert get(site, "/news/").body == get(site, "/news/index.html").body


def test_other_names_are_redirected(file: Path) -> None:
    site = PublishedSite(partial(load, str(file)), Rules(redirects_aliases=True))
    for path in ("", ".html", ".atom"):
        response = get(site, f"/news/topics/ki{path}")
        assert (response.status, dict(response.headers)["location"]) == (301, f"/news/topics/ai{path}")


def test_links_in_headers(file: Path) -> None:
    site = served(file)
    links = {
        path: dict(get(site, f"/news/{path}").headers).get("link") for path in ("topics/ki.rss", "all.html", "catalog.json")
    }
    hub = '<https://hub.example.com/>; rel="hub"'
    assert links == {
        "topics/ki.rss": f'<https://example.com/news/topics/ai.rss>; rel="self", {hub}',
        "all.html": None,
        "catalog.json": None,
    }


def test_a_new_build_is_served_at_once(file: Path) -> None:
    site = served(file)
    before = get(site, "/news/all.atom")
    tag = dict(before.headers)["etag"]
    assert get(site, "/news/all.atom", if_none_match=tag).status == 304
    assert get(site, "/news/topics/new.atom").status == 404
    write(file.parent, "9", "Another", "[New]")
    build(file)
    after = get(site, "/news/all.atom", if_none_match=tag)
    assert (after.status, b"Another" in after.body) == (200, True)
    assert get(site, "/news/topics/new.atom").status == 200


def test_answers_while_builds_go_on(file: Path) -> None:
    """Each answer is of one build: all of its titles have one number, and the tag is that of its bytes."""
    stop = threading.Event()

    def edit(number: int) -> None:
        for name in "567":
            write(file.parent, name, f"Build {number}")
        build(file)

    def edit_all() -> None:
        try:
            for number in range(1, 7):
                edit(number)
        finally:
            stop.set()

    edit(0)
    site = served(file)
    builder = threading.Thread(target=edit_all)
    builder.start()
    seen = set()
    while not stop.is_set():
        response = get(site, "/news/all.json")
        titles = {item["title"] for item in json.loads(response.body)["items"]}
        assert len(titles) == 1
        assert dict(response.headers)["etag"] == f'"{Document(response.body, "").tag}"'
        seen |= titles
    builder.join()
    assert b"Build 6" in get(site, "/news/all.json").body
    assert len(seen) > 1


def test_new_settings_are_served_with_the_next_build(file: Path) -> None:
    site = served(file)
    file.write_text(SETTINGS.replace("hub.example.com", "hub.example.net"))
    write(file.parent, "9", "Another", "[New]")
    build(file)
    assert "hub.example.net" in dict(get(site, "/news/all.atom").headers)["link"]


def test_settings_that_are_gone_for_a_moment(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feedloom.serve.site, "_LOOKS", 0)
    monkeypatch.chdir(file.parent)
    site = PublishedSite(load, Rules())
    aside = file.rename("aside")
    for text in (SETTINGS, SETTINGS.replace("hub.example.com", "hub.example.net")):
        assert "example.com/news/all.atom" in dict(get(site, "/news/all.atom").headers)["link"]
        aside.write_text(text)
    aside.rename(file)
    assert "hub.example.net" in dict(get(site, "/news/all.atom").headers)["link"]


def test_a_catalog_that_is_lost(file: Path) -> None:
    site = served(file)
    catalog = file.parent / "feeds" / "catalog.json"
    text = catalog.read_text()
    for damaged in ("{}", ""):
        catalog.write_text(damaged)
        assert get(site, "/-/health").status == 503
        assert get(site, "/news/all.atom").status == 200
        with pytest.raises(PublishError):
            served(file)
    catalog.unlink()
    assert (get(site, "/-/health").status, get(site, "/news/all.atom").status) == (503, 200)
    catalog.write_text(text)
    assert get(site, "/-/health").status == 200


def test_what_is_needed(tmp_path: Path) -> None:
    ran = CliRunner().invoke(main, ["serve", str(tmp_path)])
    assert (ran.exit_code, "no feeds yet" in ran.stderr) == (2, True)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--bind", "localhost"], "such as 127.0.0.1:8000"),
        (["--bind", "127.0.0.1:0"], "such as 127.0.0.1:8000"),
        (["--bind", "127.0.0.1:99999"], "such as 127.0.0.1:8000"),
        (["--base-path", "feeds"], "such as / or /feeds/"),
        (["--base-path", "/fe eds/"], "such as / or /feeds/"),
        (["--cors", "example.com"], "an origin such as"),
        (["--workers", "0"], "1<=x<=64"),
        (["--max-age", "-1"], "0<=x"),
        (["--metrics"], "--admin-bind"),
        (["--admin-bind", "127.0.0.1:9000"], "--metrics"),
        (["--log-addresses"], "needs --access-log"),
        (["--forwarded-from", "10.0.0.0/8"], "needs --log-addresses"),
        (["--forwarded-from", "example.com"], "an IP address or a network such as 10.0.0.0/8, not 'example.com'"),
        (["--base-path", "/feeds/../"], "must be a path such as / or /feeds/"),
    ],
)
def test_wrong_options(file: Path, options: list[str], message: str) -> None:
    ran = CliRunner().invoke(main, ["serve", "-c", str(file), *options])
    assert (ran.exit_code, message in ran.stderr) == (2, True), ran.stderr


def test_an_address_in_use(file: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        place = f"127.0.0.1:{other.getsockname()[1]}"
        ran = CliRunner().invoke(main, ["serve", "-c", str(file), "--bind", place])
    assert (ran.exit_code, ran.stderr) == (
        1,
        f"feedloom: {place}: cannot listen there: Address already in use; choose another address\n",
    )


def test_the_same_address_for_all_and_for_the_metrics(file: Path) -> None:
    port = free_port()
    given = ["--bind", f"0.0.0.0:{port}", "--metrics", "--admin-bind", f"127.0.0.1:{port}"]
    ran = CliRunner().invoke(main, ["serve", "-c", str(file), *given])
    assert (ran.exit_code, f"127.0.0.1:{port}: cannot listen there" in ran.stderr) == (1, True), ran.stderr


def test_an_access_log_that_cannot_be_written(file: Path) -> None:
    given = ["--bind", f"127.0.0.1:{free_port()}", "--access-log", str(file.parent / "none" / "log")]
    ran = CliRunner().invoke(main, ["serve", "-c", str(file), *given])
    assert (ran.exit_code, "cannot be written: No such file or directory" in ran.stderr) == (1, True)


@contextlib.contextmanager
def running(file: Path, *options: str, host: str = "127.0.0.1") -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    """The address of the site, and the process of the server."""
    port = free_port()
    command = [sys.executable, "-m", "feedloom", "serve", "-c", str(file), "--bind", f"{host}:{port}", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
        try:
            for _ in range(600):
                with contextlib.suppress(OSError), urllib.request.urlopen(f"http://{host}:{port}/-/health", timeout=5):
                    break
                if server.poll() is not None:
                    pytest.fail(str(server.communicate()))
                time.sleep(0.05)
            yield f"http://{host}:{port}", server
        finally:
            server.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                server.wait(30)
            server.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_end_it_well(file: Path, number: int) -> None:
    with running(file) as (address, server):
        server.send_signal(number)
        output, errors = server.communicate(timeout=60)
    port = address.rpartition(":")[2]
    assert (server.returncode, output, errors) == (
        0,
        f"Serving {file.parent}/feeds at http://127.0.0.1:{port}/news/\n",
        "",
    )


def test_a_name_to_listen_at(file: Path) -> None:
    with running(file, host="localhost") as (address, _), urllib.request.urlopen(f"{address}/news/all.atom") as response:
        assert response.status == 200


def test_a_reader_gets_304_until_something_is_new(file: Path) -> None:
    with running(file) as (address, _):
        first = feedparser.parse(f"{address}/news/all.atom")
        assert (first.status, len(first.entries), first.bozo) == (200, 3, False)
        again = feedparser.parse(f"{address}/news/all.atom", etag=first.etag, modified=first.modified)
        assert (again.status, again.entries) == (304, [])
        write(file.parent, "9", "Another")
        build(file)
        news = feedparser.parse(f"{address}/news/all.atom", etag=first.etag, modified=first.modified)
        assert (news.status, "Another" in {entry.title for entry in news.entries}) == (200, True)


def once_there(address: str) -> str:
    """What a server answers that may still be starting."""
    for _ in range(100):
        with contextlib.suppress(urllib.error.URLError), urllib.request.urlopen(address) as response:
            return str(response.read(), "utf-8")
        time.sleep(0.1)
    pytest.fail(f"{address}: no answer")


def test_the_log_and_the_metrics(file: Path) -> None:
    log = file.parent / "access.log"
    admin = f"127.0.0.1:{free_port()}"
    with running(file, "--access-log", str(log), "--metrics", "--admin-bind", admin) as (address, _):
        for path, agent in (("/news/all.atom", "reader/1"), ('/news/"x"', 'odd "agent"\\')):
            asked = urllib.request.Request(address + path, headers={"User-Agent": agent})
            with contextlib.suppress(urllib.error.HTTPError), urllib.request.urlopen(asked) as response:
                response.read()
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(f"{address}/-/metrics")
        log.rename(file.parent / "access.log.1")
        text = once_there(f"http://{admin}/-/metrics")
        assert 'feedloom_http_requests_total{status="200"}' in text
        assert 'feedloom_http_requests_total{status="404"} 2' in text
    lines = [json.loads(line) for line in (file.parent / "access.log.1").read_text().splitlines()]
    lines = [line for line in lines if line["path"].startswith("/news/")]
    assert [(line["method"], line["path"], line["status"], line["agent"]) for line in lines] == [
        ("GET", "/news/all.atom", 200, "reader/1"),
        ("GET", '/news/"x"', 404, 'odd "agent"\\'),
    ]
    assert lines[0]["bytes"] == (file.parent / "feeds" / "all.atom").stat().st_size
    assert all(set(line) == {"time", "method", "path", "status", "bytes", "ms", "agent"} for line in lines)
    assert "127.0.0.1" not in str(lines)


def test_addresses_in_the_log_where_they_are_wanted(file: Path) -> None:
    log = file.parent / "access.log"
    with running(file, "--access-log", str(log), "--log-addresses"):
        pass
    assert json.loads(log.read_text().splitlines()[0])["address"] == "127.0.0.1"


@pytest.mark.parametrize(
    ("forwarded", "proxy", "logged"),
    [
        ("192.0.2.7", "127.0.0.1", "192.0.2.7"),
        ("198.51.100.1, 192.0.2.7", "127.0.0.0/8", "192.0.2.7"),  # a client can invent the first
        ("192.0.2.7", "10.0.0.0/8", "127.0.0.1"),
        ("192.0.2.7", "::1", "127.0.0.1"),
        ("unknown", "127.0.0.1", "127.0.0.1"),
        ("", "127.0.0.1", "127.0.0.1"),
    ],
)
def test_addresses_behind_a_proxy(tmp_path: Path, forwarded: str, proxy: str, logged: str) -> None:
    log = observers.AccessLog(str(tmp_path / "log"), with_addresses=True, proxies=[server.network(proxy)])
    log(Request("GET", "/", "", {"x-forwarded-for": forwarded}), Response(200, []), 0.1, "127.0.0.1")
    assert json.loads((tmp_path / "log").read_text())["address"] == logged


def test_filters_need_the_cache(file: Path) -> None:
    Path(str(load(str(file)).state)).unlink()
    ran = CliRunner().invoke(main, ["serve", "-c", str(file), "--filters"])
    assert (ran.exit_code, ran.stderr.startswith("feedloom: --filters: Filters need the cache of the last build")) == (2, True)


def test_a_filter_over_a_connection(file: Path) -> None:
    with running(file, "--filters") as (address, _):
        first = feedparser.parse(f"{address}/news/topics/c-plus-plus+ai.atom?limit=2")
        assert (first.status, first.href) == (301, f"{address}/news/topics/ai+c-plus-plus.atom?limit=2")
        assert [entry.title for entry in first.entries] == ["Article 7", "Article 6"]
        assert feedparser.parse(first.href, etag=first.etag).status == 304
        with pytest.raises(urllib.error.HTTPError, match="400"):
            urllib.request.urlopen(f"{address}/news/all.atom?limit=1000")


def test_paths_that_are_not_encoded(file: Path) -> None:
    file.write_text(SETTINGS.replace("[KI]", "[Künstlich]") + "also: {feed.xml: all.rss}\n")
    build(file)
    with running(file, "--filters") as (address, _):
        for target in ("topics/künstlich.atom", "all.json?q=grün", "all.rss?limit=2&"):
            with socket.create_connection(("127.0.0.1", int(address.rpartition(":")[2]))) as client:
                client.sendall(f"GET /news/{target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
                status = client.makefile("rb").readline()
                assert status.split()[1] == (b"301" if target.endswith("&") else b"200"), target


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a site that is served."""
    with running(made(tmp_path_factory.mktemp("live")), "--filters") as (address, _):
        yield f"{address}/news/"


@pytest.mark.parametrize("name", PARAMETERS)
@pytest.mark.parametrize("path", ["all.atom", "topics/ai+c-plus-plus.atom"])
def test_readers_of_others(live: str, name: str, path: str) -> None:
    assert sorted(str(entry.title) for entry in READERS[name](live + path)) == ["Article 5", "Article 6", "Article 7"]


def statuses(log: Path) -> list[int]:
    """What feeds were answered with."""
    lines = map(json.loads, log.read_text().splitlines())
    return [line["status"] for line in lines if line["path"].endswith("/all.atom")]


@needs("newsboat")
def test_newsboat_comes_back(file: Path) -> None:
    """It asks for new entries alone, and keeps those that it has."""
    home, log = file.parent / "newsboat", file.parent / "log"
    home.mkdir()
    (home / "config").touch()
    arguments = ("-u", home / "urls", "-C", home / "config", "-c", home / "cache.db", "-x", "reload")
    with running(file, "--deltas", "--access-log", str(log)) as (address, _):
        (home / "urls").write_text(f"{address}/news/all.atom\n")
        for number in range(4):
            if number == 2:
                time.sleep(1.1)  # newsboat takes an answer with the same Last-Modified, in seconds, for the one that it has
                write(file.parent, "8", "Brand new")
                build(file)
            subprocess.run(["newsboat", *map(str, arguments)], env={**os.environ, "HOME": str(home)}, check=True)
    with contextlib.closing(sqlite3.connect(home / "cache.db")) as cache:
        titles = {title for (title,) in cache.execute("SELECT title FROM rss_item")}
    assert titles == {"Article 5", "Article 6", "Article 7", "Brand new"}
    assert statuses(log) == [200, 200, 226, 304]  # it stores a tag only with the second answer


def test_reader_comes_back(file: Path) -> None:
    log = file.parent / "log"
    with running(file, "--deltas", "--access-log", str(log)) as (address, _), reader.make_reader(":memory:") as one:
        one.add_feed(url := f"{address}/news/all.atom")
        for number in range(4):
            if number == 2:
                write(file.parent, "8", "Brand new")
                build(file)
            one.update_feed(url)
        titles = {entry.title for entry in one.get_entries()}
    assert titles == {"Article 5", "Article 6", "Article 7", "Brand new"}
    assert statuses(log) == [200, 304, 226, 304]  # feedparser, which it uses, asks for new entries alone


@needs("curl")
def test_curl(live: str, tmp_path: Path) -> None:
    def curl(*options: str) -> str:
        command = ["curl", "-sS", "-o", "feed", "-w", "%{http_code} %{size_download}", *options, f"{live}all.atom"]
        return subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True).stdout

    length = int(curl("--etag-save", "plain").removeprefix("200 "))
    assert length == (tmp_path / "feed").stat().st_size
    assert int(curl("--compressed", "--etag-save", "coded").removeprefix("200 ")) < length
    assert length == (tmp_path / "feed").stat().st_size
    for tag in ("plain", "coded"):
        assert curl("--compressed", "--etag-compare", tag) == curl("--etag-compare", tag) == "304 0"
    assert curl("-z", "feed") == "304 0"
    assert curl("-r", "0-9") == "206 10"
