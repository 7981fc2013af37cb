"""feedloom.yaml, the environment and the options: which wins, and what is said of mistakes."""

import math
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from feedloom.config.load import load, settings
from feedloom.config.settings import Config, CustomFeed, Groups, Guard, Settings, Site, Titles, Topic, Where
from feedloom.errors import ConfigError

MISTAKES = {
    "limt: 3": "feedloom.yaml:1: limt: no such setting; did you mean limit?",
    "site:\n  titel: x": "feedloom.yaml:2: site.titel: no such setting; did you mean title?",
    "limit: many": 'feedloom.yaml:1: limit: "many" is none of its values: write a number from 1 on',
    "limit: 0": 'feedloom.yaml:1: limit: "0" is none of its values: write a number from 1 on',
    "a: 1\na: 2": "feedloom.yaml:2: a: stands twice",
    "site: x": 'feedloom.yaml:1: site: "x" is none of its values: write its settings below it',
    "site:\n  title: [a]": "feedloom.yaml:2: site.title: a list is none of its values: write some text",
    "unpublished: maybe": 'feedloom.yaml:1: unpublished: "maybe" is none of its values: write skip or include',
    "site:\n  title: x\n  url: example.com": 'feedloom.yaml:3: site.url: "example.com" is no http or https URL',
    "site:\n  title: x\n  url: https://e.example/a.HTML": "feedloom.yaml:3: site.url: ends in a file name (a.HTML)",
    "site: {url: 'https://e.example/?x'}": "feedloom.yaml:1: site.url: an address below which files lie cannot hold ? or #",
    "site: {language: en_US}": "feedloom.yaml:1: site.language: ",
    "site: {timezone: Mars}": 'feedloom.yaml:1: site: "Mars" is no time zone',
    "titles: {topic: '{nam}'}": "feedloom.yaml:1: titles.topic: '{nam}' may hold",
    "titles: {topic: '{name.x}'}": "feedloom.yaml:1: titles.topic: '{name.x}' may hold",
    f"limit: {10**30}": "feedloom.yaml:1: limit: ",
    f"ttl: {2**64}": "feedloom.yaml:1: ttl: ",
    "titles: {topic: '{'}": "feedloom.yaml:1: titles.topic: '{' may hold",
    "titles: {topic: '{name:>99}'}": "feedloom.yaml:1: titles.topic: '{name:>99}' may hold",
    "titles: {topic: '{name!r}'}": "feedloom.yaml:1: titles.topic: '{name!r}' may hold",
    "titles: {topic: '{nam!e}'}": "feedloom.yaml:1: titles.topic: '{nam!e}' may hold",
    "titles: {topic: '{s:ite}'}": "feedloom.yaml:1: titles.topic: '{s:ite}' may hold",
    "site:\n  language: |\n    en\n": "feedloom.yaml:2: site.language: ",
    "feeds:\n- name: a\n  where:\n    since: |\n      1 day\n": "feedloom.yaml:4: feeds[0].where.since: ",
    "site: {title: ' '}": "feedloom.yaml:1: site.title: holds no text",
    "descriptions: {all: ''}": "feedloom.yaml:1: descriptions.all: holds no text",
    "feeds: [{nam: x}]": "feedloom.yaml:1: feeds[0].nam: no such setting; did you mean name?",
    "feeds:\n  - name: A\n    where: {topic: [x]}": "feedloom.yaml:3: feeds[0].where.topic: no such setting; did you mean top",
    "feeds:\n  - name: A\n  - slug: b": "feedloom.yaml:3: feeds[1]: Object missing required field `name`",
    "feeds:\n  - name: '-'": "feedloom.yaml:2: feeds[0].name: '-' names no feed",
    "feeds:\n  - name: A\n    limit: 0": 'feedloom.yaml:3: feeds[0].limit: "0" is none of its values: write a number from 1 on',
    "feeds:\n  - name: A\n    order: old": 'feedloom.yaml:3: feeds[0].order: "old" is none of its values: write',
    "feeds:\n  - name: A\n    slug: A b": "feedloom.yaml:3: feeds[0].slug: 'A b' is no plain file name: write it as 'a-b'",
    "feeds:\n  - name: A\n    slug: ../x": "feedloom.yaml:3: feeds[0].slug: '../x' is no plain file name",
    "feeds:\n  - name: A\n    where: {since: soon}": 'feedloom.yaml:3: feeds[0].where.since: "soon" is none',
    "feeds:\n  - name: A\n    where: {min_quality: high}": 'feedloom.yaml:3: feeds[0].where.min_quality: "high" is none',
    "feeds:\n  - name: A\n    where: {topics: [' ']}": "feedloom.yaml:3: feeds[0].where.topics: holds an empty name",
    "feeds:\n  - name: A\n    where: {text: ' '}": "feedloom.yaml:3: feeds[0].where.text: holds no text",
    "feeds: [{name: A}, {name: a}]": "feedloom.yaml:1: feeds: 'a' and 'A' are both custom/a: give one another slug",
    "groups: {topics: false}": "feedloom.yaml:1: groups.topics: no such setting; did you mean topic?",
    "groups: {type: perhaps}": 'feedloom.yaml:1: groups.type: "perhaps" is none of its values: write true or false',
    "archive: {complete: often}": 'feedloom.yaml:1: archive.complete: "often" is none of its values: write true or false',
    "archive: {complet: true}": "feedloom.yaml:1: archive.complet: no such setting; did you mean complete?",
    "archive: often": 'feedloom.yaml:1: archive: "often" is none of its values: write true or false',
    "topics: {A: {aliases: [x]}, B: {aliases: y}}": 'feedloom.yaml:1: topics.B.aliases: "y" is none of its values: write a',
    "topics: [A]": "feedloom.yaml:1: topics: a list is none of its values: write its settings below it",
    "feeds:\n  - name: A\n    where: {topics: AI}": 'feedloom.yaml:3: feeds[0].where.topics: "AI" is none of its values: write',
    "feeds: [A]": 'feedloom.yaml:1: feeds[0]: "A" is none of its values: write its settings below it',
    "feeds:\n  - name: A\n    where: {min_heat: 99999999999999999999}": "feedloom.yaml:3: feeds[0].where.min_heat: ",
    "limt:": "feedloom.yaml:1: limt: no such setting; did you mean limit?",
    "limit: 3\nfeeds:\n  - name: A\n    wher: ~": "feedloom.yaml:4: feeds[0].wher: no such setting; did you mean where?",
    "topics: {A: {alias: }}": "feedloom.yaml:1: topics.A.alias: no such setting; did you mean aliases?",
    'output: "x\\0y"': "feedloom.yaml:1: output: holds U+0000, which no path can",
    'state: "x\\0y"': "feedloom.yaml:1: state: holds U+0000, which no path can",
    "- a": "feedloom.yaml:1: is no mapping",
    "x: [": "feedloom.yaml:2: YAML that cannot be read",
}

