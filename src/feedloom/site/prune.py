"""Find and remove retired feeds. Only then do their readers get an error."""

from typing import NamedTuple

import msgspec

from feedloom import render
from feedloom.config.settings import Config
from feedloom.render import catalog
from feedloom.site import catalog as published
from feedloom.site import lock, manifest, ownership, store
from feedloom.site.manifest import Entry, Manifest
from feedloom.site.store import Store


class _Pruned(NamedTuple):
    """The catalog to publish, the feeds to remove, and the manifest during and after that."""

    document: bytes
    feeds: list[Entry]
    during: Manifest
    after: Manifest


def retired(config: Config) -> list[Entry]:
    """The retired feeds that are published. Raises PublishError, and NoFeedError if there is no catalog."""
    return _pruned(config, store.of(config)).feeds


def prune(config: Config, *, wait: float = 0, locked: bool = True) -> int:
    """Remove the retired feeds, and return the number of their files. If it is not `locked`, somebody else makes sure that
    no build runs.

    If it is killed, the next prune or build removes the rest. Raises PublishError, NoFeedError if there is no catalog,
    ConfigError if `wait` is not a time, and LockError if another build uses the folder for longer than `wait` seconds.
    """
    lock.check_wait(wait)
    retired(config)  # raises if there is no catalog, before a folder is created
    with store.of(config).locked(wait, lock=locked) as output:
        pruned = _pruned(config, output)
        if not pruned.feeds:
            return 0
        output.claim(pruned.during)
        # The catalog first: it must not name files that do not exist.
        output.publish([(catalog.PATH, pruned.document)], config.publish.precompress)
        output.settle([""])
        removed = output.remove(pruned.during.paths - pruned.after.paths)
        output.finish(pruned.after)
    return removed


def _pruned(config: Config, site: Store) -> _Pruned:
    written_down = site.manifest()
    before, document = published.existing(site)
    try:
        document, feeds = catalog.pruned(document, config)
    except ValueError as error:
        raise published.damaged(site, error) from None
    known = written_down or ownership.recognised(before, config, site)
    gone = ownership.pruned(before, feeds, known, config)
    left = {entry.address: entry for entry in known.feeds}
    for entry in gone:
        left.pop(entry.address, None)
    # Not listed any more, so that the next build does not restore them.
    going = [msgspec.structs.replace(entry, listed=False) for entry in gone]
    files = set(known.files) if render.needs_no_jekyll(left) else set(known.files) - {render.NO_JEKYLL}
    during = manifest.made((*left.values(), *going), known.files, known.also)
    return _Pruned(document, gone, during, manifest.made(left.values(), files, known.also))
