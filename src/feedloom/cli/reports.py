"""Files that a user asks for: reports and pages of numbers."""

import os

import msgspec

from feedloom.cli import printing
from feedloom.errors import ReportError

REPORT = '{\n  "records": {\n    "read": '
STATISTICS = '<meta name="generator" content="feedloom">'
"""How reports and pages of numbers begin. A file that begins otherwise is not overwritten."""


def as_json(value: object) -> str:
    """A value as indented JSON."""
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n"


def write(path: str, text: str, mark: str) -> None:
    """Write a file, or to standard output if the path is `-`.

    An existing file is replaced only if it has `mark` near its beginning. Raises ReportError.
    """
    if path == "-":
        return printing.say_to_programs(text)
    try:
        if os.path.isfile(path) and os.path.getsize(path):
            with open(path, encoding="utf-8", errors="replace") as file:
                if mark not in file.read(4096):
                    raise ReportError(f"{path}: not overwritten: feedloom did not write this file; name another one")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise ReportError(f"{path}: cannot be written: {error.strerror}") from error
