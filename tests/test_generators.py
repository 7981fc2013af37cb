"""The small sites, built by their own generators: feedloom publishes the ids, links, dates and titles of their own feeds."""

import json
import os
import shutil
import subprocess
import sys
from html import unescape
from pathlib import Path
from typing import Any, NamedTuple

import feedparser
import pytest

import feedloom
from tests import programs
from tests.conftest import NOW
from tests.programs import needs
from tests.test_sites import SITES, config

pytestmark = pytest.mark.once


class Generator(NamedTuple):
    """The command that builds a site, and the feeds of it. A generator of npm `has_packages`. `zone` is that of the machine."""

    command: list[str]
    feeds: list[str]
    has_packages: bool = False
    zone: str = "America/Los_Angeles"


PYTHON = [sys.executable, "-m"]
GENERATORS = {
    "jekyll": Generator(["jekyll", "build", "--quiet", "--destination", "_site"], ["_site/feed.xml"]),
    "hugo": Generator([*PYTHON, "hugo", "--quiet"], ["public/index.xml", "public/de/index.xml"]),
    "pelican": Generator(
        [*PYTHON, "pelican", "content", "-q", "-s", "pelicanconf.py", "-o", "output"], ["output/feeds/all.atom.xml"]
    ),
    "nikola": Generator([*PYTHON, "nikola", "build", "-v0"], ["output/index.atom", "output/rss.xml"]),
    "eleventy": Generator(["node_modules/.bin/eleventy", "--quiet"], ["_site/feed.xml"], has_packages=True),
    "hexo": Generator(
        ["node_modules/.bin/hexo", "generate", "--silent"], ["public/atom.xml"], has_packages=True, zone="Asia/Shanghai"
    ),
}


def built(name: str, folder: Path) -> Path:
    """A copy of a site, built by its generator."""
    site = folder / name
    shutil.copytree(SITES / name, site)
    if GENERATORS[name].has_packages:
        (site / "node_modules").symlink_to(programs.GENERATORS / "node_modules")
        shutil.copy(programs.GENERATORS / "package.json", site)
    generate(name, site)
    return site


def generate(name: str, site: Path) -> None:
    variables = {**os.environ, "LANG": "C.UTF-8", "TZ": GENERATORS[name].zone}
    run = subprocess.run(GENERATORS[name].command, cwd=site, capture_output=True, text=True, env=variables)
    assert run.returncode == 0, run.stdout + run.stderr


def told(feed: Path) -> dict[str, tuple[str, str, str]]:
    """Link, date and title of each entry, by its id."""
    parsed: Any = feedparser.parse(feed.read_bytes(), sanitize_html=False)
    assert not parsed.bozo, parsed.get("bozo_exception")
    moments = {one.id: one.get("published_parsed") or one.updated_parsed for one in parsed.entries}
    return {
        one.id: (one.link, "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z".format(*moments[one.id][:6]), unescape(one.title))
        for one in parsed.entries
    }


@pytest.mark.parametrize("name", [pytest.param(name, marks=needs(name)) for name in GENERATORS])
def test_a_site_has_the_feed_of_its_generator(name: str, tmp_path: Path) -> None:
    site = built(name, tmp_path)
    feedloom.build(config(name, tmp_path), now=NOW, force=True)
    items = json.loads((tmp_path / "out" / "all.json").read_bytes())["items"]
    ours = {item["id"]: (item["url"], item["date_published"], item.get("title", "")) for item in items}
    theirs: dict[str, tuple[str, str, str]] = {}
    for feed in GENERATORS[name].feeds:
        found = told(site / feed)
        assert found
        theirs |= found
    if name == "eleventy":  # it knows no drafts: each site has a word of its own for these
        theirs = {id: entry for id, entry in theirs.items() if "SECRET" not in entry[2]}
    assert ours == theirs
