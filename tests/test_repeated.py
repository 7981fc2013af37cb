"""Expressions for pieces that are repeated: what they match is what a loop matches."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedloom.values.patterns import repeated


@pytest.mark.parametrize("piece", ["ab", "[ab]c*", "a(?!c)|bc"])
@given(text=st.text("abc", max_size=12), usual=st.integers(0, 4))
def test_it_is_a_loop(piece: str, text: str, usual: int) -> None:
    for after in ("", "c", "a?"):
        found = re.match(repeated(piece, usual) + after, text)
        expected = re.match(f"(?:{piece})*{after}", text)
        assert (found and found[0]) == (expected and expected[0])
