"""feedloom.yaml to a Config: every setting, its type and its default stand here, once."""

import difflib
import hashlib
import os
import re
import string
from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeAlias, get_args, get_origin

import msgspec

from feedloom import dates, frontmatter, slugs, text, urls
from feedloom.errors import ConfigError, FrontMatterError
from feedloom.frontmatter import FrontMatter
from feedloom.plain import Path, field_name

CONFIGURATION = ("feedloom.yaml", "feedloom.yml")
"""The names of the configuration file in the current folder."""

Positive: TypeAlias = Annotated[int, msgspec.Meta(ge=1, le=1_000_000_000)]  # what the state can keep has an end
Language: TypeAlias = Annotated[str, msgspec.Meta(pattern="^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$")]


class _Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What all settings share."""


class Site(_Settings, frozen=True, kw_only=True):
    """Who publishes the feeds, and where."""

    title: str = "News"
    """The name of the site: the title of the feed of everything, and `{site}` in the titles of the others."""
    description: str = "The newest articles."
    """What the site offers, in a sentence: `{description}` in the patterns below."""
    url: str | None = None
    """The address at which the output folder is published. Without it feeds have no self link."""
    id: str | None = None
    """The address that feed ids begin with, where it is not `site.url`: set it to the old address when the site moves."""
    language: Language = "en"
    """The language of the articles, as an IETF tag: `en`, `en-us`, `pt-br`."""
    timezone: str = "UTC"
    """Holds for dates that name no zone: an IANA name (`Europe/Berlin`) or an offset (`+02:00`)."""
    author: str | None = None
    """Who answers for the feeds; the site's title where it is not set."""
    icon: str | None = None
    """The address of a small square picture, shown beside the name of feeds whose provider has none."""
    logo: str | None = None
    """The address of a larger picture; GIF, JPEG or PNG, so that RSS can show it."""
    records_url: str | None = None
    """The address against which relative image addresses in records are resolved."""
    hub: str | None = None
    """The address of a WebSub hub that is told about new entries."""

    def __post_init__(self) -> None:
        for name in ("url", "id", "icon", "logo", "records_url", "hub"):
            value = getattr(self, name)
            if value is not None:
                msgspec.structs.force_setattr(self, name, _address(name, value))
        dates.zone(self.timezone)
        _clean(self, "title", "description", "author")

    @property
    def base(self) -> str | None:
        """What feed ids begin with."""
        return self.id or self.url


class Patterns(_Settings, frozen=True, kw_only=True):
    """A text for each kind of feed, in which `{site}`, `{description}` and `{name}` are filled in."""

    all: str
    topic: str
    provider: str

    def __post_init__(self) -> None:
        _clean(self, *self.__struct_fields__)
        for kind in self.__struct_fields__:
            _check_pattern(kind, getattr(self, kind))


class Titles(Patterns, frozen=True, kw_only=True):
    """The titles of the feeds, by kind."""

    all: str = "{site}"
    topic: str = "{site}: {name}"
    provider: str = "{site}: {name}"


class Descriptions(Patterns, frozen=True, kw_only=True):
    """The descriptions of the feeds, by kind."""

    all: str = "{description}"
    topic: str = "The newest articles about {name}."
    provider: str = "The newest articles from {name}."


class Labels(_Settings, frozen=True, kw_only=True):
    """The words in an entry's text that are not the record's own."""

    source: str = "Source:"
    """Stands before the provider."""
    related: str = "Related articles:"
    """Stands above the list of related articles."""

    def __post_init__(self) -> None:
        _clean(self, *self.__struct_fields__)


Share: TypeAlias = Annotated[float, msgspec.Meta(ge=0, le=1)]


class Guard(_Settings, frozen=True, kw_only=True):
    """When a build stops and leaves what is published as it is; `--force` lets it go on."""

    max_loss: Share = 0.5
    """The share of the published records that may be gone at once."""
    max_rejected: Share = 0.5
    """The share of the records that may be rejected."""


class Topic(_Settings, frozen=True, kw_only=True):
    """A topic that was renamed, or that has several names."""

    aliases: tuple[str, ...] = ()
    """Its other names: records that use them belong to it, and the addresses of these names answer with its feed."""

    def __post_init__(self) -> None:
        names = tuple(map(text.clean, self.aliases))
        msgspec.structs.force_setattr(self, "aliases", names)


class Config(_Settings, frozen=True, kw_only=True):
    """All settings of a build. Paths in the file are relative to the file."""

    records: str = "records"
    """The folder of the record files."""
    output: str = "feeds"
    """The folder that the feeds are written to."""
    site: Site = msgspec.field(default_factory=Site)
    """Who publishes the feeds, and where."""
    state: str | None = None
    """The file that remembers what was read, so that the next build is quick: a cache, which may be deleted. It lies outside
    the output folder; where it is not set, in `.feedloom/` beside the configuration."""
    jobs: Positive | None = None
    """How many processes share the work; as many as there are processors where it is not set."""
    limit: Positive = 50
    """The most entries that a feed shows."""
    unpublished: Literal["skip", "include"] = "skip"
    """What happens to records that say `published: false`."""
    max_file_size: Positive = 1 << 20
    """The size in bytes above which a record file is not read."""
    ttl: Positive = 60
    """After how many minutes RSS readers should look again."""
    titles: Titles = msgspec.field(default_factory=Titles)
    """The titles of the feeds, by kind; `{site}` and `{name}` are filled in."""
    descriptions: Descriptions = msgspec.field(default_factory=Descriptions)
    """The descriptions of the feeds, by kind; `{site}`, `{description}` and `{name}` are filled in."""
    topics: dict[str, Topic] = {}
    """Topics that were renamed, by their new names: `New name: {aliases: [Old name]}`."""
    guard: Guard = msgspec.field(default_factory=Guard)
    """When a build stops and leaves what is published as it is."""
    labels: Labels = msgspec.field(default_factory=Labels)
    """The words in an entry's text that are not the record's own."""

    def __post_init__(self) -> None:
        _check_topics(self.topics)


