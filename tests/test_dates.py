"""Dates are read in one way only, or not at all."""

import re
import time
import zoneinfo
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, tzinfo
from importlib import resources
from pathlib import Path

import pytest
from dateutil import parser
from hypothesis import given
from hypothesis import strategies as st

from feedloom.config.settings import Rules
from feedloom.problems import Mistake
from feedloom.records import parse
from feedloom.values import dates, zones
from tests.conftest import record
from tests.fuzz import spellings

READ = {
    "Thu, 30 May 2024 10:00:00 +0800 (CST)": "2024-05-30T02:00:00Z",
    "Thu May 30 2024 17:00:12 GMT+0800 (CST)": "2024-05-30T09:00:12Z",
    # ISO 8601
    "2021-05-21T18:09:00Z": "2021-05-21T18:09:00Z",
    "2021-05-21T18:09:00.987654321Z": "2021-05-21T18:09:00Z",
    "2021-05-21T18:09:00,5Z": "2021-05-21T18:09:00Z",
    "2021-05-21T20:09:00+02:00": "2021-05-21T18:09:00Z",
    "2021-05-21t18:09z": "2021-05-21T18:09:00Z",
    "2021-05-21 18:09:00 +0000": "2021-05-21T18:09:00Z",
    "2021-05-21 18:09:00-04": "2021-05-21T22:09:00Z",
    "2021-05-21T10:00-11:00": "2021-05-21T21:00:00Z",
    "2021-05-21 18:09 -0400": "2021-05-21T22:09:00Z",
    "2021-05-21 18:09 Z": "2021-05-21T18:09:00Z",
    "2021-05-21 18:09": "2021-05-21T18:09:00Z",
    "2021-05-21T18": "2021-05-21T18:00:00Z",
    "2021-05-21": "2021-05-21T00:00:00Z",
    "20210521": "2021-05-21T00:00:00Z",
    "20210521T180900Z": "2021-05-21T18:09:00Z",
    "2021-W20-5": "2021-05-21T00:00:00Z",
    "2021-W20-5T18:09:00Z": "2021-05-21T18:09:00Z",
    "2020-W53-5": "2021-01-01T00:00:00Z",
    "2021-141": "2021-05-21T00:00:00Z",
    "2020-366": "2020-12-31T00:00:00Z",
    "2021-05-21T24:00:00Z": "2021-05-22T00:00:00Z",
    "2021-05-21T24:00Z": "2021-05-22T00:00:00Z",
    "2021-05-21T18:09:00-00:00": "2021-05-21T18:09:00Z",
    "2021-05-21T18:09:00+14:00": "2021-05-21T04:09:00Z",
    "2021-05-21T18:09:00-12:00": "2021-05-22T06:09:00Z",
    # XML Schema's dates with an offset
    "2019-03-26-06:00": "2019-03-26T06:00:00Z",
    "2019-03-26+02:00": "2019-03-25T22:00:00Z",
    "2019-03-26Z": "2019-03-26T00:00:00Z",
    "2019-03-26+12:45": "2019-03-25T11:15:00Z",
    "2019-03-26-09:30": "2019-03-26T09:30:00Z",
    # RFC 2822, RFC 850, ctime, JavaScript, Go, Java
    "Fri, 21 May 2021 18:09:00 GMT": "2021-05-21T18:09:00Z",
    "Fri, 21 May 2021 14:09:00 EDT": "2021-05-21T18:09:00Z",
    "Fri, 21 May 2021 12:09:00 CST": "2021-05-21T18:09:00Z",
    "Fri, 21 May 2021 14:09 -0400 (EDT)": "2021-05-21T18:09:00Z",
    "Friday, 21-May-2021 18:09:00 GMT": "2021-05-21T18:09:00Z",
    "Fri May 21 18:09:00 2021": "2021-05-21T18:09:00Z",
    "Fri May  7 18:09:00 UTC 2021": "2021-05-07T18:09:00Z",
    "Fri May 21 06:09:00 PM UTC 2021": "2021-05-21T18:09:00Z",
    "Thu May 30 2024 17:00:12 GMT+0200 (Central European Summer Time)": "2024-05-30T15:00:12Z",
    "2018-02-05 10:11:12 +0000 UTC": "2018-02-05T10:11:12Z",
    "2018-02-05 10:11:12.5 +0100 CET m=+0.000012": "2018-02-05T09:11:12Z",
    "2018-02-05 10:11:12 +0300 +03": "2018-02-05T07:11:12Z",
    "2018-02-05 10:11:12 +0800 CST": "2018-02-05T02:11:12Z",
    "2018-02-05 10:11:12.5 -0600 CST m=+0.000012": "2018-02-05T16:11:12Z",
    "2021-05-21 18:09 +0530 IST": "2021-05-21T12:39:00Z",
    "2012-05-21 18:09:00 +0400 MSK": "2012-05-21T14:09:00Z",
    "2021-05-21T18:09+02:00[Europe/Berlin]": "2021-05-21T16:09:00Z",
    "2021-01-21T18:09Z[Europe/London]": "2021-01-21T18:09:00Z",
    # Zones
    "2026-03-11 14:32:45 UTC-4": "2026-03-11T18:32:45Z",
    "30 May 2024 10:00 GMT +2": "2024-05-30T08:00:00Z",
    "30 May 2024 10:00 UTC-03:30": "2024-05-30T13:30:00Z",
    "2021-05-21 18:09 EST-0500": "2021-05-21T23:09:00Z",
    "2021-05-21 18:09:00 America/Chicago": "2021-05-21T23:09:00Z",
    "2021-05-21 18:09 utc": "2021-05-21T18:09:00Z",
    # As people write
    "2021-5-3": "2021-05-03T00:00:00Z",
    "2021/05/21 6:09 pm EDT": "2021-05-21T22:09:00Z",
    "2021.05.21": "2021-05-21T00:00:00Z",
    "21 May 2021": "2021-05-21T00:00:00Z",
    "1st of May, 2021": "2021-05-01T00:00:00Z",
    "Sept. 5, 2021": "2021-09-05T00:00:00Z",
    "June 15,1987": "1987-06-15T00:00:00Z",
    "May 21, 2021 6:09 PM": "2021-05-21T18:09:00Z",
    "May 21, 2021 at 6:09\u202fp.m.": "2021-05-21T18:09:00Z",
    "18:09, 21 May 2021": "2021-05-21T18:09:00Z",
    "21.05.2021 18:09": "2021-05-21T18:09:00Z",
    "13/02/2021": "2021-02-13T00:00:00Z",
    "2/13/2021": "2021-02-13T00:00:00Z",
    "03/03/2021": "2021-03-03T00:00:00Z",
    "2019-02-08 10.55 am": "2019-02-08T10:55:00Z",
    "2024-05-30 18.30": "2024-05-30T18:30:00Z",
    "30.05.2024 18.30": "2024-05-30T18:30:00Z",
    "2024-05-30 6.30pm": "2024-05-30T18:30:00Z",
    "2024-05-30 12:30 am": "2024-05-30T00:30:00Z",
    "2024-05-30 12 pm": "2024-05-30T12:00:00Z",
}

