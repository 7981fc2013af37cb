"""Promise 6: a feed that was once published goes on answering: without entries, or under another name, until it is pruned."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import feedparser
import pytest
from click.testing import CliRunner, Result

from feedloom.cli.main import main
from feedloom.config.load import load
from feedloom.errors import ConfigError, LockError, NoFeedError, PublishError
from feedloom.site import prune
from feedloom.site.publish import locked
from tests.conftest import Site, record
from tests.validator import complaints

RECORDS = {
    "a.md": record(title="A", webUrl="https://e.example/a", topics="[old NAME]"),
    "b.md": record(title="B", webUrl="https://e.example/b", topics="[new name, Old name]", publishedDateTime="2021-06-01"),
}
RENAMED = {"New name": {"aliases": ["Old name"]}}


def titles(site: Site, path: str) -> list[str]:
    return [entry.title for entry in feedparser.parse(site.text(path)).entries]


def catalog(site: Site) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(site.text("catalog.json"))
    return found


def test_when_the_records_come_back_so_do_the_entries(site: Site) -> None:
    fields = {"topics": "[Here today]", "provider": "{domain: gone.example}"}
    site.build({"a.md": record(**fields), "b.md": record(webUrl="https://e.example/b")})
    before = site.files()
    (site.records / "a.md").unlink()
    site.build()
    for path in ("topics/here-today.atom", "providers/gone.example.rss"):
        assert titles(site, path) == []
        assert complaints(site.files()[path]) == []
    marked = {feed["slug"]: (feed["count"], feed.get("retired")) for feed in catalog(site)["feeds"]}
    assert marked == {"all": (1, None), "here-today": (0, True), "gone.example": (0, True)}
    assert "here-today" not in site.text("feeds.opml")
    site.build({"a.md": record(**fields)})
    assert site.files() == before


class TestAliases:
    """`topics: {New name: {aliases: [Old name]}}`."""

    def test_a_renamed_topic_answers_at_both_addresses(self, site: Site) -> None:
        site.build(RECORDS)
        assert titles(site, "topics/old-name.atom") == ["B", "A"]
        site.build(topics=RENAMED)
        for format in ("atom", "rss", "json"):
            assert site.text(f"topics/old-name.{format}") == site.text(f"topics/new-name.{format}")
        assert titles(site, "topics/old-name.atom") == ["B", "A"]
        assert '<link href="https://feeds.example.org/topics/new-name.atom" rel="self"' in site.text("topics/old-name.atom")
        assert site.text("all.atom").count('<category term="New name"') == 2
        assert "ld name" not in site.text("all.atom").lower()
        told = catalog(site)
        assert [(feed["name"], feed["total"]) for feed in told["feeds"] if feed["kind"] == "topic"] == [("New name", 2)]
        assert [(one["name"], one["of"], one["formats"]["rss"]) for one in told["aliases"]] == [
            ("Old name", "new-name", "topics/old-name.rss")
        ]
        assert "old-name" not in site.text("feeds.opml")

    def test_both_addresses_follow_the_records(self, site: Site) -> None:
        site.build(RECORDS, topics=RENAMED)
        report = site.build({"c.md": record(title="C", webUrl="https://e.example/c", topics="[Old-Name]")}, topics=RENAMED)
        assert titles(site, "topics/old-name.rss") == titles(site, "topics/new-name.rss") == ["B", "A", "C"]
        assert report.files.unchanged == 5  # the OPMLs, the stylesheets and the script
        assert site.build(topics=RENAMED).files.written == 0

    def test_a_lost_file_of_an_alias_is_written_again(self, site: Site) -> None:
        site.build(RECORDS, topics=RENAMED)
        before = site.files()
        (site.output / "topics/old-name.json").unlink()
        assert site.build(topics=RENAMED).files.written == 1
        assert site.files() == before

    def test_it_is_the_same_on_an_empty_disk(self, site: Site) -> None:
        site.build(RECORDS)
        site.build(topics=RENAMED)
        before = site.files()
        site.output = site.output.with_name("fresh")
        site.build(topics=RENAMED)
        assert site.files() == before

    def test_when_the_records_are_gone_both_are_empty(self, site: Site) -> None:
        site.build(RECORDS, topics=RENAMED)
        for name in RECORDS:
            (site.records / name).unlink()
        site.build({"z.md": record()}, topics=RENAMED)
        assert titles(site, "topics/old-name.atom") == titles(site, "topics/new-name.atom") == []
        assert [feed["slug"] for feed in catalog(site)["feeds"] if feed.get("retired")] == ["new-name"]

    def test_without_the_alias_the_old_feed_goes_on_as_its_own(self, site: Site) -> None:
        site.build(RECORDS, topics=RENAMED)
        (site.records / "a.md").unlink()
        site.build({"b.md": record(title="B", webUrl="https://e.example/b", topics="[new name]")})
        assert titles(site, "topics/new-name.atom") == ["B"]
        assert titles(site, "topics/old-name.atom") == []
        assert {feed["slug"]: feed.get("retired") for feed in catalog(site)["feeds"]}["old-name"] is True
        assert "aliases" not in catalog(site)

    def test_an_alias_of_what_never_was_hides_no_retired_feed(self, site: Site) -> None:
        site.build({"a.md": record(topics="[Old name]"), "b.md": record(webUrl="https://e.example/b")})
        (site.records / "a.md").unlink()
        site.build(topics=RENAMED)
        assert [feed["slug"] for feed in catalog(site)["feeds"] if feed.get("retired")] == ["old-name"]
        assert titles(site, "topics/old-name.atom") == []

    @pytest.mark.parametrize(
        ("topics", "message"),
        [
            ({"A": {"aliases": ["a"]}}, "'a' is already a name of 'A'"),
            ({"A": {"aliases": ["B"]}, "b": {}}, "'b' is already a name of 'A'"),
            ({"A": {"aliases": ["C"]}, "B": {"aliases": ["C"]}}, "'C' is already a name of 'A'"),
            ({" - ": {"aliases": ["C"]}}, "is not the name of a topic"),
            ({"A": {"aliases": [""]}}, "is empty"),
            ({"A": {"aliases": "C"}}, "must be a list such as"),
        ],
    )
    def test_a_name_belongs_to_one_topic(self, site: Site, topics: dict[str, Any], message: str) -> None:
        with pytest.raises(ConfigError, match=f"topics.*{message}"):
            site.build(topics=topics)

    def test_in_a_file(self, tmp_path: Path) -> None:
        (tmp_path / "feedloom.yaml").write_text("topics:\n  C++:\n    aliases: [cpp, C plus plus]\n")
        assert load().topics["C++"].aliases == ("cpp", "C plus plus")
        (tmp_path / "feedloom.yaml").write_text("limit: 3\ntopics:\n  C++:\n    alias: [cpp]\n")
        with pytest.raises(
            ConfigError, match=r"^feedloom.yaml:4: topics.C\+\+.alias: no such setting; did you mean topics\.C\+\+\.aliases\?"
        ):
            load()


class TestPrune:
    """`feedloom prune`."""

    @pytest.fixture
    def pruned(self, site: Site) -> Site:
        site.build(
            {
                "a.md": record(topics="[Gone, Stays]", provider="{name: P, domain: gone.example}"),
                "b.md": record(webUrl="https://e.example/b", topics="[Stays]"),
            },
            topics={"Gone": {"aliases": ["Gone too"]}},
        )
        (site.records / "a.md").unlink()
        site.build(topics={"Gone": {"aliases": ["Gone too"]}})
        return site

    def run(self, site: Site, *options: str) -> Result:
        return CliRunner().invoke(main, ["prune", "-o", str(site.output), *options], catch_exceptions=False)

    @pytest.mark.parametrize("is_clone", [False, True])
    def test_what_only_retired_feeds_asked_for_goes_with_them(self, site: Site, is_clone: bool) -> None:
        """`.nojekyll`, and what tells the title of another name from theirs."""
        settings: dict[str, Any] = {
            "topics": {"New": {"aliases": ["Old"]}},
            "titles": {"topic": "{name}", "provider": "{name}"},
        }
        gone = record(webUrl="https://e.example/b", topics="[_private]", provider="Old")
        site.build({"a.md": record(topics="[New]"), "b.md": gone}, **settings)
        (site.records / "b.md").unlink()
        site.build(**settings)
        assert ".nojekyll" in site.files()
        assert [alias["title"] for alias in catalog(site)["aliases"]] == ["Old (topics/old)"]
        if is_clone:
            shutil.rmtree(site.output / ".feedloom")
        prune.prune(site.config(**settings))
        assert [alias["title"] for alias in catalog(site)["aliases"]] == ["Old"]
        after = site.files()
        assert ".nojekyll" not in after
        site.build(**settings)
        assert site.files() == after

    def test_a_nojekyll_that_no_feed_needs_is_not_ours(self, site: Site) -> None:
        site.build({"a.md": record(topics="[A]"), "b.md": record(webUrl="https://e.example/b")})
        (site.output / ".nojekyll").touch()
        shutil.rmtree(site.output / ".feedloom")
        (site.records / "a.md").unlink()
        site.build()
        prune.prune(site.config())
        assert ".nojekyll" in site.files()

    def test_it_lists_and_removes_nothing(self, pruned: Site) -> None:
        before = pruned.files()
        result = self.run(pruned)
        assert result.stdout.splitlines() == [
            "topics/gone  Gone",
            "providers/gone.example  P",
            "topics/gone-too  Gone too",
            "3 retired feeds; feedloom prune --yes removes them.",
        ]
        assert pruned.files() == before

    def test_it_removes_and_the_next_build_has_nothing_to_do(self, pruned: Site) -> None:
        before = pruned.files()
        assert self.run(pruned, "--yes").stdout.splitlines()[-1] == "Removed 12 files."
        left = pruned.files()
        assert before.keys() - left.keys() == {
            f"{address}.{format}"
            for address in ("topics/gone", "topics/gone-too", "providers/gone.example")
            for format in ("atom", "rss", "json", "html")
        }
        assert {feed["slug"] for feed in catalog(pruned)["feeds"]} == {"all", "stays"}
        assert pruned.build(topics={"Gone": {"aliases": ["Gone too"]}}).files.written == 0
        assert pruned.files() == left
        assert self.run(pruned, "--yes").stdout == "No retired feeds.\n"

    def test_a_topic_can_come_again(self, pruned: Site) -> None:
        self.run(pruned, "--yes")
        pruned.build({"a.md": record(title="Again", topics="[Gone]")})
        assert titles(pruned, "topics/gone.atom") == ["Again"]

    def test_the_catalog_goes_first(self, pruned: Site, monkeypatch: pytest.MonkeyPatch) -> None:
        """Killed in between, it names no feed that is not there."""
        monkeypatch.setattr("os.unlink", None)
        with pytest.raises(TypeError):
            prune.prune(pruned.config())
        for feed in catalog(pruned)["feeds"]:
            assert (pruned.output / feed["formats"]["atom"]).exists()
        assert len(catalog(pruned)["feeds"]) == 2

    def test_not_while_a_build_is_at_work(self, pruned: Site) -> None:
        with locked(str(pruned.output)), pytest.raises(LockError):
            prune.prune(pruned.config())

    def test_where_nothing_is_published(self, site: Site) -> None:
        with pytest.raises(NoFeedError, match="no feeds yet"):
            prune.prune(site.config())
        assert not site.output.exists()
        site.output.mkdir()
        (site.output / "catalog.json").write_text(
            '{"version": 1, "feeds": [{"kind": "topic", "name": "x", "slug": "../../x", "updated": null, "retired": true}]}'
        )
        with pytest.raises(PublishError, match="not a feedloom catalog"):
            prune.prune(site.config())


OTHERS = {
    "a.md": record(title="A", webUrl="https://e.example/a", topics="[R&D, Index, AI, C++]", provider="{name: A & B}"),
    "b.md": record(title="B", webUrl="https://e.example/b", topics="[R&D, Gone!]"),
}
SETTINGS: dict[str, Any] = {
    "topics": {"AI": {"aliases": ["K.I."]}},
    "feeds": [{"name": "Best & more"}],
    "groups": {"provider_topic": True},
}


class TestFormerAddresses:
    """A catalog of the days when digests had eight digits: its feeds are removed, and their new addresses are told once."""

    def as_it_was(self, site: Site) -> list[str]:
        """The site as the former rule made it: its addresses that have another by now."""
        site.build(OTHERS, **SETTINGS)
        moved = []
        document = site.text("catalog.json")
        for path in sorted(site.output.rglob("*.*")):
            now = path.relative_to(site.output).as_posix().rpartition(".")[0]
            former = re.sub("(~[0-9a-f]{8})[0-9a-f]{8}", r"\1", now)
            if now.startswith("topics/index~"):
                former = "topics/index"
            if former != now:
                moved.append(former)
                path.rename(site.output / f"{former}{path.suffix}")
                document = document.replace(f'"{now.partition("/")[2]}"', f'"{former.partition("/")[2]}"').replace(now, former)
        (site.output / "catalog.json").write_text(document)
        site.state.unlink()  # another version reads none of it
        shutil.rmtree(site.output / ".feedloom")  # and wrote no manifest
        return sorted(set(moved))

    def test_they_are_removed_and_the_new_ones_are_told(self, site: Site) -> None:
        site.build(OTHERS, **SETTINGS)
        wanted = site.files()
        moved = self.as_it_was(site)
        assert [former.partition("~")[0] for former in moved] == [
            "custom/best-more",
            "provider-topics/ai@a-b",
            "provider-topics/c-plus-plus@a-b",
            "provider-topics/index",
            "provider-topics/k.i",
            "provider-topics/r-d",
            "providers/a-b",
            "topics/gone",
            "topics/index",
            "topics/k.i",
            "topics/r-d",
        ]
        report = site.build(**SETTINGS)
        assert site.files() == wanted
        told = {one.former: one.address for one in report.moved}
        assert sorted(told) == moved
        assert all(address and re.search("~[0-9a-f]{16}$", address) for address in told.values())
        assert not site.build(**SETTINGS).moved

    def test_feeds_without_records_are_not_made_again(self, site: Site) -> None:
        self.as_it_was(site)
        report = site.build({"b.md": record(webUrl="https://e.example/b")}, **SETTINGS)
        assert [one.former.partition("~")[0] for one in report.moved if not one.address] == ["topics/gone"]
        assert "gone" not in site.text("catalog.json")

    def test_prune_removes_them_too(self, site: Site) -> None:
        self.as_it_was(site)
        document = catalog(site)
        for feed in document["feeds"]:
            feed["retired"] = feed["slug"].startswith("gone~")
        (site.output / "catalog.json").write_text(json.dumps(document))
        assert prune.prune(site.config(**SETTINGS)) == 4
        assert not list(site.output.glob("topics/gone*"))

    def test_they_are_told_once_even_to_cron(self, site: Site) -> None:
        self.as_it_was(site)
        run = ["build", str(site.records), "-o", str(site.output), "-q", "--no-cache"]
        told = CliRunner().invoke(main, run).stderr.splitlines()
        assert [line for line in told if line.startswith("topics/r-d~dacc7c16: ")] == [
            "topics/r-d~dacc7c16: removed, because this version makes other paths; its new path is topics/r-d~dacc7c16cdbd7096"
        ]
        assert CliRunner().invoke(main, run).stderr == ""
