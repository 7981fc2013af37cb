"""Filters in addresses, `topics/ai+health.atom?min_quality=80&limit=20`: what they ask for, and their one canonical spelling.

They are the conditions of custom feeds under shorter names, and decoded into these. Nothing is read here.
"""

import difflib
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import quote, quote_plus, unquote_plus

from feedloom.config.checking import SettingError
from feedloom.config.settings import CustomFeed, identity_of_provider
from feedloom.feeds import kinds
from feedloom.feeds.kinds import KINDS
from feedloom.model import Group, Kind
from feedloom.render.catalog import PublishedFeed
from feedloom.render.metadata import PAGE
from feedloom.render.words import Words
from feedloom.values import characters, slugs, text

PARAMETERS = {
    "q": "text",
    "not_q": "not_text",
    "topic": "topics",
    "not_topic": "not_topics",
    "provider": "providers",
    "not_provider": "not_providers",
    "category": "category",
    "type": "type",
    "min_quality": "min_quality",
    "min_heat": "min_heat",
    "since": "since",
    "order": "order",
    "limit": "limit",
}
"""The setting of a custom feed that each parameter is, in the canonical order."""

COMPOSE = "-/filter"
"""Where people compose a filtered feed, below the base of the site."""
_COMPOSED = ("feed", "topics", "match", *PARAMETERS)
"""What the form there sends."""

MOST_NAMES = 5
LONGEST_QUERY = 256
MOST_ENTRIES = 100
LONGEST_PHRASE = 100
_LONGEST_FORM = 2048
_SHORTEST_PHRASE = 2
_COMPARED = 300
"""Addresses that are compared to find a similar one: 1 ms."""
_SPELLINGS = 8
"""A text can take some rounds until cleaning it changes nothing: `&amp;amp;`."""

_WHOLE = re.compile(r"-?[0-9]{1,15}")
_KINDS: dict[str, Kind] = {
    "topic": "topic",
    "not_topic": "topic",
    "provider": "provider",
    "not_provider": "provider",
    "category": "category",
    "type": "type",
}
_LISTS = {name for name in PARAMETERS if name.endswith(("topic", "provider"))}
_OF_FEED = {"order", "limit"}
_ONE_EACH: frozenset[Kind] = frozenset({"all", "provider", "category", "type"})
"""Kinds of which an article belongs to one feed only, so that two of them have no article in common."""


_FOLDERS = frozenset(kind.folder for kind in KINDS.values())
_ALL = KINDS["all"].folder + "all"


class FilterError(ValueError):
    """An address that asks for no feed. The message is for the one who wrote it."""


class Moved(Exception):
    """The address of a feed that is published as it is."""

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self.address = address


class Query(NamedTuple):
    """A filtered feed that is asked for: articles in one or in `every` one of the feeds at `bases`, that meet the conditions of
    `feed`. The format is that of a feed, or PAGE.

    `address` is canonical, below the base of the site and percent-encoded; `path` the part of it before the suffix, and
    `parameters` what comes behind, with its question mark. `fields` is what the form at COMPOSE shows of it.
    """

    bases: tuple[str, ...]
    every: bool
    format: str
    feed: CustomFeed
    title: str
    path: str
    parameters: str
    fields: Mapping[str, str]

    @property
    def address(self) -> str:
        """The canonical address. That of a page has no suffix."""
        return self.address_of(self.format)

    def address_of(self, format: str) -> str:
        """The address in a format."""
        return f"{self.path}{_suffix(format)}{self.parameters}"


class Known(NamedTuple):
    """What a site has: feeds by their addresses without suffix, also by those of other names; formats; the usual limit.

    `beginnings` has the addresses by what `beginning` gives of them, `providers` the slugs of providers by the identities of
    their names, where only one has the name. `words` are those of the pages.
    """

    feeds: Mapping[str, PublishedFeed]
    beginnings: Mapping[str, list[str]]
    providers: Mapping[str, str]
    formats: tuple[str, ...]
    has_pages: bool
    limit: int
    words: Words


