"""HTML pages of feeds. `directory` has those that list all feeds.

Jinja2 fills in and escapes the templates in `templates/`, once a site: `shell` keeps the page of a feed as text with gaps. The
articles are text, too: `entry` writes what `templates/entry.html` defines, in 6 us instead of 18. Where the owner has one of
these templates, that part is filled in for each article or page.

A page loads nothing from other sites except pictures of articles and what the owner's files name; its
Content-Security-Policy enforces that.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from itertools import chain
from typing import Any, Literal, NamedTuple, TypeAlias, get_args
from urllib.parse import quote

from feedloom.config.settings import Config, Labels, is_url
from feedloom.feeds.kinds import KINDS
from feedloom.model import ArchiveDocument, Document, Feed, FeedName, Record, Related, RetiredFeed, Url, archive_address
from feedloom.render import formats, head, policy, templating
from feedloom.render.content import EntryData, picture
from feedloom.render.metadata import PAGE, Metadata, feed_of, url_of
from feedloom.render.templating import SCRIPT, markup, page_of, provider_feed, replaced, topic_feed
from feedloom.render.words import Words, escaped, filled, words_of
from feedloom.render.xml import STYLE
from feedloom.values import dates, urls

SEARCH = "feedloom-search.js"
"""The script with the names of all feeds, which a page loads when somebody searches."""
_ASSET = re.compile(r"feedloom(-xml|-own(-[1-9][0-9]*)?)?\.css|feedloom(-search)?\.js")

_UP = "../"
"""How links to feeds begin in an entry. Entries are rendered once, for pages in all folders."""


class _Format(NamedTuple):
    """A feed in one format, for the subscribe box. `url` is its own, None if the site has no URL; `shown` is for people.

    `readers` are the names and URLs of web sites that subscribe to it.
    """

    name: str
    type: str
    file: str
    url: Url | None
    shown: str
    readers: list[tuple[str, str]]


def entry(data: EntryData, config: Config, existing: Collection[str] | None = None) -> str:
    """The `<article>` of a record: what `templates/entry.html` defines, compared with it by a test.

    It links only to the pages of feeds with `existing` addresses; None: to all.
    """
    record = data.record
    if replaced(config, "entry.html"):
        return templating.rendered("entry.html", config, entry_values(record, config, existing))
    words = words_of(config)
    language = f' lang="{escaped(record.language)}"' if record.language else ""
    figure = provider = excerpt = related = topics = ""
    if data.picture and config.page_settings.images:
        image = data.picture
        size = f' width="{image.width}" height="{image.height}"' if image.width and image.height else ""
        figure = (
            f'<figure><img src="{escaped(image.url)}" alt="{escaped(image.alt)}"{size} loading="lazy" decoding="async" '
            'referrerpolicy="no-referrer"></figure>\n'
        )
    if record.provider:
        name, domain = record.provider.name, record.provider.domain
        linked = existing if config.groups.provider else ()
        provider = _source(name, domain, linked is None or provider_feed(name, domain) in linked)
    if record.excerpt:
        excerpt = f"<p>{escaped(record.excerpt)}</p>\n"
    if record.related:
        lang = f' lang="{escaped(words.lang)}"' if record.language or words.content_lang else ""
        items = "".join([_related(one) for one in record.related])
        related = f'<p class="label"{lang}>{escaped(config.labels.related)}</p>\n<ul class="related">\n{items}</ul>\n'
    if record.topics:
        linked = existing if config.groups.topic else ()
        items = "".join([_item(name, linked is None or topic_feed(name) in linked) for name in record.topics])
        topics = f'<ul class="topics">\n{items}</ul>\n'
    return (
        f'<article{language} dir="auto">\n{figure}<h3><a href="{escaped(record.link)}">{escaped(record.title)}</a></h3>\n'
        f'<p class="source">{provider}{_time(data.published, words)}</p>\n{excerpt}{related}{topics}</article>\n'
    )


def _related(related: Related) -> str:
    provider = f" ({escaped(related.provider.name)})" if related.provider else ""
    return f'<li dir="auto"><a href="{escaped(related.url)}">{escaped(related.title)}</a>{provider}</li>\n'


def entry_values(record: Record, config: Config, existing: Collection[str] | None = None) -> dict[str, Any]:
    """The variables of `templates/entry.html`."""
    words = words_of(config)
    return {
        "record": record,
        "image": _picture(record, config),
        "published": dates.rfc3339(record.published),
        "day": words.day(record.published),
        "labels": config.labels,
        "provider": _provider(record, config, existing),
        "topics": _topics(record, config, existing),
        "label_lang": words.lang if record.language or words.content_lang else "",
    }


def _picture(record: Record, config: Config) -> Any:
    return picture(record.images) if config.page_settings.images else None


def _date(moment: datetime, words: Words) -> str:
    return _time(dates.rfc3339(moment), words)


def _time(moment: str, words: Words) -> str:
    return f'<time datetime="{moment}">{_day(moment[:10], words)}</time>'


@lru_cache(4096)
def _day(written: str, words: Words) -> str:
    return escaped(words.day(datetime.fromisoformat(written)))


class Topic(NamedTuple):
    """A topic or provider of an article, with the relative URL of its `page`, empty if there is none."""

    name: str
    page: str


def _provider(record: Record, config: Config, existing: Collection[str] | None) -> Topic | None:
    if not record.provider:
        return None
    name, domain = record.provider.name, record.provider.domain
    linked = existing if config.groups.provider else ()
    address = provider_feed(name, domain)
    return Topic(name, page_of(address) if linked is None or address in linked else "")


def _topics(record: Record, config: Config, existing: Collection[str] | None) -> list[Topic]:
    linked = existing if config.groups.topic else ()
    found = [(name, topic_feed(name)) for name in record.topics]
    return [Topic(name, page_of(address) if linked is None or address in linked else "") for name, address in found]


@lru_cache(4096)
def _source(name: str, domain: str | None, has_page: bool) -> str:
    return f"{_linked(name, provider_feed(name, domain) if has_page else '')} "


@lru_cache(16384)
def _item(name: str, has_page: bool) -> str:
    return f"<li>{_linked(name, topic_feed(name) if has_page else '')}</li>\n"


def _linked(name: str, address: str) -> str:
    return f'<a href="{escaped(page_of(address))}">{escaped(name)}</a>' if address else _isolated(name)


def _isolated(name: str) -> str:
    return f"<bdi>{escaped(name)}</bdi>"


Case: TypeAlias = Literal["ended", "empty", "shown", "older"]
"""What a page shows of its feed: that it is retired, that it has no articles, its articles, or older ones of its archive."""

Shell: TypeAlias = dict[Case, list[str]]
"""The page of a feed without what differs between feeds, as `with_gaps` returns it."""

_GAP = re.compile("\0([a-z_]+)\0")
"""A gap in a page. No text has U+0000: the model and the settings contain none."""
_ARTICLES = "\0articles\0"
_GAPS = (
    *("title", "page_title", "description", "name", "trail", "domain", "root", "facts", "articles", "card", "data"),
    *("base", "quoted", "file", "shown", "near", "pager"),
)


def shell(config: Config) -> Shell | None:
    """The pages of a site's feeds, with gaps. None if templates of the owner are filled in for each page."""
    if replaced(config, "base.html", "feed.html", "subscribe.html"):
        return None
    marks = gaps(_GAPS)
    return {case: with_gaps("feed.html", config, _variables(marks, config, case)) for case in get_args(Case)}


