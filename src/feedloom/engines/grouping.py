"""The feeds of a build on an engine: grouped in parts, and planned as a whole."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from feedloom import render
from feedloom.config.settings import Config
from feedloom.engines import steps
from feedloom.engines.reading import Read
from feedloom.engines.run import Run
from feedloom.engines.steps import Combined, Exceptions, Selected
from feedloom.feeds import filters, group
from feedloom.model import Feed, ListedFeed, Moment, Problem
from feedloom.pipeline.plan import moved_feeds
from feedloom.render import catalog
from feedloom.report import Moved, Records

_MOST_PROBLEMS = 10_000
"""Problems of records that a report names; it says how many more there are."""


class Grouped(NamedTuple):
    """What is published: the feeds of all parts, with their first entries, and the batches in which they are rendered."""

    parts: list[Combined]
    counts: Records
    problems: list[Problem]
    unnamed: int
    named: filters.Named
    since: Moment | None
    until: Moment | None

    @property
    def feeds(self) -> list[Feed]:
        """All feeds."""
        return [feed for part in self.parts for feed in part.feeds]


class Plan(NamedTuple):
    """What is to be published: all `feeds` in the order of the catalog, and what the feeds of some parts change in others."""

    feeds: list[ListedFeed]
    retired: list[Any]
    exceptions: Exceptions
    moved: list[Moved]
    shared: list[list[Feed]]


def grouped(read: Read, run: Run) -> Grouped:
    """Group all records into feeds."""
    parts = [(part,) for part in range(run.job.parts)]
    newest = max((one.newest for one in read.found if one.newest is not None), default=Moment(0))
    run = run._replace(job=msgspec.structs.replace(run.job, newest=newest))
    selected: list[Selected] = run.all(steps.select, parts, "Grouping")
    run.all(steps.combine, parts, "Grouping")
    names = [f"{run.job.run}/live/{part}" for part in range(run.job.parts)]
    combined = list(run.work.each(lambda name: run.work.needed(name, Combined), names))

    statuses: Counter[str] = Counter()
    for one in read.found:
        statuses.update(one.statuses)
    unlisted = sum(problem.level == "rejected" for problem in read.scan.problems)
    counts = Records(
        read=statuses.total() + unlisted,
        published=sum(one.published for one in selected),
        unpublished=statuses["unpublished"] + sum(one.expired for one in selected),
        scheduled=sum(one.scheduled for one in selected),
        rejected=statuses["rejected"] + unlisted,
        duplicates=sum(one.duplicate_count for one in selected),
        notes=statuses["note"],
    )
    inside = sorted((problem for one in read.found for problem in one.problems), key=lambda problem: problem.path)
    duplicates = sorted((problem for one in selected for problem in one.duplicates), key=lambda one: (one.path, one.values))
    named = [*inside[:_MOST_PROBLEMS], *duplicates[:_MOST_PROBLEMS]]
    return Grouped(
        parts=combined,
        counts=counts,
        problems=[*read.scan.problems, *named],
        named=filters.joined(one.named for one in selected),
        unnamed=sum(one.problem_count for one in read.found) + counts.duplicates - len(named),
        since=max((one.since for one in selected if one.since is not None), default=None),
        until=min((one.until for one in selected if one.until is not None), default=None),
    )


def planned(grouped: Grouped, published: Sequence[catalog.PublishedFeed], config: Config) -> Plan:
    """What to publish. Raises ValueError if the catalog names a feed by another path than feedloom would."""
    feeds = grouped.feeds
    large, _ = group.large_enough(feeds, catalog.addresses(published) if config.groups.is_choosy else (), config)
    live, shared = group.one_each(large, config)
    retired = catalog.retired(published, live, config)
    moved = catalog.moved(published, [*live, *retired], config)
    named = {feed.address: feed for feed in render.told_apart([*live, *retired], config)}
    retired = [msgspec.structs.replace(feed, apart=named[feed.address].apart) for feed in retired]
    listed: list[ListedFeed] = [msgspec.structs.replace(feed, apart=named[feed.address].apart) for feed in live]
    listed += retired
    kept = {feed.group for feed in live}
    ordered = group.in_order(listed)
    return Plan(
        feeds=ordered,
        retired=retired,
        exceptions=Exceptions(
            lost=sorted({feed.group for feed in feeds} - kept),
            apart={feed.address: named[feed.address].apart for feed in live if named[feed.address].apart},
            existing=group.existing(ordered, config),
        ),
        moved=moved_feeds(moved, ordered, config),
        shared=shared,
    )


def shown(plan: Plan, run: Run) -> steps.Arrived:
    """The records that the lists of feeds name."""
    found = steps.Arrived()
    if run.config.pages:
        wanted = steps.by_shard(render.shown_records(plan.feeds, run.config))
        for some in run.all(steps.fetch, sorted(wanted.items()), "Grouping"):
            found.add(some)
    return found
