"""Promise 4: only named fields leave a record, and nothing of an unpublished one."""

import pytest

from tests.conftest import Site, record

SECRET = "TREASURE"


def everything(site: Site, report: object) -> str:
    return str(report) + str(site.files())


@pytest.mark.parametrize("field", ["secured", "featuredContent", "note", "body", "author", "isCached"])
def test_fields_that_nobody_named_stay(site: Site, field: str) -> None:
    report = site.build({"a.md": record(**{field: f'"{SECRET}"'}) + f"\n{SECRET}\n"})
    assert report.records.published == 1
    assert SECRET not in everything(site, report)


def test_fields_inside_stay_too(site: Site) -> None:
    text = record(
        provider=f"{{name: P, secured: {SECRET}}}",
        images=f"[{{url: 'https://a.example/i.png', secured: {SECRET}}}]",
        related=f"[{{title: R, webUrl: 'https://a.example/r', secured: {SECRET}, provider: {{name: Q, key: {SECRET}}}}}]",
    )
    assert SECRET not in everything(site, site.build({"a.md": text}))


@pytest.mark.parametrize("no", ["false", "False", "FALSE", "no", "No", "off", "n", "N", '"false"'])
def test_unpublished_records_stay(site: Site, no: str) -> None:
    text = record(title=SECRET, topics=f"[{SECRET}]", images=SECRET, published=no)
    report = site.build({"a.md": text, "b.md": record()})
    assert (report.records.unpublished, report.records.published) == (1, 1)
    assert SECRET not in everything(site, report)


@pytest.mark.parametrize("yes", ["true", "True", "yes", "on", "y", "~", ""])
def test_published_records_go_out(site: Site, yes: str) -> None:
    assert site.build({"a.md": record(published=yes)}).records.published == 1


def test_unpublished_records_are_shown_where_the_configuration_says_so(site: Site) -> None:
    report = site.build({"a.md": record(published="false")}, unpublished="include")
    assert (report.records.unpublished, report.records.published) == (0, 1)


def test_a_record_that_is_taken_back_leaves_every_feed(site: Site) -> None:
    fields = {"title": SECRET, "topics": "[Vanishing]", "provider": "{domain: gone.example}"}
    site.build({"a.md": record(**fields)})
    assert SECRET in str(site.files())
    site.build({"a.md": record(**fields, published="false")})
    assert SECRET not in str(site.files())
