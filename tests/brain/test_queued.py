"""The bounded queue with a thread behind it."""

from __future__ import annotations

import datetime
import json
import os
import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence

import attrs
import pytest

from orpheus_core.brain import KINDS, Event, Scalar, Severity
from orpheus_core.brain.queued import QueuedDelivery

LONG_S = 60.0
"""Longer than any test may take: nothing here ends because it is over."""

NOW = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
DROPPED = "brain.events.dropped"


def event(number: int, kind: str = "stage.started") -> Event:
    return Event(id=str(number), time=NOW, kind=kind, severity=Severity.DEBUG, seq=number)


@attrs.define
class Slow:
    """A consumer that holds every batch until it is let go."""

    batches: list[list[int]] = attrs.field(factory=list)
    got_one: threading.Event = attrs.field(factory=threading.Event)
    may_go: threading.Event = attrs.field(factory=threading.Event)

    def __call__(self, batch: Sequence[Event]) -> None:
        self.batches.append([each.seq for each in batch])
        self.got_one.set()
        assert self.may_go.wait(LONG_S)

    @property
    def got(self) -> list[int]:
        return [number for batch in self.batches for number in batch]


@attrs.define
class Reports:
    """What was told of drops."""

    told: list[Mapping[str, Scalar]] = attrs.field(factory=list)

    def __call__(self, data: Mapping[str, Scalar]) -> None:
        self.told.append(data)

    @property
    def counts(self) -> list[Scalar]:
        return [data["dropped"] for data in self.told]

    @property
    def kinds(self) -> list[dict[str, int]]:
        return [json.loads(str(data["kinds"])) for data in self.told]


@pytest.fixture
def slow() -> Iterator[Slow]:
    consumer = Slow()
    yield consumer
    consumer.may_go.set()


@pytest.fixture
def reports() -> Reports:
    return Reports()


def held(slow: Slow, reports: Reports, most: int, wait_s: float = 0.0) -> QueuedDelivery:
    """A queue whose consumer holds event 0, so that everything else has to queue."""
    queue = QueuedDelivery("slow one", slow, reports, most=most, wait_s=wait_s)
    assert queue.put(event(0))
    assert slow.got_one.wait(LONG_S)
    return queue


def test_what_came_meanwhile_is_one_batch_in_its_order(slow: Slow, reports: Reports) -> None:
    """The slower the consumer, the larger its batches."""
    queue = held(slow, reports, most=10)
    for number in range(1, 8):
        assert queue.put(event(number))
    slow.may_go.set()
    assert queue.flush(LONG_S)
    assert slow.batches == [[0], [1, 2, 3, 4, 5, 6, 7]]
    assert reports.told == []


def test_no_batch_is_larger_than_it_may_be(slow: Slow, reports: Reports) -> None:
    """So that a consumer knows what it can lose at once."""
    queue = QueuedDelivery("q", slow, reports, most=10, most_at_once=3)
    queue.put(event(0))
    assert slow.got_one.wait(LONG_S)
    for number in range(1, 8):
        queue.put(event(number))
    slow.may_go.set()
    assert queue.flush(LONG_S)
    assert slow.batches == [[0], [1, 2, 3], [4, 5, 6], [7]]


def test_a_full_queue_drops_what_comes_and_keeps_what_is_there(
    slow: Slow, reports: Reports
) -> None:
    """And it tells the publisher so."""
    queue = held(slow, reports, most=2)
    assert [queue.put(event(number)) for number in range(1, 5)] == [True, True, False, False]
    slow.may_go.set()
    assert queue.close(LONG_S)
    assert slow.got == [0, 1, 2]


def test_drops_are_told_at_once_and_then_when_the_queue_has_run_empty(
    slow: Slow, reports: Reports
) -> None:
    """Not for each event, and each is counted once."""
    queue = held(slow, reports, most=1)
    queue.put(event(1))
    queue.put(event(2))
    assert reports.told == [
        {"subscriber": "slow one", "dropped": 1, "kinds": '{"stage.started": 1}'}
    ]
    for kind in ("stage.finished", "stage.started", "stage.started"):
        queue.put(event(3, kind))
    assert len(reports.told) == 1
    slow.may_go.set()
    assert queue.flush(LONG_S)
    assert reports.counts == [1, 3]
    assert reports.kinds[1] == {"stage.started": 2, "stage.finished": 1}


