"""The posts of other programs as records: their fields by a profile's names, their own address, and what holds them back.

A post becomes the mapping of strings that a record is, with the way back to the author's own fields, so that all that reads
records reads posts, and messages name what the author wrote.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cached_property
from typing import NamedTuple
from urllib.parse import urljoin

from feedloom.config.profiles import PROFILES, Name, Posts
from feedloom.frontmatter.kinds import Parsed
from feedloom.frontmatter.subset import Fields, Path, Value
from feedloom.problems import Mistake
from feedloom.records import holding
from feedloom.records.holding import Hold
from feedloom.values import dates, permalinks, urls, zones
from feedloom.values.text import clean, shortened

_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?=$|[-_ T/])", re.ASCII)
_YEAR = re.compile(r"(?<!\d)\d{4}(?!\d)", re.ASCII)
_IN_FOLDERS = re.compile(r"(?:^|/)(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?=$|[-_/])", re.ASCII)
_NO_ZONE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}(?:[Tt]|[ \t]+)\d{1,2}:\d\d:\d\d(?:\.\d*)?", re.ASCII)
_NO_SECONDS = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d) ?([+-]\d\d:?\d\d)", re.ASCII)
_DAY_FIRST = re.compile(r"(\d\d?)[-/](0?[1-9]|1[0-2])[-/](\d{4})((?: \d\d:\d\d.*)?)", re.ASCII)
_FAR = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d ?[+-](?:1[4-9]|2\d):?\d\d", re.ASCII)
_LENIENT = frozenset({"jekyll", "hexo", "eleventy", "docusaurus"})
_OFFSET = re.compile(r".*\d ?([+-]\d\d:?\d\d)$", re.ASCII)
_UNIVERSAL = re.compile(r".*\d ?(?:Z|UTC|GMT)$", re.ASCII | re.IGNORECASE)
_WORDS = re.compile("true|false|yes|no|on|off", re.IGNORECASE)
_CLEAR = holding.YES | holding.NO | {""}
_HEADING = re.compile(r"\s*#\s+(\S[^\n]*)")
_NO_TEXT = re.compile(r"\s*(?:!\[|\{[%{<]|import\s|export\s|<!--|---|\.\. |```|:\w+:)")
_MARKDOWN_LINK = re.compile(r"!?\[([^\]\[]{0,200})\]\([^()]{0,500}\)")
_MOST_READ = 5_000
_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,8}$")
_LONGEST_NOTE = 60

_TARGETS = {
    "title": "title",
    "published": "publishedDateTime",
    "updated": "updatedDateTime",
    "excerpt": "excerpt",
    "content": "content",
    "language": "language",
    "category": "category",
    "type": "type",
    "quality": "quality",
    "heat": "heat",
}
"""The record's names of fields that are one text."""


class Doubt(NamedTuple):
    """Something wrong with a field of the author's: why the post has no address, most often."""

    path: Path
    error: Mistake


class Mapped(NamedTuple):
    """A post as the fields of a record; `origins` leads from these to the author's own. The title of an untitled one is the
    first words of its text. `expires` is a date, and where it is.
    """

    fields: Fields
    origins: dict[Path, Path]
    doubts: list[Doubt]
    is_untitled: bool = False
    expires: tuple[str, Path] | None = None


def is_post(path: str, posts: Posts) -> bool:
    """Whether a file can be a post, by its name and its folders; a section's page and a folder of pages are none."""
    excluded = PROFILES[posts.profile].excluded
    *folders, file = f"{posts.folder}/{path}".split("/")
    name = _stem(file).partition(".")[0]
    if any(word in excluded for word in folders) or (name in excluded and name.startswith("_")):
        return False
    if posts.no_languages or posts.language_folders:
        root, language = _root("/".join(folders).strip("/"), posts)
        if (language or _in_two(_stem(file), posts)[1] or posts.language) in posts.no_languages:
            return False
        if not root and posts.language in posts.language_folders:
            return False  # Hugo reads the folders of its languages, and no other then
    return "site" not in posts.options or "_posts" in folders or "_drafts" in folders


def inherited(path: str, fields: Fields, posts: Posts) -> Fields:
    """The fields of a post, with those that its folders and its layout give it."""
    if not posts.inherited and not posts.layouts:
        return fields
    whole = f"{posts.folder}/{path}".strip("/")
    found: Fields = {}
    for folder, values in posts.inherited:
        if not folder or whole.startswith(f"{folder}/") or whole == folder:
            found |= values
    layout = fields.get("layout", found.get("layout"))
    values = posts.layouts.get(layout, {}) if isinstance(layout, str) else {}
    return {**values, **found, **fields} if found or values else fields


