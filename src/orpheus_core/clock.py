"""The one way to tell the time and to wait. Tests run on a simulated clock."""

from __future__ import annotations

import datetime
import threading
import time
from typing import Protocol


class Clock(Protocol):
    """What a part that waits or looks at the time is given."""

    def now(self) -> datetime.datetime:
        """The wall clock, in UTC. It may jump: never measure with it."""

    def monotonic(self) -> float:
        """Seconds since some fixed moment; never goes back."""

    def sleep(self, seconds: float, cancel: threading.Event | None = None) -> bool:
        """Wait *seconds*; return False when *cancel* was set meanwhile."""


class SystemClock:
    """The machine's clocks."""

    def now(self) -> datetime.datetime:
        return datetime.datetime.now(datetime.UTC)

    monotonic = staticmethod(time.monotonic)

    def sleep(self, seconds: float, cancel: threading.Event | None = None) -> bool:
        if cancel is None:
            time.sleep(max(0.0, seconds))
            return True
        return not cancel.wait(max(0.0, seconds))
