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
and each provider, as Atom and RSS, the newest 50 entries each.

* **feedloom** has the settings `formats: [atom, rss]`, `pages: false` and `content: none`, so it makes what the others make.
  It also checks every record, writes each file beside its place first, and adds `catalog.json` and OPML files.
* **feedloom, everything on** has no settings. It adds JSON Feed, HTML content in each entry, and a page for each feed.

{summary}
![Seconds by number of records](performance.svg)

Each row below is the median of {runs}, each a whole process from start to end in a folder of its own. Tools take turns,
with the records in the page cache. Every feed of every tool was checked against the records: entries, order and
titles. [benchmarks/README.md](../benchmarks/README.md) describes how, and how each tool was tuned.

* **unchanged**: a second build, with the cache and the output of the first. **one changed**: the title of the newest record was
  changed. **1% changed**: the titles of one record in a hundred were changed.
* **times Hugo** is Hugo's time divided by this one. **CPU** is user and system time, of all processes.
* **Memory** is the peak of all processes of a tool together (PSS, sampled every 20 ms in a separate run).
* **tmpfs** is a disk in memory, where flushing costs nothing. On a disk, feedloom is the only one that flushes files
  before it renames them ([decisions.md](decisions.md#2026-11-27-many-files-are-flushed-at-once)).
* **Read every byte** and **libyaml's scanner** make no feeds. The first is the minimum for any program, the second for
  any program that reads YAML with libyaml.

{tables}
{posts}
{serving}
## Made with

| | |
| --- | --- |
{machine}

    {command}
"""
POSTS = """\
## Posts with bodies

Posts as Hugo reads them, with bodies of 5 KiB in Markdown that are the content of the entries: headings, lists, links,
code, tables. The feeds are those of the site and of each topic, as Atom and RSS. feedloom has `profile: hugo` and
`pages: false`; it renders the bodies that a feed shows, each once, and cleans their HTML. Hugo renders code without colours.
Pelican uses markdown-it-py, as feedloom does.

"""
SERVING = """\
## Serving

`feedloom serve` beside nginx, each with one process, on the same files of 1,000 records, over 16 connections that stay open.
wrk asked for them, on the same processors, so the CPU time of the server for each request says more than the number of
requests. Nothing is compressed.

"""
_COLUMNS = ["", "seconds", "times Hugo", "CPU s", "memory MB", "files written", "MB written", "lacks"]
_STYLES = ["-", "--", "-.", ":"]


class Row(NamedTuple):
    """One thing that was measured, at one size: all its runs, and where it was watched, the run for its memory."""

    title: str
    runs: Sequence[Run]
    watched: Run | None
    lacks: str


class Size(NamedTuple):
    """All that was measured of a number of records or posts on a file system. Others are compared with the row whose title is
    `base`.
    """

    what: str
    records: int
    feeds: int
    file_system: str
    rows: Sequence[Row]
    skipped: Sequence[str]
    base: str


class Served(NamedTuple):
    """What a server did with one kind of request: how many of them in a second, and CPU seconds for each, by run."""

    server: str
    request: str
    size: int
    rates: Sequence[float]
    cpu: Sequence[float]


def heading(size: Size) -> str:
    """What was measured, in words."""
    return f"{size.records:,} {size.what}, {size.feeds:,} feeds, {size.file_system}"


def table(size: Size) -> str:
    """The rows of a size as a table in Markdown."""
    times = _times(size)
    lines = [f"| {' | '.join(_COLUMNS)} |", "| --- |" + " ---: |" * (len(_COLUMNS) - 2) + " --- |"]
    for row in size.rows:
        cells = [
            row.title,
            f"{_median(row, 'seconds'):.2f}",
            times.get(row.title, ""),
            f"{_median(row, 'cpu'):.2f}",
            f"{row.watched.memory / 1e6:,.0f}" if row.watched else "",
            f"{_median(row, 'files'):,.0f}",
            f"{_median(row, 'bytes') / 1e6:,.1f}",
            row.lacks,
        ]
        lines.append(f"| {' | '.join(cells)} |")
    skipped = "".join(f"\n{title}: not measured at this size: it takes too long.\n" for title in size.skipped)
    return "\n".join(lines) + "\n" + skipped


def serving(served: Sequence[Served]) -> str:
    """A row for each kind of request, with all servers, the first of which is the measure."""
    servers = list(dict.fromkeys(one.server for one in served))
    columns = ["", "bytes", *(f"{server}: {what}" for server in servers for what in ("requests a second", "CPU µs a request"))]
    lines = [f"| {' | '.join(columns)} | CPU of {servers[-1]} |", "| --- |" + " ---: |" * len(columns)]
    for request in dict.fromkeys(one.request for one in served):
        same = [one for one in served if one.request == request]
        costs = [statistics.median(one.cpu) * 1e6 for one in same]
        cells = [f"{statistics.median(one.rates):,.0f} | {cost:,.0f}" for one, cost in zip(same, costs, strict=True)]
        lines.append(f"| {request} | {same[0].size:,} | {' | '.join(cells)} | {costs[-1] / costs[0]:.1f} times |")
    return "\n".join(lines) + "\n"


def file_system(folder: str) -> str:
    """The type of the file system that a folder is on."""
    with open("/proc/mounts", encoding="utf-8") as file:
        mounts = [line.split()[1:3] for line in file]
    holding = [mount for mount in mounts if os.path.commonpath([mount[0], os.path.realpath(folder)]) == mount[0]]
    return max(holding, key=lambda mount: len(mount[0]))[1]


def write(path: str, sizes: Sequence[Size], served: Sequence[Served], versions: Mapping[str, str], command: str) -> None:
    """Write the document, and its plot beside it."""
    machine = {**_machine(), **versions}
    count = max(len(row.runs) for size in sizes for row in size.rows)
    records = [size for size in sizes if size.what == "records"]
    posts = [size for size in sizes if size.what == "posts"]
    text = DOCUMENT.format(
        runs=f"{count} runs" if count > 1 else "one run",
        summary=_summary(records),
        tables="\n".join(f"## {heading(size)}\n\n{table(size)}" for size in records),
        posts=POSTS + "\n".join(f"### {heading(size)}\n\n{table(size)}" for size in posts) if posts else "",
        serving=f"{SERVING}{serving(served)}" if served else "",
        machine="\n".join(f"| {name} | {value} |" for name, value in machine.items()),
        command=command,
    )
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    first = records[0].file_system
    _plot(os.path.join(os.path.dirname(path), "performance.svg"), [size for size in records if size.file_system == first])


def _summary(sizes: Sequence[Size]) -> str:
    """How many times as fast as the base feedloom is, a row a size."""
    titles = [row.title for row in sizes[0].rows if row.title.startswith("feedloom")]
    lines = [f"| times as fast as {sizes[0].base} | {' | '.join(titles)} |", "| --- |" + " ---: |" * len(titles)]
    for size in sizes:
        times = _times(size)
        lines.append(
            f"| {size.records:,} records, {size.file_system} | {' | '.join(times.get(title, '') for title in titles)} |"
        )
    return "\n".join(lines) + "\n"


def _times(size: Size) -> dict[str, str]:
    """How many times as fast as the base each row is, by title; nothing where the base was not measured."""
    seconds = {row.title: _median(row, "seconds") for row in size.rows}
    base = seconds.get(size.base)
    return {title: f"{base / one:.1f}" for title, one in seconds.items()} if base else {}


def _median(row: Row, field: str) -> float:
    return float(statistics.median(getattr(run, field) for run in row.runs))


def _machine() -> dict[str, str]:
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        models = [line.split(":")[1].strip() for line in file if line.startswith("model name")]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "processor": f"{models[0] if models else platform.machine()}, {len(os.sched_getaffinity(0))} cores",
        "memory": f"{memory / 2**30:.0f} GiB",
        "kernel": f"{platform.system()} {platform.release()}",
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
