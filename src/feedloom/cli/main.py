"""The command line: options in, text and exit code out. What is decided is decided elsewhere."""

import contextlib
import gc
import os
import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, NoReturn

import click

from feedloom import __version__
from feedloom.cli import output, progress, signals, streams
from feedloom.errors import ConfigError, FeedloomError, GuardError, ReportError

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from feedloom.cli.run_log import Run
    from feedloom.config.settings import Config
    from feedloom.model import Problem
    from feedloom.report import Report

STOPPED = 1
MISUSED = 2
_SHOWN = 20
"""Problems of each level that a build prints; a report names them all."""
_PLACES = 10
"""Places of each cause that a check prints without --all."""

_REPORT = '{\n  "records": {\n    "read": '
_STATISTICS = '<meta name="generator" content="feedloom">'
"""What reports and pages of numbers begin with, to know an older one by."""

_GROUPS = {
    "From records to feeds": ("init", "check", "build", "prune"),
    "What there is": ("feeds", "show", "explain", "stats"),
    "For other programs": ("schema", "completion"),
}
"""The commands in the order of the help."""

_PATH = click.Path(readable=False)
"""Whether it can be used is for the one who uses it to tell; here it is for shells to complete."""

_records = click.argument("records", required=False, type=click.Path(file_okay=False))
_config = click.option(
    "-c", "--config", "file", type=click.Path(dir_okay=False), envvar="FEEDLOOM_CONFIG", help="Settings [feedloom.yaml]."
)
_output = click.option("-o", "--output", type=_PATH, metavar="DIR", help="The folder of the feeds [feeds].")
_unpublished = click.option("--include-unpublished", is_flag=True, help="Take unpublished records too, and drafts.")
_strict = click.option("--strict", is_flag=True, help="Exit with 1 where a record was rejected.")
_report = click.option(
    "--report", type=_PATH, metavar="FILE", help="Write counts and all problems as JSON; - is standard output."
)


def _seconds(context: click.Context, option: click.Parameter, wait: float) -> float:
    from feedloom.site import lock

    try:
        lock.check_wait(wait)
    except ConfigError as error:
        raise click.BadParameter(str(error), context, option) from None
    return wait


_wait = click.option("--wait", type=float, default=0, metavar="SECONDS", callback=_seconds, help="Wait for another build [0].")
_log_json = click.option("--log-json", is_flag=True, help="Print one line of JSON for the run, in place of the summary.")
_json = click.option("--json", "as_json", is_flag=True, help="JSON in place of the table.")


def _named_feeds(context: click.Context, _: click.Parameter, begun: str) -> list[str]:
    """The addresses of feeds that begin as what was typed; none where they cannot be told."""
    from feedloom.site import catalog

    with contextlib.suppress(FeedloomError):
        config = _loaded(context.params.get("file"), quiet=True, output=context.params.get("output"))
        return [feed.address for feed in catalog.feeds(config) if feed.address.startswith(begun)]
    return []


class _Commands(click.Group):
    """Turns the errors that users can mend into a line and an exit code; all others are bugs and keep their traceback."""

    def main(self, *arguments: Any, **options: Any) -> Any:
        with streams.checked(), signals.handled():
            try:
                return super().main(*arguments, **options)
            except signals.Signalled as ended:
                _stop(str(ended), ended.exit_code)

    def invoke(self, context: click.Context) -> Any:
        try:
            os.getcwd()
        except FileNotFoundError:
            _stop("the current folder was removed: change to another one (cd)", MISUSED)
        try:
            return super().invoke(context)
        except FeedloomError as error:
            _stop(str(error), error.exit_code)
        except MemoryError:
            _stop("there is not enough memory; --jobs 1 needs the least", STOPPED)

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        for heading, names in _GROUPS.items():
            found = [(name, command) for name in names if (command := self.get_command(context, name))]
            width = formatter.width - 6 - max(len(name) for names in _GROUPS.values() for name in names)
            with formatter.section(heading):
                formatter.write_dl([(name.ljust(10), command.get_short_help_str(width)) for name, command in found])


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="feedloom", message="%(prog)s %(version)s")
def main() -> None:
    """Weave article records into Atom, RSS and JSON feeds: for the site, each topic and each provider.

    Settings stand in feedloom.yaml; options win over the environment (FEEDLOOM_SITE_URL, FEEDLOOM_LIMIT, ...), which wins
    over the file. Exit codes: 0 done, 1 stopped, or a record rejected (check, build --strict), 2 wrong usage or configuration,
    75 another build is at work in the same folder.
    """


