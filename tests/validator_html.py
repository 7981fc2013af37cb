"""A validator for the pages: the parse errors of the HTML standard, and rules for what it asks of what feedloom writes."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache

import html5lib
from lxml import etree

from tests.validator_values import Complaints

_POLICY = (
    "default-src 'none'; base-uri 'none'; form-action 'none'; img-src http: https: data:; script-src 'self'; style-src 'self'"
)

_ALLOWED = {
    element: set(attributes)
    for element, *attributes in map(
        str.split,
        """
        html
        head
        title
        meta charset name property content media http-equiv
        link rel href type title
        script src defer type
        details open
        summary
        form hidden aria-label data-search data-found data-cut data-picked data-pick data-pick-of
        body
        header
        div
        main data-base data-suffix
        footer
        article
        figure
        nav aria-label aria-labelledby
        section aria-labelledby aria-label hidden
        h1
        h2
        h3
        p data-copied data-refused
        ul
        li
        span
        bdi
        time datetime
        a href rel type aria-label aria-current download
        button type value aria-label
        label for
        input type autocomplete name
        img src alt width height loading decoding referrerpolicy
        svg viewBox preserveAspectRatio aria-hidden
        path d
        """.strip().splitlines(),
    )
}
"""The elements of our pages, each with its attributes: a page in which an author's mark-up came through has others."""

_ANYWHERE = {"class", "id", "dir", "lang", "role", "spellcheck"}
_PICTURE = {"loading": "lazy", "referrerpolicy": "no-referrer", "alt": ""}
_BARS = re.compile(r"(M([0-9]|1[01]) 24v-([1-9]|1[0-9]|2[0-4]))+")


def page_complaints(document: bytes) -> list[str]:
    """What is wrong with a page; nothing at all for a valid one."""
    parser = html5lib.HTMLParser(html5lib.getTreeBuilder("lxml"), namespaceHTMLElements=False)
    tree = parser.parse(document.decode())
    errors = [f"{name} at {place}" for place, name, _ in parser.errors]
    return [*errors, *_of_elements(tree), *_of_the_head(tree), *_of_ids(tree)]


@cache
def _known() -> dict[str, set[str]]:
    return {name: attributes | _ANYWHERE for name, attributes in _ALLOWED.items()}


def _elements(tree: etree._ElementTree) -> Iterator[tuple[str, etree._Element]]:
    for element in tree.iter():
        if isinstance(element.tag, str):
            yield etree.QName(element).localname, element


def _of_elements(tree: etree._ElementTree) -> Complaints:
    for name, element in _elements(tree):
        others = set(map(str, element.attrib)) - _known().get(name, set())
        if name not in _known() or others:
            yield f"unknown: <{name}> with {sorted(others)}"
        if name == "a" and re.match(r"(?!(feed:)?https?:)[^/?#]*:", element.get("href", "")):
            yield f"address: {element.get('href')}"
        for attribute in ("href", "src"):
            if re.search(r"\s", element.get(attribute, "")):
                yield f"address: white space in {element.get(attribute)}"
        parent = element.getparent()
        is_logo = parent is not None and parent.get("class") == "brand"
        if name == "img" and not is_logo and {attribute: element.get(attribute) for attribute in _PICTURE} != _PICTURE:
            yield f"picture: {sorted(element.attrib.items())}"
        if name == "img" and not re.match("https?://", element.get("src", "")):
            yield f"picture: {element.get('src')}"
        if name == "path" and not _BARS.fullmatch(element.get("d", "")):
            yield f"bars: {element.get('d')}"
        if name == "script" and element.get("type") == "application/ld+json":
            json.loads(element.text or "")
        elif name in ("script", "style") and element.text:
            yield f"inline: {element.text}"


def _of_the_head(tree: etree._ElementTree) -> Complaints:
    policies = [meta.get("content", "") for meta in tree.iter("meta") if meta.get("http-equiv") == "Content-Security-Policy"]
    if policies != [_POLICY]:
        yield f"policy: {policies}"
    alternates = [link for link in tree.iter("link") if link.get("rel") == "alternate"]
    types = [link.get("type") for link in alternates]
    if types != ["application/atom+xml", "application/rss+xml", "application/feed+json"]:
        yield f"autodiscovery: {types}"
    if len({link.get("title") for link in alternates}) != 3:
        yield "autodiscovery: the titles do not differ"
    if len(list(tree.iter("h1"))) != 1 or len(list(tree.iter("main"))) != 1:
        yield "structure: not one h1 and one main"


def _of_ids(tree: etree._ElementTree) -> Complaints:
    ids = Counter(element.get("id") for _, element in _elements(tree) if element.get("id"))
    yield from (f"id: {id} is there twice" for id, count in ids.items() if count > 1)
    for _, element in _elements(tree):
        named = (element.get("aria-labelledby"), element.get("for"), element.get("href", "").partition("#")[2] or None)
        if element.get("href", "#").startswith("#") or element.get("href") is None:
            yield from (f"id: there is no {id}" for id in named if id and id not in ids)