def hold(fields: Fields, posts: Posts) -> Hold | None:
    """What holds a post back in the words of its generator, beside those of all programs."""
    look = _Look(fields, posts.profile)
    for name, words in PROFILES[posts.profile].holds:
        for path, value in look.up(name):
            if any(word.strip().casefold() in words for word in _texts(value, ",")):
                return Hold(f"the field {name}", path)
    others = {name: value for name, value in fields.items() if not _is_date_of_publication(name, value)}
    if found := holding.by_field(others):
        return found
    published = others.get("published", "")
    is_clear = isinstance(published, str) and published.strip().casefold() in _CLEAR
    return None if is_clear else Hold("the field published", ("published",), False)


def mapped(path: str, parsed: Parsed, fields: Fields, posts: Posts, zone: tzinfo) -> Mapped:
    """A post as a record. `fields` are its own and those that it inherits; `zone` holds for dates without one."""
    return _Post(path, parsed, fields, posts, zone).mapped()


class _Look:
    """Looks fields up by dotted paths."""

    def __init__(self, fields: Fields, profile: Name) -> None:
        self.fields = fields
        self._is_blind = PROFILES[profile].is_case_blind

    def up(self, name: str) -> Iterator[tuple[Path, Value]]:
        """The values at a dotted path, with where each is; several only where it ends in `*`."""
        path: Path = ()
        value: Value = self.fields
        for part in name.split("."):
            if not isinstance(value, dict):
                return
            if part == "*":
                yield from (((*path, key), inner) for key, inner in value.items())
                return
            key = part if part in value or not self._is_blind else _blindly(part, value)
            if key not in value:
                return
            path, value = (*path, key), value[key]
        yield path, value


