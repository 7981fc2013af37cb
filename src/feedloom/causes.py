"""Problems by their causes: what is wrong, and what to do about it.

A cause is known by the words of its messages, which stand where the mistakes are found. Values of records stand in quotes
before these words, so that none can pass for another cause. tests/test_causes.py holds that every message has a cause.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from feedloom.model import Level, Problem, printable


class Cause(NamedTuple):
    """A mistake that authors make: `wrong` ends a sentence that begins with how many records it is in."""

    message: re.Pattern[str]
    wrong: str
    fix: str
    field: str = ".*"


class Found(NamedTuple):
    """The problems of one cause and level, in the order of the files."""

    cause: Cause
    level: Level
    problems: list[Problem]

    @property
    def files(self) -> int:
        """How many files they are in."""
        return len({problem.path for problem in self.problems})


def _cause(message: str, wrong: str, fix: str, field: str = ".*") -> Cause:
    """A cause whose messages match; what they say beyond it is the group `more`."""
    return Cause(re.compile(message, re.DOTALL), wrong, fix, field)


_VALUE = '".*"'

RELATIVE = _cause(
    r'(?P<more>"(?!//|[A-Za-z][A-Za-z0-9+.-]*:).*") is no http or https URL: .*',
    "the address of an image is relative",
    "Set site.records_url in the configuration to the address that they are relative to, or write them whole.",
    field=r".*images\[\d+\]\.url",
)
"""The one that a setting mends."""

CAUSES = (
    # Files
    _cause(
        r"is larger than (?P<more>[\d,]+ bytes) .*",
        "the file is too large",
        "Take out what is no field of a record, or set max_file_size in the configuration.",
    ),
    _cause(r"is empty", "the file is empty", "Write a record into it, or delete it."),
    _cause(
        r"is not UTF-8 \((?P<more>.*)\): save it as UTF-8",
        "the file is not UTF-8",
        "Save it as UTF-8: iconv -f WINDOWS-1252 -t UTF-8 OLD > NEW does so for one that Windows wrote.",
    ),
    _cause(
        r"has no front matter: .*",
        "the file has no front matter",
        "Begin it with a line ---, the fields, and another line ---. Move files that are no records elsewhere.",
    ),
    _cause(
        r"has another record on this line, which is not read: .*",
        "a file has more than one record, and only the first is read",
        "Write each record into a file of its own.",
    ),
    _cause(
        r"goes on behind a line that begins with ---: .*",
        "the fields are interrupted by a line that begins with ---",
        "Take out that line, so that all fields are one mapping.",
    ),
    _cause(
        r"has no line --- that closes the front matter", "the front matter has no end", "Put a line --- below the last field."
    ),
    _cause(
        r"(?P<more>(?:YAML that cannot be read: .*|holds (?:the control character )?U\+[0-9A-F]+.*)); taken out",
        "it holds characters that no feed can hold, which were taken out",
        "Delete them from the file; the record is published without them.",
    ),
    _cause(
        r"(?P<more>the alias \*.* names no value before it)|YAML .*did not find expected alphabetic or numeric character",
        "a value begins with * or &, which mean something else in YAML",
        "Put the text in quotes.",
    ),
    _cause(
        r'a ":" is missing: .*',
        "a line has no colon between a name and a value",
        "Write name: value, with a space after the colon; indent a line that belongs to the value above it.",
    ),
    _cause(
        r"YAML that cannot be read: (?P<more>.*)",
        "the fields are not YAML",
        'Look there and a line above. Quote a text that holds ": " or begins with " [ { @ ` %, and indent by spaces, not tabs.',
    ),
    _cause(
        r"holds the control character (?P<more>U\+[0-9A-F]+)",
        "the front matter holds a control character",
        "Delete the character.",
    ),
    _cause(
        r"has more than .* lines that begin with %TAG: .*",
        "the front matter declares too many tags",
        "Take out the lines that begin with %TAG.",
    ),
    _cause(r"is no mapping: .*", "the front matter holds no fields", "Write fields as title: Words, a line each."),
    _cause(
        r"is nested deeper than .*",
        "fields are nested too deep",
        "Take out a part of the nested field; no field of a record needs more than four levels.",
    ),
    _cause(
        r"a field's name must be plain text",
        "a field has a list or a mapping for a name",
        "Put a name that begins with a bracket, a brace or ? in quotes.",
    ),
    _cause(r"stands twice", "a field stands twice", "Keep one of the lines and delete the other."),
    _cause(
        r"its (?P<more>aliases stand for .*)",
        "aliases stand for too much",
        "Write the values out where they are needed, in place of *name.",
    ),
    # What every record needs
    _cause(r"is missing: every record needs a title", "the title is missing", "Add a line title: Words."),
    _cause(
        r"is missing: every record needs a date, .*",
        "the date is missing",
        "Add a line publishedDateTime: 2021-05-21T18:09:00Z.",
    ),
    _cause(
        r"is missing: every record needs an originalUrl or a webUrl",
        "the address of the article is missing",
        "Add a line originalUrl: https://example.com/page, or webUrl.",
    ),
    _cause(
        rf"(?P<more>{_VALUE} is neither true nor false)",
        "it is unclear whether the record is to be published",
        "Write published: true or published: false.",
    ),
    # Dates
    _cause(
        rf"(?P<more>{_VALUE}) is before 1970, which feed readers do not take",
        "a date is before 1970, which feed readers do not take",
        "Write when the article was published; 0001-01-01 and 1900-01-01 are dates that a program left empty.",
    ),
    _cause(
        rf"(?P<more>{_VALUE} .* in .*, where clocks change: read as .*); add the offset, as \+02:00",
        "clocks are changed at the time of a date, which was read with the offset before the change",
        "Add the offset to the date, as 2021-10-31T02:30:00+01:00.",
    ),
    _cause(
        rf"(?P<more>{_VALUE} .*): write it as 2021-05-21T18:09:00Z",
        "a date cannot be read, or could mean several days",
        "Write it as 2021-05-21T18:09:00Z; other zones as +02:00.",
    ),
    _cause(
        r"is before publishedDateTime",
        "the date of the update is before that of the publication",
        "Correct updatedDateTime, or take it out.",
    ),
    # Addresses
    RELATIVE,
    _cause(
        rf"(?P<more>{_VALUE} (?:is no http or https URL|names no host)): write it whole, as https://example.com/page",
        "an address is none of the web",
        "Write it whole, as https://example.com/page.",
    ),
    _cause(
        rf"(?P<more>{_VALUE}) holds white space: write it as %20", "an address holds white space", "Write each space as %20."
    ),
    _cause(
        r"holds a user name or password: .*",
        "an address holds a user name or password",
        "Remove what stands before the @, and change the password: it was in a file to be published.",
    ),
    _cause(
        rf"(?P<more>{_VALUE}) is longer than [\d,]+ characters",
        "an address is too long",
        "Take the page's short address: what stands after ? can often go.",
    ),
    _cause(
        rf"(?P<more>{_VALUE}) holds characters that no URL can hold",
        "an address holds characters that none can hold",
        "Copy it again from the browser's address bar.",
    ),
    _cause(
        rf"(?P<more>{_VALUE} is no host (?:name|with a port))",
        "the host of an address is none",
        "Write it as example.com or example.com:8080.",
    ),
    _cause(
        rf"(?P<more>{_VALUE}) is no domain: write it as example\.com",
        "the domain of a provider is none",
        "Write it as example.com, or take it out: the name alone will do.",
    ),
    _cause(
        r"holds a space; written as %20",
        "an address holds a space, which was written as %20",
        "Write %20 yourself, or take the space out where it is a slip.",
    ),
    _cause(
        r"has (?P<more>U\+[0-9A-F]+ at its end), which shows nothing; taken out",
        "an address ends in a character that nobody sees, which was taken out",
        "Delete the last characters of the line, and type the last letter again.",
    ),
    # Words
    _cause(
        r"holds what was taken for HTML and removed, (?P<more>.*): .*",
        "a text holds what was taken for HTML, and was removed",
        'Write a word in angles with a space, as "< meter>"; close real elements, and take scripts out.',
    ),
    _cause(
        r"begins with & or !, which mean something else in YAML: .*",
        "a text begins with a word that YAML takes for something else",
        "Put the whole value in quotes.",
    ),
    _cause(
        r"ends at #, where a comment begins: .*",
        "a text ends at #, where YAML begins a comment",
        "Put the whole value in quotes if # is a part of it; put a comment on a line of its own.",
    ),
    # Names
    _cause(
        r"has another name on this line, and is not read: rename it to .*",
        "a field has another name than feedloom's, and is not read",
        "Rename it on that line, as the place says.",
    ),
    _cause(
        r"is held back by (?P<more>.*), whose value is not known: .*",
        "a record is held back by a value that is not known",
        "Write draft: true or draft: false; status and visibility may say draft or published.",
    ),
    _cause(
        rf"(?P<more>{_VALUE}) is how to write this list: .*",
        "topics are one text, which was split at its commas",
        "Write them as a list, with brackets around it or an item a line.",
    ),
    # Ids
    _cause(
        r"is no absolute URI, to which validators object: .*",
        "an id is no absolute URI, to which validators object",
        "Keep the ids that subscribers have. Leave id out of new records, or write it as https://example.com/page.",
    ),
    _cause(
        r"(?P<more>has the address of .* but for .*): .*",
        "addresses differ only in what seldom makes another article",
        "Where both are one article, give both the same originalUrl, or delete one.",
    ),
    _cause(
        r"(?P<more>is [\d,]+ characters long): an id has at most .*"
        r"|(?P<other>holds (?:U\+[0-9A-F]+|a line break or a control character)), which no id can hold .*",
        "an id cannot be published as it is",
        "Shorten it, or take control characters and line breaks out.",
    ),
    # Fields of the wrong shape
    _cause(
        r"(?P<more>is a (?:list|mapping), not a text|is no text)",
        "there is a list or a mapping where a text is needed",
        "Write one text after the colon; put it in quotes where it begins with a bracket or a brace.",
    ),
    _cause(
        r"(?P<more>is a (?:text|mapping), not a list)",
        "there is no list where one is needed",
        "Write an item a line below the name, each after a hyphen; those of images and related have fields of their own.",
    ),
    _cause(
        r"is no mapping of fields",
        "there are no fields where some are needed",
        "Write fields with their names, as provider: {name: Example, domain: example.com}.",
    ),
    _cause(
        rf"(?P<more>{_VALUE} is no (?:positive )?integer)",
        "a number is none",
        "Write digits only: width: 800. Take the field out where there is no number.",
    ),
    # What is left out or cut
    _cause(
        r"is (?P<more>[\d,]+ characters long; cut to [\d,]+)",
        "a text is too long and was cut",
        "Shorten it; the whole article is a click away.",
    ),
    _cause(r"(?P<more>lists [\d,]+; the first .* are taken)", "a list is too long and was cut", "Keep what matters most."),
    _cause(
        r"has neither a name nor a domain",
        "a provider has neither a name nor a domain",
        "Write provider: {name: Example, domain: example.com}, or take it out.",
    ),
    _cause(r"names no topic: .*", "a topic has no name", "Take it out of the list, or write its name."),
    _cause(
        rf"(?P<more>{_VALUE} is not a media type): write it like image/jpeg",
        "the type of an image is not a media type",
        "Write it like image/jpeg, or take it out: the address tells most types.",
    ),
    _cause(
        rf"(?P<more>{_VALUE} is not a language tag): write it like en, de-AT or ja",
        "a language is not a language tag",
        "Write it like en, de-AT or ja.",
    ),
    _cause(r"has no url", "an image has no url", "Write url: https://example.com/picture.jpg, or take the image out."),
    _cause(
        r"(?P<more>has no (?:webUrl|title)) that can be shown",
        "a related article has no title or no webUrl",
        "Add what it lacks, or take it out.",
    ),
    _cause(r"has the webUrl of another one before it", "a related article stands twice", "Keep one of the two."),
    _cause(
        r"is the article itself",
        "a related article is the article itself",
        "Take it out of the list.",
    ),
    _cause(
        r"has (?P<more>[\d,]+ more) problems, which are named once .*",
        "a record has more problems than are named",
        "Mend the first ones; the next check names the others.",
    ),
    _cause(
        r"(?P<more>is the same article as .*), which is published in its place",
        "the article is published from another record",
        "Delete one of the records, or correct its originalUrl where they are two articles.",
    ),
    # Files that are not read
    _cause(
        r"cannot be read: is being written: it is read by the next build",
        "the file is being written",
        "Build again. Let programs write beside the place and rename, so that no build meets half a file.",
    ),
    _cause(
        r"(?:cannot be read: )?(?:is no regular file|is a link to no regular file)",
        "it is no file but a pipe, a socket or a device",
        "Move it out of the records folder.",
    ),
    _cause(
        r"(?:cannot be read: )?is a link that points out of the records folder",
        "a link leads out of the records folder",
        "Put the file itself into the folder, in place of the link.",
    ),
    _cause(r"is a link that points nowhere", "a link leads nowhere", "Delete the link, or bring back what it points to."),
    _cause(
        r"is a link to a folder, which is not followed",
        "a link leads to a folder, and such links are not followed",
        "Put the folder itself there; or take the link out.",
    ),
    _cause(
        r"is a folder, named like a record",
        "a folder is named like a record",
        "Give it a name without .md, .markdown, .txt, .yaml or .yml.",
    ),
    _cause(
        r"cannot be (?:read|listed): (?P<more>.*)",
        "it cannot be read",
        "Let whoever builds read it: chmod a+r FILE, or chmod a+rx FOLDER.",
    ),
    _cause(
        r"has a name with characters that cannot be shown",
        "a file has a name with characters that cannot be shown",
        "Rename it.",
    ),
    _cause(
        r"(?P<more>[\d,]+ files? looks? like (?:a post|posts) .*) and (?:is|are) not read",
        "files that look like posts are not read",
        "Rename those that are records to .md, or leave them out by ignore in the settings.",
    ),
    # The configuration
    _cause(
        r"(?P<more>\".*\" has the same address as .*), which is published instead: rename one of them",
        "two names have the same address",
        "Rename one of them.",
    ),
    _cause(
        r"(?P<more>[\d,]+ feeds have the title .*); each gets its address in brackets\. .*",
        "the configuration gives feeds the same title",
        "Use {name} in titles, with words that differ between the kinds of feeds.",
    ),
    _cause(
        r"(?P<more>.*): no article meets all its conditions, so that the feed is empty",
        "a feed of the configuration is empty",
        "Ask less of its articles, or take it out; it may wait for articles to come.",
    ),
    _cause(
        r"(?P<more>no record names the .*)", "the configuration names what no record names", "Correct the name, or take it out."
    ),
)

_OTHER = Cause(re.compile("(?P<more>.*)", re.DOTALL), "something else is wrong", "Read what stands there.")
_LEFT_OUT = re.compile(r" \((?:field |related article )?left out\)\Z")
_LEVELS: tuple[Level, ...] = ("rejected", "warning")


def of(problem: Problem) -> Cause:
    """The cause of a problem."""
    message = _said(problem)
    field = problem.field or ""
    return next((cause for cause in CAUSES if cause.message.fullmatch(message) and re.fullmatch(cause.field, field)), _OTHER)


def found(problems: Iterable[Problem]) -> list[Found]:
    """Problems by their causes: what leaves records out first, and the most frequent cause first."""
    groups: defaultdict[tuple[Level, Cause], list[Problem]] = defaultdict(list)
    for problem in problems:
        groups[problem.level, of(problem)].append(problem)
    several = [Found(cause, level, members) for (level, cause), members in groups.items()]
    return sorted(several, key=lambda one: (_LEVELS.index(one.level), -len(one.problems), one.cause.wrong))


def place(problem: Problem) -> str:
    """Where a problem is, and what it says beyond its cause: `articles/a.md:4: webUrl: "amp" is no http or https URL`."""
    where = problem.path if problem.line is None else f"{problem.path}:{problem.line}"
    return printable(": ".join(part for part in (where, problem.field, more(problem)) if part))


def more(problem: Problem) -> str:
    """What a problem says beyond its cause."""
    match = of(problem).message.fullmatch(_said(problem))
    assert match is not None
    return match.groupdict().get("more") or ""


def _said(problem: Problem) -> str:
    """A message without what became of the field, which is the same for all of a cause."""
    return _LEFT_OUT.sub("", problem.message)
