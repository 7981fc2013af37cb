"""SIGINT and SIGTERM as an end in order, with an exit code of their own."""

import contextlib
import signal
import threading
from collections.abc import Iterator
from typing import NoReturn


class Signalled(BaseException):
    """The user, or the system, wants an end: no error, and nothing that anything on the way up should stop."""

    def __init__(self, number: int) -> None:
        how = "interrupted" if number == signal.SIGINT else "terminated"
        super().__init__(f"{how}; what was published stands")
        self.exit_code = 128 + number


@contextlib.contextmanager
def handled() -> Iterator[None]:
    """End in order when signalled: the default would leave half-written temporary files behind, or show a traceback."""

    def end(number: int, _: object) -> NoReturn:
        for again in before:
            signal.signal(again, signal.SIG_IGN)  # who is impatient must not cut off the tidying up
        raise Signalled(number)

    before = {}
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM):
            if signal.getsignal(number) != signal.SIG_IGN:  # as a shell leaves it to what runs in the background
                before[number] = signal.signal(number, end)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
