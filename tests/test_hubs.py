"""What feedloom says to WebSub hubs, and what it does where they fail."""

import contextlib
import random
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import pytest

from feedloom.pipeline import hubs

Reply = Callable[[BaseHTTPRequestHandler, int], None]
"""Answers one request, the given time that it comes for the same topic."""


class Hub:
    """A hub that answers as a test says, and keeps the forms that it got."""

    def __init__(self, reply: Reply) -> None:
        self.forms: list[dict[str, list[str]]] = []
        self.times: list[float] = []
        seen: Counter[str] = Counter()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(handler) -> None:  # noqa: N805
                form = parse_qs(handler.rfile.read(int(handler.headers["Content-Length"])).decode())
                self.forms.append(form)
                self.times.append(time.monotonic())
                topic = form["hub.topic"][0]
                seen[topic] += 1
                reply(handler, seen[topic])

            def do_GET(handler) -> None:  # noqa: N805
                reply(handler, 1)

            def log_message(handler, *_: object) -> None:  # noqa: N805
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hub?a=b"


@contextlib.contextmanager
def hub(reply: Reply) -> Iterator[Hub]:
    one = Hub(reply)
    threading.Thread(target=one.server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield one
    finally:
        one.server.shutdown()
        one.server.server_close()


def says(status: int, body: bytes = b"", **headers: str) -> Reply:
    def reply(handler: BaseHTTPRequestHandler, _: int) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return reply


def first(one: Reply, then: Reply) -> Reply:
    return lambda handler, number: (one if number == 1 else then)(handler, number)


def reset(handler: BaseHTTPRequestHandler, _: int) -> None:
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()


def hang(handler: BaseHTTPRequestHandler, _: int) -> None:
    """A status line, and then a byte each tenth of a second, so that no timeout of a socket ends it."""
    with contextlib.suppress(OSError):
        handler.wfile.write(b"HTTP/1.1 202 ")
        for _ in range(100):
            handler.wfile.write(b"x")
            handler.wfile.flush()
            time.sleep(0.1)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(random, "uniform", lambda low, high: 0.01)
    monkeypatch.setattr(hubs, "TOTAL", 0.8)


GO = threading.Event()
"""Never set: nobody stops the talk."""

A, B = "https://example.com/all.atom", "https://example.com/topics/größe.atom"


@pytest.mark.parametrize("status", [200, 202, 204])
def test_each_topic_is_one_form_with_both_names(status: int) -> None:
    with hub(says(status)) as one:
        assert hubs.tell(one.url, [A, B], GO) == hubs.Told(one.url, (A, B), (), ())
    forms = sorted(one.forms, key=lambda form: form["hub.url"])
    assert forms == [{"hub.mode": ["publish"], "hub.url": [topic], "hub.topic": [topic]} for topic in (A, B)]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 422])
def test_what_a_hub_refuses_is_told_and_not_asked_again(status: int) -> None:
    with hub(says(status, b"Missing form argument: hub.topic\r\nmore")) as one:
        found = hubs.tell(one.url, [A], GO)
    assert found.left == ()
    ((topic, why),) = found.refused
    assert topic == A
    assert why.startswith(f"{status} ")
    assert why.endswith(": Missing form argument: hub.topic")
    assert len(one.forms) == 1


@pytest.mark.parametrize("failing", [says(429), says(408), says(500), says(503), reset, hang])
def test_what_fails_for_now_is_asked_again(failing: Reply) -> None:
    with hub(first(failing, says(202))) as one:
        assert hubs.tell(one.url, [A], GO).told == (A,)
    assert len(one.forms) == 2


@pytest.mark.parametrize(
    ("failing", "why"), [(says(503), "503 Service Unavailable"), (hang, "no answer within"), (reset, "reset by peer")]
)
def test_what_goes_on_failing_is_left(failing: Reply, why: str) -> None:
    with hub(failing) as one:
        found = hubs.tell(one.url, [A], GO, tries=3)
    assert (found.told, found.refused, found.left) == ((), (), (A,))
    assert why in found.why
    assert len(one.forms) == 3


def test_a_hub_says_when_to_come_back() -> None:
    with hub(first(says(429, Retry_After="1"), says(202))) as one:
        assert hubs.tell(one.url, [A], GO).told == (A,)
    assert one.times[1] - one.times[0] >= 1


def test_a_hub_that_wants_an_hour_is_left_for_the_next_ping() -> None:
    with hub(says(503, Retry_After="3600")) as one:
        assert hubs.tell(one.url, [A], GO).left == (A,)
    assert len(one.forms) == 1


@pytest.mark.parametrize("after", ["never", "-5", "Mon, 01 Jan 99999999999999 00:00:00 GMT", "Mon, 01 Jan 99999 00:00:00 GMT"])
def test_a_time_to_come_back_that_is_none(after: str) -> None:
    with hub(first(says(503, Retry_After=after), says(202))) as one:
        assert hubs.tell(one.url, [A], GO).told == (A,)


def test_a_hub_that_is_down_is_given_up_soon() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        found = hubs.tell(
            f"http://127.0.0.1:{nobody.getsockname()[1]}/", [f"{A}?{number}" for number in range(500)], GO, tries=2
        )
    assert len(found.left) == 500
    assert "refused" in found.why


def test_ten_a_second() -> None:
    with hub(says(202)) as one:
        hubs.tell(one.url, [f"{A}?{number}" for number in range(15)], GO)
    assert max(one.times) - min(one.times) >= 1.3


def test_no_redirect_to_another_host() -> None:
    with hub(says(202)) as other, hub(says(307, Location=other.url)) as one:
        found = hubs.tell(one.url, [A], GO)
    assert found.refused[0][0] == A
    assert other.forms == []


def test_an_endless_answer_is_cut_off() -> None:
    with hub(says(202, b"x" * (1 << 24))) as one:
        assert hubs.tell(one.url, [A], GO).told == (A,)


def test_what_is_fetched() -> None:
    with hub(says(200, b"feed")) as one:
        assert hubs.fetched(one.url, 4).body == b"feed"
        assert len(hubs.fetched(one.url, 2).body) == 3
    with hub(says(302, Location="http://127.0.0.2:1/")) as one:
        answer = hubs.fetched(one.url, 4)
    assert answer.status == 302
    assert "another host" in answer.text
    with hub(lambda handler, number: says(301, Location=f"https://{handler.headers['Host']}/")(handler, number)) as one:
        assert hubs.fetched(one.url, 4).text == "redirects to https: let site.url begin with it"
    with hub(says(302, Location="/hub?a=b")) as one:
        assert hubs.fetched(one.url, 4) == hubs.Answer(0, "redirects without end")
