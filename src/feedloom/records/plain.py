"""Records in which nothing is doubtful, read in a third of the time: regular expressions or msgspec check their form, in C.

Nearly all are of this kind. What needs a warning or a closer look is refused here, and `parse` reads it field by field. Where
this reads a record, `parse` reads the same; tests/test_plain_records.py compares the two.
"""

from collections.abc import Callable
from datetime import tzinfo
from functools import lru_cache
from typing import Annotated, Any, Literal, NoReturn, TypeAlias

import msgspec
from msgspec import Meta

from feedloom.config.settings import Rules, identity_of_provider
from feedloom.frontmatter.forms import Forms
from feedloom.frontmatter.subset import Fields
from feedloom.model import Author, Image, Provider, Record, Related, Url
from feedloom.problems import Mistake
from feedloom.records import holding
from feedloom.records.fields import LONGEST_NAME, LONGEST_TEXT, MOST_ITEMS, clean_text
from feedloom.records.holding import Hold
from feedloom.values import dates, languages, slugs, urls
from feedloom.values.text import is_clean_if_printable

_Url = Annotated[Url, Meta(pattern=rf"\A(?:{urls.UNCHANGED})\Z", max_length=urls.LONGEST)]
_Id = Annotated[str, Meta(pattern=rf"\A[A-Za-z0-9][!#-\[\]-~]{{0,{LONGEST_NAME - 1}}}\Z")]
_Integer = Annotated[str, Meta(pattern=r"\A[+-]?[0-9]{1,15}\Z")]
_Size = Annotated[str, Meta(pattern=r"\A[1-9][0-9]{0,8}\Z")]


class _Fields(msgspec.Struct, rename="camel", forbid_unknown_fields=True, gc=False):
    """A mapping with names that are read, and then some that are known and not read. What is not there is empty."""


class _Image(_Fields):
    url: _Url
    width: _Size = ""
    height: _Size = ""
    alt: str = ""
    title: str = ""
    credit: str = ""
    is_cached: Any = None


_Images = Annotated[list[_Image], Meta(max_length=MOST_ITEMS)]


class _Provider(_Fields):
    name: str = ""
    domain: str = ""
    images: _Images = []
    feed: _Url = Url("")


class _Author(_Fields):
    name: str
    url: _Url = Url("")


class _Related(_Fields):
    title: str
    web_url: _Url
    excerpt: str = ""
    published_date_time: str = ""
    provider: _Provider | None = None
    images: _Images = []
    amp_web_url: Any = None
    cdn_amp_web_url: Any = None
    type: Any = None
    category: Any = None
    quality: Any = None
    heat: Any = None
    original_url: Any = None
    updated_date_time: Any = None
    topics: Any = None


class _Record(_Fields):
    title: str
    published_date_time: str
    original_url: _Url = Url("")
    web_url: _Url = Url("")
    id: _Id = ""
    guid: _Id = ""
    updated_date_time: str = ""
    excerpt: str = ""
    type: str = ""
    category: str = ""
    quality: _Integer = ""
    heat: _Integer = ""
    provider: _Provider | None = None
    topics: Annotated[list[str], Meta(max_length=MOST_ITEMS)] = []
    images: _Images = []
    related: Annotated[list[_Related], Meta(max_length=MOST_ITEMS)] = []
    amp_web_url: _Url = Url("")
    cdn_amp_web_url: _Url = Url("")
    language: str = ""
    lang: str = ""
    authors: Annotated[list[str | _Author], Meta(max_length=MOST_ITEMS)] = []
    published: Literal["true", "false", ""] = ""
    content: Any = None
    featured_content: Any = None
    secured: Any = None


_MOST_KEPT = 4096
"""Names and other values that records have in common, of limited length."""

_Clean: TypeAlias = Callable[..., str]
"""`_clean`, or a faster function for some texts."""

_forms = Forms(_Record)


def known(path: str, text: str, rules: Rules, zone: tzinfo) -> Record | Hold | None:
    """The record that a text with front matter makes, without any problem, if it has the form of others before, or what holds
    it back. Else None.
    """
    written = _forms.read(text, len("---\n"))
    if not written:
        return None
    if written.published == "false" and not rules.include_unpublished:
        return holding.by_field({"published": written.published})
    try:
        # In texts of a known form, all control characters are escaped.
        clean = _clean_printable if text.isascii() and "\\" not in text else _clean
        return _record(path, written, rules, zone, clean)
    except (Mistake, _Doubtful):
        return None


def learn(text: str, fields: Fields) -> None:
    """Learn the form of a text that is not `known`."""
    _forms.learn(text, fields)


def record(path: str, fields: Fields, rules: Rules, zone: tzinfo) -> Record | None:
    """The record that the fields of a file make, without any problem. None if that is not sure."""
    try:
        return _record(path, msgspec.convert(fields, _Record), rules, zone, _clean)
    except (msgspec.ValidationError, UnicodeEncodeError, Mistake, _Doubtful):  # a name in JSON may be half a surrogate pair
        return None


