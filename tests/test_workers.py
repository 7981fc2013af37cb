"""Processes share the work, and nobody sees it in the feeds; when the build ends, however it ends, so do they."""

import errno
import gc
import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import feedloom
from feedloom.errors import WorkerError
from feedloom.pipeline import ingest, rendering, workers
from feedloom.pipeline.workers import Workers
from feedloom.records import scan
from feedloom.site import lock
from tests.conftest import NOW, Site, record


def many(number: int) -> dict[str, str]:
    return {
        f"{n}.md": record(title=f"T{n}", webUrl=f"https://e.example/{n}", topics=f"[A, T{n % 7}]", images="x" if n % 5 else "")
        for n in range(number)
    }


def counted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The numbers of the processes that are started from now on."""
    started: list[int] = []
    for start in ("_forked", "_spawned"):
        real = getattr(workers, start)

        def begun(*values: Any, real: Any = real) -> Any:
            process = real(*values)
            started.append(process.pid)
            return process

        monkeypatch.setattr(workers, start, begun)
    return started


@pytest.fixture(params=["forked", "spawned"])
def _started(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each way to start a process, whatever the threads of the tests."""
    monkeypatch.setattr(workers, "_is_alone", lambda: request.param == "forked")


both_ways = pytest.mark.usefixtures("_started")


@both_ways
def test_the_bytes_do_not_depend_on_the_processes(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest, "_FILES_A_TASK", 7)
    monkeypatch.setattr(rendering, "_FEEDS_A_TASK", 2)
    started = counted(monkeypatch)
    site.write(many(60))
    reports, outputs = [], []
    for jobs in (1, 2, 3):
        report = site.build(jobs=jobs, state=str(site.state) + str(jobs), output=str(site.output) + str(jobs))
        reports.append((report.records, report.feeds, report.files, report.problems))
        folder = Path(str(site.output) + str(jobs))
        outputs.append({str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()})
    assert len(started) == 2 + 3
    assert reports[0] == reports[1] == reports[2]
    assert outputs[0] == outputs[1] == outputs[2]
    checked = feedloom.check(site.config(jobs=2), now=NOW)
    assert (checked.records, checked.problems) == (reports[0][0], reports[0][3])
    assert len(checked.articles) == 60


@both_ways
def test_processes_list_the_folders_of_a_large_site(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan, "_MANY", 1)
    started = counted(monkeypatch)
    site.build({f"{n % 5}/{n}.md": text for n, text in enumerate(many(20).values())}, jobs=1)
    assert not started
    ends: list[int] = []
    real = Workers.end

    def end(all_of_them: Workers) -> None:
        ends.append(len(all_of_them._processes))
        real(all_of_them)

    monkeypatch.setattr(Workers, "end", end)
    assert site.build(jobs=2).files.written == 0
    assert len(started) == 2
    assert (ends[0], sum(ends)) == (2, 2), "before anything else is done"


@both_ways
def test_processes_that_start_quickly_list_the_folders_of_a_first_build(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan, "_SOME", 1)
    started = counted(monkeypatch)
    texts = {f"{n % 5}/{n}.md": text for n, text in enumerate(many(20).values())}
    assert site.build(texts, jobs=2).records.published == 20
    assert len(started) == (2 if Workers(2).start_quickly() else 0)
    before = len(started)
    assert site.build(jobs=2).files.written == 0
    assert len(started) == before


