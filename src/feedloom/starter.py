"""What a new user starts from: a commented configuration and a first record."""

import os

CONFIGURATION = """\
# The settings of feedloom. Everything here may be left out; docs/configuration.md tells every setting and its default.

records: articles   # the folder of your records
output: feeds       # the folder that the feeds are written to

site:
  title: My reading list
  description: Articles worth your time.
  # The address at which the output folder is published; feeds and their ids are made from it.
  # url: https://example.com/feeds/
  language: en
  timezone: UTC     # holds for dates that name no zone

limit: 50           # the most entries a feed shows

# Records that say `published: false` are left out. `include` shows them.
unpublished: skip
"""

RECORD = """\
---
title: "Feeds are the web's own way to subscribe"
excerpt: "One address, no account, no algorithm: why Atom and RSS are still the best way to follow a site."
publishedDateTime: 2026-01-05T09:00:00Z
webUrl: "https://example.com/feeds-are-the-webs-own-way"
type: article

provider:
  name: Example
  domain: example.com

topics:
  - Feeds
  - Open Web

# images:
#   - url: "https://example.com/picture.jpg"
#     width: 1200
#     height: 800

# related:
#   - title: "Another article"
#     webUrl: "https://example.com/another-article"
---

What stands below the second line is not read: it is yours.
"""

_FILES = {"feedloom.yaml": CONFIGURATION, os.path.join("articles", "2026-01-05-feeds.md"): RECORD}


def write(folder: str) -> list[str]:
    """Write the starter files and give their paths, the configuration first.

    Raises FileExistsError before anything is written where one of them is there already, and OSError.
    """
    places = {os.path.normpath(os.path.join(folder, name)): text for name, text in _FILES.items()}
    for place in places:
        if os.path.lexists(place):
            raise FileExistsError(0, "exists", place)
    for place, text in places.items():
        os.makedirs(os.path.dirname(place) or ".", exist_ok=True)
        with open(place, "x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    return list(places)
