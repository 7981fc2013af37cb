"""The JSON Schema of feedloom.yaml, for editors to complete and check it. The messages of the program are in `checking`."""

import ast
import inspect
import json
import re
from functools import cache
from typing import Any

import msgspec

from feedloom.config import checking, settings
from feedloom.config.settings import Config

_WRITTEN = {"boolean": "^([Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee]|1|0)$", "integer": "^(0|-?[1-9][0-9]*)$"}
"""Quoted values of these types that the program accepts."""


def document() -> bytes:
    """The schema as a file, in the draft that all editors know."""
    made = msgspec.json.schema(Config)
    schema = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "The settings of feedloom",
        **_completed(made, made["$defs"]),
    }
    return (json.dumps(schema, indent=2, ensure_ascii=False) + "\n").encode()


@cache
def descriptions() -> dict[str, dict[str, str]]:
    """The docstrings of all settings, by struct and name. The empty name has the struct's own.

    Read from the source, because Python keeps none for attributes, and none at all with -OO.
    """
    found: dict[str, dict[str, str]] = {}
    for struct in ast.parse(inspect.getsource(settings)).body:
        if isinstance(struct, ast.ClassDef):
            texts = found.setdefault(struct.name, {"": " ".join((ast.get_docstring(struct) or "").split())})
            for field, text in zip(struct.body, struct.body[1:], strict=False):
                if (
                    isinstance(field, ast.AnnAssign)
                    and isinstance(field.target, ast.Name)
                    and isinstance(text, ast.Expr)
                    and isinstance(text.value, ast.Constant)
                ):
                    texts[field.target.id] = " ".join(str(text.value.value).split())
    return found


def _completed(made: dict[str, Any], structs: dict[str, Any]) -> dict[str, Any]:
    """The schema of msgspec for a type, changed for YAML as editors read it. A setting without a value counts as not set.

    Structs are written out where they are used: older editors ignore what is next to a `$ref`.
    """
    if "$ref" in made:
        return _struct(made["$ref"].rpartition("/")[2], structs)
    made = {key: value for key, value in made.items() if key != "default" or value is not None}
    if "anyOf" in made:  # a setting without a default
        some, *others = (one for one in made.pop("anyOf") if one != {"type": "null"})
        if others:  # `true`, `false`, or a section
            return made | {"anyOf": [_completed(one, structs) for one in (some, *others)]}
        made = some | made
    if "enum" in made:
        return made | {"enum": [*made["enum"], None]}
    if "items" in made:
        made["items"] = _completed(made["items"], structs)
    if made["type"] == "object":
        made["additionalProperties"] = _completed(made["additionalProperties"], structs)
    return made | _typed(made["type"], made.get("pattern"))


def _struct(name: str, structs: dict[str, Any]) -> dict[str, Any]:
    made = structs[name]
    texts = descriptions()[name]
    properties = {}
    for field in checking.names(vars(settings)[name]):
        type = made["properties"][field]
        one = _completed(type, structs)
        if (name, field) == ("Config", "records"):  # a folder, or several
            several = _completed(made["properties"]["several"], structs)
            several["items"] = {"anyOf": [one, several["items"]]}
            one = {"anyOf": [one, several]}
        properties[field] = one | {"description": texts[field]}
        if field in made["required"]:
            properties[field]["type"].remove("null")
    required = {"required": made["required"]} if made["required"] else {}
    return {
        "description": texts[""],
        "type": ["object", "null"],
        "properties": properties,
        **required,
        "additionalProperties": False,
    }


def _typed(type: str, pattern: str | None) -> dict[str, Any]:
    """The types that editors see for values that the program reads as text.

    A title may be `2021` or `true`, if its pattern matches these texts; a number may be in quotes.
    """
    if type == "string":
        number, whole, minus, truth = (re.search(pattern or "", text) for text in ("0.5", "20", "-20", "true"))
        types = [type, *(["number"] if number else ["integer"] if whole else []), *(["boolean"] if truth else []), "null"]
        return {"type": types} | ({"minimum": 0} if whole and not minus else {})
    if type == "boolean":
        return {"type": [type, "integer", "string", "null"], "minimum": 0, "maximum": 1, "pattern": _WRITTEN[type]}
    if type in ("integer", "number"):
        return {"type": [type, "string", "null"], "pattern": pattern or _WRITTEN[type]}
    return {"type": [type, "null"]}
