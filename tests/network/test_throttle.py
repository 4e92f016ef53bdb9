"""Never more than n requests in any window of w seconds, over all threads."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orpheus_core.errors import Cancelled
from orpheus_core.network.throttle import Limit, Throttle
from orpheus_core.testing.clock import SimClock


def most_in_any_window(times_s: list[float], window_s: float) -> int:
    """The largest number of *times_s* in any closed window of *window_s*."""
    return max(
        (sum(start <= time <= start + window_s for time in times_s) for start in times_s), default=0
    )


LIMITS = st.lists(st.tuples(st.integers(1, 6), st.floats(0.01, 10.0)), min_size=1, max_size=3)


@given(LIMITS, st.lists(st.floats(0.0, 3.0), max_size=40))
def test_no_window_ever_holds_more_than_its_limit(limits: list[Limit], gaps_s: list[float]) -> None:
    """However requests arrive, and for all limits at once."""
    clock = SimClock()
    throttle = Throttle(limits, clock)
    passed_s: list[float] = []
    for gap_s in gaps_s:
        clock.advance(gap_s)
        throttle.pass_one()
        passed_s.append(clock.monotonic())
    for requests, window_s in limits:
        assert most_in_any_window(passed_s, window_s) <= requests


@settings(max_examples=20)
@given(st.integers(1, 5), st.integers(2, 4))
def test_threads_share_one_window(requests: int, threads: int) -> None:
    clock = SimClock()
    throttle = Throttle([(requests, 5.0)], clock)
    passed_s: list[float] = []

    def work() -> None:
        with registration.pop():
            for _ in range(6):
                throttle.pass_one()
                passed_s.append(clock.monotonic())

    registration = [clock.thread() for _ in range(threads)]
    workers = [threading.Thread(target=work) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(passed_s) == 6 * threads
    assert most_in_any_window(passed_s, 5.0) <= requests


def test_full_window_is_used() -> None:
    """Nobody waits before the limit is reached, and then no longer than needed."""
    clock = SimClock()
    waits: list[tuple[float, str]] = []
    throttle = Throttle([(3, 5.0)], clock, lambda seconds, limit: waits.append((seconds, limit)))
    for _ in range(4):
        throttle.pass_one()
    assert clock.monotonic() == pytest.approx(5.0, abs=0.01)
    assert waits == [(clock.monotonic(), "3 in 5 s")]


def test_service_that_asks_to_wait_is_left_alone() -> None:
    clock = SimClock()
    throttle = Throttle([], clock)
    throttle.close_for(30.0)
    throttle.close_for(1.0)
    throttle.pass_one()
    assert clock.monotonic() == 30.0


def test_cancel_ends_the_wait() -> None:
    clock, cancel = SimClock(), threading.Event()
    throttle = Throttle([(1, 5.0)], clock)
    throttle.pass_one()
    cancel.set()
    with pytest.raises(Cancelled):
        throttle.pass_one(cancel)


def test_cancelled_wait_takes_no_place() -> None:
    clock, cancel = SimClock(), threading.Event()
    throttle = Throttle([(1, 5.0)], clock)
    throttle.pass_one()
    cancel.set()
    with pytest.raises(Cancelled):
        throttle.pass_one(cancel)
    throttle.pass_one()
    assert clock.monotonic() < 5.1
