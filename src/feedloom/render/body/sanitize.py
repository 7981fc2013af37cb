"""HTML made safe and whole for feeds: nh3 (the parser of a browser) decides what stays, and all addresses become absolute."""

import re
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import urlsplit

from feedloom.model import Url
from feedloom.render.body.tags import MORE, SHOWN, Tag, shown, tags
from feedloom.values import text as texts
from feedloom.values import urls

CUT = "\ufdd1"
"""Where a part of a template was cut out. In an address, it makes the address unknown."""

_ADDRESSES = frozenset({"cite", "href", "poster", "src"})
_LENGTHS = frozenset({"height", "width"})
_ALIGNED = {"align"}
_ATTRIBUTES: dict[str, set[str]] = {
    "*": {"dir", "lang", "title"},
    "a": {"href", "hreflang"},
    "audio": {"controls", "src"},
    "blockquote": {"cite"},
    "code": {"class"},
    "col": {"span"},
    "colgroup": {"span"},
    "del": {"cite", "datetime"},
    "details": {"open"},
    "img": {"alt", "height", "sizes", "src", "srcset", "width"},
    "ins": {"cite", "datetime"},
    "ol": {"reversed", "start", "type"},
    "q": {"cite"},
    "source": {"media", "sizes", "src", "srcset", "type"},
    "td": {"colspan", "rowspan", *_ALIGNED},
    "th": {"colspan", "rowspan", "scope", *_ALIGNED},
    "time": {"datetime"},
    "track": {"kind", "label", "src", "srclang"},
    "video": {"controls", "height", "poster", "src", "width"},
}

_LENGTH = re.compile(r"\d{1,5}%?", re.ASCII)
_LANGUAGE = re.compile(r"language-[\w#+.-]{1,40}", re.ASCII)
_MAIL = re.compile(r"mailto:[A-Za-z0-9.!#$%&'*+/=?^_{|}~@:,;-]{1,300}", re.ASCII | re.IGNORECASE)
_SPACE = re.compile(r"[\t\n\r]")
_CANDIDATE = re.compile(r"[\s,]*([^\s,]\S*)([^,]*)", re.ASCII)
_SITE = re.compile(r"(?:\{|%7B)(\w{1,20})(?:\}|%7D)/?", re.ASCII | re.IGNORECASE)
_SITE_FOLDERS = frozenset({"static", "attach"})

_NO_TEXT = re.compile(f"[\\s\u00a0{CUT}{MORE}]*")

# Blocks whose text readers show from the left, whatever its letters, unless they say so.
_DIRECTED = ["blockquote", "dd", "dt", "figcaption", "h1", "h2", "h3", "h4", "h5", "h6", "li", "p", "td", "th"]
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdcf\ufdf0-\ufdff\ufe70-\ufefe\U00010800-\U00010fff\U0001e800-\U0001efff]")

_SPACES = str.maketrans(dict.fromkeys("\x0b\x0c\x1c\x1d\x1e\x1f\x85", " ") | {"\r": "\n"})


class Clean(NamedTuple):
    """HTML that a feed may show, and the plain text of what its author ended by a mark, else of its first paragraph."""

    html: str
    excerpt: str


def permitted(text: str) -> str:
    """A text without what no feed can hold, and with one kind of line end."""
    return _without_marks(text.replace("\r\n", "\n"))


def clean(html: str, base: Url) -> Clean:
    """HTML, `permitted` but for `MORE` and `CUT`, made safe. Addresses in it are relative to `base`, the post's own one."""
    import nh3

    addresses = _Addresses(base)
    directions = {"dir": "auto"} if _RIGHT_TO_LEFT.search(html) else {}
    safe = nh3.clean(
        shown(html.strip()),
        tags=set(SHOWN),
        clean_content_tags=set(),
        attributes=_ATTRIBUTES,
        attribute_filter=addresses.attribute,
        link_rel=None,
        url_schemes={"http", "https", "mailto"},
        set_tag_attribute_values=dict.fromkeys(_DIRECTED, directions) if directions else None,
    )
    pieces, more = _useful(safe)
    whole = "".join(pieces)
    before = "".join(pieces[:more]) if more else ""
    excerpt = _plain(before) or _plain(_first_paragraph(whole))
    return Clean(_without_marks(whole).strip(), excerpt)


