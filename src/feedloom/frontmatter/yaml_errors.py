"""What is wrong with a text that is not YAML, and on which line: libyaml's errors in a person's words.

libyaml reports where it could not go on, often lines below the mistake. The value that it read last before that, or the place
where it started to read the next one, is nearer.
"""

import re
from typing import NamedTuple

import yaml

from feedloom.errors import FrontMatterError
from feedloom.problems import Code
from feedloom.values import field_names

_CURLY_QUOTE_FIRST = re.compile("(?:^|[:,[{-])[ \t]*[\u2018\u2019\u201a\u201c\u201d\u201e]")
"""A value or a name starts with a curly quote."""
_CURLY_QUOTES_CAUSE = ("yaml-colon-in-value", "yaml-bracket", "yaml-invalid")

_COLON_WITHOUT_SPACE = re.compile(r"[\w-]+:(?![ \t\r\n]|//)")
"""A name, a colon, and a value right after it, which is not the rest of a URL."""

_LONGEST_NAME = 80

_INDENTATION = ("did not find expected key", "did not find expected '-' indicator")
_FIRST_CHARACTER = (
    "found character that cannot start any token",
    "did not find expected alphabetic or numeric character",
    "did not find expected comment or line break",
    "did not find expected node content",
    "block sequence entries are not allowed in this context",
    "mapping keys are not allowed in this context",
)


class _Scalar(NamedTuple):
    at: int
    first_line: int
    last_line: int
    is_quoted: bool


def explained(error: yaml.MarkedYAMLError, text: str, first_line: int) -> FrontMatterError:
    """The error for people. It repeats nothing from the text, which may be a secret, except the name of a field of a record."""
    code, at, value = _cause(error, text)
    begin, end = text.rfind("\n", 0, at) + 1, text.find("\n", at)
    if code in _CURLY_QUOTES_CAUSE and _CURLY_QUOTE_FIRST.search(text[begin : end if end >= 0 else None]):
        code, value = "yaml-curly-quotes", None
    word, *_ = text[at : at + _LONGEST_NAME].split() or [""]
    if code == "yaml-colon-missing" and _COLON_WITHOUT_SPACE.match(text, at):
        code, word = "yaml-space-missing", word.partition(":")[0]
    field = word if code in ("yaml-colon-missing", "yaml-space-missing") and word in field_names.RECORD else None
    return FrontMatterError(code, *([] if value is None else [value]), line=first_line + text.count("\n", 0, at), field=field)


def _cause(error: yaml.MarkedYAMLError, text: str) -> tuple[Code, int, str | None]:
    """The code, where in the text the mistake is, and the value for the message."""
    problem, context = error.problem or "", error.context
    mark = error.problem_mark or error.context_mark
    assert mark is not None, "every error in a text has a place"
    at, start = mark.index, (error.context_mark or mark).index
    if "tab character" in problem or text[at : at + 1] == "\t":
        return "yaml-tab", at, None
    if context == "while scanning a quoted scalar":
        return "yaml-quote-unclosed", start, None
    if context == "while parsing a quoted scalar":
        return "yaml-backslash", at, None
    if problem == "could not find expected ':'":
        return "yaml-colon-missing", start, None
    if problem in _FIRST_CHARACTER and not text[start:].strip():
        return "yaml-bracket", max(text.rfind("[", 0, start), text.rfind("{", 0, start), 0), None
    if problem in _FIRST_CHARACTER:
        return "yaml-special-character", start, text[start : start + 1]
    last = _last_scalar(text)
    if last and last.is_quoted and last.last_line == mark.line and problem.startswith("did not find expected"):
        return "yaml-quote-inside" if last.first_line == mark.line else "yaml-quote-unclosed", last.at, None
    if problem == "mapping values are not allowed in this context":
        if not last or last.first_line == mark.line:
            return "yaml-colon-in-value", at, None
        has_name = bool(_before_on_line(text, last.at).strip(" -"))
        return ("yaml-indentation", at, None) if has_name else ("yaml-colon-missing", last.at, None)
    if problem.startswith("did not find expected ','"):
        return "yaml-bracket", start, None
    if problem == "did not find expected <document start>" and text.lstrip("\r\n").startswith(" "):
        first, *more = text[:at].strip().splitlines()
        return "yaml-indentation", at if more else text.index(first), None
    if problem in _INDENTATION:
        before = _before_on_line(text, at)
        if not before and (dash := _dash(text, at, start)) is not None:
            return "yaml-item", dash, None
        if before and before.isspace():
            return "yaml-indentation", at, None
        if text[at : at + 1] in ("]", "}") or before.rstrip().endswith(("]", "}")):
            return "yaml-bracket", at, None
    return "yaml-invalid", at, problem


def _dash(text: str, *places: int) -> int | None:
    """Which of these places starts an item of a list."""
    return next((at for at in places if text[at : at + 2] in ("- ", "-\t", "-\n", "-\r")), None)


def _last_scalar(text: str) -> _Scalar | None:
    """The last scalar that libyaml reads before the error."""
    events = yaml.CBaseLoader(text)
    last = None
    try:
        while event := events.get_event():
            if isinstance(event, yaml.ScalarEvent):
                last = event
    except yaml.MarkedYAMLError:
        pass
    if last is None:
        return None
    assert last.start_mark is not None and last.end_mark is not None, "every event that is read from text has marks"
    return _Scalar(last.start_mark.index, last.start_mark.line, last.end_mark.line, last.style in ('"', "'"))


def _before_on_line(text: str, at: int) -> str:
    return text[text.rfind("\n", 0, at) + 1 : at]
