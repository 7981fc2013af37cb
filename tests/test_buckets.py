"""Builds into a bucket whose storage misbehaves, and several of them at once: whole programs, as users run them."""

import contextlib
import http.server
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

import feedloom
from feedloom.errors import ConfigError
from feedloom.site import lease, prune
from feedloom.storage.objects import Objects
from tests import buckets
from tests.conftest import published, record
from tests.programs import needs

pytestmark = pytest.mark.long

_HEADERS = {"cache-control", "content-type", "etag", "last-modified", "content-range"}
_CONDITIONS = {"authorization", "if-match", "if-none-match", "range", "cache-control", "content-type"}


_URL = "https://feeds.example.org/"


@pytest.fixture
def records(tmp_path: Path) -> Path:
    folder = tmp_path / "records"
    folder.mkdir()
    for number in range(12):
        text = record(webUrl=f"https://e.example/{number}", topics=f"[AI, topic {number}, t{number}]")
        (folder / f"{number}.md").write_text(text)
    return folder


def start(records: Path, url: str, environment: Mapping[str, str], *options: str) -> "subprocess.Popen[str]":
    state = ["--state", str(records.parent / "state.sqlite")] if "--state" not in options else []
    command = [sys.executable, "-m", "feedloom", "build", str(records), "-o", url, "--site-url", _URL, *state, *options]
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.Popen(
        command, cwd=records.parent, env={**kept, **environment}, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def ended(process: "subprocess.Popen[str]") -> tuple[int, str]:
    """The exit code and the output, which never has a secret."""
    out, err = process.communicate(timeout=120)
    said = out + err
    assert buckets.SECRET not in said
    assert "Traceback" not in said, said
    assert "AWS4-HMAC" not in said
    return process.returncode, said


def run(records: Path, url: str, environment: Mapping[str, str], *options: str) -> tuple[int, str]:
    return ended(start(records, url, environment, *options))


def kept(url: str) -> dict[str, bytes]:
    """What is published, without feedloom's own files."""
    objects = Objects(url)
    files = ((found.key, objects.get(found.key)) for found in objects.list())
    return {key: found.data for key, found in files if found and not key.startswith(".feedloom/")}


def in_a_folder(records: Path) -> dict[str, bytes]:
    code, said = run(records, str(records.parent / "out"), {}, "--state", str(records.parent / "other.sqlite"))
    assert code == 0, said
    return published(records.parent / "out")


@contextlib.contextmanager
def proxy(endpoint: str, trouble: Callable[[int, str], str | None]) -> Iterator[str]:
    """A proxy before an endpoint. `trouble` says for the number and method of a request what happens to it: `busy` answers 503,
    `lost` cuts the connection after the request was done, `denied` answers 403, `slow` waits.
    """
    count = iter(range(10**9))
    lock = threading.Lock()

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            with lock:
                kind = trouble(next(count), self.command)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if kind in ("busy", "denied"):
                code, name = (503, "SlowDown") if kind == "busy" else (403, "AccessDenied")
                quoted = f"<Error><Code>{name}</Code><Message>{self.headers.get('Authorization')}</Message></Error>"
                return self.answer(code, quoted.encode(), {})
            if kind == "slow":
                time.sleep(0.3)
            headers = {name: value for name, value in self.headers.items() if name.lower() in _CONDITIONS}
            headers.setdefault("Content-Type", "application/octet-stream")  # otherwise urllib calls it a form
            request = urllib.request.Request(endpoint + self.path, body or None, headers, method=self.command)
            try:
                with urllib.request.urlopen(request) as found:
                    answer = found.status, found.read(), dict(found.headers)
            except urllib.error.HTTPError as error:
                answer = error.code, error.read(), dict(error.headers)
            if kind == "lost":
                self.close_connection = True
                return None
            return self.answer(*answer)

        def answer(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
            self.send_response(status)
            for name, value in headers.items():
                if name.lower() in _HEADERS:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = handle_any  # noqa: N815 (the names that http.server calls)

        def log_message(self, *_: object) -> None:
            pass

    class Quiet(http.server.ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            """Clients may go away."""

    with Quiet(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def test_a_build_in_processes(records: Path, s3: str, moto: buckets.Server) -> None:
    code, said = run(records, f"{s3}/f", moto.environment, "--jobs", "2")
    assert (code, said.count("\n")) == (0, 2), said
    assert kept(f"{s3}/f") == in_a_folder(records)
    code, said = run(records, f"{s3}/f", moto.environment, "--jobs", "2", "--no-cache")
    assert "0 files written" in said


def test_storage_that_is_busy_or_loses_answers(records: Path, s3: str, moto: buckets.Server) -> None:
    troubles = {1: "busy", 3: "lost", 4: "busy", 6: "lost"}
    with proxy(moto.endpoint, lambda number, _: troubles.get(number % 12)) as endpoint:
        environment = {**moto.environment, "AWS_ENDPOINT_URL": endpoint}
        assert run(records, f"{s3}/f", environment)[0] == 0
        (records / "0.md").unlink()
        code, said = run(records, f"{s3}/f", environment)
        assert code == 0, said
    found, right = kept(f"{s3}/f"), in_a_folder(records)
    lists = [path for path in right if "/" not in path and path != "catalog.json"]  # that one has the retired feeds, too
    assert {path: found.get(path) for path in lists} == {path: right[path] for path in lists}
    assert found.keys() > right.keys()


def _denied_from(allowed: int) -> Callable[[int, str], str | None]:
    return lambda number, _: "denied" if number >= allowed else None


def test_storage_that_denies(records: Path, s3: str, moto: buckets.Server) -> None:
    for allowed in (0, 5, 20):
        with proxy(moto.endpoint, _denied_from(allowed)) as endpoint:
            code, said = run(records, f"{s3}/f{allowed}", {**moto.environment, "AWS_ENDPOINT_URL": endpoint})
        assert (code, said.count("\n")) == (2, 1), said
        assert f"{s3}/f{allowed}" in said
        assert "the storage refuses access (403 AccessDenied): check the credentials" in said
        found = kept(f"{s3}/f{allowed}")
        assert "catalog.json" not in found


@needs("s3rver")
def test_storage_that_ignores_conditions_is_refused(records: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with buckets.s3rver(tmp_path / "s3rver") as server:
        code, said = run(records, "s3://feeds/f", server.environment)
        assert (code, said.count("\n")) == (2, 1), said
        assert "this storage ignores conditions (If-Match, If-None-Match), so feedloom cannot lock it" in said
        code, said = run(records, "s3://feeds/f", server.environment, "--no-lock")
        assert code == 0, said
        assert "0 files written" in run(records, "s3://feeds/f", server.environment, "--no-lock", "--no-cache")[1]
        (records / "0.md").unlink()
        code, said = run(records, "s3://feeds/f", server.environment, "--no-lock")
        assert code == 0, said
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        config = feedloom.load_config(output="s3://feeds/f", state=str(tmp_path / "state.sqlite"))
        with pytest.raises(ConfigError, match="ignores conditions"):
            prune.prune(config)
        assert prune.prune(config, locked=False) == 8


def test_two_builds_at_once(records: Path, s3: str, moto: buckets.Server) -> None:
    with proxy(moto.endpoint, lambda _, method: "slow" if method == "PUT" else None) as endpoint:
        first = start(records, f"{s3}/f", {**moto.environment, "AWS_ENDPOINT_URL": endpoint})
        await_lock(f"{s3}/f", first)
        code, said = run(records, f"{s3}/f", moto.environment, "--state", str(records.parent / "b.sqlite"))
        assert (code, "another build is running since" in said) == (75, True), said
        second = start(records, f"{s3}/f", moto.environment, "--state", str(records.parent / "b.sqlite"), "--wait", "60")
        assert ended(first)[0] == 0
    code, said = ended(second)
    assert (code, "0 files written" in said) == (0, True), said
    assert kept(f"{s3}/f") == in_a_folder(records)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_build_gives_the_lock_back(records: Path, s3: str, moto: buckets.Server, number: int, code: int) -> None:
    with proxy(moto.endpoint, lambda _, method: "slow" if method == "PUT" else None) as endpoint:
        process = start(records, f"{s3}/f", {**moto.environment, "AWS_ENDPOINT_URL": endpoint}, "--jobs", "2")
        await_lock(f"{s3}/f", process)
        process.send_signal(number)
        assert ended(process)[0] == code
    assert run(records, f"{s3}/f", moto.environment)[0] == 0
    assert kept(f"{s3}/f") == in_a_folder(records)


def await_lock(url: str, process: "subprocess.Popen[str]") -> None:
    """Wait until a build has the lock."""
    objects = Objects(url)
    while process.poll() is None:
        found = objects.get(lease.PATH)
        if found and b'"ended"' not in found.data:
            return
        time.sleep(0.05)
    raise AssertionError(process.communicate())
