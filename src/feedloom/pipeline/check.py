"""Read the records and write nothing: `check` reports what a build would publish, `explain` what happens to one record."""

import contextlib
import os
import time
from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from feedloom.config.settings import Config
from feedloom.errors import NoRecordError
from feedloom.model import FEEDS
from feedloom.pipeline import memory, places
from feedloom.pipeline.workers import Progress, Workers, no_progress
from feedloom.records import scan
from feedloom.report import Check
from feedloom.values import dates

if TYPE_CHECKING:
    from feedloom.feeds.explain import Explanation
    from feedloom.feeds.group import Selection
    from feedloom.pipeline.ingest import Ingested
    from feedloom.pipeline.memory import Memory
    from feedloom.records.scan import Scan


class _Read(NamedTuple):
    """All records: which of them are published, and the memory that holds them. `fallbacks` say what the system refused."""

    ingested: "Ingested"
    selection: "Selection"
    store: "Memory"
    fallbacks: tuple[str, ...]


def check(config: Config, *, now: datetime | None = None, progress: Progress | None = None) -> Check:
    """Read the records and report what a build would publish; nothing is written. Raises ConfigError."""
    from feedloom import render
    from feedloom.feeds import filters, group, near_duplicates

    with _read(places.scanned(config), config, now, progress) as (ingested, selection, store, fallbacks):
        records = dict(store.of({summary.number: summary.seal for summary in selection.summaries}))
    made, _ = group.large_enough(group.into_feeds(selection.summaries, config), _addresses(config), config)
    feeds, shared = group.one_each(made, config)
    warnings = (
        *group.custom_feed_warnings(feeds, selection.summaries, config),
        *group.collisions(shared),
        *render.clashes(group.in_order(feeds), config),
        *near_duplicates.doubts((summary.place, records[summary.number]) for summary in selection.summaries),
    )
    return Check(
        records=ingested.counts(selection),
        articles=[records[summary.number] for summary in sorted(selection.summaries, key=filters.newest_first)],
        feeds=group.in_order(feeds),
        problems=places.placed((*warnings, *ingested.problems(selection)), config),
        fallbacks=fallbacks,
    )


def explain(config: Config, file: str, *, now: datetime | None = None, progress: Progress | None = None) -> "Explanation":
    """Report which feeds include a record, and why others do not; nothing is written.

    Raises ConfigError, and NoRecordError if the file is not one of the records.
    """
    from feedloom.feeds import explain
    from feedloom.pipeline import ingest, shards

    scanned = places.scanned(config)
    known = {source.file for bucket in scanned.buckets for source in bucket}
    inside = _inside(file, config)
    path = scan.shown(inside)
    shard = _shard_of(inside, known)
    if shard == inside:
        raise NoRecordError(
            f"{file}: has many records: name one of them, such as {file}{'#' if path.endswith(('.parquet', *FEEDS)) else ':'}1"
        )
    is_file = inside in known or any(path == problem.path for problem in scanned.problems)
    with _read(scanned, config, now, progress) as (ingested, selection, store, _):
        if shard:
            outcome = shards.outcome(ingest.outcome(shard, ingested, store), path.removeprefix(scan.shown(shard)))
            summary = next((one for one in ingested.summaries if outcome and one.number == outcome.number != 0), None)
            problems = [
                *(outcome.problems if outcome else ()),
                *(problem for problem in selection.duplicates if summary and problem.path == summary.place),
            ]
        else:
            # Not a file: it may be the path that a row gives itself.
            summary = next((one for one in ingested.summaries if one.file == (inside if is_file else os.fsencode(file))), None)
            outcome = ingest.outcome(inside, ingested, store) if is_file else None
            problems = [
                problem for problem in ingested.problems(selection) if problem.path in (path, summary and summary.place)
            ]
        title = next(store.of({summary.number: summary.seal}))[1].title if summary else None
    if not (is_file or outcome or summary):
        if not os.path.lexists(file):
            raise NoRecordError(f"{file}: no such file")
        raise NoRecordError(f"{file}: not a record of {config.records}: {scan.WHAT}")
    found = explain.explanation(title, summary, outcome, problems, selection, _addresses(config), config)
    return msgspec.structs.replace(found, path=scan.shown(file), problems=places.placed(problems, config))


def _inside(file: str, config: Config) -> bytes:
    """The path of a file below the records folder, or its URL."""
    if "://" in file:
        return os.fsencode(file)
    place = os.path.join(os.path.realpath(os.path.dirname(file)), os.path.basename(file))
    return os.fsencode(os.path.relpath(place, os.path.realpath(scan.folder_of(config.records))))


def _shard_of(inside: bytes, known: Collection[bytes]) -> bytes | None:
    """The file of many records that a path is, or a row of; None if there is none."""
    for name in (
        inside,
        inside.rpartition(b":")[0],
        inside.rpartition(b"#")[0],
        inside.rpartition(b"#")[0].rpartition(b":")[0],
    ):
        if name in known and scan.is_shard(name):
            return name
    return None


def _addresses(config: Config) -> set[str]:
    """The paths of the feeds that readers may know, if these are published with any number of records. Raises PublishError."""
    if not config.groups.is_choosy:
        return set()
    from feedloom.render import catalog
    from feedloom.site import catalog as published_catalog
    from feedloom.site import store

    found = published_catalog.read(store.of(config))
    return catalog.addresses(found[0].named) if found else set()


@contextlib.contextmanager
def _read(scanned: "Scan", config: Config, now: datetime | None, progress: Progress | None) -> "Iterator[_Read]":
    from feedloom.feeds import group
    from feedloom.pipeline import ingest

    began = time.time_ns()
    digests = [b""] * len(scanned.buckets)  # there is no other build to compare with
    with memory.opened() as store, Workers(config.jobs) as workers:
        reading = ingest.begin(scanned, digests, None, store, config, workers)
        ingested = reading.finish(progress or no_progress, began)
        selection = group.selected(ingested.summaries, dates.stamp(now or datetime.now(UTC)))
        yield _Read(ingested, selection, store, workers.fallbacks)
