"""The whole history (RFC 5005): from each feed back to its first record, and what an edit costs."""

import json
import random
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import feedparser
import pytest
from lxml import etree

from feedloom.feeds import archive
from tests import readers
from tests.conftest import Site, record
from tests.programs import needs
from tests.validator import site_complaints

BASE = "https://feeds.example.org/"
FH = "{http://purl.org/syndication/history/1.0}archive"
LINK = "{http://www.w3.org/2005/Atom}link"
FORMATS = ("atom", "rss", "json")


def article(number: int, **fields: str) -> str:
    day = datetime(2021, 1, 1, tzinfo=UTC) + timedelta(hours=number)
    return record(
        title=f"Article {number}",
        webUrl=f"https://example.com/{number}",
        publishedDateTime=day.isoformat(),
        topics="[AI]" if number % 2 else "[AI, Feeds]",
        provider="{name: P, domain: p.example}",
        **fields,
    )


def articles(*numbers: int) -> dict[str, str]:
    return {f"{number}.md": article(number) for number in numbers}


class Document:
    """One document of a feed, as a client fetches it."""

    def __init__(self, site: Site, address: str) -> None:
        self.address = address
        self.data = (site.output / address.removeprefix(BASE)).read_bytes()
        if address.endswith(".json"):
            feed = json.loads(self.data)
            self.ids = [item["id"] for item in feed["items"]]
            self.links = {"prev-archive": feed["next_url"]} if "next_url" in feed else {}
            self.is_archive = "/archive/" in address
        else:
            root = etree.fromstring(self.data)
            self.ids = [entry.id for entry in feedparser.parse(self.data).entries]
            self.links = {
                str(link.get("rel")): str(link.get("href")) for link in root.iter(LINK) if link.get("rel") != "related"
            }
            self.is_archive = any(True for _ in root.iter(FH))


def walked(site: Site, address: str) -> Iterator[Document]:
    """RFC 5005 section 4.2: the feed, and each document before it."""
    following: str | None = address
    while following:
        document = Document(site, following)
        yield document
        following = document.links.get("prev-archive")


def feeds(site: Site) -> list[dict[str, Any]]:
    return list(json.loads(site.text("catalog.json"))["feeds"])


@pytest.fixture
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "ONE_IN", 6)
    monkeypatch.setattr(archive, "MOST", 10)


@pytest.mark.usefixtures("_small")
@pytest.mark.parametrize("format", FORMATS)
def test_a_client_finds_each_record_exactly_once_in_order(site: Site, format: str) -> None:
    chosen = [
        {"name": "Some", "where": {"topics": ["feeds"]}, "limit": 3},
        {"name": "Ranked", "order": "quality"},
        {"name": "Recent", "where": {"since": "2 days"}},
    ]
    site.build(articles(*range(100)), archive=True, limit=5, feeds=chosen, groups={"provider_topic": True})
    for feed in feeds(site):
        documents = list(walked(site, BASE + feed["formats"][format]))
        found = [id for document in documents for id in document.ids]
        expected = [
            f"https://example.com/{number}" for number in reversed(range(100)) if feed["total"] == 100 or number % 2 == 0
        ]
        if feed["name"] in ("Ranked", "Recent"):
            assert len(documents) == 1, "a ranking and a window of time have no history"
        else:
            assert found == expected
            assert len(documents) > 3
        assert [document.is_archive for document in documents] == [False] + [True] * (len(documents) - 1)
        assert max(len(document.ids) for document in documents) <= archive.MOST


@pytest.mark.usefixtures("_small")
@pytest.mark.parametrize("format", ["atom", "rss"])
def test_documents_are_linked_both_ways(site: Site, format: str) -> None:
    site.build(articles(*range(60)), archive=True, limit=5)
    feed, *older = walked(site, f"{BASE}topics/ai.{format}")
    assert "current" not in feed.links
    assert [document.address for document in older][-1] == f"{BASE}archive/topics/ai/1.{format}"
    for at, document in enumerate(older):
        assert document.links["self"] == document.address
        assert document.links["current"] == feed.address
        assert document.links.get("next-archive") == (older[at - 1].address if at else None)


@pytest.mark.usefixtures("_small")
def test_an_archive_is_as_valid_as_a_feed(site: Site) -> None:
    site.build(articles(*range(60)), archive=True, limit=5)
    documents = {path: data for path, data in site.files().items() if path.startswith("archive/")}
    assert len(documents) > 30
    for path, document in documents.items():
        assert site_complaints(document, path, BASE) == []


@pytest.mark.parametrize(
    "name",
    ["feedparser", "atoma", pytest.param("feedsmith", marks=needs("feedsmith")), pytest.param("sfeed", marks=needs("sfeed"))],
)
def test_readers_take_an_archive(site: Site, name: str) -> None:
    site.build(articles(*range(6)), archive=True, limit=2)
    with readers.served(site.output) as url:
        for format in ("atom", "rss"):
            found = [str(entry.title) for entry in readers.READERS[name](f"{url}/archive/topics/ai/1.{format}")]
            assert sorted(found) == [f"Article {number}" for number in range(4)]


