"""The names of a record's fields, and which of them a misspelled name means."""

from collections.abc import Mapping
from functools import cache, lru_cache

from feedloom.values.characters import folded, without_invisible

RECORD = frozenset(
    {"title", "excerpt", "publishedDateTime", "updatedDateTime", "originalUrl", "webUrl", "id", "guid", "ampWebUrl"}
    | {"cdnAmpWebUrl", "type", "category", "quality", "heat", "published", "provider", "topics", "images", "related"}
    | {"language", "lang", "authors", "content", "featuredContent", "secured"}
)
"""The fields of a record, also those that are deliberately not read."""
RELATED = frozenset(
    {"title", "excerpt", "publishedDateTime", "webUrl", "provider", "images"}
    | {"ampWebUrl", "cdnAmpWebUrl", "type", "category", "quality", "heat", "originalUrl", "updatedDateTime", "topics"}
)
PROVIDER = frozenset({"name", "domain", "images", "feed"})
IMAGE = frozenset({"url", "width", "height", "type", "alt", "title", "credit", "isCached"})

INSTEAD = {"webUrl": "originalUrl", "id": "guid", "guid": "id", "language": "lang", "lang": "language", "authors": "author"}
"""Fields that can replace another one."""

# What other programs call them: Jekyll, Hugo, Eleventy, Pelican, Astro, RSS, Atom, JSON Feed, schema.org, Open Graph. Each
# without capitals, `_`, `-` and spaces.
# fmt: off
_WORDS: dict[str, str] = {
    "title": "headline heading posttitle ogtitle name",
    "excerpt": "description summary abstract teaser lead lede intro snippet ogdescription metadescription standfirst",
    "publishedDateTime": "date pubdate publishdate publisheddate publishedat publishedon datepublished created createdat "
                         "datecreated creationdate publicationdate posted postdate issued datetime",
    "updatedDateTime": "updated updatedat updateddate dateupdated updatedate lastupdated lastmod lastmodified lastmodifiedat "
                       "modified modifiedat modifieddate datemodified",
    "webUrl": "url link permalink href canonical canonicalurl weburi externalurl linkurl websiteurl",
    "topics": "topic tags tag keywords keyword labels subjects taxonomies",
    "category": "categories section",
    "images": "image img picture pictures photo cover coverimage thumbnail thumb featuredimage heroimage ogimage teaserimage",
    "provider": "publisher providers sitename",
    "related": "relatedarticles relatedposts seealso",
    "language": "locale inlanguage oglocale",
}
# fmt: on
_OF_RECORDS = {word: right for right, words in _WORDS.items() for word in words.split()}
_OF_RELATED = {word: right for word, right in _OF_RECORDS.items() if right in RELATED}
_OF_PROVIDERS = {"url": "domain", "host": "domain", "site": "domain", "website": "domain", "title": "name", "image": "images"}
_OF_PROVIDERS |= {"rss": "feed", "atom": "feed", "feedurl": "feed", "rssurl": "feed"}
_OF_IMAGES = {"src": "url", "href": "url", "link": "url", "alttext": "alt", "mimetype": "type", "mediatype": "type"}
_OF_IMAGES |= {"caption": "title", "attribution": "credit", "photographer": "credit"}
SYNONYMS: Mapping[frozenset[str], Mapping[str, str]] = {
    RECORD: _OF_RECORDS,
    RELATED: _OF_RELATED,
    PROVIDER: _OF_PROVIDERS,
    IMAGE: _OF_IMAGES,
}

_LONGEST = 40
"""Characters of a name that is compared with others: the time is the product of both lengths."""
_SHORT, _LONG = 4, 9


def plain(name: str) -> str:
    """A name without capitals, wide letters, `_`, `-`, spaces and invisible characters."""
    kept = folded(without_invisible(name))
    return "".join(character for character in kept if not (character in "_-" or character.isspace()))


@lru_cache(4096)
def meant(name: str, known: frozenset[str]) -> str | None:
    """The known name that another one means: spelled differently, with a typing error, or as other programs call it."""
    if name in known or len(name) > _LONGEST:
        return None
    written = plain(name)
    by_spelling = _by_spelling(known)
    right = by_spelling.get(written) or SYNONYMS.get(known, {}).get(written)
    return right or next((right for spelt, right in by_spelling.items() if is_misspelled(written, spelt)), None)


@cache
def _by_spelling(known: frozenset[str]) -> dict[str, str]:
    return {plain(right): right for right in sorted(known)}


def is_known(name: str) -> bool:
    """Whether a name is one of a record's fields, or what other programs call one."""
    return name in RECORD or plain(name) in _OF_RECORDS


def is_misspelled(written: str, right: str) -> bool:
    """Whether a name is another one with a typing error, or two in a long name. The first letter must be right, as it nearly
    always is. In short names only swapped letters count, since many words differ in one letter.
    """
    if written[:1] != right[:1] or written == right or len(right) < _SHORT or len(written) > _LONGEST:
        return False
    if len(right) == _SHORT and sorted(written) != sorted(right):
        return False
    most = 2 if len(right) >= _LONG else 1
    if abs(len(written) - len(right)) > most or sum(letter not in right for letter in written) > most:
        return False
    return _distance(written, right, most) <= most


def _distance(one: str, other: str, most: int) -> int:
    """How many letters are missing, too many, wrong, or changed places (optimal string alignment), up to `most` and one more.

    Letters at places further apart than that cannot belong together, so that most of the table is never filled in.
    """
    length, too_many = len(other), most + 1
    before: list[int] = []
    above = [min(count, too_many) for count in range(length + 1)]
    for i, letter in enumerate(one, 1):
        first = max(1, i - most)
        row = [too_many] * (length + 1)
        row[0] = min(i, too_many)
        for j in range(first, min(length, i + most) + 1):
            best = min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (letter != other[j - 1]), too_many)
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == other[j - 1]:
                best = min(best, before[j - 2] + 1)
            row[j] = best
        before, above = above, row
    return above[-1]
