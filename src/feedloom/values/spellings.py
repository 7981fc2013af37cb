"""The forms of dates that are read, and why others are not.

A text has one of these forms, each with one meaning, or it is refused: authors notice a missing date and correct it, but not a
wrong one. python-dateutil reads forms other than ISO 8601 too, and must find the same day and time.
"""

import re
from datetime import datetime, timedelta
from typing import NamedTuple

from feedloom.problems import Code, Mistake
from feedloom.values import zones

LONGEST = 100
"""In characters. A date of JavaScript's, with its zone in words, has 70."""


class Written(NamedTuple):
    """What a text says: `clock` is whether it names a time of day, `zone` all that comes after it (perhaps nothing)."""

    local: datetime
    clock: bool
    zone: str
    by_people: bool = False
    """Whether zone names are those of RFC 822; machines that print ISO's order may mean others."""


_FLAGS = re.ASCII | re.IGNORECASE

_ISO = re.compile(
    r"(?P<year>\d{4})(?:(?P<mark>[-/.])(?P<month>\d\d?)(?P=mark)(?P<day>\d\d?)|(?P<basic>\d{4})"
    r"|-(?P<ordinal>\d{3})|(?P<dash>-?)W(?P<week>\d\d)(?P=dash)(?P<iso_weekday>\d))"
    r"(?:(?P<between>[Tt ])(?P<hour>\d\d)"
    r"(?:(?P<colon>:?)(?P<minute>\d\d)(?:(?P=colon)(?P<second>\d\d)(?:[.,](?P<fraction>\d+))?)?)?"
    r"(?P<zone>(?![.:\d]| ?[AaPp]\.?[Mm]\b).*))?",
    re.ASCII,
)
_DAY_AT_AN_OFFSET = re.compile(r"(\d{4}-\d\d-\d\d)([Zz]|[+-]\d\d:\d\d)", re.ASCII)  # xs:date of XML Schema

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_NAME = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sep(?:t(?:ember)?)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)"
)
_NAMED = rf"(?P<name>{_NAME})\.?"
_DAY = r"(?P<day>\d\d?)(?:st|nd|rd|th)?"
_YEAR = r"(?P<year>\d{4})"
_WEEKDAY = (
    r"(?:(?P<weekday>mon(?:day)?|tue(?:s(?:day)?)?|wed(?:s|nesday)?|thu(?:r(?:s(?:day)?)?)?|fri(?:day)?|sat(?:urday)?"
    r"|sun(?:day)?)\.?(?: |, ?))?"
)
_CLOCK = (
    r"(?P<hour>\d\d?)(?::(?P<minute>\d\d)(?::(?P<second>\d\d)(?:\.(?P<fraction>\d+))?)?|\.(?P<dotted>\d\d))?"
    r"(?: ?(?P<half>[ap])\.?m\b\.?)?"
)
_MACHINES = (
    rf"{_YEAR}(?P<mark>[-/.])(?P<month>\d\d?)(?P=mark)(?P<day>\d\d?)",
    rf"{_YEAR}(?P<mark>[ /-]){_NAMED}(?P=mark){_DAY}",
)
_PEOPLES = (
    rf"{_DAY}(?:\.? (?:of )?{_NAMED},? |(?P<mark>[-/])(?P<marked>{_NAME})(?P=mark)){_YEAR}",
    rf"{_NAMED}(?P<mark>[ -]){_DAY}(?:, ?|(?P=mark)){_YEAR}",
    rf"(?P<first>\d\d?)(?P<mark>[-/.])(?P<other>\d\d?)(?P=mark){_YEAR}",
)
_FORMS = [
    (re.compile(form, _FLAGS), day in _PEOPLES)
    for day in (*_MACHINES, *_PEOPLES)
    for form in (
        rf"{_WEEKDAY}(?P<date>{day})(?:(?:, ?| |,? at ){_CLOCK}(?P<zone>(?![.:\d]).*))?",
        rf"{_CLOCK}(?P<zone> [a-z]{{1,4}}| ?[+-]\d{{4}})?(?:, ?| ){_WEEKDAY}(?P<date>{day})",
    )
]
# ctime, date(1)
_FORMS.append((re.compile(rf"{_WEEKDAY}(?P<date>{_NAMED} {_DAY}) {_CLOCK}(?P<zone> \S+)?(?P<end> {_YEAR})", _FLAGS), False))

_RANGE = re.compile(r" ?-\d\d(?::\d\d)?", re.ASCII)
_TO_A_MINUTE = re.compile(r" ?(-(?:0\d|1[01])):?([0-5]\d)", re.ASCII)

