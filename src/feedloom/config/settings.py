"""All settings, each with its type, default and meaning. `load` reads their values from the file, environment and options."""

import re
import string
from collections.abc import Iterator
from typing import Annotated, Literal, TypeAlias, get_args

import msgspec

from feedloom.config import checking, ignoring, profiles
from feedloom.config.checking import SettingError
from feedloom.config.profiles import Part, Posts
from feedloom.frontmatter.subset import Path
from feedloom.model import Templates
from feedloom.values import characters, dates, object_urls, slugs, text, urls, zones
from feedloom.values.packed import CodingName

CONFIGURATION = ("feedloom.yaml", "feedloom.yml")
"""The names of the configuration file in the current folder."""

PATHS = ("records", "output", "state", "ids")
"""The settings that are paths."""
MAY_BE_URLS = ("records", "output")
"""Those that may be places in object storage."""

_MAX_FILE_SIZE = 1 << 20
_MAX_SHARD_SIZE = 4 << 30
_ZONE = "UTC"


def _editors_see(pattern: str, message: str) -> msgspec.Meta:
    """A rule for editors, with its message. The pattern is valid in JavaScript and in Python."""
    return msgspec.Meta(extra_json_schema={"pattern": pattern, "patternErrorMessage": message})


def _said(message: str) -> msgspec.Meta:
    """The message for a wrong value, in editors and in `checking`."""
    return msgspec.Meta(extra_json_schema={"patternErrorMessage": message})


_WORD = r"[^\u0000-/:-@\[-^`{-\u007f]"  # a letter, a digit, `_`; or anything beyond ASCII
_HOST = rf"{_WORD}+((-+|\.){_WORD}+)*\.?(:[0-9]{{1,5}})?"
_SCHEME = re.compile("(?:^|/)[A-Za-z][A-Za-z0-9+.-]*://")
_LOWER = r"[^\u0000-/:-^`{-\u007f]+"  # words without capitals
_END = r"$(?!\n)"  # `$` alone allows a line break after it

Positive: TypeAlias = Annotated[
    int,
    msgspec.Meta(ge=1, le=1_000_000_000),  # the cache cannot store more
    _editors_see("^([1-9][0-9]{0,8}|10{9})$", "Must be 1 or more."),
]
Size: TypeAlias = Annotated[
    int, msgspec.Meta(ge=1, le=10**15), _editors_see("^([1-9][0-9]{0,14}|10{15})$", "Must be a number of bytes.")
]
Share: TypeAlias = Annotated[
    float, msgspec.Meta(ge=0, le=1), _editors_see(r"^(0(\.[0-9]+)?|1(\.0+)?)$", "Must be a number from 0 to 1.")
]
Text: TypeAlias = Annotated[str, _editors_see(r"\S", "Must be text.")]
# Characters that `characters.folded` removes, below U+10000: JavaScript knows no more by default.
_NOTHING = (
    r"\s\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u2010\u202a-\u202e"
    r"\u2060-\u2064\u2066-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0-"
)
Name: TypeAlias = Annotated[str, _editors_see(f"[^{_NOTHING}]", "Must be a name.")]
TopicName: TypeAlias = Annotated[str, _editors_see(rf"^(?=.*[^{_NOTHING}])\S+( \S+)*$", "Must be a name, with single spaces.")]
ProviderName: TypeAlias = Annotated[
    str,
    _editors_see(rf"^(?=.*[^{_NOTHING}])\S+( \S+)*$", "Must be a domain, or the name of a provider without one."),
]
Pattern: TypeAlias = Annotated[
    str,
    _editors_see(
        r"^(?=\s*\S)([^{}]|\{\{|\}\}|\{(site|description|name):?\})*$",
        "Must be text; only {site}, {description} and {name} may appear in braces.",
    ),
]
WebUrl: TypeAlias = Annotated[
    str,
    _editors_see(
        rf"^\s*[hH][tT][tT][pP][sS]?://{_HOST}([/?#]\S*)?\s*$", "Must be a full URL such as https://example.com/picture.png."
    ),
]
_FILE = r"\s*[A-Za-z]+://[^/]*/\S*\.([hH][tT][mM][lL]?|[xX][mM][lL]|[pP][hH][pP]|[jJ][sS][oO][nN]|[aA][tT][oO][mM]|[rR][sS][sS])\s*$"
Folder: TypeAlias = Annotated[
    str,
    _editors_see(
        rf"^(?!{_FILE})\s*[hH][tT][tT][pP][sS]?://{_HOST}(/[^\s?#]*)?\s*$",
        "Must be the full URL of a folder such as https://example.com/feeds/, without ? and #.",
    ),
]
Base: TypeAlias = Annotated[
    str,
    _editors_see(
        rf"^\s*[hH][tT][tT][pP][sS]?://{_HOST}(/[^\s?#]*)?\s*$",
        "Must be a full URL such as https://example.com/feeds/, without ? and #.",
    ),
]
Email: TypeAlias = Annotated[
    str,
    msgspec.Meta(pattern=r"^[A-Za-z0-9_.+'-]+@([A-Za-z0-9-]+\.)+[A-Za-z]{2,}" + _END),
    _said("Must be an e-mail address such as feeds@example.com."),
]
Contact: TypeAlias = Annotated[
    str,
    msgspec.Meta(
        pattern=rf"^([A-Za-z0-9_.+'-]+@([A-Za-z0-9-]+\.)+[A-Za-z]{{2,}}|[hH][tT][tT][pP][sS]?://{_HOST}([/?#]\S*)?){_END}"
    ),
    _said("Must be an e-mail address such as feeds@example.com, or a full URL such as https://example.com/contact."),
]
FileName: TypeAlias = Annotated[
    str,
    _editors_see(
        rf"^(?!(con|prn|aux|nul|index|(com|lpt)[0-9])(\.|$))({_LOWER}((-?\.-?|-){_LOWER})*((?<![0-9_])--)?)?(~[0-9a-f]{{16}})?$",
        "Must be a plain file name such as ai-health.",
    ),
]
Zone: TypeAlias = Annotated[
    str,
    _editors_see(
        "^[A-Za-z0-9+_-]+([:/][A-Za-z0-9+_-]+)*$", "Must be an IANA name such as Europe/Berlin, or an offset such as +02:00."
    ),
]
Whole: TypeAlias = Annotated[
    int,
    msgspec.Meta(gt=-(10**15), lt=10**15),  # like in records
    _editors_see("^(0|-?[1-9][0-9]{0,14})$", "Must be a whole number of up to 15 digits."),
]
Place: TypeAlias = Annotated[
    str,
    _editors_see(
        r"^(?!([^\u0000]*/)?[A-Za-z][A-Za-z0-9+.-]*://)[^\u0000]+$", "Must be the path of a local file or folder, not a URL."
    ),
]
Target: TypeAlias = Annotated[
    str,
    _editors_see(
        r"^(([sS]3|[gG][sS]|[aA][zZ])://[A-Za-z0-9][A-Za-z0-9._-]*(/[^\u0000-\u001f\u007f?#]*)?"
        r"|[fF][iI][lL][eE]:///[^\u0000-\u001f\u007f?#]+"
        r"|(?!([^\u0000]*/)?[A-Za-z][A-Za-z0-9+.-]*://)[^\u0000]+)$",
        "Must be the path of a local folder, or a URL such as s3://BUCKET/PREFIX.",
    ),
]
Header: TypeAlias = Annotated[
    str, msgspec.Meta(pattern=f"^[!-~]([ -~]*[!-~])?{_END}"), _said("Must be the text of an HTTP header, in ASCII.")
]
Language: TypeAlias = Annotated[
    str,
    msgspec.Meta(pattern="^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*" + _END),
    _said("Must be an IETF tag such as en, en-us or pt-br."),
]
Engine: TypeAlias = Annotated[
    str,
    msgspec.Meta(pattern=r"^(local|dask:local:[1-9][0-9]{0,3}|(dask|tls)://[^\s/@?#]+:[0-9]{1,5})" + _END),
    _said("Must be local, dask:local:2 (so many processes of this machine), dask://HOST:PORT or tls://HOST:PORT."),
]
Order: TypeAlias = Literal["newest", "quality", "heat"]
FormatName: TypeAlias = Literal["atom", "rss", "json"]
_AMONG = ", ".join(get_args(FormatName))
FormatNames: TypeAlias = Annotated[
    tuple[FormatName, ...],
    msgspec.Meta(
        extra_json_schema={"minItems": 1, "patternErrorMessage": f"Must be a list of formats ({_AMONG}), at least one."}
    ),
]
PageName: TypeAlias = Annotated[
    str,
    msgspec.Meta(pattern=rf"^(?!(all|con|prn|aux|nul|(com|lpt)[0-9])\.)[a-z0-9]+([_-][a-z0-9]+)*\.html{_END}"),
    _said("Must be a file name in small letters that ends in .html, such as feeds.html, but not all.html."),
]
ReaderUrl: TypeAlias = Annotated[
    str,
    msgspec.Meta(pattern=r"^[hH][tT][tT][pP][sS]?://[^\s{}]*\{url\}[^\s{}]*" + _END),
    _said("Must be a URL with {url}, such as https://reader.example/add?feed={url}."),
]
Directive: TypeAlias = Annotated[
    str,
    msgspec.Meta(
        pattern=f"^(child|connect|font|frame|img|manifest|media|object|script|style|worker)-src{_END}|^form-action{_END}"
    ),
    _said("Must be a directive such as connect-src, font-src or frame-src."),
]
Sources: TypeAlias = Annotated[
    str,
    msgspec.Meta(pattern=r'^[^\s;,"]+( [^\s;,"]+)*' + _END),
    _said("Must be sources such as https://stats.example, with a space between two."),
]
Span: TypeAlias = Annotated[
    str,
    msgspec.Meta(pattern=f"^{dates.SPAN.pattern}{_END}"),
    _said("Must be a number of hours, days, weeks, months or years such as 90 days."),
]


