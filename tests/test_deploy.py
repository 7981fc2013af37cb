"""What stands in deploy/ works: each file is checked by the program that it is for, and its commands are run."""

import json
import os
import re
import shlex
import shutil
import stat
import subprocess
import sys
import threading
import tomllib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
import yaml

from tests.conftest import record

ROOT = Path(__file__).parent.parent
DEPLOY = ROOT / "deploy"
CRONTAB = (DEPLOY / "cron" / "feedloom.crontab").read_text()
SERVICE = (DEPLOY / "systemd" / "feedloom.service").read_text()
TIMER = (DEPLOY / "systemd" / "feedloom.timer").read_text()
WORKFLOW_FILE = DEPLOY / "github" / "feeds.yml"
WORKFLOW: dict[str, Any] = yaml.load(WORKFLOW_FILE.read_text(), yaml.BaseLoader)  # `on` stays a word
CONTAINERFILE = (DEPLOY / "container" / "Containerfile").read_text()
PACKAGES = {"systemd-analyze": "systemd", "curl": "curl"}


def need(tool: str) -> None:
    """A tool that is missing fails the test in CI, and skips it elsewhere."""
    if not shutil.which(tool):
        message = f"{tool} is not installed: apt-get install {PACKAGES[tool]}"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)


@pytest.fixture
def news(tmp_path: Path) -> Path:
    """A site as deploy/ takes it to be: its configuration, its records, and feedloom in an environment beside them."""
    folder = tmp_path / "news"
    (folder / "articles").mkdir(parents=True)
    (folder / "articles" / "a.md").write_text(record(topics="[AI]"))
    (folder / "feedloom.yaml").write_text("records: articles\noutput: feeds\nsite:\n  url: https://feeds.example.org/\n")
    for name in ("venv", ".venv"):
        (folder / name).mkdir()
        (folder / name / "bin").symlink_to(Path(sys.executable).parent)
    return folder


