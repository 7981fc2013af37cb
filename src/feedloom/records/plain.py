"""Records in which nothing is doubtful, read in a third of the time: regular expressions or msgspec check their form, in C.

Nearly all are of this kind. What needs a warning or a closer look is refused here, and `parse` reads it field by field. Where
this reads a record, `parse` reads the same; tests/test_plain_records.py compares the two.
"""

from datetime import tzinfo
from typing import Annotated, Any, Literal, NoReturn

import msgspec
from msgspec import Meta

from feedloom.config.settings import Rules, identity_of_provider
from feedloom.frontmatter.forms import Forms
from feedloom.frontmatter.subset import Fields
from feedloom.model import Author, Image, Provider, Record, Related, Url
from feedloom.problems import Mistake
from feedloom.records.fields import LONGEST_NAME, LONGEST_TEXT, MOST_ITEMS, clean_text
from feedloom.values import dates, languages, slugs, urls

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
    published: Literal["true", ""] = ""
    content: Any = None
    featured_content: Any = None
    secured: Any = None


_forms = Forms(_Record)


def known(path: str, text: str, rules: Rules, zone: tzinfo) -> Record | None:
    """The record that a text with front matter makes, without any problem, if it has the form of others before. Else None."""
    written = _forms.read(text, len("---\n"))
    try:
        return _record(path, written, rules, zone) if written else None
    except (Mistake, _Doubtful):
        return None


def learn(text: str, fields: Fields) -> None:
    """Learn the form of a text that is not `known`."""
    _forms.learn(text, fields)


def record(path: str, fields: Fields, rules: Rules, zone: tzinfo) -> Record | None:
    """The record that the fields of a file make, without any problem. None if that is not sure."""
    try:
        return _record(path, msgspec.convert(fields, _Record), rules, zone)
    except (msgspec.ValidationError, UnicodeEncodeError, Mistake, _Doubtful):  # a name in JSON may be half a surrogate pair
        return None


def _record(path: str, written: _Record, rules: Rules, zone: tzinfo) -> Record:
    title = _text(written.title)
    original = written.original_url
    link = written.web_url or original
    if not title or not link:
        raise _Doubtful
    published = dates.moment(written.published_date_time, zone, _refuse)
    updated = published
    if written.updated_date_time:
        updated = dates.moment(written.updated_date_time, zone, _refuse)
        if updated < published:
            raise _Doubtful
    language = written.language or written.lang
    return Record(
        path=path,
        id=written.id or written.guid or rules.ids.get(path) or urls.identity_of(_canonical(original or link)),
        link=link,
        title=title,
        published=published,
        updated=updated,
        excerpt=_text(written.excerpt, LONGEST_TEXT, is_html=True),
        type=_text(written.type) or None,
        category=_text(written.category) or None,
        quality=int(written.quality) if written.quality else None,
        heat=int(written.heat) if written.heat else None,
        provider=_provider(written.provider, rules),
        topics=_topics(written.topics, rules),
        images=_images(written.images),
        related=_related(written.related, rules, zone, {_page(url) for url in {original or link, link}}),
        amp_url=written.amp_web_url or None,
        cdn_amp_url=written.cdn_amp_web_url or None,
        language=languages.tag(language) if language else None,
        authors=_authors(written.authors),
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
    domain = urls.domain(written.domain) if written.domain else None
    name = _text(written.name) or domain
    if not name or not (domain or slugs.identity(name)):
        raise _Doubtful
    return provider(name, domain, _images(written.images), written.feed or None, rules)


def _canonical(url: Url) -> Url:
    """As `urls.canonical`: in URLs like those above, only escapes, dots and a path that is missing have several spellings."""
    return url if "%" not in url and "/." not in url and url.find("/", 8) > 0 else urls.canonical(url)


def _page(url: Url) -> str:
    return urls.page_of(_canonical(url))


def _topics(written: list[str], rules: Rules) -> tuple[str, ...]:
    topics: dict[str, str] = {}
    for one in written:
        name = _text(one)
        identity = slugs.identity(name)
        if rules.topics:
            name = rules.topics.get(identity, name)
            identity = slugs.identity(name)
        if not identity:
            raise _Doubtful
        topics.setdefault(identity, name)
    return tuple(topics.values())


def _images(written: list[_Image]) -> tuple[Image, ...]:
    if not written:
        return ()
    images: dict[Url, Image] = {}
    for one in written:
        width = int(one.width) if one.width else None
        height = int(one.height) if one.height else None
        if one.alt or one.title or one.credit:
            image = Image(one.url, width, height, None, _text(one.alt), _text(one.title), _text(one.credit))
        else:
            image = Image(one.url, width, height)
        images.setdefault(one.url, image)
    return tuple(images.values())


def _related(written: list[_Related], rules: Rules, zone: tzinfo, own: set[str]) -> tuple[Related, ...]:
    related: dict[Url, Related] = {}
    for one in written:
        title, url = _text(one.title), one.web_url
        if not title or url in related or _page(url) in own:
            raise _Doubtful
        published = dates.moment(one.published_date_time, zone, _refuse) if one.published_date_time else None
        excerpt = _text(one.excerpt, LONGEST_TEXT, is_html=True)
        related[url] = Related(title, url, excerpt, published, _provider(one.provider, rules), _images(one.images))
    return tuple(related.values())


def _authors(written: list[str | _Author]) -> tuple[Author, ...]:
    authors: dict[str, Author] = {}
    for one in written:
        name, url = (_text(one), None) if isinstance(one, str) else (_text(one.name), one.url or None)
        if name:
            authors.setdefault(name, Author(name, url))
    return tuple(authors.values())


def _text(written: str, longest: int = LONGEST_NAME, *, is_html: bool = False) -> str:
    return clean_text(written, longest, _refuse, is_html=is_html)


class _Doubtful(Exception):
    """The record needs a closer look."""


def _refuse(mistake: Mistake) -> NoReturn:
    raise mistake
