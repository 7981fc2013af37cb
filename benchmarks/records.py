"""Make the records that the benchmark reads: N files in the shape of seeds/, the same bytes on every machine.

    python benchmarks/records.py FOLDER N

It also tells which entries each feed must hold, from what was generated and without reading a file again.
"""

import argparse
import itertools
import os
import random
import re
from bisect import bisect
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal, NamedTuple, TypeAlias

LIMIT = 50
"""Entries of a feed."""

Chance: TypeAlias = Callable[[], float]


def _listed(words: str, mark: str) -> list[str]:
    return words.replace("\n", mark).split(mark)


_FIELDS = _listed(
    """AI|Health|Open Web|Security|Cloud|Robotics|Space|Energy|Climate|Finance|Education|Mobility|Retail|Privacy|Chips
Gaming|Law|Media|Startups|Software|Databases|Networks|Biology|Physics|Chemistry|Farming|Housing|Banking|Insurance|Logistics
Aviation|Shipping|Railways|Water|Mining|Tourism|Sports|Music|Film|Books""",
    "|",
)
_ASPECTS = _listed(
    """|Ethics|Policy|Research|Jobs|Markets|Standards|Design|History|Safety|Funding|Culture|Regulation|Testing|Hardware
Tools|People|Trends|Data|Supply""",
    "|",
)
_REGIONS = _listed("| in Europe| in Asia| in Africa| in America| in Healthcare| in Industry| in Schools| in Cities", "|")
_PLACES = _listed(
    """Northern|Southern|Eastern|Western|Harbour|River|Mountain|Valley|Island|Coastal|Central|Capital|Metro|Global|Daily
Weekly|Monthly|Evening|Morning|Public|Open|Free|New|Old|Bright|Silver|Golden|Green|Blue|Red""",
    "|",
)
_PAPERS = _listed(
    """Courier|Herald|Post|Times|Review|Journal|Gazette|Observer|Chronicle|Tribune|Monitor|Dispatch|Record|Sentinel|Mirror
Beacon|Bulletin|Digest|Examiner|Express|Globe|Ledger|Mail|News|Press|Register|Signal|Standard|Star|Voice|Wire|World|Argus
Echo|Focus|Index|Lantern|Notebook|Outlook|Radar""",
    "|",
)
_WORDS = _listed(
    """care real time insight workflow gain accept patient solution emerge health access service empower system provide better
people support faster deliver potential bias hurdle build learn market report year company team model price signal study change
first public private open code release version network storage device battery sensor satellite launch orbit mission ocean city
train harbour bridge water power grid solar wind nuclear carbon forest farm crop seed feed reader writer editor page link
archive search index result number chart table graph survey answer question law court rule vote office minister plan budget tax
loan bank fund share trade export import factory worker union wage skill school teacher student book film song stage player""",
    " ",
)
_FOREIGN = ["Über Größe und Maß", "Más allá del año", "L’été à Besançon", "光の速さ", "Вести из города", "Çağrı", "Smörgåsbord"]
_MARKS = ["&#8217;s ", " &amp; ", " &#8211; ", "&nbsp;", " &hellip; "]
_FIRST = datetime(2015, 7, 1, tzinfo=UTC)
_SECONDS = 10 * 365 * 24 * 3600
_BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_TITLE = re.compile(rb'^(title: [^\r\n]*?)(?: \(edit \w+\))?("?\r?)$', re.MULTILINE)


class Article(NamedTuple):
    """What a record says that its entries must show. `ending` are the last words of its body, if it has one."""

    path: str
    id: str
    link: str
    title: str
    excerpt: str
    date: str
    topics: tuple[str, ...]
    provider: str
    image: str | None
    related: tuple[str, ...]
    published: bool
    ending: str = ""


class Feed(NamedTuple):
    """A feed that must be made."""

    kind: Literal["all", "topic", "provider"]
    name: str


def articles(count: int) -> Iterator[tuple[Article, str]]:
    """`count` articles, each with its file's text, from the oldest to the newest; no two have the same date or URL."""
    draw = _Draw(count)
    pace = _SECONDS / count
    for number in range(count):
        date = _FIRST + timedelta(seconds=int((number + draw.chance() * 0.9) * pace))
        yield draw.article(number, date)


def write(folder: str, count: int, *, taxonomy: bool = False) -> list[Article]:
    """Make the folder of `count` records: a folder a year.

    With `taxonomy`, each has a line more, `providers: [name]`: Hugo groups by lists of names only.
    """
    made = articles(count)
    return written(folder, map(_with_taxonomy, made) if taxonomy else made)


def _with_taxonomy(record: tuple[Article, str]) -> tuple[Article, str]:
    article, text = record
    end = "\r\n" if "\r\n" in text else "\n"
    return article, text.replace(f"{end}topics:", f"{end}providers: [{article.provider}]{end}topics:", 1)


