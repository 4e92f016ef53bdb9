"""Reads the database of events, a page at a time, so that no writer waits for a reader."""

from __future__ import annotations

import contextlib
import datetime
import sqlite3
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import attrs

from orpheus_core.brain.events import Event, Severity
from orpheus_core.brain.log.event_filter import EVERY_KIND, EventFilter
from orpheus_core.brain.log.sqlite_file import (
    Damage,
    WriteLock,
    classified,
    open_for_reading,
    open_for_writing,
    transaction,
)
from orpheus_core.brain.log.sqlite_rows import COLUMNS, Row, event_of, microseconds, moment
from orpheus_core.brain.log.sqlite_upkeep import checkpoint, delete_before, give_back
from orpheus_core.brain.log.summary import LogStats, Run

_PAGE = 500
_MOST_FOUND = 3
_ALL = ", ".join(COLUMNS)
_LAST_ROW = 2**63 - 1

Condition = tuple[str, tuple[str | int, ...]]
"""A part of a WHERE, and the values of its parameters."""


class SqliteReader:
    """Reads *database*. Rows are numbered as they come, so their order is that of writing."""

    def __init__(self, database: Path) -> None:
        self._database = database

    def events(self, wanted: EventFilter, *, newest_first: bool = False) -> Iterator[Event]:
        """Yield those that are *wanted*."""
        with self._open() as connection:
            if connection is not None:
                yield from _pages(connection, wanted, newest_first=newest_first)

    def find(self, part: str) -> list[Event]:
        """Return the event with this id, else up to three whose ids begin or end so."""
        with self._open() as connection:
            if connection is None:
                return []
            select = f"SELECT {_ALL} FROM events WHERE"  # noqa: S608 - our own columns
            rows = connection.execute(f"{select} id = ?", (part,)).fetchall()
            if not rows:
                rows = connection.execute(
                    f"{select} substr(id, 1, length(?1)) = ?1 OR substr(id, -length(?1)) = ?1 "
                    "ORDER BY rowid DESC LIMIT ?2",
                    (part, _MOST_FOUND),
                ).fetchall()
            with _of_events():
                return [event_of(row) for row in rows]

    def tail(self, *, from_start: bool = False) -> SqliteTail:
        """Return the log's end as it is now; *from_start*, as when nothing was there."""
        if from_start:
            return SqliteTail(self._database, _NOTHING_SEEN)
        with self._open() as connection:
            return SqliteTail(self._database, _newest(connection) if connection else _NOTHING_SEEN)

    def runs(self) -> list[Run]:
        """Return each run in the log, the one that began writing first at the front."""
        with self._open() as connection:
            if connection is None:
                return []
            rows = connection.execute(
                "SELECT run_id, min(time_us), max(time_us), count(*) FROM events "
                "GROUP BY run_id ORDER BY min(rowid)"
            )
            with _of_events():
                return [
                    Run(run_id=run, first=moment(first), last=moment(last), events=count)
                    for run, first, last, count in rows
                ]

    def last_run(self) -> str | None:
        """Return the run that wrote last."""
        with self._open() as connection:
            if connection is None:
                return None
            row = connection.execute("SELECT run_id FROM events ORDER BY rowid DESC LIMIT 1")
            found: tuple[str] | None = row.fetchone()
            return found[0] if found else None

    def stats(self) -> LogStats:
        """Count what there is."""
        size_bytes = sum(self._sizes())
        with self._open() as connection:
            if connection is None:
                return LogStats(size_bytes=size_bytes)
            groups = connection.execute(
                "SELECT kind, severity, service, error_type, count(*), min(time_us), max(time_us) "
                "FROM events GROUP BY kind, severity, service, error_type"
            ).fetchall()
            with _of_events():
                return _stats_of(groups, size_bytes)

    def prune(self, older_than: datetime.datetime) -> int:
        """Delete older events; return how many."""
        with classified(self._database), WriteLock(self._database):
            connection = open_for_writing(self._database)
            with contextlib.closing(connection):
                with transaction(connection):
                    deleted = delete_before(connection, microseconds(older_than))
                give_back(connection)
                checkpoint(connection)
        return deleted

    def _open(self) -> contextlib.AbstractContextManager[sqlite3.Connection | None]:
        return _opened(self._database)

    def _sizes(self) -> Iterator[int]:
        for ending in ("", "-wal", "-shm"):
            with contextlib.suppress(FileNotFoundError):
                yield self._database.with_name(self._database.name + ending).stat().st_size


@attrs.frozen
class _Seen:
    """The newest row that was seen: its number and its event's id."""

    row: int
    event_id: str


_NOTHING_SEEN = _Seen(0, "")


