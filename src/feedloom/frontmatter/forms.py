"""Front matter whose form is known, as a struct: one regular expression reads what a program writes again and again.

The records of a collection have the same names in the same order, and some of them may be missing. This is learned from the
first texts. The next text of that form needs no look at each line, and no mapping in between (docs/decisions.md). A struct says
which values it takes, as for `msgspec.convert`, and what is read here is what that makes of the mapping that `subset` reads:
tests/test_forms.py compares the two.
"""

import contextlib
import re
from collections.abc import Callable
from functools import partial
from operator import itemgetter
from typing import Any, Generic, TypeAlias, TypeVar, cast

import msgspec
from msgspec import inspect

from feedloom.frontmatter import subset
from feedloom.frontmatter.subset import Fields, Line, NotPlain, unquoted

T = TypeVar("T", bound=msgspec.Struct)
_Read: TypeAlias = Callable[[str], Any]

LONGEST = 8_000
"""Characters of a text. Structs may limit their texts to so many or more, as that is not looked at."""

_MOST_FORMS = 4
_LEARN_AT = (40, 160, 640)
"""Texts of no known form after which expressions are made of what was learned, which takes some 5 ms."""

_MOST_IN_VAIN = 500
"""More texts of no known form than of known ones by so many, after which none is looked at any more."""

_LONGEST_KEPT = 120
_MOST_KEPT = 10_000

# The values that `subset` reads, but for rare ones. The characters beyond U+00FF that may not be there are looked for in the
# whole text, as sets with them take long to compile. What may follow a repetition is never a part of it: a text that does not
# match is refused in linear time.
_CONTROL = r"\x00-\x1f\x7f-\x9f"
_PLAIN = (
    rf"(?![nN](?:ull|ULL)\n)[^{_CONTROL} !-/:-@\[-`{{-~][^:#{_CONTROL}]*"
    rf"(?:(?::(?=[^ {_CONTROL}])|(?<! )\#)[^:#{_CONTROL}]*)*(?<! )"
)
_QUOTED = rf'[^"\\{_CONTROL}]*'
_DOUBLE = rf'"{_QUOTED}(?:\\["\\/bfnrt]{_QUOTED})*"'
_SINGLE = rf"'[^'{_CONTROL}]*(?:''[^'{_CONTROL}]*)*'"
_VALUE = f"{_DOUBLE}|{_SINGLE}|{_PLAIN}"
_STYLES = {"quoted": f'"{_QUOTED}"', "plain": _PLAIN, "any": _VALUE}
"""Expressions for a value: always in double quotes, never in quotes, or either."""

_END = re.compile(r"---(?:\n|\Z)")
_UNUSUAL = ("\u2028", "\u2029", "\ufeff", "\ufffe", "\uffff")  # `find` is ten times as fast as an expression


class _Unknown(Exception):
    """The text has no known form."""


class _Form:
    """The names of a mapping, or of the mappings of a list, in their order, each with the style or the form of its value.

    A list has a `dash`, its column; one of values has no names.
    """

    def __init__(self, column: int, dash: int = -1) -> None:
        self.column = column
        self.dash = dash
        self.values: dict[str, str | _Form] = {}

    def is_like(self, other: "_Form") -> bool:
        """Whether one form can have the names of both: those that are in both have one order, and values of like forms."""
        if (self.column, self.dash, bool(self.values)) != (other.column, other.dash, bool(other.values)):
            return False
        both = [name for name in self.values if name in other.values]
        if both != [name for name in other.values if name in self.values]:
            return False
        if self.dash >= 0 and next(iter(self.values), "") != next(iter(other.values), ""):
            return False  # the name after the dash is never missing
        return all(_are_alike(self.values[name], other.values[name]) for name in both)

    def add(self, other: "_Form") -> None:
        """Take the names of a form that is like this one, each after the name that it follows there."""
        names = list(self.values)
        place = 0
        for name, value in other.values.items():
            own = self.values.setdefault(name, value)
            if name not in names:
                names.insert(place, name)
            elif isinstance(own, _Form) and isinstance(value, _Form):
                own.add(value)
            elif own != value:
                self.values[name] = "any"
            place = names.index(name) + 1
        self.values = {name: self.values[name] for name in names}

    def item(self) -> str:
        """What is before the first name, or the value, of an item of a list."""
        return " " * self.dash + "-".ljust(self.column - self.dash)

    def block(self) -> str:
        """An expression for the lines below a name that has this form. What has names is read by another one."""
        if self.dash < 0:
            return rf"(?:{' ' * self.column}[^\n]*\n)+"
        return rf"(?:{' ' * self.dash}(?:- |  )[^\n]*\n)+" if self.values else rf"(?:{self.item()}(?:{_VALUE})\n)+"


def _are_alike(one: str | _Form, other: str | _Form) -> bool:
    if isinstance(one, _Form) and isinstance(other, _Form):
        return one.is_like(other)
    return isinstance(one, str) is isinstance(other, str)


