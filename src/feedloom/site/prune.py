"""Retired feeds, for their owner to remove: their readers are told for the first time that nothing is there."""

import os
from typing import NamedTuple

import msgspec

from feedloom import render
from feedloom.config.settings import Config
from feedloom.errors import PublishError
from feedloom.render import catalog
from feedloom.site import lock, manifest, ownership, publish
from feedloom.site.manifest import Entry, Manifest


class _Pruned(NamedTuple):
    """The catalog to publish, the feeds that go, and the manifest while they do and after."""

    document: bytes
    feeds: list[Entry]
    during: Manifest
    after: Manifest


def retired(config: Config) -> list[Entry]:
    """The retired feeds that are published. Raises PublishError."""
    return _pruned(config, publish.known(config.output)).feeds


def prune(config: Config, *, wait: float = 0) -> int:
    """Remove the retired feeds, and tell how many files they were.

    Where it is killed, nothing happened yet, or the next prune or build removes the rest. Raises PublishError, ConfigError
    where `wait` is no time, and LockError where another build has the folder for longer than `wait` seconds.
    """
    lock.check_wait(wait)
    retired(config)  # before a folder is made for nothing
    with publish.locked(config.output, wait) as output:
        pruned = _pruned(config, output.manifest())
        if not pruned.feeds:
            return 0
        output.claim(pruned.during)
        # First the catalog, which must not name what is not there.
        publish.publish([(catalog.PATH, pruned.document)], config.output)
        output.settle([""])
        removed = output.remove(pruned.during.paths - pruned.after.paths)
        output.finish(pruned.after)
    return removed


def _pruned(config: Config, written_down: Manifest | None) -> _Pruned:
    place = os.path.join(config.output, catalog.PATH)
    document = publish.read_published(catalog.PATH, config.output)
    if document is None:
        raise PublishError(f"{place}: there are no feeds yet: run feedloom build, or name another folder with -o")
    try:
        before = catalog.read(document)
        document, feeds = catalog.pruned(document, config)
    except ValueError as error:
        raise PublishError(f"{place}: not a feedloom catalog ({error}): run feedloom build, which says what to do") from None
    known = written_down or ownership.recognised(before, config)
    gone = ownership.pruned(before, feeds, known, config)
    left = {entry.address: entry for entry in known.feeds}
    for entry in gone:
        left.pop(entry.address, None)
    # As if no build had ever listed them: they do not come back.
    going = [msgspec.structs.replace(entry, listed=False) for entry in gone]
    files = set(known.files) if render.needs_no_jekyll(left) else set(known.files) - {render.NO_JEKYLL}
    during = manifest.made((*left.values(), *going), known.files)
    return _Pruned(document, gone, during, manifest.made(left.values(), files))
