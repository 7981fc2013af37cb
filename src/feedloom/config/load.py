"""Load the settings: defaults, then feedloom.yaml, the environment and options, each over the one before it."""

import hashlib
import os
import re
from collections.abc import Iterator, Mapping
from typing import Any, get_origin

import msgspec

from feedloom.config import checking, ids
from feedloom.config.checking import SettingError
from feedloom.config.settings import CONFIGURATION, MAY_BE_URLS, PATHS, Config, Pages, is_read_otherwise
from feedloom.errors import ConfigError, FrontMatterError
from feedloom.frontmatter import document
from feedloom.frontmatter.document import FrontMatter
from feedloom.frontmatter.subset import Path, field_name
from feedloom.model import CONTAINERS, FEEDS
from feedloom.values.object_urls import is_url

_PREFIX = "FEEDLOOM_"
_OTHER_VARIABLES = {"FEEDLOOM_CONFIG"}
_NAME = re.compile(r"""(?<![\w-])([\w-]+)["']?:(?=\s|$)""", re.MULTILINE)
"""What may be the name of a setting. Cheap: only PyYAML finds names without a value, so it runs only if one is unknown."""
_NEAR = 0.7
"""How similar the name of a setting must be to be suggested, from 0 to 1."""


def load(
    file: str | None = None, environment: Mapping[str, str] | None = None, *, is_adopting: bool = False, **overrides: Any
) -> Config:
    """The settings of a file, overridden by the environment (`FEEDLOOM_SITE_URL`), overridden by the arguments.

    Without `file`, the one in the current folder is used, or the defaults if there is none. Overrides name settings with
    two underscores for the dot (`site__url`); None means not set. The file of ids may be missing where somebody `is_adopting`
    ids. Raises ConfigError.
    """
    if file is None:
        file = next((name for name in CONFIGURATION if os.path.exists(name)), None)
    matter = _read(file) if file is not None else None
    fields: dict[str, Any] = dict(matter.fields) if matter else {}
    origins: dict[Path, str] = {}
    if file is not None and matter:
        _check_names(file, matter)
        for name in PATHS:
            if (place := fields.get(name)) and isinstance(place, str) and not (name in MAY_BE_URLS and is_url(place)):
                place = os.fsdecode(place.encode())  # UTF-8, whatever the locale
                fields[name] = os.path.join(os.path.dirname(file), os.path.expanduser(place))
        if isinstance(work := fields.get("work"), str) and work and not is_url(work):
            fields["work"] = os.path.join(os.path.dirname(file), os.path.expanduser(work))
    for path, variable in variables().items():
        if value := (environment or {}).get(variable):
            _put(fields, path, _from_variable(value, path, variable))
            origins[path] = variable
    for name, override in overrides.items():
        if override is not None:
            # Most commands take the records as an argument.
            path, option = (
                tuple(name.split("__")),
                name if name == "records" else "--" + name.replace("__", "-").replace("_", "-"),
            )
            _put(fields, path, _text(override, path, option))
            origins[path] = option
    if isinstance(records := fields.get("records"), str) and _names_files(records):
        fields["records"] = [{"path": os.path.abspath(records)} if not is_url(records) else {"path": records}]
        for name in ("fields", "defaults", "permalink", "content"):
            if (value := fields.get(name)) is not None:
                fields["records"][0][name] = value
    _forget_profile(fields, "records")
    if isinstance(fields.get("records"), list):
        _list_records(fields, os.path.dirname(file or ""))
    if fields.get("profile", "native") != "native":
        from feedloom.config import other_sites  # reads TOML and JSON; records of feedloom's own form do without

        site = other_sites.adopted(fields, os.path.dirname(file or ""))
    else:
        site = None
    _translate(fields)
    try:
        config = Config(**{name: _typed(value, checking.types(Config).get(name)) for name, value in fields.items()}, file=file)
        config = _with_ids(config, os.path.dirname(file or ""), is_adopting=is_adopting)
        if isinstance(config.pages, Pages):
            from feedloom.config import own_files

            # nobody else has it yet: a copy would be checked again
            msgspec.structs.force_setattr(config, "own", own_files.read(config.pages, os.path.dirname(file or "")))
    except SettingError as error:
        origin = next((origins[error.path[:end]] for end in range(len(error.path), 0, -1) if error.path[:end] in origins), None)
        listed: Path = ("records", *error.path[1:]) if error.path[:1] == ("several",) else error.path
        name = field_name(listed)
        where = origin or (f"{file}:{matter.line_of(listed)}: {name}" if matter else name)
        raise ConfigError(f"{where}: {error.message}") from None
    if config.several or is_read_otherwise(config):
        from feedloom.config import other_sites

        made = ("parts", other_sites.parts(config)) if config.several else ("posts", other_sites.posts(config, site))
        msgspec.structs.force_setattr(config, *made)  # nobody else has it yet
    return _with_state(config, os.path.dirname(file or ""))


