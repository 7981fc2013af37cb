"""What every format says about a feed as a whole: titles, addresses, the picture. The formats only spell it."""

import uuid
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Literal

import msgspec

from feedloom.config.settings import Archive, Config, Patterns, identity_of_provider
from feedloom.model import Feed, Group, Image, Kind, Url
from feedloom.values import slugs, urls

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
    `is_complete` shows all that there is (section 2). A `query` ends the addresses of a feed that a server computes.
    """

    id: str
    title: str
    description: str
    updated: datetime
    author: str
    comment: str
    language: str | None
    root: str
    address: Url | None
    page: Url | None
    has_page: bool
    is_archive: bool
    is_complete: bool
    history: dict[History, str]
    icon: Image | None
    logo: Image | None
    hub: str | None
    ttl: int
    query: str = ""

    def url(self, format: str) -> Url | None:
        """The feed's address in a format."""
        return Url(f"{self.address}.{format}{self.query}") if self.address else None


def metadata_of(feed: Feed, config: Config, picture: Image | None = None) -> Metadata:
    """The head of a feed; titles and descriptions are filled into the configuration's patterns.

    Where there is no `picture` of its own, it has the site's.
    """
    site = config.site
    current = feed.current
    root = "../" * feed.address.count("/")
    return Metadata(
        # A feed and its archive are one logical feed (RFC 5005 section 1.2).
        id=urls.canonical(urls.joined(site.base, current.address)) if site.base else _urn(feed, site.title),
        title=title_of(feed, config),
        description=_description(feed, config),
        updated=feed.updated or NEVER,
        author=site.author or site.title,
        comment=config.labels.subscribing,
        language=site.language,
        root=root,
        address=address_of(feed, config),
        page=link_of(current, config),
        has_page=bool(config.pages),
        is_archive=feed.page is not None,
        is_complete=_is_complete(feed, config),
        history={rel: urls.joined(site.url or root, one.address) for rel, one in _history(feed)},
        icon=picture or _image(site.icon or site.logo),
        logo=picture or _image(site.logo or site.icon),
        hub=site.hub,
        ttl=config.ttl,
    )


def newest_month(feeds: Iterable[Feed]) -> int:
    """The month of the newest record of a site, in months since 1970."""
    return max((month for feed in feeds for month in feed.months), default=0)


def recent(feed: Feed, last: int) -> list[int]:
    """How many records were published in each of the twelve months to `last`, that of the newest record of the site.

    It is not the clock's month: what is published depends on the records alone.
    """
    return [feed.months.get(month, 0) for month in range(last - 11, last + 1)]


def aliases_of(feed: Feed, config: Config) -> list[Feed]:
    """A feed as it answers at the addresses of the other names of its topic and its provider."""
    if feed.page or feed.kind not in ("topic", "provider", "provider_topic") or not (config.topics or config.providers):
        return []
    if feed.kind == "topic":
        return [_alias(feed, topic, None) for topic in _other_topics(feed.identity, config)]
    if feed.kind == "provider":
        name, line_break, provider = feed.identity.rpartition("\n")
        within = f"{name}{line_break}"
        return [_alias(feed, None, other, within) for other in _other_providers(provider, config)]
    own, _, provider = feed.identity.partition("\n")
    topics, providers = _other_topics(own, config), _other_providers(provider, config)
    pairs = [(topic, provider) for topic in (None, *topics) for provider in (None, *providers)]
    return [_alias(feed, topic, other) for topic, other in pairs if topic or other]


def _other_topics(identity: str, config: Config) -> list[str]:
    return [alias for name, topic in config.topics.items() if slugs.identity(name) == identity for alias in topic.aliases]


def _other_providers(identity: str, config: Config) -> list[str]:
    return [
        alias
        for name, provider in config.providers.items()
        if identity_of_provider(name) == identity
        for alias in provider.aliases
    ]


def _alias(feed: Feed, topic: str | None, provider: str | None, within: str = "") -> Feed:
    """The feed under another name of its topic, its provider or both; `within` begins the identity of a name at a provider."""
    other = identity_of_provider(provider) if provider else None
    domain = (other if "." in other else None) if other else feed.domain
    if feed.kind == "topic":
        name, identity = topic or "", slugs.identity(topic or "")
    elif feed.kind == "provider":
        name, identity = feed.name if within else provider or "", f"{within}{other}"
    else:
        own, _, whose = feed.identity.partition("\n")
        topic, provider = topic or feed.topic, provider or feed.provider
        name, identity = f"{provider}: {topic}", f"{slugs.identity(topic) if topic else own}\n{other or whose}"
    slug = slugs.of_group(Group(feed.kind, identity))
    return msgspec.structs.replace(
        feed,
        name=name,
        topic=topic if feed.kind == "provider_topic" else None,
        provider=provider if feed.kind == "provider_topic" else None,
        identity=identity,
        slug=slug,
        domain=domain,
        apart="",
    )


def labels_of(config: Config) -> dict[Kind, str]:
    """The heading of each kind of feeds that has one."""
    labels = config.labels
    return {
        "topic": labels.topics,
        "provider": labels.providers,
        "category": labels.categories,
        "type": labels.types,
        "provider_topic": labels.provider_topics,
        "custom": labels.selections,
    }


def title_of(feed: Feed, config: Config) -> str:
    """A feed's title."""
    title = pattern_title(feed, config)
    return f"{title} ({feed.apart})" if feed.apart else title


def pattern_title(feed: Feed, config: Config) -> str:
    """A feed's title as long as no other feed has the same."""
    return _filled(config.titles, feed, config)


def address_of(feed: Feed, config: Config) -> Url | None:
    """A feed's address without suffix, where the site has a URL."""
    return urls.joined(config.site.url, feed.address) if config.site.url else None


def link_of(feed: Feed, config: Config) -> Url | None:
    """A feed's own link: to its HTML page, else to the home page of the site, else to the folder of the feeds."""
    address = address_of(feed, config)
    if config.pages and address:
        return Url(f"{address}.{PAGE}")
    return Url(home) if (home := config.site.home or config.site.url) else None


def _description(feed: Feed, config: Config) -> str:
    own = (one.description for one in config.feeds if feed.kind == "custom" and one.slug == feed.slug)
    return next(own, None) or _filled(config.descriptions, feed, config)


def _history(feed: Feed) -> Iterator[tuple[History, Feed]]:
    """No document leads to a newer one: it would have to be rewritten for each change of that."""
    if feed.page is not None:
        yield "current", feed.current
    if feed.pages:
        yield "prev-archive", msgspec.structs.replace(feed, page=feed.pages[-1])


def _is_complete(feed: Feed, config: Config) -> bool:
    """Readers may remove what a complete feed lacks. A retired feed has no entries, and nothing is to be removed for that."""
    is_wanted = isinstance(config.archive, Archive) and config.archive.complete
    return is_wanted and feed.page is None and not feed.retired and feed.count == feed.total


def _filled(patterns: Patterns, feed: Feed, config: Config) -> str:
    words = {"site": config.site.title, "description": config.site.description, "name": feed.name}
    filled: str = getattr(patterns, feed.kind).format(**words)
    return filled


def _urn(feed: Feed, title: str) -> str:
    """RFC 4122 section 4.3: the same name gives the same id, on every machine."""
    return uuid.uuid5(uuid.NAMESPACE_URL, "\n".join((title, feed.kind, feed.identity))).urn


def _image(url: str | None) -> Image | None:
    return Image(Url(url)) if url else None
