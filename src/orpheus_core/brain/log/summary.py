"""What is in a log, in numbers, and how a part of it is read."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol

import attrs

from orpheus_core.brain.events import Event, Severity
from orpheus_core.brain.log.event_filter import EventFilter


@attrs.frozen(kw_only=True)
class LogStats:
    """What a log holds.

    Attributes:
        events: how many.
        by_kind, by_severity, by_service, by_error_type: how many of each, most first; events
            without a service, or without an error, are in none of the last two.
        first, last: when the oldest and the newest event happened.
        size_bytes: what the log takes on the disk.
    """

    events: int = 0
    by_kind: Mapping[str, int] = attrs.field(factory=dict)
    by_severity: Mapping[Severity, int] = attrs.field(factory=dict)
    by_service: Mapping[str, int] = attrs.field(factory=dict)
    by_error_type: Mapping[str, int] = attrs.field(factory=dict)
    first: datetime.datetime | None = None
    last: datetime.datetime | None = None
    size_bytes: int = 0


@attrs.frozen(kw_only=True)
class Run:
    """One run of an application, as the log knows it: when it began and ended, how much it said."""

    run_id: str
    first: datetime.datetime
    last: datetime.datetime
    events: int


class LogTail(Protocol):
    """The end of a log, where new events come."""

    def poll(self, wanted: EventFilter) -> Iterator[Event]:
        """Yield those of the events that came since the last poll."""


class LogReader(Protocol):
    """Reads a log of one form. Events come in the order in which they were written."""

    def events(self, wanted: EventFilter, *, newest_first: bool = False) -> Iterator[Event]:
        """Yield those that are *wanted*, without holding more than a page of them."""

    def find(self, part: str) -> list[Event]:
        """Return the event with this id, else up to three whose ids begin or end so."""

    def tail(self, *, from_start: bool = False) -> LogTail:
        """Return the log's end as it is now; *from_start*, as it was when nothing was there."""

    def runs(self) -> list[Run]:
        """Return each run in the log, the one that began writing first at the front."""

    def last_run(self) -> str | None:
        """Return the run that wrote last."""

    def stats(self) -> LogStats:
        """Count what there is."""

    def prune(self, older_than: datetime.datetime) -> int:
        """Delete older events; return how many."""


def stats_of(events: Iterable[Event], size_bytes: int) -> LogStats:
    """Return the numbers of *events*, looking at one after the other."""
    kinds: Counter[str] = Counter()
    severities: Counter[Severity] = Counter()
    services: Counter[str] = Counter()
    errors: Counter[str] = Counter()
    first: datetime.datetime | None = None
    last: datetime.datetime | None = None
    for event in events:
        kinds[event.kind] += 1
        severities[event.severity] += 1
        if event.service is not None:
            services[event.service] += 1
        if event.error_type is not None:
            errors[event.error_type] += 1
        first = event.time if first is None else min(first, event.time)
        last = event.time if last is None else max(last, event.time)
    return LogStats(
        events=kinds.total(),
        by_kind=dict(kinds.most_common()),
        by_severity=dict(severities.most_common()),
        by_service=dict(services.most_common()),
        by_error_type=dict(errors.most_common()),
        first=first,
        last=last,
        size_bytes=size_bytes,
    )


def runs_of(events: Iterable[Event]) -> list[Run]:
    """Return the runs that *events* are of."""
    runs: dict[str, Run] = {}
    for event in events:
        run = runs.get(event.run_id)
        if run is None:
            run = Run(run_id=event.run_id, first=event.time, last=event.time, events=0)
        runs[event.run_id] = attrs.evolve(
            run,
            first=min(run.first, event.time),
            last=max(run.last, event.time),
            events=run.events + 1,
        )
    return list(runs.values())
