"""Which records are held back, in the words of any tool: `published: false`, `draft: true`, `status: private`, `_drafts/`.

Holding back wins over all that would publish, and what is not understood holds back: a text that is out cannot be taken back.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Literal, NamedTuple, TypeAlias

from feedloom.frontmatter.subset import Fields, Value
from feedloom.values import field_names
from feedloom.values.characters import without_invisible

YES = frozenset({"true", "yes", "on", "y"})
NO = frozenset({"false", "no", "off", "n"})
"""The spellings of YAML 1.1 and 1.2."""

_FOLDERS = frozenset({"draft", "_draft", "drafts", "_drafts"})
_HOLDING = frozenset({"draft", "private", "hidden", "unlisted", "pending", "future", "archived", "trash"})
_PUBLISHING = frozenset({"published", "publish", "public", "live", "active", "final"})

_Kind: TypeAlias = Literal["publishes", "holds", "state"]
_KINDS: dict[str, _Kind] = {
    "published": "publishes",
    "publish": "publishes",
    "public": "publishes",
    "draft": "holds",
    "private": "holds",
    "hidden": "holds",
    "unlisted": "holds",
    "unpublished": "holds",
    "status": "state",
    "poststatus": "state",
    "publishstatus": "state",
    "visibility": "state",
}
_ORDINARY = field_names.RECORD - {"published"}


class Hold(NamedTuple):
    """What holds a record back: a field, by its name as it is written, or a folder, which has no name.

    `what` tells it to people. Where it is not `clear`, a value was not understood.
    """

    what: str
    name: str = ""
    is_clear: bool = True


class _Field(NamedTuple):
    right: str
    kind: _Kind
    is_slip: bool


def by_folder(path: str) -> Hold | None:
    """The folder below that of all records which holds a file back."""
    *folders, _ = path.split("/")
    return next((Hold(f"the folder {one}/") for one in folders if one.casefold() in _FOLDERS), None)


def by_field(fields: Fields) -> Hold | None:
    """The first field that holds a record back, or else the first that is not understood.

    `published`, spelt so, is the record's own field: one that is neither true nor false is for the reader of records.
    """
    if fields.keys() <= _ORDINARY:
        return None
    hold = list(_holding(fields))
    return next((one for one in hold if one.is_clear), hold[0] if hold else None)


def _holding(fields: Fields) -> Iterator[Hold]:
    for name, value in fields.items():
        if name == "<<":  # YAML 1.1 takes fields from there, which nobody looked at
            yield Hold("the field <<", name, False)
        field = None if name in _ORDINARY else _field(name)
        if field:
            holds = _holds(value, field)
            if holds or (holds is None and not field.is_slip and name != "published"):
                yield Hold(f"the field {field.right}", name, bool(holds))


@lru_cache(4096)
def _field(name: str) -> _Field | None:
    """What a name means, with or without capitals, `is`, `_` and `-`."""
    written = field_names.plain(name)
    right = written.removeprefix("is")
    if right in _KINDS:
        return _Field(right, _KINDS[right], False)
    if field_names.is_known(name):
        return None
    slip = next((known for known in _KINDS if field_names.is_slip(written, known) or field_names.is_slip(right, known)), None)
    return _Field(slip, _KINDS[slip], True) if slip else None


def _holds(value: Value, field: _Field) -> bool | None:
    """Whether a value holds back; None where that is not understood."""
    if not isinstance(value, str):
        return None
    word = without_invisible(value).strip().casefold()
    if not word:
        return False
    if field.kind == "state":
        return True if word in _HOLDING else False if word in _PUBLISHING else None
    no, yes = word in NO or word == "0", word in YES or word == "1"
    if field.kind == "holds":
        return True if yes else False if no else None
    return True if no else False if yes else None