REFUSED = {
    "names the time zone CST, which is more than one": [
        "Saturday, 01-Jun-2024 10:00:00 CST", "Sat 01 Jun 2024 10:00:00 AM CST",
    ],
    "is no day of the calendar": [
        "2021-13-45", "2021-02-30", "2021-25-12", "0000-01-01", "2021-366", "2021-000", "2021-W53-1", "2021-W20-8",
        "9999-366",
        "Fri, 32 May 2021 00:00:00 GMT", "31/02/2021", "13/13/2021",
    ],
    "is no time of day": [
        "2021-05-21 25:00", "2021-05-21T24:00:01Z", "2021-05-21 13:00 PM", "2021-05-21 0:30 am", "21 May 2021 10:60",
    ],
    "a leap second": ["2016-12-31T23:59:60Z", "31 Dec 2016 23:59:60"],
    "is a Friday": ["Sat, 21 May 2021 18:09:00 GMT", "Mon 2021-05-21"],
    "could be two days": [
        "01/02/2021", "05.06.2021", "1-2 May 2024", "May 20-26, 2024", "3/4 May 2024", "1 and 2 May 2024",
        "30 May - 2 June 2024",
        "30 May 2024, 31 May 2024", "2024-05-20/2024-05-26", "2024-05-20/26", "28\u201329 May 2024",
    ],
    "could be a day and a time": [
        "2024-06-15-09:15", "2024-06-15+09:15", "2024-06-15-10:20", "2024-06-15-07:30", "2024-06-15-18:30", "2024-06-15+00:30",
    ],
    "could be two times": [
        "2024-05-30T10:00-10:20", "2024-05-30T1000-1045", "2024-05-30T10-11", "30 May 2024 10:00-1045",
        "2024-05-30 17:00-18:00", "2024-05-30 10:00-11:00", "2024-05-30 10:00 - 11:00", "30 May 2024 10:00\u201311:00",
        "30 May 2024 6pm-7pm",
    ],
    "has a two-digit year": ["10/11/12", "21 May 21", "May 21, '21", "Friday, 21-May-21 18:09:00 GMT", "21-05-21"],
    "names no year": ["Tuesday", "10:30", "now", "today", "yesterday", "May 21", "21 May", ""],
    "names no day": ["2021", "2021-05", "202105", "05/2021", "May 2021", "2021 May", "2021-W20"],
    "is a number, not a date": ["5", "1621620540", "1621620540000", "2021141", "-1"],
    "names two time zones": [
        "1 June 2024 10:00 CST (China Standard Time)", "Jun 1, 2024 10:00 PST (Philippine Standard Time)",
        "1 June 2024 10:00 GMT (British Summer Time)", "2024-06-01 10:00 UTC (Berlin)",
        "2024-06-01 10:00 America/Chicago (Berlin)",

        "2022-05-17T15:00:00Z-07:00", "2018-06-03T06:38:25Z-0700", "2018-06-03T06:38:25+0200Z", "2021-05-21 18:09 EST-0400",
        "2021-05-21 18:09 EST+5", "2018-02-05 10:11:12 +0200 UTC", "2018-02-05 10:11:12 +0200 (EST)",
        "2018-02-05 10:11:12 +0200 -0200", "2018-02-05 10:11:12 +0300 CST", "2018-02-05 10:11:12 +0300 IST m=+0.0",
        "2021-05-21T18:09+01:00[Europe/Berlin]",
    ],
    "names the time zone": [
        "Fri May 21 18:09:00 IST 2021", "2021-05-21 18:09 BST", "2021-05-21 18:09 CET", "30 May 2024 10:00 JST+9",
        "30 May 2024 10:00 A",
        "2021-05-21 18:09 Mars/Olympus", "2021-05-21 18:09 America/chicago", "2021-05-21 18:09 +0530 XYZ",
    ],
    "which is more than one": ["Fri May 21 18:09:00 CST 2021", "2021-05-21 18:09 PST"],
    "an offset that no time zone has": [
        "2021-05-21T18:09+14:01", "2021-05-21T18:09-12:30", "2021-05-21 18:09 GMT+15", "2021-05-21T18:09+02:60",
    ],
    "is in a form that is not read": [
        "2021-05-21 x", "2024:03:29 07:19:05", "20230808120000Z", "2024-01-01x10:00", "2021-05-21T18.5",
        "2021-05-21T18.30", "2021-05-21 18",
        "2021-05-21T18:09.50Z", "2021-05-21T18:09:00.+02:00", "2021-05-21T18:09:00Z; x", "Posted 21 May 2021",
        "21 Mai 2021", "21 May 2021 10",
        "10000-01-01", "\uff12\uff10\uff12\uff11-05-21", "\u0662\u0660\u0662\u0661-\u0660\u0665-\u0662\u0661",
        "2021-05-21 18:09:00 GMT+530",
        "2021-05-21 18:09:00 \u221202:00", "2021-05-21 18:09:00+2",
        "2021 " + "x" * 100, "2021-05-21T18:09:00." + "9" * 100 + "Z",
    ],
    "before 1970": [
        "0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "1969-12-31T23:59:59Z", "1066-10-14", "1 Jan 1970 00:00 +0001",
    ],
    "after the year 9999": ["9999-12-31T23:59:59-12:00", "9999-12-31T24:00"],
}  # fmt: skip


