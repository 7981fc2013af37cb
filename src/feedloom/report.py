"""The result of a build: counts of records and files, and every problem. The command line prints it, `--report` writes it."""

import msgspec

from feedloom.model import Feed, Problem, Record


class Records(msgspec.Struct, frozen=True):
    """Counts of record files; `read` is the sum of the others. `notes` are files that are not records, such as a README."""

    read: int
    published: int
    unpublished: int
    scheduled: int
    rejected: int
    duplicates: int
    notes: int = 0


class Files(msgspec.Struct, frozen=True):
    """Counts of the files of the site."""

    written: int
    unchanged: int
    removed: int


class Moved(msgspec.Struct, frozen=True, rename={"former": "from", "address": "to"}):
    """A feed of an earlier version whose `former` path is gone, and its new path, `address`: None if no record belongs to it.

    Both are without suffix: `topics/ai-ethics`.
    """

    former: str
    address: str | None


class SwitchedOff(msgspec.Struct, frozen=True):
    """Files that a build removed because the settings do not ask for their kind any more. `suffix` is that of a format, or of
    HTML pages.
    """

    suffix: str
    files: int


class Hint(msgspec.Struct, frozen=True):
    """A record that was corrected in a way that feed readers do not notice: nothing is wrong with the feeds."""

    path: str
    field: str
    message: str


class PlannedFiles(msgspec.Struct, frozen=True):
    """Files that a build would write or remove, and `why`: those of a `feed`, by its path without suffix, or of no feed.

    Of its records, so many are new, changed or removed since the last build.
    """

    feed: str | None
    files: tuple[str, ...]
    why: str
    new: int = 0
    changed: int = 0
    removed: int = 0


class DryRun(msgspec.Struct, frozen=True):
    """What a build would do. `retire` are the feeds that no record belongs to any more; their files stay, without entries."""

    write: tuple[PlannedFiles, ...] = ()
    remove: tuple[PlannedFiles, ...] = ()
    retire: tuple[str, ...] = ()


class TemplateTags(msgspec.Struct, frozen=True):
    """Template tags in the bodies that a build rendered: so many `tags` in so many `bodies`."""

    tags: int
    bodies: int


class Report(msgspec.Struct, frozen=True):
    """What a build did; `problems` has every record that was rejected, or published without a part.

    `fallbacks` say what the system refused and what was done instead; the feeds are the same. After a dry run, there is a
    `plan`, and `files` counts what would be written and removed. `template_tags` is there if some were found.
    """

    records: Records
    feeds: int
    files: Files
    seconds: float
    problems: list[Problem]
    moved: list[Moved] = []
    switched_off: list[SwitchedOff] = []
    fallbacks: tuple[str, ...] = ()
    hints: list[Hint] = []
    plan: DryRun | msgspec.UnsetType = msgspec.UNSET
    template_tags: TemplateTags | msgspec.UnsetType = msgspec.UNSET


class Check(msgspec.Struct, frozen=True):
    """What a build would publish: the articles, newest first, and their feeds.

    `records` counts the record files, as in `Report`.
    """

    records: Records
    articles: list[Record]
    feeds: list[Feed]
    problems: list[Problem]
    fallbacks: tuple[str, ...] = ()
