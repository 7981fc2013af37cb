"""Builds in steps, on an engine: the same files as on one machine, whatever happens to workers."""

import copyreg
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import msgspec
import pytest
import zstandard

import feedloom
from feedloom.engines import build, code, executor, steps
from feedloom.engines.executor import Dask
from feedloom.engines.steps import Job
from feedloom.errors import ConfigError, EngineError
from feedloom.pipeline import tasks
from feedloom.records import scan
from feedloom.site import store
from feedloom.storage.objects import Objects
from feedloom.values import dates
from tests import buckets, engines
from tests.conftest import NOW, Site, published, record
from tests.engines import Shuffled
from tests.test_buckets import proxy

pytestmark = pytest.mark.long

TOPICS = ["AI", "ai", "Health Care", "health-care", "Open Web"]


def articles(count: int, **fields: str) -> dict[str, str]:
    return {
        f"{number % 7}/{number}.md": record(
            title=f"Article {number}",
            publishedDateTime=f"20{10 + number % 15}-0{1 + number % 9}-{10 + number % 17}T00:00:00Z",
            webUrl=f"https://example.com/{number % 190}",  # some of them twice
            topics=f"[{TOPICS[number % 5]}, {TOPICS[number % 3]}]",
            provider=f"{{name: Paper {number % 4}, domain: p{number % 4}.example}}",
            quality=str(number % 100),
            **fields,
        )
        for number in range(count)
    }


MANY: dict[str, Any] = {
    "archive": True,
    "limit": 5,
    "groups": {"provider_topic": True, "topic": {"at_least": 3}},
    "topics": {"AI": {"aliases": ["Artificial Intelligence"]}},
    "providers": {"p1.example": {"aliases": ["p2.example"]}, "p3.example": {"by": "name"}, "none.example": {"by": "name"}},
    "also": {"feed.xml": "all.rss"},
    "feeds": [
        {"name": "Good", "where": {"min_quality": 50, "text": "Article 1"}, "order": "quality"},
        {"name": "Recent", "where": {"since": "500 days", "topics": ["Helth Care"]}},
        {"name": "History", "where": {"not_topics": ["ai"]}, "limit": 3},
    ],
    "publish": {"precompress": ["gzip"]},
}


class Case:
    """A site that is built on one machine, and in steps in a folder beside."""

    def __init__(self, site: Site, **settings: Any) -> None:
        self.site = site
        self.settings = settings

    def check(self, records: dict[str, str], *, now: Any = NOW, seed: int = 0) -> feedloom.Report:
        self.site.write(records)
        config = self.site.config(**self.settings)
        report = feedloom.build(config, now=now, force=True)
        engines.compare(config, report, now, executor=Shuffled(seed), force=True)
        return report


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("settings", [{}, MANY], ids=["plain", "many settings"])
def test_the_same_files_in_any_order_and_after_any_edit(site: Site, settings: dict[str, Any], seed: int) -> None:
    case = Case(site, shards=3, **settings)
    report = case.check({**articles(200), "bad.md": "---\ntitle: No date\n---\n", "README.md": "# no record"}, seed=seed)
    assert report.records.duplicates
    assert report.records.rejected == 1
    case.check({"new.md": record(title="New", publishedDateTime="2025-12-31T00:00:00Z", topics="[Rare]")}, seed=seed)
    case.check({"new.md": record(title="Newer", published="false", topics="[Rare]")}, seed=seed)
    for number in range(0, 200, 7):
        (site.records / "0" / f"{number}.md").unlink()
    case.check({}, seed=seed)


def test_bodies_are_content(site: Site) -> None:
    texts = {
        f"{number}.md": f"{record(webUrl=f'https://e.example/{number}')}# Body {number}\n\n*text*\n" for number in range(9)
    }
    Case(site, content="full", site__home="https://example.com/").check(texts)


def test_records_that_are_not_due_do_not_leave_their_place(site: Site) -> None:
    soon = (NOW + timedelta(days=1)).isoformat()
    case = Case(site)
    case.check(
        {
            "now.md": record(title="Open"),
            "soon.md": record(title="Embargoed", publishedDateTime=soon, webUrl="https://e.example/s"),
        }
    )
    config = engines.beside(site.config())
    seen = everything(work_of(config))
    assert b"Open" in seen
    assert b"Embargoed" not in seen
    case.check({}, now=NOW + timedelta(days=2))
    assert b"Embargoed" in everything(work_of(config))
    assert "Embargoed" in (Path(config.output) / "all.atom").read_text()


