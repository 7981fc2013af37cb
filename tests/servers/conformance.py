"""What readers, hubs and browsers need of a web server that publishes an output folder: some forty checks of one address.

python -m tests.servers.conformance http://127.0.0.1:8080/feeds/ feeds/ [--site https://example.com/feeds/] [--hub URL]
    [--moved topics/old.atom=topics/new.atom] [--lacks CHECK]...

It is a program of its own, so that an owner can try the server that is in use. It changes nothing there.
"""

import argparse
import gzip
import json
import re
import socket
import ssl
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

CODINGS = ("gzip", "br", "zstd")

TYPES = {
    "atom": "application/atom+xml",
    "rss": "application/rss+xml",
    "json": "application/feed+json",
    "html": "text/html",
    "opml": "text/x-opml",
    "css": "text/css",
    "js": "text/javascript",
}


@dataclass(frozen=True)
class Target:
    """A server to try: the address of the folder, the folder, and what its settings were made for.

    `moved` is a former path and the present one; `lacks` names checks that this server cannot pass.
    """

    address: str
    folder: Path
    site: str = "https://example.com/feeds/"
    hub: str | None = None
    moved: tuple[str, str] | None = None
    lacks: frozenset[str] = frozenset()
    patience: float = 15.0
    """Seconds after which a client that sends its header byte by byte must have been cut off."""

    @property
    def place(self) -> tuple[str, int]:
        parts = urlsplit(self.address)
        return parts.hostname or "127.0.0.1", parts.port or (443 if parts.scheme == "https" else 80)

    @property
    def base(self) -> str:
        return urlsplit(self.address).path


@dataclass(frozen=True)
class Answer:
    """An HTTP answer; names of headers in lower case, a header that comes twice joined by a comma."""

    status: int
    headers: dict[str, str]
    body: bytes = field(repr=False)

    def __getitem__(self, name: str) -> str:
        assert name in self.headers, f"there is no header {name}: {self.headers}"
        return self.headers[name]


def connected(target: Target, wait: float) -> socket.socket:
    """A connection to the server, encrypted if its address says so."""
    connection = socket.create_connection(target.place, wait)
    if not target.address.startswith("https:"):
        return connection
    return ssl.create_default_context().wrap_socket(connection, server_hostname=target.place[0])


def exchange(target: Target, request: bytes, *, wait: float = 10.0) -> bytes:
    """All bytes that come back for these."""
    with connected(target, wait) as connection:
        connection.sendall(request)
        found = b""
        try:
            while some := connection.recv(1 << 16):
                found += some
        except (ConnectionResetError, TimeoutError, ssl.SSLEOFError):
            pass  # what came before counts
        return found


def ask(target: Target, path: str, method: str = "GET", **headers: str) -> Answer:
    """One request of a path below the folder's address, written as it is; header names with `_` for `-`."""
    return raw(target, f"{target.base}{path}", method, **headers)


def raw(target: Target, path: str, method: str = "GET", **headers: str) -> Answer:
    host, port = target.place
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}:{port}", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return parsed(exchange(target, "\r\n".join([*lines, "", ""]).encode("latin-1")), method)


def parsed(data: bytes, method: str = "GET") -> Answer:
    head, blank, body = data.partition(b"\r\n\r\n")
    assert blank, f"no answer: {data[:200]!r}"
    status, *lines = head.decode("latin-1").split("\r\n")
    headers: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        known = headers.get(name.lower())
        headers[name.lower()] = f"{known}, {value.strip()}" if known else value.strip()
    if "chunked" in headers.get("transfer-encoding", "") and method != "HEAD":
        body = _unchunked(body)
    return Answer(int(status.split()[1]), headers, body)


def _unchunked(body: bytes) -> bytes:
    found = b""
    while body:
        size, _, body = body.partition(b"\r\n")
        length = int(size.split(b";")[0], 16)
        found, body = found + body[:length], body[length + 2 :]
        if not length:
            break
    return found


def decoded(answer: Answer) -> bytes:
    coding = answer.headers.get("content-encoding", "identity")
    if coding == "gzip":
        return gzip.decompress(answer.body)
    if coding == "br":
        import brotli  # type: ignore[import-untyped]

        return bytes(brotli.decompress(answer.body))
    if coding == "zstd":
        import zstandard

        return zstandard.ZstdDecompressor().decompressobj().decompress(answer.body)
    assert coding == "identity", coding
    return answer.body


Check = Callable[[Target], None]
CHECKS: dict[str, Check] = {}


