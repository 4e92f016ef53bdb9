"""The table of commands is what the commands are."""

from __future__ import annotations

import importlib

import click
import pytest

from orpheus_core.cli.columns import width
from orpheus_core.cli.command_table import COMMANDS, GROUPS, CommandRow
from orpheus_core.cli.commands.download import QUALITIES
from orpheus_core.cli.help_screen import help_screen
from orpheus_core.errors import ExitStatus
from orpheus_core.music import Quality


def names(row: CommandRow) -> str:
    """The command as it is typed."""
    return " ".join(row.words)


def loaded(row: CommandRow) -> click.Command:
    """The command itself."""
    module, _, name = row.target.partition(":")
    command = getattr(importlib.import_module(module), name)
    assert isinstance(command, click.Command)
    return command


@pytest.mark.parametrize("row", COMMANDS, ids=names)
def test_each_row_is_a_command_with_that_name_and_help(row: CommandRow) -> None:
    """The table cannot rot: what it says of a command is what the command says."""
    command = loaded(row)
    assert command.name == row.words[-1]
    assert (command.help or "").partition("\n\n")[0] == row.help


def test_each_group_has_commands() -> None:
    """And each row of two words has its group."""
    assert {row.words[0] for row in COMMANDS if len(row.words) == 2} == set(GROUPS)


def test_the_qualities_of_the_command_line_are_those_of_music() -> None:
    """They are written twice, so that help need not import them."""
    assert list(QUALITIES) == [quality.value for quality in reversed(Quality)]


def test_the_first_screen_is_one_screen() -> None:
    """At most 40 lines of 80 columns, examples first, each command and each status named."""
    lines = help_screen().splitlines()

    assert len(lines) <= 40
    assert max(map(width, lines)) <= 80
    assert lines[2].strip().startswith("orpheus ")
    for row in COMMANDS:
        assert row.words[0] in help_screen()
    for status in ExitStatus:
        assert f"{status.value} {status.name.lower().replace('_', '-')}" in " ".join(
            help_screen().split()
        )
