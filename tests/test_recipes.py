"""docs/design.md tells how to add a format and a kind of feeds. These tests do it in a copy of the program, to the letter."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

import pytest

from tests.conftest import published, record

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "feedloom"

Recipe: TypeAlias = Mapping[str, str | list[tuple[str, str]]]
"""A new file, or what to replace in one, by its name."""

FORMAT: Recipe = {
    "render/plain.py": '''
"""A feed as plain text."""

from feedloom.render import json_feed

def entry(data):
    return f"* {data.record.title}\\n".encode()

def feed(metadata, entries):
    kind = "archive" if metadata.is_archive else "feed"
    return b"".join((f"A {kind}: {metadata.title}\\n".encode(), *entries))

def read(document):
    title, *titles = document.decode().splitlines()
    items = [json_feed.Item(id=one, url=one, title=one.removeprefix("* ")) for one in titles]
    return json_feed.Document(version="", title=title.partition(": ")[2], items=items)

def updated(document):
    return None
''',
    "render/formats.py": [
        ("import atom, json_feed, rss, xml", "import atom, json_feed, plain, rss, xml"),
        (
            "            is_styled=False,\n        ),\n",
            """            is_styled=False,
        ),
        Format(
            name="txt",
            label="Plain text",
            media_type="text/plain",
            entry=lambda prepared: plain.entry(prepared.data),
            feed=lambda metadata, _, entries: plain.feed(metadata, entries),
            shell=None,
            read=plain.read,
            updated=plain.updated,
            feed_marks=(b"A feed: ",),
            archive_marks=(b"A archive: ",),
            is_styled=False,
        ),
