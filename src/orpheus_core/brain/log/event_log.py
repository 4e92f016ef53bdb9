"""Reads the log of events: for scripts, and for ``orpheus event``."""

from __future__ import annotations

import collections
import datetime
import enum
import itertools
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from orpheus_core.brain.events import Event, Severity
from orpheus_core.brain.log.event_filter import EVERY_KIND, EventFilter
from orpheus_core.brain.log.export import ExportFormat, export
from orpheus_core.brain.log.folder import database_in, text_files_in
from orpheus_core.brain.log.id_parts import SHORTEST, only_one, typed
from orpheus_core.brain.log.summary import LogReader, LogStats, LogTail, Run
from orpheus_core.brain.subscription import checked_kinds
from orpheus_core.clock import Clock, SystemClock
from orpheus_core.storage import DiskStorage, Storage

LAST_RUN = "last"
"""What stands for the id of the run that wrote last."""

_SHORT = 10


class LogSource(enum.Enum):
    """What the log is read from."""

    SQLITE = "sqlite"
    JSONL = "jsonl"


def short_id(event_id: str) -> str:
    """Return how a person is shown the id of an event: its last 10 characters.

    They tell events apart: a number that counts up, and what tells processes apart. (The
    first ones are the time, and shared by the events of a moment.) `EventLog.get` takes what
    this returns.
    """
    return event_id[-_SHORT:]


