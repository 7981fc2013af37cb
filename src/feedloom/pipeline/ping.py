"""Tell hubs what changed: what waits in the outbox, once it is published at `site.url`.

The cache is locked only while the outbox is read or written, so that no build waits for a hub.
"""

import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import msgspec

from feedloom.config.settings import Config
from feedloom.errors import ConfigError, NoFeedError, StateError
from feedloom.pipeline import cache, hubs, memory, outbox, places
from feedloom.pipeline.outbox import Outbox, Waiting
from feedloom.records import scan
from feedloom.site import catalog, store
from feedloom.values import urls

_TOGETHER = 100
"""Addresses after which the outbox is written: what a ping that is killed tells again."""
_WAIT = 60.0
"""Seconds that a ping waits for a build to finish with the cache."""
_CLAIM = 900
"""Seconds that other pings leave alone what this one is telling, while it runs."""
_LONGEST_PAUSE = 15.0
"""Seconds between two looks at a site that is not deployed yet."""


class Refused(msgspec.Struct, frozen=True):
    """An address that a hub does not want."""

    hub: str
    url: str
    why: str


class Left(msgspec.Struct, frozen=True):
    """Addresses that the next ping tells a hub."""

    hub: str
    urls: tuple[str, ...]
    why: str


class Pinged(msgspec.Struct, frozen=True):
    """What a ping did. `told` has the addresses by hub, of a dry run those that would be told. `dropped` waited for too long.

    `undeployed` says which address differs at `site.url` from what was built, and why: nothing was told. `is_remembered`: the
    next ping knows what this one told.
    """

    told: dict[str, tuple[str, ...]]
    refused: list[Refused] = []
    left: list[Left] = []
    dropped: tuple[str, ...] = ()
    undeployed: tuple[str, str] | None = None
    is_remembered: bool = True


def check(config: Config) -> None:
    """Raise ConfigError if the settings name no hub, or no URL of the feeds."""
    for name, value in (("site.hub", config.site.hubs), ("site.url", config.site.url)):
        if not value:
            where = f"{config.file}: " if config.file else ""
            raise ConfigError(f"{where}{name} is not set: set it, so that feeds can be announced to a hub")


def ping(
    config: Config, names: Sequence[str] = (), *, everything: bool = False, dry_run: bool = False, deployed: float = 0
) -> Pinged:
    """Tell the hubs which feeds changed, or only which of those with these names did; `everything`: all feeds, changed or not.

    First one of the feeds is fetched. If it is not what was built, try again for `deployed` seconds. A dry run tells nothing.
    Raises ConfigError; NoFeedError and PublishError if there are no feeds, or none of a name; StateError if it is not known
    what changed, or cannot be remembered.
    """
    check(config)
    every = catalog.feeds(config, aliases=True)
    site = store.of(config)
    published = [path for feed in every for path in feed.format_paths.values()]
    published += [path for path in config.also if site.has(path)]
    named = {path for name in names for path in catalog.named(name, every).format_paths.values()} if names else {*published}
    now = int(time.time())
    box = _Box(config, is_read_only=dry_run)
    if everything:
        box.change(lambda found: _with(found, [path for path in published if path in named], now, config.site.hubs))
    elif not box.is_known:
        raise StateError(f"{_shown(config.state)}: does not say what changed: run feedloom build, or tell all with ping --all")
    found = outbox.sorted_out(box.read(), now, config.site.hubs, frozenset(published))
    box.change(lambda before: outbox.sorted_out(before, now, config.site.hubs, frozenset(published)).outbox)
    due = {path: one for path, one in found.due.items() if path in named}
    dropped = tuple(_url(path, config) for path in found.old)
    if dry_run or not due:
        would = {hub: tuple(_url(path, config) for path in due if hub in due[path].hubs) for hub in config.site.hubs}
        return Pinged(would, dropped=dropped, is_remembered=box.is_stored)
    if undeployed := _undeployed(max(due, key=lambda path: (due[path].since, path.startswith("all."))), deployed, config):
        left = [_left(hub, [path for path in due if hub in due[path].hubs], undeployed[1], config) for hub in config.site.hubs]
        return Pinged({}, left=left, dropped=dropped, undeployed=undeployed, is_remembered=box.is_stored)
    told, refused, rest = _told(due, box, config)
    return Pinged(told, refused, rest, dropped, is_remembered=box.is_stored)


