"""One line of JSON for each run: for whatever watches over runs that nobody looks at."""

import time
from datetime import UTC, datetime
from typing import Literal

import msgspec

from feedloom import __version__
from feedloom.errors import GuardError
from feedloom.records import scan
from feedloom.report import Files, Records, Report
from feedloom.values import dates


class Line(msgspec.Struct, frozen=True):
    """A run. What it did not come to know is None."""

    time: str
    event: Literal["build"]
    outcome: Literal["built", "unchanged", "stopped", "planned"]
    exit: int
    version: str
    output: str | None
    seconds: float
    records: Records | None
    warnings: int | None
    feeds: int | None
    files: Files | None
    fallbacks: tuple[str, ...]
    error: str | None


class Run:
    """What is known of a run so far: set `output` and `report` as they come."""

    def __init__(self) -> None:
        self.output: str | None = None
        self.report: Report | None = None
        self._began = datetime.now(UTC)
        self._start = time.monotonic()

    def line(self, exit: int, error: BaseException | None, message: str | None) -> Line:
        """The run as it ended: with an exit code and, where it was stopped, an error and a message about it."""
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
            feeds=done.feeds if done else None,
            files=done.files if done else None,
            fallbacks=done.fallbacks if done else (),
            error=message,
        )


def _outcome(done: Report) -> Literal["built", "unchanged", "planned"]:
    if done.plan:
        return "planned"
    return "built" if done.files.written else "unchanged"
