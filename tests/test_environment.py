"""Wherever a build runs, it ends, shows no traceback, and leaves no lock behind; what it publishes are the same bytes.

Each case is a process of its own, with a limit of time that only a build which hangs comes to.
"""

import json
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.conftest import Site, record

LIMIT = 60
PROGRAM = (
    "from feedloom.cli.main import main; from feedloom.pipeline import ingest, rendering\n"
    "ingest._FILES_A_TASK = 3; rendering._FEEDS_A_TASK = 2; main()"
)
only_linux = pytest.mark.skipif(sys.platform != "linux", reason="limits and mounts of Linux")
only_root = pytest.mark.skipif(os.geteuid() != 0, reason="takes root")
READS = "+dac_override,+dac_read_search"
AS_ANOTHER = ["setpriv", "--reuid", "65533", "--regid", "65533", "--clear-groups", "--inh-caps", READS, "--ambient-caps", READS]


def build(
    site: Site,
    *options: str,
    before: list[str] | None = None,
    environment: Mapping[str, str] | None = None,
    setup: Callable[[], None] | None = None,
) -> "subprocess.CompletedProcess[bytes]":
    places = [site.records.name, "-o", site.output.name, "--state", site.state.name]
    return subprocess.run(
        [*(before or []), sys.executable, "-c", PROGRAM, "build", *places, *options],
        capture_output=True,
        cwd=site.records.parent,  # another user may not come here by the whole path
        env=None if environment is None else {**environment},
        timeout=LIMIT,
        preexec_fn=setup,
    )


@pytest.fixture
def small(site: Site) -> Site:
    """A site that four processes would share."""
    site.write({f"{n}.md": record(title=f"T{n}", webUrl=f"https://e.example/{n}", topics=f"[Ä{n}, 光]") for n in range(15)})
    site.records.parent.chmod(0o777)
    return site


def is_right(site: Site) -> bool:
    """Whether the next build, with all that it may need, ends well."""
    after = build(site, "-q", "--jobs", "1")
    assert (after.returncode, after.stderr) == (0, b""), after
    return site.text("catalog.json").count('"count"') == 17


@only_linux
@only_root
@pytest.mark.skipif(not shutil.which("setpriv"), reason="takes setpriv")
@pytest.mark.parametrize("most", [1, 2, 3, 5, 64])
def test_few_processes(small: Site, most: int) -> None:
    """Each thread counts as one."""
    ran = build(
        small,
        *("--jobs", "4", "--log-json"),
        before=["prlimit", f"--nproc={most}", *AS_ANOTHER],
    )
    assert ran.returncode == 0, ran
    assert b"Traceback" not in ran.stderr
    assert bool(json.loads(ran.stdout)["fallbacks"]) == (most < 5)
    assert is_right(small)


@only_linux
@pytest.mark.parametrize("most", [*range(1, 26, 2), 32, 40, 64])
def test_few_open_files(small: Site, most: int) -> None:
    """With next to none, Python itself does not begin."""
    ran = build(small, "--jobs", "4", "-q", setup=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (most, most)))
    assert ran.returncode == 0 or (ran.returncode > 0 and most < 18), ran
    assert b"Traceback" not in ran.stderr or b'cli.py", line' not in ran.stderr, ran
    assert is_right(small)


@only_linux
@pytest.mark.parametrize("mebibytes", [20, 40, 60, 80, 100, 130, 160, 250])
def test_little_memory(small: Site, mebibytes: int) -> None:
    """Python itself may never end: without the memory for one integer it unwinds an exception again and again."""

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (mebibytes << 20, mebibytes << 20))
        resource.setrlimit(resource.RLIMIT_CPU, (20, 20))

    ran = build(small, "--jobs", "4", "-q", setup=limited)
    assert ran.returncode != 75
    assert is_right(small)


@only_linux
@only_root
@pytest.mark.skipif(not shutil.which("unshare"), reason="takes unshare")
@pytest.mark.parametrize("mount", ["-o ro tmpfs /dev/shm", "-o mode=700,uid=1 tmpfs /dev/shm", "-o size=4k tmpfs /dev/shm", ""])
def test_no_shared_memory(small: Site, mount: str) -> None:
    do = f"mount -t tmpfs {mount}" if mount else "mount -t tmpfs -o ro tmpfs /dev"
    for jobs in ("2", "1"):
        ran = build(small, "--jobs", jobs, "--no-cache", before=["unshare", "-m", "sh", "-c", f'{do} && exec "$@"', "sh"])
        assert (ran.returncode, ran.stderr) == (0, b""), ran
    assert is_right(small)


