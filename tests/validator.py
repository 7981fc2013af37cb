"""A validator for the tests: the rules of the W3C feed validation service that concern what feedloom writes.

The service's own code is not packaged. Each complaint begins with the name that the service gives it; RFC 4287's grammar is
checked beside it. Rules for constructs that feedloom never writes are left out: such a construct is `UndefinedElement`.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import html5lib
from lxml import etree

from feedloom.model import Url
from feedloom.urls import canonical

ATOM = "{http://www.w3.org/2005/Atom}"
CONTENT = "{http://purl.org/rss/1.0/modules/content/}"
DC = "{http://purl.org/dc/elements/1.1/}"
MEDIA = "{http://search.yahoo.com/mrss/}"

Complaints = Iterator[str]

# Which children an element may have, and which attributes. What is not here does not belong into a feed of ours.
CHILDREN = {
    f"{ATOM}feed": {f"{ATOM}{name}" for name in ("id", "title", "subtitle", "updated", "link", "icon", "logo", "author")}
    | {f"{ATOM}generator", f"{ATOM}entry"},
    f"{ATOM}entry": {f"{ATOM}{name}" for name in ("id", "title", "link", "published", "updated", "author", "category")}
    | {f"{ATOM}summary", f"{ATOM}content", f"{ATOM}source"}
    | {f"{MEDIA}{name}" for name in ("content", "thumbnail", "player")},
    f"{ATOM}author": {f"{ATOM}name", f"{ATOM}uri"},
    f"{ATOM}source": {f"{ATOM}{name}" for name in ("id", "title", "updated", "link")},
    "rss": {"channel"},
    "channel": {
        "title",
        "link",
        "description",
        "language",
        f"{ATOM}link",
        "lastBuildDate",
        "ttl",
        "image",
        "generator",
        "item",
    },
    "image": {"url", "title", "link", "width", "height"},
    "item": {"title", "link", "guid", "pubDate", "source", "category", "description", "enclosure"}
    | {f"{ATOM}updated", f"{ATOM}link", f"{DC}creator", f"{CONTENT}encoded"}
    | {f"{MEDIA}{name}" for name in ("content", "thumbnail", "player")},
}
ATTRIBUTES = {
    f"{ATOM}feed": {"{http://www.w3.org/XML/1998/namespace}lang"},
    f"{ATOM}link": {"href", "rel", "type", "title"},
    f"{ATOM}category": {"term", "scheme", "label"},
    f"{ATOM}content": {"type"},
    "rss": {"version"},
    "guid": {"isPermaLink"},
    "source": {"url"},
    "category": {"domain"},
    "enclosure": {"url", "length", "type"},
    f"{MEDIA}content": {"url", "type", "medium", "width", "height"},
    f"{MEDIA}thumbnail": {"url", "width", "height"},
    f"{MEDIA}player": {"url"},
}
REPEATED = {
    *(f"{ATOM}{name}" for name in ("link", "author", "category", "entry")),
    *("category", "item", f"{DC}creator", f"{MEDIA}content", f"{MEDIA}thumbnail", f"{MEDIA}player"),
}
REQUIRED = {
    f"{ATOM}feed": ("id", "title", "updated"),
    f"{ATOM}entry": ("id", "title", "updated"),
    f"{ATOM}source": ("id", "title", "updated"),
    f"{ATOM}author": ("name",),
    "channel": ("title", "link", "description"),
    "item": ("title", "guid"),
    "image": ("url", "title", "link"),
}
RELATIONS = {"alternate", "self", "hub", "enclosure", "related", "prev-archive", "next-archive", "current", "via"}
SCHEMES = {"http", "https", "urn"}
HTML = {"figure", "img", "p", "a", "ul", "li"}
HTML_ATTRIBUTES = {"src", "alt", "width", "height", "href"}

DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
MIME = re.compile(r"[\w!#$&^.+-]+/[\w!#$&^.+-]+")
URI = re.compile(r"[a-zA-Z][0-9a-zA-Z+\-.]*:(//)?[0-9a-zA-Z;/?:@&=+$.\-_!~*'()%,#]+")
URN = re.compile(r"urn:[a-z0-9][a-z0-9-]{1,31}:([a-z0-9()+,.:=@;$_!*'-]|%[0-9a-f]{2})+", re.IGNORECASE)
UUID = re.compile(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
RFC822 = re.compile(r"(\w{3}), \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT")
BAD = re.compile("[\x80-\x9f\ufffd]")


def complaints(document: bytes, url: str | None = None) -> list[str]:
    """What the service would say of an Atom or RSS document published at `url`; nothing at all for a valid one."""
    try:
        root = etree.fromstring(document)
    except etree.XMLSyntaxError as error:
        return [f"SAXError: {error}"]
    # The service takes `&Pi` in a text for an entity, unless the line holds a reference as `&#x26;` is.
    found = ["ContainsHTML: & that is not written &#x26;"] if b"&amp;" in document else []
    found += [complaint for element in root.iter() for complaint in _element(element)]
    if root.tag == f"{ATOM}feed":
        found += [f"RelaxNG: {error.message}" for error in _grammar_errors(root)]
        found += [complaint for part in (_atom_links(root), _atom_entries(root)) for complaint in part]
    elif root.tag == "rss":
        found += [complaint for part in (_channel(root[0]), _items(root[0])) for complaint in part]
    else:
        found.append(f"UndefinedElement: {root.tag}")
    found += _self_link(root, url)
    return found


def json_feed_complaints(document: bytes) -> list[str]:
    """What breaks JSON Feed 1.1."""
    feed = json.loads(document)
    found = []
    if feed.get("version") != "https://jsonfeed.org/version/1.1":
        found.append("version")
    if not feed.get("title"):
        found.append("title")
    found += [name for name in ("home_page_url", "feed_url", "icon", "favicon") if name in feed and list(_uri(feed[name]))]
    found += [f"authors: {author}" for author in feed.get("authors", []) if not author.keys() & {"name", "url", "avatar"}]
    items = feed.get("items")
    if not isinstance(items, list):
        return [*found, "items"]
    if len({item.get("id") for item in items}) != len(items):
        found.append("id: twice")
    return found + [f"{item.get('id')}: {complaint}" for item in items for complaint in _json_item(item)]


def opml_complaints(document: bytes) -> list[str]:
    """What breaks OPML 2.0 for a list of subscriptions."""
    root = etree.fromstring(document)
    found = [] if root.get("version") == "2.0" and [child.tag for child in root] == ["head", "body"] else ["opml"]
    for outline in root.iter("outline"):
        if not outline.get("text"):
            found.append("outline: no text")
        if not len(outline) and (outline.get("type") != "rss" or not outline.get("xmlUrl")):
            found.append(f"outline: {outline.items()}")
    return found


def _json_item(item: dict[str, Any]) -> Complaints:
    if not isinstance(item.get("id"), str) or not item["id"]:
        yield "id"
    if not (item.get("content_html") or item.get("content_text")):
        yield "content"
    for name in ("url", "image"):
        if name in item:
            yield from _uri(item[name])
    for name in ("date_published", "date_modified"):
        if not RFC3339.fullmatch(item.get(name, "")):
            yield name
    for attachment in item.get("attachments", []):
        yield from _uri(attachment.get("url", ""))
        if not MIME.fullmatch(attachment.get("mime_type", "")):
            yield "mime_type"
    if not all(isinstance(tag, str) and tag for tag in item.get("tags", [])):
        yield "tags"
    yield from _html(item.get("content_html", ""))


def _element(element: etree._Element) -> Complaints:
    """The rules for every element, and those of its own."""
    tag = str(element.tag)
    where = etree.QName(tag).localname
    for child in element:
        if child.tag not in CHILDREN.get(tag, set()):
            yield f"UndefinedElement: {child.tag} in {where}"
    for tag_of_child in {child.tag for child in element} - REPEATED:
        if len(element.findall(tag_of_child)) > 1:
            yield f"{'DuplicateEnclosure' if tag_of_child == 'enclosure' else 'DuplicateElement'}: {tag_of_child}"
    namespace = ATOM if tag.startswith(ATOM) else ""
    for name in REQUIRED.get(tag, ()):
        if element.find(namespace + name) is None:
            yield f"{'MissingSourceElement' if where == 'source' else 'MissingElement'}: {name} in {where}"
    for name in map(str, element.attrib):
        if name not in ATTRIBUTES.get(tag, set()):
            yield f"UnexpectedAttribute: {name} of {where}"
    for value in (element.text or "", *map(str, element.attrib.values())):
        if BAD.search(value):
            yield f"BadCharacters: {where}"
    yield from (f"{complaint} ({where})" for rule in RULES.get(tag, ()) for complaint in rule(element))


def _text(element: etree._Element) -> Complaints:
    text = element.text or ""
    if not text.strip():
        yield "NotBlank"
    yield from _no_html(text)


def _no_html(text: str) -> Complaints:
    if re.search(r"</\w+>", text):
        yield "ContainsHTML"
    if re.search(r"&#[x0-9]|<[/a-zA-Z]", text):
        yield "CharacterData"


def _html_element(element: etree._Element) -> Complaints:
    if not element.text:
        yield "NotBlank"
    yield from _html(element.text or "")


def _html(text: str) -> Complaints:
    try:
        fragment = _parser().parseFragment(text)
    except html5lib.html5parser.ParseError as error:
        yield f"NotHtml: {error}"
        return
    for element in fragment.iter():
        if element.tag == "DOCUMENT_FRAGMENT" or callable(element.tag):
            continue
        name = element.tag.rpartition("}")[2]
        if name not in HTML:
            yield f"SecurityRisk: <{name}>"
        for attribute, value in element.attrib.items():
            if attribute not in HTML_ATTRIBUTES:
                yield f"SecurityRiskAttr: {attribute}"
            if attribute in ("src", "href"):
                yield from ("ContainsRelRef" for _ in _uri(value))


@cache
def _parser() -> html5lib.HTMLParser:
    return html5lib.HTMLParser(strict=True)


def _uri(value: str | None) -> Complaints:
    value = value or ""
    if not value.isascii():
        yield f"UriNotIri: {value}"
    elif value.startswith("urn:uuid:") and not UUID.fullmatch(value):
        yield f"InvalidUUID: {value}"
    elif value.startswith("urn:") and not URN.fullmatch(value):
        yield f"InvalidURN: {value}"
    elif not URI.fullmatch(value):
        yield f"{'InvalidUriChar' if ':' in value else 'InvalidFullLink'}: {value}"
    elif value.partition(":")[0].lower() not in SCHEMES:
        yield f"SchemeNotIANARegistered: {value}"
    elif value.startswith("http") and not urlsplit(value).hostname:
        yield f"InvalidFullLink: {value}"


def _uri_element(element: etree._Element) -> Complaints:
    yield from _uri(element.text)


def _canonical(element: etree._Element) -> Complaints:
    text = element.text or ""
    yield from _uri(text)
    if text.startswith("http") and text != canonical(Url(text)):
        yield f"NonCanonicalURI: {text}"


def _rfc3339(element: etree._Element) -> Complaints:
    text = element.text or ""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if not moment or not RFC3339.fullmatch(text):
        yield f"InvalidRFC3339Date: {text}"
    elif not _plausible(moment):
        yield f"ImplausibleDate: {text}"


def _rfc822(element: etree._Element) -> Complaints:
    text = element.text or ""
    shape = RFC822.fullmatch(text)
    if not shape:
        yield f"InvalidRFC2822Date: {text}"
        return
    moment = parsedate_to_datetime(text)
    if DAYS[moment.weekday()] != shape[1]:
        yield f"IncorrectDOW: {text}"
    if not _plausible(moment):
        yield f"ImplausibleDate: {text}"


def _plausible(moment: datetime) -> bool:
    return datetime(1970, 1, 1, tzinfo=UTC) <= moment.astimezone(UTC) <= datetime.now(UTC) + timedelta(days=1)


def _link(element: etree._Element) -> Complaints:
    rel = element.get("rel", "alternate")
    if rel not in RELATIONS:
        yield f"UnregisteredAtomLinkRel: {rel}"
    yield from _uri(element.get("href"))
    if (kind := element.get("type")) is not None:
        if not MIME.fullmatch(kind):
            yield f"InvalidMIMEType: {kind}"
        elif rel == "self" and kind not in ("application/atom+xml", "application/rss+xml"):
            yield f"SelfNotAtom: {kind}"
    if (title := element.get("title")) is not None:
        if not title.strip():
            yield "AttrNotBlank: title"
        yield from _no_html(title)


def _media(element: etree._Element) -> Complaints:
    yield from _uri(element.get("url"))
    for name in ("width", "height"):
        if not re.fullmatch("[1-9][0-9]*", element.get(name, "1")):
            yield f"InvalidPositiveInteger: {name}"
    if not MIME.fullmatch(element.get("type", "a/b")):
        yield f"InvalidMIMEAttribute: {element.get('type')}"
    if element.get("medium", "image") not in ("image", "audio", "video", "document", "executable"):
        yield "InvalidMediaMedium"


def _enclosure(element: etree._Element) -> Complaints:
    url = element.get("url", "")
    if not re.match(r"https?://([a-z0-9-]+\.)+[a-z0-9-]+(:\d+)?(/|$)", url, re.IGNORECASE) or list(_uri(url)):
        yield f"InvalidURLAttribute: {url}"
    if not element.get("length", "").isdigit():
        yield "InvalidIntegerAttribute: length"
    if not MIME.fullmatch(element.get("type", "")):
        yield "InvalidMIMEAttribute: type"


def _guid(element: etree._Element) -> Complaints:
    permalink = element.get("isPermaLink", "true")
    if permalink not in ("true", "false"):
        yield "InvalidBooleanAttribute"
    elif permalink == "true":
        yield from (f"InvalidHttpGUID: {complaint}" for complaint in _uri(element.text))
        if (element.text or "").startswith(("urn:", "tag:")):
            yield "InvalidPermalink"


def _source(element: etree._Element) -> Complaints:
    yield from _uri(element.get("url"))
    yield from _text(element)


def _category(element: etree._Element) -> Complaints:
    for name in ("scheme", "domain"):
        if name in element.attrib:
            yield from _uri(element.get(name))
    for text in (element.get("term", "x"), element.get("label", "x"), element.text if element.tag == "category" else "x"):
        if not (text or "").strip():
            yield "NotBlank"
        yield from _no_html(text or "")


def _language(element: etree._Element) -> Complaints:
    if not re.fullmatch("[A-Za-z]{2,3}(-[A-Za-z0-9]+)*", element.text or ""):
        yield f"InvalidLanguage: {element.text}"


def _within(most: int) -> Callable[[etree._Element], Complaints]:
    def rule(element: etree._Element) -> Complaints:
        if not (element.text or "").isdigit() or not 0 < int(element.text or "") <= most:
            yield f"InvalidWidth or InvalidHeight: {element.text}"

    return rule


def _picture(element: etree._Element) -> Complaints:
    yield from _uri(element.text)
    ending = (element.text or "").rpartition(".")[2].lower()
    if re.fullmatch(r"\w+", ending) and ending not in ("jpg", "jpeg", "gif", "png"):
        yield f"ImageUrlFormat: {ending}"


RULES: dict[str, tuple[Callable[[etree._Element], Complaints], ...]] = {
    f"{ATOM}id": (_canonical,),
    f"{ATOM}title": (_text,),
    f"{ATOM}subtitle": (_text,),
    f"{ATOM}summary": (_text,),
    f"{ATOM}name": (_text,),
    f"{ATOM}generator": (_text,),
    f"{ATOM}uri": (_uri_element,),
    f"{ATOM}icon": (_uri_element,),
    f"{ATOM}logo": (_uri_element,),
    f"{ATOM}updated": (_rfc3339,),
    f"{ATOM}published": (_rfc3339,),
    f"{ATOM}link": (_link,),
    f"{ATOM}category": (_category,),
    f"{ATOM}content": (_html_element,),
    "title": (_text,),
    "link": (_uri_element,),
    "guid": (_guid,),
    "pubDate": (_rfc822,),
    "lastBuildDate": (_rfc822,),
    "language": (_language,),
    "category": (_category,),
    "source": (_source,),
    "enclosure": (_enclosure,),
    "ttl": (_within(1 << 31),),
    "width": (_within(144),),
    "height": (_within(400),),
    "url": (_picture,),
    f"{CONTENT}encoded": (_html_element,),
    f"{DC}creator": (_text,),
    f"{MEDIA}content": (_media,),
    f"{MEDIA}thumbnail": (_media,),
    f"{MEDIA}player": (_media,),
}


def _atom_links(root: etree._Element) -> Complaints:
    for parent in (root, *root.iterfind(f"{ATOM}entry")):
        alternates = [
            (link.get("type"), link.get("hreflang")) for link in parent.iterfind(f"{ATOM}link") if _is(link, "alternate")
        ]
        if len(alternates) != len(set(alternates)):
            yield "DuplicateAtomLink"
        if len([link for link in parent.iterfind(f"{ATOM}link") if _is(link, "enclosure")]) > 1:
            yield "DuplicateEnclosure"


def _atom_entries(root: etree._Element) -> Complaints:
    entries = root.findall(f"{ATOM}entry")
    yield from _twice("DuplicateIds", (entry.findtext(f"{ATOM}id") for entry in entries))
    for entry in entries:
        if entry.find(f"{ATOM}author") is None and root.find(f"{ATOM}author") is None:
            yield "MissingElement: author"
        if entry.find(f"{ATOM}summary") is None and entry.find(f"{ATOM}content") is None:
            yield "MissingTextualContent"
        if not any(_is(link, "alternate") for link in entry.iterfind(f"{ATOM}link")):
            yield "MissingContentOrAlternate"


def _channel(channel: etree._Element) -> Complaints:
    yield from _no_html(channel.findtext("description") or "")
    image = channel.find("image")
    if image is not None:
        if image.findtext("link") != channel.findtext("link"):
            yield "ImageLinkDoesntMatch"
        if image.findtext("title") != channel.findtext("title"):
            yield "ImageTitleDoesntMatch"
    seen_item = False
    for child in channel:
        if seen_item and child.tag != "item":
            yield f"MisplacedItem: before {child.tag}"
        seen_item = child.tag == "item"


def _items(channel: etree._Element) -> Complaints:
    items = channel.findall("item")
    yield from _twice("DuplicateValue", (item.findtext("guid") for item in items))
    for item in items:
        tags = [child.tag for child in item]
        if f"{CONTENT}encoded" in tags and (
            "description" not in tags or tags.index(f"{CONTENT}encoded") < tags.index("description")
        ):
            yield "NeedDescriptionBeforeContent"
        if (description := item.find("description")) is not None:
            yield from _html_element(description)


def _twice(name: str, values: Iterable[str | None]) -> Complaints:
    seen = set()
    for value in values:
        if value in seen:
            yield f"{name}: {value}"
        seen.add(value)


def _self_link(root: etree._Element, url: str | None) -> Complaints:
    links = root.findall(f"{ATOM}link") if root.tag != "rss" else root.findall(f"channel/{ATOM}link")
    found = [link.get("href") for link in links if link.get("rel") == "self"]
    if url is None:
        return
    if not found:
        yield "MissingSelf"
    elif found[0] != url:
        yield f"SelfDoesntMatchLocation: {found[0]}"


def _is(link: etree._Element, rel: str) -> bool:
    return link.get("rel", "alternate") == rel


def _grammar_errors(root: etree._Element) -> Iterable[Any]:
    grammar = _grammar()
    return () if grammar.validate(root) else list(grammar.error_log)


@cache
def _grammar() -> etree.RelaxNG:
    return etree.RelaxNG(etree.parse(str(Path(__file__).parent / "schemas" / "atom.rng")))
