"""Subscribers that get their events on a thread of their own."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

import orpheus_core as oc
from orpheus_core.brain import (
    Event,
    EventBus,
    Subscription,
    correlated,
    current_correlation,
    faults_of,
)
from orpheus_core.redaction import Redactor
from orpheus_core.testing.clock import SimClock

LONG_S = 60.0


@pytest.fixture
def bus() -> EventBus:
    return EventBus(SimClock(), Redactor())


class Held:
    """A subscriber that takes its first event and then waits to be let go."""

    def __init__(self) -> None:
        self.got: list[str] = []
        self.has_one = threading.Event()
        self.may_go = threading.Event()

    def __call__(self, event: Event) -> None:
        self.got.append(event.kind)
        self.has_one.set()
        assert self.may_go.wait(LONG_S)


def test_a_subscriber_with_a_queue_gets_its_events_on_its_own_thread(bus: EventBus) -> None:
    """Filtered and in order, without the publisher's waiting for it."""
    held = Held()
    bus.subscribe(held, kinds=["job.*"], service="qobuz", queue=10)
    bus.emit("job.started", service="qobuz")
    assert held.has_one.wait(LONG_S)
    bus.emit("stage.started", service="qobuz")
    bus.emit("job.started", service="deezer")
    bus.emit("job.finished", service="qobuz")
    held.may_go.set()
    assert bus.flush(LONG_S)
    assert held.got == ["job.started", "job.finished"]


def test_the_bus_tells_who_was_too_slow_and_what_was_dropped(bus: EventBus) -> None:
    """When it begins and when it is over; the work is not disturbed."""
    held, told = Held(), list[Event]()
    bus.subscribe(held, kinds=["stage.*"], name="a slow one", queue=1)
    bus.subscribe(told.append, kinds=["brain.*"])
    bus.emit("stage.started")
    assert held.has_one.wait(LONG_S)
    for kind in ("stage.finished", "stage.started", "stage.failed", "stage.failed"):
        bus.emit(kind)
    held.may_go.set()
    assert bus.close(LONG_S)
    assert held.got == ["stage.started", "stage.finished"]
    assert [event.kind for event in told] == ["brain.events.dropped"] * 2
    assert {event.data["subscriber"] for event in told} == {"a slow one"}
    assert [event.data["dropped"] for event in told] == [1, 2]
    kinds = [json.loads(str(event.data["kinds"])) for event in told]
    assert kinds == [{"stage.started": 1}, {"stage.failed": 2}]
    assert faults_of(told) == []


def test_two_slow_subscribers_do_not_drop_each_other_s_reports(bus: EventBus) -> None:
    """Each gets to know of both, and it ends."""
    first, second = Held(), Held()
    for held in (first, second):
        bus.subscribe(held, kinds=["stage.*", "brain.events.dropped"], queue=1)
        bus.emit("stage.started")
        assert held.has_one.wait(LONG_S)
    for _ in range(5):
        bus.emit("stage.finished")
    first.may_go.set()
    second.may_go.set()
    assert bus.flush(LONG_S)
    for held in (first, second):
        assert held.got.count("brain.events.dropped") >= 2


def test_a_publisher_may_wait_so_that_nothing_is_dropped(bus: EventBus) -> None:
    """Within the bound that the subscriber states."""
    got: list[int] = []
    dropped: list[Event] = []
    bus.subscribe(lambda event: got.append(event.seq), kinds=["job.*"], queue=1, wait_s=LONG_S)
    bus.subscribe(dropped.append, kinds=["brain.events.dropped"])
    for _ in range(200):
        bus.emit("job.started")
    assert bus.close(LONG_S)
    assert got == list(range(1, 201))
    assert dropped == []


