"""The two kinds of work that processes share: reading files, and rendering and publishing feeds.

A task and its result are values that pickle quickly: what is many in them is packed into bytes.
"""

import os
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import msgspec

from feedloom import dates, parse, publish, render, sources, state, text
from feedloom.config import Config, Rules
from feedloom.model import Card, Feed, Known, Moment, Problem, Record, Source

UNREAD = b""
"""The digest of a file that could not be read."""

_encode = msgspec.msgpack.Encoder().encode


class File(NamedTuple):
    """A record file to read, the number of its card, and the digest of its content when it was last read."""

    source: Source
    number: int
    digest: bytes | None


class Files(NamedTuple):
    """A task: files to read, their folder, and the rules to read them by."""

    root: str
    rules: Rules
    files: list[File]


class Readings(NamedTuple):
    """Its result: what became of each file, None where its content is as it was; the cards and the records of those that
    are published.
    """

    known: bytes
    cards: bytes
    records: list[tuple[int, bytes]]

    def unpacked(self) -> tuple[list[Known | None], dict[int, Card]]:
        """What became of the files, and the cards by number."""
        return _decode_known(self.known), {card.number: card for card in _decode_cards(self.cards)}


class Shown(NamedTuple):
    """A record in a feed: the number of its card, and the date of update that is shown."""

    number: int
    updated: Moment


class Feeds(NamedTuple):
    """A task: feeds to render and publish, as `packed` gives them, and what they are made with.

    `opening` is that of the state that numbered the cards. `room` is how many bytes of entries a process may keep.
    """

    packed: bytes
    room: int
    opening: int
    state: str
    config: Config
    frames: render.Frames


_decode_known = msgspec.msgpack.Decoder(list[Known | None]).decode
_decode_cards = msgspec.msgpack.Decoder(list[Card]).decode
_decode_feeds = msgspec.msgpack.Decoder(list[tuple[Feed, list[Shown]]]).decode


def packed(feeds: Sequence[Feed]) -> bytes:
    """Feeds for a task."""
    return _encode([(feed.summary, [Shown(card.number, card.updated) for card in feed.entries]) for feed in feeds])


def read(task: Files) -> Readings:
    """Read files, each for itself."""
    known: list[Known | None] = []
    cards: list[Card] = []
    records: list[tuple[int, bytes]] = []
    for source, number, former in task.files:
        path = sources.shown(source.file)
        try:
            data = sources.content(task.root, source, task.rules.max_file_size)
        except OSError as error:
            reading, digest = parse.rejected(path, f"cannot be read: {error.strerror or error}"), UNREAD
        else:
            digest = state.digest(data)
            if digest == former:
                known.append(None)
                continue
            reading = parse.reading(path, data, task.rules)
        problems = reading.problems
        if os.fsencode(path) != source.file:
            problems = (*problems, Problem(path, None, None, "has a name with characters that cannot be shown", "warning"))
        known.append(Known(number, digest, reading.status, problems, reading.held))
        if reading.record:
            cards.append(card(number, reading.record, task.rules.phrases))
            records.append((number, state.packed(number, reading.record)))
    return Readings(_encode(known), _encode(cards), records)


def card(number: int, record: Record, phrases: Sequence[str] = ()) -> Card:
    """The card of a record, with those of the phrases that its title or its excerpt holds."""
    return Card(
        number=number,
        path=record.path,
        id=record.id,
        published=dates.stamp(record.published),
        updated=dates.stamp(record.updated),
        topics=record.topics,
        provider=record.provider.name if record.provider else None,
        domain=record.provider.domain if record.provider else None,
        category=record.category,
        type=record.type,
        quality=record.quality,
        heat=record.heat,
        phrases=_phrases(record, phrases) if phrases else (),
    )


def _phrases(record: Record, wanted: Sequence[str]) -> tuple[str, ...]:
    texts = text.folded(record.title), text.folded(record.excerpt)
    return tuple(phrase for phrase in wanted if phrase in texts[0] or phrase in texts[1])


def publish_feeds(task: Feeds) -> publish.Published:
    """Render feeds and bring their files up to date. Raises PublishError, and Damaged where the state lacks a record."""
    entries = _entries(task.opening)
    with state.records(task.state) as records:
        files = (
            file
            for feed, shown in _decode_feeds(task.packed)
            for file in render.feed_files(feed, entries.of(shown, records, task), task.config, task.frames)
        )
        return publish.publish(files, task.config.output)


class _Entries:
    """Entries as they were rendered, the last ones of this process: half of all places in feeds are not an entry's first."""

    def __init__(self) -> None:
        self._kept: dict[Shown, render.Entry] = {}
        self._size = 0

    def of(self, shown: list[Shown], records: state.Records, task: Feeds) -> list[render.Entry]:
        """The entries of a feed, in a task of the opening that these are of."""
        missing = {one.number: one for one in shown if one not in self._kept}
        for number, record in records.of(list(missing)):
            one = missing[number]
            updated = dates.of_stamp(one.updated)
            if record.updated != updated:
                record = msgspec.structs.replace(record, updated=updated)  # a date in the future is none yet
            entry = self._kept[one] = render.entry(record, task.config)
            self._size += _size(entry)
        entries = [self._kept[one] for one in shown]
        while self._size > task.room:
            self._size -= _size(self._kept.pop(next(iter(self._kept))))
        return entries


def _size(entry: render.Entry) -> int:
    return len(entry.atom) + len(entry.rss) + len(entry.json) + len(entry.html)


@lru_cache(maxsize=1)
def _entries(opening: int) -> _Entries:  # noqa: ARG001
    """Those of this process for a state, as it was opened this time: another one's numbers mean other records."""
    return _Entries()
