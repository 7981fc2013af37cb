"""Providers with many publishers on one site, and providers that moved."""

import json
from typing import Any, ClassVar

import pytest

from feedloom.errors import ConfigError
from feedloom.pipeline import check
from tests.conftest import NOW, Site, record


def video(number: int, name: str, domain: str = "youtube.com", **fields: str) -> dict[str, str]:
    provider = f'{{name: "{name}", domain: {domain}}}'
    return {f"{number}.md": record(webUrl=f"https://e.example/{number}", title=f"V{number}", provider=provider, **fields)}


def feeds(site: Site, kind: str = "provider", key: str = "feeds") -> list[tuple[str, str, str, int]]:
    """The name, title, address and number of records of each feed of a kind."""
    listed = json.loads(site.text("catalog.json")).get(key, [])
    return [
        (one["name"], one["title"], one["formats"]["atom"].removesuffix(".atom"), one["total"])
        for one in listed
        if one["kind"] == kind
    ]


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        (["A", "B"], "youtube.com"),
        (["A", "A", "B"], "A"),
        (["A", "A", "B", "C"], "youtube.com"),
        (["Ab c", "ab-C", "B"], "Ab c"),
        (["A"], "A"),
    ],
)
def test_a_shared_site_is_called_by_its_domain(site: Site, names: list[str], shown: str) -> None:
    """Unless one name has more than half of its records."""
    for number, name in enumerate(names):
        site.write(video(number, name, topics="[T]"))
    site.build(groups={"provider_topic": True})
    assert feeds(site) == [(shown, f"Site: from {shown}", "providers/youtube.com", len(names))]
    assert feeds(site, "provider_topic")[0][:2] == (f"{shown}: T", f"Site from {shown}: T")


def test_feeds_by_name_within_a_domain(site: Site) -> None:
    by_name: dict[str, Any] = {"providers": {"www.YouTube.com": {"by": "name"}}}
    records = video(0, "One & Two") | video(1, "one & two") | video(2, "B") | video(3, "B", "b.example")
    site.build(records, **by_name)
    (first, *others) = feeds(site)
    assert first == ("B", "Site: from B (b.example)", "providers/b.example", 1)
    assert others[0] == ("B", "Site: from B (providers/b@youtube.com)", "providers/b@youtube.com", 1)
    assert others[1][0] == "One & Two"
    assert [(name, total) for name, _, address, total in others if address == "providers/youtube.com"] == [("One & Two", 3)]
    assert "V2" in site.text("providers/b@youtube.com.atom")
    assert "V3" not in site.text("providers/b@youtube.com.atom")
    (site.records / "2.md").unlink()
    site.build(**by_name)
    assert ("B", "providers/b@youtube.com", 0) in [(name, address, total) for name, _, address, total in feeds(site)]
    assert site.build(**by_name).files.written == 0


@pytest.mark.parametrize(
    ("name", "nearest"),
    [("youtub.com", ["youtube.com"]), ("One", []), ("e.example", []), ("www.YouTube.com", None)],
)
def test_a_domain_that_no_record_names(site: Site, name: str, nearest: list[str] | None) -> None:
    """By its name alone a provider has no names within it."""
    report = site.build(video(0, "One"), providers={name: {"by": "name"}})
    found = [(problem.field, problem.code, *problem.values) for problem in report.problems]
    code = "name-misspelled" if nearest else "name-unknown"
    assert found == ([] if nearest is None else [(f"providers.{name}.by", code, "domain", name, *nearest)])
    assert check.check(site.config(providers={name: {"by": "name"}}), now=NOW).problems == report.problems


