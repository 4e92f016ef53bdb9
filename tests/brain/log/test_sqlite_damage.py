"""Damage to the database of events: a new one is begun, and whoever reads is told what to do."""

from __future__ import annotations

import contextlib
import re
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.brain.log.made import keep, some_events

import orpheus_core as oc
from orpheus_core.brain.log import EventLog, LogSource, sqlite_file
from orpheus_core.brain.log.sqlite import SqliteSink
from orpheus_core.errors import DiskFailing, DiskFull, UnknownWord, UnreadableLog
from orpheus_core.testing import SimClock


def connected(folder: Path) -> contextlib.closing[sqlite3.Connection]:
    return contextlib.closing(sqlite3.connect(folder / "events.sqlite"))


def scribble(database: Path, at: int, size: int) -> None:
    with database.open("r+b") as file:
        file.seek(at)
        file.write(b"\x5a" * size)


@pytest.mark.parametrize("at", [0, 4096], ids=["no database at all", "a torn page"])
def test_a_damaged_log_is_set_aside_and_begun_anew(folder: Path, at: int) -> None:
    """Nothing of the old is thrown away, nothing of the new is lost; it is told, with why."""
    keep(LogSource.SQLITE, folder, some_events(300))
    database = folder / "events.sqlite"
    scribble(database, at, 20 * 4096)
    damaged = database.read_bytes()
    told: list[tuple[Path, str]] = []
    sink = SqliteSink(folder, SimClock(), tell=lambda *what: told.append(what))
    new = some_events(2)
    sink.write(new)
    sink.close()
    assert list(EventLog(folder).query()) == new
    assert (folder / "events.sqlite.damaged").read_bytes()[4096:] == damaged[4096:]
    ((file, reason),) = told
    assert file == database
    assert reason


def test_damage_to_a_log_in_use_loses_no_new_event(folder: Path) -> None:
    """Two processes find it, one sets it aside, the other goes on in the new one."""
    sinks = [SqliteSink(folder, SimClock()) for _ in range(2)]
    batches = [some_events(2000), some_events(1), some_events(2), some_events(3)]
    for sink, batch in zip(sinks, batches[:2], strict=True):
        sink.write(batch)
    with contextlib.suppress(FileNotFoundError):
        scribble(folder / "events.sqlite-wal", 0, 4096)
    scribble(folder / "events.sqlite", 0, 100 * 4096)
    for sink, batch in zip(sinks, batches[2:], strict=True):
        sink.write(batch)
        sink.close()
    kept = list(EventLog(folder).query())
    assert kept == [*batches[2], *batches[3]]


def test_a_damaged_log_is_named_to_its_reader(folder: Path) -> None:
    """An error of our tree, with what SQLite says and what to do."""
    keep(LogSource.SQLITE, folder, some_events(300))
    scribble(folder / "events.sqlite", 0, 4096)
    with pytest.raises(UnreadableLog, match="damaged") as caught:
        list(EventLog(folder).query())
    assert "SQLite says" in caught.value.why
    assert "the next run begins a new one" in caught.value.next_step


READINGS: dict[str, Callable[[EventLog], object]] = {
    "query": lambda log: list(log.query()),
    "get": lambda log: log.get("0123456789"),
    "runs": EventLog.runs,
    "stats": EventLog.stats,
}


