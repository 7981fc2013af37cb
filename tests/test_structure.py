"""What modules may use, and what starting up may cost. Which room may import which is checked by `make lint`."""

import ast
import json
import subprocess
import sys
from itertools import chain
from pathlib import Path

import pytest

from feedloom.cli.main import COMMANDS
from tests.conftest import Site, record

SOURCE = Path(__file__).parent.parent / "src" / "feedloom"

PURE = {"model", "problems", "values", "frontmatter", "feeds", "render"}
PURE_MODULES = {
    "records/entries.py",
    "records/fields.py",
    "records/holding.py",
    "records/parse.py",
    "records/xml_entries.py",
    "serve/answer.py",
    "serve/delta.py",
    "serve/filters.py",
    "site/manifest.py",
    "pipeline/changes.py",
    "pipeline/digests.py",
    "pipeline/outbox.py",
    "pipeline/plan.py",
    "cli/charts.py",
}
IMPURE_ROOMS = tuple(f"feedloom.{room}" for room in ("cli", "pipeline", "site", "records.scan", "config.load"))
PURE_NAMES = tuple(f"feedloom.{path.removesuffix('.py').replace('/', '.')}" for path in PURE_MODULES)
IMPURE = {"os", "sys", "io", "pathlib", "time", "random", "socket", "subprocess", "locale", "shutil", "tempfile", "logging"}


def rooms() -> dict[str, list[Path]]:
    found: dict[str, list[Path]] = {}
    for path in sorted(SOURCE.rglob("*.py")):
        inside = path.relative_to(SOURCE)
        found.setdefault(inside.parts[0] if len(inside.parts) > 1 else path.stem, []).append(path)
    return found


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


@pytest.mark.parametrize(
    "path",
    [path for room in sorted(PURE) for path in rooms()[room]] + [SOURCE / path for path in sorted(PURE_MODULES)],
    ids=lambda path: str(path.relative_to(SOURCE)),
)
def test_pure_modules_touch_nothing(path: Path) -> None:
    names = imported(path)
    assert not {name.split(".")[0] for name in names} & IMPURE
    assert not [name for name in names if name.startswith(IMPURE_ROOMS) and not name.startswith(PURE_NAMES)]
    assert not {"open", "print", "input"} & {
        node.func.id
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }


@pytest.mark.parametrize(
    ("command", "heavy"),
    [
        (["--version"], {"yaml", "msgspec", "lxml", "feedgen", "rich", "dateutil", "idna"}),
        (["--help"], {"yaml", "msgspec", "lxml", "feedgen", "rich", "dateutil", "idna"}),
        (["build", "--help"], {"yaml", "msgspec", "lxml", "feedgen", "rich", "dateutil", "idna"}),
        (["check", "."], {"lxml", "feedgen", "rich", "idna"}),
    ],
)
def test_starting_up_imports_nothing_heavy(command: list[str], heavy: set[str]) -> None:
    modules = modules_after(command)
    assert "feedloom.cli.main" in modules
    assert not heavy & modules


def test_a_command_imports_no_other_command() -> None:
    assert {name for name in modules_after(["check", "."]) if name.startswith("feedloom.cli.commands.")} == {
        "feedloom.cli.commands.check"
    }


def test_each_command_has_a_module_and_a_row() -> None:
    modules = {path.stem for path in (SOURCE / "cli" / "commands").glob("*.py")} - {"__init__"}
    assert modules == set(chain(*COMMANDS.values()))


def modules_after(command: list[str]) -> set[str]:
    program = f"import sys; from feedloom.cli.main import main; main({command!r}, standalone_mode=False); print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(ran.stdout.split())


def test_a_build_in_which_nothing_changed_imports_little(site: Site) -> None:
    """Imports are a third of its time."""
    site.write({"a.md": record()})
    command = ["build", str(site.records), "-o", str(site.output), "--state", str(site.state), "-q"]
    modules_after(command)
    modules = modules_after(command)
    assert "feedloom.pipeline.cache" in modules
    heavy = {"yaml", "lxml", "feedgen", "jinja2", "dateutil", "rich", "zoneinfo", "urllib.parse", "html", "ctypes"}
    heavy |= {"subprocess", "tempfile", "json", "tomllib", "random", "obstore", "pyarrow", "dask"}
    assert modules & heavy == set()
    names = ("values.spellings", "render", "feeds.group", "records.parse", "pipeline.outbox", "storage")
    assert not modules & {f"feedloom.{name}" for name in names}


@pytest.mark.parametrize("own", ["", "pages: {header: '<p>Ours</p>', templates: own}"])
def test_a_build_with_the_settings_of_the_last_one_needs_no_templates(site: Site, tmp_path: Path, own: str) -> None:
    """The pages without what records change are in the cache: of feeds, the front page, and lists."""
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "filtered.html").write_text("{{ title }}")
    Path("feedloom.yaml").write_text(own)
    topics = [f"T{n}" for n in range(61)]
    site.write({"a.md": record(topics=json.dumps(topics)), "b.md": record(webUrl="https://e.example/b")})
    command = ["build", str(site.records), "-o", str(site.output), "--state", str(site.state), "-q"]
    assert "jinja2" in modules_after(command)
    site.write({"a.md": record(title="New", topics=json.dumps([*topics, "Other"]), provider="{name: P}")})
    assert not modules_after(command) & {"jinja2", "feedgen", "lxml"}
    assert ">Other<" in site.text("topics/index.html")
    assert ">New<" in site.text("index.html")
    warm = site.files()
    modules_after([*command, "--no-cache"])
    assert site.files() == warm


def test_a_build_that_does_not_ping_cannot_open_a_connection(site: Site) -> None:
    site.write({"a.md": record()})
    command = ["build", str(site.records), "-o", str(site.output), "--state", str(site.state), "-q"]
    Path("feedloom.yaml").write_text("site: {url: 'https://e.example/', hub: 'https://hub.example/'}\n")
    modules = modules_after(command)
    assert "feedloom.pipeline.outbox" in modules
    assert not modules & {"feedloom.pipeline.hubs", "feedloom.pipeline.ping", "http.client", "ssl"}


def test_the_package_itself_imports_nothing() -> None:
    """An interrupt is a traceback until `__main__` is there."""
    program = "import sys; before = set(sys.modules); import feedloom; print(*set(sys.modules) - before)"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout == "feedloom\n"


def test_every_module_says_what_it_is_for() -> None:
    for paths in rooms().values():
        for path in paths:
            assert ast.get_docstring(ast.parse(path.read_text()))
