"""The settings of a site: every one of them, its type and its default, once. `settings` reads them from where they are made."""

import re
import string
from functools import cache
from typing import Annotated, Any, Literal, TypeAlias, get_type_hints

import msgspec

from feedloom.config import ignoring
from feedloom.values import characters, dates, slugs, text, urls, zones

CONFIGURATION = ("feedloom.yaml", "feedloom.yml")
"""The names of the configuration file in the current folder."""


def _editors_see(pattern: str, message: str) -> msgspec.Meta:
    """What editors can see of a rule that is kept below, and what they say: the pattern is JavaScript's, and Python's too."""
    return msgspec.Meta(extra_json_schema={"pattern": pattern, "patternErrorMessage": message})


def _said(message: str) -> msgspec.Meta:
    """What is said where a value does not fit, by editors and by `settings`."""
    return msgspec.Meta(extra_json_schema={"patternErrorMessage": message})


_WORD = r"[^\u0000-/:-@\[-^`{-\u007f]"  # a letter, a digit, `_`; or anything beyond ASCII
_HOST = rf"{_WORD}+((-+|\.){_WORD}+)*\.?(:[0-9]{{1,5}})?"
_SCHEME = re.compile("(?:^|/)[A-Za-z][A-Za-z0-9+.-]*://")
_LOWER = r"[^\u0000-/:-^`{-\u007f]+"  # words without capitals
_END = r"$(?!\n)"  # `$` alone lets a line break follow

Positive: TypeAlias = Annotated[
    int,
    msgspec.Meta(ge=1, le=1_000_000_000),  # what the state can keep has an end
    _editors_see("^([1-9][0-9]{0,8}|10{9})$", "Write a number from 1 on."),
]
Share: TypeAlias = Annotated[
    float, msgspec.Meta(ge=0, le=1), _editors_see(r"^(0(\.[0-9]+)?|1(\.0+)?)$", "Write a number from 0 to 1.")
]
Text: TypeAlias = Annotated[str, _editors_see(r"\S", "Write some text, or leave it out.")]
# What is compared as nothing (`characters.folded`), as far as it is below U+10000: JavaScript knows no more by default.
_NOTHING = (
    r"\s\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u2010\u202a-\u202e"
    r"\u2060-\u2064\u2066-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0-"
)
Name: TypeAlias = Annotated[str, _editors_see(f"[^{_NOTHING}]", "Write a name.")]
TopicName: TypeAlias = Annotated[str, _editors_see(rf"^(?=.*[^{_NOTHING}])\S+( \S+)*$", "Write a name, with single spaces.")]
ProviderName: TypeAlias = Annotated[
    str,
    _editors_see(rf"^(?=.*[^{_NOTHING}])\S+( \S+)*$", "Write a domain, or the name of a provider that has none."),
]
Pattern: TypeAlias = Annotated[
    str,
    _editors_see(
        r"^(?=\s*\S)([^{}]|\{\{|\}\}|\{(site|description|name):?\})*$",
        "Write a text; braces may hold {site}, {description} and {name}.",
    ),
]
Address: TypeAlias = Annotated[
    str,
    _editors_see(
        rf"^\s*[hH][tT][tT][pP][sS]?://{_HOST}([/?#]\S*)?\s*$", "Write a whole address, as https://example.com/picture.png."
    ),
]
_FILE = r"\s*[A-Za-z]+://[^/]*/\S*\.([hH][tT][mM][lL]?|[xX][mM][lL]|[pP][hH][pP]|[jJ][sS][oO][nN]|[aA][tT][oO][mM]|[rR][sS][sS])\s*$"
Folder: TypeAlias = Annotated[
    str,
    _editors_see(
        rf"^(?!{_FILE})\s*[hH][tT][tT][pP][sS]?://{_HOST}(/[^\s?#]*)?\s*$",
        "Write the whole address of a folder, as https://example.com/feeds/, without ? and #.",
    ),
]
Base: TypeAlias = Annotated[
    str,
    _editors_see(
        rf"^\s*[hH][tT][tT][pP][sS]?://{_HOST}(/[^\s?#]*)?\s*$",
        "Write a whole address, as https://example.com/feeds/, without ? and #.",
    ),
]
Email: TypeAlias = Annotated[
    str,
    msgspec.Meta(pattern=r"^[A-Za-z0-9_.+'-]+@([A-Za-z0-9-]+\.)+[A-Za-z]{2,}" + _END),
    _said("Write an e-mail address, as feeds@example.com."),
]
FileName: TypeAlias = Annotated[
    str,
    _editors_see(
        rf"^(?!(con|prn|aux|nul|index|(com|lpt)[0-9])(\.|$))({_LOWER}((-?\.-?|-){_LOWER})*((?<![0-9_])--)?)?(~[0-9a-f]{{16}})?$",
        "Write a plain file name, as ai-health.",
    ),
]
Zone: TypeAlias = Annotated[
    str,
    _editors_see("^[A-Za-z0-9+_-]+([:/][A-Za-z0-9+_-]+)*$", "Write an IANA name as Europe/Berlin, or an offset as +02:00."),
]
Whole: TypeAlias = Annotated[
    int,
    msgspec.Meta(gt=-(10**15), lt=10**15),  # as records have them
    _editors_see("^(0|-?[1-9][0-9]{0,14})$", "Write a number of up to 15 digits."),
]
Place: TypeAlias = Annotated[
    str,
    _editors_see(
        r"^(?!([^\u0000]*/)?[A-Za-z][A-Za-z0-9+.-]*://)[^\u0000]*$", "Write the path of a local file or folder, not a URL."
    ),
]
Language: TypeAlias = Annotated[
    str,
    msgspec.Meta(pattern="^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*" + _END),
    _said("Write an IETF tag, as en, en-us or pt-br."),
]
Order: TypeAlias = Literal["newest", "quality", "heat"]
Span: TypeAlias = Annotated[
    str,
    msgspec.Meta(pattern=f"^{dates.SPAN.pattern}{_END}"),
    _said("Write a number and hours, days, weeks, months or years, as 90 days."),
]


