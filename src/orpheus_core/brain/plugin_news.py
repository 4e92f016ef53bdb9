"""Tells of the states of plugins as events. Built-in plugin ``core-plugin-news``."""

from __future__ import annotations

import threading
import traceback

from orpheus_core.brain.bus import EventBus
from orpheus_core.brain.events import Scalar
from orpheus_core.hookspecs import hookimpl
from orpheus_core.plugins import LoadFailure, PluginRecord, PluginState

_LAST_FRAMES = 8
_IMPORTED = (PluginState.ACTIVE, PluginState.FAILED, PluginState.MUTED)

_BEFORE_THE_IMPORT = (None, PluginState.INDEXED, PluginState.REGISTERED)

_LOAD_FAILED = "plugin.load.failed"
_KINDS = {
    PluginState.DISABLED: "plugin.disabled",
    PluginState.BLOCKED: "plugin.blocked",
    PluginState.INCOMPATIBLE: "plugin.api.mismatched",
    PluginState.CONFLICT: "plugin.id.disputed",
    PluginState.INVALID_MANIFEST: "plugin.manifest.refused",
    PluginState.MUTED: "plugin.muted",
}

_Who = tuple[str, str]
"""A plugin's id and its distribution: several may claim one id."""


class PluginNews:
    """Publishes an event when a plugin comes, goes, fails to load or works again.

    That a plugin is known and not imported is no news, nor that one of the core's own came:
    they always do. A hook that fails is an event already.
    """

    def __init__(self, events: EventBus) -> None:
        self._events = events
        self._lock = threading.Lock()
        self._states: dict[_Who, PluginState] = {}
        self._failed: dict[_Who, PluginRecord] = {}
        self._errors: dict[_Who, BaseException] = {}

    @hookimpl
    def orpheus_plugin_state(self, record: PluginRecord) -> None:
        """Publish what became of the plugin."""
        who = record.id, record.distribution
        with self._lock:
            before = self._states.get(who)
            self._states[who] = record.state
            kind = None if record.state is before else _kind(record.state, before)
            error = self._errors.pop(who, None)
            if kind == _LOAD_FAILED and error is None:
                self._failed[who] = record
                return  # `tell_error` follows
        if kind is not None and not (kind == "plugin.loaded" and record.builtin):
            self._publish(kind, record, error)

    def tell_error(self, failure: LoadFailure) -> None:
        """Take what the import of a plugin raised: its state says only what is wrong."""
        who = failure.plugin, failure.distribution
        with self._lock:
            record = self._failed.pop(who, None)
            if record is None and self._states.get(who) in _BEFORE_THE_IMPORT:
                self._errors[who] = failure.error  # its state is told by another thread
        if record is not None:
            self._publish(_LOAD_FAILED, record, failure.error)

    def _publish(self, kind: str, record: PluginRecord, error: BaseException | None) -> None:
        data: dict[str, Scalar] = {
            "distribution": record.distribution,
            "version": record.version,
            "reason": record.reason,
            "hint": record.hint,
        }
        if kind == "plugin.loaded":
            data["took_s"] = record.loaded_in_s
        if kind == _LOAD_FAILED and error is not None:
            data |= trace_of(error)
        self._events.emit(kind, plugin=record.id, data=data)


def _kind(state: PluginState, before: PluginState | None) -> str | None:
    """The kind of event for a change to *state*, if it is one of its own."""
    if state is PluginState.ACTIVE:
        return "plugin.recovered" if before in _IMPORTED else "plugin.loaded"
    if state is PluginState.FAILED:
        return None if before in _IMPORTED else _LOAD_FAILED
    return _KINDS.get(state)


def trace_of(error: BaseException) -> dict[str, Scalar]:
    """The fields of an event that say which exception *error* is, and where it came from."""
    return {
        "exception.type": type(error).__name__,
        "exception.stacktrace": "".join(traceback.format_exception(error)[-_LAST_FRAMES:]),
    }
