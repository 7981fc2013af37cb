"""Statistics of a site: entries per month, the largest topics and providers, and why records are left out."""

from collections.abc import Iterable

import msgspec

from feedloom import problems
from feedloom.model import Feed, Kind
from feedloom.problems import Code
from feedloom.report import Check, Records

_MOST = 10


class Month(msgspec.Struct, frozen=True):
    """The number of entries in a month, such as `2021-05`."""

    month: str
    entries: int


class Name(msgspec.Struct, frozen=True):
    """A topic or provider, and its number of entries."""

    name: str
    entries: int


class Ranking(msgspec.Struct, frozen=True):
    """The largest names, and the number of all."""

    largest: list[Name]
    all: int


class Reason(msgspec.Struct, frozen=True):
    """Why records are left out, what to do, and how many they are: a row of `problems.ROWS`."""

    code: Code
    reason: str
    fix: str
    records: int


class Stats(msgspec.Struct, frozen=True):
    """The statistics of a site. `months` go from the first entry to the last, without gaps."""

    records: Records
    months: list[Month]
    topics: Ranking
    providers: Ranking
    reasons: list[Reason]

    @property
    def of_articles(self) -> "ArticleStats":
        """What visitors of the site may see: nothing of records that are not published."""
        return ArticleStats(self.records.published, self.months, self.topics, self.providers)

    @property
    def articles(self) -> int:
        """The number of published records."""
        return self.records.published


class ArticleStats(msgspec.Struct, frozen=True):
    """The statistics of what a site publishes."""

    articles: int
    months: list[Month]
    topics: Ranking
    providers: Ranking


def of(check: Check) -> Stats:
    """The statistics of a check, which must have made the feeds of topics and providers."""
    return Stats(
        records=check.records,
        months=_months(check.feeds),
        topics=_ranking(check.feeds, "topic"),
        providers=_ranking(check.feeds, "provider"),
        reasons=[
            Reason(found.code, found.row.summary, found.row.fix, found.records)
            for found in problems.grouped(check.problems)
            if found.level == "rejected"
        ],
    )


def _months(feeds: Iterable[Feed]) -> list[Month]:
    (counts,) = (feed.months for feed in feeds if feed.kind == "all")
    months = range(min(counts), max(counts) + 1) if counts else ()
    return [Month(f"{1970 + month // 12}-{month % 12 + 1:02}", counts.get(month, 0)) for month in months]


def _ranking(feeds: Iterable[Feed], kind: Kind) -> Ranking:
    ours = sorted((feed for feed in feeds if feed.kind == kind), key=lambda feed: (-feed.total, feed.name, feed.slug))
    return Ranking([Name(feed.name, feed.total) for feed in ours[:_MOST]], len(ours))