def test_the_end_is_told_when_the_queue_is_empty_and_not_before(reports: Reports) -> None:
    """A consumer that stays behind is one matter, not one for each batch."""
    told: list[int] = []
    has_one, may_go = threading.Event(), threading.Event()

    def consumer(batch: Sequence[Event]) -> None:
        told.append(len(reports.told))
        has_one.set()
        assert may_go.wait(LONG_S)

    queue = QueuedDelivery("q", consumer, reports, most=3, most_at_once=1)
    queue.put(event(0))
    assert has_one.wait(LONG_S)
    for number in range(1, 7):
        queue.put(event(number))
    may_go.set()
    assert queue.flush(LONG_S)
    assert told == [0, 1, 1, 1]
    assert reports.counts == [1, 2]


def test_each_time_that_it_falls_behind_is_told_of_anew(slow: Slow, reports: Reports) -> None:
    """Once it had caught up."""
    queue = held(slow, reports, most=1)
    queue.put(event(1))
    queue.put(event(2))
    slow.may_go.set()
    assert queue.flush(LONG_S)
    slow.may_go.clear()
    slow.got_one.clear()
    queue.put(event(3))
    assert slow.got_one.wait(LONG_S)
    queue.put(event(4))
    queue.put(event(5))
    assert reports.counts == [1, 1]


def test_a_report_names_the_most_frequent_kinds_and_counts_the_rest(
    slow: Slow, reports: Reports
) -> None:
    """So that it fits into one text of an event, whatever is dropped."""
    queue = held(slow, reports, most=1)
    queue.put(event(1))
    queue.put(event(2))
    kinds = sorted(KINDS.keys() - {DROPPED})
    for kind in (*kinds, "job.started"):
        queue.put(event(3, kind))
    slow.may_go.set()
    assert queue.flush(LONG_S)
    named = reports.kinds[1]
    assert sum(named.values()) == reports.counts[1] == len(kinds) + 1
    assert named["job.started"] == 2
    assert named["*"] > 1
    assert len(str(reports.told[1]["kinds"])) < 2000


def test_a_report_does_not_name_what_anybody_may_invent(slow: Slow, reports: Reports) -> None:
    """It is counted; a name of any length would cut the JSON in the middle."""
    queue = held(slow, reports, most=1)
    for number in range(1, 4):
        queue.put(event(number))
    queue.put(event(4, "x" * 2000))
    slow.may_go.set()
    assert queue.flush(LONG_S)
    assert reports.kinds[1] == {"stage.started": 1, "*": 1}


def test_a_report_finds_room_where_nothing_else_does(slow: Slow, reports: Reports) -> None:
    """A log that does not say what it lacks would look whole; yet there is an end to it."""
    queue = held(slow, reports, most=1)
    queue.put(event(1))
    assert not queue.put(event(2))
    assert queue.put(event(3, DROPPED))
    put = [queue.put(event(4, DROPPED)) for _ in range(100)]
    assert not all(put)
    slow.may_go.set()
    assert queue.close(LONG_S)
    assert slow.got[:3] == [0, 1, 3]


def test_a_publisher_that_waits_gets_room(slow: Slow, reports: Reports) -> None:
    """Nothing is dropped as long as the consumer moves."""
    queue = held(slow, reports, most=1, wait_s=LONG_S)
    queue.put(event(1))
    put: list[bool] = []
    waiting = threading.Thread(target=lambda: put.append(queue.put(event(2))))
    waiting.start()
    slow.may_go.set()
    waiting.join()
    assert queue.close(LONG_S)
    assert put == [True]
    assert slow.got == [0, 1, 2]
    assert reports.told == []


