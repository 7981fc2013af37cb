"""How many steps a backtracking matcher takes: counted, not timed, so that a slow machine cannot fail a test.

The matcher reads what `re` parsed, and tries what CPython's own tries, in its order.
"""

import re
import re._constants as codes  # type: ignore[import-not-found]
import re._parser as parser  # type: ignore[import-not-found]
from collections.abc import Iterator
from typing import Any

_SINGLE = (codes.LITERAL, codes.NOT_LITERAL, codes.ANY, codes.IN)


class _Matcher:
    def __init__(self, pattern: re.Pattern[str], text: str) -> None:
        self.tree = parser.parse(pattern.pattern, pattern.flags)
        self.text = text
        self.steps = 0
        self._flags = pattern.flags
        self._compiled: dict[int, re.Pattern[str]] = {}

    def ends(self, items: Any, start: int) -> Iterator[int]:
        """The places where the items can end that begin at `start`, in the order in which they are tried."""
        if not items:
            yield start
            return
        for end in self._one(items[0], start):
            yield from self.ends(items[1:], end)

    def _one(self, item: Any, at: int) -> Iterator[int]:
        code, argument = item
        self.steps += 1
        if code in _SINGLE:
            if self._fits(item, at):
                yield at + 1
        elif code is codes.SUBPATTERN:
            yield from self.ends(list(argument[3]), at)
        elif code is codes.BRANCH:
            for branch in argument[1]:
                yield from self.ends(list(branch), at)
        elif code in (codes.ASSERT, codes.ASSERT_NOT):
            direction, inner = argument
            start = at if direction > 0 else at - inner.getwidth()[0]
            found = start >= 0 and next(self.ends(list(inner), start), None) is not None
            if found == (code is codes.ASSERT):
                yield at
        elif code is codes.AT:
            if self._is_at(argument, at):
                yield at
        elif code in (codes.MAX_REPEAT, codes.MIN_REPEAT):
            least, most, inner = argument
            if code is codes.MAX_REPEAT and len(inner) == 1 and inner[0][0] in _SINGLE:
                yield from self._run(least, most, inner[0], at)
            else:
                yield from self._repeated(list(inner), least, most, at, code is codes.MAX_REPEAT)
        else:
            assert code is codes.GROUPREF, f"{code}: no such construct is known here"
            raise NotImplementedError

    def _run(self, least: int, most: int, item: Any, at: int) -> Iterator[int]:
        end = at
        while end - at < most and self._fits(item, end):
            self.steps += 1
            end += 1
        for last in range(end, at + least - 1, -1):
            self.steps += 1
            yield last

    def _repeated(self, inner: Any, least: int, most: int, at: int, is_greedy: bool) -> Iterator[int]:
        if least <= 0 and not is_greedy:
            yield at
        if most > 0:
            for end in self.ends(inner, at):
                if end > at:
                    yield from self._repeated(inner, least - 1, most - 1, end, is_greedy)
        if least <= 0 and is_greedy:
            yield at

    def _fits(self, item: Any, at: int) -> bool:
        code, argument = item
        if at >= len(self.text):
            return False
        if code is codes.LITERAL:
            return bool(ord(self.text[at]) == argument)
        if code is codes.NOT_LITERAL:
            return bool(ord(self.text[at]) != argument)
        if code is codes.ANY:
            return bool(self._flags & re.DOTALL) or self.text[at] != "\n"
        is_negated = argument[0][0] is codes.NEGATE
        return any(_holds(one, self.text[at]) for one in argument[is_negated:]) != is_negated

    def _is_at(self, where: Any, at: int) -> bool:
        if where in (codes.AT_BEGINNING, codes.AT_BEGINNING_STRING):
            return at == 0
        if where in (codes.AT_BOUNDARY, codes.AT_NON_BOUNDARY):
            before, after = (_is_word(self.text[place] if 0 <= place < len(self.text) else " ") for place in (at - 1, at))
            return (before != after) == (where is codes.AT_BOUNDARY)
        assert where in (codes.AT_END, codes.AT_END_STRING)
        rest = self.text[at : at + 1]
        return not rest or bool(where is codes.AT_END and rest == "\n")


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"


def _holds(one: Any, character: str) -> bool:
    code, argument = one
    if code is codes.LITERAL:
        return bool(ord(character) == argument)
    if code is codes.RANGE:
        return bool(argument[0] <= ord(character) <= argument[1])
    name = str(argument).rpartition("_")[2]
    kinds = {"DIGIT": character.isdecimal(), "SPACE": character.isspace(), "WORD": _is_word(character)}
    return kinds[name] != ("_NOT_" in str(argument))


def steps(pattern: re.Pattern[str], method: str, text: str) -> int:
    """The steps that a method of a pattern takes on a text."""
    matcher = _Matcher(pattern, text)
    items = list(matcher.tree)
    at = 0
    while at <= len(text):
        for end in matcher.ends(items, at):
            if method != "fullmatch" or end == len(text):
                at = max(at, end - 1)
                break
        at += 1
        if method in ("match", "fullmatch"):
            break
    return matcher.steps
