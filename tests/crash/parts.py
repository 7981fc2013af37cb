"""The trials, part by part: each makes builds of a case go wrong in one way, and looks at what they leave."""

import json
import os
import random
import resource
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from feedloom.site import publish
from tests.crash import faults
from tests.crash.faults import Action, Call, Fault
from tests.crash.trial import BESIDE, Case, Loss, Ran, Tree, case, ended, finished, load_all, run, start, tree

NOBODY = 65534
_CHANGED = 0.6
"""How often the records are others when the next build begins."""


class Trials:
    """Counts what was tried, and how it ended; what was lost is told at once."""

    def __init__(self, folder: Path, chance: random.Random, *, long: bool) -> None:
        self.folder = folder
        self.chance = chance
        self.long = long
        self.tried: Counter[str] = Counter()
        self.ends: dict[str, Counter[str]] = {}
        self.losses: list[str] = []
        self.longest = 0.0
        """Seconds between a signal and the end of a build."""

    def one(self, part: str, what: str, trial: Callable[[], str]) -> None:
        """One trial of a part. It gives how the build ended."""
        self.tried[part] += 1
        try:
            end = trial()
        except Loss as loss:
            end = "LOST"
            self.losses.append(f"{part}: {what}: {loss}")
            print(self.losses[-1], file=sys.stderr, flush=True)
        self.ends.setdefault(part, Counter())[end] += 1

    def add(self, others: "Trials") -> None:
        """Count the trials of another process."""
        self.tried += others.tried
        for part, ends in others.ends.items():
            self.ends.setdefault(part, Counter()).update(ends)
        self.losses += others.losses
        self.longest = max(self.longest, others.longest)


Part = Callable[["Trials", Case], None]


def every_call(trials: Trials, case: Case) -> None:
    """Kill a build at every change that it makes to a file, and let every change go wrong."""
    place = case.begun(trials.folder / "trial")
    done = run(case.command(place), partial(_armed, case, Fault("nothing", Action.COUNT), 0, place / "out"))
    assert done.code == 0, done
    calls = faults.calls()
    assert {Call.CREATE, Call.WRITE, Call.SYNC, Call.RENAME, Call.MODE} <= set(calls), calls
    assert (Call.SYNCFS in calls) == case.is_at_once, calls
    for number, call in enumerate(calls):
        failures = [fault for fault in faults.FAILURES if call in fault.calls]
        # The short form tries each call with one way to be killed and one failure, and so each of these with many calls.
        for fault in (
            *(faults.KILLS if trials.long else trials.chance.sample(faults.KILLS, 1)),
            *(failures if trials.long else trials.chance.sample(failures, 1)),
        ):
            part = f"a change to a file: {fault.name}"
            what = f"{case.name}, call {number} ({call.name})"
            for is_changed in (False, True) if trials.long else (trials.chance.random() < _CHANGED,):
                trials.one(
                    f"{part}, other records" if is_changed else part,
                    what,
                    partial(_gone_wrong, trials, case, fault, number, is_changed=is_changed),
                )


def _gone_wrong(trials: Trials, case: Case, fault: Fault, number: int, *, is_changed: bool) -> str:
    place = case.begun(trials.folder / "trial")
    output = place / "out"
    ran = run(case.command(place), partial(_armed, case, fault, number, output))
    if fault in faults.KILLS:
        if ran.code != -signal.SIGKILL:
            raise Loss(f"was not killed: {ran}")
        ended(output)
        case.check(output, may_leave=True)
    elif fault.action == Action.MOVE and faults.moved(output).exists():
        _refused_or_done(ran, case, faults.moved(output), may_leave=True)
        if output.exists():
            raise Loss("published into a folder that is not the one that it began with")
        faults.moved(output).rename(output)
    else:
        _refused_or_done(ran, case, output, may_leave=Call.UNLINK in fault.calls)
    case.check_again(place, is_changed=is_changed)
    return _named(ran)


def _armed(case: Case, fault: Fault, number: int, output: Path) -> None:
    """Prepare the process of a build: how it flushes, and which call goes wrong."""
    if case.is_at_once:
        publish._MANY = 1
    faults.arm(fault, number, output)


def _refused_or_done(ran: Ran, case: Case, output: Path, *, may_leave: bool = False) -> None:
    """It did what it was asked for, or ended with 1 and a line that names the place."""
    if ran.code == 0 and not ran.stderr:
        may_leave = False
    elif ran.code != 1 or ran.stderr.count("\n") != 1 or str(output.parent.parent) not in ran.stderr:
        raise Loss(f"is not told as it should be: {ran}")
    case.check(output, may_leave=may_leave)


def a_start(trials: Trials) -> None:
    """Let every change to a file go wrong while `feedloom init` begins a site."""
    place = trials.folder / "trial"
    shutil.rmtree(place, ignore_errors=True)
    assert run(["init", str(place)], partial(faults.arm, Fault("nothing", Action.COUNT), 0, place)).code == 0
    started = tree(place)
    for number, call in enumerate(faults.calls()):
        for fault in (*faults.KILLS, *(fault for fault in faults.FAILURES if call in fault.calls)):
            if fault.action != Action.MOVE:
                what = f"call {number} ({call.name})"
                trials.one(f"init: {fault.name}", what, partial(_start_gone_wrong, place, started, fault, number))


