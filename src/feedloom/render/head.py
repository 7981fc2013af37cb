"""The part of a page's head that is for programs which show or find links: pictures of cards, JSON-LD. Pure."""

from collections.abc import Sequence
from typing import Any

import msgspec

from feedloom.config.settings import Config
from feedloom.model import ListedFeed
from feedloom.render.metadata import PAGE, Metadata
from feedloom.render.words import escaped
from feedloom.values import dates

_PICTURE = b'<figure><img src="'


def newest_picture(articles: bytes) -> str:
    """The URL of the newest picture, escaped. Quotes in texts are escaped, so the mark-up is ours."""
    start = articles.find(_PICTURE)
    if start < 0:
        return ""
    start += len(_PICTURE)
    end = articles.find(b'"', start)
    return articles[start : end if end >= 0 else None].decode()


def card(image: str, config: Config) -> str:
    """For programs that show a link as a card: the picture with an escaped URL, else the site's."""
    size = "summary_large_image" if image else "summary"
    image = image or escaped(config.site.logo or config.site.icon or "")
    shown = f'<meta property="og:image" content="{image}">\n' if image else ""
    return f'{shown}<meta name="twitter:card" content="{size}">\n'


def front(config: Config) -> str:
    """The URL of the front page: servers show the usual name for that of the folder."""
    return f"{config.site.url}{(config.index or '').removesuffix('index.html')}"


def of_feed(
    feed: ListedFeed, metadata: Metadata, title: str, crumbs: Sequence[tuple[str, str]], name: str, config: Config
) -> str:
    """A feed's page: a collection with a way to it. `crumbs` are names and URLs above the page, `name` is its own."""
    above = [{"@type": "ListItem", "position": at, "name": one, "item": url} for at, (one, url) in enumerate(crumbs, start=1)]
    return linked_data(
        {
            "@type": "CollectionPage",
            "name": title,
            "description": metadata.description,
            "url": f"{metadata.base}.{PAGE}",
            **({"inLanguage": metadata.language} if metadata.language else {}),
            **({"dateModified": dates.rfc3339(feed.updated)} if feed.updated else {}),
            "isPartOf": {"@type": "WebSite", "name": config.site.title, "url": front(config)},
            "breadcrumb": {
                "@type": "BreadcrumbList",
                "itemListElement": [*above, {"@type": "ListItem", "position": len(above) + 1, "name": name}],
            },
        }
    )


def linked_data(thing: dict[str, Any]) -> str:
    """JSON-LD for search engines. A browser does not run it, so no policy has to allow it."""
    text = msgspec.json.encode({"@context": "https://schema.org", **thing}).decode().replace("<", "\\u003c")
    return f'<script type="application/ld+json">{text}</script>\n'
