"""A validator for the tests: the rules of the W3C feed validation service that concern what feedloom writes.

The service's own code is not packaged. Each complaint begins with the name that the service gives it, whether error or
warning; what the service only informs about is no complaint. The grammar of RFC 4287 is checked beside it (`RelaxNG`), and
JSON Feed and OPML by rules of their own. A construct that feedloom has no use for is `UndefinedElement`, and where readers
are stricter than the service (dates, HTML), so are the rules here.
"""

from collections import Counter
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import cast
from urllib.parse import quote

from lxml import etree

from tests import validator_values as values
from tests.validator_html import page_complaints
from tests.validator_json import json_feed_complaints
from tests.validator_values import Complaints, Place, Rule

__all__ = ["complaints", "json_feed_complaints", "opml_complaints", "site_complaints"]


def site_complaints(document: bytes, path: str, base: str | None) -> list[str]:
    """What breaks the rules for a file of a site that is published below `base`, or nowhere, as far as one can tell."""
    if path.endswith((".atom", ".rss")):
        found = complaints(document, base and base + quote(path, safe="/~@"))
        # Two records may share a time: to change one were a lie. What has only a title shows it once (docs/decisions.md).
        return [complaint for complaint in found if not complaint.startswith(("DuplicateUpdated", "MissingTextualContent"))]
    if path.endswith(".opml"):
        return opml_complaints(document) if base else []
    if path.endswith(".html"):
        return page_complaints(document)
    return json_feed_complaints(document) if path.endswith(".json") and path != "catalog.json" else []


def complaints(document: bytes, url: str | None = None) -> list[str]:
    """What the service would say of an Atom or RSS document published at `url`; nothing at all for a valid one.

    Without `url` no self link is asked for. `DuplicateUpdated` is for the caller to judge: honest records share a time.
    """
    try:
        root = etree.fromstring(document)
    except etree.XMLSyntaxError as error:
        return [f"SAXError: {error}"]
    if _name(root) not in ("atom:feed", "rss"):
        return [f"UndefinedElement: {_name(root)}"]
    return [
        *(complaint for rule in (_of_the_file, _of_any_element) for complaint in rule(root, document)),
        *(complaint for rule in (_rss if root.tag == "rss" else _atom) for complaint in rule(root)),
        *_self_link(root, url),
    ]


def opml_complaints(document: bytes) -> list[str]:
    """What breaks OPML 2.0, for a list of subscriptions; the names are the service's."""
    try:
        root = etree.fromstring(document)
    except etree.XMLSyntaxError as error:
        return [f"SAXError: {error}"]
    found = [] if root.get("version") == "2.0" else [f"InvalidOPMLVersion: {root.get('version')}"]
    found += _of_any_element(root, document, "opml:")
    leaves = [outline for outline in root.iter("outline") if not len(outline)]
    return found + [
        f"{name}: {leaf.items()}" for leaf in leaves for part, name in SUBSCRIPTION.items() if part not in leaf.attrib
    ]


# --- The vocabulary -----------------------------------------------------------------------------------------------------

NAMESPACES = {
    "http://www.w3.org/2005/Atom": "atom:",
    "http://purl.org/rss/1.0/modules/content/": "content:",
    "http://purl.org/dc/elements/1.1/": "dc:",
    "http://purl.org/syndication/history/1.0": "fh:",
    "http://search.yahoo.com/mrss/": "media:",
    "http://www.w3.org/1999/xhtml": "xhtml:",  # the service knows it; within a feed or channel it says nothing about a link
    "http://www.w3.org/XML/1998/namespace": "xml:",
}

