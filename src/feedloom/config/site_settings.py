"""What a site generator's own settings say: its address, title, zone and how it makes the addresses of posts.

Data files are read. Settings in code (`pelicanconf.py`, `eleventy.config.js`) are never run: simple assignments are found by
pattern, and marked as guesses.
"""

import itertools
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import msgspec

from feedloom.config.profiles import Name
from feedloom.errors import FrontMatterError
from feedloom.frontmatter import document, kinds, structured
from feedloom.frontmatter.subset import Value

_LARGEST = 1 << 20
"""Bytes of a settings file that are read."""
_MOST_FILES = 2_000
"""Files that are looked at for settings of folders."""
_HIGHEST = 5
"""Folders above the records in which the settings of the site can be."""

_MARKS: tuple[tuple[Name, tuple[str, ...]], ...] = (
    ("hexo", ("_config.yml", "source/_posts")),
    ("jekyll", ("_config.yml", "_posts")),
    ("jekyll", ("_config.toml", "_posts")),
    ("hugo", ("hugo.toml",)),
    ("hugo", ("hugo.yaml",)),
    ("hugo", ("hugo.yml",)),
    ("hugo", ("hugo.json",)),
    ("hugo", ("config/_default",)),
    ("zola", ("zola.toml",)),
    ("zola", ("config.toml", "content")),
    ("hugo", ("config.toml", "content")),
    ("hugo", ("config.yaml", "content")),
    ("hugo", ("config.yml", "content")),
    ("hugo", ("config.json", "content")),
    ("pelican", ("pelicanconf.py",)),
    ("nikola", ("conf.py", "posts")),
    ("docusaurus", ("docusaurus.config.js",)),
    ("docusaurus", ("docusaurus.config.ts",)),
    ("docusaurus", ("docusaurus.config.mjs",)),
    ("astro", ("astro.config.mjs",)),
    ("astro", ("astro.config.ts",)),
    ("astro", ("astro.config.js",)),
    ("eleventy", ("eleventy.config.js",)),
    ("eleventy", ("eleventy.config.mjs",)),
    ("eleventy", ("eleventy.config.cjs",)),
    ("eleventy", ("eleventy.config.ts",)),
    ("eleventy", (".eleventy.js",)),
    ("obsidian", ("quartz.config.ts",)),
    ("obsidian", (".obsidian",)),
    ("jekyll", ("_posts",)),
    ("jekyll", ("_config.yml", "Gemfile")),
)
"""What the folder of a site holds, the surest first."""


class SiteSettings(msgspec.Struct, frozen=True):
    """What was found. `posts` is the folder in which addresses begin, below that of the site. `guessed` names what was
    found by pattern in code, each with its file. `main_language` is that whose addresses have no prefix.
    `language_folders` are those of languages with a folder of their own, and posts in `no_languages` are not published.
    """

    profile: Name
    url: str = ""
    title: str = ""
    description: str = ""
    language: str = ""
    timezone: str = ""
    posts: str = ""
    pattern: str = ""
    sections: dict[str, str] = {}
    options: tuple[str, ...] = ()
    main_language: str = ""
    languages: tuple[str, ...] = ()
    language_folders: dict[str, str] = {}
    no_languages: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    inherited: tuple[tuple[str, dict[str, Value]], ...] = ()
    authors: dict[str, dict[str, Value]] = {}
    layouts: dict[str, dict[str, Value]] = {}
    guessed: dict[str, str] = {}


def detected(folder: str) -> Name | None:
    """The generator that a folder was made for."""
    for name, marks in _MARKS:
        if all(os.path.exists(os.path.join(folder, mark)) for mark in marks):
            is_other = name == "zola" and not re.search(r"^base_url\s*=", _code(folder, *marks[:1]), re.MULTILINE)
            if not is_other:
                return name
    return "jekyll" if os.path.exists(os.path.join(folder, "_config.yml")) and _has_posts_inside(folder) else None


def _has_posts_inside(folder: str) -> bool:
    """Whether a folder or one of its folders has the posts of a category in `_posts`."""
    inside = [os.path.join(folder, name) for name in _listed(folder) if name[0] not in "._"]
    places = [*inside, *(os.path.join(one, name) for one in inside for name in _listed(one))]
    return any(os.path.isdir(os.path.join(place, "_posts")) for place in places)