def test_without_a_site_url_links_are_relative(site: Site) -> None:
    site.build(articles(*range(5)), archive=True, limit=2, site__url=None)
    assert Document(site, "topics/ai.atom").links["prev-archive"] == "../archive/topics/ai/1.atom"
    assert Document(site, "archive/topics/ai/1.atom").links["current"] == "../../../topics/ai.atom"


def test_without_the_setting_there_is_no_archive(site: Site) -> None:
    site.build(articles(*range(5)), archive=True, limit=2)
    mine = {"mine.txt", "all/mine.atom", "all/01.atom", "topics/ai/1.html", "topics/ai/2.atom.txt"}
    for name in mine:
        (site.output / "archive" / name).write_text("not feedloom's")
    report = site.build(limit=2)
    assert report.files.removed == 4 * 3  # of all, two topics and the provider
    folder = site.output / "archive"
    assert {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()} == mine
    assert b"archive" not in (site.output / "all.atom").read_bytes()


@pytest.mark.usefixtures("_small")
def test_a_site_that_grows_and_shrinks_is_what_it_would_be_from_scratch(site: Site) -> None:
    """One record a build: documents begin and end, and the one before gets and loses its link to them."""
    for step, number in enumerate([*range(30), *reversed(range(30))]):
        if step < 30:
            site.write(articles(number))
        else:
            (site.records / f"{number}.md").unlink()
        site.build(archive=True, limit=3, groups={"provider": False})
        if step % 3 == 0:
            warm = site.files()
            site.state.unlink()
            assert site.build(archive=True, limit=3, groups={"provider": False}).files.written == 0
            assert site.files() == warm


@pytest.mark.usefixtures("_small")
def test_what_leaves_takes_its_documents_along(site: Site) -> None:
    """Nothing of a record that was taken back stays where nobody looks: not in the archive either."""
    site.build(articles(*range(60)), archive=True, limit=5)
    for number in range(58):
        (site.records / f"{number}.md").unlink()
    site.build(archive=True, limit=5)
    assert not (site.output / "archive").exists()
    assert "archive" not in site.text("all.atom")


def test_a_name_of_one_record_is_not_that_of_another(site: Site) -> None:
    """What a finished document is called does not change when most records spell a topic another way."""
    old = {f"{n}.md": article(n).replace("[AI, Feeds]", "[ai]").replace("[AI]", "[ai]") for n in range(4)}
    site.build(old, archive=True, limit=2)
    before = site.text("archive/topics/ai/1.atom")
    assert "<title>Site: ai</title>" in before
    site.build(articles(*range(4, 20)), archive=True, limit=18)
    assert "<title>Site: AI</title>" in site.text("topics/ai.atom")
    assert site.text("archive/topics/ai/1.atom") == before


class Watched:
    """A site with many records, of which it is told which archive documents a build touched."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.settings: dict[str, Any] = {"archive": True, "limit": 10, "groups": {"topic": False, "provider": False}}
        self.build()

    def documents(self) -> dict[int, tuple[int, bytes]]:
        folder = self.site.output / "archive" / "all"
        found = {int(path.stem): path for path in folder.glob("*.atom")}
        return {number: (path.stat().st_mtime_ns, path.read_bytes()) for number, path in sorted(found.items())}

    def build(self) -> None:
        self.site.build(**self.settings)

    def touched(self, edit: Mapping[str, str | None]) -> set[int]:
        """The numbers of the documents that were written, or removed, for an edit of records."""
        before = self.documents()
        for name, text in edit.items():
            place: Path = self.site.records / name
            if text is None:
                place.unlink()
            else:
                place.write_text(text)
        self.build()
        after = self.documents()
        return {number for number in before.keys() | after.keys() if before.get(number) != after.get(number)}


def test_an_edit_rewrites_what_it_touches_and_no_more(tmp_path: Path) -> None:
    """A sequence of edits of a long history: how many documents each of them writes, and which."""
    site = Site(tmp_path)
    site.write(articles(*range(0, 4000, 2)))
    watched = Watched(site)
    chance = random.Random(5)
    counts: dict[str, list[int]] = {"new": [], "changed": [], "removed": [], "late": []}
    for step in range(60):
        documents = watched.documents()
        last = max(documents)
        here = sorted(int(path.stem) for path in site.records.iterdir())
        kind = ("new", "changed", "removed", "late")[step % 4]
        if kind == "new":
            touched = watched.touched(articles(here[-1] + 2))
            assert touched <= {last, last + 1}, "what is finished stays as it is"
            finished = [number for number in documents if number < last]
            assert all(watched.documents()[number] == documents[number] for number in finished)
        elif kind == "changed":
            number = chance.choice(here[:-20])
            touched = watched.touched({f"{number}.md": article(number, excerpt=f"Changed in step {step}.")})
            assert len(touched) == 1
        elif kind == "removed":
            touched = watched.touched({f"{chance.choice(here[:-20])}.md": None})
        else:
            touched = watched.touched(articles(chance.choice([n for n in range(1, 3900, 2) if n not in here])))
        counts[kind].append(len(touched))
    # One document, and where a cut moved the one beside it; seldom, where a cut came or went, all that are newer.
    for kind in ("removed", "late"):
        assert sorted(counts[kind])[len(counts[kind]) // 2] <= 2
        assert sum(count <= 2 for count in counts[kind]) >= 0.8 * len(counts[kind])