def test_unpublished_records_do_not_leave_their_place(site: Site) -> None:
    site.write({"a.md": record(title="Open"), "b.md": record(title="Hidden", published="false", secured="Secret")})
    config = site.config()
    engines.built(config, NOW, force=True)
    assert not {word for word in (b"Hidden", b"Secret") if word in everything(work_of(config))}
    assert all(path.stat().st_mode & 0o077 == 0 for path in work_of(config).rglob("*") if path.is_file())


class Counting(Shuffled):
    """Counts the tasks of each step, without repeating them."""

    def run(self, step: Callable[..., Any], job: Job, tasks: Sequence[tuple[Any, ...]]) -> Iterator[tuple[int, Any]]:
        self.steps += [step.__name__] * len(tasks)
        yield from ((at, step(job, *task)) for at, task in enumerate(tasks))


def test_what_did_not_change_is_not_read_nor_rendered_again(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    old = time.time() - 3600
    site.write(articles(3000))
    for path in site.records.rglob("*.md"):
        os.utime(path, (old, old))
    monkeypatch.setattr("feedloom.records.scan.is_settled", lambda *_: True)  # ctime cannot be set
    read: list[int] = []
    true_read = tasks.read

    def counted(files: tasks.Files) -> tasks.Readings:
        read.append(len(files.unpacked()))
        return true_read(files)

    monkeypatch.setattr(tasks, "read", counted)

    def built() -> tuple[int, Counting]:
        read.clear()
        counting = Counting()
        engines.built(site.config(shards=8), NOW, counting, force=True)
        return sum(read), counting

    first, counting = built()
    assert first == 3000
    assert counting.steps.count("publish_batch") > 1
    again, counting = built()
    assert again == 0
    assert set(counting.steps) == {"read"}
    before = {path: stat.st_mtime_ns for path in site.output.rglob("*") if (stat := path.stat())}
    site.write({"new.md": record(title="New", topics="[Rare]")})
    changed, counting = built()
    assert 0 < changed < 1500
    assert 0 < counting.steps.count("publish_batch") < 8
    same = [path for path in before if path.suffix == ".atom" and path.stat().st_mtime_ns == before[path]]
    assert len(same) > 2


@pytest.mark.parametrize("kind", ["records", "summaries", "published", "build"])
def test_damaged_objects_are_made_again(site: Site, kind: str) -> None:
    case = Case(site, shards=2)
    case.check(articles(50))
    work = work_of(engines.beside(site.config()))
    for path in work.rglob("*"):
        if path.is_file() and str(path.relative_to(work)).startswith(kind):
            path.write_bytes(path.read_bytes()[:-3])
    case.check({"new.md": record(title="New")})


def test_entries_of_one_site_are_never_in_another(tmp_path: Path) -> None:
    """Their records have the same numbers, and the tasks run in one process."""
    sites = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        site = Site(tmp_path / name)
        site.write({path: text.replace("Article", f"Of {name}") for path, text in articles(30).items()})
        sites.append(site)
    for _ in range(2):
        for site, other in zip(sites, ("two", "one"), strict=True):
            site.write({"new.md": record(title=f"More of {'one' if other == 'two' else 'two'}")})
            engines.built(site.config(work=str(tmp_path / "work")), NOW, force=True)
            assert not [path for path, data in published(site.output).items() if f"Of {other}".encode() in data]


def test_a_record_that_stops_a_worker_is_named(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.write(articles(9))
    true_content = scan.content

    def content(root: str, source: Any, longest: int) -> bytes:
        if source.file == b"3/3.md":
            raise RuntimeError("a mistake")
        return true_content(root, source, longest)

    monkeypatch.setattr("feedloom.records.scan.content", content)
    with pytest.raises(EngineError, match=r"^3/3\.md: this record stopped a worker.*RuntimeError: a mistake"):
        engines.built(site.config(), NOW, force=True)


def test_feeds_and_work_in_a_bucket(site: Site, s3: str) -> None:
    """A bucket is far away: slices are fetched together, and workers put the files themselves."""
    site.build(articles(40))
    config = site.config(output=f"{s3}/feeds", work=f"{s3}/private", shards=3)
    first = engines.built(config, NOW, force=True)
    assert in_bucket(f"{s3}/feeds") == published(site.output)
    again = engines.built(config, NOW, force=True)
    assert (again.files.written, again.files.unchanged) == (0, first.files.unchanged + first.files.written)
    site.build({"new.md": record(title="New", topics="[Rare]")})
    assert engines.built(config, NOW, force=True).files.written < first.files.written
    assert in_bucket(f"{s3}/feeds") == published(site.output)


def test_from_a_bucket_to_a_bucket(site: Site, s3: str) -> None:
    """On a cluster there is nothing else: records, work and feeds are in object storage."""
    texts = articles(60)
    site.build(texts)
    lines = [msgspec.json.encode({"path": path, "text": text}) for path, text in texts.items()]
    objects = Objects(f"{s3}/records")
    for number in range(3):
        objects.put(f"part-{number}.jsonl.zst", zstandard.compress(b"\n".join(lines[number::3])))
    config = site.config(records=f"{s3}/records", output=f"{s3}/feeds", work=f"{s3}/private", engine="dask://scheduler:8786")
    engines.built(config, NOW, force=True)
    assert in_bucket(f"{s3}/feeds") == published(site.output)
    counting = Counting()
    engines.built(config, NOW, counting, force=True)
    assert set(counting.steps) == {"read"}


def test_storage_that_is_busy_or_loses_answers(
    site: Site, s3: str, moto: buckets.Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.build(articles(12))
    troubles = {1: "busy", 4: "lost"}
    with proxy(moto.endpoint, lambda number, _: troubles.get(number % 29)) as endpoint:
        monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
        engines.built(site.config(output=f"{s3}/feeds", work=f"{s3}/private", shards=2), NOW, Counting(), force=True)
        assert in_bucket(f"{s3}/feeds") == published(site.output)


def in_bucket(url: str) -> dict[str, bytes]:
    objects = Objects(url)
    found = {one.key: objects.get(one.key) for one in objects.list() if not one.key.startswith(".feedloom/")}
    return {key: one.data for key, one in found.items() if one}


@pytest.mark.parametrize("step", ["read", "select", "combine", "send", "publish_batch"])
def test_a_build_that_is_killed_in_a_step_is_made_good_by_the_next(site: Site, step: str) -> None:
    """Whatever happened to the records in between: a withdrawn one is gone."""

    class Killed(Shuffled):
        def run(self, now: Callable[..., Any], job: Job, tasks: Sequence[tuple[Any, ...]]) -> Iterator[tuple[int, Any]]:
            if now.__name__ != step:
                yield from super().run(now, job, tasks)
                return
            for done, result in enumerate(super().run(now, job, tasks)):
                if done > len(tasks) // 2:
                    raise KeyboardInterrupt
                yield result
            raise KeyboardInterrupt

    case = Case(site, archive=True, limit=5)
    case.check(articles(60))
    site.write({"new.md": record(title="Withdrawn", topics="[Rare]")})
    other = engines.beside(site.config(**case.settings))
    with pytest.raises(KeyboardInterrupt):
        engines.built(other, NOW, Killed(), force=True)
    report = site.build({"new.md": record(published="false", topics="[Rare]")}, **case.settings)
    assert engines.built(other, NOW, force=True).records == report.records
    assert published(Path(other.output)) == published(site.output)
    assert not list((Path(other.output) / ".feedloom").glob("new-*"))


def test_the_guard_stops_it(site: Site) -> None:
    site.write(articles(40))
    engines.built(site.config(), NOW)
    before = published(site.output)
    for path in list(site.records.rglob("*.md"))[:30]:
        path.unlink()
    with pytest.raises(feedloom.GuardError, match="would be published, but earlier builds published up to 40"):
        engines.built(site.config(), NOW)
    assert published(site.output) == before


def test_a_problem_is_news_once(site: Site) -> None:
    site.write({"a.md": record(), "b.md": "---\ntitle: No date\n---\n"})
    for expected in (1, 0):
        news: list[Any] = []
        engines.built(site.config(), NOW, force=True, news=news)
        assert len(news) == expected


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"engine": "dask://10.0.0.7:8786"}, "needs a private place that all workers can reach: --work"),
        ({"engine": "tls://10.0.0.7:8786", "work": "s3://private/work"}, "is a folder of this machine"),
        ({"engine": "dask:local:2", "work": "out/work"}, "is inside the output"),
    ],
)
def test_places_that_cannot_work(site: Site, settings: dict[str, Any], message: str) -> None:
    site.write({"a.md": record()})
    site.output.mkdir()
    if settings.get("work") == "out/work":
        settings = settings | {"work": str(site.output / "work")}
    with pytest.raises(ConfigError, match=message):
        build.build(site.config(**settings))