def written(folder: str, texts: Iterable[tuple[Article, str]]) -> list[Article]:
    """Write the files of articles."""
    made = []
    years = set()
    for article, text in texts:
        year = os.path.join(folder, article.path[:4])
        if year not in years:
            os.makedirs(year, exist_ok=True)
            years.add(year)
        with open(os.path.join(folder, article.path), "w", encoding="utf-8", newline="") as file:
            file.write(text)
        made.append(article)
    return made


def expected(made: Iterable[Article], *, providers: bool = True) -> dict[Feed, list[Article]]:
    """What each feed must show, newest first. There are feeds of `providers`, or not."""
    feeds: dict[Feed, list[Article]] = {}
    for article in sorted(made, key=lambda article: article.date, reverse=True):
        if article.published:
            topics = [Feed("topic", topic) for topic in article.topics]
            for feed in (Feed("all", "News"), *([Feed("provider", article.provider)] if providers else []), *topics):
                shown = feeds.setdefault(feed, [])
                if len(shown) < LIMIT:
                    shown.append(article)
    return feeds


def one_of(made: list[Article]) -> list[Article]:
    """The newest published article, alone: what an editor most often mends, and what most feeds show."""
    return [next(article for article in reversed(made) if article.published)]


def percent_of(made: list[Article]) -> list[Article]:
    """One article in a hundred, evenly spread over the years, with the newest."""
    return made[::-100]


def edit(folder: str, chosen: Iterable[Article], mark: str) -> None:
    """Change the title of the chosen records, so that it ends with (edit `mark`)."""
    for article in chosen:
        place = os.path.join(folder, article.path)
        with open(place, "rb") as file:
            old = file.read()
        new, found = _TITLE.subn(rb"\1 (edit %s)\2" % mark.encode(), old, count=1)
        if not found or new == old:
            raise ValueError(f"{place}: the title was not changed")
        with open(place, "wb") as file:
            file.write(new)


def topic(number: int) -> str:
    """The name of the topic with this rank."""
    number, field = divmod(number, len(_FIELDS))
    number, aspect = divmod(number, len(_ASPECTS))
    again, region = divmod(number, len(_REGIONS))
    return f"{_FIELDS[field]} {_ASPECTS[aspect]}".strip() + _REGIONS[region] + (f" {again + 1}" if again else "")


def provider(number: int) -> tuple[str, str]:
    """The name and the domain of the provider with this rank."""
    number, place = divmod(number, len(_PLACES))
    again, paper = divmod(number, len(_PAPERS))
    name = f"{_PLACES[place]} {_PAPERS[paper]}" + (f" {again + 1}" if again else "")
    return name, domain_of(name)


def words(chance: Chance) -> Callable[[int, int], str]:
    """Draws words: at least so many, and at most."""

    def drawn(least: int, most: int) -> str:
        return " ".join(_WORDS[int(chance() * len(_WORDS))] for _ in range(least + int(chance() * (most - least + 1))))

    return drawn


def domain_of(provider: str) -> str:
    """The domain of the provider with this name."""
    return provider.replace(" ", "").lower() + ".example.com"


