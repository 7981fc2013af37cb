"""Try case after case until the time is up, or one fails: then keep it, as small as it still fails."""

import argparse
import hashlib
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from tests.fuzz.checks import Failure, Tried, apart
from tests.fuzz.inputs import Case, Inputs

KEPT = ".fuzz"
_SHRINKING = 180
"""Seconds."""


def smaller(case: Case) -> Iterator[Case]:
    """The case without its settings, its changes, one half of its records, the other, and each of them."""
    if case.settings:
        yield case._replace(settings={})
    if case.changes:
        yield case._replace(changes={})
    half = len(case.names) // 2
    for names in (case.names[:half], case.names[half:], *([name] for name in case.names)):
        if names:
            yield case.without(names)


def shrunk(case: Case, failure: Failure, folder: Path) -> tuple[Case, Failure]:
    """As little of a case as fails in the same check, and how it fails."""
    end = time.monotonic() + _SHRINKING
    is_smaller = True
    while is_smaller:
        is_smaller = False
        for less in smaller(case):
            if time.monotonic() > end:
                break
            outcome = apart(less, folder)
            if isinstance(outcome, Failure) and outcome.check == failure.check:
                case, failure, is_smaller = less, outcome, True
                break
    return case, failure


def main() -> None:
    """Exits with 1 where a check failed; the last line is one of JSON."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60, help="how long to go on")
    parser.add_argument("--seed", type=int, default=1, help="what chance begins with")
    parser.add_argument("--again", type=Path, metavar="FOLDER", help="try one case that was kept")
    given = parser.parse_args()
    print(f"seed {given.seed}", file=sys.stderr)
    begin = time.monotonic()
    figures = Tried()
    failures = 0
    memory = "/dev/shm" if os.path.isdir("/dev/shm") else None  # to flush to a disk takes half of the time
    with tempfile.TemporaryDirectory(prefix="feedloom-fuzz-", dir=memory) as place:
        folder = Path(place) / "trial"
        cases = iter([Case.kept(given.again)]) if given.again else Inputs(given.seed).cases()
        for case in cases:
            outcome = apart(case, folder)
            if isinstance(outcome, Failure):
                failures += 1
                _tell(*((case, outcome) if given.again else shrunk(case, outcome, folder)), given.again)
                break
            figures.add(outcome)
            if time.monotonic() - begin > given.seconds:
                break
    told = {"seed": given.seed, "seconds": round(time.monotonic() - begin), **msgspec.structs.asdict(figures)}
    print(msgspec.json.encode({**told, "failures": failures}).decode())
    sys.exit(bool(failures))


def _tell(case: Case, failure: Failure, again: Path | None) -> None:
    if again is None:
        again = Path(KEPT) / hashlib.sha256(repr(case).encode()).hexdigest()[:8]
        case.keep(again)
    check, seen = failure.args
    print(f"{check}: {seen}\nkept, {len(case.records)} records: python -m tests.fuzz --again {again}", file=sys.stderr)


if __name__ == "__main__":
    main()
