"""What every format says about a feed as a whole: title, URLs, picture. The formats only write it down."""

import uuid
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Literal

import msgspec

from feedloom.config.settings import Archive, Config, Patterns, Site
from feedloom.feeds.kinds import KINDS
from feedloom.model import ArchiveDocument, Document, Feed, FeedName, Image, Kind, ListedFeed, Url, archive_address
from feedloom.values import urls

PAGE = "html"
"""The suffix of the HTML page of a feed."""

NEVER = datetime(2000, 1, 1, tzinfo=UTC)
"""The date of a feed that never had an entry. Atom requires one, and validators warn about older dates."""


_NONE = (0,) * 12

History = Literal["current", "prev-archive"]


class Metadata(msgspec.Struct, frozen=True, kw_only=True):
    """A document without its entries.

    `base` is its URL without suffix, None if the site has no URL. `page` is the feed's own link: to its HTML page, if it
    has one (`has_page`). `root` is the relative path to the output folder: empty, or `../`. `history` has the URLs without
    suffix of the document before this one and of its feed (RFC 5005 section 4), relative if the site has no URL. A feed that
    `is_complete` shows all its articles (section 2). A `query` ends the URLs of a feed that a server computes.
    """

    id: str
    title: str
    description: str
    updated: datetime
    author: str
    email: str | None
    rights: str | None
    comment: str
    reading: str
    language: str | None
    root: str
    base: Url | None
    page: Url | None
    here: str
    has_page: bool
    has_archive: bool
    is_archive: bool
    is_complete: bool
    history: dict[History, str]
    icon: Image | None
    logo: Image | None
    hubs: tuple[str, ...]
    ttl: int
    query: str = ""

    def url(self, format: str) -> Url | None:
        """The document's URL in a format."""
        return Url(f"{self.base}.{format}{self.query}") if self.base else None


def metadata_of(document: Document, config: Config, picture: Image | None = None) -> Metadata:
    """The metadata of a document, with titles and descriptions from the patterns of the configuration.

    Without a `picture` of its own, it has the site's.
    """
    site = config.site
    feed = feed_of(document)
    root = "../" * document.address.count("/")
    return Metadata(
        # A feed and its archive are one logical feed (RFC 5005 section 1.2).
        id=config.adopted_feeds.get(feed.address) or _id(feed, site),
        title=title_of(feed, config),
        description=_description(feed, config),
        updated=document.updated or NEVER,
        author=site.author or site.title,
        email=site.email,
        rights=site.rights,
        comment=config.labels.subscribing,
        reading=config.labels.reading,
        language=site.language,
        root=root,
        base=url_of(document, config),
        page=link_of(url_of(feed, config), config),
        here=f"{urls.joined(site.url or root, feed.address)}.{PAGE}",
        has_page=bool(config.pages),
        has_archive=bool(config.archive),
        is_archive=isinstance(document, ArchiveDocument),
        is_complete=_is_complete(document, config),
        history={rel: urls.joined(site.url or root, address) for rel, address in _history(document)},
        icon=picture or _image(site.icon or site.logo),
        logo=picture or _image(site.logo or site.icon),
        hubs=site.hubs,
        ttl=config.ttl,
    )


def feed_of(document: Document) -> FeedName:
    """The feed that a document belongs to, or is."""
    return document.of if isinstance(document, ArchiveDocument) else document


def newest_month(feeds: Iterable[ListedFeed]) -> int:
    """The month of the newest record of a site, in months since 1970: that of the feed of all articles."""
    return max((month for feed in feeds if feed.kind == "all" and isinstance(feed, Feed) for month in feed.months), default=0)


def recent(feed: Feed, last: int) -> list[int]:
    """The number of records in each of the twelve months up to `last`, the month of the newest record of the site.

    It is not the current month: published files depend on the records only.
    """
    return [*map(feed.months.get, range(last - 11, last + 1), _NONE)]


def labels_of(config: Config) -> dict[Kind, str]:
    """The heading of each kind of feeds that has one."""
    return {kind: getattr(config.labels, row.label) for kind, row in KINDS.items() if row.label}


def title_of(feed: FeedName, config: Config) -> str:
    """A feed's title."""
    title = pattern_title(feed, config)
    return f"{title} ({feed.apart})" if feed.apart else title


def pattern_title(feed: FeedName, config: Config) -> str:
    """A feed's title from its pattern, without brackets."""
    return _filled(config.titles, feed, config)


def url_of(document: FeedName | ArchiveDocument, config: Config) -> Url | None:
    """The URL without suffix, if the site has a URL."""
    return urls.joined(config.site.url, document.address) if config.site.url else None


def link_of(url: Url | None, config: Config) -> Url | None:
    """The link of a feed with this URL without suffix: its HTML page, else the site's home page, else the URL of the feeds."""
    if config.pages and url:
        return Url(f"{url}.{PAGE}")
    return Url(home) if (home := config.site.home or config.site.url) else None


def _description(feed: FeedName, config: Config) -> str:
    own = (one.description for one in config.feeds if feed.kind == "custom" and one.slug == feed.slug)
    return next(own, None) or _filled(config.descriptions, feed, config)


def _history(document: Document) -> Iterator[tuple[History, str]]:
    """Links to other documents. None links to a newer one, because it would change with each of those."""
    if isinstance(document, ArchiveDocument):
        yield "current", document.of.address
        if document.before:
            yield "prev-archive", archive_address(document.of, document.before)
    elif isinstance(document, Feed) and document.archive_names:
        yield "prev-archive", archive_address(document, document.archive_names[-1])


def _is_complete(document: Document, config: Config) -> bool:
    """Readers may remove articles that a complete feed does not have. They must keep those of a retired feed."""
    is_wanted = isinstance(config.archive, Archive) and config.archive.complete
    return is_wanted and isinstance(document, Feed) and document.count == document.total


def _filled(patterns: Patterns, feed: FeedName, config: Config) -> str:
    words = {"site": config.site.title, "description": config.site.description, "name": feed.name}
    filled: str = getattr(patterns, feed.kind).format(**words)
    return filled


def _urn(feed: FeedName, title: str) -> str:
    """An id made from names: the same on every machine (RFC 4122 section 4.3)."""
    return uuid.uuid5(uuid.NAMESPACE_URL, "\n".join((title, feed.kind, "\n".join(feed.identity)))).urn


def _id(feed: FeedName, site: Site) -> str:
    return urls.canonical(urls.joined(site.base, feed.address)) if site.base else _urn(feed, site.title)


def _image(url: str | None) -> Image | None:
    return Image(Url(url)) if url else None
