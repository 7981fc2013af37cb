"""Real readers over real HTTP: what each one understands of a feed is what the records say, field by field.

`LACKS` is the list of what a reader is known not to take from a format, with the reason; docs/readers.md shows it to users.
"""

import contextlib
import email.utils
import json
import os
import re
import shutil
import sqlite3
import subprocess
import threading
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from html import unescape
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import atoma
import fastfeedparser
import feedparser
import listparser
import pytest
import reader

import feedloom
from feedloom.render import FORMATS
from tests.conftest import NOW

HERE = Path(__file__).parent / "readers"
ROOT = HERE.parent.parent

Entry = dict[str, Any]

# Records that are hard to show right, and what a subscriber should see of each.
RECORDS: list[tuple[str, Entry]] = [
    (
        """
title: 'R&amp;D &#8217;21: "3 < 5 & 7 > 2" isn''t &lt;b&gt;bold&lt;/b&gt;'
excerpt: "A&amp;B said: <i>3 &lt; 5</i> &#8230; &quot;so what?&quot;"
publishedDateTime: 2024-05-06T07:08:09Z
updatedDateTime: 2024-06-01T00:00:00Z
originalUrl: "https://example.com/original?a=1&b=2"
webUrl: "https://example.com/web?a=1&b=2"
provider: {name: "Ben & Söhne", domain: www.ben.example}
topics: [C++, "R&D", 宇宙]
category: news
images:
  - {url: "https://example.com/i.jpg?w=1&h=2", width: 640, height: 480}
  - {url: "https://example.com/second.png"}
related:
  - {title: "One & only", webUrl: "https://example.com/r1?a=1&b=2", provider: {name: P}}
  - {title: Two, webUrl: "https://example.com/r2"}
  - {title: Three, webUrl: "https://bücher.example/3"}
""",
        {
            "title": 'R&D ’21: "3 < 5 & 7 > 2" isn\'t bold',
            "link": "https://example.com/web?a=1&b=2",
            "id": "https://example.com/original?a=1&b=2",
            "published": "2024-05-06T07:08:09Z",
            "updated": "2024-06-01T00:00:00Z",
            "author": "Ben & Söhne",
            "categories": ["C++", "R&D", "宇宙", "news"],
            "summary": 'A&B said: 3 < 5 … "so what?"',
            "image": "https://example.com/i.jpg?w=1&h=2",
            "related": ["https://example.com/r1?a=1&b=2", "https://example.com/r2", "https://xn--bcher-kva.example/3"],
        },
    ),
    (
        """
title: שלום עולם 😀
excerpt: سطر من النص
publishedDateTime: 2023-01-02T03:04:05+02:00
webUrl: https://example.com/rtl
provider: {domain: rtl.example}
topics: [A]
images: [{url: "https://example.com/rtl.webp"}]
""",
        {
            "title": "שלום עולם 😀",
            "link": "https://example.com/rtl",
            "id": "https://example.com/rtl",
            "published": "2023-01-02T01:04:05Z",
            "updated": "2023-01-02T01:04:05Z",
            "author": "rtl.example",
            "categories": ["A"],
            "summary": "سطر من النص",
            "image": "https://example.com/rtl.webp",
            "related": [],
        },
    ),
    (
        """
title: A video
excerpt: Watch it.
publishedDateTime: 2022-01-01
originalUrl: https://video.example.com/watch?v=1
type: video
provider: V
images: [{url: "https://video.example.com/max.jpg", width: 1280, height: 720}]
""",
        {
            "title": "A video",
            "link": "https://video.example.com/watch?v=1",
            "id": "https://video.example.com/watch?v=1",
            "published": "2022-01-01T00:00:00Z",
            "updated": "2022-01-01T00:00:00Z",
            "author": "V",
            "categories": [],
            "summary": "Watch it.",
            "image": "https://video.example.com/max.jpg",
            "related": [],
        },
    ),
    (
        """
title: Nothing but what a record needs
publishedDateTime: 2021-01-01
webUrl: https://example.com/bare
provider: {name: "", domain: bare.example}
""",
        {
            "title": "Nothing but what a record needs",
            "link": "https://example.com/bare",
            "id": "https://example.com/bare",
            "published": "2021-01-01T00:00:00Z",
            "updated": "2021-01-01T00:00:00Z",
            "author": "bare.example",
            "categories": [],
            "summary": None,
            "image": None,
            "related": [],
        },
    ),
]

