"""Compares the addresses of posts with a built site: the HTML files of its folder, and those that its sitemap names."""

import html
import os
import re
from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from feedloom.errors import ConfigError
from feedloom.model import Record, Url

_LARGEST = 64 << 20
"""Bytes of a sitemap; sitemaps.org allows 50 MB."""
_LOCATION = re.compile(r"<loc>([^<]*)</loc>")


class Compared(NamedTuple):
    """How many posts have an address that the built site has, too, and those whose address it has not."""

    found: int
    missing: list[tuple[str, Url]]


def compared(articles: Iterable[Record], built: str, home: str) -> Compared:
    """Look up the address of each post in a built site, which is a folder or a sitemap. Raises ConfigError."""
    known = _of_sitemap(built, home) if os.path.isfile(built) else _of_folder(built, home)
    if not known:
        raise ConfigError(f"{built}: no HTML page and no sitemap.xml in there; build the site first")
    found = 0
    missing = []
    for article in articles:
        address = article.address or article.link
        if _path(address, home) in known:
            found += 1
        else:
            missing.append((article.path, address))
    return Compared(found, missing)


def _of_folder(folder: str, home: str) -> set[str]:
    """The paths of the pages in a folder, below the home page: `a/index.html` is `a`, and so is `a.html`."""
    known: set[str] = set()
    for place, _, files in os.walk(folder):
        inside = os.path.relpath(place, folder).replace(os.sep, "/")
        for file in files:
            path = file if inside == "." else f"{inside}/{file}"
            if file.lower().endswith((".html", ".htm")):
                known |= {_plain(path), _plain(path).removesuffix(".html").removesuffix(".htm")}
            elif "." not in file:
                known.add(_plain(path))
            elif path == "sitemap.xml":
                known |= _of_sitemap(os.path.join(folder, path), home)
    return known


def _of_sitemap(file: str, home: str) -> set[str]:
    try:
        with open(file, encoding="utf-8", errors="replace") as opened:
            text = opened.read(_LARGEST)
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror}") from None
    return {_path(html.unescape(found.strip()), home) for found in _LOCATION.findall(text)}


def _path(url: str, home: str) -> str:
    """The path of a page below the home page, as `_of_folder` has it; the host may be another one, such as that of a test."""
    base = urlsplit(home).path.strip("/")
    try:
        path = _plain(unquote(urlsplit(url).path))
    except ValueError:  # no URL: no page has it
        return url
    return path.removeprefix(base).strip("/") if f"{path}/".startswith(f"{base}/") else path


def _plain(path: str) -> str:
    return re.sub(r"(?:^|/)index\.html?$", "", path.strip("/"))
