"""Where a Markdown text has code, which is shown as it is written: fenced blocks, and spans between backticks."""

import re
from collections.abc import Callable

_FENCE = re.compile(r"^[ \t>*+-]*(`{3,}|~{3,})", re.MULTILINE)
_FENCE_END = re.compile(r"^[ \t>]*(`{3,}|~{3,})[ \t]*$", re.MULTILINE)
_TICKS = re.compile("`+")
_BLANK = re.compile(r"\n[ \t]*\n")


def outside(text: str, change: Callable[[str], str]) -> str:
    """The text, changed where it is no code."""
    parts = []
    end = 0
    for start, until in _code(text):
        parts += [change(text[end:start]), text[start:until]]
        end = until
    return "".join([*parts, change(text[end:])])


def _code(text: str) -> list[tuple[int, int]]:
    """The places of all code, in their order."""
    found = []
    end = 0
    while fence := _FENCE.search(text, end):
        found += _spans(text, end, fence.start())
        end = _fence_end(text, fence)
        found.append((fence.start(), end))
    return found + _spans(text, end, len(text))


def _fence_end(text: str, fence: re.Match[str]) -> int:
    at = text.find("\n", fence.end())
    while at >= 0 and (closing := _FENCE_END.search(text, at + 1)):
        if closing[1].startswith(fence[1]):
            return closing.end()
        at = text.find("\n", closing.end())
    return len(text)


def _spans(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """The spans between runs of backticks of one length, within a paragraph (CommonMark, 6.1)."""
    found = []
    paragraph = start
    while paragraph < end:
        blank = _BLANK.search(text, paragraph, end)
        until = blank.start() if blank else end
        runs = list(_TICKS.finditer(text, paragraph, until))
        following: dict[int, list[int]] = {}
        for at, run in enumerate(runs):
            following.setdefault(len(run[0]), []).append(at)
        for places in following.values():
            places.reverse()
        at = 0
        while at < len(runs):
            places = following[len(runs[at][0])]
            while places and places[-1] <= at:
                places.pop()
            if places:
                found.append((runs[at].start(), runs[places[-1]].end()))
                at = places[-1]
            at += 1
        paragraph = blank.end() if blank else end
    return found