def test_after_one_waited_in_vain_nobody_waits_until_the_consumer_moves(
    slow: Slow, reports: Reports, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A consumer that hangs costs its bound once, not at each event."""
    queue = held(slow, reports, most=1, wait_s=7.0)
    queue.put(event(1))
    waits: list[float | None] = []

    def time_passes(predicate: object, timeout: float | None = None) -> bool:
        waits.append(timeout)
        return False

    with monkeypatch.context() as patch:
        patch.setattr(queue._moved, "wait_for", time_passes)
        assert [queue.put(event(2)), queue.put(event(3))] == [False, False]
        assert waits == [7.0]
        slow.may_go.set()
    assert queue.flush(LONG_S)
    slow.may_go.clear()
    slow.got_one.clear()
    queue.put(event(4))
    assert slow.got_one.wait(LONG_S)
    queue.put(event(5))
    monkeypatch.setattr(queue._moved, "wait_for", time_passes)
    assert not queue.put(event(6))
    assert waits == [7.0, 7.0]


def test_the_consumer_never_waits_for_its_own_queue(reports: Reports) -> None:
    """What it publishes itself and does not fit is dropped; it can neither flush nor close."""
    done: list[bool] = []

    def consumer(batch: Sequence[Event]) -> None:
        if not done:
            done.extend(queue.put(event(number)) for number in range(3))
            done.append(queue.flush(LONG_S))
            done.append(queue.close(LONG_S))

    queue = QueuedDelivery("q", consumer, reports, most=2, wait_s=LONG_S)
    queue.put(event(0))
    assert queue.close(LONG_S)
    assert done == [True, True, False, False, False]


def test_close_delivers_what_is_queued_however_long_it_would_have_been_gathered(
    reports: Reports,
) -> None:
    """And then the thread is over, and nothing more is taken."""
    got: list[int] = []
    queue = QueuedDelivery(
        "q", lambda batch: got.extend(e.seq for e in batch), reports, most=9, gather_s=10 * LONG_S
    )
    for number in range(5):
        queue.put(event(number))
    assert queue.close(LONG_S)
    assert got == [0, 1, 2, 3, 4]
    assert not queue.put(event(5))
    assert queue.close(LONG_S)
    assert got == [0, 1, 2, 3, 4]
    assert reports.told == []


def test_while_it_closes_nothing_more_is_taken(slow: Slow, reports: Reports) -> None:
    """Otherwise those who go on publishing would keep it from ending."""

    def consumer(batch: Sequence[Event]) -> None:
        queue.close(LONG_S)
        slow(batch)

    queue = QueuedDelivery("q", consumer, reports, most=5)
    queue.put(event(0))
    assert slow.got_one.wait(LONG_S)
    assert not queue.put(event(1))
    slow.may_go.set()
    assert queue.close(LONG_S)
    assert slow.got == [0]


def test_flush_does_not_wait_until_a_batch_is_full(reports: Reports) -> None:
    """It asks for what is there."""
    got: list[int] = []
    queue = QueuedDelivery(
        "q", lambda batch: got.extend(e.seq for e in batch), reports, most=9, gather_s=10 * LONG_S
    )
    queue.put(event(0))
    assert queue.flush(LONG_S)
    queue.put(event(1))
    assert queue.flush(LONG_S)
    assert got == [0, 1]
    queue.close(LONG_S)


def test_a_full_batch_is_delivered_at_once(
    slow: Slow, reports: Reports, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Gathering ends where there is nothing more to gather."""
    queue = QueuedDelivery("q", slow, reports, most=9, most_at_once=3, gather_s=10 * LONG_S)
    wait_for, gathers = queue._came.wait_for, threading.Event()

    def watched(predicate: Callable[[], bool], timeout: float | None = None) -> bool:
        gathers.set()
        return wait_for(predicate, timeout)

    monkeypatch.setattr(queue._came, "wait_for", watched)
    queue.put(event(0))
    assert gathers.wait(LONG_S)
    queue.put(event(1))
    queue.put(event(2))
    assert slow.got_one.wait(LONG_S)
    assert slow.batches == [[0, 1, 2]]


def test_close_gives_up_on_a_consumer_that_hangs_and_tells_what_is_lost(
    slow: Slow, reports: Reports
) -> None:
    """Within its bound; what the consumer holds is its own."""
    queue = held(slow, reports, most=5)
    queue.put(event(1))
    queue.put(event(2, "job.failed"))
    assert not queue.close(0.01)
    assert reports.kinds == [{"stage.started": 1, "job.failed": 1}]
    slow.may_go.set()
    assert queue.close(LONG_S)
    assert slow.got == [0]


def test_what_is_queued_when_the_consumer_itself_closes_is_told(reports: Reports) -> None:
    """It cannot wait for itself, and what nobody gets is not passed over in silence."""
    got: list[int] = []
    filled = threading.Event()

    def consumer(batch: Sequence[Event]) -> None:
        got.extend(each.seq for each in batch)
        assert filled.wait(LONG_S)
        assert not queue.close(LONG_S)

    queue = QueuedDelivery("q", consumer, reports, most=5, most_at_once=1)
    for number in range(3):
        assert queue.put(event(number))
    filled.set()
    assert queue.close(LONG_S)
    assert got == [0]
    assert reports.kinds == [{"stage.started": 2}]


@pytest.mark.parametrize("error", [RuntimeError(), KeyboardInterrupt()])
def test_whoever_raises_at_a_report_does_not_end_the_thread(
    slow: Slow, error: BaseException
) -> None:
    """The next event is delivered all the same."""

    def tell(data: Mapping[str, Scalar]) -> None:
        if threading.current_thread() is queue._thread:
            raise error

    queue = QueuedDelivery("q", slow, tell, most=1)
    queue.put(event(0))
    assert slow.got_one.wait(LONG_S)
    for number in range(1, 4):
        queue.put(event(number))
    slow.may_go.set()
    assert queue.flush(LONG_S)
    assert queue.put(event(4))
    assert queue.close(LONG_S)
    assert slow.got == [0, 1, 4]


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_in_a_fork_it_is_closed(slow: Slow, reports: Reports) -> None:
    """Its thread is the parent's, as is what is queued; and so may be whoever holds its lock."""
    queue = held(slow, reports, most=1, wait_s=LONG_S)
    queue.put(event(1))
    is_held, let_go = threading.Event(), threading.Event()

    def hold() -> None:
        with queue._came:
            is_held.set()
            let_go.wait(LONG_S)

    holder = threading.Thread(target=hold)
    holder.start()
    assert is_held.wait(LONG_S)
    child = os.fork()
    if child == 0:
        fine = False
        try:
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.alarm(20)  # ends a child that would wait for ever
            took = [queue.put(event(2)), queue.flush(LONG_S), queue.close(LONG_S)]
            fine = took == [False, True, True] and not reports.told
        finally:
            os._exit(not fine)
    let_go.set()
    holder.join()
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    slow.may_go.set()
    assert queue.close(LONG_S)
    assert slow.got == [0, 1]


def test_a_batch_on_which_the_consumer_raises_counts_as_dropped(reports: Reports) -> None:
    """The next one is delivered all the same."""
    got: list[int] = []

    def consumer(batch: Sequence[Event]) -> None:
        if batch[0].seq == 0:
            raise SystemExit
        got.extend(each.seq for each in batch)

    queue = QueuedDelivery("q", consumer, reports, most=5)
    queue.put(event(0))
    assert queue.flush(LONG_S)
    queue.put(event(1))
    assert queue.close(LONG_S)
    assert got == [1]
    assert reports.kinds == [{"stage.started": 1}]


def test_a_consumer_that_fails_on_reports_does_not_go_round_for_ever() -> None:
    """That a report was dropped is told to nobody."""
    calls = 0

    def consumer(batch: Sequence[Event]) -> None:
        nonlocal calls
        calls += 1
        raise RuntimeError

    queue = QueuedDelivery("q", consumer, lambda data: queue.put(event(9, DROPPED)), most=5)
    queue.put(event(0))
    assert queue.close(LONG_S)
    assert calls == 2


def test_what_is_abandoned_is_not_delivered_and_not_missed(slow: Slow, reports: Reports) -> None:
    """Nobody wants it any longer."""
    queue = held(slow, reports, most=5)
    queue.put(event(1))
    queue.abandon()
    assert not queue.put(event(2))
    slow.may_go.set()
    assert queue.close(LONG_S)
    assert slow.got == [0]
    assert reports.told == []


def test_nothing_is_lost_or_out_of_order_when_four_threads_publish(reports: Reports) -> None:
    """As long as they wait: within each thread."""
    got: dict[str, list[int]] = {name: [] for name in "abcd"}

    def consumer(batch: Sequence[Event]) -> None:
        for each in batch:
            got[each.id].append(each.seq)

    queue = QueuedDelivery("q", consumer, reports, most=20, most_at_once=7, wait_s=LONG_S)

    def publish(name: str) -> None:
        for number in range(500):
            queue.put(attrs.evolve(event(number), id=name))

    threads = [threading.Thread(target=publish, args=(name,)) for name in got]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert queue.close(LONG_S)
    assert got == {name: list(range(500)) for name in "abcd"}
    assert reports.told == []


def test_a_queue_without_room_is_refused() -> None:
    """Nothing would ever be delivered."""
    with pytest.raises(ValueError, match="room for one event at least"):
        QueuedDelivery("q", print, print, most=0)
