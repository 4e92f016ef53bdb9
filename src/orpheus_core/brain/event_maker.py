"""Fills in the envelope of an event: id, time, job, run, usual severity."""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Mapping
from typing import cast

import attrs

from orpheus_core.brain.correlation import current_correlation
from orpheus_core.brain.event_data import Cleaner
from orpheus_core.brain.events import Event, Scalar, Severity
from orpheus_core.brain.ids import EventIds, new_id
from orpheus_core.brain.kind import Kind
from orpheus_core.brain.kinds import KINDS
from orpheus_core.clock import Clock
from orpheus_core.errors import OrpheusError
from orpheus_core.redaction import Redactor


class _Draft:
    """An event that is being filled in. It has the same slots, and ends as an `Event`.

    The bus made or checked every value, and the constructor of a frozen class with 15 fields
    takes ten times as long as writing them: more than all the rest of an event.
    """

    __slots__ = tuple(attrs.fields_dict(Event))

    id: str
    time: datetime.datetime
    kind: str
    severity: Severity
    service: str | None
    plugin: str | None
    subject: str | None
    correlation_id: str | None
    cause_id: str | None
    error_type: str | None
    data: Mapping[str, Scalar]
    source: str
    run_id: str
    seq: int
    mono_ns: int


class EventMaker:
    """Makes the events of one run.

    Args:
        correlation_id: shared by the events that happen outside of jobs; the run's id when
            empty.
    """

    def __init__(self, clock: Clock, redactor: Redactor, correlation_id: str) -> None:
        self._now, self._monotonic = clock.now, clock.monotonic
        self._cleaner = Cleaner(redactor)
        self._next_id = EventIds().next
        self._numbers = itertools.count(1)
        self.run_id = new_id(clock.now())
        self._correlation_id = correlation_id or self.run_id

    def new(
        self,
        kind: str,
        service: str | None,
        plugin: str | None,
        subject: str | None,
        severity: Severity | None,
        error: OrpheusError | None,
        cause: Event | None,
        source: str,
        data: Mapping[str, Scalar] | None,
    ) -> Event:
        """Return a new event; `EventBus.emit` says what the arguments are.

        Raises:
            ValueError: *kind* is not in the table.
            TypeError: *severity* is none.
        """
        row = _ROWS.get(kind)
        if row is None:
            raise ValueError(f"{kind!r} is not in the table of kinds")
        if severity is not None and type(severity) is not Severity:
            raise TypeError(f"the severity of an event is a Severity, not {severity!r}")
        text = self._cleaner.text
        now = self._now()
        event = _Draft()
        event.id = self._next_id(now)
        event.time = now
        event.kind = row.name
        event.severity = row.severity if severity is None else severity
        event.service = None if service is None else text(service)
        event.plugin = None if plugin is None else text(plugin)
        event.subject = None if subject is None else text(subject)
        event.correlation_id = self._current_job()
        event.cause_id = cause.id if cause else None
        event.error_type = text(error.code) if error else None
        event.data = self._cleaner.data(data, row.names) if data else _NO_DATA
        event.source = text(source) if source else row.source
        event.run_id = self.run_id
        event.seq = next(self._numbers) if row.kept else 0
        event.mono_ns = int(self._monotonic() * 1e9)
        event.__class__ = Event  # type: ignore[assignment] # the layout is the same
        return cast("Event", event)

    def follow_up(self, kind: str, cause: Event, data: Mapping[str, Scalar]) -> Event:
        """Return a new event of *kind* in the job of *cause*, which led to it."""
        now = self._now()
        return self.of_this_run(
            Event(
                id=self._next_id(now),
                time=now,
                kind=kind,
                severity=KINDS[kind].severity,
                correlation_id=cause.correlation_id,
                cause_id=cause.id,
                data=data,
            )
        )

    def _current_job(self) -> str:
        """The correlation id of this thread's job, clean: anybody may have named the job."""
        job = current_correlation()
        return self._cleaner.text(job) if job else self._correlation_id

    def _cleaned(self, text: str | None) -> str | None:
        return None if text is None else self._cleaner.text(text)

    def of_this_run(self, event: Event) -> Event:
        """Return *event*, made elsewhere, cleaned and with what this run knows of it."""
        row = _ROWS.get(event.kind)
        clean = self._cleaned
        job = event.correlation_id or self._current_job()
        return attrs.evolve(
            event,
            id=self._cleaner.text(event.id) or self._next_id(self._now()),
            kind=self._cleaner.text(event.kind),
            service=clean(event.service),
            plugin=clean(event.plugin),
            subject=clean(event.subject),
            correlation_id=clean(job),
            cause_id=clean(event.cause_id),
            error_type=clean(event.error_type),
            data=self._cleaner.data(event.data, row.names if row else {}),
            source=self._cleaner.text(event.source or (row.source if row else "")),
            run_id=self.run_id,
            seq=0 if row and not row.kept else next(self._numbers),
            mono_ns=int(self._monotonic() * 1e9),
        )


_NO_DATA: Mapping[str, Scalar] = Cleaner(Redactor()).data({}, {})


@attrs.frozen
class _Row:
    """What each event of a kind needs of the table, looked up once."""

    name: str
    severity: Severity
    source: str
    kept: bool
    names: Mapping[str, str]


def _row_of(kind: Kind) -> _Row:
    names = {field.name: field.name for field in kind.fields}
    return _Row(kind.name, kind.severity, kind.source, kind.kept, names)


_ROWS = {name: _row_of(kind) for name, kind in KINDS.items()}
