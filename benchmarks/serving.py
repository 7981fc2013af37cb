"""Measure `feedloom serve` beside nginx on the same files, with wrk: requests a second, and CPU time for each."""

import contextlib
import http.client
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from importlib import metadata
from typing import NamedTuple

import measure
import records
from measure import Failed
from report import Served
from tools import ALL, FEEDLOOM

_RECORDS = 1000
_SECONDS = 3
_CONNECTIONS = 16
_LARGE = 200_000
_PATIENCE = 30.0
_NGINX = """\
daemon off;
{user}worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log crit;
events {{ worker_connections 256; }}
http {{
    access_log off;
    sendfile on;
    tcp_nopush on;
    keepalive_requests 100000000;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    types {{ application/atom+xml atom; application/rss+xml rss; application/feed+json json; text/html html; }}
    charset utf-8;
    server {{ listen 127.0.0.1:{port}; root {root}; }}
}}
"""


class _Request(NamedTuple):
    title: str
    path: str
    is_known: bool
    """Whether the client has the file, so that the answer is a 304."""


def missing() -> list[str]:
    """The programs that are needed and not there."""
    return [name for name in ("nginx", "wrk") if not shutil.which(name)]


def versions() -> dict[str, str]:
    """The versions of the servers."""
    ran = subprocess.run(["nginx", "-v"], capture_output=True, text=True, check=True)  # noqa: S607
    return {"nginx": ran.stderr.strip().rpartition("/")[2], "granian": metadata.version("granian")}


def measured(work: str, runs: int) -> list[Served]:
    """Ask both servers in turns. Raises Failed."""
    with tempfile.TemporaryDirectory(prefix="feedloom-bench-", dir=work) as folder, contextlib.ExitStack() as stack:
        os.chmod(folder, 0o755)  # noqa: S103 - nginx's processes belong to another user
        output = os.path.join(folder, "output")
        records.write(os.path.join(folder, "records"), _RECORDS)
        measure.run(ALL.command(os.path.join(folder, "records"), output), folder=folder)
        ports = {"nginx": _free_port(), "feedloom": _free_port()}
        settings = os.path.join(folder, "nginx.conf")
        user = "user root;\n" if os.geteuid() == 0 else ""
        with open(settings, "w", encoding="utf-8") as file:
            file.write(_NGINX.format(folder=folder, port=ports["nginx"], root=output, user=user))
        commands = {
            "nginx": ["nginx", "-e", os.path.join(folder, "nginx.log"), "-c", settings],
            "feedloom": [FEEDLOOM, "serve", output, "--bind", f"127.0.0.1:{ports['feedloom']}"],
        }
        processes = {name: stack.enter_context(_running(command, folder)) for name, command in commands.items()}
        for port in ports.values():
            _wait(port)
        found: dict[tuple[str, str], Served] = {}
        for _ in range(runs):
            for request in _requests(output):
                for name, port in ports.items():
                    size, tag = _answer(port, request)
                    rate, cpu = _asked(port, request.path, tag, processes[name])
                    one = found.setdefault((request.title, name), Served(name, request.title, size, [], []))
                    found[request.title, name] = one._replace(rates=[*one.rates, rate], cpu=[*one.cpu, cpu])
        return list(found.values())


def _requests(output: str) -> list[_Request]:
    """The requests: for the smallest feed, and for that which is nearest to the size of a large one."""
    feeds = [
        (os.path.getsize(os.path.join(top, name)), os.path.relpath(os.path.join(top, name), output))
        for top, _, names in os.walk(output)
        for name in names
        if name.endswith((".atom", ".rss"))
    ]
    _, small = min(feeds)
    _, large = min(feeds, key=lambda feed: abs(feed[0] - _LARGE))
    return [
        _Request("a feed that did not change (304)", large, is_known=True),
        _Request("a small feed", small, is_known=False),
        _Request("a large feed", large, is_known=False),
    ]


def _answer(port: int, request: _Request) -> tuple[int, str | None]:
    """The bytes of an answer, and the tag that a client sends. Raises Failed unless the answer is as it must be."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    with contextlib.closing(connection):
        connection.request("GET", f"/{request.path}")
        answer = connection.getresponse()
        data, tag = answer.read(), answer.headers["ETag"]
        if not request.is_known:
            tag = None
        else:
            connection.request("GET", f"/{request.path}", headers={"If-None-Match": tag})
            answer = connection.getresponse()
            data = answer.read()
    if answer.status != (304 if request.is_known else 200):
        raise Failed(f"{request.path}: {answer.status} in place of the answer for {request.title}")
    return len(data), tag


def _asked(port: int, path: str, tag: str | None, pid: int) -> tuple[float, float]:
    """Requests a second, and CPU seconds of the server for each. Raises Failed."""
    command = ["wrk", "-t1", f"-c{_CONNECTIONS}", f"-d{_SECONDS}s", f"http://127.0.0.1:{port}/{path}"]
    if tag:
        command += ["-H", f"If-None-Match: {tag}"]
    before = measure.cpu(pid)
    ran = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    spent = measure.cpu(pid) - before
    count = re.search(r"(\d+) requests in ([0-9.]+)s", ran.stdout)
    if ran.returncode or not count or "Non-2xx" in ran.stdout or "Socket errors" in ran.stdout:
        raise Failed(f"{' '.join(command)}:\n{ran.stdout}{ran.stderr}")
    return int(count[1]) / float(count[2]), spent / int(count[1])


@contextlib.contextmanager
def _running(command: list[str], folder: str) -> Iterator[int]:
    with open(os.path.join(folder, f"{os.path.basename(command[0])}.out"), "wb") as printed:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=printed, stderr=printed)  # noqa: S603
    try:
        yield process.pid
    finally:
        process.terminate()
        process.wait(_PATIENCE)


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def _wait(port: int) -> None:
    end = time.monotonic() + _PATIENCE
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if time.monotonic() > end:
                raise Failed(f"no server answers on port {port}") from None
            time.sleep(0.05)
        else:
            return
