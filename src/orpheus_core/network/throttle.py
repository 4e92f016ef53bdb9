"""Keeps to a service's limits: an exact sliding window over the times of its requests.

A fixed window lets up to twice the limit through in one window's time, a leaky bucket the
burst on top; only the list of times keeps the promise "never more than n in any w seconds".
"""

from __future__ import annotations

import collections
import threading
from collections.abc import Callable, Iterable

from orpheus_core.clock import Clock
from orpheus_core.errors import Cancelled, RateLimited

_MARGIN_S = 0.001
"""Kept free at the window's end, where the first request of a window still counts."""


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
        self._closed_until_s = float("-inf")

    def pass_one(
        self, cancel: threading.Event | None = None, *, most_wait_s: float = float("inf")
    ) -> None:
        """Return when one more request may be sent; it counts from this moment on.

        Raises:
            RateLimited: the service asked to be left alone for longer than *most_wait_s*.
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
            until_s = self._clock.monotonic() + seconds
            self._closed_until_s = max(self._closed_until_s, until_s)

    def _try(self, most_wait_s: float) -> tuple[float, str]:
        """Count one request and return 0, or return how long to wait first, and for what."""
        with self._lock:
            now_s = self._clock.monotonic()
            closed_s = self._closed_until_s - now_s
            if closed_s > most_wait_s:
                raise RateLimited(
                    f"the service asked for no requests in the next {closed_s:.0f} s",
                    done="nothing was sent",
                    retry_after_s=closed_s,
                )
            waits = [(window.free_at_s() - now_s, window.words) for window in self._windows]
            waits.append((closed_s, "the service asked to wait"))
            longest = max(waits)
            if longest[0] <= 0:
                for window in self._windows:
                    window.times_s.append(now_s)
            return longest


class _Window:
    def __init__(self, limit: Limit) -> None:
        requests, self._window_s = limit
        self.words = f"{requests} in {self._window_s:g} s"
        self.times_s: collections.deque[float] = collections.deque(maxlen=max(1, requests))

    def free_at_s(self) -> float:
        """When the next request may pass."""
        if len(self.times_s) < (self.times_s.maxlen or 1):
            return float("-inf")
        return self.times_s[0] + self._window_s + _MARGIN_S
