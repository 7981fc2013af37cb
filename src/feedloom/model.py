"""The types that all rooms share: records, feeds and problems.

All are frozen. A value that exists is valid: texts are clean, URLs are absolute, dates are aware and in UTC. Nobody downstream
checks again.
"""

import struct
from collections.abc import Iterable
from datetime import datetime
from typing import ClassVar, Literal, NamedTuple, NewType, TypeAlias, cast

import msgspec

from feedloom import problems
from feedloom.problems import Code

Url = NewType("Url", str)
"""An absolute http or https URL in ASCII; made by `feedloom.values.urls`."""

Slug = NewType("Slug", str)
"""A file name without suffix, safe on every system; made by `feedloom.values.slugs`."""

Level = Literal["rejected", "warning"]
Kind = Literal["all", "topic", "provider", "category", "type", "author", "provider_topic", "custom"]
Markup = Literal["markdown", "html", "rst"]
Syntax = Literal["liquid", "nunjucks", "shortcodes", "mdx", "wikilinks"]
"""A template language in bodies: `liquid` is `{% %}` and `{{ }}`, also in code (Jekyll, Eleventy, Zola); `nunjucks` the same
outside of code (Hexo); `shortcodes` Hugo's `{{< >}}` and `{{% %}}`; `mdx` imports, components and expressions; `wikilinks`
`[[page|words]]` and `![[picture]]`.
"""
Templates = Literal["cut", "keep", "excerpt"]
"""What happens to template tags: `cut` takes them out, `keep` shows them as they are written, `excerpt` shows the excerpt of a
body that has some.
"""
Status = Literal["published", "unpublished", "rejected", "note"]

SHARDS = tuple(f".{kind}{packing}" for kind in ("jsonl", "ndjson") for packing in ("", ".gz", ".zst")) + (".parquet",)
"""The suffixes of files of many records (shards)."""
FEEDS = (".xml", ".rss", ".atom", ".rdf")
"""The suffixes of feeds of other programs."""
CONTAINERS = (*SHARDS, ".json", ".csv", ".tsv", *FEEDS)
"""All files of many records, also those that are read only where the settings name one."""

CATEGORY_SCHEME = "urn:feedloom:category"
"""What tells the category of a record from its topics in Atom and RSS."""

Moment = NewType("Moment", int)
"""A date in microseconds since 1970, in UTC: fast to compare. Made by `feedloom.values.dates`."""


class Source(NamedTuple):
    """A record file in a scan: its path inside the folder, and its file stamp.

    `size` in bytes, `mtime` and `ctime` in nanoseconds.
    """

    file: bytes
    size: int
    mtime: int
    ctime: int
    inode: int


class Image(msgspec.Struct, frozen=True, array_like=True):
    """A picture or another medium; `width` and `height` in pixels, if known.

    `type` is the media type that the record gives, `alt` describes the picture, and `credit` names its author.
    """

    url: Url
    width: int | None = None
    height: int | None = None
    type: str | None = None
    alt: str = ""
    title: str = ""
    credit: str = ""


class Provider(msgspec.Struct, frozen=True, array_like=True):
    """Who published an article. `domain` is lower case, IDNA, without `www.`; `feed` is the URL of the provider's own feed."""

    name: str
    domain: str | None = None
    images: tuple[Image, ...] = ()
    feed: Url | None = None

    @property
    def site(self) -> Url | None:
        """The provider's home page, if its domain is known."""
        return Url(f"https://{self.domain}/") if self.domain else None


class Author(msgspec.Struct, frozen=True, array_like=True):
    """Who wrote an article."""

    name: str
    url: Url | None = None
    email: str | None = None


class Related(msgspec.Struct, frozen=True, array_like=True):
    """A related article, as far as the record describes it."""

    title: str
    url: Url
    excerpt: str = ""
    published: datetime | None = None
    provider: Provider | None = None
    images: tuple[Image, ...] = ()


class Content(msgspec.Struct, frozen=True, array_like=True):
    """The body of a record as it is written, and what it takes to render it.

    Its addresses are relative to `address`, that of the record's own page; `root` is that of the site. `syntaxes` are the
    template languages of its generator, and `templates` says what happens to their tags.
    """

    text: str
    markup: Markup
    address: Url
    root: Url
    syntaxes: tuple[Syntax, ...] = ()
    templates: Templates = "cut"


class Record(msgspec.Struct, frozen=True, array_like=True):
    """One article. `path` is the source file, relative to the records folder; it is not published.

    The `id` is its URL with `https`, or any text that the author gave. A post whose `link` leads to another site has an
    `address` of its own. If `is_untitled`, the title is the first words of the text.
    """

    path: str
    id: str
    link: Url
    title: str
    published: datetime
    updated: datetime
    excerpt: str = ""
    type: str | None = None
    category: str | None = None
    quality: int | None = None
    heat: int | None = None
    provider: Provider | None = None
    topics: tuple[str, ...] = ()
    images: tuple[Image, ...] = ()
    related: tuple[Related, ...] = ()
    amp_url: Url | None = None
    cdn_amp_url: Url | None = None
    language: str | None = None
    address: Url | None = None
    authors: tuple[Author, ...] = ()
    is_untitled: bool = False
    expires: datetime | None = None
    content: Content | None = None


