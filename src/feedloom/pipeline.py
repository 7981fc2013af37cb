"""The pipeline: records in, published feeds out. Start reading here."""

import contextlib
import os
import time
from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from feedloom import dates, guard, publish, sources, state
from feedloom.config import Config, Guard, rules
from feedloom.errors import ConfigError, GuardError, NoRecordError, PublishError
from feedloom.model import Card, Feed, Group, Moment, Problem, Standing
from feedloom.publish import Output
from feedloom.report import Check, Files, Records, Report
from feedloom.sources import Listing
from feedloom.state import Build, State
from feedloom.workers import Progress, Workers

if TYPE_CHECKING:  # a build in which nothing changed has no need of these
    from feedloom.explain import Explanation
    from feedloom.group import Selection
    from feedloom.intake import Intake
    from feedloom.render import Frames
    from feedloom.render.catalog import Catalog

_FEEDS_A_TASK = 16

_ROOM = 80 << 20
"""Bytes for what could be read again: the cards of all records, 1 KiB each, and entries that were rendered. It keeps a first
build of 50,000 records, all processes together, below 250 MiB."""


def build(
    config: Config,
    *,
    now: datetime | None = None,
    fresh: bool = False,
    force: bool = False,
    wait: float = 0,
    progress: Progress | None = None,
    news: list[Problem] | None = None,
) -> Report:
    """Bring the published feeds up to date with the records.

    Records dated after `now` are held back. What the last build knew is used where it still holds, unless the build is to be
    `fresh`. `force` lets it lose most of the records that are published. Added to `news` are the problems that the last build
    did not tell, or of which the file, the settings or the program changed since.

    Raises ConfigError where there is no records folder, GuardError where most of the records are gone or rejected, LockError
    where another build publishes in the same folder for longer than `wait` seconds, PublishError where the feeds cannot be
    written, and StateError where what was read cannot be kept.
    """
    with _reading(config):
        os.scandir(config.records).close()  # before a folder is made for nothing
    with publish.locked(config.output, wait) as output:
        start = time.monotonic()
        given = _given(config, now, progress, force=force)
        try:
            build, files, told = _built(given, output, config.state, fresh)
        except state.Damaged:
            try:
                build, files, told = _built(given, output, config.state, fresh=True)
            except state.Damaged:
                # Somebody else is at it all the time.
                build, files, told = _built(given, output, None, fresh=True)
    if news is not None:
        news += _placed((problem for problem in build.problems if problem not in told), config)
    return Report(
        records=build.counts,
        feeds=build.feed_count,
        files=files,
        seconds=round(time.monotonic() - start, 3),
        problems=_placed(build.problems, config),
    )


def check(config: Config, *, now: datetime | None = None, progress: Progress | None = None) -> Check:
    """Read the records and tell what a build would publish of them; nothing is written. Raises ConfigError."""
    from feedloom import addresses, custom, group

    given = _given(config, now, progress)
    with _read(given) as (reading, selection, path), state.records(path) as records:
        found = dict(records.of([card.number for card in selection.cards]))
    feeds = group.into_feeds(selection.cards, config)
    slips = (*group.slips(feeds, selection.cards, config), *addresses.doubts(found.values()))
    return Check(
        counts=reading.counts(given.listing, selection),
        records=[found[card.number] for card in sorted(selection.cards, key=custom.newest_first)],
        feeds=group.in_order(feeds),
        problems=_placed((*slips, *reading.problems(given.listing, selection)), config),
    )


def explain(config: Config, file: str, *, now: datetime | None = None, progress: Progress | None = None) -> "Explanation":
    """Tell which feeds a record file goes to, and why not to others; nothing is written.

    Raises ConfigError, and NoRecordError where the file is not among the records.
    """
    from feedloom import explain

    given = _given(config, now, progress)
    place = os.path.join(os.path.realpath(os.path.dirname(file)), os.path.basename(file))
    inside = os.fsencode(os.path.relpath(place, os.path.realpath(config.records)))
    path = sources.shown(inside)
    if all(inside != source.file for bucket in given.listing.buckets for source in bucket) and all(
        path != problem.path for problem in given.listing.problems
    ):
        if not os.path.lexists(file):
            raise NoRecordError(f"{file}: is not there")
        raise NoRecordError(f"{file}: is no record below {config.records}: {sources.WHAT}")
    with _read(given) as (reading, selection, kept):
        problems = [problem for problem in reading.problems(given.listing, selection) if problem.path == path]
        card = next((card for card in reading.cards if card.path == path), None)
        known = reading.known(inside)
        title = None
        if card:
            with state.records(kept) as records:
                title = next(records.of([card.number]))[1].title
    found = explain.explanation(title, card, known, problems, selection, config)
    return msgspec.structs.replace(found, path=file, problems=_placed(problems, config))


