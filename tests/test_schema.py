"""The JSON Schema of feedloom.yaml takes what the program takes, and refuses what the program refuses."""

import ast
import copy
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias

import jsonschema
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from feedloom.cli.main import main
from feedloom.config import json_schema
from feedloom.config.load import load
from feedloom.config.settings import Config
from feedloom.errors import ConfigError
from tests.test_config import EMPTY, MISTAKES

ROOT = Path(__file__).parent.parent
SCHEMA = json.loads(json_schema.document())

BEYOND = {
    "a home page for posts of other programs": "site.home is missing",
    "it does not know the time zones": r"\"[\w/:+-]*\" is not a time zone",
    "it does not compare the names of topics": r"is already a name of ",
    "it does not compare the addresses of feeds": r"are both custom/",
    "it does not compare labels": r"must not be the same text as labels",
    "it does not compile patterns": r"is not a gitignore pattern",
    "it does not look at folders": r"the cache would be published",
    "it does not read other files": r"cannot be read|no such folder|contains none of the templates",
    "it does not know what pages need": r"needs site.url",
    "it does not look into words": r"labels\.pages\.\w+: (may|must have)",
}
"""What the schema lets pass, by the program's message.

And numbers that YAML reads and the program does not (0x10, 007, +20), ports above 65535, and texts of nothing but mark-up.
"""

