"""feedloom stats."""

from typing import Any

import click

from feedloom.cli import options


@click.command()
@options.records
@options.config
@options.unpublished
@click.option("--html", type=options.PATH, metavar="FILE", help="Write an HTML page (-: standard output).")
@click.option("--public", is_flag=True, help="Leave out what is not published: for visitors of the site.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of charts.")
def command(html: str | None, public: bool, as_json: bool, **overrides: Any) -> None:
    """Show entries per month, topics and providers.

    Also shows why records are left out. Nothing is published.

    \b
    feedloom stats                        for the records of feedloom.yaml
    feedloom stats seeds                  for a folder
    feedloom stats --html stats.html      also write an HTML page
    feedloom stats --html public/stats.html --public
    """
    import msgspec

    from feedloom.cli import configuration, output, printing, progress, reports
    from feedloom.config.settings import Groups
    from feedloom.feeds import stats
    from feedloom.pipeline import check

    if html == "-" and as_json:
        raise click.UsageError("--html - and --json both print to standard output; name a file for --html")
    options.exclusive(public=public, include_unpublished=overrides["include_unpublished"])
    config = msgspec.structs.replace(configuration.loaded(**overrides), groups=Groups(), feeds=(), archive=False)
    with progress.shown(quiet=False) as bar:
        checked = stats.of(check.check(config, progress=bar))
    found = checked.of_articles if public else checked
    if html:
        from feedloom.render import stats_page

        reports.write(html, stats_page.page(found, config).decode(), reports.STATISTICS)
    if as_json:
        printing.say_to_programs(reports.as_json(found))
    elif html:
        if html != "-":
            printing.say(f"Wrote {html}")
    else:
        from feedloom.cli import charts, console

        printing.say(output.number(found.articles, "article") if public else output.would_publish(checked.records))
        if not (found.articles or public):
            printing.say(output.why_nothing(checked.records, config, "feedloom check shows why"))
        console.show(charts.drawn(found), console.console(80))
