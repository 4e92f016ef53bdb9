"""What an event costs: with 0, 1, 10 and 100 subscribers, and kept in JSONL and SQLite.

Beside it in the same run: a blinker signal (where blinker is installed) and a plain pluggy hook
with as many receivers, which get an event that is there already; and for SQLite, a bare
`executemany` of equal rows. All take turns, and medians are compared; the best of all rounds
stands behind each. The first table counts processor time, the second what passes until all is
kept. Times are told, never judged.

    python benchmarks/events.py
"""

from __future__ import annotations

import datetime
import importlib
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import ModuleType

import pluggy

from orpheus_core.brain import Event, EventBus, Scalar, Severity
from orpheus_core.brain.log.jsonl import JsonlSink
from orpheus_core.brain.log.keeper import MOST_AT_ONCE, Keeper
from orpheus_core.brain.log.sqlite import SqliteSink
from orpheus_core.brain.log.sqlite_file import open_for_writing
from orpheus_core.brain.log.sqlite_rows import COLUMNS, insert_of, rows_of
from orpheus_core.clock import SystemClock
from orpheus_core.redaction import Redactor
from orpheus_core.storage import DiskStorage

_BUDGET_S = 15.0
_CALLS = 500
_KEPT = 10_000
_ROUNDS_KEPT = 7
_NUMBERS = (0, 1, 10, 100)
_EMPTY, _FULL = "system.stopped", "network.request.finished"
_DATA: Mapping[str, Scalar] = {
    "http.request.method": "GET",
    "url.full": "https://api.service.example/v1/track/12345678",
    "server.address": "api.service.example",
    "http.response.status_code": 200,
}

Work = Callable[[], object]

_FINE_S = 1e-6
_processor_time = (
    time.thread_time
    if time.get_clock_info("thread_time").resolution <= _FINE_S
    else time.perf_counter
)


def main() -> None:
    """Measure, and print medians and ratios."""
    _say(f"Python {sys.version.split()[0]}, SQLite {sqlite3.sqlite_version}")
    blinker = _blinker()
    if blinker is None:
        _say("blinker is not installed: left out")
    _compare_dispatch(blinker)
    with tempfile.TemporaryDirectory() as folder:
        _compare_keeping(Path(folder))


# --- dispatch -------------------------------------------------------------------------------


def _compare_dispatch(blinker: ModuleType | None) -> None:
    ways = {
        "orpheus, an event without data": _orpheus(_EMPTY, None),
        "orpheus, an event with 4 fields": _orpheus(_FULL, _DATA),
        "the same, and a secret to look for": _orpheus(_FULL, _DATA, secret="s3cret-token-1234"),
        "pluggy, a plain hook": _pluggy,
    }
    if blinker is not None:
        ways["blinker, a signal"] = lambda number: _blinker_signal(blinker, number)
    works = {(name, number): way(number) for name, way in ways.items() for number in _NUMBERS}
    works["Event(...), its constructor alone", 0] = _one_event
    times: dict[tuple[str, int], list[float]] = {key: [] for key in works}
    due_s = time.monotonic() + _BUDGET_S
    while time.monotonic() < due_s:
        for key, work in works.items():
            calls = _CALLS // 10 if key[1] == _NUMBERS[-1] else _CALLS
            times[key].append(_seconds_each(work, calls))
    head = "".join(f"{number:>16}" for number in _NUMBERS)
    _say(f"\nmicroseconds an event, by subscribers: median (best)\n{'':36}{head}   one more")
    for name in dict.fromkeys(name for name, _ in works):
        found = {number: times[name, number] for number in _NUMBERS if (name, number) in times}
        cells = "".join(f"{_us(statistics.median(t)):>8} ({_us(min(t))})" for t in found.values())
        _say(f"{name:36}{cells}{_one_more(found)}")


def _one_more(times: Mapping[int, Sequence[float]]) -> str:
    """What one more subscriber adds: from 10 to 100."""
    few, many = _NUMBERS[-2:]
    if many not in times:
        return ""
    added = statistics.median(times[many]) - statistics.median(times[few])
    return f"{_us(added / (many - few)):>11}"


def _orpheus(
    kind: str, data: Mapping[str, Scalar] | None, *, secret: str = ""
) -> Callable[[int], Work]:
    def way(number: int) -> Work:
        bus = _bus(secret)
        for _ in range(number):
            bus.subscribe(_hear)
        return lambda: bus.emit(kind, data=data)

    return way


def _bus(secret: str = "") -> EventBus:
    redactor = Redactor()
    redactor.add(secret)
    return EventBus(SystemClock(), redactor)


def _hear(_: Event) -> None:
    """Do nothing."""


class _Specs:
    @pluggy.HookspecMarker("bench")
    def happened(self, event: Event) -> None:
        """Something happened."""


class _Listener:
    @pluggy.HookimplMarker("bench")
    def happened(self, event: Event) -> None:
        """Do nothing."""


def _pluggy(number: int) -> Work:
    plugins = pluggy.PluginManager("bench")
    plugins.add_hookspecs(_Specs)
    for _ in range(number):
        plugins.register(_Listener())
    event = _one_event()
    return lambda: plugins.hook.happened(event=event)


