"""The pipeline: records in, published feeds out. Start reading here."""

import contextlib
import os
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from feedloom.config.settings import CONFIGURATION, Config, Guard, rules
from feedloom.errors import ConfigError, GuardError, NoRecordError, PublishError, StateError
from feedloom.model import Feed, FileStamp, Group, Moment, Problem, RecordSummary
from feedloom.pipeline import cache, guard, places
from feedloom.pipeline.cache import Build, State
from feedloom.pipeline.workers import Progress, Workers
from feedloom.records import scan
from feedloom.records.scan import Scan
from feedloom.report import Check, Files, Hint, Moved, Records, Report, SwitchedOff
from feedloom.site import lock, publish
from feedloom.site.publish import Output
from feedloom.values import dates, slugs

if TYPE_CHECKING:  # a build in which nothing changed has no need of these
    from feedloom.feeds.explain import Explanation
    from feedloom.feeds.group import Selection
    from feedloom.pipeline.ingest import Ingest
    from feedloom.pipeline.tasks import Renderer
    from feedloom.render.catalog import Catalog
    from feedloom.site.manifest import Manifest

_FEEDS_A_TASK = 16

_HINTS = 100
"""Changed records that are compared with what they were."""

_ROOM = 80 << 20
"""Bytes for what could be read again: the summaries of all records, 1 KiB each, and rendered entries. It keeps a first build of
50,000 records, all processes together, below 250 MiB."""


def build(
    config: Config,
    *,
    now: datetime | None = None,
    fresh: bool = False,
    force: bool = False,
    replace: bool = False,
    wait: float = 0,
    progress: Progress | None = None,
    news: list[Problem] | None = None,
) -> Report:
    """Bring the published feeds up to date with the records.

    Records dated after `now` are held back. What the last build knew is used where it still holds, unless the build is to be
    `fresh`. `force` lets it lose most of the records that are published, and follow any clock; `replace` lets it replace files
    in the output folder that are not feedloom's. Added to `news` are the problems that the last build did not tell, or of which
    the file, the settings or the program changed since.

    Raises ConfigError where there is no records folder, it would be published or `wait` is no time, GuardError where most of
    the records are gone or rejected or the clock seems wrong, LockError where another build publishes in the same folder for
    longer than `wait` seconds, PublishError where the feeds cannot be written or others' files are in the way, and StateError
    where what was read cannot be kept.
    """
    lock.check_wait(wait)
    with _reading(config):
        os.scandir(config.records).close()  # before a folder is made for nothing
    places.check(config)
    with publish.locked(config.output, wait) as output:
        start = time.monotonic()
        given = _given(config, now, progress, force=force, replace=replace)
        try:
            done = _built(given, output, config.state, fresh)
        except cache.Damaged:
            try:
                done = _built(given, output, config.state, fresh=True)
            except cache.Damaged:
                # Somebody else is at it all the time.
                done = _built_apart(given, output)
    if news is not None:
        news += _placed((problem for problem in done.build.problems if problem not in done.told), config)
    return Report(
        records=done.build.counts,
        feeds=done.build.feed_count,
        files=done.files,
        seconds=round(time.monotonic() - start, 3),
        problems=_placed(done.build.problems, config),
        moved=list(done.moved),
        switched_off=list(done.switched_off),
        fallbacks=done.fallbacks,
        hints=list(done.hints),
    )


