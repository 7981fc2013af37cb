"""Problems as a terminal shows them: by their causes, each with the fix and the places below it."""

from collections.abc import Iterable, Iterator

import click

from feedloom import causes
from feedloom.causes import Found
from feedloom.model import Problem

_COLOURS = {"rejected": "red", "warning": "yellow"}
_WIDTH = 80


def lines(problems: Iterable[Problem], most: int | None) -> Iterator[str]:
    """The lines to print, with at most so many places for each cause; colours are for the printer to take out."""
    for found in causes.found(problems):
        yield click.style(_heading(found), fg=_COLOURS[found.level], bold=True)
        yield click.wrap_text(found.cause.fix, _WIDTH, initial_indent="  ", subsequent_indent="  ")
        for problem in found.problems[:most]:
            yield f"    {causes.place(problem)}"
        if more := len(found.problems[most:]) if most else 0:
            yield click.style(f"    ... and {more:,} more: --all names them, and so does --report FILE", dim=True)
        yield ""


def _heading(found: Found) -> str:
    """How many records or warnings, and what is wrong with them."""
    count, files = len(found.problems), found.files
    if found.level == "rejected":
        what = "record left out" if files == 1 else "records left out"
        return f"{files:,} {what}: {found.cause.wrong}"
    warnings = "1 warning" if count == 1 else f"{count:,} warnings"
    where = "" if files == count else " in 1 file" if files == 1 else f" in {files:,} files"
    return f"{warnings}{where}: {found.cause.wrong}"
