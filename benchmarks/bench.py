"""Measure feedloom beside other ways to make the same feeds of the same records.

    python benchmarks/bench.py --sizes 1000 --runs 1
    python benchmarks/bench.py --sizes 10000 --only feedloom,hand_tuned
    python benchmarks/bench.py --sizes 1000 10000 50000 100000 --runs 3 --write docs/performance.md

It stops with an exit code of 1 where a program fails, or where a feed is not what the records ask for.
"""

import argparse
import json
import os
import sys
import tempfile
from collections import defaultdict
from importlib.metadata import PackageNotFoundError

import measure
import records
import report
from measure import Failed, Run
from tools import FEEDLOOM, PEERS, TOOLS, Tool, versions
from verify import verify

_FIRST, _UNCHANGED, _ONE, _PERCENT = (f"feedloom{what}" for what in ("", ", unchanged", ", one changed", ", 1% changed"))
_FLOOR = {"read": "read every byte", "scan": "libyaml's scanner"}
_FLOOR_IN_WORDS = {"read every byte": "reading every byte", "libyaml's scanner": "libyaml's scanner"}
_FLOOR_SCRIPT = os.path.join(os.path.dirname(PEERS), "floor.py")


class Bench:
    """The records of one size, and what was measured of them."""

    def __init__(self, count: int, folder: str, tools: list[Tool]) -> None:
        self.folder = folder
        self.tools = [tool for tool in tools if tool.most is None or count <= tool.most]
        self.skipped = [tool.title for tool in tools if tool not in self.tools]
        self.made = records.write(self._place("records"), count)
        if any(tool.reads == "taxonomy" for tool in self.tools):
            records.write(self._place("taxonomy"), count, taxonomy=True)
        self.feeds = records.expected(self.made)
        self.runs: defaultdict[str, list[Run]] = defaultdict(list)
        self.watched: dict[str, Run] = {}
        self._edits: dict[str, str] = {}

    def turn(self, number: int) -> None:
        """Run every tool once, and the floor."""
        for what, title in _FLOOR.items():
            command = [sys.executable, _FLOOR_SCRIPT, what, self._place("records")]
            self._count(title, measure.run(command, folder=self.folder))
        for tool in self.tools:
            if tool is FEEDLOOM:
                self._feedloom(f"turn{number}")
            else:
                # Each run has a folder of its own, and all are removed at the end: for minutes after many files were
                # removed, ext4 can be slow to make new ones.
                output = self._place(f"{tool.name}-{number}")
                command = tool.command(self._place(tool.reads), output)
                run = measure.run(command, folder=self.folder, outputs=[output], environment=tool.environment)
                self._count(tool.title, run)
                if number == 0:
                    verify(tool, output, self.feeds, {} if tool.reads == "taxonomy" else self._edits)

    def watch(self) -> None:
        """Run feedloom once more, for its memory alone."""
        if FEEDLOOM in self.tools:
            self._feedloom("watched", watched=True)

    def size(self) -> report.Size:
        """What was measured, as the report has it."""
        lacks = {tool.title: tool.lacks for tool in self.tools}
        rows = [report.Row(title, runs, self.watched.get(title), lacks.get(title, "")) for title, runs in self.runs.items()]
        order = [_FIRST, _UNCHANGED, _ONE, _PERCENT, *lacks, *_FLOOR.values()]
        rows.sort(key=lambda row: order.index(row.title))
        return report.Size(len(self.made), len(self.feeds), rows, self.skipped, _FIRST, _FLOOR_IN_WORDS)

    def _feedloom(self, name: str, *, watched: bool = False) -> None:
        """A first build, and builds after nothing, one record and 1% of the records were changed, each verified."""
        folder, output = self._place("records"), self._place(f"{FEEDLOOM.name}-{name}")
        command = FEEDLOOM.command(folder, output)
        steps = {
            _FIRST: [],
            _UNCHANGED: [],
            _ONE: records.one_of(self.made),
            _PERCENT: records.percent_of(self.made),
        }
        for number, (title, chosen) in enumerate(steps.items()):
            mark = f"{name}x{number}"
            records.edit(folder, chosen, mark)
            self._edits |= {article.path: mark for article in chosen}
            run = measure.run(command, folder=self.folder, outputs=[output, f"{output}.state"], together=watched)
            if watched:
                self.watched[title] = run
            else:
                self._count(title, run)
            if name == "turn0":
                self._hold_report(f"{output}.report", unchanged=title == _UNCHANGED)
                verify(FEEDLOOM, output, self.feeds, self._edits)

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
        _say(f"  {title:<24} {run.seconds:8.2f} s {run.cpu:8.2f} CPU s {run.memory / 1e6:7.0f} MB")

    def _place(self, name: str) -> str:
        return os.path.join(self.folder, name)


def measured(count: int, runs: int, folder: str, tools: list[Tool]) -> report.Size:
    """Make the records of a size, and measure all tools in turns."""
    _say(f"{count:,} records")
    os.mkdir(folder)
    bench = Bench(count, folder, tools)
    for title in bench.skipped:
        _say(f"  {title:<24} skipped: it takes too long")
    for number in range(runs):
        bench.turn(number)
    bench.watch()
    return bench.size()


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main() -> None:
    """Read the command line, measure, and print or write the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1000], metavar="N", help="how many records [1000]")
    parser.add_argument("--runs", type=int, default=3, metavar="N", help="how often each is run [3]")
    parser.add_argument("--only", metavar="TOOL,...", help=f"some of {','.join(tool.name for tool in TOOLS)}")
    parser.add_argument("--work", metavar="DIR", help="where a folder for the data is made, and removed [the temporary folder]")
    parser.add_argument("--write", metavar="FILE", help="write the tables into this document, and performance.svg beside it")
    options = parser.parse_args()
    only = options.only.split(",") if options.only else [tool.name for tool in TOOLS]
    tools = [tool for tool in TOOLS if tool.name in only]
    if len(tools) < len(only):
        parser.error(f"--only: there are {', '.join(tool.name for tool in TOOLS)}")
    try:
        installed = versions(tools)
    except PackageNotFoundError as error:
        parser.error(f"{error.name} is not installed: pip install -e '.[bench]'")
    with tempfile.TemporaryDirectory(prefix="feedloom-bench-", dir=options.work) as folder:
        try:
            sizes = [measured(count, options.runs, os.path.join(folder, str(count)), tools) for count in options.sizes]
        except Failed as error:
            sys.exit(str(error))
        for size in sizes:
            _say(f"\n{size.records:,} records, {size.feeds:,} feeds\n\n{report.table(size)}")
        if options.write:
            command = " ".join(["python", "benchmarks/bench.py", *sys.argv[1:]])
            report.write(options.write, sizes, folder, installed, command)


if __name__ == "__main__":
    main()
