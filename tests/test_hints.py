"""A correction that readers do not notice is hinted at once: text changed, and its date of update did not."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from feedloom.cli.main import main
from tests.conftest import Site, record

DATED = {"publishedDateTime": "2021-05-21T18:09:00Z", "updatedDateTime": "2021-05-22T00:00:00Z"}


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"title": "New"}, ["title"]),
        ({"excerpt": "New"}, ["excerpt"]),
        ({"title": "New", "excerpt": "New"}, ["title", "excerpt"]),
        ({"title": "New", "updatedDateTime": "2021-05-23T00:00:00Z"}, []),
        ({"topics": "[New]"}, []),
        ({"quality": "3"}, []),
    ],
    ids=str,
)
def test_what_is_a_hint(site: Site, change: dict[str, str], fields: list[str]) -> None:
    site.build({"a.md": record(**DATED), "b.md": record(webUrl="https://e.example/b", **DATED)})
    report = site.build({"a.md": record(**(DATED | change))})
    assert [(Path(hint.path).name, hint.field) for hint in report.hints] == [("a.md", field) for field in fields]
    assert site.build().hints == []
    assert site.build(limit=3).hints == []


def test_a_record_that_is_new_or_held_back_is_none(site: Site) -> None:
    assert site.build({"a.md": record(published="false", **DATED)}).hints == []
    assert site.build({"a.md": record(title="New", **DATED)}).hints == []
    assert site.build({"a.md": record(title="Newer", published="false", **DATED)}).hints == []


def test_it_is_told_once_and_not_to_cron(site: Site) -> None:
    run = ["build", str(site.records), "-o", str(site.output), "--state", str(site.state)]
    names = [f"{n}.md" for n in range(5)]

    def write(title: str) -> None:
        site.write({name: record(title=title, webUrl=f"https://e.example/{name}", **DATED) for name in names})

    write("One")
    CliRunner().invoke(main, run)
    write("Two")
    done = CliRunner().invoke(main, run)
    assert done.exit_code == 0
    hints = [line for line in done.stdout.splitlines() if line.startswith("hint: ")]
    assert [f"{name}: title changed, updatedDateTime did not" in hint for name, hint in zip(names, hints, strict=False)] == [
        *(True for _ in range(3)),
        False,
    ]
    assert hints[3] == "hint: 2 more changes like this; --report lists the first ones"
    assert "hint" not in CliRunner().invoke(main, run).output
    write("Three")
    report = site.records.parent / "report.json"
    assert CliRunner().invoke(main, [*run, "-q", "--report", str(report)]).output == ""
    assert {hint["field"] for hint in json.loads(report.read_text())["hints"]} == {"title"}
