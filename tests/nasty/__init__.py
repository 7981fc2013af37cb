"""Nasty records: small ones as files in `records/`, a name each that says what is wrong; large ones made by code.

tests/test_nasty.py builds them all, and tests/fuzz begins with them.
"""

from collections.abc import Callable
from pathlib import Path

FOLDER = Path(__file__).parent / "records"

LARGEST = 1 << 20
"""Bytes; `max_file_size` where nobody set it."""

_GOOD = "title: Large\npublishedDateTime: 2021-05-21\nwebUrl: https://example.com/large\n"
_AROUND = len(f"---\n{_GOOD}---\n")


def small() -> dict[str, bytes]:
    """The files of the folder, by their names."""
    return {path.name: path.read_bytes() for path in sorted(FOLDER.iterdir())}


def large() -> dict[str, bytes]:
    """Records just below the limit of a file's size, by what they are full of."""
    return {name: f"---\n{_GOOD}{make(LARGEST - _AROUND)}---\n".encode() for name, make in _LARGE.items()} | _WITHOUT_HEAD


def _full(of: str, start: str = "x: ", end: str = "") -> Callable[[int], str]:
    """As much of a text as there is room for, in a field that is never read or the one that `start` names."""

    def make(room: int) -> str:
        width = len(of.encode())
        return start + of * ((room - len((start + end).encode()) - 1) // width) + end + "\n"

    return make


def _numbered(pattern: str, start: str = "", end: str = "") -> Callable[[int], str]:
    """As many lines or items as there is room for, in each a number of its own."""

    def make(room: int) -> str:
        count = (room - len((start + end).encode()) - 1) // len(pattern.format(n=0xFFFFF).encode())
        return start + "".join(pattern.format(n=0x10000 + n) for n in range(count)) + end + "\n"

    return make


def _quoted(of: str, field: str) -> Callable[[int], str]:
    return _full(of, f'{field}: "', '"')


def _repeated(of: str, uses: str) -> Callable[[int], str]:
    """A long text, and aliases that stand for it."""
    return _full(of, 'long: &a "', f'"\nrelated:\n{uses}')


_LARGE: dict[str, Callable[[int], str]] = {
    # YAML
    "nested brackets": _full("["),
    "nested braces": _full("{a: "),
    "nested dashes": _full("- "),
    "nested question marks": _full("? ", ""),
    "brackets side by side": _full("[],", "x: [", "]"),
    "pairs side by side": _full("{a},", "x: [", "]"),
    "leaves thirty levels down, and a problem": _full("a,", "quality: x\nx: " + "[" * 30, "]" * 30),
    "names": _numbered("{n:x}: a\n"),
    "names that are the same": _full("x: a\n", ""),
    "anchors": _numbered("&{n:x} a,", "quality: x\nx: [", "]"),
    "aliases": _full("*a,", "a: &a x\nx: [", "]"),
    "lines of a text": _full("  a b\n\n", "x: >\n"),
    "quotes": _full("'", "x: "),
    "pairs of quotes": _full("''", "x: '", "'"),
    "backslashes": _full("\\\\", 'x: "', '"'),
    "halves of a pair": _full("\\ud83d", 'x: "', '"'),
    "pairs of halves": _full("\\ud83d\\ude00", 'title2: "', '"'),
    "control characters": _full("\x01", "excerpt: "),
    "comments": _full("# x\n", ""),
    "white space": _full(" ", "x:", ""),
    "lines that nearly close": _full("---" + " " * 60 + "x\n", "x: |\n "),
    # Fields
    "topics": _numbered("t{n:x},", "topics: [", "]"),
    "a list that is none of texts": _full("[],", "topics: [", "]"),
    "problems": _full(
        "  - {title: t, webUrl: x, publishedDateTime: x, provider: {domain: x}, "
        "images: [{url: x, width: x, height: x}, {url: 'https://e.example/1', width: x, height: x}]}\n",
        "related:\n",
    ),
    "a long text two hundred times": _repeated("<b>&amp;lt;", "  - {title: *a, excerpt: *a}\n" * 100),
    "a long text nine thousand times": _repeated(
        "<b>&amp;lt;", f"  - {{title: t, webUrl: 'https://e.example/', images: [{'{url: *a, width: *a},' * 45}]}}\n" * 100
    ),
    "long addresses two hundred times": _repeated("%e9", "  - {title: t, webUrl: *a, provider: {domain: *a}}\n" * 100),
    # Text
    "opening brackets": _quoted("<", "title2"),
    "tags that never end": _quoted("<a ", "excerpt"),
    "tags": _quoted("<b>", "excerpt"),
    "comments that never end": _quoted("<!-- ", "excerpt"),
    "addresses in brackets": _quoted("<a@", "excerpt"),
    "scripts that never end": _quoted("<script>", "excerpt"),
    "styles in scripts": _quoted("<script></style>", "excerpt"),
    "cut-off tags": _quoted("<a b=", "excerpt"),
    "ampersands": _quoted("&", "excerpt"),
    "ampersands that were escaped": _quoted("&amp;", "excerpt"),
    "ampersands that were escaped eight times": _quoted("&amp;amp;amp;amp;amp;amp;amp;amp;lt;", "excerpt"),
    "one ampersand that was escaped without end": _full("amp;", 'excerpt: "&', '"'),
    "a reference with a long number": _full("9", 'excerpt: "&#', ';"'),
    "a reference with many zeros": _full("0", 'excerpt: "&#x', '3c;"'),
    "a reference with a long name": _full("a", 'excerpt: "&', ';"'),
    "references": _numbered("&#{n};", 'excerpt: "', '"'),
    "combining marks": _quoted("\u0301\u0323", "excerpt"),
    "right-to-left marks": _quoted("\u202e", "excerpt"),
    "non-breaking spaces": _quoted("\u00a0", "excerpt"),
    # The other types
    "digits for a size": _full("9", "images: [{url: 'https://e.example/1', width: ", "}]"),
    "digits for a number": _full("1", "quality: "),
    "spaces around a number": _full(" ", 'quality: "', 'x"'),
    "digits for a date": _full("1", "updatedDateTime: '2021-05-21", "'"),
    "words for a date": _full("May ", "updatedDateTime: '2021 ", "'"),
    "zeros for a date": _full("0", "updatedDateTime: '20210521T24", "'"),
    "dots for an address": _full("../", "ampWebUrl: 'https://e.example/", "'"),
    "escapes for an address": _full("%CC%81", "ampWebUrl: 'https://e.example/", "'"),
    "a host": _full("a-", "ampWebUrl: 'https://", "'"),
    "a host that is not ASCII": _full("ü", "provider: {domain: '", ".example'}"),
    "dots for a domain": _full("a.", "provider: {domain: '", "'}"),
}

_WITHOUT_HEAD = {
    "tags declared": _numbered("%TAG !{n:x}! x\n", "---\n", "---\na: b\n---")(LARGEST).encode(),
    "an opening line": ("---" + " " * (LARGEST - 10) + "x\n").encode(),
    "line ends": b"\n" * LARGEST,
    "nothing but zeros": bytes(LARGEST),
    "bytes that are not UTF-8": b"---\n" + b"\xff" * (LARGEST - 10),
}
