"""Charts for a terminal."""

from collections.abc import Iterable, Iterator

from rich.bar import Bar
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from feedloom.feeds.stats import ArticleStats, Month, Ranking, Stats
from feedloom.model import printable
from feedloom.values.text import shortened

_HEIGHTS = "▁▂▃▄▅▆▇█"
_NONE = "·"
_COLOUR = "green"
_LEFT_OUT = "yellow"
_NAMES = 36
"""The width of names, in columns."""
_FULL = 60
"""A bar for less than this is not wider than one column for each record, so that little data does not look like much."""


def drawn(stats: Stats | ArticleStats) -> Iterator[RenderableType]:
    """The charts that have data, each after its heading."""
    if stats.months:
        yield _heading("Entries per month", f"most: {_most(stats.months)}")
        yield _years(stats.months)
    for heading, ranking in (("Largest topics", stats.topics), ("Largest providers", stats.providers)):
        if ranking.all:
            yield _heading(heading, _share(ranking))
            yield _bars((one.name, one.entries) for one in ranking.largest)
    if isinstance(stats, Stats) and stats.reasons:
        yield _heading("Why records are left out", "feedloom check lists them, with fixes")
        yield _bars(((one.reason, one.records) for one in stats.reasons), _LEFT_OUT)


def _heading(what: str, note: str) -> Text:
    return Text.assemble("\n", (what, "bold"), (f"  {note}" if note else "", "dim"))


def _most(months: list[Month]) -> str:
    top = max(months, key=lambda month: month.entries)
    return f"{top.entries:,} in {top.month}"


def _share(ranking: Ranking) -> str:
    shown = len(ranking.largest)
    return "" if shown == ranking.all else f"{shown:,} of {ranking.all:,}"


def _years(months: list[Month]) -> Table:
    """A row for each year: a bar for each month, and a bar for the year."""
    top = max(month.entries for month in months)
    years: dict[str, list[str]] = {}
    totals: dict[str, int] = {}
    for month in months:
        year, _, number = month.month.partition("-")
        years.setdefault(year, [" "] * 12)[int(number) - 1] = _height(month.entries, top)
        totals[year] = totals.get(year, 0) + month.entries
    table = Table(box=None, expand=True, pad_edge=False, header_style="dim")
    table.add_column("year")
    table.add_column("JFMAMJJASOND")
    table.add_column("entries", justify="right")
    table.add_column("", ratio=1)
    for year, heights in years.items():
        table.add_row(year, Text("".join(heights), _COLOUR), f"{totals[year]:,}", _bar(totals[year], max(totals.values())))
    return table


def _height(entries: int, top: int) -> str:
    return _HEIGHTS[-(-len(_HEIGHTS) * entries // top) - 1] if entries else _NONE


def _bars(rows: Iterable[tuple[str, int]], colour: str = _COLOUR) -> Table:
    """A row for each name: the count and a bar."""
    rows = list(rows)
    top = max(count for _, count in rows)
    table = Table(box=None, expand=True, pad_edge=False, show_header=False)
    table.add_column(max_width=_NAMES, overflow="fold")
    table.add_column(justify="right")
    table.add_column(ratio=1)
    for name, count in rows:
        table.add_row(Text(shortened(printable(name), 2 * _NAMES)), f"{count:,}", _bar(count, top, colour))
    return table


def _bar(count: int, most: int, colour: str = _COLOUR) -> Bar:
    return Bar(most, 0, count, color=colour, width=None if most >= _FULL else most)
