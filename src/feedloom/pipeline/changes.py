"""Why feeds are dirty: how many of their records are new, changed or removed since the previous build. Pure."""

from collections import defaultdict
from collections.abc import Callable, Collection
from typing import NamedTuple

from feedloom.config.settings import Config
from feedloom.feeds import filters, group, kinds
from feedloom.model import Group, Moment, RecordSummary
from feedloom.pipeline import plan
from feedloom.pipeline.plan import Hidden, Previous


class Change(NamedTuple):
    """Records of a group that are new, changed or removed."""

    new: int = 0
    changed: int = 0
    removed: int = 0

    def __str__(self) -> str:
        counts = [(count, what) for count, what in zip(self, self._fields, strict=True) if count]
        (first, what), *others = counts
        noun = "record" if first == 1 else "records"
        return ", ".join([f"{first:,} {noun} {what}", *(f"{count:,} {what}" for count, what in others)])


def changes(previous: Previous, summaries: Collection[RecordSummary], hidden: Hidden, config: Config) -> dict[Group, Change]:
    """The changes of each group that has some. A record is known by its id, whatever its file is called."""
    before = {summary.id: summary for summary in previous.dropped if _is_shown(summary, previous.hidden)}
    after: dict[str, RecordSummary] = {}
    for summary in plan.touched(previous, summaries, hidden):
        if summary.number <= previous.highest and _is_shown(summary, previous.hidden):
            before[summary.id] = summary
        if _is_shown(summary, hidden):
            after[summary.id] = summary
    groups = _groups(summaries, config)
    found: defaultdict[Group, list[int]] = defaultdict(lambda: [0, 0, 0])
    for id in before.keys() | after.keys():
        if id in before and id in after and _is_same(before[id], after[id], previous.hidden, hidden):
            continue  # only the text below its fields changed
        was = groups(before[id]) if id in before else set()
        now = groups(after[id]) if id in after else set()
        for at, some in enumerate((now - was, now & was, was - now)):
            for one in some:
                found[one][at] += 1
    return {one: Change(*counts) for one, counts in found.items()}


def _is_shown(summary: RecordSummary, hidden: Hidden) -> bool:
    return hidden.get(summary.number, summary.updated) is not None


def _is_same(old: RecordSummary, new: RecordSummary, was_hidden: Hidden, hidden: Hidden) -> bool:
    return old.seal == new.seal and was_hidden.get(old.number, old.updated) == hidden.get(new.number, new.updated)


def _groups(summaries: Collection[RecordSummary], config: Config) -> Callable[[RecordSummary], set[Group]]:
    newest = max((summary.published for summary in summaries), default=Moment(0))
    custom = [(kinds.of_custom_feed(feed), filters.conditions(feed, config, newest)) for feed in config.feeds]

    def groups(summary: RecordSummary) -> set[Group]:
        chosen = {one for one, conditions in custom if all(condition.holds(summary) for condition in conditions)}
        return {*group.groups(summary, config), *chosen}

    return groups
