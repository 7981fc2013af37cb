"""Files of many records as the folder of records: which rows there are, and what came of each. Opens nothing but that file."""

import os
from collections import Counter
from functools import lru_cache
from hashlib import blake2b

import msgspec

from feedloom.config.settings import Rules
from feedloom.errors import FrontMatterError
from feedloom.frontmatter import rows
from feedloom.frontmatter.kinds import OtherFrontMatter, Parsed
from feedloom.frontmatter.rows import Row
from feedloom.model import Problem, Source
from feedloom.records import parse, scan
from feedloom.records.parse import Reading
from feedloom.records.scan import Buckets, Scan

LARGEST = 2_000_000_000
"""In bytes. A file is read as a whole."""


class Container(msgspec.Struct, frozen=True):
    """The rows of a file by their names: the `path` that a row gives itself, else its line, and `#2` for the second on a line.

    `broken` is why some rows are missing.
    """

    rows: dict[bytes, Row]
    broken: FrontMatterError | None


def scan_file(root: str, longest: int) -> Scan:
    """The rows of a file, as if they were files. Raises OSError if it cannot be read."""
    status = os.stat(root)
    container = _container(root, longest, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
    buckets = Buckets()
    for name, row in container.rows.items():
        data = _data(row)
        mark = int.from_bytes(blake2b(data, digest_size=7).digest())
        buckets.add(Source(name, len(data), status.st_mtime_ns, status.st_ctime_ns, mark))
    broken = container.broken
    problems = [Problem(".", broken.line, broken.field, broken.code, broken.values, "rejected")] if broken else []
    return Scan(buckets.sources(), problems)


def content(root: str, source: Source, longest: int) -> tuple[Row, bytes]:
    """A row, and the bytes that differ if it changed. Raises OSError if it is not there any more."""
    status = os.stat(root)
    row = _container(root, longest, status.st_size, status.st_mtime_ns, status.st_ctime_ns).rows.get(source.file)
    if row is None:
        raise OSError(0, "changed while it was read")
    return row, _data(row)


def reading(name: str, row: Row, rules: Rules) -> Reading:
    """What came of a row."""
    if row.error:
        return parse.rejected(name, row.error, None, row.error.field)
    if rules.posts:
        from feedloom.records import posts

        if row.text is not None:
            return posts.reading(name, row.text.encode(), rules)
        return posts.reading_of(name, Parsed(_front_matter(row), ""), rules, name)
    if row.text is not None:
        return parse.reading(name, row.text.encode(), rules)
    return parse.reading_of(name, _front_matter(row), "", rules)


def _front_matter(row: Row) -> OtherFrontMatter:
    return OtherFrontMatter(row.fields, dict, row.line)


def _data(row: Row) -> bytes:
    return msgspec.json.encode((row.fields, row.text, str(row.error) if row.error else None))


@lru_cache(1)
def _container(root: str, longest: int, size: int, _mtime: int, _ctime: int) -> Container:
    """The file of this version. Each process reads it once."""
    folder, name = os.path.split(os.path.abspath(root))
    if size > LARGEST:
        return Container({}, FrontMatterError("file-too-large", f"{LARGEST:,}"))
    data = scan.content(folder, Source(os.fsencode(name), size, 0, 0, 0), LARGEST)
    found: dict[bytes, Row] = {}
    lines: Counter[int] = Counter()
    broken = None
    try:
        for row in rows.read(name, data, longest):
            lines[row.line] += 1
            place = f"{row.line}#{count}" if (count := lines[row.line]) > 1 else str(row.line)
            key = (row.path or _own_path(row) or place).encode()
            if before := found.get(key):
                error = FrontMatterError("row-path-twice", str(before.line), line=row.line)
                key, row = place.encode(), Row(row.line, {}, error=error)
            found[key] = row
    except FrontMatterError as error:
        broken = error
    return Container(found, broken)


def _own_path(row: Row) -> str:
    path = row.fields.get("path")
    return path if isinstance(path, str) else ""
