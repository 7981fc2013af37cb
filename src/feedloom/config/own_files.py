"""The files of the owner that `pages` names: stylesheets, HTML and templates. Their contents are part of the settings."""

import os

from feedloom.config.checking import SettingError
from feedloom.config.settings import Own, Pages, is_url
from feedloom.frontmatter.subset import Path

TEMPLATES = (
    *("base.html", "entry.html", "feed.html", "filtered.html", "index.html", "list.html", "picked.html", "subscribe.html"),
)
"""The templates of the pages."""


def read(pages: Pages, folder: str) -> Own:
    """The contents of the files, whose paths are relative to a folder. Raises SettingError."""
    return Own(
        css=tuple(_text(("pages", "css", at), one, folder) for at, one in enumerate(pages.css) if not is_url(one)),
        head=_html("head", pages.head, folder),
        header=_html("header", pages.header, folder),
        footer=_html("footer", pages.footer, folder),
        templates=_templates(pages.templates, folder) if pages.templates else (),
    )


def paths(pages: Pages, folder: str) -> list[str]:
    """The files, and the folder of templates with all that is in it, whether they exist or not."""
    named = [
        *(one for one in pages.css if not is_url(one)),
        *(one for one in (pages.head, pages.header, pages.footer) if one and one.strip() and "<" not in one),
    ]
    found = [_place(one, folder) for one in named]
    if pages.templates:
        place = _place(pages.templates, folder)
        found += [place, *(os.path.join(place, name) for name in _names(place))]
    return found


def _html(name: str, value: str | None, folder: str) -> str:
    if not value or not value.strip():
        return ""
    if "<" in value:
        return _without_nul(("pages", name), value, name)
    return _text(("pages", name), value, folder, "; HTML itself needs a tag, such as <p>")


def _text(path: Path, name: str, folder: str, how: str = "") -> str:
    try:
        with open(_place(name, folder), encoding="utf-8-sig", newline=None) as file:
            text = file.read()
    except OSError as error:
        raise SettingError(path, f"{name}: cannot be read: {error.strerror}{how}") from None
    except ValueError:
        raise SettingError(path, f"{name}: is not UTF-8; save it as UTF-8") from None
    return _without_nul(path, text, name)


def _without_nul(path: Path, text: str, name: str) -> str:
    if "\0" in text:
        raise SettingError(path, f"{name}: contains U+0000; remove it")
    return text


def _templates(given: str, folder: str) -> tuple[tuple[str, str, str], ...]:
    path, place = ("pages", "templates"), _place(given, folder)
    if not os.path.isdir(place):
        raise SettingError(path, f"{given}: no such folder")
    names = _names(place)
    if not set(names) & set(TEMPLATES):
        raise SettingError(path, f"{given}: contains none of the templates: {', '.join(TEMPLATES)}")
    return tuple(
        (_shown(name), _shown(os.path.join(place, name)), _text(path, os.path.join(given, name), folder)) for name in names
    )


def _shown(path: str) -> str:
    """A path as text, whatever its bytes are."""
    return path.encode(errors="backslashreplace").decode()


def _names(place: str) -> list[str]:
    try:
        return sorted(name for name in os.listdir(place) if name.endswith(".html") and not name.startswith("."))
    except OSError:
        return []


def _place(name: str, folder: str) -> str:
    return os.path.join(folder, os.path.expanduser(name))
