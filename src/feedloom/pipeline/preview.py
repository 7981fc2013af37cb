"""What a build would write, remove and retire, and why; for a dry run."""

from collections.abc import Collection, Iterable, Iterator
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from feedloom.feeds import aliases, group
from feedloom.model import ARCHIVE, ListedFeed, RecordSummary, RetiredFeed
from feedloom.pipeline import rendering
from feedloom.pipeline.changes import Change, changes
from feedloom.pipeline.plan import Previous
from feedloom.pipeline.rendering import Work
from feedloom.pipeline.workers import Workers
from feedloom.render import formats
from feedloom.report import DryRun, Files, PlannedFiles
from feedloom.site import ownership
from feedloom.site.store import Output
from feedloom.values import packed

_SAME_SETTINGS = (
    "a published file is missing or was changed, or another feed has the same title or path, or is new and linked from this one"
)
_CUSTOM = "a published file is missing or was changed, or other records changed what its conditions select"
_OTHER_SETTINGS = "the settings changed"
_NO_CACHE = "differs from what is published; the cache has no last build to compare with"


class Compared(NamedTuple):
    """The paths that a build would write, of which some are `existing`, and those that it would remove; and their counts."""

    written: AbstractSet[str]
    existing: AbstractSet[str]
    removed: Collection[str]
    counts: Files


def compared(work: Work, output: Output, workers: Workers) -> Compared:
    """Compare what would be published with what exists. Raises Damaged and PublishError."""
    assert work.manifests
    wanted = work.manifests.after.paths
    existing = set(output.existing(wanted))
    written = (wanted - existing) | set(rendering.differing(work, output, existing, workers))
    removed = output.existing(ownership.gone(*work.manifests, output), regular=True)
    return Compared(written, existing, removed, Files(len(written), len(wanted) - len(written), len(removed)))


def preview(
    work: Work, files: Compared, last: Previous | None, summaries: Collection[RecordSummary], *, same_settings: bool
) -> DryRun:
    """What a build would do, and why. The `last` build is None if the cache does not know it."""
    usual = _SAME_SETTINGS if same_settings else _OTHER_SETTINGS if last else _NO_CACHE
    found = changes(last, summaries, work.plan.hidden, work.config) if last else {}
    by_stem = _by_stem(files.written)
    write: list[PlannedFiles] = []
    for feed in group.in_order(work.plan.dirty):
        names = (feed, *aliases.of(feed, work.config))
        if paths := tuple(path for name in names for path in by_stem.get(name.address, ())):
            change = found.get(feed.group, Change())
            why = _why(feed, change, usual, is_new=files.existing.isdisjoint(paths))
            write.append(PlannedFiles(feed.address, paths, why, **change._asdict()))
    documents = sorted(work.plan.documents, key=lambda document: document.address)
    write += [
        PlannedFiles(document.address, tuple(by_stem[document.address]), f"archive of {document.of.address}")
        for document in documents
        if document.address in by_stem
    ]
    for own, why in ((work.assets, "stylesheets and script"), (work.lists, "lists of feeds")):
        named = packed.with_copies((path for path, _ in own), work.config.publish.precompress)
        if paths := tuple(sorted(path for path in named if path in files.written)):
            write.append(PlannedFiles(None, paths, why))
    retired = tuple(feed.address for feed in work.plan.retired)
    return DryRun(tuple(write), tuple(_removals(work, files.removed)), retired)


def _why(feed: ListedFeed, change: Change, usual: str, *, is_new: bool) -> str:
    if isinstance(feed, RetiredFeed):
        return "retired: no record belongs to it any more"
    if any(change):
        return str(change)
    if is_new:
        return f"new, with {feed.total:,} {'record' if feed.total == 1 else 'records'}"
    if usual == _SAME_SETTINGS and feed.kind == "custom":
        return _CUSTOM
    return usual


def _removals(work: Work, removed: Iterable[str]) -> Iterator[PlannedFiles]:
    moved = {one.former: one.address for one in work.plan.moved}
    for stem, paths in _by_stem(removed).items():
        is_off = all(_is_off(path, work) for path in paths)
        if moved.get(stem):
            why = f"moved to {moved[stem]}"
        elif is_off:
            why = "switched off in the settings"
        elif stem.startswith(ARCHIVE):
            why = "replaced by another archive document"
        else:
            why = "not part of the site any more"
        yield PlannedFiles(None, tuple(paths), why)


def _is_off(path: str, work: Work) -> bool:
    """Whether the settings ask for no such file: its format, its page or its compressed copy."""
    original = packed.original(path)
    suffix = original.rpartition(".")[2]
    is_wanted = original == path or path in packed.copies(original, work.config.publish.precompress)
    return not is_wanted or (suffix in formats.ALL_SUFFIXES and suffix not in formats.suffixes(work.config))


def _by_stem(paths: Iterable[str]) -> dict[str, list[str]]:
    """Paths by what they are without suffix, each in the order of formats."""
    found: dict[str, list[str]] = {}
    for path in sorted(paths, key=_order):
        found.setdefault(packed.original(path).rpartition(".")[0], []).append(path)
    return found


def _order(path: str) -> tuple[str, int, str]:
    stem, _, suffix = packed.original(path).rpartition(".")
    return stem, formats.ALL_SUFFIXES.index(suffix) if suffix in formats.ALL_SUFFIXES else -1, path
