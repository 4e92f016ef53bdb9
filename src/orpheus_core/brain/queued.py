"""A bounded queue with a thread behind it, so that a publisher need not wait for a consumer."""

from __future__ import annotations

import collections
import contextlib
import json
import os
import threading
import weakref
from collections.abc import Callable, Mapping, Sequence

from orpheus_core.brain.events import Event, Scalar
from orpheus_core.brain.kinds import KINDS

_MOST_AT_ONCE = 500
_MOST_KINDS_NAMED = 25
"""As JSON they fit into one text of an event's data."""

_REPORT = "brain.events.dropped"
_ROOM_FOR_REPORTS = 16

_here = threading.local()
"""In the thread of a queue that publishers wait for, it has `is_awaited`."""


class QueuedDelivery:
    """Hands events to *deliver* in batches, in their order, on a daemon thread of its own.

    When the queue is full, `put` waits *wait_s* for room and then drops its event. The first
    drop is told of at once; those that follow when the queue has run empty, or at `close`.
    So each report counts what no report counted before. Reports find room in a full queue:
    a log without them would look whole.

    In a process that is forked off it is closed: thread and consumer are the parent's.

    Args:
        name: who it is, in reports.
        deliver: is given a batch; it deals with its own failures. A batch on which it raises
            counts as dropped.
        tell: is given the data of a ``brain.events.dropped``, in whatever thread noticed.
        most: as many events wait at most, beside the batch that is being delivered.
        most_at_once: the largest batch.
        wait_s: how long a publisher waits at most. When one waited in vain, nobody waits
            until the consumer takes its next batch. The thread of a queue that is waited for
            never waits itself: two that wait for each other would both stand still.
        gather_s: how long events are gathered before a batch that is not full is delivered.
    """

    def __init__(
        self,
        name: str,
        deliver: Callable[[Sequence[Event]], object],
        tell: Callable[[Mapping[str, Scalar]], object],
        *,
        most: int,
        most_at_once: int = _MOST_AT_ONCE,
        wait_s: float = 0.0,
        gather_s: float = 0.0,
    ) -> None:
        if most < 1 or most_at_once < 1:
            raise ValueError(f"a queue has room for one event at least, not for {most}")
        self.name = name
        self._deliver = deliver
        self._tell = tell
        self._most = most
        self._most_at_once = most_at_once
        self._wait_s = wait_s
        self._gather_s = gather_s
        self._queue: collections.deque[Event] = collections.deque()
        self._accepted = self._settled = 0
        self._dropped: collections.Counter[str] = collections.Counter()
        self._is_dropping = self._is_stuck = self._is_hurried = False
        self._is_closing = self._is_over = False
        self._make_locks()
        self._worker_waits = False
        self._thread = threading.Thread(target=self._work, name=f"orpheus-{name}", daemon=True)
        self._thread.start()
        _queues.add(self)

    def put(self, event: Event) -> bool:
        """Queue *event*; return False when it was dropped, or came after `close`."""
        with self._came:
            if self._is_over or (self._is_closing and not self._is_worker()):
                return False
            if len(self._queue) < self._most or self._finds_room(event):
                self._queue.append(event)
                self._accepted += 1
                if self._worker_waits:
                    self._wake_worker()
                return True
            first = not self._is_dropping
            self._is_dropping = True
            if not first:
                self._dropped[event.kind] += 1
        if first:
            self._report({event.kind: 1})
        return False

    def flush(self, timeout_s: float) -> bool:
        """Return once what was put before is delivered; False when that took too long."""
        with self._moved:
            due = self._accepted
            if self._settled < due and not self._is_worker():
                self._is_hurried = True
                self._came.notify()
                self._moved.wait_for(
                    lambda: self._settled >= due or not self._thread.is_alive(), timeout_s
                )
            return self._settled >= due

    def close(self, timeout_s: float) -> bool:
        """Take nothing more, deliver what is queued, and end the thread.

        Returns:
            False when that took too long: what is queued then is dropped, and told of; the
            batch at hand is the consumer's. So it is when the consumer itself asks, who
            cannot wait for itself.
        """
        with self._moved:
            self._is_closing = True
            self._came.notify()
            self._moved.notify_all()
        if not self._is_worker():
            self._thread.join(timeout_s)
        with self._moved:
            self._is_over = True
            self._dropped.update(event.kind for event in self._queue)
            self._empty()
            dropped = self._taken_drops()
        self._report(dropped)
        return not self._thread.is_alive()

    def abandon(self) -> None:
        """Take and deliver nothing more, without waiting: nobody wants it any longer."""
        with self._moved:
            self._is_closing = self._is_over = True
            self._empty()
            self._came.notify()

    def _finds_room(self, event: Event) -> bool:
        """Whether there is room in the full queue after all, waiting if need be."""
        if event.kind == _REPORT:
            return len(self._queue) < self._most + _ROOM_FOR_REPORTS
        if not self._wait_s or self._is_stuck or getattr(_here, "is_awaited", False):
            return False
        self._came.notify()
        self._moved.wait_for(
            lambda: len(self._queue) < self._most or self._is_closing or self._is_stuck,
            self._wait_s,
        )
        if self._is_over:
            return False
        if len(self._queue) < self._most or self._is_closing:
            return True
        self._is_stuck = True
        self._moved.notify_all()
        return False

    def _empty(self) -> None:
        self._settled += len(self._queue)
        self._queue.clear()
        self._moved.notify_all()

    def _make_locks(self) -> None:
        # A signal handler may publish while the same thread is in here.
        lock = threading.RLock()
        self._came = threading.Condition(lock)
        self._moved = threading.Condition(lock)

    def _close_in_fork(self) -> None:
        """End here what goes on in the parent; its lock may be held by a thread that is there."""
        self._make_locks()
        self.abandon()
        self._dropped.clear()
        self._settled = self._accepted

    def _is_worker(self) -> bool:
        return threading.current_thread() is self._thread

    def _wake_worker(self) -> None:
        # While it gathers, it is not disturbed for each event.
        if len(self._queue) in (1, self._most_at_once, self._most):
            self._came.notify()

    # --- the worker's side ----------------------------------------------------------------

    def _work(self) -> None:
        _here.is_awaited = self._wait_s > 0
        while batch := self._next_batch():
            try:
                self._deliver(batch)
            except BaseException:  # noqa: BLE001 - the border to foreign code; it is told of
                with self._moved:
                    self._dropped.update(event.kind for event in batch)
            with self._moved:
                dropped = {} if self._queue else self._taken_drops()
            # Whatever those do who hear of it: this thread goes on.
            with contextlib.suppress(BaseException):
                self._report(dropped)
            with self._moved:
                self._settled += len(batch)
                self._moved.notify_all()

    def _next_batch(self) -> list[Event]:
        """Wait for events and take them; an empty list when nothing more will come."""
        with self._came:
            self._worker_waits = True
            self._came.wait_for(lambda: self._queue or self._is_closing)
            if self._gather_s and len(self._queue) < min(self._most, self._most_at_once):
                self._came.wait_for(self._is_enough, self._gather_s)
            self._worker_waits = self._is_stuck = False
            count = min(len(self._queue), self._most_at_once)
            batch = [self._queue.popleft() for _ in range(count)]
            if not self._queue:
                self._is_hurried = False
            self._moved.notify_all()
            return batch

    def _is_enough(self) -> bool:
        full = len(self._queue) >= min(self._most, self._most_at_once)
        return full or self._is_hurried or self._is_closing

    # --- what was dropped -----------------------------------------------------------------

    def _taken_drops(self) -> Mapping[str, int]:
        dropped, self._dropped = self._dropped, collections.Counter()
        self._is_dropping = False
        return dropped

    def _report(self, kinds: Mapping[str, int]) -> None:
        if kinds.keys() <= {_REPORT}:  # nobody is told that he was not told, so this ends
            return
        self._tell(dropped_data(self.name, kinds))


def dropped_data(subscriber: str, kinds: Mapping[str, int]) -> dict[str, Scalar]:
    """Return the data of a ``brain.events.dropped``: who did not get how many of which kinds.

    The most frequent kinds are named; ``*`` counts the rest, and what is not in the table.
    """
    total = sum(kinds.values())
    known = {kind: number for kind, number in kinds.items() if kind in KINDS}
    named = dict(collections.Counter(known).most_common(_MOST_KINDS_NAMED))
    if rest := total - sum(named.values()):
        named["*"] = rest
    return {"subscriber": subscriber, "dropped": total, "kinds": json.dumps(named)}


_queues: weakref.WeakSet[QueuedDelivery] = weakref.WeakSet()


def _after_fork() -> None:
    for queue in _queues:
        queue._close_in_fork()  # noqa: SLF001 - of this file


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
