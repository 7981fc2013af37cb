"""Dates are read in one way only, or not at all."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedloom import dates

READ = {
    "2021-05-21T18:09:00Z": "2021-05-21T18:09:00Z",
    "2021-05-21T18:09:00.987654321Z": "2021-05-21T18:09:00Z",
    "2021-05-21T20:09:00+02:00": "2021-05-21T18:09:00Z",
    "2021-05-21 18:09:00 +0000": "2021-05-21T18:09:00Z",
    "2021-05-21 18:09": "2021-05-21T18:09:00Z",
    "2021-05-21": "2021-05-21T00:00:00Z",
    "2021-5-3": "2021-05-03T00:00:00Z",
    "2021/05/21 6:09 pm EDT": "2021-05-21T22:09:00Z",
    "20210521T180900Z": "2021-05-21T18:09:00Z",
    "2021-W20-5": "2021-05-21T00:00:00Z",
    "2021-141": "2021-05-21T00:00:00Z",
    "2021-05-21T24:00:00Z": "2021-05-22T00:00:00Z",
    "Fri, 21 May 2021 18:09:00 GMT": "2021-05-21T18:09:00Z",
    "Fri, 21 May 2021 14:09:00 EDT": "2021-05-21T18:09:00Z",
    "21 May 2021": "2021-05-21T00:00:00Z",
    "May 21, 2021 6:09 PM": "2021-05-21T18:09:00Z",
    "21.05.2021 18:09": "2021-05-21T18:09:00Z",
    "13/02/2021": "2021-02-13T00:00:00Z",
}

REFUSED = {
    "2021-13-45": "no day of the calendar",
    "2021-02-30": "no day of the calendar",
    "2021-25-12": "no day of the calendar",
    "2021-05-21 x": "is no date",
    "01/02/2021": "could be two days",
    "10/11/12": "no year of four digits",
    "21 May 21": "no year of four digits",
    "Tuesday": "no year of four digits",
    "10:30": "no year of four digits",
    "2021": "names no day",
    "2021-05": "names no day",
    "May 2021": "names no full day",
    "5": "is no date",
    "1621620540": "is no date",
    "": "is no date",
    "Fri May 21 18:09:00 IST 2021": "time zone IST",
    "0001-01-01T00:00:00Z": "before 1970",
    "1969-12-31T23:59:59Z": "before 1970",
    "9999-12-31T23:59:59-12:00": "is no date",
    "0000-01-01": "no day of the calendar",
    "2021 " + "x" * 100: "is no date",
}


@pytest.mark.parametrize("written", READ)
@pytest.mark.parametrize("machine", ["UTC", "America/New_York"])
def test_read(written: str, machine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", machine)
    assert dates.rfc3339(dates.moment(written, UTC)) == READ[written]


@pytest.mark.parametrize("written", REFUSED)
def test_refused(written: str) -> None:
    with pytest.raises(ValueError, match=REFUSED[written]):
        dates.moment(written, UTC)


def test_the_site_has_a_time_zone() -> None:
    assert dates.rfc3339(dates.moment("2021-05-21 18:09", dates.zone("Europe/Berlin"))) == "2021-05-21T16:09:00Z"
    assert dates.rfc3339(dates.moment("2021-05-21 18:09", dates.zone("-03:30"))) == "2021-05-21T21:39:00Z"
    assert dates.rfc3339(dates.moment("2021-05-21 18:09Z", dates.zone("Europe/Berlin"))) == "2021-05-21T18:09:00Z"


@pytest.mark.parametrize("name", ["Mars/Olympus", "", "../etc/passwd", "+25:00", "CEST"])
def test_no_time_zone(name: str) -> None:
    with pytest.raises(ValueError, match="is no time zone"):
        dates.zone(name)


words = st.sampled_from(
    ["2021", "05", "21", "May", "-", "/", " ", ":", "T", "Z", "+02:00", "pm", "Fri", ",", ".", "th", "0", "99"]
)


@given(st.text(max_size=40) | st.lists(words, max_size=9).map("".join))
def test_every_text_is_read_or_refused(written: str) -> None:
    try:
        moment = dates.moment(written, UTC)
    except ValueError:
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
            return dates.moment(text, UTC)
        except ValueError as error:
            return str(error)

    assert told(text) == told(" " + text)
