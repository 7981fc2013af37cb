"""OPML 2.0: lists of all feeds, and of the feeds of each kind, that feed readers can import."""

from collections.abc import Iterable, Mapping

from feedloom.config.settings import Config
from feedloom.feeds.kinds import KINDS
from feedloom.model import Feed, Kind, ListedFeed
from feedloom.render import formats
from feedloom.render.metadata import labels_of, link_of, title_of, url_of
from feedloom.render.titles import bracketed, brackets
from feedloom.render.xml import attribute, text, words
from feedloom.values.characters import folded

PATH = "feeds.opml"


def lists(feeds: Iterable[ListedFeed], config: Config) -> dict[str, bytes]:
    """By path: `feeds.opml`, with a folder for each kind of feeds, and one list for each kind.

    A reader that imports all feeds gets each article several times. Retired feeds are left out. Without a site URL, URLs are
    relative to the file.
    """
    outlines = _outlines(feeds, config)
    written = {PATH: _document(outlines, config)}
    for kind, inside in outlines.items():
        if kind != "all":
            written[path_of(kind)] = _document({kind: inside}, config)
    return written


def paths() -> list[str]:
    """The paths that lists can have."""
    return [PATH, *(path_of(kind) for kind in KINDS if kind != "all")]


def path_of(kind: Kind) -> str:
    """The path of the list of a kind of feeds."""
    return f"{KINDS[kind].folder.strip('/')}.opml"


def _outlines(feeds: Iterable[ListedFeed], config: Config) -> dict[Kind, list[str]]:
    live = [feed for feed in feeds if isinstance(feed, Feed)]

    def name(feed: Feed) -> str:
        return feed.name or title_of(feed, config)

    apart = brackets(live, name, map(folded, labels_of(config).values()))
    outlines: dict[Kind, list[str]] = {}
    for feed in live:
        shown = bracketed(name(feed), apart.get(feed.address, ""))
        outlines.setdefault(feed.kind, []).append(_outline(feed, shown, config))
    return outlines


def _document(outlines: Mapping[Kind, list[str]], config: Config) -> bytes:
    labels = labels_of(config)
    lines = []
    for kind, inside in outlines.items():
        if name := labels.get(kind):
            folder = f'    <outline text="{words(name)}" title="{words(name)}">'
            lines += [folder, *(f"      {outline}" for outline in inside), "    </outline>"]
        else:
            lines += [f"    {outline}" for outline in inside]
    return "\n".join(
        (
            "<?xml version='1.0' encoding='UTF-8'?>",
            '<opml version="2.0">',
            "  <head>",
            f"    <title>{text(config.site.title)}</title>",
            "  </head>",
            "  <body>",
            *lines,
            "  </body>",
            "</opml>\n",
        )
    ).encode()


def _outline(feed: Feed, shown: str, config: Config) -> str:
    url = url_of(feed, config)
    link = link_of(url, config)
    home = f' htmlUrl="{attribute(link)}"' if link else ""
    names = f'text="{words(shown)}" title="{words(title_of(feed, config))}"'
    file = f"{attribute(url or feed.address)}.{formats.of(config)[0].name}"
    return f'<outline type="rss" {names} xmlUrl="{file}"{home}/>'
