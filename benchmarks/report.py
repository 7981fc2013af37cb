"""Write what was measured as a document with a table for each size, and a plot beside it."""

import os
import platform
import statistics
import sys
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from measure import Run

DOCUMENT = """\
# Performance

How fast feedloom is, compared with other ways to make the same feeds from the same records: the whole site, each topic
and each provider, as Atom and RSS, the newest 50 entries each. feedloom writes each as JSON Feed too, `catalog.json`
and `feeds.opml`, and adds HTML content to each entry. It checks every record, and writes each file beside its place first.

![Seconds by number of records](performance.svg)

Each row is the median of {runs}, each a whole process from start to end. Tools take turns, with the
records in the page cache. Every feed of every tool was checked against the records: entries, order and
titles. [benchmarks/README.md](../benchmarks/README.md) describes how, and how each tool was tuned.

* **unchanged**: a second build, with the cache and the output of the first. **one changed**: the title of the newest record was
  changed. **1% changed**: the titles of one record in a hundred were changed.
* **feedloom = 1** compares with feedloom's first build. **CPU** is user and system time, of all processes.
* **Memory** is the peak of the largest process; for feedloom, the peak of all its processes together (PSS, sampled
  every 20 ms in a separate run).
* **On a disk in memory** (tmpfs, below), flushing costs nothing. On other disks, feedloom is the only one of these that flushes
  each file before renaming it: 0.13 s more for 1,600 files on ext4
  ([decisions.md](decisions.md#2026-11-23-files-are-flushed-together)).
* **Read every byte** and **libyaml's scanner** make no feeds. The first is the minimum for any program, the second for
  any program that reads YAML with libyaml.

{tables}
## Made with

| | |
| --- | --- |
{machine}

    {command}
"""
_COLUMNS = ["", "seconds", "feedloom = 1", "CPU s", "memory MB", "files written", "MB written", "lacks"]
_STYLES = ["-", "--", "-.", ":"]


class Row(NamedTuple):
    """One thing that was measured, at one size: all its runs, and where it was watched, the run for its memory."""

    title: str
    runs: Sequence[Run]
    watched: Run | None
    lacks: str


class Size(NamedTuple):
    """All that was measured of a number of records.

    `base` is the title of the row that others are compared with, `floor` the titles of what any program has to do.
    """

    records: int
    feeds: int
    rows: Sequence[Row]
    skipped: Sequence[str]
    base: str
    floor: Mapping[str, str]


def table(size: Size) -> str:
    """The rows of a size as a table in Markdown."""
    base = next((_median(row, "seconds") for row in size.rows if row.title == size.base), None)
    lines = [f"| {' | '.join(_COLUMNS)} |", "| --- |" + " ---: |" * (len(_COLUMNS) - 2) + " --- |"]
    for row in size.rows:
        seconds = _median(row, "seconds")
        memory = row.watched.memory if row.watched else _median(row, "memory")
        cells = [
            row.title,
            f"{seconds:.2f}",
            f"{seconds / base:.2f}" if base else "",
            f"{_median(row, 'cpu'):.2f}",
            f"{memory / 1e6:,.0f}",
            f"{_median(row, 'files'):,.0f}",
            f"{_median(row, 'bytes') / 1e6:,.1f}",
            row.lacks,
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return (
        "\n".join(lines)
        + "\n"
        + _floor(size)
        + "".join(f"\n{title}: not measured at this size: it takes too long.\n" for title in size.skipped)
    )


def _floor(size: Size) -> str:
    """How far the first build is from what cannot be left out."""
    seconds = {row.title: _median(row, "seconds") for row in size.rows}
    if not {size.base, *size.floor} <= seconds.keys():
        return ""
    far = (f"{seconds[size.base] / seconds[title]:.1f} times as long as {what}" for title, what in size.floor.items())
    return f"\n{size.base}'s first build takes {' and '.join(far)} alone.\n"


def write(path: str, sizes: Sequence[Size], folder: str, versions: Mapping[str, str], command: str) -> None:
    """Write the document, and its plot beside it."""
    tables = "\n".join(f"## {size.records:,} records, {size.feeds:,} feeds\n\n{table(size)}" for size in sizes)
    machine = {**_machine(folder), **versions}
    count = max(len(row.runs) for size in sizes for row in size.rows)
    text = DOCUMENT.format(
        runs=f"{count} runs" if count > 1 else "one run",
        tables=tables,
        machine="\n".join(f"| {name} | {value} |" for name, value in machine.items()),
        command=command,
    )
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    _plot(os.path.join(os.path.dirname(path), "performance.svg"), sizes)


def _median(row: Row, field: str) -> float:
    return float(statistics.median(getattr(run, field) for run in row.runs))


def _machine(folder: str) -> dict[str, str]:
    """The machine, and the file system of the folder that was measured in."""
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        models = [line.split(":")[1].strip() for line in file if line.startswith("model name")]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    with open("/proc/mounts", encoding="utf-8") as file:
        mounts = [line.split()[1:3] for line in file]
    holding = [mount for mount in mounts if os.path.commonpath([mount[0], os.path.realpath(folder)]) == mount[0]]
    return {
        "processor": f"{models[0] if models else platform.machine()}, {len(os.sched_getaffinity(0))} cores",
        "memory": f"{memory / 2**30:.0f} GiB",
        "kernel": f"{platform.system()} {platform.release()}",
        "file system": max(holding, key=lambda mount: len(mount[0]))[1],
        "Python": f"{platform.python_implementation()} {sys.version.split()[0]}",
    }


def _plot(path: str, sizes: Sequence[Size]) -> None:
    """Seconds by records, a line for each row, both axes logarithmic. The same measurements give the same bytes."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams.update({"svg.hashsalt": "feedloom", "svg.fonttype": "none", "font.family": "sans-serif"})
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(8, 5))
    titles = list(dict.fromkeys(row.title for size in sizes for row in size.rows))
    for number, title in enumerate(titles):
        points = [(size.records, _median(row, "seconds")) for size in sizes for row in size.rows if row.title == title]
        style = _STYLES[number % len(_STYLES)]
        width = 2.5 if title.startswith("feedloom") else 1.2
        axes.plot(*zip(*points, strict=True), style, marker="o", markersize=3, linewidth=width, label=title)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("records")
    axes.set_ylabel("seconds")
    axes.grid(visible=True, which="major", linewidth=0.4)
    axes.legend(fontsize=8, loc="center left", bbox_to_anchor=(1, 0.5))
    figure.savefig(path, metadata={"Date": None, "Creator": None}, bbox_inches="tight")
