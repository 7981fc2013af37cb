"""What a user types and sees."""

import json
import os
import pty
import select
import signal
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import feedloom
from feedloom.cli.main import main
from tests.conftest import record

EMPTY = "is empty: write a record into it, or delete it (record left out) [file-empty]"
MISSING = "2: title: is missing: every record needs a title (record left out) [title-missing]"


def run(*arguments: str, **environment: str) -> Result:
    result = CliRunner().invoke(main, list(arguments), env=environment)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "a.md").write_text(record(topics="[AI]", provider="{domain: p.example}"))
    return folder


class TestBuild:
    """`feedloom build`."""

    def test_without_any_configuration(self, articles: Path) -> None:
        result = run("build", "articles", "-o", "out")
        first, second, advice = result.stdout.splitlines()
        assert first == "Published 1 of 1 record in 3 feeds."
        assert second.startswith("out: 21 files written, 0 unchanged, in ")
        assert advice.startswith("Set site.url (or --site-url)")
        assert (result.exit_code, result.stderr) == (0, "")
        assert Path("out/topics/ai.atom").exists()

    def test_a_summary_in_two_lines(self, articles: Path) -> None:
        (articles / "b.md").write_text(record(published="no"))
        (articles / "c.md").write_text(record(publishedDateTime="2999-01-01"))
        (articles / "d.md").write_text("")
        (articles / "e.md").write_text(record())
        result = run("build", "articles", "-o", "out", "--site-url", "https://e.example")
        first, _second = result.stdout.splitlines()
        assert first == "Published 1 of 5 records (1 unpublished, 1 scheduled, 1 duplicate, 1 rejected) in 3 feeds."
        assert result.stderr.splitlines() == [
            f"articles/d.md:1: {EMPTY}",
            "articles/e.md: duplicate of a.md, which is published instead: delete one, or correct its URL [duplicate]",
        ]

    def test_quiet(self, articles: Path) -> None:
        (articles / "b.md").write_text(record(webUrl="https://e.example", images="x"))
        result = run("build", "articles", "-q")
        assert (result.stdout, result.stderr) == ("", "")
        (articles / "c.md").write_text("")
        result = run("build", "articles", "-q")
        assert (result.stdout, result.stderr) == ("", f"articles/c.md:1: {EMPTY}\n")

    def test_strict(self, articles: Path) -> None:
        assert run("build", "articles", "--strict").exit_code == 0
        (articles / "c.md").write_text("")
        assert run("build", "articles").exit_code == 0
        assert run("build", "articles", "--strict").exit_code == 1

    @pytest.mark.parametrize(
        ("text", "why"),
        [
            (None, "Nothing to publish: the folder has no .md, .markdown, .txt, .yaml or .yml file."),
            (record(published="false"), "Nothing to publish: 1 unpublished (--include-unpublished includes them)."),
            (record(publishedDateTime="2999-01-01"), "Nothing to publish: 1 dated in the future."),
            ("", "Nothing to publish: 1 rejected (feedloom check shows why)."),
        ],
    )
    def test_a_build_that_publishes_nothing_says_why(self, tmp_path: Path, text: str | None, why: str) -> None:
        (tmp_path / "records").mkdir()
        if text is not None:
            (tmp_path / "records" / "a.md").write_text(text)
        result = run("build", "--site-url", "https://e.example", "--force")
        assert result.stdout.splitlines()[2:] == [why]
        assert result.exit_code == 0

    def test_a_build_that_the_guard_stops_ends_with_1_and_tells_all_the_same(self, articles: Path) -> None:
        (articles / "bad.md").write_text("")
        (articles / "a.md").rename("elsewhere")
        result = run("build", "articles", "-q", "--report", "report.json")
        assert (result.exit_code, result.stdout) == (1, "")
        assert result.stderr.splitlines() == [
            f"articles/bad.md:1: {EMPTY}",
            "feedloom: feeds: stopped, nothing written: 1 of 1 record has errors (limit 50%, guard.max_rejected). "
            "Fix it, or run once with --force.",
        ]
        report = json.loads(Path("report.json").read_text())
        assert (report["records"]["rejected"], report["files"]["written"], len(report["problems"])) == (1, 0, 1)
        assert run("build", "articles", "--force").exit_code == 0

    def test_include_unpublished(self, articles: Path) -> None:
        (articles / "a.md").write_text(record(published="false"))
        assert "Published 1 of 1" in run("build", "articles", "--include-unpublished").stdout

    def test_limit(self, articles: Path) -> None:
        (articles / "b.md").write_text(record(webUrl="https://e.example/2"))
        run("build", "articles", "--limit", "1")
        assert Path("feeds/all.atom").read_text().count("<entry>") == 1

    def test_the_environment(self, articles: Path) -> None:
        run("build", "articles", FEEDLOOM_OUTPUT="there", FEEDLOOM_SITE_TITLE="Mine", FEEDLOOM_SITE_URL="https://env.example/")
        assert "<title>Mine</title>" in Path("there/all.atom").read_text()
        run("build", "articles", "-o", "here", FEEDLOOM_OUTPUT="there2")
        assert Path("here").exists()
        assert not Path("there2").exists()

    def test_a_settings_file_elsewhere_that_names_no_folders(self, articles: Path) -> None:
        """docs/configuration.md: the defaults are in the current folder."""
        articles.rename("records")
        Path("other").mkdir()
        Path("other/feedloom.yaml").write_text("limit: 3\n")
        assert run("build", "-c", "other/feedloom.yaml").exit_code == 0
        assert Path("feeds/all.atom").exists()

    def test_the_report(self, articles: Path) -> None:
        (articles / "c.md").write_text(record(title=""))
        run("build", "articles", "--report", "report.json")
        report = json.loads(Path("report.json").read_text())
        assert report.pop("seconds") >= 0
        assert report == {
            "records": {
                "read": 2,
                "published": 1,
                "unpublished": 0,
                "scheduled": 0,
                "rejected": 1,
                "duplicates": 0,
                "notes": 0,
            },
            "feeds": 3,
            "files": {"written": 21, "unchanged": 0, "removed": 0},
            "problems": [
                {
                    "path": "articles/c.md",
                    "line": 2,
                    "field": "title",
                    "code": "title-missing",
                    "message": "is missing: every record needs a title",
                    "level": "rejected",
                }
            ],
            "moved": [],
            "switched_off": [],
            "fallbacks": [],
            "hints": [],
        }
        assert json.loads(run("build", "articles", "--report", "-").stdout)["records"]["read"] == 2

    def test_many_problems_are_grouped(self, articles: Path) -> None:
        for n in range(25):
            (articles / f"bad{n:02}.md").write_text(record(title="") if n % 5 == 0 else "")
            (articles / f"good{n:02}.md").write_text(record(webUrl=f"https://e.example/{n}", heat="x"))
        printed = run("build", "articles", "--force").stderr.splitlines()
        assert printed[:10] == [f"articles/bad{n:02}.md:{MISSING if n % 5 == 0 else f'1: {EMPTY}'}" for n in range(10)]
        assert printed[10:13] == [
            "... and 15 more records left out; run feedloom check:",
            "        12 the file is empty [file-empty]",
            "         3 the title is missing [title-missing]",
        ]
        assert all("not-integer" in line for line in printed[13:23])
        assert printed[23:] == [
            "... and 15 more warnings; run feedloom check:",
            "        15 a number is not a whole number [not-integer]",
        ]
        report = run("build", "articles", "-q", "--force", "--report", "r.json")
        assert report.stderr == ""  # printed once
        (articles / "c.md").write_text("")
        assert "; see r.json:" in run("build", "articles", "--force", "--report", "r.json").stderr
        assert run("check", "articles", "--all").stdout.count("bad") == 25

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (["nowhere"], "feedloom: nowhere: the records folder cannot be read: No such file or directory"),
            (["articles", "-c", "none.yaml"], "feedloom: none.yaml: cannot be read: No such file or directory"),
            (["articles", "--site-url", "x"], 'feedloom: --site-url: "x" is not a full URL'),
            (["articles", "--limit", "0"], "feedloom: --limit: must be 1 or more, not 0"),
            (["articles", "--nonsense"], "No such option"),
            (["articles", "--limit", "x"], "is not a valid integer"),
        ],
    )
    def test_wrong_usage_ends_with_2(self, articles: Path, arguments: list[str], message: str) -> None:
        result = run("build", *arguments)
        assert result.exit_code == 2
        assert message in result.stderr

    def test_what_cannot_be_written_ends_with_1(self, articles: Path) -> None:
        Path("feeds").write_text("mine")
        result = run("build", "articles")
        assert result.exit_code == 1
        assert result.stderr == "feedloom: feeds: cannot be published in: not a folder\n"


