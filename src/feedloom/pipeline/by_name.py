"""A build that is told which record files changed: it looks at these, and believes that all others are as they were."""

import os
import stat
from collections.abc import Collection, Iterator
from typing import NamedTuple

from feedloom.config.settings import Config
from feedloom.errors import ConfigError
from feedloom.model import Source
from feedloom.pipeline import digests, places
from feedloom.pipeline.cache import Build, Files
from feedloom.pipeline.memory import Store
from feedloom.pipeline.workers import Workers
from feedloom.records import scan
from feedloom.records.scan import Scan, Sources

_OF_THE_REPOSITORY = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR")
"""Git sets these for hooks, relative to a folder that need not be ours."""


class Names(NamedTuple):
    """Paths inside the records folder that may have changed: files, folders, and what is not there any more.

    `given` are those that the user named, as written, each with the paths that it may mean; `found` are those of git.
    """

    given: dict[str, set[bytes]]
    found: set[bytes]

    @property
    def inside(self) -> set[bytes]:
        """All of them. Empty: the records folder itself."""
        return {_deciding(path) for path in self.found.union(*self.given.values())}


class Scanned(NamedTuple):
    """A scan, and the digests of its buckets. A bucket that nobody looked at is empty and has the digest of the last build."""

    scan: Scan
    digests: list[bytes]


def named(changed: Collection[str] | None, since: str | None, config: Config) -> Names | None:
    """What changed: the files that the user named, and those that differ from a git revision. None: nobody said.

    Raises ConfigError.
    """
    if changed is None and since is None:
        return None
    given = {file: _inside(file, config) for file in changed or ()}
    return Names(given, set() if since is None else set(_from_git(since, config)))


def scanned(names: Names | None, last: Build | None, store: Store, config: Config, workers: Workers) -> Scanned:
    """Scan what may differ from the `last` build with the same settings: all, unless `names` are given and it knows the rest.

    Raises ConfigError if a file that the user named is not a record; Damaged.
    """
    if names is None:
        known = None if last is None else sum(count for bucket in last.buckets for count in bucket.statuses.values())
        return _all(places.scanned(config, workers=workers, known=known))
    inside = names.inside
    if config.profile == "nikola" or any(one.profile == "nikola" for one in config.several):
        inside = inside.union(*map(scan.parts_of, inside))  # both files of a post
    # Problems of a scan are not stored one by one; a listing of objects is always whole.
    is_container = scan.is_container(config.records) or places.has_objects(config)
    if last is None or last.scanned != digests.digest_of([]) or is_container or b"" in inside:
        done = _all(places.scanned(config, workers=workers))
    else:
        done = _renewed(inside, last, store, config)
    for file, paths in names.given.items():
        if not is_container:
            _check(file, paths, done.scan, config)
    return done


def _all(found: Scan) -> Scanned:
    return Scanned(found, [digests.digest(bucket.data) for bucket in found.buckets])


def _renewed(names: set[bytes], last: Build, store: Store, config: Config) -> Scanned:
    """The buckets in which something is named, of new file stamps for what is named and of former ones for all others."""
    top = os.fsencode(os.path.realpath(config.records))
    former: dict[int, list[Source]] = {}

    def known(at: int) -> list[Source]:
        if at not in former:
            former[at] = [
                Source(*source) for source in store.part(last.buckets[at].files, "files", Files, last.buckets[at].place).sources
            ]
        return former[at]

    # A file that could have changed with the same times (`ingest`) is looked at, too.
    unsettled = {
        source.file
        for at, bucket in enumerate(last.buckets)
        if bucket.digest is None
        for source in known(at)
        if not source.mtime and not source.ctime
    }
    looked_at = names | unsettled
    found = places.scanned(config, looked_at)
    touched = {at for at, bucket in enumerate(found.buckets) if bucket}
    touched.update(at for at, bucket in enumerate(last.buckets) if bucket.digest is None)
    folders: set[bytes] = set()
    for name in names:
        at = scan.bucket_of(name)
        kind = _kind(os.path.join(top, name))
        if kind == stat.S_IFREG or any(source.file == name for source in known(at)):
            touched.add(at)
        else:
            folders.add(name)  # or it was one
    if folders:
        touched.update(at for at in range(len(last.buckets)) if any(_is_below(source.file, folders) for source in known(at)))
    buckets = [Sources([]) for _ in last.buckets]
    for at in touched:
        others = (
            source for source in known(at) if source.file not in looked_at and not (folders and _is_below(source.file, folders))
        )
        buckets[at] = Sources(map(scan.packed, (*others, *found.buckets[at])))
    now = [
        digests.digest(bucket.data) if at in touched or before.digest is None else before.digest
        for at, (bucket, before) in enumerate(zip(buckets, last.buckets, strict=True))
    ]
    return Scanned(Scan(buckets, found.problems, found.marks), now)


