"""feedloom init."""

import os

import click


@click.command()
@click.argument("folder", default=".", type=click.Path(file_okay=False))
@click.option(
    "--server",
    type=click.Choice(["nginx", "caddy", "apache", "htaccess", "lighttpd", "lighttpd-lua"]),
    help="Print the settings of a web server for the site of the feedloom.yaml in the folder, and write nothing.",
)
def command(folder: str, server: str | None) -> None:
    """Write a feedloom.yaml for a folder.

    Finds the records, and the title and URL of the site in the settings of other programs (Jekyll, Hugo, MkDocs, npm). If
    there are no records, writes a first one. Never overwrites a file.

    \b
    feedloom init                         in the current folder
    feedloom init ~/news                  in another folder
    feedloom init --server nginx          how nginx is to serve the feeds
    """
    from feedloom.cli import printing
    from feedloom.cli.init import files

    if server:
        _print_settings(server, folder)
        return
    try:
        started = files.write(folder)
    except FileExistsError as error:
        printing.stop(f"{error.filename}: already exists; nothing was written", 2)
    except OSError as error:
        printing.stop(f"{os.fsdecode(error.filename)}: cannot be written: {error.strerror}", 1)
    for sentence in started.seen:
        printing.say(sentence)
    for path in started.written:
        printing.say(f"Wrote {path}")
    file = "" if os.path.normpath(folder) == "." else f" -c {started.written[0]}"
    printing.say(f"Now run feedloom build{file}, and open {os.path.join(started.output, 'index.html')}.")


def _print_settings(server: str, folder: str) -> None:
    from feedloom.cli import printing
    from feedloom.cli.init import servers
    from feedloom.config.load import load
    from feedloom.config.settings import CONFIGURATION

    file = next((path for name in CONFIGURATION if os.path.exists(path := os.path.normpath(os.path.join(folder, name)))), None)
    if file is None:
        printing.stop(f"{os.path.join(folder, CONFIGURATION[0])}: is not there; run feedloom init first", 2)
    config = load(file, os.environ)
    printing.say_to_programs(servers.settings(server, servers.site_of(config)))