class _Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A struct of settings is valid if it exists: making one with a wrong value raises SettingError."""

    def __post_init__(self) -> None:
        for name, type_ in checking.types(type(self)).items():
            value = getattr(self, name)
            if (checked := checking.checked(value, type_, (name,))) is not value:
                msgspec.structs.force_setattr(self, name, checked)


class Site(_Settings, frozen=True, kw_only=True):
    """Who publishes the feeds, and where."""

    title: Text = "News"
    """The name of the site: the title of the feed of all articles, and `{site}` in other titles."""
    description: Text = "The newest articles."
    """What the site offers, in one sentence: `{description}` in the descriptions of feeds."""
    url: Folder | None = None
    """The URL of the published output folder. Without it, feeds do not contain their own URLs."""
    id: Base | None = None
    """The URL that feed ids begin with (default: `site.url`). If the site moves, set it to the old URL."""
    language: Language | None = None
    """The language of the articles, as an IETF tag: `en`, `de-AT`, `pt-br`. Without it, feeds name no language."""
    timezone: Zone = _ZONE
    """The time zone of dates without one: an IANA name (`Europe/Berlin`) or an offset (`+02:00`)."""
    author: Text | None = None
    """The author of the feeds (default: `site.title`)."""
    email: Email | None = None
    """The author's e-mail address. It is public: every feed contains it."""
    rights: Text | None = None
    """The copyright notice: `© 2026 Lab, CC BY 4.0`."""
    icon: WebUrl | None = None
    """The URL of a small square picture, for feeds that have no picture from a provider."""
    logo: WebUrl | None = None
    """The URL of a larger picture. RSS can show it if it is a GIF, JPEG or PNG of at most 144 by 400 pixels."""
    records_url: Base | None = None
    """The base of relative image URLs in records."""
    hub: WebUrl | tuple[WebUrl, ...] | None = None
    """The URL of a WebSub hub, which passes new entries on to subscribers, or a list of such URLs. Tell them what changed with
    `feedloom ping` or `feedloom build --ping`."""
    home: WebUrl | None = None
    """The URL of the site's home page. Feeds without an HTML page link to it (default: `site.url`)."""
    contact: Contact | None = None
    """An e-mail address or a URL. Pages link to it."""

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("url", "id", "icon", "logo", "records_url", "home"):
            value = getattr(self, name)
            if value is not None:
                msgspec.structs.force_setattr(self, name, _url((name,), value))
        if isinstance(self.hub, str):
            msgspec.structs.force_setattr(self, "hub", _url(("hub",), self.hub))
        elif self.hub is not None:
            hubs = (_url(("hub", index), hub) for index, hub in enumerate(self.hub))
            msgspec.structs.force_setattr(self, "hub", tuple(dict.fromkeys(hubs)))
        try:
            zones.named(self.timezone)
        except ValueError:
            how = "write an IANA name such as Europe/Berlin, or an offset such as +02:00"
            raise SettingError(("timezone",), f'"{self.timezone}" is not a time zone: {how}') from None
        _clean(self, "title", "description", "author", "rights")

    @property
    def base(self) -> str | None:
        """The URL that feed ids begin with."""
        return self.id or self.url

    @property
    def hubs(self) -> tuple[str, ...]:
        """The URLs of all hubs."""
        return (self.hub,) if isinstance(self.hub, str) else self.hub or ()


class Patterns(_Settings, frozen=True, kw_only=True):
    """A text for each kind of feed, with `{site}`, `{description}` and `{name}` to fill in."""

    def __post_init__(self) -> None:
        super().__post_init__()
        _clean(self, *self.__struct_fields__)
        for kind in self.__struct_fields__:
            _check_pattern(kind, getattr(self, kind))