@main.command()
@_records
@_config
@_output
@click.option("--site-url", metavar="URL", help="The address at which the feeds are published.")
@click.option("--limit", type=int, metavar="N", help="The most entries a feed shows [50].")
@click.option("--state", type=_PATH, metavar="FILE", help="Where to keep what was read, for the next build [.feedloom/...].")
@click.option("--no-cache", is_flag=True, help="Read all records afresh.")
@click.option("--jobs", type=int, metavar="N", help="Share the work among N processes [one for each processor].")
@click.option("--force", is_flag=True, help="Publish although most records are gone or rejected.")
@click.option("--replace", is_flag=True, help="Replace files in the output folder that feedloom did not write.")
@click.option("--dry-run", is_flag=True, help="Show what would be written and removed, and why; write nothing.")
@_wait
@_unpublished
@_strict
@_report
@_log_json
@click.option("-q", "--quiet", is_flag=True, help="Print nothing but errors and rejected records, each once.")
def build(
    report: str | None,
    log_json: bool,
    quiet: bool,
    strict: bool,
    no_cache: bool,
    force: bool,
    replace: bool,
    dry_run: bool,
    wait: float,
    **options: Any,
) -> None:
    """Write the feeds of a folder of records.

    Files that did not change are not touched.

    \b
    feedloom build                        as feedloom.yaml says
    feedloom build seeds -o out           without any configuration
    feedloom build -q --strict            from cron
    """
    from feedloom.pipeline import build

    if log_json and report == "-":
        raise click.UsageError("--log-json and --report - would both print to standard output: give --report a file")
    gc.disable()  # a build makes no cycles; to look for them takes a tenth of its time
    with _logged() if log_json else contextlib.nullcontext() as run:
        config = _loaded(quiet=quiet, **options)
        if run:
            run.output = config.output
        news: list[Problem] = []
        try:
            with progress.shown(quiet) as bar:
                done = build.build(
                    config, fresh=no_cache, force=force, replace=replace, dry_run=dry_run, wait=wait, progress=bar, news=news
                )
        except GuardError as stopped:
            try:
                _tell(stopped.report, quiet=quiet, file=report)
            except ReportError as error:  # why the build stopped is what matters
                _warn(str(error))
            raise
        if run:
            run.report = done
        fails = strict and bool(done.records.rejected)
        try:
            _tell(done, quiet=quiet, file=report, news=news if quiet and not fails else None)
        except ReportError as error:
            raise error if dry_run else ReportError(f"{error} (the feeds are published)") from None
        if not quiet:
            _print_fallbacks(done.fallbacks)
        if not (log_json or report == "-"):
            for line in output.planned(done, config, quiet=quiet) if dry_run else () if quiet else output.lines(done, config):
                _say(line)
        if fails:
            sys.exit(STOPPED)


