"""Which files below the records folder are ignored: those that are never records, and those of the setting `ignore`."""

import os
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # few sites have patterns of their own
    from pathspec import GitIgnoreSpec

_ANY_CASE = ("readme", "license", "licence", "copying", "changelog", "contributing", "code_of_conduct")
_UPPER_CASE = ("AUTHORS", "CHANGES", "GOVERNANCE", "HISTORY", "MAINTAINERS", "NOTICE", "SECURITY", "SUPPORT")
_FOLDERS = ("node_modules", "site-packages", "venv", "__pycache__")

DEFAULTS = (
    ".*",
    *(f"{folder}/" for folder in _FOLDERS),
    *(f"{spelt}.*" for name in _ANY_CASE for spelt in (name.upper(), name.capitalize(), name)),
    *(f"{name}.*" for name in _UPPER_CASE),
)
"""The patterns for all sites. `Ignored` applies them without the library, whose import takes 12 ms or more."""

_FILE = re.compile(
    ("(?:" + "|".join(pattern[:-2] for pattern in DEFAULTS if pattern.endswith(".*") and pattern != ".*") + r")\.").encode()
)
_FOLDER_NAMES = frozenset(folder.encode() for folder in _FOLDERS)
_FIRST_BYTES = frozenset(pattern.encode()[0] for pattern in DEFAULTS)
_ALL_BYTES = frozenset(range(256))


class Ignored:
    """Whether a file or folder is ignored: by `DEFAULTS` and then the owner's patterns. The last matching pattern decides.

    A name that begins with none of the `first_bytes` is not ignored: for most names, nothing else has to be asked.
    """

    def __init__(self, patterns: Sequence[str]) -> None:
        self._spec = spec(patterns) if patterns else None
        self.first_bytes = _ALL_BYTES if patterns else _FIRST_BYTES

    def __call__(self, entry: os.DirEntry[bytes], inside: bytes, is_record: bool) -> bool:
        """Whether an entry is ignored. `inside` is its path below the records folder; `is_record`: its name is a record's."""
        if self._spec:
            # As UTF-8 in any locale: patterns are UTF-8, like names in repositories.
            path = inside.decode(errors="surrogateescape") + (
                "" if is_record or not entry.is_dir(follow_symlinks=False) else "/"
            )
            decided = self._spec.check_file(path).include
            if decided is not None:
                return decided
        name = entry.name
        if is_record:
            return name[:1] == b"." or _FILE.match(name) is not None
        return name[:1] == b"." or (name in _FOLDER_NAMES and entry.is_dir(follow_symlinks=False))


def spec(patterns: Sequence[str]) -> "GitIgnoreSpec":
    """Patterns, ready to match. Raises ValueError if one is not a gitignore pattern."""
    from pathspec import GitIgnoreSpec

    return GitIgnoreSpec.from_lines(patterns)
