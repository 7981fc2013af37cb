"""One line of JSON for each run, for monitoring."""

import contextlib
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Literal

import msgspec

from feedloom import __version__
from feedloom.cli import printing, signals
from feedloom.errors import FeedloomError, GuardError
from feedloom.problems import Code
from feedloom.records import scan
from feedloom.report import Files, Records, Report
from feedloom.values import dates


class Line(msgspec.Struct, frozen=True):
    """A run. What is not known, because it stopped, is None."""

    time: str
    event: Literal["build"]
    outcome: Literal["built", "unchanged", "stopped", "planned"]
    exit: int
    version: str
    output: str | None
    seconds: float
    records: Records | None
    warnings: int | None
    problems: dict[Code, int] | None
    feeds: int | None
    files: Files | None
    fallbacks: tuple[str, ...]
    error: str | None


class Run:
    """A run in progress: set `output` and `report` when they are known."""

    def __init__(self) -> None:
        self.output: str | None = None
        self.report: Report | None = None
        self._began = datetime.now(UTC)
        self._start = time.monotonic()

    def line(self, exit: int, message: str | None = None, error: BaseException | None = None) -> Line:
        """The line of a run that ended with this exit code, and with this error if it was stopped."""
        done = self.report
        read = error.report if isinstance(error, GuardError) else done
        return Line(
            time=dates.rfc3339(self._began),
            event="build",
            outcome=_outcome(done) if done else "stopped",
            exit=exit,
            version=__version__,
            output=None if self.output is None else scan.shown(self.output),
            seconds=round(time.monotonic() - self._start, 3),
            records=read.records if read else None,
            warnings=sum(problem.level == "warning" for problem in read.problems) if read else None,
            problems=Counter(problem.code for problem in read.problems) if read else None,
            feeds=done.feeds if done else None,
            files=done.files if done else None,
            fallbacks=done.fallbacks if done else (),
            error=message,
        )


@contextlib.contextmanager
def logged() -> Iterator[Run]:
    """Print the line of a run when it ends, also by an error."""
    run = Run()
    try:
        yield run
    except BaseException as error:
        _print(run.line(*_ending(error), error))
        raise
    _print(run.line(0))


def _ending(error: BaseException) -> tuple[int, str | None]:
    """The exit code of an error, and its message."""
    match error:
        case FeedloomError() | signals.Signalled():
            return error.exit_code, str(error)
        case SystemExit():
            return 1, None  # --strict: the problems are printed
    return 1, f"{type(error).__name__}: {error}"


def _print(line: Line) -> None:
    printing.say_to_programs(msgspec.json.encode(line).decode() + "\n")


def _outcome(done: Report) -> Literal["built", "unchanged", "planned"]:
    if done.plan:
        return "planned"
    return "built" if done.files.written else "unchanged"