@main.command()
@_records
@_config
@_unpublished
@click.option("--strict", is_flag=True, help="Exit with 1 where there is a warning, too.")
@_report
@click.option("--all", "all_places", is_flag=True, help=f"Name every place, not the first {_PLACES} of each cause.")
def check(report: str | None, strict: bool, all_places: bool, **options: Any) -> None:
    """Name what is wrong with the records, and how to mend it.

    Problems are grouped by their causes; nothing is written. Exits with 1 where a record is rejected.

    \b
    feedloom check                        what a build would say, with the fixes
    feedloom check drafts --all           every place in a folder
    feedloom check --report all.json      for programs
    """
    from feedloom.cli import problem_list
    from feedloom.pipeline import check

    config = _loaded(**options)
    with progress.shown(quiet=False) as bar:
        done = check.check(config, progress=bar)
    _print_fallbacks(done.fallbacks)
    if report:
        _write(report, _as_json({"records": done.records, "problems": done.problems}), _REPORT)
    if report != "-":
        for line in problem_list.lines(done.problems, None if all_places else _PLACES):
            _say(line)
        _say(output.would_publish(done.records))
        if not done.records.published:
            _say(output.why_nothing(done.records, "each is named above"))
    if done.records.rejected or (strict and done.problems):
        sys.exit(STOPPED)


@main.command()
@_config
@_output
@_json
def feeds(as_json: bool, **options: Any) -> None:
    """List the feeds that are published.

    Each with its articles, and how many there were in each of the last twelve months.

    \b
    feedloom feeds                        those of feedloom.yaml's output folder
    feedloom feeds -o public --json       as the catalog tells of them
    """
    from feedloom.site import catalog

    config = _loaded(**options)
    if as_json:
        _say_to_programs(_as_json(catalog.published_feeds(config)))
    else:
        from feedloom.cli import tables

        console = _console(200)
        _show([tables.feeds(catalog.feeds(config), console)], console)


@main.command()
@click.argument("feed", shell_complete=_named_feeds)
@_config
@_output
@click.option("-n", "most", type=click.IntRange(min=1), default=10, metavar="N", help="Show N entries [10].")
def show(feed: str, most: int, **options: Any) -> None:
    """Show the entries of a feed as its readers see them.

    FEED is its path or its name, with or without its kind.

    \b
    feedloom show all
    feedloom show topic/ai
    feedloom show "AI in Healthcare" -n 50
    """
    from feedloom.cli import tables
    from feedloom.site import catalog

    config = _loaded(**options)
    found = catalog.named(feed, catalog.feeds(config, aliases=True))
    _show(tables.entries(found, catalog.shown(found, config), most), _console())


@main.command()
@click.argument("record", type=click.Path(dir_okay=False))
@click.option("--records", type=_PATH, metavar="DIR", help="The folder of all records.")
@_config
@_unpublished
@_json
def explain(record: str, as_json: bool, **options: Any) -> None:
    """Tell which feeds a record goes to, and why not to others.

    All records are read, as the next build would take them; nothing is written.

    \b
    feedloom explain articles/2021-05-21-ai.md
    feedloom explain articles/2021-05-21-ai.md --json
    """
    from feedloom.pipeline import check

    config = _loaded(**options)
    with progress.shown(quiet=False) as bar:
        found = check.explain(config, record, progress=bar)
    if as_json:
        _say_to_programs(_as_json(found))
    else:
        from feedloom.cli import tables

        _show(tables.explanation(found), _console())


@main.command()
@_config
@_output
@_wait
@click.option("--yes", is_flag=True, help="Remove them.")
def prune(wait: float, yes: bool, **options: Any) -> None:
    """List the retired feeds, and with --yes remove them.

    A feed is retired when no record names its topic or provider any more. It goes on answering, without entries, until it is
    removed here; whoever still reads it is then told that nothing is there.

    \b
    feedloom prune                        name them
    feedloom prune --yes                  and remove them
    """
    from feedloom.model import printable
    from feedloom.site import prune

    config = _loaded(**options)
    gone = prune.retired(config)
    for feed in gone:
        _say(printable(f"{feed.address}  {feed.name}"))
    if not gone:
        _say("No feed is retired.")
    elif yes:
        _say(f"Removed {output.number(prune.prune(config, wait=wait), 'file')}.")
    else:
        _say(f"{output.number(len(gone), 'retired feed')}; feedloom prune --yes removes {'it' if len(gone) == 1 else 'them'}.")


