"""feedloom feeds."""

from typing import Any

import click

from feedloom.cli import options


@click.command()
@options.config
@options.output
@options.as_json
def command(as_json: bool, **overrides: Any) -> None:
    """List the feeds that are published.

    Each with its articles, and how many there were in each of the last twelve months.

    \b
    feedloom feeds                        those of feedloom.yaml's output folder
    feedloom feeds -o public --json       as the catalog tells of them
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