def check(function: Check) -> Check:
    """One of the checks, called as its function."""
    CHECKS[function.__name__] = function
    return function


def checks() -> Iterator[tuple[str, Check]]:
    yield from CHECKS.items()


def _file(target: Target, path: str) -> bytes:
    return (target.folder / path).read_bytes()


for _suffix, _type in TYPES.items():

    def _typed(target: Target, suffix: str = _suffix, type: str = _type) -> None:
        path = {"css": "feedloom.css", "js": "feedloom.js", "opml": "feeds.opml", "html": "index.html"}.get(
            suffix, f"all.{suffix}"
        )
        answer = ask(target, path)
        assert answer.status == 200, answer
        found, _, rest = answer["content-type"].partition(";")
        assert found.strip().lower() == type, answer["content-type"]
        assert rest.strip().lower().replace('"', "") == "charset=utf-8", answer["content-type"]
        assert answer.body == _file(target, path)

    CHECKS[f"type_of_{_suffix}"] = _typed


@check
def type_of_the_catalog(target: Target) -> None:
    answer = ask(target, "catalog.json")
    assert answer["content-type"].split(";")[0] == "application/json"
    assert "link" not in answer.headers or "self" not in answer["link"]


@check
def the_folder_is_its_index(target: Target) -> None:
    answer = ask(target, "")
    assert (answer.status, answer.body) == (200, _file(target, "index.html"))
    assert answer["content-type"].startswith("text/html")


@check
def a_folder_is_not_listed(target: Target) -> None:
    assert ask(target, "topics/").status in (403, 404)


@check
def a_query_changes_nothing(target: Target) -> None:
    assert ask(target, "all.atom?from=reader").body == _file(target, "all.atom")


@check
def what_is_not_there(target: Target) -> None:
    assert ask(target, "topics/nothing-of-this-name.atom").status == 404


@check
def letters_beyond_ascii(target: Target) -> None:
    paths = [path for path in _topics(target) if "%" in path]
    for path in paths:
        assert ask(target, path).body == _file(target, unquote(path)), path
    assert paths, "the site has no such topic: add one"


@check
def tag_and_304(target: Target) -> None:
    _revalidates(target, "identity")


for _coding in CODINGS:

    def _compressed(target: Target, coding: str = _coding) -> None:
        path = "all.atom"
        answer = ask(target, path, Accept_Encoding=coding)
        assert answer["content-encoding"] == coding
        assert decoded(answer) == _file(target, path)
        assert "accept-encoding" in answer["vary"].lower()
        assert len(answer.body) < len(_file(target, path))
        _revalidates(target, coding)

    CHECKS[f"{_coding}_and_304"] = _compressed


def _revalidates(target: Target, coding: str) -> None:
    answer = ask(target, "all.atom", Accept_Encoding=coding)
    again = ask(target, "all.atom", Accept_Encoding=coding, If_None_Match=answer["etag"])
    assert (again.status, again.body) == (304, b""), again
    assert again["etag"].removeprefix("W/") == answer["etag"].removeprefix("W/")
    assert ask(target, "all.atom", Accept_Encoding=coding, If_None_Match='"another"').status == 200


@check
def tags_in_a_list(target: Target) -> None:
    tag = ask(target, "all.atom")["etag"]
    assert ask(target, "all.atom", If_None_Match=f'"a", {tag}, "b"').status == 304


@check
def a_weak_tag(target: Target) -> None:
    tag = ask(target, "all.atom")["etag"].removeprefix("W/")
    assert ask(target, "all.atom", If_None_Match=f"W/{tag}").status == 304


@check
def any_tag(target: Target) -> None:
    assert ask(target, "all.atom", If_None_Match="*").status == 304


@check
def since_a_time(target: Target) -> None:
    time_ = ask(target, "all.atom")["last-modified"]
    assert ask(target, "all.atom", If_Modified_Since=time_).status == 304
    assert ask(target, "all.atom", If_Modified_Since="Mon, 01 Jan 1990 00:00:00 GMT").status == 200
    assert ask(target, "all.atom", If_Modified_Since="yesterday").status == 200


@check
def a_tag_wins_over_a_time(target: Target) -> None:
    time_ = ask(target, "all.atom")["last-modified"]
    assert ask(target, "all.atom", If_None_Match='"another"', If_Modified_Since=time_).status == 200


@check
def a_304_says_how_long_it_holds(target: Target) -> None:
    tag = ask(target, "all.atom")["etag"]
    assert "max-age" in ask(target, "all.atom", If_None_Match=tag)["cache-control"]


