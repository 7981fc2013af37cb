"""The documentation says what is true."""

import json
import re
import shlex
import shutil
import subprocess
import textwrap
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

import feedloom
from feedloom.cli.main import main
from feedloom.feeds import archive
from feedloom.records import fields
from feedloom.values import field_names, slugs
from tests import reference
from tests.conftest import Site, record

ROOT = Path(__file__).parent.parent
DOCS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("*/README.md")])


@pytest.mark.parametrize("path", reference.documents(), ids=lambda path: path.name)
def test_what_is_made_from_the_code(path: Path) -> None:
    """`make docs` renews it."""
    assert path.read_bytes() == reference.documents()[path]


def test_the_feeds_of_the_example() -> None:
    """The settings in configuration.md give the articles, and the message, that it shows."""
    text = (ROOT / "docs" / "configuration.md").read_text().partition("\n## feeds\n")[2].partition("\n### where\n")[0]
    (settings,) = re.findall(r"^    feeds:\n(?:    .*\n)+", text, re.MULTILINE)
    shown = {
        feed: lines.replace("\n    ", "\n").strip().splitlines()
        for feed, lines in re.findall(r"^    \$ jq .* feeds/(\S+)((?:\n    [^$].*)+)", text, re.MULTILINE)
    }
    (message,) = re.findall(r"^      (feedloom\.yaml:.*)", text, re.MULTILINE)
    written = (ROOT / "feedloom.yaml").read_text() + textwrap.dedent(settings)

    def built(settings: str) -> feedloom.Report:
        Path("feedloom.yaml").write_text(settings)
        return feedloom.build(feedloom.load_config(records=str(ROOT / "seeds")))

    assert built(written).problems == []
    for feed, lines in shown.items():
        entries = json.loads(Path("feeds", feed).read_bytes())["items"]
        ranked = [f"{entry['_feedloom'].get('quality')}  {entry['title']}" for entry in entries]
        assert lines in (ranked, [entry["title"] for entry in entries])
    assert len(shown) == 2
    assert message in map(str, built(written.replace("[Open Web,", "[Open Wbe,")).problems)


def test_the_addresses_of_names() -> None:
    table = re.findall(r"^\| (\S.*?) \| `topics/([^`]*)`", (ROOT / "docs" / "feeds.md").read_text(), re.MULTILINE)
    assert len(table) == 12
    for name, address in table:
        assert slugs.slug(slugs.identity(name)) == address


def test_the_catalog_has_the_shape_that_is_told(site: Site) -> None:
    text = (ROOT / "docs" / "feeds.md").read_text().partition("## catalog.json")[2]
    told = json.loads(text[text.index("{") : text.index("]}]}") + 4])
    site.build({"a.md": record(topics="[AI Ethics]", provider="{domain: p.example}")}, site__title="News")
    real = json.loads(site.text("catalog.json"))
    assert real.keys() == told.keys()
    topic, provider = (next(feed for feed in real["feeds"] if feed["kind"] == kind) for kind in ("topic", "provider"))
    assert list(topic) == list(told["feeds"][0])
    assert topic["formats"] == told["feeds"][0]["formats"]
    assert provider["domain"] == "p.example"


def test_what_people_look_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    text = (ROOT / "docs" / "feeds.md").read_text().partition("## Looking at feeds")[2]
    commands = re.findall(r"^    \$ feedloom (.*)\n((?:    .*\n|\n(?=    ))+)", text, re.MULTILINE)
    assert [command.split()[0] for command, _ in commands] == ["show", "explain"]
    for command, shown in commands:
        printed = CliRunner().invoke(main, shlex.split(command), env={"COLUMNS": "100"}).stdout
        assert printed.splitlines() == [line.removeprefix("    ") for line in shown.splitlines()]


def test_the_example_of_an_archive(site: Site) -> None:
    text = (ROOT / "docs" / "feeds.md").read_text().partition("## The whole history")[2].partition("\n## ")[0]
    command, *lines = re.findall(r"^    (?=\$|  <)(.*)$", text, re.MULTILINE)
    path = command.rpartition("feeds/")[2]
    records = {f"{n}.md": record(webUrl=f"https://e.example/{n}", topics="[AI]") for n in range(300)}
    site.build(records, archive=True, site__url="https://example.com/feeds/")
    assert lines == [line for line in site.text(path).splitlines() if "archive" in line]
    assert f"up to {archive.MOST} entries" in text


