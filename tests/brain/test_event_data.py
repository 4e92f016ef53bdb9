"""What the bus makes of the data that publishers hand it."""

from __future__ import annotations

import json
import sqlite3
import threading

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orpheus_core.brain import Event, EventBus, Severity, correlated
from orpheus_core.redaction import Redactor
from orpheus_core.testing.clock import SimClock


@pytest.fixture
def bus() -> EventBus:
    return EventBus(SimClock(), Redactor())


def test_secrets_are_masked_before_anyone_sees_the_event() -> None:
    """In each form that the redactor knows."""
    redactor = Redactor()
    bus = EventBus(SimClock(), redactor)
    redactor.add("s3cret/token")
    got: list[Event] = []
    bus.subscribe(got.append)
    bus.emit("network.retry.scheduled", data={"url.full": "http://x/?t=s3cret%2Ftoken"})
    assert got[0].data["url.full"] == "http://x/?t=***"


def test_a_secret_is_masked_from_the_next_event_on() -> None:
    """What was told before is what happened: readers have it, and perhaps the disk."""
    redactor = Redactor()
    bus = EventBus(SimClock(), redactor)
    got: list[Event] = []
    may_go = threading.Event()

    def waits(event: Event) -> None:
        assert may_go.wait(60)
        got.append(event)

    bus.subscribe(waits, queue=5)
    before = [bus.emit("plugin.said", data={"message": "s3cret-token"}) for _ in range(2)]
    redactor.add("s3cret-token")
    after = bus.emit("plugin.said", subject="s3cret-token", data={"message": "s3cret-token"})
    may_go.set()
    assert bus.close(60)
    assert got == [*before, after]
    assert (after.subject, after.data["message"]) == ("***", "***")


def test_long_texts_are_cut(bus: EventBus) -> None:
    """An event stays small whatever a service sends."""
    event = bus.emit("job.failed", data={"message": "x" * 100_000})
    assert len(str(event.data["message"])) == 2000


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


def test_the_name_of_a_job_is_masked_like_any_text() -> None:
    """A plugin may name its job after whatever it has at hand."""
    redactor = Redactor()
    redactor.add("s3cret-token")
    bus = EventBus(SimClock(), redactor)
    with correlated("job of s3cret-token"):
        told = [bus.emit("system.stopped") for _ in range(2)]
    assert {event.correlation_id for event in told} == {"job of ***"}
    name = "job of token-that-came-later-too"
    with correlated(name):
        bus.emit("system.stopped")
        redactor.add(name)
        assert bus.emit("system.stopped").correlation_id == "***"
    with correlated("another"):
        assert bus.emit("system.stopped").correlation_id == "another"
    assert bus.emit("system.stopped").correlation_id == bus.run_id


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


def test_a_field_that_the_table_does_not_name_is_clean_as_well() -> None:
    """What is wrong with it is for the plugin's tests to find, not for the person's log."""
    redactor = Redactor()
    redactor.add("s3cret-token")
    bus = EventBus(SimClock(), redactor)
    assert bus.emit("job.started", data={"s3cret-token": 1}).data == {"***": 1}
    event = bus.emit("job.started", data={"s3cret-token": 1, "half \ud83c": "s3cret-token"})
    assert event.data == {"***": 1, "half \N{REPLACEMENT CHARACTER}": "***"}


def test_short_texts_that_are_long_together_stay_whole(bus: EventBus) -> None:
    """Each has the length that one may have."""
    data = {"message": "x" * 1999, "why": "y" * 1999}
    assert bus.emit("job.failed", data=data).data == data


SECRET = "s3cret-token"
plain = st.text(st.characters(), max_size=8)
planted = st.builds(lambda before, after: before + SECRET + after, plain, plain)
names = st.sampled_from(["message", "why", "tracks_done"])


@given(
    st.dictionaries(
        names | plain | planted,
        plain | planted | st.integers() | st.floats() | st.none() | st.booleans(),
        max_size=4,
    )
)
def test_no_secret_in_any_field_comes_out(data: dict[str, str | int | float | None]) -> None:
    """Whatever stands around it, in names and in values; the rest stays as it is."""
    redactor = Redactor()
    redactor.add(SECRET)
    event = EventBus(SimClock(), redactor).emit("job.failed", data=data)
    shown = [*event.data, *event.data.values()]
    assert not any(SECRET in each for each in shown if isinstance(each, str))
    for name, value in data.items():
        if name.isascii() and SECRET not in name and isinstance(value, str) and value.isascii():
            assert event.data[name] == value.replace(SECRET, "***")


def test_halves_of_a_secret_in_two_fields_are_none() -> None:
    """Texts are looked at together, and stay what each of them is."""
    redactor = Redactor()
    redactor.add(SECRET)
    halves = {"message": SECRET[:6], "why": SECRET[6:]}
    assert EventBus(SimClock(), redactor).emit("job.failed", data=halves).data == halves


class _SmallOnlyByItsWord(int):
    def __ge__(self, other: object) -> bool:
        return True

    def __le__(self, other: object) -> bool:
        return True


class _EndlessByItsWord(float):
    def __float__(self) -> float:
        return float("inf")


class _TrueByItsWord:
    __class__ = bool  # type: ignore[assignment] # a lie on purpose


def test_a_value_that_lies_about_itself_is_replaced_too(bus: EventBus) -> None:
    """One that no database takes would cost the log the batch that it is in."""
    odd: dict[str, object] = {
        "whole": _SmallOnlyByItsWord(2**80),
        "number": _EndlessByItsWord(1.5),
        "flag": _TrueByItsWord(),
    }
    data = bus.emit("job.failed", data=odd).data  # type: ignore[arg-type] # on purpose
    assert (data["whole"], data["number"]) == (None, 1.5)
    assert type(data["number"]) is float
    assert type(data["flag"]) is str