class _Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What all settings share: one that exists is right, however it was made. ValueError names the setting that is not."""

    def __post_init__(self) -> None:
        # msgspec checks what it reads, and not what Python calls make.
        for name, type_ in _types(type(self)).items():
            value = getattr(self, name)
            try:
                fitting = msgspec.convert(value, type_)
            except msgspec.ValidationError as error:
                raise ValueError(f"{name}: does not fit: {error}") from None
            if fitting is not value:
                msgspec.structs.force_setattr(self, name, fitting)


class Site(_Settings, frozen=True, kw_only=True):
    """Who publishes the feeds, and where."""

    title: Text = "News"
    """The name of the site: the title of the feed of everything, and `{site}` in the titles of the others."""
    description: Text = "The newest articles."
    """What the site offers, in a sentence: `{description}` in the descriptions of its feeds."""
    url: Folder | None = None
    """The address at which the output folder is published. Without it feeds do not tell readers where they are."""
    id: Base | None = None
    """The address that feed ids begin with, where it is not `site.url`: set it to the old address when the site moves."""
    language: Language | None = None
    """The language of the articles, as an IETF tag: `en`, `de-AT`, `pt-br`. Where it is not set, feeds claim none."""
    timezone: Zone = "UTC"
    """Holds for dates that name no zone: an IANA name (`Europe/Berlin`) or an offset (`+02:00`)."""
    author: Text | None = None
    """Who answers for the feeds; the site's title where it is not set."""
    email: Email | None = None
    """The address at which the author can be reached. It is public: every feed has it."""
    rights: Text | None = None
    """Who holds the rights, and what readers may do: `© 2026 Lab, CC BY 4.0`."""
    icon: Address | None = None
    """The address of a small square picture, shown beside the name of feeds whose provider has none."""
    logo: Address | None = None
    """The address of a larger picture: a GIF, JPEG or PNG of at most 144 by 400 pixels, so that RSS can show it."""
    records_url: Base | None = None
    """The address against which relative image addresses in records are resolved."""
    hub: Address | None = None
    """The address of a WebSub hub that is told about new entries."""

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("url", "id", "icon", "logo", "records_url", "hub"):
            value = getattr(self, name)
            if value is not None:
                msgspec.structs.force_setattr(self, name, _address(name, value))
        zones.named(self.timezone)
        _clean(self, "title", "description", "author", "rights")

    @property
    def base(self) -> str | None:
        """What feed ids begin with."""
        return self.id or self.url