def looks_like(records: str) -> Name | None:
    """The generator that a folder of records, or one above it, was made for."""
    return next(filter(None, map(detected, _with_those_above(records))), None)


def root_of(records: str, profile: Name) -> str | None:
    """The folder of the site to which a folder of records belongs: itself, or one above it with the generator's settings."""
    found = [folder for folder in _with_those_above(records) if detected(folder) == profile]
    quartz = [folder for folder in found if profile == "obsidian" and os.path.exists(os.path.join(folder, "quartz.config.ts"))]
    return next(iter([*quartz, *found]), None)  # Quartz' vault is marked, too


def _with_those_above(folder: str) -> Iterator[str]:
    folder = os.path.realpath(folder)
    for _ in range(_HIGHEST):
        yield folder
        above = os.path.dirname(folder)
        if above == folder or os.path.ismount(folder):
            return
        folder = above


def read(folder: str, profile: Name) -> SiteSettings:
    """The settings of the site in a folder. What cannot be read is not there."""
    reader = _READERS.get(profile)
    found = reader(folder) if reader else SiteSettings(profile)
    if _address(found.url):
        return found
    found = msgspec.structs.replace(found, url="")
    return _guessed(_guessed(found, "package.json", url=_homepage(folder)), "CNAME", url=_host(folder))


def _host(folder: str) -> str:
    """The address at which GitHub Pages publishes a site."""
    for place in ("", "static", "public", "source", "src", "content", "content/extra", "files"):
        if _HOST.fullmatch(host := _code(os.path.join(folder, place), "CNAME").strip()):
            return f"https://{host}"
    return ""


def _homepage(folder: str) -> str:
    """The address that the package of a site names, unless it is that of its code."""
    url = _address(_text(_read(folder, "package.json", _json).get("homepage")))
    return "" if _CODE.search(url) else url


_HOST = re.compile(r"(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}")
_CODE = re.compile(r"//(?:www\.)?(?:github|gitlab|bitbucket|npmjs|codeberg)\.")


# Data files


def _jekyll(folder: str) -> SiteSettings:
    config = _first(folder, ("_config.yml", _yaml), ("_config.yaml", _yaml), ("_config.toml", _toml))
    collections = _mapping(_mapping(config.get("collections")).get("posts"))
    authors = _first(folder, ("_data/authors.yml", _yaml), ("_data/authors.yaml", _yaml), ("_data/authors.json", _json))
    return SiteSettings(
        "jekyll",
        url=_joined(_text(config.get("url")), _text(config.get("baseurl"))),
        title=_text(config.get("title")) or _text(config.get("name")),
        description=_text(config.get("description")),
        language=_text(config.get("lang")) or _text(config.get("locale")),
        timezone=_text(config.get("timezone")),
        pattern=_text(collections.get("permalink")) or _text(config.get("permalink")),
        options=() if os.path.basename(folder) == "_posts" else ("site",),
        inherited=tuple(_jekyll_defaults(config)),
        authors=_people(authors),
    )


def _jekyll_defaults(config: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Value]]]:
    """Values by folder, of the defaults that hold for posts; the more exact ones last."""
    found = []
    defaults = config.get("defaults")
    for one in defaults if isinstance(defaults, list) else ():
        scope, values = _mapping(_mapping(one).get("scope")), _mapping(_mapping(one).get("values"))
        path = _text(scope.get("path")).strip("/")
        if values and _text(scope.get("type")) in ("", "posts") and "*" not in path:
            found.append((path, bool(scope.get("type")), values))
    for path, _, values in sorted(found, key=lambda one: (one[0].count("/") + bool(one[0]), one[1])):
        yield path, values


