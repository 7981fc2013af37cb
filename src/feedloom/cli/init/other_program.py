"""What `feedloom init` makes of a site of another program: its posts, and a configuration that publishes them."""

import os
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from feedloom.cli.init import scan
from feedloom.cli.init.yaml_text import quoted
from feedloom.config import other_sites, site_settings
from feedloom.config.profiles import PROFILES, Name
from feedloom.config.settings import Config
from feedloom.config.site_settings import SiteSettings
from feedloom.model import Record, printable
from feedloom.pipeline import guard
from feedloom.pipeline.check import check
from feedloom.report import Check, Records

SCHEMA = "feedloom.schema.json"
"""The file beside the configuration that editors read the settings from."""

_HOME = "https://example.com/"
"""Where the address of a site is not known."""
_NO_SITES = ("node_modules", "vendor", "test", "tests", "fixtures", "examples", "public", "dist", "build")
"""Folders in which a site is an example, or built."""
_WIDTH = 60
"""Characters of a title that are shown."""


class OtherProgram(NamedTuple):
    """A site of another program. `records` and `output` are folders below that of the site, and `check` says what a build would
    publish.
    """

    settings: SiteSettings
    records: str
    output: str
    config: Config
    check: Check


def scan_site(folder: str) -> OtherProgram | None:
    """Look at the site in a folder, else in one of its folders, as `website/` beside the code of a program.

    None if no program is recognized, or it has no posts. Raises OSError.
    """
    return next(filter(None, (_scanned(folder, inside) for inside in _sites(folder))), None)


def _sites(folder: str) -> Iterator[str]:
    """Folders that may be that of a site: this one, as an empty text, and those in it."""
    yield ""
    if os.path.isdir(folder):
        with os.scandir(folder) as entries:
            inside = [entry.name for entry in entries if entry.is_dir(follow_symlinks=False) and entry.name[0] not in "._"]
        yield from sorted(name for name in inside if name not in _NO_SITES and name.isprintable())


def _scanned(folder: str, inside: str) -> OtherProgram | None:
    site = os.path.join(folder, inside) if inside else folder
    profile = site_settings.detected(site)
    if not profile:
        return None
    settings = site_settings.read(site, profile)
    if not other_sites.is_usable("home", settings.url):
        settings = msgspec.structs.replace(settings, url="")
    output = scan.free(os.path.normpath(os.path.join(inside, PROFILES[profile].static, "feeds")), folder)
    best: OtherProgram | None = None
    for place in _places(site, profile, settings):
        records = os.path.normpath(os.path.join(inside, place)) if inside else place
        config = _configured(folder, profile, records, settings)
        found = OtherProgram(settings, records, output, config, check(config))
        if not best or _is_better(found.check.records, best.check.records):
            best = found
        if _is_good(best.check.records):
            break
    return best if best and best.check.records.read > best.check.records.notes else None


def _is_better(one: Records, other: Records) -> bool:
    """Whether one folder has more posts than another, or as good as all of them without its many pages."""
    if _is_good(one) and not _is_good(other):
        return one.published * 100 >= other.published * 99
    return one.published > other.published


def _is_good(counts: Records) -> bool:
    return bool(counts.published) and counts.rejected * 10 <= counts.published


def configuration(found: OtherProgram) -> str:
    """The text of feedloom.yaml."""
    return "\n".join(_lines(found)) + "\n"


def sentences(found: OtherProgram) -> Iterator[str]:
    """What was found, and one post as it will be published."""
    counts = found.check.records
    posts = counts.read - counts.notes
    where = "this folder" if found.records == "." else f"{printable(found.records)}/"
    yield (
        f"Found {posts:,} {'post' if posts == 1 else 'posts'} in {where}, made for "
        f"{PROFILES[found.settings.profile].title}; {counts.published:,} can be published."
    )
    undated = _undated(found.check)
    for number, what in (
        (counts.unpublished, "unpublished"),
        (counts.scheduled, "dated in the future"),
        (counts.duplicates, "with the address of another post; feedloom check names them"),
        (undated, f"{'page' if undated == 1 else 'pages'} without a date; feedloom check names them"),
        (counts.rejected - undated, "with errors; feedloom check shows why"),
    ):
        if number:
            yield f"Left out: {number:,} {what}."
    if others := _other_languages(found.settings):
        yield f"Posts in other languages are in {_and(others)}: records can list these folders, too."
    if found.settings.guessed:
        files = ", ".join(sorted(set(found.settings.guessed.values())))
        yield f"Read {_and(sorted(found.settings.guessed))} from {files}: check them in feedloom.yaml."
    if not found.settings.url:
        yield f"The URL of the site is not known: set site.home in feedloom.yaml, which builds need. Here, it is {_HOME}."
    if found.settings.profile == "astro" and not found.settings.pattern:
        yield "How the URLs of posts are made is not known: set permalink in feedloom.yaml, such as /blog/:slug/."
    if article := _example(found):
        yield "One post, as it will be published:"
        yield f"  {article.title[:_WIDTH]}"
        yield f"  {article.published:%Y-%m-%d %H:%M} UTC, {article.link}"
        if article.id != article.link:
            yield f"  id {article.id}"


