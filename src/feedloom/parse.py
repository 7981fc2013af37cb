"""A file's bytes to a Record, or to the Problems that tell why not: the schema of a record, field by field."""

import re
from collections.abc import Callable
from datetime import datetime, tzinfo
from typing import Literal, TypeVar

import msgspec

from feedloom import dates, frontmatter, slugs, text, urls
from feedloom.frontmatter import Fields, FrontMatter, FrontMatterError, Path
from feedloom.model import Image, Level, Problem, Provider, Record, Related, Url

T = TypeVar("T")

_YES = frozenset({"true", "yes", "on", "y"})
_NO = frozenset({"false", "no", "off", "n"})
_INTEGER = re.compile(r"[+-]?\d{1,15}", re.ASCII)
_SIZE = re.compile(r"0{0,9}[1-9]\d{0,8}", re.ASCII)

_LONGEST_NAME = 1_000
_LONGEST_TEXT = 10_000
_MOST_ITEMS = 100


class Rules(msgspec.Struct, frozen=True):
    """What parsing needs of the configuration."""

    zone: str = "UTC"
    records_url: str | None = None
    include_unpublished: bool = False
    max_file_size: int = 1 << 20


class Reading(msgspec.Struct, frozen=True):
    """What came of one file: a record where it is `published`, and its problems."""

    status: Literal["published", "unpublished", "rejected"]
    record: Record | None = None
    problems: tuple[Problem, ...] = ()


def reading(path: str, data: bytes, rules: Rules) -> Reading:
    """Read one record file; `path` names it in problems and is told apart by its suffix."""
    if len(data) > rules.max_file_size:
        return rejected(path, f"is larger than {rules.max_file_size:,} bytes (max_file_size in the configuration)")
    try:
        matter = frontmatter.read(data, bare=path.lower().endswith((".yaml", ".yml")))
    except FrontMatterError as error:
        return rejected(path, str(error), error.line, error.field)
    document = _Document(path, matter, rules)
    try:
        if not rules.include_unpublished and not _is_published(document.root):
            # Nothing of an unpublished record leaves the house, its problems neither.
            return Reading("unpublished")
        record = _record(path, document.root, rules)
    except _Rejected:
        return Reading("rejected", None, tuple(document.problems))
    return Reading("published", record, tuple(document.problems))


def rejected(path: str, message: str, line: int | None = None, field: str | None = None) -> Reading:
    """A file that gives no record, with the one reason."""
    return Reading("rejected", None, (Problem(path, line, field, message, "rejected"),))


class _Rejected(Exception):
    """The record cannot be published; the reason is among the problems already."""


class _Document:
    """One file while it is read: collects the problems, with their lines."""

    def __init__(self, path: str, matter: FrontMatter, rules: Rules) -> None:
        self.path = path
        self.matter = matter
        self.zone: tzinfo = dates.zone(rules.zone)
        self.problems: list[Problem] = []
        self.root = _Map(self, matter.fields, ())
        if matter.mended:
            self.problems.append(Problem(path, matter.mended.line, None, f"{matter.mended}; taken out", "warning"))

    def note(self, where: Path, message: str, level: Level) -> None:
        line = self.matter.line_of(where)
        self.problems.append(Problem(self.path, line, frontmatter.field_name(where) or None, message, level))