class Titles(Patterns, frozen=True, kw_only=True):
    """The titles of the feeds, by kind. Feeds that would have the same title get their path in brackets."""

    all: Pattern = "{site}"
    """The title of the feed of all articles."""
    topic: Pattern = "{site}: {name}"
    """The title of a topic's feed."""
    provider: Pattern = "{site}: from {name}"
    """The title of a provider's feed."""
    category: Pattern = "{site}: category {name}"
    """The title of a category's feed."""
    type: Pattern = "{site}: type {name}"
    """The title of a type's feed."""
    author: Pattern = "{site}: by {name}"
    """The title of an author's feed."""
    provider_topic: Pattern = "{site} from {name}"
    """The title of the feed of a topic within a provider; `{name}` contains both: `CIO: AI`."""
    custom: Pattern = "{site}: {name}"
    """The title of a custom feed."""


class Descriptions(Patterns, frozen=True, kw_only=True):
    """The descriptions of the feeds, by kind."""

    all: Pattern = "{description}"
    """The description of the feed of all articles."""
    topic: Pattern = "The newest articles about {name}."
    """The description of a topic's feed."""
    provider: Pattern = "The newest articles from {name}."
    """The description of a provider's feed."""
    category: Pattern = "The newest articles of the category {name}."
    """The description of a category's feed."""
    type: Pattern = "The newest articles of the type {name}."
    """The description of a type's feed."""
    author: Pattern = "The newest articles by {name}."
    """The description of an author's feed."""
    provider_topic: Pattern = "The newest articles of {name}."
    """The description of the feed of a topic within a provider."""
    custom: Pattern = "A selection of articles: {name}."
    """The description of a custom feed that sets none."""


class PageLabels(_Settings, frozen=True, kw_only=True, cache_hash=True):
    """The words of the HTML pages. By default in `site.language` (ar, de, en, es, fr, ja, pt, zh or zh-Hant), else in
    English.

    `{...}` is filled in. Where a word depends on a number, ` | ` is between its forms: one and other, or the six of Arabic.
    """

    skip: Text = "Skip to the content"
    """The first link of each page, which the Tab key shows."""
    breadcrumb: Text = "Breadcrumb"
    """The name of the way back to the front page, for screen readers."""
    site: Text = "Site"
    """The name of the link to the site, for screen readers."""
    everything: Text = "All articles"
    """The name of the feed of all articles."""
    one_feed: Text = "Everything, in one feed"
    """The heading of that feed on the front page."""
    articles: Text = "Articles"
    """The heading of the articles."""
    count: Text = "One article | {count} articles"
    """How many articles the site has."""
    whole: Text = "One article, of {date}. | {count} articles, updated {date}."
    """How many articles a feed has that shows all of them."""
    newest: Text = "The newest {count} of {total} articles, updated {date}."
    """How many articles a feed shows."""
    first: Text = "The first {count} of {total} articles, updated {date}."
    """The same, of a feed with another order."""
    empty: Text = "No articles at the moment."
    """Shown where a feed has no article."""
    older: Text = "Older articles"
    """The link to the articles that a feed no longer shows, and the title of their pages."""
    newer: Text = "Newer articles"
    """The link back."""
    until: Text = "Older articles, until {date}."
    """What such a page shows."""
    near: Text = "Often together with"
    """The heading of the topics that many articles of a feed have."""
    ended: Text = "This feed has ended. No article belongs to it any more."
    """Shown where a feed is retired."""
    subscribe: Text = "Subscribe"
    """The heading of the addresses of a feed."""
    formats: Text = "Other formats"
    """Opens the list of other formats."""
    same: Text = "They have the same articles. If in doubt, take {format}."
    """Which format to choose."""
    copy: Text = "Copy"
    """The button that copies an address."""
    copy_of: Text = "Copy the address of the {format} feed"
    """The same, for screen readers."""
    copied: Text = "Copied {address}"
    """Shown after copying."""
    refused: Text = "Your browser did not allow copying. The address is selected: {address}"
    """Shown if copying failed."""
    open: Text = "Open in my reader"
    """Opens a feed in a program."""
    introduction: Text = (
        "Choose what you want to read: a feed brings new articles to your feed reader. It needs no account and no email."
    )
    """The first sentence of the front page."""
    question: Text = "What is a feed?"
    """Opens the explanation."""
    answer: Text = (
        "A feed is a list of the newest articles at a fixed address. A feed reader is an app or a web site that checks "
        "the feeds you choose, and shows what is new. To subscribe, copy the address of a feed into your reader."
    )
    """What a feed is."""
    search: Text = "Find a feed"
    """The name of the search."""
    results: Text = "Search results"
    """The name of what is found, for screen readers."""
    found: Text = "{count} of {total} feeds"
    """How many feeds are found."""
    cut: Text = "{count} of {total} feeds, the first {most}"
    """The same, where not all are shown."""
    nothing: Text = "No feed has these words."
    """Shown where nothing is found."""
    show_all: Text = "Show all feeds"
    """The button that ends a search."""
    read_all: Text = "Read all articles"
    """The link to the page of all articles."""
    feed: Text = "Feed"
    """The link to a feed on its card."""
    feed_of: Text = "Feed of {name}"
    """The same, for screen readers."""
    a_to_z: Text = "All {count}, A to Z"
    """Opens, or names, the list of all feeds of a kind."""
    list: Text = "{kind}, A to Z"
    """The title of a page that lists feeds."""
    search_page: Text = "search and all feeds"
    """What the front page has, said on pages that list feeds."""
    daily: Text = "about one a day | about {count} a day"
    """How often articles appear."""
    weekly: Text = "about one a week | about {count} a week"
    """How often articles appear."""
    monthly: Text = "about one a month | about {count} a month"
    """How often articles appear."""
    yearly: Text = "one in a year | {count} in a year"
    """How often articles appear."""
    quiet: Text = "quiet for a year"
    """How often articles appear: never in the last twelve months."""
    since: Text = "newest {date}"
    """When the newest article of a feed appeared."""
    bars: Text = "Bars show the articles of each month, from {first} to {last}."
    """What the bars on cards show."""
    pick: Text = "Pick"
    """The box that picks a feed."""
    pick_of: Text = "Pick {name}"
    """The same, for screen readers."""
    picks: Text = "Picked feeds"
    """The name of the feeds that were picked, for screen readers."""
    picked: Text = "1 feed picked | {count} feeds picked"
    """How many feeds were picked."""
    save: Text = "Save as OPML"
    """Saves the feeds that were picked."""
    clear: Text = "Clear"
    """Unpicks all feeds."""
    filter: Text = "Combine or filter this feed"
    """The link from a page to the form of filters, with `feedloom serve --filters`."""
    compose: Text = "Compose a feed"
    """The title of that form."""
    filters: Text = "Filters"
    """Its heading."""
    change: Text = "Change the filters"
    """Its heading below a feed that has filters."""
    about: Text = "Articles about"
    """The form: whether articles need all topics."""
    all_topics: Text = "all of these topics"
    """The form: they do."""
    any_topic: Text = "any of these topics"
    """The form: they do not."""
    not_about: Text = "But not about"
    """The form: topics that articles must not have."""
    containing: Text = "Title or excerpt contains"
    """The form: a text that they contain."""
    not_containing: Text = "Does not contain"
    """The form: a text that they do not contain."""
    from_providers: Text = "From the providers"
    """The form: their providers."""
    not_from: Text = "Not from the providers"
    """The form: providers that are left out."""
    category: Text = "Category"
    """The form: their category."""
    type: Text = "Type"
    """The form: their type."""
    min_quality: Text = "Quality of at least"
    """The form: their quality."""
    min_heat: Text = "Heat of at least"
    """The form: their heat."""
    max_age: Text = "No older than"
    """The form: how old they may be."""
    any_age: Text = "any age"
    """The form: as old as they are."""
    days: Text = "1 day | {count} days"
    """The form: an age."""
    order: Text = "Order"
    """The form: which articles come first."""
    newest_first: Text = "newest first"
    """The form: the newest."""
    best_first: Text = "highest quality first"
    """The form: those of the highest quality."""
    hottest_first: Text = "highest heat first"
    """The form: those of the highest heat."""
    how_many: Text = "Number of articles"
    """The form: how many articles the feed has."""
    show: Text = "Show"
    """The button of the form."""
    numbers: Text = "The numbers"
    """The page of `feedloom stats`: its title."""
    per_month: Text = "Articles per month"
    """That page: the heading of the plot."""
    plot: Text = "From {first} to {last}, at most {count} in a month"
    """That page: what the plot shows, for screen readers."""
    year: Text = "Year"
    """That page: the heading of the years."""
    part: Text = "{count} of {total}"
    """That page: how many of all topics or providers it shows."""
    made: Text = "Made with feedloom."
    """The end of each page, unless it has a footer of yours."""
    opml: Text = "All feeds as OPML, to import into a feed reader"
    """The link to the list of all feeds for feed readers."""
    contact: Text = "Contact"
    """The link to `site.contact`."""

    def __post_init__(self) -> None:
        super().__post_init__()
        _clean(self, *self.__struct_fields__)
        for field in msgspec.structs.fields(type(self)):
            _check_words(field.name, getattr(self, field.name), str(field.default))


