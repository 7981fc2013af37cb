"""Which records are held back, in the words of any tool: `published: false`, `params: {draft: true}`, `_drafts/`.

A field that holds back wins over all that publish, and an unknown value holds back: a published text cannot be taken back.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Literal, NamedTuple, TypeAlias

from feedloom.frontmatter.subset import Fields, Path, Value
from feedloom.values import field_names
from feedloom.values.characters import folded, without_invisible

YES = frozenset({"true", "yes", "on", "y", "1"})
NO = frozenset({"false", "no", "off", "n", "0"})
"""The spellings of YAML 1.1 and 1.2, and of databases."""

_FOLDERS = frozenset({"draft", "_draft", "drafts", "_drafts"})
_HOLDING = frozenset(
    ["draft", "private", "hidden", "unlisted", "pending", "future", "archived", "trash"]
    + ["unpublished", "scheduled", "auto-draft", "inherit", "skip", "deleted", "disabled", "inactive", "expired", "embargoed"]
)
_PUBLISHING = frozenset({"published", "publish", "public", "live", "active", "final"})

_Kind: TypeAlias = Literal["publishes", "holds", "state", "secret", "holds or state"]


class _Meaning(NamedTuple):
    """What a field means, and whether an unknown value holds back: not if the field has other uses too."""

    kind: _Kind
    is_sure: bool


# WordPress, Jekyll, Hugo, Zola, Eleventy, Pelican, Hexo, Ghost, Docusaurus, VuePress, Obsidian, Lektor, Kirby and editors.
# fmt: off
_NAMES: dict[_Meaning, str] = {
    _Meaning("publishes", True): "published publish public dgpublish discoverable visible",
    _Meaning("publishes", False): "permalink render listed enabled online rss feed inrss infeed approved ready "
                                  "active live released publishable article",
    _Meaning("holds", True): "draft private hidden unlisted unpublished archived trashed deleted scheduled headless invisible "
                             "wip embargo embargoed embargountil embargoeduntil embargodate excludefromcollections "
                             "eleventyexcludefromcollections",
    _Meaning("holds", False): "hide disabled expired unpublish dontpublish donotpublish nopublish notpublished secret "
                              "confidential internal exclude hiddenfromrss hiddenfromfeed hiddeninrss hiddeninfeed hidefromrss "
                              "hidefromfeed excludefromrss excludefromfeed excludefromfeeds norss nofeed rssignore ignorerss "
                              "disablerss disablefeed inactive offline unreleased withheld withdrawn suppress suppressed "
                              "internalonly membersonly memberonly protected encrypted todo skip ignore",
    _Meaning("state", True): "status poststatus publishstatus publicationstatus articlestatus pagestatus contentstatus "
                             "visibility postvisibility pagevisibility state poststate publicationstate articlestate workflow "
                             "workflowstate workflowstatus",
    _Meaning("state", False): "privacy access stage phase lifecycle",
    _Meaning("secret", False): "password postpassword",
}
# fmt: on
_MEANINGS = {name: meaning for meaning, names in _NAMES.items() for name in names.split()}

_MEANINGS_BY_LETTER = {letter: [name for name in _MEANINGS if name[0] == letter] for letter in {name[0] for name in _MEANINGS}}

_CONTAINERS = frozenset(
    ["params", "extra", "extras", "meta", "metadata", "frontmatter", "page", "post", "custom", "data", "attributes", "cascade"]
    + ["properties", "flags", "options", "settings", "publishing", "publication", "rss", "feed"]
)
"""Where tools keep such fields, besides the record itself."""
_ANY_DRAFT = _Meaning("holds or state", False)
_ANY_STATUS = ("status", "visibility", "workflow")
_OF_COMMENTS = ("comment", "ping")
_ORDINARY = field_names.RECORD - {"published"}


class Hold(NamedTuple):
    """What holds a record back: the field at the path `where`, or a folder, without a path.

    `what` is for people. If it is not `clear`, the value is unknown.
    """

    what: str
    where: Path = ()
    is_clear: bool = True


class _Field(NamedTuple):
    """What a field means. If `is_misspelled`, this is only likely, and only a clear value counts."""

    right: str
    meaning: _Meaning
    is_misspelled: bool


def by_folder(path: str) -> Hold | None:
    """The folder that holds a file back, if there is one."""
    return _of_folder(path.rpartition("/")[0])


@lru_cache(1024)
def _of_folder(folder: str) -> Hold | None:
    return next((Hold(f"the folder {one}/") for one in folder.split("/") if one.casefold() in _FOLDERS), None)


def by_field(fields: Fields) -> Hold | None:
    """The first field that holds a record back, else the first with an unknown value.

    `published`, in this spelling, is a field of the record: `parse` checks that it is true or false.
    """
    if fields.keys() <= _ORDINARY:
        return None
    hold = list(_holding(fields, (), ""))
    return next((one for one in hold if one.is_clear), hold[0] if hold else None)


def _holding(fields: Fields, path: Path, inside: str) -> Iterator[Hold]:
    """What holds a record back among its fields, or among those `inside` the field at `path`."""
    for name, value in fields.items():
        if not path and name in _ORDINARY:
            continue
        where = (*path, name)
        if name == "<<":  # YAML 1.1 takes fields from there, and nothing has checked them
            yield Hold(f"the field {inside}<<", where, False)
            continue
        written = field_names.plain(name) if isinstance(value, dict) else ""
        if isinstance(value, dict) and written in _CONTAINERS:
            yield from _holding(value, where, f"{inside}{written}.")
        elif isinstance(value, dict) and written == "build":
            yield from _unbuilt(value, where, f"{inside}build.")
        elif isinstance(value, dict) and _field(name) is None:
            yield from _drafts(value, where, inside)
        elif field := _field(name):
            holds = _holds(value, field)
            is_own = name == "published" and not path
            if holds or (holds is None and field.meaning.is_sure and not field.is_misspelled and not is_own):
                yield Hold(f"the field {inside}{field.right}", where, bool(holds))


def _drafts(fields: Fields, path: Path, inside: str) -> Iterator[Hold]:
    """`draft` means the record in any field; `hidden: true` in a picture may mean the picture."""
    for name, value in fields.items():
        field = _field(name)
        if field and field.right == "draft" and _holds(value, field):
            yield Hold(f"the field {inside}{field.right}", (*path, name))


def _unbuilt(options: Fields, path: Path, inside: str) -> Iterator[Hold]:
    """Hugo's build options: a page that is not rendered, or that no list shows."""
    for name, value in options.items():
        if name in ("render", "list"):
            word = _word(value) if isinstance(value, str) else None
            if word not in YES | {"", "always"}:
                yield Hold(f"the field {inside}{name}", (*path, name), word in NO | {"never", "link"})


