"""What the server answers, without a server: each case is a request and the response to it."""

import gzip
from typing import Any

import brotli  # type: ignore[import-untyped]
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from feedloom.serve import answer
from feedloom.serve.answer import Document, Health, Request, Response, Rules
from feedloom.serve.filters import FilterError, Moved, Query

BODY = b"<feed>" + b"x" * 5000 + b"</feed>"
TIME = 1_700_000_000.0


def page_with(policy: str) -> bytes:
    return f'<!doctype html><meta http-equiv="Content-Security-Policy" content="{policy}">'.encode()


class Site:
    """A site with one feed, under two names, and a page."""

    def __init__(self, rules: Rules = Rules()) -> None:  # noqa: B008 - frozen
        self.base = "/feeds/"
        self.rules = rules
        self.is_well = True
        atom = "application/atom+xml; charset=utf-8"
        link = '<https://example.com/feeds/topics/ai.atom>; rel="self"'
        self.documents = {
            "topics/ai.atom": Document(BODY, atom, TIME, link),
            "topics/größe.atom": Document(BODY + b"1", atom, TIME),
            "small.atom": Document(b"<feed/>", atom, TIME),
            "index.html": Document(page_with("default-src 'none'"), "text/html; charset=utf-8", TIME),
        }

    def document(self, path: str) -> Document | None:
        return self.documents.get(path)

    def target(self, path: str) -> str | None:
        return {"topics/künstliche-intelligenz.atom": "topics/ai.atom"}.get(path)

    def nearest(self, path: str) -> list[str]:
        return ["topics/größe.atom"] if path.startswith("topics/gr") else []

    def query(self, path: str, text: str) -> Query | None:
        if text == "bad":
            raise FilterError("bad: no such parameter")
        if text == "nothing":
            raise Moved("topics/ai.atom")
        return None

    def refused(self, path: str, text: str, message: str) -> Document | None:
        body = page_with("form-action 'self'")
        page = Document(body, "text/html; charset=utf-8", more=[("x-robots-tag", "noindex")])
        return None if path.endswith(".atom") else page

    def health(self) -> Health:
        return Health(self.is_well, TIME)


def ask(
    path: str = "topics/ai.atom", method: str = "GET", site: Site | None = None, query: str = "", **headers: str
) -> Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    response = answer.answer(Request(method, f"/feeds/{path}", query, named, TIME + 60), site or Site())
    assert isinstance(response, Response)
    return response


def header(response: Response, name: str) -> str | None:
    values = [value for key, value in response.headers if key == name]
    assert len(values) < 2, name
    return values[0] if values else None


def test_a_feed() -> None:
    response = ask()
    assert (response.status, response.body) == (200, BODY)
    assert dict(response.headers) == {
        "etag": f'"{Site().documents["topics/ai.atom"].tag}"',
        "cache-control": "public, max-age=300",
        "vary": "accept-encoding",
        "x-content-type-options": "nosniff",
        "last-modified": "Tue, 14 Nov 2023 22:13:20 GMT",
        "access-control-allow-origin": "*",
        "access-control-expose-headers": "ETag, Link",
        "link": '<https://example.com/feeds/topics/ai.atom>; rel="self"',
        "content-type": "application/atom+xml; charset=utf-8",
        "accept-ranges": "bytes",
        "content-length": str(len(BODY)),
    }


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("", None),
        ("gzip", "gzip"),
        ("gzip, deflate, br", "br"),
        ("gzip, deflate, br, zstd", "br"),
        ("gzip, zstd", "zstd"),
        ("gzip;q=1.0, br;q=0.5", "gzip"),
        ("GZIP ; Q=0.8", "gzip"),
        ("gzip;q=0", None),
        ("gzip;q=0, *", "br"),
        ("*", "br"),
        ("*;q=0", None),
        ("br;q=0, *;q=0.5", "zstd"),
        ("identity, gzip;q=0.5", None),
        ("identity;q=0.5, gzip", "gzip"),
        ("gzip;q=2", None),
        ("gzip;q=banana", None),
        ("gzip;q=0.001", "gzip"),
        ("deflate, compress", None),
        (",,;;q=1,", None),
    ],
)
def test_codings(accepted: str, coding: str | None) -> None:
    response = ask(accept_encoding=accepted)
    assert header(response, "content-encoding") == coding
    unpacked: dict[str | None, Any] = {
        None: bytes,
        "gzip": gzip.decompress,
        "br": brotli.decompress,
        "zstd": zstandard.decompress,
    }
    assert unpacked[coding](response.body) == BODY
    assert int(header(response, "content-length") or 0) == len(response.body)
    assert str(header(response, "etag")).endswith(f'-{coding}"' if coding else f'{Site().documents["topics/ai.atom"].tag}"')
    assert header(response, "vary") == "accept-encoding"


