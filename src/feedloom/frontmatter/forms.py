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
from typing import Any, Generic, NamedTuple, TypeAlias, TypeVar, cast

import msgspec
from msgspec import inspect

from feedloom.frontmatter import subset
from feedloom.frontmatter.subset import UNUSUAL, Fields, Line, NotPlain, unquoted
from feedloom.values.patterns import repeated

T = TypeVar("T", bound=msgspec.Struct)
_Match: TypeAlias = Callable[[str, int, int], re.Match[str] | None]
_Read: TypeAlias = Callable[[str], Any]
_ReadItems: TypeAlias = Callable[[str, int], tuple[list[Any], int]]

LONGEST = 8_000
"""Characters of a text. Structs may limit their texts to so many or more, as that is not looked at."""

_MOST_FORMS = 4
_LEARN_AT = (40, 160, 640)
"""Texts of no known form after which expressions are made of what was learned, which takes some 5 ms."""

_MOST_IN_VAIN = 500
"""More texts of no known form than of known ones by so many, after which none is looked at any more."""

_LONGEST_KEPT = 250  # a provider with an image
_MOST_KEPT = 5_000

# The values that `subset` reads, but for rare ones. `UNUSUAL` is looked for in the whole text. What may follow a repetition is
# never a part of it: a text that does not match is refused in linear time.
_CONTROL = "\x00-\x1f\x7f-\x9f"
_IN_PLAIN = f"[^:#{_CONTROL}]*"
_COLON = f":[^:# {_CONTROL}]{_IN_PLAIN}"
_COLON_OR_MARK = rf"[:#](?<! #)(?!(?<=:)[ {_CONTROL}]){_IN_PLAIN}"
_NOT_NULL = r"(?![nN](?:ull|ULL)\n)"
_PLAIN = (
    rf"{_NOT_NULL}[^{_CONTROL} !-/:-@\[-`{{-~]{_IN_PLAIN}"
    rf"(?:{_COLON}(?:{_COLON}|)|){repeated(_COLON_OR_MARK, 1)}(?<! )"  # most are words or a time, which has two colons
)
_QUOTED = rf'[ !#-\[\]-~]*(?:[^\x00-\x9f][^"\\{_CONTROL}]*|)'  # a set of ASCII alone takes half the time
_ESCAPED = rf'\\["\\/bfnrt]{_QUOTED}'
_DOUBLE = rf'"{_QUOTED}{repeated(_ESCAPED, 1)}"'
_SINGLE = rf"'[^'{_CONTROL}]*(?:''[^'{_CONTROL}]*)*'"
_VALUE = f"{_DOUBLE}|{_SINGLE}|{_PLAIN}"
_STYLES = {"quoted": f'"{_QUOTED}"', "plain": _PLAIN, "any": _VALUE}
"""Expressions for a value: always in double quotes, never in quotes, or either."""


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


def _are_alike(one: str | _Form, other: str | _Form) -> bool:
    if isinstance(one, _Form) and isinstance(other, _Form):
        return one.is_like(other)
    return isinstance(one, str) is isinstance(other, str)


class _Reader:
    """Reads texts of one form as structs. Raises _Unknown if texts of this form may be none.

    One expression reads the lines up to a list of mappings, and another those below it. So no line is looked at twice.
    """

    def __init__(self, type: inspect.StructType, form: _Form) -> None:
        fields = {field.encode_name: field for field in type.fields}
        if not {name for name, field in fields.items() if field.required} <= form.values.keys() <= fields.keys():
            raise _Unknown
        taken = [name for name, field in fields.items() if not isinstance(field.type, inspect.AnyType)]
        last = max((at for at, name in enumerate(taken) if name in form.values), default=0)
        taken = taken[: max(last, 1) + 1]  # those after it have their defaults
        missing = [name for name in taken if name not in form.values]
        places = {name: at for at, name in enumerate(missing)}
        self._make = type.cls
        self._reads: list[tuple[int, _Read, object]] = [
            (places[name], _text, nothing) for name in missing if (nothing := _nothing(fields[name].type)) != ""
        ]
        self._known: dict[str, msgspec.Struct] = {}
        blank = "" if form.column else r"\n*"
        patterns = [blank + "()" * len(missing)]
        lists: list[_ReadItems] = []
        for at, (name, value) in enumerate(form.values.items()):
            own = fields[name]
            is_first = form.dash >= 0 and at == 0
            after = _after(own, value)
            line = f"{form.item() if is_first else ' ' * form.column}{name}{after.lines}{blank}"
            # An empty alternative takes half the time of `?`, which keeps all groups.
            patterns[-1] += line if is_first or own.required else f"(?:{line}|)"
            if after.items:
                lists.append(after.items)
                patterns.append(blank)
            if name in taken:
                places[name] = len(places)
                if after.read:
                    self._reads.append((places[name], after.read, _nothing(own.type)))
        self._match = re.compile(patterns[0]).match
        self._lists = [
            (items, re.compile(pattern).match if pattern else None) for items, pattern in zip(lists, patterns[1:], strict=True)
        ]
        self._in_order = itemgetter(*(places[name] for name in taken))

    def known(self, text: str) -> msgspec.Struct:
        """The struct that a text is. Short ones are remembered. Raises _Unknown."""
        is_short = len(text) <= _LONGEST_KEPT
        if is_short and (known := self._known.get(text)):
            return known
        made, end = self.struct(text, 0)
        if end != len(text):
            raise _Unknown
        if is_short:
            if len(self._known) >= _MOST_KEPT:
                self._known.clear()
            self._known[text] = made
        return made

    def struct(self, text: str, at: int) -> tuple[msgspec.Struct, int]:
        """The struct that the lines from a place on are, and the place after them. Raises _Unknown."""
        if found := self._match(text, at, at + LONGEST):
            return self._made(text, found)
        raise _Unknown

    def structs(self, most: int, text: str, at: int) -> tuple[list[msgspec.Struct], int]:
        """The structs in the list that starts in a place, and the place after it. Raises _Unknown."""
        made = []
        if self._lists or self._reads:
            while found := self._match(text, at, at + LONGEST):
                one, at = self._made(text, found)
                made.append(one)
        else:
            while found := self._match(text, at, at + LONGEST):
                made.append(self._make(*self._in_order(found.groups(""))))
                at = found.end()
        if not 0 < len(made) <= most:
            raise _Unknown
        return made, at

    def _made(self, text: str, found: re.Match[str]) -> tuple[msgspec.Struct, int]:
        """The struct whose first lines were found, and the place after its last one. Raises _Unknown."""
        values: list[Any] = [*found.groups("")]
        at = found.end()
        for items, match in self._lists:
            values[-1], at = items(text, at) if values[-1] else ([], at)
            if match:
                below = match(text, at, at + LONGEST)
                if not below:
                    raise _Unknown
                values += below.groups("")
                at = below.end()
        for place, read, nothing in self._reads:
            value = values[place]
            values[place] = read(value) if value else nothing
        return self._make(*self._in_order(values)), at