def _start_gone_wrong(place: Path, started: Tree, fault: Fault, number: int) -> str:
    shutil.rmtree(place, ignore_errors=True)
    ran = run(["init", str(place)], partial(faults.arm, fault, number, place))
    if fault in faults.KILLS:
        if ran.code != -signal.SIGKILL:
            raise Loss(f"was not killed: {ran}")
    elif ran.code not in (0, 1) or ran.stderr.count("\n") != ran.code:
        raise Loss(f"is not told as it should be: {ran}")
    found = tree(place)
    visible = {path: content for path, content in found.items() if not os.path.basename(path).startswith(BESIDE)}
    if any(content != started.get(path) for path, content in visible.items()):
        raise Loss(f"a file is half: {sorted(visible)}")
    if "feedloom.yaml" in found:
        if visible != started:
            raise Loss(f"the configuration is there, and not all that goes with it: {sorted(visible)}")
    elif (again := run(["init", str(place)])).code:
        raise Loss(f"cannot be run again: {again}")
    if left := [path for path in tree(place) if os.path.basename(path).startswith(BESIDE)]:
        raise Loss(f"left behind: {left}")
    built = run(["build", "-c", str(place / "feedloom.yaml"), "-q"])
    if built.code or not (place / "feeds" / "all.atom").exists():
        raise Loss(f"does not build: {built}")
    return "done" if ran.code == 0 else _named(ran)


def any_moment(trials: Trials, case: Case) -> None:
    """Kill, terminate and interrupt builds whose work is shared among processes, at moments that chance chooses."""
    place = case.begun(trials.folder / "trial")
    begin = time.monotonic()
    assert run(case.command(place)).code == 0
    takes = time.monotonic() - begin
    for how, times in ((signal.SIGKILL, 500 if trials.long else 100), (signal.SIGTERM, 100), (signal.SIGINT, 100)):
        for _ in range(times if trials.long else times // 2):
            moment = trials.chance.uniform(0, takes * 1.1)
            trials.one(f"a moment: {how.name}", f"after {moment:.4f} s", partial(_signalled, trials, case, how, moment))


def _signalled(trials: Trials, case: Case, how: signal.Signals, moment: float) -> str:
    place = case.begun(trials.folder / "trial")
    ready, go = os.pipe()

    def begin() -> None:
        if how != signal.SIGKILL:
            # Before the build has a handler of its own, and after: none of the harness's own code may run on in this process.
            signal.signal(how, lambda *_: os._exit(128 + how))
        os.write(go, b".")

    build = start(case.command(place, "--jobs", "2"), begin)
    os.read(ready, 1)
    os.close(ready)
    os.close(go)
    time.sleep(moment)
    os.kill(build.pid, how)
    sent = time.monotonic()
    ran = finished(build)
    if how != signal.SIGKILL:
        trials.longest = max(trials.longest, time.monotonic() - sent)
    ended(place / "out")
    case.check(place / "out", may_leave=how == signal.SIGKILL)
    if ran.code not in (0, -how if how == signal.SIGKILL else 128 + how) or "Traceback" in ran.stderr:
        raise Loss(f"does not end as it should: {ran}")
    case.check_again(place, is_changed=trials.chance.random() < _CHANGED)
    return _named(ran)


def small_disk(trials: Trials, case: Case) -> None:
    """Build on disks of every size that is too small, page by page, or that have too few inodes."""
    step = 1 if trials.long else 3
    sizes = (f"size={pages * 4}k" for pages in range(1, 80, step))
    inodes = (f"nr_inodes={number}" for number in range(2, 70, step))
    for limit in (*sizes, *inodes):
        trials.one(f"a small disk: {limit.split('=')[0]}", f"{case.name}, {limit}", partial(_on_disk, trials, case, limit))


def _on_disk(trials: Trials, case: Case, limit: str) -> str:
    place = trials.folder / "trial"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    with _disk(place, limit):
        try:
            shutil.copytree(case.folder / "before", place, dirs_exist_ok=True)
        except shutil.Error:
            return "too small for what was there"
        ran = run(case.command(place))
        _refused_or_done(ran, case, place / "out")
        subprocess.run(["mount", "-o", "remount,size=64m,nr_inodes=1000", place], check=True)
        case.check_again(place)
    return _named(ran)


@contextmanager
def _disk(place: Path, options: str) -> Iterator[None]:
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", place], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", place], check=True)


