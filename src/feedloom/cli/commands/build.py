"""feedloom build."""

import contextlib
import gc
import sys
from typing import TYPE_CHECKING, Any

import click

from feedloom.cli import options, printing
from feedloom.errors import FeedloomError, GuardError, ReportError

if TYPE_CHECKING:
    from collections.abc import Callable

    from feedloom.config.settings import Config
    from feedloom.model import Problem
    from feedloom.report import Report


@click.command()
@options.records
@options.config
@options.output
@click.option("--site-url", metavar="URL", help="URL where the feeds are published.")
@click.option("--limit", type=int, metavar="N", help="Entries per feed, at most (default: 50).")
@click.option("--state", type=options.PATH, metavar="FILE", help="Cache file (default: in .feedloom/).")
@click.option("--no-cache", is_flag=True, help="Read all records again.")
@click.option("--jobs", type=int, metavar="N", help="Number of processes (default: one per processor).")
@click.option("--engine", metavar="ENGINE", help="What runs the build: local, dask:local:N, dask://HOST:PORT, tls://HOST:PORT.")
@click.option("--work", metavar="PLACE", help="Private folder or URL that the workers of an engine share.")
@click.option("--shards", type=int, metavar="N", help="Parts into which an engine divides its work.")
@click.option("--force", is_flag=True, help="Publish even if most records are gone or rejected.")
@click.option("--replace", is_flag=True, help="Replace files that feedloom did not write.")
@click.option("--dry-run", is_flag=True, help="Show what would be written and removed, and why; write nothing.")
@click.option("--ping", is_flag=True, help="Afterwards, tell WebSub hubs which feeds changed.")
@options.deployed
@click.option("--changed", type=options.PATH, multiple=True, metavar="FILE", help="Look only at this record (repeatable).")
@click.option("--changed-from", metavar="REV", help="Look only at records that differ from a git revision.")
@options.wait
@options.no_lock
@options.unpublished
@click.option("--strict", is_flag=True, help="Exit with 1 if a record is rejected.")
@options.report
@click.option("--log-json", is_flag=True, help="Print one line of JSON instead of the summary.")
@click.option("-q", "--quiet", is_flag=True, help="Print only errors and rejected records, each once.")
def command(
    report: str | None,
    log_json: bool,
    quiet: bool,
    strict: bool,
    no_cache: bool,
    force: bool,
    replace: bool,
    dry_run: bool,
    ping: bool,
    deployed: float,
    changed: tuple[str, ...],
    changed_from: str | None,
    wait: float,
    no_lock: bool,
    **overrides: Any,
) -> None:
    """Write feeds from a folder of records.

    Feeds that did not change are not rewritten.

    \b
    feedloom build                        use the settings in feedloom.yaml
    feedloom build seeds -o out           without a settings file
    feedloom build --dry-run              show what it would change
    feedloom build -q --strict            for cron
    feedloom build --changed seeds/a.md   believe that no other record changed
    """
    gc.disable()  # a build makes no reference cycles; looking for them takes a tenth of its time
    from feedloom.cli import configuration, output, progress, run_log
    from feedloom.pipeline import build

    if log_json and report == "-":
        raise click.UsageError("--log-json and --report - both print to standard output; name a file for --report")
    if ping and dry_run:
        raise click.UsageError("a dry run changes no feed; feedloom ping --dry-run shows what waits to be announced")
    if deployed and not ping:
        raise click.UsageError("--deployed needs --ping")
    options.exclusive(changed=changed, no_cache=no_cache)
    options.exclusive(changed_from=changed_from, no_cache=no_cache)
    options.exclusive(no_lock=no_lock, wait=wait)
    with run_log.logged() if log_json else contextlib.nullcontext() as run:
        config = configuration.loaded(quiet=quiet, **overrides)
        if run:
            run.output = config.output
        if ping:
            from feedloom.pipeline import ping as to_hubs

            to_hubs.check(config)
        news: list[Problem] = []
        run_build: Callable[..., Report] = build.build
        only_local = {"dry_run": dry_run, "changed": changed or None, "changed_from": changed_from}
        if config.engine != "local":
            from feedloom.engines import build as on_engine

            run_build = on_engine.build
            only_local = _none_of(only_local | {"ping": ping}, config.engine)
        try:
            with progress.shown(quiet) as bar:
                done = run_build(
                    config,
                    fresh=no_cache,
                    force=force,
                    replace=replace,
                    wait=wait,
                    progress=bar,
                    news=news,
                    locked=not no_lock,
                    **only_local,
                )
        except GuardError as stopped:
            try:
                _print_report(stopped.report, quiet=quiet, file=report)
            except ReportError as error:  # the reason why the build stopped matters more
                printing.warn(str(error))
            if not quiet:
                printing.note(output.other_program(stopped.report.records, config))
            raise
        if run:
            run.report = done
        fails = strict and bool(done.records.rejected)
        try:
            _print_report(done, quiet=quiet, file=report, news=news if quiet and not fails else None)
        except ReportError as error:
            raise error if dry_run else ReportError(f"{error} (the feeds are published)") from None
        if not quiet:
            printing.note((*done.fallbacks, *output.other_program(done.records, config)))
        if not (log_json or report == "-"):
            lines = output.planned(done, config, quiet=quiet) if dry_run else () if quiet else output.lines(done, config)
            for line in lines:
                printing.say(line)
        code = _pinged(config, deployed, log_json=log_json, quiet=quiet or report == "-") if ping else 0
        if fails or code:
            sys.exit(1)


def _none_of(options: dict[str, Any], engine: str) -> dict[str, Any]:
    """No options. Raises UsageError if one of those is given that builds on this machine have alone."""
    if given := [f"--{name.replace('_', '-')}" for name, value in options.items() if value]:
        raise click.UsageError(f"{given[0]} needs --engine local, not {engine}")
    return {}


def _pinged(config: "Config", deployed: float, *, log_json: bool, quiet: bool) -> int:
    """Tell hubs what changed, also in earlier builds; return the exit code. The feeds are published, whatever happens."""
    from feedloom.cli import pinging

    try:
        return pinging.run(config, deployed=deployed, log_json=log_json, quiet=quiet)
    except FeedloomError as error:
        printing.warn(str(error))
        return error.exit_code


def _print_report(report: "Report", *, quiet: bool, file: str | None, news: "list[Problem] | None" = None) -> None:
    """Write the report, and print the problems: those of the report, or only `news`."""
    from feedloom.cli import output, problem_list, reports

    problems = report.problems
    try:
        if file:
            reports.write(file, reports.as_json(problem_list.with_messages(report)), reports.REPORT)
        problems = report.problems if news is None else news
    finally:
        for line in problem_list.lines(problems, file, quiet=quiet):
            click.echo(line, err=True)
        # Also with -q, because only one build prints them: subscribers must be told, and a typo in a setting must be seen.
        if not report.plan:
            for line in (*output.moved(report), *output.switched_off(report)):
                click.secho(line, fg="yellow", err=True)
