"""WebSub from end to end: a real hub, Flask-WebSub, and a subscriber that checks what it gets.

The hub wants `Link` headers from the server of the feeds, as docs/ping.md says.
"""

import hashlib
import hmac
import http.server
import queue
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit
from urllib.request import urlopen

import pytest
from celery import Celery
from click.testing import CliRunner
from flask import Flask
from flask_websub.hub import Hub, SQLite3HubStorage
from werkzeug.serving import make_server

from feedloom.cli.main import main
from tests.conftest import record

SECRET = "of the subscriber"


class Subscriber(http.server.BaseHTTPRequestHandler):
    """Confirms what it subscribed to, and keeps what the hub sends."""

    got: "queue.Queue[tuple[float, str, bytes]]"

    def do_GET(self) -> None:
        challenge = parse_qs(urlsplit(self.path).query)["hub.challenge"][0].encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(challenge)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.got.put((time.monotonic(), self.headers["X-Hub-Signature"], body))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


class Feeds(http.server.SimpleHTTPRequestHandler):
    """A server of the output folder, with the headers that a hub wants."""

    hub = ""

    def end_headers(self) -> None:
        own = f"http://{self.headers['Host']}{self.path}"
        self.send_header("Link", f'<{own}>; rel="self", <{self.hub}>; rel="hub"')
        super().end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def running() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def started(server: http.server.HTTPServer, stack: ExitStack) -> str:
    """Run a server until the test ends; its URL."""
    threading.Thread(target=server.serve_forever, daemon=True).start()
    stack.callback(server.server_close)
    stack.callback(server.shutdown)
    return f"http://127.0.0.1:{server.server_port}/"


def hub_of(folder: Path) -> Flask:
    app = Flask("hub")
    app.config["PUBLISH_SUPPORTED"] = True
    celery = Celery("hub", broker="memory://")
    celery.conf.task_always_eager = True
    hub = Hub(SQLite3HubStorage(str(folder / "hub.sqlite")), celery, PUBLISH_SUPPORTED=True)
    app.register_blueprint(hub.build_blueprint(url_prefix="/hub"))
    return app


def test_a_subscriber_has_a_new_entry_as_soon_as_it_is_built(tmp_path: Path, running: ExitStack) -> None:
    output = tmp_path / "feeds"
    output.mkdir()
    hub = started(make_server("127.0.0.1", 0, hub_of(tmp_path), threaded=True), running) + "hub"
    site = started(
        http.server.ThreadingHTTPServer(
            ("127.0.0.1", 0), partial(type("Served", (Feeds,), {"hub": hub}), directory=str(output))
        ),
        running,
    )
    got: queue.Queue[tuple[float, str, bytes]] = queue.Queue()
    subscriber = started(
        http.server.ThreadingHTTPServer(("127.0.0.1", 0), type("Subscribed", (Subscriber,), {"got": got})), running
    )
    Path("feedloom.yaml").write_text(f"site: {{url: '{site}', hub: '{hub}'}}\n")
    Path("records").mkdir()
    Path("records/a.md").write_text(record(topics="[AI]"))
    build = partial(CliRunner().invoke, main, ["build", "--ping", "-q"])
    assert build().exit_code == 0

    topic = f"{site}topics/ai.atom"
    form = {"hub.mode": "subscribe", "hub.topic": topic, "hub.callback": subscriber, "hub.secret": SECRET}
    with urlopen(hub, urlencode(form).encode(), timeout=10) as answer:
        assert answer.status == 202
    Path("records/b.md").write_text(record(title="Brand new", webUrl="https://example.com/b", topics="[AI]"))
    done = build()
    assert (done.exit_code, done.output) == (0, "")
    # This hub delivers before it answers a ping, so the subscriber has the entry before the build command ends.
    _, signature, body = got.get_nowait()
    assert b"Brand new" in body
    assert body == (output / "topics" / "ai.atom").read_bytes()
    algorithm, _, digest = signature.partition("=")
    assert digest == hmac.new(SECRET.encode(), body, getattr(hashlib, algorithm)).hexdigest()
    assert build().exit_code == 0
    assert got.empty()
