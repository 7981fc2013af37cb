"""catalog.json: the list of all feeds, for other programs. Its shape is a contract, with a `version`."""

import contextlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal, TypeAlias

import msgspec

from feedloom.config.settings import Config
from feedloom.feeds import aliases, kinds
from feedloom.feeds.kinds import KINDS
from feedloom.model import Feed, FeedName, Group, Kind, ListedFeed, Moment, RetiredFeed, Slug
from feedloom.render import formats
from feedloom.render.metadata import PAGE, newest_month, pattern_title, recent, title_of
from feedloom.render.titles import bracketed, giving_way
from feedloom.values import characters, dates, former_slugs

PATH = "catalog.json"

Count: TypeAlias = Annotated[int, msgspec.Meta(ge=0, lt=10**15)]


def catalog(feeds: Collection[ListedFeed], config: Config) -> bytes:
    """The catalog of feeds, in the order given, and of their aliases."""
    last = newest_month(feeds)
    document: dict[str, Any] = {
        "version": 1,
        "site": {"title": config.site.title, "url": config.site.url},
        "feeds": (_listed(feed, last, config) for feed in feeds),
    }
    if others := [alias for feed in feeds for alias in aliases.of(feed, config)]:
        titles = _titles(others, {characters.folded(title_of(feed, config)) for feed in feeds}, config)
        document["aliases"] = (
            _entry(alias, alias.of, title, config) | {"of": alias.of.slug} for alias, title in zip(others, titles, strict=True)
        )
    return _encoded(document)


def renewed(document: bytes, changed: Sequence[tuple[Feed, Feed]], config: Config) -> bytes | None:
    """A catalog in which some feeds `changed`: each as it was, and as it is, under the same name. The others have other lines.
    None if that is not all that differs, or if a feed is not in it as it was.
    """
    last, now = (newest_month(feed[at] for feed in changed) for at in (0, 1))
    if last != now or any(aliases.of(feed, config) for feed, _ in changed):
        return None
    encode = msgspec.json.Encoder().encode
    lines = document.split(b"\n")
    for feeds in changed:
        before, after = (encode(_listed(feed, last, config)) for feed in feeds)
        for end in (b",", b""):  # the last has none
            with contextlib.suppress(ValueError):
                lines[lines.index(before + end)] = after + end
                break
        else:
            return None
    return b"\n".join(lines)


class PublishedFeed(msgspec.Struct, frozen=True, kw_only=True):
    """A feed of a published catalog. Its paths must be those of its kind and slug, so that none leads elsewhere."""

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
        begin = f"{self.address}."
        paths = self.format_paths
        if not paths:
            raise ValueError(f"no format of {self.address!r}")
        is_own = self.page in (None, begin + PAGE)
        for suffix, path in paths.items():
            is_own &= path == begin + suffix
        if not is_own:
            raise ValueError(f"other paths than those of {self.address!r}")

    @property
    def format_paths(self) -> dict[str, str]:
        """The path of each format that this version knows."""
        return {name: self.formats[name] for name in formats.FORMATS if name in self.formats}

    @property
    def paths(self) -> list[str]:
        """The paths of its files, below the output folder."""
        return [*self.format_paths.values(), *([] if self.page is None else [self.page])]

    @property
    def address(self) -> str:
        """The path without suffix, below the output folder: `topics/ai-ethics`."""
        return kinds.address(self.kind, self.slug)


class PublishedAlias(PublishedFeed, frozen=True, kw_only=True):
    """Another name of the feed with the slug `of`."""

    of: str


class Catalog(msgspec.Struct, frozen=True):
    """A published catalog."""

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
        """The number of published records."""
        return sum(feed.total for feed in self.feeds if feed.kind == "all")

    @property
    def updated(self) -> Moment | None:
        """The newest date that was due when the catalog was written. Retired feeds do not count: their records are gone."""
        moments = (feed.updated for feed in self.feeds if feed.updated and not feed.retired)
        return max(map(dates.stamp, moments), default=None)

    @property
    def named(self) -> list[PublishedFeed]:
        """All feeds and aliases."""
        return [*self.feeds, *self.aliases]


def addresses(named: Iterable[PublishedFeed]) -> set[str]:
    """The paths of published feeds, without suffix: those that they have, and those that this version gives them."""
    return {address for feed in named for address in (feed.address, kinds.address_of(_group(feed)))}


def retired(named: Iterable[PublishedFeed], feeds: Iterable[Feed], config: Config) -> list[RetiredFeed]:
    """Feeds of an earlier catalog that are not among `feeds` and their aliases. They keep their dates. Raises ValueError."""
    return [feed for feed in _gone(named, feeds, config) if not _has_moved(feed)]


def moved(named: Iterable[PublishedFeed], feeds: Iterable[ListedFeed], config: Config) -> list[RetiredFeed]:
    """Like `retired`, but those whose paths were made by a former rule, so that their names have other paths now."""
    return list(filter(_has_moved, _gone(named, feeds, config)))


