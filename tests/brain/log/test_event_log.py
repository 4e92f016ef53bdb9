"""Reading the log: the same answers from the database and from the text files."""

from __future__ import annotations

import datetime
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.brain.log.made import keep, one_of_each, sink_of, some_events

from orpheus_core.brain import Event, Severity
from orpheus_core.brain.log import EventLog, LogSource, LogStats, short_id
from orpheus_core.brain.log.event_filter import EventFilter
from orpheus_core.errors import UnknownWord
from orpheus_core.testing import SimClock

START = SimClock().now()
MINUTE = datetime.timedelta(minutes=1)


@pytest.fixture
def events() -> list[Event]:
    """Five that differ, a minute apart, the last two of a job."""
    made = one_of_each(SimClock())
    made[3:] = [attrs.evolve(event, correlation_id="job-7") for event in made[3:]]
    made[2] = attrs.evolve(made[2], error_type="net.dns-failure")
    made[4] = attrs.evolve(made[4], error_type="svc.down")
    return made


@pytest.fixture
def log(source: LogSource, folder: Path, events: list[Event]) -> EventLog:
    """A log of these events, in each form."""
    keep(source, folder, events)
    return EventLog(folder, source=source)


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, [0, 1, 2, 3, 4]),
        ({"kinds": "job.failed"}, [4]),
        ({"kinds": ["job.*"]}, [0, 4]),
        ({"kinds": ["network.request.*", "plugin.said"]}, [1, 2, 3]),
        ({"kinds": ["[!n]*"]}, [0, 3, 4]),
        ({"kinds": []}, []),
        ({"min_severity": "warning"}, [2, 4]),
        ({"min_severity": Severity.ERROR}, [4]),
        ({"service": "sandbox"}, [0, 1, 2]),
        ({"plugin": "assistant"}, [3]),
        ({"correlation_id": "job-7"}, [3, 4]),
        ({"error_type": "net.*"}, [2]),
        ({"error_type": "svc.down"}, [4]),
        ({"since": START + MINUTE}, [1, 2, 3, 4]),
        ({"until": START + MINUTE}, [0]),
        ({"since": START + MINUTE, "until": START + 3 * MINUTE}, [1, 2]),
        ({"since": START + 9 * MINUTE}, []),
        ({"until": START}, []),
        ({"limit": 2}, [0, 1]),
        ({"newest_first": True}, [4, 3, 2, 1, 0]),
        ({"newest_first": True, "limit": 2, "kinds": "network.*"}, [2, 1]),
        ({"service": "sandbox", "min_severity": "info", "kinds": "job.*"}, [0]),
    ],
    ids=str,
)
def test_a_query_gives_what_fits_in_order(
    log: EventLog, events: list[Event], filters: dict[str, Any], expected: list[int]
) -> None:
    """All filters have to fit; the order is that of writing, or turned around."""
    assert list(log.query(**filters)) == [events[number] for number in expected]


@pytest.mark.parametrize(
    ("filters", "word"),
    [({"kinds": ["network.requst.failed"]}, "network.request.failed"), ({"kinds": "jobs"}, "job")],
)
def test_a_kind_that_does_not_exist_is_refused_at_once(
    log: EventLog, filters: dict[str, Any], word: str
) -> None:
    """Before the first event is asked for; an empty answer would say that nothing happened."""
    for ask in (log.query, log.follow):
        with pytest.raises(UnknownWord) as caught:
            ask(**filters)
        assert word in caught.value.next_step or caught.value.next_step


def test_a_severity_that_does_not_exist_is_refused_at_once(log: EventLog) -> None:
    """As for kinds."""
    with pytest.raises(UnknownWord):
        log.query(min_severity="loud")


_FILTERS = st.builds(
    EventFilter,
    kinds=st.sampled_from(
        [("*",), ("job.*",), ("job.started", "network.*"), ("job.failed",), ("*.failed",), ("?o*",)]
    ),
    min_severity=st.sampled_from(Severity),
    service=st.sampled_from([None, "sandbox", "deezer", "nobody"]),
    plugin=st.sampled_from([None, "assistant"]),
    error_type=st.sampled_from([None, "net.*", "svc.down", "*", "[!s]*", "*down"]),
    since=st.none() | st.integers(-1, 6).map(lambda n: START + n * MINUTE),
    until=st.none() | st.integers(-1, 6).map(lambda n: START + n * MINUTE),
)


