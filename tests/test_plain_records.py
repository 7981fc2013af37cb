"""What is read at once reads as field by field: the same record, and no problem. Nearly all good records are read at once."""

import random
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from feedloom.config.settings import Rules
from feedloom.frontmatter import document
from feedloom.model import Record
from feedloom.records import parse, plain
from feedloom.records.fields import Document, Rejected
from feedloom.values import zones

SEEDS = Path(__file__).parent.parent / "seeds"
NAMES = {"good times": "Good Times", "ai": "Artificial Intelligence"}
RULES = Rules(
    topics=NAMES,
    providers={"a.example": "b.example", "harbour": "Harbour Post"},
    ids={"kept.md": "an id"},
    zone="Europe/Berlin",
)


def values(*good: object) -> st.SearchStrategy[object]:
    """Mostly good values, some of any kind."""
    return st.sampled_from([*good, *good, *good]) | ODD


TEXTS = [
    "A title",
    "Übung macht den Meister",
    "日本",
    "Research &amp; development",
    "a<b>c</b>",
    "a  b",
    " a",
    "x" * 999,
    "it’s",
]
URLS = [
    "https://example.com/a",
    "https://www.example.com/b?c=d&e=f",
    "http://example.com/a/",
    "https://EXAMPLE.com/é",
    "/c.jpg",
    "https://example.com",
    "https://example.com/a/../b",
    "https://xn--bcher-kva.example/a;b",
    "https://-a.example/",
    "https://a-.example/",
    "https://a..b/",
    "https://a.example:80/",
    "https://a.example./",
    "https://" + "a" * 260 + "/",
    "https://example.com/" + "a" * 400,
    "https://example.com/a#b",
    "https://example.com/a%20b?c=%C3%a9#d",
    "https://example.com/100%",
    "https://example.com/a&amp;b",
]
DATES = [
    "2024-05-06T07:08:09Z",
    "2024-05-06",
    "2024-05-06 07:08",
    "2024-03-31T02:30:00",
    "2024-05-06T07:08:09+02:00",
    "1969-01-01",
]
ODD = st.sampled_from(
    [
        "",
        " ",
        "~",
        "null",
        "0",
        "-1",
        "x",
        "\u200b",
        "a\x01b",
        "<script>x",
        "🎉",
        [],
        {},
        ["a"],
        {"a": "b"},
        [{"url": "x"}],
        "\xa0",
    ]
)
IMAGES = st.lists(
    st.fixed_dictionaries(
        {"url": values(*URLS)},
        optional={
            "width": values("640", "01", "+3", "9999999999"),
            "height": values("480"),
            "isCached": values("true"),
            "alt": values(*TEXTS),
            "title": values(*TEXTS),
            "credit": values(*TEXTS),
            "type": values("image/jpeg"),
        },
    ),
    max_size=3,
)
PROVIDERS = values("Harbour Post") | st.fixed_dictionaries(
    {},
    optional={
        "name": values("Harbour Post", "harbour", *TEXTS),
        "domain": values("a.example", "www.example.com", "https://c.example/d", "münchen.example"),
        "images": IMAGES,
        "feed": values(*URLS),
        "nme": values("x"),
    },
)
RELATED = st.lists(
    st.fixed_dictionaries(
        {"title": values(*TEXTS), "webUrl": values(*URLS)},
        optional={
            "excerpt": values(*TEXTS),
            "publishedDateTime": values(*DATES),
            "provider": PROVIDERS,
            "images": IMAGES,
            "quality": values("1"),
            "ampWebUrl": values(*URLS),
        },
    ),
    max_size=3,
)
FIELDS = {
    "originalUrl": values(*URLS),
    "updatedDateTime": values(*DATES),
    "excerpt": values(*TEXTS),
    "type": values("article", *TEXTS),
    "category": values("news"),
    "quality": values("50", "+5", "-5", "1e3", "1" * 16),
    "heat": values("14"),
    "published": values("true"),
    "provider": PROVIDERS,
    "topics": values("AI", "AI, ML") | st.lists(values("AI", "ML", "Good Times", "C++", *TEXTS), max_size=4),
    "images": IMAGES,
    "related": RELATED,
    "ampWebUrl": values(*URLS),
    "cdnAmpWebUrl": values(*URLS),
    "language": values("en", "de_AT", "xx-"),
    "lang": values("fr"),
    "id": values("tag:example.com,2024:a", "a b", "ä"),
    "guid": values("b", "x" * 1001),
    "authors": values("Ada") | st.lists(values("Ada", {"name": "Bo", "url": URLS[0]}, {"name": "Cy", "email": "c@d.example"})),
    "content": values("*a*"),
    "secured": values("b64"),
    "featuredContent": values("x"),
    "titel": values("x"),
}
RECORDS = st.fixed_dictionaries(
    {"title": values(*TEXTS), "publishedDateTime": values(*DATES), "webUrl": values(*URLS)}, optional=FIELDS
)


def same(fields: dict[str, object], path: str = "a.md") -> bool:
    """Whether a record is read at once; if so, field by field must give the same, without a problem."""
    matter = document.read(f"---\n{yaml.safe_dump(fields, allow_unicode=True, sort_keys=False)}---\n".encode())
    found = plain.record(path, matter.fields, RULES, zones.named(RULES.zone))
    if found is None:
        return False
    file = Document(path, matter, zones.named(RULES.zone))
    try:
        expected: Record | None = parse._record(path, file.root(), RULES)
    except Rejected:
        expected = None
    assert (found, ()) == (expected, file.all_problems())
    return True


