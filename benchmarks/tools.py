"""The programs that are compared: how each is called, where it writes a feed, and what its feeds lack."""

import os
import sys
from collections.abc import Callable, Mapping
from importlib import metadata
from typing import NamedTuple

import records

PEERS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "peers")
_BESIDE = os.path.dirname(sys.executable)


class Tool(NamedTuple):
    """A program that makes feeds of records.

    `command` is given the folder of records and the folder of output. `path` tells where a feed is, without suffix. `reads`
    names the folder of records: the records as they are, or the copy with a line more for Hugo. `lacks` is for people, and
    `lacking` names what `verify` does not ask for, by format.
    """

    name: str
    title: str
    command: Callable[[str, str], list[str]]
    path: Callable[[records.Feed], str]
    lacks: str
    packages: tuple[str, ...]
    reads: str = "records"
    environment: Mapping[str, str] = {}
    most: int | None = None
    lacking: Mapping[str, frozenset[str]] = {}


def _by_domain(feed: records.Feed) -> str:
    if feed.kind == "provider":
        return f"providers/{records.domain_of(feed.name)}"
    return f"topics/{_slug(feed.name)}" if feed.kind == "topic" else "all"


def _by_name(feed: records.Feed) -> str:
    return "all" if feed.kind == "all" else f"{feed.kind}s/{_slug(feed.name)}"


def _hugo_path(feed: records.Feed) -> str:
    return "feed" if feed.kind == "all" else f"{feed.kind}s/{_slug(feed.name)}/feed"


def _slug(name: str) -> str:
    return name.lower().replace(" ", "-")


def _feedloom(folder: str, output: str) -> list[str]:
    options = ["--state", f"{output}.state", "--site-url", "https://feeds.example.org/", "-q", "--report", f"{output}.report"]
    return [os.path.join(_BESIDE, "feedloom"), "build", folder, "-o", output, *options]


def _script(name: str) -> Callable[[str, str], list[str]]:
    return lambda folder, output: [sys.executable, os.path.join(PEERS, name), folder, output]


def _hugo(folder: str, output: str) -> list[str]:
    """Hugo's own program: the command of its package is Python that starts it."""
    program = str(metadata.distribution("hugo").locate_file("hugo/binaries/hugo"))
    source = os.path.join(PEERS, "hugo")
    return [program, "build", "--source", source, "--contentDir", folder, "--destination", output, "--noBuildLock", "--quiet"]


def _pelican(folder: str, output: str) -> list[str]:
    settings = os.path.join(PEERS, "pelican", "pelicanconf.py")
    return [os.path.join(_BESIDE, "pelican"), folder, "--settings", settings, "--output", output, "--quiet"]


SAME = Tool(
    "feedloom",
    "feedloom",
    _feedloom,
    _by_domain,
    "",
    ("feedloom", "PyYAML", "lxml", "msgspec"),
    environment={"FEEDLOOM_FORMATS": "atom,rss", "FEEDLOOM_PAGES": "false", "FEEDLOOM_CONTENT": "none"},
)
"""feedloom with the settings that ask for what the other tools make."""
ALL = SAME._replace(name="feedloom_all", title="feedloom, everything on", environment={})
"""feedloom as it is without settings."""

HUGO = Tool(
    "hugo",
    "Hugo",
    _hugo,
    _hugo_path,
    "sizes of images",
    ("hugo",),
    reads="taxonomy",
    environment={"GOGC": "400"},
)
"""What all others are compared with."""

TOOLS = [
    SAME,
    ALL,
    HUGO,
    Tool("hand_tuned", "hand-tuned script", _script("hand_tuned.py"), _by_domain, "sizes of images; all checks", ("yaml-rs",)),
    Tool(
        "short_script",
        "short script",
        _script("short_script.py"),
        _by_domain,
        "sizes of images; what a link is (`rel`); author and related links in RSS; all checks",
        ("PyYAML", "feedgen"),
        lacking={"rss": frozenset({"author", "related"})},
        most=50_000,
    ),
    Tool(
        "pelican",
        "Pelican",
        _pelican,
        _by_name,
        "the article's id, images, related links",
        ("pelican", "feedgenerator", "PyYAML"),
        most=50_000,
        lacking={format: frozenset({"id", "images", "related"}) for format in ("atom", "rss")},
    ),
]


def versions(tools: list[Tool]) -> dict[str, str]:
    """The versions of the packages that the tools are made of."""
    return {package: metadata.version(package) for tool in tools for package in tool.packages}
