"""The event bus: publish from any thread, subscribe by kind, severity, service, job."""

from __future__ import annotations

import fnmatch
import math
import re
import threading
import traceback
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

import attrs

from orpheus_core.brain.correlation import current_correlation, new_id
from orpheus_core.brain.events import Event, Scalar, Severity
from orpheus_core.brain.kinds import KINDS
from orpheus_core.clock import Clock
from orpheus_core.errors import OrpheusError
from orpheus_core.plugins import presentable
from orpheus_core.redaction import Redactor

Subscriber = Callable[[Event], object]

_FAILURES_UNTIL_MUTED = 3
_LONGEST_TEXT = 2000
_LARGEST_NUMBER = 2**63 - 1
"""What every reader can store: a signed integer of 64 bits."""

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


@attrs.define(eq=False)
class Subscription:
    """A subscriber with its filter. `cancel` ends it."""

    callback: Subscriber
    name: str
    kinds: tuple[str, ...]
    min_severity: Severity
    service: str | None
    correlation_id: str | None
    _bus: EventBus
    failures: int = 0
    active: bool = True

    def wants_kind(self, kind: str) -> bool:
        """Whether one of its patterns fits *kind*."""
        return any(fnmatch.fnmatchcase(kind, pattern) for pattern in self.kinds)

    def wants(self, event: Event) -> bool:
        """Whether *event*, whose kind fits, passes the other filters."""
        return (
            self.active
            and event.severity >= self.min_severity
            and self.service in (None, event.service)
            and self.correlation_id in (None, event.correlation_id)
        )

    def cancel(self) -> None:
        """Get no more events."""
        self._bus.unsubscribe(self)


