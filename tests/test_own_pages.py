"""Pages that owners make their own: stylesheets, HTML, templates, readers, a policy that follows, a sitemap."""

import base64
import hashlib
import os
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from feedloom.cli.main import main
from feedloom.config import own_files
from feedloom.config.load import load
from feedloom.errors import ConfigError
from feedloom.model import Document
from feedloom.render import html, policy, sitemap
from feedloom.render.content import entry_data
from feedloom.render.metadata import metadata_of
from tests.conftest import Site, record
from tests.test_pages import TEXTS, directory_of
from tests.test_render import article, feeds_of
from tests.validator_html import page_complaints

RECORDS = {
    "a.md": record(
        topics="[AI]",
        provider="{name: P, domain: p.example}",
        images="[{url: 'https://pictures.example/a.png'}]",
    ),
    "b.md": record(webUrl="https://e.example/b", topics="[AI, Space]"),
}
PAGES = ("index.html", "all.html", "topics/ai.html")


def built(site: Site, pages: Any = True, **settings: Any) -> None:
    site.build(RECORDS, pages=pages, **settings)


def feeds(site: Site) -> dict[str, bytes]:
    return {path: data for path, data in site.files().items() if path.endswith((".atom", ".rss", ".json", ".opml"))}


def directives(page: str) -> dict[str, list[str]]:
    found = re.search('Content-Security-Policy" content="([^"]*)"', page)
    assert found
    return {name: sources for name, *sources in map(str.split, found[1].split("; "))}


def test_files_and_html_of_the_owner_are_on_every_page(site: Site, tmp_path: Path) -> None:
    (tmp_path / "my.css").write_text(":root { --accent: teal; }\n")
    (tmp_path / "more.css").write_text("h1 { color: red }")
    (tmp_path / "head.html").write_text('<link rel="me" href="{{ root }}about.html">\n')
    pages = {
        "css": ["my.css", "https://cdn.example/site.css", "more.css"],
        "head": "head.html",
        "header": '<a href="{{ root }}about.html">About</a>',
        "footer": "<p>Imprint</p>",
    }
    built(site, pages)
    sheets = {"feedloom-own.css": b":root { --accent: teal; }\n", "feedloom-own-2.css": b"h1 { color: red }"}
    assert {name: site.files()[name] for name in sheets} == sheets
    for path in PAGES:
        page, root = site.text(path), "../" * path.count("/")
        assert f'<link rel="me" href="{root}about.html">\n</head>' in page
        assert f'<div class="own"><a href="{root}about.html">About</a></div>' in page
        assert "<footer>\n<p>Imprint</p>" in page
        assert "Made with feedloom" not in page
        ours, *own = re.findall('<link rel="stylesheet" href="([^"]*)">', page)
        assert ours.startswith(f"{root}feedloom.css?")
        one, two = (f"{root}{name}?{hashlib.sha256(data).hexdigest()[:8]}" for name, data in sheets.items())
        assert own == [one, "https://cdn.example/site.css", two]
        assert directives(page)["style-src"] == ["'self'", "https://cdn.example"]


def test_an_empty_footer_is_none(site: Site) -> None:
    """Nor is there a line about feedloom. An empty header or head is as none at all."""
    built(site, {"footer": ""}, site__url=None)
    assert "<footer>\n\n</footer>" in site.text("all.html")
    built(site, {"footer": " ", "head": "", "header": " "})
    page = site.text("all.html")
    assert "Made with" not in page
    assert '<footer>\n\n<p><a href="feeds.opml">' in page
    assert 'class="own"' not in page
    assert page_complaints(page.encode()) == []


def test_each_stylesheet_can_import(site: Site, tmp_path: Path) -> None:
    """`@import` counts only at the beginning of a file."""
    (tmp_path / "one.css").write_text("h1 { color: red")
    (tmp_path / "two.css").write_text("@import 'https://fonts.example/f.css';\n")
    built(site, {"css": ["one.css", "two.css"]})
    assert site.files()["feedloom-own-2.css"].startswith(b"@import")
    assert directives(site.text("all.html"))["style-src"] == ["'self'", "https://fonts.example"]
    (site.output / ".feedloom" / "manifest").unlink()  # as in a clone
    built(site, {"css": ["two.css"]})
    assert "feedloom-own-2.css" not in site.files()