def _is_below(file: bytes, folders: Collection[bytes]) -> bool:
    at = file.find(b"/")
    while at >= 0:
        if file[:at] in folders:
            return True
        at = file.find(b"/", at + 1)
    return False


def _kind(path: bytes) -> int | None:
    """The type of what is there, as in `st_mode`; None: nothing that can be seen."""
    try:
        return stat.S_IFMT(os.lstat(path).st_mode)
    except OSError:
        return None


def _deciding(path: bytes) -> bytes:
    """The path itself; of the mark of a virtual environment, the folder in which no file is a record then."""
    folder, name = os.path.split(path)
    return folder if name == scan.VIRTUAL else path


def _check(file: str, paths: set[bytes], found: Scan, config: Config) -> None:
    """Raises ConfigError if there is such a file, but a scan does not find it, or could not."""
    if not os.path.lexists(file) or (os.path.isdir(file) and not os.path.islink(file)):
        return
    problems = {problem.path for problem in found.problems}
    for path in paths:
        for one in (path, *scan.parts_of(path)):
            if scan.shown(one) in problems or any(source.file == one for source in found.buckets[scan.bucket_of(one)]):
                return
    raise ConfigError(f"--changed {scan.shown(file)}: not a record of {scan.shown(config.records)}: {scan.WHAT}")


def _inside(file: str, config: Config) -> set[bytes]:
    """The paths inside the records folder that a file can have: as it is written, and with links followed.

    Raises ConfigError if it has none.
    """
    folder = os.path.realpath(config.records)
    written = os.path.abspath(file)
    above, name = os.path.split(written)
    paths = {
        os.path.relpath(path, start)
        for path, start in (
            (written, os.path.abspath(config.records)),
            (written, folder),
            (os.path.join(os.path.realpath(above), name), folder),
        )
    }
    if scan.is_container(config.records):
        if "." in paths:
            return set()
        raise ConfigError(f"--changed {scan.shown(file)}: the records are in another file, {scan.shown(config.records)}")
    inside = {b"" if path == "." else os.fsencode(path) for path in paths if path.split(os.sep)[0] != os.pardir}
    if not inside:
        raise ConfigError(f"--changed {scan.shown(file)}: not in the records folder {scan.shown(config.records)}")
    return inside


def _from_git(revision: str, config: Config) -> Iterator[bytes]:
    """The paths inside the records folder of files that differ from a git revision, and of those that git does not track.

    Raises ConfigError.
    """
    if scan.is_container(config.records):
        return
    if revision.startswith("-"):
        raise ConfigError(f"--changed-from {revision}: a git revision does not begin with -")
    commit = _git(revision, config, "rev-parse", "--verify", f"{revision}^{{commit}}").decode().strip()
    differing = ("diff", "--name-only", "-z", "--no-renames", "--no-ext-diff", "--ignore-submodules=none", "--relative")
    untracked = ("ls-files", "-z", "--others", "--exclude-standard")
    for command in ((*differing, commit, "--", "."), (*untracked, "--", ".")):
        for path in _git(revision, config, *command).split(b"\0"):
            if path:
                yield path.rstrip(b"/")


def _git(revision: str, config: Config, *command: str) -> bytes:
    """What git prints in the records folder. Raises ConfigError."""
    import subprocess

    environment = {name: value for name, value in os.environ.items() if name not in _OF_THE_REPOSITORY}
    environment |= {"GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
    begin = ["git", "--no-pager", "-c", "core.fsmonitor=false", "-C", config.records]
    what = f"--changed-from {revision}"
    try:
        ran = subprocess.run([*begin, *command], env=environment, capture_output=True, check=False)  # noqa: S603
    except OSError as error:
        raise ConfigError(f"{what}: git cannot be run: {error.strerror}; install it, or build without this option") from None
    if ran.returncode:
        said = " ".join(ran.stderr.decode(errors="replace").split()) or f"git ended with {ran.returncode}"
        how = "name a commit that this clone has (in CI: fetch more of the history), or build without this option"
        raise ConfigError(f"{what}: {said}: {how}")
    return ran.stdout
