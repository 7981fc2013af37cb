"""The rules of JSON Feed 1.1, field by field."""

import json
import re
from collections import Counter
from collections.abc import Callable
from typing import Any

from lxml import etree

from tests import validator_values as values


def json_feed_complaints(document: bytes) -> list[str]:
    """What breaks JSON Feed 1.1, with the path of the field."""
    try:
        feed = json.loads(document)
    except ValueError as error:
        return [f"json: {error}"]
    found = list(_fields(feed, "feed", "feed"))
    items = feed.get("items") if isinstance(feed, dict) else None
    ids = [item.get("id") for item in items or [] if isinstance(item, dict)]
    return found + [f"id: {id} stands twice" for id, count in Counter(map(str, ids)).items() if count > 1]


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0


def _is_url(value: Any) -> bool:
    return isinstance(value, str) and not any(values.uri(value, _NOWHERE))


def _is_date(value: Any) -> bool:
    return isinstance(value, str) and not any(values.rfc3339(value, _NOWHERE))


def _is_html(value: Any) -> bool:
    return _is_text(value) and not any(values.html(value, _NOWHERE))


_NOWHERE = values.Place(etree.Element("json"), "", False)

# What a field holds: a check, or the name of the objects in a list (`[item]`), or of the one object. `!` for required.
OBJECTS: dict[str, dict[str, Callable[[Any], bool] | str]] = {
    "feed": {
        "version!": lambda value: value == "https://jsonfeed.org/version/1.1",
        "title!": _is_text,
        "items!": "[item]",
        "home_page_url": _is_url,
        "feed_url": _is_url,
        "next_url": _is_url,
        "description": _is_text,
        "user_comment": _is_text,
        "icon": _is_url,
        "favicon": _is_url,
        "authors": "[author]",
        "author": "author",
        "language": lambda value: isinstance(value, str) and not any(values.language(value, _NOWHERE)),
        "expired": lambda value: isinstance(value, bool),
        "hubs": "[hub]",
    },
    "item": {
        "id!": _is_text,
        "url": _is_url,
        "external_url": _is_url,
        "title": _is_text,
        "content_html": _is_html,
        "content_text": _is_text,
        "summary": _is_text,
        "image": _is_url,
        "banner_image": _is_url,
        "date_published": _is_date,
        "date_modified": _is_date,
        "authors": "[author]",
        "author": "author",
        "tags": lambda value: isinstance(value, list) and all(map(_is_text, value)),
        "language": lambda value: isinstance(value, str) and not any(values.language(value, _NOWHERE)),
        "attachments": "[attachment]",
    },
    "author": {"name": _is_text, "url": _is_url, "avatar": _is_url},
    "hub": {"type!": _is_text, "url!": _is_url},
    "attachment": {
        "url!": _is_url,
        "mime_type!": lambda value: isinstance(value, str) and bool(values.MIME.fullmatch(value)),
        "title": _is_text,
        "size_in_bytes": _is_number,
        "duration_in_seconds": _is_number,
    },
}
ONE_OF = {"item": {"content_html", "content_text"}, "author": {"name", "url", "avatar"}}


def _fields(value: Any, kind: str, path: str) -> values.Complaints:
    if not isinstance(value, dict):
        yield f"{path}: is no object"
        return
    known = {name.rstrip("!"): check for name, check in OBJECTS[kind].items()}
    yield from (f"{path}.{name[:-1]}: is missing" for name in OBJECTS[kind] if name.endswith("!") and name[:-1] not in value)
    if kind in ONE_OF and not ONE_OF[kind] & value.keys():
        yield f"{path}: has none of {', '.join(sorted(ONE_OF[kind]))}"
    for name, inner in value.items():
        yield from _field(inner, known.get(name), f"{path}.{name}")


def _field(value: Any, check: Callable[[Any], bool] | str | None, path: str) -> values.Complaints:
    if check is None:
        # An extension: an object below a name that begins with `_` and a letter.
        if not re.search(r"\._[A-Za-z][^.]*$", path) or not isinstance(value, dict):
            yield f"{path}: is no field of JSON Feed"
    elif callable(check):
        if not check(value):
            yield f"{path}: {value!r:.80}"
    elif not check.startswith("["):
        yield from _fields(value, check, path)
    elif not isinstance(value, list):
        yield f"{path}: is no list"
    else:
        yield from (complaint for n, it in enumerate(value) for complaint in _fields(it, check[1:-1], f"{path}[{n}]"))
