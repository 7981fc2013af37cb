"""Problems as a terminal shows them: a line each, or grouped by code with the fix."""

from collections.abc import Iterable, Iterator
from typing import Any

import click
import msgspec

from feedloom import problems
from feedloom.cli.output import number
from feedloom.model import Problem, printable
from feedloom.problems import Found

_COLOURS = {"rejected": "red", "warning": "yellow"}
_WIDTH = 80
_LINES = 10
"""Problems of each level that a build prints in full."""


def grouped(found: Iterable[Problem], most: int | None) -> Iterator[str]:
    """The lines of `check`: each code with its fix, and at most `most` places. The printer removes colours if needed."""
    for group in problems.grouped(found):
        yield click.style(f"{_heading(group)} [{group.code}]", fg=_COLOURS[group.level], bold=True)
        yield click.wrap_text(group.row.fix, _WIDTH, initial_indent="  ", subsequent_indent="  ")
        for problem in group.problems[:most]:
            yield printable("    " + ": ".join(filter(None, (problem.place, problems.details(problem)))))
        if more := len(group.problems[most:]) if most else 0:
            yield click.style(f"    ... and {more:,} more; --all and --report FILE list them", dim=True)
        yield ""


def lines(found: Iterable[Problem], report: str | None, *, quiet: bool) -> Iterator[str]:
    """The lines of `build`: the first problems of each level, then how many more of each code. No warnings if `quiet`."""
    found = list(found)
    for level, colour in _COLOURS.items():
        named = [problem for problem in found if problem.level == level and not (quiet and level == "warning")]
        for problem in named[:_LINES]:
            yield click.style(str(problem), fg=colour)
        if more := named[_LINES:]:
            others = {problem.record for problem in more} - {problem.record for problem in named[:_LINES]}
            what = number(len(more), "more warning")
            if level == "rejected":
                what = number(len(others), "more record") + " left out" if others else f"{len(more):,} more in these records"
            where = f"see {report}" if report and report != "-" else "run feedloom check"
            yield click.style(f"... and {what}; {where}:", fg=colour)
            for group in problems.grouped(more):
                yield click.style(f"    {len(group.problems):>6,} {group.row.summary} [{group.code}]", fg=colour)


def with_messages(found: msgspec.Struct) -> dict[str, Any]:
    """What has `problems`, as JSON for programs shows it: each problem with its code and its message."""
    fields = {name: value for name, value in msgspec.structs.asdict(found).items() if value is not msgspec.UNSET}
    return fields | {"problems": [_for_programs(problem) for problem in fields["problems"]]}


def _for_programs(problem: Problem) -> dict[str, Any]:
    return {name: getattr(problem, name) for name in ("path", "line", "field", "code", "message", "level")}


def _heading(group: Found) -> str:
    """How many records or warnings, and what is wrong with them."""
    count, records = len(group.problems), group.records
    if group.level == "rejected":
        what = "file" if all(problem.is_of_shard for problem in group.problems) else "record"
        return f"{number(records, what)} left out: {group.row.summary}"
    what = "record" if any(problem.is_of_row for problem in group.problems) else "file"
    where = "" if records == count else f" in {number(records, what)}"
    return f"{number(count, 'warning')}{where}: {group.row.summary}"
