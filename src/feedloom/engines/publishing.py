"""The files of a build on an engine: which batches of feeds differ from those of earlier builds, and are rendered."""

import os
from typing import Any, NamedTuple

from feedloom import render
from feedloom.config.settings import Config
from feedloom.engines import steps
from feedloom.engines.exchange import Exchange, Missing
from feedloom.engines.grouping import Grouped, Plan
from feedloom.engines.run import Run
from feedloom.engines.steps import Batch, Published
from feedloom.model import FileStamp
from feedloom.pipeline import digests, tasks
from feedloom.site import bucket
from feedloom.site.store import Output, Staging


class Todo(NamedTuple):
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


def todo(grouped: Grouped, plan: Plan, shards: int, run: Run) -> Todo:
    """Which batches differ from those of an earlier build. Their records, from so many shards, are sent to them."""
    batches = [batch for part in grouped.parts for batch in part.batches]
    if plan.retired:
        packed = tasks.packed(plan.retired)
        run.work.put(f"{run.job.run}/feeds/{steps.RETIRED}", packed)
        batches.append(Batch(steps.RETIRED, digests.digest(packed), is_archive=False))
    own = _own_exceptions(grouped, plan)
    existing = sorted(plan.exceptions.existing or ())
    settings = run.given.settings
    names = [digests.digest_of(settings, batch, own.get(batch.name.partition("-")[0]), existing).hex() for batch in batches]
    found = zip(names, run.work.each(lambda name: known_files(name, run.work, run.output), names), strict=True)
    known = {name: files for name, files in found if files is not None}
    others = [(name, batch) for name, batch in zip(names, batches, strict=True) if name not in known]
    sent = tuple(batch.name for _, batch in others if batch.name != steps.RETIRED)
    results = run.all(steps.send, [(at, sent) for at in range(shards if sent else 0)], "Sending")
    return Todo(names, known, others, sent, sum(one.tagged for one in results), sum(one.tags for one in results))


def check_templates(todo: Todo, run: Run) -> None:
    """Fill in all templates of the owner before anything is published. Raises ConfigError if one is broken."""
    if run.config.pages and run.config.own.templates:
        run.all(steps.publish_batch, [todo.task(batch, None) for _, batch in todo.batches], "Checking")


def rendered(todo: Todo, grouped: Grouped, plan: Plan, staging: Staging, run: Run) -> list[Published]:
    """Render and publish batches, and give the files of all: archive documents first, then feeds, which link to them."""
    done = [Published([], files) for files in todo.known.values()]
    for is_archive in (True, False):
        some = [(name, batch) for name, batch in todo.batches if batch.is_archive == is_archive]
        asked = [todo.task(batch, _staging_of(batch, grouped, plan, staging, run.config)) for _, batch in some]
        found = run.all(steps.publish_batch, asked, "Writing")
        for one in found:
            if one.staged:
                run.output.take(one.staged)
        run.output.settle({os.path.dirname(path) for one in found for path in one.files} | {""})
        pairs = [(name, one.files) for (name, _), one in zip(some, found, strict=True)]
        for _ in run.work.each(lambda pair: run.work.put(f"published/{pair[0]}", pair[1]), pairs):
            pass
        done += found
    return done


def known_files(digest: str, work: Exchange, output: Output) -> dict[str, FileStamp] | None:
    """The files of a batch that an earlier build published, if nobody touched them."""
    try:
        files = work.get(f"published/{digest}", dict[str, FileStamp])
    except Missing:
        return None
    return files if are_untouched(files, output) else None


def are_untouched(files: dict[str, FileStamp], output: Output) -> bool:
    """Whether nobody touched published files."""
    return len(output.untouched(files)) == len(files)


def _staging_of(batch: Batch, grouped: Grouped, plan: Plan, staging: Staging, config: Config) -> Staging:
    """How the files of a batch are written: of all files of the site, a task needs to know those of its own feeds."""
    if not isinstance(staging, bucket.Staging):
        return staging
    feeds = plan.retired if batch.name == steps.RETIRED else grouped.parts[int(batch.name.partition("-")[0])].feeds
    paths = (path for feed in feeds for path in render.paths(feed, config))
    return staging._replace(known={path: staging.known[path] for path in paths if path in staging.known})


def _own_exceptions(grouped: Grouped, plan: Plan) -> dict[str, Any]:
    """What the feeds of other parts change in those of a part, by its number."""
    lost, apart = set(plan.exceptions.lost), plan.exceptions.apart
    found = {}
    for part, combined in enumerate(grouped.parts):
        own = [(feed.group, apart.get(feed.address)) for feed in combined.feeds if feed.group in lost or feed.address in apart]
        if own:
            found[str(part)] = own
    return found