def _gone(named: Iterable[PublishedFeed], feeds: Iterable[ListedFeed], config: Config) -> list[RetiredFeed]:
    live = {(feed.kind, feed.slug): feed for feed in feeds}
    gone = [_retired(feed) for feed in named if feed.kind != "all" and (feed.kind, feed.slug) not in live]
    stay = [feed for feed in gone if not _has_moved(feed)]
    names = {alias.address for feed in (*live.values(), *stay) for alias in aliases.of(feed, config)}
    return [feed for feed in gone if feed.address not in names]


def pruned(document: bytes, config: Config) -> tuple[bytes, list[RetiredFeed]]:
    """A catalog without its retired feeds and their aliases, and these. Raises ValueError.

    The other aliases get the titles that the next build would give them: no retired feed has one of these any more.
    """
    catalog = read(document)
    gone = [feed for feed in catalog.feeds if feed.retired]
    names = {(feed.kind, feed.slug) for feed in gone}
    gone_aliases = [alias for alias in catalog.aliases if (alias.kind, alias.of) in names]
    raw = msgspec.json.decode(document)
    raw["feeds"] = [feed for feed in raw["feeds"] if not feed.get("retired")]
    if left := [alias for alias in raw.pop("aliases", []) if (alias["kind"], alias["of"]) not in names]:
        feeds = [_retired(alias) for alias in catalog.aliases if (alias.kind, alias.of) not in names]
        titles = _titles(feeds, {characters.folded(feed["title"]) for feed in raw["feeds"]}, config)
        raw["aliases"] = [alias | {"title": title} for alias, title in zip(left, titles, strict=True)]
    return _encoded(raw), [_retired(feed) for feed in (*gone, *gone_aliases)]


def read(document: bytes) -> Catalog:
    """The catalog in a document. Raises ValueError if it is not a catalog as this version writes it, or damaged."""
    try:
        return msgspec.json.decode(document, type=Catalog)
    except UnicodeDecodeError:
        raise ValueError("not UTF-8") from None
    except RecursionError:
        raise ValueError("nested too deeply") from None
    except msgspec.MsgspecError as error:
        raise ValueError(str(error)) from None


def _retired(feed: PublishedFeed) -> RetiredFeed:
    group = _group(feed)
    slug = kinds.slug(group)
    names = {"domain": feed.domain, "provider": feed.provider, "topic": feed.topic}
    if slug != feed.slug and not former_slugs.had(feed.slug, feed.kind, feed.name, **names):
        # The file may come from anywhere: do not trust its paths.
        raise ValueError(f'the slug of "{feed.name}" is {slug}, not {feed.slug}')
    return RetiredFeed(
        kind=feed.kind,
        name=feed.name,
        slug=feed.slug,
        identity=group.identity,
        folder=KINDS[feed.kind].folder,
        updated=feed.updated,
        domain=feed.domain,
        provider=feed.provider,
        topic=feed.topic,
    )


def _group(feed: PublishedFeed) -> Group:
    names = kinds.Names(feed.name, feed.slug, feed.domain, feed.provider, feed.topic)
    return Group(feed.kind, KINDS[feed.kind].identity(names))


def _has_moved(feed: RetiredFeed) -> bool:
    return feed.slug != kinds.slug(feed.group)


def _encoded(document: dict[str, Any]) -> bytes:
    """One line for each feed, so that a diff is easy to read. Feeds may come from iterators: no two of them are in memory."""
    encode = msgspec.json.Encoder().encode
    return b"{%b}\n" % b",\n".join(
        b"%b:%b" % (encode(name), _lines(map(encode, value)) if isinstance(value, list | Iterator) else encode(value))
        for name, value in document.items()
    )


def _lines(encoded: Iterable[bytes]) -> bytes:
    joined = b",\n".join(encoded)
    return b"[\n%b\n]" % joined if joined else b"[]"


def _titles(others: Sequence[FeedName], taken: set[str], config: Config) -> Iterator[str]:
    """Titles of aliases that no feed has. The folded titles of feeds are `taken`."""
    apart = giving_way(others, lambda alias: pattern_title(alias, config), taken)
    return (bracketed(pattern_title(alias, config), apart.get(alias.address, "")) for alias in others)


def _listed(feed: ListedFeed, last: int, config: Config) -> dict[str, Any]:
    return _entry(feed, feed, title_of(feed, config), config) | _recent(feed, last)


def _recent(feed: ListedFeed, last: int) -> dict[str, Any]:
    return {"retired": True} if isinstance(feed, RetiredFeed) else {"recent": recent(feed, last)}


def _entry(name: FeedName, feed: ListedFeed, title: str, config: Config) -> dict[str, Any]:
    """A feed under one of its names."""
    address = name.address
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
        "formats": {suffix: f"{address}.{suffix}" for suffix in config.formats},
    }
    if config.pages:
        fields["page"] = f"{address}.{PAGE}"
    return fields
