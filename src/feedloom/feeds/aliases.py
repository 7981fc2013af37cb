"""The other names of topics and providers: the files of a feed are published under each of them, too."""

from itertools import product

from feedloom.config.settings import Config, identity_of_provider
from feedloom.feeds import kinds
from feedloom.model import Alias, Group, Identity, ListedFeed
from feedloom.values import slugs


def of(feed: ListedFeed, config: Config) -> list[Alias]:
    """A feed under the other names of its topic and its provider."""
    if not (config.topics or config.providers):
        return []
    if feed.kind == "topic":
        return [_alias(feed, (identity,), name) for name, identity in _topics(feed.identity[0], config)]
    if feed.kind == "provider":
        *within, provider = feed.identity
        others = _providers(provider, config)
        return [_alias(feed, (*within, other), feed.name if within else name, _domain(other)) for name, other in others]
    if feed.kind == "provider_topic":
        return _pairs(feed, config)
    return []


def _pairs(feed: ListedFeed, config: Config) -> list[Alias]:
    """A topic within a provider, with another name of one of them or of both."""
    own, whose = feed.identity
    topics = [(feed.topic, own), *_topics(own, config)]
    providers = [(feed.provider, whose), *_providers(whose, config)]
    _, *others = product(topics, providers)
    return [
        _alias(
            feed,
            identity=(topic, provider),
            name=f"{provider_name}: {topic_name}",
            domain=feed.domain if provider == whose else _domain(provider),
            provider=provider_name,
            topic=topic_name,
        )
        for (topic_name, topic), (provider_name, provider) in others
    ]


def _topics(identity: str, config: Config) -> list[tuple[str, str]]:
    """The other names of a topic, each with its identity."""
    owners = (topic for name, topic in config.topics.items() if slugs.identity(name) == identity)
    return [(alias, slugs.identity(alias)) for topic in owners for alias in topic.aliases]


def _providers(identity: str, config: Config) -> list[tuple[str, str]]:
    """The other names of a provider, each with its identity."""
    owners = (provider for name, provider in config.providers.items() if identity_of_provider(name) == identity)
    return [(alias, identity_of_provider(alias)) for provider in owners for alias in provider.aliases]


def _domain(identity: str) -> str | None:
    return identity if "." in identity else None


def _alias(
    feed: ListedFeed,
    identity: Identity,
    name: str,
    domain: str | None = None,
    provider: str | None = None,
    topic: str | None = None,
) -> Alias:
    return Alias(
        kind=feed.kind,
        name=name,
        slug=kinds.slug(Group(feed.kind, identity)),
        identity=identity,
        folder=feed.folder,
        domain=domain,
        provider=provider,
        topic=topic,
        of=feed,
    )
