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


# name: (the record, line, field, the code and perhaps a part of the message)
REJECTED: dict[str, tuple[str | bytes, int | None, str | None, str]] = {
    "no front matter": ("# Hello\ntitle: x\n", 1, None, "front-matter-missing"),
    "no closing line": ("---\ntitle: x\n", 1, None, "front-matter-unclosed"),
    "empty": ("", 1, None, "file-empty"),
    "white space": ("\n \n", 1, None, "file-empty"),
    "bad YAML": (with_line("x: [a"), 5, None, "yaml-bracket"),
    "bad YAML, CRLF": (with_line("x: [a").replace("\n", "\r\n"), 5, None, "yaml-bracket"),
    "a missing colon": (with_line("heat 5\n\n\n# note\n\nquality: 3"), 5, "heat", "yaml-colon-missing"),
    "a missing colon after a name of no field": (with_line("x 5\nquality: 3"), 5, None, "yaml-colon-missing"),
    "duplicate key": (with_line("title: again"), 5, "title", "field-twice"),
    "duplicate key inside": (with_line("provider:\n  name: a\n  name: b"), 7, "provider.name", "field-twice"),
    "alias bomb": (with_line(BOMB), 8, None, "yaml-aliases-too-large 10,000 values"),
    "a long text many times": (
        with_line(f"a: &a {'x' * 100_000}\nrelated:\n" + "  - {title: *a, excerpt: *a}\n" * 6), 12, None,
        "yaml-aliases-too-large 1,048,576 characters",
    ),
    "many tags declared": (
        "---\n" + "".join(f"%TAG !{n}! x\n" for n in range(101)) + "---\n", 2, None, "yaml-tags",
    ),
    "many tags declared, lone CR": (
        "---\n" + "".join(f"%TAG !{n}! x\r" for n in range(101)) + "\n---\n", 2, None, "yaml-tags",
    ),
    "alias to itself": (with_line("a: &a [*a]"), 5, None, "yaml-alias-unknown *a"),
    "nested too deep": (with_line("x: " + "[" * 33 + "]" * 33), 5, "x", "yaml-too-deep"),
    "nested without end": (with_line("x: " + "[" * 100_000), 5, "x", "yaml-too-deep"),
    "too large": (with_line(f'excerpt: "{"x" * (1 << 20)}"'), None, None, "file-too-large 1,048,576 bytes"),
    "not UTF-8": (b"---\ntitle: caf\xe9\n---\n", 2, None, "file-not-utf8 0xe9"),
    "UTF-16": ("---\ntitle: x\n---\n".encode("utf-16"), 1, None, "file-utf16"),
    "a raw lone surrogate": (b'---\ntitle: "\xed\xa0\xbd"\n---\n', 2, None, "file-not-utf8"),
    "a list for a mapping": ("---\n- a\n---\ntitle: x\n", 2, None, "front-matter-no-fields"),
    "a text for a mapping": ("---\nhello\n---\ntitle: x\n", 2, None, "front-matter-no-fields"),
    "a line with --- and more": ("---\ntitle: a\n--- b: c\nheat: 5\n---\n", 3, None, "front-matter-interrupted"),
    "text behind braces": ("---\n{title: a}\nheat: 5\n---\n", 3, None, "yaml-invalid"),
    "all on the first line": ("--- {title: a, heat: 5}\n---\n", 1, None, "front-matter-missing"),
    "indented, without ---": ("  title: a\n  heat: 5\n", 1, None, "front-matter-missing"),
    "JSON": ('{\n  "title": "a"\n}\n', 1, None, "front-matter-missing"),
    "a null and a comment": ("---\n~ # x\n---\ntitle: a\n", 2, "title", "title-missing"),
    "a list of records": ("---\n- title: a\n---\n", 2, None, "front-matter-no-fields"),
    "a list for a key": ("---\n? [a]\n: b\n---\n", 2, None, "yaml-name"),
    "no title": (record(title=""), 2, "title", "title-missing"),
    "an empty title": (record(title='"<b> </b>"'), 2, "title", "title-missing"),
    "a title of the wrong shape": (record(title="[a]"), 2, "title", "not-text"),
    "no date": (record(publishedDateTime=""), 2, "publishedDateTime", "date-missing"),
    "a null date": (record(publishedDateTime="~"), 3, "publishedDateTime", "date-missing"),
    "no such day": (record(publishedDateTime="2021-13-45"), 3, "publishedDateTime", "date-not-in-calendar"),
    "no date at all": (record(publishedDateTime="yesterday"), 3, "publishedDateTime", "date-no-year"),
    "an ambiguous date": (record(publishedDateTime="01/02/2021"), 3, "publishedDateTime", "date-ambiguous"),
    "a date before 1970": (record(publishedDateTime="0001-01-01T00:00:00Z"), 3, "publishedDateTime", "date-before-1970"),
    "no URL": (record(webUrl=""), 2, "originalUrl", "url-missing"),
    "javascript:": (record(webUrl="javascript:alert(1)"), 4, "webUrl", "url-not-http"),
    "data:": (record(webUrl='"data:text/html,x"'), 4, "webUrl", "url-not-http"),
    "a URL without scheme": (record(webUrl="//host/x"), 4, "webUrl", "url-not-http"),
    "a URL with spaces": (record(webUrl="https://a.example/b c d"), 4, "webUrl", "url-white-space"),
    "a URL with a space in its host": (record(webUrl="https://a b.example/"), 4, "webUrl", "url-white-space"),
    "two URLs": (record(webUrl="https://a.example/ https://b.example/"), 4, "webUrl", "url-white-space"),
    "a title that shows nothing": (record(title='"\u200b \u00ad\ufeff"'), 2, "title", "title-missing"),
    "a title of Hangul fillers": (record(title="\u3164"), 2, "title", "title-missing"),
    "a URL without host": (record(webUrl="https:///x"), 4, "webUrl", "url-no-host"),
    "a bad original URL beside a good one": (record(originalUrl="ftp://a.example/"), 5, "originalUrl", "url-not-http"),
    "unclear whether published": (with_line("published: maybe"), 5, "published", "published-unclear"),
}  # fmt: skip

