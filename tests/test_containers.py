"""Records in one file: JSON, JSON Lines and CSV give the same feeds as files do."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import feedloom
from feedloom.cli.main import main
from tests.conftest import NOW, Site, published, record

FIELDS: list[dict[str, Any]] = [
    {
        "title": f"Title {number}",
        "publishedDateTime": f"2021-05-{number:02}T10:00:00Z",
        "webUrl": f"https://example.com/{number}",
        "topics": ["A", f"T{number % 3}"],
        "quality": number,
        "provider": {"name": "P", "domain": "p.example"},
    }
    for number in range(1, 28)
]


def as_files(site: Site) -> None:
    for number, fields in enumerate(FIELDS):
        (site.records / f"{number}.md").write_text(f"---\n{json.dumps(fields)}\n---\n")


def as_csv() -> str:
    lines = ["title,publishedDateTime,webUrl,topics,quality,provider.name,provider.domain"]
    for one in FIELDS:
        provider = one["provider"]
        cells = (
            one["title"],
            one["publishedDateTime"],
            one["webUrl"],
            "|".join(one["topics"]),
            one["quality"],
            *provider.values(),
        )
        lines.append(",".join(map(str, cells)))
    return "\n".join(lines) + "\n"


FILES = {
    "records.json": json.dumps(FIELDS, indent=1),
    "records.jsonl": "\n".join(json.dumps(one) for one in FIELDS),
    "texts.ndjson": "\n".join(
        json.dumps({"path": f"{number}.md", "text": f"---\n{json.dumps(one)}\n---\n"}) for number, one in enumerate(FIELDS)
    ),
    "records.csv": as_csv(),
}


def build(site: Site, path: Path, **more: Any) -> feedloom.Report:
    settings = {"records": str(path), "output": str(site.output), "state": str(site.state), "site__url": "https://f.example/"}
    return feedloom.build(feedloom.load_config(**{**settings, **more}), now=NOW, force=True)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("jobs", [1, 2])
def test_the_same_records_give_the_same_bytes(site: Site, tmp_path: Path, name: str, jobs: int) -> None:
    as_files(site)
    site.build(site__url="https://f.example/", site__title=None)
    expected = site.files()
    (tmp_path / name).write_text(FILES[name])
    report = build(site, tmp_path / name, output=str(tmp_path / "other"), state=str(tmp_path / "state2"), jobs=jobs)
    assert (report.records.read, report.records.published, report.problems) == (27, 27, [])
    assert published(tmp_path / "other") == expected


@pytest.mark.parametrize("name", FILES)
def test_a_change_of_a_row_is_a_change_of_its_feeds(site: Site, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text(FILES[name])
    build(site, path)
    assert build(site, path).files.written == 0
    path.write_text(FILES[name].replace("Title 7", "Changed"))
    build(site, path)
    assert "Changed" in site.text("topics/t1.atom")
    remembered = site.files()
    build(site, path, output=str(tmp_path / "fresh"), state=str(tmp_path / "fresh.sqlite"))
    assert published(tmp_path / "fresh") == remembered


def test_a_bad_row_is_left_out_and_named(site: Site, tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_text(
        "title,publishedDateTime,webUrl,published\nA,2021-05-21,https://e.example/a,\n,2021-05-21,https://e.example/b,\n"
        "C,soon,https://e.example/c,\nD,2021-05-21,https://e.example/d,false\nE,2021-05-21,https://e.example/e,,more,cells\n"
    )
    report = build(site, path)
    counts = report.records
    assert (counts.read, counts.published, counts.unpublished, counts.rejected) == (5, 1, 1, 3)
    assert [str(problem).removeprefix(str(tmp_path)).partition(" ")[0] for problem in report.problems] == [
        "/export.csv:3:", "/export.csv:4:", "/export.csv:6:"
    ]  # fmt: skip


def test_a_file_that_breaks_off_says_so(site: Site, tmp_path: Path) -> None:
    path = tmp_path / "export.json"
    path.write_text(json.dumps(FIELDS[:2])[:-1] + ",\n{")
    report = build(site, path)
    assert (report.records.published, report.records.rejected) == (2, 1)
    assert str(report.problems[0]).startswith(f"{path}:2: ")
    path.write_bytes(b"\xff")
    assert build(site, path).records.published == 0


def test_fields_of_an_export_are_mapped(site: Site, tmp_path: Path) -> None:
    path = tmp_path / "export.jsonl"
    path.write_text('{"name": "A", "when": "2021-05-21", "to": "https://e.example/a", "html": "<p>The <b>text</b></p>"}')
    (tmp_path / "feedloom.yaml").write_text(
        f"records: {path.name}\noutput: out\ncontent: full\n"
        "fields: {title: [name], published: [when], link: [to], content: [html]}\n"
    )
    feedloom.build(feedloom.load_config(str(tmp_path / "feedloom.yaml")), now=NOW)
    (item,) = json.loads(site.text("all.json"))["items"]
    assert (item["title"], item["url"], item["content_html"]) == ("A", "https://e.example/a", "<p>The <b>text</b></p>")


def test_two_rows_of_one_path_are_two_records(site: Site, tmp_path: Path) -> None:
    path = tmp_path / "export.jsonl"
    path.write_text("\n".join(json.dumps({**one, "path": "same"}) for one in FIELDS[:2]))
    report = build(site, path)
    assert (report.records.published, report.records.rejected) == (2, 0)


def test_the_command_line_takes_a_file(site: Site, tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_text(FILES["records.csv"])
    for command in ("build", "check"):
        ran = CliRunner().invoke(main, [command, str(path), *(["-o", str(site.output)] if command == "build" else [])])
        assert "ublish 27 of 27 records" in ran.output or "Published 27 of 27 records" in ran.output
    ran = CliRunner().invoke(main, ["build", str(tmp_path / "missing.csv")])
    assert ran.exit_code == 2
    assert "missing.csv: there is no such file" in ran.output


def test_json_and_tables_in_a_folder_are_not_read(site: Site) -> None:
    for name, text in FILES.items():
        if not name.endswith("jsonl") and not name.endswith("ndjson"):
            (site.records / name).write_text(text)
    assert site.build({"a.md": record()}).records.read == 1
