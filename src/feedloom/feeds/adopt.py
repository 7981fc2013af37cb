"""Which records the entries of old feeds are about, so that the records keep the ids that readers know.

An entry is matched by its address, then by its title and day, and only where one record fits.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence, Set
from datetime import datetime, timedelta
from typing import NamedTuple
from urllib.parse import unquote

from feedloom.feeds.old_feeds import OldEntry, OldFeed
from feedloom.values import characters

_LONGEST_ID = 1_000
_BROKEN = re.compile("[\x00-\x1f\x7f\x85]")  # no feed gives such an id back as it is
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!-~]+")  # Atom demands a full one
_INDEXES = ("index.html", "index.htm", "index.php")


class Article(NamedTuple):
    """A record as the next build would publish it; `addresses` are its own page and its link."""

    path: str
    id: str
    addresses: tuple[str, ...]
    title: str
    published: datetime


class Pair(NamedTuple):
    """An old entry and its record."""

    entry: OldEntry
    article: Article


class Adoption(NamedTuple):
    """What was matched. `gone` are entries without a record, `added` records that no old feed has.

    `other` are entries whose record has the id of another entry already: old feeds that name one article differently.
    """

    pairs: list[Pair]
    gone: list[OldEntry]
    added: list[Article]
    other: list[OldEntry]

    @property
    def ids(self) -> dict[str, str]:
        """The ids to keep, by the paths of the records."""
        return {pair.article.path: pair.entry.id for pair in self.pairs}

    @property
    def changing(self) -> list[Pair]:
        """Those whose records have other ids now: readers would show them as new."""
        return [pair for pair in self.pairs if pair.article.id != pair.entry.id]


def adopted(feeds: Sequence[OldFeed], articles: Iterable[Article]) -> Adoption:
    """Match the entries of old feeds with records; of entries with one id, the first counts."""
    entries: dict[str, OldEntry] = {}
    for feed in feeds:
        for entry in feed.entries:
            if entry.id and len(entry.id) <= _LONGEST_ID and not _BROKEN.search(entry.id):
                entries.setdefault(entry.id, entry)
    matching = _Matching(list(entries.values()), list(articles))
    # An id that is an address is the page's own; links may count clicks at another host, or lead to what a post is about.
    matching.by(lambda entry: {entry.id}, lambda article: {article.id, *article.addresses})
    matching.by(lambda entry: {_page(entry.id)} - {""}, _pages)
    matching.by(lambda entry: {entry.link}, lambda article: {*article.addresses})
    matching.by(lambda entry: {_page(entry.link)} - {""}, _pages)
    # A day alone is midnight in the zone that the old program knew: perhaps another day in UTC.
    matching.by(lambda entry: _title_and_days(entry, 0), _title_and_day)
    matching.by(lambda entry: _title_and_days(entry, -1, 1), _title_and_day)
    return matching.result()


def ids_of_feeds(feeds: Iterable[tuple[str | None, OldFeed]]) -> dict[str, str]:
    """The ids of old feeds by the addresses of ours, as they are given; the first without one is that of all articles.

    Only Atom feeds have an id.
    """
    found: dict[str, str] = {}
    for address, feed in feeds:
        if _URI.fullmatch(feed.id) and len(feed.id) <= _LONGEST_ID:
            found.setdefault(address or "all", feed.id)
    return found


class _Matching:
    """Entries and records that are not matched yet, and the pairs."""

    def __init__(self, entries: list[OldEntry], articles: list[Article]) -> None:
        self._entries = entries
        self._articles = articles
        self._taken: dict[int, int] = {}  # entry by record
        self._pairs: dict[int, int] = {}  # record by entry
        self._other: set[int] = set()

    def by(self, keys: Callable[[OldEntry], Set[Hashable]], keys_of_article: Callable[[Article], Set[Hashable]]) -> None:
        """Match each entry with the record that has a key of it, where there is one such record, or one that is left."""
        records: defaultdict[Hashable, set[int]] = defaultdict(set)
        for number, article in enumerate(self._articles):
            for key in keys_of_article(article):
                records[key].add(number)
        for number, entry in enumerate(self._entries):
            if number in self._pairs or number in self._other:
                continue
            fitting = {record for key in keys(entry) for record in records.get(key, ())}
            if len(fitting) > 1:
                fitting -= self._taken.keys()
            if len(fitting) != 1:
                continue
            (record,) = fitting
            if record in self._taken:
                self._other.add(number)
            else:
                self._taken[record] = number
                self._pairs[number] = record

    def result(self) -> Adoption:
        """What came of it, in the order of the entries and of the records."""
        return Adoption(
            pairs=[Pair(self._entries[entry], self._articles[record]) for entry, record in sorted(self._pairs.items())],
            gone=[entry for at, entry in enumerate(self._entries) if at not in self._pairs and at not in self._other],
            added=[article for at, article in enumerate(self._articles) if at not in self._taken],
            other=[self._entries[at] for at in sorted(self._other)],
        )


def _pages(article: Article) -> set[str]:
    return {_page(address) for address in article.addresses}


def _page(address: str) -> str:
    """What two addresses of one page share, whatever their scheme, `www.`, case, escapes, last slash and name of an index.

    Empty for anything but an http or https URL.
    """
    if not address.lower().startswith(("http://", "https://")):
        return ""
    host, slash, rest = address.partition("#")[0].partition("://")[2].partition("/")
    path, mark, query = unquote(rest).casefold().partition("?")
    for index in _INDEXES:
        if path == index or path.endswith(f"/{index}"):
            path = path.removesuffix(index)
    return f"{host.casefold().removeprefix('www.')}{slash}{path}".rstrip("/") + mark + query


def _words(title: str) -> str:
    return " ".join(characters.folded(title).split())


def _title_and_day(article: Article) -> Set[Hashable]:
    return {(_words(article.title), article.published.date())}


def _title_and_days(entry: OldEntry, *days: int) -> Set[Hashable]:
    if not entry.published or not entry.title:
        return set()
    return {(_words(entry.title), (entry.published + timedelta(days=day)).date()) for day in days}
