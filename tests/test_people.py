"""What people ask on the command line: which feeds and entries there are, what is wrong, and how much there is of what."""

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from rich.console import Console

import feedloom
from feedloom.cli import tables
from feedloom.cli.main import main
from feedloom.feeds import group
from feedloom.pipeline import check
from feedloom.site import catalog
from tests.conftest import NOW, Site, record
from tests.golden import check_golden

ROOT = Path(__file__).parent.parent
SETTINGS = """\
records: {seeds}
output: out
unpublished: include
limit: 2
archive: true
groups: {{type: true, category: false, provider_topic: false}}
site: {{title: Golden, url: https://g.example/}}
feeds:
  - name: Machines
    where: {{topics: [AI, C++], not_providers: [cio.com]}}
  - name: Best
    order: quality
    limit: 1
"""
SEED = "2021-05-21-ai-in-healthcare-the-tech-is-here-the-users-are-not.md"


def run(*arguments: str, colour: bool = False, width: int = 80) -> Result:
    """A command, as a terminal of a fixed width shows it."""
    colours = {"FORCE_COLOR": "1", "TERM": "xterm-256color"} if colour else {}
    return CliRunner().invoke(main, arguments, env={"COLUMNS": str(width), "NO_COLOR": None, **colours}, color=colour)


@pytest.fixture
def _seeds() -> None:
    """The records of this repository, built in the current folder."""
    Path("feedloom.yaml").write_text(SETTINGS.format(seeds=os.path.relpath(ROOT / "seeds")))
    assert run("build", "-q").exit_code == 0


@pytest.mark.usefixtures("_seeds")
@pytest.mark.parametrize("colour", [False, True], ids=["plain", "colour"])
@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("feeds", ["feeds"]),
        ("show", ["show", "all"]),
        ("show-one", ["show", "topic/AI Ethics", "-n", "1"]),
        ("explain", ["explain", "{seeds}/" + SEED]),
        ("explain-scheduled", ["explain", "{seeds}/2099-01-01-scheduled.md"]),
    ],
)
def test_what_people_see(name: str, command: list[str], colour: bool) -> None:
    seeds = os.path.relpath(ROOT / "seeds")
    result = run(*(part.format(seeds=seeds) for part in command), colour=colour, width=110 if name == "feeds" else 80)
    assert (result.exit_code, result.stderr) == (0, "")
    check_golden(f"{name}{'-colour' if colour else ''}.txt", result.stdout.replace(seeds, "seeds"))


ODD = {
    "a.md": record(publishedDateTime='"01/02/2021"'),
    "b.md": record(publishedDateTime='"2021-02-30"'),
    "c.md": "# Notes\n",
    "d.md": record(title="**Bold**"),
    "e.md": record(webUrl="https://e.example/1", images="[{url: /img/1.png}, {url: 'https://e.example/i', width: wide}]"),
    "f.md": record(webUrl="https://e.example/1", publishedDateTime="2021-06-01", topics='[AI, " - "]'),
    "g.md": record(webUrl="https://e.example/3", images=f"[{', '.join('{url: x.png}' for _ in range(12))}]"),
    "h.md": record(published="false", title="Secret", topics="[Secret]"),
}


@pytest.fixture
def _records(site: Site) -> None:
    """Records that are wrong in many ways, and the seeds."""
    site.write(ODD | {path.name: path.read_bytes() for path in (ROOT / "seeds").iterdir()})


@pytest.mark.usefixtures("_records")
@pytest.mark.parametrize("colour", [False, True], ids=["plain", "colour"])
@pytest.mark.parametrize("command", ["check", "stats"])
def test_what_people_see_of_records(command: str, colour: bool) -> None:
    result = run(command, "records", colour=colour)
    assert (result.exit_code, result.stderr) == (1 if command == "check" else 0, "")
    check_golden(f"{command}{'-colour' if colour else ''}.txt", result.stdout)
    assert ("\x1b[" in result.stdout) == colour


@pytest.mark.usefixtures("_records")
def test_what_people_see_of_init() -> None:
    Path("_config.yml").write_text("title: Élan & Co\nurl: https://élan.example\nlang: fr\n")
    result = run("init")
    assert (result.exit_code, result.stderr) == (0, "")
    check_golden("init.txt", result.stdout)
    check_golden("init-feedloom.yaml", Path("feedloom.yaml").read_text())


