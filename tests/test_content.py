"""Bodies as the content of entries: in every format, from files to readers, and only where the settings say so."""

import contextlib
import json
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import feedparser
import msgspec
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings

import feedloom
from feedloom import Config
from feedloom.cli.main import main
from feedloom.config.settings import rules
from feedloom.model import Content
from feedloom.records import parse
from feedloom.render import atom, body, content, formats, json_feed, rss, xml
from feedloom.render.body import Body
from tests.conftest import NOW, Site, record
from tests.test_body import TEXTS, assert_harmless
from tests.validator import site_complaints

ENCODED = "{http://purl.org/rss/1.0/modules/content/}encoded"
ATOM = "{http://www.w3.org/2005/Atom}"

BODY = """
One *two*.

<!-- more -->

![a](a.png) <script>alert(1)</script> {{ x }}

| b |
|---|
| 1 |
"""
HTML = (
    '<p>One <em>two</em>.</p>\n\n<p><img src="https://example.com/a.png" alt="a">  {{ x }}</p>\n<table>\n<thead>\n<tr>\n'
    "<th>b</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td>1</td>\n</tr>\n</tbody>\n</table>"
)


def contents(site: Site) -> list[str]:
    """The HTML of the first entry, in Atom, RSS and JSON."""
    entry = ElementTree.fromstring(site.text("all.atom")).find(f"{ATOM}entry/{ATOM}content")
    item = ElementTree.fromstring(site.text("all.rss")).find("channel/item")
    assert item is not None
    encoded = item.find(ENCODED)
    encoded = item.find("description") if encoded is None else encoded
    return [
        (entry.text if entry is not None else None) or "",
        (encoded.text if encoded is not None else None) or "",
        json.loads(site.text("all.json"))["items"][0].get("content_html", ""),
    ]


def assert_valid(site: Site) -> None:
    for path, document in site.files().items():
        assert site_complaints(document, path, "https://feeds.example.org/") == []


def test_a_body_is_the_content_of_its_entry(site: Site) -> None:
    site.build({"a.md": record(provider="P") + BODY}, content="full")
    expected = f"{HTML}<p>Source: P</p>"
    assert contents(site) == [expected, expected, expected]
    assert "<summary>One two.</summary>" in site.text("all.atom")
    assert "<description>One two.</description>" in site.text("all.rss")
    assert json.loads(site.text("all.json"))["items"][0]["summary"] == "One two."
    assert_valid(site)
    assert feedparser.parse(site.text("all.rss")).entries[0].content[0].value.count("<td>1</td>") == 1


def test_a_page_shows_the_excerpt_alone(site: Site) -> None:
    site.build({"a.md": record(topics="[T]") + BODY}, content="full")
    for page in ("all.html", "topics/t.html"):
        assert "One two." in site.text(page)
        assert "<td>1</td>" not in site.text(page)


def test_a_body_is_unread_by_default(site: Site) -> None:
    for shown in ("excerpt", "none"):
        site.build({"a.md": record(excerpt="E", content="the field") + BODY}, content=shown)
        texts = [data.decode() for path, data in site.files().items() if not path.endswith(".js")]
        assert not any("two" in text or "the field" in text for text in texts)
    assert (
        parse.reading("a.md", (record() + BODY).encode(), rules(Config())).record
        == parse.reading("a.md", record().encode(), rules(Config())).record
    )


def test_the_excerpt_of_the_record_comes_first(site: Site) -> None:
    site.build({"a.md": record(excerpt="Own") + BODY}, content="full")
    assert "<summary>Own</summary>" in site.text("all.atom")
    assert contents(site)[0] == HTML


def test_the_field_content_comes_before_the_body(site: Site) -> None:
    for written, expected in (("'<p>a *b*<p>c'", "<p>a *b*</p><p>c</p>"), ("a *b* <b>c", "<p>a <em>b</em> <b>c</b></p>")):
        site.build({"a.md": record(content=written) + BODY}, content="full")
        assert contents(site)[0] == expected
    site.build({"a.md": "", "b.yaml": record(content="'a *b*'").replace("---\n", "")}, content="full")
    assert contents(site)[0] == "<p>a <em>b</em></p>"


def test_a_picture_is_shown_once(site: Site) -> None:
    image = "[{url: https://example.com/a.png}]"
    site.build({"a.md": record(images=image) + BODY}, content="full")
    assert contents(site)[0] == HTML
    site.build({"a.md": record(images=image.replace("a.png", "b.png")) + BODY}, content="full")
    assert contents(site)[0] == f'<figure><img src="https://example.com/b.png" alt=""></figure>{HTML}'


