"""Fields of other programs' posts as a record: which are read, in which order, and how problems name them."""

from pathlib import Path
from typing import Any

import pytest

import feedloom
from feedloom.config.profiles import PROFILES, Posts
from feedloom.config.settings import Rules
from feedloom.records import posts
from feedloom.records.parse import Reading
from tests.conftest import NOW

HOME = "https://a.example"


def read(text: str, path: str = "a.md", *, zone: str = "UTC", **given: Any) -> Reading:
    rules = Posts(**{"profile": "hugo", "home": HOME, **given})
    return posts.reading(path, text.encode(), Rules(posts=rules, zone=zone))


def record(text: str, path: str = "a.md", **given: Any) -> Any:
    reading = read(text, path, **given)
    assert reading.record, reading
    return reading.record


POST = "---\ntitle: A\ndate: 2021-05-21\n{}\n---\nText.\n"


class TestFields:
    def test_the_first_that_is_there_is_read(self) -> None:
        text = "---\nnewstitle: B\nadded: 2021-05-21\nheadline: C\n---\n"
        fields = {"title": ("name", "newstitle", "headline"), "published": ("date", "added")}
        assert record(text, fields=fields).title == "B"

    def test_a_profile_has_the_rest(self) -> None:
        made = record(POST.format("tags: [x]"), fields={"topics": ("labels",)})
        assert (made.title, made.topics) == ("A", ())

    def test_dots_lead_into_mappings(self) -> None:
        text = POST.format("cover:\n  light: https://a.example/x.png\nmeta: {by: {name: Ada}}")
        made = record(text, fields={"images": ("cover.light",), "provider.name": ("meta.by.name",)})
        assert made.images[0].url == "https://a.example/x.png"
        assert made.provider.name == "Ada"

    def test_a_star_is_all_of_a_mapping(self) -> None:
        text = "+++\ntitle = 'A'\ndate = 2021-05-21\n[taxonomies]\ntags = ['x', 'y']\npeople = ['z']\n+++\n"
        assert record(text, profile="zola").topics == ("x", "y", "z")

    def test_an_image_without_a_host(self) -> None:
        reading = read(POST.format("image: //[x"))
        assert reading.record
        assert reading.record.images == ()
        assert [problem.code for problem in reading.problems] == ["url-not-http"]

    def test_the_host_of_the_link(self) -> None:
        text = POST.format("external_url: https://www.other.example/x")
        made = record(text, fields={"provider.domain": ("host", ":link.host")})
        assert made.provider.domain == "other.example"

    def test_defaults_are_for_what_no_record_says(self) -> None:
        defaults = {"provider": {"name": "Ours", "domain": "ours.example"}, "language": "de", "topics": ["News"]}
        made = record(POST.format("lang: en"), defaults=defaults)
        assert (made.provider.name, made.provider.domain, made.language, made.topics) == (
            "Ours",
            "ours.example",
            "en",
            ("News",),
        )
        text = "---\ntitle: A\npublishedDateTime: 2021-05-21\nwebUrl: https://x.example/a\nprovider: {name: Theirs}\n---\n"
        made = record(text, profile="native", defaults=defaults, home="")
        assert (made.provider.name, made.provider.domain) == ("Theirs", "ours.example")

    def test_a_native_record_keeps_what_is_not_read_otherwise(self) -> None:
        text = (
            "---\nheadline: B\npublishedDateTime: 2021-05-21\nheat: 5\nampWebUrl: https://x.example/amp\n"
            "related: [{title: R, webUrl: https://x.example/r}]\n---\n"
        )
        made = record(text, "n/2021-05-21-a.md", profile="native", fields={"title": ("title", "headline")}, pattern="/:name")
        assert (made.title, made.heat, made.related[0].title) == ("B", 5, "R")
        assert (made.link, made.id, made.amp_url) == (f"{HOME}/a", f"{HOME}/a", "https://x.example/amp")

    def test_capitals_matter_where_they_do_for_the_program(self) -> None:
        text = "---\nTitle: A\nDATE: 2021-05-21\n---\n"
        assert record(text).title == "A"
        assert read(text, profile="zola").status == "note"

    def test_folders_give_values_that_the_post_overrides(self) -> None:
        inherited = (("", {"author": "Site", "tags": ["x"]}), ("posts/old", {"draft": "true"}), ("posts", {"lang": "fr"}))
        made = record(POST.format("tags: [y]"), "posts/a.md", inherited=inherited)
        assert (made.topics, made.language) == (("y",), "fr")
        assert read(POST.format(""), "posts/old/a.md", inherited=inherited).status == "unpublished"


