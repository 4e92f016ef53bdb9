"""The event bus."""

from __future__ import annotations

import concurrent.futures
import contextvars
import threading

import pytest

from orpheus_core.brain import Event, EventBus, Severity, correlated, faults_of, new_id
from orpheus_core.errors import DnsFailure, UnknownWord
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


def test_secrets_are_masked_before_anyone_sees_the_event() -> None:
    """In each form that the redactor knows."""
    redactor = Redactor()
    bus = EventBus(SimClock(), redactor)
    redactor.add("s3cret/token")
    got: list[Event] = []
    bus.subscribe(got.append)
    bus.emit("network.retry.scheduled", data={"url_full": "http://x/?t=s3cret%2Ftoken"})
    assert got[0].data["url_full"] == "http://x/?t=***"


def test_long_texts_are_cut(bus: EventBus) -> None:
    """An event stays small whatever a service sends."""
    event = bus.emit("job.failed", data={"message": "x" * 100_000})
    assert len(str(event.data["message"])) == 2000


def test_emitting_an_unknown_kind_is_a_defect(bus: EventBus) -> None:
    """The table is the only place that makes kinds."""
    with pytest.raises(ValueError, match="table of kinds"):
        bus.emit("job.exploded")


def test_event_carries_the_code_of_its_error(bus: EventBus) -> None:
    """So that readers need not parse messages."""
    assert bus.emit("job.failed", error=DnsFailure("x")).error_type == "net.dns-failure"


def test_correlation_follows_work_into_threads(bus: EventBus) -> None:
    """A worker that runs in a copied context belongs to the job that started it."""
    got: list[str | None] = []
    bus.subscribe(lambda event: got.append(event.correlation_id))
    with concurrent.futures.ThreadPoolExecutor(2) as pool, correlated("job-1"):
        work = [
            pool.submit(contextvars.copy_context().run, bus.emit, "job.started") for _ in range(4)
        ]
        concurrent.futures.wait(work)
    bus.emit("job.started")
    assert got == ["job-1"] * 4 + [None]


def test_publishing_from_many_threads_loses_nothing(bus: EventBus) -> None:
    """Publishing is safe from any thread, also while others subscribe."""
    got: list[str] = []
    bus.subscribe(lambda event: got.append(event.id))
    gate = threading.Barrier(4)

    def publish() -> None:
        gate.wait()
        for _ in range(200):
            bus.emit("stage.started")
            bus.subscribe(lambda event: None, kinds=["never"]).cancel()

    threads = [threading.Thread(target=publish) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(got)) == 800


def test_ids_sort_by_time() -> None:
    """UUIDv7: the version, the variant, and the time first."""
    clock = SimClock()
    early = new_id(clock.now())
    clock.sleep(1)
    late = new_id(clock.now())
    assert early < late
    assert early[14] == "7"
    assert early[19] in "89ab"


def test_severities_are_opentelemetry_numbers() -> None:
    """The number counts, not the word."""
    assert [int(severity) for severity in Severity] == [5, 9, 13, 17, 21]