@given(wanted=_FILTERS, newest_first=st.booleans())
def test_both_forms_give_what_the_filter_says(
    wanted: EventFilter, newest_first: bool, both_logs: tuple[list[Event], list[EventLog]]
) -> None:
    """The database answers in SQL, the text files by `EventFilter.matches`: the same events."""
    events, logs = both_logs
    expected = [event for event in events if wanted.matches(event)]
    fields = {field.name: getattr(wanted, field.name) for field in attrs.fields(EventFilter)}
    for log in logs:
        found = list(log.query(**fields, newest_first=newest_first))
        assert found == (expected[::-1] if newest_first else expected)


@pytest.fixture(scope="module")
def both_logs(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Event], list[EventLog]]:
    """The same events in both forms."""
    folder = tmp_path_factory.mktemp("logs") / "events"
    made = one_of_each(SimClock())
    made[2] = attrs.evolve(made[2], error_type="net.dns-failure")
    made[4] = attrs.evolve(made[4], error_type="svc.down")
    for source in LogSource:
        keep(source, folder, made)
    return made, [EventLog(folder, source=source) for source in LogSource]


def test_a_long_log_is_read_in_parts(source: LogSource, folder: Path) -> None:
    """Pages of the database, blocks of the files: all is there, once, in order."""
    events = some_events(1700)
    keep(source, folder, events)
    log = EventLog(folder, source=source)
    assert list(log.query()) == events
    assert list(log.query(newest_first=True)) == events[::-1]
    assert list(log.query(service="sandbox", limit=1200)) == events[:1200]


def test_a_reader_that_stops_half_way_is_in_nobodys_way(source: LogSource, folder: Path) -> None:
    """A writer goes on, and the reader sees what it began to look at, and what came."""
    events = some_events(1200)
    keep(source, folder, events[:1100])
    found = EventLog(folder, source=source).query()
    first = next(found)
    keep(source, folder, events[1100:])
    assert [first, *found][:1100] == events[:1100]


def test_the_last_run_is_the_one_that_wrote_last(source: LogSource, folder: Path) -> None:
    """Its id, or the word."""
    clock = SimClock()
    first = some_events(3, clock=clock)
    clock.advance(60)
    second = some_events(2, clock=clock)
    keep(source, folder, first)
    keep(source, folder, second)
    log = EventLog(folder, source=source)
    assert list(log.query(run_id="last")) == second
    assert list(log.query(run_id=first[0].run_id)) == first
    runs = log.runs()
    assert sorted(run.events for run in runs) == [2, 3]
    assert {run.run_id for run in runs} == {first[0].run_id, second[0].run_id}
    assert (runs[0].first, runs[0].last) in {(START, START), (START + MINUTE, START + MINUTE)}


def test_a_chain_is_all_of_one_job_in_order(log: EventLog, events: list[Event]) -> None:
    """What one correlation id ties together."""
    assert log.chain("job-7") == events[3:]
    assert log.chain("job-8") == []


# --- one event ------------------------------------------------------------------------------------


def test_an_event_is_found_by_its_id_or_its_short_id(log: EventLog, events: list[Event]) -> None:
    """In any case of letters, and with blanks around, as a person pastes it."""
    for event in events:
        for given_id in (event.id, short_id(event.id), f" {event.id.upper()} "):
            assert log.get(given_id) == event


def test_short_ids_of_a_run_differ(source: LogSource, folder: Path) -> None:
    """Also of events of one moment."""
    assert len({short_id(event.id) for event in some_events(5000)}) == 5000


def test_an_id_that_several_events_share_is_refused(log: EventLog, events: list[Event]) -> None:
    """The time at its front is that of its neighbours; the error names some."""
    with pytest.raises(UnknownWord, match="several") as caught:
        log.get(events[0].id[:4])
    assert events[-1].id in caught.value.why


