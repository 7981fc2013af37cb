"""The documentation says what is true."""

import json
import re
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

import feedloom
from feedloom import fields, schema, slugs
from feedloom.cli import main
from feedloom.config import Settings
from feedloom.settings import settings
from tests.conftest import Site, record

ROOT = Path(__file__).parent.parent
DOCS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("*/README.md")])


def rows(document: str) -> list[list[str]]:
    return [
        line.strip("|").split(" | ") for line in (ROOT / "docs" / document).read_text().splitlines() if line.startswith("| `")
    ]


def test_every_setting_and_its_default() -> None:
    found = {row[0].strip(" `"): row[1].strip(" `") for row in rows("configuration.md")}
    expected = {}
    defaults = Settings()
    for path in settings(Settings):
        value: object = defaults
        for name in path:
            value = getattr(value, name)
        expected[".".join(path)] = "none" if value is None else str(value)
    assert found == expected


def test_the_schema_that_is_published() -> None:
    """`feedloom schema > docs/feedloom.schema.json` renews it."""
    assert (ROOT / "docs" / "feedloom.schema.json").read_bytes() == schema.document()


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
