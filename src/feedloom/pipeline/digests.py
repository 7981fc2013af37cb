"""Digests of bytes and values, to compare them with those of another build, and the files that the program consists of."""

import hashlib
import os
from collections.abc import Iterator
from typing import Any

import msgspec

SIZE = 16

_encode = msgspec.msgpack.Encoder().encode


def digest(data: bytes) -> bytes:
    """The digest of bytes."""
    return hashlib.blake2b(data, digest_size=SIZE).digest()


def digest_of(*values: Any) -> bytes:
    """The digest of values."""
    return digest(_encode(values))


def program_files() -> Iterator[str]:
    """The path of each file of the program. What Python compiled is none of them: others may write it meanwhile."""
    for folder, folders, names in os.walk(os.path.dirname(os.path.dirname(__file__))):
        folders[:] = [name for name in folders if name != "__pycache__"]
        yield from (os.path.join(folder, name) for name in names if not name.endswith(".pyc"))
