"""From options to a `Config`."""

import os
from typing import Any

from feedloom.cli import printing
from feedloom.config import load
from feedloom.config.settings import Config


def loaded(
    file: str | None = None,
    include_unpublished: bool = False,
    site_url: str | None = None,
    *,
    quiet: bool = False,
    **overrides: Any,
) -> Config:
    """The settings. Unless `quiet`, a note names FEEDLOOM_ variables that are not settings. Raises ConfigError."""
    if not quiet and (unknown := load.unknown_variables(os.environ)):
        which = "variable" if len(unknown) == 1 else "variables"
        printing.note([f"unknown {which} ignored: {', '.join(unknown)}"])
    unpublished = "include" if include_unpublished else None
    return load.load(file, os.environ, site__url=site_url, unpublished=unpublished, **overrides)
