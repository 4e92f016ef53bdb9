"""Whether a plugin can be used, and how it is said that one cannot."""

from __future__ import annotations

from typing import Protocol

from orpheus_core.errors import PluginUnavailable
from orpheus_core.plugins.records import PluginRecord
from orpheus_core.plugins.states import OUT, PluginState

_IN_WORDS = {
    PluginState.INDEXED: "is not loaded",
    PluginState.DISABLED: "is switched off",
    PluginState.BLOCKED: "is known to do harm in this version",
    PluginState.INCOMPATIBLE: "is written for another release",
    PluginState.CONFLICT: "is claimed by several packages",
    PluginState.INVALID_MANIFEST: "has a manifest that does not fit it",
    PluginState.FAILED: "does not work",
}


class _Host(Protocol):
    def activate(self, name: str) -> None: ...
    def record(self, name: str) -> PluginRecord: ...
    def usable(self, name: str) -> bool: ...
    def records(self) -> list[PluginRecord]: ...


def is_out(record: PluginRecord, host: _Host) -> bool:
    """Whether nothing of the plugin of *record* can be used: it is off, or does not load.

    Several may have one id: one that was turned away is out, whoever holds the id.
    """
    return record.state in OUT or not host.usable(record.id)


def unavailable(record: PluginRecord, what: str) -> PluginUnavailable:
    """Return the error for *what*, a noun, which needs the plugin of *record*."""
    off = record.state is PluginState.DISABLED
    command = f"orpheus plugin {'enable' if off else 'info'} {record.id}"
    return PluginUnavailable(
        f"{what} needs plugin {record.id}, which {_IN_WORDS.get(record.state, 'does not work')}",
        why=record.reason,
        done="nothing was sent anywhere",
        next_step=record.hint or command,
        evidence={"plugin": record.id, "state": record.state.value},
    )


def activate(record: PluginRecord, host: _Host, what: str) -> None:
    """Import the plugin of *record*, unless that was done: *what*, a noun, needs it.

    Raises:
        PluginUnavailable: it is out, or cannot be imported.
    """
    if is_out(record, host):
        raise unavailable(record, what)
    try:
        host.activate(record.id)
    except PluginUnavailable as error:
        now = host.record(record.id)
        if is_out(now, host):
            raise unavailable(now, what) from error
        raise  # another thread is at it, and takes too long


def switch_on(host: _Host, plugin: str) -> str:
    """Return the command that switches *plugin* on, when it is off; else an empty text."""
    for record in host.records():
        if record.id == plugin and record.state is PluginState.DISABLED:
            return record.hint or f"orpheus plugin enable {plugin}"
    return ""
