"""The records of a build on an engine: the shards into which record files are divided, and what came of each."""

from typing import NamedTuple

from feedloom.config.settings import Config, rules
from feedloom.engines import steps
from feedloom.engines.run import Run
from feedloom.engines.steps import Job, ReadShard, Shard
from feedloom.pipeline import digests, places
from feedloom.records import scan
from feedloom.records.scan import Scan

_BYTES_A_PART = 32 << 20
"""Of record files: what one task groups and renders fits into 1 GiB of memory then, with the feeds that it shows."""
_FEWEST_PARTS = 8
_MOST_PARTS = 1024
_FILES_A_SHARD = 1_000


class Read(NamedTuple):
    """What was read: the shards by their digests, and what came of each."""

    scan: Scan
    shards: list[str]
    found: list[ReadShard]

    @property
    def digest(self) -> bytes:
        """Differs where any record differs. A shard that could change with the same times has none."""
        settled = all(one.is_settled for one in self.found)
        return digests.digest_of(self.shards, self.scan.problems) if settled else b""


def read(found: Scan, run: Run) -> Read:
    """Read the shards that no earlier build has read. Raises ExportError if files were exported anew meanwhile."""
    shards = _shards(found)
    ids = [_id(shard, run.job) for shard in shards]
    pairs = list(zip(ids, shards, strict=True))
    for _ in run.work.each(lambda pair: run.work.put(f"{run.job.run}/shards/{pair[0]}", pair[1]), pairs):
        pass
    run.work.put(f"{run.job.run}/names", ids)
    results = run.all(steps.read, [(id,) for id in ids], "Reading")
    scan.check_exports(found)
    return Read(found, ids, results)


def parts(found: Scan, config: Config) -> int:
    """Into how many parts ids and groups are divided: a power of two, so that few more records leave it alone."""
    if config.shards:
        return min(config.shards, _MOST_PARTS)
    size = sum(source.size for bucket in found.buckets for source in bucket)
    return min(_MOST_PARTS, max(_FEWEST_PARTS, 1 << (size // _BYTES_A_PART).bit_length()))


def _shards(found: Scan) -> list[Shard]:
    """The record files in shards: each file of many records alone, and of others whole buckets, which a change in another one
    leaves alone.
    """
    alone = [Shard([source]) for bucket in found.buckets for source in bucket if scan.is_shard(source.file)]
    buckets = [[source for source in bucket if not scan.is_shard(source.file)] for bucket in found.buckets]
    count = sum(map(len, buckets))
    together = max(1, len(buckets) >> max(0, count // _FILES_A_SHARD).bit_length())
    joined = (buckets[at : at + together] for at in range(0, len(buckets), together))
    shards = [Shard([source for bucket in some for source in bucket]) for some in joined]
    return [*alone, *(shard for shard in shards if shard.files)]


def _id(shard: Shard, job: Job) -> str:
    """The name of what is read from a shard: another one where its files, the rules of reading or the program differ."""
    return digests.digest_of(shard, job.code, rules(job.config), places.records(job.config), job.parts).hex()