def check(config: Config, *, now: datetime | None = None, progress: Progress | None = None) -> Check:
    """Read the records and tell what a build would publish of them; nothing is written. Raises ConfigError."""
    from feedloom import render
    from feedloom.feeds import filters, group, near_duplicates
    from feedloom.render import metadata

    given = _given(config, now, progress)
    with _read(given) as (reading, selection, path, fallbacks), cache.records(path) as records:
        found = dict(records.of({summary.number: summary.seal for summary in selection.summaries}))
    feeds, shared = group.one_each(
        group.into_feeds(selection.summaries, config), lambda feed: metadata.aliases_of(feed, config)
    )
    custom_feed_warnings = (
        *group.custom_feed_warnings(feeds, selection.summaries, config),
        *group.collisions(shared),
        *render.clashes(group.in_order(feeds), config),
        *near_duplicates.doubts(found.values()),
    )
    return Check(
        records=reading.counts(given.scanned, selection),
        articles=[found[summary.number] for summary in sorted(selection.summaries, key=filters.newest_first)],
        feeds=group.in_order(feeds),
        problems=_placed((*custom_feed_warnings, *reading.problems(given.scanned, selection)), config),
        fallbacks=fallbacks,
    )


def explain(config: Config, file: str, *, now: datetime | None = None, progress: Progress | None = None) -> "Explanation":
    """Tell which feeds a record file goes to, and why not to others; nothing is written.

    Raises ConfigError, and NoRecordError where the file is not among the records.
    """
    from feedloom.feeds import explain

    given = _given(config, now, progress)
    place = os.path.join(os.path.realpath(os.path.dirname(file)), os.path.basename(file))
    inside = os.fsencode(os.path.relpath(place, os.path.realpath(config.records)))
    path = scan.shown(inside)
    if all(inside != source.file for bucket in given.scanned.buckets for source in bucket) and all(
        path != problem.path for problem in given.scanned.problems
    ):
        if not os.path.lexists(file):
            raise NoRecordError(f"{file}: is not there")
        raise NoRecordError(f"{file}: is no record below {config.records}: {scan.WHAT}")
    with _read(given) as (reading, selection, kept, _):
        problems = [problem for problem in reading.problems(given.scanned, selection) if problem.path == path]
        summary = next((summary for summary in reading.summaries if summary.file == inside), None)
        known = reading.known(inside)
        title = None
        if summary:
            with cache.records(kept) as records:
                title = next(records.of({summary.number: summary.seal}))[1].title
    found = explain.explanation(title, summary, known, problems, selection, config)
    return msgspec.structs.replace(found, path=scan.shown(file), problems=_placed(problems, config))


@contextlib.contextmanager
def _read(given: "_Given") -> "Iterator[tuple[Ingest, Selection, str, tuple[str, ...]]]":
    """All records, read afresh: which are published, the file in which they are kept meanwhile, and fallbacks."""
    from feedloom.feeds import group
    from feedloom.pipeline.ingest import Ingest

    with cache.opened(None, given.key) as kept, Workers(given.config.jobs) as workers:
        reading = Ingest(given.scanned.buckets, given.digests, None, kept, given.config, workers)
        reading.finish(given.progress, given.began)
        kept.commit()
        yield reading, group.selected(reading.summaries, given.clock), kept.path, workers.fallbacks


class _Given(NamedTuple):
    """What a build begins with. `digests` are those of the listing's buckets; it `began` at a time in nanoseconds.

    `site` tells apart the output folders whose builds share a state.
    """

    config: Config
    site: str
    key: bytes
    settings: bytes
    scanned: Scan
    digests: list[bytes]
    began: int
    clock: Moment
    progress: Progress
    is_forced: bool
    replaces: bool


def _given(
    config: Config, now: datetime | None, progress: Progress | None, *, force: bool = False, replace: bool = False
) -> _Given:
    began = time.time_ns()
    scanned = _listed(config)
    return _Given(
        config=config,
        site=cache.digest(os.fsencode(os.path.realpath(config.output))).hex(),
        # Another key: the records would have been read otherwise.
        key=cache.digest_of(cache.code(), rules(config), os.fsencode(os.path.realpath(config.records))),
        # Other settings: the feeds could have other bytes. Places, processes and the guard are none of it.
        settings=cache.digest_of(
            msgspec.structs.replace(config, records=".", output=".", state=None, ids=None, jobs=None, guard=Guard(), file=None)
        ),
        scanned=scanned,
        digests=[cache.digest_of(bucket) for bucket in scanned.buckets],
        began=began,
        clock=dates.stamp(now or datetime.now(UTC)),
        progress=progress or _silent,
        is_forced=force,
        replaces=replace,
    )


