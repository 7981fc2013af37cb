"""The address of a post on its own site, made of its file, its fields and the site's pattern as each generator makes it.

A function a generator, each with that generator's placeholders and its rules for slugs, taken from its source. What cannot
be known is a Mistake: a wrong address is worse than none.
"""

import hashlib
import html
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple
from urllib.parse import unquote_plus

from feedloom.problems import Mistake
from feedloom.values import characters

_DATED = re.compile(r"\d{4}-\d{1,2}-\d{1,2}[-_](?=.)", re.ASCII)
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

_SPECIAL = {
    "ß": "ss", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D", "ð": "d", "Ð": "D",
    "þ": "th", "Þ": "Th", "ł": "l", "Ł": "L", "ı": "i", "ħ": "h", "Ħ": "H", "ŋ": "ng", "Ŋ": "NG", "‘": "'", "’": "'",
    "“": '"', "”": '"', "–": "-", "—": "--", "…": "...", "«": "<<", "»": ">>", "·": "*", "×": "x", "€": "EUR", "£": "PS",
    "©": "(c)", "®": "(r)", "°": "deg", "¿": "?", "¡": "!", "‐": "-", "‑": "-",
}  # fmt: skip
"""What letters and marks that do not decompose become in ASCII, as the generators' own tables have it."""

_EPOCH = datetime(1970, 1, 1)


class Post(NamedTuple):
    """What an address is made of, as its author wrote it.

    `folder` is the path of the file's folder below that of all posts, `name` the file's name without suffix. `date` is a local
    time, as the generator sees it; `offset` is its distance from UTC. `own` is an address or path that the post gives itself.
    `fields` are those of its fields that are texts: a pattern may name any of them.
    """

    folder: str
    name: str
    date: datetime | None = None
    title: str = ""
    slug: str = ""
    own: str = ""
    categories: tuple[str, ...] = ()
    author: str = ""
    language: str = ""
    offset: timedelta = timedelta()
    fields: Mapping[str, str] = {}


class Site(NamedTuple):
    """How a site makes its addresses.

    `pattern` is the generator's own, empty for its default; `sections` has Hugo's patterns by section. `options` are named
    by the functions below.
    """

    pattern: str = ""
    sections: Mapping[str, str] = {}
    options: frozenset[str] = frozenset()
    language: str = ""


def address(generator: str, post: Post, site: Site) -> str:
    """The path of a post from the root of its site, or a whole URL where the post gives one. Raises Mistake."""
    if re.match("https?://", post.own, re.IGNORECASE):
        return post.own
    return GENERATORS[generator](post, site)


def undated(name: str) -> str:
    """A file's name without the date that it may begin with."""
    return _DATED.sub("", name, count=1) if _DATED.match(name) else name


# Jekyll: lib/jekyll/url.rb, drops/url_drop.rb, utils.rb

_JEKYLL = {
    "": "/:categories/:year/:month/:day/:title:output_ext",
    "date": "/:categories/:year/:month/:day/:title:output_ext",
    "pretty": "/:categories/:year/:month/:day/:title/",
    "ordinal": "/:categories/:year/:y_day/:title:output_ext",
    "weekdate": "/:categories/:year/W:week/:short_day/:title:output_ext",
    "none": "/:categories/:title:output_ext",
}


def jekyll(post: Post, site: Site) -> str:
    """The pattern, or the post's own `permalink`, may have Jekyll's placeholders; the date is in the site's zone."""
    pattern = post.own or _JEKYLL.get(site.pattern.removeprefix(":"), site.pattern)
    slug = post.slug or undated(post.name).rstrip(".")
    values = {
        "collection": "posts",
        "output_ext": ".html",
        "path": f"{post.folder}/{post.name}".strip("/"),
        "name": _jekyll_slug(post.name, pretty=False).lower(),
        "title": _jekyll_slug(slug, pretty=True),
        "slug": _jekyll_slug(slug, pretty=False).lower(),
        "categories": "/".join(dict.fromkeys(category.lower() for category in post.categories)),
        "slugified_categories": "/".join(
            dict.fromkeys(_jekyll_slug(category, pretty=False).lower() for category in post.categories)
        ),
    }

    def value(found: re.Match[str]) -> str:
        name = found[1]
        for known, rest in ((name, ""), (name.removesuffix("_"), "_")):
            if known in values:
                return values[known] + (rest if known != name else "")
            if known in _DATES:
                return _dated(post, known) + (rest if known != name else "")
        raise Mistake("permalink-placeholder", f":{name}")

    made = "/" + re.sub(":([a-z_]+)", value, pattern)
    return re.sub("/+", "/", made.replace("..", "/").replace("./", ""))


