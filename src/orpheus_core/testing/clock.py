"""A clock that tests turn: waiting takes no time, and happens in the order it would have."""

from __future__ import annotations

import datetime
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from types import TracebackType

import attrs

_START = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)

# `threading.Event` tells nobody when it is set, so a sleeper that can be cancelled looks this
# often. It decides how soon a test goes on, never what it sees: the clock does not move past a
# sleeper whose event is set.
_LOOK_S = 0.002


class SimClock:
    """A `Clock` whose time moves only when all who wait for it wait.

    As long as no thread is registered, each sleep ends at once, in order of time. With threads
    that entered `thread`, the clock jumps to the next moment that somebody waits for as soon as
    every one of them sleeps on it (the idea of trio's autojump clock). Whoever waits for
    something else (a queue, a future) should not be registered while it does: the clock would
    stand still. Threads that are not registered may sleep too; they never hold the clock.

    >>> clock = SimClock()
    >>> clock.sleep(3600.0)
    True
    >>> clock.monotonic()
    3600.0

    Args:
        start: the wall clock's first time, with a time zone.
        autojump: False leaves moving the clock to `advance` alone.

    Attributes:
        sleeps: the seconds of every sleep that was asked for, in order.
    """

    def __init__(self, start: datetime.datetime = _START, *, autojump: bool = True) -> None:
        if start.tzinfo is None:
            raise ValueError("the wall clock needs a time with a time zone")
        self.sleeps: list[float] = []
        self._wall_start = start.astimezone(datetime.UTC)
        self._autojump = autojump
        self._elapsed_s = 0.0
        self._changed = threading.Condition()
        self._sleepers: dict[int, _Sleeper] = {}
        self._registered: list[_Registration] = []

    def now(self) -> datetime.datetime:
        """The simulated wall clock, in UTC."""
        with self._changed:
            return self._wall_start + datetime.timedelta(seconds=self._elapsed_s)

    def monotonic(self) -> float:
        """Simulated seconds since the clock was made; `jump_wall` leaves it alone."""
        with self._changed:
            return self._elapsed_s

    def sleep(self, seconds: float, cancel: threading.Event | None = None) -> bool:
        """Wait *seconds* of simulated time; return False when *cancel* was set meanwhile."""
        me = threading.get_ident()
        with self._changed:
            self.sleeps.append(seconds)
            if seconds <= 0:
                return cancel is None or not cancel.is_set()
            sleeper = _Sleeper(self._elapsed_s + seconds, cancel)
            self._sleepers[me] = sleeper
            try:
                self._changed.notify_all()
                self._jump_if_all_sleep()
                while not (sleeper.is_due or sleeper.is_cancelled):
                    self._changed.wait(None if cancel is None else _LOOK_S)
            finally:
                self._sleepers.pop(me, None)
                self._jump_if_all_sleep()
            return sleeper.is_due

    def advance(self, seconds: float) -> None:
        """Move both clocks ahead, waking whoever is due by then."""
        if seconds < 0:
            raise ValueError("a monotonic clock never goes back; jump_wall moves the wall clock")
        with self._changed:
            self._move_to(self._elapsed_s + seconds)

    def jump_wall(self, seconds: float) -> None:
        """Set the wall clock ahead, or back when negative, as a person or NTP does."""
        with self._changed:
            self._wall_start += datetime.timedelta(seconds=seconds)

    def thread(self) -> AbstractContextManager[None]:
        """Register the thread that enters the returned context, until it leaves it.

        The clock stands from this call on until the context is entered: call it where the
        threads are started, so that none sleeps before the others are there.
        """
        registration = _Registration(self._unregister)
        with self._changed:
            self._registered.append(registration)
        return registration

    def wait_for_sleepers(self, count: int = 1) -> None:
        """Return when *count* threads sleep on this clock (in real time, so that may be never)."""
        with self._changed:
            self._changed.wait_for(lambda: len(self._sleepers) >= count)

    def _unregister(self, registration: _Registration) -> None:
        with self._changed:
            self._registered.remove(registration)
            self._jump_if_all_sleep()

    def _jump_if_all_sleep(self) -> None:
        while (
            self._autojump
            and self._sleepers
            and all(one.thread_id in self._sleepers for one in self._registered)
            and not any(sleeper.is_cancelled for sleeper in self._sleepers.values())
        ):
            self._move_to(min(sleeper.due_s for sleeper in self._sleepers.values()))

    def _move_to(self, elapsed_s: float) -> None:
        self._elapsed_s = elapsed_s
        for thread_id, sleeper in tuple(self._sleepers.items()):
            if sleeper.due_s <= elapsed_s and not sleeper.is_cancelled:
                # Awake from this moment on, not from when the system lets the thread run, and
                # what it returns is settled: who cancels it now is too late.
                sleeper.is_due = True
                del self._sleepers[thread_id]
        self._changed.notify_all()


@attrs.define(eq=False)
class _Sleeper:
    due_s: float
    cancel: threading.Event | None
    is_due: bool = False

    @property
    def is_cancelled(self) -> bool:
        return self.cancel is not None and self.cancel.is_set()


@attrs.define(eq=False)
class _Registration(AbstractContextManager[None]):
    leave: Callable[[_Registration], None]
    thread_id: int | None = None

    def __enter__(self) -> None:
        self.thread_id = threading.get_ident()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.leave(self)