@pytest.mark.parametrize("field", sorted(field_names.RECORD))
def test_each_field_of_a_record_is_described(field: str) -> None:
    assert f"`{field}`" in (ROOT / "docs" / "records.md").read_text()


def test_the_limits() -> None:
    table = (ROOT / "docs" / "records.md").read_text()
    assert f"the first {fields.MOST_ITEMS} of each" in table
    assert f"{fields.LONGEST_NAME:,} characters" in table
    assert f"{fields.LONGEST_TEXT:,} characters" in table


def told(document: str, heading: str) -> dict[str, list[str]]:
    """The commands that a section shows, each with its output."""
    section = (ROOT / "docs" / document).read_text().partition(f"## {heading}\n")[2].partition("\n## ")[0]
    shown: dict[str, list[str]] = {}
    for block in re.findall(r"(?:^    .*\n|^\n(?=    ))+", section, re.MULTILINE):
        for session in re.split(r"^    \$ ", block, flags=re.MULTILINE)[1:]:
            command, *lines = session.rstrip().splitlines()
            shown[command.removeprefix("feedloom ")] = [line.removeprefix("    ") for line in lines]
    return shown


def printed(command: str, exit_code: int = 0) -> list[str]:
    """What a command prints; only the seconds may differ."""
    result = CliRunner().invoke(main, command.split())
    assert result.exit_code == exit_code
    return [re.sub(r"in (\d+\.\d s|\d+ ms)", "in 45 ms", line.rstrip()) for line in result.stdout.rstrip().splitlines()]


def test_the_first_steps() -> None:
    shown = told("start.md", "From an empty folder to feeds")
    for command in ("init", "build", "feeds"):
        assert printed(command) == shown[command]
    path = Path("articles/2026-01-05-feeds.md")
    path.write_text(path.read_text().replace("2026-01-05", "2026-02-30"))
    assert printed("check", 1) == told("start.md", "A record")["check"]


def test_the_steps_on_a_site_that_is_there() -> None:
    shutil.copytree(ROOT / "seeds", "_news")
    Path("_config.yml").write_text("title: The Loom\nurl: https://loom.example\n")
    assert printed("init") == told("start.md", "From an existing site")["init"]
    assert printed("stats") == told("start.md", "Statistics")["stats"]


def test_the_problems_and_their_fixes() -> None:
    Path("articles").mkdir()
    for name, wrong in {
        "a": {"publishedDateTime": "01/02/2021"},
        "b": {"publishedDateTime": "yesterday"},
        "c": {"images": "[{url: /img/c.png}]"},
        "d": {"publishedDateTime": "2021-01-01"},
    }.items():
        Path(f"articles/{name}.md").write_text(record(**wrong))
    assert printed("check articles", 1) == told("records.md", "Problems")["check articles"]
    problems = CliRunner().invoke(main, ["build", "articles"]).stderr.splitlines()
    section = (ROOT / "docs" / "records.md").read_text().partition("## Problems")[2]
    shown = re.findall(r"^    (articles/.*left out\) \[.*)$", section, re.MULTILINE)
    assert len(shown) == 2
    assert set(shown) <= set(problems)


def test_the_example_of_the_interface(capsys: pytest.CaptureFixture[str]) -> None:
    CliRunner().invoke(main, ["init"])
    text = (ROOT / "docs" / "api.md").read_text()
    example = "\n".join(line[4:] for line in text.splitlines() if line.startswith("    "))
    exec(example)
    assert capsys.readouterr().out == "1 records in 4 feeds\n"
    assert set(re.findall(r"`(\w+)", text)) >= set(feedloom.__all__)


def test_what_the_interface_names_can_be_imported() -> None:
    text = (ROOT / "docs" / "api.md").read_text()
    errors = set(re.findall(r"`(\w+Error)`", text)) - {"ValueError"}
    assert {"StateError", "WorkerError"} <= errors <= set(feedloom.__all__)
    assert all(getattr(feedloom, name).__name__ in (name, "load") for name in feedloom.__all__)
    for struct in (feedloom.Report, feedloom.Check):
        (row,) = re.findall(rf"^\| `{struct.__name__}` \|.*$", text, re.MULTILINE)
        assert [field for field in re.findall(r"`(\w+)`", row) if field in struct.__struct_fields__] == [
            *struct.__struct_fields__
        ]


