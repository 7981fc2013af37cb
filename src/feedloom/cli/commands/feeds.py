"""feedloom feeds."""

from typing import Any

import click

from feedloom.cli import options

_ORDERS = ("name", "entries", "newest")


@click.command()
@click.argument("words", nargs=-1)
@options.config
@options.output
@click.option(
    "--sort", type=click.Choice(_ORDERS), default="name", help="Most entries or the newest first (default: by kind and name)."
)
@options.as_json
def command(words: tuple[str, ...], sort: str, as_json: bool, **overrides: Any) -> None:
    """List the published feeds.

    Shows the number of entries, the newest date, and a chart of the last twelve months. WORDS choose feeds:
    all of them must be in the name or the domain, or be the kind.

    \b
    feedloom feeds                        list the feeds in the output folder
    feedloom feeds robot --sort entries   feeds about robots, the largest first
    feedloom feeds -o public --json       as in catalog.json
    """
    from feedloom.cli import configuration, printing, reports
    from feedloom.errors import NoFeedError
    from feedloom.site import catalog

    pairs = catalog.published_feeds(configuration.loaded(**overrides))
    chosen = [(feed, entry) for feed, entry in pairs if catalog.matches(feed, words)]
    if sort == "entries":
        chosen.sort(key=lambda pair: -pair[0].total)
    elif sort == "newest":
        chosen.sort(key=lambda pair: pair[0].updated.timestamp() if pair[0].updated else float("-inf"), reverse=True)
    if not chosen:
        raise NoFeedError(
            f"{' '.join(words)}: no feed has this name, domain, kind or path; feedloom feeds lists all {len(pairs):,}"
        )
    if as_json:
        printing.say_to_programs(reports.as_json([entry for _, entry in chosen]))
    else:
        from feedloom.cli import console, tables

        wide = console.console(200)
        console.show([tables.feeds([feed for feed, _ in chosen], wide)], wide)