def gaps(names: Iterable[str]) -> dict[str, str]:
    """Values for templates, where the text is to have gaps with these names."""
    return {name: f"\0{name}\0" for name in names}


def with_gaps(template: str, config: Config, values: dict[str, Any]) -> list[str]:
    """A page for which some of the values are `gaps`: text and the names of gaps, by turns."""
    return _GAP.split(templating.rendered(template, config, values))


def without_gaps(shell: list[str], values: Mapping[str, str], html: Collection[str]) -> bytes:
    """The page, with values in its gaps. Those that are `html` are not escaped."""
    pieces = shell[:]
    pieces[1::2] = [values[gap] if gap in html else escaped(values[gap]) for gap in pieces[1::2]]
    return "".join(pieces).encode()


def page(
    document: Document,
    metadata: Metadata,
    entries: Iterable[bytes],
    topics: Iterable[Topic],
    config: Config,
    shell: Shell | None,
) -> bytes:
    """The page of a feed, or of a document of its archive. `entries` are from `entry`, its `topics` from `often`, and the
    `shell` is the site's.
    """
    articles = below(b"".join(entries), metadata.root)
    values = _values(document, metadata, head.newest_picture(articles), topics, config)
    case = _case(document)
    if shell is None:
        values["articles"] = articles.decode()
        variables = {**_variables(values, config, case), "feed": feed_of(document)}
        return templating.rendered("feed.html", config, variables).encode()
    # The articles are bytes already, and most of the page: they take a place that is left for them.
    values["articles"] = _ARTICLES
    start, gap, end = without_gaps(shell[case], values, _HTML).partition(_ARTICLES.encode())
    return b"".join((start, articles, end)) if gap else start