def _list_records(fields: dict[str, Any], folder: str) -> None:
    """Take a list of folders, globs, files and URLs apart: `records` becomes the folder that all local ones are in; the URL of
    the first if there is none.
    """
    from feedloom.config import other_sites

    given = {"profile": profile} if (profile := fields.pop("profile", None)) is not None else {}
    several = [
        {**given, "path": one} if isinstance(one, str) else {**given, **one} if isinstance(one, dict) else one
        for one in fields["records"]
    ]
    paths = []
    for one in several:
        if isinstance(one, dict) and isinstance(one.get("path"), str):
            if one["path"] and not is_url(one["path"]):
                one["path"] = os.path.join(folder, os.path.expanduser(one["path"]))
            _forget_profile(one, "path")
            paths.append(other_sites.folder_of(one["path"]))
    fields["several"] = several
    local = [os.path.abspath(path) for path in paths if not is_url(path)]
    fields["records"] = os.path.relpath(os.path.commonpath(local)) if local else paths[0] if paths else Config().records


def _forget_profile(fields: dict[str, Any], place: str) -> None:
    """Take the profile away from a feed: its entries have the fields of records, whatever program made it."""
    if isinstance(path := fields.get(place), str) and path.lower().endswith(FEEDS):
        fields.pop("profile", None)


def _names_files(records: str) -> bool:
    """Whether the records are some files: a glob, or one object of a bucket."""
    if is_url(records):
        return "*" in records or "?" in records or records.lower().endswith(CONTAINERS)
    return ("*" in records or "?" in records) and not os.path.exists(records)


def variables() -> dict[tuple[str, ...], str]:
    """The environment variable of every setting, by the path of the setting."""
    return {path: _PREFIX + "_".join(path).upper() for path in settings(Config)}


def unknown_variables(environment: Mapping[str, str]) -> list[str]:
    """The FEEDLOOM_ variables that name no setting, each with a similar one if there is one: they may be misspelled."""
    known = {*variables().values(), *_OTHER_VARIABLES}
    found = []
    for name in sorted(environment):
        if name.startswith(_PREFIX) and environment[name] and name not in known:
            import difflib

            near = difflib.get_close_matches(name, sorted(known), 1, 0.8)
            found.append(f"{name} (did you mean {near[0]}?)" if near else name)
    return found


def _from_variable(value: str, path: tuple[str, ...], variable: str) -> Any:
    """The value of a variable, in which commas separate the items of a list. Raises ConfigError."""
    type_ = settings(Config)[path].type
    item = checking.item_type(type_)
    if get_origin(type_) is dict or checking.struct_of(item):
        raise ConfigError(f"{variable}: {field_name(path)} can be set only in feedloom.yaml; unset the variable")
    text = _text(value, path, variable)
    return [one for part in text.split(",") if (one := part.strip())] if item else text


