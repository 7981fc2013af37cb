"""What a folder holds that a configuration can be made of: where its records are, and what other programs' settings say.

What records are about is read as a build reads them, so that nothing of an unpublished one is suggested.
"""

import contextlib
import json
import os
import tomllib
from collections.abc import Callable, Iterator, Mapping
from itertools import count
from typing import Any, NamedTuple

import msgspec

from feedloom.config.settings import Config, Groups, Site
from feedloom.errors import FrontMatterError
from feedloom.frontmatter import document
from feedloom.model import Source
from feedloom.pipeline import check
from feedloom.records import scan
from feedloom.render import catalog
from feedloom.report import Check

_MOST = 5_000
"""Files that are looked at; of more, some from everywhere."""
_FOREIGN = frozenset({b"node_modules", b"vendor", b"venv", b"site-packages"})
"""Folders of other people's files."""
_LARGEST = Config().max_file_size


class FileOutcome(NamedTuple):
    """A setting of the site, and the file that tells it."""

    value: str
    file: str


class InitScan(NamedTuple):
    """What a configuration can be made of.

    `records` is the folder of the records, relative to the one that was looked at, and `check` what a build would make of them,
    None where there are none; `is_hidden` says that all of them say `published: false`, and `check` takes them all the same.
    `others` are other folders with records. `output` is a name for the folder of the feeds. `site` tells settings of the site
    by their names; its `url` is that of the root.
    """

    records: str
    output: str
    site: Mapping[str, FileOutcome]
    check: Check | None = None
    is_hidden: bool = False
    others: tuple[str, ...] = ()


def scan_folder(folder: str) -> InitScan:
    """Look at a folder. Raises OSError."""
    if not os.path.isdir(folder):
        return InitScan("articles", "feeds", {})
    output = _free("feeds", folder)
    site = _site(folder)
    places = _places(folder)
    if not places:
        return InitScan(_free("articles", folder), output, site)
    records, *others = places
    config = Config(records=os.path.join(folder, records), groups=Groups(category=True, type=True))
    found = check.check(config)
    is_hidden = not found.records.published and bool(found.records.unpublished)
    if is_hidden:
        found = check.check(msgspec.structs.replace(config, unpublished="include"))
    return InitScan(records, output, site, found, is_hidden, tuple(others))


def _free(name: str, folder: str) -> str:
    """A name for a folder that is not there yet, or is empty, or holds feeds of ours."""
    for number in count(2):
        place = os.path.join(folder, name)
        if os.path.isfile(os.path.join(place, catalog.PATH)) or not os.path.lexists(place):
            break
        if os.path.isdir(place) and not os.listdir(place):
            break
        name = f"{name.partition('-')[0]}-{number}"
    return name


def _places(folder: str) -> list[str]:
    """The folders that hold records, the one with the most first."""
    homes: dict[bytes, list[bytes]] = {}
    for file in _records(folder):
        top, slash, _ = file.partition(b"/")
        homes.setdefault(top if slash else b"", []).append(os.path.dirname(file))
    found = sorted((-len(folders), os.path.commonpath(folders)) for folders in homes.values())
    return [os.fsdecode(place) or "." for _, place in found]


def _site(folder: str) -> dict[str, FileOutcome]:
    """What the settings of other programs tell of the site, by feedloom's names for it."""
    told: dict[str, FileOutcome] = {}
    for file, read, names in _PROGRAMS:
        for setting, value in _usable(read, os.path.join(folder, file), names):
            told.setdefault(setting, FileOutcome(value, file))
    return told


def _records(folder: str) -> Iterator[bytes]:
    """The files that hold a record, by their names; those in folders whose names no configuration can hold are left out."""
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
    """Whether a file has what makes a record; whether it is right is for a build to say."""
    try:
        data = scan.content(folder, source, _LARGEST)
        fields = document.read(data, bare=source.file.lower().endswith((b".yaml", b".yml"))).fields
    except (OSError, FrontMatterError):
        return False
    return {"title", "publishedDateTime"} <= fields.keys() and not {"originalUrl", "webUrl"}.isdisjoint(fields)


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
"""The files of other programs, how they are read, and the names of what is in them; names side by side are joined."""


def _usable(
    read: Callable[[bytes], Mapping[str, Any]], path: str, names: Mapping[str, tuple[str, ...]]
) -> Iterator[tuple[str, str]]:
    """The settings in a file that can be feedloom's; a file that cannot be read tells nothing."""
    if not os.path.isfile(path):
        return
    try:
        with open(path, "rb") as file:
            told = read(file.read(_LARGEST))
    except (OSError, ValueError, TypeError, RecursionError):
        return
    for setting, (first, *others) in names.items():
        values = [told.get(first) or "", *(told.get(other) or "" for other in others)]
        if values[0] and all(isinstance(value, str) for value in values):
            with contextlib.suppress(msgspec.ValidationError):
                yield setting, getattr(msgspec.convert({setting: "".join(values)}, Site), setting)
