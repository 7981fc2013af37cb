"""Carry out a plan: render what is dirty, and publish it or compare it with what is published."""

import gc
import os
from collections.abc import Callable, Collection, Container, Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple

import msgspec

from feedloom import render
from feedloom.config.settings import Config
from feedloom.model import Document, FileStamp, ListedFeed
from feedloom.pipeline import tasks
from feedloom.pipeline.former import Former
from feedloom.pipeline.memory import Store
from feedloom.pipeline.plan import Plan
from feedloom.pipeline.workers import Progress, Workers
from feedloom.report import TemplateTags
from feedloom.site import ownership, publish
from feedloom.site.manifest import Manifest
from feedloom.site.publish import Published, Staged
from feedloom.site.store import Output
from feedloom.values import packed, slugs

_FEEDS_A_TASK = 16
_BODIES_A_TASK = 50
_BODIES_A_ROUND = 1_000
"""Their bytes are in the memory of the main process."""

MANY_FEEDS = 10_000
"""Feeds of a plan that is moved to other memory before it is carried out: it takes a second for each 100,000."""

_MEMORY = 60 << 20
_LITTLE_MEMORY = 15 << 20
"""Bytes for rendered entries, in all processes together. With the first, a first build of 50,000 records takes less than 200
MiB. Of many feeds, most entries would not be there any more when they are shown again.
"""


class Manifests(NamedTuple):
    """The files that feedloom owns before a build and after it."""

    before: Manifest
    after: Manifest


class Work(NamedTuple):
    """A plan, of documents without their entries, and what is needed to carry it out.

    `shown` are the entries of what is rendered, packed, by address: so memory does not grow with what was grouped.
    `assets` and `lists` are the files of no feed, which are published before and after all feeds. Somebody else has files in
    place of the `yielded` lists. The paths of files that feedloom owns are in `ours`. Without `manifests`, these stay the same.
    Pages that list feeds are made of `rows`, packed.
    """

    plan: Plan
    shown: Mapping[str, bytes]
    assets: list[tuple[str, bytes]]
    lists: list[tuple[str, bytes]]
    yielded: list[str]
    ours: Container[str]
    manifests: Manifests | None
    rows: bytes | None
    config: Config
    renderer: tasks.Renderer

    @property
    def documents(self) -> list[Document]:
        """What is rendered, in this order."""
        return [*self.plan.documents, *self.plan.dirty]


def without_entries(plan: Plan) -> tuple[Plan, dict[str, bytes]]:
    """A plan without tallies and entries, which would take too much memory, and what its documents show, packed, by address.

    Dirty feeds with newer entries come first: those that show many of the same records are rendered one after another.
    """
    dirty = sorted(plan.dirty, key=lambda feed: feed.entries[-1].updated if feed.entries else 0, reverse=True)
    documents = [*plan.documents, *dirty]
    shown = dict(zip((document.address for document in documents), tasks.showings(documents), strict=True))
    plan = plan._replace(
        feeds=[feed.without_entries for feed in plan.feeds] if plan.renewed is None else plan.feeds,
        documents=[document.without_entries for document in plan.documents],
        dirty=[feed.without_entries for feed in dirty],
        shared=[[feed.without_entries for feed in feeds] for feeds in plan.shared],
        tallies={},
        renewed=None if plan.renewed is None else [(former, feed.without_entries) for former, feed in plan.renewed],
    )
    return plan, shown


def to_bytes(plan: Plan, shown: Mapping[str, bytes]) -> bytes:
    """A plan without entries, and what its documents show, in one piece of memory."""
    return msgspec.msgpack.encode((plan._replace(dirty=[]), [feed.address for feed in plan.dirty], shown))


def from_bytes(data: bytes) -> tuple[Plan, dict[str, bytes]]:
    """What `to_bytes` made bytes of, when nothing else refers to it any more. What grouping used lies between what stays, so
    the system gets it back only when all of that is free: caches are emptied for it, too.
    """
    slugs.identity.cache_clear()
    gc.collect()  # Python's lists of free objects, too
    plan, addresses, shown = msgspec.msgpack.decode(data, type=tuple[Plan, list[str], dict[str, bytes]])
    feeds = {feed.address: feed for feed in plan.feeds}
    return plan._replace(dirty=[feeds[address] for address in addresses]), shown