def test_a_changed_file_rewrites_pages_and_no_feed(site: Site, tmp_path: Path) -> None:
    footer = tmp_path / "footer.html"
    footer.write_text("<p>One</p>")
    built(site, {"footer": "footer.html"})
    before = feeds(site)
    stamps = {path: (site.output / path).stat().st_mtime_ns for path in before}
    footer.write_text("<p>Two</p>")
    built(site, {"footer": "footer.html"})
    assert all("<p>Two</p>" in site.text(path) for path in PAGES)
    assert feeds(site) == before
    assert {path: (site.output / path).stat().st_mtime_ns for path in before} == stamps
    warm = site.files()
    site.build(pages={"footer": "footer.html"}, fresh=True)
    assert site.files() == warm


def test_the_stylesheet_goes_with_its_setting(site: Site, tmp_path: Path) -> None:
    (tmp_path / "my.css").write_text("h1 { color: red }")
    built(site, {"css": ["my.css"]})
    assert "feedloom-own.css" in site.files()
    built(site)
    assert "feedloom-own.css" not in site.files()
    (site.output / "feedloom-own.css").write_text("mine")
    with pytest.raises(Exception, match=r"feedloom-own\.css"):
        site.build(pages={"css": ["my.css"]}, limit=1)
    assert site.text("feedloom-own.css") == "mine"


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ("css:\n  - my.css", ":3: pages.css[0]: my.css: cannot be read: No such file or directory"),
        ("head: head.html", "head.html: cannot be read: No such file or directory; HTML itself needs a tag, such as <p>"),
        ("footer: latin.html", ":2: pages.footer: latin.html: is not UTF-8; save it as UTF-8"),
        ("header: nul.html", ":2: pages.header: nul.html: contains U+0000; remove it"),
        ("templates: nowhere", ":2: pages.templates: nowhere: no such folder"),
        ("templates: empty", ":2: pages.templates: empty: contains none of the templates: base.html, entry.html"),
        ("sitemap: true", ":2: pages.sitemap: needs site.url, the URL of the feeds"),
        ("readers: {A: 'https://a.example/{url}'}", ":2: pages.readers: needs site.url, the URL of the feeds"),
        ("csp: {connect: x}", ":2: pages.csp.connect: must be a directive such as connect-src"),
        ("csp: {connect-src: 'x; y'}", ":2: pages.csp.connect-src: must be sources such as"),
    ],
)
def test_mistakes_are_named(site: Site, tmp_path: Path, settings: str, told: str) -> None:
    """With file and line, exit code 2; and nothing is written."""
    (tmp_path / "latin.html").write_bytes(b"<p>\xe9</p>")
    (tmp_path / "nul.html").write_bytes(b"<p>\0</p>")
    (tmp_path / "empty").mkdir()
    (tmp_path / "feedloom.yaml").write_text(f"pages:\n  {settings.replace(chr(10), chr(10) + '  ')}\n")
    site.write(RECORDS)
    ran = CliRunner().invoke(main, ["build", "-q", "-o", str(site.output)])
    assert ran.exit_code == 2
    assert told in ran.stderr
    assert ran.stderr.startswith("feedloom: feedloom.yaml:")
    assert not site.output.exists()


