"""Dates as people and programs write them, read without guessing, and written as each format needs them."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import lru_cache

import msgspec

from feedloom.model import Moment
from feedloom.problems import Mistake
from feedloom.values import zones

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
"""Validators warn about older dates, and some readers show them wrong."""

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MICROSECOND = timedelta(microseconds=1)
_DAY = timedelta(days=1) // _MICROSECOND

_PLAIN = re.compile(
    r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?(?: ?(?:Z|[+-](?:0\d|1[01]):?[0-5]\d))?)?)?|\d{8}T\d{6}Z", re.ASCII
)

_encode = msgspec.json.Encoder().encode

SPAN = re.compile(r"(\d{1,4}) (hour|day|week|month|year)s?")
"""A span of time as people write it: `90 days`, `6 months`."""


def moment(text: str, zone: tzinfo, warn: Callable[[Mistake], None]) -> datetime:
    """The moment that a text names, in UTC; `zone` applies if it names none.

    A time that the clocks of a zone skip or repeat is read with the offset before the change, and `warn` is called. Raises
    Mistake.
    """
    if len(text) == 20 and text[10::3] == "T::Z":  # as in 2021-05-21T18:09:00Z
        try:
            read = datetime.fromisoformat(text)  # in UTC, as `Z` says; what nearly all dates are
            if read.year >= 1970:
                return read
        except ValueError:
            pass
    try:
        local, clock = _plain(text) or _spelled(text)
        if local.tzinfo is None:
            local = local.replace(tzinfo=zone)
        read = zones.in_utc(local)
    except Mistake as error:
        raise Mistake(error.code, text.strip(), *error.values) from None
    if read < EARLIEST:
        raise Mistake("date-before-1970", text.strip())
    if clock and not isinstance(local.tzinfo, timezone):
        early, late = (local.replace(fold=fold).utcoffset() or timedelta() for fold in (0, 1))
        if early != late:
            warn(Mistake("time-skipped" if early < late else "time-twice", text.strip(), str(local.tzinfo), rfc3339(read)))
    return read


def stamp(moment: datetime) -> Moment:
    """A moment as a number."""
    return Moment((moment - EARLIEST) // _MICROSECOND)


def month(stamp: Moment) -> int:
    """The month of a moment, in UTC, counted since 1970."""
    return _month(stamp // _DAY)


@lru_cache(32768)
def _month(days: int) -> int:
    day = EARLIEST + timedelta(days=days)
    return (day.year - EARLIEST.year) * 12 + day.month - 1


def of_stamp(stamp: Moment) -> datetime:
    """The moment in UTC of a number."""
    return EARLIEST + stamp * _MICROSECOND


def before(moment: Moment, span: str) -> Moment:
    """The moment a span before another, by the calendar: a month before 31 March is the end of February.

    The result is never before 1970. `span` is one that `SPAN` matches.
    """
    from dateutil.relativedelta import relativedelta

    found = SPAN.fullmatch(span)
    assert found is not None
    try:
        earlier = of_stamp(moment) - relativedelta(**{f"{found[2]}s": int(found[1])})  # type: ignore[arg-type]
    except (OverflowError, ValueError):  # before the year 1
        return Moment(0)
    return max(stamp(earlier), Moment(0))


def rfc3339(moment: datetime) -> str:
    """A moment in UTC, in whole seconds with `Z`: fractions and offsets go wrong in some readers (RFC 4287 section 3.3)."""
    return _encode(moment)[1:20].decode() + "Z"  # a sixth of the time of `isoformat`


def rfc822(moment: datetime) -> str:
    """RSS 2.0's date of a moment in UTC, with English names under every locale: `Fri, 21 May 2021 18:09:00 GMT`."""
    return rfc822_of(rfc3339(moment))


def rfc822_of(moment: str) -> str:
    """RSS 2.0's date of a moment in the words of `rfc3339`."""
    return f"{_day(moment[:10])} {moment[11:19]} GMT"


def day(moment: datetime) -> str:
    """A day for people to read, in UTC: `21 May 2021`."""
    return f"{moment.day} {_MONTHS[moment.month - 1]} {moment.year}"


@lru_cache(4096)
def _day(written: str) -> str:
    day = date.fromisoformat(written)
    return f"{_DAYS[day.weekday()]}, {day.day:02} {_MONTHS[day.month - 1]} {day.year:04}"


def _plain(text: str) -> tuple[datetime, bool] | None:
    """Python's own reading, the fastest, of forms that all its versions read alike; and whether there is a time."""
    if _PLAIN.fullmatch(text):
        try:
            return datetime.fromisoformat(text), len(text) > 10
        except ValueError:
            pass
    return None


def _spelled(text: str) -> tuple[datetime, bool]:
    """The day and time of any other form, in the zone that it names; and whether there is a time. Raises Mistake."""
    from feedloom.values import spellings  # 8 ms, and many collections of records have no such date

    written = " ".join(text.split())
    local, clock, suffix, by_people = spellings.read(written)
    if suffix:
        named = zones.written(suffix, by_people)
        if named is None:
            raise Mistake(spellings.reason(written))
        local = named.at(local)
    return local, clock
