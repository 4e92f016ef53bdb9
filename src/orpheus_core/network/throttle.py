"""Keeps to a service's limits: an exact sliding window over the times of its requests.

A fixed window lets up to twice the limit through in one window's time, a leaky bucket the
burst on top; only the list of times keeps the promise "never more than n in any w seconds".
"""

from __future__ import annotations

import collections
import threading
from collections.abc import Callable, Iterable

from orpheus_core.clock import Clock
from orpheus_core.errors import Cancelled, RateLimited, ServicePaused

_MARGIN_S = 0.001
"""Kept free at the window's end, where the first request of a window still counts."""

_SLOW_SPACING_S = 1.0
"""Between the requests of a service that is slowed down, and names no limit of its own."""

_NEVER_S = float("-inf")


Limit = tuple[int, float]
"""How many requests there may be in any window of how many seconds."""


class Throttle:
    """Lets requests pass so that none of *limits* is ever broken. For any number of threads.

    Args:
        limits: all of them hold at once.
        on_wait: told, after the wait, of how many seconds somebody waited and for which limit.
    """

    def __init__(
        self,
        limits: Iterable[Limit],
        clock: Clock,
        on_wait: Callable[[float, str], None] = lambda _seconds, _limit: None,
    ) -> None:
        self._clock = clock
        self._on_wait = on_wait
        self._lock = threading.Lock()
        self._windows = [_Window(limit) for limit in limits]
        self._spacing = _Window((1, _SLOW_SPACING_S))
        self._closed_until_s = _NEVER_S
        self._paused_until_s = _NEVER_S
        self._slow_until_s = _NEVER_S

    def pass_one(
        self, cancel: threading.Event | None = None, *, most_wait_s: float = float("inf")
    ) -> None:
        """Return when one more request may be sent; it counts from this moment on.

        Raises:
            RateLimited: the service asked to be left alone for longer than *most_wait_s*.
            ServicePaused: it is paused for longer than that.
            Cancelled: *cancel* was set meanwhile.
        """
        began_s = self._clock.monotonic()
        reason = ""
        while True:
            wait_s, why = self._try(most_wait_s)
            if wait_s <= 0:
                break
            reason = why
            if not self._clock.sleep(wait_s, cancel):
                raise Cancelled("stopped on request")
        if reason:
            self._on_wait(self._clock.monotonic() - began_s, reason)

    def close_for(self, seconds: float) -> None:
        """Let nobody pass for *seconds*: the service asked for it."""
        with self._lock:
            self._closed_until_s = self._later(self._closed_until_s, seconds)

    def pause_for(self, seconds: float) -> None:
        """Let nobody pass for *seconds*: a rule wants it."""
        with self._lock:
            self._paused_until_s = self._later(self._paused_until_s, seconds)

    def slow_down_for(self, seconds: float) -> None:
        """Let at most half as many pass for *seconds*; one a second where there is no limit."""
        with self._lock:
            self._slow_until_s = self._later(self._slow_until_s, seconds)

    def _later(self, until_s: float, seconds: float) -> float:
        return max(until_s, self._clock.monotonic() + seconds)

    def _try(self, most_wait_s: float) -> tuple[float, str]:
        """Count one request and return 0, or return how long to wait first, and for what."""
        with self._lock:
            now_s = self._clock.monotonic()
            closed_s, paused_s = self._closed_until_s - now_s, self._paused_until_s - now_s
            _check_wait(closed_s, paused_s, most_wait_s)
            slow = now_s < self._slow_until_s
            in_use = [*self._windows, *([self._spacing] if slow and not self._windows else [])]
            halved = slow and bool(self._windows)
            waits = [
                (each.free_at_s(halved=halved) - now_s, each.words(halved=halved))
                for each in in_use
            ]
            waits.append((closed_s, "the service asked to wait"))
            waits.append((paused_s, "the service is paused"))
            longest = max(waits)
            if longest[0] <= 0:
                for window in (*self._windows, self._spacing):
                    window.times_s.append(now_s)
            return longest


def _check_wait(closed_s: float, paused_s: float, most_wait_s: float) -> None:
    if closed_s > most_wait_s:
        raise RateLimited(
            f"the service asked for no requests in the next {closed_s:.0f} s",
            done="nothing was sent",
            retry_after_s=closed_s,
        )
    if paused_s > most_wait_s:
        raise ServicePaused(
            f"the service is left alone for another {paused_s:.0f} s",
            done="nothing was sent",
            retry_after_s=paused_s,
        )


class _Window:
    def __init__(self, limit: Limit) -> None:
        requests, self._window_s = limit
        self._requests = max(1, requests)
        self.times_s: collections.deque[float] = collections.deque(maxlen=self._requests)

    def words(self, *, halved: bool) -> str:
        """The limit as a person reads it."""
        limit = f"{self._requests} in {self._window_s:g} s"
        return f"half of {limit}" if halved else limit

    def free_at_s(self, *, halved: bool) -> float:
        """When the next request may pass; *halved*: when only half as many may."""
        requests, window_s = self._requests, self._window_s
        if halved:
            requests, window_s = (requests // 2, window_s) if requests > 1 else (1, 2 * window_s)
        if len(self.times_s) < requests:
            return _NEVER_S
        return self.times_s[-requests] + window_s + _MARGIN_S
