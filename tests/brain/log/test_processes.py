"""What is left when a process is killed, and of several that write to one log."""

from __future__ import annotations

import contextlib
import itertools
import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

import orpheus_core as oc
from orpheus_core.brain import Event
from orpheus_core.brain.log import EventLog, LogSource
from orpheus_core.brain.log.keeper import MOST_LOST, MOST_WAITING
from orpheus_core.brain.log.sqlite import SqliteSink

SCRIPT = Path(__file__).with_name("publisher.py")
FOR_EVER = 10**9


@contextlib.contextmanager
def publisher(
    home: Path, source: LogSource, count: int, *, threads: int = 1
) -> Iterator[subprocess.Popen[bytes]]:
    """A process that waits to publish so many events on each of its threads."""
    command = [sys.executable, str(SCRIPT), str(home), source.value, str(count), str(threads)]
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environ, bufsize=0
    )
    with process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            yield process
        finally:
            process.kill()


def begin(process: subprocess.Popen[bytes]) -> None:
    assert process.stdin is not None
    process.stdin.write(b"go\n")


def numbers_of(process: subprocess.Popen[bytes]) -> list[int]:
    """The numbers that are still to be read, once the process has ended."""
    assert process.stdout is not None
    text = b""
    while part := process.stdout.read(1 << 20):
        text += part
    return [int(line) for line in text.split(b"\n")[1:-1]]


def kept_in(home: Path, source: LogSource) -> list[Event]:
    return list(EventLog(home / "state" / "events", source=source).query())


def check_database(home: Path) -> None:
    database = home / "state" / "events" / "events.sqlite"
    with contextlib.closing(sqlite3.connect(database)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


@pytest.mark.parametrize("published", [1, 3000])
def test_a_process_that_is_killed_costs_its_last_events_at_most(
    tmp_path: Path, source: LogSource, published: int
) -> None:
    """What is left has no gap, and the loss is no more than is documented; the log goes on."""
    with publisher(tmp_path, source, FOR_EVER) as process:
        begin(process)
        assert process.stdout is not None
        lines = itertools.islice(iter(process.stdout.readline, b""), published)
        newest = int(list(lines)[-1])
        process.kill()
        process.wait()
        newest = max([newest, *numbers_of(process)])
    kept = kept_in(tmp_path, source)
    assert [event.seq for event in kept] == list(range(1, len(kept) + 1))
    assert newest - len(kept) <= MOST_LOST
    with publisher(tmp_path, source, 3) as process:
        begin(process)
        assert process.wait() == 0
    again = kept_in(tmp_path, source)
    assert again[: len(kept)] == kept
    assert [e.kind for e in again[len(kept) :]].count("stage.started") == 3
    if source is LogSource.SQLITE:
        check_database(tmp_path)


def test_a_process_of_four_threads_that_is_killed_costs_no_more(
    tmp_path: Path, source: LogSource
) -> None:
    """Of each thread, what is left has no gap; the loss is that of all threads together."""
    with publisher(tmp_path, source, FOR_EVER, threads=4) as process:
        begin(process)
        assert process.stdout is not None
        lines = itertools.islice(iter(process.stdout.readline, b""), 3000)
        published = {int(line) for line in lines}
        process.kill()
        process.wait()
        published |= set(numbers_of(process))
    kept = kept_in(tmp_path, source)
    assert len(published - {event.seq for event in kept}) <= MOST_LOST
    for thread in range(4):
        attempts = [event.data["attempt"] for event in kept if event.subject == str(thread)]
        assert attempts == list(range(len(attempts)))
    assert len(kept) > 1000
    if source is LogSource.SQLITE:
        check_database(tmp_path)


def test_two_processes_write_to_one_log_at_once(tmp_path: Path, source: LogSource) -> None:
    """Nothing of either is lost, doubled, torn or out of order."""
    with (
        publisher(tmp_path, source, 4000) as one,
        publisher(tmp_path, source, 4000) as other,
    ):
        begin(one)
        begin(other)
        readers = [threading.Thread(target=numbers_of, args=(each,)) for each in (one, other)]
        for reader in readers:
            reader.start()
        assert one.wait() == other.wait() == 0
        for reader in readers:
            reader.join()
    kept = kept_in(tmp_path, source)
    runs = {event.run_id for event in kept}
    assert len(runs) == 2
    for run in runs:
        of_run = [event for event in kept if event.run_id == run]
        assert [event.seq for event in of_run] == list(range(1, len(of_run) + 1))
        assert sum(event.kind == "stage.started" for event in of_run) == 4000
    if source is LogSource.SQLITE:
        check_database(tmp_path)


def test_a_hundred_thousand_events_of_four_threads_are_all_kept(tmp_path: Path) -> None:
    """None lost, none out of order within its thread; no more than a queue and a batch wait."""
    each, threads = 25_000, 4
    let_through = itertools.count(1)
    most_waiting = 0
    config = {"events.largest_mb": 500}
    with oc.Orpheus(home=tmp_path, config=config, discover=False) as app:
        app.brain.events.emit("job.started")
        assert app.brain._recorder is not None
        keepers = app.brain._recorder._keepers
        (queue,) = (each._queue for each in keepers if each._name == SqliteSink.name)

        def look(_: Event) -> None:
            nonlocal most_waiting
            if not next(let_through) % 50:
                most_waiting = max(most_waiting, len(queue._queue))

        app.brain.events.subscribe(look, kinds=["stage.started"])

        def publish(thread: int) -> None:
            for number in range(each):
                app.brain.events.emit("stage.started", subject=f"{thread} {number}")

        workers = [threading.Thread(target=publish, args=(n,)) for n in range(threads)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    with contextlib.closing(sqlite3.connect(app.home.events / "events.sqlite")) as connection:
        query = "SELECT subject FROM events WHERE kind = 'stage.started' ORDER BY rowid"
        found = [row[0].split() for row in connection.execute(query)]
    for thread in range(threads):
        assert [int(n) for name, n in found if int(name) == thread] == list(range(each))
    assert len(found) == each * threads
    assert 0 < most_waiting <= MOST_WAITING
