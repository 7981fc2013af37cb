"""Builds that are put on trial: from a site as it was published once, towards a site that is known."""

import io
import json
import os
import re
import shutil
import sys
import time
import traceback
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from itertools import chain
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

from feedloom.cli.main import COMMANDS, main
from feedloom.site import lock, manifest
from tests.conftest import published, record

URL = "https://feeds.example.org/"
BESIDE = ".feedloom-"
Tree = dict[str, bytes]
Changes = Mapping[str, str | None]
PLACES = ("before", "after")

_OLDER = re.compile(rb'href="%b([^"]+)" rel="prev-archive"' % URL.encode())
_ARCHIVED = "{archive: true, limit: 1, groups: {topic: false, provider: false}, feeds: [{name: Chosen, limit: 2}]}"


class Loss(Exception):
    """Something that must never be."""


class Ran(NamedTuple):
    """How a build ended: the exit code or, below 0, the signal; and what it said."""

    code: int
    stdout: str
    stderr: str


class Case:
    """A site before and after a command that goes wrong in the trials: a build of other records, or a prune.

    `before` is empty for a first build. After each trial the next build is of the same records, or `then` of others.
    """

    def __init__(
        self,
        name: str,
        folder: Path,
        records: Changes,
        changes: Changes,
        then: Changes,
        settings: str = "{}",
        *,
        prunes: bool = False,
    ) -> None:
        self.name = name
        self.is_at_once = name.endswith(_AT_ONCE)
        self.folder = folder
        self.records = folder / "records"
        self.records.mkdir(parents=True)
        self.prunes = False
        (folder / "settings.yaml").write_text(settings)
        self._write(records)
        if records:
            self._built("before")
        else:
            (folder / "before").mkdir()
        self._write(changes)
        if prunes:
            self._built("before")
        self.prunes = prunes
        shutil.copytree(folder / "before", folder / "after")
        self._built("after")
        self.before = tree(folder / "before" / "out")
        self.after = tree(folder / "after" / "out")
        assert self.after != self.before
        self.prunes = False
        shutil.copytree(self.records, folder / "others", copy_function=shutil.copy2)
        self._swap()
        self._write(then)
        self._swap()
        self._ends = {(place, is_changed): self._end(place, is_changed) for place in PLACES for is_changed in (False, True)}
        self.prunes = prunes

    def _write(self, changes: Changes) -> None:
        for name, text in changes.items():
            path = self.records / name
            if text is None:
                path.unlink()
            else:
                path.write_text(text)
        time.sleep(0.1)  # or the next build would not trust their times

    def _swap(self) -> None:
        """Let the other records be where the records are: in the same folder, so that the cache is theirs, too."""
        self.records.rename(self.folder / "aside")
        (self.folder / "others").rename(self.records)
        (self.folder / "aside").rename(self.folder / "others")

    @contextmanager
    def changed(self, is_changed: bool) -> Iterator[None]:
        """While it lasts, the records are others, where they are to be."""
        if is_changed:
            self._swap()
        try:
            yield
        finally:
            if is_changed:
                self._swap()

    def _end(self, place: str, is_changed: bool) -> Tree:
        """What a build of the records, or of the others, makes where nothing ever went wrong: from scratch, and with the feeds
        that were once published.
        """
        shutil.copytree(self.folder / place, self.folder / "end")
        (self.folder / "end" / "state.sqlite").unlink(missing_ok=True)
        with self.changed(is_changed):
            self._built("end")
        found = tree(self.folder / "end" / "out")
        shutil.rmtree(self.folder / "end")
        return found

    def _built(self, place: str) -> None:
        ran = run(self.command(self.folder / place))
        assert (ran.code, ran.stderr) == (0, ""), ran

    def command(self, folder: Path, *options: str) -> list[str]:
        """What goes wrong: in a folder with the published files and the cache."""
        if self.prunes:
            return ["prune", "-o", str(folder / "out"), "-c", str(self.folder / "settings.yaml"), "--yes"]
        return self.build(folder, *options)

    def build(self, folder: Path, *options: str) -> list[str]:
        """A build of the records as they are now."""
        places = [str(self.records), "-o", str(folder / "out"), "--state", str(folder / "state.sqlite"), "--force"]
        return ["build", *places, "-c", str(self.folder / "settings.yaml"), "--site-url", URL, "--log-json", "-q", *options]

    def begun(self, folder: Path) -> Path:
        """A folder with what stood before, as it was left: the same files, and a state that knows them."""
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        if self.before:
            # A build never writes into a file: were it otherwise, all trials would fail from then on.
            shutil.copytree(self.folder / "before" / "out", folder / "out", copy_function=os.link)
            shutil.copy2(self.folder / "before" / "state.sqlite", folder)
        return folder

    def check(self, output: Path, *, may_leave: bool = False) -> None:
        """Raises Loss where a published file is gone or neither the old nor the new one, or a list names one that is not there.

        What was being written may be left, for its owner's eyes alone, where a build `may_leave` something.
        """
        found = tree(output)
        notes = {path.name for path in (output / ".feedloom").glob("*")}
        if notes - {"manifest"} and not may_leave:
            raise Loss(f"left behind in .feedloom: {notes}")
        for path, content in found.items():
            if os.path.basename(path).startswith(BESIDE):
                if not may_leave:
                    raise Loss(f"{path} was left behind")
                # It gets the mode of a published file when it is whole and on the disk, just before it is renamed.
                is_whole = content == self.after.get(path.replace(BESIDE, ""))
                if (output / path).stat().st_mode & 0o077 and not is_whole:
                    raise Loss(f"{path} is for everybody's eyes")
            elif content not in (self.before.get(path), self.after.get(path)):
                raise Loss(f"{path} is neither the old nor the new one")
        # What only archives led to may go with its last record.
        if lost := (self.before.keys() & self.after.keys()) - found.keys():
            raise Loss(f"no longer published: {sorted(lost)}")
        if missing := named(found) - found.keys():
            raise Loss(f"named and not published: {sorted(missing)}")

    def check_again(self, folder: Path, *, is_changed: bool = False) -> None:
        """Raises Loss where the next builds, of the same records or of others, do not put everything right, and then find that
        nothing is to be done.

        Feeds that the catalog listed before go on answering; of no other is anything left.
        """
        listed = tree(folder / "out").get("catalog.json") if (folder / "out").is_dir() else None
        place = "after" if listed == self.after["catalog.json"] else "before"
        with self.changed(is_changed):
            for outcome in ({"built", "unchanged"}, {"unchanged"}):
                ran = run(self.build(folder))
                if ran.code or ran.stderr or json.loads(ran.stdout)["outcome"] not in outcome:
                    raise Loss(f"the next build does not put it right: {ran}")
        found = tree(folder / "out")
        if found != (wanted := self._ends[place, is_changed]):
            odd = sorted(path for path in found.keys() | wanted.keys() if found.get(path) != wanted.get(path))
            raise Loss(f"the next build publishes something else than a build from scratch: {odd}")
        notes = folder / "out" / ".feedloom"
        if os.listdir(notes) != ["manifest"] or manifest.decode((notes / "manifest").read_bytes()).paths != found.keys():
            raise Loss(f"the manifest is not right: {os.listdir(notes)}")
        if left := {entry.name for entry in folder.iterdir()} - {"out", "state.sqlite"}:
            raise Loss(f"left behind: {sorted(left)}")
        if (folder / "state.sqlite").stat().st_mode & 0o077:
            raise Loss("others can read the cache")


