"""The settings of web servers: the templates in `servers/`, filled in with a site's folder, addresses, hub and redirects."""

import os
import re
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import quote, unquote, urlsplit

import jinja2

from feedloom.config.settings import Config, identity_of_provider
from feedloom.errors import ConfigError
from feedloom.feeds import kinds
from feedloom.model import Group
from feedloom.pipeline import places
from feedloom.render import formats

SERVERS = {
    "nginx": "nginx.conf",
    "caddy": "Caddyfile",
    "apache": "apache.conf",
    "htaccess": "htaccess",
    "lighttpd": "lighttpd.conf",
    "lighttpd-lua": "lighttpd.lua",
}
"""The template of each server, by the name that `feedloom init --server` takes."""

_SAFE = re.compile(r"[\w/:.~@+=,&?!#-]+")
"""What needs no quotation and has no meaning in any of the six languages: `$`, `%`, quotes, braces and blanks have one."""


class Site(NamedTuple):
    """What the templates fill in.

    `root` is the output folder, with a slash at its end; `url` the address at which it is published, of which `origin`, `host`
    and `sent` are parts; `base` is the path `sent`, decoded; `moved` are the former and the present addresses of renamed feeds,
    below `base` and without suffix; `also` are other paths of feeds, with the feed's own path and its media type; `home` the
    files that answer for the folder, in the order in which they are looked for.
    """

    root: str
    url: str
    origin: str
    host: str
    sent: str
    base: str
    hubs: tuple[str, ...]
    moved: tuple[tuple[str, str], ...]
    also: tuple[tuple[str, str, str], ...]
    formats: tuple[str, ...]
    suffixes: tuple[str, ...]
    home: tuple[str, ...]


def site_of(config: Config) -> Site:
    """What a configuration says. Raises ConfigError where it names no address, or a name that a server would misread."""
    if config.site.url is None:
        raise ConfigError(
            "site.url: is not set: the server's settings need the address at which the output folder is published"
        )
    places.check_folder(config, "a web server")
    root = os.path.join(os.path.abspath(config.output), "")
    parts = urlsplit(config.site.url)
    hubs = config.site.hubs
    base = unquote(parts.path)
    url = f"{parts.scheme}://{parts.netloc}"
    given = [("output", root), ("site.url", f"{url}{base}"), *(("site.hub", hub) for hub in hubs)]
    for name, value in (*given, *(("also", path) for path in config.also)):
        if odd := sorted(set(value) - set("".join(_SAFE.findall(value)))):
            raise ConfigError(
                f"{name}: {value} has {' '.join(map(repr, odd))}, which mean something else in a server's settings"
            )
    return Site(
        root=root,
        url=config.site.url,
        origin=url,
        host=parts.netloc,
        sent=parts.path,
        base=base,
        hubs=hubs,
        moved=tuple(_moved(config)),
        also=tuple((path, feed, formats.MEDIA_TYPES[feed.rpartition(".")[2]]) for path, feed in config.also.items()),
        formats=tuple(config.formats),
        suffixes=tuple(formats.suffixes(config)),
        # Where the owner has an index page, feedloom's has another name.
        home=tuple(dict.fromkeys(("index.html", config.index or "index.html"))),
    )


def settings(server: str, site: Site) -> str:
    """The settings of a server as a text; `server` is a key of SERVERS."""
    types = list(formats.MEDIA_TYPES.items())
    return _templates().get_template(SERVERS[server]).render(site._asdict(), types=types, texts=[suffix for suffix, _ in types])


def _templates() -> jinja2.Environment:
    # Not HTML: these are settings, and _SAFE keeps what a value could do.
    environment = jinja2.Environment(  # noqa: S701
        loader=jinja2.PackageLoader("feedloom.cli.init", "servers"),
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
    )
    environment.filters["regex"] = lambda text: re.sub(r"[.+?]", r"\\\g<0>", text)
    environment.filters["encoded"] = lambda text: quote(text, safe="/~@+")
    return environment


def _moved(config: Config) -> Iterator[tuple[str, str]]:
    """The other names of topics and providers. Each has a copy of the feed too, for servers that cannot redirect."""
    if config.groups.topic:
        for name, topic in config.topics.items():
            for alias in topic.aliases:
                yield _topic(alias), _topic(name)
    if config.groups.provider:
        for name, provider in config.providers.items():
            for alias in provider.aliases:
                yield _provider(alias), _provider(name)


def _topic(name: str) -> str:
    return kinds.address_of(Group("topic", kinds.of_topic(name)))


def _provider(name: str) -> str:
    return kinds.address_of(Group("provider", (identity_of_provider(name),)))
