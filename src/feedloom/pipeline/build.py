"""A build: scan, ingest, plan, guard, render, publish, remember. Start reading here."""

import contextlib
import os
import time
from collections.abc import Callable, Collection
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from feedloom.config.settings import Config, Guard, rules
from feedloom.errors import StateError
from feedloom.model import Feed, Moment, Problem
from feedloom.pipeline import by_name, cache, digests, guard, places
from feedloom.pipeline.by_name import Names, Scanned
from feedloom.pipeline.cache import Build, Cache
from feedloom.pipeline.done import Done
from feedloom.pipeline.former import Former, stored
from feedloom.pipeline.workers import Progress, Workers, no_progress
from feedloom.records import scan
from feedloom.report import DryRun, Files, Hint, Records, Report, TemplateTags
from feedloom.site import lock
from feedloom.site import store as sites
from feedloom.site.store import Output
from feedloom.values import dates

if TYPE_CHECKING:  # a build in which nothing changed does not need these
    from feedloom.feeds.group import Selection
    from feedloom.pipeline.ingest import Ingested
    from feedloom.pipeline.memory import Store
    from feedloom.pipeline.outbox import Outbox
    from feedloom.pipeline.plan import Plan, Previous
    from feedloom.pipeline.rendering import Work
    from feedloom.pipeline.tallies import Tallies
    from feedloom.site.manifest import Manifest


def build(
    config: Config,
    *,
    now: datetime | None = None,
    fresh: bool = False,
    force: bool = False,
    replace: bool = False,
    dry_run: bool = False,
    wait: float = 0,
    progress: Progress | None = None,
    news: list[Problem] | None = None,
    changed: Collection[str] | None = None,
    changed_from: str | None = None,
    locked: bool = True,
) -> Report:
    """Bring the published feeds up to date with the records.

    Records dated after `now` are held back. What the last build read is used again, unless the build is `fresh`. `force` lets
    it lose most of the published records and accept any clock; `replace` lets it replace files in the output folder that
    feedloom did not write. A `dry_run` writes nothing: its report says what the build would do. Problems that are new since
    the last build, or whose file, settings or program changed since, are added to `news`.

    If `changed` names files and folders, only these are looked at, and all others are believed to be as the last build saw
    them; so are those that git names as `changed_from` a revision. The next build without both looks at all files.

    If it is not `locked`, somebody else makes sure that only one build at a time publishes to a place in object storage.

    Raises ConfigError if there is no records folder, if it would be published, if `wait` is not a time, if one of the files in
    `changed` is not a record, if git does not know what changed, or if a template of the owner is broken; GuardError if most
    records are missing or rejected, or the clock seems wrong; LockError if another build uses the output folder for longer than
    `wait` seconds; PublishError if the feeds cannot be written or foreign files are in the way; StateError if the cache cannot
    be written.
    """
    lock.check_wait(wait)
    places.check(config)
    site = sites.of(config)
    with site.observed(wait) if dry_run else site.locked(wait, lock=locked) as output:
        start = time.monotonic()
        given = _given(config, now, progress, by_name.named(changed, changed_from, config), force=force, replace=replace)
        done = _with_a_cache(_previewed if dry_run else _built, given, output, fresh=fresh)
    return done.report(start, config, news)


class _Given(NamedTuple):
    """The input of a build.

    `site` identifies the output folder: several may share a cache. What was read is valid for a `key`, what was rendered for
    the `settings`. Only the record files with these `names` may differ from those of the last build; None: all may. The build
    `began` at a time in nanoseconds; `clock` says which records are due.
    """

    config: Config
    site: str
    key: bytes
    settings: bytes
    names: Names | None
    began: int
    clock: Moment
    progress: Progress
    force: bool
    replace: bool


