"""What the reader of plain YAML accepts, it reads as PyYAML does; all that it is unsure of, it leaves to PyYAML."""

import random
from pathlib import Path
from typing import cast

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from feedloom.errors import FrontMatterError
from feedloom.frontmatter import full, subset
from feedloom.frontmatter.document import FrontMatter, read
from feedloom.frontmatter.subset import Fields, NotPlain

SEEDS = Path(__file__).parent.parent / "seeds"

# fmt: off
WORDS = st.sampled_from([
    "", "a", "No", "3.10", "-1", "null", "~", "Null", "nullable", "2021-05-21T18:09:00Z", "https://example.com/a?b=c#d",
    "C#", "a #b", "a#b", "a: b", "a:b", "a:", ":a", "a :b", "- a", "-", "--- a", "...", "a  b ", "it's", '"a"', "'a'",
    '"a: b"', "'it''s'", '"\\""', '"\\u2019"', '"\\ud83d\\ude00"', '"\\x41"', '"\\/"', '"a', "'a", '"a" b', "\u00a0",
    "é", "日本", "😀", "\u2028", "\ufeff", "\x85", "\t", "a\tb", "[a, b]", "{a: b}", "|", ">", "&a b", "*a", "!a b", "%a",
    "@a", "`a`", "? a", "?", "a,b", "[", "]a", "}", "+1", "+", ".5", ".", "_a", "=", "<<", "\x7f", "\x00",
])
# fmt: on
KEYS = st.sampled_from(["a", "b", "c", "a-b", "_a", "null", "a b", "1", '"a"', "é", "a" * 120, "<<", "-", "?"])
HEADS = st.builds(
    lambda indent, dash, key, gap: " " * indent + dash + key + gap,
    st.integers(0, 5),
    st.sampled_from(["", "", "", "- ", "-", "-   ", "- - ", "\t"]),
    st.one_of(st.just(""), KEYS.map(lambda key: key + ":"), KEYS.map(lambda key: key + ":")),
    st.sampled_from([" ", "", "  ", "\t"]),
)
LINES = st.builds(
    lambda head, value, end: head + value + end,
    HEADS,
    st.one_of(WORDS, st.text(max_size=6)),
    st.sampled_from(["\n", "\n", "\n", "\r\n", "\r", "", " \n", " # b\n", "\n\n", "\n  # b\n", "\n#\n"]),
)


def same(text: str) -> bool:
    """Whether the reader accepts a text; where it does, PyYAML must give the same."""
    try:
        fields = subset.fields(text)
    except NotPlain:
        return False
    assert fields == full.composed(text, 1)
    return True


@given(st.lists(LINES, max_size=8).map("".join))
def test_lines_of_every_kind(text: str) -> None:
    same(text)


@example('"', "\n")
@given(st.lists(WORDS, min_size=1, max_size=4).map(" ".join), st.sampled_from(["\n", "\r\n", " \n", " # b\n"]))
def test_a_line_whose_head_is_known(value: str, end: str) -> None:
    """It is read without the regular expression where its value is simple; nothing else may come of it."""

    def outcome() -> str | None:
        subset._lines.clear()
        try:
            return repr(subset.fields(f"k: {value}{end}"))
        except NotPlain:
            return None

    subset._heads.clear()
    by_expression = outcome()
    subset.fields("k: a\n")
    assert "k" in subset._heads
    assert outcome() == by_expression
    same(f"k: {value}{end}")


@given(st.recursive(st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from("abcd"), inner), max_leaves=12))
def test_what_programs_write(value: object) -> None:
    import yaml

    for width in (20, 10_000):
        same(yaml.safe_dump({"a": value}, allow_unicode=True, width=width))


@pytest.mark.parametrize("seed", sorted(SEEDS.glob("*.md")), ids=lambda seed: seed.stem[:30])
def test_records_with_a_few_characters_changed(seed: Path) -> None:
    text = seed.read_text().split("---\n")[1]
    chance = random.Random(seed.name)
    for _ in range(300):
        at = chance.randrange(len(text))
        put = chance.choice(
            [
                "",
                " ",
                "\n",
                '"',
                "'",
                ":",
                "#",
                "-",
                "\\",
                "\t",
                "  ",
                ": ",
                "- ",
                "é",
                "[",
                "&",
                "|",
                "~",
                "\r\n",
                text[at - 9 : at + 9],
            ]
        )
        same(text[:at] + put + text[at + chance.randrange(3) :])


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("a: 1\nb: \"2\"\nc: '3'\n", {"a": "1", "b": "2", "c": "3"}),
        (
            "a:\n  b: No\n  c:\n    - d\n    - e: 1\n      f: 2\ng: h\n",
            {"a": {"b": "No", "c": ["d", {"e": "1", "f": "2"}]}, "g": "h"},
        ),
        ("a:\n- b\n- c\nd: e\n", {"a": ["b", "c"], "d": "e"}),
        ("a: null\nb: ~\nc:\nd: 'null'\ne: \"\"\n", {"d": "null", "e": ""}),
        ('# first\n\na: 1\r\n\r\n# more\nb: "x \\u2019 \\" y"\r\n', {"a": "1", "b": 'x ’ " y'}),
        ("a: https://example.com/?b=c#d\nb: it's 5 o'clock: no\n", None),
        ("a: b # c\nd:  # e\n  - f # g\n", {"a": "b", "d": ["f"]}),
        ('a: "b"#c\n', None),
        ("a: ~#\n", None),
        ("a: \"~\"\nb: '~'\nc:\n  - \"~\"\n  - '~'\n  - ~\nd: ~\n", {"a": "~", "b": "~", "c": ["~", "~"]}),
        ('a: "~ in no quotes"\nb: ~ in no quotes\n', None),
        ("a: 1\na: 2\n", None),
        ("a: 1\n  b: 2\n", None),
        ("a: b\n  c\n", None),
        ("a:\n   b: 1\n  c: 2\n", None),
        ("- a\n", None),
        ("topics:\n  - Feeds\n  - a.b\n", {"topics": ["Feeds", "a.b"]}),
        ('published: "false\n', None),
        ("published: 'false\n", None),
        ("a: [b]\n", {"a": ["b"]}),
        (
            "a: [ b , c d,3.10 ]  # e\nf:\n  - {g: No, h-1: https://x.example/i_j}\n",
            {"a": ["b", "c d", "3.10"], "f": [{"g": "No", "h-1": "https://x.example/i_j"}]},
        ),
        ("a: [b: c]\n", None),
        ("a: {b: c, d}\n", None),
        ("a: {b: c, b: d}\n", None),
        ("a: [b, null]\n", None),
        ("a: [b #c]\n", None),
        ("a: [b, [c]]\n", None),
        ("a: []\n", None),
        ("a: [b,\n  c]\n", None),
        ("", None),
    ],
)
def test_what_is_plain(text: str, fields: Fields | None) -> None:
    assert same(text) == (fields is not None)
    if fields is not None:
        assert subset.fields(text) == fields