@check
def head(target: Target) -> None:
    answer = ask(target, "all.atom", "HEAD")
    assert (answer.status, answer.body) == (200, b"")
    assert answer["etag"] == ask(target, "all.atom")["etag"]
    assert int(answer["content-length"]) == len(_file(target, "all.atom"))


@check
def a_range(target: Target) -> None:
    whole = _file(target, "all.atom")
    for asked, start, end in (("0-9", 0, 10), ("10-", 10, len(whole)), ("-7", len(whole) - 7, len(whole))):
        answer = ask(target, "all.atom", Range=f"bytes={asked}")
        assert (answer.status, answer.body) == (206, whole[start:end])
        assert answer["content-range"] == f"bytes {start}-{end - 1}/{len(whole)}"


@check
def a_range_that_is_not_there(target: Target) -> None:
    assert ask(target, "all.atom", Range="bytes=999999999-").status == 416


@check
def a_range_of_another_version(target: Target) -> None:
    assert ask(target, "all.atom", Range="bytes=0-9", If_Range='"another"').status == 200


@check
def plain_where_nothing_else_is_asked_for(target: Target) -> None:
    answer = ask(target, "all.atom")
    assert "content-encoding" not in answer.headers
    assert answer.body == _file(target, "all.atom")


@check
def gzip_refused_by_q(target: Target) -> None:
    answer = ask(target, "all.atom", Accept_Encoding="gzip;q=0, identity")
    assert "content-encoding" not in answer.headers
    assert answer.body == _file(target, "all.atom")


@check
def all_codings_at_once(target: Target) -> None:
    answer = ask(target, "all.atom", Accept_Encoding="gzip, deflate, br, zstd")
    assert decoded(answer) == _file(target, "all.atom")


@check
def how_long_it_holds(target: Target) -> None:
    for path in ("all.atom", "index.html", "catalog.json", "feedloom.css"):
        assert re.search(r"max-age=\d+", ask(target, path)["cache-control"]), path


@check
def scripts_of_other_sites_may_read(target: Target) -> None:
    for path in ("all.atom", "all.json", "catalog.json", "feeds.opml"):
        assert ask(target, path, Origin="https://reader.example")["access-control-allow-origin"] == "*", path


@check
def scripts_may_revalidate(target: Target) -> None:
    asked = {"Origin": "https://reader.example", "Access_Control_Request_Method": "GET"}
    answer = ask(target, "all.atom", "OPTIONS", **asked, Access_Control_Request_Headers="if-none-match")
    assert answer.status in (200, 204)
    assert answer["access-control-allow-origin"] == "*"
    assert "if-none-match" in answer["access-control-allow-headers"].lower()


@check
def types_are_not_guessed(target: Target) -> None:
    for path in ("all.atom", "index.html", "catalog.json"):
        assert ask(target, path)["x-content-type-options"] == "nosniff", path


@check
def link_to_itself(target: Target) -> None:
    for path in ("all.atom", "all.rss", "all.json", *(one for one in _topics(target)[:3])):
        assert f'<{target.site}{path}>; rel="self"' in ask(target, path)["link"], path
        assert f'<{target.site}{path}>; rel="self"' in ask(target, path, Accept_Encoding="gzip")["link"], path
    assert "self" not in ask(target, "index.html").headers.get("link", "")


@check
def link_to_the_hub(target: Target) -> None:
    if target.hub:
        for path in ("all.atom", *_topics(target)[:1]):
            assert f'<{target.hub}>; rel="hub"' in ask(target, path)["link"]


def _topics(target: Target) -> list[str]:
    """The live topics, without the other addresses at which some of them answer."""
    feeds = json.loads(_file(target, "catalog.json"))["feeds"]
    return sorted(quote(feed["formats"]["atom"], safe="/~") for feed in feeds if feed["kind"] == "topic")


@check
def a_renamed_topic(target: Target) -> None:
    if target.moved:
        former, present = target.moved
        answer = ask(target, former)
        assert answer.status == 301
        assert urlsplit(answer["location"]).path == f"{target.base}{present}"


@check
def other_methods(target: Target) -> None:
    for method in ("POST", "PUT", "DELETE", "PATCH", "BREW"):
        assert ask(target, "all.atom", method, Content_Length="0").status in (400, 403, 405, 501), method


@check
def our_own_list_is_hidden(target: Target) -> None:
    assert (target.folder / ".feedloom" / "manifest").is_file()
    for path in (
        ".feedloom/manifest",
        ".feedloom/",
        ".feedloom",
        "%2efeedloom/manifest",
        ".%66eedloom/manifest",
        "topics/../.feedloom/manifest",
    ):
        answer = ask(target, path)
        assert answer.status in (400, 403, 404), (path, answer.status)