class Labels(_Settings, frozen=True, kw_only=True):
    """Words that feedloom adds to feeds. By default in `site.language` (ar, de, en, es, fr, ja, pt, zh or zh-Hant), else in
    English.
    """

    source: Text = "Source:"
    """Shown before the provider, below the excerpt."""
    related: Text = "Related articles:"
    """Shown above the list of related articles."""
    subscribing: Text = "This is a feed. To subscribe, copy its address into a feed reader."
    """A note for people who open a feed in a browser."""
    reading: Text = "Read the articles on a web page"
    """A link to the page of a feed, for people who open the feed in a browser."""
    topics: Text = "Topics"
    """The heading of the topics, on the index page and in OPML."""
    providers: Text = "Providers"
    """The heading of the providers."""
    categories: Text = "Categories"
    """The heading of the categories."""
    types: Text = "Types"
    """The heading of the types."""
    authors: Text = "Authors"
    """The heading of the authors."""
    provider_topics: Text = "Topics by provider"
    """The heading of the topics within providers."""
    more: Text = "Read the whole article"
    """The words of the link to an article, where the feed contains its excerpt in place of its text."""
    selections: Text = "Selections"
    """The heading of the custom feeds."""
    pages: PageLabels = msgspec.field(default_factory=PageLabels)
    """The words of the HTML pages."""

    def __post_init__(self) -> None:
        super().__post_init__()
        names = [name for name in self.__struct_fields__ if name != "pages"]
        _clean(self, *names)
        owners: dict[str, str] = {}
        for name in (name for name in names if name not in ("source", "related", "subscribing", "reading")):
            other = owners.setdefault(characters.folded(getattr(self, name)), name)
            if other != name:  # they are folders in OPML
                raise SettingError((name,), f"must not be the same text as labels.{other}")


class Guard(_Settings, frozen=True, kw_only=True):
    """When a build stops and leaves the published feeds as they are. `--force` overrides it."""

    max_loss: Share = 0.5
    """The share of records that a build may lose, from 0 to 1, of the most that builds of the last 30 days published."""
    max_rejected: Share = 0.5
    """The share of records that may be rejected, from 0 to 1."""
    max_clock_jump: Span = "30 days"
    """The longest time between two builds. After a longer one, a build that would publish scheduled records stops, because the
    clock may be wrong."""


class Topic(_Settings, frozen=True, kw_only=True):
    """A topic that was renamed or has several names."""

    aliases: tuple[Name, ...] = ()
    """Its other names. Records that use them belong to the topic, and its feed is published under their URLs, too."""

    def __post_init__(self) -> None:
        super().__post_init__()
        names = tuple(map(text.clean, self.aliases))
        msgspec.structs.force_setattr(self, "aliases", names)


class Provider(_Settings, frozen=True, kw_only=True):
    """A provider that moved, or a site on which many people publish."""

    by: Literal["domain", "name"] = "domain"
    """`name` adds a feed for each provider name on the domain: `providers/NAME@youtube.com`."""
    aliases: tuple[Name, ...] = ()
    """Its other domains. Records that have them belong to the provider, and its feed is published under their URLs, too."""

    def __post_init__(self) -> None:
        super().__post_init__()
        msgspec.structs.force_setattr(self, "aliases", tuple(map(text.clean, self.aliases)))