def load_all(folder: Path) -> None:
    """Import what commands import: forked processes are then faster, and need no permission to read Python's own files."""
    for name in chain(*COMMANDS.values()):
        import_module(f"feedloom.cli.commands.{name}")
    (folder / "first").mkdir()
    (folder / "first" / "a.md").write_text(record())
    places = [str(folder / "first"), "-o", str(folder / "first" / "out"), "--state", str(folder / "first" / "state.sqlite")]
    main(["build", *places, "-q"], standalone_mode=False)


NAMES = ("cold", "warm", "shrinking", "archived", "pruned")

_AT_ONCE = " at once"
NAMES_AT_ONCE = tuple(f"{name}{_AT_ONCE}" for name in ("cold", "archived"))
"""The same builds, which flush all files at once although there are few."""


def case(name: str, folder: Path) -> Case:
    """A first build, one in which some records changed and came, one in which most of a topic went, one with archives of which
    documents begin, end and change; a prune; and a build that processes share.

    After each, records are withdrawn that it was about to publish, a topic is renamed, and others come.
    """

    def entry(number: int, topic: str, **fields: str) -> str:
        return record(title=f"T{number}", webUrl=f"https://e.example/{number}", topics=f"[{topic}]", **fields)

    some = {f"{n}.md": entry(n, "AI" if n % 2 else "Law", provider="{domain: p.example}") for n in range(6)}
    came = {"0.md": entry(0, "Law", excerpt="Changed."), "new.md": entry(99, "Arts", provider="{domain: q.example}")}
    few = {f"{n}.md": entry(n, "AI") for n in range(4)}
    went: Changes = {"1.md": None, "3.md": None, "5.md": None}
    then: dict[str, str | None] = {
        "0.md": None,
        "2.md": entry(2, "Laws"),
        "4.md": entry(4, "Laws"),
        "x.md": entry(50, "Sports"),
    }
    match name.removesuffix(_AT_ONCE):
        case "cold":
            return Case(name, folder, {}, some, then)
        case "warm":
            return Case(name, folder, some, came, then | {"new.md": None})
        case "shrinking":
            return Case(name, folder, some, went, then)
        case "archived":
            changes = {"0.md": None, "4.md": entry(4, "AI")}
            return Case(name, folder, few, changes, {"1.md": None, "4.md": None, "x.md": entry(50, "AI")}, _ARCHIVED)
        case "pruned":
            return Case(name, folder, some, went, then, prunes=True)
        case "large":
            return _many(folder)
    raise ValueError(name)


