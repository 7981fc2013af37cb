"""Every message that the program can say of a record falls into a cause, and a cause has a fix."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import feedloom
from feedloom import causes
from feedloom.causes import CAUSES
from feedloom.cli import problem_list
from feedloom.config.settings import Rules
from feedloom.model import Level, Problem
from feedloom.records import parse
from tests import nasty
from tests.conftest import NOW, Site, record
from tests.fuzz.inputs import Inputs
from tests.test_bad_input import REJECTED, WARNED, with_line

SOURCE = Path(__file__).parent.parent / "src" / "feedloom"

# How the messages of each module come to be a problem's: by which calls, and inside of what.
SAID: dict[str, dict[str, str]] = {
    "parse": {"warn": "{}", "Problem": "{}", "reject": "{}", "rejected": "{}", "ValueError": "{}"},
    "fields": {"warn": "{}", "note": "{}", "ValueError": "{} (field left out)", "Problem": "{}"},
    "document": {"FrontMatterError": "{}"},
    "full": {"FrontMatterError": "{}"},
    "dates": {"warn": "{}", "ValueError": "{} (field left out)"},
    "spellings": {"ValueError": '"{{}}" {}: write it as 2021-05-21T18:09:00Z'},
    "zones": {"ValueError": '"{{}}" {}: write it as 2021-05-21T18:09:00Z'},
    "urls": {"ValueError": "{} (field left out)", "append": "{}"},
    "languages": {"ValueError": "{} (field left out)"},
    "scan": {"OSError": "cannot be read: {}", "Problem": "{}", "return": "{}"},
    "tasks": {"Problem": "{}", "rejected": "{}"},
    "group": {"Problem": "{}", "slips": "{}"},
    "filters": {"return": "{}"},
    "near_duplicates": {"Problem": "{}"},
}
ELSEWHERE = {
    "text": "takes text as it comes",
    "titles": "its one message is in tests/test_titles.py",
    "settings": "its mistakes stop a build, and are no problems of records",
    "load": "its mistakes stop a build, and are no problems of records",
}


def literals(node: ast.expr) -> Iterator[str]:
    """The texts that an expression may be, with a hole for each value in them."""
    match node:
        case ast.Constant(value=str(text)):
            yield text.replace("{", "{{").replace("}", "}}")
        case ast.JoinedStr(values=parts):
            yield "".join(next(literals(part)) if isinstance(part, ast.Constant) else hole(part) for part in parts)
        case ast.IfExp(body=body, orelse=otherwise):
            yield from literals(body)
            yield from literals(otherwise)
        case ast.BinOp(left=left):
            yield from literals(left)


def hole(part: ast.expr) -> str:
    """What stands in the place of a value: the words that it chooses from, a number, or any text."""
    assert isinstance(part, ast.FormattedValue)
    if words := list(literals(part.value)):
        return words[0]
    if isinstance(part.format_spec, ast.JoinedStr):
        return "1,000" if "," in ast.unparse(part.format_spec) else "0041"
    return '"x"' if "_shown" in ast.unparse(part.value) or ast.unparse(part.value) == "shown" else "{}"


def messages(module: str) -> Iterator[str]:
    """Every message of a module, inside of what it is said in, with {} for what may be any text."""
    nodes = list(ast.walk(ast.parse(next(SOURCE.rglob(f"{module}.py")).read_text())))
    called = {ast.unparse(node.targets[0]): node.value for node in nodes if isinstance(node, ast.Assign)}
    for node in nodes:
        if isinstance(node, ast.Return) and node.value and "return" in SAID[module]:
            yield from (text for text in literals(node.value) if re.match(r"is a|is no|no record", text))
        if isinstance(node, ast.BinOp | ast.Dict) and "slips" in SAID[module]:
            yield from (text for text in literals((getattr(node, "values", None) or [node])[-1]) if "no article" in text)
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        for argument in node.args if name in SAID[module] else ():
            for text in literals(called.get(ast.unparse(argument), argument)):
                if " " in text:
                    yield SAID[module][name].format(text).replace("{{", "{").replace("}}", "}")


def problem(message: str, field: str | None = "x", level: Level = "warning") -> Problem:
    return Problem("a.md", 1, field, message, level)


AROUND_OTHERS = ('"x" {}: {} (field left out)', "{} (field left out)", "{}; taken out")


def all_messages() -> list[str]:
    found = [text for module in SAID for text in messages(module)]
    return [text for text in found if text not in AROUND_OTHERS and "is no time zone" not in text]


def test_every_module_that_speaks_of_records_is_looked_at() -> None:
    speaking = {path.stem for path in SOURCE.rglob("*.py") if re.search(r"ValueError\(|Problem\(|\.warn\(", path.read_text())}
    others = {"main", "errors", "subset", "causes", "model", "report", "build", "cache", "publish", "problem_list", "manifest"}
    others |= {"catalog", "json_feed", "reading"}  # of documents that feedloom wrote
    assert speaking - others <= SAID.keys() | ELSEWHERE.keys()


def test_there_are_as_many_messages_as_somebody_counted() -> None:
    """So that the search above is known to find some in each module; the number is a lower bound."""
    counts = Counter({module: len(list(messages(module))) for module in SAID})
    assert counts.total() > 70
    assert min(counts.values()) >= 1


@pytest.mark.parametrize("message", all_messages())
def test_a_message_has_a_cause(message: str) -> None:
    for value in ("", "x", '" is no integer', "a\nb\u202e"):
        assert causes.of(problem(message.replace("{}", value))) in CAUSES


def test_a_cause_has_a_message() -> None:
    """None is left over from a message that nobody says any more."""
    said = [problem(text.replace("{}", '"x"' if text.startswith("{}") else "x")) for text in all_messages()]
    taken_out = problem("holds the control character U+0007; taken out")
    relative = problem('"a.png" is no http or https URL: write it whole, as https://example.com/page', "images[0].url")
    titles = problem('2 feeds have the title "x" (topics/x, providers/x); each gets its address in brackets. Use {name}')
    yaml = problem("YAML that cannot be read: did not find expected alphabetic or numeric character")
    assert {causes.of(one) for one in (*said, taken_out, relative, titles, yaml)} == set(CAUSES)


def test_a_cause_says_what_to_do() -> None:
    for cause in CAUSES:
        assert re.fullmatch(r"[a-z].*[^.]", cause.wrong)
        assert re.fullmatch(r"[A-Z].*\.", cause.fix)


# --- Records ------------------------------------------------------------------------------------------------------------


def without_cause(path: str, data: bytes) -> list[str]:
    problems = parse.reading(path, data, Rules()).problems
    return [str(one) for one in problems if causes.of(one) not in CAUSES]


@pytest.mark.parametrize("name", nasty.small())
def test_the_nasty_records(name: str) -> None:
    assert without_cause(name, nasty.small()[name]) == []


def test_the_bad_records_of_the_other_tests() -> None:
    for text, *_ in (*REJECTED.values(), *WARNED.values()):
        assert without_cause("a.md", text if isinstance(text, bytes) else text.encode()) == []


@given(st.integers(min_value=0, max_value=1 << 32))
def test_records_that_chance_makes_up(seed: int) -> None:
    inputs = Inputs(seed)
    for _ in range(5):
        data = inputs.record()
        if len(data) < 100_000:
            assert without_cause("a.md", data) == []


@given(st.sampled_from(list(WARNED)), st.text(max_size=50), st.integers(min_value=0))
def test_a_bad_record_with_a_text_anywhere(case: str, text: str, at: int) -> None:
    whole = WARNED[case][0][:5_000]
    at %= len(whole)
    assert without_cause("a.md", (whole[:at] + text + whole[at:]).encode(errors="surrogatepass")) == []


MEANT = st.sampled_from(
    [
        ("publishedDateTime", "a date cannot be read, or could mean several days"),
        ("quality", "a number is none"),
        ("published", "it is unclear whether the record is to be published"),
    ]
)


@given(MEANT, st.sampled_from(["is no integer", "is empty", "stands twice", "holds white space: write it as %20", "taken out"]))
def test_no_value_passes_for_another_cause(meant: tuple[str, str], words: str) -> None:
    field, wrong = meant
    text = with_line(f"{field}: '\" {words}'") if field != "publishedDateTime" else record(publishedDateTime=f"'\" {words}'")
    (found,) = parse.reading("a.md", text.encode(), Rules()).problems
    assert causes.of(found).wrong == wrong


def test_the_problems_of_files_and_of_the_configuration(site: Site) -> None:
    (site.records / "folder.md").mkdir(parents=True)
    (site.records / "nowhere.md").symlink_to("nothing")
    (site.records / "out.md").symlink_to("/etc/hostname")
    (site.records / "away").symlink_to("/etc")
    site.write({"a.md": record(topics="[AI]"), "b.md": record(), "new\nline.md": record(webUrl="https://e.example/2")})
    feeds = [{"name": "One", "where": {"topics": ["IA"], "providers": ["p"], "category": "c", "type": "t"}}]
    report = feedloom.check(site.config(feeds=feeds), now=NOW)
    assert {one.message for one in report.problems if causes.of(one) not in CAUSES} == set()
    assert len(causes.found(report.problems)) == 8


# --- Groups and places --------------------------------------------------------------------------------------------------


def test_what_leaves_records_out_comes_first_and_the_frequent_before_the_rare() -> None:
    problems = [
        problem('"x" is no integer (field left out)', "quality"),
        problem('"y" is no integer (field left out)', "heat"),
        Problem("b.md", 1, None, "is empty", "rejected"),
        problem("names no topic: it holds nothing but white space or hyphens (left out)", "topics[0]"),
    ]
    told = [(one.level, one.cause.wrong, len(one.problems), one.files) for one in causes.found(problems)]
    assert told == [
        ("rejected", "the file is empty", 1, 1),
        ("warning", "a number is none", 2, 1),
        ("warning", "a topic has no name", 1, 1),
    ]


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ('"01/02/2021" could be two days: write it as 2021-05-21T18:09:00Z', 'a.md:1: x: "01/02/2021" could be two days'),
        ("is missing: every record needs a title", "a.md:1: x"),
        ('"/a.png" is no http or https URL: write it whole, as https://example.com/page (field left out)',
         'a.md:1: x: "/a.png" is no http or https URL'),
        ('"a\x1b[2J" is no integer (field left out)', 'a.md:1: x: "a\\x1b[2J" is no integer'),
        ("is the same article as b.md, which is published in its place", "a.md:1: x: is the same article as b.md"),
        ("what nobody knows yet", "a.md:1: x: what nobody knows yet"),
    ],
)  # fmt: skip
def test_a_place_says_what_the_cause_does_not(message: str, shown: str) -> None:
    assert causes.place(problem(message)) == shown


def test_a_relative_image_is_told_of_the_setting_and_another_address_is_not() -> None:
    relative = '"{}" is no http or https URL: write it whole, as https://example.com/page (field left out)'
    for value in ("/a.png", "a.png", "../a.png", "www.example.com/a.png"):
        assert causes.of(problem(relative.format(value), "related[0].images[2].url")) is causes.RELATIVE
    for value, field in (("/a", "webUrl"), ("ftp://x/a.png", "images[0].url"), ("//x/a.png", "images[0].url")):
        assert causes.of(problem(relative.format(value), field)) is not causes.RELATIVE


def test_no_line_of_a_listing_is_lost() -> None:
    problems = [Problem(f"{n}.md", 1, "quality", f'"{n}" is no integer (field left out)', "warning") for n in range(25)]
    text = "\n".join(problem_list.lines(problems, None))
    assert all(f'{n}.md:1: quality: "{n}" is no integer' in text for n in range(25))
    assert "more" not in text
    short = "\n".join(problem_list.lines(problems, 10))
    assert "9.md" in short and "\n    10.md" not in short
    assert "... and 15 more: --all names them" in short
