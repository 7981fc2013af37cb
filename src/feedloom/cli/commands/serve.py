"""feedloom serve."""

import re
from typing import TYPE_CHECKING, Any

import click

from feedloom.cli import options

if TYPE_CHECKING:
    from feedloom.serve.observers import Network
    from feedloom.serve.server import Address


def _address(context: click.Context, option: click.Parameter, value: str | None) -> "Address | None":
    from feedloom.serve import server

    try:
        return None if value is None else server.address(value)
    except ValueError as error:
        raise click.BadParameter(str(error), context, option) from None


def _networks(context: click.Context, option: click.Parameter, values: tuple[str, ...]) -> "tuple[Network, ...]":
    from feedloom.serve import server

    try:
        return tuple(map(server.network, values))
    except ValueError as error:
        raise click.BadParameter(str(error), context, option) from None


def _base(context: click.Context, option: click.Parameter, value: str | None) -> str | None:
    if value is not None and not re.fullmatch(r"/((?!\.{1,2}/)[A-Za-z0-9._~@+,%-]+/)*", value):
        raise click.BadParameter(f"must be a path such as / or /feeds/, not {value!r}", context, option)
    return value


def _origin(context: click.Context, option: click.Parameter, value: str) -> str | None:
    if value == "none":
        return None
    if not re.fullmatch(r"\*|https?://[A-Za-z0-9.:\[\]-]+", value):
        raise click.BadParameter(f"must be *, none, or an origin such as https://example.com, not {value!r}", context, option)
    return value


@click.command()
@click.argument("output", required=False, type=click.Path(file_okay=False))
@options.config
@click.option(
    "--bind", default="127.0.0.1:8000", metavar="HOST:PORT", callback=_address, show_default=True, help="Where to listen."
)
@click.option("--base-path", metavar="PATH", callback=_base, help="Path of the site (default: that of site.url).")
@click.option("--workers", type=click.IntRange(1, 64), default=1, metavar="N", help="Number of processes (default: 1).")
@click.option("--filters/--no-filters", help="Answer addresses such as topics/ai+health.atom?min_quality=80.")
@click.option("--watch", is_flag=True, help="Build again when a record changes, and reload open pages.")
@click.option("--redirect-aliases", is_flag=True, help="Redirect other names of a feed to it.")
@click.option("--deltas", is_flag=True, help="Send only new entries to readers that ask for it (RFC 3229).")
@click.option(
    "--max-age", type=click.IntRange(0, 31_536_000), metavar="SECONDS", help="How long answers may be cached (default: 300)."
)
@click.option(
    "--cors", default="*", metavar="ORIGIN", callback=_origin, help="Whose scripts may read feeds: * (default), none, ..."
)
@click.option(
    "--access-log", type=options.PATH, metavar="FILE", help="Write a line of JSON for each answer (-: standard output)."
)
@click.option("--log-addresses", is_flag=True, help="Log IP addresses of clients too.")
@click.option(
    "--forwarded-from",
    multiple=True,
    metavar="NETWORK",
    callback=_networks,
    help="Proxy whose X-Forwarded-For is logged as IP address (repeatable).",
)
@click.option("--metrics", is_flag=True, help="Serve /-/metrics for Prometheus, on --admin-bind.")
@click.option("--admin-bind", metavar="HOST:PORT", callback=_address, help="Where to serve the metrics; not public.")
def command(
    bind: "Address",
    base_path: str | None,
    workers: int,
    filters: bool,
    watch: bool,
    redirect_aliases: bool,
    deltas: bool,
    max_age: int | None,
    cors: str | None,
    access_log: str | None,
    log_addresses: bool,
    forwarded_from: "tuple[Network, ...]",
    metrics: bool,
    admin_bind: "Address | None",
    **overrides: Any,
) -> None:
    """Serve the published feeds over HTTP.

    Sends the right media types, entity tags and compressed bodies, and serves only files that the catalog names. A new build is
    served at once. Needs the extra: pip install 'feedloom[serve]'. In public, put it behind a web server with TLS.

    \b
    feedloom serve                        the feeds, at http://127.0.0.1:8000/
    feedloom serve --watch                while you write
    feedloom serve public --bind [::]:80  for all who can reach this machine
    """
    from functools import partial

    from feedloom.cli import configuration, printing
    from feedloom.pipeline import places
    from feedloom.serve import server
    from feedloom.serve.answer import Rules

    if metrics != (admin_bind is not None):
        raise click.UsageError("--metrics and --admin-bind HOST:PORT go together: metrics are not public")
    if log_addresses and not access_log:
        raise click.UsageError("--log-addresses needs --access-log FILE")
    if forwarded_from and not log_addresses:
        raise click.UsageError("--forwarded-from needs --log-addresses")
    config = configuration.loaded(**overrides)
    places.check_folder(config, "feedloom serve")
    if watch and places.has_objects(config):
        raise click.UsageError(f"--watch needs all records in local folders, not in {config.records}")
    given = server.Options(
        bind=bind,
        base=base_path,
        workers=workers,
        filters=filters,
        watch=watch,
        rules=Rules(
            cors=cors,
            max_age=(0 if watch else 300) if max_age is None else max_age,
            redirects_aliases=redirect_aliases,
            sends_deltas=deltas,
            is_live=watch,
        ),
        access_log=access_log,
        log_addresses=log_addresses,
        proxies=forwarded_from,
        metrics=admin_bind,
    )
    server.serve(partial(configuration.loaded, quiet=True, **overrides), given, printing.say)