class _Addresses:
    """Attributes as nh3 asks about them: what they become, or None where they go."""

    def __init__(self, base: Url) -> None:
        self._base = base
        parts = urlsplit(base)
        self._root = f"{parts.scheme}://{parts.netloc}/"

    def attribute(self, tag: str, name: str, value: str) -> str | None:
        if name in _ADDRESSES:
            return self._address(value, takes_mail=tag == "a")
        if name == "srcset":
            return self._candidates(value)
        if name in _LENGTHS:
            return value if _LENGTH.fullmatch(value) else None
        if name == "class":
            return next((word for word in value.split() if _LANGUAGE.fullmatch(word)), None)
        return value

    def _address(self, written: str, *, takes_mail: bool = False) -> str | None:
        written = _SPACE.sub("", written.strip()).replace(" ", "%20")
        if not written or CUT in written or "%EF%B7%91" in written:
            return None
        if takes_mail and _MAIL.fullmatch(written):
            return written
        base = self._base
        if folder := _SITE.match(written):
            if folder[1].lower() not in _SITE_FOLDERS:
                return None
            base, written = Url(self._root), written[folder.end() :]
        try:
            return urls.http_url(written, base)
        except ValueError:
            return None

    def _candidates(self, written: str) -> str | None:
        """The pictures of a `srcset` (HTML, 4.8.4.2.1)."""
        found = []
        for candidate in _CANDIDATE.finditer(written):
            address, descriptor = candidate[1], " ".join(candidate[2].split())
            if absolute := self._address(address.rstrip(",")):
                found.append(f"{absolute} {descriptor}".strip())
        return ", ".join(found) or None


def _useful(safe: str) -> tuple[list[str], int]:
    """The pieces of safe HTML without links to nowhere, pictures of nothing and empty paragraphs; and how many of them come
    before the mark that ends the excerpt, 0 where it has none.
    """
    pieces: list[str] = []
    is_link: list[bool] = []
    opened = 0  # the piece behind the last tag, if it opened a paragraph
    more = 0
    end = 0
    for tag in _with_end(safe):
        text = safe[end : tag.start]
        end = tag.end
        if not more and MORE in text:
            before, _, text = text.partition(MORE)
            pieces.append(before)
            more = len(pieces)
            opened = opened if _NO_TEXT.fullmatch(before) else 0
        pieces.append(text)
        if opened and not _NO_TEXT.fullmatch(text):
            opened = 0
        if tag.name == "a":
            if not tag.is_closing:
                is_link.append("href" in tag.attributes)
                keep = is_link[-1]
            else:
                keep = is_link.pop() if is_link else False
        elif tag.name in ("img", "source"):
            keep = not tag.attributes.keys().isdisjoint({"src", "srcset"} if tag.name == "source" else {"src"})
        elif tag.name == "p" and tag.is_closing and opened:
            pieces[opened - 1] = ""
            keep = False
        else:
            keep = bool(tag.name)
        if keep:
            pieces.append(safe[tag.start : tag.end])
            opened = len(pieces) if tag.name == "p" and not tag.is_closing else 0
    return pieces, more


def _with_end(safe: str) -> Iterator[Tag]:
    yield from tags(safe)
    yield Tag(len(safe), len(safe), "", False, {})


def _first_paragraph(html: str) -> str:
    start = 0
    while (start := html.find("<p", start)) >= 0:
        if html[start + 2 : start + 3] in (">", " "):
            end = html.find("</p>", start)
            if not _NO_TEXT.fullmatch(_plain(html[start:end])):
                return html[start:end]
        start += 2
    return ""


def _plain(html: str) -> str:
    return texts.clean(_without_marks(html)) if html else ""


def _without_marks(html: str) -> str:
    if html.replace("\n", "").replace("\t", "").isprintable() and "\ufffd" not in html:  # nearly all; a tenth of the time
        return html
    return texts.forbidden().sub("", html.translate(_SPACES))
