"""A build on an engine: the same steps, the same bytes, more machines. Decides here, in the main process; works there."""

import contextlib
import gc
import os
import secrets
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec

from feedloom import render
from feedloom.config.settings import Config, rules
from feedloom.engines import code, exchange, executor, steps
from feedloom.engines.exchange import Exchange, Missing
from feedloom.engines.executor import Executor
from feedloom.engines.steps import Batch, Combined, Exceptions, Job, Published, ReadShard, Selected, Shard
from feedloom.errors import ConfigError
from feedloom.feeds import filters, group
from feedloom.model import Feed, FileStamp, ListedFeed, Moment, Problem
from feedloom.pipeline import build as local
from feedloom.pipeline import digests, guard, places, rendering, tasks
from feedloom.pipeline.plan import moved_feeds
from feedloom.pipeline.workers import Progress, no_progress
from feedloom.records import scan
from feedloom.records.scan import Scan
from feedloom.render import catalog
from feedloom.report import Files, Moved, Records, Report, SwitchedOff, TemplateTags
from feedloom.site import bucket, manifest, ownership, publish, store
from feedloom.site import catalog as published_catalog
from feedloom.site.manifest import Manifest
from feedloom.site.store import Output, Staging
from feedloom.values import dates, object_urls

_BYTES_A_PART = 32 << 20
"""Of record files: what one task groups and renders fits into 1 GiB of memory then, with the feeds that it shows."""
_FEWEST_PARTS = 8
_MOST_PARTS = 1024
_FILES_A_SHARD = 1_000
_MOST_PROBLEMS = 10_000
"""Problems of records that a report names; it says how many more there are."""

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


class _Given(NamedTuple):
    """The input of a build."""

    config: Config
    settings: bytes
    clock: Moment
    progress: Progress
    force: bool
    replace: bool


class _Read(NamedTuple):
    """What was read: the shards by their digests, and what came of each."""

    scan: Scan
    shards: list[str]
    found: list[ReadShard]

    @property
    def digest(self) -> bytes:
        """Differs where any record differs. A shard that could change with the same times has none."""
        settled = all(one.is_settled for one in self.found)
        return digests.digest_of(self.shards, self.scan.problems) if settled else b""


class _Grouped(NamedTuple):
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


class _Plan(NamedTuple):
    """What is to be published: all `feeds` in the order of the catalog, and what the feeds of some parts change in others."""

    feeds: list[ListedFeed]
    retired: list[Any]
    exceptions: Exceptions
    moved: list[Moved]
    shared: list[list[Feed]]