class TestTemplates:
    """Templates of the owner."""

    @staticmethod
    def write(folder: Path, **templates: str) -> dict[str, Any]:
        (folder / "own").mkdir(exist_ok=True)
        for name, text in templates.items():
            (folder / "own" / f"{name}.html").write_text(text)
        return {"templates": "own"}

    def test_a_front_page(self, site: Site, tmp_path: Path) -> None:
        text = (
            '{% extends "feedloom/index.html" %}\n{% block introduction %}<p>Hello, {{ site.title }}: '
            "{{ sections | length }} kinds</p>{% endblock %}"
        )
        built(site, self.write(tmp_path, index=text), site__title="A & B")
        assert "<p>Hello, A &amp; B: 2 kinds</p>" in site.text("index.html")
        assert "What is a feed?" not in site.text("index.html")
        assert "A to Z" not in site.text("all.html")

    def test_articles_and_feed_pages(self, site: Site, tmp_path: Path) -> None:
        own = self.write(
            tmp_path,
            entry='<article><h3>{{ record.title | upper }}</h3>{% include "note.html" %}</article>\n',
            note="<p>{{ day }}</p>",
            feed='{% extends "feedloom/feed.html" %}'
            "{% block articles %}<p>{{ feed.count * 2 }}</p>{{ articles }}{% endblock %}",
        )
        built(site, own)
        assert "<p>4</p><article><h3>A TITLE</h3><p>21 May 2021</p></article>" in site.text("topics/ai.html")
        assert site.text("providers/p.example.html").count("<article>") == 1

    @pytest.mark.parametrize(
        ("name", "text", "told"),
        [
            ("index", "<p>\n{% block %}", r"own/index\.html:2: .*block"),
            ("index", "<p>\n\n{{ nothing.at_all }}", r"own/index\.html:3: 'nothing' is undefined"),
            ("feed", "<p>\n{{ 1 / 0 }}", r"own/feed\.html:2: division by zero"),
            ("subscribe", "{{ formats[7].url }}", r"own/subscribe\.html:1: "),
            ("entry", "\n{% if record.provider.name %}{% endif %}", r"own/entry\.html:2: .*has no attribute 'name'"),
            ("base", '{% extends "base.html" %}', r"own/base\.html:1: includes or extends itself"),
            (
                "index",
                "<p>\n{% include 'gone.html' %}",
                r"own/index\.html:2: gone\.html: no such template in own \(folders in it",
            ),
            ("feed", "{% extends 'feedloom/gone.html' %}", r"own/feed\.html:1: feedloom/gone\.html: no such .*\(feedloom/NAME"),
            ("base", "{% include ['a.html', 'b.html'] %}", r"own/base\.html:1: a\.html, b\.html: no such template in own "),
            ("list", "{% include 'gone.html' %}", None),
        ],
    )
    def test_a_broken_one_stops_the_build(self, site: Site, tmp_path: Path, name: str, text: str, told: str | None) -> None:
        """With file and line, before anything is published."""
        built(site)
        before = {path: path.stat().st_mtime_ns for path in sorted(site.output.rglob("*"))}
        own = self.write(tmp_path, **{name: text})
        if told is None:  # a site without long lists does not use it
            built(site, own)
            return
        with pytest.raises(ConfigError, match=told):
            site.build({"c.md": record(webUrl="https://e.example/c")}, pages=own)
        assert {path: path.stat().st_mtime_ns for path in sorted(site.output.rglob("*"))} == before
        shutil.rmtree(tmp_path / "own")
        built(site)
        assert len(re.findall("<article", site.text("all.html"))) == 3

    def test_its_path_is_that_from_here(self, tmp_path: Path) -> None:
        for folder in ("sub", "sub/records", "sub/look"):
            (tmp_path / folder).mkdir()
        (tmp_path / "sub" / "feedloom.yaml").write_text("records: records\noutput: feeds\npages: {templates: look}\n")
        (tmp_path / "sub" / "records" / "a.md").write_text(record())
        (tmp_path / "sub" / "look" / "index.html").write_text("\n{{ x }}")
        (tmp_path / "sub" / "look" / os.fsdecode(b"\xff.html")).write_text("")
        ran = CliRunner().invoke(main, ["build", "-c", "sub/feedloom.yaml"])
        assert (ran.exit_code, ran.stderr) == (2, "feedloom: sub/look/index.html:2: 'x' is undefined\n")
        assert not (tmp_path / "sub" / "feeds" / "all.atom").exists()

    def test_workers_name_it_too(self, site: Site, tmp_path: Path) -> None:
        records = {f"{n}.md": record(webUrl=f"https://e.example/{n}", topics=f"[T{n}]") for n in range(99)}
        own = self.write(tmp_path, entry="{{ record.provider.name }}")
        with pytest.raises(ConfigError, match=r"own/entry\.html:1: "):
            site.build(records, pages=own, jobs=2)
        assert site.files() == {}


