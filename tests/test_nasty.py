"""Each nasty record is published or left out, and nothing more comes of it; and the fuzzer sees what it is there to see."""

import json
import os
import re
import signal
import sys
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any

import pytest

from feedloom import model
from feedloom.pipeline import digests
from feedloom.pipeline.ingest import Ingested
from feedloom.problems import Mistake
from feedloom.records import fields, parse, scan
from feedloom.render import content, xml
from feedloom.report import Records
from feedloom.site import publish
from feedloom.values import dates, urls
from tests import nasty
from tests.conftest import record
from tests.fuzz import __main__ as fuzz
from tests.fuzz import checks
from tests.fuzz.checks import Failure, Tried, apart
from tests.fuzz.inputs import PRIVATE, Case, Inputs

SMALL = nasty.small()
LARGE = nasty.large()

# fmt: off
LEFT_OUT = {
    "alias-before-anchor", "alias-bomb", "alias-bomb-of-mappings", "alias-to-itself", "binary", "bom-twice",
    "date-beyond-the-end", "date-infinite", "date-leap-second", "date-year-0", "date-year-9999", "date-zone-of-99-hours",
    "directives-first", "duplicate-keys", "duplicate-keys-inside", "empty", "empty-keys", "keys-of-all-kinds", "latin-1",
    "list", "lone-cr", "merge-keys", "mixed-line-ends", "nested-33-levels", "nested-blocks", "nested-mappings",
    "nested-questions", "no-front-matter", "not-utf-8-in-the-body", "nothing-but-controls", "nothing-but-nul", "overlong-utf-8",
    "problem-name-with-escapes", "published-maybe", "surrogates-raw", "tabs", "toml", "unclosed", "unclosed-bracket",
    "unclosed-quote", "unpublished-and-broken", "url-10000-characters", "url-backslash", "url-data", "url-emoji", "url-ipv6",
    "url-javascript", "url-javascript-with-tab", "url-port-too-large", "url-rtl", "url-userinfo", "utf-16", "utf-32",
    "tag-directives-late",
    "white-space", "nested brackets", "nested braces", "nested dashes", "nested question marks", "names that are the same",
    "aliases", "quotes", "a long text two hundred times", "a long text nine thousand times", "long addresses two hundred times",
    "tags declared", "an opening line", "line ends", "lines that nearly close", "nothing but zeros", "bytes that are not UTF-8",
}
# fmt: on


@pytest.mark.parametrize("name", SMALL)
def test_a_small_one(tmp_path: Path, name: str) -> None:
    tried = apart(Case({name: SMALL[name]}, {}, {}), tmp_path / "trial")
    assert isinstance(tried, Tried), tried
    assert tried.published == (Path(name).stem not in LEFT_OUT)


@pytest.mark.long
@pytest.mark.parametrize("name", LARGE)
def test_a_large_one(tmp_path: Path, name: str) -> None:
    assert len(LARGE[name]) <= nasty.LARGEST
    tried = apart(Case({"large.md": LARGE[name]}, {}, {}), tmp_path / "trial")
    assert isinstance(tried, Tried), tried
    assert tried.published == (name not in LEFT_OUT)


def test_all_small_ones_together(tmp_path: Path) -> None:
    tried = apart(Case(SMALL, {}, dict.fromkeys(list(SMALL)[::2])), tmp_path / "trial")
    assert isinstance(tried, Tried), tried
    assert tried.builds == 2
    assert tried.published > 100


def test_every_name_that_is_left_out_is_there() -> None:
    assert {Path(name).stem for name in SMALL} | LARGE.keys() >= LEFT_OUT


# --- The fuzzer ---------------------------------------------------------------------------------------------------------


Patch = pytest.MonkeyPatch


def reads_no_markdown(patch: Patch) -> None:
    patch.setattr(scan, "SUFFIXES", (b".txt",))


def raiser(error: Exception) -> Callable[..., Any]:
    def broken(*given: Any) -> Any:
        raise error

    return broken


def mistaken(value: str) -> Mistake:
    """A mistake whose value is not cut."""
    mistake = Mistake("not-integer")
    mistake.values = (value,)
    return mistake


def dies(patch: Patch) -> None:
    patch.setattr(parse, "reading", lambda *given: os.kill(os.getpid(), signal.SIGKILL))


def hangs(patch: Patch) -> None:
    patch.setattr(checks, "MOST_SECONDS", 1)
    patch.setattr(parse, "reading", lambda *given: any(iter(int, 1)))


def takes_memory(patch: Patch) -> None:
    real = parse.reading
    patch.setattr(parse, "reading", lambda *given: real(*given) if b"x" * (500 << 20) else None)


def shows_secrets(patch: Patch) -> None:
    real = fields.Map.text
    patch.setattr(fields.Map, "text", lambda owner, name, *given, **more: real(owner, "secured", *given, **more))


def writes_above(patch: Patch) -> None:
    real = publish.publish

    def broken(files: Any, output: str, *given: Any) -> publish.Published:
        (Path(output).parent / "escaped").write_text("x")
        return real(files, output, *given)

    patch.setattr(publish, "publish", broken)


