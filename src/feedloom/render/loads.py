"""What HTML of the owner loads, by directive of the Content-Security-Policy. Pure."""

from collections.abc import Iterator
from html.parser import HTMLParser

_LOADED = {
    ("script", "src"): "script-src",
    ("iframe", "src"): "frame-src",
    ("form", "action"): "form-action",
    ("img", "src"): "img-src",
    ("video", "src"): "media-src",
    ("audio", "src"): "media-src",
    ("source", "src"): "media-src",
}
_LINKED = {"stylesheet": "style-src", "icon": "img-src", "apple-touch-icon": "img-src"}
_WITHIN = {"script": "script-src", "style": "style-src"}


def urls(html: str) -> Iterator[tuple[str, str]]:
    """The URLs that are loaded."""
    for tag, given, _ in _read(html):
        for (element, name), directive in _LOADED.items():
            if element == tag and (url := given.get(name)):
                yield directive, url
        for relation in (given.get("rel") or "").lower().split() if tag == "link" else ():
            if relation in _LINKED and (url := given.get("href")):
                yield _LINKED[relation], url


def inline(html: str) -> Iterator[tuple[str, str]]:
    """The texts of scripts and styles within the page."""
    for tag, given, text in _read(html):
        if tag in _WITHIN and not given.get("src"):
            yield _WITHIN[tag], text


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