class TestLogJson:
    """`feedloom build --log-json`: one line for each run."""

    def line(self, result: Result) -> dict[str, Any]:
        (line,) = result.stdout.splitlines()
        logged: dict[str, Any] = json.loads(line)
        datetime.strptime(logged.pop("time"), "%Y-%m-%dT%H:%M:%SZ")
        assert logged.pop("seconds") >= 0
        assert (logged.pop("event"), logged.pop("version")) == ("build", feedloom.__version__)
        assert logged["exit"] == result.exit_code
        return logged

    def test_what_was_done(self, articles: Path) -> None:
        (articles / "b.md").write_text(record(webUrl="https://e.example", images="x"))
        (articles / "c.md").write_text("")
        counts = {"read": 3, "published": 2, "unpublished": 0, "scheduled": 0, "rejected": 1, "duplicates": 0, "notes": 0}
        same = {"exit": 0, "output": "feeds", "records": counts, "warnings": 1, "feeds": 3, "fallbacks": [], "error": None}
        same["problems"] = {"file-empty": 1, "not-list": 1}
        for outcome, written in (("built", 21), ("unchanged", 0)):
            assert self.line(run("build", "articles", "-q", "--log-json")) == same | {
                "outcome": outcome,
                "files": {"written": written, "unchanged": 21 - written, "removed": 0},
            }
        strict = self.line(run("build", "articles", "--log-json", "--strict"))
        assert (strict["outcome"], strict["exit"], strict["error"]) == ("unchanged", 1, None)

    def test_what_stopped_it(self, articles: Path) -> None:
        nothing: dict[str, Any] = {
            "records": None,
            "warnings": None,
            "problems": None,
            "feeds": None,
            "files": None,
            "fallbacks": [],
        }
        missing = self.line(run("build", "nowhere", "-q", "--log-json"))
        assert missing.pop("error").startswith("nowhere: the records folder cannot be read")
        assert missing == nothing | {"outcome": "stopped", "exit": 2, "output": "feeds"}
        wrong = self.line(run("build", "articles", "-q", "--log-json", FEEDLOOM_LIMIT="many"))
        assert (wrong["exit"], wrong["output"]) == (2, None)
        (articles / "a.md").write_text("")
        stopped = self.line(run("build", "articles", "-q", "--log-json"))
        assert "1 of 1 record has errors" in stopped["error"]
        assert (stopped["exit"], stopped["records"]["rejected"], stopped["files"]) == (1, 1, None)

    @pytest.mark.parametrize(
        ("how", "code", "error"),
        [
            (signal.SIGINT, 130, "interrupted; published feeds are intact"),
            (signal.SIGTERM, 143, "terminated; published feeds are intact"),
            (None, 1, "ZeroDivisionError: a bug"),
        ],
    )
    def test_what_ended_it(
        self, articles: Path, monkeypatch: pytest.MonkeyPatch, how: signal.Signals | None, code: int, error: str
    ) -> None:
        def end(*_: object, **__: object) -> None:
            if how:
                signal.raise_signal(how)
            raise ZeroDivisionError("a bug")

        monkeypatch.setattr("feedloom.pipeline.build.build", end)
        result = CliRunner().invoke(main, ["build", "articles", "--log-json"])
        line = self.line(result)
        assert (line["outcome"], line["exit"], line["error"]) == ("stopped", code, error)
        assert isinstance(result.exception, SystemExit if how else ZeroDivisionError)

    def test_nothing_else_stands_beside_it(self, articles: Path) -> None:
        assert len(run("build", "articles", "--log-json", "--report", "report.json").stdout.splitlines()) == 1
        result = run("build", "articles", "--log-json", "--report", "-")
        assert (result.exit_code, result.stdout) == (2, "")
        assert "name a file for --report" in result.stderr


