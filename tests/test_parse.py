"""Whatever a file holds, it gives a record or problems, and a record gives valid feeds."""

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from feedloom.config.settings import Rules
from feedloom.model import Record
from feedloom.records import parse
from tests.test_render import CONFIG, files
from tests.validator import site_complaints

RULES = Rules(include_unpublished=True)

fields = st.sampled_from(
    [
        "title",
        "excerpt",
        "publishedDateTime",
        "updatedDateTime",
        "originalUrl",
        "webUrl",
        "ampWebUrl",
        "type",
        "category",
        "quality",
    ]
    + [
        "heat",
        "published",
        "provider",
        "name",
        "domain",
        "topics",
        "images",
        "url",
        "width",
        "height",
        "related",
        "secured",
        "x",
    ]
)
nasty = st.sampled_from(
    [
        "",
        "~",
        "null",
        "No",
        "-1",
        "0",
        "1e9",
        "2021-05-21",
        "2021-02-30",
        "01/02/2021",
        "https://example.com/a",
        "https://",
        "//x",
    ]
    + [
        "javascript:alert(1)",
        "https://a b/",
        "https://me:pw@x.example/",
        "https://bücher.example/ü",
        "<b>",
        "&#8217;",
        "a\x00b",
    ]
    + ["\ud83d\ude00", "<script>x</script>", "&amp;amp;lt;b>", "x" * 2000, "+", "..", "C++", "con", "www.x.example", "video"]
)
values: st.SearchStrategy[object] = st.recursive(
    nasty | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(fields, inner, max_size=4),
    max_leaves=12,
)
whole = st.fixed_dictionaries(
    {"title": st.just("A title"), "publishedDateTime": st.just("2021-05-21"), "webUrl": st.just("https://example.com/a")}
)


def read(data: bytes, path: str = "a.md") -> Record | None:
    reading = parse.reading(path, data, RULES)
    assert (reading.record is not None) == (reading.status == "published")
    assert (reading.status == "rejected") == any(problem.level == "rejected" for problem in reading.problems)
    assert all(problem.path == path and problem.message for problem in reading.problems)
    return reading.record


@given(st.dictionaries(fields, values, max_size=8), whole | st.just({}))
@settings(max_examples=300)
def test_any_fields(fields: dict[str, object], whole: dict[str, str]) -> None:
    matter = yaml.dump({**fields, **whole}, allow_unicode=True)
    record = read(b"---\n" + matter.encode("utf-8", "replace") + b"---\n")
    if record:
        for path, document in files(record).items():
            if path.endswith((".atom", ".rss")):
                assert site_complaints(document, path, CONFIG.site.url) == []


@given(st.binary(max_size=60) | st.text(max_size=60).map(lambda text: text.encode("utf-8", "surrogatepass")), st.booleans())
def test_any_bytes(data: bytes, bare: bool) -> None:
    read(data, "a.yaml" if bare else "a.md")


tokens = st.sampled_from(
    [
        "---\n",
        "...\n",
        "title: x\n",
        "- ",
        "a: ",
        "? ",
        ": ",
        "[",
        "]",
        "{",
        "}",
        ",",
        "&a ",
        "*a",
        "!!int ",
        "|\n",
        ">-\n",
        "  ",
        "\n",
    ]
    + ["'", '"', "\\ud83d", "#", "%YAML 1.2\n", "\t", "\r\n", "\x00", "\x85", "\ufeff", "<<: *a\n", "é", "😀"]
)


@given(st.lists(tokens, max_size=30).map("".join))
@settings(max_examples=500)
def test_any_yaml(text: str) -> None:
    read(text.encode(), "a.yaml")
    read(f"---\n{text}\n---\n".encode())
