"""feedloom prune."""

from typing import Any

import click

from feedloom.cli import options


@click.command()
@options.config
@options.output
@options.wait
@options.no_lock
@click.option("--yes", is_flag=True, help="Remove the retired feeds.")
def command(wait: float, no_lock: bool, yes: bool, **overrides: Any) -> None:
    """List retired feeds; remove them with --yes.

    A feed is retired when no record has its topic or provider any more. Its files stay published, without entries, so that
    its URL keeps working. After prune, feed readers that still ask for it get "not found".

    \b
    feedloom prune                        list them
    feedloom prune --yes                  remove them
    """
    from feedloom.cli import configuration, output, printing
    from feedloom.model import printable
    from feedloom.site import prune

    options.exclusive(no_lock=no_lock, wait=wait)
    config = configuration.loaded(**overrides)
    gone = prune.retired(config)
    for feed in gone:
        printing.say(printable(f"{feed.address}  {feed.name}"))
    if not gone:
        printing.say("No retired feeds.")
    elif yes:
        printing.say(f"Removed {output.number(prune.prune(config, wait=wait, locked=not no_lock), 'file')}.")
    else:
        them = "it" if len(gone) == 1 else "them"
        printing.say(f"{output.number(len(gone), 'retired feed')}; feedloom prune --yes removes {them}.")