class _Planned(NamedTuple):
    """A build before it writes anything. `previous` is what the last build with the same settings knew, `reported` are the
    problems that it reported already. `is_first`: readers know no feed of the site yet. `feed_count` feeds are not retired.
    """

    ingested: "Ingested"
    selection: "Selection"
    previous: "Previous | None"
    plan: "Plan"
    work: "Work"
    counts: Records
    problems: tuple[Problem, ...]
    reported: set[Problem]
    history: guard.History
    hints: list[Hint]
    is_first: bool
    feed_count: int
    tallies: bytes | None


def _given(
    config: Config, now: datetime | None, progress: Progress | None, names: Names | None, *, force: bool, replace: bool
) -> _Given:
    began = time.time_ns()
    return _Given(
        config=config,
        site=places.site(config),
        key=digests.digest_of(cache.code(), rules(config), places.records(config)),
        settings=settings_digest(config),
        names=names,
        began=began,
        clock=dates.stamp(now or datetime.now(UTC)),
        progress=progress or no_progress,
        force=force,
        replace=replace,
    )


def settings_digest(config: Config) -> bytes:
    """The digest of the settings that change a feed: not folders, processes and the guard."""
    return digests.digest_of(
        msgspec.structs.replace(
            config,
            records=".",
            output=places.left_out(config),
            state=None,
            ids=None,
            jobs=None,
            engine="local",
            work=None,
            shards=None,
            guard=Guard(),
            file=None,
        )
    )


def _with_a_cache(
    run: Callable[[_Given, Output, str | None, bool], Done], given: _Given, output: Output, *, fresh: bool
) -> Done:
    """Run with the cache. If it is damaged, empty it; if another program writes to it all the time, use a temporary one."""
    for path, is_fresh in ((given.config.state, fresh), (given.config.state, True), (None, True)):
        with contextlib.suppress(cache.Damaged):
            return run(given, output, path, is_fresh)
    how = "check free memory, descriptors (ulimit -n), and the disk for temporary files"
    raise StateError(f"the temporary cache cannot be read back; {how}")


def _built(given: _Given, output: Output, path: str | None, fresh: bool) -> Done:
    """Ingest, plan and guard (`_planned`), then render, publish and remember (`_published`), unless nothing changed.

    The cache is in a file. Raises Damaged.
    """
    with cache.opened(path, given.key, fresh=fresh) as store, Workers(given.config.jobs) as workers:
        last = store.last()
        history = store.lasting(given.site, guard.History) or guard.History()
        scanned = _scanned(given, last, store, workers)
        if last and _is_current(last, history, scanned, given, output, store):
            now = guard.after(history, given.clock, last.since, last.until, last.counts.published, force=given.force)
            if guard.is_news(now, history):
                store.outlast(given.site, now)
                store.commit()
            return _unchanged(last)
        planned = _planned(given, scanned, output, last, history, store, workers)
        files, tags = _published(planned, given, output, last, store, workers)
        done = _done(planned, given, files, workers, tags)
        if path and store.refused:  # every build would be slow, and nobody would know why
            refused = f"{scan.shown(path)}: the cache is not used: {store.refused}"
            if given.config.site.hubs:
                refused += ". Nor can feedloom ping know what this build changed: use feedloom ping --all"
            return done._replace(fallbacks=(refused, *done.fallbacks))
        return done


def _previewed(given: _Given, output: Output, path: str | None, fresh: bool) -> Done:
    """Plan a build, and report what it would do. Nothing is written. Raises Damaged."""
    from feedloom.pipeline import memory, preview, rendering

    with memory.opened(path, given.key, fresh=fresh) as store, Workers(given.config.jobs) as workers:
        last = store.last()
        history = store.lasting(given.site, guard.History) or guard.History()
        scanned = _scanned(given, last, store, workers)
        if last and _is_current(last, history, scanned, given, output, store):
            return _unchanged(last)._replace(plan=DryRun())
        planned = _planned(given, scanned, output, last, history, store, workers, is_whole=True)
        before = _previous(last, Former(last, store), planned.ingested, None, store) if last else None
        with Workers(1) as alone:  # other processes do not have this memory
            tags = rendering.render_bodies(planned.work, store, given.progress, alone)
            rendering.check_obstacles(planned.work, output, Former(last, store), alone, replace=given.replace)
            files = preview.compared(planned.work, output, alone)
        same = planned.previous is not None
        plan = preview.preview(planned.work, files, before, planned.ingested.summaries, same_settings=same)
    return _done(planned, given, files.counts, workers, tags)._replace(plan=plan)


