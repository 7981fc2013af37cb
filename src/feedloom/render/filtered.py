"""The page of a feed that `feedloom serve --filters` computes, with a form to compose one. It works without a script."""

from collections.abc import Mapping
from typing import NamedTuple

from feedloom.config.settings import Config
from feedloom.model import Feed
from feedloom.render import html, policy, templating
from feedloom.render.words import words_of

STYLE = "-/filter.css"
"""Where its own stylesheet is served, below the base of the site."""


class _Row(NamedTuple):
    """A field of the form: one of `choices`, or a text."""

    name: str
    label: str
    hint: str = ""
    choices: Mapping[str, str] = {}


_ROWS = (
    _Row("topics", "Topics", "AI, Health"),
    _Row("match", "Articles about", choices={"all": "all of these topics", "any": "any of these topics"}),
    _Row("not_topic", "But not about", "Crypto"),
    _Row("q", "Title or excerpt contains", "robot"),
    _Row("not_q", "Does not contain"),
    _Row("provider", "From the providers", "example.com"),
    _Row("not_provider", "Not from the providers"),
    _Row("category", "Category"),
    _Row("type", "Type", "article, video"),
    _Row("min_quality", "Quality of at least", "80"),
    _Row("min_heat", "Heat of at least", "50"),
    _Row("since", "No older than", "30 days"),
    _Row(
        "order", "Order", choices={"newest": "newest first", "quality": "highest quality first", "heat": "highest heat first"}
    ),
    _Row("limit", "Number of articles", "50"),
)


class Found(NamedTuple):
    """A filtered feed: its path and its query, percent-encoded, and its articles as HTML."""

    feed: Feed
    path: str
    query: str
    articles: str


def page(found: Found | None, fields: Mapping[str, str], root: str, config: Config, message: str | None = None) -> bytes:
    """The page of a filtered feed, or only the form, with what `fields` say and with a message on what is wrong there.

    `root` is the relative path to the output folder.
    """
    title = found.feed.name if found else "Compose a feed"
    values = {
        "title": title,
        "page_title": f"{config.site.title}: {title}",
        "description": title,
        "canonical": None,
        "card": "",
        "data": "",
        "sheet": STYLE,
        "formats": html.links_of(found.path, root, config, found.query) if found else [],
        "facts": templating.markup(html.facts(found.feed, words_of(config), config)) if found else "",
        "articles": templating.markup(html.below(found.articles, root)) if found else "",
        "fields": dict.fromkeys(("feed", *(row.name for row in _ROWS)), "") | dict(fields),
        "rows": _ROWS,
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