@pytest.mark.parametrize("error", [RuntimeError("x"), SystemExit(1), KeyboardInterrupt()])
def test_a_subscriber_with_a_queue_that_raises_is_set_aside_as_any(
    bus: EventBus, error: BaseException
) -> None:
    """After three failures in a row. On its thread nobody pressed Ctrl-C."""
    calls: list[str] = []
    told: list[Event] = []

    def broken(event: Event) -> None:
        calls.append(event.kind)
        if event.kind != "job.finished":
            raise error

    bus.subscribe(broken, kinds=["job.*"], name="broken", queue=50)
    bus.subscribe(told.append, kinds=["brain.subscriber.*"])
    for kind in ("job.started", "job.failed", "job.finished", *["job.failed"] * 5):
        bus.emit(kind)
        bus.flush(LONG_S)
    assert calls == ["job.started", "job.failed", "job.finished", *["job.failed"] * 3]
    assert [event.kind for event in told] == [
        *["brain.subscriber.failed"] * 5,
        "brain.subscriber.muted",
    ]


def test_what_a_subscriber_with_a_queue_publishes_belongs_to_the_job(bus: EventBus) -> None:
    """Its thread works for the job of the event that it was given."""
    got: list[str | None] = []
    bus.subscribe(lambda event: got.append(current_correlation()), queue=5)
    with correlated("job-1"):
        bus.emit("job.started")
    bus.emit("job.started")
    assert bus.flush(LONG_S)
    assert got == ["job-1", bus.run_id]


def test_who_cancels_gets_nothing_more_not_even_what_is_queued(bus: EventBus) -> None:
    """And nobody is told that it was dropped."""
    held, told = Held(), list[Event]()
    subscription = bus.subscribe(held, kinds=["job.*"], queue=5)
    bus.subscribe(told.append, kinds=["brain.*"])
    bus.emit("job.started")
    assert held.has_one.wait(LONG_S)
    bus.emit("job.finished")
    subscription.cancel()
    held.may_go.set()
    ended(subscription)
    assert held.got == ["job.started"]
    assert told == []


def test_who_cancels_in_a_batch_does_not_get_the_rest_of_it(bus: EventBus) -> None:
    """Whatever was taken out of the queue together."""
    held = Held()

    def until_the_second(event: Event) -> None:
        held(event)
        if len(held.got) == 2:
            subscription.cancel()

    subscription = bus.subscribe(until_the_second, kinds=["job.*"], queue=5)
    bus.emit("job.started")
    assert held.has_one.wait(LONG_S)
    for _ in range(3):
        bus.emit("job.failed")
    held.may_go.set()
    ended(subscription)
    assert held.got == ["job.started", "job.failed"]


def ended(subscription: Subscription) -> None:
    """Wait until the thread of *subscription* is over."""
    assert subscription.queue is not None
    subscription.queue._thread.join(LONG_S)
    assert not subscription.queue._thread.is_alive()


def test_a_subscriber_with_a_queue_can_cancel_itself(bus: EventBus) -> None:
    """It does not wait for its own thread."""
    got: list[str] = []
    called = threading.Event()

    def once(event: Event) -> None:
        got.append(event.kind)
        subscription.cancel()
        called.set()

    subscription = bus.subscribe(once, kinds=["job.*"], queue=5)
    bus.emit("job.started")
    assert called.wait(LONG_S)
    bus.emit("job.failed")
    assert got == ["job.started"]


def test_close_ends_those_with_a_queue_and_no_others(bus: EventBus) -> None:
    """What was published before has arrived."""
    queued: list[str] = []
    direct: list[str] = []
    bus.subscribe(lambda event: queued.append(event.kind), kinds=["job.*"], queue=500)
    bus.subscribe(lambda event: direct.append(event.kind), kinds=["job.*"])
    for _ in range(200):
        bus.emit("job.started")
    assert bus.close(LONG_S)
    bus.emit("job.finished")
    assert queued == ["job.started"] * 200
    assert direct == ["job.started"] * 200 + ["job.finished"]


def test_close_tells_what_a_subscriber_that_hangs_did_not_get(bus: EventBus) -> None:
    """And does not wait for it longer than it was told to."""
    held, told = Held(), list[Event]()
    bus.subscribe(held, kinds=["job.*"], queue=5)
    bus.subscribe(told.append, kinds=["brain.*"])
    bus.emit("job.started")
    assert held.has_one.wait(LONG_S)
    bus.emit("job.failed")
    assert not bus.close(0.01)
    held.may_go.set()
    assert [event.data["kinds"] for event in told] == ['{"job.failed": 1}']


