"""Every command, as data: help and typing errors need no more than this.

A test compares it with the commands themselves.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class CommandRow(NamedTuple):
    """A command. *target* is where its Click command is: ``module:name``.

    One that a plugin brings has no target: *plugin*, the id, says who is asked for it.
    """

    words: tuple[str, ...]
    target: str
    help: str
    section: str
    plugin: str = ""


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
        "Explain the last failure, or a CODE, a JOB or an EVENT.",
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
    CommandRow(
        ("plugin", "info"),
        f"{_COMMANDS}.plugin_info:show_plugin",
        "Show all that is known of the plugin NAME: state, contents, settings.",
        "Services",
    ),
    CommandRow(
        ("plugin", "enable"),
        f"{_COMMANDS}.plugin_switch:enable_plugins",
        "Load the plugins NAME... again from now on.",
        "Services",
    ),
    CommandRow(
        ("plugin", "disable"),
        f"{_COMMANDS}.plugin_switch:disable_plugins",
        "Leave the plugins NAME... out from now on.",
        "Services",
    ),
    CommandRow(
        ("plugin", "hooks"),
        f"{_COMMANDS}.plugin_hooks:list_hooks",
        "List the hooks that plugins can implement, or explain one HOOK.",
        "Services",
    ),
    CommandRow(
        ("plugin", "order"),
        f"{_COMMANDS}.plugin_order:show_order",
        "Show the order of the stages, or of the plugins that implement HOOK.",
        "Services",
    ),
    CommandRow(
        ("plugin", "manifest"),
        f"{_COMMANDS}.plugin_manifest:print_manifest",
        "Print the manifest that the code of the plugin NAME amounts to.",
        "Services",
    ),
    CommandRow(
        ("plugin", "check"),
        "orpheus_core.testing.plugin_check:check_plugin",
        "Try a plugin out, and say what it does not do well.",
        "Services",
    ),
    CommandRow(
        ("plugin", "new"),
        "orpheus_core.testing.plugin_new:new_plugin",
        "Make the package of a new plugin, with code that works, tests and checks.",
        "Services",
    ),
    CommandRow(
        ("doctor",),
        f"{_COMMANDS}.doctor:doctor",
        "Look for what is wrong here, and say what to do about it.",
        "Health",
    ),
    CommandRow(
        ("event", "query"),
        f"{_COMMANDS}.event:query_events",
        "List the events in the log that fit all options, the oldest first.",
        "Health",
    ),
    CommandRow(
        ("event", "tail"),
        f"{_COMMANDS}.event:tail_events",
        "Show the last events in the log, and those that come if asked to.",
        "Health",
    ),
    CommandRow(
        ("event", "show"),
        f"{_COMMANDS}.event:show_event",
        "Show all that is known of the event ID: its data, what caused it, what it led to.",
        "Health",
    ),
    CommandRow(
        ("event", "types"),
        f"{_COMMANDS}.event_types:list_types",
        "List the kinds of events, or explain one KIND: its fields, what to do.",
        "Health",
    ),
    CommandRow(
        ("event", "stats"),
        f"{_COMMANDS}.event_upkeep:show_stats",
        "Show how much is in the log, of what, and since when.",
        "Health",
    ),
    CommandRow(
        ("event", "export"),
        f"{_COMMANDS}.event_export:export_events",
        "Write the events in the log that fit all options to FILE.",
        "Health",
    ),
    CommandRow(
        ("event", "prune"),
        f"{_COMMANDS}.event_upkeep:prune_events",
        "Delete old events from the log.",
        "Health",
    ),
    CommandRow(
        ("event", "forget"),
        f"{_COMMANDS}.event_forget:forget_learned",
        "Forget what was learned of SUBJECT from past events, or --all of it.",
        "Health",
    ),
)

PLUGINS_SECTION = "Plugins"
"""The heading for commands whose own is one too many."""

GROUPS = {
    "service": "The services that plugins bring.",
    "plugin": "The plugins that are installed.",
    "event": "The log of what happened, and what was learned from it.",
}
"""The help of each command that has commands of its own."""


def names_below(words: tuple[str, ...], rows: Iterable[CommandRow] = COMMANDS) -> list[str]:
    """Return the commands that follow *words*, in the order of *rows*."""
    depth = len(words)
    below = [row.words for row in rows if row.words[:depth] == words]
    found = [each[depth] for each in below if len(each) > depth]
    return list(dict.fromkeys(found))


def singular(word: str) -> str:
    """Return *word* without the plural's s where that is a command: ``plugins`` is ``plugin``."""
    return word.removesuffix("s") if word.removesuffix("s") in GROUPS else word


def row_of(words: tuple[str, ...], rows: Iterable[CommandRow] = COMMANDS) -> CommandRow | None:
    """Return the row of the command *words*."""
    return next((row for row in rows if row.words == words), None)
