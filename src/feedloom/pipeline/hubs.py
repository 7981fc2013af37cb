"""Talks to WebSub hubs and to the site as it is published, over HTTP: the only connections that feedloom opens.

W3C WebSub section 5: a publisher tells a hub that a topic changed, in a form which the specification leaves to them. All hubs
understand `hub.mode=publish`, some with `hub.url` and some with `hub.topic`, so that both are sent.
"""

import contextlib
import http.client
import random
import socket
import ssl
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from email.utils import parsedate_to_datetime
from functools import partial
from typing import NamedTuple
from urllib.parse import urlencode, urljoin, urlsplit

from feedloom import __version__

CONNECT = 5.0
"""Seconds until a connection must be there."""
TOTAL = 10.0
"""Seconds until an answer must be complete."""
MOST_READ = 4096
"""Bytes of a hub's answer that are read: it is only for messages."""
TRIES = 5
AT_ONCE = 8
A_SECOND = 10
LONGEST_WAIT = 300
"""Seconds: a hub that asks for more time is asked again by the next ping."""
_GIVE_UP = 16
"""Failures without any success after which a hub is taken for down, so that 10,000 addresses do not all wait for it."""

_LATER = frozenset({408, 425, 429})
_AGENT = f"feedloom/{__version__}"


class Answer(NamedTuple):
    """What a hub or a server said. `status` is 0 where there was no answer, `text` why."""

    status: int
    text: str
    body: bytes = b""
    after: float | None = None
    """Seconds that the answer asks to wait."""


class Told(NamedTuple):
    """What became of the addresses that a hub was to be told: all `left` may be tried again; `refused` says why."""

    hub: str
    told: tuple[str, ...]
    refused: tuple[tuple[str, str], ...]
    left: tuple[str, ...]
    why: str = ""
    """The last failure, where some are left."""


def tell(hub: str, topics: Sequence[str], stop: threading.Event, tries: int = TRIES) -> Told:
    """Tell a hub which addresses changed: one a request, eight at once, at most ten a second.

    What fails for now (429, 5xx, no connection) is tried again, up to `tries` times in all, after a random time that may be
    twice as long each time, or after what `Retry-After` says. After `stop` nothing is sent.
    """
    pace = _Pace()
    told: list[str] = []
    refused: list[tuple[str, str]] = []
    left, why = list(topics), ""
    for attempt in range(tries):
        later: list[str] = []
        wait = random.uniform(0, 2**attempt)  # noqa: S311 - full jitter, no secret
        down = threading.Event()
        failures = 0
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for topic, answer in zip(left, pool.map(partial(_announced, hub, pace, (down, stop)), left), strict=True):
                if answer and 200 <= answer.status < 300:
                    told.append(topic)
                    failures = -len(left)  # it is not down
                elif answer and 300 <= answer.status < 500 and answer.status not in _LATER:
                    refused.append((topic, answer.text))
                    failures = -len(left)
                else:
                    later.append(topic)
                    if answer:
                        why = answer.text
                        wait = max(wait, answer.after or 0)
                        failures += 1
                        if failures >= _GIVE_UP:
                            down.set()
        left = later
        if not left or wait > LONGEST_WAIT or attempt == tries - 1 or stop.wait(wait):
            break
    return Told(hub, tuple(told), tuple(refused), tuple(left), why if left else "")


def fetched(url: str, most: int) -> Answer:
    """What a server answers for an address, up to `most` bytes and one more; redirects within the host are followed."""
    for _ in range(5):
        answer, target = _exchange("GET", url, None, most)
        if not target:
            return answer
        url = target
    return Answer(0, "redirects without end")


class _Pace:
    """Lets at most A_SECOND through each second."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._next = 0.0

    def wait(self) -> None:
        with self._lock:
            now = time.monotonic()
            at = max(now, self._next)
            self._next = at + 1 / A_SECOND
        time.sleep(at - now)


def _announced(hub: str, pace: _Pace, ends: Sequence[threading.Event], topic: str) -> Answer | None:
    """The hub's answer; None where it was not asked, because one of the events ended that."""
    if any(end.is_set() for end in ends):
        return None
    pace.wait()
    form = urlencode({"hub.mode": "publish", "hub.url": topic, "hub.topic": topic}).encode()
    answer, _ = _exchange("POST", hub, form, MOST_READ)
    return answer


def _exchange(method: str, url: str, body: bytes | None, most: int) -> tuple[Answer, str | None]:
    """One request: its answer, and where a GET is redirected to on the same host."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port
    connection = (
        http.client.HTTPSConnection(host, port, timeout=CONNECT, context=ssl.create_default_context())
        if parts.scheme == "https"
        else http.client.HTTPConnection(host, port, timeout=CONNECT)
    )
    # A timeout of a socket begins anew with each byte; this ends the whole exchange.
    late = threading.Event()

    def cut_off() -> None:
        late.set()
        if connection.sock:
            with contextlib.suppress(OSError):
                connection.sock.shutdown(socket.SHUT_RDWR)

    end = threading.Timer(TOTAL, cut_off)
    end.daemon = True
    try:
        end.start()
        connection.connect()
        connection.sock.settimeout(TOTAL)
        headers = {"User-Agent": _AGENT, "Accept-Encoding": "identity", "Cache-Control": "no-cache"}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection.request(method, f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}", body, headers)
        response = connection.getresponse()
        data = response.read(most + 1)
        if late.is_set():
            raise TimeoutError  # what was cut off can look like a whole answer
        answer = Answer(response.status, _said(response, data), data, _seconds(response.headers.get("Retry-After")))
        place = response.headers.get("Location")
        if method == "GET" and place and response.status in (301, 302, 303, 307, 308):
            target = urljoin(url, place)
            if (urlsplit(target).scheme, urlsplit(target).netloc) == (parts.scheme, parts.netloc):
                return answer, target
            if urlsplit(target).netloc == parts.netloc:
                return answer._replace(text=f"redirects to {urlsplit(target).scheme}: let site.url begin with it"), None
            return answer._replace(text=f"redirects to another host, {urlsplit(target).netloc}"), None
        return answer, None
    except (OSError, http.client.HTTPException, ValueError) as error:
        return Answer(0, _failure(error, late.is_set())), None
    finally:
        end.cancel()
        connection.close()


def _said(response: http.client.HTTPResponse, data: bytes) -> str:
    first = data[:200].decode(errors="replace").strip().partition("\n")[0].rstrip()
    if first.startswith("<"):  # a page for people
        first = ""
    return f"{response.status} {response.reason}{': ' if first else ''}{first}"


def _failure(error: Exception, is_late: bool) -> str:
    if is_late or isinstance(error, TimeoutError):
        return f"no answer within {TOTAL:.0f} s"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not valid: {error.verify_message}"
    return str(getattr(error, "strerror", None) or error) or type(error).__name__


def _seconds(after: str | None) -> float | None:
    """RFC 9110 section 10.2.3: seconds, or a date."""
    if after is None:
        return None
    if after.strip().isdecimal():
        return float(after)
    try:
        return max(0.0, parsedate_to_datetime(after).timestamp() - time.time())
    except (ValueError, OverflowError):
        return None
