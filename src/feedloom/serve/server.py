"""Runs the application: granian and its workers, and beside them the watcher and the server of the metrics."""

import contextlib
import multiprocessing
import os
import signal
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from functools import partial
from ipaddress import ip_network
from multiprocessing.process import BaseProcess
from typing import Any, NamedTuple

import msgspec

from feedloom.config.settings import Config
from feedloom.errors import ConfigError, NoFeedError, PublishError, ServeError
from feedloom.serve import asgi, observers, watch
from feedloom.serve.answer import Rules
from feedloom.serve.asgi import Application, Computing, Observer, Unavailable
from feedloom.serve.observers import Network
from feedloom.serve.records import Filtered
from feedloom.serve.site import PublishedSite
from feedloom.serve.watch import Watcher

HEADER_TIMEOUT = 10
"""Seconds in which a client must have sent its header."""
GRACE = 10
"""Seconds in which answers that were begun are sent, when the server ends."""
_MOST_HEADER = 64 << 10
_STATUS = "status.json"


class Address(NamedTuple):
    """Where to listen."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What `feedloom serve` was asked for."""

    bind: Address
    base: str | None = None
    workers: int = 1
    filters: bool = False
    watch: bool = False
    rules: Rules = Rules()
    access_log: str | None = None
    log_addresses: bool = False
    proxies: tuple[Network, ...] = ()
    metrics: Address | None = None


def address(text: str) -> Address:
    """`127.0.0.1:8000`, `[::1]:8000`. Raises ValueError."""
    host, colon, port = text.rpartition(":")
    if not colon or not host or not port.isdecimal() or not 0 < int(port) < 1 << 16:
        raise ValueError(f"must be a host and a port, such as 127.0.0.1:8000, not {text!r}")
    return Address(host.removeprefix("[").removesuffix("]"), int(port))


def network(text: str) -> Network:
    """`127.0.0.1`, `10.0.0.0/8`. Raises ValueError."""
    try:
        return ip_network(text)
    except ValueError:
        raise ValueError(f"must be an IP address or a network such as 10.0.0.0/8, not {text!r}") from None


def serve(load: Callable[[], Config], options: Options, tell: Callable[[str], None]) -> None:
    """Serve the site until a signal ends the program.

    Raises ConfigError where there is no site, what the first build of a watched one raises where there is none either, and
    ServeError.
    """
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="feedloom-serve-"))
        watcher = Watcher(load, os.path.join(folder, _STATUS), tell) if options.watch else None
        failed = watcher.build() if watcher else None
        try:
            site = PublishedSite(load, options.rules, base=options.base)
        except (NoFeedError, PublishError) as error:
            raise failed or ConfigError(str(error)) from None
        _check(site, options)
        if options.metrics:
            stack.enter_context(_beside(partial(_serve_metrics, options.metrics, folder)))
            tell(f"Metrics: http://{options.metrics}{observers.METRICS}")
        if watcher:
            stack.enter_context(_beside(watcher.run))
        tell(f"Serving {site.config.output} at http://{options.bind}{site.base}")
        _run(options, partial(worker, load, options, folder))


def worker(load: Callable[[], Config], options: Options, folder: str) -> Application:
    """The application of one process."""
    told: list[Observer] = []
    if options.access_log:
        told.append(observers.AccessLog(options.access_log, with_addresses=options.log_addresses, proxies=options.proxies))
    if options.metrics:
        told.append(observers.Counters(folder))
    site = PublishedSite(load, options.rules, base=options.base, has_filters=options.filters)
    events = None
    if options.watch:
        site.add_script(watch.PATH, watch.SCRIPT, partial(watch.with_script, base=site.base))
        events = watch.Events(os.path.join(folder, _STATUS))
    computing = None
    if options.filters:
        filtered = Filtered(site)
        threading.Thread(target=filtered.prepare, daemon=True).start()
        computing = Computing(filtered.compute, filtered.known)
    return asgi.application(site, computing, tuple(told), events)


def _check(site: PublishedSite, options: Options) -> None:
    """Whether all that was asked for can be had, before anything starts. Raises ConfigError, ServeError."""
    if options.filters:
        try:
            Filtered(site).check()
        except Unavailable as error:
            raise ConfigError(f"--filters: {error}") from None
    check_free(*filter(None, (options.bind, options.metrics)))
    if options.access_log:
        try:
            observers.AccessLog(options.access_log)
        except OSError as error:
            raise ServeError(f"--access-log {options.access_log}: cannot be written: {error.strerror}") from None


def check_free(*places: Address) -> None:
    """Whether all of the addresses can be listened at, at the same time. Raises ServeError."""
    # granian shares a port with whoever else shares it, and would not say that another server is there.
    with contextlib.ExitStack() as stack:
        for place in places:
            try:
                family, there = _resolved(place)
                listener = stack.enter_context(socket.socket(family))
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                listener.bind(there)
                listener.listen()
            except OSError as error:
                raise ServeError(f"{place}: cannot listen there: {error.strerror}; choose another address") from None


def _resolved(place: Address) -> tuple[socket.AddressFamily, tuple[Any, ...]]:
    """The family and the address of a host, as sockets take them; `localhost` can be either family's. Raises OSError."""
    family, *_, there = socket.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM)[0]
    return family, there


def _run(options: Options, load: Callable[[], Application]) -> None:
    try:
        from granian import Granian
        from granian.constants import HTTPModes, Interfaces
        from granian.http import HTTP1Settings
        from granian.log import LogLevels
    except ImportError:
        raise ServeError("feedloom serve needs the extra `serve`: pip install 'feedloom[serve]'") from None
    server = Granian(
        "feedloom",
        _resolved(options.bind)[1][0],  # it takes no names
        options.bind.port,
        interface=Interfaces.ASGINL,
        workers=options.workers,
        # Only HTTP/1 has a timeout for slow headers.
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=HEADER_TIMEOUT * 1000, max_buffer_size=_MOST_HEADER),
        websockets=False,
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
        workers_kill_timeout=1 if options.watch else GRACE,  # pages that wait for events would wait on
    )
    server.serve(target_loader=load, wrap_loader=False)


@contextlib.contextmanager
def _beside(run: Callable[[], None]) -> Iterator[None]:
    """Another process while the server runs."""
    process: BaseProcess = multiprocessing.Process(target=run)
    process.start()
    try:
        yield
    finally:
        process.terminate()
        process.join(GRACE)
        process.kill()


def _serve_metrics(place: Address, folder: str) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # of the terminal: the parent ends this process
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    parent = os.getppid()
    with observers.admin(place.host, place.port, folder) as admin:
        while os.getppid() == parent:  # it may be killed
            admin.handle_request()
