"""A build on an engine: the same steps, the same bytes, more machines. Decides here, in the main process; works there."""

import contextlib
import gc
import os
import secrets
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec

from feedloom import render
from feedloom.config.settings import Config
from feedloom.engines import code, exchange, executor, grouping, publishing, reading
from feedloom.engines.exchange import Exchange, Missing
from feedloom.engines.executor import Executor
from feedloom.engines.reading import Read
from feedloom.engines.run import Given, Run
from feedloom.engines.steps import Job
from feedloom.errors import ConfigError
from feedloom.feeds import group
from feedloom.model import Feed, FileStamp, Moment, Problem
from feedloom.pipeline import build as local
from feedloom.pipeline import digests, guard, places, rendering, tasks
from feedloom.pipeline.done import Done
from feedloom.pipeline.workers import Progress, no_progress
from feedloom.report import Files, Records, Report, TemplateTags
from feedloom.site import catalog as published_catalog
from feedloom.site import manifest, ownership, publish, store
from feedloom.site.manifest import Manifest
from feedloom.site.store import Output
from feedloom.values import dates, object_urls

_STATE = "build"


class _State(msgspec.Struct, frozen=True, array_like=True):
    """What the last build knew: the digest of its `settings` and program, and what it read, `published` and reported. `yielded`
    are the paths of files that were not written because somebody else had one there.
    """

    settings: bytes
    read: bytes
    since: Moment | None
    until: Moment | None
    manifest: FileStamp | None
    counts: Records
    problems: list[Problem]
    unnamed: int
    feed_count: int
    others: dict[str, FileStamp]
    published: list[str]
    history: guard.History
    yielded: list[str] = []


def build(
    config: Config,
    *,
    now: datetime | None = None,
    fresh: bool = False,
    force: bool = False,
    replace: bool = False,
    wait: float = 0,
    locked: bool = True,
    progress: Progress | None = None,
    news: list[Problem] | None = None,
    patience: float = executor.PATIENCE,
) -> Report:
    """Bring the published feeds up to date with the records, as `pipeline.build.build` does, on the engine of the settings.

    Raises as that does; ConfigError, too, if the workers have another program or cannot reach a folder, and EngineError if the
    engine fails or has no worker for so many seconds of `patience`.
    """
    check(config)
    with (
        store.of(config).locked(wait, lock=locked) as output,
        _collected(),
        executor.opened(config.engine, patience) as engine,
    ):
        return run(config, output, engine, now=now, fresh=fresh, force=force, replace=replace, progress=progress, news=news)


def run(
    config: Config,
    output: Output,
    engine: Executor,
    *,
    now: datetime | None = None,
    fresh: bool = False,
    force: bool = False,
    replace: bool = False,
    progress: Progress | None = None,
    news: list[Problem] | None = None,
) -> Report:
    """A build in a locked output folder, on an engine. Raises as `build`."""
    start = time.monotonic()
    given = Given(
        config=config,
        settings=digests.digest_of(code.digest(), local.settings_digest(config)),
        clock=dates.stamp(now or datetime.now(UTC)),
        progress=progress or no_progress,
        force=force,
        replace=replace,
    )
    work = exchange.opened(_place(config))
    try:
        done = _built(given, output, engine, work, fresh=fresh)
    except exchange.Gone:  # what an earlier build left is damaged
        done = _built(given, output, engine, work, fresh=True)
    return done.report(start, config, news)


def check(config: Config) -> None:
    """Raise ConfigError if workers cannot reach what the settings name, or if what they exchange would be published."""
    places.check(config)
    if not config.engine.startswith("dask:local:"):
        if config.work is None:
            raise ConfigError(f"engine: {config.engine} needs a private place that all workers can reach: --work s3://...")
        records = [part.folder for part in config.parts] or [config.records]
        for what, path in (*(("records", path) for path in records), ("output", config.output), ("work", config.work)):
            if not object_urls.is_url(path):
                raise ConfigError(
                    f"{what}: {path} is a folder of this machine, which workers elsewhere cannot reach: "
                    f"name a bucket (s3://...), or use --engine dask:local:2"
                )
    if places.is_published(_place(config), config):
        raise ConfigError(
            f"work: {config.work} is inside the output {config.output}, so it would be published: choose another place"
        )


