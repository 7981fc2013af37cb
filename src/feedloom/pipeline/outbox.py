"""The outbox: which addresses changed, and which hubs were not told so yet. As a value; pure. The cache keeps it.

It outlives other settings and versions: what changed must be told, whatever the next build can reuse.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

import msgspec

from feedloom.model import ARCHIVE
from feedloom.site.manifest import Manifest
from feedloom.values import packed

LONGEST = 24 * 60 * 60
"""Seconds that an address waits to be told. After a day, subscribers have polled."""


class Waiting(msgspec.Struct, frozen=True, array_like=True):
    """An address to be told to `hubs`. It changed at `since`, in seconds since 1970."""

    since: int
    hubs: tuple[str, ...]


class Claim(msgspec.Struct, frozen=True, array_like=True):
    """Addresses that a `process` is telling a hub, until it ends, or for so long, in seconds since 1970."""

    hub: str
    paths: tuple[str, ...]
    process: int
    until: int


class Outbox(msgspec.Struct, frozen=True, array_like=True):
    """Addresses by their paths below the output folder, with suffix.

    `is_unfinished`: a build is writing files, or was killed while it did. `is_first`: it is the first build of the site.
    """

    waiting: dict[str, Waiting] = {}
    is_unfinished: bool = False
    is_first: bool = False
    claims: tuple[Claim, ...] = ()


class Sorted(NamedTuple):
    """What waits in an outbox: what is `due`, and what is too old, both by path; and the outbox without what is not due."""

    due: dict[str, Waiting]
    old: dict[str, Waiting]
    outbox: Outbox


def name(site: str) -> str:
    """The name of a site's outbox in the cache."""
    return f"{site} outbox"


def begun(outbox: Outbox, *, is_first: bool) -> Outbox:
    """The outbox while a build writes. If the build is killed, the next one of the site is still the first."""
    return Outbox(outbox.waiting, True, is_first or (outbox.is_unfinished and outbox.is_first), outbox.claims)


def addresses(paths: Collection[str], published: Manifest, formats: Collection[str]) -> list[str]:
    """Those of the published paths that people subscribe to, sorted: feeds in any format and under any name, but no pages,
    archive documents, lists and compressed copies.
    """
    others = set(published.files)
    feeds = (path for path in paths if path.rpartition(".")[2] in formats and not path.startswith(ARCHIVE))
    also = {path for path in published.also if path in paths and packed.original(path) == path}
    return sorted(also.union(path for path in feeds if path not in others))


def finished(outbox: Outbox, changed: Iterable[str], now: int, hubs: tuple[str, ...], published: Manifest) -> Outbox:
    """The outbox after a build that changed these addresses. What is not published any more does not wait."""
    if outbox.is_first:  # nobody can have subscribed to the others
        changed = [path for entry in published.feeds if entry.kind == "all" for path in changed if path in entry.paths]
    waiting = {path: one for path, one in outbox.waiting.items() if path in published.paths}
    return Outbox(waiting | {path: Waiting(now, hubs) for path in changed}, claims=outbox.claims)


def sorted_out(outbox: Outbox, now: int, hubs: Collection[str], published: Collection[str]) -> Sorted:
    """What waits, at a time in seconds since 1970, for the hubs of the site."""
    due: dict[str, Waiting] = {}
    old: dict[str, Waiting] = {}
    for path, one in outbox.waiting.items():
        left = tuple(hub for hub in one.hubs if hub in hubs)
        if left and path in published:
            (due if now - one.since <= LONGEST else old)[path] = Waiting(one.since, left)
    return Sorted(due, old, msgspec.structs.replace(outbox, waiting=due))


def claimed(outbox: Outbox, mine: Claim, due: Mapping[str, int], running: Collection[int], now: int) -> Outbox:
    """The outbox with a claim on those of its paths that changed at the times in `due`, that the hub was not told of, and that
    no process that is `running` tells it.
    """
    left = tuple(one for one in outbox.claims if one.process in running and one.until > now)
    taken = {path for one in left if one.hub == mine.hub for path in one.paths}
    waiting = outbox.waiting
    free = (path for path in mine.paths if path in waiting and mine.hub in waiting[path].hubs and path not in taken)
    claim = msgspec.structs.replace(mine, paths=tuple(path for path in free if waiting[path].since == due[path]))
    return msgspec.structs.replace(outbox, claims=(*left, claim))


def without(outbox: Outbox, hub: str, told: Mapping[str, int], process: int = 0) -> Outbox:
    """The outbox after a hub was told of addresses, which changed at these times. What changed again meanwhile waits. The claim
    of the process on the hub has ended.
    """
    waiting = {}
    for path, one in outbox.waiting.items():
        if told.get(path) == one.since:
            one = Waiting(one.since, tuple(other for other in one.hubs if other != hub))
        if one.hubs:
            waiting[path] = one
    claims = tuple(one for one in outbox.claims if (one.hub, one.process) != (hub, process))
    return msgspec.structs.replace(outbox, waiting=waiting, claims=claims)
