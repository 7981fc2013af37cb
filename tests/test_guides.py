"""docs/from-NAME.md: the commands of each guide do what it says, on the small site of that generator."""

import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit
from xml.sax.saxutils import escape

import pytest
from click.testing import CliRunner

from feedloom.cli.main import main
from tests.programs import needs
from tests.test_generators import GENERATORS, built, generate
from tests.test_sites import NAMES, SITES

BASES = {"astro": "site/", "docusaurus": "site/", "obsidian": "notes/", "zola": "site/"}
"""The folders of the sites below their hosts, where no generator builds them here."""

DOCS = Path(__file__).parent.parent / "docs"


class Guide(NamedTuple):
    """What a guide says: its commands, where the built site is, the old feed in it and the new one, and what else to run."""

    commands: list[str]
    site: str
    old: str
    new: str
    copy: str
    settings: list[str]


def guide(name: str) -> Guide:
    text = (DOCS / f"from-{name}.md").read_text()
    commands = re.findall(r"^    \$ (.*)$", text, re.MULTILINE)
    (site,) = (command.split()[-1] for command in commands if "--links" in command)
    (old,) = re.findall(r"curl -o old\.xml https://me\.example/(\S+)", text)
    (new,) = re.findall(r"^    cp (\S+) \S+$", text, re.MULTILINE)
    assert f"    cp {new} {site}/{old}\n" in text
    assert f"    /{old}  /feeds/{new.rpartition('/')[2]}  301\n" in text
    copy = re.findall(r"^    - run: .* && (.*)$", text, re.MULTILINE)
    settings = re.findall(r", in `[^`]*`:\n\n((?:    .*\n)+)", text.partition("## The old feed")[0])
    return Guide(
        commands, site, old, new, " && ".join(copy), [re.sub("^    ", "", one, flags=re.MULTILINE) for one in settings]
    )


def site_of(name: str, folder: Path, told: Guide) -> Path:
    """A built site, with its feed: by the generator itself, or as it would be."""
    if name in GENERATORS:
        site = built(name, folder)
    else:
        site = folder / name
        shutil.copytree(SITES / name, site)
        rows = [row.split(" | ") for row in (SITES / "expected" / f"{name}.txt").read_text().splitlines()]
        entries = ""
        for date, link, id, title, *_ in rows:
            path = unquote(urlsplit(link).path).strip("/").removeprefix(BASES[name])
            page = site / told.site / (path if path.endswith(".html") else f"{path}/index.html")
            page.parent.mkdir(parents=True, exist_ok=True)
            page.write_text("<p>")
            entries += (
                f"<item><title>{escape(title)}</title><link>{link}</link><guid>{id}</guid><pubDate>{date}</pubDate></item>"
            )
        old = site / told.site / told.old
        old.parent.mkdir(parents=True, exist_ok=True)
        old.write_text(f"<rss><channel><title>Old</title>{entries}</channel></rss>")
    shutil.copy(site / told.site / told.old, site / "old.xml")
    return site


@pytest.mark.parametrize("name", [pytest.param(name, marks=needs(name) if name in GENERATORS else ()) for name in NAMES])
def test_the_commands_of_a_guide(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = guide(name)
    site = site_of(name, tmp_path, told)
    monkeypatch.chdir(site)
    said = {}
    for command in told.commands:
        program, *arguments = shlex.split(command)
        assert program == "feedloom"
        result = CliRunner().invoke(main, arguments)
        assert result.exit_code == 0, f"{command}: {result.output}"
        said[arguments[0]] = result.stdout
    number = len((SITES / "expected" / f"{name}.txt").read_text().splitlines())
    assert f"{number} of {number} URLs are in {told.site}" in said["check"]
    kept = re.match(r"(\d+) of (\d+) entries keep their ids\.", said["adopt"])
    assert kept
    assert kept[1] == kept[2] or name == "eleventy", "its small site has posts that no feed should have"
    assert f"Published {number} of" in said["build"]
    assert (site / told.new).is_file()
    if name not in GENERATORS:
        return
    for text in told.settings:
        place = site / ("eleventy.config.mjs" if name == "eleventy" else "_config.yml")
        settings = place.read_text()
        place.write_text(
            settings.replace("  return", f"{text.replace('eleventyConfig', 'config')}  return")
            if name == "eleventy"
            else f"{settings}\n{text}"
        )
    generate(name, site)
    if told.copy:
        subprocess.run(told.copy, shell=True, check=True)
    published = site / told.site / "feeds"
    for file in ("all.atom", "all.html", "catalog.json", "feedloom.css"):
        assert (published / file).read_bytes() == (site / told.new).with_name(file).read_bytes()
    assert not (published / ".feedloom").exists()
    if name == "jekyll":
        assert not (site / told.site / "feedloom.yaml").exists()


def test_there_is_a_guide_for_each_profile() -> None:
    assert sorted(path.stem.removeprefix("from-") for path in DOCS.glob("from-*.md")) == NAMES
