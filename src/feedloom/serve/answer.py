"""What the server answers: a pure function from a request and a site to a response. It reads no file and knows no framework.

RFC 9110: conditional requests (section 13), ranges (14), content codings (8.4, 12.5.3). RFC 3229: new entries
alone (226). RFC 8288: links.
"""

import gzip
import re
from collections.abc import Callable, Mapping
from email.utils import formatdate, parsedate_to_datetime
from functools import cached_property, lru_cache
from hashlib import blake2b
from typing import NamedTuple, Protocol
from urllib.parse import quote, unquote_to_bytes

import msgspec

from feedloom.serve import delta
from feedloom.serve.filters import FilterError, Moved, Query

CODINGS = ("br", "zstd", "gzip")
"""Content codings; the first is preferred where a client accepts several alike."""
_MIN_CODED = 1024
"""Bytes from which a document is compressed."""

METHODS = "GET, HEAD, OPTIONS"
HEALTH = "/-/health"
EVENTS = "/-/events"

_TAG = re.compile(r'(?:W/)?"([^"]*)"')
_CODED = re.compile(r"-(?:br|zstd|gzip)$")
_RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")
_TEXT = "text/plain; charset=utf-8"
_HEAD = 65536
"""The first bytes of a page, which contain its policy."""
_CSP = "default-src 'none'"
"""For pages that have no policy of their own."""
_POLICY = re.compile(rb'<meta http-equiv="Content-Security-Policy" content="([^"]*)">')

Headers = list[tuple[str, str]]


class Request(NamedTuple):
    """A request. `path` is percent-encoded, as it was sent. Header names are in lower case; values of a header that came
    twice are joined by commas. `now` is in seconds since 1970.
    """

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = {}
    now: float = 0


class Response(NamedTuple):
    """A response with its whole body."""

    status: int
    headers: Headers
    body: bytes = b""


class Document:
    """A published file, or a computed feed. All of an answer comes from one of these, so that no two builds mix in it.

    `modified` is in seconds since 1970, `link` the value of its header Link; `more` are headers of its own. `versions` are what
    `delta.seal` gives of former ones, by their tags; None where clients can only get the whole document.
    """

    def __init__(
        self,
        body: bytes,
        media_type: str,
        modified: float | None = None,
        link: str | None = None,
        more: Headers | None = None,
        versions: Mapping[str, bytes] | None = None,
    ) -> None:
        self.body = body
        self.media_type = media_type
        self.modified = None if modified is None else int(modified)
        self.link = link
        self.more = more or []
        self.versions = versions
        self.tag = blake2b(body, digest_size=12).hexdigest()
        self._coded: dict[str, bytes] = {}

    @property
    def size(self) -> int:
        """Bytes that it takes in memory."""
        return len(self.body) + sum(map(len, self._coded.values()))

    @cached_property
    def date(self) -> str | None:
        """Last-Modified."""
        return None if self.modified is None else formatdate(self.modified, usegmt=True)

    @cached_property
    def policy(self) -> str | None:
        """The Content-Security-Policy of a page: its own, and what only a header can say, who may show it within another."""
        if not self.media_type.startswith("text/html"):
            return None
        found = _POLICY.search(self.body, 0, _HEAD)
        return f"{found[1].decode() if found else _CSP}; frame-ancestors 'none'"

    def coded(self, coding: str | None) -> bytes:
        """The body in a coding; compressed once."""
        if coding is None:
            return self.body
        if coding not in self._coded:
            self._coded[coding] = _COMPRESSORS[coding](self.body)
        return self._coded[coding]


class Health(NamedTuple):
    """Whether the catalog can be read, and when it changed last, in seconds since 1970."""

    is_well: bool
    updated: float | None


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """What is configured of the answers."""

    cors: str | None = "*"
    """The origin whose scripts may read the feeds; None: no other."""
    max_age: int = 300
    """Seconds that an answer may be used without asking again."""
    redirects_aliases: bool = False
    """Whether other names of a feed answer with a redirect to it."""
    sends_deltas: bool = False
    """Whether clients that ask for it get only the entries that they do not have."""
    is_live: bool = False
    """Whether pages wait for new builds."""


class Site(Protocol):
    """The published site, as far as answers need it. Paths are below `base`, decoded."""

    @property
    def base(self) -> str:
        """The path of the site's address, with a slash at both ends; percent-encoded."""

    @property
    def rules(self) -> Rules:
        """What is configured."""

    def document(self, path: str) -> Document | None:
        """A document of the site; None where the catalog names none at this path."""

    def target(self, path: str) -> str | None:
        """The path of the feed of which this is another name."""

    def nearest(self, path: str) -> list[str]:
        """Paths that are like this one."""

    def query(self, path: str, text: str) -> "Query | Document | None":
        """The filtered feed that an address asks for, or the form to compose one; None where it is no such address. Raises
        FilterError, Moved.
        """

    def refused(self, path: str, text: str, message: str) -> "Document | None":
        """The page for people who asked for what `query` refused; None where the address is for programs."""

    def health(self) -> Health:
        """Whether the site can be served."""


