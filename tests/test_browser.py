"""The pages in a real browser, Debian's Chromium: they work, for everybody, and ask nobody else for anything."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree

import pytest
from playwright.sync_api import Browser, BrowserContext, Dialog, Page, Response, Route, sync_playwright

import feedloom
from feedloom.feeds import stats
from feedloom.render import stats_page
from tests import programs
from tests.conftest import NOW, record
from tests.programs import needs
from tests.readers import HERE as READERS
from tests.readers import TYPES, served
from tests.test_filters import build as filtered_site
from tests.test_hostile import VECTORS, hostile
from tests.test_serve import running
from tests.validator_html import page_complaints

CHROMIUM = programs.browser()
AXE = READERS / "node_modules" / "axe-core" / "axe.min.js"
DRAWING = '<svg xmlns="http://www.w3.org/2000/svg" width="3" height="2"><path d="M0 0h3v2H0z"/></svg>'
pytestmark = [needs("chromium"), pytest.mark.once]
KINDS = ["index.html", "all.html", "topics/feeds.html", "providers/p.example.html"]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        # As root, as in containers, it refuses to run in its sandbox.
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield browser
        browser.close()


RECORDS = {
    "feeds.md": record(
        title="Feeds & readers",
        webUrl="https://e.example/feeds",
        publishedDateTime="2021-05-21",
        excerpt="One address that just works.",
        topics="[Feeds, Élan, 宇宙]",
        provider="{name: P, domain: p.example}",
        images="[{url: 'https://pictures.example/comes.svg', width: 3, height: 2}]",
        related="[{title: R, webUrl: 'https://e.example/r', provider: {name: Q}}]",
    ),
    "rtl.md": record(
        title="عنوان المقالة",
        webUrl="https://e.example/rtl",
        publishedDateTime="2020-11-01",
        excerpt="نص قصير",
        topics="[Feeds, أخبار]",
        provider="{name: صحيفة, domain: p.example}",
        related="[{title: مقال, webUrl: 'https://e.example/r'}]",
        images="[{url: 'https://pictures.example/fails.svg'}]",
    ),
    **{
        f"{n}.md": record(
            title=f"Article {n}",
            webUrl=f"https://e.example/{n}",
            publishedDateTime=f"2020-{n % 12 + 1:02}-01",
            topics=f"[T{n % 3}, {'Many' if n > 3 else 'Few'}]",
            provider=f"{{name: Provider {n}}}",
        )
        for n in range(24)
    },
}


def build(folder: Path, records: dict[str, str], url: str | None, **others: Any) -> None:
    (folder / "records").mkdir()
    for name, text in records.items():
        (folder / "records" / name).write_text(text)
    config = feedloom.load_config(
        records=str(folder / "records"), output=str(folder / "public"), site__url=url, site__title="News", limit=200, **others
    )
    feedloom.build(config, now=NOW)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("pages")
    (folder / "public").mkdir()
    with served(folder / "public") as url:
        build(folder, RECORDS, url)
        yield url


class Seen(NamedTuple):
    """What a page did: what it asked others for, with the headers, and what it complained about."""

    page: Page
    asked: list[tuple[str, str, dict[str, str]]]
    complaints: list[str]


def watched(context: BrowserContext, base: str) -> Seen:
    """A page that gets pictures from the test alone; those that are named so fail."""
    seen = Seen(context.new_page(), [], [])

    def others(route: Route) -> None:
        request = route.request
        seen.asked.append((request.resource_type, request.url, request.headers))
        if "fails" in request.url:
            route.fulfill(status=200, body="", content_type="image/png")
        else:
            route.fulfill(body=DRAWING, content_type="image/svg+xml")

    def dialog(dialog: Dialog) -> None:
        seen.complaints.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def response(response: Response) -> None:
        if not response.ok:
            seen.complaints.append(f"{response.status} {response.url}")

    seen.page.route(lambda url: not url.startswith((base, "data:")), others)
    seen.page.on("console", lambda message: seen.complaints.append(message.text))
    seen.page.on("pageerror", lambda error: seen.complaints.append(str(error)))
    seen.page.on("dialog", dialog)
    seen.page.on("response", response)
    return seen


@pytest.fixture
def seen(chromium: Browser, base: str) -> Iterator[Seen]:
    with chromium.new_context() as context:
        yield watched(context, base)


@pytest.mark.parametrize("path", KINDS)
def test_readers_find_the_feeds(seen: Seen, base: str, path: str) -> None:
    seen.page.goto(base + path)
    found = seen.page.locator("head link[rel=alternate]")
    address = "all" if path == "index.html" else path.removesuffix(".html")
    hrefs = [link.get_attribute("href") for link in found.all()]
    assert hrefs == [f"{base}{address}.{format}" for format in ("atom", "rss", "json")]
    for link in found.all():
        answer = seen.page.request.get(link.get_attribute("href") or "")
        assert (answer.status, answer.headers["content-type"]) == (200, link.get_attribute("type"))


def found(page: Page) -> list[str]:
    return [text.strip() for text in page.locator(".found li:visible a").all_inner_texts()]


def test_search(seen: Seen, base: str) -> None:
    page = seen.page
    page.goto(base)
    box = page.get_by_role("searchbox", name="Find a feed")
    status = page.locator("form [role=status]").first
    twenties = [f"Provider {n}" for n in (2, 12, 20, 21, 22, 23)]
    box.focus()
    for typed, names in (
        ("fee", ["Feeds", "Élan", "p.example"]),  # the first by its name, the others by a headline
        ("ELAN", ["Élan"]),
        ("خبار", ["أخبار"]),
        ("vider 2", twenties),
        ("2 prov", twenties),
        ("p.example", ["p.example"]),
        ("nothing of it", []),
    ):
        box.fill(typed)
        status.filter(has_text="of 34 feeds").wait_for()
        assert found(page) == names
        assert status.inner_text() == f"{len(names)} of 34 feeds"
        assert page.locator(".nothing").is_visible() == (not names)
        assert not page.get_by_role("heading", name="Topics").is_visible()
    assert page.url == f"{base}?q=nothing+of+it"
    page.get_by_role("button", name="Show all feeds").click()
    assert page.url == base
    assert page.get_by_role("heading", name="Topics").is_visible()
    assert seen.complaints == []


def test_a_search_has_an_address(seen: Seen, base: str) -> None:
    """It can be sent to somebody, and is there again after Back."""
    page = seen.page
    page.goto(f"{base}?q=vider+2")
    page.locator(".found li").first.wait_for()
    assert page.get_by_role("searchbox").input_value() == "vider 2"
    page.get_by_role("searchbox").fill("elan")
    page.locator(".found").get_by_role("link", name="Élan").click()
    page.go_back()
    page.locator(".found li").first.wait_for()
    assert found(page) == ["Élan"]


def test_a_search_from_a_disk(chromium: Browser, tmp_path: Path) -> None:
    (tmp_path / "public").mkdir()
    build(tmp_path, RECORDS, None)
    with chromium.new_context() as context:
        page, said = context.new_page(), []
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto((tmp_path / "public" / "index.html").as_uri())
        page.get_by_role("searchbox").fill("elan")
        page.locator(".found li").first.wait_for()
        assert found(page) == ["Élan"]
        assert page.locator(".pick").count() == 0  # a reader could not find these feeds
        assert said == []


def test_picking_feeds(seen: Seen, base: str) -> None:
    """In cards, lists and results; kept from page to page; saved as a list that readers import."""
    page = seen.page
    page.goto(base)
    assert not page.locator(".picked").is_visible()
    page.locator(".cards").get_by_label("Pick Feeds").check()
    page.get_by_role("searchbox").fill("elan")
    page.locator(".found").get_by_label("Pick Élan").check()
    assert page.locator(".picked p").inner_text() == "2 feeds picked"
    page.goto(f"{base}topics/feeds.html")
    page.goto(base)
    assert page.locator(".cards").get_by_label("Pick Feeds").is_checked()
    with page.expect_download() as download:
        page.get_by_role("link", name="Save as OPML").click()
    assert download.value.suggested_filename == "feeds.opml"
    outlines = ElementTree.parse(download.value.path()).findall("body/outline")
    assert [(one.get("type"), one.get("text"), one.get("xmlUrl"), one.get("htmlUrl")) for one in outlines] == [
        ("rss", "Feeds", f"{base}topics/feeds.atom", f"{base}topics/feeds.html"),
        ("rss", "Élan", f"{base}topics/%C3%A9lan.atom", f"{base}topics/%C3%A9lan.html"),
    ]
    page.get_by_role("button", name="Clear").click()
    assert not page.locator(".picked").is_visible()
    assert not page.locator(".cards").get_by_label("Pick Feeds").is_checked()
    assert seen.complaints == []


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_nothing_moves_while_a_page_loads(chromium: Browser, base: str, width: int) -> None:
    with chromium.new_context(viewport={"width": width, "height": 740}) as context:
        page = watched(context, base).page
        page.goto(base, wait_until="networkidle")
        assert page.evaluate(_SHIFT) < 0.02


_SHIFT = """() => new Promise((resolve) => {
    let sum = 0;
    new PerformanceObserver((list) => list.getEntries().forEach((entry) => { sum += entry.value; }))
        .observe({ type: "layout-shift", buffered: true });
    setTimeout(() => resolve(sum), 300);
})"""


def test_copying_an_address(chromium: Browser, base: str) -> None:
    with chromium.new_context(permissions=["clipboard-read", "clipboard-write"]) as context:
        seen = watched(context, base)
        seen.page.goto(f"{base}topics/feeds.html")
        seen.page.locator(".subscribe summary").click()
        seen.page.get_by_role("button", name="Copy the address of the RSS feed").click()
        said = seen.page.locator(".subscribe [role=status]")
        said.filter(has_text="Copied").wait_for()
        assert said.inner_text() == f"Copied {base}topics/feeds.rss"
        assert seen.page.evaluate("navigator.clipboard.readText()") == f"{base}topics/feeds.rss"
        assert seen.complaints == []


def test_copying_where_the_browser_does_not_let_us(chromium: Browser, base: str) -> None:
    """Without https there is no clipboard: the address is selected, so that one key copies it."""
    with chromium.new_context() as context:
        context.add_init_script("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
        seen = watched(context, base)
        seen.page.goto(f"{base}topics/feeds.html")
        seen.page.get_by_role("button", name="Copy the address of the Atom feed").click()
        seen.page.locator(".subscribe [role=status]").filter(has_text="selected").wait_for()
        assert seen.page.evaluate("getSelection().toString()") == f"{base}topics/feeds.atom"


def test_without_javascript(chromium: Browser, base: str) -> None:
    with chromium.new_context(java_script_enabled=False) as context:
        page = watched(context, base).page
        page.goto(base)
        assert page.locator("section[aria-labelledby=topics] .list li").count() == 9
        assert page.locator("form:visible, button:visible").count() == 0
        page.locator(".cards").get_by_role("link", name="Feeds", exact=True).click()
        assert page.get_by_role("heading", level=1).inner_text() == "Feeds"
        assert page.locator("article").count() == 2
        page.get_by_role("link", name="P", exact=True).click()
        assert page.url == f"{base}providers/p.example.html"
        page.get_by_role("link", name="News").click()
        assert page.url == f"{base}index.html"


def test_pictures(seen: Seen, base: str) -> None:
    """Nobody is told where they are shown, and where one does not come, something else stands in its place."""
    seen.page.goto(f"{base}topics/feeds.html")
    seen.page.locator("figure.missing").wait_for()
    assert seen.page.locator("figure").count() == 2
    assert seen.page.locator("figure.missing img").get_attribute("src") == "https://pictures.example/fails.svg"
    assert "data:image/svg" in seen.page.locator("figure.missing").evaluate("it => getComputedStyle(it).backgroundImage")
    assert {(kind, url) for kind, url, _ in seen.asked} == {
        ("image", "https://pictures.example/comes.svg"),
        ("image", "https://pictures.example/fails.svg"),
    }
    assert not any("referer" in headers for _, _, headers in seen.asked)
    assert seen.complaints == []


@pytest.mark.parametrize("path", KINDS)
def test_nothing_is_asked_of_others(seen: Seen, base: str, path: str) -> None:
    """But for the pictures of articles; and the browser has nothing to complain about."""
    seen.page.goto(base + path)
    seen.page.wait_for_load_state("networkidle")
    assert {kind for kind, _, _ in seen.asked} <= {"image"}
    assert seen.complaints == []


def test_the_policy_is_obeyed(seen: Seen, base: str) -> None:
    """What a page says of itself holds: nothing that was put into it would run, load, or send anything."""
    seen.page.goto(f"{base}all.html")
    broken = seen.page.evaluate(
        """async () => {
            const broken = [];
            addEventListener("securitypolicyviolation", (event) => broken.push(event.effectiveDirective));
            document.body.insertAdjacentHTML("beforeend", "<img src='data:,' onerror='window.ran = true'>"
                + "<iframe src='https://x.example/'></iframe><link rel='stylesheet' href='https://x.example/x.css'>"
                + "<form action='https://x.example/'><button id='send'></button></form><p style='color: red'>");
            const script = document.createElement("script");
            script.textContent = "window.ran = true";
            document.body.append(script);
            document.querySelector("#send").click();
            await fetch("https://x.example/").catch(() => 0);
            for (let tries = 0; tries < 100 && new Set(broken).size < 7; tries++) // a busy machine is late
                await new Promise((resolve) => setTimeout(resolve, 200));
            return [window.ran ?? false, ...new Set(broken)].map(String).sort();
        }"""
    )
    assert broken == [
        *("connect-src", "false", "form-action", "frame-src", "script-src-attr", "script-src-elem"),
        *("style-src-attr", "style-src-elem"),
    ]
    assert {kind for kind, _, _ in seen.asked} <= {"image"}


@pytest.mark.parametrize("is_guarded", [True, False], ids=["as it is", "without the policy"])
def test_no_mark_up_of_a_record_runs(chromium: Browser, tmp_path_factory: pytest.TempPathFactory, is_guarded: bool) -> None:
    """Even where a browser knew nothing of policies: what is escaped is no mark-up."""
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "public").mkdir()
    with served(folder / "public") as base, chromium.new_context(bypass_csp=not is_guarded) as context:
        build(folder, {f"{n}.md": hostile(n, vector) for n, vector in enumerate(VECTORS)}, base)
        seen = watched(context, base)
        seen.page.add_init_script("window.alert = (said) => console.error(`alert: ${said}`)")
        for path in ("index.html", "all.html"):
            seen.page.goto(base + path)
            seen.page.wait_for_load_state("networkidle")
            seen.page.mouse.wheel(0, 100_000)
            assert page_complaints((folder / "public" / path).read_bytes()) == []
        assert seen.page.locator("article").count() == len(VECTORS)
        assert {kind for kind, _, _ in seen.asked} <= {"image"}
        assert seen.complaints == []


@needs("axe-core")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 768, 1280])
@pytest.mark.parametrize("path", KINDS)
def test_everybody_can_use_them(chromium: Browser, base: str, path: str, width: int, scheme: str) -> None:
    """axe-core finds no violation, and nothing is wider than the screen."""
    with chromium.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme) as context:  # type: ignore[arg-type]
        page = watched(context, base).page
        page.goto(base + path)
        page.evaluate(AXE.read_text())
        result = page.evaluate("axe.run()")
        assert [(violation["id"], violation["nodes"][0]["html"]) for violation in result["violations"]] == []
        assert len(result["passes"]) > 20
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@needs("axe-core")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 768, 1280])
def test_everybody_can_use_the_numbers(chromium: Browser, tmp_path: Path, width: int, scheme: str) -> None:
    """The page of `feedloom stats` too; and no policy keeps its own style from it."""
    (tmp_path / "records").mkdir()
    for name, text in {**RECORDS, "bad.md": "", "old.md": record(publishedDateTime="2010-01-01")}.items():
        (tmp_path / "records" / name).write_text(text)
    numbers = stats.of(feedloom.check(feedloom.load_config(records="records"), now=NOW))
    (tmp_path / "stats.html").write_bytes(stats_page.page(numbers, feedloom.load_config()))
    size = {"width": width, "height": 800}
    with chromium.new_context(viewport=size, color_scheme=scheme, bypass_csp=True) as context:  # type: ignore[arg-type]
        page = context.new_page()
        page.goto((tmp_path / "stats.html").as_uri())
        page.locator("summary").click()
        page.evaluate(AXE.read_text())
        result = page.evaluate("axe.run()")
        assert [(violation["id"], violation["nodes"][0]["html"]) for violation in result["violations"]] == []
        assert len(result["passes"]) > 20
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        newest = page.locator(".wide svg rect").last.bounding_box()
        assert newest and 0 <= newest["x"] < width
    with chromium.new_context() as context:
        page, asked, said = context.new_page(), [], []
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: said.append(message.text))
        page.goto((tmp_path / "stats.html").as_uri())
        assert page.locator("rect").first.evaluate("it => getComputedStyle(it).fill") == "rgb(179, 71, 11)"
        assert (asked, said) == ([page.url], [])


def test_the_first_article_is_near_the_top_of_a_phone(chromium: Browser, base: str) -> None:
    with chromium.new_context(viewport={"width": 360, "height": 740}) as context:
        page = watched(context, base).page
        page.goto(f"{base}topics/feeds.html")
        box = page.locator("article").first.bounding_box()
        assert box is not None
        assert box["y"] < 480


@pytest.mark.parametrize("path", KINDS)
def test_large_text_fits_a_phone(chromium: Browser, base: str, path: str) -> None:
    """WCAG 2.2, 1.4.4 and 1.4.10: text of twice the size needs no scrolling sideways."""
    with chromium.new_context(viewport={"width": 360, "height": 740}) as context:
        page = watched(context, base).page
        page.goto(base + path)
        page.evaluate("document.documentElement.style.setProperty('font-size', '200%')")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_the_skip_link_comes_first(seen: Seen, base: str) -> None:
    page = seen.page
    page.goto(f"{base}all.html")
    page.keyboard.press("Tab")
    link = page.locator(":focus")
    assert link.inner_text() == "Skip to the content"
    assert link.evaluate("it => getComputedStyle(it).clipPath") == "none"
    page.keyboard.press("Enter")
    page.wait_for_url(f"{base}all.html#main")
    page.keyboard.press("Tab")
    assert page.locator("main :focus").count() == 1


def test_printed_titles_have_their_addresses(seen: Seen, base: str) -> None:
    seen.page.goto(f"{base}topics/feeds.html")
    seen.page.emulate_media(media="print")
    address = seen.page.locator("h3 a").first.evaluate("it => getComputedStyle(it, '::after').content")
    assert "https://e.example/feeds" in address or "attr(href)" in address
    assert not seen.page.locator(".skip, .subscribe button, form").first.is_visible()


def test_words_of_names_stay_whole_on_a_phone(chromium: Browser, tmp_path: Path) -> None:
    (tmp_path / "public").mkdir()
    with served(tmp_path / "public") as url, chromium.new_context(viewport={"width": 360, "height": 800}) as context:
        build(tmp_path, {"a.md": record(topics="[Construction, Virtualization Review, AI in Healthcare]")}, url)
        page = watched(context, url).page
        page.goto(url)
        assert page.locator(".cards h3 a").evaluate_all(_LINES) == [1, 1, 1]


_LINES = "links => links.map((link) => link.getClientRects().length)"


def test_without_topics_and_providers_there_is_nothing_to_search(chromium: Browser, tmp_path: Path) -> None:
    (tmp_path / "public").mkdir()
    with served(tmp_path / "public") as url, chromium.new_context() as context:
        build(tmp_path, {"a.md": record()}, url)
        seen = watched(context, url)
        seen.page.goto(url)
        assert seen.page.get_by_role("button", name="Copy").first.is_visible()
        assert seen.page.locator("form:visible").count() == 0
        assert seen.complaints == []


def test_by_keyboard(seen: Seen, base: str) -> None:
    """Everything that can be used is reached by the tab key, in the order in which it stands, and shows that it is."""
    page = seen.page
    page.goto(base)
    usable = page.locator("a:visible, button:visible, input:visible, summary").count()
    reached = []
    for _ in range(usable):
        page.keyboard.press("Tab")
        top, outline = page.evaluate(_FOCUSED)
        assert outline != "none"
        reached.append(top)
    assert len(set(reached)) > 20
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement === document.body")


_FOCUSED = """() => {
    const it = document.activeElement;
    return [it.getBoundingClientRect().top + scrollY, getComputedStyle(it).outlineStyle];
}"""


def test_titles_from_right_to_left(seen: Seen, base: str) -> None:
    seen.page.goto(f"{base}topics/feeds.html")
    directions = seen.page.locator("h3").evaluate_all("all => all.map(one => getComputedStyle(one).direction)")
    assert directions == ["ltr", "rtl"]
    of_list, of_item = seen.page.locator(".related").last.evaluate(_ENDS)
    assert of_item <= of_list - 15  # there is room for its mark
    item, link = seen.page.locator(".related").last.locator("li").first.evaluate(_LEFTS)
    assert link > item + 300  # and the text is beside it, left of the picture
    ltr, rtl = seen.page.locator(".source").evaluate_all(_GAPS)
    assert ltr == pytest.approx(rtl, abs=1)
    seen.page.goto(base)
    link = seen.page.locator(".list").get_by_role("link", name="أخبار")
    assert link.evaluate("it => getComputedStyle(it).direction") == "rtl"


_RIGHTS = "item => [item, item.firstElementChild].map(it => it.getBoundingClientRect().right)"
_LEFTS = "item => [item, item.firstElementChild].map(it => it.getBoundingClientRect().left)"
_ENDS = "list => [list, list.firstElementChild].map(it => it.getBoundingClientRect().right)"
_GAPS = """all => all.map((line) => {
    const [first, second] = [line.firstElementChild, line.lastElementChild].map((it) => it.getBoundingClientRect());
    return getComputedStyle(line).direction === "rtl" ? first.left - second.right : second.left - first.right;
})"""


def test_words_of_the_site_also_in_the_script(chromium: Browser, tmp_path: Path) -> None:
    """Numbers take their forms there as in the build: the six of Arabic, from right to left."""
    (tmp_path / "public").mkdir()
    with served(tmp_path / "public") as url, chromium.new_context() as context:
        build(tmp_path, RECORDS, url, site__language="ar")
        seen = watched(context, url)
        page = seen.page
        page.goto(url)
        assert page.locator("html").evaluate("it => getComputedStyle(it).direction") == "rtl"
        heading, name = page.locator(".cards h3").filter(has_text="Feeds").first.evaluate(_RIGHTS)
        assert heading == pytest.approx(name, abs=1)  # a name in another script, too
        boxes = page.locator(".cards .pick input")
        for number, told in enumerate(("اختيرت خلاصة واحدة", "اختيرت خلاصتان", "اختيرت 3 خلاصات")):
            boxes.nth(number).check()
            assert page.locator(".picked p").inner_text() == told
        page.get_by_role("searchbox").fill("elan")
        page.locator("form [role=status]").first.filter(has_text="1 من 34 من الخلاصات").wait_for()
        assert seen.complaints == []


@needs("axe-core")
def test_pages_of_an_owner_are_as_good(chromium: Browser, tmp_path: Path) -> None:
    """What the owner's files name is loaded, although the policy is strict; and axe-core finds no violation."""
    (tmp_path / "public").mkdir()
    (tmp_path / "my.css").write_text("@import 'https://pictures.example/fonts.css'; h1 { letter-spacing: 1px }")
    pages = {
        "css": [str(tmp_path / "my.css")],
        "head": "<style>h1 { color: var(--accent) }</style><script>document.documentElement.dataset.ran = 1</script>",
        "header": '<nav aria-label="Ours"><a href="{{ root }}index.html">Ours</a></nav>',
        "footer": "<p>Imprint</p>",
        "readers": {"Feedly": "https://feedly.example/?{url}"},
    }
    with served(tmp_path / "public") as url, chromium.new_context() as context:
        build(tmp_path, RECORDS, url, pages=pages, site__logo="https://pictures.example/comes.svg", site__language="fr")
        seen = watched(context, url)
        for path in KINDS:
            seen.page.goto(url + path)
            assert seen.page.locator("html").get_attribute("data-ran") == "1"
            assert seen.page.locator("h1").evaluate("it => getComputedStyle(it).letterSpacing") == "1px"
            assert seen.page.locator(".brand img").evaluate("it => it.getBoundingClientRect().height") == 48
            seen.page.evaluate(AXE.read_text())
            result = seen.page.evaluate("axe.run({ preload: false })")  # it would fetch the stylesheets
            assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in result["violations"]] == []
        assert "https://pictures.example/fonts.css" in [url for _, url, _ in seen.asked]
        assert seen.complaints == []


