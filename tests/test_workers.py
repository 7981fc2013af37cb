"""Processes share the work, and nobody sees it in the feeds; when the build ends, however it ends, so do they."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

import feedloom
from feedloom import intake, pipeline, workers
from feedloom.errors import WorkerError
from feedloom.workers import Workers
from tests.conftest import NOW, Site, record


def many(number: int) -> dict[str, str]:
    return {
        f"{n}.md": record(title=f"T{n}", webUrl=f"https://e.example/{n}", topics=f"[A, T{n % 7}]", images="x" if n % 5 else "")
        for n in range(number)
    }


def test_the_bytes_do_not_depend_on_the_processes(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "_FILES_A_TASK", 7)
    monkeypatch.setattr(pipeline, "_FEEDS_A_TASK", 2)
    started = []
    real = workers._started

    def counted(jobs: int) -> Any:
        started.append(jobs)
        return real(jobs)

    monkeypatch.setattr(workers, "_started", counted)
    site.write(many(60))
    reports, outputs = [], []
    for jobs in (1, 2, 3):
        report = site.build(jobs=jobs, state=str(site.state) + str(jobs), output=str(site.output) + str(jobs))
        reports.append((report.records, report.feeds, report.files, report.problems))
        folder = Path(str(site.output) + str(jobs))
        outputs.append({str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()})
    assert started == [2, 3]
    assert reports[0] == reports[1] == reports[2]
    assert outputs[0] == outputs[1] == outputs[2]
    checked = feedloom.check(site.config(jobs=2), now=NOW)
    assert (checked.records, checked.problems) == (reports[0][0], reports[0][3])
    assert len(checked.articles) == 60


def test_a_small_build_stays_in_one_process(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "_started", None)
    assert site.build(many(60), jobs=8).records.published == 60


def exhausted(task: int) -> int:
    if task == 5:
        os.kill(os.getpid(), signal.SIGKILL)
    return task


def refused(task: int) -> int:
    if task == 5:
        raise KeyError(task)
    return task


def test_a_process_that_is_killed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(WorkerError, match="--jobs 1"), Workers(2) as some:
        list(some.map(exhausted, range(9)))


def test_an_error_in_a_process_is_raised_here() -> None:
    with pytest.raises(KeyError), Workers(2) as some:
        list(some.map(refused, range(9)))


HALF = """\
import os, signal, sys, time
from multiprocessing.connection import Connection
from feedloom.errors import WorkerError
from feedloom.workers import Workers

def stops(connection, data):
    os.write(connection.fileno(), data[:9])
    {then}

def half(task):
    if task == 5:
        Connection._send = stops
    return bytes(100_000)

try:
    with Workers(2) as some:
        for done, _ in enumerate(some.map(half, range(9)), 1):
            if {is_enough}:
                time.sleep(1)
                raise KeyError
except (KeyError, WorkerError) as error:
    print(type(error).__name__)
"""


@pytest.mark.parametrize(
    ("then", "is_enough", "ends_with"),
    [("os.kill(os.getpid(), signal.SIGKILL)", "False", "WorkerError"), ("time.sleep(60)", "done == 1", "KeyError")],
)
def test_half_a_result_is_not_waited_for(then: str, is_enough: str, ends_with: str) -> None:
    """A process that is killed from outside, or by an interrupt of the build, while it sends what it found."""
    program = HALF.format(then=then, is_enough=is_enough)
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30)
    assert (ran.stdout, ran.stderr) == (f"{ends_with}\n", "")


def test_only_its_own_processes_are_ended() -> None:
    with multiprocessing.get_context("fork").Pool(1) as mine:
        with pytest.raises(KeyError), Workers(2) as some:
            list(some.map(refused, range(9)))
        assert mine.apply(os.getpid)


def children(parent: int) -> list[int]:
    found = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return [int(child) for child in found]


@pytest.mark.skipif(not os.path.exists("/proc/self/task"), reason="processes are looked up in Linux's /proc")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_an_interrupt_ends_it_at_once(site: Site, how: signal.Signals) -> None:
    """A build that would take half a minute; its processes end with it, and the next build puts everything right."""
    site.write(many(40))
    command = ["build", str(site.records), "-o", str(site.output), "--jobs", "2", "--state", str(site.state)]
    program = (
        "import sys, time; from feedloom import intake, parse; from feedloom.cli import main; real = parse.reading\n"
        "def slow(*values): time.sleep(1.5); return real(*values)\n"
        f"parse.reading = slow; intake._FILES_A_TASK = 4; main({command!r})"
    )
    build = subprocess.Popen([sys.executable, "-c", program], stderr=subprocess.PIPE, text=True, start_new_session=True)
    limit = time.monotonic() + 60
    while len(inside := children(build.pid)) < 2:
        assert time.monotonic() < limit
        time.sleep(0.01)
    os.killpg(build.pid, how) if how == signal.SIGINT else build.send_signal(how)
    _, told = build.communicate(timeout=20)
    assert build.returncode == {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGKILL: -9}[how], told
    assert "Traceback" not in told
    while any(os.path.exists(f"/proc/{child}") for child in inside):
        assert time.monotonic() < limit
        time.sleep(0.01)
    assert site.build().records.published == 40


@pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux alone")
def test_an_interrupt_while_processes_begin_is_the_builds_own(site: Site) -> None:
    """Ctrl-C reaches all processes of a terminal, those too that are a moment old and still have the build's handlers."""
    site.write(many(40))
    command = ["build", str(site.records), "-o", str(site.output), "--jobs", "2", "--state", str(site.state), "-q"]
    program = (
        "import os, signal; from feedloom import intake; from feedloom.cli import main; intake._FILES_A_TASK = 4\n"
        "os.register_at_fork(after_in_child=lambda: os.kill(os.getpid(), signal.SIGINT))\n"
        f"main({command!r})"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert (ran.returncode, ran.stderr) == (0, "")


def test_a_second_interrupt_does_not_cut_off_the_tidying_up(site: Site) -> None:
    """The first one comes before a file takes its place, the others while those beside their places are removed."""
    site.write(many(5))
    command = ["build", str(site.records), "-o", str(site.output), "--jobs", "1", "--state", str(site.state)]
    program = (
        "import os, signal; from feedloom.cli import main; real = os.unlink\n"
        "def interrupted(*_): os.kill(os.getpid(), signal.SIGINT)\n"
        "def unlink(path): os.kill(os.getpid(), signal.SIGINT); os.kill(os.getpid(), signal.SIGTERM); real(path)\n"
        f"os.replace = interrupted; os.unlink = unlink; main({command!r})"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (ran.returncode, ran.stderr) == (130, "feedloom: interrupted; what was published stands\n")
    assert site.files() == {}