def jekyll_id(address: str, post: Post) -> str:
    """The path that jekyll-feed makes an id of: the folder of the address, and the slug as it is."""
    folder = address.rstrip("/").rpartition("/")[0]
    return f"{folder}/{post.slug or undated(post.name)}"


def _jekyll_slug(text: str, *, pretty: bool) -> str:
    kept = "._~!$&'()+,;=@" if pretty else ""
    slug = "".join(
        character if kind in "lnm" or character in kept else "\n"
        for character, kind in zip(text, characters.shape(text), strict=True)
    )
    return re.sub("\n+", "-", slug).removeprefix("-").removesuffix("-")


# Hugo: resources/page/permalinks.go, page_paths.go, common/paths/path.go


def hugo(post: Post, site: Site) -> str:
    """`url`, else the pattern of the section, else the path of the file. Options: `ugly` URLs, or `ugly:posts` for those of a
    section, `keep_case`, `no_accents`, and
    `date_in_name` says that Hugo takes the date from the name of the file.

    A file `index` is a bundle and has the address of its folder.
    """
    folder, name = _bundle(post)
    if "date_in_name" in site.options:
        name = undated(name)
    section = folder.partition("/")[0]

    def cleaned(text: str) -> str:
        return _hugo_path(text, site.options)

    def value(found: re.Match[str]) -> str:
        placeholder = found[1]
        if placeholder in ("title", "slug"):
            return cleaned(post.slug if placeholder == "slug" and post.slug else post.title)
        if placeholder in ("filename", "contentbasename"):
            return cleaned(name)
        if placeholder in ("slugorfilename", "slugorcontentbasename"):
            return cleaned(post.slug or name)
        if placeholder == "section":
            return cleaned(section)
        if placeholder == "sections" or placeholder.startswith("sections["):
            return cleaned(
                "/".join(_sliced([part for part in folder.split("/") if part], placeholder.removeprefix("sections")))
            )
        if placeholder in _HUGO_DATES:
            return _dated(post, _HUGO_DATES[placeholder])
        raise Mistake("permalink-placeholder", f":{placeholder}")

    form = r":(\w+(?:\[[^\]]+\])?)"
    if post.own:
        path = re.sub(form, value, post.own)
        is_file = "." in path and not path.endswith("/")
        prefix = _language_prefix(post, site) if not path.startswith("/") else ""
        return _slashed(f"{prefix}/{path}", ends=not is_file)
    pattern = site.pattern or site.sections.get(section, "") or site.sections.get("*", "")
    if pattern:
        path = unquote_plus(re.sub(form, value, pattern))  # as Hugo does it, so that a `+` becomes a hyphen
    else:
        path = f"{folder}/{post.slug or name}".replace(" ", "-")
    made = _language_prefix(post, site) + "/" + "/".join(filter(None, map(cleaned, path.split("/"))))
    is_ugly = not site.options.isdisjoint(("ugly", f"ugly:{section}"))
    return f"{_slashed(made)}.html" if is_ugly else _slashed(made, ends=True)


def _hugo_path(text: str, options: frozenset[str]) -> str:
    """A path as Hugo cleans it: other characters are left out, and spaces between words become hyphens."""
    if "no_accents" in options:
        text = _without_marks(text)
    kept: list[str] = []
    gap = False
    for at, (character, kind) in enumerate(zip(text, characters.shape(text), strict=True)):
        if kind in "lnm" or character in "./\\_#+~-@" or (character == "%" and re.match("%[0-9A-Fa-f]{2}", text[at : at + 3])):
            if gap and character != "-":
                kept.append("-")
            gap = False
            kept.append(character)
        elif character.isspace() and kept and kept[-1] != "-":
            gap = True
    path = "".join(kept)
    return path if "keep_case" in options else path.lower()


