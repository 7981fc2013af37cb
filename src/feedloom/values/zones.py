"""Time zones as dates and settings name them: offsets, the few names with one meaning, and IANA names.

A zone is read only where one offset can be meant. `Europe/Berlin` is looked up in the tzdata package, never in the machine's
own tables, so that each machine reads a date as the same moment.
"""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import cache, lru_cache
from typing import NamedTuple

from feedloom.problems import Mistake

EARLIEST, LATEST = timedelta(hours=-12), timedelta(hours=14)
"""The offsets that any clock on earth has."""

_UNIVERSAL = frozenset({"UTC", "GMT", "UT"})

# RFC 822 section 5.1 defines these; other names mean different zones to different people.
_DEFINED = {
    "Z": 0, "UTC": 0, "GMT": 0, "UT": 0, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7,
}  # fmt: skip

# Machines print names from the tz database, which has these for China, Cuba and the Philippines too.
_ALSO_ELSEWHERE = frozenset({"CST", "CDT", "PST"})

# What machines print after an offset. Alone they are not read: some have two meanings, and many people write CET in summer.
_BESIDE_AN_OFFSET = {
    "WET": 0, "WEST": 1, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3, "MSK": 3, "SAST": 2, "JST": 9, "KST": 9,
    "AEST": 10, "AEDT": 11, "NZST": 12, "NZDT": 13,
}  # fmt: skip

# What the tz database calls its zones since 1990, with the hours of their offsets: Go prints them.
# fmt: off
_PRINTED: dict[str, tuple[float, ...]] = {
    "ACDT": (10.5,), "ACST": (9.5,), "ADT": (-3,), "AEDT": (11,), "AEST": (10,), "AKDT": (-8,), "AKST": (-9,), "AST": (-4,),
    "AWDT": (9,), "AWST": (8,), "BST": (1,), "CAT": (2,), "CDT": (-5, -4, 9), "CEST": (2,), "CET": (1,), "CHST": (10,),
    "CST": (-6, -5, 8), "EAT": (3,), "EDT": (-4,), "EEST": (3,), "EET": (2,), "EST": (-5,), "GMT": (0,), "GST": (10,),
    "HDT": (-9,), "HKST": (9,), "HKT": (8,), "HST": (-10,), "IDT": (3,), "IST": (1, 2, 5.5), "JST": (9,), "KST": (8.5, 9),
    "MDT": (-6,), "MEST": (2,), "MET": (1,), "MSD": (4,), "MSK": (3, 4), "MST": (-7,),
    "NDT": (-2.5,), "NST": (-3.5,), "NZDT": (13,),
    "NZST": (12,), "PDT": (-7, 9), "PKST": (6,), "PKT": (5,), "PST": (-8, 8), "SAST": (2,), "SST": (-11,), "UT": (0,),
    "UTC": (0,), "WAT": (1,), "WEST": (1,), "WET": (0,), "WIB": (7,), "WIT": (9,), "WITA": (8,), "Z": (0,),
}
# fmt: on

# The offsets beside whole hours that the tz database has since 1970.
_BETWEEN_HOURS = frozenset({
    "-10:40", "-10:30", "-09:30", "-08:30", "-04:30", "-03:45", "-03:30", "-02:30", "-01:30", "+03:30", "+04:30", "+05:30",
    "+05:45", "+06:30", "+07:30", "+08:30", "+08:45", "+09:30", "+09:45", "+10:30", "+11:30", "+12:30", "+12:45", "+13:45",
})  # fmt: skip

_OFFSET = r"[+-]\d\d(?::?\d\d)?"
_IANA = r"[A-Z][A-Za-z]+(?:[/_-][A-Za-z]+)+"
_NAME = re.compile(r" ?([A-Za-z]{1,5})", re.ASCII)
_COUNTED = re.compile(rf" ?({_OFFSET})", re.ASCII)
_NAME_AND_OFFSET = re.compile(r" ?([A-Za-z]{2,5}) ?([+-](?:\d{1,2}(?::\d\d)?|\d{4}))", re.ASCII)
_OFFSET_AND_NAME = re.compile(rf" ?({_OFFSET}) ([A-Za-z]{{2,5}}|{_OFFSET})(?: m=[+-]\d{{1,12}}\.\d{{1,9}})?", re.ASCII)
_REGION = re.compile(rf" ?(Z|{_OFFSET})?\[([A-Za-z/_-]+)\]| ({_IANA})", re.ASCII)
_COMMENT = re.compile(r"([^()]+)\(([^()\d]{1,60})\)", re.ASCII)
_PARTS = re.compile(r"([+-])(\d\d?)(?::?(\d\d))?", re.ASCII)
_ANY_OFFSET = re.compile(r"[+-]\d{1,2}(?::?\d\d)?|Z", re.ASCII)


class Zone(NamedTuple):
    """The zone that a date names. If it names two, they must agree: `beside` is the other one."""

    zone: tzinfo
    beside: tzinfo | None = None

    def at(self, local: datetime) -> datetime:
        """A local time in this zone. Raises Mistake if the other zone has another offset then."""
        aware = local.replace(tzinfo=self.zone)
        if self.beside:
            offsets = {local.replace(tzinfo=self.beside, fold=fold).utcoffset() for fold in (0, 1)}
            if aware.utcoffset() not in offsets:
                raise Mistake("zone-two")
        return aware


