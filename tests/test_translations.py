"""The words of a site in its own language."""

import json
import re
import string
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from feedloom.config import load, translations
from feedloom.config.settings import Config, Descriptions, Labels, PageLabels, Titles
from feedloom.errors import ConfigError
from feedloom.render.words import words_of
from tests.conftest import Site, record
from tests.validator_html import page_complaints

SECTIONS: dict[str, Titles | Descriptions | Labels] = {"titles": Titles(), "descriptions": Descriptions(), "labels": Labels()}


LANGUAGES = ["ar", "de", "es", "fr", "ja", "pt", "zh", "zh-Hant"]
FORMS = {"ar": 6, "ja": 1, "zh": 1, "zh-Hant": 1}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_has_a_translation(language: str) -> None:
    """With the same parts in braces, and titles that differ between the kinds as they do in English."""
    words = translations.words(language)
    for section in ("descriptions", "labels"):
        wanted = set(SECTIONS[section].__struct_fields__) - {"all"}
        assert set(words[section]) == wanted
    labels = words["labels"]["pages"]
    assert set(labels) == set(PageLabels().__struct_fields__)
    for section, english in SECTIONS.items():
        for name, text in words[section].items():
            if name != "pages":
                assert _parts(text) == _parts(getattr(english, name)), (section, name)
    for name, text in labels.items():
        assert _parts(text) == _parts(getattr(PageLabels(), name)), name
        assert text.count(" | ") + 1 in (1, FORMS.get(language, 2)), name
    titles = Titles(**words["titles"])
    patterns = [getattr(titles, kind) for kind in ("all", "topic", "provider", "category", "type", "provider_topic")]
    assert len(set(patterns)) == len(patterns)


@pytest.mark.parametrize(
    ("language", "number", "told"),
    [
        ("en", 0, "0 articles"),
        ("en", 1, "One article"),
        ("en", 12345, "12,345 articles"),
        ("de", 12345, "12.345 Artikel"),
        ("fr", 0, "0 article"),
        ("fr", 12345, "12\u202f345 articles"),
        ("pt-BR", 0, "0 artigo"),
        ("ja", 1, "1件の記事"),
        ("ar", 0, "لا مقالات"),
        ("ar", 1, "مقالة واحدة"),
        ("ar", 2, "مقالتان"),
        ("ar", 3, "3 مقالات"),
        ("ar", 10, "10 مقالات"),
        ("ar", 11, "11 مقالة"),
        ("ar", 99, "99 مقالة"),
        ("ar", 100, "100 مقالة"),
        ("ar", 103, "103 مقالات"),
    ],
)
def test_words_agree_with_numbers(language: str, number: int, told: str) -> None:
    """By the rules of CLDR for cardinals."""
    spoken = words_of(load.load(site__language=language))
    assert spoken.counted(spoken.labels.count, number).format(count=spoken.number(number)) == told


@pytest.mark.parametrize(
    ("language", "pages"),
    [
        *((tag, "zh") for tag in ("zh", "zh-CN", "zh-Hans-HK", "zh-SG", "zh-cmn-Hans", "ZH-hans")),
        *((tag, "zh-Hant") for tag in ("zh-TW", "zh-HK", "zh-MO", "zh-Hant", "zh-hant-cn", "zh-cmn-Hant", "ZH-tw")),
        *((tag, "en") for tag in ("zh-yue", "zh-min-nan", "yue", "zh-Latn", "ja-Latn", "ar-Latn", "de-Cyrl", "sr-Latn", "nb")),
        *((tag, "de") for tag in ("de-Latn-AT", "de-1996", "de-u-co-phonebk", "de-x-latn-tw")),
        ("en-GB", "en"),
        ("ar-Arab", "ar"),
        ("ja-Jpan-JP", "ja"),
        ("pt-PT", "pt"),
    ],
)
def test_words_are_in_the_script_of_the_language(language: str, pages: str) -> None:
    config = load.load(site__language=language)
    assert config.labels == load.load(site__language=pages).labels
    assert words_of(config).lang == (language if pages != "en" or language == "en-GB" else "en")
    assert words_of(config).is_rtl == (pages == "ar")


def test_traditional_chinese_has_no_simplified_character() -> None:
    """Big5 has nearly none; of those that it has, these are in our texts."""
    texts = [*_texts(translations.words("zh-Hant"))]
    assert "搜尋結果" in texts
    for text in texts:
        assert text.encode("big5")
        assert not set("于么范据并种优确网复系后里制发台") & set(text), text


def _texts(words: dict[str, Any]) -> Iterator[str]:
    for value in words.values():
        yield from _texts(value) if isinstance(value, dict) else [value]


@pytest.mark.parametrize(
    ("language", "number", "told"),
    [
        ("de-AT", 12345, "12\u00a0345"),
        ("de-CH", 12345, "12’345"),
        ("es-ES", 12345, "12.345"),
        ("es-MX", 12345, "12,345"),
        ("pt-PT", 0, "0"),
    ],
)
def test_numbers_are_written_as_the_region_does(language: str, number: int, told: str) -> None:
    spoken = words_of(load.load(site__language=language))
    assert spoken.number(number) == told
    assert spoken.counted("one | other", 0) == "other"


