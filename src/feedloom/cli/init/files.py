"""What a new user starts from: a commented configuration that suits the folder, and a first record where there is none.

All that stands in the file and comes from elsewhere is quoted: names of folders and topics may hold anything.
"""

import contextlib
import json
import os
import re
from collections.abc import Iterator
from typing import NamedTuple

from feedloom.cli.init import scan
from feedloom.cli.init.scan import InitScan
from feedloom.config import json_schema
from feedloom.config.settings import CONFIGURATION
from feedloom.model import Kind, printable
from feedloom.report import Check
from feedloom.values import slugs, text

SCHEMA = "feedloom.schema.json"
"""The file beside the configuration from which editors know the settings."""

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

What stands below the second line is not read: it is yours.
"""

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_/.-]*(?: [A-Za-z0-9_/.-]+)*")
_KINDS: tuple[Kind, ...] = ("topic", "provider", "category", "type")
_WORDS = frozenset({"true", "false", "yes", "no", "on", "off", "y", "n", "null"})


class Started(NamedTuple):
    """What was `seen`, a sentence each; the files that were `written`; and the folder in which the feeds will be."""

    seen: list[str]
    written: list[str]
    output: str


def write(folder: str) -> Started:
    """Write a configuration that suits a folder, and a first record where it holds none.

    Raises FileExistsError before anything is written where there is a configuration, and OSError.
    """
    for name in CONFIGURATION:
        if os.path.lexists(place := os.path.normpath(os.path.join(folder, name))):
            raise FileExistsError(0, "exists", place)
    found = scan.scan_folder(folder)
    files = {CONFIGURATION[0]: configuration(found).encode(), SCHEMA: json_schema.document()}
    if not found.check:
        files[os.path.join(found.records, "2026-01-05-feeds.md")] = RECORD.encode()
    places = {os.path.normpath(os.path.join(folder, name)): data for name, data in files.items()}
    written = [place for place in places if not os.path.lexists(place)]
    for place in reversed(written):  # the configuration is the last: with it, all is there
        _write(place, places[place], folder)
    return Started(list(_sentences(found)), written, os.path.normpath(os.path.join(folder, found.output)))


def _write(place: str, data: bytes, folder: str) -> None:
    """Write a file that is not there: first under a hidden name in `folder`, then into its place, so that it is never half.

    What a killed run left is written over.
    """
    beside = os.path.join(folder, f".feedloom-{os.path.basename(place)}")
    os.makedirs(folder, exist_ok=True)
    with contextlib.suppress(FileNotFoundError):
        os.unlink(beside)
    try:
        with open(beside, "xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.makedirs(os.path.dirname(place) or ".", exist_ok=True)
        if os.path.lexists(place):
            raise FileExistsError(0, "exists", place)
        os.replace(beside, place)
    except BaseException as error:
        with contextlib.suppress(OSError):
            os.unlink(beside)
        if isinstance(error, OSError) and error.filename in (None, beside):
            raise OSError(error.errno, error.strerror, place) from error
        raise


def configuration(found: InitScan) -> str:
    """The text of feedloom.yaml for what was found."""
    lines = [
        f"# yaml-language-server: $schema={SCHEMA}",
        "# The settings of feedloom. All of it may be left out; docs/configuration.md tells every setting and its default.",
        "# To try an example, take the # away from all of its lines.",
        "",
        f"records: {_folder(found.records)}   # the folder of your records",
        f"output: {found.output}   # the folder that the feeds are written to",
        "",
        *_site(found),
        "",
        "limit: 50   # the most entries a feed shows",
        "",
        *_unpublished(found),
        "",
        *_examples(found.check),
    ]
    return "\n".join(lines) + "\n"


def quoted(value: str) -> str:
    """A text as YAML, on one line: as it is, where nobody could take it for anything else."""
    if _PLAIN.fullmatch(value) and value.lower() not in _WORDS:
        return value
    characters = json.dumps(value, ensure_ascii=False)
    return "".join(c if c.isprintable() else f"\\U{ord(c):08X}" for c in characters)


def _folder(name: str) -> str:
    return quoted(f"./{name}" if name.startswith("~") else name)


def _site(found: InitScan) -> Iterator[str]:
    def told(setting: str, otherwise: str, comment: str = "") -> str:
        known = found.site.get(setting)
        comment = f"{comment}{', ' if comment else ''}from {known.file}" if known else comment
        return f"  {setting}: {quoted(known.value if known else otherwise)}" + (f"   # {comment}" if comment else "")

    yield "site:"
    yield told("title", "My reading list")
    yield told("description", "Articles worth your time.")
    yield "  # The address at which the output folder is published; feeds and their ids are made from it."
    if root := found.site.get("url"):
        yield f"  # {root.file} names the site; see that the folder is published there before you tell anybody."
        yield f"  url: {quoted(root.value + found.output + '/')}"
    else:
        yield "  #url: https://example.com/feeds/"
    yield told("language", "en")
    yield told("timezone", "UTC", "holds for dates that name no zone")
    if image := _relative_image(found):
        yield f"  # Images have relative addresses, as {quoted(image)}, and are left out until it is known where these begin:"
        yield f"  #records_url: {quoted(root.value if root else 'https://example.com/')}"


def _unpublished(found: InitScan) -> Iterator[str]:
    if found.is_hidden:
        yield "# All of these records say `published: false`. By default they would be left out, and the feeds be empty."
        yield "unpublished: include"
    else:
        yield "# Records that say `published: false` are left out. `include` shows them."
        yield "unpublished: skip"


def _examples(check: Check | None) -> Iterator[str]:
    """Examples of what else can be set, of the names that the records have."""
    topics, providers, categories, types = (_names(check, kind) for kind in _KINDS)
    yield "# Other kinds of feeds, beside those of topics and providers:"
    yield "#groups:"
    for setting, names in (("category", categories), ("type", types)):
        if names:
            yield f"#  {setting}: true   # {', '.join(map(quoted, names[:3]))}{', ...' if names[3:] else ''}"
    yield "#  provider_topic: true   # each topic of each provider"
    yield ""
    if topics or providers:
        yield "# Feeds of your own choice; docs/configuration.md tells what can stand in `where`:"
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
    yield "# All entries since the beginning, in documents that follow each feed (RFC 5005):"
    yield "#archive: true"


def _renamed(topics: list[str]) -> Iterator[str]:
    """An example of a topic with two names: of two that look like one, where there are such."""
    spelt: dict[str, str] = {}
    for name in topics:
        alike = spelt.setdefault(re.sub(r"[-.]|s$", "", slugs.identity(name)), name)
        if alike != name:
            yield "# Topics that may be one: with this, both names are answered by one feed."
            break
    else:
        alike, name = topics[0], f"{topics[0]} (old name)"
        yield "# A topic that was renamed goes on answering by its old name:"
    if text.clean(name) == name:
        yield "#topics:"
        yield f"#  {quoted(alike)}:"
        yield f"#    aliases: [{quoted(name)}]"


def _names(check: Check | None, kind: Kind) -> list[str]:
    """The names of the feeds of a kind, the largest first; those of the first record where there is no other."""
    if not check:
        return {"topic": ["Feeds", "Open Web"], "provider": ["Example"]}.get(kind, [])
    return [feed.name for feed in sorted(check.feeds, key=lambda feed: (-feed.total, feed.name)) if feed.kind == kind]


def _relative_image(found: InitScan) -> str | None:
    """A relative URL of an image, if there is one."""
    problems = found.check.problems if found.check else []
    return next((one.values[0] for one in problems if one.code == "url-relative" and "images[" in (one.field or "")), None)


def _sentences(found: InitScan) -> Iterator[str]:
    """What was found, for people."""
    if check := found.check:
        counts = check.records
        readable = counts.read - counts.rejected - counts.notes  # others may be anything: a README, a licence
        records = "1 record" if readable == 1 else f"{readable:,} records"
        yield f"Found {records} in {_shown(found.records)}."
        if found.is_hidden:
            yield "All are unpublished, so that feedloom.yaml says unpublished: include."
        elif counts.unpublished:
            yield f"Left out: {counts.unpublished:,} unpublished; unpublished: include would show them."
        if counts.rejected:
            yield f"Left out: {counts.rejected:,} that cannot be read; feedloom check tells why."
        if _relative_image(found):
            yield "Images have relative addresses: set site.records_url in feedloom.yaml, so that they are shown."
        if found.others:
            yield f"There are records in {', '.join(map(_shown, found.others))} too; feedloom reads one folder."
    files = sorted({known.file for known in found.site.values()})
    if files:
        yield f"Took {_and(sorted(found.site))} of the site from {_and(files)}."


def _and(names: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def _shown(folder: str) -> str:
    return "this folder" if folder == "." else printable(folder) + "/"