WARNED: dict[str, tuple[str, int, str | None, str]] = {
    "images of the wrong shape": (with_line("images: x"), 5, "images", "not-list is a text"),
    "an image of the wrong shape": (with_line("images: [x]"), 5, "images[0]", "not-fields"),
    "an image without URL": (with_line("images: [{width: 1}]"), 5, "images[0]", "image-no-url"),
    "an image whose type is none": (
        with_line("images: [{url: 'https://a.example/i', type: photo}]"), 5, "images[0].type", 'media-type-invalid "photo"',
    ),
    "a relative image": (with_line("images: [{url: /a.png}]"), 5, "images[0].url", "url-relative"),
    "a size of nothing": (
        with_line("images:\n  - url: https://a.example/i.png\n    width: 0"), 7, "images[0].width", "not-size",
    ),
    "a size in words": (
        with_line("images: [{url: 'https://a.example/i', height: tall}]"), 5, "images[0].height", "not-size",
    ),
    "topics in one text": (with_line("topics: C# 7,, tuple"), 5, "topics", 'topics-in-one-text "[C# 7, tuple]"'),
    "an indentation of no-break spaces": (with_line("provider:\n\u00a0\u00a0name: x"), 6, None, "field-indented"),
    "a name in capitals": (with_line("Excerpt: a"), 5, "excerpt", "field-misspelled to excerpt"),
    "topics of the wrong shape": (with_line("topics: {a: b}"), 5, "topics", "not-list is a mapping"),
    "a topic without identity": (with_line('topics: [A, " - "]'), 5, "topics[1]", "topic-empty"),
    "10,000 topics": (with_line(f"topics: [{','.join(f't{n}' for n in range(10_000))}]"), 5, "topics", "list-too-long 10,000"),
    "a related article without URL": (with_line("related: [{title: a}]"), 5, "related[0]", "related-incomplete webUrl"),
    "a related article without title": (
        with_line("related: [{webUrl: 'https://a.example'}]"), 5, "related[0]", "related-incomplete title",
    ),
    "a related article with a bad URL": (
        with_line("related: [{title: a, webUrl: 'data:,'}]"), 5, "related[0].webUrl", "url-not-http",
    ),
    "a provider of the wrong shape": (with_line("provider: [a]"), 5, "provider", "not-fields"),
    "a bad domain": (with_line("provider: {name: A, domain: no domain}"), 5, "provider.domain", "domain-invalid"),
    "a bad update": (with_line("updatedDateTime: soon"), 5, "updatedDateTime", "date-no-year"),
    "an update before the publication": (
        with_line("updatedDateTime: 2021-05-20"), 5, "updatedDateTime", "updated-before-published",
    ),
    "a related article twice": (
        with_line("related: [{title: a, webUrl: 'https://a.example'}, {title: b, webUrl: 'https://a.example'}]"),
        5, "related[1]", "related-twice",
    ),
    "a related article that is the article": (
        with_line("related: [{title: a, webUrl: 'http://www.example.com/article/#x'}]"), 5, "related[0].webUrl",
        "related-self",
    ),
    "a language in words": (with_line("language: Japanese"), 5, "language", "language-invalid"),
    "a country for a language": (with_line("language: jp"), 5, "language", "language-invalid"),
    "a bad feed of a provider": (with_line("provider: {name: P, feed: x}"), 5, "provider.feed", "url-relative"),
    "a bad AMP URL": (with_line("ampWebUrl: amp"), 5, "ampWebUrl", "url-relative"),
    "a bad number": (with_line("quality: high"), 5, "quality", "not-integer"),
    "a title of 100 kB": (record(title="x" * 100_000), 2, "title", "text-too-long 100,000"),
    "a raw control character": (with_line("excerpt: a\x07b"), 5, None, "character-removed U+0007"),
    "a URL with a space": (record(webUrl="https://a.example/b c"), 4, "webUrl", "url-space-encoded"),
    "an invisible character behind a URL": (
        record(webUrl="https://a.example/b\u200b"), 4, "webUrl", "url-invisible-character U+200B",
    ),
    "an invisible character before a URL": (
        record(webUrl="\ufeffhttps://a.example/b"), 4, "webUrl", "url-invisible-character U+FEFF",
    ),
    "an element in a title": (record(title="A <meter> in a form"), 2, "title", "html-removed <meter>"),
    "an element in an excerpt": (with_line("excerpt: a<b>c"), 5, "excerpt", "html-removed <b>"),
    "a script": (with_line("excerpt: a <script>b</script> c"), 5, "excerpt", "html-removed <script>"),
    "a title that a comment ends": (record(title="Build #12 is out"), 2, "title", "comment-in-value"),
    "a title that begins with an anchor": (record(title="&Beyond raises money"), 2, "title", "yaml-tag-or-anchor"),
    "a title that begins with a tag": (record(title="!Important news"), 2, "title", "yaml-tag-or-anchor"),
    "a title behind an exclamation mark": (record(title="! News"), 2, "title", "yaml-tag-or-anchor"),
    "a topic that begins with an anchor": (with_line("topics:\n- &You and me"), 6, "topics[0]", "yaml-tag-or-anchor"),
    "a date that a comment ends": (with_line("updatedDateTime: 2021-05-22 #10:00"), 5, "updatedDateTime", "comment-in-value"),
    "an id that a comment ends": (with_line("id: a #1"), 5, "id", "comment-in-value"),
    "an id that is a comment": (with_line("id: #1"), 5, "id", "comment-in-value"),
    "a URL that a comment ends": (record(webUrl="https://a.example/ #b"), 4, "webUrl", "comment-in-value"),
    "a URL inside that a comment ends": (
        with_line("images:\n  - url: https://a.example/ #b"), 6, "images[0].url", "comment-in-value",
    ),
    "a name that a comment ends": (with_line("provider: C #"), 5, "provider", "comment-in-value"),
    "a topic that is a comment": (with_line("topics: #tag"), 5, "topics", "comment-in-value"),
    "a topic that a comment ends": (with_line("topics:\n  - C #\n  - b"), 6, "topics[0]", "comment-in-value"),
    "a topic that shows nothing": (with_line('topics: [A, "\u2063"]'), 5, "topics[1]", "topic-empty"),
    "an escaped control character": (with_line('excerpt: "a\\x07b"'), 5, "excerpt", "character-removed U+0007"),
    "an escaped lone surrogate": (with_line('excerpt: "a \\ud83d b"'), 5, None, "character-removed U+D83D"),
}  # fmt: skip


