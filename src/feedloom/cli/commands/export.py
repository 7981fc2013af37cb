"""feedloom export."""

import sys
from typing import Any

import click

from feedloom.cli import options

_FORMATS = ("jsonl.zst", "jsonl.gz", "jsonl", "parquet")


@click.command()
@click.argument("folder", type=options.PATH)
@click.option("--records", type=options.PATH, metavar="DIR", help="Folder of the records.")
@options.config
@click.option("--shards", type=click.IntRange(1, 1_000_000), default=5000, metavar="N", help="Records a file (default: 5000).")
@click.option("--format", type=click.Choice(_FORMATS), default=_FORMATS[0], help="Form of the files (default: jsonl.zst).")
def command(folder: str, shards: int, format: Any, **overrides: Any) -> None:
    """Write the records into files of many records (shards).

    A build from FOLDER gives the same feeds as one from the records, and reads large collections from object storage much
    faster. Drafts are exported, too. The next export writes only files that differ, and removes those that it does not need
    any more. Exits with 1 if a record was left out.

    \b
    feedloom export shards                           5,000 records a file
    feedloom export shards --format parquet          needs feedloom[parquet]
    feedloom build shards                            the same feeds
    """
    from feedloom.cli import configuration, output, printing, problem_list
    from feedloom.pipeline import export

    config = configuration.loaded(**overrides)
    done = export.export(config, folder, shards, format)
    for line in problem_list.grouped(done.problems, None):
        printing.say(line)
    printing.say(
        f"Exported {output.number(done.records, 'record')} to {folder}: {output.number(done.files, 'file')} "
        f"({done.written:,} written, {done.files - done.written:,} unchanged, {done.removed:,} removed)."
    )
    if any(problem.level == "rejected" for problem in done.problems):
        sys.exit(1)
