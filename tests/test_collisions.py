"""Names with one address: somebody computed them on purpose, and no build stops for it."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedloom import check
from feedloom.errors import ConfigError
from feedloom.feeds import archive
from feedloom.pipeline.check import explain
from feedloom.records import scan
from feedloom.render import templating
from feedloom.values import slugs
from tests.conftest import NOW, Site, record
from tests.test_state import Twins


@pytest.fixture
def _short(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Digests of one digit, so that two in sixteen names with the same letters have one address."""
    monkeypatch.setattr(slugs, "_DIGITS", 1)
    yield
    forget()


def forget() -> None:
    """Addresses that were made with short digests, and are remembered."""
    templating.topic_feed.cache_clear()
    templating.provider_feed.cache_clear()


SAME = [name for name in (f"a{'!' * count}" for count in range(1, 60)) if slugs._digest(name)[0] == "a"]
"""Names with one address where a digest has one digit, in the order of their identities."""


def feeds(site: Site) -> dict[str, str]:
    found = json.loads(site.text("catalog.json"))["feeds"]
    return {
        feed["formats"]["atom"].removesuffix(".atom"): feed["name"] for feed in found if feed["kind"] not in ("all", "provider")
    }


def test_two_topics_that_shared_32_bits(site: Site) -> None:
    report = site.build({"a.md": record(topics="['R×,<€$¶d', 'R¥¿]×<*D']")})
    assert report.problems == []
    assert len(feeds(site)) == 2


@pytest.mark.usefixtures("_short")
class TestShort:
    def test_the_first_is_published_and_the_other_told(self, site: Site) -> None:
        one, other, *_ = SAME
        site.write({"a.md": record(topics=f"['{other}']"), "b.md": record(webUrl="https://e.example/b", topics=f"['{one}']")})
        report = site.build()
        assert feeds(site) == {"topics/a~a": one}
        (told,) = report.problems
        assert (os.path.basename(told.path), told.field, told.level) == ("a.md", "topics", "warning")
        assert (told.code, told.values) == ("feed-path-taken", (other, one, "b.md", "topics/a~a"))
        assert check(site.config(), now=NOW).problems == report.problems
        assert site.build().problems == report.problems

    def test_explain_knows_which_is_published(self, site: Site) -> None:
        one, other, *_ = SAME
        site.write({"a.md": record(topics=f"['{other}']"), "b.md": record(webUrl="https://e.example/b", topics=f"['{one}']")})
        lost, kept = (explain(site.config(), str(site.records / name), now=NOW) for name in ("a.md", "b.md"))
        assert [place.feed for place in lost.feeds] == ["all"]
        absent = {absence.feed: absence.reasons for absence in lost.absent}
        assert absent["topics/a~a"] == [f'"{other}" has the same address as "{one}", which is published instead']
        assert [place.feed for place in kept.feeds] == ["all", "topics/a~a"]
        assert "topics/a~a" not in {absence.feed for absence in kept.absent}

    def test_when_the_first_goes_the_other_takes_its_place(self, site: Site) -> None:
        one, other, *_ = SAME
        site.build({"a.md": record(topics=f"['{other}']"), "b.md": record(webUrl="https://e.example/b", topics=f"['{one}']")})
        (site.records / "b.md").unlink()
        report = site.build()
        assert report.problems == []
        assert feeds(site) == {"topics/a~a": other}
        assert site.text("topics/a~a.atom").count("<entry>") == 1

    @pytest.mark.parametrize("order", [1, -1])
    def test_who_comes_later_changes_nothing(self, site: Site, order: int) -> None:
        first, second = SAME[:2][::order]
        site.build({"a.md": record(topics=f"['{first}']")})
        report = site.build({"b.md": record(webUrl="https://e.example/b", topics=f"['{second}']")})
        assert feeds(site) == {"topics/a~a": SAME[0]}
        assert len(report.problems) == 1
        assert check(site.config(), now=NOW).problems == report.problems

    def test_an_alias_keeps_its_address(self, site: Site) -> None:
        one, other, *_ = SAME
        topics = {"AI": {"aliases": [other]}}
        report = site.build({"a.md": record(topics=f"[AI, '{one}']")}, topics=topics)
        assert feeds(site) == {"topics/ai": "AI"}
        assert [(told.code, told.values[:2]) for told in report.problems] == [("feed-path-taken", (one, "AI"))]
        assert site.build(topics=topics).problems == report.problems

    def test_two_aliases_are_refused(self, site: Site) -> None:
        with pytest.raises(ConfigError, match="has the same URL as"):
            site.config(topics={"AI": {"aliases": SAME[:2]}})

    def test_topics_within_providers(self, site: Site) -> None:
        one, other, *_ = SAME
        record_ = record(topics=f"['{one}', '{other}']", provider="P")
        report = site.build({"a.md": record_}, groups={"topic": False, "provider_topic": True})
        assert feeds(site) == {"provider-topics/a~a@p": f"P: {one}"}
        assert [told.field for told in report.problems] == ["topics"]


NAMES = [f"{letter}.md" for letter in "abcd"]
TOPICS = st.lists(st.sampled_from([*SAME[:3], "AI", "KI"]), max_size=3, unique=True)
RECORDS = st.builds(
    lambda number, topics, provider, day: record(
        webUrl=f"https://example.com/{number}",
        topics=json.dumps(topics),
        provider=json.dumps(provider) if provider else "",
        category=json.dumps(provider) if provider else "",
        publishedDateTime=f"2021-05-0{day}",
    ),
    st.integers(0, 3),
    TOPICS,
    st.sampled_from(["", *SAME[:2]]),
    st.integers(1, 2),
)
EDITS = st.one_of(
    st.tuples(st.just("write"), st.sampled_from(NAMES), RECORDS),
    st.tuples(st.just("delete"), st.sampled_from(NAMES), st.none()),
    st.tuples(st.just("lose"), st.just("topics/a~a.rss"), st.none()),
    st.tuples(
        st.just("settings"),
        st.sampled_from(
            [
                {},
                {"archive": True, "limit": 1},
                {"archive": True, "limit": 1, "groups": {"provider_topic": True, "category": True}},
                {"topics": {"KI": {"aliases": [SAME[1]]}}, "groups": {"provider_topic": True}},
            ]
        ),
        st.none(),
    ),
)


@pytest.mark.long
@settings(max_examples=60)
@given(st.lists(st.lists(EDITS, min_size=1, max_size=3), min_size=1, max_size=6))
def test_a_warm_build_gives_what_a_cold_one_gives(steps: list[list[tuple[str, Any, Any]]]) -> None:
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(slugs, "_DIGITS", 1)
        patch.setattr(archive, "ONE_IN", 2)
        patch.setattr(scan, "is_settled", lambda source, now: True)
        forget()
        twins = Twins(Path(folder))
        for step in steps:
            for edit in step:
                twins.edit(*edit)
            warm, cold = twins.build()
            assert warm == cold
            one, other = twins.outputs()
            assert one == other
    forget()
