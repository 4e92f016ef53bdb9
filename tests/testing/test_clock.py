"""The simulated clock: waiting takes no time, and things happen in the order of time."""

from __future__ import annotations

import datetime
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from orpheus_core.clock import Clock
from orpheus_core.testing.clock import SimClock

HOUR_S = 3600.0


def start(*actions: Callable[[], object]) -> list[threading.Thread]:
    threads = [threading.Thread(target=action, daemon=True) for action in actions]
    for thread in threads:
        thread.start()
    return threads


def join(threads: list[threading.Thread]) -> None:
    for thread in threads:
        thread.join(timeout=30)
        assert not thread.is_alive(), "the simulated clock stands still"


def test_sleep_alone_moves_both_clocks() -> None:
    """Without other threads a sleep ends at once and time has passed."""
    clock: Clock = SimClock(datetime.datetime(2026, 5, 1, tzinfo=datetime.UTC))
    assert clock.sleep(HOUR_S) is True
    assert clock.monotonic() == HOUR_S
    assert clock.now() == datetime.datetime(2026, 5, 1, 1, tzinfo=datetime.UTC)


def test_each_sleep_is_recorded() -> None:
    """Tests of back-off read what was waited for."""
    clock = SimClock()
    for seconds in (1.0, 2.0, 0.0):
        clock.sleep(seconds)
    assert clock.sleeps == [1.0, 2.0, 0.0]


@pytest.mark.parametrize("seconds", [0.0, -1.0])
def test_sleep_of_nothing_returns_at_once(seconds: float) -> None:
    """Nothing to wait for needs nobody to turn the clock, and never turns it back."""
    clock = SimClock(autojump=False)
    assert clock.sleep(seconds) is True
    assert clock.monotonic() == 0.0


@pytest.mark.parametrize("seconds", [0.0, 5.0])
def test_sleep_that_is_cancelled_before_takes_no_time(seconds: float) -> None:
    """An event that is set already ends the sleep before it begins."""
    clock, cancel = SimClock(), threading.Event()
    cancel.set()
    assert clock.sleep(seconds, cancel) is False
    assert clock.monotonic() == 0.0


def test_sleep_that_nobody_cancels_is_slept_to_its_end() -> None:
    """An event that stays unset changes nothing."""
    clock = SimClock()
    assert clock.sleep(5.0, threading.Event()) is True
    assert clock.monotonic() == 5.0


def test_cancel_wakes_a_sleeper_without_time_passing() -> None:
    """Who is cancelled wakes at the moment of the cancel, with False."""
    clock, cancel = SimClock(autojump=False), threading.Event()
    woke: list[tuple[bool, float]] = []
    threads = start(lambda: woke.append((clock.sleep(5.0, cancel), clock.monotonic())))
    clock.wait_for_sleepers()
    clock.advance(2.0)
    cancel.set()
    join(threads)
    assert woke == [(False, 2.0)]


def test_sleeper_that_was_cancelled_first_is_not_woken_by_the_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A cancel counts from when it was made, not from when the sleeper looked."""
    monkeypatch.setattr("orpheus_core.testing.clock._LOOK_S", 20.0)
    clock, cancel = SimClock(autojump=False), threading.Event()
    woke: list[bool] = []
    threads = start(lambda: woke.append(clock.sleep(5.0, cancel)))
    clock.wait_for_sleepers()
    cancel.set()
    clock.advance(10.0)
    join(threads)
    assert woke == [False]


def test_clock_goes_on_once_a_cancelled_stranger_has_woken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An unregistered sleeper holds the clock while its cancel is unseen, and no longer."""
    monkeypatch.setattr("orpheus_core.testing.clock._LOOK_S", 0.1)
    clock, cancel = SimClock(), threading.Event()
    announced = clock.thread()

    def sleeper() -> None:
        with announced:
            clock.sleep(10.0)

    threads = start(lambda: clock.sleep(50.0, cancel))
    clock.wait_for_sleepers()
    cancel.set()
    join(threads + start(sleeper))
    assert clock.monotonic() == 10.0


def test_clock_waits_for_a_cancelled_thread_to_wake() -> None:
    """Time does not jump past a thread that was cancelled and has not run yet."""
    clock, cancel = SimClock(), threading.Event()
    woke: list[tuple[str, bool, float]] = []

    def sleeper(here: AbstractContextManager[None]) -> None:
        with here:
            woke.append(("sleeper", clock.sleep(50.0, cancel), clock.monotonic()))

    def canceller(here: AbstractContextManager[None]) -> None:
        with here:
            clock.sleep(2.0)
            cancel.set()
            woke.append(("canceller", clock.sleep(HOUR_S), clock.monotonic()))

    one, two = clock.thread(), clock.thread()
    join(start(lambda: sleeper(one), lambda: canceller(two)))
    assert woke == [("sleeper", False, 2.0), ("canceller", True, HOUR_S + 2.0)]


