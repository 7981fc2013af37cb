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


class Report(msgspec.Struct, frozen=True):
    """What a build did; `problems` name every record that was left out, or left out in part."""

    records: Records
    feeds: int
    files: Files
    seconds: float
    problems: list[Problem]


class Check(msgspec.Struct, frozen=True):
    """The records of a folder as a build would take them, newest first, and the feeds that it would make of them."""

    counts: Records
    records: list[Record]
    feeds: list[Feed]
    problems: list[Problem]