@check
def hidden_files_are_hidden(target: Target) -> None:
    hidden = target.folder / ".hidden-by-conformance"
    hidden.write_bytes(b"hidden")
    try:
        assert ask(target, hidden.name).status in (403, 404)
    finally:
        hidden.unlink()


@check
def compressed_files_are_not_asked_for_by_name(target: Target) -> None:
    for suffix in ("gz", "br", "zst"):
        assert ask(target, f"all.atom.{suffix}").status in (403, 404), suffix


@check
def no_way_out(target: Target) -> None:
    ways = [
        "../feedloom.yaml",
        "%2e%2e/feedloom.yaml",
        "..%2ffeedloom.yaml",
        "%252e%252e/feedloom.yaml",
        "..\\feedloom.yaml",
        "topics/../../feedloom.yaml",
        "..;/feedloom.yaml",
        "....//feedloom.yaml",
        "%c0%ae%c0%ae/feedloom.yaml",
        "../../etc/passwd",
    ]
    for way in ways:
        answer = ask(target, way)
        assert answer.status in (301, 400, 403, 404), (way, answer.status)
        assert b"records:" not in answer.body, way
        assert b"root:" not in answer.body, way


@check
def no_zero_byte(target: Target) -> None:
    for path in ("all.atom%00", "all.atom%00.html", "%00"):
        assert ask(target, path).status in (400, 403, 404), path


@check
def no_header_from_outside(target: Target) -> None:
    for path in ("all.atom%0d%0aX-Injected:%20yes", "topics/%0d%0aX-Injected:%20yes.atom", "all.atom?%0d%0aX-Injected:%20yes"):
        answer = ask(target, path)
        assert "x-injected" not in answer.headers, path


@check
def a_request_that_is_none(target: Target) -> None:
    for request in (
        b"GET\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\r\n\r\n",
        b"GET  HTTP/1.1\r\n\r\n",
        b"GET / HTTP/9.9\r\nHost: a\r\n\r\n",
    ):
        data = exchange(target, request)
        assert (
            not data or not data.startswith(b"HTTP/1") or data.split()[1] in (b"400", b"403", b"404", b"405", b"414", b"505")
        ), data[:80]
    assert ask(target, "all.atom").status == 200


@check
def malformed_headers(target: Target) -> None:
    line = f"GET {target.base}all.atom HTTP/1.1\r\n".encode()
    end = b"Connection: close\r\n\r\n"
    for request in (
        line + end,  # no host
        line + b"Host: a\r\nHost: b\r\n" + end,
        line + b"Host: a\r\nNo colon\r\n" + end,
        line + b"Host: a\r\nRange : bytes=0-1\r\n" + end,
        line + b"Host: a\r\nX: 1\r\n folded\r\n" + end,
        line + b"Host: a\r\n: nameless\r\n" + end,
        line + b"Host: a\r\nX: \x00\x01\xff\r\n" + end,
        line.replace(b"\r", b"") + b"Host: a\n" + end.replace(b"\r", b""),
        line.replace(b"GET", b"G\x00T") + b"Host: a\r\n" + end,
        line.replace(b"/1.1", b"/1.10") + b"Host: a\r\n" + end,
        line.replace(b"HTTP", b"http") + b"Host: a\r\n" + end,
        line.replace(b"GET ", b"GET http://other.example") + b"Host: a\r\n" + end,
        line.replace(b" HTTP/1.1", b"\tHTTP/1.1") + b"Host: a\r\n" + end,
        line + b"Host: a\r\nContent-Length: -1\r\n" + end,
        line + b"Host: a\r\nTransfer-Encoding: x, chunked\r\n" + end,
    ):
        data = exchange(target, request)
        assert not data.startswith(b"HTTP/") or data.split()[1][:1] in b"2345", data[:80]
        assert not data.startswith(b"HTTP/") or data.split()[1] not in (b"500", b"502", b"504"), (request, data[:80])
    assert ask(target, "all.atom").status == 200


@check
def a_length_and_chunks(target: Target) -> None:
    """What one server takes for the body is not a request for the next."""
    host = target.place[0].encode()
    hidden = b"GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n"
    request = b"GET %ball.atom HTTP/1.1\r\nHost: %b\r\nContent-Length: %d\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    data = exchange(target, request % (target.base.encode(), host, 5 + len(hidden)) + hidden, wait=2)
    assert data.count(b"HTTP/1.1 ") - data.count(b"HTTP/1.1 100") <= 2
    assert b" 500 " not in data.partition(b"\r\n")[0]