def printable(text: str) -> str:
    """A text for one line of a terminal or log. All that is not printable Unicode is escaped."""
    return text if text.isprintable() else "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def shown(path: bytes) -> str:
    """A path for people and for JSON. All that is not printable Unicode is escaped."""
    return printable(path.decode(errors="backslashreplace"))


class Problem(msgspec.Struct, frozen=True):
    """Something wrong with a record: `rejected` leaves it out, a `warning` leaves out a part of it.

    `line` counts from 1; it and `field` are None if the problem is with the whole file. `code` is a row of `problems.ROWS`, and
    `values` fill its message.
    """

    path: str
    line: int | None
    field: str | None
    code: Code
    values: tuple[str, ...]
    level: Level

    @property
    def message(self) -> str:
        """What is wrong, and what to do."""
        return problems.message(self.code, self.values)

    @property
    def record(self) -> str:
        """The record: a file, or the place of a row: `part-1.jsonl:12`."""
        return self.path if self.line is None or not self.path.lower().endswith(CONTAINERS) else f"{self.path}:{self.line}"

    @property
    def is_of_row(self) -> bool:
        """Whether it is the problem of a row."""
        record = self.record.lower()
        return any(f"{suffix}{mark}" in record for suffix in CONTAINERS for mark in ":#")

    @property
    def is_of_shard(self) -> bool:
        """Whether it is the problem of a whole file of many records."""
        return self.record.lower().endswith(CONTAINERS)

    @property
    def place(self) -> str:
        """The file, the line and the field: `articles/a.md:4: webUrl`."""
        where = self.path if self.line is None else f"{self.path}:{self.line}"
        return where if self.field is None else f"{where}: {self.field}"

    def __str__(self) -> str:
        if self.level == "rejected":
            outcome = " (file left out)" if self.is_of_shard else " (record left out)"
        else:  # a level that depends on the field: the record can do without it
            outcome = "" if problems.ROWS[self.code].level else " (field left out)"
        return printable(f"{self.place}: {self.message}{outcome} [{self.code}]")