class _Done(NamedTuple):
    """A build as it is now. The last one `told` problems already; `fallbacks` say what the system refused."""

    build: Build
    files: Files
    told: Collection[Problem]
    moved: Sequence[Moved] = ()
    switched_off: Sequence[SwitchedOff] = ()
    fallbacks: tuple[str, ...] = ()
    hints: Sequence[Hint] = ()


def _built(given: _Given, output: Output, place: str | None, fresh: bool) -> _Done:
    """The build as it is now, with the state in a place."""
    with cache.opened(place, given.key, fresh=fresh) as kept, Workers(given.config.jobs) as workers:
        last = kept.last()
        history = kept.lasting(given.site, guard.History) or guard.History()
        if last and _holds(last, given) and (given.is_forced or not history.is_ahead(given.clock)):
            now = _history(given, history, last)
            if guard.is_news(now, history):
                kept.outlast(given.site, now)
                kept.commit()
            return _Done(last, Files(0, len(last.files), 0), told=last.problems)
        done = _updated(given, output, last, history, kept, workers)
        kept.finish(done.build)
        if place and kept.refused:  # every build would be as slow as a first one, and nobody would know why
            refused = f"{scan.shown(place)}: the state is not kept: {kept.refused}"
            return done._replace(fallbacks=(refused, *done.fallbacks))
        return done


def _built_apart(given: _Given, output: Output) -> _Done:
    """The build with a state that is nobody else's."""
    try:
        return _built(given, output, None, fresh=True)
    except cache.Damaged:
        how = "are there enough memory and descriptors (ulimit -n), and is the disk for temporary files sound?"
        raise StateError(f"what was read cannot be read back: {how}") from None


def _holds(last: Build, given: _Given) -> bool:
    """Whether nothing changed since the last build: no record, no setting, no published file, and nothing is newly due."""
    return (
        last.settings == given.settings
        and [bucket.digest for bucket in last.buckets] == given.digests
        and last.scanned == cache.digest_of(given.scanned.problems)
        and (last.since is None or last.since <= given.clock)
        and (last.until is None or given.clock < last.until)
        and publish.stamp(given.config.output) == last.manifest
        and len(publish.untouched(last.files, given.config.output)) == len(last.files)
    )


def _history(given: _Given, history: guard.History, build: Build) -> guard.History:
    """What the next build is to know of this one and those before it; a forced one begins anew."""
    known = guard.History() if given.is_forced else history
    return guard.after(known, given.clock, build.since, build.until, build.counts.published)


