"""Pelican's reader of posts: PyYAML's C loader reads the front matter, and markdown-it-py renders the body.

And no pages: without a name for their files Pelican writes none, but goes through all articles for each topic all the same.
"""

import os
from typing import Any

import yaml
from markdown_it import MarkdownIt
from pelican import signals
from pelican.contents import Category, Tag
from pelican.readers import BaseReader

_RENDER = MarkdownIt("commonmark").enable("table").render


class PostReader(BaseReader):  # type: ignore[misc]
    """Reads the front matter of a post, and renders its body."""

    file_extensions = ["md"]  # noqa: RUF012

    def read(self, source_path: str) -> tuple[str, dict[str, Any]]:
        """The HTML of a post, and its metadata in Pelican's words."""
        with open(source_path, encoding="utf-8") as file:
            _, head, body = file.read().split("---\n", 2)
        post = yaml.load(head, yaml.CSafeLoader)
        folder, name = os.path.split(source_path[:-3])
        metadata = {
            "title": post["title"],
            "slug": name,
            "url": f"{os.path.basename(folder)}/{name}/",
            "date": post["date"],
            "summary": post["description"],
            "category": Category("news", self.settings),
            "tags": [Tag(topic, self.settings) for topic in post["tags"]],
            "status": "skip" if post["draft"] else "published",
        }
        return _RENDER(body), metadata


def _add(readers: Any) -> None:
    readers.reader_classes["md"] = PostReader


def _leave_out_pages(generator: Any) -> None:
    generator.generate_pages = lambda _writer: None


def register() -> None:
    """What Pelican calls."""
    signals.readers_init.connect(_add)
    signals.article_generator_init.connect(_leave_out_pages)
