"""What `--help` says: to somebody who has never used it, and about each command."""

import re
import shlex

import click
import pytest

from kodokeep.cli.group import COMMANDS, SECTIONS, root
from tests.unit.cli.conftest import Kodokeep


def examples(name: str) -> list[str]:
    """The lines below `Example:` in the help of a command."""
    with click.Context(root, info_name="kodokeep", **root.context_settings) as ctx:
        command = root.get_command(ctx, name)
        assert command is not None
        return [line.strip() for line in (command.help or "").partition("Example:\n")[2].splitlines()]


def test_the_first_page_fits_a_terminal_and_names_two_commands_to_begin_with(kodokeep: Kodokeep) -> None:
    text = kodokeep("--help").out
    assert max(map(len, text.splitlines())) <= 80
    beginning, _, rest = text.partition("Options:\n")
    assert "kodokeep init  " in beginning
    assert "kodokeep run  " in beginning
    assert "Exit codes: 0 done, 1 a bug" in rest


def test_commands_are_listed_below_what_one_wants_each_with_a_whole_sentence(kodokeep: Kodokeep) -> None:
    text = kodokeep("--help").out
    for section, names in SECTIONS.items():
        listed = text.partition(f"\n{section}:\n")[2].partition("\n\n")[0].splitlines()
        assert [line.split()[0] for line in listed] == list(names), section
        assert [line for line in listed if not line.endswith(".") or line.endswith("...")] == []
    assert sorted(COMMANDS) == sorted(name for names in SECTIONS.values() for name in names), "each is there once"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_an_example_that_it_understands(name: str, kodokeep: Kodokeep) -> None:
    lines = examples(name)
    assert lines, f"kodokeep {name} --help has no example"
    called = re.findall(r"kodokeep ([^;|&)]+)", " ; ".join(lines))
    assert any(shlex.split(line)[0] == name for line in called)
    for line in called:
        word, *arguments = shlex.split(line)
        with click.Context(root, info_name="kodokeep", **root.context_settings) as ctx:
            command = root.get_command(ctx, word)
            assert command is not None, line
            command.make_parser(click.Context(command, parent=ctx)).parse_args(arguments)
    assert max(map(len, kodokeep(name, "--help").out.splitlines())) <= 80