@both_ways
def test_processes_that_start_quickly_list_the_folders_that_are_known(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = {f"{n % 5}/{n}.md": text for n, text in enumerate(many(20).values())}
    site.build(texts, jobs=1)
    started = counted(monkeypatch)
    monkeypatch.setattr(scan, "_KNOWN", 20)
    assert site.build(jobs=2).files.written == 0
    assert len(started) == (2 if Workers(2).start_quickly() else 0)
    before = len(started)
    monkeypatch.setattr(scan, "_KNOWN", 21)
    assert site.build(jobs=2).files.written == 0
    assert len(started) == before


def test_a_small_build_stays_in_one_process(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    started = counted(monkeypatch)
    assert site.build(many(60), jobs=8).records.published == 60
    assert started == []


def exhausted(task: int) -> int:
    if task == 5:
        os.kill(os.getpid(), signal.SIGKILL)
    return task


def refused(task: int) -> int:
    if task == 5:
        raise KeyError(task)
    return task


def doubled(task: bytes) -> bytes:
    return task * 2


def halting(task: int) -> tuple[int, int]:
    """The first tasks take longer."""
    time.sleep(0.02 if task < 20 else 0)
    return task, os.getpid()


class Counter:
    """Tells which copy of it was called how often."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, task: int) -> tuple[int, int]:
        self.calls += 1
        time.sleep(0.01)
        return os.getpid(), self.calls


class Odd(Exception):
    """Cannot be made again from what it says."""

    def __init__(self, one: int, other: int) -> None:
        super().__init__(f"{one} and {other}")


def odd(task: int) -> int:
    raise Odd(task, task)


@both_ways
def test_results_come_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """Large ones too, both ways at a time: whoever waits until the other reads does not read itself."""
    started = counted(monkeypatch)
    tasks = [bytes([n]) * (n % 5) * 300_000 for n in range(40)]
    with Workers(3) as some:
        for _ in range(2):
            assert list(some.map(doubled, tasks)) == [task * 2 for task in tasks]
    assert len(started) == 3


@both_ways
def test_a_process_does_tasks_that_follow_each_other_until_it_helps_another_one() -> None:
    with Workers(2) as some:
        found = dict(some.spread(halting, abs, 40))
        assert sorted(some.spread(doubled, bytes, 9)) == [bytes(2 * task) for task in range(9)]
    assert sorted(found) == list(range(40))
    turns = [task for task in range(1, 40) if found[task] != found[task - 1]]
    assert len(turns) == 1, "the second one helps from the end of the first one's part"
    assert 1 < turns[0] < 20
    with Workers(6) as some:
        list(some.map(doubled, [b"a"] * 6))
        assert sorted(some.spread(doubled, bytes, 2)) == [b"", bytes(2)]
    with Workers(1) as alone:
        assert list(alone.spread(halting, abs, 30)) == [(task, os.getpid()) for task in range(30)]


@both_ways
def test_no_more_processes_than_tasks(monkeypatch: pytest.MonkeyPatch) -> None:
    started = counted(monkeypatch)
    with Workers(64) as some:
        assert list(some.map(doubled, [b"a"] * 5)) == [b"aa"] * 5
        assert len(started) == 5
        list(some.map(doubled, [b"a"] * 7))
        assert len(started) == 7
    assert some.fallbacks == ()
    for pid in started:
        with pytest.raises(ChildProcessError):
            os.waitpid(pid, 0)


@both_ways
@pytest.mark.parametrize("jobs", [1, 2, 8])
@pytest.mark.parametrize("count", [0, 1, 30, 31, 1000])
def test_the_last_tasks_are_the_smallest(count: int, jobs: int) -> None:
    """But where all tasks together are too few for several processes, there are not more of them."""
    sizes = list(workers.shares(count, 10, jobs))
    assert sum(sizes) == count
    assert sizes == sorted(sizes, reverse=True)
    assert max(sizes, default=0) <= 10
    if jobs == 1 or count <= 30:
        assert len(sizes) == -(-count // 10)
    else:
        assert sizes[-2] == 2


def test_a_process_has_one_copy_of_a_function() -> None:
    """So that a copy can keep what it made, for as long as somebody calls it."""
    function = Counter()
    with Workers(2) as some:
        first = list(some.map(function, range(10)))
        again = list(some.map(function, range(10)))
        anew = list(some.map(Counter(), range(10)))
    for found, count in ((first + again, 20), (anew, 10)):
        calls = [max(calls for pid, calls in found if pid == one) for one in {pid for pid, _ in found}]
        assert sum(calls) == count
    assert function.calls == 0


CALLS: list[Callable[[Workers, Callable[[int], int]], Iterator[int]]] = [
    lambda some, function: some.map(function, range(9)),
    lambda some, function: some.spread(function, abs, 9),
]


@both_ways
def test_a_process_that_is_killed_is_told() -> None:
    for call in CALLS:
        with pytest.raises(WorkerError, match="--jobs 1"), Workers(2) as some:
            list(call(some, exhausted))


def test_a_process_that_is_killed_is_told_though_another_one_has_its_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    """As one has that a thread of the caller's forked in the moment in which the pipe was made."""
    monkeypatch.setattr(workers, "_PATIENCE", 0.05)
    monkeypatch.setattr(workers, "_is_alone", lambda: True)
    real = workers._pipes
    kept: list[int] = []

    def leaking() -> tuple[int, ...]:
        made = real()
        kept.extend(map(os.dup, made))
        return made

    monkeypatch.setattr(workers, "_pipes", leaking)
    with pytest.raises(WorkerError, match="--jobs 1"), Workers(2) as some:
        list(some.map(exhausted, range(9)))
    for descriptor in kept:
        os.close(descriptor)


@both_ways
def test_processes_do_not_look_for_garbage() -> None:
    gc.enable()  # a build in this process may have switched it off
    with Workers(2) as some:
        assert list(some.map(_looks_for_garbage, range(4))) == [False] * 4


def _looks_for_garbage(_: int) -> bool:
    return gc.isenabled()


def test_an_error_in_a_process_is_raised_here() -> None:
    for call in CALLS:
        with pytest.raises(KeyError) as raised, Workers(2) as some:
            list(call(some, refused))
        assert "in refused" in "".join(raised.value.__notes__)
    with pytest.raises(RuntimeError, match=r"(?s)in odd.*Odd: . and ."), Workers(2) as some:
        list(some.map(odd, range(9)))


def test_a_build_in_a_thread(site: Site) -> None:
    """In a program that has more of them: what they have locked would stay locked in a fork."""
    site.write(many(30))
    program = (
        "import threading, time, feedloom; from feedloom.pipeline import ingest, rendering, workers\n"
        "ingest._FILES_A_TASK = 3; rendering._FEEDS_A_TASK = 1; workers._forked = None\n"
        f"config = feedloom.load_config(records={str(site.records)!r}, output={str(site.output)!r}, jobs=2)\n"
        "thread = threading.Thread(target=lambda: print(feedloom.build(config).fallbacks)); thread.start(); thread.join()"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert (ran.stdout, ran.stderr) == ("()\n", "")


@pytest.mark.parametrize("how", ["forked", "spawned", "pipe", "none"])
@pytest.mark.parametrize("most", [0, 1, 3])
def test_with_fewer_processes(site: Site, monkeypatch: pytest.MonkeyPatch, how: str, most: int) -> None:
    monkeypatch.setattr(ingest, "_FILES_A_TASK", 7)
    monkeypatch.setattr(workers, "_is_alone", lambda: how != "spawned")
    started: list[int] = []

    def limited(real: Any) -> Any:
        def call(*values: Any, **options: Any) -> Any:
            if len(started) == (3 * most if how == "pipe" else most):
                raise OSError(errno.EAGAIN, "No room")
            started.append(0)
            return real(*values, **options)

        return call

    if how == "none":
        if most != 1:
            pytest.skip("has no number")
        monkeypatch.setattr(workers, "_is_alone", lambda: False)
        monkeypatch.setattr(sys, "executable", "/bin/true")
    elif how == "pipe":
        monkeypatch.setattr(os, "pipe", limited(os.pipe))
    else:
        where, name = (os, "fork") if how == "forked" else (subprocess, "Popen")
        monkeypatch.setattr(where, name, limited(getattr(where, name)))
    before = os.listdir("/proc/self/fd") if os.path.exists("/proc/self/fd") else []
    report = site.build(many(60), jobs=5)
    assert report.records.published == 60
    used = "used one process: no other" if how == "none" or not most else f"used {most} of 5 processes: no more"
    assert report.fallbacks[0].startswith(f"{used} could be started (")
    assert len(os.listdir("/proc/self/fd") if os.path.exists("/proc/self/fd") else []) == len(before)


def test_a_fallback_is_one_line_that_cron_does_not_see(site: Site) -> None:
    site.write({name: text for name, text in many(200).items() if "images" not in text})
    program = "import os, sys; from feedloom.cli.main import main; from feedloom.pipeline import ingest\n"
    program += "ingest._FILES_A_TASK = 7\n"
    program += "def refuse(): raise BlockingIOError(11, 'No room')\n"
    program += "os.fork = refuse; main(sys.argv[1:])"
    places = [str(site.records), "-o", str(site.output), "--state", str(site.state), "--jobs", "3", "--no-cache"]
    told = "used one process: no other could be started (No room); --jobs 1 avoids this"
    for options, shown in (([], True), (["-q"], False), (["-q", "--log-json"], False), (["--log-json"], True)):
        command = [sys.executable, "-c", program, "build", *places, *options]
        ran = subprocess.run(command, capture_output=True, text=True, check=True)
        assert ran.stderr == (f"note: {told}\n" if shown else "")
        if "--log-json" in options:
            assert json.loads(ran.stdout)["fallbacks"] == [told]
    command = [sys.executable, "-c", program, "check", places[0]]
    ran = subprocess.run(command, capture_output=True, text=True, check=True, env={**os.environ, "FEEDLOOM_JOBS": "3"})
    assert ran.stderr == f"note: {told}\n"


HALF = """\
import os, signal, sys, time
from feedloom.pipeline import workers
from feedloom.errors import WorkerError

def stops(descriptor, data):
    if len(data) < 100_000:
        return whole(descriptor, data)
    os.write(descriptor, len(data).to_bytes(8, "big") + data[:9])
    {then}

def half(task):
    return bytes(100_000 if task == 5 else 9)

whole = workers._write
workers._write = stops
try:
    with workers.Workers(2) as some:
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
        "import sys, time; from feedloom.pipeline import ingest; from feedloom.records import parse\n"
        "from feedloom.cli.main import main; real = parse.reading\n"
        "def slow(*values): time.sleep(1.5); return real(*values)\n"
        f"parse.reading = slow; ingest._FILES_A_TASK = 4; main({command!r})"
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


@pytest.mark.skipif(not os.path.exists("/proc/self/task"), reason="processes are looked up in Linux's /proc")
@pytest.mark.parametrize("is_alone", [True, False])
def test_a_process_ends_with_its_parent_whatever_it_is_at(tmp_path: Path, is_alone: bool) -> None:
    """And the lock that it shares is free then."""
    program = (
        "import time, sys; from feedloom.pipeline import workers; from feedloom.site import lock\n"
        f"workers._is_alone = lambda: {is_alone}\n"
        "with lock.hold(sys.argv[1], 0), workers.Workers(3) as some:\n"
        "    some.map(time.sleep, [300] * 4); print('begun', flush=True); time.sleep(300)"
    )
    build = subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert build.stdout
    assert build.stdout.readline() == "begun\n"
    inside = children(build.pid)
    assert len(inside) == 3
    build.kill()
    build.wait()
    with lock.hold(str(tmp_path), 30):
        limit = time.monotonic() + 60
        while any(os.path.exists(f"/proc/{child}") for child in inside):
            assert time.monotonic() < limit
            time.sleep(0.01)


@pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux alone")
def test_an_interrupt_while_processes_begin_is_the_builds_own(site: Site) -> None:
    """Ctrl-C reaches all processes of a terminal, those too that are a moment old and still have the build's handlers."""
    site.write(many(40))
    command = ["build", str(site.records), "-o", str(site.output), "--jobs", "2", "--state", str(site.state), "-q"]
    program = (
        "import os, signal; from feedloom.pipeline import ingest; from feedloom.cli.main import main\n"
        "ingest._FILES_A_TASK = 4\n"
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
        "import os, signal; from feedloom.cli.main import main; real = os.unlink\n"
        "def interrupted(*_): os.kill(os.getpid(), signal.SIGINT)\n"
        "def unlink(path): os.kill(os.getpid(), signal.SIGINT); os.kill(os.getpid(), signal.SIGTERM); real(path)\n"
        f"os.replace = interrupted; os.unlink = unlink; main({command!r})"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (ran.returncode, ran.stderr) == (130, "feedloom: interrupted; published feeds are intact\n")
    assert site.files() == {}
