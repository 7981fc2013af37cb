"""Promise 7: every feed passes the validators, with no error and no warning."""

from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Site, record
from tests.validator import complaints, site_complaints

FEEDS = Path(__file__).parent.parent / "feeds"
BASE = "https://feeds.example.org/"


def image(url: str) -> str:
    return record(images=f"[{{url: '{url}', width: 3, height: 2}}]")


def logo(url: str, size: str = "") -> str:
    return record(provider=f"{{domain: logo.example, images: [{{url: '{url}'{size}}}]}}")


TRICKY = {
    # Texts
    "entities": record(title='"A&Pi, R&D, &amp;amp; &copy &lt;b&gt;x &#x26;"', excerpt='"x <y and 3 < 5 & 7 > 2"'),
    "less than": record(title='"x <b y"', excerpt='"</b> <!-- x"'),
    "control": record(title='"a\\x07\\x00\\x9f\\ufffe\\ufffd b"', excerpt='"\\ufdd0 x"'),
    "scripts": record(title='"<script>alert(1)</script><img src=x onerror=alert(1)> שלום עולם 😀"'),
    "right to left": record(title='"\\u202eשלום\\u202c \\u200f"', topics='["שלום", "😀"]'),
    "long": record(title='"' + "long " * 300 + '"', excerpt='"' + "x" * 20_000 + '"'),
    "bare": record(),
    "the first second": record(publishedDateTime="1970-01-01T00:00:00Z"),
    "update": record(updatedDateTime="2021-06-01"),
    "category": record(category='"news & views </p>"'),
    # Providers and topics
    "no domain": record(provider="{name: 'P & <b>Q</b>'}", topics='["&Pi", "a<b", "</b>"]'),
    "no name": record(provider="{domain: bücher.example}"),
    "a name with an address": record(provider="{domain: a.example, name: 'Joe <joe@example.com>'}"),
    "logo": logo("https://e.example/l", ", width: 50, height: 50"),
    "logo too large": logo("https://e.example/l.png", ", width: 500, height: 9"),
    "logo too high": logo("https://e.example/l.png", ", width: 50, height: 500"),
    "logo as svg": logo("https://e.example/l.svg"),
    "logo as ico": logo("https://e.example/favicon.ICO"),
    "logo with a query": logo("https://e.example/l.png?v=1.2"),
    # Addresses
    "other addresses": record(webUrl="http://EXAMPLE.com:80/a/../b/%7e%e2%80%99?q=ü|x#ö", originalUrl="https://bücher.example"),
    "no path": record(webUrl="https://no-path.example?x=1&y=2"),
    "dots": record(webUrl="https://example.com/a/./b/../../c/.."),
    "brackets": record(webUrl="'https://example.com/a[1]{2}\"<>^`\\?b[]=[1]%'"),
    "apostrophe": record(webUrl="https://example.com/it's?a='b'"),
    "a dot after the host": record(webUrl="https://example.com./a"),
    # Images and related articles
    "images": record(images="[{url: 'https://e.example?a=1&b=2', width: 1}, {url: 'https://e.example/b.webp'}]"),
    "image as svg": image("https://e.example/a.svg"),
    "image at a port": image("https://e.example:8443/a.gif"),
    "image on a host with capitals": image("https://E.EXAMPLE/ü.png"),
    "video": record(type="video", images="[{url: 'https://e.example/a.jpg', width: 3, height: 2}]", category="news & views"),
    "related": record(
        related='[{title: "R&D; <i>x</i>", webUrl: "https://e.example/r?a&b"}, {title: R, webUrl: "https://e.example/r?a&b"}]'
    ),
    "related oddly": record(related='[{title: "x <b y &copy", webUrl: "https://ü.example?q=ü"}]'),
    # What the service warns about, or calls an error
    "path in decomposed letters": record(webUrl="https://example.com/cafe\u0301"),
    "image on a host with an underscore": image("https://my_images.example.com/a.png"),
    "image on a host with a dot after it": image("https://e.example./a.png"),
    "image on a host without a dot": image("https://intranet/a.png"),
    "a name with an address of digits": record(provider="{domain: a.example, name: 'Joe <123@example.com>'}"),
}


# What the service warns about all the same: it is the publisher's own, and to change it were a guess (docs/decisions.md).
WARNED = {
    "NonCanonicalURI": record(webUrl="https://example.com/caf%E9", excerpt="x"),
    "BadCharacters": record(title='"cafÃ©"', excerpt="x"),
    "MissingTextualContent": record(),
}


@pytest.mark.parametrize("path", [str(path.relative_to(FEEDS)) for path in sorted(FEEDS.rglob("*")) if path.is_file()])
def test_the_worked_example(path: str) -> None:
    check((FEEDS / path).read_bytes(), path)


@pytest.mark.parametrize("case", TRICKY)
def test_tricky_records(site: Site, case: str) -> None:
    report = site.build({"a.md": TRICKY[case]}, site__hub="https://hub.example/", site__icon="https://e.example/i.ico")
    assert report.records.published == 1
    check_all(site)


@pytest.mark.parametrize("name", WARNED)
def test_what_is_known_to_be_warned_about(site: Site, name: str) -> None:
    site.build({"a.md": WARNED[name]})
    assert {complaint.partition(":")[0] for complaint in complaints(site.files()["all.atom"])} == {name}


def test_records_of_the_same_second(site: Site) -> None:
    site.build(
        {f"{n}.md": record(webUrl=f"https://example.com/{n}", topics="[T]") for n in range(12)}, site__logo=f"{BASE}l.png"
    )
    check_all(site)


def test_a_full_feed_of_long_texts(site: Site) -> None:
    """The service reads 2,000,000 bytes and no more."""
    excerpt = "宇" * 10_000
    site.build({f"{n}.md": record(webUrl=f"https://example.com/{n}", excerpt=excerpt) for n in range(50)})
    check_all(site)


@pytest.mark.parametrize("language", ["en-GB", "pt-br", "zh-Hans", "de"])
def test_a_site_with_odd_words(site: Site, language: str) -> None:
    words: dict[str, Any] = {
        "site__title": "R&D <b>x</b> &copy",
        "site__description": "x <y & 'z'",
        "site__author": "A&Pi (b)",
        "site__email": "a@example.com",
        "site__rights": "© A&Pi <b>x</b> 2026",
        "site__language": language,
    }
    site.build({"a.md": record(topics='["A&Pi", "x <y"]')}, **words)
    check_all(site)


def test_an_empty_site(site: Site) -> None:
    site.build()
    check_all(site)


def test_a_site_without_a_url(site: Site) -> None:
    site.build({"a.md": TRICKY["video"]}, site__url=None)
    for path, document in site.files().items():
        if path.endswith((".atom", ".rss")):
            assert complaints(document) == []


def check_all(site: Site) -> None:
    for path, document in site.files().items():
        check(document, path)


def check(document: bytes, path: str) -> None:
    assert site_complaints(document, path, BASE) == []
