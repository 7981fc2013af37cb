"""Retired feeds, for their owner to remove: their readers are told for the first time that nothing is there."""

import os
from typing import NamedTuple

from feedloom import manifest, ownership, publish
from feedloom.config import Config
from feedloom.errors import PublishError
from feedloom.manifest import Manifest
from feedloom.model import Feed
from feedloom.render import catalog


class _Pruned(NamedTuple):
    """What is to be published in place of what is; and what is known to be feedloom's now."""

    document: bytes
    feeds: list[Feed]
    known: Manifest
    left: Manifest


def retired(config: Config) -> list[Feed]:
    """The retired feeds that are published. Raises PublishError."""
    return _pruned(config, publish.known(config.output)).feeds


def prune(config: Config, *, wait: float = 0) -> int:
    """Remove the retired feeds, and tell how many files they were.

    A prune that is killed leaves them in the manifest, where the next one, or the next build, finds them. Raises PublishError,
    and LockError where another build has the folder for longer than `wait` seconds.
    """
    retired(config)  # before a folder is made for nothing
    with publish.locked(config.output, wait) as output:
        pruned = _pruned(config, output.manifest())
        if not pruned.feeds:
            return 0
        output.claim(pruned.known)
        # First the catalog, which must not name what is not there.
        publish.publish([(catalog.PATH, pruned.document)], config.output)
        output.settle([""])
        removed = output.remove(pruned.known.paths - pruned.left.paths)
        output.finish(pruned.left)
    return removed


def _pruned(config: Config, written_down: Manifest | None) -> _Pruned:
    place = os.path.join(config.output, catalog.PATH)
    document = publish.standing(catalog.PATH, config.output)
    if document is None:
        raise PublishError(f"{place}: there are no feeds yet: run feedloom build")
    try:
        before = catalog.read(document)
        document, feeds = catalog.pruned(document)
        known = written_down or ownership.recognised(before, config)
        feeds += ownership.forgotten(before, known, config)
    except ValueError as error:
        raise PublishError(f"{place}: not a feedloom catalog ({error}): run feedloom build, which says what to do") from None
    gone = {feed.address for feed in feeds}
    return _Pruned(document, feeds, known, manifest.made((one for one in known.feeds if one.address not in gone), known.files))