def test_check_names_problems_and_writes_nothing(articles: Path) -> None:
    (articles / "b.md").write_text(record(webUrl="https://e.example", images="x"))
    before = sorted(Path().rglob("*"))
    result = run("check", "articles")
    assert result.stdout.splitlines() == [
        "1 warning: there is no list where one is expected [not-list]",
        "  Write one item per line below the name, each after a hyphen. Items of images",
        "  and related have fields of their own.",
        "    articles/b.md:5: images: is a text, not a list; left out",
        "",
        "Would publish 2 of 2 records.",
    ]
    assert result.stderr == ""
    assert sorted(Path().rglob("*")) == before


def test_check_names_ten_places_of_a_cause_or_all(articles: Path) -> None:
    for n in range(25):
        (articles / f"bad{n:02}.md").write_text("")
    short = run("check", "articles").stdout.splitlines()
    assert short[0] == "25 records left out: the file is empty [file-empty]"
    assert (len(short), short[12]) == (15, "    ... and 15 more; --all and --report FILE list them")
    assert len(run("check", "articles", "--all").stdout.splitlines()) == 29
    assert json.loads(run("check", "articles", "--report", "-").stdout)["records"]["rejected"] == 25


class TestFeeds:
    """`feedloom feeds`."""

    def test_a_table(self, articles: Path) -> None:
        run("build", "articles")
        lines = [line.rstrip() for line in run("feeds").stdout.splitlines()]
        assert lines == [
            "Kind      Name       Entries  Newest      12 months     Path",
            "all       News             1  2021-05-21  ▁▁▁▁▁▁▁▁▁▁▁█  all",
            "topic     AI               1  2021-05-21  ▁▁▁▁▁▁▁▁▁▁▁█  topics/ai",
            "provider  p.example        1  2021-05-21  ▁▁▁▁▁▁▁▁▁▁▁█  providers/p.example",
        ]

    def test_json(self, articles: Path) -> None:
        run("build", "articles")
        assert json.loads(run("feeds", "--json").stdout) == json.loads(Path("feeds/catalog.json").read_text())["feeds"]

    def test_before_the_first_build(self) -> None:
        result = run("feeds")
        assert result.exit_code == 1
        assert (
            result.stderr == "feedloom: feeds/catalog.json: no feeds yet; run feedloom build, or name another folder with -o\n"
        )


