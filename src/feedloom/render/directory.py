"""The pages on which people choose feeds: `index.html`, with the most active feeds as cards, and lists from A to Z.

The front page stays small: a kind with many feeds has its list on pages of its own. Headlines are those of the cards.

The templates `index.html` and `list.html` are filled in once a site: `shells` keeps them as text with gaps. What is in the gaps
is text, too, so that a build in which little changed needs no Jinja2.
"""

import hashlib
import heapq
import math
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any, Literal, NamedTuple, TypeAlias, get_args

import msgspec

from feedloom.config.settings import Config, Pages
from feedloom.feeds import kinds
from feedloom.feeds.kinds import KINDS
from feedloom.model import Feed, Kind, ListedFeed, Record, Url
from feedloom.render import formats, head, html, opml, templating
from feedloom.render.content import picture
from feedloom.render.metadata import PAGE, labels_of, metadata_of, newest_month, recent, title_of
from feedloom.render.templating import markup
from feedloom.render.titles import bracketed, brackets
from feedloom.render.words import Words, escaped, filled, words_of
from feedloom.values import characters, dates, urls

_USUAL = Pages().index
"""Web servers show it for the URL of its folder."""

_CARDS = 6
_CARDS_OF_SELECTIONS = 12
_ON_FRONT_PAGE = 60
"""A list with more feeds has pages of its own."""
_ON_A_PAGE = 400
_HIGHEST = 24
"""The height of a bar, in units of its view box."""

_encode = msgspec.json.Encoder().encode

_NUMBER = re.compile(r"[0-9]+")


class _Card(NamedTuple):
    """A feed to choose. `bars` is a path in SVG, empty without articles in the last twelve months."""

    page: str
    feed: str
    name: str
    domain: str
    description: str
    pace: str
    since: str
    bars: str
    icon: Url | None
    headlines: list[str]


class _Part(NamedTuple):
    """One of the pages of a long list, with the names that it begins and ends with."""

    path: str
    first: str
    last: str


class _Section(NamedTuple):
    """The feeds of a kind, their number as text, and the path of their `opml`.

    The list from A to Z is in `rows`, in HTML, or on the pages of `parts`. Neither if the cards are all feeds.
    """

    id: str
    heading: str
    opml: str
    total: str
    cards: list[_Card]
    rows: str
    parts: list[_Part]