# What is wrong with a text that has none of the forms. The first match is reported.
_NUMBER = r"(?<![\d:.+-])\d\d?(?:st|nd|rd|th)?"
_NO_TIME = r"(?![\d:.h]| ?[ap]\.?m\b)"
_AND = r" ?(?:[-/&\u2012-\u2015]|and|to|or|until|till|\.\.) ?"
_TWO_DIGITS: Code = "date-two-digit-year"
_REASONS: tuple[tuple[str, Code], ...] = (
    (r"(?!\d{4}\Z|\d{6}\Z)[+-]?\d+(?:\.\d+)?", "date-number"),
    (r"\d{4}(?:[-/.]?\d\d?)?|\d\d?[-/.]\d{4}|\d{4}-?W\d\d", "date-no-day"),
    (rf"(?:{_NAME}\.?[ -]|{_NAME}, ?)\d{{4}}|\d{{4}}[ -]{_NAME}", "date-no-day"),
    (r"(?:\D{0,12}[ ,])?\d\d?([-/.])\d\d?\1\d\d(?:\D.*)?", _TWO_DIGITS),
    (rf"(?:\D{{0,12}}[ ,])?\d\d?(?:st|nd|rd|th)?[ -]{_NAME}\.?[ ,-]{{1,2}}'?\d\d{_NO_TIME}.*", _TWO_DIGITS),
    (rf"(?:\D{{0,12}}[ ,])?{_NAME}\.? \d\d?(?:st|nd|rd|th)?,? '?\d\d{_NO_TIME}.*", _TWO_DIGITS),
    (rf".*{_NUMBER}(?:{_AND}|, ?)\d\d?(?:st|nd|rd|th)?\.? (?:of )?{_NAME}\b.*", "date-ambiguous"),
    (rf".*\b{_NAME}\.? {_NUMBER}(?:{_AND}|, ?)\d\d?{_NO_TIME}.*", "date-ambiguous"),
    (r"\d{4}-\d\d-\d\d(?: ?[/-] ?|\.\.)\d\d(?:-\d\d)?", "date-ambiguous"),
    (rf".*(?<![\d:.])\d\d?[:.]\d\d(?: ?[ap]\.?m\.?)?(?:{_AND}| )\d\d?[:.]\d\d(?!\d).*", "time-ambiguous"),
    (rf".*(?<![\d:.])\d\d?(?: ?[ap]\.?m\.?)?{_AND}\d\d? ?[ap]\.?m\b.*", "time-ambiguous"),
)
_WRONG = [(re.compile(pattern, _FLAGS), reason) for pattern, reason in _REASONS]
_A_YEAR = re.compile(r"(?<![\d:+.])(?:19|20)\d\d(?![\d:.])", re.ASCII)
_A_NAME = re.compile(rf"\b{_NAME}\b", _FLAGS)


def read(text: str) -> Written:
    """What a text says; white space is one space each. Raises Mistake if it is refused; `dates.moment` adds the text to it."""
    if len(text) > LONGEST:
        raise Mistake("date-unreadable")
    if found := _DAY_AT_AN_OFFSET.fullmatch(text):
        if found[2] not in "Zz" and not zones.is_in_use(found[2]):
            raise Mistake("date-or-time")
        return Written(_day(found[1][:4], found[1][5:7], found[1][8:]), False, found[2])
    if found := _ISO.fullmatch(text):
        return _of_iso(found)
    for form, by_people in _FORMS:
        if found := form.fullmatch(text):
            return _of_words(found, by_people)
    raise Mistake(reason(text))


def reason(text: str) -> Code:
    """Why a text is refused that has none of the forms."""
    years = len(_A_YEAR.findall(text))
    for pattern, reason in _WRONG:
        if not (years and reason == _TWO_DIGITS) and pattern.fullmatch(text):
            return reason
    if years > 1 or len(_A_NAME.findall(text)) > 1:
        return "date-ambiguous"
    return "date-unreadable" if re.search(r"\d{4}", text) else "date-no-year"


