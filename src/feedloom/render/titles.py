"""Unique titles: no two feeds of a catalog have the same title, and no two outlines of an OPML file."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from typing import TypeVar

import msgspec

from feedloom.config.settings import Config, Titles
from feedloom.config.translations import words
from feedloom.model import Feed, FeedName, Kind, ListedFeed, Problem, RetiredFeed
from feedloom.render.metadata import pattern_title
from feedloom.values.characters import folded

_Name = TypeVar("_Name", bound=FeedName)


def told_apart(feeds: Iterable[ListedFeed], config: Config) -> list[ListedFeed]:
    """The feeds of a catalog. Those that would have the same title get brackets (`apart`).

    All live feeds with the same title get brackets. A retired feed gets them if any other feed has its title.
    """
    feeds = list(feeds)
    titles = {feed.address: pattern_title(feed, config) for feed in feeds if isinstance(feed, Feed)}
    apart = brackets([feed for feed in feeds if isinstance(feed, Feed)], lambda feed: titles[feed.address])
    taken = {folded(bracketed(title, apart.get(address, ""))) for address, title in titles.items()}
    apart |= giving_way(
        [feed for feed in feeds if isinstance(feed, RetiredFeed)], lambda feed: pattern_title(feed, config), taken
    )
    return [
        feed if feed.apart == (wanted := apart.get(feed.address, "")) else msgspec.structs.replace(feed, apart=wanted)
        for feed in feeds
    ]


def brackets(feeds: Iterable[_Name], name: Callable[[_Name], str], taken: Iterable[str] = ()) -> dict[str, str]:
    """The text in brackets for feeds that have the same name, by path.

    `taken` are folded names that others have. A provider gets its domain in brackets, other feeds their path. Paths contain no
    spaces and no brackets, so no two names with brackets are equal. A name that already looks like one with brackets gets
    brackets, too.
    """
    others: defaultdict[str, list[_Name]] = defaultdict(list)
    names = {}
    for feed in feeds:
        names[feed.address] = own = name(feed)
        others[folded(own)].append(feed)
    found: dict[str, str] = {}
    again = [text for text, same in others.items() if len(same) > 1] + [text for text in taken if text in others]
    while again:
        for feed in others.pop(again.pop(), ()):
            found[feed.address] = _mark(feed)
            text = folded(bracketed(names[feed.address], found[feed.address]))
            if text in others:
                again.append(text)
    return found


def giving_way(feeds: Iterable[_Name], name: Callable[[_Name], str], taken: set[str]) -> dict[str, str]:
    """The text in brackets for feeds that must not take the names of others, by path.

    `taken` are the folded names that others have; the new names are added.
    """
    feeds = list(feeds)
    counts = Counter(folded(name(feed)) for feed in feeds)
    found = {}
    for feed in feeds:
        text, mark = name(feed), ""
        if counts[folded(text)] > 1:
            mark = _mark(feed)
        while folded(bracketed(text, mark)) in taken:
            mark = f"{mark}) ({feed.address}" if mark else _mark(feed)
        taken.add(folded(bracketed(text, mark)))
        if mark:
            found[feed.address] = mark
    return found


def bracketed(name: str, mark: str) -> str:
    """A name with a text in brackets, if there is one."""
    return f"{name} ({mark})" if mark else name


def clashes(feeds: Iterable[ListedFeed], config: Config) -> list[Problem]:
    """Problems: title patterns of the settings that give several feeds the same title."""
    usual = Titles(**words(config.site.language).get("titles", {}))
    own = [kind for kind in Titles.__struct_fields__ if getattr(config.titles, kind) != getattr(usual, kind)]
    same: defaultdict[str, list[Feed]] = defaultdict(list)
    for feed in feeds:
        if isinstance(feed, Feed):
            same[folded(pattern_title(feed, config))].append(feed)
    found: dict[Kind, list[list[Feed]]] = {}
    for alike in same.values():
        kind = next((feed.kind for feed in alike if feed.kind in own), None)
        if kind and len(alike) > 1:
            found.setdefault(kind, []).append(alike)
    return [
        Problem("", None, f"titles.{kind}", "feed-titles-alike", _alike(groups, config), "warning")
        for kind, groups in sorted(found.items())
    ]


_MOST_NAMED = 3


def _alike(groups: list[list[Feed]], config: Config) -> tuple[str, str, str]:
    """How many titles are shared, the first of them, and some of its feeds."""
    first = groups[0]
    paths = [feed.address for feed in first[:_MOST_NAMED]] + (["..."] if len(first) > _MOST_NAMED else [])
    return f"{len(groups):,}", pattern_title(first[0], config), ", ".join(paths)


def _mark(feed: FeedName) -> str:
    is_whole = feed.kind == "provider" and "@" not in feed.slug  # each name on the domain may have a feed
    return feed.domain if is_whole and feed.domain else feed.address
