"""Titles that readers can tell apart: in one catalog no two feeds have the same one, and in one OPML no two outlines."""

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
    """The feeds of a catalog, each that has its title in common with others with what tells it `apart`.

    Of feeds that are alive all are changed that would have one title. A retired one gives way to all others.
    """
    feeds = list(feeds)
    live = [feed for feed in feeds if isinstance(feed, Feed)]
    apart = brackets(live, lambda feed: pattern_title(feed, config))
    taken = {folded(bracketed(pattern_title(feed, config), apart.get(feed.address, ""))) for feed in live}
    apart |= giving_way(
        [feed for feed in feeds if isinstance(feed, RetiredFeed)], lambda feed: pattern_title(feed, config), taken
    )
    return [
        feed if feed.apart == (wanted := apart.get(feed.address, "")) else msgspec.structs.replace(feed, apart=wanted)
        for feed in feeds
    ]


def brackets(feeds: Iterable[_Name], name: Callable[[_Name], str], taken: Iterable[str] = ()) -> dict[str, str]:
    """What stands in brackets behind the names of those feeds that have one in common, by address.

    `taken` are folded names that others have. A provider is told apart by its domain, other feeds by their address, which holds
    neither spaces nor brackets, so that no two names with brackets are equal; where a name without has the form of one with,
    that gets brackets too.
    """
    others: defaultdict[str, list[_Name]] = defaultdict(list)
    names = {}
    for feed in feeds:
        names[feed.address] = name(feed)
        others[folded(names[feed.address])].append(feed)
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
    """What stands in brackets behind the names of feeds that give way to others, by address; `taken` are the folded names
    that others have, and have these too, then.
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
    """A name with what tells it apart."""
    return f"{name} ({mark})" if mark else name


def clashes(feeds: Iterable[ListedFeed], config: Config) -> list[Problem]:
    """Which of the owner's own patterns give feeds the same title."""
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
    return [Problem("", None, f"titles.{kind}", _told(alike, config), "warning") for kind, alike in sorted(found.items())]


_MOST_NAMED = 3


def _told(groups: list[list[Feed]], config: Config) -> str:
    alike = groups[0]
    addresses = [feed.address for feed in alike[:_MOST_NAMED]] + (["..."] if len(alike) > _MOST_NAMED else [])
    more = f", and {len(groups) - 1:,} more titles are shared" if len(groups) > 1 else ""
    title = pattern_title(alike[0], config)
    return (
        f'{len(alike):,} feeds have the title "{title}" ({", ".join(addresses)}){more}; each gets its address in brackets. '
        "Use {name}, with words that differ between the kinds of feeds"
    )


def _mark(feed: FeedName) -> str:
    is_whole = feed.kind == "provider" and "@" not in feed.slug  # there may be a feed for each name within the domain
    return feed.domain if is_whole and feed.domain else feed.address
