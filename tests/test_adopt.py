"""Old feeds and the records that take their ids over."""

import json
import shutil
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import feedloom
from feedloom.cli.main import main
from feedloom.config import ids
from feedloom.feeds.adopt import Adoption, Article, adopted
from feedloom.feeds.old_feeds import OldEntry, OldFeed, read
from tests.conftest import Site, record

DAY = datetime(2021, 5, 21, 18, 9, tzinfo=UTC)

ATOM = """<?xml version="1.0" encoding="utf-8"?>
<?xml-stylesheet href="x.css"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://me.example/">
  <id>tag:me.example,2001:feed</id><title type="html">Me &amp;amp; you</title>
  <entry>
    <id> tag:me.example,2021:/a </id><title type="html">A &lt;b&gt;bold&lt;/b&gt; title</title>
    <link rel="related" href="https://x.example/"/><link href="/a/"/>
    <published>2021-05-21T20:09:00+02:00</published><updated>2022-01-01T00:00:00Z</updated>
  </entry>
  <entry><id>b</id><title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">B <i>c</i></div></title>
    <link rel="alternate" href="https://me.example/b"/><updated>2021-05-21</updated></entry>
</feed>"""

RSS = """<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>Me</title>
  <item><title>A</title><link>https://me.example/a</link><guid isPermaLink="false">12</guid>
    <pubDate>Fri, 21 May 2021 18:09:00 GMT</pubDate></item>
  <item><title>B&#160;&amp; C</title><guid>https://me.example/b</guid><dc:date>2021-05-21T18:09:00Z</dc:date></item>
  <item><title>C</title><link>https://me.example/c</link><pubDate>yesterday</pubDate></item>
</channel></rss>"""

RDF = """<rdf:RDF xmlns="http://purl.org/rss/1.0/" xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <channel rdf:about="https://me.example/rss"><title>Me</title></channel>
  <item rdf:about="https://me.example/a?x=1"><title>A</title><link>https://me.example/a</link></item>
</rdf:RDF>"""

JSON = {
    "version": "https://jsonfeed.org/version/1.1",
    "title": "Me",
    "items": [
        {"id": 12, "url": "https://me.example/a", "title": "A", "date_published": "2021-05-21T18:09:00Z"},
        {"id": "b", "external_url": "https://x.example/b"},
    ],
}


def test_atom() -> None:
    assert read(ATOM.encode()) == OldFeed(
        "tag:me.example,2001:feed",
        "Me & you",
        (
            OldEntry("tag:me.example,2021:/a", "https://me.example/a/", "A bold title", DAY),
            OldEntry("b", "https://me.example/b", "B c", datetime(2021, 5, 21, tzinfo=UTC)),
        ),
    )


def test_addresses_that_are_none() -> None:
    document = (
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:base="//["><entry xml:base="//]"><link href="//[x"/></entry></feed>'
    )
    assert [entry.link for entry in read(document.encode()).entries] == ["//[x"]


def test_rss() -> None:
    assert read(RSS.encode()).entries == (
        OldEntry("12", "https://me.example/a", "A", DAY),
        OldEntry("https://me.example/b", "https://me.example/b", "B & C", DAY),
        OldEntry("https://me.example/c", "https://me.example/c", "C", None),
    )
    assert read(RDF.encode()).entries == (OldEntry("https://me.example/a?x=1", "https://me.example/a", "A", None),)


def test_json_feed() -> None:
    assert read(json.dumps(JSON).encode()).entries == (
        OldEntry("12", "https://me.example/a", "A", DAY),
        OldEntry("b", "https://x.example/b", "", None),
    )


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (b"", "is empty"),
        (b"   ", "is empty"),
        (b"<html><body>Not found</body></html>", "is not a feed: it is neither Atom nor RSS nor JSON Feed"),
        (b"plain text", "is not a feed: "),
        (b'{"items": []}', "is not a feed: JSON Feed has a version and items"),
        (b'{"items"', "is not JSON: "),
        (b'{"a":' * 100_000, "is not JSON: "),
        (b"\xff\xfe<", "is not a feed: "),
    ],
)
def test_what_is_no_feed(document: bytes, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}"):
        read(document)