@pytest.mark.parametrize("wrong", ["", "c", "ffffffffff", "%", "____", "*", "' OR 1=1 --"])
def test_an_id_that_no_event_has_is_refused(log: EventLog, wrong: str) -> None:
    """No letter stands for any other."""
    with pytest.raises(UnknownWord, match="no event"):
        log.get(wrong)


def test_an_exact_id_comes_before_a_part(source: LogSource, folder: Path) -> None:
    """An id may end as another one does."""
    events = some_events(2)
    events = [attrs.evolve(events[0], id="abcdef"), attrs.evolve(events[1], id="cdef")]
    keep(source, folder, events)
    log = EventLog(folder, source=source)
    assert log.get("cdef") == events[1]
    assert log.get("abcd") == events[0]


# --- numbers ------------------------------------------------------------------------------------


def test_the_numbers_of_a_log(log: EventLog, folder: Path, source: LogSource) -> None:
    """By kind, severity, service and error; from when to when; how large."""
    stats = log.stats()
    assert stats.events == 5
    assert stats.by_kind["job.started"] == stats.by_kind["plugin.said"] == 1
    assert len(stats.by_kind) == 5
    assert stats.by_severity == {
        Severity.INFO: 2,
        Severity.DEBUG: 1,
        Severity.WARNING: 1,
        Severity.ERROR: 1,
    }
    assert next(iter(stats.by_severity)) is Severity.INFO  # most first
    assert stats.by_service == {"sandbox": 3, "deezer": 1}
    assert stats.by_error_type == {"net.dns-failure": 1, "svc.down": 1}
    assert (stats.first, stats.last) == (START, START + 4 * MINUTE)
    pattern = "events.sqlite*" if source is LogSource.SQLITE else "*.jsonl"
    assert stats.size_bytes == sum(file.stat().st_size for file in folder.glob(pattern)) > 0


def test_pruning_says_how_much_is_gone(source: LogSource, folder: Path) -> None:
    """From the database event by event, of the files those in which all is older."""
    clock = SimClock()
    old = one_of_each(clock)
    keep(source, folder, old)
    clock.advance(3600)
    keep(source, folder, new := some_events(2, clock=clock))
    log = EventLog(folder, source=source)
    assert log.prune(START) == 0
    assert log.prune(clock.now()) == 5
    assert list(log.query()) == new
    assert log.prune(clock.now() + MINUTE) == 2
    assert log.stats().events == 0


# --- no log -------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [False, True], ids=["no folder", "empty folder"])
@pytest.mark.parametrize("form", [None, *LogSource])
def test_an_absent_log_is_an_empty_one(folder: Path, make: bool, form: LogSource | None) -> None:
    """And stays absent: reading makes no file."""
    if make:
        folder.mkdir(parents=True)
    for log in (EventLog(folder, source=form), EventLog(None)):
        assert list(log.query(run_id="last", newest_first=True)) == []
        assert log.stats() == LogStats()
        assert log.runs() == []
        assert log.chain("x") == []
        assert log.prune(START) == 0
        with pytest.raises(UnknownWord):
            log.get("0123456789")
    assert list(folder.parent.rglob("*")) == ([folder] if make else [])


def test_reading_leaves_no_file_behind(source: LogSource, log: EventLog, folder: Path) -> None:
    """Whatever is asked."""
    before = {(file.name, file.read_bytes()) for file in folder.iterdir()}
    list(log.query(kinds="job.*"))
    next(log.query())
    log.stats()
    log.runs()
    assert {(file.name, file.read_bytes()) for file in folder.iterdir()} == before


def test_a_database_that_is_being_made_is_an_empty_log(folder: Path) -> None:
    """Its writer has not come further."""
    folder.mkdir(parents=True)
    (folder / "events.sqlite").touch()
    assert list(EventLog(folder).query()) == []
    assert EventLog(folder).stats().events == 0


