"""When a build stops unless it is forced: it would lose most of a site, at once or in steps, or the clock seems wrong."""

from collections.abc import Iterable

import msgspec

from feedloom.config.settings import Config, Guard
from feedloom.errors import GuardError
from feedloom.model import Moment, Problem
from feedloom.pipeline import places
from feedloom.report import Files, Records, Report
from feedloom.values import dates

_DAY = 24 * 60 * 60 * 10**6
"""In microseconds, as moments are."""

_WINDOW = 30
"""Days: a loss is measured against the most that builds published in this time."""


class History(msgspec.Struct, frozen=True, array_like=True):
    """The earlier builds of a site: their clocks, and how many records they published.

    `built` is the clock of the last build, to the day. `due` is the newest moment that any build counted as due, `until` the
    oldest that was still in the future for the last one. `marks` has the most records published on each of the last 30 days, in
    days since 1970; `published` is the number that the last build published.
    """

    built: Moment | None = None
    due: Moment | None = None
    until: Moment | None = None
    published: int = 0
    marks: dict[int, int] = {}

    def most(self, clock: Moment) -> int:
        """The most records published in the last 30 days. Those that are published now always count."""
        today = clock // _DAY
        return max([self.published, *(number for day, number in self.marks.items() if today - day <= _WINDOW)])

    def is_ahead(self, clock: Moment) -> bool:
        """Whether the clock is earlier than a moment that was due already."""
        return self.due is not None and clock < self.due


def informed(history: History, clock: Moment, published: int, due: Moment | None) -> History:
    """The history with what the catalog says is published now: without a cache, nothing else is known."""
    is_lost = history.built is None
    return msgspec.structs.replace(
        history,
        due=max((moment for moment in (history.due, due) if moment is not None), default=None),
        published=max(history.published, published),
        marks=_marked({}, clock // _DAY, published) if is_lost else history.marks,
    )


def after(
    history: History, clock: Moment, since: Moment | None, until: Moment | None, published: int, *, force: bool
) -> History:
    """The history after a build that published so many records. The same records are due from `since` until before `until`. A
    forced build starts anew.
    """
    if force:
        history = History()
    return History(
        built=clock,
        due=max((moment for moment in (history.due, since) if moment is not None), default=None),
        until=until,
        published=published,
        marks=_marked(history.marks, clock // _DAY, published),
    )


def is_news(new: History, old: History) -> bool:
    """Whether to store the history after a build in which nothing changed: once a day, or if it was started anew."""
    is_same_day = old.built is not None and new.built is not None and new.built // _DAY == old.built // _DAY
    return not is_same_day or msgspec.structs.replace(new, built=old.built) != old


def clock_objection(history: History, clock: Moment, since: Moment | None, guard: Guard) -> str | None:
    """Why a build should not trust its clock; None if it may. `since` is the newest moment that it counts as due."""
    says = f"the clock says {_shown(clock)}"
    if history.due is not None and history.is_ahead(clock):
        return f"{says}, but records dated up to {_shown(history.due)} are published already. Set the clock"
    is_newly_due = history.until is not None and since is not None and since >= history.until
    if is_newly_due and history.built is not None and dates.before(clock, guard.max_clock_jump) > history.built:
        return (
            f"{says}, {(clock - history.built) // _DAY:,} days after the last build, and scheduled records would be published "
            f"(limit {guard.max_clock_jump}, guard.max_clock_jump). Check the clock"
        )
    return None


def check(
    counts: Records, history: History, clock: Moment, since: Moment | None, problems: Iterable[Problem], config: Config
) -> None:
    """Raise GuardError if a build should not go on."""
    objected = clock_objection(history, clock, since, config.guard) or objection(counts, history.most(clock), config.guard)
    if objected:
        report = Report(records=counts, feeds=0, files=Files(0, 0, 0), seconds=0, problems=places.placed(problems, config))
        raise GuardError(f"{config.output}: stopped, nothing written: {objected}, or run once with --force.", report)


def objection(counts: Records, most: int, guard: Guard) -> str | None:
    """Why a build with these counts should stop, if up to `most` records were published; None if it may go on."""
    records = counts.read - counts.notes
    if most and not records:
        were = "1 was" if most == 1 else f"{most:,} were"
        why = "Is a disk not mounted, a checkout empty, or a bucket or prefix misspelled? Check the records"
        return f"no records were found, but {were} published. {why}"
    if most - counts.published > _share(guard.max_loss, most):
        would = "record would" if counts.published == 1 else "records would"
        return (
            f"{counts.published:,} {would} be published, but earlier builds published up to {most:,} "
            f"(limit {_percent(guard.max_loss)} loss, guard.max_loss){_whereabouts(counts)}. Check the records and settings"
        )
    if counts.rejected > _share(guard.max_rejected, records):
        what, them = ("record has", "it") if records == 1 else ("records have", "them")
        return (
            f"{counts.rejected:,} of {records:,} {what} errors (limit {_percent(guard.max_rejected)}, guard.max_rejected). "
            f"Fix {them}"
        )
    return None


def _marked(marks: dict[int, int], today: int, published: int) -> dict[int, int]:
    """The marks of the last 30 days, with today's. A day in the future, from a wrong clock, counts as today."""
    marked: dict[int, int] = {}
    for day, number in (*marks.items(), (today, published)):
        if today - day <= _WINDOW:
            marked[min(day, today)] = max(number, marked.get(min(day, today), 0))
    return marked


def _shown(moment: Moment) -> str:
    return dates.rfc3339(dates.of_stamp(moment))


def _percent(share: float) -> str:
    return f"{share * 100:g}%"


def _share(of_one: float, whole: int) -> float:
    """Rounded: 0.7 * 10 is a little more than 7 in floating point."""
    return round(of_one * whole, 6)


def _whereabouts(counts: Records) -> str:
    left = {"unpublished": counts.unpublished, "scheduled": counts.scheduled, "rejected": counts.rejected}
    listed = ", ".join(f"{number:,} {what}" for what, number in left.items() if number)
    return f"; of {counts.read:,} read: {listed}" if listed else ""
