"""A job's own stop, and the one that its caller holds."""

from __future__ import annotations

import threading

from orpheus_core.clock import SystemClock
from orpheus_core.delivery.stop_signal import StopSignal


def test_it_is_set_when_the_caller_asks() -> None:
    """Whoever waits on it wakes up, whichever of the two it was."""
    asked = threading.Event()
    stop = StopSignal(asked)
    assert not stop.is_set()
    waiter = threading.Thread(target=lambda: woken.append(stop.wait(20)))
    woken: list[bool] = []
    waiter.start()
    asked.set()
    waiter.join(20)
    assert woken == [True]
    assert stop.is_set()


def test_setting_it_leaves_the_event_of_the_caller_alone() -> None:
    """Theirs may be meant for more than this job."""
    asked = threading.Event()
    stop = StopSignal(asked)
    stop.set()
    assert stop.is_set()
    assert stop.wait()
    assert not asked.is_set()


def test_a_wait_ends_with_its_time() -> None:
    """And says that nobody asked."""
    stop = StopSignal(threading.Event())
    assert stop.wait(0) is False
    assert stop.wait(0.001) is False
    assert SystemClock().sleep(0.001, stop) is True
