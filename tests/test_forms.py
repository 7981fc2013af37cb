"""A text of a known form is read as its mapping is: as the struct that msgspec makes of what PyYAML reads, or not at all."""

import random
import re
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from feedloom.config.settings import Rules
from feedloom.errors import FrontMatterError
from feedloom.frontmatter import forms, full
from feedloom.frontmatter.forms import Forms
from feedloom.records import parse, plain
from feedloom.records.plain import _Record
from tests.test_plain_records import RECORDS

SEEDS = Path(__file__).parent.parent / "seeds"
RECORD = """title: "A title"
publishedDateTime: 2024-05-06T07:08:09Z
webUrl: "https://example.com/a"
quality: 5

topics:
  - AI
  - "3.10"
related:
  - title: "One"
    webUrl: "https://example.com/b"
    provider:
      name: A
      domain: a.example
    images:
      - url: "https://example.com/b.jpg"
        width: 640
  - title: "Two"
    webUrl: "https://example.com/c"
"""


@pytest.fixture(autouse=True)
def learns_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forms, "_LEARN_AT", tuple(range(1, 1000)))


def learned(*texts: str, type: type[msgspec.Struct] = _Record) -> Forms[Any]:
    known = Forms(type)
    for text in texts:
        known.learn(text, full.composed(text, 1))
    return known


def same(known: Forms[Any], text: str) -> bool:
    """Whether a text is read; if so, it must be what PyYAML and msgspec make of it. Controls can only be escaped."""
    found = known.read(f"{text}---\n")
    if found is None:
        return False
    assert read(found) == read(msgspec.convert(full.composed(text, 1), type(found)))
    assert "\\" in text or not text.isascii() or all(map(str.isprintable, texts(read(found))))
    return True


def texts(values: object) -> list[str]:
    """The texts in nested lists."""
    return [text for value in values for text in texts(value)] if isinstance(values, list) else [str(values)]


def read(struct: msgspec.Struct) -> list[object]:
    """The values of a struct, except those that are known and not read."""
    values = [getattr(struct, field.name) for field in msgspec.structs.fields(struct) if field.type is not Any]
    lists = [value if isinstance(value, list) else [value] for value in values]
    return [[read(one) if isinstance(one, msgspec.Struct) else one for one in some] for some in lists]


def test_names_of_the_form_may_be_missing_and_values_may_have_other_styles() -> None:
    known = learned(RECORD, RECORD.replace('"A title"', "A title"))
    assert same(known, RECORD)
    for text in (
        RECORD.replace("quality: 5\n\n", ""),
        RECORD.replace('"A title"', "'A ''title'''"),
        RECORD.replace('"A title"', '"A \\"title\\""'),
        RECORD.replace("  - AI\n", "  - 'x'\n"),
        RECORD.replace("        width: 640\n", ""),
        RECORD.replace("Two", "日本 – “x”"),
        RECORD + "\n\n",
    ):
        assert same(known, text), text
    for text in (
        RECORD + "more: x\n",
        RECORD.replace("  - AI\n", "  - a: b\n"),
        RECORD.replace("quality: 5", "quality: x"),
        RECORD.replace("quality: 5", "quality: 5 # five"),
        RECORD.replace("quality: 5", "quality: null"),
        RECORD.replace("width", "with"),
        RECORD.replace("domain", "domains"),
        RECORD.replace("Two", ""),
        RECORD.replace("Two", "a\u2028b"),
        RECORD.replace("\n", "\r\n"),
        RECORD.replace("    webUrl", "     webUrl"),
        RECORD.replace("title:", "title :"),
        RECORD.replace("  - AI\n", "  - AI\n" * 101),
        RECORD.replace("Two", "x" * 8_000),
        "",
        "\n",
    ):
        assert not same(known, text), text


def test_a_form_with_a_name_that_the_struct_has_not_is_not_learned() -> None:
    known = Forms(_Record)
    known.learn(RECORD + "more: x\n", full.composed(RECORD + "more: x\n", 1))
    known.learn(RECORD, full.composed(RECORD, 1))
    assert same(known, RECORD)


def test_a_text_with_a_list_on_one_line_is_not_learned() -> None:
    """Its form could not be read by an expression, nor could those of others that are like it."""
    topics = 'topics:\n  - AI\n  - "3.10"\n'
    without, on_one_line = (RECORD.replace(topics, other) for other in ("", "topics: [AI, Feeds]\n"))
    assert same(learned(on_one_line, without), without)


def test_names_are_added_where_they_stand() -> None:
    first, second = (
        "title: a\npublishedDateTime: 2024-01-02\n",
        "title: a\nexcerpt: b\npublishedDateTime: 2024-01-02\nlang: en\n",
    )
    known = learned(first, second)
    assert same(known, first + "lang: de\n")
    assert same(known, second.replace("lang: en\n", ""))
    assert not same(known, "excerpt: b\ntitle: a\npublishedDateTime: 2024-01-02\n")