class Patterns(_Settings, frozen=True, kw_only=True):
    """A text for each kind of feed, in which `{site}`, `{description}` and `{name}` are filled in."""

    all: Pattern
    topic: Pattern
    provider: Pattern
    category: Pattern
    type: Pattern
    provider_topic: Pattern
    custom: Pattern

    def __post_init__(self) -> None:
        super().__post_init__()
        _clean(self, *self.__struct_fields__)
        for kind in self.__struct_fields__:
            _check_pattern(kind, getattr(self, kind))


class Titles(Patterns, frozen=True, kw_only=True):
    """The titles of the feeds, by kind. Feeds that would have the same title have their address behind it, in brackets."""

    all: Pattern = "{site}"
    """The title of the feed of everything."""
    topic: Pattern = "{site}: {name}"
    """The title of a topic's feed."""
    provider: Pattern = "{site}: from {name}"
    """The title of a provider's feed."""
    category: Pattern = "{site}: category {name}"
    """The title of a category's feed."""
    type: Pattern = "{site}: type {name}"
    """The title of the feed of a type."""
    provider_topic: Pattern = "{site} from {name}"
    """The title of the feed of a topic within a provider; `{name}` is both: `CIO: AI`."""
    custom: Pattern = "{site}: {name}"
    """The title of a feed of the owner's own."""


class Descriptions(Patterns, frozen=True, kw_only=True):
    """The descriptions of the feeds, by kind."""

    all: Pattern = "{description}"
    """The description of the feed of everything."""
    topic: Pattern = "The newest articles about {name}."
    """The description of a topic's feed."""
    provider: Pattern = "The newest articles from {name}."
    """The description of a provider's feed."""
    category: Pattern = "The newest articles of the category {name}."
    """The description of a category's feed."""
    type: Pattern = "The newest articles of the type {name}."
    """The description of the feed of a type."""
    provider_topic: Pattern = "The newest articles of {name}."
    """The description of the feed of a topic within a provider."""
    custom: Pattern = "A selection of articles: {name}."
    """The description of a feed of the owner's own that has none itself."""


class Labels(_Settings, frozen=True, kw_only=True):
    """The words of the site that are not the records' own; where they are not set, in the language of the site if feedloom
    knows it (de, en, es, fr, ja), else in English.
    """

    source: Text = "Source:"
    """Stands before the provider, below the excerpt."""
    related: Text = "Related articles:"
    """Stands above the list of related articles."""
    subscribing: Text = "This is a feed. To subscribe, copy its address into a feed reader."
    """For people who open a JSON Feed in a browser."""
    topics: Text = "Topics"
    """The heading of the topics, on the page of all feeds and in OPML."""
    providers: Text = "Providers"
    """The heading of the providers."""
    categories: Text = "Categories"
    """The heading of the categories."""
    types: Text = "Types"
    """The heading of the types."""
    provider_topics: Text = "Topics by provider"
    """The heading of the topics within providers."""
    selections: Text = "Selections"
    """The heading of the owner's own feeds."""

    def __post_init__(self) -> None:
        super().__post_init__()
        _clean(self, *self.__struct_fields__)


class Guard(_Settings, frozen=True, kw_only=True):
    """When a build stops and leaves what is published as it is; `--force` lets it go on."""

    max_loss: Share = 0.5
    """The share of the records that may be lost, from 0 to 1, of the most that was published in the last 30 days of builds."""
    max_rejected: Share = 0.5
    """The share of the records that may be rejected, from 0 to 1."""
    max_clock_jump: Span = "30 days"
    """The longest time since the last build after which scheduled records are published: a longer one is taken for a wrong
    clock."""


class Topic(_Settings, frozen=True, kw_only=True):
    """A topic that was renamed, or that has several names."""

    aliases: tuple[Name, ...] = ()
    """Its other names: records that use them belong to it, and the addresses of these names answer with its feed."""

    def __post_init__(self) -> None:
        super().__post_init__()
        names = tuple(map(text.clean, self.aliases))
        msgspec.structs.force_setattr(self, "aliases", names)


