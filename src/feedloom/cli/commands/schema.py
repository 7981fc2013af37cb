"""feedloom schema."""

import click


@click.command()
def command() -> None:
    """Print the JSON Schema of feedloom.yaml.

    Editors complete and check the settings with it.

    \b
    feedloom schema > feedloom.schema.json

    Name it in the first line of feedloom.yaml, as feedloom init does:

    \b
    # yaml-language-server: $schema=feedloom.schema.json
    """
    from feedloom.cli import printing
    from feedloom.config import json_schema

    printing.say_to_programs(json_schema.document().decode())
