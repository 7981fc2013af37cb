"""Finds the records in a folder, and the site's title, URL and so on in the settings of other programs.

Names for examples come from a check, as `feedloom check` does it, so that nothing of an unpublished record is shown.
"""

import contextlib
import json
import os
import tomllib
from collections.abc import Callable, Iterator, Mapping
from itertools import count
from typing import Any, NamedTuple

import msgspec

from feedloom.config.settings import Config, Groups, Rules, Site
from feedloom.errors import ConfigError
from feedloom.frontmatter import document
from feedloom.frontmatter.subset import Fields
from feedloom.model import Source
from feedloom.pipeline import check
from feedloom.problems import Mistake
from feedloom.records import scan
from feedloom.render import catalog
from feedloom.report import Check

_MOST = 5_000
"""How many files are read; of more files, an even selection."""
_FOREIGN = frozenset({b"node_modules", b"vendor", b"venv", b"site-packages"})
"""Folders with files of other people."""
_LARGEST = Config().max_file_size


class SiteSetting(NamedTuple):
    """A setting of the site, and the file it comes from."""

    value: str
    file: str


class InitScan(NamedTuple):
    """What feedloom.yaml can say about a folder.

    `records` is the folder of the records, relative to the scanned one. `check` is what a build would publish, None if there
    are no records. `is_hidden`: all records say `published: false`, and `check` includes them. `others` are other folders with
    records. `output` is a free name for the output folder. `site` maps names of settings to values; its `url` is that of the
    root.
    """

    records: str
    output: str
    site: Mapping[str, SiteSetting]
    check: Check | None = None
    is_hidden: bool = False
    others: tuple[str, ...] = ()


def scan_folder(folder: str) -> InitScan:
    """Scan a folder. Raises OSError."""
    if not os.path.isdir(folder):
        return InitScan("articles", "feeds", {})
    output = free("feeds", folder)
    site = _site(folder)
    places = _places(folder)
    if not places:
        return InitScan(free("articles", folder), output, site)
    records, *others = places
    config = Config(records=os.path.join(folder, records), groups=Groups(category=True, type=True))
    found = check.check(config)
    is_hidden = not found.records.published and bool(found.records.unpublished)
    if is_hidden:
        found = check.check(msgspec.structs.replace(config, unpublished="include"))
    return InitScan(records, output, site, found, is_hidden, tuple(others))


def free(wanted: str, folder: str) -> str:
    """A name for a folder that does not exist yet, is empty, or has feeds of feedloom."""
    name = wanted
    for number in count(2):
        place = os.path.join(folder, name)
        if os.path.isfile(os.path.join(place, catalog.PATH)) or not os.path.lexists(place):
            break
        if os.path.isdir(place) and not os.listdir(place):
            break
        name = f"{wanted}-{number}"
    return name


def _places(folder: str) -> list[str]:
    """The folders with records, the one with the most first."""
    homes: dict[bytes, list[bytes]] = {}
    for file in _records(folder):
        top, slash, _ = file.partition(b"/")
        homes.setdefault(top if slash else b"", []).append(os.path.dirname(file))
    found = sorted((-len(folders), os.path.commonpath(folders)) for folders in homes.values())
    return [os.fsdecode(place) or "." for _, place in found]


def _site(folder: str) -> dict[str, SiteSetting]:
    """The settings of other programs, by feedloom's names for them."""
    found: dict[str, SiteSetting] = {}
    for file, read, names in _PROGRAMS:
        for setting, value in _usable(read, os.path.join(folder, file), names):
            found.setdefault(setting, SiteSetting(value, file))
    return found


def _records(folder: str) -> Iterator[bytes]:
    """The files with a record. Folders whose names are not UTF-8 are left out: feedloom.yaml cannot name them."""
    scanned = scan.scan_folder(folder)
    files = sorted(source for bucket in scanned.buckets for source in bucket)
    files = [source for source in files if _is_nameable(source.file) and _FOREIGN.isdisjoint(source.file.split(b"/"))]
    for source in files[:: 1 + len(files) // _MOST]:
        if _is_record(folder, source):
            yield source.file


def _is_nameable(file: bytes) -> bool:
    try:
        os.path.dirname(file).decode()
    except UnicodeDecodeError:
        return False
    return True


def _is_record(folder: str, source: Source) -> bool:
    """Whether a file has the required fields of a record; their values are not checked."""
    try:
        if scan.is_shard(source.file):
            fields = _of_first_row(folder, source)
        else:
            data = scan.content(folder, source, _LARGEST)
            fields = document.read(data, bare=source.file.lower().endswith((b".yaml", b".yml"))).fields
    except (OSError, Mistake, ConfigError):
        return False
    return {"title", "publishedDateTime"} <= fields.keys() and not {"originalUrl", "webUrl"}.isdisjoint(fields)


def _of_first_row(folder: str, source: Source) -> Fields:
    """The fields of the first row of a file of many records."""
    from feedloom.records import containers  # few folders have such files

    with scan.opened(folder, source) as file:
        for item in containers.items(os.fsdecode(source.file), file, source.size, Rules()):
            row = item.row()
            return row.fields if row.text is None else document.read(row.text.encode()).fields
    return {}


def _yaml(data: bytes) -> Mapping[str, Any]:
    return document.read(data, bare=True).fields


def _toml(data: bytes) -> Mapping[str, Any]:
    return tomllib.loads(data.decode())


def _json(data: bytes) -> Mapping[str, Any]:
    return dict(json.loads(data))


def _domain(data: bytes) -> Mapping[str, Any]:
    return {"url": "https://" + data.decode().strip()}


_PROGRAMS: tuple[tuple[str, Callable[[bytes], Mapping[str, Any]], dict[str, tuple[str, ...]]], ...] = (
    ("CNAME", _domain, {"url": ("url",)}),
    (
        "_config.yml",
        _yaml,
        {
            "url": ("url", "baseurl"),
            "title": ("title",),
            "description": ("description",),
            "language": ("lang",),
            "timezone": ("timezone",),
        },
    ),
    (
        "hugo.toml",
        _toml,
        {"url": ("baseURL",), "title": ("title",), "language": ("languageCode",), "timezone": ("timeZone",)},
    ),
    ("mkdocs.yml", _yaml, {"url": ("site_url",), "title": ("site_name",), "description": ("site_description",)}),
    ("package.json", _json, {"url": ("homepage",)}),
)
"""The files of other programs: how to read each, and its names for our settings. Values of several names are joined."""


def _usable(
    read: Callable[[bytes], Mapping[str, Any]], path: str, names: Mapping[str, tuple[str, ...]]
) -> Iterator[tuple[str, str]]:
    """The valid settings in a file; none if it cannot be read."""
    if not os.path.isfile(path):
        return
    try:
        with open(path, "rb") as file:
            values = read(file.read(_LARGEST))
    except (OSError, ValueError, TypeError, RecursionError):
        return
    for setting, (first, *others) in names.items():
        parts = [values.get(first) or "", *(values.get(other) or "" for other in others)]
        if parts[0] and all(isinstance(part, str) for part in parts):
            with contextlib.suppress(msgspec.ValidationError):
                yield setting, getattr(msgspec.convert({setting: "".join(parts)}, Site), setting)
