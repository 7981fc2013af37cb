"""feedloom profile."""

import click

from feedloom.cli import options


def _names(_: click.Context, __: click.Parameter, incomplete: str) -> list[str]:
    from feedloom.config.profiles import NAMES  # heavy, and the help of all commands needs none of it

    return [name for name in NAMES if name.startswith(incomplete)]


@click.command()
@click.argument("name", required=False, shell_complete=_names)
@options.as_json
def command(name: str | None, as_json: bool) -> None:
    """Show what a profile reads: files, fields, dates, URLs, drafts.

    A profile says how the posts of another program become records. Without NAME, lists the profiles, and says which one suits
    the current folder.

    \b
    feedloom profile                      list the profiles
    feedloom profile hugo                 show what is read of Hugo's posts
    feedloom profile hugo --json          the same, for programs
    """
    import json

    from feedloom.cli import printing
    from feedloom.config import profiles, site_settings

    if name:
        known = next((one for one in profiles.NAMES if one == name), None)
        if not known:
            raise click.BadParameter(f"no such profile: {name}; profiles: {', '.join(profiles.NAMES)}", param_hint="NAME")
        rows = profiles.table(known)
        if as_json:
            printing.say_to_programs(json.dumps(dict(rows), indent=2, ensure_ascii=False) + "\n")
            return
        width = max(len(label) for label, _ in rows)
        for label, text in rows:
            printing.say(f"{label.ljust(width)}  {text}")
        return
    if as_json:
        printing.say_to_programs(json.dumps(profiles.NAMES, indent=2) + "\n")
        return
    for one in profiles.NAMES:
        printing.say(f"{one.ljust(max(map(len, profiles.NAMES)))}  {profiles.PROFILES[one].title}")
    if found := site_settings.detected("."):
        printing.say(f"\nThis folder looks like a site made with {profiles.PROFILES[found].title}: profile: {found}")
