"""Streams that are full, closed or no longer read: an exit code and at most a line, never Python's own words."""

import io
import os
import select
import signal
import subprocess
import sys
from itertools import chain
from pathlib import Path

import click
import pytest

from feedloom.cli import main, streams
from tests.conftest import record

FULL = "feedloom: standard output cannot be written: No space left on device\n"
FEEDLOOM = [sys.executable, "-m", "feedloom"]
COMMANDS = [
    "--help",
    "--version",
    "adopt --help",
    "export shards --records articles",
    "build articles",
    "build articles --log-json",
    "build articles --report -",
    "check articles",
    "check articles --report -",
    "completion zsh",
    "explain articles/a.md --records articles",
    "explain articles/a.md --records articles --json",
    "feeds",
    "feeds --json",
    "init new",
    "ping --help",
    "profile",
    "prune",
    "prune --help",
    "schema",
    "serve --help",
    "show all",
    "stats articles",
    "stats articles --html -",
    "stats articles --json",
]
needs_full = pytest.mark.skipif(not os.path.exists("/dev/full"), reason="only Linux has a device that is always full")


@pytest.fixture(autouse=True)
def _built(tmp_path: Path) -> None:
    Path("articles").mkdir()
    Path("articles/a.md").write_text(record(topics="[AI]", provider="{domain: p.example}"))
    shell("build articles -q")


def shell(command: str, redirected: str = "", **environment: str) -> "subprocess.CompletedProcess[str]":
    line = f'"$@" {command} {redirected}'
    given = {**os.environ, **environment}
    return subprocess.run(["sh", "-c", line, "sh", *FEEDLOOM], env=given, capture_output=True, text=True, timeout=60)


def test_every_command_is_tried() -> None:
    assert {command.split()[0] for command in COMMANDS} == {*chain(*main.COMMANDS.values()), "--help", "--version"}


@needs_full
@pytest.mark.parametrize("command", COMMANDS)
def test_a_full_disk_behind_standard_output(command: str) -> None:
    """Also where Python keeps what is printed until the end."""
    ran = shell(command, ">/dev/full")
    assert (ran.returncode, ran.stderr) == (1, FULL)


@needs_full
@pytest.mark.parametrize("command", ["--version", "build articles", "feeds"])
def test_a_full_disk_behind_a_stream_without_a_buffer(command: str) -> None:
    ran = shell(command, ">/dev/full", PYTHONUNBUFFERED="1")
    assert (ran.returncode, ran.stderr) == (1, FULL)


@needs_full
@pytest.mark.parametrize("command", ["--help", "build articles", "show all"])
def test_a_full_disk_behind_both(command: str) -> None:
    ran = shell(command, ">/dev/full 2>/dev/full")
    assert (ran.returncode, ran.stdout, ran.stderr) == (1, "", "")


@needs_full
def test_messages_that_are_lost_are_a_failure_and_results_go_on() -> None:
    Path("articles/b.md").write_text("")
    ran = shell("build articles --force", "2>/dev/full")
    assert (ran.returncode, ran.stdout.splitlines()[0]) == (1, "Published 1 of 2 records (1 rejected) in 3 feeds.")


@needs_full
@pytest.mark.parametrize(
    ("command", "code"), [("feeds", 0), ("bild", 2), ("build --limit x", 2), ("build nowhere", 2), ("show nothing", 1)]
)
def test_an_error_keeps_its_code_though_it_cannot_be_told(command: str, code: int) -> None:
    assert shell(command, "2>/dev/full").returncode == shell(command, "2>/dev/full >/dev/null").returncode == code


@pytest.mark.parametrize("command", COMMANDS)
def test_closed_streams(command: str) -> None:
    ran = shell(command, "<&- >&- 2>&-")
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-"])
@pytest.mark.parametrize("command", ["--help", "build articles", "show all"])
def test_a_closed_stream(command: str, closed: str) -> None:
    ran = shell(command, closed)
    assert (ran.returncode, bool(ran.stdout), ran.stderr) == (0, closed != ">&-", "")


def test_nothing_that_is_opened_takes_the_place_of_a_closed_stream() -> None:
    program = (
        "import os; from feedloom.cli import streams\n"
        "with streams.checked():\n"
        "    first = os.open('articles/a.md', os.O_RDONLY)\n"
        "open('descriptor', 'w').write(str(first))\n"
    )
    subprocess.run(["sh", "-c", '"$@" <&- >&- 2>&-', "sh", sys.executable, "-c", program], check=True)
    assert int(Path("descriptor").read_text()) > 2


@pytest.mark.parametrize("command", ["--help", "feeds", "show all", "schema", "stats articles --json", "build articles"])
def test_nobody_reads_any_more(command: str) -> None:
    for unbuffered in ("", "1"):
        reading, writing = os.pipe()
        os.close(reading)
        environment = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
        ran = subprocess.run([*FEEDLOOM, *command.split()], env=environment, stdout=writing, stderr=subprocess.PIPE)
        os.close(writing)
        assert (ran.returncode, ran.stderr) == (1, b"")


def test_a_pipe_that_does_not_block(monkeypatch: pytest.MonkeyPatch) -> None:
    """As some programs hand it down. It is read only once it is full and the writer waits."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    read: list[bytes] = []
    monkeypatch.setattr(select, "select", lambda *_: read.append(os.read(reading, 1 << 20)))
    with os.fdopen(writing, "w") as stream, monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", stream)
        with streams.checked():
            sys.stdout.write("x" * (1 << 20))
    with open(reading, "rb") as pipe:
        read.append(pipe.read())
    assert len(read) > 2
    assert len(b"".join(read)) == 1 << 20


@needs_full
def test_what_nobody_flushed_is_flushed_in_time() -> None:
    program = "import sys\nfrom feedloom.cli import streams\nwith streams.checked(): sys.stdout.write('x')"
    ran = subprocess.run(["sh", "-c", '"$@" >/dev/full', "sh", sys.executable, "-c", program], capture_output=True, text=True)
    assert (ran.returncode, ran.stderr) == (1, FULL)


def test_streams_of_another_program_are_given_back(capsys: pytest.CaptureFixture[str]) -> None:
    before = sys.stdout, sys.stderr
    with streams.checked():
        click.echo("inside")
    assert (sys.stdout, sys.stderr) == before
    assert capsys.readouterr().out == "inside\n"


def test_streams_that_are_no_files_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    for stream in (io.StringIO(), io.TextIOWrapper(io.BytesIO())):
        monkeypatch.setattr(sys, "stdout", stream)
        with streams.checked():
            assert sys.stdout is stream


def test_an_interrupt_while_starting_is_no_traceback() -> None:
    """The import is held up, so that the interrupt always comes in it."""
    program = (
        "import builtins, sys; real = builtins.__import__\n"
        "def slow(name, *given):\n"
        "    if name == 'click': print('importing', flush=True); import time; time.sleep(60)\n"
        "    return real(name, *given)\n"
        "builtins.__import__ = slow\n"
        "from feedloom.__main__ import run; run()\n"
    )
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout
    assert process.stdout.readline() == b"importing\n"
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=60)[1] == b""
    assert process.returncode == -signal.SIGINT
