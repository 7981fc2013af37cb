"""What `make` and `.ci/` promise to somebody who has just cloned the repository."""

import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests import programs, stages

ROOT = Path(__file__).parent.parent


def ci(script: str, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    given = {**os.environ, **environment}
    return subprocess.run([ROOT / ".ci" / script, *arguments], env=given, capture_output=True, text=True)


def fake(path: Path, body: str) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return str(path)


class TestPython:
    """`.ci/usable`, `.ci/pythons` and `.ci/venv`."""

    def test_this_one_is_usable(self) -> None:
        assert ci("usable", sys.executable).returncode == 0

    def test_an_old_one_is_refused_in_words(self, tmp_path: Path) -> None:
        """What is tried is Python 2 code to an old Python, too: nothing but its exit code counts."""
        old = fake(tmp_path / "python3", 'case "$2" in *"%d"*) echo 3.9.2 ;; *) exit 1 ;; esac')
        ran = ci("usable", old)
        assert ran.returncode == 1
        assert ran.stderr.startswith(
            f"feedloom needs Python 3.11 or later; {old} is 3.9.2. Install one, or name it: make PYTHON="
        )

    def test_one_that_is_not_there(self) -> None:
        assert "/nowhere is missing" in ci("usable", "/nowhere").stderr

    def test_one_without_virtual_environments(self, tmp_path: Path) -> None:
        bare = fake(
            tmp_path / "python3", f'case "$2" in *ensurepip*) exit 1 ;; *) exec {shlex.quote(sys.executable)} "$@" ;; esac'
        )
        ran = ci("usable", bare)
        assert (ran.returncode, "apt-get install python3-venv" in ran.stderr) == (1, True)

    def test_each_is_listed_once(self) -> None:
        listed = ci("pythons", PATH="/usr/bin:/bin").stdout.splitlines()
        assert len(listed) == len(set(listed))
        assert all(os.path.isabs(path) for path in listed)

    def test_one_that_the_path_does_not_name_is_found(self, tmp_path: Path) -> None:
        """pyenv's, where its shims are not in PATH."""
        body = 'case "$2" in *print*) echo "$0" ;; *"== \'3.13\'"*) exit 0 ;; *) exit 1 ;; esac'
        python = fake(tmp_path / "versions" / "3.13.9" / "bin" / "python", body)
        assert python in ci("pythons", PATH="/nowhere", PYENV_ROOT=str(tmp_path)).stdout.splitlines()

    def test_two_of_a_version_have_environments_of_their_own(self, tmp_path: Path) -> None:
        version = "{}.{}".format(*sys.version_info)
        python = os.path.realpath(sys.executable)
        assert ci("venv", python).stdout == f".venv/{version}\n"
        (tmp_path / ".venv" / version / "bin").mkdir(parents=True)
        (tmp_path / ".venv" / version / "bin" / "python").symlink_to(python)
        assert ci("venv", python).stdout == f".venv/{version}\n"
        (tmp_path / ".venv" / version / "bin" / "python").unlink()
        fake(tmp_path / ".venv" / version / "bin" / "python", "echo /opt/another/python3")
        name = re.sub("[^A-Za-z0-9.]+", "-", os.path.dirname(python))
        assert ci("venv", python).stdout == f".venv/{version}{name}\n"


class TestPrograms:
    """What tests need beside Python."""

    @pytest.mark.parametrize("continuous", ["1", ""])
    def test_a_missing_one_is_a_failure_in_ci_alone(self, monkeypatch: pytest.MonkeyPatch, continuous: str) -> None:
        monkeypatch.setenv("CI", continuous)
        monkeypatch.setenv("PATH", "")
        with pytest.raises(pytest.fail.Exception if continuous else pytest.skip.Exception, match="apt-get install newsboat"):
            programs.need("newsboat")

    def test_ci_installs_every_one(self) -> None:
        packages = set((ROOT / ".ci" / "run").read_text().split())
        system, *others, python = programs.how_to_install(programs.KNOWN).split(" && ")
        assert set(system.split()) - {"apt-get"} <= packages
        text = (ROOT / ".ci" / "run").read_text()
        assert all(f"\n{command} " in text for command in others)
        names = {
            re.split("[>=<]", one)[0]
            for one in tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]["dev"]
        }
        assert set(python.removeprefix("pip install ").split()) <= names

    def test_how_to_install_them(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
        assert programs.how_to_install(["zsh", "curl"]) == "apt-get install curl zsh"
        assert programs.how_to_install(["axe-core"]) == "npm ci --prefix tests/readers"
        assert programs.how_to_install(["hexo", "pelican"]) == "npm ci --prefix tests/generators && pip install pelican"
        monkeypatch.setattr(shutil, "which", lambda name: None)
        assert programs.how_to_install(["axe-core"]) == "apt-get install nodejs npm && npm ci --prefix tests/readers"
        assert programs.missing(["curl", "axe-core", "chromium"]) == ["axe-core", "chromium", "curl"]


class TestStages:
    """The lines at the end of `make test`."""

    @pytest.fixture(autouse=True)
    def _made(self) -> None:
        rules = "lint: ; @echo clean\ntests: ; @echo python $(PYTHON)\nbad: ; @echo no tests ran; exit 5\n"
        Path("Makefile").write_text(rules)

    def ran(self, *given: str) -> "subprocess.CompletedProcess[str]":
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        return subprocess.run([sys.executable, "-m", "tests.stages", *given], env=environment, capture_output=True, text=True)

    def test_a_line_for_each(self) -> None:
        ran = self.ran("lint", "tests@/opt/python")
        assert ran.returncode == 0
        lines = ran.stdout.splitlines()
        assert "python /opt/python" in lines
        assert re.fullmatch(r"lint               passed in \d+ s", lines[-2])
        assert re.match(r"tests@/opt/python  passed in \d+ s(; skipped what needs .*: .*)?$", lines[-1])

    def test_all_are_run_and_one_failure_fails_all(self) -> None:
        """As does the exit code 5 of pytest, which found no test."""
        ran = self.ran("bad", "lint")
        assert ran.returncode == 1
        assert "no tests ran" in ran.stdout
        assert re.fullmatch(r"bad   FAILED after \d+ s", ran.stdout.splitlines()[-2])
        assert re.fullmatch(r"lint  passed in \d+ s", ran.stdout.splitlines()[-1])

    def test_what_is_skipped_is_said_first_and_last(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setattr(programs, "_is_here", lambda name: name not in ("curl", "zsh"))
        assert stages.main(["tests"]) == 0
        first, *_, last = capsys.readouterr().out.splitlines()
        assert first == "Not installed: curl, zsh. Tests that need them are skipped."
        assert last.endswith("; skipped what needs curl, zsh: apt-get install curl zsh")


def test_the_stages_are_targets() -> None:
    made = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z-]+):", made, re.MULTILINE))
    for name in ("test", "test-more"):
        recipe = re.search(rf"^{name}: .*\n((?:\t.*\n)+)", made, re.MULTILINE)
        assert recipe
        stages_of = re.findall(r"\b(tests?-?[a-z]*|lint|types|[a-z]+-small)(?=[@ \n])", recipe[1].partition("tests.stages")[2])
        assert stages_of
        assert targets.issuperset(stages_of)


def test_nothing_of_the_machine_s_environment_is_left() -> None:
    """Whatever pytest was started with: PYTHONUNBUFFERED, LC_ALL, TZ, TERM, ..."""
    names = {name for name in os.environ if not name.startswith("PYTEST_")}
    assert names <= {"CI", "GOLDEN", "HOME", "PATH", "TMPDIR"}
    assert os.path.basename(os.environ["HOME"]) == "home0"
