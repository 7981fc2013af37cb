"""The whole history (RFC 5005): from each feed back to its first record, and what an edit costs."""

import json
import os
import random
import re
import shutil
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import feedparser
import html5lib
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from lxml import etree

from feedloom.feeds import archive
from feedloom.model import Member, Moment, RecordSummary, member_key
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
def test_documents_lead_to_the_feed_and_to_no_newer_one(site: Site, format: str) -> None:
    site.build(articles(*range(60)), archive=True, limit=5)
    feed, *older = walked(site, f"{BASE}topics/ai.{format}")
    assert "current" not in feed.links
    assert len(older) > 3
    for document in older:
        assert re.fullmatch(rf"{BASE}archive/topics/ai/[0-9a-f]{{32}}\.{format}", document.address)
        assert document.links["self"] == document.address
        assert document.links["current"] == feed.address
        assert document.links.keys() <= {"alternate", "self", "current", "prev-archive"}


@pytest.mark.parametrize("url", [BASE, None])
def test_a_person_finds_each_article_once_and_the_way_back(site: Site, url: str | None) -> None:
    site.build(articles(*range(220)), site__url=url, archive=True, limit=20)
    for start in ("all.html", "topics/feeds.html", "providers/p.example.html"):
        titles: list[str] = []
        pages = [start]
        while pages[-1]:
            page = html5lib.parse(site.text(pages[-1]), namespaceHTMLElements=False)
            titles += [link.text or "" for link in page.findall(".//article/h3/a")]
            to = {link.get("rel"): link.get("href") for link in page.findall(".//nav[@class='pager']/a")}
            back = os.path.normpath(os.path.join(os.path.dirname(pages[-1]), to["prev"])) if "prev" in to else None
            assert back == (pages[-2] if len(pages) > 1 else None)
            is_old = len(pages) > 1
            assert bool(page.findall(".//meta[@name='robots'][@content='noindex']")) == is_old
            assert bool(page.findall(".//link[@rel='canonical']")) == (bool(url) and not is_old)
            assert bool(page.findall(".//section[@class='subscribe']")) != is_old
            for link in page.findall(".//article//ul[@class='topics']//a"):
                assert (site.output / os.path.dirname(pages[-1]) / str(link.get("href"))).is_file()
            pages.append(os.path.normpath(os.path.join(os.path.dirname(pages[-1]), to["next"])) if "next" in to else "")
        wanted = [f"Article {number}" for number in reversed(range(220)) if "feeds" not in start or not number % 2]
        assert titles == wanted
        assert len(pages) > 3


def test_a_page_of_old_articles_is_feedlooms_own_without_its_manifest(site: Site) -> None:
    site.build(articles(*range(220)), site__url=BASE, archive=True, limit=20)
    shutil.rmtree(site.output / ".feedloom")
    (site.output / "archive/all/mine.html").write_text("<p>mine</p>")
    site.build(site__url=BASE, limit=20, fresh=True)
    assert [path for path in site.files() if path.startswith("archive/")] == ["archive/all/mine.html"]


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
    document = only(site, "archive/topics/ai")
    with readers.served(site.output) as url:
        for format in ("atom", "rss"):
            found = [str(entry.title) for entry in readers.READERS[name](f"{url}/{document}.{format}")]
            assert sorted(found) == [f"Article {number}" for number in range(4)]


def only(site: Site, folder: str) -> str:
    """The address of the only document in a folder, without suffix."""
    (path,) = (site.output / folder).glob("*.atom")
    return f"{folder}/{path.stem}"


def test_without_a_site_url_links_are_relative(site: Site) -> None:
    site.build(articles(*range(5)), archive=True, limit=2, site__url=None)
    document = only(site, "archive/topics/ai")
    assert Document(site, "topics/ai.atom").links["prev-archive"] == f"../{document}.atom"
    assert Document(site, f"{document}.atom").links["current"] == "../../../topics/ai.atom"


def test_without_the_setting_there_is_no_archive(site: Site) -> None:
    site.build(articles(*range(5)), archive=True, limit=2)
    mine = {"mine.txt", "all/mine.atom", "all/01.atom", "topics/ai/1.html", "topics/ai/2.atom.txt"}
    for name in mine:
        (site.output / "archive" / name).write_text("not feedloom's")
    report = site.build(limit=2)
    assert report.files.removed == 4 * 4  # of all, two topics and the provider: three formats and a page
    folder = site.output / "archive"
    assert {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()} == mine
    assert b"archive" not in (site.output / "all.atom").read_bytes()


@pytest.mark.usefixtures("_small")
def test_a_site_that_grows_and_shrinks_is_what_it_would_be_from_scratch(site: Site) -> None:
    """One record a build: documents begin and end."""
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
    """The title of a document does not change when most records spell a topic another way."""
    old = {f"{n}.md": article(n).replace("[AI, Feeds]", "[ai]").replace("[AI]", "[ai]") for n in range(4)}
    site.build(old, archive=True, limit=2)
    address = only(site, "archive/topics/ai") + ".atom"
    before = site.text(address)
    assert "<title>Site: ai</title>" in before
    site.build(articles(*range(4, 20)), archive=True, limit=18)
    assert "<title>Site: AI</title>" in site.text("topics/ai.atom")
    assert site.text(address) == before


