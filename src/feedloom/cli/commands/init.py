"""feedloom init."""

import os

import click


@click.command()
@click.argument("folder", default=".", type=click.Path(file_okay=False))
def command(folder: str) -> None:
    """Look at a folder and write a feedloom.yaml that suits it.

    It finds the folder of the records, and what the settings of other programs tell of the site; where there are no records,
    it writes a first one. Nothing that is there is overwritten.

    \b
    feedloom init                         in the folder of your site
    feedloom init ~/news                  in another one
    """
    from feedloom.cli import printing
    from feedloom.cli.init import files

    try:
        started = files.write(folder)
    except FileExistsError as error:
        printing.stop(f"{error.filename}: is there already; nothing was written", 2)
    except OSError as error:
        printing.stop(f"{os.fsdecode(error.filename)}: cannot be written: {error.strerror}", 1)
    for sentence in started.seen:
        printing.say(sentence)
    for path in started.written:
        printing.say(f"Wrote {path}")
    file = "" if os.path.normpath(folder) == "." else f" -c {started.written[0]}"
    printing.say(f"Now run feedloom build{file}, and open {os.path.join(started.output, 'index.html')}.")
