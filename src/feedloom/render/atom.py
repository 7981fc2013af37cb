"""Atom 1.0 (RFC 4287), in the order and the spelling that every reader takes right."""

from collections.abc import Iterable

from feedloom import dates
from feedloom.model import Record
from feedloom.render import content, xml
from feedloom.render.head import Head
from feedloom.render.xml import attribute, text


def entry(record: Record, html: str) -> bytes:
    """The `<entry>` of a record; `html` is its content, escaped for XML."""
    updated = dates.rfc3339(record.updated)
    lines = [
        f"<id>{text(record.id)}</id>",
        f"<title>{text(record.title)}</title>",
        f'<link href="{text(record.link)}" rel="alternate" type="text/html"/>',
        f"<published>{dates.rfc3339(record.published)}</published>",
        f"<updated>{updated}</updated>",
    ]
    provider = record.provider
    if provider:
        uri = f"      <uri>{provider.site}</uri>\n" if provider.site else ""
        lines.append(f"<author>\n      <name>{text(provider.name)}</name>\n{uri}    </author>")
    lines += [f'<category term="{topic}" label="{topic}"/>' for topic in map(attribute, record.topics)]
    if record.category:
        category = attribute(record.category)
        lines.append(f'<category term="{category}" scheme="{xml.CATEGORY_SCHEME}" label="{category}"/>')
    if record.excerpt:
        lines.append(f"<summary>{text(record.excerpt)}</summary>")
    lines.append(f'<content type="html">{html}</content>')
    if record.images:
        image = record.images[0]
        lines.append(f'<link href="{text(image.url)}" rel="enclosure" type="{content.media_type(image)}"/>')
    lines += xml.media(record)
    lines += xml.related(record, "link")
    if provider and provider.site:
        # The provider's site as the feed that the entry came from (RFC 4287 section 4.2.11).
        lines.append(
            f"<source>\n      <id>{provider.site}</id>\n      <title>{text(provider.name)}</title>\n"
            f"      <updated>{updated}</updated>\n"
            f'      <link href="{provider.site}" rel="alternate" type="text/html"/>\n    </source>'
        )
    return ("  <entry>\n    " + "\n    ".join(lines) + "\n  </entry>\n").encode()


def feed(head: Head, frame: xml.Frame, entries: Iterable[bytes]) -> bytes:
    """The whole document, its entries as `entry` gave them."""
    pictures = (("icon", head.icon), ("logo", head.logo))
    picture = "".join(f"  <{tag}>{text(image.url)}</{tag}>\n" for tag, image in pictures if image)
    return xml.framed(frame, head, dates.rfc3339(head.updated), picture, entries)
