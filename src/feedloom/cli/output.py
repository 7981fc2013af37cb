"""What a build did, or would do, as sentences."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # `feedloom --version` should not wait for these
    from feedloom.config.settings import Config
    from feedloom.report import Records, Report


_SHOWN_HINTS = 3
_SHOWN_PLANNED = 20


def lines(done: "Report", config: "Config") -> Iterator[str]:
    """What a build did, and advice."""
    yield f"{_counted(done.records)} in {number(done.feeds, 'feed')}."
    written, unchanged = done.files.written, done.files.unchanged
    yield f"{config.output}: {number(written, 'file')} written, {unchanged:,} unchanged, in {duration(done.seconds)}."
    if not done.records.published:
        yield why_nothing(done.records, config, "feedloom check shows why")
    yield from _hints(done)
    if found := done.template_tags:
        what = "cut" if config.templates == "cut" else "found; feeds contain their excerpts"
        yield f"{number(found.tags, 'template tag')} in {number(found.bodies, 'body', 'bodies')} {what}."
    if not config.site.url:
        yield "Set site.url (or --site-url), so that feeds contain their own URLs."


def duration(seconds: float) -> str:
    """A time for people: `118 ms`, `2.4 s`."""
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:,.1f} s"


def planned(done: "Report", config: "Config", *, quiet: bool) -> Iterator[str]:
    """What a build would do, a line a feed; with `quiet`, only the summary."""
    from feedloom.model import printable

    if not done.plan:
        return
    if not quiet:
        for what, items in (("write", done.plan.write), ("remove", done.plan.remove)):
            for item in items[:_SHOWN_PLANNED]:
                yield printable(f"would {what} {_joined(item.files)}: {item.why}")
            if more := items[_SHOWN_PLANNED:]:
                files = sum(len(item.files) for item in more)
                yield f"would {what} {number(files, 'more file')}; --report lists all"
        yield would_publish(done.records)
    written, unchanged, removed = done.files.written, done.files.unchanged, done.files.removed
    yield (
        f"{config.output}: dry run, nothing written. A build would write {number(written, 'file')}, "
        f"leave {unchanged:,} unchanged, remove {removed:,} and retire {number(len(done.plan.retire), 'feed')}."
    )


def _joined(files: tuple[str, ...]) -> str:
    """Files with the same path but for the suffix are named once: `topics/ai.atom, .rss`."""
    found: list[str] = []
    last = None
    for file in files:
        stem, dot, suffix = file.rpartition(".")
        found.append(f"{dot}{suffix}" if stem == last else file)
        last = stem
    return ", ".join(found)


def _hints(done: "Report") -> Iterator[str]:
    from feedloom.model import printable

    for hint in done.hints[:_SHOWN_HINTS]:
        yield printable(f"hint: {hint.path}: {hint.message}. Set updatedDateTime.")
    if more := done.hints[_SHOWN_HINTS:]:
        yield f"hint: {number(len(more), 'more change')} like this; --report lists the first ones"


def moved(done: "Report") -> Iterator[str]:
    """The feeds whose paths changed with this version. Only one build says so."""
    from feedloom.model import printable

    for one in done.moved:
        now = f"its new path is {one.address}" if one.address else "it has no articles"
        yield printable(f"{one.former}: removed, because this version makes other paths; {now}")


def switched_off(done: "Report") -> Iterator[str]:
    """The files that were removed because of the settings. Only one build says so."""
    for one in done.switched_off:
        why = "pages is false" if one.suffix == "html" else f"formats does not list {one.suffix}"
        yield f"{number(one.files, f'.{one.suffix} file')} removed: {why}"


def would_publish(records: "Records") -> str:
    """How many records a build would publish."""
    return _counted(records).replace("Published", "Would publish", 1) + "."


def why_nothing(records: "Records", config: "Config", rejected: str) -> str:
    """Why no record is published; `rejected` says where to find the reasons."""
    reasons = []
    if records.unpublished:
        reasons.append(f"{records.unpublished:,} unpublished (--include-unpublished includes them)")
    if records.scheduled:
        reasons.append(f"{records.scheduled:,} dated in the future")
    if records.rejected:
        reasons.append(f"{records.rejected:,} rejected ({rejected})")
    if records.notes:
        reasons.append(
            f"{number(records.notes, 'note')} (files that are no records: without front matter, or not among the posts)"
        )
    return f"Nothing to publish: {', '.join(reasons) or _no_files(config)}."


def _no_files(config: "Config") -> str:
    if config.several:
        return f"there is no record file in {', '.join(one.path for one in config.several)}"
    if "://" in config.records:
        return f"there is no record file in {config.records}"
    from feedloom.config import other_sites

    if other_sites.is_file(config.records):
        return f"{config.records} has no records"
    return "the folder has no .md, .markdown, .txt, .yaml or .yml file"


def other_program(records: "Records", config: "Config") -> list[str]:
    """A note, if most records cannot be published and their folder looks like a site that another program makes."""
    if config.profile != "native" or config.parts or 2 * records.published >= records.read:
        return []
    from feedloom.config import site_settings
    from feedloom.config.profiles import PROFILES

    name = site_settings.looks_like(config.records)
    if not name:
        return []
    return [f"this looks like a site of {PROFILES[name].title}; set profile: {name}, or let feedloom init write the settings"]


def number(count: int, what: str, many: str | None = None) -> str:
    """A count and a noun, as in `2 files`; `many` is its plural, if that does not end in `s` alone."""
    return f"{count:,} {what if count == 1 else many or f'{what}s'}"


def _counted(records: "Records") -> str:
    left = [
        f"{count:,} {what}"
        for count, what in (
            (records.unpublished, "unpublished"),
            (records.scheduled, "scheduled"),
            (records.duplicates, "duplicate"),
            (records.rejected, "rejected"),
            (records.notes, "note" if records.notes == 1 else "notes"),
        )
        if count
    ]
    return f"Published {records.published:,} of {number(records.read, 'record')}" + (f" ({', '.join(left)})" if left else "")
