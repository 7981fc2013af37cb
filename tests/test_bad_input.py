"""Bad input, case by case: each is a named problem, none a traceback, and the good record beside it is published."""

import os
from pathlib import Path

import pytest

from feedloom.report import Records
from tests.conftest import Site, record

GOOD = {"good.md": record(title="Good", webUrl="https://example.com/good")}
BOMB = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n" + "".join(f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 12))


def with_line(line: str) -> str:
    return record().removesuffix("---\n") + line + "\n---\n"


# name: (the record, line, field, part of the message)
REJECTED: dict[str, tuple[str | bytes, int | None, str | None, str]] = {
    "no front matter": ("# Hello\ntitle: x\n", 1, None, "no front matter"),
    "no closing line": ("---\ntitle: x\n", 1, None, "no line --- that closes"),
    "empty": ("", 1, None, "is empty"),
    "white space": ("\n \n", 1, None, "is empty"),
    "bad YAML": (with_line("x: [a"), 6, None, "YAML that cannot be read"),
    "bad YAML, CRLF": (with_line("x: [a").replace("\n", "\r\n"), 6, None, "YAML that cannot be read"),
    "a missing colon": (with_line("heat 5\n\n\n# note\n\nquality: 3"), 5, "heat", 'a ":" is missing'),
    "a missing colon after a name of no field": (with_line("x 5\nquality: 3"), 5, None, 'a ":" is missing'),
    "duplicate key": (with_line("title: again"), 5, "title", "stands twice"),
    "duplicate key inside": (with_line("provider:\n  name: a\n  name: b"), 7, "provider.name", "stands twice"),
    "alias bomb": (with_line(BOMB), 8, None, "aliases stand for more than 10,000 values"),
    "a long text many times": (
        with_line(f"a: &a {'x' * 100_000}\nrelated:\n" + "  - {title: *a, excerpt: *a}\n" * 6), 12, None,
        "aliases stand for more than 1,048,576 characters",
    ),
    "many tags declared": (
        "---\n" + "".join(f"%TAG !{n}! x\n" for n in range(101)) + "---\n", 2, None, "more than 100 lines that begin with %TAG",
    ),
    "many tags declared, lone CR": (
        "---\n" + "".join(f"%TAG !{n}! x\r" for n in range(101)) + "\n---\n", 2, None, "lines that begin with %TAG",
    ),
    "alias to itself": (with_line("a: &a [*a]"), 5, None, "*a names no value before it"),
    "nested too deep": (with_line("x: " + "[" * 33 + "]" * 33), 5, "x", "deeper than 32 levels"),
    "nested without end": (with_line("x: " + "[" * 100_000), 5, "x", "deeper than 32 levels"),
    "too large": (with_line(f'excerpt: "{"x" * (1 << 20)}"'), None, None, "larger than 1,048,576 bytes"),
    "not UTF-8": (b"---\ntitle: caf\xe9\n---\n", 2, None, "is not UTF-8 (byte 0xe9)"),
    "UTF-16": ("---\ntitle: x\n---\n".encode("utf-16"), 1, None, "is not UTF-8"),
    "a raw lone surrogate": (b'---\ntitle: "\xed\xa0\xbd"\n---\n', 2, None, "is not UTF-8"),
    "a list for a mapping": ("---\n- a\n---\ntitle: x\n", 2, None, "is no mapping"),
    "a text for a mapping": ("---\nhello\n---\ntitle: x\n", 2, None, "is no mapping"),
    "a line with --- and more": ("---\ntitle: a\n--- b: c\nheat: 5\n---\n", 3, None, "goes on behind a line"),
    "text behind braces": ("---\n{title: a}\nheat: 5\n---\n", 3, None, "YAML that cannot be read"),
    "all on the first line": ("--- {title: a, heat: 5}\n---\n", 1, None, "the first line must be --- and nothing else"),
    "indented, without ---": ("  title: a\n  heat: 5\n", 1, None, "the first line must be --- and nothing else"),
    "JSON": ('{\n  "title": "a"\n}\n', 1, None, "the first line must be --- and nothing else"),
    "a null and a comment": ("---\n~ # x\n---\ntitle: a\n", 2, "title", "is missing"),
    "a list of records": ("---\n- title: a\n---\n", 2, None, "is no mapping"),
    "a list for a key": ("---\n? [a]\n: b\n---\n", 2, None, "name must be plain text"),
    "no title": (record(title=""), 2, "title", "is missing"),
    "an empty title": (record(title='"<b> </b>"'), 2, "title", "is missing"),
    "a title of the wrong shape": (record(title="[a]"), 2, "title", "is a list, not a text"),
    "no date": (record(publishedDateTime=""), 2, "publishedDateTime", "is missing"),
    "a null date": (record(publishedDateTime="~"), 3, "publishedDateTime", "is missing"),
    "no such day": (record(publishedDateTime="2021-13-45"), 3, "publishedDateTime", "is no day of the calendar"),
    "no date at all": (record(publishedDateTime="yesterday"), 3, "publishedDateTime", "names no year"),
    "an ambiguous date": (record(publishedDateTime="01/02/2021"), 3, "publishedDateTime", "could be two days"),
    "a date before 1970": (record(publishedDateTime="0001-01-01T00:00:00Z"), 3, "publishedDateTime", "before 1970"),
    "no URL": (record(webUrl=""), 2, "originalUrl", "is missing"),
    "javascript:": (record(webUrl="javascript:alert(1)"), 4, "webUrl", "no http or https URL"),
    "data:": (record(webUrl='"data:text/html,x"'), 4, "webUrl", "no http or https URL"),
    "a URL without scheme": (record(webUrl="//host/x"), 4, "webUrl", "no http or https URL"),
    "a URL with spaces": (record(webUrl="https://a.example/b c d"), 4, "webUrl", "white space"),
    "a URL with a space in its host": (record(webUrl="https://a b.example/"), 4, "webUrl", "white space"),
    "two URLs": (record(webUrl="https://a.example/ https://b.example/"), 4, "webUrl", "white space"),
    "a title that shows nothing": (record(title='"\u200b \u00ad\ufeff"'), 2, "title", "is missing"),
    "a title of Hangul fillers": (record(title="\u3164"), 2, "title", "is missing"),
    "a URL without host": (record(webUrl="https:///x"), 4, "webUrl", "names no host"),
    "a bad original URL beside a good one": (record(originalUrl="ftp://a.example/"), 5, "originalUrl", "no http or https URL"),
    "unclear whether published": (with_line("published: maybe"), 5, "published", "neither true nor false"),
}  # fmt: skip

