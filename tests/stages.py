"""Run targets of the Makefile as stages: all of them, whatever fails, and a line for each at the end.

    python -m tests.stages lint tests tests-inside@/usr/bin/python3.12

What follows an `@` is the Python to use. Exits with 1 where a stage failed.
"""

import os
import subprocess
import sys
import time

from tests import programs

_ROOT = {"crash-small": "small disks and refused places need root"}


def _skipped(target: str) -> str:
    """What a stage leaves out here, and why."""
    if target == "tests-inside":
        return "left out what takes long or needs other programs, which runs on another Python"
    left_out = "left out what does not depend on the Python" if target == "tests-clean" else ""
    if target in ("tests", "tests-clean") and (absent := programs.missing()):
        skipped = f"skipped what needs {', '.join(absent)}: {programs.how_to_install(absent)}"
        return "; ".join(filter(None, (skipped, left_out)))
    return left_out or (_ROOT.get(target, "") if os.geteuid() else "")


def _run(stage: str) -> tuple[bool, str]:
    """Whether a stage passed, and its line."""
    target, _, python = stage.partition("@")
    if target == "crash-small" and (absent := programs.missing(["cc"])) and not os.environ.get("CI"):
        return True, f"skipped: needs {', '.join(absent)}: {programs.how_to_install(absent)}"
    begin = time.monotonic()
    # All stages are tried, though a shell asked for the first error only.
    code = subprocess.run(["make", "--no-print-directory", target, *([f"PYTHON={python}"] if python else [])]).returncode
    took = f"{time.monotonic() - begin:.0f} s"
    if code:
        return False, f"FAILED after {took}"
    return True, "; ".join(filter(None, (f"passed in {took}", _skipped(target))))


def main(stages: list[str]) -> int:
    """Give the exit code."""
    programs.main()
    ends = {}
    for stage in stages:
        sys.stdout.write(f"--- {stage}\n")
        sys.stdout.flush()
        ends[stage] = _run(stage)
    width = max(map(len, stages))
    sys.stdout.write("\n" + "".join(f"{stage:{width}}  {line}\n" for stage, (_, line) in ends.items()))
    return 0 if all(is_passed for is_passed, _ in ends.values()) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
