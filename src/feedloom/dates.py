"""Moments as people and programs write them, read without guessing, and written as each format wants them."""

import re
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from itertools import product
from zoneinfo import ZoneInfo

from feedloom.model import Moment

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
"""Validators warn about older dates, and some readers show them wrong."""

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MICROSECOND = timedelta(microseconds=1)
_DAY = timedelta(days=1) // _MICROSECOND

_YEAR_FIRST = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?!\d)(.*)", re.DOTALL)
_NO_DAY = re.compile(r"\d{4}(-?\d{2})?")
_RARE_ISO = re.compile(r"\d{4}-?\d{3}(T.*)?|\d{8}T24.*|\d{4}-\d\d-\d\dT24.*")
_FULL_YEAR = re.compile(r"(?<!\d)\d{4}(?!\d)")
_OFFSET = re.compile(r"([+-])(\d{2}):?(\d{2})")

# RFC 822 section 5.1 defines these; every other name means different zones to different people.
_ZONES = {
    "UTC": 0,
    "GMT": 0,
    "UT": 0,
    "Z": 0,
    "EST": -5,
    "EDT": -4,
    "CST": -6,
    "CDT": -5,
    "MST": -7,
    "MDT": -6,
    "PST": -8,
    "PDT": -7,
}

SPAN = re.compile(r"(\d{1,4}) (hour|day|week|month|year)s?")
"""A span of time as people write it: `90 days`, `6 months`."""

_HOW = "write it as 2021-05-21T18:09:00Z"


def moment(text: str, zone: tzinfo) -> datetime:
    """The moment that a text names, in UTC; `zone` holds where the text names none.

    ISO 8601 first, then what python-dateutil reads in one way only. Raises ValueError, worded for the author of a record.
    """
    if len(text) == 20 and text[10] == "T" and text[19] == "Z" and text[:4] >= "1970":
        try:
            return datetime.fromisoformat(text)  # in UTC, as `Z` says; what nearly all dates are
        except ValueError:
            pass
    written = text.strip()
    shown = f'"{written[:40]}"'
    try:
        read = _iso(written) or _in_words(written)
        if read.tzinfo is None:
            read = read.replace(tzinfo=zone)
        read = read.astimezone(UTC)
    except (OverflowError, ValueError) as error:
        reason = str(error) if isinstance(error, _Unclear) else "is no date"
        raise ValueError(f"{shown} {reason}: {_HOW}") from None
    if read < EARLIEST:
        raise ValueError(f"{shown} is before 1970, which feed readers do not take")
    return read


