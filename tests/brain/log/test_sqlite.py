"""The database of events: its rights, its bounds, its versions, and what damage does to it."""

from __future__ import annotations

import contextlib
import datetime
import os
import sqlite3
import stat
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.brain.log.made import keep, some_events

from orpheus_core.brain.log import EventLog, LogSource, sqlite_file
from orpheus_core.brain.log.sqlite import SqliteSink
from orpheus_core.errors import (
    FileInUse,
    NoPermission,
    OrpheusError,
    UnreadableLog,
)
from orpheus_core.testing import SimClock

V1 = Path(__file__).with_name("events-v1.sql")


def numbers(folder: Path) -> list[object]:
    """What is in the log."""
    return [event.data["attempt"] for event in EventLog(folder).query(kinds="stage.started")]


def connected(folder: Path) -> contextlib.closing[sqlite3.Connection]:
    return contextlib.closing(sqlite3.connect(folder / "events.sqlite"))


def fixture_v1(folder: Path) -> Path:
    """A database of the first version, made of its dump."""
    folder.mkdir(parents=True)
    with connected(folder) as connection:
        connection.executescript(V1.read_text("utf-8"))
    return folder / "events.sqlite"


@pytest.mark.skipif(os.name == "nt", reason="Windows has other rights")
def test_all_is_for_this_user_alone_from_the_first_byte(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder, the database, and the files that SQLite makes beside it; nothing is mended."""
    monkeypatch.delattr(Path, "chmod")
    sink = SqliteSink(folder, SimClock())
    previous = os.umask(0)
    try:
        sink.write(some_events(1))
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()}
    finally:
        os.umask(previous)
    sink.close()
    assert modes == {
        "events.sqlite": 0o600,
        "events.sqlite-wal": 0o600,
        "events.sqlite-shm": 0o600,
        "events.lock": 0o600,
    }
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.skipif(os.name == "nt", reason="Windows has other rights")
def test_rights_of_others_are_taken_away(folder: Path) -> None:
    """As a folder and a database that came back from a backup may have them."""
    keep(LogSource.SQLITE, folder, some_events(1))
    folder.chmod(0o755)
    (folder / "events.sqlite").chmod(0o644)
    keep(LogSource.SQLITE, folder, some_events(1))
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "events.sqlite").stat().st_mode) == 0o600


def test_nothing_is_opened_before_the_first_event(folder: Path) -> None:
    """A sink that is not needed costs nothing."""
    SqliteSink(folder, SimClock()).close()
    assert not folder.exists()


def test_an_event_that_is_handed_over_twice_is_kept_once(folder: Path) -> None:
    """As it is when a failure came after the commit."""
    events = some_events(120)
    keep(LogSource.SQLITE, folder, events[:70], events)
    assert list(EventLog(folder).query()) == events


def test_sqlite_makes_no_checkpoint_by_itself(folder: Path) -> None:
    """Versions with the WAL-reset bug damage a database when a commit meets a checkpoint."""
    sink = SqliteSink(folder, SimClock())
    sink.write(some_events(1))
    assert sink._connection is not None
    assert sink._connection.execute("PRAGMA wal_autocheckpoint").fetchone() == (0,)
    assert sink._connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    sink.close()


def test_who_writes_holds_the_lock_of_all_processes(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So no commit meets a checkpoint; who cannot get it says so."""
    keep(LogSource.SQLITE, folder, some_events(1))
    monkeypatch.setattr(sqlite_file, "WAIT_S", 0.01)
    events = some_events(1)
    with sqlite_file.WriteLock(folder / "events.sqlite"):
        with pytest.raises(FileInUse):
            SqliteSink(folder, SimClock()).write(events)
        with pytest.raises(FileInUse):
            EventLog(folder).prune(SimClock().now())
        assert len(list(EventLog(folder).query())) == 1  # readers need none


# --- bounds -------------------------------------------------------------------------------------


def test_older_events_are_deleted_when_a_run_begins(folder: Path) -> None:
    """Thirty days, or what the person set."""
    clock = SimClock()
    keep(LogSource.SQLITE, folder, some_events(2000, clock=clock))
    before = (folder / "events.sqlite").stat().st_size
    clock.advance(datetime.timedelta(days=7, seconds=1).total_seconds())
    young = some_events(2, clock=clock)
    sink = SqliteSink(folder, clock, keep_days=7)
    sink.write(young)
    sink.close()
    assert list(EventLog(folder).query()) == young
    assert (folder / "events.sqlite").stat().st_size < before / 10


def test_a_log_stays_below_its_bound_and_keeps_the_newest(folder: Path) -> None:
    """Files of SQLite's own included; the pages of what was deleted are given back."""
    sink = SqliteSink(folder, SimClock(), largest_mb=1)
    events = some_events(6000)
    largest = 0
    for start in range(0, 6000, 200):
        sink.write(events[start : start + 200])
        largest = max(largest, sum(f.stat().st_size for f in folder.glob("events.sqlite*")))
    sink.close()
    kept = list(EventLog(folder).query())
    assert kept == events[-len(kept) :]
    assert 1000 < len(kept) < 3000
    assert largest < 1_200_000


def test_pruning_gives_the_disk_its_space_back(folder: Path) -> None:
    """What a person deletes is gone from the file."""
    clock = SimClock()
    events = some_events(2000, clock=clock)
    keep(LogSource.SQLITE, folder, events)
    before = (folder / "events.sqlite").stat().st_size
    assert EventLog(folder).prune(clock.now() + datetime.timedelta(seconds=1)) == 2000
    assert (folder / "events.sqlite").stat().st_size < before / 10
    assert list(EventLog(folder).query()) == []


# --- versions -----------------------------------------------------------------------------------


def test_a_log_of_the_first_version_opens(folder: Path) -> None:
    """Old state is read, and written on."""
    fixture_v1(folder)
    (old,) = EventLog(folder).query()
    assert (old.kind, old.data["message"], old.service) == ("job.failed", "no network", "sandbox")
    new = some_events(1)
    keep(LogSource.SQLITE, folder, new)
    assert list(EventLog(folder).query()) == [old, *new]


def test_a_migration_keeps_what_is_there(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The versions are made of one another, each in one transaction with its number."""
    fixture_v1(folder)
    more = (*sqlite_file._MIGRATIONS, ("ALTER TABLE events ADD COLUMN note TEXT",))
    monkeypatch.setattr(sqlite_file, "_MIGRATIONS", more)
    keep(LogSource.SQLITE, folder, some_events(1))
    assert len(list(EventLog(folder).query())) == 2
    with connected(folder) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (2,)
        assert connection.execute("SELECT note FROM events").fetchall() == [(None,), (None,)]


def test_a_migration_that_fails_changes_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a migration would be a log that nobody reads."""
    database = fixture_v1(folder)
    more = (*sqlite_file._MIGRATIONS, ("ALTER TABLE events ADD COLUMN note TEXT", "NONSENSE"))
    with monkeypatch.context() as patch:
        patch.setattr(sqlite_file, "_MIGRATIONS", more)
        with pytest.raises(OrpheusError):
            keep(LogSource.SQLITE, folder, some_events(1))
    with contextlib.closing(sqlite3.connect(database)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (1,)
        assert "note" not in str(connection.execute("SELECT sql FROM sqlite_schema").fetchall())
    assert len(list(EventLog(folder).query())) == 1


def newer(folder: Path) -> Path:
    database = fixture_v1(folder)
    with contextlib.closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA user_version = 7")
    return database


@pytest.mark.parametrize(
    "use",
    [
        lambda folder: keep(LogSource.SQLITE, folder, some_events(1)),
        lambda folder: list(EventLog(folder).query()),
        lambda folder: EventLog(folder).prune(SimClock().now()),
    ],
    ids=["write", "read", "prune"],
)
def test_a_newer_log_is_refused_and_left_as_it_is(
    folder: Path, use: Callable[[Path], object]
) -> None:
    """The error says which version it is, and what to do."""
    database = newer(folder)
    before = database.read_bytes()
    with pytest.raises(UnreadableLog, match="a newer Orpheus wrote") as caught:
        use(folder)
    assert "version 7" in caught.value.why
    assert database.read_bytes() == before
    assert {file.name for file in folder.iterdir()} <= {"events.sqlite", "events.lock"}


def test_a_newer_log_that_is_in_use_is_left_as_it_is_too(folder: Path) -> None:
    """Not even its WAL is moved into it."""
    database = newer(folder)
    with contextlib.closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("UPDATE events SET service = 'other'")
        wal = folder / "events.sqlite-wal"
        before = wal.stat().st_size, wal.stat().st_mtime_ns, database.stat().st_mtime_ns
        with pytest.raises(UnreadableLog):
            keep(LogSource.SQLITE, folder, some_events(1))
        after = wal.stat().st_size, wal.stat().st_mtime_ns, database.stat().st_mtime_ns
    assert after == before


def test_a_log_that_was_removed_meanwhile_is_begun_anew(folder: Path) -> None:
    """What is written to a file without a name is lost."""
    sink = SqliteSink(folder, SimClock())
    sink.write(some_events(1))
    for file in folder.iterdir():
        file.unlink()
    new = some_events(2)
    sink.write(new)
    sink.close()
    assert list(EventLog(folder).query()) == new


def test_a_folder_that_cannot_be_made_is_an_error_of_ours(tmp_path: Path) -> None:
    """The recorder deals with it, and tells."""
    (tmp_path / "state").write_text("a file")
    with pytest.raises(NoPermission):
        SqliteSink(tmp_path / "state" / "events", SimClock()).write(some_events(1))


def test_a_sink_is_used_by_one_thread_and_closed_by_another(folder: Path) -> None:
    """Its thread writes; who closes the application closes it."""
    sink = SqliteSink(folder, SimClock())
    thread = threading.Thread(target=sink.write, args=(some_events(1),))
    thread.start()
    thread.join()
    sink.close()
    assert numbers(folder) == [0]
