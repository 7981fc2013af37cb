"""Ends the program cleanly on SIGINT and SIGTERM, with their exit codes."""

import contextlib
import signal
import threading
from collections.abc import Iterator
from typing import NoReturn


class Signalled(BaseException):
    """Raised on SIGINT and SIGTERM. A BaseException, so that nothing catches it."""

    def __init__(self, number: int) -> None:
        how = "interrupted" if number == signal.SIGINT else "terminated"
        super().__init__(f"{how}; published feeds are intact")
        self.exit_code = 128 + number


@contextlib.contextmanager
def handled() -> Iterator[None]:
    """Raise Signalled on a signal. The default would leave temporary files behind, or show a traceback."""

    def end(number: int, _: object) -> NoReturn:
        for again in before:
            signal.signal(again, signal.SIG_IGN)  # a second signal must not stop the cleaning up
        raise Signalled(number)

    before = {}
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM):
            if signal.getsignal(number) != signal.SIG_IGN:  # a shell sets this for background jobs
                before[number] = signal.signal(number, end)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
