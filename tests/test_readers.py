"""Promise 7: programs that other people wrote show every field of every entry, over real HTTP.

Each reader fetches the feeds of the worked example's records and of records with tricky texts from a server on this
machine, and what it understood is compared with what the records say. What a reader lacks stands in LACKS.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

import feedloom
from tests.conftest import NOW
from tests.readers import PARAMETERS, READERS, TYPES, Entry, fetched, served
from tests.readers.articles import TRICKY, Article, seeds, shown

ROOT = Path(__file__).parent.parent
FORMATS = ("atom", "rss", "json")
TITLES = {"tricky": 'R&D, "quoted" < 3 😀', "seeds": "Examples"}
ARTICLES: dict[str, list[Article]] = {
    "tricky": [article for _, article in TRICKY.values()],
    "seeds": seeds(ROOT / "seeds", NOW),
}
EVERYTHING = "everything"
_XML_ONLY = {EVERYTHING: "it reads XML alone"}
_NO_LIST = {"related": "it keeps no links but the entry's own and enclosures"}
_NOT_IN_JSON = {"related": "JSON Feed has no field for them"}
_NEWSBOAT = {
    "updated": "it keeps one date, the published one",
    "categories": "it has none",
    "summary": "it keeps one text, the content",
    "image": "it takes sounds and films alone as enclosures; the picture in the content is shown",
    **_NO_LIST,
}
_SFEED = {
    "feed": "its user names the feeds",
    "updated": "it has one date, the published one",
    "summary": "it has one text, the content",
    **_NO_LIST,
}
LACKS: dict[tuple[str, str], dict[str, str]] = {
    ("feedparser", "json"): _XML_ONLY,
    ("reader", "atom"): {"categories": "it has none", **_NO_LIST},
    ("reader", "rss"): {"categories": "it has none", **_NO_LIST},
    ("reader", "json"): {"categories": "it has none", **_NOT_IN_JSON},
    ("fastfeedparser", "json"): _NOT_IN_JSON,
    ("atoma", "rss"): {
        "updated": "it reads no elements of other namespaces than content",
        "author": "it reads `author` alone, which must hold an e-mail address",
        **_NO_LIST,
    },
    ("atoma", "json"): _NOT_IN_JSON,
    ("feedsmith", "json"): _NOT_IN_JSON,
    ("node-feedparser", "rss"): {"updated": "it takes the published date for it"},
    ("node-feedparser", "json"): _XML_ONLY,
    ("newsboat", "atom"): _NEWSBOAT,
    ("newsboat", "rss"): _NEWSBOAT,
    ("newsboat", "json"): _XML_ONLY,
    ("sfeed", "atom"): _SFEED,
    ("sfeed", "rss"): _SFEED,
    ("sfeed", "json"): _XML_ONLY,
}
"""What each reader does not show, and why: by reader and format, then by field of `Entry`. A lack that is none fails."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server that publishes the feeds of each set of records in a folder of its own."""
    folder = tmp_path_factory.mktemp("readers")
    tricky = folder / "tricky"
    tricky.mkdir()
    for number, (text, _) in enumerate(TRICKY.values()):
        (tricky / f"{number}.md").write_text(f"---\n{text}---\n")
    with served(folder / "public") as base:
        for name, records in {"tricky": tricky, "seeds": ROOT / "seeds"}.items():
            settings = folder / f"{name}.yaml"
            settings.write_text(f"unpublished: include\nsite: {{title: '{TITLES[name]}', url: {base}{name}/}}\n")
            report = feedloom.build(
                feedloom.load_config(str(settings), records=str(records), output=str(folder / "public" / name)), now=NOW
            )
            assert report.problems == []
        yield base


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("name", PARAMETERS)
def test_reader(server: str, name: str, format: str) -> None:
    lacks = LACKS.get((name, format), {})
    wrong: dict[str, list[tuple[str, object, object]]] = {}
    for site, title in TITLES.items():
        seen = READERS[name](f"{server}{site}/all.{format}")
        if EVERYTHING in lacks:
            assert seen == []
            return
        right = [article.entry(title, format) for article in newest_first(ARTICLES[site])]
        assert [entry.id for entry in seen] == [entry.id for entry in right]
        for entry, wanted in zip(seen, right, strict=True):
            for field, value in differences(entry, wanted, format).items():
                wrong.setdefault(field, []).append((wanted.id, value, getattr(wanted, field)))
    assert {field: values for field, values in wrong.items() if field not in lacks} == {}
    assert set(lacks) == set(wrong), "a lack in LACKS is none any more"


