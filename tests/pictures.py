"""Take the pictures in docs/pictures/: `make pictures`, after a change of the pages. Look at them before you commit them."""

from hashlib import sha256
from pathlib import Path
from typing import Literal

from playwright.sync_api import Route, sync_playwright

from tests.readers import TYPES, served
from tests.test_browser import CHROMIUM

ROOT = Path(__file__).parent.parent

PICTURES: dict[str, tuple[str, int, int, Literal["light", "dark"]]] = {
    "directory": ("index.html", 960, 1000, "light"),
    "directory-phone": ("index.html", 360, 780, "dark"),
    "feed": ("topics/feeds.html", 960, 1000, "light"),
    "feed-phone": ("all.html", 360, 780, "dark"),
    "feed-itself": ("all.atom", 960, 600, "light"),
}
"""What is shown of feeds/, how large in pixels, and in which colours."""


def drawing(route: Route) -> None:
    """A picture in the place of one of an article, which nobody's server is asked for."""
    hue = sha256(route.request.url.encode()).digest()[0] * 360 // 256
    route.fulfill(
        content_type="image/svg+xml",
        body=f"""<svg xmlns="http://www.w3.org/2000/svg" width="300" height="200">
            <rect width="300" height="200" fill="hsl({hue} 40% 78%)"/>
            <circle cx="215" cy="62" r="30" fill="hsl({hue} 60% 92%)"/>
            <path d="M0 200 90 90 160 165 205 120 300 200z" fill="hsl({hue} 35% 45%)"/></svg>""",
    )


def main() -> None:
    """Write all pictures."""
    as_xml = {**TYPES, ".atom": "application/xml"}
    with sync_playwright() as playwright, served(ROOT / "feeds", as_xml) as base:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])  # it sees feeds/ and nothing else
        for name, (path, width, height, scheme) in PICTURES.items():
            page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
            page.route(lambda url: not url.startswith((base, "data:")), drawing)
            page.goto(base + path, wait_until="networkidle")
            page.screenshot(path=ROOT / "docs" / "pictures" / f"{name}.png")
        browser.close()


if __name__ == "__main__":
    main()