def _updated(given: _Given, output: Output, last: Build | None, history: guard.History, kept: State, workers: Workers) -> _Done:
    """Read the files that changed, and render and publish the feeds that could differ for it."""
    from feedloom import render
    from feedloom.feeds import group
    from feedloom.pipeline import tasks
    from feedloom.pipeline.ingest import Ingest
    from feedloom.site import manifest, ownership

    same = last if last and last.settings == given.settings else None
    reading = Ingest(given.scanned.buckets, given.digests, last, kept, given.config, workers)
    shells = kept.part(same.shells, "frames", render.Shells) if same else render.shells(given.config)
    reading.finish(given.progress, given.began)
    kept.commit()
    written_down = output.manifest()
    before = _catalog(given.config, is_known=written_down is not None)
    ours = written_down or (ownership.recognised(before, given.config) if before else _remembered(last, given.config, kept))
    plan = _planned(given, same, reading, before, ours, kept)
    hints = _hints(reading, kept, given.config)
    counts = reading.counts(given.scanned, plan.selection)
    custom_feed_warnings = (
        *group.custom_feed_warnings(plan.site, plan.selection.summaries, given.config),
        *group.collisions(plan.shared),
    )
    problems = (*custom_feed_warnings, *reading.problems(given.scanned, plan.selection))
    if before:
        history = guard.informed(history, given.clock, before.published, before.updated)
    if not given.is_forced:
        _guarded(counts, history, given.clock, plan.selection.since, problems, given.config)
    site = _Site(list(render.assets(given.config)), _lists(plan.site, given.config, ours))
    wanted = ownership.wanted(plan.site, site.paths, given.config)
    room = max(8 << 20, _ROOM - (len(reading.summaries) << 10)) // workers.jobs
    renderer = tasks.Renderer(room, kept.path, given.config, shells)
    _check_obstacles(plan, site, given, output, ours, last, renderer, workers)
    output.claim(manifest.claimed(ours, wanted))
    published = _published(plan, site, given, output, renderer, workers)
    files = plan.on_disk | published.files
    removed = output.remove(ownership.gone(ours, wanted, given.config.output))
    stamp = output.finish(wanted)
    reading.keep()
    build = Build(
        settings=given.settings,
        scanned=cache.digest_of(given.scanned.problems),
        buckets=reading.buckets,
        since=plan.selection.since,
        until=plan.selection.until,
        highest=reading.highest,
        counts=counts,
        problems=problems,
        feed_count=sum(not feed.retired for feed in plan.site),
        files=files,
        shells=kept.put("frames", shells),
        feeds=kept.put("feeds", [feed.without_entries for feed in plan.site]),
        hold=kept.put("held", plan.hold),
        archived=kept.put("archived", plan.archived),
        manifest=stamp,
        crowded=sorted({feed.group for feeds in plan.shared for feed in feeds}),
    )
    kept.outlast(given.site, _history(given, history, build))
    return _Done(
        build=build,
        files=Files(published.written, len(files) - published.written, removed),
        told={problem for problem in same.problems if problem.path not in reading.changed} if same else (),
        moved=_moved(plan, before, given.config),
        switched_off=ownership.switched_off(ours, wanted, given.config),
        fallbacks=workers.fallbacks,
        hints=hints,
    )


def _moved(plan: "_Plan", before: "Catalog | None", config: Config) -> list[Moved]:
    """The feeds of a catalog that have another address by now. Their files go with all that the site has no more."""
    from feedloom.render import catalog, metadata

    if not before:
        return []
    with _believing(config, is_known=False):
        gone = catalog.moved(before.named, plan.site, config)
    on_disk = {one.address for feed in plan.site for one in (feed, *metadata.aliases_of(feed, config))}
    new = [(feed.address, slugs.address(feed.group)) for feed in gone]
    return [Moved(former, address if address in on_disk else None) for former, address in new]


def _hints(reading: "Ingest", kept: State, config: Config) -> list[Hint]:
    """Records whose title or excerpt changed while their date of update did not: readers and aggregators skip such corrections.

    Only the first ones are looked at, since each takes two records from the cache.
    """
    before = {summary.file: summary for summary in reading.dropped}
    pairs = [(before[summary.file], summary) for summary in reading.summaries if summary.file in before]
    pairs = [(old, new) for old, new in pairs if old.seal != new.seal and old.updated == new.updated][:_HINTS]
    if not pairs:
        return []
    with cache.records(kept.path) as records:
        found = dict(records.of({summary.number: summary.seal for pair in pairs for summary in pair}))
    folder = scan.shown(config.records)
    hints = []
    for old, new in sorted(pairs, key=lambda pair: pair[1].file):
        for field in ("title", "excerpt"):
            if getattr(found[old.number], field) != getattr(found[new.number], field):
                message = f"{field} changed, updatedDateTime did not: readers that have the article may skip the correction"
                hints.append(Hint(os.path.join(folder, new.path), field, message))
    return hints


def _remembered(last: Build | None, config: Config, kept: State) -> "Manifest":
    """What the last build left and nobody touched, where neither a manifest nor a catalog tells of it."""
    from feedloom.site import manifest, ownership

    if last is None:
        return manifest.Manifest()
    return ownership.remembered(
        kept.part(last.feeds, "feeds", list[Feed]), publish.untouched(last.files, config.output), config
    )