class Pages(_Settings, frozen=True, kw_only=True):
    """Settings of the HTML pages."""

    index: PageName = "index.html"
    """The file name of the page that lists all feeds. Change it if you have an `index.html` of your own."""
    css: tuple[Text, ...] = ()
    """Stylesheets of yours, which follow feedloom's: files, or full URLs. Files are published as `feedloom-own.css`,
    `feedloom-own-2.css` and so on."""
    head: str | None = None
    """HTML for the end of each page's `<head>`: a file, or the HTML itself."""
    header: str | None = None
    """HTML for the top of each page: a file, or the HTML itself."""
    footer: str | None = None
    """HTML for the end of each page, in place of `labels.pages.made`: a file, or the HTML itself. `""` leaves that out."""
    templates: Place | None = None
    """A folder with templates (Jinja2) that replace feedloom's of the same name."""
    readers: dict[Name, ReaderUrl] = {}
    """Links that add a feed to a feed reader on the web: `{Feedly: "https://feedly.com/i/subscription/feed/{url}"}`. They need
    `site.url`."""
    images: bool = True
    """Show the pictures of articles and providers, which browsers load from other sites."""
    csp: dict[Directive, Sources] = {}
    """What pages may load besides what your files name, by directive of the Content-Security-Policy: `{connect-src:
    https://stats.example}`."""
    sitemap: bool = False
    """Write `sitemap.xml` with the URLs of all pages, for search engines. It needs `site.url`."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.templates and is_url(self.templates):
            raise SettingError(("templates",), "is a URL; feedloom reads local folders only; write a path")
        for directive in self.csp:
            checking.checked(directive, Directive, ("csp", directive))
        for at, css in enumerate(self.css):
            if is_url(css):
                urls_ = (*self.css[:at], _url(("css", at), css), *self.css[at + 1 :])
                msgspec.structs.force_setattr(self, "css", urls_)


class Own(msgspec.Struct, frozen=True):
    """What the files of the owner contain that `pages` names. `templates` are names, paths and texts."""

    css: tuple[str, ...] = ()
    head: str = ""
    header: str = ""
    footer: str = ""
    templates: tuple[tuple[str, str, str], ...] = ()


class Kept(_Settings, frozen=True, kw_only=True):
    """Which feeds of a kind to make."""

    at_least: Positive = 1
    """Only those with so many records. A feed that was published once stays, also with fewer."""


class Groups(_Settings, frozen=True, kw_only=True):
    """Which feeds to make, besides the feed of all articles and custom feeds: `true`, `false`, or settings of its own."""

    topic: bool | Kept = True
    """A feed for each topic."""
    provider: bool | Kept = True
    """A feed for each provider."""
    category: bool | Kept = False
    """A feed for each `category` that records name."""
    type: bool | Kept = False
    """A feed for each `type` that records name."""
    author: bool | Kept = False
    """A feed for each author."""
    provider_topic: bool | Kept = False
    """A feed for each topic within each provider."""

    def least(self, kind: str) -> int:
        """The number of records that a feed of a kind must have to be made."""
        kept = getattr(self, kind, None)
        return kept.at_least if isinstance(kept, Kept) else 0

    @property
    def is_choosy(self) -> bool:
        """Whether feeds of a kind must have several records."""
        return any(self.least(kind) > 1 for kind in self.__struct_fields__)


class Where(_Settings, frozen=True, kw_only=True):
    """The conditions for articles; an article must meet all of them. Names match like topics: `AI` is `ai`."""

    topics: tuple[Name, ...] = ()
    """It has one of these topics (or all, see `match`). Aliases count as the topic."""
    match: Literal["any", "all"] = "any"
    """`any`: one of the `topics` is enough; `all`: the article needs every one."""
    not_topics: tuple[Name, ...] = ()
    """It does not have any of these topics."""
    providers: tuple[Name, ...] = ()
    """It is from one of these providers (names or domains)."""
    not_providers: tuple[Name, ...] = ()
    """It is not from any of these providers."""
    category: Name | None = None
    """It has this category."""
    type: Name | None = None
    """It has this type."""
    min_quality: Whole | None = None
    """Its quality is at least this. Articles without a quality are left out."""
    min_heat: Whole | None = None
    """Its heat is at least this. Articles without a heat are left out."""
    since: Span | None = None
    """Its maximum age, counted back from the newest article of the site: `12 hours`, `90 days`, `6 weeks`, `6 months`, `1
    year`."""
    text: Text | None = None
    """Its title or excerpt contains this text. Case does not matter."""
    not_text: Text | None = None
    """Neither its title nor its excerpt contains this text. Case does not matter."""

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("topics", "not_topics", "providers", "not_providers"):
            names = tuple(map(text.clean, getattr(self, name)))
            for index, each in enumerate(names):
                if not slugs.identity(each):
                    raise SettingError((name, index), "is empty; write a value, or leave it out")
            msgspec.structs.force_setattr(self, name, names)
        _clean(self, "category", "type", "text", "not_text")
        for name, compared in (
            ("category", slugs.identity),
            ("type", slugs.identity),
            ("text", characters.folded),
            ("not_text", characters.folded),
        ):
            if (value := getattr(self, name)) is not None and not compared(value):
                raise SettingError((name,), "contains no visible character")


class CustomFeed(_Settings, frozen=True, kw_only=True):
    """A custom feed: you choose its articles."""

    name: Name
    """The name of the feed."""
    slug: FileName = ""
    """Its file name, as in `custom/ai-health.atom` (default: made from the name). Keep it if you change the name."""
    description: Text | None = None
    """What it offers, in one sentence (default: from `descriptions.custom`)."""
    where: Where = msgspec.field(default_factory=Where)
    """The conditions for its articles. Without conditions, it contains all articles."""
    order: Order = "newest"
    """Which articles come first: the `newest`, or those with the highest `quality` or `heat`; if equal, the newest."""
    limit: Positive | None = None
    """Entries, at most (default: the `limit` of all feeds)."""

    def __post_init__(self) -> None:
        super().__post_init__()
        _clean(self, "name", "description")
        identity = slugs.identity(self.name)
        if not identity:
            raise SettingError(("name",), f"cannot name a feed: {self.name!r}; add a letter or digit")
        slug = self.slug or slugs.slug(identity)
        if not slugs.is_custom(slug):
            wanted = slugs.slug(slugs.identity(slug))
            raise SettingError(("slug",), f"must be a plain file name such as {wanted!r}, not {slug!r}")
        msgspec.structs.force_setattr(self, "slug", slug)


class Archive(_Settings, frozen=True, kw_only=True):
    """Settings of archive documents."""

    complete: bool = False
    """Mark feeds that show all of their articles as complete (`fh:complete`, RFC 5005 section 2). Readers may then remove
    articles that you withdraw."""


class Publish(_Settings, frozen=True, kw_only=True):
    """How files are written."""

    cache_control: Header | None = None
    """In object storage, the `Cache-Control` header of each file (default: `public, max-age=` and a twelfth of `ttl`, from one
    minute to one hour)."""
    precompress: tuple[CodingName, ...] = ()
    """Compressed copies to write beside each file, for web servers that can serve them: `[gzip, br, zstd]` adds `.gz`, `.br`
    and `.zst`. `br` and `zstd` need `feedloom[compress]`."""

    def __post_init__(self) -> None:
        super().__post_init__()
        ordered = tuple(name for name in get_args(CodingName) if name in self.precompress)
        msgspec.structs.force_setattr(self, "precompress", ordered)


class DefaultProvider(_Settings, frozen=True, kw_only=True):
    """The provider of records that name none."""

    name: Text | None = None
    """Its name."""
    domain: Text | None = None
    """Its domain."""


class Defaults(_Settings, frozen=True, kw_only=True):
    """What holds for records that do not say otherwise."""

    provider: DefaultProvider = msgspec.field(default_factory=DefaultProvider)
    """Who published the article."""
    authors: tuple[Text, ...] = ()
    """Who wrote it."""
    topics: tuple[Text, ...] = ()
    """What it is about."""
    language: Language | None = None
    """The language it is written in."""
    category: Text | None = None
    """Its category."""
    type: Text | None = None
    """Its type."""


class Records(_Settings, frozen=True, kw_only=True):
    """One of several folders of records, with a profile of its own."""

    path: Target
    """The folder, a glob such as `content/**/*.md`, one file with many records, or a place in object storage."""
    profile: profiles.Name = "native"
    """Which program its records were made for."""
    fields: dict[Name, tuple[Text, ...]] = {}
    """Which of their fields are read."""
    defaults: Defaults = msgspec.field(default_factory=Defaults)
    """What holds for those that do not say otherwise."""
    permalink: Text | None = None
    """How their URLs are made."""
    content: Literal["full", "excerpt"] | None = None
    """The HTML content of their entries (default: as `content` says, else `full` for posts of other programs)."""

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_fields(self.fields)
        if object_urls.is_url(self.path):
            msgspec.structs.force_setattr(self, "path", _place(self.path, "path"))
        parts = self.path.split("/")
        if sum("**" in part for part in parts) > _MOST_STARS or any(part.count("*") > _MOST_STARS for part in parts):
            raise SettingError(("path",), f"is a glob with over {_MOST_STARS} **, or * in one name; list several instead")


_MOST_STARS = 4
"""Each more multiplies the ways in which a path can be matched."""


class Config(_Settings, frozen=True, kw_only=True):
    """All settings. Paths in the configuration file are relative to that file."""

    records: Target = "records"
    """The folder with the record files; a place in object storage (`s3://BUCKET/PREFIX`, `gs://`, `az://`); one file with many
    records, in JSON, JSON Lines, CSV or Parquet, or a feed; or a list of these and of globs, each as text or with settings of
    its own."""
    profile: profiles.Name = "native"
    """Which program the records were made for: `native` for records of feedloom's own form, or a site generator. `feedloom
    profile NAME` prints what a profile reads."""
    fields: dict[Name, tuple[Text, ...]] = {}
    """Which of your fields are read, in the order in which they are tried: `published: [date, added, ":file"]`. Dots lead into
    mappings; `:file`, `:folder`, `:permalink`, `:body` and `:link.host` are computed. The profile has the rest."""
    defaults: Defaults = msgspec.field(default_factory=Defaults)
    """What holds for records that do not say otherwise."""
    permalink: Text | None = None
    """How the URL of a post is made, with the placeholders of its generator: `/:year/:title/`. It starts at `site.home`. If it
    is not set, the generator's own settings say it."""
    output: Target = "feeds"
    """The folder to write the feeds to, or a place in object storage: `s3://BUCKET/PREFIX`, `gs://BUCKET/PREFIX` or
    `az://CONTAINER/PREFIX`, which need `feedloom[objects]`. Credentials come from the environment or a role of the machine."""
    site: Site = msgspec.field(default_factory=Site)
    """Who publishes the feeds, and where."""
    state: Place | None = None
    """The cache file. It makes the next build fast; you may delete it. It must be outside the output folder (default: in
    `.feedloom/` next to the configuration file)."""
    ids: Place | None = None
    """The file of the ids that entries and feeds keep from an earlier program, as `feedloom adopt` writes it. Without this
    setting, it is `ids.json` beside the configuration, if there is one."""
    jobs: Positive | None = None
    """The number of processes (default: the number of processors)."""
    engine: Engine = "local"
    """What runs a build: `local`, this machine; `dask://HOST:PORT` or `tls://HOST:PORT`, the workers of a Dask scheduler; or
    `dask:local:2`, so many Dask workers on this machine."""
    work: Target | None = None
    """Where the workers of an engine exchange what they read: a private folder or bucket (`s3://...`), not in the output
    (default for `dask:local`: next to the cache)."""
    shards: Positive | None = None
    """Into how many parts an engine divides its work (default: by the size of the records)."""
    limit: Positive = 50
    """Entries per feed, at most."""
    unpublished: Literal["skip", "include"] = "skip"
    """Whether to `skip` or `include` unpublished records (`published: false`, `draft: true`, files in `_drafts/`)."""
    max_file_size: Positive = _MAX_FILE_SIZE
    """Larger record files are rejected (bytes), and larger rows of files of many records."""
    max_shard_size: Size = _MAX_SHARD_SIZE
    """Larger files of many records are rejected (bytes, unpacked)."""
    ttl: Positive = 60
    """RSS readers should check again after so many minutes."""
    ignore: tuple[Text, ...] = ()
    """Files and folders to ignore below the records folder, as gitignore patterns: `[about.md, "pages/"]`. Hidden files,
    README, LICENSE, CHANGELOG, CONTRIBUTING and the like, `node_modules` and virtual environments are always ignored, unless a
    pattern such as `"!README.md"` includes them again."""
    titles: Titles = msgspec.field(default_factory=Titles)
    """The titles of the feeds, by kind; `{site}` and `{name}` are filled in."""
    descriptions: Descriptions = msgspec.field(default_factory=Descriptions)
    """The descriptions of the feeds, by kind; `{site}`, `{description}` and `{name}` are filled in."""
    topics: dict[TopicName, Topic] = {}
    """Topics that were renamed, under their new names: `New name: {aliases: [Old name]}`."""
    providers: dict[ProviderName, Provider] = {}
    """Providers that moved, under their new domains: `new.example: {aliases: [old.example]}`; and sites on which many people
    publish: `youtube.com: {by: name}`."""
    also: dict[str, Text] = {}
    """Paths below the output folder at which feeds are published, too, such as those of an earlier program:
    `{feed.xml: all.rss, tags/ai/index.xml: topics/ai.rss}`."""
    groups: Groups = msgspec.field(default_factory=Groups)
    """Which feeds to make, besides the feed of all articles and custom feeds."""
    feeds: tuple[CustomFeed, ...] = ()
    """Custom feeds: choose articles by several conditions."""
    formats: FormatNames = get_args(FormatName)
    """The formats of the feeds, at least one. If you remove a format, the next build removes its files."""
    pages: bool | Pages = True
    """Write an HTML page for each feed, and one that lists all feeds: `true`, `false`, or settings of the pages. If this
    becomes `false`, the next build removes the pages."""
    content: Literal["full", "excerpt", "none"] | None = None
    """The HTML content of entries. `full`: picture, body of the record, provider and related articles; `excerpt`: the excerpt
    in place of the body; `none`: no content, only summaries (default: `full` for posts of other programs, else `excerpt`)."""
    templates: Templates = "cut"
    """What happens to template tags and shortcodes in bodies, which are never run: `cut` removes them, `keep` shows them as
    they are written, `excerpt` shows the excerpt of a body that contains some."""
    archive: bool | Archive = False
    """Write archive documents (RFC 5005) with the entries that feeds no longer show: `true`, `false`, or `{complete: true}` to
    mark complete feeds, too."""
    publish: Publish = msgspec.field(default_factory=Publish)
    """How files are written."""
    guard: Guard = msgspec.field(default_factory=Guard)
    """When a build stops and leaves the published feeds as they are."""
    labels: Labels = msgspec.field(default_factory=Labels)
    """Words that feedloom adds to feeds."""

    file: str | None = None  # not a setting: the configuration file, for messages
    posts: Posts | None = None  # not a setting: how records of another program are read
    adopted: dict[str, str] = {}  # not a setting: the ids of entries in the file `ids`
    adopted_feeds: dict[str, str] = {}  # not a setting: the ids of feeds there
    several: tuple[Records, ...] = ()  # not a setting: what `records` lists; the setting is the folder above all then
    parts: tuple[Part, ...] = ()  # not a setting: how each of them is read
    own: Own = Own()  # not a setting: the contents of files that `pages` names

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in PATHS:
            if "\0" in (getattr(self, name) or ""):
                raise SettingError((name,), "contains U+0000, which paths cannot contain")
            if name in MAY_BE_URLS and object_urls.is_url(getattr(self, name)):
                msgspec.structs.force_setattr(self, name, _place(getattr(self, name), name))
            elif _SCHEME.search(getattr(self, name) or ""):
                raise SettingError((name,), "is a URL; feedloom reads and writes local folders only; write a path")
        if self.work is not None and object_urls.is_url(self.work):
            msgspec.structs.force_setattr(self, "work", _place(self.work, "work"))
        _settle_content(self)
        if not self.formats:
            raise SettingError(("formats",), f"must name at least one of {_AMONG}")
        # Sorted: the order of the list must not change a byte.
        ordered = tuple(name for name in get_args(FormatName) if name in self.formats)
        msgspec.structs.force_setattr(self, "formats", ordered)
        _check_ignore(self.ignore)
        _check_fields(self.fields)
        _check_topics(self.topics)
        _check_providers(self.providers)
        _check_feeds(self.feeds)
        _check_also(self.also, self.formats, self.index)
        for name in ("sitemap", "readers"):
            if getattr(self.page_settings, name) and not self.site.url:
                raise SettingError(("pages", name), "needs site.url, the URL of the feeds")

    @property
    def folder(self) -> str | None:
        """The output folder; None if the output is in object storage."""
        return None if object_urls.is_url(self.output) else self.output

    @property
    def index(self) -> str | None:
        """The path of the page that lists all feeds, below the output folder. None without pages."""
        return self.page_settings.index if self.pages else None

    @property
    def page_settings(self) -> Pages:
        """The settings of the pages, also where `pages` is `true` or `false`."""
        return self.pages if isinstance(self.pages, Pages) else _NO_SETTINGS


_NO_SETTINGS = Pages()


def _place(written: str, name: str) -> str:
    """An URL as it is shown; the path of a folder if it is local."""
    try:
        url = object_urls.parsed(written)
    except ValueError as error:
        raise SettingError((name,), str(error)) from None
    return url.prefix if url.scheme == "file" else str(url)


class Rules(msgspec.Struct, frozen=True):
    """The part of the configuration that reading records depends on."""

    zone: str = _ZONE
    records_url: str | None = None
    home: str | None = None
    bodies: bool = False
    """Whether bodies are content."""
    templates: Templates = "cut"
    include_unpublished: bool = False
    max_file_size: int = _MAX_FILE_SIZE
    max_shard_size: int = _MAX_SHARD_SIZE
    topics: dict[str, str] = {}
    """The names of configured topics, by the identities of all their names."""
    providers: dict[str, str] = {}
    """Configured providers, as written, by the identities of all their names."""
    phrases: tuple[str, ...] = ()
    """The texts that custom feeds search for, folded."""
    ids: dict[str, str] = {}
    """Ids that entries keep from an earlier program, by the paths of the records."""
    posts: Posts | None = None
    """How the records of another program are read."""
    parts: tuple[Part, ...] = ()
    """How the records of several folders are read."""
    authors: bool = False
    """Whether authors have feeds."""


def is_read_otherwise(settings: Config | Records) -> bool:
    """Whether records are not read as those of feedloom's own form are."""
    return bool(settings.profile != "native" or settings.fields or settings.defaults != Defaults() or settings.permalink)