def _scanned(given: _Given, last: Build | None, store: "Store", workers: Workers) -> Scanned:
    same_settings = last is not None and last.settings == given.settings
    return by_name.scanned(given.names, last if same_settings else None, store, given.config, workers)


def _is_current(last: Build, history: guard.History, scanned: Scanned, given: _Given, output: Output, store: "Store") -> bool:
    """Whether nothing changed since the last build: no record, no setting, no published file, and no record became due."""
    return (
        (given.force or not history.is_ahead(given.clock))
        and last.settings == given.settings
        and [bucket.digest for bucket in last.buckets] == scanned.digests
        and last.scanned == digests.digest_of(scanned.scan.problems)
        and (last.since is None or last.since <= given.clock)
        and (last.until is None or given.clock < last.until)
        and output.stamp() == last.manifest
        and (_are_believed(last, given, output) or len(output.untouched(Former(last, store).files)) == last.file_count)
        and all(map(output.is_taken, last.yielded))
    )


def _are_believed(last: Build, given: _Given, output: Output) -> bool:
    """Whether the published files are believed to be as the last build left them.

    A build that is told what changed does not look at each of them, unless a file came or went in one of their folders: so it
    finds what another build did, or a killed one. What was changed in place is found by the next build that is not told.
    """
    return given.names is not None and bool(last.folders) and output.folders(last.folders) == last.folders


def _left(last: Build, former: Former, given: _Given, output: Output) -> tuple[Callable[[], AbstractSet[str]], bool]:
    """What gives the files that are as the last build left them, and whether these are all of its files."""
    if _are_believed(last, given, output):
        return lambda: former.files.keys(), True
    found = output.untouched(former.files)
    return lambda: found, len(found) == last.file_count


def _is_intact(last: Build, output: Output) -> bool:
    """Whether all else that is published is as the last build left it, if all files are, so that the manifest and the catalog
    need not be read. In object storage, the manifest has to be.
    """
    from feedloom.render.catalog import PATH

    return (
        bool(last.folders)
        and output.stamp() == last.manifest
        and len(output.untouched({PATH: last.files[PATH]})) == 1
        and all(map(output.is_taken, last.yielded))
    )


def _unchanged(last: Build) -> Done:
    return Done(last.counts, last.problems, last.feed_count, Files(0, last.file_count, 0), reported=last.problems)


