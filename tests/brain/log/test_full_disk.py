"""A disk that is full under the log: nobody waits, one advice says so, the log goes on later."""

from __future__ import annotations

import errno
import os
import sqlite3
from pathlib import Path

import pytest

import orpheus_core as oc
from orpheus_core.brain.events import Event
from orpheus_core.brain.log import EventLog, LogSource, keeper, sqlite, sqlite_file


class Disk:
    """Both sinks write to it; it has no room while it is full.

    SQLite finds that out by itself, at a file that may not grow; of the text files, it is the
    system's call that writes half of a batch and then fails.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._is_full = False
        self._databases: list[sqlite3.Connection] = []
        self._write, self._open = os.write, sqlite_file.open_for_writing
        monkeypatch.setattr(os, "write", self._write_part)
        monkeypatch.setattr(sqlite, "open_for_writing", self._open_limited)

    @property
    def is_full(self) -> bool:
        """Set it."""
        return self._is_full

    @is_full.setter
    def is_full(self, value: bool) -> None:
        self._is_full = value
        for connection in self._databases:
            pages = 1 if value else 2**30  # SQLite makes it as many as there are
            connection.execute(f"PRAGMA max_page_count = {pages}").fetchall()

    def _open_limited(self, database: Path) -> sqlite3.Connection:
        connection = self._open(database)
        self._databases.append(connection)
        return connection

    def _write_part(self, descriptor: int, data: bytes | memoryview) -> int:
        if not self._is_full:
            return self._write(descriptor, data)
        if len(data) > 1:
            return self._write(descriptor, data[: len(data) // 2])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_the_application_goes_on_and_so_does_the_log(
    tmp_path: Path, source: LogSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What could not be kept is counted; what was kept, and what came later, is there once."""
    disk = Disk(monkeypatch)
    told: list[Event] = []
    form = {"events.sqlite": source is LogSource.SQLITE, "events.jsonl": source is LogSource.JSONL}
    with oc.Orpheus(home=tmp_path, config=form, discover=False) as app:
        app.brain.events.subscribe(told.append, kinds=["brain.*"])

        def publish(first: int, count: int) -> None:
            for number in range(first, first + count):
                app.brain.events.emit("stage.started", subject="x" * 200, data={"attempt": number})
            app.brain.log.stats()  # they are dealt with

        publish(0, 100)
        disk.is_full = True
        for round_ in range(1, 6):
            publish(100 * round_, 100)
        disk.is_full = False
        monkeypatch.setattr(keeper, "_REST_S", 0.0)
        assert app.brain._recorder is not None
        for each in app.brain._recorder._keepers:
            monkeypatch.setattr(each, "_rests_until", 0.0)
        publish(600, 100)
    log = EventLog(app.home.events, source=source)
    kept = [event.data["attempt"] for event in log.query(kinds="stage.started")]
    assert kept == [*range(100), *range(600, 700)]
    assert [event.error_type for event in log.query(kinds="brain.subscriber.muted")] == []
    assert len(list(log.query(kinds="brain.events.dropped"))) == 1
    failures = [event for event in told if event.kind == "brain.subscriber.failed"]
    assert [event.error_type for event in failures] == ["io.disk-full"] * 3
    advice = [event.data["code"] for event in told if event.kind == "brain.advice.given"]
    assert advice == ["io.disk-full"]
    dropped = sum(int(str(e.data["dropped"])) for e in told if e.kind == "brain.events.dropped")
    assert dropped >= 500
