"""JSON Feed 1.1. Values without a field of their own are in `_feedloom`, an extension as the specification describes it."""

from collections.abc import Iterable
from datetime import UTC, datetime

import msgspec

from feedloom.model import Image, Provider, Related
from feedloom.render import content
from feedloom.render.metadata import Metadata
from feedloom.values import dates

ABOUT = "What feedloom adds to JSON Feed: see docs/feeds.md of feedloom."
"""For people who read a feed, as JSON Feed asks of extensions. It is no URL, because feedloom has no web page."""

_VERSION = "https://jsonfeed.org/version/1.1"
BEGINNING = f'{{"version":"{_VERSION}","title":'.encode()
"""The first bytes of each document."""

_encode = msgspec.json.Encoder().encode


class _Object(msgspec.Struct, omit_defaults=True):
    """An object of the feed. Its fields are written in this order; those that are None are left out."""


class ItemAuthor(_Object):
    """The author of an entry or a feed."""

    name: str
    url: str | None = None


class _Hub(_Object):
    type: str
    url: str


class _Attachment(_Object):
    url: str
    mime_type: str


class _Image(_Object):
    url: str
    width: int | None = None
    height: int | None = None
    type: str | None = None
    alt: str | None = None
    title: str | None = None
    credit: str | None = None


class ItemProvider(_Object):
    """Who published an article."""

    name: str
    domain: str | None = None


class RelatedArticle(_Object):
    """A related article in the extension."""

    url: str
    title: str
    summary: str | None = None
    date_published: str | None = None
    provider: ItemProvider | None = None
    images: list[_Image] | None = None


class Extension(_Object):
    """Values without a field in JSON Feed."""

    about: str | None = None
    type: str | None = None
    category: str | None = None
    quality: int | None = None
    heat: int | None = None
    amp_url: str | None = None
    cdn_amp_url: str | None = None
    images: list[_Image] | None = None
    related: list[RelatedArticle] | None = None
    provider: ItemProvider | None = None
    """Of an entry with authors of its own. Other entries have it as their author."""


_NOTHING = Extension()


class Item(_Object):
    """An entry."""

    id: str
    url: str
    external_url: str | None = None
    title: str | None = None
    content_html: str | None = None
    content_text: str | None = None
    summary: str | None = None
    image: str | None = None
    date_published: str | None = None
    date_modified: str | None = None
    authors: list[ItemAuthor] | None = None
    author: ItemAuthor | None = None
    tags: tuple[str, ...] | None = None
    language: str | None = None
    attachments: list[_Attachment] | None = None
    _feedloom: Extension | None = None


class _Feed(_Object):
    version: str
    title: str
    home_page_url: str | None = None
    feed_url: str | None = None
    next_url: str | None = None
    description: str | None = None
    user_comment: str | None = None
    icon: str | None = None
    favicon: str | None = None
    authors: list[ItemAuthor] | None = None
    author: ItemAuthor | None = None
    language: str | None = None
    hubs: list[_Hub] | None = None


class Document(_Feed):
    """A whole published feed."""

    items: list[Item] = []


def read(document: bytes) -> Document:
    """The feed in a document. Raises ValueError if `feed` did not write it."""
    try:
        return msgspec.json.decode(document, type=Document)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise ValueError(str(error)) from None


def updated(document: bytes) -> datetime | None:
    """The date of the newest entry of a document; None if it has no entries, or is not a feed."""
    try:
        moments = [datetime.fromisoformat(item.date_modified) for item in read(document).items if item.date_modified]
        return max(moment.astimezone(UTC) for moment in moments) if moments else None
    except ValueError:
        return None


def entry(data: content.EntryData) -> bytes:
    """The item of a record, on one line."""
    record = data.record
    provider, address = record.provider, record.address
    authors = [ItemAuthor(author.name, author.url) for author in record.authors]
    if provider and not authors:
        authors = [ItemAuthor(provider.name, provider.site)]
    attachments = [_Attachment(image.url, type or content.GUESS) for image, type in data.media]
    if content.is_video(record):
        attachments.append(_Attachment(record.link, "text/html"))
    # In the order of their fields: with the names, it takes a fifth more.
    extension = Extension(
        None,
        record.type,
        record.category,
        record.quality,
        record.heat,
        record.amp_url,
        record.cdn_amp_url,
        _images(record.images),
        [_related(related) for related in record.related] or None,
        _provider(provider) if record.authors else None,
    )
    has_more = extension != _NOTHING
    if has_more:
        extension.about = ABOUT
    return _encode(
        Item(
            record.id,
            address or record.link,
            record.link if address else None,
            None if record.is_untitled else record.title,
            data.html or None,
            None if data.html else record.excerpt or record.title,  # one of the two is required
            record.excerpt or None,
            data.picture.url if data.picture else None,
            data.published,
            data.updated,
            authors or None,
            authors[0] if authors else None,
            record.topics or None,
            record.language,
            attachments or None,
            extension if has_more else None,
        )
    )


def feed(metadata: Metadata, entries: Iterable[bytes]) -> bytes:
    """The whole document, one line for each item, so that a diff is easy to read."""
    author = ItemAuthor(metadata.author)
    older = metadata.history.get("prev-archive")
    # Programs use it as the id of a feed, so all documents of a feed have the same.
    own = metadata.history.get("current", metadata.base)
    fields = _Feed(
        version=_VERSION,
        title=metadata.title,
        home_page_url=metadata.page,
        feed_url=f"{own}.json{metadata.query}" if metadata.base else None,
        next_url=f"{older}.json" if older else None,
        description=metadata.description,
        user_comment=metadata.comment,
        icon=metadata.logo.url if metadata.logo else None,
        favicon=metadata.icon.url if metadata.icon else None,
        authors=[author],
        author=author,
        language=metadata.language,
        hubs=[_Hub("WebSub", hub) for hub in metadata.hubs] or None,
    )
    items = [*entries]
    start = _encode(fields)[:-1] + b',"items":[\n'
    if not items:
        return start + b"]}\n"
    items[0] = start + items[0]
    items[-1] += b"\n]}\n"
    return b",\n".join(items)  # the one copy of them all


def _related(related: Related) -> RelatedArticle:
    return RelatedArticle(
        related.url,
        related.title,
        related.excerpt or None,
        dates.rfc3339(related.published) if related.published else None,
        _provider(related.provider),
        _images(related.images),
    )


def _provider(provider: Provider | None) -> ItemProvider | None:
    return ItemProvider(provider.name, provider.domain) if provider else None


def _images(images: tuple[Image, ...]) -> list[_Image] | None:
    if not images:
        return None
    return [
        _Image(image.url, image.width, image.height, image.type, image.alt or None, image.title or None, image.credit or None)
        for image in images
    ]
