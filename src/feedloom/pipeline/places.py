"""The folders of a run: the records folder and its problems, and that records and cache are not published."""

import contextlib
import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import partial
from typing import Any

import msgspec

from feedloom.config.profiles import PROFILES
from feedloom.config.settings import CONFIGURATION, Config
from feedloom.errors import ConfigError
from feedloom.model import CONTAINERS, Problem
from feedloom.pipeline import digests
from feedloom.pipeline.workers import Workers
from feedloom.records import scan
from feedloom.records.scan import Scan
from feedloom.values import packed
from feedloom.values.object_urls import is_url


def check(config: Config) -> None:
    """Check that the records folder can be read, that a server of the output folder would not hand out records or the cache,
    and that the libraries for compressed copies are there. Raises ConfigError.
    """
    if config.folder is None and config.publish.precompress:
        raise ConfigError(
            f"{_where(config)}publish.precompress: object storage cannot choose between copies of a file: remove the setting, "
            "and let your CDN compress (docs/scaling.md)"
        )
    for coding, module in packed.missing(config.publish.precompress).items():
        how = "install feedloom[compress], or remove it from the list"
        raise ConfigError(f"{_where(config)}publish.precompress: {coding} needs the package {module}: {how}")
    if not is_url(config.records):
        with _readable(config):
            if not scan.is_container(config.records):
                os.scandir(config.records).close()
    for part, one in zip(config.parts, config.several, strict=True):
        if is_url(part.folder):
            continue
        if not os.path.isdir(folder := os.path.join(config.records, part.folder)):
            raise ConfigError(f"{folder}: there is no such folder; correct records")
        from feedloom.config import other_sites  # reads TOML and JSON; most sites have one folder

        if other_sites.is_file(one.path) and not os.path.isfile(one.path):
            raise ConfigError(f"{one.path}: there is no such file; correct records")
    for what, path, are, them in (("records", config.records, "they are", "them"), ("cache", config.state, "it is", "it")):
        if path is not None and is_published(path, config):
            raise ConfigError(
                f"{path}: the {what} would be published: {are} in the output folder {config.output}; "
                f"choose an output folder that does not contain {them} (--output)"
            )


def is_published(path: str, config: Config) -> bool:
    """Whether a folder or a place in object storage is inside the output."""
    if is_url(path) or config.folder is None:
        return f"{path.rstrip('/')}/".startswith(f"{config.output.rstrip('/')}/")
    return is_inside(path, config.folder)


def scanned(
    config: Config, only: Collection[bytes] | None = None, workers: Workers | None = None, *, known: int | None = 0
) -> Scan:
    """The record files, or `only` those with these paths inside the folder or below them. The rows of a file are always read.
    Of a large site, the workers list parts: so many files are `known` of the last build, None if this is the first.

    Raises ConfigError if the folder cannot be read.
    """
    suffixes = scan.SUFFIXES
    if config.profile != "native" or config.parts:
        looked_for = {one for part in config.parts for one in part.suffixes} or set(PROFILES[config.profile].suffixes)
        suffixes = tuple(sorted(map(str.encode, looked_for)))
    if not is_url(config.records):
        with _readable(config):
            if scan.is_container(config.records):
                return scan.scan_file(config.records)
            is_quick = workers is not None and workers.start_quickly()
            spread = partial(_listed, workers) if workers and is_quick and known is None else workers.map if workers else map
            alone = scan.listed_alone(known, is_quick=is_quick)
            found = scan.scan_folder(config.records, config.ignore, config.folder, suffixes, config.parts, only, spread, alone)
            if workers:
                workers.end()  # they would keep memory for tens of thousands of files, and often there is nothing else to do
    else:
        found = Scan([], [])
    urls = {part.folder: None for part in config.parts if is_url(part.folder)} or (
        {config.records: None} if is_url(config.records) else {}
    )
    if urls:
        found = _with_objects(found, list(urls), suffixes, config)
    return found if only is not None else found._replace(problems=[*_without_files(found, config), *found.problems])


def _listed(workers: Workers, below: Callable[[Any], Any], folders: list[Any]) -> Iterator[Any]:
    """Let the workers list folders, and import meanwhile what a first build needs, which takes as long as 4,000 files."""
    found = workers.map(below, folders)
    from feedloom.pipeline import hints, ingest, plan, rendering  # noqa: F401

    return found


