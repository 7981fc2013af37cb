"""A lock on a folder. The system releases it when the last process that has it ends."""

import contextlib
import math
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

from feedloom.errors import ConfigError, LockError
from feedloom.values import dates

_PAUSE = 0.02
_ENDING = 2.0
"""Seconds after which a lock without a running holder should be free: the processes of a killed build end in milliseconds. If
it is not, its holder is hidden, for example in a container."""


def check_wait(wait: float) -> None:
    """Raise ConfigError if a wait is not a number of seconds: with `nan` and `inf` it would never end."""
    if not (math.isfinite(wait) and wait >= 0):
        raise ConfigError(f"wait must be a number of seconds, 0 or more, not {wait:g}")


@contextlib.contextmanager
def hold(folder: str, wait: float, what: str = "build") -> Iterator[int]:
    """Lock a folder that exists, and return its descriptor. `what` has it is a build, or an export.

    The folder itself is locked (flock(2)), so no lock file is written or left behind. Processes that are forked meanwhile share
    the lock. Raises OSError, and LockError if another process has it for longer than `wait` seconds.
    """
    import fcntl

    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        until = time.monotonic() + wait
        while not _taken(descriptor):
            late = time.monotonic() - until
            holder = _holder(os.fstat(descriptor).st_ino)
            if late >= holder.leaves_within:
                how = "--wait 60 would wait." if what == "build" else "Run it again later."
                raise LockError(f"{folder}: another {what} is running{holder}; nothing done. {how}")
            time.sleep(_PAUSE)
        yield descriptor
        fcntl.flock(descriptor, fcntl.LOCK_UN)
    finally:
        os.close(descriptor)


def _taken(descriptor: int) -> bool:
    import fcntl

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


class _Holder(NamedTuple):
    """Who has a lock, and since when it runs, if the system says so. If it is ending, the lock is free within some seconds."""

    leaves_within: float = 0
    pid: int | None = None
    since: datetime | None = None

    def __str__(self) -> str:
        since = f", since {dates.rfc3339(self.since)}" if self.since else ""
        return f" (PID {self.pid}{since})" if self.pid else ""


def _holder(inode: int) -> _Holder:
    """Who has a lock on the file with this inode (proc(5), /proc/locks); only Linux says so."""
    try:
        with open("/proc/locks") as file:
            locks = [line.split() for line in file]
    except OSError:
        return _Holder()
    for fields in locks:
        if fields[1] == "FLOCK" and fields[5].rpartition(":")[2] == str(inode):
            return _process(int(fields[4]))
    return _Holder(_ENDING)


def _process(pid: int) -> _Holder:
    """A process in /proc/pid/stat (proc(5)): `state` is the 3rd field, `starttime` the 22nd, in ticks."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            fields = file.read().rpartition(")")[2].split()
    except OSError:
        return _Holder(_ENDING, pid)
    age = time.clock_gettime(time.CLOCK_BOOTTIME) - int(fields[19]) / os.sysconf("SC_CLK_TCK")
    return _Holder(_ENDING if fields[0] in "ZX" else 0, pid, datetime.fromtimestamp(time.time() - age, UTC))
