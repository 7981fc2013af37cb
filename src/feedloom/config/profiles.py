"""What the posts of each site generator look like, a row each: files, front matter, fields, drafts and addresses.

Sources: the generators' documentation and code. `feedloom profile NAME` prints a row; docs/profiles.md has them all.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias, get_args

import msgspec

if TYPE_CHECKING:  # the readers of front matter are for those who read other programs' posts
    from feedloom.frontmatter.kinds import Kind

Name: TypeAlias = Literal[
    "native", "jekyll", "hugo", "eleventy", "astro", "zola", "pelican", "nikola", "hexo", "docusaurus", "obsidian"
]
NAMES: tuple[Name, ...] = get_args(Name)

FIELDS = (
    "title", "published", "updated", "link", "id", "excerpt", "content", "topics", "authors", "language", "images", "category",
    "type", "quality", "heat", "provider.name", "provider.domain", "permalink", "slug", "categories", "date", "expires",
)  # fmt: skip
"""What `fields` can name. `permalink`, `slug`, `categories` and `date` make the address of a post, nothing else; after
`expires` it is not published any more."""

COMPUTED = (":file", ":folder", ":permalink", ":body", ":link.host")
"""What is no field: the name of the file, its folder, the post's own address, its text, and the host of its link."""

Ids: TypeAlias = Literal["address", "jekyll", "pelican"]


class Profile(NamedTuple):
    """A site generator.

    `fields` names, for each of `FIELDS`, the fields of its posts in the order in which they are tried: dotted paths, `x.*` for
    all of a mapping, and `COMPUTED`. `holds` are further fields and values that keep a post from being published, beside those
    that hold back everywhere. `excluded` are names of files and folders that hold no posts. `roots` are the folders, the
    longest first, below which addresses begin. `separators` split a text of several topics. What is in the folder `static` is
    published as it is.
    """

    title: str
    suffixes: tuple[str, ...]
    front_matter: "tuple[Kind, ...]"
    fields: Mapping[str, tuple[str, ...]]
    permalink: str = ""
    roots: tuple[str, ...] = ()
    is_case_blind: bool = False
    separators: str = ","
    holds: tuple[tuple[str, tuple[str, ...]], ...] = ()
    excluded: tuple[str, ...] = ()
    collections: tuple[str, ...] = ()
    ids: Ids = "address"
    dates: str = "A date without a zone is in site.timezone."
    static: str = ""


class Posts(msgspec.Struct, frozen=True):
    """How the posts of a folder are read; what the configuration and the generator's own settings say.

    `language_folders` are the folders of languages that have one of their own, and the site does not show `no_languages`.
    `folder` is the path of that folder below that of the site, `root` that of the one in which addresses begin, and `home` the
    address of the site; `zone` is empty where it is that of all records. `options` are those of `permalinks`; `site` says that
    posts are below `_posts` alone. `inherited` are values that the posts below a folder have where they do not say otherwise,
    the innermost last; `layouts` are those that the posts with a layout have, if neither they nor their folders say otherwise.
    """

    profile: Name = "native"
    fields: dict[str, tuple[str, ...]] = {}
    defaults: dict[str, Any] = {}
    home: str = ""
    zone: str = ""
    folder: str = ""
    root: str = ""
    pattern: str = ""
    sections: dict[str, str] = {}
    options: tuple[str, ...] = ()
    language: str = ""
    languages: tuple[str, ...] = ()
    language_folders: dict[str, str] = {}
    no_languages: tuple[str, ...] = ()
    inherited: tuple[tuple[str, dict[str, Any]], ...] = ()
    authors: dict[str, dict[str, Any]] = {}
    layouts: dict[str, dict[str, Any]] = {}


class Part(msgspec.Struct, frozen=True):
    """One of several folders of records: how its files are found and read.

    `pattern` is a regular expression for their paths below the records folder, and `folder` the path of the folder that it is
    about. `posts` is None for records of feedloom's own form. Where `bodies` is true, bodies are content.
    """

    pattern: str
    folder: str
    suffixes: tuple[str, ...]
    posts: Posts | None = None
    bodies: bool = False


_EXCERPT = ("excerpt", "description", "summary")
_IMAGES = ("image", "images", "cover.image", "cover", "thumbnail", "featured_image", "featuredImage", "hero", "heroImage")
_AUTHORS = ("authors", "author")
_LINK = ("external_url", "external-url", "externalUrl", "link", ":permalink")
_TRUE = ("true", "yes", "on", "1")
_FALSE = ("false", "no", "off", "0")
_MARKDOWN = (".md", ".markdown")