def test_no_entity_is_expanded_and_no_file_is_read(tmp_path_factory: pytest.TempPathFactory) -> None:
    secret = tmp_path_factory.mktemp("a") / "secret"
    secret.write_text("the secret")
    document = (
        f'<!DOCTYPE rss [<!ENTITY f SYSTEM "file://{secret}"><!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>'
        "<rss><channel><item><title>x&f;&b;&nbsp;y</title><link>https://me.example/</link></item></channel></rss>"
    )
    assert read(document.encode()).entries[0].title == "x&f;&b; y"


@given(
    st.binary(max_size=200)
    | st.sampled_from([ATOM, RSS, RDF, json.dumps(JSON)]).flatmap(
        lambda text: st.tuples(st.integers(0, len(text)), st.integers(0, 30), st.binary(max_size=5)).map(
            lambda cut: text.encode()[: cut[0]] + cut[2] + text.encode()[cut[0] + cut[1] :]
        )
    )
)
def test_a_damaged_feed_is_read_or_refused(document: bytes) -> None:
    try:
        feed = read(document)
    except ValueError:
        return
    assert all(isinstance(entry.id, str) for entry in feed.entries)


def article(path: str, *addresses: str, title: str = "", published: datetime = DAY, id: str = "") -> Article:
    return Article(path, id or addresses[0], addresses, title or path, published)


def entry(id: str, link: str = "", title: str = "", published: datetime | None = DAY) -> OldEntry:
    return OldEntry(id, link, title, published)


def matched(entries: Sequence[OldEntry], articles: Sequence[Article]) -> Adoption:
    return adopted([OldFeed("", "", tuple(entries))], articles)


@pytest.mark.parametrize(
    "link",
    [
        "https://me.example/2021/a-b/",
        "http://www.me.example/2021/a-b",
        "https://me.example/2021/A-B/index.html",
        "https://ME.example/2021/a%2Db#top",
        "https://me.example/2021/%61-b/",
    ],
)
def test_an_address_in_another_spelling_is_the_same(link: str) -> None:
    found = matched(
        [entry("12", link)], [article("a.md", "https://me.example/2021/a-b/"), article("b.md", "https://me.example/b/")]
    )
    assert found.ids == {"a.md": "12"}
    assert [one.path for one in found.added] == ["b.md"]


def test_an_exact_address_comes_before_a_similar_one() -> None:
    found = matched(
        [entry("1", "https://me.example/a"), entry("2", "https://me.example/A")],
        [article("A.md", "https://me.example/A"), article("a.md", "https://me.example/a")],
    )
    assert found.ids == {"a.md": "1", "A.md": "2"}


def test_the_id_is_an_address_too() -> None:
    """Links of feeds that count clicks lead to another host; those of link posts to another site."""
    found = matched(
        [entry("http://me.example/a", "https://proxy.example/1"), entry("http://me.example/b", "https://me.example/a")],
        [article("a.md", "https://me.example/a"), article("b.md", "https://me.example/b", "https://x.example/")],
    )
    assert found.ids == {"a.md": "http://me.example/a", "b.md": "http://me.example/b"}


def test_title_and_day_match_what_moved() -> None:
    found = matched(
        [
            entry("1", "https://old.example/?p=1", "Notes ", DAY),
            entry("2", "https://old.example/?p=2", "NOTES", DAY + timedelta(days=7)),
            entry("3", "https://old.example/?p=3", "Once", DAY - timedelta(days=1)),
            entry("4", "https://old.example/?p=4", "Twice", DAY),
            entry("5", "https://old.example/?p=5", "Late", DAY + timedelta(days=2)),
            entry("6", "https://old.example/?p=6", "No date", None),
        ],
        [
            article("1.md", "https://me.example/1", title="Notes"),
            article("2.md", "https://me.example/2", title="Notes", published=DAY + timedelta(days=7)),
            article("3.md", "https://me.example/3", title="Once"),
            article("4.md", "https://me.example/4", title="Twice"),
            article("4b.md", "https://me.example/4b", title="Twice"),
            article("5.md", "https://me.example/5", title="Late"),
            article("6.md", "https://me.example/6", title="No date"),
        ],
    )
    assert found.ids == {"1.md": "1", "2.md": "2", "3.md": "3"}
    assert [one.id for one in found.gone] == ["4", "5", "6"]
    assert [one.path for one in found.added] == ["4.md", "4b.md", "5.md", "6.md"]


