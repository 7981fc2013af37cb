"""Ids and URLs that `feedloom check` warns about. A build accepts them."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from operator import itemgetter
from typing import NamedTuple
from urllib.parse import urlsplit

from feedloom.model import Problem, Record
from feedloom.values.text import shortened

# RFC 3986 section 4.3, with the characters of its section 2.
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+")

_LONGEST = 100
"""Characters shown in a message: a query may have 8,000."""


class _Parts(NamedTuple):
    """The URL of an article: its `key`, and what programs and people add to URLs."""

    key: tuple[str, str, str]
    additions: dict[str, str]


def doubts(records: Iterable[tuple[str, Record]]) -> Iterator[Problem]:
    """Ids that validators reject, and URLs that differ only in ways that rarely mean another article. Records come with their
    places.
    """
    alike: defaultdict[tuple[str, str, str], list[tuple[str, _Parts]]] = defaultdict(list)
    for place, record in sorted(records, key=itemgetter(0)):
        if not _URI.fullmatch(record.id):
            yield Problem(place, None, "id", "id-not-uri", (), "warning")
        parts = _parts(record.id if record.id.startswith("https://") else record.link)
        alike[parts.key].append((place, parts))
    for (first, its), *others in alike.values():
        for place, parts in others:
            if what := _differences(its, parts):
                yield Problem(place, None, None, "near-duplicate", (first, what), "warning")


def _parts(url: str) -> _Parts:
    split = urlsplit(url)
    host = split.netloc.removeprefix("www.")
    path = split.path.rstrip("/")
    query = split.query.split("&") if split.query else []
    additions = {name: part for part in query if (name := part.partition("=")[0]).lower().startswith("utm_")}
    additions |= {"www.": split.netloc[: -len(host)], "the last slash": split.path[len(path) :], "the fragment": split.fragment}
    return _Parts((host, path, "&".join(part for part in query if part not in additions.values())), additions)


def _differences(one: _Parts, other: _Parts) -> str:
    names = sorted(one.additions.keys() | other.additions.keys())
    return shortened(
        ", ".join(name for name in names if one.additions.get(name, "") != other.additions.get(name, "")), _LONGEST
    )