class Provider(_Settings, frozen=True, kw_only=True):
    """A provider that moved, or whose site many publish on."""

    by: Literal["domain", "name"] = "domain"
    """`name` adds a feed for each name that records give within the domain: `providers/NAME@youtube.com`."""
    aliases: tuple[Name, ...] = ()
    """Its other domains: records that have them belong to it, and the addresses of these answer with its feed."""

    def __post_init__(self) -> None:
        msgspec.structs.force_setattr(self, "aliases", tuple(map(text.clean, self.aliases)))


class Groups(_Settings, frozen=True, kw_only=True):
    """Which kinds of feeds there are beside that of the whole site and the owner's own."""

    topic: bool = True
    """A feed for each topic."""
    provider: bool = True
    """A feed for each provider."""
    category: bool = False
    """A feed for each `category` that records name."""
    type: bool = False
    """A feed for each `type` that records name."""
    provider_topic: bool = False
    """A feed for each topic within each provider."""


class Where(_Settings, frozen=True, kw_only=True):
    """The conditions that an article has to meet, all of them. Names are compared as those of topics are: `AI` is `ai`."""

    topics: tuple[Name, ...] = ()
    """It has one of these topics, or all of them: `match` says which. Other names of a topic count as the topic."""
    match: Literal["any", "all"] = "any"
    """`any`: one of the `topics` will do; `all`: every one is needed."""
    not_topics: tuple[Name, ...] = ()
    """It has none of these topics."""
    providers: tuple[Name, ...] = ()
    """It is from one of these providers, each by its name or its domain."""
    not_providers: tuple[Name, ...] = ()
    """It is from none of these providers."""
    category: Name | None = None
    """It is of this category."""
    type: Name | None = None
    """It is of this type."""
    min_quality: Whole | None = None
    """Its quality is this or higher; what has no quality is left out."""
    min_heat: Whole | None = None
    """Its heat is this or higher; what has no heat is left out."""
    since: Span | None = None
    """It is no older than this, counted back from the newest article of the site: `12 hours`, `90 days`, `6 weeks`, `6 months`,
    `1 year`."""
    text: Text | None = None
    """Its title or its excerpt holds this text as it stands here, in capitals or not."""

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("topics", "not_topics", "providers", "not_providers"):
            names = tuple(map(text.clean, getattr(self, name)))
            if not all(map(slugs.identity, names)):
                raise ValueError(f"{name}: holds an empty name")
            msgspec.structs.force_setattr(self, name, names)
        _clean(self, "category", "type", "text")
        for name, compared in (("category", slugs.identity), ("type", slugs.identity), ("text", characters.folded)):
            if (value := getattr(self, name)) is not None and not compared(value):
                raise ValueError(f"{name}: contains no visible character")


class CustomFeed(_Settings, frozen=True, kw_only=True):
    """A feed of the articles that its owner chooses."""

    name: Name
    """What the feed is called."""
    slug: FileName = ""
    """Its file name, as in `custom/ai-health.atom`; made of the name where it is not set. Keep it when the name changes."""
    description: Text | None = None
    """What it offers, in a sentence; made by `descriptions.custom` where it is not set."""
    where: Where = msgspec.field(default_factory=Where)
    """The conditions that its articles meet; it holds all articles where there are none."""
    order: Order = "newest"
    """Which article comes first: the `newest`, or that of the highest `quality` or `heat`, and of equals the newest."""
    limit: Positive | None = None
    """The most entries that it shows; the `limit` of all feeds where it is not set."""

    def __post_init__(self) -> None:
        super().__post_init__()
        _clean(self, "name", "description")
        identity = slugs.identity(self.name)
        if not identity:
            raise ValueError(f"name: {self.name!r} names no feed")
        slug = self.slug or slugs.slug(identity)
        if not slugs.is_custom(slug):
            wanted = slugs.slug(slugs.identity(slug))
            raise ValueError(f"slug: {slug!r} is no plain file name: write it as {wanted!r}, or leave it out")
        msgspec.structs.force_setattr(self, "slug", slug)


class Archive(_Settings, frozen=True, kw_only=True):
    """Archive documents, and what feeds say of them."""

    complete: bool = False
    """Whether a feed that shows all of its articles says so (`fh:complete`, RFC 5005 section 2): readers may then remove the
    articles that were withdrawn."""


