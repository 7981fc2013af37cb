"""The files that init writes: feedloom.yaml with comments, its JSON Schema, and a first record if there is none.

Names of folders and topics may contain anything, so they are quoted.
"""

import contextlib
import os
import re
from collections.abc import Iterator
from typing import NamedTuple

from feedloom.cli.init import other_program, scan
from feedloom.cli.init.other_program import SCHEMA
from feedloom.cli.init.scan import InitScan
from feedloom.cli.init.yaml_text import quoted
from feedloom.config import json_schema
from feedloom.config.settings import CONFIGURATION
from feedloom.model import Kind, printable
from feedloom.report import Check
from feedloom.values import slugs, text

RECORD = """\
---
title: "Feeds are the web's own way to subscribe"
excerpt: "One address, no account, no algorithm: why Atom and RSS are still the best way to follow a site."
publishedDateTime: 2026-01-05T09:00:00Z
webUrl: "https://example.com/feeds-are-the-webs-own-way"
type: article

provider:
  name: Example
  domain: example.com

topics:
  - Feeds
  - Open Web

# images:
#   - url: "https://example.com/picture.jpg"
#     width: 1200
#     height: 800

# related:
#   - title: "Another article"
#     webUrl: "https://example.com/another-article"
---

Anything below this line is ignored; use it for notes.
"""

_KINDS: tuple[Kind, ...] = ("topic", "provider", "category", "type")


class Started(NamedTuple):
    """What was `seen`, as sentences; the files that were `written`; the output folder."""

    seen: list[str]
    written: list[str]
    output: str


def write(folder: str) -> Started:
    """Write feedloom.yaml for a folder, and a first record if there is none.

    Raises OSError; FileExistsError, before anything is written, if there is a feedloom.yaml.
    """
    for name in CONFIGURATION:
        if os.path.lexists(place := os.path.normpath(os.path.join(folder, name))):
            raise FileExistsError(0, "exists", place)
    found = scan.scan_folder(folder)
    other = None if found.check else other_program.scan_site(folder)
    text = other_program.configuration(other) if other else configuration(found)
    files = {CONFIGURATION[0]: text.encode(), SCHEMA: json_schema.document()}
    if not found.check and not other:
        files[os.path.join(found.records, "2026-01-05-feeds.md")] = RECORD.encode()
    places = {os.path.normpath(os.path.join(folder, name)): data for name, data in files.items()}
    written = [place for place in places if not os.path.lexists(place)]
    for place in reversed(written):  # feedloom.yaml last: if it exists, all files do
        _write(place, places[place], folder)
    seen = other_program.sentences(other) if other else _sentences(found)
    output = other.output if other else found.output
    return Started(list(seen), written, os.path.normpath(os.path.join(folder, output)))