WARNED: dict[str, tuple[str, int, str | None, str]] = {
    "images of the wrong shape": (with_line("images: x"), 5, "images", "is a text, not a list"),
    "an image of the wrong shape": (with_line("images: [x]"), 5, "images[0]", "is no mapping"),
    "an image without URL": (with_line("images: [{width: 1}]"), 5, "images[0]", "has no url"),
    "an image whose type is none": (
        with_line("images: [{url: 'https://a.example/i', type: photo}]"), 5, "images[0].type", '"photo" is not a media type',
    ),
    "a relative image": (with_line("images: [{url: /a.png}]"), 5, "images[0].url", "no http or https URL"),
    "a size of nothing": (
        with_line("images:\n  - url: https://a.example/i.png\n    width: 0"), 7, "images[0].width", "no positive integer",
    ),
    "a size in words": (
        with_line("images: [{url: 'https://a.example/i', height: tall}]"), 5, "images[0].height", "no positive integer",
    ),
    "topics in one text": (with_line("topics: C# 7,, tuple"), 5, "topics", '"[C# 7, tuple]" is how'),
    "a name in capitals": (with_line("Excerpt: a"), 5, "excerpt", "rename it to excerpt"),
    "topics of the wrong shape": (with_line("topics: {a: b}"), 5, "topics", "is a mapping, not a list"),
    "a topic without identity": (with_line('topics: [A, " - "]'), 5, "topics[1]", "names no topic"),
    "10,000 topics": (with_line(f"topics: [{','.join(f't{n}' for n in range(10_000))}]"), 5, "topics", "lists 10,000"),
    "a related article without URL": (with_line("related: [{title: a}]"), 5, "related[0]", "has no webUrl"),
    "a related article without title": (with_line("related: [{webUrl: 'https://a.example'}]"), 5, "related[0]", "has no title"),
    "a related article with a bad URL": (
        with_line("related: [{title: a, webUrl: 'data:,'}]"), 5, "related[0].webUrl", "no http or https URL",
    ),
    "a provider of the wrong shape": (with_line("provider: [a]"), 5, "provider", "is no mapping"),
    "a bad domain": (with_line("provider: {name: A, domain: no domain}"), 5, "provider.domain", "is no domain"),
    "a bad update": (with_line("updatedDateTime: soon"), 5, "updatedDateTime", "field left out"),
    "an update before the publication": (
        with_line("updatedDateTime: 2021-05-20"), 5, "updatedDateTime", "is before publishedDateTime",
    ),
    "a related article twice": (
        with_line("related: [{title: a, webUrl: 'https://a.example'}, {title: b, webUrl: 'https://a.example'}]"),
        5, "related[1]", "has the webUrl of another one",
    ),
    "a related article that is the article": (
        with_line("related: [{title: a, webUrl: 'http://www.example.com/article/#x'}]"), 5, "related[0].webUrl",
        "is the article itself",
    ),
    "a language in words": (with_line("language: Japanese"), 5, "language", '"Japanese" is not a language tag'),
    "a country for a language": (with_line("language: jp"), 5, "language", '"jp" is not a language tag'),
    "a bad feed of a provider": (with_line("provider: {name: P, feed: x}"), 5, "provider.feed", "no http or https URL"),
    "a bad AMP URL": (with_line("ampWebUrl: amp"), 5, "ampWebUrl", "no http or https URL"),
    "a bad number": (with_line("quality: high"), 5, "quality", "is no integer"),
    "a title of 100 kB": (record(title="x" * 100_000), 2, "title", "is 100,000 characters long"),
    "a raw control character": (with_line("excerpt: a\x07b"), 5, None, "control character U+0007"),
    "a URL with a space": (record(webUrl="https://a.example/b c"), 4, "webUrl", "holds a space; written as %20"),
    "an invisible character behind a URL": (record(webUrl="https://a.example/b\u200b"), 4, "webUrl", "has U+200B at its end"),
    "an invisible character before a URL": (record(webUrl="\ufeffhttps://a.example/b"), 4, "webUrl", "has U+FEFF at its end"),
    "an element in a title": (record(title="A <meter> in a form"), 2, "title", "removed, <meter>: write"),
    "an element in an excerpt": (with_line("excerpt: a<b>c"), 5, "excerpt", "removed, <b>: write"),
    "a script": (with_line("excerpt: a <script>b</script> c"), 5, "excerpt", "removed, <script>: write"),
    "a title that a comment ends": (record(title="Build #12 is out"), 2, "title", "ends at #, where a comment begins"),
    "a title that begins with an anchor": (record(title="&Beyond raises money"), 2, "title", "begins with & or !"),
    "a title that begins with a tag": (record(title="!Important news"), 2, "title", "begins with & or !"),
    "a title behind an exclamation mark": (record(title="! News"), 2, "title", "begins with & or !"),
    "a topic that begins with an anchor": (with_line("topics:\n- &You and me"), 6, "topics[0]", "begins with & or !"),
    "a date that a comment ends": (
        with_line("updatedDateTime: 2021-05-22 #10:00"), 5, "updatedDateTime", "ends at #, where a comment begins",
    ),
    "an id that a comment ends": (with_line("id: a #1"), 5, "id", "ends at #, where a comment begins"),
    "an id that is a comment": (with_line("id: #1"), 5, "id", "ends at #, where a comment begins"),
    "a URL that a comment ends": (record(webUrl="https://a.example/ #b"), 4, "webUrl", "ends at #, where a comment begins"),
    "a URL inside that a comment ends": (
        with_line("images:\n  - url: https://a.example/ #b"), 6, "images[0].url", "ends at #, where a comment begins",
    ),
    "a name that a comment ends": (with_line("provider: C #"), 5, "provider", "ends at #, where a comment begins"),
    "a topic that is a comment": (with_line("topics: #tag"), 5, "topics", "ends at #, where a comment begins"),
    "a topic that a comment ends": (with_line("topics:\n  - C #\n  - b"), 6, "topics[0]", "ends at #, where a comment begins"),
    "a topic that shows nothing": (with_line('topics: [A, "\u2063"]'), 5, "topics[1]", "names no topic"),
    "an escaped control character": (with_line('excerpt: "a\\x07b"'), 5, "excerpt", "holds U+0007"),
    "an escaped lone surrogate": (with_line('excerpt: "a \\ud83d b"'), 5, None, "invalid Unicode character"),
}  # fmt: skip