def _record(path: str, written: _Record, rules: Rules, zone: tzinfo, clean: _Clean) -> Record:
    title = clean(written.title)
    original = written.original_url or written.web_url
    link = written.web_url or original
    if not title or not link:
        raise _Doubtful
    published = dates.moment(written.published_date_time, zone, _refuse)
    updated = published
    if written.updated_date_time:
        updated = dates.moment(written.updated_date_time, zone, _refuse)
        if updated < published:
            raise _Doubtful
    own = [_page(original)] if link == original else [_page(original), _page(link)]
    language = written.language or written.lang
    return Record(  # in their order: with their names, it takes six times the time
        path,
        written.id or written.guid or rules.ids.get(path) or urls.identity_of(_canonical(original)),
        link,
        title,
        published,
        updated,
        clean(written.excerpt, LONGEST_TEXT, is_html=True),
        _name(written.type) or None,
        _name(written.category) or None,
        _number(written.quality),
        _number(written.heat),
        _provider(written.provider, rules),
        _topics(written.topics, rules),
        _images(written.images),
        _related(written.related, rules, zone, clean, own) if written.related else (),
        written.amp_web_url or None,
        written.cdn_amp_web_url or None,
        languages.tag(language) if language else None,
        authors=_authors(written.authors) if written.authors else (),
    )


def provider(name: str, domain: str | None, images: tuple[Image, ...], feed: Url | None, rules: Rules) -> Provider:
    """A provider under the name and domain that the configuration gives it."""
    if rules.providers and (configured := rules.providers.get(domain or slugs.identity(name))):
        identity = identity_of_provider(configured)
        domain, name = (identity, name) if "." in identity else (None, configured)
    return Provider(name, domain, images, feed)


def _provider(written: _Provider | None, rules: Rules) -> Provider | None:
    if not written:
        return None
    bare = _bare_provider(written.name, written.domain)
    if not (rules.providers or written.images or written.feed):
        return bare
    return provider(bare.name, bare.domain, _images(written.images), written.feed or None, rules)


@lru_cache(_MOST_KEPT)
def _bare_provider(written_name: str, written_domain: str) -> Provider:
    domain = urls.domain(written_domain) if written_domain else None
    name = _name(written_name) or domain
    if not name or not (domain or slugs.identity(name)) or len(written_domain) > LONGEST_NAME:
        raise _Doubtful
    return Provider(name, domain)


def _canonical(url: Url) -> Url:
    """As `urls.canonical`: in URLs like those above, only escapes, dots and a path that is missing have several spellings."""
    return url if "%" not in url and "/." not in url and url.find("/", 8) > 0 else urls.canonical(url)


def _page(url: Url) -> str:
    """As `urls.page`, in which a path that is missing makes no difference."""
    return urls.page_of(url) if "%" not in url and "/." not in url else urls.page(url)


def _topics(written: list[str], rules: Rules) -> tuple[str, ...]:
    topics: dict[str, str] = {}
    for one in written:
        identity, name = _topic(one)
        if rules.topics and (configured := rules.topics.get(identity)):
            identity, name = slugs.identity(configured), configured
        topics.setdefault(identity, name)
    return tuple(topics.values())


@lru_cache(_MOST_KEPT)
def _topic(written: str) -> tuple[str, str]:
    """The identity and the name of a topic, without what the configuration calls it."""
    name = _name(written)
    identity = slugs.identity(name)
    if not identity:
        raise _Doubtful
    return identity, name


def _images(written: list[_Image]) -> tuple[Image, ...]:
    if not written:
        return ()
    if len(written) == 1:
        return (_image(written[0]),)
    images: dict[Url, Image] = {}
    for one in written:
        images.setdefault(one.url, _image(one))
    return tuple(images.values())


def _image(written: _Image) -> Image:
    width, height = _number(written.width), _number(written.height)
    if not (written.alt or written.title or written.credit):
        return Image(written.url, width, height)
    texts = [_clean(text) for text in (written.alt, written.title, written.credit)]
    return Image(written.url, width, height, None, *texts)


def _related(written: list[_Related], rules: Rules, zone: tzinfo, clean: _Clean, own: list[str]) -> tuple[Related, ...]:
    related: dict[Url, Related] = {}
    for one in written:
        title, url = clean(one.title), one.web_url
        if not title or url in related or _page(url) in own:
            raise _Doubtful
        related[url] = Related(
            title,
            url,
            clean(one.excerpt, LONGEST_TEXT, is_html=True),
            dates.moment(one.published_date_time, zone, _refuse) if one.published_date_time else None,
            _provider(one.provider, rules),
            _images(one.images),
        )
    return tuple(related.values())


def _authors(written: list[str | _Author]) -> tuple[Author, ...]:
    authors: dict[str, Author] = {}
    for one in written:
        name, url = (_name(one), None) if isinstance(one, str) else (_name(one.name), one.url or None)
        if name:
            authors.setdefault(name, Author(name, url))
    return tuple(authors.values())


def _clean(written: str, longest: int = LONGEST_NAME, *, is_html: bool = False) -> str:
    return clean_text(written, _refuse, longest, is_html=is_html)


def _clean_printable(written: str, longest: int = LONGEST_NAME, *, is_html: bool = False) -> str:
    """As `_clean`, of a text in printable ASCII."""
    if len(written) <= longest and is_clean_if_printable(written):
        return written
    return _clean(written, longest, is_html=is_html)


@lru_cache(_MOST_KEPT)
def _name(written: str) -> str:
    """A text that other records may have, too."""
    if len(written) > LONGEST_NAME:
        raise _Doubtful
    return _clean(written)


@lru_cache(_MOST_KEPT)
def _number(written: str) -> int | None:
    return int(written) if written else None


class _Doubtful(Exception):
    """The record needs a closer look."""


def _refuse(mistake: Mistake) -> NoReturn:
    raise mistake