class _Map:
    """A mapping of the record, whose fields are read by name into their types.

    A field that cannot be read is left out with a warning.
    """

    def __init__(self, document: _Document, fields: Fields, path: Path) -> None:
        self._document = document
        self._fields = fields
        self._path = path

    def warn(self, message: str, *where: str | int) -> None:
        self._document.note((*self._path, *where), message, "warning")

    def reject(self, message: str, *where: str | int) -> _Rejected:
        self._document.note((*self._path, *where), message, "rejected")
        return _Rejected()

    def scalar(self, name: str) -> str:
        """The string as written; empty where there is none. Raises ValueError for a list or a mapping."""
        value = self._fields.get(name, "")
        if isinstance(value, str):
            return value
        raise ValueError(f"is a {'list' if isinstance(value, list) else 'mapping'}, not a text")

    def optional(self, name: str, convert: Callable[[str], T]) -> T | None:
        """A field that the record can do without: where it cannot be read, it is left out with a warning."""
        try:
            return self._converted(name, convert)
        except ValueError as error:
            self.warn(f"{error} (field left out)", name)
            return None

    def own(self, name: str, convert: Callable[[str], T]) -> T | None:
        """A field that makes the record what it is: where it cannot be read, the record is rejected."""
        try:
            return self._converted(name, convert)
        except ValueError as error:
            raise self.reject(str(error), name) from None

    def _converted(self, name: str, convert: Callable[[str], T]) -> T | None:
        written = self.scalar(name)
        return convert(written) if written.strip() else None

    def text(self, name: str, longest: int = _LONGEST_NAME) -> str:
        """Clean text; empty where there is none."""
        return self.optional(name, lambda written: self.cleaned(written, longest, name)) or ""

    def cleaned(self, written: str, longest: int, *where: str | int) -> str:
        if not written.isprintable() and (found := text.FORBIDDEN.search(written)):
            self.warn(f"holds U+{ord(found[0]):04X}, which no feed can hold; taken out", *where)
        clean = text.clean(written)
        if len(clean) > longest:
            self.warn(f"is {len(clean):,} characters long; cut to {longest:,}", *where)
        return text.shortened(clean, longest)

    def moment(self, name: str) -> datetime | None:
        return self.optional(name, self.as_moment)

    def as_moment(self, written: str) -> datetime:
        return dates.moment(written, self._document.zone)

    def url(self, name: str, base: str | None = None) -> Url | None:
        return self.optional(name, lambda written: urls.http_url(written, base))

    def integer(self, name: str) -> int | None:
        return self.optional(name, lambda written: int(_matching(_INTEGER, written, "is no integer")))

    def size(self, name: str) -> int | None:
        return self.optional(name, lambda written: int(_matching(_SIZE, written, "is no positive integer")))

    def written(self, name: str) -> bool:
        return name in self._fields

    def map(self, name: str) -> "_Map | None":
        """The mapping of a field; a text alone is read as its `name`."""
        value = self._fields.get(name)
        if isinstance(value, str):
            value = {"name": value}
        if value is None or isinstance(value, dict):
            return None if value is None else _Map(self._document, value, (*self._path, name))
        self.warn("is no mapping of fields (field left out)", name)
        return None

    def maps(self, name: str) -> list["_Map"]:
        """The mappings of a list; a mapping alone is read as a list of one."""
        value = self._fields.get(name, [])
        if isinstance(value, dict):
            return [_Map(self._document, value, (*self._path, name))]
        if isinstance(value, str):
            self.warn("is a text, not a list (field left out)", name)
            return []
        kept = []
        for index, item in enumerate(self._first(value, name)):
            if isinstance(item, dict):
                kept.append(_Map(self._document, item, (*self._path, name, index)))
            else:
                self.warn("is no mapping of fields (left out)", name, index)
        return kept

    def texts(self, name: str) -> list[str]:
        """The texts of a list; a text alone is read as a list of one."""
        value = self._fields.get(name, [])
        if isinstance(value, str):
            value = [value]
        if isinstance(value, dict):
            self.warn("is a mapping, not a list (field left out)", name)
            return []
        kept = []
        for index, item in enumerate(self._first(value, name)):
            if isinstance(item, str):
                kept.append(self.cleaned(item, _LONGEST_NAME, name, index))
            else:
                self.warn("is no text (left out)", name, index)
        return kept

    def _first(self, items: list[T], name: str) -> list[T]:
        if len(items) > _MOST_ITEMS:
            self.warn(f"lists {len(items):,}; the first {_MOST_ITEMS} are taken", name)
        return items[:_MOST_ITEMS]