class Watched:
    """A site with many records, of which it is told which archive documents a build wrote."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.settings: dict[str, Any] = {"archive": True, "limit": 10, "groups": {"topic": False, "provider": False}}
        self.build()

    def documents(self) -> dict[str, tuple[int, bytes]]:
        found = (self.site.output / "archive" / "all").glob("*.atom")
        return {path.stem: (path.stat().st_mtime_ns, path.read_bytes()) for path in found}

    def build(self) -> None:
        self.site.build(**self.settings)

    def written(self, edit: Mapping[str, str | None]) -> set[str]:
        """The documents that were written for an edit of records. As many as are new were removed, but for one or two."""
        before = self.documents()
        for name, text in edit.items():
            place: Path = self.site.records / name
            if text is None:
                place.unlink()
            else:
                place.write_text(text)
        self.build()
        after = self.documents()
        assert abs(len(before.keys() - after.keys()) - len(after.keys() - before.keys())) <= 1
        return {name for name in after if before.get(name) != after[name]}


@pytest.mark.long
def test_an_edit_rewrites_its_document_and_newer_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sequence of edits of a long history: which documents each of them writes."""
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)  # nobody pulls the plug here
    site = Site(tmp_path)
    site.write(articles(*range(0, 1000, 2)))
    watched = Watched(site)
    chance = random.Random(5)
    for step in range(24):
        here = sorted(int(path.stem) for path in site.records.iterdir())
        newest_first = [
            document.address.rpartition("/")[2].removesuffix(".atom") for document in walked(site, f"{BASE}all.atom")
        ][1:]
        match step % 4:
            case 0:
                written = watched.written(articles(here[-1] + 2))
                assert len(written) == 1
            case 1:
                number = chance.choice(here[:-20])
                written = watched.written({f"{number}.md": article(number, excerpt=f"Changed in step {step}.")})
                assert len(written) == 1
                assert written <= set(newest_first), "a changed text keeps the address"
            case 2:
                number = chance.choice(here[:-20])
                holding = [document.ids for document in walked(site, f"{BASE}all.atom")][1:]
                at = next(at for at, ids in enumerate(holding) if f"https://example.com/{number}" in ids)
                written = watched.written({f"{number}.md": None})
                assert not written & set(newest_first)
                assert abs(len(written) - (at + 1)) <= 2, "its own document and all newer ones"
            case 3:
                number = chance.choice([n for n in range(1, here[0] + 900, 2) if n not in here])
                written = watched.written(articles(number))
                assert not written & set(newest_first)


# --- A client that misses nothing -----------------------------------------------------------------------------------------


class Client:
    """A client of RFC 5005 section 4. It keeps documents by address and counts what it has read of them.

    It reads the feed, then follows `prev-archive` until a document that it has; where one is not there, it begins again and
    keeps nothing of the way so far.
    """

    def __init__(self, site: Site, feed: str) -> None:
        self.site = site
        self.feed = feed
        self.known: set[str] = set()
        self.ids: set[str] = set()
        self.restarts = 0
        self._at_work: Iterator[None] | None = None

    def step(self) -> None:
        """Fetch one document of a poll; where there is none to go on with, begin another."""
        self._at_work = self._at_work or self._polling()
        if next(self._at_work, self) is self:
            self._at_work = None

    def poll(self) -> None:
        """End the poll that was begun, and poll once more."""
        for _ in self._at_work or ():
            pass
        self._at_work = None
        for _ in self._polling():
            pass

    def _polling(self) -> Iterator[None]:
        while True:
            way: list[str] = []
            address: str | None = self.feed
            while address and address not in self.known:
                yield
                try:
                    document = (self.site.output / address).read_text()
                except FileNotFoundError:
                    self.restarts += 1
                    break
                self.ids |= set(re.findall("^    <id>([^<]*)", document, re.MULTILINE))
                way += [address] if address != self.feed else []
                older = re.search(f'href="{BASE}([^"]*)" rel="prev-archive"', document)
                address = older and older[1]
            else:
                self.known |= set(way)
                return


STEPS = st.lists(
    st.tuples(st.sampled_from(["new", "new", "back-dated", "withdrawn", "retitled"]), st.integers(1, 80), st.booleans()),
    min_size=2,
    max_size=6,
)


