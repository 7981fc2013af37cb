"""A file's bytes to a Record, or to the Problems that prevent it: the schema of a record, field by field."""

import re
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from feedloom.config.settings import Rules
from feedloom.errors import FrontMatterError
from feedloom.frontmatter import document
from feedloom.frontmatter.document import FrontMatter
from feedloom.frontmatter.subset import Path
from feedloom.model import Author, Content, Image, Markup, Problem, Provider, Record, Related, Status, Syntax, Url, printable
from feedloom.problems import Mistake
from feedloom.records import holding, plain
from feedloom.records.fields import LONGEST_NAME, LONGEST_TEXT, Document, Map, Rejected
from feedloom.values import field_names, languages, slugs, text, urls, zones

if TYPE_CHECKING:  # records of feedloom's own form have front matter in YAML
    from feedloom.frontmatter.kinds import OtherFrontMatter

_LONGEST_FIELD = 200
# RFC 6838 section 4.2, with the types that are registered.
_MEDIA_TYPE = re.compile(
    r"(?:application|audio|chemical|font|haptics|image|message|model|multipart|text|video)/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}"
)
_HTML = re.compile(r"\s*<[a-zA-Z!]")
"""How a text begins that is HTML and not Markdown."""
_UNREAD = frozenset({"featuredContent", "secured"})
_CLOSED = frozenset({"quality", "heat", "width", "height", "published", "isCached"})
"""Fields whose values are not texts."""
_KNOWN = field_names.RECORD | field_names.RELATED | field_names.PROVIDER | field_names.IMAGE
_EMAIL = re.compile(r"[A-Za-z0-9_.+'-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,63}", re.ASCII)
_BROKEN = re.compile("[\t\n\x0b\x0c\r\x1c-\x1f\x85]")
"""White space that XML parsers or feed readers change."""


class Reading(msgspec.Struct, frozen=True):
    """The result for one file: a record if it is `published`, and its problems; `hold` says why it is unpublished."""

    status: Status
    record: Record | None = None
    problems: tuple[Problem, ...] = ()
    hold: str | None = None


def reading(path: str, data: bytes, rules: Rules) -> Reading:
    """Read one record file. Its `path` appears in problems; its suffix and folders matter too."""
    if not rules.include_unpublished and (hold := holding.by_folder(path)):
        return Reading("unpublished", hold=hold.what)
    bare = path.lower().endswith((".yaml", ".yml"))
    if len(data) > rules.max_file_size:
        if document.is_note(data, bare=bare):
            return Reading("note")
        return rejected(path, Mistake("file-too-large", f"{rules.max_file_size:,}"))
    may_be_plain = not bare and not rules.bodies
    whole = document.lines(data) if may_be_plain else None
    if whole is not None and (known := plain.known(path, whole, rules, zones.named(rules.zone))):
        return Reading("published", known) if isinstance(known, Record) else Reading("unpublished", hold=known.what)
    try:
        matter = document.read(data, bare=bare)
    except FrontMatterError as error:
        if document.is_note(data, bare=bare):
            return Reading("note")
        return rejected(path, error, error.line, error.field)
    if not matter.fields and document.is_note(data, bare=bare):
        return Reading("note")
    found = reading_of(path, matter, document.body(data) if rules.bodies else "", rules)
    if may_be_plain and found.record:
        plain.learn(matter.text, matter.fields)
    return found


def reading_of(path: str, matter: "FrontMatter | OtherFrontMatter", body: str, rules: Rules) -> Reading:
    """Read a record from its fields, and its body."""
    file = Document(path, matter, zones.named(rules.zone))
    root = file.root()
    try:
        if not rules.include_unpublished:
            if hold := holding.by_field(matter.fields):
                # Nothing of an unpublished record is shown, not even its problems.
                return Reading("unpublished", problems=unclear(path, hold, matter), hold=hold.what)
            root.own("published", _yes_or_no)
        file.note_lost_words(_is_text)
        record = record_of(path, root, rules)
        if rules.bodies:
            record = with_content(record, root, rules, body)
    except Rejected:
        return Reading("rejected", None, file.all_problems())
    return Reading("published", record, file.all_problems())