def often(document: Document, topics: Iterable[Iterable[str]], config: Config, existing: Collection[str] | None) -> list[Topic]:
    """The topics that several articles of a feed have, the most usual first, except those without a page and the feed's own.

    `topics` are those of each of its articles.
    """
    if isinstance(document, ArchiveDocument) or not config.groups.topic or document.kind not in _WITH_TOPICS:
        return []
    names = [*chain.from_iterable(topics)]
    addresses = [*map(topic_feed, names)]
    counts = Counter(addresses)
    several = [
        address
        for address, count in counts.items()
        if count > 1 and address != document.address and (existing is None or address in existing)
    ]
    several.sort(key=lambda address: (-counts[address], address))
    return [Topic(names[addresses.index(address)], page_of(address)) for address in several[:_MOST_TOPICS]]


_WITH_TOPICS = frozenset({"topic", "provider", "author"})
_MOST_TOPICS = 8


def _case(document: Document) -> Case:
    if isinstance(document, ArchiveDocument):
        return "older"
    return "ended" if isinstance(document, RetiredFeed) else "shown" if document.count else "empty"


_HTML = frozenset({"trail", "domain", "facts", "articles", "card", "data", "near", "pager"})
"""The values that are HTML. The others are texts."""


def below(articles: bytes, root: str) -> bytes:
    """Entries, for a page from which `root` leads to the output folder."""
    # Nothing else can contain this: quotes in texts are escaped, and other URLs are absolute.
    return articles if root == _UP else articles.replace(f'"{_UP}'.encode(), f'"{root}'.encode())


def _variables(values: dict[str, str], config: Config, case: Case) -> dict[str, Any]:
    """The variables of `templates/feed.html`. An archive document has no URL to be found by: it changes with its articles."""
    marked = {name: markup(value) if name in _HTML else value for name, value in values.items()}
    canonical = f"{values['base']}.{PAGE}" if config.site.url and case != "older" else None
    return {
        **common(config, values["root"]),
        **marked,
        "case": case,
        "formats": _formats(values, config),
        "canonical": canonical,
    }


