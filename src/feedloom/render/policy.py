"""The Content-Security-Policy of the pages: as strict as the settings and the files of the owner allow. Pure.

What these files load is allowed because they name it: scripts, stylesheets, fonts, frames and forms by their origin, scripts
and styles within the page by the hash of their text (CSP Level 3, section 2.3.1).
"""

import base64
import hashlib
import re
from functools import lru_cache
from html.parser import HTMLParser

from feedloom.config.settings import Config, is_url

_URL = re.compile(r"""url\(\s*["']?([^"')\s]+)""")
_IMPORT = re.compile(r"""@import\s+["']([^"']+)""")
_ORIGIN = re.compile(r"(?:https?:)?//[^/?#\s;,'\"]+", re.IGNORECASE)
_LOADED = {
    ("script", "src"): "script-src",
    ("iframe", "src"): "frame-src",
    ("form", "action"): "form-action",
    ("img", "src"): "img-src",
    ("video", "src"): "media-src",
    ("audio", "src"): "media-src",
    ("source", "src"): "media-src",
}
_WITHIN = {"script": "script-src", "style": "style-src"}


def policy(config: Config) -> str:
    """The policy of all pages of a site."""
    pages, own, site = config.page_settings, config.own, config.site
    pictures = tuple(url for url in (site.icon, site.logo) if url)
    added = tuple(sorted(pages.csp.items()))
    return _policy(
        pages.images, pictures, tuple(filter(is_url, pages.css)), own.css, f"{own.head}{own.header}{own.footer}", added
    )


@lru_cache(8)
def _policy(
    has_images: bool,
    pictures: tuple[str, ...],
    stylesheets: tuple[str, ...],
    css: str,
    html: str,
    added: tuple[tuple[str, str], ...],
) -> str:
    found: dict[str, list[str]] = {
        "default-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": [],
        "img-src": ["http:", "https:", "data:"] if has_images else ["'self'", "data:", *map(_source, pictures)],
        "script-src": ["'self'"],
        "style-src": ["'self'", *map(_source, stylesheets)],
    }
    parser = _Loads(found)
    parser.feed(html)
    parser.close()
    styles = css + parser.styles
    if "@font-face" in styles:
        found.setdefault("font-src", []).extend(map(_source, _URL.findall(styles)))
    found["style-src"] += map(_source, _IMPORT.findall(styles))
    for directive, sources in added:
        found.setdefault(directive, []).extend(sources.split(" "))
    if has_images:  # any picture is allowed
        found["img-src"] = [one for one in found["img-src"] if not one.startswith(("'self'", "http://", "https://"))]
    return "; ".join(f"{name} {' '.join(dict.fromkeys(sources)) or _NONE}" for name, sources in found.items())


_NONE = "'none'"


class _Loads(HTMLParser):
    """What HTML loads, by directive; and the text of its styles."""

    def __init__(self, found: dict[str, list[str]]) -> None:
        super().__init__()
        self.found = found
        self.styles = ""
        self._inside: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        for (element, name), directive in _LOADED.items():
            if element == tag and (url := given.get(name)):
                self.found.setdefault(directive, []).append(_source(url))
        if tag == "link" and (url := given.get("href")):
            relations = (given.get("rel") or "").lower().split()
            if "stylesheet" in relations:
                self.found["style-src"].append(_source(url))
            elif "icon" in relations or "apple-touch-icon" in relations:
                self.found["img-src"].append(_source(url))
        self._inside = tag if tag in _WITHIN and not given.get("src") else None

    def handle_data(self, data: str) -> None:
        if self._inside:
            digest = base64.b64encode(hashlib.sha256(data.encode()).digest()).decode()
            self.found[_WITHIN[self._inside]].append(f"'sha256-{digest}'")
            self.styles += data if self._inside == "style" else ""

    def handle_endtag(self, tag: str) -> None:
        if tag == self._inside:
            self._inside = None


def _source(url: str) -> str:
    """The source that allows a URL: its origin, its scheme if it has no host, or the site's own if it is relative."""
    if found := _ORIGIN.match(url):
        return found[0] if ":" in found[0] else f"https:{found[0]}"
    return "data:" if url.startswith("data:") else "'self'"
