"""Atom 1.0 (RFC 4287): the fast form of `reference`, with the same bytes."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache

from feedloom.render import xml
from feedloom.render.metadata import NEVER, Metadata
from feedloom.render.xml import attribute, text
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
        words = xml.words(record.category)
        category = f'    <category term="{words}" scheme="{xml.CATEGORY_SCHEME}" label="{words}"/>\n'
    if excerpt:
        summary = f"    <summary>{excerpt}</summary>\n"
    if html:
        content = f'    <content type="html">{html}</content>\n'
    if data.enclosed:
        medium, type = data.enclosed
        type = f' type="{type}"' if type else ""
        enclosure = f'    <link href="{attribute(medium.url)}" rel="enclosure"{type}/>\n'
    if site:
        # The provider's site as the feed that the entry came from (RFC 4287 section 4.2.11).
        source = (
            f"    <source>\n      <id>{site}</id>\n      <title>{provider}</title>\n      <updated>{updated}</updated>\n"
            f'      <link href="{site}" rel="alternate" type="text/html"/>\n    </source>\n'
        )
    language = f' xml:lang="{record.language}"' if record.language else ""
    topics = "".join(map(_topic, record.topics))
    lines = "".join([f"    {line}\n" for line in media])
    links = "".join([f'    <link href="{url}" rel="related" type="text/html" title="{name}"/>\n' for url, name in related])
    return (
        f"  <entry{language}>\n    <id>{id}</id>\n    <title>{title}</title>\n"
        f'    <link href="{href}" rel="alternate" type="text/html"/>\n'
        f"    <published>{data.published}</published>\n    <updated>{updated}</updated>\n"
        f"{authors}{topics}{category}{summary}{content}{enclosure}{lines}{links}{source}  </entry>\n"
    ).encode()


@lru_cache(4096)
def _topic(name: str) -> str:
    name = xml.words(name)
    return f'    <category term="{name}" label="{name}"/>\n'


def _author(name: str, uri: str | None, email: str | None = None) -> str:
    uri = f"      <uri>{uri}</uri>\n" if uri else ""
    email = f"      <email>{email}</email>\n" if email else ""
    return f"    <author>\n      <name>{name}</name>\n{uri}{email}    </author>\n"


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
