"""Small sites in the shape of each generator, with its traps: what is published of them, and what must never be.

The tables in tests/sites/expected/ were compared with the feeds of the generators themselves, where these can be installed:
Jekyll, Hugo, Eleventy, Pelican, Nikola and Hexo. `GOLDEN=1` renews them.
"""

import json
import os
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import jsonschema
import pytest
import yaml
from click.testing import CliRunner

import feedloom
from feedloom.cli.main import main
from feedloom.config import json_schema, profiles, settings, site_settings
from tests.conftest import NOW, published

SITES = Path(__file__).parent / "sites"
NAMES = sorted(path.name for path in SITES.iterdir() if path.name != "expected")


def config(name: str, folder: Path, **settings: Any) -> feedloom.Config:
    given = {"records": str(SITES / name), "site__url": "https://feeds.example/", **settings}
    return feedloom.load_config(
        output=str(folder / "out"),
        state=str(folder / "state.sqlite"),
        profile=name,
        **given,
    )


def table(folder: Path) -> str:
    """A line an entry: the moment, the link, the id, the title, the topics."""
    feed = json.loads((folder / "out" / "all.json").read_bytes())
    rows = [
        (
            item["date_published"],
            item.get("external_url", item["url"]),
            item["id"],
            item.get("title", ""),
            ", ".join(item.get("tags", [])),
        )
        for item in feed["items"]
    ]
    return "".join(" | ".join(row).rstrip() + "\n" for row in rows)


