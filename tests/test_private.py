"""Promise 4: only named fields leave a record, and nothing of an unpublished one."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import feedloom
from feedloom.config.settings import Rules
from feedloom.pipeline import check
from feedloom.records import parse
from tests.conftest import NOW, Site, record

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


STATES = ["draft", "private", "hidden", "unlisted", "pending", "future", "archived", "trash"]
HELD = (
    {
        "Published": {"Published": "false"},
        "PUBLISHED": {"PUBLISHED": "No"},
        "an invisible character": {"pub\u200blished": "false\u200b"},
        "a slip": {"publised": "off"},
        "isPublished": {"isPublished": "false"},
        "draft": {"draft": "true"},
        "Draft": {"Draft": "Yes"},
        "isDraft": {"is_draft": "1"},
        "a slip of draft": {"darft": "true"},
        "private": {"private": "on"},
        "hidden": {"hidden": "TRUE"},
        "publish": {"publish": "False"},
        "status": {"status": "Draft"},
        "Status": {"Status": '" trash "'},
        "visibility": {"visibility": "unlisted"},
        "another word": {"status": "in review"},
        "no word": {"visibility": "{a: b}"},
        "an odd draft": {"draft": "maybe"},
        "a list": {"hidden": "[a]"},
        "against published": {"published": "true", "status": "published", "publish": "yes", "draft": "true"},
        "against a state": {"status": "live", "visibility": "private", "draft": "false"},
        "and broken": {"draft": "true", "published": "maybe", "webUrl": SECRET},
    }
    | {
        "a date to publish": {"publish": "2030-01-01"},
        "not public": {"public": "false"},
        "a slip behind is": {"isPrivat": "true"},
        "fields from elsewhere": {"<<": "{draft: true}"},
        "in params": {"params": "{a: b, draft: true}"},
        "in extra": {"Extra": "{Draft: yes}"},
        "deep inside": {"params": "{extra: {published: false}}"},
        "inside, odd": {"params": "{draft: maybe}"},
        "inside, from elsewhere": {"extra": "{<<: {a: b}}"},
        "archived": {"archived": "true"},
        "Hugo, not rendered": {"_build": "{render: never, list: never}"},
        "Hugo, not listed": {"build": "{list: never}"},
        "Hugo, old": {"build": "{render: false}"},
        "Hugo, inside": {"params": "{_build: {render: link}}"},
        "Hugo, listed locally": {"build": "{list: local}"},
        "Hugo, a list": {"build": "{list: [never]}"},
        "Hugo, headless": {"headless": "true"},
        "Eleventy": {"eleventyExcludeFromCollections": "true"},
        "Eleventy, some": {"eleventyExcludeFromCollections": "[posts]"},
        "Eleventy, not written": {"permalink": "false"},
        "Zola": {"render": "false"},
        "Obsidian": {"dg-publish": "false"},
        "WordPress": {"post_status": "auto-draft"},
        "WordPress, a password": {"password": "hunter2"},
        "workflow": {"workflow": "draft"},
        "another workflow": {"workflow": "at the desk"},
        "state": {"state": "Draft"},
        "not in feeds": {"hiddenFromRss": "true"},
        "no feed": {"feed": "no"},
        "wide letters": {"ｄｒａｆｔ": "ｔｒｕｅ"},
        "a number": {"published": "0"},
        "a draft, in other words": {"draftStatus": "draft"},
        "a draft, longer": {"post_draft": "true"},
        "a draft in a field of the owner's": {"hugo": "{draft: true}"},
        "another status": {"entry_status": "private"},
        "access": {"access": "private"},
        "excluded from the feed": {"feed": "{exclude: true}"},
        "VuePress": {"article": "false"},
        "not live": {"live": "no"},
        "a block": {"draft": ">-\n  true"},
        "an embargo": {"embargo": "2030-01-01"},
    }
    | {
        f"status {word}": {"status": word}
        for word in ["draft", "private", "hidden", "unlisted", "pending", "future", "archived", "trash"]
    }
)


UNCLEAR = {
    "another word", "no word", "an odd draft", "a list", "a date to publish", "fields from elsewhere", "inside, odd",
    "inside, from elsewhere", "Hugo, listed locally", "Hugo, a list", "Eleventy, some", "another workflow", "an embargo",
}  # fmt: skip


@pytest.mark.parametrize("case", HELD)
def test_what_any_tool_holds_back_stays(site: Site, case: str) -> None:
    text = record(**{"title": SECRET, "topics": f"[{SECRET}]", "images": SECRET, **HELD[case]})
    report = site.build({"a.md": text, "b.md": record()})
    assert (report.records.unpublished, report.records.published) == (1, 1)
    assert SECRET not in everything(site, report)
    is_clear = case not in UNCLEAR
    assert [problem.level for problem in report.problems] == ([] if is_clear else ["warning"])


@pytest.mark.parametrize("case", [case for case in HELD if case != "and broken"])
def test_what_any_tool_holds_back_is_explained_and_included(site: Site, case: str) -> None:
    site.write({"a.md": record(**HELD[case])})
    found = check.explain(site.config(), str(site.records / "a.md"), now=NOW)
    assert found.outcome == "unpublished"
    assert re.search(r"unpublished because of the field (?:[a-z]+\.)*(?:[a-z]+|<<);", found.why or "")
    assert site.build(unpublished="include").records.published == 1


@pytest.mark.parametrize(
    "fields",
    [{"status": word} for word in ["published", "publish", "Public", "live", "active", "final"]]
    + [{"draft": no} for no in ("false", "No", "off", "0", "~", '""')]
    + [{"private": "n", "hidden": "false", "publish": "true", "visibility": "public", "unlisted": "no"}]
    + [{"publisher": "no"}, {"craft": "true"}, {"statute": "draft"}, {"Published": "true"}]
    + [{"Published": "1"}, {"published": "1"}, {"noindex": "true"}, {"robots": "noindex"}, {"sitemap": "false"}]
    + [{"params": "{draft: false, status: live}"}, {"cover": "{hidden: true}"}, {"provider": "{name: P, private: yes}"}]
    + [{"build": "{render: always, list: true, publishResources: false}"}, {"build": "7"}, {"hide": "[toc]"}]
    + [{"comment_status": "private"}, {"draft2": "a"}, {"seo": "{hidden: true, draft: false}"}, {"entry_status": "7"}]
    + [{"permalink": "/a/"}, {"feed": "'https://a.example/f'"}, {"password": '""'}, {"expires": "2030-01-01"}],
)
def test_what_no_tool_holds_back_goes_out(site: Site, fields: dict[str, str]) -> None:
    assert site.build({"a.md": record(**fields)}).records.published == 1


@pytest.mark.parametrize("folder", ["drafts", "_drafts", "a/drafts/b", "Drafts", "a/_DRAFTS"])
def test_folders_of_drafts(site: Site, folder: str) -> None:
    report = site.build({f"{folder}/a.md": record(title=SECRET, images=SECRET), f"{folder}/b.md": f"---\n{SECRET}: [\n---\n"})
    assert report.records.unpublished == 2
    assert SECRET not in everything(site, report)
    found = check.explain(site.config(), str(site.records / folder / "a.md"), now=NOW)
    assert f"unpublished because of the folder {folder.removeprefix('a/').removesuffix('/b')}/;" in (found.why or "")
    assert site.build(unpublished="include").records.published == 1


def test_a_folder_of_records_that_is_called_drafts_itself(tmp_path: Path) -> None:
    (tmp_path / "drafts").mkdir()
    (tmp_path / "drafts" / "drafts.md").write_text(record())
    config = feedloom.load_config(records=str(tmp_path / "drafts"), output=str(tmp_path / "out"))
    assert feedloom.build(config, now=NOW).records.published == 1


WORDS = st.sampled_from(["true", "false", "Yes", "no", "draft", "live", "1", "0", "x", "~", "[a]"])
FIELDS = st.sampled_from(["published", "Published", "publish", "draft", "isDraft", "private", "hidden", "status", "Visibility"])


@given(st.dictionaries(FIELDS, WORDS, max_size=4), st.sampled_from(["", "_drafts/", "a/"]))
def test_no_draft_is_ever_published(fields: dict[str, str], folder: str) -> None:
    """As the issue has it, in few words of its own: nothing that would publish helps against what holds back."""
    plain = [(name.casefold().removeprefix("is"), word.casefold()) for name, word in fields.items()]
    is_unpublished = folder == "_drafts/" or any(
        (name in ("published", "publish") and word in ("false", "no"))
        or (name in ("draft", "private", "hidden") and word not in ("false", "no", "0", "~"))
        or (name in ("status", "visibility") and word not in ("live", "~"))
        for name, word in plain
    )
    reading = parse.reading(f"{folder}a.md", record(**{"title": SECRET, **fields}).encode(), Rules())
    assert not (is_unpublished and reading.status == "published")
    assert not (is_unpublished and SECRET in str(reading))
    assert (reading.status == "unpublished") == (reading.hold is not None)


def test_a_record_that_is_taken_back_leaves_every_feed(site: Site) -> None:
    fields = {"title": SECRET, "topics": "[Vanishing]", "provider": "{domain: gone.example}"}
    site.build({"a.md": record(**fields)})
    assert SECRET in str(site.files())
    site.build({"a.md": record(**fields, published="false")})
    assert SECRET not in str(site.files())
