"""Records, and what a reader should show of them: written by hand, or read from seeds/ by code that is not feedloom's."""

import html
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

import yaml
from dateutil.parser import parse as parse_date

from tests.readers import Entry


class Article(NamedTuple):
    """What a record says, in the words of a reader. A provider is a name and a site, a related article a URL, a title
    and a provider's name."""

    id: str
    title: str
    published: datetime
    link: str | None = None
    updated: datetime | None = None
    excerpt: str | None = None
    provider: tuple[str, str | None] | None = None
    topics: tuple[str, ...] = ()
    category: str | None = None
    image: str | None = None
    related: tuple[tuple[str, str, str | None], ...] = ()

    def entry(self, feed: str, format: str) -> Entry:
        """What a reader that lacks nothing shows of the article, in a feed of that title."""
        # JSON Feed's tags have no scheme that would tell a category from a topic.
        category = (self.category,) if self.category and format != "json" else ()
        return Entry(
            id=self.id,
            feed=feed,
            title=self.title,
            link=self.link or self.id,
            published=self.published,
            updated=self.updated or self.published,
            author=self.provider and self.provider[0],
            categories=self.topics + category,
            summary=self.excerpt,
            content=" ".join(" ".join(self._content()).split()) or (self.title if format == "json" else ""),
            image=self.image,
            related=tuple((url, title) for url, title, _ in self.related),
        )

    def _content(self) -> Iterator[str]:
        if self.image:
            yield f"[{self.image}]"
        yield self.excerpt or ""
        if self.provider:
            name, site = self.provider
            yield f"Source: [{site}] {name}" if site else f"Source: {name}"
        if self.related:
            yield "Related articles:"
        for url, title, provider in self.related:
            yield f"[{url}] {title} ({provider})" if provider else f"[{url}] {title}"


def shown(document: str) -> str:
    """HTML as a person sees it, in one line: its text, and `[url]` for each picture and before the text of each link."""
    page = _Page()
    page.feed(document)
    page.close()
    return " ".join("".join(page.parts).split())


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        url = dict(attrs).get({"a": "href", "img": "src"}.get(tag, ""))
        self.parts.append(f" [{url}] " if url else "" if tag in ("b", "i", "em") else " ")

    def handle_endtag(self, tag: str) -> None:
        self.parts.append("" if tag in ("a", "b", "i", "em") else " ")

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