def test_the_manual_names_every_variable_block_and_property() -> None:
    """And nothing else."""
    manual = (Path(__file__).parent.parent / "docs" / "pages.md").read_text().partition("## Make them your own")[2]
    named = set(re.findall(r"`([a-z_-]+(?:\.html)?)`", manual))
    everywhere = {*html.common(load(), ""), "page_title", "description", "canonical", "title", "formats", "card", "data"}
    assert everywhere <= named
    assert html.entry_values(article(), load()).keys() <= named
    templates = {path.name: path.read_text() for path in (Path(html.__file__).parent / "templates").glob("*.html")}
    assert set(own_files.TEMPLATES) == templates.keys() - {"statistics.html"} <= named
    used = {name for text in templates.values() for name in re.findall(r"{% block (\w+) %}", text)}
    assert used - {"attributes"} <= named
    style = (Path(html.__file__).parent / "templates" / "feedloom.css").read_text()
    assert set(re.findall(r"^  (--[a-z]+):", style, re.MULTILINE)) == set(re.findall(r"`(--[a-z]+)`", manual))


@given(
    title=TEXTS,
    provider=st.booleans(),
    count=st.integers(0, 3),
    settings=st.fixed_dictionaries(
        {
            "site__url": st.sampled_from([None, "https://e.example/ü/"]),
            "site__language": st.sampled_from([None, "nl", "de", "ar"]),
            "site__home": st.sampled_from([None, "https://home.example/"]),
            "site__icon": st.sampled_from([None, "https://e.example/i.png"]),
            "site__contact": st.sampled_from([None, "a@e.example", "https://e.example/c"]),
            "site__title": TEXTS.map(lambda text: f"x{text}"),
        }
    ),
    limit=st.integers(1, 3),
)
def test_a_page_is_what_its_templates_define(
    title: str, provider: bool, count: int, settings: dict[str, Any], limit: int
) -> None:
    """The text with gaps gives the bytes that the templates give."""
    readers = {"Reader & Co": "https://r.example/?a&u={url}"} if settings["site__url"] else {}
    config = load(**settings, limit=limit, pages={"readers": readers, "footer": "<p>{{ root }}x</p>"})
    of = {"topics": ("Top & ic",), **({"provider": {"name": "P", "domain": "p.example"}} if provider else {})}
    shown = [article(link=f"https://e.example/{n}", title=f"x{title}", topics=of["topics"]) for n in range(count)]
    for feed in feeds_of(shown, config):
        entries = [html.entry(entry_data(one, config), config).encode() for one in shown[: feed.count]]
        documents: tuple[Document, ...] = (feed, *feed.archive)
        for document in documents:
            topics = html.often(document, [one.topics for one in shown], config, None)
            fast = html.page(document, metadata_of(document, config), entries, topics, config, html.shell(config))
            assert fast == html.page(document, metadata_of(document, config), entries, topics, config, None)


def test_web_readers_get_the_encoded_address(site: Site) -> None:
    readers = {"Feedly": "https://feedly.com/i/subscription/feed/{url}"}
    built(site, {"readers": readers})
    url = "https%3A%2F%2Ffeeds.example.org%2Ftopics%2Fai.atom"
    assert f'<a class="open" href="https://feedly.com/i/subscription/feed/{url}">Feedly</a>' in site.text("topics/ai.html")
    assert 'all.atom">Feedly</a>' in site.text("index.html")


def test_without_pictures_pages_ask_nobody(site: Site) -> None:
    built(site, {"images": False})
    for path in PAGES:
        page = site.text(path)
        assert "pictures.example" not in page
        assert directives(page)["img-src"] == ["'self'", "data:"]
    assert "https://pictures.example/a.png" in site.text("all.atom")


def test_the_policy_is_strict_and_follows(tmp_path: Path) -> None:
    strict = "default-src 'none'; base-uri 'none'; form-action 'none'"
    assert policy.policy(load()) == f"{strict}; img-src http: https: data:; script-src 'self'; style-src 'self'"
    (tmp_path / "my.css").write_text(
        "@import url(https://fonts.example/all.css);\n"
        "@font-face { font-family: A; src: url(https://fonts.example/a.woff2), url('b.woff2') }\n"
    )
    config = load(
        site__icon="https://pictures.example/icon.png",
        pages={
            "css": ["my.css"],
            "images": False,
            "head": "<script>if (a < b) go('</b>')</script><style>p {}</style>"
            "<script src='https://stats.example/s.js'></script>",
            "header": "<form action='https://list.example/join'><img src='logo.png'></form>",
            "footer": "<iframe src='//video.example/1'></iframe>",
            "csp": {"connect-src": "https://stats.example", "font-src": "data:"},
        },
    )
    digest = base64.b64encode(hashlib.sha256(b"if (a < b) go('</b>')").digest()).decode()
    style = base64.b64encode(hashlib.sha256(b"p {}").digest()).decode()
    assert {name: sources for name, *sources in map(str.split, policy.policy(config).split("; "))} == {
        "default-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["https://list.example"],
        "img-src": ["'self'", "data:", "https://pictures.example"],
        "script-src": ["'self'", "https://stats.example", f"'sha256-{digest}'"],
        "style-src": ["'self'", f"'sha256-{style}'", "https://fonts.example"],
        "frame-src": ["https://video.example"],
        "font-src": ["https://fonts.example", "'self'", "data:"],
        "connect-src": ["https://stats.example"],
    }