def stamp(moment: datetime) -> Moment:
    """A moment as a number."""
    return Moment((moment - EARLIEST) // _MICROSECOND)


def month(stamp: Moment) -> int:
    """The month in which a moment lies, in UTC, in months since 1970."""
    return _month(stamp // _DAY)


@lru_cache(32768)
def _month(days: int) -> int:
    day = EARLIEST + timedelta(days=days)
    return (day.year - EARLIEST.year) * 12 + day.month - 1


def of_stamp(stamp: Moment) -> datetime:
    """The moment in UTC that a number stands for."""
    return EARLIEST + stamp * _MICROSECOND


def before(moment: Moment, span: str) -> Moment:
    """The moment that lies a span before another, by the calendar: a month before 31 March is the end of February.

    None is before 1970. `span` is one that `SPAN` matches.
    """
    from dateutil.relativedelta import relativedelta

    found = SPAN.fullmatch(span)
    assert found is not None
    try:
        earlier = of_stamp(moment) - relativedelta(**{f"{found[2]}s": int(found[1])})  # type: ignore[arg-type]
    except (OverflowError, ValueError):  # before the year 1
        return Moment(0)
    return max(stamp(earlier), Moment(0))


@lru_cache(64)
def zone(name: str) -> tzinfo:
    """A time zone by its IANA name or its offset (`Europe/Berlin`, `+02:00`). Raises ValueError."""
    try:
        if offset := _OFFSET.fullmatch(name):
            span = timedelta(hours=int(offset[2]), minutes=int(offset[3]))
            return timezone(-span if offset[1] == "-" else span)
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(f'"{name}" is no time zone: write an IANA name as Europe/Berlin, or an offset as +02:00') from None


def rfc3339(moment: datetime) -> str:
    """A moment in UTC, in whole seconds with `Z`: fractions and offsets go wrong in some readers (RFC 4287 section 3.3)."""
    return moment.isoformat("T", "seconds")[:19] + "Z"


def rfc822(moment: datetime) -> str:
    """RSS 2.0's date of a moment in UTC, with English names under every locale: `Fri, 21 May 2021 18:09:00 GMT`."""
    return f"{_day(moment.date())} {moment.isoformat('T', 'seconds')[11:19]} GMT"


def day(moment: datetime) -> str:
    """A day for people to read, in UTC: `21 May 2021`."""
    return f"{moment.day} {_MONTHS[moment.month - 1]} {moment.year}"


@lru_cache(4096)
def _day(day: date) -> str:
    return f"{_DAYS[day.weekday()]}, {day.day:02} {_MONTHS[day.month - 1]} {day.year:04}"


class _Unclear(ValueError):
    """A date that could mean several days, or that lacks a part."""


def _iso(text: str) -> datetime | None:
    if year_first := _YEAR_FIRST.fullmatch(text):
        year, _, month, day, rest = year_first.groups()
        text = f"{year}-{month:0>2}-{day:0>2}{rest}"
    elif _NO_DAY.fullmatch(text):
        raise _Unclear("names no day")
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        if _RARE_ISO.fullmatch(text):
            from dateutil import parser  # it takes as long to import as a hundred records to read, and few need it

            return parser.isoparse(text)
        if year_first:
            # dateutil would try the day for the month
            return _with_time_in_words(text)
        return None


def _with_time_in_words(text: str) -> datetime:
    """`2021-05-21 6:09 pm EDT`: the day as ISO 8601 reads it, the rest by dateutil."""
    try:
        day, rest = datetime.fromisoformat(text[:10]), text[10:].lstrip("T \t,")
    except ValueError:
        raise _Unclear("is no day of the calendar") from None
    read = _parsed(rest, default=day)
    if read.replace(tzinfo=None) - day >= timedelta(days=1) or read.date() != day.date():
        raise ValueError
    return read


def _in_words(text: str) -> datetime:
    if not _FULL_YEAR.search(text) or text.isdigit():
        raise _Unclear("has no year of four digits" if text and not text.isdigit() else "is no date")
    readings = {
        _parsed(text, dayfirst=dayfirst, yearfirst=yearfirst, default=default)
        for dayfirst, yearfirst in product((False, True), repeat=2)
        for default in (datetime(2000, 1, 1), datetime(2004, 2, 2))
    }
    if len({reading.date() for reading in readings}) > 1:
        lacking = len({_parsed(text, default=default) for default in (datetime(2000, 1, 1), datetime(2004, 2, 2))}) > 1
        raise _Unclear("names no full day" if lacking else "could be two days")
    return readings.pop()


def _parsed(text: str, *, default: datetime, dayfirst: bool = False, yearfirst: bool = False) -> datetime:
    from dateutil import parser

    if len(text) > 60:
        raise ValueError
    try:
        return parser.parse(text, default=default, dayfirst=dayfirst, yearfirst=yearfirst, tzinfos=_named_zone)
    except (TypeError, IndexError, AttributeError, ArithmeticError) as error:
        raise ValueError from error  # dateutil's own slips on texts that are no dates


def _named_zone(name: str | None, offset: int | None) -> tzinfo | None:
    """A zone for dateutil, which would take the machine's own for any name that it shares."""
    if offset is not None and name not in _ZONES:
        return timezone(timedelta(seconds=offset))
    if name is None:
        return None
    if name not in _ZONES:
        raise _Unclear(f"names the time zone {name}, which is not one zone only")
    return timezone(timedelta(hours=_ZONES[name]))
