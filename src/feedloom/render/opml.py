"""feeds.opml (OPML 2.0): every feed there is, for feed readers to subscribe to at once."""

from collections.abc import Iterable

from lxml import etree

from feedloom.config import Config
from feedloom.model import Feed, Kind
from feedloom.render.head import head_of

PATH = "feeds.opml"
_FOLDERS: dict[Kind, str] = {"topic": "Topics", "provider": "Providers"}


def opml(feeds: Iterable[Feed], config: Config) -> bytes:
    """An outline a feed, topics and providers in folders; retired feeds are left out.

    Without a site URL the addresses are relative to the file.
    """
    root = etree.Element("opml", version="2.0")
    etree.SubElement(etree.SubElement(root, "head"), "title").text = config.site.title
    body = etree.SubElement(root, "body")
    folders: dict[Kind, etree._Element] = {}
    for feed in feeds:
        if feed.retired:
            continue
        if feed.kind not in folders:
            name = _FOLDERS.get(feed.kind)
            folders[feed.kind] = etree.SubElement(body, "outline", text=name) if name else body
        title = head_of(feed, config)
        outline = etree.SubElement(folders[feed.kind], "outline", type="rss", text=feed.name or title.title, title=title.title)
        outline.set("xmlUrl", title.self_url("atom") or f"{feed.address}.atom")
        if title.home:
            outline.set("htmlUrl", title.home)
    return etree.tostring(root, encoding="UTF-8", pretty_print=True, xml_declaration=True)
