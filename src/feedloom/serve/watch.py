"""`feedloom serve --watch`: builds again when a record or the settings change, and tells open pages of it.

The watcher is a process of its own. It writes what it did into a status file, which the workers read: pages that are open get
it as server-sent events (HTML Standard, section 9.2).
"""

import asyncio
import contextlib
import os
import signal
import time
import traceback
from collections.abc import Callable
from functools import partial
from typing import NoReturn

import msgspec

from feedloom.config import own_files
from feedloom.config.settings import Config
from feedloom.errors import ConfigError, FeedloomError, ServeError
from feedloom.model import Problem
from feedloom.pipeline import build
from feedloom.report import Report
from feedloom.serve.asgi import Receive, Send
from feedloom.site import publish

SCRIPT = b"""\
// Reloads the page when feedloom has built the feeds again, and shows why a build failed. Only under feedloom serve --watch.
let known = null;
const banner = document.createElement("p");
banner.setAttribute("role", "alert");
banner.style.cssText = "position:fixed;left:0;right:0;bottom:0;margin:0;padding:1em;background:#8b0000;color:#fff;" +
  "font:16px/1.4 monospace;white-space:pre-wrap;z-index:9";
new EventSource("/-/events").addEventListener("build", (event) => {
  const { build, message } = JSON.parse(event.data);
  if (known !== null && build !== known) location.reload();
  known = build;
  banner.textContent = message ?? "";
  if (message) document.body.append(banner);
  else banner.remove();
});
"""
PATH = "-/reload.js"
"""Where the script is, below the base of the site."""

_STEP = 50
"""Milliseconds without a change until a build begins: editors and git write several files."""
_TICK = 250
"""Milliseconds after which the settings are looked at."""
_POLL = 0.1
_PING = 15.0
"""Seconds: proxies end connections that are silent."""
_SHOWN = 3


class Status(msgspec.Struct, frozen=True):
    """The number of builds that changed files, and why the last one failed or what it rejected."""

    build: int = 0
    message: str | None = None


class Watcher:
    """Builds when something changed, and tells of it; `place` is the status file."""

    def __init__(self, load: Callable[[], Config], place: str, tell: Callable[[str], None]) -> None:
        self._load = load
        self._place = place
        self._tell = tell
        self._status = Status()
        self._file: str | None = None

    def build(self) -> FeedloomError | None:
        """Build once; the error that stopped it. What was published before is left as it was."""
        try:
            done = build.build(self._settings())
        except FeedloomError as error:
            self._say(Status(self._status.build, str(error)))
            self._tell(f"Build failed: {error}")
            return error
        except Exception:  # a bug: show it, and go on with the next change
            text = traceback.format_exc()
            self._say(Status(self._status.build, text))
            self._tell(text)
            return None
        rejected = [problem for problem in done.problems if problem.level == "rejected"]
        is_new = bool(done.files.written or done.files.removed)
        self._say(Status(self._status.build + is_new, _message(rejected)))
        if is_new or rejected:
            self._tell(_summary(done))
            for problem in rejected[:_SHOWN]:
                self._tell(str(problem))
        return None

    def run(self) -> None:
        """Watch until SIGTERM, or until the parent is gone."""
        with contextlib.suppress(KeyboardInterrupt):  # so watchfiles tells of any signal
            self._watch()

    def _watch(self) -> None:
        import watchfiles

        signal.signal(signal.SIGINT, signal.SIG_IGN)  # of the terminal: the parent ends this process
        signal.signal(signal.SIGTERM, _end)
        parent = os.getppid()
        config = self._settings()
        settings = _stamp(config)
        while True:
            is_new = True
            records = os.path.realpath(config.records)
            changes = watchfiles.watch(
                records if os.path.isdir(records) else os.path.dirname(records),
                watch_filter=partial(_counts, records, os.path.realpath(config.output)),
                step=_STEP,
                debounce=_STEP * 4,
                rust_timeout=_TICK,
                yield_on_timeout=True,
            )
            for changed in changes:
                if os.getppid() != parent:
                    return
                now = _stamp(config)
                if changed or is_new or now != settings:  # the first time for what changed before it listened
                    self.build()
                is_new = False
                if now != settings:
                    settings = now
                    with contextlib.suppress(FeedloomError):
                        config = self._settings()
                    break  # the folders may be others

    def _settings(self) -> Config:
        """The settings. Raises ConfigError where their file went away, as it does for a moment when some editors save it."""
        config = self._load()
        if self._file and not config.file:
            raise ConfigError(f"{self._file}: is gone; the feeds stay as they are until it is back")
        self._file = config.file
        return config

    def _say(self, status: Status) -> None:
        self._status = status
        beside = f"{self._place}.new"
        with open(beside, "wb") as file:
            file.write(msgspec.json.encode(status))
        os.replace(beside, self._place)


