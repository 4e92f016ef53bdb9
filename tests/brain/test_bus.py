"""The event bus."""

from __future__ import annotations

import concurrent.futures
import gc
import threading
import weakref

import attrs
import pytest

from orpheus_core.brain import KINDS, Event, EventBus, Severity, correlated, faults_of
from orpheus_core.errors import UnknownWord
from orpheus_core.redaction import Redactor
from orpheus_core.testing.clock import SimClock


@pytest.fixture
def bus() -> EventBus:
    return EventBus(SimClock(), Redactor())


def test_subscriber_gets_only_kinds_that_fit_its_patterns(bus: EventBus) -> None:
    """A pattern with * fits every name of its area, a name only itself."""
    got: list[str] = []
    bus.subscribe(lambda event: got.append(event.kind), kinds=["network.*", "job.failed"])
    for kind in ("network.request.failed", "job.failed", "job.finished", "system.started"):
        bus.emit(kind)
    assert got == ["network.request.failed", "job.failed"]


def test_subscriber_gets_only_what_is_grave_enough(bus: EventBus) -> None:
    """Severity is a floor, and may be given as a word."""
    got: list[str] = []
    bus.subscribe(lambda event: got.append(event.kind), min_severity="warning")
    bus.emit("stage.started")
    bus.emit("stage.failed")
    assert got == ["stage.failed"]


def test_subscriber_gets_only_its_service_and_its_job(bus: EventBus) -> None:
    """Service and correlation id narrow further."""
    got: list[str | None] = []
    bus.subscribe(lambda event: got.append(event.subject), service="qobuz", correlation_id="a")
    with correlated("a"):
        bus.emit("job.started", service="qobuz", subject="mine")
        bus.emit("job.started", service="deezer", subject="other service")
    bus.emit("job.started", service="qobuz", subject="other job")
    assert got == ["mine"]


def test_unknown_severity_is_refused_with_the_known_ones(bus: EventBus) -> None:
    """A wrong word is an error that names the right ones."""
    with pytest.raises(UnknownWord) as caught:
        bus.subscribe(print, min_severity="loud")
    assert "critical" in caught.value.next_step


@pytest.mark.parametrize(
    ("misspelled", "meant"),
    [
        ("network.reqest.failed", "network.request.failed"),
        ("jobs.failed", "job.failed"),
        ("netwrk.*", "network.*"),
        ("network.requests.*", "network.request.*"),
    ],
)
def test_a_pattern_that_fits_no_kind_is_refused_with_the_nearest(
    bus: EventBus, misspelled: str, meant: str
) -> None:
    """Whoever waits for it would wait for ever, and not know."""
    with pytest.raises(UnknownWord, match="no kind of event is named") as caught:
        bus.subscribe(print, kinds=["job.*", misspelled])
    assert caught.value.next_step == f"did you mean {meant}?"


def test_a_pattern_that_is_like_no_kind_is_refused_with_the_list(bus: EventBus) -> None:
    """A wrong suggestion would be worse than none."""
    with pytest.raises(UnknownWord) as caught:
        bus.subscribe(print, kinds="qqqqqqq")
    assert caught.value.next_step == "orpheus event types"


def test_every_kind_and_every_area_can_be_asked_for(bus: EventBus) -> None:
    """By its name alone, without a list."""
    for kind in KINDS:
        bus.subscribe(print, kinds=kind)
        bus.subscribe(print, kinds=kind.partition(".")[0] + ".*")


def test_raising_subscriber_never_reaches_the_publisher(bus: EventBus) -> None:
    """It becomes an event that names the subscriber; the next subscriber gets its event."""

    def broken(event: Event) -> None:
        raise RuntimeError("mine alone")

    seen: list[Event] = []
    bus.subscribe(broken, kinds=["job.started"], name="broken one")
    bus.subscribe(seen.append)
    published = bus.emit("job.started")
    failure, delivered = seen
    assert delivered is published
    assert failure.kind == "brain.subscriber.failed"
    assert failure.cause_id == published.id
    assert failure.data["subscriber"] == "broken one"
    assert faults_of(seen) == []


def test_subscriber_is_set_aside_after_three_failures_in_a_row(bus: EventBus) -> None:
    """A success in between starts the count anew."""
    calls: list[str] = []
    fail = {"job.failed"}

    def flaky(event: Event) -> None:
        calls.append(event.kind)
        if event.kind in fail:
            raise ValueError

    muted: list[Event] = []
    bus.subscribe(flaky, kinds=["job.*"])
    bus.subscribe(muted.append, kinds=["brain.subscriber.muted"])
    for kind in ("job.failed", "job.failed", "job.started", "job.failed", "job.failed"):
        bus.emit(kind)
    assert not muted
    bus.emit("job.failed")
    bus.emit("job.failed")
    assert len(muted) == 1
    assert len(calls) == 6