def common(config: Config, root: str) -> dict[str, Any]:
    """The variables of all pages. `root` is the relative path from the page to the output folder."""
    words, own, site = words_of(config), config.own, config.site
    contact = f"mailto:{site.contact}" if site.contact and "@" in site.contact.partition("/")[0] else site.contact
    files = (f"{root}{templating.versioned(path, data)}" for path, data in _own_styles(config))
    return {
        "root": root,
        "site": site,
        "labels": config.labels,
        "words": config.labels.pages,
        "lang": words.lang,
        "is_rtl": words.is_rtl,
        "content_lang": markup(words.content_lang),
        "index": config.index,
        "contact": contact,
        "policy": policy.policy(config),
        "stylesheets": [one if is_url(one) else next(files, "") for one in config.page_settings.css],
        "own_head": markup(own.head.replace(policy.ROOT, root)),
        "own_header": markup(own.header.replace(policy.ROOT, root)),
        "own_footer": markup(own.footer.replace(policy.ROOT, root)),
        "has_footer": config.page_settings.footer is not None,
    }


def _values(document: Document, metadata: Metadata, picture: str, topics: Iterable[Topic], config: Config) -> dict[str, str]:
    """What differs between the pages of feeds, except the articles. The URL of the `picture` is escaped."""
    feed = feed_of(document)
    words = words_of(config)
    everything = words.labels.everything
    base = (url_of(feed, config) or "") if config.site.url else ""
    trail = _trail(feed, config)
    page_title = metadata.title if feed.name else f"{metadata.title}: {everything}"
    if isinstance(document, ArchiveDocument):
        page_title += f": {words.labels.older}, {words.day(metadata.updated)}"
    return {
        "title": metadata.title,
        "page_title": page_title,
        "description": metadata.description,
        "name": feed.name or everything,
        "root": metadata.root,
        "trail": f' › <a href="{escaped(metadata.root + trail[1])}">{escaped(trail[0])}</a>' if trail else "",
        "domain": _domain(feed),
        "facts": facts(document, words, config),
        "card": head.card(picture, config),
        "data": _data(document, metadata, page_title, trail, config),
        "base": base,
        "quoted": quote(base, safe="") if config.page_settings.readers else "",
        "file": _relative(document, feed.address, metadata.root),
        "shown": f"{config.site.url}{feed.address}" if config.site.url else feed.slug,
        "near": _near(topics, words),
        "pager": _pager(document, metadata.root, words),
    }


def _relative(document: Document, address: str, root: str) -> str:
    """The relative URL without suffix of another document."""
    same = document.address.rpartition("/")[0] == address.rpartition("/")[0]
    return urls.joined("", address).rpartition("/")[2] if same else urls.joined(root, address)


def _near(topics: Iterable[Topic], words: Words) -> str:
    links = "".join([_item(topic.name, True) for topic in topics])
    if not links:
        return ""
    heading = f'<h2 id="near">{escaped(words.labels.near)}</h2>\n'
    return f'<nav class="near" aria-labelledby="near">\n{heading}<ul class="topics">\n{links}</ul>\n</nav>\n'


def _pager(document: Document, root: str, words: Words) -> str:
    """Links to the older and the newer articles. Newest first: the older ones are next."""
    older = newer = None
    feed = feed_of(document)
    if isinstance(document, ArchiveDocument):
        older, newer = (archive_address(feed, name) if name else None for name in (document.before, document.after))
        newer = newer or feed.address
    elif isinstance(document, Feed) and document.archive_names:
        older = archive_address(feed, document.archive_names[-1])
    links = [
        f'<a href="{escaped(_relative(document, address, root))}.{PAGE}" rel="{rel}">{escaped(text)}</a>\n'
        for address, rel, text in ((newer, "prev", words.labels.newer), (older, "next", words.labels.older))
        if address
    ]
    return f'<nav class="pager" aria-label="{escaped(words.labels.older)}">\n{"".join(links)}</nav>\n' if links else ""


def _trail(feed: FeedName, config: Config) -> tuple[str, str] | None:
    """The kind of a feed, and its section on the front page."""
    label = KINDS[feed.kind].label
    if not label:
        return None
    # A retired feed may be the last one of its kind.
    section = "" if isinstance(feed, RetiredFeed) else f"#{label.replace('_', '-')}"
    return getattr(config.labels, label), f"{config.index}{section}"