@main.command()
@click.argument("folder", default=".", type=click.Path(file_okay=False))
def init(folder: str) -> None:
    """Look at a folder and write a feedloom.yaml that suits it.

    It finds the folder of the records, and what the settings of other programs tell of the site; where there are no records,
    it writes a first one. Nothing that is there is overwritten.

    \b
    feedloom init                         in the folder of your site
    feedloom init ~/news                  in another one
    """
    from feedloom.cli.init import files

    try:
        started = files.write(folder)
    except FileExistsError as error:
        _stop(f"{error.filename}: is there already; nothing was written", MISUSED)
    except OSError as error:
        _stop(f"{os.fsdecode(error.filename)}: cannot be written: {error.strerror}", STOPPED)
    for sentence in started.seen:
        _say(sentence)
    for path in started.written:
        _say(f"Wrote {path}")
    file = "" if os.path.normpath(folder) == "." else f" -c {started.written[0]}"
    _say(f"Now run feedloom build{file}, and open {os.path.join(started.output, 'index.html')}.")


@main.command()
def schema() -> None:
    """Print the JSON Schema of feedloom.yaml.

    Editors complete and check the settings with it.

    \b
    feedloom schema > feedloom.schema.json

    Name it in the first line of feedloom.yaml, as feedloom init does:

    \b
    # yaml-language-server: $schema=feedloom.schema.json
    """
    from feedloom.config import json_schema

    _say_to_programs(json_schema.document().decode())


@main.command()
@_records
@_config
@_unpublished
@click.option("--html", type=_PATH, metavar="FILE", help="Write them as one page, which asks nobody for anything.")
@click.option("--json", "as_json", is_flag=True, help="JSON in place of the plots.")
def stats(html: str | None, as_json: bool, **options: Any) -> None:
    """Show the numbers: entries a month, topics, providers.

    And why records are left out.

    \b
    feedloom stats                        of the records that feedloom.yaml names
    feedloom stats seeds                  of a folder
    feedloom stats --html stats.html      as a page to show around
    """
    import msgspec

    from feedloom.config.settings import Groups
    from feedloom.feeds import stats
    from feedloom.pipeline import check

    config = msgspec.structs.replace(_loaded(**options), groups=Groups(), feeds=(), archive=False)
    with progress.shown(quiet=False) as bar:
        found = stats.of(check.check(config, progress=bar))
    if html:
        from feedloom.render import stats_page

        _write(html, stats_page.page(found, config.site.title).decode(), _STATISTICS)
        if html != "-":
            _say(f"Wrote {html}")
    elif as_json:
        _say_to_programs(_as_json(found))
    else:
        _say(output.would_publish(found.records))
        if not found.records.published:
            _say(output.why_nothing(found.records, "feedloom check tells why"))
        from feedloom.cli import charts

        _show(charts.drawn(found), _console(80))


