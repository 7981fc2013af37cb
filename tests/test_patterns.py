"""The regular expressions of the source: none means different things to different Pythons, and none takes quadratic time.

CPython 3.11.0 to 3.11.4 loses the beginning of groups in possessive quantifiers.
"""

import ast
import importlib
import re
import re._constants as codes  # type: ignore[import-not-found]
import re._parser as parser  # type: ignore[import-not-found]
from collections.abc import Iterator
from typing import Annotated, Any, cast

import pytest
from msgspec import Meta, Struct
from msgspec.inspect import StructType, type_info

from feedloom.frontmatter import forms, subset
from feedloom.values import text, urls
from tests.steps import steps
from tests.test_structure import SOURCE

METHODS = {"match", "fullmatch", "search", "sub", "findall", "finditer", "split"}
UNLIKE = (codes.POSSESSIVE_REPEAT, codes.ATOMIC_GROUP)


def used() -> Iterator[tuple[str, str, re.Pattern[str]]]:
    """Each pattern of the source: where it is, how it is used, and itself."""
    for path in sorted(SOURCE.rglob("*.py")):
        name = ".".join(path.relative_to(SOURCE.parent).with_suffix("").parts)
        for node in ast.walk(ast.parse(path.read_text())):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in METHODS):
                continue
            method, owner = node.func.attr, node.func.value
            if not isinstance(owner, ast.Name):
                continue
            if owner.id == "re":
                if isinstance(node.args[0], ast.Constant):
                    yield f"{name}:{node.lineno}", method, re.compile(str(node.args[0].value))
                continue
            pattern = getattr(importlib.import_module(name), owner.id, None)
            if isinstance(pattern, re.Pattern) and isinstance(pattern.pattern, str):
                yield f"{name}.{owner.id}", method, pattern
    yield "feedloom.plain", "fullmatch", subset._line_pattern()
    yield from ((f"feedloom.forms.{number}", "fullmatch", pattern) for number, pattern in enumerate(learned()))
    yield "feedloom.values.text.forbidden", "search", text.forbidden()


def learned() -> Iterator[re.Pattern[str]]:
    """Those that are made of the form of a record, in all styles of values."""
    form = forms._Form(0)
    form.values = {"a": "any", "b": "plain", "c": "quoted"}
    for type_ in (type_info(Styles), type_info(Urls)):
        yield cast(Any, forms._Reader(cast(StructType, type_), form)._match).__self__


class Styles(Struct):
    a: str = ""
    b: str = ""
    c: Any = None


class Urls(Struct):
    a: Annotated[str, Meta(pattern=urls.UNCHANGED)] = ""
    b: Annotated[str, Meta(pattern=urls.UNCHANGED)] = ""
    c: str = ""


PATTERNS = {f"{name} {method}": (method, pattern) for name, method, pattern in used()}


def test_all_patterns_are_found() -> None:
    """Each that is made once and kept, that is, and each that is written where it is used."""
    found = {name.partition(" ")[0] for name in PATTERNS}
    for path in sorted(SOURCE.rglob("*.py")):
        name = ".".join(path.relative_to(SOURCE.parent).with_suffix("").parts)
        if name == "feedloom.__main__":
            continue
        for variable, value in vars(importlib.import_module(name)).items():
            if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
                assert f"{name}.{variable}" in found


def constructs(items: Any) -> Iterator[Any]:
    """All that a pattern is made of."""
    if isinstance(items, parser.SubPattern | list | tuple):
        for item in items:
            yield from constructs(item)
    elif isinstance(items, codes._NamedIntConstant):  # a number is as a character may be
        yield items


@pytest.mark.parametrize("name", PATTERNS)
def test_it_means_the_same_to_every_python(name: str) -> None:
    pattern = PATTERNS[name][1]
    assert not set(UNLIKE) & set(constructs(parser.parse(pattern.pattern, pattern.flags)))


def test_nor_do_those_that_are_put_together_where_they_are_used() -> None:
    for path in sorted(SOURCE.rglob("*.py")):
        for call in ast.walk(ast.parse(path.read_text())):
            if isinstance(call, ast.Call) and ast.unparse(call.func).startswith("re."):
                for node in (inner for argument in call.args for inner in ast.walk(argument)):
                    if isinstance(node, ast.Constant) and isinstance(node.value, str):
                        written = re.sub(r"\[\^?.[^]]*\]", "x", re.sub(r"\\.", "x", node.value, flags=re.DOTALL))
                        assert not re.search(r"\(\?>|[*+?}]\+", written), f"{path.name}:{node.lineno}: {node.value}"


# What is repeated, and what comes before and after it: all that the patterns know, and what none of them takes.
HEADS = [
    "",
    "a",
    "\n",
    "a: a",
    "a: b\nb: ",
    "b: http://a/",
    'a: b\nb: b\nc: "',
    "<a",
    "<!--",
    "&",
    "&#",
    "a: ",
    'a: "',
    "a: '",
    "- ",
    "http://",
    "/",
    "~",
    "-",
]
PUMPS = ["a", "1", " ", "-", ".", "a.", "a-", ":", "a:", "a: ", "#", " #", "a#", '"', "'", "''", "\\", '\\"', "<", "<a", "<a ",
         "&", "&a", "=", "@", "%", "%C3", "/", "/a", "?", "+", "a+", "\t", "\n", "\r", "é", "~", "[0]", "a@",
         "\nb: ", "\n\n"]  # fmt: skip
END = "\x01"


@pytest.mark.once
@pytest.mark.parametrize("name", PATTERNS)
def test_its_steps_grow_with_the_text_and_no_faster(name: str) -> None:
    """Four times the text are four times the steps; where they grow as its square, sixteen."""
    method, pattern = PATTERNS[name]
    for head in HEADS:
        for pump in PUMPS:
            short, long = (steps(pattern, method, head + pump * count + END) for count in (40, 160))
            assert long < 6 * short + 1_000, f"{head!r}, {pump!r} again and again: {short} steps, {long} of four times as much"


def test_the_count_sees_what_is_quadratic() -> None:
    for pattern, text_ in (("([a-z]+)*x", "a"), (r"a[^<]*b[^<]*>", "ab"), (r"[a-z]+:", "a")):
        try:
            short, long = (steps(re.compile(pattern), "search", text_ * count) for count in (4, 16))
        except RecursionError:
            continue
        assert long > 8 * short
