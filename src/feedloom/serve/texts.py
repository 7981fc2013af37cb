"""The texts of records, folded, and which of them can contain a phrase.

SQLite's FTS5 finds the texts that have the trigrams of a phrase, without their positions: candidates, of which the caller keeps
those that contain it. 97,000 texts (22 MB) take 1.0 s and 18 MB in a temporary file, and a rare phrase 0.1 to 8 ms. Looking at
all of them takes 25 ms.
"""

import sqlite3
import threading
from collections.abc import Iterable

from feedloom.model import Record
from feedloom.values import characters

SMALLEST = 20_000
"""Texts from which an index is made: to look at fewer takes less than 5 ms."""
MOST = 4_000
"""Candidates: a phrase that is in more texts is soon found by looking at the newest."""
_MOST_GRAMS = 8
_GRAM = 3
_END = "\n"
"""After each text and between its parts, so that two characters before it have a trigram too. No phrase has one."""
_TABLES = (
    "CREATE VIRTUAL TABLE texts USING fts5(text, tokenize='trigram case_sensitive 1', detail=none, content='', columnsize=0)",
    "CREATE VIRTUAL TABLE grams USING fts5vocab(texts, row)",
)


class Texts:
    """The folded title and excerpt of records, in the order in which they were added. It only grows, so that two threads can
    use it for two builds.
    """

    def __init__(self) -> None:
        self.numbers: dict[bytes, int] = {}
        """Where in `texts` that of a record is, by the digest of the record."""
        self.texts: list[str] = []
        self._lock = threading.Lock()
        self._index: sqlite3.Connection | None = None
        self._indexed = 0
        self._is_broken = False

    def add(self, records: Iterable[tuple[bytes, Record]]) -> None:
        """Add the texts of records, each with its digest."""
        for seal, record in records:
            self.texts.append(f"{characters.folded(record.title)}{_END}{characters.folded(record.excerpt)}{_END}")
            self.numbers[seal] = len(self.texts) - 1

    def candidates(self, phrase: str) -> list[int] | None:
        """Where in `texts` those are that can contain a folded phrase; None where there are too many, or no index."""
        with self._lock:
            if self._is_broken or len(self.texts) < SMALLEST:
                return None
            try:
                return self._found(phrase)
            except sqlite3.Error:  # an SQLite without FTS5 or its trigrams; a full disk
                self._index, self._is_broken = None, True
                return None

    def _found(self, phrase: str) -> list[int] | None:
        index = self._current()
        if len(phrase) < _GRAM:
            asked, texts = [], 0
            bounds = (phrase, f"{phrase}\U0010ffff")
            for gram, count in index.execute("SELECT term, doc FROM grams WHERE term >= ? AND term <= ?", bounds):
                asked.append(gram)
                texts += count
                if texts >= MOST:
                    return None
            match = " OR ".join(map(_quoted, asked))
        else:
            every = sorted({phrase[at : at + _GRAM] for at in range(len(phrase) - _GRAM + 1)})
            match = " AND ".join(map(_quoted, every[:: -(-len(every) // _MOST_GRAMS)]))
        if not match:
            return []
        found = index.execute("SELECT rowid FROM texts WHERE texts MATCH ? LIMIT ?", (match, MOST)).fetchall()
        return None if len(found) == MOST else [number for (number,) in found]

    def _current(self) -> sqlite3.Connection:
        """The index, with the texts that were added since it was used."""
        if self._index is None:
            self._index = sqlite3.connect("", isolation_level=None, check_same_thread=False)  # a file that nobody else sees
            for table in _TABLES:
                self._index.execute(table)
        if self._indexed < len(self.texts):
            new = list(enumerate(self.texts))[self._indexed :]
            self._index.execute("BEGIN")
            self._index.executemany("INSERT INTO texts (rowid, text) VALUES (?, ?)", new)
            self._index.execute("COMMIT")
            self._indexed += len(new)
        return self._index


def _quoted(gram: str) -> str:
    return '"' + gram.replace('"', '""') + '"'
