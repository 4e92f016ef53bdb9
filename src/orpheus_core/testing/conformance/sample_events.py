"""Events for samples: written in one line, the same each time."""

from __future__ import annotations

import datetime
from collections.abc import Mapping

from orpheus_core.brain import KINDS, Event, Scalar, Severity
from orpheus_core.errors import OrpheusError
from orpheus_core.testing.conformance.samples import NOON

_ID = "00000000-0000-7000-8000-{:012x}"


def sample_event(
    kind: str,
    *,
    error: OrpheusError | None = None,
    service: str | None = None,
    plugin: str | None = None,
    subject: str | None = None,
    job: str | None = None,
    severity: Severity | None = None,
    after_s: float = 0.0,
    data: Mapping[str, Scalar] | None = None,
) -> Event:
    """Return an event of *kind*, as the core would publish it.

    Args:
        error: what failed; its code and message are filled in.
        job: the correlation id: the same for all that one job caused.
        after_s: how many seconds after noon of the first of January 2026 it happens.
        data: its fields, as the table of kinds lists them.

    Raises:
        ValueError: there is no such kind.
    """
    row = KINDS.get(kind)
    if row is None:
        raise ValueError(f"{kind!r} is not in the table of kinds")
    told: dict[str, Scalar] = {}
    if error is not None and any(field.name == "message" for field in row.fields):
        told = {"message": error.title, "why": error.why}
    return Event(
        id=_ID.format(round(after_s * 1000)),
        time=NOON + datetime.timedelta(seconds=after_s),
        kind=kind,
        severity=severity or row.severity,
        service=service,
        plugin=plugin,
        subject=subject,
        correlation_id=job,
        error_type=error.code if error else None,
        data={**told, **(data or {})},
    )
