"""What a build would write, remove and retire, and why; for a dry run."""

from collections.abc import Collection, Iterable, Iterator

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
from feedloom.site.publish import Output


def preview(
    work: Work, output: Output, previous: Previous | None, summaries: Collection[RecordSummary], workers: Workers
) -> tuple[Files, DryRun]:
    """The counts of files, and the plan: what exists is compared with what would be published. Raises Damaged, PublishError."""
    wanted = work.wanted.paths
    existing = set(output.existing(wanted))
    written = (wanted - existing) | set(rendering.differing(work, existing, workers))
    removed = output.existing(ownership.gone(work.ours, work.wanted, work.config.output), regular=True)
    plan = DryRun(
        write=tuple(_writes(work, written, existing, previous, summaries)),
        remove=tuple(_removals(work, removed)),
        retire=tuple(feed.address for feed in work.plan.retired),
    )
    return Files(len(written), len(wanted) - len(written), len(removed)), plan


def _writes(
    work: Work,
    written: Collection[str],
    existing: Collection[str],
    previous: Previous | None,
    summaries: Iterable[RecordSummary],
) -> Iterator[PlannedFiles]:
    """Feeds in the order of the catalog, then archive documents, then the files of no feed."""
    by_stem = _by_stem(written)
    found = changes(previous, summaries, work.plan.hidden, work.config) if previous else {}
    for feed in group.in_order(work.plan.dirty):
        names = (feed, *aliases.of(feed, work.config))
        files = tuple(path for name in names for path in by_stem.pop(name.address, ()))
        if files:
            change = found.get(feed.group, Change())
            why = _why(feed, change, files, existing, previous)
            yield PlannedFiles(feed.address, files, why, **change._asdict())
    for document in sorted(work.plan.documents, key=lambda document: document.address):
        if files := tuple(by_stem.pop(document.address, ())):
            yield PlannedFiles(document.address, files, f"archive of {document.of.address}")
    if others := sorted(path for paths in by_stem.values() for path in paths):
        yield PlannedFiles(None, tuple(others), "lists of feeds, and files for HTML pages")


def _why(feed: ListedFeed, change: Change, files: Iterable[str], existing: Collection[str], previous: Previous | None) -> str:
    if isinstance(feed, RetiredFeed):
        return "retired: no record belongs to it any more"
    if any(change):
        return str(change)
    if not any(path in existing for path in files):
        return f"new, with {Change(feed.total)}".removesuffix(" new") if feed.total else "new, without records"
    if previous is None:
        return "other content than published"
    return "a published file is missing or was changed, or its title or path depends on another feed"


def _removals(work: Work, removed: Iterable[str]) -> Iterator[PlannedFiles]:
    moved = {one.former: one.address for one in work.plan.moved}
    suffixes = formats.suffixes(work.config)
    for stem, paths in sorted(_by_stem(removed).items()):
        off = [suffix for suffix in formats.ALL_SUFFIXES if suffix not in suffixes and f"{stem}.{suffix}" in paths]
        if moved.get(stem):
            why = f"moved to {moved[stem]}"
        elif len(off) == len(paths):
            why = "switched off in the settings"
        elif stem.startswith(ARCHIVE):
            why = "replaced by another archive document"
        else:
            why = "not part of the site any more"
        yield PlannedFiles(None, tuple(paths), why)


def _by_stem(paths: Iterable[str]) -> dict[str, list[str]]:
    """Paths by what they are without suffix, each in the order of formats."""
    found: dict[str, list[str]] = {}
    for path in sorted(paths, key=_order):
        found.setdefault(path.rpartition(".")[0], []).append(path)
    return found


def _order(path: str) -> tuple[str, int, str]:
    stem, _, suffix = path.rpartition(".")
    return stem, formats.ALL_SUFFIXES.index(suffix) if suffix in formats.ALL_SUFFIXES else -1, suffix
