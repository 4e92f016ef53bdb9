"""The bus against a slow, simple model of itself."""

from __future__ import annotations

import datetime
import re

import attrs
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from orpheus_core.brain import KINDS, Event, EventBus, Severity, Subscription, correlated
from orpheus_core.redaction import Redactor
from orpheus_core.testing.clock import SimClock

LONG_S = 60.0
NOW = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)

kinds = st.sampled_from(
    ["job.started", "job.failed", "stage.started", "stage.failed", "transfer.progressed"]
)
patterns = st.lists(
    kinds | st.sampled_from(["*", "job.*", "*.failed", "stage.start*", "brain.*", "[js]*.*"]),
    min_size=1,
    max_size=2,
)
services = st.none() | st.sampled_from(["qobuz", "deezer"])
jobs = st.none() | st.sampled_from(["job-1", "job-2"])
severities = st.none() | st.sampled_from(Severity)


@attrs.frozen
class Seen:
    """What of an event decides who gets it."""

    kind: str
    severity: Severity
    service: str | None
    job: str | None


@attrs.define(eq=False)
class Listener:
    """A subscriber, and what the model knows of it."""

    patterns: list[str]
    floor: Severity
    service: str | None
    job: str | None
    fails_on: frozenset[str]
    got: list[Seen] = attrs.field(factory=list)
    due: list[Seen] = attrs.field(factory=list)
    failures: int = 0
    active: bool = True
    subscription: Subscription | None = None

    def __call__(self, event: Event) -> None:
        self.got.append(Seen(event.kind, event.severity, event.service, event.correlation_id))
        if event.kind in self.fails_on:
            raise RuntimeError

    def wants(self, seen: Seen) -> bool:
        """By the documentation of `EventBus.subscribe`, without its code."""
        return (
            self.active
            and any(re.fullmatch(each.replace("*", ".*"), seen.kind) for each in self.patterns)
            and seen.severity >= self.floor
            and self.service in (None, seen.service)
            and self.job in (None, seen.job)
        )


class Listeners(RuleBasedStateMachine):
    """Whoever comes, goes, raises and publishes: each gets exactly what is due to it."""

    there = Bundle("there")

    def __init__(self) -> None:
        super().__init__()
        self.bus = EventBus(SimClock(), Redactor())
        self.listeners: list[Listener] = []

    def teardown(self) -> None:
        assert self.bus.close(LONG_S)

    @rule(
        target=there,
        patterns=patterns,
        floor=st.sampled_from(Severity),
        service=services,
        job=jobs,
        fails_on=st.frozensets(kinds | st.just("brain.subscriber.failed"), max_size=3),
        queue=st.sampled_from([0, 0, 100]),
    )
    def subscribe(
        self,
        patterns: list[str],
        floor: Severity,
        service: str | None,
        job: str | None,
        fails_on: frozenset[str],
        queue: int,
    ) -> Listener:
        # When one with a queue fails is its own affair: the model knows the order of one thread.
        made = Listener(patterns, floor, service, job, frozenset() if queue else fails_on)
        made.subscription = self.bus.subscribe(
            made,
            kinds=patterns,
            min_severity=floor,
            service=service,
            correlation_id=job,
            queue=queue,
        )
        self.listeners.append(made)
        return made

    @rule(listener=consumes(there))
    def cancel(self, listener: Listener) -> None:
        assert self.bus.flush(LONG_S)
        assert listener.subscription is not None
        listener.subscription.cancel()
        listener.active = False

    @rule(kind=kinds, severity=severities, service=services, job=jobs)
    def emit(
        self, kind: str, severity: Severity | None, service: str | None, job: str | None
    ) -> None:
        with correlated(job):
            event = self.bus.emit(kind, severity=severity, service=service)
        known = KINDS[kind].severity if severity is None else severity
        assert (event.severity, event.correlation_id) == (known, job or self.bus.run_id)
        self.deliver(Seen(kind, known, service, event.correlation_id), None)

    @rule(kind=kinds | st.just("invented.kind"), severity=st.sampled_from(Severity), job=jobs)
    def publish(self, kind: str, severity: Severity, job: str | None) -> None:
        event = Event(id="1", time=NOW, kind=kind, severity=severity, correlation_id=job)
        assert self.bus.publish(event).correlation_id == (job or self.bus.run_id)
        self.deliver(Seen(kind, severity, None, job or self.bus.run_id), None)

    @invariant()
    def each_got_what_was_due(self) -> None:
        assert self.bus.flush(LONG_S)
        for listener in self.listeners:
            assert listener.got == listener.due
            assert listener.subscription is not None
            assert listener.subscription.active == listener.active

    # --- the model ------------------------------------------------------------------------

    def deliver(self, seen: Seen, about: Listener | None) -> None:
        for listener in list(self.listeners):
            if listener is about or not listener.wants(seen):
                continue
            listener.due.append(seen)
            if seen.kind not in listener.fails_on:
                listener.failures = 0
                continue
            listener.failures += 1
            muted = listener.failures == 3
            listener.active = not muted
            if seen.kind.startswith("brain.subscriber."):
                continue
            self.deliver(told("failed", seen), listener)
            if muted:
                self.deliver(told("muted", seen), listener)


def told(what: str, seen: Seen) -> Seen:
    return Seen(f"brain.subscriber.{what}", Severity.WARNING, None, seen.job)


TestListeners = Listeners.TestCase