@pytest.mark.usefixtures("_seeds")
class TestShow:
    """Which feed is meant."""

    @pytest.mark.parametrize(
        "name",
        ["topics/c-plus-plus", "topic/c-plus-plus", "topic/C++", "topics/c++", "C++", "topics/c-plus-plus.rss", "c-plus-plus"],
    )
    def test_by_address_kind_or_name(self, name: str) -> None:
        assert "Golden: C++" in run("show", name).stdout

    def test_a_name_of_several_feeds(self) -> None:
        Path("feedloom.yaml").write_text(Path("feedloom.yaml").read_text() + "  - name: AI\n")
        run("build", "-q")
        result = run("show", "AI")
        assert result.exit_code == 1
        assert result.stderr == "feedloom: AI: several feeds have this name; use one of topics/ai, custom/ai\n"
        assert run("show", "custom/ai").exit_code == 0

    def test_the_nearest_are_named(self) -> None:
        result = run("show", "topic/healtcare")
        assert result.exit_code == 1
        assert "no such feed; did you mean topics/ai-in-healthcare?\n" in result.stderr

    def test_completion(self) -> None:
        env = {"_FEEDLOOM_COMPLETE": "bash_complete", "COMP_WORDS": "feedloom show topics/c", "COMP_CWORD": "2"}
        result = CliRunner().invoke(main, prog_name="feedloom", env=env)
        assert sorted(result.stdout.split()) == ["plain,topics/c", "plain,topics/c-plus-plus", "plain,topics/c-sharp"]

    def test_nothing_of_a_feed_speaks_to_the_terminal(self, site: Site) -> None:
        title = '"[red]x[/red] \\e[31m \\u202e y"'
        site.build({"a.md": record(title=title, topics="['[b]T']", related="[{title: '[i]R', webUrl: 'https://r.example/'}]")})
        shown = run("show", "all", "-o", str(site.output)).stdout
        assert "[red]x[/red]" in shown
        assert "* [i]R" in shown
        assert "\\u202e" in shown
        assert not {"\x1b", "\u202e"} & set(shown)


@pytest.mark.parametrize("command", [["feeds"], ["show", "all"], ["prune"]])
@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"\xff", b'{"version":1,"feeds":[{}]}'])
def test_a_catalog_that_is_none(command: list[str], content: bytes) -> None:
    Path("feeds").mkdir()
    Path("feeds/catalog.json").write_bytes(content)
    result = run(*command)
    assert result.exit_code == 1
    assert "not a feedloom catalog" in result.stderr


def test_a_feed_that_is_gone() -> None:
    Path("articles").mkdir()
    Path("articles/a.md").write_text(record())
    run("build", "articles", "-q")
    Path("feeds/all.json").unlink()
    result = run("show", "all")
    assert (result.exit_code, result.stderr) == (1, "feedloom: feeds/all.json: is missing; feedloom build writes it again\n")
    for content in ("", "{}"):
        Path("feeds/all.json").write_text(content)
        result = run("show", "all")
        says = "feedloom: feeds/all.json: not a feed as feedloom writes it; feedloom build writes it again\n"
        assert (result.exit_code, result.stderr) == (1, says)
    assert run("build", "articles", "-q").exit_code == 0
    assert run("show", "all").exit_code == 0


def test_only_names_that_are_near_are_suggested() -> None:
    Path("articles").mkdir()
    Path("articles/a.md").write_text(record(topics="[Open Web]"))
    run("build", "articles", "-q")
    assert run("show", "opn-web").stderr == "feedloom: opn-web: no such feed; did you mean topics/open-web?\n"
    # The folder does not count, nor does the suffix; a word of the name does.
    assert run("show", "topics/opn.atom").stderr == "feedloom: topics/opn.atom: no such feed; did you mean topics/open-web?\n"
    assert run("show", "topics/ai.atom").stderr == "feedloom: topics/ai.atom: no such feed; feedloom feeds lists all\n"
    assert run("show", "providers/open-web").stderr.endswith("no such feed; feedloom feeds lists all\n")
    assert run("show", "xyz").stderr == "feedloom: xyz: no such feed; feedloom feeds lists all\n"


