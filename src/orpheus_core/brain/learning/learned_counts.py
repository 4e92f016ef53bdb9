"""`LearnedCounts`: the file that what was observed is counted in, shared by processes."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from orpheus_core.brain.learning.counts import Counts
from orpheus_core.brain.log.folder import OWN_FILE, keep_from_others, make_private
from orpheus_core.errors import StorageFailed, SymlinkInPath
from orpheus_core.storage import storage_error

if TYPE_CHECKING:
    import sqlite3

T = TypeVar("T")

FILE_NAME = "learned.sqlite"

_BUSY_S = 1.0

# SQLITE_ERROR, _CORRUPT, _TOOBIG, _CONSTRAINT, _MISMATCH, _NOTADB: primary result codes.
# Source: sqlite.org/rescode.html.
_CORRUPT = 11
_DAMAGED = frozenset({1, _CORRUPT, 18, 19, 20, 26})


class LearnedCounts:
    """Counts in ``learned.sqlite`` in *folder*: hosts, codes, stages and qualities, no titles.

    Any number of processes add to it, and each finds what the others wrote. A file that is
    damaged is set aside for an empty one, and *tell_damage* is given the reason.

    Raises (from every method):
        FileInUse: another process holds the file for longer than a second.
        StorageError: it cannot be read or written.
    """

    def __init__(self, folder: Path, tell_damage: Callable[[str], object] = lambda _: None) -> None:
        self.file = folder / FILE_NAME
        self.set_aside = folder / f"{FILE_NAME}.damaged"
        self._tell_damage = tell_damage

    def read(self) -> Counts:
        """Return what the file holds; no file, no counts."""
        from orpheus_core.brain.learning.tables import read_counts

        return self._mended(read_counts) if self._is_there() else Counts()

    def add(self, counts: Counts, now_s: float) -> Counts:
        """Add *counts*, drop what has faded, and return all that the file now holds."""
        from orpheus_core.brain.learning.tables import add_counts, drop_faded

        def work(connection: sqlite3.Connection) -> Counts:
            drop_faded(connection, now_s)
            return add_counts(connection, counts)

        return self._mended(work)

    def forget(self, about: str | None = None) -> int:
        """Forget what was observed of *about*, or everything; return how many observations.

        A file that was set aside as damaged goes with it.

        Args:
            about: a host, a stage, a service (then also the qualities that it came in), or
                ``SERVICE:KIND``; upper and lower case are the same.
        """
        from orpheus_core.brain.learning.tables import forget_counts

        try:
            self.set_aside.unlink(missing_ok=True)
        except OSError as error:
            raise storage_error(error, self.set_aside) from error
        if not self._is_there():
            return 0
        return self._mended(lambda connection: forget_counts(connection, about))

    def _is_there(self) -> bool:
        return os.path.lexists(self.file)

    def _mended(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Return what *work* returns, of a new file where the old one is damaged."""
        found = self._identity()
        try:
            return self._transact(work)
        except _Damaged as error:
            why = str(error)
        if self._identity() == found:  # else another process was quicker: it is a new one
            self._put_aside()
            self._tell_damage(why)
        try:
            return self._transact(work)
        except _Damaged as error:
            raise StorageFailed(
                f"{self.file}: a new file is damaged too", why=str(error)
            ) from error

    def _identity(self) -> tuple[int, int] | None:
        """What tells the file from another one of its name; None: there is none."""
        try:
            found = self.file.lstat()
        except OSError:
            return None
        return found.st_dev, found.st_ino

    def _transact(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do *work* in one transaction.

        Raises:
            _Damaged: the file is none, or not one of ours.
        """
        import sqlite3

        from orpheus_core.brain.log.sqlite_file import classified

        with classified(self.file):
            self._make()
            try:
                with self._opened() as connection:
                    # At once, not at the first write: what is read must not be old by then.
                    connection.execute("BEGIN IMMEDIATE")
                    result = self._checked(connection, work)
                    connection.execute("COMMIT")
                    return result
            except UnicodeDecodeError as error:  # in what SQLite says of the damage
                raise _Damaged("a text in it is none") from error
            except sqlite3.Error as error:
                # Python's own have no code: a text that is not UTF-8.
                if getattr(error, "sqlite_errorcode", _CORRUPT) & 0xFF in _DAMAGED:
                    raise _Damaged(str(error)) from error
                raise

    def _checked(
        self, connection: sqlite3.Connection, work: Callable[[sqlite3.Connection], T]
    ) -> T:
        from orpheus_core.brain.learning.tables import VERSION, holds, make_tables, version_of

        version = version_of(connection)
        if version not in (0, VERSION):
            raise StorageFailed(
                f"{self.file}: another version of Orpheus wrote it",
                why=f"its format is {version}, this version knows {VERSION}",
                next_step="use that version, or remove the file: what it learned is lost then",
            )
        if not holds(connection, version):
            raise _Damaged("it holds other tables than ours")
        if version == 0:
            make_tables(connection)
        return work(connection)

    @contextlib.contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        import sqlite3

        from orpheus_core.brain.learning.tables import LONGEST_VALUE_BYTES

        # Never made by SQLite itself, which would let others read it.
        address = f"{self.file.absolute().as_uri()}?mode=rw"
        connection = sqlite3.connect(address, uri=True, timeout=_BUSY_S, isolation_level=None)
        try:
            connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST_VALUE_BYTES)
            # What is forgotten is overwritten as well.
            connection.execute("PRAGMA secure_delete = ON")
            yield connection
        finally:
            connection.close()  # and what was not committed is rolled back

    def _make(self) -> None:
        """Make an empty file that only this user can read, if there is none."""
        if self.file.is_symlink():
            raise SymlinkInPath(f"{self.file}: a symbolic link is in the way")
        if self._is_there() and not self.file.is_file():
            raise StorageFailed(f"{self.file}: what is there is no file")
        make_private(self.file.parent)
        try:
            os.close(os.open(self.file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, OWN_FILE))
        except FileExistsError:
            keep_from_others(self.file, OWN_FILE)

    def _put_aside(self) -> None:
        try:
            with contextlib.suppress(FileNotFoundError):  # another process was quicker
                self.file.replace(self.set_aside)
            # What SQLite made beside it would be taken for the new file's.
            for ending in ("-journal", "-wal", "-shm"):
                self.file.with_name(self.file.name + ending).unlink(missing_ok=True)
        except OSError as error:
            raise storage_error(error, self.file) from error


class _Damaged(Exception):
    """The file is no database, or holds other tables than ours."""
