"""Run a program as a whole process and tell what it cost: time, memory, and the files it wrote."""

import contextlib
import os
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

_PAUSE = 0.02
"""Seconds between two looks at the memory of a tree of processes."""

Stamps = dict[str, tuple[int, int, int]]
"""Of each file its inode, time of modification and size: what tells whether it was written."""


class Failed(Exception):
    """A program ended with an error, or its output is wrong."""


class Run(NamedTuple):
    """What a run cost. Memory is in bytes: the most that the largest process had, or all processes at once had together."""

    seconds: float
    cpu: float
    memory: int
    files: int
    bytes: int


def run(
    command: Sequence[str],
    *,
    folder: str,
    outputs: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
    together: bool = False,
) -> Run:
    """Run a command in `folder`, and count what it writes below `outputs`. Raises Failed.

    The time counts from before the process is made to after it ended. What earlier runs wrote is on the disk before this one
    starts. To look at the memory of all processes `together` takes time from them: such a run should not count for its time.
    """
    before = stamps(outputs)
    os.sync()
    with open(os.path.join(folder, "errors.txt"), "w+b") as errors:
        started = time.perf_counter()
        process = subprocess.Popen(  # noqa: S603 - the commands of tools.py
            command,
            cwd=folder,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
        )
        with _peak(process.pid, together) as memory:
            _, status, usage = os.wait4(process.pid, 0)
            seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            errors.seek(0)
            raise Failed(f"{' '.join(command)}: exit code {process.returncode}\n{errors.read().decode(errors='replace')}")
    after = stamps(outputs)
    written = [stamp for path, stamp in after.items() if before.get(path) != stamp]
    return Run(
        seconds=seconds,
        cpu=usage.ru_utime + usage.ru_stime,
        memory=memory[0],
        files=len(written),
        bytes=sum(size for _, _, size in written),
    )


def cpu(pid: int) -> float:
    """The CPU seconds of a process and its descendants until now."""
    return sum(map(own_cpu, tree(pid)))


def own_cpu(pid: int) -> float:
    """The CPU seconds of a process alone until now; 0 if it has ended."""
    with contextlib.suppress(OSError), open(f"/proc/{pid}/stat", encoding="utf-8") as file:
        fields = file.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return 0


def stamps(places: Sequence[str]) -> Stamps:
    """The stamps of files, and of all files below folders. What is not there has none."""
    found = {}
    for place in places:
        paths = (
            [place]
            if os.path.isfile(place)
            else [os.path.join(top, name) for top, _, names in os.walk(place) for name in names]
        )
        for path in paths:
            status = os.stat(path)
            found[path] = (status.st_ino, status.st_mtime_ns, status.st_size)
    return found


@contextlib.contextmanager
def _peak(pid: int, together: bool) -> Iterator[list[int]]:
    """The memory of a process and its descendants, as a list of one number that grows while they run.

    It is looked at from time to time, since the kernel's own account of it (`ru_maxrss`) begins with the memory of the process
    that started them.
    """
    peak = [0]
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(_PAUSE):
            members = tree(pid)
            memory = sum(map(share, members)) if together else max(map(_most, members), default=0)
            peak[0] = max(peak[0], memory)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield peak
    finally:
        ended.set()
        thread.join()


def tree(pid: int) -> Iterator[int]:
    """A process and its descendants."""
    yield pid
    with contextlib.suppress(OSError):
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/children", encoding="ascii") as children:
                for child in children.read().split():
                    yield from tree(int(child))


def share(pid: int) -> int:
    """The proportional set size of a process: what it shares with others counts in parts, so that sums are right."""
    return _kilobytes(f"/proc/{pid}/smaps_rollup", "Pss:") * 1024


def _most(pid: int) -> int:
    """The most memory that a process had until now. Costs it nothing."""
    return _kilobytes(f"/proc/{pid}/status", "VmHWM:") * 1024


def _kilobytes(path: str, name: str) -> int:
    """The value of a field. A process that has ended has none."""
    with contextlib.suppress(OSError), open(path, encoding="utf-8") as file:
        for line in file:
            if line.startswith(name):
                return int(line.split()[1])
    return 0
