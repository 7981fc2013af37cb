"""The chart of seconds in the README, an SVG made from a table of docs/performance.md: the same table gives the same bytes."""

import re

RECORDS = "10,000"
_FLOOR = {"read every byte", "libyaml's scanner"}  # they make no feeds
_ROW = 24
_LABEL = 190
_BAR = 430


def seconds(document: str) -> dict[str, float]:
    """The seconds of everything that makes feeds, by its name, in the order of the table."""
    table = re.split(rf"^## {RECORDS} records.*\n", document, flags=re.MULTILINE)[1].partition("\n## ")[0]
    rows = re.findall(r"^\| ([^|]+?) \| (\d+\.\d+) \|", table, re.MULTILINE)
    return {name: float(number) for name, number in rows if name not in _FLOOR}


def chart(document: str) -> bytes:
    """Bars, the shortest first. The text is readable on light and dark pages, since the chart has its own background."""
    bars = sorted(seconds(document).items(), key=lambda bar: bar[1])
    longest = bars[-1][1]
    height = _ROW * len(bars) + 40
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 700 {height}" font-family="sans-serif" font-size="13">',
        f"<title>Seconds for {RECORDS} records, whole process, median</title>",
        f'<rect width="700" height="{height}" fill="#fff"/>',
        f'<text x="{_LABEL}" y="20" fill="#444">Seconds for {RECORDS} records</text>',
    ]
    for at, (name, taken) in enumerate(bars):
        y = 30 + at * _ROW
        colour = "#c2410c" if name.startswith("feedloom") else "#9ca3af"
        width = _BAR * taken / longest
        lines += [
            f'<text x="{_LABEL - 8}" y="{y + 15}" text-anchor="end" fill="#111">{name}</text>',
            f'<rect x="{_LABEL}" y="{y + 3}" width="{width:.1f}" height="{_ROW - 6}" fill="{colour}"/>',
            f'<text x="{_LABEL + width + 6:.1f}" y="{y + 15}" fill="#111">{taken:.2f}</text>',
        ]
    return "\n".join([*lines, "</svg>", ""]).encode()