def _hugo(folder: str) -> SiteSettings:
    config = _hugo_config(folder)
    languages = {code.lower(): _lowered(_mapping(values)) for code, values in _mapping(config.get("languages")).items()}
    language = _text(config.get("defaultcontentlanguage")).lower() or "en"
    own = languages.get(language, {})
    off = config.get("disablelanguages")
    disabled = {
        *(code for code, values in languages.items() if _text(values.get("disabled")) == "true"),
        *(code.lower() for code in (off.split() if isinstance(off, str) else off if isinstance(off, list) else [])),
    }
    folders = {code: folder for code, values in languages.items() if (folder := _text(values.get("contentdir")).strip("/"))}
    permalinks = config.get("permalinks")
    sections = _mapping(permalinks)
    if isinstance(page := sections.get("page"), dict):
        sections = page
    date = _lowered(_mapping(config.get("frontmatter"))).get("date")
    options = [
        *(["ugly"] if _text(config.get("uglyurls")) == "true" else []),
        *(f"ugly:{section}" for section, word in _mapping(config.get("uglyurls")).items() if _text(word) == "true"),
        *(["keep_case"] if _text(config.get("disablepathtolower")) == "true" else []),
        *(["no_accents"] if _text(config.get("removepathaccents")) == "true" else []),
        *(["language_folder"] if _text(config.get("defaultcontentlanguageinsubdir")) == "true" else []),
        *(["date_in_name"] if isinstance(date, list) and date[:1] == [":filename"] else []),
    ]
    taxonomies = config.get("taxonomies")
    return SiteSettings(
        "hugo",
        url=_text(config.get("baseurl")),
        title=_text(own.get("title")) or _text(config.get("title")),
        description=_text(_mapping(config.get("params")).get("description")),
        language=_text(own.get("languagecode")) or _text(config.get("languagecode")) or _text(config.get("locale")),
        timezone=_text(config.get("timezone")),
        posts=(_text(own.get("contentdir")) or _text(config.get("contentdir")) or "content").strip("/"),
        sections={name.strip("/"): pattern for name, pattern in sections.items() if isinstance(pattern, str)},
        options=tuple(options),
        main_language=language,
        languages=tuple(languages) if len(languages) > 1 else (),
        language_folders=folders,
        no_languages=tuple(sorted(disabled)),
        topics=tuple(name for name in _mapping(taxonomies).values() if isinstance(name, str)) if taxonomies else (),
    )


def _hugo_config(folder: str) -> dict[str, Any]:
    """The settings of all files, with small names: Hugo's are case-blind."""
    readers = ((".toml", _toml), (".yaml", _yaml), (".yml", _yaml), (".json", _json))
    for name in ("hugo", "config"):
        for suffix, reader in readers:
            if found := _read(folder, name + suffix, reader):
                return _lowered(found)
    config: dict[str, Any] = {}
    inside = os.path.join(folder, "config", "_default")
    for file in sorted(_listed(inside)):
        stem, suffix = os.path.splitext(file)
        if suffix in dict(readers):
            found = _lowered(_read(inside, file, dict(readers)[suffix]))
            section, dot, language = stem.lower().partition(".")
            if dot:  # `params.de.toml` is a part of a language, and `languages.de.toml` is the language
                own = config.setdefault("languages", {}).setdefault(language, {})
                own |= {section: found} if section in ("params", "menu", "menus") else found
            elif section == "languages":
                for code, values in found.items():
                    config.setdefault("languages", {}).setdefault(code, {}).update(_mapping(values))
            else:
                config |= found if section in ("hugo", "config") else {section: found}
    return config


def _zola(folder: str) -> SiteSettings:
    config = _first(folder, ("zola.toml", _toml), ("config.toml", _toml))
    slugify = _mapping(config.get("slugify"))
    languages = _mapping(config.get("languages"))
    language = _text(config.get("default_language")) or "en"
    paths = _text(slugify.get("paths"))
    keeps = _text(slugify.get("paths_keep_dates")) == "true"
    return SiteSettings(
        "zola",
        url=_text(config.get("base_url")),
        title=_text(config.get("title")),
        description=_text(config.get("description")),
        language=_text(config.get("default_language")),
        posts="content",
        options=(*([paths] if paths in ("safe", "off") else []), *(["keep_dates"] if keeps else [])),
        main_language=language,
        languages=tuple(code for code in languages if code != language),
    )