def work(
    plan: Plan,
    shown: Mapping[str, bytes],
    ours: Manifest | Mapping[str, FileStamp],
    former: Former,
    output: Output,
    renderer: tasks.Renderer,
) -> Work:
    """The work of a plan, as `without_entries` returned it. `ours` is the manifest, or the stamps of files if none comes or
    goes. Raises Damaged if a record is not in the cache.
    """
    config = renderer.config
    assets = list(render.assets(config))
    manifests = None
    if isinstance(ours, Manifest):
        rows = render.rows(plan.feeds) if config.index else None
        listing, yielded = lists(plan.feeds, renderer, ours.paths, output, rows)
        wanted = ownership.wanted(plan.feeds, [path for path, _ in (*assets, *listing)], config)
        manifests = Manifests(ours, wanted)
    else:
        listing, yielded, rows = _renewed_lists(plan, ours, former, output, renderer)
    paths = ours.paths if isinstance(ours, Manifest) else ours
    packed_rows = msgspec.msgpack.encode(rows) if rows else None
    return Work(plan, shown, assets, listing, yielded, paths, manifests, packed_rows, config, renderer)


def _renewed_lists(
    plan: Plan, stamps: Mapping[str, FileStamp], former: Former, output: Output, renderer: tasks.Renderer
) -> tuple[list[tuple[str, bytes]], list[str], render.Rows | None]:
    """As `lists`, of those that changed, and the rows of all feeds."""
    config = renderer.config
    changed = plan.renewed or []
    before = former.rows if config.index else None
    rows = before and render.renewed_rows(before, (feed for _, feed in changed))
    if config.index and not rows:
        before, rows = None, render.rows(plan.feeds)  # in other months, all feeds have other rows

    def find(addresses: Collection[str]) -> dict[str, ListedFeed]:
        return former.feeds_at(addresses) | {feed.address: feed for _, feed in changed}

    def published(path: str) -> bytes | None:
        return output.read(path) if path in stamps and output.untouched({path: stamps[path]}) else None

    given = renderer.records, config, renderer.shells
    found = render.renewed_lists(plan.feeds, changed, find, published, *given, (before, rows))
    return *_own(found, stamps, output), rows


def memory_for_entries(feeds: int, jobs: int) -> int:
    """Bytes that each process may use for rendered entries of so many feeds."""
    return (_MEMORY if feeds <= MANY_FEEDS else _LITTLE_MEMORY) // jobs


def render_bodies(work: Work, store: Store, progress: Progress, workers: Workers) -> TemplateTags | None:
    """Render the bodies that are shown and not known yet, each once, and store them. Returns the template tags in these."""
    if work.config.content != "full":
        return None
    shown = list({number: seal for its in work.shown.values() for number, seal in tasks.seals(its).items()}.items())
    render = partial(tasks.render_bodies, source=store.source)
    tags = bodies = 0
    for at in range(0, len(shown), _BODIES_A_ROUND):
        progress("Rendering", at, len(shown))
        some = shown[at : at + _BODIES_A_ROUND]
        batches = [dict(some[first : first + _BODIES_A_TASK]) for first in range(0, len(some), _BODIES_A_TASK)]
        found = list(workers.map(render, batches))  # all of a round: nobody can read the cache while it is written
        store.add_bodies(row for one in found for row in one.rows)
        store.commit()
        tags += sum(one.tags for one in found)
        bodies += sum(one.tagged for one in found)
    return TemplateTags(tags, bodies) if tags else None


def check_obstacles(work: Work, output: Output, former: Former, workers: Workers, *, replace: bool) -> None:
    """Raise PublishError if a file would be replaced that feedloom did not write.

    Files that have the right bytes already are not in the way, nor are those that the `former` build left and nobody touched.
    """
    own = packed.with_copies((path for path, _ in (*work.assets, *work.lists)), work.config.publish.precompress)
    paths = [path for document in work.documents for path in render.paths(document, work.config)]
    found = output.obstacles(dict.fromkeys((*own, *paths)), work.ours)
    left = former.files if found.unknown else {}
    unknown = set(found.unknown) - output.untouched({path: left[path] for path in found.unknown if path in left})
    foreign = [] if replace else [*(differing(work, output, unknown, workers) if unknown else ()), *found.odd]
    if found.fixed or foreign:
        raise publish.in_the_way([*found.fixed, *foreign], output.root, is_fixed=bool(found.fixed))


