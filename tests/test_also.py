"""Feeds that are published at other paths, too: those of the program before."""

from typing import Any

import pytest

import feedloom
from feedloom.config import settings
from feedloom.errors import PublishError
from feedloom.feeds import kinds
from feedloom.site import manifest, prune
from tests.conftest import Site, record

ALSO = {"feed.xml": "all.rss", "tags/x/index.xml": "topics/x.atom", "feed.json": "all.json"}


def built(site: Site, **more: Any) -> None:
    site.build({"a.md": record(topics="[X]")}, also=ALSO, **more)


def test_a_feed_answers_at_its_old_path(site: Site) -> None:
    built(site)
    for path, feed in ALSO.items():
        assert site.files()[path] == site.files()[feed]
    site.build({"b.md": record(webUrl="https://example.com/b", title="New one", topics="[X]")}, also=ALSO)
    for path, feed in ALSO.items():
        assert site.files()[path] == site.files()[feed]
        assert "New one" in site.text(path)


def test_a_quiet_build_writes_nothing(site: Site) -> None:
    built(site)
    assert site.build(also=ALSO).files.written == 0
    (site.output / "feed.xml").unlink()
    assert site.build(also=ALSO).files.written == 1
    assert site.files()["feed.xml"] == site.files()["all.rss"]


def test_a_file_of_others_is_in_the_way(site: Site) -> None:
    site.output.mkdir()
    (site.output / "feed.xml").write_text("mine")
    with pytest.raises(PublishError, match=r"feed\.xml"):
        built(site)
    assert site.files() == {"feed.xml": b"mine"}
    built(site, replace=True)
    assert site.files()["feed.xml"] == site.files()["all.rss"]


def test_what_is_no_longer_wanted_is_removed(site: Site) -> None:
    built(site)
    site.build()
    assert not set(ALSO) & set(site.files())
    assert not (site.output / "tags").exists()


def test_a_file_that_took_the_place_stays(site: Site) -> None:
    built(site)
    (site.output / "feed.xml").write_text("mine")
    site.build()
    assert site.files()["feed.xml"] == b"mine"


def test_a_changed_manifest_removes_no_file_of_others(site: Site) -> None:
    built(site)
    (site.output / "photo.jpg").write_bytes(b"a photo")
    place = site.output / manifest.PATH
    place.write_bytes(place.read_bytes().replace(b'"also":[', b'"also":["photo.jpg",'))
    site.build()
    assert site.files()["photo.jpg"] == b"a photo"
    for path in ("../x", "/etc/x", "a//b", ".feedloom/manifest"):
        with pytest.raises(ValueError, match="is not a path of a published file"):
            manifest.decode(b'{"version":1,"files":[],"also":["%s"],"feeds":[]}' % path.encode())


@pytest.mark.parametrize("lost", [("manifest",), ("manifest", "state"), ("manifest", "catalog")])
def test_it_is_known_again_where_the_manifest_is_lost(site: Site, lost: tuple[str, ...]) -> None:
    """As in a clone."""
    built(site)
    for path in {"manifest": site.output / manifest.PATH, "state": site.state, "catalog": site.output / "catalog.json"}.items():
        if path[0] in lost:
            path[1].unlink()
    site.build({"a.md": record(title="Changed", topics="[X]")}, also=ALSO)
    assert "Changed" in site.text("feed.xml")
    assert "Changed" in site.text("tags/x/index.xml")


def test_a_retired_feed_answers_too(site: Site) -> None:
    built(site)
    site.build({"a.md": record()}, also=ALSO)
    assert "<entry>" not in site.text("tags/x/index.xml")
    assert site.files()["tags/x/index.xml"] == site.files()["topics/x.atom"]
    prune.prune(site.config(also=ALSO))
    site.build(also=ALSO)
    assert "tags/x/index.xml" not in site.files()
    assert "feed.xml" in site.files()


def test_archives_are_not_published_twice(site: Site) -> None:
    records = {f"{n}.md": record(webUrl=f"https://example.com/{n}") for n in range(9)}
    site.build(records, also={"feed.xml": "all.rss"}, archive=True, limit=1)
    assert site.files()["feed.xml"] == site.files()["all.rss"]
    assert sum(path.endswith(".xml") for path in site.files()) == 1


@pytest.mark.parametrize(
    ("also", "message"),
    [
        ({"feed.xml": "all"}, "also.feed.xml: must be the path of a feed, such as all.rss, not 'all'"),
        ({"feed.xml": "all.html"}, "must be the path of a feed"),
        ({"feed.xml": "all.json"}, "all.json: formats does not list json"),
        *(
            ({path: "all.rss"}, "must be a path below the output folder, such as feed.xml")
            for path in ("/feed.xml", "../feed.xml", "a/../b", "a//b", "a/", "a\\b", "a\0", " ", "x" * 300)
        ),
        *(
            ({path: "all.rss"}, "feedloom uses this path itself; choose another one")
            for path in ("all.atom", "catalog.json", "feeds.opml", "index.html", "topics", "topics/x.rss", "archive/x/y.atom")
        ),
        *(
            ({path: "all.rss"}, "feedloom uses this path itself; choose another one")
            for path in ("all.rss/x", "topics/x.rss/y", "ALL.rss", "Topics", "index.html/x")
        ),
        ({"x/y": "all.rss", "x": "all.rss"}, "also.x/y: cannot be beside x: they would be one file, or a folder and a file"),
        ({"feed.xml": "all.rss", "FEED.xml": "all.rss"}, "also.FEED.xml: cannot be beside feed.xml"),
        ({".feedloom/x": "all.rss"}, "feedloom uses this path itself"),
        ({".feedloom": "all.rss"}, "feedloom uses this path itself"),
    ],
)
def test_bad_settings(also: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=r"^also\.") as caught:
        feedloom.Config(also=also, formats=("rss",))
    assert message in str(caught.value)


def test_the_folders_of_all_kinds_are_reserved() -> None:
    assert {kind.folder.rstrip("/") for kind in kinds.KINDS.values()} | {"archive"} == settings._FOLDERS | {""}


def test_old_paths_like_these_are_fine() -> None:
    paths = (
        "index.xml",
        "atom.xml",
        "feed/index.xml",
        "topics/x/index.xml",
        "feeds/all.atom.xml",
        "blog.rss",
        ".well-known/feed",
    )
    feedloom.Config(also=dict.fromkeys(paths, "all.rss"))


def test_what_is_withdrawn_is_gone(site: Site) -> None:
    built(site)
    site.build({"s.md": record(webUrl="https://example.com/s", title="Secret", topics="[X]")}, also=ALSO)
    (site.records / "s.md").unlink()
    site.build(also=ALSO)
    assert not any(b"Secret" in data for data in site.files().values())
