BLOG_AUTHOR = "Ada"
BLOG_TITLE = "A Nikola site"
SITE_URL = "https://nikola.example/"
BLOG_EMAIL = "ada@nikola.example"
BLOG_DESCRIPTION = "Posts with the traps of Nikola."
DEFAULT_LANG = "en"
TRANSLATIONS = {DEFAULT_LANG: ""}
POSTS = (
    ("posts/*.rst", "blog", "post.tmpl"),
    ("posts/*.md", "blog", "post.tmpl"),
    ("posts/*.html", "blog", "post.tmpl"),
)
PAGES = (("pages/*.md", "", "page.tmpl"),)
TIMEZONE = "America/Sao_Paulo"
COMPILERS = {"rest": [".rst"], "markdown": [".md"], "html": [".html"]}
FEED_LENGTH = 100
GENERATE_ATOM = True