def spoils_a_record(patch: Patch) -> None:
    real = scan.content

    def broken(root: str, *given: Any) -> bytes:
        (Path(root) / "0.md").write_text("x")
        return real(root, *given)

    patch.setattr(scan, "content", broken)


def links_anywhere(patch: Patch) -> None:
    patch.setattr(urls, "is_plain", lambda url: True)
    patch.setattr(urls, "canonical", str)


def forgets_changes(patch: Patch) -> None:
    real = digests.digest
    patch.setattr(digests, "digest", lambda data: real(b"" if data.startswith(b"---") else data))


TRIPPING = {
    "0.md": record(title="'a & b'", excerpt="a < b", quality=r'"\e[31m"', secured=PRIVATE).encode(),
    "1.md": record(webUrl="mailto:x@e.example").encode(),
    "2.md": SMALL["problem-name-with-escapes.md"],
}
CHANGES = {"0.md": record(title="Another").encode(), "1.md": None}

# What could break, and the check that sees it. The records above are all that it takes.
BROKEN: dict[str, tuple[str, Callable[[Patch], None]]] = {
    "a slip": ("raises nothing", lambda patch: patch.setattr(dates, "moment", raiser(KeyError("a slip")))),
    "killed": ("ends", dies),
    "without end": ("ends", hangs),
    "a slow record": ("time", lambda patch: patch.setattr(checks, "SECONDS_A_RECORD", -1)),
    "a slow build": ("time", lambda patch: patch.setattr(checks, "SECONDS_A_BUILD", -1)),
    "hungry": ("memory", takes_memory),
    "wrong sums": ("counts", lambda patch: patch.setattr(Ingested, "counts", lambda *given: Records(3, 1, 0, 0, 1, 0))),
    "files that are not read": ("counts", reads_no_markdown),
    "no word of it": (
        "names what is rejected",
        lambda patch: patch.setattr(parse, "reading", lambda *given: parse.Reading("rejected")),
    ),
    "raw messages": ("problems are printable", lambda patch: patch.setattr(model, "printable", str)),
    "long messages": ("problems are short", lambda patch: patch.setattr(fields, "_integer", raiser(mistaken("x" * 3000)))),
    "a talkative message": ("private", lambda patch: patch.setattr(fields, "_integer", raiser(mistaken(PRIVATE)))),
    "a talkative feed": ("private", shows_secrets),
    "a file above": ("writes nothing outside", writes_above),
    "a spoilt record": ("writes nothing outside", spoils_a_record),
    "raw XML": ("valid", lambda patch: patch.setattr(xml, "text", str)),
    "mark-up": ("no mark-up", lambda patch: patch.setattr(content, "_text", lambda value: f"<b>{escape(value)}</b>")),
    "odd links": ("links", links_anywhere),
    "blind to changes": ("warm is as cold", forgets_changes),
}


@pytest.mark.parametrize("what", BROKEN)
def test_what_breaks_is_seen(tmp_path: Path, monkeypatch: Patch, what: str) -> None:
    case = Case(TRIPPING, {}, CHANGES)
    assert isinstance(apart(case, tmp_path / "trial"), Tried)
    check, breaks = BROKEN[what]
    breaks(monkeypatch)
    outcome = apart(case, tmp_path / "trial")
    assert isinstance(outcome, Failure)
    assert outcome.check == check, outcome


def test_every_check_is_seen_to_fail() -> None:
    source = Path(checks.__file__).read_text()
    assert set(re.findall(r'Failure\("(.*?)"', source)) == {check for check, _ in BROKEN.values()}


def test_what_fails_is_kept_as_small_as_it_fails(monkeypatch: Patch, capsys: pytest.CaptureFixture[str]) -> None:
    odd = {"\udcff\n.md": record(title="Odd").encode()}
    case = Case(TRIPPING | odd, {"limit": 7}, CHANGES)
    with monkeypatch.context() as patch:
        patch.setattr(Inputs, "cases", lambda inputs: iter([case]))
        real = parse.reading
        patch.setattr(
            parse, "reading", lambda path, data, rules: real(path, data, rules if b"Odd" not in data else raiser(OSError())())
        )
        assert ran() == 1
        told = capsys.readouterr()
        (again,) = re.findall(r"python -m tests.fuzz (--again \S+)", told.err)
        assert json.loads(told.out)["failures"] == 1
        kept = Case.kept(Path(again.split()[1]))
        assert kept == Case(odd, {}, {})
        assert ran(*again.split()) == 1
    assert ran(*again.split()) == 0


def test_a_seed_stands_for_its_cases(capsys: pytest.CaptureFixture[str]) -> None:
    assert Inputs(7).case() == Inputs(7).case() != Inputs(8).case()


def ran(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended, pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["fuzz", *arguments])
        fuzz.main()
    assert isinstance(ended.value.code, int)
    return ended.value.code