def _typed(value: Any, type_: Any) -> Any:
    """A value with its texts as what they say in a type: `"20"` as 20. Texts that say nothing stay, for `Config` to refuse."""
    if isinstance(value, dict):
        if struct := checking.struct_of(type_):
            return {name: _typed(one, checking.types(struct).get(name)) for name, one in value.items()}
        return {name: _typed(one, checking.item_type(type_)) for name, one in value.items()}
    if isinstance(value, list):
        return [_typed(one, checking.item_type(type_)) for one in value]
    if isinstance(value, str) and type_:
        try:
            return msgspec.convert(value, type_, strict=False)
        except msgspec.ValidationError:
            return value
    return value


def _text(value: Any, path: Path, origin: str) -> Any:
    """A setting as text; paths may contain any bytes. Raises ConfigError."""
    if not isinstance(value, str) or path[0] in PATHS:
        return value
    try:
        value.encode()
    except UnicodeEncodeError:
        try:
            return os.fsencode(value).decode()  # the locale does not know UTF-8
        except UnicodeError:
            raise ConfigError(f"{origin}: is not UTF-8; write it as UTF-8") from None
    return value


def line_of(file: str, field: str) -> int | None:
    """The line of a setting in a file (`feeds[0].name`), or of the nearest setting around it. None if it cannot be read."""
    try:
        matter = _read(file)
    except ConfigError:  # it was replaced meanwhile
        return None
    return matter.line_of(max((path for path in matter.paths() if field.startswith(field_name(path))), key=len, default=()))


def _with_state(config: Config, folder: str) -> Config:
    """The configuration with the path of the cache, which must not be published. Raises ConfigError."""
    if config.folder is None:
        if config.state is None:
            # As long as the name of a file may be.
            name = f"{config.output.rpartition('/')[2][:64]}-{hashlib.sha256(config.output.encode()).hexdigest()[:8]}.sqlite"
            msgspec.structs.force_setattr(config, "state", os.path.join(folder, ".feedloom", name))
        return config
    output = os.path.realpath(config.folder)
    if config.state is None:
        name = f"{os.path.basename(output)}-{hashlib.sha256(os.fsencode(output)).hexdigest()[:8]}.sqlite"
        paths = [os.path.join(folder, ".feedloom", name), os.path.join(os.path.expanduser("~/.cache/feedloom"), name)]
        state = next((path for path in paths if not _inside(path, output)), None)
        msgspec.structs.force_setattr(config, "state", state)  # nobody else has it yet: a copy would be checked again
    elif _inside(config.state, output):
        raise ConfigError(f"{config.state}: the cache would be published; move it out of {config.output}")
    return config


def _with_ids(config: Config, folder: str, *, is_adopting: bool) -> Config:
    """The configuration with what the file of ids contains. Raises ConfigError, and SettingError if it should exist."""
    path = config.ids or os.path.join(folder, "ids.json")
    try:
        with open(path, "rb") as file:
            adopted = ids.read(file.read())
    except FileNotFoundError:
        if config.ids is not None and not is_adopting:  # or all entries would get new ids
            raise SettingError(("ids",), f"{path} does not exist; restore it, or let feedloom adopt write it") from None
        return config
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise ConfigError(f"{path}: {error}") from None
    msgspec.structs.force_setattr(config, "ids", path)
    msgspec.structs.force_setattr(config, "adopted", adopted.ids)
    msgspec.structs.force_setattr(config, "adopted_feeds", adopted.feeds)
    return config


def _inside(path: str, folder: str) -> bool:
    path = os.path.realpath(path)
    return os.path.commonpath((path, folder)) == folder


def settings(struct: type[msgspec.Struct], path: tuple[str, ...] = ()) -> dict[tuple[str, ...], msgspec.structs.FieldInfo]:
    """Every single setting in a struct and its sections, by its path: `("site", "url")`."""
    found: dict[tuple[str, ...], msgspec.structs.FieldInfo] = {}
    for field in msgspec.structs.fields(struct):
        if isinstance(field.type, type) and issubclass(field.type, msgspec.Struct):
            found |= settings(field.type, (*path, field.name))
        elif field.name in checking.names(struct):
            found[*path, field.name] = field
    return found


