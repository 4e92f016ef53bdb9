"""The event log of one job, kept in its work folder until the manifest takes it over."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

import attrs

from orpheus_core.brain import Event, EventBus, Severity
from orpheus_core.delivery.manifest import EventEntry
from orpheus_core.storage import Storage, WritableFile

_KEPT_BELOW_INFO = ("stage.finished", "transfer.finished")


class JobLog:
    """Writes each event of a job as one line of JSON, after those of an earlier run."""

    def __init__(self, storage: Storage, path: Path, bus: EventBus, correlation_id: str) -> None:
        kept = _whole_lines(storage.read_bytes(path)) if storage.exists(path) else b""
        self._file: WritableFile = storage.resume(path, at=len(kept))
        self._lock = threading.Lock()
        self._subscription = bus.subscribe(
            self._write, correlation_id=correlation_id, name="the job's log"
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._subscription.cancel()
        self._file.close()

    def _write(self, event: Event) -> None:
        if event.severity < Severity.INFO and event.kind not in _KEPT_BELOW_INFO:
            return
        entry = EventEntry(
            time=event.time.isoformat(timespec="milliseconds"),
            kind=event.kind,
            severity=event.severity.name.lower(),
            subject=event.subject,
            error_type=event.error_type,
            data=dict(event.data),
        )
        line = json.dumps(attrs.asdict(entry), ensure_ascii=False)
        with self._lock:
            self._file.write(line.encode("utf-8", "surrogatepass") + b"\n")


def read_log(path: Path, storage: Storage) -> tuple[EventEntry, ...]:
    """Return every event that the log at *path* holds."""
    if not storage.exists(path):
        return ()
    return tuple(_entry(line) for line in _whole_lines(storage.read_bytes(path)).splitlines())


def _whole_lines(content: bytes) -> bytes:
    """Leave out a last line that a kill cut off, and what follows a damaged one."""
    kept = 0
    for line in content.splitlines(keepends=True):
        try:
            _entry(line)
        except (ValueError, TypeError):
            break
        if not line.endswith(b"\n"):
            break
        kept += len(line)
    return content[:kept]


def _entry(line: bytes) -> EventEntry:
    return EventEntry(**json.loads(line))