PROFILES: Mapping[Name, Profile] = {
    "native": Profile(
        "feedloom",
        (".md", ".markdown", ".txt", ".yaml", ".yml"),
        ("yaml",),
        {
            "title": ("title",),
            "published": ("publishedDateTime",),
            "updated": ("updatedDateTime",),
            "link": ("webUrl", "originalUrl"),
            "permalink": ("originalUrl",),
            "id": ("id", "guid"),
            "excerpt": ("excerpt",),
            "content": ("content",),
            "topics": ("topics",),
            "authors": ("authors",),
            "language": ("language", "lang"),
            "images": ("images",),
            "category": ("category",),
            "type": ("type",),
            "quality": ("quality",),
            "heat": ("heat",),
            "provider.name": ("provider.name",),
            "provider.domain": ("provider.domain",),
        },
    ),
    "jekyll": Profile(
        "Jekyll",
        (*_MARKDOWN, ".mkd", ".mkdn", ".mkdown", ".html", ".textile"),
        ("yaml",),
        {
            "title": ("title", ":file"),
            "published": ("date", ":file"),
            "updated": ("last_modified_at", "updated", "lastmod", "modified"),
            "link": _LINK,
            "id": ("guid",),
            "excerpt": _EXCERPT,
            "topics": ("tags", "tag", "category", "categories", ":folder"),
            "authors": ("author", "authors"),
            "language": ("lang", "language", "locale"),
            "images": ("image", "image.path", "image.feature", "header.teaser", "header.image", "cover", "thumbnail"),
            "permalink": ("permalink",),
            "slug": ("slug",),
            "categories": (":folder", "category", "categories"),
        },
        permalink="date: /:categories/:year/:month/:day/:title:output_ext",
        separators=", ",
        ids="jekyll",
        dates="A day alone, or a time without seconds, is in the site's zone; a time with seconds and no zone is in UTC, "
        "as Ruby reads it. Addresses have the date in the site's zone.",
    ),
    "hugo": Profile(
        "Hugo",
        (*_MARKDOWN, ".html", ".org", ".adoc", ".rst"),
        ("toml", "yaml", "json"),
        {
            "title": ("title", "linktitle"),
            "published": ("publishDate", "pubdate", "published", "date", "lastmod", "modified"),
            "date": ("date", "publishDate", "pubdate", "published", "lastmod", "modified"),
            "updated": ("lastmod", "modified"),
            "expires": ("expiryDate", "unpublishdate"),
            "link": ("external_url", "externalUrl", "external_link", "link", ":permalink"),
            "id": ("guid",),
            "excerpt": ("description", "summary", "params.description"),
            "topics": ("tags", "categories", "taxonomies.*"),
            "authors": (*_AUTHORS, "params.authors", "params.author"),
            "language": ("language", "lang"),
            "images": (*_IMAGES, "params.cover.image", "params.image", "params.cover"),
            "permalink": ("url",),
            "slug": ("slug",),
            "categories": ("categories",),
        },
        permalink="the path of the file: /:sections/:slugorfilename/",
        roots=("content",),
        is_case_blind=True,
        holds=(
            ("headless", _TRUE),
            ("build.render", ("never", "false", "link")),
            ("_build.render", ("never", "false", "link")),
            ("build.list", ("never", "false")),
            ("_build.list", ("never", "false")),
        ),
        excluded=("_index",),
        dates="A date without a zone is in timeZone, else in UTC. Addresses have `date`, and entries publishDate.",
        static="static",
    ),
    "eleventy": Profile(
        "Eleventy",
        (*_MARKDOWN, ".html", ".njk", ".liquid"),
        ("yaml", "toml", "json"),
        {
            "title": ("title",),
            "published": ("date", ":file", ":folder"),
            "updated": ("updated", "lastmod", "modified", "dateModified", "last_modified_at"),
            "link": _LINK,
            "id": ("guid",),
            "excerpt": ("excerpt", "description", "summary"),
            "topics": ("tags", "categories", "category"),
            "authors": _AUTHORS,
            "language": ("lang", "language", "locale"),
            "images": (*_IMAGES, "ogImage", "socialImage"),
            "permalink": ("permalink",),
            "slug": ("slug",),
            "categories": ("categories", "category"),
        },
        permalink="/:path/:filename/",
        roots=("src", "content", "source"),
        holds=(("eleventyExcludeFromCollections", _TRUE), ("permalink", ("false",))),
        collections=("post", "posts", "all", "nav"),
        dates="A date without a zone is in UTC. `Last Modified` and `git Created` are not dates that a build can repeat.",
    ),
    "astro": Profile(
        "Astro",
        (*_MARKDOWN, ".mdx"),
        ("yaml", "toml"),
        {
            "title": ("title",),
            "published": ("pubDate", "date", "publishDate", "pubDatetime", "published", "publishedAt", "added", ":file"),
            "updated": ("updatedDate", "modDatetime", "updated", "lastmod", "modified", "updatedAt"),
            "link": _LINK,
            "id": ("guid",),
            "excerpt": ("description", "excerpt", "summary"),
            "topics": ("tags", "categories", "category"),
            "authors": _AUTHORS,
            "language": ("lang", "language", "locale"),
            "images": ("heroImage", "cover", "image", "ogImage", "coverImage", "thumbnail"),
            "permalink": ("permalink",),
            "slug": ("slug", "postSlug"),
            "categories": ("categories", "category"),
        },
        permalink="none: Astro's routes are code, so `permalink` must be set, such as /blog/:slug/",
        roots=("src/content/*", "src/data/*", "src/pages", "content"),
        dates="A date without a zone is in UTC.",
        static="public",
    ),
    "zola": Profile(
        "Zola",
        (".md",),
        ("toml", "yaml"),
        {
            "title": ("title",),
            "published": ("date", ":file", "path"),
            "updated": ("updated",),
            "link": ("extra.external_url", "extra.link", ":permalink"),
            "id": ("extra.guid",),
            "excerpt": ("description", "extra.summary"),
            "topics": ("taxonomies.*",),
            "authors": ("authors", "extra.author"),
            "language": (),
            "images": ("extra.image", "extra.cover.image", "extra.cover", "extra.og_image", "extra.thumbnail"),
            "permalink": ("path",),
            "slug": ("slug",),
        },
        permalink="the path of the file: /section/slug/",
        roots=("content",),
        holds=(("render", _FALSE),),
        excluded=("_index",),
        dates="A date without a zone is in UTC.",
        static="static",
    ),
    "pelican": Profile(
        "Pelican",
        (*_MARKDOWN, ".mkd", ".mdown", ".rst", ".html", ".htm"),
        ("markdown", "yaml", "docinfo", "html"),
        {
            "title": ("title",),
            "published": ("date", ":file"),
            "updated": ("modified",),
            "link": ("link", "external_url", ":permalink"),
            "id": ("guid",),
            "excerpt": ("summary", "description"),
            "topics": ("tags", "category", ":folder"),
            "authors": _AUTHORS,
            "language": ("lang",),
            "images": ("image", "cover", "featured_image", "thumbnail", "og_image"),
            "permalink": ("url", "save_as"),
            "slug": ("slug",),
            "categories": ("category", ":folder"),
        },
        permalink="ARTICLE_URL: {slug}.html, where the slug is made of the title",
        roots=("content",),
        is_case_blind=True,
        separators=";,",
        holds=(("status", ("draft", "hidden", "skip")),),
        excluded=("pages",),
        ids="pelican",
        dates="A date without a zone is in TIMEZONE.",
    ),
    "nikola": Profile(
        "Nikola",
        (*_MARKDOWN, ".rst", ".txt", ".html", ".htm", ".meta"),
        ("yaml", "toml", "nikola", "markdown", "docinfo"),
        {
            "title": ("title",),
            "published": ("date",),
            "updated": ("updated",),
            "link": (":permalink",),
            "id": ("guid",),
            "excerpt": ("description",),
            "topics": ("tags", "category"),
            "authors": ("author", "authors"),
            "language": (),
            "images": ("previewimage",),
            "permalink": ("url", "permalink"),
            "slug": ("slug",),
            "categories": ("category",),
        },
        permalink="the target of POSTS, the folders of the file and its slug: /posts/slug/",
        roots=("posts",),
        is_case_blind=True,
        holds=(("tags", ("draft", "private")), ("status", ("draft", "private"))),
        excluded=("pages", "stories"),
        dates="A date without a zone is in TIMEZONE.",
        static="files",
    ),
    "hexo": Profile(
        "Hexo",
        (*_MARKDOWN, ".mkd", ".html"),
        ("yaml", "json", "hexo"),
        {
            "title": ("title", ":file"),
            "published": ("date", ":file"),
            "updated": ("updated",),
            "link": ("link", "external_url", ":permalink"),
            "id": ("guid",),
            "excerpt": _EXCERPT,
            "topics": ("tags", "tag", "categories", "category"),
            "authors": ("author", "authors"),
            "language": ("lang", "language"),
            "images": ("cover", "image", "thumbnail", "banner", "photos"),
            "permalink": ("permalink",),
            "slug": (),
            "categories": ("categories", "category"),
        },
        permalink=":year/:month/:day/:title/, where :title is the path of the file",
        roots=("source/_posts", "_posts"),
        dates="A date without a zone is in the site's zone, and so is the day in addresses, which Hexo takes from "
        "the zone of its machine; "
        "a post without a date is left out, "
        "because the times of files change with each copy.",
        static="source",
    ),
    "docusaurus": Profile(
        "Docusaurus",
        (*_MARKDOWN, ".mdx"),
        ("yaml",),
        {
            "title": ("title", ":body", ":file"),
            "published": ("date", ":file", ":folder"),
            "updated": ("last_update.date",),
            "link": (":permalink",),
            "id": ("guid",),
            "excerpt": ("description",),
            "topics": ("tags",),
            "authors": ("authors", "author"),
            "language": (),
            "images": ("image",),
            "permalink": (),
            "slug": ("slug",),
        },
        permalink="/blog/YYYY/MM/DD/name, with the date of the file's name",
        roots=("blog",),
        holds=(("unlisted", _TRUE),),
        dates="A date without a zone is in UTC.",
        static="static",
    ),
    "obsidian": Profile(
        "Obsidian, published by Quartz",
        (".md",),
        ("yaml", "toml"),
        {
            "title": ("title", ":file"),
            "published": ("published", "publishDate", "date", "created"),
            "updated": ("modified", "lastmod", "updated", "last-modified"),
            "link": ("external_url", "link", ":permalink"),
            "id": ("guid",),
            "excerpt": ("description", "summary"),
            "topics": ("tags", "tag"),
            "authors": ("authors", "author"),
            "language": ("lang", "language"),
            "images": ("socialImage", "image", "cover"),
            "permalink": ("permalink",),
            "slug": (),
        },
        permalink="the path of the file, with hyphens for spaces",
        roots=("content",),
        holds=(("publish", _FALSE),),
        excluded=("templates", "private"),
        dates="A date without a zone is in site.timezone.",
    ),
}


