"""The feeds as a user would write them in an afternoon: PyYAML with its C loader, feedgen, and nothing tuned.

python short_script.py RECORDS OUTPUT
"""

import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import yaml
from feedgen.feed import FeedGenerator

SITE = "https://feeds.example.org/"


def write_feed(output: Path, path: str, title: str, records: list[dict[str, Any]]) -> None:
    """Write the newest 50 of the records, as Atom and as RSS."""
    feed = FeedGenerator()
    feed.id(SITE + path)
    feed.title(title)
    feed.description(title)
    feed.link(href=SITE)
    feed.updated(max(record.get("updatedDateTime", record["publishedDateTime"]) for record in records[:50]))
    for record in records[:50]:
        entry = feed.add_entry(order="append")
        entry.id(record["originalUrl"])
        entry.guid(record["originalUrl"], permalink=True)
        entry.title(record["title"])
        entry.link(href=record["webUrl"])
        entry.summary(record["excerpt"])
        entry.published(record["publishedDateTime"])
        entry.updated(record.get("updatedDateTime", record["publishedDateTime"]))
        entry.author(name=record["provider"]["name"])
        entry.category([{"term": topic} for topic in record["topics"]])
        for image in record.get("images", [])[:1]:
            entry.enclosure(image["url"], 0, "image/jpeg")
        for other in record.get("related", []):
            entry.link(href=other["webUrl"], rel="related", title=other["title"])
    (output / path).parent.mkdir(parents=True, exist_ok=True)
    feed.atom_file(f"{output / path}.atom")
    feed.rss_file(f"{output / path}.rss")


def main(folder: Path, output: Path) -> None:
    """Read the records, group them, and write the feeds."""
    records = [yaml.load(path.read_text("utf-8").split("---\n")[1], yaml.CSafeLoader) for path in folder.rglob("*.md")]
    records = [record for record in records if record["published"]]
    records.sort(key=lambda record: record["publishedDateTime"], reverse=True)
    groups = defaultdict(list)
    for record in records:
        groups["all", "News"].append(record)
        groups[f"providers/{record['provider']['domain']}", record["provider"]["name"]].append(record)
        for topic in record["topics"]:
            groups[f"topics/{topic.lower().replace(' ', '-')}", topic].append(record)
    for (path, title), members in groups.items():
        write_feed(output, path, title, members)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
