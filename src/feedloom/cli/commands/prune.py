"""feedloom prune."""

from typing import Any

import click

from feedloom.cli import options


@click.command()
@options.config
@options.output
@options.wait
@click.option("--yes", is_flag=True, help="Remove them.")
def command(wait: float, yes: bool, **overrides: Any) -> None:
    """List the retired feeds, and with --yes remove them.

    A feed is retired when no record names its topic or provider any more. It goes on answering, without entries, until it is
    removed here; whoever still reads it is then told that nothing is there.

    \b
    feedloom prune                        name them
    feedloom prune --yes                  and remove them
    """
    from feedloom.cli import configuration, output, printing
    from feedloom.model import printable
    from feedloom.site import prune

    config = configuration.loaded(**overrides)
    gone = prune.retired(config)
    for feed in gone:
        printing.say(printable(f"{feed.address}  {feed.name}"))
    if not gone:
        printing.say("No feed is retired.")
    elif yes:
        printing.say(f"Removed {output.number(prune.prune(config, wait=wait), 'file')}.")
    else:
        them = "it" if len(gone) == 1 else "them"
        printing.say(f"{output.number(len(gone), 'retired feed')}; feedloom prune --yes removes {them}.")