class Row(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What lists show of a live feed, and choose cards by.

    It has `total` articles, `recent` ones in the last twelve months of the site, at `most` so many in one of them. Its name
    with the `mark` in brackets differs from those of others of its kind, except those of providers.
    """

    address: str
    name: str
    mark: str
    domain: str
    total: int
    recent: int
    most: int

    @property
    def shown(self) -> str:
        """The name with its mark."""
        return bracketed(self.name, self.mark)

    @property
    def page(self) -> str:
        """The page of the feed, as a URL relative to the output folder."""
        return urls.joined("", f"{self.address}.{PAGE}")


class Rows(msgspec.Struct, frozen=True, array_like=True):
    """The rows of all live feeds by kind, in the order of people.

    The `last` month of the site is in months since 1970; it has had articles for so many `months`, at most a year.
    """

    last: int
    months: int
    by_kind: dict[Kind, list[Row]]


def rows(feeds: Iterable[ListedFeed]) -> Rows:
    """The rows of the feeds of a site."""
    by_kind: dict[Kind, list[Feed]] = {}
    for feed in feeds:
        if isinstance(feed, Feed):
            by_kind.setdefault(feed.kind, []).append(feed)
    (everything,) = by_kind.pop("all")
    last, months = _months(everything)
    # The owner's own choice comes first.
    ordered = sorted((kind for kind in KINDS if kind in by_kind), key=lambda kind: kind != "custom")
    return Rows(last, months, {kind: _in_order(kind, by_kind[kind], last) for kind in ordered})


def renewed_rows(before: Rows, changed: Iterable[Feed]) -> Rows | None:
    """The rows when some feeds changed, and all have the names that they had. None if all feeds have other months."""
    by_kind = dict(before.by_kind)
    for feed in changed:
        if feed.kind == "all":
            if _months(feed) != (before.last, before.months):
                return None
        else:
            same = by_kind[feed.kind]
            at = next(at for at, row in enumerate(same) if row.address == feed.address)
            by_kind[feed.kind] = [*same[:at], _row(feed, same[at].mark, before.last), *same[at + 1 :]]
    return Rows(before.last, before.months, by_kind)


def _months(everything: Feed) -> tuple[int, int]:
    last = newest_month([everything])
    return last, min(12, last - min(everything.months, default=last) + 1)


def _in_order(kind: Kind, feeds: list[Feed], last: int) -> list[Row]:
    # Providers show their domain; other feeds of a kind that have one name show their path.
    apart = brackets(feeds, lambda feed: feed.name) if kind != "provider" else {}
    ordered = sorted((_alphabetically(feed), feed) for feed in feeds)
    return [_row(feed, apart.get(address, ""), last) for (_, address), feed in ordered]


def _row(feed: Feed, mark: str, last: int) -> Row:
    counts = recent(feed, last)
    return Row(feed.address, feed.name, mark, feed.domain or "", feed.total, sum(counts), max(counts))


Find: TypeAlias = Callable[[Collection[str]], Mapping[str, ListedFeed]]
"""Finds feeds by their addresses, and perhaps others."""


class _Directory:
    """What the pages share: the rows, and those that have a card; and the feeds of these and of custom kinds."""

    def __init__(self, rows: Rows, find: Find, config: Config) -> None:
        self.config = config
        self.words = words_of(config)
        self.rows = rows
        self.cards = _cards(rows)
        all_of_it = kinds.address_of(kinds.EVERYTHING)
        some = (*rows.by_kind.get("custom", ()), *(row for cards in self.cards.values() for row in cards))
        wanted = {all_of_it, *(row.address for row in some)}
        found = find(wanted)
        self.feeds = {address: feed for address in wanted if isinstance(feed := found[address], Feed)}
        self.everything = self.feeds[all_of_it]
        self._paces: dict[int, str] = {}

    @property
    def shown(self) -> dict[int, bytes]:
        """The records that the cards name: numbers and seals of the first two of each."""
        cards = (row for cards in self.cards.values() for row in cards)
        return {number: seal for row in cards for number, seal in self.feeds[row.address].first}

    @cached_property
    def top(self) -> int:
        """The highest bar. All bars of a site have one scale."""
        return max(row.most for same in self.rows.by_kind.values() for row in same)

    def pace(self, row: Row) -> str:
        """How often articles appear, by the last twelve months, or fewer if the site is younger."""
        count = row.recent
        if count not in self._paces:
            self._paces[count] = self._pace(count)
        return self._paces[count]

    def _pace(self, count: int) -> str:
        labels = self.words.labels
        a_month = count / self.rows.months
        if not count:
            return labels.quiet
        for text, most, times in ((labels.daily, 60, 12 / 365), (labels.weekly, 9, 12 / 52), (labels.monthly, 1, 1)):
            if a_month >= most:
                return self.counted(text, round(a_month * times))
        return self.counted(labels.yearly, count)

    def counted(self, text: str, count: int) -> str:
        """A text with a number in it."""
        return self.words.counted(text, count).format(count=self.words.number(count))


def _cards(rows: Rows) -> dict[Kind, list[Row]]:
    """The feeds that have a card: all custom feeds, and the most active of others."""
    return {
        kind: same[:_CARDS_OF_SELECTIONS]
        if kind == "custom"
        else heapq.nsmallest(_CARDS, same, key=lambda row: (-row.recent, -row.total))
        for kind, same in rows.by_kind.items()
    }


def _directory(feeds: Iterable[ListedFeed], config: Config, known: Rows | None = None) -> _Directory:
    by_address = {feed.address: feed for feed in feeds}
    return _Directory(known or rows(by_address.values()), lambda _: by_address, config)


def shown_records(feeds: Iterable[ListedFeed], config: Config) -> dict[int, bytes]:
    """The records that the pages name: numbers and seals."""
    return _directory(feeds, config).shown


Lookup: TypeAlias = Callable[[Mapping[int, bytes]], Mapping[int, Record]]
"""Finds records by their numbers and seals."""

Case: TypeAlias = Literal["front", "empty", "list"]
"""A front page, one without feeds to choose, or a list."""

Shells: TypeAlias = dict[Case, list[str]]
"""The pages without what a record can change, as `html.with_gaps` returns them. A page with templates of the owner has none: it
is filled in each time.
"""

_TEMPLATES: dict[Case, str] = {"front": "index.html", "empty": "index.html", "list": "list.html"}
_ALWAYS = ("base.html", "subscribe.html", "picked.html")
_HTML = frozenset({"data", "contents", "choice", "rows"})
_GAPS = (*("title", "page_title", "description", "canonical", "count", "bars", "search", "heading"), *_HTML)


def shells(config: Config) -> Shells:
    """The shells of a site."""
    marks = html.gaps(_GAPS)
    return {
        case: html.with_gaps(_TEMPLATES[case], config, _variables(case, marks, config) | {"sections": case == "front"})
        for case in get_args(Case)
        if not templating.replaced(config, _TEMPLATES[case], *_ALWAYS)
    }


def pages(
    feeds: Iterable[ListedFeed], lookup: Lookup, config: Config, path: str, shells: Shells, known: Rows | None = None
) -> Iterator[tuple[str, bytes]]:
    """The pages, with their paths below the output folder, and the index of the search. The front page has the `path`. The
    records that they name are looked up by numbers and seals. The rows of the feeds may be `known` already.
    """
    made = _directory(feeds, config, known)
    records = lookup(made.shown)
    yield from _pages(made, records, _search(made, records), path, shells)


def renewed_pages(
    before: Rows,
    now: Rows,
    changed: Collection[str],
    find: Find,
    former: bytes | None,
    lookup: Lookup,
    config: Config,
    path: str,
    shells: Shells,
) -> Iterator[tuple[str, bytes]]:
    """Those of the `pages` that may differ, when the feeds with these addresses `changed`, and what the rows were and are. The
    `former` index of the search may be known.
    """
    made = _Directory(now, find, config)
    records = lookup(made.shown)
    again = {row.address for rows in (before, now) for cards in _cards(rows).values() for row in cards}.union(changed)
    script = (former and _renewed_search(former, again, made, records)) or _search(made, records)
    yield from _pages(made, records, script, path, shells, changed)


def _pages(
    made: _Directory,
    records: Mapping[int, Record],
    script: bytes,
    path: str,
    shells: Shells,
    changed: Collection[str] | None = None,
) -> Iterator[tuple[str, bytes]]:
    """The pages, but for lists without feeds that `changed`; None: all may have."""
    yield html.SEARCH, script
    sections = []
    for kind, same in made.rows.by_kind.items():
        cards = made.cards[kind]
        parts: list[_Part] = []
        if len(same) > _ON_FRONT_PAGE:
            cut = [same[at : at + _ON_A_PAGE] for at in range(0, len(same), _ON_A_PAGE)]
            parts = [_Part(path_of_list(kind, number), some[0].name, some[-1].name) for number, some in enumerate(cut, start=1)]
            for number, some in enumerate(cut):
                if changed is None or any(row.address in changed for row in some):
                    yield parts[number].path, _list(made, kind, parts, number, some, shells)
        section = _Section(
            id=(KINDS[kind].label or "").replace("_", "-"),
            heading=labels_of(made.config)[kind],
            opml=opml.path_of(kind),
            total=made.words.number(len(same)),
            cards=[_card(made, row, records) for row in cards],
            rows=markup("" if parts or len(same) == len(cards) else _rows(made, same, "")),
            parts=parts,
        )
        sections.append(section)
    metadata = metadata_of(made.everything, made.config)
    end = made.rows.last
    first, last = (made.words.month(1970 + month // 12, month % 12 + 1) for month in (end - 11, end))
    values = {
        "page_title": metadata.title,
        "description": metadata.description,
        "count": made.counted(made.words.labels.count, made.everything.total),
        "contents": "".join(
            f' · <a href="#{section.id}">{escaped(section.heading)}</a> ({escaped(section.total)})' for section in sections
        ),
        "choice": "".join(_chosen_from(section, made) for section in sections),
        "bars": made.words.labels.bars.format(first=first, last=last),
        "search": f"{html.SEARCH}?{hashlib.sha256(script).hexdigest()[:8]}",
    }
    yield path, _page("front" if sections else "empty", made, path, values, shells, {"sections": sections})


def path_of_list(kind: Kind, number: int) -> str:
    """The path of a page of the list of a kind. No slug is `index`, and a `~` in one comes before 16 digits."""
    return f"{KINDS[kind].folder}index{'' if number == 1 else f'~{number}'}.{PAGE}"


def shown_path(path: str) -> str:
    """The path of a page in its URL: a server shows the usual name for the URL of the folder."""
    return path.removesuffix(_USUAL) if path.rpartition("/")[2] == _USUAL else path


def _list(made: _Directory, kind: Kind, parts: list[_Part], number: int, some: list[Row], shells: Shells) -> bytes:
    heading = labels_of(made.config)[kind]
    title = f"{made.config.site.title}: {made.words.labels.list.format(kind=heading)}"
    parts = [part._replace(path=f"../{part.path}") for part in parts]
    values = {
        "page_title": f"{title} ({number + 1})" if number else title,
        "description": title,
        "heading": heading,
        "contents": f"<nav {_named(heading, made)}>\n{_pages_of(parts, made, number)}\n</nav>\n" if len(parts) > 1 else "",
        "rows": _rows(made, some, "../"),
    }
    return _page("list", made, path_of_list(kind, number + 1), values, shells, {"parts": parts, "number": number})


def _page(case: Case, made: _Directory, path: str, given: dict[str, str], shells: Shells, more: dict[str, Any]) -> bytes:
    """A page. `given` are the values for its gaps, and `more` are variables for templates of the owner."""
    config = made.config
    canonical = urls.joined(config.site.url, shown_path(path)) if config.site.url else ""
    site = {"@type": "WebSite", "name": config.site.title, "url": head.front(config)}
    thing = {"@type": "CollectionPage", "name": given["page_title"], "url": canonical, "isPartOf": site}
    thing = {**(thing if case == "list" else site), "description": given["description"]}
    values = {
        **given,
        "title": title_of(made.everything, config),
        "canonical": canonical,
        "data": head.linked_data(thing) if canonical else "",
    }
    if shell := shells.get(case):
        return html.without_gaps(shell, values, _HTML)
    return templating.rendered(_TEMPLATES[case], config, _variables(case, values, config) | more).encode()


def _variables(case: Case, values: dict[str, str], config: Config) -> dict[str, Any]:
    """The variables of the templates."""
    root = "../" if case == "list" else ""
    return {
        **html.common(config, root),
        **{name: markup(value) if name in _HTML else value for name, value in values.items()},
        "canonical": values["canonical"] if config.site.url else None,
        "card": markup(head.card("", config)),
        "formats": html.links_of("all", root, config),
        "suffix": formats.of(config)[0].name,
    }


def _chosen_from(section: _Section, made: _Directory) -> str:
    """A section of the front page."""
    words, heading = made.words, escaped(section.heading)
    all_of_it = filled(words.labels.a_to_z, count=escaped(section.total))
    cards = "".join(_shown(card, made) for card in section.cards)
    text = f'<section aria-labelledby="{section.id}">\n<h2 id="{section.id}">{heading}</h2>\n<ul class="cards">\n{cards}</ul>\n'
    if section.rows:
        rows = f'<ul class="list"{words.content_lang}>\n{section.rows}</ul>\n'
        text += f"<details open>\n<summary>{all_of_it}</summary>\n{rows}</details>\n"
    elif section.parts:
        text += f"<nav {_named(section.heading, made)}><p>{all_of_it}:</p>\n{_pages_of(section.parts, made)}</nav>\n"
    if made.config.site.url:
        text += f'<p class="facts"><a href="{escaped(section.opml)}">{heading} (OPML)</a></p>\n'
    return f"{text}</section>\n"


def _shown(card: _Card, made: _Directory) -> str:
    words, lang = made.words.labels, made.words.content_lang
    name, label = escaped(card.name), filled(words.feed_of, name=escaped(card.name))
    icon = since = bars = ""
    if card.icon:
        how = 'loading="lazy" decoding="async" referrerpolicy="no-referrer"'
        icon = f'<img src="{escaped(card.icon)}" alt="" width="20" height="20" {how}> '
    if card.since:
        since = f" · {card.since}"
    if card.bars:
        box = 'viewBox="-.5 0 12 24" preserveAspectRatio="none" aria-hidden="true"'
        bars = f' <svg {box}><path d="{card.bars}"/></svg>'
    lines = ["<li>", f'<h3 dir="auto"{lang}>{icon}<a href="{escaped(card.page)}">{name}</a></h3>']
    if card.domain:
        lines.append(f'<p class="domain">{escaped(card.domain)}</p>')
    if card.description:
        lines.append(f'<p dir="auto"{lang}>{escaped(card.description)}</p>')
    lines.append(f'<p class="pace">{escaped(card.pace)}{since}{bars}</p>')
    if card.headlines:
        lines += [f"<ul{lang}>", *(f'<li dir="auto">{escaped(headline)}</li>' for headline in card.headlines), "</ul>"]
    feed = f'<a href="{escaped(card.feed)}" aria-label="{label}">{escaped(words.feed)}</a>'
    return "\n".join([*lines, f'<p class="act">{feed}</p>', "</li>\n"])


def _named(heading: str, made: _Directory) -> str:
    label = filled(made.words.labels.list, kind=escaped(heading))
    return f'aria-label="{label}"'


def _pages_of(parts: list[_Part], made: _Directory, current: int | None = None) -> str:
    """The pages of a long list, as links; the one with the number `current` is this one."""
    lines = [f'<ul class="parts"{made.words.content_lang}>']
    for number, part in enumerate(parts):
        here = ' aria-current="page"' if number == current else ""
        last = f" – <bdi>{escaped(part.last)}</bdi>" if len(parts) > 1 else ""
        lines.append(f'<li><a href="{escaped(part.path)}"{here}><bdi>{escaped(part.first)}</bdi>{last}</a></li>')
    return "\n".join([*lines, "</ul>"])


def _card(made: _Directory, row: Row, records: Mapping[int, Record]) -> _Card:
    feed = made.feeds[row.address]
    known = [records[number] for number, _ in feed.first if number in records]
    pictures = (picture(record.provider.images) for record in known if record.provider)
    has_icon = feed.kind == "provider" and made.config.page_settings.images
    icon = next(filter(None, pictures), None) if has_icon else None
    first = formats.of(made.config)[0].name
    return _Card(
        page=row.page,
        feed=urls.joined("", f"{feed.address}.{first}"),
        name=row.shown,
        domain=row.domain,
        description=metadata_of(feed, made.config).description if feed.kind == "custom" else "",
        pace=made.pace(row),
        since=_since(feed, made.words) if feed.updated else "",
        bars=_bars(recent(feed, made.rows.last), made),
        icon=icon.url if icon else None,
        headlines=[record.title for record in known],
    )


def _since(feed: Feed, words: Words) -> str:
    """When the newest article appeared."""
    assert feed.updated
    date = f'<time datetime="{dates.rfc3339(feed.updated)[:10]}">{escaped(words.day(feed.updated))}</time>'
    return markup(filled(words.labels.since, date=date))


def _bars(counts: list[int], made: _Directory) -> str:
    """A bar for each month with articles. Heights grow with the square root, so that small feeds differ, too."""
    return "".join(
        f"M{month} {_HIGHEST}v-{max(1, math.isqrt(_HIGHEST * _HIGHEST * count // made.top))}"
        for month, count in enumerate(counts)
        if count
    )


def _rows(made: _Directory, rows: Iterable[Row], root: str) -> str:
    """The items of a list: thousands of them, so they are text and not a template."""
    items = []
    for row in rows:
        domain = f' <span class="domain">{escaped(row.domain)}</span>' if row.domain else ""
        link = f'<a href="{escaped(root + row.page)}" dir="auto">{escaped(row.shown)}</a>'
        items.append(f"<li>{link}{domain} <span>{escaped(made.pace(row))}</span></li>\n")
    return "".join(items)


def _search(made: _Directory, records: Mapping[int, Record]) -> bytes:
    """All feeds for the search: page, name, domain, pace, and other text to search in. A script: it works from a disk, too."""
    texts = _texts(made, records)
    lines = [_line(row, made, texts) for same in made.rows.by_kind.values() for row in same]
    return b"feedloomSearch([\n%b\n]);\n" % b",\n".join(lines)


def _renewed_search(
    document: bytes, addresses: Collection[str], made: _Directory, records: Mapping[int, Record]
) -> bytes | None:
    """A `_search` of the same feeds in which only those with these addresses differ. None if it is not one."""
    texts = _texts(made, records)
    every = [row for same in made.rows.by_kind.values() for row in same]
    begin, *lines, end, rest = document.split(b"\n")
    if (begin, len(lines), end, rest) != (b"feedloomSearch([", len(every), b"]);", b""):
        return None
    for at, row in enumerate(every):
        if row.address in addresses:
            lines[at] = _line(row, made, texts) + (b"," if at + 1 < len(every) else b"")
    return b"\n".join((begin, *lines, end, rest))


def _line(row: Row, made: _Directory, texts: Mapping[str, str]) -> bytes:
    return _encode((row.page, row.shown, row.domain, made.pace(row), texts.get(row.address, "")))


def _texts(made: _Directory, records: Mapping[int, Record]) -> dict[str, str]:
    """What the search finds feeds by, besides their names: what custom feeds say of themselves, and the headlines of cards."""
    carded = {row.address for cards in made.cards.values() for row in cards}
    texts = {}
    for address, feed in made.feeds.items():
        text = [metadata_of(feed, made.config).description] if feed.kind == "custom" else []
        if address in carded:
            text += [records[number].title for number, _ in feed.first if number in records]
        texts[address] = " ".join(text)
    return texts


def _alphabetically(feed: Feed) -> tuple[str, str]:
    """The order that people expect, the same on every machine: `Élan` before `feeds` before `iOS`, `Tag 2` before `Tag 10`."""
    name = characters.normalized("NFKD", characters.folded(feed.name))
    return _NUMBER.sub(_by_length, name), feed.address


def _by_length(number: re.Match[str]) -> str:
    digits = number[0].lstrip("0")
    return f"0{len(digits):04}{digits}"
