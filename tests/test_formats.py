"""Formats, pages and content as settings: whatever is switched on, nothing names a file that is not there."""

import json
import re
import shutil
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from itertools import combinations, product
from pathlib import Path
from typing import Any, get_args
from urllib.parse import unquote, urljoin

import pytest
from click.testing import CliRunner
from lxml import etree

from feedloom.cli.main import main
from feedloom.config.settings import FormatName
from feedloom.render import formats
from feedloom.site import manifest
from tests.conftest import Site, record
from tests.validator import site_complaints

BASE = "https://feeds.example.org/"
SETTINGS = "topics: {T: {aliases: [Other]}}\ngroups: {provider_topic: true}\n"
SUBSETS = [some for count in (1, 2, 3) for some in combinations(get_args(FormatName), count)]
PAGES: list[Any] = [True, False, {"index": "feeds.html"}]
ALL = list(product(SUBSETS, PAGES, ("excerpt", "none"), (False, True)))
DEFAULT = (SUBSETS[-1], True, "excerpt", True)


def articles() -> dict[str, str]:
    """Records with and without an excerpt, enough for an archive; one topic has another name, another one will retire."""
    return {
        f"{n}.md": record(
            title=f"Title {n}",
            webUrl=f"https://e.example/{n}",
            publishedDateTime=f"2021-05-{n:02}T10:00:00Z",
            topics="[T, Old topic]" if n == 1 else "[T]",
            provider="{name: P, domain: p.example}",
            excerpt="< 2 & more" if n % 2 else "",
            images="[{url: https://e.example/p.png}]" if n == 3 else "",
            related="[{title: Related, webUrl: https://e.example/r}]" if n == 2 else "",
        )
        for n in range(1, 6)
    }


def given(case: tuple[Any, ...]) -> dict[str, Any]:
    names, pages, content, archive = case
    return {"formats": list(names), "pages": pages, "content": content, "archive": archive, "limit": 2}


@pytest.fixture
def grown(site: Site) -> Site:
    """A site in which a topic has retired, with all that feedloom can write."""
    written = articles()
    configured(site, {**written}, DEFAULT)
    written["1.md"] = written["1.md"].replace(", Old topic", "")
    configured(site, written, DEFAULT)
    return site


def configured(site: Site, records: Mapping[str, str], case: tuple[Any, ...], **settings: Any) -> Any:
    file = site.records.parent / "feedloom.yaml"
    file.write_text(SETTINGS)
    return site.build({**records}, file=str(file), **(given(case) | settings))


