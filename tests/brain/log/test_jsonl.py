"""The text files of events: whole lines, rotated, bounded, and safe from power cuts."""

from __future__ import annotations

import errno
import json
import os
import re
import stat
from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.brain.log.made import keep, some_events

from orpheus_core.brain import Event
from orpheus_core.brain.event_json import line_of
from orpheus_core.brain.log import EventLog, LogSource
from orpheus_core.brain.log.folder import text_files_in
from orpheus_core.brain.log.jsonl import JsonlSink
from orpheus_core.errors import DiskFull, StorageError
from orpheus_core.storage import DiskStorage, Storage, WritableFile
from orpheus_core.testing import (
    CrashStorage,
    FaultyStorage,
    SimClock,
    check_crashes,
    count_calls,
)


def texts(folder: Path) -> list[bytes]:
    """The contents of the files, oldest first."""
    return [file.path.read_bytes() for file in text_files_in(folder)]


def read(folder: Path) -> list[Event]:
    return list(EventLog(folder, source=LogSource.JSONL).query())


def test_a_line_is_an_event_as_a_cloudevent(folder: Path) -> None:
    """Any program that knows the format can read it."""
    events = some_events(3)
    keep(LogSource.JSONL, folder, events[:2], events[2:])
    (text,) = texts(folder)
    lines = text.splitlines(keepends=True)
    assert lines == [line_of(event) for event in events]
    assert json.loads(lines[0])["specversion"] == "1.0"


@pytest.mark.skipif(os.name == "nt", reason="Windows has other rights")
def test_all_is_for_this_user_alone_from_the_first_byte(folder: Path) -> None:
    """The folder and the files."""
    previous = os.umask(0)
    try:
        keep(LogSource.JSONL, folder, some_events(1))
    finally:
        os.umask(previous)
    assert [stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()] == [0o600]
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.skipif(os.name == "nt", reason="Windows has other rights")
def test_rights_of_others_are_taken_away(folder: Path, tmp_path: Path) -> None:
    """As a folder that came back from a backup has them; where a link leads is left alone."""
    keep(LogSource.JSONL, folder, some_events(1))
    (old,) = folder.iterdir()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.touch()
    elsewhere.chmod(0o644)
    (folder / "link").symlink_to(elsewhere)
    folder.chmod(0o755)
    old.chmod(0o644)
    keep(LogSource.JSONL, folder, some_events(1))
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(old.stat().st_mode) == 0o600
    assert stat.S_IMODE(elsewhere.stat().st_mode) == 0o644


def test_nothing_is_opened_before_the_first_event(folder: Path) -> None:
    """A sink that is not needed costs nothing."""
    JsonlSink(folder, SimClock(), DiskStorage()).close()
    assert not folder.exists()


def test_a_batch_is_fsynced_once() -> None:
    """And the folder, once for each file."""
    storage = CrashStorage()
    storage.make_folder(storage.root / "events")
    storage.operations.clear()
    sink = JsonlSink(storage.root / "events", SimClock(), storage)
    sink.write(some_events(5))
    sink.write(some_events(5))
    sink.close()
    done = [re.sub(r" (\d+ bytes to )?events.*", "", operation) for operation in storage.operations]
    assert done == ["create", "fsync folder", *["write", "fsync"] * 2]


def test_what_was_written_survives_a_power_cut() -> None:
    """At each moment, every batch that was written is there; of the next, what is whole."""
    batches = [some_events(2), some_events(3), some_events(1)]
    every = [event for batch in batches for event in batch]
    written = 0

    def write(storage: Storage, root: Path) -> None:
        nonlocal written
        sink = JsonlSink(root / "events", SimClock(), storage)
        for batch in batches:
            sink.write(batch)
            written += len(batch)
        sink.close()

    def check(root: Path) -> None:
        kept = read(root / "events")
        assert kept[:written] == every[:written]
        assert kept == [event for event in every if event in kept]

    cuts = check_crashes(
        write, check, setup=lambda storage, root: storage.make_folders(root / "events")
    )
    assert written == len(every)
    assert cuts > 20


def test_a_disk_that_fails_once_costs_nothing(tmp_path: Path) -> None:
    """Whatever call fails: the batch is handed over again, and all is there once, in order."""
    batches = [some_events(3), some_events(3), some_events(3)]

    def write(storage: Storage, folder: Path) -> None:
        sink = JsonlSink(folder, SimClock(), storage)
        again: Sequence[Event] = ()
        for batch in batches:
            due = [*again, *batch]
            try:
                sink.write(due)
                again = ()
            except StorageError:
                again = due
        if again:
            sink.write(again)
        sink.close()

    calls = count_calls(DiskStorage(), lambda storage: write(storage, tmp_path / "0"))
    assert calls > 8
    for number in range(1, calls):  # the last is the close, after which nothing is due
        folder = tmp_path / str(number)
        write(FaultyStorage(DiskStorage(), number, OSError(errno.ENOSPC, "full")), folder)
        assert read(folder) == [event for batch in batches for event in batch]


def test_half_a_batch_is_cut_off_when_the_disk_is_full(folder: Path) -> None:
    """So that no event is twice in the log, and no line is two halves."""
    sink = JsonlSink(folder, SimClock(), DiskStorage())
    first, second = some_events(2), some_events(2)
    sink.write(first)
    assert sink._file is not None
    whole = sink._file
    sink._file = FaultyFile(whole)
    with pytest.raises(DiskFull):
        sink.write(second)
    assert texts(folder) == [b"".join(map(line_of, first))]
    sink.write(second)
    sink.close()
    assert read(folder) == [*first, *second]


