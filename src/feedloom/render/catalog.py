"""catalog.json: every feed there is, for other programs. Its shape is a contract, told apart by `version`."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal, TypeAlias

import msgspec

from feedloom.config.settings import Config
from feedloom.feeds import aliases, kinds
from feedloom.feeds.kinds import KINDS
from feedloom.model import Feed, FeedName, Group, Kind, ListedFeed, Moment, RetiredFeed, Slug
from feedloom.render import formats, titles
from feedloom.render.metadata import PAGE, newest_month, pattern_title, recent, title_of
from feedloom.values import characters, dates, former_slugs

PATH = "catalog.json"

Count: TypeAlias = Annotated[int, msgspec.Meta(ge=0, lt=10**15)]


def catalog(feeds: list[ListedFeed], config: Config) -> bytes:
    """The catalog of feeds, in the order they come in, and of the other addresses at which they answer."""
    last = newest_month(feeds)
    document: dict[str, Any] = {
        "version": 1,
        "site": {"title": config.site.title, "url": config.site.url},
        "feeds": [_entry(feed, feed, title_of(feed, config), config) | _recent(feed, last) for feed in feeds],
    }
    if others := [alias for feed in feeds for alias in aliases.of(feed, config)]:
        document["aliases"] = [
            _entry(alias, alias.of, title, config) | {"of": alias.of.slug}
            for alias, title in zip(
                others, _titles(others, {characters.folded(title_of(feed, config)) for feed in feeds}, config), strict=True
            )
        ]
    return _encoded(document)


class PublishedFeed(msgspec.Struct, frozen=True, kw_only=True):
    """A feed of an earlier catalog. Its paths are those that its kind and its slug give, so that none leads elsewhere."""

    kind: Kind
    name: str
    slug: Slug
    title: str
    count: Count
    total: Count
    updated: Annotated[datetime, msgspec.Meta(tz=True)] | None
    formats: dict[str, str]
    page: str | None = None
    domain: str | None = None
    provider: str | None = None
    topic: str | None = None
    retired: bool = False
    recent: tuple[Count, ...] = ()

    def __post_init__(self) -> None:
        if "/" in self.slug or "\0" in self.slug:
            raise ValueError(f"no slug: {self.slug!r}")
        if not self.format_paths:
            raise ValueError(f"no format of {self.address!r}")
        paths = self.format_paths | ({} if self.page is None else {PAGE: self.page})
        if any(path != f"{self.address}.{suffix}" for suffix, path in paths.items()):
            raise ValueError(f"other paths than those of {self.address!r}")

    @property
    def format_paths(self) -> dict[str, str]:
        """The path of each format that this version knows."""
        return {name: self.formats[name] for name in formats.FORMATS if name in self.formats}

    @property
    def paths(self) -> list[str]:
        """Where its files are, below the output folder."""
        return [*self.format_paths.values(), *([] if self.page is None else [self.page])]

    @property
    def address(self) -> str:
        """The path without suffix, below the output folder: `topics/ai-ethics`."""
        return kinds.address(self.kind, self.slug)


class PublishedAlias(PublishedFeed, frozen=True, kw_only=True):
    """Another name `of` a topic, by the slug of its feed."""

    of: str


class Catalog(msgspec.Struct, frozen=True):
    """A catalog as it is published."""

    version: Literal[1]
    feeds: list[PublishedFeed]
    aliases: list[PublishedAlias] = []

    def __post_init__(self) -> None:
        if sum(feed.kind == "all" for feed in self.feeds) != 1:
            raise ValueError("not one feed of all articles")
        if len({(*feed.format_paths, feed.page is None) for feed in self.named}) > 1:
            raise ValueError("feeds with different formats")

    @property
    def published(self) -> int:
        """How many records are published."""
        return sum(feed.total for feed in self.feeds if feed.kind == "all")

    @property
    def updated(self) -> Moment | None:
        """The newest moment that was due when it was written. Retired feeds keep a date that may be none any more."""
        moments = (feed.updated for feed in self.feeds if feed.updated and not feed.retired)
        return max(map(dates.stamp, moments), default=None)

    @property
    def named(self) -> list[PublishedFeed]:
        """All that it names: the feeds, and their other names."""
        return [*self.feeds, *self.aliases]


def retired(named: Iterable[PublishedFeed], feeds: Iterable[Feed], config: Config) -> list[RetiredFeed]:
    """Those of an earlier catalog that are not among `feeds` any more, nor other names of some: without entries, dated as they
    were. Raises ValueError.
    """
    return [feed for feed in _gone(named, feeds, config) if not _has_moved(feed)]


def moved(named: Iterable[PublishedFeed], feeds: Iterable[ListedFeed], config: Config) -> list[RetiredFeed]:
    """Those that no name leads to any more, since addresses were made by another rule: as `retired` has them.

    Raises ValueError.
    """
    return list(filter(_has_moved, _gone(named, feeds, config)))


def _gone(named: Iterable[PublishedFeed], feeds: Iterable[ListedFeed], config: Config) -> list[RetiredFeed]:
    live = {(feed.kind, feed.slug): feed for feed in feeds}
    gone = [_retired(feed) for feed in named if feed.kind != "all" and (feed.kind, feed.slug) not in live]
    stay = [feed for feed in gone if not _has_moved(feed)]
    names = {alias.address for feed in (*live.values(), *stay) for alias in aliases.of(feed, config)}
    return [feed for feed in gone if feed.address not in names]


def pruned(document: bytes, config: Config) -> tuple[bytes, list[RetiredFeed]]:
    """A catalog without its retired feeds, and these, with their other names. Raises ValueError.

    The other names that are left have the titles that the next build gives them, when no retired feed has a title any more.
    """
    catalog = read(document)
    gone = [feed for feed in catalog.feeds if feed.retired]
    names = {(feed.kind, feed.slug) for feed in gone}
    gone_aliases = [alias for alias in catalog.aliases if (alias.kind, alias.of) in names]
    raw = msgspec.json.decode(document)
    raw["feeds"] = [feed for feed in raw["feeds"] if not feed.get("retired")]
    if left := [alias for alias in raw.pop("aliases", []) if (alias["kind"], alias["of"]) not in names]:
        others = [_retired(alias) for alias in catalog.aliases if (alias.kind, alias.of) not in names]
        named = _titles(others, {characters.folded(feed["title"]) for feed in raw["feeds"]}, config)
        raw["aliases"] = [alias | {"title": title} for alias, title in zip(left, named, strict=True)]
    return _encoded(raw), [_retired(feed) for feed in (*gone, *gone_aliases)]


def read(document: bytes) -> Catalog:
    """The catalog in a document, all of it as this version writes it. Raises ValueError where it is none, or a damaged one."""
    try:
        return msgspec.json.decode(document, type=Catalog)
    except UnicodeDecodeError:
        raise ValueError("not UTF-8") from None
    except RecursionError:
        raise ValueError("nested too deeply") from None
    except msgspec.MsgspecError as error:
        raise ValueError(str(error)) from None


def _retired(feed: PublishedFeed) -> RetiredFeed:
    row = KINDS[feed.kind]
    group = Group(feed.kind, row.identity(kinds.Names(feed.name, feed.slug, feed.domain, feed.provider, feed.topic)))
    slug = kinds.slug(group)
    names = {"domain": feed.domain, "provider": feed.provider, "topic": feed.topic}
    if slug != feed.slug and not former_slugs.had(feed.slug, feed.kind, feed.name, **names):
        # The file may have come from anywhere: no path in it is believed.
        raise ValueError(f'the slug of "{feed.name}" is {slug}, not {feed.slug}')
    return RetiredFeed(
        kind=feed.kind,
        name=feed.name,
        slug=feed.slug,
        identity=group.identity,
        folder=row.folder,
        updated=feed.updated,
        domain=feed.domain,
        provider=feed.provider,
        topic=feed.topic,
    )


def _has_moved(feed: RetiredFeed) -> bool:
    return feed.slug != kinds.slug(feed.group)


def _encoded(document: dict[str, Any]) -> bytes:
    """A line a feed, so that two versions compare well."""
    parts = [
        b"[\n%b\n]" % b",\n".join(map(msgspec.json.encode, value))
        if value and isinstance(value, list)
        else msgspec.json.encode(value)
        for value in document.values()
    ]
    names = map(msgspec.json.encode, document)
    return b"{%b}\n" % b",\n".join(b"%b:%b" % pair for pair in zip(names, parts, strict=True))


def _titles(others: Sequence[FeedName], taken: set[str], config: Config) -> Iterator[str]:
    """The titles of other names of feeds, none of which any feed has: those are `taken`, and folded."""
    apart = titles.giving_way(others, lambda alias: pattern_title(alias, config), taken)
    return (titles.bracketed(pattern_title(alias, config), apart.get(alias.address, "")) for alias in others)


def _recent(feed: ListedFeed, last: int) -> dict[str, Any]:
    return {"retired": True} if isinstance(feed, RetiredFeed) else {"recent": recent(feed, last)}


def _entry(name: FeedName, feed: ListedFeed, title: str, config: Config) -> dict[str, Any]:
    """A feed under one of its names."""
    fields: dict[str, Any] = {"kind": name.kind, "name": name.name or title}
    if name.kind == "provider_topic":
        fields |= {"provider": name.provider, "topic": name.topic}
    if name.kind in ("provider", "provider_topic"):
        fields["domain"] = name.domain
    fields |= {
        "slug": name.slug,
        "title": title,
        "count": feed.count,
        "total": feed.total,
        "updated": feed.updated and dates.rfc3339(feed.updated),
        "formats": {suffix: f"{name.address}.{suffix}" for suffix in config.formats},
    }
    if config.pages:
        fields["page"] = f"{name.address}.{PAGE}"
    return fields
