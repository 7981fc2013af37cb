"""The fields of a record, read by name into their types; what cannot be read becomes a Problem with its line."""

import re
from collections.abc import Callable
from datetime import datetime, tzinfo
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from feedloom.frontmatter.document import FrontMatter
from feedloom.frontmatter.subset import Fields, Path, Value, field_name
from feedloom.model import Level, Problem, Url
from feedloom.problems import Mistake
from feedloom.values import characters, dates, field_names, text, urls

if TYPE_CHECKING:
    from feedloom.frontmatter.kinds import OtherFrontMatter

T = TypeVar("T")

LONGEST_NAME = 1_000
LONGEST_TEXT = 5_000
MOST_ITEMS = 100
MOST_WARNINGS = 100
"""Of a record. The problems of all records are kept in memory, and a record of 1 MiB can have 20,000."""

_MOST_TAGS = 5
"""In one message."""

_INTEGER = re.compile(r"[+-]?\d{1,15}", re.ASCII)
_SIZE = re.compile(r"0{0,9}[1-9]\d{0,8}", re.ASCII)


class Rejected(Exception):
    """The record cannot be published; its problems include the reason."""


class Document:
    """One file while it is read: collects the problems, with their lines."""

    def __init__(self, path: str, matter: "FrontMatter | OtherFrontMatter", zone: tzinfo) -> None:
        self.path = path
        self.matter = matter
        self.zone = zone
        self.problems: list[Problem] = []
        self._unlisted = 0
        if matter.another:
            self.problems.append(Problem(path, matter.another, None, "second-record", (), "warning"))
        if removed := matter.removed:
            self.problems.append(Problem(path, removed.line, None, removed.code, removed.values, "warning"))

    def root(self) -> "Map":
        """The record's own fields."""
        return Map(self, self.matter.fields, ())

    def note(self, mistake: Mistake, level: Level, where: Path, named: Path | None = None) -> None:
        """Add a problem of the field `where`; `named` is its right name if it is written with another one."""
        if level == "warning" and len(self.problems) >= MOST_WARNINGS:
            self._unlisted += 1
            return
        line, field = self.matter.line_of(where), field_name(where if named is None else named) or None
        self.problems.append(Problem(self.path, line, field, mistake.code, mistake.values, level))

    def note_lost_words(self, is_meant: Callable[[Path], bool]) -> None:
        """Warn about values that end at a ` #`, where a comment starts, or that start with & or !, if they may be texts."""
        for where in self.matter.commented():
            if is_meant(where):
                self.note(Mistake("comment-in-value"), "warning", where)
        for where in self.matter.marked():
            if is_meant(where):
                self.note(Mistake("yaml-tag-or-anchor"), "warning", where)

    def all_problems(self) -> tuple[Problem, ...]:
        """The problems, and how many more warnings there are."""
        if not self._unlisted:
            return tuple(self.problems)
        return (*self.problems, Problem(self.path, None, None, "more-problems", (f"{self._unlisted:,}",), "warning"))