NO_RELATED = "takes no related links; the content lists them"
NO_UPDATE_IN_RSS = "takes no atom:updated in RSS"
ONE_DATE = "knows one date"
LACKS: dict[tuple[str, str], dict[str, str]] = {
    ("feedparser", "json"): {"": "reads no JSON Feed"},
    ("reader", "atom"): {"related": NO_RELATED, "categories": "has no categories"},
    ("reader", "rss"): {"related": NO_RELATED, "categories": "has no categories"},
    ("reader", "json"): {"related": NO_RELATED, "categories": "has no categories"},
    ("fastfeedparser", "json"): {"related": "JSON Feed has no field for it", "category": "not a tag in JSON Feed"},
    ("atoma", "rss"): {
        "author": "takes no dc:creator in RSS",
        "updated": NO_UPDATE_IN_RSS,
        "related": NO_RELATED,
    },
    ("atoma", "json"): {"related": "JSON Feed has no field for it", "category": "not a tag in JSON Feed"},
    ("feedsmith", "json"): {"related": "JSON Feed has no field for it", "category": "not a tag in JSON Feed"},
    ("npm feedparser", "atom"): {"related": NO_RELATED},
    ("npm feedparser", "rss"): {"related": NO_RELATED, "updated": NO_UPDATE_IN_RSS},
    ("npm feedparser", "json"): {"": "reads no JSON Feed"},
    ("newsboat", "atom"): {
        "related": NO_RELATED,
        "categories": "has no categories",
        "summary": "shows the content",
        "updated": ONE_DATE,
    },
    ("newsboat", "rss"): {
        "related": NO_RELATED,
        "categories": "has no categories",
        "summary": "shows the content",
        "updated": ONE_DATE,
    },
    ("newsboat", "json"): {"": "reads no JSON Feed (version 2.21)"},
    ("sfeed", "atom"): {"related": NO_RELATED, "summary": "shows the content", "updated": ONE_DATE},
    ("sfeed", "rss"): {"related": NO_RELATED, "summary": "shows the content", "updated": ONE_DATE},
    ("sfeed", "json"): {"": "reads no JSON Feed"},
}


def need(tool: str) -> str:
    """The path of a program: where it lacks, CI fails and others skip."""
    found = shutil.which(tool)
    if not found:
        if os.environ.get("CI"):
            pytest.fail(f"{tool} is not installed; .ci/run installs it")
        pytest.skip(f"{tool} is not installed; .ci/run shows how")
    return found


def ran(*command: str, **options: Any) -> str:
    return str(subprocess.run(command, capture_output=True, check=True, text=True, timeout=60, **options).stdout)


def fetched(url: str) -> bytes:
    with urllib.request.urlopen(url) as response:
        return bytes(response.read())


def utc(value: Any) -> str | None:
    """A date as any reader gives it: text, seconds or datetime."""
    if value is None:
        return None
    if isinstance(value, str):
        value = datetime.fromisoformat(value) if value[0].isdigit() else email.utils.parsedate_to_datetime(value)
    if isinstance(value, int):
        value = datetime.fromtimestamp(value, UTC)
    return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def links(found: list[Any], rel: str) -> list[str]:
    return [link["href"] for link in found if link.get("rel") == rel]


def by_feedparser(url: str) -> list[Entry]:
    return [
        {
            **{name: entry.get(name) for name in ("title", "link", "id", "published", "updated", "author", "summary")},
            "categories": [tag.term for tag in entry.get("tags", [])],
            "text": entry.content[0].value if "content" in entry else entry.summary,
            "image": entry.media_content[0]["url"] if "media_content" in entry else None,
            "related": links(entry.links, "related"),
        }
        for entry in feedparser.parse(url).entries
    ]


