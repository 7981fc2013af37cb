"""What is told of answers: an access log of JSON lines, and counters for Prometheus. Addresses of clients only on request."""

import contextlib
import mmap
import os
import struct
import time
from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from glob import glob
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import TypeAlias

import msgspec

from feedloom.serve.answer import Request, Response

Network: TypeAlias = IPv4Network | IPv6Network
METRICS = "/-/metrics"
_STATUSES = (200, 204, 206, 226, 301, 302, 304, 400, 404, 405, 416, 503)
_REOPENED = 1.0
"""Seconds after which the log is looked for under its name again: logrotate moves it away."""


class AccessLog:
    """Appends a line of JSON for each answer to a file, or to standard output for `-`."""

    def __init__(self, path: str, *, with_addresses: bool = False, proxies: Collection[Network] = ()) -> None:
        """With addresses of clients: what a proxy in one of the networks says, else who connected. Raises OSError."""
        self._path = path
        self._with_addresses = with_addresses
        self._proxies = proxies
        self._descriptor = 1 if path == "-" else _opened(path)
        self._looked = time.monotonic()

    def __call__(self, request: Request, response: Response, seconds: float, address: str) -> None:
        """Write the line. What cannot be written is lost: answers matter more."""
        line = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "method": request.method,
            "path": request.path,
            "status": response.status,
            "bytes": len(response.body),
            "ms": round(seconds * 1000, 2),
            "agent": request.headers.get("user-agent"),
        }
        if self._with_addresses:
            line["address"] = _client(request, address, self._proxies)
        with contextlib.suppress(OSError):
            self._reopen()
            os.write(self._descriptor, msgspec.json.encode(line) + b"\n")  # one write: lines of workers do not mix

    def _reopen(self) -> None:
        now = time.monotonic()
        if self._path == "-" or now - self._looked < _REOPENED:
            return
        self._looked = now
        if not os.path.exists(self._path) or not os.path.samestat(os.stat(self._path), os.fstat(self._descriptor)):
            os.close(self._descriptor)
            self._descriptor = _opened(self._path)


def _client(request: Request, address: str, proxies: Collection[Network]) -> str:
    """The last address in X-Forwarded-For is the one that the proxy saw; others can be invented."""
    forwarded = request.headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
    with contextlib.suppress(ValueError):
        if forwarded and any(ip_address(address) in network for network in proxies):
            return str(ip_address(forwarded))
    return address


def _opened(path: str) -> int:
    return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o640)


_NUMBERS = struct.Struct(f"={len(_STATUSES) + 3}d")
"""How often each status and any other was answered, bytes, seconds."""


class Counters:
    """Counts the answers of one process, in a file of its own in a folder that `metrics` reads."""

    def __init__(self, folder: str) -> None:
        with open(os.path.join(folder, f"{os.getpid()}.count"), "w+b") as file:
            file.write(bytes(_NUMBERS.size))
            file.flush()
            self._memory = mmap.mmap(file.fileno(), _NUMBERS.size)
        self._numbers = [0.0] * (len(_STATUSES) + 3)

    def __call__(self, request: Request, response: Response, seconds: float, address: str) -> None:  # noqa: ARG002
        """Count an answer."""
        at = _STATUSES.index(response.status) if response.status in _STATUSES else len(_STATUSES)
        self._numbers[at] += 1
        self._numbers[-2] += len(response.body)
        self._numbers[-1] += seconds
        self._memory[:] = _NUMBERS.pack(*self._numbers)


def metrics(folder: str) -> str:
    """The counters of all processes in Prometheus' text format."""
    totals = [0.0] * (len(_STATUSES) + 3)
    for path in glob(os.path.join(folder, "*.count")):
        with open(path, "rb") as file:
            totals = [total + one for total, one in zip(totals, _NUMBERS.unpack(file.read()), strict=True)]
    return "".join(_lines(totals))


def _lines(totals: list[float]) -> Iterable[str]:
    yield "# HELP feedloom_http_requests_total Answers by status.\n# TYPE feedloom_http_requests_total counter\n"
    for status, total in zip((*_STATUSES, "other"), totals, strict=False):
        if total:
            yield f'feedloom_http_requests_total{{status="{status}"}} {total:.0f}\n'
    yield "# HELP feedloom_http_response_bytes_total Bytes of bodies.\n# TYPE feedloom_http_response_bytes_total counter\n"
    yield f"feedloom_http_response_bytes_total {totals[-2]:.0f}\n"
    yield "# HELP feedloom_http_seconds_total Time until answers were sent.\n# TYPE feedloom_http_seconds_total counter\n"
    yield f"feedloom_http_seconds_total {totals[-1]:.6f}\n"


def admin(host: str, port: int, folder: str) -> ThreadingHTTPServer:
    """A server of the metrics alone, for an address that only the owner can reach. Raises OSError."""

    class Handler(BaseHTTPRequestHandler):
        timeout = 5

        def do_GET(self) -> None:
            is_known = self.path == METRICS
            body = metrics(folder).encode() if is_known else b"Not found.\n"
            self.send_response(200 if is_known else 404)
            self.send_header("content-type", "text/plain; version=0.0.4; charset=utf-8")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        timeout = 1
        address_family = _family(host)

    return Server((host, port), Handler)


def _family(host: str) -> int:
    import socket

    return socket.AF_INET6 if ":" in host else socket.AF_INET
