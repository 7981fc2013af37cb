"""feedloom feeds."""

from typing import Any

import click

from feedloom.cli import options


@click.command()
@options.config
@options.output
@options.as_json
def command(as_json: bool, **overrides: Any) -> None:
    """List the published feeds.

    Shows the number of entries, the newest date, and a chart of the last twelve months.

    \b
    feedloom feeds                        list the feeds in the output folder
    feedloom feeds -o public --json       as in catalog.json
    """
    from feedloom.cli import configuration, printing, reports
    from feedloom.site import catalog

    config = configuration.loaded(**overrides)
    if as_json:
        printing.say_to_programs(reports.as_json(catalog.published_feeds(config)))
    else:
        from feedloom.cli import console, tables

        wide = console.console(200)
        console.show([tables.feeds(catalog.feeds(config), wide)], wide)