@pytest.mark.parametrize("reading", READINGS)
@pytest.mark.parametrize("value", ["CAST(x'ff' AS TEXT)", "x'ff'", "3", "'x'", "1e300"])
@pytest.mark.parametrize("column", ["time_us", "severity", "subject", "run_id", "data"])
def test_a_value_that_is_no_events_is_named_to_its_reader(
    folder: Path, column: str, value: str, reading: str
) -> None:
    """Somebody wrote it, or a disk: whoever comes upon it is told so, and what to do."""
    keep(LogSource.SQLITE, folder, some_events(1))
    with connected(folder) as connection, connection:
        connection.execute(f"UPDATE events SET {column} = {value}")
    said = ""
    try:
        READINGS[reading](EventLog(folder))
    except UnreadableLog as error:
        said = f"{error.title}: {error.next_step}"
    except UnknownWord:  # it has no such id
        pass
    assert not said or re.search("is damaged: .* the next run begins a new one", said)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("severity", "3"),
        ("data", f"'{'[' * 50_000 + ']' * 50_000}'"),
        ("subject", "x'1b5b324a'"),
        ("kind", "CAST(x'73ff' AS TEXT)"),
    ],
    ids=["severity", "nested", "bytes", "no UTF-8"],
)
def test_a_row_that_is_no_event_ends_the_reading(folder: Path, column: str, value: str) -> None:
    """What is wrong with it is said; no reader meets bytes for text, or runs out of stack."""
    keep(LogSource.SQLITE, folder, some_events(1))
    with connected(folder) as connection, connection:
        connection.execute(f"UPDATE events SET {column} = {value}")
    with pytest.raises(UnreadableLog, match="damaged") as caught:
        list(EventLog(folder).query())
    assert "no event" in caught.value.why or "UTF-8" in caught.value.why


def test_a_row_that_is_no_event_costs_none_of_those_before_it(folder: Path) -> None:
    """They are given first."""
    keep(LogSource.SQLITE, folder, events := some_events(3))
    with connected(folder) as connection, connection:
        connection.execute("UPDATE events SET severity = 3 WHERE rowid = 3")
    found = EventLog(folder).query()
    assert [next(found), next(found)] == events[:2]
    with pytest.raises(UnreadableLog):
        next(found)


NO_LOGS = {
    "no table": "DROP TABLE events",
    "another table": "DROP TABLE events; CREATE TABLE events (id)",
    "no version": "PRAGMA user_version = 0",
}


@pytest.mark.parametrize("made_so", NO_LOGS.values(), ids=NO_LOGS)
def test_a_database_that_is_no_log_is_set_aside(folder: Path, made_so: str) -> None:
    """As a person leaves it who emptied it or read it back from a dump; else no run could write."""
    keep(LogSource.SQLITE, folder, some_events(3))
    with connected(folder) as connection:
        connection.executescript(made_so)
    with pytest.raises(UnreadableLog, match="damaged"):
        list(EventLog(folder).query())
    told: list[str] = []
    sink = SqliteSink(folder, SimClock(), tell=lambda _, reason: told.append(reason))
    for event in (new := some_events(2)):
        sink.write([event])
    sink.close()
    assert list(EventLog(folder).query()) == new
    assert len(told) == 1
    assert (folder / "events.sqlite.damaged").exists()


def test_a_schema_that_is_no_text_is_damage(folder: Path) -> None:
    """The module of Python has no error for it but that of the decoding."""
    keep(LogSource.SQLITE, folder, some_events(3))
    database = folder / "events.sqlite"
    database.write_bytes(
        database.read_bytes().replace(b"CREATE TABLE e", b"CREATE \xff\xfe\xfdLE e")
    )
    with pytest.raises(UnreadableLog, match="damaged"):
        EventLog(folder).runs()
    keep(LogSource.SQLITE, folder, new := some_events(2))
    assert list(EventLog(folder).query()) == new


def test_no_room_for_the_files_that_readers_need_is_a_full_disk(folder: Path) -> None:
    """To SQLite it is an error of input and output; nobody is to throw the disk away for it."""
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = sqlite3.SQLITE_IOERR_SHMSIZE
    with pytest.raises(DiskFull), sqlite_file.classified(folder):
        raise error
    error.sqlite_errorcode = sqlite3.SQLITE_IOERR_READ
    with pytest.raises(DiskFailing), sqlite_file.classified(folder):
        raise error


def test_a_person_is_told_of_damage(tmp_path: Path) -> None:
    """As an event, which the new log keeps."""
    folder = tmp_path / "state" / "events"
    keep(LogSource.SQLITE, folder, some_events(10))
    scribble(folder / "events.sqlite", 0, 4096)
    with oc.Orpheus(home=tmp_path, discover=False) as app:
        app.brain.events.emit("job.started")
    (told,) = EventLog(folder).query(kinds="system.state.damaged")
    assert told.data["file.path"] == str(folder / "events.sqlite")
    assert told.data["set_aside"] == "events.sqlite.damaged"
    assert told.data["reason"]
