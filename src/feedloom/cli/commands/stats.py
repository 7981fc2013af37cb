"""feedloom stats."""

from typing import Any

import click

from feedloom.cli import options


@click.command()
@options.records
@options.config
@options.unpublished
@click.option("--html", type=options.PATH, metavar="FILE", help="Write them as one page, which asks nobody for anything.")
@click.option("--json", "as_json", is_flag=True, help="JSON in place of the plots.")
def command(html: str | None, as_json: bool, **overrides: Any) -> None:
    """Show the numbers: entries a month, topics, providers.

    And why records are left out.

    \b
    feedloom stats                        of the records that feedloom.yaml names
    feedloom stats seeds                  of a folder
    feedloom stats --html stats.html      as a page to show around
    """
    import msgspec

    from feedloom.cli import configuration, output, printing, progress, reports
    from feedloom.config.settings import Groups
    from feedloom.feeds import stats
    from feedloom.pipeline import build

    config = msgspec.structs.replace(configuration.loaded(**overrides), groups=Groups(), feeds=(), archive=False)
    with progress.shown(quiet=False) as bar:
        found = stats.of(build.check(config, progress=bar))
    if html:
        from feedloom.render import stats_page

        reports.write(html, stats_page.page(found, config.site.title).decode(), reports.STATISTICS)
        if html != "-":
            printing.say(f"Wrote {html}")
    elif as_json:
        printing.say_to_programs(reports.as_json(found))
    else:
        from feedloom.cli import charts, console

        printing.say(output.would_publish(found.records))
        if not found.records.published:
            printing.say(output.why_nothing(found.records, "feedloom check tells why"))
        console.show(charts.drawn(found), console.console(80))