def test_advance_wakes_only_who_is_due() -> None:
    """By hand, the clock moves as far as it is told."""
    clock = SimClock(autojump=False)
    woke: list[float] = []

    def sleep(seconds: float) -> None:
        clock.sleep(seconds)
        woke.append(seconds)

    short, long = start(lambda: sleep(1.0)), start(lambda: sleep(10.0))
    clock.wait_for_sleepers(2)
    clock.advance(9.0)
    join(short)
    assert woke == [1.0]
    clock.advance(1.0)
    join(long)
    assert woke == [1.0, 10.0]
    assert clock.monotonic() == 10.0


def test_clock_jumps_only_when_all_registered_threads_sleep() -> None:
    """A thread that works holds the clock for all."""
    clock, may_sleep = SimClock(), threading.Event()
    woke: list[str] = []

    def sleeper(here: AbstractContextManager[None]) -> None:
        with here:
            clock.sleep(1.0)
            woke.append("sleeper")

    def worker(here: AbstractContextManager[None]) -> None:
        with here:
            may_sleep.wait(30)
            woke.append("worker")
            clock.sleep(5.0)

    one, two = clock.thread(), clock.thread()
    threads = start(lambda: sleeper(one), lambda: worker(two))
    clock.wait_for_sleepers(1)
    assert clock.monotonic() == 0.0
    may_sleep.set()
    join(threads)
    assert woke == ["worker", "sleeper"]
    assert clock.monotonic() == 5.0


def test_registration_counts_before_its_thread_runs() -> None:
    """Threads that were announced and have not started yet hold the clock."""
    clock = SimClock()
    announced = clock.thread()
    threads = start(lambda: clock.sleep(1.0))
    clock.wait_for_sleepers(1)
    assert clock.monotonic() == 0.0
    with announced:
        clock.sleep(3.0)
        assert clock.monotonic() == 3.0
    join(threads)


def test_leaving_thread_lets_the_others_go_on() -> None:
    """Who leaves no longer holds the clock, even when an error throws it out."""
    clock = SimClock()
    one, two = clock.thread(), clock.thread()

    def sleeper() -> None:
        with one:
            clock.sleep(7.0)

    threads = start(sleeper)
    clock.wait_for_sleepers(1)
    assert clock.monotonic() == 0.0
    with pytest.raises(KeyError), two:
        raise KeyError
    join(threads)
    assert clock.monotonic() == 7.0


def test_unregistered_thread_never_holds_the_clock() -> None:
    """Registered threads sleep on while a thread that nobody announced works."""
    clock = SimClock()
    with clock.thread():
        clock.sleep(1.0)
    join(start(lambda: clock.sleep(2.0)))
    assert clock.monotonic() == 3.0


def test_threads_interleave_in_the_order_of_time() -> None:
    """Three pollers on different beats run as they would on a real clock, in every run."""
    clock = SimClock()
    log: list[tuple[float, str]] = []

    def poller(name: str, beat_s: float, here: AbstractContextManager[None]) -> None:
        with here:
            for _ in range(20):
                clock.sleep(beat_s)
                log.append((clock.monotonic(), name))

    beats = {"a": 1.0, "b": 1.625, "c": 3.25}
    places = {name: clock.thread() for name in beats}
    join(
        start(
            *(
                lambda name=name, beat_s=beat_s: poller(name, beat_s, places[name])
                for name, beat_s in beats.items()
            )
        )
    )
    expected = [(beat_s * n, name) for name, beat_s in beats.items() for n in range(1, 21)]
    assert sorted(log) == sorted(expected)
    assert [moment for moment, _ in log] == sorted(moment for moment, _ in expected)


def test_wall_clock_jumps_and_waits_do_not_notice() -> None:
    """A person sets the clock back a day: `now` follows, `monotonic` goes on."""
    clock = SimClock(datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC))
    clock.sleep(1.0)
    clock.jump_wall(-24 * HOUR_S)
    assert clock.now() == datetime.datetime(2026, 1, 1, 0, 0, 1, tzinfo=datetime.UTC)
    assert clock.monotonic() == 1.0


def test_monotonic_clock_is_never_set_back() -> None:
    """`advance` refuses what no monotonic clock does."""
    with pytest.raises(ValueError, match="never goes back"):
        SimClock().advance(-1.0)


def test_start_without_a_zone_is_refused() -> None:
    """A time without a zone means another moment on each machine."""
    with pytest.raises(ValueError, match="time zone"):
        SimClock(datetime.datetime(2026, 1, 1))  # noqa: DTZ001 - what is refused


def test_wall_clock_is_told_in_utc() -> None:
    """Whatever zone it was started in."""
    zone = datetime.timezone(datetime.timedelta(hours=2))
    clock = SimClock(datetime.datetime(2026, 1, 1, 2, tzinfo=zone))
    assert clock.now().tzinfo is datetime.UTC
    assert clock.now() == datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