@pytest.mark.parametrize("site", TITLES)
def test_listparser_finds_every_feed_in_the_opml(server: str, site: str) -> None:
    import listparser

    articles = newest_first(ARTICLES[site])
    right: set[tuple[str, str | None, str, tuple[str, ...]]] = {
        (TITLES[site], None, TITLES[site], tuple(article.id for article in articles))
    }
    for folder, words, names_of in (("Topics", "", topics_of), ("Providers", "from ", provider_of)):
        for name in {name for article in articles for name in names_of(article)}:
            ids = tuple(article.id for article in articles if name in names_of(article))
            right.add((name, folder, f"{TITLES[site]}: {words}{name}", ids))

    listed = listparser.parse(fetched(f"{server}{site}/feeds.opml"))
    assert not listed.bozo
    seen: set[tuple[str, str | None, str | None, tuple[str, ...]]] = set()
    for feed in listed.feeds:
        entries = READERS["feedparser"](feed.url)
        seen.add((feed.title, feed.tags[0] if feed.tags else None, entries[0].feed, tuple(entry.id for entry in entries)))
    assert len(listed.feeds) == len(seen)
    assert seen == right


@pytest.mark.parametrize("site", TITLES)
def test_every_feed_names_the_address_that_it_was_fetched_from(server: str, site: str) -> None:
    import feedparser

    base = f"{server}{site}/"
    for feed in json.loads(fetched(f"{base}catalog.json"))["feeds"]:
        for format, path in feed["formats"].items():
            url = base + quote(path, safe="/~")
            document = fetched(url)
            if format == "json":
                assert json.loads(document)["feed_url"] == url
            else:
                links = feedparser.parse(document).feed.links
                assert [(link.href, link.type) for link in links if link.rel == "self"] == [(url, TYPES[f".{format}"])]


def test_the_documentation_says_what_readers_lack() -> None:
    assert documented() in (ROOT / "docs" / "readers.md").read_text(), f"docs/readers.md should hold:\n\n{documented()}"


def newest_first(articles: list[Article]) -> list[Article]:
    return sorted(articles, key=lambda article: article.published, reverse=True)


def topics_of(article: Article) -> tuple[str, ...]:
    return article.topics


def provider_of(article: Article) -> tuple[str, ...]:
    return (article.provider[0],) if article.provider else ()


def differences(seen: Entry, right: Entry, format: str) -> dict[str, object]:
    """What is not right, by field; text is compared as a person sees it."""
    if seen.content is not None:
        seen = seen._replace(content=shown(seen.content))
    if seen.summary is not None and format == "rss":
        seen = seen._replace(summary=shown(seen.summary))  # RSS 2.0: a description is HTML
    if right.summary is None:
        seen = seen._replace(summary=None)  # most show the beginning of the content then
    if right.author is None and seen.author in ("", right.feed):
        seen = seen._replace(author=None)  # RFC 4287 section 4.2.1: it is the feed's then, which the site's title is here
    return {field: value for field, value in seen._asdict().items() if value != getattr(right, field)}


def documented() -> str:
    """LACKS as the documentation shows it."""
    words = {"atom": "Atom", "rss": "RSS", "json": "JSON Feed"}
    rows = ["| program | Atom | RSS | JSON Feed |", "| --- | --- | --- | --- |"]
    reasons: dict[tuple[str, str], list[str]] = {}
    for name in READERS:
        cells = []
        for format in FORMATS:
            lacks = LACKS.get((name, format), {})
            cells.append("not read" if EVERYTHING in lacks else f"all but {', '.join(lacks)}" if lacks else "all")
            for field, reason in lacks.items():
                if field != EVERYTHING:
                    reasons.setdefault((f"{name}: {field}", reason), []).append(words[format])
        rows.append(f"| {name} | {' | '.join(cells)} |")
    lines = [f"* {field} ({', '.join(formats)}): {reason}." for (field, reason), formats in reasons.items()]
    return "\n".join([*rows, "", *lines])