def test_subscribers_that_fail_on_failures_do_not_go_round_for_ever(bus: EventBus) -> None:
    """A failure about a failure is told to nobody."""
    count = 0

    def broken(event: Event) -> None:
        nonlocal count
        count += 1
        raise RuntimeError

    bus.subscribe(broken)
    bus.subscribe(broken)
    bus.emit("job.started")
    assert count <= 6


def test_cancelled_subscription_gets_nothing(bus: EventBus) -> None:
    """Also when the kind was delivered to it before."""
    got: list[Event] = []
    subscription = bus.subscribe(got.append)
    bus.emit("job.started")
    subscription.cancel()
    bus.emit("job.started")
    assert len(got) == 1


def test_who_cancelled_is_forgotten(bus: EventBus) -> None:
    """A program that runs for days may subscribe for each job."""

    class Callback:
        def __call__(self, event: Event) -> None: ...

    callback = Callback()
    subscription = bus.subscribe(callback)
    bus.emit("job.started")
    subscription.cancel()
    gone = weakref.ref(callback)
    del callback, subscription
    gc.collect()
    assert gone() is None


def test_publishing_from_many_threads_loses_nothing(bus: EventBus) -> None:
    """Publishing is safe from any thread, also while others subscribe."""
    got: list[str] = []
    bus.subscribe(lambda event: got.append(event.id))
    gate = threading.Barrier(4)

    def publish() -> None:
        gate.wait()
        for _ in range(200):
            bus.emit("stage.started")
            bus.subscribe(lambda event: None, kinds=["job.failed"]).cancel()

    threads = [threading.Thread(target=publish) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(got)) == 800


class Unspeakable(Exception):
    def __str__(self) -> str:
        raise ValueError("no words")


@pytest.mark.parametrize("error", [SystemExit(3), GeneratorExit(), Unspeakable()])
def test_whatever_a_subscriber_raises_never_reaches_the_publisher(
    bus: EventBus, error: BaseException
) -> None:
    """An exit, or an exception that cannot be put into words: reported all the same."""

    def broken(event: Event) -> None:
        raise error

    seen: list[Event] = []
    bus.subscribe(broken, kinds=["job.started"])
    bus.subscribe(seen.append, kinds=["brain.subscriber.failed"])
    bus.emit("job.started")
    assert len(seen) == 1
    assert type(error).__name__ in str(seen[0].data["exception.stacktrace"])


def test_ctrl_c_in_a_subscriber_is_not_swallowed(bus: EventBus) -> None:
    """The person wants to stop, wherever the program is."""

    def interrupted(event: Event) -> None:
        raise KeyboardInterrupt

    bus.subscribe(interrupted)
    with pytest.raises(KeyboardInterrupt):
        bus.emit("job.started")


def test_a_subscription_that_is_cancelled_meanwhile_gets_nothing_more(bus: EventBus) -> None:
    """Not even the event that is being delivered."""
    got: list[Event] = []
    bus.subscribe(lambda event: second.cancel())
    second = bus.subscribe(got.append)
    bus.emit("job.started")
    assert got == []


def test_a_subscriber_that_fails_in_many_threads_is_set_aside_once(bus: EventBus) -> None:
    """And it is said once."""
    gate = threading.Barrier(8)

    def broken(event: Event) -> None:
        gate.wait()
        raise RuntimeError

    muted: list[Event] = []
    bus.subscribe(broken, kinds=["job.started"])
    bus.subscribe(muted.append, kinds=["brain.subscriber.muted"])
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        for _ in range(8):
            pool.submit(bus.emit, "job.started")
    assert len(muted) == 1


def test_a_kind_that_is_no_text_is_refused_when_it_is_asked_for(bus: EventBus) -> None:
    """Not in the face of everyone who publishes."""
    with pytest.raises(TypeError, match="kinds are names or patterns, not 3"):
        bus.subscribe(print, kinds=["job.*", 3])  # type: ignore[list-item] # wrong on purpose


def test_a_subscription_counts_from_the_next_event_on_whatever_was_published_before(
    bus: EventBus,
) -> None:
    """Who gets a kind is looked up once, until somebody comes or goes."""
    got: list[str] = []
    bus.emit("job.started")
    bus.subscribe(lambda event: got.append("first"), kinds=["job.*"])
    bus.emit("job.started")
    second = bus.subscribe(lambda event: got.append("second"), min_severity="info")
    bus.emit("job.started")
    second.cancel()
    bus.emit("job.started")
    bus.emit("job.started", severity=Severity.DEBUG)
    assert got == ["first", "first", "second", "first", "first"]


def test_kinds_that_anybody_invents_do_not_fill_the_memory(bus: EventBus) -> None:
    """They are delivered to who wants everything, and nothing is remembered of them."""
    got: list[Event] = []
    bus.subscribe(got.append)
    event = bus.emit("job.started")
    before = len(bus._audiences)
    for number in range(10):
        bus.publish(attrs.evolve(event, kind=f"invented.{number}"))
    assert len(got) == 11
    assert len(bus._audiences) == before