def test_a_disk_that_stays_full_gathers_no_empty_files(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However often it is tried."""
    storage = DiskStorage()
    sink = JsonlSink(folder, SimClock(), storage)
    with monkeypatch.context() as full:
        create = storage.create
        full.setattr(storage, "create", lambda *a, **named: FaultyFile(create(*a, **named)))
        for _ in range(3):
            with pytest.raises(DiskFull):
                sink.write(some_events(2))
        assert list(folder.iterdir()) == []
    sink.write(events := some_events(2))
    sink.close()
    assert read(folder) == events


class FaultyFile(WritableFile):
    """Writes half of what it is given, then finds the disk full."""

    def __init__(self, inner: WritableFile) -> None:
        self._inner = inner

    def write(self, data: bytes | memoryview) -> None:
        self._inner.write(data[: len(data) // 2])
        raise DiskFull("no space is left")

    def fsync(self) -> None:
        self._inner.fsync()

    def tell(self) -> int:
        return self._inner.tell()

    def close(self) -> None:
        self._inner.close()


# --- rotation and bounds ----------------------------------------------------------------------


def test_a_file_ends_before_it_gets_too_large(folder: Path) -> None:
    """Here a quarter of a megabyte, since the whole log may have one; no line is in two."""
    sink = JsonlSink(folder, SimClock(), DiskStorage(), largest_mb=1)
    events = some_events(1000)
    for start in range(0, len(events), 100):
        sink.write(events[start : start + 100])
    sink.close()
    sizes = [len(text) for text in texts(folder)]
    assert len(sizes) > 1
    assert max(sizes) <= 250_000
    assert read(folder) == events


def test_a_file_ends_after_a_day(folder: Path) -> None:
    """Also when the clock goes back by more than that."""
    clock = SimClock()
    sink = JsonlSink(folder, clock, DiskStorage())
    events = some_events(4)
    for event, wait_s in zip(events, (0.0, 86_399.0, 1.0, 0.0), strict=True):
        clock.advance(wait_s)
        sink.write([event])
    clock.jump_wall(-3 * 86_400)
    sink.write(some_events(1))
    sink.close()
    assert sorted(text.count(b"\n") for text in texts(folder)) == [1, 2, 2]


def test_files_that_hold_only_older_events_are_deleted(folder: Path) -> None:
    """A day after they were begun, nothing is added; so many days later they go."""
    clock = SimClock()
    keep(LogSource.JSONL, folder, old := some_events(1, clock=clock))
    (file,) = folder.iterdir()
    for age, is_there in ((3 * 86_400.0, True), (86_401.0, False)):
        clock.advance(age)
        sink = JsonlSink(folder, clock, DiskStorage(), keep_days=3)
        sink.write(some_events(1))
        sink.close()
        assert file.exists() is is_there
    assert old[0] not in read(folder)


def test_the_oldest_files_go_when_all_take_too_much(folder: Path) -> None:
    """The bound holds at every moment; what is left is the newest, without a gap."""
    clock = SimClock()
    sink = JsonlSink(folder, clock, DiskStorage(), largest_mb=1)
    events = some_events(4000)
    largest = 0
    for start in range(0, len(events), 100):
        sink.write(events[start : start + 100])
        clock.advance(1)
        largest = max(largest, sum(map(len, texts(folder))))
    sink.close()
    kept = read(folder)
    assert kept == events[-len(kept) :]
    assert 500_000 < largest <= 1_000_000


def test_what_is_not_ours_is_left_alone(folder: Path) -> None:
    """A person's own export has another name."""
    folder.mkdir(parents=True)
    (folder / "events-mine.jsonl").write_bytes(b"x")
    (folder / "events-20209999T000000.000000Z-00000000.jsonl").write_bytes(b"no such day")
    clock = SimClock()
    sink = JsonlSink(folder, clock, DiskStorage(), keep_days=1)
    sink.write(some_events(1))
    sink.close()
    assert len(list(folder.iterdir())) == 3
    assert len(read(folder)) == 1


def test_a_file_that_was_removed_is_followed_by_another(folder: Path) -> None:
    """What is written to a file without a name is lost."""
    sink = JsonlSink(folder, SimClock(), DiskStorage())
    sink.write(some_events(1))
    for file in folder.iterdir():
        file.unlink()
    new = some_events(2)
    sink.write(new)
    sink.close()
    assert read(folder) == new


# --- reading what is torn ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "tail",
    [b'{"specversion":"1.0"', b"\0" * 5000, b"x" * 200_000, b"{}\n", b"\n\n", b"\xff\xfe\n"],
    ids=["half a line", "zeros", "much", "no event", "empty lines", "no text"],
)
@pytest.mark.parametrize("newest_first", [False, True])
def test_what_is_no_event_is_left_out(folder: Path, tail: bytes, newest_first: bool) -> None:
    """A writer that was stopped leaves half a line; the next one has its own file."""
    first, second = some_events(2), some_events(2)
    keep(LogSource.JSONL, folder, first)
    (file,) = folder.iterdir()
    with file.open("ab") as opened:
        opened.write(tail)
    clock = SimClock()
    clock.advance(60)
    sink = JsonlSink(folder, clock, DiskStorage())
    sink.write(second)
    sink.close()
    kept = list(EventLog(folder).query(newest_first=newest_first))
    assert kept == ([*first, *second] if not newest_first else [*first, *second][::-1])


@pytest.mark.parametrize("count", [0, 1, 2, 700])
def test_a_file_is_read_backwards_as_forwards(folder: Path, count: int) -> None:
    """Block by block; lines lie across the ends of blocks."""
    events = some_events(count)
    keep(LogSource.JSONL, folder, events) if events else None
    assert list(EventLog(folder).query(newest_first=True)) == events[::-1]