def test_there_is_a_site_for_each_profile() -> None:
    assert {*NAMES, "native"} == {*profiles.NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_what_is_published(name: str, tmp_path: Path) -> None:
    report = feedloom.build(config(name, tmp_path), now=NOW, force=True)
    expected = SITES / "expected" / f"{name}.txt"
    if os.environ.get("GOLDEN"):
        expected.parent.mkdir(exist_ok=True)
        expected.write_text(table(tmp_path))
    assert table(tmp_path) == expected.read_text()
    assert not report.problems
    counts = report.records
    outcomes = counts.published + counts.unpublished + counts.scheduled + counts.rejected + counts.duplicates + counts.notes
    assert outcomes == counts.read


@pytest.mark.parametrize("name", NAMES)
def test_nothing_unpublished_is_anywhere(name: str, tmp_path: Path) -> None:
    feedloom.build(config(name, tmp_path), now=NOW, force=True)
    files = published(tmp_path / "out")
    assert files
    assert not [path for path, data in files.items() if b"SECRET" in data]
    kept = (tmp_path / "state.sqlite").read_bytes().replace(b"Expired SECRET", b"")  # the cache knows when it ended
    assert b"SECRET" not in kept


@pytest.mark.parametrize("name", NAMES)
def test_a_second_build_changes_nothing(name: str, tmp_path: Path) -> None:
    feedloom.build(config(name, tmp_path), now=NOW, force=True)
    before = published(tmp_path / "out")
    report = feedloom.build(config(name, tmp_path), now=NOW, force=True)
    assert not report.files.written
    assert published(tmp_path / "out") == before


@pytest.mark.parametrize("name", NAMES)
def test_the_program_is_recognized(name: str) -> None:
    assert site_settings.detected(str(SITES / name)) == name


def test_a_site_with_posts_by_category_is_recognized(tmp_path: Path) -> None:
    (tmp_path / "_config.yml").write_text("title: A\n")
    assert site_settings.detected(str(tmp_path)) is None
    (tmp_path / "en" / "news" / "_posts").mkdir(parents=True)
    assert site_settings.detected(str(tmp_path)) == "jekyll"


@pytest.mark.parametrize(
    "script",
    [
        'permalink: false,\n  list: "shelf"',
        '"permalink": false',
        "permalink:false",
        "eleventyComputed: { permalink: false }",
    ],
)
def test_a_script_may_say_that_a_folder_has_no_pages(script: str, tmp_path: Path) -> None:
    (tmp_path / "beer").mkdir()
    (tmp_path / "beer" / "beer.11tydata.js").write_text(f"export default {{\n  {script},\n}};\n")
    assert site_settings.read(str(tmp_path), "eleventy").inherited == (("beer", {"permalink": "false"}),)


@pytest.mark.parametrize(
    ("script", "found"),
    [
        ("permalink: '/a/{{ page.fileSlug }}/',", "/a/{{ page.fileSlug }}/"),
        ("permalink: ({ page, data }) => `/a/${page.fileSlug}/`,", "/a/{{ page.fileSlug }}/"),
        ('permalink: (data) => data.own,\n  title: "No address",', None),
    ],
)
def test_a_script_may_say_what_addresses_a_folder_has(script: str, found: str | None, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "a.11tydata.js").write_text(f"module.exports = {{\n  {script}\n}};\n")
    assert site_settings.read(str(tmp_path), "eleventy").inherited == ((("a", {"permalink": found}),) if found else ())


def test_an_astro_route_with_the_date_in_folders(tmp_path: Path) -> None:
    route = tmp_path / "src" / "pages" / "[year]" / "[month]" / "[day]"
    route.mkdir(parents=True)
    (route / "[slug].astro").write_text("")
    (tmp_path / "astro.config.mjs").write_text("export default {site: 'https://a.example', trailingSlash: 'always'}\n")
    posts = tmp_path / "src" / "content" / "posts"
    posts.mkdir(parents=True)
    (posts / "2021-05-21-a.md").write_text("---\ntitle: A\n---\n")
    feedloom.build(feedloom.load_config(records=str(posts), profile="astro", output=str(tmp_path / "out")), now=NOW, force=True)
    assert "https://a.example/2021/05/21/a/" in (tmp_path / "out" / "all.rss").read_text()


@pytest.mark.parametrize(
    ("routes", "found"),
    [
        (["blog/[slug]", "team/[slug]"], "/blog/:slug/"),
        (["writing/[slug]"], "/writing/:slug/"),
        (["team/[slug]", "blog/[category]/[id]"], ""),
        (["team/[slug]", "people/[slug]"], ""),
    ],
)
def test_astro_routes(routes: list[str], found: str, tmp_path: Path) -> None:
    """A wrong guess gives wrong ids."""
    (tmp_path / "astro.config.mjs").write_text("")
    (tmp_path / "src" / "content" / "blog").mkdir(parents=True)
    for route in routes:
        file = tmp_path / "src" / "pages" / f"{route}.astro"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("")
    assert site_settings.read(str(tmp_path), "astro").pattern == found


def test_an_astro_site_without_a_known_route(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("astro.config.mjs").write_text("export default {site: 'https://a.example'}\n")
    Path("src/content/blog").mkdir(parents=True)
    Path("src/content/blog/a.md").write_text("---\ntitle: A\ndate: 2021-05-21\n---\n")
    said = CliRunner().invoke(main, ["init"]).stdout
    assert "How the URLs of posts are made is not known: set permalink in feedloom.yaml" in said
    assert CliRunner().invoke(main, ["build"]).exit_code == 1
    settings = Path("feedloom.yaml")
    settings.write_text(settings.read_text().replace("#permalink: ", "permalink: "))
    assert CliRunner().invoke(main, ["build"]).exit_code == 0
    assert "https://a.example/blog/a/" in Path("public/feeds/all.atom").read_text()


def test_a_hugo_site_with_a_folder_for_each_language(tmp_path: Path) -> None:
    files = {
        "config/_default/hugo.toml": 'baseURL = "https://h.example/"\n[permalinks]\npost = "/:year/:slug/"\n',
        "config/_default/uglyURLs.toml": "post = true\n",
        "config/_default/languages.en.toml": 'title = "Words"\ncontentDir = "content/en"\n',
        "config/_default/languages.de.toml": 'title = "W\u00f6rter"\ncontentDir = "content/de"\n',
        "config/_default/languages.fr.toml": 'contentDir = "content/fr"\ndisabled = true\n',
        "config/_default/params.de.toml": 'x = "y"\n',
        **{
            f"content/{name}": f"---\ntitle: {title}\ndate: 2021-05-21\n---\nText.\n"
            for name, title in {
                "en/post/a.md": "A",
                "de/post/a.md": "B",
                "de/about/b.md": "C",
                "fr/post/a.md": "SECRET",
                "shared/post/a.md": "SECRET",
            }.items()
        },
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    given: Any = {"profile": "hugo", "output": str(tmp_path / "out"), "site__url": "https://f.example/"}
    report = feedloom.build(feedloom.load_config(records=str(tmp_path / "content"), **given), now=NOW, force=True)
    items = json.loads((tmp_path / "out" / "all.json").read_bytes())["items"]
    assert {item["url"] for item in items} == {
        "https://h.example/2021/a.html",
        "https://h.example/de/2021/b.html",
        "https://h.example/de/about/b/",
    }
    assert report.records.notes == 2
    feedloom.build(feedloom.load_config(records=str(tmp_path / "content" / "en"), **given), now=NOW, force=True)
    feed = json.loads((tmp_path / "out" / "all.json").read_bytes())
    assert [item["url"] for item in feed["items"]] == ["https://h.example/2021/a.html"]
    assert "Words" in feed["title"]


def test_init_names_the_folders_of_other_languages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("hugo.toml").write_text(
        'baseURL = "https://h.example/"\n'
        + "".join(f'[languages.{code}]\ncontentDir = "content/{code}"\n' for code in ("en", "fr", "de"))
        + "[languages.it]\ncontentDir = 'content/it'\ndisabled = true\n"
    )
    for code in ("en", "fr"):
        Path(f"content/{code}").mkdir(parents=True)
        Path(f"content/{code}/a.md").write_text("---\ntitle: A\ndate: 2021-05-21\n---\n")
    said = CliRunner().invoke(main, ["init"]).stdout
    assert "posts in content/en/" in said.replace("1 post in", "posts in")
    assert "Posts in other languages are in content/de/ and content/fr/: records can list these folders, too.\n" in said


@pytest.mark.parametrize(
    "setting",
    ["[languages.fr]\ndisabled = true\n[languages.en]\n", 'disableLanguages = ["fr"]\n[languages.fr]\n[languages.en]\n'],
)
def test_a_language_that_hugo_leaves_out(setting: str, tmp_path: Path) -> None:
    (tmp_path / "hugo.toml").write_text(f'baseURL = "https://h.example/"\n{setting}')
    (tmp_path / "content").mkdir()
    for name, title in (("a.md", "A"), ("a.fr.md", "SECRET")):
        (tmp_path / "content" / name).write_text(f"---\ntitle: {title}\ndate: 2021-05-21\n---\n")
    feedloom.build(
        feedloom.load_config(records=str(tmp_path / "content"), profile="hugo", output=str(tmp_path / "out")),
        now=NOW,
        force=True,
    )
    files = published(tmp_path / "out")
    assert not [path for path, data in files.items() if b"SECRET" in data]
    assert b"https://h.example/a/" in files["all.rss"]


@pytest.mark.parametrize("name", NAMES)
def test_records_may_be_the_folder_of_the_posts_alone(name: str, tmp_path: Path) -> None:
    """The site's settings are found above it, and the addresses are the same."""
    feedloom.build(config(name, tmp_path), now=NOW, force=True)
    whole = table(tmp_path)
    posts = site_settings.read(str(SITES / name), name).posts or "_posts"  # type: ignore[arg-type]
    feedloom.build(config(name, tmp_path, records=str(SITES / name / posts)), now=NOW, force=True)
    assert set(table(tmp_path).splitlines()) <= set(whole.splitlines())
    assert name == "jekyll" or table(tmp_path) == whole


@pytest.mark.parametrize("name", NAMES)
def test_init_writes_a_configuration_that_publishes_the_posts(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = tmp_path / "site"
    shutil.copytree(SITES / name, site)
    monkeypatch.chdir(site)
    before = {path for path in site.rglob("*") if path.is_file()}
    said = CliRunner().invoke(main, ["init"])
    assert said.exit_code == 0, said.output
    assert {path.name for path in site.rglob("*") if path.is_file()} - {path.name for path in before} == {
        "feedloom.yaml",
        "feedloom.schema.json",
    }
    expected = (SITES / "expected" / f"{name}.txt").read_text().splitlines()
    first = said.stdout.splitlines()[0]
    assert f"made for {profiles.PROFILES[name].title}; {len(expected)} can be published." in first  # type: ignore[index]
    link, title = expected[0].split(" | ")[1], expected[0].split(" | ")[3].rstrip(" |")
    assert title in said.stdout
    assert link in said.stdout
    text = Path("feedloom.yaml").read_text()
    for one in (text, re.sub("^#groups:\n#(.*)\n#(.*)", r"groups:\n\1\n\2", text, flags=re.MULTILINE)):
        jsonschema.validate(yaml.safe_load(one), json.loads(json_schema.document()))
    report = feedloom.build(feedloom.load_config("feedloom.yaml", output=str(tmp_path / "out")), now=NOW, force=True)
    assert not report.problems
    assert table(tmp_path).splitlines() == expected


def test_folders_of_a_list_have_the_profile_of_the_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("feedloom.yaml").write_text("profile: hexo\nrecords: [a, {path: b}, {path: c, profile: hugo}]\n")
    assert [one.profile for one in feedloom.load_config(site__home="https://h.example/").several] == ["hexo", "hexo", "hugo"]


def test_a_glob_with_many_stars_is_refused() -> None:
    """Each of them multiplies the time that a path takes."""
    for path in ("**/a*/" * 5 + "*.md", "a*a*a*a*a*.md", "a/*****"):
        with pytest.raises(ValueError, match=r"is a glob with over 4 \*\*, or \* in one name; list several instead"):
            settings.Records(path=path)
    settings.Records(path="**/a/**/b-*-*.md")


def test_a_site_in_a_folder_of_its_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for place in ("website", "tests"):
        shutil.copytree(SITES / "docusaurus", tmp_path / place)
    (tmp_path / "README.md").write_text("A program.\n")
    monkeypatch.chdir(tmp_path)
    said = CliRunner().invoke(main, ["init"])
    assert "posts in website/blog/, made for Docusaurus" in said.stdout
    assert not Path("articles").exists()
    feedloom.build(feedloom.load_config("feedloom.yaml", output="out"), now=NOW, force=True)
    assert table(tmp_path) == (SITES / "expected" / "docusaurus.txt").read_text()


def test_a_site_whose_address_is_not_known_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("_posts").mkdir()
    Path("_posts/2021-05-21-a.md").write_text("---\ntitle: A\n---\n")
    said = CliRunner().invoke(main, ["init"]).stdout
    assert "The URL of the site is not known: set site.home in feedloom.yaml" in said
    built = CliRunner().invoke(main, ["build"])
    assert built.exit_code == 2
    assert "site.home is missing; write the URL at which the posts are published" in built.stderr


@pytest.mark.parametrize(
    ("file", "content", "home"),
    [
        ("CNAME", "me.example\n", "https://me.example"),
        ("static/CNAME", "me.example", "https://me.example"),
        ("CNAME", "../../etc", None),
        ("package.json", '{"homepage": "https://me.example/blog/"}', "https://me.example/blog/"),
        ("package.json", '{"homepage": "https://github.com/me/blog#readme"}', None),
        ("package.json", '{"homepage": ["a"]}', None),
    ],
)
def test_other_files_that_name_the_address(
    file: str, content: str, home: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for path, text in (("_posts/2021-05-21-a.md", "---\ntitle: A\n---\n"), (file, content)):
        Path(path).parent.mkdir(exist_ok=True)
        Path(path).write_text(text)
    said = CliRunner().invoke(main, ["init"]).stdout
    assert ("not known" in said) == (home is None)
    assert yaml.safe_load(Path("feedloom.yaml").read_text()).get("site") == (
        home and {"home": home, "url": f"{home.rstrip('/')}/feeds/"}
    )
    assert (f"Read url from {Path(file).name}" in said) == (home is not None)


def test_pages_without_a_date_are_no_errors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("hugo.toml").write_text('baseURL = "https://h.example/"\n')
    Path("content").mkdir()
    for name, date in (("a", "date: 2021-05-21"), ("about", ""), ("legal", ""), ("b", "date: tomorrow")):
        Path(f"content/{name}.md").write_text(f"---\ntitle: {name}\n{date}\n---\n")
    said = CliRunner().invoke(main, ["init"]).stdout
    assert "Left out: 2 pages without a date; feedloom check names them.\n" in said
    assert "Left out: 1 with errors; feedloom check shows why.\n" in said


def test_settings_that_jekyll_reads(tmp_path: Path) -> None:
    """Without them, addresses would be wrong and nobody told."""
    (tmp_path / "_config.yml").write_text(
        "url: https://a.example\ntitle: A\ntitle: B\npermalink: pretty\nx: !ruby/regexp /a/\n"
    )
    found = site_settings.read(str(tmp_path), "jekyll")
    assert (found.url, found.title, found.pattern) == ("https://a.example", "B", "pretty")
    for broken in (b"a: [", b"\xff", b"[" * 100_000, b"- a\n"):
        (tmp_path / "_config.yml").write_bytes(broken)
        assert site_settings.read(str(tmp_path), "jekyll").url == ""


def test_a_vault_in_a_site_of_quartz(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("quartz.config.ts").write_text('baseUrl: "vault.example",\n')
    Path("content/.obsidian").mkdir(parents=True)
    Path("content/a.md").write_text("---\ntitle: A\ndate: 2021-05-21\n---\n")
    said = CliRunner().invoke(main, ["init"]).stdout
    assert "2021-05-21 00:00 UTC, https://vault.example/a\n" in said
    assert CliRunner().invoke(main, ["build"]).exit_code == 0
    assert "https://vault.example/a" in Path("feeds/all.rss").read_text()


@pytest.mark.parametrize("url", ["https://${HOST}/", "/", "https://", "localhost:4000", "https://a b.example/"])
def test_an_address_that_is_none(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("_config.yml").write_text(f'url: "{url}"\n')
    Path("_posts").mkdir()
    Path("_posts/2021-05-21-a.md").write_text("---\ntitle: A\n---\n")
    said = CliRunner().invoke(main, ["init"])
    assert said.exit_code == 0
    assert "The URL of the site is not known" in said.stdout


class TestPostsOfTwoFiles:
    """Nikola's: `a.meta` has the metadata, and `a.rst` the text."""

    @pytest.fixture
    def posts(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        monkeypatch.chdir(tmp_path)
        Path("feedloom.yaml").write_text("profile: nikola\nrecords: posts\nsite: {home: https://n.example/}\noutput: out\n")
        posts = tmp_path / "posts"
        posts.mkdir()
        (posts / "a.meta").write_text(".. title: A\n.. date: 2021-05-21\n")
        (posts / "a.md").write_text(".. image:: x.png\n\n*First*\n")
        (posts / "b.md").write_text(".. title: B\n.. date: 2021-05-21\n\nOne file\n")
        return posts

    def content(self, *changed: str) -> dict[str, str]:
        feedloom.build(feedloom.load_config(), now=NOW, force=True, changed=changed or None)
        items = json.loads(Path("out/all.json").read_bytes())["items"]
        return {item["title"]: item.get("content_html", "") for item in items}

    def test_the_text_is_content(self, posts: Path) -> None:
        found = self.content()
        assert "<em>First</em>" in found["A"]
        assert ".. image:: x.png" in found["A"], "the text has no metadata"
        assert "One file" in found["B"]
        assert feedloom.check(feedloom.load_config()).records.read == 2

    @pytest.mark.parametrize("is_told", [False, True])
    def test_a_change_of_either_file_is_seen(self, posts: Path, is_told: bool) -> None:
        self.content()
        (posts / "a.md").write_text("*Second*\n")
        assert "<em>Second</em>" in self.content(*(["posts/a.md"] if is_told else []))["A"]
        (posts / "a.meta").write_text(".. title: C\n.. date: 2021-05-21\n")
        assert "<em>Second</em>" in self.content(*(["posts/a.meta"] if is_told else []))["C"]
        (posts / "a.md").rename(posts / "a.html")
        assert "*Second*" in self.content(*(["posts/a.md", "posts/a.html"] if is_told else []))["C"]
        (posts / "a.html").unlink()
        assert "Second" not in self.content(*(["posts/a.html"] if is_told else []))["C"]
        (posts / "b.meta").write_text(".. title: D\n.. date: 2021-05-21\n")
        assert self.content(*(["posts/b.meta"] if is_told else [])).keys() == {"C", "D"}
        (posts / "b.meta").unlink()
        assert self.content(*(["posts/b.meta"] if is_told else [])).keys() == {"C", "B"}

    def test_a_text_that_is_no_text(self, posts: Path) -> None:
        (posts / "a.md").write_bytes(b"fine\nbr\xfcken\n")
        (problem,) = feedloom.check(feedloom.load_config()).problems
        assert (problem.path, problem.line, problem.code) == ("posts/a.meta", 2, "file-not-utf8")


class TestPages:
    """A site whose content is documentation, most of all."""

    @pytest.fixture
    def site(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        monkeypatch.chdir(tmp_path)
        Path("hugo.toml").write_text('baseURL = "https://h.example/"\n')
        for folder, date in (("blog", "date: 2021-05-21"), ("docs", ""), ("more", "")):
            (tmp_path / "content" / folder).mkdir(parents=True)
            for number in range(3):
                Path(f"content/{folder}/{number}.md").write_text(f"---\ntitle: {folder} {number}\n{date}\n---\n")
        return tmp_path

    def test_the_folder_of_the_posts_is_enough(self, site: Path) -> None:
        said = CliRunner().invoke(main, ["init"]).stdout
        assert said.startswith("Found 3 posts in content/blog/, made for Hugo; 3 can be published.\n")
        assert CliRunner().invoke(main, ["build"]).exit_code == 0

    def test_posts_among_pages(self, site: Path) -> None:
        Path("content/docs/post.md").write_text("---\ntitle: P\ndate: 2021-05-21\n---\n")
        said = CliRunner().invoke(main, ["init"]).stdout
        assert said.startswith("Found 10 posts in content/, made for Hugo; 4 can be published.\n")
        assert "Left out: 6 pages without a date" in said
        assert "  max_rejected: 1\n" in Path("feedloom.yaml").read_text()
        assert CliRunner().invoke(main, ["build"]).exit_code == 0


class TestLinks:
    """`feedloom check --links` compares URLs with a built site."""

    @pytest.fixture
    def built(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        monkeypatch.chdir(tmp_path)
        Path("feedloom.yaml").write_text(f"profile: jekyll\nrecords: {SITES}/jekyll\n")
        for row in (SITES / "expected" / "jekyll.txt").read_text().splitlines():
            path = unquote(row.split(" | ")[1].removeprefix("https://jekyll.example/blog/"))
            page = tmp_path / "public" / (path + "index.html" if path.endswith("/") else path)
            page.parent.mkdir(parents=True, exist_ok=True)
            page.write_text("<p>")
        return tmp_path / "public"

    def test_all_are_there(self, built: Path) -> None:
        said = CliRunner().invoke(main, ["check", "--links", "public"])
        assert said.exit_code == 0, said.output
        assert "10 of 10 URLs are in public" in said.stdout

    def test_one_is_not(self, built: Path) -> None:
        (built / "own" / "2021" / "own.html").unlink()
        said = CliRunner().invoke(main, ["check", "--links", "public"])
        assert said.exit_code == 1
        assert "9 of 10 URLs are in public" in said.stdout
        assert "own.md: https://jekyll.example/blog/own/2021/own.html" in said.stdout

    def test_a_sitemap(self, built: Path) -> None:
        Path("sitemap.xml").write_text("<url><loc>http://localhost:4000/blog/own/2021/own.html</loc></url>")
        assert "1 of 10 URLs are in sitemap.xml" in CliRunner().invoke(main, ["check", "--links", "sitemap.xml"]).stdout

    def test_a_folder_without_pages(self, built: Path) -> None:
        Path("empty").mkdir()
        said = CliRunner().invoke(main, ["check", "--links", "empty"])
        assert said.exit_code == 2
        assert "empty: no HTML page and no sitemap.xml in there; build the site first" in said.stderr


def test_link_posts_and_notes_in_json(tmp_path: Path) -> None:
    """The page of the post is its `url`, and the page that it is about `external_url`; a note has no title."""
    (tmp_path / "a.md").write_text("---\ntitle: A\ndate: 2021-05-21\nlink: https://other.example/x\n---\n")
    (tmp_path / "b.md").write_text("---\ndate: 2021-05-22\n---\nJust a thought.\n")
    feedloom.build(config("eleventy", tmp_path, records=str(tmp_path), site__home="https://a.example/"), now=NOW, force=True)
    note, link = json.loads((tmp_path / "out" / "all.json").read_bytes())["items"]
    assert (link["url"], link["external_url"]) == ("https://a.example/a/", "https://other.example/x")
    assert "title" not in note
    assert b"<title>Just a thought.</title>" in (tmp_path / "out" / "all.atom").read_bytes()
    assert b'<link href="https://other.example/x" rel="alternate"' in (tmp_path / "out" / "all.atom").read_bytes()


class TestExpiry:
    """A post is published until its expiryDate, like one that is scheduled from its date on."""

    def build(self, folder: Path, day: int) -> feedloom.Report:
        now = datetime(2022, 1, day, tzinfo=UTC)
        settings = config("hugo", folder, records=str(folder / "content"), site__home="https://a.example/")
        return feedloom.build(settings, now=now, force=True)

    def test_it_leaves_the_feeds_without_any_change_of_files(self, tmp_path: Path) -> None:
        content = tmp_path / "content"
        content.mkdir()
        (content / "a.md").write_text("---\ntitle: Until Monday\ndate: 2021-05-21\nexpiryDate: 2022-01-10\n---\n")
        (content / "b.md").write_text("---\ntitle: For good\ndate: 2021-05-21\n---\n")
        assert self.build(tmp_path, 9).records.published == 2
        assert self.build(tmp_path, 9).files.written == 0
        report = self.build(tmp_path, 10)
        assert (report.records.published, report.records.unpublished) == (1, 1)
        assert not [path for path, data in published(tmp_path / "out").items() if b"Until Monday" in data]
        assert self.build(tmp_path, 11).files.written == 0

    def test_a_date_that_is_not_understood_holds_back(self, tmp_path: Path) -> None:
        content = tmp_path / "content"
        content.mkdir()
        (content / "a.md").write_text("---\ntitle: A\ndate: 2021-05-21\nexpiryDate: next week\n---\n")
        report = self.build(tmp_path, 9)
        assert report.records.unpublished == 1
        assert [problem.line for problem in report.problems] == [4]

    def test_explain_says_so(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        (tmp_path / "a.md").write_text("---\ntitle: A\ndate: 2021-05-21\nexpiryDate: 2022-01-10\n---\n")
        Path("feedloom.yaml").write_text("profile: hugo\nrecords: .\nsite: {home: https://a.example/}\n")
        assert "expired on 2022-01-10T00:00:00Z" in CliRunner().invoke(main, ["explain", "a.md"]).stdout


class TestSeveralFolders:
    """`records` lists folders and globs, each with settings of its own."""

    @pytest.fixture
    def site(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        monkeypatch.chdir(tmp_path)
        for name in ("jekyll", "zola"):
            shutil.copytree(SITES / name, tmp_path / name)
        Path("notes").mkdir()
        Path("notes/a.md").write_text("---\ntitle: N\npublishedDateTime: 2021-05-21\nwebUrl: https://x.example/\n---\n")
        Path("notes/b.txt").write_text("---\ntitle: T\npublishedDateTime: 2021-05-21\nwebUrl: https://x.example/t\n---\n")
        Path("zola/content/other.txt").write_text("not looked at")
        return tmp_path

    def build(self, records: str) -> feedloom.Report:
        Path("feedloom.yaml").write_text(f"site: {{url: https://f.example/}}\noutput: out\nrecords:\n{records}")
        return feedloom.build(feedloom.load_config("feedloom.yaml"), now=NOW, force=True)

    def test_each_is_read_in_its_own_way(self, site: Path) -> None:
        report = self.build(
            "  - notes\n  - {path: jekyll, profile: jekyll}\n"
            '  - {path: "zola/content/**/*.md", profile: zola, defaults: {provider: {name: Z}}}\n'
        )
        assert not report.problems
        expected = {
            line for name in ("jekyll", "zola") for line in (SITES / "expected" / f"{name}.txt").read_text().splitlines()
        }
        assert expected < set(table(site).splitlines())
        assert report.records.published == len(expected) + 2
        assert Path("out/providers/z.atom").read_text().count("<entry") == 5
        assert not [path for path, data in published(site / "out").items() if b"SECRET" in data]

    def test_nothing_else_is_read(self, site: Path) -> None:
        assert self.build("  - notes/*.txt\n").records.read == 1

    def test_an_argument_takes_the_place_of_the_list(self, site: Path) -> None:
        Path("feedloom.yaml").write_text("records: [notes]\n")
        assert feedloom.load_config("feedloom.yaml", records="zola").records == "zola"

    @pytest.mark.parametrize(
        ("records", "message"),
        [
            ("[{path: notes, profil: zola}]", "feedloom.yaml:1: records[0].profil: no such setting"),
            ("[notes, {profile: zola}]", "feedloom.yaml:1: records[1].path: is missing"),
            ("[{path: notes, profile: drupal}]", "records[0].profile: must be native, jekyll"),
            ("[{path: notes, fields: {titel: [a]}}]", "no such field; did you mean title?"),
            ("[{path: notes, profile: zola}]", "site.home is missing"),
        ],
    )
    def test_mistakes(self, site: Path, records: str, message: str) -> None:
        Path("feedloom.yaml").write_text(f"records: {records}\n")
        with pytest.raises(feedloom.ConfigError) as caught:
            feedloom.load_config("feedloom.yaml")
        assert message in str(caught.value)

    def test_a_folder_that_is_not_there(self, site: Path) -> None:
        with pytest.raises(feedloom.ConfigError, match="nothere: there is no such folder; correct records"):
            self.build("  - notes\n  - nothere\n")


class TestWithoutProfile:
    """A build without a profile says which one the folder looks like."""

    @pytest.mark.parametrize("command", ["check", "build"])
    def test_it_says_so(self, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        shutil.copytree(SITES / "zola", tmp_path / "site")
        monkeypatch.chdir(tmp_path)
        said = CliRunner().invoke(main, [command, "site/content/blog"])
        assert "note: this looks like a site of Zola; set profile: zola, or let feedloom init write the settings" in said.stderr

    def test_good_records_are_not_asked(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        Path("_posts").mkdir()
        Path("_posts/a.md").write_text("---\ntitle: N\npublishedDateTime: 2021-05-21\nwebUrl: https://x.example/\n---\n")
        assert "looks like" not in CliRunner().invoke(main, ["check", "_posts"]).stderr