def _sliced(parts: list[str], cut: str) -> list[str]:
    """`[1:]`, `[last]` and the like, of Hugo's `:sections`."""
    if not cut:
        return parts
    ends = [int(end) if end.isdigit() else len(parts) - 1 if end == "last" else None for end in cut[1:-1].split(":")]
    if len(ends) == 1:
        return parts[ends[0] : ends[0] + 1] if ends[0] is not None else []
    return parts[slice(*ends[:2])]


# Zola: components/content/src/page.rs, components/utils/src/slugs.rs


def zola(post: Post, site: Site) -> str:
    """`path`, else the path of the file; it always ends with a slash. Options: `keep_dates`, and the slugs `safe` or `off`."""
    if post.own:
        return _slashed(f"/{post.own.strip()}", ends=True)
    folder, name = _bundle(post)
    plain = name if "keep_dates" in site.options else _ZOLA_DATED.sub("", name, count=1)
    slug = post.slug or plain
    if "safe" in site.options:
        slug = re.sub(r'[<>:"/\\|?*]', "", slug.rstrip(" ."))
    elif "off" not in site.options:
        slug = re.sub("[^a-z0-9]+", "-", _ascii(slug).lower()).strip("-")
    return _slashed(f"{_language_prefix(post, site)}/{folder}/{slug}", ends=True)


_ZOLA_DATED = re.compile(r"\d{4}-[01]\d-[0-3]\d(?:T\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d))?\s?[_-](?=.)", re.ASCII)


# Pelican: pelican/utils.py, contents.py, settings.py


def pelican(post: Post, site: Site) -> str:
    """`url` or `save_as`, else the pattern; slugs come of the title. Options: slugs from the file's name (`basename`),
    `unicode`, `keep_case`.
    """
    if post.own:
        return _slashed(f"/{post.own}")
    slug = post.slug or _pelican_slug(undated(post.name) if "basename" in site.options and not post.title else post.title, site)
    if "basename" in site.options and not post.slug:
        slug = _pelican_slug(post.name, site)
    is_other = bool(post.language and site.language and post.language.lower() != site.language.lower())
    pattern = site.sections.get("lang", "{slug}-{lang}.html") if is_other else site.pattern or "{slug}.html"
    category = post.categories[0] if post.categories else "misc"
    values = {
        "slug": slug,
        "lang": post.language or site.language or "en",
        "category": _pelican_slug(category, site),
        "author": _pelican_slug(post.author, site),
        "path": f"{post.folder}/{post.name}".strip("/"),
    }

    def value(found: re.Match[str]) -> str:
        name, _, format = found[1].partition(":")
        if name == "date":
            return _strftime(post, format or "%Y-%m-%d %H:%M:%S")
        if name not in values:
            raise Mistake("permalink-placeholder", f"{{{name}}}")
        return values[name]

    return _slashed("/" + re.sub(r"\{([^{}]+)\}", value, pattern))


def pelican_id(url: str, post: Post) -> str:
    """Pelican's id of an entry: a tag URI of host, day and path."""
    host, _, path = url.partition("://")[2].partition("/")
    day = f",{_strftime(post, '%Y-%m-%d')}" if post.date else ""
    path, _, fragment = path.partition("#")
    return f"tag:{host.partition(':')[0].lower()}{day}:/{path}" + (f"/{fragment}" if fragment else "")


def _pelican_slug(text: str, site: Site) -> str:
    text = characters.normalized("NFKC", html.unescape(re.sub(r"<[^<>]*>", "", text)))
    if "unicode" not in site.options:
        text = _ascii(text)
    slug = re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", text).strip())
    return slug if "keep_case" in site.options else slug.lower()


# Nikola: nikola/post.py, utils.py


def nikola(post: Post, site: Site) -> str:
    """The target folder of the posts (the pattern), the folders of the file and its slug. Options: `ugly` has no PRETTY_URLS,
    `index` keeps index.html, `unicode` is USE_SLUGIFY = False.
    """
    if post.own and "/" in post.own:
        return _slashed(f"/{post.own}")
    slug = post.slug or (
        re.sub(r"""[/\\?#"'\r\n\t*:<>|]""", "-", post.name)
        if "unicode" in site.options
        else re.sub(r"[-\s]+", "-", re.sub(r"[^+\w\s-]", "", _ascii(post.name)).strip().lower())
    )
    language = f"/{post.language}" if post.language and post.language != site.language else ""
    target = (site.pattern or "posts").strip("./")
    path = f"{language}/{target}/{post.folder}/{slug}"
    if "ugly" in site.options or slug == "index":
        return _slashed(f"{path}.html")
    return _slashed(f"{path}/index.html" if "index" in site.options else f"{path}/")


