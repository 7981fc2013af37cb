"""One build at a time in an output folder: the others wait, or end with 75 and say who has it."""

import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from feedloom.cli.main import main
from feedloom.errors import ConfigError, LockError
from feedloom.pipeline import build
from feedloom.site import lock, prune
from tests.conftest import Site, record

HOLDS = """\
import os, sys, time
from feedloom.site import lock
hold = lock.hold(sys.argv[1], 0)
hold.__enter__()
print("held", flush=True)
"""
only_linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells who has a lock")


def holder(folder: Path, then: str = "time.sleep(60)") -> "subprocess.Popen[str]":
    process = subprocess.Popen([sys.executable, "-c", HOLDS + then, str(folder)], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    assert process.stdout.readline() == "held\n"
    return process


def feedloom(site: Site, *options: str) -> "subprocess.CompletedProcess[str]":
    places = ["-o", str(site.output), "--state", str(site.state)]
    command = [sys.executable, "-m", "feedloom", "build", str(site.records), *places, *options]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_second_build_ends_with_75_and_touches_nothing(site: Site) -> None:
    site.build({"a.md": record()})
    before = site.files()
    site.write({"b.md": record(title="New", webUrl="https://e.example/b")})
    with holder(site.output) as process:
        second = feedloom(site, "-q")
        process.kill()
    assert (second.returncode, second.stdout) == (75, "")
    assert second.stderr.startswith(f"feedloom: {site.output}: another build is running")
    assert "--wait" in second.stderr
    assert site.files() == before
    assert feedloom(site).returncode == 0
    assert site.files() != before


@only_linux
def test_it_is_told_who_holds_it_since_when(tmp_path: Path) -> None:
    with holder(tmp_path) as process:
        with pytest.raises(LockError) as raised, lock.hold(str(tmp_path), 0):
            pass
        process.kill()
    told = re.search(rf"PID {process.pid}, since (\S+)\)", str(raised.value))
    assert told, raised.value
    assert abs(datetime.now(UTC) - datetime.fromisoformat(told[1])) < timedelta(minutes=1)


def test_a_build_waits_for_another(tmp_path: Path) -> None:
    with holder(tmp_path, "time.sleep(0.5)"), lock.hold(str(tmp_path), 60):
        pass


@only_linux
@pytest.mark.parametrize("is_reaped", [False, True])
def test_the_processes_of_a_killed_build_are_waited_for(tmp_path: Path, is_reaped: bool) -> None:
    """They share its lock, so that nobody publishes beside them; a moment later they are gone."""
    with holder(tmp_path, "os.fork(); print('forked', flush=True); time.sleep(0.7)") as process:
        assert process.stdout
        process.stdout.readline()
        process.kill()
        if is_reaped:
            process.wait()
        while not is_reaped and Path(f"/proc/{process.pid}/stat").read_text().split()[2] != "Z":
            time.sleep(0.01)
        with lock.hold(str(tmp_path), 0):
            pass


def test_it_ends_with_the_block(tmp_path: Path) -> None:
    for _ in range(2):
        with lock.hold(str(tmp_path), 0):
            with pytest.raises(LockError), lock.hold(str(tmp_path), 0):
                pass
            assert os.listdir(tmp_path) == []


def test_of_many_builds_at_once_one_publishes(site: Site) -> None:
    """Each is ready before the first begins."""
    site.write({f"{n}.md": record(title=f"T{n}", webUrl=f"https://e.example/{n}", topics=f"[t{n % 20}]") for n in range(300)})
    go = site.records.parent / "go"
    places = ["build", str(site.records), "-o", str(site.output), "--state", str(site.state), "-q"]
    program = (
        "import os, sys, time; from feedloom.cli.main import main; from feedloom.pipeline import build\n"
        f"while not os.path.exists({str(go)!r}): time.sleep(0.01)\n"
        f"main({places!r})"
    )
    builds = [
        subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(30)
    ]
    go.touch()
    with ThreadPoolExecutor(len(builds)) as pool:
        told = list(pool.map(lambda build: build.communicate(timeout=120), builds))
    codes = [build.returncode for build in builds]
    assert set(codes) == {0, 75}
    assert all(("another build is running" in stderr) == (code == 75) for (_, stderr), code in zip(told, codes, strict=True))
    built = site.files()
    site.output = site.output.with_name("again")
    site.build(site__url=None, site__title=None)
    assert built == site.files()


@pytest.mark.parametrize("wait", ["nan", "inf", "-inf", "-1", "-0.001", "1e999"])
def test_a_wait_is_a_number_of_seconds(site: Site, wait: str) -> None:
    """Nothing is done, and no folder made, for a wait that would never end or ends before it begins."""
    site.write({"a.md": record()})
    config = site.config()
    refused = f"wait must be a number of seconds, 0 or more, not {float(wait):g}"
    for refuse in (lambda: build.build(config, wait=float(wait)), lambda: prune.prune(config, wait=float(wait))):
        with pytest.raises(ConfigError, match=re.escape(refused)):
            refuse()
    for command in (["build", str(site.records)], ["prune"], ["prune", "--yes"]):
        result = CliRunner().invoke(main, [*command, "-o", str(site.output), f"--wait={wait}"])
        assert (result.exit_code, result.stdout) == (2, "")
        assert refused in result.stderr
    assert not site.output.exists()
