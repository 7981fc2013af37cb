"""Atom 1.0 (RFC 4287): the fast form of `reference`, with the same bytes."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache

from feedloom.model import CATEGORY_SCHEME
from feedloom.render import xml
from feedloom.render.metadata import NEVER, Metadata
from feedloom.render.xml import attribute, text, words
from feedloom.values import dates

_UPDATED = re.compile(rb"\n  <updated>(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)</updated>\n", re.ASCII)


def entry(escaped: xml.Escaped) -> bytes:
    """The `<entry>` of a record."""
    data, id, _, href, title, excerpt, html, provider, site, _, media, related = escaped
    record, updated = data.record, data.updated
    authors = category = summary = content = enclosure = source = ""
    if record.authors:
        authors = "".join(
            [_author(text(one.name), one.url and text(one.url), one.email and text(one.email)) for one in record.authors]
        )
    elif provider:
        authors = _author(provider, site)
    if record.category:
        category = _category(record.category)
    if excerpt:
        summary = f"\n    <summary>{excerpt}</summary>"
    if html:
        content = f'\n    <content type="html">{html}</content>'
    if data.enclosed:
        medium, type = data.enclosed
        type = f' type="{type}"' if type else ""
        enclosure = f'\n    <link href="{attribute(medium.url)}" rel="enclosure"{type}/>'
    if site:
        # The provider's site as the feed that the entry came from (RFC 4287 section 4.2.11).
        source = (
            f"\n    <source>\n      <id>{site}</id>\n      <title>{provider}</title>\n      <updated>{updated}</updated>\n"
            f'      <link href="{site}" rel="alternate" type="text/html"/>\n    </source>'
        )
    language = f' xml:lang="{record.language}"' if record.language else ""
    topics = "".join(map(_topic, record.topics))
    lines = "\n    ".join(["", *media])
    links = "".join([f'\n    <link href="{url}" rel="related" type="text/html" title="{name}"/>' for url, name in related])
    return (
        f"  <entry{language}>\n    <id>{id}</id>\n    <title>{title}</title>\n"
        f'    <link href="{href}" rel="alternate" type="text/html"/>\n'
        f"    <published>{data.published}</published>\n    <updated>{updated}</updated>"
        f"{authors}{topics}{category}{summary}{content}{enclosure}{lines}{links}{source}\n  </entry>\n"
    ).encode()


@lru_cache(4096)
def _topic(name: str) -> str:
    name = words(name)
    return f'\n    <category term="{name}" label="{name}"/>'


@lru_cache(1024)
def _category(name: str) -> str:
    name = words(name)
    return f'\n    <category term="{name}" scheme="{CATEGORY_SCHEME}" label="{name}"/>'


@lru_cache(1024)
def _author(name: str, uri: str | None, email: str | None = None) -> str:
    uri = f"      <uri>{uri}</uri>\n" if uri else ""
    email = f"      <email>{email}</email>\n" if email else ""
    return f"\n    <author>\n      <name>{name}</name>\n{uri}{email}    </author>"


def feed(metadata: Metadata, shell: xml.Shell | None, entries: Iterable[bytes]) -> bytes:
    """The whole document. `entries` are from `entry`."""
    pictures = (("icon", metadata.icon), ("logo", metadata.logo))
    picture = "".join(f"  <{tag}>{text(image.url)}</{tag}>\n" for tag, image in pictures if image)
    return xml.in_shell(shell, metadata, "atom", "", dates.rfc3339(metadata.updated), picture, entries)


def updated(document: bytes) -> datetime | None:
    """The date of a document that `feed` made; None if it has none, or never had an entry."""
    found = _UPDATED.search(document.partition(b"  <entry>")[0])
    try:
        moment = datetime.fromisoformat(found[1].decode()).astimezone(UTC) if found else NEVER
    except ValueError:
        return None
    return None if moment == NEVER else moment
