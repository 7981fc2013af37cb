"""The words of a site in its own language."""

import json
import string

import pytest

from feedloom.config import load, translations
from feedloom.config.settings import Config, Descriptions, Labels, Titles
from tests.conftest import Site, record

SECTIONS = {"titles": Titles(), "descriptions": Descriptions(), "labels": Labels()}


@pytest.mark.parametrize("language", ["de", "fr", "es", "ja"])
def test_every_word_has_a_translation(language: str) -> None:
    """With the same parts in braces, and titles that differ between the kinds as they do in English."""
    words = translations.words(language)
    for section in ("descriptions", "labels"):
        wanted = set(SECTIONS[section].__struct_fields__) - {"all"}
        assert set(words[section]) == wanted
    for section, english in SECTIONS.items():
        for name, text in words[section].items():
            assert _parts(text) == _parts(getattr(english, name)), (section, name)
    titles = Titles(**words["titles"])
    patterns = [getattr(titles, kind) for kind in ("all", "topic", "provider", "category", "type", "provider_topic")]
    assert len(set(patterns)) == len(patterns)


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
    assert (f'<h2 id="topics" lang="{language}">Themen</h2>' in site.text("index.html")) == is_german
    assert ("Die neuesten Artikel über KI." in site.text("topics/ki.rss")) == is_german
    assert ("<title>Site: von P</title>" in site.text("providers/p.atom")) == is_german


def test_what_is_set_stays() -> None:
    given = load.load(site__language="de", labels={"source": "Source:"}, site__description="D.")
    assert (given.labels.source, given.labels.related, given.site.description) == ("Source:", "Verwandte Artikel:", "D.")
    assert load.load().labels == Config().labels
