"""The kinds of feeds, a row each: where they are, what makes two names one, and which of their names records give."""

from collections.abc import Callable, Collection, Iterable
from typing import Any, NamedTuple

from feedloom.config.settings import Config, CustomFeed, identity_of_provider
from feedloom.model import Group, Identity, Kind, RecordSummary, Slug
from feedloom.values import slugs

EVERYTHING = Group("all", ())
"""All articles."""


class Term(NamedTuple):
    """What a record names, as it is spelled there: the name of a feed, the two names of a topic within a provider, and the
    provider's domain.
    """

    name: str
    provider: str | None = None
    topic: str | None = None
    domain: str | None = None


class Taxonomy(NamedTuple):
    """How records name the feeds of a kind: the `field`, what a summary has in it, and the identity and spelling of that."""

    field: str
    named: Callable[[RecordSummary], Iterable[Any]]
    identity: Callable[[Any], Identity]
    term: Callable[[Any], Term]


class Names(NamedTuple):
    """The names of a published feed."""

    name: str
    slug: Slug
    domain: str | None
    provider: str | None
    topic: str | None


class FeedKind(NamedTuple):
    """A kind of feeds.

    Its files are in a `folder` below the output folder. `identity` is that of a published feed, computed from its names.
    `taxonomy` says how records name such feeds. Lists have a heading from the settings: `labels` has it under `label`.
    """

    folder: str
    identity: Callable[[Names], Identity]
    taxonomy: Taxonomy | None = None
    label: str | None = None


def of_topic(name: str) -> Identity:
    """The identity of a topic."""
    return (slugs.identity(name),)


def of_provider(name: str, domain: str | None) -> Identity:
    """The identity of a provider: its domain, if that is known."""
    return (domain or slugs.identity(name),)


def of_provider_name(name: str, domain: str) -> Identity:
    """The identity of one of the names that publish on a shared domain."""
    return slugs.identity(name), domain


def of_provider_topic(topic: str, name: str, domain: str | None) -> Identity:
    """The identity of a topic within a provider."""
    return slugs.identity(topic), *of_provider(name, domain)


def names_within(domains: Collection[str]) -> Taxonomy:
    """The names of providers on domains that many share. Their feeds are of the kind `provider`."""

    def named(summary: RecordSummary) -> Iterable[tuple[str, str]]:
        name, domain = summary.provider, summary.domain
        return ((name, domain),) if name and domain and domain in domains and slugs.identity(name) else ()

    return Taxonomy("provider", named, lambda pair: of_provider_name(*pair), lambda pair: Term(pair[0], domain=pair[1]))


def _own_name(names: Names) -> Identity:
    return of_topic(names.name)


def _provider(names: Names) -> Identity:
    if names.domain and "@" in names.slug:
        return of_provider_name(names.name, names.domain)
    return of_provider(names.name, names.domain)


def _pair(names: Names) -> Identity:
    return of_provider_topic(names.topic or "", names.provider or "", names.domain)


def _custom(names: Names) -> Identity:
    return (names.slug if slugs.is_custom(names.slug) else slugs.slug(slugs.identity(names.name)),)


def _field(field: str) -> Taxonomy:
    """A field with one name."""

    def named(summary: RecordSummary) -> Iterable[str]:
        name = getattr(summary, field)
        return (name,) if name and slugs.identity(name) else ()

    return Taxonomy(field, named, of_topic, Term)


_AUTHORS = Taxonomy("authors", lambda summary: summary.authors, of_topic, Term)
_TOPICS = Taxonomy("topics", lambda summary: summary.topics, of_topic, Term)
_PROVIDERS = Taxonomy(
    "provider",
    lambda summary: ((summary.provider, summary.domain),) if summary.provider is not None else (),
    lambda provider: of_provider(*provider),
    lambda provider: Term(provider[0], domain=provider[1]),
)
_PROVIDER_TOPICS = Taxonomy(
    "topics",
    lambda summary: [(topic, *provider) for provider in _PROVIDERS.named(summary) for topic in summary.topics],
    lambda pair: of_provider_topic(*pair),
    lambda pair: Term(f"{pair[1]}: {pair[0]}", provider=pair[1], topic=pair[0], domain=pair[2]),
)

KINDS: dict[Kind, FeedKind] = {
    "all": FeedKind("", lambda _: ()),
    "topic": FeedKind("topics/", _own_name, _TOPICS, "topics"),
    "provider": FeedKind("providers/", _provider, _PROVIDERS, "providers"),
    "category": FeedKind("categories/", _own_name, _field("category"), "categories"),
    "type": FeedKind("types/", _own_name, _field("type"), "types"),
    "author": FeedKind("authors/", _own_name, _AUTHORS, "authors"),
    "provider_topic": FeedKind("provider-topics/", _pair, _PROVIDER_TOPICS, "provider_topics"),
    "custom": FeedKind("custom/", _custom, None, "selections"),
}
"""All kinds, in the order of the catalog."""


def taxonomies(config: Config) -> list[tuple[Kind, Taxonomy]]:
    """How records name feeds, for the kinds that are switched on."""
    found = [(kind, row.taxonomy) for kind, row in KINDS.items() if row.taxonomy and getattr(config.groups, kind)]
    shared = {identity_of_provider(name) for name, provider in config.providers.items() if provider.by == "name"}
    if shared and config.groups.provider:
        found.append(("provider", names_within(shared)))
    return found


def of_custom_feed(feed: CustomFeed) -> Group:
    """The group of a custom feed."""
    return Group("custom", (feed.slug,))


def slug(group: Group) -> Slug:
    """The file name of a group's feed. The owner chose that of a custom feed."""
    kind, identity = group
    if kind == "all":
        return Slug("all")
    return Slug(identity[0]) if kind == "custom" else slugs.joined(*identity)


def address(kind: Kind, slug: Slug) -> str:
    """The path of a feed without suffix, below the output folder: `topics/ai-ethics`."""
    return f"{KINDS[kind].folder}{slug}"


def address_of(group: Group) -> str:
    """The path of a group's feed without suffix, below the output folder."""
    return address(group.kind, slug(group))
