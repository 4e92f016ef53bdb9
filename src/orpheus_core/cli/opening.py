"""Opens the application for a command, and names the plugins that do not work."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from orpheus_core.app import Orpheus
from orpheus_core.cli.failures import five_lines, mark
from orpheus_core.cli.invocation import Invocation
from orpheus_core.errors import HookFailed, OrpheusError, PluginError, PluginLoadFailed
from orpheus_core.plugins import PluginRecord, PluginState

_BROKEN = {PluginState.FAILED, PluginState.CONFLICT, PluginState.MUTED}


@contextlib.contextmanager
def opened(
    invocation: Invocation,
    config: Mapping[str, object] | None = None,
    *,
    home: Path | None = None,
    warn: bool = True,
) -> Iterator[Orpheus]:
    """Yield an open application; at the end, say which plugins were left out and why.

    Args:
        warn: False for a command whose result names them anyway.

    Raises:
        ConfigError: the settings cannot be read.
    """
    app = Orpheus(home=home, config=config)
    invocation.output.redact = app.redactor.clean
    invocation.broken_plugins = lambda: broken_plugins(app)
    try:
        yield app
    finally:
        if warn and not invocation.json:
            _warn(invocation, app)
        if not invocation.abandoned:
            app.close()


def broken_plugins(app: Orpheus) -> list[OrpheusError]:
    """Return one error for each plugin that does not work, with the reason."""
    return [_error(app, record) for record in app.plugins.records() if record.state in _BROKEN]


def _error(app: Orpheus, record: PluginRecord) -> PluginError:
    name = f"{record.distribution or record.id} {record.version}".rstrip()
    loaded = bool(record.hooks)
    kind, what = (
        (HookFailed, f"a part of {name} failed")
        if loaded
        else (PluginLoadFailed, f"{name} was left out")
    )
    return kind(
        f"{what} (plugin {record.id})",
        why=record.reason,
        done="everything else works",
        next_step=f'report it to its author; plugins.disabled = ["{record.id}"] in '
        f"{app.home.settings_file} leaves it out without this message",
    )


def _warn(invocation: Invocation, app: Orpheus) -> None:
    invocation.terminal()
    for error in broken_plugins(app):
        lines = five_lines(error, level="warning")
        invocation.output.say(*lines, style="note", mark=mark(error, "warning"))
    if invocation.verbose:
        for event in app.brain.situation().recent:
            trace = event.data.get("exception_stacktrace")
            if event.kind.startswith("plugin.") and isinstance(trace, str):
                invocation.output.say(*trace.rstrip("\n").split("\n"))