class EventLog:
    """The events that were kept in *folder*. Reading makes no file; no folder is an empty log.

    Args:
        source: read this form; None: the database if there is one, else the text files.
        clock: what `follow` waits on.
        storage: what `export` writes to.
        before_reading: called before each reading, to have events written that are due.
    """

    def __init__(
        self,
        folder: Path | None,
        *,
        source: LogSource | None = None,
        clock: Clock | None = None,
        storage: Storage | None = None,
        before_reading: Callable[[], object] = lambda: None,
    ) -> None:
        self._folder = folder
        self._source = source
        self._clock = clock or SystemClock()
        self._storage = storage or DiskStorage(self._clock)
        self._before_reading = before_reading

    def query(
        self,
        *,
        kinds: str | Iterable[str] = EVERY_KIND,
        min_severity: str | Severity = Severity.DEBUG,
        service: str | None = None,
        plugin: str | None = None,
        correlation_id: str | None = None,
        run_id: str | None = None,
        error_type: str | None = None,
        since: datetime.datetime | None = None,
        until: datetime.datetime | None = None,
        limit: int | None = None,
        newest_first: bool = False,
    ) -> Iterator[Event]:
        """Yield the events that fit all filters, in the order in which they were written.

        Of one run that is the order in which they happened; runs that wrote at the same time
        are mixed in batches. The log is read in small parts, as events are asked for.

        Args:
            kinds: names or patterns: ``["network.*", "job.failed"]``.
            min_severity: debug, info, warning, error or critical.
            run_id: an id, or ``last`` for the run that wrote last.
            error_type: a code or a pattern: ``net.*``.
            since, until: moments with their time zone; *since* is within, *until* is not.
            limit: stop after so many.
            newest_first: turn the order around.

        Raises:
            UnknownWord: there is no such kind or severity.
            UnreadableLog: the log is damaged, or a newer Orpheus wrote it.
            StorageError: it cannot be read.
        """
        wanted = EventFilter(
            kinds=checked_kinds(kinds),
            min_severity=_severity(min_severity),
            service=service,
            plugin=plugin,
            correlation_id=correlation_id,
            run_id=self._run(run_id),
            error_type=error_type,
            since=since,
            until=until,
        )
        reader = self._reader()
        found = reader.events(wanted, newest_first=newest_first) if reader else iter(())
        return itertools.islice(found, limit)

    def get(self, event_id: str) -> Event:
        """Return one event by its id, or by the first or last characters of it, 4 at least.

        Raises:
            UnknownWord: no event has such an id, or several do.
            UnreadableLog, StorageError: the log cannot be read.
        """
        reader = self._reader()
        part = typed(event_id)
        found = reader.find(part) if reader and len(part) >= SHORTEST else []
        only_one(event_id, [event.id for event in found], "event", listing="orpheus event query")
        return found[0]

    def chain(self, correlation_id: str) -> list[Event]:
        """Return all that one job, or one run outside of jobs, has caused, in order."""
        return list(self.query(correlation_id=correlation_id))

    def follow(
        self,
        *,
        kinds: str | Iterable[str] = EVERY_KIND,
        min_severity: str | Severity = Severity.DEBUG,
        service: str | None = None,
        plugin: str | None = None,
        correlation_id: str | None = None,
        error_type: str | None = None,
        last: int = 10,
        poll_s: float = 0.5,
        cancel: threading.Event | None = None,
    ) -> Iterator[Event]:
        """Yield the *last* events that fit, then those that come, whichever process keeps them.

        Args:
            poll_s: seconds between two looks at the log.
            cancel: set it from another thread to end the iterator.

        Raises:
            UnknownWord: there is no such kind or severity.
            UnreadableLog, StorageError: the log cannot be read.
        """
        wanted = EventFilter(
            kinds=checked_kinds(kinds),
            min_severity=_severity(min_severity),
            service=service,
            plugin=plugin,
            correlation_id=correlation_id,
            error_type=error_type,
        )
        return self._follow(wanted, last, poll_s, cancel)

    def runs(self) -> list[Run]:
        """Return each run in the log, the one that began writing first at the front."""
        reader = self._reader()
        return reader.runs() if reader else []

    def stats(self) -> LogStats:
        """Return what the log holds, in numbers.

        Raises:
            UnreadableLog, StorageError: it cannot be read.
        """
        reader = self._reader()
        return reader.stats() if reader else LogStats()

    def prune(self, older_than: datetime.datetime) -> int:
        """Delete what happened before *older_than*, a moment with its time zone.

        Text files are deleted as a whole, when all in them is older: they hold a day at most.

        Returns:
            How many events are gone.

        Raises:
            UnreadableLog, StorageError: it cannot be read or written.
        """
        reader = self._reader()
        return reader.prune(older_than) if reader else 0

    def export(self, target: Path, to: ExportFormat, events: Iterable[Event]) -> int:
        """Write *events*, as `query` gives them, to the file *target*, for this user alone.

        It is there whole, or as it was before.

        Returns:
            How many were written.

        Raises:
            StorageError: it cannot be written.
        """
        return export(events, target, to, self._storage)

    # --- inside ---------------------------------------------------------------------------

    def _run(self, run_id: str | None) -> str | None:
        reader = self._reader() if run_id == LAST_RUN else None
        return (reader.last_run() or run_id) if reader else run_id

    def _follow(
        self, wanted: EventFilter, last: int, poll_s: float, cancel: threading.Event | None
    ) -> Iterator[Event]:
        reader = self._reader()
        tail: LogTail | None = None
        if reader is not None:
            # The end is noted first: what comes meanwhile is seen twice, not missed.
            tail = reader.tail()
            newest = itertools.islice(reader.events(wanted, newest_first=True), last)
            shown = collections.deque(newest)
            yield from reversed(shown)
            yield from _without(tail.poll(wanted), {event.id for event in shown})
        while self._clock.sleep(poll_s, cancel):
            if tail is None and (reader := self._reader()) is not None:
                tail = reader.tail(from_start=True)
            if tail is not None:
                yield from tail.poll(wanted)

    def _reader(self) -> LogReader | None:
        """What reads the log; None where there is none."""
        self._before_reading()
        if self._folder is None:
            return None
        database = database_in(self._folder)
        if self._source is not LogSource.JSONL and database.exists():
            from orpheus_core.brain.log.sqlite_reading import SqliteReader

            return SqliteReader(database)
        if self._source is not LogSource.SQLITE and text_files_in(self._folder):
            from orpheus_core.brain.log.jsonl_reading import JsonlReader

            return JsonlReader(self._folder)
        return None


def _severity(severity: str | Severity) -> Severity:
    return Severity.parse(severity) if isinstance(severity, str) else severity


def _without(events: Iterable[Event], ids: set[str]) -> Iterator[Event]:
    return (event for event in events if event.id not in ids)
