"""Feeds that other programs wrote, as far as their ids can be kept: what `records/entries` reads of them, and no more."""

from datetime import UTC, datetime
from typing import NamedTuple

from feedloom.frontmatter.rows import Row
from feedloom.records import entries
from feedloom.records.entries import LARGEST as LARGEST
from feedloom.values import dates
from feedloom.values import text as texts


class OldEntry(NamedTuple):
    """An entry of an old feed, with its `id` as readers know it: where a feed gives none, they take the link."""

    id: str
    link: str
    title: str
    published: datetime | None


class OldFeed(NamedTuple):
    """An old feed; `id` is the address or tag by which Atom names the feed itself, else empty.

    `fault` says what is wrong with its XML: a file that was cut off has not all entries.
    """

    id: str
    title: str
    entries: tuple[OldEntry, ...]
    fault: str = ""


def read(data: bytes) -> OldFeed:
    """The feed in a document. Raises ValueError, which says why, where there is none."""
    feed = entries.read(data)
    return OldFeed(feed.id, feed.title, tuple(_entry(row) for row in feed.rows if not row.error), feed.fault)


def _entry(row: Row) -> OldEntry:
    fields = row.fields
    is_untitled = row.entry is not None and row.entry.is_untitled
    return OldEntry(
        id=str(fields.get("id", "")),
        link=str(fields.get("originalUrl") or fields.get("webUrl", "")),
        title="" if is_untitled else texts.clean(str(fields["title"]), is_html=True),
        published=_moment(str(fields.get("publishedDateTime", ""))),
    )


def _moment(written: str) -> datetime | None:
    try:
        return dates.moment(written, UTC, lambda _: None) if written else None
    except ValueError:
        return None