class TestInit:
    """`feedloom init`."""

    def test_what_it_writes_builds(self) -> None:
        assert run("init").exit_code == 0
        result = run("build", "--strict")
        assert (result.exit_code, result.stderr) == (0, "")
        assert "Published 1 of 1 record in 4 feeds." in result.stdout

    def test_another_folder(self) -> None:
        assert "Wrote new/feedloom.yaml" in run("init", "new").stdout
        assert run("build", "-c", "new/feedloom.yaml").exit_code == 0
        assert Path("new/feeds/all.atom").exists()

    def test_nothing_is_overwritten(self) -> None:
        Path("feedloom.yaml").write_text("limit: 3")
        result = run("init")
        assert (result.exit_code, Path("feedloom.yaml").read_text()) == (2, "limit: 3")
        assert not Path("articles").exists()


def test_version() -> None:
    assert run("--version").stdout == f"feedloom {feedloom.__version__}\n"


def test_names_that_the_terminal_cannot_show(articles: Path) -> None:
    (articles / "b.md").write_text(record(title="", topics="[宇宙]"))
    (articles / "宇宙.md").write_text(record(webUrl="https://e.example", topics="[宇宙]", images="x"))
    environment = {**os.environ, "PYTHONIOENCODING": "latin-1"}
    for command, exit_code in ((["build", "articles", "-o", "宇"], 0), (["feeds", "-o", "宇"], 0), (["check", "articles"], 1)):
        ran = subprocess.run([sys.executable, "-m", "feedloom", *command], env=environment, capture_output=True, text=True)
        assert (ran.returncode, "Traceback" in ran.stderr) == (exit_code, False)


