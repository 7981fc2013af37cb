"""feedloom completion."""

import click
from click.shell_completion import get_completion_class

from feedloom.cli import printing


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(context: click.Context, shell: str) -> None:
    """Print the completion script for a shell.

    It lets the Tab key complete commands, options and feeds. Add one of these lines to the start-up file of your shell:

    \b
    eval "$(feedloom completion bash)"    ~/.bashrc
    eval "$(feedloom completion zsh)"     ~/.zshrc, below compinit
    feedloom completion fish | source     ~/.config/fish/config.fish
    """
    script = get_completion_class(shell)
    assert script is not None
    printing.say(script(context.find_root().command, {}, "feedloom", "_FEEDLOOM_COMPLETE").source())
