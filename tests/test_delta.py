"""RFC 3229: readers that ask for it get only the entries that they do not have, and lose none."""

import gzip
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import feedparser
import pytest
from hypothesis import given
from hypothesis import strategies as st

import feedloom
from feedloom.config.load import load
from feedloom.serve import delta
from feedloom.serve.answer import Document, Request, Response, Rules, answer, delivered
from feedloom.serve.site import PublishedSite
from tests.conftest import record

SHAPES = {
    "atom": ("<feed>\n  <fh:complete/>\n", "  <entry>\n    {}\n  </entry>\n", "</feed>\n"),
    "rss": ("<channel>\n    <fh:complete/>\n", "    <item>\n      {}\n    </item>\n", "</channel>\n"),
}
ENTRIES = st.lists(st.sampled_from([f"entry {number}" for number in range(8)]), max_size=8, unique=True)


def document(format: str, entries: list[str]) -> bytes:
    start, entry, end = SHAPES[format]
    return f"{start}{''.join(map(entry.format, entries))}{end}".encode()


def ask(body: Document, tag: str, wanted: str = "feed", method: str = "GET", **more: str) -> Response:
    headers = {"if-none-match": tag, "a-im": wanted} | {name.replace("_", "-"): value for name, value in more.items()}
    return delivered(Request(method, "/all.atom", "", headers), body, Rules())


@pytest.mark.parametrize("format", SHAPES)
@given(before=ENTRIES, after=ENTRIES)
def test_a_client_has_all_entries_afterwards(format: str, before: list[str], after: list[str]) -> None:
    known = delta.seal(document(format, before))
    found = delta.without(document(format, after), known)
    new = [entry for entry in after if entry not in before]
    if len(new) == len(after):
        assert found is None
    else:
        start, _, end = SHAPES[format]
        assert found == document(format, new).replace(start.encode(), start.partition("\n")[0].encode() + b"\n")
        assert found.endswith(end.encode())


NEW = document("atom", ["new", *"abcdefgh"])
OLD = document("atom", [*"abcdefgh"])
KNOWN = Document(NEW, "application/atom+xml", 5.0, versions={"old": delta.seal(OLD)})


def test_an_answer_with_new_entries_only() -> None:
    response = ask(KNOWN, '"other", W/"old-br"')
    headers = dict(response.headers)
    assert (response.status, headers["im"], headers["etag"]) == (226, "feed", f'"{KNOWN.tag}"')
    assert response.body == document("atom", ["new"]).replace(b"  <fh:complete/>\n", b"")
    assert headers["content-length"] == str(len(response.body))
    assert "accept-ranges" not in headers
    assert ask(KNOWN, '"old"', method="HEAD").body == b""


def test_caches_mix_up_nothing() -> None:
    for response in (ask(KNOWN, '"old"'), ask(KNOWN, ""), ask(KNOWN, "", ""), ask(KNOWN, f'"{KNOWN.tag}"')):
        headers = dict(response.headers)
        assert headers["vary"] == "accept-encoding, a-im"
        assert (headers["cache-control"] == "no-store") == (response.status == 226)


@pytest.mark.parametrize(
    ("wanted", "status"),
    [
        ("feed", 226),
        ("FEED", 226),
        ("gzip, feed", 226),
        ("vcdiff, feed;q=0.5 , gzip", 226),
        ("feed; q=1", 226),
        ("feed;q=0", 200),
        ("feed;q=0.000, gzip", 200),
        ("feeds", 200),
        ("xfeed", 200),
        ("", 200),
        ("," * 1000 + "feed;" * 1000, 200),
    ],
)
def test_who_wants_it(wanted: str, status: int) -> None:
    assert ask(KNOWN, '"old"', wanted).status == status


@pytest.mark.parametrize(
    ("tag", "status"), [('"old"', 226), ('"older"', 200), ("*", 304), (f'"old", "{KNOWN.tag}"', 304), ("old", 200)]
)
def test_what_the_client_has(tag: str, status: int) -> None:
    assert ask(KNOWN, tag).status == status


