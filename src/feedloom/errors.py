"""The errors that a user can mend. Each text names the place and says what to do; any other exception is a bug."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from feedloom.report import Report


class FeedloomError(Exception):
    """The base of all; `exit_code` is the command line's."""

    exit_code = 1


class ConfigError(FeedloomError):
    """A configuration that cannot be used: the file, the line and the key."""

    exit_code = 2


class PublishError(FeedloomError):
    """A file that could not be published. What was published before stands."""


class GuardError(FeedloomError):
    """A build that would lose most of what is published, or follow a wrong clock. It changed nothing.

    The `report` has what it read.
    """

    def __init__(self, message: str, report: "Report") -> None:
        super().__init__(message)
        self.report = report


class NoFeedError(FeedloomError):
    """No feed is published that is called so, or none at all."""


class NoRecordError(FeedloomError):
    """A file that is not among the records."""

    exit_code = 2


class LockError(FeedloomError):
    """Another build is at work in the same output folder."""

    exit_code = 75  # sysexits.h, EX_TEMPFAIL: try again later


class ReportError(FeedloomError):
    """What a build did could not be told: a full disk, most often. The build itself may well be done."""


class StateError(FeedloomError):
    """The state file cannot be written. What was published before stands."""


class WorkerError(FeedloomError):
    """A process that shared the work was ended from outside. What was published before stands."""


class FrontMatterError(ValueError):
    """Front matter that cannot be read, with the line (from 1) and the field where that is known."""

    def __init__(self, message: str, line: int = 1, field: str | None = None) -> None:
        super().__init__(message)
        self.line = line
        self.field = field
