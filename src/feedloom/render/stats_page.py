"""The statistics of a site as an HTML page. It contains its style and loads nothing.

What visitors may see is in the language of the site; what only its owner sees, about records that are left out, is English.
"""

import base64
import hashlib
import pkgutil
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from feedloom.config.settings import Config
from feedloom.feeds.stats import ArticleStats, Month, Ranking, Stats
from feedloom.render.templating import templates
from feedloom.render.words import Words, words_of

_WIDTH, _HEIGHT = 720, 160
"""The size of the plot, in units of its view box."""
_MOST_LABELS = 12


class _Column(NamedTuple):
    """A month in the plot, and its entries. The first month of a year has a `label` below it, if there is space."""

    name: str
    entries: str
    x: float
    width: float
    height: float
    label: str


class _Bar(NamedTuple):
    """A row of a table. `share` is the length of its bar: 100 for the longest."""

    name: str
    number: str
    share: float
    fix: str = ""


class _Table(NamedTuple):
    """Names, with the number of `what` for each. The texts are in English if it `is_english`."""

    id: str
    heading: str
    names: str
    what: str
    bars: list[_Bar]
    is_english: bool = False


def page(stats: Stats | ArticleStats, config: Config) -> bytes:
    """The page."""
    style = _style()
    words = words_of(config)
    months = stats.months
    top = max((month.entries for month in months), default=0)
    between = {"first": _name(months[0], words), "last": _name(months[-1], words)} if months else {}
    return (
        templates()
        .get_template("statistics.html")
        .render(
            stats=stats,
            records=stats.records if isinstance(stats, Stats) else None,
            site=config.site,
            words=words.labels,
            lang=words.lang,
            is_rtl=words.is_rtl,
            content_lang=words.content_lang,
            count=words.counted(words.labels.count, stats.articles).format(count=words.number(stats.articles)),
            plot=words.labels.plot.format(**between, count=words.number(top)) if months else "",
            columns=_columns(months, words),
            names=[words.month_name(month) for month in range(1, 13)],
            years=_years(months, words),
            tables=list(_tables(stats, words, config)),
            top=words.number(top),
            style=style,
            digest=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
        )
        .encode()
    )


def _name(month: Month, words: Words) -> str:
    year, _, number = month.month.partition("-")
    return words.month(int(year), int(number))


def _tables(stats: Stats | ArticleStats, words: Words, config: Config) -> Iterator[_Table]:
    """The tables that have rows."""
    for id, name, ranking in (
        ("topics", config.labels.topics, stats.topics),
        ("providers", config.labels.providers, stats.providers),
    ):
        if ranking.all:
            top = ranking.largest[0].entries
            bars = [_Bar(one.name, words.number(one.entries), _share(one.entries, top)) for one in ranking.largest]
            yield _Table(id, f"{name}{_of(ranking, words)}", name, words.labels.articles, bars)
    if isinstance(stats, Stats) and stats.reasons:
        top = stats.reasons[0].records
        bars = [_Bar(one.reason, f"{one.records:,}", _share(one.records, top), one.fix) for one in stats.reasons]
        yield _Table("reasons", "Why records are left out", "What is wrong, and what to do", "Records", bars, is_english=True)


def _of(ranking: Ranking, words: Words) -> str:
    shown = len(ranking.largest)
    if shown == ranking.all:
        return ""
    return f" ({words.labels.part.format(count=words.number(shown), total=words.number(ranking.all))})"


def _share(count: int, top: int) -> float:
    return round(100 * count / top, 1)


@cache
def _style() -> str:
    data = pkgutil.get_data("feedloom.render", "templates/statistics.css")
    assert data is not None
    return data.decode()


def _columns(months: list[Month], words: Words) -> list[_Column]:
    top = max((month.entries for month in months), default=0)
    step = _WIDTH / max(12, len(months))  # at most a twelfth of the width for a month
    every = -(-len(months) // (12 * _MOST_LABELS))
    columns = []
    for at, month in enumerate(months):
        year, _, number = month.month.partition("-")
        is_labelled = at == 0 if len(months) < 12 else number == "01" and int(year) % every == 0
        height = round(_HEIGHT * month.entries / top, 2)
        place = (round(at * step, 2), round(step * 0.8, 2), height)
        columns.append(_Column(_name(month, words), words.number(month.entries), *place, year if is_labelled else ""))
    return columns


def _years(months: list[Month], words: Words) -> dict[str, list[str]]:
    """The entries in the months of each year; empty before the first entry and after the last."""
    years: dict[str, list[str]] = {}
    for month in months:
        year, _, number = month.month.partition("-")
        years.setdefault(year, [""] * 12)[int(number) - 1] = words.number(month.entries)
    return years
