"""What a build remembers makes the next one quick, and never another one: with it or without, the bytes are the same."""

import contextlib
import gc
import os
import random
import shutil
import sqlite3
import stat
import subprocess
import sys
import time
import weakref
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import feedloom
from feedloom import render
from feedloom.engines import code as engine_code
from feedloom.errors import ConfigError, GuardError, StateError
from feedloom.feeds import archive, group, tally
from feedloom.feeds.tally import Tally
from feedloom.model import Feed, Member, Moment, Record, RecordSummary, Slug, Source, Url, member_key
from feedloom.pipeline import cache, digests, former, ingest, memory, program, rendering, tallies, tasks
from feedloom.records import scan
from feedloom.render import directory
from feedloom.values import dates
from tests.conftest import NOW, Site, record, stamp

NAMES = ["a.md", *map(os.fsdecode, (b"b\xff.md", rb"b\xff.md", b"b\x1b.md", rb"b\x1b.md"))]
"""Of the last four, two and two are shown alike."""
SETTINGS: list[dict[str, Any]] = [
    {},
    {"limit": 1},
    {"site__title": "Another"},
    {"site__timezone": "+09:00"},
    {"unpublished": "include"},
    {"site__url": None},
    {"labels": {"related": "See:"}},
    {"groups": {"topic": False, "category": True, "type": True, "provider_topic": True}},
    {"archive": True, "limit": 1, "groups": {"provider_topic": True}},
    {"titles": dict.fromkeys(("topic", "provider", "category"), "{name}"), "groups": {"category": True}},
    {"groups": {"topic": {"at_least": 2}, "provider": {"at_least": 3}, "author": {"at_least": 2}}},
    {"groups": {"topic": {"at_least": 2}, "author": True}, "topics": {"Feeds": {"aliases": ["AI"]}}, "limit": 1},
    {"titles": dict.fromkeys(("topic", "provider"), "{name}"), "topics": {"P": {"aliases": ["Feeds"]}}, "archive": True},
    {
        "archive": True,
        "limit": 1,
        "topics": {"AI": {"aliases": ["Feeds"]}},
        "feeds": [
            {"name": "Chosen", "where": {"topics": ["ai"], "text": "word", "not_providers": ["P"]}},
            {"name": "Ranked", "order": "quality", "where": {"since": "1 day", "min_quality": 1}},
        ],
    },
]

records = st.builds(
    lambda number, **fields: record(webUrl=f"https://example.com/{number}", **fields),
    st.sampled_from([0, 0, 1, 2]),
    title=st.sampled_from(["One", "Two", "Three", "Four", ""]),
    publishedDateTime=st.sampled_from([*["2021-05-21T18:09:00Z"] * 3, "2021-05-21 18:09", "2026-01-02T00:00:00Z", "x"]),
    updatedDateTime=st.sampled_from(["", "2026-01-03T00:00:00Z"]),
    topics=st.sampled_from(["", "[AI]", "[ai, Feeds]", "[Feeds, '  ']"]),
    provider=st.sampled_from(
        ["", "{name: P, domain: p.example}", "{name: Q, domain: p.example}", "P", "AI", "{name: feeds, domain: q.example}"]
    ),
    published=st.sampled_from(["", "", "false"]),
    excerpt=st.sampled_from(["", "", "A Word."]),
    quality=st.sampled_from(["", "1", "2"]),
    authors=st.sampled_from(["", "", "[Ada]", "[ada, Ben, Ada]"]),
    type=st.sampled_from(["", "article", "Video"]),
    category=st.sampled_from(["", "News", "-", "ai"]),
    expires=st.sampled_from(["", "", "", "2026-01-03T12:00:00Z", "2027-01-01T00:00:00Z"]),
    images=st.sampled_from(["", "[{url: 'https://e.example/i.png'}, {url: x}]"]),
)
edits = st.one_of(
    st.tuples(st.just("write"), st.sampled_from(NAMES), records),
    st.tuples(st.just("write"), st.sampled_from(NAMES), records),
    st.tuples(st.sampled_from(["touch", "delete", "empty"]), st.sampled_from(NAMES), st.none()),
    st.tuples(st.just("rename"), st.sampled_from(NAMES), st.sampled_from(NAMES)),
    st.tuples(st.just("settings"), st.sampled_from(SETTINGS), st.none()),
    st.tuples(st.just("clock"), st.integers(-1, 3) | st.sampled_from([-2000, -40, 40, 400]), st.none()),
    st.tuples(st.sampled_from(["lose", "spoil"]), st.sampled_from(["all.atom", "topics/ai.rss", "catalog.json"]), st.none()),
)


class Twins:
    """Two sites with the same records and the same history: one remembers, the other begins anew each time."""

    def __init__(self, folder: Path) -> None:
        self.warm = Site(folder)
        self.cold = folder / "cold"
        self.settings: dict[str, Any] = {}
        self.in_pieces = False
        self.now = NOW
        self.time = 10**18

    def edit(self, what: str, which: Any, with_what: Any) -> None:
        if what == "settings":
            self.settings = which
        elif what == "clock":
            self.now = NOW + timedelta(days=which)
        elif what in ("lose", "spoil"):
            for place in (self.warm.output / which, self.cold / which):
                if place.exists() and which != "catalog.json":
                    place.unlink() if what == "lose" else place.write_text("spoilt")
        else:
            self._edit_record(what, self.warm.records / which, with_what)

    def _edit_record(self, what: str, place: Path, with_what: Any) -> None:
        if what == "write":
            place.write_text(with_what)
        elif not place.exists():
            return
        elif what == "delete":
            place.unlink()
            return
        elif what == "rename":
            place = place.replace(self.warm.records / with_what)
        elif what == "empty":
            place.write_text("")
        # Times as of a while ago, each another: what is settled is believed.
        self.time += 10**9 + 1
        os.utime(place, ns=(self.time, self.time))

    def build(self) -> tuple[feedloom.Report, feedloom.Report]:
        """Both by themselves where the guard lets them; where it stops the one that remembers, and knows more, both forced."""
        try:
            warm, force = self._build(self.warm.output, self.warm.state), False
        except GuardError:
            warm, force = self._build(self.warm.output, self.warm.state, force=True), True
        try:
            return warm, self._build(self.cold, None, force=force)
        except GuardError as error:
            # Errors that were forced once, and are as they were.
            assert "guard.max_rejected" in str(error)
            assert not warm.files.written
            return warm, self._build(self.cold, None, force=True)

    def _build(self, output: Path, state: Path | None, *, force: bool = False) -> feedloom.Report:
        config = self.warm.config(**self.settings)
        config = msgspec.structs.replace(config, output=str(output), state=state and str(state))
        with pytest.MonkeyPatch.context() as patch:
            if state and self.in_pieces:  # as many records as fill the memory, and more
                patch.setattr(ingest, "_MANY", 0)
                patch.setattr(ingest, "_AT_A_TIME", 1)
                patch.setattr(tallies, "_MANY", 0)
                patch.setattr(cache, "_LARGE", 100)
                patch.setattr(scan, "_MANY", 1)
                patch.setattr(ingest, "_UNPACKED", 0)
                patch.setattr(rendering, "MANY_FEEDS", 1)
                patch.setattr(group, "_TOGETHER", 2)
                patch.setattr(former, "_IN_A_BLOCK", 2)
            report = feedloom.build(config, now=self.now, fresh=state is None, force=force)
        return msgspec.structs.replace(report, seconds=0, hints=[])

    def outputs(self) -> list[dict[str, bytes]]:
        return [
            {str(path.relative_to(output)): path.read_bytes() for path in output.rglob("*") if path.is_file()}
            for output in (self.warm.output, self.cold)
        ]


