"""The XML of feeds, as it is found in the world: a document with faults is read as far as it can be understood.

Nothing is fetched and no entity is expanded: the parser sees no reference but those of XML itself, and characters. libxml2's
own limits hold: 256 levels, 10 MB a text.
"""

import codecs
import re
from collections.abc import Sequence
from html.entities import html5
from typing import TYPE_CHECKING, Any, NamedTuple

from feedloom.values import text as texts

if TYPE_CHECKING:
    from lxml.etree import _Element

_LONGEST_FAULT = 70
_MOST_TAGS = 5_000_000
"""A short element takes a hundred bytes of memory and more. The tags in texts count, too."""

_REFERENCE = re.compile("&(?!(?:amp|lt|gt|quot|apos|#[0-9]{1,8}|#x[0-9a-fA-F]{1,8});)(?:([A-Za-z][A-Za-z0-9]{0,40});)?")
"""What starts no reference (`AT&T`, `?a=1&b=2`), or one to an entity, by its name."""
_OUTSIDE = re.compile(r"<!\[CDATA\[|<!--")
_ENDS = {"<![CDATA[": "]]>", "<!--": "-->"}

_ENCODING = re.compile(rb"""<\?xml[^>]{0,200}?\bencoding\s{0,9}=\s{0,9}["']([A-Za-z0-9._-]{1,40})["']""")
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_CHARSETS = ("big5", "cp", "euc_", "gb", "hz", "iso2022_", "iso8859-", "johab", "koi8-", "mac-", "shift_jis", "tis-620")
"""How the names of Python's codecs for encodings of texts begin."""
_LATIN = frozenset({"ascii", "iso8859-1"})
"""What means Windows' encoding, to browsers and in feeds."""

ENDED = frozenset({"ERR_RESOURCE_LIMIT", "ERR_INTERNAL_ERROR", "ERR_ENTITY_LOOP", "ERR_TAG_NOT_FINISHED", "ERR_NO_MEMORY"})
"""After these errors, the parser does not go on."""


class Document(NamedTuple):
    """The root of a document. `fault` is the first thing that is wrong with it; empty if it is well-formed. A document that
    `is_cut` was not read to its end.
    """

    root: "_Element"
    fault: str = ""
    is_cut: bool = False


def read(data: bytes) -> Document:
    """The XML in a document. Raises ValueError, which says why, where there is none."""
    from lxml import etree

    text, fault = _decoded(data)
    if text.count("<") > _MOST_TAGS:
        raise ValueError(f"has more than {_MOST_TAGS:,} tags")
    text, line = _without_entities(text.lstrip())
    if line and not fault:
        fault = f"line {line}: a & that starts no reference"
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        recover=True,
        remove_comments=True,
        remove_pis=True,
        encoding="utf-8",
    )
    try:
        root = etree.fromstring(text.encode(), parser)
    except (etree.XMLSyntaxError, ValueError):
        root = None
    errors = [error for error in parser.error_log if error.level > etree.ErrorLevels.WARNING]
    if root is None:
        raise ValueError(f"is not a feed: {_said(errors) if errors else 'it is not XML'}")
    is_cut = bool(errors) and (any(error.type_name in ENDED for error in errors) or not _is_closed(text, root))
    return Document(root, _said(errors) if errors and (is_cut or not fault) else fault, is_cut)


def _decoded(data: bytes) -> tuple[str, str]:
    """The text of a document, and what is wrong with its encoding."""
    if data.startswith(_UTF_16):
        return data.decode("utf-16", "replace"), ""
    data = data.removeprefix(codecs.BOM_UTF8)
    found = _ENCODING.match(data.lstrip()[:1_000])
    charset = _charset(found[1].decode()) if found else None
    try:
        return data.decode(charset or "utf-8"), ""
    except UnicodeDecodeError as error:
        if not charset and error.end >= len(data):  # broken off inside of a character
            return data.decode(errors="ignore"), ""
        return data.decode(charset or "cp1252", "replace"), "has bytes that are not in its encoding"


def _charset(name: str) -> str | None:
    """The codec of the encoding that a document says it is in; None for UTF-8, and for what no text is in."""
    try:
        found = codecs.lookup(name).name
    except LookupError:
        return None
    return "cp1252" if found in _LATIN else found if found.startswith(_CHARSETS) else None


def _without_entities(text: str) -> tuple[str, int]:
    """A document without references to entities: those of HTML become characters, and others words. Also, the line of the first
    `&` that no well-formed document has, or 0.
    """
    pieces = []
    fault = start = 0
    declares = "<!DOCTYPE" in text[:5_000]
    while start < len(text):
        outside = _OUTSIDE.search(text, start)
        end = outside.start() if outside else len(text)
        piece = text[start:end]
        if not fault and (found := _first_fault(piece, declares=declares)):
            fault = text.count("\n", 0, start + found.start()) + 1
        pieces.append(_REFERENCE.sub(_spelled, piece))
        start = max(text.find(_ENDS[outside[0]], outside.end()), 0) if outside else 0
        start = start or len(text)
        pieces.append(text[end:start])
    return "".join(pieces), fault


def _first_fault(piece: str, *, declares: bool) -> re.Match[str] | None:
    return next((found for found in _REFERENCE.finditer(piece) if not (found[1] and declares)), None)


def _spelled(found: re.Match[str]) -> str:
    known = html5.get(f"{found[1]};", "")
    return "".join(f"&#{ord(one)};" for one in known) or found[0].replace("&", "&amp;", 1)


def _is_closed(text: str, root: "_Element") -> bool:
    name = str(root.tag).rpartition("}")[2]
    return (f"</{root.prefix}:{name}" if root.prefix else f"</{name}") in text[-10_000:]


def _said(errors: Sequence[Any]) -> str:
    """What the first of some errors says. Their type is not known to the stubs of lxml."""
    return texts.shortened(f"line {errors[0].line}: {texts.clean(errors[0].message)}", _LONGEST_FAULT)