class TestDates:
    @pytest.mark.parametrize(
        ("profile", "written", "moment"),
        [
            ("jekyll", "2021-05-21 18:09:00", "2021-05-21T18:09:00+00:00"),
            ("jekyll", "2021-05-21 18:09", "2021-05-21T16:09:00+00:00"),
            ("jekyll", "2021-05-21", "2021-05-20T22:00:00+00:00"),
            ("jekyll", "2021-05-21 18:09 -04:00", "2021-05-21T22:09:00+00:00"),
            ("jekyll", "2021-05-21 18:09:00+15:30", "2021-05-21T02:39:00+00:00"),
            ("eleventy", "2021-05-21 18:09:00 -2300", "2021-05-22T17:09:00+00:00"),
            ("jekyll", "11-9-2021", "2021-09-10T22:00:00+00:00"),
            ("jekyll", "1/09/2021 10:00:00 +0000", "2021-09-01T10:00:00+00:00"),
            ("pelican", "2021-05-21 18:09", "2021-05-21T16:09:00+00:00"),
            ("nikola", "2021-05-21 18:09:00 UTC-03:00", "2021-05-21T21:09:00+00:00"),
            ("astro", "Fri May 21 2021 18:09:00 GMT+0200", "2021-05-21T16:09:00+00:00"),
            ("nikola", "05/05/2014 03:00:00 PM UTC", "2014-05-05T15:00:00+00:00"),
        ],
    )
    def test_as_its_program_reads_it(self, profile: str, written: str, moment: str) -> None:
        text = f"---\ntitle: A\ndate: {written}\npubDate: {written}\nslug: a\n---\n"
        made = record(text, "2020-01-01-a.md", profile=profile, zone="Europe/Berlin", pattern="/:slug/", root="x")
        assert made.published.isoformat() == moment

    def test_a_flag_and_a_word_are_none(self) -> None:
        text = "---\ntitle: A\npublished: true\ndate: 2021-05-21\n---\n"
        assert record(text).published.isoformat() == "2021-05-21T00:00:00+00:00"
        text = "---\ntitle: A\ndate: git Last Modified\n---\n"
        assert record(text, "2021-05-21-a.md", profile="eleventy").published.year == 2021

    def test_addresses_have_the_date_that_the_program_takes(self) -> None:
        text = "---\ntitle: A\ndate: 2021-01-01\npublishDate: 2022-02-02\n---\n"
        made = record(text, pattern="/:year/:filename/")
        assert (made.link, made.published.year) == (f"{HOME}/2021/a/", 2022)

    def test_a_post_without_a_date_is_refused(self) -> None:
        reading = read("---\ntitle: A\n---\n")
        assert reading.status == "rejected"
        (problem,) = reading.problems
        assert problem.field == "date"


class TestLinks:
    def test_a_link_post_leads_to_the_other_page_and_keeps_the_id_of_its_own(self) -> None:
        made = record(POST.format("link: https://other.example/x"))
        assert (made.link, made.id) == ("https://other.example/x", f"{HOME}/a/")

    def test_nikola_links_to_its_own_page(self) -> None:
        made = record(".. title: A\n.. date: 2021-05-21\n.. link: https://other.example/x\n\nText\n", profile="nikola")
        assert made.link == made.id == f"{HOME}/posts/a/"

    def test_ids_are_kept_as_the_program_makes_them(self) -> None:
        """Never canonical, and never made https: as the old feed had them, or all came back as new."""
        made = record(POST.format(""), "Ä.md", home="http://a.example")
        assert made.id == "http://a.example/%C3%A4/"

    def test_a_record_of_an_id_of_its_own(self) -> None:
        assert record(POST.format("guid: https://a.example/?p=123")).id == "https://a.example/?p=123"

    def test_images_are_relative_to_the_post(self) -> None:
        made = record(POST.format("cover: pic.jpg\nimage: {path: /img/x.png, alt: X}"), fields={"images": ("image", "cover")})
        assert (made.images[0].url, made.images[0].alt) == (f"{HOME}/img/x.png", "X")
        assert record(POST.format("cover: pic.jpg")).images[0].url == f"{HOME}/a/pic.jpg"


class TestAuthors:
    @pytest.mark.parametrize(
        ("field", "authors"),
        [
            ("author: Ada", [("Ada", None, None)]),
            ("authors: [Ada, Bob]", [("Ada", None, None), ("Bob", None, None)]),
            (
                "author: {name: Ada, url: https://ada.example/, email: ada@a.example}",
                [("Ada", "https://ada.example/", "ada@a.example")],
            ),
            ("authors: [ada, {name: Bob, url: x}]", [("Ada Lovelace", "https://ada.example/", None), ("Bob", None, None)]),
        ],
    )
    def test_names_keys_and_mappings(self, field: str, authors: list[tuple[str, str | None, str | None]]) -> None:
        known = {"ada": {"name": "Ada Lovelace", "url": "https://ada.example/", "bio": "..."}}
        made = record(POST.format(field), authors=known)
        assert [(author.name, author.url, author.email) for author in made.authors] == authors

    def test_an_own_blog_has_no_provider(self) -> None:
        assert record(POST.format("author: Ada")).provider is None


