"""Lines for standard output and standard error. Imports nothing heavy: `feedloom --help` needs it."""

import sys
from collections.abc import Iterable
from typing import NoReturn

import click


def say(text: str, *, end: str = "\n") -> None:
    """Print text for people on standard output."""
    click.echo(text + end, nl=False)


def say_to_programs(text: str) -> None:
    """Print JSON and the like on standard output, as UTF-8 in any locale."""
    click.echo(text.encode(), nl=False)


def note(texts: Iterable[str]) -> None:
    """Print what the user should know, on standard error."""
    from feedloom.model import printable

    for text in texts:
        click.secho(printable(f"note: {text}"), err=True)


def warn(message: str) -> None:
    """Print an error on standard error."""
    from feedloom.model import printable  # a setting may contain anything

    click.secho(f"feedloom: {printable(message)}", fg="red", err=True)


def stop(message: str, code: int) -> NoReturn:
    """Print an error and exit."""
    warn(message)
    sys.exit(code)