def by_reader(url: str) -> list[Entry]:
    with reader.make_reader(":memory:") as library:
        library.add_feed(url)
        library.update_feed(url)
        return [
            {
                **{name: getattr(entry, name) for name in ("title", "link", "id", "published", "updated", "summary")},
                "author": entry.authors[0].name if entry.authors else None,
                "text": entry.content[0].value if entry.content else entry.summary,
                "image": entry.enclosures[0].href if entry.enclosures else None,
            }
            for entry in library.get_entries(feed=url)
        ]


def by_fastfeedparser(url: str) -> list[Entry]:
    return [
        {
            **{name: entry.get(name) for name in ("title", "link", "id", "published", "updated", "author")},
            "summary": entry.get("description"),
            "categories": [tag["term"] for tag in entry.get("tags") or []],
            "text": entry["content"][0]["value"] if entry.get("content") else entry.get("description"),
            "image": entry.get("image") or (entry["media_content"][0]["url"] if entry.get("media_content") else None),
            "related": links(entry.get("links", []), "related"),
        }
        for entry in fastfeedparser.parse(fetched(url)).entries
    ]


def by_atoma(url: str) -> list[Entry]:
    document = fetched(url)
    if url.endswith(".atom"):
        return [
            {
                "title": entry.title.value,
                "link": next(link.href for link in entry.links if link.rel == "alternate"),
                "id": entry.id_,
                "published": entry.published,
                "updated": entry.updated,
                "author": entry.authors[0].name if entry.authors else None,
                "categories": [category.term for category in entry.categories],
                "summary": entry.summary and entry.summary.value,
                "text": entry.content.value,
                "image": next((link.href for link in entry.links if link.rel == "enclosure"), None),
                "related": [link.href for link in entry.links if link.rel == "related"],
            }
            for entry in atoma.parse_atom_bytes(document).entries
        ]
    if url.endswith(".rss"):
        return [
            {
                **{name: getattr(item, name) for name in ("title", "link", "categories")},
                "id": item.guid,
                "published": item.pub_date,
                "summary": item.description,
                "text": item.content_encoded or item.description,
                "image": item.enclosures[0].url if item.enclosures else None,
            }
            for item in atoma.parse_rss_bytes(document).items
        ]
    return [
        {
            **{name: getattr(item, name) for name in ("title", "summary", "image")},
            "link": item.url,
            "id": item.id_,
            "published": item.date_published,
            "updated": item.date_modified,
            "author": item.author.name if item.author else None,
            "categories": item.tags,
            "text": item.content_html,
        }
        for item in atoma.parse_json_feed_bytes(document).items
    ]


def by_npm(name: str, url: str) -> list[Entry]:
    if not (HERE / "node_modules" / name).exists():
        need(f"npm ci --prefix {HERE.relative_to(ROOT)}")
    entries = json.loads(ran(need("node"), str(HERE / "read.mjs"), name, url))
    assert isinstance(entries, list)
    return entries


def by_newsboat(url: str) -> list[Entry]:
    folder = Path.cwd() / "newsboat"
    folder.mkdir()
    (folder / "urls").write_text(url + "\n")
    (folder / "config").write_text("auto-reload no\n")
    files = (f"-{option}{folder / name}" for option, name in (("u", "urls"), ("c", "cache.db"), ("C", "config")))
    ran(need("newsboat"), *files, "-x", "reload", env={**os.environ, "HOME": str(folder)})
    rows = sqlite3.connect(folder / "cache.db").execute(
        "select title, url, guid, pubDate, author, content, enclosure_url from rss_item order by pubDate desc"
    )
    return [
        {
            "title": title,
            "link": link,
            "id": guid,
            "published": published,
            "author": author,
            "text": text,
            "image": next(iter(re.findall('<img src="([^"]*)"', text)), None)
            and unescape(re.findall('<img src="([^"]*)"', text)[0]),
        }
        for title, link, guid, published, author, text, _ in rows
    ]


def by_sfeed(url: str) -> list[Entry]:
    lines = ran(need("sfeed"), url, input=fetched(url).decode()).splitlines()
    names = ("published", "title", "link", "text", "type", "id", "author", "image", "categories")
    entries = [dict(zip(names, line.split("\t"), strict=True)) for line in lines]
    return [
        {
            **{name: entry[name] or None for name in ("title", "link", "text", "id", "author", "image")},
            "published": int(entry["published"]),
            "categories": [name for name in entry["categories"].split("|") if name],
        }
        for entry in entries
    ]


