"""feedloom adopt."""

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from feedloom.cli import options

if TYPE_CHECKING:
    from feedloom.config.settings import Config
    from feedloom.feeds.adopt import Adoption
    from feedloom.feeds.old_feeds import OldFeed
    from feedloom.report import Check

_FIRST = 10
"""How many entries and records of each list are printed without --all."""


@click.command()
@click.argument("old_feeds", nargs=-1, required=True, type=options.PATH)
@options.config
@click.option("--records", type=options.PATH, metavar="DIR", help="Folder of all records.")
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 if an entry would appear as new.")
@click.option("--all", "all_of_them", is_flag=True, help=f"List all entries and records, not only {_FIRST} of each.")
def command(old_feeds: tuple[str, ...], check: bool, all_of_them: bool, **overrides: Any) -> None:
    """Keep the ids of an old feed, so that no entry appears as new.

    OLD_FEEDS are saved copies of the feeds that another program made: Atom, RSS or JSON Feed. Their entries are matched with
    the records by URL, then by title and day. The ids are written to ids.json beside feedloom.yaml, which later builds read.

    An Atom feed has an id of its own: the feed of all articles gets that of the first one, and topics/ai=FILE names another.

    \b
    feedloom adopt old.xml                       write ids.json
    feedloom adopt old.xml topics/ai=old-ai.xml  also the id of a topic's feed
    feedloom adopt old.xml --check               exit with 1 if ids would change
    """
    from feedloom.cli import configuration, output, printing, progress, reports
    from feedloom.config import ids
    from feedloom.model import printable
    from feedloom.pipeline import check as pipeline_check

    named = [_split(argument) for argument in old_feeds]
    feeds = [_read(path) for _, path in named]
    config = configuration.loaded(**overrides, is_adopting=True)
    with progress.shown(quiet=False) as bar:
        done = pipeline_check.check(config, progress=bar)
    found = _adopted(feeds, done)
    own = _ids_of_feeds(named, feeds, done, config)
    for (_, path), feed in zip(named, feeds, strict=True):
        if feed.fault:
            printing.say(printable(f"{path}: is not well-formed ({feed.fault}): entries may be missing; save the feed again"))
    for line in _lines(found, None if all_of_them else _FIRST):
        printing.say(line)
    if check:
        for pair in found.changing:
            printing.say(printable(f"{pair.article.path}: its id is now {pair.article.id}; readers know {pair.entry.id}"))
        if lost := {feed: id for feed, id in own.items() if config.adopted_feeds.get(feed) != id}:
            printing.say(
                printable(", ".join(f"{feed}.atom will not have the id of the old feed, {lost[feed]}" for feed in lost))
            )
        sys.exit(bool(found.changing or lost))
    for line in _advice(feeds, found, config):
        printing.say(line)
    if not found.ids:
        printing.stop("no entry has a record; nothing written. Check site.home, and the URLs of the records", 1)
    path = config.ids or _beside(config)
    kept = {**found.ids, **config.adopted}
    if other := [path for path, id in found.ids.items() if kept[path] != id]:
        printing.say(f"{output.number(len(other), 'record')} with another id in {path}, which stays (delete it there first):")
        for line in _some([f"{one}: {kept[one]}, and not {found.ids[one]}" for one in other], None if all_of_them else _FIRST):
            printing.say(line)
    feeds_kept = {**own, **config.adopted_feeds}
    for address, id in own.items():
        its = (
            "keeps the id"
            if feeds_kept[address] == id
            else f"has the id {feeds_kept[address]} in {path}, which stays; not that"
        )
        printing.say(printable(f"{address}.atom {its} of the old feed: {id}"))
    reports.write(path, ids.written(kept, feeds_kept), ids.MARK)
    printing.say(f"{path}: {output.number(len(kept), 'id')} written. Commit this file: builds need it.")


def _split(argument: str) -> tuple[str | None, str]:
    """The address of a feed and the path of its old copy: `topics/ai=old.xml`, or the path alone."""
    import os

    name, mark, path = argument.partition("=")
    return (name.removesuffix(".atom"), path) if mark and not os.path.lexists(argument) else (None, argument)


def _ids_of_feeds(
    named: list[tuple[str | None, str]], feeds: "list[OldFeed]", done: "Check", config: "Config"
) -> dict[str, str]:
    """The ids of old feeds by the addresses of ours, which only Atom has. Raises NoFeedError."""
    from feedloom.errors import NoFeedError
    from feedloom.feeds import adopt

    addresses = {feed.address for feed in done.feeds}
    for name, path in named:
        if name is not None and name not in addresses:
            raise NoFeedError(f"{name}={path}: no such feed: {name}; feedloom feeds lists all, such as topics/ai")
    if "atom" not in config.formats:
        return {}
    return adopt.ids_of_feeds(zip((name for name, _ in named), feeds, strict=True))


def _read(path: str) -> "OldFeed":
    from feedloom.errors import OldFeedError
    from feedloom.feeds import old_feeds

    if path.lower().startswith(("http://", "https://")):
        raise OldFeedError(f"{path}: feedloom downloads nothing; save the feed first, as with curl -o old.xml {path}")
    try:
        with open(path, "rb") as file:
            return old_feeds.read(file.read(old_feeds.LARGEST + 1))
    except OSError as error:
        raise OldFeedError(f"{path}: cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise OldFeedError(f"{path}: {error}") from None


def _adopted(feeds: "list[OldFeed]", done: "Check") -> "Adoption":
    from feedloom.feeds import adopt

    articles = (
        adopt.Article(one.path, one.id, (one.address or one.id, one.link), one.title, one.published) for one in done.articles
    )
    return adopt.adopted(feeds, articles)


def _lines(found: "Adoption", most: int | None) -> Iterator[str]:
    """What was matched, and what was not."""
    from feedloom.cli.output import number

    every = len(found.pairs) + len(found.gone) + len(found.other)
    keep = "keeps its id" if every == 1 else "keep their ids"
    yield f"{len(found.pairs):,} of {number(every, 'entry', 'entries')} {keep}."
    if found.other:
        yield f"{number(len(found.other), 'entry', 'entries')} named otherwise in another of these feeds:"
        yield from _some([f"{entry.id}  {entry.title}" for entry in found.other], most)
    if found.gone:
        yield f"{number(len(found.gone), 'entry', 'entries')} without a record:"
        yield from _some([f"{entry.link or entry.id}  {entry.title}" for entry in found.gone], most)
    if found.added:
        yield f"{number(len(found.added), 'record')} not in the old feeds:"
        yield from _some([f"{article.path}  {article.title}" for article in found.added], most)


def _some(lines: list[str], most: int | None) -> Iterator[str]:
    from feedloom.model import printable

    yield from (f"  {printable(line)}" for line in lines[:most])
    if most is not None and len(lines) > most:
        yield f"  ... and {len(lines) - most:,} more (--all lists them)"


def _advice(feeds: "list[OldFeed]", found: "Adoption", config: "Config") -> Iterator[str]:
    """A feed that shows more than the old one shows older articles as new."""
    from feedloom.cli.output import number

    shown = max(len(feed.entries) for feed in feeds)
    if found.added and 0 < shown < config.limit:
        entries, more = number(shown, "entry", "entries"), config.limit - shown
        yield f"The old feed shows {entries}. Set limit: {shown}, or readers get up to {more} older ones as new."


def _beside(config: "Config") -> str:
    import os

    return os.path.join(os.path.dirname(config.file or ""), "ids.json")
