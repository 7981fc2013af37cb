"""RSS 2.0 with the RSS Advisory Board's profile: the fast form of `reference`, with the same bytes."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from html import escape

from feedloom.model import Image
from feedloom.render import content, xml
from feedloom.render.metadata import NEVER, Metadata
from feedloom.render.xml import attribute, text
from feedloom.values import dates

_ENCLOSABLE = re.compile(r"https?://([a-z0-9-]+\.)+[a-z0-9-]+(:[0-9]+)?(/|$)", re.IGNORECASE)
_UPDATED = re.compile(rb"\n    <lastBuildDate>([A-Za-z0-9,: +-]+)</lastBuildDate>\n")

# RSS 2.0: a channel image is a GIF, JPEG or PNG of 144 by 400 at most.
_WIDEST, _HIGHEST = 144, 400


def entry(escaped: xml.Escaped) -> bytes:
    """The `<item>` of a record."""
    data, provider = escaped.data, escaped.provider
    record = data.record
    permalink = "true" if record.id == record.link else "false"
    lines = [
        f"<title>{escaped.title}</title>",
        f"<link>{escaped.link}</link>",
        f'<guid isPermaLink="{permalink}">{escaped.id}</guid>',
        f"<pubDate>{dates.rfc822(record.published)}</pubDate>",
        f"<atom:updated>{data.updated}</atom:updated>",
    ]
    if record.authors:
        lines += [f"<dc:creator>{text(author.name)}</dc:creator>" for author in record.authors]
    elif provider:
        lines.append(f"<dc:creator>{provider}</dc:creator>")
    if provider and escaped.feed:
        lines.append(f'<source url="{escaped.feed}">{provider}</source>')
    lines += [f"<category>{text(topic)}</category>" for topic in record.topics]
    if record.category:
        lines.append(f'<category domain="{xml.CATEGORY_SCHEME}">{text(record.category)}</category>')
    if record.excerpt:
        # Readers treat a description as HTML, so plain text is escaped once as HTML and once as XML.
        lines.append(f"<description>{text(escape(record.excerpt, quote=False))}</description>")
        if escaped.html:
            lines.append(f"<content:encoded>{escaped.html}</content:encoded>")
    elif escaped.html:
        lines.append(f"<description>{escaped.html}</description>")
    if data.enclosed and enclosable(data.enclosed[0]):
        medium, type = data.enclosed
        lines.append(f'<enclosure url="{attribute(medium.url)}" length="0" type="{type or content.GUESS}"/>')
    lines += escaped.media
    lines += [f'<atom:link href="{url}" rel="related" type="text/html" title="{title}"/>' for url, title in escaped.related]
    language = f' xml:lang="{record.language}"' if record.language else ""
    return (f"    <item{language}>\n      " + "\n      ".join(lines) + "\n    </item>\n").encode()


def feed(metadata: Metadata, shell: xml.Shell | None, entries: Iterable[bytes]) -> bytes:
    """The whole document. `entries` are from `entry`."""
    picture = _picture(metadata, metadata.logo) if metadata.logo and fits(metadata.logo) else ""
    return xml.in_shell(shell, metadata, "rss", "atom:", dates.rfc822(metadata.updated), picture, entries)


def updated(document: bytes) -> datetime | None:
    """The date of a document that `feed` made; None if it has none, or never had an entry."""
    from email.utils import parsedate_to_datetime

    found = _UPDATED.search(document.partition(b"    <item>")[0])
    try:
        moment = parsedate_to_datetime(found[1].decode()).astimezone(UTC) if found else NEVER
    except ValueError:
        return None
    return None if moment == NEVER else moment


def enclosable(image: Image) -> bool:
    """Whether validators accept the image's host in an enclosure. The image is in the media elements and the content anyway."""
    return bool(_ENCLOSABLE.match(image.url))


def fits(image: Image) -> bool:
    """Whether RSS 2.0 allows a picture as a channel image."""
    ending = re.search(r"\.(\w+)$", image.url)
    kind_fits = content.media_type(image) in (None, "image/gif", "image/jpeg", "image/png") and (
        not ending or ending[1].lower() in ("gif", "jpg", "jpeg", "png")
    )
    return kind_fits and (image.width or 0) <= _WIDEST and (image.height or 0) <= _HIGHEST


def _picture(metadata: Metadata, logo: Image) -> str:
    fields = {
        "url": text(logo.url),
        "title": text(metadata.title),
        "link": text(metadata.page or metadata.id),
        "width": logo.width,
        "height": logo.height,
    }
    lines = "".join(f"      <{tag}>{value}</{tag}>\n" for tag, value in fields.items() if value)
    return f"    <image>\n{lines}    </image>\n"