# What stands in an element: `!` once, `?` once at the most, `*` as often as one likes. An element that is not here holds text.
_MEDIA = "media:content* media:thumbnail* media:player* media:group*"
GRAMMAR = {
    "atom:feed": "atom:id! atom:title! atom:updated! atom:subtitle? atom:link* atom:icon? atom:logo? atom:author* atom:rights? "
    "atom:category* atom:generator? fh:archive? fh:complete? xhtml:a? atom:entry*",
    "atom:entry": "atom:id! atom:title! atom:updated! atom:published? atom:link* atom:author* atom:category* atom:summary? "
    f"atom:content? atom:source? {_MEDIA}",
    "atom:author": "atom:name! atom:uri? atom:email?",
    "atom:source": "atom:id! atom:title! atom:updated! atom:link* atom:author*",
    "atom:link": "",
    "atom:category": "",
    "fh:archive": "",
    "fh:complete": "",
    "rss": "channel!",
    "channel": "title! link! description! language? copyright? managingEditor? "
    "atom:link* pubDate? lastBuildDate? ttl? image? category* generator? "
    "fh:archive? fh:complete? xhtml:a? item*",
    "image": "url! title! link! width? height?",
    "item": "title? link? guid! pubDate? atom:updated? atom:id? atom:published? author? dc:creator* dc:date? dc:source? "
    f"dc:subject* source? category* description? content:encoded? enclosure? atom:link* {_MEDIA}",
    "enclosure": "",
    "media:content": "media:title? media:credit*",
    "media:thumbnail": "",
    "media:player": "",
    "media:group": "media:content* media:thumbnail*",
    "opml:opml": "head! body!",
    "opml:head": "title? dateCreated? dateModified? ownerName? docs?",
    "opml:body": "outline*",
    "opml:outline": "outline*",
}
# The attributes of an element, in the same way.
ATTRIBUTES = {
    "atom:feed": "xml:lang?",
    "atom:entry": "xml:lang?",
    "item": "xml:lang?",
    "xhtml:a": "href!",
    "atom:link": "href! rel? type? title? length? hreflang?",
    "atom:category": "term! scheme? label?",
    "atom:content": "type?",
    "rss": "version!",
    "guid": "isPermaLink?",
    "source": "url!",
    "category": "domain?",
    "enclosure": "url! length! type!",
    "media:content": "url! type? medium? width? height?",
    "media:thumbnail": "url! width? height?",
    "media:player": "url! width? height?",
    "opml:opml": "version!",
    "opml:outline": "text! type? title? xmlUrl? htmlUrl? description? language?",
}
# The names of what is missing or twice there, where they are not MissingElement, MissingAttribute and DuplicateElement.
MISSING = {
    "title in channel": "MissingTitle",
    "title in image": "MissingTitle",
    "link in channel": "MissingLink",
    "link in image": "MissingLink",
    "description in channel": "MissingDescription",
    "guid in item": "MissingGuid",
    "href in atom:link": "MissingHref",
    "atom:id in atom:source": "MissingSourceElement",
    "atom:title in atom:source": "MissingSourceElement",
    "atom:updated in atom:source": "MissingSourceElement",
}
DUPLICATE = {"enclosure in item": "DuplicateEnclosure"}
SUBSCRIPTION = {"type": "MissingOutlineType", "xmlUrl": "MissingXmlURL", "title": "MissingTitleAttr"}

# Two elements that say the same.
SYNONYMS = {
    "pubDate": ("dc:date", "atom:published"),
    "author": ("dc:creator",),
    "category": ("dc:subject",),
    "guid": ("atom:id",),
    "source": ("dc:source",),
}

# The rules for the text of an element, and for an attribute (`enclosure@url`).
RULES: dict[str, tuple[Rule, ...]] = {
    "atom:feed@xml:lang": (values.language,),
    "atom:entry@xml:lang": (values.language,),
    "item@xml:lang": (values.language,),
    "atom:id": (values.not_blank, values.no_white_space_around, values.id),
    "atom:title": (values.not_blank, values.undeclared_html),
    "atom:subtitle": (values.not_blank, values.undeclared_html),
    "atom:summary": (values.not_blank, values.undeclared_html),
    "atom:content": (values.not_blank, values.html),
    "atom:content@type": (values.content_type,),
    "atom:updated": (values.no_white_space_around, values.rfc3339),
    "atom:published": (values.no_white_space_around, values.rfc3339),
    "atom:icon": (values.no_white_space_around, values.uri),
    "atom:logo": (values.no_white_space_around, values.uri),
    "atom:name": (values.not_blank, values.contains_html, values.no_email),
    "atom:uri": (values.no_white_space_around, values.uri),
    "atom:email": (values.contact,),
    "atom:generator": (values.not_blank, values.contains_html),
    "atom:category@term": (values.attribute_not_blank,),
    "atom:category@scheme": (values.uri,),
    "atom:category@label": (values.contains_html,),
    "atom:link@href": (values.uri,),
    "atom:link@rel": (values.attribute_not_blank, values.relation),
    "atom:link@type": (values.link_type,),
    "atom:link@title": (values.attribute_not_blank, values.contains_html),
    "atom:link@length": (values.matching("[0-9]+", "InvalidNonNegativeInteger"),),
    "atom:link@hreflang": (values.language,),
    "rss@version": (values.matching(r"2\.0", "InvalidRSSVersion"),),
    "title": (values.not_blank, values.contains_html),
    "link": (values.uri,),
    "description": (values.contains_html,),
    # Readers take an item's for HTML, so that plain text with `<` or `&` in it is escaped once more.
    "item/description": (values.html,),
    "language": (values.language,),
    "copyright": (values.not_blank, values.contains_html),
    "managingEditor": (values.contact,),
    "atom:rights": (values.not_blank, values.undeclared_html),
    "pubDate": (values.rfc2822,),
    "lastBuildDate": (values.rfc2822,),
    "ttl": (values.positive,),
    "url": (values.picture,),
    "width": (values.up_to(144, "InvalidWidth"),),
    "height": (values.up_to(400, "InvalidHeight"),),
    "guid": (values.not_blank, values.guid),
    "guid@isPermaLink": (values.matching("true|false", "InvalidBooleanAttribute"),),
    "author": (values.contact,),
    "category": (values.not_blank, values.contains_html),
    "source": (values.contains_html,),
    "source@url": (values.uri,),
    "enclosure@url": (values.http_url,),
    "enclosure@length": (values.matching("[0-9]+", "InvalidIntegerAttribute"),),
    "enclosure@type": (values.mime,),
    "content:encoded": (values.not_blank, values.html),
    "dc:creator": (values.not_blank,),
    "media:content@url": (values.uri,),
    "media:content@type": (values.mime,),
    "media:content@medium": (values.matching("image|audio|video|document|executable", "InvalidMediaMedium"),),
    "media:content@width": (values.positive,),
    "media:content@height": (values.positive,),
    "media:title": (values.contains_html,),
    "media:thumbnail@url": (values.uri,),
    "media:thumbnail@width": (values.positive,),
    "media:thumbnail@height": (values.positive,),
    "media:player@url": (values.uri,),
    "media:player@width": (values.positive,),
    "media:player@height": (values.positive,),
    "opml:outline@type": (values.matching("rss", "InvalidOutlineType"),),
    "opml:outline@text": (values.attribute_not_blank,),
    "opml:outline@title": (values.attribute_not_blank,),
    "opml:outline@xmlUrl": (values.uri,),
    "opml:outline@htmlUrl": (values.uri,),
}

