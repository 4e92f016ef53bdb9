"""The sinks that the core brings: plugins ``core-log-sqlite`` and ``core-log-jsonl``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import attrs

from orpheus_core.brain.bus import EventBus
from orpheus_core.brain.log.sink import EventSink
from orpheus_core.clock import Clock
from orpheus_core.config import EventSettings
from orpheus_core.hookspecs import hookimpl
from orpheus_core.storage import Storage


@attrs.frozen(kw_only=True)
class LogSettings:
    """What the sinks are made of: the settings, their *folder*, what they see of the world."""

    settings: EventSettings
    folder: Path
    events: EventBus
    clock: Clock
    storage: Storage


class SqliteLog:
    """Keeps events in a database, unless ``events.sqlite`` is off."""

    def __init__(self, log: LogSettings) -> None:
        self._log = log

    @hookimpl
    def orpheus_event_sinks(self) -> Sequence[EventSink]:
        """Bring the database."""
        log = self._log
        if not log.settings.sqlite:
            return []
        from orpheus_core.brain.log.sqlite import SqliteSink

        sink = SqliteSink(
            log.folder,
            log.clock,
            keep_days=log.settings.keep_days,
            largest_mb=log.settings.largest_mb,
            tell=self._tell_damage,
        )
        return [sink]

    def _tell_damage(self, file: Path, reason: str) -> None:
        self._log.events.emit(
            "system.state.damaged",
            plugin="core-log-sqlite",
            data={"file.path": str(file), "reason": reason, "set_aside": f"{file.name}.damaged"},
        )


class JsonlLog:
    """Keeps events in text files, if ``events.jsonl`` is on."""

    def __init__(self, log: LogSettings) -> None:
        self._log = log

    @hookimpl
    def orpheus_event_sinks(self) -> Sequence[EventSink]:
        """Bring the text files."""
        log = self._log
        if not log.settings.jsonl:
            return []
        from orpheus_core.brain.log.jsonl import JsonlSink

        sink = JsonlSink(
            log.folder,
            log.clock,
            log.storage,
            keep_days=log.settings.keep_days,
            largest_mb=log.settings.largest_mb,
        )
        return [sink]


def log_plugins(log: LogSettings) -> dict[str, object]:
    """Return the plugins, by id."""
    return {"core-log-jsonl": JsonlLog(log), "core-log-sqlite": SqliteLog(log)}
