"""The pipeline: records in, published feeds out. Start reading here."""

import os
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import TypeVar

import msgspec

from feedloom import group, parse, sources
from feedloom.config import Config
from feedloom.errors import ConfigError, PublishError
from feedloom.model import Feed, Problem, Record

T = TypeVar("T")

Progress = Callable[[str, int, int], None]
"""Called while a build goes on: what is done, how many steps of it are, and how many there will be."""


class Records(msgspec.Struct, frozen=True):
    """What became of the record files; `read` is the sum of the others."""

    read: int
    published: int
    unpublished: int
    scheduled: int
    rejected: int
    duplicates: int


class Files(msgspec.Struct, frozen=True):
    """What became of the files of the site."""

    written: int
    unchanged: int
    removed: int


class Report(msgspec.Struct, frozen=True):
    """What a build did; `problems` name every record that was left out, or left out in part."""

    records: Records
    feeds: int
    files: Files
    seconds: float
    problems: list[Problem]


class Check(msgspec.Struct, frozen=True):
    """The records of a folder as a build would take them."""

    counts: Records
    records: list[Record]
    problems: list[Problem]


def build(config: Config, *, now: datetime | None = None, progress: Progress | None = None) -> Report:
    """Bring the published feeds up to date with the records.

    Records dated after `now` are held back. Raises ConfigError where there is no records folder, and PublishError where
    the feeds cannot be written.
    """
    from feedloom import publish, render  # a check needs neither them nor feedgen

    start = time.monotonic()
    checked = check(config, now=now, progress=progress)
    feeds = group.into_feeds(checked.records, config.limit)
    site = group.in_order([*feeds, *_retired(feeds, config)])
    files = render.all_files(site, config)
    total = len(site) * len(render.FORMATS) + len(render.LISTS)
    published = publish.publish(_told("Writing", files, total, progress), config.output)
    return Report(
        records=checked.counts,
        feeds=len(feeds),
        files=Files(published.written, published.unchanged, 0),
        seconds=round(time.monotonic() - start, 3),
        problems=checked.problems,
    )


def check(config: Config, *, now: datetime | None = None, progress: Progress | None = None) -> Check:
    """Read the records and tell what a build would publish of them; nothing is written. Raises ConfigError."""
    try:
        listing = sources.listed(config.records)
    except OSError as error:
        how = "name it, as in `feedloom build FOLDER`, or let `feedloom init` make one"
        raise ConfigError(f"{config.records}: the records folder cannot be read: {error.strerror}: {how}") from None
    readings = list(_read(_told("Reading", listing.sources, len(listing.sources), progress), config))
    selection = group.selected(
        (reading.record for reading in readings if reading.record),
        now or datetime.now(UTC),
    )
    statuses = Counter(reading.status for reading in readings)
    unlisted = sum(problem.level == "rejected" for problem in listing.problems)
    problems = [*listing.problems, *(problem for reading in readings for problem in reading.problems), *selection.duplicates]
    counts = Records(
        read=len(readings) + unlisted,
        published=len(selection.records),
        unpublished=statuses["unpublished"],
        scheduled=selection.scheduled,
        rejected=statuses["rejected"] + unlisted,
        duplicates=len(selection.duplicates),
    )
    return Check(counts, selection.records, [_placed(problem, config.records) for problem in problems])


def _retired(feeds: list[Feed], config: Config) -> list[Feed]:
    """The feeds that were published once and have no records now: they go on answering."""
    from feedloom import publish
    from feedloom.render import catalog

    document = publish.standing(catalog.PATH, config.output)
    try:
        return catalog.retired(document, feeds) if document else []
    except ValueError as error:
        place = os.path.join(config.output, catalog.PATH)
        raise PublishError(f"{place}: is no catalog of feedloom's ({error}): move it away and build again") from None


def _read(listed: Iterable[sources.Source], config: Config) -> Iterator[parse.Reading]:
    rules = parse.Rules(
        zone=config.site.timezone,
        records_url=config.site.records_url,
        include_unpublished=config.unpublished == "include",
        max_file_size=config.max_file_size,
    )
    for source in listed:
        try:
            data = sources.content(source, config.max_file_size)
        except OSError as error:
            yield parse.rejected(source.name, f"cannot be read: {error.strerror or error}")
        else:
            yield parse.reading(source.name, data, rules)


def _told(what: str, items: Iterable[T], total: int, progress: Progress | None) -> Iterator[T]:
    """The items, as they are taken, with a word to the progress for each."""
    for done, item in enumerate(items):
        if progress:
            progress(what, done, total)
        yield item


def _placed(problem: Problem, records: str) -> Problem:
    """The problem with a path that can be opened from where the build was started."""
    return msgspec.structs.replace(problem, path=os.path.join(sources.shown(records), problem.path))