class Map:
    """A mapping of the record, whose fields are read by name into their types.

    A field that cannot be read is left out with a warning.
    """

    __slots__ = ("_document", "_fields", "_path")

    def __init__(self, document: Document, fields: Fields, path: Path) -> None:
        self._document = document
        self._fields = fields
        self._path = path

    def values(self) -> Fields:
        """The fields as they are written."""
        return self._fields

    def zone(self) -> tzinfo:
        """The zone of dates that name none."""
        return self._document.zone

    def warn(self, mistake: Mistake, *where: str | int) -> None:
        """Add a warning about a part of the record."""
        self._document.note(mistake, "warning", (*self._path, *where))

    def reject(self, mistake: Mistake, *where: str | int) -> Rejected:
        """Add the reason why the record is rejected, and return the exception for the caller to raise."""
        self._document.note(mistake, "rejected", (*self._path, *where))
        return Rejected()

    def note_misspelled(self, known: frozenset[str]) -> None:
        """Warn about fields that are not read because their names are misspelled, unless the right name is there too, or start
        with white space that is not YAML's.

        The message has the right name only: the misspelled one may be anything, even a secret.
        """
        if self._fields.keys() <= known:
            return
        for name in self._fields:
            right = field_names.meant(name, known)
            if right and right not in self._fields and field_names.INSTEAD.get(right) not in self._fields:
                mistake = Mistake("field-misspelled", right)
                self._document.note(mistake, "warning", (*self._path, name), (*self._path, right))
            elif name[:1].isspace():  # YAML's own spaces are not part of a name
                self._document.note(Mistake("field-indented"), "warning", (*self._path, name), self._path)

    def optional(self, name: str, convert: Callable[[str], T]) -> T | None:
        """A field that the record can do without: if it cannot be read, it is left out with a warning."""
        value = self._fields.get(name)
        if value is None:
            return None
        try:
            return _converted(value, convert)
        except Mistake as mistake:
            self.warn(mistake, name)
            return None

    def own(self, name: str, convert: Callable[[str], T]) -> T | None:
        """A field that the record needs: if it cannot be read, the record is rejected."""
        value = self._fields.get(name)
        if value is None:
            return None
        try:
            return _converted(value, convert)
        except Mistake as mistake:
            raise self.reject(mistake, name) from None

    def text(self, name: str, longest: int = LONGEST_NAME, *, is_html: bool = False) -> str:
        """Clean text; empty if there is none, or if it shows nothing."""
        value = self._fields.get(name)
        if value is None:
            return ""
        if isinstance(value, str):
            return self.cleaned(value, longest, name, is_html=is_html)
        self.warn(_not_text(value), name)
        return ""

    def cleaned(self, written: str, longest: int, *where: str | int, is_html: bool = False) -> str:
        """A `clean_text`, with the warnings."""
        return clean_text(written, lambda mistake: self.warn(mistake, *where), longest, is_html=is_html)

    def moment(self, name: str) -> datetime | None:
        """A moment in UTC."""
        return self.optional(name, partial(self.as_moment, name))

    def as_moment(self, name: str, written: str) -> datetime:
        """The moment that a field's text names, in the zone of the site if it names none. Raises Mistake."""
        return dates.moment(written, self._document.zone, lambda mistake: self.warn(mistake, name))

    def url(self, name: str, base: str | None = None) -> Url | None:
        """An http or https URL, resolved against `base` if it is relative."""
        value = self._fields.get(name)
        if value is None:
            return None
        if isinstance(value, str) and urls.is_plain(value):
            return Url(value)
        return self.optional(name, self.as_url(name, base))

    def as_url(self, name: str, base: str | None = None) -> Callable[[str], Url]:
        """Reads the URL of a field, with a warning if it was corrected."""
        return partial(urls.http_url, base=base, warn=lambda mistake: self.warn(mistake, name))

    def is_changed(self, name: str) -> bool:
        """Whether the value of a field may differ from the file."""
        return self._document.matter.is_changed((*self._path, name))

    def integer(self, name: str) -> int | None:
        """An integer of up to 15 digits."""
        return self.optional(name, _integer)

    def size(self, name: str) -> int | None:
        """A size in pixels: a positive integer."""
        value = self._fields.get(name)
        if value is None:
            return None
        if isinstance(value, str) and _SIZE.fullmatch(value):
            return int(value)
        return self.optional(name, _size)

    def written(self, name: str) -> bool:
        """Whether the record has the field."""
        return name in self._fields

    def map(self, name: str) -> "Map | None":
        """The mapping of a field; a text alone is read as its `name`."""
        value = self._fields.get(name)
        if isinstance(value, str):
            value = {"name": value}
        if value is None or isinstance(value, dict):
            return None if value is None else Map(self._document, value, (*self._path, name))
        self.warn(Mistake("not-fields", "list"), name)
        return None

    def maps(self, name: str) -> list["Map"]:
        """The mappings of a list; a mapping alone is read as a list of one."""
        value = self._fields.get(name, [])
        if isinstance(value, dict):
            return [Map(self._document, value, (*self._path, name))]
        if isinstance(value, str):
            self.warn(Mistake("not-list", "text"), name)
            return []
        kept = []
        for index, item in enumerate(self._first(value, name)):
            if isinstance(item, dict):
                kept.append(Map(self._document, item, (*self._path, name, index)))
            else:
                self.warn(Mistake("not-fields", "text" if isinstance(item, str) else "list"), name, index)
        return kept

    def people(self, name: str) -> list["Map"]:
        """The mappings of a list of people, in which a text is a name; a text or mapping alone is a list of one."""
        value = self._fields.get(name, [])
        items = value if isinstance(value, list) else [value]
        kept = []
        for index, item in enumerate(self._first(items, name)):
            if isinstance(item, list):
                self.warn(Mistake("not-text", "list"), name, index)
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
            self.warn(Mistake("not-list", "mapping"), name)
            return []
        kept = []
        for index, item in enumerate(self._first(value, name)):
            if isinstance(item, str):
                kept.append(self.cleaned(item, LONGEST_NAME, name, index))
            else:
                self.warn(_not_text(item), name, index)
        return kept

    def _split(self, value: str, name: str) -> list[str]:
        whole = self.cleaned(value, LONGEST_TEXT, name)
        parts = [part for one in whole.split(",") if (part := text.shortened(one.strip(), LONGEST_NAME))]
        self.warn(Mistake("topics-in-one-text", ", ".join(parts)), name)
        return self._first(parts, name)

    def _first(self, items: list[T], name: str) -> list[T]:
        if len(items) > MOST_ITEMS:
            self.warn(Mistake("list-too-long", f"{len(items):,}", str(MOST_ITEMS)), name)
        return items[:MOST_ITEMS]


def clean_text(written: str, warn: Callable[[Mistake], None], longest: int = LONGEST_NAME, *, is_html: bool = False) -> str:
    """Clean text, cut to `longest` characters, with a warning if something was removed. Empty if it shows nothing."""
    if len(written) <= longest and text.is_clean(written):
        return written if written.isascii() or characters.is_visible(written) else ""
    clean, doubtful, removed = text.cleaned(written, is_html=is_html)
    if removed:
        warn(Mistake("character-removed", f"U+{ord(removed):04X}"))
    if doubtful:
        tags = ", ".join(f"<{name}>" for name in doubtful[:_MOST_TAGS])
        warn(Mistake("html-removed", tags, doubtful[0]))
    if not (clean.isascii() or characters.is_visible(clean)):
        return ""
    if len(clean) > longest:
        warn(Mistake("text-too-long", f"{len(clean):,}", f"{longest:,}"))
    return text.shortened(clean, longest)


def _converted(value: Value, convert: Callable[[str], T]) -> T | None:
    if not isinstance(value, str):
        raise _not_text(value)
    return convert(value) if value and not value.isspace() else None


def _not_text(value: Value) -> Mistake:
    return Mistake("not-text", "list" if isinstance(value, list) else "mapping")


def _integer(written: str) -> int:
    if not _INTEGER.fullmatch(written.strip()):
        raise Mistake("not-integer", written.strip())
    return int(written)


def _size(written: str) -> int:
    if not _SIZE.fullmatch(written.strip()):
        raise Mistake("not-size", written.strip())
    return int(written)