def rejected(path: str, mistake: Mistake, line: int | None = None, field: str | None = None) -> Reading:
    """The result for a file without a record, with the one reason."""
    if field:
        # Authors may use any name. An escape may take ten characters.
        field = text.shortened(printable(field[: _LONGEST_FIELD + 1]), _LONGEST_FIELD)
    return Reading("rejected", None, (Problem(path, line, field, mistake.code, mistake.values, "rejected"),))


def unclear(path: str, hold: holding.Hold, matter: "FrontMatter | OtherFrontMatter") -> tuple[Problem, ...]:
    """The warning for a value that holds a record back because it is not understood."""
    if hold.is_clear:
        return ()
    return (Problem(path, matter.line_of(hold.where), None, "draft-unclear", (hold.what,), "warning"),)


def _yes_or_no(written: str) -> bool:
    word = written.strip().lower()
    if word in holding.YES:
        return True
    if word in holding.NO:
        return False
    raise Mistake("published-unclear", word)


def record_of(path: str, root: Map, rules: Rules) -> Record:
    """The record that the fields of a file make. Raises Rejected."""
    if any(root.written(name) and root.is_changed(name) for name in ("id", "guid")):
        return _record(path, root, rules)
    return plain.record(path, root.values(), rules, root.zone()) or _record(path, root, rules)


def _record(path: str, root: Map, rules: Rules) -> Record:
    root.note_misspelled(field_names.RECORD)
    title = root.own("title", lambda written: root.cleaned(written, LONGEST_NAME, "title"))
    if not title:
        raise root.reject(Mistake("title-missing"), "title")
    published = root.own("publishedDateTime", partial(root.as_moment, "publishedDateTime"))
    if published is None:
        raise root.reject(Mistake("date-missing"), "publishedDateTime")
    original = root.own("originalUrl", root.as_url("originalUrl"))
    link = root.own("webUrl", root.as_url("webUrl")) or original
    if link is None:
        raise root.reject(Mistake("url-missing"), "originalUrl")
    return Record(
        path=path,
        id=root.own("id", partial(_id, root, "id"))
        or root.own("guid", partial(_id, root, "guid"))
        or rules.ids.get(path)
        or urls.identity(original or link),
        link=link,
        title=title,
        published=published,
        updated=_updated(root, published),
        excerpt=root.text("excerpt", LONGEST_TEXT, is_html=True),
        type=root.text("type") or None,
        category=root.text("category") or None,
        quality=root.integer("quality"),
        heat=root.integer("heat"),
        provider=_provider(root, rules),
        topics=_topics(root, rules),
        images=_images(root, rules),
        related=_related(root, rules, {urls.page(url) for url in (original, link) if url}),
        amp_url=root.url("ampWebUrl"),
        cdn_amp_url=root.url("cdnAmpWebUrl"),
        language=root.optional("language", languages.tag) or root.optional("lang", languages.tag),
        authors=_authors(root),
    )


def with_content(
    record: Record, root: Map, rules: Rules, body: str, markup: Markup = "markdown", syntaxes: tuple[Syntax, ...] = ()
) -> Record:
    """A record with its field `content`, else its body, as content; as it is if it has neither."""
    written = root.optional("content", str)
    text = body if written is None else written
    if not text or text.isspace():
        return record
    if written is not None:
        markup = "html" if _HTML.match(written) else "markdown"
    address = root.own("originalUrl", urls.http_url) or record.link
    home = urls.http_url("/", address) if rules.home is None else Url(rules.home)
    return msgspec.structs.replace(record, content=Content(text, markup, address, home, syntaxes, rules.templates))


def _id(root: Map, name: str, written: str) -> str:
    """An id byte for byte as it is written. Raises Mistake if not every format can contain it."""
    if len(written) > LONGEST_NAME:
        raise Mistake("id-too-long", f"{len(written):,}", f"{LONGEST_NAME:,}")
    if found := text.forbidden().search(written) or _BROKEN.search(written):
        raise Mistake("id-character", f"U+{ord(found[0]):04X}")
    if root.is_changed(name):
        raise Mistake("id-line-break")
    return written