def check_templates(work: Work, workers: Workers) -> None:
    """Fill in all templates of the owner before anything is published. Raises ConfigError if one is broken."""
    if work.config.pages and work.config.own.templates:
        for _ in workers.map(partial(tasks.check, renderer=work.renderer), *_tasks(work.documents, work)):
            pass


def differing(work: Work, output: Output, among: Collection[str], workers: Workers) -> list[str]:
    """Which of the files in `among` would get other bytes. Raises PublishError."""
    staging = output.staging()
    files = frozenset(among)
    documents = [document for document in work.documents if not files.isdisjoint(render.paths(document, work.config))]
    found = staging.differing((*work.assets, *work.lists), files, work.config.publish.precompress)
    compare = partial(tasks.differing, renderer=work.renderer, staging=staging, among=files)
    for some in workers.map(compare, *_tasks(documents, work)):
        found += some
    return found


def carry_out(work: Work, output: Output, progress: Progress, workers: Workers) -> Published:
    """Render what is dirty and update its files. Raises PublishError.

    Archive documents come first, since feeds link to them; then feeds, then the lists, so that none names a feed that does not
    exist. Stylesheets come before all, since pages need them.
    """
    shown = [path for document in work.documents for path in render.paths(document, work.config)]
    every = work.manifests.after.paths if work.manifests else (*shown, *(path for path, _ in (*work.assets, *work.lists)))
    folders = {path.rpartition("/")[0] for path in every}
    staging = output.make({above for folder in folders for above in publish.with_those_above(folder)}, len(shown))
    written, files = output.publish(work.assets, work.config.publish.precompress)
    if written or output.is_recovering:
        output.settle([""])
    archives, feeds = work.plan.documents, work.plan.dirty
    total = _count(archives) + _count(feeds)
    done = 0
    stage = partial(tasks.stage_feeds, renderer=work.renderer, staging=staging)
    ways: list[Callable[[], Iterator[Staged]]] = [
        lambda: workers.map(stage, *_tasks(archives, work)),  # in their order: each links to the one before
        lambda: workers.spread(stage, partial(_task, feeds, work), _count(feeds)),
    ]
    for results in ways:
        folders = {""}
        for staged in results():
            progress("Writing", done, total)
            done += 1
            output.take(staged)
            written += staged.paths
            files |= staged.files
            folders |= set(map(os.path.dirname, staged.files))
        output.settle(folders)
    # The front page names the lists of single kinds, which are in the folders of these feeds.
    compressed = work.config.publish.precompress
    inner = output.publish([file for file in work.lists if "/" in file[0]], compressed)
    if inner.written:
        output.settle({os.path.dirname(path) for path in inner.files})
    lists = output.publish([file for file in work.lists if "/" not in file[0]], compressed)
    output.settle([""])
    files |= inner.files | lists.files  # not copied: a large site has hundreds of thousands
    return Published(written + inner.written + lists.written, files)


def _task(documents: Sequence[Document], work: Work, number: int) -> bytes:
    """Some of the documents as a task."""
    some = documents[number * _FEEDS_A_TASK : (number + 1) * _FEEDS_A_TASK]
    return tasks.joined((one, work.shown[one.address]) for one in some)


def _tasks(documents: Sequence[Document], work: Work) -> tuple[Iterator[bytes], int]:
    """Documents as tasks, and how many these are."""
    count = _count(documents)
    return map(partial(_task, documents, work), range(count)), count


def _count(documents: Sequence[Document]) -> int:
    """The number of tasks of documents."""
    return -(-len(documents) // _FEEDS_A_TASK)


def lists(
    feeds: Collection[ListedFeed],
    renderer: tasks.Renderer,
    ours: Container[str],
    output: Output,
    rows: render.Rows | None = None,
) -> tuple[list[tuple[str, bytes]], list[str]]:
    """The files that name the feeds, and the paths of those that are left out because somebody else has one there."""
    return _own(render.lists(feeds, renderer.records, renderer.config, renderer.shells, rows), ours, output)


def _own(lists: Iterator[tuple[str, bytes]], ours: Container[str], output: Output) -> tuple[list[tuple[str, bytes]], list[str]]:
    """The lists, and the paths of those that are left out."""
    foreign = {path for path in render.YIELDING if path not in ours and output.is_taken(path)}
    files = dict(lists)
    yielded = sorted(foreign & files.keys())
    return [(path, data) for path, data in files.items() if path not in foreign], yielded