OWN = {
    '<img srcset="https://a.example/1.png 1x, //b.example/2.png 2x" src="c.png">': "img-src https://a.example https://b.example",
    '<picture><source srcset="https://a.example/1.webp"></picture>': "img-src https://a.example",
    '<video src="https://a.example/v" poster="https://b.example/p">': "media-src https://a.example; img-src https://b.example",
    '<link rel="preload" as="font" href="https://a.example/f.woff2" crossorigin>': "font-src https://a.example",
    '<link rel="preload" as="image" imagesrcset="https://a.example/1.png 1x">': "img-src https://a.example",
    '<link rel="modulepreload" href="https://a.example/m.js">': "script-src https://a.example",
    '<link rel="manifest" href="https://a.example/site.webmanifest">': "manifest-src https://a.example",
    '<form><button formaction="https://a.example/">': "form-action https://a.example",
    "<svg><image href='https://a.example/i.svg'/></svg>": "img-src https://a.example",
    "<object data='https://a.example/o.pdf'></object>": "object-src https://a.example",
    "<style>h1 { background: URL('https://a.example/b.png') }</style>": "img-src https://a.example",
    "<style>@font-face { src: url(https://a.example/f) } p { cursor: url(https://b.example/c) }</style>": (
        "font-src https://a.example; img-src https://b.example"
    ),
    "<style>@import'https://a.example/s.css'; p { mask: image-set('https://b.example/m' 1x) }</style>": (
        "style-src https://a.example; img-src https://b.example"
    ),
    "<![x[ <img src='https://a.example/i.png'> <p>": "",
}


@pytest.mark.parametrize("where", ["head", "header", "footer", "css", "templates"])
@pytest.mark.parametrize("html", OWN)
def test_the_policy_allows_what_the_owner_names(tmp_path: Path, html: str, where: str) -> None:
    """In every file of theirs, also where the pictures of articles are left out."""
    if where == "css":
        if "<style>" not in html:
            return
        (tmp_path / "my.css").write_text(html.removeprefix("<style>").removesuffix("</style>"))
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "subscribe.html").write_text(html)
    given = {"css": ["my.css"], "templates": "own"}.get(where, html)
    found = dict(one.split(" ", 1) for one in policy.policy(load(pages={"images": False, where: given})).split("; "))
    strict = dict(one.split(" ", 1) for one in policy.policy(load(pages={"images": False})).split("; "))
    added = {name: [one for one in found[name].split() if "//" in one] for name in found}
    told = "; ".join(f"{name} {' '.join(hosts)}" for name, hosts in added.items() if hosts)
    assert sorted(told.split("; ")) == sorted(OWN[html].split("; "))
    assert found["default-src"] == strict["default-src"] == "'none'"


def test_the_policy_allows_scripts_of_templates_that_are_the_same_on_every_page(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "picked.html").write_text("<script>go('{{ root }}')</script><script>go('{{ title }}')</script>")
    sources = dict(one.split(" ", 1) for one in policy.policy(load(pages={"templates": "own"})).split("; "))["script-src"]
    assert base64.b64encode(hashlib.sha256(b"go('../')").digest()).decode() in sources
    assert base64.b64encode(hashlib.sha256(b"go('{{ title }}')").digest()).decode() not in sources


def test_scripts_that_know_the_folder_are_allowed_in_each() -> None:
    sources = policy.policy(load(pages={"head": "<script>go('{{ root }}')</script>"})).partition("script-src ")[2]
    for text in ("go('')", "go('../')", "go('../../../')"):
        assert base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() in sources