""",
        ),
    ],
    "config/settings.py": [('Literal["atom", "rss", "json"]', 'Literal["atom", "rss", "json", "txt"]')],
}

KIND: Recipe = {
    "model.py": [('"provider_topic", "custom"]', '"provider_topic", "quality", "custom"]')],
    "feeds/kinds.py": [
        (
            '    "custom": FeedKind(',
            """    "quality": FeedKind(
        "qualities/",
        _own_name,
        Taxonomy("quality", lambda summary: () if summary.quality is None else (str(summary.quality),), of_topic, Term),
        "qualities",
    ),
    "custom": FeedKind(""",
        )
    ],
    "config/settings.py": [
        (f"    provider_topic: {before}", f'    quality: {quality}\n    """Meaning."""\n    provider_topic: {before}')
        for before, quality in (
            ("bool", "bool = False"),
            ('Pattern = "{site} from', 'Pattern = "{site}: quality {name}"'),
            ('Pattern = "The newest', 'Pattern = "Of quality {name}."'),
        )
    ]
    + [("    selections: Text", '    qualities: Text = "Qualities"\n    """Meaning."""\n    selections: Text')],
}


def files_of(recipe: str) -> set[str]:
    """The files of the program that a recipe names in its steps, the last of which is not about the program's code."""
    text = (ROOT / "docs" / "design.md").read_text().partition(f"**{recipe}.**")[2].partition("\n\n")[0]
    steps = text.rpartition("(4)")[0]
    return {name for name in re.findall(r"`([a-z/_]+\.py)`", steps) if (SOURCE / name).exists()}


class Copy:
    """A copy of the program, and a site that it publishes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.program = folder / "program"
        shutil.copytree(SOURCE, self.program / "feedloom", ignore=shutil.ignore_patterns("__pycache__"))
        (folder / "records").mkdir()
        for number, quality in enumerate(("80", "80", "7")):
            text = record(webUrl=f"https://e.example/{number}", title=f"T{number}", topics="[AI]", quality=quality)
            (folder / "records" / f"{number}.md").write_text(text)

    def follow(self, recipe: Recipe) -> None:
        for name, change in recipe.items():
            path = self.program / "feedloom" / name
            if isinstance(change, str):
                assert not path.exists()
                path.write_text(change)
                continue
            text = path.read_text()
            for before, after in change:
                assert text.count(before) == 1, f"{name}: {before}"
                text = text.replace(before, after)
            path.write_text(text)

    def run(self, *arguments: str, settings: str | None = None) -> subprocess.CompletedProcess[str]:
        if settings is not None:
            (self.folder / "feedloom.yaml").write_text(f"site: {{url: 'https://f.example/'}}\n{settings}\n")
        environment = os.environ | {"PYTHONPATH": str(self.program), "PYTHONDONTWRITEBYTECODE": "1"}
        command = [sys.executable, "-m", "feedloom", *arguments]
        ran = subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True)
        assert (ran.returncode, "Traceback" in ran.stderr) == (0, False), ran.stderr
        return ran

    def files(self) -> dict[str, bytes]:
        return published(self.folder / "feeds")

    def catalog(self) -> dict[str, dict[str, object]]:
        return {feed["title"]: feed for feed in json.loads(self.files()["catalog.json"])["feeds"]}


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    return Copy(tmp_path)


def test_a_new_format(copy: Copy) -> None:
    assert files_of("A new format") == {name for name, change in FORMAT.items() if isinstance(change, list)}
    copy.follow(FORMAT)
    copy.run("build", "-q", settings="limit: 1\narchive: true")
    files = copy.files()
    assert files["topics/ai.txt"] == b"A feed: News: AI\n* T0\n"
    archived = [path for path in files if path.startswith("archive/topics/ai/") and path.endswith(".txt")]
    assert b"".join(files[path] for path in archived).count(b"* T") == 2
    assert copy.catalog()["News: AI"]["formats"]["txt"] == "topics/ai.txt"  # type: ignore[index]
    page = files["topics/ai.html"].decode()
    assert (
        '<link rel="alternate" type="text/plain" title="News: AI (Plain text)" href="https://f.example/topics/ai.txt">' in page
    )
    assert '<a href="ai.txt" type="text/plain">https://f.example/topics/ai.txt</a>' in page
    assert "T0" in copy.run("show", "topics/ai").stdout
    copy.run("build", "-q", settings="limit: 1\narchive: true\nformats: [txt]")
    assert {path.rpartition(".")[2] for path in copy.files() if path.startswith(("topics/", "archive/"))} == {"txt", "html"}
    assert "https://f.example/topics/ai.txt" in copy.files()["feeds.opml"].decode()
    assert "T0" in copy.run("show", "topics/ai").stdout
    shutil.rmtree(copy.folder / "feeds" / ".feedloom")  # as a clone has it
    gone = copy.run("build", "-q", settings="limit: 1\narchive: true\nformats: [atom, rss, json]")
    assert gone.stderr.endswith(" .txt files removed: formats does not list txt\n")
    assert not [path for path in copy.files() if path.endswith(".txt")]
    assert files.keys() - copy.files().keys() == {path for path in files if path.endswith(".txt")}


def test_a_new_kind_of_feed(copy: Copy) -> None:
    assert files_of("A new kind of feed") == KIND.keys()
    copy.follow(KIND)
    copy.run("build", "-q", settings="groups: {quality: true}")
    files, catalog = copy.files(), copy.catalog()
    assert {"qualities/80.atom", "qualities/80.html", "qualities/7.json", "qualities.opml"} <= files.keys()
    assert (catalog["News: quality 80"]["kind"], catalog["News: quality 80"]["total"]) == ("quality", 2)
    assert list(catalog) == ["News", "News: AI", "News: quality 7", "News: quality 80"]
    assert b'<a href="#qualities">Qualities</a> (2)' in files["index.html"]
    assert b'<h2 id="qualities">Qualities</h2>' in files["index.html"]
    assert "qualities/80" in copy.run("explain", "records/0.md").stdout
    copy.run("build", "-q", settings="groups: {quality: false}")
    assert copy.catalog()["News: quality 80"]["retired"]
    assert "groups.quality is off" in copy.run("explain", "records/0.md").stdout
    copy.run("prune", "--yes")
    assert not [path for path in copy.files() if path.startswith("qualities")]
