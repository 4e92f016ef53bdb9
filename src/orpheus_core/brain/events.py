"""The envelope of every event."""

from __future__ import annotations

import datetime
import enum
from collections.abc import Mapping

import attrs

from orpheus_core.errors import UnknownWord

Scalar = str | int | float | bool | None
"""What an event's data may hold: flat, so that every reader can show and store it."""


class Severity(enum.IntEnum):
    """By consequence for the person, not by how technical it is.

    The numbers are OpenTelemetry's severity numbers. Source: OpenTelemetry, logs data
    model, field SeverityNumber.
    """

    DEBUG = 5
    INFO = 9
    WARNING = 13
    ERROR = 17
    CRITICAL = 21

    @classmethod
    def parse(cls, word: str) -> Severity:
        """Return the severity that *word* names.

        Raises:
            UnknownWord: it names none.
        """
        try:
            return cls[word.strip().upper()]
        except KeyError:
            known = ", ".join(severity.name.lower() for severity in cls)
            raise UnknownWord(
                f"there is no severity {word!r}", next_step=f"choose one of: {known}"
            ) from None


def _with_time_zone(
    _event: Event, _attribute: attrs.Attribute[datetime.datetime], time: datetime.datetime
) -> None:
    if time.tzinfo is None:
        raise TypeError(f"the time of an event needs its time zone: {time}")


@attrs.frozen(kw_only=True)
class Event:
    """Something that happened. Immutable, and free of secrets once it is published.

    *kind* is a name in the table of kinds (`orpheus_core.brain.kinds`), *data* what the
    table says for it; every reader gets the same, so it can only be read. *error_type* is the
    code of the error, where there was one. *correlation_id* is shared by everything that one
    job caused; *cause_id* is the event that led to this one. *subject* says what it is about:
    ``track/sandbox:track:1``.

    Raises:
        TypeError: *time* has no time zone, or *kind* or *severity* is of another type.
    """

    id: str
    time: datetime.datetime = attrs.field(
        validator=[attrs.validators.instance_of(datetime.datetime), _with_time_zone]
    )
    kind: str = attrs.field(validator=attrs.validators.instance_of(str))
    severity: Severity = attrs.field(validator=attrs.validators.instance_of(Severity))
    service: str | None = None
    plugin: str | None = None
    subject: str | None = None
    correlation_id: str | None = None
    cause_id: str | None = None
    error_type: str | None = None
    data: Mapping[str, Scalar] = attrs.field(factory=dict)
