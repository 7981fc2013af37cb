"""feedloom schema."""

import click


@click.command()
def command() -> None:
    """Print the JSON Schema of feedloom.yaml.

    Editors use it to complete and check settings.

    \b
    feedloom schema > feedloom.schema.json

    Name the file in the first line of feedloom.yaml (feedloom init does this):

    \b
    # yaml-language-server: $schema=feedloom.schema.json
    """
    from feedloom.cli import printing
    from feedloom.config import json_schema

    printing.say_to_programs(json_schema.document().decode())
