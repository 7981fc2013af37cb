"""Texts as YAML."""

import json
import re

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_/.-]*(?: [A-Za-z0-9_/.-]+)*")
_WORDS = frozenset({"true", "false", "yes", "no", "on", "off", "y", "n", "null"})


def quoted(value: str) -> str:
    """A text as YAML, on one line; without quotes if it cannot be read as anything else."""
    if _PLAIN.fullmatch(value) and value.lower() not in _WORDS:
        return value
    characters = json.dumps(value, ensure_ascii=False)
    return "".join(c if c.isprintable() else f"\\U{ord(c):08X}" for c in characters)
