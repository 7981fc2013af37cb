"""requirements/ locks what pyproject.toml asks for, and nothing is installed that it does not lock."""

import re
import tomllib
from pathlib import Path
from typing import NamedTuple

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parent.parent
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
RUN = PROJECT["project"]["dependencies"]
EXTRAS = PROJECT["project"]["optional-dependencies"]
ASKED = {
    "build.txt": PROJECT["build-system"]["requires"],
    "run.txt": RUN,
    "dev.txt": RUN + EXTRAS["dev"],
    "bench.txt": RUN + EXTRAS["dev"] + EXTRAS["bench"],
    "supply.txt": PROJECT["dependency-groups"]["supply"],
}


class Locked(NamedTuple):
    """A line of a lock; the same name may stand there twice, with markers."""

    name: str
    version: Version
    hashes: int


def locked(path: Path) -> list[Locked]:
    found = []
    for line in path.read_text().replace("\\\n", "").splitlines():
        if line.startswith("#"):
            continue
        asked, *hashes = line.split(" --hash=sha256:")
        requirement = Requirement(asked)
        (pin,) = requirement.specifier
        assert pin.operator == "=="
        assert requirement.url is None
        assert all(re.fullmatch("[0-9a-f]{64}", digest.strip()) for digest in hashes)
        found.append(Locked(canonicalize_name(requirement.name), Version(pin.version), len(hashes)))
    return found


def test_each_lock_is_asked_for() -> None:
    assert [path.name for path in LOCKS] == sorted(ASKED)


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.name)
def test_what_is_asked_for_is_locked_within_its_bounds(path: Path) -> None:
    """`make lock` renews the locks after a change of pyproject.toml."""
    lock = locked(path)
    for requirement in map(Requirement, ASKED[path.name]):
        versions = [entry.version for entry in lock if entry.name == canonicalize_name(requirement.name)]
        assert versions, f"{requirement.name} is not in {path.name}: make lock UPGRADE="
        for version in versions:
            assert version in requirement.specifier, f"{path.name}: {requirement} is locked at {version}: make lock UPGRADE="


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.name)
def test_every_line_has_hashes_and_no_address(path: Path) -> None:
    assert all(entry.hashes for entry in locked(path))
    assert "://" not in path.read_text()
    assert not re.search("^-", path.read_text(), re.MULTILINE)


def test_what_shares_an_environment_agrees() -> None:
    together = set(locked(ROOT / "requirements" / "bench.txt"))
    for name in ("run.txt", "dev.txt"):
        assert set(locked(ROOT / "requirements" / name)) <= together
    names = {entry.name for entry in together}
    assert {entry for entry in locked(ROOT / "requirements" / "build.txt") if entry.name in names} <= together


def test_make_installs_by_hash_alone() -> None:
    """Each call of pip installs a lock, or feedloom itself without anything else; `make lowest` is there to do otherwise."""
    made = (ROOT / "Makefile").read_text().replace("\\\n", "")
    for name, value in re.findall(r"^(LOCKED|ITSELF) := (.*)", made, re.MULTILINE):
        made = made.replace(f"$({name})", value)
    calls = re.findall(r"(?:\$\(PIP\)|-m pip install) (.*)", made)
    calls.remove("-q --disable-pip-version-check")  # the definition of PIP
    assert len(calls) == 6
    for call in calls:
        assert "--require-hashes" in call or "--no-deps --no-build-isolation --editable ." in call, call
        assert "--no-build-isolation" in call or "--only-binary :all:" in call, call


def test_the_oldest_python_is_solved_for() -> None:
    lowest = PROJECT["project"]["requires-python"].removeprefix(">=")
    assert f"--python-version {lowest} " in (ROOT / "Makefile").read_text()