def answer(request: Request, site: Site) -> Response | Query:
    """The response to a request, or the query to compute a document for, which `delivered` takes."""
    found = _answer(request, site)
    return _head_only(request, found) if isinstance(found, Response) else found


def _answer(request: Request, site: Site) -> Response | Query:
    rules = site.rules
    if request.method not in METHODS.split(", "):
        return _said(405, "This method is not allowed here.", rules, [("allow", METHODS)])
    if request.method == "OPTIONS":
        return _options(rules)
    if request.path == HEALTH:
        return _health(site.health(), request)
    try:
        path = _below(request.path, site.base)
    except UnicodeDecodeError:
        return _not_found([], site)
    if path is None:
        if request.path == "/" or f"{_decoded(request.path)}/" == _decoded(site.base):
            return _redirect(302 if request.path == "/" else 301, site.base, rules)
        return _not_found([], site)
    try:
        if query := site.query(path, request.query):
            if isinstance(query, Document):
                return delivered(request, query, rules)
            sent = request.path + (f"?{request.query}" if request.query else "")
            return query if sent == site.base + query.address else _redirect(301, site.base + query.address, rules)
    except FilterError as error:
        return _refused(site.refused(path, request.query, str(error)), str(error), rules)
    except Moved as moved:
        return _redirect(301, site.base + moved.address, rules)
    if rules.redirects_aliases and (target := site.target(path)):
        return _redirect(301, site.base + quoted(target), rules)
    if document := site.document(path):
        return delivered(request, document, rules)
    return _not_found(site.nearest(path), site)


def delivered(request: Request, document: Document, rules: Rules) -> Response:
    """A document, as the request's conditions, codings and range ask for it."""
    asked = request.headers
    sent = document if (is_known := _is_known(asked, document)) else _since(asked, document) or document
    is_part = sent is not document
    coding = best_coding(asked.get("accept-encoding", "")) if len(sent.body) >= _MIN_CODED else None
    tag = f'"{document.tag}-{coding}"' if coding else f'"{document.tag}"'
    headers: Headers = [
        ("etag", tag),
        # Caches need not know what a 226 is.
        ("cache-control", "no-store" if is_part else f"public, max-age={rules.max_age}"),
        ("vary", "accept-encoding" if document.versions is None else "accept-encoding, a-im"),
        ("x-content-type-options", "nosniff"),
    ]
    if document.date:
        headers.append(("last-modified", document.date))
    if rules.cors:
        headers += [("access-control-allow-origin", rules.cors), ("access-control-expose-headers", "ETag, Link")]
    if document.link:
        headers.append(("link", document.link))
    headers += document.more
    if is_known:
        return Response(304, headers)
    headers.append(("content-type", document.media_type))
    headers += _policy(document)
    if coding:
        headers.append(("content-encoding", coding))
    if is_part:
        headers.append(("im", "feed"))
    elif not coding:
        headers.append(("accept-ranges", "bytes"))
        if "range" in asked and request.method == "GET" and (part := _part(asked, document, tag, headers)):
            return part
    body = sent.coded(coding)
    return _head_only(request, Response(226 if is_part else 200, [*headers, ("content-length", str(len(body)))], body))


def busy(rules: Rules) -> Response:
    """Too many filtered feeds are being computed."""
    headers = [("retry-after", "2"), ("cache-control", "no-store")]
    return _said(503, "Busy; try again in 2 seconds.", rules, headers)


def unavailable(why: str, rules: Rules) -> Response:
    """Filtered feeds cannot be computed now."""
    return _said(503, why, rules, [("retry-after", "30"), ("cache-control", "no-store")])


@lru_cache(256)
def best_coding(accepted: str) -> str | None:
    """The coding that a client prefers; None for none (RFC 9110 section 12.5.3)."""
    if not accepted:
        return None
    weights: dict[str, float] = {}
    for part in accepted.split(","):
        name, *parameters = (one.strip().lower() for one in part.split(";"))
        weights[name] = min([_weight(one) for one in parameters if one.startswith("q=")], default=1.0)
    others = weights.get("*", 0.0)
    weight, _, coding = max((weights.get(name, others), -at, name) for at, name in enumerate(CODINGS))
    return coding if weight > 0 and weight >= weights.get("identity", 0.0) else None


def quoted(path: str) -> str:
    """A path percent-encoded, as addresses in feeds have it."""
    return quote(path, safe="/~@+,")


def _below(path: str, base: str) -> str | None:
    """What follows the base in a path, decoded; None where it does not begin so. Raises UnicodeDecodeError."""
    if path.startswith(base):
        return _decoded(path[len(base) :])
    whole, start = _decoded(path), _decoded(base)  # `%c3` and `%C3` are the same
    return whole[len(start) :] if whole.startswith(start) else None


def _decoded(path: str) -> str:
    return unquote_to_bytes(path).decode()


def _weight(parameter: str) -> float:
    value = parameter.removeprefix("q=")
    return float(value) if re.fullmatch(r"[01](\.\d{0,3})?", value) else 0.0