class RecordSummary(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What grouping needs of a record. The record itself is in the cache, under the summary's `number`.

    `seal` is the digest of the record. `file` is the source file below the records folder, or the path that a row gives itself;
    its own place is the `row`, `part-1.jsonl:12`. The `authors` are only here if they have feeds.
    """

    number: int
    seal: bytes
    file: bytes
    id: str
    published: Moment
    updated: Moment
    topics: tuple[str, ...] = ()
    provider: str | None = None
    domain: str | None = None
    category: str | None = None
    type: str | None = None
    quality: int | None = None
    heat: int | None = None
    phrases: tuple[str, ...] = ()
    expires: Moment | None = None
    authors: tuple[str, ...] = ()
    row: str = ""

    @property
    def path(self) -> str:
        """The source file, for people. Two files may have the same."""
        return shown(self.file)

    @property
    def place(self) -> str:
        """The source file or the row, for people."""
        return self.row or self.path


_RANK = 9
_FIXED = _RANK + 8
"""Bytes of the rank, and of both rank and age, the negative date. What is added to them makes them positive."""
_FIRST = (1 << 64).to_bytes(_RANK, "big")
_LAST = b"\xff" * _RANK
_pack_head = struct.Struct(">9sQ").pack
_tail = struct.Struct(">17pQQ")  # a seal with its length, and two numbers
_pack_tail, _unpack_tail, _TAIL = _tail.pack, _tail.unpack, _tail.size


def member_key(summary: RecordSummary, rank: float = 0) -> bytes:
    """The key of a record as a `Member`. The `rank` is 0 in feeds in the order of dates; infinity is the last one."""
    first = _FIRST if not rank else _LAST if rank == float("inf") else ((1 << 64) + int(rank)).to_bytes(_RANK, "big")
    head = _pack_head(first, (1 << 63) - summary.published)
    tail = _pack_tail(summary.seal, summary.number, summary.updated)
    return b"%b%b\0%b%b" % (head, summary.id.encode(), summary.file, tail)


class Member(msgspec.Struct, frozen=True, order=True, array_like=True, gc=False):
    """A record of a group, as far as its feed needs it. Members compare in the order of the feed.

    They are packed, in half of the memory that their values need: a site has almost as many as records. The `key` is the rank,
    the age, the id and a zero byte; then what does not decide the order: the file, the seal, the number and the update date.
    """

    key: bytes

    @property
    def id(self) -> str:
        """The id of the record."""
        return self.key[_FIXED : self.key.index(0, _FIXED)].decode()

    @property
    def number(self) -> int:
        """The number of its summary."""
        return int.from_bytes(self.key[-16:-8], "big")

    @property
    def seal(self) -> bytes:
        """The digest of the record."""
        return self.shown[0]

    @property
    def updated(self) -> Moment:
        """The update date that the feed shows."""
        return Moment(int.from_bytes(self.key[-8:], "big"))

    @property
    def shown(self) -> tuple[bytes, int, Moment]:
        """The seal, the number and the update date, in less time than they take one by one."""
        return cast("tuple[bytes, int, Moment]", _unpack_tail(self.key[-_TAIL:]))

    @property
    def path(self) -> str:
        """The source file, for people. Two files may have the same."""
        return shown(self.key[self.key.index(0, _FIXED) + 1 : -_TAIL])


def latest_update(members: Iterable[Member]) -> Moment | None:
    """The latest update date of some members; None if there are none."""
    latest = max((member.key[-8:] for member in members), default=None)
    return None if latest is None else Moment(int.from_bytes(latest, "big"))


class FileOutcome(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The result of reading a record file. `digest` is that of its content; `number` that of its summary, if it has one.

    A file with changed content gets a new number. `hold` says why an unpublished record is not published. Of a file of many
    records, `rows` are the outcomes as `pipeline/shards` packs them, and `statuses` counts them.
    """

    number: int
    digest: bytes
    status: Status
    problems: tuple[Problem, ...] = ()
    hold: str | None = None
    rows: bytes = b""
    statuses: dict[Status, int] = {}


Identity: TypeAlias = tuple[str, ...]
"""What makes two names one: a part for each name that a feed is about. Made by `feedloom.feeds.kinds`."""


class Group(NamedTuple):
    """The records of one feed: its kind, and the identity of the topic or provider that they share."""

    kind: Kind
    identity: Identity


ARCHIVE = "archive/"
"""The folder of the archives. The feed `topics/ai-ethics` has its documents in `archive/topics/ai-ethics/`."""


class FeedName(msgspec.Struct, frozen=True, kw_only=True):
    """What a feed is about, what it is called and where it is.

    `folder` is that of its kind, below the output folder: empty, or with a `/` at the end. A provider has a `domain`;
    `provider` and `topic` are set for a topic within a provider. `apart` is what the title has in brackets, if other feeds
    would have the same title.
    """

    kind: Kind
    name: str
    slug: Slug
    identity: Identity
    folder: str
    domain: str | None = None
    provider: str | None = None
    topic: str | None = None
    apart: str = ""

    @property
    def address(self) -> str:
        """The path without suffix, below the output folder and below `site.url`: `topics/ai-ethics`."""
        return f"{self.folder}{self.slug}"

    @property
    def group(self) -> Group:
        """The records that it is about."""
        return Group(self.kind, self.identity)


class ArchiveDocument(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Entries that a feed no longer shows (RFC 5005 section 4).

    `of` is the feed, named as the records of this document spell it. `name` is the document's own, `before` that of the next
    older document, `after` that of the next newer one.
    """

    of: FeedName
    name: str
    before: str | None
    after: str | None
    updated: datetime | None
    entries: tuple[Member, ...] = ()

    @property
    def address(self) -> str:
        """The path without suffix, below the output folder."""
        return archive_address(self.of, self.name)

    @property
    def without_entries(self) -> "ArchiveDocument":
        """The document without its entries."""
        return msgspec.structs.replace(self, entries=())


def archive_address(feed: FeedName, name: str) -> str:
    """The path without suffix of a document in the archive of a feed."""
    return f"{ARCHIVE}{feed.address}/{name}"


class Feed(FeedName, frozen=True, kw_only=True, tag=True):
    """A titled list of entries.

    `entries` are the first `count` of the `total` published records of the group; a feed that is not rendered has none here.
    `first` has the numbers and seals of the first two. `months` counts all records by month of publication, in months since
    1970. `archive` has the documents with the other
    records, the oldest first, and `archive_names` their names.
    """

    total: int
    count: int
    updated: datetime | None
    months: dict[int, int] = {}
    first: tuple[tuple[int, bytes], ...] = ()
    archive_names: tuple[str, ...] = ()
    entries: tuple[Member, ...] = ()
    archive: tuple[ArchiveDocument, ...] = ()

    @property
    def without_entries(self) -> "Feed":
        """The feed without its entries."""
        return msgspec.structs.replace(self, entries=(), archive=()) if self.entries or self.archive else self


class RetiredFeed(FeedName, frozen=True, kw_only=True, tag=True):
    """A feed that no record belongs to any more. Its files stay, without entries; `updated` stays what it was."""

    updated: datetime | None
    total: ClassVar[int] = 0
    count: ClassVar[int] = 0
    entries: ClassVar[tuple[Member, ...]] = ()

    @property
    def without_entries(self) -> "RetiredFeed":
        """The feed itself: it has no entries."""
        return self


ListedFeed: TypeAlias = Feed | RetiredFeed
"""A feed of the catalog."""

Document: TypeAlias = Feed | RetiredFeed | ArchiveDocument
"""What has a file in each format."""


class Alias(FeedName, frozen=True, kw_only=True):
    """Another name of a topic or provider. The files of the feed `of` are also published under its path."""

    of: ListedFeed


class FileStamp(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A published file after it was written: `size` in bytes, `mtime` in nanoseconds."""

    size: int
    mtime: int
    inode: int
