"""Corrections that feed readers do not notice: the title or excerpt changed, and the update date did not."""

from feedloom.config.settings import Config
from feedloom.pipeline import places
from feedloom.pipeline.ingest import Ingested
from feedloom.pipeline.memory import RecordSource
from feedloom.report import Hint

_MOST = 100
"""Changed records that are compared: each needs two records from the cache."""


def hints(ingested: Ingested, source: RecordSource, config: Config) -> list[Hint]:
    """The records with such a correction, among the first that changed. Raises Damaged."""
    before = {summary.file: summary for summary in ingested.dropped}
    pairs = [(before[summary.file], summary) for summary in ingested.added if summary.file in before]
    pairs = [(old, new) for old, new in pairs if old.seal != new.seal and old.updated == new.updated][:_MOST]
    if not pairs:
        return []
    with source.opened() as records:
        found = dict(records.of({summary.number: summary.seal for pair in pairs for summary in pair}))
    hints = []
    for old, new in sorted(pairs, key=lambda pair: pair[1].file):
        for field in ("title", "excerpt"):
            if getattr(found[old.number], field) != getattr(found[new.number], field):
                message = f"{field} changed, updatedDateTime did not: readers that have the article may skip the correction"
                hints.append(Hint(places.place(new.path, config), field, message))
    return hints
