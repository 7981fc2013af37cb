"""Tables and charts on standard output."""

import os
import sys
from collections.abc import Iterable

from rich.console import Console, RenderableType
from rich.text import Text

from feedloom.cli import printing


def console(width: int = 100) -> Console:
    """Standard output; `width` columns wide if it is not a terminal and COLUMNS is not set."""
    is_known = sys.stdout.isatty() or "COLUMNS" in os.environ
    return Console(width=None if is_known else width, highlight=False, soft_wrap=False)


def show(what: Iterable[RenderableType], console: Console) -> None:
    """Print tables and text, without spaces at the ends of lines."""
    with console.capture() as shown:
        for one in what:
            console.print(one, soft_wrap=isinstance(one, Text) and bool(one.no_wrap))
    printing.say("".join(f"{line.rstrip(' ')}\n" for line in shown.get().splitlines()), end="")
