"""Slugs of the days of eight digits are known again, and no other name is."""

import pytest

from feedloom.model import Kind
from feedloom.values import former_slugs


def had(slug: str, kind: Kind, name: str, domain: str | None = None) -> bool:
    return former_slugs.had(slug, kind, name, domain=domain, provider=name, topic=name)


@pytest.mark.parametrize(
    ("kind", "name", "slug"),
    [
        ("topic", "R&D", "r-d~dacc7c16"),
        ("topic", "Disney Plus", "disney-plus~51693463"),
        ("topic", "con", "con~1143da2b"),
        ("topic", "Index", "index"),
        ("topic", "C--", "c"),
        ("topic", ".NET++", "dot-net-plus-plus"),
        ("topic", "C#", "c-sharp"),
        ("topic", "\U00031350", "\U00031350"),  # as Python 3.12 had it
        ("provider", "A Reader's Notebook", "a-reader-s-notebook~030ee8d3"),
        ("provider_topic", "R&D", "r-d~dacc7c16@r-d~dacc7c16"),
        ("custom", "Another", "best-more~86f6c7a5"),
    ],
)
def test_it_was_its_slug(kind: Kind, name: str, slug: str) -> None:
    assert had(slug, kind, name)


@pytest.mark.parametrize("kind", ["topic", "provider", "category", "type", "provider_topic", "custom"])
@pytest.mark.parametrize("slug", ["", ".", "..", "../x", "x/y", "../x~dacc7c16", "a/b~dacc7c16", "con", "x\x00~dacc7c16", "X"])
def test_no_path_is_believed(kind: Kind, slug: str) -> None:
    assert not had(slug, kind, "R&D")
    assert not had(slug, kind, slug) or (slug == "con" and kind != "custom")


def test_a_provider_was_known_by_its_domain() -> None:
    assert had("index.hu", "provider", "Index", "index.hu")
    assert not had("index", "provider", "Index", "index.hu")
