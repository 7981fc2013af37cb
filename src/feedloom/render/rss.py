"""RSS 2.0 with the RSS Advisory Board's profile: the fast form of `reference`, with the same bytes."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache
from html import escape

from feedloom.model import CATEGORY_SCHEME, Image
from feedloom.render import content, xml
from feedloom.render.metadata import NEVER, Metadata
from feedloom.render.xml import attribute, text
from feedloom.values import dates

_ENCLOSABLE = re.compile(r"([a-z0-9-]+\.)+[a-z0-9-]+(:[0-9]+)?", re.IGNORECASE)
_UPDATED = re.compile(rb"\n    <lastBuildDate>([A-Za-z0-9,: +-]+)</lastBuildDate>\n")

# RSS 2.0: a channel image is a GIF, JPEG or PNG of 144 by 400 at most.
_WIDEST, _HIGHEST = 144, 400


def entry(escaped: xml.Escaped) -> bytes:
    """The `<item>` of a record."""
    data, id, link, _, title, excerpt, html, provider, _, feed, media, related = escaped
    record = data.record
    permalink = "true" if record.id == record.link else "false"
    creators = source = category = description = enclosure = ""
    if record.authors:
        creators = "".join([f"\n      <dc:creator>{text(author.name)}</dc:creator>" for author in record.authors])
    elif provider:
        creators = f"\n      <dc:creator>{provider}</dc:creator>"
    if feed:
        source = f'\n      <source url="{feed}">{provider}</source>'
    if record.category:
        category = f'\n      <category domain="{CATEGORY_SCHEME}">{text(record.category)}</category>'
    if record.excerpt:
        # Readers treat a description as HTML, so plain text is escaped once as HTML and once as XML.
        if excerpt != record.excerpt:
            excerpt = text(escape(record.excerpt, quote=False))
        description = f"\n      <description>{excerpt}</description>"
        if html:
            description += f"\n      <content:encoded>{html}</content:encoded>"
    elif html:
        description = f"\n      <description>{html}</description>"
    if data.enclosed and enclosable(data.enclosed[0]):
        medium, type = data.enclosed
        enclosure = f'\n      <enclosure url="{attribute(medium.url)}" length="0" type="{type or content.GUESS}"/>'
    language = f' xml:lang="{record.language}"' if record.language else ""
    topics = "".join(map(_topic, record.topics))
    lines = "\n      ".join(["", *media])
    links = "".join(
        [f'\n      <atom:link href="{url}" rel="related" type="text/html" title="{name}"/>' for url, name in related]
    )
    return (
        f"    <item{language}>\n      <title>{title}</title>\n      <link>{link}</link>\n"
        f'      <guid isPermaLink="{permalink}">{id}</guid>\n      <pubDate>{dates.rfc822_of(data.published)}</pubDate>\n'
        f"      <atom:updated>{data.updated}</atom:updated>"
        f"{creators}{source}{topics}{category}{description}{enclosure}{lines}{links}\n    </item>\n"
    ).encode()


@lru_cache(4096)
def _topic(name: str) -> str:
    return f"\n      <category>{text(name)}</category>"


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
    return _is_enclosable(image.url.split("/", 3)[2])


@lru_cache(4096)
def _is_enclosable(host: str) -> bool:
    return _ENCLOSABLE.fullmatch(host) is not None


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