MORE_MISTAKES = [
    "archive: yes",
    "archive: [true]",
    "groups: {topics: true}",
    "groups: {topic: 2}",
    "guard: {max_loss: 1.5}",
    "guard: {max_rejected: -0.1}",
    "guard: {max_loss: '2'}",
    "guard: {max_clock_jump: 30}",
    "guard: {max_clock_jump: a month}",
    "limit: '0'",
    "limit: '1000000001'",
    "limit: 2.5",
    "jobs: true",
    "labels: {source: '  '}",
    "site: {hub: 'ftp://e.example/'}",
    "site: {hub: ['https://e.example/', 'ftp://e.example/']}",
    "site: {hub: [['https://e.example/']]}",
    "site: {hub: {url: 'https://e.example/'}}",
    "site: {icon: 'https://e.example/a b'}",
    "site: {logo: 'https://me@e.example/'}",
    "site: {url: 'https://-e.example/'}",
    "site: {url: 'https://e.example/index.html'}",
    "site: {url: ' https://e.example/a/feed.XML '}",
    "site: {email: 'A <a@e.example>'}",
    "site: {id: 'https://e..example/'}",
    "archive: {complete: maybe}",
    "archive: {complet: true}",
    "publish: {precompress: gzip}",
    "publish: {precompress: [gz]}",
    "publish: true",
    "site: {language: true}",
    "site: {timezone: Central European Time}",
    "topics: [AI]",
    "topics: {AI: [ai]}",
    "topics: {' AI': {}}",
    "topics: {'-': {}}",
    "topics: {AI: {aliases: KI}}",
    "topics: {AI: {aliases: [' - ']}}",
    "topics: {AI: {alias: [KI]}}",
    "titles: {custom: '{}'}",
    "titles: {custom: '{name}}'}",
    "feeds: {name: Best}",
    "feeds: [Best]",
    "feeds: [{}]",
    "feeds: [{name: }]",
    "feeds: [{name: '-'}]",
    "feeds: [{slug: best}]",
    "feeds: [{name: Best, slug: Best}]",
    "feeds: [{name: Best, slug: the best}]",
    "feeds: [{name: Best, slug: ../best}]",
    "feeds: [{name: Best, slug: con}]",
    "feeds: [{name: Best, order: oldest}]",
    "feeds: [{name: Best, limit: 0}]",
    "feeds: [{name: Best, were: {}}]",
    "feeds: [{name: Best, where: {topics: AI}}]",
    "feeds: [{name: Best, where: {topics: ['']}}]",
    "feeds: [{name: Best, where: {topic: [AI]}}]",
    "feeds: [{name: Best, where: {match: some}}]",
    "feeds: [{name: Best, where: {min_quality: high}}]",
    "feeds: [{name: Best, where: {min_heat: 1.5}}]",
    "feeds: [{name: Best, where: {since: 90}}]",
    "feeds: [{name: Best, where: {since: ninety days}}]",
    "feeds: [{name: Best, where: {text: ''}}]",
    "feeds: [{name: A, slug: a}, {name: B, slug: a}]",
    "topics: {AI: {aliases: [ai]}}",
    "state: feeds/state.sqlite",
    "pages: {css: my.css}",
    "pages: {readers: {Feedly: 'https://feedly.com/'}}",
    "pages: {csp: {connect: 'https://e.example'}}",
    "pages: {csp: {connect-src: 'https://e.example; x'}}",
    "pages: {sitemap: maybe}",
    "pages: {templates: 'https://e.example/'}",
    "site: {contact: me}",
    "labels: {pages: {subscribe: ''}}",
    "labels: {pages: {subscribed: x}}",
]
GOOD = [
    "pages: {footer: '<p>x', images: 0, csp: {form-action: 'https://e.example https://f.example:8443'}}",
    "site: {url: 'https://e.example/', contact: 'a@e.example'}\npages: {sitemap: true, readers: {A: 'https://a.example/{url}'}}",
    "site: {contact: 'https://e.example/contact?a=b'}\nlabels: {pages: {subscribe: 2021, count: 'a | {count} b'}}",
    *(text for text in EMPTY if "---" not in text),  # check-jsonschema takes one document
    "site: {title: 2021, description: true, author: 3.10}",
    "site: {language: No, timezone: +0200}",
    "site: {url: 'https://e.php', email: a.b@e.example, rights: © A}",
    "site: {url: 'https://e.example/feed.xml/'}",
    "site: {hub: ['https://e.example/', 'http://d.example:8080/hub?a=b']}",
    "site: {hub: []}",
    "publish: {precompress: [gzip, br, zstd, gzip]}",
    "publish: {precompress: []}",
    "site: {timezone: '+02:00', url: '  https://münchen.example:8443/feeds/ü '}",
    "limit: '20'\nttl: 1\nmax_file_size: 1000000000\njobs: ~",
    "archive: {complete: TRUE}",
    "archive: {}",
    "archive: {complete: }",
    "archive: TRUE\ngroups: {topic: 'false', type: 1, category: 0}",
    "guard: {max_loss: 1, max_rejected: '0.25', max_clock_jump: 6 months}",
    "titles: {all: '{{site}} {site} {name:}', topic: 2021}\ndescriptions: {custom: '{description} {name}'}",
    "topics: {2021: {aliases: [3.10, No, true, ~]}, C++: , C#: {aliases: }}",
    "feeds: [~, {name: 2021, slug: 3.10, where: {topics: [No, 1.0], min_quality: -5, min_heat: '7', since: 1 day}}]",
    "feeds: [{name: 宇, slug: ''}, {name: 宇宙, slug: 宇宙}, {name: R&D, slug: r-d~dacc7c16cdbd7096, limit: ~}, {name: '?'}]",
    "feeds:\n- name: Best\n  slug: a.-b_c\n  order: quality\n  where: {match: all, providers: [CIO, cio.com], text: 'a {b}'}",
]


def of_the_documents() -> Iterator[tuple[str, str]]:
    """Every example of a configuration in the documents: an indented block that begins with the name of a setting."""
    beginning = re.compile(rf"({'|'.join(Config.__struct_fields__)}):(\n| .*\n)")
    for path in sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("*/README.md")]):
        for number, block in enumerate(re.findall(r"(?:(?<=\n\n)|\A)(?:    .*\n|\n(?=    ))+", path.read_text())):
            text = re.sub("^    ", "", block, flags=re.MULTILINE)
            if beginning.match(text):
                yield f"{path.name}:{number}", text


