"""Promise 7: every feed passes the validators, with no error and no warning."""

from pathlib import Path
from urllib.parse import quote

import pytest

from tests.conftest import Site, record
from tests.validator import complaints, json_feed_complaints, opml_complaints

FEEDS = Path(__file__).parent.parent / "feeds"
BASE = "https://feeds.example.org/"

TRICKY = {
    "entities": record(title='"A&Pi, R&D, &amp;amp; &copy &lt;b&gt;x"', excerpt='"x <y and 3 < 5 & 7 > 2"'),
    "control": record(title='"a\\x07\\x00\\x9f\\ufffe\\ufffd b"', excerpt='"\\ufdd0 x"'),
    "scripts": record(title='"<script>alert(1)</script><img src=x onerror=alert(1)> שלום עולם 😀"'),
    "long": record(title='"' + "long " * 300 + '"', excerpt='"' + "x" * 20_000 + '"'),
    "bare": record(),
    "provider without domain": record(provider="{name: 'P & <b>Q</b>'}", topics='["&Pi", "a<b", "</b>"]'),
    "logo too large": record(
        provider="{domain: large.example, images: [{url: 'https://e.example/l.png', width: 500, height: 9}]}"
    ),
    "logo as svg": record(provider="{domain: svg.example, images: [{url: 'https://e.example/l.svg'}]}"),
    "logo": record(provider="{domain: logo.example, images: [{url: 'https://e.example/l', width: 50, height: 50}]}"),
    "other addresses": record(webUrl="http://EXAMPLE.com:80/a/../b/%7e%e2%80%99?q=ü|x#ö", originalUrl="https://bücher.example"),
    "no path": record(webUrl="https://no-path.example?x=1&y=2"),
    "images": record(images="[{url: 'https://e.example?a=1&b=2', width: 1}, {url: 'https://e.example/b.webp'}]"),
    "video": record(type="video", images="[{url: 'https://e.example/a.jpg', width: 3, height: 2}]", category="news & views"),
    "related": record(
        related='[{title: "R&D; <i>x</i>", webUrl: "https://e.example/r?a&b"}, {title: R, webUrl: "https://e.example/r?a&b"}]'
    ),
    "update": record(updatedDateTime="2021-06-01"),
}


@pytest.mark.parametrize("path", [str(path.relative_to(FEEDS)) for path in sorted(FEEDS.rglob("*")) if path.is_file()])
def test_the_worked_example(path: str) -> None:
    check(FEEDS / path, path)


@pytest.mark.parametrize("case", TRICKY)
def test_tricky_records(site: Site, case: str) -> None:
    report = site.build({"a.md": TRICKY[case]}, site__hub="https://hub.example/", site__icon="https://e.example/i.ico")
    assert report.records.published == 1
    for path in site.files():
        check(site.output / path, path)


def test_all_of_them_at_once(site: Site) -> None:
    unique = {name: text.replace("example.com/article", f"example.com/{n}") for n, (name, text) in enumerate(TRICKY.items())}
    site.build({f"{name}.md": text for name, text in unique.items()}, site__logo="https://e.example/l.png")
    for path in site.files():
        check(site.output / path, path)


def test_a_site_without_a_url(site: Site) -> None:
    site.build({"a.md": TRICKY["video"]}, site__url=None)
    for path in site.files():
        if path.endswith((".atom", ".rss")):
            assert complaints((site.output / path).read_bytes()) == []


def check(file: Path, path: str) -> None:
    document = file.read_bytes()
    if path.endswith((".atom", ".rss")):
        assert complaints(document, BASE + quote(path, safe="/~")) == []
    elif path == "feeds.opml":
        assert opml_complaints(document) == []
    elif path != "catalog.json":
        assert json_feed_complaints(document) == []