def _is_text(where: Path) -> bool:
    """Whether what YAML takes for something else may be a part of a field that is read: of a text, a URL or a date."""
    names = [part for part in where if isinstance(part, str)]
    return bool(names) and names[0] in field_names.RECORD - _UNREAD and names[-1] in _KNOWN - _CLOSED


def _updated(root: Map, published: datetime) -> datetime:
    updated = root.moment("updatedDateTime") or published
    if updated < published:
        root.warn(Mistake("updated-before-published"), "updatedDateTime")
    return max(updated, published)


def _provider(owner: Map, rules: Rules) -> Provider | None:
    fields = owner.map("provider")
    if fields is None:
        return None
    fields.note_misspelled(field_names.PROVIDER)
    domain = fields.optional("domain", urls.domain)
    name = fields.text("name") or domain
    if not name or not (domain or slugs.identity(name)):
        owner.warn(Mistake("provider-empty"), "provider")
        return None
    return plain.provider(name, domain, _images(fields, rules), fields.url("feed"), rules)


def _authors(root: Map) -> tuple[Author, ...]:
    authors: dict[str, Author] = {}
    for fields in root.people("authors"):
        if name := fields.text("name"):
            authors.setdefault(name, Author(name, fields.url("url"), fields.optional("email", _email)))
    return tuple(authors.values())


def _email(written: str) -> str:
    if not _EMAIL.fullmatch(written.strip()):
        raise Mistake("email-invalid", written.strip())
    return written.strip()


def _topics(root: Map, rules: Rules) -> tuple[str, ...]:
    """Each topic once, in the spelling of the configuration, or in the first one."""
    topics: dict[str, str] = {}
    for index, name in enumerate(root.texts("topics", split=True)):
        name = rules.topics.get(slugs.identity(name), name)
        identity = slugs.identity(name)
        if identity:
            topics.setdefault(identity, name)
        else:
            root.warn(Mistake("topic-empty"), "topics", index)
    return tuple(topics.values())


def _images(owner: Map, rules: Rules) -> tuple[Image, ...]:
    images: dict[Url, Image] = {}
    for fields in owner.maps("images"):
        fields.note_misspelled(field_names.IMAGE)
        url = fields.url("url", rules.records_url)
        if url:
            images.setdefault(url, _image(url, fields))
        elif not fields.written("url"):
            fields.warn(Mistake("image-no-url"))
    return tuple(images.values())


def _image(url: Url, fields: Map) -> Image:
    return Image(
        url=url,
        width=fields.size("width"),
        height=fields.size("height"),
        type=fields.optional("type", _media_type),
        alt=fields.text("alt"),
        title=fields.text("title"),
        credit=fields.text("credit"),
    )


def _media_type(written: str) -> str:
    """A media type without its parameters."""
    type = written.partition(";")[0].strip().lower()
    if not _MEDIA_TYPE.fullmatch(type):
        raise Mistake("media-type-invalid", written.strip())
    return "image/jpeg" if type == "image/jpg" else type


def _related(root: Map, rules: Rules, own: set[str]) -> tuple[Related, ...]:
    """The related articles that can be shown; `own` are the pages of the article itself."""
    related: dict[Url, Related] = {}
    for fields in root.maps("related"):
        fields.note_misspelled(field_names.RELATED)
        title = fields.text("title")
        url = fields.url("webUrl")
        if not (title and url):
            fields.warn(Mistake("related-incomplete", "webUrl" if title else "title"))
        elif urls.page(url) in own:
            fields.warn(Mistake("related-self"), "webUrl")
        elif url in related:
            fields.warn(Mistake("related-twice"))
        else:
            related[url] = Related(
                title,
                url,
                fields.text("excerpt", LONGEST_TEXT, is_html=True),
                fields.moment("publishedDateTime"),
                _provider(fields, rules),
                _images(fields, rules),
            )
    return tuple(related.values())
