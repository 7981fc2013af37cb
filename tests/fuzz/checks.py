"""What is checked of each case: it is built, changed and built again, and nothing may break a promise of SECURITY.md."""

import json
import multiprocessing
import os
import re
import resource
import shutil
import signal
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any
from unittest import mock

import msgspec
from lxml import etree

import feedloom
from feedloom.config.settings import CONFIGURATION, Config
from feedloom.records import parse, scan
from tests.conftest import NOW, Site, published
from tests.fuzz.inputs import PRIVATE, Case
from tests.test_hostile import SHOWN, elements
from tests.test_valid import WARNED
from tests.validator import site_complaints

SECONDS_A_RECORD = 10
"""Of the processor, for each mebibyte; generous, since other processes spoil its caches."""
SECONDS_A_BUILD = 5
"""On top of these."""
MOST_MEMORY = 340 << 20
"""Beyond what the process has when it begins with a case."""
MOST_SECONDS = 120
"""Of the processor, for all builds of a case and their checks; then it is ended."""
_MOST_ADDRESSES = 4 << 30
"""Bytes, beyond those of the parent: without any left, CPython 3.11 ends a call with a SystemError of its own."""
_LONGEST_PROBLEM = 2_000
_SUFFIXES = (".md", ".markdown", ".txt", ".yaml", ".yml")

_elements = lru_cache(4096)(elements)
_HTML = {
    "<{http://www.w3.org/2005/Atom}content>",
    "<{http://purl.org/rss/1.0/modules/content/}encoded> of an item",
    "<description> of an item",
    "content_html",
}
_LINKS = {"href", "url", "src", "xmlUrl", "htmlUrl", "icon", "favicon", "image", "home_page_url", "feed_url"}


class Failure(Exception):
    """A check that failed, by its name, and what it saw."""

    def __init__(self, check: str, seen: object) -> None:
        super().__init__(check, f"{seen}")
        self.check = check


