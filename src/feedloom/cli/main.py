"""The command line: loads commands, and turns errors into text and exit codes."""

import os
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import click

from feedloom import __version__
from feedloom.cli import printing, signals, streams
from feedloom.errors import FeedloomError

COMMANDS = {
    "Make feeds": ("init", "profile", "check", "build", "ping", "adopt", "export", "serve", "prune"),
    "Look at feeds and records": ("feeds", "show", "explain", "stats"),
    "Set up editors and shells": ("schema", "completion"),
}
"""The names of the commands, in the order of the help. Each is `command` in its module in `commands/`."""


class _Commands(click.Group):
    """Imports commands on use. Errors that users can fix become a line and an exit code; others keep their traceback."""

    def list_commands(self, _: click.Context) -> list[str]:
        return sorted(name for names in COMMANDS.values() for name in names)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in self.list_commands(context):
            return None
        command: click.Command = import_module(f"feedloom.cli.commands.{name}").command
        return command

    def parse_args(self, context: click.Context, arguments: list[str]) -> list[str]:
        try:
            return super().parse_args(context, arguments)
        except click.NoSuchOption as error:
            if advice := self._place_of(error.option_name, context, arguments):
                context.fail(advice)
            raise

    def resolve_command(
        self, context: click.Context, arguments: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name, names = arguments[0], self.list_commands(context)
        if name not in names and not name.startswith("-") and not context.resilient_parsing:
            import difflib

            if os.path.isdir(name):
                advice = f"To build feeds from this folder: feedloom build {name}"
            elif near := difflib.get_close_matches(name, names, 1):
                advice = f"Did you mean '{near[0]}'?"
            else:
                advice = f"Commands: {', '.join(names)}."
            context.fail(f"No such command '{name}'. {advice}")
        return super().resolve_command(context, arguments)

    def _place_of(self, option: str, context: click.Context, arguments: list[str]) -> str | None:
        """Advice for an option before its command: it goes after the given command, or after one that has it."""
        names = self.list_commands(context)
        for name in (*(name for name in arguments if name in names), *names):
            command = self.get_command(context, name)
            for parameter in command.params if command else ():
                if option in parameter.opts:
                    return f"{option} goes after the command: feedloom {name} {option} {parameter.metavar or ''}".rstrip()
        return None

    def main(self, *arguments: Any, **options: Any) -> Any:
        with streams.checked(), signals.handled():
            try:
                return super().main(*arguments, **options)
            except signals.Signalled as ended:
                printing.stop(str(ended), ended.exit_code)

    def invoke(self, context: click.Context) -> Any:
        try:
            os.getcwd()
        except FileNotFoundError:
            printing.stop("the current folder was deleted; change to another one (cd)", 2)
        try:
            return super().invoke(context)
        except FeedloomError as error:
            printing.stop(str(error), error.exit_code)
        except MemoryError:
            printing.stop("out of memory; --jobs 1 needs the least", 1)

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        longest = max(map(len, self.list_commands(context)))
        for heading, names in COMMANDS.items():
            with formatter.section(heading):
                formatter.write_dl(list(self._helps(context, names, longest, formatter.width)))

    def _helps(self, context: click.Context, names: tuple[str, ...], longest: int, width: int) -> Iterator[tuple[str, str]]:
        for name in names:
            if command := self.get_command(context, name):
                yield name.ljust(longest), command.get_short_help_str(width - 6 - longest)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="feedloom", message="%(prog)s %(version)s")
def main() -> None:
    """Turn article records into Atom, RSS and JSON feeds: for the site, each topic and each provider.

    New here? Run feedloom init in the folder of your articles, then feedloom build.

    Settings come from feedloom.yaml; environment variables (FEEDLOOM_SITE_URL, FEEDLOOM_LIMIT, ...) and options override them.

    Exit codes: 0 done; 1 stopped, or a record was rejected (check, build --strict); 2 wrong usage or settings; 75 another build
    is running in the same folder; 130 or 143 interrupted.
    """
