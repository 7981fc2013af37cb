"""feedloom.yaml, the environment and the options: which wins, and what is said of mistakes."""

import math
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from feedloom.config.load import load, settings, unknown_variables
from feedloom.config.settings import Config, CustomFeed, Groups, Guard, Provider, Site, Titles, Topic, Where
from feedloom.errors import ConfigError
from feedloom.pipeline import places

MISTAKES = {
    "limt: 3": "feedloom.yaml:1: limt: no such setting; did you mean limit?",
    "site:\n  titel: x": "feedloom.yaml:2: site.titel: no such setting; did you mean site.title?",
    "limit: many": 'feedloom.yaml:1: limit: must be 1 or more, not "many"',
    "limit: 0": "feedloom.yaml:1: limit: must be 1 or more, not 0",
    "a: 1\na: 2": "feedloom.yaml:2: a: appears twice",
    "site: x": 'feedloom.yaml:1: site: must be a mapping with settings such as title: ..., not "x"',
    "site:\n  title: [a]": "feedloom.yaml:2: site.title: must be text, not a list",
    "unpublished: maybe": 'feedloom.yaml:1: unpublished: must be skip or include, not "maybe"',
    "site:\n  title: x\n  url: example.com": 'feedloom.yaml:3: site.url: "example.com" is not a full URL',
    "site:\n  title: x\n  url: https://e.example/a.HTML": "feedloom.yaml:3: site.url: ends in a file name (a.HTML)",
    "site: {url: 'https://e.example/?x'}": "feedloom.yaml:1: site.url: must be the URL of a folder, without ? and #",
    "site: {language: en_US}": "feedloom.yaml:1: site.language: ",
    "site: {timezone: Mars}": 'feedloom.yaml:1: site.timezone: "Mars" is not a time zone: write an IANA name such as Eur',
    "titles: {topic: '{nam}'}": "feedloom.yaml:1: titles.topic: may contain only {site}, {description} and {name} in braces,",
    "titles: {topic: '{name.x}'}": "feedloom.yaml:1: titles.topic: may contain only {site}, {description} and {name} in brace",
    f"limit: {10**30}": "feedloom.yaml:1: limit: ",
    f"ttl: {2**64}": "feedloom.yaml:1: ttl: ",
    "titles: {topic: '{'}": "feedloom.yaml:1: titles.topic: may contain only {site}, {description} and {name} in braces, not",
    "titles: {topic: '{name:>99}'}": "feedloom.yaml:1: titles.topic: may contain only {site}, {description} and {name} in bra",
    "titles: {topic: '{name!r}'}": "feedloom.yaml:1: titles.topic: may contain only {site}, {description} and {name} in brace",
    "titles: {topic: '{nam!e}'}": "feedloom.yaml:1: titles.topic: may contain only {site}, {description} and {name} in braces",
    "titles: {topic: '{s:ite}'}": "feedloom.yaml:1: titles.topic: may contain only {site}, {description} and {name} in braces",
    "site:\n  language: |\n    en\n": "feedloom.yaml:2: site.language: ",
    "feeds:\n- name: a\n  where:\n    since: |\n      1 day\n": "feedloom.yaml:4: feeds[0].where.since: ",
    "site: {title: ' '}": "feedloom.yaml:1: site.title: is empty; write a value, or leave it out",
    "descriptions: {all: ''}": "feedloom.yaml:1: descriptions.all: is empty; write a value, or leave it out",
    "feeds: [{nam: x}]": "feedloom.yaml:1: feeds[0].nam: no such setting; did you mean feeds[0].name?",
    "feeds:\n  - name: A\n    where: {topic: [x]}": "feedloom.yaml:3: feeds[0].where.topic: no such setting; did you mean fee",
    "feeds:\n  - name: A\n  - slug: b": "feedloom.yaml:3: feeds[1].name: is missing; must be a name",
    "feeds:\n  - name: '-'": "feedloom.yaml:2: feeds[0].name: cannot name a feed: '-'; add a letter or digit",
    "feeds:\n  - name: A\n    limit: 0": "feedloom.yaml:3: feeds[0].limit: must be 1 or more, not 0",
    "content: both": 'feedloom.yaml:1: content: must be full, excerpt or none, not "both"',
    "feeds:\n  - name: A\n    order: old": 'feedloom.yaml:3: feeds[0].order: must be newest, quality or heat, not "old"',
    "feeds:\n  - name: A\n    slug: A b": "feedloom.yaml:3: feeds[0].slug: must be a plain file name such as 'a-b', not 'A b'",
    "feeds:\n  - name: A\n    slug: ../x": "feedloom.yaml:3: feeds[0].slug: must be a plain file name such as 'x~d6b96a97d147",
    "feeds:\n  - name: A\n    where: {since: soon}": "feedloom.yaml:3: feeds[0].where.since: must be a number of hours, days,",
    "feeds:\n  - name: A\n    where: {min_quality: high}": "feedloom.yaml:3: feeds[0].where.min_quality: must be a whole numb",
    "feeds:\n  - name: A\n    where: {topics: [' ']}": "feedloom.yaml:3: feeds[0].where.topics[0]: is empty; write",
    "feeds:\n  - name: A\n    where: {text: ' '}": "feedloom.yaml:3: feeds[0].where.text: is empty; write",
    "feeds: [{name: A}, {name: a}]": "feedloom.yaml:1: feeds[1]: 'a' and 'A' are both custom/a; give one a different slug",
    "groups: {topics: false}": "feedloom.yaml:1: groups.topics: no such setting; did you mean groups.topic?",
    "groups: {type: perhaps}": "feedloom.yaml:1: groups.type: must be true, false or a mapping with settings such as at_le",
    "archive: often": "feedloom.yaml:1: archive: must be true, false or a mapping with settings such as",
    "topics: {A: {aliases: [x]}, B: {aliases: y}}": "feedloom.yaml:1: topics.B.aliases: must be a list such as [one, another]",
    "topics: [A]": "feedloom.yaml:1: topics: must be a mapping from names to settings, not a list",
    "feeds:\n  - name: A\n    where: {topics: AI}": "feedloom.yaml:3: feeds[0].where.topics: must be a list such as [one, ano",
    "feeds: [A]": 'feedloom.yaml:1: feeds[0]: must be a mapping with settings such as name: ..., not "A"',
    "archive: {complete: often}": 'feedloom.yaml:1: archive.complete: must be true or false, not "often"',
    "labels: {topics: X, types: x}": "feedloom.yaml:1: labels.types: must not be the same text as labels.topics",
    "archive: {complet: true}": "feedloom.yaml:1: archive.complet: no such setting; did you mean archive.complete?",
    "feeds:\n  - name: A\n    where: {min_heat: 99999999999999999999}": "feedloom.yaml:3: feeds[0].where.min_heat: ",
    "limt:": "feedloom.yaml:1: limt: no such setting; did you mean limit?",
    "limit: 3\nfeeds:\n  - name: A\n    wher: ~": "feedloom.yaml:4: feeds[0].wher: no such setting; did you mean feeds[0].whe",
    "topics: {A: {alias: }}": "feedloom.yaml:1: topics.A.alias: no such setting; did you mean topics.A.aliases?",
    'output: "x\\0y"': "feedloom.yaml:1: output: contains U+0000, which paths cannot contain",
    'state: "x\\0y"': "feedloom.yaml:1: state: contains U+0000, which paths cannot contain",
    "title: x": "feedloom.yaml:1: title: no such setting; did you mean site.title?",
    "titel: x": "feedloom.yaml:1: titel: no such setting; did you mean site.title?",
    "topic: x": "feedloom.yaml:1: topic: no such setting; did you mean topics?",
    "site: {limit: 3}": "feedloom.yaml:1: site.limit: no such setting; did you mean limit?",
    "feeds: [{name: A, title: x}]": "feedloom.yaml:1: feeds[0].title: no such setting; feedloom schema prints all",
    "frobnicate: 1": "feedloom.yaml:1: frobnicate: no such setting; feedloom schema prints all",
    "file: x": "feedloom.yaml:1: file: no such setting",
    "groups: [topic]": "feedloom.yaml:1: groups: must be a mapping with settings such as topic: true, not a list",
    "feeds: x": 'feedloom.yaml:1: feeds: must be a list such as [{name: ...}], not "x"',
    "feeds:\n- name: A\n- name: a": "feedloom.yaml:3: feeds[1]: 'a' and 'A' are both custom/a",
    "site:\n  title: x\n  timezone: Mars": 'feedloom.yaml:3: site.timezone: "Mars" is not a time zone',
    "ignore:\n- a\n- '!'": "feedloom.yaml:3: ignore[1]: is not a gitignore pattern: '!'",
    "topics:\n  A: {aliases: [B]}\n  C:\n    aliases:\n    - D\n    - B": "feedloom.yaml:6: topics.C.aliases[1]: 'B' is",
    "providers:\n  a.example: {}\n  b.example:\n    aliases: [a.example]": "feedloom.yaml:4: providers.b.example.aliases[0]: ",
    "jobs: 10000000000": "feedloom.yaml:1: jobs: must be 1000000000 or less, not 10000000000",
    "groups: {provider_topics: true}": "feedloom.yaml:1: groups.provider_topics: no such setting; did you mean groups.pro",
    "records: ''": "feedloom.yaml:1: records: is empty; write a value, or leave it out",
    "permalink: ' '": "feedloom.yaml:1: permalink: is empty; write a value, or leave it out",
    "work: ''": "feedloom.yaml:1: work: is empty; write a value, or leave it out",
    "ignore: ['']": "feedloom.yaml:1: ignore[0]: is empty; write a value, or leave it out",
    "fields: {title: ['']}": "feedloom.yaml:1: fields.title[0]: is empty; write a value, or leave it out",
    "defaults: {provider: {name: ''}}": "feedloom.yaml:1: defaults.provider.name: is empty; write a value, or leave",
    "defaults: {topics: ['']}": "feedloom.yaml:1: defaults.topics[0]: is empty; write a value, or leave it out",
    "records: ['']": "feedloom.yaml:1: records[0].path: is empty; write a value, or leave it out",
    "topics: {'': {}}": 'feedloom.yaml:1: topics: has an empty name: ""; write one, or remove the line',
    "pages: {templates: ''}": "feedloom.yaml:1: pages.templates: is empty; write a value, or leave it out",
    "pages: {css: ['']}": "feedloom.yaml:1: pages.css[0]: is empty; write a value, or leave it out",
    "pages:\n  readers: {' ': 'https://r.example/{url}'}": 'feedloom.yaml:2: pages.readers: has an empty name: " "; write one,',
    "output: ''": "feedloom.yaml:1: output: is empty; write a value, or leave it out",
    "state: ''": "feedloom.yaml:1: state: is empty; write a value, or leave it out",
    "- a": "feedloom.yaml:1: contains no fields",
    "limit: 3\n---\n# b\nlimit: 4\n": "feedloom.yaml:3: more fields follow a line that starts with ---",
    "limit: 3\n--- a\nlimit: 4\n": "feedloom.yaml:2: more fields follow a line that starts with ---",
    "x: [": "feedloom.yaml:1: a bracket is not closed",
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
    with pytest.raises(ConfigError, match=r'^FEEDLOOM_LIMIT: must be 1 or more, not "x"$'):
        load(None, {"FEEDLOOM_LIMIT": "x"})
    with pytest.raises(ConfigError, match=r'^--site-url: "x" is not a full URL'):
        load(None, {}, site__url="x")


def test_commas_separate_lists_in_the_environment() -> None:
    assert load(None, {"FEEDLOOM_IGNORE": "a.md, pages/,"}).ignore == ("a.md", "pages/")
    hubs = ("https://a.example/", "https://b.example/?c=d")
    assert load(None, {"FEEDLOOM_SITE_HUB": ",".join((*hubs, hubs[0]))}).site.hubs == hubs
    assert load(None, {"FEEDLOOM_SITE_HUB": hubs[1]}).site.hubs == hubs[1:]
    with pytest.raises(ConfigError, match=r"^FEEDLOOM_IGNORE: is not a gitignore pattern: '!'"):
        load(None, {"FEEDLOOM_IGNORE": "a.md,!"})


@pytest.mark.parametrize("name", ["feeds", "topics", "providers"])
def test_settings_of_the_file_alone(name: str) -> None:
    variable = f"FEEDLOOM_{name.upper()}"
    with pytest.raises(ConfigError, match=f"^{variable}: {name} can be set only in feedloom.yaml"):
        load(None, {variable: "x"})


def test_unknown_variables() -> None:
    known = {"FEEDLOOM_CONFIG": "a", "FEEDLOOM_SITE_URL": "a", "_FEEDLOOM_COMPLETE": "a", "PATH": "a", "FEEDLOOM_EMPTY": ""}
    assert not unknown_variables(known)
    wrong = {"FEEDLOOM_SITE_TITEL": "a", "FEEDLOOM_FROBNICATE": "b"}
    assert unknown_variables(known | wrong) == [
        "FEEDLOOM_FROBNICATE",
        "FEEDLOOM_SITE_TITEL (did you mean FEEDLOOM_SITE_TITLE?)",
    ]


def test_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    (tmp_path / "inside").mkdir()
    (tmp_path / "inside" / "my.yaml").write_text("records: articles\noutput: /var/www/feeds")
    config = load("inside/my.yaml")
    assert (config.records, config.output) == ("inside/articles", "/var/www/feeds")


def test_texts_are_clean(tmp_path: Path) -> None:
    (tmp_path / "feedloom.yaml").write_text('site: {title: "A\\x07 <b>B</b> &amp; C"}')
    assert load().site.title == "A B & C"


def test_every_setting_has_a_place_of_its_own_in_the_environment() -> None:
    names = ["_".join(path) for path in settings(Config)]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Config(limit=-3), "limit: must be 1 or more, not -3$"),
        (lambda: Config(jobs=0), "jobs: "),
        (lambda: Config(ttl=10**10), "ttl: "),
        (lambda: Config(max_file_size="20"), "max_file_size: "),  # type: ignore[arg-type]
        (lambda: Config(limit=True), "limit: "),
        (lambda: Config(records=None), "records: "),  # type: ignore[arg-type]
        (lambda: Config(output=Path("feeds")), "output: "),  # type: ignore[arg-type]
        (lambda: Config(state="a\0b"), "state: contains U"),
        (lambda: Config(unpublished="perhaps"), "unpublished: "),  # type: ignore[arg-type]
        (lambda: Config(archive="no"), "archive: "),  # type: ignore[arg-type]
        (lambda: Config(site=None), "site: "),  # type: ignore[arg-type]
        (lambda: Config(site={"titel": "x"}), "site.titel: no such setting"),  # type: ignore[arg-type]
        (lambda: Config(site={"url": "x"}), 'site.url: "x" is not a full URL'),  # type: ignore[arg-type]
        (lambda: Config(feeds=("x",)), r"feeds\[0\]: must be a mapping"),  # type: ignore[arg-type]
        (lambda: Config(topics={"AI": "x"}), "topics.AI: must be a mapping"),  # type: ignore[dict-item]
        (lambda: Config(topics={"-": Topic()}), "topics.-: is not the name of a topic"),
        (lambda: Config(file=3), "file: "),  # type: ignore[arg-type]
        (lambda: msgspec.structs.replace(Config(), limit=0), "limit: "),
        (lambda: Site(language="en_US"), "language: "),
        (lambda: Site(url="ftp://e.example"), "url: "),
        (lambda: Site(title=" "), "title: is empty"),
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
        (lambda: Provider(by="x"), "by: must be domain or name, not"),  # type: ignore[arg-type]
        (lambda: Config(feeds=[{"slug": "a"}]), r"feeds\[0\].name: is missing; must be a name"),  # type: ignore[arg-type]
        (lambda: Config(feeds=[{"name": "A", "where": {"since": "x"}}]), r"feeds\[0\].where.since: "),  # type: ignore[arg-type]
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


def test_an_output_in_object_storage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "feedloom.yaml").write_text("output: S3://Bucket/my feeds/\n")
    config = load()
    assert (config.output, config.folder) == ("s3://Bucket/my feeds", None)
    assert config.state is not None
    assert config.state.startswith(".feedloom/my feeds-")
    other = load(output="az://Bucket/my feeds")
    assert other.state != config.state
    assert load(output=f"file://{tmp_path}/out/").folder == f"{tmp_path}/out"
    (tmp_path / "feedloom.yaml").write_text("output: feeds\n")
    assert load().folder == "feeds"
    with pytest.raises(ConfigError, match=r"^--output: s4:// is not supported: write s3://BUCKET/PREFIX"):
        load(output="s4://bucket")
    with pytest.raises(ConfigError, match="must be the text of an HTTP header"):
        load(output="s3://b", publish={"cache_control": "a\r\nSet-Cookie: b"})
    with pytest.raises(ConfigError, match=r"publish\.precompress: object storage cannot choose"):
        places.check(load(output="s3://b", publish={"precompress": ["gzip"]}))
