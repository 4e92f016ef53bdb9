"""Keeps events in text files: ``events-….jsonl``, a CloudEvent a line, for other programs."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path

from orpheus_core.brain.event_json import line_of
from orpheus_core.brain.events import Event
from orpheus_core.brain.log.folder import (
    OWN_FILE,
    TextFile,
    kept_since,
    make_private,
    narrow,
    text_files_in,
)
from orpheus_core.clock import Clock
from orpheus_core.errors import FileInUse, StorageError, TargetGone
from orpheus_core.storage import Storage, WritableFile

ROTATE_BYTES = 8_000_000
ROTATE_AFTER = datetime.timedelta(days=1)

_FILES_OF_A_SMALL_LOG = 4


class JsonlSink:
    """Appends each batch to a file that this process alone writes, and fsyncs it once.

    So no line is ever mixed with another process's, and what was written survives a power cut.
    Of a batch that was being written then, some lines may be there, the last one torn. A file
    is followed by the next after 8 MB (of a small log, a quarter of its bound), or a day.

    Args:
        keep_days: files that hold only older events are deleted.
        largest_mb: beyond so many megabytes in all, the oldest files are deleted.
    """

    name = "event text files"
    waited_for = True

    def __init__(
        self,
        folder: Path,
        clock: Clock,
        storage: Storage,
        *,
        keep_days: int = 30,
        largest_mb: int = 50,
    ) -> None:
        self._folder = folder
        self._clock = clock
        self._storage = storage
        self._keep_days = keep_days
        self._largest_bytes = largest_mb * 1_000_000
        self._rotate_bytes = min(ROTATE_BYTES, self._largest_bytes // _FILES_OF_A_SMALL_LOG)
        self._current: TextFile | None = None
        self._file: WritableFile | None = None
        self._written_bytes = 0

    def write(self, events: Sequence[Event]) -> None:
        """Keep *events*, all or none.

        Raises:
            StorageError: they cannot be written.
        """
        lines = b"".join(map(line_of, events))
        file = self._file_with_room(len(lines))
        try:
            file.write(lines)
            file.fsync()
        except StorageError as error:
            self._give_up(error)
            raise
        self._written_bytes += len(lines)

    def close(self) -> None:
        """Let go of the file."""
        file, self._file = self._file, None
        if file is not None:
            file.close()

    def _file_with_room(self, size_bytes: int) -> WritableFile:
        now = self._clock.now()
        if self._file is not None and self._current is not None:
            is_large = self._written_bytes + size_bytes > self._rotate_bytes
            # A clock that went back does not keep a file open for ever.
            is_old = abs(now - self._current.begun) >= ROTATE_AFTER
            if not (is_large or is_old) and self._storage.exists(self._current.path):
                return self._file
            self.close()
        return self._begin(now)

    def _begin(self, now: datetime.datetime) -> WritableFile:
        if self._storage.exists(self._folder):
            narrow(self._folder)
        else:
            make_private(self._folder)
            self._storage.fsync_folder(self._folder.parent)
        self._prune(now)
        if self._current is not None:  # files are read in the order of their names
            now = max(now, self._current.begun + datetime.timedelta(microseconds=1))
        self._current = TextFile.new(self._folder, now)
        self._file = self._storage.create(self._current.path, mode=OWN_FILE)
        self._written_bytes = 0
        self._storage.fsync_folder(self._folder)
        return self._file

    def _give_up(self, error: StorageError) -> None:
        """Cut off what was written of a batch that failed: it is handed over again.

        The file is left: after a failure its disk may lie about it. An empty one is removed, or
        a disk that stays full would gather one for each try.
        """
        try:
            self.close()
            if self._current is not None and not self._written_bytes:
                self._storage.unlink(self._current.path)
            elif self._current is not None:
                with self._storage.resume(self._current.path, at=self._written_bytes) as file:
                    file.fsync()
        except StorageError as failure:
            error.add_note(f"some of the events may be twice in the log: {failure.title}")

    def _prune(self, now: datetime.datetime) -> None:
        """Delete the files that are too old, and the oldest until there is room for a new one."""
        since = kept_since(now, self._keep_days)
        files = text_files_in(self._folder)
        total_bytes = sum(file.size_bytes() for file in files)
        for file in files:
            is_old = file.begun + ROTATE_AFTER < since
            if not is_old and total_bytes + self._rotate_bytes <= self._largest_bytes:
                break
            size_bytes = file.size_bytes()
            try:
                self._storage.unlink(file.path)
            except (FileInUse, TargetGone):  # another process's, or gone already
                continue
            total_bytes -= size_bytes
