"""The ASGI shell around `answer`: granian runs it, and uvicorn or hypercorn can."""

import asyncio
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Protocol
from urllib.parse import quote

from feedloom.serve import answer
from feedloom.serve.answer import Document, Request, Response
from feedloom.serve.filters import Query
from feedloom.serve.site import PublishedSite

_ASCII = "".join(map(chr, range(128)))

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


class Computed(Protocol):
    """Computes filtered feeds."""

    async def document(self, query: Query) -> Document:
        """The document of a query. Raises Busy, Unavailable."""


class Busy(Exception):
    """Too many are being computed."""


class Unavailable(Exception):
    """None can be computed now; the message says why, and what the owner can do."""


class Observer(Protocol):
    """Is told of each answer: the access log, the metrics."""

    def __call__(self, request: Request, response: Response, seconds: float, address: str) -> None:
        """An answer that was sent."""


Stream = Callable[[Receive, Send], Awaitable[None]]


def application(
    site: PublishedSite,
    computed: Computed | None = None,
    observers: tuple[Observer, ...] = (),
    events: Stream | None = None,
) -> Application:
    """The application. `events` answers for EVENTS, where pages are told of new builds."""

    async def respond(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise NotImplementedError(scope["type"])
        start = time.perf_counter()
        request = _request(scope)
        if events and request.path == answer.EVENTS and request.method == "GET":
            return await events(receive, send)
        response = answer.answer(request, site)
        if isinstance(response, Query):
            response = await _computed(request, response, computed, site)
        headers = [(name.encode(), value.encode("latin-1")) for name, value in response.headers]
        await send({"type": "http.response.start", "status": response.status, "headers": headers})
        await send({"type": "http.response.body", "body": response.body})
        for observer in observers:
            observer(request, response, time.perf_counter() - start, (scope.get("client") or ("",))[0])
        return None

    return respond


async def _computed(request: Request, query: Query, computed: Computed | None, site: PublishedSite) -> Response:
    if computed is None:
        return answer.unavailable("Filters are off.", site.rules)
    try:
        return answer.delivered(request, await computed.document(query), site.rules)
    except Busy:
        return answer.busy(site.rules)
    except Unavailable as error:
        return answer.unavailable(str(error), site.rules)


def _request(scope: Scope) -> Request:
    headers: dict[str, str] = {}
    for name, value in scope["headers"]:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    raw = scope.get("raw_path")
    path = _encoded(raw) if raw else answer.quoted(scope["path"])
    return Request(scope["method"], path.partition("?")[0], _encoded(scope["query_string"]), headers, time.time())


def _encoded(sent: bytes) -> str:
    """A path or query with what is not ASCII percent-encoded: some clients send `ü` as it is (RFC 3987 section 3.1)."""
    return sent.decode() if sent.isascii() else quote(sent, safe=_ASCII)


class Computing:
    """Lets `compute` run for two queries at once, in threads; others wait for two seconds."""

    AT_ONCE = 2
    PATIENCE = 2.0

    def __init__(self, compute: Callable[[Query], Document], known: Callable[[Query], Document | None]) -> None:
        self._compute = compute
        self._known = known
        self._places: asyncio.Semaphore | None = None

    async def document(self, query: Query) -> Document:
        """The document of a query. Raises Busy, Unavailable."""
        if document := self._known(query):
            return document
        if self._places is None:  # of the loop that runs it
            self._places = asyncio.Semaphore(self.AT_ONCE)
        try:
            await asyncio.wait_for(self._places.acquire(), self.PATIENCE)
        except TimeoutError:
            raise Busy from None
        try:
            return await asyncio.to_thread(self._compute, query)
        finally:
            self._places.release()
