"""What `--help` shows in 80 columns, and what the tab key completes in real shells."""

import os
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from feedloom.cli.main import main
from tests.programs import needs

CONTEXT = click.Context(main)
COMMANDS = main.list_commands(CONTEXT)


def shown(*arguments: str) -> str:
    result = CliRunner().invoke(main, [*arguments, "--help"], terminal_width=80)
    assert result.exit_code == 0
    return result.stdout


def test_every_command_stands_in_the_help_once_and_whole() -> None:
    sections = re.findall(r"^  ([a-z]+)  +([A-Z].*)$", shown().partition("Options:")[2], re.MULTILINE)
    assert sorted(name for name, _ in sections) == COMMANDS
    assert not [help for _, help in sections if help.endswith("...")]


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_a_command_fits_and_has_examples(command: str) -> None:
    text = shown(command)
    assert max(map(len, text.splitlines())) <= 80
    assert re.search(rf"^  (eval \"\$\()?feedloom {command}\b", text, re.MULTILINE)


@pytest.mark.parametrize("command", COMMANDS)
def test_the_examples_are_commands_that_there_are(command: str) -> None:
    for example in re.findall(rf"feedloom {command}((?: -{{0,2}}[\w./~-]+)*)(?:  |$|\)| [>|])", shown(command), re.MULTILINE):
        found = main.get_command(CONTEXT, command)
        assert found is not None
        assert found.make_context(command, example.split()).info_name == command


# --- Completion ---------------------------------------------------------------------------------------------------------


def asked(shell: list[str], script: str) -> list[str]:
    """What a shell says that a line may go on with, where `feedloom` is the program that is tested."""
    path = os.pathsep.join((os.path.dirname(sys.executable), os.environ["PATH"]))
    environment = {"PATH": path, "HOME": os.getcwd(), "TERM": "dumb", "LC_ALL": "C.UTF-8"}
    ran = subprocess.run([*shell, script], env=environment, capture_output=True, text=True, timeout=60)
    assert ran.stderr == ""
    return ran.stdout.split()


def in_bash(*words: str) -> list[str]:
    given = " ".join(f"'{word}'" for word in words)
    return asked(
        ["bash", "--norc", "-c"],
        f"""eval "$(feedloom completion bash)"
        COMP_WORDS=({given}) COMP_CWORD={len(words) - 1}
        $(complete -p feedloom | sed 's/.*-F \\([^ ]*\\) .*/\\1/') feedloom '{words[-1]}' ''
        printf '%s\\n' "${{COMPREPLY[@]}}" """,
    )


@needs("bash")
def test_bash_completes() -> None:
    assert in_bash("feedloom", "st") == ["stats"]
    assert set(in_bash("feedloom", "")) == set(COMMANDS)
    assert set(in_bash("feedloom", "build", "--no")) == {"--no-cache", "--no-lock"}
    assert in_bash("feedloom", "completion", "") == ["bash", "zsh", "fish"]


@needs("fish")
def test_fish_completes() -> None:
    script = "feedloom completion fish | source; complete --do-complete 'feedloom {}'"
    fish = ["fish", "--no-config", "-c"]
    assert asked(fish, script.format("completion "))[:3] == ["bash", "fish", "zsh"]
    assert asked(fish, script.format("st"))[0] == "stats"


@needs("zsh")
def test_zsh_takes_the_script() -> None:
    """It completes in an editor alone, so that no more is tried than that it takes the script for the command."""
    script = 'autoload -U compinit; compinit -u -D; eval "$(feedloom completion zsh)"; print $_comps[feedloom]'
    assert asked(["zsh", "-f", "-c"], script) == ["_feedloom_completion"]


def test_paths_are_completed_where_they_are_asked_for() -> None:
    Path("one").mkdir()
    environment = {"COMP_WORDS": "feedloom build --output o", "COMP_CWORD": "3", "_FEEDLOOM_COMPLETE": "bash_complete"}
    ran = subprocess.run(
        [sys.executable, "-m", "feedloom"], env={**os.environ, **environment}, capture_output=True, text=True, check=True
    )
    assert ran.stdout == "file,o\n"
