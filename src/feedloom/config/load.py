"""Where settings are made: feedloom.yaml, the environment and the options to a Config, with mistakes named by their place."""

import difflib
import hashlib
import os
import re
from collections.abc import Iterator, Mapping
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

import msgspec

from feedloom.config import translations
from feedloom.config.settings import CONFIGURATION, Config, Settings
from feedloom.errors import ConfigError, FrontMatterError
from feedloom.frontmatter import document
from feedloom.frontmatter.document import FrontMatter
from feedloom.frontmatter.subset import Path, field_name

_PLACES = ("records", "output", "state")
_STEP = re.compile(r"\.(\w+)|\[(\d+)\]|\[\.\.\.\]")
"""A step on msgspec's way to a value: `.feeds`, `[0]`, and `[...]` for some name of a mapping."""
_NAME = re.compile(r"""(?<![\w-])([\w-]+)["']?:(?=\s|$)""", re.MULTILINE)
"""What could be the name of a setting: told at a glance, since it takes PyYAML to tell those that have no value."""


def load(file: str | None = None, environment: Mapping[str, str] | None = None, **overrides: Any) -> Config:
    """The settings of a file, overridden by the environment (`FEEDLOOM_SITE_URL`), overridden by the arguments.

    Without `file`, the one in the current folder is taken, or the defaults where there is none. Overrides name settings
    with two underscores for the dot (`site__url`); those that are None are left out. Raises ConfigError.
    """
    if file is None:
        file = next((name for name in CONFIGURATION if os.path.exists(name)), None)
    origins: dict[Path, str] = {}
    fields: dict[str, Any] = {}
    if file is not None:
        matter = _read(file)
        fields = dict(matter.fields)
        _check_names(file, matter)
        for name in _PLACES:
            if isinstance(fields.get(name), str):
                place = os.fsdecode(fields[name].encode())  # UTF-8, whatever the locale
                fields[name] = os.path.join(os.path.dirname(file), os.path.expanduser(place))
    for path in settings(Settings):
        variable = "FEEDLOOM_" + "_".join(path).upper()
        if value := (environment or {}).get(variable):
            _put(fields, path, _text(value, path, variable))
            origins[path] = variable
    for name, override in overrides.items():
        if override is not None:
            path, option = tuple(name.split("__")), "--" + name.replace("__", "-").replace("_", "-")
            _put(fields, path, _text(override, path, option))
            origins[path] = option
    _translate(fields)
    try:
        made = msgspec.convert(fields, Settings, strict=False)
    except msgspec.ValidationError as error:
        raise ConfigError(_explained(str(error), fields, origins, file, matter if file is not None else None)) from None
    config = Config(**msgspec.structs.asdict(made), file=file)
    return _with_state(config, os.path.dirname(file or ""))


def _text(value: Any, path: Path, origin: str) -> Any:
    """A setting as text, but for the places, which may have any bytes in their names. Raises ConfigError."""
    if not isinstance(value, str) or path[0] in _PLACES:
        return value
    try:
        value.encode()
    except UnicodeEncodeError:
        try:
            return os.fsencode(value).decode()  # the locale does not know UTF-8
        except UnicodeError:
            raise ConfigError(f"{origin}: is not UTF-8") from None
    return value


def line_of(file: str, field: str) -> int | None:
    """The line of a file on which a setting stands (`feeds[0].name`), as far as it can still be told."""
    try:
        matter = _read(file)
    except ConfigError:  # it was replaced meanwhile
        return None
    return matter.line_of(_path(matter.fields, f".{field}"))


def _with_state(config: Config, folder: str) -> Config:
    """The configuration with the place of the state, which must not be published."""
    output = os.path.realpath(config.output)
    if config.state is None:
        name = f"{os.path.basename(output)}-{hashlib.sha256(os.fsencode(output)).hexdigest()[:8]}.sqlite"
        places = [os.path.join(folder, ".feedloom", name), os.path.join(os.path.expanduser("~/.cache/feedloom"), name)]
        return msgspec.structs.replace(config, state=next((place for place in places if not _inside(place, output)), None))
    if _inside(config.state, output):
        raise ConfigError(f"{config.state}: the state would be published: put it outside of {config.output}")
    return config


def _inside(path: str, folder: str) -> bool:
    path = os.path.realpath(path)
    return os.path.commonpath((path, folder)) == folder


def settings(struct: type[msgspec.Struct], path: tuple[str, ...] = ()) -> dict[tuple[str, ...], msgspec.structs.FieldInfo]:
    """Every single setting below a struct, by its path: `("site", "url")`."""
    found: dict[tuple[str, ...], msgspec.structs.FieldInfo] = {}
    for field in msgspec.structs.fields(struct):
        if isinstance(field.type, type) and issubclass(field.type, msgspec.Struct):
            found |= settings(field.type, (*path, field.name))
        else:
            found[*path, field.name] = field
    return found


def _read(file: str) -> FrontMatter:
    try:
        with open(file, "rb") as opened:
            data = opened.read()
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror}") from None
    try:
        return document.read(data, bare=True) if data.strip() else FrontMatter("", 1)
    except FrontMatterError as error:
        what = f"{error.field}: {error}" if error.field else str(error)
        raise ConfigError(f"{file}:{error.line}: {what}") from None


