"""Hold the feeds that a tool wrote against those that the records ask for."""

import os
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Mapping
from email.utils import parsedate_to_datetime
from html import unescape
from typing import NamedTuple

from measure import Failed
from records import Article, Feed
from tools import Tool

_ATOM = "{http://www.w3.org/2005/Atom}"
_CREATOR = "{http://purl.org/dc/elements/1.1/}creator"
_CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
_ENDING = re.compile(r"<p><strong>(The end of [a-z0-9-]+\.)</strong></p>\s*\Z")


class Entry(NamedTuple):
    """An entry of a feed. `links` are those to its image and to related articles, `ending` the last words of its content."""

    id: str | None
    link: str | None
    title: str | None
    date: str | None
    author: str | None
    summary: str
    topics: tuple[str | None, ...]
    links: tuple[str | None, ...]
    ending: str


_MOST = 6_000
"""Feeds that are read of each format: as many as 100,000 records have. A million records have 53,000."""


def verify(tool: Tool, output: str, feeds: Mapping[Feed, list[Article]], edits: Mapping[str, str]) -> None:
    """Raises Failed where a feed is missing, is no XML, is one too many, or shows other entries than it must, or disordered.

    `edits` has the mark of each record that was edited, by path. What `tool.lacking` names is not asked for. If there are many
    feeds, some of them are read, evenly spread.
    """
    chosen = dict(list(feeds.items())[:: 1 + len(feeds) // _MOST])
    shown = {article.path: article for articles in chosen.values() for article in articles}
    for suffix, entries in (("atom", _atom_entries), ("rss", _rss_entries)):
        lacking = tool.lacking.get(suffix, frozenset())
        wanted = {path: _wanted(article, edits.get(path), lacking) for path, article in shown.items()}
        for feed, articles in chosen.items():
            path = os.path.join(output, f"{tool.path(feed)}.{suffix}")
            right = [wanted[article.path] for article in articles]
            try:
                found = list(entries(ET.parse(path).getroot(), lacking))  # noqa: S314 - made a moment ago
            except (OSError, ET.ParseError) as error:
                raise Failed(f"{tool.title}: {feed.kind} {feed.name}: {path}: {error}") from error
            if found != right:
                raise Failed(f"{tool.title}: {feed.kind} {feed.name}: {path}: {_difference(right, found)}")
    files = sum(name.endswith((".atom", ".rss")) for _, _, names in os.walk(output) for name in names)
    if files != 2 * len(feeds):
        raise Failed(f"{tool.title}: {files} files of feeds in place of {2 * len(feeds)}")


def _wanted(article: Article, mark: str | None, lacking: frozenset[str]) -> Entry:
    return Entry(
        id=None if "id" in lacking else article.id,
        link=article.link,
        title=f"{article.title} (edit {mark})" if mark else article.title,
        date=article.date,
        author=None if "author" in lacking else article.provider,
        summary="" if "summary" in lacking else _plain(article.excerpt),
        topics=article.topics,
        links=(
            *([article.image] if article.image and "images" not in lacking else []),
            *(article.related if "related" not in lacking else []),
        ),
        ending=article.ending,
    )


def _atom_entries(feed: ET.Element, lacking: frozenset[str]) -> Iterable[Entry]:
    for entry in feed.iterfind(f"{_ATOM}entry"):
        link, *others = [link.get("href") for link in entry.iterfind(f"{_ATOM}link")]
        yield Entry(
            id=None if "id" in lacking else entry.findtext(f"{_ATOM}id"),
            link=link,
            title=entry.findtext(f"{_ATOM}title"),
            date=(entry.findtext(f"{_ATOM}published") or "").replace("+00:00", "Z"),
            author=None if "author" in lacking else entry.findtext(f"{_ATOM}author/{_ATOM}name"),
            summary="" if "summary" in lacking else _plain(entry.findtext(f"{_ATOM}summary")),
            topics=_topics(category.get("term") for category in entry.iterfind(f"{_ATOM}category")),
            links=tuple(others),
            ending=_ending(entry.findtext(f"{_ATOM}content")),
        )


def _rss_entries(feed: ET.Element, lacking: frozenset[str]) -> Iterable[Entry]:
    for item in feed.iterfind("channel/item"):
        images = [enclosure.get("url") for enclosure in item.iterfind("enclosure")]
        yield Entry(
            id=None if "id" in lacking else item.findtext("guid"),
            link=item.findtext("link"),
            title=item.findtext("title"),
            date=f"{parsedate_to_datetime(item.findtext('pubDate') or ''):%Y-%m-%dT%H:%M:%SZ}",
            author=None if "author" in lacking else item.findtext(_CREATOR),
            summary="" if "summary" in lacking else _plain(item.findtext("description")),
            topics=_topics(category.text for category in item.iterfind("category")),
            links=(*images, *(link.get("href") for link in item.iterfind(f"{_ATOM}link"))),
            ending=_ending(item.findtext(_CONTENT) or item.findtext("description")),
        )


def _topics(categories: Iterable[str | None]) -> tuple[str | None, ...]:
    """Without the records' `category`, which some tools show beside the topics."""
    return tuple(category for category in categories if category != "news")


def _ending(content: str | None) -> str:
    """What is bold in the last paragraph of the HTML; nothing where that is not the end of a body."""
    found = _ENDING.search(content or "")
    return found[1] if found else ""


def _plain(text: str | None) -> str:
    """Without entities: some tools decode them, and others leave that to the reader."""
    return " ".join(unescape(unescape(text or "")).split())


def _difference(wanted: list[Entry], found: list[Entry]) -> str:
    for number, (right, wrong) in enumerate(zip(wanted, found, strict=False)):
        for field in Entry._fields:
            if getattr(right, field) != getattr(wrong, field):
                return f"entry {number}: {field} is {getattr(wrong, field)!r} in place of {getattr(right, field)!r}"
    return f"{len(found)} entries in place of {len(wanted)}"
