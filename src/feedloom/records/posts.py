"""A post of another program to a record, or to the problems that say why not: as `parse` does it for feedloom's own form."""

import re
from collections.abc import Callable

import msgspec

from feedloom.config.profiles import PROFILES, Part, Posts
from feedloom.config.settings import Rules
from feedloom.errors import FrontMatterError
from feedloom.frontmatter import document, kinds
from feedloom.frontmatter.kinds import Parsed
from feedloom.frontmatter.subset import Path
from feedloom.model import Level, Url
from feedloom.problems import Mistake
from feedloom.records import bodies, holding, mapping, parse, scan
from feedloom.records.fields import Document, Map, Rejected
from feedloom.records.holding import Hold
from feedloom.records.mapping import Mapped
from feedloom.records.parse import Reading
from feedloom.values import dates, zones

_SOURCES = {"publishedDateTime": "published", "originalUrl": "permalink", "webUrl": "link", "updatedDateTime": "updated"}


def reader(rules: Rules) -> Callable[[str, bytes], Reading]:
    """What reads the files of several folders, each as its own settings say."""
    parts = _parts(rules)

    def read(path: str, data: bytes) -> Reading:
        for pattern, part, own in parts:
            if pattern.fullmatch(path) and path.lower().endswith(part.suffixes):
                return (
                    reading(path, data, own, path.removeprefix(part.folder).strip("/"))
                    if part.posts
                    else parse.reading(path, data, own)
                )
        return Reading("note")

    return read


def rules_of(rules: Rules, path: str) -> Rules | None:
    """The rules for a file in one of several folders; None if it is in none of them."""
    found = (own for pattern, part, own in _parts(rules) if pattern.fullmatch(path) and path.lower().endswith(part.suffixes))
    return next(found, None)


def _parts(rules: Rules) -> list[tuple[re.Pattern[str], Part, Rules]]:
    return [
        (
            re.compile(part.pattern, re.DOTALL),
            part,
            msgspec.structs.replace(rules, posts=part.posts, bodies=part.bodies and rules.bodies),
        )
        for part in rules.parts
    ]


def reading(path: str, data: bytes, rules: Rules, inside: str | None = None) -> Reading:
    """Read one post; `path` names it in problems, and tells its suffix. `inside` is its path in its own folder of several."""
    posts = rules.posts
    inside = path if inside is None else inside
    assert posts is not None, "records of feedloom's own form are parsed"
    if not rules.include_unpublished and (hold := holding.by_folder(path)):
        return Reading("unpublished", hold=hold.what)
    if not mapping.is_post(inside, posts):
        return Reading("note")
    if len(data) > rules.max_file_size:
        return parse.rejected(path, Mistake("file-too-large", f"{rules.max_file_size:,}"))
    try:
        parsed = _parsed(path, data, posts)
    except FrontMatterError as error:
        return parse.rejected(path, error, error.line, error.field)
    if not parsed:
        return Reading("note")
    return reading_of(path, parsed, rules, inside)


