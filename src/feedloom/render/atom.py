"""Atom 1.0 (RFC 4287): the fast form of `reference`, with the same bytes."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime

from feedloom.render import xml
from feedloom.render.metadata import NEVER, Metadata
from feedloom.render.xml import attribute, text, words
from feedloom.values import dates

_UPDATED = re.compile(rb"\n  <updated>(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)</updated>\n", re.ASCII)


def entry(escaped: xml.Escaped) -> bytes:
    """The `<entry>` of a record."""
    data, provider, site = escaped.data, escaped.provider, escaped.site
    record, updated = data.record, data.updated
    lines = [
        f"<id>{escaped.id}</id>",
        f"<title>{escaped.title}</title>",
        f'<link href="{escaped.href}" rel="alternate" type="text/html"/>',
        f"<published>{data.published}</published>",
        f"<updated>{updated}</updated>",
    ]
    if record.authors:
        lines += [_author(text(one.name), one.url and text(one.url), one.email and text(one.email)) for one in record.authors]
    elif provider:
        lines.append(_author(provider, site))
    for topic in record.topics:
        topic = words(topic)
        lines.append(f'<category term="{topic}" label="{topic}"/>')
    if record.category:
        category = words(record.category)
        lines.append(f'<category term="{category}" scheme="{xml.CATEGORY_SCHEME}" label="{category}"/>')
    if record.excerpt:
        lines.append(f"<summary>{escaped.excerpt}</summary>")
    if escaped.html:
        lines.append(f'<content type="html">{escaped.html}</content>')
    if data.enclosed:
        medium, type = data.enclosed
        type = f' type="{type}"' if type else ""
        lines.append(f'<link href="{attribute(medium.url)}" rel="enclosure"{type}/>')
    lines += escaped.media
    lines += [f'<link href="{url}" rel="related" type="text/html" title="{title}"/>' for url, title in escaped.related]
    if site:
        # The provider's site as the feed that the entry came from (RFC 4287 section 4.2.11).
        lines.append(
            f"<source>\n      <id>{site}</id>\n      <title>{provider}</title>\n      <updated>{updated}</updated>\n"
            f'      <link href="{site}" rel="alternate" type="text/html"/>\n    </source>'
        )
    language = f' xml:lang="{record.language}"' if record.language else ""
    return (f"  <entry{language}>\n    " + "\n    ".join(lines) + "\n  </entry>\n").encode()


def _author(name: str, uri: str | None, email: str | None = None) -> str:
    uri = f"      <uri>{uri}</uri>\n" if uri else ""
    email = f"      <email>{email}</email>\n" if email else ""
    return f"<author>\n      <name>{name}</name>\n{uri}{email}    </author>"


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
