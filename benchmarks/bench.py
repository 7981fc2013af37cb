"""Measure feedloom beside other ways to make the same feeds of the same records.

    python benchmarks/bench.py --sizes 1000 --runs 1
    python benchmarks/bench.py --sizes 10000 --only feedloom,hand_tuned
    python benchmarks/bench.py --sizes --posts 10000
    python benchmarks/bench.py --sizes 10000 50000 --posts 10000 --serve --work /dev/shm /var/tmp --write docs/performance.md

It stops with an exit code of 1 where a program fails, or where a feed is not what the records ask for.
"""

import argparse
import compileall
import contextlib
import json
import os
import shutil
import sys
import tempfile
from collections import defaultdict
from importlib.metadata import PackageNotFoundError

import measure
import posts
import records
import report
import serving
from measure import Failed, Run
from tools import ALL, HUGO, PEERS, POSTS, SAME, TOOLS, Tool, versions
from verify import verify

import feedloom

_STEPS = ("", ", unchanged", ", one changed", ", 1% changed")
_MOST_ELSEWHERE = 50_000
"""Records in a second folder, on another file system: what takes longer there, takes longer with these."""
_FLOOR = {"read": "read every byte", "scan": "libyaml's scanner"}
_FLOOR_SCRIPT = os.path.join(os.path.dirname(PEERS), "floor.py")


class Bench:
    """The records of one size in one place, or posts, and what was measured of them. `is_short`: without the floor."""

    def __init__(self, count: int, folder: str, tools: list[Tool], *, is_short: bool) -> None:
        self.folder = folder
        self.tools = [tool for tool in tools if tool.most is None or count <= tool.most]
        self.skipped = [tool.title for tool in tools if tool not in self.tools]
        folders = {tool.reads for tool in self.tools}
        self.what = "posts" if "content" in folders else "records"
        if self.what == "posts":
            self.made = posts.write(self._place("content"), count)
        else:
            self.made = records.write(self._place("records"), count)
        if "taxonomy" in folders:
            records.write(self._place("taxonomy"), count, taxonomy=True)
        self.feeds = records.expected(self.made, providers=self.what == "records")
        self.runs: defaultdict[str, list[Run]] = defaultdict(list)
        self.watched: dict[str, Run] = {}
        self._is_short = is_short
        self._edits: dict[str, str] = {}

    def turn(self, number: int) -> None:
        """Run every tool once, and the floor."""
        if not self._is_short and self.what == "records":
            for what, title in _FLOOR.items():
                command = [sys.executable, _FLOOR_SCRIPT, what, self._place("records")]
                self._count(title, measure.run(command, folder=self.folder))
        for tool in self.tools:
            self._run(tool, f"turn{number}", verifies=number == 0)

    def watch(self) -> None:
        """Run every tool once more, for its memory alone."""
        for tool in self.tools:
            self._run(tool, "watched", is_watched=True)

    def size(self) -> report.Size:
        """What was measured, as the report has it."""
        lacks = {tool.title: tool.lacks for tool in self.tools}
        rows = [report.Row(title, runs, self.watched.get(title), lacks.get(title, "")) for title, runs in self.runs.items()]
        order = [*(f"{tool.title}{step}" for tool in self.tools for step in _STEPS), *_FLOOR.values()]
        rows.sort(key=lambda row: order.index(row.title))
        place = report.file_system(self.folder)
        return report.Size(self.what, len(self.made), len(self.feeds), place, rows, self.skipped, HUGO.title)

    def _run(self, tool: Tool, name: str, *, verifies: bool = False, is_watched: bool = False) -> None:
        """A first build, by some tools also builds after nothing, one record and 1% of them were changed."""
        folder, output = self._place(tool.reads), self._place(f"{tool.name}-{name}")
        chosen = {
            "": [],
            ", unchanged": [],
            ", one changed": records.one_of(self.made),
            ", 1% changed": records.percent_of(self.made),
        }
        for number, step in enumerate(_STEPS if tool.builds_again else _STEPS[:1]):
            mark = f"{name}x{number}"
            records.edit(folder, chosen[step], mark)
            if tool.reads != "taxonomy":
                self._edits |= {article.path: mark for article in chosen[step]}
            run = measure.run(
                tool.command(folder, output),
                folder=self.folder,
                outputs=[output, f"{output}.state"],
                environment=tool.environment,
                together=is_watched,
            )
            if is_watched:
                self.watched[f"{tool.title}{step}"] = run
            else:
                self._count(f"{tool.title}{step}", run)
            if verifies:
                if tool.name.startswith("feedloom"):
                    self._hold_report(f"{output}.report", unchanged=step == ", unchanged")
                verify(tool, output, self.feeds, {} if tool.reads == "taxonomy" else self._edits)
        # On a disk nothing is removed before the end: for minutes after many files were removed, ext4 is slow to make new ones.
        if report.file_system(self.folder) == "tmpfs":
            shutil.rmtree(output)

    def _hold_report(self, path: str, *, unchanged: bool) -> None:
        with open(path, encoding="utf-8") as file:
            told = json.load(file)
        published = sum(article.published for article in self.made)
        if told["records"]["published"] != published or told["problems"]:
            raise Failed(f"feedloom: {told['records']} in place of {published:,} published; problems: {told['problems'][:3]}")
        if unchanged and told["files"]["written"]:
            raise Failed(f"feedloom: {told['files']['written']} files were written though nothing was changed")

    def _count(self, title: str, run: Run) -> None:
        self.runs[title].append(run)
        _say(f"  {title:<36} {run.seconds:8.2f} s {run.cpu:8.2f} CPU s {run.memory / 1e6:7.0f} MB")

    def _place(self, name: str) -> str:
        return os.path.join(self.folder, name)