def of_the_tests() -> Iterator[tuple[str, str]]:
    """Every configuration that a test writes."""
    for path in sorted(ROOT.glob("tests/test_*.py")):
        source = path.read_text()
        if not (".write_text(" in source and re.search(r"\.ya?ml\b", source)):  # most do not, and to parse all takes long
            continue
        for node in ast.walk(ast.parse(source)):
            match node:
                case ast.Call(func=ast.Attribute(value=place, attr="write_text"), args=[ast.Constant(value=str(text))]):
                    if re.search(r"\w+\.ya?ml", ast.unparse(place)):
                        yield f"{path.name}:{node.lineno}", text


CONFIGURATIONS = {
    **dict(of_the_documents()),
    **dict(of_the_tests()),
    **{text: text for text in [*MISTAKES, *MORE_MISTAKES, *GOOD]},
    "feedloom.yaml": (ROOT / "feedloom.yaml").read_text(),
}


def refusal(text: str) -> str | None:
    """What the program says of a configuration that it does not take."""
    Path("feedloom.yaml").write_text(text)
    try:
        load("feedloom.yaml")
    except ConfigError as error:
        return str(error)
    return None


def is_beyond(message: str) -> bool:
    return any(re.search(pattern, message) for pattern in BEYOND.values())


def is_valid(text: str) -> bool:
    """Whether the schema takes a configuration, as an editor reads it."""
    return bool(jsonschema.Draft7Validator(SCHEMA).is_valid(YAML(typ="safe", pure=True).load(text)))


