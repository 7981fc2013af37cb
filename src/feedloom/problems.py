"""Every problem that feedloom reports, by its code: how serious it is, its message, and how to fix it.

Functions that find a problem name its code and give the values for its message; no other module has words for it.
docs/problems.md is made from this table, and tests/test_problems.py produces each of them.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from feedloom.model import Level, Problem

# fmt: off
Code: TypeAlias = Literal[
    "file-too-large", "file-empty", "file-not-utf8", "file-utf16", "front-matter-missing", "front-matter-unclosed",
    "front-matter-interrupted", "front-matter-no-fields", "second-record", "character-removed", "yaml-tab", "yaml-indentation",
    "yaml-quote-unclosed", "yaml-quote-inside", "yaml-curly-quotes", "yaml-backslash", "yaml-colon-missing",
    "yaml-space-missing", "yaml-colon-in-value", "yaml-item", "yaml-bracket", "yaml-special-character", "yaml-tag-or-anchor",
    "yaml-alias-unknown", "yaml-aliases-too-large",
    "yaml-too-deep", "yaml-name", "yaml-tags", "yaml-invalid", "toml-invalid", "toml-unclosed", "toml-too-long", "json-invalid",
    "csv-invalid", "csv-cells", "feed-invalid", "feed-cut", "feed-faulty", "entry-date-missing", "entry-link-missing",
    "row-not-object", "row-unreadable", "shard-broken", "shard-too-large", "objects-many",
    "records-none",
    "field-twice", "title-missing", "date-missing", "url-missing", "post-date-missing",
    "permalink-slug", "permalink-placeholder", "permalink-template", "permalink-route",
    "published-unclear", "draft-unclear", "date-unreadable", "date-number", "date-no-year", "date-no-day",
    "date-two-digit-year", "date-ambiguous", "date-or-time", "date-not-in-calendar", "date-wrong-weekday", "date-before-1970",
    "date-after-9999", "time-invalid", "time-ambiguous", "time-leap-second", "time-skipped", "time-twice", "zone-unknown",
    "zone-ambiguous", "zone-two", "zone-offset", "updated-before-published", "url-relative", "url-not-http", "url-no-host",
    "url-host", "url-white-space", "url-password", "url-too-long", "url-characters", "url-space-encoded",
    "url-invisible-character", "domain-invalid", "html-removed", "comment-in-value", "field-misspelled",
    "field-indented", "topics-in-one-text",
    "text-too-long", "list-too-long", "not-text", "not-list", "not-fields", "not-integer", "not-size", "media-type-invalid",
    "email-invalid", "language-invalid", "provider-empty", "topic-empty", "image-no-url", "related-incomplete",
    "related-twice", "related-self",
    "id-too-long", "id-character",
    "id-line-break", "id-not-uri", "near-duplicate", "duplicate", "more-problems", "file-being-written",
    "file-not-regular", "file-unreadable", "file-name", "folder-unreadable", "folder-like-record", "link-broken",
    "link-outside", "link-to-folder", "posts-not-read", "feed-path-taken", "feed-titles-alike", "feed-empty",
    "also-no-feed", "name-unknown",
    "name-misspelled",
]
# fmt: on


class Row(NamedTuple):
    """A kind of problem.

    `level` is None if it depends on the field: a record without its title is rejected, one without its `heat` is not.
    `message` says what is wrong and, after the first `: `, what to do; each `{}` is a value. `summary` is a clause that says
    what is wrong with many records at once, and `fix` says in full what to do.
    """

    level: "Level | None"
    message: str
    summary: str
    fix: str


class Found(NamedTuple):
    """The problems with one code and level, in the order of the files."""

    code: Code
    level: "Level"
    problems: "list[Problem]"

    @property
    def row(self) -> Row:
        """What the table says about them."""
        return ROWS[self.code]

    @property
    def records(self) -> int:
        """How many records have them."""
        return len({problem.record for problem in self.problems})


class Mistake(ValueError):
    """A value that cannot be used as it is: a code, and the values for its message. Long values are cut."""

    def __init__(self, code: Code, *values: str) -> None:
        super().__init__(code, *values)
        self.code: Code = code
        self.values = tuple(value if len(value) <= _LONGEST else f"{value[: _LONGEST - 1]}…" for value in values)

    def __str__(self) -> str:
        return message(self.code, self.values)


_LONGEST = 80


def message(code: Code, values: Sequence[str]) -> str:
    """What is wrong, and what to do."""
    return ROWS[code].message.format(*values)


def details(problem: "Problem") -> str:
    """What the message says beyond the summary of its kind; nothing if all messages of this kind are alike."""
    wrong = ROWS[problem.code].message.partition(": ")[0]
    return wrong.format(*problem.values) if "{}" in wrong else ""


def grouped(problems: "Iterable[Problem]") -> list[Found]:
    """Problems by code: first those that leave records out, and the most frequent first."""
    groups: defaultdict[tuple[Level, Code], list[Problem]] = defaultdict(list)
    for problem in problems:
        groups[problem.level, problem.code].append(problem)
    found = [Found(code, level, members) for (level, code), members in groups.items()]
    return sorted(found, key=lambda one: (one.level != "rejected", -len(one.problems), one.code))


def _date(wrong: str, summary: str) -> Row:
    return Row(
        None,
        f'"{{}}" {wrong}: write it like 2021-05-21T18:09:00Z',
        summary,
        "Write it like 2021-05-21T18:09:00Z. For another time zone, end it with an offset: 2021-05-21T18:09:00+02:00.",
    )


ROWS: Mapping[Code, Row] = {
    # Files
    "file-too-large": Row(
        "rejected",
        "is larger than {} bytes: remove what is not part of the record, or set max_file_size",
        "the file is too large",
        "Remove what is not part of the record, or set max_file_size in the configuration.",
    ),
    "file-empty": Row(
        "rejected",
        "is empty: write a record into it, or delete it",
        "the file is empty",
        "Write a record into it, or delete it.",
    ),
    "file-not-utf8": Row(
        "rejected",
        "is not UTF-8 (byte 0x{}): save it as UTF-8",
        "the file is not UTF-8",
        "Save it as UTF-8. For a file from Windows: iconv -f WINDOWS-1252 -t UTF-8 OLD > NEW.",
    ),
    "file-utf16": Row(
        "rejected",
        "is UTF-16: save it as UTF-8",
        "the file is UTF-16",
        "Save it as UTF-8, in the editor or with: iconv -f UTF-16 -t UTF-8 OLD > NEW.",
    ),
    "front-matter-missing": Row(
        "rejected",
        "has no front matter: the first line must be --- and nothing else",
        "the file has no front matter",
        "Start it with a line ---, the fields, and another line ---. Move files that are not records elsewhere, or list them "
        "under ignore in the configuration.",
    ),
    "front-matter-unclosed": Row(
        "rejected",
        "has no line --- after the fields: add one",
        "the front matter has no end",
        "Add a line --- below the last field.",
    ),
    "front-matter-interrupted": Row(
        "rejected",
        "more fields follow a line that starts with ---: remove that line",
        "the fields are interrupted by a line that starts with ---",
        "Remove that line, so that all fields belong together.",
    ),
    "front-matter-no-fields": Row(
        "rejected",
        "contains no fields: write one per line, such as title: Words",
        "the front matter contains no fields",
        "Write one field per line: its name, a colon, a space and the value, such as title: Words.",
    ),
    "second-record": Row(
        "warning",
        "has another record on this line, which is not read: put each record into its own file",
        "a file has several records, and only the first is read",
        "Put each record into its own file.",
    ),
    "character-removed": Row(
        "warning",
        "contains {}, which XML forbids; removed",
        "a text contains characters that no feed can contain; they were removed",
        "Delete them from the file. The record is published without them.",
    ),
    # YAML
    "yaml-tab": Row(
        "rejected",
        "a tab in the indentation: use spaces",
        "a line is indented with a tab",
        "Indent with spaces. Most editors can convert tabs to spaces.",
    ),
    "yaml-indentation": Row(
        "rejected",
        "is indented differently from the lines it belongs to: give them all the same number of spaces",
        "a line has the wrong indentation",
        "Indent fields that belong together with the same number of spaces. A field with other fields below it has no value of "
        "its own.",
    ),
    "yaml-quote-unclosed": Row(
        "rejected",
        "a quote is opened on this line and not closed: add the closing quote",
        "a quote is not closed",
        'Add the closing quote at the end of the value. Inside double quotes, a quote is written as \\".',
    ),
    "yaml-quote-inside": Row(
        "rejected",
        "text follows a closing quote: write \\\" for a quote inside double quotes, or '' inside single quotes",
        "a quoted text contains a quote",
        "Inside double quotes, write \\\" for a quote; inside single quotes, write '' for an apostrophe.",
    ),
    "yaml-curly-quotes": Row(
        "rejected",
        "curly quotes do not quote in YAML: use \" or '",
        "a value is in curly quotes",
        "Use straight quotes, \" or ', around the value. Curly quotes inside it can stay.",
    ),
    "yaml-backslash": Row(
        "rejected",
        "a backslash inside double quotes: write two, or use single quotes",
        "a text in double quotes contains a backslash",
        "Write two backslashes for one, or use single quotes: 'C:\\news'.",
    ),
    "yaml-colon-missing": Row(
        "rejected",
        "a colon is missing: write name: value, or indent the line if it belongs to the value above",
        "a line has no colon after the name",
        "Write name: value, with a space after the colon. Indent a line that belongs to the value above it.",
    ),
    "yaml-space-missing": Row(
        "rejected",
        "a space is missing after the colon: write name: value",
        "a space is missing after a colon",
        "Write name: value, with a space after the colon.",
    ),
    "yaml-colon-in-value": Row(
        "rejected",
        "the value contains a colon and a space: put it in quotes",
        "a value without quotes contains a colon and a space",
        'Put the value in quotes: title: "News: today".',
    ),
    "yaml-item": Row(
        "rejected",
        "starts with a hyphen, but is not in a list: remove the hyphen, or write the name of the list above",
        "a line outside a list starts with a hyphen",
        "Remove the hyphen, or write the name of the list and a colon on the line above, such as topics:.",
    ),
    "yaml-bracket": Row(
        "rejected",
        "a bracket is not closed, or a comma is missing: check the list, or put a text that starts with a bracket in quotes",
        "a bracket is not closed, or a comma is missing",
        "Separate the items of a list with commas and close the bracket: [a, b]. Put a text that starts with one in quotes.",
    ),
    "yaml-special-character": Row(
        "rejected",
        "a value starts with {}, which has another meaning in YAML: put it in quotes",
        "a value starts with a character that has another meaning in YAML",
        "Put the value in quotes.",
    ),
    "yaml-tag-or-anchor": Row(
        "warning",
        "starts with & or !, which have another meaning in YAML: put the whole value in quotes",
        "a text starts with & or !, and YAML takes its first word for something else",
        "Put the whole value in quotes.",
    ),
    "yaml-alias-unknown": Row(
        "rejected",
        "*{} refers to no value above it: put the text in quotes",
        "a value starts with *, which refers to another value in YAML",
        "Put the text in quotes.",
    ),
    "yaml-aliases-too-large": Row(
        "rejected",
        "its aliases expand to more than {}: write the values out instead of *name",
        "aliases expand to too much",
        "Write the values out where they are needed, instead of *name.",
    ),
    "yaml-too-deep": Row(
        "rejected",
        "is nested more than {} levels deep: remove a part of it",
        "fields are nested too deeply",
        "Remove a part of the nested field. No field of a record needs more than four levels.",
    ),
    "yaml-name": Row(
        "rejected",
        "the name of a field must be a text: put it in quotes",
        "a field has a list or a mapping as its name",
        "Put a name that starts with a bracket, a brace or ? in quotes.",
    ),
    "yaml-tags": Row(
        "rejected",
        "has more than {} lines that start with %TAG: remove them",
        "the front matter declares too many tags",
        "Remove the lines that start with %TAG.",
    ),
    "yaml-invalid": Row(
        "rejected",
        "is not valid YAML ({}): check this line and the one above",
        "the front matter is not valid YAML",
        'Check that line and the one above. Put texts in quotes that contain ": " or start with a special character.',
    ),
    # Front matter of other programs
    "toml-invalid": Row(
        "rejected",
        "is not valid TOML ({}): correct this line",
        "the front matter is not valid TOML",
        'Correct the line. Texts need quotes in TOML: title = "Words".',
    ),
    "toml-unclosed": Row(
        "rejected",
        "has no line +++ after the fields: add one",
        "the front matter in TOML has no end",
        "Add a line +++ below the last field.",
    ),
    "toml-too-long": Row(
        "rejected",
        "has front matter of more than {} characters: remove a part of it",
        "the front matter in TOML is too long",
        "Remove a part of the front matter, or write it as YAML.",
    ),
    "json-invalid": Row(
        "rejected",
        "is not valid JSON ({}): correct this line",
        "the front matter is not valid JSON",
        "Correct the line. Names and texts need double quotes in JSON, and a comma comes between two fields.",
    ),
    "csv-invalid": Row(
        "rejected",
        "is not valid CSV ({}), so the rest of the file is not read: correct this line",
        "a CSV file cannot be read to its end",
        "Correct the line. A quotation mark in a cell is written twice, and a cell with commas or line breaks is in quotes.",
    ),
    "csv-cells": Row(
        "rejected",
        "has {} cells, but the header has {}: put cells that contain commas in quotes",
        "a row has more cells than the header",
        "Put cells that contain commas in double quotes.",
    ),
    "feed-invalid": Row(
        "rejected",
        "{} (no entry is read): save the feed again",
        "a file is not a feed, or a damaged one",
        "Save the feed again. It must be Atom, RSS or JSON Feed.",
    ),
    "feed-cut": Row(
        "rejected",
        "is the last entry before the feed breaks off ({}), so it is left out: save the feed again",
        "a feed breaks off",
        "Save the feed again. The entries before the break are published, those after it are missing.",
    ),
    "feed-faulty": Row(
        "warning",
        "is not well-formed ({}): compare its entries with the original, or save the feed again",
        "a feed is not well-formed",
        "Compare the published entries with the original: words, or whole entries, may be missing. Save the feed again if it "
        "was damaged on the way.",
    ),
    "entry-date-missing": Row(
        "rejected",
        "is missing: the entry has no date (published, updated, pubDate, dc:date)",
        "an entry of a feed has no date",
        "If another element of the feed has the date, name it in the configuration, such as fields: {published: "
        "[publishedDateTime, entry.added]}.",
    ),
    "entry-link-missing": Row(
        "rejected",
        "is missing: the entry has no link to a page",
        "an entry of a feed has no link",
        "If another element of the feed has the link, name it in the configuration, such as fields: {link: [webUrl, "
        "entry.enclosure.url]}.",
    ),
    "row-not-object": Row(
        "rejected",
        "is not a JSON object: write the fields of a record between braces",
        "a row is not a JSON object",
        "Write each record as an object, with its fields between braces.",
    ),
    "row-unreadable": Row(
        "rejected",
        "has a text that is not UTF-8, or a time that no calendar has: write it again",
        "a row of a Parquet file cannot be read",
        "Write texts as UTF-8, and dates of the years 1970 to 9999.",
    ),
    "shard-broken": Row(
        "rejected",
        "cannot be read ({}): none of its records is read; write the file again",
        "a file of many records is damaged",
        "Write the file again under another name, then rename it, so that no build reads half a file.",
    ),
    "shard-too-large": Row(
        "rejected",
        "is larger than {}: none of its records is read; write several smaller files",
        "a file of many records is too large",
        "Write several files of 5,000 to 50,000 records each, or set max_shard_size in the configuration.",
    ),
    "objects-many": Row(
        "warning",
        "has {} objects with one record each: shards are read many times as fast (feedloom export makes them)",
        "object storage has very many small objects",
        "Write the records as files of 5,000 to 50,000 records: feedloom export FOLDER does, see docs/records.md.",
    ),
    "records-none": Row(
        "warning",
        "there is no record file in {}: correct the path (in object storage: the bucket and the prefix), or put records there",
        "a place that records names has no record file",
        "Correct the path; in object storage, the name of the bucket and the prefix. Keep it if records will be there.",
    ),
    "field-twice": Row(
        "rejected", "appears twice: keep one", "a field appears twice", "Keep one of the lines and delete the other."
    ),
    # What every record needs
    "title-missing": Row(
        "rejected", "is missing: every record needs a title", "the title is missing", "Add a line such as title: Words."
    ),
    "date-missing": Row(
        "rejected",
        "is missing: every record needs a date, such as 2021-05-21T18:09:00Z",
        "the date is missing",
        "Add a line such as publishedDateTime: 2021-05-21T18:09:00Z.",
    ),
    "url-missing": Row(
        "rejected",
        "is missing: every record needs an originalUrl or a webUrl",
        "the URL of the article is missing",
        "Add a line such as originalUrl: https://example.com/page, or webUrl.",
    ),
    # What posts of other programs need
    "post-date-missing": Row(
        "rejected",
        "is missing: every post needs a date, such as 2021-05-21",
        "the date of the post is missing",
        "Add a line such as date: 2021-05-21, or name your field for it in the configuration, such as fields: "
        "{published: [my_date]}.",
    ),
    "permalink-slug": Row(
        "rejected",
        "has a title or name in a script that cannot be spelled in Latin letters: add a slug",
        "the URL of the post cannot be made from its title or name",
        "Add a line such as slug: my-post, with the last part of the URL that the post has on your site.",
    ),
    "permalink-placeholder": Row(
        "rejected",
        "has a URL with the placeholder {}, which is neither known nor one of its fields: correct permalink",
        "the pattern of the URLs has an unknown placeholder",
        "Correct permalink in the front matter, in the configuration, or in the settings of your site.",
    ),
    "permalink-template": Row(
        "rejected",
        "has a permalink that only a program can fill in: set permalink in the configuration",
        "the permalink of the post is a template",
        "Set permalink in the configuration, such as permalink: /posts/:name/. feedloom runs no templates.",
    ),
    "permalink-route": Row(
        "rejected",
        "has an unknown URL: set permalink in the configuration",
        "the URLs of posts are made by code",
        "Set permalink in the configuration, such as permalink: /blog/:slug/. feedloom does not run the code of your site.",
    ),
    "published-unclear": Row(
        "rejected",
        '"{}" is neither true nor false: write one of them',
        "it is unclear whether the record is to be published",
        "Write published: true or published: false.",
    ),
    "draft-unclear": Row(
        "warning",
        "not published because of {}, whose value is unknown: write true, false, draft or published, or rename it",
        "a record is not published because of an unknown value",
        "Write draft: true or draft: false; status and visibility can be draft or published. Rename a field with another "
        "meaning.",
    ),
    # Dates
    "date-unreadable": _date("is in a form that is not read", "a date is in a form that is not read"),
    "date-number": _date("is a number, not a date", "a date is a number"),
    "date-no-year": _date("names no year", "a date names no year"),
    "date-no-day": _date("names no day", "a date names no day"),
    "date-two-digit-year": _date("has a two-digit year", "a date has a two-digit year"),
    "date-ambiguous": _date("could be two days", "a date could be two days"),
    "date-or-time": _date("could be a day and a time", "a date could be a day and a time"),
    "date-not-in-calendar": _date("is no day of the calendar", "a date is no day of the calendar"),
    "date-wrong-weekday": _date("is a {}", "a date names the wrong day of the week"),
    "date-before-1970": Row(
        None,
        '"{}" is before 1970, which feed readers do not accept: write when the article was published',
        "a date is before 1970, which feed readers do not accept",
        "Write when the article was published. Programs write 0001-01-01 and 1900-01-01 when they know no date.",
    ),
    "date-after-9999": _date("is after the year 9999", "a date is after the year 9999"),
    "time-invalid": _date("is no time of day", "a date has a time that does not exist"),
    "time-ambiguous": _date("could be two times", "a date could be two times"),
    "time-leap-second": _date("names a leap second, which is not read", "a date names a leap second"),
    "time-skipped": Row(
        "warning",
        '"{}" does not exist in {}, where clocks change, and was read as {}: add the offset, such as +02:00',
        "a date has a time that clocks skip; it was read with the offset before the change",
        "Add the offset to the date: 2021-03-28T02:30:00+01:00.",
    ),
    "time-twice": Row(
        "warning",
        '"{}" happens twice in {}, where clocks change, and was read as {}: add the offset, such as +02:00',
        "a date has a time that happens twice; it was read with the offset before the change",
        "Add the offset to the date: 2021-10-31T02:30:00+01:00.",
    ),
    "zone-unknown": _date("names the time zone {}, which is not known", "a date names an unknown time zone"),
    "zone-ambiguous": _date("names the time zone {}, which is more than one", "a date names a time zone that could be several"),
    "zone-two": _date("names two time zones", "a date names two time zones"),
    "zone-offset": _date(
        "has an offset that no time zone has (-12:00 to +14:00)", "a date has an offset that no time zone has"
    ),
    "updated-before-published": Row(
        "warning",
        "is before publishedDateTime; left out",
        "the date of the update is before that of the publication",
        "Correct updatedDateTime, or remove it.",
    ),
    # URLs
    "url-relative": Row(
        None,
        '"{}" is not a full URL: write it like https://example.com/page',
        "a URL is relative",
        "Write it in full, such as https://example.com/page. For images, set site.records_url to the URL that they are "
        "relative to.",
    ),
    "url-not-http": Row(
        None,
        '"{}" is not an http(s) URL: write it in full, such as https://example.com/page',
        "a URL is not an http(s) URL",
        "Write it in full, such as https://example.com/page.",
    ),
    "url-no-host": Row(
        None,
        '"{}" names no host: write it in full, such as https://example.com/page',
        "a URL names no host",
        "Write it in full, such as https://example.com/page.",
    ),
    "url-host": Row(
        None,
        '"{}" is not a host: write it like example.com or example.com:8080',
        "the host of a URL is wrong",
        "Write it like example.com or example.com:8080.",
    ),
    "url-white-space": Row(
        None, '"{}" contains white space: write it as %20', "a URL contains white space", "Write each space as %20."
    ),
    "url-password": Row(
        None,
        "contains a user name or password: remove it, and change the password",
        "a URL contains a user name or password",
        "Remove the part before the @, and change the password: it was in a file for publication.",
    ),
    "url-too-long": Row(
        None,
        '"{}" is longer than {} characters: use a shorter URL of the page',
        "a URL is too long",
        "Use a shorter URL of the page. The part after ? is often not needed.",
    ),
    "url-characters": Row(
        None,
        '"{}" contains characters that no URL can contain: copy it from the browser again',
        "a URL contains characters that no URL can contain",
        "Copy it from the browser's address bar again.",
    ),
    "url-space-encoded": Row(
        "warning",
        "contains a space; written as %20",
        "a URL contains a space, which was written as %20",
        "Write %20 yourself, or delete the space if it is a typing error.",
    ),
    "url-invisible-character": Row(
        "warning",
        "has {} at its end, which is invisible; removed",
        "a URL ends with an invisible character, which was removed",
        "Delete the last characters of the line, and type the last letter again.",
    ),
    "domain-invalid": Row(
        None,
        '"{}" is not a domain: write it like example.com',
        "the domain of a provider is wrong",
        "Write it like example.com, or remove it: the name is enough.",
    ),
    # Texts, lists and numbers
    "html-removed": Row(
        "warning",
        'contains what looks like HTML, {}; removed: write a word in angle brackets as "< {}>"',
        "a text contains what looks like HTML; it was removed",
        'Write a word in angle brackets with a space, as "< meter>". Close real elements, and remove scripts.',
    ),
    "comment-in-value": Row(
        "warning",
        "ends at #, where a comment starts: put the whole value in quotes if # is a part of it",
        "a text ends at #, where YAML starts a comment",
        "Put the whole value in quotes if # is a part of it. Put a comment on its own line.",
    ),
    "field-misspelled": Row(
        "warning",
        "has another name on this line and is not read: rename it to {}",
        "a field has a name that feedloom does not know",
        "Rename the field on that line, as the message says.",
    ),
    "field-indented": Row(
        "warning",
        "starts with a space that YAML does not know, such as a no-break space, and is not read: indent with normal spaces",
        "a field is indented with no-break spaces or other special spaces",
        "Indent with normal spaces. Texts copied from web pages often contain no-break spaces.",
    ),
    "topics-in-one-text": Row(
        "warning",
        'is one text, split at its commas: write it as "[{}]"',
        "topics are one text, which was split at its commas",
        "Write them as a list: in brackets, or one item per line.",
    ),
    "text-too-long": Row(
        "warning",
        "is {} characters long; cut to {}",
        "a text is too long and was cut",
        "Shorten it; readers can open the article.",
    ),
    "list-too-long": Row(
        "warning", "has {} items; only the first {} are used", "a list is too long and was cut", "Keep what matters most."
    ),
    "not-text": Row(
        None,
        "is a {}, not a text: put a text with a colon or brackets in quotes",
        "a list or a mapping is in the place of a text",
        "Write one text. Put it in quotes if it contains a colon and a space, or starts with a bracket or a brace.",
    ),
    "not-list": Row(
        "warning",
        "is a {}, not a list; left out",
        "there is no list where one is expected",
        "Write one item per line below the name, each after a hyphen. Items of images and related have fields of their own.",
    ),
    "not-fields": Row(
        "warning",
        "is a {}, not fields; left out",
        "there are no fields where some are expected",
        "Write fields with their names, such as provider: {name: Example, domain: example.com}.",
    ),
    "not-integer": Row(
        None,
        '"{}" is not a whole number: write digits only',
        "a number is not a whole number",
        "Write digits only, such as quality: 80. Remove the field if there is no number.",
    ),
    "not-size": Row(
        None,
        '"{}" is not a size in pixels: write a whole number, 1 or more',
        "a size is not a whole number of pixels",
        "Write digits only, such as width: 800. Remove the field if the size is not known.",
    ),
    "media-type-invalid": Row(
        None,
        '"{}" is not a media type: write it like image/jpeg',
        "the type of an image is not a media type",
        "Write it like image/jpeg, or remove it: most URLs show the type.",
    ),
    "email-invalid": Row(
        None,
        '"{}" is not an e-mail address: write it like ada@example.com',
        "the e-mail address of an author is not one",
        "Write it like ada@example.com, or remove it.",
    ),
    "language-invalid": Row(
        None,
        '"{}" is not a language tag: write it like en, de-AT or ja',
        "a language is not a language tag",
        "Write it like en, de-AT or ja.",
    ),
    "provider-empty": Row(
        "warning",
        "has neither a name nor a domain; left out",
        "a provider has neither a name nor a domain",
        "Write provider: {name: Example, domain: example.com}, or remove it.",
    ),
    "topic-empty": Row(
        "warning",
        "contains only white space or hyphens; left out",
        "a topic has no name",
        "Remove it from the list, or write its name.",
    ),
    "image-no-url": Row(
        "warning",
        "has no url; left out",
        "an image has no url",
        "Add url: https://example.com/picture.jpg, or remove the image.",
    ),
    "related-incomplete": Row(
        "warning",
        "has no {} that can be shown; left out",
        "a related article has no title or no webUrl",
        "Add what is missing, or remove the related article.",
    ),
    "related-twice": Row(
        "warning",
        "has the webUrl of another one before it; left out",
        "a related article appears twice",
        "Keep one of the two.",
    ),
    "related-self": Row(
        "warning", "is the article itself; left out", "a related article is the article itself", "Remove it from the list."
    ),
    # Ids
    "id-too-long": Row(
        "rejected",
        "is {} characters long: an id has at most {}",
        "an id is too long",
        "Shorten it. Keep the ids of articles that are already published if you can.",
    ),
    "id-character": Row(
        "rejected",
        "contains {}, which an id cannot contain: remove it",
        "an id contains a character that it cannot contain",
        "Remove control characters and line breaks.",
    ),
    "id-line-break": Row(
        "rejected",
        "contains a line break or a control character, which an id cannot contain: remove it",
        "an id contains a line break or a control character",
        "Remove it from the id.",
    ),
    "id-not-uri": Row(
        "warning",
        "is not an absolute URI, and validators object: use another id for new records, and keep published ones",
        "an id is not an absolute URI, and validators object",
        "Keep the ids that subscribers already have. Leave id out of new records, or write it like https://example.com/page.",
    ),
    "near-duplicate": Row(
        "warning",
        "has the same URL as {} except for {}: if they are one article, give both the same originalUrl",
        "two URLs differ only in a part that seldom means another article",
        "If both are one article, give both the same originalUrl, or delete one.",
    ),
    "duplicate": Row(
        "warning",
        "duplicate of {}, which is published instead: delete one, or correct its URL",
        "the article is published from another record",
        "Delete one of the records. If they are two articles, give each its own URL.",
    ),
    "more-problems": Row(
        "warning",
        "{} more problems are not listed: fix the listed ones first",
        "a record has more problems than are listed",
        "Fix the listed ones first; the next check lists the others.",
    ),
    # Files that are not read
    "file-being-written": Row(
        "rejected",
        "is being written: the next build reads it",
        "the file is being written",
        "Build again. Programs should write a new file and then rename it, so that no build reads half a file.",
    ),
    "file-not-regular": Row(
        "rejected",
        "is not a regular file: move it out of the records folder",
        "it is not a file but a pipe, a socket or a device",
        "Move it out of the records folder.",
    ),
    "file-unreadable": Row(
        "rejected",
        "cannot be read ({}): check its permissions",
        "a file cannot be read",
        "Let the user who builds read it: chmod a+r FILE.",
    ),
    "file-name": Row(
        "warning", "has a name that cannot be shown: rename it", "a file has a name that cannot be shown", "Rename it."
    ),
    "folder-unreadable": Row(
        "rejected",
        "cannot be listed ({}), so none of its records is read: check its permissions",
        "a folder cannot be listed",
        "Let the user who builds list it: chmod a+rx FOLDER.",
    ),
    "folder-like-record": Row(
        "rejected",
        "is a folder with the name of a record: rename it",
        "a folder has the name of a record",
        "Give it a name without .md, .markdown, .txt, .yaml or .yml.",
    ),
    "link-broken": Row(
        "rejected",
        "is a link that leads nowhere: delete it, or restore what it points to",
        "a link leads nowhere",
        "Delete the link, or restore what it points to.",
    ),
    "link-outside": Row(
        "rejected",
        "is a link out of the records folder: put the file itself there",
        "a link leads out of the records folder",
        "Put the file itself into the folder instead of the link.",
    ),
    "link-to-folder": Row(
        "warning",
        "is a link to a folder, which is not followed: put the folder itself there",
        "a link leads to a folder; such links are not followed",
        "Put the folder itself there, or remove the link.",
    ),
    "posts-not-read": Row(
        "warning",
        "not read: {} with the suffix of a post ({})",
        "files that look like posts are not read",
        "Rename those that are records to .md, or list them under ignore in the configuration.",
    ),
    # Feeds and settings
    "feed-path-taken": Row(
        "warning",
        '"{}" has the same path as "{}" in {} ({}), which is published instead: rename one of them',
        "two names lead to the same feed path",
        "Rename one of them.",
    ),
    "feed-titles-alike": Row(
        "warning",
        'shared titles ({}), such as "{}" for {}; each feed gets its path in brackets: use {{name}} in titles',
        "the configuration gives several feeds the same title",
        "Use {name} in titles, with different words for each kind of feed.",
    ),
    "feed-empty": Row(
        "warning",
        "no article meets all conditions of {}, so the feed is empty",
        "a feed of the configuration is empty",
        "Relax its conditions, or remove it. Keep it if you expect such articles.",
    ),
    "also-no-feed": Row(
        "warning",
        "there is no feed {}, so this path has no file: name a feed that is published",
        "the configuration wants a feed at another path, but there is no such feed",
        "Name a feed that is published, by its path below the output folder. Keep it if you expect such articles.",
    ),
    "name-unknown": Row(
        "warning",
        'no record names the {} "{}": correct or remove it',
        "the configuration names something that no record names",
        "Correct the name, or remove it.",
    ),
    "name-misspelled": Row(
        "warning",
        'no record names the {} "{}", but "{}" is similar: correct or remove it',
        "the configuration names something that no record names, but a similar name exists",
        "Correct the name, or remove it.",
    ),
}
"""The table, in the order of docs/problems.md."""