def short_lists(patch: pytest.MonkeyPatch) -> None:
    """Few feeds have several pages of lists, and not all have cards."""
    patch.setattr(directory, "_CARDS", 1)
    patch.setattr(directory, "_ON_FRONT_PAGE", 1)
    patch.setattr(directory, "_ON_A_PAGE", 2)


@pytest.mark.long
@settings(max_examples=60)
@given(st.lists(st.lists(edits, max_size=3), min_size=1, max_size=6), st.booleans(), st.booleans())
def test_a_warm_build_gives_what_a_cold_one_gives(
    steps: list[list[tuple[str, Any, Any]]], settled: bool, in_pieces: bool
) -> None:
    """The same files, the same counts, the same problems, and the same files written; after each of any edits, and whether all
    records fit into memory or not.
    """
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(archive, "ONE_IN", 2)  # so that few records fill several documents
        if settled:
            patch.setattr(scan, "is_settled", lambda source, now: True)
        if in_pieces:
            short_lists(patch)
        twins = Twins(Path(folder))
        twins.in_pieces = in_pieces
        for step in steps:
            for edit in step:
                twins.edit(*edit)
            warm, cold = twins.build()
            assert warm == cold
            outputs = twins.outputs()
            assert outputs[0] == outputs[1]


@pytest.mark.skipif(sys.platform == "darwin", reason="names are UTF-8 there")
@pytest.mark.parametrize(
    "names", [(b"\xff", rb"\xff"), ("\u202e".encode(), rb"\u202e"), (b"x\x1b", rb"x\x1b"), ("\u200b".encode(), rb"\u200b")]
)
@pytest.mark.parametrize("touched", [0, 1])
def test_two_files_that_look_alike(tmp_path: Path, names: tuple[bytes, bytes], touched: int) -> None:
    """One article, twice, at the same time: which one is published does not depend on which was read last."""
    twins = Twins(tmp_path)
    for edited in ((0, 1), (touched,)):
        for at in edited:
            twins.edit("write", os.fsdecode(names[at] + b".md"), record(title=f"{len(edited)} {at}"))
        reports = twins.build()
        assert reports[0] == reports[1]
        outputs = twins.outputs()
        assert outputs[0] == outputs[1]
    first = min(names)
    assert f" {names.index(first)}</title>".encode() in outputs[0]["all.atom"]


@pytest.mark.long
def test_a_long_history(tmp_path: Path) -> None:
    """As a publisher's repository goes, a cron run for each commit: no file whose bytes stay is touched, ever."""
    chance = random.Random(7)
    twins = Twins(tmp_path)
    twins.settings = {"titles": {"provider": "{site}: {name}"}, "feeds": [{"name": "Law"}]}
    for commit in range(150):
        published = {path: path.stat().st_mtime_ns for path in twins.warm.output.rglob("*") if path.is_file()}
        content = {path: path.read_bytes() for path in published}
        names = sorted(path.name for path in twins.warm.records.iterdir())
        for _ in range(chance.choice([0, 1, 1, 1, 2])):
            what = chance.choice(["write", "write", "write", "again", "delete", "rename", "touch"]) if names else "write"
            if what == "write":
                number = chance.randrange(60)
                topics = chance.sample(["AI", "ai", "Feeds", "Open Web", "C++", "Law"], chance.randrange(4))
                text = record(
                    title=f"Article {number} {chance.choice(['', '(updated)'])}",
                    publishedDateTime=f"2021-05-{number % 28 + 1:02}T18:09:00Z",
                    webUrl=f"https://example.com/{number}",
                    topics=f"[{', '.join(topics)}]",
                    provider=chance.choice(
                        ["", "P", "{name: Q, domain: q.example}", "AI", "Law", "{name: Feeds, domain: q.example}"]
                    ),
                    published=chance.choice(["", "", "", "false"]),
                )
                (twins.warm.records / f"{number}.md").write_text(text)
            else:
                place = twins.warm.records / chance.choice(names)
                if what == "again":
                    place.write_bytes(place.read_bytes() if place.exists() else b"")
                elif what == "delete":
                    place.unlink(missing_ok=True)
                elif what == "rename" and place.exists():
                    place.rename(place.with_name(f"moved-{commit}.md"))
                elif what == "touch" and place.exists():
                    place.touch()
        warm, cold = twins.build()
        assert warm == cold, commit
        outputs = twins.outputs()
        assert outputs[0] == outputs[1], commit
        for path, before in published.items():
            if path.exists() and path.read_bytes() == content[path]:
                assert path.stat().st_mtime_ns == before, (commit, path)