def _hexo(folder: str) -> SiteSettings:
    config = _first(folder, ("_config.yml", _yaml), ("_config.yaml", _yaml), ("_config.json", _json))
    pretty = _mapping(config.get("pretty_urls"))
    root = _text(config.get("root"))
    url = _text(config.get("url"))
    source = _text(config.get("source_dir")) or "source"
    language = config.get("language")
    options = [
        "site",
        *(["no_index"] if _text(pretty.get("trailing_index")) == "false" else []),
        *(["no_html"] if _text(pretty.get("trailing_html")) == "false" else []),
        *(["assets"] if _text(config.get("post_asset_folder")) == "true" else []),
        *(["dated"] if _text(config.get("new_post_name")).startswith(":year-:month-:day-:title") else []),
    ]
    return SiteSettings(
        "hexo",
        url=url if root in ("", "/") or url.rstrip("/").endswith(root.strip("/")) else _joined(url, root),
        title=_text(config.get("title")),
        description=_text(config.get("description")),
        language=_text(language[0] if isinstance(language, list) and language else language),
        timezone=_text(config.get("timezone")),
        posts=f"{source}/_posts",
        pattern=_text(config.get("permalink")),
        options=tuple(options),
    )


# Settings in code


def _pelican(folder: str) -> SiteSettings:
    code = _code(folder, "publishconf.py", "pelicanconf.py")
    other_languages = _python(code, "ARTICLE_LANG_URL")
    path = _python(code, "PATH")
    options = [
        *(["basename"] if _python(code, "SLUGIFY_SOURCE") == "basename" else []),
        *(["unicode"] if _is_assigned(code, "SLUGIFY_USE_UNICODE", "True") else []),
        *(["keep_case"] if _is_assigned(code, "SLUGIFY_PRESERVE_CASE", "True") else []),
    ]
    settings = SiteSettings(
        "pelican",
        main_language=_python(code, "DEFAULT_LANG") or "en",
        posts=path.strip("./") if path else "content",
        sections={"lang": other_languages} if other_languages else {},
        options=tuple(options),
    )
    return _guessed(
        settings,
        "pelicanconf.py",
        url=_python(code, "SITEURL"),
        title=_python(code, "SITENAME"),
        description=_python(code, "SITESUBTITLE"),
        language=_python(code, "DEFAULT_LANG"),
        timezone=_python(code, "TIMEZONE"),
        pattern=_python(code, "ARTICLE_URL") or _python(code, "ARTICLE_SAVE_AS"),
    )


def _nikola(folder: str) -> SiteSettings:
    code = _code(folder, "conf.py")
    posts = re.search(r"""^POSTS\s*=\s*[\[(]\s*[\[(]\s*["']([^"'\n]*)["']\s*,\s*["']([^"'\n]*)["']""", code, re.MULTILINE)
    options = [
        *(["ugly"] if _is_assigned(code, "PRETTY_URLS", "False") else []),
        *(["index"] if _is_assigned(code, "STRIP_INDEXES", "False") else []),
        *(["unicode"] if _is_assigned(code, "USE_SLUGIFY", "False") else []),
    ]
    return _guessed(
        SiteSettings(
            "nikola",
            main_language=_python(code, "DEFAULT_LANG"),
            posts=posts[1].rpartition("/")[0] if posts else "posts",
            options=tuple(options),
        ),
        "conf.py",
        url=_python(code, "BASE_URL") or _python(code, "SITE_URL"),
        title=_python(code, "BLOG_TITLE"),
        description=_python(code, "BLOG_DESCRIPTION"),
        language=_python(code, "DEFAULT_LANG"),
        timezone=_python(code, "TIMEZONE"),
        pattern=posts[2] or "." if posts else "",
    )


def _eleventy(folder: str) -> SiteSettings:
    code = _code(
        folder, "eleventy.config.js", "eleventy.config.mjs", "eleventy.config.cjs", "eleventy.config.ts", ".eleventy.js"
    )
    source = _script(code, "input").strip("./")
    data = os.path.join(folder, source, _script(code, "data") or "_data")
    files = [f"{name}.{suffix}" for name in ("metadata", "site", "meta") for suffix in ("json", "yaml", "yml")]
    site = _first(data, *((file, _json if file.endswith("json") else _yaml) for file in files))
    places = [os.path.join(folder, source, _script(code, name) or "_includes") for name in ("includes", "layouts")]
    settings = SiteSettings(
        "eleventy",
        posts=source,
        inherited=tuple(_directory_data(folder, source)),
        layouts=_layouts(dict.fromkeys(places), dict(_ALIAS.findall(code))),
    )
    if site:
        return msgspec.structs.replace(
            settings,
            url=_text(site.get("url")),
            title=_text(site.get("title")) or _text(site.get("name")),
            description=_text(site.get("description")),
            language=_text(site.get("language")) or _text(site.get("lang")),
        )
    files = [f"{name}.{suffix}" for name in ("metadata", "site", "meta") for suffix in ("js", "mjs", "cjs", "ts")]
    script = _code(data, *files)
    return _guessed(
        settings,
        "_data",
        url=_address(_script(script, "url")),
        title=_script(script, "title"),
        description=_script(script, "description"),
        language=_script(script, "language"),
    )