def no_warning(doubt: Mistake) -> None:
    raise AssertionError(doubt)


def moment(written: str, zone: tzinfo = UTC) -> datetime:
    return dates.moment(written, zone, no_warning)


@pytest.fixture(scope="module", params=["UTC", "America/New_York"])
def machine(request: pytest.FixtureRequest) -> Iterator[str]:
    """A machine in another time zone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", request.param)
        time.tzset()
        yield request.param
    time.tzset()


@pytest.mark.parametrize("written", READ)
def test_read(written: str, machine: str) -> None:
    assert dates.rfc3339(moment(written)) == READ[written]
    assert dates.rfc3339(moment(f"\n {written}\u00a0")) == READ[written]


@pytest.mark.parametrize(("reason", "written"), [(reason, one) for reason, several in REFUSED.items() for one in several])
def test_refused(reason: str, written: str) -> None:
    with pytest.raises(ValueError, match=re.escape(reason)):
        moment(written)


def test_the_site_has_a_time_zone() -> None:
    berlin = zones.named("Europe/Berlin")
    assert dates.rfc3339(moment("2021-05-21 18:09", berlin)) == "2021-05-21T16:09:00Z"
    assert dates.rfc3339(moment("21 May 2021 6 pm", berlin)) == "2021-05-21T16:00:00Z"
    assert dates.rfc3339(moment("2021-05-21", berlin)) == "2021-05-20T22:00:00Z"
    assert dates.rfc3339(moment("21 May 2021", berlin)) == "2021-05-20T22:00:00Z"
    assert dates.rfc3339(moment("2021-05-21 18:09", zones.named("-03:30"))) == "2021-05-21T21:39:00Z"
    assert dates.rfc3339(moment("2021-05-21 18:09Z", berlin)) == "2021-05-21T18:09:00Z"
    assert dates.rfc3339(moment("2021-05-21Z", berlin)) == "2021-05-21T00:00:00Z"


@pytest.mark.parametrize(
    ("written", "zone", "read", "doubt"),
    [
        ("2024-03-31 02:30", "Europe/Berlin", "2024-03-31T01:30:00Z", "does not exist in Europe/Berlin"),
        ("31 March 2024 2.30 am", "Europe/Berlin", "2024-03-31T01:30:00Z", "does not exist in Europe/Berlin"),
        ("2024-10-27T02:30:00", "Europe/Berlin", "2024-10-27T00:30:00Z", "happens twice in Europe/Berlin"),
        ("2024-11-03 01:30 America/Chicago", "UTC", "2024-11-03T06:30:00Z", "happens twice in America/Chicago"),
        ("2011-12-30 12:00", "Pacific/Apia", "2011-12-30T22:00:00Z", "does not exist in Pacific/Apia"),
    ],
)
def test_a_time_that_the_clocks_skip_or_show_twice(written: str, zone: str, read: str, doubt: str) -> None:
    doubts: list[Mistake] = []
    assert dates.rfc3339(dates.moment(written, zones.named(zone), doubts.append)) == read
    (told,) = doubts
    assert doubt in str(told)
    assert f"read as {read}: add the offset" in str(told)


def test_a_day_begins_where_its_midnight_is_skipped_or_shown_twice() -> None:
    """Whoever writes no time is not told that there is something wrong with it."""
    assert dates.rfc3339(moment("2018-11-04", zones.named("America/Sao_Paulo"))) == "2018-11-04T03:00:00Z"
    assert dates.rfc3339(moment("2024-11-03", zones.named("America/Havana"))) == "2024-11-03T04:00:00Z"


def test_an_offset_beside_a_zone_says_which_of_two_hours() -> None:
    assert dates.rfc3339(moment("2024-10-27T02:30+01:00[Europe/Berlin]")) == "2024-10-27T01:30:00Z"
    assert dates.rfc3339(moment("2024-10-27T02:30+02:00[Europe/Berlin]")) == "2024-10-27T00:30:00Z"


def test_a_record_tells_of_a_time_that_happens_twice() -> None:
    rules = Rules(zone="Europe/Berlin")
    reading = parse.reading(
        "a.md", record(publishedDateTime="2024-10-27 02:30", updatedDateTime="2025-03-30 02:30").encode(), rules
    )
    assert reading.record
    assert dates.rfc3339(reading.record.published) == "2024-10-27T00:30:00Z"
    assert [(one.field, one.level) for one in reading.problems] == [
        ("publishedDateTime", "warning"),
        ("updatedDateTime", "warning"),
    ]


@pytest.mark.parametrize(
    "name", ["Mars/Olympus", "", "../etc/passwd", "+25:00", "+15:00", "-12:30", "+02:99", "CEST", "europe/berlin", "tzdata"]
)
def test_no_time_zone(name: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(name)}$"):
        zones.named(name)


def test_offsets_and_names_are_those_of_the_tz_database() -> None:
    """Without Liberia's -00:44:30, and without names that were given up before 1990."""
    offsets, names = set(), set()
    for name in resources.files("tzdata").joinpath("zones").read_text("ascii").split():
        there = zones.named(name)
        for year in range(1970, 2038):
            for month in (1, 4, 7, 10):
                moment = datetime(year, month, 1, tzinfo=there)
                offsets.add(moment.isoformat()[19:])
                if year >= 1990 and moment.strftime("%Z").isalpha():
                    names.add(moment.strftime(" %z %Z"))
    assert {offset for offset in offsets if not zones.is_in_use(offset)} == {"-00:44:30"}
    assert all(zones.written(name, False) for name in names)


