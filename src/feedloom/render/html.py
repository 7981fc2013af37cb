"""HTML pages of feeds. `directory` has those that list all feeds.

Jinja2 fills in and escapes the templates in `templates/`, once a site: `shell` keeps the page of a feed as text with gaps. The
articles are text, too: `entry` writes what `templates/entry.html` defines, in 6 us instead of 18.

A page loads nothing from other sites except pictures of articles; its Content-Security-Policy enforces that.
"""

import hashlib
import pkgutil
import re
from collections.abc import Collection, Iterable, Iterator
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias, get_args

from feedloom.config.settings import Config
from feedloom.config.translations import words
from feedloom.feeds import kinds
from feedloom.feeds.kinds import KINDS
from feedloom.model import FeedName, Group, ListedFeed, Record, RetiredFeed, Url
from feedloom.render import formats
from feedloom.render.content import picture
from feedloom.render.metadata import PAGE, Metadata
from feedloom.render.xml import STYLE
from feedloom.values import dates, urls

if TYPE_CHECKING:  # a build without pages does not need it
    from jinja2 import Environment

_STYLE = "feedloom.css"
_SCRIPT = "feedloom.js"
SEARCH = "feedloom-search.js"
"""The script with the names of all feeds, which a page loads when somebody searches."""
ASSETS = (_STYLE, _SCRIPT, STYLE, SEARCH)
"""The paths of all stylesheets and scripts, below the output folder."""

_UP = '"../'
"""How links to feeds begin in an entry. Entries are rendered once, for pages in all folders."""


class PageFormat(NamedTuple):
    """A feed in one format, for the subscribe box. `url` is its own, None if the site has no URL; `shown` is for people."""

    name: str
    type: str
    file: str
    url: Url | None
    shown: str


def entry(record: Record, config: Config, existing: Collection[str] | None = None) -> str:
    """The `<article>` of a record: what `templates/entry.html` defines, compared with it by a test.

    It links only to the pages of feeds with `existing` addresses; None: to all.
    """
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
    parts.append(f'<p class="source">{_provider(record, config, existing)}{time}</p>\n')
    if record.excerpt:
        parts.append(f'<p dir="auto">{escaped(record.excerpt)}</p>\n')
    if record.related:
        words_language = spoken(config)
        lang = f' lang="{escaped(words_language)}"' if words_language else ""
        parts.append(f'<p class="label"{lang} dir="auto">{escaped(config.labels.related)}</p>\n<ul class="related">\n')
        for related in record.related:
            provider = f" ({escaped(related.provider.name)})" if related.provider else ""
            link = f'<a href="{escaped(related.url)}">{escaped(related.title)}</a>'
            parts.append(f'<li dir="auto">{link}{provider}</li>\n')
        parts.append("</ul>\n")
    if record.topics:
        parts.append('<ul class="topics">\n')
        parts += [
            f"<li>{_linked(name, _topic(name), existing) if config.groups.topic else _isolated(name)}</li>\n"
            for name in record.topics
        ]
        parts.append("</ul>\n")
    parts.append("</article>\n")
    return "".join(parts)


def escaped(value: str) -> str:
    """A text for HTML, also between quotes: the same bytes as Jinja2 writes."""
    value = value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return value.replace("'", "&#39;").replace('"', "&#34;")


def _provider(record: Record, config: Config, existing: Collection[str] | None) -> str:
    if not record.provider:
        return ""
    name, domain = record.provider.name, record.provider.domain
    if config.groups.provider:
        return f"{_linked(name, _provider_feed(name, domain), existing)} "
    return f"{_isolated(name)} "


def _linked(name: str, address: str, existing: Collection[str] | None) -> str:
    """A name that links to the page of its feed, if there is such a feed."""
    if existing is not None and address not in existing:
        return _isolated(name)
    return f'<a href="{escaped(_page_of(address))}" dir="auto">{escaped(name)}</a>'


def _isolated(name: str) -> str:
    return f"<bdi>{escaped(name)}</bdi>"


Case: TypeAlias = Literal["ended", "none", "one", "all", "newest", "first"]
"""How many of its articles a feed shows: none, because it is retired (`ended`) or the site is empty; the only one; all of
several; or the newest (or first) of more.
"""

Shell: TypeAlias = dict[Case, list[str]]
"""The page of a feed without what differs between feeds: text and the names of gaps, by turns."""

_GAP = re.compile("\0([a-z]+)\0")
"""A gap in a page. No text has U+0000: the model and the settings contain none."""


def shell(config: Config) -> Shell:
    """The pages of a site's feeds, with gaps. Their root is the only one that is no text: `../` or nothing."""
    gaps = {name: f"\0{name}\0" for name in _GAPS}
    has_url = bool(config.site.url)
    formats_ = [
        PageFormat(
            name=one.label,
            type=one.media_type,
            file=f"{gaps['file']}.{one.name}",
            url=Url(f"{gaps['base']}.{one.name}") if has_url else None,
            shown=f"{gaps['shown']}.{one.name}",
        )
        for one in formats.of(config)
    ]
    template = templates().get_template("feed.html")
    fixed = {"site": config.site, "language": config.site.language or "", "spoken": spoken(config), "index": config.index}
    canonical = f"{gaps['base']}.{PAGE}" if config.site.url else None
    return {
        case: _GAP.split(
            template.render(**gaps, **fixed, heading_title=gaps["top"], case=case, formats=formats_, canonical=canonical)
        )
        for case in get_args(Case)
    }


