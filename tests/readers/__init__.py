"""Feed readers that others wrote, each as a function from a feed's URL to what the program understood of its entries.

The functions take the fields that a program gives and judge nothing; what is right stands in `articles`.
"""

import json
import os
import re
import sqlite3
import subprocess
import threading
from calendar import timegm
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple
from urllib.request import urlopen

import pytest

from tests.programs import KNOWN, needs

HERE = Path(__file__).parent
TYPES = {
    ".atom": "application/atom+xml",
    ".rss": "application/rss+xml",
    ".json": "application/feed+json",
    ".opml": "text/x-opml",
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
}


class Entry(NamedTuple):
    """What a program understood of an entry; None is what it has no field for. `feed` is the title of the feed."""

    id: str
    feed: str | None = None
    title: str | None = None
    link: str | None = None
    published: datetime | None = None
    updated: datetime | None = None
    author: str | None = None
    categories: tuple[str, ...] | None = None
    summary: str | None = None
    content: str | None = None
    image: str | None = None
    related: tuple[tuple[str, str], ...] | None = None


class _Handler(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Keep the test's output clean."""


@contextmanager
def served(folder: Path, types: dict[str, str] = TYPES) -> Iterator[str]:
    """The address of a server on this machine for a folder, which tells media types by the endings of files."""
    handler = type("_Handler", (_Handler,), {"extensions_map": types})
    with (
        ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=folder)) as server,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("NO_PROXY", "127.0.0.1")
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def fetched(url: str) -> bytes:
    assert url.startswith("http://127.0.0.1:")
    with urlopen(url, timeout=10) as response:
        return bytes(response.read())


def feedparser(url: str) -> list[Entry]:
    import feedparser

    document = feedparser.parse(url)
    return [
        Entry(
            feed=document.feed.title,
            id=entry.id,
            title=entry.title,
            link=entry.link,
            published=datetime.fromtimestamp(timegm(entry.published_parsed), UTC),
            updated=datetime.fromtimestamp(timegm(entry.updated_parsed), UTC),
            author=entry.get("author"),
            categories=tuple(tag.term for tag in entry.get("tags", ())),
            summary=entry.get("summary"),
            content=entry.content[0].value if "content" in entry else entry.get("summary", ""),
            image=_first(thumbnail["url"] for thumbnail in entry.get("media_thumbnail", ())),
            related=tuple((link.href, link.title) for link in entry.links if link.rel == "related"),
        )
        for entry in document.entries
    ]


def reader(url: str) -> list[Entry]:
    from reader import make_reader

    with make_reader(":memory:") as library:
        library.add_feed(url)
        library.update_feed(url)
        return [
            Entry(
                feed=entry.feed.title,
                id=entry.id,
                title=entry.title,
                link=entry.link,
                published=entry.published,
                updated=entry.updated,
                # In RSS it takes a comma for the end of a name.
                author=", ".join(author.name or "" for author in entry.authors),
                summary=entry.summary,
                content=entry.content[0].value if entry.content else entry.summary or "",
                image=_first(enclosure.href for enclosure in entry.enclosures),
            )
            for entry in library.get_entries()
        ]


def fastfeedparser(url: str) -> list[Entry]:
    import fastfeedparser

    document = fastfeedparser.parse(url)
    return [
        Entry(
            feed=document.feed.title,
            id=entry.id,
            title=entry.title,
            link=entry.link,
            published=_moment(entry.published),
            updated=_moment(entry.updated),
            author=entry.get("author"),
            categories=tuple(tag["term"] for tag in entry.get("tags") or ()),
            summary=entry.get("description"),
            content=entry.content[0]["value"] if entry.get("content") else "",
            image=entry.get("image") or _first(media["url"] for media in entry.get("media_content") or ()),
            related=tuple((link["href"], link["title"]) for link in entry.links if link["rel"] == "related"),
        )
        for entry in document.entries
    ]


