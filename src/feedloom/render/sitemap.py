"""`sitemap.xml`: the pages of a site for search engines (sitemaps.org). Pure."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from feedloom.config.settings import Config
from feedloom.model import Feed, ListedFeed
from feedloom.render import directory, head
from feedloom.render.metadata import PAGE, url_of
from feedloom.render.xml import text
from feedloom.values import dates, urls

PATH = "sitemap.xml"
MARKS = (b'<?xml version="1.0" encoding="UTF-8"?>\n<!-- made by feedloom -->\n',)
"""What all of them contain."""
_PART = "feedloom-sitemap-{}.xml"
_MOST = 50_000
"""URLs in a file, by the protocol."""
_NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"


def sitemap(feeds: Iterable[ListedFeed], lists: Iterable[str], config: Config) -> Iterator[tuple[str, bytes]]:
    """The files: one, or with over 50,000 pages an index of several. `lists` are the paths of the pages that list feeds."""
    live = [feed for feed in feeds if isinstance(feed, Feed)]
    newest = max((feed.updated for feed in live if feed.updated), default=None)
    pages = [(head.front(config), newest)]
    pages += [(urls.joined(config.site.url or "", directory.shown_path(path)), None) for path in sorted(lists)]
    pages += [(f"{url_of(feed, config)}.{PAGE}", feed.updated) for feed in live]
    if len(pages) <= _MOST:
        yield PATH, _document("urlset", "url", pages)
        return
    files = {_PART.format(at // _MOST + 1): pages[at : at + _MOST] for at in range(0, len(pages), _MOST)}
    for path, some in files.items():
        yield path, _document("urlset", "url", some)
    yield PATH, _document("sitemapindex", "sitemap", [(f"{config.site.url}{path}", None) for path in files])


def is_part(name: str) -> bool:
    """Whether this is the name of one of several files."""
    return name.startswith(_PART.partition("{")[0]) and name.endswith(".xml")


def _document(root: str, tag: str, rows: Iterable[tuple[str, datetime | None]]) -> bytes:
    lines = [f'<{root} xmlns="{_NAMESPACE}">']
    for url, updated in rows:
        date = f"<lastmod>{dates.rfc3339(updated)}</lastmod>" if updated else ""
        lines.append(f"<{tag}><loc>{text(url)}</loc>{date}</{tag}>")
    return MARKS[0] + "\n".join([*lines, f"</{root}>\n"]).encode()