class _Reader:
    """Reads texts of one form as a struct. Raises _Unknown if texts of this form may not be one."""

    def __init__(self, type: inspect.StructType, form: _Form) -> None:
        fields = {field.encode_name: field for field in type.fields}
        if not {name for name, field in fields.items() if field.required} <= form.values.keys() <= fields.keys():
            raise _Unknown
        blank = "" if form.column else r"\n*"
        first = next(iter(form.values)) if form.dash >= 0 else None
        places: dict[str, int] = {}
        pattern = blank
        for name, value in form.values.items():
            own = fields[name]
            if not isinstance(own.type, inspect.AnyType):
                places[name] = len(places)
            head = form.item() if name == first else " " * form.column
            line = f"{head}{name}:{_after(own, value)}{blank}"
            pattern += line if name == first or own.required else f"(?:{line})?"
        # An empty group, for names that are not in the form.
        self._pattern = re.compile(f"{pattern}()")
        taken = [name for name, field in fields.items() if not isinstance(field.type, inspect.AnyType)]
        self._in_order = itemgetter(*(places.get(name, len(places)) for name in taken))
        self._any = [taken.index(name) for name, value in form.values.items() if value == "any" and name in taken]
        self._below: list[tuple[int, _Read | None, object]] = []
        for at, name in enumerate(taken):
            below = form.values.get(name)
            read = _reader(fields[name].type, below) if isinstance(below, _Form) else None
            if read or not isinstance(fields[name].type, inspect.StrType | inspect.LiteralType):
                self._below.append((at, read, [] if isinstance(fields[name].type, inspect.ListType) else None))
        self._make = type.cls
        self._known: dict[str, msgspec.Struct] = {}

    def struct(self, text: str) -> msgspec.Struct:
        """The struct that a mapping is. Raises _Unknown."""
        is_short = len(text) <= _LONGEST_KEPT
        if is_short and (known := self._known.get(text)):
            return known
        found = self.match(text, 0)
        if found.end() != len(text):
            raise _Unknown
        made = self.made(found)
        if is_short:
            if len(self._known) >= _MOST_KEPT:
                self._known.clear()
            self._known[text] = made
        return made

    def match(self, text: str, start: int) -> re.Match[str]:
        """The lines from `start` on, no longer than LONGEST, that have this form. Raises _Unknown if there are none."""
        found = self._pattern.match(text, start, start + LONGEST)
        if not found:
            raise _Unknown
        return found

    def structs(self, text: str) -> list[msgspec.Struct]:
        """The structs in a list. Raises _Unknown."""
        made = []
        at = 0
        while at != len(text):
            found = self.match(text, at)
            made.append(self.made(found))
            at = found.end()
        return made

    def made(self, found: re.Match[str]) -> msgspec.Struct:
        """The struct that such lines are. Raises _Unknown."""
        values = list(self._in_order(found.groups("")))
        for at in self._any:
            if (value := values[at]) and value[0] in "\"'":
                values[at] = unquoted(value)
        for at, read, nothing in self._below:
            value = values[at]
            values[at] = read(value) if value and read else nothing
        return self._make(*values)


def _after(field: inspect.Field, value: str | _Form) -> str:
    """An expression for what follows a name and its colon, to the end of the line or of the lines below it."""
    if isinstance(value, _Form):
        return rf"\n({value.block()})"
    if isinstance(field.type, inspect.AnyType):
        return rf" (?:{_STYLES[value]})\n"
    return rf" {_value(field.type, value, is_needed=field.required)}\n"


def _value(type: inspect.Type, style: str, *, is_needed: bool) -> str:
    """An expression for a value on a line, with a group for what a struct takes, or for that and quotes. If a value is not
    needed, it may be empty.
    """
    if isinstance(type, inspect.LiteralType):
        own = "|".join([re.escape(str(value)) for value in type.values])
    elif isinstance(type, inspect.StrType) and (type.max_length or LONGEST) >= LONGEST:
        if type.pattern is None:
            if style == "quoted":
                return f'"({_QUOTED})"' if not is_needed else f'"((?!"){_QUOTED})"'
            return f"({_STYLES[style]})"
        own = type.pattern.removeprefix(r"\A").removesuffix(r"\Z")
    else:
        raise _Unknown
    return {"quoted": f'"({own})"', "plain": f"({own})(?<!:)", "any": f'("(?:{own})"|(?:{own})(?<!:))'}[style]


def _reader(type: inspect.Type, form: _Form) -> _Read:
    if isinstance(type, inspect.UnionType):
        type = next(one for one in type.types if not isinstance(one, inspect.NoneType))
    if isinstance(type, inspect.StructType) and form.dash < 0:
        return _Reader(type, form).struct
    if isinstance(type, inspect.ListType) and form.dash >= 0:
        item = type.item_type
        if isinstance(item, inspect.StructType) and form.values:
            return partial(_items, _Reader(item, form).structs, type.max_length or LONGEST)
        if isinstance(item, inspect.StrType) and item.pattern is None and not form.values:
            return partial(_items, partial(_texts, form.item()), type.max_length or LONGEST)
    raise _Unknown