def _read(file: str) -> FrontMatter:
    try:
        with open(file, "rb") as opened:
            data = opened.read()
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror}; check the path and its permissions") from None
    try:
        return document.read(data, bare=True, alone=True) if data.strip() else FrontMatter("", 1)
    except FrontMatterError as error:
        what = f"{error.field}: {error}" if error.field else str(error)
        raise ConfigError(f"{file}:{error.line}: {what}") from None


def _check_names(file: str, matter: FrontMatter) -> None:
    """Check every name in a file, also names without a value. Raises ConfigError."""
    known = {name for struct in _structs(Config) for name in checking.names(struct)}
    has_others = any(name not in known for name in _NAME.findall(matter.text))
    for path in matter.paths() if has_others else _paths(matter.fields, ()):
        type_: Any = Config
        for at, part in enumerate(path):
            struct = checking.struct_of(type_)
            if not struct:
                type_ = checking.item_type(type_)
            elif isinstance(part, int):  # a list in place of a mapping: `Config` says so
                break
            elif part in checking.names(struct):
                type_ = checking.types(struct)[part]
            else:
                here = path[: at + 1]
                near = _suggestion(struct, here)
                how = f"did you mean {field_name(near)}?" if near else "feedloom schema prints all"
                raise ConfigError(f"{file}:{matter.line_of(here)}: {field_name(here)}: no such setting; {how}")


def _suggestion(struct: type[msgspec.Struct], path: Path) -> Path | None:
    """The setting with the most similar name, among those of the struct and, unless the struct has one, of other sections.

    At the root all sections count alike: `titel` is `site.title`, not `titles`. Another section counts only if no third one
    has the same name, as `topics` has.
    """
    *around, given = path
    here: list[Path] = [(*around, name) for name in checking.names(struct)]
    sections = _sections()
    if tuple(around) not in sections:
        return _nearest(given, here)
    everywhere = [one for one in (*settings(Config), *sections) if one]
    last = [one[-1] for one in everywhere]
    elsewhere: list[Path] = [one for one in everywhere if last.count(one[-1]) == 1]
    return (around and _nearest(given, here)) or _nearest(given, [*here, *elsewhere])


def _nearest(name: str | int, paths: list[Path]) -> Path | None:
    import difflib

    scores = [(difflib.SequenceMatcher(None, str(name), str(path[-1])).ratio(), path) for path in paths]
    score, best = max(scores, key=lambda scored: scored[0])
    return best if score >= _NEAR else None


def _sections() -> list[tuple[str, ...]]:
    """The paths of the sections: the root, `site`, `titles` and so on."""
    return sorted({path[:-1] for path in settings(Config)})


def _structs(struct: type[msgspec.Struct]) -> Iterator[type[msgspec.Struct]]:
    """A struct of settings, and all structs in it."""
    yield struct
    for type_ in checking.types(struct).values():
        if inner := checking.struct_of(type_) or checking.struct_of(checking.item_type(type_)):
            yield from _structs(inner)


def _paths(value: Any, path: Path) -> Iterator[Path]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for part, inner in inside:
        yield (*path, part)
        yield from _paths(inner, (*path, part))


def _translate(fields: dict[str, Any]) -> None:
    """Add the default texts in the language of the site."""
    site = fields.get("site")
    language = site.get("language") if isinstance(site, dict) else None
    if not isinstance(language, str):
        return
    from feedloom.config import translations  # a build in which nothing changed does not need other texts

    for section, words in translations.words(language).items():
        given = fields.get(section) or {}
        if isinstance(given, dict):  # Config reports any other value
            inner = {name: words[name] | given[name] for name in words if isinstance(given.get(name), dict)}
            fields[section] = words | given | inner


def _put(fields: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    for name in path[:-1]:
        inner = fields.get(name)
        fields[name] = dict(inner) if isinstance(inner, dict) else {}
        fields = fields[name]
    fields[path[-1]] = value
