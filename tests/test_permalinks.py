"""Own addresses: the patterns, slugs and traps of each generator, as its own program makes them."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedloom.values import permalinks
from feedloom.values.permalinks import Post, Site

DATE = datetime(2021, 5, 3, 8, 9, 7)


def post(path: str, **fields: object) -> Post:
    folder, _, name = path.rpartition("/")
    return Post(folder, name, **{"date": DATE, "title": "A Title", **fields})  # type: ignore[arg-type]


def options(*names: str) -> Site:
    return Site(options=frozenset(names))


JEKYLL = [
    (Site(), post("2021-05-03-hello-World"), "/2021/05/03/hello-World.html"),
    (Site(), post("2021-05-03-a", categories=("News", "Big Things")), "/news/big things/2021/05/03/a.html"),
    (Site("pretty"), post("2021-05-03-a"), "/2021/05/03/a/"),
    (Site("ordinal"), post("2021-05-03-a"), "/2021/123/a.html"),
    (Site("weekdate"), post("2021-05-03-a"), "/2021/W18/Mon/a.html"),
    (Site("none"), post("2021-05-03-a", categories=("x",)), "/x/a.html"),
    (Site("/blog/:title"), post("2021-05-03-a"), "/blog/a"),
    (Site("/:year/:i_month/:i_day/:short_month/:slug/"), post("2021-05-03-A.b"), "/2021/5/3/May/a-b/"),
    (Site("/:month_:day/:title/"), post("2021-05-03-a"), "/05_03/a/"),
    (Site("/:title/"), post("2021-05-03-what's new? (1)"), "/what's-new-(1)/"),
    (Site("/:title/"), post("2021-05-03-a", slug="Mein Ä-Beitrag"), "/Mein-Ä-Beitrag/"),
    (Site("/:slugified_categories/:title/"), post("2021-05-03-a", categories=("C# & F#", "c f")), "/c-f/a/"),
    (Site("pretty"), post("2021-05-03-a", own="/own/:year/:title/"), "/own/2021/a/"),
    (Site("pretty"), post("2021-05-03-a", own="own.html"), "/own.html"),
    (Site("pretty"), post("2021-05-03-a", own="https://other.example/x"), "https://other.example/x"),
]
HUGO = [
    (Site(), post("posts/My First Post"), "/posts/my-first-post/"),
    (Site(), post("posts/bundle/index"), "/posts/bundle/"),
    (Site(), post("about"), "/about/"),
    (Site(), post("posts/Ünïcode & more"), "/posts/ünïcode--more/"),
    (Site(), post("posts/c++"), "/posts/c++/"),
    (Site(), post("posts/a", slug="The Slug!"), "/posts/the-slug/"),
    (Site(), post("posts/a", own="/Custom/Path"), "/Custom/Path/"),
    (Site(), post("posts/a", own="x/y.html"), "/x/y.html"),
    (Site(), post("posts/a", own="/x/:year/:slug/", slug="s"), "/x/2021/s/"),
    (options("ugly"), post("posts/Ä b"), "/posts/ä-b.html"),
    (options("keep_case"), post("posts/Ä B"), "/posts/Ä-B/"),
    (options("no_accents"), post("posts/Ä B"), "/posts/a-b/"),
    (Site(sections={"posts": "/:year/:month/:day/:slug/"}), post("posts/a", title="C++: why? Not"), "/2021/05/03/c-why-not/"),
    (Site(sections={"posts": "/:year/:slug"}), post("notes/a"), "/notes/a/"),
    (Site(sections={"posts": "/:sections[1:]/:filename/"}), post("posts/x/y/a"), "/x/y/a/"),
    (Site(sections={"posts": "/:section/:slugorfilename"}), post("posts/x/2021-05-03-a/index"), "/posts/2021-05-03-a/"),
    (
        Site(sections={"posts": "/:weekday/:weekdayname/:yearday/:monthname/:title"}),
        post("posts/a"),
        "/1/monday/123/may/a-title/",
    ),
    (Site(language="en"), post("posts/a", language="de"), "/de/posts/a/"),
    (Site(language="en"), post("posts/a", language="en"), "/posts/a/"),
    (Site(language="en", options=frozenset({"language_folder"})), post("posts/a", language="en"), "/en/posts/a/"),
]
ZOLA = [
    (Site(), post("blog/2021-05-03-Hello World"), "/blog/hello-world/"),
    (Site(), post("blog/2021-05-03_hello"), "/blog/hello/"),
    (options("keep_dates"), post("blog/2021-05-03-hello"), "/blog/2021-05-03-hello/"),
    (Site(), post("blog/x/index"), "/blog/x/"),
    (Site(), post("Blog/héhé"), "/Blog/hehe/"),
    (options("safe"), post("blog/Hé? there"), "/blog/Hé there/"),
    (options("off"), post("blog/日本"), "/blog/日本/"),
    (Site(), post("blog/a", own="x/y"), "/x/y/"),
    (Site(), post("blog/a", slug="My slug"), "/blog/my-slug/"),
    (Site(language="en"), post("blog/a", language="fr"), "/fr/blog/a/"),
]
PELICAN = [
    (Site(), post("x/y", title="It's a <em>Test</em>: C++ & co."), "/its-a-test-c-co.html"),
    (Site(), post("y", title="Straße nach Łódź"), "/strasse-nach-lodz.html"),
    (Site("{date:%Y}/{date:%b}/{date:%d}/{slug}/"), post("y"), "/2021/May/03/a-title/"),
    (Site("{category}/{slug}.html"), post("y", categories=("Big Things",)), "/big-things/a-title.html"),
    (Site("{category}/{slug}.html"), post("y"), "/misc/a-title.html"),
    (Site("{date:%-m}/{slug}"), post("y", slug="As-Is"), "/5/As-Is"),
    (Site(), post("y", title="Third &amp; last"), "/third-last.html"),
    (options("basename"), post("2021-05-03-file"), "/2021-05-03-file.html"),
    (options("unicode"), post("y", title="日本 語"), "/日本-語.html"),
    (Site(language="en"), post("y", language="de"), "/a-title-de.html"),
    (Site(language="en", sections={"lang": "{lang}/{slug}/"}), post("y", language="de"), "/de/a-title/"),
    (Site(), post("y", own="pages/own.html"), "/pages/own.html"),
]
NIKOLA = [
    (Site(), post("hello World"), "/posts/hello-world/"),
    (Site("blog"), post("2021/a", slug="The-Slug"), "/blog/2021/The-Slug/"),
    (options("ugly"), post("a"), "/posts/a.html"),
    (options("index"), post("a"), "/posts/a/index.html"),
    (Site("."), post("a"), "/a/"),
]
HEXO = [
    (Site(), post("hello-world"), "/2021/05/03/hello-world/"),
    (Site(), post("x/Hello World"), "/2021/05/03/x/Hello World/"),
    (Site(":name.html"), post("x/a"), "/a.html"),
    (Site("p/:hash.html"), post("a", date=datetime(2021, 5, 3), offset=timedelta(hours=8)), "/p/746db525d2cb.html"),
    (Site(":category/:post_title/"), post("a", categories=("C++ Tips", "Sub")), "/C-Tips/Sub/a-title/"),
    (Site(":category/:title/"), post("a"), "/uncategorized/a/"),
    (Site(":i_month_:i_day/:hour:minute"), post("a"), "/5_3/0809"),
    (options("dated"), post("2021-05-03-a"), "/2021/05/03/a/"),
    (options("dated"), post("x/A b"), "/2021/05/03/x-A-b/"),
    (options("assets"), post("a", own="own"), "/own/"),
    (options("no_html"), post("a", own="own.html"), "/own"),
    (options("no_index"), post("a", own="x/index.html"), "/x/"),
]
DOCUSAURUS = [
    (Site(), post("2021-05-03-hello"), "/blog/2021/05/03/hello"),
    (Site(), post("2021-05-03-hello/index"), "/blog/2021/05/03/hello"),
    (Site(), post("2021/05/03/hello"), "/blog/2021/05/03/hello"),
    (Site(), post("sub/2021-05-03-hello"), "/blog/2021/05/03/sub/hello"),
    (Site(), post("hello"), "/blog/hello"),
    (Site("/"), post("2021-05-03-hello", slug="x"), "/x"),
    (options("slash"), post("hello", slug="/x"), "/blog/x/"),
]
OBSIDIAN = [
    (Site(), post("Notes/My Note & more"), "/Notes/My-Note--and--more"),
    (Site(), post("Notes/index"), "/Notes/"),
    (Site(), post("a", own="own/place"), "/own/place"),
]
ELEVENTY = [
    (Site(), post("posts/2021-05-03-hello"), "/posts/2021-05-03-hello/"),
    (Site(), post("posts/hello/index"), "/posts/hello/"),
    (Site(), post("posts/hello/hello"), "/posts/hello/"),
    (Site("/blog/:slug/"), post("posts/2021-05-03-hello", slug="s"), "/blog/s/"),
    (Site(), post("posts/a", own="x/index.html"), "/x/"),
    (Site(), post("posts/2021-05-03-a", own="/web/{{ page.fileSlug }}/"), "/web/a/"),
    (Site(), post("posts/a", own="/{{ page.date | date: '%Y/%m' }}/{{title|slugify}}/index.html"), "/2021/05/a-title/"),
    (Site("/x/:name/"), post("posts/a", own="/{{ whatever | odd }}/"), "/x/a/"),
    (Site("/:year/:month/:name/"), post("2021-05-03-hello"), "/2021/05/hello/"),
]
ASTRO = [
    (Site("/post/:slug/"), post("Hello World"), "/post/hello-world/"),
    (Site("/post/:slug/"), post("2021-05-03-hello"), "/post/2021-05-03-hello/"),
    (Site("/post/:slug"), post("2021/what's-up/index"), "/post/2021/whats-up"),
]
FIELDS = [
    ("hexo", Site("posts/:abbrlink.html"), post("a", fields={"abbrlink": "4a17b156"}), "/posts/4a17b156.html"),
    ("hexo", Site(":year/:lang_code/:title/"), post("a", fields={"lang_code": "zh"}), "/2021/zh/a/"),
    ("eleventy", Site(), post("a", own="/{{ code }}/{{ page.fileSlug }}/", fields={"code": "x"}), "/x/a/"),
    ("astro", Site("/:section/:slug/"), post("a", fields={"section": "news"}), "/news/a/"),
]
CASES = [
    *FIELDS,
    *(
        (name, *case)
        for name, cases in (
            ("jekyll", JEKYLL),
            ("hugo", HUGO),
            ("zola", ZOLA),
            ("pelican", PELICAN),
            ("nikola", NIKOLA),
            ("hexo", HEXO),
            ("docusaurus", DOCUSAURUS),
            ("obsidian", OBSIDIAN),
            ("eleventy", ELEVENTY),
            ("astro", ASTRO),
        )
        for case in cases
    ),
]


@pytest.mark.parametrize(("generator", "site", "post", "address"), CASES)
def test_addresses(generator: str, site: Site, post: Post, address: str) -> None:
    assert permalinks.address(generator, post, site) == address


@pytest.mark.parametrize(
    ("generator", "site", "post"),
    [
        ("jekyll", Site("/:unknown/"), post("a")),
        ("hugo", Site("/:nothing/"), post("a")),
        ("pelican", Site("{nothing}"), post("a")),
        ("hexo", Site(":nothing"), post("a")),
        ("hexo", Site(":nothing"), post("a", fields={"nothing": ""})),
        ("eleventy", Site(), post("a", own="/{{ code }}/", fields={"code": "{% x %}"})),
        ("astro", Site(), post("a")),
        ("jekyll", Site("/:year/"), post("a", date=None)),
        ("pelican", Site(), post("a", title="日本")),
        ("zola", Site(), post("日本")),
        ("eleventy", Site(), post("a", own="/{% if x %}/{{ page.fileSlug }}/")),
        ("eleventy", Site(), post("a", own="/{{ permalink }}/")),
    ],
)
def test_what_cannot_be_known_is_refused(generator: str, site: Site, post: Post) -> None:
    with pytest.raises(ValueError):
        permalinks.address(generator, post, site)


def test_ids_of_other_feeds() -> None:
    made = post("2021-05-03-Hello", slug="Hello.World")
    assert permalinks.jekyll_id("/x/2021/Hello.World/", made) == "/x/2021/Hello.World"
    assert permalinks.jekyll_id("/x/2021/hello.html", post("2021-05-03-Hello")) == "/x/2021/Hello"
    assert permalinks.pelican_id("https://A.example:80/x/y.html", made) == "tag:a.example,2021-05-03:/x/y.html"
    assert permalinks.pelican_id("https://a.example/x#y", post("a", date=None)) == "tag:a.example:/x/y"


@given(
    st.sampled_from(sorted(permalinks.GENERATORS)),
    st.text(max_size=20),
    st.text(max_size=20),
    st.text(max_size=20),
    st.text(alphabet="/:{}%a_[]1.", max_size=20),
)
def test_an_address_is_a_path_or_refused(generator: str, folder: str, name: str, title: str, pattern: str) -> None:
    made = Post(folder, name, DATE, title)
    try:
        address = permalinks.address(generator, made, Site(pattern))
    except ValueError:
        return
    assert address.startswith("/")
    assert "//" not in address