@main.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the completion of a shell.

    With it, the tab key completes commands and options. To have it in every shell, put one of these lines into the file that
    the shell reads when it starts:

    \b
    eval "$(feedloom completion bash)"    ~/.bashrc
    eval "$(feedloom completion zsh)"     ~/.zshrc, below compinit
    feedloom completion fish | source     ~/.config/fish/config.fish
    """
    from click.shell_completion import get_completion_class

    script = get_completion_class(shell)
    assert script is not None
    _say(script(main, {}, "feedloom", "_FEEDLOOM_COMPLETE").source())


def _loaded(
    file: str | None = None,
    include_unpublished: bool = False,
    site_url: str | None = None,
    *,
    quiet: bool = False,
    **overrides: Any,
) -> "Config":
    """The settings; unless `quiet`, FEEDLOOM_ variables that name none of them are printed, in one line."""
    from feedloom.config import load
    from feedloom.model import printable

    if not quiet and (unknown := load.unknown_variables(os.environ)):
        which = "variable" if len(unknown) == 1 else "variables"
        click.secho(printable(f"note: unknown {which} ignored: {', '.join(unknown)}"), err=True)

    unpublished = "include" if include_unpublished else None
    return load.load(file, os.environ, site__url=site_url, unpublished=unpublished, **overrides)


@contextlib.contextmanager
def _logged() -> "Iterator[Run]":
    """Print the line of a run, however it ends."""
    import msgspec

    from feedloom.cli.run_log import Run

    run = Run()

    def log(code: int, message: str | None = None, error: BaseException | None = None) -> None:
        _say_to_programs(msgspec.json.encode(run.line(code, error, message)).decode() + "\n")

    try:
        yield run
    except BaseException as error:
        log(*_ending(error), error)
        raise
    log(0)


def _ending(error: BaseException) -> tuple[int, str | None]:
    """The exit code that an error leads to, and what to say of it."""
    match error:
        case FeedloomError() | signals.Signalled():
            return error.exit_code, str(error)
        case SystemExit():
            return STOPPED, None  # --strict: it was told what of
    return STOPPED, f"{type(error).__name__}: {error}"


def _tell(report: "Report", *, quiet: bool, file: str | None, news: "list[Problem] | None" = None) -> None:
    """Write the report, and print the problems; only `news`, where there are some and all else is well."""
    problems = report.problems
    try:
        if file:
            _write(file, _as_json(report), _REPORT)
        problems = report.problems if news is None else news
    finally:
        _print_problems(problems, quiet=quiet, report=file)
        # Once only, so that -q keeps them: there are subscribers to tell, and a typo in a variable must not pass unseen.
        if not report.plan:
            for line in (*output.moved(report), *output.switched_off(report)):
                click.secho(line, fg="yellow", err=True)


def _print_problems(problems: "list[Problem]", *, quiet: bool, report: str | None) -> None:
    for level, colour in (("rejected", "red"), ("warning", "yellow")):
        named = [problem for problem in problems if problem.level == level]
        if level == "warning" and quiet:
            continue
        for problem in named[:_SHOWN]:
            click.secho(str(problem), fg=colour, err=True)
        if len(named) > _SHOWN:
            where = f"{report} names them" if report else "feedloom check --all names them all"
            click.secho(f"... and {len(named) - _SHOWN:,} more of level {level}: {where}", fg=colour, err=True)


def _print_fallbacks(fallbacks: "Iterable[str]") -> None:
    from feedloom.model import printable

    for fallback in fallbacks:
        click.secho(printable(f"note: {fallback}"), err=True)


def _console(width: int = 100) -> "Console":
    """Standard output, `width` columns wide where it is no terminal and COLUMNS does not tell."""
    from rich.console import Console

    is_known = sys.stdout.isatty() or "COLUMNS" in os.environ
    return Console(width=None if is_known else width, highlight=False, soft_wrap=False)


def _show(what: "Iterable[RenderableType]", console: "Console") -> None:
    from feedloom.cli import tables

    _say(tables.text(what, console), end="")


def _as_json(value: object) -> str:
    import msgspec

    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n"


def _write(path: str, text: str, mark: str) -> None:
    """Write a report, in place of an older one at most: that has the `mark` near its beginning, too."""
    if path == "-":
        return _say_to_programs(text)
    try:
        if os.path.isfile(path) and os.path.getsize(path):
            with open(path, encoding="utf-8", errors="replace") as file:
                if mark not in file.read(4096):
                    raise ReportError(f"{path}: not overwritten: feedloom did not write this file; name another one")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise ReportError(f"{path}: cannot be written: {error.strerror}") from error


def _say_to_programs(text: str) -> None:
    """Print JSON and the like, which is UTF-8 whatever the locale."""
    click.echo(text.encode(), nl=False)


def _say(text: str, *, end: str = "\n") -> None:
    click.echo(text + end, nl=False)


def _stop(message: str, code: int) -> NoReturn:
    _warn(message)
    sys.exit(code)


def _warn(message: str) -> None:
    from feedloom.model import printable  # a setting may be wrong in any way

    click.secho(f"feedloom: {printable(message)}", fg="red", err=True)