class TestNotes:
    """A post without a title has the first words of its text for one, and is marked so."""

    @pytest.mark.parametrize(
        ("body", "title"),
        [
            ("Just a thought.", "Just a thought."),
            ("![x](y.png)\n\nA [link](https://x.example) and *more*", "A link and *more"),
            ("<p>Some <b>HTML</b> here</p>", "Some HTML here"),
            ("word " * 40, "word word word word word word word word word word word word…"),
            ("x" * 200, "x" * 59 + "…"),
        ],
    )
    def test_its_first_words(self, body: str, title: str) -> None:
        made = record(f"---\ndate: 2021-05-21\n---\n{body}\n", profile="eleventy")
        assert (made.title, made.is_untitled) == (title, True)

    def test_a_title_is_a_title(self) -> None:
        assert not record(POST.format("")).is_untitled

    def test_without_any_text_it_is_refused(self) -> None:
        reading = read("---\ndate: 2021-05-21\n---\n", profile="eleventy")
        assert (reading.status, reading.problems[0].field) == ("rejected", "title")


class TestProblems:
    """Messages name the author's own field, and its line."""

    @pytest.mark.parametrize(
        ("text", "line", "field"),
        [
            ("---\ntitle: A\ndate: 2021-13-45\n---\n", 3, "date"),
            ("+++\ntitle = 'A'\ndate = '5 o clock'\n+++\n", 3, "date"),
            ("---\ntitle: A\ndate: 2021-05-21\nurl: 'http://[x/'\n---\n", 4, "url"),
        ],
    )
    def test_of_a_field(self, text: str, line: int, field: str) -> None:
        reading = read(text)
        assert reading.status == "rejected"
        assert (reading.problems[0].line, reading.problems[0].field) == (line, field)

    def test_of_an_address_that_cannot_be_made(self) -> None:
        text = "Title: 日本\nDate: 2021-05-21\n\nText\n"
        (problem,) = read(text, profile="pelican").problems
        assert problem.level == "rejected"
        assert problem.code == "permalink-slug"

    def test_of_front_matter(self) -> None:
        (problem,) = read("+++\ntitle = \n+++\n").problems
        assert (problem.line, problem.level) == (2, "rejected")

    def test_a_text_without_front_matter_is_a_note(self) -> None:
        assert read("# Text\n").status == "note"
        assert read("---\nlayout: page\n---\n").status == "note"
        assert read(POST.format(""), "posts/_index.md").status == "note"


@pytest.mark.parametrize("profile", sorted(PROFILES))
@pytest.mark.parametrize("hold", ["draft: true", "published: false", "status: private", "DRAFT: True"])
def test_drafts_are_held_back_in_every_profile(profile: str, hold: str) -> None:
    text = POST.format(f"pubDate: 2021-05-21\npublishedDateTime: 2021-05-21\nwebUrl: https://x.example/\n{hold}")
    assert read(text, "2021-05-21-a.md", profile=profile, pattern="/a/").status == "unpublished"
    assert read(text.replace(hold, "x: y"), "_drafts/2021-05-21-a.md", profile=profile).status == "unpublished"


@pytest.mark.parametrize(("value", "status"), [("perhaps", "unpublished"), ("[a]", "unpublished"), ("yes", "published")])
def test_what_is_not_understood_holds_back(value: str, status: str) -> None:
    reading = read(POST.format(f"published: {value}"))
    assert reading.status == status
    assert [problem.code for problem in reading.problems] == (["draft-unclear"] if status == "unpublished" else [])


@pytest.mark.parametrize("value", ["2021-05-21", "May 21, 2021", "21.5.2021"])
def test_a_date_of_publication_is_no_flag(value: str) -> None:
    assert read(f"---\ntitle: A\npublished: {value}\n---\n").status == "published"


@pytest.mark.parametrize("profile", ["hugo", "jekyll", "zola", "hexo", "nikola", "pelican"])
def test_posts_outside_the_current_folder_have_no_way_up_in_their_links(
    profile: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "posts" / "2025").mkdir(parents=True)
    (tmp_path / "posts" / "2025" / "2025-01-02-a.md").write_text("---\ntitle: A\ndate: 2025-01-02\n---\nText.\n")
    monkeypatch.chdir(tmp_path / "here")
    config = feedloom.load_config(records=str(tmp_path / "posts"), profile=profile, site__url="https://e.org/")
    report = feedloom.build(config, now=NOW)
    assert report.records.published == 1
    assert ".." not in (tmp_path / "here" / "feeds" / "all.atom").read_text()
