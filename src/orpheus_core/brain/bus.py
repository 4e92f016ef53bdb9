"""The event bus: publish from any thread, subscribe by kind, severity, service, job."""

from __future__ import annotations

import functools
import threading
import time
import traceback
from collections.abc import Iterable, Mapping, Sequence

from orpheus_core.brain.correlation import correlated
from orpheus_core.brain.event_maker import EventMaker
from orpheus_core.brain.events import Event, Scalar, Severity
from orpheus_core.brain.kinds import KINDS
from orpheus_core.brain.queued import QueuedDelivery
from orpheus_core.brain.subscription import Subscriber, Subscription, checked_kinds
from orpheus_core.clock import Clock
from orpheus_core.errors import OrpheusError
from orpheus_core.plugins import presentable
from orpheus_core.redaction import Redactor

_FAILURES_UNTIL_MUTED = 3


class EventBus:
    """Delivers each event, in the publisher's thread, to every subscriber that wants it.

    Those that asked for a queue get theirs on a thread of their own. What one thread publishes
    reaches each subscriber in that order.

    A subscriber that raises never reaches the publisher: it becomes an event of its own,
    and after three failures in a row it gets no more.

    Args:
        correlation_id: shared by the events that happen outside of jobs; the run's id when
            empty.

    Attributes:
        run_id: every event of this bus carries it.
    """

    def __init__(self, clock: Clock, redactor: Redactor, *, correlation_id: str = "") -> None:
        self._maker = EventMaker(clock, redactor, correlation_id)
        self.run_id = self._maker.run_id
        self._lock = threading.Lock()
        self._subscriptions: tuple[Subscription, ...] = ()
        self._audiences: dict[tuple[str, Severity], tuple[Subscription, ...]] = {}

    def subscribe(
        self,
        callback: Subscriber,
        *,
        kinds: Iterable[str] = ("*",),
        min_severity: str | Severity = Severity.DEBUG,
        service: str | None = None,
        correlation_id: str | None = None,
        name: str = "",
        queue: int = 0,
        wait_s: float = 0.0,
    ) -> Subscription:
        """Call *callback* with each event that fits all the filters.

        Args:
            kinds: names or patterns: ``["network.*", "job.failed"]``. As in a shell, ``*``
                stands for any letters, dots too (``*.failed``), ``?`` for one of them, and
                ``[ab]`` for a or b.
            min_severity: debug, info, warning, error or critical.
            queue: call it on a thread of its own, behind a queue for so many events; 0: in
                the publisher's thread. What does not fit the queue is dropped, and
                ``brain.events.dropped`` says how many of which kinds. In a process that is
                forked off it is not called.
            wait_s: how long a publisher waits for room in the queue before that.

        Raises:
            UnknownWord: there is no such severity, or no kind that a pattern fits.
            TypeError: a kind is not a text.
            ValueError: the queue has no room for one event.
        """
        if isinstance(min_severity, str):
            min_severity = Severity.parse(min_severity)
        subscription = Subscription(
            callback=callback,
            name=name or getattr(callback, "__qualname__", type(callback).__name__),
            kinds=checked_kinds(kinds),
            min_severity=min_severity,
            service=service,
            correlation_id=correlation_id,
            bus=self,
        )
        if queue:
            subscription.put_behind(
                QueuedDelivery(
                    subscription.name,
                    functools.partial(self._deliver_batch, subscription),
                    lambda data: self.emit("brain.events.dropped", data=data),
                    most=queue,
                    wait_s=wait_s,
                )
            )
        with self._lock:
            self._subscriptions += (subscription,)
            self._audiences = {}
        return subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        """Deliver no more events to *subscription*, nor those that are queued."""
        subscription.active = False
        self._remove(subscription)
        if subscription.queue is not None:
            subscription.queue.abandon()

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
        source: str = "",
        data: Mapping[str, Scalar] | None = None,
    ) -> Event:
        """Publish a new event of *kind*: id, time, job and usual severity are filled in.

        Raises:
            ValueError: *kind* is not in the table.
            TypeError: *severity* is none.
        """
        event = self._maker.new(
            kind, service, plugin, subject, severity, error, cause, source, data
        )
        audience = self._audiences.get((event.kind, event.severity))
        if audience is None:
            audience = self._compiled(event)
        if audience:
            self._deliver(event, audience)
        return event

    def publish(self, event: Event) -> Event:
        """Deliver *event* and return it as it was delivered: as one of this run.

        Secrets are masked and texts cut; what no reader could store (an endless number, an
        object, half a character) is replaced.
        """
        event = self._maker.of_this_run(event)
        self._deliver(event, self._compiled(event))
        return event

    def flush(self, timeout_s: float) -> bool:
        """Return once what was published before has reached the subscribers with queues too.

        False when that took longer than *timeout_s*.
        """
        due = time.monotonic() + timeout_s
        queues = [s.queue for s in self._subscriptions if s.queue is not None]
        done = [queue.flush(max(0.0, due - time.monotonic())) for queue in queues]
        return all(done)

    def close(self, timeout_s: float) -> bool:
        """Deliver what is queued, then end the subscriptions that have a queue.

        Returns:
            False when that took longer than *timeout_s*; what is still queued then is dropped
            and told of, and what a subscriber has taken out of its queue is its own. So it is
            with the subscriber that calls this itself.
        """
        due = time.monotonic() + timeout_s
        in_time = True
        for subscription in self._subscriptions:
            if subscription.queue is not None:
                in_time &= subscription.queue.close(max(0.0, due - time.monotonic()))
                self._remove(subscription)
        return in_time

    def _remove(self, subscription: Subscription) -> None:
        with self._lock:
            self._subscriptions = tuple(s for s in self._subscriptions if s is not subscription)
            self._audiences = {}

    def _compiled(self, event: Event) -> tuple[Subscription, ...]:
        """Those who want events of this kind and severity."""
        key = event.kind, event.severity
        with self._lock:
            audience = self._audiences.get(key)
            if audience is None:
                audience = tuple(s for s in self._subscriptions if s.wants(*key))
                if event.kind in KINDS:  # kinds that anybody may invent would fill the memory
                    self._audiences[key] = audience
        return audience

    def _deliver(self, event: Event, audience: tuple[Subscription, ...]) -> None:
        for subscription in audience:
            if not subscription.active or (
                subscription.is_narrow and not subscription.is_about(event)
            ):
                continue
            try:
                subscription.receive(event)
            except KeyboardInterrupt:
                raise
            except BaseException as error:  # noqa: BLE001 - the border to foreign code
                self._failed(subscription, event, presentable(error))
            else:
                # Of one with a queue, this was the queue's success, not its own.
                if subscription.failures and subscription.queue is None:
                    subscription.failures = 0

    def _deliver_batch(self, subscription: Subscription, batch: Sequence[Event]) -> None:
        for event in batch:
            if not subscription.active:
                return
            try:
                with correlated(event.correlation_id):
                    subscription.callback(event)
            except BaseException as error:  # noqa: BLE001 - the border to foreign code
                self._failed(subscription, event, presentable(error))
            else:
                subscription.failures = 0

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
                "exception.type": type(error).__name__,
                "exception.stacktrace": "".join(traceback.format_exception(error)[-8:]),
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
        event = self._maker.follow_up(kind, cause, data)
        others = tuple(s for s in self._compiled(event) if s is not about)
        self._deliver(event, others)
