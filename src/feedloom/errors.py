"""The errors that a user can fix. Each message names the place and says what to do; any other exception is a bug."""

from typing import TYPE_CHECKING

from feedloom.problems import Code, Mistake

if TYPE_CHECKING:
    from feedloom.report import Report


class FeedloomError(Exception):
    """The base class; the command line exits with `exit_code`."""

    exit_code = 1


class ConfigError(FeedloomError):
    """A bad setting. The message names its file, line and name, or its variable or option."""

    exit_code = 2


class PublishError(FeedloomError):
    """A file could not be published. Feeds published before are intact."""


class StorageError(PublishError):
    """Object storage refused a request or did not answer. What was published before is intact."""


class GuardError(FeedloomError):
    """A build would have removed most feeds, or the clock seems wrong. Nothing was changed.

    `report` has the counts and problems of the records.
    """

    def __init__(self, message: str, report: "Report") -> None:
        super().__init__(message)
        self.report = report


class NoFeedError(FeedloomError):
    """No published feed has the name, or no feed is published at all."""


class NoRecordError(FeedloomError):
    """The file is not one of the records."""

    exit_code = 2


class OldFeedError(FeedloomError):
    """A file is not a feed whose ids can be kept."""

    exit_code = 2


class LockError(FeedloomError):
    """Another build is using the same output folder."""

    exit_code = 75  # sysexits.h, EX_TEMPFAIL: try again later


class ServeError(FeedloomError):
    """The web server cannot start: its address is in use, or its extra is not installed."""


class ReportError(FeedloomError):
    """The report could not be written, most often because the disk is full. The build itself may be complete."""


class ExportError(FeedloomError):
    """The records could not be exported: a file is in the way, the folder cannot be written, or a shard cannot be read."""


class StateError(FeedloomError):
    """The cache cannot be written. Feeds published before are intact."""


class WorkerError(FeedloomError):
    """A worker process was killed from outside. Feeds published before are intact."""


class EngineError(FeedloomError):
    """The engine, one of its workers or the work place failed. Feeds published before are intact."""


class FrontMatterError(Mistake):
    """Front matter that cannot be read: the line (from 1), and the field if known."""

    def __init__(self, code: Code, *values: str, line: int = 1, field: str | None = None) -> None:
        super().__init__(code, *values)
        self.line = line
        self.field = field
