"""A progress bar on a terminal."""

import contextlib
import sys
import time
from collections.abc import Callable, Iterator

from feedloom.pipeline.workers import Progress


@contextlib.contextmanager
def shown(quiet: bool) -> Iterator[Progress | None]:
    """A bar on a terminal, once the work has taken a second."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    bar = _Bar()
    try:
        yield bar.show
    finally:
        bar.close()


class _Bar:
    def __init__(self) -> None:
        self._start = time.monotonic()
        self._close: Callable[[], None] = lambda: None
        self._update: Progress | None = None

    def show(self, what: str, done: int, total: int) -> None:
        if self._update:
            self._update(what, done, total)
        elif time.monotonic() - self._start > 1:
            self._open()

    def close(self) -> None:
        self._close()

    def _open(self) -> None:
        from rich.console import Console
        from rich.progress import Progress

        # Without a thread of its own, because processes are forked meanwhile.
        bar = Progress(console=Console(stderr=True), transient=True, auto_refresh=False)
        task = bar.add_task("Building", total=None)
        bar.start()
        self._close = bar.stop
        self._update = lambda what, done, total: bar.update(task, description=what, completed=done, total=total, refresh=True)