@lru_cache(4096)
def _field(name: str) -> _Field | None:
    """What a name means, with or without capitals, `is`, `_` and `-`."""
    written = field_names.plain(name)
    right = written.removeprefix("is")
    if right in _MEANINGS:
        return _Field(right, _MEANINGS[right], False)
    if field_names.is_known(name) or written.startswith(_OF_COMMENTS):
        return None
    if right_name := _right_name(written) or _right_name(right):
        return _Field(right_name, _MEANINGS[right_name], True)
    if "draft" in written:
        return _Field("draft", _ANY_DRAFT, True)
    if written.endswith(_ANY_STATUS):
        return _Field("status", _MEANINGS["status"], True)
    return None


def _right_name(written: str) -> str | None:
    """The name that this one is with a typing error."""
    known = (name for name in _MEANINGS_BY_LETTER.get(written[:1], ()) if field_names.is_misspelled(written, name))
    return next(known, None)


def _holds(value: Value, field: _Field) -> bool | None:
    """Whether a value holds back; None if it is unknown."""
    kind = field.meaning.kind
    if not isinstance(value, str):
        return None
    word = _word(value)
    if not word:
        return False
    if kind == "state":
        return True if word in _HOLDING else False if word in _PUBLISHING else None
    if kind == "holds or state":
        return word in YES | _HOLDING
    if kind == "secret":
        return word not in NO and not field.is_misspelled
    if kind == "holds":
        return True if word in YES else False if word in NO else None
    return True if word in NO else False if word in YES else None


def _word(value: str) -> str:
    return folded(without_invisible(value)).strip()