def measured(count: int, runs: int, folder: str, tools: list[Tool], *, is_short: bool) -> report.Size:
    """Make the records of a size, and measure all tools in turns; a `short` measurement leaves out the floor and the memory."""
    bench = Bench(count, folder, tools, is_short=is_short)
    _say(f"{count:,} {bench.what} on {report.file_system(folder)}")
    for title in bench.skipped:
        _say(f"  {title:<36} skipped: it takes too long")
    for number in range(runs):
        bench.turn(number)
    if not is_short:
        bench.watch()
    return bench.size()


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main() -> None:
    """Read the command line, measure, and print or write the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="*", default=[1000], metavar="N", help="how many records [1000]")
    parser.add_argument("--posts", type=int, nargs="*", default=[], metavar="N", help="how many posts with bodies [none]")
    parser.add_argument("--serve", action="store_true", help="measure feedloom serve beside nginx, with wrk")
    parser.add_argument("--runs", type=int, default=3, metavar="N", help="how often each is run [3]")
    parser.add_argument("--only", metavar="TOOL,...", help=f"some of {','.join(tool.name for tool in TOOLS)}")
    parser.add_argument(
        "--work",
        nargs="+",
        default=[tempfile.gettempdir()],
        metavar="DIR",
        help="folders on the file systems to measure; in all but the first, up to 50,000 records by feedloom and Hugo only "
        "[the temporary folder]",
    )
    parser.add_argument("--write", metavar="FILE", help="write the tables into this document, and performance.svg beside it")
    options = parser.parse_args()
    only = options.only.split(",") if options.only else [tool.name for tool in TOOLS]
    tools = [tool for tool in TOOLS if tool.name in only]
    of_posts = [tool for tool in POSTS if tool.name in only] if options.posts else []
    if len(tools) < len(only):
        parser.error(f"--only: tools are {', '.join(tool.name for tool in TOOLS)}")
    if options.write and not options.sizes:
        parser.error("--write needs --sizes")
    try:
        installed = versions([*tools, *of_posts])
    except PackageNotFoundError as error:
        parser.error(f"{error.name} is not installed: pip install -e '.[bench]'")
    compileall.compile_dir(os.path.dirname(feedloom.__file__), quiet=1)  # as pip does for users
    if options.serve and (missing := serving.missing()):
        _say(f"serving is not measured: {' and '.join(missing)} not installed")
    jobs = [
        (work, count, [tool for tool in tools if number == 0 or tool in (SAME, ALL, HUGO)], number > 0)
        for number, work in enumerate(options.work)
        for count in options.sizes
        if number == 0 or count <= _MOST_ELSEWHERE
    ]
    jobs += [(options.work[0], count, of_posts, False) for count in options.posts]
    # Nothing is removed before the end: after that, ext4 is slow to make new files for minutes.
    with contextlib.ExitStack() as stack:
        try:
            sizes = [_in_a_folder(*job, runs=options.runs, stack=stack) for job in jobs]
            served = [] if not options.serve or missing else serving.measured(options.work[0], options.runs)
        except Failed as error:
            sys.exit(str(error))
    if served:
        _say(f"\n{report.serving(served)}")
    if options.write:
        command = " ".join(["python", "benchmarks/bench.py", *sys.argv[1:]])
        report.write(options.write, sizes, served, installed | (serving.versions() if served else {}), command)


def _in_a_folder(
    work: str, count: int, tools: list[Tool], is_short: bool, *, runs: int, stack: contextlib.ExitStack
) -> report.Size:
    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="feedloom-bench-", dir=work))
    size = measured(count, runs, folder, tools, is_short=is_short)
    _say(f"\n{report.heading(size)}\n\n{report.table(size)}")
    return size


if __name__ == "__main__":
    main()