def atoma(url: str) -> list[Entry]:
    import atoma

    document: Any
    data = fetched(url)
    if url.endswith(".atom"):
        document = atoma.parse_atom_bytes(data)
        return [
            Entry(
                feed=document.title.value,
                id=entry.id_,
                title=entry.title.value,
                link=_first(link.href for link in entry.links if link.rel == "alternate"),
                published=entry.published,
                updated=entry.updated,
                author=_first(author.name for author in entry.authors),
                categories=tuple(category.term for category in entry.categories),
                summary=entry.summary and entry.summary.value,
                content=entry.content.value if entry.content else "",
                image=_first(link.href for link in entry.links if link.rel == "enclosure"),
                related=tuple((link.href, link.title) for link in entry.links if link.rel == "related"),
            )
            for entry in document.entries
        ]
    if url.endswith(".rss"):
        document = atoma.parse_rss_bytes(data)
        return [
            Entry(
                feed=document.title,
                id=item.guid,
                title=item.title,
                link=item.link,
                published=item.pub_date,
                author=item.author,
                categories=tuple(item.categories),
                summary=item.description,
                content=item.content_encoded or item.description or "",
                image=_first(enclosure.url for enclosure in item.enclosures),
            )
            for item in document.items
        ]
    document = atoma.parse_json_feed_bytes(data)
    return [
        Entry(
            feed=document.title,
            id=item.id_,
            title=item.title,
            link=item.url,
            published=item.date_published,
            updated=item.date_modified,
            author=item.author and item.author.name,
            categories=tuple(item.tags),
            summary=item.summary,
            content=item.content_html or item.content_text,
            image=item.image,
        )
        for item in document.items
    ]


def feedsmith(url: str) -> list[Entry]:
    return _node("feedsmith", url)


def node_feedparser(url: str) -> list[Entry]:
    return _node("feedparser", url)


def newsboat(url: str) -> list[Entry]:
    """Read from its cache, after a reload that nobody watches."""
    with TemporaryDirectory() as folder:
        home = Path(folder)
        (home / "urls").write_text(f"{url}\n")
        (home / "config").touch()
        arguments = ("-u", home / "urls", "-C", home / "config", "-c", home / "cache.db", "-x", "reload")
        _run(["newsboat", *map(str, arguments)], HOME=folder)
        with sqlite3.connect(home / "cache.db") as cache:
            rows = cache.execute(
                "SELECT guid, rss_feed.title, rss_item.title, rss_item.url, pubDate, author, content, enclosure_url"
                " FROM rss_item JOIN rss_feed ON feedurl = rssurl ORDER BY rss_item.id DESC"
            ).fetchall()
        cache.close()
    return [
        Entry(
            id=guid,
            feed=feed,
            title=title,
            link=link,
            published=datetime.fromtimestamp(published, UTC),
            author=author,
            content=content,
            image=image or None,
        )
        for guid, feed, title, link, published, author, content, image in rows
    ]


def sfeed(url: str) -> list[Entry]:
    lines = _run(["sfeed", url], fetched(url)).split("\n")[:-1]
    return [
        Entry(
            id=id,
            title=title,
            link=link,
            published=datetime.fromtimestamp(int(published), UTC),
            author=author,
            categories=tuple(categories.split("|")) if categories else (),
            content=re.sub(r"\\(.)", lambda escape: {"n": "\n", "t": "\t"}.get(escape[1], escape[1]), content),
            image=image or None,
        )
        for published, title, link, content, _type, id, author, image, categories in (line.split("\t") for line in lines)
    ]


def _node(program: str, url: str) -> list[Entry]:
    document = json.loads(_run(["node", str(HERE / "read.mjs"), program, url]))
    return [
        Entry(
            feed=document["title"],
            id=entry["id"],
            title=entry["title"],
            link=entry["link"],
            published=_moment(entry["published"]),
            updated=_moment(entry["updated"]),
            author=entry.get("author"),
            categories=tuple(entry.get("categories") or ()),
            summary=entry.get("summary"),
            content=entry.get("content") or "",
            image=entry.get("image"),
            related=tuple((url, title) for url, title in entry["related"]) if "related" in entry else None,
        )
        for entry in document["entries"]
    ]


def _run(command: list[str], given: bytes = b"", **environment: str) -> str:
    environment = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "NO_PROXY": "127.0.0.1", **environment}
    return subprocess.run(command, input=given, env=environment, check=True, capture_output=True, timeout=30).stdout.decode()


def _moment(text: str) -> datetime:
    return parsedate_to_datetime(text) if text[:1].isalpha() else datetime.fromisoformat(text)


def _first(values: Iterable[str]) -> str | None:
    return next(iter(values), None)


READERS: dict[str, Callable[[str], list[Entry]]] = {
    "feedparser": feedparser,
    "reader": reader,
    "fastfeedparser": fastfeedparser,
    "atoma": atoma,
    "feedsmith": feedsmith,
    "node-feedparser": node_feedparser,
    "newsboat": newsboat,
    "sfeed": sfeed,
}

PARAMETERS = [pytest.param(name, marks=needs(name)) if name in KNOWN else name for name in READERS]
"""The names of all readers as a test's parameters; what is no Python library has to be installed."""