class _Box:
    """The outbox of a site, in the cache. If there is no cache, or if nothing is to be written, the changes are forgotten."""

    def __init__(self, config: Config, *, is_read_only: bool) -> None:
        self._path = config.state
        self._name = outbox.name(places.site(config))
        self._lock = threading.Lock()
        self.is_stored = False
        """Whether changes are stored."""
        self._held = self._first(is_read_only)
        self.is_known = self._held is not None
        """Whether a build filled it."""

    def read(self) -> Outbox:
        """The outbox as it was read or changed last."""
        return self._held or Outbox()

    def change(self, change: Callable[[Outbox], Outbox]) -> None:
        """Change the outbox, which builds may have filled meanwhile. Raises StateError."""
        with self._lock:
            self._change(change)

    def _change(self, change: Callable[[Outbox], Outbox]) -> None:
        if not (self.is_stored and self._path):
            self._held = change(self.read())
            return
        with cache.amended(self._path, _WAIT) as file:
            if file is None:
                raise StateError(f"{_shown(self._path)}: was removed meanwhile; what was told is not remembered")
            found = file.lasting(self._name, Outbox) or Outbox()
            self._held = change(found)
            if self._held != found:
                file.outlast(self._name, self._held)

    def claimed(self, hub: str, paths: Sequence[str], due: Mapping[str, Waiting]) -> tuple[str, ...]:
        """Those of the paths that no other ping tells the hub, and none told since the outbox was read. Raises StateError."""
        now = int(time.time())
        mine = outbox.Claim(hub, tuple(paths), os.getpid(), now + _CLAIM)
        times = {path: due[path].since for path in paths}

        def claim(before: Outbox) -> Outbox:
            running = {one.process for one in before.claims if _is_running(one.process)}
            return outbox.claimed(before, mine, times, running, now)

        with self._lock:
            self._change(claim)
            return self.read().claims[-1].paths

    def _first(self, is_read_only: bool) -> Outbox | None:
        if is_read_only:
            with memory.opened(self._path) as store:
                return store.lasting(self._name, Outbox)
        if not self._path:
            return None
        with cache.amended(self._path, _WAIT) as file:
            self.is_stored = file is not None
            return file.lasting(self._name, Outbox) if file else None


def _told(
    due: Mapping[str, Waiting], box: _Box, config: Config
) -> tuple[dict[str, tuple[str, ...]], list[Refused], list[Left]]:
    """Tell all hubs at the same time, and take what they took out of the outbox. A signal ends it within a request."""
    stop = threading.Event()
    told: dict[str, tuple[str, ...]] = {}
    refused: list[Refused] = []
    left: list[Left] = []

    def tell(hub: str) -> None:
        rest = sorted((path for path in due if hub in due[path].hubs), key=lambda path: (not path.startswith("all."), path))
        done: list[str] = []
        why = ""
        while rest and not why:
            some = {_url(path, config): path for path in box.claimed(hub, rest[:_TOGETHER], due)}
            settled: set[str] = set()
            try:
                answers = hubs.tell(hub, list(some), stop)
                done += answers.told
                refused.extend(Refused(hub, url, why) for url, why in answers.refused)
                settled = {some[url] for url in (*answers.told, *(url for url, _ in answers.refused))}
            finally:
                box.change(
                    partial(outbox.without, hub=hub, told={path: due[path].since for path in settled}, process=os.getpid())
                )
            others = set(rest[:_TOGETHER]) - {*some.values()}  # another ping told them, or does
            rest = [path for path in rest if path not in settled and path not in others]
            why = answers.why or ("interrupted" if stop.is_set() else "")
        told[hub] = tuple(done)
        if rest:
            left.append(_left(hub, rest, why, config))

    with ThreadPoolExecutor(len(config.site.hubs)) as pool:
        try:
            for _ in pool.map(tell, config.site.hubs):
                pass
        except BaseException:
            stop.set()
            raise
    return told, refused, left


def _undeployed(path: str, seconds: float, config: Config) -> tuple[str, str] | None:
    """The URL of a feed's file, and why it is not published as it was built after so many seconds; None if it is."""
    site = store.of(config)
    built = site.read(path)
    if built is None:
        raise NoFeedError(f"{site.place(path)}: is missing; feedloom build writes it again")
    url = _url(path, config)
    until = time.monotonic() + seconds
    pause = 0.5
    while True:
        answer = hubs.fetched(url, len(built))
        if answer.status == 200 and answer.body == built:
            return None
        why = "is not what was built" if answer.status == 200 else answer.text
        left = until - time.monotonic()
        if left <= 0:
            return url, why
        time.sleep(min(pause, left))
        pause = min(2 * pause, _LONGEST_PAUSE)


def _is_running(process: int) -> bool:
    """Whether a process is there. On another machine it may not be: both then tell the hub, which does no harm."""
    try:
        os.kill(process, 0)
    except PermissionError:
        return True
    except OSError:
        return False
    return True


def _with(box: Outbox, paths: Sequence[str], now: int, hubs: tuple[str, ...]) -> Outbox:
    return msgspec.structs.replace(box, waiting=box.waiting | {path: Waiting(now, hubs) for path in paths})


def _left(hub: str, paths: Sequence[str], why: str, config: Config) -> Left:
    return Left(hub, tuple(_url(path, config) for path in paths), why)


def _url(path: str, config: Config) -> str:
    """The URL of a published file, as the feeds name it in their self links."""
    return urls.joined(config.site.url or "", path)


def _shown(path: str | None) -> str:
    return "the cache" if path is None else scan.shown(path)