def test_ids_that_are_kept_already() -> None:
    found = matched(
        [entry("1", "https://me.example/a"), entry("https://me.example/b", "https://me.example/b")],
        [article("a.md", "https://me.example/a"), article("b.md", "https://me.example/b")],
    )
    assert [(pair.article.path, pair.entry.id) for pair in found.changing] == [("a.md", "1")]


def test_feeds_that_name_one_article_differently() -> None:
    """A record has one id: the first feed's."""
    feeds = [
        OldFeed("", "", (entry("1", "https://me.example/a"),)),
        OldFeed("", "", (entry("tag:a", "https://me.example/a"), entry("1"))),
    ]
    found = adopted(feeds, [article("a.md", "https://me.example/a")])
    assert (found.ids, [one.id for one in found.other], found.gone) == ({"a.md": "1"}, ["tag:a"], [])


ADDRESSES = st.sampled_from(["https://me.example/a", "http://me.example/A/", "https://me.example/b", "https://x.example/"])
ENTRIES = st.builds(
    OldEntry,
    st.sampled_from(["", "1", "2", "https://me.example/a"]),
    ADDRESSES,
    st.sampled_from(["", "A", "a"]),
    st.sampled_from([None, DAY]),
)
ARTICLES = st.lists(st.tuples(ADDRESSES, st.sampled_from(["A", "B"])), max_size=4).map(
    lambda found: [article(f"{at}.md", address, title=title) for at, (address, title) in enumerate(found)]
)


@given(st.lists(ENTRIES, max_size=6), ARTICLES)
def test_each_entry_is_counted_once(entries: list[OldEntry], articles: list[Article]) -> None:
    found = matched(entries, articles)
    assert len(found.ids) == len(found.pairs) == len(set(found.ids.values()))
    assert len(found.pairs) + len(found.gone) + len(found.other) == len({one.id for one in entries if one.id})
    assert len(found.pairs) + len(found.added) == len(articles)


def test_the_file_is_read_as_it_was_written() -> None:
    found = {"b.md": "tag:b", "a.md": 'ü"<'}
    read = ids.read(ids.written(found, {"all": "x:y"}).encode())
    assert (read.ids, read.feeds) == (found, {"all": "x:y"})
    for damaged in (b"", b"{}", b'{"version":1,"ids":{"a":1}}', b'{"version":2,"ids":{}}', b"\xff"):
        with pytest.raises(ValueError, match=r"^not a file of feedloom adopt|^has version 2"):
            ids.read(damaged)


# --- The command --------------------------------------------------------------------------------------------------------


def old_feed(folder: Path, *entries: tuple[str, str, str]) -> str:
    items = "".join(
        f'<item><title>{title}</title><link>{link}</link><guid isPermaLink="false">{id}</guid>'
        "<pubDate>Fri, 21 May 2021 18:09:00 GMT</pubDate></item>"
        for id, link, title in entries
    )
    path = folder / "old.xml"
    path.write_text(f"<rss><channel><title>Old</title>{items}</channel></rss>")
    return str(path)


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["adopt", *arguments])
    return result.exit_code, result.output


@pytest.fixture
def blog(site: Site, tmp_path: Path) -> Site:
    site.write(
        {"a.md": record(webUrl="https://me.example/a"), "b.md": record(title="B", webUrl="https://me.example/b", id="own")}
    )
    (tmp_path / "feedloom.yaml").write_text("records: records\noutput: out\nsite: {url: https://me.example/feeds/}\n")
    return site


