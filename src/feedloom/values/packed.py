"""Compressed copies of published files, for web servers that hand them out as they are. Pure.

What a copy unpacks to is a function of the file; its own bytes may differ between versions of the libraries.
"""

import zlib
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Literal, NamedTuple, TypeAlias, get_args

CodingName: TypeAlias = Literal["gzip", "br", "zstd"]
"""A content coding, by its name in HTTP."""


class _Coding(NamedTuple):
    """A content coding: the suffix of its files, the module it needs, and what packs and unpacks.

    `unpack` gets the number of bytes that are expected, and may stop after them.
    """

    suffix: str
    module: str
    pack: Callable[[Any, bytes], bytes]
    unpack: Callable[[Any, bytes, int], bytes]


_CODINGS: dict[CodingName, _Coding] = {
    "gzip": _Coding(
        "gz",
        "gzip",
        lambda gzip, data: gzip.compress(data, 9, mtime=0),
        lambda _, packed, size: zlib.decompressobj(31).decompress(packed, size + 1),
    ),
    "br": _Coding(
        "br",
        "brotli",
        lambda brotli, data: brotli.compress(data, quality=11),
        lambda brotli, packed, _: brotli.decompress(packed),
    ),
    "zstd": _Coding(
        "zst",
        "zstandard",
        lambda zstandard, data: zstandard.ZstdCompressor(level=19).compress(data),
        lambda zstandard, packed, size: zstandard.ZstdDecompressor().decompress(packed, max_output_size=size),
    ),
}
_SUFFIXES = tuple(f".{coding.suffix}" for coding in _CODINGS.values())


def missing(codings: Iterable[CodingName]) -> dict[CodingName, str]:
    """The codings whose modules are not installed, with the names of these."""
    return {name: _CODINGS[name].module for name in codings if not find_spec(_CODINGS[name].module)}


def copies(path: str, codings: Iterable[CodingName]) -> dict[str, CodingName]:
    """The paths of the copies of a file, and how each is packed. Files without content have none."""
    return {} if path.endswith(".nojekyll") else {f"{path}.{_CODINGS[name].suffix}": name for name in codings}


def all_copies(path: str) -> dict[str, CodingName]:
    """The paths of the copies that a file can have with any setting."""
    return copies(path, get_args(CodingName))


def with_copies(paths: Iterable[str], codings: Iterable[CodingName]) -> Iterator[str]:
    """The paths of files, each after those of its copies."""
    for path in paths:
        yield from copies(path, codings)
        yield path


def original(path: str) -> str:
    """The path of the file that a path belongs to: itself, unless it is that of a copy."""
    return path.rpartition(".")[0] if path.endswith(_SUFFIXES) else path


def packed(data: bytes, name: CodingName) -> bytes:
    """A compressed copy."""
    coding = _CODINGS[name]
    return coding.pack(import_module(coding.module), data)


def is_copy(copy: bytes, data: bytes, name: CodingName) -> bool:
    """Whether a compressed copy unpacks to this. If its library is missing, nobody knows: no."""
    coding = _CODINGS[name]
    try:
        return coding.unpack(import_module(coding.module), copy, len(data)) == data
    except Exception:
        return False