def test_the_site_has_its_own_icon_logo_and_contact(site: Site) -> None:
    pictures = {"site__icon": "https://e.example/icon.png", "site__logo": "https://e.example/logo.svg"}
    built(site, site__home="https://e.example/", site__contact="me@e.example", **pictures)
    for path in PAGES:
        page = site.text(path)
        assert '<link rel="icon" href="https://e.example/icon.png">\n<link rel="apple-touch-icon"' in page
        assert '<a class="brand" href="https://e.example/" lang=""><img src="https://e.example/logo.svg" alt="Site"' in page
        assert '<a href="mailto:me@e.example">Contact</a>' in page
    built(site, {"head": '<link rel="icon" href="x.ico"><meta name="theme-color" content="red">'}, **pictures)
    assert site.text("all.html").count('rel="icon"') == 1
    assert site.text("all.html").count('name="theme-color"') == 1


def test_search_engines_know_what_a_page_is(site: Site) -> None:
    """JSON-LD: in a block of data, in which no text can end the element."""
    built(site, site__title="A <-- 'B'")
    page = site.text("topics/ai.html")
    assert '"isPartOf":{"@type":"WebSite","name":"A \\u003c-- \'B\'","url":"https://feeds.example.org/"}' in page
    assert '"breadcrumb":{"@type":"BreadcrumbList"' in page
    built(site, site__url=None)
    assert "ld+json" not in site.text("topics/ai.html")


class TestSitemap:
    """`pages.sitemap`."""

    def test_all_pages_are_in_it(self, site: Site) -> None:
        built(site, {"sitemap": True}, topics={"AI": {"aliases": ["Artificial Intelligence"]}})
        listed = re.findall("<loc>([^<]*)</loc>(?:<lastmod>([^<]*)</lastmod>)?", site.text("sitemap.xml"))
        base, date = "https://feeds.example.org/", "2021-05-21T18:09:00Z"
        names = ["", "all.html", "topics/ai.html", "topics/space.html", "providers/p.example.html"]
        assert listed == [(base + name, date) for name in names]
        site.build({"b.md": record(webUrl="https://e.example/b", topics="[AI]")}, pages={"sitemap": True})
        assert "space" not in site.text("sitemap.xml")  # it is retired
        built(site)
        assert "sitemap.xml" not in site.files()

    def test_one_of_the_owner_is_left_alone(self, site: Site) -> None:
        site.output.mkdir()
        (site.output / "sitemap.xml").write_text("mine")
        for _ in range(2):
            built(site, {"sitemap": True}, limit=7)
            assert site.text("sitemap.xml") == "mine"

    def test_one_of_the_owner_that_goes_makes_room(self, site: Site) -> None:
        """In the next build, though no record changed. The same for `.nojekyll`."""
        site.output.mkdir()
        for name in ("sitemap.xml", ".nojekyll"):
            (site.output / name).write_text("mine")
        records = RECORDS | {"c.md": record(webUrl="https://e.example/c", topics="[_x]")}
        site.build(records, pages={"sitemap": True})
        for name in ("sitemap.xml", ".nojekyll"):
            (site.output / name).unlink()
            assert site.build(pages={"sitemap": True}).files.written == 1
            assert site.text(name) != "mine"
        assert site.build(pages={"sitemap": True}).files.written == 0

    def test_a_clone_knows_its_own(self, site: Site) -> None:
        built(site, {"sitemap": True})
        (site.output / ".feedloom" / "manifest").unlink()
        built(site)
        assert "sitemap.xml" not in site.files()

    def test_large_sites_have_several(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sitemap, "_MOST", 4)
        written = dict(sitemap.sitemap(directory_of(6), ["topics/index.html"], load(site__url="https://e.example/")))
        parts = ["feedloom-sitemap-1.xml", "feedloom-sitemap-2.xml", "feedloom-sitemap-3.xml"]
        assert list(written) == [*parts, "sitemap.xml"]
        assert sum(written[part].count(b"<loc>") for part in parts) == 9
        assert re.findall(b"<loc>https://e.example/([^<]*)</loc>", written["sitemap.xml"]) == [part.encode() for part in parts]
        assert b"<loc>https://e.example/topics/</loc>" in written[parts[0]]
