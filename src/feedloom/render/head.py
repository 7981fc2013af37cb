"""What every format says about a feed as a whole: titles, addresses, the picture. The formats only spell it."""

import uuid
from datetime import UTC, datetime

import msgspec

from feedloom import slugs, urls
from feedloom.config import Config, Patterns
from feedloom.model import Feed, Image, Url

FORMATS = ("atom", "rss", "json")

PAGE = "html"
"""The suffix of the page that shows a feed to people."""

NEVER = datetime(2000, 1, 1, tzinfo=UTC)
"""Atom requires a date of a feed that never had an entry; validators warn about dates long ago."""


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """A feed without its entries. `address` is None where the site has no URL.

    `root` is the way from the feed to the output folder: empty, or `../`.
    """

    id: str
    title: str
    description: str
    updated: datetime
    author: str
    language: str
    root: str
    address: Url | None
    icon: Image | None
    logo: Image | None
    hub: str | None
    ttl: int

    def url(self, format: str) -> Url | None:
        """The feed's address in a format."""
        return Url(f"{self.address}.{format}") if self.address else None


def head_of(feed: Feed, config: Config, picture: Image | None = None) -> Head:
    """The head of a feed; titles and descriptions are filled into the configuration's patterns.

    Where there is no `picture` of its own, it has the site's.
    """
    site = config.site
    return Head(
        id=urls.canonical(urls.joined(site.base, feed.address)) if site.base else _urn(feed, site.title),
        title=title_of(feed, config),
        description=_filled(config.descriptions, feed, config),
        updated=feed.updated or NEVER,
        author=site.author or site.title,
        language=site.language,
        root="../" * feed.address.count("/"),
        address=address_of(feed, config),
        icon=picture or _image(site.icon or site.logo),
        logo=picture or _image(site.logo or site.icon),
        hub=site.hub,
        ttl=config.ttl,
    )


def aliases_of(feed: Feed, config: Config) -> list[Feed]:
    """A topic's feed as it answers at the addresses of its other names."""
    if feed.kind != "topic" or not config.topics:
        return []
    return [
        msgspec.structs.replace(feed, name=alias, identity=identity, slug=slugs.slug(identity))
        for name, topic in config.topics.items()
        if slugs.identity(name) == feed.identity
        for alias in topic.aliases
        for identity in [slugs.identity(alias)]
    ]


def title_of(feed: Feed, config: Config) -> str:
    """A feed's title."""
    return _filled(config.titles, feed, config)


def address_of(feed: Feed, config: Config) -> Url | None:
    """A feed's address without suffix, where the site has a URL."""
    return urls.joined(config.site.url, feed.address) if config.site.url else None


def _filled(patterns: Patterns, feed: Feed, config: Config) -> str:
    words = {"site": config.site.title, "description": config.site.description, "name": feed.name}
    filled: str = getattr(patterns, feed.kind).format(**words)
    return filled


def _urn(feed: Feed, title: str) -> str:
    """RFC 4122 section 4.3: the same name gives the same id, on every machine."""
    return uuid.uuid5(uuid.NAMESPACE_URL, "\n".join((title, feed.kind, feed.identity))).urn


def _image(url: str | None) -> Image | None:
    return Image(Url(url)) if url else None