@pytest.mark.long
@settings(max_examples=15, phases=[Phase.generate])  # to make a failure smaller takes many builds each time
@given(STEPS, st.integers(1, 50), st.randoms(use_true_random=False))
def test_a_client_misses_nothing(steps: list[tuple[str, int, bool]], limit: int, chance: random.Random) -> None:
    """Clients that poll after each build, now and then, and all the time: while files are written and removed too."""
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(archive, "ONE_IN", 6)
        patch.setattr(archive, "MOST", 10)
        patch.setattr(os, "fsync", lambda descriptor: None)  # nobody pulls the plug here
        site = Site(Path(folder))
        build_settings: dict[str, Any] = {"archive": True, "limit": limit, "groups": {"provider": False}}
        here = dict.fromkeys(range(10_000, 10_000 + 2 * limit), 0)
        site.build({f"{number}.md": article(number) for number in here}, **build_settings)
        feeds = ["all.atom", "topics/feeds.atom"]
        steady, seldom, restless = ([Client(site, feed) for feed in feeds] for _ in range(3))
        real_replace, real_unlink = os.replace, os.unlink

        def replace(*places: str) -> None:
            real_replace(*places)
            for client in restless:
                client.step()

        def unlink(place: str) -> None:
            real_unlink(place)
            for client in restless:
                client.step()

        for kind, count, is_cold in steps:
            before = dict(here)
            some = chance.sample(sorted(here), min(count, len(here)))
            if kind == "new":
                here |= dict.fromkeys(range(max(here, default=10_000) + 1, max(here, default=10_000) + 1 + count), 0)
            elif kind == "back-dated":
                here |= dict.fromkeys(chance.sample(range(9_000, max(here, default=10_000) + 1), count), 0)
            elif kind == "retitled":
                here |= {number: here[number] + 1 for number in some}
            else:
                for number in some[:-1]:
                    del here[number]
                    (site.records / f"{number}.md").unlink()
            site.write({f"{n}.md": article(n, excerpt=f"Version {version}") for n, version in here.items() - before.items()})
            with pytest.MonkeyPatch.context() as meanwhile:
                meanwhile.setattr(os, "replace", replace)
                meanwhile.setattr(os, "unlink", unlink)
                if is_cold:
                    site.state.unlink()
                site.build(**build_settings)
            for client in (*steady, *(seldom if chance.random() < 0.3 else ())):
                client.poll()
            complete(steady, here)
        for client in (*seldom, *restless):
            client.poll()
        complete([*steady, *seldom, *restless], here)
        assert not sum(client.restarts for client in steady), "between builds each document is there"
        warm = shown(site)
        shutil.rmtree(site.output)
        site.state.unlink()
        site.build(**build_settings)
        assert shown(site) == warm, "an empty folder makes no difference"


def shown(site: Site) -> dict[str, bytes]:
    """The feed of all, and all archives: nothing of retired feeds, which an empty folder does not know."""
    return {path: data for path, data in site.files().items() if path.startswith(("all.", "archive/"))}


def complete(clients: list[Client], here: Mapping[int, int]) -> None:
    for client in clients:
        wanted = {f"https://example.com/{number}" for number in here if client.feed == "all.atom" or number % 2 == 0}
        assert wanted <= client.ids, client.feed


def member(id: str) -> Member:
    return Member(member_key(RecordSummary(number=0, seal=b"", file=b"", id=id, published=Moment(0), updated=Moment(0))))


def test_names_tell_all_documents_apart() -> None:
    """Their own ids, the order of these, and all documents before them; nothing else."""
    pages = [[member("a"), member("b")], [member("c")], [member("d")]]
    names = list(archive.names(pages))
    assert all(re.fullmatch("[0-9a-f]{32}", name) for name in names)
    assert list(archive.names(pages[:2])) == names[:2]
    others = [
        [[member("b"), member("a")], *pages[1:]],
        [[member("a")], [member("b"), member("c")], pages[2]],
        [[member("ab")], *pages[1:]],
        [pages[0], [member("c"), member("d")]],
        pages[1:],
    ]
    every = [names, *(list(archive.names(other)) for other in others)]
    assert len({name for one in every for name in one}) == sum(map(len, every)) - 1, "but for the first of [ab][cd]"


# --- Complete feeds (RFC 5005 section 2) -----------------------------------------------------------------------------------


def is_complete(site: Site, address: str) -> bool:
    found = {b"<fh:complete/>" in (site.output / f"{address}.{format}").read_bytes() for format in ("atom", "rss")}
    assert len(found) == 1
    return found.pop()


def test_a_feed_that_shows_everything_says_so(site: Site) -> None:
    settings: dict[str, Any] = {"archive": {"complete": True}, "limit": 4, "groups": {"provider": False}}
    site.build(articles(*range(6)), **settings)
    assert [is_complete(site, address) for address in ("all", "topics/ai", "topics/feeds")] == [False, False, True]
    assert not is_complete(site, only(site, "archive/topics/ai"))
    assert "prev-archive" not in site.text("topics/feeds.atom")
    for path, document in site.files().items():
        if path.endswith((".atom", ".rss")):
            assert site_complaints(document, path, BASE) == []
    for number in range(0, 6, 2):
        (site.records / f"{number}.md").unlink()
    site.build(**settings)
    assert is_complete(site, "all")
    assert not is_complete(site, "topics/feeds"), "a retired feed takes no articles from its readers"
    site.build(archive=True, limit=4)
    assert not is_complete(site, "all")