def _write(place: str, data: bytes, folder: str) -> None:
    """Write a new file: first under a hidden name in `folder`, then renamed, so that it is never half a file.

    What a killed run left under the hidden name is replaced.
    """
    temporary = os.path.join(folder, f".feedloom-{os.path.basename(place)}")
    os.makedirs(folder, exist_ok=True)
    with contextlib.suppress(FileNotFoundError):
        os.unlink(temporary)
    try:
        with open(temporary, "xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.makedirs(os.path.dirname(place) or ".", exist_ok=True)
        if os.path.lexists(place):
            raise FileExistsError(0, "exists", place)
        os.replace(temporary, place)
    except BaseException as error:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        if isinstance(error, OSError) and error.filename in (None, temporary):
            raise OSError(error.errno, error.strerror, place) from error
        raise


def configuration(found: InitScan) -> str:
    """The text of feedloom.yaml for what was found."""
    lines = [
        f"# yaml-language-server: $schema={SCHEMA}",
        "# The settings of feedloom. All are optional; docs/configuration.md lists them with their defaults.",
        "# To use an example, remove the # from all of its lines.",
        "",
        f"records: {_folder(found.records)}   # folder of your records",
        f"output: {found.output}   # folder for the feeds",
        "",
        *_site(found),
        "",
        "limit: 50   # entries per feed, at most",
        "",
        *_unpublished(found),
        "",
        *_examples(found.check),
    ]
    return "\n".join(lines) + "\n"


def _folder(name: str) -> str:
    return quoted(f"./{name}" if name.startswith("~") else name)


def _site(found: InitScan) -> Iterator[str]:
    def line(setting: str, otherwise: str, comment: str = "") -> str:
        known = found.site.get(setting)
        comment = f"{comment}{', ' if comment else ''}from {known.file}" if known else comment
        return f"  {setting}: {quoted(known.value if known else otherwise)}" + (f"   # {comment}" if comment else "")

    yield "site:"
    yield line("title", "My reading list")
    yield line("description", "Articles worth your time.")
    yield "  # The URL where the output folder is published. Links and ids of feeds begin with it."
    if root := found.site.get("url"):
        yield f"  # The site is from {root.file}. Check that the folder is published there before you share a feed."
        yield f"  url: {quoted(root.value + found.output + '/')}"
    else:
        yield "  #url: https://example.com/feeds/"
    yield line("language", "en")
    yield line("timezone", "UTC", "for dates without a time zone")
    if image := _relative_image(found):
        yield f"  # Some image URLs are relative, as in {quoted(image)}. They are left out until you set their base URL:"
        yield f"  #records_url: {quoted(root.value if root else 'https://example.com/')}"


def _unpublished(found: InitScan) -> Iterator[str]:
    if found.is_hidden:
        yield "# All records say `published: false`. By default they are left out, and the feeds would be empty."
        yield "unpublished: include"
    else:
        yield "# Records that say `published: false` are left out; `include` publishes them."
        yield "unpublished: skip"


def _examples(check: Check | None) -> Iterator[str]:
    """Examples of other settings, with names from the records."""
    topics, providers, categories, types = (_names(check, kind) for kind in _KINDS)
    yield "# More kinds of feeds, in addition to topics and providers:"
    yield "#groups:"
    for setting, names in (("category", categories), ("type", types)):
        if names:
            yield f"#  {setting}: true   # {', '.join(map(quoted, names[:3]))}{', ...' if names[3:] else ''}"
    yield "#  author: true   # each author"
    yield "#  provider_topic: true   # each topic of each provider"
    yield ""
    if topics or providers:
        yield "# Custom feeds; docs/configuration.md explains `where`:"
        yield "#feeds:"
    if topics:
        yield f"#  - name: {quoted(' and '.join(topics[:2]))}"
        yield f"#    where: {{topics: [{', '.join(map(quoted, topics[:2]))}], match: any}}"
    if providers:
        yield f"#  - name: {quoted('The best of ' + providers[0])}"
        yield f"#    where: {{providers: [{quoted(providers[0])}]}}"
        yield "#    order: quality"
    if topics or providers:
        yield ""
    if topics:
        yield from _renamed(topics)
        yield ""
    yield "# Keep all entries, in archive documents that each feed links to (RFC 5005):"
    yield "#archive: true"


def _renamed(topics: list[str]) -> Iterator[str]:
    """An example of a topic with two names: two similar topics if there are any."""
    spelt: dict[str, str] = {}
    for name in topics:
        alike = spelt.setdefault(re.sub(r"[-.]|s$", "", slugs.identity(name)), name)
        if alike != name:
            yield "# Are these two the same topic? With this setting, one feed has both."
            break
    else:
        alike, name = topics[0], f"{topics[0]} (old name)"
        yield "# A renamed topic keeps its old URL:"
    if text.clean(name) == name:
        yield "#topics:"
        yield f"#  {quoted(alike)}:"
        yield f"#    aliases: [{quoted(name)}]"


def _names(check: Check | None, kind: Kind) -> list[str]:
    """The names of the feeds of a kind, the largest first; those of the first record if there is no other."""
    if not check:
        return {"topic": ["Feeds", "Open Web"], "provider": ["Example"]}.get(kind, [])
    return [feed.name for feed in sorted(check.feeds, key=lambda feed: (-feed.total, feed.name)) if feed.kind == kind]


def _relative_image(found: InitScan) -> str | None:
    """A relative URL of an image, if there is one."""
    problems = found.check.problems if found.check else []
    return next((one.values[0] for one in problems if one.code == "url-relative" and "images[" in (one.field or "")), None)


def _sentences(found: InitScan) -> Iterator[str]:
    """What was found, as sentences."""
    if check := found.check:
        counts = check.records
        readable = counts.read - counts.rejected - counts.notes  # not records: a README, a licence
        records = "1 record" if readable == 1 else f"{readable:,} records"
        yield f"Found {records} in {_shown(found.records)}."
        if found.is_hidden:
            yield "All are unpublished, so feedloom.yaml says unpublished: include."
        elif counts.unpublished:
            yield f"Left out: {counts.unpublished:,} unpublished; unpublished: include publishes them."
        if counts.rejected:
            yield f"Left out: {counts.rejected:,} with errors; feedloom check shows why."
        if _relative_image(found):
            yield "Some image URLs are relative: set site.records_url in feedloom.yaml to publish them."
        if found.others:
            yield f"There are also records in {', '.join(map(_shown, found.others))}; feedloom reads one folder."
    files = sorted({known.file for known in found.site.values()})
    if files:
        yield f"Site {_and(sorted(found.site))} from {_and(files)}."


def _and(names: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def _shown(folder: str) -> str:
    return "this folder" if folder == "." else printable(folder) + "/"
