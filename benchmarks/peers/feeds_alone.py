"""feedloom as it were without its pages: what they cost is the difference."""

import sys
from collections.abc import Callable, Iterable, Iterator

from feedloom import render
from feedloom.cli.main import main
from feedloom.render import html


def _no_text(*_: object) -> str:
    return ""


def _no_bytes(*_: object) -> bytes:
    return b""


def _without_pages(files: Callable[..., Iterable[tuple[str, bytes]]]) -> Callable[..., Iterator[tuple[str, bytes]]]:
    def left(*given: object) -> Iterator[tuple[str, bytes]]:
        return (file for file in files(*given) if not file[0].endswith(".html"))

    return left


def _no_files() -> tuple[()]:
    return ()


def _paths(*given: object) -> list[str]:
    return [path for path in _all_paths(*given) if not path.endswith(".html")]


_all_paths: Callable[..., list[str]] = render.paths
_PAGES: dict[str, Callable[..., object]] = {"entry": _no_text, "page": _no_bytes, "directory": _no_bytes}
_RENDER: dict[str, Callable[..., object]] = {
    "feed_files": _without_pages(render.feed_files),
    "lists": _without_pages(render.lists),
    "assets": _no_files,
    "paths": _paths,
}
for _module, _functions in ((html, _PAGES), (render, _RENDER)):
    for _name, _function in _functions.items():
        setattr(_module, _name, _function)

if __name__ == "__main__":
    folder, output = sys.argv[1:]
    main(["build", folder, "-o", output, "--state", f"{output}.state", "--site-url", "https://feeds.example.org/", "-q"])
