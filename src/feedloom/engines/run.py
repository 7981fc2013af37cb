"""A build under way on an engine: what its parts share."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from feedloom.config.settings import Config
from feedloom.engines.exchange import Exchange
from feedloom.engines.executor import Executor
from feedloom.engines.steps import Job
from feedloom.model import Moment
from feedloom.pipeline.workers import Progress
from feedloom.site.store import Output


class Given(NamedTuple):
    """The input of a build."""

    config: Config
    settings: bytes
    clock: Moment
    progress: Progress
    force: bool
    replace: bool


class Run(NamedTuple):
    """A build: its input, where it publishes, who does the tasks, where these exchange objects, and what all of them know."""

    given: Given
    output: Output
    engine: Executor
    work: Exchange
    job: Job

    @property
    def config(self) -> Config:
        """The settings."""
        return self.given.config

    def all(self, step: Any, tasks: Sequence[tuple[Any, ...]], what: str) -> list[Any]:
        """The results of a step, in the order of its tasks."""
        results: list[Any] = [None] * len(tasks)
        for done, (at, result) in enumerate(self.engine.run(step, self.job, tasks), start=1):
            results[at] = result
            self.given.progress(what, done, len(tasks))
        return results