class Links(HTMLParser):
    """What an HTML page names."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attributes if name in ("href", "src") and value]


def named(path: str, document: bytes) -> Iterator[str]:
    """All addresses in a file of the site."""
    if path.endswith(".html"):
        page = Links()
        page.feed(document.decode())
        yield from page.found
        yield from re.findall(rf"{BASE}[^\s<\"]+", document.decode())
    elif path.endswith((".atom", ".rss", ".opml")):
        root = etree.fromstring(document)
        for element in root.iter(etree.Element):
            yield from (str(value) for name, value in element.attrib.items() if name in ("href", "url", "xmlUrl", "htmlUrl"))
            if element.tag == "link" and element.text:
                yield element.text
        yield from re.findall(r'stylesheet .*href="([^"]+)"', document.decode())
    elif path == "catalog.json":
        for feed in [*(read := json.loads(document))["feeds"], *read.get("aliases", [])]:
            yield from (*feed["formats"].values(), *([feed["page"]] if "page" in feed else []))
    elif path.endswith(".json"):
        read = json.loads(document)
        yield from (read[name] for name in ("home_page_url", "feed_url", "next_url") if name in read)


def missing(files: Mapping[str, bytes]) -> set[tuple[str, str]]:
    """Each link to a file of the site that is not there, with the file that has it."""
    found = set()
    for path, document in files.items():
        for link in named(path, document):
            url = urljoin(BASE + path, link)
            if url.startswith(BASE):
                target = unquote(url.removeprefix(BASE).partition("?")[0].partition("#")[0])
                if target and target not in files:
                    found.add((path, target))
    return found


def test_the_table_has_the_settings_formats() -> None:
    assert tuple(formats.FORMATS) == get_args(FormatName)


@pytest.mark.long
@pytest.mark.parametrize("url", [BASE, None])
def test_nothing_names_a_file_that_is_not_there(grown: Site, url: str | None) -> None:
    """Each case follows another one, so that files are switched off and on; and gives what a new folder gets."""
    for case in [DEFAULT, *ALL[:: 1 if url else 5]]:
        names, pages, content, archive = case
        configured(grown, {}, case, site__url=url)
        files = grown.files()
        index = pages["index"] if isinstance(pages, dict) else "index.html" if pages else None
        assert missing(files) == set(), case
        assert {path.rpartition(".")[2] for path in files if path.startswith("topics/")} == {
            *names,
            *(["html"] if pages else []),
        }
        assert {path for path in files if path.endswith(".html") and "/" not in path} == (
            {"all.html", index} if index else set()
        )
        assert any(path.startswith("archive/") for path in files) == archive
        for suffix, retired in product(names, ("topics/old-topic", "topics/other")):
            assert f"{retired}.{suffix}" in files
        assert {name for feed in json.loads(files["catalog.json"])["feeds"] for name in feed["formats"]} == set(names)
        assert ("page" in json.loads(files["catalog.json"])["feeds"][0]) == bool(pages)
        assert manifest.decode((grown.output / ".feedloom/manifest").read_bytes()).paths == files.keys()
        if content == "none":
            assert not any(b"content:encoded>" in data or b"<content" in data for data in files.values())
            assert not any(b"content_html" in data for data in files.values())
        # As a build that knows nothing but the catalog makes them.
        cold = grown.output.parent / "cold"
        shutil.rmtree(cold, ignore_errors=True)
        cold.mkdir()
        shutil.copy(grown.output / "catalog.json", cold)
        configured(grown, {}, case, site__url=url, output=str(cold), fresh=True)
        assert files == {
            str(path.relative_to(cold)): path.read_bytes()
            for path in cold.rglob("*")
            if path.is_file() and ".feedloom" not in path.parts
        }, case


@pytest.mark.parametrize("case", [*ALL[::3], ALL[-1]], ids=str)
def test_validators_are_silent(grown: Site, case: tuple[Any, ...]) -> None:
    configured(grown, {}, case)
    for path, document in grown.files().items():
        # Another name of a topic has the feed of the topic, which says where that is.
        if path.endswith((".atom", ".rss", ".json", ".opml")) and path != "catalog.json" and "other" not in path:
            assert site_complaints(document, path, BASE) == [], path


@pytest.mark.parametrize("names", SUBSETS, ids=str)
def test_a_clone_without_a_manifest_loses_the_same_files(grown: Site, names: tuple[str, ...]) -> None:
    """What is feedloom's is known from the catalog and from what the files say; archives in each format, too."""
    before = (names, True, "excerpt", True)
    after = (SUBSETS[0] if names != SUBSETS[0] else SUBSETS[1], False, "none", False)
    configured(grown, {}, before)
    shutil.rmtree(grown.output / ".feedloom")
    (grown.output / "archive/all/notes.json").write_text('{"version": 1}')
    configured(grown, {}, after)
    left = {path for path in grown.files() if path != "archive/all/notes.json"}
    shutil.rmtree(grown.output / "archive")
    assert {path.rpartition(".")[2] for path in left} == {
        *after[0],
        "opml",
        "json",
        *(["css"] if after[0] != ("json",) else []),
    }
    assert not any(path.startswith("archive/") for path in left)


@pytest.mark.parametrize("name", get_args(FormatName))
def test_a_lost_catalog_keeps_retired_feeds(grown: Site, name: str) -> None:
    case = ((name,), False, "excerpt", False)
    configured(grown, {}, case)
    before = grown.files()
    (grown.output / "catalog.json").unlink()
    configured(grown, {}, case)
    after = grown.files()
    dated, undated = (json.loads(files.pop("catalog.json"))["feeds"] for files in (before, after))
    assert before == after
    # JSON Feed has no date of its own, so that a retired one loses it with the catalog.
    assert dated == undated or name == "json"


