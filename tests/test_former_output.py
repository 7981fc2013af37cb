"""A site that the version before this round built is built over: what moved is named once, and nothing else is lost.

tests/former/site.tar.xz holds the records, the configuration and the output of that version, which had no manifest, numbered
archive documents and digests of eight digits; one record had been withdrawn before its last build.
"""

import shutil
from pathlib import Path

import feedloom
from tests.conftest import NOW, published, record

SITE = Path(__file__).parent / "former" / "site.tar.xz"
MOVED = {
    "custom/best~d97cfce0": "custom/best~d97cfce0aeddc672",
    "topics/gone~735c26a7": "topics/gone~735c26a70304d4b2",
    "topics/index": "topics/index~1bc04b5291c26a46",
    "topics/r-d~dacc7c16": "topics/r-d~dacc7c16cdbd7096",
    "topics/ह-द~38218e56": "topics/हिंदी",
    "provider-topics/gone~735c26a7@ab.example": "provider-topics/gone~735c26a70304d4b2@ab.example",
    "provider-topics/index@ab.example": "provider-topics/index~1bc04b5291c26a46@ab.example",
    "provider-topics/r-d~dacc7c16@news.example": "provider-topics/r-d~dacc7c16cdbd7096@news.example",
    "provider-topics/ह-द~38218e56@news.example": "provider-topics/हिंदी@news.example",
}
WITHDRAWN = record(
    title="Article 19",
    publishedDateTime="2024-01-19T00:00:00Z",
    originalUrl="https://example.com/19",
    webUrl="",
    topics="[Withdrawn]",
    provider='{name: "A & B", domain: ab.example}',
)


def test_it_is_as_if_this_version_had_always_built_it(tmp_path: Path) -> None:
    shutil.unpack_archive(SITE, tmp_path)
    file = str(tmp_path / "feedloom.yaml")
    before = {path.rpartition(".")[0] for path in published(tmp_path / "feeds")}

    report = feedloom.build(feedloom.load_config(file), now=NOW)

    assert {one.former: one.address for one in report.moved} == MOVED
    assert not feedloom.build(feedloom.load_config(file), now=NOW).moved
    after = published(tmp_path / "feeds")
    kept = {address for address in before - MOVED.keys() if not address.startswith("archive/")}
    assert kept <= {path.rpartition(".")[0] for path in after}

    again = feedloom.load_config(file, output=str(tmp_path / "again"), state=str(tmp_path / "again.sqlite"))
    (tmp_path / "records" / "19.md").write_text(WITHDRAWN)
    feedloom.build(again, now=NOW)
    (tmp_path / "records" / "19.md").unlink()
    feedloom.build(again, now=NOW)
    assert published(tmp_path / "again") == after