class Settings(_Settings, frozen=True, kw_only=True):
    """All that can be set. Paths in the file are relative to the file."""

    records: Place = "records"
    """The folder of the record files."""
    output: Place = "feeds"
    """The folder that the feeds are written to."""
    site: Site = msgspec.field(default_factory=Site)
    """Who publishes the feeds, and where."""
    state: Place | None = None
    """The file that remembers what was read, so that the next build is quick: a cache, which may be deleted. It lies outside
    the output folder; where it is not set, in `.feedloom/` beside the configuration."""
    jobs: Positive | None = None
    """How many processes share the work; as many as there are processors where it is not set."""
    limit: Positive = 50
    """The most entries that a feed shows."""
    unpublished: Literal["skip", "include"] = "skip"
    """What happens to unpublished records (`published: false`, `draft: true`, those in a folder `_drafts/`): `skip` leaves them
    out, `include` takes them."""
    max_file_size: Positive = 1 << 20
    """The size in bytes above which a record file is not read."""
    ttl: Positive = 60
    """After how many minutes RSS readers should look again."""
    ignore: tuple[Text, ...] = ()
    """Files and folders below the records folder that are not read, as gitignore patterns: `[about.md, "pages/"]`. Hidden ones,
    README, LICENSE, CHANGELOG, CONTRIBUTING and such, `node_modules` and virtual environments are not, unless a pattern as
    `"!README.md"` takes them back."""
    titles: Titles = msgspec.field(default_factory=Titles)
    """The titles of the feeds, by kind; `{site}` and `{name}` are filled in."""
    descriptions: Descriptions = msgspec.field(default_factory=Descriptions)
    """The descriptions of the feeds, by kind; `{site}`, `{description}` and `{name}` are filled in."""
    topics: dict[TopicName, Topic] = {}
    """Topics that were renamed, by their new names: `New name: {aliases: [Old name]}`."""
    providers: dict[ProviderName, Provider] = {}
    """Providers that moved, or whose site many publish on, by their domains: `new.example: {aliases: [old.example]}`,
    `youtube.com: {by: name}`."""
    groups: Groups = msgspec.field(default_factory=Groups)
    """Which kinds of feeds there are beside that of the whole site."""
    feeds: tuple[CustomFeed, ...] = ()
    """Feeds of the owner's own choice, for what topics and providers alone cannot say."""
    archive: bool | Archive = False
    """Whether each feed is followed by archive documents (RFC 5005), which hold all that it does not show any more: `true`,
    `false`, or `{complete: true}`, which also marks each feed that shows all of its articles as complete."""
    guard: Guard = msgspec.field(default_factory=Guard)
    """When a build stops and leaves what is published as it is."""
    labels: Labels = msgspec.field(default_factory=Labels)
    """The words of the site that are not the records' own."""

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("records", "output", "state"):
            if "\0" in (getattr(self, name) or ""):
                raise ValueError(f"{name}: holds U+0000, which no path can")
            if _SCHEME.search(getattr(self, name) or ""):
                raise ValueError(f"{name}: is a URL: feedloom reads and writes local folders only; write a path")
        _check_ignore(self.ignore)
        _check_topics(self.topics)
        _check_providers(self.providers)
        _use_own_names(self.feeds, names_of_providers(self))
        _check_feeds(self.feeds)


class Config(Settings, frozen=True, kw_only=True):
    """All settings of a build, and the `file` that they were read from, for messages."""

    file: str | None = None


class Rules(msgspec.Struct, frozen=True):
    """What the reading of records depends on, of the configuration."""

    zone: str = "UTC"
    records_url: str | None = None
    include_unpublished: bool = False
    max_file_size: int = 1 << 20
    topics: dict[str, str] = {}
    """The names of configured topics, by the identities of all their names."""
    providers: dict[str, str] = {}
    """Configured providers, as they are written, by the identities of all their names."""
    phrases: tuple[str, ...] = ()
    """The texts that custom feeds look for, folded."""


def rules(config: Config) -> Rules:
    """The rules of a site."""
    return Rules(
        zone=config.site.timezone,
        records_url=config.site.records_url,
        include_unpublished=config.unpublished == "include",
        max_file_size=config.max_file_size,
        topics=names_of_topics(config),
        providers=names_of_providers(config),
        phrases=tuple(sorted({characters.folded(feed.where.text) for feed in config.feeds if feed.where.text})),
    )