def test_zones_come_from_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each machine's own tables are of another year."""
    monkeypatch.setattr(zoneinfo, "TZPATH", ())
    with resources.files("tzdata").joinpath("zoneinfo", "Europe", "Berlin").open("rb") as data:
        packaged = zoneinfo.ZoneInfo.from_file(data)
    berlin = zones.named("Europe/Berlin")
    assert berlin is not zoneinfo.ZoneInfo("Europe/Berlin")
    for month in range(12 * 80):
        day = datetime(1970 + month // 12, month % 12 + 1, 28, 12)
        assert day.replace(tzinfo=berlin).utcoffset() == day.replace(tzinfo=packaged).utcoffset()


def test_another_reading_of_dateutil_is_no_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parser, "parse", lambda text, default: datetime(2021, 12, 5))
    assert dates.rfc3339(moment("5 December 2021")) == "2021-12-05T00:00:00Z"
    with pytest.raises(ValueError, match="a form that is not read"):
        moment("12 May 2021")


def test_the_examples_of_the_manual_are_read() -> None:
    manual = (Path(__file__).parent.parent / "docs" / "records.md").read_text()
    table = manual.split("| form | examples |")[1].split("\n\n")[0]
    examples = re.findall("`(.*?)`", table)
    assert len(examples) > 15
    for example in examples:
        moment(example)


