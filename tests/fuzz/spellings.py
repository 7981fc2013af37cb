"""Dates spelt from their parts by a grammar, so that the moment that each means is known without reading it.

`python -m tests.fuzz.spellings 100000 [SEED]` reads that many, prints how many are read and refused, and every wrong reading.
Nothing here comes from the tables of the program.
"""

import random
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import islice
from typing import NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from feedloom.values import dates

T = TypeVar("T")

SITE = timezone(timedelta(hours=5, minutes=45))
"""An odd one, so that a zone that gets lost is seen."""

MONTHS = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
]  # fmt: skip
FOREIGN = ["janvier", "Février", "März", "avril", "Mai", "juin", "Juli", "août", "Sept embre", "Oktober", "nov embre", "Dez."]
WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
NAMED = {"UTC": 0, "GMT": 0, "UT": 0, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7}
UNCLEAR = ["IST", "BST", "AST", "CET", "CEST", "JST", "AEST", "WET", "MSK", "SST", "A", "M", "Y", "LOCAL", "XYZ", "ET", "PT"]
REGIONS = ["America/Chicago", "Europe/Berlin", "Asia/Kolkata", "Australia/Sydney", "America/Argentina/Buenos_Aires", "UTC"]


class Spelling(NamedTuple):
    """A text, the moment that it means (None where it means none or several), and whether it is a form that has to be read."""

    text: str
    means: datetime | None
    usual: bool = False


class Part(NamedTuple):
    """A part of a text, what it means, and whether it is usual."""

    text: str
    means: object
    usual: bool = False