EMPTY = ["", "\n", "# nothing\n", "site:\n", "---\n---\n"]


def without_state(config: Config) -> Config:
    """The places of the state and of the file depend on the test."""
    return msgspec.structs.replace(config, state=None, file=None)


@pytest.mark.parametrize("text", MISTAKES)
def test_mistakes_are_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "feedloom.yaml").write_text(text)
    with pytest.raises(ConfigError) as raised:
        load()
    assert str(raised.value).startswith(MISTAKES[text])


def test_without_a_file_the_defaults_hold() -> None:
    assert without_state(load()) == Config()


@pytest.mark.parametrize("text", EMPTY)
def test_an_empty_file_changes_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "feedloom.yaml").write_text(text)
    assert without_state(load()) == Config()


def test_a_file_that_is_not_there() -> None:
    with pytest.raises(ConfigError, match=r"other\.yaml: cannot be read: No such file"):
        load("other.yaml")


def test_options_win_over_the_environment_over_the_file(tmp_path: Path) -> None:
    (tmp_path / "feedloom.yaml").write_text("limit: 1\nttl: 1\nsite: {title: File, language: de, url: 'https://file.example/'}")
    environment = {"FEEDLOOM_LIMIT": "2", "FEEDLOOM_SITE_TITLE": "Environment", "FEEDLOOM_SITE_URL": "https://env.example"}
    config = load(None, environment, site__url="https://option.example/x", records=None)
    assert (config.limit, config.ttl, config.site.language) == (2, 1, "de")
    assert (config.site.title, config.site.url) == ("Environment", "https://option.example/x/")