@given(RECORDS, st.sampled_from(["a.md", "kept.md"]))
@example({"title": "a", "publishedDateTime": "2024-01-02", "webUrl": "https://example.com"}, "a.md")
@example(
    {"title": "a", "publishedDateTime": "2024-01-02", "webUrl": "https://a.example/", "provider": {"domain": "a.example"}},
    "a.md",
)
@settings(max_examples=500)
def test_any_record(fields: dict[str, object], path: str) -> None:
    same(fields, path)


@given(
    st.lists(st.sampled_from("az09-.:/?#%&=;@!_~+'*[]{}|^`\\ éA"), max_size=12).map("".join), st.sampled_from(["", "/", "?"])
)
def test_urls(rest: str, after: str) -> None:
    """A URL that matches is published as it is."""
    same({"title": "a", "publishedDateTime": "2024-01-02", "webUrl": f"https://a{rest}{after}"})


@pytest.mark.parametrize("seed", sorted(SEEDS.glob("*.md")), ids=lambda seed: seed.stem[:30])
def test_one_value_of_a_good_record_is_changed(seed: Path) -> None:
    chance = random.Random(seed.name)
    fields = yaml.load(seed.read_text().split("---\n")[1], Loader=yaml.BaseLoader)
    fields["published"] = "true"
    assert same(fields) or "hikari" in seed.name  # its URLs are not in ASCII
    odd: list[object] = ["", "x", "~", "-1", "a<b", "&amp;", " a ", "\x01", "é", "\u200b", [], {}, ["a"], {"name": "a"}, *URLS]
    for _ in range(300):
        place = fields
        while True:
            name = chance.choice(list(place) if isinstance(place, dict) else list(range(len(place))))
            inner = place[name]
            if not isinstance(inner, dict | list) or not inner or chance.random() < 0.2:
                break
            place = inner
        place[name] = chance.choice(odd)
        same(fields)
        place[name] = inner


def test_a_name_that_is_no_text_is_refused() -> None:
    fields: dict[str, Any] = {"title": "a", "publishedDateTime": "2024-01-02", "webUrl": "https://a.example/", "\ud800": "x"}
    assert plain.record("a.md", fields, RULES, zones.named(RULES.zone)) is None


@pytest.mark.parametrize(
    "doubtful",
    [
        {"updatedDateTime": "2024-01-01"},
        {"related": [{"title": "a", "webUrl": "https://www.a.example/#b"}]},
        {"related": [{"title": "a", "webUrl": "https://b.example/"}, {"title": "b", "webUrl": "https://b.example/"}]},
        {"related": [{"title": "\u200b", "webUrl": "https://b.example/"}]},
        {"title": "\u200b"},
        {"provider": {"name": "-"}},
        {"topics": ["-"]},
        {"excerpt": "a <script>b</script>"},
        {"excerpt": "a" * 5001},
        {"language": "xx"},
    ],
    ids=str,
)
def test_what_needs_a_closer_look_is_refused(doubtful: dict[str, Any]) -> None:
    fields = {"title": "a", "publishedDateTime": "2024-01-02", "webUrl": "https://a.example/", **doubtful}
    assert plain.record("a.md", fields, RULES, zones.named(RULES.zone)) is None


def test_long_lists_are_read_field_by_field() -> None:
    good = {"title": "a", "publishedDateTime": "2024-01-02", "webUrl": "https://a.example/"}
    assert same({**good, "topics": [f"t{n}" for n in range(100)]})
    assert not same({**good, "topics": [f"t{n}" for n in range(101)]})
    assert not same({**good, "content": "a", "id": "x" * 1001})


def test_a_host_is_not_too_long() -> None:
    assert not same({"title": "a", "publishedDateTime": "2024-01-02", "webUrl": f"https://{'a' * 254}/"})
    assert same({"title": "a", "publishedDateTime": "2024-01-02", "webUrl": f"https://{'a' * 253}/{'b' * 300}"})


def test_names_are_remembered_without_what_the_configuration_calls_them() -> None:
    fields: dict[str, Any] = {"title": "a", "publishedDateTime": "2024-01-02", "webUrl": "https://a.example/"}
    fields |= {"provider": {"name": "harbour", "domain": ""}, "topics": ["ai"], "category": "ai", "authors": ["ai"]}
    for rules, provider, topic in [(Rules(), "harbour", "ai"), (RULES, "Harbour Post", "Artificial Intelligence")] * 2:
        found = plain.record("a.md", fields, rules, zones.named(rules.zone))
        assert found and found.provider
        assert (found.provider.name, found.topics, found.category) == (provider, (topic,), "ai")


def test_no_long_text_is_remembered() -> None:
    fields: dict[str, Any] = {"title": "a", "publishedDateTime": "2024-01-02", "webUrl": "https://a.example/"}
    long = "<b></b>" * 200 + "a"
    for name in ({"topics": [long]}, {"type": long}, {"provider": {"name": long}}, {"provider": {"name": "a", "domain": long}}):
        before = plain._name.cache_info().currsize, plain._bare_provider.cache_info().currsize
        assert not same({**fields, **name})
        assert (plain._name.cache_info().currsize, plain._bare_provider.cache_info().currsize) == before
    assert same({**fields, "title": long})
