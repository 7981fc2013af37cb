"""feedloom explain."""

from typing import Any

import click

from feedloom.cli import options


@click.command()
@click.argument("record", type=click.Path(dir_okay=False))
@click.option("--records", type=options.PATH, metavar="DIR", help="Folder of all records.")
@options.config
@options.unpublished
@options.as_json
def command(record: str, as_json: bool, **overrides: Any) -> None:
    """Show which feeds include a record, and why others don't.

    Reads all records, as the next build would. Nothing is written.

    \b
    feedloom explain articles/2021-05-21-ai.md
    feedloom explain articles/2021-05-21-ai.md --json
    """
    from feedloom.cli import configuration, printing, problem_list, progress, reports
    from feedloom.pipeline import check

    config = configuration.loaded(**overrides)
    with progress.shown(quiet=False) as bar:
        found = check.explain(config, record, progress=bar)
    if as_json:
        printing.say_to_programs(reports.as_json(problem_list.with_messages(found)))
    else:
        from feedloom.cli import console, tables

        console.show(tables.explanation(found), console.console())
