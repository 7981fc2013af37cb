"""Tables for a terminal: the feeds, the entries of a feed, the feeds of a record."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from feedloom.feeds.explain import Explanation
from feedloom.model import printable
from feedloom.render import json_feed
from feedloom.render.catalog import PublishedFeed

_REST = 2
"""Lines for how many entries are left out."""
_LONGEST = 48
_BARS = "▁▂▃▄▅▆▇█"


def feeds(catalog: Iterable[PublishedFeed], console: Console) -> Table:
    """A row for each feed. Columns are left out if the terminal is too narrow."""
    rows = [
        {
            "Kind": Text(feed.kind),
            "Name": _text(feed.name + (" (retired)" if feed.retired else "")),
            "Entries": Text(f"{feed.total:,}"),
            "Newest": Text(_day(feed)),
            "12 months": Text(_sparkline(feed.recent), "cyan"),
            "Path": _text(feed.address),
        }
        for feed in catalog
    ]
    widths = {column: max(len(column), *(row[column].cell_len for row in rows)) + 2 for column in rows[0]}
    if console.options.ascii_only:
        del widths["12 months"]
    for column in ("Kind", "12 months", "Newest"):  # the path shows the kind
        if sum(widths.values()) - 2 > console.width:
            widths.pop(column, None)  # better than to break names and paths
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in widths:
        table.add_column(column, justify="right" if column == "Entries" else "left", overflow="fold")
    for row in rows:
        table.add_row(*(row[column] for column in widths))
    return table


def entries(
    feed: PublishedFeed, document: json_feed.Document, most: int, console: Console, rows: int | None = None
) -> Iterator[RenderableType]:
    """A feed and its newest entries, at most `most`; if there is only place for some `rows`, what fits, but at least one."""
    head = list(_head(feed, document))
    yield from head
    left = None if rows is None else rows - _height(head, console) - _REST
    shown = 0
    for item in document.items[:most]:
        lines = ["", *_entry(item)]
        if left is not None:
            left -= _height(lines, console)
            if left < 0 and shown:
                break
        yield from lines
        shown += 1
    if len(document.items) > shown:
        yield ""
        yield Text(f"... and {len(document.items) - shown:,} more: -n {len(document.items)} shows all", "dim")


def _height(what: Iterable[RenderableType], console: Console) -> int:
    """The rows that these take, with what a terminal wraps."""
    lines = [line for one in what for line in console.render_lines(one, pad=False)]
    return sum(max(1, -(-sum(segment.cell_length for segment in line) // console.width)) for line in lines)


def _head(feed: PublishedFeed, document: json_feed.Document) -> Iterator[RenderableType]:
    yield _text(document.title, "bold")
    if document.description:
        yield _text(document.description)
    of = f"{feed.count:,} of {feed.total:,}" if feed.count < feed.total else f"{feed.total:,}"
    articles = "article" if feed.total == 1 else "articles"
    newest = f", updated {_day(feed)}" if feed.updated else ""
    yield Text(f"{feed.address}: {of} {articles}{newest}", "dim")


def explanation(found: Explanation) -> Iterator[RenderableType]:
    """The outcome of a record: its feeds, and the feeds that do not include it, with reasons."""
    colour = {"published": "green", "rejected": "red"}.get(found.outcome, "yellow")
    yield Text(printable(found.path), overflow="ignore", no_wrap=True)
    if found.title:
        yield _text(found.title, "bold")
    yield Text.assemble((found.outcome, colour), f": {found.why}" if found.why else "")
    if found.feeds:
        yield ""
        yield _listed((place.feed, _position(place.position, place.total, place.shown, place.archive)) for place in found.feeds)
    if found.absent:
        yield ""
        yield "Not in:"
        yield _listed((absence.feed, "; ".join(absence.reasons)) for absence in found.absent)
    if found.problems:
        yield ""
        yield from (_text(str(problem), "red" if problem.level == "rejected" else "yellow") for problem in found.problems)


def _entry(item: json_feed.Item) -> Iterator[RenderableType]:
    yield _text(item.title or item.content_text or item.url, "bold")
    yield _indented(_text(", ".join(filter(None, (_by(item), (item.date_published or "")[:10], *(item.tags or ())))), "dim"))
    if item.summary:
        yield _indented(_text(item.summary))
    yield _link("  ", item.url)
    if item.image:
        yield _link("  Image: ", item.image)
    related = (item._feedloom.related if item._feedloom else None) or []
    if related:
        yield _indented(Text("Related:"))
    for one in related:
        provider = f" ({one.provider.name})" if one.provider else ""
        yield _indented(_text(f"* {one.title}{provider}"))
        yield _link("    ", one.url)


def _by(item: json_feed.Item) -> str:
    """The provider of an entry, and its authors if they are others."""
    provider = item._feedloom.provider.name if item._feedloom and item._feedloom.provider else ""
    authors = ", ".join(author.name for author in item.authors or () if author.name != provider)
    return f"{provider} ({authors})" if provider and authors else provider or authors


def _indented(text: Text) -> Padding:
    return Padding(text, (0, 0, 0, 2))


def _link(before: str, url: str) -> Text:
    """A URL on one line, so that it can be clicked."""
    return Text.assemble(before, (url, "blue"), overflow="ignore", no_wrap=True)


def _position(position: int, total: int, is_shown: bool, archive: str | None) -> str:
    where = f"entry {position:,} of {total:,}"
    if is_shown:
        return where
    return f"{where}: in {archive}" if archive else f"{where}: beyond the feed's limit"


def _listed(rows: Iterable[tuple[str, str]]) -> Table:
    rows = list(rows)
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    # Paths are not broken, unless they are long.
    table.add_column(overflow="fold", no_wrap=max(len(feed) for feed, _ in rows) <= _LONGEST)
    table.add_column(overflow="fold")
    for feed, what in rows:
        table.add_row(_text(feed), _text(what))
    return table


def _day(feed: PublishedFeed) -> str:
    """The day of the newest article, in UTC."""
    return feed.updated.astimezone(UTC).date().isoformat() if feed.updated else ""


def _sparkline(counts: Sequence[int]) -> str:
    """A bar for each count; the lowest bar means 0."""
    top = max(counts, default=0)
    return "".join(_BARS[-(-count * (len(_BARS) - 1) // top)] if top else _BARS[0] for count in counts)


def _text(text: str, style: str = "") -> Text:
    """Text without markup and control characters."""
    return Text(printable(text), style)
