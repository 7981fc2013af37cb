"""What is published, read back: the catalog, and each feed as its readers get it."""

import difflib
import os
from typing import Any

import msgspec

from feedloom import publish, slugs
from feedloom.config import Config
from feedloom.errors import NoFeedError
from feedloom.model import FOLDERS
from feedloom.render import catalog, jsonfeed


def feeds(config: Config, *, aliases: bool = False) -> list[dict[str, Any]]:
    """The feeds of the catalog, as it tells of them; with `aliases`, also the other names by which topics answer.

    Raises PublishError, and NoFeedError where there is no catalog.
    """
    place = os.path.join(config.output, catalog.PATH)
    document = publish.standing(catalog.PATH, config.output)
    if document is None:
        raise NoFeedError(f"{place}: there are no feeds yet: run feedloom build")
    try:
        catalog.read(document)
        listed = msgspec.json.decode(document)
    except ValueError:
        raise NoFeedError(f"{place}: is no catalog of feedloom's: move it away and build again") from None
    return [*listed["feeds"], *(listed.get("aliases", []) if aliases else [])]


def address(feed: dict[str, Any]) -> str:
    """The address of a feed of the catalog, without suffix: `topics/ai-ethics`."""
    path: str = feed["formats"]["atom"]
    return path.removesuffix(".atom")


def named(name: str, among: list[dict[str, Any]]) -> dict[str, Any]:
    """The one feed of the catalog that is meant by its address, by kind and name (`topic/AI Ethics`), or by its name alone.

    Raises NoFeedError where none, or more than one, is called so.
    """
    for found in (
        [feed for feed in among if name in (address(feed), *feed["formats"].values(), feed["page"])],
        [feed for feed in among if _is_called(name, feed)],
    ):
        if len(found) == 1:
            return found[0]
        if found:
            raise NoFeedError(f"{name}: several feeds are called so: {', '.join(map(address, found))}: name one of them")
    nearest = difflib.get_close_matches(name, map(address, among), 3, 0)
    how = f"did you mean {' or '.join(nearest)}?" if nearest else "feedloom feeds lists them"
    raise NoFeedError(f"{name}: there is no such feed: {how}")


def shown(feed: dict[str, Any], config: Config) -> jsonfeed.Document:
    """A feed of the catalog as its readers get it. Raises PublishError, and NoFeedError where it is not there."""
    path = feed["formats"]["json"]
    document = publish.standing(path, config.output)
    try:
        return jsonfeed.read(document or b"")
    except ValueError:
        raise NoFeedError(f"{os.path.join(config.output, path)}: is no feed of feedloom's: build again") from None


def _is_called(name: str, feed: dict[str, Any]) -> bool:
    """By kind and name or slug, or by one of these alone; what makes two names one makes these one, too."""
    kind, slash, rest = name.partition("/")
    wanted = slugs.identity(rest if slash else name)
    names = {slugs.identity(feed["name"]), feed["slug"], feed.get("domain")}
    kinds = (feed["kind"], FOLDERS[feed["kind"]].strip("/"))
    return (bool(slash) and kind in kinds and wanted in names) or slugs.identity(name) in names
