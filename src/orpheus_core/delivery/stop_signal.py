"""A job's own stop, beside the one that its caller holds."""

from __future__ import annotations

import threading
import time

_LOOK_S = 0.1


class StopSignal(threading.Event):
    """Is set when it is set itself, or when *asked* is; *asked* is never touched.

    So a job can stop its other tracks when the disk fails, and the event that its caller may
    use again stays as it was.
    """

    def __init__(self, asked: threading.Event) -> None:
        super().__init__()
        self._asked = asked

    def is_set(self) -> bool:
        """Whether somebody wants the job to stop."""
        return super().is_set() or self._asked.is_set()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until it is set, at most *timeout* seconds; return whether it is."""
        until = None if timeout is None else time.monotonic() + timeout
        while not self.is_set():
            left_s = _LOOK_S if until is None else min(_LOOK_S, until - time.monotonic())
            if left_s <= 0:
                return False
            super().wait(left_s)
        return True
