"""Stands between the recorder and one sink: a queue, a thread, and what to do when it fails."""

from __future__ import annotations

import threading
import time
import traceback
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from orpheus_core.brain.bus import EventBus
from orpheus_core.brain.events import Event, Scalar
from orpheus_core.brain.log.sink import EventSink
from orpheus_core.brain.queued import QueuedDelivery, dropped_data
from orpheus_core.errors import OrpheusError, Retryable
from orpheus_core.plugins import presentable

MOST_WAITING = 500
"""So many events wait for a sink that is waited for; then whoever publishes waits for room."""

MOST_AT_ONCE = 500
"""The largest batch."""

MOST_LOST = MOST_WAITING + MOST_AT_ONCE
"""A process that is killed costs so many of its last events at most: a queue and a batch."""

GATHER_S = 0.2
"""So long an event waits, at most, for others to be written with; a batch is then written."""

_MOST_WAITING_IN_VAIN = 5_000
"""Nobody waits for other sinks; they get a larger queue, for times of many events."""

_WAIT_S = 10.0
_FAILURES_IN_A_ROW = 3
_REST_S = 30.0
"""So long a sink is left alone that failed so often for a reason that may pass: a full disk."""

_LAST_FRAMES = 8
_FAILED, _MUTED, _DROPPED = (
    "brain.subscriber.failed",
    "brain.subscriber.muted",
    "brain.events.dropped",
)


_here = threading.local()


def is_sinks_thread() -> bool:
    """Whether a sink is at work in this thread: what it publishes must not wait for it."""
    return getattr(_here, "is_sinks", False)


class Keeper:
    """Gives *sink* its events in batches, on a thread of its own.

    A batch at which the sink raises is handed over once more, before the next one, and dropped
    if it fails again. After three failures in a row the sink gets no more events in this run,
    or, where the reason is one of our errors that may pass, none for half a minute: so on until
    a batch is kept. Each of these is told as an event; when a batch is kept, or the run ends,
    another tells how much was dropped meanwhile.

    Args:
        plugin: whose sink it is.

    Attributes:
        put: queue an event.
    """

    def __init__(self, sink: EventSink, plugin: str, events: EventBus) -> None:
        self._sink = sink
        self._plugin = plugin
        self._events = events
        self._name = str(sink.name)
        self._again: list[Event] = []
        self._failures = 0
        self._rests_until = 0.0
        self._missed: Counter[str] = Counter()
        self._is_closed = False
        waits = sink.waited_for
        self._queue = QueuedDelivery(
            self._name,
            self._deliver,
            lambda data: self._tell(_DROPPED, data),
            most=MOST_WAITING if waits else _MOST_WAITING_IN_VAIN,
            most_at_once=MOST_AT_ONCE,
            wait_s=_WAIT_S if waits else 0.0,
            gather_s=GATHER_S,
        )
        self.put = self._queue.put

    def flush(self, timeout_s: float) -> bool:
        """Return once what was put before is written; False when it is not, or not yet."""
        return self._queue.flush(timeout_s) and not self._failures

    def start_closing(self, timeout_s: float) -> threading.Thread:
        """Have what is queued written, then the sink closed, on the thread that is returned.

        What is not written after *timeout_s* is dropped. Join the thread for as long at most:
        it is as slow as the sink.
        """
        thread = threading.Thread(
            target=self._close, args=(timeout_s,), name=f"orpheus-{self._name}", daemon=True
        )
        thread.start()
        return thread

    def _close(self, timeout_s: float) -> None:
        if not self._queue.close(timeout_s):
            return  # its thread is still at work with the sink
        if self._again:
            self._deliver(())
        self._miss(self._again)
        self._tell_missed()
        self._close_sink()

    # --- on the sink's thread -----------------------------------------------------------------

    def _deliver(self, batch: Sequence[Event]) -> None:
        _here.is_sinks = True
        if time.monotonic() < self._rests_until:
            self._miss(batch)
            return
        if self._again and batch and all(map(self._is_own_failure, batch)):
            # That it failed is no reason to try again.
            self._again += batch
            return
        try:
            self._sink.write([*self._again, *batch])
        except BaseException as error:  # noqa: BLE001 - the border to foreign code
            self._miss(self._again)
            self._again = list(batch)
            self._failed(presentable(error))
        else:
            self._again = []
            self._failures = 0
            self._tell_missed()

    def _failed(self, error: BaseException) -> None:
        self._failures += 1
        may_pass = isinstance(error, OrpheusError) and error.retryable is not Retryable.NO
        if self._failures > _FAILURES_IN_A_ROW and may_pass:  # was told before it rested
            self._rest()
            return
        self._tell_failure(error)
        if self._failures < _FAILURES_IN_A_ROW:
            self._tell_missed()
            return
        self._rest()
        self._tell_missed()
        if not may_pass:
            self._set_aside()

    def _rest(self) -> None:
        """Drop what waits, and leave the sink alone for a while."""
        self._miss(self._again)
        self._again = []
        self._rests_until = time.monotonic() + _REST_S

    def _set_aside(self) -> None:
        self._queue.abandon()
        self._tell(_MUTED, {"subscriber": self._name})
        self._close_sink()

    def _miss(self, events: Iterable[Event]) -> None:
        self._missed.update(event.kind for event in events)

    def _tell_missed(self) -> None:
        missed, self._missed = self._missed, Counter()
        if missed:
            self._tell(_DROPPED, dropped_data(self._name, missed))

    def _close_sink(self) -> None:
        if self._is_closed:
            return
        self._is_closed = True
        try:
            self._sink.close()
        except BaseException as error:  # noqa: BLE001 - the border to foreign code
            self._tell_failure(presentable(error))

    def _is_own_failure(self, event: Event) -> bool:
        return event.kind in (_FAILED, _DROPPED) and event.data.get("subscriber") == self._name

    def _tell_failure(self, error: BaseException) -> None:
        self._tell(
            _FAILED,
            {
                "subscriber": self._name,
                "reason": str(error),
                "exception.type": type(error).__name__,
                "exception.stacktrace": "".join(traceback.format_exception(error)[-_LAST_FRAMES:]),
            },
            error if isinstance(error, OrpheusError) else None,
        )

    def _tell(
        self, kind: str, data: Mapping[str, Scalar], error: OrpheusError | None = None
    ) -> None:
        self._events.emit(kind, plugin=self._plugin, error=error, data=data)