def rules(config: Config) -> Rules:
    """The rules of a site."""
    return Rules(
        zone=config.site.timezone,
        records_url=config.site.records_url,
        home=config.site.home if config.content == "full" else None,
        bodies=config.content == "full",
        templates=config.templates,
        include_unpublished=config.unpublished == "include",
        max_file_size=config.max_file_size,
        max_shard_size=config.max_shard_size,
        topics=names_of_topics(config),
        providers=names_of_providers(config),
        phrases=tuple(
            sorted({characters.folded(one) for feed in config.feeds for one in (feed.where.text, feed.where.not_text) if one})
        ),
        ids=config.adopted,
        posts=config.posts,
        parts=config.parts,
        authors=bool(config.groups.author),
    )


def names_of_topics(config: Config) -> dict[str, str]:
    """The names of configured topics, by the identities of all their names."""
    return {slugs.identity(alias): name for name, topic in config.topics.items() for alias in (name, *topic.aliases)}


def identity_of_provider(name: str) -> str:
    """The identity of a provider from the settings, which give its domain or its name."""
    try:
        return urls.domain(name)
    except ValueError:
        return slugs.identity(name)


def names_of_providers(config: Config) -> dict[str, str]:
    """Configured providers, as written, by the identities of their aliases."""
    return {identity_of_provider(alias): name for name, provider in config.providers.items() for alias in provider.aliases}