TRICKY: Mapping[str, tuple[str, Article]] = {
    "text that looks like mark-up": (
        r"""
title: "3 < 5 &amp; 7 > 2 &#8211; AT&T's \"R&amp;amp;D\", &unknown; and <b>more</b>"
excerpt: "If a<1 &amp;&amp; b>2: &lt;i&gt;stop&lt;/i&gt;, ]]> or C:\\new &copy; &unknown; it's \"done\" | x"
publishedDateTime: 2024-05-01T10:00:00Z
originalUrl: "https://original.example/story?a=1&b=2"
webUrl: "https://shown.example/story?b=2&copy=3&c=(3)#part"
category: news & views
provider: {name: "Smith & Sons, \"Ltd\" <3", domain: www.smith.example}
topics: ["R&D", "Arts, Crafts", "a < b; c/d"]
images:
  - {url: "https://img.example/x.jpg?w=1&h=2", width: 10, height: 20}
  - {url: "https://img.example/second.png"}
""",
        Article(
            id="https://original.example/story?a=1&b=2",
            link="https://shown.example/story?b=2&copy=3&c=(3)#part",
            title='3 < 5 & 7 > 2 – AT&T\'s "R&D", &unknown; and more',
            excerpt=r"""If a<1 && b>2: stop, ]]> or C:\new © &unknown; it's "done" | x""",
            published=datetime(2024, 5, 1, 10, tzinfo=UTC),
            provider=('Smith & Sons, "Ltd" <3', "https://smith.example/"),
            topics=("R&D", "Arts, Crafts", "a < b; c/d"),
            category="news & views",
            image="https://img.example/x.jpg?w=1&h=2",
        ),
    ),
    "right to left, emoji, beyond ASCII": (
        """
title: "שלום עולם 😀 مرحبا 👩‍👩‍👧‍👦 𝔘"
excerpt: "עברית (English), 😀"
publishedDateTime: 2024-05-02T12:00:00+05:30
updatedDateTime: 2024-05-03T00:00:00.750Z
webUrl: "https://bücher.example/שלום?q=ü&r=1"
provider: {name: "מערכת"}
topics: ["חדשות", "😀"]
images: [{url: "https://bücher.example/תמונה.webp"}]
""",
        Article(
            id="https://xn--bcher-kva.example/%D7%A9%D7%9C%D7%95%D7%9D?q=%C3%BC&r=1",
            title="שלום עולם 😀 مرحبا 👩‍👩‍👧‍👦 𝔘",
            excerpt="עברית (English), 😀",
            published=datetime(2024, 5, 2, 6, 30, tzinfo=UTC),
            updated=datetime(2024, 5, 3, tzinfo=UTC),
            provider=("מערכת", None),
            topics=("חדשות", "😀"),
            image="https://xn--bcher-kva.example/%D7%AA%D7%9E%D7%95%D7%A0%D7%94.webp",
        ),
    ),
    "nothing but what a record needs": (
        """
title: Bare
publishedDateTime: 2024-05-03
webUrl: https://bare.example/
""",
        Article(id="https://bare.example/", title="Bare", published=datetime(2024, 5, 3, tzinfo=UTC)),
    ),
    "a video with three related articles": (
        r"""
title: Film & sound
excerpt: A film.
type: video
publishedDateTime: 2024-05-04T10:00:00Z
updatedDateTime: 2024-06-04T12:00:00+02:00
webUrl: "https://video.example/watch?v=1&t=2"
provider: {name: Films, domain: films.example}
images: [{url: "https://video.example/still.webp", width: 1280, height: 720}]
related:
  - {title: "One &amp; <i>only</i> < 2", webUrl: "https://r.example/1?a=1&copy;=2", provider: {name: "A & B"}}
  - {title: "Two \"quoted\"", webUrl: "https://r.example/2", excerpt: x, images: [{url: "https://r.example/2.jpg"}]}
  - {title: "שלוש", webUrl: "https://r.example/3#x", publishedDateTime: 2024-01-01}
""",
        Article(
            id="https://video.example/watch?v=1&t=2",
            title="Film & sound",
            excerpt="A film.",
            published=datetime(2024, 5, 4, 10, tzinfo=UTC),
            updated=datetime(2024, 6, 4, 10, tzinfo=UTC),
            provider=("Films", "https://films.example/"),
            image="https://video.example/still.webp",
            related=(
                ("https://r.example/1?a=1&copy;=2", "One & only < 2", "A & B"),
                ("https://r.example/2", 'Two "quoted"', None),
                ("https://r.example/3#x", "שלוש", None),
            ),
        ),
    ),
    "a picture and a provider, but no excerpt": (
        """
title: "0"
publishedDateTime: 1999-12-31T23:59:59Z
webUrl: https://pictures.example/0
provider: {domain: pictures.example}
topics: ["0"]
images: [{url: "https://pictures.example/0"}]
""",
        Article(
            id="https://pictures.example/0",
            title="0",
            published=datetime(1999, 12, 31, 23, 59, 59, tzinfo=UTC),
            provider=("pictures.example", "https://pictures.example/"),
            topics=("0",),
            image="https://pictures.example/0",
        ),
    ),
}


def seeds(folder: Path, now: datetime) -> list[Article]:
    """The records of a folder that are due."""
    articles = [_article(_front_matter(path.read_text())) for path in sorted(folder.iterdir())]
    return [article for article in articles if article.published <= now]


def _front_matter(text: str) -> dict[str, Any]:
    fields = yaml.load(text.split("---\n")[1] if text.startswith("---\n") else text, yaml.BaseLoader)
    assert isinstance(fields, dict)
    return fields


def _article(fields: Mapping[str, Any]) -> Article:
    topics = fields.get("topics", ())
    return Article(
        id=_ascii(fields.get("originalUrl") or fields["webUrl"]),
        link=_ascii(fields.get("webUrl") or fields["originalUrl"]),
        title=fields["title"],
        published=_utc(fields["publishedDateTime"]),
        updated=_utc(fields["updatedDateTime"]) if "updatedDateTime" in fields else None,
        excerpt=html.unescape(re.sub("<.*?>", "", fields["excerpt"])) if "excerpt" in fields else None,
        provider=_provider(fields["provider"]),
        topics=(topics,) if isinstance(topics, str) else tuple(topics),
        category=fields.get("category"),
        image=_ascii(fields["images"][0]["url"]) if "images" in fields else None,
        related=tuple(
            (related["webUrl"], related["title"], related.get("provider", {}).get("name"))
            for related in fields.get("related", ())
        ),
    )


def _provider(field: str | dict[str, str]) -> tuple[str, str | None]:
    if isinstance(field, str):
        return field, None
    return field["name"], f"https://{field['domain'].removeprefix('www.').encode('idna').decode()}/"


def _ascii(url: str) -> str:
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.encode("idna").decode(), path=quote(parts.path)).geturl()


def _utc(text: str) -> datetime:
    return parse_date(text).astimezone(UTC)