def _counts(records: str, output: str, _: object, path: str) -> bool:
    """Whether a change can be one of a record. The output may be among the records, and no record is behind a dot."""
    inside = os.path.relpath(path, records)
    if inside == ".":
        return True
    return not path.startswith(output + os.sep) and not any(part.startswith(".") for part in inside.split(os.sep))


def check() -> None:
    """Whether changes can be watched. Raises ServeError."""
    try:
        import watchfiles  # noqa: F401
    except ImportError:
        raise ServeError("--watch needs the extra `serve`: pip install 'feedloom[serve]'") from None


def with_script(page: bytes, base: str) -> bytes:
    """A page that loads the script, and that may open its connection."""
    script = f'<script src="{base}{PATH}" defer></script>\n</head>'.encode()
    before, mark, after = page.partition(b"; script-src 'self'")
    # What the owner's settings allow to connect to comes after the scripts.
    policy, quote, rest = after.partition(b'"')
    connect = b"connect-src 'self'"
    policy = policy.replace(b"connect-src", connect, 1) if b"connect-src" in policy else policy + b"; " + connect
    return (before + mark + policy + quote + rest).replace(b"</head>", script, 1)


class Events:
    """Answers for EVENTS: the status, and each new one."""

    def __init__(self, place: str) -> None:
        self._place = place

    async def __call__(self, receive: Receive, send: Send) -> None:
        """Send events until the client is gone."""
        headers = [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-store")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        gone = asyncio.ensure_future(_gone(receive))
        told: bytes | None = None
        silent = time.monotonic()
        try:
            while not gone.done():
                status = self._status()
                if status != told:
                    told = status
                    await self._send(send, b"event: build\ndata: %b\n\n" % status)
                    silent = time.monotonic()
                elif time.monotonic() - silent > _PING:
                    await self._send(send, b":\n\n")
                    silent = time.monotonic()
                await asyncio.wait({gone}, timeout=_POLL)
        finally:
            gone.cancel()

    async def _send(self, send: Send, body: bytes) -> None:
        await send({"type": "http.response.body", "body": body, "more_body": True})

    def _status(self) -> bytes:
        with contextlib.suppress(OSError), open(self._place, "rb") as file:
            return file.read()
        return msgspec.json.encode(Status())


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _message(rejected: list[Problem]) -> str | None:
    if not rejected:
        return None
    more = f"\nand {len(rejected) - _SHOWN} more" if len(rejected) > _SHOWN else ""
    return "\n".join(map(str, rejected[:_SHOWN])) + more


def _summary(done: Report) -> str:
    return f"Built: {done.files.written} files written, {done.files.removed} removed, in {done.seconds:.2f} s"


def _stamp(config: Config) -> object:
    """Differs if the settings changed, or a file that they name for the pages."""
    named = own_files.paths(config.page_settings, os.path.dirname(config.file or ""))
    return [publish.stamp_at(os.path.realpath(file)) for file in (config.file, *named) if file]


def _end(*_: object) -> NoReturn:
    raise SystemExit(0)  # a build that goes on removes its temporary files