@lru_cache(64)
def named(name: str) -> tzinfo:
    """The zone of a setting: an IANA name or an offset (`Europe/Berlin`, `+02:00`). Raises ValueError."""
    try:
        return offset(name) if re.fullmatch(r"[+-]\d\d:?\d\d", name, re.ASCII) else _region(name)
    except Mistake:
        raise ValueError(name) from None


@lru_cache(256)
def written(text: str, by_people: bool) -> Zone | None:
    """The zone at the end of a date, or None if the text is not a zone.

    `by_people` says that the names of RFC 822 have its meaning there. Raises Mistake if it is a zone that cannot be read.
    """
    if comment := _COMMENT.fullmatch(text):
        return _commented(comment[1].rstrip(), comment[2], by_people)
    if found := _COUNTED.fullmatch(text):
        return Zone(offset(found[1]))
    if found := _NAME.fullmatch(text):
        return _by_name(found[1], by_people)
    if found := _NAME_AND_OFFSET.fullmatch(text):
        counted = offset(found[2])
        if found[1].upper() in _UNIVERSAL or _of_name(found[1], _DEFINED) == counted:
            return Zone(counted)
        raise Mistake("zone-two") if found[1].upper() in _DEFINED else _no_one_zone(found[1])
    if found := _OFFSET_AND_NAME.fullmatch(text):
        counted, name = offset(found[1]), found[2]
        if name[0] in "+-":
            return Zone(counted, offset(name))
        if name.upper() not in _PRINTED:
            raise _no_one_zone(name)
        if counted.utcoffset(None) not in (timedelta(hours=hours) for hours in _PRINTED[name.upper()]):
            raise Mistake("zone-two")
        return Zone(counted)
    if found := _REGION.fullmatch(text):
        region = _region(found[2] or found[3])
        return Zone(UTC if found[1] == "Z" else offset(found[1]), region) if found[1] else Zone(region)
    if len(_ANY_OFFSET.findall(text)) > 1:
        raise Mistake("zone-two")
    return None


def _commented(text: str, name: str, by_people: bool) -> Zone | None:
    """A zone with a name in brackets. After an offset it may be any; after a name, it must mean the same."""
    zone = written(text, by_people)
    if zone is None:
        return None
    beside = _of_name(name, {**_BESIDE_AN_OFFSET, **_DEFINED})
    if _COUNTED.fullmatch(text) or _NAME_AND_OFFSET.fullmatch(text):
        is_known = beside and name.upper() not in _ALSO_ELSEWHERE
        return Zone(zone.zone, zone.beside or (beside if is_known else None))
    if beside is None:
        raise Mistake("zone-two")
    return Zone(zone.zone, zone.beside or beside)


def in_utc(aware: datetime) -> datetime:
    """The same moment in UTC, or the earliest if it is before that. Raises Mistake if it is after the latest."""
    try:
        return aware.astimezone(UTC)
    except OverflowError:
        if aware.year > 1:
            raise Mistake("date-after-9999") from None
        return datetime(1, 1, 1, tzinfo=UTC)


def offset(text: str) -> timezone:
    """The zone of an offset: `+02:00`, `-0330`, `+2`. Raises Mistake."""
    found = _PARTS.fullmatch(text)
    assert found is not None
    sign, hours, minutes = found[1], int(found[2]), int(found[3] or 0)
    span = timedelta(hours=hours, minutes=minutes) * (-1 if sign == "-" else 1)
    if minutes > 59 or not EARLIEST <= span <= LATEST:
        raise Mistake("zone-offset")
    return timezone(span)


def is_in_use(text: str) -> bool:
    """Whether any clock had this offset since 1970: none had `-09:15`, which is more likely a time of day."""
    return text in _BETWEEN_HOURS or (text[-2:] == "00" and EARLIEST <= timedelta(hours=int(text[:3])) <= LATEST)


def _by_name(name: str, by_people: bool) -> Zone | None:
    zone = _of_name(name, _DEFINED)
    if zone and (by_people or name.upper() not in _ALSO_ELSEWHERE):
        return Zone(zone)
    if name.isupper():
        raise _no_one_zone(name)
    return None


def _of_name(name: str, zones: dict[str, int]) -> timezone | None:
    hours = zones.get(name.upper())
    return None if hours is None else timezone(timedelta(hours=hours))


def _no_one_zone(name: str) -> Mistake:
    return Mistake("zone-ambiguous" if name.upper() in _DEFINED else "zone-unknown", name)


@lru_cache(64)
def _region(name: str) -> tzinfo:
    """Raises Mistake."""
    if name == "UTC":
        return UTC
    if name not in _regions():
        raise Mistake("zone-unknown", name)
    from importlib import resources  # slow to import, and few settings need it
    from zoneinfo import ZoneInfo

    with resources.files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as data:
        return ZoneInfo.from_file(data, name)


@cache
def _regions() -> frozenset[str]:
    from importlib import resources

    return frozenset(resources.files("tzdata").joinpath("zones").read_text("ascii").split())