def _blinker() -> ModuleType | None:
    try:
        return importlib.import_module("blinker")
    except ImportError:
        return None


def _blinker_signal(blinker: ModuleType, number: int) -> Work:
    signal = blinker.Signal()
    for _ in range(number):
        signal.connect(_Receiver().hear, weak=False)
    event = _one_event()
    return lambda: signal.send("bench", event=event)


class _Receiver:
    def hear(self, sender: str, event: Event) -> None:
        """Do nothing. (A method each: blinker calls one function once, however often connected.)"""


def _one_event() -> Event:
    return Event(
        id="01890a5d-ac96-774b-bcce-b302099a8057",
        time=datetime.datetime.now(datetime.UTC),
        kind=_FULL,
        severity=Severity.DEBUG,
        data=_DATA,
    )


# --- keeping --------------------------------------------------------------------------------


def _compare_keeping(folder: Path) -> None:
    bus = _bus()
    events = [_published(bus) for _ in range(_KEPT)]
    rows = rows_of(events)
    ways: dict[str, Callable[[Path], float]] = {
        "published, kept by nobody": lambda _: _timed(lambda: _publish(_bus())),
        "published and kept in JSONL": lambda there: _kept(_jsonl(there)),
        "published and kept in SQLite": lambda there: _kept(_sqlite(there)),
        "JSONL alone, events made before": lambda there: _written(_jsonl(there), events),
        "SQLite alone, events made before": lambda there: _written(_sqlite(there), events),
        "executemany, the same table": lambda there: _bare(_same_table(there), rows),
        "executemany, no indexes": lambda there: _bare(_plain_table(there), rows),
    }
    times: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(_ROUNDS_KEPT + 1):
        for name, way in ways.items():
            there = folder / f"{number}-{len(name)}-{name[:4]}"
            there.mkdir()
            seconds = way(there)
            if number:  # the first round only warms up
                times[name].append(seconds / _KEPT)
    base = statistics.median(times["executemany, the same table"])
    _say(f"\nmicroseconds an event, of {_KEPT} in batches of {MOST_AT_ONCE}: median (best)")
    for name, found in times.items():
        median = statistics.median(found)
        _say(f"{name:36}{_us(median):>8} ({_us(min(found))})   x{median / base:.2f}")
    _say("x: against a bare executemany of the same rows into the same table")


def _jsonl(folder: Path) -> JsonlSink:
    clock = SystemClock()
    return JsonlSink(folder, clock, DiskStorage(clock))


def _sqlite(folder: Path) -> SqliteSink:
    return SqliteSink(folder, SystemClock())


def _published(bus: EventBus) -> Event:
    return bus.emit(_FULL, service="service", subject="track/service:track:12345678", data=_DATA)


def _publish(bus: EventBus) -> None:
    for _ in range(_KEPT):
        _published(bus)


def _kept(sink: JsonlSink | SqliteSink) -> float:
    bus = _bus()
    keeper = Keeper(sink, "bench", bus)
    bus.subscribe(keeper.put)

    def work() -> None:
        _publish(bus)
        if not keeper.flush(600.0):
            raise RuntimeError("the sink does not come to an end")

    seconds = _timed(work)
    keeper.start_closing(60.0).join(60.0)
    return seconds


def _written(sink: JsonlSink | SqliteSink, events: Sequence[Event]) -> float:
    def work() -> None:
        for start in range(0, len(events), MOST_AT_ONCE):
            sink.write(events[start : start + MOST_AT_ONCE])

    seconds = _timed(work)
    sink.close()
    return seconds


def _same_table(folder: Path) -> sqlite3.Connection:
    connection = open_for_writing(folder / "events.sqlite")
    connection.execute("PRAGMA wal_autocheckpoint = 1000")  # SQLite's own habit
    return connection


def _plain_table(folder: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(folder / "events.sqlite", isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute(f"CREATE TABLE events ({', '.join(COLUMNS)})")
    return connection


def _bare(connection: sqlite3.Connection, rows: Sequence[Sequence[object]]) -> float:
    insert = insert_of(1) if _has_key(connection) else insert_of(1).split("ON CONFLICT")[0]

    def work() -> None:
        for start in range(0, len(rows), MOST_AT_ONCE):
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(insert, rows[start : start + MOST_AT_ONCE])
            connection.execute("COMMIT")

    seconds = _timed(work)
    connection.close()
    return seconds


def _has_key(connection: sqlite3.Connection) -> bool:
    return bool(connection.execute("PRAGMA index_list(events)").fetchall())


# --- measuring and telling ------------------------------------------------------------------


def _seconds_each(work: Work, calls: int) -> float:
    began_s = _processor_time()
    for _ in range(calls):
        work()
    return (_processor_time() - began_s) / calls


def _timed(work: Work) -> float:
    began_s = time.perf_counter()
    work()
    return time.perf_counter() - began_s


def _us(seconds: float) -> str:
    return f"{seconds * 1e6:.2f}"


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    main()