def test_ids_are_written_and_used(blog: Site, tmp_path: Path) -> None:
    old = old_feed(tmp_path, ("tag:a", "http://www.me.example/a/", "A"), ("gone", "https://me.example/gone", "Gone"))
    assert run(old, "--check") == (
        1,
        "1 of 2 entries keep their ids.\n1 entry without a record:\n  https://me.example/gone  Gone\n"
        "1 record not in the old feeds:\n  b.md  B\n"
        "a.md: its id is now https://me.example/a; readers know tag:a\n",
    )
    assert not (tmp_path / "ids.json").exists()
    code, said = run(old)
    assert code == 0
    assert "Set limit: 2, or readers get up to 48 older ones as new.\n" in said
    assert said.endswith("ids.json: 1 id written. Commit this file: builds need it.\n")
    assert (tmp_path / "ids.json").read_text() == '{\n  "version": 1,\n  "ids": {\n    "a.md": "tag:a"\n  }\n}\n'
    assert run(old, "--check")[0] == 0
    feedloom.build(feedloom.load_config())
    assert '<guid isPermaLink="false">tag:a</guid>' in blog.text("all.rss")
    assert '<guid isPermaLink="false">own</guid>' in blog.text("all.rss")


def test_an_id_that_was_adopted_stays(blog: Site, tmp_path: Path) -> None:
    """A later feed may be what subscribers never saw."""
    run(old_feed(tmp_path, ("tag:a", "https://me.example/a", "A")))
    code, said = run(old_feed(tmp_path, ("tag:other\u202e", "https://me.example/a", "A")))
    assert code == 0
    assert said.startswith("1 of 1 entry keeps its id.\n")
    assert "The old feed shows 1 entry. " in said
    assert "1 record with another id in ids.json, which stays (delete it there first):\n" in said
    assert "  a.md: tag:a, and not tag:other\\u202e\n" in said
    assert '"a.md": "tag:a"' in (tmp_path / "ids.json").read_text()
    assert run(str(tmp_path / "old.xml"), "--check")[1].endswith("a.md: its id is now tag:a; readers know tag:other\\u202e\n")


def atom(folder: Path, name: str, id: str) -> str:
    path = folder / name
    entry = "<entry><id>tag:a</id><title>A</title><link href='https://me.example/a'/></entry>"
    path.write_text(f"<feed xmlns='http://www.w3.org/2005/Atom'><id>{id}</id><title>Old</title>{entry}</feed>")
    return str(path)


def test_a_feed_keeps_its_own_id(blog: Site, tmp_path: Path) -> None:
    """Readers that know a feed by its id see the same feed."""
    blog.write({"a.md": record(webUrl="https://me.example/a", topics="[AI]")})
    old = [
        atom(tmp_path, "old.xml", "tag:me.example,2005:/feed"),
        f"topics/ai={atom(tmp_path, 'ai.xml', 'http://me.example/ai?x')}",
    ]
    code, said = run(*old, "--check")
    assert code == 1
    assert "all.atom will not have the id of the old feed, tag:me.example,2005:/feed, topics/ai.atom will not" in said
    code, said = run(*old)
    assert code == 0
    assert "all.atom keeps the id of the old feed: tag:me.example,2005:/feed\n" in said
    assert json.loads((tmp_path / "ids.json").read_text())["feeds"] == {
        "all": "tag:me.example,2005:/feed",
        "topics/ai": "http://me.example/ai?x",
    }
    assert run(*old, "--check")[0] == 0
    feedloom.build(feedloom.load_config())
    assert "<id>tag:me.example,2005:/feed</id>" in blog.text("all.atom")
    assert "<id>http://me.example/ai?x</id>" in blog.text("topics/ai.atom")
    assert "all.atom has the id tag:me.example,2005:/feed in ids.json, which stays" in run(atom(tmp_path, "b.xml", "tag:b"))[1]


@pytest.mark.parametrize("id", ["", "feed.xml", "a b:c", "-", "x" * 2000])
def test_an_id_of_a_feed_that_is_none(blog: Site, tmp_path: Path, id: str) -> None:
    assert run(atom(tmp_path, "old.xml", id))[0] == 0
    assert "feeds" not in json.loads((tmp_path / "ids.json").read_text())