READERS: dict[str, Callable[[str], list[Entry]]] = {
    "feedparser": by_feedparser,
    "reader": by_reader,
    "fastfeedparser": by_fastfeedparser,
    "atoma": by_atoma,
    "feedsmith": partial(by_npm, "feedsmith"),
    "npm feedparser": partial(by_npm, "feedparser"),
    "newsboat": by_newsboat,
    "sfeed": by_sfeed,
}
CASES = [(name, format) for name in READERS for format in FORMATS]
FIELDS = ("title", "link", "id", "published", "updated", "author", "categories", "summary", "image", "related")


class Handler(SimpleHTTPRequestHandler):
    """The media types that every server should send."""

    extensions_map = {  # noqa: RUF012
        ".atom": "application/atom+xml",
        ".rss": "application/rss+xml",
        ".json": "application/feed+json",
        ".opml": "text/x-opml",
    }

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a site with RECORDS, served on this machine."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "records").mkdir()
    for number, (fields, _) in enumerate(RECORDS):
        (folder / "records" / f"{number}.md").write_text(f"---{fields}---\n")
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder / "out"))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/"
        config = feedloom.Config(records=str(folder / "records"), output=str(folder / "out"), site=feedloom.Site(url=url))
        report = feedloom.build(config, now=NOW)
        assert (report.records.published, report.problems) == (len(RECORDS), [])
        yield url
        server.shutdown()


@pytest.mark.parametrize(("name", "format"), CASES, ids=[f"{name}-{format}" for name, format in CASES])
def test_reader(published: str, name: str, format: str) -> None:
    lacks = LACKS.get((name, format), {})
    if "" in lacks:
        check_that_nothing_is_read(published, name, format)
        return
    understood = READERS[name](f"{published}all.{format}")
    understood.sort(key=lambda entry: utc(entry["published"]) or "", reverse=True)
    assert len(understood) == len(RECORDS)
    lacking = set(lacks) & set(FIELDS)
    for entry, (_, expected) in zip(understood, RECORDS, strict=True):
        wanted = {field: expected[field] for field in FIELDS if field not in lacks}
        if "category" in lacks:
            wanted["categories"] = [name for name in expected["categories"] if name != "news"]
        if not expected["summary"]:
            wanted.pop("summary", None)  # some make one of the content
        assert {field: seen(entry, field, format) for field in wanted} == wanted
        lacking -= {field for field in lacking if seen(entry, field, format) != expected[field]}
        shown = plain(entry["text"])
        for text in (expected["summary"] or expected["title"], *(["Related articles:"] if expected["related"] else [])):
            assert text in shown
    assert not lacking, "is understood after all"


def check_that_nothing_is_read(published: str, name: str, format: str) -> None:
    with contextlib.suppress(subprocess.CalledProcessError):
        assert READERS[name](f"{published}all.{format}") == []


def seen(entry: Entry, field: str, format: str) -> Any:
    value = entry.get(field)
    if field in ("published", "updated"):
        return utc(value)
    if field in ("categories", "related"):
        return list(value or [])
    # An RSS description is HTML.
    return unescape(value) if field == "summary" and value and format == "rss" else value


def plain(html: str) -> str:
    return unescape(re.sub("<[^>]*>", "", html.replace("\\n", "\n")))


def test_listparser_takes_the_opml(published: str) -> None:
    found = listparser.parse(fetched(f"{published}feeds.opml"))
    assert not found.bozo
    assert (found.feeds[0].title, found.feeds[0].url) == ("News", f"{published}all.atom")
    assert {category for feed in found.feeds for category in feed.tags} == {"Topics", "Providers"}
    for feed in found.feeds:
        assert fetched(feed.url)


def test_the_documentation_lists_what_readers_lack() -> None:
    table = (ROOT / "docs" / "readers.md").read_text()
    for (name, format), lacks in LACKS.items():
        for field, reason in lacks.items():
            assert f"| {name} | {format} | {field or 'all'} | {reason} |" in table
    assert table.count("\n| ") == 2 + sum(map(len, LACKS.values()))