# Hexo: lib/plugins/filter/post_permalink.ts, processor/post.ts


def hexo(post: Post, site: Site) -> str:
    """The pattern's `:title` is the path of the file. Options: `no_index` and `no_html` are pretty_urls,
    `assets` is post_asset_folder, `dated` says that new_post_name is `:year-:month-:day-:title.md`.
    """
    slug = _hexo_name(post, site)
    categories = [_hexo_slug(category) for category in post.categories]
    values = {
        "title": slug,
        "name": slug.rpartition("/")[2],
        "post_title": _hexo_slug(post.title).lower(),
        "category": "/".join(categories) or "uncategorized",
        "lang": post.language,
    }

    def value(found: re.Match[str]) -> str:
        name = found[1]
        if name in values:
            return values[name]
        if name in ("hash", "timestamp"):
            seconds = str((_local(post) - post.offset - _EPOCH) // timedelta(seconds=1))
            if name == "timestamp":
                return seconds
            return hashlib.sha1((slug + seconds).encode(), usedforsecurity=False).hexdigest()[:12]
        if name in _DATES:
            return _dated(post, name)
        return _field(post, name)

    path = post.own or re.sub(r":(\w*[^\W_])", value, site.pattern or ":year/:month/:day/:title/")
    if "assets" in site.options and not path.endswith(("/", ".html")):
        path += "/"
    if "no_index" in site.options:
        path = re.sub(r"(^|/)index\.html$", r"\1", path)
    if "no_html" in site.options and not path.endswith("/index.html"):
        path = path.removesuffix(".html")
    return _slashed(f"/{path}")


def _hexo_name(post: Post, site: Site) -> str:
    """What Hexo takes for the name of a post: the path of its file, or what the pattern of file names leaves of it."""
    path = f"{post.folder}/{post.name}".strip("/")
    if "dated" not in site.options:
        return path
    found = re.fullmatch(r"\d{4}-\d\d-\d\d-(.+)", path, re.ASCII | re.DOTALL)
    return found[1] if found else _hexo_slug(path)


def _hexo_slug(text: str) -> str:
    """hexo-util's slugize: accents go, what is no letter or digit becomes a hyphen, and letters of other scripts stay."""
    text = re.sub(r"[\x00-\x1f]", "", _without_marks(text))
    return re.sub(r"""[\s~`!@#$%^&*()\-_+=\[\]{}|\\;:"'<>,.?/]+""", "-", text).strip("-")


# Docusaurus: plugin-content-blog/src/blogUtils.ts


def docusaurus(post: Post, site: Site) -> str:
    """The base of the blog (the pattern), and the slug, else the date of the file or folder and its name."""
    base = f"/{site.pattern or 'blog'}/"
    if post.slug or post.own:
        return _ended(f"{base}{post.own or post.slug}", site)
    path = "/".join(_bundle(post)).strip("/")
    found = _DOCUSAURUS.fullmatch(path)
    if not found:
        return _ended(base + path, site)
    folder, date, text = found.groups()
    return _ended(f"{base}{date.replace('-', '/')}/{folder}{text}", site)


_DOCUSAURUS = re.compile(r"(.*)(\d{4}[-/]\d\d?[-/]\d\d?)[-/]?(.*)", re.ASCII)


# Quartz, for Obsidian: quartz/util/path.ts


def obsidian(post: Post, _: Site) -> str:
    """`permalink`, else the path of the file as Quartz spells it: capitals stay, spaces become hyphens."""
    if post.own:
        return _slashed(f"/{post.own}")
    folder, name = (post.folder, "") if post.name == "index" else (post.folder, post.name)
    path = f"{folder}/{post.slug or name}"
    for written, spelt in ((" ", "-"), ("&", "-and-"), ("%", "-percent"), ("?", ""), ("#", "")):
        path = path.replace(written, spelt)
    return _slashed(f"/{path}")


# Eleventy: src/TemplateFileSlug.js; Astro has no addresses of its own: its routes are patterns.


def eleventy(post: Post, site: Site) -> str:
    """The pattern of the configuration; else `permalink`, also as a simple template; else the path of the file.

    `:slug` has no date.
    """
    if "{{" in post.own or "{%" in post.own:
        return _by_pattern(post, site.pattern or _template(post.own), undated)
    if post.own:
        return _without_index(_slashed(f"/{post.own}"))
    has_its_name = post.name == post.folder.rpartition("/")[2]  # `a/a.md` is `/a/`
    return _by_pattern(post, site.pattern or ("/:path/" if has_its_name else "/:path/:filename/"), undated)


_TEMPLATE = re.compile(r"""\{\{-?\s*([\w.]+)\s*(?:\|\s*(\w+)(?::?\s*\(?["']([^"'{}]*)["']\)?)?\s*)?-?\}\}""")
_VARIABLES = {
    ("page.fileSlug", ""): ":name", ("page.fileSlug", "slugify"): ":name", ("page.fileSlug", "slug"): ":name",
    ("page.filePathStem", ""): ":path/:filename", ("title", "slugify"): ":title", ("title", "slug"): ":title",
    ("slug", ""): ":slug", ("slug", "slugify"): ":slug", ("page.outputFileExtension", ""): "html",
}  # fmt: skip
_DATE_PARTS = {"%Y": ":year", "%m": ":month", "%d": ":day", "yyyy": ":year", "MM": ":month", "dd": ":day"}


def _template(template: str) -> str:
    """The pattern that a simple template means; no code is run. Raises Mistake for others."""

    def placeholder(found: re.Match[str]) -> str:
        variable, filter, format = found[1], found[2] or "", found[3] or ""
        if variable == "page.date" and format and not re.sub("%[Ymd]|yyyy|MM|dd|[/-]", "", format):
            return re.sub("%[Ymd]|yyyy|MM|dd", lambda part: _DATE_PARTS[part[0]], format)
        usual = f":{variable}" if not filter and re.fullmatch("[a-z_]+", variable) else found[0]
        return _VARIABLES.get((variable, filter), usual)

    pattern = _TEMPLATE.sub(placeholder, template)
    if "{{" in pattern or "{%" in pattern:
        raise Mistake("permalink-template")
    return pattern


def astro(post: Post, site: Site) -> str:
    """The pattern of the site's route, as `/blog/:slug/`; a date in the name of the file is a part of the slug."""
    if post.own:
        return _slashed(f"/{post.own}")
    if not site.pattern:
        raise Mistake("permalink-route")
    return _by_pattern(post, site.pattern, str)


def native(post: Post, site: Site) -> str:
    """The pattern of the configuration."""
    return _by_pattern(post, site.pattern, undated)


def _by_pattern(post: Post, pattern: str, named: Callable[[str], str]) -> str:
    """The placeholders that all programs have in common: the path of the file, its slug, its name and its date."""
    folder, name = _bundle(post)
    values = {
        "path": folder,
        "folder": folder,
        "filename": name,
        "name": undated(name),
        "slug": post.slug or "/".join(map(_github_slug, filter(None, [folder, named(name)]))),
        "title": _github_slug(post.title),
        "category": _github_slug(post.categories[0]) if post.categories else "",
        "categories": "/".join(map(_github_slug, post.categories)),
        "lang": post.language,
    }

    def value(found: re.Match[str]) -> str:
        if found[1] in values:
            return values[found[1]]
        if found[1] in _DATES:
            return _dated(post, found[1])
        return _field(post, found[1])

    return _without_index(_slashed("/" + re.sub(":([a-z_]+)", value, pattern)))


def _field(post: Post, name: str) -> str:
    """A field of the post that its pattern names, as plug-ins write them (`:abbrlink`). Raises Mistake if it has none."""
    value = post.fields.get(name, "")
    if not value or "{{" in value or "{%" in value:
        raise Mistake("permalink-placeholder", f":{name}")
    return value


def _github_slug(text: str) -> str:
    """github-slugger: small letters, punctuation out, spaces to hyphens."""
    kinds = zip(text.lower(), characters.shape(text.lower()), strict=True)
    kept = (("-" if one == " " else one) if kind in "lnm" or one in " -_/" else "" for one, kind in kinds)
    return "".join(kept)


GENERATORS: Mapping[str, Callable[[Post, Site], str]] = {
    "native": native,
    "jekyll": jekyll,
    "hugo": hugo,
    "eleventy": eleventy,
    "astro": astro,
    "zola": zola,
    "pelican": pelican,
    "nikola": nikola,
    "hexo": hexo,
    "docusaurus": docusaurus,
    "obsidian": obsidian,
}


_DATES = {
    "year": "%Y", "month": "%m", "day": "%d", "hour": "%H", "minute": "%M", "second": "%S", "i_day": "%-d", "i_month": "%-m",
    "short_month": "%b", "long_month": "%B", "short_year": "%y", "y_day": "%j", "week": "%V", "w_year": "%G", "w_day": "%u",
    "short_day": "%a", "long_day": "%A", "weekday_number": "%w", "i_y_day": "%-j",
}  # fmt: skip
_HUGO_DATES = {
    "year": "year", "month": "month", "day": "day", "monthname": "long_month", "weekday": "weekday_number",
    "weekdayname": "long_day", "yearday": "i_y_day",
}  # fmt: skip


def _dated(post: Post, name: str) -> str:
    return _strftime(post, _DATES[name])


def _strftime(post: Post, format: str) -> str:
    """A date with English names under every locale."""
    local = _local(post)
    year, week, weekday = local.isocalendar()
    values = {
        "Y": f"{local.year:04}", "y": f"{local.year % 100:02}", "m": f"{local.month:02}", "d": f"{local.day:02}",
        "H": f"{local.hour:02}", "M": f"{local.minute:02}", "S": f"{local.second:02}", "j": f"{local.timetuple().tm_yday:03}",
        "b": _MONTHS[local.month - 1][:3], "B": _MONTHS[local.month - 1], "a": _WEEKDAYS[weekday - 1][:3],
        "A": _WEEKDAYS[weekday - 1], "V": f"{week:02}", "G": f"{year:04}", "u": str(weekday), "w": str(weekday % 7),
        "%": "%", "F": f"{local:%Y-%m-%d}", "T": f"{local:%H:%M:%S}",
    }  # fmt: skip

    def value(found: re.Match[str]) -> str:
        if found[2] not in values:
            raise Mistake("permalink-placeholder", found[0])
        return (values[found[2]].lstrip("0") or "0") if found[1] else values[found[2]]

    return re.sub("%([-#]?)(.)", value, format)


def _local(post: Post) -> datetime:
    if post.date is None:
        raise Mistake("post-date-missing")
    return post.date


def _bundle(post: Post) -> tuple[str, str]:
    """The folder and name of a page: those of its folder where the file is called `index`."""
    if post.name == "index" and post.folder:
        folder, _, name = post.folder.rpartition("/")
        return folder, name
    return post.folder, post.name


def _language_prefix(post: Post, site: Site) -> str:
    is_other = post.language and (post.language != site.language or "language_folder" in site.options)
    return f"/{post.language}" if is_other else ""


def _slashed(path: str, *, ends: bool = False) -> str:
    return re.sub("/{2,}", "/", path + "/" if ends else path)


def _ended(path: str, site: Site) -> str:
    """A path with or without its last slash, as Docusaurus' trailingSlash says."""
    path = _slashed(path)
    if "slash" in site.options:
        return _slashed(path, ends=True)
    return path.rstrip("/") if "no_slash" in site.options else path


def _without_index(path: str) -> str:
    return path.removesuffix("index.html") if path.endswith("/index.html") else path


def _without_marks(text: str) -> str:
    decomposed = characters.normalized("NFD", text)
    kinds = zip(decomposed, characters.shape(decomposed), strict=True)
    return characters.normalized("NFC", "".join(character for character, kind in kinds if kind != "m"))


def _ascii(text: str) -> str:
    """A text in ASCII letters, as far as no other program's table is needed. Raises Mistake."""
    if text.isascii():
        return text
    spelt = "".join(_SPECIAL.get(character, character) for character in text)
    plain = _without_marks(characters.normalized("NFKD", spelt))
    kept = "".join(character for character in plain if character.isascii() or characters.shape(character) not in "ln")
    if kept != plain:
        raise Mistake("permalink-slug")
    return "".join(character for character in kept if character.isascii())
