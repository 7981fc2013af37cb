"""The manifest: which files in the output folder feedloom wrote, by feed. As a value and as bytes; pure.

It depends only on the published feeds: it has no time and no inode. `publish.Output` reads and writes it.
"""

import re
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any, Literal

import msgspec

from feedloom.feeds import kinds
from feedloom.model import ARCHIVE, FeedName, Kind, Slug
from feedloom.values import packed

FOLDER = ".feedloom"
"""The folder in the output folder for feedloom's own files. It should not be served."""
PATH = f"{FOLDER}/manifest"

_LIST = re.compile(rf"({'|'.join(row.folder for row in kinds.KINDS.values() if row.folder)})index(~[1-9][0-9]*)?\.html")


class Entry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A feed, or another name of one, and the `paths` of its files and archive documents below the output folder.

    `listed`: a finished build named it in the catalog, so readers may know it.
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
        """The path of the feed without suffix."""
        return kinds.address(self.kind, self.slug)

    def has(self, path: str) -> bool:
        """Whether the feed's files and archive documents can have this path."""
        name = path.removeprefix(f"{self.address}.")
        number = path.removeprefix(f"{ARCHIVE}{self.address}/")
        return is_path(path) and "/" not in self.slug and any(rest != path and "/" not in rest for rest in (name, number))

    @property
    def foreign(self) -> list[str]:
        """The paths that are not its own."""
        # Nearly all paths are the address and a suffix. Then the address is checked once.
        begin = f"{self.address}."
        if "/" in self.slug or not is_path(f"{begin}atom"):
            return [*self.paths]
        at = len(begin)
        return [path for path in self.paths if not ((path.startswith(begin) and path[at:].isalnum()) or self.has(path))]


class Manifest(msgspec.Struct, frozen=True, dict=True):
    """The feeds in the order of their addresses, and the `files` of no feed: the lists, the stylesheets and the script."""

    feeds: tuple[Entry, ...] = ()
    files: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    """Where the owner wants feeds, too. These can be any paths, so a file there is removed only if it is a feed."""

    @cached_property
    def paths(self) -> frozenset[str]:
        """All files."""
        return frozenset((*self.files, *self.also, *(path for entry in self.feeds for path in entry.paths)))


class Digest(msgspec.Struct, frozen=True, array_like=True):
    """An object that was put: the ETag that the storage gave it, and the digest of its bytes and headers."""

    tag: str
    digest: str


class _Document(msgspec.Struct, frozen=True):
    version: Literal[1]
    files: tuple[str, ...]
    feeds: tuple[Entry, ...]
    also: tuple[str, ...] = ()


class _Digests(msgspec.Struct, frozen=True):
    digests: dict[str, Digest] = {}


def made(entries: Iterable[Entry], files: Iterable[str], also: Iterable[str] = ()) -> Manifest:
    """A manifest of feeds and files, in its fixed order."""
    ordered = sorted(entries, key=lambda entry: entry.address)
    return Manifest(tuple(ordered), tuple(sorted(set(files))), tuple(sorted(set(also))))


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
    """The known files and, in addition, the wanted ones; feeds that are new here are not listed yet."""
    if known.paths >= wanted.paths:
        return known
    feeds = {entry.address: entry for entry in known.feeds}
    for entry in wanted.feeds:
        before = feeds.get(entry.address) or msgspec.structs.replace(entry, listed=False, paths=())
        if not set(before.paths).issuperset(entry.paths):
            paths = tuple(sorted({*before.paths, *entry.paths}))
            feeds[entry.address] = msgspec.structs.replace(before, paths=paths)
    return made(feeds.values(), (*known.files, *wanted.files), (*known.also, *wanted.also))


def encode(manifest: Manifest, digests: Mapping[str, Digest] | None = None) -> bytes:
    """The bytes of a manifest, a line a feed; in object storage, with the digests of files, a line each."""
    feeds = b",\n".join(map(msgspec.json.encode, manifest.feeds))
    also = b'"also":%b,\n' % msgspec.json.encode(manifest.also) if manifest.also else b""
    put = b""
    if digests:
        rows = (b"%b:%b" % (msgspec.json.encode(path), msgspec.json.encode(digests[path])) for path in sorted(digests))
        put = b',\n"digests":{\n%b\n}' % b",\n".join(rows)
    return b'{"version":1,\n"files":%b,\n%b"feeds":[\n%b\n]%b}\n' % (msgspec.json.encode(manifest.files), also, feeds, put)


def digests(data: bytes) -> dict[str, Digest]:
    """The digests in a manifest that `decode` accepts. Raises ValueError if they are none."""
    try:
        return msgspec.json.decode(data, type=_Digests).digests
    except msgspec.MsgspecError as error:
        raise ValueError(str(error)) from None


def decode(data: bytes) -> Manifest:
    """The manifest in a file. Raises ValueError if it is not one, or if it has a path that feedloom does not write.

    Files that it names can be removed later, so a changed manifest must not name files of others.
    """
    try:
        document: Any = msgspec.json.decode(data, type=_Document)
    except msgspec.MsgspecError as error:
        raise ValueError(str(error)) from None
    except RecursionError:
        raise ValueError("nested too deeply") from None
    foreign = [path for path in document.files if not is_path(path) or ("/" in path and not is_list(packed.original(path)))]
    foreign += [path for entry in document.feeds for path in entry.foreign]
    foreign += [path for path in document.also if not is_path(path)]
    if foreign:
        raise ValueError(f"{foreign[0]!r} is not a path of a published file")
    return Manifest(document.feeds, document.files, document.also)


def is_list(path: str) -> bool:
    """Whether a path is that of a page that lists the feeds of a kind, in the folder of these feeds."""
    return _LIST.fullmatch(path) is not None


def is_path(path: str) -> bool:
    """Whether a path is that of a file below the output folder, and not in the manifest's folder."""
    first, *rest = path.split("/")
    return "\0" not in path and first != FOLDER and all(part not in ("", ".", "..") for part in (first, *rest))
