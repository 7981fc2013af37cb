"""feedloom check."""

import sys
from typing import TYPE_CHECKING, Any

import click

from feedloom.cli import options

if TYPE_CHECKING:
    from feedloom.config.settings import Config
    from feedloom.report import Check

_PLACES = 10
"""How many places of each code are printed without --all."""


@click.command()
@options.records
@options.config
@options.unpublished
@click.option("--strict", is_flag=True, help="Exit with 1 also for warnings.")
@options.report
@click.option("--links", type=options.PATH, metavar="SITE", help="Compare URLs with a built site: a folder or sitemap.xml.")
@click.option("--all", "all_places", is_flag=True, help=f"List all places, not only {_PLACES} per problem.")
def command(report: str | None, strict: bool, links: str | None, all_places: bool, **overrides: Any) -> None:
    """List problems in records, and how to fix them.

    Problems are grouped by code. Nothing is written. The exit code is 1 if a record is rejected.

    \b
    feedloom check                        check the records of feedloom.yaml
    feedloom check drafts --all           list every place
    feedloom check --report all.json      also write JSON, for programs
    feedloom check --links public         compare URLs with a built site
    """
    from feedloom.cli import configuration, output, printing, problem_list, progress, reports
    from feedloom.pipeline import check

    config = configuration.loaded(**overrides)
    with progress.shown(quiet=False) as bar:
        done = check.check(config, progress=bar)
    printing.note(done.fallbacks)
    if report:
        found = problem_list.with_messages(done)
        reports.write(report, reports.as_json({name: found[name] for name in ("records", "problems")}), reports.REPORT)
    if report != "-":
        for line in problem_list.grouped(done.problems, None if all_places else _PLACES):
            printing.say(line)
        printing.say(output.would_publish(done.records))
        if not done.records.published:
            printing.say(output.why_nothing(done.records, config, "listed above"))
        printing.note(output.other_program(done.records, config))
    differing = _differing(done, links, config, None if all_places else _PLACES) if links else 0
    if done.records.rejected or differing or (strict and done.problems):
        sys.exit(1)


def _differing(done: "Check", links: str, config: "Config", most: int | None) -> int:
    """How many records have URLs that a built site has not, after they were printed."""
    from feedloom.cli import printing
    from feedloom.pipeline import links as built

    found, missing = built.compared(done.articles, links, config.site.home or config.site.url or "")
    printing.say(f"{found:,} of {found + len(missing):,} URLs are in {links}")
    for path, url in missing[:most]:
        printing.say(f"    {path}: {url}")
    if most is not None and len(missing) > most:
        printing.say(f"    ... and {len(missing) - most:,} more: --all lists them")
    return len(missing)
