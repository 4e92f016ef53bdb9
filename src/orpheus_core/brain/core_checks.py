"""What the core itself has looked at by ``orpheus doctor``. Built-in plugin ``core-checks``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from orpheus_core.brain.checks import Check, Finding
from orpheus_core.brain.events import Severity
from orpheus_core.hookspecs import hookimpl
from orpheus_core.plugins import PluginHost, PluginRecord, PluginState
from orpheus_core.plugins.requirements import unmet_requirements
from orpheus_core.version import VERSION

_OURS = "orpheus-core"
_SEVERITIES = {
    PluginState.FAILED: Severity.ERROR,
    PluginState.INVALID_MANIFEST: Severity.ERROR,
    PluginState.CONFLICT: Severity.ERROR,
    PluginState.INCOMPATIBLE: Severity.ERROR,
    PluginState.BLOCKED: Severity.ERROR,
    PluginState.MUTED: Severity.WARNING,
    PluginState.DISABLED: Severity.INFO,
}
_WAITING = (PluginState.INDEXED, PluginState.REGISTERED)


class CoreChecks:
    """Looks at the installation and at the plugins; imports none of them."""

    def __init__(self, plugins: PluginHost) -> None:
        self._plugins = plugins

    @hookimpl
    def orpheus_checks(self) -> Sequence[Check]:
        """Look at what is installed, and at the state of each plugin."""
        import platform

        there = len([each for each in self._plugins.records() if not each.builtin])
        python = platform.python_version()
        return [
            Check(
                id="install.requirements",
                title=f"orpheus-core {VERSION}, Python {python}, all that it needs is there",
                run=lambda _: list(_missing(_OURS, "Orpheus")),
            ),
            Check(
                id="plugins.states",
                title=f"{there} plugin{'' if there == 1 else 's'} installed",
                run=lambda _: [
                    finding for each in self._plugins.records() for finding in _of(each)
                ],
            ),
            Check(
                id="plugins.requirements",
                title="all that they need is there",
                run=lambda _: list(self._missing()),
            ),
        ]

    def _missing(self) -> Iterator[Finding]:
        owners = {
            record.distribution: record.id
            for record in self._plugins.records()
            if not record.builtin and record.state is not PluginState.DISABLED
        }
        owners.pop(_OURS, None)
        for distribution in filter(None, owners):
            yield from _missing(distribution, distribution)


def _of(record: PluginRecord) -> Iterator[Finding]:
    """What the state of one plugin says."""
    name = f"{record.distribution or record.id} {record.version}".rstrip()
    severity = _SEVERITIES.get(record.state)
    if severity is not None:
        yield Finding(
            severity=severity,
            message=f"{name}: plugin {record.id} is {record.state.value}",
            why=record.reason,
            next_step=record.hint,
        )
    elif record.reason and record.state in _WAITING:
        yield Finding(
            severity=Severity.ERROR,
            message=f"{name}: plugin {record.id} failed when it was last used",
            why=record.reason,
            next_step=record.hint,
        )
    elif record.manifest is None and record.distribution and not record.builtin:
        yield Finding(
            severity=Severity.INFO,
            message=f"{name}: plugin {record.id} has no manifest, so it is imported at each start",
            next_step=f"orpheus plugin manifest {record.id} --write",
        )


def _missing(distribution: str, who: str) -> Iterator[Finding]:
    for unmet in unmet_requirements(distribution):
        yield Finding(
            severity=Severity.WARNING if unmet.installed else Severity.ERROR,
            message=f"{who} does not find what it needs",
            why=str(unmet),
            next_step=f"pip install --upgrade {distribution}",
        )
