"""Which files below the records folder are not looked at: those that are never records, and what `ignore` says."""

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
"""The patterns that hold for all; `Ignored` knows them without the library, which takes 12 ms and more to import."""

_FILE = re.compile(
    ("(?:" + "|".join(pattern[:-2] for pattern in DEFAULTS if pattern.endswith(".*") and pattern != ".*") + r")\.").encode()
)
_FOLDER_NAMES = frozenset(folder.encode() for folder in _FOLDERS)


class Ignored:
    """Tells whether a file or folder is ignored: by `DEFAULTS`, and by the owner's patterns after them, the last that fits."""

    def __init__(self, patterns: Sequence[str]) -> None:
        self._spec = spec(patterns) if patterns else None

    def __call__(self, entry: os.DirEntry[bytes], inside: bytes, is_record: bool) -> bool:
        """Whether an entry is ignored, whose path below the records folder is `inside`; `is_record` by its name."""
        if self._spec:
            # By its bytes, whatever the locale: patterns are UTF-8, as names in repositories are.
            path = inside.decode(errors="surrogateescape") + (
                "" if is_record or not entry.is_dir(follow_symlinks=False) else "/"
            )
            told = self._spec.check_file(path).include
            if told is not None:
                return told
        name = entry.name
        if is_record:
            return name[:1] == b"." or _FILE.match(name) is not None
        return name[:1] == b"." or (name in _FOLDER_NAMES and entry.is_dir(follow_symlinks=False))


def spec(patterns: Sequence[str]) -> "GitIgnoreSpec":
    """The patterns for matching. Raises ValueError where one is none of gitignore's."""
    from pathspec import GitIgnoreSpec

    return GitIgnoreSpec.from_lines(patterns)
