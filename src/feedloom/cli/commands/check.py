"""feedloom check."""

import sys
from typing import Any

import click

from feedloom.cli import options

_PLACES = 10
"""How many places of each cause are printed without --all."""


@click.command()
@options.records
@options.config
@options.unpublished
@click.option("--strict", is_flag=True, help="Exit with 1 where there is a warning, too.")
@options.report
@click.option("--all", "all_places", is_flag=True, help=f"Name every place, not the first {_PLACES} of each cause.")
def command(report: str | None, strict: bool, all_places: bool, **overrides: Any) -> None:
    """Name what is wrong with the records, and how to mend it.

    Problems are grouped by their causes; nothing is written. Exits with 1 where a record is rejected.

    \b
    feedloom check                        what a build would say, with the fixes
    feedloom check drafts --all           every place in a folder
    feedloom check --report all.json      for programs
    """
    from feedloom.cli import configuration, output, printing, problem_list, progress, reports
    from feedloom.pipeline import build

    config = configuration.loaded(**overrides)
    with progress.shown(quiet=False) as bar:
        done = build.check(config, progress=bar)
    printing.note(done.fallbacks)
    if report:
        reports.write(report, reports.as_json({"records": done.records, "problems": done.problems}), reports.REPORT)
    if report != "-":
        for line in problem_list.lines(done.problems, None if all_places else _PLACES):
            printing.say(line)
        printing.say(output.would_publish(done.records))
        if not done.records.published:
            printing.say(output.why_nothing(done.records, "each is named above"))
    if done.records.rejected or (strict and done.problems):
        sys.exit(1)
