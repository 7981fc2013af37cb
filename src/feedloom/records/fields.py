"""The fields of a record, read by name into their types; what cannot be read becomes a Problem with its line."""

import re
from collections.abc import Callable
from datetime import datetime, tzinfo
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from feedloom.frontmatter.document import FrontMatter
from feedloom.frontmatter.subset import Fields, Path, Value, field_name
from feedloom.model import Level, Problem, Url
from feedloom.values import characters, dates, field_names, text, urls

if TYPE_CHECKING:
    from feedloom.frontmatter.kinds import OtherFrontMatter

T = TypeVar("T")

LONGEST_NAME = 1_000
LONGEST_TEXT = 5_000
MOST_ITEMS = 100
MOST_WARNINGS = 100
"""Of a record. The problems of all records are kept in memory, and a record of 1 MiB can have 20,000."""

_LONGEST_SHOWN = 100

_MOST_TAGS = 5
"""Told of one text."""

_INTEGER = re.compile(r"[+-]?\d{1,15}", re.ASCII)
_SIZE = re.compile(r"0{0,9}[1-9]\d{0,8}", re.ASCII)


class Rejected(Exception):
    """The record cannot be published; the reason is among the problems already."""


class Document:
    """One file while it is read: collects the problems, with their lines."""

    def __init__(self, path: str, matter: "FrontMatter | OtherFrontMatter", zone: tzinfo) -> None:
        self.path = path
        self.matter = matter
        self.zone = zone
        self.problems: list[Problem] = []
        self._untold = 0
        if matter.another:
            what = "has another record on this line, which is not read: write each record into a file of its own"
            self.problems.append(Problem(path, matter.another, None, what, "warning"))
        if matter.mended:
            self.problems.append(Problem(path, matter.mended.line, None, f"{matter.mended}; taken out", "warning"))

    def root(self) -> "Map":
        """The record's own fields."""
        return Map(self, self.matter.fields, ())

    def note(self, where: Path, message: str, level: Level, named: Path | None = None) -> None:
        """Say that something is wrong with a field, which is `named` otherwise than it is written."""
        if level == "warning" and len(self.problems) >= MOST_WARNINGS:
            self._untold += 1
            return
        line, field = self.matter.line_of(where), field_name(named or where) or None
        self.problems.append(Problem(self.path, line, field, message, level))

    def note_lost_words(self, is_meant: Callable[[Path], bool]) -> None:
        """Warn of the values that end at a ` #`, where a comment begins, or begin with & or !, and may be meant to hold it."""
        for where in self.matter.commented():
            if is_meant(where):
                self.note(
                    where, "ends at #, where a comment begins: put the whole value in quotes if # is a part of it", "warning"
                )
        for where in self.matter.marked():
            if is_meant(where):
                self.note(
                    where, "begins with & or !, which mean something else in YAML: put the whole value in quotes", "warning"
                )

    def told(self) -> tuple[Problem, ...]:
        """The problems, and how many warnings are left out."""
        if not self._untold:
            return tuple(self.problems)
        more = f"has {self._untold:,} more problems, which are named once the first {MOST_WARNINGS} are mended"
        return (*self.problems, Problem(self.path, None, None, more, "warning"))


