"""Pelican's settings for the feeds of posts, and nothing else of a site. bench.py gives the folders of posts and of output."""

SITENAME = "News"
SITEURL = "https://feeds.example.org"
TIMEZONE = "UTC"
DEFAULT_LANG = "en"
PLUGIN_PATHS = ["."]
PLUGINS = ["post_reader"]

FEED_MAX_ITEMS = 50
RSS_FEED_SUMMARY_ONLY = False
FEED_ALL_ATOM, FEED_ALL_RSS = "all.atom", "all.rss"
TAG_FEED_ATOM, TAG_FEED_RSS = "topics/{slug}.atom", "topics/{slug}.rss"
AUTHOR_FEED_ATOM = AUTHOR_FEED_RSS = None
CATEGORY_FEED_ATOM = CATEGORY_FEED_RSS = TRANSLATION_FEED_ATOM = TRANSLATION_FEED_RSS = None

PAGE_PATHS: list[str] = []
STATIC_PATHS: list[str] = []
THEME = "simple"
THEME_STATIC_PATHS: list[str] = []
ARTICLE_TRANSLATION_ID = False
USE_FOLDER_AS_CATEGORY = False
