"""The database of events: its schema, and how it is opened, safely by several processes.

Versions of SQLite before 3.51.3 (3.50.7, 3.44.6) may damage a database in WAL mode when one
connection commits at the instant in which another makes a checkpoint. So SQLite makes none by
itself here, and whoever writes, be it a batch or a checkpoint, holds `WriteLock`, a lock of the
kernel: no commit can meet a checkpoint. (SQLite's own checkpoint when the last connection
closes is safe: it needs the file for itself.) Nothing else may open the database's file: on
POSIX systems the locks of a process on a file end when it closes any descriptor of it.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from orpheus_core.brain.events import Event
from orpheus_core.brain.log.folder import OWN_FILE, keep_from_others
from orpheus_core.brain.log.sqlite_rows import (
    COLUMNS,
    ROWS_AT_ONCE,
    Row,
    insert_of,
    rows_of,
    storable,
)
from orpheus_core.errors import (
    DiskFailing,
    DiskFull,
    FileInUse,
    NoPermission,
    OrpheusError,
    StorageError,
    StorageFailed,
    UnreadableLog,
)
from orpheus_core.storage import storage_error

WAIT_S = 5.0
"""How long a process waits for another that writes to the same database."""

_POLL_S = 0.005
_INSERT_ONE, _INSERT_SEVERAL = insert_of(1), insert_of(ROWS_AT_ONCE)

_MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """
        CREATE TABLE events (
            id TEXT NOT NULL PRIMARY KEY,
            time_us INTEGER NOT NULL,
            kind TEXT NOT NULL,
            severity INTEGER NOT NULL,
            service TEXT,
            plugin TEXT,
            subject TEXT,
            correlation_id TEXT,
            cause_id TEXT,
            error_type TEXT,
            data TEXT NOT NULL,
            source TEXT NOT NULL,
            run_id TEXT NOT NULL,
            seq INTEGER NOT NULL,
            mono_ns INTEGER NOT NULL
        )
        """,
        "CREATE INDEX events_time ON events (time_us)",
        "CREATE INDEX events_kind ON events (kind)",
        "CREATE INDEX events_service ON events (service) WHERE service IS NOT NULL",
        "CREATE INDEX events_correlation ON events (correlation_id)",
    ),
)
"""What makes version 1 of nothing, version 2 of version 1, and so on."""

_ANEW = "move it elsewhere, or delete it: the next run begins a new one"
_NEWER = "use the newer Orpheus that wrote it, or keep this one's state elsewhere: ORPHEUS_HOME"


class Damage(sqlite3.DatabaseError):
    """The file is a database in which SQLite finds nothing wrong, but no log of events."""


class WriteLock:
    """Keeps every other writer away, in this process and in others, while inside.

    Raises:
        FileInUse: another one writes, and does not come to an end.
        StorageError: the lock cannot be written.
    """

    def __init__(self, database: Path) -> None:
        import filelock

        self._path = database.with_suffix(".lock")
        self._busy = filelock.Timeout
        self._lock = filelock.FileLock(
            self._path, timeout=WAIT_S, mode=OWN_FILE, thread_local=False
        )

    def __enter__(self) -> Self:
        try:
            self._lock.acquire(poll_interval=_POLL_S)
        except self._busy:
            raise FileInUse(
                "another orpheus is writing to the log of events",
                why=f"it has held {self._path} for more than {WAIT_S:g} seconds",
            ) from None
        except OSError as error:
            raise storage_error(error, self._path) from error
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._lock.release()


def open_for_writing(database: Path) -> sqlite3.Connection:
    """Open *database*, make it where there is none, and bring it up to date.

    The caller holds the `WriteLock`.

    Raises:
        UnreadableLog: a newer Orpheus wrote it; it is left as it is.
        sqlite3.Error: it is damaged, or the system refused.
    """
    _make_private_file(database)
    _refuse_newer(database)
    connection = sqlite3.connect(
        database, timeout=WAIT_S, isolation_level=None, check_same_thread=False
    )
    with _closed_on_error(connection):
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")  # before the first table
        connection.execute("PRAGMA journal_mode = WAL")
        # A power cut may cost the last commits, never more: this log guards nothing.
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        _migrate(connection)
    return connection


def open_for_reading(database: Path) -> sqlite3.Connection | None:
    """Open *database*, or return None where nothing is in it.

    The connection may make SQLite's own files beside the database: they tell writers of
    readers, and go when the last one closes.

    Raises:
        UnreadableLog: it is damaged, or a newer Orpheus wrote it.
        StorageError: the system refused.
    """
    with classified(database):
        try:
            _refuse_newer(database)
            connection = sqlite3.connect(
                f"{database.absolute().as_uri()}?mode=rw",
                uri=True,
                timeout=WAIT_S,
                isolation_level=None,
                check_same_thread=False,
            )
            with _closed_on_error(connection):
                connection.execute("PRAGMA query_only = 1")
                with transaction(connection, "DEFERRED"):  # a writer may just make the table
                    _check_table(connection)
                    is_empty = not version_of(connection)
        except sqlite3.OperationalError:
            if database.exists():
                raise
            return None
        if is_empty:  # its writer is about to begin
            connection.close()
            return None
        return connection


def write_new_database(file: Path, batches: Iterable[Sequence[Event]]) -> None:
    """Write a database of *batches* to *file*, which must not exist.

    Raises:
        StorageError: it cannot be written.
    """
    with classified(file):
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, OWN_FILE))
        connection = sqlite3.connect(file, isolation_level=None)
        with contextlib.closing(connection):
            connection.execute("PRAGMA journal_mode = OFF")  # nobody sees the file before its end
            connection.execute("PRAGMA synchronous = FULL")
            _migrate(connection)
            with transaction(connection):
                for batch in batches:
                    insert(connection, batch)


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection, kind: str = "IMMEDIATE") -> Iterator[None]:
    """Commit what is done while inside, all or nothing of it; all reading is of one moment."""
    connection.execute(f"BEGIN {kind}")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # some errors end it by themselves
            connection.execute("ROLLBACK")
        raise


def insert(connection: sqlite3.Connection, events: Sequence[Event]) -> None:
    """Add *events*; those that are there already stay as they are."""
    rows = rows_of(events)
    try:
        _insert_rows(connection, rows)
    except UnicodeEncodeError:
        _insert_rows(connection, [storable(row) for row in rows])


def _insert_rows(connection: sqlite3.Connection, rows: Sequence[Row]) -> None:
    whole = len(rows) - len(rows) % ROWS_AT_ONCE
    for start in range(0, whole, ROWS_AT_ONCE):
        values = itertools.chain.from_iterable(rows[start : start + ROWS_AT_ONCE])
        connection.execute(_INSERT_SEVERAL, tuple(values))
    connection.executemany(_INSERT_ONE, rows[whole:])


def version_of(connection: sqlite3.Connection) -> int:
    """Return the version of the schema; 0 while there is none."""
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version


def is_damage(error: BaseException) -> bool:
    """Whether *error* says that the file is no database, one that is torn, or no log."""
    if isinstance(error, Damage | UnicodeDecodeError):  # such a text, in the schema
        return True
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:  # such a text, in a row: an error of Python's own module
        return isinstance(error, sqlite3.OperationalError)
    return code & _PRIMARY in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


@contextlib.contextmanager
def classified(database: Path) -> Iterator[None]:
    """Turn the errors of SQLite and of the system, while inside, into those of our tree."""
    try:
        yield
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise _named(error, database) from error
    except OSError as error:
        raise storage_error(error, database) from error


# --- inside ---------------------------------------------------------------------------------

_PRIMARY = 0xFF
"""The part of an error's code that says what it is; the rest says where it arose."""