_ALIAS = re.compile(r"""\baddLayoutAlias\(\s*["']([^"'\n]+)["']\s*,\s*["']([^"'\n]+)["']""")


def _layouts(places: Iterable[str], aliases: Mapping[str, str]) -> dict[str, dict[str, Value]]:
    """The front matter of Eleventy's layouts, by all names that posts can use: it holds for the posts, too."""
    found: dict[str, dict[str, Value]] = {}
    for place in places:
        for inside, folders, files in itertools.islice(os.walk(place), _MOST_FILES):
            folders.sort()
            for file in sorted(files)[:_MOST_FILES]:
                if values := _read(inside, file, _front_matter):
                    name = os.path.relpath(os.path.join(inside, file), place).replace(os.sep, "/")
                    found.setdefault(name, values)
                    found.setdefault(name.partition(".")[0], values)
    found |= {alias: found[name] for alias, name in aliases.items() if name in found}
    whole = {name: _whole(values, found) for name, values in found.items()}
    return {name: values for name, values in whole.items() if values}


def _whole(values: dict[str, Value], layouts: Mapping[str, dict[str, Value]]) -> dict[str, Value]:
    """The front matter of a layout, with that of its own layout."""
    for _ in range(_HIGHEST):
        above = values.get("layout")
        if not isinstance(above, str) or above not in layouts:
            break
        own = {name: value for name, value in values.items() if name != "layout"}
        values = {**layouts[above], **own}
    return {name: value for name, value in values.items() if name != "layout"}


def _front_matter(data: bytes) -> dict[str, Any]:
    return dict(found.matter.fields) if (found := kinds.read(data, ("yaml",))) else {}


_NO_POSTS = ("node_modules", "_site", "_includes", "_data", "_layouts")
_PERMALINK = re.compile(r"""\bpermalink\b(?!["']?\s*:\s*false\b)(?:[^"'`,;]|,(?!\s*\n)){0,120}["'`]([^"'`\n]*)["'`]""")
_NO_PAGE = re.compile(r"""\bpermalink["']?\s*:\s*false\b""")


def _directory_data(folder: str, source: str) -> Iterator[tuple[str, dict[str, Value]]]:
    """Eleventy's data files of folders, those further out first; of scripts, simple assignments alone."""
    looked = 0
    for place, folders, files in os.walk(os.path.join(folder, source)):
        folders[:] = sorted(name for name in folders if name[0] != "." and name not in _NO_POSTS)
        inside = os.path.relpath(place, folder).replace(os.sep, "/").removeprefix(".")
        name = os.path.basename(place)
        for file in sorted({f"{name}.json", f"{name}.11tydata.json"} & set(files)):
            if values := _read(place, file, _json):
                yield inside, values
        for file in sorted({f"{name}.11tydata.js", f"{name}.11tydata.cjs", f"{name}.11tydata.mjs"} & set(files)):
            code = _code(place, file)
            if _NO_PAGE.search(code):
                yield inside, {"permalink": "false"}
            elif found := _PERMALINK.search(code):
                yield inside, {"permalink": re.sub(r"\$\{\s*([^{}]*?)\s*\}", r"{{ \1 }}", found[1])}
            if re.search(r"\bdraft:\s*true\b", code):
                yield inside, {"draft": "true"}
        looked += len(files)
        if looked > _MOST_FILES:
            return


