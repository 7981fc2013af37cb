"""Options and arguments that several commands share."""

import click

from feedloom.errors import ConfigError

PATH = click.Path(readable=False)
"""For shell completion only; opening it reports errors."""

records = click.argument("records", required=False, type=PATH)
config = click.option(
    "-c",
    "--config",
    "file",
    type=click.Path(dir_okay=False),
    metavar="FILE",
    envvar="FEEDLOOM_CONFIG",
    help="Settings file (default: feedloom.yaml).",
)
output = click.option(
    "-o",
    "--output",
    type=PATH,
    metavar="DIR",
    help="Folder of the feeds, or a URL: s3://BUCKET/PREFIX (default: feeds).",
)
unpublished = click.option("--include-unpublished", is_flag=True, help="Include unpublished records and drafts.")
report = click.option("--report", type=PATH, metavar="FILE", help="Write counts and problems as JSON (-: standard output).")
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")


def seconds(context: click.Context, option: click.Parameter, wait: float) -> float:
    """A number of seconds to wait, as a click callback."""
    from feedloom.site import lock

    try:
        lock.check_wait(wait)
    except ConfigError as error:
        raise click.BadParameter(str(error), context, option) from None
    return wait


def exclusive(**given: object) -> None:
    """Raise UsageError if two of these options are given, which contradict each other."""
    names = [f"--{name.replace('_', '-')}" for name, value in given.items() if value]
    if len(names) > 1:
        raise click.UsageError(f"{names[0]} and {names[1]} contradict each other; leave one of them out")


no_lock = click.option("--no-lock", is_flag=True, help="Do not lock object storage; you make sure that only one build runs.")
wait = click.option(
    "--wait",
    type=float,
    default=0,
    metavar="SECONDS",
    callback=seconds,
    help="Wait this long for another build to end (default: 0).",
)
deployed = click.option(
    "--deployed",
    type=float,
    default=0,
    metavar="SECONDS",
    callback=seconds,
    help="Before telling hubs, wait this long until the feeds are published at site.url (default: 0).",
)