@check
def two_lengths(target: Target) -> None:
    host = target.place[0].encode()
    request = (
        b"POST "
        + target.base.encode()
        + b"all.atom HTTP/1.1\r\nHost: "
        + host
        + b"\r\nContent-Length: 3\r\nContent-Length: 5\r\n"
    )
    data = exchange(target, request + b"Connection: close\r\n\r\nabcde")
    assert not data or data.split()[1].startswith(b"4"), data[:80]


@check
def a_header_beyond_measure(target: Target) -> None:
    answer = exchange(target, b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * (1 << 20) + b"\r\n\r\n")
    assert not answer or answer.split()[1][:1] in (b"2", b"3", b"4"), answer[:80]
    assert ask(target, "all.atom").status == 200


@check
def an_address_beyond_measure(target: Target) -> None:
    assert ask(target, "a" * 20_000).status in (400, 403, 404, 414, 431)


@check
def two_requests_on_one_connection(target: Target) -> None:
    host, port = target.place
    one = f"GET {target.base}all.atom HTTP/1.1\r\nHost: {host}:{port}\r\n".encode()
    data = exchange(target, one + b"\r\n" + one + b"Connection: close\r\n\r\n")
    assert data.count(b"HTTP/1.1 200") == 2


@check
def a_header_byte_by_byte(target: Target) -> None:
    with connected(target, 5) as connection:
        started = time.monotonic()
        connection.settimeout(0.5)
        connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nX: ")
        while time.monotonic() - started < target.patience:
            try:
                connection.sendall(b"x")
                connection.recv(1000)  # nothing, or an answer that says so
                return
            except TimeoutError:
                continue
            except OSError:
                return
        raise AssertionError(f"still open after {target.patience} s")


@check
def many_half_open_connections(target: Target) -> None:
    some = [connected(target, 5) for _ in range(400)]
    try:
        for one in some:
            one.sendall(b"GET / HTTP/1.1\r\nHost:")
        assert ask(target, "all.atom").status == 200
    finally:
        for one in some:
            one.close()


def run(target: Target) -> dict[str, str]:
    """The checks that fail, and how."""
    failures = {}
    for name, one in checks():
        if name not in target.lacks:
            try:
                one(target)
            except (AssertionError, OSError) as error:
                failures[name] = str(error) or repr(error)
    return failures


def main() -> None:
    parser = argparse.ArgumentParser(description="Try a web server that publishes an output folder.")
    parser.add_argument("address", help="where the folder is served, as http://127.0.0.1:8080/feeds/")
    parser.add_argument("folder", type=Path, help="the output folder itself")
    parser.add_argument("--site", default="https://example.com/feeds/", help="site.url in feedloom.yaml")
    parser.add_argument("--hub", help="site.hub in feedloom.yaml")
    parser.add_argument("--moved", help="a former path and the present one, as topics/old.atom=topics/new.atom")
    parser.add_argument("--lacks", action="append", default=[], help="a check that is not to be tried")
    given = parser.parse_args()
    if not given.address.startswith(("http://", "https://")) or not given.address.endswith("/"):
        parser.error(f"the address must be as http://127.0.0.1:8080/feeds/, not {given.address}")
    for name in ("catalog.json", "all.atom"):
        if not (given.folder / name).is_file():
            parser.error(f"{given.folder} has no {name}: name the output folder of a site that publishes Atom")
    if unknown := set(given.lacks) - CHECKS.keys():
        parser.error(f"--lacks: no such check: {', '.join(sorted(unknown))}")
    former, equals, present = (given.moved or "").partition("=")
    moved = (former, present) if equals else None
    target = Target(given.address, given.folder, given.site, given.hub, moved, frozenset(given.lacks))
    beyond = letters_beyond_ascii.__name__
    if beyond not in target.lacks and not any("%" in path for path in _topics(target)):
        sys.stdout.write(f"not tried: {beyond}: the site has no such topic\n")
        target = replace(target, lacks=target.lacks | {beyond})
    failures = run(target)
    for name, why in failures.items():
        sys.stdout.write(f"failed: {name}: {why}\n")
    sys.stdout.write(f"{len(CHECKS) - len(failures) - len(target.lacks)} of {len(CHECKS)} checks passed.\n")
    sys.exit(bool(failures))


if __name__ == "__main__":
    main()