# fmt: off
FLOW_WORDS = st.sampled_from([
    "a", "No", "3.10", "null", "~", "a b", "a:b", "a:", "k: v", "k: a b", "j: https://x.example/", "k: null", "a.", "-1", "é",
    "?", "a?", "C#",
])
# fmt: on


@given(st.sampled_from(["[]", "{}", "[}"]), st.lists(FLOW_WORDS, max_size=4), st.sampled_from([", ", ",", " , "]))
def test_lists_and_mappings_on_one_line(brackets: str, items: list[str], separator: str) -> None:
    same(f"a: {brackets[0]}{separator.join(items)}{brackets[1]}\n")


def test_a_list_is_of_one_text() -> None:
    """Each text gets a list of its own, because its reader may change it."""
    before = subset.fields("a: [b]\n")
    cast("list[str]", before["a"]).append("c")
    assert subset.fields("a: [b]\n") == {"a": ["b"]}


def test_nearly_every_seed_is_plain() -> None:
    """Or else the reader is there for nothing."""
    plain_ones = [same(seed.read_text().split("---\n")[1]) for seed in SEEDS.glob("*.md")]
    assert sum(plain_ones) >= len(plain_ones) - 1


def test_lines_are_known_where_the_text_was_plain() -> None:
    matter = read(b"---\na: 1\nb:\n  - c\n---\n")
    assert matter.fields == {"a": "1", "b": ["c"]}
    assert matter.line_of(("b", 0)) == 4


@pytest.mark.parametrize(
    "value", ["one{}two", '"one{}two"', "'one{}two'", "one{}# two", "[one{}two]", "|\n  one{}two", "one{}"]
)
@pytest.mark.parametrize("character", "\x85\u2028\u2029")
def test_a_line_break_of_old_is_white_space(character: str, value: str) -> None:
    matter = read(f"---\na: {value.format(character)}\nb: {character}\nc: 3\n---\n".encode())
    (words,) = matter.fields["a"] if isinstance(matter.fields["a"], list) else [matter.fields["a"]]
    assert str(words).split() == value.format(" ").strip("|[]\"'\n ").split()
    assert matter.fields["c"] == "3"
    assert matter.line_of(("c",)) == (5 if "\n" in value else 4)


@pytest.mark.parametrize(
    ("start", "end", "line"),
    [
        ("---\n", "---\n", 2),
        ("\n \t\n---\n", "---\n", 4),
        ("# first\r\n  # second\r\n\r\n--- # opens\r\n", "--- # closes\r\n", 5),
        ("\ufeff\n---\t\n", "...\n---\nx: [\n", 3),
        ("--- \n", "... # done\nx: [\n", 2),
    ],
)
def test_where_front_matter_begins_and_ends(start: str, end: str, line: int) -> None:
    matter = read(f"{start}a: b\n{end}text".encode())
    assert matter.fields == {"a": "b"}
    assert matter.line_of(("a",)) == line


@pytest.mark.parametrize(
    "text", ["a\n---\na: b\n---\n", "----\na: b\n---\n", "---#\na: b\n---\n", " ---\na: b\n---\n", "\n# a\n"]
)
def test_what_begins_no_front_matter(text: str) -> None:
    with pytest.raises(FrontMatterError, match="has no front matter"):
        read(text.encode())


@pytest.mark.parametrize(
    ("text", "commented"),
    [
        ("a: b # c\nd: 'e' # f\ng: # h\n  - i\t# j\n  - k#l\nm: [n] # o\np: # q\n", [("a",), ("g", 0), ("p",)]),
        ("a: b\n  c # d\ne: |\n  f # g\nh: [i #j\n , k]\n", [("a",), ("h", 0)]),
        ("é: 😀 # a\r\nb: c\r\n", [("é",)]),
        ("# a: b\nc: d\n", []),
    ],
)
def test_comments_behind_values(text: str, commented: list[tuple[str | int, ...]]) -> None:
    assert FrontMatter(text, 1).commented() == commented


@given(st.lists(LINES, max_size=8).map("".join))
def test_no_text_is_read_otherwise_than_by_events(text: str) -> None:
    """The whole way: with the plain reader, and as if it took nothing."""

    def told(text: str) -> object:
        try:
            return FrontMatter(text, 2).fields
        except FrontMatterError as error:
            return str(error), error.line

    before = told(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(subset, "fields", lambda text: (_ for _ in ()).throw(NotPlain))
        assert told(text) == before
