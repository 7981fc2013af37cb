"""Build a million records in shards on Dask workers of this machine, and write docs/scaling.md: `make scale`.

    python benchmarks/scale.py --records 1000000 --workers 2 --work /dev/shm/scale --write docs/scaling.md

What was finished is not done again: the records, and each build. A sample of the feeds is compared with those of one
machine that has only the records of these feeds; with `--whole`, all files are.
"""

import argparse
import contextlib
import filecmp
import json
import os
import platform
import shutil
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

import measure
import records
import zstandard
from report import file_system

from feedloom.values import slugs

_RECORDS_A_SHARD = 5_000
_SAMPLE = 8
_PAUSE = 0.5
_KINDS = ("records", "summaries", "parts", "feeds", "wanted", "sent")
_BEGIN, _END = "<!-- scale -->\n", "<!-- end -->"
_URL = "https://example.com/feeds/"


class Memory(NamedTuple):
    """The most memory in bytes (PSS): of the main process, with Dask's scheduler, and of the largest worker."""

    driver: int
    worker: int


def main() -> None:
    """Measure, compare and write."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--records", type=int, default=1_000_000)
    options.add_argument("--workers", type=int, default=2)
    options.add_argument("--work", required=True)
    options.add_argument("--write")
    options.add_argument("--whole", action="store_true")
    given = options.parse_args()
    folder = os.path.join(given.work, str(given.records))
    os.makedirs(folder, exist_ok=True)
    sample = made(folder, given.records)
    found = {
        "first": built("first", folder, given.workers),
        "unchanged": built("unchanged", folder, given.workers),
    }
    changed = os.path.join(folder, "shards", "part-00000.jsonl.zst")
    with contextlib.suppress(FileExistsError), open(os.path.join(folder, "changed"), "x", encoding="ascii"):
        os.utime(changed)
    found["one shard touched"] = built("touched", folder, given.workers)
    compare(folder, given.records, sample, whole=given.whole)
    text = report(given.records, given.workers, found, len(sample), file_system(folder))
    sys.stdout.write(text)
    if given.write:
        with open(given.write, encoding="utf-8") as file:
            before, rest = file.read().split(_BEGIN, 1)
        with open(given.write, "w", encoding="utf-8") as file:
            file.write(f"{before}{_BEGIN}{text}{_END}{rest.split(_END, 1)[1]}")


def made(folder: str, count: int) -> list[str]:
    """Make the shards, and a folder with the records of some topics alone. Gives the identities of these."""
    place = os.path.join(folder, "made.json")
    if os.path.exists(place):
        with open(place, encoding="utf-8") as file:
            found: list[str] = json.load(file)
            return found
    for name in ("shards", "sample"):
        shutil.rmtree(os.path.join(folder, name), ignore_errors=True)
        os.makedirs(os.path.join(folder, name))
    sample: set[str] = set()
    lines: list[bytes] = []
    shards = 0
    for number, (article, text) in enumerate(records.articles(count)):
        identities = {slugs.identity(topic) for topic in article.topics}
        if number % max(1, count // _SAMPLE) == 0 and number < count // 100 * 100:
            sample.update(sorted(identities)[:1])
        lines.append(json.dumps({"path": article.path, "text": text}, ensure_ascii=False).encode())
        if len(lines) == _RECORDS_A_SHARD or number == count - 1:
            with open(os.path.join(folder, "shards", f"part-{shards:05}.jsonl.zst"), "wb") as file:
                file.write(zstandard.compress(b"\n".join(lines) + b"\n", 3))
            lines, shards = [], shards + 1
    records.written(os.path.join(folder, "sample"), (one for one in records.articles(count) if _is_of(one[0], sample)))
    with open(place, "w", encoding="utf-8") as file:
        json.dump(sorted(sample), file)
    return sorted(sample)


def _is_of(article: records.Article, sample: set[str]) -> bool:
    return not sample.isdisjoint(map(slugs.identity, article.topics))


def built(name: str, folder: str, workers: int) -> dict[str, Any]:
    """What a build on the engine cost. It is not done again."""
    place = os.path.join(folder, f"{name}.json")
    if os.path.exists(place):
        with open(place, encoding="utf-8") as file:
            found: dict[str, Any] = json.load(file)
            return found
    if name == "first":
        for left in ("out", "work"):
            shutil.rmtree(os.path.join(folder, left), ignore_errors=True)
    log = os.path.join(folder, f"{name}.report")
    command = [sys.executable, "-m", "feedloom", "build", "shards", "-o", "out", "--site-url", _URL, "--work", "work", "-q"]
    command += ["--state", "state.sqlite", "--engine", f"dask:local:{workers}", "--report", log]
    began = time.perf_counter()
    process = subprocess.Popen(command, cwd=folder)  # noqa: S603 - our own command
    with watched(process.pid, os.path.join(folder, "work")) as seen:
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise measure.Failed(f"{' '.join(command)}: exit code {process.returncode}")
    with open(log, encoding="utf-8") as file:
        told = json.load(file)
    found = {
        "seconds": seconds,
        "cpu": usage.ru_utime + usage.ru_stime,
        "driver": seen["driver"],
        "worker": seen["worker"],
        "driver_cpu": seen["driver_cpu"],
        "exchanged": {kind: seen.get(kind, 0) for kind in _KINDS},
        "feeds": told["feeds"],
        "files": told["files"],
        "published": told["records"]["published"],
        "bytes": sum(os.path.getsize(os.path.join(top, one)) for top, _, names in os.walk(f"{folder}/out") for one in names),
    }
    with open(place, "w", encoding="utf-8") as file:
        json.dump(found, file)
    return found


@contextlib.contextmanager
def watched(pid: int, work: str) -> Iterator[dict[str, int | float]]:
    """The most memory of the main process and of a worker, the CPU of the main process, and the most that was exchanged."""
    seen: defaultdict[str, int | float] = defaultdict(int)
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(_PAUSE):
            for member in measure.tree(pid):
                kind = "driver" if member == pid else "worker"
                seen[kind] = max(seen[kind], measure.share(member))
            seen["driver_cpu"] = max(seen["driver_cpu"], measure.own_cpu(pid))
            sizes: defaultdict[str, int] = defaultdict(int)
            for top, _, names in os.walk(work):
                kind = os.path.basename(top)
                for name in names:
                    with contextlib.suppress(OSError):
                        sizes[kind] += os.path.getsize(os.path.join(top, name))
            for kind, size in sizes.items():
                seen[kind] = max(seen[kind], size)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield seen
    finally:
        ended.set()
        thread.join()


def compare(folder: str, count: int, sample: list[str], *, whole: bool) -> None:
    """Check that feeds have the same bytes as on one machine. Raises Failed."""
    command = [sys.executable, "-m", "feedloom", "build", "-q", "--site-url", _URL]
    run = {"cwd": folder, "check": True}
    if whole:
        subprocess.run([*command, "shards", "-o", "one", "--state", "one.sqlite"], **run)  # type: ignore[call-overload]  # noqa: S603
        paths = [
            os.path.relpath(os.path.join(top, name), f"{folder}/one")
            for top, _, names in os.walk(f"{folder}/one")
            for name in names
        ]
    else:
        subprocess.run([*command, "sample", "-o", "one", "--state", "one.sqlite"], **run)  # type: ignore[call-overload]  # noqa: S603
        paths = [f"topics/{slugs.slug(identity)}.{suffix}" for identity in sample for suffix in ("atom", "rss", "json", "html")]
    same, differ, missing = filecmp.cmpfiles(f"{folder}/one", f"{folder}/out", paths, shallow=False)
    if differ or missing:
        what = f"{len(differ)} of {len(paths)} files differ, {len(missing)} are missing: {(differ + missing)[:5]}"
        raise measure.Failed(f"{count:,} records: {what}")
    sys.stdout.write(f"{len(same)} files have the bytes that one machine gives them.\n")


def report(count: int, workers: int, found: dict[str, dict[str, Any]], sample: int, place: str) -> str:
    """The part of docs/scaling.md with the figures, and what they mean for more records."""
    first = found["first"]
    rows = "".join(
        f"| {name} | {one['seconds']:,.0f} s | {one['cpu']:,.0f} s | {one['driver'] / 2**20:,.0f} MiB | "
        f"{one['worker'] / 2**20:,.0f} MiB | {sum(one['exchanged'].values()) / 1e6:,.0f} MB |\n"
        for name, one in found.items()
    )
    steps = ", ".join(f"{kind} {size / 1e6:,.0f}" for kind, size in first["exchanged"].items())
    base = found["unchanged"]  # what starting costs, and looking whether anything changed
    driver = max(0, first["driver_cpu"] - base["driver_cpu"]) / count
    each = max(0, first["cpu"] - base["cpu"]) / count - driver
    ten = 10_000_000
    memory = base["driver"] + max(0, first["driver"] - base["driver"]) * ten / count
    times = " and ".join(f"{(ten * each / machines + ten * driver) / 60:,.0f} minutes on {machines}" for machines in (10, 100))
    exchanged = sum(first["exchanged"].values())
    return f"""
{count:,} records of the seeds' shape in shards of {_RECORDS_A_SHARD:,}; {first["feeds"]:,} feeds in
{first["files"]["written"]:,} files ({first["bytes"] / 1e9:.1f} GB): Atom, RSS, JSON Feed and pages. `dask:local:{workers}` on
{os.cpu_count()} cores ({platform.machine()}), on {place}, {datetime.now(UTC):%Y-%m-%d}. "Exchanged" is what
is in the work place at the end of each step, compressed. Memory is PSS.

| build | time | CPU | memory of the main process | of the largest worker | exchanged |
| --- | ---: | ---: | ---: | ---: | ---: |
{rows}
Exchanged by kind in the first build, in MB: {steps}. The files of {sample} topics have the bytes that one machine gives them.

A record takes {each * 1e3:.2f} ms of CPU on the workers, and {driver * 1e3:.2f} ms in the main process, which lists the feeds.
So ten million records take about {times} one-core workers, if feeds grow as records do and nobody
waits for the network. They exchange {exchanged * ten / count / 1e9:,.0f} GB, and the main process needs up to
{memory / 2**30:,.1f} GiB. This is arithmetic: no build of this size and no real network was measured,
nor the limits of a real bucket (S3 answers 503 above some thousand requests a second; requests are repeated then).
"""


if __name__ == "__main__":
    main()
