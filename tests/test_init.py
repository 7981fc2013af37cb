"""`feedloom init`: what it finds in a folder, and that what it writes loads and builds without a word about it."""

import json
import os
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import feedloom
from feedloom.cli.init import files, yaml_text
from feedloom.cli.main import main
from feedloom.config import json_schema
from feedloom.errors import ConfigError
from tests.conftest import record


def init(folder: Path | str = ".") -> Result:
    result = CliRunner().invoke(main, ["init", str(folder)])
    assert result.exit_code == 0, result.output
    return result


def write(path: str, text: str) -> None:
    place = Path(path)
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text)


def article(number: int, **fields: str) -> str:
    return record(webUrl=f"https://example.com/{number}", **fields)


def config(folder: Path | str = ".") -> feedloom.Config:
    return feedloom.load_config(str(Path(folder) / "feedloom.yaml"))


def with_examples(text: str) -> str:
    """All but the sentences, which begin after one space."""
    return re.sub(r"^(\s*)#(?! \S)", r"\1", text, flags=re.MULTILINE)


def builds_in_silence(folder: Path) -> None:
    """As it was written, and with all examples taken at their word; and editors agree."""
    file = folder / "feedloom.yaml"
    assert file.read_text().startswith("# yaml-language-server: $schema=feedloom.schema.json\n")
    for text in (file.read_text(), with_examples(file.read_text())):
        file.write_text(text)
        report = feedloom.build(config(folder), force=True)
        assert [problem for problem in report.problems if problem.path.endswith("feedloom.yaml")] == []
        assert report.records.published
        jsonschema.validate(yaml.safe_load(text), json.loads((folder / "feedloom.schema.json").read_bytes()))


# --- Where the records are ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("files", "records"),
    [
        (["_news/a.md"], "_news"),
        (["a.md", "b.yaml"], "."),
        (["content/posts/a.md", "content/posts/b.md"], "content/posts"),
        (["content/posts/a.md", "content/links/b.md"], "content"),
        (["articles/2021/05/a.md", "articles/2022/b.md"], "articles"),
        (["drafts/a.md", "seeds/a.md", "seeds/b.yml"], "seeds"),
        (["a.md", "seeds/b.md", "seeds/c.md"], "seeds"),
        (["node_modules/x/a.md", ".hidden/b.md", "x/vendor/c.md", "n/d.md"], "n"),
        (["~news/a.md"], "~news"),
        (["true/a.md"], "true"),
        (["a: b # c/a.md"], "a: b # c"),
    ],
)
def test_the_folder_with_the_most_records(tmp_path: Path, files: list[str], records: str) -> None:
    write("README.md", "# No record\n")
    write("docs/index.md", "---\ntitle: No record\n---\n")
    for number, file in enumerate(files):
        write(file, article(number))
    said = init().stdout
    assert os.path.normpath(config().records) == records
    assert ("this folder" if records == "." else f"{records}/.") in said
    builds_in_silence(tmp_path)


def test_it_says_where_else_records_are_and_how_many_cannot_be_read() -> None:
    for number in range(3):
        write(f"a/{number}.md", article(number))
    write("a/bad.md", "title: No record\n")
    write("a/note.md", "# Note\n")
    write("b/c/x.md", article(9))
    said = init().stdout.splitlines()
    assert said[:3] == [
        "Found 3 records in a/.",
        "Left out: 1 with errors; feedloom check shows why.",
        "There are also records in b/c/; feedloom reads one folder.",
    ]


def test_a_folder_with_names_that_no_configuration_can_hold(tmp_path: Path) -> None:
    os.mkdir(b"caf\xe9")
    Path(os.fsdecode(b"caf\xe9"), "a.md").write_text(article(1))
    init()
    assert config().records == "articles"
    builds_in_silence(tmp_path)


# --- What it says of them -----------------------------------------------------------------------------------------------


def test_records_that_all_say_published_false_are_included(tmp_path: Path) -> None:
    write("news/a.md", article(1, published="false", topics="[Quiet]"))
    assert "All are unpublished, so feedloom.yaml says unpublished: include." in init().stdout
    assert config().unpublished == "include"
    builds_in_silence(tmp_path)


def test_nothing_of_an_unpublished_record_is_suggested(tmp_path: Path) -> None:
    private = {
        "topics": "[Secret]",
        "category": "secret",
        "type": "secret",
        "provider": "{name: Secret, domain: secret.example}",
    }
    write("news/a.md", article(1, published="false", images="[{url: secret.png}]", **private))
    write("news/b.md", article(2, topics="[Open]"))
    said = init().stdout
    assert "Left out: 1 unpublished" in said
    assert "secret" not in (said + Path("feedloom.yaml").read_text()).lower()
    builds_in_silence(tmp_path)


