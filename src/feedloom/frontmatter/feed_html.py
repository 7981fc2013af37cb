"""What the elements of a feed say: as text, and as HTML with full URLs. It is not safe yet: what renders it makes it so."""

from copy import deepcopy
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from feedloom.frontmatter import feed_xml

if TYPE_CHECKING:
    from lxml.etree import _Element

XML = "{http://www.w3.org/XML/1998/namespace}"

_ADDRESSES = ("href", "src", "poster", "cite")
_LONGEST_BASE = 1_000


def text(element: "_Element") -> str:
    """The text in an element, also that of elements in it."""
    return "".join(map(str, element.itertext())).strip()


def inside(element: "_Element", base: str) -> str:
    """The elements inside of another one, as HTML. The `div` that Atom demands is not a part of it."""
    from lxml import etree

    copy = deepcopy(element)
    _resolve(copy, base)
    etree.strip_attributes(copy, f"{XML}base", f"{XML}space")
    for one in copy.iter():
        if isinstance(one.tag, str):
            one.tag = one.tag.rpartition("}")[2]
    etree.cleanup_namespaces(copy)
    if len(copy) == 1 and copy[0].tag == "div" and not (copy.text or "").strip():
        copy = copy[0]
    parts = [etree.tostring(child, encoding="unicode", method="html") for child in copy]
    return (escape(copy.text or "", quote=False) + "".join(parts)).strip()


def absolute(html: str, base: str) -> str:
    """HTML with URLs that are relative to `base` (`xml:base`) as full ones. What has none stays as it is."""
    if not base.startswith("http") or not any(f"{name}=" in html for name in _ADDRESSES):
        return html
    from lxml import etree

    parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    root = etree.fromstring(html.encode(), parser)
    is_cut = any(error.type_name in feed_xml.ENDED for error in parser.error_log)  # it has too many levels
    body = root.find("body") if root is not None and not is_cut else None
    return inside(body, "") if body is not None and _resolve(body, base) else html


def _resolve(element: "_Element", base: str) -> bool:
    """Make the URLs in an element full ones; whether one was relative."""
    changed = False
    base = base_of(element, base)
    for name in _ADDRESSES:
        written = element.get(name)
        if written and not written.startswith("#") and (full := joined(base, written.strip())) != written:
            element.set(name, full)
            changed = True
    for child in element:
        changed = (isinstance(child.tag, str) and _resolve(child, base)) or changed
    return changed


def base_of(element: "_Element", outer: str) -> str:
    """What the URLs in an element are relative to (XML Base). A long base would make a short entry a very large one."""
    own = element.get(f"{XML}base")
    if not own:
        return outer
    found = joined(outer, own.strip())
    return found if len(found) <= _LONGEST_BASE else outer


def joined(base: str, address: str) -> str:
    """An address, which may be relative to another one; as it is if it is none."""
    try:
        return urljoin(base, address)
    except ValueError:
        return address
