"""The table of kinds."""

from __future__ import annotations

import re

from orpheus_core.brain import KINDS, Event, EventBus, faults_of
from orpheus_core.brain.kinds import FieldType
from orpheus_core.redaction import Redactor
from orpheus_core.testing.clock import SimClock


def test_names_are_area_thing_and_participle() -> None:
    """Two or three words, lower case, no values in them."""
    for name, kind in KINDS.items():
        assert re.fullmatch(r"[a-z]+(\.[a-z]+){1,2}", name), name
        assert kind.means.endswith("."), name


def test_a_field_that_the_table_does_not_have_is_found() -> None:
    """So is a value of another type; what fits is no fault."""
    bus = EventBus(SimClock(), Redactor())
    good = bus.emit("transfer.progressed", data={"done_bytes": 1, "size_bytes": None})
    bad = bus.emit("transfer.progressed", data={"done_bytes": "1", "extra": 2})
    assert faults_of([good]) == []
    assert len(faults_of([bad])) == 2


def test_an_unknown_kind_is_a_fault() -> None:
    """Events that plugins make by hand are checked too."""
    clock = SimClock()
    event = EventBus(clock, Redactor()).emit("job.started")
    import attrs

    assert faults_of([attrs.evolve(event, kind="job.exploded")]) == ["unknown kind 'job.exploded'"]
    assert isinstance(event, Event)


def test_a_flag_is_no_count() -> None:
    """True is an int to Python, and not to a reader of events."""
    assert not FieldType.COUNT.fits(True)
    assert FieldType.FLAG.fits(True)
    assert FieldType.SECONDS.fits(0.5)
