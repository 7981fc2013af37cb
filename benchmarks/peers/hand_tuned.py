"""The feeds as fast as a script of one process can make them, without any of feedloom's duties.

    python hand_tuned.py RECORDS OUTPUT

It trusts the records: all fields have their types, all dates are in UTC, all names are plain, no file is larger than 64 KiB, no
`&` in it is an anchor of YAML, and `secured`, which no feed shows, stands last. It checks nothing, keeps no state, and writes
each file in place. What makes it fast: the fastest parser that reads the records right (yaml_rs), no garbage collection, each
file escaped once before it is parsed, only entries that some feed shows are rendered, and each once.
"""

import gc
import os
import sys
from collections import defaultdict
from datetime import date
from functools import cache
from operator import itemgetter
from typing import Any

from yaml_rs import loads

_SITE = "https://feeds.example.org/"
_ATOM = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom"><id>{0}</id><title>{1}</title>'
    '<updated>{2}</updated><link rel="self" href="{0}.atom"/>\n'
)
_RSS = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>{1}</title><link>{3}</link><description>{1}</description>'
    '<atom:link rel="self" href="{0}.rss"/><lastBuildDate>{2}</lastBuildDate>\n'
)


def main(folder: str, output: str) -> None:
    """Read the records, group them, and write an Atom and an RSS file for each feed."""
    gc.disable()
    records: list[dict[str, Any]] = []
    read(folder, records)
    records.sort(key=itemgetter("publishedDateTime"), reverse=True)
    topics: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    providers: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for record in records:
        providers[record["provider"]["domain"]].append(record)
        for topic in record["topics"]:
            topics[topic].append(record)
    os.makedirs(f"{output}/topics")
    os.makedirs(f"{output}/providers")
    publish(output, "all", "News", records)
    for name, members in topics.items():
        publish(output, f"topics/{name.lower().replace(' ', '-')}", f"News: {name}", members)
    for domain, members in providers.items():
        publish(output, f"providers/{domain}", f"News: {members[0]['provider']['name']}", members)


def read(folder: str, records: list[dict[str, Any]]) -> None:
    """Add the published records below a folder."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir():
                read(entry.path, records)
                continue
            file = os.open(entry.path, os.O_RDONLY)
            text = os.read(file, 65536).replace(b"&", b"&amp;").replace(b"<", b"&lt;").decode()
            os.close(file)
            record: Any = loads(text[3 : text.rindex("\nsecured:")], parse_datetime=False)
            if record["published"]:
                records.append(record)


def publish(output: str, path: str, title: str, members: list[dict[str, Any]]) -> None:
    """Write the two files of a feed, of the newest 50 of its members."""
    entries = [record.get("_") or rendered(record) for record in members[:50]]
    updated = max(entry[0] for entry in entries)
    address = _SITE + path
    atom, rss = _ATOM.format(address, title, updated), _RSS.format(address, title, rfc_822(updated), _SITE)
    save(f"{output}/{path}.atom", b"".join([atom.encode(), *[entry[1] for entry in entries], b"</feed>\n"]))
    save(f"{output}/{path}.rss", b"".join([rss.encode(), *[entry[2] for entry in entries], b"</channel></rss>\n"]))


def rendered(record: dict[str, Any]) -> tuple[str, bytes, bytes]:
    """A record's date of update, and its entry as Atom and as RSS; kept with the record for the next feed."""
    id, title, link, published = record["originalUrl"], record["title"], record["webUrl"], record["publishedDateTime"]
    updated, name, excerpt = record.get("updatedDateTime", published), record["provider"]["name"], record["excerpt"]
    image = record["images"][0]["url"] if "images" in record else None
    related = [(other["webUrl"], other["title"].replace('"', "&quot;")) for other in record.get("related", ())]
    atom = (
        f'<entry><id>{id}</id><title>{title}</title><link href="{link}"/><published>{published}</published>'
        f"<updated>{updated}</updated><author><name>{name}</name></author><summary>{excerpt}</summary>"
        + "".join([f'<category term="{topic}"/>' for topic in record["topics"]])
        + (f'<link rel="enclosure" type="image/jpeg" href="{image}"/>' if image else "")
        + "".join([f'<link rel="related" href="{url}" title="{text}"/>' for url, text in related])
        + "</entry>\n"
    ).encode()
    rss = (
        f"<item><guid>{id}</guid><title>{title}</title><link>{link}</link><pubDate>{rfc_822(published)}</pubDate>"
        f"<atom:updated>{updated}</atom:updated><dc:creator>{name}</dc:creator><description>{excerpt}</description>"
        + "".join([f"<category>{topic}</category>" for topic in record["topics"]])
        + (f'<enclosure type="image/jpeg" length="0" url="{image}"/>' if image else "")
        + "".join([f'<atom:link rel="related" href="{url}" title="{text}"/>' for url, text in related])
        + "</item>\n"
    ).encode()
    record["_"] = entry = (updated, atom, rss)
    return entry


def rfc_822(moment: str) -> str:
    """2021-05-21T18:09:00Z as Fri, 21 May 2021 18:09:00 GMT."""
    return f"{day(moment[:10])} {moment[11:19]} GMT"


@cache
def day(iso: str) -> str:
    """2021-05-21 as Fri, 21 May 2021."""
    return f"{date.fromisoformat(iso):%a, %d %b %Y}"


def save(path: str, data: bytes) -> None:
    """Write a new file."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
    os.write(file, data)
    os.close(file)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
