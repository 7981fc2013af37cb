"""Digests of bytes and values, to compare them with those of another build. Pure."""

import hashlib
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
