"""The JSON Schema of events: it takes every event that fits the table, and no other."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable

import attrs
import pytest
from hypothesis import given
from jsonschema import Draft202012Validator

from orpheus_core.brain import KINDS, Event, EventBus
from orpheus_core.brain.event_json import SCHEMA, document_of
from orpheus_core.brain.event_schema import schema
from orpheus_core.redaction import Redactor
from orpheus_core.testing import events, sample_event
from orpheus_core.testing.clock import SimClock
from orpheus_core.testing.conformance.any_event import HOSTILE, every_event

VALIDATOR = Draft202012Validator(schema())


def faults(document: object) -> list[str]:
    return [error.message for error in VALIDATOR.iter_errors(document)]


def test_it_is_a_json_schema_of_the_dialect_that_it_names() -> None:
    """And is JSON; each call returns a new one, that nobody else changes."""
    Draft202012Validator.check_schema(schema())
    assert json.loads(json.dumps(schema())) == schema()
    assert schema()["$id"] == SCHEMA
    assert schema() is not schema()


@given(events())
def test_it_takes_any_event_that_the_core_could_publish(event: Event) -> None:
    """Of every kind, with any of its fields known or not."""
    assert faults(document_of(event)) == []


@pytest.mark.parametrize("name", KINDS)
def test_it_takes_an_event_of_this_kind_as_the_bus_delivers_it(name: str) -> None:
    """Empty, and with hostile texts in all fields."""
    bus = EventBus(SimClock(), Redactor())
    of_this_kind = [each for each in every_event(HOSTILE) if each.kind == name]
    assert of_this_kind
    for event in of_this_kind:
        assert faults(document_of(bus.publish(event))) == []


def change_of(path: str, value: object) -> Callable[[dict[str, object]], None]:
    def change(document: dict[str, object]) -> None:
        where, _, name = path.rpartition("/")
        inner = document[where] if where else document
        assert isinstance(inner, dict)
        inner[name] = value

    return change


@pytest.mark.parametrize(
    "change",
    [
        change_of("type", "dev.orpheus.job.exploded"),
        change_of("type", "dev.orpheus.job.started"),  # whose data has other fields
        change_of("time", 5),
        change_of("id", ""),
        change_of("source", "somewhere"),
        change_of("severitynumber", 6),
        change_of("severitytext", "loud"),
        change_of("sequence", 5),
        change_of("dataclassification", "public"),
        change_of("Sequence", "5"),
        change_of("data", []),
        change_of("data/tracks_done", "1"),
        change_of("data/tracks_done", True),
        change_of("data/tracks_done", 1.5),
        change_of("data/tracks_done", -1),
        change_of("data/path", 1),
        change_of("data/took_s", "1 s"),
        change_of("data/took", 1),
        lambda document: document.pop("id"),
        lambda document: document.pop("data"),
    ],
)
def test_it_refuses_what_does_not_fit_the_table(
    change: Callable[[dict[str, object]], object],
) -> None:
    """One thing is wrong with each."""
    good = document_of(
        sample_event("job.finished", data={"path": "/music", "tracks_done": 1, "took_s": 2.5})
    )
    assert faults(good) == []
    bad = copy.deepcopy(good)
    change(bad)
    assert faults(bad)


@pytest.mark.parametrize("chance", [-0.1, 1.1, "likely", True])
def test_a_share_is_a_number_from_0_to_1(chance: object) -> None:
    """As the table says."""
    event = sample_event("brain.prediction.made", data={"chance": 0.5})
    assert faults(document_of(event)) == []
    assert faults(document_of(attrs.evolve(event, data={"chance": chance})))  # type: ignore[dict-item] # wrong on purpose


def test_it_says_what_the_table_says() -> None:
    """Meaning, remedy, units, since when, and what is private."""
    kinds = schema()["$defs"]
    assert isinstance(kinds, dict)
    assert list(kinds) == sorted(KINDS)
    finished = kinds["job.finished"]
    assert KINDS["job.finished"].means in finished["description"]
    assert (finished["x-since"], finished["x-private"]) == ("1.0", True)
    assert finished["properties"]["path"]["x-private"] is True
    assert "seconds" in finished["properties"]["took_s"]["description"]
    assert "x-private" not in finished["properties"]["took_s"]
    assert KINDS["job.failed"].remedy in kinds["job.failed"]["description"]
