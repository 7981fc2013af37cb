"""How the posts of another program's site are read: the profile, the configuration and the site's own settings together."""

import os
import re
from typing import Any, NamedTuple

import msgspec

from feedloom.config import site_settings
from feedloom.config.checking import SettingError
from feedloom.config.profiles import NAMES, PROFILES, Part, Posts
from feedloom.config.settings import Config, Records, Site, is_read_otherwise
from feedloom.config.site_settings import SiteSettings
from feedloom.errors import ConfigError
from feedloom.model import CONTAINERS, SHARDS
from feedloom.values.object_urls import is_url


class OtherSite(NamedTuple):
    """A site of another program: its folder, and its settings."""

    folder: str
    settings: SiteSettings


def adopted(fields: dict[str, Any], folder: str) -> OtherSite | None:
    """The site that the configuration in a folder is about, if its profile is another program's.

    What the site's own settings say is added to the `fields` of the configuration that are not set.
    """
    profile, records = fields.get("profile"), fields.get("records") or Config().records
    if profile not in NAMES or profile == "native" or not isinstance(records, str):
        return None
    root = site_settings.root_of(records, profile) or (folder or ".")
    found = site_settings.read(root, profile)
    values = {
        "title": found.title,
        "description": found.description,
        "language": found.language.replace("_", "-"),  # as in Jekyll's `locale: pt_BR`
        "timezone": found.timezone,
        "home": found.url,
    }
    site = fields.get("site")
    if site is None or isinstance(site, dict):
        usable = {name: value for name, value in values.items() if value and is_usable(name, value)}
        fields["site"] = usable | {name: value for name, value in (site or {}).items() if value is not None}
    return OtherSite(root, found)


def configured(folder: str, profile: str, records: str, **settings: Any) -> Config:
    """A configuration for the records in a folder of another program's site. Raises ConfigError."""
    fields: dict[str, Any] = {"profile": profile, "records": os.path.join(folder, records), **settings}
    site = adopted(fields, folder)
    config = Config(**fields)
    msgspec.structs.force_setattr(config, "posts", posts(config, site))  # nobody else has it yet
    return config


def posts(config: Config, site: OtherSite | None) -> Posts:
    """How the records of a configuration are read. Raises ConfigError."""
    return _posts(config, config.records, config.site.home, site)


def parts(config: Config) -> tuple[Part, ...]:
    """How the records of each folder of a list are read. Raises ConfigError."""
    top = os.path.realpath(config.records)
    return tuple(_part(one, top, config.site.home) for one in config.several)


def folder_of(path: str) -> str:
    """The folder that a folder, a glob or a file of many records is about."""
    found = _WILD.search(path)
    if not found and not is_file(path):
        return path
    return os.path.dirname(path[: found.start()] if found else path) or "."


def is_file(path: str) -> bool:
    """Whether a path is one of a file of many records, by its suffix."""
    return path.lower().endswith(CONTAINERS) and not _WILD.search(path) and (is_url(path) or not os.path.isdir(path))


_WILD = re.compile(r"[*?]")


def _part(one: Records, top: str, home: str | None) -> Part:
    folder = folder_of(one.path)
    inside = folder if is_url(folder) else os.path.relpath(os.path.realpath(folder), top).replace(os.sep, "/")
    inside = "" if inside == "." else inside
    glob = one.path.removeprefix("" if folder == "." else folder).lstrip("/")
    start = f"{inside}/" if inside else ""
    made = None
    if is_read_otherwise(one):
        root = site_settings.root_of(folder, one.profile) if one.profile != "native" and not is_url(folder) else None
        site = OtherSite(root, site_settings.read(root, one.profile)) if root else None
        made = _posts(one, folder, (site.settings.url if site else "") or home, site)
    pattern = re.escape(start) + (_regex(glob) if glob else ".*")
    name = glob.rpartition("/")[2].lower()
    containers = SHARDS if one.profile == "native" else tuple(suffix for suffix in SHARDS if name.endswith(suffix))
    if name.endswith(CONTAINERS):  # tables, JSON and feeds are read only where they are named
        containers = tuple(sorted({*containers, *(suffix for suffix in CONTAINERS if name.endswith(suffix))}))
    return Part(pattern, inside, (*PROFILES[one.profile].suffixes, *containers), made, one.content == "full")


def _regex(glob: str) -> str:
    """A glob as a regular expression: `**/` is any folders, `*` and `?` are no `/`."""
    spelt = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return "".join(spelt.get(part, re.escape(part)) for part in re.split(r"(\*\*/|\*\*|\*|\?)", glob))


def _posts(settings: Config | Records, records: str, home: str | None, site: OtherSite | None) -> Posts:
    found = site.settings if site else SiteSettings(settings.profile)
    if not home and (settings.profile != "native" or settings.permalink):
        raise ConfigError("site.home is missing; write the URL at which the posts are published, such as https://example.com/")
    fields = {name: tuple(sources) for name, sources in settings.fields.items()}
    if "date_in_name" in found.options:
        for name in ("published", "date"):
            fields.setdefault(name, (":file", *PROFILES[settings.profile].fields[name]))
    if found.topics:
        fields.setdefault("topics", found.topics)
    defaults = {name: value for name, value in msgspec.to_builtins(settings.defaults).items() if value}
    if provider := {name: value for name, value in defaults.pop("provider").items() if value}:
        defaults["provider"] = provider
    return Posts(
        profile=settings.profile,
        fields=fields,
        defaults=defaults,
        home=home or "",
        zone=found.timezone if isinstance(settings, Records) and is_usable("timezone", found.timezone) else "",
        folder=site_settings.below(records, site.folder) if site else "",
        root=found.posts,
        pattern=settings.permalink or found.pattern,
        sections=found.sections,
        options=found.options,
        language=found.main_language,
        languages=found.languages,
        language_folders=found.language_folders,
        no_languages=found.no_languages,
        inherited=found.inherited,
        authors=found.authors,
        layouts=found.layouts,
    )


def is_usable(name: str, value: str) -> bool:
    """Whether a value of another program's settings can be a setting of the site."""
    try:
        Site(**{name: value})
    except SettingError:
        return False
    return True
