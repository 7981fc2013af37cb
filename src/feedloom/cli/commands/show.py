"""feedloom show."""

import contextlib
from typing import Any

import click

from feedloom.cli import options
from feedloom.errors import FeedloomError

_ENTRIES = 10
_PROMPT = 2
"""Lines for the prompts before and after."""


def _completed(context: click.Context, _: click.Parameter, begun: str) -> list[str]:
    """The paths of feeds that begin with what was typed; none if they cannot be read."""
    from feedloom.cli import configuration
    from feedloom.site import catalog

    with contextlib.suppress(FeedloomError):
        config = configuration.loaded(context.params.get("file"), quiet=True, output=context.params.get("output"))
        return [feed.address for feed in catalog.feeds(config) if feed.address.startswith(begun)]
    return []


@click.command()
@click.argument("feed", shell_complete=_completed)
@options.config
@options.output
@click.option(
    "-n", "most", type=click.IntRange(min=1), metavar="N", help="Show N entries (default: as many as fit a terminal, else 10)."
)
def command(feed: str, most: int | None, **overrides: Any) -> None:
    """Show the entries of a feed.

    FEED is the path or the name of a feed, with or without its kind.

    \b
    feedloom show all
    feedloom show topic/ai
    feedloom show "AI in Healthcare" -n 50
    """
    from feedloom.cli import configuration, console, tables
    from feedloom.site import catalog

    config = configuration.loaded(**overrides)
    found = catalog.named(feed, catalog.feeds(config, aliases=True))
    screen = console.console()
    rows = screen.height - _PROMPT if screen.is_terminal and most is None else None
    console.show(tables.entries(found, catalog.shown(found, config), most or _ENTRIES, screen, rows), screen)