@contextlib.contextmanager
def _read(given: "_Given") -> "Iterator[tuple[Intake, Selection, str]]":
    """All records, read afresh: which are published, and the file in which they are kept meanwhile."""
    from feedloom import group
    from feedloom.intake import Intake

    with state.opened(None, given.key) as kept, Workers(given.config.jobs) as workers:
        reading = Intake(given.listing.buckets, given.digests, None, kept, given.config, workers)
        reading.finish(given.progress, given.began)
        kept.commit()
        yield reading, group.selected(reading.cards, given.clock), kept.path


class _Given(NamedTuple):
    """What a build begins with. `digests` are those of the listing's buckets; it `began` at a time in nanoseconds."""

    config: Config
    key: bytes
    settings: bytes
    listing: Listing
    digests: list[bytes]
    began: int
    clock: Moment
    progress: Progress
    is_forced: bool


def _given(config: Config, now: datetime | None, progress: Progress | None, *, force: bool = False) -> _Given:
    began = time.time_ns()
    listing = _listed(config)
    return _Given(
        config=config,
        # Another key: the records would have been read otherwise.
        key=state.digest_of(state.code(), rules(config), os.path.realpath(config.records)),
        # Other settings: the feeds could have other bytes. Places, processes and the guard are none of it.
        settings=state.digest_of(
            msgspec.structs.replace(config, records="", output="", state=None, jobs=None, guard=Guard(), file=None)
        ),
        listing=listing,
        digests=[state.digest_of(bucket) for bucket in listing.buckets],
        began=began,
        clock=dates.stamp(now or datetime.now(UTC)),
        progress=progress or _silent,
        is_forced=force,
    )


def _built(given: _Given, output: Output, place: str | None, fresh: bool) -> tuple[Build, Files, set[Problem]]:
    """The build as it is now, with the state in a place; what became of the files for it; and the problems told before."""
    with state.opened(place, given.key, fresh=fresh) as kept, Workers(given.config.jobs) as workers:
        last = kept.last()
        if last and _holds(last, given):
            return last, Files(0, len(last.files), 0), set(last.problems)
        build, files, changed = _updated(given, output, last, kept, workers)
        kept.finish(build)
        known = last.problems if last and last.settings == given.settings else ()
        return build, files, {problem for problem in known if problem.path not in changed}


def _holds(last: Build, given: _Given) -> bool:
    """Whether nothing changed since the last build: no record, no setting, no published file, and nothing is newly due."""
    return (
        last.settings == given.settings
        and [bucket.digest for bucket in last.buckets] == given.digests
        and last.listing == state.digest_of(given.listing.problems)
        and (last.since is None or last.since <= given.clock)
        and (last.until is None or given.clock < last.until)
        and len(publish.untouched(last.files, given.config.output)) == len(last.files)
    )