def _check_names(file: str, matter: FrontMatter) -> None:
    """Whether each name in a file is one of a setting, also where nothing follows it."""
    names = {name for struct in _structs(Settings) for name in struct.__struct_fields__}
    has_others = any(name not in names for name in _NAME.findall(matter.text))
    for path in matter.paths() if has_others else _paths(matter.fields, ()):
        type_: Any = Settings
        for at, part in enumerate(path):
            if (struct := _struct_of(type_)) and isinstance(part, str) and part not in struct.__struct_fields__:
                here = path[: at + 1]
                nearest = difflib.get_close_matches(part, struct.__struct_fields__, 1, 0)[0]
                place = f"{file}:{matter.line_of(here)}: {field_name(here)}"
                raise ConfigError(f"{place}: no such setting; did you mean {nearest}?")
            type_ = _inside_of(type_, part)


def _inside_of(type_: Any, part: str | int) -> Any:
    """The type of what stands in a value of a type under a name or an index; None where nothing can."""
    if get_origin(type_) in (tuple, dict):
        return [one for one in get_args(type_) if one is not Ellipsis][-1]
    if struct := _struct_of(type_):
        return next((field.type for field in msgspec.structs.fields(struct) if field.name == part), None)
    return None


def _struct_of(type_: Any) -> type[msgspec.Struct] | None:
    """The settings that a value of a type may hold: a struct, or that of a union."""
    return next((kind for kind in _kinds(type_) if isinstance(kind, type) and issubclass(kind, msgspec.Struct)), None)


def _kinds(type_: Any) -> tuple[Any, ...]:
    """A type, and those that it is a union of."""
    return (type_, *(get_args(type_) if get_origin(type_) in (Union, UnionType) else ()))


def _structs(struct: type[msgspec.Struct]) -> Iterator[type[msgspec.Struct]]:
    """A struct of settings, and all that its fields are made of."""
    yield struct
    for field in msgspec.structs.fields(struct):
        for type_ in (field.type, *get_args(field.type)):
            if inner := _struct_of(type_):
                yield from _structs(inner)


def _paths(value: Any, path: Path) -> Iterator[Path]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for part, inner in inside:
        yield (*path, part)
        yield from _paths(inner, (*path, part))


def _translate(fields: dict[str, Any]) -> None:
    """Fill in the words that are not set, in the language of the site."""
    site = fields.get("site")
    language = site.get("language") if isinstance(site, dict) else None
    for section, words in translations.words(language if isinstance(language, str) else None).items():
        if isinstance(given := fields.get(section) or {}, dict):  # what is not gets its message later
            fields[section] = words | given


def _put(fields: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    for name in path[:-1]:
        inner = fields.get(name)
        fields[name] = dict(inner) if isinstance(inner, dict) else {}
        fields = fields[name]
    fields[path[-1]] = value


def _explained(
    message: str, fields: Mapping[str, Any], origins: Mapping[Path, str], file: str | None, matter: FrontMatter | None
) -> str:
    """Msgspec's message in words of ours, with the place where the setting was made."""
    complaint, _, place = message.partition(" - at `$")
    path = _path(fields, place)
    if named := re.match(r"(\w+): ", complaint):
        path, complaint = (*path, named[1]), complaint[named.end() :]
    elif complaint.startswith(("Expected", "Invalid")):
        complaint = _mismatch(fields, path)
    where = origins.get(path)
    if where is None and file is not None and matter is not None:
        where = f"{file}:{matter.line_of(path)}: {field_name(path)}"
    return f"{where or field_name(path)}: {complaint}"


def _path(value: Any, place: str) -> Path:
    """Msgspec's way to a value as a path; where it goes through a mapping, it is to the first that is not as it should be."""
    path: Path = ()
    type_: Any = Settings
    for name, index in _STEP.findall(place):
        part = name or (int(index) if index else _misfit(value, get_args(type_)[1]))
        path, type_ = (*path, part), _inside_of(type_, part)
        value = _inner(value, part)
    return path


def _misfit(values: Mapping[str, Any], type_: Any) -> str:
    for name, value in values.items():
        try:
            msgspec.convert(value, type_, strict=False)
        except msgspec.ValidationError:
            return name
    raise AssertionError("msgspec found a value that is not as it should be, and none is")


def _inner(value: Any, part: str | int) -> Any:
    if isinstance(value, dict):
        return value.get(part)
    return value[part] if isinstance(value, list) and isinstance(part, int) else None


def _mismatch(value: Any, path: Path) -> str:
    """What is wrong with a value that is not of its setting's type, and what to do."""
    type_: Any = Settings
    for part in path:
        value, type_ = _inner(value, part), _inside_of(type_, part)
    shown = "a list" if isinstance(value, list) else "a mapping" if isinstance(value, dict) else f'"{str(value)[:40]}"'
    return f"{shown} is none of its values: {_how(type_)}"


def _how(type_: Any) -> str:
    """How a value of a type is written: what editors say of it, else by its kind."""
    if get_origin(type_) is tuple:
        return "write a list, as [one, another]"
    if get_origin(type_) is Literal:
        *others, last = get_args(type_)
        return f"write {', '.join(others)} or {last}"
    for kind in _kinds(type_):
        for meta in getattr(kind, "__metadata__", ()):
            if how := (meta.extra_json_schema or {}).get("patternErrorMessage"):
                return f"{how[0].lower()}{how[1:].rstrip('.')}"
    return "write true or false" if bool in _kinds(type_) else "write its settings below it, each in a line of its own"
