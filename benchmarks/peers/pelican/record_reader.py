"""Pelican's reader of records: topics are its tags, the provider is its author, the article's own address is the link.

And no pages: without a name for their files Pelican writes none, but goes through all articles for each topic all the same.
"""

from typing import Any

import yaml
from pelican import signals
from pelican.contents import Author, Category, Tag
from pelican.readers import BaseReader


class RecordReader(BaseReader):  # type: ignore[misc]
    """Reads the front matter of a record with PyYAML's C loader."""

    file_extensions = ["md"]  # noqa: RUF012

    def read(self, source_path: str) -> tuple[str, dict[str, Any]]:
        """The (empty) text of a record, and its metadata in Pelican's words."""
        with open(source_path, encoding="utf-8") as file:
            record = yaml.load(file.read().split("---\n")[1], yaml.CSafeLoader)
        metadata = {
            "title": record["title"],
            "slug": record["originalUrl"].rsplit("/", 1)[1],
            "url": record["webUrl"],
            "date": record["publishedDateTime"],
            "modified": record.get("updatedDateTime", record["publishedDateTime"]),
            "summary": record["excerpt"],
            "category": Category(record["category"], self.settings),
            "tags": [Tag(topic, self.settings) for topic in record["topics"]],
            "authors": [Author(record["provider"]["name"], self.settings)],
            "status": "published" if record["published"] else "skip",
        }
        return "", metadata


def _add(readers: Any) -> None:
    readers.reader_classes["md"] = RecordReader


def _leave_out_pages(generator: Any) -> None:
    generator.generate_pages = lambda _writer: None


def register() -> None:
    """What Pelican calls."""
    signals.readers_init.connect(_add)
    signals.article_generator_init.connect(_leave_out_pages)