def _many(folder: Path) -> Case:
    """A site large enough that processes share the work: of 600 records a third changes, and half of these go again."""

    def entry(number: int, excerpt: str, topic: str) -> str:
        return record(
            title=f"T{number}",
            webUrl=f"https://e.example/{number}",
            excerpt=excerpt,
            topics=f"[{topic}{number % 60}, u{number % 7}]",
        )

    return Case(
        "large",
        folder,
        {f"{n}.md": entry(n, "Old.", "t") for n in range(600)},
        {f"{n}.md": entry(n, "New.", "new") for n in range(0, 600, 3)},
        {f"{n}.md": None if n % 2 else entry(n, "New.", "old") for n in range(0, 600, 3)},
    )


def tree(folder: Path) -> Tree:
    """The files in a folder and those in it, by their paths, but not what feedloom keeps there for itself."""
    return published(folder)


def named(found: Tree) -> set[str]:
    """The files that the lists name."""
    paths: set[str] = set()
    if catalog := found.get("catalog.json"):
        listed = json.loads(catalog)
        feeds = [*listed["feeds"], *listed.get("aliases", ())]
        paths |= {path for feed in feeds for path in (feed["page"], *feed["formats"].values())}
    if outlines := found.get("feeds.opml"):
        addresses = [outline.get("xmlUrl") for outline in ElementTree.fromstring(outlines).iter("outline")]
        paths |= {address.removeprefix(URL) for address in addresses if address}
    if directory := found.get("index.html"):
        links = re.findall(r'href="([^"#?:]+)["#?]', directory.decode())
        paths |= {unquote(link) for link in links}
    # What nothing leads to any more may be removed in any order: the documents that count are those that a feed leads to.
    leading = [path for path in found if path.endswith((".atom", ".rss")) and not path.startswith("archive/")]
    while leading:
        older = {address.decode() for address in _OLDER.findall(found.get(leading.pop(), b""))}
        leading += older - paths
        paths |= older
    return paths


def run(command: list[str], before: Callable[[], object] = lambda: None) -> Ran:
    """Run a command in a process of its own, which is forked: that takes a tenth of the time."""
    return finished(start(command, before))


class Started(NamedTuple):
    """A process that leads a group of its own, and the files that it speaks to."""

    pid: int
    streams: tuple[int, int]


def start(command: list[str], before: Callable[[], object] = lambda: None) -> Started:
    """Begin with a command, after a call in its process."""
    # Pipes: what is said is no change of a file.
    streams = [os.pipe(), os.pipe()]
    pid = os.fork()
    if pid == 0:
        os.setpgid(0, 0)
        for number, (_, end) in enumerate(streams, 1):
            os.dup2(end, number)
        os._exit(_code(command, before))
    with_us = []
    for beginning, end in streams:
        os.close(end)
        with_us.append(beginning)
    return Started(pid, (with_us[0], with_us[1]))


def finished(started: Started) -> Ran:
    """Wait for what was begun with. It says less than what a pipe holds, 64 KiB."""
    _, status = os.waitpid(started.pid, 0)
    said = []
    for stream in started.streams:
        with open(stream, encoding="utf-8", errors="replace") as file:
            said.append(file.read())
    return Ran(os.waitstatus_to_exitcode(status), *said)


def ended(output: Path) -> None:
    """Wait until all processes of a killed build have ended: then its lock is free."""
    if output.is_dir():
        with lock.hold(str(output), 10):
            pass


def _code(command: list[str], before: Callable[[], object]) -> int:
    code = 70
    try:
        for number, name in ((1, "stdout"), (2, "stderr")):
            setattr(sys, name, io.TextIOWrapper(io.FileIO(number, "w"), write_through=True))
        before()
        main(command)
    except SystemExit as ended:
        code = int(ended.code or 0)
    except BaseException:
        traceback.print_exc()
    return code
