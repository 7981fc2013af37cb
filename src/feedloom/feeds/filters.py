"""Custom feeds: which articles they include, and in which order."""

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any, NamedTuple

from feedloom.config.settings import Config, CustomFeed, Order, identity_of_provider, names_of_providers, names_of_topics
from feedloom.model import Moment, RecordSummary
from feedloom.problems import Mistake
from feedloom.values import characters, dates, slugs, urls

_NEAR = 0.4
"""How similar a name must be to be suggested, from 0 to 1."""


class Condition(NamedTuple):
    """A condition: its `setting`, what is true of an article that does not meet it (`failing`), and the test."""

    setting: str
    failing: str
    holds: Callable[[RecordSummary], bool]


def conditions(feed: CustomFeed, config: Config, newest: Moment) -> list[Condition]:
    """The conditions of a feed. `newest` is when the newest article of the site was published."""
    topics, providers = names_of_topics(config), names_of_providers(config)
    where = feed.where
    found: list[Condition] = []

    def ask(setting: str, failing: str, holds: Callable[[RecordSummary], bool]) -> None:
        found.append(Condition(setting, failing, holds))

    if where.topics:
        wanted = _topics(where.topics, topics)
        if where.match == "all":
            ask(
                "topics",
                f"does not have all of the topics {_listed(where.topics)}",
                lambda summary: wanted <= _topics(summary.topics),
            )
        else:
            ask(
                "topics",
                f"does not have any of the topics {_listed(where.topics)}",
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
        ask(
            "providers",
            f"is not from any of {_listed(where.providers)}",
            lambda summary: not ours.isdisjoint(_provider(summary)),
        )
    if where.not_providers:
        others = _providers(where.not_providers, providers)
        ask(
            "not_providers",
            f"is from one of {_listed(where.not_providers)}",
            lambda summary: others.isdisjoint(_provider(summary)),
        )
    for field in ("category", "type"):
        if name := getattr(where, field):
            ask(field, f"does not have the {field} {name}", partial(_is_of, field, slugs.identity(name)))
    for field in ("quality", "heat"):
        if (least := getattr(where, f"min_{field}")) is not None:
            ask(f"min_{field}", f"does not have a {field} of {least} or more", partial(_has_at_least, field, least))
    if where.since:
        since = dates.before(newest, where.since)
        ask("since", f"is older than {where.since} before the newest article", lambda summary: summary.published >= since)
    if where.text:
        phrase = characters.folded(where.text)
        ask("text", f'does not contain "{where.text}" in its title or excerpt', lambda summary: phrase in summary.phrases)
    if where.not_text:
        unwanted_phrase = characters.folded(where.not_text)
        ask(
            "not_text",
            f'contains "{where.not_text}" in its title or excerpt',
            lambda summary: unwanted_phrase not in summary.phrases,
        )
    return found


def _is_of(field: str, identity: str, summary: RecordSummary) -> bool:
    name = getattr(summary, field)
    return bool(name) and slugs.identity(name) == identity


def _has_at_least(field: str, least: int, summary: RecordSummary) -> bool:
    value = getattr(summary, field)
    return value is not None and value >= least


def rank(by: Order) -> Callable[[RecordSummary], float] | None:
    """What comes before date and id in an order: a number, the smallest first. None: nothing."""
    if by == "newest":
        return None
    return lambda summary: _rank(summary.quality if by == "quality" else summary.heat)


def order(by: Order) -> Callable[[RecordSummary], Any]:
    """A key to sort articles by: the newest first, or the highest quality or heat first, and of these the newest."""
    first = rank(by)
    return newest_first if first is None else lambda summary: (first(summary), *newest_first(summary))


def newest_first(summary: RecordSummary) -> tuple[int, str]:
    """A key to sort by: by date, then by id."""
    return -summary.published, summary.id


def is_history(feed: CustomFeed) -> bool:
    """Whether a feed only grows at its beginning. A ranking or a window of time does not, so it has no archive."""
    return feed.order == "newest" and feed.where.since is None


class Named(NamedTuple):
    """The names in the records of a site: identities, each with its spelling; and the domains of providers, which are among
    these, too.
    """

    topics: dict[str, str]
    providers: dict[str, str]
    categories: dict[str, str]
    types: dict[str, str]
    domains: frozenset[str]


def named(summaries: Iterable[RecordSummary]) -> Named:
    """The names in records; a provider has its name and its domain."""
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
        domains=frozenset(domains),
    )


def joined(parts: Iterable[Named]) -> Named:
    """The names in all records, from those in parts of them."""
    topics, providers, categories, types = dict[str, str](), dict[str, str](), dict[str, str](), dict[str, str]()
    domains: set[str] = set()
    for part in parts:
        for names, some in (
            (topics, part.topics),
            (providers, part.providers),
            (categories, part.categories),
            (types, part.types),
        ):
            for identity, name in some.items():
                names[identity] = max(name, names.get(identity, ""))
        domains |= part.domains
    return Named(topics, providers | {domain: domain for domain in sorted(domains)}, categories, types, frozenset(domains))


def _spelt(names: Iterable[str]) -> dict[str, str]:
    return {slugs.identity(name): name for name in sorted(names)}


def unknown(feed: CustomFeed, named: Named, config: Config) -> Iterator[tuple[str, Mistake]]:
    """The names in the conditions of a feed that no record has: each with its setting and the problem."""
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


def unknown_domain(name: str, domains: Iterable[str]) -> Mistake:
    """The problem of a domain that no record has, with a similar one."""
    return _unknown("domain", name, {domain: domain for domain in sorted(domains)})


def _unknown(what: str, name: str, known: Mapping[str, str]) -> Mistake:
    nearest = difflib.get_close_matches(slugs.identity(name), known, 1, _NEAR)
    return Mistake("name-misspelled", what, name, known[nearest[0]]) if nearest else Mistake("name-unknown", what, name)


def _providers(names: Iterable[str], renamed: Mapping[str, str]) -> frozenset[str]:
    """Identities of providers, given by their names, domains or aliases."""
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


def _rank(value: int | None) -> float:
    return float("inf") if value is None else -value


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names)