_NO_SPACE = (DiskFull, "no space is left on this disk")
_BY_CODE: dict[int, tuple[type[StorageError], str]] = {
    sqlite3.SQLITE_FULL: _NO_SPACE,
    sqlite3.SQLITE_IOERR_SHMSIZE: _NO_SPACE,  # not even for the file that readers need
    sqlite3.SQLITE_IOERR: (DiskFailing, "the disk reports errors"),
    sqlite3.SQLITE_BUSY: (FileInUse, "another program is writing to it"),
    sqlite3.SQLITE_LOCKED: (FileInUse, "another part of this program is writing to it"),
    sqlite3.SQLITE_PERM: (NoPermission, "this user has no permission for it"),
    sqlite3.SQLITE_READONLY: (NoPermission, "this user has no permission for it"),
    sqlite3.SQLITE_CANTOPEN: (NoPermission, "it cannot be opened"),
}


def _named(error: Exception, database: Path) -> OrpheusError:
    name = getattr(error, "sqlite_errorname", "")
    why = f"SQLite says: {error}" + (f" ({name})" if name else "")
    if isinstance(error, Damage):
        why = str(error)
    if is_damage(error):
        title = f"{database}: the log of events is damaged"
        return UnreadableLog(title, why=why, next_step=_ANEW)
    code: int = getattr(error, "sqlite_errorcode", 0)  # the module's own errors have none
    refused = (StorageFailed, "SQLite refused")
    leaf, reason = _BY_CODE.get(code, _BY_CODE.get(code & _PRIMARY, refused))
    return leaf(f"{database}: {reason}", why=why, evidence={"path": str(database)})


def _make_private_file(database: Path) -> None:
    try:
        # SQLite gives the files that it makes beside it the same rights.
        os.close(os.open(database, os.O_CREAT | os.O_EXCL | os.O_WRONLY, OWN_FILE))
    except FileExistsError:
        keep_from_others(database, OWN_FILE)


def _refuse_newer(database: Path) -> None:
    """Look at the version in a way that leaves the file as it is."""
    # Where it was closed properly, there is no WAL to look at, and none is to be made.
    is_open = database.with_name(f"{database.name}-wal").exists()
    how = "mode=ro" if is_open else "mode=ro&immutable=1"
    uri = f"{database.absolute().as_uri()}?{how}"
    with contextlib.closing(sqlite3.connect(uri, uri=True, timeout=WAIT_S)) as connection:
        version = version_of(connection)
    if version > len(_MIGRATIONS):
        raise UnreadableLog(
            f"{database}: a newer Orpheus wrote this log of events",
            why=f"its schema is version {version}; this one knows {len(_MIGRATIONS)}",
            done="it was left as it is",
            next_step=_NEWER,
        )


def _check_table(connection: sqlite3.Connection) -> None:
    """See that the events have their table if there is a version, and none if there is none.

    Raises:
        Damage: somebody else made this database, or made it anew.
    """
    version = version_of(connection)
    found = {row[1] for row in connection.execute("PRAGMA table_info(events)")}
    # What the table of an older version has is its migration's business.
    expected = set(COLUMNS) if version == len(_MIGRATIONS) else set()
    if bool(version) != bool(found) or not found >= expected:
        raise Damage(f"version {version} with the columns {', '.join(sorted(found)) or 'none'}")


def _migrate(connection: sqlite3.Connection) -> None:
    _check_table(connection)
    if version_of(connection) == len(_MIGRATIONS):
        return
    with transaction(connection):
        for statements in _MIGRATIONS[version_of(connection) :]:
            for statement in statements:
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {len(_MIGRATIONS)}")


@contextlib.contextmanager
def _closed_on_error(connection: sqlite3.Connection) -> Iterator[None]:
    try:
        yield
    except BaseException:
        connection.close()
        raise
