"""feedloom init."""

import os

import click


@click.command()
@click.argument("folder", default=".", type=click.Path(file_okay=False))
def command(folder: str) -> None:
    """Write a feedloom.yaml for a folder.

    Finds the records, and the title and URL of the site in the settings of other programs (Jekyll, Hugo, MkDocs, npm). If
    there are no records, writes a first one. Never overwrites a file.

    \b
    feedloom init                         in the current folder
    feedloom init ~/news                  in another folder
    """
    from feedloom.cli import printing
    from feedloom.cli.init import files

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