def _planned(
    given: _Given,
    scanned: Scanned,
    output: Output,
    last: Build | None,
    history: guard.History,
    store: "Store",
    workers: Workers,
    *,
    is_whole: bool = False,
) -> _Planned:
    """Ingest, plan and guard: nothing is written to the output folder. Raises Damaged, GuardError and PublishError.

    If it `is_whole`, the plan says of all files that they are published, also of those that cannot change.
    """
    from feedloom import render
    from feedloom.feeds import group
    from feedloom.pipeline import ingest, rendering, tasks
    from feedloom.pipeline.before import Before
    from feedloom.pipeline.hints import hints
    from feedloom.pipeline.plan import ForeignCatalogError, plan
    from feedloom.pipeline.tallies import Tallies

    config = given.config
    same = last if last and last.settings == given.settings else None
    tallying = None if last else group.early_tallying(sum(map(len, scanned.scan.buckets)), config)
    reading = ingest.begin(scanned.scan, scanned.digests, last, store, config, workers, tallying)
    shells = store.part(same.shells, "shells", render.Shells) if same else render.shells(config)
    ingested = reading.finish(given.progress, given.began)
    store.commit()

    selection = ingested.selection(given.clock, store)
    kept = Tallies(same.tallies if same else b"", store)
    former = Former(last, store)
    left, are_all = _left(same, former, given, output) if same else (frozenset, False)
    previous = _previous(same, former, ingested, kept, store) if same else None
    if previous and same and are_all and not is_whole:
        previous = previous._replace(is_intact=_is_intact(same, output))
    before = Before(former, config, output)
    known = tallying.all() if tallying and selection.is_all else None
    try:
        planned = plan(previous, ingested.summaries, selection, lambda: before.published, left, config, known)
    except ForeignCatalogError as error:
        raise before.is_foreign(error) from None

    counts = ingested.counts(selection)
    problems = (
        *group.custom_feed_warnings(planned.feeds, selection.summaries, config),
        *group.collisions(planned.shared),
        *ingested.problems(selection),
    )
    if same and planned.renewed is not None:
        history = guard.informed(history, given.clock, same.counts.published, same.since)
    elif before.catalog:
        history = guard.informed(history, given.clock, before.catalog.published, before.catalog.updated)
    if not given.force:
        guard.check(counts, history, given.clock, selection.since, problems, config)

    ingested.summaries.forget()
    del known
    tallies_kept = None
    if not config.archive:  # groups with archives have all records in their tallies
        tallies_kept = msgspec.msgpack.encode(kept.with_those_of(planned.tallies, is_anew=planned.is_anew))
        store.commit()  # nobody else can read the cache while it is written
    planned, shown = rendering.without_entries(planned)
    if planned.is_anew and len(planned.feeds) > rendering.MANY_FEEDS:
        workers.end()  # those that read records have used memory, too; new ones share that of this process
        data = rendering.to_bytes(planned, shown)
        del planned, shown
        planned, shown = rendering.from_bytes(data)
    is_renewal = planned.renewed is not None
    feed_count = same.feed_count if same and is_renewal else sum(isinstance(feed, Feed) for feed in planned.feeds)
    memory = rendering.memory_for_entries(feed_count, workers.jobs)
    renderer = tasks.Renderer(memory, store.source, config, shells, group.existing(planned.feeds, config))
    ours = before.ours if planned.renewed is None else former.files_of(feed for feed, _ in planned.renewed)
    work = rendering.work(planned, shown, ours, former, output, renderer)
    return _Planned(
        ingested=ingested,
        selection=selection,
        previous=previous,
        plan=work.plan,
        work=work,
        counts=counts,
        problems=problems,
        reported={problem for problem in same.problems if not ingested.is_changed(problem)} if same else set(),
        history=history,
        hints=hints(ingested, store.source, config),
        is_first=not is_renewal and not before.published,
        feed_count=feed_count,
        tallies=tallies_kept,
    )


