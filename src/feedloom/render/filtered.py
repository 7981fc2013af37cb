"""The page of a feed that `feedloom serve --filters` computes, with a form to compose one. It works without a script."""

from collections.abc import Mapping
from typing import NamedTuple

from feedloom.config.settings import Config
from feedloom.model import Feed
from feedloom.render import html, policy, templating
from feedloom.render.words import Words, escaped, words_of

STYLE = "-/filter.css"
"""Where its own stylesheet is served, below the base of the site."""


class _Row(NamedTuple):
    """A field of the form: one of `choices`, or a text such as the `hint`."""

    name: str
    label: str
    hint: str = ""
    choices: Mapping[str, str] = {}


_AGES = (1, 7, 30, 90, 365)


def _rows(words: Words, config: Config, since: str) -> list[_Row]:
    """The fields, of which one may be `since` another age than those to choose from."""
    of = words.labels
    ages = {"": of.any_age}
    for days in _AGES:
        value = "1 day" if days == 1 else f"{days} days"
        ages[value] = words.age(value)
    ages.setdefault(since, since)
    orders = {"newest": of.newest_first, "quality": of.best_first, "heat": of.hottest_first}
    return [
        _Row("topics", config.labels.topics, "AI, Health"),
        _Row("match", of.about, choices={"all": of.all_topics, "any": of.any_topic}),
        _Row("not_topic", of.not_about, "Crypto"),
        _Row("q", of.containing, "robot"),
        _Row("not_q", of.not_containing),
        _Row("provider", of.from_providers, "example.com"),
        _Row("not_provider", of.not_from),
        _Row("category", of.category),
        _Row("type", of.type, "article, video"),
        _Row("min_quality", of.min_quality, "80"),
        _Row("min_heat", of.min_heat, "50"),
        _Row("since", of.max_age, choices=ages),
        _Row("order", of.order, choices=orders),
        _Row("limit", of.how_many, "50"),
    ]


def link(place: str, config: Config) -> str:
    """The link from the page of a feed to the form."""
    return f'<p><a href="{escaped(place)}">{escaped(words_of(config).labels.filter)}</a></p>\n'


class Found(NamedTuple):
    """A filtered feed: its path and its query, percent-encoded, and its articles as HTML."""

    feed: Feed
    path: str
    query: str
    articles: bytes


def page(found: Found | None, fields: Mapping[str, str], root: str, config: Config, message: str | None = None) -> bytes:
    """The page of a filtered feed, or only the form, with what `fields` say and with a message on what is wrong there.

    `root` is the relative path to the output folder.
    """
    words = words_of(config)
    title = found.feed.name if found else words.labels.compose
    rows = _rows(words, config, fields.get("since", ""))
    values = {
        "title": title,
        "page_title": f"{config.site.title}: {title}",
        "description": title,
        "canonical": None,
        "card": "",
        "data": "",
        "sheet": STYLE,
        "formats": html.links_of(found.path, root, config, found.query) if found else [],
        "facts": templating.markup(html.facts(found.feed, words, config)) if found else "",
        "articles": templating.markup(html.below(found.articles, root).decode()) if found else "",
        "fields": dict.fromkeys(("feed", *(row.name for row in rows)), "") | dict(fields),
        "rows": rows,
        "message": message,
        "policy": _policy(config),
    }
    return templating.rendered("filtered.html", config, html.common(config, root) | values).encode()


def _policy(config: Config) -> str:
    """The policy of a page with the form, which may send it."""
    found = policy.policy(config)
    return (
        found.replace("form-action 'none'", "form-action 'self'")
        if "form-action 'none'" in found
        else (found.replace("form-action ", "form-action 'self' "))
    )