def test_small_documents_are_not_compressed() -> None:
    assert header(ask("small.atom", accept_encoding="br"), "content-encoding") is None


TAG = Site().documents["topics/ai.atom"].tag


@pytest.mark.parametrize(
    ("tags", "status"),
    [
        (f'"{TAG}"', 304),
        (f'W/"{TAG}"', 304),
        (f'"{TAG}-gzip"', 304),
        (f'"{TAG}-br"', 304),
        (f'"a", W/"b" ,"{TAG}-zstd"', 304),
        (f'"a","{TAG}"', 304),
        ("*", 304),
        (" * ", 304),
        ('"another"', 200),
        (f'"{TAG}-deflate"', 200),
        (TAG, 200),
        ("", 200),
        ('"', 200),
        (f'"{TAG}x"', 200),
    ],
)
def test_tags(tags: str, status: int) -> None:
    response = ask(if_none_match=tags, accept_encoding="gzip")
    assert response.status == status
    if status == 304:
        assert response.body == b""
        kept = {"etag", "cache-control", "vary", "last-modified", "link"}
        assert kept <= {name for name, _ in response.headers}
        assert header(response, "content-encoding") is None


@pytest.mark.parametrize(
    ("since", "status"),
    [
        ("Tue, 14 Nov 2023 22:13:20 GMT", 304),
        ("Tue, 14 Nov 2023 22:13:21 GMT", 304),
        ("Tue, 14 Nov 2023 22:13:19 GMT", 200),
        ("yesterday", 200),
        ("", 200),
        ("Tue, 99 Nov 9999999999 22:13:19 GMT", 200),
    ],
)
def test_dates(since: str, status: int) -> None:
    assert ask(if_modified_since=since).status == status
    assert ask(if_modified_since=since, if_none_match='"another"').status == 200


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-9", 0, 10),
        ("bytes=0-0", 0, 1),
        ("bytes=5000-", 5000, len(BODY)),
        ("bytes=-7", len(BODY) - 7, len(BODY)),
        ("bytes=-999999", 0, len(BODY)),
        ("bytes=10-999999", 10, len(BODY)),
    ],
)
def test_ranges(asked: str, start: int, end: int) -> None:
    response = ask(range=asked)
    assert (response.status, response.body) == (206, BODY[start:end])
    assert header(response, "content-range") == f"bytes {start}-{end - 1}/{len(BODY)}"
    assert header(response, "content-length") == str(end - start)


@pytest.mark.parametrize("asked", ["bytes=0-1,3-4", "bytes=9-1", "bytes=-", "lines=1-2", "bytes=a-b", "bytes=1-2-3", ""])
def test_ranges_that_are_ignored(asked: str) -> None:
    assert ask(range=asked).status == 200


def test_ranges_that_there_are_not() -> None:
    for asked in (f"bytes={len(BODY)}-", "bytes=999999-", "bytes=-0"):
        response = ask(range=asked)
        assert (response.status, header(response, "content-range")) == (416, f"bytes */{len(BODY)}")


def test_ranges_of_a_version() -> None:
    assert ask(range="bytes=0-9", if_range=f'"{TAG}"').status == 206
    assert ask(range="bytes=0-9", if_range="Tue, 14 Nov 2023 22:13:20 GMT").status == 206
    for other in ('"another"', f'W/"{TAG}"', f'"{TAG}-br"', "Tue, 14 Nov 2023 22:13:21 GMT"):
        assert ask(range="bytes=0-9", if_range=other).status == 200
    assert ask(range="bytes=0-9", accept_encoding="gzip").status == 200


def test_head() -> None:
    for headers in ({}, {"accept_encoding": "br"}, {"range": "bytes=0-9"}):
        response = ask("topics/ai.atom", "HEAD", None, "", **headers)
        assert (response.status, response.body) == (200, b"")
        assert response.headers == ask(accept_encoding=headers.get("accept_encoding", "")).headers
    assert ask("nothing.atom", "HEAD").body == b""


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "get", "BREW"])
def test_other_methods(method: str) -> None:
    response = ask(method=method)
    assert (response.status, header(response, "allow")) == (405, "GET, HEAD, OPTIONS")


def test_scripts_of_other_sites() -> None:
    response = ask(method="OPTIONS", origin="https://reader.example")
    assert (response.status, response.body) == (204, b"")
    assert header(response, "access-control-allow-origin") == "*"
    assert "If-None-Match" in str(header(response, "access-control-allow-headers"))
    closed = Site(Rules(cors=None))
    for one in (ask(method="OPTIONS", site=closed), ask(site=closed), ask("nothing", site=closed)):
        assert header(one, "access-control-allow-origin") is None


