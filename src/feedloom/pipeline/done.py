"""What came of a build, on this machine or on an engine, and its report."""

import time
from collections.abc import Collection, Sequence
from typing import NamedTuple

import msgspec

from feedloom.config.settings import Config
from feedloom.model import Problem
from feedloom.pipeline import places
from feedloom.report import DryRun, Files, Hint, Moved, Records, Report, SwitchedOff, TemplateTags


class Done(NamedTuple):
    """The result of a build. The last one `reported` some of the problems already; `fallbacks` say what the system refused."""

    counts: Records
    problems: Sequence[Problem]
    feed_count: int
    files: Files
    reported: Collection[Problem]
    moved: Sequence[Moved] = ()
    switched_off: Sequence[SwitchedOff] = ()
    fallbacks: tuple[str, ...] = ()
    hints: Sequence[Hint] = ()
    plan: DryRun | None = None
    template_tags: TemplateTags | None = None

    def report(self, start: float, config: Config, news: list[Problem] | None) -> Report:
        """The report of a build that began at `start`, of the monotonic clock. New problems are added to `news`."""
        if news is not None:
            news += places.placed((problem for problem in self.problems if problem not in self.reported), config)
        return Report(
            records=self.counts,
            feeds=self.feed_count,
            files=self.files,
            seconds=round(time.monotonic() - start, 3),
            problems=places.placed(self.problems, config),
            moved=list(self.moved),
            switched_off=list(self.switched_off),
            fallbacks=self.fallbacks,
            hints=list(self.hints),
            template_tags=self.template_tags or msgspec.UNSET,
            plan=self.plan or msgspec.UNSET,
        )
