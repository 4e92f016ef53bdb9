"""Keeps the database of events small: what is old goes, and its pages are given back.

Everything here is called by whoever holds the write lock.
"""

from __future__ import annotations

import math
import sqlite3

from orpheus_core.brain.log.sqlite_file import WAIT_S

_GOAL = 0.9
"""To what part of the bound a database is cut that went beyond it, so that it is cut seldom."""


def delete_before(connection: sqlite3.Connection, time_us: int) -> int:
    """Delete what happened before *time_us*; return how many events."""
    return connection.execute("DELETE FROM events WHERE time_us < ?", (time_us,)).rowcount


def shrink(connection: sqlite3.Connection, largest_bytes: int) -> int:
    """Delete the oldest events, if all take more than *largest_bytes*; return how many."""
    deleted = 0
    goal = largest_bytes
    while (used := _used_bytes(connection)) > goal:
        goal = int(largest_bytes * _GOAL)
        first, last = connection.execute("SELECT min(rowid), max(rowid) FROM events").fetchone()
        if first is None:
            break
        part = math.ceil((last - first + 1) * (1 - goal / used))
        cursor = connection.execute("DELETE FROM events WHERE rowid < ?", (first + part,))
        deleted += cursor.rowcount
    return deleted


def give_back(connection: sqlite3.Connection) -> None:
    """Cut the pages that nothing needs off the file."""
    # It takes a step a page; a cursor would make one, since none gives a row.
    connection.executescript("PRAGMA incremental_vacuum")


def checkpoint(connection: sqlite3.Connection) -> None:
    """Move what was committed from the WAL to the database, and empty the WAL.

    Where somebody reads, as much as can be; the next checkpoint moves the rest.
    """
    connection.execute("PRAGMA busy_timeout = 0")
    try:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    finally:
        connection.execute(f"PRAGMA busy_timeout = {int(WAIT_S * 1000)}")


def _used_bytes(connection: sqlite3.Connection) -> int:
    pages, free, size = (
        connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("page_count", "freelist_count", "page_size")
    )
    return int((pages - free) * size)