def reading_of(path: str, parsed: Parsed, rules: Rules, inside: str) -> Reading:
    """Read one post from its fields, and its body. `inside` is its path in its own folder of several."""
    posts = rules.posts
    assert posts is not None, "records of feedloom's own form are parsed"
    fields = mapping.inherited(inside, parsed.matter.fields, posts)
    if not rules.include_unpublished and (hold := mapping.hold(fields, posts)):
        # Nothing of an unpublished record is shown, its problems neither.
        return Reading("unpublished", problems=parse.unclear(path, hold, parsed.matter), hold=hold.what)
    mapped = mapping.mapped(inside, parsed, fields, posts, zones.named(_zone(rules)))
    if "publishedDateTime" not in mapped.fields and (mapped.is_untitled or "title" not in mapped.fields):
        return Reading("note")
    if path in rules.ids and not _has_own_id(mapped, posts):  # the author's own id comes first, that of the profile last
        mapped.fields["id"] = rules.ids[path]
    file = _Post(path, parsed, mapped, rules)
    try:
        record = parse.record_of(path, file.root(), rules)
        if rules.bodies:
            written = path + parsed.suffix
            markup = bodies.markup(written, posts.profile)
            body = parsed.body if markup else ""
            syntaxes = bodies.syntaxes(written, posts.profile)
            record = parse.with_content(record, file.root(), rules, body, markup or "markdown", syntaxes)
    except Rejected:
        return Reading("rejected", None, file.all_problems())
    if mapped.expires and not rules.include_unpublished:
        try:
            expires = dates.moment(mapped.expires[0], zones.named(_zone(rules)), lambda _: None)
        except Mistake:  # what is not understood holds a post back
            hold = Hold("the field expires", mapped.expires[1], False)
            return Reading("unpublished", problems=parse.unclear(path, hold, parsed.matter), hold=hold.what)
        record = msgspec.structs.replace(record, expires=expires)
    if mapped.is_untitled:
        record = msgspec.structs.replace(record, is_untitled=True)
    own = mapped.fields.get("originalUrl")
    if isinstance(own, str) and own != record.link and posts.profile != "native":
        record = msgspec.structs.replace(record, address=Url(own))
    return Reading("published", record, file.all_problems())


def _has_own_id(mapped: Mapped, posts: Posts) -> bool:
    return ("id",) in mapped.origins or (posts.profile == "native" and not mapped.fields.keys().isdisjoint({"id", "guid"}))


def _zone(rules: Rules) -> str:
    return (rules.posts.zone if rules.posts else "") or rules.zone


def _parsed(path: str, data: bytes, posts: Posts) -> Parsed | None:
    if posts.profile == "native" and path.lower().endswith((".yaml", ".yml")):
        return Parsed(document.read(data, bare=True), "")
    if path.encode().endswith(scan.META):
        return _of_two_files(data, posts)
    return kinds.read(data, PROFILES[posts.profile].front_matter)


def _of_two_files(data: bytes, posts: Posts) -> Parsed | None:
    """A post whose text is in another file, as `scan.content` gives it."""
    matter, _, rest = data.partition(b"\0")
    suffix, _, body = rest.partition(b"\n")
    parsed = kinds.read(matter, PROFILES[posts.profile].front_matter)
    try:
        return parsed and Parsed(parsed.matter, body.decode("utf-8-sig"), suffix.decode())
    except UnicodeDecodeError:
        document.read(body)  # says what is wrong
        raise


class _Post(Document):
    """A post while its record is made: problems name the author's own fields, and their lines."""

    def __init__(self, path: str, parsed: Parsed, mapped: Mapped, rules: Rules) -> None:
        super().__init__(path, parsed.matter, zones.named(_zone(rules)))
        assert rules.posts is not None
        self._mapped = mapped
        self._posts = rules.posts

    def root(self) -> Map:
        """The fields of the record that the post makes."""
        return Map(self, self._mapped.fields, ())

    def note(self, mistake: Mistake, level: Level, where: Path, named: Path | None = None) -> None:
        """Add a problem of a field, by the name that its author gave it."""
        if where == ("originalUrl",) and level == "rejected" and self._mapped.doubts:
            where, mistake = self._mapped.doubts[0]
            super().note(mistake, level, where, where or ("permalink",))
            return
        if mistake.code == "date-missing":
            mistake = Mistake("post-date-missing")
        own = self._own(where)
        super().note(mistake, level, own, named if own == where else None)

    def _own(self, where: Path) -> Path:
        """The author's own field for one of the record; where there is none, the first that would be it."""
        for end in range(len(where), 0, -1):
            if (origin := self._mapped.origins.get(where[:end])) is not None:
                return origin
        name = str(where[0]) if where else ""
        field = _SOURCES.get(name, name)
        known = PROFILES[self._posts.profile].fields
        usual = known.get("date", ()) if field == "published" else ()
        sources = self._posts.fields.get(field) or usual or known.get(field, ())
        return next(((source,) for source in sources if not source.startswith(":")), where)
