"""What a build tells: how many records became what, and every problem. The command line prints it, `--report` writes it."""

import msgspec

from feedloom.model import Feed, Problem, Record


class Records(msgspec.Struct, frozen=True):
    """What became of the record files; `read` is the sum of the others. `notes` are files that were never meant as records."""

    read: int
    published: int
    unpublished: int
    scheduled: int
    rejected: int
    duplicates: int
    notes: int = 0


class Files(msgspec.Struct, frozen=True):
    """What became of the files of the site."""

    written: int
    unchanged: int
    removed: int


class Moved(msgspec.Struct, frozen=True, rename={"former": "from", "address": "to"}):
    """A feed whose `former` address does not answer any more, since this version makes other ones, and its `address`, which is
    None where no record belongs to it. Both are without suffix: `topics/ai-ethics`.
    """

    former: str
    address: str | None


class SwitchedOff(msgspec.Struct, frozen=True):
    """Files that a build removed because the settings do not ask for their kind any more. `suffix` is that of a format, or of
    HTML pages.
    """

    suffix: str
    files: int


class Report(msgspec.Struct, frozen=True):
    """What a build did; `problems` name every record that was left out, or left out in part.

    `fallbacks` tell what the system refused, and what was done instead; the feeds are the same.
    """

    records: Records
    feeds: int
    files: Files
    seconds: float
    problems: list[Problem]
    moved: list[Moved] = []
    switched_off: list[SwitchedOff] = []
    fallbacks: tuple[str, ...] = ()


class Check(msgspec.Struct, frozen=True):
    """What a build would make of the records of a folder: the articles that it would publish, newest first, and their feeds.

    `records` counts what became of the record files, as a build's report does.
    """

    records: Records
    articles: list[Record]
    feeds: list[Feed]
    problems: list[Problem]
    fallbacks: tuple[str, ...] = ()