def test_an_empty_variable_is_none() -> None:
    assert without_state(load(None, {"FEEDLOOM_SITE_URL": "", "FEEDLOOM_LIMIT": ""})) == Config()


def test_mistakes_in_the_environment_and_in_options_are_named() -> None:
    with pytest.raises(ConfigError, match=r'^FEEDLOOM_LIMIT: "x" is none of its values: write a number from 1 on'):
        load(None, {"FEEDLOOM_LIMIT": "x"})
    with pytest.raises(ConfigError, match=r'^--site-url: "x" is no http or https URL'):
        load(None, {}, site__url="x")


def test_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    (tmp_path / "inside").mkdir()
    (tmp_path / "inside" / "my.yaml").write_text("records: articles\noutput: /var/www/feeds")
    config = load("inside/my.yaml")
    assert (config.records, config.output) == ("inside/articles", "/var/www/feeds")


def test_texts_are_clean(tmp_path: Path) -> None:
    (tmp_path / "feedloom.yaml").write_text('site: {title: "A\\x07 <b>B</b> &amp; C"}')
    assert load().site.title == "A B & C"


def test_every_setting_has_a_place_of_its_own_in_the_environment() -> None:
    names = ["_".join(path) for path in settings(Settings)]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Config(limit=-3), "limit: does not fit: Expected `int` >= 1"),
        (lambda: Config(jobs=0), "jobs: "),
        (lambda: Config(ttl=10**10), "ttl: "),
        (lambda: Config(max_file_size="20"), "max_file_size: "),  # type: ignore[arg-type]
        (lambda: Config(limit=True), "limit: "),
        (lambda: Config(records=None), "records: "),  # type: ignore[arg-type]
        (lambda: Config(output=Path("feeds")), "output: "),  # type: ignore[arg-type]
        (lambda: Config(state="a\0b"), "state: holds U"),
        (lambda: Config(unpublished="perhaps"), "unpublished: "),  # type: ignore[arg-type]
        (lambda: Config(archive="no"), "archive: "),  # type: ignore[arg-type]
        (lambda: Config(site=None), "site: "),  # type: ignore[arg-type]
        (lambda: Config(site={"titel": "x"}), "site: .*unknown field `titel`"),  # type: ignore[arg-type]
        (lambda: Config(site={"url": "x"}), 'site: .*url: "x" is no http'),  # type: ignore[arg-type]
        (lambda: Config(feeds=("x",)), r"feeds: .*\[0\]"),  # type: ignore[arg-type]
        (lambda: Config(topics={"AI": "x"}), "topics: "),  # type: ignore[dict-item]
        (lambda: Config(topics={"-": Topic()}), "topics: '-' names no topic"),
        (lambda: Config(file=3), "file: "),  # type: ignore[arg-type]
        (lambda: msgspec.structs.replace(Config(), limit=0), "limit: "),
        (lambda: Site(language="en_US"), "language: "),
        (lambda: Site(url="ftp://e.example"), "url: "),
        (lambda: Site(title=" "), "title: holds no text"),
        (lambda: Guard(max_loss=2), "max_loss: "),
        (lambda: Guard(max_rejected=math.nan), "max_rejected: "),
        (lambda: Guard(max_clock_jump="soon"), "max_clock_jump: "),
        (lambda: Groups(topic=1), "topic: "),  # type: ignore[arg-type]
        (lambda: Titles(all=5), "all: "),  # type: ignore[arg-type]
        (lambda: Titles(all="{x}"), "all: "),
        (lambda: CustomFeed(name="A", limit=0), "limit: "),
        (lambda: CustomFeed(name="A", order="best"), "order: "),  # type: ignore[arg-type]
        (lambda: Where(since="90 days\n"), "since: "),
        (lambda: Where(min_heat=10**15), "min_heat: "),
        (lambda: Where(topics="AI"), "topics: "),  # type: ignore[arg-type]
    ],
)
def test_settings_made_by_hand_are_checked_as_those_of_a_file(make: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}"):
        make()


def test_settings_made_by_hand_are_of_their_types() -> None:
    made = Config(feeds=[{"name": "A"}], topics={"AI": {"aliases": ["KI"]}}, guard=Guard(max_loss=1))  # type: ignore
    assert made.feeds == (CustomFeed(name="A"),)
    assert made.topics == {"AI": Topic(aliases=("KI",))}
    assert isinstance(made.guard.max_loss, float)