@pytest.mark.parametrize("case", REJECTED)
def test_rejected(site: Site, case: str) -> None:
    text, line, field, message = REJECTED[case]
    report = site.build({"bad.md": text, **GOOD})
    (problem,) = report.problems
    assert (problem.path, problem.level) == (str(site.records / "bad.md"), "rejected")
    assert (problem.line, problem.field) == (line, field)
    assert message in problem.message
    assert (report.records.published, report.records.rejected) == (1, 1)
    assert "<title>Good</title>" in site.text("all.atom")


@pytest.mark.parametrize("case", WARNED)
def test_warned(site: Site, case: str) -> None:
    text, line, field, message = WARNED[case]
    report = site.build({"bad.md": text, **GOOD})
    problem = report.problems[0]
    assert problem.level == "warning"
    assert (problem.line, problem.field) == (line, field)
    assert message in problem.message
    assert report.records.published == 2


def test_of_10_000_topics_the_first_100_are_taken(site: Site) -> None:
    report = site.build({"a.md": WARNED["10,000 topics"][0]})
    assert report.feeds == 101
    assert (site.output / "topics/t99.atom").exists()


def test_long_texts_are_cut(site: Site) -> None:
    site.build({"a.md": WARNED["a title of 100 kB"][0]})
    assert f"<title>{'x' * 999}…</title>" in site.text("all.atom")