def test_the_order_of_names_is_that_of_a_text_with_both(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forms, "_LEARN_AT", (3,))
    head, _, articles = RECORD.partition("related:")
    images, related = 'images:\n  - url: "https://example.com/d"\n', f"related:{articles}"
    known = learned(head + images + "lang: en\n", head + related + "lang: en\n", head + related + images + "lang: en\n")
    assert same(known, head + related + images)
    assert same(known, head + images + "lang: en\n")
    assert not same(known, head + images + related)


def test_forms_that_do_not_come_again_are_not_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forms, "_MOST_IN_VAIN", 3)
    known = learned(RECORD)
    for text in (RECORD, "a: b\n", "a: b\n", "a: b\n", RECORD, "a: b\n", "a: b\n"):
        assert same(known, text) == (text == RECORD)
    assert same(known, RECORD)
    for _ in range(5):
        assert not same(known, "a: b\n")
    assert not same(known, RECORD)


def test_ids_are_a_part_of_forms() -> None:
    text = RECORD.replace("quality: 5", "id: tag:example.com,2024:a#b")
    known = learned(text)
    assert same(known, text)
    assert not same(known, text.replace("tag:", "tag" * 400))


def test_a_name_that_is_known_and_not_read_may_have_a_list() -> None:
    text = RECORD.replace('title: "Two"\n', 'title: "Two"\n    topics:\n      - AI\n      - "x"\n    excerpt: y\n')
    known = learned(text)
    assert same(known, text)
    assert same(known, RECORD)
    assert not same(known, text.replace('"x"', '"x'))


def test_a_name_that_is_known_and_not_read_has_no_mapping() -> None:
    text = RECORD.replace('title: "Two"\n', 'title: "Two"\n    topics:\n      a: b\n    excerpt: y\n')
    assert not same(learned(text), text)


def test_lists_of_lists_end_where_their_lines_do() -> None:
    last = 'title: "Two"\n    webUrl: "https://example.com/c"\n'
    image = '      - url: "https://example.com/c.jpg"\n'
    known = learned(RECORD + "heat: 1\n", RECORD.replace(last, f"{last}    images:\n{image}    excerpt: x\n"))
    for text in (
        RECORD.replace(last, f"{last}    images:\n{image}{image}        height: 5\n{image}    excerpt: x\n"),
        RECORD.replace(last, f"{last}    excerpt: x\n") + "heat: 1\n",
        RECORD.replace(last, f"{last}    images:\n{image}") + "heat: 1\n",
    ):
        assert same(known, text) == ("height" not in text), text
    for text in (
        RECORD.replace(last, f"{last}    images:\n    excerpt: x\n"),
        RECORD.replace(last, f"{last}    images:\n\n{image}    excerpt: x\n"),
        RECORD.replace(last, f"{last}    images:\n{image}      excerpt: x\n"),
        RECORD.replace(last, f"{last}    images:\n{image}  heat: 1\n"),
        RECORD.replace(last, f"{last}    images:\n{image * 101}"),
        RECORD.replace(last, f"{last}    images:\n  {image}"),
        RECORD.replace(last, f"{last}    images:\n{image.replace('url', 'width')}"),
    ):
        assert not same(known, text), text
    assert same(known, RECORD.replace(last, f"{last}    images:\n{image * 100}"))


class Sample(msgspec.Struct, gc=False):
    name: str
    kind: Literal["a", "b"]
    size: Annotated[str, msgspec.Meta(pattern=r"\A[0-9]+\Z")] = ""
    short: Annotated[str, msgspec.Meta(max_length=5)] = ""
    rest: Any = None