def _data(document: Document, metadata: Metadata, title: str, trail: tuple[str, str] | None, config: Config) -> str:
    """What search engines are told of the page of a feed; nothing of pages that they should not show."""
    if not config.site.url or isinstance(document, ArchiveDocument | RetiredFeed):
        return ""
    crumbs = [(config.site.title, head.front(config))]
    if trail:
        crumbs.append((trail[0], f"{config.site.url}{trail[1]}"))
    return head.of_feed(document, metadata, title, crumbs, document.name or words_of(config).labels.everything, config)


def facts(feed: Document, words: Words, config: Config) -> str:
    """How many of its articles a feed shows."""
    labels = words.labels
    if isinstance(feed, ArchiveDocument):
        return filled(labels.until, date=_date(feed.updated, words)) if feed.updated else ""
    if isinstance(feed, RetiredFeed):
        return escaped(labels.ended)
    if not feed.count or not feed.updated:
        return escaped(labels.empty)
    is_ranked = any(feed.kind == "custom" and one.slug == feed.slug and one.order != "newest" for one in config.feeds)
    text = labels.whole if feed.count == feed.total else labels.first if is_ranked else labels.newest
    date = _date(feed.updated, words)
    count, total = words.number(feed.count), words.number(feed.total)
    return filled(words.counted(text, feed.count), count=count, total=total, date=date)


def _domain(feed: FeedName) -> str:
    if feed.kind != "provider" or not feed.domain:
        return ""
    domain = escaped(feed.domain)
    return f'<p class="domain"><a href="https://{domain}/">{domain}</a></p>\n'


def links_of(address: str, root: str, config: Config, query: str = "") -> list[_Format]:
    """A feed in each format, for templates. `root` is the relative path from the page to the output folder; a `query` ends the
    URLs of a feed that a server computes.
    """
    base = f"{config.site.url}{address}" if config.site.url else ""
    values = {"file": f"{root}{address}", "base": base, "quoted": quote(base, safe=""), "shown": base or address}
    return _formats(values, config, query)


def _formats(values: dict[str, str], config: Config, query: str = "") -> list[_Format]:
    return [
        _Format(
            name=one.label,
            type=one.media_type,
            file=f"{values['file']}.{one.name}{query}",
            url=Url(f"{values['base']}.{one.name}{query}") if config.site.url else None,
            shown=f"{values['shown']}.{one.name}{query}",
            readers=[
                (name, url.replace("{url}", f"{values['quoted']}.{one.name}{quote(query, safe='')}"))
                for name, url in config.page_settings.readers.items()
            ],
        )
        for one in formats.of(config)
    ]


def assets(config: Config) -> Iterator[tuple[str, bytes]]:
    """The stylesheets and the script that a site needs, with their paths below the output folder."""
    for name in (templating.STYLE, SCRIPT) if config.pages else ():
        yield name, templating.asset(name)
    yield from _own_styles(config)
    if any(one.is_styled for one in formats.of(config)):
        yield STYLE, _style_of_feeds(config)


def is_asset(path: str) -> bool:
    """Whether a path is that of a stylesheet or script, below the output folder."""
    return _ASSET.fullmatch(path) is not None


def _own_styles(config: Config) -> Iterator[tuple[str, bytes]]:
    """The stylesheets of the owner, each as a file: `@import` counts only at the beginning of one."""
    for number, css in enumerate(config.own.css, start=1):
        yield f"feedloom-own{'' if number == 1 else f'-{number}'}.css", css.encode()


def _style_of_feeds(config: Config) -> bytes:
    """The stylesheet of Atom and RSS, which says what a feed is in the words of the site."""
    words = re.sub(r'["\\]', r"\\\g<0>", config.labels.subscribing)
    return templating.asset(STYLE).replace(Labels().subscribing.encode(), words.encode())