class TestFeeds:
    """Which feeds are listed, and in which order."""

    @pytest.fixture(autouse=True)
    def _feeds(self) -> None:
        Path("articles").mkdir()
        days = {"a": ("[Robots, Zeta]", "2024-01-01"), "b": ("[Robots]", "2024-01-02"), "c": ("[Ada]", "2024-03-01")}
        for name, (topics, day) in days.items():
            Path(f"articles/{name}.md").write_text(
                record(webUrl=f"https://e.org/{name}", topics=topics, publishedDateTime=f"{day}T00:00:00Z")
            )
        run("build", "articles", "-q")

    @staticmethod
    def listed(*args: str) -> list[str]:
        found: list[str] = [feed["name"] for feed in json.loads(run("feeds", *args, "--json").stdout)]
        table = [line.split()[1] for line in run("feeds", *args).stdout.splitlines()[1:]]
        assert table == [name.split()[0] for name in found]
        return found

    def test_words_choose(self) -> None:
        assert self.listed("ROBOT") == ["Robots"]
        assert self.listed("topic") == self.listed("TOPIC") == ["Ada", "Robots", "Zeta"]
        assert self.listed("topics/zeta") == ["Zeta"]
        assert self.listed("topics", "e") == ["Zeta"]  # a folder is not searched, but names its kind
        nothing = run("feeds", "ada", "robot")
        assert (nothing.exit_code, nothing.stdout) == (1, "")
        assert nothing.stderr.startswith(
            "feedloom: ada robot: no feed has this name, domain, kind or path; feedloom feeds lists all "
        )

    def test_an_order(self) -> None:
        assert self.listed("topic", "--sort", "entries") == ["Robots", "Ada", "Zeta"]
        assert self.listed("topic", "--sort", "newest") == ["Ada", "Robots", "Zeta"]


def test_a_terminal_shows_the_entries_that_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("articles").mkdir()
    for at in range(8):
        Path(f"articles/{at}.md").write_text(record(webUrl=f"https://e.org/{at}", title=f"Title {at}", excerpt="word " * 30))
    run("build", "articles", "-q")
    config = feedloom.Config(records="articles")
    feed = catalog.named("all", catalog.feeds(config))

    def lines(rows: int | None) -> list[str]:
        terminal = Console(width=40, height=12, force_terminal=False, highlight=False)
        with terminal.capture() as shown:
            for one in tables.entries(feed, catalog.shown(feed, config), 10, terminal, rows):
                terminal.print(one)
        return shown.get().splitlines()

    assert len([line for line in lines(None) if line.startswith("Title")]) == 8
    for rows in range(1, 60):
        shown = lines(rows)
        entries = sum(line.startswith("Title") for line in shown)
        assert entries >= 1
        assert len(shown) <= rows or entries == 1
        assert (f"... and {8 - entries} more: -n 8 shows all" in shown) == (entries < 8)


# --- explain ------------------------------------------------------------------------------------------------------------

EXPLAINED: dict[str, Any] = {
    "limit": 3,
    "archive": True,
    "unpublished": "skip",
    "groups": {"provider": False, "category": True, "provider_topic": True},
    "feeds": [
        {"name": "Some", "where": {"topics": ["AI", "Power Apps"], "match": "any", "text": "a"}, "limit": 2},
        {"name": "Hot", "order": "heat", "where": {"min_heat": 1}},
        {"name": "Late", "where": {"since": "1 month", "not_topics": ["AI"]}},
    ],
}


def agrees(config: feedloom.Config, files: Iterable[Path], output: Path) -> int:
    """Compare what `explain` says of each file with what a build published; tell how many were."""
    catalog = json.loads((output / "catalog.json").read_text())
    shown: dict[str, set[str]] = {}
    for path in output.rglob("*.json"):
        if path.name != "catalog.json":
            items = json.loads(path.read_text())["items"]
            shown[str(path.relative_to(output))[:-5]] = {item["id"] for item in items}
    totals = {feed["page"][:-5]: feed["total"] for feed in catalog["feeds"]}
    checked = feedloom.check(config, now=NOW)
    ids = {one.path: one.id for one in checked.articles}
    published = 0
    for file in files:
        found = check.explain(config, str(file), now=NOW)
        id = ids.get(os.path.relpath(file, config.records))
        assert (found.outcome == "published") == (id is not None)
        in_feeds = {place.feed for place in found.feeds if place.shown}
        in_archives = {place.archive for place in found.feeds if place.archive}
        assert in_feeds | in_archives == {address for address, members in shown.items() if id in members}
        for place in found.feeds:
            assert 1 <= place.position <= place.total == totals[place.feed]
        published += id is not None
        absent = {absence.feed for absence in found.absent}
        assert not absent & {place.feed for place in found.feeds}
        if id:
            assert {address for address in totals if address.startswith("custom/")} <= absent | {p.feed for p in found.feeds}
    return published


@pytest.mark.long
@pytest.mark.parametrize("corpus", ["seeds", "tests/nasty/records"])
@pytest.mark.parametrize("unpublished", ["skip", "include"])
def test_explain_agrees_with_the_build(tmp_path: Path, corpus: str, unpublished: str) -> None:
    settings = {**EXPLAINED, "unpublished": unpublished, "records": str(ROOT / corpus), "output": str(tmp_path / "out")}
    config = feedloom.load_config(**settings)
    feedloom.build(config, now=NOW, force=True)
    files = sorted(path for path in (ROOT / corpus).rglob("*.*") if path.suffix in (".md", ".yaml"))
    assert agrees(config, files, tmp_path / "out")