def _other_languages(settings: SiteSettings) -> list[str]:
    """The folders of the languages that have one of their own, without that of the main language."""
    folders = {folder for code, folder in settings.language_folders.items() if code not in settings.no_languages}
    return sorted(f"{printable(folder)}/" for folder in folders - {settings.posts})


def _undated(check: Check) -> int:
    """The number of files that are left out only because they have no date: most often they are pages."""
    codes: dict[str, set[str]] = {}
    for problem in check.problems:
        if problem.level == "rejected":
            codes.setdefault(problem.path, set()).add(problem.code)
    return sum(found == {"post-date-missing"} for found in codes.values())


def _places(folder: str, profile: Name, settings: SiteSettings) -> Iterator[str]:
    """Folders that may hold the posts, the likeliest first."""
    root = settings.posts if settings.posts and os.path.isdir(os.path.join(folder, settings.posts)) else "."
    if profile == "jekyll":
        has_more = any(
            os.path.isdir(os.path.join(folder, name, "_posts"))
            for name in os.listdir(folder)
            if not name.startswith((".", "_"))
        )
        yield "." if has_more or not os.path.isdir(os.path.join(folder, "_posts")) else "_posts"
        return
    yield root
    place = os.path.join(folder, root)
    inside = sorted(name for name in os.listdir(place) if os.path.isdir(os.path.join(place, name)) and name[0] not in "._")
    for name in sorted(inside, key=lambda name: name.lower() not in ("posts", "post", "blog", "articles", "news")):
        yield name if root == "." else f"{root}/{name}"


def _configured(folder: str, profile: Name, records: str, settings: SiteSettings) -> Config:
    site = {"home": settings.url or _HOME}
    permalink = {} if settings.pattern or profile != "astro" else {"permalink": "/:slug/"}
    return other_sites.configured(folder, profile, records, site=site, **permalink)


def _lines(found: OtherProgram) -> Iterator[str]:
    settings, site = found.settings, found.config.site
    title = PROFILES[settings.profile].title
    yield f"# yaml-language-server: $schema={SCHEMA}"
    yield "# The settings of feedloom. All are optional; docs/configuration.md lists them with their defaults."
    yield ""
    yield f"profile: {settings.profile}   # feedloom profile {settings.profile} shows what is read of the posts of {title}"
    yield f"records: {quoted(found.records)}   # folder of your posts"
    copied = f", which {title} publishes as it is" if PROFILES[settings.profile].static else ""
    yield f"output: {quoted(found.output)}   # folder for the feeds{copied}"
    yield ""
    yield "site:"
    for name in ("title", "description", "language", "timezone"):
        value = getattr(settings, name)
        if value and getattr(site, name):
            yield f"  {name}: {quoted(getattr(site, name))}{_guess(settings, name)}"
    yield "  # The home page of your site: the URLs of the posts start with it."
    if settings.url:
        yield f"  home: {quoted(site.home or _HOME)}{_guess(settings, 'url')}"
    else:  # with a wrong one, all posts would get wrong ids
        yield f"  #home: {quoted(_HOME)}   # not known: set it before you build"
    yield "  # The URL at which the output folder is published; feeds and their ids are made from it."
    url = f"{(site.home or _HOME).rstrip('/')}/{os.path.basename(found.output)}/"
    yield f"  {'' if settings.url else '#'}url: {quoted(url)}"
    yield ""
    article = _example(found)
    example = f" such as {article.link}" if article else ""
    if settings.pattern and "pattern" in settings.guessed:
        yield f"# How URLs of posts are made{printable(example)}: read from {settings.guessed['pattern']}, please check it."
        yield f"permalink: {quoted(settings.pattern)}"
    elif settings.profile == "astro" and not settings.pattern:
        yield "# How URLs of posts are made: not known, set it before you build."
        yield "#permalink: /blog/:slug/"
    else:
        yield f"# URLs of posts are made as {title} makes them{printable(example)}."
        yield "#permalink: ..."
    yield ""
    yield "# To read other fields of your posts:"
    yield "#fields:"
    yield '#  published: [date, ":file"]'
    yield ""
    yield "# Feeds of authors, and only of topics that several posts have:"
    yield "#groups:"
    yield "#  author: true"
    yield "#  topic: {at_least: 3}"
    yield ""
    yield "limit: 50   # entries per feed, at most"
    counts = found.check.records
    if counts.published and guard.objection(counts, 0, found.config.guard):
        yield ""
        yield f"# {counts.rejected:,} of {counts.read:,} files are no posts, or have errors: builds go on nevertheless."
        yield "guard:"
        yield "  max_rejected: 1"


def _guess(settings: SiteSettings, name: str) -> str:
    return f"   # from {settings.guessed[name]}" if name in settings.guessed else ""


def _example(found: OtherProgram) -> Record | None:
    return next(iter(found.check.articles), None)


def _and(names: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
