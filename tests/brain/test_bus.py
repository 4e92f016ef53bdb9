"""The event bus."""

from __future__ import annotations

import concurrent.futures
import contextvars
import datetime
import json
import sqlite3
import threading

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

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


def test_a_subject_is_masked_and_cut_like_any_text() -> None:
    """It holds ids, and those come from links and services."""
    redactor = Redactor()
    redactor.add("s3cret-token")
    bus = EventBus(SimClock(), redactor)
    event = bus.emit("job.started", subject="job/shop:album:s3cret-token" + "x" * 10_000)
    assert event.subject is not None
    assert event.subject.startswith("job/shop:album:***x")
    assert len(event.subject) == 2000
    by_hand = bus.publish(attrs.evolve(event, subject="track/s3cret-token"))
    assert by_hand.subject == "track/***"


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
    assert type(error).__name__ in str(seen[0].data["exception_stacktrace"])


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


def test_no_subscriber_can_change_what_the_others_get(bus: EventBus) -> None:
    """An event is what happened, and so is its data."""
    failed: list[Event] = []
    got: list[Event] = []

    def forges(event: Event) -> None:
        event.data["ref"] = "forged"  # type: ignore[index] # wrong on purpose

    bus.subscribe(forges, kinds=["job.started"])
    bus.subscribe(failed.append, kinds=["brain.subscriber.failed"])
    bus.subscribe(got.append, kinds=["job.started"])
    mine = {"ref": "sandbox:album:1"}
    bus.emit("job.started", data=mine)
    mine["ref"] = "changed later"
    assert got[0].data == {"ref": "sandbox:album:1"}
    assert len(failed) == 1


class Markup(str):
    __slots__ = ()

    def __str__(self) -> str:
        return "s3cret"


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (2**63 - 1, 2**63 - 1),
        (2**63, None),
        pytest.param(-(10**5000), None, id="endless"),
        (float("nan"), None),
        (float("inf"), None),
        (1.5, 1.5),
        (True, True),
        ("half \ud83c of a cloud", "half \N{REPLACEMENT CHARACTER} of a cloud"),
        (["a", 1], "['a', 1]"),
        (Severity.INFO, 9),
        (Markup("plain"), "plain"),
    ],
)
def test_data_that_no_reader_could_store_is_replaced(
    bus: EventBus, value: object, kept: object
) -> None:
    """By None, which says unknown, or by its text."""
    event = bus.emit("job.failed", data={"message": value})  # type: ignore[dict-item] # on purpose
    assert event.data["message"] == kept
    assert type(event.data["message"]) is type(kept)


anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters())
    | st.binary(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(st.text(st.characters()) | st.integers(), anything, max_size=4))
def test_any_data_can_be_written_as_json_and_stored(data: dict[str, str]) -> None:
    """So that one careless plugin does not cost a job its log."""
    event = EventBus(SimClock(), Redactor()).emit("job.failed", data=data)
    json.dumps(dict(event.data), allow_nan=False, ensure_ascii=False)
    with sqlite3.connect(":memory:") as database:
        for value in event.data.values():
            database.execute("SELECT ?", (value,))
    database.close()


@pytest.mark.parametrize(
    "wrong",
    [
        {"time": datetime.datetime(2026, 1, 1)},  # noqa: DTZ001 - that is the point
        {"time": "now"},
        {"severity": "warning"},
        {"kind": None},
    ],
)
def test_an_event_that_readers_could_not_sort_or_filter_is_refused(
    bus: EventBus, wrong: dict[str, object]
) -> None:
    """Where it is made: otherwise the readers would be blamed."""
    event = bus.emit("job.started")
    with pytest.raises(TypeError):
        attrs.evolve(event, **wrong)  # type: ignore[arg-type] # wrong on purpose