class _Plan(NamedTuple):
    """What is to be published: all feeds in their order, those of them that are to be rendered, and the files that stand.

    `pages` are the documents of archives that are to be rendered, and `archived` the digests of all of them, by address. Feeds
    that have one address are `shared`, the one that is published first.
    """

    selection: "Selection"
    hold: dict[int, Moment | None]
    site: list[Feed]
    pages: list[Feed]
    stale: list[Feed]
    on_disk: dict[str, FileStamp]
    archived: dict[str, bytes]
    shared: list[list[Feed]]


def _planned(
    given: _Given, same: Build | None, reading: "Ingest", before: "Catalog | None", ours: "Manifest", kept: State
) -> _Plan:
    """Which feeds there are, and which could differ from those of the build that had the `same` settings."""
    from feedloom import render
    from feedloom.feeds import group
    from feedloom.render import metadata
    from feedloom.site import ownership

    selection = group.selected(reading.summaries, given.clock)
    hold = _hidden(reading.summaries, selection)
    known: dict[str, Feed] = {}
    on_disk: dict[str, FileStamp] = {}
    archived: dict[str, bytes] = {}
    wanted: set[Group] | None = None
    if same:
        known = {feed.address: feed for feed in kept.part(same.feeds, "feeds", list[Feed])}
        archived = kept.part(same.archived, "archived", dict[str, bytes])
        on_disk = {path: same.files[path] for path in publish.untouched(same.files, given.config.output)}
        changed = _changed(kept.part(same.hold, "held", dict[int, Moment | None]), hold)
        summaries = [summary for summary in reading.summaries if summary.number in changed or summary.number > same.highest]
        wanted = {one for summary in (*reading.dropped, *summaries) for one in group.groups(summary, given.config)}
        if reading.dropped or summaries:
            # Which articles an owner's feed holds may depend on others: on the newest.
            wanted.update(map(group.of_custom_feed, given.config.feeds))
        wanted.update(same.crowded)
        wanted |= {feed.group for feed in known.values() if not on_disk.keys() >= set(render.paths(feed, given.config))}
    while True:
        stale = group.into_feeds(selection.summaries, given.config, wanted)
        others = (feed for feed in known.values() if not feed.retired and wanted is not None and feed.group not in wanted)
        live, shared = group.one_each([*stale, *others], lambda feed: metadata.aliases_of(feed, given.config))
        crowd = {feed.group for feeds in shared for feed in feeds}
        if wanted is None or crowd <= wanted:
            break
        wanted |= crowd  # now that somebody came who has the address of one of them, their records are to be named
    lost = crowd.difference(feed.group for feed in live)
    stale = [feed for feed in stale if feed.group not in lost]
    with _believing(given.config, is_known=False):
        retired = ownership.retired(live, before, ours, given.config)
    named = {feed.address: feed for feed in render.told_apart([*live, *retired], given.config)}
    if wanted is not None:
        # Feeds whose titles others have, or have no more, although their own records did not change.
        moved = {feed.group for feed in live if feed.group not in wanted and feed is not named[feed.address]}
        wanted |= moved
        stale += group.into_feeds(selection.summaries, given.config, moved) if moved else []
        live = [*stale, *(feed for feed in known.values() if not feed.retired and feed.group not in wanted)]
    stale, live, retired = (
        [msgspec.structs.replace(feed, apart=named[feed.address].apart) for feed in some] for some in (stale, live, retired)
    )
    digests = {page.address: _digest(page) for feed in stale for page in feed.archive}
    pages = [
        page
        for feed in stale
        for page in feed.archive  # the oldest first: each leads to the one before
        if digests[page.address] != archived.get(page.address) or not on_disk.keys() >= set(render.paths(page, given.config))
    ]
    stale += [feed for feed in retired if feed != known.get(feed.address) or (wanted is not None and feed.group in wanted)]
    site = group.in_order([*live, *retired])
    paths = {path for feed in site for path in render.paths(feed, given.config)}
    suffix = given.config.formats[0]
    return _Plan(
        selection=selection,
        hold=hold,
        site=site,
        pages=pages,
        stale=stale,
        on_disk={path: left for path, left in on_disk.items() if path in paths},
        archived={address: digest for address, digest in (archived | digests).items() if f"{address}.{suffix}" in paths},
        shared=shared,
    )


