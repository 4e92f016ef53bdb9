"""Checks that need what only the command line knows: built-in plugin ``core-line-checks``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from orpheus_core.app import Orpheus
from orpheus_core.brain import Check, Finding, Severity
from orpheus_core.cli.command_table import CommandRow
from orpheus_core.cli.installed import found_plugins
from orpheus_core.cli.opening import name_of
from orpheus_core.cli.plugin_commands import hides_core
from orpheus_core.delivery.graph import order_of
from orpheus_core.delivery.planner import stage_claims
from orpheus_core.errors import OrpheusError, PluginError
from orpheus_core.hookspecs import hookimpl
from orpheus_core.plugins import PluginRecord, PluginState
from orpheus_core.plugins.deep_import import DeepImport, Outcome, deep_import
from orpheus_core.plugins.hints import install_again, repair
from orpheus_core.plugins.index import FoundPlugin

_MOST_PRINTED = 200
_NOT_IMPORTED = (PluginState.DISABLED, PluginState.BLOCKED, PluginState.INCOMPATIBLE)


class LineChecks:
    """Looks at commands, at the order of stages, and, when asked to, at imports.

    Args:
        limit_s: how long the import of one plugin may take; None: none is imported.
        begins: told of each plugin before it is imported in its child.
    """

    def __init__(self, app: Orpheus, limit_s: float | None, begins: Callable[[str], None]) -> None:
        self._app = app
        self._limit_s = limit_s
        self._begins = begins

    @hookimpl
    def orpheus_checks(self) -> Sequence[Check]:
        """Look at what plugins claim, and import each by itself if that was asked for."""
        checks = [
            Check(
                id="plugins.commands",
                title="their commands can be typed",
                run=lambda _: list(self._commands()),
            ),
            Check(
                id="plugins.stages",
                title="their stages are in order",
                run=lambda _: list(self._stages()),
            ),
        ]
        if (limit_s := self._limit_s) is not None:
            imports = Check(
                id="plugins.imports",
                title="each can be imported by itself",
                run=lambda _: list(self._imports(limit_s)),
            )
            checks.append(imports)
        return checks

    def _commands(self) -> Iterator[Finding]:
        owners: dict[tuple[str, ...], PluginRecord] = {}
        for record in self._app.plugins.records():
            for info in record.manifest.commands if record.manifest else ():
                row = CommandRow(info.words, "", info.help, info.section, record.id)
                words = " ".join(info.words)
                if hides_core(row):
                    yield _unreachable(record, words, "the core has it")
                elif info.words in owners:
                    holder = owners[info.words]
                    yield _unreachable(record, words, f"plugin {holder.id} has it")
                else:
                    owners[info.words] = record

    def _stages(self) -> Iterator[Finding]:
        from orpheus_core.cli.commands.plugin_order import unknown_text

        try:
            order = order_of(stage_claims(self._app.plugins))
        except PluginError as error:
            yield of_error(error)
            return
        for found in order.unknown:
            yield Finding(severity=Severity.INFO, message=unknown_text(found))

    def _imports(self, limit_s: float) -> Iterator[Finding]:
        found = {(each.id, each.distribution): each for each in found_plugins(self._app)}
        for record in self._app.plugins.records():
            plugin = found.get((record.id, record.distribution))
            if record.builtin or plugin is None or not plugin.value:
                continue
            if record.state not in _NOT_IMPORTED:
                self._begins(record.id)
                result = deep_import(plugin.value, limit_s=limit_s)
                yield from _of_import(record, plugin, result, limit_s)


def _of_import(
    record: PluginRecord, plugin: FoundPlugin, result: DeepImport, limit_s: float
) -> Iterator[Finding]:
    """What is wrong with the import of one plugin."""
    name = f"{name_of(record)}: plugin {record.id}"
    mend = repair(record, plugin.report_to)
    if result.outcome is Outcome.RAISED:
        is_missing = result.error.startswith(("ModuleNotFoundError", "ImportError"))
        yield Finding(
            severity=Severity.ERROR,
            message=f"{name} cannot be imported",
            why=result.error,
            next_step=install_again(record, plugin.report_to) if is_missing else mend,
        )
    elif result.outcome is Outcome.ENDED:
        yield Finding(
            severity=Severity.ERROR,
            message=f"{name} ends the whole process when it is imported",
            why=f"the process ended with status {result.exit_status}",
            next_step=mend,
        )
    elif result.outcome is Outcome.HUNG:
        yield Finding(
            severity=Severity.ERROR,
            message=f"{name} did not finish importing within {limit_s:g} s",
            why="its import waits for something, or does work that belongs elsewhere",
            next_step=mend,
        )
    if result.replaced:
        yield Finding(
            severity=Severity.ERROR,
            message=f"{name} replaces functions of others when it is imported",
            why=", ".join(result.replaced),
            next_step=mend,
        )
    if result.printed:
        yield Finding(
            severity=Severity.WARNING,
            message=f"{name} prints to the standard output when it is imported",
            why=" ".join(result.printed[:_MOST_PRINTED].split()),
            next_step=mend,
        )


def of_error(error: OrpheusError) -> Finding:
    """Return the finding that says what *error* says."""
    return Finding(
        severity=Severity.ERROR,
        message=error.title,
        why=error.why,
        next_step=error.next_step,
    )


def _unreachable(record: PluginRecord, words: str, why: str) -> Finding:
    return Finding(
        severity=Severity.WARNING,
        message=f"{name_of(record)}: its command orpheus {words} cannot be reached",
        why=why,
        next_step=repair(record),
    )