def _place(config: Config) -> str:
    """Where the steps of this site exchange objects: beside the cache, unless the settings name a place."""
    site = places.site(config)[:16]
    if config.work is not None:
        return f"{config.work.rstrip('/')}/{site}"
    return f"{config.state or os.path.expanduser(f'~/.cache/feedloom/{site}')}.work"


@contextlib.contextmanager
def _collected() -> Iterator[None]:
    """Look for reference cycles, which a build does not make, but the client of the engine does."""
    was_on = gc.isenabled()
    gc.enable()
    try:
        yield
    finally:
        if not was_on:
            gc.disable()


def _built(given: Given, output: Output, engine: Executor, work: Exchange, *, fresh: bool) -> Done:
    config = given.config
    if fresh:
        work.place.remove(list(work.place.list()))
    last = None
    with contextlib.suppress(Missing):
        last = work.get(_STATE, _State)
    same = last if last and last.settings == given.settings else None
    found = places.scanned(config)
    job = Job(
        config=config,
        work=_place(config),
        run=f"run/{secrets.token_hex(8)}",
        parts=reading.parts(found, config),
        clock=given.clock,
        code=code.digest(),
        began=time.time_ns(),
    )
    run = Run(given, output, engine, work, job)
    read = reading.read(found, run)
    history = last.history if last else guard.History()
    if same and _is_current(same, history, read, run):
        now = guard.after(history, given.clock, same.since, same.until, same.counts.published, force=given.force)
        state = msgspec.structs.replace(same, history=now)
        if guard.is_news(now, history):
            work.put(_STATE, state)
        done = _done(state, Files(0, _file_count(same, work), 0), same, config)
    else:
        state, done = _published(run, read, same, history)
        work.put(_STATE, state)
    _sweep(work, read, state)
    return done


def _done(state: _State, files: Files, same: _State | None, config: Config) -> Done:
    reported = frozenset(same.problems) if same else frozenset()
    return Done(state.counts, state.problems, state.feed_count, files, reported, fallbacks=tuple(_fallbacks(state, config)))


def _is_current(last: _State, history: guard.History, read: Read, run: Run) -> bool:
    """Whether nothing changed since the last build: no record, no setting, no published file, and no record became due."""
    clock, output = run.given.clock, run.output
    if not (
        (run.given.force or not history.is_ahead(clock))
        and last.read == read.digest != b""
        and (last.since is None or last.since <= clock)
        and (last.until is None or clock < last.until)
        and output.stamp() == last.manifest
        and publishing.are_untouched(last.others, output)
        and all(map(output.is_taken, last.yielded))
    ):
        return False
    known = run.work.each(lambda digest: publishing.known_files(digest, run.work, output), last.published)
    return all(files is not None for files in known)


def _file_count(last: _State, work: Exchange) -> int:
    return len(last.others) + sum(
        work.each(lambda one: len(work.needed(f"published/{one}", dict[str, FileStamp])), last.published)
    )