def _of_iso(found: re.Match[str]) -> Written:
    year, zone = found["year"], found["zone"] or ""
    if found["mark"]:
        day = _day(year, found["month"], found["day"])
    elif found["basic"]:
        day = _day(year, found["basic"][:2], found["basic"][2:])
    elif found["week"]:
        try:
            day = datetime.fromisocalendar(int(year), int(found["week"]), int(found["iso_weekday"]))
        except ValueError:
            raise Mistake("date-not-in-calendar") from None
    else:
        before, first, last = int(found["ordinal"]) - 1, _day(year, "1", "1"), _day(year, "12", "31")
        if not 0 <= before <= (last - first).days:
            raise Mistake("date-not-in-calendar")
        day = first + timedelta(days=before)
    if not found["hour"]:
        return Written(day, False, zone)
    if found["between"] == " " and not found["colon"]:
        raise Mistake("date-unreadable")
    _is_no_range(found["minute"], found["second"], zone, is_iso=found["between"] != " ")
    if found["hour"] == "24" and not any(int(found[part] or 0) for part in ("minute", "second", "fraction")):
        try:
            return Written(day + timedelta(days=1), True, zone)
        except OverflowError:
            raise Mistake("date-after-9999") from None
    return Written(_at(day, found["hour"], found["minute"], found["second"], found["fraction"]), True, zone)


def _of_words(found: re.Match[str], by_people: bool) -> Written:
    parts = found.groupdict()
    day = _day_in_words(parts)
    weekday = _WEEKDAYS[day.weekday()]
    if parts["weekday"] and parts["weekday"][:3].lower() != weekday[:3].lower():
        raise Mistake("date-wrong-weekday", weekday)
    if not parts["hour"]:
        return Written(_agreed(day, parts["date"]), False, "")
    hour, minute, zone = int(parts["hour"]), parts["minute"] or parts["dotted"], parts["zone"] or ""
    if parts["half"]:
        if not 1 <= hour <= 12:
            raise Mistake("time-invalid")
        hour = hour % 12 + (12 if parts["half"].lower() == "p" else 0)
    elif not minute:
        raise Mistake(reason(found[0]))
    _is_no_range(minute, parts["second"], zone)
    local = _at(day, str(hour), minute, parts["second"], parts["fraction"])
    clock = f"{parts['hour']}:{minute or '00'}:{parts['second'] or '00'}.{parts['fraction'] or '0'}"
    half = f" {parts['half']}m" if parts["half"] else ""
    # PHP's cookies and GNU's date print machines' names in forms that look like people's.
    by_people = by_people and parts.get("mark") != "-" and not (parts["half"] and parts["second"])
    return Written(_agreed(local, f"{parts['date']} {clock}{half}{parts.get('end') or ''}"), True, zone, by_people)


def _day_in_words(parts: dict[str, str | None]) -> datetime:
    year, name = str(parts["year"]), parts.get("name") or parts.get("marked")
    if name:
        return _day(year, str(_MONTHS.index(name[:3].lower()) + 1), str(parts["day"]))
    if parts.get("month"):
        return _day(year, str(parts["month"]), str(parts["day"]))
    first, other = str(parts["first"]), str(parts["other"])
    if int(first) <= 12 and int(other) <= 12 and int(first) != int(other):
        raise Mistake("date-ambiguous")
    return _day(year, other, first) if int(first) > 12 else _day(year, first, other)


def _day(year: str, month: str, day: str) -> datetime:
    try:
        return datetime(int(year), int(month), int(day))
    except ValueError:
        raise Mistake("date-not-in-calendar") from None


def _at(day: datetime, hour: str, minute: str | None, second: str | None, fraction: str | None) -> datetime:
    if second == "60":
        raise Mistake("time-leap-second")
    try:
        return day.replace(
            hour=int(hour), minute=int(minute or 0), second=int(second or 0), microsecond=int(f"{fraction or 0:0<6}"[:6])
        )
    except ValueError:
        raise Mistake("time-invalid") from None


def _is_no_range(minute: str | None, second: str | None, zone: str, *, is_iso: bool = False) -> None:
    """`10:00-11:00` can be an hour of the day, `T10-11` too, and what is no offset (`T10:00-1020`) is more likely to be one;
    `10:00:00-11:00`, `T10:00-11:00` and `10:00 -1100` have an offset.
    """
    if second:
        return
    found = _TO_A_MINUTE.fullmatch(zone)
    is_odd = found is not None and not zones.is_in_use(f"{found[1]}:{found[2]}")
    if is_odd or (_RANGE.fullmatch(zone) and not (is_iso and minute)):
        raise Mistake("time-ambiguous")


def _agreed(local: datetime, text: str) -> datetime:
    """The day and time, if dateutil reads the same. Raises Mistake."""
    from dateutil import parser  # importing it takes as long as reading a hundred records, and few need it

    try:
        read = parser.parse(text.replace(",", ", "), default=datetime(1, 1, 1))
    except (ValueError, OverflowError, TypeError, IndexError, AttributeError, ArithmeticError):  # some are its own bugs
        read = None
    if read != local:
        raise Mistake("date-unreadable")
    return local