def test_a_feed_that_does_not_exist(blog: Site, tmp_path: Path) -> None:
    code, said = run(f"topics/ai={atom(tmp_path, 'old.xml', 'tag:old')}")
    assert code == 1
    assert "no such feed: topics/ai; feedloom feeds lists all" in said


def test_a_missing_file_of_ids_is_told(blog: Site, tmp_path: Path) -> None:
    """Without it, all entries would be new to readers."""
    config = tmp_path / "feedloom.yaml"
    config.write_text(f"{config.read_text()}ids: kept.json\n")
    result = CliRunner().invoke(main, ["build"])
    assert result.exit_code == 2
    assert "feedloom.yaml:4: ids: kept.json does not exist; restore it, or let feedloom adopt write it" in result.output
    assert run(old_feed(tmp_path, ("tag:a", "https://me.example/a", "A")))[0] == 0
    assert "tag:a" in (tmp_path / "kept.json").read_text()
    assert CliRunner().invoke(main, ["build"]).exit_code == 0


def test_a_feed_that_was_cut_off_is_told(blog: Site, tmp_path: Path) -> None:
    place = Path(old_feed(tmp_path, ("tag:a", "https://me.example/a", "A"), ("tag:b", "https://me.example/b", "B")))
    place.write_text(place.read_text()[:-60])
    said = run(str(place))[1]
    assert said.splitlines()[0].startswith(f"{place}: is not well-formed (line 1: ")
    assert "entries may be missing; save the feed again" in said


def test_an_id_of_the_record_itself_comes_first(blog: Site, tmp_path: Path) -> None:
    (tmp_path / "ids.json").write_text('{"version": 1, "ids": {"a.md": "tag:a", "b.md": "tag:b"}}')
    feedloom.build(feedloom.load_config())
    assert [item["id"] for item in json.loads(blog.text("all.json"))["items"]] == ["own", "tag:a"]


def test_what_was_adopted_before_stays(blog: Site, tmp_path: Path) -> None:
    (tmp_path / "ids.json").write_text('{"version": 1, "ids": {"z.md": "tag:z"}}')
    assert run(old_feed(tmp_path, ("tag:a", "https://me.example/a", "A")))[0] == 0
    assert json.loads((tmp_path / "ids.json").read_text())["ids"] == {"a.md": "tag:a", "z.md": "tag:z"}


def test_a_build_sees_that_ids_changed(blog: Site, tmp_path: Path) -> None:
    feedloom.build(feedloom.load_config())
    run(old_feed(tmp_path, ("tag:a", "https://me.example/a", "A")))
    feedloom.build(feedloom.load_config())
    after = blog.files()
    shutil.rmtree(blog.output)
    feedloom.build(feedloom.load_config(), fresh=True)
    assert blog.files() == after
    assert "tag:a" in blog.text("all.rss")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("missing.xml", None, "missing.xml: cannot be read: No such file or directory"),
        ("page.html", "<html/>", "page.html: is not a feed: it is neither Atom nor RSS nor JSON Feed"),
        ("https://me.example/feed.xml", None, "feedloom downloads nothing; save the feed first"),
        (".", None, ".: cannot be read: Is a directory"),
    ],
)
def test_files_that_are_no_feeds(blog: Site, tmp_path: Path, name: str, content: str | None, message: str) -> None:
    if content is not None:
        (tmp_path / name).write_text(content)
    code, said = run(name)
    assert code == 2
    assert message in said


def test_another_ids_json_is_not_replaced(blog: Site, tmp_path: Path) -> None:
    (tmp_path / "ids.json").write_text('{"version": 1}')
    code, said = run(old_feed(tmp_path, ("tag:a", "https://me.example/a", "A")))
    assert code == 2
    assert "ids.json: not a file of feedloom adopt" in said
    assert (tmp_path / "ids.json").read_text() == '{"version": 1}'


def test_nothing_is_written_where_nothing_matches(blog: Site, tmp_path: Path) -> None:
    code, said = run(old_feed(tmp_path, ("tag:a", "https://other.example/a", "Other")))
    assert code == 1
    assert "no entry has a record; nothing written" in said
    assert not (tmp_path / "ids.json").exists()
