"""`feedloom serve --watch`: an edit is built, open pages hear of it, and a build that fails changes no feed."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect, sync_playwright

from feedloom.config.load import load
from feedloom.serve import watch
from tests.programs import needs
from tests.test_browser import CHROMIUM
from tests.test_serve import SETTINGS, file, get, running, served, write

__all__ = ["file"]


def events(address: str) -> Iterator[dict[str, Any]]:
    """What a page is told."""
    parts = urlsplit(address)
    with socket.create_connection((parts.hostname, parts.port), 60) as connection:
        connection.sendall(f"GET /-/events HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode())
        stream = connection.makefile("rb")
        silent = 0
        for line in stream:
            silent += line == b":\n"  # each quarter of a minute
            assert silent < 5, "nothing was told"
            if line.startswith(b"data: "):
                yield json.loads(line.removeprefix(b"data: "))


def feed(address: str) -> str:
    from urllib.request import urlopen

    with urlopen(f"{address}/news/all.atom") as response:
        text: str = response.read().decode()
        assert "max-age=0" in response.headers["cache-control"]
        return text


def test_edits_are_built(file: Path) -> None:
    with running(file, "--watch") as (address, _):
        told = events(address)
        assert next(told) == {"build": 0, "message": None}
        write(file.parent, "9", "Another")
        assert next(told) == {"build": 1, "message": None}
        assert "Another" in feed(address)
        (file.parent / "records" / "9.md").unlink()
        assert next(told) == {"build": 2, "message": None}
        assert "Another" not in feed(address)


def test_files_of_the_owner_are_watched(file: Path) -> None:
    footer = file.parent / "footer.html"
    footer.write_text("<p>One</p>")
    file.write_text(f"{file.read_text()}pages: {{footer: footer.html}}\n")
    with running(file, "--watch") as (address, _):
        told = events(address)
        assert next(told) == {"build": 1, "message": None}
        footer.write_text("<p>Two, and more</p>")
        assert next(told) == {"build": 2, "message": None}
        footer.unlink()
        assert "footer.html: cannot be read" in next(told)["message"]


def test_a_rejected_record_is_told(file: Path) -> None:
    with running(file, "--watch") as (address, _):
        told = events(address)
        next(told)
        write(file.parent, "9", "")
        status = next(told)
        assert (status["build"], "9.md:2: title: is missing" in status["message"]) == (0, True)
        write(file.parent, "9", "Another")
        assert next(told) == {"build": 1, "message": None}


def test_settings_that_are_gone_for_a_moment(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(file.parent)
    told: list[str] = []
    watcher = watch.Watcher(load, str(file.parent / "status"), told.append)
    assert watcher.build() is None
    before = Path("feeds/all.atom").read_bytes()
    aside = file.rename("aside")
    assert str(watcher.build()) == "feedloom.yaml: is gone; the feeds stay as they are until it is back"
    assert Path("feeds/all.atom").read_bytes() == before
    aside.rename(file)
    assert watcher.build() is None
    assert json.loads(Path("status").read_bytes())["message"] is None


def test_a_build_that_fails_leaves_the_feeds(file: Path) -> None:
    with running(file, "--watch") as (address, server):
        told = events(address)
        next(told)
        before = feed(address)
        file.write_text(SETTINGS + "nonsense: 1\n")
        status = next(told)
        assert (status["build"], "nonsense: no such setting" in status["message"]) == (0, True)
        assert feed(address) == before
        file.write_text(SETTINGS.replace("limit: 3", "limit: 2"))
        assert next(told) == {"build": 1, "message": None}
        assert feed(address).count("<entry>") == 2
        server.terminate()
        output, errors = server.communicate(timeout=60)
    assert (server.returncode, errors) == (0, "")
    assert "Build failed: " in output


def test_the_first_build(tmp_path: Path) -> None:
    (tmp_path / "records").mkdir()
    write(tmp_path, "1", "First")
    settings = tmp_path / "feedloom.yaml"
    settings.write_text(SETTINGS)
    with running(settings, "--watch") as (address, _):
        assert "First" in feed(address)


def test_pages_load_the_script(file: Path) -> None:
    site = served(file)
    before = get(site, "/news/all.html").body
    assert b"reload.js" not in before
    site = served(file)  # without what is kept in memory
    site.add_script(watch.PATH, watch.SCRIPT, lambda page: watch.with_script(page, site.base))
    page = get(site, "/news/all.html").body
    assert page.count(b'<script src="/news/-/reload.js" defer></script>\n</head>') == 1
    assert b"script-src 'self'; style-src 'self'; connect-src 'self'\"" in page
    owned = b"<meta content=\"x; script-src 'self'; style-src 'self'; connect-src https://a.example; font-src 'self'\"></head>"
    assert b"; connect-src 'self' https://a.example; font-src 'self'\">" in watch.with_script(owned, "/")
    assert get(site, "/news/-/reload.js").body == watch.SCRIPT


@pytest.mark.parametrize(
    ("records", "path", "counts"),
    [
        ("/site/articles", "/site/articles/a.md", True),
        ("/site/articles", "/site/articles/2021/a.md", True),
        ("/site/articles", "/site/articles/.a.md.swp", False),
        ("/site/articles", "/site/articles/.git/index", False),
        ("/site", "/site/feeds/all.atom", False),
        ("/site", "/site/feeds2/a.md", True),
        ("/site", "/site/.feedloom/feeds.sqlite", False),
        ("/site/all.json", "/site/all.json", True),
        ("/site/all.json", "/site/other.json", False),
    ],
)
def test_which_changes_count(records: str, path: str, counts: bool) -> None:
    assert watch._counts(records, "/site/feeds", None, path) == counts


@needs("chromium")
def test_open_pages_reload_and_show_why_a_build_failed(file: Path) -> None:
    with running(file, "--watch") as (address, _), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page()
        with page.expect_response("**/-/events"):
            page.goto(f"{address}/news/all.html")
        expect(page.get_by_text("Another")).to_have_count(0)
        write(file.parent, "9", "Another")
        expect(page.get_by_role("link", name="Another")).to_be_visible(timeout=30_000)
        file.write_text(SETTINGS + "nonsense: 1\n")
        expect(page.get_by_role("alert")).to_contain_text("nonsense: no such setting", timeout=30_000)
        expect(page.get_by_role("link", name="Another")).to_be_visible()
        file.write_text(SETTINGS)
        expect(page.get_by_role("alert")).to_have_count(0, timeout=30_000)
        browser.close()