def providers(feeds: Iterable[PublishedFeed]) -> dict[str, str]:
    """The slugs of providers by the identities of their names, where only one has the name."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for feed in feeds:
        if feed.kind == "provider":
            found[slugs.identity(feed.name)].add(feed.slug)
    return {name: next(iter(same)) for name, same in found.items() if len(same) == 1}


def beginning(address: str) -> str:
    """The folder of a feed, and the first character of its name."""
    folder, slash, name = address.rpartition("/")
    return f"{folder}{slash}{name[:1]}"


def nearest(address: str, beginnings: Mapping[str, list[str]], most: int = 1) -> list[str]:
    """Addresses that are like this one and begin as it does: to compare it with all feeds of a site would take too long."""
    among = beginnings.get(beginning(address), [])[:_COMPARED] if len(address) <= LONGEST_QUERY else []
    return difflib.get_close_matches(address, among, most, 0.6)


def decoded(path: str, query: str, known: Known) -> Query | None:
    """The filtered feed at a path, decoded and below the base of the site, and a query as it was sent.

    None where it is no feed that could be filtered. Raises FilterError, and Moved where the published feed is meant.
    """
    found = _decoded(path, query, known)
    for _ in range(_SPELLINGS):
        if found is None:
            return None
        again = _decoded(found[0], found[1].parameters.removeprefix("?"), known)
        if again and again[1].address == found[1].address:
            return found[1]
        found = again
    raise FilterError("the query cannot be read; write it more plainly")


def is_sent(query: str) -> bool:
    """Whether the form at COMPOSE sent a query; a link to it can name a feed."""
    return "&" in query or (bool(query) and not query.startswith("feed="))


def is_page(path: str, known: Known) -> bool:
    """Whether people ask for what is at a path."""
    folder, slash, last = path.rpartition("/")
    is_feed = last.rpartition(".")[2] in known.formats
    return known.has_pages and (path == COMPOSE or (f"{folder}{slash}" in _FOLDERS and not is_feed))


def composed(query: str, known: Known) -> str:
    """The address of the page that the form at COMPOSE asks for. Raises FilterError, and Moved where it is a published one."""
    given = {name: value for name, value in _given(query, _COMPOSED, _LONGEST_FORM).items() if value}
    names = [_name("topic", name, known) for name in given.pop("topics", "").split(",") if name.strip()]
    joint = "," if given.pop("match", "all") == "any" else "+"
    path = given.pop("feed", _ALL)
    if names:
        path = joint.join(_base(f"{KINDS['topic'].folder}{name}", known) for name in names)
        path = path.replace(joint + KINDS["topic"].folder, joint)
    if found := decoded(path, "&".join(f"{name}={quote_plus(value)}" for name, value in given.items()), known):
        return found.address
    raise Moved(f"{quote(_base(path, known), safe='/~@')}.{PAGE}")


def fields(query: str, known: Known) -> dict[str, str]:
    """What the form at COMPOSE shows of a query that it sent, or that a page links to, as far as it can be read."""
    try:
        found = _given(query, _COMPOSED, _LONGEST_FORM)
    except FilterError:
        return {}
    feed = known.feeds.get(found.get("feed", ""))
    return _fields_of([feed], "", {}, known) if feed and len(found) == 1 else found


def _fields_of(feeds: Sequence[PublishedFeed], joint: str, parameters: Mapping[str, Any], known: Known) -> dict[str, str]:
    named = {name: _named(name, value, known) for name, value in parameters.items()}
    found = {name: ", ".join(value) if isinstance(value, tuple) else str(value) for name, value in named.items()}
    if feeds[0].kind == "topic":
        return found | {"topics": ", ".join(feed.name for feed in feeds), "match": "any" if joint == "," else "all"}
    folder = KINDS[feeds[0].kind].folder
    return found | {"feed": folder + joint.join(feed.slug for feed in feeds)}


def _decoded(path: str, query: str, known: Known) -> tuple[str, Query] | None:
    """The query, and its canonical path, decoded."""
    folder, slash, last = path.rpartition("/")
    stem, _, format = last.rpartition(".")
    if format not in known.formats:
        if not known.has_pages or f"{folder}{slash}" not in _FOLDERS:
            return None
        is_named = format == PAGE
        stem, format = stem if is_named else last, PAGE
        if not any(joint in stem for joint in "+,") and (is_named or not _is_query(query)):
            return None
    joints = [joint for joint in "+," if joint in stem]
    if not (query or joints):
        return None
    if not joints and f"{folder}{slash}{stem}" not in known.feeds:
        return None
    if len(joints) == 2:
        raise FilterError("the path has + (articles in all of these feeds) and , (in any of them); use one of the two")
    names = stem.split(joints[0]) if joints else [stem]
    if len(names) > MOST_NAMES:
        raise FilterError(f"the path names {len(names)} feeds; {MOST_NAMES} are the most")
    bases = sorted({_base(f"{folder}{slash}{name}", known) for name in names})
    feeds = [known.feeds[base] for base in bases]
    if joints == ["+"] and len(bases) > 1 and feeds[0].kind in _ONE_EACH:
        raise FilterError(f"an article has one {feeds[0].kind}; join the names with a comma to get articles of any of them")
    parameters = _parameters(query, known)
    feed = _feed(parameters, known)
    joint = joints[0] if len(bases) > 1 else ""
    slugs_ = [base.removeprefix(f"{folder}{slash}") for base in bases]
    path = f"{folder}{slash}{joint.join(slugs_)}"
    spelt = _spelt(parameters)
    canonical = f"{quote(folder)}{slash}{joint.join(quote(slug, safe='~@') for slug in slugs_)}"
    if not spelt and len(bases) == 1:
        raise Moved(f"{canonical}.{format}")
    title = _title(feeds, joint, parameters, known)
    shown = _fields_of(feeds, joint, parameters, known)
    is_every = joint == "+"
    query_ = Query(tuple(bases), is_every, format, feed, title, canonical, f"?{spelt}" if spelt else "", shown)
    return f"{path}{_suffix(format)}", query_


def _suffix(format: str) -> str:
    return "" if format == PAGE else f".{format}"


def _is_query(query: str) -> bool:
    """Whether a query can be meant for filters: people come to pages with all kinds of parameters."""
    return any(part.partition("=")[0] in PARAMETERS for part in query.split("&"))


def _base(address: str, known: Known) -> str:
    feed = known.feeds.get(address)
    if feed is None:
        near = nearest(address, known.beginnings)
        raise FilterError(f"{address}: no such feed" + (f"; did you mean {near[0]}?" if near else ""))
    return feed.address


def _parameters(query: str, known: Known) -> dict[str, Any]:
    """The values by parameter, in canonical order, each as it is canonical; defaults are left out."""
    given = _given(query, PARAMETERS, LONGEST_QUERY)
    values = {name: _value(name, given[name], known) for name in PARAMETERS if name in given}
    return {name: value for name, value in values.items() if (name, value) not in (("order", "newest"), ("limit", known.limit))}


def _given(query: str, names: Collection[str], longest: int) -> dict[str, str]:
    """The values in a query by the names of its parameters. Raises FilterError."""
    if len(query) > longest:
        raise FilterError(f"the query is longer than {longest} characters")
    given: dict[str, str] = {}
    for part in filter(None, query.split("&")):
        name, _, value = part.partition("=")
        try:
            name, value = unquote_plus(name, errors="strict"), unquote_plus(value, errors="strict").strip()
        except UnicodeDecodeError:
            raise FilterError("the query is not UTF-8") from None
        if name not in names:
            near = difflib.get_close_matches(name, PARAMETERS, 1, 0.6)
            how = f"did you mean {near[0]}?" if near else f"there are {', '.join(PARAMETERS)}"
            raise FilterError(f"{name[:40]}: no such parameter; {how}")
        if name in given:
            raise FilterError(f"{name}: appears twice")
        given[name] = value
    return given


def _value(name: str, value: str, known: Known) -> Any:
    if name in ("q", "not_q"):
        phrase = characters.folded(text.clean(value))
        if not _SHORTEST_PHRASE <= len(phrase) <= LONGEST_PHRASE:
            raise FilterError(f"{name}: must have {_SHORTEST_PHRASE} to {LONGEST_PHRASE} characters")
        return phrase
    if name in _LISTS:
        return tuple(sorted({_name(_KINDS[name], one, known) for one in value.split(",")}))
    if name in _KINDS:
        return _name(_KINDS[name], value, known)
    return int(value) if _WHOLE.fullmatch(value) else value


def _name(kind: Kind, name: str, known: Known) -> str:
    """The slug of a feed that a name means, else the name."""
    name = text.clean(name)
    identity = identity_of_provider(name) if kind == "provider" else slugs.identity(name)
    for address in (f"{KINDS[kind].folder}{name}", kinds.address_of(Group(kind, (identity,))) if identity else ""):
        if (feed := known.feeds.get(address)) and feed.kind == kind:
            return feed.slug
    return known.providers.get(identity, name) if kind == "provider" and identity else name


def _feed(parameters: Mapping[str, Any], known: Known) -> CustomFeed:
    """The parameters as a custom feed, checked as one in the settings is."""
    values = {name: _named(name, value, known) for name, value in parameters.items()}
    where = {PARAMETERS[name]: value for name, value in values.items() if name not in _OF_FEED}
    try:
        feed = CustomFeed(**{"name": "filter", "where": where} | {name: values[name] for name in values if name in _OF_FEED})
    except SettingError as error:
        settings = {setting: name for name, setting in PARAMETERS.items()}
        name = next((settings[str(part)] for part in error.path if part in settings), "the query")
        raise FilterError(f"{name}: {error.message}") from None
    if (feed.limit or 0) > MOST_ENTRIES:
        raise FilterError(f"limit: must be {MOST_ENTRIES} or less, not {feed.limit}")
    return feed


def _named(name: str, value: Any, known: Known) -> Any:
    """A value with the names of feeds in place of their slugs."""
    if name not in _KINDS:
        return value
    if isinstance(value, tuple):
        return tuple(_of_slug(_KINDS[name], one, known) for one in value)
    return _of_slug(_KINDS[name], value, known)


def _of_slug(kind: Kind, slug: str, known: Known) -> str:
    feed = known.feeds.get(f"{KINDS[kind].folder}{slug}")
    return (feed.domain or feed.name) if feed and feed.kind == kind else slug


def _spelt(parameters: Mapping[str, Any]) -> str:
    return "&".join(f"{name}={_encoded(value)}" for name, value in parameters.items())


def _encoded(value: Any) -> str:
    values = value if isinstance(value, tuple) else (str(value),)
    return ",".join(quote_plus(one, safe="~@") for one in values)


def _title(feeds: Iterable[PublishedFeed], joint: str, parameters: Mapping[str, Any], known: Known) -> str:
    """What a query asks for, in the words of the form."""
    of = known.words.labels
    labels = {
        "not_q": of.not_containing,
        "not_topic": of.not_about,
        "not_provider": of.not_from,
        "category": of.category,
        "type": of.type,
        "min_quality": of.min_quality,
        "min_heat": of.min_heat,
        "since": of.max_age,
        "limit": of.how_many,
    }
    orders = {"newest": of.newest_first, "quality": of.best_first, "heat": of.hottest_first}
    names = [feed.name for feed in feeds if feed.kind != "all"]
    parts = [(" / " if joint == "," else " + ").join(names)] if names else []
    for name, value in parameters.items():
        shown = _named(name, value, known)
        text = " / ".join(shown) if isinstance(shown, tuple) else str(shown)
        if name == "q":
            text = f"“{text}”"
        elif name == "order":
            text = orders[text]
        elif name == "since":
            text = known.words.age(text)
        parts.append(f"{labels[name]}: {text}" if name in labels else text)
    return ", ".join(parts)