def _url(path: Path, value: str) -> str:
    try:
        url = urls.http_url(value)
    except ValueError as error:
        raise SettingError(path, str(error)) from None
    if path[0] in ("url", "id", "records_url"):
        if "?" in url or "#" in url:
            raise SettingError(path, "must be the URL of a folder, without ? and #")
        if path == ("url",) and re.match(_FILE, url):
            file = url.rpartition("/")[2]
            raise SettingError(path, f"ends in a file name ({file}); write the URL of the folder that contains the feeds")
        return url.rstrip("/") + "/"
    return url


def _check_ignore(patterns: tuple[str, ...]) -> None:
    for index, pattern in enumerate(patterns):
        try:
            ignoring.spec([pattern])
        except ValueError:
            raise SettingError(("ignore", index), f"is not a gitignore pattern: {pattern!r}") from None


_ALL_FIELDS = f"the fields are {', '.join(profiles.FIELDS)}"


def _check_fields(fields: dict[str, tuple[str, ...]]) -> None:
    for name, sources in fields.items():
        if name not in profiles.FIELDS:
            import difflib

            near = difflib.get_close_matches(name, profiles.FIELDS, 1)
            raise SettingError(("fields", name), f"no such field; {f'did you mean {near[0]}?' if near else _ALL_FIELDS}")
        for index, source in enumerate(sources):
            if source.startswith(":") and source not in profiles.COMPUTED:
                raise SettingError(("fields", name, index), f"must be a field, or one of {', '.join(profiles.COMPUTED)}")