def _updated(given: _Given, output: Output, last: Build | None, kept: State, workers: Workers) -> tuple[Build, Files, set[str]]:
    """Read the files that changed, and render and publish the feeds that could differ for it; give the former's paths too."""
    from feedloom import group, render
    from feedloom.intake import Intake

    same = last if last and last.settings == given.settings else None
    reading = Intake(given.listing.buckets, given.digests, last, kept, given.config, workers)
    frames = kept.part(same.frames, "frames", render.Frames) if same else render.frames(given.config)
    reading.finish(given.progress, given.began)
    kept.commit()
    before = _catalog(given.config)
    plan = _planned(given, same, reading, before, kept)
    counts = reading.counts(given.listing, plan.selection)
    problems = (*group.slips(plan.site, plan.selection.cards, given.config), *reading.problems(given.listing, plan.selection))
    if not given.is_forced:
        known = before.published if before else last.counts.published if last else 0
        _guarded(counts, known, problems, given.config)
    room = max(8 << 20, _ROOM - (len(reading.cards) << 10)) // workers.jobs
    published = _published(plan, given, output, frames, room, kept, workers)
    files = plan.standing | published.files
    removed = output.remove_archived(but=files)
    reading.keep()
    build = Build(
        settings=given.settings,
        listing=state.digest_of(given.listing.problems),
        buckets=reading.buckets,
        since=plan.selection.since,
        until=plan.selection.until,
        highest=reading.highest,
        counts=counts,
        problems=problems,
        feed_count=sum(not feed.retired for feed in plan.site),
        files=files,
        frames=kept.put("frames", frames),
        feeds=kept.put("feeds", [feed.summary for feed in plan.site]),
        held=kept.put("held", plan.held),
        archived=kept.put("archived", plan.archived),
    )
    return build, Files(published.written, len(files) - published.written, removed), reading.changed


class _Plan(NamedTuple):
    """What is to be published: all feeds in their order, those of them that are to be rendered, and the files that stand.

    `pages` are the documents of archives that are to be rendered, and `archived` the digests of all of them, by address.
    """

    selection: "Selection"
    held: dict[int, Moment | None]
    site: list[Feed]
    pages: list[Feed]
    stale: list[Feed]
    standing: dict[str, Standing]
    archived: dict[str, bytes]


def _planned(given: _Given, same: Build | None, reading: "Intake", before: "Catalog | None", kept: State) -> _Plan:
    """Which feeds there are, and which could differ from those of the build that had the `same` settings."""
    from feedloom import group, render

    selection = group.selected(reading.cards, given.clock)
    held = _held(reading.cards, selection)
    known: dict[str, Feed] = {}
    standing: dict[str, Standing] = {}
    archived: dict[str, bytes] = {}
    wanted: set[Group] | None = None
    if same:
        known = {feed.address: feed for feed in kept.part(same.feeds, "feeds", list[Feed])}
        archived = kept.part(same.archived, "archived", dict[str, bytes])
        standing = {path: same.files[path] for path in publish.untouched(same.files, given.config.output)}
        changed = _changed(kept.part(same.held, "held", dict[int, Moment | None]), held)
        cards = [card for card in reading.cards if card.number in changed or card.number > same.highest]
        wanted = {one for card in (*reading.dropped, *cards) for one in group.groups(card, given.config.groups)}
        if reading.dropped or cards:
            # Which articles an owner's feed holds may depend on others: on the newest.
            wanted.update(map(group.of_custom, given.config.feeds))
        wanted |= {feed.group for feed in known.values() if not standing.keys() >= set(render.paths(feed, given.config))}
    stale = group.into_feeds(selection.cards, given.config, wanted)
    alive = [*stale, *(feed for feed in known.values() if not feed.retired and wanted is not None and feed.group not in wanted)]
    with _believing(given.config):
        retired = before.retired(alive, given.config) if before else []
    digests = {page.address: _digest(page) for feed in stale for page in feed.archive}
    pages = [
        page
        for feed in stale
        for page in reversed(feed.archive)  # no document is to name a newer one that is not there
        if digests[page.address] != archived.get(page.address) or not standing.keys() >= set(render.paths(page, given.config))
    ]
    stale += [feed for feed in retired if feed != known.get(feed.address) or (wanted is not None and feed.group in wanted)]
    site = group.in_order([*alive, *retired])
    paths = {path for feed in site for path in render.paths(feed, given.config)}
    return _Plan(
        selection=selection,
        held=held,
        site=site,
        pages=pages,
        stale=stale,
        standing={path: left for path, left in standing.items() if path in paths},
        archived={address: digest for address, digest in (archived | digests).items() if f"{address}.atom" in paths},
    )