def table(name: Name) -> list[tuple[str, str]]:
    """A profile for people: what is looked at, and how."""
    profile = PROFILES[name]
    rows = [
        ("made for", profile.title),
        ("files", " ".join(profile.suffixes)),
        ("front matter", ", ".join(_KINDS[kind] for kind in profile.front_matter)),
    ]
    rows += [(f"fields.{name}", ", ".join(sources)) for name, sources in profile.fields.items() if sources]
    rows.append(("names of fields", "capitals do not matter" if profile.is_case_blind else "as written here"))
    if profile.permalink:
        rows.append(("permalink", profile.permalink))
    if profile.roots:
        rows.append(("addresses begin below", ", ".join(f"{root}/" for root in profile.roots)))
    rows.append(("dates", profile.dates))
    rows.append(("output of init", f"{profile.static}/feeds/".removeprefix("/")))
    rows.append(("ids", _IDS[profile.ids]))
    drafts = ["published: false", "draft: true", "status: draft, private, hidden", "_drafts/"]
    rows.append(("not published", ", ".join([*drafts, *(f"{field}: {'/'.join(values)}" for field, values in profile.holds)])))
    if profile.excluded:
        rows.append(("not posts", ", ".join(profile.excluded)))
    return rows


_KINDS: "Mapping[Kind, str]" = {
    "yaml": "YAML between --- lines",
    "toml": "TOML between +++ lines",
    "json": "a JSON object",
    "hexo": "JSON before ;;;, YAML before ---",
    "markdown": "Key: value lines",
    "docinfo": "a reST title and :key: value lines",
    "nikola": ".. key: value lines",
    "html": "title and meta elements",
}
_IDS: Mapping[Ids, str] = {
    "address": "the address of the post",
    "jekyll": "the address without its suffix or last slash, as jekyll-feed has it",
    "pelican": "tag:HOST,DATE:/PATH, as Pelican has it",
}
