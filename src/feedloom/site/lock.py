"""A lock on a folder. The system keeps it and releases it when the last process that has it ends, however that ends."""

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
"""Seconds in which a lock should be free that no living process seems to have: those of a killed build take milliseconds to
end. If it is not, its holder is hidden, in a container say."""


def check_wait(wait: float) -> None:
    """Raise ConfigError where a wait is no number of seconds: by `nan` and `inf` it would never end."""
    if not (math.isfinite(wait) and wait >= 0):
        raise ConfigError(f"wait must be a number of seconds, 0 or more, not {wait:g}")


@contextlib.contextmanager
def hold(folder: str, wait: float) -> Iterator[int]:
    """Hold the lock of a folder that is there, and give the folder's descriptor.

    It is the folder itself that is locked (flock(2)), so nothing is written for it and nothing is left behind. Processes that
    are forked meanwhile share it. Raises OSError, and LockError where another process holds it for longer than `wait` seconds.
    """
    import fcntl

    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        until = time.monotonic() + wait
        while not _taken(descriptor):
            late = time.monotonic() - until
            holder = _holder(os.fstat(descriptor).st_ino)
            if late >= holder.leaves_within:
                raise LockError(f"{folder}: {holder}: nothing was done; --wait SECONDS waits for it")
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
    """Who holds a lock, and since when it runs, where the system tells; it lets go within some seconds if it is about to."""

    leaves_within: float = 0
    pid: int | None = None
    since: datetime | None = None

    def __str__(self) -> str:
        who = f", process {self.pid}" if self.pid else ""
        since = f", since {dates.rfc3339(self.since)}" if self.since else ""
        return f"another build holds it{who}{since}"


def _holder(inode: int) -> _Holder:
    """Who has a lock on the file with this number (proc(5), /proc/locks); only Linux tells."""
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
    """A process as proc(5), /proc/pid/stat, tells of it: `state` is its 3rd field, `starttime` its 22nd, in ticks."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            fields = file.read().rpartition(")")[2].split()
    except OSError:
        return _Holder(_ENDING, pid)
    age = time.clock_gettime(time.CLOCK_BOOTTIME) - int(fields[19]) / os.sysconf("SC_CLK_TCK")
    return _Holder(_ENDING if fields[0] in "ZX" else 0, pid, datetime.fromtimestamp(time.time() - age, UTC))
