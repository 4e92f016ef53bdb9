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


# The bus lets a draft become an event, which needs slots in one block: see `event_maker`.
@attrs.frozen(kw_only=True, weakref_slot=False)
class Event:
    """Something that happened. Immutable, and free of secrets once it is published.

    Attributes:
        id: a UUIDv7: unique, and sortable by time.
        time: the wall clock, with its time zone; it may jump.
        kind: a name in the table of kinds (`orpheus_core.brain.kinds`).
        severity: how grave it is for the person.
        service, plugin: what it is about, where it is about one.
        subject: what exactly: ``track/sandbox:track:1``.
        correlation_id: shared by everything that one job caused, over threads, processes and
            restarts; outside of jobs, by everything of one run.
        cause_id: the event that led to this one: its parent.
        error_type: the code of the error, where there was one.
        data: what the table says for *kind*. Every reader gets the same, so it can only be read.
        source: which part published it: ``core/network``, ``plugin/assistant``.
        run_id: the run of one application.
        seq: counts the events of a run that are kept, from 1 and without a gap; 0 for those
            that are fleeting.
        mono_ns: nanoseconds on a clock that never goes back, comparable within a run.

    Raises:
        TypeError: *time* has no time zone, or *kind* or *severity* is of another type.
    """

    id: str
    time: datetime.datetime
    kind: str
    severity: Severity
    service: str | None = None
    plugin: str | None = None
    subject: str | None = None
    correlation_id: str | None = None
    cause_id: str | None = None
    error_type: str | None = None
    data: Mapping[str, Scalar] = attrs.field(factory=dict)
    source: str = ""
    run_id: str = ""
    seq: int = 0
    mono_ns: int = 0

    def __attrs_post_init__(self) -> None:
        # One check by hand: a validator for each field would cost more than the rest together.
        time: object = self.time
        if not isinstance(time, datetime.datetime) or time.tzinfo is None:
            raise TypeError(f"the time of an event is a moment with its time zone, not {time!r}")
        if not isinstance(self.kind, str):
            raise TypeError(f"the kind of an event is a text, not {self.kind!r}")
        if not isinstance(self.severity, Severity):
            raise TypeError(f"the severity of an event is a Severity, not {self.severity!r}")