@pytest.mark.parametrize("path", ["topics/feeds.atom", "topics/feeds.rss"])
def test_a_feed_itself_is_legible(chromium: Browser, base: str, tmp_path_factory: pytest.TempPathFactory, path: str) -> None:
    """Where it is sent as XML; Chromium shows the media types of feeds as plain text, whatever they say of a stylesheet."""
    folder = tmp_path_factory.mktemp("raw")
    (folder / "public").mkdir()
    as_xml = {**TYPES, ".atom": "application/xml", ".rss": "application/xml"}
    with served(folder / "public", as_xml) as url, chromium.new_context() as context:
        build(folder, RECORDS, url)
        seen = watched(context, url)
        seen.page.goto(url + path)
        shown = seen.page.evaluate(_SHOWN)
        assert shown[:2] == ["News: Feeds", "The newest articles about Feeds."]
        assert "Feeds & readers" in shown
        assert "One address that just works." in shown
        assert not any("<" in text or "image" in text for text in shown)
        assert seen.page.evaluate(_NOTICE).startswith('"This is a feed.')
        seen.page.keyboard.press("Tab")  # the link to the page is the first stop
        assert seen.page.evaluate("document.activeElement.textContent") == "Read the articles on a web page"
        assert seen.page.evaluate("document.activeElement.href") == f"{url}topics/feeds.html"
        assert seen.page.evaluate(_STARTS) == ["left", "right"]
        assert seen.complaints == []
        plain = watched(context, base)
        plain.page.goto(base + path)
        text = plain.page.locator("body").inner_text()
        assert "<!-- This is a feed." in text[:200]


