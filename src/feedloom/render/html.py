"""HTML pages: one for each feed, and the directory of all feeds. Jinja2 fills in and escapes the templates in `templates/`.

A page loads nothing from other sites except pictures of articles; its Content-Security-Policy enforces that.
"""

import hashlib
import pkgutil
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from feedloom.config.settings import Config, Pages
from feedloom.config.translations import words
from feedloom.feeds import kinds
from feedloom.feeds.kinds import KINDS
from feedloom.model import Feed, FeedName, Group, ListedFeed, Record, Url
from feedloom.render import formats, opml
from feedloom.render.content import picture
from feedloom.render.metadata import PAGE, Metadata, labels_of, metadata_of, newest_month, recent
from feedloom.render.xml import STYLE
from feedloom.values import characters, dates, urls

if TYPE_CHECKING:  # a build without pages does not need it
    from jinja2 import Environment

_STYLE = "feedloom.css"
_SCRIPT = "feedloom.js"
ASSETS = (_STYLE, _SCRIPT, STYLE)
"""The paths of all stylesheets and scripts, below the output folder."""
_USUAL = Pages().index
"""Web servers show it for the URL of its folder."""

_UP = '"../'
"""How links to feeds begin in an entry. Entries are rendered once, for pages in all folders."""

_HIGHEST = 8
"""The height of a sparkline, in units of its view box."""


class _Format(NamedTuple):
    """A feed in one format, for the subscribe box. `url` is its own, None if the site has no URL."""

    name: str
    type: str
    file: str
    url: Url | None


class _Row(NamedTuple):
    """A feed in the directory. `path` is its sparkline in SVG, `recent` the number of articles in it."""

    page: str
    name: str
    total: int
    newest: str
    recent: int
    path: str


class _Table(NamedTuple):
    """The feeds of a kind in the directory, with the words for `one` and `many` of them and the path of their `opml`."""

    id: str
    heading: str
    one: str
    many: str
    opml: str
    rows: list[_Row]


def entry(record: Record, config: Config) -> str:
    """The `<article>` of a record."""
    published = dates.rfc3339(record.published)
    return (
        templates()
        .get_template("entry.html")
        .render(
            record=record,
            image=picture(record.images),
            published=published,
            labels=config.labels,
            groups=config.groups,
            spoken=_spoken(config),
        )
    )


def page(feed: ListedFeed, metadata: Metadata, entries: Iterable[str], config: Config) -> bytes:
    """The page of a feed. `entries` are from `entry`."""
    articles = "".join(entries)
    if not metadata.root:
        # Nothing else can contain this: quotes in texts are escaped, and other URLs are absolute.
        articles = articles.replace(_UP, '"')
    is_ranked = any(feed.kind == "custom" and one.slug == feed.slug and one.order != "newest" for one in config.feeds)
    return _rendered(
        "feed.html",
        feed,
        metadata,
        config,
        canonical=metadata.url(PAGE),
        newest=dates.rfc3339(metadata.updated),
        articles=articles,
        is_ranked=is_ranked,
    )


def directory(feeds: Iterable[ListedFeed], config: Config, path: str) -> bytes:
    """The page that lists all feeds except retired ones. Its `path` is below the output folder.

    The twelve months of the sparklines end with the month of the newest record, not with the current one.
    """
    live = sorted((feed for feed in feeds if isinstance(feed, Feed)), key=_alphabetically)
    everything = next(feed for feed in live if feed.kind == "all")
    last = newest_month(live)
    labels = labels_of(config)
    tables = [
        _Table(
            id=row.label.replace("_", "-"),
            heading=labels[kind],
            one=row.one,
            many=row.many,
            opml=opml.path_of(kind),
            rows=[_row(feed, last) for feed in live if feed.kind == kind],
        )
        for kind, row in sorted(KINDS.items(), key=lambda item: item[0] != "custom")
        if row.label
    ]
    metadata = metadata_of(everything, config)
    canonical = None if config.site.url is None else urls.joined(config.site.url, "" if path == _USUAL else path)
    return _rendered("index.html", everything, metadata, config, canonical=canonical, all=everything, tables=tables)


def _spoken(config: Config) -> str | None:
    """The language of the site's words, if it is not English like the pages."""
    return config.site.language if words(config.site.language) else None


def assets(config: Config) -> Iterator[tuple[str, bytes]]:
    """The stylesheets and the script that a site needs, with their paths below the output folder."""
    for name in (_STYLE, _SCRIPT) if config.pages else ():
        yield name, _asset(name)
    if any(one.is_styled for one in formats.of(config)):
        yield STYLE, _asset(STYLE)


def _rendered(template: str, feed: ListedFeed, metadata: Metadata, config: Config, **values: object) -> bytes:
    base = urls.joined("", feed.address).rpartition("/")[2]
    return (
        templates()
        .get_template(template)
        .render(
            feed=feed,
            metadata=metadata,
            site=config.site,
            spoken=_spoken(config),
            index=config.index,
            formats=[
                _Format(one.label, one.media_type, f"{base}.{one.name}", metadata.url(one.name)) for one in formats.of(config)
            ],
            **values,
        )
        .encode()
    )


@cache
def templates() -> "Environment":
    """The environment of all templates."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    made = Environment(
        loader=PackageLoader("feedloom.render"),
        autoescape=True,
        auto_reload=False,  # it would check the template files for each entry
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    made.globals |= {"style": _versioned(_STYLE), "script": _versioned(_SCRIPT)}
    made.filters |= {"day": dates.day, "topic_page": _topic_page, "provider_page": _provider_page}
    return made


def _versioned(name: str) -> str:
    """The URL of an asset. It changes with the bytes, so that browsers do not use an old one for new pages."""
    return f"{name}?{hashlib.sha256(_asset(name)).hexdigest()[:8]}"


@cache
def _asset(name: str) -> bytes:
    data = pkgutil.get_data("feedloom.render", f"templates/{name}")
    assert data is not None
    return data


@lru_cache(16384)
def _topic_page(topic: str) -> str:
    return urls.joined("../", f"{kinds.address_of(Group('topic', kinds.of_topic(topic)))}.{PAGE}")


@lru_cache(16384)
def _provider_page(name: str, domain: str | None) -> str:
    return urls.joined("../", f"{kinds.address_of(Group('provider', kinds.of_provider(name, domain)))}.{PAGE}")


def _alphabetically(feed: FeedName) -> tuple[str, str]:
    """The order that people expect, the same on every machine: `Élan` before `feeds` before `iOS`."""
    return characters.normalized("NFKD", characters.folded(feed.name)), feed.address


def _row(feed: Feed, last: int) -> _Row:
    counts = recent(feed, last)
    return _Row(
        page=urls.joined("", f"{feed.address}.{PAGE}"),
        name=feed.name,
        total=feed.total,
        newest=dates.rfc3339(feed.updated)[:10] if feed.updated else "",
        recent=sum(counts),
        path=_path(counts),
    )


def _path(counts: list[int]) -> str:
    """A line from month to month, in relative steps, which keeps the directory of many feeds small."""
    top = max(counts) or 1
    depths = [_HIGHEST - round(_HIGHEST * count / top) for count in counts]
    steps = [after - before for before, after in pairwise(depths)]
    return f"m0 {depths[0]}" + "".join(f" 1{step}" if step < 0 else f" 1 {step}" for step in steps)
