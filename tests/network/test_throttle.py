"""Never more than n requests in any window of w seconds, over all threads."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orpheus_core.errors import Cancelled, ServicePaused
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


# --- paused and slowed down ----------------------------------------------------------------


def test_paused_service_gets_nothing_until_the_pause_is_over() -> None:
    """Then it goes on by itself."""
    clock = SimClock()
    throttle = Throttle([], clock)
    throttle.pause_for(60.0)
    throttle.pause_for(1.0)
    throttle.pass_one()
    assert clock.monotonic() == 60.0


def test_nobody_waits_in_front_of_a_long_pause() -> None:
    """The error is not the service's own, and says when to come back."""
    clock = SimClock()
    throttle = Throttle([], clock)
    throttle.pause_for(301.0)
    with pytest.raises(ServicePaused) as caught:
        throttle.pass_one(most_wait_s=300.0)
    assert (caught.value.retry_after_s, clock.monotonic()) == (301.0, 0.0)


@given(LIMITS, st.lists(st.floats(0.0, 3.0), max_size=40))
def test_slowed_down_at_most_half_as_many_pass(limits: list[Limit], gaps_s: list[float]) -> None:
    """Of each limit; where that is one request, in twice the time. The limits hold as well."""
    clock = SimClock()
    throttle = Throttle(limits, clock)
    throttle.slow_down_for(1e9)
    passed_s: list[float] = []
    for gap_s in gaps_s:
        clock.advance(gap_s)
        throttle.pass_one()
        passed_s.append(clock.monotonic())
    for requests, window_s in limits:
        half, half_window_s = (requests // 2, window_s) if requests > 1 else (1, 2 * window_s)
        assert most_in_any_window(passed_s, half_window_s) <= half


def test_slowing_down_ends_by_itself_and_counts_what_passed_before() -> None:
    """Four in ten seconds are two, and four again."""
    clock = SimClock()
    waits: list[str] = []
    throttle = Throttle([(4, 10.0)], clock, lambda _seconds, limit: waits.append(limit))
    throttle.pass_one()
    throttle.pass_one()
    throttle.slow_down_for(15.0)
    throttle.pass_one()
    assert clock.monotonic() == pytest.approx(10.0, abs=0.01)
    assert waits == ["half of 4 in 10 s"]
    clock.advance(5.0)
    for _ in range(3):
        throttle.pass_one()
    assert clock.monotonic() == pytest.approx(15.0, abs=0.01)


def test_service_without_limits_gets_one_request_a_second_when_slowed_down() -> None:
    """And as many as come when that is over."""
    clock = SimClock()
    throttle = Throttle([], clock)
    throttle.pass_one()
    throttle.slow_down_for(3.5)
    for _ in range(10):
        throttle.pass_one()
    assert clock.monotonic() == pytest.approx(4.0, abs=0.01)