def _is_known(asked: Mapping[str, str], document: Document) -> bool:
    """Whether the client has the document: one tag of any coding will do; a date counts only where there are no tags."""
    if (tags := asked.get("if-none-match")) is not None:
        return tags.strip() == "*" or any(_CODED.sub("", tag) == document.tag for tag in _TAG.findall(tags))
    since = asked.get("if-modified-since")
    if since is None or document.modified is None:
        return False
    try:
        return document.modified <= parsedate_to_datetime(since).timestamp()
    except (ValueError, OverflowError):
        return False


def _since(asked: Mapping[str, str], document: Document) -> Document | None:
    """What is new in a document since the version that the client has (RFC 3229); None where it wants or needs all of it."""
    if not document.versions or "range" in asked or not delta.is_wanted(asked.get("a-im", "")):
        return None
    tags = (_CODED.sub("", tag) for tag in _TAG.findall(asked.get("if-none-match", "")))
    known = next((document.versions[tag] for tag in tags if tag in document.versions), None)
    part = None if known is None else delta.without(document.body, known)
    return None if part is None else Document(part, document.media_type)


def _part(asked: Mapping[str, str], document: Document, tag: str, headers: Headers) -> Response | None:
    """The one range that is asked for; None where the whole document answers: several, none that is valid, another version."""
    if asked.get("if-range", tag) not in (tag, document.date):
        return None
    found = _RANGE.fullmatch(asked["range"].strip().lower())
    if not found or not (found[1] or found[2]):
        return None
    length = len(document.body)
    if found[1]:
        start, end = int(found[1]), min(int(found[2]) + 1 if found[2] else length, length)
        if found[2] and int(found[2]) < start:
            return None
    else:
        start, end = max(0, length - int(found[2])), length
    if start >= end:
        return Response(416, [("content-range", f"bytes */{length}"), ("content-length", "0")])
    body = document.body[start:end]
    return Response(
        206, [*headers, ("content-range", f"bytes {start}-{end - 1}/{length}"), ("content-length", str(len(body)))], body
    )


def _options(rules: Rules) -> Response:
    headers = [("allow", METHODS)]
    if rules.cors:
        headers += [
            ("access-control-allow-origin", rules.cors),
            ("access-control-allow-methods", METHODS),
            ("access-control-allow-headers", "If-None-Match, If-Modified-Since, Range, A-IM"),
            ("access-control-max-age", "86400"),
        ]
    return Response(204, headers)


def _health(health: Health, request: Request) -> Response:
    body = msgspec.json.encode(
        {
            "status": "ok" if health.is_well else "catalog cannot be read",
            "catalog_updated": None if health.updated is None else formatdate(health.updated, usegmt=True),
            "age": None if health.updated is None else max(0, int(request.now - health.updated)),
        }
    )
    headers = [("content-type", "application/json"), ("cache-control", "no-store"), ("content-length", str(len(body)))]
    return Response(200 if health.is_well else 503, headers, body)


def _not_found(nearest: list[str], site: Site) -> Response:
    text = "Not found."
    if nearest:
        text += " Did you mean one of these?\n" + "\n".join(site.base + quoted(path) for path in nearest)
    return _said(404, text, site.rules, [("cache-control", "max-age=60")])


def _refused(page: Document | None, message: str, rules: Rules) -> Response:
    if page is None:
        return _said(400, message, rules, [("cache-control", "max-age=60")])
    headers = [("content-type", page.media_type), ("x-content-type-options", "nosniff"), ("cache-control", "max-age=60")]
    return Response(400, [*headers, *page.more, *_policy(page), ("content-length", str(len(page.body)))], page.body)


def _policy(page: Document) -> Headers:
    return [("content-security-policy", page.policy), ("referrer-policy", "same-origin")] if page.policy else []


def _redirect(status: int, place: str, rules: Rules) -> Response:
    return _said(status, f"See {place}", rules, [("location", place), ("cache-control", f"public, max-age={rules.max_age}")])


def _said(status: int, text: str, rules: Rules, headers: Headers) -> Response:
    body = f"{text}\n".encode()
    fixed = [("content-type", _TEXT), ("x-content-type-options", "nosniff"), ("content-length", str(len(body)))]
    cors = [("access-control-allow-origin", rules.cors)] if rules.cors else []
    return Response(status, [*fixed, *cors, *headers], body)


def _head_only(request: Request, response: Response) -> Response:
    return response._replace(body=b"") if request.method == "HEAD" else response


def _brotli(body: bytes) -> bytes:
    import brotli  # type: ignore[import-untyped]

    return bytes(brotli.compress(body, quality=5))


def _zstd(body: bytes) -> bytes:
    import zstandard

    return zstandard.ZstdCompressor(level=9).compress(body)


_COMPRESSORS: Mapping[str, Callable[[bytes], bytes]] = {
    "br": _brotli,
    "zstd": _zstd,
    "gzip": lambda body: gzip.compress(body, 6, mtime=0),
}
