"""Events to keep, and sinks to keep them in."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

from orpheus_core import hookimpl
from orpheus_core.brain import Event, EventBus, EventSink, Severity
from orpheus_core.brain.log import LogSource
from orpheus_core.brain.log.jsonl import JsonlSink
from orpheus_core.brain.log.sqlite import SqliteSink
from orpheus_core.clock import Clock
from orpheus_core.redaction import Redactor
from orpheus_core.storage import DiskStorage
from orpheus_core.testing import SimClock

_FOR_EVER = 10**6
"""Days."""


def some_events(count: int, *, clock: Clock | None = None, service: str = "sandbox") -> list[Event]:
    """Events of one run, numbered in their data, as a bus publishes them."""
    bus = EventBus(clock or SimClock(), Redactor())
    return [
        bus.emit("stage.started", service=service, data={"stage": "download", "attempt": number})
        for number in range(count)
    ]


def one_of_each(clock: SimClock) -> list[Event]:
    """Events of one run that differ in everything that can be asked for, a minute apart."""
    bus = EventBus(clock, Redactor())
    made = []
    for kind, severity, service, plugin in (
        ("job.started", Severity.INFO, "sandbox", None),
        ("network.request.started", Severity.DEBUG, "sandbox", None),
        ("network.request.failed", Severity.WARNING, "sandbox", None),
        ("plugin.said", Severity.INFO, None, "assistant"),
        ("job.failed", Severity.ERROR, "deezer", None),
    ):
        made.append(bus.emit(kind, service=service, plugin=plugin, severity=severity))
        clock.advance(60)
    return made


def sink_of(source: LogSource, folder: Path, clock: Clock | None = None) -> EventSink:
    """The core's sink of that form, large enough for every test."""
    clock = clock or SimClock()
    if source is LogSource.SQLITE:
        return SqliteSink(folder, clock, keep_days=_FOR_EVER, largest_mb=500)
    return JsonlSink(folder, clock, DiskStorage(), keep_days=_FOR_EVER, largest_mb=500)


def keep(source: LogSource, folder: Path, *batches: Sequence[Event]) -> None:
    """Write *batches* to the core's sink of that form, and close it."""
    sink = sink_of(source, folder)
    for batch in batches:
        sink.write(batch)
    sink.close()


class MemorySink:
    """Keeps events in memory; can be held, and fails when told to.

    Attributes:
        batches: what was written.
        errors: raised by the next writes, one each.
        gate: a write waits for it.
    """

    def __init__(self, name: str = "memory", *, waited_for: bool = True) -> None:
        self.name = name
        self.waited_for = waited_for
        self.batches: list[list[Event]] = []
        self.errors: list[BaseException] = []
        self.gate = threading.Event()
        self.gate.set()
        self.tries = self.closed = 0

    @property
    def events(self) -> list[Event]:
        """All that was written."""
        return [event for batch in self.batches for event in batch]

    @property
    def kinds(self) -> list[str]:
        """The kinds of all that was written."""
        return [event.kind for event in self.events]

    def write(self, events: Sequence[Event]) -> None:
        self.gate.wait()
        self.tries += 1
        if self.errors:
            raise self.errors.pop(0)
        self.batches.append(list(events))

    def close(self) -> None:
        self.closed += 1


class BringsSinks:
    """A plugin that brings *sinks*, and notes how often it is asked for them."""

    def __init__(self, *sinks: EventSink) -> None:
        self.sinks = sinks
        self.asked = 0

    @hookimpl
    def orpheus_event_sinks(self) -> Sequence[EventSink]:
        self.asked += 1
        return self.sinks
