"""What HTML and CSS of the owner load, by directive of the Content-Security-Policy. Pure."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

Loaded = Iterator[tuple[str, str]]
"""Directives and URLs."""

_LOADED = {
    ("script", "src"): "script-src",
    ("iframe", "src"): "frame-src",
    ("form", "action"): "form-action",
    ("button", "formaction"): "form-action",
    ("input", "formaction"): "form-action",
    ("input", "src"): "img-src",
    ("img", "src"): "img-src",
    ("image", "href"): "img-src",
    ("image", "xlink:href"): "img-src",
    ("video", "poster"): "img-src",
    ("video", "src"): "media-src",
    ("audio", "src"): "media-src",
    ("source", "src"): "media-src",
    ("track", "src"): "media-src",
    ("object", "data"): "object-src",
    ("embed", "src"): "object-src",
}
_SETS = {("img", "srcset"), ("source", "srcset"), ("link", "imagesrcset")}
_LINKED = {
    "stylesheet": "style-src",
    "icon": "img-src",
    "apple-touch-icon": "img-src",
    "mask-icon": "img-src",
    "manifest": "manifest-src",
    "modulepreload": "script-src",
}
_PRELOADED = {
    "audio": "media-src",
    "fetch": "connect-src",
    "font": "font-src",
    "image": "img-src",
    "script": "script-src",
    "style": "style-src",
    "track": "media-src",
    "video": "media-src",
    "worker": "worker-src",
}
_WITHIN = {"script": "script-src", "style": "style-src"}

_URL = re.compile(r"""url\(\s*["']?([^"')\s]+)""", re.IGNORECASE)
_IMPORT = re.compile(r"""@import\s*(?:url\(\s*)?["']?([^"')\s;]+)""", re.IGNORECASE)
_FONT_FACE = re.compile("@font-face", re.IGNORECASE)
_IMAGE_SET = re.compile(r"image-set\(", re.IGNORECASE)
_STRING = re.compile(r"""["']([^"'\s]+)["']""")


def urls(html: str) -> Loaded:
    """What HTML loads, except in its styles."""
    for tag, given, _ in _read(html):
        for name, value in given.items():
            if value and (tag, name) in _LOADED:
                yield _LOADED[tag, name], value
            elif value and (tag, name) in _SETS:
                yield from (("img-src", one.split()[0]) for one in value.split(",") if one.strip())
        url = given.get("href") if tag == "link" else None
        for relation in (given.get("rel") or "").lower().split() if url else ():
            loaded = _PRELOADED.get((given.get("as") or "").lower()) if relation == "preload" else _LINKED.get(relation)
            if url and loaded:
                yield loaded, url


def inline(html: str) -> Iterator[tuple[str, str]]:
    """The texts of scripts and styles within the page, by directive."""
    for tag, given, text in _read(html):
        if tag in _WITHIN and not given.get("src"):
            yield _WITHIN[tag], text


def urls_of_css(css: str) -> Loaded:
    """What a stylesheet loads: other stylesheets, fonts and pictures."""
    yield from (("style-src", url) for url in _IMPORT.findall(css))
    rest, *faces = _FONT_FACE.split(_IMPORT.sub(" ", css))
    for face in faces:
        font, _, after = face.partition("}")
        yield from (("font-src", url) for url in _URL.findall(font))
        rest += after
    yield from (("img-src", url) for url in _URL.findall(rest))
    for one in _IMAGE_SET.split(rest)[1:]:
        yield from (("img-src", url) for url in _STRING.findall(one.partition(";")[0]))


_Element = tuple[str, dict[str, str | None], str]


def _read(html: str) -> list[_Element]:
    parser = _Parser()
    parser.feed(html)
    parser.close()
    return parser.elements


class _Parser(HTMLParser):
    """The elements of a text, with their attributes; and what is in scripts and styles."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[_Element] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs), ""))

    def handle_data(self, data: str) -> None:
        if self.elements and self.cdata_elem == self.elements[-1][0]:
            tag, given, text = self.elements[-1]
            self.elements[-1] = tag, given, text + data  # a script comes in parts

    def parse_marked_section(self, i: int, report: bool = True) -> int:
        """`<![...` is a comment to browsers. Python's parser fails at most of them."""
        return self.parse_bogus_comment(i, report)