def test_the_messages_of_the_readme(site: Site) -> None:
    report = site.build({"a.md": record(publishedDateTime='"2021-02-30"')})
    (told,) = re.findall(r"articles/a.md:(3: .*)", (ROOT / "README.md").read_text())
    assert str(report.problems[0]).endswith("a.md:" + told)


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    for target, section in re.findall(r"\]\(([^)#:]*)(?:#([^)]+))?\)", path.read_text()):
        document = path.parent / target if target else path
        assert document.exists(), target
        assert not section or section in sections(document), f"{target}#{section}"


def sections(document: Path) -> set[str]:
    """The fragments by which links lead to headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", document.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", sorted(ROOT.glob("docs/*.md")), ids=lambda path: path.name)
def test_a_page_starts_with_what_it_is_for(path: Path) -> None:
    title, empty, first, *_ = path.read_text().splitlines()
    assert re.fullmatch(r"# [A-Z].*", title)
    assert empty == ""
    assert re.match(r"[A-Z][a-z]* ", first)


def test_the_first_screen() -> None:
    """The README's commands print what it shows, its feed is the example's, and its bullets are short."""
    readme = (ROOT / "README.md").read_text()
    shown = told("../README.md", "Try it")
    assert list(shown) == ["init", "build", "feeds"]
    for command, lines in shown.items():
        assert printed(command) == lines
    bullets = re.findall(r"^\* (.*)$", readme, re.MULTILINE)
    assert len(bullets) == 6
    assert all(len(bullet.split()) <= 12 for bullet in bullets)
    sample = re.findall(r"^    ( *<.*)$", readme, re.MULTILINE)
    remaining = iter((ROOT / "feeds" / "all.atom").read_text().splitlines())
    assert len(sample) == 9
    assert all(f"  {line}" in remaining for line in sample)


def test_the_rooms_of_the_design_are_those_that_lint_checks() -> None:
    design = (ROOT / "docs" / "design.md").read_text()
    block = design.partition("never those above:\n\n")[2].partition("\n\n")[0]
    shown = [re.sub(r"  +", "  ", line.strip()).rpartition("  ")[0].split("  ") for line in block.splitlines()]
    (contract,) = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = [layer.split(" : ") for layer in contract["layers"] if layer != "__main__"]
    assert [sorted(room) for room in shown] == [sorted(room) for room in layers]


def test_the_modules_that_the_design_names() -> None:
    """Paths below src/feedloom/ and the repository, as `records/scan`, `values/field_names.py` and `pipeline/tasks.summary`."""
    package = ROOT / "src" / "feedloom"
    named = re.findall(r"`([a-z_]+/[a-z_/]+)(?:\.py|\.[A-Za-z_]+)?`", (ROOT / "docs" / "design.md").read_text())
    assert len(named) > 20
    for path in named:
        places = (package / path, package / f"{path}.py", package / "render" / path, ROOT / path, ROOT / f"{path}.py")
        assert any(place.exists() for place in places), path


def test_make_help_lists_the_targets() -> None:
    listed = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    targets = {line.split()[0] for line in listed.splitlines()}
    assert {"feeds", "test", "test-more", "lint"} <= targets
    for document in ("README.md", "CONTRIBUTING.md"):
        assert set(re.findall(r"^    make ([a-z-]+)", (ROOT / document).read_text(), re.MULTILINE)) <= targets


def test_how_to_install_it() -> None:
    """The same lines in both documents, which work where there is no `python`, and where pip wants a virtual environment."""
    readme, start = ((ROOT / document).read_text() for document in ("README.md", "docs/start.md"))
    (lines,) = re.findall(r"^    python3 -m venv .*\n(?:    .*\n)+", readme, re.MULTILINE)
    assert lines in start
    environment = re.escape(lines.split()[3])
    assert re.fullmatch(
        rf" +python3 -m venv {environment}\n +{environment}/bin/pip install \.\n +\. {environment}/bin/activate .*\n", lines
    )
    assert ".venv/3" not in readme + start
