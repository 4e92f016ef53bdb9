"""Click's commands and groups, as this command line wants them: lazy, light, forgiving."""

from __future__ import annotations

import importlib
import os
import re
import sys
from typing import Any

import click

from orpheus_core.cli.command_table import COMMANDS, GROUPS, names_below, row_of, singular
from orpheus_core.cli.failures import nearest
from orpheus_core.cli.help_screen import help_screen
from orpheus_core.cli.invocation import Invocation
from orpheus_core.cli.options import global_options
from orpheus_core.cli.plugin_commands import PluginCommands, run
from orpheus_core.errors import UnknownWord

_LINK = re.compile(r"https?://|[a-z][a-z0-9_-]*:[a-z]+:[^:]", re.IGNORECASE)
_CONTEXT = {"help_option_names": ["-h", "--help"]}
_PLUGINS = "orpheus_core.plugin_commands"


class OrpheusCommand(click.Command):
    """A command that takes the global options. *json_lines*: it answers in JSON lines."""

    # Any, as Click types them: they are handed through to it.
    def __init__(self, *args: Any, json_lines: bool = False, **kwargs: Any) -> None:
        kwargs.setdefault("context_settings", dict(_CONTEXT))
        kwargs.setdefault("epilog", "Options of every command: orpheus --help")
        super().__init__(*args, **kwargs)
        self.params += global_options(hidden=True)
        self._json_lines = json_lines

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the options; from here on errors, too, are told in the command's own form."""
        ctx.ensure_object(Invocation).lines = self._json_lines
        return super().parse_args(ctx, args)


class LazyGroup(click.Group):
    """A group whose commands are imported when one of them is run or asked for help."""

    def __init__(self, words: tuple[str, ...] = ()) -> None:
        super().__init__(
            words[-1] if words else "orpheus",
            help=GROUPS.get(words[-1], "Commands of a plugin.") if words else None,
            params=global_options(hidden=True),
            context_settings=dict(_CONTEXT),
            no_args_is_help=False,
            invoke_without_command=True,
            callback=_help_for_nothing,
        )
        self._words = words

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands: the core's, then those of plugins."""
        return names_below(self._words, (*COMMANDS, *_of_plugins(ctx).rows))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command called *cmd_name*, imported now."""
        words = (*self._words, singular(cmd_name))
        if names_below(words):
            return LazyGroup(words)
        row = row_of(words)
        return _load(row.target) if row else self._of_plugin(ctx, cmd_name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that *args* begin with; a link means ``download``.

        Raises:
            UnknownWord: there is no such command.
        """
        if not self._words and _LINK.match(args[0]):
            args = ["download", *args]
        command = self.get_command(ctx, args[0])
        if command is None:
            raise self._unknown(ctx, args[0])
        return args[0], command, args[1:]

    def invoke(self, ctx: click.Context) -> int:
        """Run the command that was typed."""
        return run(ctx, self)

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the first screen for ``orpheus``, Click's own form for the other groups."""
        if self._words:
            super().format_help(ctx, formatter)
        else:
            rows = (*COMMANDS, *_of_plugins(ctx).rows)
            formatter.write(help_screen(rows, short=ctx.meta.get("short", False)) + "\n")

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands from the table, without importing them."""
        rows = (*COMMANDS, *_of_plugins(ctx).rows)
        lines = []
        for name in names_below(self._words, rows):
            row = row_of((*self._words, name), rows)
            lines.append((name, row.help if row else ""))
        with formatter.section("Commands"):
            formatter.write_dl(lines)

    def _of_plugin(self, ctx: click.Context, name: str) -> click.Command | None:
        """The command that a plugin brings; those without a manifest are asked last."""
        words = (*self._words, name)
        plugins = _of_plugins(ctx)
        for _ in range(2):
            if names_below(words, plugins.rows):
                return LazyGroup(words)
            if row := row_of(words, plugins.rows):
                return plugins.load(ctx, row)
            if not plugins.ask_silent(ctx):
                break
        return None

    def _unknown(self, ctx: click.Context, word: str) -> UnknownWord:
        known = self.list_commands(ctx)
        command = " ".join(["orpheus", *self._words])
        near = nearest(word.lower(), known)
        return UnknownWord(
            f"there is no command {command} {word}",
            why=f"the commands here are {', '.join(known)}",
            next_step=f"{command} {near}     if that is what you meant"
            if near
            else f"{command} --help",
        )


def _of_plugins(context: click.Context) -> PluginCommands:
    """The commands of plugins; looked for when first needed, once in a run."""
    root = context.find_root()
    if _PLUGINS not in root.meta:
        root.meta[_PLUGINS] = PluginCommands(root.ensure_object(Invocation), os.environ)
    found: PluginCommands = root.meta[_PLUGINS]
    return found


def _help_for_nothing() -> None:
    """``orpheus`` alone is a question, not a mistake: help on standard output, status 0."""
    context = click.get_current_context()
    if context.invoked_subcommand is None:
        context.meta["short"] = True
        sys.stdout.write(context.get_help() + "\n")


def _load(target: str) -> click.Command:
    module, _, name = target.partition(":")
    command: click.Command = getattr(importlib.import_module(module), name)
    return command