@pytest.mark.parametrize("engine", ["dask", "dask:local:0", "dask://host", "spark://host:1", "dask://user@host:1", "ray:local"])
def test_an_engine_that_is_none(site: Site, engine: str) -> None:
    with pytest.raises(ConfigError, match=r"engine: .*Must be local, dask:local:2|must be local, dask:local:2"):
        site.config(engine=engine)


# What follows runs on Dask.


@pytest.fixture(scope="module", autouse=True)
def _environment() -> Iterator[None]:
    """Dask sets variables for its workers in the environment of the whole process, and changes how exceptions are pickled."""
    before, pickled = dict(os.environ), dict(copyreg.dispatch_table)
    yield
    for name in os.environ.keys() - before.keys():
        del os.environ[name]
    os.environ.update(before)
    copyreg.dispatch_table.clear()
    copyreg.dispatch_table.update(pickled)


@pytest.fixture(scope="module")
def cluster(_home: None) -> Iterator[Any]:
    with cluster_of(2) as cluster:
        yield cluster


def cluster_of(workers: int) -> Any:
    of: Any = import_module("distributed").LocalCluster
    return of(n_workers=workers, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0")


class Killing:
    """Kills a worker while a step runs."""

    def __init__(self, dask: Dask, step: str) -> None:
        self.dask = dask
        self.step = step
        self.killed: list[int] = []

    def run(self, step: Callable[..., Any], job: Job, tasks: Sequence[tuple[Any, ...]]) -> Iterator[tuple[int, Any]]:
        for at, result in self.dask.run(step, job, tasks):
            if step.__name__ == self.step and not self.killed:
                self.killed = list(self.dask.client.run(os.getpid).values())[:1]
                os.kill(self.killed[0], signal.SIGKILL)
            yield at, result


def on(cluster: Any, patience: float = 30.0) -> Any:
    return executor.opened(cluster.scheduler_address.replace("tcp", "dask"), patience)


def run(site: Site, engine: Any, **settings: Any) -> feedloom.Report:
    config = engines.beside(site.config(**settings))
    with store.of(config).locked(0) as output:
        return build.run(config, output, engine, now=NOW, force=True)


@pytest.mark.parametrize("step", ["", "read", "publish_batch"])
def test_the_same_files_when_a_worker_is_killed(site: Site, cluster: Any, step: str) -> None:
    report = site.build(articles(2000), shards=16, **MANY)
    with on(cluster) as dask:
        engine = Killing(dask, step)
        again = run(site, engine, shards=16, **MANY)
    assert bool(engine.killed) == bool(step)
    assert published(Path(f"{site.output}-engine")) == published(site.output)
    assert (again.records, again.problems) == (report.records, report.problems)


def test_two_sites_at_once_on_the_same_workers(tmp_path: Path, cluster: Any) -> None:
    from concurrent.futures import ThreadPoolExecutor

    sites = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        sites.append(Site(tmp_path / name))
        sites[-1].build({path: text.replace("Article", f"Of {name}") for path, text in articles(300).items()})

    def built(site: Site) -> dict[str, bytes]:
        with on(cluster) as dask:
            run(site, dask)
        return published(Path(f"{site.output}-engine"))

    with ThreadPoolExecutor(2) as threads:
        assert list(threads.map(built, sites)) == [published(site.output) for site in sites]


def test_a_worker_with_another_program_is_refused(cluster: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(code, "digest", lambda: b"another")
    with pytest.raises(
        ConfigError, match=r"worker tcp://127\.0\.0\.1:\d+ has other files of feedloom .*: install the same on all"
    ):
        on(cluster).__enter__()


def test_a_task_on_a_worker_with_another_program_does_nothing(site: Site) -> None:
    job = Job(site.config(), str(site.state), "run/1", 1, dates.stamp(NOW), b"another", 0)
    with pytest.raises(EngineError, match="a worker has another program"):
        steps.select(job, 0)


def test_without_workers_it_ends() -> None:
    with cluster_of(0) as cluster, pytest.raises(EngineError, match=r"no worker for 1 s: start some \(dask worker\)"):
        on(cluster, 1).__enter__()


def test_without_a_scheduler_it_ends() -> None:
    with pytest.raises(EngineError, match=r"dask://127\.0\.0\.1:9: no scheduler answers there"):
        executor.opened("dask://127.0.0.1:9", 2).__enter__()


def test_where_the_scheduler_goes_it_ends_and_the_next_build_is_right(site: Site) -> None:
    site.build(articles(200))
    with cluster_of(1) as cluster:

        class Closing(Killing):
            def run(self, step: Callable[..., Any], job: Job, tasks: Sequence[tuple[Any, ...]]) -> Iterator[tuple[int, Any]]:
                for done in self.dask.run(step, job, tasks):
                    if step is steps.select and not self.killed:
                        self.killed = [1]
                        cluster.close()
                    yield done

        with pytest.raises(EngineError, match="the scheduler is gone"), on(cluster, 2) as dask:
            run(site, Closing(dask, ""))
    run(site, Shuffled())
    assert published(Path(f"{site.output}-engine")) == published(site.output)


@pytest.mark.parametrize(
    ("lost", "status", "told"),
    [
        (CancelledError("scheduler-connection-lost"), "running", EngineError),
        (OSError("Timed out"), "connecting", EngineError),
        (OSError("a bug"), "running", OSError),
    ],
)
def test_a_scheduler_may_go_while_a_result_is_fetched(lost: Exception, status: str, told: type[Exception]) -> None:
    future = Mock(status="finished")
    future.add_done_callback = lambda done: done(future)
    future.exception.return_value = None
    future.result.side_effect = lost
    client = Mock(status=status)
    client.map.return_value = [future]
    with pytest.raises(told):
        list(executor.Dask("dask://127.0.0.1:1", client, 1).run(steps.select, Mock(), [("a",)]))


def test_a_cluster_of_this_machine_is_for_this_build_alone() -> None:
    with executor.opened("dask:local:1") as dask:
        assert dask.client.scheduler.address.startswith("tls://127.0.0.1:")
        addresses = dask.client.scheduler_info()["workers"]
        assert all(address.startswith("tls://127.0.0.1:") for address in addresses)


@pytest.mark.parametrize("package", ["distributed", "zstandard"])
def test_without_the_extra_it_says_what_to_install(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executor, "find_spec", lambda name: None if name == package else name)
    with pytest.raises(ConfigError, match=rf"needs the package {package}: pip install 'feedloom\[dask\]'"):
        executor.opened("dask:local:2").__enter__()


def test_without_certificates_there_is_no_tls() -> None:
    with pytest.raises(ConfigError, match=r"tls://127\.0\.0\.1:9 needs certificates: set distributed\.comm\.tls"):
        executor.opened("tls://127.0.0.1:9", 2).__enter__()


def test_the_command_builds_on_this_machine(site: Site) -> None:
    report = site.build(articles(190))
    command = [
        sys.executable,
        "-m",
        "feedloom",
        "build",
        str(site.records),
        "--site-url",
        "https://feeds.example.org/",
        "-o",
        "engine",
    ]
    command += ["--state", "engine.sqlite", "--engine", "dask:local:2", "--force"]
    environment = {**os.environ, "FEEDLOOM_SITE_TITLE": "Site"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert f"Published {report.records.published:,} of {report.records.read:,} records" in done.stdout
    assert done.stderr == ""
    assert published(Path("engine")) == published(site.output)


def test_interrupted_it_ends_and_releases_the_lock(site: Site) -> None:
    site.build(articles(300))
    command = [sys.executable, "-c", INTERRUPTED, str(site.records), str(site.output) + "-engine"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "reading\n"
    process.send_signal(signal.SIGTERM)
    _, told = process.communicate(timeout=60)
    assert (process.returncode, told) == (143, "feedloom: terminated; published feeds are intact\n")
    run(site, Shuffled())
    assert published(Path(f"{site.output}-engine")) == published(site.output)


INTERRUPTED = """
import sys, time
from feedloom.engines import executor
from feedloom.cli.main import main

run = executor.Dask.run

def slow(self, step, job, tasks):
    for done in run(self, step, job, tasks):
        print("reading", flush=True)
        time.sleep(30)
        yield done

executor.Dask.run = slow
if __name__ == "__main__":
    records, output = sys.argv[1:]
    main(["build", records, "-o", output, "--engine", "dask:local:1", "--state", output + ".sqlite"])
"""


def work_of(config: feedloom.Config) -> Path:
    return Path(f"{config.state}.work")


def everything(work: Path) -> bytes:
    """All that is in a work place, unpacked."""
    found = b""
    for path in work.rglob("*"):
        data = path.read_bytes() if path.is_file() else b""
        at = 0
        while (at := data.find(b"\x28\xb5\x2f\xfd", at)) >= 0:
            found += zstandard.ZstdDecompressor().decompressobj().decompress(data[at:])
            at += 4
        found += data
    return found