@pytest.mark.parametrize("language", ["ar-Latn", "he-Latn", "uz-Arab", "az-Arab", "he"])
def test_the_script_has_the_direction(language: str) -> None:
    assert translations.is_rtl(language) == (not language.endswith("Latn"))


@pytest.mark.parametrize(
    ("number", "form"),
    [(0, 0), (1, 1), (2, 2), (3, 3), (10, 3), (11, 4), (99, 4), (100, 5), (102, 5), (103, 3), (111, 4), (200, 5)],
)
def test_the_six_forms_of_arabic(number: int, form: int) -> None:
    assert translations.form("ar", number, 6) == form


@pytest.mark.parametrize(
    ("language", "day", "month"),
    [
        (None, "21 May 2021", "May 2021"),
        ("nl", "21 May 2021", "May 2021"),
        ("de", "21. Mai 2021", "Mai 2021"),
        ("fr", "21 mai 2021", "mai 2021"),
        ("es", "21 de mayo de 2021", "mayo de 2021"),
        ("pt", "21 de maio de 2021", "maio de 2021"),
        ("ja", "2021年5月21日", "2021年5月"),
        ("zh", "2021年5月21日", "2021年5月"),
        ("ar", "21 مايو 2021", "مايو 2021"),
    ],
)
def test_dates_are_written_as_the_language_does(language: str | None, day: str, month: str) -> None:
    spoken = words_of(load.load(site__language=language))
    assert (spoken.day(datetime(2021, 5, 21, tzinfo=UTC)), spoken.month(2021, 5)) == (day, month)


@pytest.mark.parametrize(
    ("language", "root"),
    [
        ("ar", '<html lang="ar" dir="rtl">'),
        ("de-AT", '<html lang="de-AT">'),
        ("nl", '<html lang="en">'),
        ("he", '<html lang="en">'),
    ],
)
def test_pages_name_the_language_of_their_words(site: Site, language: str, root: str) -> None:
    """And where that is another than the language of the articles, these have theirs."""
    site.build({"a.md": record(topics="[T]")}, site__language=language)
    for path in ("index.html", "all.html", "topics/t.html"):
        page = site.text(path)
        assert root in page
        assert (f' lang="{language}"' in page.partition("<body>")[2]) == ('lang="en"' in root)
        assert page_complaints(page.encode()) == []


def test_the_words_of_the_pages_can_be_set(site: Site) -> None:
    labels = {"pages": {"subscribe": "Volgen", "skip": "Naar de inhoud"}}
    site.build({"a.md": record(topics="[T]")}, site__language="nl", labels=labels)
    page = site.text("topics/t.html")
    assert '<html lang="nl">' in page
    assert '<h2 id="subscribe">Volgen</h2>' in page
    given = load.load(site__language="de", labels={"pages": {"copy": "Kopiere"}}).labels.pages
    assert (given.copy, given.open) == ("Kopiere", "In meinem Feedreader öffnen")


@pytest.mark.parametrize(
    ("labels", "told"),
    [
        ({"copied": "{adress}"}, "labels.pages.copied: may contain only {address} in braces, not '{adress}'"),
        ({"copy": "{x}"}, "labels.pages.copy: may not contain braces, not '{x}'"),
        ({"count": "a | b | c"}, "labels.pages.count: must have 1, 2 or 6 forms with ` | ` between them"),
        ({"copy": "a | b"}, "labels.pages.copy: may not contain ` | `"),
    ],
)
def test_words_have_the_places_of_the_default(tmp_path: Path, labels: dict[str, str], told: str) -> None:
    file = tmp_path / "feedloom.yaml"
    file.write_text(json.dumps({"labels": {"pages": labels}}))
    with pytest.raises(ConfigError, match=re.escape(f"{file}:1: {told}")):
        load.load(str(file))


def _parts(text: str) -> set[str | None]:
    return {name for _, name, _, _ in string.Formatter().parse(text)} - {None}


@pytest.mark.parametrize(
    ("language", "source"), [("de", "Quelle:"), ("de-AT", "Quelle:"), ("DE", "Quelle:"), ("nl", "Source:")]
)
def test_words_follow_the_language_of_the_site(site: Site, language: str, source: str) -> None:
    site.build({"a.md": record(topics="[KI]", provider="P")}, site__language=language)
    assert json.loads(site.text("all.json"))["items"][0]["content_html"] == f"<p>{source} P</p>"
    is_german = source == "Quelle:"
    assert ('<outline text="Themen" title="Themen">' in site.text("feeds.opml")) == is_german
    assert ('<h2 id="topics">Themen</h2>' in site.text("index.html")) == is_german
    assert ("Die neuesten Artikel über KI." in site.text("topics/ki.rss")) == is_german
    assert ("<title>Site: von P</title>" in site.text("providers/p.atom")) == is_german


def test_what_is_set_stays() -> None:
    given = load.load(site__language="de", labels={"source": "Source:"}, site__description="D.")
    assert (given.labels.source, given.labels.related, given.site.description) == ("Source:", "Verwandte Artikel:", "D.")
    assert load.load().labels == Config().labels