def _items(read: Callable[[str], list[Any]], most: int, text: str) -> list[Any]:
    items = read(text)
    if len(items) > most:
        raise _Unknown
    return items


def _texts(item: str, text: str) -> list[str]:
    values = text[len(item) : -1].split(f"\n{item}")
    return [unquoted(value) if value[0] in "\"'" else value for value in values]


class Forms(Generic[T]):
    """Reads front matter as a struct, if it has a form that was learned.

    Patterns of texts in the struct begin with `\\A` and end with `\\Z`. They match no text with `"`, a backslash or white
    space, and none that begins with what has a meaning in YAML. Structs that are read must not be changed: they may be shared.
    """

    def __init__(self, type: type[T]) -> None:
        self._type = cast(inspect.StructType, inspect.type_info(type))
        self._forms: list[_Form] = []
        self._readers: list[_Reader] = []
        self._seen: list[_Form] = []
        self._learned = 0
        self._in_vain = 0

    def read(self, text: str, start: int = 0) -> T | None:
        """The struct that the mapping from `start` to a line `---` is. None if it has no known form.

        The text was in UTF-8: it has no surrogates. What is below the line may have any characters.
        """
        if not self._readers:
            return None
        for at, reader in enumerate(self._readers):
            try:
                found = reader.match(text, start)
                end = found.end()
                if not _END.match(text, end):
                    continue
                if not text.isascii() and any(text.find(one, start, end) >= 0 for one in _UNUSUAL):
                    continue
                made = reader.made(found)
            except _Unknown:
                continue
            if at:
                self._readers.insert(0, self._readers.pop(at))
            self._in_vain -= 1
            return cast(T, made)
        self._in_vain += 1
        if self._in_vain > _MOST_IN_VAIN:
            self._readers = []
        return None

    def learn(self, text: str, fields: Fields) -> None:
        """Learn from a text of no known form, of which the fields are known."""
        if self._learned == _LEARN_AT[-1]:
            return
        self._learned += 1
        with contextlib.suppress(_Unknown, NotPlain, msgspec.ValidationError):
            msgspec.convert(fields, self._type.cls)
            self._seen.append(_mapping(subset.lines(text), _styles(text), 0, 0)[0])
        if self._learned in _LEARN_AT:
            self._forms = _merged(self._forms, self._seen)[:_MOST_FORMS]
            self._seen = []
            self._readers = []
            for form in self._forms:
                with contextlib.suppress(_Unknown):
                    self._readers.append(_Reader(self._type, form))


def _merged(known: list[_Form], others: list[_Form]) -> list[_Form]:
    """Forms, with the names of others in those that are like them. Those with most names tell best which order names have."""
    forms = list(known)
    for form in sorted(others, key=lambda form: -len(form.values)):
        if like := next((one for one in forms if one.is_like(form)), None):
            like.add(form)
        else:
            forms.append(form)
    return forms


def _styles(text: str) -> list[str]:
    """The style of the value in each line of a text that says something."""
    styles = []
    for line in text.replace("\r\n", "\n").split("\n"):
        if line and subset.says_something(line):
            written = line.partition(": ")[2]
            is_quoted = written[:1] == '"' and "\\" not in written
            styles.append("quoted" if is_quoted else "plain" if written[:1] not in "\"'" else "any")
    return styles


def _mapping(lines: list[Line], styles: list[str], at: int, column: int) -> tuple[_Form, int]:
    """The form of the mapping that starts in line `at`, perhaps after a dash, and the line after it. Raises _Unknown."""
    form = _Form(column, lines[at][0])
    while True:
        _, _, name, value = lines[at]
        form.values[name] = styles[at]
        at += 1
        dash, here, _, _ = lines[at]
        if value is None:
            if dash >= column:
                form.values[name], at = _sequence(lines, styles, at, dash)
            elif dash < 0 and here > column:
                form.values[name], at = _mapping(lines, styles, at, here)
            else:
                raise _Unknown  # no value
            dash, here, _, _ = lines[at]
        if here != column or dash >= 0:
            return form, at


def _sequence(lines: list[Line], styles: list[str], at: int, dash: int) -> tuple[_Form, int]:
    """The form of the items of the sequence that starts in line `at`, and the line after it. Raises _Unknown if they differ."""
    items = []
    while lines[at][0] == dash:
        _, column, name, _ = lines[at]
        item, at = _mapping(lines, styles, at, column) if name else (_Form(column, dash), at + 1)
        items.append(item)
    form, *others = _merged([], items)
    if others:
        raise _Unknown
    return form, at