def _check_topics(topics: dict[str, Topic]) -> None:
    """Check that each name belongs to one topic."""
    owners: dict[str, str] = {}
    addresses: dict[str, str] = {}
    for name, topic in topics.items():
        for path, alias in _named("topics", name, topic.aliases):
            identity = slugs.identity(alias)
            if not identity or text.clean(alias) != alias:
                raise SettingError(path, f"is not the name of a topic: {alias!r}")
            if identity in owners:
                raise SettingError(path, f"{alias!r} is already a name of {owners[identity]!r}; remove one of them")
            owners[identity] = name
            if address := addresses.get(slugs.slug(identity)):
                raise SettingError(path, f"{alias!r} has the same URL as {address!r}; remove one of them")
            addresses[slugs.slug(identity)] = alias


def _settle_content(config: Config) -> None:
    """Set the content of the site, and of each of several folders, where the settings do not say it."""
    for one in config.several:
        default = "excerpt" if one.profile == "native" else "full"
        msgspec.structs.force_setattr(one, "content", one.content or config.content or default)
    is_full = config.profile != "native" or any(one.content == "full" for one in config.several)
    if config.content is None or (config.content == "excerpt" and config.several):
        msgspec.structs.force_setattr(config, "content", "full" if is_full else "excerpt")


def _check_also(also: dict[str, str], formats: tuple[str, ...], index: str | None) -> None:
    owners: dict[str, str] = {}
    for path, feed in sorted(also.items(), key=lambda one: one[0].count("/")):  # those above come first
        address, _, suffix = feed.rpartition(".")
        if not address or suffix not in get_args(FormatName):
            raise SettingError(("also", path), f"must be the path of a feed, such as all.rss, not {feed!r}")
        if suffix not in formats:
            raise SettingError(("also", path), f"{feed}: formats does not list {suffix}")
        parts = path.split("/")
        if not all(_PART.fullmatch(part) for part in parts):
            raise SettingError(("also", path), "must be a path below the output folder, such as feed.xml")
        # A file is no folder, and on some disks `Feed.xml` is `feed.xml`.
        folded, names = path.casefold(), [part.casefold() for part in parts]
        above = ["/".join(names[:end]) for end in range(1, len(names) + 1)]
        is_own = any(map(_is_own, above)) or (index is not None and index.casefold() in above) or names[0] == ".feedloom"
        if is_own or folded in _FOLDERS:
            raise SettingError(("also", path), "feedloom uses this path itself; choose another one")
        if other := next((owners[one] for one in above if one in owners), None):
            raise SettingError(("also", path), f"cannot be beside {other}: they would be one file, or a folder and a file")
        owners[folded] = path


def _is_own(path: str) -> bool:
    """Whether a path in small letters is that of a file that feedloom writes."""
    return bool(_OWN.fullmatch(path) or (path.partition("/")[0] in _FOLDERS and _OWN_SUFFIX.search(path)))


_PART = re.compile(r"(?!\.{1,2}$)(?=.*\S)[^\x00-\x1f/\\]{1,200}")
_OWN = re.compile(r"\.nojekyll|sitemap\.xml|catalog\.json|[a-z]+\.opml|feedloom-.*|all\.(?:atom|rss|json|html)")
_OWN_SUFFIX = re.compile(r"\.(?:atom|rss|json|html)$")
_FOLDERS = frozenset({"archive", "authors", "categories", "custom", "provider-topics", "providers", "topics", "types"})
"""Those of the feeds of each kind, and of their archives."""


def _named(section: str, name: str, aliases: tuple[str, ...]) -> Iterator[tuple[Path, str]]:
    """All names of a topic or provider, with the paths of their settings."""
    yield (section, name), name
    for index, alias in enumerate(aliases):
        yield (section, name, "aliases", index), alias


def _check_providers(providers: dict[str, Provider]) -> None:
    """Check that each name belongs to one provider."""
    owners: dict[str, str] = {}
    for name, provider in providers.items():
        for path, alias in _named("providers", name, provider.aliases):
            identity = identity_of_provider(alias)
            if not identity or text.clean(alias) != alias:
                raise SettingError(path, f"is not the name of a provider: {alias!r}")
            if identity in owners:
                raise SettingError(path, f"{alias!r} is already a name of {owners[identity]!r}; remove one of them")
            owners[identity] = name


def _check_feeds(feeds: tuple[CustomFeed, ...]) -> None:
    """Check that each URL belongs to one feed."""
    owners: dict[str, str] = {}
    for index, feed in enumerate(feeds):
        if feed.slug in owners:
            both = f"{feed.name!r} and {owners[feed.slug]!r} are both custom/{feed.slug}"
            raise SettingError(("feeds", index), f"{both}; give one a different slug")
        owners[feed.slug] = feed.name


def _clean(settings: _Settings, *names: str) -> None:
    """Clean texts for feeds like those of records. Raises SettingError if nothing is left."""
    for name in names:
        if (value := getattr(settings, name)) is not None:
            msgspec.structs.force_setattr(settings, name, text.clean(value))
            if not getattr(settings, name):
                raise SettingError((name,), "is empty; write a value, or leave it out")


def is_url(value: str) -> bool:
    """Whether a setting that may be a file is a URL."""
    return bool(_SCHEME.match(value))


def _check_words(name: str, value: str, default: str) -> None:
    """Check words: only the default's places may be filled in, and a language has so many forms."""
    places, others = _places(default), _places(value) - _places(default)
    if others:
        only = ", ".join(f"{{{one}}}" for one in sorted(places))
        how = f"may contain only {only} in braces" if places else "may not contain braces"
        raise SettingError((name,), f"{how}, not {value!r}")
    forms = value.count(" | ") + 1
    if "{count}" in default and forms not in (1, 2, 6):
        raise SettingError((name,), "must have 1, 2 or 6 forms with ` | ` between them")
    if "{count}" not in default and forms > 1:
        raise SettingError((name,), "may not contain ` | `")


def _places(text: str) -> set[str]:
    """What is in braces in a text; `?` if that is wrong."""
    try:
        parts = list(string.Formatter().parse(text))
    except ValueError:
        return {"?"}
    return {"?" if spec or conversion else name for _, name, spec, conversion in parts if name is not None}


def _check_pattern(kind: str, pattern: str) -> None:
    if _places(pattern) - {"site", "description", "name"}:
        raise SettingError((kind,), f"may contain only {{site}}, {{description}} and {{name}} in braces, not {pattern!r}")