class OneByOne:
    """A subscriber that takes each event only when it is let."""

    def __init__(self) -> None:
        self.got: list[str] = []
        self.has_come, self.may_go = threading.Semaphore(0), threading.Semaphore(0)

    def __call__(self, event: Event) -> None:
        self.got.append(event.kind)
        self.has_come.release()
        assert self.may_go.acquire(timeout=LONG_S)


def test_what_was_taken_out_of_the_queue_is_delivered_whenever_the_bus_closes(
    bus: EventBus,
) -> None:
    """What is neither delivered nor told would be lost without a word."""
    slow, told = OneByOne(), list[Event]()
    subscription = bus.subscribe(slow, kinds=["job.*"], queue=5)
    bus.subscribe(told.append, kinds=["brain.*"])
    bus.emit("job.started")
    assert slow.has_come.acquire(timeout=LONG_S)
    for _ in range(3):
        bus.emit("job.resumed")
    slow.may_go.release()
    assert slow.has_come.acquire(timeout=LONG_S)
    bus.emit("job.failed")
    assert not bus.close(0.01)
    bus.emit("job.finished")
    slow.may_go.release(3)
    ended(subscription)
    assert slow.got == ["job.started", *["job.resumed"] * 3]
    assert [event.data["kinds"] for event in told] == ['{"job.failed": 1}']


def test_a_subscriber_with_a_queue_that_closes_the_bus_is_told_what_it_loses(
    bus: EventBus,
) -> None:
    """It does not wait for itself; the others get what is theirs."""
    told, others = list[Event](), list[str]()
    begun, filled, closed = threading.Event(), threading.Event(), list[bool]()

    def closes(event: Event) -> None:
        begun.set()
        assert filled.wait(LONG_S)
        closed.append(bus.close(LONG_S))

    subscription = bus.subscribe(closes, kinds=["job.started"], queue=5)
    bus.subscribe(lambda event: others.append(event.kind), kinds=["job.*"], queue=5)
    bus.subscribe(told.append, kinds=["brain.*"])
    bus.emit("job.started")
    assert begun.wait(LONG_S)
    bus.emit("job.started")
    bus.emit("job.finished")
    filled.set()
    ended(subscription)
    assert closed == [False]
    assert others == ["job.started", "job.started", "job.finished"]
    assert [event.data["kinds"] for event in told] == ['{"job.started": 1}']


def test_each_thread_s_events_arrive_in_its_order(bus: EventBus) -> None:
    """At subscribers with a queue and at those without."""
    queued: list[Event] = []
    direct: list[Event] = []
    bus.subscribe(queued.append, kinds=["stage.started"], queue=7, wait_s=LONG_S)
    bus.subscribe(direct.append, kinds=["stage.started"])

    def publish(name: str) -> None:
        for number in range(300):
            bus.emit("stage.started", subject=name, data={"attempt": number})

    threads = [threading.Thread(target=publish, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert bus.close(LONG_S)
    for got in (queued, direct):
        for name in "abcd":
            numbers = [event.data["attempt"] for event in got if event.subject == name]
            assert numbers == list(range(300))


def test_a_queue_without_room_is_refused(bus: EventBus) -> None:
    """And nobody is subscribed."""
    with pytest.raises(ValueError, match="room for one event at least"):
        bus.subscribe(print, queue=-1)
    assert bus.close(LONG_S)


def test_an_application_that_closes_delivers_what_is_queued_to_the_last(tmp_path: Path) -> None:
    """Before the plugins let go of what they need for it."""
    order: list[str] = []

    class Plugin:
        @oc.hookimpl
        def orpheus_teardown(self) -> None:
            order.append("teardown")

    with oc.Orpheus(tmp_path, plugins={"extra": Plugin()}, discover=False) as app:
        app.brain.events.subscribe(
            lambda event: order.append(event.kind), kinds=["system.*"], queue=10
        )
    assert order == ["system.stopped", "teardown"]