def test_explain_agrees_with_the_build_where_feeds_are_full(site: Site) -> None:
    fields = {"topics": "[AI]", "category": "News", "heat": "2"}
    site.write(
        {
            f"{n}.md": record(webUrl=f"https://e.example/{n % 17}", publishedDateTime=f"2021-01-{n + 1:02}", **fields)
            for n in range(20)
        }
    )
    site.build(**EXPLAINED)
    assert agrees(site.config(**EXPLAINED), sorted(site.records.iterdir()), site.output) == 17


@pytest.mark.parametrize(
    ("fields", "outcome", "why"),
    [
        ({"published": "false"}, "unpublished", "unpublished because of the field published"),
        ({"title": ""}, "rejected", "fix the problems below"),
        ({"publishedDateTime": "2031-01-01"}, "scheduled", "its date is in the future (2031-01-01T00:00:00Z)"),
        ({"publishedDateTime": "2020-01-01"}, "duplicate", "is the same article as another record"),
    ],
)
def test_why_a_record_is_not_published(site: Site, fields: dict[str, str], outcome: str, why: str) -> None:
    site.write({"a.md": record(**fields), "b.md": record(title="Other")})
    found = check.explain(site.config(), str(site.records / "a.md"), now=NOW)
    assert (found.outcome, found.feeds, found.absent) == (outcome, [], [])
    assert why in str(found.why)
    assert bool(found.problems) == (outcome in ("rejected", "duplicate"))


def test_explain_says_nothing_of_what_an_unpublished_record_holds(site: Site) -> None:
    site.write({"a.md": record(published="false", title="Secret", images="wrong")})
    result = run("explain", str(site.records / "a.md"), "--records", str(site.records))
    assert result.exit_code == 0
    assert "Secret" not in result.stdout
    assert "images" not in result.stdout


def test_a_file_that_is_no_record(site: Site) -> None:
    (site.records / ".hidden.md").write_text(record())
    (site.records.parent / "out.md").write_text(record())
    for name in (".hidden.md", "../out.md"):
        result = run("explain", str(site.records / name), "--records", str(site.records))
        assert result.exit_code == 2
        assert f"not a record of {site.records}: records are files that end in .md" in result.stderr


def test_a_file_that_is_not_there(site: Site) -> None:
    result = run("explain", "gone.md", "--records", str(site.records))
    assert (result.exit_code, result.stderr) == (2, "feedloom: gone.md: no such file\n")


@pytest.mark.parametrize(
    ("width", "columns"),
    [
        (100, "Kind Name Entries Newest 12_months Path"),
        (90, "Name Entries Newest 12_months Path"),
        (80, "Name Entries Newest Path"),
        (65, "Name Entries Path"),
    ],
)
def test_a_narrow_terminal_keeps_names_and_paths(site: Site, width: int, columns: str) -> None:
    site.build({"a.md": record(topics="[Artificial Intelligence]")})
    heading, *rows = run("feeds", "-o", str(site.output), width=width).stdout.splitlines()
    assert heading.replace("12 months", "12_months").split() == columns.split()
    assert "Artificial Intelligence" in rows[1]
    assert rows[1].endswith(" topics/artificial-intelligence")


def test_show_knows_the_other_names_of_topics(site: Site) -> None:
    site.build({"a.md": record(topics="[AI]")}, topics={"Artificial Intelligence": {"aliases": ["AI"]}})
    for name in ("topics/ai", "topic/AI", "Artificial Intelligence"):
        assert "A title" in run("show", name, "-o", str(site.output)).stdout


def test_a_record_by_a_path_from_elsewhere(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.write({"in/a.md": record()})
    monkeypatch.chdir(site.records / "in")
    result = run("explain", "a.md", "--records", "..", "--json")
    assert json.loads(result.stdout)["feeds"][0] == {"feed": "all", "position": 1, "total": 1, "shown": True, "archive": None}


def test_the_order_of_kinds_is_that_of_the_catalog(site: Site) -> None:
    site.build({"a.md": record(topics="[AI]", type="video")}, feeds=[{"name": "X"}], groups={"type": True})
    kinds = [feed["kind"] for feed in json.loads(site.text("catalog.json"))["feeds"]]
    assert kinds == ["all", "topic", "type", "custom"]
    assert group.in_order([]) == []
