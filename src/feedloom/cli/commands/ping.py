"""feedloom ping."""

import sys
from typing import Any

import click

from feedloom.cli import options


@click.command()
@click.argument("feeds", metavar="[FEED]...", nargs=-1)
@options.config
@options.output
@click.option("--site-url", metavar="URL", help="URL where the feeds are published.")
@click.option("--state", type=options.PATH, metavar="FILE", help="Cache file (default: in .feedloom/).")
@click.option("--all", "everything", is_flag=True, help="Announce feeds that did not change, too.")
@click.option("--dry-run", is_flag=True, help="Show what would be announced; send nothing.")
@options.deployed
@click.option("--log-json", is_flag=True, help="Print one line of JSON instead of the summary.")
@click.option("-q", "--quiet", is_flag=True, help="Print only errors.")
def command(
    feeds: tuple[str, ...],
    everything: bool,
    dry_run: bool,
    deployed: float,
    log_json: bool,
    quiet: bool,
    **overrides: Any,
) -> None:
    """Tell WebSub hubs which feeds changed.

    Subscribers then get new entries at once. Set site.hub to the URL of a hub.

    Builds remember what changed. What a hub did not take stays for the next ping, for 24 hours. Name feeds by path or name.

    \b
    feedloom ping                         after the feeds are deployed
    feedloom ping --deployed 600          wait for a slow host
    feedloom ping --all topics/ai         announce one feed again
    feedloom build --ping                 for a folder that is served
    """
    from feedloom.cli import configuration, pinging

    options.exclusive(dry_run=dry_run, deployed=deployed)
    config = configuration.loaded(quiet=quiet, **overrides)
    code = pinging.run(config, feeds, everything=everything, dry_run=dry_run, deployed=deployed, log_json=log_json, quiet=quiet)
    sys.exit(code)