def test_relative_images() -> None:
    write("news/a.md", article(1, images="[{url: /img/a.png}]"))
    assert "set site.records_url" in init().stdout
    text = Path("feedloom.yaml").read_text()
    assert 'as in "/img/a.png"' in text
    Path("feedloom.yaml").write_text(with_examples(text))
    assert config().site.records_url == "https://example.com/"


def test_the_examples_are_made_of_what_is_there(tmp_path: Path) -> None:
    for number in range(3):
        write(f"news/{number}.md", article(number, topics="[E-Commerce, AI]", provider="{name: P, domain: p.example}"))
    write("news/9.md", article(9, topics="[Ecommerce]", category="news", type="video"))
    init()
    text = Path("feedloom.yaml").read_text()
    for line in (
        "#  category: true   # news",
        "#  type: true   # video",
        "#  - name: AI and E-Commerce",
        "#    where: {topics: [AI, E-Commerce], match: any}",
        "#    where: {providers: [P]}",
        "#  E-Commerce:\n#    aliases: [Ecommerce]",
    ):
        assert line in text
    builds_in_silence(tmp_path)


# --- Other programs' settings -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("files", "site"),
    [
        ({"CNAME": "news.example.com\n"}, {"url": "https://news.example.com/feeds/"}),
        ({"_config.yml": "url: https://x.example\nbaseurl: /news\ntitle: 'No: News'\nlang: de\ntimezone: Europe/Berlin\n"},
         {"url": "https://x.example/news/feeds/", "title": "No: News", "language": "de", "timezone": "Europe/Berlin"}),
        ({"CNAME": "a.example", "_config.yml": "url: https://b.example"}, {"url": "https://a.example/feeds/"}),
        ({"hugo.toml": 'baseURL = "https://h.example/"\nlanguageCode = "en-us"\ntitle = "H"'},
         {"url": "https://h.example/feeds/", "title": "H", "language": "en-us"}),
        ({"mkdocs.yml": "site_name: M\nsite_url: https://m.example/d/\nx: !!python/name:a.b\n"},
         {"url": "https://m.example/d/feeds/", "title": "M"}),
        ({"package.json": '{"homepage": "https://p.example"}'}, {"url": "https://p.example/feeds/"}),
        ({"_config.yml": "url: no url\ntitle: ''\nlang: x y\ntimezone: Mars\n"}, {"url": None, "title": "My reading list"}),
        ({"_config.yml": "title: [a\n", "hugo.toml": "=", "package.json": "[" * 100_000, "CNAME": "\udcff"}, {"url": None}),
        ({"package.json": '{"homepage": 3}', "_config.yml": "title: {a: b}\n"}, {"url": None, "title": "My reading list"}),
    ],
)  # fmt: skip
def test_what_other_programs_know(tmp_path: Path, files: dict[str, str], site: dict[str, str | None]) -> None:
    write("news/a.md", article(1))
    for name, text in files.items():
        Path(name).write_bytes(text.encode(errors="surrogateescape"))
    said = init().stdout
    made = config().site
    assert {name: getattr(made, name) for name in site} == site
    assert ("from " in said) == any(value not in (None, "My reading list") for value in site.values())
    builds_in_silence(tmp_path)


# --- What is there stays ------------------------------------------------------------------------------------------------


def test_an_empty_folder_gets_a_first_record(tmp_path: Path) -> None:
    assert init("new").stdout.splitlines() == [
        "Wrote new/feedloom.yaml",
        "Wrote new/feedloom.schema.json",
        "Wrote new/articles/2026-01-05-feeds.md",
        "Now run feedloom build -c new/feedloom.yaml, and open new/feeds/index.html.",
    ]
    assert Path("new/feedloom.schema.json").read_bytes() == json_schema.document()
    builds_in_silence(tmp_path / "new")


@pytest.mark.parametrize("name", ["feedloom.yaml", "feedloom.yml"])
def test_a_configuration_is_not_overwritten(tmp_path: Path, name: str) -> None:
    Path(name).write_text("limit: 3")
    result = CliRunner().invoke(main, ["init"])
    assert (result.exit_code, os.listdir(), Path(name).read_text()) == (2, [name], "limit: 3")
    assert result.stderr == f"feedloom: {name}: already exists; nothing was written\n"