def _is_published(root: _Map) -> bool:
    try:
        written = root.scalar("published").strip().lower()
    except ValueError as error:
        raise root.reject(f"{error}: write true or false", "published") from None
    if written and written not in _YES | _NO:
        raise root.reject(f'"{written[:40]}" is neither true nor false', "published")
    return written not in _NO


def _record(path: str, root: _Map, rules: Rules) -> Record:
    title = root.own("title", lambda written: root.cleaned(written, _LONGEST_NAME, "title"))
    if not title:
        raise root.reject("is missing: every record needs a title", "title")
    published = root.own("publishedDateTime", root.as_moment)
    if published is None:
        raise root.reject("is missing: every record needs a date, as 2021-05-21T18:09:00Z", "publishedDateTime")
    original = root.own("originalUrl", urls.http_url)
    link = root.own("webUrl", urls.http_url) or original
    if link is None:
        raise root.reject("is missing: every record needs an originalUrl or a webUrl", "originalUrl")
    return Record(
        path=path,
        id=urls.canonical(original or link),
        link=link,
        title=title,
        published=published,
        updated=_updated(root, published),
        excerpt=root.text("excerpt", _LONGEST_TEXT),
        type=root.text("type") or None,
        category=root.text("category") or None,
        quality=root.integer("quality"),
        heat=root.integer("heat"),
        provider=_provider(root, rules),
        topics=_topics(root),
        images=_images(root, rules),
        related=_related(root, rules),
        amp_url=root.url("ampWebUrl"),
        cdn_amp_url=root.url("cdnAmpWebUrl"),
    )


def _updated(root: _Map, published: datetime) -> datetime:
    updated = root.moment("updatedDateTime") or published
    if updated < published:
        root.warn("is before publishedDateTime (field left out)", "updatedDateTime")
    return max(updated, published)


def _provider(owner: _Map, rules: Rules) -> Provider | None:
    fields = owner.map("provider")
    if fields is None:
        return None
    domain = fields.optional("domain", urls.domain)
    name = fields.text("name") or domain
    if not name or not (domain or slugs.identity(name)):
        owner.warn("has neither a name nor a domain (field left out)", "provider")
        return None
    return Provider(name, domain, _images(fields, rules))


def _topics(root: _Map) -> tuple[str, ...]:
    """Each topic once, in the spelling that comes first."""
    topics: dict[str, str] = {}
    for index, name in enumerate(root.texts("topics")):
        identity = slugs.identity(name)
        if identity:
            topics.setdefault(identity, name)
        else:
            root.warn("names no topic: it holds nothing but white space or hyphens (left out)", "topics", index)
    return tuple(topics.values())


def _images(owner: _Map, rules: Rules) -> tuple[Image, ...]:
    images: dict[Url, Image] = {}
    for fields in owner.maps("images"):
        url = fields.url("url", rules.records_url)
        if url:
            images.setdefault(url, Image(url, fields.size("width"), fields.size("height")))
        elif not fields.written("url"):
            fields.warn("has no url (left out)")
    return tuple(images.values())


def _related(root: _Map, rules: Rules) -> tuple[Related, ...]:
    related: dict[Url, Related] = {}
    for fields in root.maps("related"):
        title = fields.text("title")
        url = fields.url("webUrl")
        if not (title and url):
            fields.warn(f"has no {'webUrl' if title else 'title'} that can be shown (related article left out)")
        elif url in related:
            fields.warn("has the webUrl of another one before it (related article left out)")
        else:
            related[url] = Related(
                title,
                url,
                fields.text("excerpt", _LONGEST_TEXT),
                fields.moment("publishedDateTime"),
                _provider(fields, rules),
                _images(fields, rules),
            )
    return tuple(related.values())


def _matching(pattern: re.Pattern[str], written: str, complaint: str) -> str:
    if not pattern.fullmatch(written.strip()):
        raise ValueError(f'"{written.strip()[:40]}" {complaint}')
    return written
