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
@click.option("--strict", is_flag=True, help="Exit with 1 also for warnings.")
@options.report
@click.option("--all", "all_places", is_flag=True, help=f"List all places, not only {_PLACES} per problem.")
def command(report: str | None, strict: bool, all_places: bool, **overrides: Any) -> None:
    """List problems in records, and how to fix them.

    Problems are grouped by cause. Nothing is written. The exit code is 1 if a record is rejected.

    \b
    feedloom check                        check the records of feedloom.yaml
    feedloom check drafts --all           list every place
    feedloom check --report all.json      also write JSON, for programs
    """
    from feedloom.cli import configuration, output, printing, problem_list, progress, reports
    from feedloom.pipeline import check

    config = configuration.loaded(**overrides)
    with progress.shown(quiet=False) as bar:
        done = check.check(config, progress=bar)
    printing.note(done.fallbacks)
    if report:
        reports.write(report, reports.as_json({"records": done.records, "problems": done.problems}), reports.REPORT)
    if report != "-":
        for line in problem_list.lines(done.problems, None if all_places else _PLACES):
            printing.say(line)
        printing.say(output.would_publish(done.records))
        if not done.records.published:
            printing.say(output.why_nothing(done.records, "listed above"))
    if done.records.rejected or (strict and done.problems):
        sys.exit(1)
