"""The programs that are compared: how each is called, where it writes a feed, and what its feeds lack."""

import os
import sys
from collections.abc import Callable, Mapping
from importlib import metadata
from typing import NamedTuple

import records

PEERS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "peers")
_BESIDE = os.path.dirname(sys.executable)
FEEDLOOM = os.path.join(_BESIDE, "feedloom")


class Tool(NamedTuple):
    """A program that makes feeds of records.

    `command` is given the folder of records and the folder of output. `path` tells where a feed is, without suffix. `reads`
    names the folder of records: the records as they are, the copy with a line more for Hugo, or posts (`content`). `lacks` is
    for people, and `lacking` names what `verify` does not ask for, by format. What `builds_again` also builds after nothing,
    one record and 1% of them were changed.
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
    builds_again: bool = False


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
    return [FEEDLOOM, "build", folder, "-o", output, *options]


def _script(name: str) -> Callable[[str, str], list[str]]:
    return lambda folder, output: [sys.executable, os.path.join(PEERS, name), folder, output]


def _hugo(name: str) -> Callable[[str, str], list[str]]:
    """Hugo's own program: the command of its package is Python that starts it."""
    source = os.path.join(PEERS, name)

    def command(folder: str, output: str) -> list[str]:
        program = str(metadata.distribution("hugo").locate_file("hugo/binaries/hugo"))
        options = ["--contentDir", folder, "--destination", output, "--noBuildLock", "--quiet"]
        return [program, "build", "--source", source, *options]

    return command


def _pelican(name: str) -> Callable[[str, str], list[str]]:
    settings = os.path.join(PEERS, name, "pelicanconf.py")
    program = os.path.join(_BESIDE, "pelican")
    return lambda folder, output: [program, folder, "--settings", settings, "--output", output, "--quiet"]


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
ALL = SAME._replace(name="feedloom_all", title="feedloom, everything on", environment={}, builds_again=True)
"""feedloom as it is without settings."""

HUGO = Tool(
    "hugo",
    "Hugo",
    _hugo("hugo"),
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
        _pelican("pelican"),
        _by_name,
        "the article's id, images, related links",
        ("pelican", "feedgenerator", "PyYAML"),
        most=10_000,
        lacking={format: frozenset({"id", "images", "related"}) for format in ("atom", "rss")},
    ),
]

_NO_AUTHORS = frozenset({"author"})
_LACKING = dict.fromkeys(("atom", "rss"), _NO_AUTHORS)
POSTS = [
    SAME._replace(
        reads="content",
        environment={
            "FEEDLOOM_PROFILE": "hugo",
            "FEEDLOOM_SITE_HOME": "https://feeds.example.org/",
            "FEEDLOOM_FORMATS": "atom,rss",
            "FEEDLOOM_PAGES": "false",
        },
        lacking=_LACKING,
        builds_again=True,
    ),
    HUGO._replace(
        command=_hugo("hugo_posts"),
        path=lambda feed: "feed" if feed.kind == "all" else f"tags/{_slug(feed.name)}/feed",
        lacks="",
        reads="content",
        lacking=_LACKING,
    ),
    Tool(
        "pelican",
        "Pelican",
        _pelican("pelican_posts"),
        _by_name,
        "the article's id; in RSS the excerpt",
        ("pelican", "feedgenerator", "PyYAML", "markdown-it-py"),
        reads="content",
        lacking={"atom": _NO_AUTHORS | {"id"}, "rss": _NO_AUTHORS | {"id", "summary"}},
    ),
]
"""What makes feeds of posts, with their bodies as content."""


def versions(tools: list[Tool]) -> dict[str, str]:
    """The versions of the packages that the tools are made of."""
    return {package: metadata.version(package) for tool in tools for package in tool.packages}