def test_a_name_or_password_in_a_url_is_not_repeated(site: Site) -> None:
    report = site.build({"bad.md": record(webUrl="https://me:secret@a.example/"), **GOOD})
    assert "user name or password" in report.problems[0].message
    assert "secret" not in str(report.problems)


@pytest.mark.parametrize(
    "line",
    [
        r'quality: "\e]0;owned\a\e[2J"',
        r'ampWebUrl: "x\nfeedloom: all is well\r"',
        r'published: "\e[31mmaybe"',
        r'updatedDateTime: "2021\u202e"',
        r'provider: {name: a, domain: "\e[2J"}',
        '"\\e[2J": 1\n"\\e[2J": 2',
        f"? {'x' * 100_000}\n: 1\n? {'x' * 100_000}\n: 2",
        "? {0}\n: 1\n? {0}\n: 2".format("\U000e0001" * 300),
        f"x: *{'a' * 100_000}",
    ],
)
def test_a_message_commands_no_terminal_and_fits_into_a_log(site: Site, line: str) -> None:
    report = site.build({"a.md": with_line(line)})
    (problem,) = report.problems
    assert str(problem).isprintable()
    assert len(str(problem)) < 1_000
    assert "owned" not in line or r"\x1b]0;owned\x07" in str(problem)


