"""The documentation says what is true."""

import json
import re
import subprocess
import textwrap
from pathlib import Path

import pytest
from click.testing import CliRunner

import feedloom
from feedloom import fields, slugs
from feedloom.cli import main
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
    assert len(table) == 10
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


def test_the_limits() -> None:
    table = (ROOT / "docs" / "records.md").read_text()
    assert f"the first {fields.MOST_ITEMS} of each" in table
    assert f"{fields.LONGEST_NAME:,} characters" in table
    assert f"{fields.LONGEST_TEXT:,} characters" in table


def test_the_first_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """The commands of start.md print what it shows; only the seconds may differ."""
    text = (ROOT / "docs" / "start.md").read_text().partition("## From an empty folder")[2].partition("Each path")[0]
    lines = [line[4:] for line in text.splitlines() if line.startswith("    ")]
    shown: dict[str, list[str]] = {}
    for line in lines:
        if line.startswith("$ "):
            command = line.removeprefix("$ feedloom ")
            shown[command] = []
        else:
            shown[command].append(line)
    for command in ("init", "build", "feeds"):
        result = CliRunner().invoke(main, [command])
        printed = [re.sub(r"\d+\.\d s", "0.0 s", line.rstrip()) for line in result.stdout.splitlines()]
        assert printed == shown[command]


def test_the_example_of_the_interface(capsys: pytest.CaptureFixture[str]) -> None:
    CliRunner().invoke(main, ["init"])
    text = (ROOT / "docs" / "api.md").read_text()
    example = "\n".join(line[4:] for line in text.splitlines() if line.startswith("    "))
    exec(example)
    assert capsys.readouterr().out == "1 records in 4 feeds\n"
    assert set(re.findall(r"`(\w+)", text)) >= set(feedloom.__all__) - {"PublishError", "ConfigError"}


def test_the_messages_of_the_readme(site: Site) -> None:
    report = site.build({"a.md": record(publishedDateTime='"2021-02-30"')})
    (told,) = re.findall(r"articles/a.md:(3: .*)", (ROOT / "README.md").read_text())
    assert str(report.problems[0]).endswith("a.md:" + told)


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", path.read_text()):
        assert (path.parent / target).exists(), target


def test_make_help_lists_the_targets() -> None:
    listed = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert {"feeds", "test", "lint"} <= {line.split()[0] for line in listed.splitlines()}