class Map:
    """A mapping of the record, whose fields are read by name into their types.

    A field that cannot be read is left out with a warning.
    """

    __slots__ = ("_document", "_fields", "_path")

    def __init__(self, document: Document, fields: Fields, path: Path) -> None:
        self._document = document
        self._fields = fields
        self._path = path

    def warn(self, message: str, *where: str | int) -> None:
        """Say that a part of the record is left out."""
        self._document.note((*self._path, *where), message, "warning")

    def reject(self, message: str, *where: str | int) -> Rejected:
        """Say why the record is left out; the exception is for the caller to raise."""
        self._document.note((*self._path, *where), message, "rejected")
        return Rejected()

    def note_slips(self, known: frozenset[str]) -> None:
        """Warn of fields that are meant and not read, since their names are written otherwise.

        Only the right name is told: what stands there may be anything, a secret too. Where the right one is there, all is well.
        """
        if self._fields.keys() <= known:
            return
        for name in self._fields:
            right = field_names.meant(name, known)
            if right and right not in self._fields and field_names.INSTEAD.get(right) not in self._fields:
                message = f"has another name on this line, and is not read: rename it to {right}"
                self._document.note((*self._path, name), message, "warning", (*self._path, right))

    def optional(self, name: str, convert: Callable[[str], T]) -> T | None:
        """A field that the record can do without: where it cannot be read, it is left out with a warning."""
        value = self._fields.get(name)
        if value is None:
            return None
        try:
            return _converted(value, convert)
        except ValueError as error:
            self.warn(f"{error} (field left out)", name)
            return None

    def own(self, name: str, convert: Callable[[str], T]) -> T | None:
        """A field that makes the record what it is: where it cannot be read, the record is rejected."""
        try:
            return _converted(self._fields.get(name, ""), convert)
        except ValueError as error:
            raise self.reject(str(error), name) from None

    def text(self, name: str, longest: int = LONGEST_NAME, *, is_html: bool = False) -> str:
        """Clean text; empty where there is none, or none that shows anything."""
        value = self._fields.get(name)
        if isinstance(value, str) and len(value) <= longest and text.is_clean(value):
            return value if value.isascii() or characters.is_visible(value) else ""
        return self.optional(name, lambda written: self.cleaned(written, longest, name, is_html=is_html)) or ""

    def cleaned(self, written: str, longest: int, *where: str | int, is_html: bool = False) -> str:
        """Clean text, cut to `longest` characters; what had to be taken out is said. Empty where it shows nothing."""
        if not written.isprintable() and (found := text.forbidden().search(written)):
            self.warn(f"holds U+{ord(found[0]):04X}, which no feed can hold; taken out", *where)
        clean, doubtful = text.cleaned(written, is_html=is_html)
        if doubtful:
            tags = ", ".join(f"<{name}>" for name in doubtful[:_MOST_TAGS])
            how = f'write a word in angles as "< {doubtful[0]}>"'
            self.warn(f"holds what was taken for HTML and removed, {tags}: {how}", *where)
        if not characters.is_visible(clean):
            return ""
        if len(clean) > longest:
            self.warn(f"is {len(clean):,} characters long; cut to {longest:,}", *where)
        return text.shortened(clean, longest)

    def moment(self, name: str) -> datetime | None:
        """A moment in UTC."""
        return self.optional(name, partial(self.as_moment, name))

    def as_moment(self, name: str, written: str) -> datetime:
        """The moment that a field's text names, in the zone of the site where it names none. Raises ValueError."""
        return dates.moment(written, self._document.zone, lambda doubt: self.warn(doubt, name))

    def url(self, name: str, base: str | None = None) -> Url | None:
        """An http or https URL, resolved against `base` where it is relative."""
        value = self._fields.get(name)
        if isinstance(value, str) and urls.is_plain(value):
            return Url(value)
        return self.optional(name, self.as_url(name, base))

    def as_url(self, name: str, base: str | None = None) -> Callable[[str], Url]:
        """Reads the URL of a field; what had to be mended of it is said."""
        return partial(urls.http_url, base=base, warn=lambda message: self.warn(message, name))

    def is_changed(self, value: str) -> bool:
        """Whether a value may be another one than the file has."""
        return self._document.matter.is_changed(value)

    def integer(self, name: str) -> int | None:
        """An integer of up to 15 digits."""
        return self.optional(name, _integer)

    def size(self, name: str) -> int | None:
        """A size in pixels: a positive integer."""
        value = self._fields.get(name)
        if isinstance(value, str) and _SIZE.fullmatch(value):
            return int(value)
        return self.optional(name, _size)

    def written(self, name: str) -> bool:
        """Whether the field is there at all."""
        return name in self._fields

    def map(self, name: str) -> "Map | None":
        """The mapping of a field; a text alone is read as its `name`."""
        value = self._fields.get(name)
        if isinstance(value, str):
            value = {"name": value}
        if value is None or isinstance(value, dict):
            return None if value is None else Map(self._document, value, (*self._path, name))
        self.warn("is no mapping of fields (field left out)", name)
        return None

    def maps(self, name: str) -> list["Map"]:
        """The mappings of a list; a mapping alone is read as a list of one."""
        value = self._fields.get(name, [])
        if isinstance(value, dict):
            return [Map(self._document, value, (*self._path, name))]
        if isinstance(value, str):
            self.warn("is a text, not a list (field left out)", name)
            return []
        kept = []
        for index, item in enumerate(self._first(value, name)):
            if isinstance(item, dict):
                kept.append(Map(self._document, item, (*self._path, name, index)))
            else:
                self.warn("is no mapping of fields (left out)", name, index)
        return kept

    def people(self, name: str) -> list["Map"]:
        """The mappings of a list of people, in which a text is a name; a text or mapping alone is a list of one."""
        value = self._fields.get(name, [])
        items = value if isinstance(value, list) else [value]
        kept = []
        for index, item in enumerate(self._first(items, name)):
            if isinstance(item, list):
                self.warn("is no name (left out)", name, index)
            else:
                where = (*self._path, name, index) if isinstance(value, list) else (*self._path, name)
                kept.append(Map(self._document, item if isinstance(item, dict) else {"name": item}, where))
        return kept

    def texts(self, name: str, *, split: bool = False) -> list[str]:
        """The texts of a list; a text alone is read as a list of one, or is to be `split` at its commas."""
        value = self._fields.get(name, [])
        if isinstance(value, str):
            if split and "," in value:
                return self._split(value, name)
            value = [value]
        if isinstance(value, dict):
            self.warn("is a mapping, not a list (field left out)", name)
            return []
        kept = []
        for index, item in enumerate(self._first(value, name)):
            if isinstance(item, str):
                kept.append(self.cleaned(item, LONGEST_NAME, name, index))
            else:
                self.warn("is no text (left out)", name, index)
        return kept

    def _split(self, value: str, name: str) -> list[str]:
        whole = self.cleaned(value, LONGEST_TEXT, name)
        parts = [part for one in whole.split(",") if (part := text.shortened(one.strip(), LONGEST_NAME))]
        shown = text.shortened(", ".join(parts), _LONGEST_SHOWN)
        self.warn(f'"[{shown}]" is how to write this list: it is one text, split at its commas', name)
        return self._first(parts, name)

    def _first(self, items: list[T], name: str) -> list[T]:
        if len(items) > MOST_ITEMS:
            self.warn(f"lists {len(items):,}; the first {MOST_ITEMS} are taken", name)
        return items[:MOST_ITEMS]


def _converted(value: Value, convert: Callable[[str], T]) -> T | None:
    if not isinstance(value, str):
        raise ValueError(f"is a {'list' if isinstance(value, list) else 'mapping'}, not a text")
    return convert(value) if value and not value.isspace() else None


def _integer(written: str) -> int:
    if not _INTEGER.fullmatch(written.strip()):
        raise ValueError(f'"{written.strip()[:40]}" is no integer')
    return int(written)


def _size(written: str) -> int:
    if not _SIZE.fullmatch(written.strip()):
        raise ValueError(f'"{written.strip()[:40]}" is no positive integer')
    return int(written)