def test_the_database_is_read_where_there_are_both(folder: Path) -> None:
    """The forms are not mixed: each event would be there twice."""
    keep(LogSource.JSONL, folder, texts := some_events(1))
    keep(LogSource.SQLITE, folder, rows := some_events(2))
    assert list(EventLog(folder).query()) == rows
    assert list(EventLog(folder, source=LogSource.JSONL).query()) == texts


def test_what_is_due_is_written_before_reading(folder: Path, source: LogSource) -> None:
    """Whoever looks sees what has happened before."""
    due = some_events(2)

    def write() -> None:
        if due:
            keep(source, folder, due[:])
            due.clear()

    assert len(list(EventLog(folder, before_reading=write).query())) == 2


# --- following ----------------------------------------------------------------------------------


def taken(found: Iterator[Event], count: int) -> list[Event]:
    return [next(found) for _ in range(count)]


def test_following_shows_the_last_and_then_what_comes(source: LogSource, folder: Path) -> None:
    """Each event once, in order, however many come between two looks."""
    clock = SimClock()
    events = some_events(40)
    sink = sink_of(source, folder)
    sink.write(events[:20])
    found = EventLog(folder, source=source, clock=clock).follow(last=3, poll_s=2.0)
    assert taken(found, 3) == events[17:20]
    sink.write(events[20:21])
    assert taken(found, 1) == events[20:21]
    sink.write(events[21:30])
    sink.write(events[30:])
    assert taken(found, 19) == events[21:]
    sink.close()
    assert set(clock.sleeps) <= {2.0}


def test_following_does_not_take_half_a_line(folder: Path) -> None:
    """It is looked at again when it has its end, and then once."""
    keep(LogSource.JSONL, folder, events := some_events(2))
    (file,) = folder.iterdir()
    text = file.read_bytes()
    file.write_bytes(text[:-1])
    clock = CompletesFile(file, text)
    found = EventLog(folder, clock=clock).follow(last=9)
    assert taken(found, 1) == events[:1]
    assert clock.sleeps == []
    assert taken(found, 1) == events[1:]
    assert clock.sleeps != []


class CompletesFile(SimClock):
    """A clock that has a file written while somebody sleeps."""

    def __init__(self, file: Path, text: bytes) -> None:
        super().__init__()
        self._file, self._text = file, text

    def sleep(self, seconds: float, cancel: threading.Event | None = None) -> bool:
        self._file.write_bytes(self._text)
        return super().sleep(seconds, cancel)


def test_following_takes_only_what_fits(source: LogSource, folder: Path) -> None:
    """Of the last ones and of those that come."""
    events = one_of_each(SimClock())
    sink = sink_of(source, folder)
    sink.write(events[:3])
    log = EventLog(folder, source=source, clock=SimClock())
    found = log.follow(kinds="job.*", min_severity="info")
    assert taken(found, 1) == [events[0]]
    sink.write(events[3:])
    sink.close()
    assert taken(found, 1) == [events[4]]


def test_following_waits_for_a_log_that_is_not_there_yet(source: LogSource, folder: Path) -> None:
    """Then shows it from its first event."""
    events = some_events(3)
    looks = 0

    def before_reading() -> None:
        nonlocal looks
        looks += 1
        if looks == 3:
            keep(source, folder, events)

    log = EventLog(folder, clock=SimClock(), before_reading=before_reading)
    assert taken(log.follow(), 3) == events


def test_following_goes_on_after_a_log_was_emptied(folder: Path) -> None:
    """Rows are numbered anew then."""
    clock = SimClock()
    sink = sink_of(LogSource.SQLITE, folder)
    sink.write(some_events(30, clock=clock))
    log = EventLog(folder, clock=clock)
    found = log.follow(last=1)
    next(found)
    log.prune(clock.now() + MINUTE)
    sink.write(new := some_events(31, clock=clock))
    sink.close()
    assert taken(found, 31) == new


def test_following_ends_when_it_is_cancelled(source: LogSource, folder: Path) -> None:
    """As Ctrl-C does."""
    keep(source, folder, events := some_events(1))
    cancel = threading.Event()
    cancel.set()
    log = EventLog(folder, source=source, clock=SimClock())
    assert list(log.follow(cancel=cancel)) == events
