"""Write what docs/ say about the code itself: `make docs`, after a change of a setting, a command, a
problem or docs/performance.md.

The tables in docs/configuration.md are between marks; people write the rest.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from types import UnionType
from typing import Any, get_args, get_origin

import click
import msgspec

from feedloom.cli.commands import build
from feedloom.cli.init import servers
from feedloom.cli.main import main
from feedloom.config import checking, json_schema, profiles
from feedloom.config.settings import Config, Groups, Kept, Records, Site, Topic
from feedloom.model import Level
from feedloom.problems import ROWS
from tests import speed

DOCS = Path(__file__).parent.parent / "docs"

_TABLE = re.compile(r"(<!-- settings: (\S+) -->\n).*?(<!-- end -->)", re.DOTALL)
_WIDTH = 100
_EXAMPLES = {
    "nginx": "nginx/feedloom.conf",
    "caddy": "caddy/Caddyfile",
    "apache": "apache/feedloom.conf",
    "htaccess": "apache/htaccess",
    "lighttpd": "lighttpd/feedloom.conf",
    "lighttpd-lua": "lighttpd/feedloom.lua",
}


def documents() -> dict[Path, bytes]:
    """The files that are made from the code, wholly or in part, as they should be."""
    configuration = DOCS / "configuration.md"
    return {
        DOCS / "feedloom.schema.json": json_schema.document(),
        DOCS / "commands.md": commands().encode(),
        DOCS / "problems.md": problems().encode(),
        configuration: with_tables(configuration.read_text()).encode(),
        **servers_settings(),
        DOCS / "profiles.md": with_profiles((DOCS / "profiles.md").read_text()).encode(),
        DOCS / "speed.svg": speed.chart((DOCS / "performance.md").read_text()),
    }


def servers_settings() -> dict[Path, bytes]:
    """The examples in deploy/, for a site in /srv/news with a hub and a renamed topic."""
    site = Site(url="https://example.com/feeds/", hub="https://hub.example.com/")
    config = Config(output="/srv/news/feeds", site=site, topics={"AI": Topic(aliases=("Artificial Intelligence",))})
    found = servers.site_of(config)
    return {DOCS.parent / "deploy" / place: servers.settings(server, found).encode() for server, place in _EXAMPLES.items()}


def with_tables(text: str) -> str:
    """A text in which each mark is followed by its table."""
    structs = dict(sections(Config))
    marks = [mark for _, mark, _ in _TABLE.findall(text)]
    assert sorted(marks) == sorted(structs), "each section has one mark"
    return _TABLE.sub(lambda found: f"{found[1]}\n{table(found[2], structs[found[2]])}\n{found[3]}", text)


def sections(struct: type[msgspec.Struct], name: str = "all") -> Iterator[tuple[str, type[msgspec.Struct]]]:
    """All structs below one, each by the name of the setting that holds it."""
    yield name, struct
    for field in msgspec.structs.fields(struct):
        if field.name == "several":
            yield "records[]", Records
        elif struct is Groups:  # each kind has the same settings
            if field.name == "topic":
                yield f"{name}.KIND", Kept
        elif field.name in checking.names(struct) and (inner := _struct(field.type)):
            yield from sections(inner, _within(name, field.name) + _BELOW.get(get_origin(field.type), ""))


def table(name: str, struct: type[msgspec.Struct]) -> str:
    """The settings of a struct, a row each."""
    texts = json_schema.descriptions()[struct.__name__]
    rows = ["| setting | default | meaning |", "| --- | --- | --- |"]
    for field in msgspec.structs.fields(struct):
        if field.name not in checking.names(struct):
            continue
        setting = _within(name, field.name)
        meaning = " ".join([texts[field.name], *_options(setting)])
        rows.append(f"| `{setting}` | {_default(setting, field)} | {meaning} |")
    return "\n".join(rows) + "\n"


def with_profiles(text: str) -> str:
    """A text in which the mark is followed by a table for each profile."""
    tables = []
    for name in profiles.NAMES[1:]:
        rows = [f"| {label} | {_code(text)} |" for label, text in profiles.table(name)]
        tables.append("\n".join([f"### {name}", "", "| what | how |", "| --- | --- |", *rows]))
    before, mark, _ = text.partition("<!-- profiles -->\n")
    return before + mark + "\n" + "\n\n".join(tables) + "\n\n<!-- end -->\n"


def _code(text: str) -> str:
    """A cell of a table: no `|` ends it, and `*` is no emphasis."""
    return text.replace("|", "\\|").replace("*", "\\*").replace("_", "\\_").replace("<", "\\<")


def commands() -> str:
    """The help of every command."""
    helps = [f"## {name}\n\n{re.sub('^(?=.)', '    ', text, flags=re.MULTILINE)}" for name, text in _helps(main)]
    return "\n\n".join(["# Commands", "The help of every command, as `feedloom COMMAND --help` prints it.", *helps]) + "\n"


def problems() -> str:
    """Every problem, by its code."""
    parts = [
        "# Problems",
        "Each problem of a record has a code, which ends its message in brackets: `[title-missing]`. Reports (`--report`,\n"
        "`--log-json`) have it as `code`. Codes stay the same in later versions; messages may get better words.\n"
        "`feedloom check` shows the problems of a folder by code. In the messages below, … is a value of the record.",
    ]
    for code, row in ROWS.items():
        shown = row.message.replace("{{", "{").replace("}}", "}").replace("{}", "…")
        parts += [f"## {code}", f"{row.summary[0].upper()}{row.summary[1:]}. {_OUTCOMES[row.level]}", f"    {shown}", row.fix]
    return "\n\n".join(parts) + "\n"


_OUTCOMES: dict[Level | None, str] = {
    "rejected": "The record is left out.",
    "warning": "This is a warning.",
    None: "The record is left out if it needs the field, otherwise only the field is.",
}

_BELOW = {tuple: "[]", dict: ".NAME"}


def _within(section: str, name: str) -> str:
    return name if section == "all" else f"{section}.{name}"


def _struct(type_: Any) -> type[msgspec.Struct] | None:
    """The settings that a setting holds: itself, in a list, or by name."""
    if get_origin(type_) is UnionType:  # `pages: true`, or settings
        return next(filter(None, map(_struct, get_args(type_))), None)
    inner = get_args(type_)[-1 if get_origin(type_) is dict else 0] if get_origin(type_) in _BELOW else type_
    kinds = get_args(inner) if isinstance(inner, UnionType) else (inner,)
    return next((kind for kind in kinds if isinstance(kind, type) and issubclass(kind, msgspec.Struct)), None)


def _default(setting: str, field: msgspec.structs.FieldInfo) -> str:
    if _struct(field.type) and not isinstance(field.default, bool):
        return f"[below](#{setting.rpartition('[].')[2].replace('.', '')})"
    if field.required:
        return "required"
    match field.default if field.default_factory is msgspec.NODEFAULT else field.default_factory():
        case None | () | "":
            return "none"
        case bool(value):
            return f"`{str(value).lower()}`"
        case tuple(values):
            return f"`[{', '.join(values)}]`"
        case value:
            return f"`{value}`".replace("|", "\\|")  # in a table


def _options(setting: str) -> list[str]:
    """What gives a setting on the command line of a build."""
    return [
        "The command's first argument." if isinstance(parameter, click.Argument) else f"Option `{'`, `'.join(parameter.opts)}`."
        for parameter in build.command.params
        if parameter.name == setting.replace(".", "_")
    ]


def _helps(command: click.Command, parent: click.Context | None = None, name: str = "feedloom") -> Iterator[tuple[str, str]]:
    context = click.Context(command, parent, name, terminal_width=_WIDTH, max_content_width=_WIDTH, **command.context_settings)
    yield context.command_path, command.get_help(context)
    if isinstance(command, click.Group):
        for inner in command.list_commands(context):
            found = command.get_command(context, inner)
            assert found is not None
            yield from _helps(found, context, inner)


if __name__ == "__main__":
    for path, data in documents().items():
        path.write_bytes(data)
