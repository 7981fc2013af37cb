"""The Content-Security-Policy of the pages: as strict as the settings and the files of the owner allow. Pure.

What these files load is allowed because they name it: scripts, stylesheets, fonts, pictures, frames and forms by their origin,
scripts and styles within the page by the hash of their text (CSP Level 3, section 2.3.1).
"""

import base64
import hashlib
import re
from collections.abc import Iterable
from functools import lru_cache

from feedloom.config.settings import Config, is_url

ROOT = "{{ root }}"
"""What is replaced in HTML of the owner by the path to the output folder."""
_DEPTHS = 4
"""Folders that pages can be below each other, and none."""

_ORIGIN = re.compile(r"(?:https?:)?//[^/?#\s;,'\"{}]+", re.IGNORECASE)
_FILLED_IN = re.compile(r"\{[{%#]")


def policy(config: Config) -> str:
    """The policy of all pages of a site."""
    pages, own, site = config.page_settings, config.own, config.site
    pictures = tuple(url for url in (site.icon, site.logo) if url)
    added = tuple(sorted(pages.csp.items()))
    return _policy(
        pages.images,
        pictures,
        tuple(filter(is_url, pages.css)),
        own.css,
        tuple(filter(None, (own.head, own.header, own.footer))),
        tuple(text for _, _, text in own.templates),
        added,
    )


@lru_cache(8)
def _policy(
    has_images: bool,
    pictures: tuple[str, ...],
    stylesheets: tuple[str, ...],
    css: tuple[str, ...],
    html: tuple[str, ...],
    templates: tuple[str, ...],
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

    def allow(loaded: Iterable[tuple[str, str]]) -> None:
        for directive, url in loaded:
            found.setdefault(directive, []).append(_source(url))

    if css or html or templates:
        from feedloom.render import loads  # slow to import, and few sites need it

        styles = list(css)
        for at, text in enumerate((*html, *templates)):
            allow(loads.urls(text))
            for directive, inner in loads.inline(text):
                if at < len(html) or not _FILLED_IN.search(inner.replace(ROOT, "")):  # else it is another text on each page
                    found[directive] += _hashes(inner)
                if directive == "style-src":
                    styles.append(inner)
        for style in styles:
            allow(loads.urls_of_css(style))
    for directive, sources in added:
        found.setdefault(directive, []).extend(sources.split(" "))
    if has_images:  # any picture is allowed
        found["img-src"] = [one for one in found["img-src"] if not one.startswith(("'self'", "http://", "https://"))]
    return "; ".join(f"{name} {' '.join(dict.fromkeys(sources)) or _NONE}" for name, sources in found.items())


_NONE = "'none'"


def _hashes(text: str) -> list[str]:
    """The sources that allow a script or style within a page, in each folder."""
    texts = {text.replace(ROOT, "../" * depth) for depth in range(_DEPTHS)}
    digests = sorted(hashlib.sha256(one.encode()).digest() for one in texts)
    return [f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests]


def _source(url: str) -> str:
    """The source that allows a URL: its origin, its scheme if it has no host, or the site's own if it is relative."""
    if found := _ORIGIN.match(url):
        return found[0] if ":" in found[0] else f"https:{found[0]}"
    return "data:" if url.startswith("data:") else "'self'"