_GAPS = (
    *("title", "top", "description", "name", "trail", "domain", "root", "base", "file", "shown", "image"),
    *("count", "total", "newest", "day", "articles"),
)


def page(feed: ListedFeed, metadata: Metadata, entries: Iterable[str], config: Config, shell: Shell) -> bytes:
    """The page of a feed. `entries` are from `entry`, the `shell` is the site's."""
    articles = below("".join(entries), metadata.root)
    values = {
        "title": escaped(metadata.title),
        "description": escaped(metadata.description),
        "name": escaped(feed.name or _EVERYTHING),
        "root": metadata.root,
        "base": escaped(metadata.base or ""),
        "file": escaped(_file(feed)),
        "count": str(feed.count),
        "total": str(feed.total),
        "newest": dates.rfc3339(metadata.updated),
        "day": dates.day(metadata.updated),
        "articles": articles,
        "image": _card(articles),
        "shown": escaped(f"{config.site.url}{feed.address}" if config.site.url else feed.slug),
        "trail": _trail(feed, metadata, config),
        "domain": _domain(feed),
        "top": escaped(metadata.title if feed.name else f"{metadata.title}: {_EVERYTHING}"),
    }
    pieces = shell[_case(feed, config)][:]
    pieces[1::2] = [values[gap] for gap in pieces[1::2]]
    return "".join(pieces).encode()


def below(articles: str, root: str) -> str:
    """Entries, for a page from which `root` leads to the output folder: `../` or nothing."""
    # Nothing else can contain this: quotes in texts are escaped, and other URLs are absolute.
    return articles if root else articles.replace(_UP, '"')


_EVERYTHING = "All articles"


def _trail(feed: FeedName, metadata: Metadata, config: Config) -> str:
    """The kind of a feed, with a link to its section on the front page."""
    label = KINDS[feed.kind].label
    if not label:
        return ""
    words_language = spoken(config)
    lang = f' lang="{escaped(words_language)}"' if words_language else ""
    section = f"{metadata.root}{config.index}#{label.replace('_', '-')}"
    return f' › <a href="{escaped(section)}"{lang}>{escaped(getattr(config.labels, label))}</a>'


_PICTURE = '<figure><img src="'


def _card(articles: str) -> str:
    """The newest picture, for programs that show a link as a card. Quotes in texts are escaped, so the mark-up is ours."""
    before, _, after = articles.partition(_PICTURE)
    if before == articles:
        return ""
    image = f'<meta property="og:image" content="{after.partition(chr(34))[0]}">\n'
    return f'{image}<meta name="twitter:card" content="summary_large_image">\n'


def _domain(feed: FeedName) -> str:
    if feed.kind != "provider" or not feed.domain:
        return ""
    domain = escaped(feed.domain)
    return f'<p class="domain"><a href="https://{domain}/">{domain}</a></p>\n'


def _case(feed: ListedFeed, config: Config) -> Case:
    if isinstance(feed, RetiredFeed):
        return "ended"
    if feed.count == feed.total:
        return "none" if not feed.count else "one" if feed.count == 1 else "all"
    is_ranked = any(feed.kind == "custom" and one.slug == feed.slug and one.order != "newest" for one in config.feeds)
    return "first" if is_ranked else "newest"


def style(name: str) -> bytes:
    """A stylesheet of the templates that is no file of a site."""
    return _asset(name)


def links_of(address: str, root: str, config: Config) -> list[PageFormat]:
    """A feed in each format, for templates. `root` is the relative path from the page to the output folder."""
    base = f"{config.site.url}{address}" if config.site.url else None
    return [
        PageFormat(
            name=one.label,
            type=one.media_type,
            file=f"{root}{address}.{one.name}",
            url=Url(f"{base}.{one.name}") if base else None,
            shown=f"{base or address}.{one.name}",
        )
        for one in formats.of(config)
    ]


def _file(feed: FeedName) -> str:
    """The name of a feed's files without suffix, as a relative URL."""
    return urls.joined("", feed.address).rpartition("/")[2]


def spoken(config: Config) -> str | None:
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
    made.filters |= {"day": dates.day, "topic_feed": _topic, "provider_feed": _provider_feed, "page": _page_of}
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
def _topic(name: str) -> str:
    return kinds.address_of(Group("topic", kinds.of_topic(name)))


@lru_cache(16384)
def _provider_feed(name: str, domain: str | None) -> str:
    return kinds.address_of(Group("provider", kinds.of_provider(name, domain)))


@lru_cache(16384)
def _page_of(address: str) -> str:
    return urls.joined("../", f"{address}.{PAGE}")