def test_other_answers_are_whole() -> None:
    assert ask(KNOWN, '"old"', range="bytes=0-3").status == 206
    assert delivered(Request("GET", "/", "", {"a-im": "feed", "if-modified-since": "yesterday"}), KNOWN, Rules()).status == 200
    assert ask(Document(b"{}", "application/feed+json"), '"old"').status == 200


def test_it_is_compressed() -> None:
    new = Document(document("atom", ["x" * 5000, "a"]), "application/atom+xml", versions={"old": delta.seal(OLD)})
    response = ask(new, '"old"', accept_encoding="gzip")
    assert (response.status, dict(response.headers)["etag"]) == (226, f'"{new.tag}-gzip"')
    assert gzip.decompress(response.body) == document("atom", ["x" * 5000]).replace(b"  <fh:complete/>\n", b"")


class Site:
    """A small site that is built again and again, and served."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "records").mkdir()
        self.file = folder / "feedloom.yaml"
        self.file.write_text(
            "records: records\noutput: feeds\nlimit: 5\narchive: {complete: true}\ntopics: {AI: {aliases: [KI]}}\n"
            "site: {url: 'https://example.com/'}\nalso: {feed.xml: all.rss}\n"
        )
        self.build({name: f"Article {name}" for name in "1234567"})
        self.served = self.serve(Rules(sends_deltas=True))

    def serve(self, rules: Rules) -> PublishedSite:
        return PublishedSite(partial(load, str(self.file)), rules)

    def build(self, titles: dict[str, str]) -> None:
        for name, title in titles.items():
            text = record(
                title=title, webUrl=f"https://example.org/{name}", publishedDateTime=f"2021-05-0{name}", topics="[AI]"
            )
            (self.folder / "records" / f"{name}.md").write_text(text)
        feedloom.build(load(str(self.file)))

    def get(self, path: str, tag: str = "") -> Response:
        headers = {"a-im": "feed", "if-none-match": tag}
        response = answer(Request("GET", f"/{path}", "", headers), self.served)
        assert isinstance(response, Response)
        return response


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    yield Site(tmp_path)


def tag_of(response: Response) -> str:
    return dict(response.headers)["etag"]


@pytest.mark.parametrize("path", ["all.atom", "all.rss", "topics/ki.atom", "feed.xml"])
def test_new_and_changed_entries_are_sent(site: Site, path: str) -> None:
    first = site.get(path)
    site.build({"8": "Brand new"})
    second = site.get(path, tag_of(first))
    site.build({"7": "Corrected"})
    third = site.get(path, tag_of(second))
    late = site.get(path, tag_of(first))
    answers = (second, third, late)
    titles = [[str(entry.title) for entry in feedparser.parse(response.body).entries] for response in answers]
    assert [response.status for response in (first, *answers)] == [200, 226, 226, 226]
    assert titles == [["Brand new"], ["Corrected"], ["Brand new", "Corrected"]]
    assert not feedparser.parse(second.body).bozo
    assert tag_of(third) == tag_of(late) == tag_of(site.get(path))
    assert site.get(path, tag_of(late)).status == 304


def test_the_owner_must_want_it(site: Site) -> None:
    site.served = site.serve(Rules())
    first = site.get("all.atom")
    site.build({"8": "Brand new"})
    second = site.get("all.atom", tag_of(first))
    assert (second.status, dict(second.headers)["vary"]) == (200, "accept-encoding")


def test_json_is_sent_whole(site: Site) -> None:
    first = site.get("all.json")
    site.build({"8": "Brand new"})
    assert site.get("all.json", tag_of(first)).status == 200
    assert "a-im" not in dict(first.headers)["vary"]


def test_the_last_versions_are_remembered(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delta, "MOST", 2)
    tags = [tag_of(site.get("all.atom"))]
    for title in ("One", "Two", "Three"):
        site.build({"7": title})
        tags.append(tag_of(site.get("all.atom")))
    assert [site.get("all.atom", tag).status for tag in tags] == [200, 226, 226, 304]