class SqliteTail:
    """The end of *database*, as it was when *seen* was its newest row."""

    def __init__(self, database: Path, seen: _Seen) -> None:
        self._database = database
        self._seen = seen

    def poll(self, wanted: EventFilter) -> Iterator[Event]:
        """Yield those of the events that came since the last poll."""
        with _opened(self._database) as connection:
            if connection is None:
                return
            newest = _newest(connection)
            is_there = "SELECT 1 FROM events WHERE rowid = ? AND id = ?"
            seen = connection.execute(is_there, (self._seen.row, self._seen.event_id)).fetchone()
            # If it was deleted, so were all before it, and numbers may have begun anew.
            start = self._seen.row if seen else 0
            self._seen = newest
            yield from _pages(connection, wanted, after=start, upto=newest.row)


@contextlib.contextmanager
def _opened(database: Path) -> Iterator[sqlite3.Connection | None]:
    connection = open_for_reading(database)
    try:
        with classified(database):
            yield connection
    finally:
        if connection is not None:
            connection.close()


def _newest(connection: sqlite3.Connection) -> _Seen:
    row = connection.execute("SELECT rowid, id FROM events ORDER BY rowid DESC LIMIT 1").fetchone()
    return _Seen(*row) if row else _NOTHING_SEEN


def _pages(
    connection: sqlite3.Connection,
    wanted: EventFilter,
    *,
    newest_first: bool = False,
    after: int = 0,
    upto: int = _LAST_ROW,
) -> Iterator[Event]:
    """Yield the events behind row *after*. Between two pages, no reader is in a writer's way."""
    if wanted.since is not None:
        query = "SELECT min(rowid) FROM events WHERE time_us >= ?"
        first = connection.execute(query, (microseconds(wanted.since),)).fetchone()[0]
        after = max(after, _LAST_ROW - 1 if first is None else first - 1)
    if wanted.until is not None:
        query = "SELECT max(rowid) FROM events WHERE time_us < ?"
        last = connection.execute(query, (microseconds(wanted.until),)).fetchone()[0]
        upto = min(upto, last or 0)
    conditions = list(_conditions(wanted))
    where = " AND ".join(["rowid > ? AND rowid <= ?", *(text for text, _ in conditions)])
    order = "DESC" if newest_first else "ASC"
    # The words are all ours; the values are parameters.
    query = f"SELECT rowid, {_ALL} FROM events WHERE {where} ORDER BY rowid {order} LIMIT {_PAGE}"  # noqa: S608
    values = [value for _, several in conditions for value in several]
    while rows := connection.execute(query, (after, upto, *values)).fetchall():
        with _of_events():
            for row in rows:
                yield event_of(row[1:])
        if len(rows) < _PAGE:
            break
        if newest_first:
            upto = rows[-1][0] - 1
        else:
            after = rows[-1][0]


def _conditions(wanted: EventFilter) -> Iterator[Condition]:
    """What rows have to be.

    A plus before a column keeps its index out of it: each page would be sorted anew.
    """
    for column in ("service", "plugin", "correlation_id", "run_id"):
        value: str | None = getattr(wanted, column)
        if value is not None:
            yield f"{column} = ?", (value,)
    if wanted.min_severity > Severity.DEBUG:
        yield "+severity >= ?", (int(wanted.min_severity),)
    if wanted.since is not None:
        yield "+time_us >= ?", (microseconds(wanted.since),)
    if wanted.until is not None:
        yield "+time_us < ?", (microseconds(wanted.until),)
    if wanted.error_type is not None:
        yield "+error_type GLOB ?", (_glob(wanted.error_type),)
    if wanted.kinds != EVERY_KIND:
        if len(wanted.kinds) == 1 and not set("*?[") & set(wanted.kinds[0]):
            yield "kind = ?", wanted.kinds
        else:
            any_of = " OR ".join(["+kind GLOB ?"] * len(wanted.kinds))
            yield f"({any_of or 0})", tuple(map(_glob, wanted.kinds))


def _stats_of(groups: list[Row], size_bytes: int) -> LogStats:
    kinds: Counter[str] = Counter()
    severities: Counter[Severity] = Counter()
    services: Counter[str] = Counter()
    errors: Counter[str] = Counter()
    for kind, severity, service, error_type, count, _, _ in groups:
        kinds[kind] += count
        severities[Severity(severity)] += count
        if service is not None:
            services[service] += count
        if error_type is not None:
            errors[error_type] += count
    return LogStats(
        events=kinds.total(),
        by_kind=dict(kinds.most_common()),
        by_severity=dict(severities.most_common()),
        by_service=dict(services.most_common()),
        by_error_type=dict(errors.most_common()),
        first=moment(min(group[-2] for group in groups)) if groups else None,
        last=moment(max(group[-1] for group in groups)) if groups else None,
        size_bytes=size_bytes,
    )


def _glob(pattern: str) -> str:
    """*pattern*, as Python's fnmatch takes it, as SQLite's GLOB does."""
    return pattern.replace("[!", "[^")


@contextlib.contextmanager
def _of_events() -> Iterator[None]:
    """Name what is wrong with rows that no event was made into."""
    try:
        yield
    except (ValueError, TypeError, RecursionError) as error:
        raise Damage(f"a row is no event: {error}") from error