# --- Rules for any element ----------------------------------------------------------------------------------------------


def _of_any_element(root: etree._Element, document: bytes, dialect: str = "") -> Complaints:
    lines = document.decode().split("\n")
    for element in root.iter("*"):
        name = _name(element, dialect)
        children = Counter(_name(child, dialect) for child in element.iterchildren("*"))
        attributes = {_label(str(key)): str(value) for key, value in element.attrib.items()}
        yield from _in_grammar(children, name, GRAMMAR, dialect, ("MissingElement", "UndefinedElement"))
        yield from _in_grammar(Counter(list(attributes)), name, ATTRIBUTES, "", ("MissingAttribute", "UnexpectedAttribute"))
        if name in GRAMMAR and any((text or "").strip() for text in (element.text, *(child.tail for child in element))):
            yield f"{'AtomLinkNotEmpty' if name == 'atom:link' else 'UnexpectedText'}: in {name}"
        place = Place(element, lines[cast(int, element.sourceline) - 1], root.tag == "rss")
        for label, value in {name: element.text or "", **{f"{name}@{key}": it for key, it in attributes.items()}}.items():
            for rule in (values.no_bad_characters, *_rules(label, element)):
                yield from (f"{complaint} in {label}" for complaint in rule(value, place))


def _in_grammar(
    present: Counter[str], name: str, grammar: Mapping[str, str], dialect: str, names: tuple[str, str]
) -> Complaints:
    missing, undefined = names
    allowed = {dialect + entry[:-1]: entry[-1] for entry in grammar.get(name, "").split()}
    for part, count in present.items():
        where = f"{part} in {name}"
        if part not in allowed and "}" not in part:  # an unknown namespace is complained of once
            yield f"{undefined}: {where}"
        elif count > 1 and allowed.get(part) != "*":
            yield f"{DUPLICATE.get(where, 'DuplicateElement')}: {where}"
    for where in (f"{part} in {name}" for part, times in allowed.items() if times == "!" and part not in present):
        yield f"{MISSING.get(where, missing)}: {where}"


def _rules(label: str, element: etree._Element) -> tuple[Rule, ...]:
    parent = element.getparent()
    within = f"{_name(parent)}/{label}" if parent is not None else label
    return RULES.get(within) or RULES.get(label, ())


# --- Rules for a whole feed ---------------------------------------------------------------------------------------------


def _of_the_file(root: etree._Element, document: bytes) -> Complaints:
    if len(document) > 2_000_000:
        yield f"ValidatorLimit: {len(document):,} bytes"
    if root.getroottree().docinfo.encoding not in ("UTF-8", "utf-8"):
        yield "NotUTF8"
    for namespace in {uri for element in root.iter("*") for uri in element.nsmap.values()} - NAMESPACES.keys():
        yield f"UnknownNamespace: {namespace}"
    for group in root.iter("{http://search.yahoo.com/mrss/}group"):
        if len(_all(group, "media:content")) < 2:
            yield "MediaGroupWithoutAlternatives"