def _published(
    planned: _Planned, given: _Given, output: Output, last: Build | None, store: Cache, workers: Workers
) -> tuple[Files, TemplateTags | None]:
    """Render, publish and remember. Raises Damaged and PublishError."""
    from feedloom.pipeline import rendering
    from feedloom.site import manifest, ownership

    ingested, selection, plan, work = planned.ingested, planned.selection, planned.plan, planned.work
    tags = rendering.render_bodies(work, store, given.progress, workers)
    former = Former(last, store)
    rendering.check_obstacles(work, output, former, workers, replace=given.replace)
    rendering.check_templates(work, workers)
    untold = _outbox_begun(planned, given, store)
    if work.manifests:
        output.claim(manifest.claimed(*work.manifests))
    published = rendering.carry_out(work, output, given.progress, workers)
    workers.end()  # to store what was built needs memory
    removed = output.remove(ownership.gone(*work.manifests, output) if work.manifests else ())
    stamp = output.finish(work.manifests and work.manifests.after)

    if untold:
        changed = set(published.written)
        if untold.is_unfinished:  # the build before was killed, perhaps after it had written files
            changed |= {path for path, stamp in published.files.items() if former.files.get(path) != stamp}
        now = work.manifests.after if work.manifests else output.manifest() or manifest.Manifest()
        _outbox_finished(changed, now, given, store)
    if last and plan.renewed is not None:
        file_count = last.file_count
        blocks, files = former.renewed([feed for _, feed in plan.renewed], published.files, store, given.config)
    else:
        files = {path: former.files[path] for path in plan.kept}
        files |= published.files
        file_count = len(files)
        blocks = stored([*plan.feeds], files, store, given.config)
    build = Build(
        settings=given.settings,
        scanned=digests.digest_of(ingested.scanned.problems),
        buckets=ingested.buckets,
        since=selection.since,
        until=selection.until,
        highest=ingested.highest,
        counts=planned.counts,
        problems=planned.problems,
        feed_count=planned.feed_count,
        file_count=file_count,
        files=files,
        shells=store.put("shells", work.renderer.shells),
        blocks=blocks,
        rows=store.put("rows", msgspec.Raw(work.rows)) if work.rows else b"",
        hidden=store.put("hidden", plan.hidden),
        archive=store.put("archive", plan.archive),
        tallies=b"" if planned.tallies is None else store.put("tallies known", msgspec.Raw(planned.tallies)),
        manifest=stamp,
        crowded=sorted({feed.group for feeds in plan.shared for feed in feeds}),
        yielded=work.yielded,
        folders=output.folders({*(last.folders if last else ()), *map(os.path.dirname, published.files)}),
    )
    ingested.clean(store)
    history = guard.after(planned.history, given.clock, build.since, build.until, build.counts.published, force=given.force)
    store.outlast(given.site, history)
    store.finish(build)
    return Files(len(published.written), file_count - len(published.written), removed), tags


def _outbox_begun(planned: _Planned, given: _Given, store: Cache) -> "Outbox | None":
    """Remember that files are about to be written; return the outbox of before, None if there is nobody to tell."""
    if not (given.config.site.hubs and given.config.site.url):
        return None
    from feedloom.pipeline import outbox

    name = outbox.name(given.site)
    found = store.lasting(name, outbox.Outbox) or outbox.Outbox()
    store.outlast(name, outbox.begun(found, is_first=planned.is_first))
    store.commit()
    return found


def _outbox_finished(changed: Collection[str], published: "Manifest", given: _Given, store: Cache) -> None:
    """Put what changed into the outbox, which a ping may have changed meanwhile."""
    from feedloom.pipeline import outbox

    name = outbox.name(given.site)
    found = store.lasting(name, outbox.Outbox) or outbox.Outbox()
    addresses = outbox.addresses(changed, published, given.config.formats)
    now = given.began // 10**9
    store.outlast(name, outbox.finished(found, addresses, now, given.config.site.hubs, published))


def _done(planned: _Planned, given: _Given, files: Files, workers: Workers, tags: TemplateTags | None) -> Done:
    from feedloom.site import ownership

    return Done(
        counts=planned.counts,
        problems=planned.problems,
        feed_count=planned.feed_count,
        files=files,
        reported=planned.reported,
        moved=planned.plan.moved,
        switched_off=ownership.switched_off(*planned.work.manifests, given.config) if planned.work.manifests else (),
        fallbacks=workers.fallbacks,
        hints=planned.hints,
        template_tags=tags,
    )


def _previous(last: Build, former: Former, ingested: "Ingested", known: "Tallies | None", store: "Store") -> "Previous":
    """What the last build knew, and the tallies that are `known` of it; None: none is needed."""
    from feedloom.pipeline.plan import Feeds, Previous

    return Previous(
        feeds=Feeds(lambda: former.feeds),
        hidden=store.part(last.hidden, "hidden", dict[int, Moment | None]),
        archive=store.part(last.archive, "archive", dict[str, bytes]),
        highest=last.highest,
        crowded=last.crowded,
        tallies=known.of if known else lambda _: {},
        dropped=ingested.dropped,
        added=ingested.added,
        feeds_of=former.feeds_of,
    )
