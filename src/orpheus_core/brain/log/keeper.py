"""Stands between the recorder and one sink: a queue, a thread, and what to do when it fails."""

from __future__ import annotations

import threading
import time
import traceback
from collections import Counter
from collections.abc import Mapping, Sequence

from orpheus_core.brain.bus import EventBus
from orpheus_core.brain.events import Event, Scalar
from orpheus_core.brain.log.sink import EventSink
from orpheus_core.brain.queued import QueuedDelivery, dropped_data
from orpheus_core.errors import OrpheusError
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
_FAILURES_UNTIL_ASIDE = 3
_LAST_FRAMES = 8
_FAILED, _MUTED, _DROPPED = (
    "brain.subscriber.failed",
    "brain.subscriber.muted",
    "brain.events.dropped",
)


class Keeper:
    """Gives *sink* its events in batches, on a thread of its own.

    A batch at which the sink raises is handed over once more, before the next one, and dropped
    if it fails again. After three failures in a row the sink gets no more events in this run.
    Each of these is told as an event.

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
        return self._queue.flush(timeout_s) and not self._again

    def close(self, timeout_s: float) -> None:
        """Have what is queued written, then close the sink; what takes longer is dropped."""
        due = time.monotonic() + timeout_s
        if not self._queue.close(timeout_s):
            return  # its thread is still at work with the sink
        # On a thread: nobody waits for ever for a sink that does not come back.
        last = threading.Thread(target=self._finish, name=f"orpheus-{self._name}", daemon=True)
        last.start()
        last.join(max(0.0, due - time.monotonic()))

    def _finish(self) -> None:
        if self._again:
            self._deliver(())
            self._drop(self._again)
        self._close_sink()

    # --- on the sink's thread -----------------------------------------------------------------

    def _deliver(self, batch: Sequence[Event]) -> None:
        if self._again and batch and all(map(self._is_own_failure, batch)):
            # That it failed is no reason to try again.
            self._again += batch
            return
        try:
            self._sink.write([*self._again, *batch])
        except BaseException as error:  # noqa: BLE001 - the border to foreign code
            dropped, self._again = self._again, list(batch)
            self._failed(presentable(error), dropped)
        else:
            self._again = []
            self._failures = 0

    def _failed(self, error: BaseException, dropped: Sequence[Event]) -> None:
        self._failures += 1
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
        self._drop(dropped)
        if self._failures >= _FAILURES_UNTIL_ASIDE:
            self._queue.abandon()
            self._drop(self._again)
            self._tell(_MUTED, {"subscriber": self._name})
            self._close_sink()

    def _drop(self, events: Sequence[Event]) -> None:
        if events:
            self._tell(_DROPPED, dropped_data(self._name, Counter(e.kind for e in events)))
        if events is self._again:
            self._again = []

    def _close_sink(self) -> None:
        if self._is_closed:
            return
        self._is_closed = True
        try:
            self._sink.close()
        except BaseException as error:  # noqa: BLE001 - the border to foreign code
            reason = str(presentable(error))
            self._tell(_FAILED, {"subscriber": self._name, "reason": reason})

    def _is_own_failure(self, event: Event) -> bool:
        return event.kind in (_FAILED, _DROPPED) and event.data.get("subscriber") == self._name

    def _tell(
        self, kind: str, data: Mapping[str, Scalar], error: OrpheusError | None = None
    ) -> None:
        self._events.emit(kind, plugin=self._plugin, error=error, data=data)
