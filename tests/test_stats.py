"""`feedloom stats`: the numbers, the plots and the page."""

import base64
import hashlib
import json
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import html5lib
import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from feedloom.cli import charts
from feedloom.cli.main import main
from feedloom.config import load
from feedloom.config.settings import Config, PageLabels
from feedloom.config.settings import Site as SiteSettings
from feedloom.feeds import stats
from feedloom.feeds.group import into_feeds
from feedloom.feeds.stats import Stats
from feedloom.model import Moment, Problem, RecordSummary
from feedloom.render import stats_page
from feedloom.report import Check, Records
from tests.conftest import NOW, Site, record
from tests.test_hostile import VECTORS


def numbers(moments: list[datetime], topics: list[str] | None = None, problems: list[Problem] | None = None) -> Stats:
    """Of entries of these moments, each of one of the topics in turn."""
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    summaries = [
        RecordSummary(
            number=number,
            seal=b"",
            file=b"",
            id=f"https://e.example/{number}",
            published=Moment((moment - epoch) // timedelta(microseconds=1)),
            updated=Moment(0),
            topics=(topics[number % len(topics)],) if topics else (),
        )
        for number, moment in enumerate(moments)
    ]
    counts = Records(len(summaries), len(summaries), 0, 0, 0, 0)
    return stats.of(Check(counts, [], into_feeds(summaries, Config()), problems or []))


def drawn(numbers: Stats, width: int = 80) -> list[str]:
    console = Console(width=width, highlight=False, no_color=True)
    with console.capture() as captured:
        console.print(*charts.drawn(numbers))
    return [line.rstrip() for line in captured.get().splitlines()]


def parsed(page: bytes) -> None:
    html5lib.HTMLParser(strict=True).parse(page.decode())


MOMENTS = st.datetimes(datetime(1970, 1, 1), datetime(2026, 1, 1), timezones=st.just(UTC))


@given(st.lists(MOMENTS, max_size=30))
def test_every_entry_is_counted_in_its_month(moments: list[datetime]) -> None:
    found = numbers(moments)
    expected = Counter(f"{moment:%Y-%m}" for moment in moments)
    assert {month.month: month.entries for month in found.months if month.entries} == expected
    first, last = min(moments, default=None), max(moments, default=None)
    if first and last:
        between = (last.year - first.year) * 12 + last.month - first.month + 1
        assert [month.month for month in found.months] == sorted({month.month for month in found.months})
        assert len(found.months) == between
    lines = drawn(found)
    assert [line[:4] for line in lines[3:]] == sorted({month.month[:4] for month in found.months})
    assert max(map(len, lines), default=0) <= 80
    parsed(stats_page.page(found, Config(site=SiteSettings(title="T"))))


def test_a_plot_shows_heights() -> None:
    moments = [datetime(2020, month, 5, tzinfo=UTC) for month in (3, 5, 5, 6, 6, 6, 6)]
    assert drawn(numbers(moments)) == [
        "",
        "Entries per month  most: 4 in 2020-06",
        "year  JFMAMJJASOND  entries",
        "2020    ▂·▄█              7  " + "█" * 7,
    ]


def test_little_data_has_short_bars() -> None:
    def bars(*counts: int) -> list[int]:
        topics = [f"{at:02}" for at, count in enumerate(counts) for _ in range(count)]
        lines = drawn(numbers([datetime(2020, 3, 5, tzinfo=UTC)] * len(topics), topics))
        return [line.count("█") for line in lines[lines.index("Largest topics") + 1 :]]

    assert bars(3, 1) == [3, 1]
    assert bars(59, 10) == [59, 10]
    assert bars(60, 30)[0] > 60  # from here on, as wide as there is place


def test_twenty_years_and_fifty_thousand_entries() -> None:
    moments = [datetime(2006, 1, 1, tzinfo=UTC) + timedelta(hours=3.5 * n) for n in range(50_000)]
    found = numbers(moments, [f"Topic {n}" for n in range(300)])
    assert (len(found.months), found.topics.all, len(found.topics.largest)) == (240, 300, 10)
    assert len(drawn(found)) == 2 + 1 + 20 + 2 + 10
    page = stats_page.page(found, Config(site=SiteSettings(title="T")))
    parsed(page)
    assert len(page) < 60_000
    assert re.findall(rb'y="178">(\d+)<', page) == [str(year).encode() for year in range(2006, 2026, 2)]


def test_the_largest_come_first_and_are_told_of_how_many() -> None:
    found = numbers([NOW] * 12, ["B", "A", "A", "C"])
    assert [(one.name, one.entries) for one in found.topics.largest] == [("A", 6), ("B", 3), ("C", 3)]
    many = numbers([NOW] * 12, [f"T{n:02}" for n in range(12)])
    assert [one.name for one in many.topics.largest] == [f"T{n:02}" for n in range(10)]
    assert "Largest topics  10 of 12" in drawn(many)
    assert b"Topics (10 of 12)" in stats_page.page(many, Config(site=SiteSettings(title="T")))


def test_reasons_count_records_and_leave_warnings_out() -> None:
    problems = [
        Problem("a.md", 1, None, "file-empty", (), "rejected"),
        Problem("b.md", 1, None, "file-empty", (), "rejected"),
        Problem("c.md", 1, "title", "title-missing", (), "rejected"),
        Problem("d.md", 1, "quality", "not-integer", ("x",), "warning"),
    ]
    found = numbers([], problems=problems)
    assert [(one.code, one.reason, one.records) for one in found.reasons] == [
        ("file-empty", "the file is empty", 2),
        ("title-missing", "the title is missing", 1),
    ]
    assert "Add a line such as title: Words." in stats_page.page(found, Config(site=SiteSettings(title="T"))).decode()


@pytest.mark.parametrize("name", [*VECTORS, "\u202e" + "x" * 2_000, "\x1b[2J"])
def test_names_do_nothing_to_a_terminal_or_a_page(name: str) -> None:
    found = numbers([NOW], [name])
    lines = drawn(found)
    assert all(line.isprintable() for line in lines)
    assert len(lines) < 12
    page = stats_page.page(found, Config(site=SiteSettings(title=f"x{name}")))
    assert b"<script" not in page
    assert b"<img" not in page


def test_the_page_asks_for_nothing() -> None:
    page = stats_page.page(numbers([NOW], ["A"]), Config(site=SiteSettings(title="News"))).decode()
    parsed(page.encode())
    (style,) = re.findall("<style>(.*?)</style>", page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"default-src 'none'; base-uri 'none'; form-action 'none'; img-src data:; style-src 'sha256-{digest}'" in page
    assert set(re.findall(r'(?:src|href)="([^"]*)"', page)) == {"data:,"}
    assert "url(" not in style
    assert "style=" not in page


# --- The command --------------------------------------------------------------------------------------------------------


def run(*arguments: str) -> Result:
    result = CliRunner().invoke(main, ["stats", *arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def test_nothing_to_count(site: Site) -> None:
    assert run("records").stdout.splitlines() == [
        "Would publish 0 of 0 records.",
        "Nothing to publish: the folder has no .md, .markdown, .txt, .yaml or .yml file.",
    ]
    assert run("records", "--html", "stats.html").exit_code == 0
    parsed(Path("stats.html").read_bytes())


def test_one_record_in_every_form(site: Site) -> None:
    site.write({"a.md": record(topics="[AI]", provider="{domain: p.example}")})
    told = run("records").stdout
    assert told.startswith("Would publish 1 of 1 record.\n\nEntries per month  most: 1 in 2021-05\n")
    assert json.loads(run("records", "--json").stdout) == {
        "records": {"read": 1, "published": 1, "unpublished": 0, "scheduled": 0, "rejected": 0, "duplicates": 0, "notes": 0},
        "months": [{"month": "2021-05", "entries": 1}],
        "topics": {"largest": [{"name": "AI", "entries": 1}], "all": 1},
        "providers": {"largest": [{"name": "p.example", "entries": 1}], "all": 1},
        "reasons": [],
    }
    assert run("records", "--html", "stats.html").stdout == "Wrote stats.html\n"
    assert '<h1 dir="auto" lang="">News</h1>' in Path("stats.html").read_text()
    assert run("records", "--html", "no/stats.html").stderr == (
        "feedloom: no/stats.html: cannot be written: No such file or directory\n"
    )


def test_a_page_and_json_in_one_run(site: Site) -> None:
    site.write({"a.md": record(topics="[AI]")})
    result = run("records", "--json", "--html", "stats.html")
    assert json.loads(result.stdout) == json.loads(run("records", "--json").stdout)
    parsed(Path("stats.html").read_bytes())


def test_topics_are_counted_though_they_have_no_feeds(site: Site) -> None:
    site.write({"a.md": record(topics="[AI]")})
    Path("feedloom.yaml").write_text("groups: {topic: false}\nfeeds: [{name: X, where: {topics: [Nothing]}}]\n")
    assert json.loads(run("records", "--json").stdout)["topics"]["all"] == 1


def test_nothing_of_an_unpublished_record_is_told(site: Site) -> None:
    site.write({"a.md": record(published="false", topics="[Secret]", provider="Secret"), "b.md": record()})
    for arguments in ((), ("--json",), ("--html", "-"), ("--html", "stats.html")):
        assert "Secret" not in run("records", *arguments).stdout
    assert "Secret" not in Path("stats.html").read_text()


@pytest.mark.parametrize("language", ["de", "ar", "zh-TW", "nl"])
def test_visitors_read_the_numbers_in_the_language_of_the_site(site: Site, language: str) -> None:
    """All of them: nothing that is English without saying so."""
    records = {f"{at}.md": record(webUrl=f"https://e.org/{at}", topics=f"[{at}0]", provider=f"{at}.org") for at in range(12)}
    site.write(records | {"bad.md": record(publishedDateTime="soon")})
    Path("feedloom.yaml").write_text(f"site: {{language: {language}, title: '0'}}\n")
    english = PageLabels()
    words = load.load("feedloom.yaml").labels
    for options in ([], ["--public"]):
        page = run("records", "--html", "-", *options).stdout
        parsed(page.encode())
        direction = ' dir="rtl"' if language == "ar" else ""
        assert page.startswith(f'<!doctype html>\n<html lang="{"en" if language == "nl" else language}"{direction}>')
        for name in ("numbers", "per_month", "year", "articles", "made"):
            assert getattr(words.pages, name) in page
            assert language == "nl" or getattr(english, name) != getattr(words.pages, name)
        body = page.partition("<body>")[2]
        outside = re.sub(r'<(\w+)[^>]* lang="en".*?</\1>', "", body, flags=re.DOTALL)
        texts = set(re.findall("[A-Za-z]{3,}", re.sub("<[^>]*>", "", outside)))
        assert texts <= {"org", "feedloom"} or language in ("de", "nl")
        assert ("Why records are left out" in page) == ("--public" not in options)


@pytest.mark.parametrize("options", [["--json"], ["--html", "-"], []])
def test_visitors_see_nothing_of_what_is_not_published(site: Site, options: list[str]) -> None:
    articles = {f"{at}.md": record(webUrl=f"https://e.org/{at}", topics="[Open]") for at in range(12)}
    kept = {f"no{at}.md": record(webUrl=f"https://e.org/no{at}", topics="[Secret]", published="false") for at in range(307)}
    bad = {f"bad{at}.md": record(publishedDateTime="soon") for at in range(129)}
    site.write(articles | kept | bad)
    args = ["stats", str(site.records), *options]
    public = CliRunner().invoke(main, [*args, "--public"]).stdout
    assert "12" in public
    assert "Open" in public
    for secret in ("307", "129", "448", "Secret", "left out", "rejected", "unpublished"):
        assert secret not in public
    assert "307" in CliRunner().invoke(main, args).stdout