class TestSwitchingOff:
    def run(self, *arguments: str, **environment: str) -> Any:
        return CliRunner().invoke(main, list(arguments), env=environment)

    def test_it_is_said_once(self) -> None:
        Path("records").mkdir()
        Path("records/a.md").write_text(record(topics="[A]"))
        assert self.run("build", "-q").stderr == ""
        result = self.run("build", "-q", "--report", "r.json", FEEDLOOM_FORMATS="atom,rss", FEEDLOOM_PAGES="false")
        assert result.exit_code == 0
        assert result.stderr.splitlines() == [
            "2 .json files removed: formats does not list json",
            "2 .html files removed: pages is false",
        ]
        assert [one["suffix"] for one in json.loads(Path("r.json").read_text())["switched_off"]] == ["json", "html"]
        for _ in range(2):
            assert self.run("build", "-q", FEEDLOOM_FORMATS="rss,atom", FEEDLOOM_PAGES="false").stderr == ""
        assert self.run("build", "-q").stderr == ""
        assert Path("feeds/all.json").exists()

    def test_a_variable_with_a_wrong_name_in_it_is_named(self) -> None:
        result = self.run("build", FEEDLOOM_FORMATS="atom,rs")
        assert (result.exit_code, result.stderr) == (
            2,
            'feedloom: FEEDLOOM_FORMATS: must be atom, rss or json, not "rs"\n',
        )

    def test_an_index_page_of_somebody_else_stays(self, site: Site) -> None:
        """Whoever writes a page of their own over feedloom's, and tells feedloom afterwards, keeps it."""
        site.build({"a.md": record()})
        (site.output / "index.html").write_text("<h1>Mine</h1>")
        for pages in ({"index": "feeds.html"}, False):
            site.build(pages=pages)
            assert site.text("index.html") == "<h1>Mine</h1>"
        assert not (site.output / "feeds.html").exists()

    def test_the_index_page_moves(self, site: Site) -> None:
        site.build({"a.md": record(topics="[A]")})
        site.build(pages={"index": "feeds.html"})
        assert not (site.output / "index.html").exists()
        assert 'href="../feeds.html"' in site.text("topics/a.html")
        assert f'<link rel="canonical" href="{BASE}feeds.html">' in site.text("feeds.html")


@pytest.mark.parametrize("name", get_args(FormatName))
@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"authors": "[Ada, Bob]", "provider": "{name: P, domain: p.example, feed: 'https://p.example/f'}"}, "P (Ada, Bob)"),
        ({"authors": "[Ada, Bob]"}, "Ada, Bob"),
        ({"authors": "[P]", "provider": "{name: P, domain: p.example}"}, "P"),
        ({"provider": "P"}, "P"),
    ],
)
def test_the_terminal_names_provider_and_authors(site: Site, name: str, fields: dict[str, str], told: str) -> None:
    site.build({"a.md": record(**fields)}, formats=[name])
    shown = CliRunner().invoke(main, ["show", "all", "-o", str(site.output)]).stdout
    assert f"  {told}, 2021-05-21\n" in shown


@pytest.mark.parametrize("name", get_args(FormatName))
@pytest.mark.parametrize("content", ["excerpt", "none"])
def test_the_commands_work_with_one_format(name: str, content: str) -> None:
    Path("records").mkdir()
    for path, text in articles().items():
        Path("records", path).write_text(text)
    Path("feedloom.yaml").write_text(f"formats: [{name}]\npages: false\ncontent: {content}\n")

    def run(*arguments: str) -> str:
        result = CliRunner().invoke(main, [*arguments])
        assert result.exit_code == 0, result.output
        return result.stdout

    run("build")
    Path("records/1.md").unlink()
    run("build", "--force")
    assert "topics/t" in run("feeds")
    assert "page" not in json.loads(run("feeds", "--json"))[0]
    assert "topics/t" in run("explain", "records/2.md")
    assert run("stats", "--json")
    for called in ("T", f"topics/t.{name}"):
        assert run("show", called).splitlines() == [
            "News: T",
            "The newest articles about T.",
            "topics/t: 4 articles, updated 2021-05-05",
            "",
            "Title 5",
            "  P, 2021-05-05, T",
            "  < 2 & more",
            "  https://e.example/5",
            "",
            "Title 4",
            "  P, 2021-05-04, T",
            "  https://e.example/4",
            "",
            "Title 3",
            "  P, 2021-05-03, T",
            "  < 2 & more",
            "  https://e.example/3",
            "  Image: https://e.example/p.png",
            "",
            "Title 2",
            "  P, 2021-05-02, T",
            "  https://e.example/2",
            "  Related:",
            "  * Related",
            "    https://e.example/r",
        ]
    assert "topics/old-topic" in run("prune")
    assert run("prune", "--yes") == "topics/old-topic  Old topic\nRemoved 1 file.\n"
    assert not Path(f"feeds/topics/old-topic.{name}").exists()