@pytest.mark.parametrize("case", REJECTED)
def test_rejected(site: Site, case: str) -> None:
    text, line, field, expected = REJECTED[case]
    report = site.build({"bad.md": text, **GOOD})
    (problem,) = report.problems
    assert (problem.path, problem.level) == (str(site.records / "bad.md"), "rejected")
    assert (problem.line, problem.field) == (line, field)
    code, _, part = expected.partition(" ")
    assert problem.code == code
    assert part in problem.message
    assert (report.records.published, report.records.rejected) == (1, 1)
    assert "<title>Good</title>" in site.text("all.atom")


@pytest.mark.parametrize("case", WARNED)
def test_warned(site: Site, case: str) -> None:
    text, line, field, expected = WARNED[case]
    report = site.build({"bad.md": text, **GOOD})
    problem = report.problems[0]
    assert problem.level == "warning"
    assert (problem.line, problem.field) == (line, field)
    code, _, part = expected.partition(" ")
    assert problem.code == code
    assert part in problem.message
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
    found = {os.path.basename(problem.path): (problem.level, problem.code) for problem in report.problems}
    assert found == {
        "folder.md": ("rejected", "folder-like-record"),
        "fifo.md": ("rejected", "file-not-regular"),
        "dangling.md": ("rejected", "link-broken"),
        "itself.md": ("rejected", "link-broken"),
        "out.md": ("rejected", "link-outside"),
        "away": ("warning", "link-to-folder"),
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
    assert (more.code, more.values, more.level) == ("more-problems", ("19,900",), "warning")
    assert last.path == str(site.records / "b.md")


def test_a_file_that_cannot_be_read(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("feedloom.records.scan.content", refuse)
    report = site.build(GOOD)
    assert [(problem.code, problem.values) for problem in report.problems] == [("file-unreadable", ("Permission denied",))]
    assert report.records.rejected == 1