def _astro(folder: str) -> SiteSettings:
    code = _code(folder, "astro.config.mjs", "astro.config.ts", "astro.config.js", "astro.config.cjs")
    texts = _code(os.path.join(folder, "src"), "consts.ts", "consts.js", "config.ts", "site.config.ts", "data/site.ts")
    pattern, posts = _astro_route(folder)
    return _guessed(
        SiteSettings("astro", posts=posts),
        "astro.config and src/pages",
        url=_joined(_script(code, "site"), _script(code, "base")),
        title=_constant(texts, "SITE_TITLE") or _script(texts, "title"),
        description=_constant(texts, "SITE_DESCRIPTION") or _script(texts, "description"),
        pattern=pattern.rstrip("/") if _script(code, "trailingSlash") == "never" else pattern,
    )


_ASTRO_DATE = ("[year]", "[month]", "[day]")


def _astro_route(folder: str) -> tuple[str, str]:
    """The address that the route of the posts makes, and the folder of these: of `src/pages/blog/[slug].astro`."""
    contents = [name for name in _listed(os.path.join(folder, "src", "content")) if "." not in name]
    best = next((name for name in ("blog", "posts", "post", "articles", "writing", "notes") if name in contents), "")
    best = best or (contents[0] if len(contents) == 1 else "")
    routes = []
    for place, folders, files in os.walk(os.path.join(folder, "src", "pages")):
        folders.sort()
        inside = os.path.relpath(place, os.path.join(folder, "src", "pages")).replace(os.sep, "/").removeprefix(".")
        routes += [inside for file in sorted(files) if re.fullmatch(r"\[(\.\.\.)?(slug|id|post|path)\]\.astro", file)]
    count = len(routes)
    dated = [route for route in routes if set(re.findall(r"\[[^/]*", route)) == set(_ASTRO_DATE)]
    routes = [route for route in routes if "[" not in route]
    # Others are for other pages, unless there is only one.
    likely = [
        route for route in routes if route.rpartition("/")[2] in (best, f"{best}s", best.removesuffix("s"), "blog", "posts")
    ]
    route = likely[0] if likely else routes[0] if routes and count == 1 else None
    posts = f"src/content/{best}" if best else "src/content"
    if dated and not likely:  # the date is in the folders, so that it is not in the slug again
        return re.sub(r"\[(\w+)\]", r":\1", f"/{dated[0]}/:name/".replace("//", "/")), posts
    return (f"/{route}/:slug/".replace("//", "/") if route is not None else ""), posts


def _docusaurus(folder: str) -> SiteSettings:
    files = ("docusaurus.config.js", "docusaurus.config.ts", "docusaurus.config.mjs")
    code = _code(folder, *files)
    blog = _block(code, "blog")
    path = _script(blog, "path") or "blog"
    ends = re.search(r"\btrailingSlash:\s*(true|false)", code)
    settings = SiteSettings(
        "docusaurus",
        posts=path.strip("./"),
        options=(("slash",) if ends[1] == "true" else ("no_slash",)) if ends else (),
        authors=_people(_read(os.path.join(folder, path), "authors.yml", _yaml)),
    )
    return _guessed(
        settings,
        "docusaurus.config",
        url=_joined(_script(code, "url"), _script(code, "baseUrl")),
        title=_script(code, "title"),
        description=_script(code, "tagline"),
        language=_script(code, "defaultLocale"),
        pattern=_script(blog, "routeBasePath") or "blog",
    )


def _quartz(folder: str) -> SiteSettings:
    code = _code(folder, "quartz.config.ts")
    host = _script(code, "baseUrl")
    return _guessed(
        SiteSettings("obsidian", posts="content" if os.path.isdir(os.path.join(folder, "content")) else ""),
        "quartz.config.ts",
        url=f"https://{host}" if host else "",
        title=_script(code, "pageTitle"),
        language=_script(code, "locale"),
    )


_READERS: Mapping[Name, Callable[[str], SiteSettings]] = {
    "jekyll": _jekyll,
    "hugo": _hugo,
    "eleventy": _eleventy,
    "astro": _astro,
    "zola": _zola,
    "pelican": _pelican,
    "nikola": _nikola,
    "hexo": _hexo,
    "docusaurus": _docusaurus,
    "obsidian": _quartz,
}


