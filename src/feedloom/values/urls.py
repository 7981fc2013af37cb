"""URLs that may be published: absolute, http or https, in ASCII."""

import re
from collections.abc import Callable
from functools import lru_cache

from feedloom.model import Url
from feedloom.problems import Mistake
from feedloom.values import characters
from feedloom.values.patterns import repeated

_PARTS = re.compile(r"(https?)://([^/?#\\]*)(/[^?#]*)?(\?[^#]*)?(#.*)?", re.ASCII | re.IGNORECASE | re.DOTALL)
_HOST = re.compile(
    r"(?=.{1,253}\Z)[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*\.?", re.IGNORECASE
)
# Most URLs match this: nothing in them needs checking, and with a path they are canonical.
_IN_PATH = r"[A-Za-z0-9_.~/:@!$'()*+,=-]"
_IN_QUERY = r"[A-Za-z0-9_.~/?:@!$'()*+,=&-]"
_PLAIN = re.compile(rf"https?://([a-z0-9.-]+)(/{_IN_PATH}*(?:\?{_IN_QUERY}*)?)?")
_LONGEST_PLAIN = 253  # as long as a host may be (RFC 1035 section 2.3.4)
_ESCAPE = "%[0-9A-Fa-f]{2}"
_LABEL = "[a-z0-9][a-z0-9-]*"
_NEXT_LABEL = rf"\.(?<!-\.){_LABEL}"
UNCHANGED = (
    rf"https?://(?![^/]{{254}}){_LABEL}{repeated(_NEXT_LABEL, 4)}(?<!-)"
    rf"(?:/{_IN_PATH}*{repeated(f'{_ESCAPE}{_IN_PATH}*', 1)}"
    rf"(?:\?{_IN_QUERY}*(?:{_ESCAPE}{_IN_QUERY}*)*|)(?:\#{_IN_QUERY}*(?:{_ESCAPE}{_IN_QUERY}*)*|)|)"
)
"""A pattern of most URLs: `http_url` returns them unchanged, if they are not longer than `LONGEST`."""
LONGEST = 8_000  # RFC 9110 section 4.1 asks for support of 8,000 octets; few servers take more
_LONGEST_HOST = 253  # RFC 1035 section 2.3.4
_ABSOLUTE = re.compile(r"//|[A-Za-z][A-Za-z0-9+.-]*:")
_GAP = re.compile(r"[\s\x00-\x1f]")
# URLs from the web may be escaped for HTML; some readers decode them again, and others do not.
_AMPERSAND = re.compile(r"&(?:amp|#38|#x26);", re.IGNORECASE)
_UNENCODED = re.compile(r"[A-Za-z0-9_.~/@-]*")  # what nearly all paths of files are
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_ESCAPED = re.compile(r"%[0-9A-Fa-f]{2}")
_BEYOND_ASCII = re.compile(r"(?:[a-zA-Z]?%[89A-F][0-9A-F](?:%[89AB][0-9A-F])*)+")  # with a letter, for the accent after it

# RFC 3986 section 3.3: pchar, and `/`; the query and the fragment may contain `?` too.
_PATH = "/%:@!$&'()*+,;=~"
_QUERY = _PATH + "?"
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


def is_plain(text: str) -> bool:
    """Whether `http_url` would return the text unchanged, by a quick test that most URLs pass."""
    return _plain(text) is not None


def http_url(text: str, base: str | None = None, warn: Callable[[Mistake], None] | None = None) -> Url:
    """The URL as it was written, with what is not ASCII encoded (RFC 3987 section 3.1; hosts by IDNA).

    A relative URL is resolved against `base`. Raises Mistake for anything but an absolute http or https URL without white space
    and credentials.

    With `warn`, which is called for each correction, a single space after the host is encoded, and invisible characters are
    removed from the ends.
    """
    if is_plain(text):
        return Url(text)
    corrected: list[Mistake] = []
    written = text.strip()
    if warn and not written.isascii():
        written, invisible = characters.stripped(written)
        if invisible:
            corrected.append(Mistake("url-invisible-character", f"U+{ord(invisible):04X}"))
    written = _AMPERSAND.sub("&", written)
    if len(written) > LONGEST:
        raise Mistake("url-too-long", written, f"{LONGEST:,}")
    if warn and _has_one_space(written):
        written = written.replace(" ", "%20")
        corrected.append(Mistake("url-space-encoded"))
    if _GAP.search(written):
        raise Mistake("url-white-space", written)
    parts = _PARTS.fullmatch(written)
    if base and not (parts and parts[2]):  # `urljoin` would also change full URLs: those with an empty query or fragment
        parts = _PARTS.fullmatch(_resolved(written, base))
    if not parts:
        raise Mistake("url-not-http" if _ABSOLUTE.match(written) else "url-relative", written)
    scheme, authority, path, query, fragment = parts.groups("")
    if "@" in authority:
        raise Mistake("url-password")
    if not authority:
        raise Mistake("url-no-host", written)
    try:
        host = _authority(authority)
        path = "/" if not path and (query or fragment) else _quoted(path, _PATH)
        url = Url(f"{scheme.lower()}://{host}{path}{_quoted(query, _QUERY)}{fragment[:1]}{_quoted(fragment[1:], _QUERY)}")
    except UnicodeError:
        raise Mistake("url-characters", written) from None
    for correction in corrected:
        assert warn
        warn(correction)
    return url


def canonical(url: Url) -> Url:
    """The URL as an id: one spelling for all that RFC 3986 section 6.2.2 and 6.2.3 call equivalent.

    RFC 4287 section 4.2.6.1 asks for it, and validators warn without it.
    """
    if (plain := _plain(url)) and plain[2]:
        return url
    parts = _PARTS.fullmatch(url)
    assert parts, "a Url is whole by construction"
    scheme, authority, path, query, fragment = parts.groups("")
    host, _, port = authority.lower().partition(":")
    if port and port != {"http": "80", "https": "443"}[scheme]:
        host = f"{host.rstrip('.')}:{port}"
    else:
        host = host.rstrip(".")
    path = _without_dots(_one_spelling(path))
    return Url(f"{scheme}://{host}{path}{_one_spelling(query)}{_one_spelling(fragment)}")


def page(url: Url) -> str:
    """What all URLs of one page have in common: no scheme, `www.`, fragment or last slash."""
    return page_of(canonical(url))


def page_of(canonical: Url) -> str:
    """The `page` of a canonical URL."""
    return canonical.partition("#")[0].partition("://")[2].removeprefix("www.").rstrip("/")


def identity(url: Url) -> Url:
    """The URL as the id of an article, the same for `http` and `https`."""
    return identity_of(canonical(url))


def identity_of(canonical: Url) -> Url:
    """The `identity` of a canonical URL."""
    return Url(f"https{canonical[4:]}") if canonical.startswith("http:") else canonical


def domain(text: str) -> str:
    """A provider's domain: lower case, IDNA, without `www.`; of a URL, only the host counts.

    Raises Mistake if there is no host name in it.
    """
    if len(text) > LONGEST:
        raise Mistake("url-too-long", text.strip(), f"{LONGEST:,}")
    return _domain(text)


@lru_cache(1024)
def _domain(text: str) -> str:
    host = characters.stripped(text)[0]
    host = host.partition("://")[2] or host
    host = re.split(r"[/?#:\\]", host, maxsplit=1)[0].rstrip(".")
    try:
        # Pythons differ in which capital letters they know.
        name = _host(host.lower().removeprefix("www.")) if characters.are_known(host) else ""
    except (ValueError, UnicodeError):
        name = ""
    if "." not in name:
        raise Mistake("domain-invalid", text.strip())
    return name


def joined(base: str, path: str) -> Url:
    """The URL of a published file: `path`, percent-encoded, below `base`."""
    return Url(base + (path if _UNENCODED.fullmatch(path) else _encoded(path, "/~@")))


def _has_one_space(written: str) -> bool:
    """Whether there is one space, and it belongs to the path, query or fragment: no second URL starts after it."""
    before, space, after = written.partition(" ")
    _, scheme, rest = before.partition("://")
    is_behind_host = not scheme or not set("/?#").isdisjoint(rest)
    return bool(space and is_behind_host and "://" not in after and not _GAP.search(before + after))


def _plain(text: str) -> re.Match[str] | None:
    found = _PLAIN.fullmatch(text) if len(text) <= _LONGEST_PLAIN and "/." not in text else None
    return found if found and _is_plain_host(found[1]) else None


@lru_cache(4096)
def _is_plain_host(host: str) -> bool:
    return not host.endswith(".") and _HOST.fullmatch(host) is not None


def _authority(authority: str) -> str:
    host, colon, port = authority.partition(":")
    if colon and not (port.isascii() and port.isdigit() and len(port) < 6 and 0 < int(port) < 65536):
        raise Mistake("url-host", authority)
    return _host(host) + colon + port


def _host(host: str) -> str:
    if not host.isascii() and len(host) <= _LONGEST_HOST and characters.are_known(host):
        import idna  # its tables are large, and few hosts need them

        host = idna.encode(host, uts46=True).decode()
    if not _HOST.fullmatch(host):
        raise Mistake("url-host", host)
    return host.removesuffix(".")


def _quoted(text: str, safe: str) -> str:
    return _encoded(_STRAY_PERCENT.sub("%25", text), safe)


def _encoded(text: str, safe: str) -> str:
    from urllib.parse import quote  # 2 ms, which a build in which nothing changed does without

    return quote(text, safe=safe)


def _resolved(written: str, base: str) -> str:
    from urllib.parse import urljoin

    try:
        return urljoin(base, written)
    except ValueError:  # a bracket that begins a host and does not end it
        raise Mistake("url-host", written) from None


def _one_spelling(text: str) -> str:
    def spell(escape: re.Match[str]) -> str:
        character = chr(int(escape[0][1:], 16))
        return character if character in _UNRESERVED else escape[0].upper()

    return _BEYOND_ASCII.sub(_composed, _ESCAPED.sub(spell, text))


def _composed(escapes: re.Match[str]) -> str:
    """Escaped UTF-8 in NFC; bytes of older encodings stay unchanged."""
    from urllib.parse import quote, unquote

    try:
        return quote(characters.normalized("NFC", unquote(escapes[0], errors="strict")))
    except UnicodeDecodeError:
        return escapes[0]


def _without_dots(path: str) -> str:
    """RFC 3986 section 5.2.4."""
    kept: list[str] = []
    segments = path.split("/")[1:] or [""]
    for segment in segments:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in (".", ".."):
        kept.append("")
    return "/" + "/".join(kept)