def test_addresses_are_relative_to_the_own_page(site: Site) -> None:
    links = {"originalUrl": "https://me.example/blog/a/", "webUrl": "https://other.example/"}
    site.build({"a.md": record(**links) + "[b](../b/)"}, content="full")
    assert contents(site)[0] == '<p><a href="https://me.example/blog/b/">b</a></p>'


def test_a_body_too_long_to_show_has_a_link(site: Site) -> None:
    site.build({"a.md": record() + "One.\n\n" + "word " * 60_000}, content="full")
    assert contents(site)[0] == '<p>One.</p><p><a href="https://example.com/article">Read the whole article</a></p>'


def test_another_body_is_another_entry(site: Site) -> None:
    site.build({"a.md": record() + "one"}, content="full")
    site.build({"a.md": record() + "two"}, content="full")
    assert contents(site) == ["<p>two</p>"] * 3
    site.build(content="excerpt")
    assert contents(site)[0] == ""


def test_no_body_of_an_unpublished_record_is_shown(site: Site) -> None:
    draft = record(draft="true", webUrl="https://example.com/b")
    site.build({"a.md": record() + "fine", "b.md": draft + "secret words"}, content="full")
    assert not any(b"secret" in data for data in site.files().values())


@pytest.mark.parametrize("text", ["", "\n \n", "<!-- nothing -->", "{% x %}"])
def test_an_empty_body_is_no_content(site: Site, text: str) -> None:
    site.build({"a.md": record() + text}, content="full")
    assert contents(site)[0] == ("<p>{% x %}</p>" if text == "{% x %}" else "")
    assert_valid(site)


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("closing", ["---", "...", "--- # end"])
def test_the_body_begins_below_the_front_matter(site: Site, line_end: str, closing: str) -> None:
    text = f"# a comment\n\n---\ntitle: A\npublishedDateTime: 2021-05-21\nwebUrl: https://example.com/\n{closing}\n---\nbody\n"
    site.build({"a.md": "\ufeff" + text.replace("\n", line_end)}, content="full")
    assert contents(site)[0] == "<hr>\n<p>body</p>"


# --- The posts of other programs ----------------------------------------------------------------------------------------

YAML = "---\ntitle: A\ndate: 2021-05-21\n---\n"
TOML = "+++\ntitle = 'A'\ndate = 2021-05-21\n+++\n"
LINES = "Title: A\nDate: 2021-05-21\n\n"
REST = "and enough words that most of the body is left"


@pytest.mark.parametrize(
    ("profile", "path", "head", "text", "html"),
    [
        ("jekyll", "_posts/2021-05-21-a.md", YAML, "{{ site.baseurl }}{: .y} {% z %} REST", "<p>/blog  REST</p>"),
        ("jekyll", "_posts/2021-05-21-a.html", YAML, "<p>*a* {% z %} REST", "<p>*a*  REST</p>"),
        ("hugo", "content/posts/a.md", TOML, "{{ a }} {{< b >}} REST", "<p>{{ a }}  REST</p>"),
        ("eleventy", "posts/a.njk", YAML, "<p>{{ a }} REST</p>", "<p> REST</p>"),
        ("zola", "content/a.md", TOML, "{{ a(b=1) }} REST", "<p> REST</p>"),
        ("pelican", "content/a.md", LINES, "[b]({filename}c.md) REST", "<p>b REST</p>"),
        ("pelican", "content/a.rst", "A\n#\n\n:date: 2021-05-21\n\n", "*b* REST", "<p><em>b</em> REST</p>"),
        ("nikola", "posts/a.rst", ".. title: A\n.. date: 2021-05-21\n\n", ":kbd:`c` REST", "<p><span>c</span> REST</p>"),
        ("hexo", "source/_posts/a.md", YAML, "`{{ a }}` {% b %} REST", "<p><code>{{ a }}</code>  REST</p>"),
        ("docusaurus", "blog/2021-05-21-a.mdx", YAML, "import A from 'a'\n\n<A>REST</A> {b}", "<p>REST </p>"),
        ("astro", "src/content/blog/a.md", YAML, "{b} REST", "<p>{b} REST</p>"),
        ("obsidian", "content/a.md", YAML, "[[b|c]] REST", "<p>c REST</p>"),
    ],
)
def test_a_post_is_rendered_as_its_generator_writes(
    site: Site, profile: str, path: str, head: str, text: str, html: str
) -> None:
    permalink = "/:slug/" if profile == "astro" else None
    post = head + text.replace("REST", REST)
    report = site.build({path: post}, profile=profile, site__home="https://me.example/blog/", permalink=permalink)
    assert not report.problems
    assert contents(site) == [html.replace("REST", REST)] * 3
    assert report.template_tags is msgspec.UNSET or report.template_tags.bodies == 1