@pytest.fixture(scope="module")
def refused(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The configurations that check-jsonschema refuses, which reads patterns as JavaScript does."""
    folder = tmp_path_factory.mktemp("configurations")
    (folder / "schema.json").write_bytes(json_schema.document())
    names = {f"{number}.yaml": name for number, name in enumerate(CONFIGURATIONS)}
    for file, name in names.items():
        (folder / file).write_text(CONFIGURATIONS[name])
    command = [sys.executable, "-m", "check_jsonschema", "--schemafile", "schema.json", "--output-format", "json", *names]
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert ran.returncode == 1, ran.stderr
    told = json.loads(ran.stdout)
    return {names[error["filename"]] for error in [*told["errors"], *told["parse_errors"]]}


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_both_agree(refused: set[str], name: str) -> None:
    message = refusal(CONFIGURATIONS[name])
    if message is None:
        assert name not in refused
    else:
        assert (name in refused) != is_beyond(message), message


@pytest.mark.parametrize("text", MORE_MISTAKES)
def test_mistakes_are_mistakes(text: str) -> None:
    assert refusal(text)


@pytest.mark.parametrize("name", [*GOOD, *dict(of_the_documents()), "feedloom.yaml"])
def test_what_is_good_is_taken(refused: set[str], name: str) -> None:
    Path("look").mkdir()
    for file in ("room.css", "head.html", "header.html", "index.html"):  # which docs/pages.md names
        Path("look", file).write_text("")
    assert refusal(CONFIGURATIONS[name]) is None
    assert name not in refused


def test_configurations_are_found() -> None:
    assert len(dict(of_the_documents())) >= 3
    assert len(dict(of_the_tests())) >= 6


def test_what_init_writes_is_good() -> None:
    assert CliRunner().invoke(main, ["init"]).exit_code == 0
    assert is_valid(Path("feedloom.yaml").read_text())


def test_the_command_prints_it() -> None:
    assert CliRunner().invoke(main, ["schema"]).stdout_bytes == json_schema.document()


def test_it_does_not_depend_on_docstrings_that_python_keeps() -> None:
    ran = subprocess.run([sys.executable, "-OO", "-m", "feedloom", "schema"], capture_output=True, check=True)
    assert ran.stdout == json_schema.document()


Node: TypeAlias = "str | list[Node] | dict[str, Node]"
"""A configuration of which every scalar is as it is written; a key of a mapping is a text."""

WHOLE: dict[str, Node] = {
    "records": "articles",
    "site": {"title": "News", "url": "https://e.example/", "hub": "https://hub.example", "language": "en", "timezone": "UTC"},
    "jobs": "2",
    "unpublished": "skip",
    "titles": {"topic": "'{site}: {name}'"},
    "topics": {"AI": {"aliases": ["KI", "3.10"]}, "C++": "{}"},
    "groups": {"topic": "true"},
    "feeds": [
        {
            "name": "Best",
            "slug": "best",
            "where": {"topics": ["AI"], "match": "all", "category": "news", "min_heat": "5", "since": "90 days", "text": "a"},
            "order": "quality",
            "limit": "20",
        }
    ],
    "archive": {"complete": "false"},
    "guard": {"max_loss": "0.5", "max_clock_jump": "30 days"},
    "labels": {"source": "'Source:'"},
}

# fmt: off
WRITTEN = [
    "x", "AI", "No", "yes", "true", "False", "'true'", "null", "~", "''", "' '", "'-'", "'- -'", "[]", "[x]", "[~, 1]", "{}",
    "{x: 1}",
    "0", "1", "-5", "20", "2021", "3.10", "0.5", "-0.5", "2.5", "1000000001", "'0'", "'1'", "'20'", "'0.5'", "'1.5'", "'x1'",
    "https://e.example", "HTTP://E.example:80/a?b", "https://e.example/#c", "ftp://e.example/", "e.example", "https://", "https:///a",
    "'https://e.example/a b'", "https://me@e.example/", "https://-e.example/", "https://e.example./", "https://e_e.example/a/",
    "en", "en_US", "pt-BR", "UTC", "Europe/Berlin", "Europe/", "+02:00", "Mars", "1 day", "90  days", "12345 days", "6 weeks",
    "skip", "include", "any", "all", "newest", "heat", "best", "Best", "a--b", "a.-b", "con", "con.x", "-a", "a~12345678",
    "a~0123456789abcdef", "~0123456789abcdef", "index", "index.x", "a--",
     "'{site}'", "'{site} {nam}'", "'{'", "'}'", "'{}'", "'{{x}}'", "'{{{name}}}'", "'{name:}'", "'{name!r}'",
    "'{description.x}'",
]
# fmt: on
TEXTS = st.text("aZ09 -._~:/\\?#@{}+\t", max_size=8)
QUOTED = (TEXTS | TEXTS.map("https://{}".format) | TEXTS.map("https://e.example{}".format)).map(json.dumps)
SETTINGS = sorted({name for fields in json_schema.descriptions().values() for name in fields if name})
NAMES = st.sampled_from([*SETTINGS, "AI", "ai", "-", " AI", "3.10"]) | TEXTS


@st.composite
def configurations(draw: st.DrawFn) -> Node:
    """A whole configuration in which some places were changed."""
    root: dict[str, Node] = copy.deepcopy(WHOLE)
    for _ in range(draw(st.integers(0, 3))):
        inside, key = draw(st.sampled_from(list(places(root))))
        inside[key] = draw(st.sampled_from(WRITTEN) | QUOTED)
    if draw(st.booleans()) and root:
        inside, key = draw(st.sampled_from(list(places(root))))
        value = inside.pop(key)
        renamed = draw(st.booleans())
        # The program leaves out what is nothing before it looks at names.
        if renamed and isinstance(inside, dict) and value not in ("null", "~"):
            inside[draw(NAMES)] = value
    return root


def places(node: Node) -> Iterator[tuple[Any, Any]]:
    """Each value in a configuration, by what holds it and the key under which it does."""
    inner: list[tuple[Any, Node]] = []
    if isinstance(node, dict):
        inner = list(node.items())
    elif isinstance(node, list):
        inner = list(enumerate(node))
    for key, value in inner:
        yield node, key
        yield from places(value)


def written(node: Node) -> str:
    if isinstance(node, dict):
        return "{" + ", ".join(f"{json.dumps(key)}: {written(value)}" for key, value in node.items()) + "}"
    if isinstance(node, list):
        return "[" + ", ".join(map(written, node)) + "]"
    return node


@given(configurations())
@settings(max_examples=600)
def test_both_agree_on_all(configuration: Node) -> None:
    text = written(configuration)
    message = refusal(text)
    assert is_valid(text) == (message is None) or (message and is_beyond(message)), message
