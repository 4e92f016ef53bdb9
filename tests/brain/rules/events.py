"""Events and rules for the tests of rules."""

from __future__ import annotations

import datetime
import itertools

from orpheus_core.brain import (
    Event,
    EventPattern,
    Mitigation,
    MitigationKind,
    Rule,
    Severity,
)

FAILED = "network.request.failed"
FINISHED = "network.request.finished"
THEN = (Mitigation(kind=MitigationKind.SLOW_DOWN),)

_numbers = itertools.count()


def event(
    kind: str = FAILED,
    *,
    service: str | None = None,
    plugin: str | None = None,
    subject: str | None = None,
    job: str | None = None,
    error_type: str | None = None,
    severity: Severity = Severity.WARNING,
    **data: object,
) -> Event:
    """An event; of the names in *data*, ``_`` is a dot in the field's name and ``host`` short."""
    names = {"host": "server.address", "status": "http.response.status_code"}
    return Event(
        id=f"event-{next(_numbers)}",
        time=datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC),
        kind=kind,
        severity=severity,
        service=service,
        plugin=plugin,
        subject=subject,
        correlation_id=job,
        error_type=error_type,
        data={names.get(name, name): value for name, value in data.items()},  # type: ignore[misc] # hostile values on purpose
        source="core/network",
    )


def rule(
    when: str | EventPattern | tuple[EventPattern, ...] = FAILED,
    *,
    absent: str | None = None,
    reset: str | None = None,
    **more: object,
) -> Rule:
    """A rule that slows something down; kinds may stand for patterns."""
    return Rule(
        when=EventPattern(kind=when) if isinstance(when, str) else when,
        absent=EventPattern(kind=absent) if absent else None,
        reset=EventPattern(kind=reset) if reset else None,
        **{"id": "r", "then": THEN, **more},  # type: ignore[arg-type] # any of its fields
    )


def steps(*kinds: str) -> tuple[EventPattern, ...]:
    """The patterns of a sequence."""
    return tuple(EventPattern(kind=kind) for kind in kinds)