def test_no_spelling_is_read_as_another_moment() -> None:
    """`python -m tests.fuzz.spellings 100000` tries more."""
    outcomes = list(spellings.readings(spellings.Grammar(15), 8_000))
    assert not [(spelling, reading) for spelling, reading in outcomes if spellings.is_wrong(spelling, reading)]
    read = [spelling for spelling, reading in outcomes if isinstance(reading, datetime)]
    assert len(read) > 2_000
    assert sum(spelling.usual for spelling in read) > 800


@pytest.mark.parametrize("unit", ["1", " ", "1-", "1:", "May ", "1 May ", "(", "a", "+01:00 ", "1-2 May ", "\u00a0", ".5"])
def test_long_texts_take_no_longer_than_they_are(unit: str) -> None:
    """A form that takes the square of the length would take hours."""
    for text in (
        unit * 500_000,
        "2021-05-21 10:00:00" + unit * 500_000,
        unit * 500_000 + "2021",
        "2021-05-21T10:00:00." + unit * 500_000,
    ):
        with suppress(ValueError):  # white space alone is no mistake
            moment(text)


words = st.sampled_from(
    [
        "2021",
        "05",
        "21",
        "May",
        "-",
        "/",
        " ",
        ":",
        "T",
        "Z",
        "+02:00",
        "pm",
        "Fri",
        ",",
        ".",
        "th",
        "0",
        "99",
        "(",
        "[",
        "EST",
        "Europe/",
    ]
)


@given(st.text(max_size=40) | st.lists(words, max_size=9).map("".join))
def test_every_text_is_read_or_refused(written: str) -> None:
    try:
        moment = dates.moment(written, UTC, no_warning)
    except Mistake as refused:
        assert str(refused)
        return
    assert moment.tzinfo is UTC
    assert moment >= dates.EARLIEST


def test_rfc822() -> None:
    assert dates.rfc822(datetime(2021, 5, 1, 8, 9, 7, 5, tzinfo=UTC)) == "Sat, 01 May 2021 08:09:07 GMT"


@given(st.from_regex(r"[0-9]{4}-[0-9W][0-9]-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z", fullmatch=True))
def test_the_usual_spelling_is_read_as_all_others(text: str) -> None:
    """With a space before it, it is none of the usual ones."""

    def told(text: str) -> datetime | str:
        try:
            return moment(text)
        except ValueError as error:
            return str(error)

    assert told(text) == told(" " + text)
