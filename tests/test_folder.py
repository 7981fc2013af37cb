"""What in the records folder is a record, what a note, and what is not looked at."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

import feedloom
from feedloom.cli.main import main
from feedloom.config import ignoring
from feedloom.config.settings import Rules
from feedloom.errors import ConfigError
from feedloom.pipeline import check
from feedloom.records import parse, scan
from feedloom.report import Records
from tests.conftest import NOW, Site, record

NOTES: dict[str, str | bytes] = {
    "a heading": "# Hello\n\nText.\n",
    "a heading and a rule": "# Meeting notes\n---\nWe talked.\n\n---\n",
    "a rule first": "---\n\nWe talked about it.\n\n---\n",
    "a rule and no end": "---\n# Heading\n",
    "a list between rules": "\ufeff\n---\n- a\n- b\n---\n",
    "nothing between rules": "---\n---\nText\n",
    "a comment between rules": "---\n# nothing\n---\nText\n",
    "a title in line 21": "a\n" * 20 + "title: x\n",
    "a title in a line": "The title: of it\n* title: x\n",
    "other capitals": "Titles: x\nsubtitle: y\n",
    "TOML": "+++\ntitle = 'x'\n+++\n",
    "no UTF-8": b"caf\xe9\n",
    "very long": "text\n" * 300_000,
}
RECORDS: dict[str, str | bytes] = {
    "a title in line 20": "a\n" * 19 + "title: x\n",
    "a title": "title: No fence\n---\n",
    "an indented title": "text\n  title: x\n",
    "a title in quotes": '{\n\t"title" : "x"\n}\n',
    "a mapping on the line ---": "--- {heat: 5, title: x}\n---\n",
    "a field on the line ---": "--- title: x\n---\n",
    "a list of mappings": "---\n- title: x\n---\n",
    "a date": "text\npublishedDateTime : 2021-05-21\n",
    "an address": "text\r\nwebUrl:https://e.example/\r\n",
    "the other address": "originalUrl: x",
    "a mapping": "---\na: b\n---\n",
    "a mapping that nothing ends": "\n# a\n---\n# b\n\na: b\n",
    "a mapping that is broken": "---\nheat: 5\na b\nc: d\n---\n",
    "a mapping in braces": "---\n{a: b}\n---\n",
    "a mapping with names in quotes": "---\n'a': b\n---\n",
    "a mapping without values": "---\na:\n---\n",
    "a mapping that is no UTF-8": b"---\na: caf\xe9\n---\n",
    "a mapping that is too long": f"---\na: {'x' * 1_100_000}\n---\n",
    "UTF-16": "---\ntitle: x\n---\n".encode("utf-16"),
    "UTF-16 without a mark": "title: x\n".encode("utf-16-le"),
    "nothing": "",
    "white space": " \n\n",
}


def status(text: str | bytes, name: str = "a.md") -> str:
    return parse.reading(name, text if isinstance(text, bytes) else text.encode(), Rules()).status


@pytest.mark.parametrize("case", NOTES)
def test_what_is_a_note(case: str) -> None:
    assert status(NOTES[case]) == "note"


@pytest.mark.parametrize("case", RECORDS)
def test_what_is_a_record_though_a_bad_one(case: str) -> None:
    assert status(RECORDS[case]) == "rejected"


def test_files_that_are_yaml_alone() -> None:
    assert status("- a\n- b\n", "a.yaml") == "note"
    assert status("text", "a.yml") == "note"
    assert status("a: b\n", "a.yaml") == "rejected"
    assert status("# a\n\na:\n  - b\n", "a.yaml") == "rejected"


@pytest.mark.parametrize(
    ("text", "another"),
    [
        ("{0}---\n{0}", 5),
        ("---\n{0}---\n{0}---\n", 6),
        ("{0}...\n# c\n\n{0}", 5),
        ("{0}---\nNotes of: mine\n", None),
        ("---\n{0}---\n\n---\n", None),
        ("%YAML 1.1\n---\n{0}", None),
        ("{0}---\n", None),
        ("{0}...", None),
    ],
)
def test_one_file_of_yaml_is_one_record(text: str, another: int | None) -> None:
    fields = record().removeprefix("---\n").removesuffix("---\n")
    found = parse.reading("a.yaml", text.format(fields).encode(), Rules())
    assert found.status == "published"
    assert [(problem.line, problem.level) for problem in found.problems] == ([(another, "warning")] if another else [])


@given(
    st.lists(st.sampled_from(["---\n", "a: b\n", "title: x\n", "text\n", "# c\n", "\n", "- d\n", "...\n", "x"])).map("".join)
)
def test_no_record_that_names_what_it_needs_is_a_note(text: str) -> None:
    lines = text.split("\n")[:20]
    assert status(text) != "note" or not any(line.startswith("title:") for line in lines)
    assert status(text) in ("note", "rejected")


def test_notes_are_counted_and_no_problem(site: Site) -> None:
    notes = {f"{at}.md": text for at, text in enumerate(NOTES.values())}
    report = site.build({**notes, "good.md": record(), "bad.md": "---\na: b\n---\n"}, force=False)
    assert report.records == Records(len(NOTES) + 2, 1, 0, 0, 1, 0, len(NOTES))
    assert [problem.path for problem in report.problems] == [str(site.records / "bad.md")]
    found = check.explain(site.config(), str(site.records / "0.md"), now=NOW)
    assert (found.outcome, found.problems) == ("note", [])
    assert site.build(force=False).records == report.records


def test_a_folder_of_notes_alone_is_no_site(site: Site) -> None:
    site.build({"a.md": record()})
    (site.records / "a.md").write_text("# Hello\n")
    with pytest.raises(feedloom.GuardError, match="no records were found"):
        site.build(force=False)


# --- What is not looked at ----------------------------------------------------------------------------------------------


def read(site: Site, *ignore: str) -> list[str]:
    checked = feedloom.check(site.config(ignore=list(ignore)), now=NOW)
    return sorted(one.path for one in checked.articles)


def write(site: Site, *paths: str) -> None:
    site.write({path: record(webUrl=f"https://e.example/{at}") for at, path in enumerate(paths)})


DEFAULTS = [
    *("README.md", "Readme.txt", "readme.markdown", "in/README.de.md", "LICENSE.md", "CHANGELOG.md", "contributing.md"),
    *("CODE_OF_CONDUCT.md", "SECURITY.md", ".hidden.md", ".git/a.md", "node_modules/x/a.md", "in/venv/lib/a.md"),
    *("in/.notes/a.md", "env/lib/python3/a.md"),
]
READ = ["README2.md", "in/license-to-kill.md", "my-README.md", "security.md", "changes.md", "venv.md", "in/node_modules.md"]


def test_the_defaults(site: Site) -> None:
    write(site, *DEFAULTS, *READ)
    (site.records / "env" / "pyvenv.cfg").write_text("")
    assert read(site) == sorted(READ)


@pytest.mark.parametrize("path", [*DEFAULTS[:-1], *READ])
def test_the_defaults_are_the_patterns_that_are_documented(site: Site, path: str) -> None:
    """They are matched without the library, which would say the same."""
    write(site, path)
    parts = path.split("/")
    above = ["/".join(parts[:at]) + "/" for at in range(1, len(parts))]
    spec = ignoring.spec(ignoring.DEFAULTS)
    assert bool(read(site)) != any(map(spec.match_file, [*above, path]))


@pytest.mark.parametrize(
    ("ignore", "left"),
    [
        ((), ["a.md", "b/a.md", "b/c/d.md", "pages/e.md"]),
        (("a.md",), ["b/c/d.md", "pages/e.md"]),
        (("/a.md",), ["b/a.md", "b/c/d.md", "pages/e.md"]),
        (("b/", "# comment"), ["a.md", "pages/e.md"]),
        (("b/**/d.md", "pages/*"), ["a.md", "b/a.md"]),
        (("*.md", "!d.md"), ["b/c/d.md"]),
        (("!README.md",), ["README.md", "a.md", "b/a.md", "b/c/d.md", "pages/e.md"]),
        (("!.hidden/",), [".hidden/f.md", "a.md", "b/a.md", "b/c/d.md", "pages/e.md"]),
    ],
)
def test_patterns_of_the_owner(site: Site, ignore: tuple[str, ...], left: list[str]) -> None:
    write(site, "a.md", "b/a.md", "b/c/d.md", "pages/e.md", "README.md", ".hidden/f.md")
    assert read(site, *ignore) == left


@pytest.mark.parametrize("pattern", ["!out/", "!out", "!out/**", "!*", "!.*"])
def test_no_pattern_takes_the_output_folder_back(site: Site, pattern: str) -> None:
    write(site, "a.md", "out/b.md", ".out/c.md")
    for name in ("out", ".out"):
        config = site.config(output=str(site.records / name), ignore=[pattern])
        read = [article.path for article in feedloom.check(config, now=NOW).articles]
        assert [path for path in read if path.startswith(f"{name}/")] == []


def test_patterns_do_not_depend_on_the_locale(site: Site) -> None:
    write(site, "grün.md", "a.md")
    Path("feedloom.yaml").write_text(f"records: {site.records}\nignore: [grün.md]\n", encoding="utf-8")
    for locale in ("C", "POSIX", "C.UTF-8"):
        environment = {**os.environ, "LC_ALL": locale, "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
        command = [sys.executable, "-m", "feedloom", "stats", "--json"]
        ran = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
        assert json.loads(ran.stdout)["records"]["read"] == 1


def test_a_pattern_takes_a_record_out_of_the_feeds(site: Site) -> None:
    write(site, "a.md", "b.md")
    assert site.build().records.read == 2
    assert site.build(ignore=["b.md"]).records.read == 1
    assert site.text("all.atom").count("<entry>") == 1


def test_a_pattern_that_is_none(site: Site) -> None:
    with pytest.raises(ConfigError, match="ignore: is not a gitignore pattern: '!'"):
        site.config(ignore=["!"])


def test_the_library_is_loaded_where_there_are_patterns_only(site: Site) -> None:
    write(site, "a.md", "README.md")
    program = "import sys; from feedloom.cli.main import main; main(sys.argv[1:], standalone_mode=False)\n"
    program += "print('pathspec' in sys.modules)"
    command = [sys.executable, "-c", program, "build", str(site.records), "-q"]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "False\n"


def test_files_that_look_like_posts_are_counted(site: Site) -> None:
    write(site, "a.mdx", "b.MKD", "in/c.mdx", "d.md", "e.css", ".f.mdx", "node_modules/g.html")
    (problem,) = site.build().problems
    assert str(problem) == f"{site.records}: not read: 3 files with the suffix of a post (.mdx, .mkd) [posts-not-read]"
    (problem,) = site.build(ignore=["*.mdx"]).problems
    assert str(problem) == f"{site.records}: not read: 1 file with the suffix of a post (.mkd) [posts-not-read]"


@pytest.mark.parametrize("most", [1, 3, 6])
def test_a_large_folder_is_listed_in_parts(site: Site, most: int) -> None:
    write(
        site,
        *(f"{n % 4}/{n % 3}/{name}" for n in range(24) for name in (f"{n}.md", f"{n}.mdx", f"README.{n}.md", f"{n}.yml/a.txt")),
    )
    (site.records / "0" / "lost.md").symlink_to("nowhere")
    (site.records / "3" / "1" / "lost.md").symlink_to("nowhere")
    parts: list[int] = []

    def spread(function: Any, folders: list[Any]) -> Any:
        parts.append(len(folders))
        return map(function, folders)

    whole = scan.scan_folder(str(site.records), spread=spread)
    assert not parts
    found = scan.scan_folder(str(site.records), spread=spread, alone=most)
    assert parts[0] > 1
    assert found.problems == whole.problems
    assert len(whole.problems) == 24 + 2 + 1
    assert [list(bucket) for bucket in found.buckets] == [list(bucket) for bucket in whole.buckets]
    assert sum(map(len, found.buckets)) == 24


# --- Problems are told once ---------------------------------------------------------------------------------------------

BAD = "---\ntitle: x\n---\n"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["build", "records", "--site-url", "https://e.example", "-q", *arguments])


def lines(*arguments: str) -> int:
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (0, "")
    return len(result.stderr.splitlines())


@pytest.fixture
def bad(site: Site) -> Path:
    site.write({"good.md": record(), "also.md": record(webUrl="https://e.example/2"), "bad.md": BAD})
    return site.records / "bad.md"


def test_a_quiet_build_tells_a_problem_once(bad: Path) -> None:
    assert [lines() for _ in range(3)] == [1, 0, 0]
    (bad.parent / "good.md").write_text(record(title="Other"))
    assert lines() == 0
    bad.write_text(BAD + "\n")
    assert [lines() for _ in range(2)] == [1, 0]
    assert [lines("--limit", "9") for _ in range(2)] == [1, 0]
    (bad.parent / "bad2.md").write_text(BAD)
    assert [lines("--limit", "9") for _ in range(2)] == [1, 0]
    os.utime(bad, (0, 0))
    assert lines("--limit", "9") == 0


def test_another_version_tells_it_again(bad: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert [lines() for _ in range(2)] == [1, 0]
    monkeypatch.setattr("feedloom.pipeline.cache.code", lambda: b"another")
    assert [lines() for _ in range(2)] == [1, 0]


def test_without_a_cache_it_is_told_each_time(bad: Path) -> None:
    assert [lines("--no-cache") for _ in range(3)] == [1, 1, 1]


def test_where_the_build_fails_it_is_told_each_time(bad: Path) -> None:
    for _ in range(3):
        result = run("--strict")
        assert (result.exit_code, len(result.stderr.splitlines())) == (1, 1)
    for path in bad.parent.iterdir():
        path.write_text(BAD)
    for _ in range(3):
        result = run()
        assert (result.exit_code, len(result.stderr.splitlines())) == (1, 4)


def test_a_report_that_cannot_be_written_loses_no_problem(bad: Path) -> None:
    assert lines() == 1
    result = run("--report", "nowhere/report.json")
    assert result.exit_code == 1
    assert "bad.md" in result.stderr


def test_the_report_and_other_builds_tell_all(bad: Path) -> None:
    assert [lines(), lines()] == [1, 0]
    assert lines("--report", "report.json") == 0
    assert "bad.md" in Path("report.json").read_text()
    assert '"rejected":1' in run("--log-json").stdout
    loud = CliRunner().invoke(main, ["build", "records", "--site-url", "https://e.example"])
    assert "bad.md" in loud.stderr


@pytest.mark.parametrize(
    ("fields", "plain", "strict"),
    [({}, 0, 0), ({"title": ""}, 1, 1), ({"quality": "x"}, 0, 1), ({"published": "false", "title": ""}, 0, 0)],
)
def test_the_exit_code_of_a_check(site: Site, fields: dict[str, str], plain: int, strict: int) -> None:
    site.write({"a.md": record(**fields)})
    assert CliRunner().invoke(main, ["check", "records"]).exit_code == plain
    assert CliRunner().invoke(main, ["check", "records", "--strict"]).exit_code == strict