class _Post:
    def __init__(self, path: str, parsed: Parsed, fields: Fields, posts: Posts, zone: tzinfo) -> None:
        self._parsed = parsed
        self._posts = posts
        self._profile = PROFILES[posts.profile]
        self._zone = zone
        self._look = _Look(fields, posts.profile)
        self._site = permalinks.Site(posts.pattern, posts.sections, frozenset(posts.options), posts.language)
        self._fields: Fields = {}
        self._origins: dict[Path, Path] = {}
        self._doubts: list[Doubt] = []
        folder, _, file = f"{posts.folder}/{path}".strip("/").rpartition("/")
        root, language = _root(folder, posts)
        self._folder = folder.removeprefix(root).strip("/")
        self._name, named = _in_two(_stem(file), posts)
        self._language = named or language

    def mapped(self) -> Mapped:
        if self._posts.profile == "native":
            return self._native()
        for field, target in _TARGETS.items():
            if found := self._first(field):
                self._put((target,), *found)
        if self._language:
            self._fields.setdefault("language", self._language)
        self._fields["topics"] = self._topics("topics")
        self._authors()
        self._addresses()
        self._images()
        self._provider()
        is_untitled = "title" not in self._fields
        if is_untitled and (words := first_words(self._parsed.body)):
            self._fields["title"] = words
        return Mapped(
            _filled(self._fields, self._posts.defaults), self._origins, self._doubts, is_untitled, self._first("expires")
        )

    def _native(self) -> Mapped:
        """A record of feedloom's own form: as it is, but for the fields that the configuration reads otherwise."""
        self._fields = dict(self._look.fields)
        wanted = self._posts.fields
        for field, target in _TARGETS.items():
            if field in wanted and (found := self._first(field)):
                self._put((target,), *found)
        if "topics" in wanted:
            self._fields["topics"] = self._topics("topics")
        for field, read in (("authors", self._authors), ("images", self._images), ("id", self._own_id)):
            if field in wanted:
                read()
        if "provider.name" in wanted or "provider.domain" in wanted:
            provider = self._fields.get("provider")
            self._fields["provider"] = dict(provider) if isinstance(provider, dict) else {"name": provider} if provider else {}
            self._provider()
        if "link" in wanted:
            self._link()
        if self._posts.pattern and "originalUrl" not in self._fields and (own := self._own_address()):
            self._fields["originalUrl"] = _quoted(own)
        return Mapped(_filled(self._fields, self._posts.defaults), self._origins, self._doubts, expires=self._first("expires"))

    def _sources(self, field: str) -> tuple[str, ...]:
        return self._posts.fields.get(field) or self._profile.fields.get(field, ())

    def _first(self, field: str) -> tuple[str, Path] | None:
        """The first text that a field of the record can be, and where it is."""
        for source in self._sources(field):
            if source.startswith(":"):
                if text := self._computed(field, source):
                    return text, ()
                continue
            for path, value in self._look.up(source):
                text = _text(value) if isinstance(value, str) else " ".join(_flat(value))
                if field in ("published", "updated", "date"):
                    text = self._date(text, source)
                if text:
                    return text, path
        return None

    def _date(self, text: str, source: str) -> str:
        """A date as its generator reads it: with its zone where that is not the site's, or out of a path.

        Empty for a flag (`published: true`), and for words that ask the machine for a date (`Last Modified`).
        """
        if source == "path":
            found = _IN_FOLDERS.search(text)
            return _day(found) if found else ""
        if _WORDS.fullmatch(text) or (self._posts.profile == "eleventy" and re.fullmatch(r"[A-Za-z ]{1,20}", text)):
            return ""
        if found := _NO_SECONDS.fullmatch(text):  # an offset: no field of a date holds two times of day
            return f"{found[1]}:00{found[2]}"
        if self._posts.profile == "jekyll" and (found := _DAY_FIRST.fullmatch(text)):  # in Ruby, the day comes first
            return f"{found[3]}-{int(found[2]):02}-{int(found[1]):02}{found[4]}"
        if self._posts.profile in _LENIENT and _FAR.fullmatch(text):  # Ruby and JavaScript take any offset
            with suppress(ValueError, OverflowError):
                return datetime.fromisoformat(text.replace(" +", "+").replace(" -", "-")).astimezone(UTC).isoformat()
        return f"{text}Z" if self._posts.profile == "jekyll" and _NO_ZONE.fullmatch(text) else text

    def _computed(self, field: str, source: str) -> str:
        if source == ":permalink":
            return ""  # `_addresses` knows it
        if source == ":body":
            return _heading(self._parsed.body) if field == "title" else ""
        name = self._name if self._name != "index" or not self._folder else self._folder.rpartition("/")[2]
        if field in ("published", "date"):
            found = _DATE.match(name) if source == ":file" else _IN_FOLDERS.search(self._folder)
            found = found or (_IN_FOLDERS.search(f"{self._folder}/{name}") if source == ":file" else None)
            return _day(found) if found else ""
        if field == "title" and source == ":file":
            words = re.split("[-_]" if self._posts.profile == "jekyll" else "\0", permalinks.undated(name))
            return " ".join(word.capitalize() if len(words) > 1 else word for word in words) or name
        return ""

    def _put(self, target: Path, value: Value, origin: Path) -> None:
        fields: Fields = self._fields
        for part in target[:-1]:
            inner = fields.setdefault(str(part), {})
            assert isinstance(inner, dict), "targets are ours"
            fields = inner
        fields[str(target[-1])] = value
        self._origins[target] = origin

    def _topics(self, field: str) -> list[Value]:
        """The topics of all sources, each once."""
        found: dict[str, None] = {}
        for source in self._sources(field):
            if source == ":folder":
                found |= dict.fromkeys(self._categories_of_folders())
                continue
            for path, value in self._look.up(source):
                is_plural = source not in ("tag", "category")
                for text in _texts(value, self._profile.separators if is_plural or self._posts.profile != "jekyll" else ""):
                    if text and text.casefold() not in self._profile.collections:
                        found.setdefault(text)
                        self._origins.setdefault((field,), path)
                if self._posts.profile == "pelican" and source == "category" and found:
                    return list(found)
        return list(found)

    def _categories_of_folders(self) -> list[str]:
        """Jekyll: the folders above `_posts`; Pelican: the folder of the file."""
        if self._posts.profile == "jekyll":
            above, mark, _ = f"/{self._folder}/".partition("/_posts/")
            return [part for part in above.split("/") if part] if mark else []
        name = self._folder.rpartition("/")[2]
        return [name] if name else []

    def _authors(self) -> None:
        for source in self._sources("authors"):
            for path, value in self._look.up(source):
                if authors := [one for one in self._people(value) if one]:
                    self._put(("authors",), authors, path)
                    return

    def _people(self, value: Value) -> Iterator[Value]:
        """Names, keys of the site's list of authors, and mappings with a name."""
        if isinstance(value, dict):
            if "name" in value or not all(isinstance(one, dict) for one in value.values()):
                yield {name: value[name] for name in ("name", "url", "email") if isinstance(value.get(name), str)}
        elif isinstance(value, list):
            for one in value:
                yield from self._people(one)
        elif value in self._posts.authors:
            yield from self._people(self._posts.authors[value])
        else:
            separators = self._profile.separators if self._posts.profile == "pelican" else ""
            yield from _texts(value, separators)

    def _images(self) -> None:
        for source in self._sources("images"):
            for path, value in self._look.up(source):
                found = (_image(one) for one in (value if isinstance(value, list) else [value]))
                images: list[Value] = [image for image in found if image and self._is_resolved(image)]
                if images:
                    self._put(("images",), images, path)
                    return

    def _is_resolved(self, image: dict[str, Value]) -> bool:
        """Whether the address of an image is whole, or was made so: it is relative to the post. Astro's assets have none."""
        url = str(image["url"])
        if self._posts.profile == "astro" and not re.match("https?:|/", url):
            return False
        own = self._fields.get("originalUrl")
        if isinstance(own, str) and not re.match("[A-Za-z][A-Za-z0-9+.-]*:", url):
            with suppress(ValueError):  # no host: what reads the image says so
                image["url"] = urljoin(own, url)
        return True

    def _addresses(self) -> None:
        """The post's own address, its link and its id."""
        own = self._own_address()
        if own:
            self._put(("originalUrl",), _quoted(own), self._origins.get(("originalUrl",), ()))
        self._link()
        if not self._own_id() and own:
            self._fields["id"] = self._id(own)

    def _link(self) -> None:
        """The address that the post is about, if it is another's page."""
        for source in self._sources("link"):
            if source == ":permalink":
                return
            found = next(((path, text) for path, value in self._look.up(source) if (text := _text(value))), None)
            if found and re.match("https?://", found[1], re.IGNORECASE):
                self._put(("webUrl",), found[1], found[0])
                return

    def _own_id(self) -> bool:
        """Whether the post has an id of its own."""
        for source in self._sources("id"):
            found = next(((path, text) for path, value in self._look.up(source) if (text := _text(value))), None)
            if found:
                self._put(("id",), found[1], found[0])
                return True
        return False

    def _own_address(self) -> str:
        """The address of the post on its own site; empty where the site's is not known, or it cannot be made."""
        try:
            path = permalinks.address(self._posts.profile, self._post, self._site)
        except Mistake as error:
            self._doubts.append(Doubt(self._origins.get(("originalUrl",), ()), error))
            return ""
        if re.match("https?://", path, re.IGNORECASE):
            return path
        return self._posts.home.rstrip("/") + path if self._posts.home else ""

    @cached_property
    def _post(self) -> permalinks.Post:
        """What the address is made of."""
        own = self._first("permalink")
        if own and (_WORDS.fullmatch(own[0]) or (self._posts.profile != "eleventy" and ("{{" in own[0] or "{%" in own[0]))):
            own = None
        slug = self._first("slug")
        if own:
            self._origins["originalUrl",] = own[1]
        author = next(iter(self._fields.get("authors", [])), "")
        local, offset = self._local()
        return permalinks.Post(
            folder=f"/{self._folder}/".rpartition("/_posts/")[2].strip("/") if self._posts.profile == "hexo" else self._folder,
            name=self._name,
            date=local,
            title=str(self._fields.get("title", "")),
            slug=slug[0].strip() if slug else "",
            own=own[0].strip() if own else "",
            categories=tuple(map(str, self._topics("categories"))),
            author=str(author.get("name", "")) if isinstance(author, dict) else str(author),
            language=self._language or str(self._fields.get("language", "") if self._posts.profile == "pelican" else ""),
            offset=offset,
            fields={name: value.strip() for name, value in self._look.fields.items() if isinstance(value, str)},
        )

    def _local(self) -> tuple[datetime | None, timedelta]:
        """The date that addresses have: in the site's zone where the generator turns it so, else as it was written."""
        found = self._first("date") or self._first("published")
        if not found:
            return None, timedelta()
        try:
            moment = dates.moment(found[0], self._zone, lambda _: None)
        except ValueError:
            return None, timedelta()  # the field itself is told
        zone = self._zone
        if self._posts.profile not in ("jekyll", "hexo"):
            if offset := _OFFSET.match(found[0]):
                zone = zones.offset(offset[1])
            elif _UNIVERSAL.match(found[0]):
                zone = zones.named("UTC")
        local = moment.astimezone(zone)
        return local.replace(tzinfo=None), local.utcoffset() or timedelta()

    def _id(self, own: str) -> str:
        if self._profile.ids == "address":
            return _quoted(own)
        if self._profile.ids == "pelican":
            return permalinks.pelican_id(_quoted(own), self._post)
        home = self._posts.home.rstrip("/")
        path = own.removeprefix(home)
        return _quoted(home + permalinks.jekyll_id(path, self._post))

    def _provider(self) -> None:
        for field in ("provider.name", "provider.domain"):
            for source in self._sources(field):
                path: Path = ()
                if source == ":link.host":
                    link = self._fields.get("webUrl")
                    text = re.split("[/?#]", link.partition("://")[2])[0] if isinstance(link, str) else ""
                    path = self._origins.get(("webUrl",), ())
                else:
                    text, path = next(((_text(value), path) for path, value in self._look.up(source)), ("", ()))
                if text:
                    self._put(("provider", field.partition(".")[2]), text, path)
                    break


