"""The entries of a feed as rows: Atom and RSS (`xml_entries`), and JSON Feed, each entry with the fields of a record.

It reads the feeds that are a source of records, and those whose ids are kept. Content is HTML as the feed has it: what
renders it makes it safe.
"""

import re
from collections.abc import Iterable, Iterator
from html import escape
from typing import Any, NamedTuple, TypeVar

import msgspec

from feedloom.errors import FrontMatterError
from feedloom.frontmatter import feed_xml, rows
from feedloom.frontmatter.rows import Entry, Row
from feedloom.frontmatter.subset import Fields, Value
from feedloom.problems import Mistake
from feedloom.records import mapping, xml_entries
from feedloom.records.fields import LONGEST_TEXT
from feedloom.records.xml_entries import About, Node
from feedloom.values import text as texts

T = TypeVar("T")

LARGEST = 100_000_000
"""In bytes."""
MOST = 100_000
"""Entries of a feed. All are in memory."""

_HTML = re.compile(r"\s*<[a-zA-Z!]")
_SHORT = 500
"""Characters of a beginning that stands for a summary."""
_READ = 10_000
"""Characters of a content in which its beginning is looked for."""


class Feed(NamedTuple):
    """A feed: its `rows`, the `id` by which Atom names it (else empty), and what is wrong with its XML, if something is.

    If it breaks off, its last entry is a row with an error.
    """

    id: str
    title: str
    rows: list[Row]
    fault: str = ""


def read(data: bytes, longest: int = LARGEST) -> Feed:
    """The feed in a document; an entry may have `longest` characters. Raises ValueError, which says why there is none."""
    if len(data) > LARGEST:
        raise ValueError(f"is larger than {LARGEST:,} bytes")
    start = data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if not start:
        raise ValueError("is empty")
    if start == b"{":
        return _json_feed(_json(data), longest)
    document = feed_xml.read(data)
    channel = xml_entries.channel(document.root)
    found = [_row_of(entry, channel.about, number, longest) for number, entry in enumerate(_bounded(channel.entries), 1)]
    feed = Feed(channel.feed.text("id") if channel.feed.is_atom else "", texts.clean(channel.feed.text("title")), found)
    if not document.fault:
        return feed
    if not found:
        raise ValueError(f"is not well-formed: {document.fault}")
    if document.is_cut:
        found[-1] = Row(len(found), {}, error=FrontMatterError("feed-cut", document.fault))
    else:
        entry = found[0].entry or Entry()
        found[0] = found[0]._replace(entry=entry._replace(fault=Mistake("feed-faulty", document.fault)))
    return feed._replace(fault=document.fault)


def is_json_feed(data: bytes) -> bool:
    """Whether JSON is a feed, and no record."""
    if b"//jsonfeed.org/version/" not in data:
        return False
    try:
        found = _json(data)
    except ValueError:
        return False
    version = found.get("version") if isinstance(found, dict) else None
    return isinstance(version, str) and "//jsonfeed.org/version/" in version and isinstance(found.get("items"), list)


def _bounded(entries: Iterable[T]) -> Iterator[T]:
    for number, entry in enumerate(entries):
        if number >= MOST:
            raise ValueError(f"has more than {MOST:,} entries")
        yield entry


def _row_of(entry: Node, about: About, number: int, longest: int) -> Row:
    from lxml import etree

    # Read no more than an entry can need. Escapes and namespaces may double its size.
    is_too_long = len(etree.tostring(entry.element, encoding="utf-8")) > 2 * longest + 10_000
    return _too_long(number, longest) if is_too_long else _row(xml_entries.fields(entry, about), number, longest)


def _too_long(number: int, longest: int) -> Row:
    return Row(number, {}, error=FrontMatterError("file-too-large", f"{longest:,}"))


def _row(fields: Fields, number: int, longest: int) -> Row:
    """The row of an entry. What is empty is no field; one that has no title or excerpt gets the beginning of its text."""
    fields = {name: value for name, value in fields.items() if value}
    content, excerpt = str(fields.get("content", "")), str(fields.get("excerpt", ""))
    if not content and "<" in excerpt:
        content = excerpt
    if content:
        # What begins without a tag would be Markdown.
        fields["content"] = content if _HTML.match(content) else f"<!---->{content}"
    beginning = excerpt or content
    if not excerpt or len(excerpt) > LONGEST_TEXT:
        plain = texts.clean(beginning[:_READ], is_html=True)
        beginning = texts.shortened(plain, LONGEST_TEXT if excerpt else _SHORT)
    if beginning:
        fields["excerpt"] = beginning
    is_untitled = "title" not in fields
    if is_untitled and (words := mapping.first_words(beginning)):
        fields["title"] = words
    if sum(map(len, rows.texts(fields))) > longest:
        return _too_long(number, longest)
    return Row(number, fields, entry=Entry(is_untitled))


def _json(data: bytes) -> Any:
    """Raises ValueError."""
    try:
        return msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise ValueError(f"is not JSON: {error}") from None


def _json_feed(found: dict[str, Any], longest: int) -> Feed:
    items = found.get("items")
    if not isinstance(items, list) or not isinstance(found.get("version"), str):
        raise ValueError("is not a feed: JSON Feed has a version and items")
    wanted = _bounded(filter(_is_object, items))
    rows = [_row(_json_fields(item, found), number, longest) for number, item in enumerate(wanted, 1)]
    return Feed("", texts.clean(_string(found, "title")), rows)


def _json_fields(item: dict[str, Any], feed: dict[str, Any]) -> Fields:
    url, other = _string(item, "url"), _string(item, "external_url")
    plain = "".join(f"<p>{escape(one, quote=False)}</p>" for one in _string(item, "content_text").split("\n\n"))
    pictures = filter(None, (_string(item, "image"), _string(item, "banner_image")))
    attachments = filter(_is_object, _list(item, "attachments"))
    images: list[Value] = [{"url": picture} for picture in pictures]
    images += [{"url": _string(one, "url"), "type": _string(one, "mime_type")} for one in attachments]
    return {
        "title": escape(_string(item, "title"), quote=False),
        "webUrl": other or url,
        "originalUrl": url if other else "",
        "id": _string(item, "id") or url or other,
        "publishedDateTime": _string(item, "date_published") or _string(item, "date_modified"),
        "updatedDateTime": _string(item, "date_modified"),
        "excerpt": escape(_string(item, "summary"), quote=False),
        "content": _string(item, "content_html") or (plain if _string(item, "content_text") else ""),
        "topics": [one for one in _list(item, "tags") if isinstance(one, str)],
        "authors": _json_people(item) or _json_people(feed),
        "provider": xml_entries.provider(escape(_string(feed, "title"), quote=False), _string(feed, "home_page_url"), ""),
        "images": images,
        "language": _string(item, "language") or _string(feed, "language"),
    }


def _json_people(owner: dict[str, Any]) -> list[Value]:
    people = filter(_is_object, [*_list(owner, "authors"), owner.get("author")])
    return [{name: text for name in ("name", "url") if (text := _string(one, name))} for one in people if one.get("name")]


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)


def _list(fields: dict[str, Any], name: str) -> list[Any]:
    value = fields.get(name)
    return value if isinstance(value, list) else []


def _string(fields: dict[str, Any], name: str) -> str:
    """A text, or a number, which ids are now and then."""
    value = fields.get(name)
    return str(value).strip() if isinstance(value, str | int | float) else ""