def test_no_setting_speaks_to_the_terminal() -> None:
    Path("feedloom.yaml").write_text('limit: "\\e[31m\\u202e' + "x" * 1000 + '"\n')
    result = run("build")
    assert result.stderr == ('feedloom: feedloom.yaml:1: limit: must be 1 or more, not "\\x1b[31m\\u202e' + "x" * 34 + '"\n')


def test_a_bug_keeps_its_traceback(articles: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*arguments: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("feedloom.feeds.tally.feeds", broken)
    with pytest.raises(ZeroDivisionError):
        CliRunner().invoke(main, ["build", "articles"], catch_exceptions=False)


def test_a_bar_on_a_terminal_when_it_takes_over_a_second(articles: Path) -> None:
    """A clock that leaps makes a short build a long one; the bar goes to the terminal, the summary to the pipe."""
    program = (
        "import itertools, time; ticks = itertools.count(); time.monotonic = lambda: float(next(ticks));"
        "from feedloom.cli.main import main; main(['build', 'articles'])"
    )
    leader, follower = pty.openpty()
    ran = subprocess.run(
        [sys.executable, "-c", program],
        stderr=follower,
        stdout=subprocess.PIPE,
        env={**os.environ, "TERM": "xterm"},
        check=True,
    )
    os.close(follower)
    seen = os.read(leader, 65536) if select.select([leader], [], [], 0)[0] else b""
    os.close(leader)
    assert b"Building" in seen
    assert ran.stdout.startswith(b"Published 1 of 1 record")


@pytest.mark.parametrize("place", ["mine.json", "articles", "nowhere/report.json"])
def test_a_report_that_cannot_be_written(articles: Path, place: str) -> None:
    Path("mine.json").write_text("mine")
    result = run("build", "articles", "-q", "--report", place)
    assert (result.exit_code, Path("feeds/all.atom").exists()) == (1, True)
    (line,) = result.stderr.splitlines()
    assert line.startswith(f"feedloom: {place}: ")
    assert line.endswith(" (the feeds are published)")
    (articles / "a.md").unlink()
    result = run("build", "articles", "-q", "--report", place, "--log-json")
    assert result.exit_code == 1
    first, second = result.stderr.splitlines()
    assert first.startswith(f"feedloom: {place}: ")
    assert second.startswith("feedloom: feeds: stopped, nothing written: ")
    assert json.loads(result.stdout)["error"] == second.removeprefix("feedloom: ")


@pytest.mark.parametrize(
    ("command", "older"),
    [
        (["build", "articles", "--report"], '{\n  "records": {\n    "read": 1\n  }\n}\n'),
        (["check", "articles", "--report"], '{\n  "records": {\n    "read": 1\n  }\n}\n'),
        (["stats", "articles", "--html"], '<!doctype html>\n<meta name="generator" content="feedloom">\n'),
    ],
)
def test_a_report_overwrites_no_file_of_others(articles: Path, command: list[str], older: str) -> None:
    for path in ("articles/a.md", "mine.json", "mine.html"):
        Path(path).write_text("mine" if path.startswith("mine") else Path(path).read_text())
        before = Path(path).read_text()
        result = run(*command, path)
        assert (result.exit_code, Path(path).read_text()) == (1, before)
        published = " (the feeds are published)" if command[0] == "build" else ""
        assert result.stderr.endswith(
            f"feedloom: {path}: not overwritten: feedloom did not write this file; name another one{published}\n"
        )
    for content in ("", older):
        Path("kept").write_text(content)
        assert run(*command, "kept").exit_code == 0
        assert len(Path("kept").read_text()) > len(older)
        assert run(*command, "kept").exit_code == 0
    assert run(*command, "/dev/null").exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "advice"),
    [
        (["biuld"], "No such command 'biuld'. Did you mean 'build'?"),
        (["articles"], "No such command 'articles'. To build feeds from this folder: feedloom build articles"),
        (["xyzzy"], "No such command 'xyzzy'. Commands: adopt, build, check, completion, "),
        (["--limit", "3", "build"], "--limit goes after the command: feedloom build --limit N"),
        (["-c", "x.yaml", "check"], "-c goes after the command: feedloom check -c FILE"),
        (["--strict"], "--strict goes after the command: feedloom build --strict"),
        (["--nonsense", "build"], "No such option '--nonsense'"),
    ],
)
def test_a_wrong_command_gets_advice(articles: Path, arguments: list[str], advice: str) -> None:
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"Error: {advice}" in result.stderr