def _grammar(root: etree._Element) -> Complaints:
    schema = _schema()
    if not schema.validate(root):
        yield f"RelaxNG: {next(iter(schema.error_log)).message}"


@cache
def _schema() -> etree.RelaxNG:
    return etree.RelaxNG(etree.parse(str(Path(__file__).parent / "schemas" / "atom.rng")))


def _alternates(root: etree._Element) -> Complaints:
    for parent in (root, *_all(root, "atom:entry")):
        kinds = [(link.get("type"), link.get("hreflang")) for link in _links(parent, "alternate")]
        if len(set(kinds)) < len(kinds):
            yield "DuplicateAtomLink"


def _metadata_first(root: etree._Element) -> Complaints:
    names = [_name(child) for child in root.iterchildren("*")]
    if "atom:entry" in names:
        yield from (f"MisplacedMetadata: {it}" for it in names[names.index("atom:entry") :] if it != "atom:entry")


def _entries(root: etree._Element) -> Complaints:
    for entry in _all(root, "atom:entry"):
        within = {_name(child) for owner in (entry, *_all(entry, "atom:source")) for child in owner.iterchildren("*")}
        if "atom:author" not in within and not _all(root, "atom:author"):
            yield "MissingElement: atom:author in atom:entry"
        if not within & {"atom:summary", "atom:content"}:
            yield "MissingTextualContent"
        if "atom:content" not in within and not _links(entry, "alternate"):
            yield "MissingContentOrAlternate"


def _unique_entries(root: etree._Element) -> Complaints:
    ids = Counter(entry.findtext("{http://www.w3.org/2005/Atom}id") for entry in _all(root, "atom:entry"))
    times = Counter(entry.findtext("{http://www.w3.org/2005/Atom}updated") for entry in _all(root, "atom:entry"))
    yield from (f"DuplicateEntries: {id}" for id, count in ids.items() if id and count > 1)
    yield from (f"DuplicateUpdated: {time}" for time, count in times.items() if time and count > 1)


def _unique_items(root: etree._Element) -> Complaints:
    guids = Counter(item.findtext("guid") for item in root.iter("item"))
    yield from (f"DuplicateValue: {guid}" for guid, count in guids.items() if guid and count > 1)


def _channel_image(root: etree._Element) -> Complaints:
    for tag, name in (("link", "ImageLinkDoesntMatch"), ("title", "ImageTitleDoesntMatch")):
        inner, outer = root.findtext(f"channel/image/{tag}"), root.findtext(f"channel/{tag}")
        if inner and outer and inner != outer:
            yield f"{name}: {inner}"


def _items_last(root: etree._Element) -> Complaints:
    names = [_name(child) for channel in root.iter("channel") for child in channel.iterchildren("*")]
    if "item" in names and set(names[names.index("item") :]) != {"item"}:
        yield "MisplacedItem"


def _item(root: etree._Element) -> Complaints:
    for item in root.iter("item"):
        names = [_name(child) for child in item.iterchildren("*")]
        if not {"title", "description"} & set(names):
            yield "ItemMustContainTitleOrDescription"
        if "content:encoded" in names and "description" not in names[: names.index("content:encoded")]:
            yield "NeedDescriptionBeforeContent"
        for core, others in SYNONYMS.items():
            yield from (f"DuplicateItemSemantics: {core} and {it}" for it in others if core in names and it in names)


_atom = (_grammar, _alternates, _metadata_first, _entries, _unique_entries)
_rss = (_unique_items, _channel_image, _items_last, _item)


def _self_link(root: etree._Element, url: str | None) -> Complaints:
    """The service asks the first one; where the feed is published nowhere, there is none."""
    if url is not None:
        links = [link for feed in (root, *root.iter("channel")) for link in _links(feed, "self")]
        if not links:
            yield "MissingSelf"
        elif links[0].get("href") != url:
            yield f"SelfDoesntMatchLocation: {links[0].get('href')}"


# --- Names --------------------------------------------------------------------------------------------------------------


def _name(element: etree._Element, dialect: str = "") -> str:
    """`atom:title` for an element in a namespace that we know; without a namespace, the name in its dialect."""
    label = _label(str(element.tag))
    return label if ":" in label else dialect + label


def _label(tag: str) -> str:
    namespace, _, local = tag.rpartition("}")
    return NAMESPACES.get(namespace[1:], f"{namespace}}}:") + local if namespace else local


def _all(parent: etree._Element, name: str) -> list[etree._Element]:
    return [child for child in parent.iterchildren("*") if _name(child) == name]


def _links(parent: etree._Element, rel: str) -> list[etree._Element]:
    return [link for link in _all(parent, "atom:link") if link.get("rel", "alternate") == rel]
