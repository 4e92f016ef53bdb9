"""The event log of one job, kept in its work folder until the manifest takes it over."""

from __future__ import annotations

import contextlib
import json
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

import attrs

from orpheus_core.brain import Event, EventBus, Severity
from orpheus_core.delivery.manifest import EventEntry, event_entry
from orpheus_core.errors import StorageError
from orpheus_core.storage import Storage, WritableFile

_KEPT_BELOW_INFO = ("stage.finished", "transfer.finished")


class JobLog:
    """Writes each event of a job as one line of JSON, after those of an earlier run.

    A line that the disk refuses is kept, and tried again at each event, so that a moment's
    trouble leaves no hole. The first refusal is raised: the bus makes an event of it.
    """

    def __init__(self, storage: Storage, path: Path, bus: EventBus, correlation_id: str) -> None:
        self._storage = storage
        self._path = path
        self._bus = bus
        self._correlation_id = correlation_id
        self._lock = threading.Lock()
        self._file: WritableFile | None = None
        self._length = 0
        self._unwritten = b""
        self._is_refused = False

    def __enter__(self) -> Self:
        if self._storage.exists(self._path):
            self._length = len(_whole_lines(self._storage.read_bytes(self._path)))
        self._open()
        self._subscription = self._bus.subscribe(
            self._write, correlation_id=self._correlation_id, name="the job's log"
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._subscription.cancel()
        with self._lock:
            # Whatever the disk refuses here was told when it began, and stands in no manifest.
            with contextlib.suppress(StorageError):
                self._flush()
            self._close()

    def _write(self, event: Event) -> None:
        line = _line(event)
        with self._lock:
            self._unwritten += line
            was_refused, self._is_refused = self._is_refused, True
            try:
                self._flush()
            except StorageError:
                # Raised each time, it would silence the log for good.
                if not was_refused:
                    raise
            else:
                self._is_refused = False

    def _flush(self) -> None:
        """Write what is not written; when that fails, nothing of it counts as written."""
        if not self._unwritten:
            return
        file = self._file or self._open()
        try:
            file.write(self._unwritten)
        except StorageError:
            self._close()  # half a line may be there: opening it again cuts that off
            raise
        self._length += len(self._unwritten)
        self._unwritten = b""

    def _open(self) -> WritableFile:
        self._file = self._storage.resume(self._path, at=self._length)
        return self._file

    def _close(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            with contextlib.suppress(StorageError):  # it has nothing to say that a write had not
                file.close()


def _line(event: Event) -> bytes:
    """Return what the log holds of *event*: nothing where it is no news."""
    if event.severity < Severity.INFO and event.kind not in _KEPT_BELOW_INFO:
        return b""
    entry = EventEntry(
        time=event.time.isoformat(timespec="milliseconds"),
        kind=event.kind,
        severity=event.severity.name.lower(),
        subject=event.subject,
        error_type=event.error_type,
        data=dict(event.data),
    )
    text = json.dumps(attrs.asdict(entry), ensure_ascii=False)
    return text.encode("utf-8", "surrogatepass") + b"\n"


def read_log(path: Path, storage: Storage) -> tuple[EventEntry, ...]:
    """Return every event that the log at *path* holds."""
    if not storage.exists(path):
        return ()
    lines = _whole_lines(storage.read_bytes(path)).splitlines()
    return tuple(event_entry(line) for line in lines)


def _whole_lines(content: bytes) -> bytes:
    """Leave out a last line that a kill cut off, and what follows a damaged one."""
    kept = 0
    for line in content.splitlines(keepends=True):
        try:
            event_entry(line)
        except ValueError:
            break
        if not line.endswith(b"\n"):
            break
        kept += len(line)
    return content[:kept]
