"""Where settings are made: feedloom.yaml, the environment and the options to a Config, with mistakes named by their place."""

import difflib
import hashlib
import os
import re
from collections.abc import Mapping
from typing import Any, get_args, get_origin

import msgspec

from feedloom import frontmatter
from feedloom.config import CONFIGURATION, Config, Settings
from feedloom.errors import ConfigError, FrontMatterError
from feedloom.frontmatter import FrontMatter
from feedloom.plain import Path, field_name

_STEP = re.compile(r"\.(\w+)|\[(\d+)\]")
"""A step on msgspec's way to a value: `.feeds`, `[0]`."""


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
        _check_keys(file, matter, Settings, fields, ())
        for name in ("records", "output", "state"):
            if isinstance(fields.get(name), str):
                fields[name] = os.path.join(os.path.dirname(file), os.path.expanduser(fields[name]))
    for path in settings(Settings):
        variable = "FEEDLOOM_" + "_".join(path).upper()
        if value := (environment or {}).get(variable):
            _put(fields, path, value)
            origins[path] = variable
    for name, override in overrides.items():
        if override is not None:
            _put(fields, tuple(name.split("__")), override)
            origins[tuple(name.split("__"))] = "--" + name.replace("__", "-").replace("_", "-")
    try:
        made = msgspec.convert(fields, Settings, strict=False)
    except msgspec.ValidationError as error:
        raise ConfigError(_explained(str(error), origins, file, matter if file is not None else None)) from None
    config = Config(**msgspec.structs.asdict(made), file=file)
    return _with_state(config, os.path.dirname(file or ""))


def line_of(file: str, field: str) -> int | None:
    """The line of a file on which a setting stands (`feeds[0].name`), as far as it can still be told."""
    try:
        matter = _read(file)
    except ConfigError:  # it was replaced meanwhile
        return None
    return matter.line_of(tuple(name or int(index) for name, index in _STEP.findall(f".{field}")))


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
        return frontmatter.read(data, bare=True) if data.strip() else FrontMatter("", 1)
    except FrontMatterError as error:
        what = f"{error.field}: {error}" if error.field else str(error)
        raise ConfigError(f"{file}:{error.line}: {what}") from None


def _check_keys(file: str, matter: FrontMatter, type_: Any, value: Any, path: Path) -> None:
    """Whether each key below a value of a type is one of its settings."""
    if isinstance(value, list) and get_origin(type_) is tuple:
        for index, item in enumerate(value):
            _check_keys(file, matter, get_args(type_)[0], item, (*path, index))
    if not isinstance(value, dict):
        return
    if get_origin(type_) is dict:
        for name, inner in value.items():
            _check_keys(file, matter, get_args(type_)[1], inner, (*path, name))
    if not (isinstance(type_, type) and issubclass(type_, msgspec.Struct)):
        return
    known = {field.name: field.type for field in msgspec.structs.fields(type_)}
    for key, inner in value.items():
        here = (*path, key)
        if key not in known:
            nearest = difflib.get_close_matches(key, known, 1, 0)
            raise ConfigError(f"{file}:{matter.line_of(here)}: {field_name(here)}: no such setting; did you mean {nearest[0]}?")
        _check_keys(file, matter, known[key], inner, here)


def _put(fields: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    for name in path[:-1]:
        inner = fields.get(name)
        fields[name] = dict(inner) if isinstance(inner, dict) else {}
        fields = fields[name]
    fields[path[-1]] = value


def _explained(message: str, origins: Mapping[Path, str], file: str | None, matter: FrontMatter | None) -> str:
    """Msgspec's message, with the place where the setting was made."""
    complaint, _, place = message.partition(" - at `$")
    path: Path = tuple(name or int(index) for name, index in _STEP.findall(place))
    if named := re.match(r"(\w+): ", complaint):
        path, complaint = (*path, named[1]), complaint[named.end() :]
    where = origins.get(path)
    if where is None and file is not None and matter is not None:
        where = f"{file}:{matter.line_of(path)}: {field_name(path)}"
    return f"{where or field_name(path)}: {complaint}"
