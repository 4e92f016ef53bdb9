"""An event of every kind there is, for code that has to take whatever comes."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from orpheus_core.brain import KINDS, Event, Scalar
from orpheus_core.brain.kind import FieldType
from orpheus_core.errors import error_types
from orpheus_core.testing.conformance.sample_events import sample_event

HOSTILE = "\x1b[31m\u202e../../{title}\0\n" + "x" * 3000
"""What titles, names and messages from outside may hold."""

_FAILED = "network.request.failed"


def every_event(text: str) -> Iterator[Event]:
    """Yield an event of every kind, once without data and once with *text* in all fields.

    One kind comes with every error that there is.
    """
    for number, kind in enumerate(KINDS.values()):
        data: dict[str, Scalar] = {field.name: _value(field.type, text) for field in kind.fields}
        after_s = float(number)
        errors = [each("it failed") for each in error_types()] if kind.name == _FAILED else [None]
        for error in errors:
            yield attrs.evolve(sample_event(kind.name, error=error, after_s=after_s), data={})
            yield sample_event(
                kind.name,
                error=error,
                service=text,
                plugin=text,
                subject=text,
                job="a-job",
                after_s=after_s,
                data=data,
            )


def _value(kind: FieldType, text: str) -> Scalar:
    if kind in (FieldType.TEXT, FieldType.JSON):
        return text
    if kind is FieldType.FLAG:
        return True
    return 0.5 if kind is FieldType.SHARE else 2**62