def _root(folder: str, posts: Posts) -> tuple[str, str]:
    """The folder in which the addresses of a folder's posts begin, and its language; empty where there is none."""
    for language, root in sorted(posts.language_folders.items(), key=lambda one: -len(one[1])):
        if f"{folder}/".startswith(f"{root}/"):
            return root, language
    return (posts.root if f"{folder}/".startswith(f"{posts.root}/") else ""), ""


def _in_two(stem: str, posts: Posts) -> tuple[str, str]:
    """The name of a file without its language, and this (`post.de`)."""
    name, dot, language = stem.rpartition(".")
    return (name, language) if dot and language in posts.languages else (stem, "")


def _blindly(name: str, fields: Mapping[str, Value]) -> str:
    folded = name.casefold()
    return next((key for key in fields if key.casefold() == folded), name)


def _day(found: re.Match[str]) -> str:
    return f"{found[1]}-{int(found[2]):02}-{int(found[3]):02}"


def _stem(file: str) -> str:
    return _SUFFIX.sub("", file)


def _is_date_of_publication(name: str, value: Value) -> bool:
    return name.casefold() == "published" and isinstance(value, str) and _YEAR.search(value) is not None


def _flat(value: Value) -> list[str]:
    """The lines of a text that is written in several."""
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _text(value: Value) -> str:
    return value.strip() if isinstance(value, str) else ""


