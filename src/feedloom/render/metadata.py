"""What every format says about a feed as a whole: titles, addresses, the picture. The formats only spell it."""

import uuid
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Literal

import msgspec

from feedloom.config.settings import Archive, Config, Patterns
from feedloom.feeds.kinds import KINDS
from feedloom.model import ArchiveDocument, Document, Feed, FeedName, Image, Kind, ListedFeed, Url, archive_address
from feedloom.values import urls

PAGE = "html"
"""The suffix of the page that shows a feed to people."""

NEVER = datetime(2000, 1, 1, tzinfo=UTC)
"""Atom requires a date of a feed that never had an entry; validators warn about dates long ago."""


History = Literal["current", "prev-archive"]


class Metadata(msgspec.Struct, frozen=True, kw_only=True):
    """A feed without its entries. `address` is None where the site has no URL. `page` is the feed's own link, None where there
    is nothing to link to; it leads to the HTML page of a feed that has one (`has_page`).

    `root` is the way from the feed to the output folder: empty, or `../`. `history` are the addresses without suffix of the
    document before this one and of its feed (RFC 5005 section 4), relative where the site has no URL. A feed that
    `is_complete` shows all that there is (section 2).
    """

    id: str
    title: str
    description: str
    updated: datetime
    author: str
    email: str | None
    rights: str | None
    comment: str
    language: str | None
    root: str
    address: Url | None
    page: Url | None
    has_page: bool
    has_archive: bool
    is_archive: bool
    is_complete: bool
    history: dict[History, str]
    icon: Image | None
    logo: Image | None
    hub: str | None
    ttl: int

    def url(self, format: str) -> Url | None:
        """The feed's address in a format."""
        return Url(f"{self.address}.{format}") if self.address else None


def metadata_of(document: Document, config: Config, picture: Image | None = None) -> Metadata:
    """The metadata of a document, with titles and descriptions from the patterns of the configuration.

    Without a `picture` of its own, it has the site's.
    """
    site = config.site
    feed = feed_of(document)
    root = "../" * document.address.count("/")
    return Metadata(
        # A feed and its archive are one logical feed (RFC 5005 section 1.2).
        id=urls.canonical(urls.joined(site.base, feed.address)) if site.base else _urn(feed, site.title),
        title=title_of(feed, config),
        description=_description(feed, config),
        updated=document.updated or NEVER,
        author=site.author or site.title,
        email=site.email,
        rights=site.rights,
        comment=config.labels.subscribing,
        language=site.language,
        root=root,
        address=address_of(document, config),
        page=link_of(feed, config),
        has_page=bool(config.pages),
        has_archive=bool(config.archive),
        is_archive=isinstance(document, ArchiveDocument),
        is_complete=_is_complete(document, config),
        history={rel: urls.joined(site.url or root, address) for rel, address in _history(document)},
        icon=picture or _image(site.icon or site.logo),
        logo=picture or _image(site.logo or site.icon),
        hub=site.hub,
        ttl=config.ttl,
    )


def feed_of(document: Document) -> FeedName:
    """The feed that a document belongs to, or is."""
    return document.of if isinstance(document, ArchiveDocument) else document


def newest_month(feeds: Iterable[ListedFeed]) -> int:
    """The month of the newest record of a site, in months since 1970."""
    return max((month for feed in feeds if isinstance(feed, Feed) for month in feed.months), default=0)


def recent(feed: Feed, last: int) -> list[int]:
    """How many records were published in each of the twelve months to `last`, that of the newest record of the site.

    It is not the clock's month: what is published depends on the records alone.
    """
    return [feed.months.get(month, 0) for month in range(last - 11, last + 1)]


def labels_of(config: Config) -> dict[Kind, str]:
    """The heading of each kind of feeds that has one."""
    return {kind: getattr(config.labels, row.label) for kind, row in KINDS.items() if row.label}


def title_of(feed: FeedName, config: Config) -> str:
    """A feed's title."""
    title = pattern_title(feed, config)
    return f"{title} ({feed.apart})" if feed.apart else title


def pattern_title(feed: FeedName, config: Config) -> str:
    """A feed's title as long as no other feed has the same."""
    return _filled(config.titles, feed, config)


def address_of(document: FeedName | ArchiveDocument, config: Config) -> Url | None:
    """The URL without suffix, if the site has a URL."""
    return urls.joined(config.site.url, document.address) if config.site.url else None


def link_of(feed: FeedName, config: Config) -> Url | None:
    """A feed's own link: to its HTML page, else to the home page of the site, else to the folder of the feeds."""
    address = address_of(feed, config)
    if config.pages and address:
        return Url(f"{address}.{PAGE}")
    return Url(home) if (home := config.site.home or config.site.url) else None


def _description(feed: FeedName, config: Config) -> str:
    own = (one.description for one in config.feeds if feed.kind == "custom" and one.slug == feed.slug)
    return next(own, None) or _filled(config.descriptions, feed, config)


def _history(document: Document) -> Iterator[tuple[History, str]]:
    """No document leads to a newer one: it would have to be rewritten for each change of that."""
    if isinstance(document, ArchiveDocument):
        yield "current", document.of.address
        if document.before:
            yield "prev-archive", archive_address(document.of, document.before)
    elif isinstance(document, Feed) and document.archive_names:
        yield "prev-archive", archive_address(document, document.archive_names[-1])


def _is_complete(document: Document, config: Config) -> bool:
    """Readers may remove what a complete feed lacks. A retired feed lacks all, and nothing is to be removed for that."""
    is_wanted = isinstance(config.archive, Archive) and config.archive.complete
    return is_wanted and isinstance(document, Feed) and document.count == document.total


def _filled(patterns: Patterns, feed: FeedName, config: Config) -> str:
    words = {"site": config.site.title, "description": config.site.description, "name": feed.name}
    filled: str = getattr(patterns, feed.kind).format(**words)
    return filled


def _urn(feed: FeedName, title: str) -> str:
    """RFC 4122 section 4.3: the same name gives the same id, on every machine."""
    return uuid.uuid5(uuid.NAMESPACE_URL, "\n".join((title, feed.kind, "\n".join(feed.identity)))).urn


def _image(url: str | None) -> Image | None:
    return Image(Url(url)) if url else None