def test_another_name_is_told_as_its_owner_wrote_it(site: Site) -> None:
    site.write(video(0, "A", "old.example") | video(1, "B"))
    feed = {"name": "F", "where": {"providers": ["Old.example"]}}
    config = site.config(feeds=[feed], providers={"new.example": {"aliases": ["old.example"]}})
    found = check.explain(config, str(site.records / "1.md"), now=NOW)
    assert [absence.reasons for absence in found.absent if absence.feed == "custom/f"] == [
        ["providers: it is not from any of Old.example"]
    ]
    assert [place.feed for place in check.explain(config, str(site.records / "0.md"), now=NOW).feeds] == [
        "all", "providers/new.example", "custom/f",
    ]  # fmt: skip


def test_feeds_by_name_are_explained(site: Site) -> None:
    site.write(video(0, "B"))
    config = site.config(providers={"youtube.com": {"by": "name"}})
    found = check.explain(config, str(site.records / "0.md"), now=NOW)
    assert [place.feed for place in found.feeds] == ["all", "providers/b@youtube.com", "providers/youtube.com"]


class TestAliases:
    """`providers: {new.example: {aliases: [old.example]}}`."""

    SETTINGS: ClassVar[dict[str, Any]] = {"providers": {"new.example": {"aliases": ["www.old.example", "Old Name"]}}}
    RECORDS: ClassVar[dict[str, str]] = (
        video(0, "News", "old.example", topics="[T]")
        | video(1, "News", "new.example")
        | {"2.md": record(webUrl="https://e.example/2", provider="old  name")}
    )

    def test_records_of_all_names_are_in_one_feed(self, site: Site) -> None:
        site.build(self.RECORDS, **self.SETTINGS)
        assert feeds(site) == [("News", "Site: from News", "providers/new.example", 3)]
        assert "https://new.example/" in site.text("all.atom")
        assert "https://old.example/" not in site.text("all.atom")

    def test_the_other_addresses_answer(self, site: Site) -> None:
        site.build(self.RECORDS)
        assert {address for _, _, address, _ in feeds(site)} == {
            f"providers/{name}" for name in ("new.example", "old.example", "old-name")
        }
        site.build(**self.SETTINGS)
        assert feeds(site, key="aliases") == [
            ("www.old.example", "Site: from www.old.example", "providers/old.example", 3),
            ("Old Name", "Site: from Old Name", "providers/old-name", 3),
        ]
        for name in ("old.example", "old-name"):
            assert site.text(f"providers/{name}.atom") == site.text("providers/new.example.atom")
        assert [one["formats"]["atom"] for one in json.loads(site.text("catalog.json"))["feeds"]].count(
            "providers/new.example.atom"
        ) == 1
        assert site.build(**self.SETTINGS).files.written == 0
        site.build()
        assert len(feeds(site)) == 3

    def test_topics_within_a_provider_follow(self, site: Site) -> None:
        settings = {**self.SETTINGS, "topics": {"T": {"aliases": ["U"]}}, "groups": {"provider_topic": True}}
        site.build(self.RECORDS, **settings)
        assert {address for _, _, address, _ in feeds(site, "provider_topic", "aliases")} == {
            f"provider-topics/{pair}"
            for pair in ("t@old.example", "t@old-name", "u@new.example", "u@old.example", "u@old-name")
        }
        assert site.build(**settings).files.written == 0

    def test_feeds_of_the_owner_know_the_other_names(self, site: Site) -> None:
        site.build(self.RECORDS, feeds=[{"name": "Mine", "where": {"providers": ["old.example"]}}], **self.SETTINGS)
        assert feeds(site, "custom") == [("Mine", "Site: Mine", "custom/mine", 3)]


@pytest.mark.parametrize(
    ("providers", "message"),
    [
        ({"a.example": {"aliases": ["b.example"]}, "b.example": {}}, "is already a name of 'a.example'"),
        ({"a.example": {"aliases": ["www.A.example"]}}, "is already a name of 'a.example'"),
        ({" - ": {}}, "is not the name of a provider"),
    ],
)
def test_a_name_belongs_to_one_provider(site: Site, providers: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        site.config(providers=providers)