class _After(NamedTuple):
    """What follows a name: an expression for it, to the end of the line or of the lines below it, and how its group is read.

    The items of a list of mappings are read where they stand. The group before them tells whether they are there.
    """

    lines: str
    read: _Read | None = None
    items: _ReadItems | None = None


def _after(field: inspect.Field, value: str | _Form) -> _After:
    type = field.type
    if isinstance(type, inspect.UnionType):
        type = next(one for one in type.types if not isinstance(one, inspect.NoneType))
    if isinstance(value, str):
        return _After(f": {_value(type, value, is_needed=field.required)}\n", _text if value == "any" else None)
    if value.dash < 0:
        if isinstance(type, inspect.StructType):
            return _After(rf":\n((?:{' ' * value.column}[^\n]*\n)+)", _Reader(type, value).known)
    elif not value.values:
        lines = rf"(?:{value.item()}(?:{_VALUE})\n)+"
        if isinstance(type, inspect.AnyType):
            return _After(rf":\n{lines}")
        if isinstance(type, inspect.ListType) and isinstance(type.item_type, inspect.StrType) and not type.item_type.pattern:
            return _After(rf":\n({lines})", partial(_texts, value.item(), type.max_length or LONGEST))
    elif isinstance(type, inspect.ListType) and isinstance(type.item_type, inspect.StructType):
        return _After(r"(:)\n", items=partial(_Reader(type.item_type, value).structs, type.max_length or LONGEST))
    raise _Unknown


def _nothing(type: inspect.Type) -> object:
    """The value of a name that is missing."""
    return [] if isinstance(type, inspect.ListType) else None if isinstance(type, inspect.UnionType) else ""


def _value(type: inspect.Type, style: str, *, is_needed: bool) -> str:
    """An expression for a value on a line, with a group for what a struct takes, or for that and quotes. If a value is not
    needed, it may be empty.
    """
    if isinstance(type, inspect.AnyType):
        return f"(?:{_STYLES[style]})"
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
    plain = f"{_NOT_NULL if re.fullmatch(own, 'null') else ''}(?:{own})(?<!:)"
    return {"quoted": f'"({own})"', "plain": f"({plain})", "any": f'("(?:{own})"|{plain})'}[style]


def _text(written: str) -> str:
    """The text of a value with or without quotes."""
    return unquoted(written) if written[0] in "\"'" else written


def _texts(item: str, most: int, text: str) -> list[str]:
    """The texts of a list, each of which follows `item`. Raises _Unknown if they are too many."""
    values = text[len(item) : -1].split(f"\n{item}")
    if len(values) > most:
        raise _Unknown
    return [_text(value) for value in values] if '"' in text or "'" in text else values


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
                made, end = reader.struct(text, start)
            except _Unknown:
                continue
            if not text.startswith("---\n", end) and text[end:] != "---":
                continue
            if not text.isascii() and any(text.find(one, start, end) >= 0 for one in UNUSUAL):
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
            lines = subset.lines(text)
            if all(isinstance(value, str | None) for *_, value in lines):  # no list or mapping on one line
                self._seen.append(_mapping(lines, _styles(text), 0, 0)[0])
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