def below(records: str, root: str) -> str:
    """The path of the records folder below that of its site; empty where it is that, or elsewhere."""
    inside = os.path.relpath(os.path.realpath(records), os.path.realpath(root)).replace(os.sep, "/")
    return "" if inside.partition("/")[0] in (".", "..") else inside


def _read(folder: str, file: str, reader: Callable[[bytes], dict[str, Any]]) -> dict[str, Any]:
    try:
        with open(os.path.join(folder, file), "rb") as opened:
            return reader(opened.read(_LARGEST))
    except (OSError, ValueError, TypeError, RecursionError, FrontMatterError):
        return {}


def _first(folder: str, *files: tuple[str, Callable[[bytes], dict[str, Any]]]) -> dict[str, Any]:
    return next((found for file, reader in files if (found := _read(folder, file, reader))), {})


def _yaml(data: bytes) -> dict[str, Any]:
    try:
        return dict(document.read(data, bare=True).fields)
    except FrontMatterError as error:
        if error.code != "field-twice":
            raise
        from feedloom.frontmatter import full  # it loads PyYAML, and most settings do without

        return dict(full.composed(data.decode("utf-8-sig"), 1, may_repeat=True))  # as Ruby reads it


def _toml(data: bytes) -> dict[str, Any]:
    return dict(structured.toml(data.decode("utf-8-sig"), 1))


def _json(data: bytes) -> dict[str, Any]:
    return dict(structured.json_object(data.decode("utf-8-sig").strip(), 1)[0])


def _code(folder: str, *files: str) -> str:
    """The text of code files, one after the other."""
    texts = []
    for file in files:
        try:
            with open(os.path.join(folder, file), encoding="utf-8", errors="replace") as opened:
                texts.append(opened.read(_LARGEST))
        except OSError:
            continue
    return "\n".join(texts)


def _python(code: str, name: str) -> str:
    """A text that is assigned to a name at the beginning of a line of Python."""
    found = re.search(rf"""^{name}[ \t]*=[ \t]*u?(?:"([^"\n]*)"|'([^'\n]*)')""", code, re.MULTILINE)
    return next(filter(None, found.groups()), "") if found else ""


def _is_assigned(code: str, name: str, value: str) -> bool:
    """Whether True or False is assigned to a name."""
    return re.search(rf"^{name}[ \t]*=[ \t]*{value}\b", code, re.MULTILINE) is not None


def _guessed(settings: SiteSettings, file: str, **texts: str) -> SiteSettings:
    """Settings with texts that were found by pattern in code."""
    found = {name: text for name, text in texts.items() if text}
    guessed = settings.guessed | dict.fromkeys(found, file)
    return msgspec.structs.replace(settings, **found, guessed=guessed)


def _script(code: str, name: str) -> str:
    """A text behind `name:` in JavaScript."""
    found = re.search(rf"""(?<![\w.]){name}["']?:[ \t]*(?:"([^"\n]*)"|'([^'\n]*)'|`([^`$\n]*)`)""", code)
    return next(filter(None, found.groups()), "") if found else ""


def _block(code: str, name: str) -> str:
    """What stands in braces behind `name:` in JavaScript, as far as braces in texts do not matter."""
    found = re.search(rf"\b{name}:\s*\{{", code)
    if not found:
        return ""
    depth = 1
    for brace in re.finditer(r"[{}]", code[found.end() :]):
        depth += 1 if brace[0] == "{" else -1
        if not depth:
            return code[found.end() : found.end() + brace.start()]
    return ""


def _constant(code: str, name: str) -> str:
    found = re.search(rf"""\b{name}[ \t]*=[ \t]*(?:"([^"\n]*)"|'([^'\n]*)')""", code)
    return next(filter(None, found.groups()), "") if found else ""


def _address(text: str) -> str:
    return text if text.startswith(("http://", "https://")) else ""


def _people(data: Mapping[str, Any]) -> dict[str, dict[str, Value]]:
    """Authors by their keys, as lists of them are kept."""
    return {key: value for key, value in data.items() if isinstance(value, dict) and isinstance(value.get("name"), str)}


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""


def _lowered(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name.lower(): value for name, value in fields.items()}


def _joined(url: str, base: str) -> str:
    return f"{url.rstrip('/')}/{base.strip('/')}".rstrip("/") if url and base.strip("/") else url


def _listed(folder: str) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []
