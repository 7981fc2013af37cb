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
    "From records to feeds": ("init", "check", "build", "prune"),
    "What there is": ("feeds", "show", "explain", "stats"),
    "For other programs": ("schema", "completion"),
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
            printing.stop("the current folder was removed: change to another one (cd)", 2)
        try:
            return super().invoke(context)
        except FeedloomError as error:
            printing.stop(str(error), error.exit_code)
        except MemoryError:
            printing.stop("there is not enough memory; --jobs 1 needs the least", 1)

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
    """Weave article records into Atom, RSS and JSON feeds: for the site, each topic and each provider.

    Settings stand in feedloom.yaml; options win over the environment (FEEDLOOM_SITE_URL, FEEDLOOM_LIMIT, ...), which wins
    over the file. Exit codes: 0 done, 1 stopped, or a record rejected (check, build --strict), 2 wrong usage or configuration,
    75 another build is at work in the same folder.
    """