def test_the_default_is_the_whole_text_for_posts_alone() -> None:
    assert [Config().content, Config(profile="hugo").content, Config(profile="hugo", content="none").content] == [
        "excerpt", "full", "none"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("settings", "shown"),
    [
        ("", {"Post": "<p>the text</p>", "Record": ""}),
        ("content: excerpt\n", {"Post": "", "Record": ""}),
        ("content: full\n", {"Post": "<p>the text</p>", "Record": "<p>the words</p>"}),
        ("content: none\n", {"Post": "", "Record": ""}),
    ],
)
def test_each_of_several_folders_has_its_content(site: Site, tmp_path: Path, settings: str, shown: dict[str, str]) -> None:
    site.write(
        {"blog/content/a.md": "Title: Post\nDate: 2021-05-21\n\nthe text", "own/b.md": record(title="Record") + "the words"}
    )
    (tmp_path / "feedloom.yaml").write_text(
        f"{settings}records: [{{path: records/blog, profile: pelican}}, records/own]\noutput: out\nsite: {{home: https://m.example/}}"
    )
    feedloom.build(feedloom.load_config(str(tmp_path / "feedloom.yaml")), now=NOW)
    items = json.loads(site.text("all.json"))["items"]
    assert {item["title"]: item.get("content_html", "") for item in items} == shown


def test_a_folder_says_its_content_itself(site: Site, tmp_path: Path) -> None:
    site.write({"a/a.md": record(title="A", webUrl="https://e.example/a") + "words", "b/b.md": record(title="B") + "words"})
    (tmp_path / "feedloom.yaml").write_text("records: [{path: records/a, content: full}, records/b]\noutput: out\n")
    feedloom.build(feedloom.load_config(str(tmp_path / "feedloom.yaml")), now=NOW)
    items = json.loads(site.text("all.json"))["items"]
    assert {item["title"]: item.get("content_html", "") for item in items} == {"A": "<p>words</p>", "B": ""}


def test_a_build_says_how_many_tags_were_cut(site: Site, tmp_path: Path) -> None:
    site.write({"_posts/2021-05-21-a.md": f"{YAML}{{% z %}} {{{{ y }}}} {REST}", "_posts/2021-05-22-b.md": YAML + REST})
    arguments = ["build", str(site.records), "-o", str(site.output)]
    (tmp_path / "feedloom.yaml").write_text("profile: jekyll\nsite: {home: https://me.example/}\n")
    assert "2 template tags in 1 body cut.\n" in CliRunner().invoke(main, arguments).output
    assert "template tag" not in CliRunner().invoke(main, arguments).output  # it is said once


def test_markup_that_cannot_be_rendered_is_left_out(site: Site) -> None:
    site.build({"content/posts/a.org": f"{YAML}* Head\n/slanted/"}, profile="hugo", site__home="https://me.example/")
    assert contents(site)[0] == ""
    assert "slanted" not in site.text("all.json")


def test_the_ids_of_a_file_come_before_those_of_the_profile(site: Site, tmp_path: Path) -> None:
    (tmp_path / "ids.json").write_text('{"version": 1, "ids": {"content/a.md": "old-a", "content/b.md": "old-b"}}')
    names = {"a": "", "b": "Guid: own\n", "c": ""}
    posts = {f"content/{name}.md": f"Title: {name}\nDate: 2021-05-21\n{more}\nx" for name, more in names.items()}
    site.build(posts, profile="pelican", site__home="https://me.example/")
    ids = {item["title"]: item["id"] for item in json.loads(site.text("all.json"))["items"]}
    assert ids == {"a": "old-a", "b": "own", "c": "tag:me.example,2021-05-21:/c.html"}


# --- Each body is rendered once -----------------------------------------------------------------------------------------