class _Site(NamedTuple):
    """The files that are of no feed, with their paths: those that come before all feeds, and those that come after all."""

    assets: list[tuple[str, bytes]]
    lists: list[tuple[str, bytes]]

    @property
    def paths(self) -> list[str]:
        return [path for path, _ in (*self.assets, *self.lists)]


def _tasks(feeds: list[Feed]) -> list[bytes]:
    from feedloom.pipeline import tasks

    return [tasks.packed(feeds[at : at + _FEEDS_A_TASK]) for at in range(0, len(feeds), _FEEDS_A_TASK)]


def _lists(feeds: list[Feed], config: Config, ours: "Manifest") -> list[tuple[str, bytes]]:
    """The files that name the feeds, and .nojekyll where it is needed and nobody else wrote one."""
    from feedloom import render

    is_others = render.NO_JEKYLL not in ours.paths and os.path.lexists(os.path.join(config.output, render.NO_JEKYLL))
    return [file for file in render.lists(feeds, config) if not (is_others and file[0] == render.NO_JEKYLL)]


def _check_obstacles(
    plan: _Plan,
    site: _Site,
    given: _Given,
    output: Output,
    ours: "Manifest",
    last: Build | None,
    renderer: "Renderer",
    workers: Workers,
) -> None:
    """Stop before anything is changed where a file would be replaced that is not ours. One that has the bytes already is."""
    from feedloom import render
    from feedloom.pipeline import tasks

    root = given.config.output
    left = last.files if last else {}
    paths_of = {feed.address: render.paths(feed, given.config) for feed in (*plan.pages, *plan.stale)}
    found = output.obstacles(dict.fromkeys((*site.paths, *(path for paths in paths_of.values() for path in paths))), ours.paths)
    # What the last build left, and nobody touched, is ours, too.
    among = frozenset(found.unknown) - publish.untouched({path: left[path] for path in found.unknown if path in left}, root)
    foreign: list[str] = []
    if among and not given.replaces:
        asked = [feed for feed in (*plan.pages, *plan.stale) if not among.isdisjoint(paths_of[feed.address])]
        foreign = publish.differing((*site.assets, *site.lists), root, among)
        for some in workers.map(partial(tasks.differing, renderer=renderer, among=among), _tasks(asked)):
            foreign += some
    foreign += [] if given.replaces else found.odd
    if found.fixed or foreign:
        raise publish.in_the_way([*found.fixed, *foreign], root, is_fixed=bool(found.fixed))


def _published(
    plan: _Plan, site: _Site, given: _Given, output: Output, renderer: "Renderer", workers: Workers
) -> publish.Published:
    """Render what is stale and bring its files up to date: archives first, since feeds lead to them; then the feeds, and then
    the lists, so that none names a feed that is not there.

    The stylesheets go before all: no page is to be seen without them.
    """
    from feedloom import render
    from feedloom.pipeline import tasks

    config = given.config
    folders = {os.path.dirname(path) for feed in plan.site for path in render.paths(feed, config)}
    output.make({above for folder in folders for above in publish.with_those_above(folder)})
    written, files = publish.publish(site.assets, config.output)
    if written or output.is_recovering:
        output.settle([""])
    sets = [_tasks(documents) for documents in (plan.pages, plan.stale)]
    total = sum(map(len, sets))
    done = 0
    for some in sets:
        folders = {""}
        for published in workers.map(partial(tasks.publish_feeds, renderer=renderer), some):
            given.progress("Writing", done, total)
            done += 1
            written += published.written
            files |= published.files
            folders |= set(map(os.path.dirname, published.files))
        output.settle(folders)
    lists = publish.publish(site.lists, config.output)
    output.settle([""])
    return publish.Published(written + lists.written, files | lists.files)


