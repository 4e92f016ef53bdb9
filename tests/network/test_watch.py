"""An exchange that is over before its time ends from outside the thread that waits for it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable

import pytest

from orpheus_core import errors
from orpheus_core.errors import OrpheusError
from orpheus_core.network.watch import Exchange, Phase, Watchman, at_work_on, current_exchange
from orpheus_core.testing.clock import SimClock


def verdict_after(
    begin: Callable[[Exchange], None], seconds: float, whole_s: float | None = None
) -> type[OrpheusError] | None:
    clock = SimClock()
    exchange = Exchange(clock, host="a.example", whole_s=whole_s)
    begin(exchange)
    clock.advance(seconds)
    verdict = exchange.look()
    return type(verdict) if verdict else None


@pytest.mark.parametrize(
    ("phase", "leaf"),
    [
        (Phase.CONNECT, errors.ConnectTimeout),
        (Phase.HEADERS, errors.ReadTimeout),
        (Phase.BODY, errors.Stalled),
    ],
)
def test_phase_has_its_limit_and_its_error(phase: Phase, leaf: type[OrpheusError]) -> None:
    def begin(exchange: Exchange) -> None:
        exchange.enter(phase, 10.0)

    assert verdict_after(begin, 9.9) is None
    assert verdict_after(begin, 10.0) is leaf


def test_phase_that_was_left_has_no_limit() -> None:
    def begin(exchange: Exchange) -> None:
        exchange.enter(Phase.BODY, 10.0)
        exchange.leave()

    assert verdict_after(begin, 1000.0) is None


def test_whole_exchange_has_a_limit_from_its_start_on() -> None:
    """What comes before, a wait under the service's limits, does not count."""
    assert verdict_after(lambda _exchange: None, 1000.0, whole_s=60.0) is None
    assert verdict_after(lambda exchange: exchange.start(), 60.0, whole_s=60.0) is errors.TooSlow


def test_first_verdict_stays() -> None:
    clock, cancel = SimClock(), threading.Event()
    exchange = Exchange(clock, host="a.example", cancel=cancel)
    exchange.enter(Phase.HEADERS, 10.0)
    clock.advance(10.0)
    first = exchange.look()
    cancel.set()
    assert exchange.look() is first


def test_watchman_wakes_who_reads_from_a_socket() -> None:
    """A blocked read ends when its exchange is cancelled, though nothing comes."""
    cancel, watchman = threading.Event(), Watchman()
    exchange = watchman.begin(Exchange(SimClock(), host="a.example", cancel=cancel))
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.settimeout(10)
        exchange.watch(ours)
        cancel.set()
        assert ours.recv(1) == b""
    watchman.end(exchange)
    watchman.close()
    assert type(exchange.look()) is errors.Cancelled


def test_socket_of_an_exchange_that_ended_is_left_alone() -> None:
    """It may serve another request by then."""
    cancel, watchman = threading.Event(), Watchman()
    exchange = watchman.begin(Exchange(SimClock(), host="a.example", cancel=cancel))
    ours, theirs = socket.socketpair()
    with ours, theirs:
        exchange.watch(ours)
        watchman.end(exchange)
        cancel.set()
        exchange.look()
        theirs.sendall(b"x")
        assert ours.recv(1) == b"x"
    watchman.close()


def test_watchman_that_is_closed_lets_nothing_begin() -> None:
    watchman = Watchman()
    watchman.close()
    with pytest.raises(errors.Cancelled):
        watchman.begin(Exchange(SimClock(), host="a.example"))


def test_thread_is_at_one_exchange_at_a_time() -> None:
    one, two = (Exchange(SimClock(), host=host) for host in ("one", "two"))
    with at_work_on(one):
        with at_work_on(two):
            assert current_exchange() is two
        assert current_exchange() is one
    assert current_exchange() not in (one, two)
