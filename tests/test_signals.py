"""A signal ends the program, whatever it is at, and lets it clean up."""

import os
import signal
import time
import weakref

import pytest

from feedloom.cli import signals


class Anything:
    """What can be referred to weakly."""


@pytest.mark.filterwarnings("error::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_exception_that_is_dropped_is_raised_again(number: signal.Signals, capsys: pytest.CaptureFixture[str]) -> None:
    """Python drops what is raised while it calls a weak reference back; libraries in C drop more. It shows no traceback."""

    def interrupted(_: object) -> None:
        os.kill(os.getpid(), number)
        time.sleep(0)

    with pytest.raises(signals.Signalled) as raised, signals.handled():
        one = Anything()
        reference = weakref.ref(one, interrupted)
        del one
        assert reference() is None
        for _ in range(600):
            time.sleep(0.1)
    assert raised.value.exit_code == 128 + number
    assert not capsys.readouterr().err


def test_cleaning_up_is_left_alone() -> None:
    cleaned = []
    with pytest.raises(signals.Signalled), signals.handled():
        try:
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(60)
        finally:
            try:
                raise FileNotFoundError
            except FileNotFoundError:
                time.sleep(5 * signals._AGAIN)
            time.sleep(5 * signals._AGAIN)
            os.kill(os.getpid(), signal.SIGTERM)
            cleaned.append(True)
    assert cleaned


def test_what_was_there_before_is_there_afterwards() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM)]
    with pytest.raises(signals.Signalled), signals.handled():
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(60)
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM)] == before
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
