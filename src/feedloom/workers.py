"""The processes that share the work. They do nothing but call functions of values, and end when the build does."""

import contextlib
import os
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, TypeVar

from feedloom.errors import WorkerError

if TYPE_CHECKING:
    from concurrent.futures import Future, ProcessPoolExecutor
    from multiprocessing.process import BaseProcess

Task = TypeVar("Task")
Result = TypeVar("Result")

Progress = Callable[[str, int, int], None]
"""Called while work goes on: what is done, how many steps of it are, and how many there will be."""

_INTERRUPTS = {signal.SIGINT, signal.SIGTERM}

_PATIENCE = 1.0
"""Seconds after which it is looked whether the processes that work is waited for are still there."""

FEWEST = 4
"""Tasks for which processes are started: they take 20 to 35 ms to begin, as long as one or two tasks."""


class Workers:
    """Up to `jobs` processes, started when there is work for them; with one, this process does it all."""

    def __init__(self, jobs: int | None) -> None:
        self.jobs = jobs or _cores()
        self._pool: ProcessPoolExecutor | None = None
        self._processes: set[BaseProcess] = set()

    def map(self, function: Callable[[Task], Result], tasks: Sequence[Task]) -> Iterator[Result]:
        """The results of the tasks, in their order. The function and all values must be picklable."""
        if self.jobs == 1 or (self._pool is None and len(tasks) < FEWEST):
            return map(function, tasks)
        from multiprocessing import active_children

        with _interrupts_held():
            if self._pool is None:
                self._pool = _started(self.jobs)
            before = active_children()  # whoever calls us may have some
            futures = deque(self._pool.submit(function, task) for task in tasks)
            self._processes.update(set(active_children()).difference(before))
        return self._told(futures)

    def __enter__(self) -> "Workers":
        return self

    def __exit__(self, error: type[BaseException] | None, *_: BaseException | TracebackType | None) -> None:
        if self._pool is None:
            return
        if error:
            # An interrupt must not wait until the processes have done what they have begun.
            for process in self._processes:
                process.kill()
            # Of a result that was being sent half is left. The pool reads on for as long as anybody could send the rest, and
            # holds an end of the pipe itself that it has no use for.
            self._pool._result_queue._writer.close()  # type: ignore[attr-defined]
        self._pool.shutdown(cancel_futures=True)

    def _told(self, futures: "deque[Future[Result]]") -> Iterator[Result]:
        from concurrent.futures import wait
        from concurrent.futures.process import BrokenProcessPool
        from multiprocessing import connection

        told = "a process that shared the work was killed: is there enough memory? --jobs 1 needs the least"
        try:
            while futures:
                future = futures.popleft()
                while not wait([future], _PATIENCE).done:
                    # The pool does not see it where the process was sending a result.
                    if connection.wait([process.sentinel for process in self._processes], 0):
                        raise WorkerError(told)
                yield future.result()
        except BrokenProcessPool as error:
            raise WorkerError(told) from error


def _cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _started(jobs: int) -> "ProcessPoolExecutor":
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    # A fork begins at once; elsewhere it is not safe.
    context = get_context("fork" if sys.platform == "linux" else None)
    return ProcessPoolExecutor(jobs, context, initializer=_begin)


@contextlib.contextmanager
def _interrupts_held() -> Iterator[None]:
    """Hold interrupts back while processes begin: in the middle of that, they would tell of them."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _INTERRUPTS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _begin() -> None:
    """Leave interrupts to the parent, and end with it, however it ends."""
    import threading
    from multiprocessing import parent_process

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _INTERRUPTS)
    parent = parent_process()
    assert parent is not None

    def follow() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=follow, daemon=True).start()
