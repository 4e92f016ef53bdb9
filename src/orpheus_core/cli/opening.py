"""Opens the application for a command, and names the plugins that do not work."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from orpheus_core.app import Orpheus
from orpheus_core.cli.command_news import told
from orpheus_core.cli.failures import five_lines, mark
from orpheus_core.cli.invocation import Invocation
from orpheus_core.cli.told import Told
from orpheus_core.errors import (
    HookFailed,
    InvalidPluginManifest,
    OrpheusError,
    PluginError,
    PluginLoadFailed,
    PluginUnavailable,
)
from orpheus_core.plugins import PluginRecord, PluginState

_ERRORS: dict[PluginState, type[PluginError]] = {
    PluginState.FAILED: PluginLoadFailed,
    PluginState.MUTED: HookFailed,
    PluginState.INVALID_MANIFEST: InvalidPluginManifest,
    PluginState.CONFLICT: PluginUnavailable,
    PluginState.INCOMPATIBLE: PluginUnavailable,
    PluginState.BLOCKED: PluginUnavailable,
}
"""The states that nobody has chosen."""


@contextlib.contextmanager
def opened(
    invocation: Invocation,
    config: Mapping[str, object] | None = None,
    *,
    home: Path | None = None,
    warn: bool = True,
    eager: bool = True,
    reserve_output: bool = True,
) -> Iterator[Orpheus]:
    """Yield an open application; at the end, say which plugins were left out and why.

    Args:
        warn: False for a command whose result names them anyway.
        eager: whether plugins that have no manifest are imported at once, and the command is
            told of as events.
        reserve_output: False for a command of a plugin, whose own the standard output is.

    Raises:
        ConfigError: the settings cannot be read.
    """
    reserved = reserved_output() if reserve_output else contextlib.nullcontext()
    with reserved:
        app = Orpheus(home=home, config=config, eager=eager)
        invocation.output.redact = app.redactor.clean
        invocation.broken_plugins = lambda: broken_plugins(app)
        failure: BaseException | None = None
        at_work = told(invocation, app.brain.events) if eager else contextlib.nullcontext()
        try:
            with at_work:
                yield app
        except BaseException as error:
            failure = error
            raise
        finally:
            if warn and not invocation.json:
                _warn(invocation, app, failure)
            if not invocation.abandoned:
                _hear_last_words(invocation, app)
                app.close()


def _hear_last_words(invocation: Invocation, app: Orpheus) -> None:
    """Show what plugins say while they let go, when no progress is shown any more."""
    if invocation.json or invocation.quiet:
        return
    from orpheus_core.cli.progress.board import said

    app.brain.events.subscribe(
        lambda event: invocation.output.say(said(event)), kinds=["plugin.said"], name="last words"
    )


@contextlib.contextmanager
def reserved_output() -> Iterator[None]:
    """Keep the standard output for results: what anybody prints meanwhile goes the other way."""
    with contextlib.redirect_stdout(sys.stderr):
        yield


def is_broken(record: PluginRecord) -> bool:
    """Whether the plugin is left out, or failed at work, and nobody wanted that."""
    return record.state in _ERRORS


def was_broken(record: PluginRecord) -> bool:
    """Whether the plugin failed in an earlier process, and its code is still the same."""
    return bool(record.reason) and record.state in (PluginState.INDEXED, PluginState.REGISTERED)


def name_of(record: PluginRecord) -> str:
    """Return what a person knows the plugin by: its package and version, else its id."""
    return f"{record.distribution or record.id} {record.version}".rstrip()


def broken_plugins(app: Orpheus) -> list[OrpheusError]:
    """Return one error for each plugin that does not work, with the reason."""
    return [_error(record) for record in app.plugins.records() if is_broken(record)]


def _error(record: PluginRecord) -> PluginError:
    kind = _ERRORS[record.state]
    worked = record.state is PluginState.FAILED and record.loaded_in_s is not None
    if worked:
        kind = HookFailed
    what = "a part of {} failed" if kind is HookFailed else "{} was left out"
    return kind(
        f"{what.format(name_of(record))} (plugin {record.id})",
        why=record.reason,
        done="everything else works",
        next_step=record.hint or f"orpheus plugin disable {record.id}     stops this message",
        evidence={"plugin": record.id},
    )


def _warn(invocation: Invocation, app: Orpheus, failure: BaseException | None) -> None:
    """Warn of each plugin that does not work: once a day, unless it is what the command needed.

    What the command itself ends with is not said twice.
    """
    records = [record for record in app.plugins.records() if is_broken(record)]
    if isinstance(failure, PluginError):
        records = [each for each in records if each.id != failure.evidence.get("plugin")]
    if records:
        told = Told(app.home.state, app.storage, app.clock)
        always = invocation.verbose or isinstance(failure, PluginError)
        due = [record for record in records if always or told.is_due(_said(record))]
        for record in due:
            _show(invocation, record)
        if due:
            told.note(map(_said, due))
    if invocation.verbose:
        _show_traces(invocation, app)


def _said(record: PluginRecord) -> str:
    return f"{record.id}@{record.distribution} {record.version} {record.state}: {record.reason}"


def _show(invocation: Invocation, record: PluginRecord) -> None:
    invocation.terminal()
    error = _error(record)
    lines = five_lines(error, level="warning")
    invocation.output.say(*lines, style="note", mark=mark(error, "warning"))


def _show_traces(invocation: Invocation, app: Orpheus) -> None:
    for event in app.brain.situation().recent:
        trace = event.data.get("exception.stacktrace")
        if event.kind.startswith("plugin.") and isinstance(trace, str):
            invocation.output.say(*trace.rstrip("\n").split("\n"))