class _Draw:
    """Draws the parts of records. Only `Random.random` is used: no other method promises the same numbers in every Python."""

    def __init__(self, count: int) -> None:
        self.chance = random.Random(1).random  # noqa: S311 - no secret
        self._topics = [topic(number) for number in range(30 + count * 42 // 1000)]
        self._providers = [provider(number) for number in range(10 + count * 11 // 1000)]
        self._topic_ranks = _zipf(len(self._topics))
        self._provider_ranks = _zipf(len(self._providers))
        self._words = words(self.chance)
        self._sentences = [self._words(8, 18).capitalize() + "." for _ in range(2000)]
        self._noise = "".join(self.pick(_BASE64) for _ in range(10000))

    def article(self, number: int, date: datetime) -> tuple[Article, str]:
        """An article and its file's text."""
        chance = self.chance
        name, domain = self._provider()
        title = self._words(5, 10).capitalize()
        foreign = chance() < 0.06
        if foreign:
            title = f"{self.pick(_FOREIGN)}: {title}"
        elif chance() < 0.1:
            title = f'The "{title}" question: what next?'
        slug = self._words(4, 7).replace(" ", "-")
        url = f"https://www.{domain}/{date:%Y/%m}/{slug}-{number}.html"
        web_url = f"https://{domain}/news/{slug}-{number}.html" if chance() < 0.1 else url
        published = chance() >= 0.03
        topics = self._topics_drawn()
        plain = ":" not in title and chance() < 0.06
        excerpt = self._excerpt()
        lines = [
            "---",
            "category: news",
            f"title: {title}" if plain else f"title: {_quoted(title)}",
            f'excerpt: "{excerpt}"',
            f"publishedDateTime: {_iso(date)}",
        ]
        if chance() < 0.8:
            lines.append(f"updatedDateTime: {_iso(date + timedelta(seconds=int(chance() * 500_000)))}")
        lines += [
            f'originalUrl: "{url}"',
            f'webUrl: "{web_url}"',
            f'ampWebUrl: "{web_url[:-5]}.amp.html"',
            f'cdnAmpWebUrl: "https://{domain.replace(".", "-")}.cdn.ampproject.org/c/s/{web_url[8:-5]}.amp.html"',
            f"type: {'video' if chance() < 0.05 else 'article'}",
            f"quality: {int(chance() * 120)}",
            f"heat: {int(chance() * 30) - 1}",
            f"published: {'true' if published else 'false'}",
            "",
            "provider:",
            f"  name: {name}",
            f"  domain: {domain}",
            "",
            "topics:",
            *(f"  - {topic}" for topic in topics),
            "",
        ]
        images = [self._image(domain, "  ") for _ in range(int(chance() * 4))]
        if images:
            lines += ["images:", *itertools.chain.from_iterable(image for _, image in images), ""]
        related = [self._related(date) for _ in range(int(chance() * 5))]
        if related:
            lines += ["related:", *itertools.chain.from_iterable(other for _, other in related), ""]
        start = int(chance() * 9000)
        lines += [f'secured: "{self._noise[start : start + 430]}"', "---", ""]
        article = Article(
            path=f"{date:%Y/%m-%d}-{slug}-{number}.md",
            id=url,
            link=web_url,
            title=title,
            excerpt=excerpt,
            date=_iso(date),
            topics=topics,
            provider=name,
            image=images[0][0] if images else None,
            related=tuple(other for other, _ in related),
            published=published,
        )
        return article, ("\r\n" if chance() < 0.1 else "\n").join(lines)

    def pick(self, items: Sequence[str]) -> str:
        """One of the items, each as likely as the others."""
        return items[int(self.chance() * len(items))]

    def _excerpt(self) -> str:
        first, second = self.pick(self._sentences), self.pick(self._sentences)
        return f"{first}{self.pick(_MARKS) if self.chance() < 0.25 else ' '}{second}"

    def _topics_drawn(self) -> tuple[str, ...]:
        drawn = (self._topics[bisect(self._topic_ranks, self.chance())] for _ in range(1 + int(self.chance() * 5)))
        return tuple(dict.fromkeys(drawn))

    def _provider(self) -> tuple[str, str]:
        return self._providers[bisect(self._provider_ranks, self.chance())]

    def _image(self, domain: str, indent: str) -> tuple[str, list[str]]:
        """An image's URL, and its lines."""
        width = 320 + 16 * int(self.chance() * 80)
        size = f"?w={width}&q=80" if self.chance() < 0.2 else ""
        name = self._words(3, 5).replace(" ", "_")
        url = f"https://images.{domain}/{name}-{int(self.chance() * 1e9)}.jpg{size}"
        return url, [
            f'{indent}- url: "{url}"',
            f"{indent}  width: {width}",
            f"{indent}  height: {width * 9 // 16}",
            f"{indent}  isCached: true",
        ]

    def _related(self, date: datetime) -> tuple[str, list[str]]:
        """A related article's URL, and its lines."""
        name, domain = self._provider()
        slug = self._words(4, 7).replace(" ", "-")
        url = f"https://www.{domain}/story/{slug}-{int(self.chance() * 1e12)}"
        lines = [
            f'  - title: "{self._words(5, 10).capitalize()}"',
            f'    excerpt: "{self._excerpt()}"',
            f"    publishedDateTime: {_iso(date - timedelta(seconds=int(self.chance() * 500_000)))}",
            f'    webUrl: "{url}"',
        ]
        if self.chance() < 0.5:
            lines += [
                f'    ampWebUrl: "{url}/amp"',
                f'    cdnAmpWebUrl: "https://www-{domain.replace(".", "-")}.cdn.ampproject.org/c/s/{url[8:]}/amp"',
            ]
        lines += [
            "    type: article",
            "    provider:",
            f"      name: {name}",
            f"      domain: {domain}",
            f"    quality: {int(self.chance() * 120)}",
            "    images:",
            *self._image(domain, "      ")[1],
        ]
        return url, lines


def _iso(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '\\"') + '"'


def _zipf(count: int) -> list[float]:
    """For `bisect`: the n-th of `count` items is n times as rare as the first."""
    total = sum(1 / rank for rank in range(1, count + 1))
    return list(itertools.accumulate(1 / rank / total for rank in range(1, count)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("count", type=int)
    options = parser.parse_args()
    write(options.folder, options.count)