@pytest.fixture(scope="session")
def german(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A locale whose text is ISO 8859-1."""
    if not shutil.which("localedef"):
        pytest.skip("takes localedef")
    folder = tmp_path_factory.mktemp("locales")
    subprocess.run(
        ["localedef", "-i", "de_DE", "-f", "ISO-8859-1", str(folder / "de_DE.ISO-8859-1")], capture_output=True, check=False
    )
    if not (folder / "de_DE.ISO-8859-1").exists():
        pytest.skip("takes the sources of locales")
    return {"LOCPATH": str(folder), "LC_ALL": "de_DE.ISO-8859-1"}


ODD = os.fsdecode(b"odd \xff \xc3\xbc")


@pytest.mark.skipif(sys.platform == "darwin", reason="names are UTF-8 there")
@pytest.mark.parametrize("locale", ["UTF-8", "C", "empty", "german"])
def test_locales(small: Site, locale: str, request: pytest.FixtureRequest) -> None:
    """What is published has names in UTF-8; what is read, and where, may have any."""
    environments = {
        "UTF-8": {"LC_ALL": "C.UTF-8"},
        "C": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        "empty": {},
    }
    environment = request.getfixturevalue("german") if locale == "german" else environments[locale]
    assert build(small, "-q").returncode == 0
    expected = {os.fsencode(path): content for path, content in small.files().items()}
    here = small.records.parent / ODD
    here.mkdir()
    (here / ODD).mkdir()
    (here / "kept").mkdir()
    for name in os.listdir(small.records):
        shutil.copy(small.records / name, here / ODD / f"{ODD} {name}")
    (here / ODD / "bad.md").write_text("---\ntitle: x\n---\n")

    def feedloom(*options: str, code: int = 0) -> bytes:
        command = [sys.executable, "-c", PROGRAM, *options]
        given = {"FEEDLOOM_SITE_TITLE": "Künstlich", **environment}
        ran = subprocess.run(command, capture_output=True, cwd=here, env=given, timeout=LIMIT)
        assert ran.returncode == code, (options, ran)
        assert b"Traceback" not in ran.stderr
        return ran.stdout

    places = ("-o", f"{ODD} out", "--state", f"{ODD} state", "--jobs", "2")
    line = json.loads(feedloom("build", ODD, *places, "--report", f"{ODD} report", "--log-json"))
    assert line["output"] == r"odd \xff ü out"
    told = json.loads((here / f"{ODD} report").read_bytes())["problems"]
    assert "odd \\xff ü/odd \\xff ü 0.md" in {problem["path"] for problem in told}
    assert b"Traceback" not in feedloom("build", ODD, *places, "--no-cache")
    out = os.fsencode(here / f"{ODD} out")
    names = {os.path.relpath(os.path.join(folder, name), out) for folder, _, found in os.walk(out) for name in found}
    assert names - {b".feedloom/manifest"} == expected.keys()
    if locale != "german":  # in which these bytes mean something else
        assert "Künstlich" in (here / f"{ODD} out" / "all.atom").read_text(encoding="utf-8")
    feedloom("check", ODD, code=1)
    feedloom("check", ODD, "--report", "-", code=1)
    assert json.loads(feedloom("explain", f"{ODD}/{ODD} 3.md", "--records", ODD, "--json"))["path"] == (
        r"odd \xff ü/odd \xff ü 3.md"
    )
    feedloom("stats", ODD)
    feedloom("feeds", "-o", f"{ODD} out")
    feedloom("show", "all", "-o", f"{ODD} out")
    feedloom("prune", "-o", f"{ODD} out")
    (here / "feedloom.yaml").write_text(f"records: ../{small.records.name}\noutput: fürs Netz/光\n", encoding="utf-8")
    feedloom("build", "-q")
    assert "fürs Netz".encode() in os.listdir(os.fsencode(here))
    assert (here / "fürs Netz/光/topics/光.atom").exists()
    feedloom("init", "kept")


def test_a_setting_that_is_no_text_is_told(small: Site) -> None:
    ran = build(small, environment={**os.environ, "FEEDLOOM_SITE_TITLE": os.fsdecode(b"\xff")})
    assert (ran.returncode, ran.stderr) == (2, b"feedloom: FEEDLOOM_SITE_TITLE: is not UTF-8; write it as UTF-8\n")


@pytest.mark.parametrize("closed", [(0,), (1,), (2,), (0, 1, 2)])
def test_closed_streams(small: Site, closed: tuple[int, ...]) -> None:
    def close() -> None:
        for descriptor in closed:
            os.close(descriptor)

    ran = build(small, "--jobs", "3", setup=close)
    assert ran.returncode == 0, ran
    assert is_right(small)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="takes /dev/full")
def test_full_streams(small: Site) -> None:
    places = [str(small.records), "-o", str(small.output), "--state", str(small.state)]
    with open("/dev/full", "wb") as full:
        command = [sys.executable, "-c", PROGRAM, "build", *places, "--jobs", "3", "--no-cache"]
        ran = subprocess.run(command, stdout=full, stderr=full, timeout=LIMIT)
    assert ran.returncode not in (0, 75)
    assert is_right(small)


@pytest.mark.parametrize("command", [["build", "/"], ["check"], ["init"], ["feeds"], ["prune"], ["stats"], ["explain", "a.md"]])
def test_a_folder_that_was_removed_meanwhile(tmp_path: Path, command: list[str]) -> None:
    """As of a release that another one has replaced, while a shell or a service was in it."""
    gone = tmp_path / "gone"
    gone.mkdir()
    ran = subprocess.run(
        [sys.executable, "-P", "-c", f"import os; os.rmdir({str(gone)!r}); {PROGRAM}", *command],
        capture_output=True,
        cwd=gone,
        timeout=LIMIT,
    )
    assert (ran.returncode, ran.stderr) == (2, b"feedloom: the current folder was deleted; change to another one (cd)\n")
