"""The statistics of a site as an HTML page. It contains its style and loads nothing."""

import base64
import hashlib
import pkgutil
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from feedloom.feeds.stats import ArticleStats, Month, Ranking, Stats
from feedloom.render.templating import templates

_WIDTH, _HEIGHT = 720, 160
"""The size of the plot, in units of its view box."""
_MOST_LABELS = 12


class _Column(NamedTuple):
    """A month in the plot. The first month of a year has a `label` below it, if there is space."""

    month: Month
    x: float
    width: float
    height: float
    label: str


class _Bar(NamedTuple):
    """A row of a table. `share` is the length of its bar: 100 for the longest."""

    name: str
    number: int
    share: float
    fix: str = ""


class _Table(NamedTuple):
    """Names, with the number of `what` for each."""

    id: str
    heading: str
    names: str
    what: str
    bars: list[_Bar]


def page(stats: Stats | ArticleStats, title: str) -> bytes:
    """The page."""
    style = _style()
    return (
        templates()
        .get_template("statistics.html")
        .render(
            stats=stats,
            records=stats.records if isinstance(stats, Stats) else None,
            title=title,
            columns=_columns(stats.months),
            years=_years(stats.months),
            tables=list(_tables(stats)),
            top=max((month.entries for month in stats.months), default=0),
            style=style,
            digest=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
        )
        .encode()
    )


def _tables(stats: Stats | ArticleStats) -> Iterator[_Table]:
    """The tables that have rows."""
    for id, ranking in (("topic", stats.topics), ("provider", stats.providers)):
        if ranking.all:
            top = ranking.largest[0].entries
            bars = [_Bar(one.name, one.entries, _share(one.entries, top)) for one in ranking.largest]
            yield _Table(f"{id}s", f"The largest {id}s{_of(ranking)}", id.capitalize(), "Entries", bars)
    if isinstance(stats, Stats) and stats.reasons:
        top = stats.reasons[0].records
        bars = [_Bar(one.reason, one.records, _share(one.records, top), one.fix) for one in stats.reasons]
        yield _Table("reasons", "Why records are left out", "What is wrong, and what to do", "Records", bars)


def _of(ranking: Ranking) -> str:
    shown = len(ranking.largest)
    return "" if shown == ranking.all else f", {shown:,} of {ranking.all:,}"


def _share(count: int, top: int) -> float:
    return round(100 * count / top, 1)


@cache
def _style() -> str:
    data = pkgutil.get_data("feedloom.render", "templates/statistics.css")
    assert data is not None
    return data.decode()


def _columns(months: list[Month]) -> list[_Column]:
    top = max((month.entries for month in months), default=0)
    step = _WIDTH / max(12, len(months))  # at most a twelfth of the width for a month
    every = -(-len(months) // (12 * _MOST_LABELS))
    columns = []
    for at, month in enumerate(months):
        year, _, number = month.month.partition("-")
        is_labelled = at == 0 if len(months) < 12 else number == "01" and int(year) % every == 0
        height = round(_HEIGHT * month.entries / top, 2)
        columns.append(_Column(month, round(at * step, 2), round(step * 0.8, 2), height, year if is_labelled else ""))
    return columns


def _years(months: list[Month]) -> dict[str, list[int | None]]:
    """The entries in the months of each year; None before the first entry and after the last."""
    years: dict[str, list[int | None]] = {}
    for month in months:
        year, _, number = month.month.partition("-")
        years.setdefault(year, [None] * 12)[int(number) - 1] = month.entries
    return years