def _without_files(found: Scan, config: Config) -> Iterator[Problem]:
    """The places in object storage and the globs in which there is no record file: their names may be wrong. That others exist
    is certain.
    """
    named = [(one.path, part.pattern) for one, part in zip(config.several, config.parts, strict=True)]
    for path, regex in named or ([(config.records, ".*")] if is_url(config.records) else ()):
        if is_url(path) or "*" in path or "?" in path:
            pattern = re.compile(regex, re.DOTALL)
            files = (source.file.decode(errors="surrogateescape") for bucket in found.buckets for source in bucket)
            if not any(map(pattern.fullmatch, files)):
                yield Problem("", None, "records", "records-none", (path,), "warning")


def has_objects(config: Config) -> bool:
    """Whether some records are in object storage."""
    return is_url(config.records) or any(is_url(part.folder) for part in config.parts)


def records(config: Config) -> bytes:
    """What identifies the place of the records."""
    return os.fsencode(config.records if is_url(config.records) else os.path.realpath(config.records))


def _with_objects(found: Scan, urls: Sequence[str], suffixes: tuple[bytes, ...], config: Config) -> Scan:
    from feedloom.records import buckets  # most records are local

    all_buckets = scan.Buckets()
    for sources in found.buckets:
        all_buckets.add_all(sources)
    problems = list(found.problems)
    but = config.output if is_url(config.output) else ""
    for url in urls:
        if any(url.startswith(f"{other}/") for other in urls if other != url):
            continue  # what is below another one is listed there
        problems += buckets.scan_objects(url, all_buckets, config.ignore, but, suffixes, config.parts)
    return Scan(all_buckets.sources(), problems, found.marks)


def left_out(config: Config) -> str:
    """The part of the records folder that a scan leaves out because it is the output folder; "." if it is elsewhere."""
    if config.folder is None:
        return "."
    inside = os.path.relpath(os.path.realpath(config.folder), os.path.realpath(config.records))
    return "." if inside.split(os.sep)[0] == os.pardir else inside


def site(config: Config) -> str:
    """The name of a site in the cache: several may share one."""
    return digests.digest(os.fsencode(os.path.realpath(config.folder) if config.folder else config.output)).hex()


def placed(problems: Iterable[Problem], config: Config) -> list[Problem]:
    """The problems with paths that can be opened from the current folder. Those without a path are about the settings."""
    return [
        msgspec.structs.replace(problem, path=place(problem.path, config)) if problem.path else _in_settings(problem, config)
        for problem in problems
    ]


def place(path: str, config: Config) -> str:
    """The path of a record that can be opened from the current folder; of a row, the path of its file and its place there."""
    if "://" in path:
        return path
    folder = scan.shown(os.path.dirname(config.records) if scan.is_container(config.records) else config.records)
    return folder if path == "." else os.path.join(folder, path)


def check_folder(config: Config, what: str) -> None:
    """Raise ConfigError if the output is not a local folder, which `what` needs."""
    if config.folder is None:
        raise ConfigError(f"{config.output}: {what} needs the feeds in a local folder; name one")


def _where(config: Config) -> str:
    return f"{config.file}: " if config.file else ""


def _in_settings(problem: Problem, config: Config) -> Problem:
    from feedloom.config import load

    line = load.line_of(config.file, problem.field or "") if config.file else None
    return msgspec.structs.replace(problem, path=scan.shown(config.file or "the settings"), line=line)


@contextlib.contextmanager
def _readable(config: Config) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        how = "name it (feedloom build FOLDER, feedloom explain FILE --records FOLDER), or let feedloom init make one"
        is_missing = isinstance(error, FileNotFoundError)
        if config.records.lower().endswith(CONTAINERS):
            what = f"{config.records}: {'there is no such file' if is_missing else f'cannot be read: {error.strerror}'}"
            how = "name a file of records, or a folder"
        elif is_missing and config.file is None and config.records == Config().records:
            what = f"No {CONFIGURATION[0]} in {_here()}, and no folder {config.records}/"
        else:
            what = f"{config.records}: the records folder cannot be read: {error.strerror}"
        raise ConfigError(f"{what}: {how}") from None


def _here() -> str:
    try:
        return os.getcwd()
    except FileNotFoundError:  # it was removed
        return "the current folder"


def is_inside(path: str, folder: str) -> bool:
    """Whether a path is a folder or leads into it, by any name: links and capitals do not matter."""
    # A link inside the folder leads a web server out of it.
    places = {above for start in (os.path.realpath(path), os.path.abspath(path)) for above in _with_those_above(start)}
    try:
        wanted = os.stat(folder)
    except OSError:
        return os.path.realpath(folder) in places
    for place in places:
        try:
            if os.path.samestat(os.stat(place), wanted):
                return True
        except OSError:  # it does not exist, or cannot be accessed
            continue
    return False


def _with_those_above(path: str) -> Iterator[str]:
    yield path
    while (above := os.path.dirname(path)) != path:
        yield above
        path = above