class Tried(msgspec.Struct):
    """The figures of a case, or of all: the times are those of the processor, the memory is in bytes."""

    builds: int = 0
    records: int = 0
    published: int = 0
    rejected: int = 0
    bytes: int = 0
    slowest_record: float = 0
    slowest_build: float = 0
    memory: int = 0

    def add(self, other: "Tried") -> None:
        """Sums, and the greatest of what is slow or large."""
        for name in ("builds", "records", "published", "rejected", "bytes"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name in ("slowest_record", "slowest_build", "memory"):
            setattr(self, name, max(getattr(self, name), getattr(other, name)))


def apart(case: Case, folder: Path) -> Tried | Failure:
    """Try a case in a process of its own, so that one that hangs or takes all memory is only ended."""
    forking = multiprocessing.get_context("fork")
    receiver, sender = forking.Pipe(duplex=False)
    process = forking.Process(target=_apart, args=(case, folder, sender))
    process.start()
    sender.close()
    try:
        outcome: Tried | Failure = receiver.recv()
    except EOFError:
        outcome = Failure("ends", "")
    process.join()
    if process.exitcode:
        outcome = Failure("ends", f"was ended by {signal.Signals(-process.exitcode).name}")
    return outcome


def _apart(case: Case, folder: Path, sender: "Connection[Tried | Failure, None]") -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
    with open("/proc/self/statm") as file:
        most = int(file.read().split()[0]) * resource.getpagesize() + _MOST_ADDRESSES
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    signal.alarm(5 * MOST_SECONDS)
    try:
        sender.send(tried(case, folder))
    except Failure as failure:
        sender.send(failure)


def tried(case: Case, folder: Path) -> Tried:
    """Build a case below a folder, which is emptied, and check all. Raises Failure."""
    shutil.rmtree(folder, ignore_errors=True)
    home = folder / "above" / "home"
    home.mkdir(parents=True)
    os.chdir(home)
    site = Site(home)
    figures = Tried()
    memory = _peak()
    try:
        config = _configured(site, case.settings)
        _write(site, case.records, 10**18)
        if case.changes:
            time.sleep(0.03)  # what was changed just before a build is read again in the next one, come what may
        checked = [(_built(site, config, folder, figures), site.files())]
        records = [_record_files(site)]
        if case.changes:
            cold = home / "cold"
            shutil.copytree(site.output, cold)
            _write(site, case.changes, 10**18 + 1)
            checked.append((_built(site, config, folder, figures), site.files()))
            records.append(_record_files(site))
            _same_as_from_scratch(site, config, cold, *checked[-1])
        figures.memory = _peak() - memory
        if figures.memory > MOST_MEMORY:
            raise Failure("memory", f"{figures.memory >> 20} MiB")
        for (report, files), names in zip(checked, records, strict=True):
            _check_report(report, names)
            _check_files(files, config)
    except Failure:
        raise
    except Exception:
        raise Failure("raises nothing", traceback.format_exc()) from None
    return figures


def _peak() -> int:
    """The most memory that the process had so far: for one that was forked, at first what it has of its parent."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10


# --- Builds -------------------------------------------------------------------------------------------------------------


def _configured(site: Site, settings: dict[str, Any]) -> Config:
    """With those of the settings that are valid."""
    valid: dict[str, Any] = {"jobs": 1}
    for name, value in settings.items():
        try:
            site.config(**valid, **{name: value})
        except feedloom.ConfigError:
            continue
        valid[name] = value
    return site.config(**valid)


def _write(site: Site, files: dict[str, bytes] | dict[str, bytes | None], time_ns: int) -> None:
    for name, data in files.items():
        path = site.records / name
        if data is None:
            path.unlink(missing_ok=True)
            continue
        site.write({name: data})
        os.utime(path, ns=(time_ns, time_ns))  # a file that was touched just now is waited for


def _built(site: Site, config: Config, folder: Path, figures: Tried) -> feedloom.Report:
    before = _outside(site, folder)
    size = sum(map(len, before.values()))
    begin = time.process_time()
    with _timed(figures):
        report = feedloom.build(config, now=NOW, force=True)
    took = time.process_time() - begin
    if _outside(site, folder) != before:
        after = _outside(site, folder)
        odd = [name for name in before.keys() | after.keys() if before.get(name) != after.get(name)]
        raise Failure("writes nothing outside", odd)
    if took > SECONDS_A_BUILD + SECONDS_A_RECORD * size / 2**20:
        raise Failure("time", f"{took:.1f} s for a build of {size:,} bytes")
    counts = report.records
    figures.add(Tried(1, counts.read, counts.published, counts.rejected, size, slowest_build=took))
    return report


def _outside(site: Site, folder: Path) -> dict[str, bytes]:
    """All files but those that a build may write."""
    files = (path for path in folder.rglob("*") if not path.is_dir() and not path.is_relative_to(site.output))
    return {str(path): path.read_bytes() for path in files if not path.name.startswith(site.state.name)}


@contextmanager
def _timed(figures: Tried) -> Iterator[None]:
    """Keep the time of the slowest record."""
    real = parse.reading

    def reading(path: str, data: bytes, rules: Any) -> parse.Reading:
        begin = time.process_time()
        found = real(path, data, rules)
        took = time.process_time() - begin
        if took > SECONDS_A_RECORD:
            raise Failure("time", f"{took:.1f} s for {path}")
        figures.slowest_record = max(figures.slowest_record, took)
        return found

    with mock.patch.object(parse, "reading", reading):
        yield


def _same_as_from_scratch(site: Site, config: Config, cold: Path, report: feedloom.Report, files: dict[str, bytes]) -> None:
    """`cold` has the former output: a feed that has no record any more goes on answering."""
    fresh = feedloom.build(msgspec.structs.replace(config, output=str(cold), state=None), now=NOW, force=True, fresh=True)
    made = published(cold)
    if odd := [name for name in files.keys() | made.keys() if files.get(name) != made.get(name)]:
        raise Failure("warm is as cold", odd)
    if msgspec.structs.replace(report, seconds=0, hints=[]) != msgspec.structs.replace(fresh, seconds=0):
        raise Failure("warm is as cold", f"{report}\n{fresh}")


# --- What they told -----------------------------------------------------------------------------------------------------


def _record_files(site: Site) -> list[str]:
    """The paths of what is a record by its name (docs/records.md), as they are shown."""
    names = [path.relative_to(site.records) for path in site.records.rglob("*") if path.is_file()]
    return [
        scan.shown(os.path.join(scan.shown(str(site.records)), os.fsencode(name).decode(errors="surrogateescape")))
        for name in names
        if name.name.lower().endswith(_SUFFIXES)
        and name.name not in CONFIGURATION
        and not any(part.startswith(".") for part in name.parts)
    ]


def _check_report(report: feedloom.Report, names: list[str]) -> None:
    counts = report.records
    others = counts.published + counts.unpublished + counts.scheduled + counts.rejected + counts.duplicates + counts.notes
    if not counts.read == others == len(names):
        raise Failure("counts", f"{counts} of {len(names)} records")
    rejected = {problem.path for problem in report.problems if problem.level == "rejected"}
    # Two names may be shown as one.
    if not rejected <= set(names) or sum(name in rejected for name in names) < counts.rejected:
        raise Failure("names what is rejected", f"{counts}, {rejected}")
    for problem in report.problems:
        told = str(problem)
        if not told.isprintable():
            raise Failure("problems are printable", ascii(told))
        if len(told) - len(problem.path) > _LONGEST_PROBLEM:
            raise Failure("problems are short", f"{len(told):,} characters: {told[:500]}")
        if PRIVATE in told:
            raise Failure("private", told)


# --- What they published ------------------------------------------------------------------------------------------------


def _check_files(files: dict[str, bytes], config: Config) -> None:
    # A topic's other addresses answer with the feed of its own.
    known = {*WARNED, *(["SelfDoesntMatchLocation"] if config.topics else [])}
    # Pages come last: what the others tell more of is not to be told of them.
    for path, document in sorted(files.items(), key=lambda file: file[0].endswith(".html")):
        complaints = site_complaints(document, path, config.site.url)
        if not {complaint.partition(":")[0] for complaint in complaints} <= known:
            raise Failure("valid", f"{path}: {complaints[:5]!r:.2000}")
        if PRIVATE.encode() in document:
            raise Failure("private", path)
        for name, value in _values(document, path):
            if "<" in value and not _elements(value) <= (SHOWN if name in _HTML else set()):
                raise Failure("no mark-up", f"{path}: {name}: {value:.500}")
            if name in _LINKS and not re.match("https?://" if config.site.url else "https?://|[^:]*$", value):
                raise Failure("links", f"{path}: {name}: {value:.500}")


def _values(document: bytes, path: str) -> Iterator[tuple[str, str]]:
    """All texts of a file, with the names of their elements, attributes or fields.

    Not those of pages, in which every element that a template does not name is invalid.
    """
    if path.endswith(".json"):
        yield from _json_values("", json.loads(document))
    if not path.endswith((".atom", ".rss", ".opml")):
        return
    for element in etree.fromstring(document).iter("*"):
        parent = element.getparent()
        yield f"<{element.tag}>{' of an item' if parent is not None and parent.tag == 'item' else ''}", element.text or ""
        yield from ((str(name), str(value)) for name, value in element.attrib.items())


def _json_values(name: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield name, value
    elif isinstance(value, list):
        for item in value:
            yield from _json_values(name, item)
    elif isinstance(value, dict):
        for inner, item in value.items():
            yield from _json_values(inner, item)
