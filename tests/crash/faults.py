"""What can go wrong with a call that changes files: `faults.c`, compiled and loaded before Python is."""

import ctypes
import errno
import os
import subprocess
import sys
from enum import IntEnum
from pathlib import Path
from typing import NamedTuple

_SOURCE = Path(__file__).with_suffix(".c")


class Call(IntEnum):
    """The calls that are counted."""

    CREATE, WRITE, SYNC, RENAME, UNLINK, MKDIR, TRUNCATE, MODE, SYNCFS = range(9)


class Action(IntEnum):
    """What becomes of a call: it is counted, nothing is done of it or half of it before all processes are killed, it fails, all
    calls fail from it on, or the folder of the published files is moved away before it."""

    COUNT, KILL, TEAR, FAIL_ONCE, FAIL_ON, MOVE = range(6)


class Fault(NamedTuple):
    """A way to go wrong: for calls of some kinds, with an errno where they fail."""

    name: str
    action: Action
    calls: frozenset[Call] = frozenset(Call)
    error: int = 0


_ROOM = frozenset({Call.CREATE, Call.WRITE, Call.MKDIR})
KILLS = (Fault("killed before it", Action.KILL), Fault("killed in the middle of it", Action.TEAR))
FAILURES = (
    Fault("disk full", Action.FAIL_ON, _ROOM, errno.ENOSPC),
    Fault("quota used up", Action.FAIL_ON, _ROOM, errno.EDQUOT),
    Fault("one I/O error", Action.FAIL_ONCE, frozenset(Call), errno.EIO),
    Fault("I/O errors", Action.FAIL_ON, frozenset({Call.WRITE, Call.SYNC, Call.SYNCFS, Call.TRUNCATE}), errno.EIO),
    Fault("disk read-only", Action.FAIL_ON, frozenset(Call) - {Call.SYNC, Call.SYNCFS}, errno.EROFS),
    Fault("permission lost", Action.FAIL_ON, frozenset({Call.CREATE, Call.RENAME, Call.UNLINK, Call.MKDIR}), errno.EACCES),
    Fault("output moved away", Action.MOVE),
)


def run_again(folder: Path) -> int:
    """Run this program again with the library, which is compiled into a folder, and give its exit code."""
    library = folder / "faults.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", library, _SOURCE, "-ldl"], check=True)
    command = [sys.executable, "-m", "tests.crash", *sys.argv[1:]]
    return subprocess.run(command, env=os.environ | {"LD_PRELOAD": str(library)}).returncode


def is_loaded() -> bool:
    """Whether this is the program as it was started again."""
    return hasattr(ctypes.CDLL(None), "faults_arm")


def arm(fault: Fault, at: int, output: Path) -> None:
    """Let the call of a number (from 0) go wrong in the group of this process."""
    failing = sum(1 << call for call in fault.calls)
    places = (os.fsencode(output), os.fsencode(moved(output)))
    ctypes.CDLL(None).faults_arm(ctypes.c_long(at), int(fault.action), fault.error, failing, *places)


def moved(output: Path) -> Path:
    """Where the folder of the published files is moved to."""
    return output.with_name("moved")


def calls() -> list[Call]:
    """The calls since the last time that something was armed, by any process, in their order."""
    library = ctypes.CDLL(None)
    return [Call(library.faults_call(ctypes.c_long(n))) for n in range(library.faults_count())]