def _published(run: Run, read: Read, same: _State | None, history: guard.History) -> tuple[_State, Done]:
    """Group, plan and guard, then render and publish."""
    given, config, output = run.given, run.config, run.output
    grouped = grouping.grouped(read, run)
    found_manifest = output.manifest()
    how = published_catalog.how_to_go_on(has_manifest=found_manifest is not None)
    found = published_catalog.read(output, how)
    before = found[0] if found else None
    ours = found_manifest or (ownership.recognised(before, config, output) if before else Manifest())
    try:
        plan = grouping.planned(grouped, ownership.published(before, ours, config, output), config)
    except ValueError as error:
        raise published_catalog.damaged(output, error, published_catalog.how_to_go_on(has_manifest=False)) from None
    problems = [
        *group.name_warnings(plan.feeds, grouped.named, config),
        *group.collisions(plan.shared),
        *grouped.problems,
    ]
    if before:
        history = guard.informed(history, given.clock, before.published, before.updated)
    if not given.force:
        guard.check(grouped.counts, history, given.clock, grouped.since, problems, config)

    records = grouping.shown(plan, run)
    shells = render.shells(config)
    run.work.put(f"{run.job.run}/shells", shells)
    run.work.put(f"{run.job.run}/exceptions", plan.exceptions)
    assets = list(render.assets(config))
    lists, yielded = rendering.lists(plan.feeds, tasks.Renderer(0, records, config, shells), ours.paths, output)
    wanted = ownership.wanted(plan.feeds, [path for path, _ in (*assets, *lists)], config)
    _check_obstacles(ours, wanted, same, run)
    todo = publishing.todo(grouped, plan, len(read.shards), run)
    publishing.check_templates(todo, run)
    output.claim(manifest.claimed(ours, wanted))

    folders = {os.path.dirname(path) for path in wanted.paths}
    staging = output.make({above for folder in folders for above in publish.with_those_above(folder)}, 0)
    written, others = output.publish(assets, config.publish.precompress)
    output.settle([""])
    rendered = publishing.rendered(todo, grouped, plan, staging, run)
    for some in ([file for file in lists if "/" in file[0]], [file for file in lists if "/" not in file[0]]):
        last = output.publish(some, config.publish.precompress)
        output.settle({os.path.dirname(path) for path in last.files} | {""})
        written, others = written + last.written, others | last.files
    removed = output.remove(ownership.gone(ours, wanted, output))
    stamp = output.finish(wanted)

    total = len(others) + sum(len(one.files) for one in rendered)
    written_count = len(written) + sum(len(one.written) for one in rendered)
    state = _State(
        settings=given.settings,
        read=read.digest,
        since=grouped.since,
        until=grouped.until,
        manifest=stamp,
        counts=grouped.counts,
        problems=problems,
        unnamed=grouped.unnamed,
        feed_count=sum(isinstance(feed, Feed) for feed in plan.feeds),
        others=others,
        published=todo.names,
        history=guard.after(history, given.clock, grouped.since, grouped.until, grouped.counts.published, force=given.force),
        yielded=yielded,
    )
    done = _done(state, Files(written_count, total - written_count, removed), same, config)
    return state, done._replace(
        moved=plan.moved,
        switched_off=ownership.switched_off(ours, wanted, config),
        template_tags=TemplateTags(todo.tags, todo.tagged) if todo.tags else None,
    )


def _check_obstacles(ours: Manifest, wanted: Manifest, last: _State | None, run: Run) -> None:
    """Raise PublishError if a file would be replaced that feedloom did not write. Those that the last build left are not in
    the way.
    """
    output = run.output
    found = output.obstacles(dict.fromkeys(sorted(wanted.paths)), ours.paths)
    if found.unknown and last:
        stamps = last.others.copy()
        for one in last.published:
            with contextlib.suppress(Missing):
                stamps |= run.work.get(f"published/{one}", dict[str, FileStamp])
        left = output.untouched({path: stamps[path] for path in found.unknown if path in stamps})
    else:
        left = set()
    foreign = [] if run.given.replace else [*(path for path in found.unknown if path not in left), *found.odd]
    if found.fixed or foreign:
        raise publish.in_the_way([*found.fixed, *foreign], output.root, is_fixed=bool(found.fixed))


def _sweep(work: Exchange, read: Read, state: _State) -> None:
    """Remove what no later build will use."""
    kept = {_STATE, *(f"published/{one}" for one in state.published)}
    for shard, found in zip(read.shards, read.found, strict=True):
        if found.is_settled:
            kept |= {f"records/{shard}", f"summaries/{shard}"}
    work.place.remove([name for name in work.place.list() if name not in kept])


def _fallbacks(state: _State, config: Config) -> Iterator[str]:
    if state.unnamed:
        yield f"{state.unnamed:,} more problems are not named; fix these first"
    if config.site.hubs:
        yield "feedloom ping cannot know what a build on an engine changed: use feedloom ping --all"
