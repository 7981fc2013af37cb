"""The feeds of an owner's own choice: which articles one holds, and in which order."""

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from feedloom.config.settings import Config, CustomFeed, Order, identity_of_provider, names_of_providers, names_of_topics
from feedloom.model import Moment, RecordSummary
from feedloom.values import characters, dates, slugs, urls

_NEAR = 0.4
"""How much of a name another one has to share to be what was meant, from 0 to 1."""


class Condition(NamedTuple):
    """One thing that a feed asks of its articles: the setting that says so, and what an article has that does not meet it."""

    setting: str
    failing: str
    holds: Callable[[RecordSummary], bool]


def conditions(feed: CustomFeed, config: Config, newest: Moment) -> list[Condition]:
    """What a feed asks of an article, each for itself; `newest` is when the newest article of the site was published."""
    topics, providers = names_of_topics(config), names_of_providers(config)
    where = feed.where
    found: list[Condition] = []

    def ask(setting: str, failing: str, holds: Callable[[RecordSummary], bool]) -> None:
        found.append(Condition(setting, failing, holds))

    if where.topics:
        wanted = _topics(where.topics, topics)
        if where.match == "all":
            ask("topics", f"lacks one of the topics {_listed(where.topics)}", lambda summary: wanted <= _topics(summary.topics))
        else:
            ask(
                "topics",
                f"has none of the topics {_listed(where.topics)}",
                lambda summary: not wanted.isdisjoint(_topics(summary.topics)),
            )
    if where.not_topics:
        unwanted = _topics(where.not_topics, topics)
        ask(
            "not_topics",
            f"has one of the topics {_listed(where.not_topics)}",
            lambda summary: unwanted.isdisjoint(_topics(summary.topics)),
        )
    if where.providers:
        ours = _providers(where.providers, providers)
        ask("providers", f"is from none of {_listed(where.providers)}", lambda summary: not ours.isdisjoint(_provider(summary)))
    if where.not_providers:
        others = _providers(where.not_providers, providers)
        ask(
            "not_providers",
            f"is from one of {_listed(where.not_providers)}",
            lambda summary: others.isdisjoint(_provider(summary)),
        )
    if where.category:
        category = slugs.identity(where.category)
        ask("category", f"is not of the category {where.category}", lambda summary: _identity(summary.category) == category)
    if where.type:
        type = slugs.identity(where.type)
        ask("type", f"is not of the type {where.type}", lambda summary: _identity(summary.type) == type)
    if where.min_quality is not None:
        quality = where.min_quality
        ask(
            "min_quality",
            f"has no quality of {quality} or more",
            lambda summary: summary.quality is not None and summary.quality >= quality,
        )
    if where.min_heat is not None:
        heat = where.min_heat
        ask("min_heat", f"has no heat of {heat} or more", lambda summary: summary.heat is not None and summary.heat >= heat)
    if where.since:
        since = dates.before(newest, where.since)
        ask("since", f"is older than {where.since} before the newest article", lambda summary: summary.published >= since)
    if where.text:
        phrase = characters.folded(where.text)
        ask("text", f'has "{where.text}" neither in its title nor in its excerpt', lambda summary: phrase in summary.phrases)
    return found


def order(by: Order) -> Callable[[RecordSummary], Any]:
    """A key to sort by: the first article is the newest, or that of the highest quality or heat and of these the newest."""
    if by == "quality":
        return lambda summary: (_rank(summary.quality), *newest_first(summary))
    if by == "heat":
        return lambda summary: (_rank(summary.heat), *newest_first(summary))
    return newest_first


def newest_first(summary: RecordSummary) -> tuple[int, str]:
    """A key to sort by: by date, then by id."""
    return -summary.published, summary.id


def is_history(feed: CustomFeed) -> bool:
    """Whether a feed only ever grows at its beginning: a ranking and a window of time do not, and so have no archive."""
    return feed.order == "newest" and feed.where.since is None


class Named(NamedTuple):
    """What the records of a site name: identities, each with its spelling."""

    topics: dict[str, str]
    providers: dict[str, str]
    categories: dict[str, str]
    types: dict[str, str]


def named(summaries: Iterable[RecordSummary]) -> Named:
    """What records name; a provider by its name and by its domain."""
    topics: set[str] = set()
    providers: set[str] = set()
    domains: set[str] = set()
    categories: set[str] = set()
    types: set[str] = set()
    for summary in summaries:
        topics.update(summary.topics)
        for names, name in (
            (providers, summary.provider),
            (domains, summary.domain),
            (categories, summary.category),
            (types, summary.type),
        ):
            if name:
                names.add(name)
    return Named(
        topics=_spelt(topics),
        providers=_spelt(providers) | {domain: domain for domain in sorted(domains)},
        categories=_spelt(categories),
        types=_spelt(types),
    )


def _spelt(names: Iterable[str]) -> dict[str, str]:
    return {slugs.identity(name): name for name in sorted(names)}


def unknown(feed: CustomFeed, named: Named, config: Config) -> Iterator[tuple[str, str]]:
    """The names that a feed asks for and no record has: the setting of each, and what to say of it, with the nearest known."""
    where = feed.where
    topics, providers = names_of_topics(config), names_of_providers(config)
    for setting in ("topics", "not_topics"):
        for at, name in enumerate(getattr(where, setting)):
            if not _topics([name], topics) <= named.topics.keys():
                yield f"where.{setting}[{at}]", _unknown("topic", name, named.topics)
    for setting in ("providers", "not_providers"):
        for at, name in enumerate(getattr(where, setting)):
            if _providers([name], providers).isdisjoint(named.providers):
                yield f"where.{setting}[{at}]", _unknown("provider", name, named.providers)
    if where.category and slugs.identity(where.category) not in named.categories:
        yield "where.category", _unknown("category", where.category, named.categories)
    if where.type and slugs.identity(where.type) not in named.types:
        yield "where.type", _unknown("type", where.type, named.types)


def unknown_domain(name: str, domains: Iterable[str]) -> str:
    """What to say of a domain that no record has, with the nearest known."""
    return _unknown("domain", name, {domain: domain for domain in sorted(domains)})


def _unknown(what: str, name: str, known: Mapping[str, str]) -> str:
    nearest = difflib.get_close_matches(slugs.identity(name), known, 1, _NEAR)
    return f'no record names the {what} "{name}"' + (f'; did you mean "{known[nearest[0]]}"?' if nearest else "")


def _providers(names: Iterable[str], renamed: Mapping[str, str]) -> frozenset[str]:
    """Identities of providers that may be called by a name or by a domain; another name of a provider means the provider."""
    called = (renamed.get(identity_of_provider(name), name) for name in names)
    return frozenset(one for name in called for one in (slugs.identity(name), *_domain(name)))


def _provider(summary: RecordSummary) -> tuple[str, ...]:
    if summary.provider is None:
        return ()
    return (slugs.identity(summary.provider), summary.domain or "")


def _domain(name: str) -> list[str]:
    try:
        return [urls.domain(name)]
    except ValueError:
        return []


def _topics(names: Iterable[str], topics: Mapping[str, str] | None = None) -> frozenset[str]:
    identities = map(slugs.identity, names)
    return frozenset(slugs.identity(topics.get(one, one)) if topics else one for one in identities)


def _identity(name: str | None) -> str:
    return slugs.identity(name) if name else ""


def _rank(value: int | None) -> float:
    return float("inf") if value is None else -value


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names)
