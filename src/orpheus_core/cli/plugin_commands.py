"""Commands that plugins bring: found without an import, run by importing their plugin alone."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from orpheus_core.cli.claimed_commands import Claims, claimed_row, claims
from orpheus_core.cli.command_table import CommandRow, names_below, row_of
from orpheus_core.cli.invocation import Invocation
from orpheus_core.cli.options import global_options
from orpheus_core.errors import ExitStatus, HookFailed, OrpheusError

if TYPE_CHECKING:
    from orpheus_core.app import Orpheus
    from orpheus_core.plugins import Command, PluginHost

_HOOK = "orpheus_commands"
_RUNS = "orpheus_core.plugin"
_CLICKS_OWN = (click.ClickException, click.exceptions.Exit, click.Abort)
_HELP_NAMES = ["-h", "--help"]


class PluginCommands:
    """The commands of plugins, for one run of the command line.

    What the core has is the core's: a claim to one of its commands is passed over.
    """

    def __init__(self, invocation: Invocation, environ: Mapping[str, str]) -> None:
        self._invocation = invocation
        self._claims: Claims = claims(environ)
        self._asked: dict[tuple[str, ...], click.Command] = {}
        self._opened: Orpheus | None = None
        self.rows = without_core(self._claims.rows)

    def ask_silent(self, context: click.Context) -> bool:
        """Ask the plugins that have no manifest, once; return whether they bring commands."""
        names, self._claims = self._claims.silent, Claims(self._claims.rows)
        found = []
        for name in names:
            try:
                brought = self._brought(context, name)
            except OrpheusError:  # said where plugins are listed; here it brings no command
                continue
            infos = [each.info for each in brought]
            found += [claimed_row(name, info.words, info.help, info.section) for info in infos]
            self._keep(brought)
        self.rows = without_core((*self.rows, *found))
        return bool(found)

    def load(self, context: click.Context, row: CommandRow) -> click.Command:
        """Return the command of *row*; its plugin is imported, and no other.

        Raises:
            PluginUnavailable: it is switched off, does not load, or lacks the command.
        """
        if row.words not in self._asked:
            host = self._host(context)
            brought = self._brought(context, row.plugin)
            _compare(host, row, brought)
            self._keep(brought)
        context.meta[_RUNS] = row.plugin
        return _adapted(self._asked[row.words])

    def _keep(self, brought: list[Command]) -> None:
        for each in brought:
            self._asked.setdefault(tuple(each.info.words), each.command)

    def _brought(self, context: click.Context, plugin: str) -> list[Command]:
        """What *plugin* answers when it is asked for its commands."""
        from orpheus_core.cli.opening import reserved_output
        from orpheus_core.plugins import Command

        host = self._host(context)
        with reserved_output():
            host.activate(plugin)
            answers = host.collect(_HOOK, Command, only=plugin)
        return [answer.value for answer in answers]

    def _host(self, context: click.Context) -> PluginHost:
        """The plugins of an application that stays open until the command has ended."""
        if self._opened is None:
            from orpheus_core.cli.opening import opened

            application = opened(self._invocation, eager=False, reserve_output=False)
            self._opened = context.find_root().with_resource(application)
        return self._opened.plugins


def _compare(host: PluginHost, row: CommandRow, brought: list[Command]) -> None:
    """Refuse a plugin whose manifest is not true of its commands.

    Raises:
        PluginUnavailable: the command of *row* is not there, or not as the manifest has it.
    """
    from orpheus_core.plugins import lie, unavailable

    record = host.record(row.plugin)
    fault = lie(record.manifest, commands=[each.info for each in brought])
    if fault and _HOOK not in record.reason:  # else it raised: nobody knows what it has
        host.refuse(row.plugin, fault)
    if fault or row.words not in {tuple(each.info.words) for each in brought}:
        raise unavailable(host.record(row.plugin), f"command {' '.join(row.words)}")


def without_core(rows: tuple[CommandRow, ...]) -> tuple[CommandRow, ...]:
    """Return the *rows* that can be reached, each command once: the first that claims it."""
    found: dict[tuple[str, ...], CommandRow] = {}
    for row in rows:
        if not hides_core(row) and not names_below(row.words):
            found.setdefault(row.words, row)
    return tuple(found.values())


def hides_core(row: CommandRow) -> bool:
    """Whether *row* is, or stands below, a command of the core."""
    begins = [row.words[:length] for length in range(1, len(row.words) + 1)]
    return not row.words or any(row_of(words) for words in begins)


def run(context: click.Context, group: click.Group) -> int:
    """Invoke *group*; what a plugin's command raises is its plugin's fault, and told as that.

    Raises:
        HookFailed: a command of a plugin raised what is no error of ours.
    """
    try:
        status: object = click.Group.invoke(group, context)
    except (OrpheusError, *_CLICKS_OWN):
        raise
    except Exception as error:
        plugin = context.meta.get(_RUNS)
        if plugin is None:
            raise
        from orpheus_core.plugins import in_words

        raise HookFailed(
            f"a command of plugin {plugin} failed",
            why=in_words(error),
            next_step=f"orpheus plugin info {plugin}     says where to report it",
            evidence={"plugin": plugin, "exception_type": type(error).__name__},
        ) from error
    return status if isinstance(status, int) else ExitStatus.OK


def _adapted(command: click.Command) -> click.Command:
    """A copy of *command* that takes the global options, as far as it has no such of its own."""
    adapted = copy.copy(command)
    taken = {name for param in command.params for name in (*param.opts, *param.secondary_opts)}
    adapted.params = [
        *command.params,
        *(option for option in global_options(hidden=True) if not taken & set(option.opts)),
    ]
    adapted.context_settings = {"help_option_names": _HELP_NAMES, **command.context_settings}
    return adapted
