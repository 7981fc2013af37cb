"""What runs the tasks of a build: Dask, on this machine or on a cluster. Placement, retries and life-cycle are Dask's."""

import contextlib
import logging
import os
import queue
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Protocol, TypeVar

from feedloom.engines import code
from feedloom.engines.steps import Job
from feedloom.errors import ConfigError, EngineError, FeedloomError

R = TypeVar("R")

PATIENCE = 60.0
"""Seconds without a worker, after which a build ends."""
_LOOK_EVERY = 1.0
_RETRIES = 2
_ALLOWED_FAILURES = 10
"""Workers that may die while they have a task: Dask blames all tasks of a dead worker, also those that only waited there."""

_PACKAGES = ("distributed", "cryptography", "zstandard")
_EXTRA = "pip install 'feedloom[dask]'"


class Executor(Protocol):
    """Runs steps."""

    def run(self, step: Callable[..., R], job: Job, tasks: Sequence[tuple[Any, ...]]) -> Iterator[tuple[int, R]]:
        """Run a step on each task, and give its place among them and its result, in any order. Raises EngineError."""


@contextlib.contextmanager
def opened(engine: str, patience: float = PATIENCE) -> "Iterator[Dask]":
    """The engine at an address, or on this machine. Raises ConfigError and EngineError."""
    for name in _PACKAGES:
        if not find_spec(name):
            raise ConfigError(f"engine: {engine} needs the package {name}: {_EXTRA}")
    distributed: Any = import_module("distributed")
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what happens is told by the build
    settings = {"distributed.scheduler.allowed-failures": _ALLOWED_FAILURES, "distributed.comm.timeouts.connect": patience / 2}
    with contextlib.ExitStack() as stack:
        stack.enter_context(import_module("dask").config.set(settings))
        if engine.startswith("dask:local:"):
            where: Any = stack.enter_context(_local(int(engine.rpartition(":")[2])))
            security = None
        else:
            kind, _, address = engine.partition("://")
            where = f"{'tls' if kind == 'tls' else 'tcp'}://{address}"
            security = distributed.Security() if kind == "tls" else None
        try:
            client = stack.enter_context(
                distributed.Client(where, timeout=patience / 2, security=security, set_as_default=False)
            )
        except TypeError:
            raise ConfigError(
                f"engine: {engine} needs certificates: set distributed.comm.tls in Dask's configuration, or the variables "
                "DASK_DISTRIBUTED__COMM__TLS__*"
            ) from None
        except (OSError, TimeoutError) as error:
            raise EngineError(f"{engine}: no scheduler answers there ({error}): start one, or correct engine") from None
        executor = Dask(engine, client, patience)
        stack.callback(executor.cancel)
        executor.check()
        yield executor


@contextlib.contextmanager
def _local(workers: int) -> Iterator[Any]:
    """A cluster of this machine, which only this user can reach."""
    import tempfile

    cluster_of = import_module("distributed").LocalCluster
    settings: dict[str, Any] = {f"distributed.{role}.http.routes": [] for role in ("scheduler", "worker", "nanny")}
    settings["distributed.worker.profile.enabled"] = False  # nobody looks at it
    with (
        import_module("dask").config.set(settings),
        tempfile.TemporaryDirectory(prefix="feedloom-", ignore_cleanup_errors=True) as folder,
        _silent() as end,
        cluster_of(
            n_workers=workers,
            threads_per_worker=1,
            host="127.0.0.1",
            protocol="tls://",
            security=True,  # others on this machine could run code in it otherwise
            dashboard_address="127.0.0.1:0",  # None would be port 8787
            local_directory=folder,
            silence_logs=logging.CRITICAL,
        ) as cluster,
    ):
        end()
        yield cluster


@contextlib.contextmanager
def _silent() -> Iterator[Callable[[], None]]:
    """Processes that start now have no standard error; this one has its own again at the end, or when it is called.

    A terminal sends Ctrl-C to all processes, and workers of Dask print where they were. What fails in them is told here.
    """
    sys.stderr.flush()
    kept = os.dup(2)
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 2)
    os.close(nothing)

    def end() -> None:
        os.dup2(kept, 2)

    try:
        yield end
    finally:
        end()
        os.close(kept)


