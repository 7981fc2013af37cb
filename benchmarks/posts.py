"""Make the posts of the second comparison: N Markdown files as Hugo reads them, the same bytes on every machine.

    python benchmarks/posts.py FOLDER N

Their titles, dates and topics are those of `records.py`. Each has a body of 5 KiB, with what bodies have: headings, lists,
links, code, quotations and a table.
"""

import argparse
import random
from collections.abc import Iterator

import records
from records import Article

SITE = "https://feeds.example.org/"
_BODY = 5 * 1024
"""The least number of bytes of a body."""


def articles(count: int) -> Iterator[tuple[Article, str]]:
    """`count` posts, each with its file's text, from the oldest to the newest."""
    chance = random.Random(2).random  # noqa: S311 - no secret
    for article, _ in records.articles(count):
        ending = f"The end of {article.path[5:-3]}."
        title = article.title.replace('"', '\\"')
        lines = [
            "---",
            f'title: "{title}"',
            f"date: {article.date}",
            f'description: "{article.excerpt}"',
            f"tags: [{', '.join(article.topics)}]",
            f"draft: {'false' if article.published else 'true'}",
            "---",
            "",
            *_body(article, chance),
            f"**{ending}**",
            "",
        ]
        address = f"{SITE}{article.path[:-3]}/"
        yield article._replace(id=address, link=address, image=None, related=(), ending=ending), "\n".join(lines)


def _body(article: Article, chance: "records.Chance") -> Iterator[str]:
    size = 0
    number = 0
    while True:
        number += 1
        for block in _section(article, number, chance):
            size += len(block) + 2
            yield block
            yield ""
            if size >= _BODY:
                return


def _section(article: Article, number: int, chance: "records.Chance") -> Iterator[str]:
    words = records.words(chance)
    yield f"## {words(3, 6).capitalize()}"
    for _ in range(2):
        yield (
            f"{words(20, 40).capitalize()} **{words(2, 4)}** {words(10, 20)} [{words(2, 4)}]({article.link}?part={number}), "
            f"{words(10, 20)} `{words(1, 2)}` and *{words(2, 3)}*. {words(20, 40).capitalize()}."
        )
    yield "\n".join(f"- {words(5, 12)}" for _ in range(4))
    yield f"> {words(15, 30).capitalize()}."
    yield "\n".join(["```python", *(f'{word} = "{words(3, 6)}"' for word in words(3, 5).split()), "```"])
    yield "\n".join(["| name | value |", "| --- | --- |", *(f"| {words(1, 2)} | {words(2, 4)} |" for _ in range(3))])


def write(folder: str, count: int) -> list[Article]:
    """Make the folder of `count` posts: a folder a year."""
    return records.written(folder, articles(count))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("count", type=int)
    options = parser.parse_args()
    write(options.folder, options.count)