@pytest.mark.parametrize("path", ["all.atom", "all.rss"])
def test_a_feed_itself_points_to_its_page_where_the_site_has_no_url(chromium: Browser, tmp_path: Path, path: str) -> None:
    (tmp_path / "public").mkdir()
    as_xml = {**TYPES, ".atom": "application/xml", ".rss": "application/xml"}
    with served(tmp_path / "public", as_xml) as url, chromium.new_context() as context:
        build(tmp_path, {"a.md": record()}, None)
        page = watched(context, url).page
        page.goto(url + path)
        assert page.evaluate(_NOTICE).startswith('"This is a feed.')
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.href") == f"{url}all.html"
        assert not any("urn:" in text for text in page.evaluate(_SHOWN))


_SHOWN = """() => Array.from(document.querySelectorAll("*"))
    .filter((it) => !it.children.length && it.getClientRects().length && it.textContent.trim())
    .map((it) => [it.getBoundingClientRect().top, it.textContent.trim()])
    .sort(([a], [b]) => a - b).map(([, text]) => text)"""
_STARTS = """() => Array.from(document.querySelectorAll("entry > title, item > title"), (title) => {
    const text = document.createRange();
    text.selectNodeContents(title);
    const [inner, outer] = [text, title].map((it) => it.getBoundingClientRect());
    return inner.left - outer.left < outer.right - inner.right ? "left" : "right";
})"""
_NOTICE = "getComputedStyle(document.querySelector('feed, channel'), '::before').content"