def test_what_is_read_kindly(site: Site) -> None:
    report = site.build(
        {
            "a.md": with_line("topics: AI\nprovider: CIO\nimages: {url: 'https://a.example/i.png'}"),
            "f.md": record(title="!!str 12", webUrl="https://example.com/f", excerpt="&e E", topics="&t [AI, *e]"),
            "b.yaml": "title: Bare\npublishedDateTime: 2021-05-21\nwebUrl: https://example.com/b\n",
            "c.yml": "---\ntitle: Closed\npublishedDateTime: 2021-05-21\nwebUrl: https://example.com/c\n---\nbody: [\n",
            "d.TXT": "\ufeff" + record(title="BOM", webUrl="https://example.com/d").replace("\n", "\r\n"),
            "e.markdown": record(title='"\\ud83d\\ude00"', webUrl="https://bücher.example/straße"),
        }
    )
    assert report.problems == []
    assert report.records.published == 6
    atom = site.text("all.atom")
    assert "<title>😀</title>" in atom
    assert "https://xn--bcher-kva.example/stra%C3%9Fe" in atom
    assert (site.output / "topics/ai.atom").exists()
    assert (site.output / "providers/cio.atom").exists()


def test_what_is_no_regular_file_below_the_folder(site: Site, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "x.md").write_text(record(title="Elsewhere"))
    site.write(GOOD)
    os.mkdir(site.records / "folder.md")
    os.mkfifo(site.records / "fifo.md")
    os.symlink(site.records / "nowhere", site.records / "dangling.md")
    os.symlink(tmp_path / "elsewhere" / "x.md", site.records / "out.md")
    os.symlink(tmp_path / "elsewhere", site.records / "away")
    os.symlink(site.records, site.records / "loop")
    os.symlink("itself.md", site.records / "itself.md")
    report = site.build({".hidden.md": record(title="Hidden"), ".git/x.md": record(title="Hidden")})
    found = {os.path.basename(problem.path): (problem.level, problem.message) for problem in report.problems}
    assert found == {
        "folder.md": ("rejected", "is a folder, named like a record"),
        "fifo.md": ("rejected", "is no regular file"),
        "dangling.md": ("rejected", "is a link that points nowhere"),
        "itself.md": ("rejected", "is a link that points nowhere"),
        "out.md": ("rejected", "is a link that points out of the records folder"),
        "away": ("warning", "is a link to a folder, which is not followed"),
    }
    assert report.records == Records(6, 1, 0, 0, 5, 0)
    assert b"Elsewhere" not in b"".join(site.files().values())


@pytest.mark.parametrize(("name", "shown"), [(b"new\nline.md", "new\\nline.md"), (b"caf\xe9.md", "caf\\xe9.md")])
def test_names_that_cannot_be_shown(site: Site, name: bytes, shown: str) -> None:
    with open(os.path.join(os.fsencode(site.records), name), "w") as file:
        file.write(record())
    report = site.build()
    (problem,) = report.problems
    assert (os.path.basename(problem.path), problem.level) == (shown, "warning")
    assert report.records.published == 1


def test_values_that_would_speak_to_the_terminal(site: Site) -> None:
    hostile = record(publishedDateTime=r'"\e[2J\e]0;x\a \u202e\L\N x"')
    (problem,) = site.build({"a.md": hostile}).problems
    assert "\x1b" in problem.message  # JSON has escapes of its own
    assert str(problem).isprintable()
    assert r'"\x1b[2J\x1b]0;x\x07 \u202e' in str(problem)


def test_of_thousands_of_problems_in_a_record_the_first_hundred_are_told(site: Site) -> None:
    """A hundred such records would otherwise take 1.8 GB of memory for 17 MB, and half a minute."""
    images = "".join(f"      - {{url: 'https://e.example/{n}', width: x, height: y}}\n" for n in range(100))
    related = "".join(f"  - title: t\n    webUrl: https://e.example/{n}\n    images:\n{images}" for n in range(100))
    other = record(webUrl="https://e.example/other", images="[x]")
    report = site.build({"a.md": with_line(f"related:\n{related}"), "b.md": other})
    *told, more, last = report.problems
    assert len(told) == 100
    assert len({problem.line for problem in told}) == 50
    assert (more.message, more.level) == ("has 19,900 more problems, which are named once the first 100 are mended", "warning")
    assert last.path == str(site.records / "b.md")


def test_a_file_that_cannot_be_read(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("feedloom.records.scan.content", refuse)
    report = site.build(GOOD)
    assert [problem.message for problem in report.problems] == ["cannot be read: Permission denied"]
    assert report.records.rejected == 1
