"""Run all trials, tell how many there were, and keep the figures of a long run in docs/reliability.md."""

import argparse
import os
import random
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from feedloom.site import syncfs
from tests.crash import faults
from tests.crash.parts import (
    Part,
    Trials,
    any_moment,
    at_once,
    damaged_state,
    every_call,
    load,
    refused,
    small_disk,
    started,
    tried,
)
from tests.crash.trial import NAMES, NAMES_AT_ONCE, case

DOCUMENT = Path(__file__).parent.parent.parent / "docs" / "reliability.md"
MARKS = ("<!-- figures: make crash -->\n", "<!-- end -->\n")


def _table(trials: Trials) -> str:
    lines = ["| what was done | times | how the build ended |", "| --- | --- | --- |"]
    for part, times in trials.tried.items():
        ends = "; ".join(f"{end}: {count:,}" for end, count in trials.ends[part].most_common())
        lines.append(f"| {part} | {times:,} | {ends} |")
    losses = len(trials.losses) or "none"
    longest = f"The longest time from SIGTERM or SIGINT to the end of a build: {trials.longest:.2f} s."
    lines += ["", f"{sum(trials.tried.values()):,} trials. Losses: {losses}. {longest}", ""]
    return "\n".join(lines)


def _can_flush_at_once(folder: str) -> bool:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        return syncfs.can_flush(descriptor)
    finally:
        os.close(descriptor)


def main() -> None:
    """Exits with 1 where anything was lost."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description=__doc__)
    parser.add_argument("--long", action="store_true", help="every failure of every call, and five times the moments")
    parser.add_argument("--seed", type=int, default=time.time_ns() % 1_000_000, help="what chance begins with")
    parser.add_argument("--write", action="store_true", help="keep the figures in docs/reliability.md")
    given = parser.parse_args()
    if not faults.is_loaded():
        with tempfile.TemporaryDirectory(prefix="feedloom-faults-") as folder:
            sys.exit(faults.run_again(Path(folder)))
    is_root = os.geteuid() == 0
    if not is_root:
        print("Not root: small disks and refused places are left out.", file=sys.stderr)
        if "CI" in os.environ:
            sys.exit(1)
    # To flush to a disk takes half of the time; only a long run does it.
    memory = "/dev/shm" if os.path.isdir("/dev/shm") and not given.long else None
    with tempfile.TemporaryDirectory(prefix="feedloom-crash-", dir=memory) as folder:
        os.chmod(folder, 0o755)  # another user is to find the records
        tempfile.tempdir = folder
        begin = time.monotonic()
        load(folder)
        parts: list[tuple[Part, str]] = [(any_moment, "large"), *((every_call, name) for name in NAMES)]
        if _can_flush_at_once(folder):
            parts += [(every_call, name) for name in NAMES_AT_ONCE]
        if is_root:
            parts += [(part, name) for name in NAMES for part in (small_disk, refused)]
        parts += [(damaged_state, "warm")]
        tasks = [(part, name, f"{given.seed}.{number}", given.long) for number, (part, name) in enumerate(parts)]
        trials = Trials(Path(folder), random.Random(given.seed), long=given.long)
        # Not forked: each process counts the calls of its own builds.
        with ProcessPoolExecutor(os.cpu_count(), get_context("spawn"), load, (folder,)) as processes:
            started_too = processes.submit(started, (f"{given.seed}.init", given.long))
            for done in processes.map(tried, tasks):
                trials.add(done)
            trials.add(started_too.result())
        at_once(trials, case("large", Path(folder) / "large"))
    took = f"seed {given.seed}, {time.monotonic() - begin:.0f} s"
    print(_table(trials) + took)
    if given.write:
        text = DOCUMENT.read_text()
        head, rest = text.split(MARKS[0])
        DOCUMENT.write_text(head + MARKS[0] + _table(trials) + MARKS[1] + rest.split(MARKS[1])[1])
    sys.exit(bool(trials.losses))


if __name__ == "__main__":
    main()
