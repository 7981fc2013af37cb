"""The shape of the house: who may import whom, and what starting up may cost."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent.parent / "src" / "feedloom"

# A module may import from the rows below its own, and `render`'s modules from each other. Neighbours do not know each other.
ROWS = [
    {"__main__", "__init__"},
    {"cli"},
    {"views", "starter", "progress", "summary", "streams"},
    {"survey"},
    {"pipeline", "prune", "published", "runlog", "listing", "plots"},
    {"settings", "schema"},
    {"intake", "explain", "ownership"},
    {"shares"},
    {"sources", "parse", "group", "render", "publish", "state", "workers", "guard", "places"},
    {"addresses", "archive", "custom", "stats", "manifest"},
    {"config", "fields", "holding", "lock"},
    {"frontmatter"},
    {"events"},
    {"plain", "text", "dates", "urls", "slugs", "languages", "translations", "former", "causes", "signals", "names"},
    {"spellings", "zones"},
    {"errors", "characters", "ignoring", "markup"},
    {"report"},
    {"model"},
]
PURE = {
    "addresses",
    "characters",
    "markup",
    "names",
    "model",
    "plain",
    "events",
    "text",
    "dates",
    "spellings",
    "zones",
    "urls",
    "slugs",
    "languages",
    "former",
    "frontmatter",
    "fields",
    "holding",
    "parse",
    "archive",
    "manifest",
    "causes",
    "custom",
    "group",
    "render",
    "stats",
    "plots",
}
IMPURE = {"os", "sys", "io", "pathlib", "time", "random", "socket", "subprocess", "locale", "shutil", "tempfile", "logging"}


def modules() -> dict[str, list[Path]]:
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


def test_every_module_has_its_row() -> None:
    assert set(modules()) == set().union(*ROWS)


@pytest.mark.parametrize("module", modules())
def test_imports_run_one_way(module: str) -> None:
    row = next(at for at, names in enumerate(ROWS) if module in names)
    below = set().union(*ROWS[row + 1 :])
    for path in modules()[module]:
        inside = {name.split(".")[1] for name in imported(path) if name.startswith("feedloom.")}
        assert inside - {"__version__", module} <= below


@pytest.mark.parametrize("module", sorted(PURE))
def test_pure_modules_touch_nothing(module: str) -> None:
    for path in modules()[module]:
        assert not {name.split(".")[0] for name in imported(path)} & IMPURE
        assert not {"open", "print", "input"} & {
            node.func.id
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        }


@pytest.mark.parametrize(
    ("command", "heavy"),
    [
        (["--version"], {"yaml", "msgspec", "lxml", "feedgen", "rich", "dateutil", "idna"}),
        (["build", "--help"], {"yaml", "msgspec", "lxml", "feedgen", "rich", "dateutil", "idna"}),
        (["check", "."], {"lxml", "feedgen", "rich", "idna"}),
    ],
)
def test_starting_up_imports_nothing_heavy(command: list[str], heavy: set[str]) -> None:
    program = f"import sys; from feedloom.cli import main; main({command!r}, standalone_mode=False); print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "feedloom.cli" in ran.stdout
    assert not heavy & set(ran.stdout.split())


def test_the_package_itself_imports_nothing() -> None:
    """An interrupt is a traceback until `__main__` is there."""
    program = "import sys; before = set(sys.modules); import feedloom; print(*set(sys.modules) - before)"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout == "feedloom\n"


def test_every_module_says_what_it_is_for() -> None:
    for paths in modules().values():
        for path in paths:
            assert ast.get_docstring(ast.parse(path.read_text()))
