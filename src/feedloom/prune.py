"""Retired feeds, for their owner to remove: their readers are told for the first time that nothing is there."""

import os

from feedloom import lock, publish
from feedloom.config import Config
from feedloom.errors import PublishError
from feedloom.model import Feed
from feedloom.render import catalog, paths


def retired(config: Config) -> list[Feed]:
    """The retired feeds that are published. Raises PublishError."""
    return _pruned(config)[1]


def prune(config: Config, *, wait: float = 0) -> int:
    """Remove the retired feeds, and tell how many files they were.

    Raises PublishError, ConfigError where `wait` is no time, and LockError where another build has the folder for longer than
    `wait` seconds.
    """
    lock.check_wait(wait)
    retired(config)  # before a folder is made for nothing
    with publish.locked(config.output, wait) as output:
        document, feeds = _pruned(config)
        # First the catalog, which must not name what is not there.
        publish.publish([(catalog.PATH, document)], config.output)
        output.settle([""])
        gone = [path for feed in feeds for path in paths(feed, config)]
        removed = output.remove(gone)
        output.settle({os.path.dirname(path) for path in gone})
    return removed


def _pruned(config: Config) -> tuple[bytes, list[Feed]]:
    place = os.path.join(config.output, catalog.PATH)
    document = publish.standing(catalog.PATH, config.output)
    if document is None:
        raise PublishError(f"{place}: there are no feeds yet: run feedloom build")
    try:
        return catalog.pruned(document)
    except ValueError as error:
        raise PublishError(f"{place}: not a feedloom catalog ({error}): move it away and build again") from None