def names_of_topics(config: Config) -> dict[str, str]:
    """The names of configured topics, by the identities of all their names."""
    return {slugs.identity(alias): name for name, topic in config.topics.items() for alias in (name, *topic.aliases)}


def identity_of_provider(name: str) -> str:
    """The identity of a provider by how it is called in the settings: by its domain, or by a name."""
    try:
        return urls.domain(name)
    except ValueError:
        return slugs.identity(name)


def names_of_providers(config: Settings) -> dict[str, str]:
    """Configured providers that have other names, as they are written, by the identities of these."""
    return {identity_of_provider(alias): name for name, provider in config.providers.items() for alias in provider.aliases}


@cache
def _types(struct: type[_Settings]) -> dict[str, Any]:
    """The types of a struct's settings, with their bounds."""
    return get_type_hints(struct, include_extras=True)


def _address(name: str, value: str) -> str:
    try:
        url = urls.http_url(value)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None
    if name in ("url", "id", "records_url"):
        if "?" in url or "#" in url:
            raise ValueError(f"{name}: an address below which files lie cannot hold ? or #")
        if name == "url" and re.match(_FILE, url):
            file = url.rpartition("/")[2]
            raise ValueError(f"{name}: ends in a file name ({file}): write the address of the folder that holds the feeds")
        return url.rstrip("/") + "/"
    return url


def _check_ignore(patterns: tuple[str, ...]) -> None:
    for pattern in patterns:
        try:
            ignoring.spec([pattern])
        except ValueError:
            raise ValueError(f"ignore: {pattern!r} is no gitignore pattern") from None


def _check_topics(topics: dict[str, Topic]) -> None:
    """Each name belongs to one topic."""
    owners: dict[str, str] = {}
    addresses: dict[str, str] = {}
    for name, topic in topics.items():
        for alias in (name, *topic.aliases):
            identity = slugs.identity(alias)
            if not identity or text.clean(alias) != alias:
                raise ValueError(f"topics: {alias!r} names no topic")
            if identity in owners:
                raise ValueError(f"topics: {alias!r} is a name of {owners[identity]!r} already")
            owners[identity] = name
            if address := addresses.get(slugs.slug(identity)):
                raise ValueError(f"topics: {alias!r} has the same address as {address!r}: leave one out")
            addresses[slugs.slug(identity)] = alias


def _check_providers(providers: dict[str, Provider]) -> None:
    """Each name belongs to one provider."""
    owners: dict[str, str] = {}
    for name, provider in providers.items():
        for alias in (name, *provider.aliases):
            identity = identity_of_provider(alias)
            if not identity or text.clean(alias) != alias:
                raise ValueError(f"providers: {alias!r} names no provider")
            if identity in owners:
                raise ValueError(f"providers: {alias!r} is a name of {owners[identity]!r} already")
            owners[identity] = name


def _use_own_names(feeds: tuple[CustomFeed, ...], names: dict[str, str]) -> None:
    """Other names of a provider count as the provider."""
    for feed in feeds:
        for setting in ("providers", "not_providers"):
            called = tuple(names.get(identity_of_provider(name), name) for name in getattr(feed.where, setting))
            msgspec.structs.force_setattr(feed.where, setting, called)


def _check_feeds(feeds: tuple[CustomFeed, ...]) -> None:
    """Each address belongs to one feed."""
    owners: dict[str, str] = {}
    for feed in feeds:
        if feed.slug in owners:
            raise ValueError(
                f"feeds: {feed.name!r} and {owners[feed.slug]!r} are both custom/{feed.slug}: give one another slug"
            )
        owners[feed.slug] = feed.name


def _clean(settings: _Settings, *names: str) -> None:
    """What is shown in feeds is clean text, here as in records, and not empty."""
    for name in names:
        if (value := getattr(settings, name)) is not None:
            msgspec.structs.force_setattr(settings, name, text.clean(value))
            if not getattr(settings, name):
                raise ValueError(f"{name}: holds no text")


def _check_pattern(kind: str, pattern: str) -> None:
    try:
        parts = list(string.Formatter().parse(pattern))
        names = {"?" if spec or conversion else name for _, name, spec, conversion in parts if name is not None}
    except ValueError:
        names = {"?"}
    if names - {"site", "description", "name"}:
        raise ValueError(f"{kind}: {pattern!r} may hold {{site}}, {{description}} and {{name}} in braces, nothing else")