def test_folders_of_others_are_left_alone(tmp_path: Path) -> None:
    write("feeds/mine.txt", "mine")
    write("feeds-2/mine.txt", "mine")
    write("articles/notes.md", "# Notes\n")
    write("feedloom.schema.json", "{}")
    said = init().stdout
    assert (config().output, config().records) == ("feeds-3", "articles-2")
    assert "schema" not in said
    assert Path("feedloom.schema.json").read_text() == "{}"
    builds_in_silence(tmp_path)
    os.remove("feedloom.yaml")
    init()
    assert config().output == "feeds-3", "it holds feeds of ours"


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    Path("file").write_text("")
    result = CliRunner().invoke(main, ["init", "file/inside"])
    assert result.exit_code == 1
    assert result.stderr == "feedloom: file/inside: cannot be written: Not a directory\n"


def test_a_file_that_cannot_be_written_has_its_own_name(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(path: str, mode: str) -> None:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(files, "open", refused, raising=False)
    result = CliRunner().invoke(main, ["init"])
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "feedloom: articles/2026-01-05-feeds.md: cannot be written: Permission denied\n"


# --- Whatever it is called ----------------------------------------------------------------------------------------------

ODD = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0/"), min_size=1, max_size=20)
SYNTAX = st.sampled_from(
    ["~", "- x", "a: b", "# c", "'", '"', "\\", "{a}", "[", "&a", "*a", "!t", "|", ">", "%TAG", "@", "`", "null", "true", "No"]
    + ["2021", "3.10", "0x1f", "1e3", "...", "---", "\x85", "\u2028", "\ufeff", "{name}", "?", ",", "a,b", "=", "<<"]
)
NAMES = ODD | SYNTAX | st.tuples(SYNTAX, ODD, SYNTAX).map("".join)


@given(NAMES)
def test_a_text_is_what_yaml_reads(text: str) -> None:
    written = yaml_text.quoted(text)
    assert written.isprintable()
    for document in (f"a: {written}   # c", f"a: [{written}]", f"{written}: a"):
        (read,) = [yaml.load(document, yaml.BaseLoader)]
        assert text in (read.get("a"), (read.get("a") or [None])[0], *read), document
    assert isinstance(yaml.safe_load(written), str)


@pytest.mark.long
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(folder=NAMES, topics=st.lists(NAMES, max_size=4), names=st.tuples(NAMES, NAMES, NAMES), title=NAMES)
def test_odd_names(
    tmp_path_factory: pytest.TempPathFactory, folder: str, topics: list[str], names: tuple[str, ...], title: str
) -> None:
    top = tmp_path_factory.mktemp("site")
    try:
        (top / folder).mkdir()
    except OSError:
        folder = "news"
        (top / folder).mkdir()
    provider, category, type = names
    fields = {"topics": topics, "provider": {"name": provider}, "category": category, "type": type}
    written = {name: json.dumps(value).replace("\x7f", "\\u007f") for name, value in fields.items()}
    (top / folder / "a.md").write_text(article(1, images="[{url: /a.png}]", **written))
    (top / "_config.yml").write_text(json.dumps({"title": title}))
    init(top)
    builds_in_silence(top)


def test_the_examples_of_examples_are_examples() -> None:
    """That the test above takes them at their word is itself tried."""
    init()
    text = Path("feedloom.yaml").read_text()
    Path("feedloom.yaml").write_text(with_examples(text).replace("provider_topic", "provider_topics"))
    with pytest.raises(ConfigError, match=r"did you mean groups\.provider_topic\?"):
        config()


@pytest.mark.parametrize("call", ["fsync", "replace"])
@pytest.mark.parametrize("number", range(3))
def test_killed_halfway_it_can_be_run_again(tmp_path: Path, call: str, number: int) -> None:
    """The configuration comes last, and no file is ever half."""
    left, real = number, getattr(os, call)

    def killing(*values: Any) -> Any:
        nonlocal left
        if left == 0:
            os._exit(9)
        left -= 1
        return real(*values)

    child = os.fork()
    if child == 0:
        setattr(os, call, killing)
        files.write(".")
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    assert not Path("feedloom.yaml").exists()
    files.write(".")
    assert not list(tmp_path.rglob(".feedloom-*"))
    assert Path("feedloom.schema.json").read_bytes() == json_schema.document()
    assert [path.read_text() for path in tmp_path.glob("*/*.md")] == [files.RECORD]
    assert feedloom.build(feedloom.load_config()).records.published == 1


def test_what_fails_leaves_no_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    result = CliRunner().invoke(main, ["init", str(tmp_path)])
    assert (result.exit_code, "cannot be written: No space left on device" in result.stderr) == (1, True), result.stderr
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
