"""Languages of records."""

import pytest

from feedloom.values import languages
from tests.conftest import Site, record


@pytest.mark.parametrize(
    ("written", "tag"), [("en", "en"), (" de-AT ", "de-AT"), ("en_US", "en-US"), ("zh-Hant-TW", "zh-Hant-TW"), ("gsw", "gsw")]
)
def test_tags(written: str, tag: str) -> None:
    assert languages.tag(written) == tag


@pytest.mark.parametrize("written", ["", "e", "English", "jp", "cn", "de-", "de--AT", "de AT", "xx", "日本", "de-" + "a" * 9])
def test_what_is_no_tag(written: str) -> None:
    with pytest.raises(ValueError, match="is not a language tag"):
        languages.tag(written)


@pytest.mark.parametrize(
    ("fields", "language"),
    [
        ({"language": "ja"}, "ja"),
        ({"lang": "ja"}, "ja"),
        ({"language": "ja", "lang": "de"}, "ja"),
        ({"lang": "x", "language": "ja"}, "ja"),
    ],
)
def test_a_record_names_its_language_in_two_ways(site: Site, fields: dict[str, str], language: str) -> None:
    site.build({"a.md": record(**fields)})
    assert f'<entry xml:lang="{language}">' in site.text("all.atom")
