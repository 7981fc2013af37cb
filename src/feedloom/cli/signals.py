"""Ends the program cleanly on SIGINT and SIGTERM, with their exit codes."""

import contextlib
import signal
import sys
import threading
from collections.abc import Iterator
from typing import Any, NoReturn

_AGAIN = 0.2
"""Seconds."""


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
        for other in before:
            signal.signal(other, signal.SIG_IGN)  # a second signal must not stop the cleaning up

        def again(*_: object) -> None:
            if not _is_under_way(sys.exc_info()[1]):
                raise Signalled(number)

        # Code in C can drop an exception, as lxml does while it is imported: then raise it again.
        before[signal.SIGALRM] = signal.signal(signal.SIGALRM, again)
        sys.unraisablehook = _not_shown
        signal.setitimer(signal.ITIMER_REAL, _AGAIN, _AGAIN)
        raise Signalled(number)

    before: dict[int, Any] = {}
    hook = sys.unraisablehook
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM):
            if signal.getsignal(number) != signal.SIG_IGN:  # a shell sets this for background jobs
                before[number] = signal.signal(number, end)
    try:
        yield
    finally:
        sys.unraisablehook = hook
        if signal.SIGALRM in before:
            signal.setitimer(signal.ITIMER_REAL, 0)
        for caught, handler in before.items():
            signal.signal(caught, handler)


def _not_shown(dropped: "sys.UnraisableHookArgs") -> None:
    """Show no traceback of a Signalled that Python dropped: it is raised again."""
    if not isinstance(dropped.exc_value, Signalled):
        sys.__unraisablehook__(dropped)


def _is_under_way(error: BaseException | None) -> bool:
    """Whether an exception that is being handled is Signalled, or came up while that was handled."""
    while error is not None and not isinstance(error, Signalled):
        error = error.__context__
    return error is not None
