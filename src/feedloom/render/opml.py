"""feeds.opml (OPML 2.0): every feed there is, for feed readers to subscribe to at once."""

from collections.abc import Iterable

from feedloom.config import Config
from feedloom.model import Feed, Kind
from feedloom.render.head import PAGE, address_of, title_of
from feedloom.render.xml import attribute, text, words

PATH = "feeds.opml"
_FOLDERS: dict[Kind, str] = {
    "topic": "Topics",
    "provider": "Providers",
    "category": "Categories",
    "type": "Types",
    "provider_topic": "Topics by provider",
    "custom": "Selections",
}


def opml(feeds: Iterable[Feed], config: Config) -> bytes:
    """An outline a feed, in a folder for each kind; retired feeds are left out.

    Without a site URL the addresses are relative to the file.
    """
    outlines: dict[Kind, list[str]] = {}
    for feed in feeds:
        if not feed.retired:
            outlines.setdefault(feed.kind, []).append(_outline(feed, config))
    lines = []
    for kind, inside in outlines.items():
        if name := _FOLDERS.get(kind):
            lines += [f'    <outline text="{name}">', *(f"      {outline}" for outline in inside), "    </outline>"]
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


def _outline(feed: Feed, config: Config) -> str:
    address = attribute(address_of(feed, config) or feed.address)
    home = f' htmlUrl="{address}.{PAGE}"' if config.site.url else ""
    title = words(title_of(feed, config))
    name = words(feed.name) if feed.name else title
    return f'<outline type="rss" text="{name}" title="{title}" xmlUrl="{address}.atom"{home}/>'