class Named(msgspec.Struct, gc=False):
    id: Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9][!#-\[\]-~]{0,99}\Z")] = ""
    last: str = ""


@pytest.mark.parametrize("other", ["id: b\n", 'id: "b"\n', "id: 'b'\n"])
@pytest.mark.parametrize("null", ["null", "Null", "NULL", "~"])
def test_a_null_is_no_text_although_the_pattern_matches_it(null: str, other: str) -> None:
    known = learned("id: a\n", other, type=Named)
    assert same(known, "id: nulls\n")
    assert not same(known, f"id: {null}\n")


def test_a_struct_says_what_is_taken() -> None:
    known = learned("name: x\nkind: a\nsize: 12\nrest: y\n", type=Sample)
    assert same(known, 'name: "z"\nkind: b\nsize: 1\nrest: z\n') is False  # the name was never in quotes
    assert same(known, "name: z\nkind: b\nsize: 1\nrest: z\n")
    assert not same(known, "name: z\nkind: c\n")
    assert not same(known, "name: z\nkind: a\nsize: 1a\n")
    assert not same(learned("name: x\nkind: a\nshort: y\n", type=Sample), "name: x\nkind: a\nshort: y\n")  # length is not seen


def dumped(fields: dict[str, object], style: str | None, indent: int) -> str:
    return yaml.safe_dump(fields, allow_unicode=True, sort_keys=False, default_style=style, indent=indent, width=10_000)


VALUES = st.text(st.sampled_from("aN5 :#\"'\\/-?&!ü日\u2028\x7f\x85\t"), max_size=12) | st.sampled_from(
    ["null", "~", "nulls", "Null"]
)


@cache
def in_all_styles() -> list[Forms[Any]]:
    plain = RECORD.replace('"A title"', "A title").replace('"Two"', "Two")
    return [learned(RECORD), learned(plain), learned(RECORD, plain)]


@given(VALUES, VALUES, st.sampled_from(["", '"', "'"]))
@settings(max_examples=400, deadline=None)
def test_values_are_read_as_yaml_has_them_or_not_at_all(first: str, second: str, quote: str) -> None:
    text = (
        RECORD.replace('"A title"', f"{quote}{first}{quote}")
        .replace("- AI", f"- {quote}{second}{quote}")
        .replace("name: A", f"name: {second}")
        .replace('"Two"', f"{quote}{first}{quote}")
    )
    for known in in_all_styles():
        try:
            same(known, text)
        except FrontMatterError as error:
            raise AssertionError(text) from error


@given(st.lists(RECORDS, min_size=2, max_size=6), st.sampled_from([None, '"', "'"]), st.sampled_from([2, 4]))
@settings(max_examples=150, deadline=None)
def test_records_that_programs_write(records: list[dict[str, object]], style: str | None, indent: int) -> None:
    known = Forms(_Record)
    texts = [dumped(fields, style, indent) for fields in records]
    for text in texts:
        same(known, text)
        known.learn(text, full.composed(text, 1))
    for text in texts:
        same(known, text)


@pytest.mark.parametrize("seed", sorted(SEEDS.glob("*.md")), ids=lambda seed: seed.stem[:30])
def test_records_with_a_few_characters_changed(seed: Path) -> None:
    chance = random.Random(seed.name)
    seen = re.sub(r"(?m)^#.*\n", "", seed.read_text().split("---\n")[1]).replace("published: false\n", "")
    for text in (RECORD, seen):
        known = learned(text)
        assert same(known, text) or text is not RECORD
        put = ["", " ", "\n", '"', "'", ":", "#", " #", "-", "\\", "\t", "  ", ": ", "- ", "é", "[", "&", "~", "null"]
        put += ["\x01", "\x7f", "\x85"]
        for _ in range(400):
            at = chance.randrange(len(text))
            changed = text[:at] + chance.choice([*put, text[at - 9 : at + 9]]) + text[at + chance.randrange(3) :]
            try:
                same(known, changed)
            except FrontMatterError as error:
                raise AssertionError(changed) from error


# fmt: off
ENDS = [
    "---\n", "---", "---\n\n# A body: with\n- a list\n---\nand: more\n", "--- \n", "--- # end\n", "...\n", "---x\n---\n",
    "----\n", "- a\n---\n", "  - c\n---\n", "\n---\n", "more: x\n---\n", "", "---\r\nbody\r\n", " ---\n---\n", "---\n\x85",
    "# more\n---\n",
]
# fmt: on


@pytest.mark.parametrize("end", ENDS)
def test_where_front_matter_ends(end: str, monkeypatch: pytest.MonkeyPatch) -> None:
    data = f"---\n{RECORD}{end}".encode()
    monkeypatch.setattr(plain, "_forms", Forms(_Record))
    expected = parse.reading("a.md", data, Rules())
    known = learned(RECORD)
    monkeypatch.setattr(plain, "_forms", known)
    assert parse.reading("a.md", data, Rules()) == expected
    assert same(known, RECORD)


def test_a_list_whose_dashes_are_below_its_name_ends_with_the_front_matter() -> None:
    text = 'title: "A"\npublishedDateTime: 2024-01-02\nimages:\n- url: "https://example.com/a"\n'
    known = learned(text)
    assert same(known, text)
    assert known.read(f"{text}---\n- a list\n  in the body\n")


def test_a_body_may_have_any_characters() -> None:
    assert learned(RECORD).read(f"{RECORD}---")
    assert learned(RECORD).read(f"{RECORD}---\nA body\u2028of two lines, \ufeffand \ufffe.\n")


@pytest.mark.parametrize("rules", [Rules(), Rules(include_unpublished=True)], ids=["left out", "included"])
@pytest.mark.parametrize("value", ["false", "true", "no", "maybe", '"false"', "null"])
def test_unpublished_records_have_a_form(value: str, rules: Rules, monkeypatch: pytest.MonkeyPatch) -> None:
    text = f"published: {value}\n{RECORD}"
    data = f"---\n{text}---\n".encode()
    monkeypatch.setattr(plain, "_forms", Forms(_Record))
    expected = parse.reading("a.md", data, rules)
    known = learned(f"published: true\n{RECORD}", f"published: 'true'\n{RECORD}")
    monkeypatch.setattr(plain, "_forms", known)
    assert parse.reading("a.md", data, rules) == expected
    assert same(known, text) is (value in ("false", "true", '"false"'))