class Grammar:
    """Spellings without end; the seed decides which."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)

    def __iter__(self) -> Iterator[Spelling]:
        while True:
            yield self.spelling()

    def spelling(self) -> Spelling:
        """One date, in one of the orders of day, time and zone."""
        day = self.a_day()
        written, clock = self.day(day), self.clock()
        if written.means is None and clock.text.isdigit():
            clock = Part("18:09", timedelta(hours=18, minutes=9))  # the digits could pass for the year that is missing
        between = " " if "-" in clock.text else self.between(written)  # `T10:00-11:00` is an offset in ISO 8601
        local_zone = self.zone(day)
        order = self.chance.random()
        if order < 0.12:
            return self.edged(self.joined(written, Part("", timedelta(), True), Part("", None, True), ""))
        if order < 0.2:
            offset = self.pick(["Z", f"{self.pick('+-')}{self.pick(['00', '03', '11'])}:{self.pick(['00', '00', '30', '15'])}"])
            if offset[-2:] in ("15", "30") and offset not in ("+03:30", "-03:30", "+11:30"):
                return self.edged(Spelling(f"{day.isoformat()}{offset}", None))  # no clock has it: it is a time of day
            there = timedelta() if offset == "Z" else self.span(offset)
            means = datetime(day.year, day.month, day.day, tzinfo=UTC) - there
            return self.edged(Spelling(f"{day.isoformat()}{offset}", self.late(means), True))
        if order < 0.3:
            weekday, month = self.weekday(day), self.month(day)
            name = self.pick(["", " UTC", " EST", " +0200", " GMT", " CET", " Z", " JST+9"])
            offsets = {"": None, " CET": "no", " JST+9": "no", " EST": timedelta(hours=-5), " +0200": timedelta(hours=2)}
            zone = Part(name, offsets.get(name, timedelta()), name != " JST+9")
            text = f"{weekday.text}{month.text} {day.day:2} {clock.text}{name} {day.year}"
            parts = self.joined(Part("", day if weekday.means and month.means else None), clock, zone, " ")
            return self.edged(Spelling(text, parts.means))
        if order < 0.38:
            made = self.joined(written, clock, local_zone, " ")
            glue = self.pick([" ", ", "])
            return self.edged(Spelling(f"{clock.text}{local_zone.text}{glue}{written.text}", made.means))
        return self.edged(self.joined(written, clock, local_zone, between))

    def joined(self, day: Part, clock: Part, zone: Part, between: str) -> Spelling:
        """Day, time and zone; it means nothing where one of them does not."""
        text, usual = f"{day.text}{between}{clock.text}{zone.text}", day.usual and clock.usual and zone.usual
        if not isinstance(day.means, date) or clock.means is None or zone.means == "no" or between == "no":
            return Spelling(text, None)
        assert isinstance(clock.means, timedelta)
        if between in ("T", "t") and ("." in clock.text[:3] or "m" in clock.text.lower()):
            return Spelling(text, None)  # in ISO 8601 these are a fraction of the hour, or nothing
        if between in ("x", "_", "", "TT", ",,", " x ") and clock.text:
            return Spelling(text, None)
        usual = usual and (between in ("", " ") or (between == "T" and day.text[:4].isdigit() and clock.text[:2].isdigit()))
        local = datetime(day.means.year, day.means.month, day.means.day) + clock.means
        if isinstance(zone.means, str):
            aware = local.replace(tzinfo=ZoneInfo(zone.means))
            if aware.utcoffset() != aware.replace(fold=1).utcoffset():
                return Spelling(text, aware.astimezone(UTC))  # with a warning
            return Spelling(text, self.late(aware.astimezone(UTC)), usual)
        there = zone.means if isinstance(zone.means, timedelta) else SITE.utcoffset(None)
        return Spelling(text, self.late(local.replace(tzinfo=UTC) - there), usual)

    def edged(self, spelling: Spelling) -> Spelling:
        """With something around it, in a few of the cases."""
        text, means, usual = spelling
        at = self.chance.random()
        if at < 0.05:
            return Spelling(self.pick([" ", "\t", "\n", "\u00a0"]) + text + self.pick(["", " ", "\n"]), means, usual)
        if at < 0.08:
            before = self.pick(["Posted ", "on or about ", "~", "(", "x", "AD "])
            after = self.pick([" x", "; Z", ";2020", " (draft)x", "\u2013", " 7", " 12019", " - 3", "/4", ")", "?"])
            return Spelling(self.pick([before + text, text + after]), None)
        if at < 0.09:
            digits = self.pick(["\uff10", "\u0660", "\u0966"])
            return Spelling("".join(chr(ord(digits) + int(one)) if one in "0123456789" else one for one in text), means)
        if at < 0.1:
            return Spelling(text.replace("-", "\u2212"), means)
        if at < 0.11:
            return Spelling(text + " " + text, None)
        return spelling

    # --- The day ---

    def a_day(self) -> date:
        """Mostly of our time."""
        if self.chance.random() < 0.04:
            return date(self.pick([1, 1066, 1900, 1969, 2100, 2999, 9998]), self.chance.randrange(1, 13), 28)
        return date(1970, 1, 2) + timedelta(days=self.chance.randrange(68 * 365))

    def day(self, day: date) -> Part:
        """One spelling of a day."""
        way = self.chance.random()
        if way < 0.4:
            return self.numbers(day)
        if way < 0.92:
            return self.words(day)
        return self.no_day(day)

    def numbers(self, day: date) -> Part:
        """ISO 8601, and other orders of numbers."""
        y, m, d = f"{day.year:04}", day.month, day.day
        clear = day if d > 12 or d == m else None
        iso = day.isocalendar()
        mark = self.pick("-/.")
        return self.pick(
            [
                Part(day.isoformat(), day, True),
                Part(day.isoformat(), day, True),
                Part(f"{y}{mark}{m:02}{mark}{d:02}", day, True),
                Part(f"{y}{mark}{m}{mark}{d}", day, True),
                Part(f"{y}{m:02}{d:02}", day),
                Part(f"{iso[0]:04}-W{iso[1]:02}-{iso[2]}", day),
                Part(f"{iso[0]:04}W{iso[1]:02}{iso[2]}", day),
                Part(f"{y}-{day.timetuple().tm_yday:03}", day),
                Part(f"{d:02}{mark}{m:02}{mark}{y}", clear, clear is not None),
                Part(f"{m:02}{mark}{d:02}{mark}{y}", clear, clear is not None),
                Part(f"{d}{mark}{m}{mark}{y}", clear),
                Part(f"{y} {m:02} {d:02}", day),
                Part(f"{y}:{m:02}:{d:02}", day),
            ]
        )

    def words(self, day: date) -> Part:
        """Orders of a day with the month's name."""
        weekday, month, y, d = self.weekday(day), self.month(day), f"{day.year:04}", day.day
        ending = {1: "st", 2: "nd", 3: "rd"}.get(d % 10 if d // 10 != 1 else 0, "th")
        means = day if weekday.means and month.means else None
        usual = means is not None and weekday.usual and month.usual
        name = month.text
        text, known = self.pick(
            [
                (f"{d} {name} {y}", True),
                (f"{d:02} {name} {y}", True),
                (f"{d}{ending} {name} {y}", True),
                (f"{d}{ending} of {name}, {y}", True),
                (f"{d}. {name} {y}", True),
                (f"{d}-{name}-{y}", False),
                (f"{d}/{name}/{y}", False),
                (f"{d}{name}{y}", False),
                (f"{name} {d}, {y}", True),
                (f"{name} {d},{y}", True),
                (f"{name} {d} {y}", True),
                (f"{name} {d}{ending}, {y}", True),
                (f"{name} the {d}{ending}, {y}", False),
                (f"{y} {name} {d}", False),
                (f"{y}-{name}-{d:02}", False),
                (f"{y}, {d} {name}", False),
            ]
        )
        return Part(weekday.text + text, means, usual and known)

    def weekday(self, day: date) -> Part:
        """The day's own, or none, or another."""
        at = day.weekday()
        name = WEEKDAYS[at]
        return self.pick(
            [
                *[Part("", True, True)] * 12, Part(f"{name}, ", True, True), *[Part(f"{name[:3]}, ", True, True)] * 3,
                Part(f"{name[:3]} ", True, True), Part(f"{name[:3].upper()}. ", True), Part(f"{name[:4]} ", True),
                Part(f"{WEEKDAYS[at - 1][:3]}, ", None), Part(f"{WEEKDAYS[at - 4]} ", None), Part("Mittwoch, ", None),
            ]
        )  # fmt: skip

    def month(self, day: date) -> Part:
        """The month's name, or one in another language."""
        name = MONTHS[day.month - 1]
        ways = [Part(one, True, True) for one in (name, name[:3], name.lower(), name[:3].upper())] * 3
        return self.pick(
            [*ways, *[Part(one, True) for one in (f"{name[:3]}.", FOREIGN[day.month - 1], name[:4])], Part(f"{name}x", None)]
        )

    def no_day(self, day: date) -> Part:
        """What names no day, several, or one that there is not."""
        y, short, m, d, name = f"{day.year:04}", f"{day.year % 100:02}", day.month, day.day, MONTHS[day.month - 1]
        other, dash = d % 28 + 1, self.pick(["-", " - ", "\u2013", "/", " & ", " and ", " to ", ", "])
        ways = [
            f"{d} {name} {short}", f"{d} {name} '{short}", f"{name} {d}, {short}", f"{d}-{name[:3]}-{short}",
            f"{d}/{m}/{short}",
            f"{short}-{m:02}-{d:02}", f"{m}/{d}/{short}", f"{name} {y}", f"{y} {name}", f"{y}", f"{y}-{m:02}", f"{m:02}/{y}",
            f"{d} {name}",
            f"{name} {d}", f"{d}", name, f"{y}-W12", f"{d}{dash}{other} {name} {y}", f"{name} {d}{dash}{other}, {y}",
            f"{d} {name} {dash} {other} {name} {y}", f"{d} {name} {y}{dash}{other} {name} {y}", f"{y}-{m:02}-{d:02}/{other:02}",
            f"{y}-{m:02}-{d:02}/{y}-{m:02}-{other:02}", f"31 {name[:3]} {y} {d}", f"{y}-02-30", f"{y}-13-{d:02}",
            f"{y}-{m:02}-00",
            f"{y}-00-{d:02}", f"{y}-{m:02}-32", f"{y}-366-1", f"{y}-W54-1", f"{y}-W10-8", f"{y}-000", f"{y}-367",
            f"30 February {y}",
            f"0 {name} {y}", f"32 {name} {y}", f"{y}/{m}-{d}", f"{d}/{m}-{y}", f"1{y}-{m:02}-{d:02}", f"-{y}-{m:02}-{d:02}",
            f"{y}-{m:02}-{d:02}-{other:02}", f"{day.toordinal() * 86400}", f"{day.toordinal()}.5", "now", "today",
            "yesterday", "tomorrow",
            "Tuesday", "next Friday", "0000-00-00", f"{y}-{m:02}-{d:02} BC", f"{y}{m:02}", f"{short}{m:02}{d:02}",
            f"{name} {y} {name}",
        ]  # fmt: skip
        return Part(self.pick(ways), None)

    # --- The time ---

    def clock(self) -> Part:
        """A time of day in one spelling, or what is none."""
        hour, minute, second = self.chance.randrange(24), self.chance.randrange(60), self.chance.randrange(60)
        fraction = self.pick(["5", "25", "123", "123456", "987654321"])
        h12, half = (hour + 11) % 12 + 1, "ap"[hour // 12]
        at, exact = timedelta(hours=hour, minutes=minute), timedelta(hours=hour, minutes=minute, seconds=second)
        finest = exact + timedelta(microseconds=int(f"{fraction:0<6}"[:6]))
        later = f"{hour + 1:02}:{minute:02}"
        gap = self.pick(["", " "])
        if self.chance.random() < 0.9:
            return self.pick(
                [
                    Part(f"{hour:02}:{minute:02}", at, True),
                    Part(f"{hour:02}:{minute:02}:{second:02}", exact, True),
                    Part(f"{hour:02}:{minute:02}:{second:02}", exact, True),
                    Part(f"{hour:02}:{minute:02}:{second:02}.{fraction}", finest, True),
                    Part(f"{hour:02}:{minute:02}:{second:02},{fraction}", finest),
                    Part(f"{hour}:{minute:02}", at),
                    Part(f"{h12}:{minute:02}{gap}{half}m", at),
                    Part(f"{h12}:{minute:02}:{second:02} {half.upper()}M", exact),
                    Part(f"{h12:02}:{minute:02}{gap}{half}.m.", at),
                    Part(f"{h12}{gap}{half}m", timedelta(hours=hour)),
                    Part(f"{hour:02}.{minute:02}", at),
                    Part(f"{h12}.{minute:02}{gap}{half}m", at),
                    Part(f"{hour:02}{minute:02}", at),
                    Part(f"{hour:02}{minute:02}{second:02}", exact),
                    Part(f"{hour}h{minute:02}", at),
                    Part("24:00", timedelta(days=1)),
                    Part(f"{hour:02}.{minute:02}.{second:02}", exact),
                ]
            )
        ways = [
            f"{hour:02}:60", f"{hour:02}:{minute:02}:61", "24:01", "25:00", "99:99", f"{hour % 10 + 13}:00 pm",
            f"0:{minute:02} {half}m",
            f"{hour:02}:{minute:02}-{later}", f"{hour:02}:{minute:02} - {later}", f"{hour:02}:{minute:02}\u2013{later}",
            f"{hour:02}:{minute:02} and {later}", f"{hour:02}:{minute:02}/{later}", f"{h12}{half}m-{h12 % 12 + 1}{half}m",
            f"{hour:02}:{minute:02} {later}", f"{hour:02}:{minute % 10}", f"{hour:02}::{minute:02}", f"{hour:02}:{minute:02}:",
            f"{hour:02}:{minute:02}.{second:02}", f"{hour:02}:{minute:02}:{second:02}:{fraction[0]}",
            f"{h12}:{minute:02} {half}mx",
            f"{hour:02}:{minute:02} o'clock {hour}", f"{hour:02}:{minute:02} {half}m pm", f"{hour:02}.5", "noon:30",
            f"{hour}:{minute:03}",
        ]  # fmt: skip
        return Part(self.pick(ways), None)

    def between(self, day: Part) -> str:
        """What separates day and time."""
        if self.chance.random() < 0.05:
            return self.pick(["x", "_", "", "TT", ",,", " x "])
        return self.pick(["T", " ", " ", ", ", " at ", "t", "  "] if day.text[:4].isdigit() else [" ", ", ", " at ", " - "])

    # --- The zone ---

    def zone(self, day: date) -> Part:
        """A zone in one spelling; it means an offset, a region, None for the site's, or "no"."""
        way = self.chance.random()
        sign, hours, minutes = self.pick("+-"), self.chance.randrange(12), self.pick([0, 0, 0, 30, 45])
        there = timedelta(hours=hours, minutes=minutes) * (1 if sign == "+" else -1)
        long, short = f"{sign}{hours:02}:{minutes:02}", f"{sign}{hours:02}{minutes:02}"
        gap = self.pick(["", " "])
        if way < 0.25:
            return Part("", None, True)
        if way < 0.5:
            return self.pick(
                [
                    Part("Z", timedelta(), True), Part("z", timedelta()), Part(f"{gap}{long}", there, sign == "+"),
                    Part(f" {short}", there, True),
                    Part(f"{sign}{hours:02}", timedelta(hours=hours) * (1 if sign == "+" else -1)), Part("-00:00", timedelta()),
                    Part(" Z", timedelta(), True),
                ]
            )  # fmt: skip
        if way < 0.6:
            name = self.pick(sorted(NAMED))
            return Part(
                f" {self.pick([name, name, name.lower()])}", timedelta(hours=NAMED[name]), name in ("UTC", "GMT", "EST", "EDT")
            )
        if way < 0.77:
            base, whole = self.pick(["UTC", "GMT", "UT"]), timedelta(hours=hours) * (1 if sign == "+" else -1)
            words = self.pick(["", f" ({self.pick(['CEST', 'Central European Summer Time', 'GMT+x', 'heure d’été'])})"])
            return self.pick(
                [
                    Part(f" {base}{gap}{short}{words}", there, not words),
                    Part(f" {base}{gap}{long}", there, True),
                    Part(f" {base}{gap}{sign}{hours}", whole, True),
                    Part(f" {base}{gap}{sign}{hours}:{minutes:02}", there, True),
                    Part(f" {short} (XYT)", there, True),
                    Part(f" {short} {short}", there),
                    Part(f"{long}[Etc/Nowhere]", "no"),
                ]
            )
        if way < 0.84:
            region = self.pick(REGIONS)
            return self.pick(
                [Part(f" {region}", region, region != "UTC"), Part(f"[{region}]", region), Part(f" {region.lower()}x", "no")]
            )
        if way < 0.9:
            name = self.pick(sorted(NAMED))
            own = NAMED[name]
            same = f"{'-' if own <= 0 else '+'}{abs(own):02}00"
            return self.pick(
                [Part(f" {name}{same}", timedelta(hours=own)), Part(f" {same} {name}", timedelta(hours=own)), self.go()]
            )
        zone = self.pick(sorted(set(NAMED) - {"UTC", "GMT", "UT"}))
        odd = f"{sign}{self.chance.randrange(15, 24)}:{minutes:02}"
        ways = [
            f"Z{long}", f"Z{short}", f"{long}Z", f" {short} Z" if there else " +0100 Z", f" {self.pick(UNCLEAR)}",
            f" {zone}+0100", f" {zone}-0930", f" {zone}+{-NAMED[zone]}",
            " JST+9", " IST+0530", f" {self.pick(UNCLEAR[:8])}{short}", odd, f" {odd}", f" GMT{odd}", f" UTC{odd}", "-12:30",
            "+14:30", "+99:99",
            f"{sign}{hours:02}:60", f" +0100 {zone}", f" {zone} UTC", f" UTC {zone}", f" {long} +03:17", f" +01:17 {zone}",
            f" {zone}/{zone}",
            "+", "-", " +", " GMT+", " UTC-", f" GMT{sign}100:00", f" {sign}12345", " Mars/Olympus",
            " (UTC", " +0100 (EST)", " -0100 (GMT)",
        ]  # fmt: skip
        return Part(self.pick(ways), "no")

    def go(self) -> Part:
        """As Go prints a time."""
        tail = self.pick(["", " m=+0.000012", " m=-3.1"])
        return Part(f" +0000 UTC{tail}", timedelta(), True)

    # --- Choices ---

    def pick(self, choices: Sequence[T]) -> T:
        """One of some."""
        return self.chance.choice(choices)

    @staticmethod
    def span(offset: str) -> timedelta:
        """What `+05:30` stands for."""
        there = timedelta(hours=int(offset[1:3]), minutes=int(offset[4:]))
        return -there if offset[0] == "-" else there

    @staticmethod
    def late(moment: datetime) -> datetime | None:
        """A moment that may be published, or None."""
        return moment if moment >= datetime(1970, 1, 1, tzinfo=UTC) else None


def readings(grammar: Iterable[Spelling], count: int) -> Iterator[tuple[Spelling, datetime | str]]:
    """Spellings, and what the program makes of each: a moment, or why it is refused."""
    for spelling in islice(grammar, count):
        try:
            yield spelling, dates.moment(spelling.text, SITE, lambda _: None)
        except ValueError as error:
            yield spelling, str(error)


def is_wrong(spelling: Spelling, reading: datetime | str) -> bool:
    """Whether a reading is another moment than the text means, or a usual text is refused."""
    if isinstance(reading, str):
        return spelling.usual and spelling.means is not None
    return reading != spelling.means


def main(count: int, seed: int) -> int:
    """Print what became of some spellings; the exit code says whether one was wrong."""
    counts: Counter[str] = Counter()
    for spelling, reading in readings(Grammar(seed), count):
        kind = "means a moment" if spelling.means else "means none or several"
        if is_wrong(spelling, reading):
            counts[f"{kind}, WRONG"] += 1
            print(f"{spelling.text!r} means {spelling.means}: {reading}")
        else:
            counts[f"{kind}, {'refused' if isinstance(reading, str) else 'read as it'}"] += 1
    for kind, number in sorted(counts.items()):
        print(f"{number:8,} {kind}")
    return int(any("WRONG" in kind for kind in counts))


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0))