@pytest.fixture(scope="module")
def filters(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a site whose feeds can be filtered."""
    with running(filtered_site(tmp_path_factory.mktemp("filters") / "site"), "--filters") as (address, _):
        yield f"{address}/news/"


@needs("axe-core")
@pytest.mark.parametrize("width", [360, 768, 1280])
@pytest.mark.parametrize("path", ["-/filter", "-/filter?topics=AI&limit=1000", "topics/ai+health?q=robot"])
def test_everybody_can_use_filters(chromium: Browser, filters: str, path: str, width: int) -> None:
    with chromium.new_context(viewport={"width": width, "height": 800}) as context:
        seen = watched(context, filters)
        seen.page.goto(filters + path)
        seen.page.evaluate(AXE.read_text())
        result = seen.page.evaluate("axe.run()")
        assert [(violation["id"], violation["nodes"][0]["html"]) for violation in result["violations"]] == []
        assert len(result["passes"]) > 20
        assert seen.page.evaluate("document.documentElement.scrollWidth") <= width
        assert not [one for one in seen.complaints if "400" not in one]


def test_filters_work_without_a_script(chromium: Browser, filters: str) -> None:
    with chromium.new_context(java_script_enabled=False) as context:
        seen = watched(context, filters)
        page = seen.page
        page.goto(f"{filters}topics/ai.html")
        page.get_by_text("Combine or filter this feed").click()
        assert page.get_by_label("Topics").input_value() == "AI"
        page.get_by_label("Topics").fill("AI, Health")
        page.get_by_label("Title or excerpt contains").fill("robot")
        page.get_by_role("button", name="Show").click()
        assert page.url == f"{filters}topics/ai+health?q=robot"
        assert page.locator("article").count() == 5
        assert [one for one in seen.complaints if not one.startswith("301")] == []
        page.get_by_label("Number of articles").fill("1000")
        page.get_by_role("button", name="Show").click()
        assert page.get_by_role("alert").text_content() == "limit: must be 100 or less, not 1000"
        assert page.get_by_label("Topics").input_value() == "AI, Health"