def refused(trials: Trials, case: Case) -> None:
    """Build where nothing may be written: as another user, on a disk that is read-only, above a limit, onto a file."""

    def remounted(place: Path) -> None:
        subprocess.run(["mount", "-o", "remount,ro", place], check=True)

    def limited(size: int) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    def onto_a_file(place: Path) -> None:
        shutil.rmtree(place / "out", ignore_errors=True)
        (place / "out").write_bytes(b"")

    def nothing(_: Path = Path()) -> None:
        pass

    ways: list[tuple[str, Callable[[Path], None], Callable[[], object]]] = [
        ("read-only", remounted, nothing),
        ("another user", nothing, partial(os.setresuid, NOBODY, NOBODY, NOBODY)),
        ("a file in its place", onto_a_file, nothing),
        *((f"files of {size} bytes at most", nothing, partial(limited, size)) for size in range(0, 16384, 512)),
    ]
    for what, prepare, before in ways:
        trials.one(
            f"refused: {what.split(' of ')[0]}", f"{case.name}, {what}", partial(_refused, trials, case, prepare, before)
        )


def _refused(trials: Trials, case: Case, prepare: Callable[[Path], None], before: Callable[[], object]) -> str:
    place = trials.folder / "trial"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    with _disk(place, "size=64m"):
        shutil.copytree(case.folder / "before", place, dirs_exist_ok=True)
        prepare(place)
        ran = run(case.command(place), before)
        if (place / "out").is_file():
            if ran.code != 1 or str(place / "out") not in ran.stderr or "Traceback" in ran.stderr:
                raise Loss(f"is not told as it should be: {ran}")
            return _named(ran)
        _refused_or_done(ran, case, place / "out")
        subprocess.run(["mount", "-o", "remount,rw", place], check=True)
        case.check_again(place)
    return _named(ran)


def at_once(trials: Trials, case: Case) -> None:
    """Start two hundred builds at the same moment: one publishes."""
    for _ in range(5 if trials.long else 1):
        trials.one("two hundred builds at once", case.name, partial(_at_once, trials, case))


def _at_once(trials: Trials, case: Case) -> str:
    place = case.begun(trials.folder / "trial")
    gate, opener = os.pipe()

    def wait() -> None:
        os.close(opener)
        os.read(gate, 1)

    builds = [start(case.command(place, "--jobs", "1"), wait) for _ in range(200)]
    os.close(opener)
    os.close(gate)
    ends = Counter(_named(finished(build)) for build in builds)
    if ends.pop("built", 0) != 1 or ends.keys() - {"unchanged", "exit 75"}:
        raise Loss(f"not one of them published: {ends}")
    case.check(place / "out")
    case.check_again(place)
    return ", ".join(f"{count} {end}" for end, count in sorted(ends.items()))


def damaged_state(trials: Trials, case: Case) -> None:
    """Flip a bit in every kilobyte of the cache, and cut it off there."""
    size = (case.folder / "before" / "state.sqlite").stat().st_size
    for kilobyte in range(size // 1024):
        for _ in range(8 if trials.long else 1):
            at = kilobyte * 1024 + trials.chance.randrange(1024)
            bit = 1 << trials.chance.randrange(8)
            trials.one("the cache: a flipped bit", f"{case.name}, {bit} in byte {at}", partial(_damaged, trials, case, at, bit))
        at = kilobyte * 1024
        trials.one("the cache: cut off", f"{case.name}, at byte {at}", partial(_damaged, trials, case, at, None))


def _damaged(trials: Trials, case: Case, at: int, bit: int | None) -> str:
    place = case.begun(trials.folder / "trial")
    with open(place / "state.sqlite", "r+b") as state:
        state.seek(at)
        if bit is None:
            state.truncate()
        else:
            byte = state.read(1)[0]
            state.seek(at)
            state.write(bytes([byte ^ bit]))
    ran = run(case.command(place))
    if bit is not None and (at < 16 or 68 <= at < 72):  # the mark: it could be anybody's file
        if ran.code != 1 or "not a cache file" not in ran.stderr:
            raise Loss(f"is taken: {ran}")
        (place / "state.sqlite").unlink()
        case.check_again(place)
        return _named(ran)
    if ran.code or ran.stderr:
        raise Loss(f"is not built around: {ran}")
    if (place / "state.sqlite").stat().st_mode & 0o077 or not stat.S_ISREG((place / "state.sqlite").stat().st_mode):
        raise Loss("others can read the cache")
    case.check(place / "out")
    case.check_again(place)
    return _named(ran)


def _named(ran: Ran) -> str:
    if ran.code == 0:
        if not ran.stdout.startswith("{"):
            return "pruned"
        return str(json.loads(ran.stdout)["outcome"])
    return f"exit {ran.code}" if ran.code > 0 else f"{signal.Signals(-ran.code).name}"


def load(folder: str) -> None:
    """Make ready to run builds, in this process."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # shells let it be ignored by what runs in the background
    tempfile.tempdir = folder
    load_all(Path(tempfile.mkdtemp()))


def tried(task: tuple[Part, str, str, bool]) -> Trials:
    """All trials of one part and case, in a folder of their own."""
    part, name, seed, long = task
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    trials = Trials(folder, random.Random(seed), long=long)
    part(trials, case(name, folder / name))
    return trials


def started(task: tuple[str, bool]) -> Trials:
    """All trials of `feedloom init`."""
    seed, long = task
    trials = Trials(Path(tempfile.mkdtemp()), random.Random(seed), long=long)
    a_start(trials)
    return trials
