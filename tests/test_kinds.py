"""The table of kinds is complete, and a published feed has the identity that its records gave it."""

from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from feedloom.config.settings import Config, CustomFeed, Descriptions, Groups, Labels, Provider, Titles
from feedloom.config.translations import words
from feedloom.feeds import group, kinds
from feedloom.feeds.kinds import KINDS
from feedloom.model import Kind, Moment, RecordSummary
from feedloom.values import slugs
from feedloom.values.text import clean


def test_the_table_is_complete() -> None:
    assert tuple(KINDS) == get_args(Kind)
    assert {*KINDS} == {*Titles.__struct_fields__} == {*Descriptions.__struct_fields__}
    assert {kind for kind, row in KINDS.items() if row.taxonomy} == {*Groups.__struct_fields__}
    folders = [row.folder for row in KINDS.values()]
    assert len({*folders}) == len(folders)
    labels = {row.label for row in KINDS.values() if row.label}
    assert labels <= {*Labels.__struct_fields__}
    for language in ("de", "fr", "es", "ja"):
        assert labels <= words(language)["labels"].keys()
        assert {*KINDS} - {"all"} == words(language)["descriptions"].keys()


names = st.text(min_size=1, max_size=20).map(clean).filter(lambda name: bool(slugs.identity(name)))
summaries = st.builds(
    RecordSummary,
    number=st.integers(0, 10**6),
    seal=st.just(b""),
    file=st.just(b"a.md"),
    id=st.uuids().map(str),
    published=st.just(Moment(0)),
    updated=st.just(Moment(0)),
    topics=st.lists(names, max_size=3, unique_by=slugs.identity).map(tuple),
    provider=names,
    domain=st.sampled_from([None, "e.example", "shared.example"]),
    category=st.none() | names,
    type=st.none() | names,
    authors=st.lists(names, max_size=2, unique_by=slugs.identity).map(tuple),
)


@given(st.lists(summaries, max_size=4), names)
def test_an_identity_can_be_computed_from_the_names_in_the_catalog(some: list[RecordSummary], name: str) -> None:
    """Or a feed would lose its files as soon as no record belongs to it."""
    config = Config(
        groups=Groups(category=True, type=True, author=True, provider_topic=True),
        providers={"shared.example": Provider(by="name")},
        feeds=(CustomFeed(name=name),),
    )
    for feed in group.into_feeds(some, config):
        published = kinds.Names(feed.name, feed.slug, feed.domain, feed.provider, feed.topic)
        assert KINDS[feed.kind].identity(published) == feed.identity
        assert feed.address == kinds.address_of(feed.group)
