"""An engine for tests: runs tasks in this process, in random order and each of them twice, as a cluster may."""

import pickle
import random
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

import feedloom
from feedloom.engines import build
from feedloom.engines.steps import Job
from feedloom.model import Problem
from feedloom.site import store


class Shuffled:
    """Runs each task twice, in an order that depends on the seed. What it is given is pickled, as for another process."""

    def __init__(self, seed: int = 0) -> None:
        self.random = random.Random(seed)
        self.steps: list[str] = []

    def run(self, step: Callable[..., Any], job: Job, tasks: Sequence[tuple[Any, ...]]) -> Iterator[tuple[int, Any]]:
        order = [*range(len(tasks)), *range(len(tasks))]
        self.random.shuffle(order)
        results: dict[int, Any] = {}
        for at in order:
            self.steps.append(step.__name__)
            given = pickle.loads(pickle.dumps((step, job, tasks[at])))
            result = pickle.loads(pickle.dumps(given[0](given[1], *given[2])))
            results.setdefault(at, result)  # the second time, all files are written already
        yield from results.items()


def built(
    config: feedloom.Config,
    now: datetime,
    executor: Any = None,
    *,
    force: bool = False,
    replace: bool = False,
    fresh: bool = False,
    news: list[Problem] | None = None,
) -> feedloom.Report:
    """A build in steps, into the output folder of the settings."""
    if config.engine == "local":
        config = msgspec.structs.replace(config, engine="dask:local:2")
    build.check(config)
    with store.of(config).locked(0) as output:
        how: Any = {"force": force, "replace": replace, "fresh": fresh, "news": news}
        return build.run(config, output, executor or Shuffled(), now=now, **how)


def beside(config: feedloom.Config) -> feedloom.Config:
    """The same settings with an output folder and a work place of their own."""
    state = f"{config.state}-engine" if config.state else None
    return msgspec.structs.replace(config, output=f"{config.output}-engine", state=state)


def compare(config: feedloom.Config, report: feedloom.Report, now: datetime, **how: Any) -> None:
    """Build the same site in steps, too, and check that both builds have the same result."""
    from tests.conftest import published

    other = beside(config)
    again = built(other, now, **how)
    assert published(Path(other.output)) == published(Path(config.output))
    assert (Path(other.output) / ".feedloom/manifest").read_bytes() == (Path(config.output) / ".feedloom/manifest").read_bytes()
    for name in ("records", "feeds", "moved", "switched_off"):
        assert getattr(again, name) == getattr(report, name), name
    assert again.files.removed == report.files.removed
    assert again.problems == report.problems