def _texts(value: Value, separators: str) -> list[str]:
    """The texts of a list or mapping, whatever it nests; a text is split at the first separator that it has."""
    if isinstance(value, str):
        separator = next((one for one in separators if one in value), None)
        words = (
            value.split(separator) if separator is not None and separator != " " else value.split() if separator else [value]
        )
        return [word for one in words if (word := one.strip().strip(",").strip())]
    if isinstance(value, dict):
        name = next((value[key] for key in ("label", "name", "title") if isinstance(value.get(key), str)), None)
        return [str(name)] if name is not None else [text for one in value.values() for text in _texts(one, separators)]
    return [text for one in value for text in _texts(one, "")]


def _image(value: Value) -> dict[str, Value] | None:
    if isinstance(value, str):
        return {"url": value} if value.strip() else None
    if not isinstance(value, dict):
        return None
    url = next(
        (_text(value[key]) for key in ("url", "src", "path", "href", "image", "teaser") if _text(value.get(key, ""))), ""
    )
    known = {
        key: value[key] for key in ("width", "height", "type", "alt", "title", "credit") if isinstance(value.get(key), str)
    }
    return {"url": url, **known} if url else None


def _heading(body: str) -> str:
    """The first heading of a body, else its first words."""
    found = _HEADING.match(body)
    return found[1].strip().rstrip("#").strip() if found else ""


def first_words(body: str) -> str:
    """The first words of a body, without most of its Markdown; empty where it begins with no text."""
    lines = body.lstrip()[:_MOST_READ].split("\n")
    line = next((line for line in lines if line.strip() and not _NO_TEXT.match(line)), "")
    plain = clean(_MARKDOWN_LINK.sub(r"\1", line), is_html=True).strip(" #>*_-`")
    if len(plain) <= _LONGEST_NOTE or " " not in plain[:_LONGEST_NOTE]:
        return shortened(plain, _LONGEST_NOTE)
    return plain[:_LONGEST_NOTE].rpartition(" ")[0].rstrip(",;:.") + "…"


def _quoted(url: str) -> str:
    """An address as a feed has it: what is not ASCII is encoded, and nothing else is changed."""
    try:
        return str(urls.http_url(url.replace(" ", "%20")))
    except ValueError:
        return url


def _filled(fields: Fields, defaults: Mapping[str, Value]) -> Fields:
    """Fields, with defaults for those that are not there."""
    found = {name: value for name, value in fields.items() if value not in ("", [], {})}
    for name, value in defaults.items():
        mine = found.get(name)
        if mine is None:
            found[name] = value
        elif isinstance(mine, dict) and isinstance(value, dict):
            found[name] = {**value, **mine}
    return found
