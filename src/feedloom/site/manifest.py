"""The manifest: which files of the output folder are feedloom's, and of which feeds. As a value and as bytes; no file is read.

It depends on the published feeds alone: no time and no inode is in it. `publish.Output` reads and writes it.
"""

from collections.abc import Iterable
from functools import cached_property
from typing import Any, Literal

import msgspec

from feedloom.feeds import kinds
from feedloom.model import ARCHIVE, FeedName, Kind, Slug

FOLDER = ".feedloom"
"""The folder below the output folder that holds what feedloom needs to know there. It is not to be served."""
PATH = f"{FOLDER}/manifest"


class Entry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A feed, or another name of one, and the `paths` of its files and archive documents below the output folder.

    `listed`: a build that came to its end has named it in the catalog. Readers may know it then.
    """

    kind: Kind
    name: str
    slug: Slug
    domain: str | None = None
    provider: str | None = None
    topic: str | None = None
    listed: bool = False
    paths: tuple[str, ...] = ()

    @property
    def address(self) -> str:
        """The path of the feed without suffix, as that of a `Feed`."""
        return kinds.address(self.kind, self.slug)

    def has(self, path: str) -> bool:
        """Whether a path is one that the feed's own files and archive documents can have."""
        name = path.removeprefix(f"{self.address}.")
        number = path.removeprefix(f"{ARCHIVE}{self.address}/")
        return is_path(path) and "/" not in self.slug and any(rest != path and "/" not in rest for rest in (name, number))


class Manifest(msgspec.Struct, frozen=True, dict=True):
    """The feeds in the order of their addresses, and the `files` of no feed: the lists, the stylesheets and the script."""

    feeds: tuple[Entry, ...] = ()
    files: tuple[str, ...] = ()

    @cached_property
    def paths(self) -> frozenset[str]:
        """All files."""
        return frozenset((*self.files, *(path for entry in self.feeds for path in entry.paths)))


class _Document(msgspec.Struct, frozen=True):
    version: Literal[1]
    files: tuple[str, ...]
    feeds: tuple[Entry, ...]


def made(entries: Iterable[Entry], files: Iterable[str]) -> Manifest:
    """A manifest of feeds and files, in the one order that it has."""
    ordered = sorted(entries, key=lambda entry: entry.address)
    return Manifest(tuple(ordered), tuple(sorted(set(files))))


def entry_of(feed: FeedName, paths: Iterable[str]) -> Entry:
    """The entry of a feed that a build lists."""
    return Entry(
        kind=feed.kind,
        name=feed.name,
        slug=feed.slug,
        domain=feed.domain,
        provider=feed.provider,
        topic=feed.topic,
        listed=True,
        paths=tuple(sorted(paths)),
    )


def claimed(known: Manifest, wanted: Manifest) -> Manifest:
    """What is known and, beside it, what is wanted: nothing of that is listed for being wanted."""
    if known.paths >= wanted.paths:
        return known
    feeds = {entry.address: entry for entry in known.feeds}
    for entry in wanted.feeds:
        before = feeds.get(entry.address) or msgspec.structs.replace(entry, listed=False, paths=())
        if not set(before.paths).issuperset(entry.paths):
            paths = tuple(sorted({*before.paths, *entry.paths}))
            feeds[entry.address] = msgspec.structs.replace(before, paths=paths)
    return made(feeds.values(), (*known.files, *wanted.files))


def encode(manifest: Manifest) -> bytes:
    """The bytes of a manifest, a line a feed."""
    feeds = b",\n".join(map(msgspec.json.encode, manifest.feeds))
    return b'{"version":1,\n"files":%b,\n"feeds":[\n%b\n]}\n' % (msgspec.json.encode(manifest.files), feeds)


def decode(data: bytes) -> Manifest:
    """The manifest in a file. Raises ValueError where it is none, or where a path in it is not one that feedloom writes.

    Whatever it names is removed some day: one that came with a stranger's changes must not name others' files.
    """
    try:
        document: Any = msgspec.json.decode(data, type=_Document)
    except msgspec.MsgspecError as error:
        raise ValueError(str(error)) from None
    except RecursionError:
        raise ValueError("nested too deeply") from None
    foreign = [path for path in document.files if "/" in path or not is_path(path)]
    foreign += [path for entry in document.feeds for path in entry.paths if not entry.has(path)]
    if foreign:
        raise ValueError(f"{foreign[0]!r} is not a path of a published file")
    return Manifest(document.feeds, document.files)


def is_path(path: str) -> bool:
    """Whether a path leads to a file below the output folder, and not into the folder of the manifest."""
    first, *rest = path.split("/")
    return "\0" not in path and first != FOLDER and all(part not in ("", ".", "..") for part in (first, *rest))