class TestOwnLink:
    """Where a feed leads people."""

    def links(self, site: Site) -> set[str | None]:
        atom = etree.fromstring(site.files()["all.atom"])
        rss = etree.fromstring(site.files()["all.rss"])
        (outline,) = (one for one in etree.fromstring(site.files()["feeds.opml"]).iter("outline") if one.get("text") == "Site")
        links = [link for link in atom.iterfind("{http://www.w3.org/2005/Atom}link") if link.get("rel") == "alternate"]
        alternate = links[0].get("href") if links else None
        home = json.loads(site.files()["all.json"]).get("home_page_url")
        return {alternate, rss.findtext("channel/link"), outline.get("htmlUrl"), home}

    @pytest.mark.parametrize(
        ("pages", "home", "url", "link"),
        [
            (True, None, BASE, f"{BASE}all.html"),
            (True, "https://home.example/", BASE, f"{BASE}all.html"),
            (True, "https://home.example/", None, "https://home.example/"),
            (False, "https://home.example/?a=1&b", BASE, "https://home.example/?a=1&b"),
            (False, "https://home.example/", None, "https://home.example/"),
            (False, None, BASE, BASE),
        ],
    )
    def test_it_is_the_page_or_the_home_page_or_the_folder(
        self, site: Site, pages: bool, home: str | None, url: str | None, link: str
    ) -> None:
        site.build({"a.md": record()}, pages=pages, site__home=home, site__url=url)
        assert self.links(site) == {link}
        # The page itself is never said to be somewhere else, and the note in a feed names it only where it is.
        canonical = f'<link rel="canonical" href="{link}">'
        assert not pages or (canonical in site.text("all.html")) == (url is not None)
        assert ("write .html for .atom" in site.text("all.atom")) == pages


class TestContent:
    """Without HTML content."""

    def test_the_summary_alone(self, site: Site) -> None:
        site.build({"a.md": record(excerpt="A & b", provider="{name: P}")}, content="none")
        (item,) = json.loads(site.text("all.json"))["items"]
        assert (item["content_text"], item["summary"], "content_html" in item) == ("A & b", "A & b", False)
        (item,) = etree.fromstring(site.files()["all.rss"]).iter("item")
        assert item.findtext("description") == "A &amp; b"
        assert "<content" not in site.text("all.atom")
        assert "<summary>A &#x26; b</summary>" in site.text("all.atom")

    def test_without_an_excerpt(self, site: Site) -> None:
        site.build({"a.md": record(provider="{name: P}")}, content="none")
        (item,) = json.loads(site.text("all.json"))["items"]
        assert (item["content_text"], "summary" in item) == ("A title", False)
        (item,) = etree.fromstring(site.files()["all.rss"]).iter("item")
        assert item.find("description") is None


def test_a_page_of_all_feeds_is_known_by_any_name_in_a_clone(site: Site) -> None:
    """No setting and no manifest tells what it was called; a page of somebody else stays."""
    site.build({"a.md": record()}, pages={"index": "list.html"})
    (site.output / "mine.html").write_text("<h1>Mine</h1>")
    shutil.rmtree(site.output / ".feedloom")
    site.state.unlink()
    site.build(pages=False)
    assert sorted(path.name for path in site.output.glob("*.html")) == ["mine.html"]
