"""The rules of tests/validator.py for one value: a text, an address, a date, a number.

A rule takes the value and its place, and gives the complaints that it has.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache, lru_cache
from html.entities import name2codepoint
from typing import NamedTuple
from unicodedata import normalize
from urllib.parse import quote, unquote_to_bytes, urlsplit

import html5lib
from lxml import etree

Complaints = Iterator[str]


class Place(NamedTuple):
    """Where a value stands; `line` is the line of the document that the element begins in."""

    element: etree._Element
    line: str
    is_rss: bool


Rule = Callable[[str, Place], Complaints]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


ARCHIVE_RELATIONS = _words("current first last next next-archive prev-archive previous")
RELATIONS = ARCHIVE_RELATIONS | _words("alternate enclosure hub license related replies search self up via")
FEED_TYPES = ("application/atom+xml", "application/rss+xml")
SCHEMES = {"http", "https", "mailto", "tag", "urn"}

# HTML that readers show and the service accepts, HTML that it calls a risk, and attributes that it does not.
HTML = _words(
    "a abbr acronym address article aside audio b bdi big blockquote br caption center cite code col colgroup dd del details "
    "dfn div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hgroup hr i img ins kbd li main mark nav ol p "
    "picture pre q rp rt ruby s samp section small source span strike strong sub summary sup table tbody td tfoot th thead "
    "time tr track tt u ul var video wbr"
)
RISKS = _words(
    "applet base basefont bdo body embed frame frameset head html iframe isindex link meta noframes object param plaintext "
    "script slot style title xmp"
)
HTML_ATTRIBUTES = _words(
    "align alt cite class colspan controls datetime dir height href hreflang id kind label lang loading media open poster rel "
    "reversed rowspan scope sizes span src srclang srcset start title type width"
)

# ISO 639-1; codes of three letters are not looked up.
LANGUAGES = _words(
    "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en eo es "
    "et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj "
    "kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv "
    "ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti "
    "tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu"
)

MIME = re.compile(r'[^\s()<>,;:\\"/[\]?=]+/[^\s()<>,;:\\"/[\]?=]+(\s*;\s*[^\s;=]+=[^\s;]+)*')
NO_URI_CHARACTER = re.compile(r"[^0-9A-Za-z;/?:@&=+$.\-_!~*'()%,#\x80-\U0010ffff]|%(?![0-9A-Fa-f]{2})")
ABSOLUTE = re.compile(r"[a-z][a-z0-9+.-]*:.", re.IGNORECASE)
HTTP_URL = re.compile(r"https?://([a-z0-9-]+\.)+[a-z0-9][a-z0-9-]*(:\d+)?(/|$)", re.IGNORECASE)
URN = re.compile(r"urn:[a-z0-9][a-z0-9-]{1,31}:([a-z0-9()+,.:=@;$_!*'-]|%[0-9a-f]{2})+", re.IGNORECASE)
UUID = re.compile(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
TAG = re.compile(r"tag:([a-z0-9._-]+@)?[a-z0-9.-]+,\d{4}(-\d\d(-\d\d)?)?:\S*")
EMAIL = r"[\w.+'-]+@([A-Za-z0-9-]+\.)+[A-Za-z0-9-]+"
RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)
_MONTH = "(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
RFC2822 = re.compile(
    rf"((?P<day>Mon|Tue|Wed|Thu|Fri|Sat|Sun), )?\d\d? {_MONTH} \d{{4}} \d\d:\d\d(:\d\d)? "
    r"([+-]\d\d[03]0|UT|GMT|Z|[ECMP][SD]T)",
    re.ASCII,
)
RFC822 = re.compile(rf"(\w{{3}}\s*,\s*)?\d\d?\s+{_MONTH}\s+\d\d(\d\d)?\s+\d\d:\d\d(:\d\d)?(\s+\S+)?", re.ASCII | re.IGNORECASE)
BAD = re.compile("[\x80-\x9f\ufffd]")


def no_bad_characters(value: str, place: Place) -> Complaints:
    """No C1 controls, no U+FFFD, and no `Ã¼` where `ü` was meant, which is UTF-8 taken for Latin-1."""
    if BAD.search(value):
        yield "BadCharacters"
    elif re.search("[ÂÃ][\x80-\xbf]", value):
        try:
            value.encode("latin-1").decode()
        except UnicodeError:
            return
        yield "BadCharacters: encoded twice"


def not_blank(value: str, place: Place) -> Complaints:
    if not value.strip():
        yield "NotBlank"


def attribute_not_blank(value: str, place: Place) -> Complaints:
    if not value.strip():
        yield "AttrNotBlank"


def no_white_space_around(value: str, place: Place) -> Complaints:
    if value != value.strip():
        yield "UnexpectedWhitespace"


def plain(name: str) -> Rule:
    """Plain text that a reader might take for HTML.

    The service lets it pass in a line with a reference such as `&#x26;`: then the author knows how to escape.
    """

    def rule(value: str, place: Place) -> Complaints:
        escaped = "&#x" in place.line
        if any(tag.lower() in HTML | RISKS for tag in re.findall(r"</(\w+)>", value)):
            yield name
        elif not escaped:
            if any(it in name2codepoint or it == "apos" or not it.isalpha() for it in re.findall(r"&(#?\w+)", value)):
                yield name
            elif place.is_rss and re.search("<[/a-zA-Z]", value):
                yield "CharacterData"

    return rule


def no_email(value: str, place: Place) -> Complaints:
    if re.search(f"<{EMAIL}>", value):
        yield "ContainsEmail"


def contact(value: str, place: Place) -> Complaints:
    if not re.search(EMAIL, value):
        yield f"InvalidContact: {value}"


def html(value: str, place: Place) -> Complaints:
    try:
        elements = _html_elements(value)
    except html5lib.html5parser.ParseError as error:
        yield f"NotHtml: {error}"
        return
    for tag, attributes in elements:
        yield from _html_element(tag, attributes, place)


@lru_cache(1024)
def _html_elements(value: str) -> list[tuple[str, Mapping[str, str]]]:
    """An entry stands in several feeds in three formats each, and to parse it takes the most of a validation."""
    elements = _html_parser().parseFragment(value).iter()
    tags = [element for element in elements if isinstance(element.tag, str) and element.tag != "DOCUMENT_FRAGMENT"]
    return [(element.tag.rpartition("}")[2], element.attrib) for element in tags]


def _html_element(tag: str, attributes: Mapping[str, str], place: Place) -> Complaints:
    if tag not in HTML:
        yield f"{'SecurityRisk' if tag in RISKS else 'NotHtml'}: <{tag}>"
    for name, value in attributes.items():
        if name == "style":
            yield f"DangerousStyleAttr: {value}"
        elif name not in HTML_ATTRIBUTES and not name.startswith("data-"):
            yield f"SecurityRiskAttr: {name}"
        elif name in ("href", "src"):
            yield from uri(value, place) if re.match(r"\w+:", value) else [f"ContainsRelRef: {value}"]


@cache
def _html_parser() -> html5lib.HTMLParser:
    return html5lib.HTMLParser(strict=True)


def content_type(value: str, place: Place) -> Complaints:
    """`text` and `html` alone are shown by all readers."""
    if value.endswith("/html") and "<html" not in (place.element.text or ""):
        yield f"HtmlFragment: {value}"
    elif value not in ("text", "html"):
        yield f"InvalidMIMEType: {value}"


def uri(value: str, place: Place) -> Complaints:
    """An absolute URI in ASCII. Atom allows an IRI, but RSS does not, nor do all readers."""
    value = value.strip()
    scheme = value.partition(":")[0].lower()
    if scheme in SPECIAL_URIS and (wrong := next((name for name, it in SPECIAL_URIS[scheme] if not it.fullmatch(value)), None)):
        yield f"{wrong}: {value}"
    elif NO_URI_CHARACTER.search(value):
        yield f"InvalidUriChar: {value}"
    elif not ABSOLUTE.match(value) or (scheme in ("http", "https") and not re.match(r"\w+://[^/]", value)):
        yield f"InvalidFullLink: {value}"
    elif not value.isascii():
        yield f"UriNotIri: {value}"
    elif scheme not in SCHEMES:
        yield f"SchemeNotIANARegistered: {value}"


SPECIAL_URIS: dict[str, list[tuple[str, re.Pattern[str]]]] = {
    "urn": [("InvalidURN", URN), ("InvalidUUID", re.compile(rf"{UUID.pattern}|(?!urn:uuid:).*", re.IGNORECASE))],
    "tag": [("InvalidTAG", TAG)],
}


def http_url(value: str, place: Place) -> Complaints:
    """For an enclosure the service wants a host with a dot in it, and letters, digits and hyphens alone."""
    if not HTTP_URL.match(value) or any(uri(value, place)):
        yield f"InvalidURLAttribute: {value}"


def id(value: str, place: Place) -> Complaints:
    wrong = list(uri(value, place))
    yield from wrong
    if not wrong and value.strip() != (canonical := _canonical(value.strip())):
        yield f"NonCanonicalURI: {value} for {canonical}"


def _canonical(uri: str) -> str | None:
    """The one spelling of RFC 3986 section 6.2.2 and 6.2.3. The service wants UTF-8 in form C behind percent signs too."""
    parts = urlsplit(uri)
    if not parts.netloc:
        return uri
    host = parts.netloc.lower().removesuffix({"http": ":80", "https": ":443"}.get(parts.scheme, ":"))
    path: list[str] = []
    segments = parts.path.split("/")[1:] or [""]
    for segment in segments:
        if segment == "..":
            del path[-1:]
        elif segment != ".":
            path.append(segment)
    if segments[-1] in (".", ".."):
        path.append("")
    rest = uri[len(uri.partition("://")[0]) + 3 + len(parts.netloc) + len(parts.path) :]
    try:
        spelled = [_one_spelling(text) for text in ("/" + "/".join(path), rest)]
    except UnicodeError:
        return None
    return f"{parts.scheme}://{host.rstrip('.')}{''.join(spelled)}"


def _one_spelling(text: str) -> str:
    """What is behind percent signs, and the letter before it: it may be the base of an accent."""

    def spell(escapes: re.Match[str]) -> str:
        return quote(normalize("NFC", unquote_to_bytes(escapes[0]).decode()), safe="")

    return re.sub("[A-Za-z]?(%[0-9A-Fa-f]{2})+", spell, text)


def rfc3339(value: str, place: Place) -> Complaints:
    """Some readers take a fraction or an offset wrong: whole seconds and `Z`."""
    try:
        moment = datetime.fromisoformat(value) if RFC3339.fullmatch(value) else None
    except ValueError:
        moment = None
    yield from _plausible(moment, value) if moment else [f"InvalidRFC3339Date: {value}"]


def rfc2822(value: str, place: Place) -> Complaints:
    shape = RFC2822.fullmatch(value)
    try:
        moment = parsedate_to_datetime(value) if shape else None
    except ValueError:
        moment = None
    if not shape or not moment:
        yield f"{'ProblematicalRFC822Date' if not shape and RFC822.fullmatch(value) else 'InvalidRFC2822Date'}: {value}"
    elif shape["day"] not in (None, f"{moment:%a}"):
        yield f"IncorrectDOW: {value}"
    else:
        yield from _plausible(moment, value)


def _plausible(moment: datetime, value: str) -> Complaints:
    if not datetime(1970, 1, 1, tzinfo=UTC) <= moment.astimezone(UTC) <= datetime.now(UTC) + timedelta(days=1):
        yield f"ImplausibleDate: {value}"


def language(value: str, place: Place) -> Complaints:
    code, _, rest = value.lower().partition("-")
    if not (code in LANGUAGES or re.fullmatch("[a-z]{3}", code)) or not re.fullmatch("([a-z0-9]+-?)*", rest):
        yield f"InvalidLanguage: {value}"


def relation(value: str, place: Place) -> Complaints:
    if value not in RELATIONS and not ABSOLUTE.match(value):
        yield f"UnregisteredAtomLinkRel: {value}"
    parent = place.element.getparent()
    if value in ARCHIVE_RELATIONS and parent is not None and str(parent.tag).endswith(("}entry", "item")):
        yield f"FeedHistoryRelInEntry: {value}"


def link_type(value: str, place: Place) -> Complaints:
    if not MIME.fullmatch(value):
        yield f"InvalidMIMEType: {value}"
    elif place.element.get("rel") == "self" and value not in FEED_TYPES:
        yield f"SelfNotAtom: {value}"


def matching(pattern: str | re.Pattern[str], name: str) -> Rule:
    def rule(value: str, place: Place) -> Complaints:
        if not re.fullmatch(pattern, value):
            yield f"{name}: {value}"

    return rule


def up_to(most: int, name: str) -> Rule:
    """RSS 2.0 on the image of a channel."""

    def rule(value: str, place: Place) -> Complaints:
        if not re.fullmatch("[0-9]{1,9}", value) or not 0 < int(value) <= most:
            yield f"{name}: {value}"

    return rule


def picture(value: str, place: Place) -> Complaints:
    yield from uri(value, place)
    ending = value.rpartition(".")[2].lower()
    if re.fullmatch(r"\w+", ending) and ending not in ("jpg", "jpeg", "gif", "png"):
        yield f"ImageUrlFormat: {value}"


def guid(value: str, place: Place) -> Complaints:
    if place.element.get("isPermaLink", "true") == "true":
        yield from (f"InvalidHttpGUID: {complaint}" for complaint in uri(value, place))
        if value.lower().startswith(("tag:", "urn:uuid:")):
            yield f"InvalidPermalink: {value}"
    elif re.fullmatch("[0-9]{1,8}", value):
        yield f"NotSufficientlyUnique: {value}"


positive = matching("[0-9]*[1-9][0-9]*", "InvalidPositiveInteger")
mime = matching(MIME, "InvalidMIMEAttribute")
contains_html = plain("ContainsHTML")
undeclared_html = plain("ContainsUndeclaredHTML")
