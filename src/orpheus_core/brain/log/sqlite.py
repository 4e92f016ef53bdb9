"""Keeps events in a database: ``events.sqlite``, which ``orpheus event`` searches."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path

from orpheus_core.brain.events import Event
from orpheus_core.brain.log.folder import database_in, kept_since, make_private
from orpheus_core.brain.log.sqlite_file import (
    WriteLock,
    classified,
    insert,
    is_damage,
    open_for_writing,
    transaction,
)
from orpheus_core.brain.log.sqlite_rows import microseconds
from orpheus_core.brain.log.sqlite_upkeep import checkpoint, delete_before, give_back, shrink
from orpheus_core.clock import Clock

_MOST_IN_WAL = 1000 * 4096
"""As many pages as SQLite itself lets gather: what changes often is then moved once."""

_WAL_SHARE = 8
"""Of a small log, the WAL takes this part at most before it is emptied."""


class SqliteSink:
    """Writes each batch in one transaction.

    Nothing is opened before the first. Several processes may write to the same database. What
    was written survives the end of the process, however that ends; a power cut may take the
    last seconds. A damaged database is set aside, as ``events.sqlite.damaged``.

    Args:
        keep_days: older events are deleted.
        largest_mb: beyond so many megabytes, the oldest are deleted.
        tell: is told, in words, why a damaged database was set aside.
    """

    name = "event database"
    waited_for = True

    def __init__(
        self,
        folder: Path,
        clock: Clock,
        *,
        keep_days: int = 30,
        largest_mb: int = 50,
        tell: Callable[[Path, str], object] | None = None,
    ) -> None:
        self._folder = folder
        self._database = database_in(folder)
        self._wal = self._database.with_name(f"{self._database.name}-wal")
        self._clock = clock
        self._keep_days = keep_days
        largest_bytes = largest_mb * 1_000_000
        self._most_in_wal = min(_MOST_IN_WAL, largest_bytes // _WAL_SHARE)
        self._largest_bytes = largest_bytes - self._most_in_wal
        self._tell = tell
        self._lock: WriteLock | None = None
        self._connection: sqlite3.Connection | None = None
        self._file_id = 0
        self._tidy_at_bytes = 0

    def write(self, events: Sequence[Event]) -> None:
        """Keep *events*, all or none.

        Raises:
            UnreadableLog: a newer Orpheus wrote the database.
            StorageError: it cannot be written.
        """
        damage = ""
        with classified(self._database):
            if self._lock is None:
                make_private(self._folder)
                self._lock = WriteLock(self._database)
            with self._lock:
                try:
                    self._write(events)
                except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
                    if not is_damage(error):
                        raise
                    damage = str(error)
                    self._set_aside()
                    self._write(events)
        if damage and self._tell is not None:
            self._tell(self._database, damage)

    def close(self) -> None:
        """Let go of the database."""
        if self._connection is not None:
            with classified(self._database):
                self._connection.close()
            self._connection = None

    def _write(self, events: Sequence[Event]) -> None:
        connection = self._opened()
        with transaction(connection):
            insert(connection, events)
        if self._wal_bytes() >= self._tidy_at_bytes:
            self._tidy(connection)

    def _opened(self) -> sqlite3.Connection:
        """The connection to the file that has the name now: somebody may have removed ours."""
        if self._connection is not None:
            if _file_id(self._database) == self._file_id:
                return self._connection
            self.close()
        self._connection = open_for_writing(self._database)
        self._file_id = _file_id(self._database)
        self._tidy_at_bytes = 0
        return self._connection

    def _tidy(self, connection: sqlite3.Connection) -> None:
        """Delete what is too old or too much, and empty the WAL."""
        too_old = microseconds(kept_since(self._clock.now(), self._keep_days))
        with transaction(connection):
            deleted = delete_before(connection, too_old)
            deleted += shrink(connection, self._largest_bytes)
        if deleted:
            give_back(connection)
        checkpoint(connection)
        self._tidy_at_bytes = self._wal_bytes() + self._most_in_wal

    def _wal_bytes(self) -> int:
        try:
            return self._wal.stat().st_size
        except FileNotFoundError:
            return 0

    def _set_aside(self) -> None:
        """Make room for a new database. Other processes see that theirs lost its name."""
        self.close()
        for ending in ("", "-wal"):
            file = self._database.with_name(self._database.name + ending)
            aside = self._database.with_name(f"{self._database.name}.damaged{ending}")
            aside.unlink(missing_ok=True)
            if file.exists():
                file.replace(aside)
        self._database.with_name(f"{self._database.name}-shm").unlink(missing_ok=True)


def _file_id(path: Path) -> int:
    try:
        return path.stat().st_ino
    except FileNotFoundError:
        return 0
