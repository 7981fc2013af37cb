"""`groups.topic: {at_least: 5}`: feeds of kinds that must have several records."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from feedloom.cli.main import main
from feedloom.config.load import load
from feedloom.errors import ConfigError
from feedloom.feeds import group
from tests.conftest import Site, record

FEW = {"topic": {"at_least": 2}, "provider": {"at_least": 3}}


def article(number: int, *topics: str, provider: str = "p.example", **fields: str) -> str:
    given = {"topics": f"[{', '.join(topics)}]", "provider": f"{{domain: {provider}}}", **fields}
    return record(title=f"T{number}", webUrl=f"https://e.example/{number}", **given)


def feeds(site: Site) -> dict[str, int]:
    """The feeds in the catalog, with the number of their records; those that are retired have none."""
    found: list[dict[str, Any]] = json.loads(site.text("catalog.json"))["feeds"]
    return {feed["formats"]["atom"].removesuffix(".atom"): feed["total"] for feed in found}


def test_a_feed_is_made_from_so_many_records_on(site: Site) -> None:
    report = site.build({"a.md": article(1, "AI", "Law"), "b.md": article(2, "AI")}, groups=FEW)
    assert feeds(site) == {"all": 2, "topics/ai": 2}
    assert report.feeds == 2
    assert not report.problems
    site.build({"c.md": article(3, "Law")}, groups=FEW)
    assert feeds(site) == {"all": 3, "topics/ai": 2, "topics/law": 2, "providers/p.example": 3}


def test_pages_link_to_feeds_that_exist(site: Site) -> None:
    site.build({"a.md": article(1, "AI", "Law"), "b.md": article(2, "AI")}, groups=FEW)
    page = site.text("topics/ai.html")
    assert re.search(r'<a [^>]*href="\.\./topics/ai\.html"', page)
    assert ">Law</" in page
    assert "topics/law.html" not in page
    assert ">p.example</" in page
    assert "providers/p.example.html" not in page
    site.build({"c.md": article(3, "Law", provider="q.example")}, groups=FEW)
    assert "../topics/law.html" in site.text("topics/ai.html"), "no record of this feed changed"


def test_formats_name_all_topics(site: Site) -> None:
    """Their categories are words, not addresses."""
    site.build({"a.md": article(1, "Law")}, groups=FEW)
    assert '<category term="Law"' in site.text("all.atom")
    assert "<category>Law</category>" in site.text("all.rss")


class TestPublished:
    """A feed that was published keeps its feed and its entries below the number."""

    def test_with_fewer_records(self, site: Site) -> None:
        site.build({"a.md": article(1, "AI"), "b.md": article(2, "AI")}, groups=FEW)
        (site.records / "b.md").unlink()
        site.build(groups=FEW)
        assert feeds(site) == {"all": 1, "topics/ai": 1}
        assert "T1" in site.text("topics/ai.atom")
        (site.records / "a.md").unlink()
        site.build(groups=FEW)
        assert feeds(site) == {"all": 0, "topics/ai": 0}, "retired, as without the setting"
        site.build({"a.md": article(1, "AI")}, groups=FEW)
        assert feeds(site) == {"all": 1, "topics/ai": 1}, "its readers are still there"

    @pytest.mark.parametrize("lost", ["nothing", "catalog.json", ".feedloom/manifest", "state"])
    def test_whatever_is_lost_of_what_the_last_build_left(self, site: Site, lost: str) -> None:
        site.build({"a.md": article(1, "AI"), "b.md": article(2, "Law")})
        if lost == "state":
            site.state.unlink()
        elif lost != "nothing":
            (site.output / lost).unlink()
        site.build(groups=FEW)
        assert feeds(site) == {"all": 2, "topics/ai": 1, "topics/law": 1, "providers/p.example": 2}

    def test_a_new_folder_has_those_with_enough(self, site: Site, tmp_path: Path) -> None:
        site.build({"a.md": article(1, "AI"), "b.md": article(2, "Law")})
        site.output = tmp_path / "other"
        site.build(groups=FEW)
        assert feeds(site) == {"all": 2}

    def test_two_folders_with_one_cache(self, site: Site, tmp_path: Path) -> None:
        """What the last build knew is of the other folder, whose readers never knew this feed."""
        site.build({"a.md": article(1, "AI"), "b.md": article(2, "AI")}, groups=FEW)
        (site.records / "b.md").unlink()
        output, site.output = site.output, tmp_path / "other"
        site.build(groups=FEW)
        assert feeds(site) == {"all": 1}
        site.output = output
        site.build(groups=FEW)
        assert feeds(site) == {"all": 1, "topics/ai": 1}
        assert "T1" in site.text("topics/ai.atom")

    def test_a_small_change_stays_one(self, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
        """All that readers know is known to the last build: no look at all records is needed."""
        topics = {"New": {"aliases": ["Old"]}}
        site.build({"a.md": article(1, "AI"), "b.md": article(2, "Gone"), "c.md": article(3, "Old")}, topics=topics)
        (site.records / "b.md").unlink()
        site.build(groups=FEW, topics=topics)
        monkeypatch.setattr(group, "tallies", None)
        site.build({"d.md": article(4, "AI")}, groups=FEW, topics=topics)
        assert feeds(site) == {"all": 3, "topics/ai": 2, "topics/gone": 0, "topics/new": 1, "providers/p.example": 3}

    def test_under_another_name(self, site: Site) -> None:
        site.build({"a.md": article(1, "Old")})
        site.build({"b.md": article(2, "Other")}, groups=FEW, topics={"New": {"aliases": ["Old"]}})
        assert feeds(site) == {"all": 2, "providers/p.example": 2, "topics/new": 1}
        assert "T1" in site.text("topics/old.atom")

    def test_pruned(self, site: Site, tmp_path: Path) -> None:
        site.build({"a.md": article(1, "AI"), "b.md": article(2, "AI")}, groups=FEW)
        for name in ("a.md", "b.md"):
            (site.records / name).unlink()
        site.build(groups=FEW)
        prune = ["prune", "--yes", "-o", str(site.output)]
        assert CliRunner().invoke(main, prune).exit_code == 0
        site.build({"a.md": article(1, "AI")}, groups=FEW)
        assert feeds(site) == {"all": 1}


def test_explain_says_which_feeds_are_missing(site: Site, tmp_path: Path) -> None:
    site.write({"a.md": article(1, "AI", "Law"), "b.md": article(2, "AI")})
    config = tmp_path / "feedloom.yaml"
    config.write_text(f"records: records\noutput: out\ngroups: {json.dumps(FEW)}\n")
    run = ["explain", str(site.records / "a.md"), "-c", str(config), "--records", str(site.records), "--json"]
    found = json.loads(CliRunner().invoke(main, run).stdout)
    assert [place["feed"] for place in found["feeds"]] == ["all", "topics/ai"]
    missing = {one["feed"]: one["reasons"] for one in found["absent"]}
    assert missing["topics/law"] == ["1 record has it; groups.topic.at_least is 2"]
    assert missing["providers/p.example"] == ["2 records have it; groups.provider.at_least is 3"]


@pytest.mark.parametrize("value", ["0", "-1", "x"])
def test_a_number_that_is_none(value: str) -> None:
    Path("feedloom.yaml").write_text(f"groups:\n  topic: {{at_least: {value}}}\n")
    with pytest.raises(ConfigError, match=r"yaml:2: groups\.topic\.at_least: must be 1 or more"):
        load()


class TestAuthors:
    """`groups: {author: true}`."""

    def test_authors_have_feeds(self, site: Site) -> None:
        site.build(
            {
                "a.md": article(1, authors="[Ada Lovelace, {name: Ben}]"),
                "b.md": article(2, authors="[ada lovelace, Ada Lovelace]"),
                "c.md": article(3),
            },
            groups={"author": True, "provider": False},
        )
        assert feeds(site) == {"all": 3, "authors/ada-lovelace": 2, "authors/ben": 1}
        assert "<title>Site: by Ada Lovelace</title>" in site.text("authors/ada-lovelace.atom")
        assert "T1" in site.text("authors/ben.atom")
        assert "authors.opml" in site.files()
        assert ">Authors<" in site.text("index.html")

    def test_in_other_languages(self, site: Site) -> None:
        site.build({"a.md": article(1, authors="[Ada]")}, groups={"author": True}, site__language="de")
        assert "<title>Site: Artikel von Ada</title>" in site.text("authors/ada.atom")

    def test_switched_on_and_off(self, site: Site) -> None:
        records = {"a.md": article(1, authors="[Ada]")}
        site.build(records)
        assert "authors/ada" not in feeds(site)
        site.build(groups={"author": True})
        assert feeds(site)["authors/ada"] == 1
        site.build()
        assert feeds(site)["authors/ada"] == 0, "retired"


def test_pages_of_the_archive_link_to_a_feed_that_begins(site: Site) -> None:
    days = {str(n): f"2024-01-0{n}T00:00:00Z" for n in range(1, 9)}
    small = {n: article(int(n), "Big", *(["Small"] if n == "1" else []), publishedDateTime=day) for n, day in days.items()}
    settings: dict[str, Any] = {"groups": {"topic": {"at_least": 2}}, "archive": True, "limit": 2}
    site.build({f"{n}.md": text for n, text in small.items()}, **settings)
    site.build({"8.md": article(8, "Big", "Small", publishedDateTime=days["8"])}, **settings)
    warm = site.files()
    assert "topics/small.html" in warm
    assert any(b"../../topics/small.html" in data for path, data in warm.items() if path.startswith("archive/"))
    site.build(fresh=True, **settings)
    assert site.files() == warm