class EventBus:
    """Delivers each event, in the publisher's thread, to every subscriber that wants it.

    A subscriber that raises never reaches the publisher: it becomes an event of its own,
    and after three failures in a row it gets no more.
    """

    def __init__(self, clock: Clock, redactor: Redactor) -> None:
        self._clock = clock
        self._redactor = redactor
        self._lock = threading.Lock()
        self._subscriptions: tuple[Subscription, ...] = ()
        self._by_kind: dict[str, tuple[Subscription, ...]] = {}

    def subscribe(
        self,
        callback: Subscriber,
        *,
        kinds: Iterable[str] = ("*",),
        min_severity: str | Severity = Severity.DEBUG,
        service: str | None = None,
        correlation_id: str | None = None,
        name: str = "",
    ) -> Subscription:
        """Call *callback* with each event that fits all the filters.

        Args:
            kinds: names or patterns with ``*``: ``["network.*", "job.failed"]``.
            min_severity: debug, info, warning, error or critical.

        Raises:
            UnknownWord: there is no such severity.
            TypeError: a kind is not a text.
        """
        if isinstance(min_severity, str):
            min_severity = Severity.parse(min_severity)
        patterns = (kinds,) if isinstance(kinds, str) else tuple(kinds)
        for pattern in patterns:
            if not isinstance(pattern, str):
                raise TypeError(f"kinds are names or patterns, not {pattern!r}")
        subscription = Subscription(
            callback,
            name or getattr(callback, "__qualname__", type(callback).__name__),
            patterns,
            min_severity,
            service,
            correlation_id,
            self,
        )
        with self._lock:
            self._subscriptions += (subscription,)
            self._by_kind = {}
        return subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        """Deliver no more events to *subscription*."""
        subscription.active = False
        with self._lock:
            self._subscriptions = tuple(s for s in self._subscriptions if s is not subscription)
            self._by_kind = {}

    def emit(
        self,
        kind: str,
        *,
        service: str | None = None,
        plugin: str | None = None,
        subject: str | None = None,
        severity: Severity | None = None,
        error: OrpheusError | None = None,
        cause: Event | None = None,
        data: Mapping[str, Scalar] | None = None,
    ) -> Event:
        """Publish a new event of *kind*: id, time, job and usual severity are filled in.

        Raises:
            ValueError: *kind* is not in the table.
        """
        if kind not in KINDS:
            raise ValueError(f"{kind!r} is not in the table of kinds")
        now = self._clock.now()
        event = Event(
            id=new_id(now),
            time=now,
            kind=kind,
            severity=KINDS[kind].severity if severity is None else severity,
            service=service,
            plugin=plugin,
            subject=self._clean_subject(subject),
            correlation_id=current_correlation(),
            cause_id=cause.id if cause else None,
            error_type=error.code if error else None,
            data=self._clean_data(data or {}),
        )
        self._deliver(event, exclude=None)
        return event

    def publish(self, event: Event) -> Event:
        """Deliver *event* and return it as it was delivered.

        Secrets are masked and texts cut; what no reader could store (an endless number, an
        object, half a character) is replaced.
        """
        subject, data = self._clean_subject(event.subject), self._clean_data(event.data)
        event = attrs.evolve(event, subject=subject, data=data)
        self._deliver(event, exclude=None)
        return event

    def _clean_subject(self, subject: str | None) -> str | None:
        return None if subject is None else self._clean_text(subject)

    def _clean_data(self, data: Mapping[str, Scalar]) -> Mapping[str, Scalar]:
        # Every subscriber gets the same, so none may change it.
        return MappingProxyType({str(key): self._clean(value) for key, value in data.items()})

    def _clean(self, value: object) -> Scalar:
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, int):
            return int(value) if abs(value) <= _LARGEST_NUMBER else None
        if isinstance(value, float):
            return float(value) if math.isfinite(value) else None
        return self._clean_text(value)

    def _clean_text(self, value: object) -> str:
        # A subclass of str may lie about what it holds.
        plain = str.__str__(value) if isinstance(value, str) else str(value)
        text = _LONE_SURROGATE.sub("\N{REPLACEMENT CHARACTER}", self._redactor.clean(plain))
        return text if len(text) <= _LONGEST_TEXT else text[: _LONGEST_TEXT - 1] + "…"

    def _deliver(self, event: Event, exclude: Subscription | None) -> None:
        for subscription in self._wanting(event.kind):
            if subscription is exclude or not subscription.wants(event):
                continue
            try:
                subscription.callback(event)
            except KeyboardInterrupt:
                raise
            except BaseException as error:  # noqa: BLE001 - the border to foreign code
                self._failed(subscription, event, presentable(error))
            else:
                subscription.failures = 0

    def _wanting(self, kind: str) -> tuple[Subscription, ...]:
        found = self._by_kind.get(kind)
        if found is None:
            with self._lock:
                found = tuple(s for s in self._subscriptions if s.wants_kind(kind))
                self._by_kind[kind] = found
        return found

    def _failed(self, subscription: Subscription, event: Event, error: BaseException) -> None:
        with self._lock:
            subscription.failures += 1
            muted = subscription.active and subscription.failures >= _FAILURES_UNTIL_MUTED
            if muted:
                subscription.active = False
        self._tell(
            "brain.subscriber.failed",
            subscription,
            event,
            {
                "subscriber": subscription.name,
                "reason": str(error),
                "exception_type": type(error).__name__,
                "exception_stacktrace": "".join(traceback.format_exception(error)[-8:]),
            },
        )
        if muted:
            subscription.cancel()
            data: dict[str, Scalar] = {"subscriber": subscription.name}
            self._tell("brain.subscriber.muted", subscription, event, data)

    def _tell(
        self, kind: str, about: Subscription, cause: Event, data: Mapping[str, Scalar]
    ) -> None:
        """Tell the others; a failure about a failure is told to nobody, so this ends."""
        if cause.kind.startswith("brain.subscriber."):
            return
        now = self._clock.now()
        event = Event(
            id=new_id(now),
            time=now,
            kind=kind,
            severity=KINDS[kind].severity,
            correlation_id=cause.correlation_id,
            cause_id=cause.id,
            data=self._clean_data(data),
        )
        self._deliver(event, exclude=about)