class Dask:
    """Runs steps on the workers of a scheduler. Without a worker for so many seconds of `patience`, it gives up."""

    def __init__(self, engine: str, client: Any, patience: float) -> None:
        self.engine = engine
        self.client = client
        self._patience = patience
        self._futures: list[Any] = []

    def check(self) -> None:
        """Raise ConfigError unless all workers have this program, and EngineError if there are none."""
        try:
            self.client.wait_for_workers(1, timeout=self._patience)
        except TimeoutError:
            raise self._without_workers() from None
        for worker, found in self.client.run(code.answer, on_error="return").items():
            if isinstance(found, Exception):
                raise ConfigError(f"worker {worker} cannot run feedloom ({type(found).__name__}: {found}): {_EXTRA} there")
            digest, shown = found
            if digest != code.digest():
                what = (
                    f"{shown}, not {code.shown()}" if shown != code.shown() else f"other files of {shown}, or other libraries"
                )
                raise ConfigError(f"worker {worker} has {what}: install the same on all")

    def run(self, step: Callable[..., R], job: Job, tasks: Sequence[tuple[Any, ...]]) -> Iterator[tuple[int, R]]:
        """As in Executor."""
        done: queue.SimpleQueue[int] = queue.SimpleQueue()
        self._futures = self.client.map(
            _done, list(tasks), step=step, job=job, pure=False, retries=_RETRIES, key=f"{step.__name__}-{time.time_ns()}"
        )
        for at, future in enumerate(self._futures):
            future.add_done_callback(lambda _, at=at: done.put(at))
        seen = time.monotonic()
        left = len(tasks)
        while left:
            try:
                at = done.get(timeout=_LOOK_EVERY)
            except queue.Empty:
                seen = self._looked(seen)
                continue
            seen = time.monotonic()
            yield at, self._result(self._futures[at], step, tasks[at])
            self._futures[at].release()
            left -= 1
        self._futures = []

    def cancel(self) -> None:
        """Cancel what is still to be done."""
        futures, self._futures = self._futures, []
        if futures:
            with contextlib.suppress(Exception):  # the scheduler may be gone
                self.client.cancel(futures, force=True)

    def _result(self, future: Any, step: Callable[..., R], task: tuple[Any, ...]) -> R:
        try:
            if future.status == "cancelled":
                raise CancelledError
            error = future.exception()
            if error is None:
                result: R = future.result()
                return result
        except Exception as error:  # what a task raised is returned; and a scheduler may go between two of these lines
            if isinstance(error, CancelledError) or self.client.status != "running":
                raise self._without_scheduler() from None
            raise
        if isinstance(error, FeedloomError):
            raise error
        if isinstance(error, import_module("distributed").KilledWorker):
            raise EngineError(
                f"{self.engine}: several workers died one after the other while they had a task ({step.__name__} {task[0]}); "
                "out of memory? Give workers more memory, or use smaller tasks (--shards)"
            )
        raise error

    def _looked(self, seen: float) -> float:
        """When there was a worker last. Raises EngineError if it was too long ago, or if the scheduler is gone."""
        if self.client.status != "running":
            raise self._without_scheduler()
        if self.client.scheduler_info()["workers"]:
            return time.monotonic()
        if time.monotonic() - seen > self._patience:
            raise self._without_workers()
        return seen

    def _without_workers(self) -> EngineError:
        return EngineError(f"{self.engine}: no worker for {self._patience:g} s: start some (dask worker), and build again")

    def _without_scheduler(self) -> EngineError:
        return EngineError(f"{self.engine}: the scheduler is gone; published feeds are intact: start it, and build again")


def _done(task: tuple[Any, ...], step: Callable[..., R], job: Job) -> R:
    return step(job, *task)
