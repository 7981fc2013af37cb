"""A catalog that is damaged, or none of feedloom's, is a message in every command: no traceback, and nothing is changed."""

import json
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from feedloom.cli.main import main
from feedloom.config.settings import Config
from feedloom.feeds import kinds
from feedloom.model import Feed, Group
from feedloom.render import catalog
from tests.conftest import record

READING = [
    ["feeds"],
    ["feeds", "--json"],
    ["show", "all"],
    ["show", "topic/ai"],
    ["prune"],
    ["prune", "--yes"],
    ["build", "articles"],
]
OTHERS = [["check", "articles"], ["explain", "articles/a.md", "--records", "articles"], ["stats", "articles"]]
WRONG: list[Any] = [None, [], {}, "x", 5, -5, 1.5, True, ["x"], {"x": 1}, 10**30]
REQUIRED = ("kind", "name", "slug", "title", "count", "total", "updated", "formats", "page")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A catalog with all that one can hold: all kinds that matter, an alias, a retired feed."""
    folder = tmp_path_factory.mktemp("whole")
    (folder / "articles").mkdir()
    (folder / "feedloom.yaml").write_text(
        "records: articles\noutput: feeds\ntopics: {AI: {aliases: [KI]}}\ngroups: {provider_topic: true}\n"
    )
    for topic in ("Gone", "AI"):
        (folder / "articles/a.md").write_text(record(topics=f"[{topic}]", provider="{name: P, domain: p.example}"))
        result = CliRunner().invoke(main, ["build", "-q", "-c", str(folder / "feedloom.yaml")])
        assert result.exit_code == 0, result.output
    read: dict[str, Any] = json.loads((folder / "feeds/catalog.json").read_text())
    assert [feed["slug"] for feed in read["feeds"] if feed.get("retired")] == ["gone", "gone@p.example"]
    assert [alias["of"] for alias in read["aliases"]] == ["ai", "ai@p.example"]
    return read


def damaged(whole: dict[str, Any]) -> Iterator[bytes]:
    """The catalog with one thing in it that is wrong."""

    def but(change: Callable[[dict[str, Any]], object]) -> bytes:
        copy = json.loads(json.dumps(whole))
        change(copy)
        return json.dumps(copy).encode()

    yield from (b"", b"{", b"null", b"[]", b"{}", b"\xff", b'{"version":1,"feeds":["\xff"]}', b'{"x":' + b"[" * 100_000)
    yield from (but(lambda read, v=version: read.update(version=v)) for version in (2, None, "1", 1.5))  # type: ignore[misc]
    yield from (but(lambda read, n=name: read.pop(n)) for name in ("version", "feeds"))  # type: ignore[misc]
    yield from (but(lambda read, v=value: read.update(feeds=v)) for value in WRONG)  # type: ignore[misc]
    yield from (but(lambda read, v=value: read["feeds"].insert(1, v)) for value in WRONG)  # type: ignore[misc]
    yield but(lambda read: read["feeds"].pop(0))
    yield but(lambda read: read["feeds"].append(read["feeds"][0]))
    yield but(lambda read: read["aliases"][0].pop("of"))
    for name in REQUIRED:
        for at in ("feeds", "aliases"):
            yield but(lambda read, n=name, a=at: read[a][-1].pop(n))  # type: ignore[misc]
            for value in WRONG:
                if value is None and name == "updated":
                    continue
                if (name, value) in (("name", "x"), ("title", "x"), ("count", 5), ("total", 5)):
                    continue
                yield but(lambda read, n=name, a=at, v=value: read[a][-1].update({n: v}))  # type: ignore[misc]
    yield but(lambda read: read["feeds"][0].update(recent=["x"]))
    yield but(lambda read: read["feeds"][0].update(recent=[-1]))
    yield but(lambda read: read["feeds"][0].update(updated="2021-05-21T18:09:00"))
    for slug in ("../../x", "a/b", "a\0b"):
        paths = {suffix: f"topics/{slug}.{suffix}" for suffix in ("atom", "rss", "json")}
        wrong = {"kind": "topic", "slug": slug, "formats": paths, "page": f"topics/{slug}.html"}
        yield but(lambda read, w=wrong: read["feeds"][1].update(w))  # type: ignore[misc]
    yield but(lambda read: read["feeds"][1]["formats"].pop("json"))
    yield but(lambda read: read["feeds"][1]["formats"].update(json="../secret.json"))
    yield but(lambda read: read["feeds"][1].update(page="index.html"))


def test_it_is_read_as_it_was_written(whole: dict[str, Any]) -> None:
    read = catalog.read(json.dumps(whole).encode())
    assert [feed.address for feed in read.feeds] == [feed["page"].removesuffix(".html") for feed in whole["feeds"]]
    assert read.published == 1


def test_any_damage_is_found(whole: dict[str, Any]) -> None:
    found = list(damaged(whole))
    assert len(found) > 200
    for document in found:
        try:
            catalog.read(document)
        except ValueError as error:
            assert str(error)
        else:
            pytest.fail(f"passed: {document.decode()}")


@pytest.mark.parametrize("command", READING, ids=" ".join)
def test_every_command_says_so(whole: dict[str, Any], command: list[str]) -> None:
    """With an example of each fault."""
    Path("articles").mkdir()
    Path("articles/a.md").write_text(record(topics="[AI]"))
    Path("feeds").mkdir()
    for document in [*damaged(whole)][::9]:
        Path("feeds/catalog.json").write_bytes(document)
        result = CliRunner().invoke(main, command)
        assert (result.exit_code, result.stdout) == (1, ""), result.output
        assert isinstance(result.exception, SystemExit)
        assert result.stderr.startswith("feedloom: feeds/catalog.json: not a feedloom catalog (")
        assert result.stderr.count("\n") == 1
        assert [str(path) for path in Path("feeds").rglob("*")] == ["feeds/catalog.json"]
        assert Path("feeds/catalog.json").read_bytes() == document


@pytest.mark.parametrize("command", OTHERS, ids=" ".join)
def test_others_do_not_need_it(command: list[str]) -> None:
    Path("articles").mkdir()
    Path("articles/a.md").write_text(record(topics="[AI]"))
    Path("feeds").mkdir()
    Path("feeds/catalog.json").write_text("{")
    assert CliRunner().invoke(main, command).exit_code == 0


def test_a_large_catalog_takes_little_more_memory_than_its_bytes() -> None:
    now = datetime(2026, 5, 21, tzinfo=UTC)
    groups = [Group("topic", kinds.of_topic(f"Topic {number}")) for number in range(1000)]
    feeds = [
        Feed(
            kind=group.kind,
            name=f"Topic {number}",
            slug=kinds.slug(group),
            identity=group.identity,
            folder="topics/",
            total=number,
            count=1,
            updated=now,
        )
        for number, group in enumerate(groups)
    ]
    tracemalloc.start()
    try:
        written = catalog.catalog([*feeds], Config())
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(json.loads(written)["feeds"]) == 1000
    assert peak < 4 * len(written)