class Rules(msgspec.Struct, frozen=True):
    """What the reading of records depends on, of the configuration."""

    zone: str = "UTC"
    records_url: str | None = None
    include_unpublished: bool = False
    max_file_size: int = 1 << 20
    topics: dict[str, str] = {}
    """The names of configured topics, by the identities of all their names."""


def rules(config: Config) -> Rules:
    """The rules of a site."""
    return Rules(
        zone=config.site.timezone,
        records_url=config.site.records_url,
        include_unpublished=config.unpublished == "include",
        max_file_size=config.max_file_size,
        topics={slugs.identity(alias): name for name, topic in config.topics.items() for alias in (name, *topic.aliases)},
    )


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
        _check_keys(file, matter, Config, fields, ())
        for name in ("records", "output", "state"):
            if isinstance(fields.get(name), str):
                fields[name] = os.path.join(os.path.dirname(file), os.path.expanduser(fields[name]))
    for path in settings(Config):
        variable = "FEEDLOOM_" + "_".join(path).upper()
        if value := (environment or {}).get(variable):
            _put(fields, path, value)
            origins[path] = variable
    for name, override in overrides.items():
        if override is not None:
            _put(fields, tuple(name.split("__")), override)
            origins[tuple(name.split("__"))] = "--" + name.replace("__", "-").replace("_", "-")
    try:
        config = msgspec.convert(fields, Config, strict=False)
    except msgspec.ValidationError as error:
        raise ConfigError(_explained(str(error), origins, file, matter if file is not None else None)) from None
    return _with_state(config, os.path.dirname(file or ""))


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


def _check_keys(file: str, matter: FrontMatter, struct: type[msgspec.Struct], fields: Mapping[str, Any], path: Path) -> None:
    known = {field.name: field.type for field in msgspec.structs.fields(struct)}
    for key, value in fields.items():
        here = (*path, key)
        if key not in known:
            nearest = difflib.get_close_matches(key, known, 1, 0)
            raise ConfigError(f"{file}:{matter.line_of(here)}: {field_name(here)}: no such setting; did you mean {nearest[0]}?")
        if not isinstance(value, dict):
            continue
        if isinstance(known[key], type) and issubclass(known[key], msgspec.Struct):
            _check_keys(file, matter, known[key], value, here)
        elif get_origin(known[key]) is dict:
            for name, inner in value.items():
                if isinstance(inner, dict):
                    _check_keys(file, matter, get_args(known[key])[1], inner, (*here, name))


def _put(fields: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    for name in path[:-1]:
        inner = fields.get(name)
        fields[name] = dict(inner) if isinstance(inner, dict) else {}
        fields = fields[name]
    fields[path[-1]] = value


def _explained(message: str, origins: Mapping[Path, str], file: str | None, matter: FrontMatter | None) -> str:
    """Msgspec's message, with the place where the setting was made."""
    complaint, _, place = message.partition(" - at `$")
    path: Path = tuple(place.rstrip("`").lstrip(".").split(".")) if place else ()
    if named := re.match(r"(\w+): ", complaint):
        path, complaint = (*path, named[1]), complaint[named.end() :]
    where = origins.get(path)
    if where is None and file is not None and matter is not None:
        where = f"{file}:{matter.line_of(path)}: {field_name(path)}"
    return f"{where or field_name(path)}: {complaint}"


def _address(name: str, value: str) -> str:
    try:
        url = urls.http_url(value)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None
    if name in ("url", "id", "records_url"):
        if "?" in url or "#" in url:
            raise ValueError(f"{name}: an address below which files lie cannot hold ? or #")
        return url.rstrip("/") + "/"
    return url


def _check_topics(topics: dict[str, Topic]) -> None:
    """Each name belongs to one topic."""
    owners: dict[str, str] = {}
    for name, topic in topics.items():
        for alias in (name, *topic.aliases):
            identity = slugs.identity(alias)
            if not identity or text.clean(alias) != alias:
                raise ValueError(f"topics: {alias!r} names no topic")
            if identity in owners:
                raise ValueError(f"topics: {alias!r} is a name of {owners[identity]!r} already")
            owners[identity] = name


def _clean(settings: _Settings, *names: str) -> None:
    """What is shown in feeds is clean text, here as in records, and not empty."""
    for name in names:
        if (value := getattr(settings, name)) is not None:
            msgspec.structs.force_setattr(settings, name, text.clean(value))
            if not getattr(settings, name):
                raise ValueError(f"{name}: holds no text")


def _check_pattern(kind: str, pattern: str) -> None:
    try:
        parts = list(string.Formatter().parse(pattern))
        names = {f"{name}{spec}{conversion or ''}" for _, name, spec, conversion in parts if name is not None}
    except ValueError:
        names = {"?"}
    if names - {"site", "description", "name"}:
        raise ValueError(f"{kind}: {pattern!r} may hold {{site}}, {{description}} and {{name}} in braces, nothing else")