def test_what_is_not_there() -> None:
    response = ask("topics/gr%C3%B6.atom")
    assert response.status == 404
    assert response.body == b"Not found. Did you mean one of these?\n/feeds/topics/gr%C3%B6%C3%9Fe.atom\n"
    assert header(response, "cache-control") == "max-age=60"
    assert ask("x").body == b"Not found.\n"


@pytest.mark.parametrize(
    "path", ["%ff.atom", "../feeds/small.atom", "small.atom%00", "small.atom/", "./small.atom", "SMALL.ATOM"]
)
def test_paths_are_compared_and_nothing_else(path: str) -> None:
    assert ask(path).status == 404


def test_letters_beyond_ascii() -> None:
    assert ask("topics/gr%C3%B6%C3%9Fe.atom").status == 200
    assert ask("topics/gr%c3%b6%c3%9fe%2eatom").status == 200


def test_other_names_redirect_where_the_owner_says_so() -> None:
    moved = "topics/k%C3%BCnstliche-intelligenz.atom"
    assert ask(moved).status == 404  # this site has no copy
    response = ask(moved, site=Site(Rules(redirects_aliases=True)))
    assert (response.status, header(response, "location")) == (301, "/feeds/topics/ai.atom")


@pytest.mark.parametrize(
    ("path", "status", "location"),
    [("/", 302, "/feeds/"), ("/feeds", 301, "/feeds/"), ("/other/", 404, None), ("/feedsx", 404, None), ("*", 404, None)],
)
def test_outside_the_site(path: str, status: int, location: str | None) -> None:
    response = answer.answer(Request("GET", path), Site())
    assert isinstance(response, Response)
    assert (response.status, header(response, "location")) == (status, location)


def test_pages_have_a_policy() -> None:
    policy = header(ask("index.html"), "content-security-policy")
    assert policy == "default-src 'none'; frame-ancestors 'none'"
    own = b'<meta http-equiv="Content-Security-Policy" content="script-src \'self\' https://stats.example">'
    document = Document(own, "text/html; charset=utf-8")
    assert document.policy == "script-src 'self' https://stats.example; frame-ancestors 'none'"
    assert header(ask(), "content-security-policy") is None


def test_health() -> None:
    site = Site()
    response = answer.answer(Request("GET", "/-/health", now=TIME + 60), site)
    assert isinstance(response, Response)
    assert (response.status, response.body) == (
        200,
        b'{"status":"ok","catalog_updated":"Tue, 14 Nov 2023 22:13:20 GMT","age":60}',
    )
    assert header(response, "cache-control") == "no-store"
    site.is_well = False
    response = answer.answer(Request("GET", "/-/health"), site)
    assert isinstance(response, Response)
    assert response.status == 503


ODD = st.one_of(
    st.sampled_from(
        ["", "*", '"', 'W/"', "0-", "-0", "bytes=0-0,1-1", "bytes=" + "9" * 40 + "-", "gzip;q=nan", "br;q=1e9", "*;q=0"]
    ),
    st.sampled_from(["feed", "feed;q=", "Sun, 06 Nov 9999999 08:49:37 GMT", "Tue, 14 Nov 2023 22:13:20 +9999", "1" * 5000]),
    st.text(st.characters(max_codepoint=255), max_size=40),
)
NAMES = ("range", "if-range", "if-none-match", "if-modified-since", "accept-encoding", "a-im", "origin")


@given(
    st.dictionaries(st.sampled_from(NAMES), ODD),
    st.sampled_from(["GET", "HEAD", "OPTIONS", "POST", ""]),
    st.one_of(
        st.sampled_from(["/feeds/topics/ai.atom", "/feeds/index.html", "*", "", "//", "http://x/"]), st.text(max_size=20)
    ),
)
def test_whatever_a_client_sends_is_answered(headers: dict[str, str], method: str, path: str) -> None:
    response = answer.answer(Request(method, path, "", headers), Site())
    assert isinstance(response, Response)
    assert response.status in {200, 204, 206, 301, 302, 304, 404, 405, 416}
    assert all("\n" not in value and "\r" not in value for _, value in response.headers)
    if method == "HEAD":
        assert response.body == b""


def test_addresses_that_ask_for_no_filter() -> None:
    response = ask(query="bad")
    assert (response.status, response.body) == (400, b"bad: no such parameter\n")
    assert header(response, "cache-control") == "max-age=60"
    response = ask("topics/ai", query="bad")
    assert (response.status, response.body, header(response, "x-robots-tag")) == (
        400,
        page_with("form-action 'self'"),
        "noindex",
    )
    assert "form-action 'self'" in str(header(response, "content-security-policy"))
    response = ask(query="nothing")
    assert (response.status, header(response, "location")) == (301, "/feeds/topics/ai.atom")