def _digest(page: Feed) -> bytes:
    """Tells apart what a document of an archive may be at one address."""
    return cache.digest_of([(summary.seal, summary.updated) for summary in page.entries])


def _hidden(summaries: Collection[RecordSummary], selection: "Selection") -> dict[int, Moment | None]:
    """The summaries that are not shown (None), or not with their own date of update, by their numbers."""
    if selection.until is None and len(selection.summaries) == len(summaries):
        return {}
    shown = {summary.number: summary.updated for summary in selection.summaries}
    return {summary.number: shown.get(summary.number) for summary in summaries if shown.get(summary.number) != summary.updated}


def _changed(before: dict[int, Moment | None], now: dict[int, Moment | None]) -> set[int]:
    return {number for number in before.keys() | now.keys() if before.get(number, 0) != now.get(number, 0)}


def _catalog(config: Config, *, is_known: bool) -> "Catalog | None":
    """The catalog as it is published: it tells which feeds have to go on answering."""
    from feedloom.render import catalog

    document = publish.read_published(catalog.PATH, config.output)
    with _believing(config, is_known=is_known):
        return None if document is None else catalog.read(document)


@contextlib.contextmanager
def _believing(config: Config, *, is_known: bool) -> Iterator[None]:
    """`is_known`: what it would tell stands in the manifest too."""
    from feedloom.render import catalog

    try:
        yield
    except ValueError as error:
        place = os.path.join(config.output, catalog.PATH)
        how = (
            "move it away and build again: the feeds that it listed are known from .feedloom/manifest"
            if is_known
            else "restore it from a backup, or choose an output folder that is new"
        )
        raise PublishError(f"{place}: not a feedloom catalog ({error}): {how}") from None


def _guarded(
    counts: Records, history: guard.History, clock: Moment, since: Moment | None, problems: tuple[Problem, ...], config: Config
) -> None:
    objection = guard.clock_objection(history, clock, since, config.guard) or guard.objection(
        counts, history.most(clock), config.guard
    )
    if objection:
        report = Report(records=counts, feeds=0, files=Files(0, 0, 0), seconds=0, problems=_placed(problems, config))
        raise GuardError(f"{config.output}: stopped, nothing written: {objection}, or run once with --force.", report)


def _listed(config: Config) -> Scan:
    with _reading(config):
        return scan.scan_folder(config.records, config.ignore, but=config.output)


@contextlib.contextmanager
def _reading(config: Config) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        what = f"{config.records}: the records folder cannot be read: {error.strerror}"
        if isinstance(error, FileNotFoundError) and config.file is None and config.records == Config().records:
            what = f"No {CONFIGURATION[0]} in {_here()}, and no folder {config.records}/"
        how = "name it (feedloom build FOLDER, feedloom explain FILE --records FOLDER), or let feedloom init make one"
        raise ConfigError(f"{what}: {how}") from None


def _here() -> str:
    try:
        return os.getcwd()
    except FileNotFoundError:  # it was removed
        return "the current folder"


def _placed(problems: Iterable[Problem], config: Config) -> list[Problem]:
    """The problems with paths that can be opened from where the build was started; those without a path are the settings'."""
    folder = scan.shown(config.records)
    return [
        msgspec.structs.replace(problem, path=folder if problem.path == "." else os.path.join(folder, problem.path))
        if problem.path
        else _in_settings(problem, config)
        for problem in problems
    ]


def _in_settings(problem: Problem, config: Config) -> Problem:
    from feedloom.config import load

    line = load.line_of(config.file, problem.field or "") if config.file else None
    return msgspec.structs.replace(problem, path=scan.shown(config.file or "the settings"), line=line)


def _silent(what: str, done: int, total: int) -> None:
    """No progress is to be shown."""
