"""The page of a feed that `feedloom serve --filters` computes, with a form to compose one. It works without a script."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from feedloom.config.settings import Config
from feedloom.model import Url
from feedloom.render import formats, html
from feedloom.render.html import PageFormat
from feedloom.values import dates

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
    _Row("q", "Words in title or text", "robot"),
    _Row("not_q", "Without the words"),
    _Row("provider", "From any of", "example.com"),
    _Row("not_provider", "Not from"),
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
    """A filtered feed: its title, its addresses below that of the site by format, and its articles as HTML."""

    title: str
    addresses: Mapping[str, str]
    updated: datetime | None
    articles: Sequence[str]


def page(found: Found | None, fields: Mapping[str, str], root: str, config: Config, message: str | None = None) -> bytes:
    """The page of a filtered feed, or only the form, with what `fields` say and with a message on what is wrong there.

    `root` is the relative path to the output folder.
    """
    title = found.title if found else "Compose a feed"
    articles = html.below("".join(found.articles), root) if found else ""
    return (
        html.templates()
        .get_template("filtered.html")
        .render(
            site=config.site,
            language=config.site.language or "",
            index=config.index,
            root=root,
            sheet=STYLE,
            title=title,
            heading_title=f"{config.site.title}: {title}",
            description=title,
            name=title,
            canonical=None,
            image="",
            formats=_formats(found, root, config) if found else [],
            count=len(found.articles) if found else 0,
            newest=dates.rfc3339(found.updated) if found and found.updated else "",
            day=dates.day(found.updated) if found and found.updated else "",
            articles=articles,
            fields={row.name: "" for row in _ROWS} | {"feed": ""} | dict(fields),
            rows=_ROWS,
            message=message,
        )
        .encode()
    )


def _formats(found: Found, root: str, config: Config) -> list[PageFormat]:
    base = config.site.url
    return [
        PageFormat(
            name=one.label,
            type=one.media_type,
            file=f"{root}{found.addresses[one.name]}",
            url=Url(f"{base}{found.addresses[one.name]}") if base else None,
            shown=f"{base or ''}{found.addresses[one.name]}",
        )
        for one in formats.of(config)
    ]