def sh(command: str, folder: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run a command as cron does: by /bin/sh, with next to nothing in the environment."""
    given = {"PATH": "/usr/bin:/bin", "HOME": str(folder), "NO_PROXY": "*", **environment}
    return subprocess.run(["/bin/sh", "-ec", command], cwd=folder, env=given, capture_output=True, text=True)


class TestCron:
    """deploy/cron"""

    *settings, line = (line for line in CRONTAB.splitlines() if line and not line.startswith("#"))

    def test_the_fields(self) -> None:
        bounds = [(0, 59), (0, 23), (1, 31), (1, 12), (0, 7)]
        *fields, command = self.line.split(None, 5)
        for field, (low, high) in zip(fields, bounds, strict=True):
            for part in field.split(","):
                found = re.fullmatch(r"(?:\*|(\d+)(?:-(\d+))?)(?:/(\d+))?", part)
                assert found, part
                assert all(low <= int(number) <= high for number in found.groups()[:2] if number)
                assert found[3] is None or 1 <= int(found[3]) <= high
        assert [setting.partition("=")[0] for setting in self.settings] == ["MAILTO"]
        assert "%" not in command  # which cron takes for a new line
        assert CRONTAB.endswith("\n")  # or cron ignores the last line

    def run(self, news: Path) -> "subprocess.CompletedProcess[str]":
        command = self.line.split(None, 5)[5]
        assert "/srv/news" in command
        return sh(command.replace("/srv/news", str(news)), news.parent)

    def test_a_mail_comes_only_when_something_is_wrong(self, news: Path) -> None:
        for outcome in ("built", "unchanged"):
            ran = self.run(news)
            assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
            assert json.loads((news / "feedloom.log").read_text().splitlines()[-1])["outcome"] == outcome
        assert (news / "feeds" / "all.atom").exists()
        (news / "articles" / "b.md").write_text("")
        assert self.run(news).stderr.startswith("articles/b.md:1: is empty")
        assert len((news / "feedloom.log").read_text().splitlines()) == 3


class TestSystemd:
    """deploy/systemd"""

    @pytest.fixture
    def units(self, news: Path) -> Path:
        """The units, with paths that exist here: systemd looks for the program."""
        folder = news.parent / "units"
        folder.mkdir()
        (folder / "feedloom.service").write_text(SERVICE.replace("/srv/news", str(news)))
        (folder / "feedloom.timer").write_text(TIMER)
        return folder

    def test_systemd_has_nothing_to_say(self, units: Path) -> None:
        need("systemd-analyze")
        names = [str(units / "feedloom.service"), str(units / "feedloom.timer")]
        ran = subprocess.run(["systemd-analyze", "verify", *names], capture_output=True, text=True)
        assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")

    def test_the_exposure(self, units: Path) -> None:
        """Below 0.5 of 10; what is left is that it reads the machine's files and that others may read the feeds."""
        need("systemd-analyze")
        command = [
            "systemd-analyze",
            "security",
            "--offline=true",
            "--threshold=5",
            "--no-pager",
            str(units / "feedloom.service"),
        ]
        ran = subprocess.run(command, capture_output=True, text=True)
        assert ran.returncode == 0, ran.stdout

    def test_the_command(self, news: Path) -> None:
        (command,) = re.findall(r"^ExecStart=(.*)$", SERVICE, re.MULTILINE)
        (state,) = re.findall(r"FEEDLOOM_STATE=%S/(\S*)", SERVICE)
        (folder,) = re.findall(r"^StateDirectory=(.*)$", SERVICE, re.MULTILINE)
        (writable,) = re.findall(r"^ReadWritePaths=/srv/news/(.*)$", SERVICE, re.MULTILINE)
        (news.parent / folder).mkdir()
        before = {path for path in news.rglob("*") if not path.is_symlink()}
        ran = sh(command.replace("/srv/news", str(news)), news, FEEDLOOM_STATE=str(news.parent / state))
        assert (ran.returncode, ran.stderr) == (0, "")
        assert json.loads(ran.stdout)["outcome"] == "built"
        written = {path for path in news.rglob("*") if not path.is_symlink()} - before
        assert written
        assert all(path.is_relative_to(news / writable) for path in written)
        assert (news.parent / state).exists()

    def test_the_web_server_may_read_the_feeds(self, news: Path) -> None:
        (mask,) = re.findall(r"^UMask=(.*)$", SERVICE, re.MULTILINE)
        ran = sh(f"umask {mask}; venv/bin/feedloom build -q", news)
        assert ran.returncode == 0
        assert all(path.stat().st_mode & stat.S_IROTH for path in (news / "feeds").rglob("*") if ".feedloom" not in path.parts)


class TestGitHub:
    """deploy/github"""

    jobs: ClassVar[dict[str, Any]] = WORKFLOW["jobs"]
    steps: ClassVar[list[dict[str, Any]]] = [step for job in WORKFLOW["jobs"].values() for step in job["steps"]]

    def step(self, name: str) -> dict[str, Any]:
        return next(step for step in self.steps if step.get("name") == name)

    def test_it_is_a_workflow(self) -> None:
        """By the schema that check-jsonschema brings along; no network."""
        command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows", str(WORKFLOW_FILE)]
        ran = subprocess.run(command, capture_output=True, text=True)
        assert ran.returncode == 0, ran.stdout

    def test_the_least_permissions(self) -> None:
        assert WORKFLOW["permissions"] == {}
        writing = {name: job for name, job in self.jobs.items() if "write" in job["permissions"].values()}
        assert list(writing) == ["deploy"]
        assert not any("run" in step for step in writing["deploy"]["steps"])
        for step in self.steps:
            assert "uses" not in step or re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", step["uses"])
            assert "checkout" not in step.get("uses", "") or step["with"]["persist-credentials"] == "false"
            assert "${{" not in step.get("run", "")  # which would put text from outside into the shell's

    def test_no_build_is_cut_off(self) -> None:
        assert WORKFLOW["concurrency"] == {"group": "feeds", "cancel-in-progress": "false"}

    def test_it_installs_by_hash_alone(self) -> None:
        for line in self.step("Install feedloom")["run"].splitlines()[1:]:
            assert "pip install --require-hashes " in line or line.endswith("--no-deps --no-build-isolation ./.tool")
            assert all((ROOT / path).is_file() for path in re.findall(r"\.tool/(\S+)", line))

    @pytest.fixture
    def published(self) -> Iterator["Published"]:
        with Published() as site:
            yield site

    def run(self, news: Path, site: "Published", force: str = "") -> "subprocess.CompletedProcess[str]":
        """A run on a machine that knows nothing of the last one but its site."""
        shutil.rmtree(news / "feeds", ignore_errors=True)
        shutil.rmtree(news / ".feedloom", ignore_errors=True)
        assert {*self.step("Fetch what is published")["env"], *self.step("Build")["env"]} == {"CATALOG", "FORCE"}
        ran = sh(self.step("Fetch what is published")["run"], news, CATALOG=f"{site.url}/catalog.json?7")
        if ran.returncode == 0:
            ran = sh(self.step("Build")["run"], news, FORCE=force)
        if ran.returncode == 0:
            site.files = {
                str(path.relative_to(news / "feeds")): path.read_bytes()
                for path in (news / "feeds").rglob("*")
                if path.is_file()
            }
            assert not [path for path in site.files if ".feedloom" in path]
        return ran

    def test_a_feed_without_records_goes_on_answering(self, news: Path, published: "Published") -> None:
        need("curl")
        assert self.run(news, published).returncode == 0
        assert "topics/ai.atom" in published.files
        (news / "articles" / "a.md").write_text(record(topics="[Other]"))
        assert self.run(news, published).returncode == 0
        assert {"topics/ai.atom", "topics/other.atom"} <= published.files.keys()
        assert b"<entry>" not in published.files["topics/ai.atom"]

    def test_lost_records_stop_it_unless_it_is_forced(self, news: Path, published: "Published") -> None:
        need("curl")
        for n in range(20):
            (news / "articles" / f"{n}.md").write_text(record(webUrl=f"https://example.com/{n}"))
        assert self.run(news, published).returncode == 0
        for n in range(18):
            (news / "articles" / f"{n}.md").unlink()
        assert self.run(news, published).returncode == 1
        assert self.run(news, published, force="--force").returncode == 0

    @pytest.mark.parametrize(("status", "answer"), [(403, b"{}"), (200, b"<html>Sign in</html>")])
    def test_without_the_catalog_nothing_is_built(self, news: Path, published: "Published", status: int, answer: bytes) -> None:
        need("curl")
        published.files = {"catalog.json": answer}
        published.status = status
        assert self.run(news, published).returncode != 0
        assert published.files == {"catalog.json": answer}

    def test_a_site_that_does_not_answer_stops_it(self, news: Path) -> None:
        need("curl")
        # Port 0 is nobody's; curl does not try again where the address is wrong.
        ran = sh(self.step("Fetch what is published")["run"], news, CATALOG="http://127.0.0.1:0/catalog.json")
        assert ran.returncode != 0


class Published:
    """A site as the last run left it; `status` is how it answers."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.status = 200

    def __enter__(self) -> "Published":
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                content = site.files.get(self.path.partition("?")[0].lstrip("/"))
                self.send_response(404 if content is None else site.status)
                self.end_headers()
                self.wfile.write(content or b"")

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()


class TestContainer:
    """deploy/container. The image itself is not built here: its base comes from a registry."""

    instructions: ClassVar[list[list[str]]] = [
        line.split(None, 1)
        for line in re.sub(r"\\\n\s*", "", re.sub(r"^#.*\n", "", CONTAINERFILE, flags=re.MULTILINE)).splitlines()
        if line
    ]

    def all(self, name: str) -> list[str]:
        return [value for instruction, value in self.instructions if instruction == name]

    def test_the_instructions_are_known(self) -> None:
        known = {"ARG", "FROM", "WORKDIR", "RUN", "COPY", "ENV", "VOLUME", "USER", "ENTRYPOINT", "CMD"}
        assert {name for name, _ in self.instructions} <= known
        assert self.instructions[0][0] == "ARG"
        assert self.all("FROM") == ["$BASE AS build", "$BASE"]
        (base,) = self.all("ARG")
        assert re.fullmatch(r"BASE=[a-z]+:[\w.-]+", base)  # no host: whose registry it is, the user's machine says

    def test_what_it_copies_is_there(self) -> None:
        copied = [path for value in self.all("COPY") if not value.startswith("--from") for path in value.split()[:-1]]
        assert all((ROOT / path).exists() for path in copied)
        # What pip reads: the locks, the package, and the files that its pyproject.toml names.
        project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
        assert {"requirements", "src", "pyproject.toml", project["readme"]} <= set(copied)
        for lock in re.findall(r"-r (\S+)", CONTAINERFILE):
            assert (ROOT / lock).is_file()

    def test_it_installs_by_hash_alone(self) -> None:
        calls = re.findall(r"pip install (.*?)(?: &&|$)", "\n".join(self.all("RUN")), re.MULTILINE)
        assert len(calls) == 3
        for call in calls:
            assert "--require-hashes" in call or "--no-deps --no-build-isolation ." in call

    def test_it_runs_as_nobody_in_particular(self) -> None:
        (user,) = self.all("USER")
        assert all(int(number) > 999 for number in user.split(":"))
        assert self.instructions.index(["USER", user]) > max(
            at for at, (name, _) in enumerate(self.instructions) if name in ("RUN", "COPY")
        )
        assert all(f"chown {user} {' '.join(json.loads(volumes))}" in CONTAINERFILE for volumes in self.all("VOLUME"))

    def test_its_command_builds_into_its_volumes(self, news: Path, tmp_path: Path) -> None:
        (entry,), (command,), (environment,), (volumes,) = map(self.all, ("ENTRYPOINT", "CMD", "ENV", "VOLUME"))
        (program,) = json.loads(entry)
        assert Path(program).name in tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
        places = dict(setting.split("=") for setting in environment.split())
        assert places.pop("FEEDLOOM_RECORDS") == "/records"
        assert {str(Path(place)) for place in json.loads(volumes)} == {places["FEEDLOOM_OUTPUT"], "/state"}
        assert places["FEEDLOOM_STATE"].startswith("/state/")
        (tmp_path / "state").mkdir()
        moved = {name: f"{tmp_path}{place}" for name, place in places.items()}
        arguments = shlex.join([str(news / "venv" / "bin" / Path(program).name), *json.loads(command)])
        ran = sh(arguments, news, FEEDLOOM_RECORDS=str(news / "articles"), **moved)
        assert ran.returncode == 0, ran.stderr
        assert (tmp_path / "feeds" / "all.atom").exists()
        assert (tmp_path / "state" / "state.sqlite").exists()
        assert not (news / "feeds").exists()


def test_the_readme_names_all_that_is_there() -> None:
    text = (DEPLOY / "README.md").read_text()
    for path in DEPLOY.glob("*/*"):
        assert str(path.relative_to(DEPLOY)) in text


def test_nothing_that_is_shipped_serves_the_manifest(news: Path) -> None:
    """The folder is closed to other users, and where the same one publishes it is removed or left out."""
    ran = sh("umask 022; venv/bin/feedloom build -q", news)
    assert ran.returncode == 0
    assert stat.S_IMODE((news / "feeds" / ".feedloom").stat().st_mode) == 0o700
    assert "rm -r feeds/.feedloom" in (DEPLOY / "github" / "feeds.yml").read_text()
    for user, text in (("feedloom", SERVICE), ("65532:65532", CONTAINERFILE)):
        assert re.search(rf"^(User=|USER ){user}$", text, re.MULTILINE), "nobody else's, least of all a web server's"
    for path in (*DEPLOY.rglob("*"), *(ROOT / "docs").glob("*.md")):
        for line in path.read_text().splitlines() if path.is_file() else ():
            if re.search(r"\brsync\b.*feeds", line):
                assert "--exclude /.feedloom" in line, line
    assert "return 404" in (DEPLOY / "README.md").read_text()
