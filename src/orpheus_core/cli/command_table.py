"""Every command, as data: help and typing errors need no more than this.

A test compares it with the commands themselves.
"""

from __future__ import annotations

from typing import NamedTuple


class CommandRow(NamedTuple):
    """A command. *target* is where its Click command is: ``module:name``."""

    words: tuple[str, ...]
    target: str
    help: str
    section: str


_COMMANDS = "orpheus_core.cli.commands"

COMMANDS = (
    CommandRow(
        ("demo",),
        # Loaded by its name: no part of the core imports the testing room.
        "orpheus_core.testing.demo:demo",
        "Collect an album from a small music service on this machine.",
        "Everyday",
    ),
    CommandRow(
        ("download",),
        f"{_COMMANDS}.download:download",
        "Collect what each TARGET leads to, in a folder that is complete and verified.",
        "Everyday",
    ),
    CommandRow(
        ("verify",),
        f"{_COMMANDS}.verify:verify",
        "Check finished folders against their manifests, today or in years.",
        "Everyday",
    ),
    CommandRow(
        ("explain",),
        f"{_COMMANDS}.explain:explain",
        "Say what the CODE of an error means, as in error[CODE].",
        "Everyday",
    ),
    CommandRow(
        ("service", "list"),
        f"{_COMMANDS}.service:list_services",
        "List the services that are installed.",
        "Services",
    ),
    CommandRow(
        ("service", "info"),
        f"{_COMMANDS}.service:show_service",
        "Show the links, files, limits and credentials of the service NAME.",
        "Services",
    ),
    CommandRow(
        ("plugin", "list"),
        f"{_COMMANDS}.plugin:list_plugins",
        "List the plugins, their states and what they bring.",
        "Services",
    ),
)

GROUPS = {
    "service": "The services that plugins bring.",
    "plugin": "The plugins that are installed.",
}
"""The help of each command that has commands of its own."""


def names_below(words: tuple[str, ...]) -> list[str]:
    """Return the commands that follow *words*, in the order of the table."""
    depth = len(words)
    below = [row.words for row in COMMANDS if row.words[:depth] == words]
    found = [each[depth] for each in below if len(each) > depth]
    return list(dict.fromkeys(found))


def singular(word: str) -> str:
    """Return *word* without the plural's s where that is a command: ``plugins`` is ``plugin``."""
    return word.removesuffix("s") if word.removesuffix("s") in GROUPS else word


def row_of(words: tuple[str, ...]) -> CommandRow | None:
    """Return the row of the command *words*."""
    return next((row for row in COMMANDS if row.words == words), None)