@pytest.mark.parametrize(
    "given",
    [
        "build --changed a.md --no-cache",
        "build --changed-from HEAD --no-cache",
        "build --no-lock --wait 5",
        "prune --no-lock --wait 5",
        "ping --dry-run --deployed 5",
        "stats --public --include-unpublished",
    ],
)
def test_options_that_contradict_each_other_are_refused(given: str) -> None:
    ran = CliRunner().invoke(main, given.split())
    first, second = (option for option in given.split() if option.startswith("--"))
    assert (ran.exit_code, ran.stdout) == (2, "")
    assert f"{first} and {second} contradict each other; leave one of them out" in ran.stderr
    assert not Path("feeds").exists()


def test_without_a_command_the_help_is_shown() -> None:
    result = run()
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == run("--help").stdout


class TestSettings:
    def test_without_any_the_first_words_say_so(self, tmp_path: Path) -> None:
        ran = CliRunner().invoke(main, ["build"])
        assert ran.exit_code == 2
        assert ran.stderr.startswith(f"feedloom: No feedloom.yaml in {tmp_path}, and no folder records/")

    @pytest.mark.parametrize("command", ["build", "check"])
    def test_unknown_variables_are_named(self, articles: Path, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
        articles.rename("records")
        before = CliRunner().invoke(main, [command])
        monkeypatch.setenv("FEEDLOOM_SITE_TITEL", "x")
        after = CliRunner().invoke(main, [command])
        note = "note: unknown variable ignored: FEEDLOOM_SITE_TITEL (did you mean FEEDLOOM_SITE_TITLE?)\n"
        assert (after.exit_code, after.stderr.count(note)) == (before.exit_code, 1)
        assert note not in before.stderr
        monkeypatch.setenv("FEEDLOOM_X", "x")
        assert "note: unknown variables ignored: " in CliRunner().invoke(main, [command]).stderr

    def test_unknown_variables_are_not_named_when_quiet(self, articles: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        articles.rename("records")
        monkeypatch.setenv("FEEDLOOM_SITE_TITEL", "x")
        ran = CliRunner().invoke(main, ["build", "-q"])
        assert (ran.exit_code, ran.output) == (0, "")
