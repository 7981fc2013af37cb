"""HTML pages: one for each feed, and the directory of all feeds.

Jinja2 fills in and escapes the templates in `templates/`, once a site: `shell` keeps the page of a feed as text with gaps. The
articles are text, too: `entry` writes what `templates/entry.html` defines, in 6 us instead of 18.

A page loads nothing from other sites except pictures of articles; its Content-Security-Policy enforces that.
"""

import hashlib
import pkgutil
import re
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias, get_args

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
    """The `<article>` of a record: what `templates/entry.html` defines, compared with it by a test."""
    language = f' lang="{escaped(record.language)}"' if record.language else ""
    parts = [f"<article{language}>\n"]
    if image := picture(record.images):
        size = f' width="{image.width}" height="{image.height}"' if image.width and image.height else ""
        parts.append(
            f'<figure><img src="{escaped(image.url)}" alt="{escaped(image.alt)}"{size} loading="lazy" decoding="async" '
            'referrerpolicy="no-referrer"></figure>\n'
        )
    parts.append(f'<h3 dir="auto"><a href="{escaped(record.link)}">{escaped(record.title)}</a></h3>\n')
    time = f'<time datetime="{dates.rfc3339(record.published)}">{dates.day(record.published)}</time>'
    parts.append(f'<p class="source">{_provider(record, config)}{time}</p>\n')
    if record.excerpt:
        parts.append(f'<p dir="auto">{escaped(record.excerpt)}</p>\n')
    if record.related:
        spoken = _spoken(config)
        lang = f' lang="{escaped(spoken)}"' if spoken else ""
        parts.append(f'<p class="label"{lang} dir="auto">{escaped(config.labels.related)}</p>\n<ul class="related">\n')
        for related in record.related:
            provider = f" ({escaped(related.provider.name)})" if related.provider else ""
            link = f'<a href="{escaped(related.url)}">{escaped(related.title)}</a>'
            parts.append(f'<li dir="auto">{link}{provider}</li>\n')
        parts.append("</ul>\n")
    if record.topics:
        topic = _linked_topic if config.groups.topic else _isolated
        parts.append('<ul class="topics">\n')
        parts += [f"<li>{topic(name)}</li>\n" for name in record.topics]
        parts.append("</ul>\n")
    parts.append("</article>\n")
    return "".join(parts)


def escaped(value: str) -> str:
    """A text for HTML, also between quotes: the same bytes as Jinja2 writes."""
    value = value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return value.replace("'", "&#39;").replace('"', "&#34;")


def _provider(record: Record, config: Config) -> str:
    if not record.provider:
        return ""
    name, domain = record.provider.name, record.provider.domain
    if config.groups.provider:
        return f'<a href="{escaped(_provider_page(name, domain))}" dir="auto">{escaped(name)}</a> '
    return f"{_isolated(name)} "


def _linked_topic(topic: str) -> str:
    return f'<a href="{escaped(_topic_page(topic))}" dir="auto">{escaped(topic)}</a>'


def _isolated(name: str) -> str:
    return f"<bdi>{escaped(name)}</bdi>"


Case: TypeAlias = Literal["none", "one", "all", "newest", "first"]
"""How many of its articles a feed shows: none, the only one, all of several, or the newest (or first) of more."""

Shell: TypeAlias = dict[Case, list[str]]
"""The page of a feed without what differs between feeds: text and the names of gaps, by turns."""

_GAP = re.compile("\0([a-z]+)\0")
"""A gap in a page. No text has U+0000: the model and the settings contain none."""


def shell(config: Config) -> Shell:
    """The pages of a site's feeds, with gaps. Their root is the only one that is no text: `../` or nothing."""
    gaps = {name: f"\0{name}\0" for name in _GAPS}
    formats_ = [
        _Format(
            one.label,
            one.media_type,
            f"{gaps['file']}.{one.name}",
            Url(f"{gaps['base']}.{one.name}") if config.site.url else None,
        )
        for one in formats.of(config)
    ]
    template = templates().get_template("feed.html")
    fixed = {"site": config.site, "language": config.site.language or "", "spoken": _spoken(config), "index": config.index}
    canonical = f"{gaps['base']}.{PAGE}" if config.site.url else None
    return {
        case: _GAP.split(template.render(**gaps, **fixed, case=case, formats=formats_, canonical=canonical))
        for case in get_args(Case)
    }


_GAPS = ("title", "description", "name", "root", "base", "file", "count", "total", "newest", "day", "articles")


def page(feed: ListedFeed, metadata: Metadata, entries: Iterable[str], config: Config, shell: Shell) -> bytes:
    """The page of a feed. `entries` are from `entry`, the `shell` is the site's."""
    articles = "".join(entries)
    if not metadata.root:
        # Nothing else can contain this: quotes in texts are escaped, and other URLs are absolute.
        articles = articles.replace(_UP, '"')
    values = {
        "title": escaped(metadata.title),
        "description": escaped(metadata.description),
        "name": escaped(feed.name or metadata.title),
        "root": metadata.root,
        "base": escaped(metadata.base or ""),
        "file": escaped(_file(feed)),
        "count": str(feed.count),
        "total": str(feed.total),
        "newest": dates.rfc3339(metadata.updated),
        "day": dates.day(metadata.updated),
        "articles": articles,
    }
    pieces = shell[_case(feed, config)][:]
    pieces[1::2] = [values[gap] for gap in pieces[1::2]]
    return "".join(pieces).encode()


def _case(feed: ListedFeed, config: Config) -> Case:
    if feed.count == feed.total:
        return "none" if not feed.count else "one" if feed.count == 1 else "all"
    is_ranked = any(feed.kind == "custom" and one.slug == feed.slug and one.order != "newest" for one in config.feeds)
    return "first" if is_ranked else "newest"


def _file(feed: FeedName) -> str:
    """The name of a feed's files without suffix, as a relative URL."""
    return urls.joined("", feed.address).rpartition("/")[2]


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
    return (
        templates()
        .get_template("index.html")
        .render(
            title=metadata.title,
            description=metadata.description,
            root="",
            language=config.site.language or "",
            canonical=None if config.site.url is None else urls.joined(config.site.url, "" if path == _USUAL else path),
            formats=[
                _Format(one.label, one.media_type, f"{everything.address}.{one.name}", metadata.url(one.name))
                for one in formats.of(config)
            ],
            spoken=_spoken(config),
            site=config.site,
            all=everything,
            tables=tables,
        )
        .encode()
    )


def _spoken(config: Config) -> str | None:
    """The language of the site's words, if it is not English like the pages."""
    return config.site.language if words(config.site.language) else None


def assets(config: Config) -> Iterator[tuple[str, bytes]]:
    """The stylesheets and the script that a site needs, with their paths below the output folder."""
    for name in (_STYLE, _SCRIPT) if config.pages else ():
        yield name, _asset(name)
    if any(one.is_styled for one in formats.of(config)):
        yield STYLE, _asset(STYLE)


@cache
def templates() -> "Environment":
    """The environment of all templates."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    made = Environment(
        loader=PackageLoader("feedloom.render"),
        autoescape=True,
        auto_reload=False,  # it would check the template files for each page
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