def _published(
    plan: _Plan, given: _Given, output: Output, frames: "Frames", room: int, kept: State, workers: Workers
) -> publish.Published:
    """Render what is stale and bring its files up to date: archives first, since feeds lead to them; then the feeds, and then
    the lists, so that none names a feed that is not there.

    The stylesheets go before all: no page is to be seen without them.
    """
    from feedloom import render, shares

    config = given.config
    folders = {os.path.dirname(path) for feed in plan.site for path in render.paths(feed, config)}
    output.make(above for folder in folders for above in _with_those_above(folder))
    sets = [
        [shares.Feeds(shares.packed(part), room, kept.opening, kept.path, config, frames) for part in _tasks(documents)]
        for documents in (plan.pages, plan.stale)
    ]
    total = sum(map(len, sets))
    written, files = publish.publish(render.assets(), config.output)
    done = 0
    for tasks in sets:
        folders = {""}
        for published in workers.map(shares.publish_feeds, tasks):
            given.progress("Writing", done, total)
            done += 1
            written += published.written
            files |= published.files
            folders |= set(map(os.path.dirname, published.files))
        output.settle(folders)
    lists = publish.publish(render.lists(plan.site, config), config.output)
    output.settle([""])
    return publish.Published(written + lists.written, files | lists.files)


def _tasks(feeds: list[Feed]) -> Iterator[list[Feed]]:
    return (feeds[at : at + _FEEDS_A_TASK] for at in range(0, len(feeds), _FEEDS_A_TASK))


def _with_those_above(folder: str) -> Iterator[str]:
    """A folder and those that it is in, below the output folder, which is there; should it be gone by now, it is not for us to
    make another.
    """
    while folder:
        yield folder
        folder = os.path.dirname(folder)


def _digest(page: Feed) -> bytes:
    """Tells documents of an archive apart: by their entries, and whether another one follows."""
    return state.digest_of([(card.number, card.updated) for card in page.entries], page.page == page.pages)


def _held(cards: Collection[Card], selection: "Selection") -> dict[int, Moment | None]:
    """The cards that are not shown (None), or not with their own date of update, by their numbers."""
    if selection.until is None and len(selection.cards) == len(cards):
        return {}
    shown = {card.number: card.updated for card in selection.cards}
    return {card.number: shown.get(card.number) for card in cards if shown.get(card.number) != card.updated}


def _changed(before: dict[int, Moment | None], now: dict[int, Moment | None]) -> set[int]:
    return {number for number in before.keys() | now.keys() if before.get(number, 0) != now.get(number, 0)}


def _catalog(config: Config) -> "Catalog | None":
    """The catalog as it is published: it tells which feeds have to go on answering."""
    from feedloom.render import catalog

    document = publish.standing(catalog.PATH, config.output)
    with _believing(config):
        return catalog.read(document) if document else None


@contextlib.contextmanager
def _believing(config: Config) -> Iterator[None]:
    from feedloom.render import catalog

    try:
        yield
    except ValueError as error:
        place = os.path.join(config.output, catalog.PATH)
        raise PublishError(f"{place}: is no catalog of feedloom's ({error}): move it away and build again") from None


def _guarded(counts: Records, before: int, problems: tuple[Problem, ...], config: Config) -> None:
    if objection := guard.objection(counts, before, config.guard):
        report = Report(records=counts, feeds=0, files=Files(0, 0, 0), seconds=0, problems=_placed(problems, config))
        how = "mend it, or tell with --force that it is meant"
        raise GuardError(f"{config.output}: nothing was changed: {objection}: {how}", report)


def _listed(config: Config) -> Listing:
    with _reading(config):
        return sources.listed(config.records, config.ignore)


@contextlib.contextmanager
def _reading(config: Config) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        how = "name it, as in `feedloom build FOLDER`, or let `feedloom init` make one"
        raise ConfigError(f"{config.records}: the records folder cannot be read: {error.strerror}: {how}") from None


def _placed(problems: Iterable[Problem], config: Config) -> list[Problem]:
    """The problems with paths that can be opened from where the build was started; those without a path are the settings'."""
    folder = sources.shown(config.records)
    return [
        msgspec.structs.replace(problem, path=folder if problem.path == "." else os.path.join(folder, problem.path))
        if problem.path
        else _in_settings(problem, config)
        for problem in problems
    ]


def _in_settings(problem: Problem, config: Config) -> Problem:
    from feedloom import settings

    line = settings.line_of(config.file, problem.field or "") if config.file else None
    return msgspec.structs.replace(problem, path=config.file or "the settings", line=line)


def _silent(what: str, done: int, total: int) -> None:
    """No progress is to be shown."""
