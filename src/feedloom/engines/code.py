"""Which program a process runs: two with the same digest make the same bytes of the same records."""

import os
import sys
from functools import cache
from importlib import import_module, metadata

from feedloom import __version__
from feedloom.pipeline import digests, program

_LIBRARIES = ("feedgen", "idna", "jinja2", "lxml", "markdown-it-py", "mdit-py-plugins", "msgspec", "nh3", "python-dateutil")
_OPTIONAL = ("docutils", "PyYAML", "tzdata", "pyarrow")


@cache
def digest() -> bytes:
    """The digest of the program: the contents of its files, the versions of its libraries, and Python's minor version.

    Nothing in it depends on the machine: neither folders nor times.
    """
    root = os.path.dirname(os.path.dirname(__file__))
    contents = []
    for path in sorted(program.files()):
        with open(path, "rb") as file:
            contents.append((os.path.relpath(path, root), digests.digest(file.read())))
    return digests.digest_of(contents, [(name, _version(name)) for name in (*_LIBRARIES, *_OPTIONAL)], sys.version_info[:2])


def shown() -> str:
    """The program, for people."""
    return f"feedloom {__version__} on Python {sys.version_info[0]}.{sys.version_info[1]}"


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def answer() -> tuple[bytes, str]:
    """What a worker has: the digest of its program, and the program for people. Raises ImportError if it lacks a package."""
    import_module("zstandard")
    return digest(), shown()