class _Done(NamedTuple):
    """The result of a build. The last one `reported` some of the problems already."""

    state: _State
    files: Files
    reported: frozenset[Problem]
    moved: Sequence[Moved] = ()
    switched_off: Sequence[SwitchedOff] = ()
    tags: TemplateTags | None = None


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
    given = _Given(
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
    state = done.state
    if news is not None:
        news += places.placed((problem for problem in state.problems if problem not in done.reported), config)
    return Report(
        records=state.counts,
        feeds=state.feed_count,
        files=done.files,
        seconds=round(time.monotonic() - start, 3),
        problems=places.placed(state.problems, config),
        moved=list(done.moved),
        switched_off=list(done.switched_off),
        fallbacks=tuple(_fallbacks(state, config)),
        template_tags=done.tags or msgspec.UNSET,
    )


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


def _built(given: _Given, output: Output, engine: Executor, work: Exchange, *, fresh: bool) -> _Done:
    config = given.config
    if fresh:
        work.place.remove(list(work.place.list()))
    last = None
    with contextlib.suppress(Missing):
        last = work.get(_STATE, _State)
    same = last if last and last.settings == given.settings else None
    found = places.scanned(config)
    shards = _shards(found)
    job = Job(
        config=config,
        work=_place(config),
        run=f"run/{secrets.token_hex(8)}",
        parts=_parts(found, config),
        clock=given.clock,
        code=code.digest(),
        began=time.time_ns(),
    )
    ids = [_id(shard, job) for shard in shards]
    for _ in work.each(lambda pair: work.put(f"{job.run}/shards/{pair[0]}", pair[1]), list(zip(ids, shards, strict=True))):
        pass
    work.put(f"{job.run}/names", ids)

    read = _Read(found, ids, _all(engine, steps.read, job, [(id,) for id in ids], "Reading", given.progress))
    scan.check_exports(found)
    history = last.history if last else guard.History()
    if same and _is_current(same, history, read, output, work, given):
        state = msgspec.structs.replace(same, history=_history(given, history, same))
        if guard.is_news(state.history, history):
            work.put(_STATE, state)
        done = _Done(state, Files(0, _file_count(same, work), 0), frozenset(same.problems))
    else:
        done = _published(given, output, engine, work, job, read, same, history)
        work.put(_STATE, done.state)
    _sweep(work, read, done.state)
    return done


def _shards(found: Scan) -> list[Shard]:
    """The record files in shards: each file of many records alone, and of others whole buckets, which a change in another one
    leaves alone.
    """
    alone = [Shard([source]) for bucket in found.buckets for source in bucket if scan.is_shard(source.file)]
    buckets = [[source for source in bucket if not scan.is_shard(source.file)] for bucket in found.buckets]
    count = sum(map(len, buckets))
    together = max(1, len(buckets) >> max(0, count // _FILES_A_SHARD).bit_length())
    joined = (buckets[at : at + together] for at in range(0, len(buckets), together))
    shards = [Shard([source for bucket in some for source in bucket]) for some in joined]
    return [*alone, *(shard for shard in shards if shard.files)]


def _parts(found: Scan, config: Config) -> int:
    """Into how many parts ids and groups are divided: a power of two, so that few more records leave it alone."""
    if config.shards:
        return min(config.shards, _MOST_PARTS)
    size = sum(source.size for bucket in found.buckets for source in bucket)
    return min(_MOST_PARTS, max(_FEWEST_PARTS, 1 << (size // _BYTES_A_PART).bit_length()))


def _id(shard: Shard, job: Job) -> str:
    """The name of what is read from a shard: another one where its files, the rules of reading or the program differ."""
    return digests.digest_of(shard, job.code, rules(job.config), places.records(job.config), job.parts).hex()


def _is_current(last: _State, history: guard.History, read: _Read, output: Output, work: Exchange, given: _Given) -> bool:
    """Whether nothing changed since the last build: no record, no setting, no published file, and no record became due."""
    if not (
        (given.force or not history.is_ahead(given.clock))
        and last.read == read.digest != b""
        and (last.since is None or last.since <= given.clock)
        and (last.until is None or given.clock < last.until)
        and output.stamp() == last.manifest
        and _are_untouched(last.others, output)
        and all(map(output.is_taken, last.yielded))
    ):
        return False
    return all(files is not None for files in work.each(lambda digest: _known(digest, work, output), last.published))


def _are_untouched(files: dict[str, FileStamp], output: Output) -> bool:
    return len(output.untouched(files)) == len(files)


def _known(digest: str, work: Exchange, output: Output) -> dict[str, FileStamp] | None:
    """The files of a batch that an earlier build published, if nobody touched them."""
    try:
        files = work.get(f"published/{digest}", dict[str, FileStamp])
    except Missing:
        return None
    return files if _are_untouched(files, output) else None


def _file_count(last: _State, work: Exchange) -> int:
    return len(last.others) + sum(
        work.each(lambda one: len(work.needed(f"published/{one}", dict[str, FileStamp])), last.published)
    )


def _published(
    given: _Given,
    output: Output,
    engine: Executor,
    work: Exchange,
    job: Job,
    read: _Read,
    same: _State | None,
    history: guard.History,
) -> _Done:
    """Group, plan and guard, then render and publish."""
    config = given.config
    grouped = _grouped(engine, work, job, read, given)
    found_manifest = output.manifest()
    how = local.how_to_go_on(has_manifest=found_manifest is not None)
    found = published_catalog.read(output, how)
    before = found[0] if found else None
    ours = found_manifest or (ownership.recognised(before, config, output) if before else Manifest())
    try:
        plan = _planned(grouped, ownership.published(before, ours, config, output), config)
    except ValueError as error:
        raise published_catalog.damaged(output, error, local.how_to_go_on(has_manifest=False)) from None
    problems = [
        *group.name_warnings(plan.feeds, grouped.named, config),
        *group.collisions(plan.shared),
        *grouped.problems,
    ]
    if before:
        history = guard.informed(history, given.clock, before.published, before.updated)
    if not given.force:
        local.check_guard(grouped.counts, history, given.clock, grouped.since, problems, config)

    records = _shown(plan, engine, job, given)
    shells = render.shells(config)
    work.put(f"{job.run}/shells", shells)
    work.put(f"{job.run}/exceptions", plan.exceptions)
    assets = list(render.assets(config))
    lists, yielded = rendering.lists(plan.feeds, tasks.Renderer(0, records, config, shells), ours, output)
    wanted = ownership.wanted(plan.feeds, [path for path, _ in (*assets, *lists)], config)
    _check_obstacles(output, ours, wanted, same, work, replace=given.replace)
    todo = _todo(grouped, plan, len(read.shards), output, engine, work, job, given)
    _check_templates(todo, engine, job, given)
    output.claim(manifest.claimed(ours, wanted))

    folders = {os.path.dirname(path) for path in wanted.paths}
    staging = output.make({above for folder in folders for above in publish.with_those_above(folder)}, 0)
    written, others = output.publish(assets, config.publish.precompress)
    output.settle([""])
    done = _rendered(todo, grouped, plan, staging, output, engine, work, job, given)
    for some in ([file for file in lists if "/" in file[0]], [file for file in lists if "/" not in file[0]]):
        last = output.publish(some, config.publish.precompress)
        output.settle({os.path.dirname(path) for path in last.files} | {""})
        written, others = written + last.written, others | last.files
    removed = output.remove(ownership.gone(ours, wanted, output))
    stamp = output.finish(wanted)

    total = len(others) + sum(len(one.files) for one in done)
    written_count = len(written) + sum(len(one.written) for one in done)
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
        history=history,
        yielded=yielded,
    )
    return _Done(
        state=msgspec.structs.replace(state, history=_history(given, history, state)),
        files=Files(written_count, total - written_count, removed),
        reported=frozenset(same.problems) if same else frozenset(),
        moved=plan.moved,
        switched_off=ownership.switched_off(ours, wanted, config),
        tags=TemplateTags(todo.tags, todo.tagged) if todo.tags else None,
    )


def _grouped(engine: Executor, work: Exchange, job: Job, read: _Read, given: _Given) -> _Grouped:
    """Group all records into feeds."""
    progress = given.progress
    parts = [(part,) for part in range(job.parts)]
    newest = max((one.newest for one in read.found if one.newest is not None), default=Moment(0))
    job = msgspec.structs.replace(job, newest=newest)
    selected: list[Selected] = _all(engine, steps.select, job, parts, "Grouping", progress)
    _all(engine, steps.combine, job, parts, "Grouping", progress)
    combined = list(work.each(lambda part: work.needed(f"{job.run}/live/{part}", Combined), range(job.parts)))

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
    return _Grouped(
        parts=combined,
        counts=counts,
        problems=[*read.scan.problems, *named],
        named=filters.joined(one.named for one in selected),
        unnamed=sum(one.problem_count for one in read.found) + counts.duplicates - len(named),
        since=max((one.since for one in selected if one.since is not None), default=None),
        until=min((one.until for one in selected if one.until is not None), default=None),
    )


def _planned(grouped: _Grouped, published: Sequence[catalog.PublishedFeed], config: Config) -> _Plan:
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
    return _Plan(
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


def _shown(plan: _Plan, engine: Executor, job: Job, given: _Given) -> steps.Arrived:
    """The records that the lists of feeds name."""
    found = steps.Arrived()
    if given.config.pages:
        wanted = steps.by_shard(render.shown_records(plan.feeds, given.config))
        for some in _all(engine, steps.fetch, job, sorted(wanted.items()), "Grouping", given.progress):
            found.add(some)
    return found


def _check_obstacles(
    output: Output, ours: Manifest, wanted: Manifest, last: _State | None, work: Exchange, *, replace: bool
) -> None:
    """Raise PublishError if a file would be replaced that feedloom did not write. Those that the last build left are not in
    the way.
    """
    found = output.obstacles(dict.fromkeys(sorted(wanted.paths)), ours.paths)
    if found.unknown and last:
        stamps = last.others.copy()
        for one in last.published:
            with contextlib.suppress(Missing):
                stamps |= work.get(f"published/{one}", dict[str, FileStamp])
        left = output.untouched({path: stamps[path] for path in found.unknown if path in stamps})
    else:
        left = set()
    foreign = [] if replace else [*(path for path in found.unknown if path not in left), *found.odd]
    if found.fixed or foreign:
        raise publish.in_the_way([*found.fixed, *foreign], output.root, is_fixed=bool(found.fixed))


class _Todo(NamedTuple):
    """The batches of a site by the digests of all that their files depend on: all `names`, the files of those that are `known`
    from an earlier build, and the others, whose records were `sent`. There are so many template `tags` in `tagged` bodies.
    """

    names: list[str]
    known: dict[str, dict[str, FileStamp]]
    batches: list[tuple[str, Batch]]
    sent: tuple[str, ...]
    tagged: int
    tags: int

    def task(self, batch: Batch, staging: Staging | None) -> tuple[Any, ...]:
        """The task of a batch."""
        is_sent = batch.name in self.sent
        return batch.name, self.sent.index(batch.name) if is_sent else 0, len(self.sent) if is_sent else 0, staging


def _todo(
    grouped: _Grouped, plan: _Plan, shards: int, output: Output, engine: Executor, work: Exchange, job: Job, given: _Given
) -> _Todo:
    """Which batches differ from those of an earlier build. Their records are sent to them."""
    batches = [batch for part in grouped.parts for batch in part.batches]
    if plan.retired:
        packed = tasks.packed(plan.retired)
        work.put(f"{job.run}/feeds/{steps.RETIRED}", packed)
        batches.append(Batch(steps.RETIRED, digests.digest(packed), is_archive=False))
    own = _own_exceptions(grouped, plan)
    existing = sorted(plan.exceptions.existing or ())
    names = [
        digests.digest_of(given.settings, batch, own.get(batch.name.partition("-")[0]), existing).hex() for batch in batches
    ]
    found = zip(names, work.each(lambda name: _known(name, work, output), names), strict=True)
    known = {name: files for name, files in found if files is not None}
    others = [(name, batch) for name, batch in zip(names, batches, strict=True) if name not in known]
    sent = tuple(batch.name for _, batch in others if batch.name != steps.RETIRED)
    results = _all(engine, steps.send, job, [(at, sent) for at in range(shards if sent else 0)], "Sending", given.progress)
    return _Todo(names, known, others, sent, sum(one.tagged for one in results), sum(one.tags for one in results))


def _check_templates(todo: _Todo, engine: Executor, job: Job, given: _Given) -> None:
    """Fill in all templates of the owner before anything is published. Raises ConfigError if one is broken."""
    if given.config.pages and given.config.own.templates:
        asked = [todo.task(batch, None) for _, batch in todo.batches]
        _all(engine, steps.publish_batch, job, asked, "Checking", given.progress)


def _rendered(
    todo: _Todo,
    grouped: _Grouped,
    plan: _Plan,
    staging: Staging,
    output: Output,
    engine: Executor,
    work: Exchange,
    job: Job,
    given: _Given,
) -> list[Published]:
    """Render and publish batches, and give the files of all: archive documents first, then feeds, which link to them."""
    done = [Published([], files) for files in todo.known.values()]
    for is_archive in (True, False):
        some = [(name, batch) for name, batch in todo.batches if batch.is_archive == is_archive]
        asked = [todo.task(batch, _staging_of(batch, grouped, plan, staging, given.config)) for _, batch in some]
        found = _all(engine, steps.publish_batch, job, asked, "Writing", given.progress)
        for one in found:
            if one.staged:
                output.take(one.staged)
        output.settle({os.path.dirname(path) for one in found for path in one.files} | {""})
        pairs = [(name, one.files) for (name, _), one in zip(some, found, strict=True)]
        for _ in work.each(lambda pair: work.put(f"published/{pair[0]}", pair[1]), pairs):
            pass
        done += found
    return done


def _staging_of(batch: Batch, grouped: _Grouped, plan: _Plan, staging: Staging, config: Config) -> Staging:
    """How the files of a batch are written: of all files of the site, a task needs to know those of its own feeds."""
    if not isinstance(staging, bucket.Staging):
        return staging
    feeds = plan.retired if batch.name == steps.RETIRED else grouped.parts[int(batch.name.partition("-")[0])].feeds
    paths = (path for feed in feeds for path in render.paths(feed, config))
    return staging._replace(known={path: staging.known[path] for path in paths if path in staging.known})


def _own_exceptions(grouped: _Grouped, plan: _Plan) -> dict[str, Any]:
    """What the feeds of other parts change in those of a part, by its number."""
    lost, apart = set(plan.exceptions.lost), plan.exceptions.apart
    found = {}
    for part, combined in enumerate(grouped.parts):
        own = [(feed.group, apart.get(feed.address)) for feed in combined.feeds if feed.group in lost or feed.address in apart]
        if own:
            found[str(part)] = own
    return found


def _all(engine: Executor, step: Any, job: Job, given: Sequence[tuple[Any, ...]], what: str, progress: Progress) -> list[Any]:
    """The results of a step, in the order of its tasks."""
    results: list[Any] = [None] * len(given)
    for done, (at, result) in enumerate(engine.run(step, job, given), start=1):
        results[at] = result
        progress(what, done, len(given))
    return results


def _sweep(work: Exchange, read: _Read, state: _State) -> None:
    """Remove what no later build will use."""
    kept = {_STATE, *(f"published/{one}" for one in state.published)}
    for shard, found in zip(read.shards, read.found, strict=True):
        if found.is_settled:
            kept |= {f"records/{shard}", f"summaries/{shard}"}
    work.place.remove([name for name in work.place.list() if name not in kept])


def _history(given: _Given, history: guard.History, state: _State) -> guard.History:
    """What the guard of the next build should know. A forced build starts anew."""
    before = guard.History() if given.force else history
    return guard.after(before, given.clock, state.since, state.until, state.counts.published)


def _fallbacks(state: _State, config: Config) -> Iterator[str]:
    if state.unnamed:
        yield f"{state.unnamed:,} more problems are not named; fix these first"
    if config.site.hubs:
        yield "feedloom ping cannot know what a build on an engine changed: use feedloom ping --all"
