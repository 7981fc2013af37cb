"""Check values against the types of settings. An error names the path of the value, and what it must be."""

import re
from collections.abc import Mapping
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec

from feedloom.frontmatter.subset import Path, field_name
from feedloom.values import characters

_NUMBER = re.compile(r"[+-]?[0-9]{1,40}(\.[0-9]{1,40})?")
_INTERNAL = {"adopted", "adopted_feeds", "file", "own", "parts", "posts", "several"}


class SettingError(ValueError):
    """A setting with a wrong value: its `path` below the struct, and the `message`."""

    def __init__(self, path: Path, message: str) -> None:
        super().__init__(f"{field_name(path)}: {message}")
        self.path = path
        self.message = message


@cache
def types(struct: type[msgspec.Struct]) -> dict[str, Any]:
    """The types of a struct's fields, with their bounds."""
    return {field.name: field.type for field in msgspec.structs.fields(struct)}


@cache
def names(struct: type[msgspec.Struct]) -> tuple[str, ...]:
    """The names of the settings in a struct."""
    return tuple(name for name in struct.__struct_fields__ if name not in _INTERNAL)


def struct_of(type_: Any) -> type[msgspec.Struct] | None:
    """The struct that a mapping becomes, if a type allows one: the type itself, or one of a union."""
    options = get_args(type_) if get_origin(type_) in (Union, UnionType) else (type_,)
    return next((one for one in options if isinstance(one, type) and issubclass(one, msgspec.Struct)), None)


def item_type(type_: Any) -> Any:
    """The type of each item of a list, or of each value of a mapping with free names; None for other types."""
    type_ = _list_of(type_) or _plain(type_)
    if get_origin(type_) in (tuple, dict):
        return get_args(type_)[0 if get_origin(type_) is tuple else 1]
    return None


def _list_of(type_: Any) -> Any:
    """The type of a list: the type itself, or one of a union; None for other types."""
    options = get_args(type_) if get_origin(type_) in (Union, UnionType) else (_plain(type_),)
    return next((one for one in options if get_origin(one) is tuple), None)


def _plain(type_: Any) -> Any:
    """A type without its bounds."""
    return type_.__origin__ if get_origin(type_) is Annotated else type_


def checked(value: Any, type_: Any, path: Path) -> Any:
    """The value in its type: lists become tuples, and mappings structs. Raises SettingError."""
    struct = struct_of(type_)
    if struct and isinstance(value, Mapping):
        return _made(value, struct, path)
    if struct and isinstance(value, struct):  # checked when it was made
        return value
    item = item_type(type_)
    if _list_of(type_) and isinstance(value, list | tuple):
        return tuple(checked(one, item, (*path, index)) for index, one in enumerate(value))
    if get_origin(type_) is dict and isinstance(value, Mapping):
        for name in value:
            if isinstance(name, str) and _is_empty(name, get_args(type_)[0]):
                raise SettingError(path, f'has an empty name: "{name}"; write one, or remove the line')
        return {checked(name, str, path): checked(one, item, (*path, name)) for name, one in value.items()}
    try:
        made = msgspec.convert(value, type_)
    except msgspec.ValidationError:
        raise SettingError(path, f"{_requirement(type_, value)}, not {_shown(value)}") from None
    if isinstance(made, str) and _is_empty(made, type_):
        raise SettingError(path, "is empty; write a value, or leave it out")
    return made


def _is_empty(value: str, type_: Any) -> bool:
    """Whether a text shows nothing, and the pattern of its type does not allow that."""
    metas = [meta for one in (type_, *get_args(type_)) for meta in getattr(one, "__metadata__", ())]
    patterns = (pattern for meta in metas if (pattern := (meta.extra_json_schema or {}).get("pattern")))
    return not characters.folded(value).strip() and any(not re.search(pattern, value) for pattern in patterns)


def _made(given: Mapping[str, Any], struct: type[msgspec.Struct], path: Path) -> msgspec.Struct:
    if unknown := next((name for name in given if name not in names(struct)), None):
        raise SettingError((*path, unknown), "no such setting")
    for field in msgspec.structs.fields(struct):
        if field.required and field.name not in given:
            raise SettingError((*path, field.name), f"is missing; {_requirement(field.type)}")
    try:
        return struct(**given)
    except SettingError as error:
        raise SettingError((*path, *error.path), error.message) from None


def _requirement(type_: Any, value: Any = None) -> str:
    """What a value of a type must be: the message for editors, or one made from the type."""
    if get_origin(type_) is tuple:
        inner = struct_of(item_type(type_))
        example = f"{{{names(inner)[0]}: {_example(inner)}}}" if inner else "one, another"
        return f"must be a list such as [{example}]"
    if get_origin(type_) is dict:
        return "must be a mapping from names to settings"
    if get_origin(type_) in (Union, UnionType) and len(given := [one for one in get_args(type_) if one is not NoneType]) == 1:
        return _requirement(given[0], value)
    if get_origin(type_) is Literal:
        *others, last = get_args(type_)
        return f"must be {', '.join(others)} or {last}"
    for kind in (type_, *(get_args(type_) if get_origin(type_) in (Union, UnionType) else ())):
        metas = getattr(kind, "__metadata__", ())
        for meta in metas:
            if meta.le is not None and _NUMBER.fullmatch(str(value)) and float(value) > meta.le:
                return f"must be {meta.le} or less"
        for meta in metas:
            if message := (meta.extra_json_schema or {}).get("patternErrorMessage"):
                return f"{message[0].lower()}{message[1:].rstrip('.')}"
    if struct := struct_of(type_):
        or_flag = "true, false or " if bool in get_args(type_) else ""
        return f"must be {or_flag}a mapping with settings such as {names(struct)[0]}: {_example(struct)}"
    return "must be true or false" if type_ is bool else "must be text"


def _example(struct: type[msgspec.Struct]) -> str:
    """An example value for the first setting of a struct."""
    default = msgspec.structs.fields(struct)[0].default
    return str(default).lower() if isinstance(default, int) else "..."


def _shown(value: Any) -> str:
    if isinstance(value, list | tuple):
        return "a list"
    if isinstance(value, Mapping):
        return "a mapping"
    text = str(value)[:40]
    return f'"{text}"' if isinstance(value, str) and not _NUMBER.fullmatch(text) else text