@pytest.fixture
def quiet(site: Site, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A site of nine records, built, whose files were written long ago."""
    site.build({f"{n}.md": record(title=f"T{n}", webUrl=f"https://e.example/{n}", topics=f"[T{n % 3}]") for n in range(9)})
    monkeypatch.setattr(scan, "is_settled", lambda source, now: True)
    site.build()
    yield site


def test_where_nothing_changed_nothing_is_opened_and_nothing_written(quiet: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    before = {path: stamp(path) for path in [*quiet.output.rglob("*"), quiet.state]}
    opened = []
    sys.addaudithook(lambda event, values: opened.append(values[0]) if event == "open" else None)
    opened.clear()
    monkeypatch.setattr(tasks, "read", None)
    monkeypatch.setattr(tasks, "Renderer", None)
    report = quiet.build()
    assert not [path for path in opened if str(path).startswith((f"{quiet.records}/", f"{quiet.output}/"))]
    assert (quiet.output / ".feedloom" / "manifest").exists(), "it is not read either"
    assert {path: stamp(path) for path in [*quiet.output.rglob("*"), quiet.state]} == before
    assert (report.files.written, report.files.unchanged, report.records.published) == (0, len(quiet.files()), 9)


@pytest.mark.parametrize("due", [True, False])
def test_a_first_build_groups_what_it_reads(site: Site, monkeypatch: pytest.MonkeyPatch, due: bool) -> None:
    """Nothing is read back, if all of it is published; otherwise, what was grouped early is not used."""
    read_back: list[ingest.Summaries] = []
    real = ingest.Summaries.__iter__

    def counted(summaries: ingest.Summaries) -> Any:
        read_back.append(summaries)
        return real(summaries)

    monkeypatch.setattr(ingest.Summaries, "__iter__", counted)
    date = NOW - timedelta(days=1) if due else NOW + timedelta(days=1)
    later = record(title="Later", webUrl="https://e.example/later", publishedDateTime=date.isoformat())
    site.build({"a.md": record(), "later.md": later})
    assert (b"Later" in site.files()["all.atom"], not read_back) == (due, due)


def test_where_one_record_changed_one_is_read_and_its_feeds_are_rendered(quiet: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[bytes] = []
    rendered: list[str] = []
    real_read, real_stage = tasks.read, tasks.stage_feeds

    def counted(task: tasks.Files) -> tasks.Readings:
        read.extend(file.source.file for file in task.unpacked())
        return real_read(task)

    def staged(packed: bytes, **given: Any) -> Any:
        done = real_stage(packed, **given)
        rendered.extend(done.files)
        return done

    monkeypatch.setattr(tasks, "read", counted)
    monkeypatch.setattr(tasks, "stage_feeds", staged)
    quiet.build({"4.md": record(title="New", webUrl="https://e.example/4", topics="[T1, More]")})
    assert read == [b"4.md"]
    assert {path.partition(".")[0] for path in rendered} == {"all", "topics/t1", "topics/more"}


def test_where_little_changed_no_other_summary_is_read(quiet: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither those of a group that a record joins, nor of one that nobody had, nor of one that loses its last."""
    monkeypatch.setattr(ingest.Summaries, "__iter__", None)
    assert quiet.build({"4.md": record(title="New", webUrl="https://e.example/4", topics="[T1, More]")}).feeds == 5
    assert quiet.build({"4.md": record(title="New", webUrl="https://e.example/4", topics="[T1]")}).feeds == 4
    (quiet.output / "topics" / "t2.atom").unlink()
    assert quiet.build().files.written == 1


@pytest.mark.parametrize("others", ["those of a killed build", "none"])
def test_tallies_of_another_build_are_not_used(quiet: Site, others: str) -> None:
    assert quiet.build({"3.md": record(title="New", webUrl="https://e.example/3", topics="[T0]")}).feeds == 4
    with sqlite3.connect(quiet.state) as connection:
        if others == "none":
            changed = connection.execute("DELETE FROM parts WHERE name = 'tallies'")
        else:
            tally = msgspec.msgpack.encode(Tally({}, {}, []))
            changed = connection.execute("UPDATE parts SET value = ? WHERE name = 'tallies'", (digests.digest(tally) + tally,))
        assert changed.rowcount == 4
    quiet.build({"6.md": record(title="Newer", webUrl="https://e.example/6", topics="[T0]")})
    assert quiet.text("topics/t0.atom").count("<entry>") == 3
    assert quiet.text("all.atom").count("<entry>") == 9


def test_a_touched_file_is_hashed_and_no_more(quiet: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    os.utime(quiet.records / "4.md")
    monkeypatch.setattr("feedloom.records.parse.reading", None)
    assert quiet.build().files.written == 0


def test_a_build_that_was_stopped_leaves_what_the_last_one_knew(quiet: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has stored its buckets when the guard stops it."""
    kept = quiet.records.rename(quiet.records.with_name("kept"))
    quiet.records.mkdir()
    (quiet.records / "0.md").write_text(record(title="Alone", webUrl="https://e.example/0"))
    with pytest.raises(GuardError):
        quiet.build(force=False)
    shutil.rmtree(quiet.records)
    kept.rename(quiet.records)
    os.utime(quiet.records / "4.md")
    monkeypatch.setattr("feedloom.records.parse.reading", None)
    assert quiet.build().files.written == 0


def test_an_entry_is_rendered_once(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    rendered = []
    real = render.entry

    def counted(one: Record, config: feedloom.Config, body: None, without: tuple[str, ...]) -> render.Entry:
        rendered.append(one.id)
        return real(one, config, body, without)

    monkeypatch.setattr(render, "entry", counted)
    site.build({"a.md": record(topics="[Some, Of, Them]", provider="P")}, site__title="Rendered once")
    assert len(rendered) == 1


@pytest.mark.parametrize(
    ("documents", "rendered"),
    [
        ({0: {3: 1, 1: 2, 2: 2}, 1: {3: 0}, 2: {1: 0, 2: 0}}, [{1, 2, 3}, set(), {1}]),
        ({0: {1: 2, 2: 1, 3: 2}, 1: {2: 0}, 2: {1: 0, 3: 0}}, [{1, 2, 3}, set(), {1}]),
        ({0: {1: 1, 2: 3}, 2: {3: 3}, 3: {2: 0, 3: 0}}, [{1, 2}, {3}, set()]),  # another process rendered the second one
        ({0: {1: 0, 2: 0}, 1: {1: 0}}, [{1, 2}, {1}]),
    ],
)
def test_the_entries_that_are_kept_are_those_shown_again_soonest(
    documents: dict[int, dict[int, int]], rendered: list[set[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is room for two entries. A document shows numbers, each with the place of the next document that does."""
    found: list[set[int]] = []
    moment = datetime(2021, 5, 21, tzinfo=UTC)

    def counted(one: Record, *_: Any) -> render.Entry:
        found[-1].add(int(one.title))
        return render.Entry((bytes(100),), b"", (), None)

    monkeypatch.setattr(render, "entry", counted)
    store = memory.Memory(None, is_usable=False)
    seals = {}
    for number in (1, 2, 3):
        one = Record(path="", id=str(number), link=Url(""), title=str(number), published=moment, updated=moment)
        seals[number], data = cache.sealed(one, is_compressed=False)
        store.add([(number, data)])
    renderer = tasks.Renderer(270, store, feedloom.Config(formats=("json",), pages=False), render.Shells({}, None, {}))
    for place, records in documents.items():
        found.append(set())
        shown = [tasks.Shown(number, seals[number], dates.stamp(moment), again) for number, again in records.items()]
        list(renderer.files_of([(FEED, tasks.Showing(place, shown))]))
    assert found == rendered


def test_documents_know_which_one_shows_a_record_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "_SOON", 3)
    shown = {"a": [1, 2], "b": [2, 3], "c": [2, 1], "d": [3, 1], "e": [1]}
    feeds = [msgspec.structs.replace(FEED, name=name, entries=tuple(map(member, its))) for name, its in shown.items()]
    found = {
        feed.name: (its.place, {one.number: one.again for one in its.records})
        for feed, its in tasks.unpacked(tasks.packed(feeds))
    }
    assert found == {
        "a": (0, {1: 2, 2: 1}),
        "b": (1, {2: 2, 3: 0}),
        "c": (2, {2: 0, 1: 0}),
        "d": (3, {3: 0, 1: 4}),
        "e": (4, {1: 0}),
    }


FEED = Feed(kind="all", name="", slug=Slug("all"), identity=(), folder="", total=0, count=0, updated=None)


def member(number: int) -> Member:
    """A record in a feed."""
    return Member(member_key(RecordSummary(number, b"seal", b"", str(number), Moment(0), Moment(1))))


def test_a_large_site_has_a_smaller_cache(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.build({f"{n}.md": record(title=f"T{n}", webUrl=f"https://e.example/{n}") for n in range(9)})
    files, plain = site.files(), stored(site)
    site.state.unlink()
    monkeypatch.setattr(ingest, "_MANY", 8)
    site.build()
    small = stored(site)
    assert {number: zlib.decompress(data[1:]) for number, data in small.items()} == plain
    assert sum(map(len, small.values())) < 0.8 * sum(map(len, plain.values()))
    for broken in (b"\xc1", small[3][:-1], small[3][:30] + b"x" + small[3][31:], small[4], plain[4]):
        (site.output / "all.json").unlink()
        with contextlib.closing(sqlite3.connect(site.state)) as connection, connection:
            connection.execute("UPDATE records SET record = ? WHERE number = 3", [broken])
        assert site.build().records.published == 9
        assert site.files() == files
        assert stored(site) == small


def stored(site: Site) -> dict[int, bytes]:
    """The records in the cache by number."""
    with contextlib.closing(sqlite3.connect(site.state)) as connection:
        return dict(connection.execute("SELECT number, record FROM records"))


def test_few_buckets_of_a_large_site_are_in_memory(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """However few of the files in each changed."""
    there: weakref.WeakSet[ingest._Bucket] = weakref.WeakSet()
    most = [0]

    class Counted(ingest._Bucket):
        def __init__(self, *given: Any) -> None:
            super().__init__(*given)
            there.add(self)
            most[0] = max(most[0], len(there))

    monkeypatch.setattr(ingest, "_Bucket", Counted)
    monkeypatch.setattr(ingest, "_AT_A_TIME", 5)
    texts = {f"{n}.md": record(title=f"T{n}", webUrl=f"https://e.example/{n}") for n in range(200)}
    site.build(texts, jobs=1)
    for number in range(100):
        (site.records / f"{number}.md").unlink()
    assert site.build(jobs=1).records.published == 100
    for number in range(100, 150):
        os.utime(site.records / f"{number}.md")
    assert site.build(jobs=1).records.published == 100
    assert most[0] <= 5


def test_no_entry_is_in_memory_when_the_lists_are_made(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both take much of it, for a large site."""
    real, feeds = rendering.lists, tally.feeds
    made, gone = [0], [0]

    class Entries(tuple[Any, ...]):
        def __del__(self) -> None:
            gone[0] += 1

    def watched(*given: Any) -> list[Feed]:
        found = [msgspec.structs.replace(feed, entries=Entries(feed.entries)) for feed in feeds(*given)]
        made[0] += len(found)
        return found

    def lists(*given: Any) -> Any:
        assert gone == made
        return real(*given)

    monkeypatch.setattr(rendering, "lists", lists)
    monkeypatch.setattr(tally, "feeds", watched)
    site.build({"a.md": record(topics="[A, B]")})
    assert made[0] > 2


def test_a_change_that_the_clock_of_the_disk_cannot_tell(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Git's racy entries: the same size and, on a disk that counts in whole seconds, the same times."""

    def coarse(values: tuple[bytes, int, int, int, int]) -> bytes:
        file, size, mtime, ctime, inode = values
        second = 10**9
        return packed((file, size, mtime // second * second, ctime // second * second, inode))

    packed = scan.packed
    monkeypatch.setattr(scan, "packed", coarse)
    for title in ("One", "Two", "Six", "Ten"):
        (site.records / "a.md").write_text(record(title=title))
        site.build()
        assert f"<title>{title}</title>" in site.text("all.atom")


@pytest.mark.parametrize(
    ("last", "now", "settled"),
    [
        (5_000_000_000, 7_000_000_001, True),
        (5_000_000_000, 7_000_000_000, False),
        (5_000_000_001, 5_020_000_002, True),
        (5_000_000_001, 5_020_000_001, False),
        (9_000_000_001, 5_000_000_000, False),
    ],
)
def test_when_times_are_believed(last: int, now: int, settled: bool) -> None:
    assert scan.is_settled(Source(b"a", 1, last, 0, 1), now) == settled
    assert scan.is_settled(Source(b"a", 1, 0, last, 1), now) == settled


def damage(data: bytes, kind: str, chance: random.Random) -> bytes:
    at = chance.randrange(len(data))
    if kind == "cut":
        return data[:at]
    if kind == "flipped":
        return data[:at] + bytes([data[at] ^ 1 << chance.randrange(8)]) + data[at + 1 :]
    if kind == "zeroed":
        return data[:at] + bytes(min(4096, len(data) - at)) + data[at + 4096 :]
    return chance.randbytes(at)


@pytest.mark.parametrize("value", ["text", 1.5, 7])
def test_a_value_that_is_no_bytes_any_more_changes_nothing(quiet: Site, value: object) -> None:
    """One bit in a row says what its values are."""
    new = {"4.md": record(title="New", webUrl="https://e.example/4", topics="[T1]")}
    quiet.build(new)
    expected = quiet.files()
    for table, column in (("records", "record"), ("parts", "value")):
        with sqlite3.connect(quiet.state) as connection:
            connection.execute(f"UPDATE {table} SET {column} = ?", (value,))
        connection.close()
        (quiet.output / "all.atom").unlink()
        assert quiet.build(new).records.rejected == 0
        assert quiet.files() == expected


@pytest.mark.parametrize("kind", ["cut", "flipped", "zeroed", "replaced"])
def test_a_damaged_state_changes_nothing(quiet: Site, kind: str) -> None:
    whole = quiet.state.read_bytes()
    expected = quiet.files()
    chance = random.Random(kind)
    for number in range(40):
        damaged = damage(whole, kind, chance)
        quiet.state.write_bytes(damaged)
        title = f"T4{number % 2}"
        if damaged and (damaged[:16], damaged[68:72]) != (whole[:16], whole[68:72]):  # it could be anybody's
            with pytest.raises(StateError, match="not a cache file"):
                quiet.build()
            assert quiet.state.read_bytes() == damaged
            quiet.state.unlink()
        report = quiet.build({"4.md": record(title=title, webUrl="https://e.example/4", topics="[T1]")})
        assert report.records.published == 9
        files = quiet.files()
        assert files.pop("topics/t1.json") != expected["topics/t1.json"]
        assert files["topics/t0.json"] == expected["topics/t0.json"]
        quiet.state.unlink()
        (quiet.state.parent / "state.sqlite-journal").unlink(missing_ok=True)
        quiet.build({"4.md": record(title="T4", webUrl="https://e.example/4", topics="[T1]")})
        assert quiet.files() == expected


@pytest.mark.parametrize("value", [5, "a text"])
def test_damage_can_change_the_type_of_a_value(quiet: Site, value: int | str) -> None:
    """A single bit can, and make nothing of it, too, which SQL cannot."""
    expected = quiet.files()
    with contextlib.closing(sqlite3.connect(quiet.state)) as connection:
        names = [name for (name,) in connection.execute("SELECT DISTINCT name FROM parts")]
    changes = [f"parts SET value = ? WHERE name = '{name}'" for name in names]
    for change in (*changes, "records SET record = ?"):
        with contextlib.closing(sqlite3.connect(quiet.state)) as connection, connection:
            connection.execute(f"UPDATE {change}", (value,))
        if "'build'" in change:
            with pytest.raises(cache.Damaged):
                cache.snapshot(str(quiet.state))
        (quiet.output / "all.json").unlink()
        assert quiet.build().records.published == 9
        assert quiet.files() == expected


@pytest.mark.parametrize("moment", ["add", "commit", "finish"])
@pytest.mark.parametrize("is_replaced", [False, True])
def test_a_state_may_be_removed_during_a_build(
    quiet: Site, monkeypatch: pytest.MonkeyPatch, moment: str, is_replaced: bool
) -> None:
    """It is a cache."""
    real = getattr(cache.Cache, moment)

    def removed(kept: cache.Cache, *given: Any) -> None:
        monkeypatch.setattr(cache.Cache, moment, real)
        quiet.state.unlink()
        if is_replaced:
            quiet.state.write_bytes(before)
        real(kept, *given)

    before = quiet.state.read_bytes()
    monkeypatch.setattr(cache.Cache, moment, removed)
    report = quiet.build({"4.md": record(title="New", webUrl="https://e.example/4", topics="[T1]")})
    assert report.records.published == 9
    assert "New" in quiet.text("topics/t1.json")
    assert quiet.build().files.written == 0
    assert os.listdir(quiet.state.parent).count("state.sqlite") == 1


def test_what_is_due_changes_with_the_clock_alone(quiet: Site) -> None:
    quiet.build({"9.md": record(webUrl="https://e.example/9", publishedDateTime="2026-01-02T00:00:00Z")})
    for day, published in ((0, 9), (1, 10), (2, 10), (0, 9), (-3000, 0), (0, 9)):
        report = feedloom.build(quiet.config(), now=NOW + timedelta(days=day), force=True)
        assert report.records.published == published
        assert quiet.text("all.atom").count("<entry>") == published


def test_settings_change_alone(quiet: Site) -> None:
    for title in ("Another", "Site"):
        assert quiet.build(site__title=title).files.written > 0
        assert f"<title>{title}</title>" in quiet.text("all.atom")
        assert quiet.build(site__title=title).files.written == 0


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE records SET record = replace(CAST(record AS TEXT), 'T4', 'T5') WHERE instr(record, CAST('T4' AS BLOB))",
        "UPDATE records SET record = (SELECT record FROM records WHERE number = 2) WHERE number = 5",
        "DELETE FROM records WHERE number = 5",
        "UPDATE parts SET value = (SELECT value FROM parts AS other WHERE other.name = 'summaries' AND other.bucket = 0) "
        "WHERE name = 'summaries'",
        "DELETE FROM parts WHERE name = 'summaries'",
        "DELETE FROM parts WHERE name = 'feeds'",
    ],
)
def test_a_state_that_sqlite_finds_nothing_wrong_with(quiet: Site, damage: str) -> None:
    """Records and parts that are another's, or not there."""
    (quiet.output / "all.atom").unlink()
    expected = quiet.files()
    with sqlite3.connect(quiet.state) as connection:
        assert connection.execute(damage).rowcount > 0
    assert quiet.build().records.published == 9
    assert quiet.text("all.atom").count("<entry>") == 9
    assert {path: content for path, content in quiet.files().items() if path != "all.atom"} == expected


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_build_that_begins_anew_has_forgotten_what_it_read(quiet: Site, jobs: int) -> None:
    """The damage is found after some entries were rendered. Then all records are read, and get other numbers."""
    quiet.build({"0.md": record(title="Last", webUrl="https://e.example/0", topics="[T0]")})
    with sqlite3.connect(quiet.state) as connection:
        connection.execute("UPDATE records SET record = zeroblob(99) WHERE number = (SELECT max(number) FROM records)")
    new = {f"{n}.md": record(title=f"T{n}", webUrl=f"https://e.example/{n}", topics="[T0]") for n in range(20, 30)}
    quiet.build(new, jobs=jobs)
    warm = quiet.files()
    quiet.state.unlink()
    quiet.build(output=str(quiet.output.parent / "other"))
    quiet.output = quiet.output.parent / "other"
    assert quiet.files() == warm


def test_another_version_s_state_is_not_used(quiet: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "code", lambda: b"another")
    read: list[tasks.File] = []
    real = tasks.read

    def counted(task: tasks.Files) -> tasks.Readings:
        read.extend(task.unpacked())
        return real(task)

    monkeypatch.setattr(tasks, "read", counted)
    assert quiet.build().files.written == 0
    assert len(read) == 9


def test_a_file_of_another_shape_is_not_used(quiet: Site) -> None:
    """As another version's that has our mark."""
    quiet.state.unlink()
    with sqlite3.connect(quiet.state) as other:
        other.execute("CREATE TABLE parts (name TEXT)")
        other.execute("CREATE VIEW seen AS SELECT name FROM parts")
        other.execute(f"PRAGMA application_id = {cache._MARK}")
    assert quiet.build().records.published == 9
    assert quiet.build().files.written == 0


def test_a_state_that_was_not_marked_yet_is_taken_over(quiet: Site) -> None:
    quiet.state.unlink()
    with sqlite3.connect(quiet.state) as connection:
        for table in cache._SHAPE:
            connection.execute(table + " WITHOUT ROWID" * ("parts" in table))
    connection.close()
    quiet.build({"9.md": record(webUrl="https://e.example/9")})
    assert quiet.state.read_bytes()[68:72] == b"Feed"


ROOMS = ["", *(path.name for path in Path(feedloom.__file__).parent.iterdir() if (path / "__init__.py").exists())]


@pytest.mark.parametrize("room", ROOMS)
@pytest.mark.parametrize("name", ["a.py", "page.html", "style.css"])
def test_the_code_is_told_apart_by_its_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, room: str) -> None:
    """By those of every room, by the templates of pages, and by the stylesheets whose digests pages name."""
    for one in ROOMS:
        (tmp_path / one).mkdir(exist_ok=True)
    assert Path(program.__file__).parent.parent == Path(feedloom.__file__).parent
    place = tmp_path / room / name
    place.write_text("")
    monkeypatch.setattr(program, "__file__", str(tmp_path / "pipeline" / "program.py"))
    before = cache.code()
    (tmp_path / room / "a.pyc").write_text("")
    assert cache.code() == before
    place.write_text("1")
    assert cache.code() != before


def test_a_changed_byte_in_any_file_of_the_program_is_another_key(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    package = tmp_path / "feedloom"
    shutil.copytree(Path(feedloom.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(program, "__file__", str(package / "pipeline" / "program.py"))
    files = [path for path in package.rglob("*") if path.is_file()]
    assert {path.relative_to(package).parts[0] for path in files} >= {room for room in ROOMS if room}
    keys = {cache.code()}
    for number, path in enumerate(files, 2):
        data = path.read_bytes()
        path.write_bytes(data[:-1] + b"#")
        os.utime(path, ns=(1, number))
        keys.add(cache.code())
        assert len(keys) == number, path


def _of_an_engine() -> bytes:
    engine_code.digest.cache_clear()
    try:
        return engine_code.digest()
    finally:
        engine_code.digest.cache_clear()


def test_what_others_compile_meanwhile_is_no_part_of_the_program(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    # Python writes a compiled file under a temporary name, which is gone a moment later.
    package = tmp_path / "feedloom"
    shutil.copytree(Path(feedloom.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(program, "__file__", str(package / "pipeline" / "program.py"))
    before = cache.code(), _of_an_engine()
    (package / "site" / "__pycache__").mkdir()
    (package / "site" / "__pycache__" / "lock.cpython-313.opt-2.pyc.140309841467056").symlink_to("gone")
    assert (cache.code(), _of_an_engine()) == before
    (package / "site" / "new.py").touch()
    assert cache.code() != before[0]
    assert _of_an_engine() != before[1]


@pytest.mark.parametrize("obstacle", ["folder", "file"])
def test_where_no_state_can_be_kept_the_feeds_are_built(site: Site, obstacle: str) -> None:
    if obstacle == "folder":
        site.state.mkdir()
    else:
        (site.state.parent / "in the way").write_text("")
        site.state = site.state.parent / "in the way" / "state.sqlite"
    why = {"folder": "not a regular file", "file": "File exists"}[obstacle]
    expected = (f"{site.state}: the cache is not used: {why}; every build reads all records. Name another file with --state",)
    assert site.build({"a.md": record()}).fallbacks == expected
    again = site.build()
    assert (again.files.written, again.fallbacks) == (0, expected)
    assert "<entry>" in site.text("all.atom")


def a_ledger(place: Path, *statements: str) -> None:
    with sqlite3.connect(place) as connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()


FOREIGN: dict[str, Callable[[Path], object]] = {
    "text": lambda place: place.write_text(record()),
    "photo": lambda place: place.write_bytes(b"\xff\xd8\xff\xe0" + bytes(9999)),
    "one byte": lambda place: place.write_bytes(b"S"),
    "zeros": lambda place: place.write_bytes(bytes(9999)),
    "database": lambda place: a_ledger(place, "CREATE TABLE invoices (n)", "INSERT INTO invoices VALUES (1)"),
    "empty database": lambda place: a_ledger(place, "CREATE TABLE invoices (n)", "DROP TABLE invoices"),
    "another program's": lambda place: a_ledger(place, *cache._SHAPE, "PRAGMA application_id = 7"),
    "more than our tables": lambda place: a_ledger(place, *cache._SHAPE, "CREATE TABLE invoices (n)"),
    "nearly our tables": lambda place: a_ledger(place, cache._SHAPE[0], cache._SHAPE[1].replace("BLOB", "TEXT")),
    "database that is being written": lambda place: a_ledger(place, "PRAGMA journal_mode = WAL", "CREATE TABLE invoices (n)"),
}


@pytest.mark.parametrize("fresh", [False, True])
@pytest.mark.parametrize("kind", FOREIGN)
def test_what_is_not_ours_is_left_alone(site: Site, kind: str, fresh: bool) -> None:
    """Somebody mistook its name for the state's."""
    site.write({"a.md": record()})
    place = site.state.parent / "not ours"
    FOREIGN[kind](place)
    place.chmod(0o644)
    before = place.read_bytes()
    with pytest.raises(StateError, match=r"not ours: not a cache file.*--state"):
        feedloom.build(site.config(state=str(place)), now=NOW, fresh=fresh)
    assert place.read_bytes() == before
    assert place.stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("suffix", ["-journal", "-wal"])
def test_what_sqlite_would_take_for_its_own_is_left_alone(site: Site, suffix: str) -> None:
    """Where the database itself is not there, it removes them."""
    beside = site.state.with_name(site.state.name + suffix)
    beside.write_text("My own journal")
    with pytest.raises(StateError, match=rf"sqlite{suffix}: not a file of feedloom.*--state"):
        site.build({"a.md": record()})
    assert beside.read_text() == "My own journal"
    assert not site.state.exists()


def test_a_device_is_left_alone(site: Site) -> None:
    """Root would take /dev/null from everybody."""
    site.write({"a.md": record()})
    pipe = site.records.parent / "pipe"
    os.mkfifo(pipe, 0o666)
    for fresh in (False, True):
        feedloom.build(site.config(state=str(pipe)), now=NOW, fresh=fresh)
    assert stat.S_ISFIFO(pipe.stat().st_mode)


@pytest.mark.parametrize("name", [":memory:", "file:x?mode=memory", "a?b#c%41", "\udcff"])
def test_a_state_may_have_any_name(site: Site, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(site.records.parent)
    site.write({f"{n}.md": record(webUrl=f"https://e.example/{n}", topics=f"[T{n}]") for n in range(70)})
    site.build(state=name, jobs=2)
    assert Path(name).stat().st_size > 0
    assert site.build(state=name).files.written == 0


def test_a_link_to_a_state_stays_a_link(quiet: Site) -> None:
    link = quiet.state.parent / "link"
    link.symlink_to(quiet.state)
    assert quiet.build(state=str(link)).files.written == 0
    quiet.state.write_bytes(quiet.state.read_bytes()[:9000])
    assert quiet.build(state=str(link)).records.published == 9
    assert link.is_symlink()
    assert quiet.build(state=str(link)).files.written == 0


@pytest.mark.parametrize("journal", ["", "d9d5", "0000000000000000", "d9d505f920a10000", "d9d505f920a163d7"])
def test_what_a_killed_first_build_left_is_taken(site: Site, journal: str) -> None:
    site.state.touch()
    beside = site.state.with_name(site.state.name + "-journal")
    beside.write_bytes(bytes.fromhex(journal) + bytes(99 if len(journal) == 16 else 0))
    assert site.build({"a.md": record()}).records.published == 1
    assert not beside.exists()
    assert site.build().files.written == 0


def test_a_name_that_is_free_is_taken(site: Site) -> None:
    site.state.touch()
    assert site.build({"a.md": record()}).records.published == 1
    assert site.state.read_bytes()[68:72] == b"Feed"


def test_a_state_in_the_current_folder_needs_no_folder_s_name(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(site.records.parent)
    site.build({"a.md": record()}, state="kept")
    assert (site.records.parent / "kept").exists()


def test_a_state_that_another_build_has_is_left_alone(quiet: Site) -> None:
    other = sqlite3.connect(quiet.state, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    before = quiet.state.read_bytes()
    report = quiet.build({"9.md": record(webUrl="https://e.example/9")})
    assert report.records.published == 10
    assert report.fallbacks == (
        f"{quiet.state}: the cache is not used: another build is using it; this build read all records",
    )
    assert quiet.state.read_bytes() == before
    other.close()
    assert quiet.build().fallbacks == ()


def test_a_file_that_could_not_be_read_is_tried_again(quiet: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Though nothing about it changes: a network file system may fail for a moment."""
    quiet.write({"9.md": record(webUrl="https://e.example/9")})

    def refuse(*values: object) -> bytes:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as broken:
        broken.setattr(scan, "content", refuse)
        assert (quiet.build().records.rejected, quiet.build().records.rejected) == (1, 1)
    assert quiet.build().records.published == 10


BESIDE = """\
import os, sys, time
from feedloom.cli.main import main
from feedloom.pipeline import ingest, rendering
go, jobs, *places = sys.argv[1:]
ingest._FILES_A_TASK, rendering._FEEDS_A_TASK = 3, 2
real = rendering.carry_out
def stopped(*values):
    open(go + ".there", "w").close()
    while not os.path.exists(go):
        time.sleep(0.01)
    return real(*values)
rendering.carry_out = stopped
main(["build", *places, "-q", "--jobs", jobs])
"""


@pytest.mark.parametrize("what", ["fresh", "warm", "replaced", "removed", "emptied"])
@pytest.mark.parametrize("jobs", [1, 2])
def test_two_builds_with_one_state(site: Site, jobs: int, what: str) -> None:
    """One of them is stopped between reading and rendering; the other's private records have its numbers."""
    folder = site.records.parent
    site.write(
        {f"{n}.md": record(title=f"Public {n}", webUrl=f"https://e.example/{n}", topics=f"[T{n % 9}]") for n in range(24)}
    )
    other = folder / "drafts"
    other.mkdir()
    for n in range(24):
        (other / f"{n}.md").write_text(record(title=f"PRIVATE {n}", webUrl=f"https://e.example/d{n}", topics=f"[T{n % 9}]"))
    config = msgspec.structs.replace(site.config(), records=str(other), output=str(folder / "preview"))
    go = str(folder / "go")
    command = [
        sys.executable,
        "-c",
        BESIDE,
        go,
        str(jobs),
        str(site.records),
        "-o",
        str(site.output),
        "--state",
        str(site.state),
    ]
    production = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    while not os.path.exists(f"{go}.there"):
        assert production.poll() is None
        time.sleep(0.01)
    if what == "removed":
        site.state.unlink()
    elif what == "emptied":
        os.truncate(site.state, 0)
    elif what == "replaced":
        feedloom.build(msgspec.structs.replace(config, state=str(folder / "theirs")), now=NOW)
        os.replace(folder / "theirs", site.state)
    feedloom.build(config, now=NOW, fresh=what == "fresh")
    assert (folder / "preview" / "all.atom").read_text().count("PRIVATE") > 0
    Path(go).touch()
    assert (production.communicate(timeout=60)[1], production.returncode) == ("", 0)
    assert not [path for path, content in site.files().items() if b"PRIVATE" in content]
    assert site.text("all.atom").count("<entry>") == 24
    feedloom.build(site.config(site__url=None, site__title=None), now=NOW)
    before = site.files()
    site.output = folder / "again"
    assert site.build(site__url=None, site__title=None, state=str(folder / "own")).records.published == 24
    assert site.files() == before


def test_a_number_that_was_given_out_twice(quiet: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """By a build that was killed before its end, and by the one after that."""
    quiet.write({"9.md": record(title="Killed", webUrl="https://e.example/9", topics="[T1]")})
    with monkeypatch.context() as patch:
        patch.setattr("feedloom.pipeline.rendering.carry_out", None)
        with pytest.raises(TypeError):
            quiet.build()
    with sqlite3.connect(quiet.state) as connection:
        ((number, killed),) = connection.execute("SELECT * FROM records WHERE instr(record, CAST('Killed' AS BLOB))")
    quiet.write({"9.md": record(title="Next", webUrl="https://e.example/9", topics="[T1]")})
    quiet.build()
    with sqlite3.connect(quiet.state) as connection:
        assert connection.execute("UPDATE records SET record = ? WHERE number = ?", (killed, number)).rowcount == 1
    (quiet.output / "all.atom").unlink()
    quiet.build()
    assert "Next" in quiet.text("all.atom")
    assert "Killed" not in quiet.text("all.atom")


def test_a_state_that_was_anybody_s_for_a_moment(quiet: Site) -> None:
    """While it is committed: what another build left there then is not built upon."""
    with cache.opened(str(quiet.state), b"mine", fresh=True) as kept:
        kept.put("shells", 1)
        real = kept._connection

        class Slow:
            """Lets another one in."""

            def commit(self) -> None:
                real.commit()
                with cache.opened(str(quiet.state), b"theirs") as theirs:
                    theirs.put("shells", 2)
                    theirs.commit()

            def __getattr__(self, name: str) -> Any:
                return getattr(real, name)

        kept._connection = Slow()  # type: ignore[assignment]
        with pytest.raises(cache.Damaged):
            kept.commit()
        kept._connection = real


@pytest.mark.long
def test_a_process_that_lives_on_keeps_no_entries(quiet: Site) -> None:
    quiet.build({"0.md": record(title="Lives on", webUrl="https://e.example/0")}, jobs=1, site__title="Anew")
    gc.collect()
    assert not [one for one in gc.get_objects() if isinstance(one, tasks.Renderer | render.Entry)]


def test_states_that_are_damaged_again_and_again(quiet: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """As if another program wrote into them all the time."""
    real = cache.opened
    places = []

    def spoilt(path: str | None, key: bytes, *, fresh: bool = False) -> Any:
        places.append(path)
        if path is not None:
            raise cache.Damaged
        return real(path, key, fresh=fresh)

    monkeypatch.setattr(cache, "opened", spoilt)
    assert quiet.build().records.published == 9
    assert places == [str(quiet.state), str(quiet.state), None]


def test_it_is_for_its_owner_alone_and_holds_no_secret(site: Site) -> None:
    secrets = {"secured": '"Geheimnis1"', "unknown": "Geheimnis2", "featuredContent": "Geheimnis3"}
    site.build(
        {
            "a.md": record(**secrets),
            "b.md": record(title="Geheimnis4", webUrl="https://geheimnis5.example/", published="false", topics="[Geheimnis6]"),
        },
        state=str(site.state.parent / "kept" / "state.sqlite"),
    )
    place = site.state.parent / "kept" / "state.sqlite"
    assert (place.stat().st_mode & 0o777, place.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert b"eheimnis" not in place.read_bytes()
    place.chmod(0o644)  # as a copy that somebody put back
    site.build(state=str(place))
    assert place.stat().st_mode & 0o777 == 0o600


def test_it_is_beside_the_configuration_and_one_for_each_output(tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site/feedloom.yaml").write_text("limit: 3\n")
    places = {feedloom.load_config("site/feedloom.yaml", output=output).state for output in ("a", "b", "./a", "c/../a")}
    assert len(places) == 2
    assert {os.path.dirname(place or "") for place in places} == {"site/.feedloom"}


def test_it_is_never_published(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="the cache would be published"):
        feedloom.load_config(output="out", state="out/inside/state")
    elsewhere = feedloom.load_config(output=".").state
    assert elsewhere is not None
    assert not Path(elsewhere).resolve().is_relative_to(tmp_path)


PROGRAM = "import sys; from feedloom.cli.main import main; main({!r}, standalone_mode=False); print(*sys.modules)"


def test_a_warm_build_imports_neither_feedgen_nor_lxml(site: Site) -> None:
    """Where nothing changed, nor what reads and renders; where one record did, no more than it takes."""
    command = ["build", str(site.records), "-o", str(site.output), "--state", str(site.state), "-q"]
    site.write({"a.md": record(topics="[A]"), "b.md": record(webUrl="https://e.example/b")})
    for name in ("a.md", "b.md"):
        os.utime(site.records / name, (1, 1))

    def imported() -> set[str]:
        program = "from feedloom.records import scan; scan.is_settled = lambda source, now: True; " + PROGRAM.format(command)
        return set(subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split())

    assert {"feedgen", "lxml"} <= imported()
    unchanged = imported()
    assert "feedloom.pipeline.cache" in unchanged
    never = {"feedgen", "lxml", "yaml", "dateutil", "rich", "idna", "multiprocessing", "concurrent.futures"}
    assert not unchanged & {*never, "feedloom.render", "feedloom.pipeline.tasks"}
    site.write({"a.md": record(title="Changed", topics="B")})
    changed = imported()
    assert "feedloom.render" in changed
    assert not changed & never


def test_a_moment_is_the_same_as_a_number() -> None:
    for moment in (datetime(1970, 1, 1, tzinfo=UTC), datetime(2021, 5, 21, 18, 9, 0, 987654, tzinfo=UTC)):
        assert dates.of_stamp(dates.stamp(moment)) == moment
