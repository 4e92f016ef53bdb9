"""The envelope that the bus fills in."""

from __future__ import annotations

import datetime
from pathlib import Path

import attrs
import pytest

from orpheus_core.brain import Event, EventBus, Severity
from orpheus_core.errors import DnsFailure
from orpheus_core.redaction import Redactor
from orpheus_core.testing.clock import SimClock


@pytest.fixture
def bus() -> EventBus:
    return EventBus(SimClock(), Redactor())


def test_emitting_an_unknown_kind_is_a_defect(bus: EventBus) -> None:
    """The table is the only place that makes kinds."""
    with pytest.raises(ValueError, match="table of kinds"):
        bus.emit("job.exploded")


def test_event_carries_the_code_of_its_error(bus: EventBus) -> None:
    """So that readers need not parse messages."""
    assert bus.emit("job.failed", error=DnsFailure("x")).error_type == "net.dns-failure"


def test_severities_are_opentelemetry_numbers() -> None:
    """The number counts, not the word."""
    assert [int(severity) for severity in Severity] == [5, 9, 13, 17, 21]


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


def test_an_event_of_the_bus_is_what_its_constructor_would_make(bus: EventBus) -> None:
    """The bus goes another way, which is faster; every field is set, and none can be changed."""
    event = bus.emit(
        "job.failed",
        service="sandbox",
        plugin="p",
        subject="s",
        error=DnsFailure("x"),
        cause=bus.emit("job.started"),
        data={"message": "m"},
    )
    values = {field.name: getattr(event, field.name) for field in attrs.fields(Event)}
    assert Event(**values) == event
    assert type(event) is Event
    assert None not in values.values()
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        event.kind = "job.finished"  # type: ignore[misc] # wrong on purpose


def test_a_severity_that_is_none_is_refused_before_anything_is_counted(bus: EventBus) -> None:
    """A word would be compared with numbers by each subscriber."""
    with pytest.raises(TypeError, match="is a Severity, not 'warning'"):
        bus.emit("job.started", severity="warning")  # type: ignore[arg-type] # wrong on purpose
    assert bus.emit("job.started").seq == 1


def test_events_that_are_kept_are_counted_without_a_gap(bus: EventBus) -> None:
    """So that a log shows what it lacks; what is fleeting has no number."""
    kinds = ["job.started", "transfer.progressed", "stage.started", "job.finished"]
    assert [bus.emit(kind).seq for kind in kinds] == [1, 0, 2, 3]


@pytest.mark.parametrize(
    "field",
    ["id", "kind", "service", "plugin", "subject", "correlation_id", "cause_id", "error_type"],
)
def test_no_field_of_an_event_that_was_made_elsewhere_keeps_a_secret(field: str) -> None:
    """A plugin may put anything anywhere; every sink writes all of it down."""
    redactor = Redactor()
    redactor.add("hunter2hunter2")
    bus = EventBus(SimClock(), redactor)
    event = attrs.evolve(bus.emit("job.started"), **{field: "x-hunter2hunter2-x"})  # type: ignore[arg-type] # a text field
    assert "hunter2" not in repr(bus.publish(event))


def test_every_name_that_a_publisher_gives_is_masked_and_made_a_text() -> None:
    """A name may come from a link; and one thing that is no text would cost a log its batch."""
    redactor = Redactor()
    redactor.add("s3cret-token")
    bus = EventBus(SimClock(), redactor)
    event = bus.emit("job.started", service="s3cret-token", plugin="s3cret-token", source="a/b")
    assert (event.service, event.plugin, event.source) == ("***", "***", "a/b")
    assert bus.emit("job.started", source="plugin/s3cret-token").source == "plugin/***"
    odd: dict[str, object] = {"service": Path("x")}
    assert bus.emit("job.started", **odd).service == "x"  # type: ignore[arg-type] # on purpose


def test_an_event_without_an_id_gets_one() -> None:
    """Of two with the same id, a log keeps one."""
    bus = EventBus(SimClock(), Redactor())
    bare = attrs.evolve(bus.emit("system.stopped"), id="")
    first, second = bus.publish(bare), bus.publish(bare)
    assert first.id
    assert second.id
    assert first.id != second.id