@pytest.fixture
def rendered(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The bodies that were rendered, since it was last emptied."""
    found: list[str] = []
    render = body.rendered

    def counted(content: Content) -> Body:
        found.append(content.text)
        return render(content)

    monkeypatch.setattr(body, "rendered", counted)
    return found


def posts(*texts: str) -> dict[str, str]:
    return {
        f"{text}.md": record(webUrl=f"https://example.com/{text}", publishedDateTime=f"2021-05-{day:02}", topics="[A, B]")
        + text
        for day, text in enumerate(texts, 1)
    }


def test_an_unchanged_body_is_rendered_once(site: Site, rendered: list[str]) -> None:
    site.build(posts("a", "b", "c"), content="full", limit=2, jobs=1)
    assert sorted(rendered) == ["b", "c"]  # those that are shown
    rendered.clear()
    site.build(posts("a", "b", "c", "d"), content="full", limit=2, jobs=1)
    assert rendered == ["d"]
    assert contents(site) == ["<p>d</p>"] * 3
    rendered.clear()
    (site.records / "d.md").write_text(posts("a", "b", "c", "d")["d.md"] + "e")
    site.build(content="full", limit=2, jobs=1)
    assert rendered == ["de"]
    rendered.clear()
    (site.records / "d.md").unlink()
    site.build(content="full", limit=3, jobs=1)  # all feeds are dirty
    assert rendered == ["a"]


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_is_remembered_gives_the_same_bytes(site: Site, jobs: int) -> None:
    texts = [f"text{number}" for number in range(28)]
    site.build(posts(*texts[:27]), content="full", jobs=jobs)
    site.build(posts(*texts), content="full", jobs=jobs)
    remembered = site.files()
    shutil.rmtree(site.output)
    site.build(content="full", fresh=True, jobs=1)
    assert site.files() == remembered


@pytest.mark.parametrize(
    "damage",
    ["DELETE FROM bodies", "UPDATE bodies SET body = x'00'", "UPDATE bodies SET body = (SELECT max(body) FROM bodies)"],
)
def test_a_damaged_cache_changes_no_byte(site: Site, damage: str) -> None:
    site.build(posts("a", "b"), content="full")
    with contextlib.closing(sqlite3.connect(site.state)) as cache:
        cache.execute(damage)
        cache.commit()
    site.build(posts("a", "b", "c"), content="full")
    assert [item["content_html"] for item in json.loads(site.text("all.json"))["items"]] == ["<p>c</p>", "<p>b</p>", "<p>a</p>"]


def test_the_cache_forgets_bodies_of_records_that_are_gone(site: Site) -> None:
    site.build(posts("a", "b"), content="full")
    (site.records / "a.md").unlink()
    site.build(content="full")
    with contextlib.closing(sqlite3.connect(site.state)) as cache:
        assert cache.execute("SELECT count(*) FROM bodies").fetchone() == (1,)


def test_a_dry_run_sees_bodies(site: Site) -> None:
    site.build(posts("a"), content="full")
    site.write(posts("a", "b"))
    planned = feedloom.build(site.config(content="full"), now=NOW, force=True, dry_run=True)
    assert planned.files.written > 0
    site.build(content="full")
    assert feedloom.build(site.config(content="full"), now=NOW, dry_run=True).files.written == 0


def test_nothing_of_this_is_imported_without_bodies(site: Site) -> None:
    site.write(posts("a"))
    program = (
        "import sys; from feedloom.cli.main import main;"
        f"main(['build', {str(site.records)!r}, '-o', {str(site.output)!r}, '--jobs', '1'], standalone_mode=False);"
        "print(*sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "feedloom.render" in ran.stdout.split()
    assert not {"feedloom.render.body", "nh3", "markdown_it"} & set(ran.stdout.split())


CONFIG = Config(content="full")


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(TEXTS)
def test_any_body_is_whole_in_every_format(text: str) -> None:
    made = parse.reading("a.md", record().encode() + text.encode(errors="replace"), rules(CONFIG)).record
    assert made is not None
    shown = content.entry_data(made, CONFIG, body.rendered(made.content) if made.content else None)
    assert_harmless(shown.html)
    escaped = xml.escaped(shown)
    for entry, where in ((atom.entry(escaped), "content"), (rss.entry(escaped), "description")):
        tree = ElementTree.fromstring(b"<x xmlns:atom='a' xmlns:dc='d' xmlns:content='c' xmlns:media='m'>" + entry + b"</x>")
        found = tree.find(f"*/{where}")
        assert (found.text if found is not None else "") == shown.html
    assert json.loads(json_feed.entry(shown)).get("content_html", "") == shown.html
    assert formats.of(CONFIG)
